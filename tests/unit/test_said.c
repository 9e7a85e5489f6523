// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What helpers say, octet by octet, and what they choose of what is said to them
 * first.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/proposal.h"
#include "wire_world.h"

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

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K07 K08 we send version 2.0, nothing critical, zero where reserved",
		  reserved },
		{ "K07 a higher minor version and reserved bits are ignored",
		  odd_header },
		{ "K18 nonces are fresh, and long enough", nonces },
		{ "B05 K51 K61 our IKE_AUTH has the bare key, in the encodings that there are",
		  bare_key },
		{ "a first request of 8192 octets is taken, a longer one is not",
		  large_first },
		{ "K11 K57 weak or incomplete proposals: NO_PROPOSAL_CHOSEN",
		  weak_ones },
		{ "K11 an answer that chooses what we did not offer is passed over",
		  only_ours },
	};

	return KTAP_RUN(tests);
}
