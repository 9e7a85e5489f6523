/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small certification authority for tests: certificates and CRLs with
 * whatever is to be wrong with them.
 */
#ifndef TESTS_UNIT_PKI_H
#define TESTS_UNIT_PKI_H

#include <stdbool.h>
#include <openssl/x509v3.h>

#define PKI_DAY	86400L

/** struct pki - somebody with a key and a certificate */
struct pki {
	EVP_PKEY *key;
	X509 *cert;
};

/** struct pki_want - what goes into a certificate */
struct pki_want {
	const char *cn;
	const char *san;	/* as openssl's x509v3_config has it, or NULL */
	const char *ku;		/* or NULL */
	const char *eku;	/* or NULL */
	bool ca;
	bool sha1;
	long from;		/* seconds from now */
	long to;		/* seconds from now; 0 for a day */
};

/* a key that is made, or @key, which the certificate then belongs to */
struct pki pki_make(const struct pki *issuer, const struct pki_want *want,
		    EVP_PKEY *key);
void pki_free(struct pki *p);
/* a file of PEM certificates, and one of a CRL; @revoked may be NULL */
void pki_write(const char *path, const struct pki *const *certs, unsigned int n);
void pki_write_crl(const char *path, const struct pki *ca,
		   const struct pki *revoked, long to);
/* and another behind it */
void pki_add_crl(const char *path, const struct pki *ca,
		 const struct pki *revoked, long to);
EVP_PKEY *pki_read_key(const char *path);
size_t pki_der(const struct pki *p, uint8_t *out, size_t cap);

#endif
