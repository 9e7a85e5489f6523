// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who a peer is and what it may have: RFC 5386 sections 2 and 3, by two
 * helpers and by messages made by hand. The mock module says yes to everything
 * (unless a test makes it say no), so what is refused was refused by btnsd.
 */
#include "ktap.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "craft.h"
#include "world.h"

static struct world w;

#define A	"10.0.0.1/32"
#define B	"10.0.0.2/32"
#define C	"10.0.0.3/32"
#define NET	WORLD_NET
#define FQDN(x)	"identity = { id = \"fqdn:" x "\"; };"

static void begin(void)
{
	world_init(&w);
}

static void up(int host, const char *conf)
{
	CHECK(world_up(&w, host, KEY_ED25519, conf));
}

/* host 0 opens to everybody and to any policy; host 1 is under test */
static void open_host(int host)
{
	world_pad_any(&w, host);
	world_policy(&w, host, NET, NET, 0, 0, 0, true);
}

/* both start, and host 0 has something to say to host 1 */
static void meet(const char *conf0, const char *conf1)
{
	up(0, conf0);
	up(1, conf1);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
}

static void named(int host, const char *name, const char *id, int key_of,
		  const char *prefix)
{
	struct lbtns_pad_entry *e = world_pad_add(&w, host, name);

	lbtns_ident_parse(id, &e->id, NULL);
	world_pad_key(&w, e, key_of);
	if (prefix)
		world_pad_prefix(e, prefix);
}

static bool is_key_of(const struct lbtns_ident *id, int host)
{
	struct key *k = world_key(host, KEY_ED25519);
	struct lbtns_ident want;

	/* and nothing of what it asserted is left (B03) */
	lbtns_ident_from_digest(key_fingerprint(k), &want);
	key_free(k);
	return lbtns_ident_equal(id, &want) && !strcmp(id->name, want.name);
}

static bool is_key_of_sa(const struct lbtns_sa *sa, int host)
{
	return is_key_of(&sa->peer, host);
}

static void refused(int a, int b)
{
	CHECK_EQ(world_pairs(&w, a, b), 0);
	CHECK_EQ(world_installed(&w, a), 0);
	CHECK_EQ(world_installed(&w, b), 0);
}

static void unknown_is_key(void)
{
	static const char *const confs[] = {
		NULL, FQDN("a.example"), "identity = { id = \"rfc822:x@a.example\"; };",
		"identity = { id = \"keyid:c0ffee\"; };",
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		begin();
		open_host(0);
		open_host(1);
		meet(confs[i], NULL);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		if (CHECK(world_sa(&w, 1))) {
			CHECK(is_key_of(&world_sa(&w, 1)->peer, 0));
			CHECK_EQ(world_sa(&w, 1)->peer.method,
				 BTNS_AUTH_METHOD_BTNS);
			CHECK(is_key_of(&w.h[1].k.bound[0].peer, 0));
			CHECK(is_key_of(&w.h[1].k.bound[1].peer, 0));
			CHECK(w.h[1].k.bound[0].has_peer_key);
		}
		world_fini(&w);
	}
}

static void named_first(void)
{
	struct lbtns_ident want;

	begin();
	/* the PAD as the module lists it: the named entry in front */
	named(1, "a", "fqdn:a.example", 0, A);
	open_host(1);
	open_host(0);
	meet(FQDN("a.example"), NULL);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	lbtns_ident_parse("fqdn:a.example", &want, NULL);
	if (CHECK(world_sa(&w, 1))) {
		CHECK(lbtns_ident_equal(&world_sa(&w, 1)->peer, &want));
		CHECK_EQ(world_sa(&w, 1)->peer.method,
			 BTNS_AUTH_METHOD_RAWKEY);
		CHECK(lbtns_ident_equal(&w.h[1].k.bound[0].peer, &want));
	}
	world_fini(&w);
}

