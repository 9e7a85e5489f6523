// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ikejunk: sends malformed IKE datagrams of every kind to an address and port,
 * the same ones for the same seed, so that a test can see that nothing comes
 * of them. On port 4500 with and without the non-ESP marker.
 */
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX	4096

static uint64_t state;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 11) % below);
}

static void noise(uint8_t *p, size_t n)
{
	while (n--)
		*p++ = (uint8_t)rnd(256);
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* RFC 7296 section 3.1 */
static void header(uint8_t *p, uint8_t next, uint8_t exchange, uint8_t flags,
		   uint32_t len)
{
	noise(p, 8);
	memset(p + 8, 0, 8);
	p[16] = next;
	p[17] = 0x20;
	p[18] = exchange;
	p[19] = flags;
	put32(p + 20, 0);
	put32(p + 24, len);
}

/* payload types in use, some unknown, some critical */
static uint8_t some_type(void)
{
	static const uint8_t types[] = { 33, 34, 40, 41, 43, 35, 36, 37, 38,
					 39, 42, 44, 45, 46, 53, 0, 47, 200 };

	return types[rnd(sizeof(types))];
}

/* a chain of payloads whose lengths are right or nearly so */
static size_t chain(uint8_t *p, size_t room)
{
	size_t at = 0;

	while (at + 64 < room && rnd(12)) {
		size_t len = 4 + rnd(60);

		noise(p + at, len);
		p[at] = some_type();
		p[at + 1] = rnd(4) ? 0 : 0x80;
		put16(p + at + 2, (unsigned int)len);
		if (!rnd(8))
			put16(p + at + 2, rnd(5));
		else if (!rnd(8))
			put16(p + at + 2, rnd(65536));
		at += len;
	}
	if (at)
		p[0] = rnd(2) ? p[0] : 0;
	return at;
}

/* a request that a responder would take, were it not for what is added */
static size_t init_request(uint8_t *p)
{
	static const uint8_t sa[] = {
		34, 0, 0, 36, 0, 0, 0, 32, 1, 1, 0, 3,
		3, 0, 0, 12, 1, 0, 0, 20, 0x80, 14, 1, 0,
		3, 0, 0, 8, 2, 0, 0, 5,
		0, 0, 0, 8, 4, 0, 0, 31,
	};
	size_t at = 28;

	memcpy(p + at, sa, sizeof(sa));
	put16(p + at + 2, sizeof(sa));
	put16(p + at + 6, sizeof(sa) - 4);
	at += sizeof(sa);
	p[at] = 40;
	p[at + 1] = 0;
	put16(p + at + 2, 40);
	put16(p + at + 4, 31);
	put16(p + at + 6, 0);
	noise(p + at + 8, 32);
	at += 40;
	p[at] = 0;
	p[at + 1] = 0;
	put16(p + at + 2, 36);
	noise(p + at + 4, 32);
	at += 36;
	header(p, 33, 34, 0x08, (uint32_t)at);
	return at;
}

static size_t datagram(uint8_t *p, unsigned int kind)
{
	size_t len, i, n;

	switch (kind) {
	case 0:		/* noise */
		len = rnd(1500);
		noise(p, len);
		return len;
	case 1:		/* a header and noise */
		len = 28 + rnd(600);
		noise(p, len);
		header(p, some_type(), (uint8_t)(34 + rnd(5)),
		       rnd(2) ? 0x08 : (uint8_t)rnd(256), (uint32_t)len);
		return len;
	case 2:		/* a header and payloads */
		len = 28 + chain(p + 28, 1200);
		header(p, some_type(), (uint8_t)(34 + rnd(4)), 0x08,
		       (uint32_t)len);
		return len;
	case 3:		/* a length that is not the datagram's */
		len = init_request(p);
		put32(p + 24, rnd(2) ? rnd(200) : 0xffffffffU - rnd(64));
		return len;
	case 4:		/* a good request with some octets changed */
		len = init_request(p);
		for (i = 0, n = 1 + rnd(6); i < n; i++)
			p[28 + rnd((uint32_t)len - 28)] = (uint8_t)rnd(256);
		return len;
	case 5:		/* a good request that is cut short */
		len = init_request(p);
		return rnd((uint32_t)len);
	case 6:		/* IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL of no SA */
		len = 28 + 4 + 8 + 16 + rnd(300);
		noise(p, len);
		header(p, 46, (uint8_t)(35 + rnd(3)), 0x08, (uint32_t)len);
		noise(p + 8, 8);
		put32(p + 20, 1);
		p[28] = some_type();
		p[29] = 0;
		put16(p + 30, (unsigned int)(len - 28));
		return len;
	case 7:		/* a response to nothing */
		len = init_request(p);
		p[19] = 0x20;
		noise(p + 8, 8);
		return len;
	case 8:		/* other versions */
		len = init_request(p);
		p[17] = (uint8_t)(rnd(2) ? 0x30 : 0x10);
		return len;
	case 9:		/* hundreds of payloads of four octets */
		for (len = 28; len < 1400; len += 4) {
			p[len] = 41;
			p[len + 1] = 0;
			put16(p + len + 2, 4);
		}
		header(p, 41, 34, 0x08, (uint32_t)len);
		return len;
	default:	/* next to nothing */
		len = rnd(5);
		memset(p, rnd(2) ? 0xff : 0, len);
		return len;
	}
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
				  .ai_flags = AI_NUMERICHOST |
					      AI_NUMERICSERV };
	const struct timespec pause = { .tv_nsec = 2000000 };
	uint8_t buf[MAX + 4];
	struct addrinfo *ai;
	long i, count;
	bool marker;
	int fd;

	if (argc != 5 || getaddrinfo(argv[1], argv[2], &hints, &ai)) {
		fputs("usage: ikejunk ADDRESS PORT COUNT SEED\n", stderr);
		return 2;
	}
	count = atol(argv[3]);
	state = strtoull(argv[4], NULL, 0) * 0x9e3779b97f4a7c15ULL + 1;
	marker = !strcmp(argv[2], "4500");
	fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		perror("ikejunk");
		return 1;
	}
	freeaddrinfo(ai);
	for (i = 0; i < count; i++) {
		size_t len = datagram(buf + 4, (unsigned int)(i % 11));
		bool mark = marker && rnd(8);

		memset(buf, 0, 4);
		/* refused ports and full queues are not what is looked at */
		if (send(fd, mark ? buf : buf + 4, mark ? len + 4 : len, 0) < 0)
			continue;
		/* slow enough that the receiver's queue does not eat them */
		if (i % 16 == 15)
			nanosleep(&pause, NULL);
	}
	printf("%ld sent\n", count);
	close(fd);
	return 0;
}
