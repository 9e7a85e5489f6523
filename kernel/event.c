// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast: what changed, for whoever listens. Nothing depends on an event
 * being heard; one that cannot be sent is counted, and listeners learn of the
 * gap by ENOBUFS and list anew.
 */
#include <net/genetlink.h>

#include "btns.h"
#include "netlink-gen.h"
#include "nlput.h"

/* Room for any event: the largest has two identities and a selector. */
#define EVENT_SIZE 768

struct event {
	struct btns_net *bn;
	struct sk_buff *skb;
	void *hdr;
	unsigned int group;
};

static bool wanted(struct btns_net *bn, unsigned int group)
{
	return genl_has_listeners(&btns_nl_family, bn->net, group);
}

/* False, and counted, if there is no memory. */
static bool begin(struct event *ev, struct btns_net *bn, unsigned int group,
		  u8 cmd)
{
	ev->bn = bn;
	ev->group = group;
	ev->hdr = NULL;
	ev->skb = genlmsg_new(EVENT_SIZE, GFP_ATOMIC);
	if (ev->skb)
		ev->hdr = genlmsg_put(ev->skb, 0, 0, &btns_nl_family, 0, cmd);
	if (ev->hdr)
		return true;
	nlmsg_free(ev->skb);
	btns_mib_inc(bn, EventLost);
	return false;
}

static void end(struct event *ev, int err)
{
	if (err) {
		nlmsg_free(ev->skb);
		btns_mib_inc(ev->bn, EventLost);
		return;
	}
	genlmsg_end(ev->skb, ev->hdr);
	err = genlmsg_multicast_netns(&btns_nl_family, ev->bn->net, ev->skb, 0,
				      ev->group, GFP_ATOMIC);
	/* ESRCH: the last listener has just left. */
	if (err && err != -ESRCH)
		btns_mib_inc(ev->bn, EventLost);
}

/**
 * btns_event_latch() - a latch was made, changed its state, or is gone
 * @bn: namespace
 * @ev: the latch; state none if it is gone
 *
 * Any context.
 */
void btns_event_latch(struct btns_net *bn, const struct btns_latch_event *ev)
{
	struct event event;

	if (wanted(bn, BTNS_NLGRP_LATCH) &&
	    begin(&event, bn, BTNS_NLGRP_LATCH, BTNS_CMD_LATCH_NTF))
		end(&event, btns_nlput_latch_event(event.skb, ev, true));
}

/**
 * btns_event_sa() - an SA was bound, or its binding is gone
 * @bn: namespace
 * @sa: binding, borrowed for the call
 * @bound: it was bound
 *
 * Any context.
 */
void btns_event_sa(struct btns_net *bn, const struct btns_sa *sa, bool bound)
{
	struct event event;

	if (wanted(bn, BTNS_NLGRP_SA) &&
	    begin(&event, bn, BTNS_NLGRP_SA,
		  bound ? BTNS_CMD_SA_BIND_NTF : BTNS_CMD_SA_UNBIND_NTF))
		end(&event, bound ? btns_nlput_sa(event.skb, sa) :
				    btns_nlput_sa_key(event.skb, sa));
}

/**
 * btns_event_pad() - the PAD changed
 * @bn: namespace
 * @generation: of the new one
 *
 * Any context.
 */
void btns_event_pad(struct btns_net *bn, u32 generation)
{
	struct event event;

	if (wanted(bn, BTNS_NLGRP_PAD) &&
	    begin(&event, bn, BTNS_NLGRP_PAD, BTNS_CMD_PAD_NTF))
		end(&event, nla_put_u32(event.skb, BTNS_A_PAD_GENERATION,
					generation));
}
