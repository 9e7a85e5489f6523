// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rekeys of an IKE SA with an additional key exchange (RFC 9370 section 2.2.4):
 * agreed on or not, completed late, never, or by what completes nothing, and
 * two of them that meet. What loss does to them is in test_replay.c.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/proposal.h"
#include "craft.h"
#include "hex.h"
#include "intauth_vectors.h"
#include "addke_world.h"

#define P256		"ike = { additional = [\"p256\"]; };"
#define P256_OR_NOT	"ike = { additional = [\"p256\", \"none\"]; };"
#define NEVER		"ike = { additional = [\"none\"]; };"

/* secrets of 48 and 32 octets, as gen_intauth.py makes them */
static void octets(uint8_t *to, unsigned int start, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = (uint8_t)(start + i * 7);
}

#define REKEY(tag, id) do { \
	struct ike_keys old = { .prf = (id) }, keys; \
	uint8_t g[48], ni[32], nr[40], more[32], all[512]; \
	const struct ike_keys_in in = { \
		.prf = (id), .encr = IKE_ENCR_AES_GCM_16, .keybits = 256, \
		.g_ir = span(g, 48), .more = span(more, 32), \
		.ni = span(ni, 32), .nr = span(nr, 40), \
		.spi_i = 0x1111111122222222, .spi_r = 0x3333333344444444, \
	}; \
	struct wbuf out; \
	struct span s; \
	\
	octets(g, 5, 48); \
	octets(ni, 6, 32); \
	octets(nr, 7, 40); \
	octets(more, 8, 32); \
	secret_set(&old.sk_d, hex(V_##tag##_OLD_SK_D)); \
	CHECK_EQ(keymat_ike_rekey(&old, &in, &keys), CRYPTO_OK); \
	wbuf_init(&out, all, sizeof(all)); \
	wbuf_span(&out, secret_span(&keys.sk_d)); \
	wbuf_span(&out, secret_span(&keys.sk_ei)); \
	wbuf_span(&out, secret_span(&keys.sk_er)); \
	wbuf_span(&out, secret_span(&keys.sk_pi)); \
	wbuf_span(&out, secret_span(&keys.sk_pr)); \
	CHECK(wbuf_done(&out, &s)); \
	CHECK(span_equal(s, hex(V_##tag##_REKEY))); \
} while (0)

static void rekey_vectors(void)
{
	REKEY(SHA256, IKE_PRF_HMAC_SHA2_256);
	REKEY(SHA512, IKE_PRF_HMAC_SHA2_512);
}

/* in w.n[]: IKE_FOLLOWUP_KE messages seen */
enum { N_FOLLOWUP };

static bool count(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	x->n[N_FOLLOWUP] += world_hdr(p, &hdr) &&
			    hdr.exchange == IKE_FOLLOWUP_KE;
	return true;
}

static void counted(const char *a, const char *b)
{
	CHECK(world_two(&w, KEY_ED25519, a, b));
	w.filter = count;
}

static void begin(int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(&w, host);

	if (!CHECK(sa))
		return;
	task_add(sa, kind);
	fsm_start(sa);
}

static void joined(const char *a, const char *b)
{
	counted(a, b);
	open_one();
	both_good();
}

/* both have the same IKE SA, and it is another than before */
static void rekeyed(uint64_t before)
{
	world_run(&w);
	both_good();
	if (CHECK(world_sa(&w, 0)))
		CHECK(world_sa(&w, 0)->spi_i != before);
	done();
}

static void rekey_without(void)
{
	uint64_t spi;

	/* a peer that has never done one is not asked to in a rekey */
	joined(P256_OR_NOT, NEVER);
	w.h[1].d.conf->addke[0] = IKE_DH_ECP_256;
	w.h[1].d.conf->n_addke = 1;
	spi = world_sa(&w, 0)->spi_i;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	CHECK_EQ(w.n[N_FOLLOWUP], 0);
	rekeyed(spi);
	/* one that has, and has been told not to since, rekeys without */
	joined(P256, P256);
	w.h[1].d.conf->n_addke = 0;
	spi = world_sa(&w, 0)->spi_i;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	CHECK_EQ(w.n[N_FOLLOWUP], 0);
	CHECK(world_sa(&w, 0)->peer_addke);
	rekeyed(spi);
	/* two rekeys that meet do not wait for it */
	joined(P256, P256);
	spi = world_sa(&w, 0)->spi_i;
	begin(0, TASK_REKEY_IKE);
	begin(1, TASK_REKEY_IKE);
	world_run(&w);
	CHECK_EQ(w.n[N_FOLLOWUP], 0);
	world_advance(&w, 2 * IKE_REKEYED_MS);
	rekeyed(spi);
}

/* what both may do becomes what they must, by a reload */
static void require(int host, uint16_t method)
{
	struct conf *conf = w.h[host].d.conf;

	conf->addke[0] = method;
	conf->n_addke = 1;
	conf->addke_optional = false;
}

/* IKE SAs that began without one get one as soon as it is required */
static void rekey_required(void)
{
	uint64_t spi;
	int i;

	/* at either end: the one that begins, and the one that answers */
	for (i = 0; i < 2; i++) {
		joined(NEVER, NEVER);
		require(0, IKE_DH_ECP_256);
		w.h[1].d.conf->addke[0] = IKE_DH_ECP_256;
		w.h[1].d.conf->n_addke = 1;
		spi = world_sa(&w, 0)->spi_i;
		if (i) {
			/* it knows no reason to offer one, and is refused */
			begin(1, TASK_REKEY_IKE);
			world_run(&w);
			CHECK(world_logged(&w, "ike.additional"));
			CHECK(!world_sa(&w, 0)->rekeyed_by);
			world_advance(&w, 60000);
			CHECK(world_sa(&w, 0)->peer_addke);
			rekeyed(spi);
			continue;
		}
		begin(0, TASK_REKEY_IKE);
		world_run(&w);
		CHECK_EQ(w.n[N_FOLLOWUP], 2);
		CHECK(world_sa(&w, 0)->peer_addke && world_sa(&w, 1)->peer_addke);
		/* from then on the keys come from one */
		w.h[1].d.conf->n_addke = 0;
		begin(0, TASK_REKEY_IKE);
		world_run(&w);
		CHECK_EQ(w.n[N_FOLLOWUP], 2);
		rekeyed(spi);
	}
	/* a peer that does none has no IKE SA when this one's lifetime is over */
	joined("ike = { additional = [\"none\"]; lifetime = 1000; };",
	       "ike = { additional = [\"none\"]; lifetime = 1000; };");
	require(0, IKE_DH_ECP_256);
	for (i = 0; i < 60; i++)
		world_advance(&w, 20000);
	CHECK(world_logged(&w, "NO_PROPOSAL_CHOSEN"));
	nothing();
	done();
	/* two rekeys that meet put each other off, and one has it then */
	joined(NEVER, NEVER);
	for (i = 0; i < 2; i++)
		require(i, IKE_DH_ECP_256);
	spi = world_sa(&w, 0)->spi_i;
	for (i = 0; i < 2; i++)
		begin(i, TASK_REKEY_IKE);
	world_run(&w);
	CHECK(world_logged(&w, "needs an additional key exchange (TEMPORARY_FAILURE)"));
	CHECK_EQ(w.n[N_FOLLOWUP], 0);
	world_advance(&w, 60000);
	CHECK(w.n[N_FOLLOWUP] >= 2);
	CHECK(world_sa(&w, 0)->peer_addke);
	rekeyed(spi);
}

static bool not_from_1(struct world *x, struct packet *p)
{
	(void)x;
	return p->from != 1;
}

static bool no_followup(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_FOLLOWUP_KE;
}

/* the request that would complete it comes late, or never */
static void rekey_late(void)
{
	unsigned int sent;
	struct ike_sa *sa;
	uint64_t spi;

	joined(P256, P256);
	spi = world_sa(&w, 0)->spi_i;
	w.filter = no_followup;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	sa = world_sa(&w, 1);
	CHECK(sa->followup && sa->spi_i == spi);
	/* meanwhile the other end begins nothing, nor is anything begun with it */
	sent = w.sent;
	life_rekey(sa->children);
	fsm_start(sa);
	world_run(&w);
	CHECK_EQ(w.sent, sent);
	CHECK(sa->tasks && !sa->request.len);
	CHECK(x_rekey_ike_busy(sa));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, IKE_FOLLOWUP_MS + 100);
	CHECK(!sa->followup && world_logged(&w, "never went on"));
	/* then it does, and is told to begin again */
	w.filter = count;
	world_advance(&w, 40000);
	CHECK(world_logged(&w,
			   "the peer refused to complete the rekey by ECP_256: STATE_NOT_FOUND"));
	CHECK(w.n[N_FOLLOWUP] >= 4);
	rekeyed(spi);
	/* the IKE SA ends meanwhile */
	joined(P256, P256);
	w.filter = no_followup;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	sa = world_sa(&w, 1);
	CHECK(sa->followup);
	w.filter = NULL;
	life_close(sa);
	fsm_start(sa);
	world_run(&w);
	nothing();
	done();
}

static struct ike_keys without;

/* what the keys would be of the first secret alone */
static bool peek(struct world *x, struct packet *p)
{
	const struct ike_sa *old = world_sa(x, 1), *heir = old->followup;
	struct ike_keys_in in;
	struct ike_hdr hdr;

	if (!world_hdr(p, &hdr) || hdr.exchange != IKE_FOLLOWUP_KE || p->from)
		return true;
	in = (struct ike_keys_in){
		.prf = heir->keys.prf,
		.encr = heir->keys.encr,
		.keybits = heir->keys.keybits,
		.g_ir = blob_span(&heir->shared),
		.ni = blob_span(&heir->ni),
		.nr = blob_span(&heir->nr),
		.spi_i = heir->spi_i,
		.spi_r = heir->spi_r,
	};
	CHECK_EQ(keymat_ike_rekey(&old->keys, &in, &without), CRYPTO_OK);
	return true;
}

static void rekey_keys(void)
{
	joined(P256, P256);
	w.filter = peek;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	both_good();
	CHECK(without.sk_d.len);
	CHECK(memcmp(&world_sa(&w, 0)->keys, &without, sizeof(without)));
	done();
}

/* a reload between our offer and the answer: what was offered counts */
static void rekey_reloaded(void)
{
	struct conf *conf;
	uint64_t spi;
	int i;

	for (i = 0; i < 3; i++) {
		joined(P256, P256);
		spi = world_sa(&w, 0)->spi_i;
		begin(0, TASK_REKEY_IKE);
		CHECK(world_step(&w) && world_sa(&w, 1)->followup);
		conf = w.h[0].d.conf;
		if (!i)
			conf->n_addke = 0;
		else
			require(0, IKE_DH_ECP_384);
		if (i == 2) {
			conf->ike_aead[0].encr = IKE_ENCR_CHACHA20_POLY1305;
			conf->ike_aead[0].keybits = 0;
			conf->n_ike_aead = 1;
		}
		world_run(&w);
		CHECK_EQ(w.n[N_FOLLOWUP], 2);
		rekeyed(spi);
	}
}

/* an answer of no use that agrees to an additional key exchange */
static void answer_hostile(uint16_t method, bool named, size_t value_len,
			   const char *log)
{
	static const uint8_t value[64] = { 9 }, nonce[32] = { 1 };
	static uint8_t buf[1024];
	struct ike_sa_payload answer;
	struct ike_choice c;
	struct ike_sa *sa;
	struct ike_build b;
	uint64_t spi;

	joined(P256, P256);
	sa = world_sa(&w, 0);
	spi = sa->spi_i;
	c = (struct ike_choice){
		.num = 1, .encr = sa->keys.encr, .keybits = sa->keys.keybits,
		.prf = sa->keys.prf, .dh = sa->group,
		.addke = method, .addke_type = IKE_TRANS_ADDKE1,
	};
	w.filter = not_from_1;
	begin(0, TASK_REKEY_IKE);
	proposal_answer(&c, IKE_PROTO_IKE, value, &answer);
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_sa(&b, &answer);
	ike_build_nonce(&b, span(nonce, 32));
	ike_build_ke(&b, sa->group, span(value, value_len));
	if (named)
		ike_build_notify(&b, IKE_N_ADDITIONAL_KEY_EXCHANGE,
				 span(value, 8));
	craft_answer(&w, world_sa(&w, 1), 1, 0, IKE_CREATE_CHILD_SA,
		     sa->send_mid, &b);
	world_run(&w);
	CHECK(world_logged(&w, log));
	/* the peer has moved nothing, and nothing is lost */
	CHECK_EQ(sa->state, IKE_ST_ESTABLISHED);
	CHECK(sa->spi_i == spi && sa->replaced && !sa->request.len);
	CHECK_EQ(world_installed(&w, 0), 2);
	w.filter = NULL;
	world_advance(&w, 60000);
	rekeyed(spi);
}

static void answers_hostile(void)
{
	answer_hostile(IKE_DH_ECP_256, false, 32, "does not name it");
	answer_hostile(IKE_DH_ECP_256, true, 31, "length is out of range");
	answer_hostile(IKE_DH_ECP_384, true, 32, "did not choose");
}

/* IKE_FOLLOWUP_KE of a method, a value and a link that a peer may choose */
static void followup(uint16_t method, size_t value_len, bool right_link,
		     const char *answer)
{
	static const uint8_t value[96] = { 4 };
	static uint8_t buf[1024];
	struct ike_sa *sa, *their;
	struct ike_build b;
	uint64_t spi;

	joined(P256, P256);
	sa = world_sa(&w, 0);
	their = world_sa(&w, 1);
	spi = sa->spi_i;
	if (method) {
		w.filter = no_followup;
		begin(0, TASK_REKEY_IKE);
		world_run(&w);
		CHECK(their->followup);
		w.filter = NULL;
	}
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_ke(&b, method ? method : IKE_DH_ECP_256,
		     span(value, value_len));
	ike_build_notify(&b, IKE_N_ADDITIONAL_KEY_EXCHANGE,
			 right_link ? blob_span(&their->followup->link) :
				      span(value, 8));
	craft_inner(&w, sa, 0, 1, IKE_FOLLOWUP_KE, sa->send_mid, &b);
	world_run(&w);
	CHECK(world_logged(&w, answer));
	/* INVALID_SYNTAX is the end for both (RFC 7296 section 2.21.3) */
	if (right_link) {
		CHECK(!w.h[1].d.sas && !world_installed(&w, 1));
		world_fini(&w);
		return;
	}
	/* the IKE SA lives on, and nothing of it has changed */
	CHECK_EQ(their->state, IKE_ST_ESTABLISHED);
	CHECK(their->spi_i == spi && !their->rekeyed_by);
	/* what cannot be completed is forgotten; what another names is not */
	CHECK_EQ(!!their->followup, !!method);
	world_fini(&w);
}

static void followup_hostile(void)
{
	followup(0, 64, false, "there is no rekey that it completes (STATE_NOT_FOUND)");
	followup(IKE_DH_ECP_256, 64, false, "STATE_NOT_FOUND");
	followup(IKE_DH_ECP_384, 96, true, "by method 20, and ECP_256 was agreed");
	followup(IKE_DH_ECP_256, 63, true, "length is out of range");
	followup(IKE_DH_ECP_256, 64, true, "refused as too weak");
}

/* a rekey of ours is under way, and the peer's can only be with */
static void clash_with_only(void)
{
	static const uint8_t value[32] = { 9 }, nonce[32] = { 1 };
	static uint8_t buf[1024];
	struct ike_sa_payload offer;
	struct ike_build b;
	struct ike_sa *sa;

	joined(P256, P256);
	sa = world_sa(&w, 0);
	w.filter = not_from_1;
	begin(1, TASK_REKEY_IKE);
	proposal_ike_offer(w.h[0].d.conf, PROPOSAL_REKEY_ADDKE, IKE_DH_X25519,
			   value, &offer);
	/* without the second proposal, which has none */
	offer.n_transforms = offer.proposal[0].count;
	offer.count = 1;
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_sa(&b, &offer);
	ike_build_nonce(&b, span(nonce, 32));
	ike_build_ke(&b, IKE_DH_X25519, span(value, 32));
	craft_inner(&w, sa, 0, 1, IKE_CREATE_CHILD_SA, sa->send_mid, &b);
	world_run(&w);
	CHECK(world_logged(&w, "needs an additional key exchange (TEMPORARY_FAILURE)"));
	CHECK(!world_sa(&w, 1)->followup);
	world_fini(&w);
}

/* what 1 answers to the rekey of 0, held back */
static bool keep_answer(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	count(x, p);
	if (x->kept || p->from != 1 || !world_hdr(p, &hdr) ||
	    hdr.exchange != IKE_CREATE_CHILD_SA ||
	    !(hdr.flags & IKE_FLAG_RESPONSE))
		return true;
	x->kept = world_copy(p);
	return false;
}

/*
 * 0 rekeys with an additional key exchange, and 1, as no btnsd would, both
 * agrees to that and rekeys without. Return: the heir of the latter.
 */
static struct ike_sa *meet(uint8_t nonce_of_1, uint8_t nonce_of_0)
{
	static const uint8_t value[32] = { 9 };
	static uint8_t buf[1024];
	uint8_t nonce[32];
	struct ike_sa_payload offer;
	struct ike_sa *sa, *peer;
	struct ike_build b;

	counted(P256, P256);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	both_good();
	sa = world_sa(&w, 0);
	peer = world_sa(&w, 1);
	w.filter = keep_answer;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	CHECK(w.kept && peer->followup);
	/* drawn at random; who compares them here has it from here */
	memset(sa->tasks->heir->ni.data, nonce_of_0, 4);
	memset(peer->followup->ni.data, nonce_of_0, 4);
	memset(nonce, nonce_of_1, sizeof(nonce));
	proposal_ike_offer(w.h[1].d.conf, PROPOSAL_AGAIN, IKE_DH_X25519,
			   (const uint8_t *)"SPISPISP", &offer);
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_sa(&b, &offer);
	ike_build_nonce(&b, span(nonce, sizeof(nonce)));
	ike_build_ke(&b, IKE_DH_X25519, span(value, 32));
	craft_inner(&w, peer, 1, 0, IKE_CREATE_CHILD_SA, peer->send_mid++, &b);
	world_run(&w);
	CHECK(world_sa(&w, 0)->contested && sa->rekeyed_by);
	return world_sa(&w, 0);
}

static void release(void)
{
	world_queue(&w, w.kept);
	w.kept = NULL;
	world_run(&w);
}

/* RFC 7296 section 2.8.2: the lowest nonce decides, whatever takes longer */
static void clash_of_kinds(void)
{
	struct ike_sa *theirs, *old;
	static uint8_t buf[64];
	struct ike_build b;
	uint32_t id;

	/* ours is to go: it is not completed */
	theirs = meet(0xff, 0);
	old = sa_find_id(&w.h[0].d, theirs->parent);
	release();
	CHECK_EQ(w.n[N_FOLLOWUP], 0);
	CHECK(!theirs->contested && theirs->children && old->replaced);
	world_fini(&w);
	/* theirs is to go: ours is completed, and has the child SAs */
	theirs = meet(0, 0xff);
	id = theirs->id;
	release();
	CHECK_EQ(w.n[N_FOLLOWUP], 2);
	CHECK(!theirs->contested && !theirs->children && theirs->replaced);
	CHECK(world_logged(&w, "goes"));
	world_advance(&w, 2 * IKE_REKEYED_MS + 120000);
	CHECK(!sa_find_id(&w.h[0].d, id));
	both_good();
	done();
	/* the peer deletes it before ours is complete */
	theirs = meet(0, 0xff);
	w.filter = no_followup;
	release();
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_delete_ike(&b);
	craft_inner(&w, theirs, 1, 0, IKE_INFORMATIONAL, 0, &b);
	w.filter = count;
	world_advance(&w, 20000);
	CHECK_EQ(w.n[N_FOLLOWUP], 2);
	both_good();
	done();
	/* the peer refuses to complete ours */
	theirs = meet(0, 0xff);
	old = sa_find_id(&w.h[0].d, theirs->parent);
	x_followup_forget(world_sa(&w, 1));
	release();
	CHECK(w.n[N_FOLLOWUP] == 2 && world_logged(&w, "STATE_NOT_FOUND"));
	CHECK(!theirs->contested && theirs->children && old->replaced);
	CHECK_EQ(old->tasks ? old->tasks->kind : TASK_NONE, TASK_NONE);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "keys of a rekey with two secrets are what Python computes",
		  rekey_vectors },
		{ "keys of a rekey are made of both secrets", rekey_keys },
		{ "N03 rekeys without it: peers that do none, rekeys that meet",
		  rekey_without },
		{ "rekeys of what began before it was required",
		  rekey_required },
		{ "N03 a rekey that is completed late, or never", rekey_late },
		{ "a reload while a rekey is under way", rekey_reloaded },
		{ "answers to a rekey that nothing can complete",
		  answers_hostile },
		{ "IKE_FOLLOWUP_KE that completes nothing", followup_hostile },
		{ "a rekey that needs one while ours is under way",
		  clash_with_only },
		{ "K14 a rekey with one meets one without: nonces decide",
		  clash_of_kinds },
	};

	return KTAP_RUN(tests);
}
