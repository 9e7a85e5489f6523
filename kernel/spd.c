// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Security Policy Database is the kernel's own; here is a copy of it in
 * the order in which the kernel searches, and the one thing that the kernel
 * does not keep: which policies BTNS peers may use (RFC 5386 section 2).
 *
 * Policies with an interface id are not copied: what they protect goes by
 * routing, and no SA that btns deals with can serve them.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/xfrm.h>

#include "btns.h"
#include "flow.h"
#include "mib.h"
#include "pad.h"

/**
 * struct spd_policy - a copy of what matters of a policy
 * @sel: selector
 * @mark: value that a packet's mark must have
 * @mark_mask: bits of it that count, 0 for any mark
 * @tmpl: first template that protects, if @ntmpl
 * @priority: lower comes first
 * @pos: among policies of one priority, lower comes first
 * @index: xfrm's index
 * @dir: XFRM_POLICY_IN, _OUT or _FWD
 * @ntmpl: templates that protect
 * @action: enum btns_spd_action
 */
struct spd_policy {
	struct xfrm_selector sel;
	struct {
		u8 proto;
		u8 mode;
		bool optional;
		bool allalgs;
		u32 aalgos;
		u32 ealgos;
	} tmpl;
	u32 mark;
	u32 mark_mask;
	u32 priority;
	u32 pos;
	u32 index;
	u8 dir;
	u8 ntmpl;
	u8 action;
};

/**
 * struct btns_spd - a snapshot of the policies
 * @count: policies
 * @max: room
 * @policies: sorted by direction, then as the kernel searches
 */
struct btns_spd {
	unsigned int count;
	unsigned int max;
	struct spd_policy policies[];
};

/**
 * struct btns_spd_copy - the policies, to be looked at without xfrm's lock
 * @rcu: frees it
 * @events: btns_net.policy_events before it was made
 * @counts: how many policies xfrm had of each direction, before as well
 * @spd: the policies
 *
 * xfrm's list has the policies of all sockets in it, too: to walk it for each
 * SYN would cost the more, the more sockets there are that ask.
 */
struct btns_spd_copy {
	struct rcu_head rcu;
	int events;
	unsigned int counts[XFRM_POLICY_MAX];
	struct btns_spd *spd;
};

static void copy_free(struct btns_spd_copy *copy)
{
	if (copy)
		btns_spd_free(copy->spd);
	kfree(copy);
}

static void copy_free_rcu(struct rcu_head *rcu)
{
	copy_free(container_of(rcu, struct btns_spd_copy, rcu));
}

/* What changes while it is made is heard of, or counted, and makes it old. */
static struct btns_spd_copy *copy_make(struct btns_net *bn)
{
	struct btns_spd_copy *copy = kzalloc(sizeof(*copy), GFP_KERNEL);
	int i;

	if (!copy)
		return NULL;
	/* paired with the release in btns_spd_changed() */
	copy->events = atomic_read_acquire(&bn->policy_events);
	for (i = 0; i < XFRM_POLICY_MAX; i++)
		copy->counts[i] = READ_ONCE(bn->net->xfrm.policy_count[i]);
	copy->spd = btns_spd_snapshot(bn);
	if (IS_ERR(copy->spd)) {
		kfree(copy);
		return NULL;
	}
	return copy;
}

/* Without memory there is none, and looks go on without. */
static void spd_work_fn(struct work_struct *work)
{
	struct btns_net *bn = container_of(work, struct btns_net, spd_work);
	struct btns_spd_copy *old;

	old = rcu_replace_pointer(bn->spd_copy, copy_make(bn), true);
	if (old)
		call_rcu(&old->rcu, copy_free_rcu);
}

/**
 * btns_spd_init() - no policy has a flag
 * @bn: namespace
 */
void btns_spd_init(struct btns_net *bn)
{
	xa_init_flags(&bn->policies, XA_FLAGS_LOCK_BH);
	atomic_set(&bn->policy_changes, 0);
	atomic_set(&bn->policy_events, 0);
	INIT_WORK(&bn->spd_work, spd_work_fn);
}

