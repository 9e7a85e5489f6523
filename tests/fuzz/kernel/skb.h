/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of the kernel as those files of the module need that only read
 * packets (flow.c, icmp.c, tcpopt.c, chunk.c), for fuzz_packet. The kernel's
 * headers that user space lacks lead here; what uapi has comes from there.
 *
 * A packet is in two pieces, each in memory of its own that ends where the piece
 * does: what is read behind an answer of skb_header_pointer() is found.
 */
#ifndef TESTS_FUZZ_KERNEL_SKB_H
#define TESTS_FUZZ_KERNEL_SKB_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <linux/udp.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;

/* constant where their argument is, as switch wants it */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define htons(x)		((__be16)__builtin_bswap16(x))
#define htonl(x)		((__be32)__builtin_bswap32(x))
#else
#define htons(x)		((__be16)(x))
#define htonl(x)		((__be32)(x))
#endif
#define ntohs(x)		((u16)htons(x))
#define ntohl(x)		((u32)htonl(x))

#define BIT(n)			(1U << (n))
#define ALIGN(x, a)		(((x) + (a) - 1U) & ~((a) - 1U))
/* a kernel that has all that the module can use */
#define CONFIG_IPV6		1
#define CONFIG_IP_SCTP		1
#define IS_ENABLED(CONFIG_ANY)	(CONFIG_ANY)

/* ---- linux/skbuff.h ----------------------------------------------------- */

/**
 * struct sk_buff - a packet
 * @head: its first piece, which has at least the IP header
 * @head_len: bytes
 * @rest: what follows
 * @rest_len: bytes
 * @network: offset of the IP header
 */
struct sk_buff {
	const u8 *head;
	unsigned int head_len;
	const u8 *rest;
	unsigned int rest_len;
	unsigned int network;
};

static inline int skb_copy_bits(const struct sk_buff *skb, int offset,
				void *to, int len)
{
	unsigned int off = (unsigned int)offset, n = (unsigned int)len, first;

	if (offset < 0 || len < 0 || off + n > skb->head_len + skb->rest_len)
		return -EFAULT;
	first = off < skb->head_len ? skb->head_len - off : 0;
	if (first > n)
		first = n;
	if (first)
		memcpy(to, skb->head + off, first);
	if (n > first)
		memcpy((u8 *)to + first,
		       skb->rest + off + first - skb->head_len, n - first);
	return 0;
}

static inline const void *skb_header_pointer(const struct sk_buff *skb,
					     int offset, int len, void *buffer)
{
	if (offset >= 0 && len >= 0 &&
	    (unsigned int)offset + (unsigned int)len <= skb->head_len)
		return skb->head + offset;
	return skb_copy_bits(skb, offset, buffer, len) ? NULL : buffer;
}

static inline unsigned int skb_network_offset(const struct sk_buff *skb)
{
	return skb->network;
}

static inline const struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (const void *)(skb->head + skb->network);
}

static inline const struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (const void *)(skb->head + skb->network);
}

static inline const void *memchr_inv(const void *start, int c, size_t len)
{
	const u8 *p = start;

	for (; len && *p == (u8)c; len--)
		p++;
	return len ? p : NULL;
}

/* ---- net/ip.h, net/ipv6.h ----------------------------------------------- */

#define IP_OFFSET		0x1fff
#define IP6_OFFSET		0xfff8
#define IP6_MF			0x0001

#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_AUTH		51
#define NEXTHDR_NONE		59
#define NEXTHDR_DEST		60

