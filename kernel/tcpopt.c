// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of a TCP segment.
 *
 * Pure: reads with bounds checks, touches nothing else.
 */
#include <linux/tcp.h>
#include <net/tcp.h>

#include "tcpopt.h"

/* RFC 8684 section 8; the kernel has them in no header of its own. */
#define SUBTYPE_MP_CAPABLE	0
#define SUBTYPE_MP_JOIN		1

/**
 * btns_tcpopt_mptcp - which options of MPTCP a segment has
 * @skb: packet
 * @thoff: offset of its TCP header, which is whole
 *
 * Reads as net/mptcp does: up to the first option that is malformed.
 *
 * Context: any.
 * Return: any of BTNS_MPTCP_CAPABLE and BTNS_MPTCP_JOIN.
 */
unsigned int btns_tcpopt_mptcp(const struct sk_buff *skb, unsigned int thoff)
{
	u8 buf[MAX_TCP_OPTION_SPACE];
	const struct tcphdr *th;
	unsigned int found = 0;
	struct tcphdr thbuf;
	const u8 *p;
	int len;

	th = skb_header_pointer(skb, thoff, sizeof(thbuf), &thbuf);
	if (!th || th->doff <= sizeof(*th) / 4)
		return 0;
	len = th->doff * 4 - sizeof(*th);
	p = skb_header_pointer(skb, thoff + sizeof(*th), len, buf);
	while (p && len > 0 && *p != TCPOPT_EOL) {
		int size = *p == TCPOPT_NOP ? 1 : len > 1 ? p[1] : 0;

		if (size > len || (size < 2 && *p != TCPOPT_NOP))
			break;
		if (*p == TCPOPT_MPTCP && size > 2) {
			if (p[2] >> 4 == SUBTYPE_MP_CAPABLE)
				found |= BTNS_MPTCP_CAPABLE;
			if (p[2] >> 4 == SUBTYPE_MP_JOIN)
				found |= BTNS_MPTCP_JOIN;
		}
		p += size;
		len -= size;
	}
	return found;
}