/**
 * btns_spd_exit() - forget all flags, and the copy
 * @bn: namespace; no event, packet or command comes any more
 */
void btns_spd_exit(struct btns_net *bn)
{
	cancel_work_sync(&bn->spd_work);
	copy_free(rcu_replace_pointer(bn->spd_copy, NULL, true));
	xa_destroy(&bn->policies);
}

/**
 * btns_spd_changed() - a policy has come, changed or gone
 * @bn: namespace
 *
 * Context: any; after xfrm has done it.
 */
void btns_spd_changed(struct btns_net *bn)
{
	/* paired with the acquire in copy_make() */
	atomic_inc_return_release(&bn->policy_events);
}

/* The first template that protects, in *tmpl; how many do. */
static u8 protecting(const struct xfrm_policy *pol,
		     const struct xfrm_tmpl **tmpl)
{
	u8 i, count = 0;

	for (i = 0; i < pol->xfrm_nr; i++) {
		if (!btns_proto_protects(pol->xfrm_vec[i].id.proto))
			continue;
		if (!count++)
			*tmpl = &pol->xfrm_vec[i];
	}
	return count;
}

/**
 * btns_spd_optional - does a policy protect only where there is an SA
 * @pol: policy; its templates never change
 *
 * Context: any.
 * Return: true if its first template that protects is optional.
 */
bool btns_spd_optional(const struct xfrm_policy *pol)
{
	const struct xfrm_tmpl *tmpl = NULL;

	return protecting(pol, &tmpl) && tmpl->optional;
}

/* Is it one that this module looks at? Socket policies have dir >= MAX. */
static bool wanted(const struct xfrm_policy *pol, int dir)
{
	return dir < XFRM_POLICY_MAX && !pol->if_id;
}

/* Called under xfrm_policy_lock. @p is zero. */
static void copy_to(struct spd_policy *p, const struct xfrm_policy *pol,
		    int dir)
{
	const struct xfrm_tmpl *tmpl = NULL;

	p->sel = pol->selector;
	p->sel.family = pol->family;
	p->priority = pol->priority;
	p->pos = pol->pos;
	p->index = pol->index;
	p->dir = dir;
	p->mark = pol->mark.v;
	p->mark_mask = pol->mark.m;
	p->ntmpl = protecting(pol, &tmpl);
	p->action = pol->action != XFRM_POLICY_ALLOW ? BTNS_SPD_BLOCK :
		    tmpl ? BTNS_SPD_PROTECT : BTNS_SPD_CLEAR;
	if (tmpl) {
		p->tmpl.proto = tmpl->id.proto;
		p->tmpl.mode = tmpl->mode;
		p->tmpl.optional = tmpl->optional;
		p->tmpl.allalgs = tmpl->allalgs;
		p->tmpl.aalgos = tmpl->aalgos;
		p->tmpl.ealgos = tmpl->ealgos;
	}
}

/* Called under xfrm_policy_lock; an error ends the walk. */
static int copy_policy(struct xfrm_policy *pol, int dir, int seq, void *data)
{
	struct btns_spd *spd = data;

	if (!wanted(pol, dir))
		return 0;
	if (spd->count == spd->max)
		return -ENOSPC;
	copy_to(&spd->policies[spd->count++], pol, dir);
	return 0;
}

static int order(const void *a, const void *b)
{
	const struct spd_policy *p = a, *q = b;

	if (p->dir != q->dir)
		return p->dir < q->dir ? -1 : 1;
	if (p->priority != q->priority)
		return p->priority < q->priority ? -1 : 1;
	if (p->pos != q->pos)
		return p->pos < q->pos ? -1 : 1;
	return 0;
}

