// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Known peers, see known.h: the file's form, who is meant by an entry, and what
 * is known of a peer. What is read is taken as a whole or not at all.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "libbtns/known.h"

#define HEADER		"btns-known-peers 1\n"
#define HEADER_LEN	(sizeof(HEADER) - 1)

static const char *const kinds[LBTNS_KNOWN_NUM_KINDS] = {
	[LBTNS_KNOWN_LEARNED] = "learned",
	[LBTNS_KNOWN_NAT] = "nat",
	[LBTNS_KNOWN_ADDED] = "added",
	[LBTNS_KNOWN_MANY] = "many",
};

/**
 * lbtns_known_kind_text() - a kind as the file writes it
 * @kind: kind
 *
 * Return: the word, "unknown" if there is no such kind.
 */
const char *lbtns_known_kind_text(enum lbtns_known_kind kind)
{
	return kind < LBTNS_KNOWN_NUM_KINDS ? kinds[kind] : "unknown";
}

/* ---- hashes ------------------------------------------------------------ */

/* 0, or -ENOMEM */
static int mac_of(const uint8_t salt[LBTNS_KNOWN_SALT], char what,
		  const struct lbtns_prefix *addr, uint8_t out[BTNS_DIGEST_LEN])
{
	bool v4 = addr->family == AF_INET;
	size_t len = v4 ? 4 : what == 'n' ? 8 : 16;
	uint8_t data[2 + sizeof(addr->addr)] = { (uint8_t)what, v4 ? 4 : 6 };
	unsigned int n = 0;

	memcpy(data + 2, addr->addr, len);
	return HMAC(EVP_sha256(), salt, LBTNS_KNOWN_SALT, data, 2 + len, out,
		    &n) && n == BTNS_DIGEST_LEN ? 0 : -ENOMEM;
}

static bool same_addr(const struct lbtns_prefix *a,
		      const struct lbtns_prefix *b)
{
	return a->family == b->family &&
	       !memcmp(a->addr, b->addr, a->family == AF_INET ? 4 : 16);
}

/* of the same neighbour */
static bool same_net(const struct lbtns_prefix *a, const struct lbtns_prefix *b)
{
	return a->family == b->family &&
	       !memcmp(a->addr, b->addr, a->family == AF_INET ? 4 : 8);
}

/**
 * lbtns_known_at() - is an entry about an address?
 * @e: entry
 * @addr: address; of no family for the entries that have none
 *
 * Return: 1 if so, 0 if not, -ENOMEM if it cannot be told.
 */
int lbtns_known_at(const struct lbtns_known_entry *e,
		   const struct lbtns_prefix *addr)
{
	uint8_t mac[BTNS_DIGEST_LEN];

	if (!addr->family || e->where == LBTNS_KNOWN_ANYWHERE)
		return !addr->family && e->where == LBTNS_KNOWN_ANYWHERE;
	if (e->where == LBTNS_KNOWN_PLAIN)
		return same_addr(&e->addr, addr);
	if (mac_of(e->salt, 'a', addr, mac))
		return -ENOMEM;
	return !memcmp(mac, e->mac, sizeof(mac));
}

/* As lbtns_known_at(), of the neighbour. */
static int is_near(const struct lbtns_known_entry *e,
		   const struct lbtns_prefix *addr)
{
	uint8_t mac[BTNS_DIGEST_LEN];

	if (e->where == LBTNS_KNOWN_ANYWHERE)
		return 0;
	if (e->where == LBTNS_KNOWN_PLAIN)
		return same_net(&e->addr, addr);
	if (mac_of(e->salt, 'n', addr, mac))
		return -ENOMEM;
	return !memcmp(mac, e->net, sizeof(mac));
}

/**
 * lbtns_known_hash() - take the address out of an entry
 * @e: entry; without an address, or hashed before, it stays as it is
 *
 * Return: 0; a negative errno: @e is as it was.
 */
