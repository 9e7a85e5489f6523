/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Digital Signature method of AUTH (14, RFC 7427, RFC 8420): RSA PKCS#1
 * v1.5 and PSS, ECDSA, Ed25519, each named by an ASN.1 AlgorithmIdentifier in
 * front of the signature. SHA-1 is refused wherever it could appear.
 */
#ifndef BTNSD_CRYPTO_SIG_H
#define BTNSD_CRYPTO_SIG_H

#include "crypto.h"
#include "key.h"

/** enum sig_alg - signature algorithms */
enum sig_alg {
	SIG_NONE = 0,
	SIG_RSA_SHA256,		/* RFC 7427 A.1.2 */
	SIG_RSA_SHA384,		/* RFC 7427 A.1.3 */
	SIG_RSA_SHA512,		/* RFC 7427 A.1.4 */
	SIG_RSA_PSS_SHA256,	/* RFC 7427 A.4.3; salt as long as the hash */
	SIG_RSA_PSS_SHA384,	/* RFC 7427 A.4, RFC 4055 3.1 */
	SIG_RSA_PSS_SHA512,	/* RFC 7427 A.4, RFC 4055 3.1 */
	SIG_ECDSA_SHA256,	/* RFC 7427 A.3.2 */
	SIG_ECDSA_SHA384,	/* RFC 7427 A.3.3 */
	SIG_ECDSA_SHA512,	/* RFC 7427 A.3.4 */
	SIG_ED25519,		/* RFC 8420 A.1 */
	SIG_COUNT,		/* not an algorithm: how many there are */
};

#define SIG_HASH_BIT(hash)	(1u << (hash))	/* bit of an enum ike_sig_hash in a set */
#define SIG_AUTH_MAX		(1 + 255 + KEY_SIGNATURE_MAX) /* octets of AUTH data */

/**
 * sig_hashes() - the hashes that we take and make
 *
 * Return: set of SIG_HASH_BIT: SHA2-256, SHA2-384, SHA2-512 and identity.
 */
uint32_t sig_hashes(void);

/**
 * sig_hashes_write() - data of our SIGNATURE_HASH_ALGORITHMS notify
 * @w: where to; 2 octets each
 */
void sig_hashes_write(struct wbuf *w);

/**
 * sig_hashes_read() - what a peer's SIGNATURE_HASH_ALGORITHMS says
 * @data: the notify's data
 * @hashes: set of SIG_HASH_BIT that both sides take; may be empty
 *
 * Return: CRYPTO_OK or CRYPTO_LENGTH (odd or empty; @hashes is then empty).
 */
enum crypto_code sig_hashes_read(struct span data, uint32_t *hashes);

/**
 * sig_pick() - the algorithm to sign with
 * @key: our key
 * @hashes: what sig_hashes_read() gave
 * @alg: best for the key; RSA is PKCS#1 v1.5 (every peer takes it)
 *
 * Return: CRYPTO_OK, or CRYPTO_MISMATCH when no hash fits the key.
 */
enum crypto_code sig_pick(const struct key *key, uint32_t hashes, enum sig_alg *alg);

/**
 * sig_as_pss() - the PSS form of an RSA algorithm
 * @alg: what sig_pick() gave
 *
 * Return: RSASSA-PSS with the same hash for RSA PKCS#1 v1.5; else @alg.
 */
enum sig_alg sig_as_pss(enum sig_alg alg);

/**
 * sig_is_pss() - is that RSASSA-PSS?
 * @alg: algorithm
 *
 * Return: whether it is, with any hash.
 */
bool sig_is_pss(enum sig_alg alg);

/**
 * sig_alg_name() - an algorithm's name for logs
 * @alg: algorithm
 *
 * Return: constant string.
 */
const char *sig_alg_name(enum sig_alg alg);

/**
 * sig_sign() - make the data of an AUTH payload of method 14
 * @key: private key
 * @alg: algorithm
 * @parts: octets to sign, see keymat_auth_octets()
 * @n: how many parts
 * @w: gets length, AlgorithmIdentifier, signature; SIG_AUTH_MAX octets suffice
 *
 * Return: CRYPTO_OK; CRYPTO_MISMATCH (key and @alg, or no private half);
 * CRYPTO_LENGTH (does not fit @w, or parts above 128 KiB); CRYPTO_INTERNAL.
 */
enum crypto_code sig_sign(const struct key *key, enum sig_alg alg,
			  const struct span *parts, unsigned int n, struct wbuf *w);

/**
 * sig_verify() - check the data of an AUTH payload of method 14
 * @key: the peer's public key, from its CERT or from the configuration
 * @hashes: hashes that we announced; others are refused
 * @auth: the payload's data
 * @parts: octets that must be signed
 * @n: how many parts
 * @alg: which algorithm it was, once known; SIG_NONE before; may be NULL
 *
 * Return: CRYPTO_OK only when the signature is good; CRYPTO_FORGED when it is
 * not; CRYPTO_MALFORMED; CRYPTO_WEAK (SHA-1); CRYPTO_UNSUPPORTED;
 * CRYPTO_MISMATCH (algorithm is not of this key); CRYPTO_LENGTH; CRYPTO_INTERNAL.
 */
enum crypto_code sig_verify(const struct key *key, uint32_t hashes,
			    struct span auth, const struct span *parts,
			    unsigned int n, enum sig_alg *alg);

#endif /* BTNSD_CRYPTO_SIG_H */