static int walk(struct btns_net *bn,
		int (*func)(struct xfrm_policy *pol, int dir, int seq,
			    void *data), void *data)
{
	struct xfrm_policy_walk walk;
	int err;

	xfrm_policy_walk_init(&walk, XFRM_POLICY_TYPE_MAIN);
	err = xfrm_policy_walk(bn->net, &walk, func, data);
	xfrm_policy_walk_done(&walk, bn->net);
	/* xfrm says so of an empty database. */
	return err == -ENOENT ? 0 : err;
}

/**
 * btns_spd_snapshot() - copy the policies
 * @bn: namespace
 *
 * May sleep. Policies change while the caller looks at the copy: events tell.
 *
 * Return: snapshot for btns_spd_free(), or an ERR_PTR.
 */
struct btns_spd *btns_spd_snapshot(struct btns_net *bn)
{
	struct btns_spd *spd;
	unsigned int max = 16;
	int err, i;

	for (i = 0; i < XFRM_POLICY_MAX; i++)
		max += READ_ONCE(bn->net->xfrm.policy_count[i]);
	for (;;) {
		spd = kvzalloc(struct_size(spd, policies, max),
			       GFP_KERNEL_ACCOUNT);
		if (!spd)
			return ERR_PTR(-ENOMEM);
		spd->max = max;
		err = walk(bn, copy_policy, spd);
		if (!err)
			break;
		btns_spd_free(spd);
		if (err != -ENOSPC)
			return ERR_PTR(err);
		/* They grew in the meantime. */
		max *= 2;
	}
	sort(spd->policies, spd->count, sizeof(spd->policies[0]), order, NULL);
	return spd;
}

/**
 * btns_spd_free() - free a snapshot
 * @spd: snapshot
 */
void btns_spd_free(struct btns_spd *spd)
{
	kvfree(spd);
}

static bool port_matches(__be16 want, __be16 mask, __be16 port)
{
	return !((want ^ port) & mask);
}

/* Whatever their mark. */
static bool selects(const struct spd_policy *p, const struct btns_flow *flow,
		    u8 dir)
{
	bool out = dir == XFRM_POLICY_OUT;
	const union nf_inet_addr *src = out ? &flow->laddr : &flow->raddr;
	const union nf_inet_addr *dst = out ? &flow->raddr : &flow->laddr;
	__be16 sport = out ? flow->lport : flow->rport;
	__be16 dport = out ? flow->rport : flow->lport;
	const struct xfrm_selector *sel = &p->sel;

	if (p->dir != dir || sel->family != flow->family)
		return false;
	if (sel->proto && sel->proto != flow->proto)
		return false;
	if (!port_matches(sel->sport, sel->sport_mask, sport) ||
	    !port_matches(sel->dport, sel->dport_mask, dport))
		return false;
	/*
	 * The flow does not know its device. A policy that is for one device
	 * counts if it protects; if not, what is in the clear is caught when
	 * it is sent.
	 */
	if (sel->ifindex && p->action != BTNS_SPD_PROTECT)
		return false;
	if (flow->family == AF_INET)
		return addr4_match(src->ip, sel->saddr.a4, sel->prefixlen_s) &&
		       addr4_match(dst->ip, sel->daddr.a4, sel->prefixlen_d);
	return addr_match(src, &sel->saddr, sel->prefixlen_s) &&
	       addr_match(dst, &sel->daddr, sel->prefixlen_d);
}

static bool covers(const struct spd_policy *p, const struct btns_flow *flow,
		   u32 mark, u8 dir)
{
	return btns_mark_fits(p->mark, p->mark_mask, mark) &&
	       selects(p, flow, dir);
}

/**
 * btns_spd_decide() - what policy says of a flow
 * @spd: snapshot
 * @flow: flow
 * @mark: mark of its packets that go in @dir
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 * @decision: out
 *
 * As xfrm's own look-up: the first policy that matches, by priority, then the
 * older one.
 */
