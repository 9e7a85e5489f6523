// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy groups: the plan from any policies to any others, step by step against
 * a naive kernel, and what a helper makes of groups.
 */
#include "ktap.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/groups.h"
#include "conf_check.h"
#include "world.h"

static struct world w;

/* ---- the plan ----------------------------------------------------------- */

#define POLICIES	512

enum { OUT, IN, FWD, DIRS };

static int dir_of(const struct kern_policy *p)
{
	return p->forward ? FWD : p->inbound ? IN : OUT;
}

/** struct box - a kernel that has policies and nothing else */
struct box {
	struct kern_policy p[POLICIES];
	size_t n;
};

static void box_do(struct box *b, const struct groups_op *op)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->p[i].inbound == op->p.inbound &&
		    b->p[i].forward == op->p.forward &&
		    sel_equal(&b->p[i].sel, &op->p.sel))
			break;
	switch (op->step) {
	case GROUPS_DELETE:
	case GROUPS_UNEXEMPT:
		if (CHECK(i < b->n))
			b->p[i] = b->p[--b->n];
		return;
	case GROUPS_REPLACE:
		CHECK(i < b->n);
		break;
	default:
		CHECK(i == b->n);
		b->n++;
	}
	b->p[i] = op->p;
}

/* what the kernel does with traffic with 10.0.0.LAST; -1 for nothing at all */
static int verdict(const struct box *b, unsigned int last, int dir)
{
	const struct addr a = { AF_INET, { 10, 0, 0, (uint8_t)last } };
	const struct kern_policy *first = NULL;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (dir_of(&b->p[i]) == dir &&
		    addr_in_prefix(&a, &b->p[i].sel.remote,
				   b->p[i].sel.remote_plen) &&
		    (!first || b->p[i].priority < first->priority))
			first = &b->p[i];
	return first ? (int)first->action * 2 + first->optional : -1;
}

/* what it should do by the configuration */
static int ideal(const struct conf *c, unsigned int last, int dir)
{
	static const int out[] = { KERN_BYPASS * 2, KERN_PROTECT * 2 + 1,
				   KERN_PROTECT * 2, KERN_PROTECT * 2,
				   KERN_BLOCK * 2 };
	const struct addr a = { AF_INET, { 10, 0, 0, (uint8_t)last } };
	int group = groups_of(c, &a);

	if (group == LBTNS_GROUP_PRIVATE_OR_CLEAR && dir != OUT)
		return KERN_PROTECT * 2 + 1;
	return group < 0 ? -1 : out[group];
}

static struct conf some(struct conf_prefix *room, size_t max)
{
	struct conf c = { .has_groups = true, .groups = room };
	size_t i, j, n = (size_t)rand() % max;

	for (i = 0; i < n; i++) {
		struct conf_prefix p = {
			.net = { AF_INET, { 10, 0, 0, (uint8_t)rand() } },
			.plen = (uint8_t)(24 + rand() % 9),
			.group = (uint8_t)(rand() % LBTNS_GROUPS),
		};

		addr_mask(&p.net, p.plen);
		for (j = 0; j < c.n_groups; j++)
			if (room[j].plen == p.plen &&
			    addr_equal(&room[j].net, &p.net))
				break;
		if (j == c.n_groups)
			room[c.n_groups++] = p;
	}
	return c;
}

