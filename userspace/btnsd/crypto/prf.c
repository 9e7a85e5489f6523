// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HMAC through EVP_MAC, prf+ on top of it, and plain digests.
 */
#include "btnsd/crypto/prf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "btnsd/ike/wire.h"

#define PRF_MAX_PARTS	8

static const char *digest_name(uint16_t prf)
{
	switch (prf) {
	case IKE_PRF_HMAC_SHA2_256:
		return "SHA256";
	case IKE_PRF_HMAC_SHA2_384:
		return "SHA384";
	case IKE_PRF_HMAC_SHA2_512:
		return "SHA512";
	default:
		return NULL;
	}
}

size_t prf_len(uint16_t prf)
{
	switch (prf) {
	case IKE_PRF_HMAC_SHA2_256:
		return 32;
	case IKE_PRF_HMAC_SHA2_384:
		return 48;
	case IKE_PRF_HMAC_SHA2_512:
		return 64;
	default:
		return 0;
	}
}

static bool hmac(const char *digest, struct span key, const struct span *parts,
		 unsigned int n, uint8_t *out, size_t len)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	OSSL_PARAM params[2];
	size_t done = 0;
	unsigned int i;
	bool ok;

	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     (char *)digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	ok = ctx && EVP_MAC_init(ctx, key.data, key.len, params) == 1;
	for (i = 0; ok && i < n; i++)
		ok = !parts[i].len ||
		     EVP_MAC_update(ctx, parts[i].data, parts[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &done, PRF_MAX_LEN) == 1 && done == len;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok;
}

enum crypto_code prf(uint16_t id, struct span key, const struct span *parts,
		     unsigned int n, uint8_t out[PRF_MAX_LEN])
{
	const char *digest = digest_name(id);

	memset(out, 0, PRF_MAX_LEN);
	if (!digest)
		return CRYPTO_UNSUPPORTED;
	if (!key.len || n > PRF_MAX_PARTS)
		return CRYPTO_LENGTH;
	if (hmac(digest, key, parts, n, out, prf_len(id)))
		return CRYPTO_OK;
	wipe(out, PRF_MAX_LEN);
	return CRYPTO_INTERNAL;
}

enum crypto_code prf_plus(uint16_t id, struct span key, const struct span *parts,
			  unsigned int n, uint8_t *out, size_t len)
{
	struct span round[PRF_MAX_PARTS];
	enum crypto_code code = CRYPTO_OK;
	uint8_t t[PRF_MAX_LEN];
	size_t step = prf_len(id);
	size_t done = 0, part;
	uint8_t counter = 0;

	if (len)
		memset(out, 0, len);
	if (!step)
		return CRYPTO_UNSUPPORTED;
	if (n > PRF_MAX_PARTS - 2 || len > 255 * step)
		return CRYPTO_LENGTH;
	/* T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n) */
	if (n)
		memcpy(round + 1, parts, n * sizeof(*parts));
	round[n + 1] = span(&counter, 1);
	while (done < len && !code) {
		uint8_t before[PRF_MAX_LEN];

		memcpy(before, t, counter ? step : 0);
		round[0] = span(before, counter ? step : 0);
		counter++;
		code = prf(id, key, round, n + 2, t);
		part = len - done < step ? len - done : step;
		memcpy(out + done, t, part);
		done += part;
		wipe(before, sizeof(before));
	}
	wipe(t, sizeof(t));
	if (code)
		wipe(out, len);
	return code;
}

static enum crypto_code hash(const char *name, const struct span *parts,
			     unsigned int n, uint8_t *out, unsigned int len)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t full[EVP_MAX_MD_SIZE];
	unsigned int i, done = 0;
	bool ok;

	ok = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
	for (i = 0; ok && i < n; i++)
		ok = !parts[i].len ||
		     EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, full, &done) == 1 && done == len;
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	if (ok)
		memcpy(out, full, len);
	else
		memset(out, 0, len);
	return ok ? CRYPTO_OK : CRYPTO_INTERNAL;
}

enum crypto_code hash_sha256(const struct span *parts, unsigned int n,
			     uint8_t out[32])
{
	return hash("SHA256", parts, n, out, 32);
}

enum crypto_code hash_sha1_nat(const struct span *parts, unsigned int n,
			       uint8_t out[20])
{
	return hash("SHA1", parts, n, out, 20);
}