void btns_spd_decide(const struct btns_spd *spd, const struct btns_flow *flow,
		     u32 mark, u8 dir, struct btns_spd_decision *decision)
{
	unsigned int i;

	memset(decision, 0, sizeof(*decision));
	decision->action = BTNS_SPD_CLEAR;
	for (i = 0; i < spd->count; i++) {
		const struct spd_policy *p = &spd->policies[i];

		if (!covers(p, flow, mark, dir))
			continue;
		decision->action = p->action;
		decision->index = p->index;
		decision->ntmpl = p->ntmpl;
		decision->proto = p->tmpl.proto;
		decision->mode = p->tmpl.mode;
		decision->optional = p->tmpl.optional;
		decision->aalgos = p->tmpl.aalgos;
		decision->ealgos = p->tmpl.ealgos;
		decision->allalgs = p->tmpl.allalgs;
		return;
	}
}

static u32 flags_of(struct btns_net *bn, u32 index)
{
	return xa_to_value(xa_load(&bn->policies, index) ?: xa_mk_value(0));
}

/**
 * struct first_match - the policy that decides for a flow
 * @flow: flow
 * @mark: mark of its packets that go in @dir
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 * @found: @best holds one
 * @ntmpl: its templates
 * @best: first in order so far
 * @tmpl: its first template
 */
struct first_match {
	const struct btns_flow *flow;
	u32 mark;
	u8 dir;
	bool found;
	u8 ntmpl;
	struct spd_policy best;
	struct xfrm_tmpl tmpl;
};

/* Called under xfrm_policy_lock. */
static int match_policy(struct xfrm_policy *pol, int dir, int seq, void *data)
{
	struct first_match *m = data;
	struct spd_policy p = {};

	if (!wanted(pol, dir))
		return 0;
	copy_to(&p, pol, dir);
	if (!covers(&p, m->flow, m->mark, m->dir) ||
	    (m->found && order(&p, &m->best) >= 0))
		return 0;
	m->found = true;
	m->best = p;
	m->ntmpl = pol->xfrm_nr;
	m->tmpl = pol->xfrm_vec[0];
	return 0;
}

/* Has nothing come or gone since? What was changed is found by is_as_copied() */
static bool is_fresh(const struct btns_net *bn,
		     const struct btns_spd_copy *copy)
{
	int i;

	if (copy->events != atomic_read(&bn->policy_events))
		return false;
	for (i = 0; i < XFRM_POLICY_MAX; i++)
		if (copy->counts[i] !=
		    READ_ONCE(bn->net->xfrm.policy_count[i]))
			return false;
	return true;
}

/*
 * The policy itself, so that nothing is said by a template that was: one that
 * takes the place of another has its index, and xfrm tells a little later.
 */
static bool is_as_copied(struct btns_net *bn, struct first_match *m)
{
	const struct xfrm_mark mark = { .v = m->best.mark,
					.m = m->best.mark_mask };
	struct spd_policy now = {};
	struct xfrm_policy *pol;
	bool same;
	int err;

	pol = xfrm_policy_byid(bn->net, &mark, 0, XFRM_POLICY_TYPE_MAIN,
			       m->best.dir, m->best.index, 0, &err);
	if (!pol)
		return false;
	copy_to(&now, pol, m->best.dir);
	same = !memcmp(&now, &m->best, sizeof(now));
	m->ntmpl = pol->xfrm_nr;
	m->tmpl = pol->xfrm_vec[0];
	xfrm_pol_put(pol);
	return same;
}

/* False if the copy is not there, or too old to say. */
static bool find_in_copy(struct btns_net *bn, struct first_match *m)
{
	const struct btns_spd_copy *copy;
	const struct btns_spd *spd;
	unsigned int i;
	bool valid;

	rcu_read_lock();
	copy = rcu_dereference(bn->spd_copy);
	valid = copy && is_fresh(bn, copy);
	spd = valid ? copy->spd : NULL;
	for (i = 0; spd && i < spd->count && !m->found; i++) {
		if (!covers(&spd->policies[i], m->flow, m->mark, m->dir))
			continue;
		m->found = true;
		m->best = spd->policies[i];
	}
	rcu_read_unlock();
	return valid && (!m->found || is_as_copied(bn, m));
}

