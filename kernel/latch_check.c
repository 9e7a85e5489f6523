// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict on a packet: does what IPsec says of it agree with the latch of
 * its flow? A packet that opens a connection makes the latch (RFC 5660
 * section 5.1); every other packet is only compared.
 *
 * Hit path: one table look-up for the latch, one for the binding of the SA, a
 * few compares; no lock, no allocation, no sleep. No verdict means drop.
 */
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "btns_trace.h"
#include "latch.h"

#define pass(bn, why)							\
	({								\
		btns_mib_inc(bn, why);					\
		true;							\
	})

#define drop(bn, flow, latch_id, why)					\
	({								\
		btns_mib_inc(bn, why);					\
		trace_btns_drop(flow, BTNS_MIB_##why, latch_id);	\
		false;							\
	})

/* What an application gets when what it required cannot be had. */
static int reason_errno(enum btns_reason reason)
{
	switch (reason) {
	case BTNS_REASON_PEER:
	case BTNS_REASON_UNIDENTIFIED:
		return -EKEYREJECTED;
	default:
		return -EACCES;
	}
}

static bool latchable(const struct btns_said *said)
{
	return said->count == 1 && (said->x->id.proto == IPPROTO_ESP ||
				    said->x->id.proto == IPPROTO_AH);
}

/* May a latch with this wish take its values from this packet's SA? */
static enum btns_reason acceptable(struct btns_net *bn,
				   const struct btns_want *want,
				   const struct btns_said *said)
{
	const struct btns_ident *peer = said->sa ? said->sa->peer : NULL;

	if (!said->count)
		return BTNS_REASON_UNPROTECTED;
	if (!latchable(said))
		return BTNS_REASON_BUNDLE;
	if (!peer)
		return want->has_peer ||
		       !READ_ONCE(bn->knobs.latch_unidentified) ?
			       BTNS_REASON_UNIDENTIFIED : BTNS_REASON_NONE;
	if (want->has_peer &&
	    (peer->type != want->peer_type ||
	     (want->peer_method && peer->method != want->peer_method) ||
	     memcmp(peer->digest, want->peer, sizeof(want->peer))))
		return BTNS_REASON_PEER;
	return BTNS_REASON_NONE;
}

/* The same, and no SA in the SAD that would conflict. */
static enum btns_reason satisfies(struct btns_net *bn,
				  const struct btns_flow *flow,
				  const struct btns_want *want,
				  const struct btns_said *said, bool *conflict)
{
	enum btns_reason reason = acceptable(bn, want, said);

	*conflict = false;
	if (reason == BTNS_REASON_NONE &&
	    btns_latch_sad_conflict(bn, flow, said, &reason)) {
		btns_mib_inc(bn, LatchConflict);
		*conflict = true;
	}
	return reason;
}

/* Replay protection is latched off the first inbound SA (see qop.c). */
static enum btns_reason compare_replay(struct btns_latch *latch, u8 replay)
{
	enum btns_reason reason = BTNS_REASON_NONE;

	spin_lock_bh(&latch->lock);
	if (!latch->replay_known) {
		latch->qop.replay = replay;
		latch->replay_known = true;
	} else if (latch->qop.replay != replay) {
		reason = BTNS_REASON_QOP;
	}
	spin_unlock_bh(&latch->lock);
	return reason;
}

/* Is the packet's SA congruent with an established latch? */
static enum btns_reason congruent(struct btns_latch *latch,
				  const struct btns_said *said)
{
	bool in = said->dir == BTNS_SA_IN;
	u64 *seen = in ? &latch->seen_in : &latch->seen_out;
	enum btns_reason reason;
	struct btns_qop qop;

	if (!said->count)
		return BTNS_REASON_BYPASS;
	if (!latchable(said))
		return BTNS_REASON_BUNDLE;
	/* A binding is immutable and its id is never used twice. */
	if (said->sa && READ_ONCE(*seen) == said->sa->id)
		return BTNS_REASON_NONE;

	if (!said->sa && latch->peer)
		return BTNS_REASON_UNIDENTIFIED;
	if (said->sa && said->sa->peer != latch->peer)
		return BTNS_REASON_PEER;
	if (said->sa && said->sa->local != latch->local)
		return BTNS_REASON_LOCAL_ID;
	btns_qop_from_state(&qop, said->x);
	reason = btns_qop_compare(&latch->qop, &qop);
	if (reason == BTNS_REASON_NONE && in)
		reason = compare_replay(latch, qop.replay);
	if (reason == BTNS_REASON_NONE && said->sa)
		WRITE_ONCE(*seen, said->sa->id);
	return reason;
}

static bool is_peer_reason(enum btns_reason reason)
{
	return reason == BTNS_REASON_PEER || reason == BTNS_REASON_LOCAL_ID ||
	       reason == BTNS_REASON_UNIDENTIFIED;
}

static bool drop_in(struct btns_net *bn, const struct btns_flow *flow, u64 id,
		    enum btns_reason reason)
{
	if (reason == BTNS_REASON_BYPASS || reason == BTNS_REASON_UNPROTECTED)
		return drop(bn, flow, id, InDropClear);
	if (reason == BTNS_REASON_BUNDLE)
		return drop(bn, flow, id, InDropBundle);
	if (is_peer_reason(reason))
		return drop(bn, flow, id, InDropPeer);
	return drop(bn, flow, id, InDropProtection);
}

static bool drop_out(struct btns_net *bn, const struct btns_flow *flow, u64 id,
		     enum btns_reason reason)
{
	if (reason == BTNS_REASON_BYPASS || reason == BTNS_REASON_UNPROTECTED)
		return drop(bn, flow, id, OutDropClear);
	if (reason == BTNS_REASON_BUNDLE)
		return drop(bn, flow, id, OutDropBundle);
	if (is_peer_reason(reason))
		return drop(bn, flow, id, OutDropPeer);
	return drop(bn, flow, id, OutDropProtection);
}

static void wish_of(struct btns_net *bn, struct sock *sk,
		    struct btns_want *want)
{
	if (!atomic_read(&bn->ask_count) ||
	    !btns_ask_find_rcu(bn, btns_latch_cookie(sk), want))
		memset(want, 0, sizeof(*want));
	btns_ask_resolve(bn, want);
}

static bool has_own_policy(struct sock *sk)
{
	return rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
}

/* A peer opens a connection to a socket that listens. */
static bool open_passive(struct btns_net *bn, struct sk_buff *skb,
			 const struct btns_flow *flow,
			 const struct btns_segment *seg,
			 const struct btns_said *said)
{
	struct btns_latch *latch;
	enum btns_reason reason;
	struct btns_want want;
	struct sock *listener;
	bool conflict;

	listener = btns_latch_listener_find_rcu(bn, skb, flow, seg->doff,
						skb->skb_iif);
	if (!listener)
		return pass(bn, InNoLatch);	/* TCP answers with a reset */
	wish_of(bn, listener, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, InNoLatch);

	reason = satisfies(bn, flow, &want, said, &conflict);
	if (conflict)
		return drop_in(bn, flow, 0, reason);
	if (reason != BTNS_REASON_NONE) {
		if (want.mode == BTNS_ASK_MODE_REQUIRE)
			return drop(bn, flow, 0, InDropRequired);
		return pass(bn, InNoLatch);
	}

	latch = btns_latch_alloc(bn, flow, &want);
	if (!latch)
		return drop(bn, flow, 0, InDropLimit);
	latch->passive = true;
	latch->ifindex = skb->skb_iif;
	latch->own_policy = has_own_policy(listener);
	latch->parent = btns_latch_listen(bn, listener, &want);
	btns_latch_set_values(latch, said);
	/* The loser of a race sees its SYN again. */
	if (btns_latch_publish(latch, BTNS_LATCH_STATE_ESTABLISHED,
			       BTNS_REASON_NONE))
		return drop(bn, flow, 0, InDropLimit);
	return pass(bn, InOk);
}

/*
 * No latch and no SYN. With SYN cookies the socket, and so the latch, are
 * made only now, by the ACK; everything else was decided when it opened.
 */
static bool check_in_unlatched(struct btns_net *bn, struct sk_buff *skb,
			       const struct btns_flow *flow,
			       const struct btns_segment *seg,
			       const struct btns_said *said)
{
	struct sock *sk;

	if (seg->rst || !seg->ack || skb->sk ||
	    (!said->count && !atomic_read(&bn->ask_count)))
		return pass(bn, InNoLatch);
	sk = btns_latch_socket_find(bn, flow, skb->skb_iif);
	if (sk) {
		sock_gen_put(sk);
		return pass(bn, InNoLatch);
	}
	return open_passive(bn, skb, flow, seg, said);
}

/* Is a latch left from a connection that is over? */
static bool outlived(const struct btns_latch *latch)
{
	struct sock *sk = btns_latch_owner_find(latch);
	bool over;

	if (!sk)
		return true;
	over = sk->sk_state == TCP_TIME_WAIT;
	sock_gen_put(sk);
	return over;
}

/*
 * Broken by a packet. If that came of a change that is undone already, the
 * event work finds no conflict and mends the latch.
 */
static void break_by_packet(struct btns_latch *latch, enum btns_reason reason)
{
	if (btns_latch_break_one(latch, reason))
		btns_latch_event_gone(latch->bn);
}

static bool check_in_established(struct btns_latch *latch,
				 const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	enum btns_reason reason = congruent(latch, said);

	if (likely(reason == BTNS_REASON_NONE))
		return pass(bn, InOk);
	/*
	 * Anyone can send a clear packet; only who has an SA for this flow
	 * can break its latch.
	 */
	if (said->count == 1 &&
	    btns_qop_covers(said->x, &latch->flow) != BTNS_SA_NONE)
		break_by_packet(latch, reason);
	return drop_in(bn, &latch->flow, latch->id, reason);
}

/* Simultaneous open: the peer's SYN may bring the SA. */
static bool check_in_larval(struct btns_latch *latch,
			    const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	bool conflict;

	if (satisfies(bn, &latch->flow, &latch->want, said, &conflict) ==
		    BTNS_REASON_NONE &&
	    btns_latch_establish(latch, said))
		return pass(bn, InOk);
	return drop(bn, &latch->flow, latch->id, InDropLarval);
}

static bool check_in_latched(struct btns_latch *latch,
			     const struct btns_said *said)
{
	/* Paired with the release in __btns_latch_move(): values are there. */
	switch (smp_load_acquire(&latch->state)) {
	case BTNS_LATCH_STATE_ESTABLISHED:
		return check_in_established(latch, said);
	case BTNS_LATCH_STATE_LARVAL:
		return check_in_larval(latch, said);
	case BTNS_LATCH_STATE_BROKEN:
		return drop(latch->bn, &latch->flow, latch->id, InDropBroken);
	default:
		return drop(latch->bn, &latch->flow, latch->id, InDropClosed);
	}
}

/**
 * btns_latch_check_in - may this TCP segment come in
 * @bn: namespace
 * @skb: packet in LOCAL_IN
 * @flow: its flow
 * @seg: its TCP flags
 * @said: the SAs that it came through
 *
 * Context: softirq or process, RCU read section.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_check_in(struct btns_net *bn, struct sk_buff *skb,
			 const struct btns_flow *flow,
			 const struct btns_segment *seg,
			 const struct btns_said *said)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);

	if (latch && seg->syn && outlived(latch)) {
		/* a new connection with an old 5-tuple */
		btns_latch_release(latch);
		latch = NULL;
	}
	if (latch)
		return check_in_latched(latch, said);
	if (seg->syn)
		return open_passive(bn, skb, flow, seg, said);
	return check_in_unlatched(bn, skb, flow, seg, said);
}

