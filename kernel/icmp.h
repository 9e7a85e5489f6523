/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP messages, and the packets that errors quote.
 */
#ifndef BTNS_ICMP_H
#define BTNS_ICMP_H

#include "flow.h"
#include "sa_key.h"

/* What an ICMP message would have us do. */
enum btns_icmp_kind {
	BTNS_ICMP_OTHER,	/* no error, or none that is delivered */
	BTNS_ICMP_ERROR,	/* give up, or think of it */
	BTNS_ICMP_TOO_BIG,	/* send less at a time */
	BTNS_ICMP_REDIRECT,	/* send by another way */
	BTNS_ICMP_PART,		/* first fragment of an error */
};

/**
 * struct btns_icmp - an ICMP message
 * @kind: what it would have us do
 * @mtu: with BTNS_ICMP_TOO_BIG, bytes
 * @quote: offset of the IP header that it quotes; 0 if it quotes none
 */
struct btns_icmp {
	enum btns_icmp_kind kind;
	u32 mtu;
	unsigned int quote;
};

/**
 * struct btns_quoted - the packet that an error is about
 * @flow: its flow, local being where it was from; no ports if it was ESP or AH
 * @is_esp: it was ESP or AH, bare or in UDP, of the SA in @key
 * @key: the SA
 */
struct btns_quoted {
	struct btns_flow flow;
	bool is_esp;
	struct btns_sa_key key;
};

void btns_icmp_read(const struct sk_buff *skb, u8 family, struct btns_icmp *e);
bool btns_icmp_read_quoted(const struct sk_buff *skb, u8 family,
			   unsigned int off, struct btns_quoted *q);

#endif /* BTNS_ICMP_H */
