// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs that nobody uses: they end, both ends agree that they have, no latch
 * notices, and the next packet has new ones.
 */
#include "ktap.h"

#include <netinet/in.h>

#include "btnsd/ike/fsm.h"
#include "pair.h"

static struct world w;

#define ENDS	"child = { lifetime = 100; keep = false; };"
#define KEEPS	"child = { lifetime = 100; keep = true; };"

static struct child *child(int host)
{
	struct ike_sa *sa = world_sa(&w, host);

	return sa ? sa->children : NULL;
}

/* 0 if there is none */
static uint32_t spi(int host)
{
	return child(host) ? child(host)->spi_in : 0;
}

/* a packet in one direction of the only child SA of host 0 */
static void use(bool inbound)
{
	struct world_kern *k = &w.h[0].k;
	size_t i;

	for (i = 0; i < k->top; i++)
		if (k->sa[i].used && k->sa[i].inbound == inbound)
			k->sa[i].packets++;
}

static void ends(void)
{
	unsigned int sent;

	pair_joined(&w, ENDS, ENDS);
	/* not before the soft limit of either */
	world_advance(&w, 84000);
	pair_exactly(&w, 1, 1);
	world_advance(&w, 16000);
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	CHECK(world_logged(&w, "nobody has used it"));
	/* the IKE SA is no more use either */
	world_advance(&w, 31000);
	pair_exactly(&w, 0, 0);
	CHECK(world_logged(&w, "its last child was of no use, and it has no child"));
	sent = w.sent;
	world_advance(&w, 7 * 86400000ull);
	CHECK_EQ(w.sent, sent);
	/* traffic has it back, from either side */
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	world_advance(&w, 200000);
	pair_exactly(&w, 0, 0);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

static void used(void)
{
	int inbound;

	for (inbound = 0; inbound < 2; inbound++) {
		uint32_t before;

		pair_joined(&w, ENDS, NULL);
		before = spi(0);
		use(inbound);
		world_advance(&w, 100000);
		pair_exactly(&w, 1, 1);
		CHECK(spi(0) && spi(0) != before);
		/* what it was rekeyed by has to be used again */
		world_advance(&w, 131000);
		pair_exactly(&w, 0, 0);
		pair_done(&w);
	}
}

static void keeps(void)
{
	int i;

	pair_joined(&w, KEEPS, KEEPS);
	for (i = 0; i < 20; i++) {
		world_advance(&w, 100000);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
	pair_done(&w);
}

static int no_packets(void *ctx, uint32_t spi, const struct addr *dst,
		      uint64_t *n)
{
	(void)ctx;
	(void)spi;
	(void)dst;
	*n = 0;
	return -1;
}

static void unknown(void)
{
	struct kern_ops ops;
	uint32_t before;

	pair_joined(&w, ENDS, NULL);
	ops = *w.h[0].d.kern;
	ops.sa_packets = no_packets;
	w.h[0].d.kern = &ops;
	before = spi(0);
	world_advance(&w, 100000);
	pair_exactly(&w, 1, 1);
	CHECK(spi(0) && spi(0) != before);
	pair_done(&w);
}

/* a policy that lets go in the clear what has no SA asks for none */
static void no_way_back(void)
{
	uint32_t before;
	size_t i;

	world_begin(&w, 2);
	for (i = 0; i < w.h[1].k.n_policies; i++)
		w.h[1].k.policy[i].optional = true;
	CHECK(world_up(&w, 0, KEY_ED25519, KEEPS));
	CHECK(world_up(&w, 1, KEY_ED25519, "child = { lifetime = 50; keep = false; };"));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	before = spi(1);
	world_advance(&w, 50000);
	pair_exactly(&w, 1, 1);
	CHECK(spi(1) && spi(1) != before);
	pair_done(&w);
}

static void both_at_once(void)
{
	/* each deletes it before it hears of the other */
	pair_joined(&w, ENDS, ENDS);
	life_rekey_due(child(0));
	life_rekey_due(child(1));
	world_run(&w);
	pair_exactly(&w, 1, 0);
	world_advance(&w, 31000);
	pair_exactly(&w, 0, 0);
	pair_done(&w);

	/* one has a use for it and rekeys it; it gets its Delete, or is first */
	pair_joined(&w, ENDS, KEEPS);
	life_rekey_due(child(1));
	life_rekey_due(child(0));
	world_run(&w);
	world_advance(&w, 20000);
	CHECK(world_pairs(&w, 0, 1) <= 1);
	pair_exactly(&w, world_ike(&w, 0, IKE_ST_ESTABLISHED), world_pairs(&w, 0, 1));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);

	/* a packet comes while the Delete is under way */
	pair_joined(&w, ENDS, ENDS);
	life_rekey_due(child(0));
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	world_advance(&w, 20000);
	CHECK(world_pairs(&w, 0, 1) >= 1);
	pair_exactly(&w, 1, world_pairs(&w, 0, 1));
	pair_done(&w);

	/* while the peer rekeys it, it is left alone */
	pair_joined(&w, ENDS, KEEPS);
	life_rekey_due(child(1));
	CHECK(world_step(&w));
	CHECK(child(0)->next);
	life_rekey_due(child(0)->next);
	CHECK_EQ(child(0)->next->state, CHILD_INSTALLED);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

/* of two child SAs one is used: the IKE SA has a use as well */
static void one_of_two(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, i ? NULL : ENDS));
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	use(true);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	pair_exactly(&w, 1, 2);
	world_advance(&w, 140000);
	pair_exactly(&w, 1, 1);
	CHECK(child(0) && child(0)->sel.rport == 80);
	pair_done(&w);
}

