// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child SA that the peer refuses at first and gives when it is asked again: for
 * less, after a while, or when the next packet asks.
 */
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "replay.h"

/* ---- one pair of addresses and ports at a time ----------------------------- */

/*
 * Our own responder narrows by itself: this is what a peer says that would
 * rather be asked for less (RFC 7296 section 2.9).
 */
static struct packet *only_one(const struct packet *p)
{
	const struct ike_sa *sa;
	struct packet *other = NULL;

	for (sa = w.h[0].d.sas; sa && p->from == 1 && !other; sa = sa->next)
		if (sa->has_keys)
			other = craft_refusal(sa, p, IKE_N_TS_UNACCEPTABLE,
					      IKE_N_SINGLE_PAIR_REQUIRED);
	return other;
}

static void open_single(void)
{
	w.h[1].k.fail_bind = 1;
	replay_ask(0, 80);
}

static void ask_single(void)
{
	w.h[1].k.fail_bind = 1;
	replay_ask(0, 81);
}

static const struct scene singles[] = {
	{ .name = "SINGLE_PAIR_REQUIRED in IKE_AUTH", .act = open_single,
	  .fresh = true, .single = true, .ike = 1, .pairs = 1,
	  .rewrite = only_one },
	{ .name = "SINGLE_PAIR_REQUIRED, new child", .act = ask_single,
	  .covered = true, .single = true, .ike = 1, .pairs = 2,
	  .rewrite = only_one },
};

void replay_single_pair(void)
{
	PLAY(singles);
	PLAY_ON(singles, .nat = true);
	PLAY_ON(singles, .conf = "ike = { additional = [\"p256\"]; };");
}

/* ---- not now ---------------------------------------------------------------- */

/* the peer's kernel has no SPI, or does not take the first half, once */
static void open_no_spi(void)
{
	w.h[1].k.fail_add = 1;
	replay_ask(0, 80);
}

static void open_no_room(void)
{
	w.h[1].k.fail_add = 2;
	replay_ask(0, 80);
}

/* both ends have the IKE SA, and nothing is under way but time */
static bool waits(void)
{
	const struct ike_sa *a = w.h[0].d.sas, *b = w.h[1].d.sas;

	return a && b && a->state == IKE_ST_ESTABLISHED &&
	       b->state == IKE_ST_ESTABLISHED && timer_pending(&a->next_task);
}

static void peer_asks(void) { replay_ask(1, 80); }
static void ike_rekey(void) { replay_start(0, TASK_REKEY_IKE); }
static void ike_rekey_back(void) { replay_start(1, TASK_REKEY_IKE); }
static void liveness_back(void) { replay_start(1, TASK_LIVENESS); }

#define PUT_OFF "IKE_AUTH: child put off by the peer: TEMPORARY_FAILURE"

static const struct scene puts_off[] = {
	{ .name = "no SPI in IKE_AUTH", .act = open_no_spi, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .said = PUT_OFF },
	{ .name = "no SA in IKE_AUTH", .act = open_no_room, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .said = PUT_OFF },
	{ .name = "put off, and then the peer asks", .act = open_no_spi,
	  .then = peer_asks, .when = waits, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .pairs_max = 2,
	  .said = PUT_OFF },
	{ .name = "put off, and an IKE rekey", .act = open_no_spi,
	  .then = ike_rekey, .when = waits, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .said = PUT_OFF },
	{ .name = "put off, and an IKE rekey back", .act = open_no_spi,
	  .then = ike_rekey_back, .when = waits, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .said = PUT_OFF },
	{ .name = "put off, and liveness back", .act = open_no_spi,
	  .then = liveness_back, .when = waits, .fresh = true,
	  .takes = IKE_RETRY_MS, .ike = 1, .pairs = 1, .said = PUT_OFF },
};

/* ---- not this, but perhaps the next ----------------------------------------- */

/* traffic that got no SA, and asks again as soon as it may */
static bool came_to_nothing(void)
{
	return w.h[0].k.forgotten;
}

static void open_again(void) { replay_ask(0, 80); }

/* the ends have no algorithm for ESP in common, until somebody mends that */
static void open_apart(void)
{
	struct conf *c = w.h[1].d.conf;

	c->child_aead[0] = (struct conf_aead){ IKE_ENCR_CHACHA20_POLY1305, 0,
					       IKE_INTEG_NONE };
	c->n_child_aead = 1;
	w.h[0].d.conf->n_child_aead = 1;
	replay_ask(0, 80);
}

static void mend(void)
{
	w.h[1].d.conf->child_aead[0] = w.h[0].d.conf->child_aead[0];
	open_again();
}

static const struct scene refused[] = {
	{ .name = "NO_PROPOSAL_CHOSEN in IKE_AUTH, asked again",
	  .act = open_apart, .then = mend, .when = came_to_nothing,
	  .fresh = true, .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: NO_PROPOSAL_CHOSEN" },
	{ .name = "TS_UNACCEPTABLE in IKE_AUTH, asked again",
	  .act = open_single, .then = open_again, .when = came_to_nothing,
	  .fresh = true, .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: TS_UNACCEPTABLE" },
};

void replay_put_off(void)
{
	PLAY(puts_off);
	PLAY(refused);
}
