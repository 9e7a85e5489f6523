/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AEAD for the SK payload (RFC 5282, RFC 7634): AES-GCM with a 16-octet ICV and
 * keys of 128 or 256 bits, and ChaCha20-Poly1305. The nonce is salt | IV; the IV
 * is a counter that the caller never repeats under one key.
 */
#ifndef BTNSD_CRYPTO_AEAD_H
#define BTNSD_CRYPTO_AEAD_H

#include "crypto.h"

#define AEAD_IV_LEN	8	/* octets, of every algorithm here */
#define AEAD_ICV_LEN	16	/* octets, of every algorithm here */
#define AEAD_SALT_LEN	4	/* octets, of every algorithm here */

/**
 * aead_supported() - do we speak an algorithm?
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute; 0 when absent (ChaCha20-Poly1305)
 *
 * Return: whether we do.
 */
bool aead_supported(uint16_t encr, uint16_t keybits);

/**
 * aead_keymat_len() - key octets plus salt octets to take from KEYMAT
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute; 0 when absent
 *
 * The key comes first, then the salt (RFC 4106 8.1, RFC 5282 7.1, RFC 7634 2);
 * Linux's XFRM takes ESP keys in the same form. Return: octets, 0 if unsupported.
 */
size_t aead_keymat_len(uint16_t encr, uint16_t keybits);

/**
 * aead_seal() - encrypt in place and make the ICV
 * @encr: enum ike_encr
 * @keybits: Key Length attribute; 0 when absent
 * @key: key | salt, aead_keymat_len() octets
 * @iv: 8 octets, never the same twice under @key
 * @aad: what is covered in clear
 * @text: plaintext in, ciphertext out
 * @len: its octets
 * @icv: 16 octets of room
 *
 * Return: CRYPTO_OK, or a code with @text and @icv zeroed.
 */
enum crypto_code aead_seal(uint16_t encr, uint16_t keybits, struct span key,
			   const uint8_t iv[AEAD_IV_LEN], struct span aad,
			   uint8_t *text, size_t len, uint8_t icv[AEAD_ICV_LEN]);

/**
 * aead_open() - check the ICV and decrypt
 * @encr: enum ike_encr
 * @keybits: Key Length attribute; 0 when absent
 * @key: key | salt, aead_keymat_len() octets
 * @iv: the IV that came
 * @aad: what is covered in clear
 * @text: ciphertext
 * @icv: the ICV that came
 * @out: room for @text.len octets; may be where @text is
 *
 * Return: CRYPTO_OK; CRYPTO_FORGED, or another code, with @out zeroed.
 */
enum crypto_code aead_open(uint16_t encr, uint16_t keybits, struct span key,
			   const uint8_t iv[AEAD_IV_LEN], struct span aad,
			   struct span text, const uint8_t icv[AEAD_ICV_LEN],
			   uint8_t *out);

#endif /* BTNSD_CRYPTO_AEAD_H */
