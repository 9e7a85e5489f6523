// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawtcp: send one crafted packet in the clear: a TCP segment with any
 * addresses, ports, numbers and flags, whole or in fragments, or an ICMP error
 * that quotes one. It is the stranger of the tests.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/xfrm.h>

#define PACKET_MAX	4096

static struct {
	const char *dev;
	int family;
	uint8_t src[16], dst[16];
	uint16_t sport, dport, window;
	uint32_t seq, ack;
	uint8_t flags;
	const char *data;
	unsigned int frag, count, ttl;
	int icmp_type, icmp_code;
	bool bypass;
} opt = { .window = 8192, .count = 1, .ttl = 64, .icmp_type = -1 };

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t addr_len(void)
{
	return opt.family == AF_INET ? 4 : 16;
}

static uint16_t checksum(const uint8_t *src, const uint8_t *dst, uint8_t proto,
			 const uint8_t *p, size_t len)
{
	uint32_t sum = (uint32_t)len + proto;

	sum = add(sum, src, addr_len());
	sum = add(sum, dst, addr_len());
	return fold(add(sum, p, len));
}

static size_t ip_header(uint8_t *p, const uint8_t *src, const uint8_t *dst,
			uint8_t proto, size_t payload)
{
	if (opt.family == AF_INET) {
		memset(p, 0, 20);
		p[0] = 0x45;
		put16(p + 2, (uint16_t)(20 + payload));
		put16(p + 4, (uint16_t)getpid());
		p[8] = (uint8_t)opt.ttl;
		p[9] = proto;
		memcpy(p + 12, src, 4);
		memcpy(p + 16, dst, 4);
		put16(p + 10, fold(add(0, p, 20)));
		return 20;
	}
	memset(p, 0, 40);
	p[0] = 0x60;
	put16(p + 4, (uint16_t)payload);
	p[6] = proto;
	p[7] = (uint8_t)opt.ttl;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
	return 40;
}

static size_t tcp(uint8_t *p, const uint8_t *src, const uint8_t *dst)
{
	size_t n = opt.data ? strlen(opt.data) : 0;

	memset(p, 0, 20);
	put16(p, opt.sport);
	put16(p + 2, opt.dport);
	put32(p + 4, opt.seq);
	put32(p + 8, opt.ack);
	p[12] = 5 << 4;
	p[13] = opt.flags;
	put16(p + 14, opt.window);
	if (n)
		memcpy(p + 20, opt.data, n);
	put16(p + 16, checksum(src, dst, IPPROTO_TCP, p, 20 + n));
	return 20 + n;
}

static void transmit(int fd, const uint8_t *p, size_t len)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)opt.family };

	if (opt.family == AF_INET)
		memcpy(&((struct sockaddr_in *)&ss)->sin_addr, opt.dst, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&ss)->sin6_addr, opt.dst, 16);
	if (sendto(fd, p, len, 0, (struct sockaddr *)&ss,
		   opt.family == AF_INET ? sizeof(struct sockaddr_in) :
					   sizeof(struct sockaddr_in6)) < 0) {
		fprintf(stderr, "rawtcp: send: %s\n", strerror(errno));
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
		if (opt.family == AF_INET) {
			h = ip_header(p, opt.src, opt.dst, proto, n);
			put16(p + 6, (uint16_t)((more ? 0x2000 : 0) |
						off / 8));
			put16(p + 10, 0);
			put16(p + 10, fold(add(0, p, 20)));
		} else {
			h = ip_header(p, opt.src, opt.dst, IPPROTO_FRAGMENT,
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
		len = tcp(body, opt.src, opt.dst);
	} else {
		/* quotes a segment that went from dst to src */
		memset(body, 0, 8);
		body[0] = (uint8_t)opt.icmp_type;
		body[1] = (uint8_t)opt.icmp_code;
		len = tcp(body + 8 + (opt.family == AF_INET ? 20 : 40),
			  opt.dst, opt.src);
		h = ip_header(body + 8, opt.dst, opt.src, IPPROTO_TCP, len);
		len += 8 + h;
		if (opt.family == AF_INET) {
			proto = IPPROTO_ICMP;
			put16(body + 2, fold(add(0, body, len)));
		} else {
			proto = IPPROTO_ICMPV6;
			put16(body + 2, checksum(opt.src, opt.dst, proto, body,
						 len));
		}
	}
	if (opt.frag) {
		fragments(fd, proto, body, len);
		return;
	}
	h = ip_header(p, opt.src, opt.dst, proto, len);
	memcpy(p + h, body, len);
	transmit(fd, p, h + len);
}

/* A policy of the socket's own that lets its packets go as they are. */
static void bypass(int fd)
{
	struct xfrm_userpolicy_info pi = {
		.dir = XFRM_POLICY_OUT,
		.action = XFRM_POLICY_ALLOW,
		.sel.family = (uint16_t)opt.family,
	};
	int err;

	if (opt.family == AF_INET)
		err = setsockopt(fd, SOL_IP, IP_XFRM_POLICY, &pi, sizeof(pi));
	else
		err = setsockopt(fd, SOL_IPV6, IPV6_XFRM_POLICY, &pi,
				 sizeof(pi));
	if (err) {
		fprintf(stderr, "rawtcp: bypass: %s\n", strerror(errno));
		exit(1);
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
	      "  --dev IF --count N\n", stderr);
	exit(2);
}

static uint32_t number(const char *text, uint32_t max)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 0);

	if (*end || !*text || v > max) {
		fprintf(stderr, "rawtcp: bad number %s\n", text);
		exit(2);
	}
	return (uint32_t)v;
}

