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
#include <sys/socket.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/wire.h"

/* what a site may have (RFC 6177), and 65536 networks of its own in it */
#define SITE_PLEN	48

/* has its peer proved what an entry of the PAD says of it, name or key? */
static bool configured(const struct ike_sa *sa)
{
	return sa->authenticated && !anon_is(sa) && !sa->stranger;
}

/**
 * struct crowd - IKE SAs that are there
 * @all: of all addresses
 * @own: of one address
 * @configured: of these, those whose peers are configured
 * @half_open: half-open ones of these
 * @unproved: of these, those whose address may be forged
 * @near: half-open ones near it whose address is not
 * @site: the same of its site, if it is of IPv6
 */
struct crowd {
	unsigned int all;
	unsigned int own;
	unsigned int configured;
	unsigned int half_open;
	unsigned int unproved;
	unsigned int near;
	unsigned int site;
};

static struct crowd crowd_of(const struct btnsd *d, const struct addr *remote)
{
	struct crowd n = { 0 };
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		bool half = sa->state == IKE_ST_HALF_OPEN;
		bool proved = half && sa->path_proved;

		n.all++;
		n.near += proved && addr_near(&sa->path.remote.addr, remote);
		n.site += proved && addr_in_prefix(&sa->path.remote.addr,
						   remote, SITE_PLEN);
		if (!addr_equal(&sa->path.remote.addr, remote))
			continue;
		n.own++;
		n.configured += configured(sa);
		n.half_open += half;
		n.unproved += half && !sa->path_proved;
	}
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

/*
 * Of one address, @own of @n: who can send a datagram from any address of a
 * network must not be able to lock all others of it out.
 */
static bool limit_met(const struct btnsd *d, const struct crowd *n,
		      unsigned int own, char why[static LIMIT_WHY_MAX])
{
	if (n->all >= IKE_SAS_MAX)
		return met(why,
			   "there are %u IKE SAs, and btnsd has %u at most",
			   n->all, IKE_SAS_MAX);
	if (own >= d->conf->per_addr)
		return met(why,
			   "its address has %u IKE SAs, and ike.per_address is %u",
			   own, d->conf->per_addr);
	return false;
}

/* other IKE SAs of peers that nobody configured, and those near @sa's peer */
static unsigned int strangers(const struct ike_sa *sa, unsigned int *near)
{
	const struct ike_sa *o;
	unsigned int n = 0;

	*near = 0;
	for (o = sa->d->sas; o; o = o->next) {
		if (o == sa || o->state == IKE_ST_DEAD || !o->authenticated ||
		    configured(o) || o->id == sa->replaces)
			continue;
		n++;
		*near += addr_near(&o->path.remote.addr, &sa->path.remote.addr);
	}
	return n;
}

/**
 * limit_rekey_met() - are there as many IKE SAs as there may be?
 * @sa: IKE SA that its peer rekeys
 * @why: a sentence is written here if so
 *
 * An IKE SA that rekeys another counts beside it until that is deleted, and may
 * be rekeyed at once: those of peers that nobody configured have room for that,
 * but do not leave their share by it. There is room again when old ones are
 * deleted, so that it is a temporary condition (RFC 7296 section 2.25); the IKE SA
 * anew that NO_ADDITIONAL_SAS would bring about would need that room too. In the
 * way of who is configured are others that are, whoever else is behind its NAT.
 *
 * Return: true if one more would be too many of its own, or in all.
 */
bool limit_rekey_met(const struct ike_sa *sa, char why[static LIMIT_WHY_MAX])
{
	const struct crowd all = crowd_of(sa->d, &sa->path.remote.addr);
	unsigned int n, near;

	/* what anybody may have forged is in nobody's way */
	if (limit_met(sa->d, &all,
		      configured(sa) ? all.configured : all.own - all.unproved,
		      why))
		return true;
	if (configured(sa))
		return false;
	n = strangers(sa, &near);
	if (near >= 2 * sa->d->conf->per_addr)
		return met(why,
			   "its network has %u IKE SAs of peers that nobody configured, twice ike.per_address",
			   near);
	if (n >= IKE_STRANGERS_MAX + IKE_STRANGERS_HEIRS_MAX)
		return met(why,
			   "peers that nobody configured have %u IKE SAs, which is the limit",
			   n);
	return false;
}

/**
 * limit_rekey_ask_met() - the same for an IKE SA that we rekey
 * @sa: IKE SA
 * @why: a sentence is written here if so
 *
 * Its peer brings that about by its messages (ike.bytes, ike.packets), and the old
 * one is there until it answers our Delete: who does not would leave its share by
 * our rekeys instead of its own. Peers that are configured have no such limit.
 *
 * Return: true if we do not rekey it now.
 */
bool limit_rekey_ask_met(const struct ike_sa *sa,
			 char why[static LIMIT_WHY_MAX])
{
	return !configured(sa) && limit_rekey_met(sa, why);
}