int lbtns_known_hash(struct lbtns_known_entry *e)
{
	struct lbtns_known_entry h = *e;

	if (e->where != LBTNS_KNOWN_PLAIN)
		return 0;
	if (getrandom(h.salt, sizeof(h.salt), 0) != sizeof(h.salt))
		return -EIO;
	if (mac_of(h.salt, 'a', &e->addr, h.mac) ||
	    mac_of(h.salt, 'n', &e->addr, h.net))
		return -ENOMEM;
	memset(&h.addr, 0, sizeof(h.addr));
	h.where = LBTNS_KNOWN_HASHED;
	*e = h;
	return 0;
}

/* ---- one line ---------------------------------------------------------- */

static char *put_hex(char *at, const uint8_t *data, size_t n)
{
	while (n--)
		at += sprintf(at, "%02x", *data++);
	return at;
}

/**
 * lbtns_known_where_text() - the address of an entry as the file writes it
 * @e: entry
 * @buf: filled
 *
 * Return: @buf.
 */
const char *lbtns_known_where_text(const struct lbtns_known_entry *e,
				   char buf[LBTNS_KNOWN_LINE_MAX])
{
	char *at = buf;

	if (e->where == LBTNS_KNOWN_PLAIN)
		return lbtns_addr_text(&e->addr, buf);
	if (e->where == LBTNS_KNOWN_ANYWHERE)
		return strcpy(buf, "*");
	at += sprintf(at, "|1|");
	at = put_hex(at, e->salt, sizeof(e->salt));
	*at++ = '|';
	at = put_hex(at, e->mac, sizeof(e->mac));
	*at++ = '|';
	put_hex(at, e->net, sizeof(e->net));
	return buf;
}

/* The line without its end; its octets. */
static size_t put_line(const struct lbtns_known_entry *e,
		       char buf[LBTNS_KNOWN_LINE_MAX])
{
	char where[LBTNS_KNOWN_LINE_MAX], key[LBTNS_KEY_TEXT_MAX];

	return (size_t)snprintf(buf, LBTNS_KNOWN_LINE_MAX,
				"%.250s %s %s %" PRIu64 " %" PRIu64,
				lbtns_known_where_text(e, where),
				lbtns_key_text(e->key, key),
				lbtns_known_kind_text(e->kind), e->first,
				e->last);
}

/* @n octets of lower case digits; false if it is anything else */
static bool take_hex(const char **at, uint8_t *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	for (; n; n--, *at += 2) {
		high = (*at)[0] ? strchr(digits, (*at)[0]) : NULL;
		low = high && (*at)[1] ? strchr(digits, (*at)[1]) : NULL;
		if (!low)
			return false;
		*out++ = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return true;
}

static bool take_where(const char *text, struct lbtns_known_entry *e)
{
	if (!strcmp(text, "*")) {
		e->where = LBTNS_KNOWN_ANYWHERE;
		return true;
	}
	if (*text != '|') {
		e->where = LBTNS_KNOWN_PLAIN;
		return !lbtns_prefix_parse(text, &e->addr, NULL) &&
		       e->addr.len == (e->addr.family == AF_INET ? 32 : 128);
	}
	e->where = LBTNS_KNOWN_HASHED;
	if (strncmp(text, "|1|", 3))
		return false;
	text += 3;
	return take_hex(&text, e->salt, sizeof(e->salt)) && *text++ == '|' &&
	       take_hex(&text, e->mac, sizeof(e->mac)) && *text++ == '|' &&
	       take_hex(&text, e->net, sizeof(e->net)) && !*text;
}

static bool take_number(const char *text, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 10);
	return !errno && end != text && !*end;
}

static bool take_kind(const char *text, enum lbtns_known_kind *kind)
{
	unsigned int i;

	for (i = 0; i < LBTNS_KNOWN_NUM_KINDS; i++) {
		if (strcmp(text, kinds[i]))
			continue;
		*kind = (enum lbtns_known_kind)i;
		return true;
	}
	return false;
}

