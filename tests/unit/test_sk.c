// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE SAs that AES-CBC and HMAC protect: messages that another implementation
 * made, agreement and rekey, fragments, and what comes of messages that are
 * damaged, cut, or authentic and badly padded.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/crypto/cbc.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/parse.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/sk.h"
#include "cbc_vectors.h"
#include "craft.h"
#include "hex.h"
#include "world.h"

#define NET	"10.0.0.0/24"
#define CBC	"ike = { aead = [\"aes256-sha256\"]; };"

static struct world w;

static const struct suite {
	const char *name;
	uint16_t keybits;
	uint16_t integ;
	size_t mac;
	const char *keys;
	const char *message;
} suites[] = {
	{ "aes128-sha256", 128, IKE_INTEG_HMAC_SHA2_256_128, 32,
	  V_KEYS_128_SHA256, V_MESSAGE_128_SHA256 },
	{ "aes128-sha384", 128, IKE_INTEG_HMAC_SHA2_384_192, 48,
	  V_KEYS_128_SHA384, V_MESSAGE_128_SHA384 },
	{ "aes128-sha512", 128, IKE_INTEG_HMAC_SHA2_512_256, 64,
	  V_KEYS_128_SHA512, V_MESSAGE_128_SHA512 },
	{ "aes256-sha256", 256, IKE_INTEG_HMAC_SHA2_256_128, 32,
	  V_KEYS_256_SHA256, V_MESSAGE_256_SHA256 },
	{ "aes256-sha384", 256, IKE_INTEG_HMAC_SHA2_384_192, 48,
	  V_KEYS_256_SHA384, V_MESSAGE_256_SHA384 },
	{ "aes256-sha512", 256, IKE_INTEG_HMAC_SHA2_512_256, 64,
	  V_KEYS_256_SHA512, V_MESSAGE_256_SHA512 },
};

#define SUITES	(sizeof(suites) / sizeof(suites[0]))

/* ---- vectors ------------------------------------------------------------ */

static struct ike_keys derive(const struct suite *s)
{
	const struct ike_keys_in in = {
		.prf = IKE_PRF_HMAC_SHA2_256,
		.encr = IKE_ENCR_AES_CBC,
		.keybits = s->keybits,
		.integ = s->integ,
		.g_ir = hex(V_G_IR),
		.ni = hex(V_NI),
		.nr = hex(V_NR),
		.spi_i = 0x0102030405060708,
		.spi_r = 0x1112131415161718,
	};
	struct ike_keys keys = { 0 };

	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_OK);
	return keys;
}

static void derived(void)
{
	uint8_t all[512];
	struct wbuf b;
	struct span s;
	size_t i;

	for (i = 0; i < SUITES; i++) {
		struct ike_keys k = derive(&suites[i]);

		wbuf_init(&b, all, sizeof(all));
		wbuf_span(&b, secret_span(&k.sk_d));
		wbuf_span(&b, secret_span(&k.sk_ai));
		wbuf_span(&b, secret_span(&k.sk_ar));
		wbuf_span(&b, secret_span(&k.sk_ei));
		wbuf_span(&b, secret_span(&k.sk_er));
		wbuf_span(&b, secret_span(&k.sk_pi));
		wbuf_span(&b, secret_span(&k.sk_pr));
		CHECK(wbuf_done(&b, &s));
		if (!CHECK(span_equal(s, hex(suites[i].keys))))
			ktap_note("%s", suites[i].name);
		CHECK_EQ(k.sk_ai.len, suites[i].mac);
		CHECK_EQ(k.sk_ei.len, suites[i].keybits / 8);
	}
}

static uint8_t datagram[512], plain[512];
static struct ike_msg msg;
static size_t datagram_len;

/* the message of a suite, in memory of ours */
static struct span take(const struct suite *s)
{
	struct ike_parse_fail fail;
	struct span m = hex(s->message);

	memcpy(datagram, m.data, m.len);
	datagram_len = m.len;
	CHECK_EQ(ike_parse_outer(span(datagram, m.len), &msg, &fail),
		 IKE_PARSE_OK);
	return span(datagram, m.len);
}