/* A latch for a connection that we open. */
static struct btns_latch *make_active(struct btns_net *bn, struct sock *sk,
				      const struct btns_flow *flow,
				      const struct btns_want *want,
				      const struct btns_said *said,
				      enum btns_reason reason)
{
	bool ready = reason == BTNS_REASON_NONE;
	struct btns_latch *latch = btns_latch_alloc(bn, flow, want);

	if (!latch)
		return NULL;
	latch->ifindex = sk->sk_bound_dev_if;
	latch->own_policy = has_own_policy(sk);
	latch->cookie = btns_latch_cookie(sk);
	if (ready)
		btns_latch_set_values(latch, said);
	if (btns_latch_publish(latch, ready ? BTNS_LATCH_STATE_ESTABLISHED :
					      BTNS_LATCH_STATE_LARVAL, reason))
		return NULL;
	return latch;
}

/* A local socket opens a connection. */
static bool open_active(struct btns_net *bn, struct sock *sk,
			const struct btns_flow *flow,
			const struct btns_said *said)
{
	enum btns_reason reason = BTNS_REASON_PENDING;
	struct btns_latch *latch;
	struct btns_want want;
	bool conflict = false;

	wish_of(bn, sk, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, OutNoLatch);
	if (!said->larval) {
		reason = satisfies(bn, flow, &want, said, &conflict);
		if (reason != BTNS_REASON_NONE && !conflict &&
		    want.mode != BTNS_ASK_MODE_REQUIRE)
			return pass(bn, OutNoLatch);
	}

	latch = make_active(bn, sk, flow, &want, said, reason);
	if (!latch)
		return drop(bn, flow, 0, OutDropLimit);
	if (reason == BTNS_REASON_NONE)
		return pass(bn, OutOk);
	if (said->larval)
		return drop(bn, flow, latch->id, OutDropLarval);
	if (conflict)
		return drop_out(bn, flow, latch->id, reason);
	btns_latch_close_one(latch, reason, reason_errno(reason));
	return drop(bn, flow, latch->id, OutDropRequired);
}

