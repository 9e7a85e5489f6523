/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-CBC (RFC 3602) with HMAC-SHA-2 (RFC 4868) for ESP: what keys they take.
 * Only both together are spoken.
 */
#ifndef BTNSD_CRYPTO_CBC_H
#define BTNSD_CRYPTO_CBC_H

#include "crypto.h"

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

#endif /* BTNSD_CRYPTO_CBC_H */