/**
 * limit_stranger_met() - is there room for a peer that nobody configured?
 * @sa: IKE SA of a peer that has proved who it is, and that the PAD authorises
 * @why: a sentence is written here if not
 *
 * They must not use up what is there for others as well (RFC 5387 sections 4.2
 * and 5.4). A host of IPv6 has a whole /64 of addresses to be another peer from;
 * it can only be in the way of others there that nobody configured. The IKE SA
 * that this one replaces does not count.
 *
 * Return: true if it is one, and there are as many as there may be.
 */
bool limit_stranger_met(const struct ike_sa *sa,
			char why[static LIMIT_WHY_MAX])
{
	bool anon = sa->peer.type == BTNS_ID_TYPE_NONE;
	unsigned int n, near;

	if (anon && anon_too_many(sa))
		return met(why,
			   "there are %u anonymous peers, which is the limit",
			   IKE_ANON_MAX);
	if (!anon && !sa->stranger)
		return false;
	n = strangers(sa, &near);
	if (near >= sa->d->conf->per_addr)
		return met(why,
			   "its network has %u IKE SAs of peers that nobody configured, and ike.per_address is %u",
			   near, sa->d->conf->per_addr);
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

/* most child SAs of a peer, whoever asks for them, but for rekeys */
static unsigned int most_children(const struct ike_sa *sa)
{
	unsigned int most = sa->d->conf->stranger_children;

	if (configured(sa))
		return IKE_CHILDREN_MAX;
	return anon_is(sa) && most > IKE_ANON_CHILDREN_MAX ?
		       IKE_ANON_CHILDREN_MAX :
		       most;
}

/* has it as many as it may have, of its own? */
static bool children_met(const struct ike_sa *sa, bool rekey,
			 char why[static LIMIT_WHY_MAX])
{
	unsigned int n = children(sa), set = sa->d->conf->stranger_children;
	unsigned int most = most_children(sa);

	if (n < most * (rekey ? 2 : 1))
		return false;
	if (configured(sa) || most < set)
		return met(why, "the peer has %u child SAs, which is the limit",
			   n);
	return met(why,
		   "the peer has %u child SAs, and ike.stranger_children is %u",
		   n, set);
}

/* have all that nobody configured as many as they may have? */
static bool all_children_met(const struct ike_sa *sa, bool rekey,
			     char why[static LIMIT_WHY_MAX])
{
	const struct ike_sa *o;
	unsigned int n = 0;

	if (configured(sa))
		return false;
	for (o = sa->d->sas; o; o = o->next)
		if (!configured(o))
			n += children(o);
	if (n < IKE_STRANGERS_CHILDREN_MAX +
			(rekey ? IKE_STRANGERS_REKEYS_MAX : 0))
		return false;
	return met(why,
		   "peers that nobody configured have %u child SAs, which is the limit",
		   n);
}

/**
 * limit_child_met() - has a peer as many child SAs as it may when it asks?
 * @sa: its IKE SA
 * @rekey: it asks for one that replaces another, which is there until the peer
 *	deletes it
 * @why: a sentence is written here if so
 *
 * Rekeys have room of their own, which is not without end either: who deletes
 * nothing, or late, has two for each.
 *
 * An IKE SA that takes no more says NO_ADDITIONAL_SAS (RFC 7296 section 1.3), for
 * which a peer need not try again. A rekey that has to wait for Deletes, of this
 * peer or of others, and the end of what others have are temporary conditions
 * (section 2.25): a peer that is told that tries again, and one that is told the
 * other would make a new IKE SA instead of a rekey (section 4), for nothing.
 *
 * Return: 0; or enum ike_notify to refuse it with.
 */
uint16_t limit_child_met(const struct ike_sa *sa, bool rekey,
			 char why[static LIMIT_WHY_MAX])
{
	if (children_met(sa, rekey, why))
		return rekey ? IKE_N_TEMPORARY_FAILURE :
			       IKE_N_NO_ADDITIONAL_SAS;
	return all_children_met(sa, rekey, why) ? IKE_N_TEMPORARY_FAILURE : 0;
}

/**
 * limit_ask_met() - has a peer as many child SAs as we may ask it for?
 * @sa: its IKE SA, authenticated
 * @rekey: we ask for one that replaces another
 * @why: a sentence is written here if so
 *
 * Whoever sends packets that this host answers chooses what we ask for, and may
 * narrow each to a packet. What takes over from another IKE SA is there twice
 * until that is closed, as in a rekey. Peers that are configured have no such
 * limit.
 *
 * Return: true if we ask for no more.
 */
bool limit_ask_met(const struct ike_sa *sa, bool rekey,
		   char why[static LIMIT_WHY_MAX])
{
	return !configured(sa) &&
	       limit_child_met(sa, rekey || sa->replaces, why);
}

/*
 * Who receives what goes to an address of IPv6 may receive it for the whole /64,
 * or for all that its site has, so each has its share of what is there; but only
 * what has proved its path by a COOKIE counts against it: addresses can be forged.
 * Whom the PAD expects alone at an address has a quarter more beside its
 * neighbours.
 */
static bool network_met(const struct btnsd *d, const struct crowd *n,
			bool alone, char why[static LIMIT_WHY_MAX])
{
	uint32_t quarter = (d->conf->half_open_max + 3) / 4;

	if (n->near >= quarter * (alone ? 2 : 1))
		return met(why,
			   "its network has %u half-open IKE SAs, %s of ike.half_open_max",
			   n->near, alone ? "half" : "a quarter");
	if (n->site >= quarter * (alone ? 3 : 2))
		return met(why,
			   "its /%u has %u half-open IKE SAs, %s of ike.half_open_max",
			   SITE_PLEN, n->site,
			   alone ? "three quarters" : "half");
	return false;
}

/*
 * Who writes another's address into datagrams of his own must not lock that one
 * out: has it as many IKE SAs as it may, some of which may be forged?
 */
static bool may_be_forged(const struct btnsd *d, const struct crowd *n)
{
	return n->unproved && (n->half_open >= d->conf->half_open_per_addr ||
			       n->own >= d->conf->per_addr);
}

/* an eighth is left to those whom the PAD expects alone at their address */
static bool half_open_met(const struct btnsd *d, const struct addr *remote,
			  const struct crowd n, bool proved,
			  char why[static LIMIT_WHY_MAX])
{
	unsigned int forged = proved ? n.unproved : 0;
	bool alone = conf_peer_has_address(d->conf, remote);
	uint32_t most = d->conf->half_open_max;

	if (!alone)
		most -= most / 8;
	if (d->half_open >= most)
		return met(why,
			   "there are %u half-open IKE SAs, and ike.half_open_max is %u%s",
			   d->half_open, d->conf->half_open_max,
			   most < d->conf->half_open_max ?
				   ", an eighth of it for peers with an address" :
				   "");
	if (n.half_open - forged >= d->conf->half_open_per_addr)
		return met(why,
			   "its address has %u half-open IKE SAs, and ike.half_open_per_address is %u",
			   n.half_open - forged, d->conf->half_open_per_addr);
	if (remote->family == AF_INET6 && network_met(d, &n, alone, why))
		return true;
	return limit_met(d, &n, n.own - forged, why);
}

/*
 * At the latest when there is room for as many again: else what may be forged had
 * all there is before the first is asked.
 */
static bool under_load(const struct btnsd *d)
{
	return d->half_open >= d->conf->cookie_threshold ||
	       d->half_open >= d->conf->half_open_max / 2;
}

/**
 * limit_first() - may a first request make one more IKE SA?
 * @d: helper
 * @remote: where it comes from
 * @proved: it has brought a COOKIE back; what has not does not count against it
 * @why: a sentence is written here for LIMIT_FIRST_MET
 *
 * Under load all have to bring back a COOKIE.
 *
 * Return: whether it may, is asked for a COOKIE before, or would be too many.
 */
enum limit_first limit_first(const struct btnsd *d, const struct addr *remote,
			     bool proved, char why[static LIMIT_WHY_MAX])
{
	struct crowd n;

	/* first, as it costs nothing */
	if (!proved && under_load(d))
		return LIMIT_FIRST_COOKIE;
	n = crowd_of(d, remote);
	if (!proved && may_be_forged(d, &n))
		return LIMIT_FIRST_COOKIE;
	return half_open_met(d, remote, n, proved, why) ? LIMIT_FIRST_MET :
							  LIMIT_FIRST_MAY;
}

/*
 * Has traffic begun it, and is it not established? One that we have refused counts
 * until its peer has answered the Delete: who answers up to there, and no further,
 * would have any number of them otherwise, each with a Delete to send again.
 */
static bool begun_in_vain(const struct ike_sa *sa)
{
	return sa->initiator && !sa->adopting && !sa->replaces &&
	       (sa->state < IKE_ST_ESTABLISHED ||
		(sa->state == IKE_ST_CLOSING && !sa->established));
}

/**
 * limit_initiate_met() - may traffic begin one more IKE SA?
 * @d: helper
 * @remote: with whom
 * @why: a sentence is written here if not
 *
 * Whoever sends packets that this host answers chooses whom we call: neither
 * memory nor the messages that such a one has us send to others are without end.
 * One that takes over what is there was not asked for by traffic, and whom the
 * PAD expects at an address of its own nobody else has chosen.
 *
 * Return: true if there are as many as there may be, not established or in all.
 */
bool limit_initiate_met(const struct btnsd *d, const struct addr *remote,
			char why[static LIMIT_WHY_MAX])
{
	unsigned int all = 0, begun = 0;
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		all++;
		begun += begun_in_vain(sa);
	}
	if (all >= IKE_SAS_MAX)
		return met(why,
			   "there are %u IKE SAs, and btnsd has %u at most",
			   all, IKE_SAS_MAX);
	if (begun >= d->conf->initiate_max &&
	    !conf_peer_has_address(d->conf, remote))
		return met(why,
			   "%u IKE SAs that it has begun wait for their peers, and ike.initiate_max is %u",
			   begun, d->conf->initiate_max);
	return false;
}
