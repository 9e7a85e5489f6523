// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about latched flows, either way.
 *
 * In: anyone on the path, and who guesses well off it, can send one; a latch
 * that TCP gives up for such an error would be worth little (RFC 5660 section
 * 6.5). So what nobody protected changes nothing, but for the path's MTU within
 * bounds, which no one else can tell us of.
 *
 * Out: an error quotes what it is about, so it is part of that conversation. It
 * goes as protected as what it quotes came, or not at all (RFC 4301 section 6.2
 * has it go by the SA of the traffic that it answers).
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/sock.h>

#include "icmp.h"
#include "verdict.h"

static bool is_open(const struct btns_latch *latch)
{
	/* Paired with the release in __btns_latch_move(): values are there. */
	return smp_load_acquire(&latch->state) == BTNS_LATCH_STATE_ESTABLISHED;
}

/*
 * Is an error under an SA of the latch's own peer? The latch is established. Who
 * has no identity is not the same as anybody else who has none: then the SA must
 * be one between the latch's own hosts.
 */
static bool under_peer(struct btns_latch *latch, const struct btns_said *said)
{
	struct btns_qop qop;

	if (said->count != 1)
		return false;
	if (latch->peer)
		return said->sa && said->sa->peer == latch->peer;
	if ((said->sa && said->sa->peer) ||
	    (said->sa ? said->sa->local : NULL) != latch->local)
		return false;
	btns_qop_from_state(&qop, said->x);
	return btns_qop_covers_pair(said->x, &latch->flow, &latch->marks) &&
	       btns_qop_compare(&latch->suite->key.qop, &qop) ==
		       BTNS_REASON_NONE;
}

/* May the path's MTU be believed to have become that small? */
static bool mtu_within(struct btns_net *bn, u8 family, u32 mtu)
{
	u32 min = READ_ONCE(bn->knobs.icmp_min_mtu);

	if (family == AF_INET6)
		min = max_t(u32, min, IPV6_MIN_MTU);
	return READ_ONCE(bn->knobs.latch_icmp) && mtu >= min;
}

/* Is it less than what the connection's packets may have now? */
static bool mtu_smaller(struct btns_latch *latch, u32 mtu)
{
	struct sock *sk = btns_latch_owner_find(latch);
	const struct dst_entry *dst;
	bool smaller = false;

	if (!sk)
		return false;
	rcu_read_lock();
	dst = sk_fullsock(sk) ? rcu_dereference(sk->sk_dst_cache) : NULL;
	if (dst)
		smaller = mtu < dst_mtu(dst);
	rcu_read_unlock();
	sock_gen_put(sk);
	return smaller;
}

static bool check_latched(struct btns_latch *latch, const struct btns_icmp *e,
			  const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;

	/* in any other state nothing is sent that an error could be about */
	if (is_open(latch) &&
	    (under_peer(latch, said) ||
	     (e->kind == BTNS_ICMP_TOO_BIG &&
	      mtu_within(bn, latch->flow.family, e->mtu) &&
	      mtu_smaller(latch, e->mtu))))
		return true;
	return drop(bn, &latch->flow, latch->id, InDropIcmp);
}

/* Is it an SA of this host, with or without a binding? */
static bool sa_exists(struct btns_net *bn, const struct sk_buff *skb,
		      const struct btns_sa_key *key)
{
	struct xfrm_state *x;

	if (btns_sa_find_rcu(bn, key))
		return true;
	x = xfrm_state_lookup(bn->net, skb->mark,
			      (const xfrm_address_t *)&key->daddr, key->spi,
			      key->proto, key->family);
	if (x)
		xfrm_state_put(x);
	return x;
}

/*
 * An error about protected packets. Which of the latches they belong to cannot
 * be seen, but the MTU and the way that it tells of are those of all.
 */
static bool check_esp(struct btns_net *bn, const struct sk_buff *skb,
		      const struct btns_quoted *q, const struct btns_icmp *e,
		      const struct btns_said *said)
{
	const struct btns_sa *sa;

	if (!sa_exists(bn, skb, &q->key))
		return true;	/* nor does the kernel know what it is about */
	sa = btns_sa_find_rcu(bn, &q->key);
	if (sa && sa->peer && said->count == 1 && said->sa &&
	    said->sa->peer == sa->peer)
		return true;
	if (e->kind == BTNS_ICMP_TOO_BIG &&
	    mtu_within(bn, q->flow.family, e->mtu))
		return true;
	return drop(bn, &q->flow, 0, InDropIcmp);
}

