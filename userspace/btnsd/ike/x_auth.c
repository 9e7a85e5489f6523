// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_AUTH (RFC 7296 section 1.2, RFC 7427): both ends prove their keys, the
 * PAD says who the peer is (RFC 5386 section 2), and the first child SA is
 * made. Whatever does not prove itself is refused here.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/proof.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/ike/standing.h"
#include "btnsd/known.h"
#include "btnsd/log.h"
#include "btnsd/peers.h"

/* what a peer came with, for logs: a key, whose text follows, or something else */
static const char *came_with(const struct btns_pad_peer *who)
{
	if (who->has_key)
		return "key ";
	return who->proof == BTNS_PAD_PROOF_NONE ? "no proof (NULL)" :
						   "a shared secret";
}

/* ask the PAD who that is; @asserted gives the printable name */
static bool authorise(struct ike_sa *sa, const struct btns_pad_peer *who,
		      const struct lbtns_ident *asserted)
{
	struct btns_pad_decision dec;
	char text[LBTNS_KEY_TEXT_MAX], name[LBTNS_IDENT_TEXT_MAX];

	/* that is our fault, and says nothing of who it is */
	if (pad_refresh(sa->d)) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "the PAD cannot be read: %s",
			 sa->d->kern->error(sa->d->kern_ctx));
		return false;
	}
	if (!pad_match(sa->d, who, &dec)) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it is %.60s with %s%.71s: %s%.63s%s%s",
			 asserted->type ? lbtns_ident_text(asserted, name) :
					  "nobody by name",
			 came_with(who),
			 who->has_key ? lbtns_key_text(who->key, text) : "",
			 dec.named ? "PAD entry " : "",
			 dec.named ? pad_name(&sa->d->pad, dec.index) : "",
			 dec.named ? ": " : "",
			 btns_pad_cause_text(dec.cause));
		return false;
	}
	if (dec.method == BTNS_AUTH_METHOD_NONE)
		memset(&sa->peer, 0, sizeof(sa->peer));
	else if (dec.btns)
		lbtns_ident_from_digest(dec.digest, &sa->peer);
	else
		sa->peer = *asserted;
	sa->peer.type = dec.id_type;
	sa->peer.method = dec.method;
	memcpy(sa->peer.digest, dec.digest, BTNS_DIGEST_LEN);
	strncpy(sa->pad_entry, pad_name(&sa->d->pad, dec.index),
		sizeof(sa->pad_entry) - 1);
	sa->btns = dec.btns;
	sa->stranger = sa->d->pad.rule[dec.index].flags &
		       BTNS_PAD_FLAGS_WILDCARD;
	return true;
}

/* the IKE SA that this one is to replace by a new authentication */
static const struct ike_sa *predecessor(const struct ike_sa *sa)
{
	return sa->replaces ? sa_find_id(sa->d, sa->replaces) : NULL;
}

/* the entry of a peer that has proved itself, if it says how we do */
static const struct conf_peer *entry_of(const struct ike_sa *sa)
{
	if (anon_is(sa))
		return conf_peer_anonymous(sa->d->conf);
	return sa->btns ? NULL : conf_peer_named(sa->d->conf, &sa->peer);
}

/* whom we call at the other address; NULL for nobody with an entry */
static const struct conf_peer *called(const struct ike_sa *sa)
{
	const struct ike_sa *old = predecessor(sa);

	if (old)
		return entry_of(old);
	return conf_peer_at(sa->d->conf, &sa->path.remote.addr);
}

/*
 * Whom we called must be who answers: another peer that the PAD authorises, or
 * a BTNS peer, or nobody, is not who this traffic was meant for. Of several that may be
 * behind one address any will do; the PAD says what traffic each may have.
 */
