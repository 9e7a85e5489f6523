// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exchanges that end in a refusal, by either end: afterwards neither has more
 * than the other, and traffic that got no SA may ask again.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "replay.h"

/* ---- who the peer is ------------------------------------------------------- */

static void open_one(void) { replay_ask(0, 80); }

static const struct scene strangers[] = {
	{ .name = "IKE_AUTH refused", .act = open_one, .fresh = true,
	  .forgets = 1, .said = "the peer refused us: AUTHENTICATION_FAILED" },
};

static const struct scene impostors[] = {
	{ .name = "answer to IKE_AUTH refused", .act = open_one,
	  .fresh = true, .forgets = 1,
	  .said = "INFORMATIONAL: the peer reports AUTHENTICATION_FAILED" },
};

void replay_refused_auth(void)
{
	PLAY_ON(strangers, .nobody = 1u << 1);
	PLAY_ON(impostors, .nobody = 1u << 0);
}

/* ---- child SAs ------------------------------------------------------------- */

/* traffic that only host 0 has a policy for */
static void ask_elsewhere(void)
{
	world_policy(&w, 0, WORLD_NET, WORLD_NET, IPPROTO_TCP, 0, 82, true);
	replay_ask(0, 82);
}

/* from now on the ends have no algorithm for ESP in common */
static void part(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct conf *c = w.h[i].d.conf;

		c->child_aead[0] = (struct conf_aead){
			i ? IKE_ENCR_CHACHA20_POLY1305 : IKE_ENCR_AES_GCM_16,
			i ? 0 : 256, IKE_INTEG_NONE };
		c->n_child_aead = 1;
	}
}

static void open_apart(void)
{
	part();
	replay_ask(0, 80);
}

static void ask_apart(void)
{
	part();
	replay_ask(0, 81);
}

static void rekey_apart(void)
{
	part();
	replay_start(0, TASK_REKEY);
}

/* the module says no: to what the peer asks, and to what it has agreed to */
static void open_unbound(void)
{
	w.h[1].k.fail_bind = 1;
	replay_ask(0, 80);
}

static void ask_unbound(void)
{
	w.h[1].k.fail_bind = 1;
	replay_ask(0, 81);
}

static void open_untaken(void)
{
	w.h[0].k.fail_bind = 1;
	replay_ask(0, 80);
}

static void ask_untaken(void)
{
	w.h[0].k.fail_bind = 1;
	replay_ask(0, 81);
}

static void rekey_untaken(void)
{
	w.h[0].k.fail_bind = 1;
	replay_start(0, TASK_REKEY);
}

/* the peer has lost the child SA without a word */
static void rekey_lost(void)
{
	child_gone(world_sa(&w, 1)->children, false);
	replay_start(0, TASK_REKEY);
}

static const struct scene openings[] = {
	{ .name = "TS_UNACCEPTABLE in IKE_AUTH", .act = ask_elsewhere,
	  .fresh = true, .ike = 1, .forgets = 1,
	  .said = "the peer refused the child: TS_UNACCEPTABLE" },
	{ .name = "NO_PROPOSAL_CHOSEN in IKE_AUTH", .act = open_apart,
	  .fresh = true, .ike = 1, .forgets = 1,
	  .said = "the peer refused the child: NO_PROPOSAL_CHOSEN" },
	{ .name = "child refused by the module", .act = open_unbound,
	  .fresh = true, .ike = 1, .forgets = 1,
	  .said = "the peer refused the child: TS_UNACCEPTABLE" },
	{ .name = "child refused by our module", .act = open_untaken,
	  .fresh = true, .ike = 1, .forgets = 1,
	  .said = "IKE_AUTH: child failed" },
};

