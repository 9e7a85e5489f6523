// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One face for both kinds of key exchange. Diffie-Hellman's two sides do the
 * same, so its answer is a pair of its own; encapsulation's do not.
 */
#include "btnsd/crypto/kex.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/dh.h"

_Static_assert(DH_PUBLIC_MAX <= KEX_VALUE_MAX, "a public value fits an answer");

struct kex {
	uint16_t method;
	struct dh *dh;		/* one of these two */
	struct kem *kem;
};

bool kex_supported(uint16_t method)
{
	return dh_supported(method) || kem_supported(method);
}

enum crypto_code kex_begin(uint16_t method, struct kex **kex)
{
	enum crypto_code code;
	struct kex *k;

	*kex = NULL;
	k = calloc(1, sizeof(*k));
	if (!k)
		return CRYPTO_INTERNAL;
	k->method = method;
	code = kem_known(method) ? kem_new(method, &k->kem) :
				   dh_new(method, &k->dh);
	if (code) {
		kex_free(k);
		return code;
	}
	*kex = k;
	return CRYPTO_OK;
}

uint16_t kex_method(const struct kex *kex)
{
	return kex->method;
}

struct span kex_value(const struct kex *kex)
{
	return kex->kem ? kem_public(kex->kem) : dh_public(kex->dh);
}

enum crypto_code kex_finish(const struct kex *kex, struct span answer,
			    struct secret *out)
{
	return kex->kem ? kem_open(kex->kem, answer, out) :
			  dh_derive(kex->dh, answer, out);
}

static enum crypto_code dh_answer(uint16_t method, struct span value,
				  uint8_t answer[KEX_VALUE_MAX], size_t *len,
				  struct secret *out)
{
	enum crypto_code code;
	struct span ours;
	struct dh *dh;

	/* a length that cannot be right costs no key pair */
	if (dh_supported(method) && value.len != dh_public_len(method))
		return CRYPTO_LENGTH;
	code = dh_new(method, &dh);
	if (!code)
		code = dh_derive(dh, value, out);
	if (!code) {
		ours = dh_public(dh);
		memcpy(answer, ours.data, ours.len);
		*len = ours.len;
	}
	dh_free(dh);
	return code;
}

enum crypto_code kex_answer(uint16_t method, struct span value,
			    uint8_t answer[KEX_VALUE_MAX], size_t *len,
			    struct secret *out)
{
	*len = 0;
	secret_wipe(out);
	if (kem_known(method))
		return kem_seal(method, value, answer, len, out);
	return dh_answer(method, value, answer, len, out);
}

void kex_free(struct kex *kex)
{
	if (!kex)
		return;
	dh_free(kex->dh);
	kem_free(kex->kem);
	free(kex);
}
