// SPDX-License-Identifier: GPL-2.0-or-later
/* Certificates for tests, see pki.h. What fails ends the test. */
#include <stdio.h>
#include <stdlib.h>
#include <openssl/pem.h>

#include "pki.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(e && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

static const EVP_MD *hash(const EVP_PKEY *key, bool sha1)
{
	if (EVP_PKEY_get_id(key) == EVP_PKEY_ED25519)
		return NULL;
	return sha1 ? EVP_sha1() : EVP_sha256();
}

struct pki pki_make(const struct pki *issuer, const struct pki_want *want,
		    EVP_PKEY *key)
{
	static long serial;
	struct pki p = { .cert = X509_new() };
	const struct pki *by = issuer ? issuer : &p;
	X509_NAME *name;

	p.key = key ? key : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	must(p.key && p.cert);
	must(X509_set_version(p.cert, 2));
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(p.cert), want->from - 60);
	X509_gmtime_adj(X509_getm_notAfter(p.cert),
			want->to ? want->to : PKI_DAY);
	name = X509_get_subject_name(p.cert);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					(const unsigned char *)want->cn, -1,
					-1, 0));
	X509_set_issuer_name(p.cert, X509_get_subject_name(by->cert));
	X509_set_pubkey(p.cert, p.key);
	if (want->ca)
		extend(p.cert, NID_basic_constraints, "critical,CA:TRUE");
	if (want->san)
		extend(p.cert, NID_subject_alt_name, want->san);
	if (want->ku)
		extend(p.cert, NID_key_usage, want->ku);
	if (want->eku)
		extend(p.cert, NID_ext_key_usage, want->eku);
	must(X509_sign(p.cert, by->key, hash(by->key, want->sha1)));
	return p;
}

void pki_free(struct pki *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

void pki_write(const char *path, const struct pki *const *certs, unsigned int n)
{
	FILE *f = fopen(path, "w");
	unsigned int i;

	must(f);
	for (i = 0; i < n; i++)
		must(PEM_write_X509(f, certs[i]->cert));
	must(!fclose(f));
}

static void put_crl(FILE *f, const struct pki *ca, const struct pki *revoked,
		    long to)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	X509_REVOKED *r;

	must(crl && t && f);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
	X509_gmtime_adj(t, -7200);
	X509_CRL_set1_lastUpdate(crl, t);
	X509_gmtime_adj(t, to);
	X509_CRL_set1_nextUpdate(crl, t);
	if (revoked) {
		r = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(r,
					      X509_get_serialNumber(revoked->cert));
		X509_gmtime_adj(t, -3600);
		X509_REVOKED_set_revocationDate(r, t);
		must(X509_CRL_add0_revoked(crl, r));
	}
	must(X509_CRL_sign(crl, ca->key, hash(ca->key, false)));
	must(PEM_write_X509_CRL(f, crl));
	must(!fclose(f));
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
}

void pki_write_crl(const char *path, const struct pki *ca,
		   const struct pki *revoked, long to)
{
	put_crl(fopen(path, "w"), ca, revoked, to);
}

void pki_add_crl(const char *path, const struct pki *ca,
		 const struct pki *revoked, long to)
{
	put_crl(fopen(path, "a"), ca, revoked, to);
}

EVP_PKEY *pki_read_key(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	must(key);
	fclose(f);
	return key;
}

size_t pki_der(const struct pki *p, uint8_t *out, size_t cap)
{
	int len = i2d_X509(p->cert, NULL);

	must(len > 0 && (size_t)len <= cap);
	return (size_t)i2d_X509(p->cert, &out);
}