/* from the policies of @old to those of @new: each address changes once */
static void change(const struct conf *old, const struct conf *new)
{
	static int was[DIRS][256], is[DIRS][256];
	struct groups_plan plan;
	struct box b = { .n = 0 };
	unsigned int a, holes = 0;
	size_t i;
	int dir;

	CHECK(!groups_plan(old, b.p, 0, false, &plan));
	for (i = 0; i < plan.n; i++)
		box_do(&b, &plan.op[i]);
	groups_plan_free(&plan);
	for (dir = 0; dir < DIRS; dir++)
		for (a = 0; a < 256; a++)
			was[dir][a] = verdict(&b, a, dir);
	memcpy(is, was, sizeof(is));
	CHECK(!groups_plan(new, b.p, b.n, false, &plan));
	for (i = 0; i < plan.n; i++) {
		box_do(&b, &plan.op[i]);
		for (dir = 0; dir < DIRS; dir++) {
			for (a = 0; a < 256; a++) {
				int now = verdict(&b, a, dir);

				if (now != is[dir][a] &&
				    (is[dir][a] != was[dir][a] ||
				     now != ideal(new, a, dir)))
					holes++;
				is[dir][a] = now;
			}
		}
	}
	CHECK_EQ(holes, 0);
	groups_plan_free(&plan);
	for (dir = 0; dir < DIRS; dir++)
		for (a = 0; a < 256; a++)
			CHECK_EQ(is[dir][a], ideal(new, a, dir));
	CHECK(!groups_plan(new, b.p, b.n, false, &plan));
	CHECK_EQ(plan.n, 0);
	groups_plan_free(&plan);
}

static void any_change(void)
{
	static struct conf_prefix room[2][64];
	int i;

	srand(5386);
	for (i = 0; i < 400; i++) {
		struct conf old = some(room[0], 24), new = some(room[1], 24);

		/* some stay, some change their group */
		if (i % 2 && old.n_groups > 4) {
			memcpy(room[1], room[0], sizeof(room[0]));
			new = old;
			new.groups = room[1];
			new.n_groups -= 2;
			room[1][0].group = LBTNS_GROUP_PRIVATE;
			room[1][1].group = LBTNS_GROUP_CLEAR;
		}
		change(&old, &new);
	}
}

static struct conf one(struct conf_prefix *p, const char *prefix, uint8_t group)
{
	const struct conf c = { .has_groups = true, .groups = p,
				.n_groups = 1 };

	memset(p, 0, sizeof(*p));
	CHECK(addr_parse_prefix(&p->net, &p->plen, prefix));
	p->group = group;
	return c;
}

/* the plan for one prefix with one policy there */
static int with(const struct kern_policy *there, struct groups_plan *plan)
{
	static struct conf_prefix p;
	struct conf c = one(&p, "10.0.0.0/24", LBTNS_GROUP_PRIVATE);

	return groups_plan(&c, there, 1, false, plan);
}

static void foreign(void)
{
	struct kern_policy there = {
		.index = 77,
		.priority = 1000,
		.action = KERN_BYPASS,
		.sel = { .local = { .family = AF_INET },
			 .remote = { AF_INET, { 10, 9 } },
			 .remote_plen = 16 },
		.usable = true,
		.exact = true,
	};
	struct groups_plan plan;

	/* any policy beside the band is left alone */
	CHECK_EQ(with(&there, &plan), 0);
	CHECK_EQ(plan.n, 3);
	groups_plan_free(&plan);

	/* but not if it is for the same traffic */
	there.sel.remote = (struct addr){ AF_INET, { 10 } };
	there.sel.remote_plen = 24;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	CHECK_EQ(plan.n, 0);
	CHECK(strstr(plan.why, "policy 77") && strstr(plan.why, "10.0.0.0/24"));
	groups_plan_free(&plan);
	/* with a mark, it is another one */
	there.exact = false;
	CHECK_EQ(with(&there, &plan), 0);
	groups_plan_free(&plan);

	/* and in the band nobody has anything but us */
	there.priority = LBTNS_GROUP_PRIO_MAX;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	CHECK(strstr(plan.why, "priority 61999"));
	groups_plan_free(&plan);
	/* ... in any form but that of its priority */
	there.exact = true;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	groups_plan_free(&plan);
	there.sel.remote_plen = 16;
	there.priority = LBTNS_GROUP_PRIO + 112 * 10 + LBTNS_GROUPS;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	groups_plan_free(&plan);
	there.priority--;
	CHECK_EQ(with(&there, &plan), 0);
	CHECK_EQ(plan.n, 4);
	groups_plan_free(&plan);
	there.sel.proto = IPPROTO_TCP;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	groups_plan_free(&plan);
	there.sel.proto = 0;
	there.sel.local_plen = 32;
	CHECK_EQ(with(&there, &plan), -EEXIST);
	groups_plan_free(&plan);
}

