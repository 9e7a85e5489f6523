// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes secrets is made to tell them, and of what handles them the stack is
 * looked at when it has returned.
 */
#include "wrapped.h"

#include <errno.h>
#include <malloc.h>
#include <unistd.h>

#include "remains.h"

/* what a PRF's result is, by who asks for it; NULL for what everybody may see */
static const char in_token[] = "a crash token";
static const char in_sum[] = "the half of a MAC that is not sent";
static const char *result = in_token;

/* malloc's memory; OpenSSL gives its own back by itself */
NO_SANITIZER
void __wrap_free(void *p)
{
	if (p)
		remains_given_back(p, malloc_usable_size(p));
	__real_free(p);
}

bool wrapped_disk_fails;
static bool failing;

/* of what is a secret's half and more it reads half, and of the rest nothing */
ssize_t __wrap_read(int fd, void *to, size_t n)
{
	if (!failing)
		return __real_read(fd, to, n);
	if (n > QCD_SECRET_LEN / 2)
		return __real_read(fd, to, n / 2);
	errno = EIO;
	return -1;
}

/* ---- what makes secrets --------------------------------------------------- */

NO_SANITIZER
enum crypto_code __wrap_prf(uint16_t id, struct span key,
			    const struct span *parts, unsigned int n,
			    uint8_t *out)
{
	enum crypto_code code = __real_prf(id, key, parts, n, out);
	size_t sent = result == in_sum ? prf_len(id) / 2 : 0;

	if (result)
		remains_learn(result, out + sent, prf_len(id) - sent);
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_prf_plus(uint16_t id, struct span key,
				 const struct span *parts, unsigned int n,
				 uint8_t *out, size_t len)
{
	enum crypto_code code = __real_prf_plus(id, key, parts, n, out, len);

	remains_behind();
	remains_learn("SK_* or KEYMAT", out, len);
	remains_look("prf_plus");
	return code;
}

static const char in_kex[] = "what a key exchange has come to";

NO_SANITIZER
enum crypto_code __wrap_dh_derive(const struct dh *dh, struct span peer,
				  struct secret *out)
{
	enum crypto_code code = __real_dh_derive(dh, peer, out);

	remains_behind();
	remains_learn(in_kex, out->data, out->len);
	remains_look("dh_derive");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_kex_answer(uint16_t method, struct span value,
				   uint8_t *answer, size_t *len,
				   struct secret *out)
{
	enum crypto_code code = __real_kex_answer(method, value, answer, len,
						  out);

	remains_behind();
	remains_learn(in_kex, out->data, out->len);
	remains_look("kex_answer");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_kex_finish(const struct kex *kex, struct span answer,
				   struct secret *out)
{
	enum crypto_code code = __real_kex_finish(kex, answer, out);

	remains_behind();
	remains_learn(in_kex, out->data, out->len);
	remains_look("kex_finish");
	return code;
}

NO_SANITIZER
void __wrap_qcd_start(struct btnsd *d)
{
	failing = wrapped_disk_fails;
	__real_qcd_start(d);
	remains_behind();
	failing = false;
	remains_learn("the secret of tokens", d->qcd.secret,
		      sizeof(d->qcd.secret));
	remains_look("qcd_start");
}

/* a cookie is for everybody, what it is made with is not */
NO_SANITIZER
bool __wrap_cookie_make(struct cookie *c, uint64_t now,
			const struct endpoint *from, uint64_t spi_i,
			struct span ni, uint8_t *out)
{
	bool ok;

	result = NULL;
	ok = __real_cookie_make(c, now, from, spi_i, ni, out);
	remains_behind();
	result = in_token;
	remains_learn("a secret of cookies", c->secret[0],
		      sizeof(c->secret[0]));
	remains_look("cookie_make");
	return ok;
}

NO_SANITIZER
bool __wrap_cookie_check(struct cookie *c, uint64_t now,
			 const struct endpoint *from, uint64_t spi_i,
			 struct span ni, struct span got)
{
	bool ok;

	result = NULL;
	ok = __real_cookie_check(c, now, from, spi_i, ni, got);
	result = in_token;
	return ok;
}

/* ---- what handles them ---------------------------------------------------- */

NO_SANITIZER
enum crypto_code __wrap_keymat_ike(const struct ike_keys_in *in,
				   struct ike_keys *out)
{
	enum crypto_code code;

	result = "SKEYSEED";
	code = __real_keymat_ike(in, out);
	remains_behind();
	result = in_token;
	remains_look("keymat_ike");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_keymat_ike_rekey(const struct ike_keys *old,
					 const struct ike_keys_in *in,
					 struct ike_keys *out)
{
	enum crypto_code code;

	result = "SKEYSEED";
	code = __real_keymat_ike_rekey(old, in, out);
	remains_behind();
	result = in_token;
	remains_look("keymat_ike_rekey");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_keymat_child(const struct ike_keys *keys,
				     struct span g_ir, struct span ni,
				     struct span nr, uint16_t encr,
				     uint16_t keybits, uint16_t integ,
				     struct child_keys *out)
{
	enum crypto_code code = __real_keymat_child(keys, g_ir, ni, nr, encr,
						    keybits, integ, out);

	remains_behind();
	remains_look("keymat_child");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_keymat_auth_octets(uint16_t prf_id,
					   const struct secret *sk_p,
					   struct span message,
					   struct span nonce,
					   struct span id_body,
					   struct span intauth,
					   struct auth_octets *out)
{
	enum crypto_code code;

	result = "prf(SK_p, ID)";
	code = __real_keymat_auth_octets(prf_id, sk_p, message, nonce, id_body,
					 intauth, out);
	remains_behind();
	result = in_token;
	remains_look("keymat_auth_octets");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_keymat_auth_psk(uint16_t prf_id,
					const struct secret *secret,
					const struct auth_octets *octets,
					uint8_t *out)
{
	enum crypto_code code;

	result = "a padded secret, or AUTH";
	code = __real_keymat_auth_psk(prf_id, secret, octets, out);
	remains_behind();
	result = in_token;
	remains_look("keymat_auth_psk");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_keymat_check_psk(uint16_t prf_id,
					 const struct secret *secret,
					 const struct auth_octets *octets,
					 struct span data)
{
	enum crypto_code code;

	result = "a padded secret, or AUTH";
	code = __real_keymat_check_psk(prf_id, secret, octets, data);
	remains_behind();
	result = in_token;
	remains_look("keymat_check_psk");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_cbc_seal(const struct cbc_keys *keys, const uint8_t *iv,
				 struct span aad, uint8_t *text, size_t len,
				 uint8_t *icv)
{
	enum crypto_code code;

	result = in_sum;
	code = __real_cbc_seal(keys, iv, aad, text, len, icv);
	remains_behind();
	result = in_token;
	remains_look("cbc_seal");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_cbc_open(const struct cbc_keys *keys, const uint8_t *iv,
				 struct span aad, struct span text,
				 const uint8_t *icv, uint8_t *out)
{
	enum crypto_code code;

	result = in_sum;
	code = __real_cbc_open(keys, iv, aad, text, icv, out);
	remains_behind();
	result = in_token;
	remains_look("cbc_open");
	return code;
}

NO_SANITIZER
void __wrap_qcd_give(const struct ike_sa *sa, struct ike_build *b)
{
	__real_qcd_give(sa, b);
	remains_behind();
	remains_look("qcd_give");
}

NO_SANITIZER
bool __wrap_intauth_add(struct ike_sa *sa, const struct ike_hdr *hdr,
			uint8_t first, uint8_t flags, struct span text)
{
	bool ok;

	result = "IntAuth";
	ok = __real_intauth_add(sa, hdr, first, flags, text);
	remains_behind();
	result = in_token;
	remains_look("intauth_add");
	return ok;
}

NO_SANITIZER
bool __wrap_proof_build(struct ike_sa *sa, const struct conf_peer *peer,
			bool call, struct ike_build *b)
{
	bool ok = __real_proof_build(sa, peer, call, b);

	remains_behind();
	remains_look("proof_build");
	return ok;
}

NO_SANITIZER
bool __wrap_proof_verify(struct ike_sa *sa, const struct ike_msg *m,
			 const struct ike_id *id, struct proof *p)
{
	bool ok = __real_proof_verify(sa, m, id, p);

	remains_behind();
	remains_look("proof_verify");
	return ok;
}

NO_SANITIZER
enum crypto_code __wrap_x_init_keys(struct ike_sa *sa, const struct ike_sa *old,
				    const struct ike_choice *c,
				    struct span peer_value)
{
	enum crypto_code code = __real_x_init_keys(sa, old, c, peer_value);

	remains_behind();
	remains_look("x_init_keys");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_child_answer(struct ike_sa *sa, const struct ike_msg *m,
				    struct ike_build *b, struct child *old)
{
	enum fsm_code code = __real_x_child_answer(sa, m, b, old);

	remains_behind();
	remains_look("x_child_answer");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_child_take(struct ike_sa *sa, struct task *t,
				  const struct ike_msg *m)
{
	enum fsm_code code = __real_x_child_take(sa, t, m);

	remains_behind();
	remains_look("x_child_take");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_child_req(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b)
{
	enum fsm_code code = __real_x_child_req(sa, m, b);

	remains_behind();
	remains_look("x_child_req");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_child_resp(struct ike_sa *sa, const struct ike_msg *m,
				  struct ike_build *b)
{
	enum fsm_code code = __real_x_child_resp(sa, m, b);

	remains_behind();
	remains_look("x_child_resp");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_rekey_req(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b)
{
	enum fsm_code code = __real_x_rekey_req(sa, m, b);

	remains_behind();
	remains_look("x_rekey_req");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_intermediate_req(struct ike_sa *sa,
					const struct ike_msg *m,
					struct ike_build *b)
{
	enum fsm_code code = __real_x_intermediate_req(sa, m, b);

	remains_behind();
	remains_look("x_intermediate_req");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_intermediate_resp(struct ike_sa *sa,
					 const struct ike_msg *m,
					 struct ike_build *b)
{
	enum fsm_code code = __real_x_intermediate_resp(sa, m, b);

	remains_behind();
	remains_look("x_intermediate_resp");
	return code;
}

NO_SANITIZER
enum crypto_code __wrap_x_followup_hold(struct ike_sa *sa, struct ike_sa *heir,
					const struct ike_choice *c,
					struct span peer_value,
					struct ike_build *b)
{
	enum crypto_code code = __real_x_followup_hold(sa, heir, c, peer_value,
						       b);

	remains_behind();
	remains_look("x_followup_hold");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_followup_begin(struct ike_sa *sa, struct task *t,
				      const struct ike_choice *c,
				      const struct ike_msg *m)
{
	enum fsm_code code = __real_x_followup_begin(sa, t, c, m);

	remains_behind();
	remains_look("x_followup_begin");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_followup_req(struct ike_sa *sa, const struct ike_msg *m,
				    struct ike_build *b)
{
	enum fsm_code code = __real_x_followup_req(sa, m, b);

	remains_behind();
	remains_look("x_followup_req");
	return code;
}

NO_SANITIZER
enum fsm_code __wrap_x_followup_resp(struct ike_sa *sa, const struct ike_msg *m,
				     struct ike_build *b)
{
	enum fsm_code code = __real_x_followup_resp(sa, m, b);

	remains_behind();
	remains_look("x_followup_resp");
	return code;
}
