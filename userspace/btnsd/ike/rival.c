// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE SAs that want the same place: two with one peer, of which one is enough,
 * and two peers that claim one address, of which one may be dead.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/rival.h"
#include "btnsd/ike/ts.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/* how long the loser of a simultaneous opening stays, so that both ends know */
#define SETTLE_MS	1000

/**
 * rival_same_peer() - are two IKE SAs with the same peer?
 * @a: IKE SA whose peer has proved who it is, if it is to
 * @b: another
 *
 * Return: true if so; who proves nothing is not the same as anybody (RFC 7619
 * section 2.3).
 */
bool rival_same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return !anon_is(a) && a->peer.type == b->peer.type &&
	       !memcmp(a->peer.digest, b->peer.digest, BTNS_DIGEST_LEN);
}

static bool same_hosts(const struct ike_sa *a, const struct ike_sa *b)
{
	return addr_equal(&a->path.local.addr, &b->path.local.addr) &&
	       addr_equal(&a->path.remote.addr, &b->path.remote.addr);
}

/*
 * The peer has forgotten all it had with us: what we still have with it is of
 * no use once the new child SA is in place (RFC 7296 section 2.4). Only SAs of
 * the same proved identity, and only those older than this one's beginning.
 */
static void initial_contact(struct ike_sa *sa)
{
	struct ike_sa *o;

	for (o = sa->d->sas; o; o = o->next) {
		if (o == sa || o->state != IKE_ST_ESTABLISHED ||
		    o->replaced || !rival_same_peer(o, sa) || !same_hosts(o, sa) ||
		    o->established > sa->born)
			continue;
		sa_log(o, LOG_NOTICE,
		       "the peer started anew: replaced by #%u", sa->id);
		o->replaced = true;
		timer_set(&sa->d->timers, &o->linger, IKE_LINGER_MS);
	}
}

/*
 * Both ends opened an IKE SA at once. One is enough: of the four nonces the
 * lowest loses (as RFC 7296 section 2.8.2 has it for rekeys), and whoever
 * began that one closes it once its child SAs have another home.
 */
static void opened_twice(struct ike_sa *sa)
{
	struct ike_sa *o, *loser, *winner;

	for (o = sa->d->sas; o; o = o->next) {
		if (o == sa || o->state != IKE_ST_ESTABLISHED || o->replaced ||
		    o->redundant || o->initiator == sa->initiator ||
		    !rival_same_peer(o, sa) || !same_hosts(o, sa) ||
		    o->established < sa->born)
			continue;
		loser = nonce_loses(sa, o) ? sa : o;
		winner = loser == sa ? o : sa;
		sa_log(loser, LOG_INFO,
		       "both ends opened an IKE SA: #%u stays", winner->id);
		loser->redundant = true;
		loser->successor = winner->id;
		/* and if it does not, because it saw no clash, we do later */
		timer_set(&sa->d->timers, &loser->linger,
			  loser->initiator ? SETTLE_MS : 10 * SETTLE_MS);
		return;
	}
}

/*
 * Is what we have begun in @o for another peer than @sa's: in the place of an IKE
 * SA with that, or for traffic that the PAD gives to others?
 */
static bool for_another(const struct ike_sa *o, const struct ike_sa *sa)
{
	const struct ike_sa *old =
		o->replaces ? sa_find_id(o->d, o->replaces) : NULL;
	const struct task *t;

	if (old && !rival_same_peer(old, sa))
		return true;
	for (t = o->tasks; t; t = t->next)
		if (t->has_want && !x_auth_may_have(sa, &t->want.narrow))
			return true;
	return orphan_asks_another(o, sa);
}

/*
 * What @o was to replace @sa replaces: one IKE SA at once, and another of the same
 * peer once it is done with that, see life_linger_due().
 */
static void adopt_old(struct ike_sa *sa, struct ike_sa *o)
{
	struct ike_sa *old = o->replaces ? sa_find_id(o->d, o->replaces) : NULL;

	if (!old)
		return;
	if (!sa->replaces) {
		sa->replaces = old->id;
		return;
	}
	life_not_replaced(o);
	old->redundant = true;
	old->successor = sa->id;
	timer_set(&sa->d->timers, &old->linger, SETTLE_MS);
}

/*
 * The peer has opened an IKE SA while our own first request was unanswered.
 * What we wanted of it is asked for in the peer's; ours is given up before it
 * is one. Not for a peer that proves nothing: ours may yet be with one that does;
 * nor if ours is for another peer behind the same address, as whoever is there
 * could end, by proving any key, what that one has.
 */