static void no_fall_through(void)
{
	begin();
	/* a.example has host 2's key; host 0 says that it is a.example */
	named(1, "a", "fqdn:a.example", 2, C);
	open_host(1);
	open_host(0);
	meet(FQDN("a.example"), NULL);
	refused(0, 1);
	CHECK(!w.h[1].d.sas);
	CHECK(!w.h[0].d.sas);
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	CHECK(world_logged(&w, "AUTHENTICATION_FAILED"));
	CHECK(world_logged(&w, "the peer's key is not the one of that identity"));
	world_fini(&w);

	/* the same the other way: the initiator refuses, and closes */
	begin();
	named(0, "b", "fqdn:b.example", 2, C);
	open_host(0);
	open_host(1);
	meet(NULL, FQDN("b.example"));
	refused(0, 1);
	CHECK(!w.h[0].d.sas);
	CHECK(!w.h[1].d.sas);
	CHECK(world_logged(&w, "the peer reports AUTHENTICATION_FAILED"));
	world_fini(&w);
}

static void no_entry(void)
{
	begin();
	named(1, "c", "fqdn:c.example", 2, C);
	world_protect(&w, 1);
	open_host(0);
	meet(NULL, NULL);
	refused(0, 1);
	CHECK(!w.h[1].d.sas);
	CHECK(world_logged(&w, "no PAD entry matches the peer"));
	CHECK(world_logged(&w, "the peer refused us: AUTHENTICATION_FAILED"));
	world_fini(&w);
}

static void given_key(void)
{
	int right;

	for (right = 0; right < 2; right++) {
		struct lbtns_pad_entry *e;

		begin();
		e = world_pad_add(&w, 1, "k");
		e->flags = BTNS_PAD_FLAGS_BTNS;
		world_pad_key(&w, e, right ? 0 : 2);
		lbtns_ident_from_digest(e->keys[0], &e->id);
		e->n_keys = 0;
		world_protect(&w, 1);
		open_host(0);
		meet(FQDN("whoever.example"), NULL);
		CHECK_EQ(world_pairs(&w, 0, 1), right);
		world_fini(&w);
	}
}

/* host 0's IKE_AUTH made by hand, against host 1 that takes any key */
static struct ike_sa *by_hand(void)
{
	begin();
	open_host(0);
	open_host(1);
	up(0, NULL);
	up(1, NULL);
	return craft_half_open(&w, 0, 1);
}

static struct sel hosts(int local, int remote)
{
	return (struct sel){
		.local = w.h[local].addr,
		.remote = w.h[remote].addr,
		.local_plen = 32,
		.remote_plen = 32,
	};
}

static void bare(struct craft_auth *a, const struct key *k)
{
	memset(a, 0, sizeof(*a));
	a->id_type = IKE_ID_FQDN;
	a->id = "x.example";
	a->id_len = 9;
	a->sign = k;
	a->n_certs = 1;
	a->encoding[0] = IKE_CERT_RAW_KEY;
	a->cert[0] = key_spki(k);
	a->n_ts = 1;
	a->ts[0] = hosts(0, 1);
}

static void auth_methods(void)
{
	static const struct {
		const char *what;
		uint8_t method;
		bool corrupt;
		bool no_cert;
		bool no_auth;
		const char *why;
	} cases[] = {
		{ "as it should be", 0, false, false, false, NULL },
		{ "wrong signature", 0, true, false, false, "its AUTH" },
		{ "no CERT", 0, false, true, false, "no CERT payload" },
		{ "PSK", IKE_AUTH_PSK, false, false, false,
		  ": it authenticates by a shared secret:" },
		{ "NULL", IKE_AUTH_NULL, false, false, false,
		  "by NULL, and its AUTH is not made with the keys" },
		{ "RSA with SHA-1", IKE_AUTH_RSA, false, false, false,
		  "only digital" },
		{ "ECDSA-256", IKE_AUTH_ECDSA_256, false, false, false,
		  "only digital" },
		{ "EAP: no AUTH at all", 0, false, false, true, "refused" },
		{ "an unknown method", 200, false, false, false,
		  "only digital" },
	};
	struct craft_auth a;
	struct ike_sa *sa;
	struct key *k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sa = by_hand();
		k = world_key(0, KEY_ED25519);
		bare(&a, k);
		a.method = cases[i].method;
		a.corrupt = cases[i].corrupt;
		if (cases[i].no_cert)
			a.n_certs = 0;
		if (cases[i].no_auth)
			a.sign = NULL;
		world_forget_log(&w);
		craft_auth_send(&w, sa, 0, 1, &a);
		world_step(&w);
		if (!cases[i].why) {
			CHECK_EQ(world_installed(&w, 1), 2);
		} else if (!CHECK_EQ(world_installed(&w, 1), 0) ||
			   !CHECK(!w.h[1].d.sas) ||
			   !CHECK(world_logged(&w, cases[i].why))) {
			ktap_note("%s", cases[i].what);
		}
		key_free(k);
		world_fini(&w);
	}
}