static void opened(void)
{
	uint8_t copy[64], icv[CBC_ICV_MAX];
	struct ike_sk_parts parts;
	struct span m, text;
	size_t i;

	for (i = 0; i < SUITES; i++) {
		struct ike_keys k = derive(&suites[i]);
		const struct cbc_keys keys = { suites[i].integ,
					       secret_span(&k.sk_ei),
					       secret_span(&k.sk_ai) };

		m = take(&suites[i]);
		if (!CHECK_EQ(sk_open(&k, true, m, &msg.sk, plain, &text),
			      CRYPTO_OK))
			ktap_note("%s", suites[i].name);
		CHECK_EQ(text.len, 48);
		/* and from that the same octets once more */
		memcpy(copy, plain, 48);
		CHECK(ike_sk_split(m, &msg.sk, CBC_BLOCK, suites[i].mac / 2,
				   &parts));
		CHECK_EQ(cbc_seal(&keys, parts.iv.data, parts.aad, copy, 48,
				  icv), CRYPTO_OK);
		CHECK(span_equal(span(copy, 48), parts.text));
		CHECK(span_equal(span(icv, suites[i].mac / 2), parts.icv));
		CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_OK);
		CHECK(span_equal(text, hex(V_TEXT)));
		/* the responder has other keys */
		CHECK_EQ(sk_open(&k, false, m, &msg.sk, plain, &text),
			 CRYPTO_FORGED);
	}
}

/* each bit that is sent, header and all, and each key */
static void changed(void)
{
	static const uint8_t nothing[512];
	struct span m, text;
	size_t i, bit;

	for (i = 0; i < SUITES; i++) {
		struct ike_keys k = derive(&suites[i]);

		m = take(&suites[i]);
		for (bit = 0; bit < 8 * m.len; bit++) {
			datagram[bit / 8] ^= (uint8_t)(1u << bit % 8);
			memset(plain, 0xaa, sizeof(plain));
			CHECK_EQ(sk_open(&k, true, m, &msg.sk, plain, &text),
				 CRYPTO_FORGED);
			CHECK(!text.len && !memcmp(plain, nothing, 48));
			datagram[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		k.sk_ai.data[0] ^= 1;
		CHECK_EQ(sk_open(&k, true, m, &msg.sk, plain, &text),
			 CRYPTO_FORGED);
	}
}

/* of other lengths: none is read as another message, whatever its MAC */
static void cut(void)
{
	struct span m, text;
	size_t i, n, whole;

	for (i = 0; i < SUITES; i++) {
		struct ike_keys k = derive(&suites[i]);

		m = take(&suites[i]);
		whole = msg.sk.body.len;
		for (n = 0; n < whole; n++) {
			size_t left = n - CBC_BLOCK - suites[i].mac / 2;
			bool blocks = n > CBC_BLOCK + suites[i].mac / 2 &&
				      left % CBC_BLOCK == 0;

			msg.sk.body.len = n;
			CHECK_EQ(sk_open(&k, true, m, &msg.sk, plain, &text),
				 blocks ? CRYPTO_FORGED : CRYPTO_LENGTH);
		}
	}
}

/* what is sealed is as long as sk_room() says, and its IV never seen before */
static void room(void)
{
	static const uint8_t text[200] = { 1 };
	uint8_t ivs[201][CBC_BLOCK];
	struct sk_content c = {
		.hdr = { .spi_i = 1, .spi_r = 2, .major = 2,
			 .exchange = IKE_INFORMATIONAL },
	};
	struct ike_parse_fail fail;
	struct span m, inside;
	size_t i, n, at;

	for (i = 0; i < SUITES; i++) {
		struct ike_keys k = derive(&suites[i]);

		for (n = 0; n <= sizeof(text); n++) {
			c.text = span(text, n);
			c.total = n % 2 * 3;
			c.number = n % 2 * 2;
			CHECK_EQ(sk_seal(&k, false, 7, &c, datagram,
					 sizeof(datagram), &m), CRYPTO_OK);
			CHECK(m.len <= n + SK_FRAME_MAX);
			CHECK(sk_room(&k, m.len, n % 2) >= n);
			CHECK(!n || sk_room(&k, m.len - 1, n % 2) < n);
			at = 32 + n % 2 * 4;
			memcpy(ivs[n], datagram + at, CBC_BLOCK);
			CHECK(!n || memcmp(ivs[n], ivs[n - 1], CBC_BLOCK));
			CHECK_EQ(ike_parse_outer(m, &msg, &fail),
				 IKE_PARSE_OK);
			CHECK_EQ(sk_open(&k, false, m, &msg.sk, plain,
					 &inside), CRYPTO_OK);
			CHECK_EQ(ike_parse_unpad(&inside), IKE_PARSE_OK);
			CHECK(span_equal(inside, c.text));
		}
		/* nothing of what does not fit is left there */
		memset(datagram, 0xaa, sizeof(datagram));
		CHECK_EQ(sk_seal(&k, false, 7, &c, datagram, 100, &m),
			 CRYPTO_LENGTH);
		CHECK(!m.len);
	}
	CHECK_EQ(sk_room(&(struct ike_keys){ .integ = 12 }, 40, false), 0);
}

/* ---- two helpers ---------------------------------------------------------- */

static void up(const char *a, const char *b)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, NET, NET, 0, 0, 0, true);
		CHECK(world_up(&w, i, KEY_ED25519, i ? b : a));
	}
}

