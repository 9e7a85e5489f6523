/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 5-tuple of a packet, seen from this host, whichever way it travels.
 */
#ifndef BTNS_FLOW_H
#define BTNS_FLOW_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

struct sock;

/**
 * struct btns_flow - what a latch is keyed by
 * @laddr: local address, zero padded
 * @raddr: remote address, zero padded
 * @lport: local port, network byte order
 * @rport: remote port, network byte order
 * @family: AF_INET or AF_INET6
 * @proto: transport protocol
 * @pad: zero, as the struct is hashed whole
 */
struct btns_flow {
	union nf_inet_addr laddr;
	union nf_inet_addr raddr;
	__be16 lport;
	__be16 rport;
	u8 family;
	u8 proto;
	u8 pad[2];
};

/* What the headers of a packet turned out to be. */
enum btns_flow_kind {
	BTNS_FLOW_OTHER,	/* nothing that could be latched */
	BTNS_FLOW_KNOWN,	/* a whole packet of a flow */
	BTNS_FLOW_PART,		/* first IPv6 fragment of UDP or SCTP */
	BTNS_FLOW_FRAGMENT,	/* IPv6 fragment that may hold TCP */
	BTNS_FLOW_MALFORMED,
};

/**
 * struct btns_packet - what the verdict needs of the headers beside the flow
 * @thoff: offset of the transport header in the packet
 * @opens: it opens a connection: TCP's SYN without ACK, SCTP's INIT
 * @rst: TCP's RST
 * @ack: TCP's ACK
 * @chunk: type of SCTP's first chunk
 */
struct btns_packet {
	unsigned int thoff;
	bool opens;
	bool rst;
	bool ack;
	u8 chunk;
};

enum btns_flow_kind btns_flow_from_skb(const struct sk_buff *skb, u8 family,
				       bool inbound, struct btns_flow *flow,
				       struct btns_packet *pkt);
bool btns_flow_skip_headers(const struct sk_buff *skb, unsigned int *off,
			    u8 *nexthdr, __be16 *frag_off);
enum btns_flow_kind btns_flow_in_udp(const struct sk_buff *skb, bool inbound,
				     struct btns_flow *flow,
				     struct btns_packet *pkt);
void btns_flow_from_sk(const struct sock *sk, struct btns_flow *flow);

#endif /* BTNS_FLOW_H */
