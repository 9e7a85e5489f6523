// SPDX-License-Identifier: GPL-2.0-or-later
/* What a peer asks for while that ends, or is replaced, already. */
#include "ktap.h"

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/msg.h"
#include "children.h"
#include "craft.h"
#include "pair.h"

static struct world w;

static bool is_info(const struct packet *p)
{
	struct ike_hdr hdr;

	return world_hdr(p, &hdr) && hdr.exchange == IKE_INFORMATIONAL;
}

static bool no_info_from_0(struct world *x, struct packet *p)
{
	(void)x;
	return p->from != 0 || !is_info(p);
}

/* counts Deletes, of requests and of answers */
static bool count_deletes(struct world *x, struct packet *p)
{
	const struct ike_sa *sa = world_sa(x, 0);
	static struct ike_msg m;

	if (is_info(p) && CHECK(sa && craft_open(sa, p, &m)))
		x->n[!!(m.hdr.flags & IKE_FLAG_RESPONSE)] += m.n_deletes;
	return true;
}

/* each has said that its half goes: there is no other half to tell of */
static void both_delete(void)
{
	pair_joined(&w, NULL, NULL);
	w.filter = count_deletes;
	CHECK(world_start(&w, 0, TASK_DELETE_CHILD));
	CHECK(world_start(&w, 1, TASK_DELETE_CHILD));
	world_run(&w);
	CHECK_EQ(w.n[0], 2);
	CHECK_EQ(w.n[1], 0);
	pair_exactly(&w, 1, 0);
	pair_done(&w);
	/* one alone does not know the other half */
	pair_joined(&w, NULL, NULL);
	w.filter = count_deletes;
	CHECK(world_start(&w, 0, TASK_DELETE_CHILD));
	world_run(&w);
	CHECK_EQ(w.n[0], 1);
	CHECK_EQ(w.n[1], 1);
	pair_exactly(&w, 1, 0);
	pair_done(&w);
}

/*
 * A peer that rekeys and never deletes what it has replaced: host 0, which thinks
 * no more of the Delete that host 1 does not hear.
 */
static struct child *rekeyed(void)
{
	struct ike_sa *sa;
	struct child *old;

	pair_joined(&w, NULL, NULL);
	sa = world_sa(&w, 0);
	old = sa->children;
	w.filter = no_info_from_0;
	CHECK(world_start(&w, 0, TASK_REKEY));
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 4);
	if (!CHECK_EQ(old->state, CHILD_DELETING) || !CHECK(sa->request.len))
		return NULL;
	old->state = CHILD_INSTALLED;
	msg_forget_request(sa);
	task_pop(sa);
	world_forget_log(&w);
	return old;
}

static void is_refused(struct child *c, const char *why)
{
	if (!c)
		return;
	life_rekey(c);
	fsm_start(c->sa);
	world_run(&w);
	CHECK(world_logged(&w, why));
	CHECK(world_logged(&w, "the peer refused the child: TEMPORARY_FAILURE"));
	CHECK_EQ(world_installed(&w, 1), 4);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	world_fini(&w);
}

static void rekeyed_twice(void)
{
	struct child *old = rekeyed();

	is_refused(old, "was rekeyed already");
	old = rekeyed();
	/* nor what has taken its place */
	is_refused(old ? old->sa->children : NULL,
		   "replaces another, which is not deleted yet");
}

/* our Delete of the IKE SA waits for an answer to another request */
static void ends(bool rekey)
{
	children_up(&w, NULL, 1);
	w.filter = no_info_from_0;
	CHECK(world_start(&w, 1, TASK_LIVENESS));
	CHECK(world_start(&w, 1, TASK_DELETE_IKE));
	CHECK(sa_ends(world_sa(&w, 1)));
	world_forget_log(&w);
	if (rekey)
		CHECK(world_start(&w, 0, TASK_REKEY));
	else
		children_ask(&w, 2, false);
	world_run(&w);
	CHECK(world_logged(&w, "the IKE SA is being closed or replaced"));
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	w.filter = NULL;
	world_advance(&w, 2000);
	pair_exactly(&w, 0, 0);
	pair_done(&w);
}

static void too_late(void)
{
	ends(false);
	ends(true);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K33 K15 both delete a child SA at once: no answer names its other half",
		  both_delete },
		{ "K15 K12 a child SA is rekeyed once, and its heir when it is gone",
		  rekeyed_twice },
		{ "K15 nothing new in an IKE SA whose Delete waits", too_late },
	};

	return KTAP_RUN(tests);
}
