// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pseudorandom functions, AEAD, key derivation, secrets and random octets,
 * against vectors of RFCs and of another implementation.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/crypto/aead.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/wire.h"
#include "crypto_vectors.h"
#include "hex.h"

static bool same(const void *data, size_t len, const char *want)
{
	return span_equal(span(data, len), hex(want));
}

static bool is_zero(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

static struct span octets(uint8_t *to, uint8_t start, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = (uint8_t)(start + i * 7);
	return span(to, len);
}

static void prf_vectors(void)
{
	const struct span parts[] = { span("what do ya ", 11), span(NULL, 0),
				      span("want for nothing?", 17) };
	const struct span key = span("Jefe", 4);
	uint8_t out[PRF_MAX_LEN];

	CHECK_EQ(prf(IKE_PRF_HMAC_SHA2_256, key, parts, 3, out), CRYPTO_OK);
	CHECK(same(out, prf_len(IKE_PRF_HMAC_SHA2_256), V_JEFE_SHA256));
	CHECK_EQ(prf(IKE_PRF_HMAC_SHA2_384, key, parts, 3, out), CRYPTO_OK);
	CHECK(same(out, prf_len(IKE_PRF_HMAC_SHA2_384), V_JEFE_SHA384));
	CHECK_EQ(prf(IKE_PRF_HMAC_SHA2_512, key, parts, 3, out), CRYPTO_OK);
	CHECK(same(out, prf_len(IKE_PRF_HMAC_SHA2_512), V_JEFE_SHA512));
	CHECK_EQ(prf(IKE_PRF_HMAC_SHA1, key, parts, 3, out), CRYPTO_UNSUPPORTED);
	CHECK_EQ(prf_len(IKE_PRF_HMAC_SHA1), 0);
	CHECK_EQ(prf(IKE_PRF_HMAC_SHA2_256, span(NULL, 0), parts, 3, out),
		 CRYPTO_LENGTH);
	CHECK_EQ(prf(IKE_PRF_HMAC_SHA2_256, key, parts, 9, out), CRYPTO_LENGTH);
	CHECK(is_zero(out, sizeof(out)));
}

static void prf_plus_vectors(void)
{
	uint8_t key_mem[40], seed_mem[33], out[200];
	struct span key = octets(key_mem, 1, 40);
	struct span seed[2];
	static uint8_t big[255 * 32 + 1];
	size_t len;

	octets(seed_mem, 9, 33);
	seed[0] = span(seed_mem, 10);
	seed[1] = span(seed_mem + 10, 23);
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_256, key, seed, 2, out, 200), 0);
	CHECK(same(out, 200, V_PLUS_SHA256));
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_384, key, seed, 2, out, 200), 0);
	CHECK(same(out, 200, V_PLUS_SHA384));
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_512, key, seed, 2, out, 200), 0);
	CHECK(same(out, 200, V_PLUS_SHA512));
	/* every length gives the beginning of the same */
	for (len = 0; len <= 200; len++) {
		CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_512, key, seed, 2, out, len), 0);
		CHECK(!memcmp(out, hex(V_PLUS_SHA512).data, len));
	}
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_256, key, seed, 2, big, 255 * 32), 0);
	CHECK(!is_zero(big + 254 * 32, 32));
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA2_256, key, seed, 2, big,
			  255 * 32 + 1), CRYPTO_LENGTH);
	CHECK(is_zero(big, sizeof(big)));
	CHECK_EQ(prf_plus(IKE_PRF_HMAC_SHA1, key, seed, 2, out, 8),
		 CRYPTO_UNSUPPORTED);
}

