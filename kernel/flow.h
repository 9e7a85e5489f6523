/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 5-tuple of a packet, seen from this host, whichever way it travels.
 */
#ifndef BTNS_FLOW_H
#define BTNS_FLOW_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

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

#endif /* BTNS_FLOW_H */
