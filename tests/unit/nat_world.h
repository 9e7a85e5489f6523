/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two helpers, of which a test puts one or both behind NATs, and what their SAs
 * look like then. The program has its world in w.
 */
#ifndef BTNS_TEST_NAT_WORLD_H
#define BTNS_TEST_NAT_WORLD_H

#include <string.h>

#include "btnsd/ike/wire.h"
#include "world.h"

static struct world w;

#define ALL	"0.0.0.0/0"
#define NAT0	"198.51.100.7"
#define NAT1	"198.51.100.9"

static void begin(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, ALL, ALL, 0, 0, 0, true);
	}
}

static void up(const char *conf_a, const char *conf_b)
{
	CHECK(world_up(&w, 0, KEY_ED25519, conf_a));
	CHECK(world_up(&w, 1, KEY_ED25519, conf_b));
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	world_fini(&w);
}

static inline bool is(const struct addr *a, const char *text)
{
	struct addr b;

	return addr_parse(&b, text) && addr_equal(a, &b);
}

/* the one SA of a host in one direction */
static inline const struct world_sa *esp(int host, bool inbound)
{
	static const struct world_sa none;
	const struct world_sa *found = &none;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[host].k.sa[i];

		if (s->used && !s->larval && s->inbound == inbound)
			found = s;
	}
	return found;
}

/* the UDP port by which a host's SAs reach the peer; 0 if they do not agree */
static inline unsigned int peer_port(int host)
{
	const struct kern_encap *in = &esp(host, true)->encap;
	const struct kern_encap *out = &esp(host, false)->encap;

	return in->sport == out->dport &&
	       in->dport == IKE_NATT_PORT && out->sport == IKE_NATT_PORT ?
		       in->sport : 0;
}

/* one pair of SAs with the same keys and numbers at both ends */
static inline bool paired(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct world_sa *out = esp(i, false);
		const struct world_sa *in = esp(!i, true);

		if (world_installed(&w, i) != 2 || !out->used || !in->used ||
		    out->spi != in->spi || out->key_len != in->key_len ||
		    memcmp(out->key, in->key, in->key_len) ||
		    !addr_equal(&out->dst, world_seen(&w, !i)) ||
		    !addr_equal(&out->sel.remote, world_seen(&w, !i)) ||
		    !addr_equal(&in->dst, &w.h[!i].addr))
			return false;
	}
	return true;
}

#endif