/* A line, without its end; what is wrong with it, or NULL. */
static const char *take_line(const char *line, size_t len,
			     struct lbtns_known_entry *e)
{
	char copy[LBTNS_KNOWN_LINE_MAX], again[LBTNS_KNOWN_LINE_MAX];
	char *field[5], *at = copy;
	unsigned int i;

	memset(e, 0, sizeof(*e));
	if (len >= sizeof(copy))
		return "it is too long";
	memcpy(copy, line, len);
	copy[len] = '\0';
	for (i = 0; i < 5; i++)
		field[i] = strsep(&at, " ");
	if (at || !field[4])
		return "it must have five words: address, key, kind, first and last seen";
	if (!take_where(field[0], e))
		return "its first word is no address, no hashed address and no *";
	if (lbtns_key_parse(field[1], e->key, NULL))
		return "its second word is no fingerprint";
	if (!take_kind(field[2], &e->kind))
		return "its third word is none of learned, nat, added, many";
	if (!take_number(field[3], &e->first) ||
	    !take_number(field[4], &e->last) || e->first > e->last)
		return "its last words are no times, the first seen and the last";
	if (e->where == LBTNS_KNOWN_ANYWHERE && e->kind != LBTNS_KNOWN_ADDED)
		return "a key that is good anywhere can only be added";
	if (put_line(e, again) != len || memcmp(again, line, len))
		return "it is not as btnsctl known would write it";
	return NULL;
}

/* ---- the file ---------------------------------------------------------- */

/**
 * lbtns_known_free() - forget all entries
 * @k: emptied
 */
void lbtns_known_free(struct lbtns_known *k)
{
	free(k->entry);
	memset(k, 0, sizeof(*k));
}

/**
 * lbtns_known_add() - one entry more
 * @k: entries
 * @e: copied
 *
 * Return: 0; -ENOSPC if there are LBTNS_KNOWN_MAX; -ENOMEM.
 */
