// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ML-KEM through EVP_PKEY, by name: an OpenSSL before 3.5 links the same
 * program and does not know the name.
 */
#include "btnsd/crypto/kem.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "btnsd/ike/wire.h"

#define KEM_SECRET_LEN	32	/* FIPS 203 section 8, table 3 */

struct method {
	uint16_t id;
	const char *name;
	size_t public_len;
	size_t ciphertext_len;
};

static const struct method methods[] = {
	{ IKE_DH_ML_KEM_512, "ML-KEM-512", 800, 768 },
	{ IKE_DH_ML_KEM_768, "ML-KEM-768", 1184, 1088 },
	{ IKE_DH_ML_KEM_1024, "ML-KEM-1024", 1568, 1568 },
};

struct kem {
	const struct method *method;
	EVP_PKEY *pkey;
	uint8_t public[KEM_VALUE_MAX];
};

static const struct method *find(uint16_t id)
{
	unsigned int i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].id == id)
			return &methods[i];
	return NULL;
}

bool kem_known(uint16_t method)
{
	return find(method);
}

bool kem_supported(uint16_t method)
{
	const struct method *m = find(method);
	EVP_KEYMGMT *mgmt;
	bool found;

	if (!m)
		return false;
	mgmt = EVP_KEYMGMT_fetch(NULL, m->name, NULL);
	found = mgmt;
	ERR_clear_error();
	EVP_KEYMGMT_free(mgmt);
	return found;
}

enum crypto_code kem_new(uint16_t method, struct kem **kem)
{
	const struct method *m = find(method);
	EVP_PKEY_CTX *ctx;
	struct kem *k;
	size_t len = sizeof(k->public);
	bool ok;

	*kem = NULL;
	if (!m || !kem_supported(method))
		return CRYPTO_UNSUPPORTED;
	k = calloc(1, sizeof(*k));
	if (!k)
		return CRYPTO_INTERNAL;
	k->method = m;
	ctx = EVP_PKEY_CTX_new_from_name(NULL, m->name, NULL);
	ok = ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	     EVP_PKEY_generate(ctx, &k->pkey) == 1 &&
	     EVP_PKEY_get_raw_public_key(k->pkey, k->public, &len) == 1 &&
	     len == m->public_len;
	EVP_PKEY_CTX_free(ctx);
	if (!ok) {
		ERR_clear_error();
		kem_free(k);
		return CRYPTO_INTERNAL;
	}
	*kem = k;
	return CRYPTO_OK;
}

struct span kem_public(const struct kem *kem)
{
	return span(kem->public, kem->method->public_len);
}

enum crypto_code kem_open(const struct kem *kem, struct span ciphertext,
			  struct secret *out)
{
	size_t len = sizeof(out->data);
	EVP_PKEY_CTX *ctx;
	bool ok;

	secret_wipe(out);
	if (ciphertext.len != kem->method->ciphertext_len)
		return CRYPTO_LENGTH;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, kem->pkey, NULL);
	ok = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
	     EVP_PKEY_decapsulate(ctx, out->data, &len, ciphertext.data,
				  ciphertext.len) == 1 &&
	     len == KEM_SECRET_LEN;
	EVP_PKEY_CTX_free(ctx);
	if (!ok) {
		ERR_clear_error();
		secret_wipe(out);
		return CRYPTO_INTERNAL;
	}
	out->len = len;
	return CRYPTO_OK;
}

static bool encapsulate(const struct method *m, EVP_PKEY *pkey,
			uint8_t ciphertext[KEM_VALUE_MAX], size_t *len,
			struct secret *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool ok;

	*len = KEM_VALUE_MAX;
	out->len = sizeof(out->data);
	ok = ctx && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
	     EVP_PKEY_encapsulate(ctx, ciphertext, len, out->data,
				  &out->len) == 1 &&
	     *len == m->ciphertext_len && out->len == KEM_SECRET_LEN;
	EVP_PKEY_CTX_free(ctx);
	/* OpenSSL 3.5 leaves the secret there */
	wipe_stack();
	return ok;
}

enum crypto_code kem_seal(uint16_t method, struct span key,
			  uint8_t ciphertext[KEM_VALUE_MAX], size_t *len,
			  struct secret *out)
{
	const struct method *m = find(method);
	enum crypto_code code = CRYPTO_WEAK;
	EVP_PKEY *pkey;

	secret_wipe(out);
	*len = 0;
	if (!m || !kem_supported(method))
		return CRYPTO_UNSUPPORTED;
	if (key.len != m->public_len)
		return CRYPTO_LENGTH;
	/* OpenSSL checks that every coefficient is below the modulus */
	pkey = EVP_PKEY_new_raw_public_key_ex(NULL, m->name, NULL, key.data,
					      key.len);
	if (pkey)
		code = encapsulate(m, pkey, ciphertext, len, out) ?
			       CRYPTO_OK :
			       CRYPTO_INTERNAL;
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	if (code) {
		*len = 0;
		secret_wipe(out);
	}
	return code;
}

void kem_free(struct kem *kem)
{
	if (!kem)
		return;
	EVP_PKEY_free(kem->pkey);
	wipe(kem, sizeof(*kem));
	free(kem);
}
