// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proposals for child SAs: AEADs, and ciphers with a MAC; what is offered, what
 * is chosen, what is no answer to that. Then helpers that agree on them.
 */
#include "ktap.h"

#include <stdio.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/proposal.h"
#include "conf_check.h"
#include "world.h"

static struct world w;
static const uint8_t spi[4] = { 0xd0, 0, 0, 1 };

static struct conf *conf_with(const char *list)
{
	char text[512];

	snprintf(text, sizeof(text), "child = { aead = [ %s ]; };", list);
	return conf_good(text);
}

/* a proposal as text: type:id/keybits, one after the other */
static const char *text(const struct ike_sa_payload *sa, unsigned int n)
{
	const struct ike_proposal *p = &sa->proposal[n];
	static char buf[256];
	size_t at = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = p->first; i < p->first + p->count; i++)
		at += (size_t)snprintf(buf + at, sizeof(buf) - at, "%u:%u/%u ",
				       sa->transform[i].type,
				       sa->transform[i].id,
				       sa->transform[i].keybits);
	return buf;
}

/* is that choice, as a peer answers it, one of the offer's? */
static bool is_chosen(const struct ike_sa_payload *offer,
		      const struct ike_choice *choice)
{
	static const uint8_t theirs[4] = { 0, 0, 1, 0 };
	struct ike_sa_payload answer;
	struct ike_choice got;

	proposal_answer(choice, IKE_PROTO_ESP, theirs, &answer);
	return proposal_esp_chosen(offer, &answer, choice->dh, &got) &&
	       got.encr == choice->encr && got.integ == choice->integ &&
	       got.spi == 256;
}

static void offered(void)
{
	static const char *const want[] = {
		"1:20/256 1:20/128 4:31/0 5:0/0 ",
		"1:12/256 3:12/0 4:31/0 5:0/0 ",
		"1:12/128 3:14/0 4:31/0 5:0/0 ",
		"1:28/0 4:31/0 5:0/0 ",
	};
	struct conf *c = conf_with("\"aes256gcm16\", \"aes128gcm16\", "
				   "\"aes256-sha256\", \"aes128-sha512\", "
				   "\"chacha20poly1305\"");
	struct ike_sa_payload sa;
	struct ike_choice choice;
	unsigned int i;

	if (!c)
		return;
	proposal_esp_offer(c, IKE_DH_X25519, spi, &sa);
	if (CHECK_EQ(sa.count, 4)) {
		for (i = 0; i < 4; i++) {
			CHECK_EQ(sa.proposal[i].num, i + 1);
			CHECK_EQ(sa.proposal[i].spi.len, 4);
			if (!CHECK(!strcmp(text(&sa, i), want[i])))
				ktap_note("%u: %s", i, text(&sa, i));
		}
	}
	choice = (struct ike_choice){ .num = 3, .encr = IKE_ENCR_AES_CBC,
				      .keybits = 128, .dh = IKE_DH_X25519,
				      .integ = IKE_INTEG_HMAC_SHA2_512_256 };
	CHECK(is_chosen(&sa, &choice));
	choice.dh = IKE_DH_NONE;
	CHECK(!is_chosen(&sa, &choice));
	choice.dh = IKE_DH_X25519;
	choice.integ = IKE_INTEG_HMAC_SHA2_256_128;
	CHECK(!is_chosen(&sa, &choice));
	choice = (struct ike_choice){ .num = 1, .encr = IKE_ENCR_AES_GCM_16,
				      .keybits = 128, .dh = IKE_DH_X25519 };
	CHECK(is_chosen(&sa, &choice));
	choice.num = 3;
	CHECK(!is_chosen(&sa, &choice));
	choice.num = 5;
	CHECK(!is_chosen(&sa, &choice));
	conf_free(c);
}

