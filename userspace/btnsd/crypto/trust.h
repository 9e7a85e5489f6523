/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates that count: trust anchors of the configuration, and the chain
 * of a peer below one of them (RFC 5280, RFC 4945). cert.h is for certificates
 * that are only an envelope.
 */
#ifndef BTNSD_CRYPTO_TRUST_H
#define BTNSD_CRYPTO_TRUST_H

#include "key.h"

#define TRUST_FILE_MAX	(256 * 1024) /* octets of the longest file of certificates or CRLs */
#define TRUST_ANCHORS_MAX	16	/* trust anchors of one PAD entry */
#define TRUST_CHAIN_MAX	6	/* certificates of a peer that are looked at */
#define TRUST_HASH_LEN	20	/* octets by which CERTREQ names a trust anchor */

struct trust;

/**
 * struct trust_name - the name that a certificate must have
 * @type: enum ike_id_type
 * @data: as in the ID payload
 */
struct trust_name {
	uint16_t type;
	struct span data;
};

/**
 * struct trusted - a chain that is good
 * @key: of the end entity; owned by the caller
 * @cert: SHA-256 of its certificate
 * @anchor: SHA-256 of the trust anchor's certificate
 */
struct trusted {
	struct key *key;
	uint8_t cert[32];
	uint8_t anchor[32];
};

/**
 * trust_load() - read trust anchors
 * @ca: PEM file with certificates of CAs: those that no other in it has issued
 *	are the trust anchors, be they roots or not
 * @crl: PEM file with CRLs; NULL: none is asked for. With it, every issuer in
 *	a chain must have one in it that is not out of date. Nobody is asked
 *	whether a trust anchor that is no root was revoked.
 * @t: set, freed with trust_free(); NULL on failure
 * @why: on failure a sentence
 *
 * Return: CRYPTO_OK; CRYPTO_FILE with errno; CRYPTO_LENGTH, CRYPTO_MALFORMED,
 * CRYPTO_INTERNAL.
 */
enum crypto_code trust_load(const char *ca, const char *crl, struct trust **t,
			    const char **why);

/**
 * trust_verify() - is a peer's chain good, and is it of that name?
 * @t: trust anchors
 * @cert: certificates, DER, the end entity's first
 * @n: how many, 1 to TRUST_CHAIN_MAX
 * @name: what the peer asserts
 * @out: filled on success
 * @why: on failure a sentence; good until the next call
 *
 * Chain, dates, CRLs, strength; key usage and extended key usage as RFC 4945
 * 5.1.3 has them; the name must be in subjectAltName, or be the subject (RFC
 * 4301 4.4.3.2), octet by octet.
 *
 * Return: whether all of that is so.
 */
bool trust_verify(const struct trust *t, const struct span *cert,
		  unsigned int n, const struct trust_name *name,
		  struct trusted *out, const char **why);

/**
 * trust_hashes() - SHA-1 of each trust anchor's SubjectPublicKeyInfo
 * @t: trust anchors
 *
 * Return: what CERTREQ carries (RFC 7296 3.7), a span inside @t.
 */
struct span trust_hashes(const struct trust *t);

/**
 * trust_free() - free trust anchors
 * @t: trust anchors, or NULL
 */
void trust_free(struct trust *t);

/**
 * struct chain - our own certificates
 * @n: how many
 * @der: each one, allocated; the first is of our key
 */
struct chain {
	unsigned int n;
	struct span der[TRUST_CHAIN_MAX];
};

/**
 * chain_load() - read our certificate and those that it takes to verify it
 * @path: PEM file, our own certificate first
 * @c: filled; emptied with chain_free(); empty on failure
 * @why: on failure a sentence
 *
 * Return: CRYPTO_OK; CRYPTO_FILE with errno; CRYPTO_LENGTH, CRYPTO_MALFORMED,
 * CRYPTO_INTERNAL.
 */
enum crypto_code chain_load(const char *path, struct chain *c,
			    const char **why);

/**
 * chain_free() - free our certificates
 * @c: chain; empty afterwards
 */
void chain_free(struct chain *c);

#endif /* BTNSD_CRYPTO_TRUST_H */