/* whatever was changed about a policy of ours is put right in its place */
static void tampered(void)
{
	static const struct {
		enum kern_action action;
		uint32_t reqid;
		bool optional, btns_ok, tunnel, usable;
		uint32_t seconds;
	} cases[] = {
		{ KERN_BYPASS, 0, false, false, false, true, 0 },
		{ KERN_PROTECT, 1, false, true, false, true, 0 },
		{ KERN_PROTECT, GROUPS_REQID, true, true, false, true, 0 },
		{ KERN_PROTECT, GROUPS_REQID, false, false, false, true, 0 },
		{ KERN_PROTECT, GROUPS_REQID, false, true, true, true, 0 },
		{ KERN_PROTECT, GROUPS_REQID, false, true, false, false, 0 },
		{ KERN_PROTECT, GROUPS_REQID, false, true, false, true, 60 },
	};
	struct kern_policy there = {
		.priority = LBTNS_GROUP_PRIO + 104 * 10 + LBTNS_GROUP_PRIVATE,
		.sel = { .local = { .family = AF_INET },
			 .remote = { AF_INET, { 10 } },
			 .remote_plen = 24 },
		.exact = true,
	};
	struct groups_plan plan;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		there.action = cases[i].action;
		there.reqid = cases[i].reqid;
		there.optional = cases[i].optional;
		there.btns_ok = cases[i].btns_ok;
		there.tunnel = cases[i].tunnel;
		there.usable = cases[i].usable;
		there.seconds = cases[i].seconds;
		CHECK_EQ(with(&there, &plan), 0);
		CHECK_EQ(plan.n, 3);
		if (plan.n == 2)
			CHECK(plan.op[1].step == GROUPS_REPLACE &&
			      !plan.op[1].p.inbound);
		groups_plan_free(&plan);
	}
}

static void discovery(void)
{
	struct conf_prefix p;
	struct conf c = one(&p, "2001:db8::/32", LBTNS_GROUP_PRIVATE);
	struct kern_policy there[64];
	struct groups_plan plan;
	size_t i, n;
	int type;

	CHECK(!groups_plan(&c, NULL, 0, false, &plan));
	CHECK_EQ(plan.n, DIRS + 2 * 4);
	n = plan.n;
	for (i = 0; i < n; i++) {
		there[i] = plan.op[i].p;
		/* first what must not stop, then what would stop it */
		CHECK_EQ(plan.op[i].step, i < 8 ? GROUPS_EXEMPT : GROUPS_ADD);
		if (i >= 8)
			continue;
		CHECK_EQ(there[i].action, KERN_BYPASS);
		CHECK_EQ(there[i].sel.proto, IPPROTO_ICMPV6);
		CHECK(there[i].inbound ? !there[i].sel.lport :
					 !there[i].sel.rport);
		/* a redirect is not among them */
		type = (there[i].sel.lport + there[i].sel.rport) >> 8;
		CHECK(type >= 133 && type <= 136);
	}
	groups_plan_free(&plan);

	/* they go when nobody needs them any more, and last */
	p.group = LBTNS_GROUP_CLEAR;
	CHECK(!groups_plan(&c, there, n, false, &plan));
	CHECK_EQ(plan.n, DIRS + 2 * 4);
	for (i = 0; i < plan.n; i++)
		CHECK_EQ(plan.op[i].step,
			 i < DIRS ? GROUPS_REPLACE : GROUPS_UNEXEMPT);
	groups_plan_free(&plan);

	/* who has exempted them by hand keeps that */
	for (i = 0; i < 8; i++)
		there[i].priority = 0;
	p.group = LBTNS_GROUP_PRIVATE;
	CHECK(!groups_plan(&c, there, 8, false, &plan));
	CHECK_EQ(plan.n, 3);
	groups_plan_free(&plan);
}