struct frag_hdr {
	__u8 nexthdr;
	__u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

static inline bool ipv4_is_multicast(__be32 addr)
{
	return ntohl(addr) >> 28 == 14;
}

static inline bool ipv4_is_lbcast(__be32 addr)
{
	return addr == htonl(INADDR_BROADCAST);
}

static inline bool ipv6_addr_is_multicast(const struct in6_addr *addr)
{
	return addr->s6_addr[0] == 0xff;
}

static inline bool ipv6_addr_v4mapped(const struct in6_addr *addr)
{
	return !addr->s6_addr32[0] && !addr->s6_addr32[1] &&
	       addr->s6_addr32[2] == htonl(0xffff);
}

static inline bool ipv6_ext_hdr(u8 nexthdr)
{
	return nexthdr == NEXTHDR_HOP || nexthdr == NEXTHDR_ROUTING ||
	       nexthdr == NEXTHDR_FRAGMENT || nexthdr == NEXTHDR_AUTH ||
	       nexthdr == NEXTHDR_NONE || nexthdr == NEXTHDR_DEST;
}

static inline unsigned int ipv6_optlen(const struct ipv6_opt_hdr *hdr)
{
	return (hdr->hdrlen + 1U) * 8;
}

/* As the kernel's, for packets of less than 2 GiB. */
static inline int ipv6_skip_exthdr(const struct sk_buff *skb, int start,
				   u8 *nexthdr, __be16 *frag_off)
{
	struct frag_hdr buf;
	const struct frag_hdr *fh;
	const struct ipv6_opt_hdr *oh;

	*frag_off = 0;
	while (ipv6_ext_hdr(*nexthdr)) {
		if (*nexthdr == NEXTHDR_NONE)
			return -1;
		oh = skb_header_pointer(skb, start, sizeof(*oh), &buf);
		if (!oh)
			return -1;
		if (*nexthdr == NEXTHDR_FRAGMENT) {
			fh = skb_header_pointer(skb, start, 4, &buf);
			if (!fh)
				return -1;
			*frag_off = fh->frag_off;
			if (*frag_off & htons(IP6_OFFSET))
				return start;
			oh = (const void *)fh;
			start += sizeof(*fh);
		} else if (*nexthdr == NEXTHDR_AUTH) {
			start += (oh->hdrlen + 2) * 4;
		} else {
			start += (int)ipv6_optlen(oh);
		}
		*nexthdr = oh->nexthdr;
	}
	return start;
}

/* ---- linux/sctp.h ------------------------------------------------------- */

enum {
	SCTP_CID_INIT = 1,
	SCTP_CID_INIT_ACK = 2,
	SCTP_CID_COOKIE_ECHO = 10,
	SCTP_CID_ASCONF = 0xc1,
};

#define SCTP_PARAM_IPV4_ADDRESS	htons(5)
#define SCTP_PARAM_IPV6_ADDRESS	htons(6)

struct sctphdr {
	__be16 source;
	__be16 dest;
	__be32 vtag;
	__le32 checksum;
};

struct sctp_chunkhdr {
	__u8 type;
	__u8 flags;
	__be16 length;
};

struct sctp_paramhdr {
	__be16 type;
	__be16 length;
};

struct sctp_inithdr {
	__be32 init_tag;
	__be32 a_rwnd;
	__be16 num_outbound_streams;
	__be16 num_inbound_streams;
	__be32 initial_tsn;
};

struct sctp_addip_chunk {
	struct sctp_chunkhdr chunk_hdr;
	__be32 serial;
};

/* ---- net/ndisc.h, net/tcp.h --------------------------------------------- */

#define NDISC_REDIRECT		137
#define ND_OPT_REDIRECT_HDR	4

struct nd_opt_hdr {
	__u8 nd_opt_type;
	__u8 nd_opt_len;
};

struct rd_msg {
	struct icmp6hdr icmph;
	struct in6_addr target;
	struct in6_addr dest;
};

#define MAX_TCP_OPTION_SPACE	40
#define TCPOPT_EOL		0
#define TCPOPT_NOP		1
#define TCPOPT_MPTCP		30

/* ---- net/inet_sock.h ---------------------------------------------------- */

struct sock {
	u16 sk_family;
	u8 sk_protocol;
	struct in6_addr sk_v6_daddr;
	struct in6_addr sk_v6_rcv_saddr;
};

struct inet_sock {
	struct sock sk;
	__be32 inet_daddr;
	__be32 inet_rcv_saddr;
	__be16 inet_sport;
	__be16 inet_dport;
};

static inline const struct inet_sock *inet_sk(const struct sock *sk)
{
	return (const struct inet_sock *)sk;
}

#endif /* TESTS_FUZZ_KERNEL_SKB_H */
