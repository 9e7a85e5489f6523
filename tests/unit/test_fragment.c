// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE fragmentation (RFC 7383): messages that are too large for a datagram,
 * with fragments lost, doubled and out of order; and what a peer that is
 * hostile can make of it.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fragment.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sk.h"
#include "craft.h"
#include "world.h"

static struct world w;

#define SMALL	"ike = { fragment = 576; };"
#define QUIET	"ike = { fragment = 576; dpd = 0; };"
#define NEVER	"ike = { fragment = 0; };"

/* in w.n[]: fragments seen, the largest protected datagram, which to drop */
enum { N_FRAGMENTS, N_LARGEST, N_DROP, N_SENT };

static bool count(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (!world_hdr(p, &hdr) || hdr.exchange == IKE_SA_INIT)
		return true;
	/* with IPv4 and UDP headers, and perhaps the non-ESP marker */
	if (p->len + 20 + 8 + 4 > x->n[N_LARGEST])
		x->n[N_LARGEST] = (unsigned int)p->len + 32;
	x->n[N_FRAGMENTS] += hdr.next == IKE_PLD_SKF;
	return ++x->n[N_SENT] != x->n[N_DROP];
}

static void two(enum key_type type, const char *a, const char *b)
{
	CHECK(world_two(&w, type, a, b));
	w.filter = count;
}

static void done(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(w.h[i].k.unvouched, 0);
		CHECK_EQ(w.h[i].d.fragment_octets, 0);
	}
	world_fini(&w);
}

static void both_take(void)
{
	two(KEY_RSA, SMALL, SMALL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(w.n[N_FRAGMENTS] >= 4);
	CHECK(w.n[N_LARGEST] <= 576);
	/* and in heirs */
	task_add(world_sa(&w, 1), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 1));
	world_run(&w);
	CHECK(world_sa(&w, 0)->fragmentation && world_sa(&w, 1)->fragmentation);
	done();
}

