// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL's verifier does chains, dates and CRLs. Here are the limits before
 * it, and after it what IKE asks of an end entity's certificate.
 */
#include "btnsd/crypto/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "btnsd/crypto/prf.h"
#include "btnsd/ike/wire.h"

/* certificates between the end entity and the trust anchor, at most */
#define DEPTH_MAX	4
/* OpenSSL's scale: 112 bits, so neither SHA-1 nor short RSA */
#define AUTH_LEVEL	2

/**
 * struct trust - what is trusted
 * @store: the trust anchors: CAs of the file that no other CA there has issued
 * @cas: all CAs of the file
 * @n: how many
 * @hashes: of their keys
 */
struct trust {
	X509_STORE *store;
	struct stack_st_X509 *cas;
	unsigned int n;
	uint8_t hashes[TRUST_ANCHORS_MAX * TRUST_HASH_LEN];
};

/* ---- files ------------------------------------------------------------- */

/* The text of a PEM file to read from; NULL, and @code and @why say why. */
static BIO *open_pem(const char *path, uint8_t **text, enum crypto_code *code,
		     const char **why)
{
	size_t len;
	BIO *bio;

	*why = "out of memory";
	*code = CRYPTO_INTERNAL;
	*text = malloc(TRUST_FILE_MAX);
	if (!*text)
		return NULL;
	*code = key_file_load(path, *text, TRUST_FILE_MAX, &len);
	if (*code) {
		*why = *code == CRYPTO_FILE ? strerror(errno) :
					      "it is too long";
		return NULL;
	}
	bio = BIO_new_mem_buf(*text, (int)len);
	*code = bio ? CRYPTO_OK : CRYPTO_INTERNAL;
	return bio;
}

/* Did reading end where the file ends, and not at something broken? */
static bool at_end(void)
{
	unsigned long e = ERR_peek_last_error();
	bool end = ERR_GET_LIB(e) == ERR_LIB_PEM &&
		   ERR_GET_REASON(e) == PEM_R_NO_START_LINE;

	ERR_clear_error();
	return end;
}

/* a certificate on a list, which has it then as well */
static bool keep_ref(struct stack_st_X509 *list, X509 *x)
{
	if (!X509_up_ref(x))
		return false;
	if (sk_X509_push(list, x) > 0)
		return true;
	X509_free(x);
	return false;
}

static bool add_ca(struct trust *t, X509 *x)
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	struct span spki = span(der, len > 0 ? (size_t)len : 0);
	bool ok;

	ok = spki.len && t->n < TRUST_ANCHORS_MAX && X509_check_ca(x) == 1 &&
	     hash_sha1_nat(&spki, 1, t->hashes + t->n * TRUST_HASH_LEN) ==
		     CRYPTO_OK &&
	     keep_ref(t->cas, x);
	OPENSSL_free(der);
	t->n += ok;
	return ok;
}

static bool is_root(X509 *x)
{
	return X509_get_extension_flags(x) & EXFLAG_SS;
}

/* is there a CA above it in the file? */
static bool has_issuer(const struct trust *t, X509 *x)
{
	bool found = false;
	X509 *ca;
	int i;

	for (i = 0; !found && !is_root(x) && i < sk_X509_num(t->cas); i++) {
		ca = sk_X509_value(t->cas, i);
		found = X509_check_issued(ca, x) == X509_V_OK &&
			X509_verify(x, X509_get0_pubkey(ca)) == 1;
	}
	return found;
}

/*
 * What is highest is the anchor, a root or not. A sub-CA whose issuer is there
 * is none: that could revoke it.
 */
static enum crypto_code set_anchors(struct trust *t, const char **why)
{
	unsigned int n = 0;
	X509 *x;
	int i;

	for (i = 0; i < sk_X509_num(t->cas); i++) {
		x = sk_X509_value(t->cas, i);
		if (has_issuer(t, x))
			continue;
		if (!X509_STORE_add_cert(t->store, x))
			return CRYPTO_INTERNAL;
		n++;
	}
	*why = "each of its CAs was issued by another of them";
	return n ? CRYPTO_OK : CRYPTO_MALFORMED;
}

static enum crypto_code load_cas(struct trust *t, const char *path,
				 const char **why)
{
	enum crypto_code code;
	uint8_t *text;
	BIO *bio = open_pem(path, &text, &code, why);
	X509 *x;

	while (!code && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (!add_ca(t, x)) {
			code = CRYPTO_MALFORMED;
			*why = "one of its certificates is not of a CA, or there are more than 16";
		}
		X509_free(x);
	}
	if (!code && (!at_end() || !t->n)) {
		code = CRYPTO_MALFORMED;
		*why = "it has no certificate in PEM, or one that cannot be read";
	}
	BIO_free(bio);
	free(text);
	return code ? code : set_anchors(t, why);
}