/* an offer by hand: cipher, its bits, up to two MACs (-1 for none) */
static void by_hand(struct ike_sa_payload *sa, uint16_t encr, uint16_t bits,
		    int mac, int more)
{
	struct ike_transform_desc *t = sa->transform;

	memset(sa, 0, sizeof(*sa));
	sa->present = true;
	sa->count = 1;
	*t++ = (struct ike_transform_desc){ IKE_TRANS_ENCR, encr, bits, 0 };
	if (mac >= 0)
		*t++ = (struct ike_transform_desc){ IKE_TRANS_INTEG,
						    (uint16_t)mac, 0, 0 };
	if (more >= 0)
		*t++ = (struct ike_transform_desc){ IKE_TRANS_INTEG,
						    (uint16_t)more, 0, 0 };
	*t++ = (struct ike_transform_desc){ IKE_TRANS_ESN, IKE_ESN_NO, 0, 0 };
	sa->n_transforms = (unsigned int)(t - sa->transform);
	sa->proposal[0] = (struct ike_proposal){ .num = 1,
						 .proto = IKE_PROTO_ESP,
						 .spi = span(spi, 4),
						 .count = sa->n_transforms };
}

static void chosen(void)
{
	static const struct {
		uint16_t encr, bits;
		int mac, more, integ;
	} cases[] = {
		{ IKE_ENCR_AES_CBC, 256, 12, -1, 12 },
		/* ours first, whatever the peer's order */
		{ IKE_ENCR_AES_CBC, 256, 14, 12, 12 },
		{ IKE_ENCR_AES_CBC, 256, 14, -1, 14 },
		/* a cipher without a MAC, with none, with a weak one */
		{ IKE_ENCR_AES_CBC, 256, -1, -1, -1 },
		{ IKE_ENCR_AES_CBC, 256, 0, -1, -1 },
		{ IKE_ENCR_AES_CBC, 256, 2, -1, -1 },
		{ IKE_ENCR_AES_CBC, 128, 12, -1, -1 },
		{ IKE_ENCR_AES_CBC, 256, 13, -1, -1 },
		/* an AEAD has none */
		{ IKE_ENCR_AES_GCM_16, 256, -1, -1, 0 },
		{ IKE_ENCR_AES_GCM_16, 256, 0, -1, 0 },
		{ IKE_ENCR_AES_GCM_16, 256, 12, -1, -1 },
	};
	struct conf *c = conf_with("\"aes256gcm16\", \"aes256-sha256\", "
				   "\"aes256-sha512\"");
	struct ike_sa_payload sa, answer;
	size_t i;

	for (i = 0; c && i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_choice got = { 0 };
		bool ok;

		by_hand(&sa, cases[i].encr, cases[i].bits, cases[i].mac,
			cases[i].more);
		ok = proposal_esp_choose(c, &sa, 0, true, &got);
		if (!CHECK_EQ(ok, cases[i].integ >= 0) ||
		    !CHECK(!ok || got.integ == cases[i].integ))
			ktap_note("case %zu: MAC %u", i, got.integ);
		if (!ok)
			continue;
		proposal_answer(&got, IKE_PROTO_ESP, spi, &answer);
		CHECK_EQ(answer.n_transforms, got.integ ? 3 : 2);
		CHECK(!got.integ ||
		      (answer.transform[1].type == IKE_TRANS_INTEG &&
		       answer.transform[1].id == got.integ));
	}
	conf_free(c);
}

/* ---- two helpers ------------------------------------------------------------- */

static bool up(const char *a, const char *b)
{
	static char text[2][256];

	snprintf(text[0], sizeof(text[0]), "child = { aead = [ %s ]; };", a);
	snprintf(text[1], sizeof(text[1]), "child = { aead = [ %s ]; };", b);
	return CHECK(world_two(&w, KEY_ED25519, text[0], text[1]));
}

/* SAs of a host by that MAC, and how long their keys are */
static unsigned int by_mac(int host, uint16_t integ, size_t len)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[host].k.sa[i];

		n += s->used && !s->larval && s->integ == integ &&
		     s->key_len == len;
	}
	return n;
}

