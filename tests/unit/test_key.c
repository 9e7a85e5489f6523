// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys: out of CERT payloads of every encoding, weak and foreign ones refused,
 * one fingerprint for one key, and the file of the private key.
 */
#include "ktap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/crypto/key.h"
#include "btnsd/ike/wire.h"
#include "crypto_vectors.h"
#include "hex.h"
#include "temp.h"

static const struct {
	enum key_type type;
	unsigned int bits;
	const char *spki, *fingerprint, *cert;
} goods[] = {
	{ KEY_ED25519, 256, V_ED25519_SPKI, V_ED25519_FP, V_ED25519_CERT },
	{ KEY_ECDSA_P256, 256, V_ECP256_SPKI, V_ECP256_FP, V_ECP256_CERT },
	{ KEY_ECDSA_P384, 384, V_ECP384_SPKI, V_ECP384_FP, V_ECP384_CERT },
	{ KEY_RSA, 2048, V_RSA_SPKI, V_RSA_FP, V_RSA_CERT },
};

#define GOODS	(sizeof(goods) / sizeof(goods[0]))

static enum crypto_code payload(uint8_t encoding, struct span data)
{
	struct key *key = (struct key *)1;
	enum crypto_code code = key_from_payload(encoding, data, &key);

	CHECK((code == CRYPTO_OK) == (key != NULL));
	key_free(key);
	return code;
}

static void raw_keys(void)
{
	struct key *key;
	unsigned int i;

	for (i = 0; i < GOODS; i++) {
		if (!CHECK_EQ(key_from_payload(IKE_CERT_RAW_KEY,
					       hex(goods[i].spki), &key), 0))
			continue;
		CHECK_EQ(key_type(key), goods[i].type);
		CHECK_EQ(key_bits(key), goods[i].bits);
		CHECK(!key_is_private(key));
		CHECK(span_equal(key_spki(key), hex(goods[i].spki)));
		CHECK(span_equal(span(key_fingerprint(key), KEY_FINGERPRINT_LEN),
				 hex(goods[i].fingerprint)));
		CHECK_EQ(key_rsa(key).len > 0, goods[i].type == KEY_RSA);
		key_free(key);
	}
	key_free(NULL);
}

static void raw_rsa(void)
{
	struct key *a, *b;

	CHECK_EQ(key_from_payload(IKE_CERT_RAW_RSA, hex(V_RSA_PKCS1), &a), 0);
	CHECK_EQ(key_from_payload(IKE_CERT_RAW_KEY, hex(V_RSA_SPKI), &b), 0);
	if (a && b) {
		CHECK(key_equal(a, b));
		CHECK(span_equal(key_rsa(b), hex(V_RSA_PKCS1)));
		CHECK(!memcmp(key_fingerprint(a), key_fingerprint(b),
			      KEY_FINGERPRINT_LEN));
	}
	key_free(a);
	key_free(b);
}

/* B06: certificates of the same key are the same identity, others are not */
static void certificates(void)
{
	struct key *cert, *raw;
	unsigned int i;

	for (i = 0; i < GOODS; i++) {
		CHECK_EQ(key_from_payload(IKE_CERT_X509_SIGNATURE,
					  hex(goods[i].cert), &cert), 0);
		CHECK_EQ(key_from_spki(hex(goods[i].spki), &raw), 0);
		CHECK(cert && raw && key_equal(cert, raw));
		key_free(raw);
		CHECK_EQ(key_from_spki(hex(goods[(i + 1) % GOODS].spki), &raw), 0);
		CHECK(cert && raw && !key_equal(cert, raw));
		key_free(raw);
		key_free(cert);
	}
	CHECK_EQ(key_from_cert(hex(V_CA_CERT), &cert), 0);
	CHECK_EQ(key_from_spki(hex(V_ECP256_SPKI), &raw), 0);
	CHECK(cert && raw && key_equal(cert, raw));
	key_free(raw);
	key_free(cert);
}

