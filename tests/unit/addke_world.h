/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How two helpers open an IKE SA and what is left of it, for the tests of
 * additional key exchanges. The program has its world in w.
 */
#ifndef BTNS_TEST_ADDKE_WORLD_H
#define BTNS_TEST_ADDKE_WORLD_H

#include <string.h>

#include "exchange_world.h"

static void open_one(void)
{
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
}

/* good(), and both ends have the same keys, and nothing else is begun */
static void both_good(void)
{
	good();
	CHECK_EQ(w.h[0].d.half_open, 0);
	CHECK_EQ(w.h[1].d.half_open, 0);
	if (world_sa(&w, 0) && world_sa(&w, 1))
		CHECK(!memcmp(&world_sa(&w, 0)->keys, &world_sa(&w, 1)->keys,
			      sizeof(struct ike_keys)));
}

#endif