/* what is forwarded from an address is taken as what comes from it for the host */
static void forwarded(void)
{
	static const struct {
		uint8_t group;
		enum kern_action action;
		bool optional;
	} cases[] = {
		{ LBTNS_GROUP_CLEAR, KERN_BYPASS, false },
		{ LBTNS_GROUP_CLEAR_OR_PRIVATE, KERN_PROTECT, true },
		{ LBTNS_GROUP_PRIVATE_OR_CLEAR, KERN_PROTECT, true },
		{ LBTNS_GROUP_PRIVATE, KERN_PROTECT, false },
		{ LBTNS_GROUP_BLOCK, KERN_BLOCK, false },
	};
	const struct kern_policy *p = NULL;
	struct groups_plan plan;
	struct conf_prefix g;
	struct conf c;
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = one(&g, "10.0.0.0/24", cases[i].group);
		CHECK(!groups_plan(&c, NULL, 0, false, &plan));
		for (j = 0; j < plan.n; j++)
			if (plan.op[j].p.forward)
				p = &plan.op[j].p;
		if (!CHECK(plan.n == DIRS && p))
			break;
		CHECK_EQ(p->action, cases[i].action);
		CHECK_EQ(p->optional, cases[i].optional);
		CHECK_EQ(p->inbound, true);
		CHECK_EQ(p->btns_ok, p->action == KERN_PROTECT);
		CHECK_EQ(p->sel.remote_plen, 24);
		CHECK_EQ(p->sel.local_plen, 0);
		CHECK_EQ(p->reqid,
			 p->action == KERN_PROTECT ? GROUPS_REQID : 0);
		groups_plan_free(&plan);
	}
}

/* ---- a helper with groups ------------------------------------------------ */

#define PRIVATE	"groups = { private = [ \"10.0.0.0/24\" ]; };"
#define PAD	"pad = ( { name = \"any\"; btns = true; any = true; } );"
#define LATER	"groups = { clear_or_private = [ \"10.0.0.0/24\" ]; };"

static void up(int host, const char *conf)
{
	world_pad_any(&w, host);
	CHECK(world_up(&w, host, KEY_ED25519, conf));
}

static void peers(void)
{
	world_init(&w);
	up(0, PRIVATE);
	up(1, LATER);
	CHECK_EQ(w.h[0].k.n_policies, 3);
	/* who leaves it to the peer does not ask, whatever its kernel says */
	world_acquire(&w, 1, 0, 80);
	world_advance(&w, 100);
	CHECK_EQ(w.sent, 0);
	CHECK(!w.h[1].d.sas);
	/* the peer asks, and is served */
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

#define ANON(more) \
	"pad = ( { name = \"anon\"; auth = \"null\"; " more " } );"
#define ANYBODY	ANON("")

/* two hosts that prove nothing to each other, the second with these groups */
static void nobody(int from, const char *conf, bool served)
{
	world_init(&w);
	CHECK(world_up(&w, 0, KEY_ED25519,
		       "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY));
	CHECK(world_up(&w, 1, KEY_ED25519, conf));
	world_acquire(&w, from, !from, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), served);
	CHECK_EQ(world_installed(&w, 1), served ? 2 : 0);
}

static void proof(void)
{
	static const char *const open[] = {
		"groups = { clear_or_private = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private = [ \"10.0.0.0/24\" ];"
		" clear_or_private = [ \"10.0.0.1\" ]; };" ANYBODY,
	}, *const closed[] = {
		"groups = { private = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private = [ \"10.0.0.0/24\" ]; };"
		ANON("addresses = [ \"10.0.0.0/24\" ];"),
		"groups = { clear_or_private = [ \"10.0.0.0/24\" ];"
		" private = [ \"10.0.0.1\" ]; };" ANYBODY,
	};
	size_t i;
	int from;

	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		nobody(0, open[i], true);
		world_fini(&w);
	}
	/* whoever of the two begins */
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		for (from = 0; from < 2; from++) {
			nobody(from, closed[i], false);
			CHECK(world_logged(&w, "it is anonymous, and the group private"));
			world_fini(&w);
		}
	}
	/* a policy of the administrator's own is no group's */
	world_init(&w);
	world_protect(&w, 1);
	CHECK(world_up(&w, 0, KEY_ED25519,
		       "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY));
	CHECK(world_up(&w, 1, KEY_ED25519, ANYBODY));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

/* a child SA that its peer would not get any more is taken back by a reload */
static void regrouped(void)
{
	static const char *const stays =
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY;
	struct world_kern *k = &w.h[1].k;
	size_t i;

	nobody(0, LATER ANYBODY, true);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(stays)));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(PRIVATE ANYBODY)));
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK(world_logged(&w, "deleted: it is anonymous, and the group private"));
	world_run(&w);
	CHECK_EQ(world_installed(&w, 0), 0);
	world_fini(&w);

	/* whoever has a key keeps it */
	world_init(&w);
	up(0, PRIVATE);
	up(1, LATER);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(PRIVATE)));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* also without any policy, but not with one for those with names */
	CHECK(!btnsd_reload(&w.h[1].d, conf_good("groups = { };")));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_protect(&w, 1);
	for (i = 0; i < k->n_policies; i++)
		k->policy[i].btns_ok = false;
	CHECK(!btnsd_reload(&w.h[1].d, conf_good("")));
	CHECK_EQ(world_installed(&w, 1), 0);
	world_fini(&w);
}