/* A SYN that waited for its SA. */
static bool check_out_larval(struct btns_latch *latch,
			     const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	enum btns_reason reason;
	bool conflict;

	if (said->larval)
		return drop(bn, &latch->flow, latch->id, OutDropLarval);
	reason = satisfies(bn, &latch->flow, &latch->want, said, &conflict);
	if (reason == BTNS_REASON_NONE && btns_latch_establish(latch, said))
		return pass(bn, OutOk);
	if (!conflict && latch->want.mode == BTNS_ASK_MODE_REQUIRE) {
		btns_latch_close_one(latch, reason, reason_errno(reason));
		return drop(bn, &latch->flow, latch->id, OutDropRequired);
	}
	if (!conflict && (reason == BTNS_REASON_BUNDLE ||
			  reason == BTNS_REASON_UNIDENTIFIED)) {
		/* protected, but in a way that is never latched */
		btns_latch_release(latch);
		return pass(bn, OutNoLatch);
	}
	return drop_out(bn, &latch->flow, latch->id, reason);
}

static bool check_out_established(struct btns_latch *latch,
				  const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	enum btns_reason reason;

	/* No SA just now: as if the network had lost it. */
	if (said->larval)
		return drop(bn, &latch->flow, latch->id, OutDropLarval);
	reason = congruent(latch, said);
	if (likely(reason == BTNS_REASON_NONE))
		return pass(bn, OutOk);
	break_by_packet(latch, reason);
	return drop_out(bn, &latch->flow, latch->id, reason);
}

