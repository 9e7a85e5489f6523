// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Additional key exchanges (RFC 9370) in IKE_INTERMEDIATE (RFC 9242): agreed on
 * or not, with peers that know nothing of them, out of order, over a network
 * that loses and cuts, and against somebody who has the keys of the first key
 * exchange and changes what is said in the second.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/intauth.h"
#include "btnsd/ike/parse.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/sk.h"
#include "craft.h"
#include "hex.h"
#include "intauth_vectors.h"
#include "addke_world.h"

#define P256		"ike = { additional = [\"p256\"]; };"
#define P256_OR_NOT	"ike = { additional = [\"p256\", \"none\"]; };"
#define NEVER		"ike = { additional = [\"none\"]; };"
/* world_up() takes it away from who says nothing of it */
#define DEFAULT		"# additional: what it is by default\n"
#define MLKEM		"ike = { additional = [\"mlkem768\"]; };"

/* ---- IntAuth ------------------------------------------------------------ */

static void chain(struct ike_sa *sa, uint8_t flags, uint32_t mid,
		  uint8_t sk_flags, const char *key, const char *text)
{
	const struct ike_hdr hdr = {
		.spi_i = 0x1111111122222222,
		.spi_r = 0x3333333344444444,
		.next = IKE_PLD_SKF,
		.major = 2,
		.exchange = IKE_INTERMEDIATE,
		.flags = flags,
		.msgid = mid,
		.length = 12345,
	};
	bool by_initiator = flags & IKE_FLAG_INITIATOR;

	CHECK_EQ(secret_set(by_initiator ? &sa->keys.sk_pi : &sa->keys.sk_pr,
			    hex(key)), CRYPTO_OK);
	CHECK(intauth_add(sa, &hdr, IKE_PLD_KE, sk_flags, hex(text)));
}

