// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two helpers set up an IKE SA and a child SA: with every kind of key, through
 * cookies and wrong groups, over a network that loses, doubles and reorders,
 * and against messages that are not what they should be.
 */
#include "conf_check.h"
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/parse.h"
#include "craft.h"
#include "exchange_world.h"

static void key_types(void)
{
	static const enum key_type types[] = {
		KEY_ED25519, KEY_ECDSA_P256, KEY_ECDSA_P384, KEY_RSA,
	};
	size_t i, j;

	for (i = 0; i < 4; i++) {
		for (j = 0; j < 4; j++) {
			/* an RSA key and its signature make two datagrams */
			two_keys(types[i], types[j],
				 "ike = { fragment = 0; };", NULL);
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			good();
			CHECK_EQ(w.sent, 4);
			done();
		}
	}
}

static void algorithms(void)
{
	static const char *const confs[] = {
		"ike = { aead = [\"chacha20poly1305\"]; prf = [\"sha512\"]; dh = [\"p384\"]; }; child = { aead = [\"chacha20poly1305\"]; };",
		"ike = { aead = [\"aes128gcm16\"]; prf = [\"sha384\"]; dh = [\"modp2048\"]; }; child = { aead = [\"aes128gcm16\"]; };",
		"ike = { dh = [\"p256\"]; };",
		"ike = { dh = [\"modp3072\"]; };",
		"ike = { dh = [\"modp4096\"]; }; child = { pfs = true; };",
	};
	size_t i;

	for (i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		two(confs[i], confs[i]);
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		good();
		done();
	}
}

