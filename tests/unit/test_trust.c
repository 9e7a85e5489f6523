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
static uint8_t der[TRUST_CHAIN_MAX][4096];
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

/* is a chain good that the peer sends like this? NULL or a part of the reason */
static void sent(const char *what, const struct pki *const *chain,
		 unsigned int n, bool crl, const struct pki *anchor,
		 const char *says)
{
	struct span cert[TRUST_CHAIN_MAX];
	unsigned int i, len = 0;
	struct trusted out;
	const char *why = "";
	uint8_t hash[32];
	struct trust *t;
	bool ok;

	for (i = 0; i < n; i++)
		cert[i] = der_of(chain[i], i);
	if (!CHECK_EQ(trust_load(ca_path, crl ? crl_path : NULL, &t, &why),
		      CRYPTO_OK)) {
		ktap_note("%s: %s", what, why);
		return;
	}
	ok = trust_verify(t, cert, n, &a_example, &out, &why);
	if (!CHECK_EQ(ok, !says) || !CHECK(ok || strstr(why, says)))
		ktap_note("%s: %s", what, ok ? "taken" : why);
	if (ok && anchor &&
	    CHECK(X509_digest(anchor->cert, EVP_sha256(), hash, &len)) &&
	    !CHECK(!memcmp(out.anchor, hash, sizeof(hash))))
		ktap_note("%s: another anchor", what);
	key_free(out.key);
	trust_free(t);
}

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

/* what the file has, and only that, is trusted, be it a root or not */
static void anchors(void)
{
	const struct pki_want deeper = { .cn = "subsub", .ca = true };
	const struct pki_want late = { .cn = "late", .ca = true,
				       .from = -7200, .to = -3600 };
	struct pki below = pki_make(&sub, &deeper, NULL);
	struct pki old = pki_make(&root, &late, NULL);
	struct pki one = pki_make(&sub, &good, NULL);
	struct pki two = pki_make(&below, &good, NULL);
	struct pki top = pki_make(&root, &good, NULL);
	struct pki stale = pki_make(&old, &good, NULL);
	const struct pki *chain[3] = { &one, &sub, &root };
	const struct pki *list[3] = { &sub };

	pki_write(ca_path, list, 1);
	sent("a sub-CA is the anchor", chain, 1, false, &sub, NULL);
	sent("and sent as well", chain, 2, false, &sub, NULL);
	sent("and its root", chain, 3, false, &sub, NULL);
	chain[0] = &top;
	chain[1] = &root;
	sent("its root is none", chain, 2, false, NULL, "self-signed");
	sent("nor sent", chain, 1, false, NULL, "issuer");
	chain[0] = &two;
	chain[1] = &below;
	sent("below the sub-CA", chain, 2, false, &sub, NULL);
	sent("and it is not sent", chain, 1, false, NULL, "issuer");

	/* all of them in the file: what is highest */
	list[1] = &below;
	pki_write(ca_path, list, 2);
	sent("two sub-CAs", chain, 1, false, &sub, NULL);
	list[2] = &root;
	pki_write(ca_path, list, 3);
	sent("and the root", chain, 1, false, &root, NULL);

	list[0] = &old;
	pki_write(ca_path, list, 1);
	chain[0] = &stale;
	sent("an anchor has its time", chain, 1, false, NULL, "expired");
	list[0] = &root;
	pki_write(ca_path, list, 1);
	pki_free(&below);
	pki_free(&old);
	pki_free(&one);
	pki_free(&two);
	pki_free(&top);
	pki_free(&stale);
}

/* four CAs between, no more */
static void depth(void)
{
	struct pki ca[5], leaf[2];
	const struct pki *chain[6];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		char cn[8];
		const struct pki_want w = { .cn = cn, .ca = true };

		snprintf(cn, sizeof(cn), "ca%u", i);
		ca[i] = pki_make(i ? &ca[i - 1] : &root, &w, NULL);
	}
	for (i = 0; i < 2; i++) {
		unsigned int n = 4 + i, k;

		leaf[i] = pki_make(&ca[n - 1], &good, NULL);
		chain[0] = &leaf[i];
		for (k = 1; k <= n; k++)
			chain[k] = &ca[n - k];
		sent(i ? "five CAs" : "four CAs", chain, n + 1, false, &root,
		     i ? "too long" : NULL);
		pki_free(&leaf[i]);
	}
	for (i = 0; i < 5; i++)
		pki_free(&ca[i]);
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

/* each CA of a chain can be revoked by the next, up to the anchor */
static void revoked_ca(void)
{
	const struct pki_want deeper = { .cn = "subsub", .ca = true };
	struct pki below = pki_make(&sub, &deeper, NULL);
	struct pki leaf = pki_make(&sub, &good, NULL);
	struct pki two = pki_make(&below, &good, NULL);
	const struct pki *chain[3] = { &leaf, &sub };
	const struct pki *list[2] = { &root, &sub };

	pki_write_crl(crl_path, &root, NULL, PKI_DAY);
	pki_add_crl(crl_path, &sub, NULL, PKI_DAY);
	sent("a CRL of each", chain, 2, true, &root, NULL);
	pki_write_crl(crl_path, &root, &sub, PKI_DAY);
	pki_add_crl(crl_path, &sub, NULL, PKI_DAY);
	sent("the sub-CA is revoked", chain, 2, true, NULL, "revoked");
	/* no anchor of its own, as its root is there */
	pki_write(ca_path, list, 2);
	sent("and is in the file", chain, 1, true, NULL, "revoked");

	/* nobody is asked about an anchor; what is below it is as ever */
	pki_write(ca_path, list + 1, 1);
	sent("the anchor is a sub-CA", chain, 1, true, &sub, NULL);
	pki_write_crl(crl_path, &sub, NULL, PKI_DAY);
	sent("and there is no CRL about it", chain, 1, true, &sub, NULL);
	pki_write_crl(crl_path, &sub, &leaf, PKI_DAY);
	sent("it revokes", chain, 1, true, NULL, "revoked");
	pki_write_crl(crl_path, &root, NULL, PKI_DAY);
	sent("it has no CRL", chain, 1, true, NULL, "CRL");
	chain[0] = &two;
	chain[1] = &below;
	pki_write_crl(crl_path, &sub, &below, PKI_DAY);
	pki_add_crl(crl_path, &below, NULL, PKI_DAY);
	sent("it revokes a CA", chain, 2, true, NULL, "revoked");
	pki_write(ca_path, list, 1);
	pki_free(&below);
	pki_free(&leaf);
	pki_free(&two);
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
		{ "B04 K66 a chain ends at our trust anchor, in time, by CAs",
		  chains },
		{ "K66 a trust anchor is what the file has, a root or not",
		  anchors },
		{ "K66 four CAs are between, no more", depth },
		{ "B04 K66 the name is in the certificate (RFC 4301 4.4.3.2)",
		  names },
		{ "K66 key usage and extended key usage (RFC 4945 5.1.3)",
		  usages },
		{ "K66 a CRL counts, and must be there if one is asked for",
		  revocation },
		{ "K66 and so for each CA of the chain", revoked_ca },
		{ "K66 limits of chains and files", limits },
	};
	int ret;

	set_up();
	ret = KTAP_RUN(tests);
	tear_down();
	return ret;
}
