/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second reader of fuzz_packet: a packet in one piece, from its IP header on,
 * read by numbers from the RFCs. It shares no code with kernel/.
 */
#ifndef TESTS_FUZZ_KERNEL_FLAT_H
#define TESTS_FUZZ_KERNEL_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A packet. */
struct flat {
	const uint8_t *data;
	size_t len;
	bool v6;
};

/* What is behind its IP headers. */
struct flat_upper {
	bool readable;	/* they end, and before the packet does */
	bool later;	/* a fragment that is not the first */
	bool more;	/* the first of several: IPv6 only, see kernel/flow.c */
	uint8_t proto;
	size_t off;
};

/* An address that a packet of SCTP names. */
struct flat_name {
	uint8_t family;
	uint8_t addr[16];
};

/* kind: as enum btns_icmp_kind */
struct flat_icmp {
	int kind;
	uint32_t mtu;
	size_t quote;
};

static inline bool flat_has(const struct flat *f, size_t off, size_t n)
{
	return off <= f->len && n <= f->len - off;
}

static inline unsigned int flat_u16(const struct flat *f, size_t off)
{
	return f->data[off] << 8 | f->data[off + 1];
}

static inline size_t flat_ip_len(const struct flat *f)
{
	return f->v6 ? 40 : (f->data[0] & 15) * 4U;
}

/* Does the host's IP take it? */
static inline bool flat_ip_ok(const struct flat *f)
{
	if (!flat_has(f, 0, f->v6 ? 40 : 20))
		return false;
	return f->data[0] >> 4 == (f->v6 ? 6 : 4) && flat_ip_len(f) >= 20 &&
	       flat_has(f, 0, flat_ip_len(f));
}

/* To many, or to nobody in particular? */
static inline bool flat_is_group(const struct flat *f)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };

	if (f->v6)
		return f->data[24] == 0xff;
	return f->data[16] >> 4 == 14 || !memcmp(f->data + 16, all, 4);
}

/* @quoted: by an error, whose reader goes on through AH and any number of headers */
static inline void flat_upper6(const struct flat *f, size_t ip, bool quoted,
			       struct flat_upper *up)
{
	unsigned int n;

	up->proto = f->data[ip + 6];
	up->off = ip + 40;
	for (n = 0;; n++) {
		size_t len = 8, least = quoted ? 2 : 8;
		const uint8_t *h = f->data + up->off;
		unsigned int part;

		switch (up->proto) {
		case 0:
		case 43:
		case 60:
			break;
		case 44:
			least = quoted ? 4 : 8;
			break;
		case 51:
			if (!quoted)
				return;
			break;
		case 59:
			up->readable = !quoted;
			return;
		default:
			return;
		}
		if (!flat_has(f, up->off, least) || (!quoted && n == 8)) {
			up->readable = false;
			return;
		}
		if (up->proto == 44) {
			part = h[2] << 8 | h[3];
			up->later = part & 0xfff8;
			up->more = part & 1;
			if (up->later)
				return;
		} else if (up->proto == 51) {
			len = (h[1] + 2U) * 4;
		} else {
			len = (h[1] + 1U) * 8;
		}
		up->proto = h[0];
		up->off += len;
	}
}

/* What is behind the IP header at @ip. */
static inline void flat_upper(const struct flat *f, size_t ip, bool quoted,
			      struct flat_upper *up)
{
	memset(up, 0, sizeof(*up));
	up->readable = flat_has(f, ip, f->v6 ? 40 : 20);
	if (!up->readable)
		return;
	if (f->v6) {
		flat_upper6(f, ip, quoted, up);
		return;
	}
	up->readable = (f->data[ip] & 15) >= 5;
	up->proto = f->data[ip + 9];
	up->off = ip + (f->data[ip] & 15) * 4U;
	up->later = flat_u16(f, ip + 6) & 0x1fff;
}

/* Is there as much of TCP, UDP or SCTP as somebody could take for one? */
static inline bool flat_transport_ok(const struct flat *f, size_t off,
				     uint8_t proto)
{
	switch (proto) {
	case 6:
		return flat_has(f, off, 20) && f->data[off + 12] >> 4 >= 5;
	case 17:
		return flat_has(f, off, 8);
	default:
		/* a common header, and that of a chunk */
		return flat_has(f, off, 16);
	}
}