/* what a host forwards to a group asks from an address that is not its own */
static void asked_for_others(void)
{
	static const char *const groups[] = {
		PRIVATE,
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };",
	};
	struct kern_acquire acq = {
		.sel = { .local_plen = 32, .remote_plen = 32 },
		.seq = 7,
		.reqid = GROUPS_REQID,
		.usable = true,
	};
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		world_init(&w);
		up(0, groups[i]);
		up(1, groups[i]);
		CHECK(addr_parse(&acq.local, "192.0.2.9"));
		acq.remote = w.h[1].addr;
		acq.sel.local = acq.local;
		acq.sel.remote = acq.remote;
		acq.policy = w.h[0].k.policy[0].sel;
		btnsd_events.acquire(&w.h[0].d, &acq);
		acq.local.b[3]++;
		acq.sel.local = acq.local;
		btnsd_events.acquire(&w.h[0].d, &acq);
		CHECK(!w.h[0].d.sas);
		world_advance(&w, 60000);
		CHECK_EQ(w.sent, 0);
		CHECK_EQ(w.h[0].d.stats.foreign, 2);
		CHECK_EQ(w.h[0].d.stats.fallbacks, 0);
		CHECK_EQ(w.h[0].k.n_policies, 3);
		CHECK(world_logged(&w, "192.0.2.9") &&
		      world_logged(&w, "no address of this host") &&
		      !world_logged(&w, "192.0.2.10"));
		/* its own is as ever */
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(w.h[0].d.stats.foreign, 2);
		world_fini(&w);
	}
}

static void lives(void)
{
	struct world_kern *k = &w.h[0].k;
	uint32_t index;

	world_init(&w);
	up(0, PRIVATE);
	CHECK_EQ(k->n_policies, 3);
	index = k->policy[0].index;

	/* it stays when btnsd dies, and another finds it as it should be */
	world_crash(&w, 0);
	CHECK_EQ(k->n_policies, 3);
	world_forget_log(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, PRIVATE));
	CHECK_EQ(k->policy[0].index, index);
	CHECK(!world_logged(&w, "changes of policies"));

	/* another group: in its place */
	CHECK(!btnsd_reload(&w.h[0].d,
			    conf_good("groups = { block = [ \"10.0.0.0/24\" ]; };")));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].index, index);
	CHECK_EQ(k->policy[0].action, KERN_BLOCK);

	/* not a word of groups leaves all as it is; none takes all away */
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	CHECK_EQ(k->n_policies, 3);
	CHECK(world_logged(&w, "its policies stay"));
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("groups = { };")));
	CHECK_EQ(k->n_policies, 0);
	world_fini(&w);
}

/* a policy of those that a host has; NULL if there is none like it */
static struct kern_policy *of(int host, int dir, const char *remote)
{
	struct world_kern *k = &w.h[host].k;
	struct addr a;
	uint8_t plen;
	size_t i;

