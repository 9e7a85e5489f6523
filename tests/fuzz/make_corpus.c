// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the seeds: the good messages of the unit tests for fuzz_parse, what is
 * inside of them for fuzz_ike, the keys, certificates and signatures of their
 * vectors for fuzz_key, and chains under an authority of its own for fuzz_trust.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/parse.h"
#include "tests/fuzz/ike_stand.h"
#include "tests/unit/crypto_vectors.h"
#include "tests/unit/hex.h"
#include "tests/unit/ike_sample.h"
#include "tests/unit/pki.h"

/* fuzz_key takes its first octet, modulo 4, for which of its keys to use. */
static const struct {
	const char *name;
	const char *data;
} key_seeds[] = {
	{ "spki_rsa", V_RSA_SPKI },
	{ "spki_p256", V_ECP256_SPKI },
	{ "spki_p384", V_ECP384_SPKI },
	{ "spki_ed25519", V_ED25519_SPKI },
	{ "spki_p521", V_P521_SPKI },
	{ "spki_explicit", V_EXPLICIT_SPKI },
	{ "pkcs1_rsa", V_RSA_PKCS1 },
	{ "pkcs1_rsa1024", V_RSA1024_PKCS1 },
	{ "cert_rsa", V_RSA_CERT },
	{ "cert_p256", V_ECP256_CERT },
	{ "cert_p384", V_ECP384_CERT },
	{ "cert_ed25519", V_ED25519_CERT },
	{ "auth_rsa", "00" V_AUTH_RSA_256 },
	{ "auth_pss", "00" V_AUTH_PSS_512 },
	{ "auth_pss_bare", "00" V_AUTH_PSS_256_BARE },
	{ "auth_sha1", "00" V_AUTH_PSS_SHA1 },
	{ "auth_p256", "01" V_AUTH_ECDSA_P256_256 },
	{ "auth_p384", "02" V_AUTH_ECDSA_P384_384 },
	{ "auth_ed25519", "03" V_AUTH_ED25519 },
};

static int save(const char *folder, const char *target, const char *name,
		struct span data)
{
	char path[4096];
	FILE *f;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name) >=
	    (int)sizeof(path))
		return 1;
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return 1;
	}
	err = fwrite(data.data, 1, data.len, f) != data.len;
	err |= fclose(f) != 0;
	if (err)
		perror(path);
	return err;
}

/* a fragment (RFC 7383), its payloads in clear as in all seeds of fuzz_parse */
static int save_fragment(const char *folder, const char *name, uint16_t number)
{
	static const uint8_t text[] = { 0, 0, 0, 8, 0, 0, 0x40, 0 };
	const struct ike_sk_form form = { 8, 16, number, 2, 1 };
	const struct ike_hdr hdr = {
		.spi_i = 1,
		.spi_r = 2,
		.major = IKE_MAJOR_VERSION,
		.exchange = IKE_INFORMATIONAL,
		.flags = IKE_FLAG_INITIATOR,
		.msgid = 3,
	};
	struct ike_sk_room room;
	uint8_t buf[128];

	if (!ike_build_sk(buf, sizeof(buf), &hdr,
			  number == 1 ? IKE_PLD_NOTIFY : IKE_PLD_NONE,
			  span(text, sizeof(text)), &form, &room))
		return -1;
	memset(room.iv, 0, form.iv_len);
	memset(room.icv, 0, form.icv_len);
	return save(folder, "fuzz_parse", name, room.message);
}

/* an exchange as fuzz_ike numbers it, 8 if it does not */
static uint8_t ike_number(uint8_t exchange)
{
	static const uint8_t known[] = {
		IKE_SA_INIT, IKE_AUTH, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
		IKE_INTERMEDIATE, IKE_FOLLOWUP_KE,
	};
	uint8_t i;

	for (i = 0; i < sizeof(known); i++)
		if (known[i] == exchange)
			return i;
	return 8;
}

