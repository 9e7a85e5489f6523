// SPDX-License-Identifier: GPL-2.0-only
/*
 * What few applications ask for on top of a latch: one of our identities, a
 * quality of protection. Kept apart and shared by reference, so that a million
 * latches without such wishes do not pay for them.
 */
#include <linux/slab.h>

#include "latch.h"

/**
 * btns_wish_alloc - an empty wish
 * @gfp: how to allocate
 *
 * Context: as @gfp says.
 * Return: wish with one reference, or NULL.
 */
struct btns_wish *btns_wish_alloc(gfp_t gfp)
{
	struct btns_wish *wish = kzalloc(sizeof(*wish), gfp);

	if (wish)
		refcount_set(&wish->ref, 1);
	return wish;
}

/**
 * btns_wish_hold - take a reference
 * @wish: wish or NULL; found under RCU
 *
 * Context: any.
 * Return: false if it has no users any more, and so the caller no reference.
 */
bool btns_wish_hold(struct btns_wish *wish)
{
	return !wish || refcount_inc_not_zero(&wish->ref);
}

/**
 * btns_wish_put - drop a reference
 * @wish: wish or NULL
 *
 * Context: any.
 */
void btns_wish_put(struct btns_wish *wish)
{
	if (wish && refcount_dec_and_test(&wish->ref))
		kfree_rcu(wish, rcu);
}

/**
 * btns_wish_equal - whether two wishes are the same
 * @a: one, or NULL
 * @b: other, or NULL
 *
 * Context: any.
 * Return: true if so.
 */
bool btns_wish_equal(const struct btns_wish *a, const struct btns_wish *b)
{
	if (!a || !b)
		return a == b;
	return a->has_local == b->has_local &&
	       a->local_type == b->local_type &&
	       !memcmp(a->local, b->local, sizeof(a->local)) &&
	       a->has_qop == b->has_qop && a->protection == b->protection &&
	       a->enc_keybits == b->enc_keybits &&
	       !strcmp(a->enc, b->enc) && !strcmp(a->auth, b->auth);
}

static bool named(const char *want, const char *name, size_t len)
{
	return !*want || !strncmp(want, name, len);
}

/* Does an SA give all that was asked for? */
static enum btns_reason quality(const struct btns_wish *wish,
				const struct xfrm_state *x)
{
	struct btns_qop qop;

	btns_qop_from_state(&qop, x);
	if (wish->protection & ~qop.protection)
		return BTNS_REASON_PROTECTION;
	if (qop.enc_keybits < wish->enc_keybits ||
	    !named(wish->enc, qop.enc, sizeof(qop.enc)) ||
	    !named(wish->auth, qop.auth, sizeof(qop.auth)))
		return BTNS_REASON_QOP;
	return BTNS_REASON_NONE;
}

/**
 * btns_wish_granted - whether an SA will do
 * @wish: wish or NULL
 * @said: exactly one SA
 *
 * Context: RCU read section.
 * Return: BTNS_REASON_NONE, or LOCAL_ID, PROTECTION or QOP.
 */
enum btns_reason btns_wish_granted(const struct btns_wish *wish,
				   const struct btns_said *said)
{
	const struct btns_ident *local = said->sa ? said->sa->local : NULL;

	if (!wish)
		return BTNS_REASON_NONE;
	if (wish->has_local &&
	    (!local || local->type != wish->local_type ||
	     memcmp(local->digest, wish->local, sizeof(wish->local))))
		return BTNS_REASON_LOCAL_ID;
	return wish->has_qop ? quality(wish, said->x) : BTNS_REASON_NONE;
}