static void agreed(void)
{
	static const struct {
		const char *a, *b;
		uint16_t integ;
		size_t len;
	} cases[] = {
		{ "\"aes256-sha256\"", "\"aes256-sha256\"", 12, 64 },
		{ "\"aes256-sha384\"", "\"aes256-sha384\"", 13, 80 },
		{ "\"aes256-sha512\"", "\"aes256-sha512\"", 14, 96 },
		{ "\"aes128-sha256\"", "\"aes128-sha256\"", 12, 48 },
		{ "\"aes128-sha512\"", "\"aes128-sha512\"", 14, 80 },
		{ "\"aes256gcm16\", \"aes256-sha256\", \"aes128-sha512\"",
		  "\"aes128-sha512\", \"chacha20poly1305\"", 14, 80 },
		{ "\"aes256-sha256\", \"aes256gcm16\"",
		  "\"aes256gcm16\"", 0, 36 },
		/* in no proposal are these two together */
		{ "\"aes256-sha256\", \"aes128-sha512\"",
		  "\"aes256-sha512\"", 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!up(cases[i].a, cases[i].b))
			return;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), !!cases[i].len);
		if (!CHECK_EQ(by_mac(0, cases[i].integ, cases[i].len),
			      2 * !!cases[i].len))
			ktap_note("case %zu: %s", i, w.log);
		world_fini(&w);
	}
}

/* an answer that gives one proposal's number and another's algorithms */
static void misnumbered(void)
{
	struct ike_sa_payload *offer;
	struct ike_proposal first;

	if (!up("\"aes256-sha256\", \"aes256gcm16\"", "\"aes256gcm16\""))
		return;
	world_acquire(&w, 0, 1, 80);
	while (!world_installed(&w, 1)) {
		if (!world_step(&w))
			break;
	}
	CHECK_EQ(world_installed(&w, 1), 2);
	/* as if we had offered them the other way round */
	offer = &w.h[0].d.sas->tasks->offer->sa;
	first = offer->proposal[0];
	offer->proposal[0] = offer->proposal[1];
	offer->proposal[1] = first;
	world_run(&w);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(world_logged(&w, "choose from our proposals: it has AES_GCM_16-256"));
	world_fini(&w);
}

/* what is configured counts from the next exchange on: also for a rekey */
static void rekeyed_across(void)
{
	const struct conf_aead cbc = { IKE_ENCR_AES_CBC, 256,
				       IKE_INTEG_HMAC_SHA2_256_128 };
	struct ike_sa *sa;
	int i;

	if (!up("\"aes256gcm16\"", "\"aes256gcm16\""))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(by_mac(1, 0, 36), 2);
	for (i = 0; i < 2; i++)
		w.h[i].d.conf->child_aead[0] = cbc;
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->children))
		return;
	life_rekey(sa->children);
	fsm_start(sa);
	world_run(&w);
	world_advance(&w, 10000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(by_mac(0, 12, 64), 2);
	CHECK_EQ(by_mac(1, 12, 64), 2);
	world_fini(&w);
}

/* ---- all that there is --------------------------------------------------- */

/* every name that there is; a list has room for eight */
#define AEADS "\"aes256gcm16\", \"aes128gcm16\", \"chacha20poly1305\", "
#define MACS256 "\"aes256-sha256\", \"aes256-sha384\", \"aes256-sha512\""
#define MACS128 "\"aes128-sha256\", \"aes128-sha384\", \"aes128-sha512\""
#define ALL(ciphers)							       \
	"ike = { additional = [ \"none\" ]; aead = [ " ciphers " ]; "	       \
	"prf = [ \"sha256\", \"sha384\", \"sha512\" ]; "		       \
	"dh = [ \"x25519\", \"p256\", \"p384\", \"modp2048\", "	       \
	"\"modp3072\", \"modp4096\" ]; };"					       \
	"child = { aead = [ " ciphers " ]; };"

/* as requirements.rst has it; @all: with everything that can be configured */
static bool is_cipher(bool all, unsigned int encr, unsigned int keybits,
		      unsigned int integ)
{
	bool aes = keybits == 256 || (all && keybits == 128);

	if (encr == IKE_ENCR_AES_GCM_16)
		return aes && !integ;
	if (encr == IKE_ENCR_CHACHA20_POLY1305)
		return all && !keybits && !integ;
	return all && encr == IKE_ENCR_AES_CBC && aes && integ >= 12 &&
	       integ <= 14;
}

static bool is_prf(bool all, unsigned int id)
{
	return id == 5 || (all && (id == 6 || id == 7));
}