	CHECK(addr_parse_prefix(&a, &plen, remote));
	for (i = 0; i < k->n_policies; i++)
		if (dir_of(&k->policy[i]) == dir &&
		    k->policy[i].sel.remote_plen == plen &&
		    addr_equal(&k->policy[i].sel.remote, &a))
			return &k->policy[i];
	return NULL;
}

#define MANY \
	"groups = { private = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.9\" ];" \
	" block = [ \"10.7.0.0/16\" ]; };"

/* what the kernel says of a change, and time for what comes of it */
static void told(unsigned int ms)
{
	btnsd_events.policy_changed(&w.h[0].d);
	world_advance(&w, ms);
}

static void put_back(void)
{
	struct world_kern *k = &w.h[0].k;
	struct kern_policy p;
	unsigned int i, n;

	world_init(&w);
	up(0, MANY);
	CHECK_EQ(k->n_policies, 9);
	/* nothing has changed: nothing is done, or said */
	world_forget_log(&w);
	told(1);
	CHECK(!world_logged(&w, "groups:"));

	/* one is deleted, and there again before time goes on */
	for (i = 0; i < DIRS; i++) {
		if (!CHECK(of(0, (int)i, "10.0.0.0/24")))
			break;
		p = *of(0, (int)i, "10.0.0.0/24");
		world_del_policy(k, &p);
		told(1);
		CHECK_EQ(k->n_policies, 9);
		CHECK(of(0, (int)i, "10.0.0.0/24") &&
		      of(0, (int)i, "10.0.0.0/24")->priority == p.priority &&
		      of(0, (int)i, "10.0.0.0/24")->btns_ok);
	}
	CHECK(world_logged(&w, "somebody else deleted or changed policies") &&
	      world_logged(&w, "which are put right: 1 steps, the first for") &&
	      world_logged(&w, "10.0.0.0/24") && world_logged(&w, "private)"));
	/* a flag of the module, a template, what it does */
	p = *of(0, OUT, "10.0.0.0/24");
	of(0, OUT, "10.0.0.0/24")->btns_ok = false;
	told(1);
	CHECK(of(0, OUT, "10.0.0.0/24")->btns_ok);
	of(0, IN, "10.0.0.0/24")->optional = true;
	of(0, FWD, "10.7.0.0/16")->action = KERN_BYPASS;
	told(1);
	CHECK(!of(0, IN, "10.0.0.0/24")->optional);
	CHECK_EQ(of(0, FWD, "10.7.0.0/16")->action, KERN_BLOCK);

	/* all are flushed; and events are lost */
	k->n_policies = 0;
	told(1);
	CHECK_EQ(k->n_policies, 9);
	k->n_policies = 4;
	btnsd_events.lost(&w.h[0].d);
	world_advance(&w, 1);
	CHECK_EQ(k->n_policies, 9);

	/* somebody who insists is followed, but not without a bound */
	world_advance(&w, 2000);
	for (i = n = 0; i < 1000; i++) {
		if (k->n_policies == 9)
			n++;
		k->n_policies = 8;
		told(1);
	}
	CHECK(n > 10 && n < 30);
	world_advance(&w, 1000);
	CHECK_EQ(k->n_policies, 9);
	world_fini(&w);
}

/* what stands in the way of one keeps no other away; what fails is done later */
static void put_back_later(void)
{
	struct world_kern *k = &w.h[0].k;
	struct kern_policy p;

	world_init(&w);
	up(0, MANY);
	p = *of(0, OUT, "10.0.0.9");
	k->n_policies = 0;
	p.priority = 7;
	p.action = KERN_BLOCK;
	CHECK_EQ(world_put_policy(k, &p, false), 0);
	told(1);
	CHECK_EQ(k->n_policies, 9);
	CHECK_EQ(of(0, OUT, "10.0.0.9")->priority, 7);
	CHECK(world_logged(&w, "until then its traffic is not under the groups"));
	world_forget_log(&w);
	told(1);
	CHECK(!world_logged(&w, "under the groups"));

	k->n_policies = 1;
	k->fail_policy = 3;
	told(1);
	/* one that fails keeps no other away either */
	CHECK_EQ(k->n_policies, 8);
	CHECK(world_logged(&w, "cannot be put right"));
	world_advance(&w, 1000);
	CHECK_EQ(k->n_policies, 9);

	/* without groups in the configuration they are nobody's */
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	k->n_policies = 2;
	told(2000);
	CHECK_EQ(k->n_policies, 2);
	world_fini(&w);
}

