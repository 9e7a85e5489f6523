// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bounds-checked reader and writer. Every comparison is written so that it
 * cannot overflow: what is asked for is compared with what is left, and
 * nothing is ever added to a length that somebody else chose.
 */
#include "btnsd/ike/buf.h"

#include <string.h>

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

void rbuf_init(struct rbuf *r, struct span s)
{
	r->base = s.data;
	r->len = s.len;
	r->pos = 0;
}

size_t rbuf_left(const struct rbuf *r)
{
	return r->len - r->pos;
}

/* The next @len octets, or NULL. Never NULL for an answer of length > 0. */
static const uint8_t *take(struct rbuf *r, size_t len)
{
	const uint8_t *at;

	if (len > rbuf_left(r))
		return NULL;
	at = r->base + r->pos;
	r->pos += len;
	return at;
}

bool rbuf_u8(struct rbuf *r, uint8_t *v)
{
	const uint8_t *p = take(r, 1);

	if (!p)
		return false;
	*v = p[0];
	return true;
}

bool rbuf_u16(struct rbuf *r, uint16_t *v)
{
	const uint8_t *p = take(r, 2);

	if (!p)
		return false;
	*v = (uint16_t)(p[0] << 8 | p[1]);
	return true;
}

bool rbuf_u32(struct rbuf *r, uint32_t *v)
{
	const uint8_t *p = take(r, 4);

	if (!p)
		return false;
	*v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	     (uint32_t)p[2] << 8 | p[3];
	return true;
}

bool rbuf_copy(struct rbuf *r, void *to, size_t len)
{
	struct span s;

	if (!rbuf_span(r, len, &s))
		return false;
	if (len)
		memcpy(to, s.data, len);
	return true;
}

bool rbuf_span(struct rbuf *r, size_t len, struct span *s)
{
	if (len > rbuf_left(r))
		return false;
	/* Nothing may be added to NULL, not even 0. */
	*s = len ? span(take(r, len), len) : span(NULL, 0);
	return true;
}

struct span rbuf_rest(struct rbuf *r)
{
	struct span s = { .data = NULL, .len = 0 };

	(void)rbuf_span(r, rbuf_left(r), &s);
	return s;
}

void wbuf_init(struct wbuf *w, void *base, size_t cap)
{
	w->base = base;
	w->cap = cap;
	w->len = 0;
	w->failed = !base && cap;
}

/* Room for @len octets, or NULL and the writer stays failed. */
static uint8_t *room(struct wbuf *w, size_t len)
{
	uint8_t *at;

	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return NULL;
	}
	at = w->base + w->len;
	w->len += len;
	return at;
}

static void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}

void wbuf_u8(struct wbuf *w, uint8_t v)
{
	uint8_t *p = room(w, 1);

	if (p)
		p[0] = v;
}

void wbuf_u16(struct wbuf *w, uint16_t v)
{
	uint8_t *p = room(w, 2);

	if (p)
		put_u16(p, v);
}

void wbuf_u32(struct wbuf *w, uint32_t v)
{
	uint8_t *p = room(w, 4);

	if (p)
		put_u32(p, v);
}

void wbuf_u64(struct wbuf *w, uint64_t v)
{
	uint8_t *p = room(w, 8);

	if (p) {
		put_u32(p, (uint32_t)(v >> 32));
		put_u32(p + 4, (uint32_t)v);
	}
}

void wbuf_bytes(struct wbuf *w, const void *from, size_t len)
{
	uint8_t *p;

	if (!len)
		return;
	p = room(w, len);
	if (p)
		memcpy(p, from, len);
}

void wbuf_span(struct wbuf *w, struct span s)
{
	wbuf_bytes(w, s.data, s.len);
}

uint8_t *wbuf_reserve(struct wbuf *w, size_t len)
{
	uint8_t *p = room(w, len);

	if (p)
		memset(p, 0, len);
	return p;
}

/* The @len octets written at @at, or NULL and the writer stays failed. */
static uint8_t *written(struct wbuf *w, size_t at, size_t len)
{
	if (w->failed || at > w->len || len > w->len - at) {
		w->failed = true;
		return NULL;
	}
	return w->base + at;
}

void wbuf_patch_u8(struct wbuf *w, size_t at, uint8_t v)
{
	uint8_t *p = written(w, at, 1);

	if (p)
		p[0] = v;
}

void wbuf_patch_u16(struct wbuf *w, size_t at, uint16_t v)
{
	uint8_t *p = written(w, at, 2);

	if (p)
		put_u16(p, v);
}

void wbuf_patch_u32(struct wbuf *w, size_t at, uint32_t v)
{
	uint8_t *p = written(w, at, 4);

	if (p)
		put_u32(p, v);
}

bool wbuf_done(const struct wbuf *w, struct span *s)
{
	if (w->failed) {
		*s = span(NULL, 0);
		return false;
	}
	*s = span(w->base, w->len);
	return true;
}
