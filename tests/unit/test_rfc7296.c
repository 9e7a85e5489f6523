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
#include "btnsd/ike/parse.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/sk.h"
#include "craft.h"
#include "world.h"

static struct world w;

#define NET	WORLD_NET
#define SEEN_MAX	32

/* every datagram of the exchange so far, oldest first */
static struct packet *seen[SEEN_MAX];
static size_t n_seen;

static void forget(void)
{
	while (n_seen)
		free(seen[--n_seen]);
}

static bool see(struct world *x, struct packet *p)
{
	(void)x;
	if (n_seen < SEEN_MAX)
		seen[n_seen++] = world_copy(p);
	return true;
}

static void two(const char *conf_a, const char *conf_b)
{
	CHECK(world_two(&w, KEY_ED25519, conf_a, conf_b));
	w.filter = see;
}

static void joined(void)
{
	two(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	forget();
}

static void exactly(unsigned int ike, unsigned int pairs)
{
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), pairs);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 2 * pairs);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), ike);
	}
}

static void done(void)
{
	int i;

	for (i = 0; i < 2; i++)
		CHECK_EQ(w.h[i].k.unvouched, 0);
	forget();
	world_fini(&w);
}

/* ---- reading what was sent ----------------------------------------------- */

static struct ike_msg msg;
static uint8_t plain[16384];
static struct span chain;

/* a datagram with what is inside SK; false if it is not authentic */
static bool open_up(const struct packet *p, const struct ike_keys *keys)
{
	struct span data = span(p->data, p->len);
	struct ike_parse_fail fail;

	chain = span(NULL, 0);
	if (ike_parse_outer(data, &msg, &fail) != IKE_PARSE_OK)
		return false;
	if (!msg.sk.present)
		return true;
	if (sk_open(keys, msg.hdr.flags & IKE_FLAG_INITIATOR, data, &msg.sk,
		    plain, &chain) != CRYPTO_OK)
		return false;
	return ike_parse_unpad(&chain) == IKE_PARSE_OK &&
	       ike_parse_inner(msg.sk.first, chain, &msg, &fail) ==
		       IKE_PARSE_OK;
}

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

/* ---- what helpers say ---------------------------------------------------- */

/* each proposal and transform of an SA payload: zero where it is reserved */
static void proposals(const uint8_t *at, size_t len)
{
	const uint8_t *end = at + len, *t;
	size_t n;

	for (; at + 8 <= end; at += n) {
		n = (size_t)at[2] << 8 | at[3];
		if (!CHECK(n >= 8 && n <= (size_t)(end - at)))
			return;
		CHECK_EQ(at[1], 0);
		for (t = at + 8 + at[6]; t + 8 <= at + n;
		     t += (size_t)t[2] << 8 | t[3]) {
			CHECK(!t[1] && !t[5]);
			if (!CHECK(t[2] || t[3] >= 8))
				return;
		}
	}
}

/* each payload header: never critical, and zero where it is reserved */
static void headers(uint8_t type, struct span s)
{
	size_t at = 0, len;

	while (type && at + 4 <= s.len) {
		CHECK_EQ(s.data[at + 1], 0);
		len = (size_t)s.data[at + 2] << 8 | s.data[at + 3];
		if (!CHECK(len >= 4 && at + len <= s.len))
			return;
		/* three more in ID, AUTH and TS */
		if (type == IKE_PLD_IDI || type == IKE_PLD_IDR ||
		    type == IKE_PLD_AUTH || type == IKE_PLD_TSI ||
		    type == IKE_PLD_TSR)
			CHECK(!s.data[at + 5] && !s.data[at + 6] &&
			      !s.data[at + 7]);
		if (type == IKE_PLD_SA)
			proposals(s.data + at + 4, len - 4);
		if (type == IKE_PLD_KE)
			CHECK(!s.data[at + 6] && !s.data[at + 7]);
		if (type == IKE_PLD_SK)
			return;
		type = s.data[at];
		at += len;
	}
}