static bool is_called(struct ike_sa *sa)
{
	const struct conf_peer *want = called(sa);
	const struct ike_sa *old = predecessor(sa);
	const struct conf_peer *got;
	char name[LBTNS_IDENT_TEXT_MAX];

	if (sa->initiator && old && !anon_is(old) &&
	    sa->peer.type == BTNS_ID_TYPE_NONE) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "the peer had proved that it is %.80s (PAD entry %.63s), and whoever answers now proves nothing",
			 lbtns_ident_text(&old->peer, name), old->pad_entry);
		return false;
	}
	if (!sa->initiator || !want || want->id.type == BTNS_ID_TYPE_NONE)
		return true;
	got = sa->btns ? NULL : conf_peer_named(sa->d->conf, &sa->peer);
	if (got == want ||
	    (!old && conf_peer_fits(sa->d->conf, got, &sa->path.remote.addr)))
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "we called PAD entry %.63s, and PAD entry %.63s answered",
		 want->name, sa->pad_entry);
	return false;
}

/* what a later look at the proof needs */
static bool keep(struct ike_sa *sa, const struct ike_msg *m,
		 const struct ike_id *id, const struct proof *p)
{
	if (p->who.proof != BTNS_PAD_PROOF_CERT || standing_keep(sa, m, id))
		return true;
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
		 "no memory to keep its certificates");
	return false;
}

/* room for one more, if it is one of those that nobody configured? */
static bool has_room(struct ike_sa *sa)
{
	char why[LIMIT_WHY_MAX];

	if (!limit_stranger_met(sa, why))
		return true;
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "%s", why);
	return false;
}

/* everything about the peer's proof; on success the SA knows who it is */
static bool authenticate(struct ike_sa *sa, const struct ike_msg *m,
			 const struct ike_id *id)
{
	struct proof p;
	bool ok;

	ok = proof_verify(sa, m, id, &p);
	if (!ok)
		refusal_as(sa, &p.asserted);
	ok = ok && authorise(sa, &p.who, &p.asserted) && is_called(sa) &&
	     keep(sa, m, id, &p);
	/* not for who it is, and before that is written down */
	if (ok && !has_room(sa)) {
		proof_free(&p);
		return false;
	}
	if (ok) {
		sa->who = p.who;
		ok = known_admit(sa);
	}
	if (ok) {
		sa->cert = p.cert;
		memcpy(sa->peer_key, p.who.key, BTNS_DIGEST_LEN);
		sa->peer_pss = sig_is_pss(p.alg);
		sa->authenticated = true;
		sa->initial_contact =
			ike_msg_notify_find(m, IKE_N_INITIAL_CONTACT);
		sa_rename(sa);
		if (p.key)
			sa_log(sa, LOG_INFO, "IKE_AUTH: it signed by %s",
			       sig_alg_name(p.alg));
		ok = peers_remember(sa, p.key);
	} else {
		sa->d->stats.auth_failed++;
	}
	proof_free(&p);
	return ok;
}

/**
 * x_auth_still_ok() - does the PAD still authorise this peer, as the same?
 * @sa: IKE SA that is established
 *
 * A PAD that cannot be read, which an error in the log says, takes nothing from
 * a peer: the module still decides what its SAs carry.
 *
 * Return: true if so; else sa->fault says why not.
 */
bool x_auth_still_ok(struct ike_sa *sa)
{
	struct lbtns_ident before = sa->peer;
	char entry[sizeof(sa->pad_entry)];

	if (pad_refresh(sa->d))
		return true;
	memcpy(entry, sa->pad_entry, sizeof(entry));
	if (!authorise(sa, &sa->who, &before))
		return false;
	if (sa->peer.type == before.type && sa->peer.method == before.method &&
	    !memcmp(sa->peer.digest, before.digest, BTNS_DIGEST_LEN))
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "the PAD now knows this peer as somebody else: by PAD entry %.63s, and it was %.63s",
		 sa->pad_entry, entry);
	sa->peer = before;
	return false;
}

/**
 * x_auth_may_have() - does the PAD give this peer some traffic?
 * @sa: IKE SA that is established
 * @want: the traffic
 *
 * Return: true if a child SA for some of it may be asked of this peer.
 */
