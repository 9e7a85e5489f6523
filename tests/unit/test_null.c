// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NULL authentication (RFC 7619): taken only where the configuration has an
 * entry for it, told from every other proof, and never at the cost of a peer
 * that is there. Helpers on a mock kernel, and messages made by hand.
 */
#include "ktap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/build.h"
#include "conf_check.h"
#include "btnsd/ike/parse.h"
#include "craft.h"
#include "null_world.h"

static void both_ways(void)
{
	int from;

	for (from = 0; from < 2; from++) {
		begin();
		w.h[1].store = true;
		up(0, ANON);
		up(1, ANON);
		connect_from(from);
		sees(0, BTNS_AUTH_METHOD_NONE);
		sees(1, BTNS_AUTH_METHOD_NONE);
		CHECK(!w.h[0].k.bound[0].local.type);
		CHECK(world_sa(&w, 1) && world_sa(&w, 1)->btns);
		/* there is nobody to remember */
		CHECK_EQ(w.h[1].d.store.n, 0);
		CHECK(!w.h[0].k.unvouched && !w.h[1].k.unvouched);
		world_fini(&w);
		unlink(world_store_path(1, ""));
	}
}

/* one side proves a key, the other nothing; each may begin */
static void asymmetric(void)
{
	int from;

	for (from = 0; from < 2; from++) {
		both_up(named(1, "local_auth = \"null\";"), ANON_KEY);
		connect_from(from);
		sees(0, BTNS_AUTH_METHOD_RAWKEY);
		sees(1, BTNS_AUTH_METHOD_NONE);
		CHECK(!w.h[0].k.bound[0].local.type);
		CHECK_EQ(w.h[1].k.bound[0].local.method,
			 BTNS_AUTH_METHOD_RAWKEY);
		world_fini(&w);
	}
}

static bool keep(struct world *wd, struct packet *p)
{
	p = world_copy(p);
	p->next = wd->kept;
	wd->kept = p;
	return false;
}

/*
 * A peer that wants no signature of ours has no hashes to name (Libreswan, when
 * we are to be nobody), but has to know which we take, to sign with one of them.
 */
static void no_hashes(void)
{
	const struct ike_notify_desc *n;
	static struct ike_msg m;
	struct ike_parse_fail fail;
	uint8_t buf[1024];
	struct ike_build b;
	struct span s;

	both_up(ANON, named(0, "local_auth = \"null\";"));
	w.filter = keep;
	world_acquire(&w, 0, 1, 80);
	if (!CHECK(w.kept))
		return;
	CHECK_EQ(ike_parse_outer(span(w.kept->data, w.kept->len), &m, &fail),
		 IKE_PARSE_OK);
	ike_build_outer(&b, buf, sizeof(buf), &m.hdr);
	ike_build_sa(&b, &m.sa);
	ike_build_ke(&b, m.ke.group, m.ke.data);
	ike_build_nonce(&b, m.nonce);
	CHECK(ike_build_done(&b, &s, NULL));
	world_inject(&w, 0, 1, s.data, s.len);
	world_step(&w);
	if (CHECK_EQ(w.kept->from, 1)) {
		CHECK_EQ(ike_parse_outer(span(w.kept->data, w.kept->len), &m,
					 &fail), IKE_PARSE_OK);
		n = ike_msg_notify_find(&m, IKE_N_SIGNATURE_HASH_ALGORITHMS);
		CHECK(n && span_equal(n->data, span("\0\2\0\3\0\4\0\5", 8)));
	}
	world_fini(&w);
}

