// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two helpers set up an IKE SA and a child SA: with every kind of key, through
 * cookies and wrong groups, over a network that loses, doubles and reorders,
 * and against messages that are not what they should be.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "world.h"

static struct world w;

#define NET	"10.0.0.0/24"

/* two BTNS hosts under one policy */
static void two(enum key_type a, enum key_type b, const char *conf_a,
		const char *conf_b)
{
	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 0, NET, NET, 0, 0, 0, true);
	world_policy(&w, 1, NET, NET, 0, 0, 0, true);
	CHECK(world_up(&w, 0, a, conf_a));
	CHECK(world_up(&w, 1, b, conf_b));
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
		CHECK_EQ(w.h[i].k.unvouched, 0);
		CHECK_EQ(w.h[i].d.half_open, 0);
	}
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	world_fini(&w);
}

static void key_types(void)
{
	static const enum key_type types[] = {
		KEY_ED25519, KEY_ECDSA_P256, KEY_ECDSA_P384, KEY_RSA,
	};
	size_t i, j;

	for (i = 0; i < 4; i++) {
		for (j = 0; j < 4; j++) {
			two(types[i], types[j], NULL, NULL);
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			good();
			CHECK_EQ(w.sent, 4);
			done();
		}
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U05 every pair of key types makes SAs", key_types },
	};

	return KTAP_RUN(tests);
}
