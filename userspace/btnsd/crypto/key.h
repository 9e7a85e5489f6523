/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asymmetric keys: our own private one in its file, and public ones out of
 * CERT payloads. A peer is its SubjectPublicKeyInfo, and the short name of that
 * is its SHA-256. RSA of 2048 to 8192 bits, ECDSA on P-256 and P-384, Ed25519.
 */
#ifndef BTNSD_CRYPTO_KEY_H
#define BTNSD_CRYPTO_KEY_H

#include "crypto.h"

#define KEY_FINGERPRINT_LEN	32	/* octets: SHA-256 of the SubjectPublicKeyInfo */
#define KEY_SPKI_MAX		1200	/* octets of the longest SubjectPublicKeyInfo taken */
#define KEY_CERT_MAX		16384	/* octets of the longest certificate taken */
#define KEY_PEM_MAX		16384	/* octets of the longest private key file taken */
#define KEY_SECRET_MIN	16	/* octets of the shortest shared secret taken */
#define KEY_RSA_MIN_BITS	2048
#define KEY_RSA_MAX_BITS	8192
#define KEY_SIGNATURE_MAX	1024	/* octets of the longest signature: RSA of 8192 bits */

/** enum key_type - what kind of key */
enum key_type {
	KEY_RSA = 1,
	KEY_ECDSA_P256,
	KEY_ECDSA_P384,
	KEY_ED25519,
};

struct key;

/**
 * key_type_from_name() - a kind by the name used in the configuration
 * @name: "rsa" (3072 bits), "ecdsa" or "ecdsa-p256", "ecdsa-p384", "ed25519"
 * @type: the kind
 *
 * Return: CRYPTO_OK or CRYPTO_UNSUPPORTED.
 */
enum crypto_code key_type_from_name(const char *name, enum key_type *type);

/**
 * key_type_name() - a kind's name
 * @type: kind
 *
 * Return: constant string, one that key_type_from_name() takes.
 */
const char *key_type_name(enum key_type type);

/**
 * key_generate() - make a new private key
 * @type: its kind
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_code key_generate(enum key_type type, struct key **key);

/**
 * key_load() - read a private key from a PEM file (PKCS#8 or traditional, not encrypted)
 * @path: file; must be a regular file without any access for group and others
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: CRYPTO_OK; CRYPTO_FILE with errno (ENOENT: there is none yet);
 * CRYPTO_PERMISSION; CRYPTO_MALFORMED; CRYPTO_WEAK; CRYPTO_UNSUPPORTED;
 * CRYPTO_LENGTH; CRYPTO_INTERNAL.
 */
enum crypto_code key_load(const char *path, struct key **key);

/**
 * key_save() - write a private key to a new PEM file, PKCS#8, mode 0600
 * @key: private key
 * @path: file; must not exist
 *
 * The file appears whole or not at all (written beside, synced, linked into
 * place). Return: CRYPTO_OK; CRYPTO_EXISTS; CRYPTO_FILE with errno;
 * CRYPTO_MISMATCH for a public key; CRYPTO_INTERNAL.
 */
enum crypto_code key_save(const struct key *key, const char *path);

/**
 * key_from_pem_public() - read a public key from PEM text ("PUBLIC KEY")
 * @pem: text, at most KEY_PEM_MAX octets
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_from_spki().
 */
enum crypto_code key_from_pem_public(struct span pem, struct key **key);

/**
 * key_from_text() - read a public key as a configuration gives it
 * @text: PEM ("PUBLIC KEY"), or base64 of a SubjectPublicKeyInfo, in which
 *	white space is passed over; at most KEY_PEM_MAX octets
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_from_spki().
 */
enum crypto_code key_from_text(struct span text, struct key **key);

/* loads a private key, or its public half if the other is not for this process */
typedef enum crypto_code (*key_load_fn)(void *ctx, const char *path,
					struct key **key);

/**
 * key_load_by() - from now on let key_load() ask somebody else
 * @fn: as key_load(); NULL for files
 * @ctx: handed to @fn
 */
void key_load_by(key_load_fn fn, void *ctx);

/* loads a shared secret, or what stands for it if it is not for this process */
typedef enum crypto_code (*key_secret_load_fn)(void *ctx, const char *path,
					       struct secret *secret);