static void certs(void)
{
	static uint8_t x509[2048], x509_other[2048];
	struct key *k = world_key(0, KEY_RSA), *other = world_key(2, KEY_RSA);
	size_t len, len_other;
	struct craft_auth a;
	unsigned int i;

	len = craft_x509(world_key_path(0, KEY_RSA), x509, sizeof(x509));
	len_other = craft_x509(world_key_path(2, KEY_RSA), x509_other,
			       sizeof(x509_other));
	CHECK(len && len_other);
	for (i = 0; i < 8; i++) {
		const bool ok = i < 4;
		struct ike_sa *sa = by_hand();

		bare(&a, k);
		a.encoding[1] = IKE_CERT_X509_SIGNATURE;
		a.cert[1] = span(x509, len);
		a.encoding[2] = IKE_CERT_RAW_RSA;
		a.cert[2] = key_rsa(k);
		a.encoding[3] = IKE_CERT_HASH_URL;
		a.cert[3] = span("http://x", 8);
		a.n_certs = 4;
		switch (i) {
		case 0:
			break;
		case 1: /* the certificate alone, self-signed */
			a.encoding[0] = a.encoding[1];
			a.cert[0] = a.cert[1];
			a.n_certs = 1;
			break;
		case 2: /* RFC 5386's own raw RSA key alone */
			a.encoding[0] = IKE_CERT_RAW_RSA;
			a.cert[0] = key_rsa(k);
			a.n_certs = 1;
			break;
		case 3:
			a.n_certs = 2;
			break;
		case 4: /* raw key and certificate are of different keys */
			a.cert[1] = span(x509_other, len_other);
			break;
		case 5:
			a.cert[2] = key_rsa(other);
			break;
		case 6: /* the one that signed comes second */
			a.cert[0] = key_spki(other);
			break;
		case 7: /* what we know and cannot read */
			a.cert[1] = span(x509, len - 1);
			break;
		}
		craft_auth_send(&w, sa, 0, 1, &a);
		world_step(&w);
		if (!CHECK_EQ(world_installed(&w, 1), ok ? 2 : 0))
			ktap_note("case %u", i);
		if (!ok)
			CHECK(!w.h[1].d.sas);
		world_fini(&w);
	}
	key_free(k);
	key_free(other);
}

/* U09: the flag decides for a BTNS peer, and is nothing to a named one */
static void btns_ok(void)
{
	int flag, is_named;

	for (flag = 0; flag < 2; flag++) {
		for (is_named = 0; is_named < 2; is_named++) {
			begin();
			if (is_named)
				named(1, "a", "fqdn:a.example", 0, A);
			world_pad_any(&w, 1);
			world_policy(&w, 1, NET, NET, 0, 0, 0, flag);
			open_host(0);
			meet(FQDN("a.example"), NULL);
			CHECK_EQ(world_pairs(&w, 0, 1), flag || is_named);
			if (!flag && !is_named)
				CHECK(world_logged(&w, "TS_UNACCEPTABLE"));
			/* and as an initiator it keeps to its own policy too */
			CHECK_EQ(world_installed(&w, 1),
				 flag || is_named ? 2 : 0);
			world_fini(&w);
		}
	}
	/* an initiator without the flag does not install what it is given */
	begin();
	world_pad_any(&w, 0);
	world_policy(&w, 0, NET, NET, 0, 0, 0, false);
	open_host(1);
	meet(NULL, NULL);
	refused(0, 1);
	world_fini(&w);
}

