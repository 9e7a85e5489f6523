// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawsctp: send one crafted SCTP INIT, from whatever address it is told. It is
 * the stranger who wants an association to be over.
 */
#include <getopt.h>

#include "rawip.h"

#define TOOL	"rawsctp"

static struct {
	const char *dev;
	int family;
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	bool bypass;
} opt;

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
	put16(p, opt.sport);
	put16(p + 2, opt.dport);
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
	enum { SRC = 1, DST, SPORT, DPORT, BYPASS, DEV };
	static const struct option longs[] = {
		{ "src", 1, NULL, SRC },	{ "dst", 1, NULL, DST },
		{ "sport", 1, NULL, SPORT },	{ "dport", 1, NULL, DPORT },
		{ "bypass", 0, NULL, BYPASS },	{ "dev", 1, NULL, DEV },
		{ NULL, 0, NULL, 0 }
	};
	unsigned int has = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case SRC:
			raw_address(TOOL, optarg, &opt.family, opt.src);
			break;
		case DST:
			raw_address(TOOL, optarg, &opt.family, opt.dst);
			break;
		case SPORT:
			opt.sport = (uint16_t)raw_number(TOOL, optarg, 65535);
			break;
		case DPORT:
			opt.dport = (uint16_t)raw_number(TOOL, optarg, 65535);
			break;
		case BYPASS:
			opt.bypass = true;
			break;
		case DEV:
			opt.dev = optarg;
			break;
		default:
			usage();
		}
		has |= 1U << c;
	}
	if (optind != argc || (has & 0x1e) != 0x1e)
		usage();
}

int main(int argc, char **argv)
{
	uint8_t p[PACKET_MAX], body[32];
	size_t len, h;
	int fd, err;

	options(argc, argv);
	fd = raw_open(TOOL, opt.family, opt.dev);
	if (opt.bypass)
		raw_bypass(TOOL, fd, opt.family);
	len = init(body);
	h = ip_header(opt.family, p, opt.src, opt.dst, IPPROTO_SCTP, 64, len);
	memcpy(p + h, body, len);
	err = raw_send(fd, opt.family, opt.dst, p, h + len);
	if (err) {
		fprintf(stderr, "%s: send: %s\n", TOOL, strerror(err));
		return 1;
	}
	close(fd);
	return 0;
}
