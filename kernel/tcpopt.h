/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of a TCP segment.
 */
#ifndef BTNS_TCPOPT_H
#define BTNS_TCPOPT_H

#include <linux/bits.h>
#include <linux/skbuff.h>

#define BTNS_MPTCP_CAPABLE	BIT(0)	/* begins a connection of subflows */
#define BTNS_MPTCP_JOIN		BIT(1)	/* joins one */

unsigned int btns_tcpopt_mptcp(const struct sk_buff *skb, unsigned int thoff);

#endif /* BTNS_TCPOPT_H */
