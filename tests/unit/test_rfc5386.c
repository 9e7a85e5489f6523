// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The examples of RFC 5386 section 3, with its databases: the gateway SG-A, the
 * file server Q and the host C, and whoever comes to them. The one under test
 * is host 1; the mock module lets pass what policy protects, so that what is
 * refused was refused by btnsd.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "world.h"

static struct world w;

#define ANY	"0.0.0.0/0"
#define SG_A	"10.0.0.2"
#define SG_B	"203.0.113.2"
#define B_NET	"10.4.0.0/16"
#define Q	"192.0.2.9"
#define R	"192.0.2.18"
#define C	"198.51.100.7"
#define ROGUE	"198.51.100.66"
#define IS(x)	"identity = { id = \"fqdn:" x ".example\"; };"
#define NFS	2049

/* ---- the databases ------------------------------------------------------- */

/* the policy that a host has last, in both directions */
static struct kern_policy *last_policy(int host)
{
	return &w.h[host].k.policy[w.h[host].k.n_policies - 2];
}

static void bypass(int host, const char *local, const char *remote)
{
	world_policy(&w, host, local, remote, 0, 0, 0, false);
	last_policy(host)[0].action = KERN_BYPASS;
	last_policy(host)[1].action = KERN_BYPASS;
}

static void pad_entry(int host, const char *name, const char *id, int key_of,
		      const char *addresses)
{
	struct lbtns_pad_entry *e = world_pad_add(&w, host, name);

	CHECK(!lbtns_ident_parse(id, &e->id, NULL));
	world_pad_key(&w, e, key_of);
	world_pad_prefix(e, addresses);
}

/* figures 2 and 3; @b and @q are the hosts that have the keys of B and Q */
static void sg_a(int b, int q)
{
	world_init(&w);
	pad_entry(1, "B", "fqdn:b.example", b, B_NET);
	pad_entry(1, "Q", "fqdn:q.example", q, Q "/32");
	world_pad_any(&w, 1);
	bypass(1, ANY, R "/32");
	world_policy(&w, 1, SG_A "/32", Q "/32", 0, 0, 0, false);
	world_tunnel(&w, 1, Q);
	world_policy(&w, 1, SG_A "/32", B_NET, 0, 0, 0, false);
	world_tunnel(&w, 1, SG_B);
	world_policy(&w, 1, SG_A "/32", ANY, 0, 0, 0, true);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
}

/* figures 4 and 5: a file server; @a is the host that has A's key */
static void file_server(int a)
{
	world_init(&w);
	addr_parse(&w.h[1].addr, Q);
	pad_entry(1, "A", "fqdn:a.example", a, SG_A "/32");
	world_pad_any(&w, 1);
	world_policy(&w, 1, Q "/32", SG_A "/32", 0, 0, 0, false);
	world_policy(&w, 1, Q "/32", ANY, IPPROTO_TCP, NFS, 0, true);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
}

/* figures 6 and 7: a host that has nothing but BTNS */
static void btns_host(void)
{
	world_init(&w);
	addr_parse(&w.h[1].addr, C);
	world_pad_any(&w, 1);
	world_policy(&w, 1, C "/32", ANY, IPPROTO_TCP, 0, NFS, true);
	bypass(1, C "/32", ANY);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
}

/* ---- who comes ----------------------------------------------------------- */

/* host 0, at an address: it would have any SA, and takes any key */
static void comes(const char *at, const char *conf, const char *local,
		  const char *remote, bool tunnel)
{
	addr_parse(&w.h[0].addr, at);
	world_pad_any(&w, 0);
	world_policy(&w, 0, local, remote, 0, 0, 0, true);
	if (tunnel) {
		char text[ADDR_STRLEN];

		world_tunnel(&w, 0, addr_str(&w.h[1].addr, text));
	}
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
}

/*
 * A packet of a host: the first policy that fits decides. Those that protect
 * ask btnsd. Returns what was done with the packet.
 */