/*
 * Figure of RFC 5386 section 3, for hosts: the peer at 10.0.0.1 with a key
 * that the PAD does not know, Q's or B's name, and their addresses.
 */
static void rfc_pad(void)
{
	named(1, "B", "fqdn:b.example", 2, "10.0.0.64/26");
	named(1, "Q", "fqdn:q.example", 2, C);
	world_pad_any(&w, 1);
	/* rule 2 and 3: Q and B-net, not BTNS_OK; rule 4: any, BTNS_OK */
	world_policy(&w, 1, NET, C, 0, 0, 0, false);
	world_policy(&w, 1, NET, "10.0.0.64/26", 0, 0, 0, false);
	world_protect(&w, 1);
}

static void t04(void)
{
	begin();
	rfc_pad();
	open_host(0);
	meet(NULL, NULL);
	/* T04: C gets SAs for its own address */
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

static void t05(void)
{
	static const char *const confs[] = { FQDN("q.example"),
					     FQDN("b.example") };
	int i;

	for (i = 0; i < 2; i++) {
		begin();
		rfc_pad();
		open_host(0);
		meet(confs[i], NULL);
		refused(0, 1);
		CHECK(!w.h[1].d.sas);
		world_fini(&w);
	}
}

static void t06(void)
{
	static const char *const stolen[] = { "10.0.0.3", "10.0.0.77" };
	int i;

	for (i = 0; i < 2; i++) {
		/* the rogue has taken the address of Q, or one of B's */
		begin();
		rfc_pad();
		addr_parse(&w.h[0].addr, stolen[i]);
		addr_parse(&w.h[2].addr, "10.0.0.200");
		open_host(0);
		meet(NULL, NULL);
		refused(0, 1);
		CHECK(world_logged(&w, "belong to another PAD entry"));
		world_fini(&w);
	}
	/* and one at its own address that only asks for Q's */
	for (i = 0; i < 2; i++) {
		struct key *k = world_key(0, KEY_ED25519);
		struct craft_auth a;
		struct ike_sa *sa;

		sa = by_hand();
		bare(&a, k);
		a.ts[0].local = w.h[2].addr;
		craft_auth_send(&w, sa, 0, 1, &a);
		world_step(&w);
		CHECK_EQ(world_installed(&w, 1), 0);
		/* the IKE SA stands: it proved its key, and has no child SA */
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		world_fini(&w);
		key_free(k);
	}
}

/* a wider selector that covers an owned address is cut down to the peer's own */
static void b09_narrow(void)
{
	struct key *k = world_key(0, KEY_ED25519);
	struct craft_auth a;
	struct ike_sa *sa;
	size_t i;

	begin();
	open_host(0);
	rfc_pad();
	up(0, NULL);
	up(1, NULL);
	sa = craft_half_open(&w, 0, 1);
	bare(&a, k);
	addr_parse(&a.ts[0].local, "10.0.0.0");
	a.ts[0].local_plen = 24;
	craft_auth_send(&w, sa, 0, 1, &a);
	world_step(&w);
	CHECK_EQ(world_installed(&w, 1), 2);
	for (i = 0; i < w.h[1].k.n_bound; i++) {
		CHECK_EQ(w.h[1].k.bound[i].sel.remote.len, 32);
		CHECK(!memcmp(w.h[1].k.bound[i].sel.remote.addr,
			      w.h[0].addr.b, 4));
	}
	world_fini(&w);
	key_free(k);
}

static void t07(void)
{
	/* T07: another key at C's address succeeds; the module breaks latches */
	begin();
	rfc_pad();
	open_host(0);
	meet(NULL, NULL);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_crash(&w, 0);
	memset(&w.h[0].k.sa, 0, sizeof(w.h[0].k.sa));
	w.h[0].k.n_bound = 0;
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	if (CHECK(world_sa(&w, 1)))
		CHECK(!is_key_of(&world_sa(&w, 1)->peer, 0));
	world_fini(&w);
}

/* T08: NFS server Q; only its port is for everybody */
static void t08(void)
{
	static const struct {
		uint16_t port;
		bool ok;
	} cases[] = { { 2049, true }, { 22, false } };
	size_t i;

	for (i = 0; i < 2; i++) {
		begin();
		named(1, "A", "fqdn:a.example", 2, C);
		world_pad_any(&w, 1);
		world_policy(&w, 1, NET, C, 0, 0, 0, false);
		world_policy(&w, 1, B, NET, IPPROTO_TCP, 2049, 0, true);
		open_host(0);
		up(0, NULL);
		up(1, NULL);
		world_acquire(&w, 0, 1, cases[i].port);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), cases[i].ok);
		if (cases[i].ok && CHECK(w.h[1].k.n_bound == 2)) {
			/* narrowed: it asked for all traffic between them */
			CHECK_EQ(w.h[1].k.bound[0].sel.lport, 2049);
			CHECK_EQ(w.h[1].k.bound[0].sel.proto, IPPROTO_TCP);
			CHECK_EQ(w.h[0].k.bound[0].sel.rport, 2049);
		}
		world_fini(&w);
	}
}

