// SPDX-License-Identifier: GPL-2.0-only
/*
 * The latch object, the latch database and the one function through which
 * every latch changes its state (RFC 5660 sections 2.2 and 2.3).
 *
 * A latch holds a reference to the module from birth to release, so that
 * unloading fails while any lives: protection does not vanish by accident.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "btns_trace.h"
#include "latch.h"

static struct kmem_cache *latch_cache;

/* What may follow what; the row is the old state. */
static const u8 moves[] = {
	[BTNS_LATCH_STATE_NONE] = BIT(BTNS_LATCH_STATE_LARVAL) |
				  BIT(BTNS_LATCH_STATE_LISTENER) |
				  BIT(BTNS_LATCH_STATE_ESTABLISHED),
	[BTNS_LATCH_STATE_LARVAL] = BIT(BTNS_LATCH_STATE_ESTABLISHED) |
				    BIT(BTNS_LATCH_STATE_CLOSED),
	[BTNS_LATCH_STATE_LISTENER] = BIT(BTNS_LATCH_STATE_CLOSED),
	[BTNS_LATCH_STATE_ESTABLISHED] = BIT(BTNS_LATCH_STATE_BROKEN) |
					 BIT(BTNS_LATCH_STATE_CLOSED),
	[BTNS_LATCH_STATE_BROKEN] = BIT(BTNS_LATCH_STATE_ESTABLISHED) |
				    BIT(BTNS_LATCH_STATE_CLOSED),
	[BTNS_LATCH_STATE_CLOSED] = 0,
};

static const struct rhashtable_params latch_params = {
	.head_offset = offsetof(struct btns_latch, node),
	.key_offset = offsetof(struct btns_latch, flow),
	.key_len = sizeof(struct btns_flow),
	.hashfn = btns_hash,
	.automatic_shrinking = true,
};

/**
 * btns_latch_cache_init - make the slab of latches
 *
 * Context: process, module load.
 * Return: 0 or -ENOMEM.
 */
int __init btns_latch_cache_init(void)
{
	latch_cache = KMEM_CACHE(btns_latch, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	return latch_cache ? 0 : -ENOMEM;
}

/**
 * btns_latch_cache_exit - destroy the slab of latches
 *
 * Context: process, module unload or failed load; after rcu_barrier().
 */
void btns_latch_cache_exit(void)
{
	kmem_cache_destroy(latch_cache);
}

/**
 * btns_latch_cache_size - memory of a latch by itself
 *
 * Context: any.
 * Return: bytes, with what the slab adds to align it.
 */
u32 btns_latch_cache_size(void)
{
	return ALIGN(kmem_cache_size(latch_cache), cache_line_size());
}

/**
 * btns_latch_init - make the latch database of a namespace
 * @bn: namespace
 *
 * Context: process.
 * Return: 0 or a negative errno; nothing is left behind on failure.
 */
int btns_latch_init(struct btns_net *bn)
{
	int err;

	xa_init_flags(&bn->latch_ids, XA_FLAGS_LOCK_BH);
	err = rhashtable_init(&bn->latches, &latch_params);
	if (err)
		return err;
	err = rhashtable_init(&bn->listeners, &latch_params);
	if (err)
		rhashtable_destroy(&bn->latches);
	return err;
}

/**
 * btns_latch_exit - release every latch and destroy the database
 * @bn: namespace; hooks and work are gone, so nothing makes or finds latches
 *
 * Context: process.
 */
void btns_latch_exit(struct btns_net *bn)
{
	struct btns_latch *latch;
	u64 id = 0;

	while ((latch = btns_latch_get_next(bn, &id))) {
		btns_latch_release(latch);
		btns_latch_put(latch);
		id++;
	}
	rhashtable_destroy(&bn->listeners);
	rhashtable_destroy(&bn->latches);
	WARN_ON_ONCE(!xa_empty(&bn->latch_ids));
	xa_destroy(&bn->latch_ids);
}

/**
 * btns_latch_find_rcu - the connection latch of a flow
 * @bn: namespace
 * @flow: 5-tuple
 *
 * Context: RCU read section.
 * Return: the latch, without a reference, or NULL.
 */
struct btns_latch *btns_latch_find_rcu(struct btns_net *bn,
				       const struct btns_flow *flow)
{
	return rhashtable_lookup(&bn->latches, flow, latch_params);
}

/**
 * btns_latch_find_listener_rcu - the listener latch of a local end
 * @bn: namespace
 * @flow: 3-tuple: remote half zero
 *
 * Context: RCU read section.
 * Return: the latch, without a reference, or NULL.
 */
struct btns_latch *btns_latch_find_listener_rcu(struct btns_net *bn,
						const struct btns_flow *flow)
{
	return rhashtable_lookup(&bn->listeners, flow, latch_params);
}

/**
 * btns_latch_get_next - the latch with the lowest id that is not below @id
 * @bn: namespace
 * @id: in: where to start; out: id of the latch returned
 *
 * Context: any but hard interrupts.
 * Return: a reference that the caller puts, or NULL.
 */
struct btns_latch *btns_latch_get_next(struct btns_net *bn, u64 *id)
{
	unsigned long index = *id;
	struct btns_latch *latch;

	rcu_read_lock();
	latch = xa_find(&bn->latch_ids, &index, ULONG_MAX, XA_PRESENT);
	while (latch && !refcount_inc_not_zero(&latch->ref))
		latch = xa_find_after(&bn->latch_ids, &index, ULONG_MAX,
				      XA_PRESENT);
	rcu_read_unlock();
	*id = index;
	return latch;
}

/**
 * btns_latch_get - the latch of an id
 * @bn: namespace
 * @id: id
 *
 * Context: any but hard interrupts.
 * Return: a reference that the caller puts, or NULL.
 */
struct btns_latch *btns_latch_get(struct btns_net *bn, u64 id)
{
	struct btns_latch *latch;

	if (id > ULONG_MAX)
		return NULL;
	rcu_read_lock();
	latch = xa_load(&bn->latch_ids, id);
	if (latch && !refcount_inc_not_zero(&latch->ref))
		latch = NULL;
	rcu_read_unlock();
	return latch;
}

static void latch_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(latch_cache,
			container_of(rcu, struct btns_latch, rcu));
}