static enum kern_action packet(int host, const char *from, const char *to,
			       uint16_t lport, uint16_t rport)
{
	struct world_host *h = &w.h[host];
	struct kern_acquire acq = {
		.local = h->addr,
		.sel = { .local_plen = 32, .remote_plen = 32,
			 .proto = IPPROTO_TCP, .lport = lport, .rport = rport,
			 .lmask = lport ? 0xffff : 0,
			 .rmask = rport ? 0xffff : 0 },
		.usable = true,
	};
	static uint32_t seq;
	size_t i;

	addr_parse(&acq.sel.local, from);
	addr_parse(&acq.sel.remote, to);
	for (i = 0; i < h->k.n_policies; i++) {
		const struct kern_policy *p = &h->k.policy[i];

		if (p->inbound || !sel_within(&acq.sel, &p->sel))
			continue;
		if (p->action != KERN_PROTECT)
			return p->action;
		acq.remote = p->tunnel ? p->remote : acq.sel.remote;
		acq.policy = p->sel;
		acq.reqid = p->reqid;
		acq.tunnel = p->tunnel;
		acq.seq = ++seq;
		btnsd_events.acquire(&h->d, &acq);
		world_run(&w);
		return KERN_PROTECT;
	}
	return KERN_BYPASS;
}

/* ---- what came of it ----------------------------------------------------- */

/* nobody has an SA; has the peer proved who it is? */
static void nothing(bool proved)
{
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK_EQ(w.h[1].k.n_bound, 0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), proved);
	CHECK(world_logged(&w, proved ? "TS_UNACCEPTABLE" :
					"AUTHENTICATION_FAILED"));
}

/* an identity is that host's key, and says nothing else */
static bool is_key(const struct lbtns_ident *id, int of)
{
	struct key *k = world_key(of, KEY_ED25519);
	struct lbtns_ident want;

	lbtns_ident_from_digest(key_fingerprint(k), &want);
	key_free(k);
	return lbtns_ident_equal(id, &want) && !strcmp(id->name, want.name);
}

/* every SA of host 1 is bound to @id, or to host 0's key, for that traffic */
static void only(const char *id, const char *remote, uint8_t proto,
		 uint16_t lport, uint16_t rport)
{
	struct lbtns_ident name;
	struct lbtns_prefix p;
	size_t i;

	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(w.h[1].k.n_bound, 2);
	CHECK(!lbtns_prefix_parse(remote, &p, NULL));
	if (id)
		CHECK(!lbtns_ident_parse(id, &name, NULL));
	for (i = 0; i < w.h[1].k.n_bound; i++) {
		const struct lbtns_sa *b = &w.h[1].k.bound[i];

		CHECK(id ? lbtns_ident_equal(&b->peer, &name) :
			   is_key(&b->peer, 0));
		CHECK_EQ(b->sel.remote.len, p.len);
		CHECK(!memcmp(b->sel.remote.addr, p.addr, sizeof(p.addr)));
		CHECK_EQ(b->sel.local.len, 32);
		CHECK(!memcmp(b->sel.local.addr, w.h[1].addr.b, 4));
		CHECK_EQ(b->sel.proto, proto);
		CHECK_EQ(b->sel.lport, lport);
		CHECK_EQ(b->sel.rport, rport);
	}
}

static void done(void)
{
	CHECK_EQ(w.h[1].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.breaks, 0);
	world_fini(&w);
}

/* ---- SG-A ---------------------------------------------------------------- */

static void t01(void)
{
	/* it would have its whole network, and gets its own address */
	sg_a(2, 0);
	comes(Q, IS("q"), "192.0.2.0/24", SG_A "/32", true);
	packet(0, Q, SG_A, 700, 80);
	only("fqdn:q.example", Q "/32", 0, 0, 0);
	done();
	/* and nothing for others, B's among them */
	sg_a(2, 0);
	comes(Q, IS("q"), "192.0.2.10/32", SG_A "/32", true);
	packet(0, "192.0.2.10", SG_A, 700, 80);
	nothing(true);
	done();
	sg_a(2, 0);
	comes(Q, IS("q"), B_NET, SG_A "/32", true);
	packet(0, "10.4.0.1", SG_A, 700, 80);
	nothing(true);
	done();
}

