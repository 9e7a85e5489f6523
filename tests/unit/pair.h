/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts 0 and 1 of a world and the SAs between them: both have the same, and
 * nobody has missed them.
 */
#ifndef TESTS_UNIT_PAIR_H
#define TESTS_UNIT_PAIR_H

#include "ktap.h"

#include "world.h"

/**
 * pair_joined() - two hosts of which the first has asked for SAs, and has them
 * @w: world
 * @a: configuration of host 0, or NULL
 * @b: configuration of host 1, or NULL
 */
static inline void pair_joined(struct world *w, const char *a, const char *b)
{
	CHECK(world_two(w, KEY_ED25519, a, b));
	world_acquire(w, 0, 1, 80);
	world_run(w);
	CHECK_EQ(world_pairs(w, 0, 1), 1);
}

/**
 * pair_exactly() - check that both ends have the same, and nothing else
 * @w: world
 * @ike: IKE SAs
 * @pairs: pairs of SAs
 */
static inline void pair_exactly(struct world *w, unsigned int ike,
				unsigned int pairs)
{
	int i;

	CHECK_EQ(world_pairs(w, 0, 1), pairs);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(w, i), 2 * pairs);
		CHECK_EQ(w->h[i].k.n_bound, 2 * pairs);
		CHECK_EQ(world_larval(w, i), 0);
		CHECK_EQ(world_ike(w, i, IKE_ST_ESTABLISHED), ike);
		CHECK_EQ(world_ike(w, i, IKE_ST_CLOSING), 0);
	}
}

/**
 * pair_covered() - deliver all messages; at none is there a moment without SAs
 * @w: world
 */
static inline void pair_covered(struct world *w)
{
	do
		CHECK(world_pairs(w, 0, 1) >= 1);
	while (world_step(w));
}

/**
 * pair_done() - the end of a world in which nobody died and no latch broke
 * @w: world
 */
static inline void pair_done(struct world *w)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(w->h[i].k.unvouched, 0);
		CHECK_EQ(w->h[i].k.breaks, 0);
		CHECK_EQ(w->h[i].d.stats.dead, 0);
	}
	world_fini(w);
}

#endif
