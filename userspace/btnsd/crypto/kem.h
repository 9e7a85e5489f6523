/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key encapsulation: ML-KEM of 512 (35), 768 (36) and 1024 (37) bits (FIPS
 * 203, draft-ietf-ipsecme-ikev2-mlkem). One side makes a pair, the other
 * encapsulates a secret to its public key: the two do different things, unlike
 * in Diffie-Hellman. OpenSSL has it from 3.5 on, which is found out at run
 * time.
 */
#ifndef BTNSD_CRYPTO_KEM_H
#define BTNSD_CRYPTO_KEM_H

#include "crypto.h"

#define KEM_VALUE_MAX	1568	/* octets of the longest public key or ciphertext */

struct kem;

/**
 * kem_known() - is a key exchange method one of these?
 * @method: enum ike_dh
 *
 * Return: whether it is, whatever OpenSSL has.
 */
bool kem_known(uint16_t method);

/**
 * kem_supported() - does the OpenSSL that runs have a method?
 * @method: enum ike_dh
 *
 * Return: whether it does.
 */
bool kem_supported(uint16_t method);

/**
 * kem_new() - make a key pair
 * @method: enum ike_dh
 * @kem: the pair, owned by the caller, freed with kem_free(); NULL on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_code kem_new(uint16_t method, struct kem **kem);

/**
 * kem_public() - the public key, as the KE payload carries it
 * @kem: pair
 *
 * Return: a span inside @kem.
 */
struct span kem_public(const struct kem *kem);

/**
 * kem_open() - the secret that a ciphertext encapsulates
 * @kem: pair
 * @ciphertext: the peer's
 * @out: the secret; empty on failure
 *
 * A ciphertext that was tampered with gives another secret, not an error: it
 * shows when the keys do not fit.
 *
 * Return: CRYPTO_OK, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code kem_open(const struct kem *kem, struct span ciphertext,
			  struct secret *out);

/**
 * kem_seal() - encapsulate a new secret to a public key
 * @method: enum ike_dh
 * @key: the peer's public key
 * @ciphertext: for the peer; room for KEM_VALUE_MAX octets
 * @len: its octets
 * @out: the secret; empty on failure
 *
 * Return: CRYPTO_OK; CRYPTO_UNSUPPORTED; CRYPTO_LENGTH for a key of the wrong
 * length; CRYPTO_WEAK for one that is none (FIPS 203 section 7.2);
 * CRYPTO_INTERNAL.
 */
enum crypto_code kem_seal(uint16_t method, struct span key,
			  uint8_t ciphertext[KEM_VALUE_MAX], size_t *len,
			  struct secret *out);

/**
 * kem_free() - wipe and free a pair
 * @kem: pair or NULL
 */
void kem_free(struct kem *kem);

#endif /* BTNSD_CRYPTO_KEM_H */