static bool check_out_latched(struct btns_latch *latch,
			      const struct btns_said *said)
{
	/* Paired with the release in __btns_latch_move(): values are there. */
	switch (smp_load_acquire(&latch->state)) {
	case BTNS_LATCH_STATE_ESTABLISHED:
		return check_out_established(latch, said);
	case BTNS_LATCH_STATE_LARVAL:
		return check_out_larval(latch, said);
	case BTNS_LATCH_STATE_BROKEN:
		return drop(latch->bn, &latch->flow, latch->id, OutDropBroken);
	default:
		return drop(latch->bn, &latch->flow, latch->id, OutDropClosed);
	}
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

/**
 * btns_latch_check_out - may this TCP segment go out
 * @bn: namespace
 * @sk: connection socket that sends it, or NULL (control sockets, requests)
 * @flow: its flow
 * @seg: its TCP flags
 * @said: the SAs that it will go through
 *
 * Context: softirq or process, RCU read section; @sk may be locked.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_check_out(struct btns_net *bn, struct sock *sk,
			  const struct btns_flow *flow,
			  const struct btns_segment *seg,
			  const struct btns_said *said)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);
	bool opens = seg->syn && sk;

	if (latch && opens && left_behind(latch, sk)) {
		btns_latch_release(latch);
		latch = NULL;
	}
	if (!latch)
		return opens ? open_active(bn, sk, flow, said) :
			       pass(bn, OutNoLatch);
	if (sk && unlikely(!latch->cookie))
		learn_cookie(latch, sk);
	return check_out_latched(latch, said);
}
