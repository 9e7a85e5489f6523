// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict on a packet: does what IPsec says of it agree with the latch of
 * its flow, or with the wish of the socket that it is for? What opens a
 * conversation makes the latch (RFC 5660 section 5); latch_tcp.c and
 * latch_udp.c know what does. Every other packet is only compared.
 *
 * Hit path: one table look-up for the latch, one for the binding of the SA, a
 * few compares; no lock, no allocation, no sleep. No verdict means drop.
 */
#include <net/sock.h>

#include "verdict.h"

/**
 * btns_latch_reason_errno - what a program gets when its wish cannot be had
 * @reason: why not
 *
 * Context: any.
 * Return: negative errno.
 */
int btns_latch_reason_errno(enum btns_reason reason)
{
	switch (reason) {
	case BTNS_REASON_PEER:
	case BTNS_REASON_LOCAL_ID:
	case BTNS_REASON_UNIDENTIFIED:
		return -EKEYREJECTED;
	default:
		return -EACCES;
	}
}

/* May a latch with this wish take its values from this packet's SA? */
static enum btns_reason acceptable(struct btns_net *bn,
				   const struct btns_flow *flow,
				   const struct btns_want *want,
				   const struct btns_said *said)
{
	const struct btns_ident *peer = said->sa ? said->sa->peer : NULL;
	enum btns_reason reason = btns_said_openable(said);

	if (reason != BTNS_REASON_NONE)
		return reason;
	if (!peer && (want->has_peer ||
		      !READ_ONCE(bn->knobs.latch_unidentified)))
		return BTNS_REASON_UNIDENTIFIED;
	if (want->has_peer &&
	    (peer->type != want->peer_type ||
	     (want->peer_method && peer->method != want->peer_method) ||
	     memcmp(peer->digest, want->peer, sizeof(want->peer))))
		return BTNS_REASON_PEER;
	if (want->exact && !btns_qop_exact(said->x, flow, said->dir))
		return BTNS_REASON_WIDE;
	return btns_wish_granted(want->wish, said);
}

/**
 * btns_latch_satisfies - may a latch take its values from a packet's SA
 * @bn: namespace
 * @flow: its flow
 * @marks: how its packets are marked
 * @want: what was asked for, resolved
 * @said: what IPsec says of the packet
 * @conflict: out: it could, were there not another SA that conflicts
 *
 * Context: RCU read section; takes xfrm_state_lock.
 * Return: BTNS_REASON_NONE, or why not.
 */
enum btns_reason btns_latch_satisfies(struct btns_net *bn,
				      const struct btns_flow *flow,
				      const struct btns_marks *marks,
				      const struct btns_want *want,
				      const struct btns_said *said,
				      bool *conflict)
{
	enum btns_reason reason = acceptable(bn, flow, want, said);

	*conflict = false;
	if (reason == BTNS_REASON_NONE &&
	    btns_latch_sad_conflict(bn, flow, marks, said, &reason)) {
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
		latch->replay = replay;
		latch->replay_known = true;
	} else if (latch->replay != replay) {
		reason = BTNS_REASON_QOP;
	}
	spin_unlock_bh(&latch->lock);
	return reason;
}

/* What a packet that goes out tells of the policy that it goes by. */
static void note_out(struct btns_latch *latch, const struct btns_said *said)
{
	WRITE_ONCE(latch->reqid, said->x->props.reqid);
	if (READ_ONCE(latch->lenient) == BTNS_LENIENT_UNKNOWN)
		WRITE_ONCE(latch->lenient, btns_said_lenient(said));
}

