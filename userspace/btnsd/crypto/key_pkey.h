/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What key.c, keyfile.c and sig.c must know of a key and nobody else may.
 */
#ifndef BTNSD_CRYPTO_KEY_PKEY_H
#define BTNSD_CRYPTO_KEY_PKEY_H

#include "btnsd/crypto/key.h"

/**
 * key_pkey() - OpenSSL's object of a key
 * @key: key
 *
 * Return: the object (OpenSSL calls the type EVP_PKEY), still owned by @key.
 */
struct evp_pkey_st *key_pkey(const struct key *key);

/**
 * struct secret_pem - PEM text of a private key; its owner wipes it
 * @len: octets in use
 * @text: the text, not terminated
 */
struct secret_pem {
	size_t len;
	uint8_t text[KEY_PEM_MAX];
};

/**
 * key_from_pem_private() - private key out of PEM text, not encrypted
 * @pem: text, at most KEY_PEM_MAX octets
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_load(), but for what concerns files.
 */
enum crypto_code key_from_pem_private(struct span pem, struct key **key);

/**
 * key_to_pem_private() - PEM text (PKCS#8) of a private key
 * @key: key
 * @pem: the text, wiped by the caller; empty on failure
 *
 * Return: CRYPTO_OK, CRYPTO_MISMATCH for a public key, CRYPTO_INTERNAL.
 */
enum crypto_code key_to_pem_private(const struct key *key, struct secret_pem *pem);

#endif /* BTNSD_CRYPTO_KEY_PKEY_H */
