// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One end deletes the IKE SA while the other wants something of it (RFC 7296
 * section 2.25.2): whatever it was comes to nothing, and the Delete does not.
 */
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "replay.h"

static void close_ike(void)
{
	replay_start(0, TASK_DELETE_IKE);
}

static void new_child(void)
{
	close_ike();
	replay_ask(1, 81);
}

static void child_rekey(void)
{
	close_ike();
	replay_start(1, TASK_REKEY);
}

static void child_delete(void)
{
	close_ike();
	replay_start(1, TASK_DELETE_CHILD);
}

static void liveness(void)
{
	close_ike();
	replay_start(1, TASK_LIVENESS);
}

static void ike_rekey(void)
{
	close_ike();
	replay_start(1, TASK_REKEY_IKE);
}

static void renew(void)
{
	close_ike();
	life_renew(world_sa(&w, 1));
}

/* the other end is first, and has its answer when it hears of the end */
static void new_child_first(void)
{
	replay_ask(1, 81);
	close_ike();
}

static void child_rekey_first(void)
{
	replay_start(1, TASK_REKEY);
	close_ike();
}

/* its IKE_FOLLOWUP_KE is under way when we close what it would replace */
static void followup(void)
{
	replay_start(1, TASK_REKEY_IKE);
	world_step(&w);
	world_step(&w);
	close_ike();
}

#define LATE	"refused: the IKE SA is being closed or replaced"

static const struct scene scenes[] = {
	{ .name = "IKE delete, new child back", .act = new_child,
	  .forgets = 1, .said = LATE },
	{ .name = "new child back, IKE delete", .act = new_child_first,
	  .forgets = 1, .said = LATE },
	{ .name = "IKE delete, child rekey back", .act = child_rekey,
	  .said = LATE },
	{ .name = "child rekey back, IKE delete", .act = child_rekey_first,
	  .said = LATE },
	{ .name = "IKE delete, child delete back", .act = child_delete,
	  .said = "the peer deleted child" },
	{ .name = "IKE delete, liveness back", .act = liveness },
	{ .name = "IKE delete, IKE rekey back", .act = ike_rekey,
	  .said = LATE },
};

static const struct scene anew[] = {
	{ .name = "IKE delete, made anew back", .act = renew, .ike = 1,
	  .pairs = 1 },
};

static const struct scene followups[] = {
	{ .name = "IKE_FOLLOWUP_KE back, IKE delete", .act = followup,
	  .said = LATE },
};

void replay_closing(void)
{
	PLAY(scenes);
	PLAY(anew);
	PLAY_ON(followups, .conf = "ike = { additional = [\"p256\"]; };");
}
