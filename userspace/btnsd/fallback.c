// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fallback to clear, see fallback.h. The administrator decides it by the group
 * of an address; here it is seen that it stays the exception: only for who does
 * not negotiate, logged with the cause, counted, so many at a time, for so long.
 */
#include <stdio.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/groups.h"
#include "btnsd/ike/sa.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/* the kernel deletes a policy so long after its time, at most */
#define KERNEL_LATE_MS	1500

/**
 * fallback_policy() - the policy that is a fallback
 * @local: our address
 * @remote: the peer's
 * @seconds: the kernel ends it then, whether there is a btnsd or not
 *
 * There is none for direction in: the group takes what comes in the clear.
 *
 * Return: the policy.
 */
struct kern_policy fallback_policy(const struct addr *local,
				   const struct addr *remote, uint32_t seconds)
{
	return (struct kern_policy){
		.priority = LBTNS_GROUP_PRIO_FALLBACK,
		.action = KERN_BYPASS,
		.sel = {
			.local = *local,
			.remote = *remote,
			.local_plen = addr_bits(local->family),
			.remote_plen = addr_bits(remote->family),
		},
		.usable = true,
		.exact = true,
		.fallback = true,
		.seconds = seconds,
	};
}

/**
 * fallback_is() - is a policy one of ours for a fallback?
 * @p: policy that is there
 *
 * Return: true if it has the form of one; without its flag, it is one that was
 * not finished.
 */
bool fallback_is(const struct kern_policy *p)
{
	uint8_t bits = addr_bits(p->sel.remote.family);

	return p->priority == LBTNS_GROUP_PRIO_FALLBACK && !p->inbound &&
	       p->action == KERN_BYPASS && p->exact &&
	       p->sel.local_plen == bits && p->sel.remote_plen == bits &&
	       !p->sel.proto && !p->sel.lport && !p->sel.rport &&
	       p->seconds && p->seconds <= CONF_FALLBACK_SECONDS_MAX;
}

/**
 * fallback_allowed() - is a policy a fallback that an administrator allows?
 * @c: configuration
 * @p: policy that shall be installed
 *
 * Return: true if it is exactly what fallback_begin() would ask for between two
 * hosts of which the peer is in private-or-clear, and not for longer. How many
 * there are already is not looked at.
 */
bool fallback_allowed(const struct conf *c, const struct kern_policy *p)
{
	const struct kern_policy want = fallback_policy(&p->sel.local,
							&p->sel.remote,
							p->seconds);

	return c->has_groups && p->seconds &&
	       p->seconds <= c->fallback_seconds &&
	       p->sel.local.family == p->sel.remote.family &&
	       groups_same(&want, p) &&
	       groups_of(c, &p->sel.remote) == LBTNS_GROUP_PRIVATE_OR_CLEAR;
}

/* the fallback of two hosts, or NULL; how many there are in all */
static const struct kern_policy *find(const struct btnsd *d,
				      const struct addr *local,
				      const struct addr *remote, size_t *n)
{
	const struct kern_policy *found = NULL;
	size_t i;

	*n = 0;
	for (i = 0; i < d->spd.n[0]; i++) {
		const struct kern_policy *p = &d->spd.policy[0][i];

		if (!fallback_is(p))
			continue;
		++*n;
		if (addr_equal(&p->sel.local, local) &&
		    addr_equal(&p->sel.remote, remote))
			found = p;
	}
	return found;
}

/* something between these hosts is protected: a bypass would uncover it */
static bool has_sas(const struct btnsd *d, const struct path *path)
{
	const struct kern_policy bypass = fallback_policy(&path->local.addr,
							  &path->remote.addr, 0);
	const struct ike_sa *sa;
	const struct child *c;

	for (sa = d->sas; sa; sa = sa->next)
		for (c = sa->children; c; c = c->next)
			if (c->out_kernel &&
			    addr_equal(&c->local, &path->local.addr) &&
			    addr_equal(&c->remote, &path->remote.addr))
				return true;
	return orphan_holds(d, &bypass.sel, false);
}

/* may this exchange that came to nothing end in the clear? */
static bool allowed(const struct ike_sa *sa, const struct task *t)
{
	const struct btnsd *d = sa->d;

	return t->has_want && t->want.seq && !t->want.tunnel &&
	       t->want.reqid == GROUPS_REQID && !d->stopping &&
	       d->conf->has_groups &&
	       groups_of(d->conf, &sa->path.remote.addr) ==
		       LBTNS_GROUP_PRIVATE_OR_CLEAR &&
	       !has_sas(d, &sa->path);
}

