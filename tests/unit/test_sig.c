// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AUTH by digital signature: every algorithm made and checked, signatures of
 * another implementation, SHA-1 in every place, and every bit changed.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/crypto/sig.h"
#include "btnsd/ike/wire.h"
#include "crypto_vectors.h"
#include "hex.h"

static struct span signed_parts[3];

static void load_parts(void)
{
	static uint8_t mem[3][128];
	static const char *const texts[] = { V_SIGNED_0, V_SIGNED_1, V_SIGNED_2 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct span s = hex(texts[i]);

		memcpy(mem[i], s.data, s.len);
		signed_parts[i] = span(mem[i], s.len);
	}
}

static const struct vector {
	const char *spki;
	const char *auth;
	enum sig_alg alg;
} vectors[] = {
	{ V_RSA_SPKI, V_AUTH_RSA_256, SIG_RSA_SHA256 },
	{ V_RSA_SPKI, V_AUTH_RSA_384, SIG_RSA_SHA384 },
	{ V_RSA_SPKI, V_AUTH_RSA_512, SIG_RSA_SHA512 },
	{ V_RSA_SPKI, V_AUTH_RSA_256_BARE, SIG_RSA_SHA256 },
	{ V_RSA_SPKI, V_AUTH_RSA_384_BARE, SIG_RSA_SHA384 },
	{ V_RSA_SPKI, V_AUTH_RSA_512_BARE, SIG_RSA_SHA512 },
	{ V_RSA_SPKI, V_AUTH_PSS_256, SIG_RSA_PSS_SHA256 },
	{ V_RSA_SPKI, V_AUTH_PSS_384, SIG_RSA_PSS_SHA384 },
	{ V_RSA_SPKI, V_AUTH_PSS_512, SIG_RSA_PSS_SHA512 },
	{ V_RSA_SPKI, V_AUTH_PSS_256_BARE, SIG_RSA_PSS_SHA256 },
	{ V_RSA_SPKI, V_AUTH_PSS_384_BARE, SIG_RSA_PSS_SHA384 },
	{ V_RSA_SPKI, V_AUTH_PSS_512_BARE, SIG_RSA_PSS_SHA512 },
	{ V_ECP256_SPKI, V_AUTH_ECDSA_P256_256, SIG_ECDSA_SHA256 },
	{ V_ECP256_SPKI, V_AUTH_ECDSA_P256_384, SIG_ECDSA_SHA384 },
	{ V_ECP256_SPKI, V_AUTH_ECDSA_P256_512, SIG_ECDSA_SHA512 },
	{ V_ECP384_SPKI, V_AUTH_ECDSA_P384_256, SIG_ECDSA_SHA256 },
	{ V_ECP384_SPKI, V_AUTH_ECDSA_P384_384, SIG_ECDSA_SHA384 },
	{ V_ECP384_SPKI, V_AUTH_ECDSA_P384_512, SIG_ECDSA_SHA512 },
	{ V_ED25519_SPKI, V_AUTH_ED25519, SIG_ED25519 },
};

#define VECTORS	(sizeof(vectors) / sizeof(vectors[0]))

static struct key *public_key(const char *spki)
{
	struct key *key;

	CHECK_EQ(key_from_spki(hex(spki), &key), CRYPTO_OK);
	return key;
}

static void foreign_signatures(void)
{
	enum sig_alg alg;
	unsigned int i;

	for (i = 0; i < VECTORS; i++) {
		struct key *key = public_key(vectors[i].spki);

		if (!CHECK_EQ(sig_verify(key, sig_hashes(), hex(vectors[i].auth),
					 signed_parts, 3, &alg), CRYPTO_OK))
			ktap_note("vector %u", i);
		CHECK_EQ(alg, vectors[i].alg);
		key_free(key);
	}
}