/* what fits is not cut, nor is what the other does not take */
static void not_cut(void)
{
	two(KEY_RSA, NULL, SMALL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(w.n[N_LARGEST] > 576 && w.n[N_LARGEST] <= 1280);
	done();

	two(KEY_RSA, SMALL, NEVER);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(w.n[N_FRAGMENTS], 0);
	done();

	two(KEY_RSA, NEVER, SMALL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(w.n[N_FRAGMENTS], 0);
	done();
}

static void each_lost(void)
{
	unsigned int i;

	for (i = 1; i <= 6; i++) {
		two(KEY_RSA, SMALL, SMALL);
		w.n[N_DROP] = i;
		world_acquire(&w, 0, 1, 80);
		world_advance(&w, 5000);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(w.h[0].d.stats.ike_up, 1);
		CHECK_EQ(w.h[1].d.stats.ike_up, 1);
		world_advance(&w, FRAGMENT_MS);
		done();
	}
}

/* the last comes first, and each comes twice */
static void turned_round(void)
{
	struct packet *p, *all = NULL;
	unsigned int n = 0;

	two(KEY_RSA, SMALL, SMALL);
	world_acquire(&w, 0, 1, 80);
	world_step(&w);
	world_step(&w);
	/* the request is cut and under way */
	while ((p = w.queue)) {
		w.queue = p->next;
		p->next = all;
		all = p;
		n++;
	}
	CHECK(n >= 2);
	while ((p = all)) {
		all = p->next;
		world_queue(&w, world_copy(p));
		world_queue(&w, p);
	}
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(w.h[1].d.stats.ike_up, 1);
	done();
}

/* ---- by hand ------------------------------------------------------------ */

static struct ike_sa *joined_by(const char *conf)
{
	two(KEY_ED25519, conf, conf);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	w.n[N_SENT] = 0;
	return world_sa(&w, 0);
}

static struct ike_sa *joined(void)
{
	return joined_by(SMALL);
}

static uint64_t iv = 0xee00000000000000;

/* a fragment of an INFORMATIONAL that host 0 sends to host 1 */
static void fragment(struct ike_sa *sa, uint32_t msgid, uint16_t number,
		     uint16_t total, struct span text, bool forged)
{
	static uint8_t wire[40000];
	const struct sk_content c = {
		.hdr = {
			.spi_i = sa->spi_i,
			.spi_r = sa->spi_r,
			.major = IKE_MAJOR_VERSION,
			.exchange = IKE_INFORMATIONAL,
			.flags = IKE_FLAG_INITIATOR,
			.msgid = msgid,
		},
		.first = number == 1 ? IKE_PLD_NOTIFY : 0,
		.text = text,
		.number = number,
		.total = total,
	};
	struct span m;

	CHECK_EQ(sk_seal(&sa->keys, true, iv++, &c, wire, sizeof(wire), &m),
		 CRYPTO_OK);
	if (forged)
		wire[m.len - 1] ^= 1;
	world_inject(&w, 0, 1, m.data, m.len);
	world_run(&w);
}

/* N(16384) of no protocol without data, in two halves */
static const uint8_t notify[] = { 0, 0, 0, 8, 0, 0, 0x40, 0 };

static struct span half(int i)
{
	return span(notify + 4 * i, 4);
}

static unsigned int answers(void)
{
	unsigned int n = w.n[N_SENT];

	w.n[N_SENT] = 0;
	return n;
}

static void one_of_one(void)
{
	struct ike_sa *sa = joined();
	uint32_t mid = sa->send_mid;

	/* Libreswan sends IKE_AUTH so */
	fragment(sa, mid, 1, 1, span(notify, sizeof(notify)), false);
	CHECK_EQ(answers(), 1);
	CHECK_EQ(world_sa(&w, 1)->recv_mid, mid + 1);
	done();
}

/* what is sent again is answered once, for its first fragment (2.6.1) */
static void first_answers(void)
{
	struct ike_sa *sa = joined();
	uint32_t mid = sa->send_mid;

	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 0);
	fragment(sa, mid, 1, 2, half(0), false);
	CHECK_EQ(answers(), 1);
	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 0);
	fragment(sa, mid, 1, 2, half(0), true);
	CHECK_EQ(answers(), 0);
	fragment(sa, mid, 1, 2, half(0), false);
	CHECK_EQ(answers(), 1);
	/* cut smaller */
	fragment(sa, mid, 1, 4, span(notify, 2), false);
	CHECK_EQ(answers(), 1);
	CHECK_EQ(world_sa(&w, 1)->recv_mid, mid + 1);
	/* the same octets again, when the second came last */
	fragment(sa, mid + 1, 1, 2, half(0), false);
	fragment(sa, mid + 1, 2, 2, half(1), false);
	CHECK_EQ(answers(), 1);
	iv--;
	fragment(sa, mid + 1, 2, 2, half(1), false);
	CHECK_EQ(answers(), 0);
	done();
}

/* whoever can only send again what it saw does not wear the keys out */
static void again_is_free(void)
{
	struct ike_sa *sa = joined_by(QUIET), *at = world_sa(&w, 1);
	const struct ike_usage *u = &at->usage;
	uint32_t mid = sa->send_mid;
	uint64_t packets = u->packets, bytes = u->bytes;
	unsigned int i;

	/* one that waits for the other, also after it was forgotten */
	for (i = 0; i < 40; i++) {
		fragment(sa, mid, 1, 2, half(0), false);
		iv--;
		if (i % 10 == 9)
			world_advance(&w, FRAGMENT_MS);
	}
	CHECK_EQ(u->packets, packets);
	CHECK_EQ(u->bytes, bytes);
	fragment(sa, mid, 1, 2, half(0), false);
	iv++;
	/* both, and the answer */
	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 1);
	CHECK_EQ(u->packets, packets + 3);
	CHECK(u->bytes > bytes + 3 * sizeof(struct ike_hdr));
	packets = u->packets;
	bytes = u->bytes;
	/* the answer goes out again, as it was sealed once */
	for (i = 0; i < 40; i++)
		fragment(sa, mid, 1, 2, half(0), false);
	CHECK_EQ(answers(), 40);
	CHECK_EQ(u->packets, packets);
	/* a request that was passed over, and comes again */
	at->recv_mid--;
	at->has_response = false;
	iv -= 42;
	fragment(sa, mid, 1, 1, span(notify, sizeof(notify)), false);
	CHECK_EQ(u->packets, packets + 2);
	at->recv_mid--;
	at->has_response = false;
	iv--;
	fragment(sa, mid, 1, 1, span(notify, sizeof(notify)), false);
	CHECK_EQ(answers(), 2);
	/* but for the answer that was made anew */
	CHECK_EQ(u->packets, packets + 3);
	done();
}