static void join(void)
{
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
}

static void done(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(w.h[i].k.unvouched, 0);
		CHECK_EQ(w.h[i].k.breaks, 0);
	}
	world_fini(&w);
}

/* both ends have one IKE SA, by that MAC (0 for an AEAD) and those bits */
static void by(uint16_t integ, uint16_t keybits)
{
	struct ike_sa *sa[2] = { world_sa(&w, 0), world_sa(&w, 1) };
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 1);
		if (!CHECK(sa[i]))
			return;
		CHECK_EQ(sa[i]->keys.integ, integ);
		CHECK_EQ(sa[i]->keys.keybits, keybits);
		CHECK_EQ(sa[i]->keys.sk_ai.len, cbc_integ_len(integ));
	}
	CHECK(!memcmp(&sa[0]->keys, &sa[1]->keys, sizeof(sa[0]->keys)));
}

static void start(int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(&w, host);

	if (!CHECK(sa))
		return;
	if (kind == TASK_REKEY)
		life_rekey(sa->children);
	else
		task_add(sa, kind);
	fsm_start(sa);
	world_run(&w);
}

/* each suite, through all exchanges */
static void each(void)
{
	char conf[64];
	size_t i;
	int who;

	for (i = 0; i < SUITES; i++) {
		snprintf(conf, sizeof(conf), "ike = { aead = [\"%s\"]; };",
			 suites[i].name);
		up(conf, conf);
		join();
		CHECK_EQ(w.sent, 4);
		by(suites[i].integ, suites[i].keybits);
		for (who = 0; who < 2; who++) {
			start(who, TASK_REKEY_IKE);
			by(suites[i].integ, suites[i].keybits);
			start(who, TASK_REKEY);
			by(suites[i].integ, suites[i].keybits);
		}
		start(0, TASK_DELETE_IKE);
		CHECK(!w.h[0].d.sas && !w.h[1].d.sas);
		done();
	}
}

static void agreed(void)
{
	static const struct {
		const char *a, *b;
		uint16_t integ, keybits;
	} cases[] = {
		/* the order of the one who asks, as far as the other can */
		{ "\"aes256gcm16\", \"aes256-sha256\"",
		  "\"aes256-sha256\", \"aes256gcm16\"", 0, 256 },
		{ "\"aes256-sha256\", \"aes256gcm16\"",
		  "\"aes256gcm16\", \"aes256-sha256\"", 12, 256 },
		{ "\"aes256gcm16\", \"aes256-sha256\"", "\"aes256-sha256\"",
		  12, 256 },
		{ "\"aes256gcm16\", \"chacha20poly1305\", "
		  "\"aes256-sha256\", \"aes128-sha512\", \"aes128gcm16\"",
		  "\"aes128-sha512\"", 14, 128 },
		{ "\"aes256-sha256\", \"aes128gcm16\"", "\"aes128gcm16\"",
		  0, 128 },
	};
	char conf[2][160];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(conf[0], sizeof(conf[0]), "ike = { aead = [ %s ]; };",
			 cases[i].a);
		snprintf(conf[1], sizeof(conf[1]), "ike = { aead = [ %s ]; };",
			 cases[i].b);
		up(conf[0], conf[1]);
		join();
		by(cases[i].integ, cases[i].keybits);
		done();
	}
}

/* nothing of this is there unless it is asked for, and no two go together */
static void refused(void)
{
	static const char *const lists[][2] = {
		{ CBC, NULL },
		{ NULL, CBC },
		{ "ike = { aead = [\"aes256-sha256\", \"aes128-sha512\"]; };",
		  "ike = { aead = [\"aes256-sha512\", \"aes128-sha256\"]; };" },
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		up(lists[i][0], lists[i][1]);
		join();
		CHECK(world_logged(&w, "none of its proposals is acceptable"));
		CHECK_EQ(world_installed(&w, 0) + world_installed(&w, 1), 0);
		CHECK(!w.h[1].d.sas);
		done();
	}
}