static void t11(void)
{
	begin();
	rfc_pad();
	open_host(0);
	meet(NULL, NULL);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* the administrator takes the BTNS entry away */
	w.h[1].k.n_pad--;
	btnsd_events.pad_changed(&w.h[1].d);
	world_run(&w);
	refused(0, 1);
	CHECK(!w.h[1].d.sas);
	CHECK(!w.h[0].d.sas);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	refused(0, 1);
	world_fini(&w);
}

/* ---- L32, L33: what the module says about latches ------------------------ */

static uint8_t wide_conflicts(const struct lbtns_sa *sa)
{
	return sa->sel.rport || sa->sel.lport ? BTNS_SA_VERDICT_OK :
						BTNS_SA_VERDICT_CONFLICT;
}

static uint8_t all_conflict(const struct lbtns_sa *sa)
{
	(void)sa;
	return BTNS_SA_VERDICT_CONFLICT;
}

static uint8_t module_refuses(const struct lbtns_sa *sa)
{
	(void)sa;
	return BTNS_SA_VERDICT_POLICY_REFUSED;
}

static void conflicts(void)
{
	static uint8_t (*const verdicts[])(const struct lbtns_sa *) = {
		wide_conflicts, all_conflict, module_refuses,
	};
	static const unsigned int pairs[] = { 1, 1, 0 }, broke[] = { 0, 2, 0 };
	size_t i;

	for (i = 0; i < 3; i++) {
		begin();
		open_host(0);
		open_host(1);
		up(0, NULL);
		up(1, NULL);
		w.h[1].k.verdict = verdicts[i];
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), pairs[i]);
		CHECK_EQ(w.h[1].k.conflicts, broke[i]);
		if (pairs[i] && CHECK(w.h[1].k.n_bound == 2)) {
			/* the packet that asked, and no more than that */
			CHECK_EQ(w.h[1].k.bound[0].sel.lport, 80);
			CHECK_EQ(w.h[1].k.bound[0].sel.rport, 40000);
		}
		world_fini(&w);
	}
}

/* the module's latches are host 0's until they are broken */
static uint8_t until_broken(const struct lbtns_sa *sa)
{
	if (w.h[1].k.breaks || is_key_of_sa(sa, 0))
		return BTNS_SA_VERDICT_OK;
	return wide_conflicts(sa);
}

/* host 2 has taken host 0's address; who gets what depends on host 0's life */
static void contested(void)
{
	int alive;

	for (alive = 0; alive < 2; alive++) {
		begin();
		open_host(0);
		open_host(1);
		open_host(2);
		up(0, NULL);
		up(1, NULL);
		w.h[1].k.verdict = until_broken;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		world_advance(&w, 5000);
		if (!alive)
			world_crash(&w, 0);
		w.h[2].addr = w.h[0].addr;
		up(2, NULL);
		world_acquire(&w, 2, 1, 81);
		world_run(&w);
		CHECK_EQ(world_installed(&w, 2), 0);
		world_advance(&w, 20000);
		CHECK_EQ(world_installed(&w, 2), 2);
		CHECK_EQ(w.h[1].k.breaks, !alive);
		CHECK_EQ(w.h[1].k.conflicts, 0);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1 + alive);
		/* narrow around the living, wide in the place of the dead */
		CHECK_EQ(w.h[2].k.bound[0].sel.rport, alive ? 81 : 0);
		if (!alive)
			CHECK_EQ(w.h[1].k.break_reason, BTNS_REASON_PEER_DEAD);
		world_fini(&w);
	}
}