static enum crypto_code load_crls(struct trust *t, const char *path,
				  const char **why)
{
	unsigned int n = 0;
	enum crypto_code code;
	uint8_t *text;
	BIO *bio = open_pem(path, &text, &code, why);
	X509_CRL *crl;

	while (!code && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
		if (!X509_STORE_add_crl(t->store, crl))
			code = CRYPTO_INTERNAL;
		X509_CRL_free(crl);
		n++;
	}
	if (!code && (!at_end() || !n)) {
		code = CRYPTO_MALFORMED;
		*why = "it has no CRL in PEM, or one that cannot be read";
	}
	BIO_free(bio);
	free(text);
	return code;
}

enum crypto_code trust_load(const char *ca, const char *crl, struct trust **t,
			    const char **why)
{
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	struct trust *new = calloc(1, sizeof(*new));
	enum crypto_code code = CRYPTO_INTERNAL;
	int err;

	*t = NULL;
	*why = "out of memory";
	if (new) {
		new->store = X509_STORE_new();
		new->cas = sk_X509_new_null();
	}
	if (new && new->store && new->cas) {
		code = load_cas(new, ca, why);
		if (!code && crl) {
			flags |= X509_V_FLAG_CRL_CHECK |
				 X509_V_FLAG_CRL_CHECK_ALL;
			code = load_crls(new, crl, why);
		}
		X509_STORE_set_flags(new->store, flags);
		X509_STORE_set_depth(new->store, DEPTH_MAX);
	}
	err = errno;
	ERR_clear_error();
	if (code) {
		trust_free(new);
		errno = err;
		return code;
	}
	*t = new;
	return CRYPTO_OK;
}

struct span trust_hashes(const struct trust *t)
{
	return span(t->hashes, t->n * TRUST_HASH_LEN);
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	sk_X509_pop_free(t->cas, X509_free);
	free(t);
}

/* ---- a peer's chain ---------------------------------------------------- */

static X509 *parse(struct span der)
{
	const uint8_t *p = der.data;
	X509 *x;

	if (!der.len || der.len > KEY_CERT_MAX)
		return NULL;
	x = d2i_X509(NULL, &p, (long)der.len);
	if (x && p == der.data + der.len)
		return x;
	X509_free(x);
	return NULL;
}

static bool same(const ASN1_STRING *s, struct span data)
{
	return span_equal(span(ASN1_STRING_get0_data(s),
			       (size_t)ASN1_STRING_length(s)), data);
}

static bool general_name_is(const GENERAL_NAME *g, const struct trust_name *name)
{
	switch (name->type) {
	case IKE_ID_FQDN:
		return g->type == GEN_DNS && same(g->d.dNSName, name->data);
	case IKE_ID_RFC822_ADDR:
		return g->type == GEN_EMAIL && same(g->d.rfc822Name, name->data);
	case IKE_ID_IPV4_ADDR:
	case IKE_ID_IPV6_ADDR:
		return g->type == GEN_IPADD && same(g->d.iPAddress, name->data);
	default:
		return false;
	}
}

static bool has_name(X509 *x, const struct trust_name *name)
{
	GENERAL_NAMES *names;
	bool found = false;
	uint8_t *der = NULL;
	int i, len;

	if (name->type == IKE_ID_DER_ASN1_DN) {
		len = i2d_X509_NAME(X509_get_subject_name(x), &der);
		found = len > 0 && span_equal(span(der, (size_t)len), name->data);
		OPENSSL_free(der);
		return found;
	}
	names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
		found = general_name_is(sk_GENERAL_NAME_value(names, i), name);
	GENERAL_NAMES_free(names);
	return found;
}

/* id-kp-ipsecIKE or anyExtendedKeyUsage, if there is such an extension */
static bool usage_ok(X509 *x)
{
	const uint32_t sign = X509v3_KU_DIGITAL_SIGNATURE |
			      X509v3_KU_NON_REPUDIATION;
	EXTENDED_KEY_USAGE *eku;
	int i, nid, crit = -1;
	bool ok;

	if (!(X509_get_key_usage(x) & sign))
		return false;
	eku = X509_get_ext_d2i(x, NID_ext_key_usage, &crit, NULL);
	if (!eku)
		return crit == -1;	/* there is none; else it is bad */
	for (ok = false, i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
		nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i));
		ok = ok || nid == NID_ipsec_IKE ||
		     nid == NID_anyExtendedKeyUsage;
	}
	EXTENDED_KEY_USAGE_free(eku);
	return ok;
}

