// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP: which segments open a connection, whose it is, and when an old latch
 * stands in the way of a new connection (RFC 5660 section 5.1). What a
 * segment of a latched connection may do is decided in latch_check.c.
 */
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "tcpopt.h"
#include "verdict.h"

/* May a connection go past the policies? */
static bool may_bypass(struct btns_net *bn, const struct btns_flow *flow,
		       u32 mark)
{
	struct btns_spd_verdict v;

	btns_spd_now(bn, flow, mark, XFRM_POLICY_OUT, &v);
	if (v.action != BTNS_SPD_CLEAR &&
	    !(v.flags & BTNS_POLICY_FLAGS_BYPASS_OK))
		return false;
	btns_spd_now(bn, flow, mark, XFRM_POLICY_IN, &v);
	return v.action == BTNS_SPD_CLEAR ||
	       v.flags & BTNS_POLICY_FLAGS_BYPASS_OK;
}

/*
 * Does a socket bypass policies that do not allow it: it asked for that, or it
 * was accepted on one that did, and is used anew? One that waits for SAs of its
 * own only seems to.
 */
static bool bypasses_wrongly(struct btns_net *bn, const struct sock *sk,
			     const struct btns_want *want,
			     const struct btns_flow *flow, u32 mark)
{
	return (want->bypass || (btns_own_bypasses(sk) && !want->narrow)) &&
	       !may_bypass(bn, flow, mark);
}

/*
 * The interface that a packet is received on, and the one below it if that is
 * a VRF: what tcp_v4_rcv() and tcp_v6_rcv() look sockets up by.
 */
static int came_by(const struct sk_buff *skb, const struct btns_flow *flow,
		   int *lower)
{
	if (flow->family == AF_INET) {
		*lower = inet_sdif(skb);
		return inet_iif(skb);
	}
	*lower = inet6_sdif(skb);
	return inet6_iif(skb);
}

/* Where the payload begins: a program that picks among sockets reads it. */
static unsigned int payload_of(const struct sk_buff *skb,
			       const struct btns_packet *pkt)
{
	struct tcphdr buf;
	const struct tcphdr *th;

	th = skb_header_pointer(skb, pkt->thoff, sizeof(buf), &buf);
	return pkt->thoff + (th ? th->doff * 4 : sizeof(*th));
}

/* A SYN may make a connection at once, which may have data at once. */
static bool fast_open(const struct sock *listener)
{
	return READ_ONCE(inet_csk(listener)->icsk_accept_queue.fastopenq.max_qlen);
}

/*
 * A peer opens a connection to a socket that listens; has_request says that TCP
 * has a request for it already.
 */
static bool open_passive(struct btns_net *bn, struct sk_buff *skb,
			 const struct btns_flow *flow,
			 const struct btns_packet *pkt,
			 const struct btns_said *said, bool has_request)
{
	struct btns_owner owner = { .passive = true };
	struct btns_want want;
	struct sock *listener;
	int lower;

	owner.ifindex = came_by(skb, flow, &lower);
	listener = btns_latch_listener_find_rcu(bn, skb, flow,
						payload_of(skb, pkt),
						owner.ifindex, lower);
	if (!listener)
		return pass(bn, InNoLatch);	/* TCP answers with a reset */
	btns_latch_wish(bn, listener, &want);
	if (bypasses_wrongly(bn, listener, &want, flow, said->mark))
		return drop(bn, flow, 0, InDropRequired);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, InNoLatch);
	owner.marks.in = said->mark;
	owner.marks.out = inet_request_mark(listener, skb);
	owner.embryo = has_request ? BTNS_EMBRYO_NONE :
		       pkt->opens && !fast_open(listener) ? BTNS_EMBRYO_LATER :
							    BTNS_EMBRYO_NOW;
	owner.own_policy = btns_own_foreign(listener);
	owner.listener = listener;
	owner.mptcp = btns_tcpopt_mptcp(skb, pkt->thoff) & BTNS_MPTCP_CAPABLE;
	owner.payer = listener;
	return btns_latch_open_in(bn, flow, &want, said, &owner);
}

static bool is_request(const struct sock *sk)
{
	return sk->sk_state == TCP_NEW_SYN_RECV;
}

/* Is it the ACK that a request waits for? TCP answers any other by a reset. */
static bool completes(const struct sk_buff *skb, const struct btns_packet *pkt,
		      struct sock *request)
{
	struct tcphdr buf;
	const struct tcphdr *th;

	th = skb_header_pointer(skb, pkt->thoff, sizeof(buf), &buf);
	return th && ntohl(th->ack_seq) ==
			     tcp_rsk(inet_reqsk(request))->snt_isn + 1;
}

/*
 * No latch and no SYN. With SYN cookies, and where there were too many embryos,
 * the latch is made only now, by the ACK; everything else was decided when it
 * opened.
 */
