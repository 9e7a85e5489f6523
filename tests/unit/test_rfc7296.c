// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What IKEv2 says that an implementation answers, seen from the wire: a peer
 * that has the keys of an IKE SA sends what a helper never would, and reads
 * each answer.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "wire_world.h"

/* ---- a peer with the keys ------------------------------------------------ */

static uint32_t sent_mid;

/* host 0 sends a chain; host 1's answer is the last that was seen */
static void ask_chain(uint8_t exchange, uint8_t first, struct span text)
{
	struct ike_sa *sa = world_sa(&w, 0);

	forget();
	sent_mid = sa->send_mid++;
	craft_seal(&w, sa, 0, 1, exchange, sent_mid, first, text);
	world_run(&w);
}

/* its one answer, authentic and for that request */
static bool answered(uint8_t exchange)
{
	return CHECK_EQ(n_seen, 1) && CHECK_EQ(seen[0]->from, 1) &&
	       CHECK(open_up(seen[0], &world_sa(&w, 0)->keys)) &&
	       CHECK_EQ(msg.hdr.exchange, exchange) &&
	       CHECK_EQ(msg.hdr.msgid, sent_mid) &&
	       CHECK_EQ(msg.hdr.flags, IKE_FLAG_RESPONSE) &&
	       CHECK(msg.sk.present);
}

/* the answer is this error and nothing else */
static void refused(uint8_t exchange, uint16_t notify)
{
	if (!answered(exchange))
		return;
	CHECK_EQ(msg.n_payloads, 1);
	CHECK_EQ(msg.n_notifies, 1);
	CHECK_EQ(msg.notify[0].type, notify);
}

static void empty_request(void)
{
	joined();
	ask_chain(IKE_INFORMATIONAL, 0, span(NULL, 0));
	if (answered(IKE_INFORMATIONAL))
		CHECK_EQ(msg.n_payloads, 0);
	exactly(1, 1);
	done();
}

