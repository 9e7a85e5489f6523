/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crafting IP packets by hand: what rawtcp, rawicmp and rawsctp share. Addresses are 4
 * or 16 bytes, as the family has it; numbers go out in network byte order.
 */
#ifndef BTNS_TESTS_RAWIP_H
#define BTNS_TESTS_RAWIP_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/xfrm.h>

#define PACKET_MAX	4096

/** struct raw_ends - between whom a packet goes, and how it leaves */
struct raw_ends {
	int family;
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	bool bypass;
	const char *dev;
	/* bits 1 << RAW_*: options that came */
	unsigned int has;
};

/* options that all of these programs take; their own begin with RAW_OWN */
enum {
	RAW_SRC = 1, RAW_DST, RAW_SPORT, RAW_DPORT, RAW_BYPASS, RAW_DEV,
	RAW_OWN
};

#define RAW_OPTIONS \
	{ "src", 1, NULL, RAW_SRC },	   { "dst", 1, NULL, RAW_DST },	    \
	{ "sport", 1, NULL, RAW_SPORT },   { "dport", 1, NULL, RAW_DPORT }, \
	{ "bypass", 0, NULL, RAW_BYPASS }, { "dev", 1, NULL, RAW_DEV }

#define RAW_HAS_BOTH	(1U << RAW_SRC | 1U << RAW_DST)
#define RAW_HAS_PORTS	(1U << RAW_SPORT | 1U << RAW_DPORT)

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static inline uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	return sum;
}

static inline uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline size_t addr_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

static inline uint16_t checksum(int family, const uint8_t *src,
				const uint8_t *dst, uint8_t proto,
				const uint8_t *p, size_t len)
{
	uint32_t sum = (uint32_t)len + proto;

	sum = add(sum, src, addr_len(family));
	sum = add(sum, dst, addr_len(family));
	return fold(add(sum, p, len));
}

/* Returns the length of the header, which is without options. */
static inline size_t ip_header(int family, uint8_t *p, const uint8_t *src,
			       const uint8_t *dst, uint8_t proto, uint8_t ttl,
			       size_t payload)
{
	if (family == AF_INET) {
		memset(p, 0, 20);
		p[0] = 0x45;
		put16(p + 2, (uint16_t)(20 + payload));
		put16(p + 4, (uint16_t)getpid());
		p[8] = ttl;
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
	p[7] = ttl;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
	return 40;
}

/* A policy of the socket's own that lets its packets go as they are. */
static inline void raw_bypass(const char *tool, int fd, int family)
{
	struct xfrm_userpolicy_info pi = {
		.dir = XFRM_POLICY_OUT,
		.action = XFRM_POLICY_ALLOW,
		.sel.family = (uint16_t)family,
	};
	int err;

	if (family == AF_INET)
		err = setsockopt(fd, SOL_IP, IP_XFRM_POLICY, &pi, sizeof(pi));
	else
		err = setsockopt(fd, SOL_IPV6, IPV6_XFRM_POLICY, &pi,
				 sizeof(pi));
	if (err) {
		fprintf(stderr, "%s: bypass: %s\n", tool, strerror(errno));
		exit(1);
	}
}

/* A socket that sends packets with their IP headers. */
static inline int raw_open(const char *tool, int family)
{
	int fd, one = 1;

	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0) {
		fprintf(stderr, "%s: raw socket: %s\n", tool, strerror(errno));
		exit(1);
	}
	if (family == AF_INET &&
	    setsockopt(fd, SOL_IP, IP_HDRINCL, &one, sizeof(one))) {
		fprintf(stderr, "%s: IP_HDRINCL: %s\n", tool, strerror(errno));
		exit(1);
	}
	return fd;
}

/* The same for what the options said of it. */
static inline int raw_open_for(const char *tool, const struct raw_ends *e)
{
	int fd = raw_open(tool, e->family);

	if (e->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, e->dev,
				 (socklen_t)strlen(e->dev))) {
		fprintf(stderr, "%s: --dev: %s\n", tool, strerror(errno));
		exit(1);
	}
	if (e->bypass)
		raw_bypass(tool, fd, e->family);
	return fd;
}

/* 0 or an errno. */
static inline int raw_send(int fd, int family, const uint8_t *dst,
			   const uint8_t *p, size_t len)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)family };

	if (family == AF_INET)
		memcpy(&((struct sockaddr_in *)&ss)->sin_addr, dst, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&ss)->sin6_addr, dst, 16);
	if (sendto(fd, p, len, 0, (struct sockaddr *)&ss,
		   family == AF_INET ? sizeof(struct sockaddr_in) :
				       sizeof(struct sockaddr_in6)) < 0)
		return errno;
	return 0;
}

static inline uint32_t raw_number(const char *tool, const char *text,
				  uint32_t max)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 0);

	if (*end || !*text || v > max) {
		fprintf(stderr, "%s: bad number %s\n", tool, text);
		exit(2);
	}
	return (uint32_t)v;
}

/* All addresses of a packet are of one family. */
static inline void raw_address(const char *tool, const char *text, int *family,
			       uint8_t *addr)
{
	int f = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(f, text, addr) != 1 || (*family && *family != f)) {
		fprintf(stderr, "%s: bad address %s\n", tool, text);
		exit(2);
	}
	*family = f;
}

/* Take one of RAW_OPTIONS, with its argument; false if @c is none of them. */
static inline bool raw_option(const char *tool, struct raw_ends *e, int c,
			      const char *arg)
{
	switch (c) {
	case RAW_SRC:
		raw_address(tool, arg, &e->family, e->src);
		break;
	case RAW_DST:
		raw_address(tool, arg, &e->family, e->dst);
		break;
	case RAW_SPORT:
		e->sport = (uint16_t)raw_number(tool, arg, 65535);
		break;
	case RAW_DPORT:
		e->dport = (uint16_t)raw_number(tool, arg, 65535);
		break;
	case RAW_BYPASS:
		e->bypass = true;
		break;
	case RAW_DEV:
		e->dev = arg;
		break;
	default:
		return false;
	}
	e->has |= 1U << c;
	return true;
}

#endif /* BTNS_TESTS_RAWIP_H */
