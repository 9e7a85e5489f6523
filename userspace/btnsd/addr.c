// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arithmetic on addresses and selectors: the helper narrows, compares and
 * prints them in many places, and must do so in one way only.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/addr.h"
#include "kernel/pad_match.h"

/**
 * addr_len() - length of an address in bytes
 * @family: AF_INET or AF_INET6
 *
 * Return: 4 or 16, 0 for any other family.
 */
size_t addr_len(uint16_t family)
{
	if (family == AF_INET)
		return 4;
	if (family == AF_INET6)
		return 16;
	return 0;
}

/**
 * addr_bits() - length of an address in bits
 * @family: AF_INET or AF_INET6
 *
 * Return: 32 or 128, 0 for any other family.
 */
uint8_t addr_bits(uint16_t family)
{
	return (uint8_t)(addr_len(family) * 8);
}

/**
 * addr_equal() - compare two addresses
 * @a: one
 * @b: the other
 *
 * Return: true if family and bytes are the same.
 */
bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->b, b->b, addr_len(a->family));
}

/**
 * addr_near() - may one neighbour have two addresses?
 * @a: one address
 * @b: another
 *
 * Return: true if they are the same, or of one /64 of IPv6, out of which a single
 * host may take any.
 */
bool addr_near(const struct addr *a, const struct addr *b)
{
	if (a->family == AF_INET6 && b->family == AF_INET6)
		return !memcmp(a->b, b->b, 8);
	return addr_equal(a, b);
}

/**
 * addr_any() - is this the unspecified address?
 * @a: address
 *
 * Return: true for 0.0.0.0, :: and for no address at all.
 */
bool addr_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->b, zero, addr_len(a->family));
}

/* bits of @plen that count in byte @i of an address */
static uint8_t mask_byte(uint8_t plen, size_t i)
{
	if (plen >= (i + 1) * 8)
		return 0xff;
	if (plen <= i * 8)
		return 0;
	return (uint8_t)(0xff << (8 - (plen - i * 8)));
}

/**
 * addr_in_prefix() - does an address lie in a prefix?
 * @a: address
 * @net: the prefix
 * @plen: its length in bits
 *
 * Return: true if the families agree and the first @plen bits are the same.
 */
bool addr_in_prefix(const struct addr *a, const struct addr *net, uint8_t plen)
{
	size_t i;

	if (a->family != net->family)
		return false;
	for (i = 0; i < addr_len(a->family); i++)
		if ((a->b[i] ^ net->b[i]) & mask_byte(plen, i))
			return false;
	return true;
}

/**
 * addr_mask() - clear the host part of an address
 * @a: address, changed in place
 * @plen: prefix length in bits
 */
void addr_mask(struct addr *a, uint8_t plen)
{
	size_t i;

	for (i = 0; i < addr_len(a->family); i++)
		a->b[i] &= mask_byte(plen, i);
}

/**
 * addr_parse() - read an address
 * @a: filled on success
 * @text: dotted or colon notation
 *
 * Return: true if @text is an IPv4 or IPv6 address.
 */
bool addr_parse(struct addr *a, const char *text)
{
	struct addr out = { .family = AF_INET };

	if (inet_pton(AF_INET, text, out.b) != 1) {
		out.family = AF_INET6;
		if (inet_pton(AF_INET6, text, out.b) != 1)
			return false;
	}
	*a = out;
	return true;
}

/**
 * addr_parse_prefix() - read ADDRESS or ADDRESS/LENGTH
 * @a: the address, filled on success
 * @plen: its prefix length in bits; all of it when no length is given
 * @text: what to read
 *
 * Return: true if it is one and has no bits set behind the prefix.
 */
bool addr_parse_prefix(struct addr *a, uint8_t *plen, const char *text)
{
	char buf[ADDR_STRLEN + 4];
	struct addr out, masked;
	unsigned long n;
	char *slash, *end;

	if (strlen(text) >= sizeof(buf))
		return false;
	strcpy(buf, text);
	slash = strchr(buf, '/');
	if (slash)
		*slash++ = '\0';
	if (!addr_parse(&out, buf))
		return false;
	n = addr_bits(out.family);
	if (slash) {
		if (*slash < '0' || *slash > '9')
			return false;
		n = strtoul(slash, &end, 10);
		if (*end || n > addr_bits(out.family))
			return false;
	}
	masked = out;
	addr_mask(&masked, (uint8_t)n);
	if (!addr_equal(&masked, &out))
		return false;
	*a = out;
	*plen = (uint8_t)n;
	return true;
}

