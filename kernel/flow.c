// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a packet or a socket to the 5-tuple that latches are keyed by.
 *
 * Pure: reads headers with bounds checks, touches nothing else. It decides
 * what counts as TCP, as SCTP and as unicast UDP, so a packet that it lets go
 * as "other" can never reach a socket as a part of a conversation.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
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

static void set_ports(struct btns_flow *flow, u8 proto, bool inbound,
		      __be16 source, __be16 dest)
{
	flow->proto = proto;
	flow->lport = inbound ? dest : source;
	flow->rport = inbound ? source : dest;
}

static enum btns_flow_kind read_tcp(const struct sk_buff *skb, bool inbound,
				    struct btns_flow *flow,
				    struct btns_packet *pkt)
{
	struct tcphdr buf;
	const struct tcphdr *th;

	th = skb_header_pointer(skb, pkt->thoff, sizeof(buf), &buf);
	if (!th || th->doff < sizeof(*th) / 4)
		return BTNS_FLOW_MALFORMED;

	set_ports(flow, IPPROTO_TCP, inbound, th->source, th->dest);
	pkt->opens = th->syn && !th->ack && !th->rst;
	pkt->rst = th->rst;
	pkt->ack = th->ack;
	return BTNS_FLOW_KNOWN;
}

static enum btns_flow_kind read_udp(const struct sk_buff *skb, bool inbound,
				    struct btns_flow *flow,
				    struct btns_packet *pkt)
{
	struct udphdr buf;
	const struct udphdr *uh;

	uh = skb_header_pointer(skb, pkt->thoff, sizeof(buf), &buf);
	if (!uh)
		return BTNS_FLOW_MALFORMED;
	set_ports(flow, IPPROTO_UDP, inbound, uh->source, uh->dest);
	return BTNS_FLOW_KNOWN;
}

static enum btns_flow_kind read_sctp(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_packet *pkt)
{
	struct {
		struct sctphdr sh;
		struct sctp_chunkhdr ch;
	} buf;
	const struct sctp_chunkhdr *ch;
	const struct sctphdr *sh;

	/* without a chunk it is nothing to anybody */
	sh = skb_header_pointer(skb, pkt->thoff, sizeof(buf), &buf);
	if (!sh)
		return BTNS_FLOW_MALFORMED;
	ch = (const void *)(sh + 1);
	set_ports(flow, IPPROTO_SCTP, inbound, sh->source, sh->dest);
	pkt->opens = ch->type == SCTP_CID_INIT;
	pkt->chunk = ch->type;
	return BTNS_FLOW_KNOWN;
}

static bool is_transport(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       (IS_ENABLED(CONFIG_IP_SCTP) && proto == IPPROTO_SCTP);
}

static enum btns_flow_kind read_transport(const struct sk_buff *skb, u8 proto,
					  bool inbound, struct btns_flow *flow,
					  struct btns_packet *pkt)
{
	switch (proto) {
	case IPPROTO_TCP:
		return read_tcp(skb, inbound, flow, pkt);
	case IPPROTO_UDP:
		return read_udp(skb, inbound, flow, pkt);
	case IPPROTO_SCTP:
		return read_sctp(skb, inbound, flow, pkt);
	default:
		return BTNS_FLOW_OTHER;
	}
}

static enum btns_flow_kind read_ipv4(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_packet *pkt)
{
	const struct iphdr *ih = ip_hdr(skb);

	/* a latch is between two hosts (RFC 5660 section 1) */
	if (!is_transport(ih->protocol) || ipv4_is_multicast(ih->daddr) ||
	    ipv4_is_lbcast(ih->daddr))
		return BTNS_FLOW_OTHER;
	/*
	 * LOCAL_IN comes after reassembly and sockets' packets are fragmented
	 * after LOCAL_OUT, so this is a raw socket's doing and belongs to no
	 * connection.
	 */
	if (ih->frag_off & htons(IP_OFFSET))
		return BTNS_FLOW_OTHER;

	set_addrs4(flow, inbound ? ih->daddr : ih->saddr,
		   inbound ? ih->saddr : ih->daddr);
	pkt->thoff = skb_network_offset(skb) + ih->ihl * 4;
	return read_transport(skb, ih->protocol, inbound, flow, pkt);
}

/*
 * LOCAL_IN comes before IPv6 reassembly, and what is reassembled does not
 * pass it again: a fragment that might end in TCP must be recognised here. No
 * sane TCP sends fragments over IPv6, where the sender alone may make them.
 */
