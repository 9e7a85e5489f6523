// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_INTERMEDIATE (RFC 9242) for one additional key exchange (RFC 9370): its
 * secret is mixed into the keys before anybody proves anything, so that they
 * hold as long as either exchange does. Of an SA that is half open there is one
 * such exchange at most, and only if IKE_SA_INIT has agreed on it.
 */
#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/intauth.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/notify.h"
#include "btnsd/log.h"

/**
 * x_intermediate_announce() - write INTERMEDIATE_EXCHANGE_SUPPORTED
 * @sa: IKE SA
 * @asked: the peer said it; an initiator need not wait for that
 * @b: chain of an IKE_SA_INIT message
 *
 * Whoever has no additional key exchange to offer or to take has no use for
 * the exchange and does not say it.
 */
void x_intermediate_announce(const struct ike_sa *sa, bool asked,
			     struct ike_build *b)
{
	if (sa->d->conf->n_addke && (sa->initiator || asked))
		ike_build_notify(b, IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED,
				 span(NULL, 0));
}

/*
 * SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr), and all keys anew (RFC 9370
 * section 2.2.2): as in a rekey, with the SPIs as they are.
 */
static bool next_keys(struct ike_sa *sa, const struct secret *shared)
{
	const struct ike_keys_in in = {
		.prf = sa->keys.prf,
		.encr = sa->keys.encr,
		.keybits = sa->keys.keybits,
		.integ = sa->keys.integ,
		.g_ir = secret_span(shared),
		.ni = blob_span(&sa->ni),
		.nr = blob_span(&sa->nr),
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
	};

	sa->has_next_keys = keymat_ike_rekey(&sa->keys, &in, &sa->next_keys) ==
			    CRYPTO_OK;
	return sa->has_next_keys;
}

/* each by itself: a compound literal would leave secrets on the stack */
static void keep_last(struct ike_sa *sa)
{
	keymat_wipe(&sa->last_keys);
	sa->last_keys.prf = sa->keys.prf;
	sa->last_keys.encr = sa->keys.encr;
	sa->last_keys.keybits = sa->keys.keybits;
	sa->last_keys.integ = sa->keys.integ;
	sa->last_keys.sk_ei = sa->keys.sk_ei;
	sa->last_keys.sk_ai = sa->keys.sk_ai;
}

/**
 * x_intermediate_rekeyed() - use the keys of an additional key exchange
 * @sa: IKE SA; if it has such keys they take the place of the others, which
 *	protected the message that was sent or taken last
 *
 * A responder keeps the key to that message until the next one comes: the peer,
 * to whom the answer is lost, may cut it into other fragments and send it again.
 */
void x_intermediate_rekeyed(struct ike_sa *sa)
{
	if (!sa->has_next_keys)
		return;
	if (!sa->initiator)
		keep_last(sa);
	sa->keys = sa->next_keys;
	keymat_wipe(&sa->next_keys);
	sa->has_next_keys = false;
}

/**
 * x_intermediate_send() - write our IKE_INTERMEDIATE request
 * @sa: IKE SA with keys, and an additional key exchange to come
 * @t: the task
 * @b: inner chain
 *
 * Return: whether it is written.
 */
enum start_code x_intermediate_send(struct ike_sa *sa, struct task *t,
				    struct ike_build *b)
{
	(void)t;
	if (kex_begin(sa->addke, &sa->kex) != CRYPTO_OK) {
		sa_fault(sa, 0, "no key pair of %s could be made",
			 ike_name_transform(IKE_TRANS_DH, sa->addke));
		return START_FAIL;
	}
	ike_build_ke(b, sa->addke, kex_value(sa->kex));
	return START_OK;
}

/* the payload's method is the one that was agreed */
static bool right_method(struct ike_sa *sa, const struct ike_msg *m,
			 uint16_t notify)
{
	if (m->ke.group == sa->addke)
		return true;
	sa_fault(sa, notify, "its additional key exchange is by method %u, and %s was agreed",
		 m->ke.group, ike_name_transform(IKE_TRANS_DH, sa->addke));
	return false;
}

/**
 * x_intermediate_req() - answer a peer's IKE_INTERMEDIATE
 * @sa: IKE SA in state half-open
 * @m: its request
 * @b: inner chain of our answer, which the keys before still protect
 *
 * Return: FSM_OK or FSM_FATAL.
 */
enum fsm_code x_intermediate_req(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b)
{
	uint8_t answer[KEX_VALUE_MAX];
	struct secret shared = { 0 };
	enum crypto_code code;
	size_t len = 0;

	if (!sa->addke) {
		sa_fault(sa, IKE_N_INVALID_SYNTAX,
			 "no additional key exchange was agreed, or it is done");
		return FSM_FATAL;
	}
	if (!right_method(sa, m, IKE_N_INVALID_SYNTAX))
		return FSM_FATAL;
	code = kex_answer(sa->addke, m->ke.data, answer, &len, &shared);
	if (code != CRYPTO_OK) {
		sa_fault(sa, IKE_N_INVALID_SYNTAX,
			 "its additional key exchange value: %s",
			 crypto_text(code));
		return FSM_FATAL;
	}
	if (!intauth_received(sa, m) || !next_keys(sa, &shared)) {
		secret_wipe(&shared);
		sa_fault(sa, 0, "the next keys could not be made");
		return FSM_FATAL;
	}
	secret_wipe(&shared);
	ike_build_ke(b, sa->addke, span(answer, len));
	sa_log(sa, LOG_INFO, "IKE_INTERMEDIATE: additional key exchange by %s",
	       ike_name_transform(IKE_TRANS_DH, sa->addke));
	sa->addke = 0;
	sa->peer_addke = true;
	return FSM_OK;
}

/**
 * x_intermediate_resp() - take the answer to our IKE_INTERMEDIATE
 * @sa: IKE SA in state intermediate-sent
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK, and the new keys are in use; or FSM_FATAL.
 */
enum fsm_code x_intermediate_resp(struct ike_sa *sa, const struct ike_msg *m,
				  struct ike_build *b)
{
	struct secret shared = { 0 };
	enum crypto_code code;
	bool ok;

	(void)b;
	if (!right_method(sa, m, 0))
		return FSM_FATAL;
	code = kex_finish(sa->kex, m->ke.data, &shared);
	kex_free(sa->kex);
	sa->kex = NULL;
	if (code != CRYPTO_OK) {
		sa_fault(sa, 0, "its additional key exchange value: %s",
			 crypto_text(code));
		return FSM_FATAL;
	}
	ok = intauth_received(sa, m) && next_keys(sa, &shared);
	secret_wipe(&shared);
	if (!ok) {
		sa_fault(sa, 0, "the next keys could not be made");
		return FSM_FATAL;
	}
	x_intermediate_rekeyed(sa);
	sa_log(sa, LOG_INFO, "IKE_INTERMEDIATE: additional key exchange by %s",
	       ike_name_transform(IKE_TRANS_DH, sa->addke));
	sa->addke = 0;
	sa->peer_addke = true;
	return FSM_OK;
}

/**
 * x_intermediate_refused() - take an error that answers our IKE_INTERMEDIATE
 * @sa: IKE SA in state intermediate-sent
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_FATAL.
 */
enum fsm_code x_intermediate_refused(struct ike_sa *sa,
				     const struct ike_msg *m,
				     struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);

	(void)b;
	sa_fault(sa, 0, "the peer refused the additional key exchange by %s: %s",
		 ike_name_transform(IKE_TRANS_DH, sa->addke),
		 notify_reason(n));
	life_refused(sa, n);
	return FSM_FATAL;
}
