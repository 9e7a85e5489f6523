// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When SAs are rekeyed, proved anew and ended: in the ranges that btnsd.conf(5)
 * names, at random within them, and to the millisecond at the end.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/usage.h"
#include "btnsd/ike/wire.h"
#include "children.h"
#include "conf_check.h"
#include "world.h"

static struct world w;

#define ROUNDS	25

static void joined(const char *conf)
{
	CHECK(world_two(&w, KEY_ED25519, conf, conf));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_forget_log(&w);
}

/** struct spread - times that were drawn, as thousandths of a lifetime */
struct spread {
	const char *what;
	unsigned int n;
	uint64_t least;
	uint64_t most;
};

/* one more; it lies 5 to 15 percent before the end, or up to 10 */
static void drawn(struct spread *s, uint64_t at, uint64_t life, bool volume)
{
	const unsigned int from = volume ? 900 : 850, to = volume ? 1000 : 950;

	if (!CHECK(at * 1000 >= life * from) || !CHECK(at * 1000 <= life * to))
		ktap_note("%s: %llu of %llu", s->what, (unsigned long long)at,
			  (unsigned long long)life);
	at = at * 1000 / life;
	if (!s->n || at < s->least)
		s->least = at;
	if (at > s->most)
		s->most = at;
	s->n++;
}

/* 50 that all miss the first or the last third of the range: 1 in 10^8 */
static void spread_out(const struct spread *s, bool volume)
{
	const unsigned int from = volume ? 900 : 850;

	CHECK_EQ(s->n, 2 * ROUNDS);
	if (!CHECK(s->least < from + 34) || !CHECK(s->most > from + 66))
		ktap_note("%s: from %llu to %llu", s->what,
			  (unsigned long long)s->least,
			  (unsigned long long)s->most);
}

static void soft(void)
{
	struct spread child = { .what = "child.lifetime" };
	struct spread ike = { .what = "ike.lifetime" };
	struct spread reauth = { .what = "ike.reauth" };
	struct spread bytes = { .what = "ike.bytes" };
	struct spread packets = { .what = "ike.packets" };
	unsigned int i;
	int host;

	for (i = 0; i < ROUNDS; i++) {
		joined(NULL);
		for (host = 0; host < 2; host++) {
			const struct ike_sa *sa = world_sa(&w, host);

			drawn(&child, sa->children->rekey.due - w.now, 3600000,
			      false);
			drawn(&ike, sa->expiry.due - w.now, 14400000, false);
			drawn(&reauth, sa->reauth.due - w.now, 86400000, false);
			drawn(&bytes, sa->usage.soft_bytes, 1u << 30, true);
			drawn(&packets, sa->usage.soft_packets, 1000000, true);
		}
		world_fini(&w);
	}
	spread_out(&child, false);
	spread_out(&ike, false);
	spread_out(&reauth, false);
	spread_out(&bytes, true);
	spread_out(&packets, true);
}

/* the hard ones have no jitter */
static void hard(void)
{
	size_t i;
	int host;

	joined(NULL);
	for (host = 0; host < 2; host++) {
		const struct ike_sa *sa = world_sa(&w, host);
		const struct world_kern *k = &w.h[host].k;

		CHECK_EQ(sa->hard.due - w.now, 14400000 + 1440000 + 60000);
		CHECK_EQ(sa->usage.hard_bytes, 2147483648);
		CHECK_EQ(sa->usage.hard_packets, 2000000);
		CHECK_EQ(sa->children->expiry.due - w.now,
			 3600000 + 180000 + 30000);
		for (i = 0; i < WORLD_SAS; i++)
			if (k->sa[i].used)
				CHECK_EQ(k->sa[i].hard_seconds,
					 3600 + 360 + 60);
	}
	world_fini(&w);
}

static bool no_create_child(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_CREATE_CHILD_SA;
}

static unsigned int outbound(int host)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++)
		n += w.h[host].k.sa[i].used && !w.h[host].k.sa[i].inbound;
	return n;
}