static bool has(const struct ike_sa_payload *sa, unsigned int p, uint8_t type)
{
	const struct ike_proposal *at = &sa->proposal[p];
	unsigned int i, n = 0;

	for (i = at->first; i < at->first + at->count; i++)
		n += sa->transform[i].type == type;
	return n;
}

/* an AEAD is never beside an integrity transform (RFC 5282 section 8) */
static void offered(void)
{
	static const char text[] =
		"ike = { aead = [ \"aes256gcm16\", \"aes256-sha256\", \"aes128gcm16\","
		" \"chacha20poly1305\", \"aes128-sha384\" ];"
		" additional = [ \"p384\", \"none\" ]; };";
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_string(text, err);
	static const bool integ[] = { false, true, false, true };
	struct ike_sa_payload sa;
	unsigned int i, k, encr;

	if (!CHECK(c))
		return;
	proposal_ike_offer(c, PROPOSAL_INIT_ADDKE, c->dh[0], NULL, &sa);
	CHECK_EQ(sa.count, 8);
	for (i = 0; i < sa.count; i++) {
		CHECK_EQ(sa.proposal[i].num, i + 1);
		CHECK_EQ(has(&sa, i, IKE_TRANS_INTEG), integ[i % 4]);
		CHECK_EQ(has(&sa, i, IKE_TRANS_ADDKE1), i < 4);
		CHECK(has(&sa, i, IKE_TRANS_PRF) && has(&sa, i, IKE_TRANS_DH));
		encr = 0;
		for (k = sa.proposal[i].first;
		     k < sa.proposal[i].first + sa.proposal[i].count; k++)
			encr += sa.transform[k].type == IKE_TRANS_ENCR;
		CHECK_EQ(encr, i % 4 == 2 ? 2 : 1);
	}
	conf_free(c);
}

/* an answer that leaves the MAC out, or brings one to an AEAD */
static void half_chosen(void)
{
	static const char text[] =
		"ike = { aead = [ \"aes256gcm16\", \"aes256-sha256\" ]; };";
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_string(text, err);
	struct ike_choice choice = {
		.encr = IKE_ENCR_AES_CBC, .keybits = 256,
		.integ = IKE_INTEG_HMAC_SHA2_256_128,
		.prf = IKE_PRF_HMAC_SHA2_256, .dh = IKE_DH_X25519, .num = 2,
	}, got;
	struct ike_sa_payload offer, answer;

	if (!CHECK(c))
		return;
	proposal_ike_offer(c, PROPOSAL_INIT, IKE_DH_X25519, NULL, &offer);
	proposal_answer(&choice, IKE_PROTO_IKE, NULL, &answer);
	CHECK(proposal_ike_chosen(&offer, false, &answer, IKE_DH_X25519, &got));
	CHECK_EQ(got.integ, IKE_INTEG_HMAC_SHA2_256_128);
	choice.integ = 0;
	proposal_answer(&choice, IKE_PROTO_IKE, NULL, &answer);
	CHECK(!proposal_ike_chosen(&offer, false, &answer, IKE_DH_X25519, &got));
	choice.integ = IKE_INTEG_HMAC_SHA2_512_256;
	proposal_answer(&choice, IKE_PROTO_IKE, NULL, &answer);
	CHECK(!proposal_ike_chosen(&offer, false, &answer, IKE_DH_X25519, &got));
	choice.integ = IKE_INTEG_HMAC_SHA2_256_128;
	choice.encr = IKE_ENCR_AES_GCM_16;
	choice.num = 1;
	proposal_answer(&choice, IKE_PROTO_IKE, NULL, &answer);
	CHECK(!proposal_ike_chosen(&offer, false, &answer, IKE_DH_X25519, &got));
	choice.integ = 0;
	proposal_answer(&choice, IKE_PROTO_IKE, NULL, &answer);
	CHECK(proposal_ike_chosen(&offer, false, &answer, IKE_DH_X25519, &got));
	conf_free(c);
}

/* from an AEAD to cipher and MAC, and back */
static void across(void)
{
	static const struct conf_aead gcm = { IKE_ENCR_AES_GCM_16, 256, 0 };
	static const struct conf_aead cbc = { IKE_ENCR_AES_CBC, 128,
					      IKE_INTEG_HMAC_SHA2_512_256 };
	int i, round;

	up("ike = { aead = [\"aes256gcm16\"]; };",
	   "ike = { aead = [\"aes256gcm16\"]; };");
	join();
	by(0, 256);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 2; i++)
			w.h[i].d.conf->ike_aead[0] = round % 2 ? gcm : cbc;
		start(round / 2, TASK_REKEY_IKE);
		by(round % 2 ? 0 : 14, round % 2 ? 256 : 128);
		start(0, TASK_LIVENESS);
	}
	done();
}