static void critical(void)
{
	static const uint8_t exchanges[] = { IKE_INFORMATIONAL,
					     IKE_CREATE_CHILD_SA };
	static uint8_t payload[8] = { 0, 0, 0, 8 };
	size_t i;

	joined();
	for (i = 0; i < 2; i++) {
		payload[1] = 0x80;
		ask_chain(exchanges[i], 111, span(payload, sizeof(payload)));
		refused(exchanges[i], IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
		CHECK(msg.notify[0].data.len == 1 &&
		      msg.notify[0].data.data[0] == 111);
	}
	/* not critical: passed over, as if it were not there */
	payload[1] = 0x7f;
	ask_chain(IKE_INFORMATIONAL, 111, span(payload, sizeof(payload)));
	if (answered(IKE_INFORMATIONAL))
		CHECK_EQ(msg.n_payloads, 0);
	exactly(1, 1);
	done();
}

/* the first request: in the clear, and as short as that */
static void critical_first(void)
{
	static const uint8_t first[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0,
		111, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 0, 32,
		0, 0x80, 0, 4,
	};

	two(NULL, NULL);
	world_inject(&w, 2, 1, first, sizeof(first));
	world_run(&w);
	if (CHECK_EQ(n_seen, 1) && CHECK(open_up(seen[0], NULL))) {
		CHECK_EQ(msg.n_notifies, 1);
		CHECK_EQ(msg.notify[0].type,
			 IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
		CHECK_EQ(msg.notify[0].data.data[0], 111);
	}
	CHECK(!w.h[1].d.sas);
	done();
}

static void syntax(void)
{
	static const uint8_t half[] = { 0, 0, 0, 9, 3, 4, 0, 1 };
	static const uint8_t nonce[20] = { 0, 0, 0, 20 };

	/* without the right ICV nothing is said at all (2.21.4) */
	joined();
	world_sa(&w, 0)->keys.sk_ei.data[3] ^= 1;
	ask_chain(IKE_INFORMATIONAL, IKE_PLD_DELETE, span(half, sizeof(half)));
	CHECK_EQ(n_seen, 0);
	world_sa(&w, 0)->keys.sk_ei.data[3] ^= 1;
	world_sa(&w, 0)->send_mid--;
	exactly(1, 1);
	/* with it, the answer is the last that the IKE SA says */
	ask_chain(IKE_INFORMATIONAL, IKE_PLD_DELETE, span(half, sizeof(half)));
	refused(IKE_INFORMATIONAL, IKE_N_INVALID_SYNTAX);
	CHECK(!w.h[1].d.sas && !world_installed(&w, 1));
	done();

	joined();
	ask_chain(IKE_CREATE_CHILD_SA, IKE_PLD_NONCE,
		  span(nonce, sizeof(nonce)));
	refused(IKE_CREATE_CHILD_SA, IKE_N_INVALID_SYNTAX);
	CHECK(!w.h[1].d.sas && !world_installed(&w, 1));
	done();
}

static bool not_from_0(struct world *x, struct packet *p)
{
	(void)x;
	forget();
	seen[n_seen++] = world_copy(p);
	return p->from != 0;
}

/* an error that the peer answers our request with, and what is left of us */
static bool survives(uint16_t notify)
{
	struct ike_sa *sa;
	struct ike_build b;
	uint8_t buf[64];
	bool left;

	joined();
	sa = world_sa(&w, 0);
	w.filter = not_from_0;
	task_add(sa, TASK_LIVENESS);
	fsm_start(sa);
	world_run(&w);
	CHECK_EQ(n_seen, 1);
	forget();
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_notify(&b, notify, span(NULL, 0));
	craft_answer(&w, sa, 1, 0, IKE_INFORMATIONAL, sa->send_mid, &b);
	world_run(&w);
	/* no Delete */
	CHECK_EQ(n_seen, 0);
	left = world_sa(&w, 0);
	CHECK_EQ(world_installed(&w, 0), left ? 2 : 0);
	done();
	return left;
}

static void syntax_answered(void)
{
	CHECK(!survives(IKE_N_INVALID_SYNTAX));
	CHECK(survives(IKE_N_TEMPORARY_FAILURE));
	CHECK(survives(IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD));
}

/* ---- requests and answers ------------------------------------------------ */

static bool same(const struct packet *a, const struct packet *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* a request is repeated octet by octet, and so is its answer */
static void repeated(void)
{
	struct packet *request, *answer, *again;
	struct ike_sa *sa;
	uint32_t spi;

	joined();
	spi = world_sa(&w, 1)->children->spi_in;
	life_rekey(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_step(&w);
	CHECK_EQ(n_seen, 2);
	request = seen[0];
	answer = seen[1];
	/* the answer is lost: the timer sends the request again */
	free(w.queue);
	w.queue = NULL;
	n_seen = 0;
	world_advance(&w, 1000);
	CHECK(n_seen >= 2);
	CHECK(same(seen[0], request));
	CHECK(same(seen[1], answer));
	CHECK_EQ(w.h[0].d.stats.retransmits, 1);
	exactly(1, 1);
	sa = world_sa(&w, 1);
	CHECK(sa->children && sa->children->spi_in != spi);
	CHECK_EQ(w.h[1].d.stats.child_up, 2);
	/* once another request came, the old one is not answered any more */
	forget();
	w.filter = NULL;
	again = world_copy(request);
	world_queue(&w, again);
	w.filter = see;
	world_run(&w);
	CHECK_EQ(n_seen, 0);
	CHECK_EQ(w.h[1].d.stats.child_up, 2);
	free(request);
	free(answer);
	done();
}

/* an answer is never answered, whatever it says */
static void no_answer_to_answers(void)
{
	static const uint8_t text[] = { 0, 0, 0, 8, 0, 0, 0, 7 };
	uint8_t exchange, bits;
	struct ike_sa *sa;

	joined();
	sa = world_sa(&w, 0);
	for (exchange = IKE_SA_INIT; exchange <= IKE_INFORMATIONAL;
	     exchange++) {
		for (bits = 0; bits < 4; bits++) {
			forget();
			craft_seal(&w, sa, 0, 1, exchange,
				   bits & 1 ? 0 : sa->send_mid,
				   IKE_PLD_NOTIFY, span(text, sizeof(text)));
			CHECK(w.queue);
			w.queue->data[19] |= IKE_FLAG_RESPONSE;
			/* also in the clear, and to no IKE SA */
			if (bits & 2)
				w.queue->data[16] = 0;
			if (bits & 1)
				w.queue->data[9] ^= 1;
			world_run(&w);
			CHECK_EQ(n_seen, 0);
		}
	}
	exactly(1, 1);
	done();
}

/* several SPIs at once: the answer has our half of each pair */
static void deletes(void)
{
	uint32_t theirs[2], ours[2], spi;
	struct ike_build b;
	struct child *c;
	uint8_t buf[128];
	struct span text;
	uint8_t first;
	unsigned int n = 0, i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, (int)i);
		world_policy(&w, (int)i, NET, NET, 6, i ? 80 : 0, i ? 0 : 80,
			     true);
		world_policy(&w, (int)i, NET, NET, 6, i ? 81 : 0, i ? 0 : 81,
			     true);
		CHECK(world_up(&w, (int)i, KEY_ED25519, NULL));
	}
	w.filter = see;
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	for (c = world_sa(&w, 1)->children; c && n < 2; c = c->next) {
		theirs[n] = c->spi_out;
		ours[n++] = c->spi_in;
	}
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_delete(&b, IKE_PROTO_ESP, theirs, n);
	CHECK(ike_build_done(&b, &text, &first));
	ask_chain(IKE_INFORMATIONAL, first, text);
	if (answered(IKE_INFORMATIONAL) && CHECK_EQ(msg.n_deletes, 1) &&
	    CHECK_EQ(msg.del[0].count, 2) && CHECK_EQ(msg.n_payloads, 1))
		for (i = 0; i < 2; i++)
			CHECK(ike_delete_spi(&msg.del[0], i, &spi) &&
			      spi == ours[i]);
	CHECK_EQ(world_installed(&w, 1), 0);
	/* what is not there any more is no error, and has no other half */
	ask_chain(IKE_INFORMATIONAL, first, text);
	if (answered(IKE_INFORMATIONAL))
		CHECK_EQ(msg.n_payloads, 0);
	done();
}

/* ---- what a peer may add ------------------------------------------------- */

/* strange payloads behind each IKE_SA_INIT: vendor ids, a status, an unknown */
static bool embellish(struct world *x, struct packet *p)
{
	static const uint8_t more[] = {
		IKE_PLD_VENDOR, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8,
		IKE_PLD_NOTIFY, 0, 0, 6, 'v', 'x',
		99, 0, 0, 9, 0, 0, 0xff, 0xf0, 1,
		0, 0, 0, 5, 1,
	};
	struct packet *q;
	size_t at = 28;

	if (p->data[18] != IKE_SA_INIT)
		return true;
	q = malloc(sizeof(*q) + p->len + sizeof(more));
	if (!q)
		abort();
	memcpy(q, p, sizeof(*p) + p->len);
	while (q->data[at])
		at += (size_t)q->data[at + 2] << 8 | q->data[at + 3];
	q->data[at] = IKE_PLD_VENDOR;
	memcpy(q->data + q->len, more, sizeof(more));
	q->len += sizeof(more);
	q->data[26] = (uint8_t)(q->len >> 8);
	q->data[27] = (uint8_t)q->len;
	world_queue(x, q);
	return false;
}

/*
 * They are passed over, and part of what is signed: an IKE_AUTH that signs
 * anything but the octets as they came is refused (2.15).
 */
static void extras(void)
{
	two(NULL, NULL);
	w.filter = embellish;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	/* both took them, and both signed something else than the other saw */
	CHECK(world_logged(&w, "AUTHENTICATION_FAILED"));
	exactly(0, 0);
	done();
}

/* the same where the sender signs what it sent */
static void extras_signed(void)
{
	static const uint8_t vendor[] = {
		IKE_PLD_NOTIFY, 0, 0, 8, 1, 2, 3, 4, 99, 0, 0, 8, 0, 0, 0xff,
		0xf0, 0, 0, 0, 5, 1,
	};

	joined();
	ask_chain(IKE_INFORMATIONAL, IKE_PLD_VENDOR,
		  span(vendor, sizeof(vendor)));
	if (answered(IKE_INFORMATIONAL))
		CHECK_EQ(msg.n_payloads, 0);
	exactly(1, 1);
	done();
}

/* 1280 octets must be taken, 3000 should (section 2) */
static void large(void)
{
	static uint8_t vendor[8000];
	static const size_t sizes[] = { 1280, 3000, sizeof(vendor) };
	size_t i;

	joined();
	for (i = 0; i < 3; i++) {
		vendor[2] = (uint8_t)(sizes[i] >> 8);
		vendor[3] = (uint8_t)sizes[i];
		ask_chain(IKE_INFORMATIONAL, IKE_PLD_VENDOR,
			  span(vendor, sizes[i]));
		if (answered(IKE_INFORMATIONAL))
			CHECK_EQ(msg.n_payloads, 0);
	}
	exactly(1, 1);
	done();
}

/* ---- who says INITIAL_CONTACT -------------------------------------------- */

/* it is about its own key: what another key has at that address stays (2.4) */
static void others_contact(void)
{
	struct ike_sa *first;

	joined();
	first = world_sa(&w, 1);
	w.h[2].addr = w.h[0].addr;
	world_pad_any(&w, 2);
	world_policy(&w, 2, NET, NET, 0, 0, 0, true);
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK(world_sa(&w, 1) != first);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, "the peer started anew"));
	done();
}