/* an opening, a rekey of either kind and a Delete; all of it is looked at */
static void watch_all(void (*look)(const struct packet *p))
{
	struct ike_keys keys[2];
	size_t i;

	two(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	keys[0] = world_sa(&w, 0)->keys;
	life_rekey(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	task_add(world_sa(&w, 0), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	keys[1] = world_sa(&w, 0)->keys;
	life_delete_child(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	CHECK(n_seen >= 12 && n_seen < SEEN_MAX);
	for (i = 0; i < n_seen; i++) {
		if (!CHECK(open_up(seen[i], &keys[0]) ||
			   open_up(seen[i], &keys[1])))
			continue;
		look(seen[i]);
	}
	done();
}

static void look_at_reserved(const struct packet *p)
{
	CHECK_EQ(p->data[17], 0x20);
	CHECK(!(p->data[19] & ~(IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE)));
	headers(p->data[16], span(p->data + 28, p->len - 28));
	headers(msg.sk.first, chain);
}

static void reserved(void)
{
	watch_all(look_at_reserved);
}

static uint8_t drawn[SEEN_MAX][IKE_NONCE_MAX];
static size_t n_drawn;

static void look_at_nonce(const struct packet *p)
{
	size_t i;

	(void)p;
	if (!msg.has_nonce || !CHECK(n_drawn < SEEN_MAX))
		return;
	/* 16 to 256 octets, and half of the prf's key (2.10) */
	CHECK(msg.nonce.len >= 32 && msg.nonce.len <= IKE_NONCE_MAX);
	for (i = 0; i < n_drawn; i++)
		CHECK(memcmp(drawn[i], msg.nonce.data, 16));
	memcpy(drawn[n_drawn++], msg.nonce.data, msg.nonce.len);
}

static void nonces(void)
{
	n_drawn = 0;
	watch_all(look_at_nonce);
	/* IKE_SA_INIT, child rekey and IKE rekey, each of both */
	CHECK_EQ(n_drawn, 6);
}

/* B05 on the wire: the bare key in CERT, for RSA also in the old encoding */
static void bare_key_of(enum key_type type, unsigned int n_certs)
{
	struct key *k;
	int i;

	CHECK(world_two(&w, type, "ike = { fragment = 0; };",
			"ike = { fragment = 0; };"));
	w.filter = see;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(n_seen, 4);
	for (i = 0; i < 2; i++) {
		if (!CHECK(open_up(seen[2 + i], &world_sa(&w, 0)->keys)))
			continue;
		k = world_key(i, type);
		CHECK_EQ(msg.hdr.exchange, IKE_AUTH);
		CHECK_EQ(msg.n_certs, n_certs);
		CHECK_EQ(msg.cert[0].encoding, IKE_CERT_RAW_KEY);
		CHECK(span_equal(msg.cert[0].data, key_spki(k)));
		if (n_certs > 1) {
			CHECK_EQ(msg.cert[1].encoding, IKE_CERT_RAW_RSA);
			CHECK(span_equal(msg.cert[1].data, key_rsa(k)));
		}
		CHECK_EQ(msg.auth.method, IKE_AUTH_DIGITAL_SIGNATURE);
		/* no key is asked for under an authority */
		CHECK_EQ(msg.n_certreqs, 0);
		key_free(k);
	}
	done();
}

static void bare_key(void)
{
	bare_key_of(KEY_ED25519, 1);
	bare_key_of(KEY_ECDSA_P256, 1);
	bare_key_of(KEY_RSA, 2);
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

/* ---- algorithms ---------------------------------------------------------- */

#define GCM	{ IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, 0 }
#define SHA2	{ IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, 0 }
#define HMAC	{ IKE_TRANS_INTEG, IKE_INTEG_HMAC_SHA2_256_128, 0, 0 }
#define X25519	{ IKE_TRANS_DH, IKE_DH_X25519, 0, 0 }

/* what RFC 8247 says that nobody may use, or that an AEAD does not go with */
static const struct {
	const char *what;
	struct ike_transform_desc t[4];
	unsigned int n;
} weak[] = {
	{ "DES", { { IKE_TRANS_ENCR, 2, 0, 0 }, SHA2, HMAC, X25519 }, 4 },
	{ "3DES", { { IKE_TRANS_ENCR, 3, 0, 0 }, SHA2, HMAC, X25519 }, 4 },
	{ "NULL", { { IKE_TRANS_ENCR, 11, 0, 0 }, SHA2, HMAC, X25519 }, 4 },
	{ "prf of MD5", { GCM, { IKE_TRANS_PRF, 1, 0, 0 }, X25519 }, 3 },
	{ "prf of SHA-1", { GCM, { IKE_TRANS_PRF, 2, 0, 0 }, X25519 }, 3 },
	{ "MODP-768", { GCM, SHA2, { IKE_TRANS_DH, 1, 0, 0 } }, 3 },
	{ "MODP-1024", { GCM, SHA2, { IKE_TRANS_DH, 2, 0, 0 } }, 3 },
	{ "no group", { GCM, SHA2 }, 2 },
	{ "no prf", { GCM, X25519 }, 2 },
	{ "AES without length",
	  { { IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 0, 0 }, SHA2, X25519 }, 3 },
	{ "AEAD with integrity", { GCM, SHA2, HMAC, X25519 }, 4 },
	{ "as it should be", { GCM, SHA2, X25519 }, 3 },
};

/* bits of a header that are reserved, and that of a version above ours (3.1) */
#define ODD_FLAGS	(0xff & ~(IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE))

/* each payload header of a chain: all that is reserved */
static void odd_payloads(uint8_t *at, const uint8_t *end)
{
	for (; at < end; at += at[2] << 8 | at[3])
		at[1] |= (uint8_t)~IKE_PAYLOAD_CRITICAL;
}

/* @odd: with reserved bits and a higher minor version */
static void propose(size_t which, bool odd)
{
	static const uint8_t nonce[32] = { 3 }, value[128] = { 9 };
	const struct ike_hdr hdr = {
		.spi_i = 77 + which, .major = IKE_MAJOR_VERSION,
		.exchange = IKE_SA_INIT,
		.flags = (uint8_t)(IKE_FLAG_INITIATOR | (odd ? ODD_FLAGS : 0)),
	};
	struct ike_sa_payload offer = {
		.present = true, .count = 1,
		.proposal[0] = { .num = 1, .proto = IKE_PROTO_IKE,
				 .count = (uint16_t)weak[which].n },
		.n_transforms = (uint16_t)weak[which].n,
	};
	uint16_t group = IKE_DH_X25519;
	uint8_t buf[1024];
	struct ike_build b;
	unsigned int i;
	struct span s;

	for (i = 0; i < weak[which].n; i++) {
		offer.transform[i] = weak[which].t[i];
		if (weak[which].t[i].type == IKE_TRANS_DH)
			group = weak[which].t[i].id;
	}
	forget();
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_sa(&b, &offer);
	ike_build_ke(&b, group, span(value, group == 1 ? 96 :
					    group == 2 ? 128 : 32));
	ike_build_nonce(&b, span(nonce, sizeof(nonce)));
	CHECK(ike_build_done(&b, &s, NULL));
	if (odd) {
		buf[17] = 0x27;
		odd_payloads(buf + 28, buf + s.len);
	}
	world_inject(&w, 2, 1, s.data, s.len);
	world_run(&w);
}

/* what is reserved is ignored, also by who answers */
static void odd_header(void)
{
	const size_t good = sizeof(weak) / sizeof(weak[0]) - 1;

	two(NULL, NULL);
	propose(good, true);
	if (CHECK_EQ(n_seen, 1) && CHECK(open_up(seen[0], NULL))) {
		CHECK(msg.sa.present && msg.sa.count == 1);
		look_at_reserved(seen[0]);
	}
	CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), 1);
	done();
}

/* a stranger's first request is kept, so its length has a limit */
static void large_first(void)
{
	static const uint8_t nonce[32] = { 3 }, value[32] = { 9 };
	static uint8_t buf[9000], data[8192];
	struct ike_sa_payload offer;
	struct ike_build b;
	struct span s = { 0 };
	size_t pad = 0;
	unsigned int i;

	two(NULL, NULL);
	proposal_ike_offer(w.h[1].d.conf, PROPOSAL_INIT, IKE_DH_X25519, NULL,
			   &offer);
	/* one to know how long it is, one of 8193 octets and one of 8192 */
	for (i = 0; i < 3; i++) {
		const struct ike_hdr hdr = {
			.spi_i = 77 + i, .major = IKE_MAJOR_VERSION,
			.exchange = IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR,
		};

		forget();
		ike_build_outer(&b, buf, sizeof(buf), &hdr);
		ike_build_sa(&b, &offer);
		ike_build_ke(&b, IKE_DH_X25519, span(value, 32));
		ike_build_nonce(&b, span(nonce, sizeof(nonce)));
		ike_build_notify(&b, 50000, span(data, pad));
		CHECK(ike_build_done(&b, &s, NULL));
		world_inject(&w, 2, 1, s.data, s.len);
		world_run(&w);
		CHECK_EQ(n_seen, i != 1);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), i ? i : 1);
		pad = i ? pad - 1 : 8193 - s.len;
	}
	CHECK_EQ(s.len, 8192);
	done();
}

static void weak_ones(void)
{
	const size_t n = sizeof(weak) / sizeof(weak[0]);
	size_t i;

	two(NULL, NULL);
	for (i = 0; i < n; i++) {
		propose(i, false);
		if (!CHECK_EQ(n_seen, 1) || !CHECK(open_up(seen[0], NULL)))
			continue;
		if (i == n - 1) {
			CHECK(msg.sa.present && msg.sa.count == 1);
			CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), 1);
		} else if (!CHECK(msg.n_notifies == 1 &&
				  msg.notify[0].type ==
					  IKE_N_NO_PROPOSAL_CHOSEN)) {
			ktap_note("%s", weak[i].what);
		}
	}
	done();
}