static void weak_and_foreign(void)
{
	static const struct {
		const char *what;
		uint8_t encoding;
		const char *der;
		enum crypto_code code;
	} bad[] = {
		{ "RSA 1024", 15, V_RSA1024_SPKI, CRYPTO_WEAK },
		{ "RSA 1024, PKCS#1", 11, V_RSA1024_PKCS1, CRYPTO_WEAK },
		{ "RSA 1024, certificate", 4, V_RSA1024_CERT, CRYPTO_WEAK },
		{ "RSA with exponent 3", 15, V_RSA_E3_SPKI, CRYPTO_WEAK },
		{ "RSA with even modulus", 15, V_RSA_EVEN_SPKI, CRYPTO_WEAK },
		{ "P-521", 15, V_P521_SPKI, CRYPTO_UNSUPPORTED },
		{ "secp256k1", 15, V_K256_SPKI, CRYPTO_UNSUPPORTED },
		{ "Ed448", 15, V_ED448_SPKI, CRYPTO_UNSUPPORTED },
		{ "X25519", 15, V_X25519_SPKI, CRYPTO_UNSUPPORTED },
		{ "DSA", 15, V_DSA_SPKI, CRYPTO_UNSUPPORTED },
		{ "RSASSA-PSS key", 15, V_PSS_SPKI, CRYPTO_UNSUPPORTED },
		{ "explicit curve", 15, V_EXPLICIT_SPKI, CRYPTO_UNSUPPORTED },
		{ "compressed point", 15, V_COMPRESSED_SPKI, CRYPTO_UNSUPPORTED },
		{ "no NULL", 15, V_RSA_NO_NULL_SPKI, CRYPTO_UNSUPPORTED },
		{ "BER integer", 11, V_RSA_BER_PKCS1, CRYPTO_MALFORMED },
		{ "SPKI as PKCS#1", 11, V_RSA_SPKI, CRYPTO_MALFORMED },
		{ "PKCS#1 as SPKI", 15, V_RSA_PKCS1, CRYPTO_UNSUPPORTED },
		{ "SPKI as certificate", 4, V_RSA_SPKI, CRYPTO_MALFORMED },
		{ "hash and URL", 12, V_RSA_SPKI, CRYPTO_UNSUPPORTED },
		{ "nothing", 15, "", CRYPTO_LENGTH },
		{ "nothing", 11, "", CRYPTO_LENGTH },
		{ "nothing", 4, "", CRYPTO_LENGTH },
		{ "noise", 15, "ffffffff", CRYPTO_MALFORMED },
	};
	static uint8_t big[KEY_CERT_MAX + 1] = { 0x30, 0x82, 0x40, 0x00 };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum crypto_code code = payload(bad[i].encoding, hex(bad[i].der));

		if (!CHECK_EQ(code, bad[i].code))
			ktap_note("%s: %s", bad[i].what, crypto_text(code));
	}
	CHECK_EQ(payload(15, span(big, KEY_SPKI_MAX + 1)), CRYPTO_LENGTH);
	CHECK_EQ(payload(11, span(big, KEY_SPKI_MAX + 1)), CRYPTO_LENGTH);
	CHECK_EQ(payload(4, span(big, KEY_CERT_MAX + 1)), CRYPTO_LENGTH);
	CHECK_EQ(payload(4, span(big, KEY_CERT_MAX)), CRYPTO_MALFORMED);
}

/* With such a key anybody can sign: two of them do, for any message. */
static void small_order(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t spki[44];
	unsigned int i;

	memcpy(spki, hex(V_ED25519_SPKI).data, 12);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		memcpy(spki + 12, hex(points[i]).data, 32);
		if (!CHECK_EQ(payload(15, span(spki, 44)), CRYPTO_WEAK))
			ktap_note("point %u", i);
	}
}

/* A copy in memory of its own, so that ASan sees an octet too many. */
static enum crypto_code tight(uint8_t encoding, struct span s, size_t len)
{
	uint8_t *mem = malloc(len ? len : 1);
	enum crypto_code code;

	if (!mem)
		abort();
	memcpy(mem, s.data, len);
	code = payload(encoding, span(mem, len));
	free(mem);
	return code;
}

