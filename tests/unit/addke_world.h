/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How two helpers open an IKE SA and what is left of it, for the tests of
 * additional key exchanges. The program has its world in w.
 */
#ifndef BTNS_TEST_ADDKE_WORLD_H
#define BTNS_TEST_ADDKE_WORLD_H

#include <string.h>

#include "world.h"

static struct world w;

static void open_one(void)
{
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
}

static void good(void)
{
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 2);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(w.h[i].d.half_open, 0);
	}
	if (world_sa(&w, 0) && world_sa(&w, 1))
		CHECK(!memcmp(&world_sa(&w, 0)->keys, &world_sa(&w, 1)->keys,
			      sizeof(struct ike_keys)));
}

static void nothing(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 0);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 0);
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
	world_fini(&w);
}

#endif
