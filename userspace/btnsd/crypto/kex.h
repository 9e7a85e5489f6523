/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key exchange of one message each way, whatever it is made of: who begins
 * has a half to keep until the answer comes, who answers has the secret at
 * once. Diffie-Hellman (dh.h) and key encapsulation (kem.h) both fit.
 */
#ifndef BTNSD_CRYPTO_KEX_H
#define BTNSD_CRYPTO_KEX_H

#include "crypto.h"
#include "kem.h"

#define KEX_VALUE_MAX	KEM_VALUE_MAX	/* octets of the longest KE payload's data */

struct kex;

/**
 * kex_supported() - can we do a key exchange method, with this OpenSSL?
 * @method: enum ike_dh
 *
 * Return: whether we can.
 */
bool kex_supported(uint16_t method);

/**
 * kex_begin() - make the initiator's half
 * @method: enum ike_dh
 * @kex: the half, owned by the caller, freed with kex_free(); NULL on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_code kex_begin(uint16_t method, struct kex **kex);

/**
 * kex_method() - the method of a half
 * @kex: half
 *
 * Return: enum ike_dh.
 */
uint16_t kex_method(const struct kex *kex);

/**
 * kex_value() - what the initiator's KE payload carries
 * @kex: half
 *
 * Return: a span inside @kex.
 */
struct span kex_value(const struct kex *kex);

/**
 * kex_finish() - the secret, once the responder has answered
 * @kex: half
 * @answer: what the responder's KE payload carries
 * @out: the secret; empty on failure
 *
 * Return: CRYPTO_OK; CRYPTO_LENGTH; CRYPTO_WEAK for a value that is refused;
 * CRYPTO_INTERNAL.
 */
enum crypto_code kex_finish(const struct kex *kex, struct span answer,
			    struct secret *out);

/**
 * kex_answer() - the responder's half, begun and ended
 * @method: enum ike_dh
 * @value: what the initiator's KE payload carries
 * @answer: what ours carries; room for KEX_VALUE_MAX octets
 * @len: its octets
 * @out: the secret; empty on failure
 *
 * Return: CRYPTO_OK; CRYPTO_UNSUPPORTED; CRYPTO_LENGTH; CRYPTO_WEAK for a value
 * that is refused; CRYPTO_INTERNAL.
 */
enum crypto_code kex_answer(uint16_t method, struct span value,
			    uint8_t answer[KEX_VALUE_MAX], size_t *len,
			    struct secret *out);

/**
 * kex_free() - wipe and free a half
 * @kex: half or NULL
 */
void kex_free(struct kex *kex);

#endif /* BTNSD_CRYPTO_KEX_H */
