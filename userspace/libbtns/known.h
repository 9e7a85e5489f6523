/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known peers (RFC 5386 section 4.2, RFC 5387 section 5.7): which key was seen
 * at which address, with the habits of SSH's known_hosts. Kept by btnsd and by
 * btnsctl in one file, which both read and write by this.
 *
 * The file is text: "btns-known-peers 1", then one line for each entry,
 *	WHERE KEY KIND FIRST LAST
 * WHERE is an address, "*" for a key that is good wherever nobody is known to
 * be alone, or a hashed address: "|1|SALT|HMAC|NET", hexadecimal, the HMACs are
 * HMAC-SHA-256 under the salt of a letter, the family and the address ("a"), or
 * the network that counts as one neighbour ("n": the /64 of IPv6, an address of
 * IPv4). KEY is SHA256:..., KIND one of enum lbtns_known_kind in words, FIRST
 * and LAST are seconds since 1970. There is one way to write an entry, and no
 * other is taken.
 */
#ifndef LIBBTNS_KNOWN_H
#define LIBBTNS_KNOWN_H

#include "libbtns/btns.h"
#include "libbtns/file.h"

/* Where btnsd keeps it unless its configuration says otherwise. */
#define LBTNS_KNOWN_PATH	"/var/lib/btns/known_peers"
/* Most entries of a file, whoever writes them. */
#define LBTNS_KNOWN_MAX		16384
#define LBTNS_KNOWN_LINE_MAX	320
#define LBTNS_KNOWN_FILE_MAX	((size_t)(LBTNS_KNOWN_MAX + 1) * \
				 LBTNS_KNOWN_LINE_MAX)
#define LBTNS_KNOWN_SALT	16
/* milliseconds that one writer waits for another */
#define LBTNS_KNOWN_WAIT	50

/**
 * enum lbtns_known_kind - how an entry came, and what it means for other keys
 * @LBTNS_KNOWN_LEARNED: at first contact; no other key is taken there
 * @LBTNS_KNOWN_NAT: at first contact, from behind a NAT: others may be there
 * @LBTNS_KNOWN_ADDED: by an administrator; never expires
 * @LBTNS_KNOWN_MANY: likewise, and more peers are expected at that address
 * @LBTNS_KNOWN_NUM_KINDS: how many kinds
 */
enum lbtns_known_kind {
	LBTNS_KNOWN_LEARNED,
	LBTNS_KNOWN_NAT,
	LBTNS_KNOWN_ADDED,
	LBTNS_KNOWN_MANY,
	LBTNS_KNOWN_NUM_KINDS
};

/**
 * enum lbtns_known_where - how an entry says its address
 * @LBTNS_KNOWN_PLAIN: as text
 * @LBTNS_KNOWN_HASHED: by HMACs
 * @LBTNS_KNOWN_ANYWHERE: it has none
 */
enum lbtns_known_where {
	LBTNS_KNOWN_PLAIN,
	LBTNS_KNOWN_HASHED,
	LBTNS_KNOWN_ANYWHERE,
};

/**
 * struct lbtns_known_entry - one line
 * @where: how it says its address
 * @kind: how it came
 * @addr: address, all its bits, if it is plain
 * @salt: of the HMACs if it is hashed
 * @mac: HMAC of the address
 * @net: HMAC of the network that counts as one neighbour
 * @key: SHA-256 of the key
 * @first: seconds since 1970 when it came
 * @last: when the peer was last seen, as far as the file was written for that
 */
struct lbtns_known_entry {
	enum lbtns_known_where where;
	enum lbtns_known_kind kind;
	struct lbtns_prefix addr;
	uint8_t salt[LBTNS_KNOWN_SALT];
	uint8_t mac[BTNS_DIGEST_LEN];
	uint8_t net[BTNS_DIGEST_LEN];
	uint8_t key[BTNS_DIGEST_LEN];
	uint64_t first;
	uint64_t last;
};

/**
 * struct lbtns_known - a file in memory
 * @entry: entries in the order of the file; owned
 * @n: how many
 * @room: of @entry
 * @stamp: of the file that was read
 */
struct lbtns_known {
	struct lbtns_known_entry *entry;
	size_t n;
	size_t room;
	struct lbtns_file_stamp stamp;
};

/**
 * struct lbtns_known_fault - what is wrong with a file
 * @line: line, from 1; 0 if it is not about one
 * @why: a sentence
 */
struct lbtns_known_fault {
	unsigned int line;
	const char *why;
};

/** enum lbtns_known_verdict - what is known of a peer */
enum lbtns_known_verdict {
	LBTNS_KNOWN_UNKNOWN,	/* nothing is known of its address */
	LBTNS_KNOWN_MATCH,	/* this key is known there */
	LBTNS_KNOWN_CHANGED,	/* another key is, and no other is expected */
	LBTNS_KNOWN_EXPIRED,	/* what was known is too old to count */
	LBTNS_KNOWN_UNSURE,	/* an address could not be hashed: out of memory */
};

/**
 * struct lbtns_known_peer - a peer that shows a key
 * @addr: its address, all bits
 * @key: SHA-256 of its key
 * @now: seconds since 1970
 * @expire: seconds without being seen after which an entry does not count; 0 for
 *	never
 */
struct lbtns_known_peer {
	struct lbtns_prefix addr;
	uint8_t key[BTNS_DIGEST_LEN];
	uint64_t now;
	uint64_t expire;
};

void lbtns_known_free(struct lbtns_known *k);
int lbtns_known_parse(const char *data, size_t len, struct lbtns_known *k,
		      struct lbtns_known_fault *fault);
int lbtns_known_format(const struct lbtns_known *k, char **data, size_t *len);
int lbtns_known_load(const char *path, struct lbtns_known *k,
		     struct lbtns_known_fault *fault);
int lbtns_known_save(const char *path, struct lbtns_known *k);
const char *lbtns_known_where_text(const struct lbtns_known_entry *e,
				   char buf[LBTNS_KNOWN_LINE_MAX]);
const char *lbtns_known_kind_text(enum lbtns_known_kind kind);
int lbtns_known_at(const struct lbtns_known_entry *e,
		   const struct lbtns_prefix *addr);
enum lbtns_known_verdict
lbtns_known_check(const struct lbtns_known *k, const struct lbtns_known_peer *p,
		  size_t *at);
int lbtns_known_near(const struct lbtns_known *k,
		     const struct lbtns_prefix *addr);
int lbtns_known_add(struct lbtns_known *k, const struct lbtns_known_entry *e);
int lbtns_known_hash(struct lbtns_known_entry *e);
int lbtns_known_remove(struct lbtns_known *k, const struct lbtns_prefix *addr,
		       const uint8_t *key);
size_t lbtns_known_prune(struct lbtns_known *k, uint64_t now, uint64_t expire);

#endif /* LIBBTNS_KNOWN_H */