/**
 * addr_str() - print an address
 * @a: address
 * @buf: where to
 *
 * Return: @buf.
 */
const char *addr_str(const struct addr *a, char buf[static ADDR_STRLEN])
{
	if (!addr_len(a->family) ||
	    !inet_ntop(a->family, a->b, buf, ADDR_STRLEN))
		strcpy(buf, "none");
	return buf;
}

/**
 * endpoint_str() - print an address and a port
 * @e: endpoint
 * @buf: where to
 *
 * Return: @buf.
 */
const char *endpoint_str(const struct endpoint *e, char buf[static SEL_STRLEN])
{
	char a[ADDR_STRLEN];

	snprintf(buf, SEL_STRLEN,
		 e->addr.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 addr_str(&e->addr, a), e->port);
	return buf;
}

/**
 * addr_from_sockaddr() - take an endpoint from a socket address
 * @e: filled; family AF_UNSPEC if @sa is of no known family
 * @sa: socket address; an IPv4 address mapped into IPv6 becomes IPv4
 */
void addr_from_sockaddr(struct endpoint *e, const struct sockaddr *sa)
{
	memset(e, 0, sizeof(*e));
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *sin = (const void *)sa;

		e->addr.family = AF_INET;
		memcpy(e->addr.b, &sin->sin_addr, 4);
		e->port = ntohs(sin->sin_port);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const void *)sa;

		if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
			e->addr.family = AF_INET;
			memcpy(e->addr.b, sin6->sin6_addr.s6_addr + 12, 4);
		} else {
			e->addr.family = AF_INET6;
			memcpy(e->addr.b, &sin6->sin6_addr, 16);
		}
		e->port = ntohs(sin6->sin6_port);
	}
}

/**
 * addr_to_sockaddr() - make a socket address
 * @e: endpoint
 * @ifindex: scope of an IPv6 link-local address, else unused
 * @ss: filled
 *
 * Return: length of what is in @ss, 0 for an endpoint without a family.
 */
socklen_t addr_to_sockaddr(const struct endpoint *e, unsigned int ifindex,
			   struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == AF_INET) {
		struct sockaddr_in *sin = (void *)ss;

		sin->sin_family = AF_INET;
		memcpy(&sin->sin_addr, e->addr.b, 4);
		sin->sin_port = htons(e->port);
		return sizeof(*sin);
	}
	if (e->addr.family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (void *)ss;

		sin6->sin6_family = AF_INET6;
		memcpy(&sin6->sin6_addr, e->addr.b, 16);
		sin6->sin6_port = htons(e->port);
		if (IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
			sin6->sin6_scope_id = ifindex;
		return sizeof(*sin6);
	}
	return 0;
}

/**
 * sel_equal() - compare two selectors
 * @a: one
 * @b: the other
 *
 * Return: true if they stand for the same traffic.
 */
bool sel_equal(const struct sel *a, const struct sel *b)
{
	return addr_equal(&a->local, &b->local) &&
	       addr_equal(&a->remote, &b->remote) &&
	       a->local_plen == b->local_plen &&
	       a->remote_plen == b->remote_plen && a->proto == b->proto &&
	       a->lport == b->lport && a->rport == b->rport &&
	       a->lmask == b->lmask && a->rmask == b->rmask;
}

/**
 * sel_overlap() - is there traffic that both selectors match?
 * @a: one
 * @b: the other
 *
 * Return: true if there is.
 */
bool sel_overlap(const struct sel *a, const struct sel *b)
{
	struct sel both;

	return sel_intersect(&both, a, b);
}

/**
 * sel_within() - does one selector lie inside another?
 * @in: the smaller
 * @out: the larger
 *
 * Return: true if @out matches all that @in matches.
 */
bool sel_within(const struct sel *in, const struct sel *out)
{
	return in->local_plen >= out->local_plen &&
	       in->remote_plen >= out->remote_plen &&
	       addr_in_prefix(&in->local, &out->local, out->local_plen) &&
	       addr_in_prefix(&in->remote, &out->remote, out->remote_plen) &&
	       (!out->proto || in->proto == out->proto) &&
	       btns_port_contains(out->lport, out->lmask, in->lport,
				  in->lmask) &&
	       btns_port_contains(out->rport, out->rmask, in->rport,
				  in->rmask);
}

