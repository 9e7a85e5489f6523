// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel tells of SAs and policies by NETLINK_XFRM, made into the words
 * of struct kern_events. Nothing here asks the kernel, so that a fuzzer can say
 * whatever it likes in the kernel's place.
 */
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <linux/xfrm.h>
#include <string.h>

#include "btnsd/kern_event.h"
#include "btnsd/kern_sel.h"
#include "kernel/pad_match.h"
#include "libbtns/nl.h"

/* messages are on multiples of four, members of some on multiples of eight */
static bool body(void *to, const struct nlmsghdr *nlh, size_t len)
{
	if (mnl_nlmsg_get_payload_len(nlh) < len)
		return false;
	memcpy(to, mnl_nlmsg_get_payload(nlh), len);
	return true;
}

static bool family_ok(uint16_t family)
{
	return family == AF_INET || family == AF_INET6;
}

/* a fragment's ports are not known, and shown as 0 */
static void no_ports(struct sel *s)
{
	if (!btns_proto_types(s->proto) && !s->lport && !s->rport) {
		s->lmask = 0;
		s->rmask = 0;
	}
}

static void on_acquire(const struct nlmsghdr *nlh, const struct kern_events *ev,
		       void *arg)
{
	struct xfrm_user_acquire ua;
	struct xfrm_user_tmpl tmpl = { 0 };
	struct kern_acquire acq = { 0 };
	const struct nlattr *a;
	uint16_t family, outer;
	unsigned int n = 0;

	if (!body(&ua, nlh, sizeof(ua)))
		return;
	family = ua.sel.family ? ua.sel.family : ua.policy.sel.family;
	if (!family_ok(family) || ua.sel.prefixlen_s > addr_bits(family) ||
	    ua.sel.prefixlen_d > addr_bits(family))
		return;
	outer = family;
	mnl_attr_for_each(a, nlh, sizeof(ua)) {
		if (mnl_attr_get_type(a) != XFRMA_TMPL)
			continue;
		n = mnl_attr_get_payload_len(a) / sizeof(tmpl);
		if (n)
			memcpy(&tmpl, mnl_attr_get_payload(a), sizeof(tmpl));
	}
	acq.seq = ua.seq;
	kern_get_sel(&acq.sel, &ua.sel, family);
	no_ports(&acq.sel);
	acq.usable = ua.id.proto == IPPROTO_ESP && n == 1 &&
		     tmpl.mode <= XFRM_MODE_TUNNEL &&
		     tmpl.id.proto == IPPROTO_ESP;
	if (n) {
		acq.reqid = tmpl.reqid;
		acq.tunnel = tmpl.mode == XFRM_MODE_TUNNEL;
		acq.optional = tmpl.optional;
		/* a tunnel's ends may be of the other IP version */
		outer = family_ok(tmpl.family) ? tmpl.family : family;
	}
	kern_get_addr(&acq.local, &ua.saddr, outer);
	kern_get_addr(&acq.remote, &ua.id.daddr, outer);
	/* what the policy says beyond our words is left to the packet alone */
	if (!kern_get_sel(&acq.policy, &ua.policy.sel, family))
		acq.policy = acq.sel;
	ev->acquire(arg, &acq);
}

static void on_expire(const struct nlmsghdr *nlh, const struct kern_events *ev,
		      void *arg)
{
	struct xfrm_user_expire ue;
	struct addr dst;

	if (!body(&ue, nlh, sizeof(ue)) || !family_ok(ue.state.family) ||
	    ue.state.id.proto != IPPROTO_ESP || !ue.state.id.spi)
		return;
	kern_get_addr(&dst, &ue.state.id.daddr, ue.state.family);
	ev->expire(arg, ntohl(ue.state.id.spi), &dst, ue.hard);
}

static void on_mapping(const struct nlmsghdr *nlh, const struct kern_events *ev,
		       void *arg)
{
	struct xfrm_user_mapping m;
	struct endpoint from;
	struct addr dst;

	if (!body(&m, nlh, sizeof(m)) || !family_ok(m.id.family) ||
	    m.id.proto != IPPROTO_ESP)
		return;
	kern_get_addr(&dst, &m.id.daddr, m.id.family);
	kern_get_addr(&from.addr, &m.new_saddr, m.id.family);
	from.port = ntohs(m.new_sport);
	ev->mapping(arg, ntohl(m.id.spi), &dst, &from);
}

static void on_delete(const struct nlmsghdr *nlh, const struct kern_events *ev,
		      void *arg)
{
	struct xfrm_usersa_id id;
	struct addr dst;

	if (!body(&id, nlh, sizeof(id)) || !family_ok(id.family) ||
	    id.proto != IPPROTO_ESP)
		return;
	kern_get_addr(&dst, &id.daddr, id.family);
	ev->sa_gone(arg, ntohl(id.spi), &dst);
}

static void on_flush(const struct nlmsghdr *nlh, const struct kern_events *ev,
		     void *arg)
{
	struct xfrm_usersa_flush f;

	/* 0 and 255 are "all protocols" */
	if (body(&f, nlh, sizeof(f)) &&
	    (!f.proto || f.proto == IPPROTO_ESP || f.proto == 255))
		ev->sa_flushed(arg);
}

static void one_event(const struct nlmsghdr *nlh, const struct kern_events *ev,
		      void *arg)
{
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_ACQUIRE:
		on_acquire(nlh, ev, arg);
		break;
	case XFRM_MSG_EXPIRE:
		on_expire(nlh, ev, arg);
		break;
	case XFRM_MSG_MAPPING:
		on_mapping(nlh, ev, arg);
		break;
	case XFRM_MSG_DELSA:
		on_delete(nlh, ev, arg);
		break;
	case XFRM_MSG_FLUSHSA:
		on_flush(nlh, ev, arg);
		break;
	case XFRM_MSG_NEWPOLICY:
	case XFRM_MSG_UPDPOLICY:
	case XFRM_MSG_DELPOLICY:
	case XFRM_MSG_FLUSHPOLICY:
	case XFRM_MSG_POLEXPIRE:
		ev->policy_changed(arg);
		break;
	}
}

/* what the kernel does by itself is of port 0, and always news */
static bool is_own(uint32_t portid, const uint32_t own[static KERN_EVENT_OWN])
{
	size_t i;

	for (i = 0; portid && i < KERN_EVENT_OWN; i++)
		if (own[i] == portid)
			return true;
	return false;
}

/**
 * kern_event_parse() - hand over the events of one datagram
 * @buf: datagram, aligned for struct nlmsghdr
 * @len: its octets
 * @own: ports of the sockets whose own doings are no news, 0 for none
 * @ev: what is called for them
 * @arg: handed to @ev
 *
 * What is no event, or is cut off, is passed over.
 */
void kern_event_parse(const uint8_t *buf, size_t len,
		      const uint32_t own[static KERN_EVENT_OWN],
		      const struct kern_events *ev, void *arg)
{
	const struct nlmsghdr *nlh = (const void *)buf;
	int left = (int)len;

	for (; lbtns_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (!is_own(nlh->nlmsg_pid, own))
			one_event(nlh, ev, arg);
}
