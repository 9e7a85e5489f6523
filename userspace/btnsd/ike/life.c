// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to IKE SAs over time: rekey, new IKE SAs in the place of old
 * ones, dead peers. All of it only queues exchanges; fsm.c runs them. When it
 * happens is in life_time.c.
 */
#include <stdio.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/rival.h"
#include "btnsd/ike/standing.h"
#include "btnsd/ike/usage.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/**
 * life_established() - an IKE SA has just been established
 * @sa: IKE SA; its first child SA, if any, is installed
 */
void life_established(struct ike_sa *sa)
{
	struct btnsd *d = sa->d;
	char text[LBTNS_KEY_TEXT_MAX];
	char key[LBTNS_KEY_TEXT_MAX + 8] = "a shared secret";

	if (sa->who.has_key)
		snprintf(key, sizeof(key), "key %s",
			 lbtns_key_text(sa->peer_key, text));
	else if (anon_is(sa))
		snprintf(key, sizeof(key), "no key");
	sa->established = ++d->moments;
	d->stats.ike_up++;
	sa_log(sa, LOG_NOTICE,
	       "IKE_AUTH: established as %s, %s by PAD entry %s, %s",
	       sa->initiator ? "initiator" : "responder",
	       lbtns_name(LBTNS_NAMES_METHOD, sa->peer.method), sa->pad_entry,
	       key);
	blob_free(&sa->init_req);
	blob_free(&sa->init_resp);
	blob_free(&sa->cookie);
	life_begin(sa);
	rival_meet(sa);
}

/*
 * Take child SAs of @old into @sa, as many as may wait; each is asked for once,
 * whatever the peer says. False if there are none left.
 */
static bool inherit_more(struct ike_sa *sa, struct ike_sa *old)
{
	struct child *c;
	unsigned int n = 0;

	for (c = old->children; c && n < IKE_TASKS_MAX / 2; c = c->next) {
		const struct child_want want = {
			.narrow = c->sel,
			.wide = c->sel,
			.reqid = c->reqid,
			.asked = c->asked,
			.tunnel = c->tunnel,
		};

		if (c->state != CHILD_INSTALLED || c->passed_on)
			continue;
		c->passed_on = true;
		life_want(sa, &want);
		n++;
	}
	return n;
}

/**
 * life_idle() - an IKE SA has no exchange left to do
 * @sa: established IKE SA; if it has taken another's place, that one is closed
 *	as soon as all its child SAs were asked for
 */
void life_idle(struct ike_sa *sa)
{
	struct ike_sa *old;

	if (!sa->replaces)
		return;
	old = sa_find_id(sa->d, sa->replaces);
	if (old && inherit_more(sa, old)) {
		fsm_start(sa);
		return;
	}
	sa->replaces = 0;
	if (!old)
		return;
	life_close(old);
	fsm_start(old);
}

/**
 * life_close() - close an IKE SA by a Delete
 * @sa: IKE SA; what waits in it is dropped, what is in flight is finished
 *
 * The caller runs fsm_start().
 */
void life_close(struct ike_sa *sa)
{
	struct task **p = &sa->tasks, *t;

	if (sa->state == IKE_ST_CLOSING || sa->state == IKE_ST_DEAD)
		return;
	sa->replaced = true;
	if (sa->request.len)
		p = &sa->tasks->next;
	while ((t = *p)) {
		*p = t->next;
		task_free(sa, t);
	}
	timer_cancel(&sa->next_task);
	timer_cancel(&sa->linger);
	/* it neither lives too long any more, nor is it to be renewed */
	timer_cancel(&sa->hard);
	timer_cancel(&sa->expiry);
	timer_cancel(&sa->reauth);
	if (sa->has_keys && task_add(sa, TASK_DELETE_IKE))
		return;
	sa_kill(sa, false);
}

/*
 * The same peer answers in another IKE SA, perhaps from another address or over
 * the other IP version: it is not dead, only this IKE SA is.
 */
static bool has_other(const struct ike_sa *sa)
{
	const struct ike_sa *o;

	for (o = sa->d->sas; o; o = o->next)
		if (o != sa && o->state == IKE_ST_ESTABLISHED &&
		    rival_same_peer(o, sa) && o->heard >= sa->heard)
			return true;
	return false;
}

/**
 * life_not_replaced() - an IKE SA does not take the place of another
 * @sa: IKE SA that ends; the one that it was to replace, if there is one, stays
 *	and tries it again
 */
