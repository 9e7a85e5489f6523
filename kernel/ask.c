// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sockets ask for before they connect or listen, by socket cookie.
 *
 * An ask holds its socket, so that the reaper can see when it is closed; a
 * cookie is never used twice, so a stale ask can never meet a new socket.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "latch.h"

/**
 * struct btns_ask - the wish of one socket
 * @node: in btns_net.asks
 * @rcu: packet path readers
 * @cookie: key
 * @sk: reference; for looking whether it is closed, nothing else
 * @own: bit 0: policies for the listening socket are on their way
 * @want: the wish, immutable
 * @user: whom it counts to, NULL for nobody
 * @refused: enum btns_reason why the socket got no latch, once it was refused
 */
struct btns_ask {
	struct rhash_head node;
	struct rcu_head rcu;
	u64 cookie;
	struct sock *sk;
	unsigned long own;
	struct btns_want want;
	struct btns_user *user;
	u8 refused;
};

static const struct rhashtable_params ask_params = {
	.head_offset = offsetof(struct btns_ask, node),
	.key_offset = offsetof(struct btns_ask, cookie),
	.key_len = sizeof(u64),
	.hashfn = btns_hash,
	.automatic_shrinking = true,
};

/**
 * btns_ask_init - make the table of asks
 * @bn: namespace
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int btns_ask_init(struct btns_net *bn)
{
	spin_lock_init(&bn->ask_lock);
	return rhashtable_init(&bn->asks, &ask_params);
}

/* The ask is out of the table. */
static void ask_free(struct btns_net *bn, struct btns_ask *ask)
{
	sock_put(ask->sk);
	btns_wish_put(ask->want.wish);
	atomic_dec(&bn->ask_count);
	btns_user_uncharge(bn, ask->user, BTNS_USER_ASKS);
	kfree_rcu(ask, rcu);
	module_put(THIS_MODULE);
}

static void free_one(void *ptr, void *arg)
{
	ask_free(arg, ptr);
}

/**
 * btns_ask_exit - drop all asks
 * @bn: namespace; hooks, socket options and work are gone
 *
 * Context: process.
 */
void btns_ask_exit(struct btns_net *bn)
{
	rhashtable_free_and_destroy(&bn->asks, free_one, bn);
}

/* Does the socket, which is locked, ask already? */
static bool asks(struct btns_net *bn, struct sock *sk)
{
	u64 cookie = btns_latch_cookie(sk);

	return rhashtable_lookup_fast(&bn->asks, &cookie, ask_params);
}

/* An ask that counts, or an ERR_PTR. */
static struct btns_ask *ask_make(struct btns_net *bn, struct sock *sk,
				 const struct btns_want *want)
{
	/* what takes the place of another is for a moment one too many */
	unsigned int more = asks(bn, sk);
	struct btns_user *user;
	struct btns_ask *ask;

	ask = kzalloc(sizeof(*ask), GFP_KERNEL_ACCOUNT);
	if (!ask)
		return ERR_PTR(-ENOMEM);
	if (atomic_inc_return(&bn->ask_count) >
	    READ_ONCE(bn->knobs.ask_max) + more) {
		user = ERR_PTR(-ENOSPC);
		goto full;
	}
	user = btns_user_charge(bn, sk, BTNS_USER_ASKS,
				READ_ONCE(bn->knobs.ask_max_user) + more);
	if (IS_ERR(user))
		goto full;
	ask->user = user;
	ask->cookie = btns_latch_cookie(sk);
	ask->want = *want;	/* and its reference to the wish */
	sock_hold(sk);
	ask->sk = sk;
	__module_get(THIS_MODULE);	/* the caller is in our code */
	return ask;

full:
	atomic_dec(&bn->ask_count);
	kfree(ask);
	return ERR_CAST(user);
}

/* Put @ask in the place of what the socket asked before. */
static int ask_swap(struct btns_net *bn, struct btns_ask *ask)
{
	struct btns_ask *old;
	int err;

	spin_lock_bh(&bn->ask_lock);
	old = rhashtable_lookup_fast(&bn->asks, &ask->cookie, ask_params);
	if (old)
		err = rhashtable_replace_fast(&bn->asks, &old->node,
					      &ask->node, ask_params);
	else
		err = rhashtable_insert_fast(&bn->asks, &ask->node,
					     ask_params);
	spin_unlock_bh(&bn->ask_lock);
	if (err)
		ask_free(bn, ask);
	else if (old)
		ask_free(bn, old);
	return err;
}