/* whoever wants more than the other proves refuses, and says so in IKE */
static void mismatch(void)
{
	static const struct {
		const char *a, *b, *why;
	} cases[] = {
		/* without an entry there is no NULL */
		{ ANON, ANY, "accepts no such peer that authenticates" },
		{ ANON, "", "accepts no such peer that authenticates" },
		/* a key where only nothing is taken */
		{ ANY, ANON, "no PAD entry matches the peer" },
		/* we proved a key, and want one */
		{ ANY, ANY ", " ANON, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		both_up(cases[i].a, cases[i].b);
		world_forget_log(&w);
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		if (!cases[i].why) {
			/* B03: the entry for nobody takes nobody with a key */
			sees(1, BTNS_AUTH_METHOD_BTNS);
			sees(0, BTNS_AUTH_METHOD_BTNS);
			world_fini(&w);
			continue;
		}
		CHECK_EQ(world_installed(&w, 1), 0);
		CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
		if (!CHECK(world_logged(&w, cases[i].why)) ||
		    !CHECK(world_logged(&w, "AUTHENTICATION_FAILED")))
			ktap_note("%zu: %s", i, w.log);
		world_fini(&w);
	}
}

/* the peer's answer is judged like its request */
static void responder_null(void)
{
	both_up(named(1, "host = [ \"10.0.0.2\" ]; local_auth = \"null\";"),
		ANON);
	world_forget_log(&w);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(w.h[0].d.stats.auth_failed, 1);
	if (!CHECK(world_logged(&w, "it is nobody by name with no proof")))
		ktap_note("%s", w.log);
	world_fini(&w);
}

/* ---- by hand ---------------------------------------------------------------- */

static struct craft_auth nobody(void)
{
	return (struct craft_auth){
		.id_type = IKE_ID_NULL, .null = true, .n_ts = 1,
		.ts[0] = { .local = w.h[0].addr, .remote = w.h[1].addr,
			   .local_plen = 32, .remote_plen = 32 },
	};
}

static void send_to(struct ike_sa *sa, const struct craft_auth *a)
{
	world_forget_log(&w);
	if (CHECK(sa))
		craft_auth_send(&w, sa, 0, 1, a);
	world_step(&w);
}

static struct ike_sa *half_open(const char *entries)
{
	both_up(ANON, entries);
	return craft_half_open(&w, 0, 1);
}

static void by_hand(void)
{
	static const struct {
		/* NULL: with a as well, by name */
		const char *entries, *name;
		bool corrupt, sign;
		const char *why;
	} cases[] = {
		{ ANON, NULL, false, false, NULL },
		{ ANON, NULL, true, false, "not made with the keys" },
		{ ANY, NULL, false, false, "accepts no such peer" },
		/* a name that nobody has is not looked at */
		{ ANY ", " ANON, "x.example", false, false, NULL },
		/* B04: one that an entry has must be proved */
		{ NULL, "a.example", false, false, "PAD entry pa: " },
		{ NULL, "x.example", false, false,
		  "belong to another PAD entry" },
		/* a signature in the place of the MAC */
		{ ANON, NULL, false, true, "no PAD entry matches the peer" },
	};
	char entries[1024];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct key *k = world_key(0, KEY_ED25519);
		struct craft_auth a;
		struct ike_sa *sa;

		snprintf(entries, sizeof(entries), "%s, " ANY ", " ANON,
			 named(0, ""));
		if (cases[i].entries)
			strcpy(entries, cases[i].entries);
		sa = half_open(entries);
		a = nobody();
		a.corrupt = cases[i].corrupt;
		if (cases[i].name) {
			a.id_type = IKE_ID_FQDN;
			a.id = cases[i].name;
			a.id_len = strlen(cases[i].name);
		}
		if (cases[i].sign) {
			a.null = false;
			a.sign = k;
			a.n_certs = 1;
			a.encoding[0] = IKE_CERT_RAW_KEY;
			a.cert[0] = key_spki(k);
		}
		send_to(sa, &a);
		if (!cases[i].why) {
			sees(1, BTNS_AUTH_METHOD_NONE);
			/* what it calls itself is shown nowhere */
			CHECK(world_sa(&w, 1) &&
			      !strstr(world_sa(&w, 1)->name, "x.example"));
		} else {
			CHECK_EQ(world_installed(&w, 1), 0);
			if (!CHECK(world_logged(&w, cases[i].why)))
				ktap_note("%zu: %s", i, w.log);
		}
		key_free(k);
		world_fini(&w);
	}
}

/* INITIAL_CONTACT of nobody ends nobody's SAs: who has them is asked first */
static void initial_contact(void)
{
	struct ike_sa *sa, *old;
	struct craft_auth a;
	uint32_t id;

	both_up(ANON, ANON);
	connect_from(0);
	old = world_sa(&w, 1);
	if (!CHECK(old))
		return;
	id = old->id;
	sa = craft_half_open_again(&w, 0, 1);
	a = nobody();
	a.initial_contact = true;
	send_to(sa, &a);
	old = sa_find_id(&w.h[1].d, id);
	CHECK(old && old->state == IKE_ST_ESTABLISHED && !old->replaced);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	/* nor is there a second one that takes over the first one's traffic */
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(world_logged(&w, "another anonymous peer has SAs"));
	world_run(&w);
	world_advance(&w, 30000);
	old = sa_find_id(&w.h[1].d, id);
	CHECK(old && old->state == IKE_ST_ESTABLISHED && !old->suspect);
	CHECK_EQ(w.h[1].d.stats.dead, 0);
	world_fini(&w);
}

/* a peer that lost all it had is let in again once the old one is found dead */
static void started_anew(void)
{
	both_up(ANON, ANON);
	connect_from(0);
	world_crash(&w, 0);
	w.h[0].k.n_bound = 0;
	memset(w.h[0].k.sa, 0, sizeof(w.h[0].k.sa));
	up(0, ANON);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_advance(&w, 60000);
	CHECK_EQ(w.h[1].d.stats.dead, 1);
	/* nobody's latches are broken in nobody's name */
	CHECK_EQ(w.h[1].k.breaks, 0);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	CHECK(world_pairs(&w, 0, 1) >= 1);
	CHECK_EQ(world_installed(&w, 1), 2);
	world_fini(&w);
}