/**
 * btns_latch_put - drop a reference
 * @latch: latch; not to be used afterwards
 *
 * The last one gives back identities and suite at once (readers of the packet
 * path only compare the former, and the latter outlives them by itself) and the
 * memory after a grace period.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_put(struct btns_latch *latch)
{
	if (!refcount_dec_and_test(&latch->ref))
		return;
	if (latch->peer)
		btns_ident_put(latch->bn, latch->peer);
	if (latch->local)
		btns_ident_put(latch->bn, latch->local);
	btns_latch_note_deliver(latch, NULL);
	btns_suite_put(latch->bn, latch->suite);
	btns_sa_proof_put(latch->proof);
	btns_wish_put(latch->want.wish);
	call_rcu(&latch->rcu, latch_free_rcu);
}

/* Account for one more latch, or refuse: whom it counts to, or an ERR_PTR. */
static struct btns_user *charge(struct btns_net *bn, const struct sock *sk)
{
	struct btns_user *user;

	if (atomic_inc_return(&bn->latch_count) >
	    READ_ONCE(bn->knobs.latch_max)) {
		atomic_dec(&bn->latch_count);
		btns_mib_inc(bn, LatchLimit);
		return ERR_PTR(-ENOSPC);
	}
	user = btns_user_charge(bn, sk, BTNS_USER_LATCHES,
				READ_ONCE(bn->knobs.latch_max_user));
	if (IS_ERR(user)) {
		atomic_dec(&bn->latch_count);
		if (PTR_ERR(user) == -EDQUOT)
			btns_mib_inc(bn, LatchLimitUser);
		else
			btns_mib_inc(bn, LatchNoMemory);
	}
	return user;
}

static void uncharge(struct btns_net *bn, struct btns_user *user)
{
	btns_user_uncharge(bn, user, BTNS_USER_LATCHES);
	atomic_dec(&bn->latch_count);
}

/**
 * btns_latch_room - whether there is room for one more latch
 * @bn: namespace
 * @sk: full socket that it would be for
 *
 * Takes nothing, so the answer may be out of date at once: it is for telling a
 * program why it got none.
 *
 * Context: any but hard interrupts.
 * Return: 0, -ENOSPC (limit of the namespace) or -EDQUOT (of the user).
 */
int btns_latch_room(struct btns_net *bn, const struct sock *sk)
{
	if (atomic_read(&bn->latch_count) >= READ_ONCE(bn->knobs.latch_max))
		return -ENOSPC;
	if (sk->sk_kern_sock)
		return 0;
	return btns_user_taken(bn, sk, BTNS_USER_LATCHES) >=
			       READ_ONCE(bn->knobs.latch_max_user) ?
		       -EDQUOT : 0;
}

