// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key pairs and shared secrets through EVP_PKEY. IKE's encodings differ from
 * OpenSSL's: ECP values are x|y without a leading octet (RFC 5903 7), MODP
 * values are padded to the group's length (RFC 7296 3.4).
 */
#include "btnsd/crypto/dh.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "btnsd/ike/wire.h"

#define POINT_UNCOMPRESSED	0x04	/* SEC 1 2.3.3 */

struct group {
	uint16_t id;
	size_t public_len;
	size_t secret_len;
	const char *type;	/* of the key, OpenSSL's name */
	const char *name;	/* of the group, or NULL */
};

static const struct group groups[] = {
	{ IKE_DH_X25519, 32, 32, "X25519", NULL },
	{ IKE_DH_ECP_256, 64, 32, "EC", "P-256" },
	{ IKE_DH_ECP_384, 96, 48, "EC", "P-384" },
	{ IKE_DH_MODP_2048, 256, 256, "DH", "modp_2048" },
	{ IKE_DH_MODP_3072, 384, 384, "DH", "modp_3072" },
	{ IKE_DH_MODP_4096, 512, 512, "DH", "modp_4096" },
};

struct dh {
	const struct group *group;
	EVP_PKEY *pkey;
	size_t public_len;
	uint8_t public[DH_PUBLIC_MAX];
};

static const struct group *find(uint16_t id)
{
	unsigned int i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

static bool is_ec(const struct group *g)
{
	return !strcmp(g->type, "EC");
}

static bool is_modp(const struct group *g)
{
	return !strcmp(g->type, "DH");
}

bool dh_supported(uint16_t group)
{
	return find(group);
}

size_t dh_public_len(uint16_t group)
{
	const struct group *g = find(group);

	return g ? g->public_len : 0;
}

static EVP_PKEY *generate(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM params[2];

	params[0] = g->name ?
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)g->name, 0) :
		OSSL_PARAM_construct_end();
	params[1] = OSSL_PARAM_construct_end();
	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_params(ctx, params) != 1 ||
	    EVP_PKEY_generate(ctx, &pkey) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static bool export_modp(struct dh *dh)
{
	BIGNUM *pub = NULL;
	bool ok;

	ok = EVP_PKEY_get_bn_param(dh->pkey, OSSL_PKEY_PARAM_PUB_KEY, &pub) == 1 &&
	     BN_bn2binpad(pub, dh->public, (int)dh->group->public_len) > 0;
	BN_free(pub);
	return ok;
}

static bool export_ec(struct dh *dh)
{
	uint8_t point[1 + DH_PUBLIC_MAX];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(dh->pkey, OSSL_PKEY_PARAM_PUB_KEY,
					    point, sizeof(point), &len) != 1 ||
	    len != dh->group->public_len + 1 || point[0] != POINT_UNCOMPRESSED)
		return false;
	memcpy(dh->public, point + 1, dh->group->public_len);
	return true;
}

static bool export_public(struct dh *dh)
{
	size_t len = sizeof(dh->public);

	dh->public_len = dh->group->public_len;
	if (is_modp(dh->group))
		return export_modp(dh);
	if (is_ec(dh->group))
		return export_ec(dh);
	return EVP_PKEY_get_raw_public_key(dh->pkey, dh->public, &len) == 1 &&
	       len == dh->public_len;
}

enum crypto_code dh_new(uint16_t group, struct dh **dh)
{
	const struct group *g = find(group);
	struct dh *d;

	*dh = NULL;
	if (!g)
		return CRYPTO_UNSUPPORTED;
	d = calloc(1, sizeof(*d));
	if (!d)
		return CRYPTO_INTERNAL;
	d->group = g;
	d->pkey = generate(g);
	if (!d->pkey || !export_public(d)) {
		dh_free(d);
		return CRYPTO_INTERNAL;
	}
	*dh = d;
	return CRYPTO_OK;
}

uint16_t dh_group(const struct dh *dh)
{
	return dh->group->id;
}

struct span dh_public(const struct dh *dh)
{
	return span(dh->public, dh->public_len);
}

/* The peer's value as a key; NULL when it is no element of the group. */
static EVP_PKEY *import(const struct dh *dh, struct span peer)
{
	const struct group *g = dh->group;
	uint8_t point[1 + DH_PUBLIC_MAX];
	OSSL_PARAM_BLD *bld = NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	BIGNUM *pub = NULL;
	bool ok;

	if (!is_ec(g) && !is_modp(g))
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
						   peer.data, peer.len);
	bld = OSSL_PARAM_BLD_new();
	ok = bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
						    g->name, 0) == 1;
	if (ok && is_ec(g)) {
		point[0] = POINT_UNCOMPRESSED;
		memcpy(point + 1, peer.data, peer.len);
		ok = OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
						      point, peer.len + 1) == 1;
	} else if (ok) {
		pub = BN_bin2bn(peer.data, (int)peer.len, NULL);
		ok = pub && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY,
						   pub) == 1;
	}
	if (ok)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params)
		ctx = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(pub);
	return pkey;
}

/*
 * Powers of the generator 2 are squares modulo a prime of RFC 3526, and half of
 * all numbers are. Which half the secret is in would tell of a number of the
 * other one whether our private value is odd. OpenSSL asks for the range alone
 * from some version on (3.5 does), as only one bit is lost.
 */
static bool is_square(EVP_PKEY *pkey)
{
	BIGNUM *pub = NULL, *p = NULL;
	BN_CTX *ctx = BN_CTX_new();
	bool ok;

	ok = ctx &&
	     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, &pub) == 1 &&
	     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &p) == 1 &&
	     BN_kronecker(pub, p, ctx) == 1;
	BN_free(pub);
	BN_free(p);
	BN_CTX_free(ctx);
	return ok;
}

/* RFC 6989 2: on the curve, in range, in the right subgroup. */
static bool element_ok(const struct group *g, EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (!is_ec(g) && !is_modp(g))
		return true;	/* derive refuses an all-zero secret, RFC 8031 5 */
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	ok = ctx && EVP_PKEY_public_check(ctx) == 1 &&
	     (!is_modp(g) || is_square(pkey));
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static enum crypto_code derive(const struct dh *dh, EVP_PKEY *peer,
			       struct secret *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->pkey, NULL);
	enum crypto_code code = CRYPTO_INTERNAL;
	size_t len = sizeof(out->data);

	if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
		goto free_ctx;
	if (is_modp(dh->group) && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
		goto free_ctx;
	code = CRYPTO_WEAK;
	if (EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	    EVP_PKEY_derive(ctx, out->data, &len) == 1 &&
	    len == dh->group->secret_len) {
		out->len = len;
		code = CRYPTO_OK;
	}
free_ctx:
	/* OpenSSL computes X25519 on the stack and leaves the secret there */
	wipe_stack();
	EVP_PKEY_CTX_free(ctx);
	if (code)
		secret_wipe(out);
	return code;
}

enum crypto_code dh_derive(const struct dh *dh, struct span peer,
			   struct secret *out)
{
	enum crypto_code code = CRYPTO_WEAK;
	EVP_PKEY *pkey;

	secret_wipe(out);
	if (peer.len != dh->group->public_len)
		return CRYPTO_LENGTH;
	pkey = import(dh, peer);
	if (pkey && element_ok(dh->group, pkey))
		code = derive(dh, pkey, out);
	EVP_PKEY_free(pkey);
	return code;
}

void dh_free(struct dh *dh)
{
	if (!dh)
		return;
	EVP_PKEY_free(dh->pkey);
	wipe(dh, sizeof(*dh));
	free(dh);
}
