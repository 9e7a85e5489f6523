// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two hosts behind one NAT, and a peer that is killed and comes again, or
 * authenticates one of them anew: each is asked, and judged, for itself.
 */
#include "ktap.h"

#include "btnsd/ike/fsm.h"
#include "nat_world.h"

/* an SA of a host with a peer that has this port; NULL if there is none */
static const struct world_sa *by_port(int host, uint16_t port, bool inbound)
{
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[host].k.sa[i];

		if (s->used && !s->larval && s->inbound == inbound &&
		    (inbound ? s->encap.sport : s->encap.dport) == port)
			return s;
	}
	return NULL;
}

/* host 0 and host 2 are behind one NAT */
static void begin_two(void)
{
	begin();
	world_pad_any(&w, 2);
	world_policy(&w, 2, ALL, ALL, 0, 0, 0, true);
	world_nat(&w, 0, NAT0);
	world_nat(&w, 2, NAT0)->next = 62000;
	up("ike = { dpd = 0; };", NULL);
	CHECK(world_up(&w, 2, KEY_ED25519, "ike = { dpd = 0; };"));
}

/* what host 1 has had with both of them as it is killed */
static void two_behind(uint32_t spi[2], uint16_t port[2])
{
	int i;

	begin_two();
	for (i = 0; i < 2; i++) {
		world_acquire(&w, 2 * i, 1, 80);
		world_run(&w);
		port[i] = w.nat[i].map[1].port;
		if (CHECK(by_port(1, port[i], true)))
			spi[i] = by_port(1, port[i], true)->spi;
	}
	CHECK_EQ(world_installed(&w, 1), 4);
	world_crash(&w, 1);
}

/* killed, with two behind one NAT: each is asked, and judged, for itself */
static void restarted_two(void)
{
	const struct world_sa *sa;
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };
	int i, gone;

	/* 0: both are there; else one is, and the other does not answer */
	for (gone = 0; gone < 3; gone++) {
		two_behind(spi, port);
		if (gone)
			world_crash(&w, gone == 1 ? 0 : 2);
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), 2);
		world_advance(&w, 300000);
		for (i = 0; i < 2; i++) {
			sa = by_port(1, port[i], true);
			/* one after another took its place, or nobody did */
			if (!CHECK_EQ(!!sa, gone != i + 1) ||
			    !CHECK(!sa || sa->spi != spi[i]))
				ktap_note("%d gone, host %d", gone - 1, 2 * i);
		}
		CHECK_EQ(w.h[1].k.breaks, gone ? 2 : 0);
		CHECK(!w.h[1].d.orphans);
		done();
	}
}

/* one is no longer taken: the other one's SAs stay until it has new ones */
static void refused_one(void)
{
	struct lbtns_pad_entry *e;
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };

	two_behind(spi, port);
	w.h[1].k.n_pad = 0;
	e = world_pad_add(&w, 1, "only");
	e->flags = BTNS_PAD_FLAGS_BTNS;
	world_pad_key(&w, e, 2);
	lbtns_ident_from_digest(e->keys[0], &e->id);
	e->n_keys = 0;
	/* the one that is taken cannot answer yet */
	w.h[2].up = false;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_advance(&w, 3000);
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	CHECK_EQ(w.h[1].k.breaks, 2);
	CHECK(!by_port(1, port[0], true) && !by_port(1, port[0], false));
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi == spi[1]);
	w.h[2].up = true;
	world_advance(&w, 60000);
	CHECK_EQ(w.h[1].k.breaks, 2);
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi != spi[1]);
	CHECK(!w.h[1].d.orphans);
	done();
}

/* one begins by itself: the other is asked on */
static void one_was_first(void)
{
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };

	two_behind(spi, port);
	w.h[2].up = false;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	life_renew(world_sa(&w, 0));
	world_advance(&w, 3000);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), 1);
	CHECK(by_port(1, port[1], false) && by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi == spi[1]);
	w.h[2].up = true;
	world_advance(&w, 60000);
	CHECK_EQ(w.h[1].k.breaks, 0);
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi != spi[1]);
	CHECK(!w.h[1].d.orphans);
	done();
}

/* the first request of a new IKE SA of host 1 is lost */
static bool asks_in_vain(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_SA_INIT || (hdr.flags & IKE_FLAG_RESPONSE);
}

/* host 1 renews what it has with host 0, unanswered, and a host behind the NAT opens */
static void reauth_met(void)
{
	int who;

	for (who = 0; who <= 2; who += 2) {
		uint16_t port;
		uint32_t spi;

		begin_two();
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		port = w.nat[0].map[1].port;
		if (!CHECK(by_port(1, port, true)))
			break;
		spi = by_port(1, port, true)->spi;
		w.filter = asks_in_vain;
		life_renew(world_sa(&w, 1));
		if (who)
			world_acquire(&w, 2, 1, 80);
		else
			life_renew(world_sa(&w, 0));
		world_advance(&w, 400);
		/* the same peer was first, or another has come beside it */
		CHECK_EQ(world_logged(&w, "the peer was first"), !who);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), !!who);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), who ? 2 : 1);
		CHECK(by_port(1, port, true));
		if (who && by_port(1, port, true))
			CHECK_EQ(by_port(1, port, true)->spi, spi);
		w.filter = NULL;
		world_advance(&w, 20000);
		CHECK(by_port(1, port, true) &&
		      by_port(1, port, true)->spi != spi);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), who ? 2 : 1);
		CHECK_EQ(world_installed(&w, 0), 2);
		CHECK_EQ(world_installed(&w, 1), who ? 4 : 2);
		done();
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a restart asks each of two peers behind one NAT address",
		  restarted_two },
		{ "one of them is refused, and the other keeps its SAs",
		  refused_one },
		{ "one of them begins by itself, and the other is asked on",
		  one_was_first },
		{ "N03 another peer behind the address of one that is authenticated anew",
		  reauth_met },
	};

	return KTAP_RUN(tests);
}
