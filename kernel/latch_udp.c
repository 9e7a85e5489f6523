// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP: which socket a datagram is for, and what a latch means where there are
 * no connections (RFC 5660 sections 5.2 and 5.3).
 *
 * A connected socket is latched as a TCP connection is, by its first datagram
 * either way. One that is not connected is latched for each peer it talks to,
 * but only if it asked: such a latch goes when nothing was said for a while.
 * A latch holds its socket, so that finding out who lives costs nothing.
 */
#include <linux/ip.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/udp.h>

#include "verdict.h"

/* Is the socket connected to the far end of this flow? */
static bool connected_to(const struct sock *sk, const struct btns_flow *flow)
{
	struct btns_flow own;

	if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return false;
	btns_flow_from_sk(sk, &own);
	return own.family == flow->family && own.rport == flow->rport &&
	       nf_inet_addr_cmp(&own.raddr, &flow->raddr);
}

/* What a socket wants of its datagrams with one peer. */
static void wish_of(struct btns_net *bn, struct sock *sk, bool connected,
		    struct btns_want *want)
{
	if (connected) {
		btns_latch_wish(bn, sk, want);
		return;
	}
	/* nothing is done unasked: there is no end that could be noticed */
	if (!atomic_read(&bn->ask_count) ||
	    !btns_ask_find_rcu(bn, btns_latch_cookie(sk), want)) {
		want->mode = BTNS_ASK_MODE_OFF;
		return;
	}
	btns_ask_resolve(bn, want);
}

static void own(struct btns_owner *owner, struct sock *sk, bool connected)
{
	owner->sk = sk;
	owner->payer = sk;
	owner->cookie = btns_latch_cookie(sk);
	owner->loose = !connected;
	owner->own_policy = rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
}

/*
 * A latch that waits for its SA was made for what its socket asked for then, and
 * nothing was said under it: is it another that sends, or does it ask for
 * something else by now? The sender is NULL for what comes in.
 */
static bool outdated(struct btns_net *bn, const struct btns_latch *latch,
		     struct sock *owner, struct sock *sender)
{
	struct btns_want now = {};

	if (READ_ONCE(latch->state) != BTNS_LATCH_STATE_LARVAL)
		return false;
	if (sender && sender != owner)
		return true;
	wish_of(bn, owner, connected_to(owner, &latch->flow), &now);
	return !btns_want_equal(&latch->want, &now);
}

/* The latch of a flow, unless its socket is closed, or asks for another. */
static struct btns_latch *find(struct btns_net *bn,
			       const struct btns_flow *flow,
			       struct sock *sender)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);
	struct sock *sk;

	if (!latch)
		return NULL;
	/* UDP sockets are freed a grace period after their last reference */
	sk = READ_ONCE(latch->sk);
	if (!sk || sock_flag(sk, SOCK_DEAD) ||
	    outdated(bn, latch, sk, sender)) {
		btns_latch_release(latch);
		return NULL;
	}
	if (latch->loose)
		WRITE_ONCE(latch->used, jiffies);
	return latch;
}

/* A datagram for a socket that has no latch with this peer. */
static bool open_in(struct btns_net *bn, struct sock *sk,
		    const struct btns_flow *flow, const struct btns_said *said)
{
	struct btns_owner owner = { .passive = true };
	bool connected = connected_to(sk, flow);
	struct btns_want want;

	wish_of(bn, sk, connected, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, InNoLatch);
	own(&owner, sk, connected);
	owner.marks.in = said->mark;
	owner.marks.out = READ_ONCE(sk->sk_mark);
	return btns_latch_open_in(bn, flow, &want, said, &owner);
}

/**
 * btns_latch_udp_in - may this datagram come in
 * @bn: namespace
 * @skb: packet in LOCAL_IN
 * @flow: its flow
 * @said: the SAs that it came through
 *
 * Context: softirq or process, RCU read section.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_udp_in(struct btns_net *bn, struct sk_buff *skb,
		       const struct btns_flow *flow,
		       const struct btns_said *said)
{
	struct btns_latch *latch = find(bn, flow, NULL);
	struct sock *sk;
	bool ok;

	if (latch)
		return btns_latch_check_in(latch, said);
	if (!said->count && !atomic_read(&bn->ask_count))
		return pass(bn, InNoLatch);
	sk = btns_latch_datagram_find(bn, flow, skb->skb_iif);
	if (!sk) {
		btns_latch_icmp_unheard(bn, flow, said);
		return pass(bn, InNoLatch);	/* an ICMP error answers */
	}
	ok = open_in(bn, sk, flow, said);
	sock_put(sk);
	return ok;
}

/* A socket sends to a peer with which it has no latch. */
static bool open_out(struct btns_net *bn, struct sock *sk,
		     const struct btns_flow *flow, bool connected,
		     const struct btns_said *said)
{
	struct btns_owner owner = {};
	struct btns_want want;

	wish_of(bn, sk, connected, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, OutNoLatch);
	own(&owner, sk, connected);
	owner.marks.in = said->mark;
	owner.marks.out = said->mark;
	return btns_latch_open_out(bn, flow, &want, said, &owner);
}

/* Would its owner rather wait than be told of a break? */
static bool waits(const struct btns_latch *latch)
{
	return latch->want.disposition == BTNS_DISPOSITION_WAIT &&
	       READ_ONCE(latch->state) != BTNS_LATCH_STATE_CLOSED;
}

static bool is_udp(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_protocol == IPPROTO_UDP &&
	       sk->sk_type == SOCK_DGRAM;
}

/**
 * btns_latch_udp_out - may this datagram go out
 * @bn: namespace
 * @sk: who sends it, or NULL; with ESP in UDP the socket of what is inside
 * @flow: its flow as the headers have it
 * @said: the SAs that it will go through
 * @as_lost: out: if dropped, its sender is not to be told
 *
 * What waits for an SA, or for the end of a conflict, is as if the network had
 * lost it (RFC 5660 section 2); a sender that is cut off gets an error.
 *
 * Context: softirq or process, RCU read section; @sk may be locked.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_udp_out(struct btns_net *bn, struct sock *sk,
			const struct btns_flow *flow,
			const struct btns_said *said, bool *as_lost)
{
	struct btns_latch *latch;
	struct btns_flow mine;
	bool connected;

	connected = is_udp(sk) && connected_to(sk, flow);
	if (connected) {
		btns_flow_from_sk(sk, &mine);	/* address translation apart */
		flow = &mine;
	}
	latch = find(bn, flow, is_udp(sk) ? sk : NULL);
	*as_lost = said->larval ||
		   (latch && (waits(latch) || btns_latch_out_waits(latch, said)));
	if (latch)
		return btns_latch_check_out(latch, said);
	if (!is_udp(sk))
		return pass(bn, OutNoLatch);
	return open_out(bn, sk, flow, connected, said);
}

/**
 * btns_latch_pin - a program relies on the latch of one of its peers
 * @latch: latch of a UDP socket; RCU or a reference keeps it
 * @id: the number that it must have; 0 to rely on it no more
 *
 * Context: any but hard interrupts.
 * Return: 0, or -EINVAL if it is another latch, or not established.
 */
int btns_latch_pin(struct btns_latch *latch, u64 id)
{
	int err = 0;

	spin_lock_bh(&latch->lock);
	if (!id)
		latch->pinned = false;
	else if (latch->id == id && !latch->gone &&
		 latch->state == BTNS_LATCH_STATE_ESTABLISHED)
		latch->pinned = true;
	else
		err = -EINVAL;
	spin_unlock_bh(&latch->lock);
	return err;
}
