// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_SA_INIT (RFC 7296 section 1.2): algorithms, key exchange, nonces. Its
 * messages are in the clear, so what they say of errors is only believed as
 * far as asking again.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/fragment.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/parse.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/log.h"

/**
 * x_init_fault() - what a value of a key exchange that cannot be used is called
 * @code: why it cannot
 *
 * What we could not do is not the peer's fault, and must not end its IKE SA.
 *
 * Return: enum ike_notify.
 */
uint16_t x_init_fault(enum crypto_code code)
{
	return code == CRYPTO_INTERNAL ? IKE_N_TEMPORARY_FAILURE :
					 IKE_N_INVALID_SYNTAX;
}

/**
 * x_init_keys() - make SK_* from our key pair and the peer's value
 * @sa: IKE SA with SPIs, nonces and a key pair, which is used up if all
 *	goes well; else another value may be tried
 * @old: IKE SA that it rekeys (RFC 7296 section 2.18), or NULL
 * @c: algorithms
 * @peer_value: of its KE payload
 *
 * Return: CRYPTO_OK, and sa->has_keys; or why not.
 */
enum crypto_code x_init_keys(struct ike_sa *sa, const struct ike_sa *old,
			     const struct ike_choice *c, struct span peer_value)
{
	struct secret g_ir = { 0 };
	struct ike_keys_in in;
	enum crypto_code code = dh_derive(sa->dh, peer_value, &g_ir);

	if (code == CRYPTO_OK) {
		in = (struct ike_keys_in){
			.prf = c->prf,
			.encr = c->encr,
			.keybits = c->keybits,
			.integ = c->integ,
			.g_ir = secret_span(&g_ir),
			.ni = blob_span(&sa->ni),
			.nr = blob_span(&sa->nr),
			.spi_i = sa->spi_i,
			.spi_r = sa->spi_r,
		};
		code = old ? keymat_ike_rekey(&old->keys, &in, &sa->keys) :
			     keymat_ike(&in, &sa->keys);
	}
	secret_wipe(&g_ir);
	sa->has_keys = code == CRYPTO_OK;
	if (!sa->has_keys)
		return code;
	dh_free(sa->dh);
	sa->dh = NULL;
	return CRYPTO_OK;
}

/**
 * x_init_send() - write our IKE_SA_INIT request
 * @sa: IKE SA in state new or init-sent
 * @t: the task
 * @b: chain with a header
 *
 * Nonce and key pair stay the same when it starts again for a COOKIE; a new
 * group gets a new pair.
 *
 * Return: whether it is written.
 */
enum start_code x_init_send(struct ike_sa *sa, struct task *t,
			    struct ike_build *b)
{
	struct ike_sa_payload offer;

	(void)t;
	if (!sa->ni.len && !blob_nonce(&sa->ni))
		goto fail;
	if (sa->dh && dh_group(sa->dh) != sa->group) {
		dh_free(sa->dh);
		sa->dh = NULL;
	}
	if (!sa->dh && dh_new(sa->group, &sa->dh) != CRYPTO_OK)
		goto fail;
	/* the cookie comes first (RFC 7296 section 2.6) */
	if (sa->cookie.len)
		ike_build_notify(b, IKE_N_COOKIE, blob_span(&sa->cookie));
	proposal_ike_offer(sa->d->conf, PROPOSAL_INIT_ADDKE, sa->group, NULL,
			   &offer);
	ike_build_sa(b, &offer);
	ike_build_ke(b, sa->group, dh_public(sa->dh));
	ike_build_nonce(b, blob_span(&sa->ni));
	if (!nat_build(sa, b))
		goto fail;
	notify_hashes_build(b);
	fragment_announce(sa, b);
	x_intermediate_announce(sa, false, b);
	return START_OK;
fail:
	sa_fault(sa, 0, "no key pair or nonce could be made");
	return START_FAIL;
}

/* an additional key exchange needs IKE_INTERMEDIATE, which the peer must know */
static enum proposal_use use(const struct ike_msg *m)
{
	return ike_msg_notify_find(m, IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED) ?
		       PROPOSAL_INIT_ADDKE :
		       PROPOSAL_INIT;
}