/**
 * btns_latch_alloc - a latch that nobody can find yet
 * @bn: namespace
 * @sk: full socket that it is for, whose owner it counts to; the listening one
 *	if the peer opens the connection
 * @flow: key
 * @want: what was asked for, resolved
 *
 * Fill it, then hand it to btns_latch_publish() or btns_latch_discard().
 *
 * Context: any but hard interrupts; does not sleep.
 * Return: the latch with one reference; or an ERR_PTR, counted: -ENOSPC (limit
 * of the namespace), -EDQUOT (of the user), -ENOMEM.
 */
struct btns_latch *btns_latch_alloc(struct btns_net *bn, const struct sock *sk,
				    const struct btns_flow *flow,
				    const struct btns_want *want)
{
	struct btns_user *user = charge(bn, sk);
	struct btns_latch *latch;

	if (IS_ERR(user))
		return ERR_CAST(user);
	latch = kmem_cache_zalloc(latch_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!latch)
		goto err_uncharge;
	if (!try_module_get(THIS_MODULE))
		goto err_free;
	/* one without users is of a socket that is closed */
	if (!btns_wish_hold(want->wish))
		goto err_module;
	latch->bn = bn;
	latch->user = user;
	latch->flow = *flow;
	if (flow->proto == IPPROTO_SCTP)
		atomic_inc(&bn->sctp_latches);
	latch->want = *want;
	latch->id = atomic64_inc_return(&bn->latch_next_id);
	latch->born = jiffies;
	spin_lock_init(&latch->lock);
	btns_latch_owner_prepare(latch);
	refcount_set(&latch->ref, 1);
	return latch;

err_module:
	module_put(THIS_MODULE);
err_free:
	kmem_cache_free(latch_cache, latch);
err_uncharge:
	uncharge(bn, user);
	btns_mib_inc(bn, LatchNoMemory);
	return ERR_PTR(-ENOMEM);
}

static void end_account(struct btns_latch *latch)
{
	if (latch->mptcp)
		btns_latch_mptcp_end(latch->bn);
	if (latch->flow.proto == IPPROTO_SCTP)
		atomic_dec(&latch->bn->sctp_latches);
	uncharge(latch->bn, latch->user);
	module_put(THIS_MODULE);
}

/**
 * btns_latch_discard - give up a latch that was never published
 * @latch: from btns_latch_alloc(); not to be used afterwards
 *
 * Context: any but hard interrupts.
 */
void btns_latch_discard(struct btns_latch *latch)
{
	if (latch->sk)
		sock_put(latch->sk);
	latch->sk = NULL;
	__btns_latch_embryo_end(latch);
	end_account(latch);
	btns_latch_put(latch);
}

static struct rhashtable *table_of(struct btns_latch *latch,
				   enum btns_latch_state state)
{
	return state == BTNS_LATCH_STATE_LISTENER ? &latch->bn->listeners :
						    &latch->bn->latches;
}

static void emit(struct btns_latch *latch, u8 old_state, u8 state)
{
	struct btns_latch_event ev = {
		.id = latch->id,
		.parent = latch->parent,
		.cookie = latch->cookie,
		.state = state,
		.old_state = old_state,
		.reason = latch->reason,
		.family = latch->flow.family,
		.proto = latch->flow.proto,
		.laddr = latch->flow.laddr,
		.raddr = latch->flow.raddr,
		.lport = latch->flow.lport,
		.rport = latch->flow.rport,
		.peer = latch->peer,
	};

	lockdep_assert_held(&latch->lock);
	trace_btns_latch(latch, old_state);
	btns_event_latch(latch->bn, &ev);
}

static void count_move(struct btns_latch *latch, u8 from, u8 to)
{
	switch (to) {
	case BTNS_LATCH_STATE_ESTABLISHED:
		if (from == BTNS_LATCH_STATE_BROKEN)
			btns_mib_inc(latch->bn, LatchRepaired);
		else
			btns_mib_inc(latch->bn, LatchEstablished);
		break;
	case BTNS_LATCH_STATE_BROKEN:
		btns_mib_inc(latch->bn, LatchBroken);
		break;
	case BTNS_LATCH_STATE_CLOSED:
		btns_mib_inc(latch->bn, LatchClosed);
		break;
	}
}

/**
 * __btns_latch_move - the transition function
 * @latch: latch
 * @to: new state
 * @reason: why
 *
 * The only writer of a latch's state. Announces each transition once, in
 * order (RFC 5660 section 2.2: no silent break).
 *
 * Context: caller holds latch->lock.
 * Return: false if the transition does not exist; nothing changed then.
 */