/* Is the packet's SA congruent with an established latch? */
static enum btns_reason congruent(struct btns_latch *latch,
				  const struct btns_said *said)
{
	bool in = said->dir == BTNS_SA_IN;
	u64 *seen = in ? &latch->seen_in : &latch->seen_out;
	struct btns_values latched, theirs = {};
	enum btns_reason reason;
	struct btns_qop qop;

	if (!said->count)
		return BTNS_REASON_BYPASS;
	reason = btns_said_latchable(said);
	if (reason != BTNS_REASON_NONE)
		return reason;
	/* A binding is immutable and its id is never used twice. */
	if (said->sa && READ_ONCE(*seen) == said->sa->id)
		return BTNS_REASON_NONE;

	latched.peer = latch->peer;
	latched.local = latch->local;
	latched.qop = &latch->suite->key.qop;
	if (said->sa) {
		theirs.peer = said->sa->peer;
		theirs.local = said->sa->local;
	}
	theirs.qop = &qop;
	btns_qop_from_state(&qop, said->x);
	reason = btns_values_compare(&latched, &theirs);
	if (reason == BTNS_REASON_NONE && in)
		reason = compare_replay(latch, qop.replay);
	if (reason == BTNS_REASON_NONE && !in)
		note_out(latch, said);
	if (reason == BTNS_REASON_NONE && said->sa)
		WRITE_ONCE(*seen, said->sa->id);
	return reason;
}

static bool is_peer_reason(enum btns_reason reason)
{
	return reason == BTNS_REASON_PEER || reason == BTNS_REASON_LOCAL_ID ||
	       reason == BTNS_REASON_UNIDENTIFIED;
}

static bool is_form_reason(enum btns_reason reason)
{
	return reason == BTNS_REASON_BUNDLE ||
	       reason == BTNS_REASON_INTERFACE ||
	       reason == BTNS_REASON_OFFLOAD;
}

/**
 * btns_latch_drop_in - drop a packet that came in, and count why
 * @bn: namespace
 * @flow: its flow
 * @id: of the latch, or 0
 * @reason: why
 *
 * Context: any.
 * Return: false.
 */
bool btns_latch_drop_in(struct btns_net *bn, const struct btns_flow *flow,
			u64 id, enum btns_reason reason)
{
	if (reason == BTNS_REASON_BYPASS || reason == BTNS_REASON_UNPROTECTED)
		return drop(bn, flow, id, InDropClear);
	if (is_form_reason(reason))
		return drop(bn, flow, id, InDropBundle);
	if (is_peer_reason(reason))
		return drop(bn, flow, id, InDropPeer);
	return drop(bn, flow, id, InDropProtection);
}

/**
 * btns_latch_drop_out - drop a packet on its way out, and count why
 * @bn: namespace
 * @flow: its flow
 * @id: of the latch, or 0
 * @reason: why
 *
 * Context: any.
 * Return: false.
 */
bool btns_latch_drop_out(struct btns_net *bn, const struct btns_flow *flow,
			 u64 id, enum btns_reason reason)
{
	if (reason == BTNS_REASON_BYPASS || reason == BTNS_REASON_UNPROTECTED)
		return drop(bn, flow, id, OutDropClear);
	if (is_form_reason(reason))
		return drop(bn, flow, id, OutDropBundle);
	if (is_peer_reason(reason))
		return drop(bn, flow, id, OutDropPeer);
	return drop(bn, flow, id, OutDropProtection);
}

/**
 * btns_latch_wish - what a socket asks for, or the administrator for it
 * @bn: namespace
 * @sk: full socket
 * @want: filled, resolved
 *
 * Context: RCU read section.
 */
void btns_latch_wish(struct btns_net *bn, struct sock *sk,
		     struct btns_want *want)
{
	if (!atomic_read(&bn->ask_count) ||
	    !btns_ask_find_rcu(bn, btns_latch_cookie(sk), want))
		memset(want, 0, sizeof(*want));
	btns_ask_resolve(bn, want);
}

/*
 * There is no room for the latch of a conversation. Who required it is told, by
 * the errno of the limit; who did not sees the packet lost, and sends it again.
 */
static void refuse(struct btns_net *bn, const struct btns_flow *flow,
		   const struct btns_want *want,
		   const struct btns_owner *owner, int err)
{
	if (want->mode != BTNS_ASK_MODE_REQUIRE || err == -EEXIST)
		return;
	btns_ask_refuse_rcu(bn, owner->cookie, BTNS_REASON_LIMIT);
	if (flow->proto == IPPROTO_TCP)
		btns_latch_owner_refuse(bn, owner->payer, err);
}