/* a child SA whose rekey never gets through ends, and so does its IKE SA */
static void child_ends(void)
{
	/* ten seconds, half a second and half a minute */
	const uint64_t end = 10000 + 500 + 30000;
	char line[64];
	int i;

	joined("child = { lifetime = 10; }; ike = { retries = 12; dpd = 0; };");
	for (i = 0; i < WORLD_SAS; i++)
		if (w.h[0].k.sa[i].used)
			CHECK_EQ(w.h[0].k.sa[i].hard_seconds, 10 + 1 + 60);
	w.filter = no_create_child;
	snprintf(line, sizeof(line), "child %08x/%08x expired without a rekey",
		 world_sa(&w, 0)->children->spi_in,
		 world_sa(&w, 0)->children->spi_out);
	world_advance(&w, end - 1);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, "expired without a rekey"));
	world_advance(&w, 1);
	CHECK(world_logged(&w, line));
	for (i = 0; i < 2; i++)
		CHECK_EQ(outbound(i), 0);
	/* the unanswered rekey ends what is left */
	world_advance(&w, 200000);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 0);
		CHECK_EQ(w.h[i].k.n_bound, 0);
	}
	world_fini(&w);
}

/* one whose rekey nobody begins: it goes, and it alone */
static void child_alone(void)
{
	struct ike_sa *sa;
	uint32_t spi;

	joined("child = { lifetime = 10; }; ike = { dpd = 0; };");
	sa = world_sa(&w, 0);
	spi = sa->children->spi_in;
	timer_cancel(&sa->children->rekey);
	timer_cancel(&world_sa(&w, 1)->children->rekey);
	world_advance(&w, 10000 + 500 + 30000 - 1);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, 1);
	CHECK(world_logged(&w, "expired without a rekey"));
	CHECK(!child_find_spi_in(sa, spi));
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	world_fini(&w);
}

/* more child SAs than may wait: the next IKE SA takes them all */
static void all_taken(void)
{
	enum { MANY = 100 };

	children_up(&w, NULL, MANY);
	life_renew(w.h[0].d.sas);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_pairs(&w, 0, 1), MANY);
	world_fini(&w);
}

/* more are due at once than may wait */
static void all_rekeyed(void)
{
	enum { MANY = 100 };
	unsigned int n = 0;
	struct child *c;
	uint32_t last;

	children_up(&w, NULL, MANY);
	last = world_sa(&w, 0)->children->id;
	for (c = world_sa(&w, 0)->children; c; c = c->next)
		timer_set(&w.h[0].d.timers, &c->rekey, 1);
	world_advance(&w, 1);
	for (c = world_sa(&w, 0)->children; c; c = c->next)
		n += c->id > last;
	CHECK_EQ(n, IKE_TASKS_MAX);
	world_advance(&w, IKE_AGAIN_MAX_MS);
	CHECK_EQ(world_pairs(&w, 0, 1), MANY);
	for (c = world_sa(&w, 0)->children; c; c = c->next)
		CHECK(c->id > last);
	world_fini(&w);
}

/* a peer that never authenticates anew does not outlive its proof by rekeys */
static bool no_openings(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 0 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_SA_INIT || (hdr.flags & IKE_FLAG_RESPONSE);
}

static void rekeyed_every(unsigned int seconds)
{
	const char *conf = "ike = { reauth = 3600; lifetime = 1200; dpd = 0; };";
	unsigned int i, up = 0;
	struct ike_sa *sa;

	CHECK(world_two(&w, KEY_ED25519, conf, "ike = { reauth = 0; dpd = 0; };"));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	w.filter = no_openings;
	for (i = 0; i < 7200 / seconds; i++) {
		world_advance(&w, seconds * 1000);
		up += world_ike(&w, 0, IKE_ST_ESTABLISHED);
		for (sa = w.h[1].d.sas; sa; sa = sa->next)
			if (sa->state == IKE_ST_ESTABLISHED && !sa->replaced &&
			    !sa->request.len) {
				task_add(sa, TASK_REKEY_IKE);
				fsm_start(sa);
				break;
			}
		world_run(&w);
	}
	/* 3600 seconds, a tenth, and a minute */
	CHECK(up >= 3000 / seconds);
	CHECK(up <= 4020 / seconds);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 0);
	CHECK(world_logged(&w, "its hard limit, of ike.reauth"));
	world_fini(&w);
}

