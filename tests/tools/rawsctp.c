// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawsctp: send one crafted SCTP INIT, from whatever address it is told. It is
 * the stranger who wants an association to be over.
 */
#include <getopt.h>

#include "rawip.h"

#define TOOL	"rawsctp"

static struct raw_ends ip;

/* CRC32c (RFC 9260 appendix A), bit by bit. */
static uint32_t crc32c(const uint8_t *p, size_t len)
{
	uint32_t crc = ~0U;
	unsigned int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* Common header and INIT without parameters; returns the length. */
static size_t init(uint8_t *p)
{
	uint32_t sum;

	memset(p, 0, 32);
	put16(p, ip.sport);
	put16(p + 2, ip.dport);
	p[12] = 1;			/* INIT */
	put16(p + 14, 20);
	put32(p + 16, 0x0badc0de);	/* our tag */
	put32(p + 20, 65536);		/* window */
	put16(p + 24, 1);
	put16(p + 26, 1);
	put32(p + 28, 1);
	sum = crc32c(p, 32);
	p[8] = (uint8_t)sum;
	p[9] = (uint8_t)(sum >> 8);
	p[10] = (uint8_t)(sum >> 16);
	p[11] = (uint8_t)(sum >> 24);
	return 32;
}

static void usage(void)
{
	fputs("usage: rawsctp --src A --dst B --sport N --dport N [OPTIONS]\n"
	      "  --bypass       past the IPsec policies of this host\n"
	      "  --dev IF\n", stderr);
	exit(2);
}

static void options(int argc, char **argv)
{
	static const unsigned int need = RAW_HAS_BOTH | RAW_HAS_PORTS;
	static const struct option longs[] = {
		RAW_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (!raw_option(TOOL, &ip, c, optarg))
			usage();
	if (optind != argc || (ip.has & need) != need)
		usage();
}

int main(int argc, char **argv)
{
	uint8_t p[PACKET_MAX], body[32];
	size_t len, h;
	int fd, err;

	options(argc, argv);
	fd = raw_open_for(TOOL, &ip);
	len = init(body);
	h = ip_header(ip.family, p, ip.src, ip.dst, IPPROTO_SCTP, 64, len);
	memcpy(p + h, body, len);
	err = raw_send(fd, ip.family, ip.dst, p, h + len);
	if (err) {
		fprintf(stderr, "%s: send: %s\n", TOOL, strerror(err));
		return 1;
	}
	close(fd);
	return 0;
}
