// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawicmp: send one crafted ICMP or ICMPv6 error or redirect, that quotes a
 * packet from --qsrc to --qdst as far as told, well-formed or not. It is the
 * router, or the stranger who says that he is one.
 */
#include <getopt.h>

#include "rawip.h"

#define TOOL		"rawicmp"
#define QUOTE_MAX	1200

static struct {
	/* the ports are those of the quoted packet */
	struct raw_ends ip;
	uint8_t qsrc[16], qdst[16];
	uint8_t type, code, ttl, ihl;
	uint32_t rest, spi, seq;
	const char *quote;
	int cut;		/* octets behind the quoted IP header, -1: all */
	int cut_ip;		/* octets of the quoted IP header, -1: all */
	bool ext, frag, redirect6;
	uint8_t target[16], about[16];
} opt = { .ttl = 255, .quote = "tcp", .cut = -1, .cut_ip = -1 };

/* The quoted transport header; returns its length and protocol. */
static size_t transport(uint8_t *p, uint8_t *proto)
{
	memset(p, 0, 64);
	if (!strcmp(opt.quote, "tcp")) {
		*proto = IPPROTO_TCP;
		put16(p, opt.ip.sport);
		put16(p + 2, opt.ip.dport);
		put32(p + 4, opt.seq);
		p[12] = 5 << 4;
		p[13] = 2;
		return 20;
	}
	if (!strcmp(opt.quote, "udp") || !strcmp(opt.quote, "encap")) {
		*proto = IPPROTO_UDP;
		put16(p, opt.ip.sport);
		put16(p + 2, opt.ip.dport);
		put16(p + 4, 64);
		put32(p + 8, opt.spi);
		put32(p + 12, opt.seq);
		return 24;
	}
	if (!strcmp(opt.quote, "esp")) {
		*proto = IPPROTO_ESP;
		put32(p, opt.spi);
		put32(p + 4, opt.seq);
		return 24;
	}
	if (!strcmp(opt.quote, "ah")) {
		*proto = IPPROTO_AH;
		p[0] = IPPROTO_TCP;
		p[1] = 4;
		put32(p + 4, opt.spi);
		put32(p + 8, opt.seq);
		return 24;
	}
	if (!strcmp(opt.quote, "icmp")) {	/* an error about an error */
		*proto = opt.ip.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		p[0] = opt.ip.family == AF_INET ? 3 : 1;
		return 32;
	}
	fprintf(stderr, TOOL ": cannot quote %s\n", opt.quote);
	exit(2);
}

/* The quoted packet, as far as it is quoted. */
static size_t quoted(uint8_t *p)
{
	uint8_t body[64], proto, *q = p;
	size_t n = transport(body, &proto), h, e = 0;

	if (!strcmp(opt.quote, "none"))
		return 0;
	if (opt.cut >= 0 && (size_t)opt.cut < n)
		n = (size_t)opt.cut;
	if (opt.ext)
		e = 8;
	h = ip_header(opt.ip.family, p, opt.qsrc, opt.qdst,
		      e ? IPPROTO_DSTOPTS : proto, 64, e + n);
	if (opt.ihl)
		p[0] = (uint8_t)(0x40 | opt.ihl);
	if (opt.cut_ip >= 0 && (size_t)opt.cut_ip < h)
		return (size_t)opt.cut_ip;
	q += h;
	if (e) {
		memset(q, 0, e);
		q[0] = proto;
		q[2] = 1;	/* PadN */
		q[3] = 4;
		q += e;
	}
	memcpy(q, body, n);
	return h + e + n;
}

static size_t message(uint8_t *p)
{
	uint8_t proto = IPPROTO_ICMPV6;
	size_t len = 8;

	memset(p, 0, 64);
	p[0] = opt.type;
	p[1] = opt.code;
	put32(p + 4, opt.rest);
	if (opt.redirect6) {
		memcpy(p + 8, opt.target, 16);
		memcpy(p + 24, opt.about, 16);
		len = 40;
		if (strcmp(opt.quote, "none")) {
			size_t n = quoted(p + len + 8);

			n = (n + 7) & ~(size_t)7;
			p[len] = 4;	/* redirected header */
			p[len + 1] = (uint8_t)(n / 8 + 1);
			len += 8 + n;
		}
	} else if (strcmp(opt.quote, "none")) {
		len += quoted(p + len);
	}
	if (opt.ip.family == AF_INET)
		put16(p + 2, fold(add(0, p, len)));
	else
		put16(p + 2, checksum(opt.ip.family, opt.ip.src, opt.ip.dst, proto, p,
				      len));
	return len;
}

static int transmit(int fd, const uint8_t *p, size_t len)
{
	int err = raw_send(fd, opt.ip.family, opt.ip.dst, p, len);

	if (err)
		fprintf(stderr, TOOL ": send: %s\n", strerror(err));
	return err ? 1 : 0;
}