static void other_key_refused(void)
{
	static const char *const keys[] = { V_RSA_SPKI, V_ECP256_SPKI,
					    V_ECP384_SPKI, V_ED25519_SPKI };
	unsigned int i, k;

	for (i = 0; i < VECTORS; i++) {
		for (k = 0; k < 4; k++) {
			struct key *key = public_key(keys[k]);
			enum crypto_code code;

			code = sig_verify(key, sig_hashes(), hex(vectors[i].auth),
					  signed_parts, 3, NULL);
			CHECK_EQ(code == CRYPTO_OK,
				 !strcmp(keys[k], vectors[i].spki));
			key_free(key);
		}
	}
}

static void changed_octets(void)
{
	unsigned int i, k;

	for (i = 0; i < VECTORS; i++) {
		struct key *key = public_key(vectors[i].spki);
		struct span parts[3];

		for (k = 0; k < 3; k++) {
			uint8_t mem[128];

			memcpy(parts, signed_parts, sizeof(parts));
			memcpy(mem, parts[k].data, parts[k].len);
			mem[parts[k].len - 1] ^= 1;
			parts[k].data = mem;
			CHECK_EQ(sig_verify(key, sig_hashes(), hex(vectors[i].auth),
					    parts, 3, NULL), CRYPTO_FORGED);
			parts[k].len--;
			CHECK_EQ(sig_verify(key, sig_hashes(), hex(vectors[i].auth),
					    parts, 3, NULL), CRYPTO_FORGED);
		}
		CHECK_EQ(sig_verify(key, sig_hashes(), hex(vectors[i].auth),
				    signed_parts, 2, NULL), CRYPTO_FORGED);
		key_free(key);
	}
}

static void flipped(void)
{
	unsigned int i, bit;
	uint8_t mem[HEX_MAX];

	for (i = 0; i < VECTORS; i++) {
		struct key *key = public_key(vectors[i].spki);
		struct span auth = hex(vectors[i].auth);

		memcpy(mem, auth.data, auth.len);
		for (bit = 0; bit < auth.len * 8; bit++) {
			/* in the signature itself one bit of each octet */
			if (bit / 8 > auth.data[0] && bit % 8 != bit / 8 % 8)
				continue;
			mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (!CHECK(sig_verify(key, sig_hashes(),
					      span(mem, auth.len), signed_parts,
					      3, NULL) != CRYPTO_OK))
				ktap_note("vector %u bit %u", i, bit);
			mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		key_free(key);
	}
}

static void truncated(void)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < VECTORS; i++) {
		struct key *key = public_key(vectors[i].spki);
		struct span auth = hex(vectors[i].auth);

		for (len = 0; len < auth.len; len++) {
			uint8_t *mem = malloc(len ? len : 1);

			if (!mem)
				abort();
			memcpy(mem, auth.data, len);
			CHECK(sig_verify(key, sig_hashes(), span(mem, len),
					 signed_parts, 3, NULL) != CRYPTO_OK);
			free(mem);
		}
		key_free(key);
	}
}

static void sha1_refused(void)
{
	struct key *rsa = public_key(V_RSA_SPKI);
	struct key *ec = public_key(V_ECP256_SPKI);
	const uint32_t all = UINT32_MAX;	/* even if we had announced it */

	CHECK_EQ(sig_verify(rsa, all, hex(V_AUTH_RSA_SHA1), signed_parts, 3, NULL),
		 CRYPTO_WEAK);
	CHECK_EQ(sig_verify(rsa, all, hex(V_AUTH_PSS_DEFAULT), signed_parts, 3,
			    NULL), CRYPTO_WEAK);
	CHECK_EQ(sig_verify(rsa, all, hex(V_AUTH_PSS_SHA1), signed_parts, 3, NULL),
		 CRYPTO_WEAK);
	CHECK_EQ(sig_verify(ec, all, hex(V_AUTH_ECDSA_SHA1), signed_parts, 3, NULL),
		 CRYPTO_WEAK);
	CHECK(!(sig_hashes() & SIG_HASH_BIT(IKE_HASH_SHA1)));
	key_free(rsa);
	key_free(ec);
}