static void old_proof(void)
{
	/* less often than the minutes that are left at the end, and more often */
	rekeyed_every(600);
	rekeyed_every(300);
}

/* what is authenticated anew, and cannot be, is tried again in good time */
static void tried_again(void)
{
	static const struct {
		const char *conf;
		uint64_t ms;
	} tries[] = {
		{ "ike = { reauth = 3600; retries = 2; dpd = 0; };",
		  (360 + 60) * 1000 / 4 },
		{ "ike = { reauth = 86400; retries = 2; dpd = 0; };",
		  14400 * 1000 / 40 },
		/* as a peer that refuses to rekey is, without any limit to meet */
		{ "ike = { reauth = 0; retries = 2; dpd = 0; };",
		  14400 * 1000 / 40 },
	};
	size_t i;
	int n;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		joined(tries[i].conf);
		w.filter = no_openings;
		life_renew(world_sa(&w, 0));
		for (n = 0; n < 3; n++) {
			CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
			while (world_ike(&w, 0, IKE_ST_INIT_SENT))
				world_advance(&w, 1);
			world_advance(&w, tries[i].ms - 1);
			CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 0);
			world_advance(&w, 1);
		}
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		world_fini(&w);
	}
}

static bool no_openings_nor_children(struct world *x, struct packet *p)
{
	return no_openings(x, p) && no_create_child(x, p);
}

/* the peer opens an IKE SA while ours in the place of three have no answer */
static void all_replaced(void)
{
	enum { AT_ONCE, REKEYED, BUSY, CASES };
	unsigned int i, n;

	for (n = 0; n < CASES; n++) {
		/* what came to nothing is tried again before that is over */
		children_hosts(&w, n == BUSY ? "ike = { lifetime = 60; };" :
					       NULL);
		for (i = 0; i < 3; i++)
			children_ask(&w, (uint16_t)(80 + i), true);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 3);
		w.filter = no_openings;
		life_renew(w.h[0].d.sas);
		life_renew(w.h[0].d.sas->next->next);
		life_renew(w.h[0].d.sas->next->next->next->next);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 3);
		/* what it is asked for then has no answer for seconds */
		if (n == BUSY)
			w.filter = no_openings_nor_children;
		life_renew(w.h[1].d.sas);
		world_run(&w);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 0);
		CHECK(world_pairs(&w, 0, 1) >= 3);
		if (n == REKEYED)
			CHECK(world_start(&w, 0, TASK_REKEY_IKE));
		world_advance(&w, 3000);
		w.filter = NULL;
		world_advance(&w, 20000);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), 3);
		CHECK_EQ(world_installed(&w, 0), 6);
		world_fini(&w);
	}
}

static void reload(int host, const char *conf)
{
	struct conf *c = conf_good(conf);

	if (c && !CHECK_EQ(btnsd_reload(&w.h[host].d, c), 0))
		conf_free(c);
}

#define REAUTH(s)	"ike = { reauth = " #s "; dpd = 0; };"

/* 5 to 15 percent before so many seconds after a proof */
static void reauth_in(const struct ike_sa *sa, uint64_t since, uint64_t seconds)
{
	CHECK(timer_pending(&sa->reauth));
	CHECK(sa->reauth.due >= since + seconds * 850);
	CHECK(sa->reauth.due <= since + seconds * 950);
	CHECK_EQ(sa->hard.due, sa->reauth.due + seconds * 100 + 60000);
}