/* Takes xfrm_policy_lock, and looks at the policies of all sockets as well. */
static void find_by_walk(struct btns_net *bn, struct first_match *m)
{
	m->found = false;
	walk(bn, match_policy, m);
	btns_mib_inc(bn, SpdWalk);
	if (!READ_ONCE(bn->dying))
		queue_work(btns_wq, &bn->spd_work);
}

/**
 * btns_spd_now() - what the policies say of a flow just now
 * @bn: namespace
 * @flow: flow
 * @mark: mark of its packets that go in @dir
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 * @verdict: out
 *
 * As btns_spd_decide(), for one flow. The first time after policies have
 * changed this looks at all that xfrm has, those of sockets too; then at a copy
 * of the SPD. Allocates nothing. For what happens once in a connection.
 *
 * Any context but hard interrupts; takes xfrm_policy_lock.
 */
void btns_spd_now(struct btns_net *bn, const struct btns_flow *flow, u32 mark,
		  u8 dir, struct btns_spd_verdict *verdict)
{
	struct first_match m = { .flow = flow, .mark = mark, .dir = dir };

	if (!find_in_copy(bn, &m))
		find_by_walk(bn, &m);
	memset(verdict, 0, sizeof(*verdict));
	verdict->action = BTNS_SPD_CLEAR;
	if (!m.found)
		return;
	verdict->action = m.best.action;
	verdict->index = m.best.index;
	verdict->ntmpl = m.ntmpl;
	verdict->flags = flags_of(bn, m.best.index);
	verdict->tmpl = m.tmpl;
}

/**
 * struct mark_search - what may decide for packets whose mark is not known
 * @flow: flow
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 * @has_any: @any holds a policy
 * @has_marked: @marked holds a policy
 * @any: the first for packets with any mark
 * @marked: the first for some mark that does not let them be in the clear
 */
struct mark_search {
	const struct btns_flow *flow;
	u8 dir;
	bool has_any;
	bool has_marked;
	struct spd_policy any;
	struct spd_policy marked;
};

static void keep_first(struct spd_policy *first, bool *has,
		       const struct spd_policy *p)
{
	if (*has && order(p, first) >= 0)
		return;
	*first = *p;
	*has = true;
}

/* Called under xfrm_policy_lock. */
static int match_marked(struct xfrm_policy *pol, int dir, int seq, void *data)
{
	struct mark_search *m = data;
	struct spd_policy p = {};

	if (!wanted(pol, dir))
		return 0;
	copy_to(&p, pol, dir);
	/* a value with bits outside of its mask is of no packet */
	if (p.mark & ~p.mark_mask || !selects(&p, m->flow, m->dir))
		return 0;
	if (!p.mark && !p.mark_mask)
		keep_first(&m->any, &m->has_any, &p);
	else if (p.action != BTNS_SPD_CLEAR)
		keep_first(&m->marked, &m->has_marked, &p);
	return 0;
}

/**
 * btns_spd_takes_clear() - may a flow be in the clear whatever its mark
 * @bn: namespace
 * @flow: flow
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 *
 * Looks at every policy. For what has a limit to how often it happens.
 *
 * Any context but hard interrupts; takes xfrm_policy_lock.
 *
 * Return: false if there is a mark with which policy has it protected, or
 * blocked.
 */
bool btns_spd_takes_clear(struct btns_net *bn, const struct btns_flow *flow,
			  u8 dir)
{
	struct mark_search m = { .flow = flow, .dir = dir };

	walk(bn, match_marked, &m);
	if (m.has_marked &&
	    (!m.has_any || order(&m.marked, &m.any) < 0))
		return false;
	return !m.has_any || m.any.action == BTNS_SPD_CLEAR;
}

static void set_prefix(struct btns_prefix *p, u16 family,
		       const xfrm_address_t *addr, u8 len)
{
	p->family = family;
	p->len = min_t(unsigned int, len, btns_family_bits(family));
	memcpy(p->addr, addr, btns_family_bits(family) / 8);
	btns_prefix_trim(p);
}

