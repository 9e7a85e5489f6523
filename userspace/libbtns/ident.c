// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Identities, fingerprints and prefixes as text: the one place that decides
 * how they are written, for the tool, the helper and both their files.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <openssl/evp.h>

#include "libbtns/btns.h"
#include "libbtns/hex.h"

/* Longest identification data that is read from text. */
#define DATA_MAX	1024
/* Bytes of a fingerprint that fit into a name, with "SHA256:" and dots. */
#define NAME_BYTES	20

static const struct {
	const char *prefix;
	uint8_t type;
	bool hex;
} kinds[] = {
	{ "key", BTNS_ID_TYPE_PUBLICKEY, false },
	{ "ipv4", BTNS_ID_TYPE_IPV4, false },
	{ "ipv6", BTNS_ID_TYPE_IPV6, false },
	{ "fqdn", BTNS_ID_TYPE_FQDN, false },
	{ "rfc822", BTNS_ID_TYPE_RFC822, false },
	{ "dn", BTNS_ID_TYPE_DN, true },
	{ "keyid", BTNS_ID_TYPE_KEY_ID, true },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static int refuse(const char **why, const char *text)
{
	if (why)
		*why = text;
	return -EINVAL;
}

static int hash(const void *data, size_t len, uint8_t digest[BTNS_DIGEST_LEN])
{
	unsigned int n = 0;

	if (!EVP_Digest(data, len, digest, &n, EVP_sha256(), NULL) ||
	    n != BTNS_DIGEST_LEN)
		return -EIO;
	return 0;
}

/* ---- base64 -------------------------------------------- */

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* 43 characters, with or without the padding: exactly 32 bytes. */
static int unbase64(const char *text, uint8_t digest[BTNS_DIGEST_LEN])
{
	size_t len = strlen(text), i, n = 0;
	uint32_t acc = 0;
	int bits = 0;

	if (len == 44 && text[43] == '=')
		len = 43;
	if (len != 43)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		int v = sextet(text[i]);

		if (v < 0)
			return -EINVAL;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			digest[n++] = (uint8_t)(acc >> bits);
			acc &= (1U << bits) - 1;
		}
	}
	return acc ? -EINVAL : 0;
}

/* ---- fingerprints ------------------------------------------------------ */

int lbtns_key_parse(const char *text, uint8_t digest[BTNS_DIGEST_LEN],
		    const char **why)
{
	bool tagged = !strncmp(text, "SHA256:", 7);

	if (tagged)
		text += 7;
	if (strlen(text) == 2 * BTNS_DIGEST_LEN &&
	    lbtns_hex_read(text, digest, BTNS_DIGEST_LEN) == BTNS_DIGEST_LEN)
		return 0;
	if (tagged && !unbase64(text, digest))
		return 0;
	return refuse(why,
		      "a fingerprint is \"SHA256:\" and 64 hexadecimal digits");
}

const char *lbtns_key_text(const uint8_t digest[BTNS_DIGEST_LEN], char *buf)
{
	memcpy(buf, "SHA256:", 7);
	lbtns_hex_write(digest, BTNS_DIGEST_LEN, buf + 7);
	return buf;
}

/* ---- identities -------------------------------------------------------- */

bool lbtns_ident_equal(const struct lbtns_ident *a,
		       const struct lbtns_ident *b)
{
	return a->type == b->type &&
	       !memcmp(a->digest, b->digest, BTNS_DIGEST_LEN);
}

void lbtns_ident_from_digest(const uint8_t digest[BTNS_DIGEST_LEN],
			     struct lbtns_ident *id)
{
	memset(id, 0, sizeof(*id));
	id->type = BTNS_ID_TYPE_PUBLICKEY;
	memcpy(id->digest, digest, BTNS_DIGEST_LEN);
	memcpy(id->name, "SHA256:", 7);
	lbtns_hex_write(digest, NAME_BYTES, id->name + 7);
	strcat(id->name, "...");
}