/* its request waits for that: told no, it would have an IKE SA and no child SA */
static void waits(void)
{
	int alive;

	for (alive = 0; alive < 2; alive++) {
		begin();
		world_protect(&w, 2);
		up(0, ANON);
		up(1, ANON);
		up(2, ANON);
		connect_from(0);
		world_advance(&w, 5000);
		if (!alive)
			world_crash(&w, 0);
		w.h[2].addr = w.h[0].addr;
		world_acquire(&w, 2, 1, 80);
		world_run(&w);
		CHECK(world_logged(&w, "which is asked for life"));
		CHECK_EQ(world_installed(&w, 2), 0);
		world_advance(&w, 8000);
		CHECK_EQ(w.h[1].d.stats.dead, !alive);
		CHECK_EQ(w.h[1].k.breaks, 0);
		CHECK_EQ(world_installed(&w, 1), 2);
		CHECK_EQ(world_installed(&w, 2), alive ? 0 : 2);
		CHECK_EQ(world_logged(&w, "another anonymous peer has SAs"),
			 alive);
		world_fini(&w);
	}
}

/* two of them behind one address: nothing tells their traffic apart */
static void one_address(void)
{
	struct ike_sa *sa;
	uint32_t id;

	world_init(&w);
	world_policy(&w, 0, NET, NET, 0, 0, 0, true);
	world_policy(&w, 1, NET, "0.0.0.0/0", 0, 0, 0, true);
	world_policy(&w, 2, NET, NET, 0, 0, 0, true);
	world_nat(&w, 0, "192.0.2.7");
	world_nat(&w, 2, "192.0.2.7")->next = 62000;
	up(0, ANON);
	up(1, ANON);
	up(2, ANON);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 2);
	sa = world_sa(&w, 1);
	id = sa ? sa->id : 0;
	/* the second waits, and the first, which lives, keeps what it has */
	world_acquire(&w, 2, 1, 80);
	world_advance(&w, 60000);
	CHECK(world_logged(&w, "another anonymous peer has SAs for that"));
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK_EQ(world_installed(&w, 2), 0);
	CHECK(id && sa_find_id(&w.h[1].d, id));
	CHECK_EQ(w.h[1].d.stats.dead, 0);
	/* once it is gone, it is the other's turn */
	world_crash(&w, 0);
	world_advance(&w, 120000);
	CHECK_EQ(w.h[1].d.stats.dead, 1);
	world_acquire(&w, 2, 1, 81);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 2), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	world_fini(&w);
}

/* who has proved something keeps what it has (RFC 7619 section 3.3) */
static void behind_others(void)
{
	struct craft_auth a;
	struct ike_sa *sa;

	both_up(ANY, ANY ", " ANON);
	connect_from(0);
	sa = craft_half_open_again(&w, 0, 1);
	a = nobody();
	send_to(sa, &a);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(world_logged(&w, "one that is not has SAs for that"));
	world_fini(&w);
}

/* nor from one whose SAs an earlier btnsd left, before it has new ones */
static void behind_orphans(void)
{
	const char *const entries[] = { ANY ", " ANON, ANON };
	struct craft_auth a;
	struct ike_sa *sa;
	int nobodys;

	for (nobodys = 0; nobodys < 2; nobodys++) {
		both_up(nobodys ? ANON : ANY, entries[nobodys]);
		connect_from(0);
		world_crash(&w, 1);
		up(1, entries[nobodys]);
		CHECK(w.h[1].d.orphans);
		/* the filter keeps the new btnsd's own IKE_AUTH back */
		sa = craft_half_open_again(&w, 0, 1);
		a = nobody();
		send_to(sa, &a);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		/* of two that are nobody it may be the same one */
		CHECK_EQ(world_installed(&w, 1), nobodys ? 4 : 2);
		CHECK_EQ(world_logged(&w, "has SAs of an earlier btnsd for that"),
			 !nobodys);
		world_fini(&w);
	}
}

static uint8_t conflict(const struct lbtns_sa *sa)
{
	(void)sa;
	return BTNS_SA_VERDICT_CONFLICT;
}

