// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy groups: the plan from any policies to any others, step by step against
 * a naive kernel.
 */
#include "ktap.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/conf.h"
#include "btnsd/groups.h"
#include "groups_dir.h"

#define POLICIES	512

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

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 from any groups to any others: each address changes once", any_change },
		{ "U02 policies of others are left alone, or refused", foreign },
		{ "U02 U09 a policy that somebody changed is put right in its place", tampered },
		{ "U02 IPv6 neighbour discovery goes on, redirects do not", discovery },
		{ "U02 what is forwarded is under the groups, too", forwarded },
	};

	return KTAP_RUN(tests);
}