static void malformed(void)
{
	struct key *rsa = public_key(V_RSA_SPKI);
	static uint8_t big[SIG_AUTH_MAX + 64] = { 15 };
	enum sig_alg alg = SIG_ED25519;

	CHECK_EQ(sig_verify(rsa, sig_hashes(), span(NULL, 0), signed_parts, 3, &alg),
		 CRYPTO_MALFORMED);
	CHECK_EQ(alg, SIG_NONE);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex("00ff"), signed_parts, 3, NULL),
		 CRYPTO_MALFORMED);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex("ff3000"), signed_parts, 3, NULL),
		 CRYPTO_MALFORMED);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex("0430020500"), signed_parts, 3,
			    NULL), CRYPTO_MALFORMED);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex("043002050001"), signed_parts, 3,
			    NULL), CRYPTO_UNSUPPORTED);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex(V_AUTH_PSS_SALT20), signed_parts,
			    3, NULL), CRYPTO_UNSUPPORTED);
	/* the salt is not as long as the identifier says */
	CHECK_EQ(sig_verify(rsa, sig_hashes(), hex(V_AUTH_PSS_OTHER_SALT),
			    signed_parts, 3, NULL), CRYPTO_FORGED);
	memcpy(big, hex(V_AUTH_RSA_256).data, 16);
	CHECK_EQ(sig_verify(rsa, sig_hashes(), span(big, sizeof(big)), signed_parts,
			    3, NULL), CRYPTO_MALFORMED);
	key_free(rsa);
}

/* Only hashes that we announced are taken. */
static void unannounced(void)
{
	struct key *rsa = public_key(V_RSA_SPKI);
	struct key *ed = public_key(V_ED25519_SPKI);

	CHECK_EQ(sig_verify(rsa, SIG_HASH_BIT(IKE_HASH_SHA2_512),
			    hex(V_AUTH_RSA_256), signed_parts, 3, NULL),
		 CRYPTO_UNSUPPORTED);
	CHECK_EQ(sig_verify(rsa, SIG_HASH_BIT(IKE_HASH_SHA2_256),
			    hex(V_AUTH_RSA_256), signed_parts, 3, NULL), CRYPTO_OK);
	CHECK_EQ(sig_verify(ed, SIG_HASH_BIT(IKE_HASH_SHA2_256),
			    hex(V_AUTH_ED25519), signed_parts, 3, NULL),
		 CRYPTO_UNSUPPORTED);
	key_free(rsa);
	key_free(ed);
}

static void made_and_checked(void)
{
	static const enum key_type types[] = { KEY_RSA, KEY_ECDSA_P256,
					       KEY_ECDSA_P384, KEY_ED25519 };
	uint8_t buf[SIG_AUTH_MAX];
	unsigned int i, alg;

	for (i = 0; i < 4; i++) {
		struct key *key, *public;
		unsigned int made = 0;

		CHECK_EQ(key_generate(types[i], &key), CRYPTO_OK);
		CHECK_EQ(key_from_spki(key_spki(key), &public), CRYPTO_OK);
		for (alg = 0; alg <= SIG_COUNT; alg++) {
			enum crypto_code code;
			enum sig_alg seen;
			struct span auth;
			struct wbuf w;

			wbuf_init(&w, buf, sizeof(buf));
			code = sig_sign(key, alg, signed_parts, 3, &w);
			if (code) {
				CHECK_EQ(code, CRYPTO_MISMATCH);
				continue;
			}
			made++;
			CHECK(wbuf_done(&w, &auth));
			CHECK_EQ(sig_verify(public, sig_hashes(), auth,
					    signed_parts, 3, &seen), CRYPTO_OK);
			CHECK_EQ(seen, alg);
			CHECK(strcmp(sig_alg_name(alg), "unknown"));
			/* the public half cannot sign, and room is needed */
			wbuf_init(&w, buf, sizeof(buf));
			CHECK_EQ(sig_sign(public, alg, signed_parts, 3, &w),
				 CRYPTO_MISMATCH);
			wbuf_init(&w, buf, 40);
			CHECK_EQ(sig_sign(key, alg, signed_parts, 3, &w),
				 CRYPTO_LENGTH);
		}
		CHECK_EQ(made, types[i] == KEY_RSA ? 6 :
			       types[i] == KEY_ED25519 ? 1 : 3);
		key_free(key);
		key_free(public);
	}
}

