/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of proved peers as btnsd holds it: a table in memory and the file
 * that it stands for. What the file means to latches is told in peers.h.
 */
#ifndef BTNSD_STORE_H
#define BTNSD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libbtns/btns.h"

/**
 * struct store - peers that proved themselves
 * @path: file, absolute; NULL: there is none, as in tests
 * @peer: in order of key, then identity; each allocated with its key
 * @by_ident: the same in order of identity, then key
 * @n: how many
 * @room: of both arrays
 * @sum: last octets of the file as we wrote or read it
 * @unsaved: peers were added since; they must not be relied on
 * @aged: only times and names changed since: to be written at leisure
 */
struct store {
	char *path;
	struct lbtns_peer **peer;
	struct lbtns_peer **by_ident;
	size_t n;
	size_t room;
	uint8_t sum[BTNS_DIGEST_LEN];
	bool unsaved;
	bool aged;
};

void store_free(struct store *s);
void store_clear(struct store *s);
int store_load(struct store *s, const char **why);
int store_check(const struct store *s, const char **why);
int store_save(struct store *s);
const char *store_error(int err);
int store_aside(const struct store *s);
struct lbtns_peer *store_find(const struct store *s,
			      const struct lbtns_peer *like);
bool store_has_ident(const struct store *s, const struct lbtns_ident *ident);
void store_touch(struct store *s, const struct lbtns_ident *ident,
		 const uint8_t *key, uint64_t now);
int store_add(struct store *s, const struct lbtns_peer *p);
void store_filter(struct store *s,
		  bool (*keep)(const struct lbtns_peer *p, void *arg),
		  void *arg);

#endif
