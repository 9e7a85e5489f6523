/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address prefixes and traffic selectors: what contains, overlaps, cuts what.
 *
 * Pure C without allocation, compiled into the module and into btnsd.
 */
#ifndef BTNS_SELECTOR_H
#define BTNS_SELECTOR_H

#ifdef __KERNEL__
#include <linux/in.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <netinet/in.h>
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

/* ---- ports -------------------------------------------------------------- */

/* All bits of a port count: it is one port. */
#define BTNS_PORT_ONE	0xffff

/**
 * btns_port_valid() - is it a port, a range or "any" in canonical form?
 * @port: the bits that are wanted
 * @mask: bits that count, the highest first
 *
 * Return: true if @mask is that of an aligned range of a power of two, and
 * @port has no bit outside of it.
 */
static inline bool btns_port_valid(__u16 port, __u16 mask)
{
	__u16 rest = (__u16)~mask;

	return !(port & rest) && !(rest & (rest + 1));
}

/* Do all ports of the inner lie in the outer? */
static inline bool btns_port_contains(__u16 outer, __u16 outer_mask,
				      __u16 inner, __u16 inner_mask)
{
	return (outer_mask & inner_mask) == outer_mask &&
	       !((outer ^ inner) & outer_mask);
}

/* Do they share a port? One then contains the other. */
static inline bool btns_port_overlap(__u16 a, __u16 a_mask, __u16 b,
				     __u16 b_mask)
{
	return !((a ^ b) & a_mask & b_mask);
}

/* ---- selectors ---------------------------------------------------------- */

/**
 * struct btns_selector - a traffic selector, seen from this host
 * @local: local addresses
 * @remote: remote addresses, of the same family
 * @proto: transport protocol, 0 for any
 * @lport: local port, host byte order
 * @rport: remote port, host byte order
 * @lmask: bits of @lport that count, the highest first; 0 for any port
 * @rmask: likewise of @rport
 *
 * Of ICMP and ICMPv6, @lport is what goes out and @rport what comes in: the
 * type in the upper octet, the code in the lower (RFC 4301 section 4.4.1.3).
 */
struct btns_selector {
	struct btns_prefix local;
	struct btns_prefix remote;
	__u8 proto;
	__u16 lport;
	__u16 rport;
	__u16 lmask;
	__u16 rmask;
};

/* Does a protocol have a port at each end? */
static inline bool btns_proto_ports(__u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

/* Does a protocol have a type and a code, and no ports? */
static inline bool btns_proto_types(__u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* False, and any port, if it is none that a selector has. */
static inline bool btns_take_port(__u16 port, __u16 mask, __u16 *out,
				  __u16 *out_mask)
{
	bool fits = btns_port_valid(port & mask, mask);

	*out = fits ? port & mask : 0;
	*out_mask = fits ? mask : 0;
	return fits;
}

/**
 * btns_selector_ports() - take the ports of a selector of xfrm
 * @s: its @proto is set; its ports are set here
 * @inbound: the source is the remote end
 * @sport: source port, or type of ICMP; host byte order
 * @smask: bits of it that count
 * @dport: destination port, or code of ICMP
 * @dmask: bits of it that count
 *
 * xfrm has what goes with the protocol in the port fields, in any direction:
 * type and code of ICMP, keys of GRE.
 *
 * Return: false if @s is wider than what xfrm has.
 */
static inline bool btns_selector_ports(struct btns_selector *s, bool inbound,
				       __u16 sport, __u16 smask, __u16 dport,
				       __u16 dmask)
{
	bool exact = true;

	s->lport = 0;
	s->lmask = 0;
	s->rport = 0;
	s->rmask = 0;
	if (!smask && !dmask)
		return true;
	if (btns_proto_ports(s->proto)) {
		exact &= btns_take_port(inbound ? dport : sport,
					inbound ? dmask : smask, &s->lport,
					&s->lmask);
		exact &= btns_take_port(inbound ? sport : dport,
					inbound ? smask : dmask, &s->rport,
					&s->rmask);
		return exact;
	}
	/* type and code have eight bits; those above are zero in all packets */
	if (!btns_proto_types(s->proto) || (sport & smask) >> 8 ||
	    (dport & dmask) >> 8)
		return false;
	sport = (__u16)((sport & smask) << 8 | (dport & dmask));
	smask = (__u16)(smask << 8 | (dmask & 0xff));
	return inbound ? btns_take_port(sport, smask, &s->rport, &s->rmask) :
			 btns_take_port(sport, smask, &s->lport, &s->lmask);
}

/**
 * btns_selector_valid() - is it a selector in canonical form?
 * @s: selector
 *
 * Return: true if both prefixes are valid and of one family, and ports are
 * valid and only given together with a protocol.
 */
static inline bool btns_selector_valid(const struct btns_selector *s)
{
	return btns_prefix_valid(&s->local) && btns_prefix_valid(&s->remote) &&
	       s->local.family == s->remote.family &&
	       btns_port_valid(s->lport, s->lmask) &&
	       btns_port_valid(s->rport, s->rmask) &&
	       (s->proto || (!s->lmask && !s->rmask));
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
	       btns_port_contains(outer->lport, outer->lmask, inner->lport,
				  inner->lmask) &&
	       btns_port_contains(outer->rport, outer->rmask, inner->rport,
				  inner->rmask);
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
	       btns_port_overlap(a->lport, a->lmask, b->lport, b->lmask) &&
	       btns_port_overlap(a->rport, a->rmask, b->rport, b->rmask);
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
	s.lport = a->lmask > b->lmask ? a->lport : b->lport;
	s.lmask = a->lmask > b->lmask ? a->lmask : b->lmask;
	s.rport = a->rmask > b->rmask ? a->rport : b->rport;
	s.rmask = a->rmask > b->rmask ? a->rmask : b->rmask;
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
	if (!btns_port_overlap(keep->rport, keep->rmask, lose->rport,
			       lose->rmask)) {
		s->rport = keep->rport;
		s->rmask = keep->rmask;
	} else {
		s->lport = keep->lport;
		s->lmask = keep->lmask;
	}
	return true;
}

#endif /* BTNS_SELECTOR_H */