/*
 * A latch with the values of an SA, or larval if @reason says why not yet; or
 * an ERR_PTR.
 */
static struct btns_latch *make(struct btns_net *bn, const struct btns_flow *flow,
			       const struct btns_want *want,
			       const struct btns_said *said,
			       enum btns_reason reason, enum btns_own own,
			       const struct btns_owner *owner)
{
	bool ready = reason == BTNS_REASON_NONE;
	struct btns_latch *latch;
	int err;

	latch = btns_latch_alloc(bn, owner->payer, flow, want);
	if (IS_ERR(latch))
		return latch;
	btns_latch_owner_set(latch, owner);
	latch->own = own;
	if (owner->listener)
		latch->parent = btns_latch_listen(bn, owner->listener, want);
	if (ready && !btns_latch_set_values(latch, said)) {
		btns_latch_discard(latch);
		return ERR_PTR(-ENOMEM);
	}
	if (owner->embryo != BTNS_EMBRYO_NONE)
		btns_latch_embryo_begin(latch);
	err = btns_latch_publish(latch, ready ? BTNS_LATCH_STATE_ESTABLISHED :
						BTNS_LATCH_STATE_LARVAL,
				 reason);
	return err ? ERR_PTR(err == -EEXIST ? err : -ENOMEM) : latch;
}

/**
 * btns_latch_open_in - a packet from outside opens a conversation
 * @bn: namespace
 * @flow: its flow, which has no latch
 * @want: what the socket that it is for asks for; not off
 * @said: the SAs that it came through
 * @owner: that socket
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop the packet (counted and traced).
 */
bool btns_latch_open_in(struct btns_net *bn, const struct btns_flow *flow,
			const struct btns_want *want,
			const struct btns_said *said,
			const struct btns_owner *owner)
{
	enum btns_reason reason;
	bool conflict;

	if (said->parts)
		return want->mode == BTNS_ASK_MODE_REQUIRE ?
			       drop(bn, flow, 0, InDropFragment) :
			       pass(bn, InNoLatch);
	reason = btns_latch_satisfies(bn, flow, &owner->marks, want, said,
				      &conflict);
	if (conflict)
		return btns_latch_drop_in(bn, flow, 0, reason);
	if (reason != BTNS_REASON_NONE) {
		if (want->mode == BTNS_ASK_MODE_REQUIRE)
			return drop(bn, flow, 0, InDropRequired);
		return pass(bn, InNoLatch);
	}
	if (owner->listener &&
	    !btns_own_answers(bn, owner->listener, flow,
			      owner->marks.out, want))
		return drop(bn, flow, 0, InDropLarval);
	if (owner->embryo != BTNS_EMBRYO_NONE &&
	    !btns_latch_embryo_room(bn, said->sa ? said->sa->peer : NULL)) {
		btns_mib_inc(bn, LatchEmbryoLimit);
		return owner->embryo == BTNS_EMBRYO_LATER ?
			       pass(bn, InNoLatch) :
			       drop(bn, flow, 0, InDropLimit);
	}
	/* The loser of a race sees its packet again. */
	if (IS_ERR(make(bn, flow, want, said, reason, BTNS_OWN_NONE, owner)))
		return drop(bn, flow, 0, InDropLimit);
	return pass(bn, InOk);
}

/**
 * btns_latch_open_out - a local socket opens a conversation
 * @bn: namespace
 * @flow: its flow, which has no latch
 * @want: what the socket asks for; not off
 * @said: the SAs that the packet will go through
 * @owner: the socket
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop the packet (counted and traced).
 */
