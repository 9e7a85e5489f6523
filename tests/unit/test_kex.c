// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key exchanges of one message each way: both kinds give both sides the same
 * secret, another one each time, and take no value that is none.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/kex.h"
#include "btnsd/ike/wire.h"

struct form {
	uint16_t method;
	size_t value;
	size_t answer;
	size_t secret;
};

static const struct form classical[] = {
	{ IKE_DH_X25519, 32, 32, 32 },
	{ IKE_DH_ECP_256, 64, 64, 32 },
	{ IKE_DH_ECP_384, 96, 96, 48 },
	{ IKE_DH_MODP_2048, 256, 256, 256 },
	{ IKE_DH_MODP_4096, 512, 512, 512 },
};

static const struct form post_quantum[] = {
	{ IKE_DH_ML_KEM_512, 800, 768, 32 },
	{ IKE_DH_ML_KEM_768, 1184, 1088, 32 },
	{ IKE_DH_ML_KEM_1024, 1568, 1568, 32 },
};

#define EACH(f, table) \
	for (f = (table); f < (table) + sizeof(table) / sizeof((table)[0]); f++)

/* ML-KEM is there, or the test is skipped */
static bool have_ml_kem(void)
{
	if (kex_supported(IKE_DH_ML_KEM_768))
		return true;
	ktap_skip("OpenSSL is older than 3.5 and has no ML-KEM");
	return false;
}

static void agree(const struct form *f)
{
	static struct secret a, b, before;
	uint8_t answer[KEX_VALUE_MAX];
	size_t len = 0, i;
	struct kex *k;

	for (i = 0; i < 4; i++) {
		CHECK(kex_supported(f->method));
		if (!CHECK_EQ(kex_begin(f->method, &k), CRYPTO_OK))
			return;
		CHECK_EQ(kex_method(k), f->method);
		CHECK_EQ(kex_value(k).len, f->value);
		CHECK_EQ(kex_answer(f->method, kex_value(k), answer, &len, &b),
			 CRYPTO_OK);
		CHECK_EQ(len, f->answer);
		CHECK_EQ(kex_finish(k, span(answer, len), &a), CRYPTO_OK);
		CHECK_EQ(a.len, f->secret);
		CHECK(secret_equal(secret_span(&a), secret_span(&b)));
		CHECK(!secret_equal(secret_span(&a), secret_span(&before)));
		before = a;
		kex_free(k);
	}
}

static void dh_agrees(void)
{
	const struct form *f;

	EACH(f, classical)
		agree(f);
}

static void kem_agrees(void)
{
	const struct form *f;

	if (have_ml_kem())
		EACH(f, post_quantum)
			agree(f);
}

/* values of every wrong length, and none; nothing is left in the secret */
static void lengths(const struct form *f)
{
	static uint8_t junk[KEX_VALUE_MAX + 1];
	uint8_t answer[KEX_VALUE_MAX];
	static struct secret s;
	size_t len, n;
	struct kex *k;

	if (!CHECK_EQ(kex_begin(f->method, &k), CRYPTO_OK))
		return;
	for (n = 0; n <= sizeof(junk); n++) {
		s.len = 5;
		if (n != f->value) {
			CHECK_EQ(kex_answer(f->method, span(junk, n), answer,
					    &len, &s), CRYPTO_LENGTH);
			CHECK(!s.len && !len);
		}
		s.len = 5;
		if (n != f->answer) {
			CHECK_EQ(kex_finish(k, span(junk, n), &s),
				 CRYPTO_LENGTH);
			CHECK(!s.len);
		}
	}
	kex_free(k);
}

static void wrong_lengths(void)
{
	const struct form *f;

	EACH(f, classical)
		lengths(f);
}

static void kem_hostile(void)
{
	static uint8_t value[KEX_VALUE_MAX];
	uint8_t answer[KEX_VALUE_MAX];
	static struct secret a, b;
	const struct form *f;
	struct kex *k;
	size_t len;

	if (!have_ml_kem())
		return;
	EACH(f, post_quantum) {
		lengths(f);
		/* coefficients that are not below the modulus are no key */
		memset(value, 0xff, sizeof(value));
		CHECK_EQ(kex_answer(f->method, span(value, f->value), answer,
				    &len, &b), CRYPTO_WEAK);
		CHECK(!b.len && !len);
		/* a ciphertext that was changed gives another secret */
		if (!CHECK_EQ(kex_begin(f->method, &k), CRYPTO_OK))
			return;
		CHECK_EQ(kex_answer(f->method, kex_value(k), answer, &len, &b),
			 CRYPTO_OK);
		answer[len / 2] ^= 1;
		CHECK_EQ(kex_finish(k, span(answer, len), &a), CRYPTO_OK);
		CHECK(!secret_equal(secret_span(&a), secret_span(&b)));
		kex_free(k);
	}
}

static void unknown(void)
{
	static const uint16_t methods[] = { 0, 1, 2, IKE_DH_ECP_521, 34, 38, 65535 };
	uint8_t answer[KEX_VALUE_MAX], value[64] = { 1 };
	static struct secret s;
	struct kex *k;
	size_t i, len;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		CHECK(!kex_supported(methods[i]));
		CHECK_EQ(kex_begin(methods[i], &k), CRYPTO_UNSUPPORTED);
		CHECK(!k);
		CHECK_EQ(kex_answer(methods[i], span(value, 64), answer, &len,
				    &s), CRYPTO_UNSUPPORTED);
	}
	/* a name that this OpenSSL may not know is no error of the library */
	if (!kex_supported(IKE_DH_ML_KEM_768)) {
		CHECK_EQ(kex_begin(IKE_DH_ML_KEM_768, &k), CRYPTO_UNSUPPORTED);
		CHECK_EQ(kex_answer(IKE_DH_ML_KEM_768, span(value, 64), answer,
				    &len, &s), CRYPTO_UNSUPPORTED);
	}
	kex_free(NULL);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "Diffie-Hellman as a key exchange", dh_agrees },
		{ "ML-KEM as a key exchange", kem_agrees },
		{ "values of a wrong length", wrong_lengths },
		{ "ML-KEM: keys that are none, ciphertexts that were changed",
		  kem_hostile },
		{ "methods that are not spoken", unknown },
	};

	return KTAP_RUN(tests);
}