/* lines of the log that have the text */
static unsigned int lines(const char *text)
{
	unsigned int n = 0;
	const char *at;

	for (at = w.log; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void no_common(void)
{
	two("ike = { aead = [\"aes128gcm16\"]; };", NULL);
	log_verbose(0);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	nothing();
	CHECK(!w.h[1].d.sas);
	CHECK(world_logged(&w, "10.0.0.1:500 #1: IKE_SA_INIT refused"));
	CHECK(world_logged(&w, "NO_PROPOSAL_CHOSEN"));
	/* the error was not authentic: it is told, but believed after all retries */
	CHECK(w.h[0].d.sas);
	CHECK(world_logged(&w, "answer passed over: it answered NO_PROPOSAL_CHOSEN; we offered "));
	world_advance(&w, 60000);
	CHECK(!w.h[0].d.sas);
	CHECK(world_logged(&w, "no answer to IKE_SA_INIT that can be used (it answered NO_"));
	CHECK_EQ(lines("passed over: it answered NO_PROPOSAL_CHOSEN"), 1);
	nothing();
	done();

	two("child = { aead = [\"aes128gcm16\"]; };", NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 0) + world_installed(&w, 1), 0);
	CHECK(world_logged(&w, "child refused: none of its ESP proposals"));
	CHECK(world_logged(&w, "the peer refused the child: NO_PROPOSAL_CHOSEN"));
	done();
}

/* who sees our request can refuse it in the peer's name, as often as he likes */
/* a notify that anybody may have sent, many times, and what is said of it once */
static void forged_refusal(uint16_t type, struct span data, const char *text)
{
	uint8_t buf[128];
	struct ike_build b;
	struct ike_hdr hdr;
	struct span s;
	int i;

	two(NULL, NULL);
	log_verbose(0);
	world_acquire(&w, 0, 1, 80);
	if (!CHECK(w.queue) || !CHECK(world_hdr(w.queue, &hdr)))
		return;
	hdr.flags = IKE_FLAG_RESPONSE;
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_notify(&b, type, data);
	CHECK(ike_build_done(&b, &s, NULL));
	for (i = 0; i < 50; i++)
		world_inject(&w, 1, 0, s.data, s.len);
	world_run(&w);
	CHECK_EQ(lines("answer passed over"), 1);
	CHECK(world_logged(&w, text));
	good();
	CHECK(!world_logged(&w, "not established"));
	done();
}

static void forged_refusals(void)
{
	forged_refusal(IKE_N_NO_PROPOSAL_CHOSEN, span(NULL, 0),
		       "it answered NO_PROPOSAL_CHOSEN; we offered");
	/* another group, which we do not have, and the one that we sent */
	forged_refusal(IKE_N_INVALID_KE_PAYLOAD, span("\3\347", 2),
		       "it wants group 999, which ike.dh does not have");
	forged_refusal(IKE_N_INVALID_KE_PAYLOAD, span("\0\37", 2),
		       "it wants group 31, which is the one that it got");
}

static void cookie(void)
{
	two(NULL, "ike = { cookie_threshold = 0; };");
	world_acquire(&w, 0, 1, 80);
	/* the first request leaves no trace */
	CHECK(world_step(&w));
	CHECK(!w.h[1].d.sas);
	CHECK_EQ(w.h[1].d.stats.cookies, 1);
	world_run(&w);
	good();
	CHECK_EQ(w.sent, 6);
	done();
}

static bool same_cookie(struct cookie *k, uint64_t now, const char *from,
			uint16_t port, uint64_t spi, const char *nonce,
			const uint8_t *got, size_t len)
{
	struct endpoint e = { .port = port };

	addr_parse(&e.addr, from);
	return cookie_check(k, now, &e, spi, span(nonce, 16), span(got, len));
}

/* a cookie is good for what it was given for, and for a minute or two */
static void cookie_forms(void)
{
	struct endpoint e = { .port = 500 };
	const char *n = "0123456789abcdef";
	struct cookie k = { 0 };
	uint8_t got[COOKIE_LEN];
	unsigned int i;

	addr_parse(&e.addr, "10.0.0.1");
	CHECK(cookie_make(&k, 5, &e, 7, span(n, 16), got));
	CHECK(same_cookie(&k, 6, "10.0.0.1", 500, 7, n, got, COOKIE_LEN));
	CHECK(!same_cookie(&k, 6, "10.0.0.2", 500, 7, n, got, COOKIE_LEN));
	CHECK(!same_cookie(&k, 6, "10.0.0.1", 501, 7, n, got, COOKIE_LEN));
	CHECK(!same_cookie(&k, 6, "10.0.0.1", 500, 8, n, got, COOKIE_LEN));
	CHECK(!same_cookie(&k, 6, "10.0.0.1", 500, 7, "0123456789abcdeg", got,
			   COOKIE_LEN));
	CHECK(!same_cookie(&k, 6, "10.0.0.1", 500, 7, n, got, COOKIE_LEN - 1));
	CHECK(!same_cookie(&k, 6, "10.0.0.1", 500, 7, n, got, 0));
	for (i = 0; i < COOKIE_LEN; i++) {
		got[i] ^= 0x10;
		CHECK(!same_cookie(&k, 6, "10.0.0.1", 500, 7, n, got,
				   COOKIE_LEN));
		got[i] ^= 0x10;
	}
	/* over one change of the secret, but not over two */
	CHECK(same_cookie(&k, 60100, "10.0.0.1", 500, 7, n, got, COOKIE_LEN));
	CHECK(!same_cookie(&k, 120300, "10.0.0.1", 500, 7, n, got, COOKIE_LEN));
	/* nor after a long pause */
	CHECK(cookie_make(&k, 200000, &e, 7, span(n, 16), got));
	CHECK(!same_cookie(&k, 900000, "10.0.0.1", 500, 7, n, got, COOKIE_LEN));
	cookie_wipe(&k);
}

static void invalid_ke(void)
{
	two("ike = { dh = [\"x25519\", \"p256\"]; };",
	    "ike = { dh = [\"p256\"]; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	good();
	CHECK_EQ(w.sent, 6);
	done();

	/* and both at once: COOKIE, INVALID_KE_PAYLOAD, and the cookie again */
	two("ike = { dh = [\"x25519\", \"p256\"]; };",
	    "ike = { dh = [\"p256\"]; cookie_threshold = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	good();
	CHECK_EQ(w.sent, 8);
	done();
}

static bool drop_nth(struct world *x, struct packet *p)
{
	(void)p;
	return x->n[0]++ != x->n[1];
}

static bool first_of_each(struct world *x, struct packet *p)
{
	struct packet *k;

	for (k = x->kept; k; k = k->next)
		if (k->len == p->len && !memcmp(k->data, p->data, p->len))
			return true;
	k = world_copy(p);
	k->next = x->kept;
	x->kept = k;
	return false;
}

static void loss(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		two(NULL, NULL);
		w.filter = drop_nth;
		w.n[1] = i;
		world_acquire(&w, 0, 1, 80);
		world_advance(&w, 5000);
		good();
		done();
	}
	/* every message is lost the first time */
	two(NULL, "ike = { cookie_threshold = 0; };");
	w.filter = first_of_each;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 30000);
	good();
	done();
}

static bool twice(struct world *x, struct packet *p)
{
	world_queue(x, world_copy(p));
	return true;
}

static void doubled(void)
{
	two(NULL, NULL);
	w.filter = twice;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	good();
	CHECK_EQ(w.h[1].d.half_open, 0);
	CHECK_EQ(w.h[0].d.stats.child_up + w.h[1].d.stats.child_up, 2);
	done();
}

/* everything that was ever sent comes again, in both orders */
static void replay(void)
{
	struct packet *p, *list, *rev = NULL;
	unsigned int pass;

	two(NULL, NULL);
	w.filter = keep_all;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	w.filter = NULL;
	world_advance(&w, 40000);
	good();
	for (pass = 0; pass < 2; pass++) {
		list = w.kept;
		w.kept = NULL;
		rev = NULL;
		while ((p = list)) {
			list = p->next;
			world_queue(&w, world_copy(p));
			p->next = rev;
			rev = p;
		}
		w.kept = rev;
		world_run(&w);
	}
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	/* an old first request is a new one to a responder, and times out */
	world_advance(&w, IKE_HALF_OPEN_MS + 1000);
	good();
	done();
}

static uint16_t answered_to;

static bool where_to(struct world *x, struct packet *p)
{
	(void)x;
	if (p->from == 1)
		answered_to = p->path.remote.port;
	return true;
}

/* RFC 7296 2.11: the answer goes to where the request came from, also again */
static void again_from(void)
{
	struct packet *p;

	two(NULL, NULL);
	w.filter = keep_all;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	w.filter = where_to;
	for (p = w.kept; p && p->next; p = p->next)
		if (p->from == 0 && p->next->next == NULL)
			break;
	CHECK(p && p->from == 0);
	p = p ? world_copy(p) : NULL;
	if (p) {
		p->path.local.port = 6100;
		world_queue(&w, p);
	}
	world_run(&w);
	CHECK_EQ(answered_to, 6100);
	/* what could be a replay moves nobody */
	CHECK_EQ(world_sa(&w, 1)->path.remote.port, 500);
	good();
	done();
}

/* each octet of each message is damaged once on the way */
static bool damage(struct world *x, struct packet *p)
{
	struct packet *bad;

	if (x->n[0]++ != x->n[1] || p->len <= x->n[2])
		return true;
	bad = world_copy(p);
	bad->data[x->n[2]] ^= (uint8_t)(1 + x->n[2] % 255);
	world_queue(x, bad);
	return false;
}

static void damaged(void)
{
	unsigned int msg, at;

	for (msg = 0; msg < 4; msg++) {
		for (at = 0; at < 420; at += 13) {
			two(NULL, NULL);
			w.filter = damage;
			w.n[1] = msg;
			w.n[2] = at;
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			/* whatever it was, it made no SA that the other lacks */
			CHECK_EQ(world_installed(&w, 0),
				 2 * world_pairs(&w, 0, 1));
			world_advance(&w, 40000);
			CHECK(world_pairs(&w, 0, 1) ==
			      world_installed(&w, 0) / 2);
			done();
		}
	}
}

/*
 * Authentic messages with senseless contents change nothing; where that is
 * answered with INVALID_SYNTAX the IKE SA ends.
 */
static void malformed_inner(void)
{
	unsigned int i, j, mid = 0, ended = 0;
	struct ike_sa *sa = NULL;
	uint8_t junk[200];

	srand(1);
	for (i = 0; i < 600; i++) {
		static const uint8_t first[] = {
			IKE_PLD_SA,    IKE_PLD_KE,  IKE_PLD_NONCE,
			IKE_PLD_TSI,   IKE_PLD_TSR, IKE_PLD_DELETE,
			IKE_PLD_NOTIFY, IKE_PLD_AUTH, IKE_PLD_SK,
			IKE_PLD_CP,    99,
		};
		size_t len = 1 + (size_t)rand() % sizeof(junk);

		for (j = 0; j < len; j++)
			junk[j] = (uint8_t)rand();
		if (len > 4) {
			/* often a good length, so that bodies are looked at */
			junk[0] = i % 3 ? 0 : first[(i / 3) % sizeof(first)];
			junk[1] = 0;
			junk[2] = 0;
			junk[3] = (uint8_t)len;
		}
		if (!sa) {
			two(NULL, NULL);
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			good();
			sa = world_sa(&w, 0);
			mid = sa->send_mid;
		}
		craft_seal(&w, sa, 0, 1,
			   i % 2 ? IKE_INFORMATIONAL : IKE_CREATE_CHILD_SA,
			   mid++, first[i % sizeof(first)],
			   span(junk, len));
		world_run(&w);
		if (world_sa(&w, 1)) {
			CHECK_EQ(world_sa(&w, 1)->recv_mid, mid);
			good();
			continue;
		}
		CHECK(world_logged(&w, "closed by INVALID_SYNTAX"));
		CHECK_EQ(world_installed(&w, 1), 0);
		ended++;
		done();
		sa = NULL;
	}
	CHECK(ended > 100 && ended < 600);
	if (!sa)
		return;
	/* the IKE SA is in order: the other side can still use it */
	world_acquire(&w, 1, 0, 81);
	world_run(&w);
	good();
	done();
}

/* a message id that was used, or is far ahead */
static void window(void)
{
	struct ike_build b;
	uint8_t buf[256];
	struct ike_sa *sa;
	uint64_t dropped;

	two(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	sa = world_sa(&w, 0);
	dropped = w.h[1].d.stats.rx_dropped;
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_delete_ike(&b);
	craft_inner(&w, sa, 0, 1, IKE_INFORMATIONAL, sa->send_mid - 1, &b);
	craft_inner(&w, sa, 0, 1, IKE_INFORMATIONAL, sa->send_mid + 1, &b);
	craft_inner(&w, sa, 0, 1, IKE_INFORMATIONAL, 0, &b);
	craft_inner(&w, sa, 0, 1, IKE_INFORMATIONAL, 0xffffffff, &b);
	world_run(&w);
	CHECK_EQ(w.h[1].d.stats.rx_dropped, dropped + 4);
	good();
	done();
}

static bool count_major(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (p->from == 1 && world_hdr(p, &hdr)) {
		x->n[3]++;
		CHECK(hdr.flags & IKE_FLAG_RESPONSE);
	}
	return true;
}

static void clear_junk(void)
{
	static const uint8_t v3[28] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0,
		33, 0x30, 34, 8, 0, 0, 0, 0, 0, 0, 0, 28,
	};
	static const uint8_t lost[28] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9,
		46, 0x20, 37, 8, 0, 0, 0, 5, 0, 0, 0, 28,
	};
	static const uint8_t lies[28] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0,
		33, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 1, 0x28,
	};

	two(NULL, NULL);
	w.filter = count_major;
	world_inject(&w, 2, 1, v3, sizeof(v3));
	world_run(&w);
	CHECK_EQ(w.n[3], 1);
	/* none of these is answered */
	world_inject(&w, 2, 1, lost, sizeof(lost));
	world_inject(&w, 2, 1, lies, sizeof(lies));
	world_inject(&w, 2, 1, v3, 27);
	world_inject(&w, 2, 1, v3, 0);
	world_run(&w);
	CHECK_EQ(w.n[3], 1);
	CHECK(!w.h[1].d.sas);
	CHECK(world_logged(&w, "the header says 296 octets, the datagram has 28"));
	done();
}