void life_not_replaced(struct ike_sa *sa)
{
	struct ike_sa *old = sa->replaces ? sa_find_id(sa->d, sa->replaces) :
					    NULL;
	struct timers *timers = &sa->d->timers;

	sa->replaces = 0;
	if (!old || old->state != IKE_ST_ESTABLISHED)
		return;
	old->replaced = false;
	timer_set(timers, &old->reauth, life_renew_again(sa->d));
	timer_set(timers, &old->expiry,
		  (uint64_t)sa->d->conf->ike_lifetime * 1000 / 20);
}

/**
 * life_lost() - an IKE SA ends before its time, and nobody is told
 * @sa: IKE SA; dead afterwards
 *
 * What it was to replace, and has not yet, gets another chance.
 */
void life_lost(struct ike_sa *sa)
{
	life_not_replaced(sa);
	sa_kill(sa, false);
}

/**
 * life_failed() - an IKE SA could not be established
 * @sa: IKE SA; dead afterwards
 * @why: for the log
 */
void life_failed(struct ike_sa *sa, const char *why)
{
	struct btnsd *d = sa->d;

	if (sa->state < IKE_ST_ESTABLISHED) {
		d->stats.ike_failed++;
		sa_log(sa, LOG_WARNING, "not established: %s", why);
	}
	life_lost(sa);
}

/**
 * life_refused() - a peer wants no IKE SA with us
 * @sa: IKE SA that is not established; sa->fault says how it was refused
 * @n: error notify of the peer's answer, NULL if it gave no reason
 *
 * Who only has no room for it says nothing of the SAs that an earlier btnsd had
 * with it, nor is that a reason to do without protection.
 */
void life_refused(struct ike_sa *sa, const struct ike_notify_desc *n)
{
	if (notify_busy(n))
		return;
	fallback_begin_all(sa, sa->fault.text);
	if (sa->adopting)
		orphan_peer_lost(sa, sa->fault.text);
}

/* the peer is dead: its latches break for good (RFC 5660 section 2.2) */
static void peer_dead(struct ike_sa *sa, const char *why)
{
	struct btnsd *d = sa->d;
	uint32_t n = 0;

	d->stats.dead++;
	/* the latches of one that has no name are of no peer */
	if (!anon_is(sa) &&
	    d->kern->latch_break(d->kern_ctx, &sa->peer, BTNS_REASON_PEER_DEAD,
				 &n))
		sa_log(sa, LOG_ERR, "its latches could not be broken: %s",
		       d->kern->error(d->kern_ctx));
	sa_log(sa, LOG_WARNING, "%s: the peer is dead: %s; %u latches broken",
	       sa->tasks ? task_name(sa->tasks->kind) : "request", why, n);
}

/**
 * life_homeless() - our own address of an IKE SA is none of this host's any more
 * @sa: IKE SA; dead afterwards, with its child SAs
 *
 * The peer has been told nothing and cannot be, and of it nothing is known: it
 * is not dead, its latches stay. What they have to send waits for an SA of the
 * same peer, as after any Delete; nothing falls back to the clear.
 */
void life_homeless(struct ike_sa *sa)
{
	char why[ADDR_STRLEN + 64], text[ADDR_STRLEN];

	if (sa->state == IKE_ST_DEAD)
		return;
	snprintf(why, sizeof(why), "our address %s is gone",
		 addr_str(&sa->path.local.addr, text));
	if (sa->state < IKE_ST_ESTABLISHED) {
		life_failed(sa, why);
		return;
	}
	sa_log(sa, LOG_WARNING, "%s: closed without a word to the peer", why);
	sa_kill(sa, false);
}

/**
 * life_silent() - a peer did not answer, however often it was asked
 * @sa: IKE SA; dead afterwards
 *
 * If it was established the peer is dead, unless it still answers in another
 * IKE SA.
 */
void life_silent(struct ike_sa *sa)
{
	char why[sizeof(sa->fault.text) + 64];

	if (sa->homeless) {
		life_homeless(sa);
		return;
	}
	if (sa->state < IKE_ST_ESTABLISHED) {
		snprintf(why, sizeof(why), "no answer to %s%s%s%s%s",
			 sa->tasks ? task_name(sa->tasks->kind) : "anything",
			 sa->passed_over && sa->state == IKE_ST_INIT_SENT ?
				 " that can be used" : "",
			 sa->fault.text[0] ? " (" : "", sa->fault.text,
			 sa->fault.text[0] ? ")" : "");
		fallback_begin_all(sa, why);
		if (sa->adopting)
			orphan_peer_lost(sa, why);
		life_failed(sa, why);
		return;
	}
	if (sa->state == IKE_ST_ESTABLISHED && !has_other(sa)) {
		snprintf(why, sizeof(why), "%u requests without an answer",
			 sa->tries);
		peer_dead(sa, why);
	} else {
		sa_log(sa, LOG_INFO, "%s: no answer",
		       sa->tasks ? task_name(sa->tasks->kind) : "request");
	}
	life_lost(sa);
}