/* where a helper stands to whom a sample is of use */
static uint8_t ike_place(const struct ike_msg *m)
{
	const bool response = m->hdr.flags & IKE_FLAG_RESPONSE;
	uint8_t at = AT_NOTHING;

	switch (m->hdr.exchange) {
	case IKE_INTERMEDIATE:
		at = AT_INTERMEDIATE;
		break;
	case IKE_AUTH:
		at = AT_AUTH;
		break;
	case IKE_FOLLOWUP_KE:
		at = AT_FOLLOWUP;
		break;
	case IKE_INFORMATIONAL:
		at = response ? AT_DELETE_CHILD : AT_NOTHING;
		break;
	case IKE_CREATE_CHILD_SA:
		if (response)
			at = m->sa.present &&
			     m->sa.proposal[0].proto == IKE_PROTO_IKE ?
				     AT_REKEY_IKE : AT_CHILD;
		break;
	}
	return response ? at | STAND_INITIATOR : at | STAND_ASKED;
}

/* what is inside SK, as fuzz_ike has it */
static int save_inner(const char *folder, unsigned int i)
{
	static uint8_t buf[SAMPLE_MAX], out[SAMPLE_MAX + 9];
	static struct ike_msg m;
	struct ike_parse_fail fail;
	struct span text;
	bool response;

	if (ike_parse_outer(sample_make(i, buf), &m, &fail) || !m.sk.present ||
	    ike_number(m.hdr.exchange) > 7)
		return 0;
	text = m.sk.body;
	if (ike_parse_unpad(&text) ||
	    ike_parse_inner(m.sk.first, text, &m, &fail))
		return 1;
	response = m.hdr.flags & IKE_FLAG_RESPONSE;
	out[0] = ike_place(&m);
	out[1] = 0;
	out[2] = ike_number(m.hdr.exchange) | (response ? 8 : 0);
	out[3] = 0;
	out[4] = m.sk.first;
	out[5] = 1;
	out[6] = 1;
	out[7] = (uint8_t)(text.len >> 8);
	out[8] = (uint8_t)text.len;
	memcpy(out + 9, text.data, text.len);
	return save(folder, "fuzz_ike", sample_name(i),
		    span(out, 9 + text.len));
}

/*
 * A Delete in two fragments, the second first; by an AEAD, and by cipher and
 * MAC, then with something that is neither sealed nor of whole blocks before
 */
static int save_fragments(const char *folder)
{
	static const uint8_t both[] = {
		0, 0,
		3, 1, 0, 2, 2, 0, 4, 1, 0, 0, 0,
		3, 1, IKE_PLD_DELETE, 1, 2, 0, 4, 0, 0, 0, 8,
	};
	static const uint8_t cbc[] = {
		0, STAND_CBC,
		3, 4, IKE_PLD_DELETE, 1, 1, 0, 5, 1, 2, 3, 4, 5,
		3, 1, 0, 2, 2, 0, 4, 1, 0, 0, 0,
		3, 1, IKE_PLD_DELETE, 1, 2, 0, 4, 0, 0, 0, 8,
	};

	return save(folder, "fuzz_ike", "fragments",
		    span(both, sizeof(both))) ||
	       save(folder, "fuzz_ike", "fragments_cbc",
		    span(cbc, sizeof(cbc)));
}

/* what a helper really says, as it is, from every stand; and what follows */
static int save_stands(const char *folder)
{
	static const uint8_t ways[] = {
		BY_PSK, BY_CERT, BY_NULL, BY_KEY | STAND_ADDKE,
		BY_CERT | STAND_NAT_PEER, BY_KEY | STAND_NAT_OURS,
		BY_PSK | STAND_NAT_PEER | STAND_NAT_OURS,
		BY_KEY | STAND_CBC, BY_KEY | STAND_TUNNEL,
	};
	/* where the way makes a difference to what is said */
	static const uint8_t where[] = { AT_INIT, AT_AUTH };
	uint8_t out[] = {
		0, 0,
		0, 8, 0, 0, 0, 0, 0,
		0, 8 | 16, 0, 0, 0, 0, 0,
		0, 8, 0, 0, 0, 0, 0,
	};
	char name[32];
	unsigned int i, n;
	int err = 0;

	for (i = 0; i < 2 * STAND_NUM; i++) {
		n = i / 2;
		out[0] = (uint8_t)(n | (i % 2 ? STAND_ASKED : STAND_INITIATOR));
		out[1] = 0;
		snprintf(name, sizeof(name), "real_%u_%u", n, i % 2);
		err |= save(folder, "fuzz_ike", name, span(out, sizeof(out)));
	}
	for (i = 0; i < 2 * sizeof(ways); i++) {
		for (n = 0; n < sizeof(where); n++) {
			out[0] = (uint8_t)(where[n] | (i % 2 ? STAND_ASKED :
							       STAND_INITIATOR));
			out[1] = ways[i / 2];
			snprintf(name, sizeof(name), "real_%u_%u_by_%02x",
				 where[n], i % 2, ways[i / 2]);
			err |= save(folder, "fuzz_ike", name,
				    span(out, sizeof(out)));
		}
	}
	return err;
}

