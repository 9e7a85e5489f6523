// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Certificates under a trust anchor (RFC 5280, RFC 4945, RFC 4301 4.4.3.2): one
 * chain that is good, and everything that can be wrong with it.
 */
#include "ktap.h"

#include <stdio.h>
#include <string.h>

#include "btnsd/crypto/trust.h"
#include "btnsd/ike/wire.h"
#include "pki.h"
#include "temp.h"

static struct pki root, other, sub;
static const char *ca_path, *crl_path;
static uint8_t der[4][4096];
static const struct pki_want good = { .cn = "leaf",
				      .san = "DNS:a.example,IP:10.0.0.1,email:x@a.example" };

static void set_up(void)
{
	const struct pki_want ca = { .cn = "root", .ca = true };
	const struct pki_want ca2 = { .cn = "other", .ca = true };
	const struct pki_want middle = { .cn = "sub", .ca = true };
	const struct pki *list[1] = { &root };

	ca_path = temp_path("ca");
	crl_path = temp_path("crl");
	root = pki_make(NULL, &ca, NULL);
	other = pki_make(NULL, &ca2, NULL);
	sub = pki_make(&root, &middle, NULL);
	pki_write(ca_path, list, 1);
}

static void tear_down(void)
{
	pki_free(&root);
	pki_free(&other);
	pki_free(&sub);
}

static struct span der_of(const struct pki *p, unsigned int i)
{
	return span(der[i], pki_der(p, der[i], sizeof(der[i])));
}

static const struct trust_name a_example = { IKE_ID_FQDN,
					     { (const uint8_t *)"a.example", 9 } };

/* verify a certificate of @issuer; NULL or a part of the reason */
static void see(const char *what, const struct pki_want *want,
		const struct pki *issuer, const struct trust_name *name,
		bool crl, const char *says)
{
	struct pki leaf = pki_make(issuer, want, NULL);
	struct span cert[2] = { der_of(&leaf, 0), der_of(&sub, 1) };
	struct trusted out;
	const char *why = "";
	struct trust *t;
	bool ok;

	if (!CHECK_EQ(trust_load(ca_path, crl ? crl_path : NULL, &t, &why),
		      CRYPTO_OK)) {
		ktap_note("%s: %s", what, why);
		return;
	}
	ok = trust_verify(t, cert, issuer == &sub ? 2 : 1, name, &out, &why);
	if (!CHECK_EQ(ok, !says) || !CHECK(ok || strstr(why, says)))
		ktap_note("%s: %s", what, why);
	CHECK_EQ(ok, !!out.key);
	key_free(out.key);
	trust_free(t);
	pki_free(&leaf);
}

static void chains(void)
{
	struct pki_want w = good;
	struct pki fake;

	see("by the root", &w, &root, &a_example, false, NULL);
	see("by a sub-CA", &w, &sub, &a_example, false, NULL);
	see("by another CA", &w, &other, &a_example, false, "issuer");
	see("self-signed", &w, NULL, &a_example, false, "self");
	w.to = -3600;
	w.from = -7200;
	see("expired", &w, &root, &a_example, false, "expired");
	w.from = 3600;
	w.to = PKI_DAY;
	see("of tomorrow", &w, &root, &a_example, false, "not yet valid");
	w = good;
	w.sha1 = true;
	see("signed with SHA-1", &w, &root, &a_example, false, "weak");
	w.sha1 = false;
	w.cn = "fake";
	fake = pki_make(&root, &w, NULL);
	w = good;
	see("by an end entity", &w, &fake, &a_example, false, "issuer");
	pki_free(&fake);
}

static void names(void)
{
	static const struct {
		uint16_t type;
		const void *data;
		size_t len;
		bool ok;
	} rows[] = {
		{ IKE_ID_FQDN, "a.example", 9, true },
		{ IKE_ID_FQDN, "b.example", 9, false },
		{ IKE_ID_FQDN, "x.a.example", 11, false },
		{ IKE_ID_FQDN, "a.exampl", 8, false },
		{ IKE_ID_FQDN, "leaf", 4, false },
		{ IKE_ID_RFC822_ADDR, "x@a.example", 11, true },
		{ IKE_ID_RFC822_ADDR, "a.example", 9, false },
		{ IKE_ID_IPV4_ADDR, "\x0a\0\0\x01", 4, true },
		{ IKE_ID_IPV4_ADDR, "\x0a\0\0\x02", 4, false },
		{ IKE_ID_KEY_ID, "a.example", 9, false },
		{ IKE_ID_DER_ASN1_DN,
		  "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04leaf", 17,
		  true },
		{ IKE_ID_DER_ASN1_DN,
		  "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04lEaf", 17,
		  false },
	};
	struct pki_want w = good;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct trust_name n = { rows[i].type,
					      { rows[i].data, rows[i].len } };
		const char *says = rows[i].ok ? NULL : "asserted identity";

		see("name", &w, &root, &n, false, says);
	}
	/* a wildcard in a certificate is for web servers */
	w.san = "DNS:*.example";
	see("*.example", &w, &root, &a_example, false, "asserted identity");
	w.san = NULL;
	see("no subjectAltName", &w, &root, &a_example, false,
	    "asserted identity");
}