/**
 * life_crashed() - a peer has proved that it has lost an IKE SA
 * @sa: IKE SA; dead afterwards, and nobody is told (RFC 6290 section 4.5)
 */
void life_crashed(struct ike_sa *sa)
{
	if (sa->state == IKE_ST_ESTABLISHED && !has_other(sa))
		peer_dead(sa, "it has lost the IKE SA and proved so by its token");
	else
		sa_log(sa, LOG_INFO, "the peer has lost this IKE SA");
	life_lost(sa);
}

/* does an exchange that waits, or is in flight, ask for this traffic? */
static bool wanted(const struct ike_sa *sa, const struct sel *narrow)
{
	const struct task *t;

	for (t = sa->tasks; t; t = t->next)
		if (t->has_want && sel_equal(narrow, &t->want.narrow))
			return true;
	return false;
}

/**
 * life_want() - ask for a child SA in an IKE SA
 * @sa: IKE SA; a new one begins with it
 * @want: what is wanted
 *
 * The same packet is not asked for twice, nor is what is there. Another packet
 * waits its turn, and is skipped if the child SA that comes before covers it.
 * The caller runs fsm_start().
 *
 * Return: false if memory ran out or too much waits.
 */
bool life_want(struct ike_sa *sa, const struct child_want *want)
{
	struct task *t;

	if (wanted(sa, &want->narrow) || child_covering(sa, want))
		return true;
	if (sa->state == IKE_ST_NEW && sa->initiator && !sa->tasks)
		t = task_add(sa, TASK_INIT) ? task_add(sa, TASK_AUTH) : NULL;
	else
		t = task_add(sa, TASK_CHILD);
	if (!t)
		return false;
	t->want = *want;
	t->has_want = true;
	return true;
}

/* take the child SAs of @old into @sa, from the first on */
static void inherit(struct ike_sa *sa, struct ike_sa *old)
{
	struct child *c;

	for (c = old->children; c; c = c->next)
		c->passed_on = false;
	inherit_more(sa, old);
}

/* an IKE SA without child SAs is of no use */
static bool unused(struct ike_sa *sa, const char *why)
{
	if (sa->children || sa->tasks)
		return false;
	sa_log(sa, LOG_INFO, "%s, and it has no child", why);
	life_close(sa);
	fsm_start(sa);
	return true;
}

/**
 * life_renew_for() - make an IKE SA anew, with authentication, and then close it
 * @old: established IKE SA that nothing else is taking the place of
 * @want: child SA that the new one is to begin with, or NULL
 *
 * Return: the new one, NULL if it could not begin.
 */
struct ike_sa *life_renew_for(struct ike_sa *old,
			      const struct child_want *want)
{
	struct btnsd *d = old->d;
	struct ike_sa *sa;

	/* if it cannot begin, again after this */
	timer_set(&d->timers, &old->reauth, life_renew_again(d));
	sa = sa_new_initiator(d, &old->path);
	if (!sa)
		return NULL;
	sa_log(old, LOG_INFO, "to be authenticated anew: #%u takes over",
	       sa->id);
	if (want && !life_want(sa, want)) {
		sa_kill(sa, false);
		return NULL;
	}
	inherit(sa, old);
	/* its child SAs are still to come: without one (RFC 6023) */
	if (!sa->tasks &&
	    !(task_add(sa, TASK_INIT) && task_add(sa, TASK_AUTH))) {
		sa_kill(sa, false);
		return NULL;
	}
	old->replaced = true;
	timer_cancel(&old->expiry);
	sa->replaces = old->id;
	sa->peer_pss = old->peer_pss;
	fsm_start(sa);
	return sa;
}

/**
 * life_renew() - the same, with the child SAs that it has
 * @old: established IKE SA that nothing else is taking the place of
 */
void life_renew(struct ike_sa *old)
{
	life_renew_for(old, NULL);
}

