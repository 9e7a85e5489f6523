// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CREATE_CHILD_SA for the IKE SA itself (RFC 7296 sections 1.3.2, 2.8 and
 * 2.18): an heir with new keys takes over the child SAs, and whoever started
 * the rekey deletes the old IKE SA.
 *
 * Both ends may start at once. Whoever sees the other's request while its own
 * is in flight answers, and hands the child SAs to the heir that the peer has
 * made, since the peer may not have seen the clash and use it at once. That
 * heir is contested until our own request is answered: then the nonces decide
 * (sections 2.8.2 and 2.25.2).
 */
#include <stdlib.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/ike/standing.h"
#include "btnsd/jitter.h"
#include "btnsd/known.h"
#include "btnsd/log.h"

static void put_spi(uint8_t out[IKE_SPI_LEN], uint64_t spi)
{
	int i;

	for (i = 0; i < IKE_SPI_LEN; i++)
		out[i] = (uint8_t)(spi >> (56 - 8 * i));
}

/**
 * x_rekey_ike_busy() - is the IKE SA being rekeyed by us, or has it been?
 * @sa: IKE SA
 *
 * Return: true if nothing new may be set up in it (RFC 7296 section 2.25.2).
 */
bool x_rekey_ike_busy(const struct ike_sa *sa)
{
	return sa->rekeyed_by || sa->followup ||
	       (sa->request.len && (sa->tasks->kind == TASK_REKEY_IKE ||
				    sa->tasks->kind == TASK_FOLLOWUP));
}

/* what waits begins by a timer: another message may be under construction */
static void begin_soon(struct ike_sa *heir)
{
	if (heir->tasks)
		timer_set(&heir->d->timers, &heir->next_task, 0);
}

/**
 * x_rekey_ike_settled() - an heir that the peer has made stays
 * @heir: IKE SA; if it was contested it may begin exchanges from now on
 */
void x_rekey_ike_settled(struct ike_sa *heir)
{
	if (!heir->contested)
		return;
	heir->contested = false;
	heir->parent = 0;
	begin_soon(heir);
}

/**
 * x_rekey_ike_yield() - a rekey of ours comes to nothing
 * @sa: IKE SA that it was to replace
 *
 * Return: true if a rekey of the peer has met it: that heir stays.
 */
bool x_rekey_ike_yield(struct ike_sa *sa)
{
	struct ike_sa *theirs = sa_find_id(sa->d, sa->rekeyed_by);

	if (!theirs)
		return false;
	x_rekey_ike_settled(theirs);
	life_retire(sa);
	return true;
}

/**
 * x_rekey_ike_deleted() - the peer deletes an IKE SA that a rekey concerns
 * @sa: IKE SA that is about to end
 *
 * A contested heir that the peer gives up returns the child SAs: the peer has
 * seen the clash, and the answer to our own rekey is still to come.
 */
void x_rekey_ike_deleted(struct ike_sa *sa)
{
	struct ike_sa *old;

	if (!sa->contested)
		return;
	sa->contested = false;
	old = sa_find_id(sa->d, sa->parent);
	if (!old)
		return;
	old->rekeyed_by = 0;
	old->replaces = sa->replaces;
	sa->replaces = 0;
	sa_move(sa, old);
}

/* group for the next key exchange: the one that both ends have used before */
static uint16_t usual_group(const struct ike_sa *sa)
{
	const struct conf *conf = sa->d->conf;

	return conf_has_dh(conf, sa->group) ? sa->group : conf->dh[0];
}

/* what a rekey of it is, with or without an additional key exchange */
static enum proposal_use rekey_use(const struct ike_sa *sa, bool addke)
{
	if (sa->peer_addke)
		return addke ? PROPOSAL_AGAIN_ADDKE : PROPOSAL_AGAIN;
	return addke ? PROPOSAL_REKEY_ADDKE : PROPOSAL_REKEY;
}

/*
 * An additional key exchange is offered to whoever has done one with us, and to
 * everybody once the configuration requires one.
 */
static enum proposal_use use(const struct ike_sa *sa)
{
	return rekey_use(sa, sa->peer_addke || !sa->d->conf->addke_optional);
}

/* others come to their end: until its own hard limit there may be room */
static enum start_code put_off(struct ike_sa *sa, const char *why)
{
	struct timers *timers = &sa->d->timers;

	timer_set(timers, &sa->expiry, jitter_around(IKE_RETRY_MS));
	if (log_admit(&sa->d->strangers, timer_now(timers)))
		sa_log(sa, LOG_WARNING, "not rekeyed yet: %s", why);
	return START_SKIP;
}