/**
 * fallback_begin() - there is nobody to protect traffic with
 * @sa: IKE SA with the peer that does not answer, or refuses
 * @t: exchange for an SA that the kernel asked for
 * @why: for the log
 *
 * Not for a peer that *we* refuse: it could negotiate, and be another.
 */
void fallback_begin(struct ike_sa *sa, const struct task *t, const char *why)
{
	const struct addr *local = &sa->path.local.addr;
	const struct addr *remote = &sa->path.remote.addr;
	struct btnsd *d = sa->d;
	const struct conf *c = d->conf;
	struct kern_policy p;
	size_t n;

	if (!allowed(sa, t) || spd_refresh(d) || find(d, local, remote, &n))
		return;
	if (n >= c->fallback_max) {
		d->stats.fallbacks_refused++;
		sa_log(sa, LOG_WARNING,
		       "no fallback to clear: there are %zu, which is the limit (groups.fallback.max)",
		       n);
		return;
	}
	p = fallback_policy(local, remote, c->fallback_seconds);
	if (d->kern->put_policy(d->kern_ctx, &p, false)) {
		sa_log(sa, LOG_ERR, "no fallback to clear: %s",
		       d->kern->error(d->kern_ctx));
	} else {
		d->stats.fallbacks++;
		sa_log(sa, LOG_WARNING,
		       "FALLBACK: in the clear for %u seconds, as its group is private-or-clear: %s",
		       p.seconds, why);
	}
	d->spd.stale = true;
}

/**
 * fallback_begin_all() - the same for all that waits in an IKE SA
 * @sa: IKE SA that could not be established
 * @why: for the log
 */
void fallback_begin_all(struct ike_sa *sa, const char *why)
{
	const struct task *t;

	for (t = sa->tasks; t; t = t->next)
		fallback_begin(sa, t, why);
}

/**
 * fallback_due() - timer: a peer has not answered for a while
 * @arg: IKE SA
 *
 * It goes on to be asked, and ends the fallback when it answers after all. One
 * that has answered IKE_SA_INIT is there: what comes of it is waited for. A
 * fallback that ends before the question does begins again.
 */
void fallback_due(void *arg)
{
	struct ike_sa *sa = arg;
	const struct conf *c = sa->d->conf;
	char why[64];

	if (sa->state != IKE_ST_INIT_SENT)
		return;
	snprintf(why, sizeof(why), "no answer to IKE_SA_INIT for %u seconds",
		 c->fallback_wait);
	fallback_begin_all(sa, why);
	timer_set(&sa->d->timers, &sa->fallback,
		  c->fallback_seconds * 1000ull + KERNEL_LATE_MS);
}

/**
 * fallback_wait() - something begins to wait for a peer
 * @sa: IKE SA that may not be established yet
 */
void fallback_wait(struct ike_sa *sa)
{
	if (sa->state < IKE_ST_ESTABLISHED && !timer_pending(&sa->fallback))
		timer_set(&sa->d->timers, &sa->fallback,
			  sa->d->conf->fallback_wait * 1000ull);
}

static void end(struct btnsd *d, const struct kern_policy *p, const char *why)
{
	char text[ADDR_STRLEN];

	addr_str(&p->sel.remote, text);
	if (d->kern->del_policy(d->kern_ctx, p))
		log_err("%s: the fallback to clear goes on until the kernel's time for it is over: %s",
			text, d->kern->error(d->kern_ctx));
	else
		log_notice("%s: no longer in the clear: %s", text, why);
}

/**
 * fallback_end() - there is somebody to protect traffic with
 * @d: helper
 * @local: our address
 * @remote: the peer's
 * @why: for the log
 *
 * Whatever the configuration says of groups by now.
 */
void fallback_end(struct btnsd *d, const struct addr *local,
		  const struct addr *remote, const char *why)
{
	const struct kern_policy *p;
	size_t n;

	if (spd_refresh(d))
		return;
	p = find(d, local, remote, &n);
	if (!p)
		return;
	end(d, p, why);
	d->spd.stale = true;
}

/**
 * fallback_end_all() - there is nothing any more that would fall back
 * @d: helper
 * @why: for the log
 */
void fallback_end_all(struct btnsd *d, const char *why)
{
	size_t i;

	d->spd.stale = true;
	if (spd_refresh(d))
		return;
	for (i = 0; i < d->spd.n[0]; i++)
		if (fallback_is(&d->spd.policy[0][i]))
			end(d, &d->spd.policy[0][i], why);
	d->spd.stale = true;
}
