// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interned identities: whoever names the same identity gets the same object,
 * so that the packet path compares pointers.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "btns.h"

struct ident_key {
	u8 type;
	u8 method;
	u8 digest[BTNS_DIGEST_LEN];
};

static u32 hash_by_ident(const void *data, u32 len, u32 seed)
{
	const struct btns_ident *ident = data;
	struct ident_key key = { .type = ident->type, .method = ident->method };

	memcpy(key.digest, ident->digest, BTNS_DIGEST_LEN);
	return btns_hash(&key, sizeof(key), seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ident_key *key = arg->key;
	const struct btns_ident *ident = obj;

	return ident->type != key->type || ident->method != key->method ||
	       memcmp(ident->digest, key->digest, BTNS_DIGEST_LEN);
}

static const struct rhashtable_params ident_params = {
	.head_offset = offsetof(struct btns_ident, node),
	.key_len = sizeof(struct ident_key),
	.hashfn = btns_hash,
	.obj_hashfn = hash_by_ident,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/**
 * btns_ident_init() - make the table of identities
 * @bn: namespace
 *
 * Return: 0 or a negative errno.
 */
int btns_ident_init(struct btns_net *bn)
{
	spin_lock_init(&bn->ident_lock);
	return rhashtable_init(&bn->idents, &ident_params);
}

/**
 * btns_ident_exit() - free the table of identities
 * @bn: namespace; latches and bindings are gone, or wait for a grace period
 *
 * May sleep.
 */
void btns_ident_exit(struct btns_net *bn)
{
	/* RCU callbacks of latches and bindings put their identities. */
	rcu_barrier();
	WARN_ON_ONCE(atomic_read(&bn->idents.nelems));
	rhashtable_destroy(&bn->idents);
}

/* Returns a reference, or NULL; an identity that is on its way out is none. */
static struct btns_ident *find(struct btns_net *bn,
			       const struct ident_key *key)
{
	struct btns_ident *ident;

	rcu_read_lock();
	ident = rhashtable_lookup(&bn->idents, key, ident_params);
	if (ident && !refcount_inc_not_zero(&ident->ref))
		ident = NULL;
	rcu_read_unlock();
	return ident;
}

/**
 * btns_ident_intern() - the object of an identity
 * @bn: namespace
 * @type: enum btns_id_type
 * @method: enum btns_auth_method
 * @digest: BTNS_DIGEST_LEN bytes
 * @name: printable form, taken if the identity is new
 * @gfp: for a new one
 *
 * Any context that @gfp allows.
 *
 * Return: a reference that the caller puts, or an ERR_PTR.
 */
struct btns_ident *btns_ident_intern(struct btns_net *bn, u8 type, u8 method,
				     const u8 *digest, const char *name,
				     gfp_t gfp)
{
	struct ident_key key = { .type = type, .method = method };
	struct btns_ident *ident, *new;
	int err;

	memcpy(key.digest, digest, BTNS_DIGEST_LEN);
	ident = find(bn, &key);
	if (ident)
		return ident;

	new = kzalloc(sizeof(*new), gfp);
	if (!new)
		return ERR_PTR(-ENOMEM);
	refcount_set(&new->ref, 1);
	new->type = type;
	new->method = method;
	memcpy(new->digest, digest, BTNS_DIGEST_LEN);
	strscpy(new->name, name, sizeof(new->name));

	/* Under the lock, what is in the table has users: see put. */
	spin_lock_bh(&bn->ident_lock);
	ident = find(bn, &key);
	err = ident ? 0 : rhashtable_insert_fast(&bn->idents, &new->node,
						 ident_params);
	spin_unlock_bh(&bn->ident_lock);
	if (!ident && !err)
		return new;
	kfree(new);
	return ident ?: ERR_PTR(err);
}

/**
 * btns_ident_hold() - one more reference
 * @ident: identity that the caller has a reference to, or that an object of
 *	the current RCU section has
 *
 * Return: @ident.
 */
struct btns_ident *btns_ident_hold(struct btns_ident *ident)
{
	refcount_inc(&ident->ref);
	return ident;
}

/**
 * btns_ident_put() - give a reference back
 * @bn: namespace
 * @ident: identity, or NULL
 *
 * Any context; the object outlives the current RCU readers.
 */
void btns_ident_put(struct btns_net *bn, struct btns_ident *ident)
{
	bool last;

	if (!ident || refcount_dec_not_one(&ident->ref))
		return;
	spin_lock_bh(&bn->ident_lock);
	last = refcount_dec_and_test(&ident->ref);
	if (last)
		rhashtable_remove_fast(&bn->idents, &ident->node, ident_params);
	spin_unlock_bh(&bn->ident_lock);
	if (last)
		kfree_rcu(ident, rcu);
}

/**
 * btns_ident_count() - how many identities are interned
 * @bn: namespace
 *
 * Any context. Latches and bindings put theirs a grace period after they are
 * gone.
 *
 * Return: a number that may be old when it is read.
 */
unsigned int btns_ident_count(struct btns_net *bn)
{
	return atomic_read(&bn->idents.nelems);
}
