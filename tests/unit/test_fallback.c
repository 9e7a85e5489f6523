// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fallback to clear of the group private-or-clear: for whom it begins, for whom
 * it never does, and what ends it.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>

#include "btnsd/groups.h"
#include "btnsd/ike/parse.h"
#include "conf_check.h"
#include "craft.h"
#include "world.h"

static struct world w;

#define PRIVATE	"groups = { private = [ \"10.0.0.0/24\" ]; };"
#define EITHER(fallback) \
	"ike = { retries = 2; }; groups = { private_or_clear = [ \"10.0.0.0/24\" ];" \
	" fallback = { wait = 300; " fallback " }; };"
/* 500 + 1000 + 2000 ms */
#define GIVEN_UP	3600

static void up(int host, const char *conf)
{
	world_pad_any(&w, host);
	CHECK(world_up(&w, host, KEY_ED25519, conf));
}

/* the fallbacks that a host has */
static unsigned int in_clear(int host)
{
	const struct world_kern *k = &w.h[host].k;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < k->n_policies; i++)
		if (k->policy[i].priority == LBTNS_GROUP_PRIO_FALLBACK)
			n++;
	return n;
}

static void silence(void)
{
	const struct kern_policy *p = w.h[0].k.policy;

	world_init(&w);
	up(0, EITHER("seconds = 20;"));
	CHECK_EQ(w.h[0].k.n_policies, 3);
	CHECK(!p[0].optional != !p[1].optional);
	world_acquire(&w, 0, 1, 80);
	/* not before every request has gone without an answer */
	world_advance(&w, 3400);
	CHECK_EQ(in_clear(0), 0);
	world_advance(&w, GIVEN_UP - 3400);
	CHECK_EQ(in_clear(0), 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 1);
	CHECK(world_logged(&w, "FALLBACK: in the clear for 20 seconds") &&
	      world_logged(&w, "no answer to"));
	/* for these two hosts alone, first of all, and one direction */
	CHECK(addr_equal(&p[0].sel.remote, &w.h[1].addr) &&
	      addr_equal(&p[0].sel.local, &w.h[0].addr));
	CHECK_EQ(p[0].sel.remote_plen, 32);
	CHECK_EQ(p[0].sel.local_plen, 32);
	CHECK(!p[0].inbound && p[0].fallback && p[0].action == KERN_BYPASS);
	CHECK_EQ(p[0].seconds, 20);
	/* the kernel ends it, with or without btnsd */
	world_crash(&w, 0);
	world_advance(&w, 19000);
	CHECK_EQ(in_clear(0), 1);
	CHECK(world_up(&w, 0, KEY_ED25519, EITHER("seconds = 3600;")));
	CHECK_EQ(in_clear(0), 1);
	world_advance(&w, 1000);
	CHECK_EQ(in_clear(0), 0);
	/* and it is asked anew */
	world_forget_log(&w);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(in_clear(0), 1);
	CHECK_EQ(p[0].seconds, 3600);
	world_fini(&w);
}

static bool no_auth(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_AUTH;
}

#define SHORT(fallback) \
	"groups = { private_or_clear = [ \"10.0.0.0/24\" ];" \
	" fallback = { " fallback " }; };"

/* who does not answer is fallen back for before all questions are asked */
static void waits(void)
{
	unsigned int i, n = 0;

	world_init(&w);
	up(0, SHORT(""));
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 1900);
	CHECK_EQ(in_clear(0), 0);
	/* another packet does not begin the wait anew */
	world_acquire(&w, 0, 1, 81);
	world_advance(&w, 200);
	CHECK_EQ(in_clear(0), 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 1);
	CHECK(world_logged(&w, "no answer to IKE_SA_INIT for 2 seconds"));
	/* and is still asked; once it answers, the fallback is over */
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 0);
	world_policy(&w, 1, "10.0.0.0/24", "10.0.0.0/24", 0, 0, 0, true);
	up(1, "");
	world_advance(&w, 2000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);

	/* it has answered, and somebody drops its IKE_AUTH: that is waited for */
	world_init(&w);
	up(0, SHORT(""));
	up(1, "");
	w.filter = no_auth;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 20000);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_AUTH_SENT), 1);
	CHECK_EQ(in_clear(0), 0);
	world_advance(&w, 15000);
	CHECK_EQ(in_clear(0), 1);
	CHECK(world_logged(&w, "no answer to IKE_AUTH"));
	world_fini(&w);

	/* the question takes longer than the fallback */
	world_init(&w);
	up(0, SHORT("wait = 4; seconds = 3;"));
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 3900);
	CHECK_EQ(in_clear(0), 0);
	world_advance(&w, 200);
	CHECK_EQ(in_clear(0), 1);
	for (i = 0; i < 40; i++) {
		world_advance(&w, 500);
		n += in_clear(0);
	}
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	CHECK(n > 20 && n < 40);
	world_fini(&w);
}