static void t02(void)
{
	static const char *const parts[] = { B_NET, "10.4.7.0/24",
					     "10.4.255.255/32" };
	static const char *const hosts[] = { "10.4.0.1", "10.4.7.9",
					     "10.4.255.255" };
	size_t i;

	for (i = 0; i < 3; i++) {
		sg_a(0, 2);
		comes(SG_B, IS("b"), parts[i], SG_A "/32", true);
		packet(0, hosts[i], SG_A, 700, 80);
		only("fqdn:b.example", parts[i], 0, 0, 0);
		done();
	}
	/* SG-A begins, for a packet to any host of B's */
	sg_a(0, 2);
	comes(SG_B, IS("b"), B_NET, SG_A "/32", true);
	packet(1, SG_A, "10.4.3.3", 700, 80);
	only("fqdn:b.example", B_NET, 0, 0, 0);
	done();
	/* Q's address is not B's */
	sg_a(0, 2);
	comes(SG_B, IS("b"), Q "/32", SG_A "/32", true);
	packet(0, Q, SG_A, 700, 80);
	nothing(true);
	done();
}

static void t03(void)
{
	sg_a(2, 2);
	comes(R, NULL, ANY, ANY, false);
	CHECK_EQ(packet(1, SG_A, R, 700, 80), KERN_BYPASS);
	CHECK_EQ(w.sent, 0);
	CHECK(!w.h[1].d.sas);
	/* were it to begin, it would get nothing: rule 1 comes first */
	packet(0, R, SG_A, 700, 80);
	nothing(true);
	done();
}

static void t04(void)
{
	/* whatever C asserts, it is its key, and gets its own address */
	sg_a(2, 2);
	comes(C, IS("c"), ANY, ANY, false);
	packet(0, C, SG_A, 700, 80);
	only(NULL, C "/32", 0, 0, 0);
	CHECK_EQ(world_sa(&w, 1)->peer.method, BTNS_AUTH_METHOD_BTNS);
	done();
	/* SG-A begins */
	sg_a(2, 2);
	comes(C, NULL, ANY, ANY, false);
	packet(1, SG_A, C, 700, 80);
	only(NULL, C "/32", 0, 0, 0);
	done();
}

static void t05(void)
{
	static const char *const at[] = { ROGUE, Q, "10.4.0.7" };
	static const char *const confs[] = { IS("q"), IS("b") };
	unsigned int i;

	for (i = 0; i < 6; i++) {
		sg_a(2, 2);
		comes(at[i / 2], confs[i % 2], ANY, ANY, false);
		packet(0, at[i / 2], SG_A, 700, 80);
		nothing(false);
		CHECK(!w.h[1].d.sas);
		done();
	}
}

/* what a rogue with a key that nobody knows proposes, from where */
static const struct {
	const char *at;
	const char *local;
	const char *packet;
	bool tunnel;
} stolen[] = {
	{ Q, ANY, Q, false },
	{ "10.4.0.7", ANY, "10.4.0.7", false },
	{ ROGUE, Q "/32", Q, true },
	{ ROGUE, "10.4.0.7/32", "10.4.0.7", true },
	{ ROGUE, B_NET, "10.4.9.9", true },
	{ ROGUE, "192.0.2.0/24", Q, true },
	{ ROGUE, ANY, "10.4.1.1", true },
};

static void t06(void)
{
	const size_t n = sizeof(stolen) / sizeof(stolen[0]);
	size_t i, k;

	for (i = 0; i < 2 * n; i++) {
		sg_a(2, 2);
		/* the PAD alone is enough: B09 does not lean on BTNS_OK */
		for (k = 0; i >= n && k < w.h[1].k.n_policies; k++)
			w.h[1].k.policy[k].btns_ok = true;
		comes(stolen[i % n].at, NULL, stolen[i % n].local, SG_A "/32",
		      stolen[i % n].tunnel);
		packet(0, stolen[i % n].packet, SG_A, 700, 80);
		nothing(true);
		done();
	}
}

