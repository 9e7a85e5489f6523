// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The store of proved peers: its format is told in peers.h. What is read is
 * taken as a whole or not at all, whatever has become of the file.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "libbtns/file.h"
#include "libbtns/peers.h"

#define MAGIC		"btnspeer"
#define MAGIC_LEN	8
#define VERSION		1
#define HEAD_LEN	(MAGIC_LEN + 4 + 4)
/* of a record, all but key and names */
#define FIXED_LEN	(1 + 1 + BTNS_DIGEST_LEN + 8 + 8 + 2 + 1 + 1)
#define RECORD_MAX	(FIXED_LEN + LBTNS_SPKI_MAX + 2 * BTNS_NAME_MAX)

_Static_assert(HEAD_LEN + LBTNS_PEERS_MAX * RECORD_MAX + BTNS_DIGEST_LEN <=
		       LBTNS_PEERS_FILE_MAX, "a full store fits");

static int damaged(const char **why, const char *text)
{
	*why = text;
	return -EBADMSG;
}

static bool hash(const uint8_t *data, size_t len,
		 uint8_t digest[BTNS_DIGEST_LEN])
{
	unsigned int n = 0;

	return EVP_Digest(data, len, digest, &n, EVP_sha256(), NULL) &&
	       n == BTNS_DIGEST_LEN;
}

