/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address prefixes and traffic selectors: what contains, overlaps, cuts what.
 *
 * Pure C without allocation, compiled into the module and into btnsd.
 */
#ifndef BTNS_SELECTOR_H
#define BTNS_SELECTOR_H

#ifdef __KERNEL__
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/types.h>
#endif

/* ---- prefixes ----------------------------------------------------------- */

/**
 * struct btns_prefix - an address prefix
 * @family: AF_INET or AF_INET6
 * @len: prefix length in bits, 0-32 or 0-128
 * @addr: address, network byte order; unused bytes are zero
 */
struct btns_prefix {
	__u8 family;
	__u8 len;
	__u8 addr[16];
};

/**
 * btns_family_bits() - length of an address
 * @family: AF_INET or AF_INET6
 *
 * Return: 32, 128, or 0 for another family.
 */
static inline unsigned int btns_family_bits(__u8 family)
{
	if (family == AF_INET)
		return 32;
	return family == AF_INET6 ? 128 : 0;
}

/**
 * btns_addr_common() - leading bits that two addresses share
 * @a: 16 bytes
 * @b: 16 bytes
 *
 * Return: 0-128.
 */
static inline unsigned int btns_addr_common(const __u8 *a, const __u8 *b)
{
	unsigned int byte, bit;

	for (byte = 0; byte < 16; byte++) {
		__u8 diff = a[byte] ^ b[byte];

		if (!diff)
			continue;
		for (bit = 0; !(diff & (0x80 >> bit)); bit++)
			;
		return byte * 8 + bit;
	}
	return 128;
}

/**
 * btns_prefix_trim() - zero what lies behind the prefix length
 * @p: prefix of a known family with a length of that family
 */
static inline void btns_prefix_trim(struct btns_prefix *p)
{
	unsigned int byte = p->len / 8;

	if (byte >= sizeof(p->addr))
		return;
	p->addr[byte] &= (__u8)~(0xff >> (p->len % 8));
	memset(p->addr + byte + 1, 0, sizeof(p->addr) - byte - 1);
}

/**
 * btns_prefix_valid() - is it a prefix in canonical form?
 * @p: prefix
 *
 * Return: true if the family is known, the length fits it, and no bit is set
 * behind the length.
 */
static inline bool btns_prefix_valid(const struct btns_prefix *p)
{
	struct btns_prefix q = *p;

	if (!btns_family_bits(p->family) ||
	    p->len > btns_family_bits(p->family))
		return false;
	btns_prefix_trim(&q);
	return !memcmp(q.addr, p->addr, sizeof(q.addr));
}

/**
 * btns_prefix_contains() - do all addresses of one lie in the other?
 * @outer: prefix
 * @inner: prefix
 *
 * Return: true if so.
 */
static inline bool btns_prefix_contains(const struct btns_prefix *outer,
					const struct btns_prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
	       btns_addr_common(outer->addr, inner->addr) >= outer->len;
}

/**
 * btns_prefix_overlap() - do they share an address?
 * @a: prefix
 * @b: prefix
 *
 * Return: true if so; one then contains the other.
 */
static inline bool btns_prefix_overlap(const struct btns_prefix *a,
				       const struct btns_prefix *b)
{
	return btns_prefix_contains(a, b) || btns_prefix_contains(b, a);
}

/**
 * btns_prefix_carve() - shrink a prefix so that it loses some addresses
 * @p: prefix to shrink, contains @keep
 * @keep: what must stay
 * @lose: what must go
 *
 * Return: true if @p now shares no address with @lose and still contains
 * @keep; false, and @p is as it was, if @keep and @lose overlap.
 */
static inline bool btns_prefix_carve(struct btns_prefix *p,
				     const struct btns_prefix *keep,
				     const struct btns_prefix *lose)
{
	unsigned int common;

	if (!btns_prefix_overlap(p, lose))
		return true;
	if (btns_prefix_overlap(keep, lose))
		return false;
	common = btns_addr_common(keep->addr, lose->addr);
	memcpy(p->addr, keep->addr, sizeof(p->addr));
	p->len = common + 1;
	btns_prefix_trim(p);
	return true;
}

/* ---- selectors ---------------------------------------------------------- */

