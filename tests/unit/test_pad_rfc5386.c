// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The examples of RFC 5386 section 3 by kernel/pad_match.h: who gets which child
 * SA of a gateway, a server and a client, and what BTNS_OK policies add to it.
 */
#include "pad_words.h"

/* SG-A is 192.0.2.1, Q 192.0.2.10, R 192.0.2.20, C 198.51.100.7, B's net */
#define SG_A "192.0.2.1"
#define Q "192.0.2.10"
#define R "192.0.2.20"
#define C "198.51.100.7"
#define B_NET "10.2.0.0/16"
#define B_HOST "10.2.0.5"
#define ANY "0.0.0.0/0"

struct gateway {
	struct btns_prefix b, q;
	struct btns_pad_rule pad[3];
	struct btns_spd_rule spd[4];
};

static void gateway(struct gateway *g)
{
	g->b = prefix(B_NET);
	g->q = prefix(Q);
	g->pad[0] = named("B", 'B', 'b', &g->b, 1);
	g->pad[1] = named("Q", 'Q', 'q', &g->q, 1);
	g->pad[2] = wildcard("any", NULL, 0);
	ORACLE(!btns_pad_check(g->pad, 3, NULL));
	g->spd[0] = policy(selector(ANY, R, 0, 0, 0), BTNS_SPD_CLEAR, false);
	g->spd[1] = policy(selector(ANY, Q, 0, 0, 0), BTNS_SPD_PROTECT, false);
	g->spd[2] = policy(selector(ANY, B_NET, 0, 0, 0), BTNS_SPD_PROTECT,
			   false);
	g->spd[3] = policy(selector(SG_A, ANY, 0, 0, 0), BTNS_SPD_PROTECT,
			   true);
}

/* Identity, addresses, policy: may this peer have this child SA? */
static bool child_of(const struct btns_pad_rule *pad, size_t npad,
		     const struct btns_spd_rule *spd, size_t nspd,
		     struct btns_pad_peer p, struct btns_selector sel)
{
	struct btns_pad_decision d;

	return btns_pad_match(pad, npad, &p, &d) &&
	       btns_pad_child(pad, npad, d.index, &sel.remote, NULL) ==
	       BTNS_PAD_CHILD_OK &&
	       btns_spd_child(spd, nspd, d.btns, &sel, NULL) == BTNS_SPD_OK;
}

static bool at_gateway(struct btns_pad_peer p, const char *remote)
{
	struct gateway g;

	gateway(&g);
	return child_of(g.pad, 3, g.spd, 4, p, selector(SG_A, remote, 0, 0, 0));
}

static void t_named(void)
{
	CHECK(at_gateway(peer('Q', 'q'), Q));
	CHECK(!at_gateway(peer('Q', 'q'), B_HOST));
	CHECK(!at_gateway(peer('Q', 'q'), C));
	CHECK(at_gateway(peer('B', 'b'), B_HOST));
	CHECK(at_gateway(peer('B', 'b'), B_NET));
	CHECK(!at_gateway(peer('B', 'b'), Q));
}

static void t_unknown(void)
{
	CHECK(at_gateway(peer('C', 'c'), C));
	CHECK(at_gateway(peer(0, 'c'), C));
	CHECK(!at_gateway(peer('C', 'c'), Q));
	CHECK(!at_gateway(peer('C', 'c'), B_HOST));
	CHECK(!at_gateway(peer('C', 'c'), B_NET));
	CHECK(!at_gateway(peer('C', 'c'), R));
	CHECK(!at_gateway(peer('C', 'c'), ANY));
}

static void t_asserts(void)
{
	CHECK(!at_gateway(peer('Q', 'x'), Q));
	CHECK(!at_gateway(peer('B', 'x'), B_HOST));
	CHECK(!at_gateway(peer('Q', 'x'), C));
	CHECK(!at_gateway(peer('Q', 'b'), Q));
}

static void t_proposes(void)
{
	struct btns_selector keep, sel;
	struct gateway g;

	CHECK(!at_gateway(peer('X', 'x'), Q));
	CHECK(!at_gateway(peer('X', 'x'), B_HOST));
	CHECK(!at_gateway(peer('X', 'x'), "192.0.2.0/24"));

	/* and cannot get there by a wide proposal with a narrow first one */
	gateway(&g);
	keep = selector(SG_A, C, 6, 0, 0);
	sel = selector(SG_A, ANY, 0, 0, 0);
	CHECK(btns_pad_narrow(g.pad, 3, 2, &keep.remote, &sel.remote));
	CHECK_EQ(btns_spd_narrow(g.spd, 4, true, &keep, &sel), BTNS_SPD_OK);
	CHECK(!btns_prefix_overlap(&sel.remote, &g.q));
	CHECK(!btns_prefix_overlap(&sel.remote, &g.b));
	CHECK(btns_selector_contains(&sel, &keep));
}

static void t_same_address(void)
{
	/* any key may have C's address: that is what latches are for */
	CHECK(at_gateway(peer('X', 'x'), C));
	CHECK(at_gateway(peer('C', 'c'), C));
}