/* 1: MP_CAPABLE, 2: MP_JOIN (RFC 8684), of the TCP header at @th. */
static inline unsigned int flat_mptcp(const struct flat *f, size_t th)
{
	size_t off = th + 20, end = th + (f->data[th + 12] >> 4) * 4U;
	unsigned int found = 0, len;

	if (!flat_has(f, th, end - th))
		return 0;
	for (; off < end && f->data[off]; off += len) {
		len = 1;
		if (f->data[off] == 1)
			continue;
		if (off + 1 == end)
			break;
		len = f->data[off + 1];
		if (len < 2 || off + len > end)
			break;
		if (f->data[off] == 30 && len > 2 && f->data[off + 2] >> 4 < 2)
			found |= f->data[off + 2] >> 4 ? 2 : 1;
	}
	return found;
}

/* An address parameter of which all is there, before @end. */
static inline bool flat_name(const struct flat *f, size_t off, size_t end,
			     struct flat_name *name)
{
	size_t len;

	if (off + 4 > end || !flat_has(f, off, 4))
		return false;
	if (flat_u16(f, off) != 5 && flat_u16(f, off) != 6)
		return false;
	len = flat_u16(f, off) == 5 ? 4 : 16;
	if (off + 4 + len > end || !flat_has(f, off + 4, len))
		return false;
	memset(name, 0, sizeof(*name));
	name->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(name->addr, f->data + off + 4, len);
	return true;
}

/*
 * What the chunks from @off on name (RFC 9260, RFC 5061): the first @max of them.
 * Returns how many; @cookie: there is a COOKIE ECHO.
 */
static inline unsigned int flat_names(const struct flat *f, size_t off,
				      struct flat_name *names,
				      unsigned int max, bool *cookie)
{
	unsigned int n = 0, len, plen;
	size_t p, end;

	for (; flat_has(f, off, 4); off += (len + 3) / 4 * 4) {
		len = flat_u16(f, off + 2);
		if (len < 4)
			break;
		end = off + len;
		switch (f->data[off]) {
		case 1:
		case 2:
			for (p = off + 20; p + 4 <= end && flat_has(f, p, 4);
			     p += (plen + 3) / 4 * 4) {
				plen = flat_u16(f, p + 2);
				if (plen < 4)
					break;
				if (n < max && flat_name(f, p, end, &names[n]))
					n++;
			}
			break;
		case 10:
			*cookie = true;
			break;
		case 0xc1:
			if (n < max && flat_name(f, off + 8, end, &names[n]))
				n++;
			break;
		}
	}
	return n;
}

/* Does an error quote ESP in UDP? The UDP header is at @off, and whole. */
static inline bool flat_is_encap(const struct flat *f, size_t off)
{
	if (flat_u16(f, off) != 4500 && flat_u16(f, off + 2) != 4500)
		return false;
	return flat_has(f, off + 8, 4) &&
	       (flat_u16(f, off + 8) || flat_u16(f, off + 10));
}

/* An error or a redirect? Kinds are those of enum btns_icmp_kind. */
static inline bool flat_icmp(const struct flat *f, const struct flat_upper *up,
			     struct flat_icmp *icmp)
{
	enum { ERROR = 1, TOO_BIG, REDIRECT, PART };
	size_t off = up->off;
	uint8_t type;

	memset(icmp, 0, sizeof(*icmp));
	if (!up->readable || up->proto != (f->v6 ? 58 : 1) ||
	    !flat_has(f, off, 8) || (f->v6 && up->later))
		return false;
	type = f->data[off];
	icmp->quote = off + 8;
	icmp->kind = ERROR;
	if (!f->v6) {
		if (type == 3 && f->data[off + 1] == 4)
			icmp->kind = TOO_BIG;
		else if (type == 5)
			icmp->kind = REDIRECT;
		icmp->mtu = flat_u16(f, off + 6);
		return type == 3 || type == 4 || type == 5 || type == 11 ||
		       type == 12;
	}
	icmp->mtu = (uint32_t)flat_u16(f, off + 4) << 16 | flat_u16(f, off + 6);
	if (type == 2)
		icmp->kind = TOO_BIG;
	else if (type == 137)
		icmp->kind = REDIRECT;
	else if (type >= 128)
		return false;
	if (type == 137)
		/* ICMP, two addresses, then options, one of which has it */
		for (icmp->quote = 0, off += 40;
		     flat_has(f, off, 2) && f->data[off + 1];
		     off += f->data[off + 1] * 8U)
			if (f->data[off] == 4) {
				icmp->quote = off + 8;
				break;
			}
	if (up->more)
		icmp->kind = PART;
	return true;
}

#endif /* TESTS_FUZZ_KERNEL_FLAT_H */
