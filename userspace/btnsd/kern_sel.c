// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xfrm looks at type and code of ICMP where it has the ports of TCP, whichever
 * way the packet goes; the helper's selectors have them by direction.
 */
#include <netinet/in.h>
#include <string.h>

#include "btnsd/kern_sel.h"
#include "kernel/pad_match.h"

/**
 * kern_put_addr() - an address for the kernel
 * @out: filled
 * @a: address
 */
void kern_put_addr(xfrm_address_t *out, const struct addr *a)
{
	memset(out, 0, sizeof(*out));
	memcpy(out, a->b, addr_len(a->family));
}

/**
 * kern_get_addr() - an address from the kernel
 * @out: filled
 * @a: address
 * @family: AF_INET or AF_INET6
 */
void kern_get_addr(struct addr *out, const xfrm_address_t *a, uint16_t family)
{
	memset(out, 0, sizeof(*out));
	out->family = family;
	memcpy(out->b, a, addr_len(family));
}

/* type in one field and code in the other, of eight bits each */
static void put_types(struct xfrm_selector *out, uint16_t v, uint16_t mask)
{
	out->sport = htons(v >> 8);
	out->sport_mask = htons(mask >> 8 ? 0xff00 | mask >> 8 : 0);
	out->dport = htons(v & 0xff);
	out->dport_mask = htons(mask & 0xff ? 0xff00 | (mask & 0xff) : 0);
}

/**
 * kern_put_sel() - a selector for the kernel
 * @out: filled
 * @s: selector, seen from this host
 * @inbound: for an SA that we receive with
 */
void kern_put_sel(struct xfrm_selector *out, const struct sel *s, bool inbound)
{
	memset(out, 0, sizeof(*out));
	out->family = s->local.family;
	kern_put_addr(&out->saddr, inbound ? &s->remote : &s->local);
	kern_put_addr(&out->daddr, inbound ? &s->local : &s->remote);
	out->prefixlen_s = inbound ? s->remote_plen : s->local_plen;
	out->prefixlen_d = inbound ? s->local_plen : s->remote_plen;
	out->proto = s->proto;
	if (btns_proto_types(s->proto)) {
		put_types(out, inbound ? s->rport : s->lport,
			  inbound ? s->rmask : s->lmask);
		return;
	}
	out->sport = htons(inbound ? s->rport : s->lport);
	out->dport = htons(inbound ? s->lport : s->rport);
	out->sport_mask = htons(inbound ? s->rmask : s->lmask);
	out->dport_mask = htons(inbound ? s->lmask : s->rmask);
}

/**
 * kern_get_sel() - an outbound selector from the kernel
 * @out: filled; contains @s
 * @s: selector
 * @family: AF_INET or AF_INET6
 *
 * Return: false if @s says more than struct sel can.
 */
bool kern_get_sel(struct sel *out, const struct xfrm_selector *s,
		  uint16_t family)
{
	struct btns_selector ports = { .proto = s->proto };
	bool exact;

	memset(out, 0, sizeof(*out));
	kern_get_addr(&out->local, &s->saddr, family);
	kern_get_addr(&out->remote, &s->daddr, family);
	out->local_plen = s->prefixlen_s;
	out->remote_plen = s->prefixlen_d;
	if (out->local_plen > addr_bits(family) ||
	    out->remote_plen > addr_bits(family))
		return false;
	addr_mask(&out->local, out->local_plen);
	addr_mask(&out->remote, out->remote_plen);
	out->proto = s->proto;
	exact = btns_selector_ports(&ports, false, ntohs(s->sport),
				    ntohs(s->sport_mask), ntohs(s->dport),
				    ntohs(s->dport_mask));
	out->lport = ports.lport;
	out->rport = ports.rport;
	out->lmask = ports.lmask;
	out->rmask = ports.rmask;
	return exact && !s->ifindex && !s->user;
}
