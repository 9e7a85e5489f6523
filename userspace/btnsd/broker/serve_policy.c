// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies that the reader may have installed and deleted: those that the groups
 * of the configuration want, in the broker's own reading of it, and fallbacks to
 * clear as it allows them. What the kernel has decides, not what the reader says
 * of it; a list of it is kept until a change is heard of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/broker/serve.h"
#include "btnsd/fallback.h"
#include "btnsd/groups.h"
#include "btnsd/log.h"

/* ---- what the kernel has ------------------------------------------------- */

static int keep(const struct kern_policy *p, void *arg)
{
	struct serve_spd *spd = arg;
	struct kern_policy *bigger = reallocarray(spd->policy, spd->n + 1,
						  sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	spd->policy = bigger;
	spd->policy[spd->n++] = *p;
	return 0;
}

static int look(struct serve *s)
{
	int err;

	if (s->spd.fresh)
		return 0;
	s->spd.n = 0;
	err = s->kern->policies(s->kern_ctx, keep, &s->spd);
	s->spd.fresh = !err;
	return err;
}

/**
 * serve_policies_before() - a configuration may come that is the first with groups
 * @s: broker; if the policies cannot be read, there is no way back for the reader
 *
 * Until the reader has taken it, it may go back to what an earlier btnsd left.
 */
void serve_policies_before(struct serve *s)
{
	if (!s->before || s->before->has_groups || !s->conf->has_groups)
		return;
	serve_policies_changed(s);
	if (look(s) || groups_in_force(s->spd.policy, s->spd.n, s->before))
		log_warn("groups: if they cannot be put in force, what there was does not come back");
}

/**
 * serve_policies_changed() - somebody has changed a policy of the kernel
 * @s: broker
 */
void serve_policies_changed(struct serve *s)
{
	s->spd.fresh = false;
}

/* @index is never 0, which is what one has whose index we have not heard */
static struct kern_policy *find(struct serve *s, uint32_t index)
{
	size_t i;

	for (i = 0; i < s->spd.n; i++)
		if (s->spd.policy[i].index == index)
			return &s->spd.policy[i];
	return NULL;
}

/* what another for the same traffic would replace */
static struct kern_policy *find_traffic(struct serve *s,
					const struct kern_policy *p)
{
	size_t i;

	for (i = 0; i < s->spd.n; i++)
		if (s->spd.policy[i].exact &&
		    s->spd.policy[i].inbound == p->inbound &&
		    s->spd.policy[i].forward == p->forward &&
		    sel_equal(&s->spd.policy[i].sel, &p->sel))
			return &s->spd.policy[i];
	return NULL;
}

/* ---- to install ---------------------------------------------------------- */

static int fallback_ok(struct serve *s, const struct conf *c)
{
	size_t i, n = 0;
	int err = look(s);

	for (i = 0; i < s->spd.n; i++)
		n += fallback_is(&s->spd.policy[i]);
	if (!err && n >= c->fallback_max)
		err = serve_refuse(s, "more fallbacks than there may be");
	return err;
}

/* an administrator's policy stays, also when a group wants its place */
static int replace_ok(struct serve *s, const struct kern_policy *p)
{
	const struct kern_policy *there;
	int err = look(s);

	if (err)
		return err;
	there = find_traffic(s, p);
	return !there || groups_in_band(there) ?
		       0 :
		       serve_refuse(s, "to replace a policy that is of no group");
}

static int put_ok(struct serve *s, const struct kern_policy *p, bool replace)
{
	if (groups_want(s->conf, p) || (s->before && groups_want(s->before, p)))
		return replace ? replace_ok(s, p) : 0;
	if (!replace && fallback_allowed(s->conf, p))
		return fallback_ok(s, s->conf);
	if (!replace && s->before && fallback_allowed(s->before, p))
		return fallback_ok(s, s->before);
	return serve_refuse(s, "a policy that is of no group");
}

/* what has just been installed; its index is told by the kernel's list only */
static void note(struct serve *s, const struct kern_policy *p)
{
	struct kern_policy new = *p, *old = find_traffic(s, p);

	if (!s->spd.fresh)
		return;
	new.index = old ? old->index : 0;
	if (old)
		*old = new;
	else if (keep(&new, &s->spd))
		s->spd.fresh = false;
}

/**
 * serve_put_policy() - install a policy
 * @s: broker
 *
 * Return: 0; -EPERM; a negative errno of the kernel; or as serve_bad().
 */
int serve_put_policy(struct serve *s)
{
	struct kern_policy p;
	struct span rest;
	bool replace;
	int err;

	if (!proto_get(&s->m, &proto_policy_layout, &p, &rest) ||
	    rest.len != 1 || *rest.data > 1)
		return serve_bad(s);
	replace = *rest.data;
	err = put_ok(s, &p, replace);
	if (!err)
		err = s->kern->put_policy(s->kern_ctx, &p, replace);
	if (!err)
		note(s, &p);
	return err;
}

/* ---- to delete ----------------------------------------------------------- */

static bool del_ok(const struct serve *s, const struct kern_policy *p)
{
	return fallback_is(p) || groups_drop(s->conf, p) ||
	       (s->before && groups_drop(s->before, p));
}

/**
 * serve_del_policy() - delete a policy by its index
 * @s: broker
 *
 * Return: as serve_put_policy().
 */
int serve_del_policy(struct serve *s)
{
	struct kern_policy p, *at;
	int err;

	if (!proto_get_all(&s->m, &proto_policy_layout, &p))
		return serve_bad(s);
	err = look(s);
	if (err)
		return err;
	at = p.index ? find(s, p.index) : NULL;
	if (!at && p.index) {
		/* installed since, or gone */
		serve_policies_changed(s);
		err = look(s);
		at = err ? NULL : find(s, p.index);
	}
	if (err)
		return err;
	if (!at || !del_ok(s, at))
		return serve_refuse(s, "to delete a policy that is of no group");
	err = s->kern->del_policy(s->kern_ctx, at);
	if (!err)
		*at = s->spd.policy[--s->spd.n];
	else
		serve_policies_changed(s);
	return err;
}
