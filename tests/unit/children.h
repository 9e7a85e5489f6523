/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many child SAs of one IKE SA, of hosts 0 and 1 of a world: one for each port,
 * though policy has them all in one.
 */
#ifndef TESTS_UNIT_CHILDREN_H
#define TESTS_UNIT_CHILDREN_H

#include "ktap.h"

#include <netinet/in.h>

#include "btnsd/ike/fsm.h"
#include "world.h"

/**
 * children_ask() - host 0 asks for the child SA of a port
 * @w: world
 * @port: of host 1
 * @fresh: in an IKE SA of its own
 */
static inline void children_ask(struct world *w, uint16_t port, bool fresh)
{
	const struct sel sel = {
		.local = w->h[0].addr,
		.remote = w->h[1].addr,
		.local_plen = 32,
		.remote_plen = 32,
		.proto = IPPROTO_TCP,
		.rport = port,
		.rmask = 0xffff,
	};
	const struct child_want want = { .narrow = sel, .wide = sel };
	const struct path path = {
		.local = { w->h[0].addr, IKE_PORT },
		.remote = { w->h[1].addr, IKE_PORT },
	};
	struct ike_sa *sa = fresh ? NULL : w->h[0].d.sas;

	if (!sa)
		sa = sa_new_initiator(&w->h[0].d, &path);
	if (!CHECK(sa && life_want(sa, &want)))
		return;
	fsm_start(sa);
	world_run(w);
}

/**
 * children_hosts() - a world of two hosts that know each other by key
 * @w: world
 * @conf: of both, or NULL
 */
static inline void children_hosts(struct world *w, const char *conf)
{
	int i;

	world_init(w);
	for (i = 0; i < 2; i++) {
		struct lbtns_pad_entry *e = world_pad_add(w, i, "peer");

		e->flags = BTNS_PAD_FLAGS_BTNS;
		key_free(world_key(!i, KEY_ED25519));
		world_pad_key(w, e, !i);
		lbtns_ident_from_digest(e->keys[0], &e->id);
		e->n_keys = 0;
		world_policy(w, i, WORLD_NET, WORLD_NET, IPPROTO_TCP, 0, 0,
			     true);
		CHECK(world_up(w, i, KEY_ED25519, conf));
	}
}

/**
 * children_up() - the same, with so many child SAs
 * @w: world
 * @conf: of both, or NULL
 * @n: child SAs, in one IKE SA
 */
static inline void children_up(struct world *w, const char *conf,
			       unsigned int n)
{
	unsigned int i;

	children_hosts(w, conf);
	for (i = 1; i <= n; i++)
		children_ask(w, (uint16_t)i, false);
	CHECK_EQ(world_pairs(w, 0, 1), n);
}

#endif