int lbtns_ident_from_spki(const void *der, size_t len, struct lbtns_ident *id)
{
	uint8_t digest[BTNS_DIGEST_LEN];

	memset(id, 0, sizeof(*id));
	if (!len)
		return -EINVAL;
	if (hash(der, len, digest))
		return -EIO;
	lbtns_ident_from_digest(digest, id);
	return 0;
}

/* Copy for people: printable, cut with dots where it is too long. */
static void set_name(struct lbtns_ident *id, const char *text, size_t len)
{
	size_t n = len > BTNS_NAME_MAX ? BTNS_NAME_MAX - 3 : len;
	size_t i;

	for (i = 0; i < n; i++)
		id->name[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	strcpy(id->name + n, len > n ? "..." : "");
}

int lbtns_ident_from_data(uint8_t type, const void *data, size_t len,
			  struct lbtns_ident *id)
{
	char text[2 * BTNS_NAME_MAX + 1];

	memset(id, 0, sizeof(*id));
	if (!len || len > UINT16_MAX)
		return -EINVAL;
	switch (type) {
	case BTNS_ID_TYPE_IPV4:
		if (len != 4)
			return -EINVAL;
		inet_ntop(AF_INET, data, id->name, sizeof(id->name));
		break;
	case BTNS_ID_TYPE_IPV6:
		if (len != 16)
			return -EINVAL;
		inet_ntop(AF_INET6, data, id->name, sizeof(id->name));
		break;
	case BTNS_ID_TYPE_FQDN:
	case BTNS_ID_TYPE_RFC822:
		set_name(id, data, len);
		break;
	case BTNS_ID_TYPE_DN:
	case BTNS_ID_TYPE_KEY_ID:
		lbtns_hex_write(data, len < BTNS_NAME_MAX ? len : BTNS_NAME_MAX, text);
		set_name(id, text, strlen(text));
		break;
	default:
		return -EINVAL;
	}
	id->type = type;
	if (hash(data, len, id->digest)) {
		memset(id, 0, sizeof(*id));
		return -EIO;
	}
	return 0;
}

static int parse_data(uint8_t type, bool hex, const char *text,
		      struct lbtns_ident *id, const char **why)
{
	uint8_t data[DATA_MAX];
	const char *p;
	int len, err;

	if (hex) {
		len = lbtns_hex_read(text, data, sizeof(data));
		if (len <= 0)
			return refuse(why,
				      "\"dn:\" and \"keyid:\" want an even number of hexadecimal digits");
	} else if (type == BTNS_ID_TYPE_IPV4) {
		len = 4;
		if (inet_pton(AF_INET, text, data) != 1)
			return refuse(why,
				      "\"ipv4:\" wants an address like 192.0.2.1");
	} else if (type == BTNS_ID_TYPE_IPV6) {
		len = 16;
		if (inet_pton(AF_INET6, text, data) != 1)
			return refuse(why,
				      "\"ipv6:\" wants an address like 2001:db8::1");
	} else {
		size_t n = strlen(text);

		if (!n || n > 255)
			return refuse(why,
				      "a name has 1 to 255 characters");
		for (p = text; *p; p++)
			if (*p <= ' ' || *p > '~')
				return refuse(why,
					      "a name holds printable ASCII without spaces");
		if (type == BTNS_ID_TYPE_FQDN && strpbrk(text, ":@/"))
			return refuse(why,
				      "\"fqdn:\" wants a host name like a.example");
		p = strchr(text, '@');
		if (type == BTNS_ID_TYPE_RFC822 &&
		    (!p || p == text || !p[1]))
			return refuse(why,
				      "\"rfc822:\" wants an address like joe@a.example");
		memcpy(data, text, n);
		len = (int)n;
	}
	err = lbtns_ident_from_data(type, data, (size_t)len, id);
	if (err)
		return refuse(why, "the identity could not be hashed");
	return 0;
}

int lbtns_ident_parse(const char *text, struct lbtns_ident *id,
		      const char **why)
{
	const char *colon = strchr(text, ':');
	size_t i;

	memset(id, 0, sizeof(*id));
	for (i = 0; colon && i < KINDS; i++) {
		uint8_t digest[BTNS_DIGEST_LEN];
		size_t n = strlen(kinds[i].prefix);
		int err;

		if ((size_t)(colon - text) != n ||
		    strncmp(text, kinds[i].prefix, n))
			continue;
		text = colon + 1;
		if (kinds[i].type == BTNS_ID_TYPE_PUBLICKEY) {
			err = lbtns_key_parse(text, digest, why);
			if (!err)
				lbtns_ident_from_digest(digest, id);
			return err;
		}
		if (!strncmp(text, "SHA256:", 7)) {
			err = lbtns_key_parse(text, id->digest, why);
			if (!err)
				id->type = kinds[i].type;
			return err;
		}
		return parse_data(kinds[i].type, kinds[i].hex, text, id, why);
	}
	return refuse(why,
		      "an identity starts with fqdn:, rfc822:, ipv4:, ipv6:, dn:, keyid: or key:");
}

const char *lbtns_ident_text(const struct lbtns_ident *id, char *buf)
{
	char key[LBTNS_KEY_TEXT_MAX];
	size_t i;

	if (id->type == BTNS_ID_TYPE_NONE)
		return strcpy(buf, "none");
	for (i = 0; i < KINDS && kinds[i].type != id->type; i++)
		;
	if (id->type == BTNS_ID_TYPE_PUBLICKEY || !id->name[0])
		snprintf(buf, LBTNS_IDENT_TEXT_MAX, "%s:%s",
			 i < KINDS ? kinds[i].prefix : "unknown",
			 lbtns_key_text(id->digest, key));
	else
		snprintf(buf, LBTNS_IDENT_TEXT_MAX, "%s:%s",
			 i < KINDS ? kinds[i].prefix : "unknown", id->name);
	return buf;
}

/* ---- prefixes ---------------------------------------------------------- */

int lbtns_prefix_parse(const char *text, struct lbtns_prefix *p,
		       const char **why)
{
	const char *slash = strchr(text, '/');
	char addr[INET6_ADDRSTRLEN];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned int max, i;

	memset(p, 0, sizeof(*p));
	if (n >= sizeof(addr))
		return refuse(why, "not an address");
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (inet_pton(AF_INET, addr, p->addr) == 1) {
		p->family = AF_INET;
		max = 32;
	} else if (inet_pton(AF_INET6, addr, p->addr) == 1) {
		p->family = AF_INET6;
		max = 128;
	} else {
		return refuse(why,
			      "not an address: write 10.0.0.0/8 or 2001:db8::/32");
	}
	p->len = (uint8_t)max;
	if (slash) {
		char *end;
		unsigned long len;

		if (slash[1] < '0' || slash[1] > '9')
			goto bad_len;
		len = strtoul(slash + 1, &end, 10);
		if (*end || len > max)
			goto bad_len;
		p->len = (uint8_t)len;
	}
	for (i = p->len; i < max; i++)
		if (p->addr[i / 8] & (0x80 >> i % 8)) {
			memset(p, 0, sizeof(*p));
			return refuse(why,
				      "the address has bits set behind the prefix length");
		}
	return 0;

bad_len:
	memset(p, 0, sizeof(*p));
	return refuse(why, "a prefix length is 0 to 32, or to 128 for IPv6");
}

const char *lbtns_addr_text(const struct lbtns_prefix *p, char *buf)
{
	if ((p->family != AF_INET && p->family != AF_INET6) ||
	    !inet_ntop(p->family, p->addr, buf, LBTNS_PREFIX_TEXT_MAX))
		strcpy(buf, "*");
	return buf;
}

const char *lbtns_prefix_text(const struct lbtns_prefix *p, char *buf)
{
	char addr[LBTNS_PREFIX_TEXT_MAX];

	if (p->family != AF_INET && p->family != AF_INET6)
		return strcpy(buf, "any");
	lbtns_addr_text(p, addr);
	snprintf(buf, LBTNS_PREFIX_TEXT_MAX, "%.46s/%u", addr, p->len);
	return buf;
}