bool btns_latch_open_out(struct btns_net *bn, const struct btns_flow *flow,
			 const struct btns_want *want,
			 const struct btns_said *said,
			 const struct btns_owner *owner)
{
	enum btns_reason reason = BTNS_REASON_PENDING;
	bool conflict = false, wait = said->larval;
	enum btns_own own = BTNS_OWN_NONE;
	struct btns_latch *latch;

	if (btns_own_needed(bn, flow, want, said, &owner->marks)) {
		own = BTNS_OWN_WANTED;
		wait = true;
	}
	if (!wait) {
		reason = btns_latch_satisfies(bn, flow, &owner->marks, want,
					      said, &conflict);
		if (reason != BTNS_REASON_NONE && !conflict &&
		    want->mode != BTNS_ASK_MODE_REQUIRE)
			return pass(bn, OutNoLatch);
	}

	latch = make(bn, flow, want, said, reason, own, owner);
	if (IS_ERR(latch)) {
		refuse(bn, flow, want, owner, PTR_ERR(latch));
		return drop(bn, flow, 0, OutDropLimit);
	}
	if (reason == BTNS_REASON_NONE)
		return pass(bn, OutOk);
	btns_own_queue(latch);
	if (wait)
		return drop(bn, flow, latch->id, OutDropLarval);
	if (conflict)
		return btns_latch_drop_out(bn, flow, latch->id, reason);
	btns_latch_close_one(latch, reason, btns_latch_reason_errno(reason));
	return drop(bn, flow, latch->id, OutDropRequired);
}

/**
 * btns_latch_objects - what a latch has against a packet
 * @latch: latch
 * @said: what IPsec says of the packet
 *
 * Context: RCU read section.
 * Return: BTNS_REASON_NONE if the SA is congruent with it, why not, or PENDING
 * if it is not established.
 */
enum btns_reason btns_latch_objects(struct btns_latch *latch,
				    const struct btns_said *said)
{
	/* Paired with the release in __btns_latch_move(): values are there. */
	if (smp_load_acquire(&latch->state) != BTNS_LATCH_STATE_ESTABLISHED)
		return BTNS_REASON_PENDING;
	return congruent(latch, said);
}

/**
 * btns_latch_agrees - would a packet pass under a latch
 * @latch: latch
 * @said: what IPsec says of the packet
 *
 * Context: RCU read section.
 * Return: true if the latch is established and the SA is congruent with it.
 */
bool btns_latch_agrees(struct btns_latch *latch, const struct btns_said *said)
{
	return btns_latch_objects(latch, said) == BTNS_REASON_NONE;
}

/**
 * btns_latch_refuse_out - a local socket may not open a conversation
 * @bn: namespace
 * @flow: its flow, which has no latch
 * @want: what the socket asks for
 * @owner: the socket
 * @reason: why not
 * @err: negative errno that it gets, by a latch that is closed at once
 *
 * Context: RCU read section, softirq or process.
 * Return: false: the packet is dropped, and counted.
 */
bool btns_latch_refuse_out(struct btns_net *bn, const struct btns_flow *flow,
			   const struct btns_want *want,
			   const struct btns_owner *owner,
			   enum btns_reason reason, int err)
{
	struct btns_latch *latch;

	latch = make(bn, flow, want, NULL, reason, BTNS_OWN_NONE, owner);
	if (IS_ERR(latch))
		return drop(bn, flow, 0, OutDropLimit);
	btns_latch_close_one(latch, reason, err);
	return drop(bn, flow, latch->id, OutDropRequired);
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

	if (likely(reason == BTNS_REASON_NONE)) {
		if (unlikely(READ_ONCE(latch->own) == BTNS_OWN_WANTED))
			btns_own_queue(latch);
		return pass(bn, InOk);
	}
	/*
	 * Anyone can send a clear packet; only who has an SA for this flow
	 * can break its latch.
	 */
	if (said->count == 1 &&
	    btns_qop_covers(said->x, &latch->flow, &latch->marks) !=
		    BTNS_SA_NONE)
		break_by_packet(latch, reason);
	return btns_latch_drop_in(bn, &latch->flow, latch->id, reason);
}

/* Simultaneous open: the peer's SYN may bring the SA. */
static bool check_in_larval(struct btns_latch *latch,
			    const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	bool conflict;

	if (btns_latch_satisfies(bn, &latch->flow, &latch->marks, &latch->want,
				 said, &conflict) == BTNS_REASON_NONE &&
	    btns_latch_establish(latch, said))
		return pass(bn, InOk);
	return drop(bn, &latch->flow, latch->id, InDropLarval);
}

