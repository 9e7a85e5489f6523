// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child SAs that a peer refuses us: the same is asked for in another way, later,
 * or in another IKE SA. None of it without an end: what is refused for good stays
 * so, and a peer that refuses everything is asked now and then.
 */
#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/ike/acquire.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/log.h"

/* most times that one exchange is put off */
#define PUT_OFF_MAX	5

/* the peer wants another group: make the same request with it */
static bool other_group(struct ike_sa *sa, struct task *t,
			const struct ike_notify_desc *n)
{
	uint16_t group = notify_group(n);

	if (!t->larval || !t->larval->dh || t->tries > 1 ||
	    group == dh_group(t->larval->dh) ||
	    !conf_has_dh(sa->d->conf, group))
		return false;
	dh_free(t->larval->dh);
	t->larval->dh = NULL;
	return dh_new(group, &t->larval->dh) == CRYPTO_OK;
}

/* the peer wants one packet's selectors: the same request, without the wide */
static bool single_pair(struct task *t)
{
	struct sel one;

	if (!t->has_want || t->want.tunnel != t->larval->tunnel ||
	    !sel_intersect(&one, &t->want.narrow, &t->want.wide) ||
	    sel_equal(&one, &t->want.wide))
		return false;
	t->want.wide = one;
	return true;
}

/* what IKE_AUTH has asked for in vain is asked for in an exchange of its own */
static bool again(struct ike_sa *sa, struct task *t)
{
	struct task *own = task_add(sa, TASK_CHILD);

	if (!own)
		return false;
	own->want = t->want;
	own->has_want = true;
	/* it is that one's to answer now */
	t->want.seq = 0;
	return true;
}

/**
 * x_child_single() - ask anew for a child SA, for one packet's traffic
 * @sa: IKE SA
 * @t: our IKE_AUTH, of which the child part was refused by SINGLE_PAIR_REQUIRED
 *
 * Return: false if it was for no more, or if memory ran out.
 */
bool x_child_single(struct ike_sa *sa, struct task *t)
{
	return t->larval && single_pair(t) && again(sa, t);
}

/**
 * x_child_later() - ask anew for a child SA, after a while
 * @sa: IKE SA
 * @t: our IKE_AUTH, of which the child part was refused by TEMPORARY_FAILURE
 *
 * Return: false if memory ran out.
 */
bool x_child_later(struct ike_sa *sa, struct task *t)
{
	if (!again(sa, t))
		return false;
	timer_set(&sa->d->timers, &sa->next_task, IKE_RETRY_MS);
	return true;
}

/**
 * x_child_none() - not even the first child SA of an IKE SA is granted
 * @sa: IKE SA whose IKE_AUTH had NO_ADDITIONAL_SAS for an answer
 *
 * No number of IKE SAs would help then. What it was to replace has child SAs that
 * are good until they end, and stays.
 *
 * Return: FSM_OK, or FSM_CLOSE if it was to replace one.
 */
enum fsm_code x_child_none(struct ike_sa *sa)
{
	uint64_t until = timer_now(&sa->d->timers) + IKE_FULL_MS;
	struct ike_sa *old = sa->replaces ? sa_find_id(sa->d, sa->replaces) :
					    NULL;

	sa->full_until = until;
	sa->alone_until = until;
	if (!old)
		return FSM_OK;
	old->alone_until = until;
	return FSM_CLOSE;
}

/* the peer takes no more child SAs in this IKE SA: then in another */
static void no_room(struct ike_sa *sa, struct task *t)
{
	sa->full_until = timer_now(&sa->d->timers) + IKE_FULL_MS;
	if (t->kind == TASK_CHILD) {
		/* it is that one's to answer then */
		if (acquire_elsewhere(sa, &t->want))
			t->want.seq = 0;
	} else if (sa_usable(sa) && !sa_ends(sa) &&
		   child_find(sa, t->child_id)) {
		life_renew(sa);
	}
}

/* the peer has lost it: what we send with it is lost too, and asked for anew */
static void lost(struct ike_sa *sa, const struct task *t)
{
	struct child *old = child_find(sa, t->child_id);
	bool used = old && old->state == CHILD_INSTALLED;

	if (old)
		child_gone(old, false);
	if (used && sa_usable(sa) && !sa_ends(sa))
		life_want(sa, &t->want);
}

/*
 * Both ends differ in what they think of the IKE SA, if one says "not now" for
 * minutes and to whatever it is asked (RFC 7296 section 2.25).
 */
static bool out_of_sync(struct ike_sa *sa)
{
	uint64_t now = timer_now(&sa->d->timers);

	if (!sa->put_off || now - sa->put_off_last > IKE_OUT_OF_SYNC_MS / 2)
		sa->put_off = now;
	sa->put_off_last = now;
	return now - sa->put_off >= IKE_OUT_OF_SYNC_MS && sa_usable(sa) &&
	       !sa_ends(sa);
}

/* "not now": a while later, and in the end in a new IKE SA */
static enum fsm_code put_off(struct ike_sa *sa, struct task *t)
{
	if (out_of_sync(sa)) {
		sa_log(sa, LOG_WARNING,
		       "the peer has put us off for %u seconds: the IKE SA is given up",
		       IKE_OUT_OF_SYNC_MS / 1000);
		if (!sa->children)
			return FSM_CLOSE;
		life_renew(sa);
		return FSM_REFUSE;
	}
	if (t->tries >= PUT_OFF_MAX)
		return FSM_REFUSE;
	t->tries++;
	return FSM_LATER;
}

/**
 * x_child_refused() - take an error that answers our CREATE_CHILD_SA
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * A rekey that is refused is tried again until the child SA ends.
 *
 * Return: FSM_LATER, FSM_AGAIN or FSM_REFUSE; FSM_CLOSE if the IKE SA is of no
 * more use.
 */
enum fsm_code x_child_refused(struct ike_sa *sa, const struct ike_msg *m,
			      struct ike_build *b)
{
	const struct ike_notify_desc *n = ike_msg_error_find(m);
	enum fsm_code code = FSM_REFUSE;
	struct task *t = sa->tasks;

	(void)b;
	refusal_by_peer(sa, t, n);
	if (!n || n->type != IKE_N_TEMPORARY_FAILURE)
		sa->put_off = 0;
	switch (n ? n->type : 0) {
	case IKE_N_TEMPORARY_FAILURE:
		code = put_off(sa, t);
		break;
	case IKE_N_INVALID_KE_PAYLOAD:
		if (other_group(sa, t, n)) {
			t->tries++;
			code = FSM_AGAIN;
		}
		break;
	case IKE_N_SINGLE_PAIR_REQUIRED:
		if (t->larval && single_pair(t))
			code = FSM_AGAIN;
		break;
	case IKE_N_NO_ADDITIONAL_SAS:
		no_room(sa, t);
		break;
	case IKE_N_CHILD_SA_NOT_FOUND:
		if (t->kind == TASK_REKEY)
			lost(sa, t);
		break;
	}
	if (code != FSM_REFUSE)
		return code;
	if (t->kind == TASK_REKEY)
		life_rekey_later(sa, t->child_id);
	if (n && !notify_busy(n))
		fallback_begin(sa, t, sa->fault.text);
	return FSM_REFUSE;
}