/* As the matcher sees it: addresses turned to local and remote. */
static void make_rule(struct btns_net *bn, const struct spd_policy *p,
		      const struct btns_sa_params *params,
		      struct btns_spd_rule *rule)
{
	const struct xfrm_selector *sel = &p->sel;
	bool out = p->dir == XFRM_POLICY_OUT;

	memset(rule, 0, sizeof(*rule));
	rule->action = p->action;
	rule->btns_ok = flags_of(bn, p->index) & BTNS_POLICY_FLAGS_BTNS_OK;
	rule->inexact = sel->ifindex;
	btns_spd_rule_mark(rule, p->mark, p->mark_mask, params->mark,
			   params->mark_mask);
	rule->sel.proto = sel->proto;
	if (!btns_selector_ports(&rule->sel, !out, ntohs(sel->sport),
				 ntohs(sel->sport_mask), ntohs(sel->dport),
				 ntohs(sel->dport_mask)))
		rule->inexact = true;
	set_prefix(out ? &rule->sel.local : &rule->sel.remote, sel->family,
		   &sel->saddr, sel->prefixlen_s);
	set_prefix(out ? &rule->sel.remote : &rule->sel.local, sel->family,
		   &sel->daddr, sel->prefixlen_d);
}

/*
 * Policies of one direction are a run in the snapshot. @clear: what decides
 * says that the clear will do, and nothing else decides on a part.
 */
static enum btns_spd_cause look(const struct btns_spd *spd,
				const struct btns_spd_rule *rules, u8 dir,
				bool btns, const struct btns_selector *sel,
				bool *clear)
{
	enum btns_spd_cause cause;
	unsigned int first, end;
	size_t at = 0;

	for (first = 0; first < spd->count; first++)
		if (spd->policies[first].dir == dir)
			break;
	for (end = first; end < spd->count; end++)
		if (spd->policies[end].dir != dir)
			break;
	cause = btns_spd_child(rules + first, end - first, btns, sel, &at);
	*clear = cause == BTNS_SPD_NO_POLICY ||
		 (cause == BTNS_SPD_NOT_PROTECTED &&
		  rules[first + at].action == BTNS_SPD_CLEAR);
	return cause;
}

static enum btns_spd_cause judge(struct btns_net *bn,
				 const struct btns_spd *spd, bool btns,
				 const struct btns_sa_params *params,
				 bool *clear)
{
	static const u8 inward[] = { XFRM_POLICY_IN, XFRM_POLICY_FWD };
	enum btns_spd_cause cause, in;
	struct btns_spd_rule *rules;
	bool in_clear;
	unsigned int i;

	*clear = false;
	rules = kvcalloc(spd->count + 1, sizeof(*rules), GFP_KERNEL_ACCOUNT);
	if (!rules)
		return BTNS_SPD_NO_POLICY;
	for (i = 0; i < spd->count; i++)
		make_rule(bn, &spd->policies[i], params, &rules[i]);

	cause = look(spd, rules, XFRM_POLICY_OUT, btns, &params->sel, clear);
	/*
	 * Inward, the absence of a policy means that the clear would be taken
	 * as well; but what is protected for others stays theirs.
	 */
	for (i = 0; i < ARRAY_SIZE(inward); i++) {
		if (cause != BTNS_SPD_OK && !*clear)
			break;
		in = look(spd, rules, inward[i], btns, &params->sel,
			  &in_clear);
		if (in == BTNS_SPD_NOT_BTNS_OK)
			cause = in;
		*clear &= in_clear;
	}
	kvfree(rules);
	return cause;
}

/**
 * btns_spd_authorise() - do the policies let this peer have such an SA?
 * @bn: namespace, mutex held
 * @params: the SA; its traffic and its mark are looked at
 * @btns: the peer's PAD entry is a BTNS entry
 * @clear: out: if not, then only because the policies let all of it be in the
 *	clear, and a socket may still ask for more
 * @extack: sentence if not
 *
 * See btns_spd_child(): the outbound policies must protect all of it, and a
 * BTNS peer must meet the btns-ok flag wherever a policy protects a part of
 * it, in each direction.
 *
 * Return: BTNS_SA_VERDICT_OK or _POLICY_REFUSED.
 */
