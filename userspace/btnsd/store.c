// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store of proved peers: a table in memory, in two orders so that latches
 * by the hundred thousand can be looked up, and its file, which is replaced as
 * a whole and survives a crash as the old one or as the new one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/store.h"
#include "libbtns/file.h"
#include "libbtns/peers.h"

/* ---- the table ----------------------------------------------------------- */

static int by_ident(const struct lbtns_peer *a, const struct lbtns_peer *b)
{
	int diff = (int)a->ident.type - b->ident.type;

	if (!diff)
		diff = (int)a->ident.method - b->ident.method;
	if (!diff)
		diff = memcmp(a->ident.digest, b->ident.digest,
			      BTNS_DIGEST_LEN);
	return diff ? diff : memcmp(a->key, b->key, BTNS_DIGEST_LEN);
}

typedef int (*order_fn)(const struct lbtns_peer *a, const struct lbtns_peer *b);

/* place of the first that does not come before @p */
static size_t place(struct lbtns_peer *const *list, size_t n,
		    const struct lbtns_peer *p, order_fn order)
{
	size_t low = 0, mid;

	while (low < n) {
		mid = low + (n - low) / 2;
		if (order(list[mid], p) < 0)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

static void insert(struct lbtns_peer **list, size_t n, struct lbtns_peer *p,
		   order_fn order)
{
	size_t at = place(list, n, p, order);

	memmove(&list[at + 1], &list[at], (n - at) * sizeof(*list));
	list[at] = p;
}

static int grow(struct store *s)
{
	size_t room = s->room ? 2 * s->room : 64;
	struct lbtns_peer **p;

	if (s->n < s->room)
		return 0;
	p = reallocarray(s->peer, room, sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->peer = p;
	p = reallocarray(s->by_ident, room, sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->by_ident = p;
	s->room = room;
	return 0;
}

/**
 * store_find() - the entry of a peer
 * @s: store
 * @like: its key and identity
 *
 * Return: the entry, which may be changed but for what it is found by; NULL.
 */
struct lbtns_peer *store_find(const struct store *s,
			      const struct lbtns_peer *like)
{
	size_t at = place(s->peer, s->n, like, lbtns_peers_order);

	return at < s->n && !lbtns_peers_order(s->peer[at], like) ?
		       s->peer[at] :
		       NULL;
}

/* is the entry at that place of by_ident one of this identity? */
static bool is_of(const struct store *s, size_t at,
		  const struct lbtns_ident *ident)
{
	return at < s->n && lbtns_ident_equal(&s->by_ident[at]->ident, ident) &&
	       s->by_ident[at]->ident.method == ident->method;
}

/* place in by_ident of the first key of an identity */
static size_t first_of(const struct store *s, const struct lbtns_ident *ident)
{
	/* the least of all keys */
	const struct lbtns_peer like = { .ident = *ident };

	return place(s->by_ident, s->n, &like, by_ident);
}

/**
 * store_has_ident() - is there a key for an identity?
 * @s: store
 * @ident: type, method and digest, as a latch has them
 *
 * Return: whether there is one.
 */
bool store_has_ident(const struct store *s, const struct lbtns_ident *ident)
{
	return is_of(s, first_of(s, ident), ident);
}

/**
 * store_touch() - a peer is seen
 * @s: store
 * @ident: type, method and digest, as a latch has them
 * @key: SHA-256 of its key; NULL for all keys of the identity
 * @now: when, seconds since 1970
 */
void store_touch(struct store *s, const struct lbtns_ident *ident,
		 const uint8_t *key, uint64_t now)
{
	size_t i;

	for (i = first_of(s, ident); is_of(s, i, ident); i++)
		if (!key || !memcmp(s->by_ident[i]->key, key, BTNS_DIGEST_LEN))
			s->by_ident[i]->last = now;
}

/**
 * store_add() - a peer that is not there yet
 * @s: store
 * @p: copied, with its key
 *
 * It counts only once store_save() has succeeded.
 *
 * Return: 0, -ENOSPC when the store is full, -ENOMEM.
 */
int store_add(struct store *s, const struct lbtns_peer *p)
{
	struct lbtns_peer *copy;

	if (s->n >= LBTNS_PEERS_MAX)
		return -ENOSPC;
	if (grow(s))
		return -ENOMEM;
	copy = malloc(sizeof(*copy) + p->spki_len);
	if (!copy)
		return -ENOMEM;
	*copy = *p;
	copy->spki = (const uint8_t *)(copy + 1);
	if (p->spki_len)
		memcpy(copy + 1, p->spki, p->spki_len);
	insert(s->peer, s->n, copy, lbtns_peers_order);
	insert(s->by_ident, s->n, copy, by_ident);
	s->n++;
	s->unsaved = true;
	return 0;
}

/**
 * store_filter() - drop peers
 * @s: store
 * @keep: false for each that goes
 * @arg: for @keep
 *
 * What is dropped leaves the file with the next store_save().
 */
void store_filter(struct store *s,
		  bool (*keep)(const struct lbtns_peer *p, void *arg),
		  void *arg)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (keep(s->peer[i], arg))
			s->peer[n++] = s->peer[i];
		else
			free(s->peer[i]);
	}
	s->n = 0;
	for (i = 0; i < n; i++)
		insert(s->by_ident, s->n++, s->peer[i], by_ident);
}

static bool keep_none(const struct lbtns_peer *p, void *arg)
{
	(void)p;
	(void)arg;
	return false;
}

/**
 * store_clear() - forget all peers; the file stays as it is
 * @s: store
 */
void store_clear(struct store *s)
{
	store_filter(s, keep_none, NULL);
	s->unsaved = false;
	s->aged = false;
}

/**
 * store_free() - free all memory; the file stays as it is
 * @s: store; empty and without a file afterwards
 */
void store_free(struct store *s)
{
	store_clear(s);
	free(s->peer);
	free(s->by_ident);
	free(s->path);
	memset(s, 0, sizeof(*s));
}

/* ---- the file ------------------------------------------------------------ */

static int add_one(const struct lbtns_peer *p, void *arg)
{
	return store_add(arg, p);
}

/* read the file; @sum gets its last octets */
static int read_file(const struct store *s, lbtns_peer_cb cb, void *arg,
		     uint8_t sum[BTNS_DIGEST_LEN], const char **why)
{
	uint8_t *data;
	size_t len;
	int err;

	err = lbtns_peers_load(s->path, &data, &len, why);
	if (!err)
		err = lbtns_peers_parse(data, len, cb, arg, why);
	if (!err)
		memcpy(sum, data + len - BTNS_DIGEST_LEN, BTNS_DIGEST_LEN);
	free(data);
	return err;
}

/**
 * store_load() - read the file
 * @s: store; what it held is forgotten
 * @why: set to a sentence on failure
 *
 * Return: 0; -ENOENT; -EBADMSG when it is damaged; -EPROTONOSUPPORT when it is of
 * a later version; -ENOMEM; another negative errno when it cannot be read. @s is empty on failure.
 */
int store_load(struct store *s, const char **why)
{
	int err;

	store_clear(s);
	if (!s->path)
		return 0;
	err = read_file(s, add_one, s, s->sum, why);
	if (err)
		store_clear(s);
	s->unsaved = false;
	if (err == -ENOMEM)
		*why = "out of memory";
	return err;
}

/**
 * store_check() - is the file still the one that we wrote or read?
 * @s: store
 * @why: set to a sentence on failure
 *
 * Return: 0; else as store_load().
 */
int store_check(const struct store *s, const char **why)
{
	uint8_t sum[BTNS_DIGEST_LEN];
	int err;

	if (!s->path)
		return 0;
	err = read_file(s, NULL, NULL, sum, why);
	if (!err && memcmp(sum, s->sum, BTNS_DIGEST_LEN)) {
		*why = "somebody else has written it";
		err = -EBADMSG;
	}
	return err;
}

/*
 * A file that only a later version can read is worth something to that one, also
 * if it was put there while we run: nobody here writes over it or renames it. 0 if
 * there is none such.
 */
static int not_later(const struct store *s)
{
	uint8_t sum[BTNS_DIGEST_LEN];
	const char *why;
	int err = read_file(s, NULL, NULL, sum, &why);

	return err == -EPROTONOSUPPORT || err == -ENOMEM ? err : 0;
}

/**
 * store_error() - a failure of this file's functions in words
 * @err: negative errno
 *
 * Return: the words.
 */
const char *store_error(int err)
{
	return err == -EPROTONOSUPPORT ?
		       "it is of a later version, and stays as it is" :
		       strerror(-err);
}

/**
 * store_save() - put the table in the place of the file
 * @s: store
 *
 * Return: 0, or a negative errno: the file is the old one, or on a failure of
 * the last step the new one. -EPROTONOSUPPORT: it is of a later version.
 */
int store_save(struct store *s)
{
	uint8_t *data;
	size_t len;
	int err;

	if (s->path) {
		err = not_later(s);
		if (err)
			return err;
		err = lbtns_peers_format((const struct lbtns_peer *const *)s->peer,
					 s->n, &data, &len);
		if (err)
			return err;
		err = lbtns_file_replace(s->path, data, len);
		if (!err)
			memcpy(s->sum, data + len - BTNS_DIGEST_LEN,
			       BTNS_DIGEST_LEN);
		free(data);
		if (err)
			return err;
	}
	s->unsaved = false;
	s->aged = false;
	return 0;
}

/**
 * store_aside() - give the file another name, FILE.damaged
 * @s: store; not changed in memory
 *
 * An older file of that name is replaced.
 *
 * Return: 0, also when there is no file; or a negative errno, -EPROTONOSUPPORT
 * when the file is of a later version.
 */
int store_aside(const struct store *s)
{
	int err;

	if (!s->path)
		return 0;
	err = not_later(s);
	return err ? err : lbtns_file_aside(s->path);
}
