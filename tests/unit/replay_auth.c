// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scenes between ends that prove themselves in other ways than by a bare key:
 * by nothing, by a secret, by a certificate, and by a key under a name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "named.h"
#include "replay.h"

static struct named named;

static void open_one(void) { replay_ask(0, 80); }
static void new_child(void) { replay_ask(0, 81); }
static void child_rekey(void) { replay_start(0, TASK_REKEY); }
static void ike_rekey_back(void) { replay_start(1, TASK_REKEY_IKE); }
static void ike_delete(void) { replay_start(0, TASK_DELETE_IKE); }

static void renew_back(void)
{
	replaced = world_sa(&w, 1)->spi_i;
	life_renew(world_sa(&w, 1));
}

static const struct scene scenes[] = {
	{ .name = "one end opens", .act = open_one, .fresh = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "new child", .act = new_child, .covered = true, .ike = 1,
	  .pairs = 2 },
	{ .name = "child rekey", .act = child_rekey, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "IKE rekey back", .act = ike_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "IKE delete", .act = ike_delete },
};

/* only who proves something can show that it is who it was */
static const struct scene anew[] = {
	{ .name = "the IKE SA is made anew back", .act = renew_back,
	  .covered = true, .ike = 1, .pairs = 1 },
};

void replay_auth(void)
{
	/* the time for that comes within each scene, and must do nothing */
	PLAY_ON(scenes, .own_pad = true, .method = BTNS_AUTH_METHOD_NONE,
		.conf = "ike = { reauth = 60; };"
			"pad = ( { name = \"anon\"; auth = \"null\"; } );");
	named_by_secret(&named);
	PLAY_ON(scenes, .own_pad = true, .method = BTNS_AUTH_METHOD_PSK,
		.conf = named.conf[0], .conf_1 = named.conf[1]);
	PLAY_ON(anew, .own_pad = true, .method = BTNS_AUTH_METHOD_PSK,
		.conf = named.conf[0], .conf_1 = named.conf[1]);
	named_by_certificate(&named);
	PLAY_ON(scenes, .own_pad = true, .method = BTNS_AUTH_METHOD_CERT,
		.conf = named.conf[0], .conf_1 = named.conf[1]);
	PLAY_ON(anew, .own_pad = true, .method = BTNS_AUTH_METHOD_CERT,
		.conf = named.conf[0], .conf_1 = named.conf[1]);
}

/* the NAT has another address, and the next that comes from inside tells */
static void address_moves(void)
{
	world_nat_reset(&w.nat[0], "10.0.0.8");
	replay_start(0, TASK_LIVENESS);
}

static void address_moves_and_ask(void)
{
	address_moves();
	replay_ask(0, 81);
}

/* only who has a name may move, and its SAs in transport mode stay behind */
static const struct scene moves[] = {
	{ .name = "the NAT has another address", .act = address_moves,
	  .ike = 1, .said = "the peer has moved here from" },
	{ .name = "the NAT has another address, and more is asked",
	  .act = address_moves_and_ask, .ike = 1, .pairs = 1,
	  .said = "the peer has moved here from" },
};

void replay_named_moves(void)
{
	static const char *const mine[2] = { "", "" };
	struct key *k[2] = { world_key(0, KEY_ED25519),
			     world_key(1, KEY_ED25519) };
	char text[2][LBTNS_KEY_TEXT_MAX], entry[256];
	int i;

	for (i = 0; i < 2; i++) {
		lbtns_key_text(key_fingerprint(k[i]), text[i]);
		key_free(k[i]);
	}
	snprintf(entry, sizeof(entry), "key = [ \"%s\", \"%s\" ];", text[0],
		 text[1]);
	named_configure(&named, mine, entry);
	PLAY_ON(moves, .own_pad = true, .nat = true,
		.method = BTNS_AUTH_METHOD_RAWKEY, .conf = named.conf[0],
		.conf_1 = named.conf[1]);
}
