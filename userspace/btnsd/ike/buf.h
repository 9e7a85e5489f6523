/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds-checked reading and writing of octets: the only place in btnsd that
 * does arithmetic on pointers into a message. A reader refuses to step past
 * its end and does not move when it refuses; a writer that runs out of room
 * stays failed, so that a caller may check once, at the end.
 */
#ifndef BTNSD_IKE_BUF_H
#define BTNSD_IKE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct span - octets that somebody else owns
 * @data: first octet; may be NULL when @len is 0
 * @len: how many
 */
struct span {
	const uint8_t *data;
	size_t len;
};

/**
 * span() - make a span of a pointer and a length
 * @data: first octet, outlives the span
 * @len: how many
 *
 * Return: the span.
 */
static inline struct span span(const void *data, size_t len)
{
	return (struct span){ .data = data, .len = len };
}

/**
 * span_equal() - compare two spans that hold nothing secret
 * @a: one
 * @b: other
 *
 * Return: whether length and octets are the same. Not constant-time: secrets
 * are compared by secret_equal() of crypto/secret.h.
 */
bool span_equal(struct span a, struct span b);

/**
 * struct rbuf - a reader
 * @base: first octet of what is read
 * @len: octets in all
 * @pos: octets already read; never above @len
 */
struct rbuf {
	const uint8_t *base;
	size_t len;
	size_t pos;
};

/**
 * rbuf_init() - begin to read a span
 * @r: reader
 * @s: what to read; outlives @r and everything taken out of it
 */
void rbuf_init(struct rbuf *r, struct span s);

/**
 * rbuf_left() - octets not yet read
 * @r: reader
 *
 * Return: how many.
 */
size_t rbuf_left(const struct rbuf *r);

/**
 * rbuf_u8() - read one octet
 * @r: reader
 * @v: where to put it; untouched on failure
 *
 * Return: false, and nothing is read, when there is none left.
 */
bool rbuf_u8(struct rbuf *r, uint8_t *v);

/**
 * rbuf_u16() - read a 16-bit number in network order
 * @r: reader
 * @v: where to put it, in host order; untouched on failure
 *
 * Return: false, and nothing is read, when fewer than 2 octets are left.
 */
bool rbuf_u16(struct rbuf *r, uint16_t *v);

/**
 * rbuf_u32() - read a 32-bit number in network order
 * @r: reader
 * @v: where to put it, in host order; untouched on failure
 *
 * Return: false, and nothing is read, when fewer than 4 octets are left.
 */
bool rbuf_u32(struct rbuf *r, uint32_t *v);

/**
 * rbuf_copy() - read octets into a fixed header
 * @r: reader
 * @to: where to copy them; untouched on failure
 * @len: how many
 *
 * Return: false, and nothing is read, when fewer are left.
 */
bool rbuf_copy(struct rbuf *r, void *to, size_t len);

/**
 * rbuf_span() - read octets without copying them
 * @r: reader
 * @len: how many
 * @s: points into what is read; untouched on failure
 *
 * Return: false, and nothing is read, when fewer are left.
 */
bool rbuf_span(struct rbuf *r, size_t len, struct span *s);

/**
 * rbuf_rest() - read all that is left
 * @r: reader
 *
 * Return: the rest, perhaps of length 0.
 */
struct span rbuf_rest(struct rbuf *r);

/**
 * struct wbuf - a writer into memory of a fixed size
 * @base: first octet
 * @cap: octets of room
 * @len: octets written; never above @cap
 * @failed: something did not fit or was refused; sticky
 */
struct wbuf {
	uint8_t *base;
	size_t cap;
	size_t len;
	bool failed;
};

/**
 * wbuf_init() - begin to write
 * @w: writer
 * @base: memory, owned by the caller, outlives @w
 * @cap: its size
 */
void wbuf_init(struct wbuf *w, void *base, size_t cap);

/**
 * wbuf_u8() - write one octet
 * @w: writer; fails when full
 * @v: the octet
 */
void wbuf_u8(struct wbuf *w, uint8_t v);

/**
 * wbuf_u16() - write a 16-bit number in network order
 * @w: writer; fails when full
 * @v: the number, host order
 */
void wbuf_u16(struct wbuf *w, uint16_t v);

/**
 * wbuf_u32() - write a 32-bit number in network order
 * @w: writer; fails when full
 * @v: the number, host order
 */
void wbuf_u32(struct wbuf *w, uint32_t v);

/**
 * wbuf_u64() - write a 64-bit number in network order
 * @w: writer; fails when full
 * @v: the number, host order
 */
void wbuf_u64(struct wbuf *w, uint64_t v);

/**
 * wbuf_bytes() - write octets
 * @w: writer; fails, with nothing written, when they do not all fit
 * @from: the octets
 * @len: how many
 */
void wbuf_bytes(struct wbuf *w, const void *from, size_t len);

/**
 * wbuf_span() - write the octets of a span
 * @w: writer; fails, with nothing written, when they do not all fit
 * @s: the octets
 */
void wbuf_span(struct wbuf *w, struct span s);

/**
 * wbuf_reserve() - leave room for octets that the caller fills in
 * @w: writer
 * @len: how many; they are zeroed
 *
 * Return: the room, or NULL with @w failed when it does not fit.
 */
uint8_t *wbuf_reserve(struct wbuf *w, size_t len);

/**
 * wbuf_patch_u8() - overwrite an octet already written
 * @w: writer; fails when @at is not below its length
 * @at: offset from the start
 * @v: the octet
 */
void wbuf_patch_u8(struct wbuf *w, size_t at, uint8_t v);

/**
 * wbuf_patch_u16() - overwrite two octets already written
 * @w: writer; fails when they were not written before
 * @at: offset from the start
 * @v: the number, host order
 */
void wbuf_patch_u16(struct wbuf *w, size_t at, uint16_t v);

/**
 * wbuf_patch_u32() - overwrite four octets already written
 * @w: writer; fails when they were not written before
 * @at: offset from the start
 * @v: the number, host order
 */
void wbuf_patch_u32(struct wbuf *w, size_t at, uint32_t v);

/**
 * wbuf_done() - what was written
 * @w: writer
 * @s: the octets; {NULL, 0} on failure
 *
 * Return: false when anything before failed.
 */
bool wbuf_done(const struct wbuf *w, struct span *s);

#endif /* BTNSD_IKE_BUF_H */
