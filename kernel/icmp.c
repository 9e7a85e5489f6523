// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP messages, and the packets that errors quote.
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

#include "icmp.h"

/* Octets of the quoted transport header that every error must have. */
#define QUOTED_MIN	8
/* UDP port of ESP in UDP (RFC 3948). */
#define ENCAP_PORT	4500

static void read_icmp4(const struct sk_buff *skb, struct btns_icmp *e)
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
		e->kind = h->code == ICMP_FRAG_NEEDED ? BTNS_ICMP_TOO_BIG :
							BTNS_ICMP_ERROR;
		e->mtu = ntohs(h->un.frag.mtu);
		break;
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		e->kind = BTNS_ICMP_ERROR;
		break;
	case ICMP_REDIRECT:
		e->kind = BTNS_ICMP_REDIRECT;
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

static void read_icmp6(const struct sk_buff *skb, struct btns_icmp *e)
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
		e->kind = BTNS_ICMP_TOO_BIG;
	else if (!(h->icmp6_type & ICMPV6_INFOMSG_MASK))
		e->kind = BTNS_ICMP_ERROR;
	else if (h->icmp6_type == NDISC_REDIRECT)
		e->kind = BTNS_ICMP_REDIRECT;
	else
		return;
	e->mtu = ntohl(h->icmp6_mtu);
	if (e->kind == BTNS_ICMP_REDIRECT)
		e->quote = redirected_header(skb, off);
	/* what is put together of fragments does not pass here again */
	if (frag_off & htons(IP6_MF))
		e->kind = BTNS_ICMP_PART;
}

/* Where the quoted transport header is, and of what; false: unreadable. */
static bool read_quoted_ip(const struct sk_buff *skb, u8 family,
			   unsigned int *off, u8 *proto, struct btns_quoted *q)
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
static void set_spi(struct btns_quoted *q, u8 proto, const void *spi)
{
	q->is_esp = true;
	q->key.family = q->flow.family;
	q->key.proto = proto;
	q->key.daddr = q->flow.raddr;
	memcpy(&q->key.spi, spi, sizeof(q->key.spi));
}

/* ESP in UDP; a Non-ESP marker of IKE is an SPI of zero, which no SA has. */
static void read_quoted_encap(const struct sk_buff *skb, unsigned int off,
			      struct btns_quoted *q)
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

/**
 * btns_icmp_read_quoted - what an error is about
 * @skb: the error
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @off: offset of the IP header that it quotes
 * @q: filled, zeroed first
 *
 * Context: any. Sees non-linear packets; changes nothing.
 * Return: false if the quote is of no use to anybody.
 */
bool btns_icmp_read_quoted(const struct sk_buff *skb, u8 family,
			   unsigned int off, struct btns_quoted *q)
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

/**
 * btns_icmp_read - what an ICMP message is
 * @skb: packet in LOCAL_IN or LOCAL_OUT, network header set
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @e: filled, zeroed first; of kind BTNS_ICMP_OTHER also if it is no ICMP
 *
 * Context: any. Sees non-linear packets; changes nothing.
 */
void btns_icmp_read(const struct sk_buff *skb, u8 family, struct btns_icmp *e)
{
	memset(e, 0, sizeof(*e));
	if (family == NFPROTO_IPV4)
		read_icmp4(skb, e);
	else
		read_icmp6(skb, e);
}