/* its SAs are for what is nobody's, and for policies that strangers may use */
static void limits(void)
{
	struct craft_auth a;
	struct ike_sa *sa;
	int i;

	for (i = 0; i < 3; i++) {
		char entries[1024];

		world_init(&w);
		world_protect(&w, 0);
		world_policy(&w, 1, NET, NET, 0, 0, 0, i != 1);
		up(0, ANON);
		/* 0: the address is of another; 1: no btns-ok; 2: a latch */
		snprintf(entries, sizeof(entries), "%s%s" ANON,
			 i ? "" : named(0, ""), i ? "" : ", ");
		up(1, entries);
		if (i == 2)
			w.h[1].k.verdict = conflict;
		sa = craft_half_open(&w, 0, 1);
		a = nobody();
		send_to(sa, &a);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		if (!CHECK_EQ(world_installed(&w, 1), 0))
			ktap_note("case %d", i);
		CHECK(world_logged(&w, i == 0 ? "belong to another PAD entry" :
				       i == 1 ? "btns-ok" :
						"would break a latch"));
		world_fini(&w);
	}
}

/* ---- the configuration ---------------------------------------------------------- */

static void expect(const char *entries, const char *says)
{
	snprintf(conf[0], sizeof(conf[0]), "pad = ( %s );", entries);
	conf_expect(conf[0], says);
}

static void settings(void)
{
	expect(ANON, NULL);
	expect(ANON_KEY ", " ANY, NULL);
	/* without a name of ours there is one thing less to prove */
	expect(named(1, "local_auth = \"null\";"), NULL);
	expect("{ name = \"x\"; auth = \"null\"; local_auth = \"psk\"; }",
	       "cannot be shared with whoever comes");
	expect("{ name = \"x\"; auth = \"null\"; local_auth = \"cert\"; }",
	       "add identity.id");
	expect("{ name = \"x\"; auth = \"null\"; psk_file = \"/x\"; }",
	       "\"psk_file\" is for named entries");
	expect("{ name = \"x\"; auth = \"null\"; ca = \"/x\"; }",
	       "\"ca\" is for named entries");
	expect("{ name = \"x\"; auth = \"null\"; id = \"fqdn:x\"; }",
	       "has no \"id\"");
	expect(ANON ", { name = \"x\"; auth = \"null\"; }",
	       "only one entry may have auth = \"null\"");
}

/* to whom we say that we are nobody, when we speak first */
static void expected(void)
{
	static const struct {
		const char *entries, *host, *name;
	} cases[] = {
		{ ANON, "192.0.2.1", "anon" },
		{ ANY ", " ANON, "192.0.2.1", NULL },
		{ ANY ", { name = \"anon\"; auth = \"null\"; addresses = [ \"192.0.2.0/24\" ]; }",
		  "192.0.2.1", "anon" },
		{ ANY ", { name = \"anon\"; auth = \"null\"; addresses = [ \"192.0.2.0/24\" ]; }",
		  "192.0.3.1", NULL },
		{ "{ name = \"anon\"; auth = \"null\"; host = [ \"10.0.0.0/8\" ]; }, "
		  "{ name = \"n\"; id = \"fqdn:n\"; auth = \"key\"; key = \"SHA256:"
		  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\";"
		  " addresses = [ \"10.0.0.0/8\" ]; }",
		  "10.0.0.7", "n" },
	};
	char err[CONF_ERR_MAX];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_peer *p = NULL;
		struct conf *c;
		struct addr a;
		bool ok;

		snprintf(conf[0], sizeof(conf[0]), "pad = ( %s );",
			 cases[i].entries);
		c = conf_read_string(conf[0], err);
		addr_parse(&a, cases[i].host);
		if (CHECK(c))
			p = conf_peer_at(c, &a);
		if (cases[i].name)
			ok = p && !strcmp(p->name, cases[i].name);
		else
			ok = !p;
		if (!CHECK(ok))
			ktap_note("%zu: %s", i, p ? p->name : "nobody");
		conf_free(c);
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "two that prove nothing get SAs, and nobody's name",
		  both_ways },
		{ "one proves a key, the other nothing, whoever begins",
		  asymmetric },
		{ "K46 U05 a peer that names no hashes is told ours", no_hashes },
		{ "U05 U08 NULL where a key is wanted and the reverse are refused",
		  mismatch },
		{ "an answer by NULL is no answer of a named peer",
		  responder_null },
		{ "K49 B03 B04 U05 NULL by hand: a wrong MAC, names with and without an entry",
		  by_hand },
		{ "K50 INITIAL_CONTACT of nobody ends nobody's SAs",
		  initial_contact },
		{ "one that starts anew is let in when the old one is dead",
		  started_anew },
		{ "K60 and its request waits for that", waits },
		{ "K59 of two behind one NAT address one waits until the other is gone",
		  one_address },
		{ "K60 nobody takes traffic from a peer that proved something",
		  behind_others },
		{ "K60 nor from one that has SAs of an earlier btnsd",
		  behind_orphans },
		{ "K58 B09 U09 nobody gets another's addresses, policies or latches",
		  limits },
		{ "settings of the entry: what is taken, and why not",
		  settings },
		{ "where we say that we are nobody", expected },
	};

	return KTAP_RUN(tests);
}