int lbtns_known_add(struct lbtns_known *k, const struct lbtns_known_entry *e)
{
	size_t room = k->room ? 2 * k->room : 64;
	struct lbtns_known_entry *bigger;

	if (k->n >= LBTNS_KNOWN_MAX)
		return -ENOSPC;
	if (k->n == k->room) {
		bigger = reallocarray(k->entry, room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		k->entry = bigger;
		k->room = room;
	}
	k->entry[k->n++] = *e;
	return 0;
}

static int damaged(struct lbtns_known_fault *fault, unsigned int line,
		   const char *why)
{
	fault->line = line;
	fault->why = why;
	return -EBADMSG;
}

/* The lines behind the header. */
static int take_lines(const char *at, const char *end, struct lbtns_known *k,
		      struct lbtns_known_fault *fault)
{
	struct lbtns_known_entry e;
	const char *stop, *why;
	unsigned int line;
	int err;

	for (line = 2; at < end; line++, at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		if (!stop)
			return damaged(fault, line, "its end is missing");
		why = take_line(at, (size_t)(stop - at), &e);
		if (why)
			return damaged(fault, line, why);
		err = lbtns_known_add(k, &e);
		if (err == -ENOSPC)
			return damaged(fault, line,
				       "there are more than there may be");
		if (err) {
			fault->why = "out of memory";
			return err;
		}
	}
	return 0;
}

/**
 * lbtns_known_parse() - read a file from memory
 * @data: octets
 * @len: how many
 * @k: filled; what it held must have been freed; empty on failure
 * @fault: what is wrong, on failure
 *
 * Return: 0; -EBADMSG if anything at all is wrong with it; -ENOMEM.
 */
int lbtns_known_parse(const char *data, size_t len, struct lbtns_known *k,
		      struct lbtns_known_fault *fault)
{
	int err;

	memset(k, 0, sizeof(*k));
	memset(fault, 0, sizeof(*fault));
	if (len < HEADER_LEN || memcmp(data, HEADER, HEADER_LEN))
		return damaged(fault, 1,
			       "it does not begin with \"btns-known-peers 1\"");
	err = take_lines(data + HEADER_LEN, data + len, k, fault);
	if (err)
		lbtns_known_free(k);
	return err;
}

/**
 * lbtns_known_format() - entries as octets
 * @k: entries
 * @data: set, freed by the caller; NULL on failure
 * @len: set
 *
 * Return: 0; -ENOMEM.
 */
int lbtns_known_format(const struct lbtns_known *k, char **data, size_t *len)
{
	char *at;
	size_t i;

	at = malloc((k->n + 1) * LBTNS_KNOWN_LINE_MAX);
	*data = at;
	*len = 0;
	if (!at)
		return -ENOMEM;
	memcpy(at, HEADER, HEADER_LEN);
	at += HEADER_LEN;
	for (i = 0; i < k->n; i++) {
		at += put_line(&k->entry[i], at);
		*at++ = '\n';
	}
	*len = (size_t)(at - *data);
	return 0;
}

/**
 * lbtns_known_load() - read a file
 * @path: file
 * @k: filled; what it held must have been freed; empty on failure
 * @fault: what is wrong, on failure
 *
 * Return: 0; -ENOENT; -EBADMSG if it is damaged, or others may write it;
 * another negative errno if it cannot be read.
 */
int lbtns_known_load(const char *path, struct lbtns_known *k,
		     struct lbtns_known_fault *fault)
{
	struct lbtns_file_stamp stamp;
	uint8_t *data;
	size_t len;
	int err;

	memset(k, 0, sizeof(*k));
	memset(fault, 0, sizeof(*fault));
	err = lbtns_file_load(path, LBTNS_KNOWN_FILE_MAX, &data, &len, &stamp,
			      &fault->why);
	if (!err)
		err = lbtns_known_parse((char *)data, len, k, fault);
	if (!err)
		k->stamp = stamp;
	free(data);
	return err;
}

/**
 * lbtns_known_save() - put entries in the place of a file, or make it
 * @path: file; the caller holds its lock, see lbtns_file_lock()
 * @k: entries; its stamp is old afterwards
 *
 * Return: 0; a negative errno: the file is the old one, or on a failure of the
 * last step the new one.
 */
int lbtns_known_save(const char *path, struct lbtns_known *k)
{
	char *data;
	size_t len;
	int err;

	err = lbtns_known_format(k, &data, &len);
	if (!err)
		err = lbtns_file_replace(path, data, len);
	free(data);
	memset(&k->stamp, 0, sizeof(k->stamp));
	return err;
}

/* ---- what is known ----------------------------------------------------- */

static bool expired(const struct lbtns_known_entry *e, uint64_t now,
		    uint64_t expire)
{
	bool learned = e->kind == LBTNS_KNOWN_LEARNED ||
		       e->kind == LBTNS_KNOWN_NAT;

	return expire && learned && now > e->last && now - e->last > expire;
}

/* A key that is good wherever nobody is known to be alone. */
static bool is_anywhere(const struct lbtns_known *k, const uint8_t *key,
			size_t *at)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (k->entry[i].where != LBTNS_KNOWN_ANYWHERE ||
		    memcmp(k->entry[i].key, key, BTNS_DIGEST_LEN))
			continue;
		*at = i;
		return true;
	}
	return false;
}

/**
 * lbtns_known_check() - what is known of a peer that proved a key?
 * @k: entries
 * @p: the peer
 * @at: set to the place of the entry that decides; if another key is known, to
 *	that of the first; not set if nothing is known
 *
 * Who is alone at an address is not replaced by who has an entry without one. An
 * address where all that is known came from behind a NAT, or of which an administrator said
 * that many are there, may have one more (RFC 5387 section 5.7).
 *
 * Return: the verdict.
 */
