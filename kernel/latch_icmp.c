// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about latched flows. Anyone on the path, and who guesses well off
 * it, can send one; a latch that TCP gives up for such an error would be worth
 * little (RFC 5660 section 6.5). So what nobody protected changes nothing, but
 * for the path's MTU within bounds, which no one else can tell us of.
 *
 * Quoted headers are read as the kernel's own error handlers read them: a quote
 * that they would take for a flow must not pass for something else here.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/sock.h>

#include "verdict.h"

/* Octets of the quoted transport header that every error must have. */
#define QUOTED_MIN	8
/* UDP port of ESP in UDP (RFC 3948). */
#define ENCAP_PORT	4500

/* What an ICMP message would have us do. */
enum icmp_kind {
	ICMP_IS_OTHER,		/* no error, or none that is delivered */
	ICMP_IS_ERROR,		/* give up, or think of it */
	ICMP_IS_TOO_BIG,	/* send less at a time */
	ICMP_IS_REDIRECT,	/* send by another way */
	ICMP_IS_PART,		/* first fragment of an error */
};

/**
 * struct icmp_error - an ICMP error
 * @kind: what it would have us do
 * @mtu: with ICMP_IS_TOO_BIG, bytes
 * @quote: offset of the IP header that it quotes; 0 if it quotes none
 */
struct icmp_error {
	enum icmp_kind kind;
	u32 mtu;
	unsigned int quote;
};

/**
 * struct quoted - the packet of ours that an error is about
 * @flow: its flow; no ports if it was ESP or AH
 * @is_esp: it was ESP or AH, bare or in UDP, of the SA in @key
 * @key: the SA
 */
struct quoted {
	struct btns_flow flow;
	bool is_esp;
	struct btns_sa_key key;
};

static void read_icmp4(const struct sk_buff *skb, struct icmp_error *e)
{
	const struct iphdr *ih = ip_hdr(skb);
	unsigned int off = skb_network_offset(skb) + ih->ihl * 4;
	const struct icmphdr *h;
	struct icmphdr buf;

	if (ih->protocol != IPPROTO_ICMP)
		return;
	h = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!h)
		return;		/* icmp_rcv() does not take it either */
	e->quote = off + sizeof(*h);
	switch (h->type) {
	case ICMP_DEST_UNREACH:
		e->kind = h->code == ICMP_FRAG_NEEDED ? ICMP_IS_TOO_BIG :
							ICMP_IS_ERROR;
		e->mtu = ntohs(h->un.frag.mtu);
		break;
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		e->kind = ICMP_IS_ERROR;
		break;
	case ICMP_REDIRECT:
		e->kind = ICMP_IS_REDIRECT;
		break;
	}
}

/* The header that a redirect quotes in an option (RFC 4861), or nothing. */
static unsigned int redirected_header(const struct sk_buff *skb,
				      unsigned int off)
{
	struct nd_opt_hdr buf;
	const struct nd_opt_hdr *opt;

	for (off += sizeof(struct rd_msg);; off += opt->nd_opt_len * 8) {
		opt = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!opt || !opt->nd_opt_len)
			return 0;
		if (opt->nd_opt_type == ND_OPT_REDIRECT_HDR)
			return off + 8;
	}
}

static void read_icmp6(const struct sk_buff *skb, struct icmp_error *e)
{
	const struct ipv6hdr *ih = ipv6_hdr(skb);
	unsigned int off = skb_network_offset(skb) + sizeof(*ih);
	u8 nexthdr = ih->nexthdr;
	const struct icmp6hdr *h;
	struct icmp6hdr buf;
	__be16 frag_off;

	if (!btns_flow_skip_headers(skb, &off, &nexthdr, &frag_off) ||
	    nexthdr != IPPROTO_ICMPV6 || frag_off & htons(IP6_OFFSET))
		return;
	h = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!h)
		return;
	e->quote = off + sizeof(*h);
	if (h->icmp6_type == ICMPV6_PKT_TOOBIG)
		e->kind = ICMP_IS_TOO_BIG;
	else if (!(h->icmp6_type & ICMPV6_INFOMSG_MASK))
		e->kind = ICMP_IS_ERROR;
	else if (h->icmp6_type == NDISC_REDIRECT)
		e->kind = ICMP_IS_REDIRECT;
	else
		return;
	e->mtu = ntohl(h->icmp6_mtu);
	if (e->kind == ICMP_IS_REDIRECT)
		e->quote = redirected_header(skb, off);
	/* what is put together of fragments does not pass here again */
	if (frag_off & htons(IP6_MF))
		e->kind = ICMP_IS_PART;
}