#define INTAUTH(tag, id) do { \
	struct ike_sa *sa = calloc(1, sizeof(*sa)); \
	uint8_t out[INTAUTH_MAX]; \
	\
	sa->keys.prf = (id); \
	sa->initiator = true; \
	sa->send_mid = 1; \
	CHECK_EQ(intauth_octets(sa, out).len, 0); \
	chain(sa, IKE_FLAG_INITIATOR, 1, 0, V_##tag##_KEY_I1, V_##tag##_TEXT_I1); \
	chain(sa, IKE_FLAG_RESPONSE, 1, 0, V_##tag##_KEY_R1, V_##tag##_TEXT_R1); \
	sa->send_mid = 2; \
	CHECK(span_equal(intauth_octets(sa, out), hex(V_##tag##_INTAUTH_1))); \
	chain(sa, IKE_FLAG_RESPONSE, 2, 0x80, V_##tag##_KEY_R2, V_##tag##_TEXT_R2); \
	chain(sa, IKE_FLAG_INITIATOR, 2, 0x80, V_##tag##_KEY_I2, V_##tag##_TEXT_I2); \
	sa->initiator = false; \
	sa->recv_mid = 3; \
	CHECK(span_equal(intauth_octets(sa, out), hex(V_##tag##_INTAUTH_2))); \
	free(sa); \
} while (0)

static void intauth_vectors(void)
{
	INTAUTH(SHA256, IKE_PRF_HMAC_SHA2_256);
	INTAUTH(SHA512, IKE_PRF_HMAC_SHA2_512);
}

/* ---- proposals ---------------------------------------------------------- */

static struct ike_sa_payload offer;

/* another proposal of what the default takes, to be added to */
static void propose(uint8_t num)
{
	static const struct ike_transform_desc plain[] = {
		{ IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, false },
		{ IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, false },
		{ IKE_TRANS_DH, IKE_DH_X25519, 0, false },
	};

	if (num == 1)
		memset(&offer, 0, sizeof(offer));
	offer.present = true;
	offer.proposal[offer.count++] = (struct ike_proposal){
		.num = num,
		.proto = IKE_PROTO_IKE,
		.first = offer.n_transforms,
		.count = 3,
	};
	memcpy(offer.transform + offer.n_transforms, plain, sizeof(plain));
	offer.n_transforms += 3;
}

static void with(unsigned int addke, uint16_t method)
{
	offer.transform[offer.n_transforms++] = (struct ike_transform_desc){
		.type = (uint8_t)(IKE_TRANS_ADDKE1 + addke - 1),
		.id = method,
	};
	offer.proposal[offer.count - 1].count++;
}

/* what is chosen of @offer: proposal, number of the exchange, its method */
static void chosen(const struct conf *conf, enum proposal_use use,
		   unsigned int num, unsigned int addke, uint16_t method,
		   unsigned int none)
{
	struct ike_choice c = { 0 };
	struct ike_sa_payload answer;
	const char *why;
	unsigned int i, n = 0;

	CHECK_EQ(proposal_ike_choose(conf, use, &offer, IKE_DH_X25519, &c),
		 num > 0);
	CHECK_EQ(c.num, num);
	CHECK_EQ(c.addke, method);
	CHECK_EQ(c.addke_type, method ? IKE_TRANS_ADDKE1 + addke - 1 : 0);
	CHECK_EQ(c.addke_none, none);
	if (!num)
		return;
	/* the answer has one transform of each type that was offered */
	proposal_answer(&c, IKE_PROTO_IKE, NULL, &answer);
	CHECK(proposal_single(&answer, offer.count, &why));
	for (i = 0; i < answer.n_transforms; i++)
		n += answer.transform[i].type >= IKE_TRANS_ADDKE1;
	CHECK_EQ(n, !!method + __builtin_popcount(none));
}

static void choices(void)
{
	struct conf conf = {
		.dh = { IKE_DH_X25519 }, .n_dh = 1,
		.ike_aead = { { IKE_ENCR_AES_GCM_16, 256 } }, .n_ike_aead = 1,
		.prf = { IKE_PRF_HMAC_SHA2_256 }, .n_prf = 1,
		.addke = { IKE_DH_ECP_384, IKE_DH_ECP_256 }, .n_addke = 2,
		.addke_optional = true,
	};

	/* our order of preference in a proposal, the peer's among them */
	propose(1);
	with(1, IKE_DH_ECP_256);
	with(1, IKE_DH_ECP_384);
	propose(2);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 1, 1, IKE_DH_ECP_384, 0);
	/* without IKE_INTERMEDIATE, and in a rekey, only what has none */
	chosen(&conf, PROPOSAL_INIT, 2, 0, 0, 0);
	/* one exchange: for a second NONE must do */
	propose(1);
	with(1, IKE_DH_ECP_256);
	with(3, IKE_DH_ECP_384);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 0, 0, 0, 0);
	with(3, IKE_DH_NONE);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 1, 1, IKE_DH_ECP_256, 4);
	/* NONE where there is nothing of ours; the last type is one too */
	propose(1);
	with(1, IKE_DH_ML_KEM_1024);
	with(1, IKE_DH_NONE);
	with(7, IKE_DH_ECP_256);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 1, 7, IKE_DH_ECP_256, 1);
	chosen(&conf, PROPOSAL_INIT, 0, 0, 0, 0);
	with(7, IKE_DH_NONE);
	chosen(&conf, PROPOSAL_INIT, 1, 0, 0, 0x41);
	/* whoever insists on one does not take NONE */
	propose(1);
	with(1, IKE_DH_ML_KEM_1024);
	with(1, IKE_DH_NONE);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 1, 0, 0, 1);
	conf.addke_optional = false;
	chosen(&conf, PROPOSAL_INIT_ADDKE, 0, 0, 0, 0);
	chosen(&conf, PROPOSAL_INIT, 0, 0, 0, 0);
	/* a type that nobody knows yet */
	conf.addke_optional = true;
	propose(1);
	with(8, IKE_DH_NONE);
	chosen(&conf, PROPOSAL_INIT_ADDKE, 0, 0, 0, 0);
}

/* an answer has to be one of the two that were offered */
static void answers(void)
{
	struct conf conf = {
		.dh = { IKE_DH_X25519 }, .n_dh = 1,
		.ike_aead = { { IKE_ENCR_AES_GCM_16, 256 } }, .n_ike_aead = 1,
		.prf = { IKE_PRF_HMAC_SHA2_256 }, .n_prf = 1,
		.addke = { IKE_DH_ECP_256, IKE_DH_X25519 }, .n_addke = 2,
		.addke_optional = true,
	};
	static struct ike_sa_payload ours;
	struct ike_choice c;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		conf.addke_optional = !i;
		proposal_ike_offer(&conf, PROPOSAL_INIT_ADDKE, IKE_DH_X25519,
				   NULL, &ours);
		CHECK_EQ(ours.count, 2 - i);
		propose(1);
		with(1, IKE_DH_ECP_256);
		CHECK(proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					  &c));
		/* the peer does not do IKE_INTERMEDIATE, and yet */
		CHECK(!proposal_ike_chosen(&ours, false, &offer,
					   IKE_DH_X25519, &c));
		with(2, IKE_DH_NONE);
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		/* the first proposal without, the second with */
		propose(1);
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		offer.proposal[0].num = 2;
		CHECK_EQ(proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					     &c), !i);
		with(1, IKE_DH_ECP_256);
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		with(2, IKE_DH_ECP_256);
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		/* what we have not offered, only half of it, one method twice */
		propose(1);
		offer.proposal[0].num = 2;
		offer.transform[0].keybits = 128;
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		offer.proposal[0].num = 2;
		offer.transform[1].id = IKE_PRF_HMAC_SHA2_512;
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		offer.proposal[0].num = 2;
		offer.transform[2].foreign = true;
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		offer.proposal[0].num = 2;
		offer.proposal[0].count--;
		offer.n_transforms--;
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		with(1, IKE_DH_X25519);
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
		propose(1);
		offer.proposal[0].num = 3;
		CHECK(!proposal_ike_chosen(&ours, true, &offer, IKE_DH_X25519,
					   &c));
	}
}

/* ---- two hosts ---------------------------------------------------------- */

/*
 * in w.n[]: IKE_INTERMEDIATE messages seen, fragments of them, which to drop,
 * IKE_FOLLOWUP_KE messages seen
 */
enum { N_INTERMEDIATE, N_FRAGMENTS, N_DROP, N_FOLLOWUP };

static bool count(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (!world_hdr(p, &hdr))
		return true;
	x->n[N_FOLLOWUP] += hdr.exchange == IKE_FOLLOWUP_KE;
	if (hdr.exchange != IKE_INTERMEDIATE)
		return true;
	x->n[N_FRAGMENTS] += hdr.next == IKE_PLD_SKF;
	return ++x->n[N_INTERMEDIATE] != x->n[N_DROP];
}

static void counted_keys(enum key_type type, const char *a, const char *b)
{
	CHECK(world_two(&w, type, a, b));
	w.filter = count;
}

static void counted(const char *a, const char *b)
{
	counted_keys(KEY_ED25519, a, b);
}

/* the exchange comes, once each way, or does not */
static void agree(const char *a, const char *b, bool additional)
{
	counted(a, b);
	open_one();
	both_good();
	CHECK_EQ(w.n[N_INTERMEDIATE], additional ? 2 : 0);
	CHECK_EQ(w.sent, additional ? 6 : 4);
	done();
}

static void refuse(const char *a, const char *b)
{
	counted(a, b);
	open_one();
	nothing();
	CHECK_EQ(w.n[N_INTERMEDIATE], 0);
	CHECK(world_logged(&w, "ike.additional") &&
	      world_logged(&w, "NO_PROPOSAL_CHOSEN"));
	done();
}

static void agreed(void)
{
	static const char *const confs[] = {
		P256,
		"ike = { additional = [\"p384\"]; prf = [\"sha384\"]; };",
		"ike = { additional = [\"x25519\"]; dh = [\"p256\"]; prf = [\"sha512\"]; };",
		"ike = { additional = [\"modp2048\"]; aead = [\"chacha20poly1305\"]; };",
	};
	static const enum key_type types[] = {
		KEY_ED25519, KEY_ECDSA_P256, KEY_ECDSA_P384, KEY_RSA,
	};
	size_t i;

	for (i = 0; i < sizeof(confs) / sizeof(confs[0]); i++)
		agree(confs[i], confs[i], true);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		counted_keys(types[i], P256, P256_OR_NOT);
		open_one();
		both_good();
		CHECK_EQ(w.n[N_INTERMEDIATE], 2);
		done();
	}
}

