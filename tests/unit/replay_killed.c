// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A btnsd is killed (kill -9) and comes back, while the kernel keeps the SAs and
 * their bindings: new ones are made before the old go, and no latch breaks.
 */
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "replay.h"

static void kill_and_start(int host)
{
	world_crash(&w, host);
	if (!world_up(&w, host, KEY_ED25519, ground.conf))
		abort();
}

static void killed(void)
{
	replaced = world_sa(&w, 1)->spi_i;
	kill_and_start(0);
}

static void killed_back(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	kill_and_start(1);
}

static void killed_both(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	kill_and_start(0);
	kill_and_start(1);
}

/* whose question is under way to nobody who knows it */
static void killed_when_asked(void)
{
	replay_start(0, TASK_REKEY);
	killed_back();
}

/* who has asked, and knows nothing of it when the answer comes, if one does */
static void killed_when_answered(void)
{
	replay_start(1, TASK_REKEY);
	world_step(&w);
	killed_back();
}

static void killed_in_ike_rekey(void)
{
	replay_start(0, TASK_REKEY_IKE);
	killed_back();
}

/* traffic asks for another child SA at once */
static void killed_and_asked(void)
{
	killed_back();
	replay_ask(1, 81);
}

#define LEFT	"SAs of an earlier btnsd stay until new ones take over"

static const struct scene kept[] = {
	{ .name = "killed", .act = killed, .covered = true, .ike = 1,
	  .pairs = 1, .said = LEFT },
	{ .name = "killed back", .act = killed_back, .covered = true, .ike = 1,
	  .pairs = 1, .said = LEFT },
	{ .name = "killed, both", .act = killed_both,
	  .covered = true, .ike = 1, .pairs = 1, .said = LEFT },
	{ .name = "killed when asked for a rekey", .act = killed_when_asked,
	  .covered = true, .ike = 1, .pairs = 1, .said = LEFT },
	{ .name = "killed when it has asked for a rekey",
	  .act = killed_when_answered, .covered = true, .ike = 1, .pairs = 1,
	  .said = LEFT },
	{ .name = "killed in an IKE rekey", .act = killed_in_ike_rekey,
	  .covered = true, .ike = 1, .pairs = 1, .said = LEFT },
	{ .name = "killed, and traffic asks", .act = killed_and_asked,
	  .covered = true, .ike = 1, .pairs = 2, .said = LEFT },
};

/* in another world: see struct ground */
static const struct scene elsewhere[] = {
	{ .name = "killed", .act = killed, .covered = true, .ike = 1,
	  .pairs = 1, .said = LEFT },
	{ .name = "killed back", .act = killed_back, .covered = true, .ike = 1,
	  .pairs = 1, .said = LEFT },
};

void replay_killed(void)
{
	PLAY(kept);
	PLAY_ON(elsewhere, .store = true);
	PLAY_ON(elsewhere, .tunnel = true);
	PLAY_ON(elsewhere, .nat = true);
}
