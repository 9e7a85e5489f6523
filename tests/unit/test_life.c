// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to SAs over time: rekey, deletion, liveness, new IKE SAs in the
 * place of old ones, both ends doing the same at once, a crash of either.
 */
#include "ktap.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "pair.h"

static struct world w;

#define NET	WORLD_NET
#define SOME_KEY \
	"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void two(const char *conf_a, const char *conf_b)
{
	CHECK(world_two(&w, KEY_ED25519, conf_a, conf_b));
}

static uint32_t spi(int host)
{
	return world_sa(&w, host)->children->spi_in;
}

static void rekey_time(void)
{
	uint32_t before;
	int i;

	pair_joined(&w, "child = { lifetime = 100; };", NULL);
	before = spi(0);
	world_advance(&w, 100000);
	pair_exactly(&w, 1, 1);
	CHECK(spi(0) != before);
	for (i = 0; i < 30; i++) {
		world_advance(&w, 100000);
		pair_exactly(&w, 1, 1);
	}
	pair_done(&w);
}

static void rekey_one(bool pfs)
{
	uint32_t before;

	pair_joined(&w, pfs ? "child = { pfs = true; };" : NULL, NULL);
	before = spi(0);
	btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, false);
	pair_covered(&w);
	pair_exactly(&w, 1, 1);
	CHECK(spi(0) != before);
	/* the soft limit of the outbound half, at the other end */
	btnsd_events.expire(&w.h[1].d,
			    world_sa(&w, 1)->children->spi_out,
			    &w.h[0].addr, false);
	pair_covered(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void rekey(void)
{
	rekey_one(false);
	rekey_one(true);
}

static void rekey_other_group(void)
{
	/* our first group is not what the peer wants for the child */
	pair_joined(&w, "ike = { dh = [\"p256\", \"x25519\"]; }; child = { pfs = true; };",
		    "ike = { dh = [\"x25519\", \"p256\"]; };");
	w.h[1].d.conf->dh[0] = IKE_DH_X25519;
	w.h[1].d.conf->n_dh = 1;
	btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, false);
	pair_covered(&w);
	/* only one group is offered for a child: it stays as it was */
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void rekey_both(void)
{
	unsigned int lowest;

	pair_joined(&w, NULL, NULL);
	/* of both questions, then of both answers: to host 0's, and to host 1's */
	for (lowest = 0; lowest < 16; lowest++) {
		uint32_t a = spi(0), b = spi(1);

		world_lowest(lowest % 4);
		btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, false);
		btnsd_events.expire(&w.h[1].d, spi(1), &w.h[1].addr, false);
		pair_covered(&w);
		pair_exactly(&w, 1, 1);
		CHECK(spi(0) != a && spi(1) != b);
		CHECK_EQ(world_sa(&w, 0)->children->initiator, lowest % 2);
	}
	pair_done(&w);
}

static bool drop_once(struct world *x, struct packet *p)
{
	(void)p;
	return x->n[0]++ != x->n[1];
}

static void rekey_both_lossy(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		pair_joined(&w, NULL, NULL);
		w.n[1] = i / 2;
		w.filter = drop_once;
		world_lowest(i % 2);
		btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, false);
		btnsd_events.expire(&w.h[1].d, spi(1), &w.h[1].addr, false);
		world_advance(&w, 30000);
		pair_exactly(&w, 1, 1);
		pair_done(&w);
	}
}

