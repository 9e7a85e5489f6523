// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many IKE SAs there may be, in all and of one address, or /64 of IPv6, and
 * how many child SAs: whoever can send a datagram has a half-open IKE SA, whoever
 * has a key a whole one, and whoever can make this host answer to another address
 * one that we begin. Who meets a limit is refused in words that name it, what
 * counts against it, and the setting that an administrator would raise.
 */
#include <stdarg.h>
#include <stdio.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/limit.h"

/* has its peer proved what an entry of the PAD says of it, name or key? */
static bool configured(const struct ike_sa *sa)
{
	return sa->authenticated && !anon_is(sa) && !sa->stranger;
}

static unsigned int half_open_of(const struct btnsd *d,
				 const struct addr *remote)
{
	const struct ike_sa *sa;
	unsigned int n = 0;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->state == IKE_ST_HALF_OPEN &&
		    addr_near(&sa->path.remote.addr, remote))
			n++;
	return n;
}

/* "its address", or what stands for it */
static const char *whose(const struct addr *remote)
{
	return remote->family == AF_INET6 ? "its /64" : "its address";
}

__attribute__((format(printf, 2, 3)))
static bool met(char why[static LIMIT_WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, LIMIT_WHY_MAX, fmt, ap);
	va_end(ap);
	return true;
}

/*
 * Configured peers count for their own address alone: neither are they in the way
 * of their neighbours, nor, with @alone, those in theirs.
 */
static bool limit_met(const struct btnsd *d, const struct addr *remote,
		      bool alone, char why[static LIMIT_WHY_MAX])
{
	unsigned int all = 0, own = 0;
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		const struct addr *other = &sa->path.remote.addr;

		all++;
		if (addr_equal(other, remote) ||
		    (!alone && !configured(sa) && addr_near(other, remote)))
			own++;
	}
	if (all >= IKE_SAS_MAX)
		return met(why,
			   "there are %u IKE SAs, and btnsd has %u at most",
			   all, IKE_SAS_MAX);
	if (own >= d->conf->per_addr)
		return met(why,
			   "%s has %u IKE SAs, and ike.per_address is %u",
			   alone ? "its address" : whose(remote), own,
			   d->conf->per_addr);
	return false;
}

/**
 * limit_rekey_met() - are there as many IKE SAs as there may be?
 * @sa: IKE SA that its peer rekeys
 * @why: a sentence is written here if so
 *
 * An IKE SA that rekeys another counts beside it until that is deleted.
 *
 * Return: true if one more would be too many of its own, or in all.
 */
bool limit_rekey_met(const struct ike_sa *sa, char why[static LIMIT_WHY_MAX])
{
	return limit_met(sa->d, &sa->path.remote.addr, configured(sa), why);
}

/**
 * limit_stranger_met() - is there room for a peer that nobody configured?
 * @sa: IKE SA of a peer that has just been authenticated
 * @why: a sentence is written here if not
 *
 * They must not use up what is there for others as well (RFC 5387 sections 4.2
 * and 5.4).
 *
 * Return: true if it is one, and there are as many as there may be.
 */
bool limit_stranger_met(const struct ike_sa *sa,
			char why[static LIMIT_WHY_MAX])
{
	const struct ike_sa *o;
	unsigned int n = 0;

	if (anon_is(sa) && anon_too_many(sa))
		return met(why,
			   "there are %u anonymous peers, which is the limit",
			   IKE_ANON_MAX);
	if (configured(sa))
		return false;
	for (o = sa->d->sas; o; o = o->next)
		if (o != sa && o->state != IKE_ST_DEAD && o->authenticated &&
		    !configured(o))
			n++;
	if (n >= IKE_STRANGERS_MAX)
		return met(why,
			   "there are %u peers that nobody configured, which is the limit",
			   n);
	return false;
}

static unsigned int children(const struct ike_sa *sa)
{
	const struct child *c;
	unsigned int n = 0;

	for (c = sa->children; c; c = c->next)
		n++;
	return n;
}

/**
 * limit_child_met() - has a peer as many child SAs as it may when it asks?
 * @sa: its IKE SA
 * @rekey: it asks for one that replaces another, which is there until the peer
 *	deletes it
 * @why: a sentence is written here if so
 *
 * Return: true if it gets no more.
 */
bool limit_child_met(const struct ike_sa *sa, bool rekey,
		     char why[static LIMIT_WHY_MAX])
{
	unsigned int most = IKE_CHILDREN_MAX, n = children(sa);
	const struct ike_sa *o;

	if (!configured(sa))
		most = (anon_is(sa) ? IKE_ANON_CHILDREN_MAX :
				      IKE_STRANGER_CHILDREN_MAX) *
		       (rekey ? 2 : 1);
	if (n >= most)
		return met(why, "it has %u child SAs, which is the limit", n);
	if (configured(sa) || rekey)
		return false;
	for (o = sa->d->sas, n = 0; o; o = o->next)
		if (!configured(o))
			n += children(o);
	if (n >= IKE_STRANGERS_CHILDREN_MAX)
		return met(why,
			   "peers that nobody configured have %u child SAs, which is the limit",
			   n);
	return false;
}

/**
 * limit_half_open_met() - the same for a first request
 * @d: helper
 * @remote: where it comes from
 * @why: a sentence is written here if so
 *
 * Return: true if one more would be too many, half-open or whole.
 */
bool limit_half_open_met(const struct btnsd *d, const struct addr *remote,
			 char why[static LIMIT_WHY_MAX])
{
	unsigned int own;

	if (d->half_open >= d->conf->half_open_max)
		return met(why,
			   "there are %u half-open IKE SAs, and ike.half_open_max is %u",
			   d->half_open, d->conf->half_open_max);
	own = half_open_of(d, remote);
	if (own >= d->conf->half_open_per_addr)
		return met(why,
			   "%s has %u half-open IKE SAs, and ike.half_open_per_address is %u",
			   whose(remote), own, d->conf->half_open_per_addr);
	return limit_met(d, remote, false, why);
}

/**
 * limit_initiate_met() - may traffic begin one more IKE SA?
 * @d: helper
 * @why: a sentence is written here if not
 *
 * Whoever sends packets that this host answers chooses whom we call: neither
 * memory nor the messages that such a one has us send to others are without end.
 * One that takes over what is there was not asked for by traffic.
 *
 * Return: true if there are as many as there may be, unanswered or in all.
 */
bool limit_initiate_met(const struct btnsd *d, char why[static LIMIT_WHY_MAX])
{
	unsigned int all = 0, begun = 0;
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		all++;
		if (sa->initiator && sa->state < IKE_ST_ESTABLISHED &&
		    !sa->adopting && !sa->replaces)
			begun++;
	}
	if (all >= IKE_SAS_MAX)
		return met(why,
			   "there are %u IKE SAs, and btnsd has %u at most",
			   all, IKE_SAS_MAX);
	if (begun >= d->conf->initiate_max)
		return met(why,
			   "%u IKE SAs that it has begun wait for their peers, and ike.initiate_max is %u",
			   begun, d->conf->initiate_max);
	return false;
}