static void usages(void)
{
	static const struct {
		const char *ku, *eku;
		bool ok;
	} rows[] = {
		{ "digitalSignature", NULL, true },
		{ "nonRepudiation", NULL, true },
		{ "keyEncipherment", NULL, false },
		{ NULL, "1.3.6.1.5.5.7.3.17", true },
		{ NULL, "serverAuth,anyExtendedKeyUsage", true },
		{ NULL, "serverAuth", false },
		{ "digitalSignature", "clientAuth", false },
	};
	struct pki_want w = good;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *says = rows[i].ok ? NULL : "usage";

		w.ku = rows[i].ku;
		w.eku = rows[i].eku;
		see("usage", &w, &root, &a_example, false, says);
	}
}

static void revocation(void)
{
	struct pki leaf = pki_make(&root, &good, NULL);
	struct pki_want w = good;
	struct span cert = der_of(&leaf, 3);
	struct trusted out;
	struct trust *t;
	const char *why;

	pki_write_crl(crl_path, &root, &leaf, PKI_DAY);
	see("another one is revoked", &w, &root, &a_example, true, NULL);
	/* of the sub-CA there is no CRL, and one was asked for */
	see("no CRL of its issuer", &w, &sub, &a_example, true, "CRL");
	if (CHECK_EQ(trust_load(ca_path, crl_path, &t, &why), CRYPTO_OK)) {
		CHECK(!trust_verify(t, &cert, 1, &a_example, &out, &why));
		CHECK(strstr(why, "revoked"));
		CHECK(!out.key);
		trust_free(t);
	}
	pki_write_crl(crl_path, &root, NULL, -60);
	see("a CRL of yesterday", &w, &root, &a_example, true, "expired");
	pki_write_crl(crl_path, &other, NULL, PKI_DAY);
	see("a CRL of another CA", &w, &root, &a_example, true, "CRL");
	pki_free(&leaf);
}

static void limits(void)
{
	struct pki leaf = pki_make(&root, &good, NULL);
	struct span cert[TRUST_CHAIN_MAX + 1];
	static uint8_t big[KEY_CERT_MAX + 1];
	const struct pki *list[2] = { &leaf, &root };
	struct trusted out;
	struct chain mine;
	struct trust *t;
	const char *why;
	unsigned int i;

	if (!CHECK_EQ(trust_load(ca_path, NULL, &t, &why), CRYPTO_OK))
		return;
	CHECK_EQ(trust_hashes(t).len, TRUST_HASH_LEN);
	for (i = 0; i <= TRUST_CHAIN_MAX; i++)
		cert[i] = der_of(&leaf, 0);
	CHECK(trust_verify(t, cert, TRUST_CHAIN_MAX, &a_example, &out, &why));
	key_free(out.key);
	CHECK(!trust_verify(t, cert, TRUST_CHAIN_MAX + 1, &a_example, &out,
			    &why));
	CHECK(strstr(why, "more than"));
	CHECK(!trust_verify(t, cert, 0, &a_example, &out, &why));
	cert[1] = span(big, sizeof(big));
	CHECK(!trust_verify(t, cert, 2, &a_example, &out, &why));
	CHECK(strstr(why, "malformed"));
	cert[1] = span(der[0], cert[0].len - 1);
	CHECK(!trust_verify(t, cert, 2, &a_example, &out, &why));
	cert[0] = span(der[0], cert[0].len + 1);
	CHECK(!trust_verify(t, cert, 1, &a_example, &out, &why));
	CHECK(strstr(why, "malformed"));
	trust_free(t);

	/* a file with something that is no CA is refused as a whole */
	pki_write(crl_path, list, 2);
	CHECK_EQ(trust_load(crl_path, NULL, &t, &why), CRYPTO_MALFORMED);
	CHECK(!t);
	CHECK_EQ(trust_load("/nonexistent", NULL, &t, &why), CRYPTO_FILE);
	CHECK_EQ(trust_load(ca_path, ca_path, &t, &why), CRYPTO_MALFORMED);
	CHECK_EQ(chain_load(crl_path, &mine, &why), CRYPTO_OK);
	CHECK_EQ(mine.n, 2);
	CHECK(span_equal(mine.der[0], der_of(&leaf, 0)));
	chain_free(&mine);
	CHECK_EQ(mine.n, 0);
	CHECK_EQ(chain_load("/dev/null", &mine, &why), CRYPTO_FILE);
	pki_free(&leaf);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a chain ends at our trust anchor, in time, by CAs", chains },
		{ "the name is in the certificate (RFC 4301 4.4.3.2)", names },
		{ "key usage and extended key usage (RFC 4945 5.1.3)", usages },
		{ "a CRL counts, and must be there if one is asked for",
		  revocation },
		{ "limits of chains and files", limits },
	};
	int ret;

	set_up();
	ret = KTAP_RUN(tests);
	tear_down();
	return ret;
}
