// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Acquires: the kernel has traffic and no SA for it. What can be asked of a peer
 * is asked in an IKE SA, a new one if need be; what cannot stays dropped, and
 * the log says why.
 */
#include <stdio.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/ike/acquire.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/ike/wire.h"
#include "btnsd/log.h"
#include "btnsd/unanswered.h"

/*
 * Traffic that we forward to where policy protects asks from its sender's
 * address, from which we cannot speak and must not. It stays dropped, and the
 * kernel asks again for it when its own patience ends.
 */
static void foreign(struct btnsd *d, const struct kern_acquire *acq)
{
	char text[SEL_STRLEN];

	d->stats.foreign++;
	if (d->foreign_told)
		return;
	d->foreign_told = true;
	log_warn("acquire for %s: dropped, as its source is no address of this host: SAs between hosts are made for what this host sends itself, and what it forwards needs a tunnel (btnsctl policy add); said once",
		 sel_str(&acq->sel, text));
}

/*
 * The peer takes no more child SAs in the IKE SAs that there are. Which of them
 * there is, if any, rather one that is of no use; and whether one more may be
 * begun: one at a time, and not as long as there was not even room for a first.
 */
static struct ike_sa *full_one(struct btnsd *d, const struct addr *local,
			       const struct addr *remote,
			       const struct child_want *want,
			       char why[static LIMIT_WHY_MAX])
{
	struct ike_sa *sa, *full = NULL;
	uint64_t now = timer_now(&d->timers);
	unsigned int n = 0;

	why[0] = 0;
	for (sa = d->sas; sa; sa = sa->next) {
		if (!addr_equal(&sa->path.remote.addr, remote))
			continue;
		n++;
		if (!addr_equal(&sa->path.local.addr, local))
			continue;
		if (now < sa->alone_until)
			snprintf(why, LIMIT_WHY_MAX,
				 "the peer takes no more child SAs");
		if (sa_usable(sa) && now < sa->full_until &&
		    x_auth_may_have(sa, &want->narrow) &&
		    (!full || !sa->children))
			full = sa;
	}
	if (full && n >= d->conf->per_addr)
		snprintf(why, LIMIT_WHY_MAX,
			 "the peer takes no more child SAs, its address has %u IKE SAs, and ike.per_address is %u",
			 n, d->conf->per_addr);
	return full;
}

/* an IKE SA beside one that is full, or in its place if it has no child SA */
static struct ike_sa *beside(struct ike_sa *full, const struct child_want *want)
{
	struct btnsd *d = full->d;
	struct ike_sa *sa;

	if (!full->children) {
		sa = life_renew_for(full, want);
	} else {
		sa = sa_new_initiator(d, &full->path);
		if (sa && !life_want(sa, want)) {
			sa_kill(sa, false);
			sa = NULL;
		}
	}
	if (sa)
		sa->alone_until = timer_now(&d->timers) + IKE_BESIDE_MS;
	return sa;
}

static bool no_memory(struct btnsd *d, const struct child_want *want)
{
	refusal_acquire(d, &want->narrow, "out of memory, or too many wait");
	return false;
}

/**
 * acquire_elsewhere() - a peer takes no more child SAs in an IKE SA
 * @full: IKE SA, established
 * @want: child SA that it has refused
 *
 * It is asked for in another IKE SA with the same peer, a new one if need be.
 *
 * Return: false if there is none, and the log says why.
 */
bool acquire_elsewhere(struct ike_sa *full, const struct child_want *want)
{
	const struct addr *local = &full->path.local.addr;
	const struct addr *remote = &full->path.remote.addr;
	struct btnsd *d = full->d;
	char why[LIMIT_WHY_MAX];
	struct ike_sa *sa;

	sa = sa_find_peer(d, local, remote, &want->narrow);
	if (sa) {
		if (!life_want(sa, want))
			return no_memory(d, want);
	} else {
		full = full_one(d, local, remote, want, why);
		if (!full && !why[0])
			snprintf(why, LIMIT_WHY_MAX,
				 "the peer takes no more child SAs, and no other IKE SA can be begun for it");
		if (why[0] || limit_initiate_met(d, remote, why)) {
			refusal_acquire(d, &want->narrow, why);
			return false;
		}
		sa = beside(full, want);
		if (!sa)
			return no_memory(d, want);
	}
	sa_log(sa, LOG_INFO, "the peer takes no more child SAs in #%u: asked for here",
	       full->id);
	fsm_start(sa);
	return true;
}

