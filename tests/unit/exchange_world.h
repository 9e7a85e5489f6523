/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two helpers that set up SAs, and what both have or have not at last. The
 * program has its world in w.
 */
#ifndef BTNS_TEST_EXCHANGE_WORLD_H
#define BTNS_TEST_EXCHANGE_WORLD_H

#include "world.h"

static struct world w;

/* two BTNS hosts under one policy */
static void two_keys(enum key_type a, enum key_type b, const char *conf_a,
		     const char *conf_b)
{
	world_begin(&w, 2);
	CHECK(world_up(&w, 0, a, conf_a));
	CHECK(world_up(&w, 1, b, conf_b));
}

static inline void two(const char *conf_a, const char *conf_b)
{
	two_keys(KEY_ED25519, KEY_ED25519, conf_a, conf_b);
}

/* both ends have exactly one IKE SA and one child SA */
static void good(void)
{
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 2);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(w.h[i].k.n_bound, 2);
	}
}

/* neither end has anything */
static inline void nothing(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 0);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 0);
		CHECK_EQ(w.h[i].k.n_bound, 0);
	}
}

static void done(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(w.h[i].k.unvouched, 0);
		CHECK_EQ(w.h[i].d.fragment_octets, 0);
		CHECK_EQ(w.h[i].d.fragment_strangers, 0);
	}
	/* what was reserved was given back */
	CHECK_EQ(world_larval(&w, 0), 0);
	world_fini(&w);
}

/* a filter: what is sent is in x->kept too, oldest first */
static inline bool keep_all(struct world *x, struct packet *p)
{
	struct packet *k = world_copy(p), **end = &x->kept;

	k->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = k;
	return true;
}

#endif