static void delete_child(void)
{
	pair_joined(&w, NULL, NULL);
	life_delete_child(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	pair_exactly(&w, 1, 0);
	/* both at once */
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	life_delete_child(world_sa(&w, 0)->children);
	life_delete_child(world_sa(&w, 1)->children);
	fsm_start(world_sa(&w, 0));
	fsm_start(world_sa(&w, 1));
	world_run(&w);
	pair_exactly(&w, 1, 0);
	pair_done(&w);
}

static void goodbye(void)
{
	pair_joined(&w, NULL, NULL);
	btnsd_goodbye(&w.h[0].d);
	world_run(&w);
	CHECK(btnsd_idle(&w.h[0].d));
	pair_exactly(&w, 0, 0);
	/* it begins nothing any more, and answers nobody */
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK(btnsd_idle(&w.h[0].d));
	pair_done(&w);

	/* both at once */
	pair_joined(&w, NULL, NULL);
	btnsd_goodbye(&w.h[0].d);
	btnsd_goodbye(&w.h[1].d);
	world_run(&w);
	pair_exactly(&w, 0, 0);
	CHECK(btnsd_idle(&w.h[0].d) && btnsd_idle(&w.h[1].d));
	pair_done(&w);
}

static void liveness(void)
{
	unsigned int sent;

	pair_joined(&w, "ike = { dpd = 10; };", "ike = { dpd = 0; };");
	sent = w.sent;
	world_advance(&w, 25000);
	CHECK_EQ(w.sent, sent + 4);
	pair_exactly(&w, 1, 1);
	/* ESP is as good as IKE */
	sent = w.sent;
	for (int i = 0; i < 20; i++) {
		w.h[0].k.sa[0].packets++;
		world_advance(&w, 5000);
	}
	CHECK(w.sent - sent <= 2);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void dead(void)
{
	pair_joined(&w, "ike = { dpd = 10; retries = 2; };", NULL);
	world_acquire(&w, 0, 1, 80);
	world_crash(&w, 1);
	world_advance(&w, 30000);
	CHECK_EQ(w.h[0].k.breaks, 1);
	CHECK_EQ(w.h[0].k.break_reason, BTNS_REASON_PEER_DEAD);
	CHECK_EQ(w.h[0].k.broken.type, BTNS_ID_TYPE_PUBLICKEY);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(!w.h[0].d.sas);
	CHECK(world_logged(&w, "the peer is dead"));
	/* back again, with nothing left of before */
	memset(w.h[1].k.sa, 0, sizeof(w.h[1].k.sa));
	w.h[1].k.n_bound = 0;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

static void address_gone(void)
{
	pair_joined(&w, "ike = { dpd = 10; retries = 2; };", "ike = { dpd = 0; };");
	w.h[0].homeless = true;
	world_advance(&w, 12000);
	/* of the peer that says nothing: its latches stay */
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK_EQ(w.h[0].d.stats.dead, 0);
	CHECK(world_logged(&w, "our address 10.0.0.1 is gone"));
	CHECK(!world_logged(&w, "the peer is dead"));
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(!w.h[0].d.sas);
	/* what is asked for before another address is there fails, and is over */
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 2000);
	CHECK(!w.h[0].d.sas);
	CHECK_EQ(w.h[0].k.breaks, 0);
	/* from the next address the next packet gets its SA */
	CHECK(addr_parse(&w.h[0].addr, "10.0.0.77"));
	w.h[0].homeless = false;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	pair_done(&w);
}

/* listen.addresses does not have it: said as it is, and soon asked for again */
static void address_mute(void)
{
	CHECK(world_two(&w, KEY_ED25519, NULL, NULL));
	w.h[0].mute = true;
	world_acquire(&w, 0, 1, 80);
	CHECK(!w.h[0].d.sas);
	CHECK(world_logged(&w, "not in listen.addresses"));
	CHECK(!world_logged(&w, "no address of this host"));
	CHECK_EQ(w.h[0].d.stats.foreign, 0);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 1);
	world_advance(&w, 6000);
	CHECK_EQ(w.h[0].k.forgotten, 1);
	CHECK_EQ(w.sent, 0);
	pair_done(&w);
}

static bool nothing_arrives(struct world *x, struct packet *p)
{
	(void)x;
	(void)p;
	return false;
}

/* set anew, as a DHCP client does: nothing ends */
static void address_again(void)
{
	pair_joined(&w, "ike = { dpd = 10; retries = 2; };", "ike = { dpd = 0; };");
	w.h[0].homeless = true;
	/* the question after 10 s of silence finds no address, the next one does */
	world_advance(&w, 10100);
	w.h[0].homeless = false;
	world_advance(&w, 5000);
	pair_exactly(&w, 1, 1);
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK(!world_logged(&w, "is gone"));
	pair_done(&w);

	/* or the question is lost, once more it finds none, and then it does */
	pair_joined(&w, "ike = { dpd = 10; retries = 2; };", "ike = { dpd = 0; };");
	w.filter = nothing_arrives;
	world_advance(&w, 10100);
	w.filter = NULL;
	w.h[0].homeless = true;
	world_advance(&w, IKE_RETRANSMIT_MS);
	CHECK(world_sa(&w, 0) && world_sa(&w, 0)->homeless);
	w.h[0].homeless = false;
	world_advance(&w, 5000);
	pair_exactly(&w, 1, 1);
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK(!world_logged(&w, "is gone"));
	pair_done(&w);
}

static void rebooted(void)
{
	/* the peer comes back before it is missed, and begins by itself */
	pair_joined(&w, NULL, NULL);
	world_crash(&w, 1);
	memset(w.h[1].k.sa, 0, sizeof(w.h[1].k.sa));
	w.h[1].k.n_bound = 0;
	world_advance(&w, 1000);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(world_logged(&w, "the peer started anew"));
	world_advance(&w, 2 * IKE_LINGER_MS);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

/* kill -9 and start: make before break, and nothing is missed */
static void restart(int who)
{
	pair_joined(&w, NULL, NULL);
	world_crash(&w, who);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, 3000);
	CHECK(world_up(&w, who, KEY_ED25519, NULL));
	pair_covered(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1 + 0);
	world_advance(&w, 30000);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void restarts(void)
{
	int round;

	restart(0);
	restart(1);
	/* again and again */
	pair_joined(&w, NULL, NULL);
	for (round = 0; round < 5; round++) {
		world_crash(&w, round & 1);
		world_advance(&w, 700);
		CHECK(world_up(&w, round & 1, KEY_ED25519, NULL));
		pair_covered(&w);
		world_advance(&w, 2100);
	}
	world_advance(&w, 30000);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void restart_both(void)
{
	int round;

	pair_joined(&w, NULL, NULL);
	for (round = 0; round < 6; round++) {
		world_crash(&w, 0);
		world_crash(&w, 1);
		world_advance(&w, 500);
		CHECK(world_up(&w, 0, KEY_ED25519, NULL));
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		pair_covered(&w);
		world_advance(&w, 60000);
		pair_exactly(&w, 1, 1);
	}
	pair_done(&w);
}

static void restart_alone(void)
{
	/* nobody answers any more: what was left is taken away, latches break */
	pair_joined(&w, "ike = { retries = 2; };", NULL);
	world_crash(&w, 0);
	world_crash(&w, 1);
	CHECK(world_up(&w, 0, KEY_ED25519, "ike = { retries = 2; };"));
	world_advance(&w, 10000);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(w.h[0].k.breaks >= 1);
	CHECK_EQ(w.h[0].k.break_reason, BTNS_REASON_PEER_DEAD);
	world_fini(&w);
}

static void flush(void)
{
	size_t i;

	pair_joined(&w, NULL, NULL);
	for (i = 0; i < WORLD_SAS; i++)
		w.h[0].k.sa[i].used = false;
	w.h[0].k.n_bound = 0;
	btnsd_events.sa_flushed(&w.h[0].d);
	world_run(&w);
	pair_exactly(&w, 1, 0);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	CHECK_EQ(w.h[0].d.stats.ike_up, 1);
	pair_done(&w);
}

static void one_gone(void)
{
	uint32_t s;

	pair_joined(&w, NULL, NULL);
	s = spi(0);
	btnsd_events.sa_gone(&w.h[0].d, s, &w.h[0].addr);
	world_run(&w);
	pair_exactly(&w, 1, 0);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void several_acquires(void)
{
	int i;

	two(NULL, NULL);
	for (i = 0; i < 8; i++)
		world_acquire(&w, 0, 1, (uint16_t)(80 + i));
	world_run(&w);
	for (i = 0; i < 8; i++)
		world_acquire(&w, 0, 1, (uint16_t)(80 + i));
	world_run(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

/* the responder narrows to the packet: the other packets get their own */
static void several_narrow(void)
{
	int i;

	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_protect(&w, 0);
	for (i = 0; i < 3; i++)
		world_policy(&w, 1, NET, NET, IPPROTO_TCP,
			     (uint16_t)(80 + i), 0, true);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	for (i = 0; i < 3; i++)
		world_acquire(&w, 0, 1, (uint16_t)(80 + i));
	for (i = 0; i < 3; i++)
		world_acquire(&w, 0, 1, (uint16_t)(80 + i));
	world_run(&w);
	pair_exactly(&w, 1, 3);
	CHECK_EQ(w.h[0].k.forgotten, 0);
	pair_done(&w);
}

static void several_policies(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	/* the second while the first is under way; then one more */
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	pair_exactly(&w, 1, 2);
	world_acquire(&w, 1, 0, 81);
	world_run(&w);
	pair_exactly(&w, 1, 3);
	/* a new IKE SA takes all of them along */
	world_advance(&w, 14400000);
	pair_exactly(&w, 1, 3);
	pair_done(&w);
}

static void opened_twice(void)
{
	int round;

	for (round = 0; round < 16; round++) {
		two(NULL, NULL);
		world_acquire(&w, 0, 1, 80);
		world_acquire(&w, 1, 0, 80);
		world_run(&w);
		CHECK(world_pairs(&w, 0, 1) >= 1);
		world_advance(&w, 20000);
		pair_exactly(&w, 1, 1);
		pair_done(&w);
	}
}

static void opened_twice_lossy(void)
{
	unsigned int i;

	for (i = 0; i < 12; i++) {
		two(NULL, NULL);
		w.n[1] = i;
		w.filter = drop_once;
		world_acquire(&w, 0, 1, 80);
		world_acquire(&w, 1, 0, 80);
		world_advance(&w, 40000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
		CHECK_EQ(world_installed(&w, 0), 2 * world_pairs(&w, 0, 1));
		CHECK_EQ(world_installed(&w, 1), 2 * world_pairs(&w, 0, 1));
		pair_done(&w);
	}
}

/* our first request was lost, and the peer comes before it is repeated */
static void overtaken(void)
{
	two(NULL, NULL);
	w.filter = drop_once;
	world_acquire(&w, 0, 1, 80);
	w.filter = NULL;
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	/* what it wanted is there: its own request is not repeated */
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 0);
	CHECK_EQ(w.h[0].d.stats.ike_up, 1);
	pair_exactly(&w, 1, 1);
	world_advance(&w, 40000);
	pair_exactly(&w, 1, 1);
	pair_done(&w);

	/* restarted one after the other, the first asks in vain for a while */
	pair_joined(&w, NULL, NULL);
	world_crash(&w, 0);
	world_crash(&w, 1);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_advance(&w, 100);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	pair_covered(&w);
	world_advance(&w, 40000);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void asked_twice(void)
{
	/* both ask for a child SA in the IKE SA that is there */
	pair_joined(&w, NULL, NULL);
	life_delete_child(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK(world_pairs(&w, 0, 1) >= 1);
	CHECK_EQ(world_installed(&w, 0), 2 * world_pairs(&w, 0, 1));
	CHECK_EQ(world_installed(&w, 1), 2 * world_pairs(&w, 0, 1));
	pair_done(&w);
}

static void renewed(void)
{
	uint32_t id;
	int i;

	pair_joined(&w, "ike = { lifetime = 1000; };", NULL);
	id = world_sa(&w, 0)->id;
	for (i = 0; i < 20; i++) {
		world_advance(&w, 100000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
	pair_exactly(&w, 1, 1);
	CHECK(world_sa(&w, 0)->id != id);
	pair_done(&w);

	/* both at about the same time */
	pair_joined(&w, "ike = { lifetime = 1000; };", "ike = { lifetime = 1000; };");
	for (i = 0; i < 300; i++) {
		world_advance(&w, 20000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
	world_advance(&w, 20000);
	CHECK(world_ike(&w, 0, IKE_ST_ESTABLISHED) <= 2);
	pair_done(&w);
}

/* what the kernel is told of each SA: soft before hard, and not at one time */
static void limits(void)
{
	const struct world_sa *sa[2];
	unsigned int n = 0;
	size_t i;

	pair_joined(&w, "child = { bytes = 1000000; packets = 100000; };", NULL);
	for (i = 0; i < WORLD_SAS; i++)
		if (w.h[0].k.sa[i].used && n < 2)
			sa[n++] = &w.h[0].k.sa[i];
	CHECK_EQ(n, 2);
	for (i = 0; i < n; i++) {
		CHECK(sa[i]->soft_bytes >= 900000);
		CHECK(sa[i]->soft_bytes <= 1000000);
		CHECK_EQ(sa[i]->hard_bytes, 2000000);
		CHECK(sa[i]->soft_packets >= 90000);
		CHECK(sa[i]->soft_packets <= 100000);
		CHECK_EQ(sa[i]->hard_packets, 200000);
		CHECK(sa[i]->hard_seconds > 3600);
	}
	/* 1 in 10^9 */
	CHECK(sa[0]->soft_bytes != sa[1]->soft_bytes ||
	      sa[0]->soft_packets != sa[1]->soft_packets);
	/* at the other end the defaults: none for octets, one for packets */
	for (i = 0; i < WORLD_SAS; i++) {
		if (!w.h[1].k.sa[i].used)
			continue;
		CHECK_EQ(w.h[1].k.sa[i].soft_bytes, 0);
		CHECK_EQ(w.h[1].k.sa[i].hard_bytes, 0);
		CHECK(w.h[1].k.sa[i].soft_packets >= 1800000000);
		CHECK_EQ(w.h[1].k.sa[i].hard_packets, 4000000000u);
	}
	pair_done(&w);
}

/* the hard limit: the kernel has deleted one SA of a pair */
static void hard_limit(void)
{
	pair_joined(&w, NULL, NULL);
	btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, true);
	world_run(&w);
	pair_exactly(&w, 1, 0);
	pair_done(&w);
}

static void idle_ends(void)
{
	pair_joined(&w, "ike = { lifetime = 100; };", NULL);
	life_delete_child(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	world_advance(&w, 200000);
	pair_exactly(&w, 0, 0);
	pair_done(&w);
}

static void rekey_unknown(void)
{
	struct child *c;

	pair_joined(&w, NULL, NULL);
	/* the peer has lost the child without telling */
	c = world_sa(&w, 1)->children;
	child_gone(c, false);
	btnsd_events.expire(&w.h[0].d, spi(0), &w.h[0].addr, false);
	world_run(&w);
	CHECK(world_logged(&w, "CHILD_SA_NOT_FOUND"));
	/* which has made another */
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void reload(void)
{
	char err[CONF_ERR_MAX];
	struct conf *c;

	pair_joined(&w, NULL, NULL);
	c = conf_read_string("pad = ( { name = \"x\"; id = \"fqdn:x.example\"; key = \"" SOME_KEY
			     "\"; } );", err);
	CHECK(c && !btnsd_reload(&w.h[1].d, c));
	world_run(&w);
	/* the PAD in force knows nobody any more */
	pair_exactly(&w, 0, 0);
	pair_done(&w);
}

static void timers_left(void)
{
	/* an unanswered question does not keep anything for ever */
	two("ike = { retries = 3; };", NULL);
	world_crash(&w, 1);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 60000);
	CHECK(!w.h[0].d.sas);
	CHECK(timer_next(&w.h[0].d.timers) < 0);
	CHECK(world_logged(&w, "no answer to IKE_SA_INIT"));
	CHECK_EQ(w.h[0].d.stats.retransmits, 3);
	world_fini(&w);
}

/* what came to nothing may be asked again, but not at once */
static void asked_again(void)
{
	two("ike = { retries = 1; };", NULL);
	CHECK_EQ(w.h[0].k.forgotten_all, 1);
	world_crash(&w, 1);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 2000);
	CHECK(!w.h[0].d.sas);
	CHECK_EQ(w.h[0].k.forgotten, 0);
	world_advance(&w, 5000);
	CHECK_EQ(w.h[0].k.forgotten, 1);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_advance(&w, 20000);
	pair_exactly(&w, 1, 1);
	CHECK_EQ(w.h[0].k.forgotten, 1);
	/* the peer refuses the child, and the IKE SA stays */
	w.h[1].k.n_policies = 0;
	life_delete_child(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_advance(&w, 6000);
	pair_exactly(&w, 1, 0);
	CHECK_EQ(w.h[0].k.forgotten, 2);
	pair_done(&w);
}

/* a policy for the host's own address too: it has nobody to negotiate with */
static void with_itself(void)
{
	world_init(&w);
	world_pad_any(&w, 0);
	world_protect(&w, 0);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	world_acquire(&w, 0, 0, 80);
	world_run(&w);
	CHECK(!w.h[0].d.sas);
	CHECK(world_logged(&w,
			   "acquire for 10.0.0.1/32[40000] -> 10.0.0.1/32[80] proto 6: "
			   "not between two hosts, or outside its policy: "
			   "10.0.0.0/24[any] -> 10.0.0.0/24[any] proto 0, reqid 7"));
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "no IKE SA with ourselves", with_itself },
		{ "N03 K12 child SAs are rekeyed before they expire", rekey_time },
		{ "N03 K12 a rekey is never without a pair, with and without PFS",
		  rekey },
		{ "N03 a rekey that the peer refuses leaves the child as it was",
		  rekey_other_group },
		{ "N03 K13 both ends rekey at once: one pair is left", rekey_both },
		{ "N03 K13 both ends rekey at once and a message is lost",
		  rekey_both_lossy },
		{ "L28 K33 a child is deleted on both sides, also by both at once",
		  delete_child },
		{ "L28 K33 good-bye: the peer deletes what it has", goodbye },
		{ "L19 K05 a silent peer is asked for life, a busy one is not",
		  liveness },
		{ "L19 K05 a dead peer's latches are broken for good", dead },
		{ "L19 our own address goes: no peer is dead, no latch breaks, another serves",
		  address_gone },
		{ "our own address is set anew: nothing ends", address_again },
		{ "an address that btnsd does not listen on begins nothing, and that is said",
		  address_mute },
		{ "K06 a rebooted peer begins anew: INITIAL_CONTACT", rebooted },
		{ "L16 kill -9 and restart: make before break", restarts },
		{ "L16 both are killed and restarted at once", restart_both },
		{ "L16 L19 restart without a peer: latches are broken",
		  restart_alone },
		{ "L28 N03 state flush: the peer is told, the IKE SA stays",
		  flush },
		{ "L28 K33 one SA of a pair is deleted: so are all four", one_gone },
		{ "L25 several acquires make one child SA", several_acquires },
		{ "L25 acquires that a narrowed child does not cover get their own",
		  several_narrow },
		{ "N03 several child SAs, and all move to the next IKE SA",
		  several_policies },
		{ "both open at once: one IKE SA is left", opened_twice },
		{ "both open at once and a message is lost",
		  opened_twice_lossy },
		{ "L16 both open, and the second is done before the first begins",
		  overtaken },
		{ "both ask for a child SA at once", asked_twice },
		{ "N03 an IKE SA is made anew before its lifetime ends",
		  renewed },
		{ "N03 K62 each SA has soft and hard limits in octets, packets and time",
		  limits },
		{ "N03 K62 L28 at the hard limit of an SA its pair goes", hard_limit },
		{ "an IKE SA without child SAs ends with its lifetime",
		  idle_ends },
		{ "K15 a rekey of a child that the peer lost", rekey_unknown },
		{ "U12 T11 reload: a peer that is no longer known goes",
		  reload },
		{ "L25 what came to nothing is asked again after a while",
		  asked_again },
		{ "K01 nothing is left of an exchange without an answer",
		  timers_left },
	};

	return KTAP_RUN(tests);
}