static void optional(void)
{
	agree(P256_OR_NOT, P256_OR_NOT, true);
	agree(P256_OR_NOT, P256, true);
	agree(P256, P256_OR_NOT, true);
	/* a peer that has none, and one that has others */
	agree(P256_OR_NOT, NEVER, false);
	agree(NEVER, P256_OR_NOT, false);
	agree(P256_OR_NOT, "ike = { additional = [\"p384\", \"none\"]; };",
	      false);
	/* one of several, and never the one that IKE_SA_INIT has used */
	agree("ike = { additional = [\"p384\", \"p256\"]; };", P256, true);
	agree("ike = { dh = [\"p256\"]; additional = [\"p256\", \"none\"]; };",
	      "ike = { dh = [\"p256\"]; additional = [\"p256\", \"none\"]; };",
	      false);
}

static void required(void)
{
	refuse(P256, NEVER);
	refuse(NEVER, P256);
	refuse(P256, "ike = { additional = [\"p384\"]; };");
	refuse("ike = { dh = [\"p256\"]; additional = [\"p256\", \"p384\"]; };",
	       "ike = { dh = [\"p256\"]; additional = [\"p256\", \"x25519\"]; };");
}

/* the responder's wishes for IKE_SA_INIT come first */
static void begun_again(void)
{
	counted(P256,
		"ike = { additional = [\"p256\"]; cookie_threshold = 0;"
		" dh = [\"p384\", \"x25519\"]; };");
	open_one();
	both_good();
	CHECK_EQ(w.h[1].d.stats.cookies, 1);
	CHECK_EQ(w.n[N_INTERMEDIATE], 2);
	done();
	counted("ike = { dh = [\"x25519\", \"p384\"]; additional = [\"p256\"]; };",
		"ike = { dh = [\"p384\"]; additional = [\"p256\"]; };");
	open_one();
	both_good();
	CHECK_EQ(w.n[N_INTERMEDIATE], 2);
	done();
}