/* the lifetime of an IKE SA ends: rekey it */
static void rekey(struct ike_sa *sa)
{
	if (unused(sa, "lifetime is over"))
		return;
	/* what cannot be done now is tried again until the hard limit */
	timer_set(&sa->d->timers, &sa->expiry,
		  (uint64_t)sa->d->conf->ike_lifetime * 1000 / 40);
	if (task_find(sa, TASK_REKEY_IKE, 0) || task_find(sa, TASK_FOLLOWUP, 0))
		return;
	if (!standing_now(sa)) {
		sa_log(sa, LOG_WARNING, "closed: %s", sa->fault.text);
		life_close(sa);
	} else {
		task_add(sa, TASK_REKEY_IKE);
	}
	fsm_start(sa);
}

/**
 * life_hard_due() - timer: an IKE SA was not replaced in time
 * @arg: IKE SA; it ends, and its child SAs with it
 */
void life_hard_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;
	const char *used = usage_hard(sa);

	if (!used)
		used = sa->reauth_at && timer_now(&d->timers) > sa->reauth_at ?
			       "ike.reauth" :
			       "ike.lifetime";
	sa_log(sa, LOG_WARNING,
	       "closed: neither rekeyed nor made anew before its hard limit, of %s",
	       used);
	life_close(sa);
	fsm_start(sa);
	sa_reap(d);
}

/**
 * life_reauth_due() - timer: a peer's authentication is old
 * @arg: IKE SA
 */
void life_reauth_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;

	if (sa->state != IKE_ST_ESTABLISHED || sa->replaced ||
	    unused(sa, "authentication is old"))
		;
	else if (sa->contested || sa->redundant || x_rekey_ike_busy(sa))
		timer_set(&d->timers, &sa->reauth, IKE_RETRY_MS);
	else
		life_renew(sa);
	sa_reap(d);
}

/**
 * life_expiry_due() - timer: an IKE SA has been in its state long enough
 * @arg: IKE SA
 */
void life_expiry_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;

	if (sa->state == IKE_ST_HALF_OPEN) {
		d->stats.ike_failed++;
		sa_log(sa, LOG_INFO, "IKE_AUTH: the peer never came back");
		sa_kill(sa, false);
	} else if (sa->state == IKE_ST_ESTABLISHED && sa->replaced) {
		life_close(sa);
		fsm_start(sa);
	} else if (sa->state == IKE_ST_ESTABLISHED) {
		rekey(sa);
	}
	sa_reap(d);
}

static bool traffic(struct ike_sa *sa)
{
	const struct child *c;
	uint64_t sum = 0;
	bool more;

	for (c = sa->children; c; c = c->next)
		sum += child_packets_in(c);
	more = sum > sa->in_traffic;
	sa->in_traffic = sum;
	return more;
}

/**
 * life_dpd_due() - timer: has the peer been heard?
 * @arg: IKE SA
 *
 * ESP from it counts as much as IKE (RFC 7296 section 2.4).
 */
void life_dpd_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;
	uint64_t ms = (uint64_t)d->conf->dpd * 1000;

	if (sa->state != IKE_ST_ESTABLISHED)
		return;
	if (sa->unused && unused(sa, "its last child was of no use")) {
		sa_reap(d);
		return;
	}
	/* packets may have been on their way before: a suspect must answer */
	if (traffic(sa) && !sa->suspect)
		sa->heard = timer_now(&d->timers);
	if ((sa->suspect || timer_now(&d->timers) - sa->heard >= ms) &&
	    !sa->tasks) {
		task_add(sa, TASK_LIVENESS);
		fsm_start(sa);
	}
	if (ms)
		timer_set(&d->timers, &sa->dpd, ms);
	sa_reap(d);
}

/**
 * life_linger_due() - timer: an IKE SA that another replaces can go
 * @arg: IKE SA
 */
void life_linger_due(void *arg)
{
	struct ike_sa *sa = arg, *winner;
	struct btnsd *d = sa->d;

	if (!sa->redundant || sa->replaced) {
		/* the peer knows nothing of it: there is nobody to tell */
		sa_kill(sa, false);
		sa_reap(d);
		return;
	}
	winner = sa_find_id(d, sa->successor);
	if (!winner || winner->state != IKE_ST_ESTABLISHED) {
		sa->redundant = false;
		return;
	}
	/* one after the other */
	if (winner->replaces) {
		timer_set(&d->timers, &sa->linger, IKE_RETRY_MS);
		return;
	}
	sa->replaced = true;
	winner->replaces = sa->id;
	inherit(winner, sa);
	fsm_start(winner);
	sa_reap(d);
}