/**
 * x_rekey_ike_send() - write our CREATE_CHILD_SA request that replaces the IKE SA
 * @sa: IKE SA
 * @t: the task; its heir is made here
 * @b: inner chain
 *
 * Return: START_SKIP if something else is taking its place already, or if it has
 * to wait.
 */
enum start_code x_rekey_ike_send(struct ike_sa *sa, struct task *t,
				 struct ike_build *b)
{
	char why[LIMIT_WHY_MAX];
	struct ike_sa *heir;

	if (sa->replaced || sa->redundant || sa->rekeyed_by)
		return START_SKIP;
	if (!t->heir && limit_rekey_ask_met(sa, why))
		return put_off(sa, why);
	if (!task_offer(t))
		goto fail;
	if (!t->heir) {
		t->heir = sa_new_heir(sa, true);
		if (!t->heir)
			goto fail;
		t->heir->group = usual_group(sa);
	}
	heir = t->heir;
	if ((!heir->ni.len && !blob_nonce(&heir->ni)) ||
	    (!heir->dh && dh_new(heir->group, &heir->dh) != CRYPTO_OK))
		goto fail;
	put_spi(t->offer->spi, heir->spi_i);
	proposal_ike_offer(sa->d->conf, use(sa), heir->group, t->offer->spi,
			   &t->offer->sa);
	ike_build_sa(b, &t->offer->sa);
	ike_build_nonce(b, blob_span(&heir->ni));
	ike_build_ke(b, heir->group, dh_public(heir->dh));
	return START_OK;
fail:
	sa_fault(sa, 0, "no SPI, key pair or nonce could be made");
	return START_FAIL;
}

/**
 * x_rekey_ike_may() - may the peer rekey the IKE SA now?
 * @sa: IKE SA
 *
 * Return: false if not (RFC 7296 section 2.25), and sa->fault says why.
 */
bool x_rekey_ike_may(struct ike_sa *sa)
{
	enum task_kind ours = sa->request.len ? sa->tasks->kind : TASK_NONE;
	char why[LIMIT_WHY_MAX];

	if (sa->replaced || sa->redundant || sa->rekeyed_by || sa->contested) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "another IKE SA is taking its place");
		return false;
	}
	if (ours == TASK_CHILD || ours == TASK_REKEY ||
	    ours == TASK_DELETE_CHILD || ours == TASK_FOLLOWUP) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "%s of ours is in flight",
			 task_name(ours));
		return false;
	}
	if (limit_rekey_met(sa, why)) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "%s", why);
		return false;
	}
	if (!standing_now(sa)) {
		/* the peer is told, and then the IKE SA ends */
		life_close(sa);
		sa->fault.notify = IKE_N_NO_ADDITIONAL_SAS;
		return false;
	}
	return true;
}

/*
 * Where two rekeys meet, neither waits for an additional key exchange; if it
 * cannot be without one, it has to come again.
 */
static bool choose(struct ike_sa *sa, const struct ike_msg *m, bool clash,
		   struct ike_choice *c)
{
	const enum proposal_use with = rekey_use(sa, true);
	const struct conf *conf = sa->d->conf;

	if (!proposal_ike_choose(conf, rekey_use(sa, !clash), &m->sa,
				 m->ke.group, c)) {
		if (clash && proposal_ike_choose(conf, with, &m->sa,
						 m->ke.group, c))
			sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
				 "a rekey of ours is in flight, and its own needs an additional key exchange");
		else
			refusal_ike(sa, m, with);
		return false;
	}
	if (c->dh == m->ke.group)
		return true;
	refusal_group(sa, m, c->dh);
	return false;
}

/* the heir takes what the old one had, and what the old one had to see to */
static void take_over(struct ike_sa *old, struct ike_sa *heir)
{
	struct ike_sa *o;

	sa_link(heir);
	/* where the peer is now: it may have moved since the heir was begun */
	nat_inherit(heir, old);
	sa_rename(heir);
	old->rekeyed_by = heir->id;
	sa_move(old, heir);
	heir->replaces = old->replaces;
	old->replaces = 0;
	for (o = old->d->sas; o; o = o->next)
		if (o->redundant && o->successor == old->id)
			o->successor = heir->id;
	life_rekeyed(heir, old);
	known_seen(heir);
	sa_log(heir, LOG_INFO, "CREATE_CHILD_SA: rekeyed #%u as %s", old->id,
	       heir->initiator ? "initiator" : "responder");
}

