// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_FOLLOWUP_KE (RFC 9370 section 2.2.4): CREATE_CHILD_SA has agreed on a
 * rekey of the IKE SA and on an additional key exchange. The heir has no keys
 * and is in no table until that is done: it belongs to our task, or waits in
 * the old IKE SA for the peer to go on.
 */
#include "btnsd/btnsd.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/log.h"

#define LINK_LEN	8	/* octets by which we name an heir; all are good */
#define TRIES_MAX	5	/* rekeys begun again before it is made anew */

/* the first of both secrets, and which keys are to be made of them */
static enum crypto_code keep_first(struct ike_sa *heir,
				   const struct ike_choice *c,
				   struct span peer_value)
{
	struct secret shared = { 0 };
	enum crypto_code code = dh_derive(heir->dh, peer_value, &shared);

	if (code == CRYPTO_OK &&
	    !blob_set(&heir->shared, shared.data, shared.len))
		code = CRYPTO_INTERNAL;
	secret_wipe(&shared);
	dh_free(heir->dh);
	heir->dh = NULL;
	heir->addke = c->addke;
	heir->keys.prf = c->prf;
	heir->keys.encr = c->encr;
	heir->keys.keybits = c->keybits;
	heir->keys.integ = c->integ;
	return code;
}

/* SKEYSEED = prf(SK_d (old), SK(0) | Ni | Nr | SK(1)) */
static enum crypto_code make_keys(struct ike_sa *heir, const struct ike_sa *old,
				  struct secret *second)
{
	const struct ike_keys_in in = {
		.prf = heir->keys.prf,
		.encr = heir->keys.encr,
		.keybits = heir->keys.keybits,
		.integ = heir->keys.integ,
		.g_ir = blob_span(&heir->shared),
		.more = secret_span(second),
		.ni = blob_span(&heir->ni),
		.nr = blob_span(&heir->nr),
		.spi_i = heir->spi_i,
		.spi_r = heir->spi_r,
	};
	enum crypto_code code = keymat_ike_rekey(&old->keys, &in, &heir->keys);

	secret_wipe(second);
	blob_free(&heir->shared);
	blob_free(&heir->link);
	heir->has_keys = code == CRYPTO_OK;
	heir->peer_addke |= heir->has_keys;
	if (code == CRYPTO_OK)
		sa_log(old, LOG_INFO,
		       "IKE_FOLLOWUP_KE: additional key exchange by %s",
		       ike_name_transform(IKE_TRANS_DH, heir->addke));
	heir->addke = 0;
	return code;
}

/* ---- the peer rekeys ----------------------------------------------------- */

/**
 * x_followup_hold() - keep an heir until the peer completes it
 * @sa: IKE SA that it is to replace
 * @heir: with SPIs, nonces and a key pair, which is used up; @sa owns it
 *	afterwards, unless this fails
 * @c: algorithms, with an additional key exchange
 * @peer_value: of its KE payload
 * @b: inner chain of our answer to CREATE_CHILD_SA
 *
 * Return: CRYPTO_OK, or why not.
 */
enum crypto_code x_followup_hold(struct ike_sa *sa, struct ike_sa *heir,
				 const struct ike_choice *c,
				 struct span peer_value, struct ike_build *b)
{
	enum crypto_code code = keep_first(heir, c, peer_value);
	uint8_t link[LINK_LEN];

	if (code == CRYPTO_OK)
		code = rand_fill(link, sizeof(link));
	if (code == CRYPTO_OK && !blob_set(&heir->link, link, sizeof(link)))
		code = CRYPTO_INTERNAL;
	if (code != CRYPTO_OK)
		return code;
	ike_build_notify(b, IKE_N_ADDITIONAL_KEY_EXCHANGE,
			 blob_span(&heir->link));
	sa->followup = heir;
	timer_set(&sa->d->timers, &sa->followup_due, IKE_FOLLOWUP_MS);
	return CRYPTO_OK;
}

