// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Diffie-Hellman with the private values of test vectors, for which dh.c itself
 * is included here; and against hostile public values.
 */
#include "ktap.h"

#include "btnsd/crypto/dh.c"

#include "crypto_vectors.h"
#include "hex.h"
#include "modp_vectors.h"

struct vector {
	uint16_t group;
	const char *i, *i_pub, *r_pub, *secret;
};

static const struct vector vectors[] = {
	{ IKE_DH_X25519, V_X25519_I, V_X25519_I_PUB, V_X25519_R_PUB,
	  V_X25519_SECRET },
	{ IKE_DH_ECP_256, V_P256_I, V_P256_I_PUB, V_P256_R_PUB, V_P256_SECRET },
	{ IKE_DH_ECP_384, V_P384_I, V_P384_I_PUB, V_P384_R_PUB, V_P384_SECRET },
	{ IKE_DH_MODP_2048, V_MODP_I, V_MODP_I_PUB, V_MODP_R_PUB,
	  V_MODP_SECRET },
	{ IKE_DH_MODP_2048, V_MODP_PAD_I, V_MODP_PAD_I_PUB, V_MODP_PAD_R_PUB,
	  V_MODP_PAD_SECRET },
	{ IKE_DH_MODP_3072, V_MODP3072_I, V_MODP3072_I_PUB, V_MODP3072_R_PUB,
	  V_MODP3072_SECRET },
	{ IKE_DH_MODP_4096, V_MODP4096_I, V_MODP4096_I_PUB, V_MODP4096_R_PUB,
	  V_MODP4096_SECRET },
};

static const uint16_t all_groups[] = {
	IKE_DH_X25519, IKE_DH_ECP_256, IKE_DH_ECP_384, IKE_DH_MODP_2048,
	IKE_DH_MODP_3072, IKE_DH_MODP_4096,
};

/* A pair with the private value given, which dh_new() would draw. */
static struct dh *fixed(const struct vector *v)
{
	struct dh *d = calloc(1, sizeof(*d));
	struct span priv = hex(v->i), pub = hex(v->i_pub);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	EVP_PKEY_CTX *ctx;
	uint8_t point[1 + DH_PUBLIC_MAX];
	BIGNUM *x, *y;

	if (!d || !bld)
		abort();
	d->group = find(v->group);
	if (v->group == IKE_DH_X25519) {
		d->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL,
						       priv.data, priv.len);
		OSSL_PARAM_BLD_free(bld);
		return d;
	}
	x = BN_bin2bn(priv.data, (int)priv.len, NULL);
	y = BN_bin2bn(pub.data, (int)pub.len, NULL);
	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
					d->group->name, 0);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, x);
	point[0] = POINT_UNCOMPRESSED;
	memcpy(point + 1, pub.data, pub.len);
	if (is_ec(d->group))
		OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
						 point, pub.len + 1);
	else
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y);
	params = OSSL_PARAM_BLD_to_param(bld);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, d->group->type, NULL);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &d->pkey, EVP_PKEY_KEYPAIR, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(x);
	BN_free(y);
	return d;
}

static void known(void)
{
	struct secret s = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		struct dh *d = fixed(v);

		if (!CHECK(d->pkey))
			continue;
		CHECK(export_public(d));
		CHECK(span_equal(dh_public(d), hex(v->i_pub)));
		CHECK_EQ(dh_derive(d, hex(v->r_pub), &s), CRYPTO_OK);
		if (!CHECK(span_equal(secret_span(&s), hex(v->secret))))
			ktap_note("vector %u, group %u", i, v->group);
		dh_free(d);
	}
	secret_wipe(&s);
}

static void agree(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(all_groups) / sizeof(all_groups[0]); i++) {
		struct secret sa = { 0 }, sb = { 0 };
		struct dh *a, *b;

		CHECK(dh_supported(all_groups[i]));
		CHECK_EQ(dh_new(all_groups[i], &a), CRYPTO_OK);
		CHECK_EQ(dh_new(all_groups[i], &b), CRYPTO_OK);
		CHECK_EQ(dh_group(a), all_groups[i]);
		CHECK_EQ(dh_public(a).len, dh_public_len(all_groups[i]));
		CHECK(!span_equal(dh_public(a), dh_public(b)));
		CHECK_EQ(dh_derive(a, dh_public(b), &sa), CRYPTO_OK);
		CHECK_EQ(dh_derive(b, dh_public(a), &sb), CRYPTO_OK);
		CHECK(sa.len && secret_equal(secret_span(&sa), secret_span(&sb)));
		dh_free(a);
		dh_free(b);
		secret_wipe(&sa);
		secret_wipe(&sb);
	}
}