/* Where the quoted transport header is, and of what; false: unreadable. */
static bool read_quoted_ip(const struct sk_buff *skb, u8 family,
			   unsigned int *off, u8 *proto, struct quoted *q)
{
	struct ipv6hdr buf6;
	struct iphdr buf4;
	__be16 frag_off;
	int end;

	if (family == NFPROTO_IPV4) {
		const struct iphdr *ih;

		ih = skb_header_pointer(skb, *off, sizeof(buf4), &buf4);
		if (!ih || ih->ihl < 5)
			return false;
		q->flow.family = AF_INET;
		q->flow.laddr.ip = ih->saddr;
		q->flow.raddr.ip = ih->daddr;
		*proto = ih->protocol;
		*off += ih->ihl * 4;
	} else {
		const struct ipv6hdr *ih;

		ih = skb_header_pointer(skb, *off, sizeof(buf6), &buf6);
		if (!ih)
			return false;
		q->flow.family = AF_INET6;
		q->flow.laddr.in6 = ih->saddr;
		q->flow.raddr.in6 = ih->daddr;
		*proto = ih->nexthdr;
		end = ipv6_skip_exthdr(skb, *off + sizeof(*ih), proto,
				       &frag_off);
		if (end < 0)
			return false;
		*off = end;
	}
	return true;
}

/* @spi: where it is, at any address */
static void set_spi(struct quoted *q, u8 proto, const void *spi)
{
	q->is_esp = true;
	q->key.family = q->flow.family;
	q->key.proto = proto;
	q->key.daddr = q->flow.raddr;
	memcpy(&q->key.spi, spi, sizeof(q->key.spi));
}

/* ESP in UDP; a Non-ESP marker of IKE is an SPI of zero, which no SA has. */
static void read_quoted_encap(const struct sk_buff *skb, unsigned int off,
			      struct quoted *q)
{
	u8 buf[4];
	const u8 *spi;

	if (q->flow.lport != htons(ENCAP_PORT) &&
	    q->flow.rport != htons(ENCAP_PORT))
		return;
	spi = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (spi && memchr_inv(spi, 0, sizeof(buf)))
		set_spi(q, IPPROTO_ESP, spi);
}

/* False if the quote is of no use to anybody. */
static bool read_quoted(const struct sk_buff *skb, u8 family, unsigned int off,
			struct quoted *q)
{
	__be16 buf[QUOTED_MIN / sizeof(__be16)];
	const __be16 *h;
	u8 proto;

	memset(q, 0, sizeof(*q));
	if (!read_quoted_ip(skb, family, &off, &proto, q))
		return false;
	h = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!h)
		return false;
	q->flow.proto = proto;
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		q->flow.lport = h[0];
		q->flow.rport = h[1];
		if (proto == IPPROTO_UDP)
			read_quoted_encap(skb, off + QUOTED_MIN, q);
		break;
	case IPPROTO_ESP:
		set_spi(q, proto, h);
		break;
	case IPPROTO_AH:
		set_spi(q, proto, &h[2]);
		break;
	}
	return true;
}

/* Does it come under the latch's own peer? */
static bool from_peer(struct btns_latch *latch, const struct btns_said *said)
{
	struct btns_qop qop;

	if (said->count != 1)
		return false;
	if (said->sa || latch->peer)
		return said->sa && said->sa->peer == latch->peer;
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

static bool check_latched(struct btns_latch *latch, const struct icmp_error *e,
			  const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;

	/*
	 * In any other state nothing is sent that an error could be about.
	 * Paired with the release in __btns_latch_move(): values are there.
	 */
	if (smp_load_acquire(&latch->state) == BTNS_LATCH_STATE_ESTABLISHED) {
		if (from_peer(latch, said))
			return true;
		if (e->kind == ICMP_IS_TOO_BIG &&
		    mtu_within(bn, latch->flow.family, e->mtu) &&
		    mtu_smaller(latch, e->mtu))
			return true;
	}
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
		      const struct quoted *q, const struct icmp_error *e,
		      const struct btns_said *said)
{
	const struct btns_sa *sa;

	if (!sa_exists(bn, skb, &q->key))
		return true;	/* nor does the kernel know what it is about */
	sa = btns_sa_find_rcu(bn, &q->key);
	if (sa && said->count == 1 && said->sa && said->sa->peer == sa->peer)
		return true;
	if (e->kind == ICMP_IS_TOO_BIG &&
	    mtu_within(bn, q->flow.family, e->mtu))
		return true;
	return drop(bn, &q->flow, 0, InDropIcmp);
}

static bool check_error(struct btns_net *bn, const struct sk_buff *skb,
			u8 family, const struct icmp_error *e,
			const struct btns_said *said)
{
	struct btns_latch *latch;
	struct quoted q = {};

	/* a redirect that does not say of what */
	if (!e->quote)
		return said->count || drop(bn, &q.flow, 0, InDropIcmp);
	if (!read_quoted(skb, family, e->quote, &q))
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
	struct icmp_error e = {};

	if (!atomic_read(&bn->latch_count))
		return true;
	if (family == NFPROTO_IPV4)
		read_icmp4(skb, &e);
	else
		read_icmp6(skb, &e);
	switch (e.kind) {
	case ICMP_IS_OTHER:
		return true;
	case ICMP_IS_PART:
		return drop(bn, &none, 0, InDropFragment);
	default:
		return check_error(bn, skb, family, &e, said);
	}
}