static bool nat(struct world *x, struct packet *p)
{
	/* what host 0 sends comes from another port */
	(void)x;
	if (p->from == 0)
		p->path.local.port = 61000;
	return true;
}

static void behind_nat(void)
{
	two(NULL, "ike = { encap = \"never\"; };");
	w.filter = nat;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	nothing();
	CHECK(world_logged(&w, "the peer is behind a NAT"));
	CHECK(!w.h[1].d.sas);
	done();
}

static void kernel_fails(void)
{
	int side, call;

	for (side = 0; side < 2; side++) {
		for (call = 1; call <= 4; call++) {
			two(NULL, NULL);
			if (call <= 2)
				w.h[side].k.fail_add = (unsigned int)call;
			else
				w.h[side].k.fail_bind = (unsigned int)call - 2;
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			/* the peer is told: no half of a pair anywhere */
			CHECK_EQ(world_installed(&w, 0), 0);
			CHECK_EQ(world_installed(&w, 1), 0);
			CHECK_EQ(w.h[0].k.n_bound, 0);
			CHECK_EQ(w.h[1].k.n_bound, 0);
			CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
			CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
			/* what is no refusal for good is asked for again */
			CHECK_EQ(world_logged(&w, "child put off by the peer"),
				 side == 1 && call <= 2);
			world_advance(&w, 2 * IKE_RETRY_MS);
			/* else the next packet asks, and then it works */
			world_acquire(&w, 0, 1, 80);
			world_run(&w);
			good();
			done();
		}
	}
}

