// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Certificates that count: trust anchors and CRLs of an administrator, and the
 * chain of a peer, all of them any octets.
 *
 * An input is an octet of what is there (GIVE_*), then up to MAX_PARTS parts of
 * a length in two octets and so many octets, DER: the trust anchor, a CRL if
 * there is one, then the peer's chain.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btnsd/crypto/cert.h"
#include "btnsd/crypto/trust.h"
#include "btnsd/ike/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GIVE_CRL	0x01
#define GIVE_DN		0x02	/* the name is the subject, not a host's */
#define GIVE_RAW	0x04	/* files have the octets as they are */

#define MAX_PARTS	(2 + TRUST_CHAIN_MAX)

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* a file of its own memory, under a name that can be opened */
static int file_of(struct span der, const char *label, bool raw, char path[64])
{
	int fd = memfd_create("fuzz", 0);
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");

	must(f);
	if (raw || !der.len)
		must(fwrite(der.data, 1, der.len, f) == der.len);
	else
		must(PEM_write(f, label, "", der.data, (long)der.len) > 0);
	must(!fclose(f));
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static unsigned int split(struct span in, struct span part[MAX_PARTS])
{
	unsigned int n = 0;

	while (in.len >= 2 && n < MAX_PARTS) {
		size_t len = (size_t)in.data[0] << 8 | in.data[1];

		in = span(in.data + 2, in.len - 2);
		if (len > in.len)
			len = in.len;
		part[n++] = span(in.data, len);
		in = span(in.data + len, in.len - len);
	}
	return n;
}

/* our own certificate: the same octets, read as a file of ours */
static void own_chain(struct span der, bool raw)
{
	const char *why = NULL;
	struct chain c;
	char path[64];
	int fd = file_of(der, "CERTIFICATE", raw, path);
	enum crypto_code code = chain_load(path, &c, &why);

	must((code == CRYPTO_OK) == (c.n > 0));
	must(code == CRYPTO_OK || (why && *why));
	chain_free(&c);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t dn[] = "\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04"
				    "\x03\x0c\x04peer";
	struct trust_name name = { IKE_ID_FQDN, span("peer.example", 12) };
	char ca[64], crl[64];
	struct span part[MAX_PARTS], spki;
	struct trusted out = { 0 };
	struct trust *t = NULL;
	const char *why = NULL;
	unsigned int n, first, i;
	int ca_fd, crl_fd = -1;
	bool raw;

	if (!size)
		return 0;
	raw = *data & GIVE_RAW;
	first = *data & GIVE_CRL ? 2 : 1;
	n = split(span(data + 1, size - 1), part);
	if (n <= first)
		return 0;
	if (*data & GIVE_DN)
		name = (struct trust_name){ IKE_ID_DER_ASN1_DN,
					    span(dn, sizeof(dn) - 1) };
	for (i = 0; i < n; i++)
		if (cert_spki(part[i], &spki) == CRYPTO_OK)
			must(spki.len && spki.data > part[i].data &&
			     spki.data + spki.len <
				     part[i].data + part[i].len);
	own_chain(part[first], raw);
	ca_fd = file_of(part[0], "CERTIFICATE", raw, ca);
	if (first > 1)
		crl_fd = file_of(part[1], "X509 CRL", raw, crl);
	if (trust_load(ca, first > 1 ? crl : NULL, &t, &why) != CRYPTO_OK) {
		must(!t && why && *why);
	} else {
		must(t && trust_hashes(t).len % TRUST_HASH_LEN == 0);
		if (trust_verify(t, part + first, n - first, &name, &out, &why))
			must(out.key && !key_is_private(out.key));
		else
			must(!out.key && why && *why);
		key_free(out.key);
	}
	trust_free(t);
	close(ca_fd);
	if (crl_fd >= 0)
		close(crl_fd);
	return 0;
}
