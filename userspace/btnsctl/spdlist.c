// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the SPD for the commands that show it or decide by it. */
#include <errno.h>
#include <stdlib.h>

#include "btnsctl/spdlist.h"

static int keep_flags(uint32_t index, uint32_t flags, void *arg)
{
	struct spdlist *l = arg;
	struct spdlist_flags *f =
		realloc(l->flags, (l->n_flags + 1) * sizeof(*f));

	if (!f)
		return -ENOMEM;
	l->flags = f;
	f[l->n_flags].index = index;
	f[l->n_flags++].flags = flags;
	return 0;
}

static int keep_policy(const struct lbtns_spd_policy *p, void *arg)
{
	struct lbtns_spd_policy *grown;
	struct spdlist *l = arg;

	if (p->dir > LBTNS_SPD_FWD && !l->sockets)
		return 0;
	grown = realloc(l->policies, (l->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->policies = grown;
	grown[l->n++] = *p;
	return 0;
}

/* By direction, then in the order in which they apply. */
static int compare(const void *va, const void *vb)
{
	const struct lbtns_spd_policy *a = va, *b = vb;

	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

int spdlist_read(struct ctl *c, struct spdlist *l)
{
	int err;

	/* without the module there are still policies to show */
	if (!ctl_open(c)) {
		err = lbtns_policy_dump(c->h, keep_flags, l);
		if (err)
			return ctl_kernel_fail(c, c->h, err);
		l->has_flags = true;
	}
	err = ctl_open_spd(c);
	if (err)
		return err;
	err = lbtns_spd_dump(c->spd, keep_policy, l);
	if (err)
		return ctl_kernel_fail(c, c->spd, err);
	if (l->n)
		qsort(l->policies, l->n, sizeof(*l->policies), compare);
	return 0;
}

uint32_t spdlist_flags_of(const struct spdlist *l, uint32_t index)
{
	size_t i;

	for (i = 0; i < l->n_flags; i++)
		if (l->flags[i].index == index)
			return l->flags[i].flags;
	return 0;
}

void spdlist_free(struct spdlist *l)
{
	free(l->flags);
	free(l->policies);
}