/* what ike.reauth says counts for what is there, from its proof on */
static void reauth_reloaded(void)
{
	const uint64_t hard = 14400000 + 1440000 + 60000;
	struct ike_sa *sa;
	uint64_t since, due;

	joined(REAUTH(3600));
	sa = world_sa(&w, 0);
	since = w.now;
	world_advance(&w, 600000);
	due = sa->reauth.due;
	/* the same once more moves nothing */
	reload(0, REAUTH(3600));
	CHECK_EQ(sa->reauth.due, due);
	reload(0, REAUTH(7200));
	reauth_in(sa, since, 7200);
	reload(0, REAUTH(1800));
	reauth_in(sa, since, 1800);
	reload(0, REAUTH(0));
	CHECK(!timer_pending(&sa->reauth));
	CHECK_EQ(sa->hard.due, since + hard);
	reload(0, REAUTH(3600));
	reauth_in(sa, since, 3600);
	/* its heir has the same, and one that is on its way too */
	task_add(sa, TASK_REKEY_IKE);
	fsm_start(sa);
	reload(0, REAUTH(7200));
	world_run(&w);
	CHECK(sa != world_sa(&w, 0));
	reauth_in(world_sa(&w, 0), since, 7200);
	reload(0, REAUTH(3600));
	reauth_in(world_sa(&w, 0), since, 3600);
	world_fini(&w);
}

#define WITH(s) \
	"ike = { reauth = " #s "; lifetime = 86400; dpd = 0; };" \
	"child = { lifetime = 86400; };"

/* it is never made anew, and does not end for that either */
static void reauth_off(void)
{
	uint32_t id;

	joined(WITH(3600));
	id = world_sa(&w, 0)->id;
	w.filter = no_openings;
	reload(0, WITH(0));
	reload(1, WITH(0));
	world_advance(&w, 8000000);
	CHECK(world_sa(&w, 0) && world_sa(&w, 0)->id == id);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, "hard limit"));
	world_fini(&w);
}

/* what is too old at once has a tenth of the new time, and its hard limit then */
static void reauth_overdue(void)
{
	struct ike_sa *sa;
	uint64_t ups;

	joined(REAUTH(0));
	world_advance(&w, 7200000);
	sa = world_sa(&w, 0);
	ups = w.h[0].d.stats.ike_up;
	reload(0, REAUTH(3600));
	CHECK(timer_pending(&sa->reauth));
	CHECK(sa->reauth.due <= w.now + 360000);
	CHECK_EQ(sa->hard.due, sa->reauth.due + 420000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, 360000);
	CHECK_EQ(w.h[0].d.stats.ike_up, ups + 1);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, "hard limit"));
	world_fini(&w);
}

/* what volume has ended, or a rekey has retired, a reload does not bring back */
static void reauth_ended(void)
{
	struct ike_sa *sa;

	joined(REAUTH(3600));
	sa = world_sa(&w, 0);
	sa->usage.packets = sa->usage.hard_packets;
	usage_sealed(sa, 1);
	reload(0, REAUTH(7200));
	CHECK_EQ(sa->hard.due, w.now);
	world_fini(&w);

	joined(REAUTH(3600));
	sa = world_sa(&w, 0);
	life_retire(sa);
	reload(0, REAUTH(7200));
	CHECK(!timer_pending(&sa->hard));
	CHECK(!timer_pending(&sa->reauth));
	world_fini(&w);
}

static bool nothing(struct world *x, struct packet *p)
{
	(void)x;
	(void)p;
	return false;
}

/* one that is closed has its Delete to wait for, and no other end */
static void closed(void)
{
	struct ike_sa *sa;
	unsigned int sent;
	int busy;

	for (busy = 0; busy < 2; busy++) {
		CHECK(world_two(&w, KEY_ED25519,
				"ike = { reauth = 60; retries = 12; dpd = 0; };",
				"ike = { dpd = 0; };"));
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		sa = world_sa(&w, 0);
		w.filter = nothing;
		/* the Delete waits behind a question */
		if (busy)
			task_add(sa, TASK_LIVENESS);
		fsm_start(sa);
		life_close(sa);
		fsm_start(sa);
		CHECK_EQ(sa->state == IKE_ST_CLOSING, !busy);
		sent = w.sent;
		/* past 60 seconds, a tenth and a minute: nothing but repeats */
		world_advance(&w, 127000);
		CHECK_EQ(w.sent - sent, sa->tries - 1);
		CHECK(!world_logged(&w, "closed: neither"));
		CHECK_EQ(world_ike(&w, 0,
				   busy ? IKE_ST_ESTABLISHED : IKE_ST_CLOSING),
			 1);
		world_fini(&w);
	}
}

