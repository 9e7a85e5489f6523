/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two helpers with entries for who proves nothing, for the tests of NULL
 * authentication. The program has its world in w.
 */
#ifndef BTNS_TEST_NULL_WORLD_H
#define BTNS_TEST_NULL_WORLD_H

#include <stdio.h>

#include "world.h"

static struct world w;
static char conf[3][4096];

#define NET	WORLD_NET
#define ANY	"{ name = \"any\"; btns = true; any = true; }"
#define ANON	"{ name = \"anon\"; auth = \"null\"; }"
/* the same, and we prove our key to them */
#define ANON_KEY "{ name = \"anon\"; auth = \"null\"; local_auth = \"key\"; }"

static void begin(void)
{
	world_init(&w);
	world_protect(&w, 0);
	world_protect(&w, 1);
}

static bool up(int host, const char *entries)
{
	snprintf(conf[host], sizeof(conf[host]),
		 "identity = { id = \"fqdn:%c.example\"; };\npad = ( %s );\n",
		 'a' + host, entries);
	return CHECK(world_up(&w, host, KEY_ED25519, conf[host]));
}

/* both hosts, with their entries */
static void both_up(const char *entries_0, const char *entries_1)
{
	begin();
	up(0, entries_0);
	up(1, entries_1);
}

/* a named entry for the other host, with more settings */
static const char *named(int host, const char *more)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "{ name = \"p%c\"; id = \"fqdn:%c.example\"; key = \"%s\"; addresses = [ \"10.0.0.%d/32\" ]; %s }",
		 'a' + host, 'a' + host, world_fingerprint(host), host + 1, more);
	return text;
}

/* how a host sees the other: by that method, none being nobody */
static void sees(int host, uint8_t method)
{
	struct ike_sa *sa = world_sa(&w, host);

	if (!CHECK(sa) || !CHECK_EQ(world_installed(&w, host), 2))
		return;
	CHECK_EQ(sa->peer.method, method);
	CHECK_EQ(w.h[host].k.bound[0].peer.method, method);
	CHECK(!sa->peer.type == !method);
	CHECK(!w.h[host].k.bound[0].peer.type == !method);
	CHECK_EQ(w.h[host].k.bound[0].has_peer_key, !!method);
}

static void connect_from(int host)
{
	world_acquire(&w, host, !host, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

#endif
