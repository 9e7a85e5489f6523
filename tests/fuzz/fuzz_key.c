// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hostile octets as a CERT payload, as AUTH data, and as the text of a key file. A
 * key that is taken must have one encoding; no signature made up of noise may verify.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/key_pkey.h"
#include "btnsd/crypto/sig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Taken from encoding @encoding: its SubjectPublicKeyInfo gives the same key. */
static void check_key(struct key *key)
{
	struct key *again = NULL;

	must(!key_from_spki(key_spki(key), &again));
	must(key_equal(key, again) && key_type(key) == key_type(again));
	must(!memcmp(key_fingerprint(key), key_fingerprint(again),
		     KEY_FINGERPRINT_LEN));
	must(!key_is_private(key));
	key_free(again);
}

/* A private key out of a file can sign, or is none. */
static void check_private(struct span pem)
{
	struct key *key = NULL;

	if (key_from_pem_private(pem, &key)) {
		must(!key);
		return;
	}
	must(key_is_private(key) && key_spki(key).len);
	key_free(key);
}

static void check_public(struct span pem)
{
	struct key *key = NULL;

	if (key_from_pem_public(pem, &key))
		must(!key);
	else
		check_key(key);
	key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t encodings[] = { 4, 11, 15 };
	static struct key *ours[4];
	struct span signed_octets;
	unsigned int i;

	if (!ours[0])
		for (i = 0; i < 4; i++)
			must(!key_generate(KEY_RSA + i, &ours[i]));
	if (!size)
		return 0;
	for (i = 0; i < sizeof(encodings); i++) {
		struct key *key = NULL;

		if (key_from_payload(encodings[i], span(data, size), &key)) {
			must(!key);
			continue;
		}
		check_key(key);
		key_free(key);
	}
	/* as a file of a key begins; of other octets OpenSSL makes nothing, slowly */
	if (data[0] == '-') {
		check_private(span(data, size));
		check_public(span(data, size));
	}
	signed_octets = span("IKE", 3);
	i = data[0] % 4;
	must(sig_verify(ours[i], sig_hashes(), span(data + 1, size - 1),
			&signed_octets, 1, NULL) != CRYPTO_OK);
	return 0;
}
