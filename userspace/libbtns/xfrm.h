/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside libbtns: what all requests and answers of NETLINK_XFRM have in common. */
#ifndef LIBBTNS_XFRM_H
#define LIBBTNS_XFRM_H

#include <string.h>
#include <sys/socket.h>
#include <linux/xfrm.h>

#include "libbtns/nl.h"

/**
 * xfrm_start - start a request to the kernel's IPsec
 * @msg: message
 * @buf: buffer, aligned for struct nlmsghdr
 * @cap: its size, at least LBTNS_REQ_MAX
 * @type: XFRM_MSG_*
 * @body: bytes of its fixed part
 *
 * Return: the fixed part, all zero.
 */
static inline void *xfrm_start(struct lbtns_msg *msg, void *buf, size_t cap,
			       uint16_t type, size_t body)
{
	msg->nlh = mnl_nlmsg_put_header(buf);
	msg->cap = cap;
	msg->full = false;
	msg->nlh->nlmsg_type = type;
	return mnl_nlmsg_put_extra_header(msg->nlh, body);
}

/**
 * xfrm_addr - read an address
 * @p: where to
 * @family: address family
 * @a: the kernel's form of it
 * @len: bits that count
 *
 * Return: false if that is no address or prefix.
 */
static inline bool xfrm_addr(struct lbtns_prefix *p, uint16_t family,
			     const xfrm_address_t *a, uint8_t len)
{
	size_t n = family == AF_INET ? 4 : 16;

	memset(p, 0, sizeof(*p));
	if ((family != AF_INET && family != AF_INET6) || len > n * 8)
		return false;
	p->family = (uint8_t)family;
	p->len = len;
	memcpy(p->addr, a, n);
	return true;
}

/* the same, of a host */
static inline bool xfrm_host(struct lbtns_prefix *p, uint16_t family,
			     const xfrm_address_t *a)
{
	return xfrm_addr(p, family, a, family == AF_INET ? 32 : 128);
}

#endif /* LIBBTNS_XFRM_H */
