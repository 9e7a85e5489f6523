// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long an IKE SA lives: when it is rekeyed, when it is made anew with
 * authentication, and when it ends if neither succeeded. What is done then is in
 * life.c.
 */
#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/usage.h"
#include "btnsd/jitter.h"

/* an IKE SA outlives its rekey by this part of its lifetime, and by a minute */
#define LIFE_EXTRA(s)	((s) / 10 + 60)

static uint64_t jittered(uint64_t ms)
{
	return ms - ms / 20 - jitter(ms / 10);
}

static void set_at(struct ike_sa *sa, struct timer *t, uint64_t at)
{
	uint64_t now = timer_now(&sa->d->timers);

	timer_set(&sa->d->timers, t, at > now ? at - now : 0);
}

static void set_reauth(struct ike_sa *sa)
{
	if (sa->reauth_at)
		set_at(sa, &sa->reauth, sa->reauth_at);
	else
		timer_cancel(&sa->reauth);
}

/* no number of rekeys makes a proof younger, nor its end later */
static void set_hard(struct ike_sa *sa)
{
	uint64_t extra = LIFE_EXTRA(sa->d->conf->ike_reauth) * 1000ull;
	uint64_t end = sa->ends_at;

	if (sa->reauth_at && sa->reauth_at + extra < end)
		end = sa->reauth_at + extra;
	set_at(sa, &sa->hard, end);
}

static void set_limits(struct ike_sa *sa)
{
	const struct conf *conf = sa->d->conf;
	struct timers *timers = &sa->d->timers;
	uint64_t life = (uint64_t)conf->ike_lifetime * 1000;

	timer_set(timers, &sa->expiry, jittered(life));
	usage_limit(sa);
	sa->ends_at = timer_now(timers) + life +
		      LIFE_EXTRA(conf->ike_lifetime) * 1000ull;
	set_reauth(sa);
	set_hard(sa);
	if (conf->dpd)
		timer_set(timers, &sa->dpd, (uint64_t)conf->dpd * 1000);
	nat_start(sa);
}

/* when an IKE SA whose peer has proved itself is to be made anew; 0 for never */
static uint64_t reauth_at(const struct ike_sa *sa)
{
	uint64_t ms = (uint64_t)sa->d->conf->ike_reauth * 1000;

	/* to whom we prove nothing we would be another, in the way of this one */
	if (!ms || sa->local.type == BTNS_ID_TYPE_NONE)
		return 0;
	return sa->proved_at + jittered(ms);
}

/**
 * life_begin() - the lifetime of an IKE SA begins
 * @sa: IKE SA whose peer has just proved itself
 */
void life_begin(struct ike_sa *sa)
{
	sa->proved_at = timer_now(&sa->d->timers);
	sa->reauth_at = reauth_at(sa);
	set_limits(sa);
}

/**
 * life_rekeyed() - an IKE SA has been made by a rekey
 * @heir: IKE SA with keys, in the table; established afterwards
 * @old: the one that it replaces
 *
 * Its limits begin anew, but for its authentication's.
 */
void life_rekeyed(struct ike_sa *heir, const struct ike_sa *old)
{
	sa_set_state(heir, IKE_ST_ESTABLISHED);
	heir->proved_at = old->proved_at;
	heir->reauth_at = old->reauth_at;
	set_limits(heir);
}

/**
 * life_retire() - an heir has taken all that an IKE SA had
 * @old: IKE SA; the peer will delete it, and if not we do
 */
void life_retire(struct ike_sa *old)
{
	old->replaced = true;
	timer_cancel(&old->dpd);
	timer_cancel(&old->keepalive);
	timer_cancel(&old->reauth);
	timer_cancel(&old->hard);
	timer_set(&old->d->timers, &old->expiry, IKE_REKEYED_MS);
}

/**
 * life_reauth_changed() - another ike.reauth is in force
 * @d: helper
 *
 * It counts from the proof of each peer on, whenever that was: an heir inherits
 * the time, and a day may be long for who has asked for an hour. What is over it
 * already is made anew within a tenth of it, not all at once.
 */
void life_reauth_changed(struct btnsd *d)
{
	uint64_t ms = (uint64_t)d->conf->ike_reauth * 1000;
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		uint64_t soon = timer_now(&d->timers) + jitter(ms / 10);

		if (sa->state != IKE_ST_ESTABLISHED)
			continue;
		sa->reauth_at = reauth_at(sa);
		if (sa->reauth_at && sa->reauth_at < soon)
			sa->reauth_at = soon;
		if (!sa->replaced)
			set_reauth(sa);
		/* one that is closed has none, and one of volume has come to its end */
		if (timer_pending(&sa->hard) && !sa->usage.hard)
			set_hard(sa);
	}
}

/**
 * life_renew_again() - when another authentication is tried
 * @d: helper
 *
 * Return: after so many milliseconds, in good time before the hard limit.
 */
uint64_t life_renew_again(const struct btnsd *d)
{
	const struct conf *conf = d->conf;
	uint64_t again = (uint64_t)conf->ike_lifetime * 1000 / 40;
	uint64_t grace = LIFE_EXTRA(conf->ike_reauth) * 1000ull / 4;

	return conf->ike_reauth && grace < again ? grace : again;
}