/* may an IKE SA be begun for an acquire? If not, the log says why */
static bool may_begin(struct btnsd *d, const struct kern_acquire *acq,
		      const struct path *path)
{
	static const char mute[] =
		"no socket sends from its source: not in listen.addresses, or link-local";
	enum net_source source = d->net->source(d->net_ctx, path);
	char why[LIMIT_WHY_MAX];

	if (source == NET_SOURCE_FOREIGN) {
		foreign(d, acq);
		return false;
	}
	/* no fallback: that the peer does not negotiate is not known */
	if (source == NET_SOURCE_MUTE ||
	    limit_initiate_met(d, &acq->remote, why)) {
		refusal_acquire(d, &acq->sel,
				source == NET_SOURCE_MUTE ? mute : why);
		unanswered_add(d, path, acq->reqid, acq->seq);
		return false;
	}
	return true;
}

/* what an acquire asks a peer for; false if that is nothing that we could ask */
static bool want_of(struct btnsd *d, const struct kern_acquire *acq,
		    struct child_want *want)
{
	const struct sel hosts = {
		.local = acq->local,
		.remote = acq->remote,
		.local_plen = addr_bits(acq->local.family),
		.remote_plen = addr_bits(acq->remote.family),
	};
	const struct kern_policy *policy[2];
	char text[SEL_STRLEN], policy_text[SEL_STRLEN];

	*want = (struct child_want){
		.wide = acq->policy,
		.reqid = acq->reqid,
		.seq = acq->seq,
		.asked = true,
		.tunnel = acq->tunnel,
	};
	if (!acq->usable) {
		log_warn("acquire for %s: only ESP alone, in transport or tunnel mode, is spoken: see the policy's template: %s, reqid %u",
			 sel_str(&acq->sel, text),
			 sel_str(&acq->policy, policy_text), acq->reqid);
		return false;
	}
	if (addr_any(&acq->local) || addr_any(&acq->remote) ||
	    addr_equal(&acq->local, &acq->remote) ||
	    (!acq->tunnel &&
	     !sel_intersect(&want->wide, &acq->policy, &hosts)) ||
	    !sel_intersect(&want->narrow, &acq->sel, &want->wide)) {
		log_warn("acquire for %s: not between two hosts, or outside its policy: %s, reqid %u",
			 sel_str(&acq->sel, text),
			 sel_str(&acq->policy, policy_text), acq->reqid);
		return false;
	}
	/* not more than both our policies let a peer have */
	spd_narrow(d, false, &want->narrow, &want->wide, policy);
	return true;
}

/**
 * acquire_serve() - the kernel has traffic and no SA for it
 * @d: helper
 * @acq: what the kernel said
 */
void acquire_serve(struct btnsd *d, const struct kern_acquire *acq)
{
	struct path path = {
		.local = { .addr = acq->local, .port = IKE_PORT },
		.remote = { .addr = acq->remote, .port = IKE_PORT },
	};
	char text[SEL_STRLEN], why[LIMIT_WHY_MAX];
	struct ike_sa *sa, *full;
	struct child_want want;

	if (d->stopping || !want_of(d, acq, &want))
		return;
	sa = sa_find_peer(d, &acq->local, &acq->remote, &want.narrow);
	full = sa ? NULL :
		    full_one(d, &acq->local, &acq->remote, &want, why);
	if (full) {
		if (!acquire_elsewhere(full, &want))
			unanswered_add(d, &path, want.reqid, want.seq);
		return;
	}
	if (!sa && !may_begin(d, acq, &path))
		return;
	if (!sa)
		sa = sa_new_initiator(d, &path);
	if (!sa || !life_want(sa, &want)) {
		log_err("acquire for %s: out of memory, or too many wait",
			sel_str(&acq->sel, text));
		unanswered_add(d, &path, want.reqid, want.seq);
		return;
	}
	sa_log(sa, LOG_INFO, "acquire for %s", sel_str(&acq->sel, text));
	fallback_wait(sa);
	fsm_start(sa);
}
