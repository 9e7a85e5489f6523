/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-CBC (RFC 3602) with HMAC-SHA-2 (RFC 4868), encrypt then MAC: what keys
 * they take, in ESP and IKE, and the two as the SK payload has them (RFC 7296
 * 3.14). Only both together are spoken.
 */
#ifndef BTNSD_CRYPTO_CBC_H
#define BTNSD_CRYPTO_CBC_H

#include "crypto.h"

#define CBC_BLOCK	16	/* octets of a block, and of an IV */
#define CBC_ICV_MAX	32	/* octets of the longest ICV */

/**
 * cbc_integ_len() - octets of an integrity key
 * @integ: enum ike_integ
 *
 * As many as the hash gives (RFC 4868 section 2.1.1); half of them are in the
 * ICV. Return: octets, 0 if unsupported.
 */
size_t cbc_integ_len(uint16_t integ);

/**
 * cbc_keymat_len() - octets of cipher key and integrity key together
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute
 * @integ: enum ike_integ
 *
 * The cipher's key comes first (RFC 7296 section 2.17). Return: octets, 0 if
 * unsupported.
 */
size_t cbc_keymat_len(uint16_t encr, uint16_t keybits, uint16_t integ);

/**
 * struct cbc_keys - the keys of one direction
 * @integ: enum ike_integ
 * @enc: of AES: 16 or 32 octets
 * @mac: of the HMAC: cbc_integ_len() octets
 */
struct cbc_keys {
	uint16_t integ;
	struct span enc;
	struct span mac;
};

/**
 * cbc_seal() - encrypt in place and make the ICV
 * @keys: keys
 * @iv: CBC_BLOCK octets that nobody could foresee (RFC 3602 section 3)
 * @aad: what the ICV covers before the IV
 * @text: plaintext in, ciphertext out
 * @len: its octets, whole blocks, at least one
 * @icv: room for half of cbc_integ_len() octets
 *
 * Return: CRYPTO_OK, or a code with @text zeroed.
 */
enum crypto_code cbc_seal(const struct cbc_keys *keys,
			  const uint8_t iv[CBC_BLOCK], struct span aad,
			  uint8_t *text, size_t len, uint8_t *icv);

/**
 * cbc_open() - check the ICV, then decrypt
 * @keys: keys
 * @iv: the IV that came
 * @aad: what the ICV covers before the IV
 * @text: ciphertext
 * @icv: the ICV that came, half of cbc_integ_len() octets
 * @out: room for @text.len octets; may be where @text is
 *
 * Nothing is decrypted that is not authentic, so that padding tells nothing to
 * whoever has no keys. Return: CRYPTO_OK; CRYPTO_FORGED, or another code, with
 * @out zeroed.
 */
enum crypto_code cbc_open(const struct cbc_keys *keys,
			  const uint8_t iv[CBC_BLOCK], struct span aad,
			  struct span text, const uint8_t *icv, uint8_t *out);

#endif /* BTNSD_CRYPTO_CBC_H */
