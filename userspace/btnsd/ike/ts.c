// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In transport mode the addresses of a child SA are those of the IKE SA, so a
 * selector that contains both hosts is cut down to them; in tunnel mode a range
 * is cut down to a prefix in it. So are ports, and types and codes of ICMP (RFC
 * 7296 section 3.13.1): what the kernel can say is a range that a mask makes.
 * Narrowing may always choose less; it keeps the packet that asked, if that is
 * in the range, and is the largest there is.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "btnsd/ike/ts.h"
#include "kernel/pad_match.h"

static void one(struct ike_ts *t, const struct addr *a, uint8_t plen,
		uint8_t proto, uint16_t port, uint16_t mask)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->type = a->family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
					 IKE_TS_IPV6_ADDR_RANGE;
	t->proto = proto;
	t->port_from = port;
	t->port_to = (uint16_t)(port | ~mask);
	for (i = 0; i < addr_len(a->family); i++) {
		unsigned int host = plen >= (i + 1) * 8 ? 0 :
				    plen <= i * 8	? 0xff :
						  0xffu >> (plen - i * 8);

		t->from[i] = (uint8_t)(a->b[i] & ~host);
		t->to[i] = (uint8_t)(a->b[i] | host);
	}
}

/**
 * ts_from_sel() - a selector as ranges
 * @s: selector
 * @local: our end
 * @remote: the peer's end
 */
void ts_from_sel(const struct sel *s, struct ike_ts *local,
		 struct ike_ts *remote)
{
	one(local, &s->local, s->local_plen, s->proto, s->lport, s->lmask);
	one(remote, &s->remote, s->remote_plen, s->proto, s->rport, s->rmask);
}

/**
 * ts_str() - print a selector of the wire
 * @t: selector
 * @buf: where to
 *
 * Return: @buf, for example "10.0.0.0-10.0.0.255[0-65535] proto 6".
 */
const char *ts_str(const struct ike_ts *t, char buf[static TS_STRLEN])
{
	struct addr from = { .family = t->type == IKE_TS_IPV4_ADDR_RANGE ?
					       AF_INET : AF_INET6 };
	struct addr to = from;
	char f[ADDR_STRLEN], l[ADDR_STRLEN];

	memcpy(from.b, t->from, sizeof(from.b));
	memcpy(to.b, t->to, sizeof(to.b));
	snprintf(buf, TS_STRLEN, "%s-%s[%u-%u] proto %u", addr_str(&from, f),
		 addr_str(&to, l), t->port_from, t->port_to, t->proto);
	return buf;
}

static bool contains(const struct ike_ts *t, const struct addr *a)
{
	size_t len = addr_len(a->family);

	if (t->type != (a->family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
					       IKE_TS_IPV6_ADDR_RANGE))
		return false;
	return memcmp(t->from, a->b, len) <= 0 && memcmp(a->b, t->to, len) <= 0;
}

/* a range of ports that a mask makes, and that lies between two ports */
static bool fits_in(const struct ike_ts *t, uint32_t from, uint32_t size)
{
	return from >= t->port_from && from + size - 1 <= t->port_to;
}

/*
 * The largest range with a mask in @t that has @near, if that is not NULL and
 * lies in it. OPAQUE (from 65535 to 0) is no port, and so nothing of a protocol
 * that has some; of one without, it is all there is (RFC 4301 section 4.4.1.3).
 */
static bool port_of(const struct ike_ts *t, uint8_t proto, const uint16_t *near,
		    uint16_t *port, uint16_t *mask)
{
	bool opaque = t->port_from == 65535 && t->port_to == 0;
	uint32_t from, size;

	*port = 0;
	*mask = 0;
	if (t->port_from == 0 && t->port_to == 65535)
		return true;
	if (proto && !btns_proto_ports(proto) && !btns_proto_types(proto))
		return opaque && proto != IPPROTO_MH;
	if (!proto || t->port_from > t->port_to)
		return false;
	if (near && !fits_in(t, *near, 1))
		near = NULL;
	for (size = 0x8000; size; size /= 2) {
		from = near ? *near & ~(size - 1) :
			      (t->port_from + size - 1) & ~(size - 1);
		if (!fits_in(t, from, size))
			continue;
		*port = (uint16_t)from;
		*mask = (uint16_t)~(size - 1);
		return true;
	}
	return false;
}

/* protocol and ports of a pair; false if they contradict, or cannot be had */
static bool upper(const struct ike_ts *local, const struct ike_ts *remote,
		  const struct sel *near, struct sel *s)
{
	if (local->proto && remote->proto && local->proto != remote->proto)
		return false;
	s->proto = local->proto ? local->proto : remote->proto;
	if (near && (near->proto != s->proto || sel_ports_any(near)))
		near = NULL;
	return port_of(local, s->proto, near && near->lmask ? &near->lport : NULL,
		       &s->lport, &s->lmask) &&
	       port_of(remote, s->proto,
		       near && near->rmask ? &near->rport : NULL, &s->rport,
		       &s->rmask);
}