bool __btns_latch_move(struct btns_latch *latch, enum btns_latch_state to,
		       enum btns_reason reason)
{
	u8 from = latch->state;

	lockdep_assert_held(&latch->lock);
	if (latch->gone || !(moves[from] & BIT(to)))
		return false;
	latch->reason = reason;
	/* Paired with the acquiring read in latch_check.c: values first. */
	smp_store_release(&latch->state, to);
	count_move(latch, from, to);
	emit(latch, from, to);
	btns_latch_note(latch, from);
	return true;
}

/**
 * btns_latch_publish - put a filled latch into the database
 * @latch: from btns_latch_alloc()
 * @state: its birth state: larval, listener or established
 * @reason: why it is in that state
 *
 * Context: any but hard interrupts.
 * Return: 0, and the database owns the reference; or -EEXIST (another latch
 * has the key), -ENOMEM, -E2BIG: the latch is discarded.
 */
int btns_latch_publish(struct btns_latch *latch, enum btns_latch_state state,
		       enum btns_reason reason)
{
	struct btns_net *bn = latch->bn;
	bool listener = state == BTNS_LATCH_STATE_LISTENER;
	int err;

	latch->listener = listener;
	if (state == BTNS_LATCH_STATE_ESTABLISHED)
		btns_own_hold(latch);
	/* Held so that nobody sees it before its birth is announced. */
	spin_lock_bh(&latch->lock);
	err = xa_insert_bh(&bn->latch_ids, latch->id, latch,
			   GFP_ATOMIC | __GFP_NOWARN);
	if (err)
		goto out_unlock;
	/* Paired with the acquiring read in latch_check.c: values first. */
	smp_store_release(&latch->state, state);
	err = rhashtable_lookup_insert_fast(table_of(latch, state),
					    &latch->node, latch_params);
	if (err) {
		latch->gone = true;
		goto out_erase;
	}
	latch->reason = reason;
	if (listener) {
		atomic_inc(&bn->listener_count);
		btns_mib_inc(bn, LatchListener);
	} else {
		btns_mib_inc(bn, LatchMade);
		count_move(latch, BTNS_LATCH_STATE_NONE, state);
	}
	emit(latch, BTNS_LATCH_STATE_NONE, state);
	spin_unlock_bh(&latch->lock);
	btns_latch_owner_wake(bn);
	return 0;

out_erase:
	xa_erase_bh(&bn->latch_ids, latch->id);
out_unlock:
	spin_unlock_bh(&latch->lock);
	btns_latch_discard(latch);
	if (err != -EEXIST)
		btns_mib_inc(bn, LatchNoMemory);
	return err;
}

/**
 * btns_latch_release - take a latch out of the database
 * @latch: latch; the caller has a reference or is in an RCU read section
 *
 * Announces that it is gone. Does nothing if it was released already.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_release(struct btns_latch *latch)
{
	struct btns_net *bn = latch->bn;
	bool listener;
	struct sock *sk;

	spin_lock_bh(&latch->lock);
	if (latch->gone) {
		spin_unlock_bh(&latch->lock);
		return;
	}
	latch->gone = true;
	__btns_latch_embryo_end(latch);
	listener = latch->listener;
	sk = latch->sk;
	latch->sk = NULL;
	rhashtable_remove_fast(listener ? &bn->listeners : &bn->latches,
			       &latch->node, latch_params);
	xa_erase_bh(&bn->latch_ids, latch->id);
	btns_mib_inc(bn, LatchReleased);
	emit(latch, latch->state, BTNS_LATCH_STATE_NONE);
	spin_unlock_bh(&latch->lock);

	if (listener)
		atomic_dec(&bn->listener_count);
	if (sk)
		sock_put(sk);
	end_account(latch);
	btns_latch_put(latch);
}

/**
 * btns_latch_set_values - latch the five values of an SA
 * @latch: latch that has none yet: unpublished, or larval and locked
 * @said: exactly one SA
 *
 * Context: RCU read section.
 * Return: false without memory; @latch has no values then.
 */
bool btns_latch_set_values(struct btns_latch *latch,
			   const struct btns_said *said)
{
	bool in = said->dir == BTNS_SA_IN;

	latch->suite = btns_suite_of(latch->bn, said);
	if (!latch->suite) {
		btns_mib_inc(latch->bn, LatchNoMemory);
		return false;
	}
	if (in) {
		latch->replay = btns_qop_replay(said->x);
		latch->replay_known = true;
	} else {
		latch->reqid = said->x->props.reqid;
		latch->lenient = btns_said_lenient(said);
	}
	if (said->sa) {
		if (said->sa->peer)
			latch->peer = btns_ident_hold(said->sa->peer);
		latch->local = btns_ident_hold(said->sa->local);
		latch->proof = btns_sa_proof_hold(said->sa->proof);
	}
	return true;
}