static bool check_error(struct btns_net *bn, const struct sk_buff *skb,
			u8 family, const struct btns_icmp *e,
			const struct btns_said *said)
{
	struct btns_latch *latch;
	struct btns_quoted q = {};

	/* a redirect that does not say of what */
	if (!e->quote)
		return said->count || drop(bn, &q.flow, 0, InDropIcmp);
	if (!btns_icmp_read_quoted(skb, family, e->quote, &q))
		return drop(bn, &q.flow, 0, InDropMalformed);
	latch = btns_latch_find_rcu(bn, &q.flow);
	if (latch)
		return check_latched(latch, e, said);
	return !q.is_esp || check_esp(bn, skb, &q, e, said);
}

/**
 * btns_latch_icmp_in - may this packet come in, if it is an ICMP error
 * @bn: namespace
 * @skb: packet in LOCAL_IN, which belongs to no flow itself
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @said: the SAs that it came through
 *
 * Errors about other flows, and all that is no error, pass.
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_icmp_in(struct btns_net *bn, const struct sk_buff *skb,
			u8 family, const struct btns_said *said)
{
	struct btns_flow none = {};
	struct btns_icmp e;

	if (!atomic_read(&bn->latch_count))
		return true;
	btns_icmp_read(skb, family, &e);
	switch (e.kind) {
	case BTNS_ICMP_OTHER:
		return true;
	case BTNS_ICMP_PART:
		return drop(bn, &none, 0, InDropFragment);
	default:
		return check_error(bn, skb, family, &e, said);
	}
}

/* ---- out ---------------------------------------------------------------- */

/* Most octets of a quote: what an ICMPv6 error may have. */
#define QUOTE_MAX	IPV6_MIN_MTU

/**
 * struct unheard - a datagram that the kernel is about to answer with an error
 * @net: namespace, NULL for none
 * @flow: its flow
 * @peer: whose SA it came through, NULL if nobody vouched for that, or of
 *	somebody without an identity
 * @end: far end of that SA
 * @port: its UDP port if the SA is in UDP, else 0
 * @qop: how that protects
 *
 * Pointers are only compared.
 */
struct unheard {
	const struct net *net;
	struct btns_flow flow;
	const struct btns_ident *peer;
	union nf_inet_addr end;
	__be16 port;
	struct btns_qop qop;
};

/*
 * Where an SA of a flow's packets leads to, or where it comes from. In transport
 * mode what comes in may be of any source that the SA takes.
 */
static void far_end(const struct btns_said *said, const struct btns_flow *flow,
		    union nf_inet_addr *end, __be16 *port)
{
	const struct xfrm_state *x = said->x;
	bool in = said->dir == BTNS_SA_IN;
	const xfrm_address_t *addr = in ? &x->props.saddr : &x->id.daddr;

	memset(end, 0, sizeof(*end));
	if (x->props.mode == XFRM_MODE_TRANSPORT)
		*end = flow->raddr;
	else if (x->props.family == AF_INET)
		end->ip = addr->a4;
	else
		end->in6 = addr->in6;
	*port = 0;
	if (x->encap)
		*port = in ? x->encap->encap_sport : x->encap->encap_dport;
}

/*
 * The last datagram of this CPU that came protected and found no socket. UDP
 * sends the error before the CPU looks at another packet.
 */
static DEFINE_PER_CPU(struct unheard, last_unheard);

/**
 * btns_latch_icmp_unheard - a datagram has come for which there is no socket
 * @bn: namespace
 * @flow: its flow
 * @said: the SAs that it came through
 *
 * Context: LOCAL_IN, bottom halves off.
 */
void btns_latch_icmp_unheard(struct btns_net *bn, const struct btns_flow *flow,
			     const struct btns_said *said)
{
	struct unheard *last = this_cpu_ptr(&last_unheard);

	if (!said->count) {
		last->net = NULL;
		return;
	}
	last->net = bn->net;
	last->flow = *flow;
	last->peer = said->sa ? said->sa->peer : NULL;
	far_end(said, flow, &last->end, &last->port);
	btns_qop_from_state(&last->qop, said->x);
}