/**
 * x_rekey_ike_taken() - the peer's rekey is complete
 * @sa: IKE SA that it replaces
 * @heir: the one that it has made, with keys; in the table afterwards
 * @clash: a rekey of ours is in flight
 */
void x_rekey_ike_taken(struct ike_sa *sa, struct ike_sa *heir, bool clash)
{
	heir->contested = clash;
	heir->parent = sa->id;
	take_over(sa, heir);
	if (!clash)
		life_retire(sa);
	begin_soon(heir);
}

/**
 * x_rekey_ike_req() - answer a CREATE_CHILD_SA that replaces the IKE SA
 * @sa: IKE SA
 * @m: the request
 * @b: inner chain of our answer
 *
 * Return: FSM_OK, and the heir is in the table, or waits for IKE_FOLLOWUP_KE;
 * FSM_REFUSE.
 */
enum fsm_code x_rekey_ike_req(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b)
{
	bool clash = sa->request.len && sa->tasks->kind == TASK_REKEY_IKE;
	struct ike_sa_payload answer;
	uint8_t spi[IKE_SPI_LEN];
	enum crypto_code code;
	struct ike_choice c;
	struct ike_sa *heir;

	/* whoever begins again has given up what it began before */
	x_followup_forget(sa);
	if (!x_rekey_ike_may(sa) || !choose(sa, m, clash, &c))
		return FSM_REFUSE;
	heir = sa_new_heir(sa, false);
	if (!heir || !blob_set(&heir->ni, m->nonce.data, m->nonce.len) ||
	    !blob_nonce(&heir->nr) || dh_new(c.dh, &heir->dh) != CRYPTO_OK) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "no SPI, key pair or nonce could be made");
		goto fail;
	}
	heir->group = c.dh;
	heir->spi_i = c.ike_spi;
	put_spi(spi, heir->spi_r);
	proposal_answer(&c, IKE_PROTO_IKE, spi, &answer);
	ike_build_sa(b, &answer);
	ike_build_nonce(b, blob_span(&heir->nr));
	ike_build_ke(b, c.dh, dh_public(heir->dh));
	qcd_give(heir, b);
	code = c.addke ? x_followup_hold(sa, heir, &c, m->ke.data, b) :
			 x_init_keys(heir, sa, &c, m->ke.data);
	if (code != CRYPTO_OK) {
		sa_fault(sa, x_init_fault(code), "its key exchange value: %s",
			 crypto_text(code));
		goto fail;
	}
	if (!c.addke)
		x_rekey_ike_taken(sa, heir, clash);
	return FSM_OK;
fail:
	if (heir)
		sa_discard(heir);
	return FSM_REFUSE;
}

/*
 * Both ends rekeyed at once: of the four nonces the lowest loses, and whoever
 * made that heir deletes it; the winner's maker deletes the old one.
 */
static void settle(struct ike_sa *old, struct ike_sa *ours,
		   struct ike_sa *theirs)
{
	bool ends = sa_ends(old);

	if (nonce_loses(ours, theirs)) {
		sa_log(ours, LOG_INFO, "both ends rekeyed #%u: #%u stays",
		       old->id, theirs->id);
		sa_link(ours);
		nat_inherit(ours, old);
		life_rekeyed(ours, old);
		life_close(ours);
		fsm_start(ours);
		life_retire(old);
		x_rekey_ike_settled(theirs);
		return;
	}
	sa_log(ours, LOG_INFO, "both ends rekeyed #%u: #%u goes", old->id,
	       theirs->id);
	theirs->contested = false;
	sa_move(theirs, old);
	theirs->rekeyed_by = ours->id;
	take_over(old, ours);
	ours->replaces = theirs->replaces;
	theirs->replaces = 0;
	life_retire(theirs);
	life_close(old);
	if (ends)
		life_close(ours);
	fsm_start(ours);
}

/**
 * x_rekey_ike_done() - our rekey is complete
 * @sa: IKE SA that it replaces, and no rekey of the peer has
 * @t: our task; its heir is in the table afterwards
 */
void x_rekey_ike_done(struct ike_sa *sa, struct task *t)
{
	struct ike_sa *heir = t->heir;
	bool ends = sa_ends(sa);

	/* the peer's was in its answer, ours could not be in the request */
	task_add(heir, TASK_TOKEN);
	t->heir = NULL;
	take_over(sa, heir);
	life_close(sa);
	/* while we waited, a reload or an administrator may have closed it */
	if (ends || sa->d->stopping) {
		life_close(heir);
	} else if (!standing_now(heir)) {
		sa_log(heir, LOG_WARNING, "closed: %s", heir->fault.text);
		life_close(heir);
	}
	fsm_start(heir);
}