/**
 * btns_ask_set - remember what a socket asks for
 * @bn: namespace
 * @sk: socket of TCP, UDP or SCTP, locked
 * @want: the wish, checked; replaces an earlier one. Takes over the reference
 *	in @want->wish, also on failure
 *
 * Context: process.
 * Return: 0, -ENOSPC at the limit of the namespace, -EDQUOT at the user's,
 * -ENOMEM.
 */
int btns_ask_set(struct btns_net *bn, struct sock *sk,
		 const struct btns_want *want)
{
	struct btns_ask *ask;
	int err;

	ask = ask_make(bn, sk, want);
	if (IS_ERR(ask)) {
		btns_wish_put(want->wish);
		return PTR_ERR(ask);
	}
	err = ask_swap(bn, ask);
	if (err)
		return err == -E2BIG || err == -EBUSY ? -ENOMEM : err;
	btns_latch_owner_wake(bn);
	return 0;
}

/**
 * btns_ask_find_rcu - what a socket asks for
 * @bn: namespace
 * @cookie: of the socket
 * @want: filled if it asks; no reference to @want->wish is taken
 *
 * Context: RCU read section.
 * Return: false if it does not ask.
 */
bool btns_ask_find_rcu(struct btns_net *bn, u64 cookie, struct btns_want *want)
{
	const struct btns_ask *ask;

	ask = rhashtable_lookup(&bn->asks, &cookie, ask_params);
	if (!ask)
		return false;
	*want = ask->want;
	return true;
}

/**
 * btns_ask_refuse_rcu - remember why a socket that asks got no latch
 * @bn: namespace
 * @cookie: of the socket; if it does not ask, nothing is remembered
 * @reason: why
 *
 * Context: RCU read section.
 */
void btns_ask_refuse_rcu(struct btns_net *bn, u64 cookie,
			 enum btns_reason reason)
{
	struct btns_ask *ask;

	ask = rhashtable_lookup(&bn->asks, &cookie, ask_params);
	if (ask)
		WRITE_ONCE(ask->refused, reason);
}

/**
 * btns_ask_refused_rcu - why a socket that asks got no latch
 * @bn: namespace
 * @cookie: of the socket
 *
 * Context: RCU read section.
 * Return: why, BTNS_REASON_NONE if it was not refused one.
 */
enum btns_reason btns_ask_refused_rcu(struct btns_net *bn, u64 cookie)
{
	const struct btns_ask *ask;

	ask = rhashtable_lookup(&bn->asks, &cookie, ask_params);
	return ask ? READ_ONCE(ask->refused) : BTNS_REASON_NONE;
}

/**
 * btns_ask_resolve - put the administrator's defaults where a wish has none
 * @bn: namespace
 * @want: changed in place
 *
 * Context: any.
 */
void btns_ask_resolve(struct btns_net *bn, struct btns_want *want)
{
	if (want->mode == BTNS_ASK_MODE_DEFAULT)
		want->mode = READ_ONCE(bn->knobs.latch_auto) ?
				     BTNS_ASK_MODE_PREFER : BTNS_ASK_MODE_OFF;
	if (want->disposition == BTNS_DISPOSITION_DEFAULT)
		want->disposition = READ_ONCE(bn->knobs.latch_disposition);
}

/**
 * btns_want_equal - whether two wishes are the same
 * @a: one, resolved
 * @b: other, resolved
 *
 * Context: any.
 * Return: true if so.
 */
bool btns_want_equal(const struct btns_want *a, const struct btns_want *b)
{
	return a->mode == b->mode && a->disposition == b->disposition &&
	       a->notify == b->notify &&
	       a->has_peer == b->has_peer && a->peer_type == b->peer_type &&
	       a->peer_method == b->peer_method &&
	       !memcmp(a->peer, b->peer, sizeof(a->peer)) &&
	       a->narrow == b->narrow && a->exact == b->exact &&
	       a->protect == b->protect && a->bypass == b->bypass &&
	       btns_wish_equal(a->wish, b->wish);
}

/**
 * btns_ask_reap - drop the asks of closed sockets
 * @bn: namespace
 *
 * By then a connection has its latch, which carries the wish on.
 *
 * Context: process.
 */
