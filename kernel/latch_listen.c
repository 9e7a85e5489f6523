// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listener latches: what a listening socket asks for, keyed by its local end,
 * and the parent of every latch that is born from it (RFC 5660 section 2.3).
 *
 * A socket that listens gets one when it asks while listening, or with the
 * first connection that is latched because of it.
 */
#include <net/inet_sock.h>
#include <net/sock.h>

#include "latch.h"

static void listener_flow(const struct sock *sk, struct btns_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->proto = sk->sk_protocol;
	flow->lport = inet_sk(sk)->inet_sport;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		flow->family = AF_INET6;
		flow->laddr.in6 = sk->sk_v6_rcv_saddr;
		return;
	}
#endif
	flow->family = AF_INET;
	flow->laddr.ip = inet_sk(sk)->inet_rcv_saddr;
}

static bool show_ident(struct btns_latch *latch, struct btns_ident **to,
		       u8 type, u8 method, const u8 *digest)
{
	struct btns_ident *ident;

	ident = btns_ident_intern(latch->bn, type, method, digest, "",
				  GFP_ATOMIC | __GFP_NOWARN);
	if (IS_ERR(ident))
		return false;
	*to = ident;
	return true;
}

/* What a listener waits for is what it shows as its values. */
static bool show_wanted(struct btns_latch *latch)
{
	const struct btns_want *want = &latch->want;
	const struct btns_wish *wish = want->wish;

	if (want->has_peer &&
	    !show_ident(latch, &latch->peer, want->peer_type,
			want->peer_method, want->peer))
		return false;
	return !wish || !wish->has_local ||
	       show_ident(latch, &latch->local, wish->local_type, 0,
			  wish->local);
}

static u64 make(struct btns_net *bn, struct sock *sk, u64 cookie,
		const struct btns_flow *flow, const struct btns_want *want)
{
	struct btns_latch *latch;
	u64 id;

	latch = btns_latch_alloc(bn, sk, flow, want);
	if (IS_ERR(latch))
		return 0;
	if (!show_wanted(latch) || !refcount_inc_not_zero(&sk->sk_refcnt)) {
		btns_latch_discard(latch);
		return 0;
	}
	latch->sk = sk;
	latch->cookie = cookie;
	latch->ifindex = sk->sk_bound_dev_if;
	id = latch->id;
	if (btns_latch_publish(latch, BTNS_LATCH_STATE_LISTENER,
			       BTNS_REASON_NONE))
		return 0;
	return id;
}

/**
 * btns_latch_listen - the listener latch of a listening socket
 * @bn: namespace
 * @sk: listening socket of TCP or SCTP; RCU or the socket lock keeps it
 * @want: what it asks for, resolved
 *
 * Finds it or makes it. One that the same socket asked for otherwise, or that
 * a closed socket left, is closed and replaced.
 *
 * Context: RCU read section; softirq or process.
 * Return: id, or 0 at the limit, without memory, or if another socket of a
 * SO_REUSEPORT group has it.
 */
u64 btns_latch_listen(struct btns_net *bn, struct sock *sk,
		      const struct btns_want *want)
{
	u64 cookie = btns_latch_cookie(sk);
	struct btns_latch *latch;
	struct btns_flow flow;

	listener_flow(sk, &flow);
	latch = btns_latch_find_listener_rcu(bn, &flow);
	if (latch) {
		if (latch->cookie == cookie &&
		    btns_want_equal(&latch->want, want))
			return latch->id;
		if (latch->cookie != cookie && btns_latch_owner_lives(latch))
			return 0;
		btns_latch_close_one(latch, BTNS_REASON_NONE, 0);
		btns_latch_release(latch);
	}
	return make(bn, sk, cookie, &flow, want);
}

/**
 * btns_latch_listen_conflicts - does another socket listen otherwise
 * @bn: namespace
 * @sk: bound socket of TCP or SCTP, locked
 * @want: what it asks for, resolved
 *
 * RFC 5660 section 2.3: no two listener latches in conflict on one 3-tuple.
 *
 * Context: process.
 * Return: true if a live listener latch of another socket on the same local
 * address and port asks for something else.
 */
bool btns_latch_listen_conflicts(struct btns_net *bn, struct sock *sk,
				 const struct btns_want *want)
{
	u64 cookie = btns_latch_cookie(sk);
	struct btns_latch *latch;
	struct btns_flow flow;
	bool conflicts;

	if (!inet_sk(sk)->inet_num)
		return false;
	listener_flow(sk, &flow);
	flow.lport = htons(inet_sk(sk)->inet_num);
	rcu_read_lock();
	latch = btns_latch_find_listener_rcu(bn, &flow);
	conflicts = latch && latch->cookie != cookie &&
		    !btns_want_equal(&latch->want, want) &&
		    btns_latch_owner_lives(latch);
	rcu_read_unlock();
	return conflicts;
}