static bool not_from_0(struct world *x, struct packet *p)
{
	(void)x;
	return p->from != 0;
}

/* an answer of host 1 that is passed over, as it has nothing or too little in it */
static struct packet *odd_answer(struct ike_sa *sa, bool large)
{
	static const uint8_t nonce[IKE_NONCE_LEN];
	struct ike_build b;
	uint8_t buf[64];

	ike_build_inner(&b, buf, sizeof(buf));
	if (large)
		ike_build_nonce(&b, span(nonce, sizeof(nonce)));
	craft_answer(&w, sa, 1, 0, IKE_CREATE_CHILD_SA, sa->send_mid, &b);
	return CHECK(w.queue) ? world_copy(w.queue) : NULL;
}

/* nor does who sends an answer again that was passed over */
static void answer_is_free(void)
{
	struct ike_sa *sa = joined_by(QUIET);
	const struct ike_usage *u = &sa->usage;
	struct packet *odd[2];
	uint64_t packets, bytes;
	int i;

	w.filter = not_from_0;
	CHECK(world_start(&w, 0, TASK_LIVENESS));
	packets = u->packets;
	for (i = 0; i < 2; i++) {
		bytes = u->bytes;
		odd[i] = odd_answer(sa, i);
		if (!odd[i])
			return;
		world_run(&w);
		CHECK_EQ(u->packets, packets + 1);
		CHECK_EQ(u->bytes - bytes,
			 odd[i]->len - (i ? odd[0]->len : 0));
	}
	CHECK(world_logged(&w, "answer passed over"));
	bytes = u->bytes;
	for (i = 0; i < 40; i++) {
		world_queue(&w, world_copy(odd[i % 2]));
		world_run(&w);
	}
	CHECK(sa->request.len);
	CHECK_EQ(u->packets, packets + 1);
	CHECK_EQ(u->bytes, bytes);
	/* the right one has its place in that; the next exchange counts whole */
	w.filter = NULL;
	world_advance(&w, 60000);
	CHECK(!sa->request.len);
	CHECK_EQ(u->packets, packets + 1);
	CHECK(world_start(&w, 0, TASK_LIVENESS));
	world_run(&w);
	CHECK_EQ(u->packets, packets + 3);
	for (i = 0; i < 2; i++)
		free(odd[i]);
	done();
}

static void other_total(void)
{
	struct ike_sa *sa = joined();
	uint32_t mid = sa->send_mid;

	fragment(sa, mid, 1, 2, half(0), false);
	/* more fragments: begun again; fewer are of before */
	fragment(sa, mid, 1, 4, span(notify, 2), false);
	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 0);
	fragment(sa, mid, 2, 4, span(notify + 2, 2), false);
	fragment(sa, mid, 3, 4, span(notify + 4, 2), false);
	CHECK_EQ(answers(), 0);
	fragment(sa, mid, 4, 4, span(notify + 6, 2), false);
	CHECK_EQ(answers(), 1);
	done();
}