static void truncated(void)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < GOODS; i++) {
		struct span spki = hex(goods[i].spki);
		struct span cert = hex(goods[i].cert);

		for (len = 0; len < spki.len; len++)
			CHECK(tight(15, spki, len) != CRYPTO_OK);
		for (len = 0; len < cert.len; len++)
			CHECK(tight(4, cert, len) != CRYPTO_OK);
	}
	for (len = 0; len < hex(V_RSA_PKCS1).len; len++)
		CHECK(tight(11, hex(V_RSA_PKCS1), len) != CRYPTO_OK);
	/* and one octet too many */
	CHECK(payload(15, hex(V_ED25519_SPKI "00")) != CRYPTO_OK);
	CHECK(payload(11, hex(V_RSA_PKCS1 "00")) != CRYPTO_OK);
	CHECK(payload(4, hex(V_ECP256_CERT "00")) != CRYPTO_OK);
	CHECK(payload(15, hex(V_RSA_SPKI "00")) != CRYPTO_OK);
}

/* Every bit flipped: refused, or another key that says itself what it is. */
static void flipped(void)
{
	unsigned int i, bit;
	uint8_t mem[HEX_MAX];

	for (i = 0; i < GOODS; i++) {
		struct span spki = hex(goods[i].spki);

		memcpy(mem, spki.data, spki.len);
		for (bit = 0; bit < spki.len * 8; bit++) {
			struct key *key;

			mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (!key_from_spki(span(mem, spki.len), &key)) {
				CHECK(span_equal(key_spki(key),
						 span(mem, spki.len)));
				CHECK(memcmp(key_fingerprint(key),
					     hex(goods[i].fingerprint).data,
					     KEY_FINGERPRINT_LEN));
				key_free(key);
			}
			mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static const char *dir;
static char path[128];

static bool in_dir(const char *name)
{
	return CHECK(snprintf(path, sizeof(path), "%s/%s", dir, name) <
		     (int)sizeof(path));
}

static void write_file(const char *name, struct span data, mode_t mode)
{
	int fd;

	in_dir(name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, data.data, data.len) == (ssize_t)data.len);
	CHECK(!fchmod(fd, mode));
	close(fd);
}

static void remove_file(const char *name)
{
	in_dir(name);
	CHECK(!unlink(path));
}

static void generated(void)
{
	static const enum key_type types[] = { KEY_RSA, KEY_ECDSA_P256,
					       KEY_ECDSA_P384, KEY_ED25519 };
	struct key *a, *b;
	enum key_type type;
	struct stat st;
	unsigned int i;

	CHECK_EQ(key_type_from_name("ecdsa", &type), 0);
	CHECK_EQ(type, KEY_ECDSA_P256);
	CHECK_EQ(key_type_from_name("dsa", &type), CRYPTO_UNSUPPORTED);
	for (i = 0; i < 4; i++) {
		CHECK_EQ(key_type_from_name(key_type_name(types[i]), &type), 0);
		CHECK_EQ(type, types[i]);
		if (!CHECK_EQ(key_generate(type, &a), 0))
			continue;
		CHECK_EQ(key_type(a), type);
		CHECK(key_is_private(a));
		CHECK(in_dir(key_type_name(type)));
		CHECK_EQ(key_save(a, path), CRYPTO_OK);
		CHECK(!stat(path, &st));
		CHECK_EQ(st.st_mode & 07777, 0600);
		CHECK_EQ(st.st_nlink, 1);
		CHECK_EQ(key_save(a, path), CRYPTO_EXISTS);
		CHECK_EQ(key_load(path, &b), CRYPTO_OK);
		CHECK(b && key_is_private(b) && key_equal(a, b));
		key_free(b);
		CHECK_EQ(key_from_spki(key_spki(a), &b), CRYPTO_OK);
		CHECK(b && key_equal(a, b));
		CHECK_EQ(key_save(b, "/nonexistent/key"), CRYPTO_MISMATCH);
		key_free(b);
		CHECK(!unlink(path));
		key_free(a);
	}
	CHECK_EQ(key_generate(99, &a), CRYPTO_UNSUPPORTED);
	CHECK(!a);
}

static void existing_is_kept(void)
{
	const struct span mine = span("mine", 4);
	char back[8];
	struct key *key;
	int fd;

	CHECK_EQ(key_generate(KEY_ED25519, &key), 0);
	write_file("kept", mine, 0600);
	CHECK_EQ(key_save(key, path), CRYPTO_EXISTS);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK_EQ(read(fd, back, sizeof(back)), 4);
	CHECK(!memcmp(back, "mine", 4));
	close(fd);
	remove_file("kept");
	CHECK_EQ(key_save(key, "/nonexistent/folder/key"), CRYPTO_FILE);
	CHECK_EQ(errno, ENOENT);
	key_free(key);
}

static enum crypto_code load(const char *name)
{
	struct key *key = (struct key *)1;
	enum crypto_code code;

	in_dir(name);
	code = key_load(path, &key);
	CHECK((code == CRYPTO_OK) == (key != NULL));
	key_free(key);
	return code;
}

static void loads(void)
{
	static const struct {
		const char *pem;
		enum crypto_code code;
	} files[] = {
		{ V_ED25519_PEM, CRYPTO_OK },
		{ V_ECP256_PEM, CRYPTO_OK },
		{ V_RSA_PEM, CRYPTO_OK },
		{ V_LOCKED_PEM, CRYPTO_MALFORMED },
		{ V_ED25519_PUBLIC_PEM, CRYPTO_MALFORMED },
		{ V_RSA1024_PEM, CRYPTO_WEAK },
		{ V_P521_PEM, CRYPTO_UNSUPPORTED },
		{ "6162", CRYPTO_MALFORMED },
		{ "", CRYPTO_LENGTH },
	};
	static uint8_t big[KEY_PEM_MAX];
	unsigned int i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_file("key", hex(files[i].pem), 0600);
		if (!CHECK_EQ(load("key"), files[i].code))
			ktap_note("file %u", i);
	}
	write_file("key", hex(V_ED25519_PEM), 0400);
	CHECK_EQ(load("key"), CRYPTO_OK);
	write_file("key", hex(V_ED25519_PEM), 0640);
	CHECK_EQ(load("key"), CRYPTO_PERMISSION);
	write_file("key", hex(V_ED25519_PEM), 0604);
	CHECK_EQ(load("key"), CRYPTO_PERMISSION);
	write_file("key", span(big, sizeof(big)), 0600);
	CHECK_EQ(load("key"), CRYPTO_LENGTH);
	remove_file("key");
	CHECK_EQ(load("key"), CRYPTO_FILE);
	CHECK_EQ(errno, ENOENT);
	CHECK_EQ(load("."), CRYPTO_FILE);
	in_dir("fifo");
	CHECK(!mkfifo(path, 0600));
	CHECK_EQ(load("fifo"), CRYPTO_FILE);	/* and does not wait for a writer */
	remove_file("fifo");
}

static void public_pem(void)
{
	struct key *key;

	CHECK_EQ(key_from_pem_public(hex(V_ED25519_PUBLIC_PEM), &key), 0);
	CHECK(key && span_equal(key_spki(key), hex(V_ED25519_SPKI)));
	key_free(key);
	CHECK_EQ(key_from_pem_public(hex(V_ED25519_PEM), &key),
		 CRYPTO_MALFORMED);
	CHECK_EQ(key_from_pem_public(span(NULL, 0), &key), CRYPTO_LENGTH);
}

static const struct ktap_test tests[] = {
	{ "B05 U04 raw keys of encoding 15 and their fingerprints", raw_keys },
	{ "B05 raw RSA keys of encoding 11 are the same identity", raw_rsa },
	{ "B06 a certificate is its key", certificates },
	{ "weak, foreign and malformed keys are refused", weak_and_foreign },
	{ "U07 Ed25519 keys with which anybody could sign are refused", small_order },
	{ "truncated at every octet: refused", truncated },
	{ "U04 one key has one encoding", flipped },
	{ "keys are made, saved with mode 0600 and loaded", generated },
	{ "a file that exists is never overwritten", existing_is_kept },
	{ "private keys are loaded from good files only", loads },
	{ "public keys in PEM", public_pem },
};

int main(void)
{
	int rc;

	dir = temp_path("keys");
	if (mkdir(dir, 0700)) {
		perror(dir);
		return KTAP_FAIL;
	}
	rc = KTAP_RUN(tests);
	if (rmdir(dir)) {
		perror(dir);
		rc = KTAP_FAIL;
	}
	return rc;
}
