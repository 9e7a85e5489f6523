// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key derivation, RFC 7296 2.14 to 2.18. Every intermediate value is wiped, and
 * a failure leaves no key half made.
 */
#include "btnsd/crypto/keymat.h"

#include <string.h>

#include "btnsd/crypto/aead.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/ike/wire.h"

static bool nonce_ok(struct span nonce)
{
	return nonce.len >= IKE_NONCE_MIN && nonce.len <= IKE_NONCE_MAX;
}

/* octets of SK_e*; 0 if the cipher, or the two together, are not supported */
static size_t cipher_len(const struct ike_keys_in *in)
{
	size_t both = cbc_keymat_len(in->encr, in->keybits, in->integ);

	if (in->integ)
		return both ? both - cbc_integ_len(in->integ) : 0;
	return aead_keymat_len(in->encr, in->keybits);
}

static enum crypto_code check(const struct ike_keys_in *in)
{
	if (!prf_len(in->prf) || !cipher_len(in))
		return CRYPTO_UNSUPPORTED;
	if (!in->g_ir.len || !nonce_ok(in->ni) || !nonce_ok(in->nr))
		return CRYPTO_LENGTH;
	return CRYPTO_OK;
}

static void take(const uint8_t **from, size_t len, struct secret *to)
{
	memcpy(to->data, *from, len);
	to->len = len;
	*from += len;
}

/*
 * {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} =
 * prf+(SKEYSEED, Ni | Nr | SPIi | SPIr); an AEAD has no SK_a*
 */
static enum crypto_code expand(const struct ike_keys_in *in, struct span skeyseed,
			       struct ike_keys *out)
{
	size_t p = prf_len(in->prf);
	size_t e = cipher_len(in), a = cbc_integ_len(in->integ);
	uint8_t mat[3 * PRF_MAX_LEN + 2 * 128];
	size_t need = 3 * p + 2 * a + 2 * e;
	const uint8_t *at = mat;
	uint8_t spis[2 * IKE_SPI_LEN];
	enum crypto_code code;
	struct span seed[3];
	struct wbuf w;

	wbuf_init(&w, spis, sizeof(spis));
	wbuf_u64(&w, in->spi_i);
	wbuf_u64(&w, in->spi_r);
	seed[0] = in->ni;
	seed[1] = in->nr;
	seed[2] = span(spis, sizeof(spis));
	if (need > sizeof(mat))
		return CRYPTO_LENGTH;
	code = prf_plus(in->prf, skeyseed, seed, 3, mat, need);
	if (!code) {
		out->prf = in->prf;
		out->encr = in->encr;
		out->keybits = in->keybits;
		out->integ = in->integ;
		take(&at, p, &out->sk_d);
		take(&at, a, &out->sk_ai);
		take(&at, a, &out->sk_ar);
		take(&at, e, &out->sk_ei);
		take(&at, e, &out->sk_er);
		take(&at, p, &out->sk_pi);
		take(&at, p, &out->sk_pr);
	}
	wipe(mat, sizeof(mat));
	return code;
}

enum crypto_code keymat_ike(const struct ike_keys_in *in, struct ike_keys *out)
{
	uint8_t key[2 * IKE_NONCE_MAX], skeyseed[PRF_MAX_LEN];
	enum crypto_code code;
	struct span nonces;
	struct wbuf w;

	keymat_wipe(out);
	code = check(in);
	if (code)
		return code;
	/* SKEYSEED = prf(Ni | Nr, g^ir) */
	wbuf_init(&w, key, sizeof(key));
	wbuf_span(&w, in->ni);
	wbuf_span(&w, in->nr);
	if (!wbuf_done(&w, &nonces))
		return CRYPTO_LENGTH;
	code = prf(in->prf, nonces, &in->g_ir, 1, skeyseed);
	if (!code)
		code = expand(in, span(skeyseed, prf_len(in->prf)), out);
	wipe(skeyseed, sizeof(skeyseed));
	wipe(key, sizeof(key));
	return code;
}

