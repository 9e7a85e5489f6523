// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys in memory. A public key has exactly one SubjectPublicKeyInfo here: any
 * other encoding of it (explicit curve parameters, compressed points, BER) is
 * refused, or one key would have two fingerprints and so two identities.
 */
#include "btnsd/crypto/key.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "btnsd/crypto/cert.h"
#include "btnsd/crypto/key_pkey.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/ike/wire.h"

#define RSA_NEW_BITS	3072
#define RSA_E_MIN	65537	/* FIPS 186-4 B.3.1 */
#define RSA_E_MAX_BITS	64	/* what OpenSSL verifies with any modulus */
#define ED25519_LEN	32

struct key {
	EVP_PKEY *pkey;
	enum key_type type;
	bool private;
	size_t spki_len;
	uint8_t spki[KEY_SPKI_MAX];
	size_t rsa_len;
	uint8_t rsa[KEY_SPKI_MAX];
	uint8_t fingerprint[KEY_FINGERPRINT_LEN];
};

struct kind {
	enum key_type type;
	const char *name;
	const char *curve;	/* OpenSSL's name of it, or NULL */
	size_t spki_len;	/* of the one encoding we take; 0: it varies */
};

static const struct kind kinds[] = {
	{ KEY_RSA, "rsa", NULL, 0 },
	{ KEY_ECDSA_P256, "ecdsa-p256", "prime256v1", 91 },
	{ KEY_ECDSA_P384, "ecdsa-p384", "secp384r1", 120 },
	{ KEY_ED25519, "ed25519", NULL, 44 },
};

static const struct kind *find(enum key_type type)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

enum crypto_code key_type_from_name(const char *name, enum key_type *type)
{
	unsigned int i;

	if (!strcmp(name, "ecdsa")) {
		*type = KEY_ECDSA_P256;
		return CRYPTO_OK;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name))
			continue;
		*type = kinds[i].type;
		return CRYPTO_OK;
	}
	return CRYPTO_UNSUPPORTED;
}

const char *key_type_name(enum key_type type)
{
	const struct kind *k = find(type);

	return k ? k->name : "unknown";
}

static enum crypto_code check_rsa(EVP_PKEY *pkey)
{
	enum crypto_code code = CRYPTO_WEAK;
	BIGNUM *n = NULL, *e = NULL;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    BN_num_bits(n) >= KEY_RSA_MIN_BITS &&
	    BN_num_bits(n) <= KEY_RSA_MAX_BITS && BN_is_odd(n) && BN_is_odd(e) &&
	    BN_get_word(e) >= RSA_E_MIN && BN_num_bits(e) <= RSA_E_MAX_BITS)
		code = CRYPTO_OK;
	BN_free(n);
	BN_free(e);
	return code;
}

/*
 * With a point of small order as its key anybody can sign, so anybody would be
 * that peer. Such points, the sign bit aside: 0, 1, the two of order 8, -1, and
 * what is not below the field's prime.
 */
static enum crypto_code check_ed25519(EVP_PKEY *pkey)
{
	static const uint8_t small[][ED25519_LEN] = {
		{ 0 },
		{ 1 },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
		  0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		  0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
		  0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f,
		  0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		  0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
		  0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};
	uint8_t raw[ED25519_LEN];
	size_t len = sizeof(raw);
	unsigned int i;

	if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1 ||
	    len != sizeof(raw))
		return CRYPTO_MALFORMED;
	raw[ED25519_LEN - 1] &= 0x7f;
	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		if (!memcmp(raw, small[i], sizeof(raw)))
			return CRYPTO_WEAK;
	for (i = 1; i < ED25519_LEN; i++)
		if (raw[i] != (i == ED25519_LEN - 1 ? 0x7f : 0xff))
			return CRYPTO_OK;
	return raw[0] >= 0xec ? CRYPTO_WEAK : CRYPTO_OK;	/* -1 and above */
}

static enum crypto_code classify(struct key *key)
{
	char curve[64];
	unsigned int i;

	if (EVP_PKEY_is_a(key->pkey, "RSA")) {
		key->type = KEY_RSA;
		return check_rsa(key->pkey);
	}
	if (EVP_PKEY_is_a(key->pkey, "ED25519")) {
		key->type = KEY_ED25519;
		return check_ed25519(key->pkey);
	}
	if (!EVP_PKEY_is_a(key->pkey, "EC") ||
	    EVP_PKEY_get_group_name(key->pkey, curve, sizeof(curve), NULL) != 1)
		return CRYPTO_UNSUPPORTED;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!kinds[i].curve || strcmp(kinds[i].curve, curve))
			continue;
		key->type = kinds[i].type;
		return CRYPTO_OK;
	}
	return CRYPTO_UNSUPPORTED;
}

/* Encodes through @i2d, which allocates @der, into @to. */
static enum crypto_code keep(uint8_t *der, int len, uint8_t *to, size_t *to_len)
{
	enum crypto_code code = CRYPTO_OK;

