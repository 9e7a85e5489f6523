// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP: which segments open a connection, whose it is, and when an old latch
 * stands in the way of a new connection (RFC 5660 section 5.1). What a
 * segment of a latched connection may do is decided in latch_check.c.
 */
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "verdict.h"

static bool has_own_policy(struct sock *sk)
{
	return rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
}

/* A peer opens a connection to a socket that listens. */
static bool open_passive(struct btns_net *bn, struct sk_buff *skb,
			 const struct btns_flow *flow,
			 const struct btns_packet *pkt,
			 const struct btns_said *said)
{
	struct btns_owner owner = { .passive = true, .ifindex = skb->skb_iif };
	struct btns_want want;
	struct sock *listener;

	listener = btns_latch_listener_find_rcu(bn, skb, flow, pkt->thoff,
						skb->skb_iif);
	if (!listener)
		return pass(bn, InNoLatch);	/* TCP answers with a reset */
	btns_latch_wish(bn, listener, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, InNoLatch);
	owner.own_policy = has_own_policy(listener);
	owner.listener = listener;
	return btns_latch_open_in(bn, flow, &want, said, &owner);
}

/*
 * No latch and no SYN. With SYN cookies the socket, and so the latch, are
 * made only now, by the ACK; everything else was decided when it opened.
 */
static bool check_in_unlatched(struct btns_net *bn, struct sk_buff *skb,
			       const struct btns_flow *flow,
			       const struct btns_packet *pkt,
			       const struct btns_said *said)
{
	struct sock *sk;

	if (pkt->rst || !pkt->ack || skb->sk ||
	    (!said->count && !atomic_read(&bn->ask_count)))
		return pass(bn, InNoLatch);
	sk = btns_latch_socket_find(bn, flow, skb->skb_iif);
	if (sk) {
		sock_gen_put(sk);
		return pass(bn, InNoLatch);
	}
	return open_passive(bn, skb, flow, pkt, said);
}

/* Is a latch left from a connection that is over? */
static bool outlived(struct btns_latch *latch)
{
	struct sock *sk = btns_latch_owner_find(latch);
	bool over;

	if (!sk)
		return true;
	over = sk->sk_state == TCP_TIME_WAIT;
	sock_gen_put(sk);
	return over;
}

/**
 * btns_latch_tcp_in - may this TCP segment come in
 * @bn: namespace
 * @skb: packet in LOCAL_IN
 * @flow: its flow
 * @pkt: its TCP flags
 * @said: the SAs that it came through
 *
 * Context: softirq or process, RCU read section.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_tcp_in(struct btns_net *bn, struct sk_buff *skb,
		       const struct btns_flow *flow,
		       const struct btns_packet *pkt,
		       const struct btns_said *said)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);

	if (latch && pkt->opens && outlived(latch)) {
		/* a new connection with an old 5-tuple */
		btns_latch_release(latch);
		latch = NULL;
	}
	if (latch)
		return btns_latch_check_in(latch, said);
	if (pkt->opens)
		return open_passive(bn, skb, flow, pkt, said);
	return check_in_unlatched(bn, skb, flow, pkt, said);
}

/* A local socket opens a connection. */
static bool open_active(struct btns_net *bn, struct sock *sk,
			const struct btns_flow *flow,
			const struct btns_said *said)
{
	struct btns_owner owner = {
		.cookie = btns_latch_cookie(sk),
		.ifindex = sk->sk_bound_dev_if,
		.own_policy = has_own_policy(sk),
	};
	struct btns_want want;

	btns_latch_wish(bn, sk, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, OutNoLatch);
	return btns_latch_open_out(bn, flow, &want, said, &owner);
}

/* An accepted socket is first seen when it sends. */
static void learn_cookie(struct btns_latch *latch, struct sock *sk)
{
	spin_lock_bh(&latch->lock);
	if (!latch->cookie) {
		latch->cookie = btns_latch_cookie(sk);
		latch->ifindex = sk->sk_bound_dev_if;
	}
	spin_unlock_bh(&latch->lock);
}

/* Is it the latch of an earlier connection of this 5-tuple? */
static bool left_behind(struct btns_latch *latch, struct sock *sk)
{
	return latch->cookie != btns_latch_cookie(sk) || READ_ONCE(latch->sk);
}

/* The socket of a connection, as opposed to who sends on its behalf. */
static struct sock *connection_of(struct sock *sk)
{
	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP ||
	    sk->sk_type != SOCK_STREAM)
		return NULL;
	switch (inet_sk_state_load(sk)) {
	case TCP_LISTEN:
	case TCP_CLOSE:
		return NULL;
	default:
		return sk;
	}
}

/**
 * btns_latch_tcp_out - may this TCP segment go out
 * @bn: namespace
 * @sk: who sends it, or NULL; a connection's socket, a listener's on behalf of
 *	a request, a control socket
 * @flow: its flow as the headers have it
 * @pkt: its TCP flags
 * @said: the SAs that it will go through
 *
 * Context: softirq or process, RCU read section; @sk may be locked.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_tcp_out(struct btns_net *bn, struct sock *sk,
			const struct btns_flow *flow,
			const struct btns_packet *pkt,
			const struct btns_said *said)
{
	struct btns_latch *latch;
	struct btns_flow own;
	bool opens;

	sk = connection_of(sk);
	if (sk) {
		btns_flow_from_sk(sk, &own);	/* address translation apart */
		flow = &own;
	}
	opens = pkt->opens && sk;
	latch = btns_latch_find_rcu(bn, flow);
	if (latch && opens && left_behind(latch, sk)) {
		btns_latch_release(latch);
		latch = NULL;
	}
	if (!latch)
		return opens ? open_active(bn, sk, flow, said) :
			       pass(bn, OutNoLatch);
	if (sk && unlikely(!latch->cookie))
		learn_cookie(latch, sk);
	return btns_latch_check_out(latch, said);
}