static void bounded(void)
{
	world_init(&w);
	up(0, EITHER("max = 1;"));
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 0, 2, 80);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(in_clear(0), 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks_refused, 1);
	CHECK(world_logged(&w, "there are 1, which is the limit"));
	/* the next has its turn when that one is over */
	world_advance(&w, 60000);
	CHECK_EQ(in_clear(0), 0);
	world_acquire(&w, 0, 2, 80);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(in_clear(0), 1);
	world_fini(&w);
}

/* a peer that is not there, or has this configuration and a policy */
static void against(const char *conf, bool falls)
{
	world_init(&w);
	up(0, EITHER(""));
	world_protect(&w, 1);
	if (conf)
		up(1, conf);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(in_clear(0), falls);
}

static void refused(void)
{
	/* a peer that knows no such traffic */
	against(NULL, true);
	world_fini(&w);
	against("", false);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
	world_init(&w);
	up(0, EITHER(""));
	up(1, "");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(in_clear(0), 1);
	CHECK(world_logged(&w, "the peer refused the child"));
	world_fini(&w);
	/* one that does not want us */
	world_init(&w);
	up(0, EITHER(""));
	CHECK(world_up(&w, 1, KEY_ED25519, ""));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(in_clear(0), 1);
	CHECK(world_logged(&w, "the peer refused us"));
	world_fini(&w);
}

/* the peer's kernel has no room, however often it is asked */
static bool no_room(struct world *x, struct packet *p)
{
	(void)p;
	x->h[1].k.fail_add = 1;
	return true;
}

/* "not now" is an answer of who negotiates */
static void busy(void)
{
	world_init(&w);
	up(0, EITHER(""));
	up(1, "");
	world_protect(&w, 1);
	w.filter = no_room;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 120000);
	CHECK(world_logged(&w, "the peer refused the child: TEMPORARY_FAILURE"));
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 0);
	CHECK_EQ(in_clear(0), 0);
	/* as soon as it has room, what is asked for is protected */
	w.filter = NULL;
	w.h[1].k.fail_add = 0;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

/* one that we do not want: who it is, is not who it should be */
static void impostor(void)
{
	world_init(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, EITHER("")));
	up(1, "");
	world_protect(&w, 1);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 60000);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 1);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 0);
	world_fini(&w);
}

/* its key exchange value becomes none that there is */
static void spoil(struct packet *p)
{
	struct ike_parse_fail fail;
	struct ike_msg m;

	if (CHECK(!ike_parse_outer(span(p->data, p->len), &m, &fail)) &&
	    CHECK(m.ke.present))
		memset(p->data + (m.ke.data.data - p->data), 0, m.ke.data.len);
}

static bool is_answer(const struct packet *p)
{
	struct ike_hdr hdr;

	return world_hdr(p, &hdr) && hdr.exchange == IKE_SA_INIT &&
	       hdr.flags & IKE_FLAG_RESPONSE;
}

/* all that comes is what somebody made up */
static bool forge_all(struct world *x, struct packet *p)
{
	(void)x;
	if (is_answer(p))
		spoil(p);
	return true;
}

/* somebody is faster than the peer */
static bool forge_first(struct world *x, struct packet *p)
{
	struct packet *copy;

	if (is_answer(p) && !x->n[0]++) {
		copy = world_copy(p);
		spoil(copy);
		/* of another IKE SA and nonce, too */
		copy->data[8] ^= 1;
		world_queue(x, copy);
	}
	return true;
}