/**
 * btns_latch_check_in - may a packet of a latched flow come in
 * @latch: its latch
 * @said: the SAs that it came through
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_check_in(struct btns_latch *latch, const struct btns_said *said)
{
	if (unlikely(said->parts))
		return drop(latch->bn, &latch->flow, latch->id, InDropFragment);
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
 * btns_latch_falls_back - may what waits for its SA go in the clear by now
 * @latch: larval latch
 *
 * Where nobody negotiates, the administrator may let go in the clear what did
 * not ask for more than what policy gives. Nothing of it was sent yet: it is as
 * if it began only now, and it will have no latch.
 *
 * Context: any but hard interrupts; takes xfrm_policy_lock.
 * Return: true if the policy that decides is in the clear and has the flag
 * fallback.
 */
bool btns_latch_falls_back(const struct btns_latch *latch)
{
	const struct btns_want *want = &latch->want;
	struct btns_spd_verdict v;

	if (want->mode == BTNS_ASK_MODE_REQUIRE || want->has_peer ||
	    want->narrow || want->exact || want->protect || want->wish ||
	    READ_ONCE(latch->own) != BTNS_OWN_NONE)
		return false;
	btns_spd_now(latch->bn, &latch->flow, latch->marks.out,
		     XFRM_POLICY_OUT, &v);
	return v.action == BTNS_SPD_CLEAR &&
	       v.flags & BTNS_POLICY_FLAGS_FALLBACK;
}

/* What opens a conversation, and waited for its SA. */
static bool check_out_larval(struct btns_latch *latch,
			     const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	enum btns_reason reason;
	bool conflict;

	switch (READ_ONCE(latch->own)) {
	case BTNS_OWN_WANTED:
		btns_own_queue(latch);
		fallthrough;
	case BTNS_OWN_QUEUED:
		return drop(bn, &latch->flow, latch->id, OutDropLarval);
	}
	if (said->larval)
		return drop(bn, &latch->flow, latch->id, OutDropLarval);
	reason = btns_latch_satisfies(bn, &latch->flow, &latch->marks,
				      &latch->want, said, &conflict);
	if (reason == BTNS_REASON_NONE && btns_latch_establish(latch, said))
		return pass(bn, OutOk);
	if (!conflict && latch->want.mode == BTNS_ASK_MODE_REQUIRE) {
		btns_latch_close_one(latch, reason, btns_latch_reason_errno(reason));
		return drop(bn, &latch->flow, latch->id, OutDropRequired);
	}
	if (!conflict && said->count &&
	    (is_form_reason(reason) || reason == BTNS_REASON_UNIDENTIFIED)) {
		/* protected, but in a way that is never latched */
		btns_latch_release(latch);
		return pass(bn, OutNoLatch);
	}
	if (!conflict && !said->count && btns_latch_falls_back(latch)) {
		btns_latch_release(latch);
		return pass(bn, OutNoLatch);
	}
	return btns_latch_drop_out(bn, &latch->flow, latch->id, reason);
}

static bool check_out_established(struct btns_latch *latch,
				  const struct btns_said *said)
{
	struct btns_net *bn = latch->bn;
	enum btns_reason reason;

	if (btns_latch_out_waits(latch, said))
		return drop(bn, &latch->flow, latch->id, OutDropLarval);
	reason = congruent(latch, said);
	if (likely(reason == BTNS_REASON_NONE)) {
		if (unlikely(READ_ONCE(latch->own) == BTNS_OWN_WANTED))
			btns_own_queue(latch);
		return pass(bn, OutOk);
	}
	/*
	 * What a control socket sends (a reset, an ACK out of TIME_WAIT) goes
	 * by the SPD and not by the connection's own policies.
	 */
	if (READ_ONCE(latch->own) != BTNS_OWN_IN && !latch->want.protect)
		break_by_packet(latch, reason);
	return btns_latch_drop_out(bn, &latch->flow, latch->id, reason);
}

/**
 * btns_latch_check_out - may a packet of a latched flow go out
 * @latch: its latch
 * @said: the SAs that it will go through
 *
 * Context: RCU read section, softirq or process.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_check_out(struct btns_latch *latch,
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