/* what is not authentic or outside the window does not take an octet */
static void nothing_kept(void)
{
	struct ike_sa *sa = joined();
	uint32_t mid = sa->send_mid;

	fragment(sa, mid, 1, 2, half(0), true);
	fragment(sa, mid + 1, 1, 2, half(0), false);
	fragment(sa, mid, 1, FRAGMENT_COUNT_MAX + 1, half(0), false);
	fragment(sa, mid, 1, 65535, half(0), false);
	CHECK_EQ(w.h[1].d.fragment_octets, 0);
	/* a damaged one does not spoil the right one */
	fragment(sa, mid, 1, 2, half(0), false);
	fragment(sa, mid, 2, 2, half(0), true);
	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 1);
	done();
}

static void bounded(void)
{
	static const uint8_t zeros[30000];
	struct ike_sa *sa = joined();
	uint32_t mid = sa->send_mid;
	size_t before;

	fragment(sa, mid, 1, 3, span(zeros, sizeof(zeros)), false);
	before = w.h[1].d.fragment_octets;
	CHECK(before >= sizeof(zeros) && before < FRAGMENT_OCTETS_MAX + 4096);
	/* of one IKE SA */
	fragment(sa, mid, 2, 3, span(zeros, 3000), false);
	CHECK_EQ(w.h[1].d.fragment_octets, before);
	/* never finished */
	world_advance(&w, FRAGMENT_MS);
	CHECK_EQ(w.h[1].d.fragment_octets, 0);
	CHECK(world_logged(&w, "never came"));
	/* of all */
	w.h[1].d.fragment_octets = FRAGMENT_ALL_MAX - 5000;
	fragment(sa, mid, 1, 2, span(zeros, sizeof(zeros)), false);
	CHECK(w.h[1].d.fragment_octets < FRAGMENT_ALL_MAX);
	fragment(sa, mid, 1, 2, half(0), false);
	fragment(sa, mid, 2, 2, half(1), false);
	CHECK_EQ(answers(), 1);
	CHECK_EQ(w.h[1].d.fragment_octets, FRAGMENT_ALL_MAX - 5000);
	w.h[1].d.fragment_octets = 0;
	/* an IKE SA that ends takes its fragments along */
	fragment(sa, mid + 1, 1, 3, half(0), false);
	CHECK(w.h[1].d.fragment_octets > 0);
	sa_kill(world_sa(&w, 1), false);
	sa_reap(&w.h[1].d);
	CHECK(timer_next(&w.h[1].d.timers) < 0);
	done();
}

/* the first of two fragments of a message; is it kept? */
static bool keeps(struct ike_sa *sa, uint32_t msgid, bool response)
{
	static uint8_t out[FRAGMENT_OCTETS_MAX], text[1000];
	struct ike_msg *m = calloc(1, sizeof(*m));
	enum fragment_code code;
	const char *why = NULL;
	uint8_t sum[32] = { 0 };
	size_t len;

	if (!CHECK(m))
		return false;
	m->hdr.msgid = msgid;
	m->hdr.flags = response ? IKE_FLAG_RESPONSE : 0;
	m->sk.total = 2;
	m->sk.number = 1;
	code = fragment_take(sa, m, span(text, sizeof(text)), sum, out, &len,
			     &why);
	free(m);
	return code == FRAGMENT_KEPT;
}

/* who has proved nothing takes no room from who has; the oldest message goes */
static void strangers(void)
{
	struct ike_sa *sa = joined();
	struct btnsd *d = &w.h[0].d;

	sa->state = IKE_ST_HALF_OPEN;
	CHECK(keeps(sa, 7, false));
	CHECK(d->fragment_strangers > 1000 && !d->fragment_octets);
	d->fragment_strangers += FRAGMENT_ALL_MAX - d->fragment_strangers;
	/* its own gives way, and that is enough */
	CHECK(keeps(sa, 8, true));
	CHECK(!sa->fragments[0] && sa->fragments[1]);
	/* nothing is left that could */
	d->fragment_strangers += FRAGMENT_ALL_MAX;
	CHECK(!keeps(sa, 9, false));
	CHECK(!sa->fragments[1]);
	sa->state = IKE_ST_ESTABLISHED;
	CHECK(keeps(sa, 9, false));
	CHECK(d->fragment_octets > 1000);
	d->fragment_strangers = 0;
	fragment_free(sa);
	CHECK_EQ(d->fragment_octets, 0);
	done();
}