/* IKE_INTERMEDIATE, whose messages AUTH covers, and IKE_FOLLOWUP_KE */
static void additional(void)
{
	static const char conf[] =
		"ike = { aead = [\"aes256-sha384\"]; additional = [\"p256\"]; };";

	up(conf, conf);
	join();
	CHECK_EQ(w.sent, 6);
	by(13, 256);
	CHECK(world_sa(&w, 0)->peer_addke);
	start(1, TASK_REKEY_IKE);
	by(13, 256);
	CHECK(world_sa(&w, 0)->peer_addke);
	done();
}

enum { N_LARGEST, N_FRAGMENTS, N_DAMAGED, N_SENT };

/* measures what goes over the wire; damages each fragment the first time */
static bool measure(struct world *x, struct packet *p)
{
	struct ike_parse_fail fail;
	static struct ike_msg m;

	if (ike_parse_outer(span(p->data, p->len), &m, &fail) != IKE_PARSE_OK ||
	    !m.sk.present)
		return true;
	if (p->len > x->n[N_LARGEST])
		x->n[N_LARGEST] = (unsigned int)p->len;
	if (m.sk.fragment && x->n[N_FRAGMENTS]++ < 4) {
		p->data[p->len - 1] ^= 1;
		x->n[N_DAMAGED]++;
	}
	return true;
}

static void fragments(void)
{
	char conf[96];
	size_t i;

	for (i = 0; i < SUITES; i++) {
		snprintf(conf, sizeof(conf),
			 "ike = { aead = [\"%s\"]; fragment = 576; };",
			 suites[i].name);
		world_init(&w);
		w.filter = measure;
		world_pad_any(&w, 0);
		world_pad_any(&w, 1);
		world_policy(&w, 0, NET, NET, 0, 0, 0, true);
		world_policy(&w, 1, NET, NET, 0, 0, 0, true);
		CHECK(world_up(&w, 0, KEY_RSA, conf));
		CHECK(world_up(&w, 1, KEY_RSA, conf));
		join();
		world_advance(&w, 3000);
		by(suites[i].integ, suites[i].keybits);
		CHECK_EQ(w.n[N_DAMAGED], 4);
		CHECK(w.h[0].d.stats.rx_dropped + w.h[1].d.stats.rx_dropped >=
		      4);
		/* IPv4, UDP and non-ESP marker; less than a block is left */
		CHECK(w.n[N_LARGEST] <= 576 - 32);
		CHECK(w.n[N_LARGEST] > 576 - 32 - CBC_BLOCK);
		done();
	}
}

/* ---- messages that are not as they should be -------------------------------- */

static bool count(struct world *x, struct packet *p)
{
	if (p->from == 1) {
		x->n[N_SENT]++;
		x->n[N_LARGEST] = (unsigned int)p->len;
	}
	return true;
}

/* an INFORMATIONAL of host 0 with that text, padding and pad length included */
static struct span informational(const struct ike_sa *sa, struct span text)
{
	static const struct ike_sk_form form = { CBC_BLOCK, 16, 0, 0, 1 };
	const struct cbc_keys keys = { sa->keys.integ,
				       secret_span(&sa->keys.sk_ei),
				       secret_span(&sa->keys.sk_ai) };
	const struct ike_hdr hdr = {
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.major = IKE_MAJOR_VERSION,
		.exchange = IKE_INFORMATIONAL,
		.flags = IKE_FLAG_INITIATOR,
		.msgid = world_sa(&w, 1)->recv_mid,
	};
	struct ike_sk_room r;

	/* the octet that it adds is the last of the text */
	CHECK(ike_build_sk(datagram, sizeof(datagram), &hdr, IKE_PLD_NOTIFY,
			   span(text.data, text.len - 1), &form, &r));
	r.text[text.len - 1] = text.data[text.len - 1];
	memset(r.iv, 0xee, CBC_BLOCK);
	CHECK_EQ(cbc_seal(&keys, r.iv, r.aad, r.text, r.text_len, r.icv),
		 CRYPTO_OK);
	return r.message;
}

static void inject(struct span m)
{
	w.n[N_SENT] = 0;
	world_inject(&w, 0, 1, m.data, m.len);
	world_run(&w);
}