/* what the peer knows: fragments, and which hashes it takes */
static void learn(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_notify_desc *n;

	fragment_seen(sa, m);
	n = ike_msg_notify_find(m, IKE_N_SIGNATURE_HASH_ALGORITHMS);
	if (n && sig_hashes_read(n->data, &sa->peer_hashes) != CRYPTO_OK)
		sa->peer_hashes = 0;
}

/**
 * x_init_req() - answer a peer's IKE_SA_INIT
 * @sa: IKE SA in state new
 * @m: its request
 * @b: our answer, a chain with a header
 *
 * Return: FSM_OK, or FSM_FATAL: nothing of the peer is kept.
 */
enum fsm_code x_init_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b)
{
	struct ike_sa_payload answer;
	enum crypto_code code;
	struct ike_choice c;

	if (!proposal_ike_choose(sa->d->conf, use(m), &m->sa, m->ke.group,
				 &c)) {
		refusal_ike(sa, m, use(m));
		return FSM_FATAL;
	}
	if (c.dh != m->ke.group) {
		refusal_group(sa, m, c.dh);
		return FSM_FATAL;
	}
	if (!nat_detect(sa, m, IKE_N_NO_PROPOSAL_CHOSEN))
		return FSM_FATAL;
	learn(sa, m);
	sa->group = c.dh;
	sa->addke = c.addke;
	if (!blob_set(&sa->ni, m->nonce.data, m->nonce.len) ||
	    !blob_nonce(&sa->nr) || dh_new(c.dh, &sa->dh) != CRYPTO_OK) {
		sa_fault(sa, 0, "no key pair or nonce could be made");
		return FSM_FATAL;
	}
	proposal_answer(&c, IKE_PROTO_IKE, NULL, &answer);
	ike_build_sa(b, &answer);
	ike_build_ke(b, c.dh, dh_public(sa->dh));
	ike_build_nonce(b, blob_span(&sa->nr));
	if (!nat_build(sa, b)) {
		sa_fault(sa, 0, "hashing failed");
		return FSM_FATAL;
	}
	/*
	 * Also where the peer names none: it wants no signature of ours then, but
	 * may sign itself, and does so in an old form for who names none either.
	 */
	notify_hashes_build(b);
	fragment_announce(sa, b);
	x_intermediate_announce(sa, use(m) == PROPOSAL_INIT_ADDKE, b);
	/* we take an IKE_AUTH that asks for no child SA (RFC 6023) */
	ike_build_notify(b, IKE_N_CHILDLESS_IKEV2_SUPPORTED, span(NULL, 0));
	id_build_certreq(sa->d, NULL, b);
	code = x_init_keys(sa, NULL, &c, m->ke.data);
	if (code != CRYPTO_OK) {
		sa_fault(sa, IKE_N_INVALID_SYNTAX, "its key exchange value: %s",
			 crypto_text(code));
		return FSM_FATAL;
	}
	return FSM_OK;
}

/*
 * What we have offered, as it was sent: a reload may have come between. The
 * message is kept for AUTH.
 */
static const struct ike_sa_payload *offered(const struct ike_sa *sa)
{
	static struct ike_msg ours;
	struct ike_parse_fail fail;

	/* what cannot be read is empty, and nothing can be chosen of it */
	if (ike_parse_outer(blob_span(&sa->init_req), &ours, &fail) !=
	    IKE_PARSE_OK)
		memset(&ours.sa, 0, sizeof(ours.sa));
	return &ours.sa;
}

/* what the answer chose of that */
static bool chosen(struct ike_sa *sa, const struct ike_msg *m,
		   struct ike_choice *c)
{
	const struct ike_sa_payload *offer = offered(sa);

	if (proposal_ike_chosen(offer, use(m) == PROPOSAL_INIT_ADDKE, &m->sa,
				m->ke.group, c) &&
	    c->dh == sa->group)
		return true;
	refusal_choice(sa, m, offer);
	return false;
}

/* nothing is kept of an answer that is passed over */
static enum fsm_code pass_over(struct ike_sa *sa)
{
	sa->spi_r = 0;
	sa->nat_local = false;
	sa->nat_remote = false;
	sa->encap = false;
	blob_free(&sa->nr);
	return FSM_IGNORE;
}

