/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside libbtns: handles, requests, dumps and attributes. One request is
 * built in a buffer of the caller's, sent and answered before the next.
 */
#ifndef LIBBTNS_NL_H
#define LIBBTNS_NL_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "libbtns/btns.h"

/* Enough for any request but lbtns_pad_replace(). */
#define LBTNS_REQ_MAX	4096
/* No datagram of the kernel is longer. */
#define LBTNS_RECV_MAX	65536

/**
 * struct lbtns - a handle
 * @t: transport
 * @family: number of the genetlink family; 0 on a NETLINK_XFRM handle
 * @groups: number of each multicast group, in order of LBTNS_GROUP_*
 * @seq: sequence number of the last request
 * @said: @err has the kernel's own words
 * @listing: a dump is being read, nothing else can be asked
 * @err: what lbtns_error() says
 */
struct lbtns {
	struct lbtns_transport t;
	uint16_t family;
	uint32_t groups[3];
	uint32_t seq;
	bool said;
	bool listing;
	char err[512];
};

/**
 * struct lbtns_msg - a request under construction
 * @nlh: start of the buffer
 * @cap: its size in bytes
 * @full: something did not fit; the message will not be sent
 */
struct lbtns_msg {
	struct nlmsghdr *nlh;
	size_t cap;
	bool full;
};

/* Called for each answer; 0 or a negative errno. */
typedef int (*lbtns_nl_cb)(struct lbtns *h, const struct nlmsghdr *nlh,
			   void *arg);

/**
 * lbtns_nlmsg_ok - is there a whole message
 * @nlh: start
 * @left: bytes from there
 *
 * mnl_nlmsg_ok() of libmnl 1.0.4 takes lengths from 2 GiB up for negative ones,
 * and so for good ones; and its readers of attributes go on to the next multiple
 * of four, which the kernel always fills.
 *
 * Return: true if it may be read.
 */
static inline bool lbtns_nlmsg_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)left &&
	       MNL_ALIGN(nlh->nlmsg_len) <= (uint32_t)left &&
	       mnl_nlmsg_ok(nlh, left);
}

/**
 * lbtns_nl_open - make a handle over a netlink socket
 * @h: as for lbtns_open()
 * @bus: NETLINK_GENERIC or NETLINK_XFRM
 *
 * Return: 0 or a negative errno.
 */
int lbtns_nl_open(struct lbtns **h, int bus);

/**
 * lbtns_nl_portid - by which the kernel names a handle in what it tells others
 * @h: handle of lbtns_nl_open()
 *
 * Return: its socket's port; 0 if the socket does not say.
 */
uint32_t lbtns_nl_portid(const struct lbtns *h);

/**
 * lbtns_nl_socket - open and set up a netlink socket
 * @bus: NETLINK_GENERIC or NETLINK_XFRM
 *
 * Return: a descriptor that the caller closes, or a negative errno.
 */
int lbtns_nl_socket(int bus);

/**
 * lbtns_nl_recv - receive one datagram, from the kernel only
 * @fd: socket
 * @buf: room
 * @len: its size
 *
 * Return: bytes or a negative errno; -ENOSPC if the datagram was longer.
 */
ssize_t lbtns_nl_recv(int fd, void *buf, size_t len);

/**
 * lbtns_nl_fail - note what went wrong
 * @h: handle
 * @err: negative errno
 * @fmt: sentence
 *
 * Return: @err.
 */
