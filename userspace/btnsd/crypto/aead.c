// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AEAD through EVP_CIPHER. The context lives for one call only: SK payloads are
 * rare, and no key stays in the library's memory between them.
 */
#include "btnsd/crypto/aead.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "btnsd/ike/wire.h"

#define NONCE_LEN	(AEAD_SALT_LEN + AEAD_IV_LEN)

struct algorithm {
	uint16_t encr;
	uint16_t keybits;
	size_t key_len;
	const char *name;
};

static const struct algorithm algorithms[] = {
	{ IKE_ENCR_AES_GCM_16, 128, 16, "AES-128-GCM" },
	{ IKE_ENCR_AES_GCM_16, 256, 32, "AES-256-GCM" },
	{ IKE_ENCR_CHACHA20_POLY1305, 0, 32, "ChaCha20-Poly1305" },
};

static const struct algorithm *find(uint16_t encr, uint16_t keybits)
{
	unsigned int i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].encr == encr &&
		    algorithms[i].keybits == keybits)
			return &algorithms[i];
	return NULL;
}

bool aead_supported(uint16_t encr, uint16_t keybits)
{
	return find(encr, keybits);
}

size_t aead_keymat_len(uint16_t encr, uint16_t keybits)
{
	const struct algorithm *a = find(encr, keybits);

	return a ? a->key_len + AEAD_SALT_LEN : 0;
}

static enum crypto_code check(const struct algorithm *a, struct span key,
			      struct span aad, size_t text_len)
{
	if (!a)
		return CRYPTO_UNSUPPORTED;
	if (key.len != a->key_len + AEAD_SALT_LEN || aad.len > INT_MAX ||
	    text_len > INT_MAX)
		return CRYPTO_LENGTH;
	return CRYPTO_OK;
}

/* A context with key and nonce set and @aad taken in, or NULL. */
static EVP_CIPHER_CTX *start(const struct algorithm *a, struct span key,
			     const uint8_t *iv, struct span aad, int encrypt)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, a->name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[NONCE_LEN];
	int len;
	bool ok;

	memcpy(nonce, key.data + a->key_len, AEAD_SALT_LEN);
	memcpy(nonce + AEAD_SALT_LEN, iv, AEAD_IV_LEN);
	ok = cipher && ctx &&
	     EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE_LEN, NULL) == 1 &&
	     EVP_CipherInit_ex2(ctx, NULL, key.data, nonce, encrypt, NULL) == 1 &&
	     (!aad.len ||
	      EVP_CipherUpdate(ctx, NULL, &len, aad.data, (int)aad.len) == 1);
	wipe(nonce, sizeof(nonce));
	EVP_CIPHER_free(cipher);
	if (ok)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

enum crypto_code aead_seal(uint16_t encr, uint16_t keybits, struct span key,
			   const uint8_t iv[AEAD_IV_LEN], struct span aad,
			   uint8_t *text, size_t len, uint8_t icv[AEAD_ICV_LEN])
{
	const struct algorithm *a = find(encr, keybits);
	enum crypto_code code = check(a, key, aad, len);
	EVP_CIPHER_CTX *ctx = NULL;
	int n, rest;

	if (code)
		goto out;
	code = CRYPTO_INTERNAL;
	ctx = start(a, key, iv, aad, 1);
	if (ctx &&
	    (!len || (EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1 &&
		      n == (int)len)) &&
	    EVP_CipherFinal_ex(ctx, icv, &rest) == 1 && !rest &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_ICV_LEN, icv) == 1)
		code = CRYPTO_OK;
	EVP_CIPHER_CTX_free(ctx);
out:
	if (code) {
		wipe(text, len);
		wipe(icv, AEAD_ICV_LEN);
	}
	return code;
}

enum crypto_code aead_open(uint16_t encr, uint16_t keybits, struct span key,
			   const uint8_t iv[AEAD_IV_LEN], struct span aad,
			   struct span text, const uint8_t icv[AEAD_ICV_LEN],
			   uint8_t *out)
{
	const struct algorithm *a = find(encr, keybits);
	enum crypto_code code = check(a, key, aad, text.len);
	uint8_t tag[AEAD_ICV_LEN], none[AEAD_ICV_LEN];
	EVP_CIPHER_CTX *ctx = NULL;
	int n, rest;

	if (code)
		goto out;
	memcpy(tag, icv, sizeof(tag));
	code = CRYPTO_INTERNAL;
	ctx = start(a, key, iv, aad, 0);
	if (!ctx || (text.len && (EVP_CipherUpdate(ctx, out, &n, text.data,
						   (int)text.len) != 1 ||
				  n != (int)text.len)) ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1)
		goto free_ctx;
	code = EVP_CipherFinal_ex(ctx, none, &rest) == 1 && !rest ?
		CRYPTO_OK : CRYPTO_FORGED;
free_ctx:
	EVP_CIPHER_CTX_free(ctx);
out:
	if (code)
		wipe(out, text.len);
	return code;
}
