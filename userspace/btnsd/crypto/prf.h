/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKEv2's pseudorandom functions: HMAC with SHA-256, SHA-384 or SHA-512, the
 * iterated prf+ of RFC 7296 2.13, and the hashes that stand beside them.
 */
#ifndef BTNSD_CRYPTO_PRF_H
#define BTNSD_CRYPTO_PRF_H

#include "crypto.h"

#define PRF_MAX_LEN	64	/* octets of the longest output */

/**
 * prf_len() - output and preferred key length
 * @prf: enum ike_prf
 *
 * Return: octets, or 0 for a function we do not speak.
 */
size_t prf_len(uint16_t prf);

/**
 * prf() - prf(key, parts[0] | parts[1] | ...)
 * @id: enum ike_prf
 * @key: key of any length above 0
 * @parts: data
 * @n: how many parts, at most 8
 * @out: prf_len() octets; zeroed on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code prf(uint16_t id, struct span key, const struct span *parts,
		     unsigned int n, uint8_t out[PRF_MAX_LEN]);

/**
 * prf_plus() - prf+(key, seed), RFC 7296 2.13
 * @id: enum ike_prf
 * @key: key
 * @parts: seed, in parts
 * @n: how many parts, at most 6
 * @out: room; zeroed on failure
 * @len: octets wanted, at most 255 outputs
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code prf_plus(uint16_t id, struct span key, const struct span *parts,
			  unsigned int n, uint8_t *out, size_t len);

/**
 * hash_sha256() - SHA-256 of parts, for fingerprints and identities
 * @parts: data
 * @n: how many parts
 * @out: 32 octets; zeroed on failure
 *
 * Return: CRYPTO_OK or CRYPTO_INTERNAL.
 */
enum crypto_code hash_sha256(const struct span *parts, unsigned int n,
			     uint8_t out[32]);

/**
 * hash_sha1_nat() - SHA-1 for NAT detection, and for nothing else
 * @parts: SPIi, SPIr, address, port (RFC 7296 2.23)
 * @n: how many parts
 * @out: 20 octets; zeroed on failure
 *
 * The RFC fixes SHA-1 here; nothing rests on its collision resistance.
 * Return: CRYPTO_OK or CRYPTO_INTERNAL.
 */
enum crypto_code hash_sha1_nat(const struct span *parts, unsigned int n,
			       uint8_t out[20]);

#endif /* BTNSD_CRYPTO_PRF_H */
