// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AES-CBC and HMAC for the SK payload, and the lengths of their keys. For ESP
 * the ciphers and MACs themselves are the kernel's.
 */
#include "btnsd/crypto/cbc.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "btnsd/crypto/prf.h"
#include "btnsd/ike/wire.h"

/* of the same hash as the MAC, which is the first half of what it gives */
static uint16_t prf_of(uint16_t integ)
{
	switch (integ) {
	case IKE_INTEG_HMAC_SHA2_256_128:
		return IKE_PRF_HMAC_SHA2_256;
	case IKE_INTEG_HMAC_SHA2_384_192:
		return IKE_PRF_HMAC_SHA2_384;
	case IKE_INTEG_HMAC_SHA2_512_256:
		return IKE_PRF_HMAC_SHA2_512;
	default:
		return 0;
	}
}

size_t cbc_integ_len(uint16_t integ)
{
	return prf_len(prf_of(integ));
}

size_t cbc_keymat_len(uint16_t encr, uint16_t keybits, uint16_t integ)
{
	size_t mac = cbc_integ_len(integ);

	if (encr != IKE_ENCR_AES_CBC || !mac ||
	    (keybits != 128 && keybits != 256))
		return 0;
	return keybits / 8 + mac;
}

static enum crypto_code check(const struct cbc_keys *keys, size_t len)
{
	if (!cbc_integ_len(keys->integ))
		return CRYPTO_UNSUPPORTED;
	if (keys->mac.len != cbc_integ_len(keys->integ) ||
	    (keys->enc.len != 16 && keys->enc.len != 32) || !len ||
	    len % CBC_BLOCK || len > INT_MAX)
		return CRYPTO_LENGTH;
	return CRYPTO_OK;
}

static enum crypto_code mac(const struct cbc_keys *keys, const uint8_t *iv,
			    struct span aad, struct span text,
			    uint8_t out[PRF_MAX_LEN])
{
	const struct span part[3] = { aad, span(iv, CBC_BLOCK), text };

	return prf(prf_of(keys->integ), keys->mac, part, 3, out);
}

/* whole blocks, without padding of the library's own */
static enum crypto_code aes(struct span key, const uint8_t *iv, struct span in,
			    uint8_t *out, int encrypt)
{
	const char *name = key.len == 16 ? "AES-128-CBC" : "AES-256-CBC";
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t none[CBC_BLOCK];
	int n, rest;
	bool ok;

	ok = cipher && ctx &&
	     EVP_CipherInit_ex2(ctx, cipher, key.data, iv, encrypt, NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_CipherUpdate(ctx, out, &n, in.data, (int)in.len) == 1 &&
	     n == (int)in.len &&
	     EVP_CipherFinal_ex(ctx, none, &rest) == 1 && !rest;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok ? CRYPTO_OK : CRYPTO_INTERNAL;
}

enum crypto_code cbc_seal(const struct cbc_keys *keys,
			  const uint8_t iv[CBC_BLOCK], struct span aad,
			  uint8_t *text, size_t len, uint8_t *icv)
{
	enum crypto_code code = check(keys, len);
	uint8_t sum[PRF_MAX_LEN];

	if (!code)
		code = aes(keys->enc, iv, span(text, len), text, 1);
	if (!code)
		code = mac(keys, iv, aad, span(text, len), sum);
	if (code)
		wipe(text, len);
	else
		memcpy(icv, sum, cbc_integ_len(keys->integ) / 2);
	/* the other half is not sent */
	wipe(sum, sizeof(sum));
	return code;
}

enum crypto_code cbc_open(const struct cbc_keys *keys,
			  const uint8_t iv[CBC_BLOCK], struct span aad,
			  struct span text, const uint8_t *icv, uint8_t *out)
{
	enum crypto_code code = check(keys, text.len);
	size_t len = cbc_integ_len(keys->integ) / 2;
	uint8_t sum[PRF_MAX_LEN];

	if (!code)
		code = mac(keys, iv, aad, text, sum);
	if (!code && !secret_equal(span(sum, len), span(icv, len)))
		code = CRYPTO_FORGED;
	/* what would be right is nobody's business */
	wipe(sum, sizeof(sum));
	if (!code)
		code = aes(keys->enc, iv, text, out, 0);
	if (code)
		wipe(out, text.len);
	return code;
}
