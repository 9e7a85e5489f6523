// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer refuses child SAs, or puts them off: what is asked again, when, in which
 * IKE SA, and that it is not asked without an end. Host 1 is such a peer, as no
 * btnsd is: its refusals are made by hand.
 */
#include "ktap.h"

#include <netinet/in.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "pair.h"
#include "world.h"

static struct world w;

/* what host 1 says to each CREATE_CHILD_SA for a child SA, 0 for nothing */
static uint16_t say;
/* and to the child SA of IKE_AUTH */
static uint16_t say_first;
/* how often it did, and IKE SAs that host 0 has begun */
static unsigned int refused, begun;

/* host 1's end of an IKE SA */
static struct ike_sa *theirs(const struct ike_hdr *hdr)
{
	struct ike_sa *sa;

	for (sa = w.h[1].d.sas; sa; sa = sa->next)
		if (sa->spi_i == hdr->spi_i && sa->spi_r == hdr->spi_r)
			return sa;
	return NULL;
}

static void answer(struct ike_sa *sa, const struct ike_hdr *hdr,
		   struct ike_build *b, uint16_t notify)
{
	ike_build_notify(b, notify, span(NULL, 0));
	craft_answer(&w, sa, 1, 0, hdr->exchange, hdr->msgid, b);
	refused++;
}

/* the answer to IKE_AUTH without the child SA that it had */
static bool bare(struct ike_sa *sa, const struct packet *p)
{
	static uint8_t inner[8192];
	struct ike_build b;
	struct ike_msg m;
	unsigned int i;

	if (!craft_open(sa, p, &m) || !m.sa.present)
		return true;
	ike_build_inner(&b, inner, sizeof(inner));
	ike_build_id(&b, IKE_PLD_IDR, m.idr.type, m.idr.data);
	for (i = 0; i < m.n_certs; i++)
		ike_build_cert(&b, m.cert[i].encoding, m.cert[i].data);
	ike_build_auth(&b, m.auth.method, m.auth.data);
	answer(sa, &m.hdr, &b, say_first);
	child_gone(sa->children, false);
	return false;
}

static bool refuse(struct world *x, struct packet *p)
{
	static uint8_t inner[64];
	struct ike_build b;
	struct ike_hdr hdr;
	struct ike_sa *sa;
	bool response;

	(void)x;
	if (!world_hdr(p, &hdr))
		return true;
	response = hdr.flags & IKE_FLAG_RESPONSE;
	begun += !p->from && !response && hdr.exchange == IKE_SA_INIT;
	sa = theirs(&hdr);
	if (sa && p->from == 1 && response && hdr.exchange == IKE_AUTH &&
	    say_first)
		return bare(sa, p);
	if (!sa || p->from || response || !say ||
	    hdr.exchange != IKE_CREATE_CHILD_SA)
		return true;
	CHECK_EQ(hdr.msgid, sa->recv_mid);
	sa->recv_mid++;
	ike_build_inner(&b, inner, sizeof(inner));
	answer(sa, &hdr, &b, say);
	return false;
}

/* what goes to and from each of these ports is protected apart from the others */
#define PORTS	5

