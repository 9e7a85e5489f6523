// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawtcp: send one crafted packet in the clear: a TCP segment with any
 * addresses, ports, numbers and flags, whole or in fragments, or an ICMP error
 * that quotes one. It is the stranger of the tests.
 */
#include <getopt.h>
#include <strings.h>

#include "rawip.h"

#define TOOL		"rawtcp"
/* what a flood comes from */
#define PORT_MIN	1024
#define PORTS		64000

static struct {
	struct raw_ends ip;
	uint16_t window;
	uint32_t seq, ack;
	uint8_t flags;
	const char *data;
	unsigned int frag, count, ttl, flood;
	int icmp_type, icmp_code;
} opt = { .window = 8192, .count = 1, .ttl = 64, .icmp_type = -1 };

static size_t tcp(uint8_t *p, const uint8_t *src, const uint8_t *dst)
{
	size_t n = opt.data ? strlen(opt.data) : 0;

	memset(p, 0, 20);
	put16(p, opt.ip.sport);
	put16(p + 2, opt.ip.dport);
	put32(p + 4, opt.seq);
	put32(p + 8, opt.ack);
	p[12] = 5 << 4;
	p[13] = opt.flags;
	put16(p + 14, opt.window);
	if (n)
		memcpy(p + 20, opt.data, n);
	put16(p + 16, checksum(opt.ip.family, src, dst, IPPROTO_TCP, p, 20 + n));
	return 20 + n;
}

static size_t header(uint8_t *p, const uint8_t *src, const uint8_t *dst,
		     uint8_t proto, size_t payload)
{
	return ip_header(opt.ip.family, p, src, dst, proto, (uint8_t)opt.ttl,
			 payload);
}

static void transmit(int fd, const uint8_t *p, size_t len)
{
	int err = raw_send(fd, opt.ip.family, opt.ip.dst, p, len);

	if (err) {
		fprintf(stderr, TOOL ": send: %s\n", strerror(err));
		exit(1);
	}
}

/* The payload of an IP packet, in pieces of opt.frag bytes. */
static void fragments(int fd, uint8_t proto, const uint8_t *payload,
		      size_t len)
{
	uint8_t p[PACKET_MAX];
	size_t off, n, h;

	for (off = 0; off < len; off += n) {
		bool more = off + opt.frag < len;

		n = more ? opt.frag : len - off;
		if (opt.ip.family == AF_INET) {
			h = header(p, opt.ip.src, opt.ip.dst, proto, n);
			put16(p + 6, (uint16_t)((more ? 0x2000 : 0) |
						off / 8));
			put16(p + 10, 0);
			put16(p + 10, fold(add(0, p, 20)));
		} else {
			h = header(p, opt.ip.src, opt.ip.dst, IPPROTO_FRAGMENT,
				   n + 8);
			p[h] = proto;
			p[h + 1] = 0;
			put16(p + h + 2, (uint16_t)(off | (more ? 1 : 0)));
			put32(p + h + 4, (uint32_t)getpid());
			h += 8;
		}
		memcpy(p + h, payload + off, n);
		transmit(fd, p, h + n);
	}
}

static void send_once(int fd)
{
	uint8_t p[PACKET_MAX], body[PACKET_MAX];
	uint8_t proto = IPPROTO_TCP;
	size_t len, h;

	if (opt.icmp_type < 0) {
		len = tcp(body, opt.ip.src, opt.ip.dst);
	} else {
		/* quotes a segment that went from dst to src */
		memset(body, 0, 8);
		body[0] = (uint8_t)opt.icmp_type;
		body[1] = (uint8_t)opt.icmp_code;
		len = tcp(body + 8 + (opt.ip.family == AF_INET ? 20 : 40),
			  opt.ip.dst, opt.ip.src);
		h = header(body + 8, opt.ip.dst, opt.ip.src, IPPROTO_TCP, len);
		len += 8 + h;
		if (opt.ip.family == AF_INET) {
			proto = IPPROTO_ICMP;
			put16(body + 2, fold(add(0, body, len)));
		} else {
			proto = IPPROTO_ICMPV6;
			put16(body + 2, checksum(opt.ip.family, opt.ip.src, opt.ip.dst,
						 proto, body, len));
		}
	}
	if (opt.frag) {
		fragments(fd, proto, body, len);
		return;
	}
	h = header(p, opt.ip.src, opt.ip.dst, proto, len);
	memcpy(p + h, body, len);
	transmit(fd, p, h + len);
}

