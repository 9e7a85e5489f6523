// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures of AUTH. AlgorithmIdentifiers are compared octet for octet with
 * the forms that the RFCs give: there is no ASN.1 parser to fool, and what is
 * not in the table is not accepted.
 */
#include "btnsd/crypto/sig.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "btnsd/crypto/key_pkey.h"
#include "btnsd/ike/wire.h"

#define MAX_SIGNED	(128 * 1024)	/* octets that one signature covers */
#define DER_SEQUENCE	0x30

struct algorithm {
	const char *name;
	const char *digest;	/* OpenSSL's name; NULL: the algorithm has its own */
	uint8_t hash;		/* enum ike_sig_hash */
	bool pss;
};

static const struct algorithm algorithms[SIG_COUNT] = {
	[SIG_NONE] = { "none", NULL, 0, false },
	[SIG_RSA_SHA256] = { "RSA-SHA2-256", "SHA256", IKE_HASH_SHA2_256, false },
	[SIG_RSA_SHA384] = { "RSA-SHA2-384", "SHA384", IKE_HASH_SHA2_384, false },
	[SIG_RSA_SHA512] = { "RSA-SHA2-512", "SHA512", IKE_HASH_SHA2_512, false },
	[SIG_RSA_PSS_SHA256] = { "RSA-PSS-SHA2-256", "SHA256", IKE_HASH_SHA2_256, true },
	[SIG_RSA_PSS_SHA384] = { "RSA-PSS-SHA2-384", "SHA384", IKE_HASH_SHA2_384, true },
	[SIG_RSA_PSS_SHA512] = { "RSA-PSS-SHA2-512", "SHA512", IKE_HASH_SHA2_512, true },
	[SIG_ECDSA_SHA256] = { "ECDSA-SHA2-256", "SHA256", IKE_HASH_SHA2_256, false },
	[SIG_ECDSA_SHA384] = { "ECDSA-SHA2-384", "SHA384", IKE_HASH_SHA2_384, false },
	[SIG_ECDSA_SHA512] = { "ECDSA-SHA2-512", "SHA512", IKE_HASH_SHA2_512, false },
	[SIG_ED25519] = { "Ed25519", NULL, IKE_HASH_IDENTITY, false },
};

/* A form in which an AlgorithmIdentifier comes; we send the first of each. */
struct form {
	enum sig_alg alg;
	uint8_t len;
	uint8_t der[80];
};

#define OID_PKCS1	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01
#define OID_ECDSA_SHA2	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03
#define OID_SHA2	0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02

/* sha*WithRSAEncryption; without its NULL it must be taken too (RFC 4055 5). */
#define RSA_FORM(alg, last) \
	{ alg, 15, { 0x30, 0x0d, 0x06, 0x09, OID_PKCS1, last, 0x05, 0x00 } }, \
	{ alg, 13, { 0x30, 0x0b, 0x06, 0x09, OID_PKCS1, last } }

/* id-RSASSA-PSS; the hashes with or without their NULL (RFC 4055 2.1). */
#define PSS_FORM(alg, last, salt) \
	{ alg, 67, { 0x30, 0x41, 0x06, 0x09, OID_PKCS1, 0x0a, 0x30, 0x34, \
		0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, OID_SHA2, last, 0x05, 0x00, \
		0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, OID_PKCS1, 0x08, \
		0x30, 0x0d, 0x06, 0x09, OID_SHA2, last, 0x05, 0x00, \
		0xa2, 0x03, 0x02, 0x01, salt } }, \
	{ alg, 63, { 0x30, 0x3d, 0x06, 0x09, OID_PKCS1, 0x0a, 0x30, 0x30, \
		0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x09, OID_SHA2, last, \
		0xa1, 0x1a, 0x30, 0x18, 0x06, 0x09, OID_PKCS1, 0x08, \
		0x30, 0x0b, 0x06, 0x09, OID_SHA2, last, \
		0xa2, 0x03, 0x02, 0x01, salt } }