/* the lowest address of a prefix of @plen bits that is not below @from */
static bool align_up(const uint8_t *from, size_t len, uint8_t plen,
		     uint8_t out[16])
{
	unsigned int carry = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned int host = plen >= (i + 1) * 8 ? 0 :
				    plen <= i * 8	? 0xff :
						  0xffu >> (plen - i * 8);

		carry |= from[i] & host;
		out[i] = (uint8_t)(from[i] & ~host);
	}
	if (!carry)
		return true;
	/* one more in the last bit of the prefix */
	if (!plen)
		return false;
	carry = 1u << (7 - (plen - 1) % 8);
	for (i = (plen - 1u) / 8 + 1; i-- && carry;) {
		carry += out[i];
		out[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return !carry;
}

/* the largest prefix inside a range, with @near in it if the range has that */
static bool prefix_of(const struct ike_ts *t, const struct addr *near,
		      struct addr *a, uint8_t *plen)
{
	uint8_t last[16];
	unsigned int bits;
	size_t len, i;

	memset(a, 0, sizeof(*a));
	a->family = t->type == IKE_TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6;
	len = addr_len(a->family);
	if (near && !contains(t, near))
		near = NULL;
	for (bits = 0; bits <= 8 * len; bits++) {
		if (near) {
			*a = *near;
			addr_mask(a, (uint8_t)bits);
			if (memcmp(a->b, t->from, len) < 0)
				continue;
		} else if (!align_up(t->from, len, (uint8_t)bits, a->b)) {
			continue;
		}
		for (i = 0; i < len; i++) {
			unsigned int host = bits >= (i + 1) * 8 ? 0 :
					    bits <= i * 8	? 0xff :
						  0xffu >> (bits - i * 8);

			last[i] = (uint8_t)(a->b[i] | host);
		}
		if (memcmp(last, t->to, len) <= 0) {
			*plen = (uint8_t)bits;
			return true;
		}
	}
	return false;
}

/**
 * ts_net_sel() - a pair of ranges as a selector between two networks
 * @local: our end
 * @remote: the peer's end
 * @near: what stays in it if the ranges have it, or NULL
 * @out: filled
 *
 * Return: false if the IP versions or the protocols do not agree, or if the
 * ports cannot be expressed.
 */
bool ts_net_sel(const struct ike_ts *local, const struct ike_ts *remote,
		const struct sel *near, struct sel *out)
{
	struct sel s = { 0 };

	if (local->type != remote->type || !upper(local, remote, near, &s) ||
	    !prefix_of(local, near ? &near->local : NULL, &s.local,
		       &s.local_plen) ||
	    !prefix_of(remote, near ? &near->remote : NULL, &s.remote,
		       &s.remote_plen))
		return false;
	*out = s;
	return true;
}

/**
 * ts_host_sel() - a pair of ranges as a selector between two hosts
 * @local: our end
 * @remote: the peer's end
 * @us: our address
 * @them: the peer's address
 * @near: ports that stay in it if the ranges have them, or NULL
 * @out: filled
 *
 * Return: false if the ranges do not contain both hosts, if the protocols do
 * not agree, or if the ports cannot be expressed.
 */
bool ts_host_sel(const struct ike_ts *local, const struct ike_ts *remote,
		 const struct addr *us, const struct addr *them,
		 const struct sel *near, struct sel *out)
{
	struct sel s = { 0 };

	if (us->family != them->family || !contains(local, us) ||
	    !contains(remote, them))
		return false;
	if (!upper(local, remote, near, &s))
		return false;
	s.local = *us;
	s.remote = *them;
	s.local_plen = addr_bits(us->family);
	s.remote_plen = addr_bits(them->family);
	*out = s;
	return true;
}

static bool known(const struct sel *list, size_t n, const struct sel *s)
{
	while (n--)
		if (sel_equal(&list[n], s))
			return true;
	return false;
}

/* in the mode that is asked for: without hosts it is tunnel mode */
static bool pair(const struct ike_ts *local, const struct ike_ts *remote,
		 const struct addr *us, const struct addr *them,
		 const struct sel *near, struct sel *out)
{
	return us ? ts_host_sel(local, remote, us, them, near, out) :
		    ts_net_sel(local, remote, near, out);
}

/**
 * ts_candidates() - what a responder may choose from
 * @local: selectors proposed for our end
 * @remote: selectors proposed for the peer's end
 * @us: our address for transport mode, NULL for tunnel mode
 * @them: the peer's address, likewise
 * @out: different selectors; the first pair first, the rest as proposed
 * @has_first: out, @out[0] is the pair of first selectors, which stands for
 *	the packet that asked (RFC 7296 section 2.9)
 *
 * Return: how many there are.
 */
size_t ts_candidates(const struct ike_ts_payload *local,
		     const struct ike_ts_payload *remote,
		     const struct addr *us, const struct addr *them,
		     struct sel out[static TS_PAIRS_MAX], bool *has_first)
{
	struct sel s, first, *near = NULL;
	unsigned int i, j;
	size_t n = 0;

	*has_first = local->count && remote->count &&
		     pair(&local->ts[0], &remote->ts[0], us, them, NULL,
			  &first);
	if (*has_first)
		near = &first;
	for (i = 0; i < local->count; i++)
		for (j = 0; j < remote->count; j++)
			if (pair(&local->ts[i], &remote->ts[j], us, them, near,
				 &s) &&
			    !known(out, n, &s))
				out[n++] = s;
	return n;
}

/**
 * ts_answer() - what a responder has chosen
 * @local: selectors that came for our end
 * @remote: selectors that came for the peer's end
 * @us: our address for transport mode, NULL for tunnel mode
 * @them: the peer's address, likewise
 * @out: the selector that contains all of them
 *
 * Return: false if there is none, or if they do not all lie in one.
 */
bool ts_answer(const struct ike_ts_payload *local,
	       const struct ike_ts_payload *remote, const struct addr *us,
	       const struct addr *them, struct sel *out)
{
	struct sel list[TS_PAIRS_MAX];
	bool has_first;
	size_t n, i, best = 0;

	n = ts_candidates(local, remote, us, them, list, &has_first);
	if (!n)
		return false;
	for (i = 1; i < n; i++)
		if (sel_within(&list[best], &list[i]))
			best = i;
	for (i = 0; i < n; i++)
		if (!sel_within(&list[i], &list[best]))
			return false;
	*out = list[best];
	return true;
}