static void forged(void)
{
	world_init(&w);
	up(0, EITHER(""));
	world_protect(&w, 1);
	up(1, "");
	w.filter = forge_first;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(w.n[0], 1);
	CHECK_EQ(in_clear(0), 0);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
	/* without a peer it is as good as silence, and takes as long */
	world_init(&w);
	up(0, EITHER(""));
	up(1, "");
	w.filter = forge_all;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 3400);
	CHECK_EQ(in_clear(0), 0);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 0);
	world_advance(&w, GIVEN_UP - 3400);
	CHECK_EQ(in_clear(0), 1);
	CHECK(world_logged(&w, "no answer to"));
	world_fini(&w);
}

static bool no_intermediate(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_INTERMEDIATE ||
	       !(hdr.flags & IKE_FLAG_RESPONSE);
}

/* under our keys: a refusal counts, what is of no use does not */
static void intermediate(bool refuses)
{
	static uint8_t buf[256];
	const uint8_t value[64] = { 0 };
	struct ike_build b;

	world_init(&w);
	up(0, "ike = { retries = 2; additional = [\"p256\"]; };"
	      "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };");
	up(1, "ike = { additional = [\"p256\"]; };");
	w.filter = no_intermediate;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INTERMEDIATE_SENT), 1);
	ike_build_inner(&b, buf, sizeof(buf));
	if (refuses)
		ike_build_notify(&b, IKE_N_NO_PROPOSAL_CHOSEN, span(NULL, 0));
	else
		ike_build_ke(&b, IKE_DH_ECP_256, span(value, sizeof(value)));
	craft_answer(&w, w.h[0].d.sas, 1, 0, IKE_INTERMEDIATE, 1, &b);
	world_run(&w);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 1);
	CHECK_EQ(in_clear(0), refuses);
	world_fini(&w);
}

static void under_keys(void)
{
	intermediate(true);
	CHECK(world_logged(&w,
			   "the peer refused the additional key exchange by ECP_256: "
			   "NO_PROPOSAL_CHOSEN"));
	intermediate(false);
	CHECK(world_logged(&w, "its additional key exchange value"));
}

static void never(void)
{
	size_t i;
	static const char *const conf[] = {
		"ike = { retries = 2; };" PRIVATE,
		"ike = { retries = 2; };"
		" groups = { private = [ \"10.0.0.2\" ]; fallback = { wait = 1; };"
		" private_or_clear = [ \"10.0.0.0/24\" ]; };",
		"ike = { retries = 2; }; groups = { private = [ \"10.0.0.2\" ];"
		" private_or_clear = [ \"10.0.0.0/24\" ]; };",
		"ike = { retries = 2; }; groups = { };",
		"ike = { retries = 2; };",
	};

	for (i = 0; i < sizeof(conf) / sizeof(conf[0]); i++) {
		world_init(&w);
		up(0, conf[i]);
		world_protect(&w, 0);
		world_acquire(&w, 0, 1, 80);
		world_advance(&w, GIVEN_UP);
		CHECK_EQ(w.h[0].d.stats.ike_failed, 1);
		CHECK_EQ(in_clear(0), 0);
		world_fini(&w);
	}
	/* nor for a policy of the administrator's own before the group's */
	world_init(&w);
	up(0, EITHER(""));
	world_protect(&w, 0);
	w.h[0].k.policy[0] = w.h[0].k.policy[2];
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 1);
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);
}

/* who is at the other end of a tunnel is not who the traffic is for */
static void tunnel(void)
{
	size_t i;

	world_init(&w);
	up(0, EITHER(""));
	for (i = 0; i < w.h[0].k.n_policies; i++)
		w.h[0].k.policy[i].tunnel = true;
	world_acquire(&w, 0, 1, 80);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(w.h[0].d.stats.ike_failed, 1);
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);
}

/* the peer protects one port, and refuses another */
static void beside_sas(void)
{
	world_init(&w);
	up(0, EITHER(""));
	up(1, "");
	world_policy(&w, 1, "10.0.0.2", "10.0.0.0/24", IPPROTO_TCP, 80, 0,
		     true);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	CHECK_EQ(w.h[0].d.stats.child_failed, 1);
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);
}