static uint64_t late;

static bool not_yet(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_AUTH ||
	       hdr.spi_i != late;
}

/* and about what was there when it was begun: an IKE_AUTH may be late */
static void late_contact(void)
{
	struct ike_sa *first, *second, *sa;
	uint32_t id;

	two(NULL, NULL);
	first = craft_half_open(&w, 0, 1);
	second = craft_half_open_again(&w, 0, 1);
	if (!CHECK(first && second))
		return;
	late = first->spi_i;
	w.filter = not_yet;
	world_advance(&w, 600);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	if (!CHECK(world_sa(&w, 1)))
		return;
	id = world_sa(&w, 1)->id;
	w.filter = NULL;
	world_advance(&w, 2000);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	for (sa = w.h[1].d.sas; sa && sa->spi_i != late; sa = sa->next)
		;
	CHECK(sa && sa->initial_contact);
	CHECK(!world_logged(&w, "the peer started anew"));
	world_advance(&w, 2 * IKE_LINGER_MS);
	CHECK(sa_find_id(&w.h[1].d, id));
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K36 an empty INFORMATIONAL has an empty answer",
		  empty_request },
		{ "K08 an unknown critical payload is refused by number, others passed over",
		  critical },
		{ "K08 also in a first request, which leaves nothing",
		  critical_first },
		{ "K23 INVALID_SYNTAX as an answer ends the IKE SA, no other error does",
		  syntax_answered },
		{ "K23 what is malformed is INVALID_SYNTAX if it is authentic, else nothing",
		  syntax },
		{ "K01 K02 a request is repeated as it was, and so is its answer",
		  repeated },
		{ "K24 an answer is never answered", no_answer_to_answers },
		{ "K33 a Delete of several SAs is answered with the other halves",
		  deletes },
		{ "K20 K34 what is added to IKE_SA_INIT is passed over, and signed",
		  extras },
		{ "K32 K34 vendor ids and unknown statuses change nothing",
		  extras_signed },
		{ "K40 messages of 1280, 3000 and 8000 octets are taken", large },
		{ "K06 INITIAL_CONTACT of one key deletes nothing of another",
		  others_contact },
		{ "K06 nor of what was made after the IKE SA that says it was begun",
		  late_contact },
	};

	return KTAP_RUN(tests);
}