enum crypto_code keymat_ike_rekey(const struct ike_keys *old,
				  const struct ike_keys_in *in,
				  struct ike_keys *out)
{
	struct span data[4] = { in->g_ir, in->ni, in->nr, in->more };
	uint8_t skeyseed[PRF_MAX_LEN];
	enum crypto_code code;

	keymat_wipe(out);
	code = check(in);
	if (code)
		return code;
	if (!old->sk_d.len)
		return CRYPTO_LENGTH;
	/* SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old SA's prf */
	code = prf(old->prf, secret_span(&old->sk_d), data, 4, skeyseed);
	if (!code)
		code = expand(in, span(skeyseed, prf_len(old->prf)), out);
	wipe(skeyseed, sizeof(skeyseed));
	return code;
}

void keymat_wipe(struct ike_keys *keys)
{
	wipe(keys, sizeof(*keys));
}

enum crypto_code keymat_child(const struct ike_keys *keys, struct span g_ir,
			      struct span ni, struct span nr, uint16_t encr,
			      uint16_t keybits, uint16_t integ,
			      struct child_keys *out)
{
	struct span seed[3] = { g_ir, ni, nr };
	size_t e = integ ? cbc_keymat_len(encr, keybits, integ) :
			   aead_keymat_len(encr, keybits);
	uint8_t mat[2 * 96];
	const uint8_t *at = mat;
	enum crypto_code code;

	keymat_child_wipe(out);
	if (!e)
		return CRYPTO_UNSUPPORTED;
	if (!keys->sk_d.len || !nonce_ok(ni) || !nonce_ok(nr) ||
	    2 * e > sizeof(mat))
		return CRYPTO_LENGTH;
	/* KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr) */
	code = prf_plus(keys->prf, secret_span(&keys->sk_d), seed, 3, mat, 2 * e);
	if (!code) {
		take(&at, e, &out->i2r);
		take(&at, e, &out->r2i);
	}
	wipe(mat, sizeof(mat));
	return code;
}

void keymat_child_wipe(struct child_keys *keys)
{
	wipe(keys, sizeof(*keys));
}

enum crypto_code keymat_auth_octets(uint16_t prf_id, const struct secret *sk_p,
				    struct span message, struct span nonce,
				    struct span id_body, struct span intauth,
				    struct auth_octets *out)
{
	enum crypto_code code;

	memset(out, 0, sizeof(*out));
	if (message.len < sizeof(struct ike_wire_hdr) || !nonce_ok(nonce) ||
	    id_body.len < sizeof(struct ike_wire_typed) || !sk_p->len)
		return CRYPTO_LENGTH;
	code = prf(prf_id, secret_span(sk_p), &id_body, 1, out->maced_id);
	if (code)
		return code;
	out->part[0] = message;
	out->part[1] = nonce;
	out->part[2] = span(out->maced_id, prf_len(prf_id));
	out->part[3] = intauth;
	return CRYPTO_OK;
}

enum crypto_code keymat_auth_psk(uint16_t prf_id, const struct secret *secret,
				 const struct auth_octets *octets,
				 uint8_t out[PRF_MAX_LEN])
{
	static const char pad[] = "Key Pad for IKEv2";
	struct span text = span((const uint8_t *)pad, sizeof(pad) - 1);
	uint8_t key[PRF_MAX_LEN];
	enum crypto_code code;

	memset(out, 0, PRF_MAX_LEN);
	if (!secret->len)
		return CRYPTO_LENGTH;
	code = prf(prf_id, secret_span(secret), &text, 1, key);
	if (!code)
		code = prf(prf_id, span(key, prf_len(prf_id)), octets->part,
			   AUTH_PARTS, out);
	wipe(key, sizeof(key));
	return code;
}

enum crypto_code keymat_check_psk(uint16_t prf_id, const struct secret *secret,
				  const struct auth_octets *octets,
				  struct span data)
{
	uint8_t want[PRF_MAX_LEN];
	enum crypto_code code = keymat_auth_psk(prf_id, secret, octets, want);

	if (!code && !secret_equal(data, span(want, prf_len(prf_id))))
		code = CRYPTO_FORGED;
	wipe(want, sizeof(want));
	return code;
}