static size_t part(uint8_t *out, const uint8_t *der, int len)
{
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	memcpy(out + 2, der, (size_t)len);
	return 2 + (size_t)len;
}

static size_t part_cert(uint8_t *out, const struct pki *p)
{
	uint8_t der[2048];

	return part(out, der, (int)pki_der(p, der, sizeof(der)));
}

static size_t part_crl(uint8_t *out, const struct pki *ca,
		       const struct pki *revoked, long to)
{
	char path[] = "/tmp/make-corpus.XXXXXX";
	uint8_t *der = NULL;
	X509_CRL *crl;
	size_t n;
	FILE *f;
	int len;

	close(mkstemp(path));
	pki_write_crl(path, ca, revoked, to);
	f = fopen(path, "r");
	crl = f ? PEM_read_X509_CRL(f, NULL, NULL, NULL) : NULL;
	if (!crl)
		abort();
	len = i2d_X509_CRL(crl, &der);
	if (len <= 0)
		abort();
	n = part(out, der, len);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	fclose(f);
	unlink(path);
	return n;
}

/* chains that are good for a hundred years, and one that is revoked */
static int save_chains(const char *folder)
{
	const long years = 36500 * PKI_DAY;
	const struct pki_want ca_want = { .cn = "ca", .ca = true, .to = years };
	const struct pki_want leaf_want = {
		.cn = "peer", .san = "DNS:peer.example",
		.ku = "critical,digitalSignature", .to = years,
	};
	const struct pki_want middle_want = {
		.cn = "middle", .ca = true, .to = years
	};
	struct pki ca = pki_make(NULL, &ca_want, NULL);
	struct pki middle = pki_make(&ca, &middle_want, NULL);
	struct pki leaf = pki_make(&ca, &leaf_want, NULL);
	struct pki below = pki_make(&middle, &leaf_want, NULL);
	uint8_t out[8192];
	size_t n;
	int err = 0;

	out[0] = 0;
	n = 1 + part_cert(out + 1, &ca);
	n += part_cert(out + n, &leaf);
	err |= save(folder, "fuzz_trust", "leaf", span(out, n));
	out[0] = 2;
	err |= save(folder, "fuzz_trust", "by_subject", span(out, n));
	out[0] = 0;
	n = 1 + part_cert(out + 1, &ca);
	n += part_cert(out + n, &below);
	n += part_cert(out + n, &middle);
	err |= save(folder, "fuzz_trust", "chain", span(out, n));
	out[0] = 1;
	n = 1 + part_cert(out + 1, &ca);
	n += part_crl(out + n, &ca, NULL, years);
	n += part_cert(out + n, &leaf);
	err |= save(folder, "fuzz_trust", "crl", span(out, n));
	n = 1 + part_cert(out + 1, &ca);
	n += part_crl(out + n, &ca, &leaf, years);
	n += part_cert(out + n, &leaf);
	err |= save(folder, "fuzz_trust", "revoked", span(out, n));
	pki_free(&ca);
	pki_free(&middle);
	pki_free(&leaf);
	pki_free(&below);
	return err;
}

int main(int argc, char **argv)
{
	static uint8_t buf[SAMPLE_MAX];
	unsigned int i;
	int err = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus FOLDER\n");
		return 2;
	}
	for (i = 0; i < sample_count(); i++)
		err |= save(argv[1], "fuzz_parse", sample_name(i),
			    sample_make(i, buf));
	for (i = 0; i < sample_count(); i++)
		err |= save_inner(argv[1], i);
	err |= save_fragments(argv[1]);
	err |= save_stands(argv[1]);
	err |= save_chains(argv[1]);
	err |= save_fragment(argv[1], "fragment_first", 1);
	err |= save_fragment(argv[1], "fragment_second", 2);
	for (i = 0; i < sizeof(key_seeds) / sizeof(key_seeds[0]); i++)
		err |= save(argv[1], "fuzz_key", key_seeds[i].name,
			    hex(key_seeds[i].data));
	return err;
}
