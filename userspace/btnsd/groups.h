/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy groups: the remote addresses of the configuration, made into policies
 * of the kernel. What btnsd made is known again by its priority, so that nothing
 * has to be remembered: it stays in force while there is no btnsd.
 */
#ifndef BTNSD_GROUPS_H
#define BTNSD_GROUPS_H

#include <stddef.h>

#include "btnsd/kern.h"

struct btnsd;
struct conf;

/* of the templates of all groups, so that SAs survive a change of group */
#define GROUPS_REQID	0x62746e73u	/* "btns" */
/* longest sentence of a plan that there is none */
#define GROUPS_WHY_MAX	320

/** enum groups_step - what is done to a policy, in the order in which it is */
enum groups_step {
	GROUPS_UNFALL,		/* delete fallbacks that are none any more */
	GROUPS_EXEMPT,		/* add what no group is about */
	GROUPS_ADD,		/* add prefixes, the longest first */
	GROUPS_REPLACE,		/* prefixes that changed their group */
	GROUPS_DELETE,		/* delete prefixes, the shortest first */
	GROUPS_UNEXEMPT,	/* delete what groups need no more */
};

/**
 * struct groups_op - one step of a plan
 * @step: what to do
 * @p: the policy; with its index if it is to be deleted
 */
struct groups_op {
	enum groups_step step;
	struct kern_policy p;
};

/**
 * struct groups_plan - from the policies that are there to those of the
 * configuration
 * @op: steps in order; owned
 * @n: how many
 * @mend: it leaves out what somebody else is in the way of
 * @why: why there is no plan, or what is in the way, one line
 */
struct groups_plan {
	struct groups_op *op;
	size_t n;
	bool mend;
	char why[GROUPS_WHY_MAX];
};

int groups_plan(const struct conf *c, const struct kern_policy *there,
		size_t n_there, bool mend, struct groups_plan *plan);
void groups_plan_free(struct groups_plan *plan);
bool groups_in_band(const struct kern_policy *p);
bool groups_same(const struct kern_policy *a, const struct kern_policy *b);
bool groups_drop(const struct conf *c, const struct kern_policy *p);
bool groups_want(const struct conf *c, const struct kern_policy *p);
int groups_of(const struct conf *c, const struct addr *remote);
int groups_apply(struct btnsd *d, const struct conf *c);
void groups_changed(struct btnsd *d);
int groups_in_force(const struct kern_policy *there, size_t n,
		    struct conf *was);
int groups_before(struct btnsd *d, const struct conf *old,
		  const struct conf *new, struct conf *was);
bool groups_proof(const struct kern_policy *p);
bool groups_passive(const struct kern_acquire *acq);

#endif
