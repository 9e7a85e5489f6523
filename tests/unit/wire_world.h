/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two helpers of whom every datagram is kept, and read with their keys. The
 * program has its world in w.
 */
#ifndef BTNS_TEST_WIRE_WORLD_H
#define BTNS_TEST_WIRE_WORLD_H

#include <stdlib.h>

#include "btnsd/ike/parse.h"
#include "btnsd/ike/sk.h"
#include "world.h"

static struct world w;

#define NET	WORLD_NET
#define SEEN_MAX	32

/* every datagram of the exchange so far, oldest first */
static struct packet *seen[SEEN_MAX];
static size_t n_seen;

static void forget(void)
{
	while (n_seen)
		free(seen[--n_seen]);
}

static bool see(struct world *x, struct packet *p)
{
	(void)x;
	if (n_seen < SEEN_MAX)
		seen[n_seen++] = world_copy(p);
	return true;
}

static void two(const char *conf_a, const char *conf_b)
{
	CHECK(world_two(&w, KEY_ED25519, conf_a, conf_b));
	w.filter = see;
}

static inline void joined(void)
{
	two(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	forget();
}

static void exactly(unsigned int ike, unsigned int pairs)
{
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), pairs);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 2 * pairs);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), ike);
	}
}

static void done(void)
{
	int i;

	for (i = 0; i < 2; i++)
		CHECK_EQ(w.h[i].k.unvouched, 0);
	forget();
	world_fini(&w);
}

/* ---- reading what was sent ----------------------------------------------- */

static struct ike_msg msg;
static uint8_t plain[16384];
static struct span chain;

/* a datagram with what is inside SK; false if it is not authentic */
static bool open_up(const struct packet *p, const struct ike_keys *keys)
{
	struct span data = span(p->data, p->len);
	struct ike_parse_fail fail;

	chain = span(NULL, 0);
	if (ike_parse_outer(data, &msg, &fail) != IKE_PARSE_OK)
		return false;
	if (!msg.sk.present)
		return true;
	if (sk_open(keys, msg.hdr.flags & IKE_FLAG_INITIATOR, data, &msg.sk,
		    plain, &chain) != CRYPTO_OK)
		return false;
	return ike_parse_unpad(&chain) == IKE_PARSE_OK &&
	       ike_parse_inner(msg.sk.first, chain, &msg, &fail) ==
		       IKE_PARSE_OK;
}

#endif
