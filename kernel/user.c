// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of a namespace's room each user has taken, so that one cannot take
 * it all: latches and asks count to the owner of the socket that they are for.
 *
 * A user is known only while something counts to it. Nothing here is looked at
 * by a packet that does not open a connection.
 */
#include <linux/hash.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <net/sock.h>

#include "btns.h"

/**
 * struct btns_user - what one user has taken
 * @node: in btns_net.users
 * @uid: who
 * @taken: by enum btns_user_kind
 *
 * Protected by btns_net.user_lock; freed when the last thing is given back.
 */
struct btns_user {
	struct hlist_node node;
	kuid_t uid;
	u32 taken[BTNS_USER_KINDS];
};

static struct hlist_head *bucket_of(struct btns_net *bn, kuid_t uid)
{
	return &bn->users[hash_32(__kuid_val(uid), BTNS_USER_BITS)];
}

static struct btns_user *find(struct btns_net *bn, kuid_t uid)
{
	struct btns_user *user;

	lockdep_assert_held(&bn->user_lock);
	hlist_for_each_entry(user, bucket_of(bn, uid), node)
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

static struct btns_user *add(struct btns_net *bn, kuid_t uid)
{
	struct btns_user *user;

	lockdep_assert_held(&bn->user_lock);
	user = kzalloc(sizeof(*user), GFP_ATOMIC | __GFP_NOWARN);
	if (!user)
		return NULL;
	user->uid = uid;
	hlist_add_head(&user->node, bucket_of(bn, uid));
	return user;
}

/**
 * btns_user_init() - no user has taken anything
 * @bn: namespace
 *
 * Context: process.
 */
void btns_user_init(struct btns_net *bn)
{
	spin_lock_init(&bn->user_lock);
}

/**
 * btns_user_exit() - the namespace goes
 * @bn: namespace; everything was given back
 *
 * Context: process.
 */
void btns_user_exit(struct btns_net *bn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bn->users); i++)
		WARN_ON_ONCE(!hlist_empty(&bn->users[i]));
}

/**
 * btns_user_charge() - one more thing of a user
 * @bn: namespace
 * @sk: full socket that it is for; its owner counts. A socket of the kernel's
 *	own has no owner.
 * @kind: what is taken
 * @max: how many of them a user may have
 *
 * Context: any but hard interrupts; does not sleep.
 * Return: whom to give it back to; NULL if it counts to nobody;
 * ERR_PTR(-EDQUOT) at the limit, ERR_PTR(-ENOMEM).
 */
struct btns_user *btns_user_charge(struct btns_net *bn, const struct sock *sk,
				   enum btns_user_kind kind, u32 max)
{
	kuid_t uid = READ_ONCE(sk->sk_uid);
	struct btns_user *user;

	if (sk->sk_kern_sock)
		return NULL;
	if (!max)
		return ERR_PTR(-EDQUOT);
	spin_lock_bh(&bn->user_lock);
	user = find(bn, uid) ?: add(bn, uid);
	if (!user)
		user = ERR_PTR(-ENOMEM);
	else if (user->taken[kind] >= max)
		user = ERR_PTR(-EDQUOT);
	else
		user->taken[kind]++;
	spin_unlock_bh(&bn->user_lock);
	return user;
}

/**
 * btns_user_uncharge() - give a thing back
 * @bn: namespace
 * @user: from btns_user_charge(); NULL does nothing
 * @kind: what is given back
 *
 * Context: any but hard interrupts.
 */
void btns_user_uncharge(struct btns_net *bn, struct btns_user *user,
			enum btns_user_kind kind)
{
	if (!user)
		return;
	spin_lock_bh(&bn->user_lock);
	user->taken[kind]--;
	if (memchr_inv(user->taken, 0, sizeof(user->taken)))
		user = NULL;
	else
		hlist_del(&user->node);
	spin_unlock_bh(&bn->user_lock);
	kfree(user);
}

/**
 * btns_user_taken() - how many things of a kind a user has
 * @bn: namespace
 * @sk: full socket of the user
 * @kind: of what
 *
 * Context: any but hard interrupts.
 * Return: the number; 0 for a socket of the kernel's own.
 */
u32 btns_user_taken(struct btns_net *bn, const struct sock *sk,
		    enum btns_user_kind kind)
{
	const struct btns_user *user;
	u32 taken = 0;

	if (sk->sk_kern_sock)
		return 0;
	spin_lock_bh(&bn->user_lock);
	user = find(bn, READ_ONCE(sk->sk_uid));
	if (user)
		taken = user->taken[kind];
	spin_unlock_bh(&bn->user_lock);
	return taken;
}