static void overtaken(struct ike_sa *sa)
{
	struct ike_sa *o;
	struct task *t;

	if (sa->initiator || anon_is(sa))
		return;
	for (o = sa->d->sas; o; o = o->next) {
		if (o->state != IKE_ST_INIT_SENT || !same_hosts(o, sa) ||
		    for_another(o, sa))
			continue;
		sa_log(o, LOG_INFO, "the peer was first: #%u stays", sa->id);
		for (t = o->tasks; t; t = t->next)
			if (t->has_want && life_want(sa, &t->want))
				t->want.seq = 0;
		adopt_old(sa, o);
		sa_kill(o, false);
	}
}

/* ask a peer for life at once, and expect it to answer soon */
static void suspect(struct ike_sa *o, const struct ike_sa *rival)
{
	if (o->suspect)
		return;
	sa_log(o, LOG_WARNING,
	       "#%u claims an address of this peer, which is asked for life",
	       rival->id);
	o->suspect = true;
	/* the timer, since another message may be under construction */
	timer_set(&o->d->timers, &o->dpd, 0);
}

/* whose traffic is all in tunnels shares its address with whoever is there */
static bool has_host(const struct ike_sa *o)
{
	const struct child *c;

	for (c = o->children; c; c = c->next)
		if (!c->tunnel)
			return true;
	return !o->children;
}

static bool has_traffic(const struct ike_sa *o, const struct sel *s)
{
	const struct child *c;

	for (c = o->children; c; c = c->next)
		if (sel_overlap(&c->sel, s))
			return true;
	return false;
}

/*
 * Established IKE SAs of other peers at the address of @sa's peer; and, if @s
 * is not NULL, those that have some of that traffic, wherever their ends are.
 */
static struct ike_sa *next_rival(const struct ike_sa *sa, struct ike_sa *o,
				 const struct sel *s)
{
	for (; o; o = o->next)
		if (o != sa && o->state == IKE_ST_ESTABLISHED &&
		    !o->replaced && !rival_same_peer(o, sa) &&
		    ((same_hosts(o, sa) && has_host(o)) ||
		     (s && has_traffic(o, s))))
			return o;
	return NULL;
}

/*
 * Somebody else now has the address of a peer that we have SAs with. No new
 * connection can be latched while both have them (RFC 5660 section 2.3), so
 * find out at once whether the old one still lives.
 */
static void probe_rivals(struct ike_sa *sa)
{
	struct ike_sa *o;

	for (o = next_rival(sa, sa->d->sas, NULL); o;
	     o = next_rival(sa, o->next, NULL))
		suspect(o, sa);
}

/**
 * rival_meet() - what an IKE SA means for those that are there already
 * @sa: IKE SA that has just been established
 *
 * Older ones of the same peer end if it has started anew, or if both ends have
 * opened one at once; other peers at its address are asked for life.
 */
void rival_meet(struct ike_sa *sa)
{
	if (sa->initial_contact)
		initial_contact(sa);
	opened_twice(sa);
	overtaken(sa);
	/* if it was asked already it need not be asked again */
	if (!sa->claim)
		probe_rivals(sa);
}

/**
 * rival_contested() - is the peer that has latches or SAs here still to be asked?
 * @sa: IKE SA of a peer that wants SAs which conflict with a latch; or of an
 *	anonymous one that wants traffic for which another has SAs
 * @s: traffic of such an SA
 *
 * Two peers claim one address, their own or one inside a tunnel. Before one of
 * them harms the other, the other is asked for life: if it answers, @sa's
 * selectors are narrowed around its latches, or @sa is refused if it is anonymous;
 * if it does not, it is dead, and they break for that. Meanwhile @sa's request is
 * passed over; it will come again.
 *
 * Return: true while there is no answer yet.
 */
bool rival_contested(struct ike_sa *sa, const struct sel *s)
{
	struct btnsd *d = sa->d;
	uint64_t claim = sa->claim, now = timer_now(&d->timers);
	bool wait = false;
	struct ike_sa *o;

	if (!claim || now - claim > IKE_HALF_OPEN_MS)
		claim = now;
	for (o = next_rival(sa, d->sas, s); o;
	     o = next_rival(sa, o->next, s)) {
		if (o->heard >= claim && !o->suspect)
			continue;
		wait = true;
		suspect(o, sa);
	}
	/* nobody was asked if there was nobody to wait for: see rival_meet() */
	if (wait)
		sa->claim = claim;
	return wait;
}
