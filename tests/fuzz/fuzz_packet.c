// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module reads of packets (kernel/flow.c, icmp.c, tcpopt.c, chunk.c),
 * in the order of kernel/hook.c, compiled against tests/fuzz/kernel/skb.h. Each
 * answer is compared with that of a second reader, which has the packet in one
 * piece and knows nothing of the first; and the packet is read in one piece and
 * in two, which must not differ.
 *
 * Input: an octet of FUZZ_*, an octet that says how much of the packet beyond its
 * IP header is in the first piece, and the packet from its IP header on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/chunk.h"
#include "kernel/flow.h"
#include "kernel/icmp.h"
#include "kernel/tcpopt.h"
#include "tests/fuzz/kernel/flat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_IPV6	1
#define FUZZ_INBOUND	2
/* the IP header is not where the packet begins */
#define FUZZ_BEHIND	4
/* kernel/hook.c looks for SCTP in UDP (net.sctp.encap_port) */
#define FUZZ_IN_UDP	8
/* latch_sctp.c is interested in a packet's first name only */
#define FUZZ_ONE_NAME	16
#define BEHIND		16

#define NAMES_MAX	64

#define SAME(cond) ((cond) ? (void)0 : differ(#cond, __LINE__))

static void differ(const char *cond, int line)
{
	fprintf(stderr, "fuzz_packet.c:%d: not %s\n", line, cond);
	abort();
}

/* All that there is to know of a packet; zero where it does not apply. */
struct answer {
	enum btns_flow_kind kind;
	struct btns_flow flow;
	struct btns_packet pkt;
	unsigned int mptcp;
	bool cookie;
	unsigned int names;
	struct flat_name name[NAMES_MAX];
	struct btns_icmp icmp;
	bool quotes;
	struct btns_quoted quoted;
};

/* ---- what the module says ----------------------------------------------- */

static void read_names(const struct sk_buff *skb, bool one, struct answer *a)
{
	struct btns_chunks c = {
		.skb = skb,
		.names = true,
		.next = a->pkt.thoff + sizeof(struct sctphdr),
	};
	union nf_inet_addr addr;
	u8 family;

	while (btns_chunks_name(&c, &family, &addr)) {
		SAME(c.names && a->names <= (one ? 0 : NAMES_MAX));
		if (a->names == NAMES_MAX)
			break;
		a->name[a->names].family = family;
		memcpy(a->name[a->names++].addr, &addr, sizeof(addr));
		c.names = !one;
	}
	a->cookie = c.cookie;
}

static void read_packet(const struct sk_buff *skb, u8 how, struct answer *a)
{
	u8 family = how & FUZZ_IPV6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	bool inbound = how & FUZZ_INBOUND;

	memset(a, 0, sizeof(*a));
	a->kind = btns_flow_from_skb(skb, family, inbound, &a->flow, &a->pkt);
	if (how & FUZZ_IN_UDP && a->flow.proto == IPPROTO_UDP &&
	    (a->kind == BTNS_FLOW_KNOWN || a->kind == BTNS_FLOW_PART) &&
	    btns_flow_in_udp(skb, inbound, &a->flow, &a->pkt) !=
		    BTNS_FLOW_KNOWN)
		a->kind = BTNS_FLOW_MALFORMED;
	switch (a->kind) {
	case BTNS_FLOW_KNOWN:
	case BTNS_FLOW_PART:
		if (a->flow.proto == IPPROTO_TCP)
			a->mptcp = btns_tcpopt_mptcp(skb, a->pkt.thoff);
		if (a->flow.proto == IPPROTO_SCTP)
			read_names(skb, how & FUZZ_ONE_NAME, a);
		return;
	case BTNS_FLOW_OTHER:
		btns_icmp_read(skb, family, &a->icmp);
		if (a->icmp.kind != BTNS_ICMP_OTHER && a->icmp.quote)
			a->quotes = btns_icmp_read_quoted(skb, family,
							  a->icmp.quote,
							  &a->quoted);
		break;
	default:
		break;
	}
	/* of use to nobody, and not said to be anything */
	memset(&a->flow, 0, sizeof(a->flow));
	memset(&a->pkt, 0, sizeof(a->pkt));
}

/* ---- what it should say ------------------------------------------------- */

