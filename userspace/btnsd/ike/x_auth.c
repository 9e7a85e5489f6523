// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_AUTH (RFC 7296 section 1.2, RFC 7427): both ends prove their keys, the
 * PAD says who the peer is (RFC 5386 section 2), and the first child SA is
 * made. Whatever does not prove itself is refused here.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/log.h"
#include "btnsd/peers.h"

/* IDx, CERTs, AUTH of ours */
static bool build_auth(struct ike_sa *sa, struct ike_build *b)
{
	struct btnsd *d = sa->d;
	uint8_t id[4 + CONF_ID_MAX], data[SIG_AUTH_MAX];
	struct auth_octets octets;
	enum crypto_code code;
	enum sig_alg alg;
	struct span s;
	struct wbuf w;
	size_t id_len;

	code = sig_pick(d->key, sa->peer_hashes, &alg);
	if (code != CRYPTO_OK) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "we cannot prove our key: its SIGNATURE_HASH_ALGORITHMS does not have what our %s key needs",
			 key_type_name(key_type(d->key)));
		return false;
	}
	id_body(d, id, &id_len);
	code = keymat_auth_octets(sa->keys.prf,
				  sa->initiator ? &sa->keys.sk_pi :
						  &sa->keys.sk_pr,
				  blob_span(sa->initiator ? &sa->init_req :
							    &sa->init_resp),
				  blob_span(sa->initiator ? &sa->nr : &sa->ni),
				  span(id, id_len), &octets);
	wbuf_init(&w, data, sizeof(data));
	if (code == CRYPTO_OK)
		code = sig_sign(d->key, alg, octets.part, AUTH_PARTS, &w);
	if (code != CRYPTO_OK || !wbuf_done(&w, &s)) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "signing with our key failed: %s", crypto_text(code));
		return false;
	}
	ike_build_id(b, sa->initiator ? IKE_PLD_IDI : IKE_PLD_IDR, d->id_type,
		     span(d->id, d->id_len));
	id_build_certs(d, b);
	ike_build_auth(b, IKE_AUTH_DIGITAL_SIGNATURE, s);
	return true;
}

/* the peer's signature under the key of its CERT payloads */
static bool verify(struct ike_sa *sa, const struct ike_msg *m,
		   const struct ike_id *id, struct key **key)
{
	struct auth_octets octets;
	enum crypto_code code;
	const char *why = "";

	*key = NULL;
	if (m->auth.method != IKE_AUTH_DIGITAL_SIGNATURE) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it authenticates by %s (%u); only digital signatures (14) are taken",
			 ike_name_auth(m->auth.method), m->auth.method);
		return false;
	}
	*key = id_cert_key(m, &why);
	if (!*key) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED, "%s", why);
		return false;
	}
	code = keymat_auth_octets(sa->keys.prf,
				  sa->initiator ? &sa->keys.sk_pr :
						  &sa->keys.sk_pi,
				  blob_span(sa->initiator ? &sa->init_resp :
							    &sa->init_req),
				  blob_span(sa->initiator ? &sa->ni : &sa->nr),
				  id->body, &octets);
	if (code == CRYPTO_OK)
		code = sig_verify(*key, sig_hashes(), m->auth.data,
				  octets.part, AUTH_PARTS, NULL);
	if (code == CRYPTO_OK)
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED, "its AUTH: %s",
		 crypto_text(code));
	return false;
}

/* ask the PAD who that is; @asserted gives the printable name */
static bool authorise(struct ike_sa *sa, const struct btns_pad_peer *who,
		      const struct lbtns_ident *asserted)
{
	struct btns_pad_decision dec;
	char text[LBTNS_KEY_TEXT_MAX], name[LBTNS_IDENT_TEXT_MAX];

	if (!pad_match(sa->d, who, &dec)) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it is %.60s with key %s: %s",
			 asserted->type ? lbtns_ident_text(asserted, name) :
					  "nobody by name",
			 lbtns_key_text(who->key, text),
			 btns_pad_cause_text(dec.cause));
		return false;
	}
	if (dec.btns)
		lbtns_ident_from_digest(dec.digest, &sa->peer);
	else
		sa->peer = *asserted;
	sa->peer.type = dec.id_type;
	sa->peer.method = dec.method;
	memcpy(sa->peer.digest, dec.digest, BTNS_DIGEST_LEN);
	strncpy(sa->pad_entry, pad_name(&sa->d->pad, dec.index),
		sizeof(sa->pad_entry) - 1);
	sa->btns = dec.btns;
	return true;
}

/* everything about the peer's proof; on success the SA knows who it is */
static bool authenticate(struct ike_sa *sa, const struct ike_msg *m,
			 const struct ike_id *id)
{
	struct btns_pad_peer who = { .proof = BTNS_PAD_PROOF_SIGNATURE };
	struct lbtns_ident asserted;
	struct key *key;
	bool ok;

	ok = verify(sa, m, id, &key);
	if (ok) {
		id_peer(id, &asserted);
		who.id_type = asserted.type;
		memcpy(who.id_digest, asserted.digest, BTNS_DIGEST_LEN);
		who.has_key = true;
		memcpy(who.key, key_fingerprint(key), BTNS_DIGEST_LEN);
		ok = authorise(sa, &who, &asserted);
	}
	if (ok) {
		sa->who = who;
		memcpy(sa->peer_key, who.key, BTNS_DIGEST_LEN);
		sa->authenticated = true;
		sa->initial_contact =
			ike_msg_notify_find(m, IKE_N_INITIAL_CONTACT);
		sa_rename(sa);
		ok = peers_remember(sa, key);
	} else {
		sa->d->stats.auth_failed++;
	}
	key_free(key);
	return ok;
}