/*
 * Segments with random numbers as fast as they go: from each port in turn, and
 * to the next port once all were used, so that each is of another flow.
 */
static void flood(int fd)
{
	uint16_t dport = opt.ip.dport;
	unsigned int i;

	srandom((unsigned int)getpid());
	for (i = 0; i < opt.flood; i++) {
		opt.ip.sport = (uint16_t)(PORT_MIN + i % PORTS);
		opt.ip.dport = (uint16_t)(dport + i / PORTS);
		opt.seq = (uint32_t)random();
		if (opt.flags & 16)
			opt.ack = (uint32_t)random();
		send_once(fd);
	}
}

static void usage(void)
{
	fputs("usage: rawtcp --src A --dst B --sport N --dport N --flags LIST [OPTIONS]\n"
	      "  --flags LIST   of syn, ack, psh, rst, fin, none; with commas\n"
	      "  --seq N --ack N --window N --data TEXT --ttl N\n"
	      "  --frag N       fragments of N bytes (a multiple of 8)\n"
	      "  --icmp T,C     an ICMP error from src to dst that quotes a segment\n"
	      "                 from dst:dport... (give sport, dport as in the quote)\n"
	      "  --bypass       past the IPsec policies of this host\n"
	      "  --flood N      N of them with random numbers, from 64000 ports in turn,\n"
	      "                 then to the next port\n"
	      "  --dev IF --count N\n", stderr);
	exit(2);
}

static void parse_flags(char *text)
{
	static const struct {
		const char *name;
		uint8_t bit;
	} names[] = { { "fin", 1 },  { "syn", 2 },  { "rst", 4 },
		      { "psh", 8 },  { "ack", 16 }, { "urg", 32 },
		      { "none", 0 } };
	const size_t n = sizeof(names) / sizeof(names[0]);
	char *word;
	size_t i;

	for (word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		for (i = 0; i < n && strcasecmp(word, names[i].name); i++)
			;
		if (i == n)
			usage();
		opt.flags |= names[i].bit;
	}
}

int main(int argc, char **argv)
{
	enum { FLAGS = RAW_OWN, SEQ, ACK, WINDOW, DATA, TTL, FRAG, ICMP, COUNT,
	       FLOOD };
	static const struct option longs[] = {
		RAW_OPTIONS,
		{ "flags", 1, NULL, FLAGS },	{ "seq", 1, NULL, SEQ },
		{ "ack", 1, NULL, ACK },	{ "window", 1, NULL, WINDOW },
		{ "data", 1, NULL, DATA },	{ "ttl", 1, NULL, TTL },
		{ "frag", 1, NULL, FRAG },	{ "icmp", 1, NULL, ICMP },
		{ "count", 1, NULL, COUNT },	{ "flood", 1, NULL, FLOOD },
		{ NULL, 0, NULL, 0 }
	};
	bool has_flags = false;
	int c, fd;
	unsigned int i;
	char *comma;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case FLAGS:
			parse_flags(optarg);
			has_flags = true;
			break;
		case SEQ:
			opt.seq = raw_number(TOOL, optarg, UINT32_MAX);
			break;
		case ACK:
			opt.ack = raw_number(TOOL, optarg, UINT32_MAX);
			break;
		case WINDOW:
			opt.window = (uint16_t)raw_number(TOOL, optarg, 65535);
			break;
		case DATA:
			opt.data = optarg;
			break;
		case TTL:
			opt.ttl = raw_number(TOOL, optarg, 255);
			break;
		case FRAG:
			opt.frag = raw_number(TOOL, optarg, 1400);
			break;
		case ICMP:
			comma = strchr(optarg, ',');
			if (!comma)
				usage();
			*comma++ = '\0';
			opt.icmp_type = (int)raw_number(TOOL, optarg, 255);
			opt.icmp_code = (int)raw_number(TOOL, comma, 255);
			break;
		case COUNT:
			opt.count = raw_number(TOOL, optarg, 1000000);
			break;
		case FLOOD:
			opt.flood = raw_number(TOOL, optarg, 10000000);
			break;
		default:
			if (!raw_option(TOOL, &opt.ip, c, optarg))
				usage();
		}
	}
	if (optind != argc || (opt.ip.has & RAW_HAS_BOTH) != RAW_HAS_BOTH ||
	    !has_flags || opt.frag % 8 || (opt.data && strlen(opt.data) > 1300))
		usage();

	fd = raw_open_for(TOOL, &opt.ip);
	flood(fd);
	for (i = 0; i < opt.count && !opt.flood; i++)
		send_once(fd);
	close(fd);
	return 0;
}
