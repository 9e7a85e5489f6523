// SPDX-License-Identifier: GPL-2.0-or-later
/* The groups "ike" and "child": algorithms, lifetimes, limits. */
#include <string.h>

#include "btnsd/conf_value.h"
#include "btnsd/crypto/kex.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

static const struct conf_word dh_words[] = {
	{"x25519", IKE_DH_X25519},
	{"p256", IKE_DH_ECP_256},
	{"p384", IKE_DH_ECP_384},
	{"modp2048", IKE_DH_MODP_2048},
	{"modp3072", IKE_DH_MODP_3072},
	{"modp4096", IKE_DH_MODP_4096},
	{NULL, 0},
};

static const struct conf_word addke_words[] = {
	{"mlkem512", IKE_DH_ML_KEM_512},
	{"mlkem768", IKE_DH_ML_KEM_768},
	{"mlkem1024", IKE_DH_ML_KEM_1024},
	{"x25519", IKE_DH_X25519},
	{"p256", IKE_DH_ECP_256},
	{"p384", IKE_DH_ECP_384},
	{"modp2048", IKE_DH_MODP_2048},
	{"modp3072", IKE_DH_MODP_3072},
	{"modp4096", IKE_DH_MODP_4096},
	{"none", IKE_DH_NONE},
	{NULL, 0},
};

static const struct conf_word aead_words[] = {
	{"aes256gcm16", 0},
	{"aes128gcm16", 1},
	{"chacha20poly1305", 2},
	{"aes256-sha256", 3},
	{"aes256-sha384", 4},
	{"aes256-sha512", 5},
	{"aes128-sha256", 6},
	{"aes128-sha384", 7},
	{"aes128-sha512", 8},
	{NULL, 0},
};

/* what the values of aead_words stand for */
static const struct conf_aead aeads[] = {
	{IKE_ENCR_AES_GCM_16, 256, IKE_INTEG_NONE},
	{IKE_ENCR_AES_GCM_16, 128, IKE_INTEG_NONE},
	{IKE_ENCR_CHACHA20_POLY1305, 0, IKE_INTEG_NONE},
	{IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128},
	{IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_384_192},
	{IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_512_256},
	{IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA2_256_128},
	{IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA2_384_192},
	{IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA2_512_256},
};

static const struct conf_word encap_words[] = {
	{"auto", CONF_ENCAP_AUTO},
	{"always", CONF_ENCAP_ALWAYS},
	{"never", CONF_ENCAP_NEVER},
	{NULL, 0},
};

static const struct conf_word prf_words[] = {
	{"sha256", IKE_PRF_HMAC_SHA2_256},
	{"sha384", IKE_PRF_HMAC_SHA2_384},
	{"sha512", IKE_PRF_HMAC_SHA2_512},
	{NULL, 0},
};

static bool rd_dh(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_words(r, s, dh_words, r->out->dh, &r->out->n_dh);
}

static bool rd_additional(struct conf_reader *r, const config_setting_t *s)
{
	struct conf *c = r->out;
	uint16_t method[CONF_ALGS_MAX];
	size_t i, n;

	if (!conf_as_words(r, s, addke_words, method, &n))
		return false;
	c->n_addke = 0;
	c->addke_optional = method[n - 1] == IKE_DH_NONE;
	if (c->addke_optional)
		n--;
	for (i = 0; i < n; i++) {
		if (method[i] == IKE_DH_NONE)
			return conf_fail(r, s,
					 "additional names \"none\" before others: put it last, it stands for peers that have none of them");
		if (!kex_supported(method[i]))
			return conf_fail(r, s,
					 "additional: \"%s\" needs OpenSSL 3.5 or newer, which btnsd does not run with here",
					 config_setting_get_string_elem(s, (int)i));
		c->addke[c->n_addke++] = method[i];
	}
	return true;
}

static bool as_aeads(struct conf_reader *r, const config_setting_t *s,
		     struct conf_aead *out, size_t *n_out)
{
	uint16_t word[CONF_ALGS_MAX];
	size_t i, n;