void btns_ask_reap(struct btns_net *bn)
{
	struct rhashtable_iter iter;
	struct btns_ask *ask;

	if (!atomic_read(&bn->ask_count))
		return;
	rhashtable_walk_enter(&bn->asks, &iter);
	rhashtable_walk_start(&iter);
	while ((ask = rhashtable_walk_next(&iter))) {
		if (IS_ERR(ask))
			continue;	/* resized: some come again */
		if (!sock_flag(ask->sk, SOCK_DEAD))
			continue;
		spin_lock_bh(&bn->ask_lock);
		if (!rhashtable_remove_fast(&bn->asks, &ask->node, ask_params))
			ask_free(bn, ask);
		spin_unlock_bh(&bn->ask_lock);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

/**
 * btns_ask_own_claim - begin to give a listening socket policies of its own
 * @bn: namespace
 * @cookie: of the socket
 *
 * Context: any.
 * Return: false if it does not ask, or somebody is at it; else the caller calls
 * btns_ask_own_done().
 */
bool btns_ask_own_claim(struct btns_net *bn, u64 cookie)
{
	struct btns_ask *ask;
	bool claimed;

	rcu_read_lock();
	ask = rhashtable_lookup(&bn->asks, &cookie, ask_params);
	claimed = ask && !test_and_set_bit(0, &ask->own);
	rcu_read_unlock();
	return claimed;
}

/**
 * btns_ask_own_done - policies of a listening socket are in place, or failed
 * @bn: namespace
 * @cookie: of the socket
 *
 * Context: any.
 */
void btns_ask_own_done(struct btns_net *bn, u64 cookie)
{
	struct btns_ask *ask;

	rcu_read_lock();
	ask = rhashtable_lookup(&bn->asks, &cookie, ask_params);
	if (ask)
		clear_bit(0, &ask->own);
	rcu_read_unlock();
}

static bool is_host(const struct btns_prefix *p)
{
	return p->len == btns_family_bits(p->family);
}

/* Is a selector for connections to a listening socket, and no others? */
static bool is_for(const struct sock *sk, const struct btns_selector *sel)
{
	if (sel->proto != IPPROTO_TCP || sel->lmask != BTNS_PORT_ONE ||
	    sel->lport != inet_sk(sk)->inet_num ||
	    sel->local.family != sk->sk_family || !is_host(&sel->local))
		return false;
	if (sk->sk_family == AF_INET)
		return !inet_sk(sk)->inet_rcv_saddr ||
		       !memcmp(&inet_sk(sk)->inet_rcv_saddr, sel->local.addr,
			       sizeof(struct in_addr));
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_addr_any(&sk->sk_v6_rcv_saddr) ||
	       !memcmp(&sk->sk_v6_rcv_saddr, sel->local.addr,
		       sizeof(struct in6_addr));
#else
	return false;
#endif
}

/* A connection that has policies of its own, or waits for an SA for them. */
static bool connection_protects(struct btns_net *bn,
				const struct btns_selector *sel)
{
	struct btns_latch *latch;
	struct btns_flow flow;

	if (!is_host(&sel->local) || !is_host(&sel->remote) ||
	    sel->lmask != BTNS_PORT_ONE || sel->rmask != BTNS_PORT_ONE)
		return false;
	memset(&flow, 0, sizeof(flow));
	flow.family = sel->local.family;
	flow.proto = sel->proto;
	flow.lport = htons(sel->lport);
	flow.rport = htons(sel->rport);
	memcpy(&flow.laddr, sel->local.addr, btns_family_bits(flow.family) / 8);
	memcpy(&flow.raddr, sel->remote.addr,
	       btns_family_bits(flow.family) / 8);
	latch = btns_latch_find_rcu(bn, &flow);
	return latch && (latch->want.protect ||
			 READ_ONCE(latch->own) == BTNS_OWN_IN);
}

static bool listener_protects(struct btns_net *bn,
			      const struct btns_selector *sel)
{
	struct rhashtable_iter iter;
	struct btns_ask *ask;
	bool found = false;

	if (!atomic_read(&bn->ask_count))
		return false;
	rhashtable_walk_enter(&bn->asks, &iter);
	rhashtable_walk_start(&iter);
	while ((ask = rhashtable_walk_next(&iter))) {
		if (IS_ERR(ask))
			continue;	/* resized: some come again */
		if (!ask->want.protect || ask->sk->sk_state != TCP_LISTEN ||
		    !is_for(ask->sk, sel))
			continue;
		found = true;
		/* before the SYN that the SA is made for */
		btns_own_listener(bn, ask->sk);
		break;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return found;
}

/**
 * btns_ask_protects - does a socket ask for protection of some traffic
 * @bn: namespace
 * @sel: traffic
 *
 * A connection does that asked for protection or holds by policies of its own,
 * for exactly its 5-tuple; a listening socket does that asked, for what comes
 * to its address and port.
 *
 * Context: process.
 * Return: true if so.
 */
bool btns_ask_protects(struct btns_net *bn, const struct btns_selector *sel)
{
	bool protects;

	rcu_read_lock();
	protects = connection_protects(bn, sel);
	rcu_read_unlock();
	return protects || listener_protects(bn, sel);
}