/* the responder's choice is one of ours, or its answer is passed over (2.7) */
static bool choose_other(struct world *x, struct packet *p)
{
	static const uint8_t ours[] = { IKE_TRANS_PRF, 0, 0,
					IKE_PRF_HMAC_SHA2_256 };
	static const uint8_t strong[] = { IKE_TRANS_ENCR, 0, 0,
					  IKE_ENCR_AES_GCM_16, 0x80, 14, 1 };
	size_t i;

	if (p->from != 1 || p->data[18] != IKE_SA_INIT || x->n[0]++)
		return true;
	for (i = 28; i + sizeof(strong) < p->len; i++) {
		if (!x->n[1] && !memcmp(p->data + i, ours, sizeof(ours))) {
			p->data[i + 3] = 2;
			x->n[2]++;
		}
		if (x->n[1] && !memcmp(p->data + i, strong, sizeof(strong))) {
			p->data[i + 6] = 0;
			p->data[i + 7] = 128;
			x->n[2]++;
		}
	}
	return true;
}

static void only_ours(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		two("ike = { aead = [\"aes256gcm16\"]; prf = [\"sha256\"]; };",
		    NULL);
		w.filter = choose_other;
		w.n[1] = i;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(w.n[2], 1);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
		CHECK(world_logged(&w, "did not choose from our proposals"));
		/* the right one still comes */
		world_advance(&w, 1000);
		exactly(1, 1);
		done();
	}
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
		{ "K07 K08 we send version 2.0, nothing critical, zero where reserved",
		  reserved },
		{ "K07 a higher minor version and reserved bits are ignored",
		  odd_header },
		{ "K18 nonces are fresh, and long enough", nonces },
		{ "B05 K51 K61 our IKE_AUTH has the bare key, in the encodings that there are",
		  bare_key },
		{ "K20 K34 what is added to IKE_SA_INIT is passed over, and signed",
		  extras },
		{ "K32 K34 vendor ids and unknown statuses change nothing",
		  extras_signed },
		{ "K40 messages of 1280, 3000 and 8000 octets are taken", large },
		{ "a first request of 8192 octets is taken, a longer one is not",
		  large_first },
		{ "K11 K57 weak or incomplete proposals: NO_PROPOSAL_CHOSEN",
		  weak_ones },
		{ "K11 an answer that chooses what we did not offer is passed over",
		  only_ours },
		{ "K06 INITIAL_CONTACT of one key deletes nothing of another",
		  others_contact },
	};

	return KTAP_RUN(tests);
}