static void t_server(void)
{
	struct btns_prefix a = prefix(SG_A);
	struct btns_pad_rule pad[] = {
		named("A", 'A', 'a', &a, 1), wildcard("any", NULL, 0),
	};
	struct btns_spd_rule spd[] = {
		policy(selector(Q, SG_A, 0, 0, 0), BTNS_SPD_PROTECT, false),
		policy(selector(Q, ANY, 6, 2049, 0), BTNS_SPD_PROTECT, true),
	};
	struct btns_selector keep, sel;

	CHECK(child_of(pad, 2, spd, 2, peer('X', 'x'),
		       selector(Q, C, 6, 2049, 0)));
	CHECK(child_of(pad, 2, spd, 2, peer('X', 'x'),
		       selector(Q, C, 6, 2049, 700)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 6, 22, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 17, 2049, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 0, 0, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, SG_A, 6, 2049, 0)));
	CHECK(child_of(pad, 2, spd, 2, peer('A', 'a'),
		       selector(Q, SG_A, 0, 0, 0)));

	keep = selector(Q, C, 6, 2049, 700);
	sel = selector(Q, C, 0, 0, 0);
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &keep, &sel), BTNS_SPD_OK);
	CHECK_EQ(sel.lport, 2049);
	CHECK_EQ(sel.rport, 0);
	CHECK_EQ(sel.proto, 6);
}

static void t_client(void)
{
	struct btns_pad_rule pad[] = { wildcard("any", NULL, 0) };
	struct btns_spd_rule spd[] = {
		policy(selector(C, ANY, 6, 0, 2049), BTNS_SPD_PROTECT, true),
		policy(selector(ANY, ANY, 0, 0, 0), BTNS_SPD_CLEAR, false),
	};

	CHECK(child_of(pad, 1, spd, 2, peer('Q', 'q'),
		       selector(C, Q, 6, 0, 2049)));
	CHECK(!child_of(pad, 1, spd, 2, peer('X', 'x'),
			selector(C, Q, 6, 0, 22)));
	CHECK(!child_of(pad, 1, spd, 2, peer('X', 'x'),
			selector(C, Q, 6, 0, 0)));
}

static void btns_ok(void)
{
	struct btns_selector all = selector(Q, ANY, 0, 0, 0);
	struct btns_selector web = selector(Q, ANY, 6, 443, 0);
	struct btns_selector one = selector(Q, C, 6, 443, 0);
	struct btns_selector keep = selector(Q, C, 6, 80, 0), sel;
	struct btns_spd_rule spd[] = {
		policy(web, BTNS_SPD_PROTECT, false),
		policy(all, BTNS_SPD_PROTECT, true),
	};
	size_t at = 0;

	/* the flag counts for BTNS peers only */
	CHECK_EQ(btns_spd_child(spd, 2, true, &one, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(at, 0);
	CHECK_EQ(btns_spd_child(spd, 2, false, &one, &at), BTNS_SPD_OK);
	CHECK_EQ(at, 0);
	spd[0].btns_ok = true;
	CHECK_EQ(btns_spd_child(spd, 2, true, &one, &at), BTNS_SPD_OK);
	spd[0].btns_ok = false;

	/* wide, and so reaching into what is protected for others */
	CHECK_EQ(btns_spd_child(spd, 2, true, &all, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(btns_spd_child(spd, 2, false, &all, &at), BTNS_SPD_OK);
	CHECK_EQ(at, 1);
	sel = all;
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &keep, &sel), BTNS_SPD_OK);
	CHECK(!btns_selector_overlap(&sel, &web));
	CHECK(btns_selector_contains(&sel, &keep));
	sel = all;
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &one, &sel),
		 BTNS_SPD_NOT_BTNS_OK);
	CHECK(!memcmp(&sel, &all, sizeof(sel)));

	/* IKE's own bypass is no reason to refuse the rest */
	spd[0] = policy(selector(Q, ANY, 17, 500, 0), BTNS_SPD_CLEAR, false);
	CHECK_EQ(btns_spd_child(spd, 2, true, &all, &at), BTNS_SPD_OK);
	sel = selector(Q, C, 17, 500, 0);
	CHECK_EQ(btns_spd_child(spd, 2, true, &sel, &at),
		 BTNS_SPD_NOT_PROTECTED);
	spd[0].action = BTNS_SPD_BLOCK;
	CHECK_EQ(btns_spd_child(spd, 2, false, &sel, &at),
		 BTNS_SPD_NOT_PROTECTED);

	/* known only roughly: it may refuse, it lets nobody in */
	spd[0] = policy(all, BTNS_SPD_PROTECT, true);
	spd[0].inexact = true;
	CHECK_EQ(btns_spd_child(spd, 1, true, &one, &at), BTNS_SPD_NO_POLICY);
	CHECK_EQ(btns_spd_child(spd, 1, false, &one, &at), BTNS_SPD_NO_POLICY);
	spd[0].btns_ok = false;
	CHECK_EQ(btns_spd_child(spd, 1, true, &one, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(btns_spd_child(NULL, 0, false, &one, &at),
		 BTNS_SPD_NO_POLICY);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "T01 T02 named peers get their own addresses", t_named },
		{ "T04 an unknown peer gets what nobody owns", t_unknown },
		{ "T05 a rogue that asserts another's identity is refused", t_asserts },
		{ "T06 U14 a rogue that proposes another's addresses is refused", t_proposes },
		{ "T07 a rogue may have the address of an unknown peer", t_same_address },
		{ "T08 T09 an NFS server is open to strangers on its port only", t_server },
		{ "T10 a BTNS client protects one remote port only", t_client },
		{ "U09 BTNS peers get only what BTNS_OK policies protect", btns_ok },
	};

	return KTAP_RUN(tests);
}