	if (!conf_as_words(r, s, aead_words, word, &n))
		return false;
	for (i = 0; i < n; i++)
		out[i] = aeads[word[i]];
	*n_out = n;
	return true;
}

static bool rd_ike_aead(struct conf_reader *r, const config_setting_t *s)
{
	return as_aeads(r, s, r->out->ike_aead, &r->out->n_ike_aead);
}

static bool rd_prf(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_words(r, s, prf_words, r->out->prf, &r->out->n_prf);
}

static bool rd_ike_lifetime(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 60, 7 * 86400, &r->out->ike_lifetime);
}

/* twice that must fit 64 bits */
static bool as_bytes(struct conf_reader *r, const config_setting_t *s,
		     uint64_t *out)
{
	uint64_t v;

	if (!conf_as_number(r, s, 0, INT64_MAX, &v))
		return false;
	if (v && v < 65536)
		return conf_fail(r, s,
				 "bytes is %llu: give 0 for no limit, or 65536 and more",
				 (unsigned long long)v);
	*out = v;
	return true;
}

static bool rd_ike_bytes(struct conf_reader *r, const config_setting_t *s)
{
	return as_bytes(r, s, &r->out->ike_bytes);
}

/* twice that, of both directions, has to fit the message id */
static bool rd_ike_packets(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 64, INT32_MAX, &r->out->ike_packets);
}

static bool rd_reauth(struct conf_reader *r, const config_setting_t *s)
{
	uint64_t v;

	if (!conf_as_number(r, s, 0, 30 * 86400, &v))
		return false;
	if (v && v < 60)
		return conf_fail(r, s,
				 "reauth is %u: give 0 for never, or 60 and more",
				 (unsigned int)v);
	r->out->ike_reauth = (uint32_t)v;
	return true;
}

static bool rd_fragment(struct conf_reader *r, const config_setting_t *s)
{
	uint64_t v;

	if (!conf_as_number(r, s, 0, 65535, &v))
		return false;
	if (v && v < 576)
		return conf_fail(r, s,
				 "fragment is %u: give 0 for never, or 576 and more",
				 (unsigned int)v);
	r->out->fragment = (uint32_t)v;
	return true;
}

static bool rd_dpd(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 0, 86400, &r->out->dpd);
}

static bool rd_encap(struct conf_reader *r, const config_setting_t *s)
{
	uint16_t v;

	if (!conf_as_word(r, s, encap_words, &v))
		return false;
	r->out->encap = (enum conf_encap)v;
	return true;
}

static bool rd_keepalive(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 0, 3600, &r->out->keepalive);
}

static bool rd_retries(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, 12, &r->out->retries);
}

static bool rd_cookie_threshold(struct conf_reader *r,
				const config_setting_t *s)
{
	return conf_as_u32(r, s, 0, 65536, &r->out->cookie_threshold);
}

static bool rd_half_open_max(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, IKE_SAS_MAX, &r->out->half_open_max);
}

static bool rd_half_open_per_addr(struct conf_reader *r,
				  const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, 65536, &r->out->half_open_per_addr);
}

/* with one there is no place for what a rekey makes */
static bool rd_per_addr(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 2, IKE_SAS_MAX, &r->out->per_addr);
}

static bool rd_initiate_max(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, IKE_SAS_MAX, &r->out->initiate_max);
}

static bool rd_stranger_children(struct conf_reader *r,
				 const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, IKE_CHILDREN_MAX,
			   &r->out->stranger_children);
}

static const struct conf_member ike_members[] = {
	{"dh", rd_dh},
	{"additional", rd_additional},
	{"aead", rd_ike_aead},
	{"prf", rd_prf},
	{"lifetime", rd_ike_lifetime},
	{"bytes", rd_ike_bytes},
	{"packets", rd_ike_packets},
	{"reauth", rd_reauth},
	{"fragment", rd_fragment},
	{"dpd", rd_dpd},
	{"encap", rd_encap},
	{"keepalive", rd_keepalive},
	{"retries", rd_retries},
	{"cookie_threshold", rd_cookie_threshold},
	{"half_open_max", rd_half_open_max},
	{"half_open_per_address", rd_half_open_per_addr},
	{"per_address", rd_per_addr},
	{"initiate_max", rd_initiate_max},
	{"stranger_children", rd_stranger_children},
	{NULL, NULL},
};