/* host 0 prefers another cipher from now on, for IKE SAs and child SAs */
static void prefer(const char *cipher)
{
	struct conf *c;
	char text[256];

	snprintf(text, sizeof(text),
		 "ike = { aead = [ \"%s\", \"aes256gcm16\" ]; };"
		 "child = { aead = [ \"%s\", \"aes256gcm16\" ]; };",
		 cipher, cipher);
	c = conf_good(text);
	if (c)
		CHECK_EQ(btnsd_reload(&w.h[0].d, c), 0);
}

/* an answer is to what was asked, and not to what would be asked now */
static void reload_between(void)
{
	unsigned int i, k;

	/* before IKE_SA_INIT comes back, before IKE_AUTH, before a rekey */
	for (i = 0; i < 3; i++) {
		two(NULL, NULL);
		world_acquire(&w, 0, 1, 80);
		for (k = 0; k < (i ? 2 : 0); k++)
			world_step(&w);
		if (i == 2) {
			world_run(&w);
			life_rekey(w.h[0].d.sas->children);
			fsm_start(w.h[0].d.sas);
		}
		CHECK(w.h[0].d.sas->request.len);
		prefer("aes256-sha256");
		world_run(&w);
		good();
		CHECK(!world_logged(&w, "did not choose"));
		done();
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U05 B05 every pair of key types makes SAs", key_types },
		{ "K56 every algorithm of the configuration makes SAs", algorithms },
		{ "K04 K11 K22 nothing in common: refused, and nothing is left", no_common },
		{ "K22 forged refusals end nothing and fill no log", forged_refusals },
		{ "K09 COOKIE: no state before it comes back", cookie },
		{ "K09 COOKIE: good for one initiator, and not for long",
		  cookie_forms },
		{ "K10 INVALID_KE_PAYLOAD, alone and with COOKIE", invalid_ke },
		{ "K01 any message may be lost", loss },
		{ "K02 every message may come twice", doubled },
		{ "K02 K03 replayed messages change nothing", replay },
		{ "K02 an answer goes again to where it is asked from (RFC 7296 2.11)",
		  again_from },
		{ "K35 damaged messages make no SA", damaged },
		{ "K23 authentic messages with malformed payloads change nothing else",
		  malformed_inner },
		{ "K03 message ids outside the window are dropped", window },
		{ "K04 K07 K24 senseless datagrams are dropped", clear_junk },
		{ "a NAT is noticed, and refused where ESP in UDP is forbidden", behind_nat },
		{ "a reload changes nothing of what is in flight", reload_between },
		{ "when the kernel refuses nothing is left on either side",
		  kernel_fails },
	};

	return KTAP_RUN(tests);
}