/**
 * x_auth_still_ok() - does the PAD still authorise this peer, as the same?
 * @sa: IKE SA that is established
 *
 * Return: true if so; else sa->fault says why not.
 */
bool x_auth_still_ok(struct ike_sa *sa)
{
	struct lbtns_ident before = sa->peer;

	if (!authorise(sa, &sa->who, &before))
		return false;
	if (sa->peer.type == before.type && sa->peer.method == before.method &&
	    !memcmp(sa->peer.digest, before.digest, BTNS_DIGEST_LEN))
		return true;
	sa->peer = before;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "the PAD now knows this peer as somebody else");
	return false;
}

/* no other SA with this peer: what it has of us is of an earlier life */
static bool first_contact(const struct ike_sa *sa)
{
	const struct ike_sa *o;

	for (o = sa->d->sas; o; o = o->next)
		if (o != sa && (o->state == IKE_ST_ESTABLISHED ||
				o->state == IKE_ST_CLOSING ||
				o->state == IKE_ST_HALF_OPEN) &&
		    addr_equal(&o->path.remote.addr, &sa->path.remote.addr))
			return false;
	return true;
}

/**
 * x_auth_send() - write our IKE_AUTH request
 * @sa: IKE SA in state auth-sent
 * @t: the task; its want is the first child SA, if it has one (RFC 6023)
 * @b: inner chain
 *
 * Return: whether it is written.
 */
enum start_code x_auth_send(struct ike_sa *sa, struct task *t,
			    struct ike_build *b)
{
	if (!build_auth(sa, b))
		return START_FAIL;
	if (first_contact(sa))
		ike_build_notify(b, IKE_N_INITIAL_CONTACT, span(NULL, 0));
	qcd_give(sa, b);
	if (t->has_want)
		return x_child_offer(sa, t, b) ? START_OK : START_FAIL;
	if (sa->childless)
		return START_OK;
	sa_fault(sa, 0,
		 "there is no child SA to ask for, and the peer takes no IKE_AUTH without");
	return START_FAIL;
}

/**
 * x_auth_req() - answer a peer's IKE_AUTH
 * @sa: IKE SA in state half-open
 * @m: its request
 * @b: inner chain of our answer
 *
 * A child SA that is refused does not undo the IKE SA (RFC 7296 section 2.21.2).
 *
 * Return: FSM_OK, FSM_FATAL; FSM_IGNORE to wait for the request to come again.
 */
enum fsm_code x_auth_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b)
{
	enum fsm_code code;

	if (!authenticate(sa, m, &m->idi) || !build_auth(sa, b))
		return FSM_FATAL;
	qcd_seen(sa, m);
	qcd_give(sa, b);
	if (!m->sa.present)
		return FSM_OK;
	code = x_child_answer(sa, m, b, NULL);
	if (code == FSM_IGNORE)
		return code;
	if (code != FSM_OK) {
		ike_build_notify(b, sa->fault.notify,
				 span(sa->fault.data, sa->fault.data_len));
		sa_log(sa, LOG_WARNING, "IKE_AUTH: child refused: %s",
		       sa->fault.text);
		sa->d->stats.child_failed++;
	}
	return FSM_OK;
}

/**
 * x_auth_resp() - take the answer to our IKE_AUTH
 * @sa: IKE SA in state auth-sent
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK; FSM_CLOSE if we refuse the peer, which believes that the
 * IKE SA stands.
 */
enum fsm_code x_auth_resp(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b)
{
	const struct ike_notify_desc *n;

	(void)b;
	if (!authenticate(sa, m, &m->idr))
		return FSM_CLOSE;
	qcd_seen(sa, m);
	if (!sa->tasks->has_want && !m->sa.present)
		return FSM_OK;
	if (m->sa.present) {
		if (x_child_take(sa, sa->tasks, m) != FSM_OK) {
			sa_log(sa, LOG_WARNING, "IKE_AUTH: child failed: %s",
			       sa->fault.text);
			sa->d->stats.child_failed++;
		}
		return FSM_OK;
	}
	n = ike_msg_error_find(m);
	sa_log(sa, LOG_WARNING, "IKE_AUTH: the peer refused the child: %s",
	       n ? ike_name_notify(n->type) : "it gave no reason");
	sa->d->stats.child_failed++;
	return FSM_OK;
}

/**
 * x_auth_refused() - take an error that answers our IKE_AUTH
 * @sa: IKE SA in state auth-sent
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_FATAL.
 */
enum fsm_code x_auth_refused(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);

	(void)b;
	sa_fault(sa, 0, "the peer refused us: %s",
		 n ? ike_name_notify(n->type) : "it gave no reason");
	return FSM_FATAL;
}
