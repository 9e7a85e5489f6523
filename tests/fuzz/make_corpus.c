// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the seeds: the good messages of the unit tests for fuzz_parse, the
 * keys, certificates and signatures of their vectors for fuzz_key.
 */
#include <stdio.h>
#include <string.h>

#include "btnsd/ike/build.h"
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

/* a fragment (RFC 7383), its payloads in clear as in all seeds of fuzz_parse */
static int save_fragment(const char *folder, const char *name, uint16_t number)
{
	static const uint8_t text[] = { 0, 0, 0, 8, 0, 0, 0x40, 0 };
	const struct ike_sk_form form = { 8, 16, number, 2 };
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
	err |= save_fragment(argv[1], "fragment_first", 1);
	err |= save_fragment(argv[1], "fragment_second", 2);
	for (i = 0; i < sizeof(key_seeds) / sizeof(key_seeds[0]); i++)
		err |= save(argv[1], "fuzz_key", key_seeds[i].name,
			    hex(key_seeds[i].data));
	return err;
}