static void check_addresses(const struct flat *f, size_t ip, bool swapped,
			    const struct btns_flow *flow)
{
	size_t len = f->v6 ? 16 : 4, src = ip + (f->v6 ? 8 : 12);
	static const u8 zero[16];

	SAME(flow->family == (f->v6 ? AF_INET6 : AF_INET));
	SAME(!memcmp(swapped ? &flow->raddr : &flow->laddr, f->data + src, len));
	SAME(!memcmp(swapped ? &flow->laddr : &flow->raddr,
		     f->data + src + len, len));
	SAME(!memcmp((const u8 *)&flow->laddr + len, zero, 16 - len));
	SAME(!memcmp((const u8 *)&flow->raddr + len, zero, 16 - len));
	SAME(!flow->pad[0] && !flow->pad[1]);
}

static void check_flow(const struct flat *f, const struct flat_upper *up,
		       u8 how, const struct answer *a)
{
	bool inbound = how & FUZZ_INBOUND;
	size_t th = up->off;

	if (a->flow.proto != up->proto) {
		SAME(how & FUZZ_IN_UDP && up->proto == IPPROTO_UDP &&
		     a->flow.proto == IPPROTO_SCTP);
		th += 8;
	}
	check_addresses(f, 0, inbound, &a->flow);
	SAME(a->pkt.thoff == th + (how & FUZZ_BEHIND ? BEHIND : 0));
	SAME(!memcmp(inbound ? &a->flow.rport : &a->flow.lport, f->data + th, 2));
	SAME(!memcmp(inbound ? &a->flow.lport : &a->flow.rport,
		     f->data + th + 2, 2));
	if (a->flow.proto == IPPROTO_TCP) {
		u8 flags = f->data[th + 13];

		SAME(a->pkt.opens == ((flags & 0x16) == 0x02));
		SAME(a->pkt.rst == !!(flags & 0x04));
		SAME(a->pkt.ack == !!(flags & 0x10));
		SAME(a->mptcp == flat_mptcp(f, th));
	} else if (a->flow.proto == IPPROTO_SCTP) {
		struct flat_name name[NAMES_MAX] = { 0 };
		bool cookie = false, full;
		unsigned int n;

		SAME(a->pkt.opens == (f->data[th + 12] == 1));
		SAME(a->pkt.chunk == f->data[th + 12]);
		n = flat_names(f, th + 12, name,
			       how & FUZZ_ONE_NAME ? 1 : NAMES_MAX, &cookie);
		full = n == NAMES_MAX;
		SAME(a->names == n);
		SAME(!memcmp(a->name, name, sizeof(name)));
		/* who sees so many reads no further */
		SAME(full || a->cookie == cookie);
	}
}

static enum btns_flow_kind transport_kind(const struct flat *f,
					  const struct flat_upper *up, u8 how)
{
	if (up->proto != IPPROTO_TCP && up->proto != IPPROTO_UDP &&
	    up->proto != IPPROTO_SCTP)
		return BTNS_FLOW_OTHER;
	if (!flat_transport_ok(f, up->off, up->proto))
		return BTNS_FLOW_MALFORMED;
	if (up->proto == IPPROTO_UDP && how & FUZZ_IN_UDP &&
	    !flat_transport_ok(f, up->off + 8, IPPROTO_SCTP))
		return BTNS_FLOW_MALFORMED;
	return up->more ? BTNS_FLOW_PART : BTNS_FLOW_KNOWN;
}

/* Nothing that could reach a socket as part of a conversation is "other". */
static enum btns_flow_kind expected_kind(const struct flat *f,
					 const struct flat_upper *up, u8 how)
{
	bool inbound = how & FUZZ_INBOUND;

	if (!up->readable)
		return BTNS_FLOW_MALFORMED;
	if (up->later || flat_is_group(f))
		return BTNS_FLOW_OTHER;
	if (!up->more)
		return transport_kind(f, up, how);
	if (!inbound)
		return BTNS_FLOW_OTHER;
	switch (up->proto) {
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return transport_kind(f, up, how);
	case IPPROTO_ICMPV6:
	case IPPROTO_UDPLITE:
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		return BTNS_FLOW_OTHER;
	default:
		return BTNS_FLOW_FRAGMENT;
	}
}