/* N(16384) of no protocol without data, and 7 octets of padding */
static const uint8_t notify[16] = { 0, 0, 0, 8, 0, 0, 0x40, 0,
				    9, 9, 9, 9, 9, 9, 9, 7 };

static struct ike_sa *watched(void)
{
	up(CBC, CBC);
	join();
	by(12, 256);
	w.filter = count;
	return world_sa(&w, 0);
}

/* in silence, and nothing of the IKE SA moves; then the right one comes */
static void dropped(void)
{
	struct ike_sa *sa = watched();
	struct span m = informational(sa, span(notify, 16));
	struct ike_sa *to = world_sa(&w, 1), before;
	uint64_t rx = w.h[1].d.stats.rx_dropped;
	size_t i, len = m.len;

	before = *to;
	for (i = 28; i < len; i++) {
		/* length fields of the payload are the parser's */
		if (i >= 28 && i < 32)
			continue;
		datagram[i] ^= 0x80;
		inject(m);
		CHECK_EQ(w.n[N_SENT], 0);
		datagram[i] ^= 0x80;
	}
	/* shorter, with lengths that say so */
	for (i = 32; i < len; i++) {
		datagram[26] = (uint8_t)(i >> 8);
		datagram[27] = (uint8_t)i;
		datagram[30] = (uint8_t)((i - 28) >> 8);
		datagram[31] = (uint8_t)(i - 28);
		inject(span(datagram, i));
		CHECK_EQ(w.n[N_SENT], 0);
	}
	CHECK_EQ(w.h[1].d.stats.rx_dropped, rx + 2 * (len - 32));
	CHECK_EQ(to->recv_mid, before.recv_mid);
	CHECK_EQ(to->heard, before.heard);
	CHECK(!memcmp(to->last_req, before.last_req, sizeof(to->last_req)));
	inject(informational(sa, span(notify, 16)));
	CHECK_EQ(w.n[N_SENT], 1);
	CHECK_EQ(to->recv_mid, before.recv_mid + 1);
	by(12, 256);
	done();
}

/*
 * Authentic, and its padding is not: such a peer is told what one is told whose
 * payloads are malformed, by a message of the same form.
 */
static void padded(void)
{
	uint8_t text[16];
	unsigned int length;
	struct ike_sa *sa;

	/* a payload that ends behind the others: the yardstick */
	sa = watched();
	memcpy(text, notify, 16);
	text[3] = 12;
	inject(informational(sa, span(text, 16)));
	CHECK_EQ(w.n[N_SENT], 1);
	length = w.n[N_LARGEST];
	CHECK(world_logged(&w, "INVALID_SYNTAX"));
	done();

	sa = watched();
	memcpy(text, notify, 16);
	text[15] = 16;
	inject(informational(sa, span(text, 16)));
	CHECK_EQ(w.n[N_SENT], 1);
	CHECK_EQ(w.n[N_LARGEST], length);
	CHECK(world_logged(&w, "INVALID_SYNTAX"));
	done();

	/* padding may fill all there is, and be anything */
	sa = watched();
	memset(text, 0xa5, 15);
	text[15] = 15;
	inject(informational(sa, span(text, 16)));
	CHECK_EQ(w.n[N_SENT], 1);
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K19 SK_a* and SK_e* are those of another implementation",
		  derived },
		{ "K35 its messages are opened, and made", opened },
		{ "K35 every bit changed is refused, and nothing given out",
		  changed },
		{ "K35 a message that is cut is no other message", cut },
		{ "K35 padded to blocks, as long as it was reckoned, IVs fresh",
		  room },
		{ "K56 K14 each suite: set up, rekeyed by either end, deleted",
		  each },
		{ "K11 two agree on what both have, by the first's order",
		  agreed },
		{ "K11 without a common suite, or by default, there is none",
		  refused },
		{ "K11 AEADs are offered without integrity, ciphers with",
		  offered },
		{ "K11 an answer with half of cipher and MAC is refused",
		  half_chosen },
		{ "K14 a rekey from an AEAD to cipher and MAC, and back",
		  across },
		{ "K14 additional key exchanges under cipher and MAC",
		  additional },
		{ "K42 K43 fragments: each padded and authentic by itself",
		  fragments },
		{ "K35 K23 what is not authentic is dropped in silence",
		  dropped },
		{ "K35 K23 bad padding is answered as other malformed text",
		  padded },
	};

	return KTAP_RUN(tests);
}
