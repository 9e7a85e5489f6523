// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy groups, see groups.h. The plan is a pure function of the configuration
 * and of the policies that are there. Its order is such that each address goes
 * from what held for it before to what shall hold in one step: it is never for
 * a moment under what is neither of both.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/groups.h"
#include "btnsd/log.h"

/*
 * IPv6 finds routers and neighbours with these, before any SA (RFC 4861). A
 * redirect is none of them: it would move traffic to where its sender wants it.
 */
static const uint8_t exempt_types[] = {
	133,	/* router solicitation */
	134,	/* router advertisement */
	135,	/* neighbour solicitation */
	136,	/* neighbour advertisement */
};

enum { DIR_OUT, DIR_IN, DIR_FWD, DIRS };

#define EXEMPT_TYPES	(sizeof(exempt_types) / sizeof(exempt_types[0]))

/* both directions; the type is where the sender's port would be, above the code */
static struct kern_policy exempt(uint8_t type, bool inbound)
{
	struct kern_policy p = {
		.priority = LBTNS_GROUP_PRIO_EXEMPT,
		.inbound = inbound,
		.action = KERN_BYPASS,
		.sel = {
			.local = { .family = AF_INET6 },
			.remote = { .family = AF_INET6 },
			.proto = IPPROTO_ICMPV6,
		},
		.usable = true,
		.exact = true,
	};

	if (inbound) {
		p.sel.rport = (uint16_t)(type << 8);
		p.sel.rmask = 0xff00;
	} else {
		p.sel.lport = (uint16_t)(type << 8);
		p.sel.lmask = 0xff00;
	}
	return p;
}

/* the longest prefix decides; the last digit is the group's */
static uint32_t priority(uint8_t plen, uint8_t group)
{
	return LBTNS_GROUP_PRIO + LBTNS_GROUP_PRIO_STEP * (128u - plen) + group;
}

/*
 * What is forwarded is taken from an address as what is for this host. Sent on to
 * one it is under the policy for direction out; the host has no SAs for it.
 */
static struct kern_policy wanted(const struct conf_prefix *g, int dir)
{
	struct kern_policy p = {
		.priority = priority(g->plen, g->group),
		.inbound = dir != DIR_OUT,
		.forward = dir == DIR_FWD,
		.sel = {
			.local = { .family = g->net.family },
			.remote = g->net,
			.remote_plen = g->plen,
		},
		.usable = true,
		.exact = true,
	};

	switch (g->group) {
	case LBTNS_GROUP_CLEAR:
		p.action = KERN_BYPASS;
		return p;
	case LBTNS_GROUP_CLEAR_OR_PRIVATE:
		p.optional = true;
		break;
	case LBTNS_GROUP_PRIVATE_OR_CLEAR:
		/* what comes may be in the clear, what goes waits */
		p.optional = p.inbound;
		break;
	case LBTNS_GROUP_PRIVATE:
		break;
	default:
		p.action = KERN_BLOCK;
		return p;
	}
	p.action = KERN_PROTECT;
	p.reqid = GROUPS_REQID;
	p.btns_ok = true;
	return p;
}

static bool in_band(const struct kern_policy *p)
{
	return p->priority >= LBTNS_GROUP_PRIO_MIN &&
	       p->priority <= LBTNS_GROUP_PRIO_MAX;
}

static bool same_traffic(const struct kern_policy *a,
			 const struct kern_policy *b)
{
	return a->inbound == b->inbound && a->forward == b->forward &&
	       sel_equal(&a->sel, &b->sel);
}

/* is it all that we would have made of this traffic? */
static bool same_policy(const struct kern_policy *a,
			const struct kern_policy *b)
{
	return a->priority == b->priority && a->action == b->action &&
	       a->usable == b->usable && a->exact == b->exact &&
	       a->optional == b->optional && a->reqid == b->reqid &&
	       a->tunnel == b->tunnel && a->btns_ok == b->btns_ok &&
	       a->fallback == b->fallback &&
	       a->local.family == b->local.family &&
	       a->remote.family == b->remote.family &&
	       a->seconds == b->seconds;
}

static bool is_exempt(const struct kern_policy *p)
{
	size_t i;

	for (i = 0; i < EXEMPT_TYPES; i++) {
		struct kern_policy e = exempt(exempt_types[i], p->inbound);

		if (p->priority == e.priority && same_traffic(p, &e))
			return true;
	}
	return false;
}