static bool is_group(bool all, unsigned int id)
{
	return id == 19 || id == 31 ||
	       (all && (id == 14 || id == 15 || id == 16 || id == 20));
}

static void put(struct ike_sa_payload *sa, uint8_t type, unsigned int id,
		unsigned int keybits)
{
	sa->transform[sa->n_transforms++] = (struct ike_transform_desc){
		.type = type, .id = (uint16_t)id, .keybits = (uint16_t)keybits
	};
	sa->proposal[0].count++;
}

static bool ike_takes(const struct conf *c, const unsigned int cipher[3],
		      unsigned int prf, unsigned int dh)
{
	struct ike_sa_payload sa = { .present = true, .count = 1,
				     .proposal[0] = { .num = 1,
						      .proto = IKE_PROTO_IKE } };
	struct ike_choice got;

	put(&sa, IKE_TRANS_ENCR, cipher[0], cipher[1]);
	put(&sa, IKE_TRANS_INTEG, cipher[2], 0);
	put(&sa, IKE_TRANS_PRF, prf, 0);
	put(&sa, IKE_TRANS_DH, dh, 0);
	return proposal_ike_choose(c, PROPOSAL_INIT, &sa, (uint16_t)dh, &got);
}

static bool esp_takes(const struct conf *c, const unsigned int cipher[3],
		      unsigned int esn)
{
	struct ike_sa_payload sa = { .present = true, .count = 1,
				     .proposal[0] = { .num = 1,
						      .proto = IKE_PROTO_ESP,
						      .spi = span(spi, 4) } };
	struct ike_choice got;

	put(&sa, IKE_TRANS_ENCR, cipher[0], cipher[1]);
	put(&sa, IKE_TRANS_INTEG, cipher[2], 0);
	put(&sa, IKE_TRANS_ESN, esn, 0);
	return proposal_esp_choose(c, &sa, 0, true, &got);
}

/* what one of two configurations takes */
static void ciphers(struct conf *const c[2], bool all)
{
	unsigned int t[3];

	for (t[0] = 0; t[0] < 64; t[0]++)
		for (t[1] = 0; t[1] <= 512; t[1] += 64)
			for (t[2] = 0; t[2] < 32; t[2]++) {
				bool want = is_cipher(all, t[0], t[1], t[2]);

				if (CHECK_EQ(ike_takes(c[0], t, 5, 31) ||
					     ike_takes(c[1], t, 5, 31), want) &&
				    CHECK_EQ(esp_takes(c[0], t, 0) ||
					     esp_takes(c[1], t, 0), want))
					continue;
				ktap_note("%u/%u with %u", t[0], t[1], t[2]);
			}
}

static void no_others(void)
{
	static const unsigned int gcm[3] = { IKE_ENCR_AES_GCM_16, 256, 0 };
	struct conf *c[2];
	unsigned int id;
	int all;

	for (all = 0; all < 2; all++) {
		c[0] = conf_good(all ? ALL(AEADS MACS256) : "");
		c[1] = conf_good(all ? ALL(AEADS MACS128) : "");
		if (!c[0] || !c[1])
			return;
		ciphers(c, all);
		for (id = 0; id < 256; id++) {
			CHECK_EQ(ike_takes(c[0], gcm, id, 31), is_prf(all, id));
			CHECK_EQ(ike_takes(c[0], gcm, 5, id), is_group(all, id));
		}
		/* no extended sequence numbers */
		CHECK(esp_takes(c[0], gcm, 0));
		CHECK(!esp_takes(c[0], gcm, 1));
		conf_free(c[0]);
		conf_free(c[1]);
	}
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "AEADs share a proposal, cipher and MAC have one of their own",
		  offered },
		{ "a cipher is chosen with a MAC of ours, an AEAD without one",
		  chosen },
		{ "two agree on what both have", agreed },
		{ "an answer with the number of another proposal is refused",
		  misnumbered },
		{ "a rekey may change from an AEAD to cipher and MAC",
		  rekeyed_across },
		{ "K56 K57 taken is what is written down, of all numbers, and by default less",
		  no_others },
	};

	return KTAP_RUN(tests);
}
