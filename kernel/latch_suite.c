// SPDX-License-Identifier: GPL-2.0-only
/*
 * What latches take from an SA beside the identities: how it protects, and
 * between which ends of a tunnel. A busy host has many latches and few such
 * suites, and two names of algorithms are long; so a suite is made once and
 * shared, as identities are.
 */
#include <linux/slab.h>

#include "latch.h"

static const struct rhashtable_params suite_params = {
	.head_offset = offsetof(struct btns_suite, node),
	.key_offset = offsetof(struct btns_suite, key),
	.key_len = sizeof(struct btns_suite_key),
	.hashfn = btns_hash,
	.automatic_shrinking = true,
};

/**
 * btns_suite_init - make the table of suites
 * @bn: namespace
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int btns_suite_init(struct btns_net *bn)
{
	spin_lock_init(&bn->suite_lock);
	return rhashtable_init(&bn->suites, &suite_params);
}

/**
 * btns_suite_exit - free the table of suites
 * @bn: namespace; no latch is left
 *
 * Context: process.
 */
void btns_suite_exit(struct btns_net *bn)
{
	WARN_ON_ONCE(atomic_read(&bn->suites.nelems));
	rhashtable_destroy(&bn->suites);
}

static void read_tunnel(struct btns_suite_key *key, const struct xfrm_state *x,
			bool in)
{
	key->tunnel_family = x->props.family;
	memcpy(&key->tunnel_local, in ? &x->id.daddr : &x->props.saddr,
	       sizeof(key->tunnel_local));
	memcpy(&key->tunnel_remote, in ? &x->props.saddr : &x->id.daddr,
	       sizeof(key->tunnel_remote));
}

static void read_encap(struct btns_suite_key *key,
		       const struct xfrm_encap_tmpl *encap, bool in)
{
	key->encap = true;
	key->encap_lport = in ? encap->encap_dport : encap->encap_sport;
	key->encap_rport = in ? encap->encap_sport : encap->encap_dport;
}

/* Returns a reference, or NULL; a suite that is on its way out is none. */
static struct btns_suite *find(struct btns_net *bn,
			       const struct btns_suite_key *key)
{
	struct btns_suite *suite;

	rcu_read_lock();
	suite = rhashtable_lookup(&bn->suites, key, suite_params);
	if (suite && !refcount_inc_not_zero(&suite->ref))
		suite = NULL;
	rcu_read_unlock();
	return suite;
}

/**
 * btns_suite_of - the suite of an SA
 * @bn: namespace
 * @said: exactly one SA, and the tunnel beside it if there is one
 *
 * Replay protection is no part of it: only the receiving end knows.
 *
 * Context: any but hard interrupts; does not sleep.
 * Return: a reference, or NULL without memory.
 */
struct btns_suite *btns_suite_of(struct btns_net *bn,
				 const struct btns_said *said)
{
	bool in = said->dir == BTNS_SA_IN;
	struct btns_suite *suite, *new;
	struct btns_suite_key key;
	int err;

	memset(&key, 0, sizeof(key));
	btns_qop_from_state(&key.qop, said->x);
	key.qop.replay = 0;
	if (said->tunnel)
		read_tunnel(&key, said->tunnel, in);
	if (said->x->encap)
		read_encap(&key, said->x->encap, in);
	suite = find(bn, &key);
	if (suite)
		return suite;

	new = kzalloc(sizeof(*new), GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return NULL;
	refcount_set(&new->ref, 1);
	new->key = key;
	/* Under the lock, what is in the table has users: see put. */
	spin_lock_bh(&bn->suite_lock);
	suite = find(bn, &key);
	err = suite ? 0 : rhashtable_insert_fast(&bn->suites, &new->node,
						 suite_params);
	spin_unlock_bh(&bn->suite_lock);
	if (!suite && !err)
		return new;
	kfree(new);
	return suite;
}

/**
 * btns_suite_put - give a reference back
 * @bn: namespace
 * @suite: suite, or NULL
 *
 * Context: any but hard interrupts; the object outlives the current RCU
 * readers, who may still compare packets with it.
 */
void btns_suite_put(struct btns_net *bn, struct btns_suite *suite)
{
	bool last;

	if (!suite || refcount_dec_not_one(&suite->ref))
		return;
	spin_lock_bh(&bn->suite_lock);
	last = refcount_dec_and_test(&suite->ref);
	if (last)
		rhashtable_remove_fast(&bn->suites, &suite->node, suite_params);
	spin_unlock_bh(&bn->suite_lock);
	if (last)
		kfree_rcu(suite, rcu);
}