#define ECDSA_FORM(alg, last) \
	{ alg, 12, { 0x30, 0x0a, 0x06, 0x08, OID_ECDSA_SHA2, last } }

static const struct form forms[] = {
	RSA_FORM(SIG_RSA_SHA256, 0x0b),
	RSA_FORM(SIG_RSA_SHA384, 0x0c),
	RSA_FORM(SIG_RSA_SHA512, 0x0d),
	PSS_FORM(SIG_RSA_PSS_SHA256, 0x01, 0x20),
	PSS_FORM(SIG_RSA_PSS_SHA384, 0x02, 0x30),
	PSS_FORM(SIG_RSA_PSS_SHA512, 0x03, 0x40),
	ECDSA_FORM(SIG_ECDSA_SHA256, 0x02),
	ECDSA_FORM(SIG_ECDSA_SHA384, 0x03),
	ECDSA_FORM(SIG_ECDSA_SHA512, 0x04),
	{ SIG_ED25519, 7, { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 } },
};

/* Object identifiers that name SHA-1, with tag and length. */
static const struct {
	uint8_t len;
	uint8_t der[12];
} sha1_oids[] = {
	{ 11, { 0x06, 0x09, OID_PKCS1, 0x05 } },	/* sha1WithRSAEncryption */
	{ 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01 } }, /* ecdsa-with-SHA1 */
	{ 9, { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03 } }, /* dsa-with-sha1 */
	{ 7, { 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a } },	/* id-sha1, in PSS */
};

/* RSASSA-PSS without parameters: SHA-1 by default (RFC 4055 3.1). */
static const uint8_t pss_default[] = {
	0x30, 0x0d, 0x06, 0x09, OID_PKCS1, 0x0a, 0x30, 0x00,
};