/* the same in an IKE SA that has a child SA already, and at a rekey */
static void t06_later(void)
{
	size_t i;

	for (i = 2; i < sizeof(stolen) / sizeof(stolen[0]); i++) {
		sg_a(2, 2);
		comes(ROGUE, NULL, ROGUE "/32", SG_A "/32", false);
		world_policy(&w, 0, stolen[i].local, SG_A "/32", 0, 0, 0, true);
		world_tunnel(&w, 0, SG_A);
		packet(0, ROGUE, SG_A, 700, 80);
		only(NULL, ROGUE "/32", 0, 0, 0);
		packet(0, stolen[i].packet, SG_A, 700, 80);
		CHECK(world_logged(&w, "TS_UNACCEPTABLE"));
		CHECK_EQ(w.h[1].d.stats.ike_up, 1);
		only(NULL, ROGUE "/32", 0, 0, 0);
		done();
	}
	/* the address that it has is given to Q: it may not keep it by a rekey */
	sg_a(2, 2);
	comes(ROGUE, NULL, ROGUE "/32", SG_A "/32", false);
	packet(0, ROGUE, SG_A, 700, 80);
	only(NULL, ROGUE "/32", 0, 0, 0);
	world_pad_prefix(&w.h[1].k.pad[1], ROGUE "/32");
	w.h[1].d.pad.stale = true;
	life_rekey(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	CHECK(world_logged(&w, "belong to another PAD entry"));
	CHECK_EQ(w.h[1].d.stats.child_up, 1);
	done();
}

/* a latch with C is in the module: no other peer may have that traffic */
static uint8_t latched_to_c(const struct lbtns_sa *sa)
{
	return is_key(&sa->peer, 0) ? BTNS_SA_VERDICT_OK :
				      BTNS_SA_VERDICT_CONFLICT;
}

static void t07(void)
{
	unsigned int of_rogue = 0;
	size_t i;

	sg_a(2, 2);
	comes(C, NULL, ANY, ANY, false);
	packet(0, C, SG_A, 700, 80);
	only(NULL, C "/32", 0, 0, 0);
	w.h[1].k.verdict = latched_to_c;
	world_crash(&w, 0);
	world_pad_any(&w, 2);
	world_policy(&w, 2, ANY, ANY, 0, 0, 0, true);
	w.h[2].addr = w.h[0].addr;
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 2, 1, 80);
	world_advance(&w, 60000);
	/* it gets SAs of its own; the module is told, and breaks the latch */
	CHECK_EQ(w.h[1].k.conflicts, 2);
	for (i = 0; i < w.h[1].k.n_bound; i++)
		of_rogue += is_key(&w.h[1].k.bound[i].peer, 2);
	CHECK_EQ(of_rogue, 2);
	CHECK_EQ(world_installed(&w, 2), 2);
	if (CHECK(world_sa(&w, 1)))
		CHECK(is_key(&world_sa(&w, 1)->peer, 2));
	world_fini(&w);
}

/* ---- Q, and C ------------------------------------------------------------ */

static void t08(void)
{
	file_server(2);
	comes(C, IS("c"), ANY, ANY, false);
	packet(0, C, Q, 700, NFS);
	only(NULL, C "/32", IPPROTO_TCP, NFS, 0);
	/* no other port, in the IKE SA that is there or in a new one */
	packet(0, C, Q, 700, 22);
	CHECK(world_logged(&w, "TS_UNACCEPTABLE"));
	only(NULL, C "/32", IPPROTO_TCP, NFS, 0);
	done();
	file_server(2);
	comes(C, NULL, ANY, ANY, false);
	packet(0, C, Q, 700, 22);
	nothing(true);
	done();
	/* A gets all of it; who is at A's address gets none */
	file_server(0);
	comes(SG_A, IS("a"), ANY, ANY, false);
	packet(0, SG_A, Q, 700, 22);
	only("fqdn:a.example", SG_A "/32", 0, 0, 0);
	done();
	file_server(2);
	comes(SG_A, NULL, ANY, ANY, false);
	packet(0, SG_A, Q, 700, NFS);
	nothing(true);
	done();
}

static void t09(void)
{
	file_server(2);
	comes(SG_B, IS("b"), ANY, ANY, false);
	packet(0, SG_B, Q, 700, NFS);
	only(NULL, SG_B "/32", IPPROTO_TCP, NFS, 0);
	CHECK_EQ(world_sa(&w, 1)->peer.method, BTNS_AUTH_METHOD_BTNS);
	done();
	file_server(2);
	comes(SG_B, IS("b"), ANY, ANY, false);
	packet(0, SG_B, Q, 700, 22);
	nothing(true);
	done();
}