static void afterwards(void)
{
	struct ike_sa *sa;
	int i;

	counted(P256, P256);
	open_one();
	for (i = 0; i < 2; i++) {
		sa = world_sa(&w, i);
		task_add(sa, TASK_REKEY_IKE);
		fsm_start(sa);
		world_run(&w);
		both_good();
		life_rekey(world_sa(&w, i)->children);
		fsm_start(world_sa(&w, i));
		world_run(&w);
		both_good();
		world_advance(&w, 2 * IKE_LINGER_MS);
	}
	CHECK_EQ(w.n[N_INTERMEDIATE], 2);
	CHECK_EQ(w.n[N_FOLLOWUP], 4);
	/* made anew with authentication it is asked for again */
	life_renew(world_sa(&w, 0));
	world_run(&w);
	world_advance(&w, 10 * IKE_LINGER_MS);
	both_good();
	CHECK_EQ(w.n[N_INTERMEDIATE], 4);
	done();
}

/* a value of 512 octets in datagrams of 576, each of them lost once */
static void in_fragments(void)
{
	static const char conf[] =
		"ike = { additional = [\"modp4096\"]; fragment = 576; };";
	unsigned int i, n = 4;

	for (i = 0; i <= n; i++) {
		counted(conf, conf);
		w.n[N_DROP] = i;
		open_one();
		world_advance(&w, 20000);
		both_good();
		CHECK(w.n[N_FRAGMENTS] >= 4);
		n = i ? n : w.n[N_INTERMEDIATE];
		done();
	}
}