/**
 * sel_carries() - does a selector have the packet that asked?
 * @s: selector
 * @packet: that of an outbound packet, as the kernel's acquire tells it
 *
 * Of ICMP a packet says only what goes out, not what would come in.
 *
 * Return: true if it does.
 */
bool sel_carries(const struct sel *s, const struct sel *packet)
{
	struct sel p = *packet;

	if (btns_proto_types(p.proto) && !p.rmask) {
		p.rport = s->rport;
		p.rmask = s->rmask;
	}
	return sel_within(&p, s);
}

/**
 * sel_ports_any() - is a selector for all ports, types and codes?
 * @s: selector
 *
 * Return: true if it is.
 */
bool sel_ports_any(const struct sel *s)
{
	return !s->lmask && !s->rmask;
}

/* the longer of two prefixes if one contains the other */
static bool prefix_intersect(struct addr *out, uint8_t *plen,
			     const struct addr *a, uint8_t alen,
			     const struct addr *b, uint8_t blen)
{
	uint8_t shorter = alen < blen ? alen : blen;

	if (!addr_in_prefix(a, b, shorter))
		return false;
	*out = alen > blen ? *a : *b;
	*plen = alen > blen ? alen : blen;
	return true;
}

/**
 * sel_intersect() - the traffic that two selectors share
 * @out: filled if there is some
 * @a: one
 * @b: the other
 *
 * Return: true if there is some.
 */
bool sel_intersect(struct sel *out, const struct sel *a, const struct sel *b)
{
	struct sel s = { 0 };

	if (!prefix_intersect(&s.local, &s.local_plen, &a->local,
			      a->local_plen, &b->local, b->local_plen) ||
	    !prefix_intersect(&s.remote, &s.remote_plen, &a->remote,
			      a->remote_plen, &b->remote, b->remote_plen) ||
	    !btns_any_overlap(a->proto, b->proto) ||
	    !btns_port_overlap(a->lport, a->lmask, b->lport, b->lmask) ||
	    !btns_port_overlap(a->rport, a->rmask, b->rport, b->rmask))
		return false;
	s.proto = a->proto ? a->proto : b->proto;
	s.lport = a->lmask > b->lmask ? a->lport : b->lport;
	s.lmask = a->lmask > b->lmask ? a->lmask : b->lmask;
	s.rport = a->rmask > b->rmask ? a->rport : b->rport;
	s.rmask = a->rmask > b->rmask ? a->rmask : b->rmask;
	*out = s;
	return true;
}

/* longest text of a port, with its NUL */
#define PORT_STRLEN	32

/* "any", a port, "FROM-TO", or "TYPE" and "TYPE/CODE" of ICMP */
static const char *port_str(uint8_t proto, uint16_t port, uint16_t mask,
			    char buf[static PORT_STRLEN])
{
	bool types = btns_proto_types(proto);
	unsigned int to = port | (uint16_t)~mask;

	if (!mask)
		strcpy(buf, "any");
	else if (types && mask == BTNS_PORT_ONE)
		snprintf(buf, PORT_STRLEN, "type %u/%u", port >> 8,
			 port & 0xff);
	else if (types && mask == 0xff00)
		snprintf(buf, PORT_STRLEN, "type %u", port >> 8);
	else if (types)
		snprintf(buf, PORT_STRLEN, "type %u/%u-%u/%u", port >> 8,
			 port & 0xff, to >> 8, to & 0xff);
	else if (mask == BTNS_PORT_ONE)
		snprintf(buf, PORT_STRLEN, "%u", port);
	else
		snprintf(buf, PORT_STRLEN, "%u-%u", port, to);
	return buf;
}

/**
 * sel_str() - print a selector
 * @s: selector
 * @buf: where to
 *
 * Return: @buf, for example "10.0.0.1/32[any] -> 10.0.0.2/32[22] proto 6".
 */
const char *sel_str(const struct sel *s, char buf[static SEL_STRLEN])
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN], lp[PORT_STRLEN], rp[PORT_STRLEN];

	snprintf(buf, SEL_STRLEN, "%s/%u[%s] -> %s/%u[%s] proto %u",
		 addr_str(&s->local, l), s->local_plen,
		 port_str(s->proto, s->lport, s->lmask, lp),
		 addr_str(&s->remote, r), s->remote_plen,
		 port_str(s->proto, s->rport, s->rmask, rp), s->proto);
	return buf;
}