static void t10(void)
{
	btns_host();
	comes(Q, IS("q"), Q "/32", ANY, false);
	CHECK_EQ(packet(1, C, Q, 700, 22), KERN_BYPASS);
	CHECK_EQ(packet(1, C, R, 700, 80), KERN_BYPASS);
	CHECK_EQ(w.sent, 0);
	CHECK_EQ(packet(1, C, Q, 700, NFS), KERN_PROTECT);
	only(NULL, Q "/32", IPPROTO_TCP, 0, NFS);
	done();
	/* a rogue that asks for all gets that port, for another it gets none */
	btns_host();
	comes(ROGUE, NULL, ANY, ANY, false);
	packet(0, ROGUE, C, NFS, 700);
	only(NULL, ROGUE "/32", IPPROTO_TCP, 0, NFS);
	done();
	btns_host();
	comes(ROGUE, NULL, ANY, ANY, false);
	packet(0, ROGUE, C, 700, 22);
	nothing(true);
	done();
}

static void t11(void)
{
	int who;

	for (who = 0; who < 2; who++) {
		if (who)
			sg_a(2, 2);
		else
			file_server(2);
		/* the BTNS entry is the last */
		w.h[1].k.n_pad--;
		w.h[1].d.pad.stale = true;
		comes(C, IS("c"), ANY, ANY, false);
		packet(0, C, who ? SG_A : Q, 700, NFS);
		nothing(false);
		CHECK(world_logged(&w, "no PAD entry matches the peer"));
		done();
	}
	/* SG-A begins, and refuses C's answer */
	sg_a(2, 2);
	w.h[1].k.n_pad--;
	w.h[1].d.pad.stale = true;
	comes(C, NULL, ANY, ANY, false);
	packet(1, SG_A, C, 700, 80);
	nothing(false);
	done();
}

/*
 * A policy for one key: its addresses are, in the PAD, that key's alone, without
 * any name. Nobody else gets them, whatever he asserts or shows, wildcard or not.
 */
static void one_key(void)
{
	int key_of;

	for (key_of = 0; key_of <= 2; key_of += 2) {
		struct lbtns_pad_entry *e;

		world_init(&w);
		addr_parse(&w.h[1].addr, SG_A);
		e = world_pad_add(&w, 1, "one key");
		e->flags = BTNS_PAD_FLAGS_BTNS;
		world_pad_key(&w, e, key_of);
		lbtns_ident_from_digest(e->keys[0], &e->id);
		world_pad_prefix(e, C "/32");
		world_pad_any(&w, 1);
		world_policy(&w, 1, SG_A "/32", C "/32", 0, 0, 0, true);
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		comes(C, NULL, ANY, ANY, false);
		packet(0, C, SG_A, 700, 80);
		if (key_of)
			nothing(true);
		else
			only(NULL, C "/32", 0, 0, 0);
		done();
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "T01 SG-A: Q gets SAs between its own and SG-A's address only",
		  t01 },
		{ "T02 SG-A: SG-B gets SAs for any address of its network, and no other",
		  t02 },
		{ "T03 SG-A: R is in the clear, without IKE, and could have no SA",
		  t03 },
		{ "T04 B03 U13 SG-A: C, unknown, gets SAs for its own address, marked so",
		  t04 },
		{ "T05 B04 U14 SG-A: who asserts Q or B without the key is refused",
		  t05 },
		{ "T06 B09 U14 SG-A: who proposes Q's or B's addresses gets no child SA",
		  t06 },
		{ "T06 B09 U12 SG-A: nor by CREATE_CHILD_SA, nor at a rekey",
		  t06_later },
		{ "T07 SG-A: a rogue at C's address succeeds, and the latch with C is broken",
		  t07 },
		{ "T08 Q: an unknown peer gets SAs for port 2049 only", t08 },
		{ "T09 B03 Q: SG-B is an unknown peer", t09 },
		{ "T10 C: port 2049 is protected, the rest in the clear, and rogues get no more",
		  t10 },
		{ "T11 U08 without the BTNS entry C is refused", t11 },
		{ "U10 a policy whose addresses are one key's: that key gets SAs, nobody else",
		  one_key },
	};

	return KTAP_RUN(tests);
}