/* Does the error go to the same peer, as protected as the datagram came? */
static bool as_it_came(const struct unheard *last, const struct btns_said *said)
{
	const struct btns_ident *peer = said->sa ? said->sa->peer : NULL;
	union nf_inet_addr end;
	struct btns_qop qop;
	__be16 port;

	if (said->count != 1 || peer != last->peer)
		return false;
	if (!peer) {
		far_end(said, &last->flow, &end, &port);
		if (!nf_inet_addr_cmp(&end, &last->end) || port != last->port)
			return false;
	}
	btns_qop_from_state(&qop, said->x);
	return btns_qop_compare(&last->qop, &qop) == BTNS_REASON_NONE;
}

static bool unheard_objects(const struct btns_net *bn,
			    const struct btns_flow *flow,
			    const struct btns_said *said)
{
	const struct unheard *last = get_cpu_ptr(&last_unheard);
	bool objects = last->net == bn->net &&
		       !memcmp(&last->flow, flow, sizeof(*flow)) &&
		       !as_it_came(last, said);

	put_cpu_ptr(&last_unheard);
	return objects;
}

/*
 * Would policy have taken in the clear what an error quotes? xfrm is asked with
 * the quote itself in the place of the packet, and with the error's mark: that
 * of the packet nobody knows any more. So no policy for any mark may object.
 */
static bool policy_takes_clear(struct btns_net *bn, const struct sk_buff *skb,
			       u8 family, unsigned int off,
			       const struct btns_flow *flow)
{
	unsigned int len = min_t(unsigned int, skb->len - off, QUOTE_MAX);
	struct sk_buff *quote = alloc_skb(len, GFP_ATOMIC);
	bool takes;

	if (!quote)
		return false;
	skb_reset_network_header(quote);
	quote->dev = skb_dst(skb)->dev;
	quote->mark = skb->mark;
	quote->protocol = family == NFPROTO_IPV4 ? htons(ETH_P_IP) :
						   htons(ETH_P_IPV6);
	takes = !skb_copy_bits(skb, off, skb_put(quote, len), len) &&
		xfrm_policy_check(NULL, XFRM_POLICY_IN, quote,
				  family == NFPROTO_IPV4 ? AF_INET : AF_INET6);
	kfree_skb(quote);
	return takes && btns_spd_takes_clear(bn, flow, XFRM_POLICY_IN);
}

/* As the far end's flow: what we were sent. */
static void turn_round(struct btns_flow *flow)
{
	swap(flow->laddr, flow->raddr);
	swap(flow->lport, flow->rport);
}

/* Is what is quoted of a conversation with the address the error comes from? */
static bool is_mine(const struct sk_buff *skb, u8 family,
		    const struct btns_quoted *q)
{
	const struct btns_flow *flow = &q->flow;

	if (q->is_esp || (flow->proto != IPPROTO_TCP &&
			  flow->proto != IPPROTO_UDP &&
			  flow->proto != IPPROTO_SCTP))
		return false;
	if (family == NFPROTO_IPV4)
		return ip_hdr(skb)->saddr == flow->laddr.ip;
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &flow->laddr.in6);
}

/**
 * btns_latch_icmp_out - may this packet go out, if it is an ICMP error
 * @bn: namespace
 * @skb: packet in LOCAL_OUT, which belongs to no flow itself
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @said: the SAs that it will go through
 *
 * Errors about packets that were not for this host pass: they belong to no
 * conversation of its own.
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_icmp_out(struct btns_net *bn, const struct sk_buff *skb,
			 u8 family, const struct btns_said *said)
{
	struct btns_latch *latch;
	struct btns_quoted q;
	struct btns_icmp e;

	btns_icmp_read(skb, family, &e);
	if (e.kind == BTNS_ICMP_OTHER || !e.quote ||
	    !btns_icmp_read_quoted(skb, family, e.quote, &q))
		return true;
	turn_round(&q.flow);
	if (!is_mine(skb, family, &q))
		return true;
	latch = btns_latch_find_rcu(bn, &q.flow);
	if (latch)
		return (is_open(latch) && under_peer(latch, said)) ||
		       drop(bn, &q.flow, latch->id, OutDropIcmp);
	if (unheard_objects(bn, &q.flow, said) ||
	    (!said->count &&
	     !policy_takes_clear(bn, skb, family, e.quote, &q.flow)))
		return drop(bn, &q.flow, 0, OutDropIcmp);
	return true;
}