/**
 * key_secret_load_by() - from now on let key_secret_load() ask somebody else
 * @fn: as key_secret_load(); NULL for files
 * @ctx: handed to @fn
 */
void key_secret_load_by(key_secret_load_fn fn, void *ctx);

/**
 * key_secret_load() - read a shared secret from a file
 * @path: file; must be a regular file without any access for group and others
 * @secret: wiped by the caller; empty on failure. Text without the line end
 *	that it may have, or octets as hexadecimal digits behind "0x".
 *
 * Return: as key_load(); CRYPTO_WEAK for fewer than KEY_SECRET_MIN octets;
 * CRYPTO_LENGTH for more than SECRET_MAX; CRYPTO_MALFORMED for bad digits.
 */
enum crypto_code key_secret_load(const char *path, struct secret *secret);

/**
 * key_file_load() - read a file that need not be secret
 * @path: a regular file of at most @cap octets
 * @out: room
 * @cap: octets of it
 * @len: how many were read; 0 on failure
 *
 * Return: CRYPTO_OK; CRYPTO_FILE with errno; CRYPTO_LENGTH if it is longer.
 */
enum crypto_code key_file_load(const char *path, uint8_t *out, size_t cap,
			       size_t *len);

/**
 * key_from_spki() - public key out of a SubjectPublicKeyInfo (encoding 15)
 * @der: DER, nothing after it
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: CRYPTO_OK; CRYPTO_LENGTH; CRYPTO_MALFORMED (not DER in the one
 * canonical form, or octets after it); CRYPTO_WEAK; CRYPTO_UNSUPPORTED;
 * CRYPTO_INTERNAL.
 */
enum crypto_code key_from_spki(struct span der, struct key **key);

/**
 * key_from_rsa() - public key out of a PKCS#1 RSAPublicKey (encoding 11)
 * @der: DER, nothing after it
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_from_spki().
 */
enum crypto_code key_from_rsa(struct span der, struct key **key);

/**
 * key_from_cert() - public key out of an X.509 certificate (encoding 4)
 * @der: DER, nothing after it, at most KEY_CERT_MAX octets
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Nothing that the certificate says is believed: it only carries a key, whose
 * possession AUTH proves (RFC 5386 2). So no chain, date or name is looked at.
 * Return: as key_from_spki().
 */
enum crypto_code key_from_cert(struct span der, struct key **key);

/**
 * key_from_payload() - public key out of a CERT payload
 * @encoding: 4, 11 or 15 (enum ike_cert_encoding)
 * @data: the payload's data
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_from_spki(); CRYPTO_UNSUPPORTED for another encoding.
 */
enum crypto_code key_from_payload(uint8_t encoding, struct span data,
				  struct key **key);

/**
 * key_type() - what kind of key
 * @key: key
 *
 * Return: the kind.
 */
enum key_type key_type(const struct key *key);

/**
 * key_bits() - size of the key in bits
 * @key: key
 *
 * Return: bits of the modulus or of the field.
 */
unsigned int key_bits(const struct key *key);

/**
 * key_is_private() - may it sign?
 * @key: key
 *
 * Return: whether the private half is there.
 */
bool key_is_private(const struct key *key);

/**
 * key_spki() - the SubjectPublicKeyInfo, DER
 * @key: key
 *
 * Return: a span inside @key; what encoding 15 carries.
 */
struct span key_spki(const struct key *key);

/**
 * key_rsa() - the PKCS#1 RSAPublicKey, DER
 * @key: key
 *
 * Return: a span inside @key, what encoding 11 carries; empty when not RSA.
 */
struct span key_rsa(const struct key *key);

/**
 * key_fingerprint() - SHA-256 of the SubjectPublicKeyInfo
 * @key: key
 *
 * Return: KEY_FINGERPRINT_LEN octets inside @key.
 */
const uint8_t *key_fingerprint(const struct key *key);

/**
 * key_equal() - are two keys the same public key?
 * @a: key
 * @b: key
 *
 * Return: whether their SubjectPublicKeyInfo are the same octets.
 */
bool key_equal(const struct key *a, const struct key *b);

/**
 * key_free() - wipe and free a key
 * @key: key or NULL
 */
void key_free(struct key *key);

#endif /* BTNSD_CRYPTO_KEY_H */