static bool fragment_may_hold_tcp(u8 nexthdr)
{
	switch (nexthdr) {
	case IPPROTO_ICMPV6:
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

/**
 * btns_flow_skip_headers - from the IPv6 header to the transport
 * @skb: packet
 * @off: in: offset behind the IPv6 header; out: of the transport header
 * @nexthdr: in: of the IPv6 header; out: what is at @off
 * @frag_off: out: offset and flags of the last fragment header, or 0; network
 *	byte order
 *
 * Unlike ipv6_skip_exthdr() this stops at AH, behind which nothing is known
 * yet: what it carries passes the hooks by itself.
 *
 * Context: any.
 * Return: false if the headers cannot be read.
 */
bool btns_flow_skip_headers(const struct sk_buff *skb, unsigned int *off,
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

/* The first fragment; without it nothing is put together. */
static enum btns_flow_kind read_first(const struct sk_buff *skb, u8 nexthdr,
				      struct btns_flow *flow,
				      struct btns_packet *pkt)
{
	enum btns_flow_kind kind;

	if (nexthdr == IPPROTO_TCP || !is_transport(nexthdr))
		return fragment_may_hold_tcp(nexthdr) ? BTNS_FLOW_FRAGMENT :
							BTNS_FLOW_OTHER;
	kind = read_transport(skb, nexthdr, true, flow, pkt);
	return kind == BTNS_FLOW_KNOWN ? BTNS_FLOW_PART : kind;
}

static enum btns_flow_kind read_ipv6(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_packet *pkt)
{
	const struct ipv6hdr *ih = ipv6_hdr(skb);
	unsigned int off = skb_network_offset(skb) + sizeof(*ih);
	u8 nexthdr = ih->nexthdr;
	__be16 frag_off;

	if (!btns_flow_skip_headers(skb, &off, &nexthdr, &frag_off))
		return BTNS_FLOW_MALFORMED;
	/* only the first fragment says what it is a fragment of */
	if (frag_off & htons(IP6_OFFSET))
		return BTNS_FLOW_OTHER;
	if (frag_off & htons(IP6_MF) && !inbound)
		return BTNS_FLOW_OTHER;
	if (ipv6_addr_is_multicast(&ih->daddr))
		return BTNS_FLOW_OTHER;
	set_addrs6(flow, inbound ? &ih->daddr : &ih->saddr,
		   inbound ? &ih->saddr : &ih->daddr);
	pkt->thoff = off;
	if (frag_off & htons(IP6_MF))
		return read_first(skb, nexthdr, flow, pkt);
	return read_transport(skb, nexthdr, inbound, flow, pkt);
}

/**
 * btns_flow_from_skb - the 5-tuple of a packet
 * @skb: packet in LOCAL_IN or LOCAL_OUT, network header set
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @inbound: it came in, so that its destination is local
 * @flow: filled (zeroed first) if the result is BTNS_FLOW_KNOWN or _PART
 * @pkt: filled likewise
 *
 * Context: any. Sees non-linear packets; changes nothing.
 * Return: what the packet is; @flow and @pkt are good only with
 * BTNS_FLOW_KNOWN and BTNS_FLOW_PART.
 */
enum btns_flow_kind btns_flow_from_skb(const struct sk_buff *skb, u8 family,
				       bool inbound, struct btns_flow *flow,
				       struct btns_packet *pkt)
{
	memset(flow, 0, sizeof(*flow));
	memset(pkt, 0, sizeof(*pkt));
	if (family == NFPROTO_IPV4)
		return read_ipv4(skb, inbound, flow, pkt);
	return read_ipv6(skb, inbound, flow, pkt);
}

/**
 * btns_flow_in_udp - the SCTP flow of a packet that came, or goes, in UDP
 * @skb: packet
 * @inbound: as for btns_flow_from_skb()
 * @flow: in: of UDP; out: of SCTP (RFC 6951), if that is what is in it
 * @pkt: likewise
 *
 * Context: any.
 * Return: BTNS_FLOW_KNOWN or BTNS_FLOW_MALFORMED.
 */
enum btns_flow_kind btns_flow_in_udp(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_packet *pkt)
{
	pkt->thoff += sizeof(struct udphdr);
	return read_sctp(skb, inbound, flow, pkt);
}

/**
 * btns_flow_from_sk - the 5-tuple of a socket
 * @sk: full socket of TCP or UDP, or one of SCTP that listens; an IPv4-mapped
 *	IPv6 socket gives an IPv4 flow, and one that is not connected no remote
 *	half
 * @flow: filled, zeroed first
 *
 * Context: any; without the socket lock the answer may be out of date.
 */
void btns_flow_from_sk(const struct sock *sk, struct btns_flow *flow)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(flow, 0, sizeof(*flow));
	flow->proto = sk->sk_protocol;
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