static uint32_t next_random(uint32_t most)
{
	static uint32_t x = 1;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % most;
}

/* any fragments in any order: the sums stay right, and what is whole is right */
static void at_random(void)
{
	static uint8_t text[FRAGMENT_OCTETS_MAX + 8], out[FRAGMENT_OCTETS_MAX];
	unsigned int whole = 0, kept = 0, i;
	struct ike_sa *sa = joined();
	struct btnsd *d = &w.h[0].d;
	struct ike_msg *m = calloc(1, sizeof(*m));
	uint8_t sum[32];
	enum fragment_code code;
	const char *why = NULL;
	size_t len, last = 0;

	for (i = 0; m && i < 200000; i++) {
		size_t n = next_random(16) ? next_random(40) :
					     next_random(sizeof(text));

		m->hdr.msgid = next_random(50) ? 7 : 8;
		m->hdr.flags = next_random(30) ? 0 : IKE_FLAG_RESPONSE;
		m->sk.total = (uint16_t)(next_random(40) ? 3 : 1 +
					 next_random(FRAGMENT_COUNT_MAX + 2));
		m->sk.number = (uint16_t)(1 + next_random(m->sk.total));
		m->sk.first = m->sk.number == 1 ? IKE_PLD_NOTIFY : 0;
		memset(sum, m->sk.number, sizeof(sum));
		memset(text, m->sk.number, n);
		m->sk.flags = m->sk.number == 1 ? 0x55 : 0xaa;
		code = fragment_take(sa, m, span(text, n), sum, out, &len,
				     &why);
		CHECK(d->fragment_octets <= 2 * (FRAGMENT_OCTETS_MAX + 4096));
		CHECK(code != FRAGMENT_REFUSED || why);
		kept += code == FRAGMENT_KEPT;
		if (code != FRAGMENT_WHOLE)
			continue;
		whole++;
		CHECK(len <= sizeof(out));
		CHECK_EQ(m->sk.first, IKE_PLD_NOTIFY);
		CHECK_EQ(m->sk.flags, 0x55);
		CHECK_EQ(sum[0], 1);
		/* in order */
		for (last = 1; last < len; last++)
			CHECK(out[last - 1] <= out[last]);
	}
	CHECK(whole > 1000 && kept > 1000);
	fragment_free(sa);
	CHECK_EQ(d->fragment_octets, 0);
	free(m);
	done();
}

static void not_announced(void)
{
	struct ike_sa *sa;

	two(KEY_ED25519, SMALL, NEVER);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	sa = world_sa(&w, 0);
	w.n[N_SENT] = 0;
	fragment(sa, sa->send_mid, 1, 1, span(notify, sizeof(notify)), false);
	CHECK_EQ(answers(), 0);
	CHECK_EQ(w.h[1].d.fragment_octets, 0);
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K42 large messages go in fragments, each small enough",
		  both_take },
		{ "K41 what fits, and what the peer does not take, is not cut",
		  not_cut },
		{ "K43 each fragment is lost once", each_lost },
		{ "K43 fragments come in any order, and twice", turned_round },
		{ "K43 a message in one fragment of one", one_of_one },
		{ "K44 a message that comes again is answered for its first fragment",
		  first_answers },
		{ "K43 only a message that is whole, and new, counts for the keys' limits",
		  again_is_free },
		{ "N03 an answer that is passed over counts once for them, however often it comes",
		  answer_is_free },
		{ "K43 a message that is cut into more fragments begins again",
		  other_total },
		{ "K43 nothing is kept of a forged fragment or one outside the window",
		  nothing_kept },
		{ "K45 fragments that wait are bounded in octets and time",
		  bounded },
		{ "K38 K43 fragments of strangers take nothing from peers", strangers },
		{ "any fragments at random", at_random },
		{ "K41 fragments that were not announced are dropped",
		  not_announced },
	};

	return KTAP_RUN(tests);
}