static bool digest(X509 *x, uint8_t out[32])
{
	unsigned int len = 0;

	return X509_digest(x, EVP_sha256(), out, &len) == 1 && len == 32;
}

/*
 * Who could revoke a trust anchor that is no root is not trusted: OpenSSL asks
 * for a CRL all the same. A root has one of its own.
 */
static int spare_anchor(int ok, X509_STORE_CTX *ctx)
{
	struct stack_st_X509 *chain = X509_STORE_CTX_get0_chain(ctx);
	int last = sk_X509_num(chain) - 1;
	int err = X509_STORE_CTX_get_error(ctx);
	bool crl = X509_STORE_CTX_get0_current_crl(ctx) ||
		   err == X509_V_ERR_UNABLE_TO_GET_CRL;

	if (ok || !crl || X509_STORE_CTX_get_error_depth(ctx) != last ||
	    is_root(sk_X509_value(chain, last)))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static bool verify(const struct trust *t, X509 *leaf, struct stack_st_X509 *others,
		   struct trusted *out, const char **why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct stack_st_X509 *chain;
	bool ok = false;

	*why = "out of memory";
	if (ctx && X509_STORE_CTX_init(ctx, t->store, leaf, others)) {
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx),
						 AUTH_LEVEL);
		X509_STORE_CTX_set_verify_cb(ctx, spare_anchor);
		ok = X509_verify_cert(ctx) == 1;
		*why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	}
	chain = ok ? X509_STORE_CTX_get0_chain(ctx) : NULL;
	ok = ok && digest(leaf, out->cert) &&
	     digest(sk_X509_value(chain, sk_X509_num(chain) - 1), out->anchor);
	X509_STORE_CTX_free(ctx);
	return ok;
}

bool trust_verify(const struct trust *t, const struct span *cert,
		  unsigned int n, const struct trust_name *name,
		  struct trusted *out, const char **why)
{
	struct stack_st_X509 *others = sk_X509_new_null();
	bool ok = n >= 1 && n <= TRUST_CHAIN_MAX && others;
	X509 *leaf, *x;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	*why = "it sent no certificate, or more than 6";
	if (ok)
		*why = "a certificate is malformed or too long";
	leaf = ok ? parse(cert[0]) : NULL;
	ok = leaf;
	for (i = 1; ok && i < n; i++) {
		x = parse(cert[i]);
		ok = x && sk_X509_push(others, x) > 0;
		if (!ok)
			X509_free(x);
	}
	/* what the file has between its anchors and the peer it need not send */
	for (i = 0; ok && i < t->n; i++)
		ok = keep_ref(others, sk_X509_value(t->cas, (int)i));
	ok = ok && verify(t, leaf, others, out, why);
	if (ok && !usage_ok(leaf)) {
		*why = "it is not for signing, or not for IKE: see its key usages";
		ok = false;
	}
	if (ok && !has_name(leaf, name)) {
		*why = "the asserted identity is neither in subjectAltName nor the subject";
		ok = false;
	}
	if (ok && key_from_cert(cert[0], &out->key) != CRYPTO_OK) {
		*why = "its key is of a kind that is not taken";
		ok = false;
	}
	X509_free(leaf);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return ok;
}

/* ---- ours --------------------------------------------------------------- */

static bool keep(struct chain *c, X509 *x)
{
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	if (len <= 0 || len > KEY_CERT_MAX || c->n == TRUST_CHAIN_MAX) {
		OPENSSL_free(der);
		return false;
	}
	c->der[c->n++] = span(der, (size_t)len);
	return true;
}

enum crypto_code chain_load(const char *path, struct chain *c,
			    const char **why)
{
	enum crypto_code code;
	uint8_t *text;
	BIO *bio = open_pem(path, &text, &code, why);
	X509 *x;

	memset(c, 0, sizeof(*c));
	while (!code && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (!keep(c, x)) {
			code = CRYPTO_LENGTH;
			*why = "there are more than 6 certificates, or one is too long";
		}
		X509_free(x);
	}
	if (!code && (!at_end() || !c->n)) {
		code = CRYPTO_MALFORMED;
		*why = "it has no certificate in PEM, or one that cannot be read";
	}
	BIO_free(bio);
	free(text);
	if (code)
		chain_free(c);
	return code;
}

void chain_free(struct chain *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		OPENSSL_free((void *)c->der[i].data);
	memset(c, 0, sizeof(*c));
}