	if (len <= 0 || !der)
		return CRYPTO_INTERNAL;
	if (len <= KEY_SPKI_MAX) {
		memcpy(to, der, (size_t)len);
		*to_len = (size_t)len;
	} else {
		code = CRYPTO_LENGTH;
	}
	OPENSSL_free(der);
	return code;
}

static enum crypto_code encode(struct key *key)
{
	const struct kind *k = find(key->type);
	enum crypto_code code;
	uint8_t *der = NULL;
	struct span spki;
	int len;

	len = i2d_PUBKEY(key->pkey, &der);
	code = keep(der, len, key->spki, &key->spki_len);
	if (code)
		return code;
	if (k->spki_len && k->spki_len != key->spki_len)
		return CRYPTO_MALFORMED;
	if (key->type == KEY_RSA) {
		der = NULL;
		len = i2d_PublicKey(key->pkey, &der);
		code = keep(der, len, key->rsa, &key->rsa_len);
		if (code)
			return code;
	}
	spki = key_spki(key);
	return hash_sha256(&spki, 1, key->fingerprint);
}

/* Makes a key of @pkey, which it owns from now on, also when it fails. */
static enum crypto_code adopt(EVP_PKEY *pkey, bool private, struct key **key)
{
	enum crypto_code code;
	struct key *k;

	*key = NULL;
	k = calloc(1, sizeof(*k));
	if (!k) {
		EVP_PKEY_free(pkey);
		return CRYPTO_INTERNAL;
	}
	k->pkey = pkey;
	k->private = private;
	code = classify(k);
	if (!code)
		code = encode(k);
	ERR_clear_error();
	if (code) {
		key_free(k);
		return code;
	}
	*key = k;
	return CRYPTO_OK;
}

enum crypto_code key_generate(enum key_type type, struct key **key)
{
	EVP_PKEY *pkey;

	*key = NULL;
	switch (type) {
	case KEY_RSA:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_NEW_BITS);
		break;
	case KEY_ECDSA_P256:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		break;
	case KEY_ECDSA_P384:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
		break;
	case KEY_ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	default:
		return CRYPTO_UNSUPPORTED;
	}
	return pkey ? adopt(pkey, true, key) : CRYPTO_INTERNAL;
}

/* The file's PEM is encrypted: there is nobody to ask for the password. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static enum crypto_code from_pem(struct span pem, bool private,
				 struct key **key)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	*key = NULL;
	if (!pem.len || pem.len > KEY_PEM_MAX)
		return CRYPTO_LENGTH;
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (bio)
		pkey = private ? PEM_read_bio_PrivateKey(bio, NULL, no_password,
							 NULL) :
				 PEM_read_bio_PUBKEY(bio, NULL, no_password,
						     NULL);
	BIO_free(bio);
	ERR_clear_error();
	return pkey ? adopt(pkey, private, key) : CRYPTO_MALFORMED;
}

enum crypto_code key_from_pem_private(struct span pem, struct key **key)
{
	return from_pem(pem, true, key);
}

enum crypto_code key_to_pem_private(const struct key *key, struct secret_pem *pem)
{
	enum crypto_code code = CRYPTO_INTERNAL;
	char *text = NULL;
	BIO *bio;
	long len;

	pem->len = 0;
	if (!key->private)
		return CRYPTO_MISMATCH;
	bio = BIO_new(BIO_s_secmem());
	if (bio && PEM_write_bio_PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL,
					    NULL) == 1) {
		len = BIO_get_mem_data(bio, &text);
		if (len > 0 && (size_t)len <= sizeof(pem->text)) {
			memcpy(pem->text, text, (size_t)len);
			pem->len = (size_t)len;
			code = CRYPTO_OK;
		}
	}
	BIO_free(bio);
	ERR_clear_error();
	return code;
}

enum crypto_code key_from_pem_public(struct span pem, struct key **key)
{
	return from_pem(pem, false, key);
}

/* Octets of base64 without its white space; 0 if it is none, or too long. */
static size_t from_base64(struct span text, uint8_t out[KEY_SPKI_MAX])
{
	uint8_t clean[KEY_SPKI_MAX / 3 * 4], all[KEY_SPKI_MAX];
	size_t i, n = 0, fill = 0;
	int len;

	for (i = 0; i < text.len; i++) {
		if (isspace(text.data[i]))
			continue;
		if (n == sizeof(clean))
			return 0;
		clean[n++] = text.data[i];
	}
	while (fill < n && fill < 2 && clean[n - 1 - fill] == '=')
		fill++;
	/* OpenSSL counts the octets that the filling stands for */
	len = n && n % 4 == 0 ? EVP_DecodeBlock(all, clean, (int)n) : -1;
	ERR_clear_error();
	if (len <= (int)fill)
		return 0;
	memcpy(out, all, (size_t)len - fill);
	return (size_t)len - fill;
}

enum crypto_code key_from_text(struct span text, struct key **key)
{
	uint8_t der[KEY_SPKI_MAX];
	size_t len;