static void digests(void)
{
	const struct span abc[] = { span("a", 1), span("bc", 2) };
	uint8_t out[32];

	CHECK_EQ(hash_sha256(abc, 2, out), CRYPTO_OK);
	CHECK(same(out, 32, "ba7816bf8f01cfea414140de5dae2223 "
			    "b00361a396177a9cb410ff61f20015ad"));
	CHECK_EQ(hash_sha1_nat(abc, 2, out), CRYPTO_OK);
	CHECK(same(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d"));
}

struct aead_vector {
	const char *name;
	uint16_t encr;
	uint16_t keybits;
	const char *key, *iv, *aad, *text, *cipher, *icv;
};

static const struct aead_vector aeads[] = {
	{ "AES-GCM-128", IKE_ENCR_AES_GCM_16, 128, V_GCM128_KEY, V_GCM128_IV,
	  V_GCM128_AAD, V_GCM128_TEXT, V_GCM128_CIPHER, V_GCM128_ICV },
	{ "AES-GCM-256", IKE_ENCR_AES_GCM_16, 256, V_GCM256_KEY, V_GCM256_IV,
	  V_GCM256_AAD, V_GCM256_TEXT, V_GCM256_CIPHER, V_GCM256_ICV },
	{ "ChaCha20-Poly1305", IKE_ENCR_CHACHA20_POLY1305, 0, V_CHACHA_KEY,
	  V_CHACHA_IV, V_CHACHA_AAD, V_CHACHA_TEXT, V_CHACHA_CIPHER,
	  V_CHACHA_ICV },
};

#define AEADS	(sizeof(aeads) / sizeof(aeads[0]))

static void aead_vectors(void)
{
	uint8_t text[256], icv[AEAD_ICV_LEN];
	unsigned int i;

	for (i = 0; i < AEADS; i++) {
		const struct aead_vector *v = &aeads[i];
		struct span plain = hex(v->text);

		memcpy(text, plain.data, plain.len);
		CHECK(aead_supported(v->encr, v->keybits));
		CHECK_EQ(aead_keymat_len(v->encr, v->keybits), hex(v->key).len);
		CHECK_EQ(aead_seal(v->encr, v->keybits, hex(v->key),
				   hex(v->iv).data, hex(v->aad), text,
				   plain.len, icv), CRYPTO_OK);
		if (!CHECK(same(text, plain.len, v->cipher)) ||
		    !CHECK(same(icv, sizeof(icv), v->icv)))
			ktap_note("%s", v->name);
		/* in place, and elsewhere */
		CHECK_EQ(aead_open(v->encr, v->keybits, hex(v->key),
				   hex(v->iv).data, hex(v->aad),
				   span(text, plain.len), icv, text), CRYPTO_OK);
		CHECK(same(text, plain.len, v->text));
		CHECK_EQ(aead_open(v->encr, v->keybits, hex(v->key),
				   hex(v->iv).data, hex(v->aad), hex(v->cipher),
				   icv, text), CRYPTO_OK);
		CHECK(same(text, plain.len, v->text));
	}
}

/* Everything that goes in, each bit of it. */
static void aead_forged(void)
{
	uint8_t in[5][256], out[256];
	unsigned int i, part, bit;

	for (i = 0; i < AEADS; i++) {
		const struct aead_vector *v = &aeads[i];
		const char *const texts[] = { v->key, v->iv, v->aad, v->cipher,
					      v->icv };
		size_t len[5];

		for (part = 0; part < 5; part++) {
			len[part] = hex(texts[part]).len;
			memcpy(in[part], hex(texts[part]).data, len[part]);
		}
		for (part = 0; part < 5; part++) {
			for (bit = 0; bit < len[part] * 8; bit++) {
				enum crypto_code code;

				in[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
				memset(out, 0xaa, sizeof(out));
				code = aead_open(v->encr, v->keybits,
						 span(in[0], len[0]), in[1],
						 span(in[2], len[2]),
						 span(in[3], len[3]), in[4], out);
				CHECK_EQ(code, CRYPTO_FORGED);
				CHECK(is_zero(out, len[3]));
				in[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
		}
	}
}

static void aead_edges(void)
{
	uint8_t text[4] = { 1, 2, 3, 4 }, icv[AEAD_ICV_LEN];
	struct span key = hex(V_GCM128_KEY);
	const uint8_t *iv = hex(V_GCM128_IV).data;
	const struct span none = span(NULL, 0);

	CHECK(!aead_supported(IKE_ENCR_AES_GCM_16, 0));
	CHECK(!aead_supported(IKE_ENCR_AES_GCM_16, 192));
	CHECK(!aead_supported(IKE_ENCR_CHACHA20_POLY1305, 256));
	CHECK(!aead_supported(IKE_ENCR_AES_CBC, 128));
	CHECK_EQ(aead_keymat_len(IKE_ENCR_AES_GCM_8, 128), 0);
	CHECK_EQ(aead_seal(IKE_ENCR_AES_CBC, 128, key, iv, none, text, 4, icv),
		 CRYPTO_UNSUPPORTED);
	CHECK(is_zero(text, 4));
	CHECK_EQ(aead_seal(IKE_ENCR_AES_GCM_16, 256, key, iv, none, text, 4, icv),
		 CRYPTO_LENGTH);
	/* nothing to encrypt, nothing covered: the ICV alone */
	CHECK_EQ(aead_seal(IKE_ENCR_AES_GCM_16, 128, key, iv, none, text, 0, icv),
		 CRYPTO_OK);
	CHECK_EQ(aead_open(IKE_ENCR_AES_GCM_16, 128, key, iv, none, none, icv,
			   text), CRYPTO_OK);
	icv[0] ^= 1;
	CHECK_EQ(aead_open(IKE_ENCR_AES_GCM_16, 128, key, iv, none, none, icv,
			   text), CRYPTO_FORGED);
}

static void keys_are(const struct ike_keys *k, const char *d, const char *ei,
		     const char *er, const char *pi, const char *pr)
{
	CHECK(span_equal(secret_span(&k->sk_d), hex(d)));
	CHECK(span_equal(secret_span(&k->sk_ei), hex(ei)));
	CHECK(span_equal(secret_span(&k->sk_er), hex(er)));
	CHECK(span_equal(secret_span(&k->sk_pi), hex(pi)));
	CHECK(span_equal(secret_span(&k->sk_pr), hex(pr)));
}

static void child_is(const struct child_keys *c, const char *want)
{
	struct span all = hex(want);
	size_t half = all.len / 2;

	CHECK(span_equal(secret_span(&c->i2r), span(all.data, half)));
	CHECK(span_equal(secret_span(&c->r2i), span(all.data + half, half)));
}

static struct ike_keys_in input(uint16_t prf_id, uint16_t encr, uint16_t keybits)
{
	return (struct ike_keys_in){
		.prf = prf_id, .encr = encr, .keybits = keybits,
		.g_ir = hex(V_G_IR), .ni = hex(V_NI), .nr = hex(V_NR),
		.spi_i = 0x0102030405060708, .spi_r = 0x1112131415161718,
	};
}

/* The exchange that makes a child, or the next IKE SA, is begun by the other. */
static void turn(struct ike_keys_in *in, uint8_t *g_mem)
{
	struct span ni = in->ni;
	size_t i;

	for (i = 0; i < in->g_ir.len; i++)
		g_mem[i] = in->g_ir.data[in->g_ir.len - 1 - i];
	in->g_ir = span(g_mem, in->g_ir.len);
	in->ni = in->nr;
	in->nr = ni;
	in->spi_i++;
	in->spi_r++;
}

#define SUITE(tag) do { \
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_OK); \
	keys_are(&keys, V_##tag##_IKE_SK_D, V_##tag##_IKE_SK_EI, \
		 V_##tag##_IKE_SK_ER, V_##tag##_IKE_SK_PI, V_##tag##_IKE_SK_PR); \
	turn(&in, g_mem); \
	CHECK_EQ(keymat_child(&keys, span(NULL, 0), in.ni, in.nr, in.encr, \
			      in.keybits, 0, &child), CRYPTO_OK); \
	child_is(&child, V_##tag##_CHILD); \
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, in.encr, \
			      in.keybits, 0, &child), CRYPTO_OK); \
	child_is(&child, V_##tag##_CHILD_PFS); \
	CHECK_EQ(keymat_ike_rekey(&keys, &in, &next), CRYPTO_OK); \
	keys_are(&next, V_##tag##_REKEY_SK_D, V_##tag##_REKEY_SK_EI, \
		 V_##tag##_REKEY_SK_ER, V_##tag##_REKEY_SK_PI, \
		 V_##tag##_REKEY_SK_PR); \
	CHECK_EQ(keymat_auth_octets(in.prf, &keys.sk_pi, span(message, 28), \
				    in.ni, id, in.nr, &auth), CRYPTO_OK); \
	CHECK(span_equal(auth.part[0], span(message, 28))); \
	CHECK(span_equal(auth.part[1], in.ni)); \
	CHECK(span_equal(auth.part[2], hex(V_##tag##_MACED_ID))); \
	CHECK(span_equal(auth.part[3], in.nr)); \
} while (0)

/* cipher key, then integrity key, in each direction */
static void keymat_cbc(void)
{
	static const struct {
		uint16_t keybits, integ;
		size_t mac;
		const char *want;
	} cases[] = {
		{ 256, IKE_INTEG_HMAC_SHA2_256_128, 32, V_A_CHILD_CBC_64 },
		{ 128, IKE_INTEG_HMAC_SHA2_384_192, 48, V_A_CHILD_CBC_64 },
		{ 256, IKE_INTEG_HMAC_SHA2_512_256, 64, V_A_CHILD_CBC_96 },
	};
	struct ike_keys_in in = input(IKE_PRF_HMAC_SHA2_256,
				      IKE_ENCR_AES_GCM_16, 256);
	struct child_keys child = { 0 };
	struct ike_keys keys = { 0 };
	size_t i;

	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_OK);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_EQ(cbc_integ_len(cases[i].integ), cases[i].mac);
		CHECK_EQ(keymat_child(&keys, span(NULL, 0), in.nr, in.ni,
				      IKE_ENCR_AES_CBC, cases[i].keybits,
				      cases[i].integ, &child), CRYPTO_OK);
		child_is(&child, cases[i].want);
	}
	keymat_child_wipe(&child);
	keymat_wipe(&keys);
}

static void keymat_vectors(void)
{
	static const uint8_t message[28] = { 1 };
	const struct span id = span("\2\0\0\0a.example", 13);
	struct ike_keys keys = { 0 }, next = { 0 };
	struct child_keys child = { 0 };
	struct auth_octets auth;
	struct ike_keys_in in;
	uint8_t g_mem[64];

	in = input(IKE_PRF_HMAC_SHA2_256, IKE_ENCR_AES_GCM_16, 256);
	SUITE(A);
	in = input(IKE_PRF_HMAC_SHA2_384, IKE_ENCR_AES_GCM_16, 128);
	SUITE(B);
	in = input(IKE_PRF_HMAC_SHA2_512, IKE_ENCR_CHACHA20_POLY1305, 0);
	SUITE(C);
	keymat_wipe(&keys);
	CHECK(is_zero(&keys, sizeof(keys)));
	keymat_child_wipe(&child);
	CHECK(is_zero(&child, sizeof(child)));
}

/* by Python's hmac: prf(prf(secret, "Key Pad for IKEv2"), octets) */
static void psk_vectors(void)
{
	static const char secret[] = "correct horse battery staple";
	struct auth_octets octets = { .part = { span("message", 7),
						span("nonce", 5),
						span("maced id", 8) } };
	uint8_t out[PRF_MAX_LEN];
	struct secret psk;

	secret_set(&psk, span(secret, sizeof(secret) - 1));
	CHECK_EQ(keymat_auth_psk(IKE_PRF_HMAC_SHA2_256, &psk, &octets, out),
		 CRYPTO_OK);
	CHECK(span_equal(span(out, 32),
			 hex("142b7006edf7130ae1253c5264be4075 "
			     "407abf8b0ce5aa0d9eb0b7c3cd301746")));
	CHECK_EQ(keymat_auth_psk(IKE_PRF_HMAC_SHA2_512, &psk, &octets, out),
		 CRYPTO_OK);
	CHECK(span_equal(span(out, 64),
			 hex("802ff1b98978250f626085c98dd80e57 "
			     "71aa2252e3683176069afe459fd62c3f "
			     "5c8772ee172c610b18d043c9dca6994e "
			     "82e936de8a633753f4c46e1c6800fd0e")));
	psk.len = 0;
	CHECK_EQ(keymat_auth_psk(IKE_PRF_HMAC_SHA2_256, &psk, &octets, out),
		 CRYPTO_LENGTH);
	CHECK(is_zero(out, sizeof(out)));
}

static void keymat_refuses(void)
{
	struct ike_keys keys = { 0 }, next = { 0 };
	struct child_keys child = { 0 };
	struct auth_octets auth;
	struct ike_keys_in in;
	static uint8_t big[300];

	in = input(IKE_PRF_HMAC_SHA1, IKE_ENCR_AES_GCM_16, 256);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_UNSUPPORTED);
	in = input(IKE_PRF_HMAC_SHA2_256, IKE_ENCR_AES_CBC, 256);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_UNSUPPORTED);
	in = input(IKE_PRF_HMAC_SHA2_256, IKE_ENCR_AES_GCM_16, 256);
	in.g_ir = span(NULL, 0);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_LENGTH);
	in = input(IKE_PRF_HMAC_SHA2_256, IKE_ENCR_AES_GCM_16, 256);
	in.ni = span(big, 15);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_LENGTH);
	in.ni = span(big, 257);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_LENGTH);
	CHECK(is_zero(&keys, sizeof(keys)));
	in.ni = span(big, 256);
	in.nr = span(big, 256);
	CHECK_EQ(keymat_ike(&in, &keys), CRYPTO_OK);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, span(big, 3),
			      IKE_ENCR_AES_GCM_16, 128, 0, &child), CRYPTO_LENGTH);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_GCM_8,
			      128, 0, &child), CRYPTO_UNSUPPORTED);
	/* a cipher without its MAC, a MAC without its cipher, a length of none */
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_CBC,
			      256, 0, &child), CRYPTO_UNSUPPORTED);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_CBC,
			      256, IKE_INTEG_HMAC_SHA1_96, &child),
		 CRYPTO_UNSUPPORTED);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_GCM_16,
			      256, IKE_INTEG_HMAC_SHA2_256_128, &child),
		 CRYPTO_UNSUPPORTED);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_CBC,
			      0, IKE_INTEG_HMAC_SHA2_256_128, &child),
		 CRYPTO_UNSUPPORTED);
	CHECK(is_zero(&child, sizeof(child)));
	CHECK_EQ(keymat_auth_octets(IKE_PRF_HMAC_SHA2_256, &keys.sk_pi,
				    span(big, 27), in.nr, span(big, 8), span(NULL, 0),
				    &auth),
		 CRYPTO_LENGTH);
	CHECK_EQ(keymat_auth_octets(IKE_PRF_HMAC_SHA2_256, &keys.sk_pi,
				    span(big, 28), in.nr, span(big, 3), span(NULL, 0),
				    &auth),
		 CRYPTO_LENGTH);
	keymat_wipe(&keys);
	CHECK_EQ(keymat_ike_rekey(&keys, &in, &next), CRYPTO_LENGTH);
	CHECK_EQ(keymat_child(&keys, in.g_ir, in.ni, in.nr, IKE_ENCR_AES_GCM_16,
			      128, 0, &child), CRYPTO_LENGTH);
	CHECK_EQ(keymat_auth_octets(IKE_PRF_HMAC_SHA2_256, &keys.sk_pi,
				    span(big, 28), in.nr, span(big, 8), span(NULL, 0),
				    &auth),
		 CRYPTO_LENGTH);
}

