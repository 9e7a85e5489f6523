// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chunks of an SCTP packet, and the addresses that they name.
 *
 * Pure: reads with bounds checks, touches nothing else.
 */
#include <linux/align.h>
#include <linux/sctp.h>

#include "chunk.h"

/* An address parameter at @off; false if it is none, or not all there. */
static bool read_address(const struct sk_buff *skb, unsigned int off,
			 unsigned int end, u8 *family, union nf_inet_addr *addr)
{
	struct sctp_paramhdr hdr;
	unsigned int len;

	memset(addr, 0, sizeof(*addr));
	if (off + sizeof(hdr) > end || skb_copy_bits(skb, off, &hdr,
						     sizeof(hdr)))
		return false;
	switch (hdr.type) {
	case SCTP_PARAM_IPV4_ADDRESS:
		*family = AF_INET;
		len = sizeof(addr->in);
		break;
	case SCTP_PARAM_IPV6_ADDRESS:
		*family = AF_INET6;
		len = sizeof(addr->in6);
		break;
	default:
		return false;
	}
	return off + sizeof(hdr) + len <= end &&
	       !skb_copy_bits(skb, off + sizeof(hdr), addr, len);
}

/* The next address that the chunk names whose parameters are being read. */
static bool next_param(struct btns_chunks *c, u8 *family,
		       union nf_inet_addr *addr)
{
	struct sctp_paramhdr hdr;
	unsigned int at;

	while (c->names && c->param + sizeof(hdr) <= c->end &&
	       !skb_copy_bits(c->skb, c->param, &hdr, sizeof(hdr)) &&
	       ntohs(hdr.length) >= sizeof(hdr)) {
		at = c->param;
		c->param += ALIGN(ntohs(hdr.length), 4);
		if (read_address(c->skb, at, c->end, family, addr))
			return true;
	}
	c->param = c->end;
	return false;
}

/*
 * INIT and INIT ACK name addresses of the peer behind their fixed part, ASCONF
 * one, of whatever length it says that it is.
 */
static bool next_chunk(struct btns_chunks *c, u8 *family,
		       union nf_inet_addr *addr)
{
	struct sctp_chunkhdr ch;
	unsigned int at = c->next;

	if (skb_copy_bits(c->skb, at, &ch, sizeof(ch)) ||
	    ntohs(ch.length) < sizeof(ch))
		return false;
	c->next = at + ALIGN(ntohs(ch.length), 4);
	c->end = at + ntohs(ch.length);
	c->param = c->end;
	c->cookie |= ch.type == SCTP_CID_COOKIE_ECHO;
	*family = AF_UNSPEC;
	if (!c->names)
		return true;
	if (ch.type == SCTP_CID_INIT || ch.type == SCTP_CID_INIT_ACK)
		c->param = at + sizeof(ch) + sizeof(struct sctp_inithdr);
	if (ch.type == SCTP_CID_ASCONF &&
	    !read_address(c->skb, at + sizeof(struct sctp_addip_chunk), c->end,
			  family, addr))
		*family = AF_UNSPEC;
	return true;
}

/**
 * btns_chunks_name - the next address of the peer that a packet names
 * @c: how far it has been read
 * @family: AF_INET or AF_INET6
 * @addr: the address, zero padded
 *
 * Reads on where SCTP stops at a chunk that is cut off, and stops at one that
 * is shorter than its header.
 *
 * Context: any. Sees non-linear packets; changes nothing.
 * Return: false at the end; all chunks have been seen then.
 */
bool btns_chunks_name(struct btns_chunks *c, u8 *family,
		      union nf_inet_addr *addr)
{
	while (!next_param(c, family, addr)) {
		if (!next_chunk(c, family, addr))
			return false;
		if (*family != AF_UNSPEC)
			return true;
	}
	return true;
}
