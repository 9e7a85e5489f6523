// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers that prove nothing (NULL authentication, RFC 7619): two of them cannot
 * be told apart, and neither can one from whoever takes its place. So none of
 * them ever takes anything from a peer that is there.
 */
#include <stdio.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/anon.h"
#include "btnsd/orphan.h"

/**
 * anon_is() - has this peer proved nothing?
 * @sa: IKE SA
 *
 * Return: true if its peer is authenticated by NULL; false also while nothing
 * is known of it.
 */
bool anon_is(const struct ike_sa *sa)
{
	return sa->authenticated && sa->peer.type == BTNS_ID_TYPE_NONE;
}

/**
 * anon_too_many() - are there as many such peers as there may be?
 * @sa: IKE SA of one more
 *
 * They must not use up what is there for others as well.
 *
 * Return: true if so.
 */
bool anon_too_many(const struct ike_sa *sa)
{
	const struct ike_sa *o;
	unsigned int n = 0;

	for (o = sa->d->sas; o; o = o->next)
		if (o != sa && o->state != IKE_ST_DEAD && anon_is(o))
			n++;
	return n >= IKE_ANON_MAX;
}

/* does an IKE SA have a child SA with a part of this traffic? */
static bool has_part(const struct ike_sa *o, const struct sel *s)
{
	const struct child *c;

	for (c = o->children; c; c = c->next)
		if (c->state == CHILD_INSTALLED && sel_overlap(&c->sel, s))
			return true;
	return false;
}

/**
 * anon_in_the_way() - would a child SA take traffic from a peer that has it?
 * @sa: IKE SA of the peer that it is for
 * @c: child SA
 * @s: its traffic
 * @why: a sentence is written here if so
 * @len: room at @why
 *
 * An anonymous peer gets no traffic that an IKE SA of another peer has child
 * SAs for (RFC 7619 section 3.3). Of an anonymous one only if we asked for the
 * child SA ourselves: both ends may have begun at once, and must not each take
 * back what the other has agreed to.
 *
 * Whoever has the traffic is asked for life before @sa is refused
 * (rival_contested()), so who is dead is not in the way for long. Nor are SAs of an
 * earlier btnsd: their peers are called at the start, and who does not answer loses
 * them. Those of an anonymous peer may be this one's own.
 *
 * Return: true if @c must not be.
 */
bool anon_in_the_way(const struct ike_sa *sa, const struct child *c,
		     const struct sel *s, char *why, size_t len)
{
	const struct ike_sa *o;

	if (!anon_is(sa))
		return false;
	for (o = sa->d->sas; o; o = o->next) {
		if (o == sa || o->state != IKE_ST_ESTABLISHED ||
		    !has_part(o, s) || (anon_is(o) && c->initiator))
			continue;
		snprintf(why, len, "it is anonymous, and %s has SAs for that",
			 anon_is(o) ? "another anonymous peer" :
				      "one that is not");
		return true;
	}
	if (orphan_holds(sa->d, s, true)) {
		snprintf(why, len,
			 "it is anonymous, and one that is not has SAs of an earlier btnsd for that");
		return true;
	}
	return false;
}
