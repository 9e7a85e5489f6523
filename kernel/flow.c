// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a packet or a socket to the 5-tuple that latches are keyed by.
 *
 * Pure: reads headers with bounds checks, touches nothing else. It decides
 * what counts as TCP, so a packet that it lets go as "other" can never reach
 * a TCP socket.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "flow.h"

static void set_addrs4(struct btns_flow *flow, __be32 laddr, __be32 raddr)
{
	flow->family = AF_INET;
	flow->laddr.ip = laddr;
	flow->raddr.ip = raddr;
}

static void set_addrs6(struct btns_flow *flow, const struct in6_addr *laddr,
		       const struct in6_addr *raddr)
{
	flow->family = AF_INET6;
	flow->laddr.in6 = *laddr;
	flow->raddr.in6 = *raddr;
}

static enum btns_flow_kind read_tcp(const struct sk_buff *skb,
				    unsigned int doff, bool inbound,
				    struct btns_flow *flow,
				    struct btns_segment *seg)
{
	struct tcphdr buf;
	const struct tcphdr *th;

	th = skb_header_pointer(skb, doff, sizeof(buf), &buf);
	if (!th || th->doff < sizeof(*th) / 4)
		return BTNS_FLOW_MALFORMED;

	flow->proto = IPPROTO_TCP;
	flow->lport = inbound ? th->dest : th->source;
	flow->rport = inbound ? th->source : th->dest;
	seg->doff = doff;
	seg->syn = th->syn && !th->ack && !th->rst;
	seg->rst = th->rst;
	seg->ack = th->ack;
	return BTNS_FLOW_TCP;
}

static enum btns_flow_kind read_ipv4(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_segment *seg)
{
	const struct iphdr *ih = ip_hdr(skb);

	if (ih->protocol != IPPROTO_TCP)
		return BTNS_FLOW_OTHER;
	/*
	 * LOCAL_IN comes after reassembly and TCP never sends fragments, so
	 * this is a raw socket's doing and belongs to no connection.
	 */
	if (ih->frag_off & htons(IP_OFFSET))
		return BTNS_FLOW_OTHER;

	set_addrs4(flow, inbound ? ih->daddr : ih->saddr,
		   inbound ? ih->saddr : ih->daddr);
	return read_tcp(skb, skb_network_offset(skb) + ih->ihl * 4, inbound,
			flow, seg);
}

/*
 * LOCAL_IN comes before IPv6 reassembly, and what is reassembled does not
 * pass it again: a fragment that might end in TCP must be recognised here. No
 * sane TCP sends fragments over IPv6, where the sender alone may make them.
 */
static bool fragment_may_hold_tcp(u8 nexthdr)
{
	switch (nexthdr) {
	case IPPROTO_UDP:
	case IPPROTO_ICMPV6:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		/* what these carry comes back through LOCAL_IN by itself */
		return false;
	default:
		return true;
	}
}

/* Extension headers in front of the transport, at most; IPv6 itself has 8. */
#define EXT_HDRS_MAX 8

/*
 * From the IPv6 header to the transport. Unlike ipv6_skip_exthdr() this stops
 * at AH, behind which nothing is known yet: what it carries passes the hooks
 * by itself.
 */
static bool skip_headers(const struct sk_buff *skb, unsigned int *off,
			 u8 *nexthdr, __be16 *frag_off)
{
	struct frag_hdr buf;
	const struct frag_hdr *hp;
	unsigned int count;

	*frag_off = 0;
	for (count = 0; ipv6_ext_hdr(*nexthdr) && *nexthdr != NEXTHDR_AUTH &&
	     *nexthdr != NEXTHDR_NONE; count++) {
		/* every extension header has at least these 8 octets */
		hp = skb_header_pointer(skb, *off, sizeof(buf), &buf);
		if (!hp || count == EXT_HDRS_MAX)
			return false;
		if (*nexthdr == NEXTHDR_FRAGMENT) {
			*frag_off = hp->frag_off;
			if (*frag_off & htons(IP6_OFFSET))
				return true;
			*off += sizeof(*hp);
		} else {
			*off += ipv6_optlen((const struct ipv6_opt_hdr *)hp);
		}
		*nexthdr = hp->nexthdr;
	}
	return true;
}

static enum btns_flow_kind read_ipv6(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_segment *seg)
{
	const struct ipv6hdr *ih = ipv6_hdr(skb);
	unsigned int off = skb_network_offset(skb) + sizeof(*ih);
	u8 nexthdr = ih->nexthdr;
	__be16 frag_off;

	if (!skip_headers(skb, &off, &nexthdr, &frag_off))
		return BTNS_FLOW_MALFORMED;
	/*
	 * Only the first fragment says what it is a fragment of, and without
	 * it nothing is put together.
	 */
	if (frag_off & htons(IP6_OFFSET))
		return BTNS_FLOW_OTHER;
	if (frag_off & htons(IP6_MF)) {
		if (!inbound)
			return BTNS_FLOW_OTHER;
		return fragment_may_hold_tcp(nexthdr) ? BTNS_FLOW_FRAGMENT :
							BTNS_FLOW_OTHER;
	}
	if (nexthdr != IPPROTO_TCP)
		return BTNS_FLOW_OTHER;

	set_addrs6(flow, inbound ? &ih->daddr : &ih->saddr,
		   inbound ? &ih->saddr : &ih->daddr);
	return read_tcp(skb, off, inbound, flow, seg);
}

/**
 * btns_flow_from_skb - the 5-tuple of a packet
 * @skb: packet in LOCAL_IN or LOCAL_OUT, network header set
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @inbound: it came in, so that its destination is local
 * @flow: filled (zeroed first) if the result is BTNS_FLOW_TCP
 * @seg: filled likewise
 *
 * Context: any. Sees non-linear packets; changes nothing.
 * Return: what the packet is; @flow and @seg are good only with
 * BTNS_FLOW_TCP.
 */
enum btns_flow_kind btns_flow_from_skb(const struct sk_buff *skb, u8 family,
				       bool inbound, struct btns_flow *flow,
				       struct btns_segment *seg)
{
	memset(flow, 0, sizeof(*flow));
	if (family == NFPROTO_IPV4)
		return read_ipv4(skb, inbound, flow, seg);
	return read_ipv6(skb, inbound, flow, seg);
}

/**
 * btns_flow_from_sk - the 5-tuple of a TCP socket
 * @sk: full TCP socket; an IPv4-mapped IPv6 socket gives an IPv4 flow
 * @flow: filled, zeroed first
 *
 * Context: any; without the socket lock the answer may be out of date.
 */
void btns_flow_from_sk(const struct sock *sk, struct btns_flow *flow)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(flow, 0, sizeof(*flow));
	flow->proto = IPPROTO_TCP;
	flow->lport = inet->inet_sport;
	flow->rport = inet->inet_dport;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		set_addrs6(flow, &sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr);
		return;
	}
#endif
	set_addrs4(flow, inet->inet_rcv_saddr, inet->inet_daddr);
}