static uint8_t latched_to_ed25519(const struct lbtns_sa *sa)
{
	return is_key_of_sa(sa, 0) ? BTNS_SA_VERDICT_OK :
				     BTNS_SA_VERDICT_CONFLICT;
}

/* a host gets another key while its peer holds latches to the old one */
static void key_changes(void)
{
	struct lbtns_sa old[2];
	unsigned int left;
	size_t i, k;

	begin();
	open_host(0);
	open_host(1);
	meet(NULL, NULL);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	w.h[1].k.verdict = latched_to_ed25519;
	memcpy(old, w.h[1].k.bound, sizeof(old));
	world_crash(&w, 0);
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, NULL));
	do {
		world_advance(&w, 10);
		/* what is bound to the old key stays so for as long as it is */
		for (left = 0, i = 0; i < w.h[1].k.n_bound; i++)
			for (k = 0; k < 2; k++) {
				const struct lbtns_sa *b = &w.h[1].k.bound[i];

				if (b->spi != old[k].spi)
					continue;
				left++;
				CHECK(is_key_of_sa(b, 0));
			}
	} while (left && w.now < 1600000);
	CHECK_EQ(left, 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* the module was told of the other key, and breaks latches for it */
	CHECK_EQ(w.h[1].k.conflicts, 2);
	for (i = 0; i < w.h[1].k.n_bound; i++)
		CHECK(!is_key_of_sa(&w.h[1].k.bound[i], 0));
	CHECK(world_logged(&w, "conflicts with a latch of another peer"));
	world_fini(&w);
}

static void tunnel(void)
{
	struct key *k = world_key(0, KEY_ED25519);
	struct craft_auth a;
	struct ike_sa *sa;

	sa = by_hand();
	bare(&a, k);
	a.tunnel = true;
	craft_auth_send(&w, sa, 0, 1, &a);
	world_step(&w);
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK(world_logged(&w, "policy wants transport mode, not tunnel mode"));
	world_fini(&w);
	key_free(k);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "B03 U03 a peer of no named entry is its key, whatever it asserts",
		  unknown_is_key },
		{ "B01 B07 U06 a named entry comes before the wildcard",
		  named_first },
		{ "B04 T05 a named entry that does not fit refuses for good",
		  no_fall_through },
		{ "U08 T11 no entry, no IKE SA", no_entry },
		{ "U04 a BTNS entry with a key takes that key alone", given_key },
		{ "U05 U07 K21 K49 only a good signature with its key counts",
		  auth_methods },
		{ "B05 B06 raw keys and certificates: all must be one key",
		  certs },
		{ "U09 K22 BTNS_OK decides for BTNS peers and for nobody else",
		  btns_ok },
		{ "T04 an unknown peer gets SAs for its own address", t04 },
		{ "T05 Q's or B's name without the key is refused", t05 },
		{ "T06 B09 Q's or B's addresses are not for others", t06 },
		{ "B09 K16 a wide selector is cut down to the peer's own address",
		  b09_narrow },
		{ "T07 another key at C's address is another peer", t07 },
		{ "T08 an unknown peer gets the BTNS_OK port alone", t08 },
		{ "T11 U12 without its entry the peer loses what it has", t11 },
		{ "U11 L33 a host with another key is another peer: nothing is bound anew",
		  key_changes },
		{ "L32 L33 a conflict is narrowed away if it can be", conflicts },
		{ "L32 L33 N20 L19 two that claim one address: the old one is asked first",
		  contested },
		{ "K37 tunnel mode is refused where policy wants transport mode", tunnel },
	};

	return KTAP_RUN(tests);
}