/* due while another IKE SA is to take its place, which does not come */
static void while_renewed(void)
{
	uint32_t spi;

	joined("child = { lifetime = 60; }; ike = { retries = 4; dpd = 0; };");
	spi = world_sa(&w, 0)->children->spi_in;
	timer_cancel(&world_sa(&w, 1)->children->rekey);
	world_advance(&w, 48000);
	w.filter = no_openings;
	life_renew(world_sa(&w, 0));
	/* the latest that it can be due */
	world_advance(&w, 9000);
	CHECK(child_find_spi_in(world_sa(&w, 0), spi));
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	world_advance(&w, 20000);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!child_find_spi_in(world_sa(&w, 0), spi));
	CHECK(!world_logged(&w, "expired without a rekey"));
	world_fini(&w);
}

static bool no_answers(struct world *x, struct packet *p)
{
	return p->from != 0 || no_create_child(x, p);
}

/*
 * Due while the peer rekeys it, who then does not take what it has asked for; ours
 * may wait for another exchange until then.
 */
static void while_rekeyed(bool waits)
{
	struct child *c;
	uint32_t spi;

	joined("child = { lifetime = 60; }; ike = { reauth = 0; dpd = 0; };");
	c = world_sa(&w, 0)->children;
	spi = c->spi_in;
	w.filter = no_answers;
	if (waits) {
		/* its answer comes with the rest */
		CHECK(world_start(&w, 0, TASK_LIVENESS));
		life_rekey_due(c);
	}
	CHECK(world_start(&w, 1, TASK_REKEY));
	world_run(&w);
	CHECK(c->rekeyed_by);
	CHECK(!task_find(c->sa, TASK_REKEY, c->id));
	if (!waits)
		life_rekey_due(c);
	/* the peer gets the answer, and has no room */
	w.h[1].k.fail_add = 1;
	w.filter = NULL;
	world_advance(&w, 1000);
	CHECK(!c->rekeyed_by);
	CHECK(child_find_spi_in(world_sa(&w, 0), spi));
	timer_cancel(&world_sa(&w, 1)->children->rekey);
	world_advance(&w, 10000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!child_find_spi_in(world_sa(&w, 0), spi));
	world_fini(&w);
}

static void not_forgotten(void)
{
	while_renewed();
	while_rekeyed(false);
	while_rekeyed(true);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "N03 50 rekeys of each kind lie in the range of the manual, apart",
		  soft },
		{ "N03 K62 hard limits are what the manual says", hard },
		{ "N03 K62 a child SA ends at its hard limit if no rekey gets through",
		  child_ends },
		{ "N03 and alone if nobody has begun one", child_alone },
		{ "N03 100 child SAs go with an IKE SA that is made anew", all_taken },
		{ "N03 and all of them are rekeyed if they are due at once",
		  all_rekeyed },
		{ "N03 no number of rekeys makes a proof younger", old_proof },
		{ "N03 a proof that could not be made anew is tried again in good time",
		  tried_again },
		{ "N03 L16 the peer is first to open one in the place of three: all go",
		  all_replaced },
		{ "N03 a reload's ike.reauth counts from the proof of who is there",
		  reauth_reloaded },
		{ "N03 ... and 0 ends no IKE SA for the old one", reauth_off },
		{ "N03 ... nor does one that is over by then, which is made anew soon",
		  reauth_overdue },
		{ "N03 ... nor does it put off the end of what has come to it",
		  reauth_ended },
		{ "N03 L28 what is closed waits for the answer, and for nothing else",
		  closed },
		{ "N03 K12 a rekey that cannot begin when it is due is not forgotten",
		  not_forgotten },
	};

	return KTAP_RUN(tests);
}