bool x_auth_may_have(const struct ike_sa *sa, const struct sel *want)
{
	struct btns_pad_decision dec;
	struct sel s = *want;
	char why[256];

	return pad_match(sa->d, &sa->who, &dec) &&
	       pad_narrow(sa->d, dec.index, NULL, &s, why, sizeof(why));
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
	const struct conf_peer *peer = called(sa);
	bool known = peer && peer->id.type != BTNS_ID_TYPE_NONE &&
		     (predecessor(sa) ||
		      conf_peer_alone(sa->d->conf, &sa->path.remote.addr));

	if (!proof_build(sa, peer, known, b))
		return START_FAIL;
	/* who has no name cannot say that he is the same as before */
	if (sa->local.type != BTNS_ID_TYPE_NONE && first_contact(sa))
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
 * A child SA that is refused does not undo the IKE SA, unless it is for syntax (RFC
 * 7296 section 2.21.2).
 *
 * Return: FSM_OK, FSM_FATAL; FSM_IGNORE to wait for the request to come again.
 */
enum fsm_code x_auth_req(struct ike_sa *sa, const struct ike_msg *m,
			 struct ike_build *b)
{
	enum fsm_code code;

	if (sa->addke) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it skips the additional key exchange by %s, which was agreed",
			 ike_name_transform(IKE_TRANS_DH, sa->addke));
		return FSM_FATAL;
	}
	if (!authenticate(sa, m, &m->idi) ||
	    !proof_build(sa, entry_of(sa), false, b))
		return FSM_FATAL;
	qcd_seen(sa, m);
	qcd_give(sa, b);
	if (!m->sa.present)
		return FSM_OK;
	code = x_child_answer(sa, m, b, NULL);
	if (code == FSM_IGNORE)
		return code;
	if (code != FSM_OK && sa->fault.notify == IKE_N_INVALID_SYNTAX)
		return FSM_FATAL;
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
 * Return: FSM_OK; FSM_CLOSE if we refuse the peer, or have no use for the IKE SA,
 * and it believes that it stands.
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
	/* it takes one packet's selectors: asked for in an exchange of its own */
	if (n && n->type == IKE_N_SINGLE_PAIR_REQUIRED &&
	    x_child_single(sa, sa->tasks))
		return FSM_OK;
	if (n && n->type == IKE_N_TEMPORARY_FAILURE &&
	    x_child_later(sa, sa->tasks)) {
		sa_log(sa, LOG_INFO, "IKE_AUTH: child put off by the peer: %s",
		       notify_reason(n));
		return FSM_OK;
	}
	refusal_by_peer(sa, sa->tasks, n);
	sa_log(sa, LOG_WARNING, "IKE_AUTH: %s", sa->fault.text);
	if (!notify_busy(n))
		fallback_begin(sa, sa->tasks, sa->fault.text);
	sa->d->stats.child_failed++;
	return n && n->type == IKE_N_NO_ADDITIONAL_SAS ? x_child_none(sa) :
							 FSM_OK;
}

/**
 * x_auth_refused() - take an error that answers our IKE_AUTH
 * @sa: IKE SA in state auth-sent
 * @m: the answer
 * @b: unused
 *
 * The answer is under our keys, but its sender has proved nothing: who answered
 * our IKE_SA_INIT before the peer did can bring a fallback about by it.
 *
 * Return: FSM_FATAL.
 */
enum fsm_code x_auth_refused(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);
	char name[LBTNS_IDENT_TEXT_MAX];

	(void)b;
	sa_fault(sa, 0, "the peer refused us: %s; we are %.80s, by method %s",
		 notify_reason(n),
		 lbtns_ident_text(&sa->local, name),
		 lbtns_name(LBTNS_NAMES_METHOD, sa->local.method));
	life_refused(sa, n);
	return FSM_FATAL;
}