static void address(const char *text, uint8_t *addr)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, addr) != 1 ||
	    (opt.family && opt.family != family)) {
		fprintf(stderr, "rawtcp: bad address %s\n", text);
		exit(2);
	}
	opt.family = family;
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
	enum { SRC = 1, DST, SPORT, DPORT, FLAGS, SEQ, ACK, WINDOW, DATA, TTL,
	       FRAG, ICMP, BYPASS, DEV, COUNT };
	static const struct option longs[] = {
		{ "src", 1, NULL, SRC },	{ "dst", 1, NULL, DST },
		{ "sport", 1, NULL, SPORT },	{ "dport", 1, NULL, DPORT },
		{ "flags", 1, NULL, FLAGS },	{ "seq", 1, NULL, SEQ },
		{ "ack", 1, NULL, ACK },	{ "window", 1, NULL, WINDOW },
		{ "data", 1, NULL, DATA },	{ "ttl", 1, NULL, TTL },
		{ "frag", 1, NULL, FRAG },	{ "icmp", 1, NULL, ICMP },
		{ "bypass", 0, NULL, BYPASS },	{ "dev", 1, NULL, DEV },
		{ "count", 1, NULL, COUNT },	{ NULL, 0, NULL, 0 }
	};
	bool has_src = false, has_dst = false, has_flags = false;
	int c, fd, one = 1;
	unsigned int i;
	char *comma;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case SRC:
			address(optarg, opt.src);
			has_src = true;
			break;
		case DST:
			address(optarg, opt.dst);
			has_dst = true;
			break;
		case SPORT:
			opt.sport = (uint16_t)number(optarg, 65535);
			break;
		case DPORT:
			opt.dport = (uint16_t)number(optarg, 65535);
			break;
		case FLAGS:
			parse_flags(optarg);
			has_flags = true;
			break;
		case SEQ:
			opt.seq = number(optarg, UINT32_MAX);
			break;
		case ACK:
			opt.ack = number(optarg, UINT32_MAX);
			break;
		case WINDOW:
			opt.window = (uint16_t)number(optarg, 65535);
			break;
		case DATA:
			opt.data = optarg;
			break;
		case TTL:
			opt.ttl = number(optarg, 255);
			break;
		case FRAG:
			opt.frag = number(optarg, 1400);
			break;
		case ICMP:
			comma = strchr(optarg, ',');
			if (!comma)
				usage();
			*comma++ = '\0';
			opt.icmp_type = (int)number(optarg, 255);
			opt.icmp_code = (int)number(comma, 255);
			break;
		case BYPASS:
			opt.bypass = true;
			break;
		case DEV:
			opt.dev = optarg;
			break;
		case COUNT:
			opt.count = number(optarg, 1000000);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !has_src || !has_dst || !has_flags ||
	    opt.frag % 8 || (opt.data && strlen(opt.data) > 1300))
		usage();

	fd = socket(opt.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0) {
		fprintf(stderr, "rawtcp: raw socket: %s\n", strerror(errno));
		return 1;
	}
	if (opt.family == AF_INET &&
	    setsockopt(fd, SOL_IP, IP_HDRINCL, &one, sizeof(one))) {
		perror("rawtcp: IP_HDRINCL");
		return 1;
	}
	if (opt.dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opt.dev,
				  (socklen_t)strlen(opt.dev))) {
		perror("rawtcp: --dev");
		return 1;
	}
	if (opt.bypass)
		bypass(fd);
	for (i = 0; i < opt.count; i++)
		send_once(fd);
	close(fd);
	return 0;
}
