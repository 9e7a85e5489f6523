/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of btnsd that test_wipe sees return: the linker has their callers
 * call __wrap_NAME() of wrapped.c, and that calls __real_NAME() (ld --wrap).
 */
#ifndef TESTS_UNIT_WRAPPED_H
#define TESTS_UNIT_WRAPPED_H

#include "btnsd/btnsd.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/crypto/kex.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/intauth.h"
#include "btnsd/ike/proof.h"

#define WRAPPED(ret, name, ...) \
	ret __real_##name(__VA_ARGS__), __wrap_##name(__VA_ARGS__)

void __real_free(void *p);
void __wrap_free(void *p);
WRAPPED(ssize_t, read, int fd, void *to, size_t n);
/* the disk fails in the middle of the secret of tokens */
extern bool wrapped_disk_fails;
WRAPPED(enum crypto_code, prf, uint16_t id, struct span key,
	const struct span *parts, unsigned int n, uint8_t *out);
WRAPPED(enum crypto_code, prf_plus, uint16_t id, struct span key,
	const struct span *parts, unsigned int n, uint8_t *out, size_t len);
WRAPPED(enum crypto_code, dh_derive, const struct dh *dh, struct span peer,
	struct secret *out);
WRAPPED(enum crypto_code, kex_answer, uint16_t method, struct span value,
	uint8_t *answer, size_t *len, struct secret *out);
WRAPPED(enum crypto_code, kex_finish, const struct kex *kex,
	struct span answer, struct secret *out);
WRAPPED(enum crypto_code, keymat_ike, const struct ike_keys_in *in,
	struct ike_keys *out);
WRAPPED(enum crypto_code, keymat_ike_rekey, const struct ike_keys *old,
	const struct ike_keys_in *in, struct ike_keys *out);
WRAPPED(enum crypto_code, keymat_child, const struct ike_keys *keys,
	struct span g_ir, struct span ni, struct span nr, uint16_t encr,
	uint16_t keybits, uint16_t integ, struct child_keys *out);
WRAPPED(enum crypto_code, keymat_auth_octets, uint16_t prf_id,
	const struct secret *sk_p, struct span message, struct span nonce,
	struct span id_body, struct span intauth, struct auth_octets *out);
WRAPPED(enum crypto_code, keymat_auth_psk, uint16_t prf_id,
	const struct secret *secret, const struct auth_octets *octets,
	uint8_t *out);
WRAPPED(enum crypto_code, keymat_check_psk, uint16_t prf_id,
	const struct secret *secret, const struct auth_octets *octets,
	struct span data);
WRAPPED(enum crypto_code, cbc_seal, const struct cbc_keys *keys,
	const uint8_t *iv, struct span aad, uint8_t *text, size_t len,
	uint8_t *icv);
WRAPPED(enum crypto_code, cbc_open, const struct cbc_keys *keys,
	const uint8_t *iv, struct span aad, struct span text,
	const uint8_t *icv, uint8_t *out);
WRAPPED(bool, cookie_make, struct cookie *c, uint64_t now,
	const struct endpoint *from, uint64_t spi_i, struct span ni,
	uint8_t *out);
WRAPPED(bool, cookie_check, struct cookie *c, uint64_t now,
	const struct endpoint *from, uint64_t spi_i, struct span ni,
	struct span got);
WRAPPED(void, qcd_start, struct btnsd *d);
WRAPPED(void, qcd_give, const struct ike_sa *sa, struct ike_build *b);
WRAPPED(bool, intauth_add, struct ike_sa *sa, const struct ike_hdr *hdr,
	uint8_t first, uint8_t flags, struct span text);
WRAPPED(bool, proof_build, struct ike_sa *sa, const struct conf_peer *peer,
	bool call, struct ike_build *b);
WRAPPED(bool, proof_verify, struct ike_sa *sa, const struct ike_msg *m,
	const struct ike_id *id, struct proof *p);
WRAPPED(enum crypto_code, x_init_keys, struct ike_sa *sa,
	const struct ike_sa *old, const struct ike_choice *c,
	struct span peer_value);
WRAPPED(enum fsm_code, x_child_answer, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b, struct child *old);
WRAPPED(enum fsm_code, x_child_take, struct ike_sa *sa, struct task *t,
	const struct ike_msg *m);
WRAPPED(enum fsm_code, x_child_req, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum fsm_code, x_child_resp, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum fsm_code, x_rekey_req, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum fsm_code, x_intermediate_req, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum fsm_code, x_intermediate_resp, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum crypto_code, x_followup_hold, struct ike_sa *sa,
	struct ike_sa *heir, const struct ike_choice *c,
	struct span peer_value, struct ike_build *b);
WRAPPED(enum fsm_code, x_followup_begin, struct ike_sa *sa, struct task *t,
	const struct ike_choice *c, const struct ike_msg *m);
WRAPPED(enum fsm_code, x_followup_req, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);
WRAPPED(enum fsm_code, x_followup_resp, struct ike_sa *sa,
	const struct ike_msg *m, struct ike_build *b);

#endif
