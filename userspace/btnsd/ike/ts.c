// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In transport mode the addresses of a child SA are those of the IKE SA, so a
 * selector that contains both hosts is cut down to them. Port ranges that the
 * kernel cannot express are passed over: narrowing may always choose less.
 */
#include <netinet/in.h>
#include <string.h>

#include "btnsd/ike/ts.h"

/**
 * ts_ports() - does a protocol have ports?
 * @proto: IP protocol
 *
 * Return: true for TCP, UDP, SCTP, DCCP and UDP-Lite.
 */
bool ts_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

static void one(struct ike_ts *t, const struct addr *a, uint8_t plen,
		uint8_t proto, uint16_t port)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->type = a->family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
					 IKE_TS_IPV6_ADDR_RANGE;
	t->proto = proto;
	t->port_from = port;
	t->port_to = port ? port : 65535;
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
	one(local, &s->local, s->local_plen, s->proto, s->lport);
	one(remote, &s->remote, s->remote_plen, s->proto, s->rport);
}

static bool contains(const struct ike_ts *t, const struct addr *a)
{
	size_t len = addr_len(a->family);

	if (t->type != (a->family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
					       IKE_TS_IPV6_ADDR_RANGE))
		return false;
	return memcmp(t->from, a->b, len) <= 0 && memcmp(a->b, t->to, len) <= 0;
}

/* a port or "any"; false for a range that a kernel selector cannot have */
static bool port_of(const struct ike_ts *t, uint8_t proto, uint16_t *port)
{
	if (t->port_from == 0 && t->port_to == 65535) {
		*port = 0;
		return true;
	}
	if (t->port_from != t->port_to || !t->port_from || !ts_ports(proto))
		return false;
	*port = t->port_from;
	return true;
}

/**
 * ts_host_sel() - a pair of ranges as a selector between two hosts
 * @local: our end
 * @remote: the peer's end
 * @us: our address
 * @them: the peer's address
 * @out: filled
 *
 * Return: false if the ranges do not contain both hosts, if the protocols do
 * not agree, or if the ports cannot be expressed.
 */
bool ts_host_sel(const struct ike_ts *local, const struct ike_ts *remote,
		 const struct addr *us, const struct addr *them,
		 struct sel *out)
{
	struct sel s = { 0 };

	if (us->family != them->family || !contains(local, us) ||
	    !contains(remote, them))
		return false;
	if (local->proto && remote->proto && local->proto != remote->proto)
		return false;
	s.proto = local->proto ? local->proto : remote->proto;
	if (!port_of(local, s.proto, &s.lport) ||
	    !port_of(remote, s.proto, &s.rport))
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

/**
 * ts_candidates() - what a responder may choose from
 * @local: selectors proposed for our end
 * @remote: selectors proposed for the peer's end
 * @us: our address
 * @them: the peer's address
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
	unsigned int i, j;
	size_t n = 0;
	struct sel s;

	*has_first = local->count && remote->count &&
		     ts_host_sel(&local->ts[0], &remote->ts[0], us, them, &s);
	for (i = 0; i < local->count; i++)
		for (j = 0; j < remote->count; j++)
			if (ts_host_sel(&local->ts[i], &remote->ts[j], us, them,
					&s) &&
			    !known(out, n, &s))
				out[n++] = s;
	return n;
}

/**
 * ts_answer() - what a responder has chosen
 * @local: selectors that came for our end
 * @remote: selectors that came for the peer's end
 * @us: our address
 * @them: the peer's address
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
