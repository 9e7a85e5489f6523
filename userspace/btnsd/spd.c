// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A copy of the kernel's policies. A peer's selectors are shrunk to what both
 * directions protect; the module decides once more when the SA is bound.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/log.h"
#include "btnsd/spd.h"

static int collect(const struct kern_policy *p, void *arg)
{
	struct spd *s = arg;
	int dir = p->forward ? 2 : p->inbound ? 1 : 0;
	struct kern_policy *bigger;

	bigger = reallocarray(s->policy[dir], s->n[dir] + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	s->policy[dir] = bigger;
	bigger[s->n[dir]++] = *p;
	return 0;
}

static int make_rules(struct spd *s)
{
	size_t i;
	int dir;

	for (dir = 0; dir < 2; dir++) {
		s->rule[dir] = calloc(s->n[dir] + 1, sizeof(*s->rule[dir]));
		if (!s->rule[dir])
			return -ENOMEM;
		for (i = 0; i < s->n[dir]; i++) {
			const struct kern_policy *p = &s->policy[dir][i];
			struct btns_spd_rule *r = &s->rule[dir][i];

			sel_to_btns(&r->sel, &p->sel);
			r->action = p->action == KERN_PROTECT ?
					    BTNS_SPD_PROTECT :
				    p->action == KERN_BLOCK ? BTNS_SPD_BLOCK :
							      BTNS_SPD_CLEAR;
			r->btns_ok = p->btns_ok;
			/* what we cannot serve may refuse, but lets nobody in */
			r->inexact = !p->usable;
		}
	}
	return 0;
}

/**
 * spd_free() - forget the copy
 * @s: copy; empty and stale afterwards
 */
void spd_free(struct spd *s)
{
	int dir;

	for (dir = 0; dir < SPD_DIRS; dir++)
		free(s->policy[dir]);
	for (dir = 0; dir < 2; dir++)
		free(s->rule[dir]);
	*s = (struct spd){ .stale = true };
}

/**
 * spd_refresh() - read the policies if the copy is stale
 * @d: helper
 *
 * Return: 0, or a negative errno: the copy is empty then, so that no traffic
 * is protected by anything.
 */
int spd_refresh(struct btnsd *d)
{
	struct spd fresh = { 0 };
	int err;

	if (!d->spd.stale)
		return 0;
	spd_free(&d->spd);
	err = d->kern->policies(d->kern_ctx, collect, &fresh);
	if (!err)
		err = make_rules(&fresh);
	if (err) {
		log_err("cannot read the policies: %s",
			d->kern->error(d->kern_ctx));
		spd_free(&fresh);
		return err;
	}
	d->spd = fresh;
	return 0;
}

/* both directions allow all of @s; @at are the policies that decide, 0 is out */
static enum btns_spd_cause both(const struct spd *spd, bool btns,
				const struct btns_selector *s, size_t at[2])
{
	enum btns_spd_cause cause;

	cause = btns_spd_child(spd->rule[0], spd->n[0], btns, s, &at[0]);
	if (cause == BTNS_SPD_OK)
		cause = btns_spd_child(spd->rule[1], spd->n[1], btns, s,
				       &at[1]);
	return cause;
}

/* the largest part of @want that keeps @keep, by the matcher's own narrowing */
static bool narrow_around(const struct spd *spd, bool btns,
			  const struct btns_selector *keep,
			  const struct btns_selector *want,
			  struct btns_selector *out)
{
	struct btns_selector s = *want;
	size_t at[2];

	if (btns_spd_narrow(spd->rule[0], spd->n[0], btns, keep, &s) !=
		    BTNS_SPD_OK ||
	    btns_spd_narrow(spd->rule[1], spd->n[1], btns, keep, &s) !=
		    BTNS_SPD_OK ||
	    both(spd, btns, &s, at) != BTNS_SPD_OK)
		return false;
	*out = s;
	return true;
}

/* the first policy of which a part of @want may be had as it is */
static bool narrow_to_policy(const struct spd *spd, bool btns,
			     const struct btns_selector *want,
			     struct btns_selector *out)
{
	struct btns_selector s;
	size_t i, j, at[2];

	for (i = 0; i < spd->n[0]; i++) {
		if (spd->rule[0][i].action != BTNS_SPD_PROTECT ||
		    !btns_selector_intersect(want, &spd->rule[0][i].sel, &s))
			continue;
		if (both(spd, btns, &s, at) == BTNS_SPD_OK) {
			*out = s;
			return true;
		}
		for (j = 0; j < spd->n[1]; j++) {
			struct btns_selector t;

			if (btns_selector_intersect(&s, &spd->rule[1][j].sel,
						    &t) &&
			    both(spd, btns, &t, at) == BTNS_SPD_OK) {
				*out = t;
				return true;
			}
		}
	}
	return false;
}

/* the policy that decided against it; NULL if none did */
static const struct kern_policy *blamed(const struct spd *spd, bool btns,
					const struct btns_selector *s,
					enum btns_spd_cause cause)
{
	size_t at;
	int dir;

	if (cause == BTNS_SPD_NO_POLICY)
		return NULL;
	for (dir = 0; dir < 2; dir++)
		if (btns_spd_child(spd->rule[dir], spd->n[dir], btns, s, &at) ==
		    cause)
			return &spd->policy[dir][at];
	return NULL;
}

/**
 * spd_holds() - does policy give a peer all of some traffic?
 * @d: helper
 * @btns: the peer's PAD entry is a BTNS entry
 * @s: traffic
 * @policy: out, the policies that protect it, 0 is out and 1 is in; valid until
 *	spd_refresh()
 *
 * Return: BTNS_SPD_OK, or why not; @policy[0] is the policy that decided so then,
 * or NULL.
 */
enum btns_spd_cause spd_holds(struct btnsd *d, bool btns, const struct sel *s,
			      const struct kern_policy *policy[2])
{
	enum btns_spd_cause cause;
	struct btns_selector want;
	size_t at[2] = { 0 };

	policy[0] = NULL;
	policy[1] = NULL;
	if (spd_refresh(d))
		return BTNS_SPD_NO_POLICY;
	sel_to_btns(&want, s);
	cause = both(&d->spd, btns, &want, at);
	if (cause != BTNS_SPD_OK) {
		policy[0] = blamed(&d->spd, btns, &want, cause);
		return cause;
	}
	policy[0] = &d->spd.policy[0][at[0]];
	policy[1] = &d->spd.policy[1][at[1]];
	return BTNS_SPD_OK;
}

/**
 * spd_narrow() - shrink a selector to what policy gives a peer
 * @d: helper
 * @btns: the peer's PAD entry is a BTNS entry
 * @keep: traffic that should stay, inside @sel; or NULL
 * @sel: in and out
 * @policy: out, the policies that protect it, 0 is out and 1 is in; valid until
 *	spd_refresh()
 *
 * Return: BTNS_SPD_OK, or why nothing of @sel that contains @keep can be had;
 * @sel is as it was then, and @policy[0] is the policy that decided so, or NULL
 * if it is for want of one.
 */
enum btns_spd_cause spd_narrow(struct btnsd *d, bool btns,
			       const struct sel *keep, struct sel *sel,
			       const struct kern_policy *policy[2])
{
	struct btns_selector want, out, k;
	enum btns_spd_cause cause;
	size_t at[2] = { 0 };

	policy[0] = NULL;
	policy[1] = NULL;
	if (spd_refresh(d))
		return BTNS_SPD_NO_POLICY;
	sel_to_btns(&want, sel);
	out = want;
	cause = both(&d->spd, btns, &want, at);
	if (cause != BTNS_SPD_OK && keep) {
		sel_to_btns(&k, keep);
		/* what the packet leaves open, policy may fill in */
		if (both(&d->spd, btns, &k, at) != BTNS_SPD_OK)
			narrow_to_policy(&d->spd, btns, &k, &k);
		if (narrow_around(&d->spd, btns, &k, &want, &out))
			cause = both(&d->spd, btns, &out, at);
		else
			cause = both(&d->spd, btns, &k, at) == BTNS_SPD_OK ?
					BTNS_SPD_NO_POLICY :
					both(&d->spd, btns, &k, at);
	} else if (cause != BTNS_SPD_OK) {
		if (narrow_to_policy(&d->spd, btns, &want, &out))
			cause = both(&d->spd, btns, &out, at);
	}
	if (cause != BTNS_SPD_OK) {
		policy[0] = blamed(&d->spd, btns, keep ? &k : &want, cause);
		return cause;
	}
	sel_from_btns(sel, &out);
	policy[0] = &d->spd.policy[0][at[0]];
	policy[1] = &d->spd.policy[1][at[1]];
	return BTNS_SPD_OK;
}
