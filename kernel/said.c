// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IPsec says of a packet: the transformations that it came through, or
 * will go through, and whether what they give could be latched.
 */
#include <net/rtnetlink.h>
#include <net/xfrm.h>

#include "latch.h"

/* Take note of one transformation; false if nobody vouched for it. */
static bool take(struct btns_net *bn, struct btns_said *said,
		 const struct xfrm_state *x)
{
	if (x->props.mode == XFRM_MODE_TUNNEL)
		said->tunnel = x;
	/* what protects nothing needs nobody to vouch for it either */
	if (!btns_proto_protects(x->id.proto))
		return true;
	said->count++;
	said->x = x;
	said->sa = btns_sa_of_rcu(bn, x);
	return said->sa;
}

/**
 * btns_said_from_skb - what a packet came through
 * @bn: namespace
 * @skb: packet in LOCAL_IN
 * @said: filled
 *
 * Context: RCU read section; borrows from @skb.
 * Return: false if nobody vouched for some of what protected it.
 */
bool btns_said_from_skb(struct btns_net *bn, const struct sk_buff *skb,
			struct btns_said *said)
{
	const struct sec_path *sp = skb_sec_path(skb);
	bool all = true;
	int i;

	memset(said, 0, sizeof(*said));
	said->dir = BTNS_SA_IN;
	said->mark = skb->mark;
	said->dev = skb->dev;
	for (i = 0; sp && i < sp->len; i++)
		all &= take(bn, said, sp->xvec[i]);
	return all;
}

/**
 * btns_said_from_dst - what packets of a route will go through
 * @bn: namespace
 * @dst: route in LOCAL_OUT, or NULL
 * @mark: mark of the packets
 * @said: filled
 *
 * Context: RCU read section; borrows from @dst.
 * Return: false if nobody vouched for some of what will protect them.
 */
bool btns_said_from_dst(struct btns_net *bn, const struct dst_entry *dst,
			u32 mark, struct btns_said *said)
{
	bool all = true;

	memset(said, 0, sizeof(*said));
	said->dir = BTNS_SA_OUT;
	said->mark = mark;
	if (!dst)
		return true;
	said->dst = dst;
	said->dev = READ_ONCE(dst->dev);
	/* policy says protect, but the packet would be thrown or held */
	said->larval = !dst->xfrm &&
		       (READ_ONCE(dst->output) == dst_discard_out ||
			dst->flags & DST_XFRM_QUEUE);
	for (; dst && dst->xfrm; dst = xfrm_dst_child(dst))
		all &= take(bn, said, dst->xfrm);
	return all;
}

/**
 * btns_said_lenient - would policy let such packets pass without an SA too
 * @said: what IPsec says of an outbound packet
 *
 * Context: RCU read section.
 * Return: BTNS_LENIENT_YES or BTNS_LENIENT_NO.
 */
enum btns_lenient btns_said_lenient(const struct btns_said *said)
{
	const struct xfrm_dst *xdst = (const struct xfrm_dst *)said->dst;
	bool lenient;

	if (!said->dst || !said->dst->xfrm || xdst->num_pols <= 0)
		return BTNS_LENIENT_NO;
	lenient = btns_spd_optional(xdst->pols[0]);
	return lenient ? BTNS_LENIENT_YES : BTNS_LENIENT_NO;
}

/*
 * Behind these, xfrm has its say when LOCAL_OUT is over, and what came in
 * through them goes out through them.
 */
static bool is_interface(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev ? dev->rtnl_link_ops : NULL;

	return ops && (!strcmp(ops->kind, "xfrm") || !strcmp(ops->kind, "vti") ||
		       !strcmp(ops->kind, "vti6"));
}

/**
 * btns_said_latchable - could what protects a packet be latched
 * @said: what IPsec says of it
 *
 * Context: RCU read section.
 * Return: BTNS_REASON_NONE, UNPROTECTED, BUNDLE, INTERFACE or OFFLOAD.
 */
enum btns_reason btns_said_latchable(const struct btns_said *said)
{
	if (said->count > 1)
		return BTNS_REASON_BUNDLE;
	return said->count ? btns_qop_latchable(said->x) :
			     BTNS_REASON_UNPROTECTED;
}

/**
 * btns_said_openable - could a connection be latched that a packet opens
 * @said: what IPsec says of it
 *
 * Also looks at the device: what the answer, or the packet itself, goes
 * through when it passed the hooks.
 *
 * Context: RCU read section.
 * Return: as btns_said_latchable().
 */
enum btns_reason btns_said_openable(const struct btns_said *said)
{
	return is_interface(said->dev) ? BTNS_REASON_INTERFACE :
					 btns_said_latchable(said);
}