static const uint16_t our_hashes[] = {
	IKE_HASH_SHA2_256,
	IKE_HASH_SHA2_384,
	IKE_HASH_SHA2_512,
	IKE_HASH_IDENTITY,
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

uint32_t sig_hashes(void)
{
	uint32_t set = 0;
	unsigned int i;

	for (i = 0; i < COUNT(our_hashes); i++)
		set |= SIG_HASH_BIT(our_hashes[i]);
	return set;
}

void sig_hashes_write(struct wbuf *w)
{
	unsigned int i;

	for (i = 0; i < COUNT(our_hashes); i++)
		wbuf_u16(w, our_hashes[i]);
}

enum crypto_code sig_hashes_read(struct span data, uint32_t *hashes)
{
	uint32_t set = 0;
	struct rbuf r;
	uint16_t hash;

	*hashes = 0;
	if (!data.len || data.len % 2)
		return CRYPTO_LENGTH;
	rbuf_init(&r, data);
	while (rbuf_u16(&r, &hash))
		if (hash < 32)
			set |= SIG_HASH_BIT(hash);
	*hashes = set & sig_hashes();
	return CRYPTO_OK;
}

/* Best first; ends with SIG_NONE. */
static const enum sig_alg *preferences(enum key_type type)
{
	static const enum sig_alg rsa[] = {
		SIG_RSA_SHA256, SIG_RSA_SHA512, SIG_RSA_SHA384, SIG_NONE,
	};
	static const enum sig_alg p256[] = {
		SIG_ECDSA_SHA256, SIG_ECDSA_SHA384, SIG_ECDSA_SHA512, SIG_NONE,
	};
	static const enum sig_alg p384[] = {
		SIG_ECDSA_SHA384, SIG_ECDSA_SHA512, SIG_ECDSA_SHA256, SIG_NONE,
	};
	static const enum sig_alg ed25519[] = { SIG_ED25519, SIG_NONE };
	static const enum sig_alg none[] = { SIG_NONE };

	switch (type) {
	case KEY_RSA:
		return rsa;
	case KEY_ECDSA_P256:
		return p256;
	case KEY_ECDSA_P384:
		return p384;
	case KEY_ED25519:
		return ed25519;
	default:
		return none;
	}
}

enum crypto_code sig_pick(const struct key *key, uint32_t hashes, enum sig_alg *alg)
{
	const enum sig_alg *p;

	for (p = preferences(key_type(key)); *p; p++) {
		*alg = *p;
		if (hashes & SIG_HASH_BIT(algorithms[*p].hash))
			return CRYPTO_OK;
	}
	*alg = SIG_NONE;
	return CRYPTO_MISMATCH;
}

enum sig_alg sig_as_pss(enum sig_alg alg)
{
	switch (alg) {
	case SIG_RSA_SHA256:
		return SIG_RSA_PSS_SHA256;
	case SIG_RSA_SHA384:
		return SIG_RSA_PSS_SHA384;
	case SIG_RSA_SHA512:
		return SIG_RSA_PSS_SHA512;
	default:
		return alg;
	}
}

bool sig_is_pss(enum sig_alg alg)
{
	return (unsigned int)alg < SIG_COUNT && algorithms[alg].pss;
}

const char *sig_alg_name(enum sig_alg alg)
{
	if ((unsigned int)alg >= SIG_COUNT)
		return "unknown";
	return algorithms[alg].name;
}

static bool fits(enum sig_alg alg, enum key_type type)
{
	switch (alg) {
	case SIG_RSA_SHA256:
	case SIG_RSA_SHA384:
	case SIG_RSA_SHA512:
	case SIG_RSA_PSS_SHA256:
	case SIG_RSA_PSS_SHA384:
	case SIG_RSA_PSS_SHA512:
		return type == KEY_RSA;
	case SIG_ECDSA_SHA256:
	case SIG_ECDSA_SHA384:
	case SIG_ECDSA_SHA512:
		return type == KEY_ECDSA_P256 || type == KEY_ECDSA_P384;
	case SIG_ED25519:
		return type == KEY_ED25519;
	default:
		return false;
	}
}

/* The parts in one piece, as Ed25519 wants it; wiped and freed by the caller. */
static enum crypto_code gather(const struct span *parts, unsigned int n,
			       uint8_t **all, size_t *len)
{
	size_t total = 0;
	unsigned int i;
	struct wbuf w;

	*all = NULL;
	*len = 0;
	for (i = 0; i < n; i++) {
		if (parts[i].len > MAX_SIGNED - total)
			return CRYPTO_LENGTH;
		total += parts[i].len;
	}
	*all = malloc(total + 1);
	if (!*all)
		return CRYPTO_INTERNAL;
	*len = total;
	wbuf_init(&w, *all, total);
	for (i = 0; i < n; i++)
		wbuf_span(&w, parts[i]);
	return CRYPTO_OK;
}

/* A context for one operation; @sign or verify. NULL when OpenSSL fails. */
static EVP_MD_CTX *start(EVP_PKEY *pkey, enum sig_alg alg, bool sign)
{
	const struct algorithm *a = &algorithms[alg];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	ok = ctx && (sign ? EVP_DigestSignInit_ex(ctx, &pctx, a->digest, NULL,
						  NULL, pkey, NULL) :
			    EVP_DigestVerifyInit_ex(ctx, &pctx, a->digest, NULL,
						    NULL, pkey, NULL)) == 1;
	if (ok && a->pss)
		ok = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx,
						      RSA_PSS_SALTLEN_DIGEST) == 1;
	if (ok)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static enum crypto_code verify(EVP_PKEY *pkey, enum sig_alg alg, struct span sig,
			       const uint8_t *data, size_t len)
{
	EVP_MD_CTX *ctx = start(pkey, alg, false);
	enum crypto_code code = CRYPTO_FORGED;

	if (!ctx)
		code = CRYPTO_INTERNAL;
	else if (EVP_DigestVerify(ctx, sig.data, sig.len, data, len) == 1)
		code = CRYPTO_OK;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return code;
}

/* Signs, and checks: a fault while signing could give the key away. */
static enum crypto_code sign(EVP_PKEY *pkey, enum sig_alg alg,
			     const uint8_t *data, size_t len, uint8_t *sig,
			     size_t *sig_len)
{
	EVP_MD_CTX *ctx = start(pkey, alg, true);
	bool ok;

	ok = ctx && EVP_DigestSign(ctx, sig, sig_len, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok && !verify(pkey, alg, span(sig, *sig_len), data, len) ?
		CRYPTO_OK : CRYPTO_INTERNAL;
}

static const struct form *form_of(enum sig_alg alg)
{
	unsigned int i;

	for (i = 0; i < COUNT(forms); i++)
		if (forms[i].alg == alg)
			return &forms[i];
	return NULL;
}

enum crypto_code sig_sign(const struct key *key, enum sig_alg alg,
			  const struct span *parts, unsigned int n, struct wbuf *w)
{
	const struct form *f = form_of(alg);
	uint8_t sig[KEY_SIGNATURE_MAX];
	size_t len, sig_len = sizeof(sig);
	enum crypto_code code;
	uint8_t *data;

	if (!f || !key_is_private(key) || !fits(alg, key_type(key)))
		return CRYPTO_MISMATCH;
	code = gather(parts, n, &data, &len);
	if (!code)
		code = sign(key_pkey(key), alg, data, len, sig, &sig_len);
	/* of SK_p there is a MAC in it */
	wipe(data, len);
	free(data);
	if (code)
		return code;
	wbuf_u8(w, f->len);
	wbuf_bytes(w, f->der, f->len);
	wbuf_bytes(w, sig, sig_len);
	return w->failed ? CRYPTO_LENGTH : CRYPTO_OK;
}

static bool names_sha1(struct span der)
{
	unsigned int i;

	for (i = 0; i < COUNT(sha1_oids); i++)
		if (memmem(der.data, der.len, sha1_oids[i].der, sha1_oids[i].len))
			return true;
	return span_equal(der, span(pss_default, sizeof(pss_default)));
}

static enum crypto_code identify(struct span der, enum sig_alg *alg)
{
	unsigned int i;

	for (i = 0; i < COUNT(forms); i++) {
		if (!span_equal(der, span(forms[i].der, forms[i].len)))
			continue;
		*alg = forms[i].alg;
		return CRYPTO_OK;
	}
	if (der.len < 4 || der.data[0] != DER_SEQUENCE ||
	    der.data[1] != der.len - 2)
		return CRYPTO_MALFORMED;
	return names_sha1(der) ? CRYPTO_WEAK : CRYPTO_UNSUPPORTED;
}

enum crypto_code sig_verify(const struct key *key, uint32_t hashes,
			    struct span auth, const struct span *parts,
			    unsigned int n, enum sig_alg *alg)
{
	enum sig_alg a = SIG_NONE;
	struct span der, sig;
	enum crypto_code code;
	uint8_t der_len;
	uint8_t *data;
	struct rbuf r;
	size_t len;

	if (alg)
		*alg = SIG_NONE;
	rbuf_init(&r, auth);
	if (!rbuf_u8(&r, &der_len) || !rbuf_span(&r, der_len, &der))
		return CRYPTO_MALFORMED;
	sig = rbuf_rest(&r);
	if (!sig.len || sig.len > KEY_SIGNATURE_MAX)
		return CRYPTO_MALFORMED;
	code = identify(der, &a);
	if (code)
		return code;
	if (alg)
		*alg = a;
	if (!(hashes & SIG_HASH_BIT(algorithms[a].hash)))
		return CRYPTO_UNSUPPORTED;
	if (!fits(a, key_type(key)))
		return CRYPTO_MISMATCH;
	code = gather(parts, n, &data, &len);
	if (!code)
		code = verify(key_pkey(key), a, sig, data, len);
	wipe(data, len);
	free(data);
	return code;
}