int lbtns_nl_fail(struct lbtns *h, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * lbtns_msg_init - start a request to the btns family
 * @msg: message
 * @h: handle
 * @buf: buffer, aligned for struct nlmsghdr
 * @cap: its size, at least LBTNS_REQ_MAX
 * @cmd: BTNS_CMD_*
 */
void lbtns_msg_init(struct lbtns_msg *msg, const struct lbtns *h, void *buf,
		    size_t cap, uint8_t cmd);

/**
 * lbtns_msg_put - append an attribute
 * @msg: message
 * @type: attribute
 * @data: payload
 * @len: its length
 */
void lbtns_msg_put(struct lbtns_msg *msg, uint16_t type, const void *data,
		   size_t len);
void lbtns_msg_put_u8(struct lbtns_msg *msg, uint16_t type, uint8_t v);
void lbtns_msg_put_u16(struct lbtns_msg *msg, uint16_t type, uint16_t v);
void lbtns_msg_put_u32(struct lbtns_msg *msg, uint16_t type, uint32_t v);
void lbtns_msg_put_u64(struct lbtns_msg *msg, uint16_t type, uint64_t v);
void lbtns_msg_put_str(struct lbtns_msg *msg, uint16_t type, const char *s);

/**
 * lbtns_msg_nest - open a nest
 * @msg: message
 * @type: attribute
 *
 * Return: the nest for lbtns_msg_unnest(), NULL if it did not fit.
 */
struct nlattr *lbtns_msg_nest(struct lbtns_msg *msg, uint16_t type);
void lbtns_msg_unnest(struct lbtns_msg *msg, struct nlattr *nest);

void lbtns_msg_put_ident(struct lbtns_msg *msg, uint16_t type,
			 const struct lbtns_ident *id);
void lbtns_msg_put_addr(struct lbtns_msg *msg, uint16_t type,
			const struct lbtns_prefix *p);
void lbtns_msg_put_selector(struct lbtns_msg *msg, uint16_t type,
			    const struct lbtns_selector *sel);

/**
 * lbtns_nl_talk - send a request, wait for its acknowledgment
 * @h: handle
 * @msg: request; flags REQUEST and ACK are added
 * @cb: called for each answer before the acknowledgment, or NULL
 * @arg: for @cb
 *
 * Return: 0, what @cb failed with, or a negative errno with text in @h.
 */
int lbtns_nl_talk(struct lbtns *h, struct lbtns_msg *msg, lbtns_nl_cb cb,
		  void *arg);

/**
 * struct lbtns_answers - a whole dump
 * @buf: messages, one behind the other, each checked by lbtns_nlmsg_ok()
 * @len: bytes
 * @cap: room in @buf
 */
struct lbtns_answers {
	uint8_t *buf;
	size_t len;
	size_t cap;
};

/**
 * lbtns_nl_stream - send a dump request, hand on each answer as it comes
 * @h: handle; takes no other request until this returns
 * @msg: request; flags REQUEST and DUMP are added
 * @cb: called for each answer, until it fails
 * @arg: for @cb
 *
 * Takes the same memory however long the list is. What has been handed on when
 * the dump fails is not all, or not consistent.
 *
 * Return: 0, what @cb failed with, or a negative errno with text in @h: -EAGAIN
 * if the kernel calls the dump interrupted.
 */
int lbtns_nl_stream(struct lbtns *h, struct lbtns_msg *msg, lbtns_nl_cb cb,
		    void *arg);

/**
 * lbtns_nl_dump - send a dump request, collect the answers
 * @h: handle
 * @msg: request; flags REQUEST and DUMP are added
 * @ans: filled; the caller frees @ans->buf, which is NULL on failure
 *
 * A dump that the kernel calls interrupted is done again, a few times.
 *
 * Return: 0 or a negative errno with text in @h.
 */
int lbtns_nl_dump(struct lbtns *h, struct lbtns_msg *msg,
		  struct lbtns_answers *ans);

/**
 * lbtns_answers_next - walk over a dump
 * @ans: dump
 * @prev: NULL to start, or the last message
 *
 * Return: the next message or NULL.
 */
const struct nlmsghdr *lbtns_answers_next(const struct lbtns_answers *ans,
					  const struct nlmsghdr *prev);

/* ---- attr.c: reading, with every length checked ------------------------ */

/**
 * lbtns_attr_table - sort the attributes of a genetlink message
 * @nlh: message
 * @tb: filled, index is the attribute; NULL where absent
 * @max: highest index in @tb
 *
 * Unknown attributes are passed over, of equal ones the last counts.
 *
 * Return: 0 or -EBADMSG.
 */
int lbtns_attr_table(const struct nlmsghdr *nlh, const struct nlattr **tb,
		     unsigned int max);
int lbtns_attr_nested(const struct nlattr *nest, const struct nlattr **tb,
		      unsigned int max);

/*
 * Values: an absent attribute gives zero, one of the wrong length gives zero
 * and sets @bad. lbtns_attr_small() is for enums sent as u32: what does not fit
 * into 8 bits becomes 255, which no enum has.
 */
uint8_t lbtns_attr_u8(const struct nlattr *a, bool *bad);
uint16_t lbtns_attr_u16(const struct nlattr *a, bool *bad);
uint32_t lbtns_attr_u32(const struct nlattr *a, bool *bad);
uint64_t lbtns_attr_u64(const struct nlattr *a, bool *bad);
uint8_t lbtns_attr_small(const struct nlattr *a, bool *bad);
void lbtns_attr_str(const struct nlattr *a, char *buf, size_t len, bool *bad);
bool lbtns_attr_digest(const struct nlattr *a, uint8_t *digest, bool *bad);
void lbtns_attr_addr(const struct nlattr *a, uint16_t family,
		     struct lbtns_prefix *p, bool *bad);
void lbtns_attr_ident(const struct nlattr *a, struct lbtns_ident *id,
		      bool *bad);
void lbtns_attr_selector(const struct nlattr *a, struct lbtns_selector *sel,
			 bool *bad);

/* Message to struct; 0 or -EBADMSG. */
int lbtns_sa_parse(const struct nlmsghdr *nlh, struct lbtns_sa *sa);
int lbtns_latch_parse(const struct nlmsghdr *nlh, struct lbtns_latch *latch);

/**
 * lbtns_text_clean - copy text, replacing what is not printable ASCII by '?'
 * @dst: room for @size bytes, always ends with a NUL
 * @size: at least 1
 * @src: text, need not end with a NUL
 * @len: its length; copying ends at a NUL
 */
void lbtns_text_clean(char *dst, size_t size, const char *src, size_t len);

#endif /* LIBBTNS_NL_H */
