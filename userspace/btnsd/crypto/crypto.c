// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codes and secrets, shared by the rest of crypto/.
 */
#include "btnsd/crypto/crypto.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

/* octets; ten times what X25519 takes, and twice what ML-KEM leaves a secret in */
#define STACK_USED	8192

static const char *const texts[CRYPTO_NUM_CODES] = {
	[CRYPTO_OK] = "done",
	[CRYPTO_UNSUPPORTED] = "algorithm, curve or encoding is not supported",
	[CRYPTO_LENGTH] = "length is out of range",
	[CRYPTO_MALFORMED] = "encoding is malformed",
	[CRYPTO_WEAK] = "refused as too weak",
	[CRYPTO_FORGED] = "signature or integrity check failed",
	[CRYPTO_MISMATCH] = "key and algorithm do not go together",
	[CRYPTO_FILE] = "file cannot be read or written",
	[CRYPTO_EXISTS] = "file exists already and is left alone",
	[CRYPTO_PERMISSION] = "private key file is open to others: chmod 600 it",
	[CRYPTO_INTERNAL] = "cryptographic library failed",
};

bool crypto_start(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
					   OPENSSL_INIT_ADD_ALL_CIPHERS |
					   OPENSSL_INIT_ADD_ALL_DIGESTS |
					   OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
				   NULL) == 1 &&
	       RAND_status() == 1;
}

const char *crypto_text(enum crypto_code code)
{
	if ((unsigned int)code >= CRYPTO_NUM_CODES)
		return "unknown crypto code";
	return texts[code];
}

void wipe(void *p, size_t len)
{
	if (p && len)
		OPENSSL_cleanse(p, len);
}

/* what the callee has used lies where this array does */
__attribute__((noinline)) void wipe_stack(void)
{
	uint8_t below[STACK_USED];

	wipe(below, sizeof(below));
}

void secret_wipe(struct secret *s)
{
	wipe(s, sizeof(*s));
}

enum crypto_code secret_set(struct secret *s, struct span from)
{
	secret_wipe(s);
	if (from.len > sizeof(s->data))
		return CRYPTO_LENGTH;
	if (from.len)
		memcpy(s->data, from.data, from.len);
	s->len = from.len;
	return CRYPTO_OK;
}

struct span secret_span(const struct secret *s)
{
	return span(s->data, s->len);
}

bool secret_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	return !a.len || !CRYPTO_memcmp(a.data, b.data, a.len);
}
