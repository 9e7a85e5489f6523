/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys out of secrets: SKEYSEED and the SK_* of an IKE SA, of a rekeyed one,
 * the KEYMAT of a child SA, and the octets that AUTH signs. RFC 7296 2.14 to
 * 2.18.
 */
#ifndef BTNSD_CRYPTO_KEYMAT_H
#define BTNSD_CRYPTO_KEYMAT_H

#include "crypto.h"
#include "prf.h"

/**
 * struct ike_keys - keys of an IKE SA
 * @prf: enum ike_prf
 * @encr: enum ike_encr
 * @keybits: Key Length attribute of @encr; 0 when absent
 * @integ: enum ike_integ; none for an AEAD
 * @sk_d: derives keys of child SAs and of the next IKE SA
 * @sk_ai: integrity key of what the initiator sends; empty with an AEAD
 * @sk_ar: the same of what the responder sends
 * @sk_ei: key of what the initiator sends, of an AEAD key | salt
 * @sk_er: the same of what the responder sends
 * @sk_pi: covers IDi in AUTH
 * @sk_pr: covers IDr in AUTH
 */
struct ike_keys {
	uint16_t prf;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	struct secret sk_d;
	struct secret sk_ai;
	struct secret sk_ar;
	struct secret sk_ei;
	struct secret sk_er;
	struct secret sk_pi;
	struct secret sk_pr;
};

/**
 * struct ike_keys_in - what keys of an IKE SA are made of
 * @prf: enum ike_prf, negotiated
 * @encr: enum ike_encr, negotiated
 * @keybits: Key Length attribute of @encr; 0 when absent
 * @integ: enum ike_integ, negotiated; none for an AEAD
 * @g_ir: secret of the key exchange
 * @more: in a rekey, secret of an additional one (RFC 9370 2.2.4); else empty
 * @ni: initiator's nonce, 16 to 256 octets
 * @nr: responder's nonce, 16 to 256 octets
 * @spi_i: initiator's SPI (the new one in a rekey)
 * @spi_r: responder's SPI (the new one in a rekey)
 */
struct ike_keys_in {
	uint16_t prf;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	struct span g_ir;
	struct span more;
	struct span ni;
	struct span nr;
	uint64_t spi_i;
	uint64_t spi_r;
};

/**
 * keymat_ike() - keys of a new IKE SA, RFC 7296 2.14
 * @in: what to make them of
 * @out: the keys, wiped with keymat_wipe(); empty on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code keymat_ike(const struct ike_keys_in *in, struct ike_keys *out);

/**
 * keymat_ike_rekey() - keys that follow others: of an IKE SA that replaces
 * another (RFC 7296 2.18), or of the same one after an additional key exchange
 * (RFC 9370 2.2.2), which are made alike
 * @old: keys before; their prf and SK_d are used
 * @in: what else to make them of
 * @out: the keys, another object than @old; empty on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code keymat_ike_rekey(const struct ike_keys *old,
				  const struct ike_keys_in *in,
				  struct ike_keys *out);

/**
 * keymat_wipe() - wipe the keys of an IKE SA
 * @keys: keys, perhaps empty
 */
void keymat_wipe(struct ike_keys *keys);

/**
 * struct child_keys - keys of a pair of child SAs
 * @i2r: key | salt, or cipher key | integrity key, of the SA from initiator to
 *	responder (of the exchange that made it)
 * @r2i: key | salt of the SA back
 */
struct child_keys {
	struct secret i2r;
	struct secret r2i;
};

/**
 * keymat_child() - keys of a child SA, RFC 7296 2.17
 * @keys: the IKE SA's
 * @g_ir: secret of a Diffie-Hellman of its own; empty without one
 * @ni: nonce of the exchange's initiator
 * @nr: nonce of the exchange's responder
 * @encr: enum ike_encr of the child SA
 * @keybits: Key Length attribute of @encr; 0 when absent
 * @integ: enum ike_integ of the child SA; none for an AEAD
 * @out: the keys, wiped with keymat_child_wipe(); empty on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code keymat_child(const struct ike_keys *keys, struct span g_ir,
			      struct span ni, struct span nr, uint16_t encr,
			      uint16_t keybits, uint16_t integ,
			      struct child_keys *out);

/**
 * keymat_child_wipe() - wipe the keys of a child SA
 * @keys: keys, perhaps empty
 */
void keymat_child_wipe(struct child_keys *keys);

#define AUTH_PARTS	4

/**
 * struct auth_octets - what AUTH signs, RFC 7296 2.15, RFC 9242 3.3.1
 * @part: message | nonce | prf(SK_p, ID') | IntAuth, to be signed in this order
 * @maced_id: where the third part is kept
 */
struct auth_octets {
	struct span part[AUTH_PARTS];
	uint8_t maced_id[PRF_MAX_LEN];
};

/**
 * keymat_auth_octets() - put together what AUTH signs
 * @prf_id: enum ike_prf
 * @sk_p: SK_pi or SK_pr of the one who signs
 * @message: its IKE_SA_INIT message, whole, without the non-ESP marker (the
 *	one that was answered, after COOKIE or INVALID_KE_PAYLOAD)
 * @nonce: the *other* side's nonce
 * @id_body: the signer's ID payload without the generic header (&struct ike_id.body)
 * @intauth: what IKE_INTERMEDIATE exchanges add; empty without any
 * @out: points into @message, @nonce, @intauth and itself: do not copy or move
 *	it
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED, CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code keymat_auth_octets(uint16_t prf_id, const struct secret *sk_p,
				    struct span message, struct span nonce,
				    struct span id_body, struct span intauth,
				    struct auth_octets *out);

/**
 * keymat_auth_psk() - data of an AUTH payload of method 2, RFC 7296 2.15
 * @prf_id: enum ike_prf
 * @secret: the shared secret, not empty
 * @octets: what keymat_auth_octets() gave
 * @out: prf_len() octets; zeroed on failure
 *
 * To look at another's there is keymat_check_psk(). Return: CRYPTO_OK, CRYPTO_UNSUPPORTED,
 * CRYPTO_LENGTH or CRYPTO_INTERNAL.
 */
enum crypto_code keymat_auth_psk(uint16_t prf_id, const struct secret *secret,
				 const struct auth_octets *octets,
				 uint8_t out[PRF_MAX_LEN]);

/**
 * keymat_check_psk() - is that the data of an AUTH payload of method 2?
 * @prf_id: enum ike_prf
 * @secret: the shared secret, not empty
 * @octets: what keymat_auth_octets() gave, of the one who has sent it
 * @data: what it has sent, compared in constant time
 *
 * Return: CRYPTO_OK if it is; CRYPTO_FORGED if it is not; or as
 * keymat_auth_psk().
 */
enum crypto_code keymat_check_psk(uint16_t prf_id, const struct secret *secret,
				  const struct auth_octets *octets,
				  struct span data);

#endif /* BTNSD_CRYPTO_KEYMAT_H */