static const struct scene children[] = {
	{ .name = "TS_UNACCEPTABLE", .act = ask_elsewhere, .covered = true,
	  .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: TS_UNACCEPTABLE" },
	{ .name = "NO_PROPOSAL_CHOSEN", .act = ask_apart, .covered = true,
	  .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: NO_PROPOSAL_CHOSEN" },
	{ .name = "new child refused by the module", .act = ask_unbound,
	  .covered = true, .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: TS_UNACCEPTABLE" },
	{ .name = "new child refused by our module", .act = ask_untaken,
	  .covered = true, .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer deleted child" },
	{ .name = "child rekey refused", .act = rekey_apart, .covered = true,
	  .ike = 1, .pairs = 1,
	  .said = "the peer refused the child: NO_PROPOSAL_CHOSEN" },
	{ .name = "child rekey refused by our module", .act = rekey_untaken,
	  .covered = true, .ike = 1, .pairs = 1,
	  .said = "the peer deleted child" },
	{ .name = "CHILD_SA_NOT_FOUND", .act = rekey_lost, .ike = 1,
	  .pairs = 1,
	  .said = "the peer refused the child: CHILD_SA_NOT_FOUND" },
};

void replay_refused_child(void)
{
	PLAY(openings);
	PLAY(children);
}

/* ---- IKE SAs --------------------------------------------------------------- */

static void rekey_ike_apart(void)
{
	struct conf *c = w.h[1].d.conf;

	c->ike_aead[0] = (struct conf_aead){ IKE_ENCR_CHACHA20_POLY1305, 0,
					     IKE_INTEG_NONE };
	c->n_ike_aead = 1;
	w.h[0].d.conf->n_ike_aead = 1;
	replay_start(0, TASK_REKEY_IKE);
}

/* the peer forgets what IKE_FOLLOWUP_KE would complete */
static void followup_lost(void)
{
	replay_start(0, TASK_REKEY_IKE);
	world_step(&w);
	x_followup_forget(world_sa(&w, 1));
}

static const struct scene inits[] = {
	{ .name = "NO_PROPOSAL_CHOSEN in IKE_SA_INIT", .act = open_one,
	  .fresh = true, .forgets = 1,
	  .said = "not established: no answer to IKE_SA_INIT that can be used" },
};

static const struct scene rekeys[] = {
	{ .name = "IKE rekey refused", .act = rekey_ike_apart, .covered = true,
	  .ike = 1, .pairs = 1,
	  .said = "to be authenticated anew" },
};

static const struct scene followups[] = {
	{ .name = "IKE_FOLLOWUP_KE refused", .act = followup_lost,
	  .covered = true, .ike = 1, .pairs = 1, .said = "STATE_NOT_FOUND" },
};

void replay_refused_ike(void)
{
	PLAY_ON(inits, .conf = "ike = { aead = [\"aes256gcm16\"]; };",
		.conf_1 = "ike = { aead = [\"chacha20poly1305\"]; };");
	PLAY(rekeys);
	PLAY_ON(followups, .conf = "ike = { additional = [\"p256\"]; };");
}

/* ---- groups ---------------------------------------------------------------- */

/* from now on host 1 does no other group */
static void only_p256(void)
{
	w.h[1].d.conf->dh[0] = IKE_DH_ECP_256;
	w.h[1].d.conf->n_dh = 1;
}

/*
 * Our own answer is NO_PROPOSAL_CHOSEN, as we offer one group for a child SA
 * and no other: this is what a peer says that would rather have another.
 */
static struct packet *another_group(const struct packet *p)
{
	static const uint8_t group[2] = { 0, IKE_DH_ECP_256 };
	static uint8_t inner[64];
	const struct ike_notify_desc *n;
	struct packet **last = &w.queue, *other;
	struct ike_sa *sa = world_sa(&w, 0);
	struct ike_build b;
	struct ike_msg m;

	if (p->from != 1 || !sa || !craft_open(sa, p, &m))
		return NULL;
	n = ike_msg_error_find(&m);
	if (!n || n->type != IKE_N_NO_PROPOSAL_CHOSEN)
		return NULL;
	ike_build_inner(&b, inner, sizeof(inner));
	ike_build_notify(&b, IKE_N_INVALID_KE_PAYLOAD, span(group, 2));
	craft_answer(&w, sa, 1, 0, m.hdr.exchange, m.hdr.msgid, &b);
	while ((*last)->next)
		last = &(*last)->next;
	other = *last;
	*last = NULL;
	return other;
}

static void ask_group(void)
{
	only_p256();
	replay_ask(0, 81);
}

static void rekey_group(void)
{
	only_p256();
	replay_start(0, TASK_REKEY);
}

static void rekey_ike_group(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	only_p256();
	replay_start(0, TASK_REKEY_IKE);
}

static const struct scene groups[] = {
	{ .name = "INVALID_KE_PAYLOAD, new child", .act = ask_group,
	  .covered = true, .ike = 1, .pairs = 2, .rewrite = another_group },
	{ .name = "INVALID_KE_PAYLOAD, child rekey", .act = rekey_group,
	  .covered = true, .ike = 1, .pairs = 1, .said = "rekeyed child",
	  .rewrite = another_group },
	{ .name = "INVALID_KE_PAYLOAD, IKE rekey", .act = rekey_ike_group,
	  .covered = true, .ike = 1, .pairs = 1,
	  .said = "CREATE_CHILD_SA: rekeyed #" },
};

void replay_refused_groups(void)
{
	PLAY_ON(groups,
		.conf = "ike = { dh = [\"x25519\", \"p256\"]; }; child = { pfs = true; };");
}