static void unsupported(void)
{
	struct dh *d = (struct dh *)1;

	CHECK(!dh_supported(IKE_DH_X448));
	CHECK_EQ(dh_public_len(17), 0);
	CHECK_EQ(dh_new(IKE_DH_NONE, &d), CRYPTO_UNSUPPORTED);
	CHECK(!d);
	dh_free(NULL);
}

static enum crypto_code derive_with(uint16_t group, struct span peer)
{
	struct secret s = { .len = 9 };
	enum crypto_code code;
	struct dh *d;

	if (dh_new(group, &d))
		return CRYPTO_INTERNAL;
	code = dh_derive(d, peer, &s);
	CHECK((code == CRYPTO_OK) == (s.len > 0));
	dh_free(d);
	secret_wipe(&s);
	return code;
}

static void wrong_length(void)
{
	static const uint8_t mem[DH_PUBLIC_MAX + 1];
	unsigned int i;

	for (i = 0; i < sizeof(all_groups) / sizeof(all_groups[0]); i++) {
		size_t len = dh_public_len(all_groups[i]);

		CHECK_EQ(derive_with(all_groups[i], span(mem, len - 1)),
			 CRYPTO_LENGTH);
		CHECK_EQ(derive_with(all_groups[i], span(mem, len + 1)),
			 CRYPTO_LENGTH);
		CHECK_EQ(derive_with(all_groups[i], span(NULL, 0)), CRYPTO_LENGTH);
	}
}

static void hostile(void)
{
	uint8_t mem[DH_PUBLIC_MAX];
	unsigned int i;

	/* zero is in no group */
	memset(mem, 0, sizeof(mem));
	for (i = 0; i < sizeof(all_groups) / sizeof(all_groups[0]); i++)
		CHECK_EQ(derive_with(all_groups[i],
				     span(mem, dh_public_len(all_groups[i]))),
			 CRYPTO_WEAK);
	/* X25519: points of small order */
	mem[0] = 1;
	CHECK_EQ(derive_with(IKE_DH_X25519, span(mem, 32)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_X25519,
			     hex("e0eb7a7c3b41b8ae1656e3faf19fc46a "
				 "da098deb9c32b1fd866205165f49b800")),
		 CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_X25519,
			     hex("ecffffffffffffffffffffffffffffff "
				 "ffffffffffffffffffffffffffffff7f")),
		 CRYPTO_WEAK);
	/* ECP: not on the curve, coordinate above the prime */
	memcpy(mem, hex(V_P256_R_PUB).data, 64);
	mem[63] ^= 1;
	CHECK_EQ(derive_with(IKE_DH_ECP_256, span(mem, 64)), CRYPTO_WEAK);
	memset(mem, 0xff, sizeof(mem));
	CHECK_EQ(derive_with(IKE_DH_ECP_256, span(mem, 64)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_ECP_384, span(mem, 96)), CRYPTO_WEAK);
	/* MODP: 1, p-1, p, all ones, outside the subgroup */
	CHECK_EQ(derive_with(IKE_DH_MODP_2048, span(mem, 256)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_MODP_3072, span(mem, 384)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_MODP_4096, span(mem, 512)), CRYPTO_WEAK);
	memset(mem, 0, sizeof(mem));
	mem[383] = 1;
	CHECK_EQ(derive_with(IKE_DH_MODP_3072, span(mem, 384)), CRYPTO_WEAK);
	mem[383] = 0;
	mem[511] = 1;
	CHECK_EQ(derive_with(IKE_DH_MODP_4096, span(mem, 512)), CRYPTO_WEAK);
	mem[255] = 1;
	CHECK_EQ(derive_with(IKE_DH_MODP_2048, span(mem, 256)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_MODP_2048, hex(V_MODP_P)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_MODP_2048, hex(V_MODP_P_1)), CRYPTO_WEAK);
	CHECK_EQ(derive_with(IKE_DH_MODP_2048, hex(V_MODP_NONRESIDUE)),
		 CRYPTO_WEAK);
}

static const struct ktap_test tests[] = {
	{ "vectors of RFC 7748, RFC 5903 and RFC 3526's group", known },
	{ "two pairs agree, in every group", agree },
	{ "groups that we do not speak", unsupported },
	{ "K30 public values of a wrong length", wrong_length },
	{ "K30 public values that are no element, or of small order", hostile },
};

int main(void)
{
	return KTAP_RUN(tests);
}
