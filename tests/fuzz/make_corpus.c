// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the seeds: the good messages of the unit tests for fuzz_parse, the
 * keys, certificates and signatures of their vectors for fuzz_key.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/crypto_vectors.h"
#include "tests/unit/hex.h"
#include "tests/unit/ike_sample.h"

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
	for (i = 0; i < sizeof(key_seeds) / sizeof(key_seeds[0]); i++)
		err |= save(argv[1], "fuzz_key", key_seeds[i].name,
			    hex(key_seeds[i].data));
	return err;
}