static void check_quoted(const struct flat *f, size_t ip,
			 const struct answer *a)
{
	const struct btns_quoted *q = &a->quoted;
	struct flat_upper up;
	bool in_udp;

	flat_upper(f, ip, true, &up);
	SAME(a->quotes == (up.readable && flat_has(f, up.off, 8)));
	if (!a->quotes)
		return;
	check_addresses(f, ip, false, &q->flow);
	SAME(q->flow.proto == up.proto);
	in_udp = up.proto == IPPROTO_UDP && flat_is_encap(f, up.off);
	SAME(q->is_esp == (up.proto == IPPROTO_ESP || up.proto == IPPROTO_AH ||
			   in_udp));
	if (q->is_esp) {
		size_t spi = up.off + (in_udp ? 8 : up.proto == IPPROTO_AH ?
					       4 : 0);

		SAME(!memcmp(&q->key.spi, f->data + spi, 4));
		SAME(!memcmp(&q->key.daddr, &q->flow.raddr, 16));
		SAME(q->key.family == q->flow.family);
		SAME(q->key.proto == (up.proto == IPPROTO_AH ? IPPROTO_AH :
							       IPPROTO_ESP));
		SAME(!q->key.pad[0] && !q->key.pad[1]);
	}
	if (up.proto == IPPROTO_TCP || up.proto == IPPROTO_UDP ||
	    up.proto == IPPROTO_SCTP) {
		SAME(!memcmp(&q->flow.lport, f->data + up.off, 2));
		SAME(!memcmp(&q->flow.rport, f->data + up.off + 2, 2));
	} else {
		SAME(!q->flow.lport && !q->flow.rport);
	}
}

static void check_icmp(const struct flat *f, const struct flat_upper *up,
		       u8 how, const struct answer *a)
{
	size_t before = how & FUZZ_BEHIND ? BEHIND : 0, quote;
	struct flat_icmp icmp;

	if (!flat_icmp(f, up, &icmp)) {
		SAME(a->icmp.kind == BTNS_ICMP_OTHER);
		return;
	}
	SAME(a->icmp.kind == (enum btns_icmp_kind)icmp.kind);
	SAME(a->icmp.kind != BTNS_ICMP_TOO_BIG || a->icmp.mtu == icmp.mtu);
	quote = icmp.quote ? icmp.quote + before : 0;
	SAME(a->icmp.quote == quote);
	if (quote)
		check_quoted(f, icmp.quote, a);
}

/* ---- one packet --------------------------------------------------------- */

static u8 *copy(const u8 *data, size_t len)
{
	u8 *to = malloc(len ? len : 1);

	if (!to)
		abort();
	memcpy(to, data, len);
	return to;
}

/* @head_len bytes in the first piece */
static void ask(const u8 *data, size_t len, size_t head_len, u8 how,
		struct answer *a)
{
	u8 *head = copy(data, head_len);
	u8 *rest = copy(data + head_len, len - head_len);
	struct sk_buff skb = {
		.head = head,
		.head_len = (unsigned int)head_len,
		.rest = rest,
		.rest_len = (unsigned int)(len - head_len),
		.network = how & FUZZ_BEHIND ? BEHIND : 0,
	};

	read_packet(&skb, how, a);
	free(head);
	free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer whole, pieces;
	struct flat f;
	struct flat_upper up;
	size_t head_len;
	u8 *packet;

	/* what IP does not take never comes to the hooks */
	if (size < 2 || size > 65535)
		return 0;
	f.data = data + 2;
	f.len = size - 2;
	f.v6 = data[0] & FUZZ_IPV6;
	if (!flat_ip_ok(&f))
		return 0;
	flat_upper(&f, 0, false, &up);

	/* in front of the IP header something else */
	head_len = flat_ip_len(&f) + data[1];
	packet = calloc(1, BEHIND + f.len);
	if (!packet)
		abort();
	memcpy(packet + BEHIND, f.data, f.len);
	if (head_len > f.len)
		head_len = f.len;
	if (data[0] & FUZZ_BEHIND) {
		ask(packet, BEHIND + f.len, BEHIND + f.len, data[0], &whole);
		ask(packet, BEHIND + f.len, BEHIND + head_len, data[0],
		    &pieces);
	} else {
		ask(packet + BEHIND, f.len, f.len, data[0], &whole);
		ask(packet + BEHIND, f.len, head_len, data[0], &pieces);
	}
	free(packet);

	SAME(!memcmp(&whole, &pieces, sizeof(whole)));
	SAME(whole.kind == expected_kind(&f, &up, data[0]));
	if (whole.kind == BTNS_FLOW_KNOWN || whole.kind == BTNS_FLOW_PART)
		check_flow(&f, &up, data[0], &whole);
	if (whole.kind == BTNS_FLOW_OTHER)
		check_icmp(&f, &up, data[0], &whole);
	return 0;
}
