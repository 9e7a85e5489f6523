// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet hooks: read off a packet what IPsec says of it and which flow it
 * belongs to, ask for the verdict, obey.
 *
 * Inbound that is the sec_path in LOCAL_IN, outbound the xfrm_dst chain in
 * LOCAL_OUT. The hooks are registered only while something needs them.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "btns_trace.h"
#include "compat.h"
#include "latch.h"

static bool strict(const struct btns_net *bn)
{
	return READ_ONCE(bn->knobs.pad_mode) == BTNS_PAD_MODE_STRICT;
}

/*
 * Was it put together from fragments that came out of a tunnel? The SA of one
 * of them then says nothing of the others, which may have come in the clear.
 * Outside of a tunnel the fragments were ESP's own, and the ICV covers them.
 */
static bool in_parts(const struct sk_buff *skb, u8 pf,
		     const struct btns_said *said)
{
	if (!said->count || !said->tunnel)
		return false;
	return pf == NFPROTO_IPV4 ? IPCB(skb)->frag_max_size :
				    IP6CB(skb)->frag_max_size;
}

/*
 * SCTP in UDP (RFC 6951) is taken for unprotected: its SAs are for UDP, and
 * that of every association.
 */
static void look_into_udp(struct btns_net *bn, const struct sk_buff *skb,
			  bool inbound, struct btns_flow *flow,
			  struct btns_packet *pkt, struct btns_said *said,
			  enum btns_flow_kind *kind)
{
	int port = btns_compat_sctp_udp_port(bn->net);

	if (!port || flow->proto != IPPROTO_UDP ||
	    flow->lport != htons(port) ||
	    (*kind != BTNS_FLOW_KNOWN && *kind != BTNS_FLOW_PART))
		return;
	if (btns_flow_in_udp(skb, inbound, flow, pkt) != BTNS_FLOW_KNOWN) {
		*kind = BTNS_FLOW_MALFORMED;
		return;
	}
	said->count = 0;
	said->larval = false;
	said->x = NULL;
	said->sa = NULL;
}

/* A datagram or a packet of SCTP; TCP makes no fragments. */
static bool check_part(struct btns_net *bn, struct sk_buff *skb,
		       const struct btns_flow *flow,
		       const struct btns_packet *pkt, struct btns_said *said)
{
	if (flow->proto == IPPROTO_SCTP)
		return btns_latch_sctp_in(bn, skb, flow, pkt, said);
	return btns_latch_udp_in(bn, skb, flow, said);
}

static bool check_in(struct btns_net *bn, struct sk_buff *skb, u8 pf)
{
	enum btns_flow_kind kind;
	struct btns_packet pkt;
	struct btns_said said;
	struct btns_flow flow;

	if (!btns_said_from_skb(bn, skb, &said) && strict(bn)) {
		btns_mib_inc(bn, InDropUnvouched);
		return false;
	}
	kind = btns_flow_from_skb(skb, pf, true, &flow, &pkt);
	look_into_udp(bn, skb, true, &flow, &pkt, &said, &kind);
	switch (kind) {
	case BTNS_FLOW_OTHER:
		return btns_latch_icmp_in(bn, skb, pf, &said);
	case BTNS_FLOW_PART:
		said.parts = true;
		return check_part(bn, skb, &flow, &pkt, &said);
	case BTNS_FLOW_KNOWN:
		said.parts = in_parts(skb, pf, &said);
		if (flow.proto == IPPROTO_TCP)
			return btns_latch_tcp_in(bn, skb, &flow, &pkt, &said);
		return check_part(bn, skb, &flow, &pkt, &said);
	case BTNS_FLOW_FRAGMENT:
		btns_mib_inc(bn, InDropFragment);
		return false;
	case BTNS_FLOW_MALFORMED:
		break;
	}
	btns_mib_inc(bn, InDropMalformed);
	return false;
}

static bool check_out(struct btns_net *bn, struct sk_buff *skb, u8 pf,
		      struct sock *sk, bool *as_lost)
{
	enum btns_flow_kind kind;
	struct btns_packet pkt;
	struct btns_said said;
	struct btns_flow flow;

	if (!btns_said_from_dst(bn, skb_dst(skb), skb->mark, &said) &&
	    strict(bn)) {
		btns_mib_inc(bn, OutDropUnvouched);
		return false;
	}
	kind = btns_flow_from_skb(skb, pf, false, &flow, &pkt);
	look_into_udp(bn, skb, false, &flow, &pkt, &said, &kind);
	switch (kind) {
	case BTNS_FLOW_KNOWN:
		if (flow.proto == IPPROTO_UDP)
			return btns_latch_udp_out(bn, sk, &flow, &said,
						  as_lost);
		if (flow.proto == IPPROTO_SCTP)
			return btns_latch_sctp_out(bn, skb, sk, &flow, &pkt,
						   &said);
		return btns_latch_tcp_out(bn, skb, sk, &flow, &pkt, &said);
	case BTNS_FLOW_MALFORMED:
		btns_mib_inc(bn, OutDropMalformed);
		return false;
	case BTNS_FLOW_OTHER:
		return btns_latch_icmp_out(bn, skb, pf, &said);
	default:
		return true;
	}
}

static unsigned int hook_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return check_in(btns_pernet(state->net), skb, state->pf) ? NF_ACCEPT :
								   NF_DROP;
}

static unsigned int hook_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	bool as_lost = false;

	if (check_out(btns_pernet(state->net), skb, state->pf, skb->sk,
		      &as_lost))
		return NF_ACCEPT;
	if (!as_lost)
		return NF_DROP;	/* its sender gets EPERM */
	kfree_skb(skb);
	return NF_STOLEN;
}

/*
 * As near to the socket as can be: last on the way in, and last on the way
 * out, when address translation and rerouting have had their say.
 */
static const struct nf_hook_ops hook_ops[] = {
	{
		.hook = hook_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = hook_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_LAST,
	},
};

static bool needed(const struct btns_net *bn)
{
	return !bn->dying &&
	       (READ_ONCE(bn->knobs.latch_auto) || strict(bn) ||
		atomic_read(&bn->hook_users) ||
		atomic_read(&bn->latch_count) || atomic_read(&bn->ask_count));
}

/**
 * btns_hook_update - register or unregister the hooks as things stand
 * @bn: namespace
 *
 * To be called after anything changed that needs them: a sysctl, the first
 * ask, the last latch.
 *
 * Context: process, may sleep; takes hook_mutex.
 * Return: 0 or a negative errno if they could not be registered.
 */
int btns_hook_update(struct btns_net *bn)
{
	int err = 0;

	mutex_lock(&bn->hook_mutex);
	if (needed(bn) && !bn->hooks_on) {
		err = nf_register_net_hooks(bn->net, hook_ops,
					    ARRAY_SIZE(hook_ops));
		bn->hooks_on = !err;
	} else if (!needed(bn) && bn->hooks_on) {
		nf_unregister_net_hooks(bn->net, hook_ops,
					ARRAY_SIZE(hook_ops));
		bn->hooks_on = false;
	}
	mutex_unlock(&bn->hook_mutex);
	return err;
}