/**
 * x_init_resp() - take the answer to our IKE_SA_INIT
 * @sa: IKE SA in state init-sent
 * @m: the answer
 * @b: unused
 *
 * The answer is not authentic: a bad one is passed over, the right one may
 * still come (RFC 7296 section 2.4). Only what nothing can repair ends the IKE
 * SA.
 *
 * Return: FSM_OK, FSM_IGNORE or FSM_FATAL.
 */
enum fsm_code x_init_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b)
{
	enum crypto_code code;
	struct ike_choice c;

	(void)b;
	if (!m->hdr.spi_r) {
		sa_fault(sa, 0, "the answer has no SPI of the responder's");
		return FSM_IGNORE;
	}
	if (!chosen(sa, m, &c))
		return FSM_IGNORE;
	if (!nat_detect(sa, m, 0))
		return pass_over(sa);
	sa->spi_r = m->hdr.spi_r;
	if (!blob_set(&sa->nr, m->nonce.data, m->nonce.len)) {
		sa_fault(sa, 0, "out of memory");
		return pass_over(sa);
	}
	code = x_init_keys(sa, NULL, &c, m->ke.data);
	if (code != CRYPTO_OK) {
		sa_fault(sa, 0, "the key exchange failed: %s",
			 crypto_text(code));
		return pass_over(sa);
	}
	learn(sa, m);
	sa->childless = ike_msg_notify_find(m, IKE_N_CHILDLESS_IKEV2_SUPPORTED);
	sa->addke = c.addke;
	if (sa->addke && !task_add_next(sa, TASK_INTERMEDIATE)) {
		sa_fault(sa, 0, "out of memory");
		return FSM_FATAL;
	}
	nat_float(sa);
	return FSM_OK;
}

/* what of ours was refused */
static void say_offered(struct ike_sa *sa)
{
	char ours[REFUSAL_OFFER_MAX];

	sa_fault(sa, 0, "it answered NO_PROPOSAL_CHOSEN; we offered %s",
		 refusal_offer(offered(sa), ours));
}

/**
 * x_init_notify() - take a notify that answers our IKE_SA_INIT
 * @sa: IKE SA in state init-sent
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_AGAIN to send again with a cookie or another group; FSM_IGNORE
 * for any error, which the true peer may not have sent.
 */
enum fsm_code x_init_notify(struct ike_sa *sa, const struct ike_msg *m,
			    struct ike_build *b)
{
	const struct ike_notify_desc *n;
	uint16_t group;

	(void)b;
	if (sa->init_again >= IKE_INIT_AGAIN_MAX) {
		sa_fault(sa, 0, "asked to start again too often");
		return FSM_IGNORE;
	}
	n = ike_msg_notify_find(m, IKE_N_COOKIE);
	if (n) {
		if (n->data.len < IKE_COOKIE_MIN ||
		    n->data.len > IKE_COOKIE_MAX ||
		    span_equal(n->data, blob_span(&sa->cookie)) ||
		    !blob_set(&sa->cookie, n->data.data, n->data.len)) {
			sa_fault(sa, 0, "its COOKIE is of no use");
			return FSM_IGNORE;
		}
		sa->init_again++;
		return FSM_AGAIN;
	}
	group = notify_group(ike_msg_notify_find(m, IKE_N_INVALID_KE_PAYLOAD));
	if (group && group != sa->group && conf_has_dh(sa->d->conf, group)) {
		sa->group = group;
		sa->init_again++;
		return FSM_AGAIN;
	}
	if (group) {
		sa_fault(sa, 0, "it wants group %u, which %s", group,
			 group == sa->group ? "is the one that it got" :
					      "ike.dh does not have");
		return FSM_IGNORE;
	}
	n = ike_msg_error_find(m);
	sa_fault(sa, 0, "it answered %s",
		 n ? ike_name_notify(n->type) : "with a notify of no use");
	if (n && n->type == IKE_N_NO_PROPOSAL_CHOSEN)
		say_offered(sa);
	return FSM_IGNORE;
}