/**
 * x_followup_forget() - the peer does not complete its rekey
 * @sa: IKE SA; stays as it was
 */
void x_followup_forget(struct ike_sa *sa)
{
	if (!sa->followup)
		return;
	sa_discard(sa->followup);
	sa->followup = NULL;
	timer_cancel(&sa->followup_due);
}

/**
 * x_followup_due() - timer: the peer has not completed its rekey
 * @arg: IKE SA
 */
void x_followup_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;

	sa_log(sa, LOG_INFO, "IKE_FOLLOWUP_KE: the peer never went on");
	x_followup_forget(sa);
	fsm_start(sa);
	sa_reap(d);
}

/**
 * x_followup_req() - answer a peer's IKE_FOLLOWUP_KE
 * @sa: IKE SA that it replaces
 * @m: its request
 * @b: inner chain of our answer
 *
 * Return: FSM_OK, and the heir is in the table; FSM_REFUSE.
 */
enum fsm_code x_followup_req(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(m, IKE_N_ADDITIONAL_KEY_EXCHANGE);
	struct ike_sa *heir = sa->followup;
	uint8_t answer[KEX_VALUE_MAX];
	struct secret second = { 0 };
	enum crypto_code code;
	size_t len = 0;

	if (!heir || !n || !span_equal(n->data, blob_span(&heir->link))) {
		sa_fault(sa, IKE_N_STATE_NOT_FOUND,
			 "there is no rekey that it completes");
		return FSM_REFUSE;
	}
	if (!x_rekey_ike_may(sa))
		goto forget;
	if (m->ke.group != heir->addke) {
		sa_fault(sa, IKE_N_INVALID_SYNTAX,
			 "its additional key exchange is by method %u, and %s was agreed",
			 m->ke.group,
			 ike_name_transform(IKE_TRANS_DH, heir->addke));
		goto forget;
	}
	code = kex_answer(heir->addke, m->ke.data, answer, &len, &second);
	if (code == CRYPTO_OK) {
		ike_build_ke(b, heir->addke, span(answer, len));
		code = make_keys(heir, sa, &second);
	}
	if (code != CRYPTO_OK) {
		sa_fault(sa, x_init_fault(code),
			 "its additional key exchange value: %s",
			 crypto_text(code));
		goto forget;
	}
	sa->followup = NULL;
	timer_cancel(&sa->followup_due);
	x_rekey_ike_taken(sa, heir, false);
	return FSM_OK;
forget:
	x_followup_forget(sa);
	return FSM_REFUSE;
}

/* ---- we rekey ------------------------------------------------------------ */

/**
 * x_followup_waits() - does the peer wait for our IKE_FOLLOWUP_KE?
 * @m: its answer to our CREATE_CHILD_SA
 *
 * Return: true if so: it uses no heir before, and has moved nothing to it.
 */
bool x_followup_waits(const struct ike_msg *m)
{
	return ike_msg_notify_find(m, IKE_N_ADDITIONAL_KEY_EXCHANGE);
}

/**
 * x_followup_give_up() - a rekey of ours will not be completed
 * @sa: IKE SA; stays as it was, and is made anew unless it is already, or the
 *	peer has replaced it
 *
 * Return: FSM_OK if the peer has, else FSM_REFUSE.
 */
enum fsm_code x_followup_give_up(struct ike_sa *sa)
{
	if (x_rekey_ike_yield(sa))
		return FSM_OK;
	if (!sa->replaced)
		life_renew(sa);
	return FSM_REFUSE;
}

/**
 * x_followup_begin() - go on with our rekey
 * @sa: IKE SA that it is to replace
 * @t: our task, which is about IKE_FOLLOWUP_KE afterwards
 * @c: algorithms, with an additional key exchange
 * @m: the answer to our CREATE_CHILD_SA
 *
 * Return: FSM_AGAIN; if the answer is of no use, what x_followup_give_up() says:
 * the peer has moved nothing before it has our IKE_FOLLOWUP_KE.
 */
