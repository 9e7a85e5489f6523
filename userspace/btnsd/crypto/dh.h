/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diffie-Hellman: X25519 (31), P-256 (19), P-384 (20), MODP of 2048 (14), 3072
 * (15) and 4096 (16) bits, with public values in IKE's encodings. Every value
 * from a peer is checked before use (RFC 6989); a private value is used for
 * one exchange and freed.
 */
#ifndef BTNSD_CRYPTO_DH_H
#define BTNSD_CRYPTO_DH_H

#include "crypto.h"

#define DH_PUBLIC_MAX	512	/* octets of the longest public value */

struct dh;

/**
 * dh_supported() - do we speak a group?
 * @group: enum ike_dh
 *
 * Return: whether dh_new() knows it.
 */
bool dh_supported(uint16_t group);

/**
 * dh_public_len() - length of a group's public value on the wire
 * @group: enum ike_dh
 *
 * Return: octets, or 0 for a group we do not speak.
 */
size_t dh_public_len(uint16_t group);

/**
 * dh_new() - make a key pair
 * @group: enum ike_dh
 * @dh: the pair, owned by the caller, freed with dh_free(); NULL on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_code dh_new(uint16_t group, struct dh **dh);

/**
 * dh_group() - the group of a pair
 * @dh: pair
 *
 * Return: enum ike_dh.
 */
uint16_t dh_group(const struct dh *dh);

/**
 * dh_public() - our public value, as the KE payload carries it
 * @dh: pair
 *
 * Return: a span inside @dh.
 */
struct span dh_public(const struct dh *dh);

/**
 * dh_derive() - the shared secret g^ir
 * @dh: our pair
 * @peer: the peer's public value, from its KE payload
 * @out: the secret, as RFC 7296 2.14 wants it (padded to the group's length;
 *	x coordinate for ECP); empty on failure
 *
 * Return: CRYPTO_OK; CRYPTO_LENGTH for a value of the wrong length;
 * CRYPTO_WEAK for one not on the curve, out of range or of small order;
 * CRYPTO_INTERNAL.
 */
enum crypto_code dh_derive(const struct dh *dh, struct span peer,
			   struct secret *out);

/**
 * dh_free() - wipe and free a pair
 * @dh: pair or NULL
 */
void dh_free(struct dh *dh);

#endif /* BTNSD_CRYPTO_DH_H */