static void secrets(void)
{
	static const uint8_t big[SECRET_MAX + 1];
	struct secret s = { .len = 3, .data = { 1, 2, 3 } };

	CHECK_EQ(secret_set(&s, span(big, sizeof(big))), CRYPTO_LENGTH);
	CHECK(is_zero(&s, sizeof(s)));
	CHECK_EQ(secret_set(&s, span("abc", 3)), CRYPTO_OK);
	CHECK(secret_equal(secret_span(&s), span("abc", 3)));
	CHECK(!secret_equal(secret_span(&s), span("abd", 3)));
	CHECK(!secret_equal(secret_span(&s), span("ab", 2)));
	CHECK(secret_equal(span(NULL, 0), span(NULL, 0)));
	secret_wipe(&s);
	CHECK(is_zero(&s, sizeof(s)));
	CHECK(*crypto_text(CRYPTO_WEAK) && *crypto_text(CRYPTO_NUM_CODES));
}

static void randoms(void)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };
	uint64_t x = 0, y = 0;

	CHECK_EQ(rand_fill(a, sizeof(a)), CRYPTO_OK);
	CHECK_EQ(rand_fill(b, sizeof(b)), CRYPTO_OK);
	CHECK(memcmp(a, b, sizeof(a)));
	CHECK_EQ(rand_spi(&x), CRYPTO_OK);
	CHECK_EQ(rand_spi(&y), CRYPTO_OK);
	CHECK(x && y && x != y);
}

static const struct ktap_test tests[] = {
	{ "K56 prf is HMAC-SHA2 (RFC 4231)", prf_vectors },
	{ "prf+ of every length", prf_plus_vectors },
	{ "digests", digests },
	{ "AEAD vectors of the GCM paper and RFC 8439", aead_vectors },
	{ "K35 AEAD refuses every bit changed, and gives nothing out", aead_forged },
	{ "AEAD with nothing, and with what we do not speak", aead_edges },
	{ "K19 keys of IKE SA, child SA and rekey, as another implementation has them",
	  keymat_vectors },
	{ "KEYMAT of a cipher and a MAC (RFC 7296 section 2.17)", keymat_cbc },
	{ "K20 AUTH by a shared secret, RFC 7296 2.15", psk_vectors },
	{ "no key is made of what is missing or out of range", keymat_refuses },
	{ "secrets are bounded, compared and wiped", secrets },
	{ "random octets", randoms },
};

int main(void)
{
	return KTAP_RUN(tests);
}