enum fsm_code x_followup_begin(struct ike_sa *sa, struct task *t,
			       const struct ike_choice *c,
			       const struct ike_msg *m)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(m, IKE_N_ADDITIONAL_KEY_EXCHANGE);
	enum crypto_code code;

	if (!n) {
		sa_fault(sa, 0,
			 "the answer agrees to an additional key exchange and does not name it");
		return x_followup_give_up(sa);
	}
	code = keep_first(t->heir, c, m->ke.data);
	if (code == CRYPTO_OK &&
	    !blob_set(&t->heir->link, n->data.data, n->data.len))
		code = CRYPTO_INTERNAL;
	if (code != CRYPTO_OK) {
		sa_fault(sa, 0, "the key exchange failed: %s",
			 crypto_text(code));
		return x_followup_give_up(sa);
	}
	t->kind = TASK_FOLLOWUP;
	return FSM_AGAIN;
}

/**
 * x_followup_send() - write our IKE_FOLLOWUP_KE request
 * @sa: IKE SA
 * @t: the task, with its heir
 * @b: inner chain
 *
 * Return: whether it is written.
 */
enum start_code x_followup_send(struct ike_sa *sa, struct task *t,
				struct ike_build *b)
{
	struct ike_sa *heir = t->heir;

	if (kex_begin(heir->addke, &heir->kex) != CRYPTO_OK) {
		sa_fault(sa, 0, "no key pair of %s could be made",
			 ike_name_transform(IKE_TRANS_DH, heir->addke));
		x_rekey_ike_yield(sa);
		return START_FAIL;
	}
	ike_build_ke(b, heir->addke, kex_value(heir->kex));
	ike_build_notify(b, IKE_N_ADDITIONAL_KEY_EXCHANGE,
			 blob_span(&heir->link));
	return START_OK;
}

/**
 * x_followup_resp() - take the answer to our IKE_FOLLOWUP_KE
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK; FSM_CLOSE if the answer is of no use, since the peer has
 * moved its child SAs to where we cannot follow.
 */
enum fsm_code x_followup_resp(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b)
{
	struct task *t = sa->tasks;
	struct ike_sa *heir = t->heir;
	struct secret second = { 0 };
	enum crypto_code code;

	(void)b;
	code = m->ke.group == heir->addke ?
		       kex_finish(heir->kex, m->ke.data, &second) :
		       CRYPTO_MISMATCH;
	kex_free(heir->kex);
	heir->kex = NULL;
	if (code == CRYPTO_OK)
		code = make_keys(heir, sa, &second);
	if (code != CRYPTO_OK) {
		sa_fault(sa, 0, "the additional key exchange failed: %s",
			 crypto_text(code));
		return FSM_CLOSE;
	}
	x_rekey_ike_complete(sa, t);
	return FSM_OK;
}

/**
 * x_followup_refused() - take an error that answers our IKE_FOLLOWUP_KE
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * The peer may have forgotten what it began: the rekey begins again (RFC 9370
 * section 2.2.4).
 *
 * Return: FSM_LATER; FSM_REFUSE when that was tried often; FSM_OK if a rekey of
 * the peer has met it, which stays.
 */
enum fsm_code x_followup_refused(struct ike_sa *sa, const struct ike_msg *m,
				 struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);
	struct task *t = sa->tasks;

	(void)b;
	if (x_rekey_ike_yield(sa))
		return FSM_OK;
	sa_fault(sa, 0, "the peer refused to complete the rekey by %s: %s",
		 ike_name_transform(IKE_TRANS_DH, t->heir->addke),
		 notify_reason(n));
	sa_discard(t->heir);
	t->heir = NULL;
	if (t->tries++ < TRIES_MAX) {
		t->kind = TASK_REKEY_IKE;
		return FSM_LATER;
	}
	return x_followup_give_up(sa);
}