static void joined(const char *conf)
{
	uint16_t port;
	int i;

	say = 0;
	say_first = 0;
	refused = 0;
	begun = 0;
	world_init(&w);
	w.filter = refuse;
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		for (port = 80; port < 80 + PORTS; port++) {
			world_policy(&w, i, WORLD_NET, WORLD_NET, IPPROTO_TCP,
				     0, port, true);
			world_policy(&w, i, WORLD_NET, WORLD_NET, IPPROTO_TCP,
				     port, 0, true);
		}
		CHECK(world_up(&w, i, KEY_ED25519, i ? NULL : conf));
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

static struct child *child(void)
{
	struct ike_sa *sa = world_sa(&w, 0);

	return sa ? sa->children : NULL;
}

static uint32_t spi(void)
{
	return child() ? child()->spi_in : 0;
}

static void rekey(void)
{
	if (CHECK(world_start(&w, 0, TASK_REKEY)))
		world_run(&w);
}

static void ask(uint16_t port)
{
	world_acquire(&w, 0, 1, port);
	world_run(&w);
}

/* so many seconds, with a pair at each of them */
static void covered(unsigned int seconds)
{
	while (seconds--) {
		world_advance(&w, 1000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
}

/* so many seconds, in which the kernel asks as often as it may */
static void asked(unsigned int seconds, uint16_t port)
{
	for (; seconds > 5; seconds -= 6) {
		ask(port);
		world_advance(&w, 6000);
	}
}

/* ---- NO_ADDITIONAL_SAS --------------------------------------------------- */

static void rekey_elsewhere(void)
{
	unsigned int round;
	uint32_t before;

	joined("child = { lifetime = 100; };");
	say = IKE_N_NO_ADDITIONAL_SAS;
	for (round = 1; round <= 5; round++) {
		before = spi();
		covered(100);
		pair_exactly(&w, 1, 1);
		CHECK(spi() && spi() != before);
		CHECK(begun > round / 2 && begun <= 2 + round * 4 / 3);
	}
	CHECK(!world_logged(&w, "expired without a rekey"));
	pair_done(&w);
}

static void rekey_many_elsewhere(void)
{
	joined(NULL);
	ask(81);
	ask(82);
	pair_exactly(&w, 1, 3);
	/* it counts those of an IKE SA: a new one has room for all */
	say = IKE_N_NO_ADDITIONAL_SAS;
	if (CHECK(world_start(&w, 0, TASK_REKEY)))
		CHECK(world_step(&w));
	say = 0;
	world_run(&w);
	pair_exactly(&w, 1, 3);
	CHECK_EQ(begun, 2);
	CHECK_EQ(refused, 1);
	pair_done(&w);
}

static void traffic_elsewhere(void)
{
	joined("ike = { per_address = 3; };");
	say = IKE_N_NO_ADDITIONAL_SAS;
	ask(81);
	pair_exactly(&w, 2, 2);
	CHECK_EQ(refused, 1);
	/* one at a time: what comes too early may be asked for again */
	ask(82);
	pair_exactly(&w, 2, 2);
	CHECK(world_logged(&w, "refused: the peer takes no more child SAs"));
	world_advance(&w, 6000);
	CHECK_EQ(w.h[0].k.forgotten, 1);
	ask(82);
	pair_exactly(&w, 3, 3);
	/* and not without an end */
	asked(600, 83);
	pair_exactly(&w, 3, 3);
	CHECK(world_logged(&w, "ike.per_address is 3"));
	CHECK(refused < 100);
	CHECK_EQ(begun, 3);
	/* the peer has room again, and it needs no other IKE SA */
	say = 0;
	asked(66, 83);
	pair_exactly(&w, 3, 4);
	CHECK_EQ(begun, 3);
	pair_done(&w);
}

static void traffic_in_its_place(void)
{
	int round;

	joined(NULL);
	for (round = 2; round < 5; round++) {
		say = 0;
		life_delete_child(child());
		fsm_start(world_sa(&w, 0));
		world_run(&w);
		pair_exactly(&w, 1, 0);
		/* it never does more than IKE_AUTH */
		say = IKE_N_NO_ADDITIONAL_SAS;
		world_advance(&w, 5000);
		ask(80);
		pair_exactly(&w, 1, 1);
		CHECK_EQ(begun, round);
	}
	pair_done(&w);
}

static void no_room_at_all(void)
{
	joined(NULL);
	say = IKE_N_NO_ADDITIONAL_SAS;
	say_first = IKE_N_NO_ADDITIONAL_SAS;
	asked(1200, 81);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(begun > 2 && begun <= 22);
	CHECK(world_ike(&w, 0, IKE_ST_ESTABLISHED) <= 2);
	say = 0;
	say_first = 0;
	asked(66, 81);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	CHECK(!world_logged(&w, "FALLBACK"));
	pair_done(&w);
}

static void no_room_for_rekey(void)
{
	uint32_t before;

	joined("child = { lifetime = 10000; };");
	before = spi();
	say = IKE_N_NO_ADDITIONAL_SAS;
	say_first = IKE_N_NO_ADDITIONAL_SAS;
	rekey();
	/* what is there is kept: better than nothing */
	pair_exactly(&w, 1, 1);
	CHECK_EQ(spi(), before);
	CHECK_EQ(begun, 2);
	covered(900);
	CHECK_EQ(spi(), before);
	CHECK(begun > 2 && begun <= 20);
	say = 0;
	covered(60);
	pair_exactly(&w, 1, 1);
	CHECK(spi() && spi() != before);
	pair_done(&w);
}

/* ---- other refusals of a rekey ------------------------------------------- */

static void rekey_again(void)
{
	uint32_t before;

	joined("child = { lifetime = 2000; };");
	before = spi();
	say = IKE_N_NO_PROPOSAL_CHOSEN;
	rekey();
	CHECK_EQ(refused, 1);
	covered(40);
	CHECK_EQ(refused, 1);
	covered(20);
	CHECK_EQ(refused, 2);
	pair_exactly(&w, 1, 1);
	say = 0;
	covered(60);
	pair_exactly(&w, 1, 1);
	CHECK(spi() && spi() != before);

	/* until it ends */
	say = IKE_N_NO_PROPOSAL_CHOSEN;
	refused = 0;
	world_advance(&w, 2200000);
	pair_exactly(&w, 1, 0);
	CHECK(refused > 2 && refused < 30);
	CHECK(world_logged(&w, "expired without a rekey"));
	CHECK_EQ(begun, 1);
	pair_done(&w);
}

static void put_off(void)
{
	uint32_t before;

	joined("child = { lifetime = 2000; };");
	before = spi();
	say = IKE_N_TEMPORARY_FAILURE;
	rekey();
	covered(100);
	CHECK_EQ(spi(), before);
	CHECK(refused > 6 && refused < 30);
	say = 0;
	covered(60);
	pair_exactly(&w, 1, 1);
	CHECK(spi() && spi() != before);
	CHECK_EQ(begun, 1);
	pair_done(&w);
}

static void put_off_for_good(void)
{
	uint32_t before;

	joined("child = { lifetime = 100000; };");
	ask(81);
	before = spi();
	say = IKE_N_TEMPORARY_FAILURE;
	rekey();
	covered(280);
	CHECK_EQ(begun, 1);
	CHECK_EQ(spi(), before);
	covered(90);
	CHECK_EQ(begun, 2);
	CHECK(world_logged(&w, "the peer has put us off for"));
	CHECK(spi() && spi() != before);
	say = 0;
	covered(60);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK(refused < 100);
	pair_done(&w);

	/* nothing is there that another IKE SA would have to take over */
	joined(NULL);
	life_delete_child(child());
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	say = IKE_N_TEMPORARY_FAILURE;
	asked(290, 80);
	CHECK_EQ(begun, 1);
	asked(60, 80);
	pair_exactly(&w, 1, 1);
	CHECK_EQ(begun, 2);
	pair_done(&w);
}

/* now and then is no reason */
static void put_off_at_times(void)
{
	int i;

	joined("child = { lifetime = 100000; };");
	for (i = 0; i < 20; i++) {
		say = IKE_N_TEMPORARY_FAILURE;
		rekey();
		say = 0;
		world_advance(&w, 100000);
		pair_exactly(&w, 1, 1);
	}
	CHECK(refused >= 20);
	CHECK_EQ(begun, 1);
	pair_done(&w);

	/* nor if nothing was asked between */
	joined(NULL);
	for (i = 0; i < 4; i++) {
		say = IKE_N_TEMPORARY_FAILURE;
		ask(81);
		world_advance(&w, 60000);
		say = 0;
		world_advance(&w, 600000);
	}
	CHECK_EQ(begun, 1);
	pair_done(&w);
}

static void not_found(void)
{
	uint32_t before;

	joined(NULL);
	before = spi();
	child_gone(world_sa(&w, 1)->children, false);
	rekey();
	pair_exactly(&w, 1, 1);
	CHECK(spi() && spi() != before);
	CHECK(world_logged(&w, "CHILD_SA_NOT_FOUND"));
	if (!child()) {
		pair_done(&w);
		return;
	}

	/* what both have given up is not */
	say = IKE_N_CHILD_SA_NOT_FOUND;
	CHECK(world_start(&w, 0, TASK_REKEY));
	say = 0;
	child_gone(world_sa(&w, 1)->children, false);
	life_delete_child(child());
	world_run(&w);
	pair_exactly(&w, 1, 0);
	pair_done(&w);
}

/* ---- selectors of a rekey ------------------------------------------------ */

/* host 0 asks for less than its child SA has */
static void narrower_request(void)
{
	uint32_t before;

	joined(NULL);
	before = spi();
	child()->sel.lport = 40000;
	child()->sel.lmask = 0xffff;
	rekey();
	pair_exactly(&w, 1, 1);
	CHECK_EQ(spi(), before);
	CHECK(world_logged(&w, "the rekey asks for less than the child SA has"));
	CHECK(world_logged(&w, "TS_UNACCEPTABLE"));
	pair_done(&w);
}

/* host 1 agrees to less than it was asked for: one port, or one type of ICMP */
static bool agree_to_less(struct world *x, struct packet *p)
{
	static uint8_t inner[1024];
	struct ike_build b;
	struct ike_hdr hdr;
	struct ike_sa *sa;
	struct ike_msg m;
	bool icmp;

	if (p->from != 1 || !world_hdr(p, &hdr) ||
	    hdr.exchange != IKE_CREATE_CHILD_SA)
		return true;
	sa = theirs(&hdr);
	if (!sa || !craft_open(sa, p, &m) || !m.sa.present)
		return true;
	icmp = m.tsi.ts[0].proto == IPPROTO_ICMP;
	m.tsr.ts[0].port_from = icmp ? 0x0800 : 443;
	m.tsr.ts[0].port_to = icmp ? 0x08ff : 443;
	m.tsr.ts[0].proto = icmp ? IPPROTO_ICMP : IPPROTO_TCP;
	m.tsi.ts[0].proto = m.tsr.ts[0].proto;
	ike_build_inner(&b, inner, sizeof(inner));
	ike_build_notify(&b, IKE_N_USE_TRANSPORT_MODE, span(NULL, 0));
	ike_build_sa(&b, &m.sa);
	ike_build_nonce(&b, m.nonce);
	ike_build_ts(&b, IKE_PLD_TSI, m.tsi.ts, 1);
	ike_build_ts(&b, IKE_PLD_TSR, m.tsr.ts, 1);
	craft_answer(x, sa, 1, 0, hdr.exchange, hdr.msgid, &b);
	return false;
}

static void narrower_answer_of(uint8_t proto)
{
	struct kern_acquire acq = { .seq = 7, .usable = true };
	uint32_t before;
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, WORLD_NET, WORLD_NET, proto, 0, 0, true);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	acq.local = w.h[0].addr;
	acq.remote = w.h[1].addr;
	acq.policy = w.h[0].k.policy[0].sel;
	acq.reqid = w.h[0].k.policy[0].reqid;
	acq.sel = (struct sel){
		.local = acq.local, .remote = acq.remote, .local_plen = 32,
		.remote_plen = 32, .proto = proto,
	};
	btnsd_events.acquire(&w.h[0].d, &acq);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	before = spi();
	w.filter = agree_to_less;
	rekey();
	pair_exactly(&w, 1, 1);
	CHECK_EQ(spi(), before);
	CHECK(world_logged(&w, "its selectors"));
	/* and asks again, of a peer that may have learnt better */
	w.filter = NULL;
	covered(61);
	pair_exactly(&w, 1, 1);
	CHECK(spi() && spi() != before);
	pair_done(&w);
}

static void narrower_answer(void)
{
	narrower_answer_of(0);
	narrower_answer_of(IPPROTO_ICMP);
}

/* a peer that cannot look into its policies, or its PAD, for the moment */
static void unreadable(void)
{
	unsigned int which;

	for (which = 0; which < 2; which++) {
		joined(NULL);
		if (which) {
			w.h[1].k.fail_dump = 1;
			w.h[1].d.pad.stale = true;
		} else {
			/* also for a fallback that would end now */
			w.h[1].k.fail_policies = 2;
		}
		ask(81);
		CHECK(world_logged(&w, which ? "the PAD cannot be read" :
					       "the policies cannot be read"));
		CHECK(world_logged(&w, "TEMPORARY_FAILURE"));
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		world_advance(&w, 6000);
		pair_exactly(&w, 1, 2);
		pair_done(&w);
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "N03 K12 K15 NO_ADDITIONAL_SAS for a rekey: a new IKE SA, each time",
		  rekey_elsewhere },
		{ "K12 K15 and all that the old one had is in it",
		  rekey_many_elsewhere },
		{ "K15 K38 the same for traffic: another IKE SA, and so many",
		  traffic_elsewhere },
		{ "K15 or one in the place of one that has no child SA",
		  traffic_in_its_place },
		{ "K15 K38 no room for a first child SA either: now and then one is tried",
		  no_room_at_all },
		{ "N03 K15 nor for a rekey: what there is stays",
		  no_room_for_rekey },
		{ "N03 K12 a rekey that is refused is tried again, until the child SA ends",
		  rekey_again },
		{ "N03 K15 TEMPORARY_FAILURE for a while: again later", put_off },
		{ "N03 K15 for minutes: a new IKE SA", put_off_for_good },
		{ "K15 now and then: the same IKE SA", put_off_at_times },
		{ "U12 K15 nothing is refused for what cannot be read", unreadable },
		{ "K15 CHILD_SA_NOT_FOUND: a new child SA at once", not_found },
		{ "K17 a rekey for less than the child SA has is refused",
		  narrower_request },
		{ "K17 and so is an answer with less", narrower_answer },
	};

	return KTAP_RUN(tests);
}