/*
 * The first answer of an exchange is lost, and the request that comes again is
 * cut, into n[3] fragments: into more than before, perhaps.
 */
static uint8_t cut_exchange;

static bool cut_again(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (!world_hdr(p, &hdr) || hdr.exchange != cut_exchange)
		return true;
	if (p->from)
		return ++x->n[N_DROP] != 1;
	if (!x->n[N_DROP] || hdr.next == IKE_PLD_SKF)
		return true;
	CHECK(craft_cut(x, x->h[0].d.sas, p, (uint16_t)x->n[3]));
	return false;
}

static void cut_smaller(void)
{
	static const uint8_t exchange[] = { IKE_INTERMEDIATE, IKE_AUTH,
					    IKE_CREATE_CHILD_SA };
	unsigned int i, n;

	for (i = 0; i < sizeof(exchange); i++) {
		for (n = 1; n <= 3; n++) {
			counted(P256, P256);
			cut_exchange = exchange[i];
			w.n[3] = n;
			w.filter = cut_again;
			open_one();
			if (cut_exchange == IKE_CREATE_CHILD_SA)
				life_rekey(world_sa(&w, 0)->children);
			fsm_start(w.h[0].d.sas);
			/* it comes again once, and that is enough */
			world_advance(&w, 600);
			CHECK_EQ(w.n[N_DROP], 2);
			CHECK_EQ(w.h[0].d.stats.retransmits, 1);
			CHECK(!w.h[0].d.sas->request.len);
			CHECK_EQ(w.h[1].d.stats.ike_up, 1);
			CHECK(!w.h[1].d.sas->last_keys.sk_ei.len);
			world_advance(&w, 60000);
			both_good();
			done();
		}
	}
}

/* ---- what must not be --------------------------------------------------- */

/* an IKE SA of host 0 whose requests after IKE_SA_INIT are kept back */
static bool only_init(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	return p->from || !world_hdr(p, &hdr) || hdr.exchange == IKE_SA_INIT ||
	       (x->n[3] && hdr.exchange == IKE_INTERMEDIATE);
}

static struct ike_sa *half_open(const char *a, const char *b, bool exchanged)
{
	counted(a, b);
	w.filter = only_init;
	w.n[3] = exchanged;
	open_one();
	w.filter = NULL;
	CHECK_EQ(w.h[1].d.half_open, 1);
	return w.h[0].d.sas;
}

static void refused(const char *why)
{
	world_run(&w);
	CHECK(world_logged(&w, why));
	CHECK_EQ(w.h[1].d.half_open, 0);
	nothing();
	done();
}

static void ke(struct ike_sa *sa, uint32_t mid, uint16_t method,
	       struct span value)
{
	static uint8_t buf[4096];
	struct ike_build b;

	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_ke(&b, method, value);
	craft_inner(&w, sa, 0, 1, IKE_INTERMEDIATE, mid, &b);
}

static void wrong_order(void)
{
	static const uint8_t point[64] = { 4 }, psk[] = { 0, 0, 0, 0 };
	struct craft_auth auth = {
		.id_type = IKE_ID_NULL,
		.id = psk,
	};
	struct ike_sa *sa;
	struct key *key;

	/* IKE_AUTH without the exchange that was agreed */
	sa = half_open(P256, P256, false);
	key = world_key(0, KEY_ED25519);
	auth.sign = key;
	craft_auth_send(&w, sa, 0, 1, &auth);
	key_free(key);
	refused("it skips the additional key exchange");
	/* the exchange that was not agreed */
	sa = half_open(NEVER, P256_OR_NOT, false);
	ke(sa, 1, IKE_DH_ECP_256, span(point, 64));
	refused("no additional key exchange was agreed");
	/* one too many: a responder does one, whoever asks */
	sa = half_open(P256, P256, true);
	CHECK_EQ(sa->state, IKE_ST_AUTH_SENT);
	ke(sa, 2, IKE_DH_ECP_256, span(point, 64));
	refused("or it is done");
}

