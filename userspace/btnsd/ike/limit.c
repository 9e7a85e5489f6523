// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many IKE SAs there may be, in all and of one address: whoever can send a
 * datagram has a half-open one, whoever has a key a whole one, and whoever can
 * make this host answer to another address one that we begin. Who meets a
 * limit is refused in words that name it, what counts against it, and the
 * setting that an administrator would raise.
 */
#include <stdarg.h>
#include <stdio.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/limit.h"

static unsigned int half_open_of(const struct btnsd *d,
				 const struct addr *remote)
{
	const struct ike_sa *sa;
	unsigned int n = 0;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->state == IKE_ST_HALF_OPEN &&
		    addr_equal(&sa->path.remote.addr, remote))
			n++;
	return n;
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

/**
 * limit_met() - are there as many IKE SAs as there may be?
 * @d: helper
 * @remote: address of a peer that asks for one more
 * @why: a sentence is written here if so
 *
 * An IKE SA that rekeys another counts beside it until that is deleted.
 *
 * Return: true if one more would be too many of its own, or in all.
 */
bool limit_met(const struct btnsd *d, const struct addr *remote,
	       char why[static LIMIT_WHY_MAX])
{
	unsigned int all = 0, own = 0;
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		all++;
		if (addr_equal(&sa->path.remote.addr, remote))
			own++;
	}
	if (all >= IKE_SAS_MAX)
		return met(why,
			   "there are %u IKE SAs, and btnsd has %u at most",
			   all, IKE_SAS_MAX);
	if (own >= d->conf->per_addr)
		return met(why,
			   "its address has %u IKE SAs, and ike.per_address is %u",
			   own, d->conf->per_addr);
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
			   "its address has %u half-open IKE SAs, and ike.half_open_per_address is %u",
			   own, d->conf->half_open_per_addr);
	return limit_met(d, remote, why);
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