static bool check_in_unlatched(struct btns_net *bn, struct sk_buff *skb,
			       const struct btns_flow *flow,
			       const struct btns_packet *pkt,
			       const struct btns_said *said)
{
	bool has_request = false;
	struct sock *sk;
	int dev, lower;

	if (pkt->rst || !pkt->ack || (skb->sk && !is_request(skb->sk)) ||
	    (!said->count && !atomic_read(&bn->ask_count)))
		return pass(bn, InNoLatch);
	dev = came_by(skb, flow, &lower);
	sk = btns_latch_socket_find(bn, flow, dev);
	if (!sk && lower)
		sk = btns_latch_socket_find(bn, flow, lower);
	if (sk) {
		has_request = is_request(sk) && completes(skb, pkt, sk);
		sock_gen_put(sk);
		if (!has_request)
			return pass(bn, InNoLatch);
	}
	return open_passive(bn, skb, flow, pkt, said, has_request);
}

/*
 * May a SYN put an end to a latch? One without a socket is over, unless it is
 * so young that the socket may be to come (with SYN cookies it comes last).
 * TIME_WAIT and the young give way only to who sends under the latch: TCP may
 * well refuse the SYN and answer for the old connection.
 */
static bool outlived(struct btns_latch *latch, const struct btns_said *said)
{
	struct sock *sk = btns_latch_owner_find(latch);
	bool over = true;

	if (sk) {
		over = sk->sk_state == TCP_TIME_WAIT;
		sock_gen_put(sk);
	} else if (!btns_latch_owner_awaited(latch)) {
		return true;
	}
	return over && btns_latch_agrees(latch, said);
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

	if (pkt->opens && btns_latch_mptcp_refuses(bn, skb, pkt->thoff))
		return drop(bn, flow, 0, InDropJoin);
	if (latch && pkt->opens && outlived(latch, said)) {
		/* a new connection with an old 5-tuple */
		btns_latch_release(latch);
		latch = NULL;
	}
	if (latch)
		return btns_latch_check_in(latch, said);
	if (pkt->opens)
		return open_passive(bn, skb, flow, pkt, said, false);
	return check_in_unlatched(bn, skb, flow, pkt, said);
}

/* A local socket opens a connection. */
static bool open_active(struct btns_net *bn, const struct sk_buff *skb,
			struct sock *sk, const struct btns_flow *flow,
			const struct btns_packet *pkt,
			const struct btns_said *said)
{
	struct btns_owner owner = btns_owner_sends(sk, said->mark);
	struct btns_want want;

	btns_latch_wish(bn, sk, &want);
	if (bypasses_wrongly(bn, sk, &want, flow, said->mark))
		return btns_latch_refuse_out(bn, flow, &want, &owner,
					     BTNS_REASON_POLICY, -EPERM);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, OutNoLatch);
	owner.mptcp = btns_tcpopt_mptcp(skb, pkt->thoff) & BTNS_MPTCP_CAPABLE;
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
	__btns_latch_embryo_end(latch);
	spin_unlock_bh(&latch->lock);
}

/* Is it the latch of an earlier connection of this 5-tuple? */
static bool left_behind(struct btns_latch *latch, struct sock *sk)
{
	return latch->cookie != btns_latch_cookie(sk) || READ_ONCE(latch->sk);
}

/*
 * Does its socket ask for something else by now? It was disconnected then, and
 * opens the same 5-tuple again: nothing was said under the latch.
 */
static bool asks_anew(struct btns_latch *latch, struct sock *sk)
{
	struct btns_want now;

	if (READ_ONCE(latch->state) > BTNS_LATCH_STATE_ESTABLISHED)
		return false;
	btns_latch_wish(latch->bn, sk, &now);
	return !btns_want_equal(&latch->want, &now);
}

/*
 * Does another connection of this 5-tuple live? In VRFs there may be two, and
 * the second must not have the latch of the first.
 */
static bool has_twin(struct btns_latch *latch, const struct sock *sk)
{
	struct sock *owner = btns_latch_owner_find(latch);
	bool twin;

	if (!owner)
		return false;
	twin = owner != sk && owner->sk_state != TCP_TIME_WAIT;
	sock_gen_put(owner);
	return twin;
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
 * @skb: packet in LOCAL_OUT
 * @sk: who sends it, or NULL; a connection's socket, a listener's on behalf of
 *	a request, a control socket
 * @flow: its flow as the headers have it
 * @pkt: its TCP flags
 * @said: the SAs that it will go through
 *
 * Context: softirq or process, RCU read section; @sk may be locked.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_tcp_out(struct btns_net *bn, const struct sk_buff *skb,
			struct sock *sk, const struct btns_flow *flow,
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
	if (pkt->opens && btns_latch_mptcp_refuses(bn, skb, pkt->thoff))
		return drop(bn, flow, 0, OutDropJoin);
	latch = btns_latch_find_rcu(bn, flow);
	if (latch && opens &&
	    (left_behind(latch, sk) || asks_anew(latch, sk))) {
		if (has_twin(latch, sk))
			return drop(bn, flow, latch->id, OutDropTwin);
		btns_latch_release(latch);
		latch = NULL;
	}
	if (!latch)
		return opens ? open_active(bn, skb, sk, flow, pkt, said) :
			       pass(bn, OutNoLatch);
	/* a control socket does not have the connection's own policy */
	if (!sk && latch->own_policy && !said->count && !said->larval)
		return drop(bn, flow, latch->id, OutDropClear);
	if (sk && unlikely(!latch->cookie))
		learn_cookie(latch, sk);
	return btns_latch_check_out(latch, said);
}