static void wrong_value(void)
{
	static const uint8_t value[96] = { 4 };
	struct ike_sa *sa;

	sa = half_open(P256, P256, false);
	ke(sa, 1, IKE_DH_ECP_384, span(value, 96));
	refused("by method 20, and ECP_256 was agreed");
	sa = half_open(P256, P256, false);
	ke(sa, 1, IKE_DH_ECP_256, span(value, 63));
	refused("length is out of range");
	sa = half_open(P256, P256, false);
	ke(sa, 1, IKE_DH_ECP_256, span(value, 64));
	refused("refused as too weak");
}

static void never_finished(void)
{
	struct ike_sa *sa = half_open(P256, P256, true);

	CHECK_EQ(sa->state, IKE_ST_AUTH_SENT);
	w.filter = only_init;
	world_advance(&w, IKE_HALF_OPEN_MS - 1000);
	CHECK_EQ(w.h[1].d.half_open, 1);
	world_advance(&w, 2000);
	CHECK_EQ(w.h[1].d.half_open, 0);
	nothing();
	/* until who has begun gives up as well */
	world_advance(&w, IKE_HALF_OPEN_MS);
	done();
}

/* a message of IKE_INTERMEDIATE, opened, given a Vendor ID more, and sealed */
static bool change(struct world *x, struct packet *p)
{
	static uint8_t plain[4096], inner[4096], out[4096];
	const struct ike_sa *sa = x->h[0].d.sas;
	struct sk_content c = { 0 };
	struct ike_parse_fail fail;
	struct span text, sealed;
	struct ike_build b;
	struct ike_msg m;

	if (!world_hdr(p, &m.hdr) || m.hdr.exchange != IKE_INTERMEDIATE ||
	    p->from != (int)x->n[3])
		return true;
	x->n[3] = 9;
	if (!CHECK_EQ(ike_parse_outer(span(p->data, p->len), &m, &fail), 0) ||
	    !CHECK_EQ(sk_open(&sa->keys, !p->from, span(p->data, p->len),
			      &m.sk, plain, &text), 0))
		return true;
	CHECK_EQ(ike_parse_unpad(&text), 0);
	CHECK_EQ(ike_parse_inner(m.sk.first, text, &m, &fail), 0);
	ike_build_inner(&b, inner, sizeof(inner));
	ike_build_payloads(&b, &m, true);
	ike_build_vendor(&b, span((const uint8_t *)"x", 1));
	CHECK(ike_build_done(&b, &c.text, &c.first));
	c.hdr = m.hdr;
	CHECK_EQ(sk_seal(&sa->keys, !p->from, 0xeeeeeeeeeeeeeeee, &c, out,
			 sizeof(out), &sealed), 0);
	world_inject(x, p->from, !p->from, sealed.data, sealed.len);
	return false;
}

/*
 * Whoever breaks the first key exchange has its keys, and may change what is
 * said under them. The keys of the second stay the same by this change: only
 * AUTH tells.
 */
static void tampered(void)
{
	unsigned int from;

	for (from = 0; from < 2; from++) {
		counted(P256, P256);
		w.filter = change;
		w.n[3] = from;
		open_one();
		CHECK_EQ(w.n[3], 9);
		CHECK(world_logged(&w, "its AUTH: signature or integrity check failed"));
		nothing();
		done();
	}
	/* and without a change that same path is taken */
	counted(P256, P256);
	w.filter = change;
	w.n[3] = 5;
	open_one();
	both_good();
	done();
}