/* an earlier btnsd has left SAs, and the peer refuses new ones */
static void beside_orphans(void)
{
	int same;

	for (same = 0; same < 2; same++) {
		world_init(&w);
		up(0, EITHER(""));
		up(1, "");
		world_policy(&w, 1, "10.0.0.2", "10.0.0.0/24", IPPROTO_TCP, 80,
			     0, true);
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		world_crash(&w, 0);
		w.h[1].k.n_policies = 0;
		w.h[1].d.spd.stale = true;
		CHECK(world_up(&w, 0, KEY_ED25519, EITHER("")));
		world_run(&w);
		CHECK(w.h[0].d.orphans);
		world_acquire(&w, 0, 1, same ? 80 : 81);
		world_run(&w);
		CHECK(w.h[0].d.stats.child_failed);
		CHECK_EQ(in_clear(0), 0);
		/* with them goes the reason */
		btnsd_events.sa_flushed(&w.h[0].d);
		world_advance(&w, 6000);
		world_acquire(&w, 0, 1, 81);
		world_run(&w);
		CHECK_EQ(in_clear(0), 1);
		world_fini(&w);
	}
}

static void comes_up(void)
{
	against(NULL, true);
	/* the peer has a btnsd now, and asks by itself */
	up(1, "");
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(in_clear(0), 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(world_logged(&w, "no longer in the clear: the peer negotiates"));
	world_fini(&w);
}

/* in a group that does not fall back any more, at once */
static void regrouped(void)
{
	struct groups_plan plan;
	struct conf *c;

	against(NULL, true);
	c = conf_good(EITHER(""));
	CHECK(!groups_plan(c, w.h[0].k.policy, w.h[0].k.n_policies, false, &plan));
	CHECK_EQ(plan.n, 0);
	groups_plan_free(&plan);
	CHECK(!btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(in_clear(0), 1);
	c = conf_good(PRIVATE);
	CHECK(!groups_plan(c, w.h[0].k.policy, w.h[0].k.n_policies, false, &plan));
	CHECK(plan.n == 4 && plan.op[0].step == GROUPS_UNFALL);
	groups_plan_free(&plan);
	CHECK(!btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);
}

/* without a word of groups nothing falls back, and nothing stays so */
static void dropped(void)
{
	struct kern_policy p;

	against(NULL, true);
	p = w.h[0].k.policy[0];
	CHECK_EQ(p.priority, LBTNS_GROUP_PRIO_FALLBACK);
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	CHECK_EQ(in_clear(0), 0);
	CHECK_EQ(w.h[0].k.n_policies, 3);
	CHECK(world_logged(&w, "there are no \"groups\""));
	/* one that could not be deleted then: a peer that negotiates ends it */
	CHECK_EQ(world_put_policy(&w.h[0].k, &p, false), 0);
	w.h[0].d.spd.stale = true;
	CHECK_EQ(in_clear(0), 1);
	up(1, "");
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(in_clear(0), 0);
	world_fini(&w);
	/* and it does not outlast a restart without */
	against(NULL, true);
	world_crash(&w, 0);
	up(0, "");
	CHECK_EQ(in_clear(0), 0);
	CHECK_EQ(w.h[0].k.n_policies, 3);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 private-or-clear: in the clear if nobody answers, for a time", silence },
		{ "U02 ... soon, and while it is still asked", waits },
		{ "U02 not more fallbacks than their limit", bounded },
		{ "U02 a peer that refuses is fallen back for", refused },
		{ "U02 a peer that has no room at the moment is not", busy },
		{ "U02 B04 a peer that we refuse is not", impostor },
		{ "U02 nor for one that answers with what anybody could send", forged },
		{ "U02 nor for a key exchange that comes to nothing", under_keys },
		{ "U02 no other group falls back, nor policies of others", never },
		{ "U02 nor what goes through a tunnel", tunnel },
		{ "U02 nothing that is protected is uncovered by a fallback", beside_sas },
		{ "U02 ... nor what SAs of an earlier btnsd protect", beside_orphans },
		{ "U02 a peer that negotiates ends its fallback", comes_up },
		{ "U02 so does another group", regrouped },
		{ "U02 and the loss of all groups", dropped },
	};

	return KTAP_RUN(tests);
}