/* whom we cannot call through his NAT keeps what he has */
static void behind_nat(void)
{
	pair_joined(&w, ENDS, ENDS);
	world_sa(&w, 0)->nat_remote = true;
	world_sa(&w, 1)->nat_local = true;
	world_advance(&w, 600000);
	pair_exactly(&w, 1, 1);
	pair_done(&w);
}

/* both know each other's key by an entry of their own; host 0 begins */
static void configured(const char *a, const char *b)
{
	int i;

	world_strangers(&w);
	for (i = 0; i < 2; i++) {
		struct lbtns_pad_entry *e = world_pad_add(&w, i, "other");

		e->flags = BTNS_PAD_FLAGS_BTNS;
		world_pad_key(&w, e, !i);
		lbtns_ident_from_digest(e->keys[0], &e->id);
		e->n_keys = 0;
		CHECK(world_up(&w, i, KEY_ED25519, i ? b : a));
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	pair_exactly(&w, 1, 1);
	CHECK(world_sa(&w, 0) && !world_sa(&w, 0)->stranger);
}

/* what a configured peer has asked for is not ours to end */
static void of_configured(void)
{
	int i;

	configured("child = { lifetime = 2000; keep = true; };", ENDS);
	for (i = 0; i < 5; i++) {
		world_advance(&w, 120000);
		pair_exactly(&w, 1, 1);
	}
	/* nor after a new authentication, whoever begins it */
	for (i = 0; i < 2; i++) {
		if (!CHECK(world_sa(&w, !i)))
			break;
		life_renew(world_sa(&w, !i));
		world_advance(&w, 300000);
		pair_exactly(&w, 1, 1);
	}
	CHECK(!world_logged(&w, "nobody has used it"));
	pair_done(&w);
}

/* ours is: at once, and after either end has replaced it, or the IKE SA */
static void of_ours(void)
{
	int how;

	for (how = 0; how < 5; how++) {
		configured(ENDS, "child = { lifetime = 2000; keep = true; };");
		if (how == 1 || how == 2)
			CHECK(world_start(&w, how - 1, TASK_REKEY));
		else if (how == 3)
			CHECK(world_start(&w, 0, TASK_REKEY_IKE));
		else if (how == 4)
			life_renew(world_sa(&w, 0));
		world_advance(&w, 30000);
		pair_exactly(&w, 1, 1);
		world_advance(&w, 105000);
		pair_exactly(&w, 0, 0);
		pair_done(&w);
	}
}

/* and so is its heir, whose keys are of no more use than its own were */
static void of_heir(void)
{
	int who;

	for (who = 0; who < 2; who++) {
		pair_joined(&w, ENDS, KEEPS);
		if (!CHECK(child(0)))
			break;
		life_rekey_due(child(0));
		world_run(&w);
		pair_exactly(&w, 1, 0);
		CHECK(world_start(&w, who, TASK_REKEY_IKE));
		world_advance(&w, 31000);
		pair_exactly(&w, 0, 0);
		pair_done(&w);
	}
}

/* nobody is asked for life: the IKE SA ends with its lifetime */
static void without_dpd(void)
{
#define LONG	"ike = { dpd = 0; lifetime = 1000; }; " ENDS
	pair_joined(&w, LONG, LONG);
	world_advance(&w, 800000);
	pair_exactly(&w, 1, 0);
	world_advance(&w, 200000);
	pair_exactly(&w, 0, 0);
	pair_done(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K63 L28 what nobody uses ends, and is made anew for a packet",
		  ends },
		{ "K63 N03 what was used, in either direction, is rekeyed",
		  used },
		{ "K63 N03 it is kept if the configuration says so", keeps },
		{ "K63 N03 and if the kernel does not say whether it was used",
		  unknown },
		{ "K63 N03 and if no packet would ask for another",
		  no_way_back },
		{ "K63 K15 both ends do it at once, or one rekeys, or a packet comes",
		  both_at_once },
		{ "K63 an IKE SA stays for the child SA that is used",
		  one_of_two },
		{ "K63 and through a NAT, where one end could not call",
		  behind_nat },
		{ "K63 N03 and what a configured peer has asked for",
		  of_configured },
		{ "K63 what we have asked a configured peer for ends",
		  of_ours },
		{ "K63 the heir of an IKE SA that has no use ends as that would",
		  of_heir },
		{ "K63 without liveness checks it ends at its lifetime",
		  without_dpd },
	};

	return KTAP_RUN(tests);
}