	*key = NULL;
	if (!text.len || text.len > KEY_PEM_MAX)
		return CRYPTO_LENGTH;
	if (memmem(text.data, text.len, "-----BEGIN", 10))
		return key_from_pem_public(text, key);
	len = from_base64(text, der);
	return len ? key_from_spki(span(der, len), key) : CRYPTO_MALFORMED;
}

/* The key must say again exactly what it was read from. */
static enum crypto_code canonical(struct key **key, struct span again,
				  struct span der)
{
	if (span_equal(again, der))
		return CRYPTO_OK;
	key_free(*key);
	*key = NULL;
	return CRYPTO_MALFORMED;
}

/*
 * What every SubjectPublicKeyInfo of a kind begins with, and how long it is:
 * checked before OpenSSL sees it, so that its decoders of other forms and of
 * curves made up by a peer are never reached.
 */
static const struct spki_form {
	size_t len;		/* 0: it varies */
	size_t at;		/* where the octets stand */
	size_t octets_len;
	uint8_t octets[24];
} spki_forms[] = {
	{ 91, 0, 24, { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
		       0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
		       0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03 } },
	{ 120, 0, 24, { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
			0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
			0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04 } },
	{ 44, 0, 12, { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65,
		       0x70, 0x03, 0x21, 0x00 } },
	{ 0, 4, 15, { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		      0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 } },
	/* RSA too short for a length of two octets: to be called weak */
	{ 0, 3, 15, { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		      0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 } },
};

static enum crypto_code check_spki_form(struct span der)
{
	unsigned int i;

	if (der.len < 2 || der.data[0] != 0x30)
		return CRYPTO_MALFORMED;
	for (i = 0; i < sizeof(spki_forms) / sizeof(spki_forms[0]); i++) {
		const struct spki_form *f = &spki_forms[i];
		struct span at;
		struct rbuf r;

		rbuf_init(&r, der);
		if ((!f->len || f->len == der.len) &&
		    rbuf_span(&r, f->at, &at) &&
		    rbuf_span(&r, f->octets_len, &at) &&
		    span_equal(at, span(f->octets, f->octets_len)))
			return CRYPTO_OK;
	}
	return CRYPTO_UNSUPPORTED;
}

enum crypto_code key_from_spki(struct span der, struct key **key)
{
	const uint8_t *p = der.data;
	enum crypto_code code;
	EVP_PKEY *pkey;

	*key = NULL;
	if (!der.len || der.len > KEY_SPKI_MAX)
		return CRYPTO_LENGTH;
	code = check_spki_form(der);
	if (code)
		return code;
	pkey = d2i_PUBKEY(NULL, &p, (long)der.len);
	ERR_clear_error();
	if (!pkey)
		return CRYPTO_MALFORMED;
	code = adopt(pkey, false, key);
	return code ? code : canonical(key, key_spki(*key), der);
}

enum crypto_code key_from_rsa(struct span der, struct key **key)
{
	const uint8_t *p = der.data;
	enum crypto_code code;
	EVP_PKEY *pkey;

	*key = NULL;
	if (!der.len || der.len > KEY_SPKI_MAX)
		return CRYPTO_LENGTH;
	pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.len);
	ERR_clear_error();
	if (!pkey)
		return CRYPTO_MALFORMED;
	code = adopt(pkey, false, key);
	return code ? code : canonical(key, key_rsa(*key), der);
}

enum crypto_code key_from_cert(struct span der, struct key **key)
{
	enum crypto_code code;
	struct span spki;

	*key = NULL;
	if (!der.len || der.len > KEY_CERT_MAX)
		return CRYPTO_LENGTH;
	code = cert_spki(der, &spki);
	return code ? code : key_from_spki(spki, key);
}

enum crypto_code key_from_payload(uint8_t encoding, struct span data,
				  struct key **key)
{
	*key = NULL;
	switch (encoding) {
	case IKE_CERT_X509_SIGNATURE:
		return key_from_cert(data, key);
	case IKE_CERT_RAW_RSA:
		return key_from_rsa(data, key);
	case IKE_CERT_RAW_KEY:
		return key_from_spki(data, key);
	default:
		return CRYPTO_UNSUPPORTED;
	}
}

enum key_type key_type(const struct key *key)
{
	return key->type;
}

unsigned int key_bits(const struct key *key)
{
	int bits = EVP_PKEY_get_bits(key->pkey);

	return bits > 0 ? (unsigned int)bits : 0;
}

bool key_is_private(const struct key *key)
{
	return key->private;
}

struct span key_spki(const struct key *key)
{
	return span(key->spki, key->spki_len);
}

struct span key_rsa(const struct key *key)
{
	return span(key->rsa, key->rsa_len);
}

const uint8_t *key_fingerprint(const struct key *key)
{
	return key->fingerprint;
}

bool key_equal(const struct key *a, const struct key *b)
{
	return span_equal(key_spki(a), key_spki(b));
}

EVP_PKEY *key_pkey(const struct key *key)
{
	return key->pkey;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	wipe(key, sizeof(*key));
	free(key);
}
