/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The chunks of an SCTP packet.
 */
#ifndef BTNS_CHUNK_H
#define BTNS_CHUNK_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

/**
 * struct btns_chunks - how far the chunks of a packet have been read
 * @skb: packet
 * @names: are addresses of interest, or only @cookie? May become false
 * @next: offset of the next chunk; set by who begins, behind the SCTP header
 * @param: offset of the next parameter of the chunk before
 * @end: of what that chunk may name; zero to begin with, as @param
 * @cookie: out: a chunk so far carries the cookie by which SCTP makes an
 *	association
 */
struct btns_chunks {
	const struct sk_buff *skb;
	bool names;
	unsigned int next;
	unsigned int param;
	unsigned int end;
	bool cookie;
};

bool btns_chunks_name(struct btns_chunks *c, u8 *family,
		      union nf_inet_addr *addr);

#endif /* BTNS_CHUNK_H */