enum btns_sa_verdict btns_spd_authorise(struct btns_net *bn,
					const struct btns_sa_params *params,
					bool btns, bool *clear,
					struct netlink_ext_ack *extack)
{
	enum btns_spd_cause cause;
	struct btns_spd *spd;

	lockdep_assert_held(&bn->mutex);
	*clear = false;
	spd = btns_spd_snapshot(bn);
	if (IS_ERR(spd)) {
		btns_extack_text(extack, "no memory to look at the policies");
		return BTNS_SA_VERDICT_POLICY_REFUSED;
	}
	cause = judge(bn, spd, btns, params, clear);
	btns_spd_free(spd);
	if (cause == BTNS_SPD_OK)
		return BTNS_SA_VERDICT_OK;
	btns_extack_text(extack, btns_spd_cause_text(cause));
	return BTNS_SA_VERDICT_POLICY_REFUSED;
}

struct search {
	u32 index;
	bool found;
};

static int is_index(struct xfrm_policy *pol, int dir, int seq, void *data)
{
	struct search *search = data;

	if (pol->index == search->index && wanted(pol, dir))
		search->found = true;
	return 0;
}

/**
 * btns_spd_set() - set the flags of a policy
 * @bn: namespace, mutex held
 * @index: xfrm's index of the policy
 * @flags: enum btns_policy_flags, all of them; 0 to clear
 * @extack: sentence if it is refused
 *
 * The flags go with the policy, see btns_spd_gone(). SAs that are bound stay.
 *
 * Return: 0, -EINVAL, -ENOENT or -ENOMEM.
 */
int btns_spd_set(struct btns_net *bn, u32 index, u32 flags,
		 struct netlink_ext_ack *extack)
{
	struct search search = { .index = index };
	void *old;
	int err;

	lockdep_assert_held(&bn->mutex);
	if (flags & ~(u32)(BTNS_POLICY_FLAGS_BTNS_OK |
			   BTNS_POLICY_FLAGS_BYPASS_OK |
			   BTNS_POLICY_FLAGS_FALLBACK)) {
		NL_SET_ERR_MSG(extack, "unknown policy flags");
		return -EINVAL;
	}
	/* First the flags, then the look: a deletion in between clears them. */
	if (flags)
		old = xa_store_bh(&bn->policies, index, xa_mk_value(flags),
				  GFP_KERNEL_ACCOUNT);
	else
		old = xa_erase_bh(&bn->policies, index);
	err = xa_err(old);
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory for the policy's flags");
		return err;
	}
	walk(bn, is_index, &search);
	if (!search.found) {
		xa_erase_bh(&bn->policies, index);
		NL_SET_ERR_MSG(extack,
			       "no policy without interface id has that index");
		return -ENOENT;
	}
	if (flags & BTNS_POLICY_FLAGS_FALLBACK &&
	    !(xa_to_value(old) & BTNS_POLICY_FLAGS_FALLBACK))
		btns_mib_inc(bn, Fallbacks);
	atomic_inc(&bn->policy_changes);
	return 0;
}

/**
 * btns_spd_gone() - a policy is gone from the kernel
 * @bn: namespace
 * @index: xfrm's index of the policy
 *
 * Atomic context.
 */
void btns_spd_gone(struct btns_net *bn, u32 index)
{
	if (xa_erase_bh(&bn->policies, index))
		atomic_inc(&bn->policy_changes);
}

/**
 * btns_spd_flush() - all policies are gone from the kernel
 * @bn: namespace
 *
 * Atomic context.
 */
void btns_spd_flush(struct btns_net *bn)
{
	unsigned long index;
	void *flags;

	xa_for_each(&bn->policies, index, flags)
		btns_spd_gone(bn, index);
}