/* does it have the form of a group's policy, whatever it does? */
static bool is_group(const struct kern_policy *p)
{
	return p->exact && p->priority >= priority(p->sel.remote_plen, 0) &&
	       p->priority < priority(p->sel.remote_plen, LBTNS_GROUPS) &&
	       !p->sel.local_plen && !p->sel.proto && !p->sel.lmask &&
	       !p->sel.rmask;
}

/* of a policy that has the form of a group's */
static uint8_t group_of(const struct kern_policy *p)
{
	return (uint8_t)(p->priority - priority(p->sel.remote_plen, 0));
}

static const char *dir_name(const struct kern_policy *p)
{
	return p->forward ? "fwd" : p->inbound ? "in" : "out";
}

static int refuse(struct groups_plan *plan, const struct kern_policy *p,
		  const char *why)
{
	char text[SEL_STRLEN];

	snprintf(plan->why, sizeof(plan->why),
		 "policy %u (%s, %s, priority %u) %s", p->index,
		 dir_name(p), sel_str(&p->sel, text), p->priority, why);
	return plan->mend ? 0 : -EEXIST;
}

static void step(struct groups_plan *plan, enum groups_step what,
		 const struct kern_policy *p)
{
	plan->op[plan->n].step = what;
	plan->op[plan->n++].p = *p;
}

static const struct kern_policy *find(const struct kern_policy *there,
				      size_t n, const struct kern_policy *want)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (there[i].exact && same_traffic(&there[i], want))
			return &there[i];
	return NULL;
}

/* what is to be there: add it, change it, or leave it */
static int plan_put(struct groups_plan *plan, const struct kern_policy *there,
		    size_t n, const struct kern_policy *want)
{
	const struct kern_policy *is = find(there, n, want);
	bool extra = want->priority == LBTNS_GROUP_PRIO_EXEMPT;

	if (!is)
		step(plan, extra ? GROUPS_EXEMPT : GROUPS_ADD, want);
	else if (extra && is->action == KERN_BYPASS &&
		 is->priority <= want->priority)
		return 0;
	else if (!in_band(is))
		return refuse(plan, is,
			      "is for the same traffic as one of a group: delete it, or leave it out of \"groups\"");
	else if (!same_policy(is, want))
		step(plan, GROUPS_REPLACE, want);
	return 0;
}

static const struct conf_prefix *prefix_of(const struct conf *c,
					   const struct kern_policy *p)
{
	size_t i;

	for (i = 0; i < c->n_groups; i++)
		if (c->groups[i].plen == p->sel.remote_plen &&
		    addr_equal(&c->groups[i].net, &p->sel.remote))
			return &c->groups[i];
	return NULL;
}

/* what is there: is it ours, and does it stay? */
static int plan_keep(struct groups_plan *plan, const struct conf *c,
		     bool exempts, const struct kern_policy *p)
{
	if (!in_band(p))
		return 0;
	if (is_exempt(p)) {
		if (!exempts)
			step(plan, GROUPS_UNEXEMPT, p);
		return 0;
	}
	if (fallback_is(p)) {
		if (groups_of(c, &p->sel.remote) !=
		    LBTNS_GROUP_PRIVATE_OR_CLEAR)
			step(plan, GROUPS_UNFALL, p);
		return 0;
	}
	if (!is_group(p))
		return refuse(plan, p,
			      "is not btnsd's, and has a priority that is: give it another");
	if (!prefix_of(c, p))
		step(plan, GROUPS_DELETE, p);
	return 0;
}

static int by_step(const void *va, const void *vb)
{
	const struct groups_op *a = va, *b = vb;
	int x = a->p.sel.remote_plen, y = b->p.sel.remote_plen;

	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	return a->step == GROUPS_ADD ? y - x : x - y;
}

/* does a group want of an IPv6 address what would stop neighbour discovery? */
static bool needs_exempt(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_groups; i++)
		if (c->groups[i].net.family == AF_INET6 &&
		    c->groups[i].group != LBTNS_GROUP_CLEAR)
			return true;
	return false;
}