/**
 * btns_latch_establish - a larval latch gets its SA
 * @latch: latch
 * @said: exactly one SA that satisfies it
 *
 * Context: RCU read section, softirq or process.
 * Return: false if the latch was not larval any more, or without memory.
 */
bool btns_latch_establish(struct btns_latch *latch,
			  const struct btns_said *said)
{
	bool done = false;

	spin_lock_bh(&latch->lock);
	if (!latch->gone && latch->state == BTNS_LATCH_STATE_LARVAL) {
		done = btns_latch_set_values(latch, said);
		if (done) {
			btns_own_hold(latch);
			done = __btns_latch_move(latch,
						 BTNS_LATCH_STATE_ESTABLISHED,
						 BTNS_REASON_NONE);
		}
	}
	spin_unlock_bh(&latch->lock);
	return done;
}

static int disposition_errno(const struct btns_latch *latch)
{
	switch (latch->want.disposition) {
	case BTNS_DISPOSITION_WAIT:
		return 0;
	case BTNS_DISPOSITION_UNREACHABLE:
		return -EHOSTUNREACH;
	default:
		return -ECONNRESET;
	}
}

/**
 * btns_latch_break_one - a conflict breaks a latch
 * @latch: latch; the caller has a reference or is in an RCU read section
 * @reason: the conflict
 *
 * From here on not a packet of the flow passes (RFC 5660 section 2.3.1). The
 * socket is told as its disposition says.
 *
 * Context: any but hard interrupts.
 * Return: true if it was established and is broken now.
 */
bool btns_latch_break_one(struct btns_latch *latch, enum btns_reason reason)
{
	bool moved;
	int err = 0;

	spin_lock_bh(&latch->lock);
	moved = __btns_latch_move(latch, BTNS_LATCH_STATE_BROKEN, reason);
	if (moved || latch->state == BTNS_LATCH_STATE_BROKEN)
		latch->conflicts |= BIT(reason);
	if (moved) {
		err = disposition_errno(latch);
		latch->err = err;
		latch->told = !err;
	}
	spin_unlock_bh(&latch->lock);
	if (moved && (err || latch->want.notify))
		btns_latch_owner_tell(latch);
	return moved;
}

/**
 * btns_latch_close_one - close a latch and tell its owner
 * @latch: latch; the caller has a reference or is in an RCU read section
 * @reason: why
 * @err: negative errno that the socket gets; 0 to tell it nothing
 *
 * Context: any but hard interrupts.
 * Return: true if it was open and is closed now.
 */
bool btns_latch_close_one(struct btns_latch *latch, enum btns_reason reason,
			  int err)
{
	bool moved;

	spin_lock_bh(&latch->lock);
	moved = __btns_latch_move(latch, BTNS_LATCH_STATE_CLOSED, reason);
	if (moved) {
		latch->err = err;
		latch->told = !err;
	}
	spin_unlock_bh(&latch->lock);
	if (moved && (err || latch->want.notify))
		btns_latch_owner_tell(latch);
	return moved;
}

/**
 * btns_latch_mend - say which conflicts a broken latch still has
 * @latch: latch
 * @conflicts: bit n for each enum btns_reason n found now
 *
 * Established again once all are cleared (RFC 5660 section 2.2), unless one
 * is final or the connection was reset for it.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_mend(struct btns_latch *latch, u32 conflicts)
{
	bool mended = false;

	spin_lock_bh(&latch->lock);
	if (latch->state == BTNS_LATCH_STATE_BROKEN) {
		latch->conflicts &= BTNS_LATCH_FINAL;
		latch->conflicts |= conflicts;
		if (!latch->conflicts && !latch->err)
			mended = __btns_latch_move(latch,
						   BTNS_LATCH_STATE_ESTABLISHED,
						   BTNS_REASON_NONE);
		else if (conflicts && !(conflicts & BIT(latch->reason)) &&
			 !(BTNS_LATCH_FINAL & BIT(latch->reason)))
			latch->reason = __ffs(conflicts);
	}
	spin_unlock_bh(&latch->lock);
	if (mended && latch->want.notify)
		btns_latch_owner_tell(latch);
}