/* the first request loses its INTERMEDIATE_EXCHANGE_SUPPORTED on the way */
static bool strip(struct world *x, struct packet *p)
{
	static uint8_t out[4096];
	struct ike_parse_fail fail;
	struct ike_build b;
	struct ike_msg m;
	unsigned int i;
	struct span s;

	if (!count(x, p) || x->n[3] || !world_hdr(p, &m.hdr) ||
	    m.hdr.exchange != IKE_SA_INIT)
		return true;
	x->n[3] = 1;
	CHECK_EQ(ike_parse_outer(span(p->data, p->len), &m, &fail), 0);
	ike_build_outer(&b, out, sizeof(out), &m.hdr);
	ike_build_sa(&b, &m.sa);
	ike_build_ke(&b, m.ke.group, m.ke.data);
	ike_build_nonce(&b, m.nonce);
	for (i = 0; i < m.n_notifies; i++)
		if (m.notify[i].type != IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED)
			ike_build_notify(&b, m.notify[i].type,
					 m.notify[i].data);
	CHECK(ike_build_done(&b, &s, NULL));
	world_inject(x, 0, 1, s.data, s.len);
	return false;
}

/*
 * Without the notify the responder takes the proposal without; that the first
 * message was another is what AUTH says. Who insists does not get that far.
 */
static void stripped(void)
{
	counted(P256_OR_NOT, P256_OR_NOT);
	w.filter = strip;
	open_one();
	CHECK_EQ(w.n[N_INTERMEDIATE], 0);
	CHECK(world_logged(&w, "its AUTH: signature or integrity check failed"));
	nothing();
	done();
	counted(P256, P256);
	w.filter = strip;
	open_one();
	CHECK_EQ(w.n[N_INTERMEDIATE], 0);
	CHECK(world_logged(&w, "NO_PROPOSAL_CHOSEN"));
	nothing();
	done();
}

static void post_quantum(void)
{
	static const char *const confs[] = {
		MLKEM,
		"ike = { additional = [\"mlkem512\"]; };",
		"ike = { additional = [\"mlkem1024\"]; fragment = 0; };",
	};
	size_t i;

	if (!kex_supported(IKE_DH_ML_KEM_768)) {
		ktap_skip("OpenSSL is older than 3.5 and has no ML-KEM");
		return;
	}
	for (i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		counted(confs[i], confs[i]);
		open_one();
		both_good();
		CHECK(w.n[N_INTERMEDIATE] >= 2);
		done();
	}
	/* it is the default, and a peer without it is taken */
	counted(DEFAULT, DEFAULT);
	open_one();
	both_good();
	CHECK(w.n[N_INTERMEDIATE] >= 2);
	done();
	agree(DEFAULT, NEVER, false);
	agree(NEVER, DEFAULT, false);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "what IKE_INTERMEDIATE adds to AUTH is what Python computes",
		  intauth_vectors },
		{ "what is chosen of an offer with ADDKE1 to ADDKE7", choices },
		{ "an answer chooses what was offered", answers },
		{ "an additional key exchange, with every prf and kind of key",
		  agreed },
		{ "it is done where both ends have it", optional },
		{ "who insists on it has no IKE SA without", required },
		{ "COOKIE and another group come before it", begun_again },
		{ "rekeys after it, and an IKE SA made anew", afterwards },
		{ "its messages in fragments, each lost once", in_fragments },
		{ "K44 an answer is lost, and the request comes again in other fragments",
		  cut_smaller },
		{ "left out, not agreed, or once too often", wrong_order },
		{ "values that are none", wrong_value },
		{ "it does not lengthen the life of a half-open IKE SA",
		  never_finished },
		{ "whoever changes it under the first keys fails at AUTH",
		  tampered },
		{ "whoever strips it from the first message fails at AUTH",
		  stripped },
		{ "ML-KEM of all sizes, and by default", post_quantum },
	};

	return KTAP_RUN(tests);
}