int lbtns_peers_order(const struct lbtns_peer *a, const struct lbtns_peer *b)
{
	int diff = memcmp(a->key, b->key, BTNS_DIGEST_LEN);

	if (!diff)
		diff = (int)a->ident.type - b->ident.type;
	if (!diff)
		diff = (int)a->ident.method - b->ident.method;
	return diff ? diff : memcmp(a->ident.digest, b->ident.digest,
				    BTNS_DIGEST_LEN);
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* Is it a peer that the format can say, and that btnsd could have proved? */
static bool sensible(const struct lbtns_peer *p)
{
	static const uint8_t none[BTNS_DIGEST_LEN];
	bool psk = p->ident.method == BTNS_AUTH_METHOD_PSK;
	uint8_t digest[BTNS_DIGEST_LEN];

	if (p->ident.type == BTNS_ID_TYPE_NONE ||
	    p->ident.type > BTNS_ID_TYPE_KEY_ID ||
	    p->ident.method == BTNS_AUTH_METHOD_NONE ||
	    p->ident.method > BTNS_AUTH_METHOD_MANUAL ||
	    p->spki_len > LBTNS_SPKI_MAX ||
	    psk != !p->spki_len ||
	    p->first > p->last || !printable(p->ident.name) ||
	    !printable(p->pad))
		return false;
	if (!p->spki_len)
		return p->ident.type != BTNS_ID_TYPE_PUBLICKEY &&
		       !memcmp(p->key, none, BTNS_DIGEST_LEN);
	if (!hash(p->spki, p->spki_len, digest) ||
	    memcmp(digest, p->key, BTNS_DIGEST_LEN))
		return false;
	return p->ident.type != BTNS_ID_TYPE_PUBLICKEY ||
	       !memcmp(p->ident.digest, p->key, BTNS_DIGEST_LEN);
}

/* ---- reading ----------------------------------------------------------- */

/** struct reader - octets that are left */
struct reader {
	const uint8_t *at;
	size_t left;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (n > r->left)
		return NULL;
	r->at += n;
	r->left -= n;
	return p;
}

static uint64_t number(const uint8_t *p, unsigned int octets)
{
	uint64_t v = 0;

	while (octets--)
		v = v << 8 | *p++;
	return v;
}

/* A name; false if it is too long or has a NUL inside. */
static bool name(struct reader *r, size_t n, char out[BTNS_NAME_MAX + 1])
{
	const uint8_t *p = n > BTNS_NAME_MAX ? NULL : take(r, n);

	memset(out, 0, BTNS_NAME_MAX + 1);
	if (!p || memchr(p, '\0', n))
		return false;
	memcpy(out, p, n);
	return true;
}

static bool record(struct reader *r, struct lbtns_peer *p)
{
	const uint8_t *f = take(r, FIXED_LEN);

	memset(p, 0, sizeof(*p));
	if (!f)
		return false;
	p->ident.type = f[0];
	p->ident.method = f[1];
	memcpy(p->ident.digest, f + 2, BTNS_DIGEST_LEN);
	f += 2 + BTNS_DIGEST_LEN;
	p->first = number(f, 8);
	p->last = number(f + 8, 8);
	p->spki_len = (size_t)number(f + 16, 2);
	p->spki = take(r, p->spki_len);
	return p->spki && name(r, f[18], p->ident.name) &&
	       name(r, f[19], p->pad) &&
	       (!p->spki_len || hash(p->spki, p->spki_len, p->key)) &&
	       sensible(p);
}

/* The records of @r: each to @cb, or only looked at. */
static int records(struct reader r, uint64_t count, lbtns_peer_cb cb, void *arg,
		   const char **why)
{
	struct lbtns_peer p, before;
	uint64_t i;
	int err;

	for (i = 0; i < count; i++) {
		if (!record(&r, &p))
			return damaged(why, "a record is malformed");
		if (i && lbtns_peers_order(&before, &p) >= 0)
			return damaged(why, "records are out of order");
		before = p;
		err = cb ? cb(&p, arg) : 0;
		if (err)
			return err;
	}
	if (r.left)
		return damaged(why, "there is more than it says");
	return 0;
}

int lbtns_peers_parse(const uint8_t *data, size_t len, lbtns_peer_cb cb,
		      void *arg, const char **why)
{
	struct reader r = { .at = data, .left = len };
	uint8_t digest[BTNS_DIGEST_LEN];
	const uint8_t *head;
	uint64_t count;
	int err;

	*why = "";
	if (len < HEAD_LEN + BTNS_DIGEST_LEN)
		return damaged(why, "it is too short");
	head = take(&r, HEAD_LEN);
	if (memcmp(head, MAGIC, MAGIC_LEN))
		return damaged(why, "it does not begin as a store of peers does");
	if (!number(head + MAGIC_LEN, 4))
		return damaged(why, "its version is unknown");
	count = number(head + MAGIC_LEN + 4, 4);
	r.left -= BTNS_DIGEST_LEN;
	if (!hash(data, len - BTNS_DIGEST_LEN, digest) ||
	    memcmp(digest, data + len - BTNS_DIGEST_LEN, BTNS_DIGEST_LEN))
		return damaged(why, "its checksum is wrong");
	/* what is behind the head is for those who know that version */
	if (number(head + MAGIC_LEN, 4) != VERSION) {
		*why = "it is of a later version of this format, and intact";
		return -EPROTONOSUPPORT;
	}
	if (count > LBTNS_PEERS_MAX)
		return damaged(why, "it has more peers than there may be");
	/* nothing is handed out of a file that turns out to be bad further on */
	err = records(r, count, NULL, NULL, why);
	return err || !cb ? err : records(r, count, cb, arg, why);
}

int lbtns_peers_load(const char *path, uint8_t **data, size_t *len,
		     const char **why)
{
	return lbtns_file_load(path, LBTNS_PEERS_FILE_MAX, data, len, NULL,
			       why);
}

int lbtns_peers_read(const char *path, lbtns_peer_cb cb, void *arg,
		     const char **why)
{
	uint8_t *data;
	size_t len;
	int err;

	err = lbtns_peers_load(path, &data, &len, why);
	if (!err)
		err = lbtns_peers_parse(data, len, cb, arg, why);
	free(data);
	return err;
}

/* ---- writing ----------------------------------------------------------- */

static uint8_t *put(uint8_t *at, const void *data, size_t n)
{
	memcpy(at, data, n);
	return at + n;
}

static uint8_t *put_number(uint8_t *at, uint64_t v, unsigned int octets)
{
	uint64_t be = htobe64(v);

	return put(at, (const uint8_t *)&be + 8 - octets, octets);
}

static uint8_t *put_record(uint8_t *at, const struct lbtns_peer *p)
{
	at = put_number(at, p->ident.type, 1);
	at = put_number(at, p->ident.method, 1);
	at = put(at, p->ident.digest, BTNS_DIGEST_LEN);
	at = put_number(at, p->first, 8);
	at = put_number(at, p->last, 8);
	at = put_number(at, p->spki_len, 2);
	at = put_number(at, strlen(p->ident.name), 1);
	at = put_number(at, strlen(p->pad), 1);
	at = p->spki_len ? put(at, p->spki, p->spki_len) : at;
	at = put(at, p->ident.name, strlen(p->ident.name));
	return put(at, p->pad, strlen(p->pad));
}

int lbtns_peers_format(const struct lbtns_peer *const *peer, size_t n,
		       uint8_t **data, size_t *len)
{
	uint8_t *at;
	size_t i;

	*data = NULL;
	*len = HEAD_LEN + BTNS_DIGEST_LEN;
	if (n > LBTNS_PEERS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		if (!sensible(peer[i]) ||
		    (i && lbtns_peers_order(peer[i - 1], peer[i]) >= 0))
			return -EINVAL;
		*len += FIXED_LEN + peer[i]->spki_len +
			strlen(peer[i]->ident.name) + strlen(peer[i]->pad);
	}
	*data = malloc(*len);
	if (!*data)
		return -ENOMEM;
	at = put(*data, MAGIC, MAGIC_LEN);
	at = put_number(at, VERSION, 4);
	at = put_number(at, n, 4);
	for (i = 0; i < n; i++)
		at = put_record(at, peer[i]);
	if (!hash(*data, *len - BTNS_DIGEST_LEN, at)) {
		free(*data);
		*data = NULL;
		return -ENOMEM;
	}
	return 0;
}