/**
 * groups_plan() - what to do so that the policies are those of the groups
 * @c: configuration; its groups are looked at
 * @there: policies that are there
 * @n_there: how many
 * @mend: leave alone what is not btnsd's and in the way, with what it is in the
 *	way of, and do the rest
 * @plan: filled, for groups_plan_free()
 *
 * The policy of the longest prefix decides. When prefixes are added longest
 * first and deleted shortest first, and everything is added and replaced before
 * anything is deleted, then for each address that policy changes once.
 *
 * Return: 0; -EEXIST if a policy that is not btnsd's is in the way, -ENOMEM;
 * @plan has no steps then, and says why.
 */
int groups_plan(const struct conf *c, const struct kern_policy *there,
		size_t n_there, bool mend, struct groups_plan *plan)
{
	size_t i, most = DIRS * c->n_groups + 2 * EXEMPT_TYPES + n_there;
	bool exempts = needs_exempt(c);
	struct kern_policy want;
	int dir, err = 0;

	memset(plan, 0, sizeof(*plan));
	plan->mend = mend;
	plan->op = calloc(most, sizeof(*plan->op));
	if (!plan->op) {
		snprintf(plan->why, sizeof(plan->why), "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < n_there && !err; i++)
		err = plan_keep(plan, c, exempts, &there[i]);
	for (dir = 0; dir < DIRS; dir++) {
		/* which nobody forwards */
		if (dir == DIR_FWD)
			exempts = false;
		for (i = 0; exempts && i < EXEMPT_TYPES && !err; i++) {
			want = exempt(exempt_types[i], dir);
			err = plan_put(plan, there, n_there, &want);
		}
		for (i = 0; i < c->n_groups && !err; i++) {
			want = wanted(&c->groups[i], dir);
			err = plan_put(plan, there, n_there, &want);
		}
	}
	if (err)
		plan->n = 0;
	else if (plan->n)
		qsort(plan->op, plan->n, sizeof(*plan->op), by_step);
	return err;
}

/**
 * groups_in_band() - has a policy a priority that is btnsd's?
 * @p: policy as it is in the kernel
 *
 * Return: true; others than btnsd have no business there.
 */
bool groups_in_band(const struct kern_policy *p)
{
	return in_band(p);
}

/**
 * groups_same() - would one policy take the other's place, and change nothing?
 * @a: policy
 * @b: policy
 *
 * Return: whether they are the same in all but their index.
 */
bool groups_same(const struct kern_policy *a, const struct kern_policy *b)
{
	return same_traffic(a, b) && same_policy(a, b);
}

/**
 * groups_drop() - is a policy one that groups have made and do not want?
 * @c: configuration
 * @p: policy as it is in the kernel
 *
 * Return: whether groups_plan() would delete this one.
 */
bool groups_drop(const struct conf *c, const struct kern_policy *p)
{
	if (!c->has_groups || !in_band(p))
		return false;
	return is_exempt(p) ? !needs_exempt(c) :
			      is_group(p) && !prefix_of(c, p);
}

/**
 * groups_want() - is a policy one of those that the groups shall have?
 * @c: configuration
 * @p: policy, all of it but its index
 *
 * Return: whether groups_plan() would add this one.
 */
bool groups_want(const struct conf *c, const struct kern_policy *p)
{
	const int dir = p->forward ? DIR_FWD : p->inbound ? DIR_IN : DIR_OUT;
	const struct conf_prefix *g;
	struct kern_policy want;
	size_t i;

	if (!c->has_groups)
		return false;
	for (i = 0; dir != DIR_FWD && needs_exempt(c) && i < EXEMPT_TYPES; i++) {
		want = exempt(exempt_types[i], dir);
		if (same_traffic(&want, p))
			return same_policy(&want, p);
	}
	g = prefix_of(c, p);
	if (!g)
		return false;
	want = wanted(g, dir);
	return groups_same(&want, p);
}

/**
 * groups_plan_free() - free a plan
 * @plan: plan; it has no steps afterwards
 */
void groups_plan_free(struct groups_plan *plan)
{
	free(plan->op);
	plan->op = NULL;
	plan->n = 0;
}

/**
 * groups_of() - the group that decides for an address
 * @c: configuration
 * @remote: address
 *
 * Return: enum lbtns_group; -1 if it is in none.
 */
int groups_of(const struct conf *c, const struct addr *remote)
{
	int group = -1, len = -1;
	size_t i;

	for (i = 0; i < c->n_groups; i++) {
		const struct conf_prefix *g = &c->groups[i];

		if (g->plen <= len ||
		    !addr_in_prefix(remote, &g->net, g->plen))
			continue;
		len = g->plen;
		group = g->group;
	}
	return group;
}

static int do_step(struct btnsd *d, const struct groups_op *op)
{
	switch (op->step) {
	case GROUPS_EXEMPT:
	case GROUPS_ADD:
		return d->kern->put_policy(d->kern_ctx, &op->p, false);
	case GROUPS_REPLACE:
		return d->kern->put_policy(d->kern_ctx, &op->p, true);
	default:
		return d->kern->del_policy(d->kern_ctx, &op->p);
	}
}

/* the policies of all directions in one array; NULL if there is no memory */
static struct kern_policy *all_policies(const struct spd *s, size_t *n)
{
	struct kern_policy *all;
	int dir;

	*n = 0;
	all = calloc(s->n[0] + s->n[1] + s->n[2] + 1, sizeof(*all));
	for (dir = 0; all && dir < SPD_DIRS; dir++) {
		if (s->n[dir])
			memcpy(all + *n, s->policy[dir],
			       s->n[dir] * sizeof(*all));
		*n += s->n[dir];
	}
	return all;
}

/**
 * groups_apply() - make the kernel's policies those of the groups
 * @d: helper
 * @c: configuration; without groups, policies are left as they are, but
 *	fallbacks end
 *
 * A failure in the middle leaves for each address what held or what shall hold.
 *
 * Return: 0 or a negative errno, and the reason is logged.
 */
int groups_apply(struct btnsd *d, const struct conf *c)
{
	struct groups_plan plan = { 0 };
	struct kern_policy *there;
	size_t i, n_there;
	int err;

	if (!c->has_groups) {
		fallback_end_all(d, "there are no \"groups\"");
		return 0;
	}
	d->spd.stale = true;
	err = spd_refresh(d);
	if (err)
		return err;
	there = all_policies(&d->spd, &n_there);
	if (!there) {
		log_err("groups: out of memory");
		return -ENOMEM;
	}
	err = groups_plan(c, there, n_there, false, &plan);
	if (err)
		log_err("groups: %s", plan.why);
	for (i = 0; i < plan.n && !err; i++) {
		err = do_step(d, &plan.op[i]);
		if (err)
			log_err("groups: policies are %zu of %zu steps from the configuration: %s",
				plan.n - i, plan.n, d->kern->error(d->kern_ctx));
	}
	if (plan.n && !err)
		log_notice("groups: %zu prefixes, %zu changes of policies",
			   c->n_groups, plan.n);
	groups_plan_free(&plan);
	free(there);
	d->spd.stale = true;
	return err;
}

/* ---- what others do to them ---------------------------------------------- */

/* how often in a while policies are looked at, at once when they change */
#define MEND_AT_ONCE	20
#define MEND_MS		1000

static int mend(struct btnsd *d, const struct groups_plan *plan)
{
	const struct kern_policy *p = &plan->op[0].p;
	/* somebody who insists must not fill the log */
	bool tell = log_admit(&d->mend_told, timer_now(&d->timers));
	char text[SEL_STRLEN];
	size_t i, failed = 0;
	int err, first = 0;

	if (tell)
		log_warn("groups: somebody else deleted or changed policies of btnsd, which are put right: %zu steps, the first for %s (%s, %s)",
			 plan->n, sel_str(&p->sel, text), dir_name(p),
			 lbtns_spd_group(p->priority));
	for (i = 0; i < plan->n; i++) {
		err = do_step(d, &plan->op[i]);
		if (!err)
			continue;
		if (!failed++) {
			first = err;
			if (tell)
				log_err("groups: a policy for %s cannot be put right: %s",
					sel_str(&plan->op[i].p.sel, text),
					d->kern->error(d->kern_ctx));
		}
	}
	return first;
}

/* what is in the way of ours is said when it comes, and not at each look */
static void tell_in_the_way(struct btnsd *d, const struct groups_plan *plan)
{
	if (plan->why[0] && strcmp(plan->why, d->mend_why))
		log_err("groups: %s: until then its traffic is not under the groups",
			plan->why);
	snprintf(d->mend_why, sizeof(d->mend_why), "%s", plan->why);
}

/* what cannot be put right now is tried again */
static void mend_due(void *arg)
{
	struct groups_plan plan = { 0 };
	struct kern_policy *there;
	struct btnsd *d = arg;
	size_t n;
	int err;

	if (!d->conf->has_groups)
		return;
	d->mends++;
	d->spd.stale = true;
	err = spd_refresh(d);
	there = err ? NULL : all_policies(&d->spd, &n);
	if (there)
		err = groups_plan(d->conf, there, n, true, &plan);
	if (there && !err)
		tell_in_the_way(d, &plan);
	if (there && !err && plan.n) {
		err = mend(d, &plan);
		d->spd.stale = true;
	}
	if (!there || err)
		timer_set(&d->timers, &d->mend, MEND_MS);
	groups_plan_free(&plan);
	free(there);
}

/**
 * groups_changed() - some policy is not what it was
 * @d: helper; soon looks whether it was one of its groups
 *
 * Between a policy and its return traffic goes as if it had never been, so the
 * look is at once, behind other events that wait; but not over and over against
 * somebody who insists.
 */
void groups_changed(struct btnsd *d)
{
	uint64_t now = timer_now(&d->timers);

	if (!d->conf->has_groups || timer_pending(&d->mend))
		return;
	if (now - d->mend_from >= MEND_MS) {
		d->mend_from = now;
		d->mends = 0;
	}
	timer_init(&d->mend, mend_due, d);
	timer_set(&d->timers, &d->mend,
		  d->mends < MEND_AT_ONCE ? 0 : d->mend_from + MEND_MS - now);
}

/**
 * groups_in_force() - the groups that policies are from
 * @there: policies of the kernel
 * @n: how many
 * @was: gets them as its groups, which it frees
 *
 * Return: 0 or -ENOMEM.
 */
int groups_in_force(const struct kern_policy *there, size_t n, struct conf *was)
{
	size_t i;

	was->groups = calloc(n + 1, sizeof(*was->groups));
	if (!was->groups)
		return -ENOMEM;
	was->has_groups = true;
	for (i = 0; i < n; i++) {
		const struct kern_policy *p = &there[i];

		if (!is_group(p) || prefix_of(was, p))
			continue;
		was->groups[was->n_groups++] = (struct conf_prefix){
			.net = p->sel.remote,
			.plen = p->sel.remote_plen,
			.group = group_of(p),
		};
	}
	return 0;
}

/**
 * groups_before() - what to go back to if a reload fails
 * @d: helper
 * @old: configuration that is in force
 * @new: configuration that may come
 * @was: all zero; if @old leaves policies as they are and @new does not, it gets
 *	the groups that the policies are from. The caller frees @was->groups.
 *
 * Return: 0; a negative errno if the policies cannot be read or memory ran out,
 * and that is logged.
 */
int groups_before(struct btnsd *d, const struct conf *old,
		  const struct conf *new, struct conf *was)
{
	struct kern_policy *there;
	size_t n;
	int err;

	if (old->has_groups || !new->has_groups)
		return 0;
	d->spd.stale = true;
	err = spd_refresh(d);
	if (err)
		return err;
	there = all_policies(&d->spd, &n);
	err = there ? groups_in_force(there, n, was) : -ENOMEM;
	if (err)
		log_err("groups: out of memory");
	free(there);
	return err;
}

/**
 * groups_proof() - must a peer prove something to have SAs of a policy?
 * @p: policy that protects
 *
 * btns-ok lets in all whom a BTNS entry admits: who has a key without a name,
 * and who has none at all (RFC 7619). Of these private is for the former only,
 * as it would be open to anybody.
 *
 * Return: true for private.
 */
bool groups_proof(const struct kern_policy *p)
{
	return is_group(p) && group_of(p) == LBTNS_GROUP_PRIVATE;
}

/**
 * groups_passive() - is it an acquire of a group that leaves it to the peer?
 * @acq: what the kernel said
 *
 * Return: true for clear-or-private: the packet has gone in the clear.
 */
bool groups_passive(const struct kern_acquire *acq)
{
	return acq->optional && acq->reqid == GROUPS_REQID;
}