/**
 * struct btns_selector - a traffic selector, seen from this host
 * @local: local addresses
 * @remote: remote addresses, of the same family
 * @proto: transport protocol, 0 for any
 * @lport: local port, host byte order, 0 for any
 * @rport: remote port, host byte order, 0 for any
 */
struct btns_selector {
	struct btns_prefix local;
	struct btns_prefix remote;
	__u8 proto;
	__u16 lport;
	__u16 rport;
};

/**
 * btns_selector_valid() - is it a selector in canonical form?
 * @s: selector
 *
 * Return: true if both prefixes are valid and of one family, and ports are
 * only given together with a protocol.
 */
static inline bool btns_selector_valid(const struct btns_selector *s)
{
	return btns_prefix_valid(&s->local) && btns_prefix_valid(&s->remote) &&
	       s->local.family == s->remote.family &&
	       (s->proto || (!s->lport && !s->rport));
}

/**
 * btns_selector_contains() - does all traffic of one fall under the other?
 * @outer: selector
 * @inner: selector
 *
 * Return: true if so.
 */
static inline bool btns_selector_contains(const struct btns_selector *outer,
					  const struct btns_selector *inner)
{
	return btns_prefix_contains(&outer->local, &inner->local) &&
	       btns_prefix_contains(&outer->remote, &inner->remote) &&
	       (!outer->proto || outer->proto == inner->proto) &&
	       (!outer->lport || outer->lport == inner->lport) &&
	       (!outer->rport || outer->rport == inner->rport);
}

/* Two values of which zero means any: do they meet? */
static inline bool btns_any_overlap(unsigned int a, unsigned int b)
{
	return !a || !b || a == b;
}

/**
 * btns_selector_overlap() - can one packet fall under both?
 * @a: selector
 * @b: selector
 *
 * Return: true if so.
 */
static inline bool btns_selector_overlap(const struct btns_selector *a,
					 const struct btns_selector *b)
{
	return btns_prefix_overlap(&a->local, &b->local) &&
	       btns_prefix_overlap(&a->remote, &b->remote) &&
	       btns_any_overlap(a->proto, b->proto) &&
	       btns_any_overlap(a->lport, b->lport) &&
	       btns_any_overlap(a->rport, b->rport);
}

/**
 * btns_selector_intersect() - the traffic that falls under both
 * @a: selector
 * @b: selector
 * @out: result, may be @a or @b; untouched if the result would be empty
 *
 * Return: false if they share nothing.
 */
static inline bool btns_selector_intersect(const struct btns_selector *a,
					   const struct btns_selector *b,
					   struct btns_selector *out)
{
	struct btns_selector s;

	if (!btns_selector_overlap(a, b))
		return false;
	memset(&s, 0, sizeof(s));
	s.local = a->local.len > b->local.len ? a->local : b->local;
	s.remote = a->remote.len > b->remote.len ? a->remote : b->remote;
	s.proto = a->proto ? a->proto : b->proto;
	s.lport = a->lport ? a->lport : b->lport;
	s.rport = a->rport ? a->rport : b->rport;
	*out = s;
	return true;
}

/**
 * btns_selector_carve() - shrink a selector so that it loses some traffic
 * @s: selector to shrink, contains @keep
 * @keep: what must stay
 * @lose: what must go
 *
 * Remote addresses are given up first, then local ones, then protocol and
 * ports.
 *
 * Return: true if @s now shares nothing with @lose and still contains @keep;
 * false, and @s is as it was, if @keep and @lose overlap.
 */
static inline bool btns_selector_carve(struct btns_selector *s,
				       const struct btns_selector *keep,
				       const struct btns_selector *lose)
{
	if (!btns_selector_overlap(s, lose))
		return true;
	if (!btns_prefix_overlap(&keep->remote, &lose->remote))
		return btns_prefix_carve(&s->remote, &keep->remote,
					 &lose->remote);
	if (!btns_prefix_overlap(&keep->local, &lose->local))
		return btns_prefix_carve(&s->local, &keep->local, &lose->local);
	if (btns_selector_overlap(keep, lose))
		return false;
	s->proto = keep->proto;
	if (!btns_any_overlap(keep->proto, lose->proto))
		return true;
	if (!btns_any_overlap(keep->rport, lose->rport))
		s->rport = keep->rport;
	else
		s->lport = keep->lport;
	return true;
}

#endif /* BTNS_SELECTOR_H */