static void fails(void)
{
	struct world_kern *k = &w.h[0].k;
	struct conf *c;

	world_init(&w);
	up(0, PRIVATE);
	/* the kernel fails in the middle: the old configuration is in force */
	c = conf_good("groups = { block = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.3\" ]; };");
	k->fail_policy = 3;
	CHECK(btnsd_reload(&w.h[0].d, c));
	conf_free(c);
	CHECK(world_logged(&w, "4 of 6 steps from the configuration"));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);
	CHECK_EQ(k->policy[1].action, KERN_PROTECT);
	/* so does the PAD, and it comes last */
	c = conf_good("groups = { clear = [ \"10.0.0.0/24\" ]; };" PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	conf_free(c);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);

	/* somebody else's policy in the band: not a step is taken */
	k->policy[0].sel.lport = 80;
	k->policy[0].sel.lmask = 0xffff;
	k->policy[0].sel.proto = IPPROTO_TCP;
	world_crash(&w, 0);
	CHECK(!world_up(&w, 0, KEY_ED25519, LATER));
	CHECK(world_logged(&w, "is not btnsd's, and has a priority that is"));
	CHECK_EQ(k->n_policies, 3);
	CHECK(!k->policy[1].optional);
	world_fini(&w);
}

/* the old configuration has no word of groups, and policies may be there */
static void fails_without(void)
{
	struct world_kern *k = &w.h[0].k;
	struct conf *c;
	unsigned int at;
	uint32_t index;

	world_init(&w);
	up(0, "");
	c = conf_good(PRIVATE PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 0);
	k->fail_policy = 2;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 0);
	conf_free(c);
	world_fini(&w);

	/* what a dropped "groups" has left is put back as it was */
	world_init(&w);
	up(0, "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };");
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	CHECK_EQ(k->n_policies, 3);
	index = k->policy[0].index;
	c = conf_good("groups = { block = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.3\" ]; };"
		 PAD);
	for (at = 1; at <= 4; at++) {
		k->fail_policy = at;
		CHECK(btnsd_reload(&w.h[0].d, c));
		CHECK_EQ(k->n_policies, 3);
		CHECK(k->policy[0].index == index ||
		      k->policy[1].index == index);
		CHECK_EQ(k->policy[0].priority,
			 LBTNS_GROUP_PRIO + 104 * 10 +
				 LBTNS_GROUP_PRIVATE_OR_CLEAR);
		CHECK_EQ(k->policy[0].action, KERN_PROTECT);
		CHECK(!k->policy[0].optional != !k->policy[1].optional);
	}
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);
	/* nor does a failure that is not about groups touch them */
	conf_free(c);
	c = conf_good(PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 3);
	conf_free(c);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 from any groups to any others: each address changes once", any_change },
		{ "U02 policies of others are left alone, or refused", foreign },
		{ "U02 U09 a policy that somebody changed is put right in its place", tampered },
		{ "U02 IPv6 neighbour discovery goes on, redirects do not", discovery },
		{ "U02 what is forwarded is under the groups, too", forwarded },
		{ "U02 what is forwarded to a group makes no IKE, nor a fallback",
		  asked_for_others },
		{ "U02 U09 private asks, clear-or-private only answers", peers },
		{ "U02 B03 private is for who proves a key, other groups for anybody", proof },
		{ "U02 U12 B03 reload: SAs that would not be given by the new group go",
		  regrouped },
		{ "U02 policies outlast btnsd and follow the configuration", lives },
		{ "U02 U09 what somebody deletes or changes is put back at once", put_back },
		{ "U02 ... whatever else is there, and as soon as it can be", put_back_later },
		{ "U02 a failure leaves the old groups in force", fails },
		{ "U02 also where the old configuration has no groups", fails_without },
	};

	return KTAP_RUN(tests);
}
