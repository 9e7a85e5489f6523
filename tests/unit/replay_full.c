// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that takes no more child SAs in an IKE SA (NO_ADDITIONAL_SAS, RFC 7296
 * section 1.3): traffic gets another IKE SA, a rekey makes the IKE SA anew, and
 * where not even IKE_AUTH has room, what there is stays.
 */
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "replay.h"

/*
 * Our own responder does not say it of a rekey, nor of the first of an IKE SA:
 * this is a peer that does.
 */
static struct packet *no_more(const struct packet *p)
{
	const struct ike_sa *sa;
	struct packet *other = NULL;

	for (sa = w.h[!p->from].d.sas; sa && !other; sa = sa->next)
		if (sa->has_keys)
			other = craft_refusal(sa, p, IKE_N_TS_UNACCEPTABLE,
					      IKE_N_NO_ADDITIONAL_SAS);
	return other;
}

/* host 1 refuses so many child SAs */
static void full(unsigned int n)
{
	w.h[1].k.fail_bind = n;
}

static void open_full(void)
{
	full(1);
	replay_ask(0, 80);
}

static void ask_full(void)
{
	full(1);
	replay_ask(0, 81);
}

static void rekey_full(void)
{
	full(1);
	replaced = world_sa(&w, 0)->spi_i;
	replay_start(0, TASK_REKEY);
}

static void renew_full(void)
{
	full(1);
	life_renew(world_sa(&w, 0));
}

/* neither the rekey nor the IKE SA that is made for want of it */
static void rekey_all_full(void)
{
	full(2);
	replay_start(0, TASK_REKEY);
}

/* the peer's own rekey is granted */
static void rekey_full_and_back(void)
{
	full(1);
	replay_start(0, TASK_REKEY);
	replay_start(1, TASK_REKEY);
}

static void child_delete(void) { replay_start(0, TASK_DELETE_CHILD); }

/* the IKE SA has no child SA, and another takes its place */
static void ask_childless(void)
{
	replay_quietly(child_delete);
	full(1);
	replaced = world_sa(&w, 0)->spi_i;
	replay_ask(0, 80);
}

static void ask_and_ike_rekey_back(void)
{
	ask_full();
	replay_start(1, TASK_REKEY_IKE);
}

static void rekey_and_ike_delete_back(void)
{
	full(1);
	replay_start(0, TASK_REKEY);
	replay_start(1, TASK_DELETE_IKE);
}

static void ask_more(void) { replay_ask(0, 81); }

#define FULL	"the peer refused the child: NO_ADDITIONAL_SAS"

static const struct scene scenes[] = {
	{ .name = "NO_ADDITIONAL_SAS, new child", .act = ask_full,
	  .covered = true, .ike = 2, .pairs = 2, .said = FULL,
	  .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS, new child where there is none",
	  .act = ask_childless, .ike = 1, .pairs = 1, .said = FULL,
	  .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS, child rekey", .act = rekey_full,
	  .covered = true, .ike = 1, .pairs = 1, .said = FULL,
	  .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS, child rekeys meet",
	  .act = rekey_full_and_back, .covered = true, .ike = 1, .pairs = 1,
	  .said = FULL, .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS in IKE_AUTH", .act = open_full,
	  .fresh = true, .ike = 1, .forgets = 1, .said = FULL,
	  .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS in IKE_AUTH, made anew",
	  .act = renew_full, .covered = true, .ike = 1, .pairs = 1,
	  .said = FULL, .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS, child rekey, and in IKE_AUTH",
	  .act = rekey_all_full, .covered = true, .ike = 1, .pairs = 1,
	  .said = FULL, .rewrite = no_more },
	{ .name = "NO_ADDITIONAL_SAS, new child, IKE rekey back",
	  .act = ask_and_ike_rekey_back, .covered = true, .ike = 2,
	  .pairs = 2, .rewrite = no_more },
	{ .name = "child rekey, IKE delete back",
	  .act = rekey_and_ike_delete_back, .rewrite = no_more },
};

/* our own responder says it */
static const struct scene own[] = {
	{ .name = "ike.stranger_children, new child", .act = ask_more,
	  .covered = true, .ike = 2, .pairs = 2, .said = FULL },
};

void replay_full(void)
{
	PLAY(scenes);
	PLAY_ON(own, .conf_1 = "ike = { stranger_children = 1; };");
}