enum lbtns_known_verdict
lbtns_known_check(const struct lbtns_known *k, const struct lbtns_known_peer *p,
		  size_t *at)
{
	bool old = false, any = false, alone = false, many = false;
	size_t i, first = 0;
	int here;

	for (i = 0; i < k->n; i++) {
		const struct lbtns_known_entry *e = &k->entry[i];

		here = e->where == LBTNS_KNOWN_ANYWHERE ?
			       0 : lbtns_known_at(e, &p->addr);
		if (here < 0)
			return LBTNS_KNOWN_UNSURE;
		if (!here)
			continue;
		if (expired(e, p->now, p->expire)) {
			old = true;
			continue;
		}
		if (!memcmp(e->key, p->key, BTNS_DIGEST_LEN)) {
			*at = i;
			return LBTNS_KNOWN_MATCH;
		}
		if (!any)
			first = i;
		any = true;
		many |= e->kind == LBTNS_KNOWN_MANY;
		alone |= e->kind != LBTNS_KNOWN_NAT;
	}
	if (any && alone && !many) {
		*at = first;
		return LBTNS_KNOWN_CHANGED;
	}
	if (is_anywhere(k, p->key, at))
		return LBTNS_KNOWN_MATCH;
	return old && !any ? LBTNS_KNOWN_EXPIRED : LBTNS_KNOWN_UNKNOWN;
}

/**
 * lbtns_known_near() - how much was learned from one neighbour
 * @k: entries
 * @addr: an address of its
 *
 * The neighbour is an address of IPv4, or a /64 of IPv6, out of which a single
 * host takes as many addresses as it likes.
 *
 * Return: entries that nobody added by hand; -ENOMEM.
 */
int lbtns_known_near(const struct lbtns_known *k,
		     const struct lbtns_prefix *addr)
{
	size_t i;
	int n = 0, here;

	for (i = 0; i < k->n; i++) {
		const struct lbtns_known_entry *e = &k->entry[i];

		if (e->kind != LBTNS_KNOWN_LEARNED &&
		    e->kind != LBTNS_KNOWN_NAT)
			continue;
		here = is_near(e, addr);
		if (here < 0)
			return here;
		n += here;
	}
	return n;
}

/**
 * lbtns_known_remove() - drop entries
 * @k: entries
 * @addr: those that lbtns_known_at() says are about it; NULL for all
 * @key: with this key; NULL for any
 *
 * Return: how many went; -ENOMEM: none did.
 */
int lbtns_known_remove(struct lbtns_known *k, const struct lbtns_prefix *addr,
		       const uint8_t *key)
{
	struct lbtns_known_entry *left;
	size_t i, n = 0;
	int here, gone;

	left = calloc(k->n + 1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	for (i = 0; i < k->n; i++) {
		const struct lbtns_known_entry *e = &k->entry[i];

		here = addr ? lbtns_known_at(e, addr) : 1;
		if (here < 0) {
			free(left);
			return here;
		}
		if (!here || (key && memcmp(e->key, key, BTNS_DIGEST_LEN)))
			left[n++] = *e;
	}
	gone = (int)(k->n - n);
	free(k->entry);
	k->entry = left;
	k->room = k->n + 1;
	k->n = n;
	return gone;
}

/**
 * lbtns_known_prune() - drop what is too old to count
 * @k: entries
 * @now: seconds since 1970
 * @expire: seconds, as in struct lbtns_known_peer
 *
 * Return: how many went.
 */
size_t lbtns_known_prune(struct lbtns_known *k, uint64_t now, uint64_t expire)
{
	size_t i, n = 0;

	for (i = 0; i < k->n; i++)
		if (!expired(&k->entry[i], now, expire))
			k->entry[n++] = k->entry[i];
	i = k->n - n;
	k->n = n;
	return i;
}