/* Two IPv6 fragments, the first with the type and all that is asked for. */
static int in_parts(int fd, const uint8_t *body, size_t len)
{
	uint8_t p[PACKET_MAX] = { 0 };
	size_t first = 32, off, n, h;

	for (off = 0; off < len; off += n) {
		n = off ? len - off : first;
		h = ip_header(opt.ip.family, p, opt.ip.src, opt.ip.dst,
			      IPPROTO_FRAGMENT, opt.ttl, n + 8);
		memset(p + h, 0, 8);
		p[h] = IPPROTO_ICMPV6;
		put16(p + h + 2, (uint16_t)(off | (off ? 0 : 1)));
		put32(p + h + 4, (uint32_t)getpid());
		memcpy(p + h + 8, body + off, n);
		if (transmit(fd, p, h + 8 + n))
			return 1;
	}
	return 0;
}

static int send_it(void)
{
	uint8_t p[PACKET_MAX] = { 0 }, body[PACKET_MAX] = { 0 };
	int fd = raw_open_for(TOOL, &opt.ip), rc;
	size_t len = message(body), h;

	if (opt.frag) {
		rc = in_parts(fd, body, len);
	} else {
		h = ip_header(opt.ip.family, p, opt.ip.src, opt.ip.dst,
			      opt.ip.family == AF_INET ? IPPROTO_ICMP :
						      IPPROTO_ICMPV6,
			      opt.ttl, len);
		memcpy(p + h, body, len);
		rc = transmit(fd, p, h + len);
	}
	close(fd);
	return rc;
}

static void usage(void)
{
	fputs("usage: rawicmp --src A --dst B --type N [--code N] [OPTIONS]\n"
	      "  --rest N           the word behind the checksum: an MTU\n"
	      "  --quote WHAT       tcp (default), udp, esp, ah, encap, icmp, none\n"
	      "  --qsrc A --qdst B --sport N --dport N --seq N --spi N\n"
	      "                     the quoted packet, from A to B\n"
	      "  --cut N            quote N octets behind the IP header\n"
	      "  --cut-ip N         quote N octets of the IP header\n"
	      "  --ihl N            length of the quoted IPv4 header, in words\n"
	      "  --ext              destination options in the quoted packet\n"
	      "  --frag             IPv6: in two fragments\n"
	      "  --target A --about B   IPv6 redirect: of B, to A\n"
	      "  --ttl N\n"
	      "  --bypass           past the IPsec policies of this host\n"
	      "  --dev IF\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	enum { TYPE = RAW_OWN, CODE, REST, QUOTE, QSRC, QDST, SEQ, SPI, CUT,
	       CUT_IP, IHL, EXT, FRAG, TARGET, ABOUT, TTL };
	static const struct option longs[] = {
		RAW_OPTIONS,
		{ "type", 1, NULL, TYPE },	{ "code", 1, NULL, CODE },
		{ "rest", 1, NULL, REST },	{ "quote", 1, NULL, QUOTE },
		{ "qsrc", 1, NULL, QSRC },	{ "qdst", 1, NULL, QDST },
		{ "seq", 1, NULL, SEQ },	{ "spi", 1, NULL, SPI },
		{ "cut", 1, NULL, CUT },	{ "cut-ip", 1, NULL, CUT_IP },
		{ "ihl", 1, NULL, IHL },	{ "ext", 0, NULL, EXT },
		{ "frag", 0, NULL, FRAG },	{ "target", 1, NULL, TARGET },
		{ "about", 1, NULL, ABOUT },	{ "ttl", 1, NULL, TTL },
		{ NULL, 0, NULL, 0 }
	};
	bool has_type = false;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case TYPE:
			opt.type = (uint8_t)raw_number(TOOL, optarg, 255);
			has_type = true;
			break;
		case CODE:
			opt.code = (uint8_t)raw_number(TOOL, optarg, 255);
			break;
		case REST:
			opt.rest = raw_number(TOOL, optarg, UINT32_MAX);
			break;
		case QUOTE:
			opt.quote = optarg;
			break;
		case QSRC:
			raw_address(TOOL, optarg, &opt.ip.family, opt.qsrc);
			break;
		case QDST:
			raw_address(TOOL, optarg, &opt.ip.family, opt.qdst);
			break;
		case SEQ:
			opt.seq = raw_number(TOOL, optarg, UINT32_MAX);
			break;
		case SPI:
			opt.spi = raw_number(TOOL, optarg, UINT32_MAX);
			break;
		case CUT:
			opt.cut = (int)raw_number(TOOL, optarg, 64);
			break;
		case CUT_IP:
			opt.cut_ip = (int)raw_number(TOOL, optarg, 64);
			break;
		case IHL:
			opt.ihl = (uint8_t)raw_number(TOOL, optarg, 15);
			break;
		case EXT:
			opt.ext = true;
			break;
		case FRAG:
			opt.frag = true;
			break;
		case TARGET:
			raw_address(TOOL, optarg, &opt.ip.family, opt.target);
			opt.redirect6 = true;
			break;
		case ABOUT:
			raw_address(TOOL, optarg, &opt.ip.family, opt.about);
			break;
		case TTL:
			opt.ttl = (uint8_t)raw_number(TOOL, optarg, 255);
			break;
		default:
			if (!raw_option(TOOL, &opt.ip, c, optarg))
				usage();
		}
	}
	if (optind != argc || (opt.ip.has & RAW_HAS_BOTH) != RAW_HAS_BOTH ||
	    !has_type ||
	    (opt.frag && opt.ip.family == AF_INET) ||
	    (opt.ext && opt.ip.family == AF_INET) ||
	    (opt.redirect6 && opt.ip.family == AF_INET))
		usage();
	return send_it();
}