static void too_long(void)
{
	static uint8_t big[128 * 1024 + 1];
	struct span parts[2] = { span(big, sizeof(big)), span(big, SIZE_MAX) };
	uint8_t buf[SIG_AUTH_MAX];
	struct key *key;
	struct wbuf w;

	CHECK_EQ(key_generate(KEY_ED25519, &key), CRYPTO_OK);
	wbuf_init(&w, buf, sizeof(buf));
	CHECK_EQ(sig_sign(key, SIG_ED25519, parts, 1, &w), CRYPTO_LENGTH);
	parts[0].len = 8;
	CHECK_EQ(sig_sign(key, SIG_ED25519, parts, 2, &w), CRYPTO_LENGTH);
	CHECK_EQ(sig_sign(key, SIG_ED25519, parts, 1, &w), CRYPTO_OK);
	key_free(key);
}

static void negotiated(void)
{
	struct key *rsa = public_key(V_RSA_SPKI);
	struct key *p384 = public_key(V_ECP384_SPKI);
	struct key *ed = public_key(V_ED25519_SPKI);
	uint32_t hashes = 1;
	uint8_t buf[16];
	struct span data;
	enum sig_alg alg;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	sig_hashes_write(&w);
	CHECK(wbuf_done(&w, &data));
	CHECK(span_equal(data, hex("0002000300040005")));
	CHECK_EQ(sig_hashes_read(data, &hashes), CRYPTO_OK);
	CHECK_EQ(hashes, sig_hashes());
	CHECK_EQ(sig_pick(rsa, hashes, &alg), CRYPTO_OK);
	CHECK_EQ(alg, SIG_RSA_SHA256);
	CHECK_EQ(sig_pick(p384, hashes, &alg), CRYPTO_OK);
	CHECK_EQ(alg, SIG_ECDSA_SHA384);
	CHECK_EQ(sig_pick(ed, hashes, &alg), CRYPTO_OK);
	CHECK_EQ(alg, SIG_ED25519);

	/* SHA-1, unknown ones and duplicates count for nothing */
	CHECK_EQ(sig_hashes_read(hex("00010063ffff00040004"), &hashes), CRYPTO_OK);
	CHECK_EQ(hashes, SIG_HASH_BIT(IKE_HASH_SHA2_512));
	CHECK_EQ(sig_pick(rsa, hashes, &alg), CRYPTO_OK);
	CHECK_EQ(alg, SIG_RSA_SHA512);
	CHECK_EQ(sig_pick(ed, hashes, &alg), CRYPTO_MISMATCH);
	CHECK_EQ(alg, SIG_NONE);
	CHECK_EQ(sig_hashes_read(hex("0001"), &hashes), CRYPTO_OK);
	CHECK_EQ(hashes, 0);
	CHECK_EQ(sig_pick(rsa, hashes, &alg), CRYPTO_MISMATCH);
	CHECK_EQ(sig_hashes_read(hex("000200"), &hashes), CRYPTO_LENGTH);
	CHECK_EQ(sig_hashes_read(span(NULL, 0), &hashes), CRYPTO_LENGTH);
	key_free(rsa);
	key_free(p384);
	key_free(ed);
}

static const struct ktap_test tests[] = {
	{ "U05 K48 signatures of another implementation, every algorithm",
	  foreign_signatures },
	{ "U05 U07 a signature of another key is refused", other_key_refused },
	{ "U07 K20 a signature over other octets is refused", changed_octets },
	{ "U07 AUTH with a bit flipped in any octet: refused", flipped },
	{ "U07 K48 AUTH truncated at every octet: refused", truncated },
	{ "K47 SHA-1 is refused in every place", sha1_refused },
	{ "K48 malformed AUTH data", malformed },
	{ "K46 hashes that were not announced are refused", unannounced },
	{ "U05 every algorithm signs, and verifies by itself alone",
	  made_and_checked },
	{ "octets to sign are bounded", too_long },
	{ "K46 SIGNATURE_HASH_ALGORITHMS is negotiated", negotiated },
};

int main(void)
{
	load_parts();
	return KTAP_RUN(tests);
}