static bool rd_child_aead(struct conf_reader *r, const config_setting_t *s)
{
	return as_aeads(r, s, r->out->child_aead, &r->out->n_child_aead);
}

static bool rd_child_lifetime(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 10, 7 * 86400, &r->out->child_lifetime);
}

static bool rd_child_keep(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_bool(r, s, &r->out->child_keep);
}

static bool rd_child_bytes(struct conf_reader *r, const config_setting_t *s)
{
	return as_bytes(r, s, &r->out->child_bytes);
}

static bool rd_child_packets(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 64, INT32_MAX, &r->out->child_packets);
}

static bool rd_pfs(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_bool(r, s, &r->out->pfs);
}

static bool rd_replay_window(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 32, 4096, &r->out->replay_window);
}

static const struct conf_member child_members[] = {
	{"aead", rd_child_aead},
	{"lifetime", rd_child_lifetime},
	{"keep", rd_child_keep},
	{"bytes", rd_child_bytes},
	{"packets", rd_child_packets},
	{"pfs", rd_pfs},
	{"replay_window", rd_replay_window},
	{NULL, NULL},
};

/* an additional key exchange that has to be needs a method that dh leaves it */
static bool check_additional(struct conf_reader *r, const config_setting_t *s)
{
	const struct conf *c = r->out;
	size_t i, j;

	if (c->addke_optional)
		return true;
	for (i = 0; i < c->n_addke; i++)
		for (j = 0; j < c->n_dh; j++)
			if (c->addke[i] != c->dh[j])
				return true;
	s = config_setting_get_member(s, "additional");
	return conf_fail(r, s,
			 "additional has nothing but \"%s\", and nor has dh: no method is done twice, so name another in one of them, or \"none\" as the last of additional",
			 config_setting_get_string_elem(s, 0));
}

/**
 * conf_aead_begins() - does a proposal begin with an algorithm of a list?
 * @list: algorithms, in order
 * @i: which
 *
 * AEADs side by side share a proposal. Cipher and MAC have one of their own: an
 * AEAD and an integrity transform cannot be in one (RFC 7296 section 3.3), and
 * of several ciphers and MACs in one any two may be chosen.
 *
 * Return: whether it does.
 */
bool conf_aead_begins(const struct conf_aead *list, size_t i)
{
	return !i || list[i].integ || list[i - 1].integ;
}

/* what we offer must be as much as anybody reads */
static bool check_transforms(struct conf_reader *r, const config_setting_t *s)
{
	const struct conf *c = r->out;
	size_t i, ciphers = 0, proposals = 0, all;

	for (i = 0; i < c->n_ike_aead; i++) {
		ciphers += c->ike_aead[i].integ ? 2 : 1;
		proposals += conf_aead_begins(c->ike_aead, i);
	}
	all = ciphers + proposals * (c->n_prf + c->n_dh);
	/* with and without an additional key exchange */
	if (c->n_addke && c->addke_optional)
		all *= 2;
	all += proposals * c->n_addke;
	return all <= IKE_MAX_TRANSFORMS ||
	       conf_fail(r, s,
			 "aead, prf, dh and additional make %zu transforms in %zu proposals, of at most %d: leave some out, or put those without \"-\" side by side in aead",
			 all, proposals, IKE_MAX_TRANSFORMS);
}

/**
 * conf_has_dh() - may we take part in such a key exchange?
 * @c: configuration
 * @group: enum ike_dh, or a number that a peer made up
 *
 * Return: true if it is in ike.dh.
 */
bool conf_has_dh(const struct conf *c, uint16_t group)
{
	size_t i;

	for (i = 0; i < c->n_dh; i++)
		if (c->dh[i] == group)
			return true;
	return false;
}

/**
 * conf_read_ike() - the group "ike"
 * @r: reading
 * @s: setting
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_ike(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, ike_members) && check_additional(r, s) &&
	       check_transforms(r, s);
}

/**
 * conf_read_child() - the group "child"
 * @r: reading
 * @s: setting
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_child(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, child_members);
}