/**
 * x_rekey_ike_complete() - our rekey has keys
 * @sa: IKE SA that it replaces; if the peer has replaced it too, one of both
 *	heirs stays
 * @t: our task; its heir is in the table afterwards
 */
void x_rekey_ike_complete(struct ike_sa *sa, struct task *t)
{
	struct ike_sa *theirs = sa_find_id(sa->d, sa->rekeyed_by);
	struct ike_sa *heir = t->heir;

	if (!theirs) {
		x_rekey_ike_done(sa, t);
		return;
	}
	task_add(heir, TASK_TOKEN);
	t->heir = NULL;
	settle(sa, heir, theirs);
}

/**
 * x_rekey_ike_resp() - take the answer to our rekey of the IKE SA
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK; FSM_AGAIN, and IKE_FOLLOWUP_KE completes it; FSM_REFUSE if the
 * answer is of no use and the peer waits for that; FSM_CLOSE if it does not, and
 * so has moved its child SAs to where we cannot follow.
 */
enum fsm_code x_rekey_ike_resp(struct ike_sa *sa, const struct ike_msg *m,
			       struct ike_build *b)
{
	struct ike_sa *theirs = sa_find_id(sa->d, sa->rekeyed_by);
	struct task *t = sa->tasks;
	struct ike_sa *heir = t->heir;
	enum crypto_code code;
	struct ike_choice c;

	(void)b;
	if (!proposal_ike_chosen(&t->offer->sa, true, &m->sa, m->ke.group,
				 &c) ||
	    c.dh != heir->group) {
		refusal_choice(sa, m, &t->offer->sa);
		return x_followup_waits(m) ? x_followup_give_up(sa) : FSM_CLOSE;
	}
	heir->spi_r = c.ike_spi;
	if (!blob_set(&heir->nr, m->nonce.data, m->nonce.len)) {
		sa_fault(sa, 0, "out of memory");
		return FSM_CLOSE;
	}
	qcd_seen(heir, m);
	if (c.addke && theirs && nonce_loses(heir, theirs)) {
		/* what settle() will not let stay need not be completed */
		x_rekey_ike_yield(sa);
		return FSM_OK;
	}
	if (c.addke)
		return x_followup_begin(sa, t, &c, m);
	code = x_init_keys(heir, sa, &c, m->ke.data);
	if (code != CRYPTO_OK) {
		sa_fault(sa, 0, "the key exchange failed: %s",
			 crypto_text(code));
		return FSM_CLOSE;
	}
	x_rekey_ike_complete(sa, t);
	return FSM_OK;
}

/* the peer wants another group: make the same request with it */
static bool other_group(struct ike_sa *sa, struct ike_sa *heir,
			const struct ike_notify_desc *n)
{
	uint16_t group = notify_group(n);

	if (group == heir->group || !conf_has_dh(sa->d->conf, group))
		return false;
	dh_free(heir->dh);
	heir->dh = NULL;
	heir->group = group;
	return true;
}

/**
 * x_rekey_ike_refused() - take an error that answers our rekey of the IKE SA
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * A peer that does not rekey IKE SAs gets a new one, with authentication
 * (RFC 7296 section 1.3.2 leaves no other way to new keys).
 *
 * Return: FSM_OK if the peer's own rekey was first, FSM_LATER, FSM_AGAIN or
 * FSM_REFUSE.
 */
enum fsm_code x_rekey_ike_refused(struct ike_sa *sa, const struct ike_msg *m,
				  struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);
	struct task *t = sa->tasks;

	(void)b;
	/* the peer did not see the clash */
	if (x_rekey_ike_yield(sa))
		return FSM_OK;
	refusal_by_peer(sa, t, n);
	if (n && n->type == IKE_N_TEMPORARY_FAILURE && t->tries < 5) {
		t->tries++;
		return FSM_LATER;
	}
	if (n && n->type == IKE_N_INVALID_KE_PAYLOAD && t->tries < 5 &&
	    other_group(sa, t->heir, n)) {
		t->tries++;
		return FSM_AGAIN;
	}
	if (!sa->replaced)
		life_renew(sa);
	return FSM_REFUSE;
}
