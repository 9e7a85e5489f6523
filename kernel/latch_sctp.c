// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP: which packets open an association, which add a path to one, and what
 * its other paths say of them (RFC 5660 section 5.4).
 *
 * INIT opens, as TCP's SYN does. Every other pair of addresses that the
 * association uses gets a latch with the first packet that takes it, if the SA
 * is congruent with what the association is latched to; otherwise that packet
 * is dropped, and SCTP finds the path dead. So all paths have one peer and one
 * quality, whoever's addresses the peer named as its own.
 */
#include <linux/sctp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "chunk.h"
#include "verdict.h"

/**
 * struct sctp_where - where a packet belongs
 * @flow: its path
 * @ifindex: interface that it came by, or that its socket is bound to
 * @lower: the one below it if that is a VRF, or 0
 * @latch: of that path, or NULL; RCU
 * @ref: of another path of its association, or NULL; RCU
 * @named: of an association whose addresses its chunks name, or NULL; RCU
 * @cookie: a chunk carries the cookie by which SCTP makes an association
 * @exists: there is such an association
 */
struct sctp_where {
	const struct btns_flow *flow;
	int ifindex;
	int lower;
	struct btns_latch *latch;
	struct btns_latch *ref;
	struct btns_latch *named;
	bool cookie;
	bool exists;
};

/* Addresses that one packet may name: each is looked up. */
#define NAMES_MAX 64

/*
 * What the chunks of a packet mean that belongs to no association. SCTP takes
 * it for one of an association whose addresses they name: so does this. And it
 * makes one of a cookie that stands behind chunks which it then ignores. False
 * if there are more addresses than anybody has.
 */
static bool read_chunks(struct btns_net *bn, const struct sk_buff *skb,
			const struct btns_packet *pkt, struct sctp_where *w)
{
	struct btns_chunks c = {
		.skb = skb,
		/* is there anybody to be named? */
		.names = atomic_read(&bn->sctp_latches),
		.next = pkt->thoff + sizeof(struct sctphdr),
	};
	union nf_inet_addr addr;
	unsigned int names = 0;
	u8 family;

	while (btns_chunks_name(&c, &family, &addr)) {
		w->named = btns_assoc_named_rcu(bn, w->flow, family, &addr,
						w->ifindex, w->lower);
		if (++names == NAMES_MAX)
			return false;
		c.names = !w->named;
	}
	w->cookie = c.cookie;
	return true;
}

/* Is anything known, or wanted, that an unprotected packet could offend? */
static bool of_interest(struct btns_net *bn, const struct btns_said *said)
{
	return said->count || said->larval || atomic_read(&bn->sctp_latches) ||
	       atomic_read(&bn->ask_count);
}

/* What the association is latched to objects to the packet. */
static bool object_in(struct btns_net *bn, const struct sctp_where *w,
		      struct btns_latch *ref, const struct btns_said *said)
{
	enum btns_reason reason = btns_latch_objects(ref, said);

	if (reason == BTNS_REASON_PENDING)
		return drop(bn, w->flow, ref->id, InDropBroken);
	return btns_latch_drop_in(bn, w->flow, ref->id, reason);
}

static bool object_out(struct btns_net *bn, const struct sctp_where *w,
		       const struct btns_said *said)
{
	enum btns_reason reason = btns_latch_objects(w->ref, said);

	if (reason == BTNS_REASON_PENDING)
		return drop(bn, w->flow, w->ref->id, OutDropBroken);
	return btns_latch_drop_out(bn, w->flow, w->ref->id, reason);
}

/* A path of the association that has, or had, another peer than the packet. */
static bool ref_objects(const struct sctp_where *w,
			const struct btns_said *said)
{
	return w->ref && READ_ONCE(w->ref->state) != BTNS_LATCH_STATE_LARVAL &&
	       !btns_latch_agrees(w->ref, said);
}

/* The latch of one more path, with the wish and the owner of the others. */
static struct btns_owner heir_of(const struct btns_latch *ref, struct sock *sk)
{
	return (struct btns_owner) {
		.cookie = ref->cookie,
		.ifindex = ref->ifindex,
		.passive = ref->passive,
		.own_policy = ref->own_policy,
		.tag = ref->tag,
		.payer = sk,
	};
}

/* Is it a path of an association that began, and goes on, without latches? */
static bool is_free(struct btns_net *bn, struct sctp_where *w)
{
	w->ref = btns_assoc_latch_rcu(bn, w->flow, w->ifindex, w->lower, NULL,
				      &w->exists);
	return w->exists && !w->ref;
}

/* ---- in ------------------------------------------------------------------ */

static void came_by(const struct sk_buff *skb, struct sctp_where *w)
{
	if (w->flow->family == AF_INET) {
		w->ifindex = inet_iif(skb);
		w->lower = inet_sdif(skb);
	} else {
		w->ifindex = inet6_iif(skb);
		w->lower = inet6_sdif(skb);
	}
}

/* A peer opens an association with a socket that listens. */
static bool open_passive(struct btns_net *bn, const struct sctp_where *w,
			 const struct btns_packet *pkt,
			 const struct btns_said *said)
{
	struct btns_owner owner = {
		.ifindex = w->ifindex,
		.passive = true,
		.embryo = pkt->opens ? BTNS_EMBRYO_LATER : BTNS_EMBRYO_NOW,
	};
	struct btns_want want;
	struct sock *listener;
	bool ok;

	listener = btns_assoc_listener_find(bn, w->flow, w->ifindex, w->lower);
	if (!listener)
		return pass(bn, InNoLatch);	/* SCTP answers with an ABORT */
	btns_latch_wish(bn, listener, &want);
	owner.marks.in = said->mark;
	owner.marks.out = READ_ONCE(listener->sk_mark);
	owner.own_policy = btns_own_foreign(listener);
	owner.listener = listener;
	owner.payer = listener;
	ok = want.mode == BTNS_ASK_MODE_OFF ?
		     pass(bn, InNoLatch) :
		     btns_latch_open_in(bn, w->flow, &want, said, &owner);
	sock_put(listener);
	return ok;
}

/* The first packet on one more path of a latched association. */
static bool add_in(struct btns_net *bn, const struct sctp_where *w,
		   const struct btns_said *said)
{
	struct btns_want want = w->ref->want;
	struct btns_owner owner;
	struct sock *sk;
	bool ok;

	sk = btns_assoc_socket_find(bn, w->flow, w->ifindex, w->lower);
	if (!sk)
		return drop(bn, w->flow, w->ref->id, InDropClosed);
	owner = heir_of(w->ref, sk);
	owner.marks.in = said->mark;
	owner.marks.out = READ_ONCE(sk->sk_mark);
	ok = btns_latch_open_in(bn, w->flow, &want, said, &owner);
	sock_put(sk);
	return ok;
}

static bool unlatched_in(struct btns_net *bn, const struct sctp_where *w,
			 const struct btns_packet *pkt,
			 const struct btns_said *said)
{
	struct btns_latch *known = w->exists ? w->ref : w->named;

	if (known && !btns_latch_agrees(known, said))
		return object_in(bn, w, known, said);
	if (w->ref)
		return add_in(bn, w, said);
	/* a fragment's other parts may have the cookie */
	if (!w->exists && (pkt->opens || w->cookie || said->parts))
		return open_passive(bn, w, pkt, said);
	return pass(bn, InNoLatch);
}

/*
 * INIT for a latch whose association cannot be seen. As with TCP's SYN: it may
 * be on another interface, or about to be made, so that only who sends under
 * the latch may end it then.
 */
static bool outlived(struct btns_latch *latch, const struct btns_said *said)
{
	struct sock *sk = btns_latch_owner_find(latch);

	if (sk) {
		sock_put(sk);
		return false;
	}
	return !btns_latch_owner_awaited(latch) ||
	       btns_latch_agrees(latch, said);
}

/*
 * SCTP's own lock is not held: what opens, or joins, does so one at a
 * time, or two paths could be latched to two peers.
 */
static bool decide_in(struct btns_net *bn, struct sctp_where *w,
		      const struct btns_packet *pkt,
		      const struct btns_said *said)
{
	bool ok;

	spin_lock_bh(&bn->sctp_lock);
	w->latch = btns_latch_find_rcu(bn, w->flow);
	w->ref = btns_assoc_latch_rcu(bn, w->flow, w->ifindex, w->lower,
				      w->latch, &w->exists);
	if (w->latch && pkt->opens && !w->exists && outlived(w->latch, said)) {
		/* of an association that is over, or was never to be */
		btns_latch_release(w->latch);
		w->latch = NULL;
	}
	if (!w->latch)
		ok = unlatched_in(bn, w, pkt, said);
	else if (ref_objects(w, said))
		ok = object_in(bn, w, w->ref, said);
	else
		ok = btns_latch_check_in(w->latch, said);
	spin_unlock_bh(&bn->sctp_lock);
	return ok;
}

static bool settled(const struct btns_latch *latch)
{
	return latch && READ_ONCE(latch->state) != BTNS_LATCH_STATE_LARVAL;
}

static bool check_in_settled(struct btns_latch *latch,
			     const struct btns_packet *pkt,
			     const struct btns_said *said)
{
	if (!btns_latch_check_in(latch, said))
		return false;
	/* the association comes now: nothing may end its latch before */
	if (pkt->chunk == SCTP_CID_COOKIE_ECHO || pkt->chunk == SCTP_CID_AUTH)
		WRITE_ONCE(latch->born, jiffies);
	return true;
}

/**
 * btns_latch_sctp_in - may this SCTP packet come in
 * @bn: namespace
 * @skb: packet in LOCAL_IN
 * @flow: its path
 * @pkt: its first chunk
 * @said: the SAs that it came through
 *
 * Context: softirq or process, RCU read section.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_sctp_in(struct btns_net *bn, struct sk_buff *skb,
			const struct btns_flow *flow,
			const struct btns_packet *pkt,
			const struct btns_said *said)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);
	struct sctp_where w = { .flow = flow, .latch = latch };

	if (settled(latch) && !pkt->opens)
		return check_in_settled(latch, pkt, said);
	if (!latch && !of_interest(bn, said))
		return pass(bn, InNoLatch);
	/* what a fragment's other parts name cannot be seen */
	if (said->parts && atomic_read(&bn->sctp_latches))
		return drop(bn, flow, 0, InDropFragment);
	came_by(skb, &w);
	if (!latch && is_free(bn, &w) && !pkt->opens)
		return pass(bn, InNoLatch);
	if (!latch && !w.exists && !read_chunks(bn, skb, pkt, &w))
		return drop(bn, flow, 0, InDropMalformed);
	return decide_in(bn, &w, pkt, said);
}

/* ---- out ----------------------------------------------------------------- */

/* Our tag in an INIT: an association has one, and the next another. */
static u32 tag_of(const struct sk_buff *skb, const struct btns_packet *pkt)
{
	struct sctp_inithdr init;

	if (skb_copy_bits(skb, pkt->thoff + sizeof(struct sctphdr) +
				       sizeof(struct sctp_chunkhdr),
			  &init, sizeof(init)))
		return 0;
	return ntohl(init.init_tag);
}

/* A local socket opens an association. */
static bool open_active(struct btns_net *bn, struct sock *sk,
			const struct sctp_where *w, u32 tag,
			const struct btns_said *said)
{
	struct btns_owner owner = btns_owner_sends(sk, said->mark);
	struct btns_want want;

	owner.tag = tag;
	btns_latch_wish(bn, sk, &want);
	if (want.mode == BTNS_ASK_MODE_OFF)
		return pass(bn, OutNoLatch);
	return btns_latch_open_out(bn, w->flow, &want, said, &owner);
}

/* The first packet on one more path; what has no SA yet comes again. */
static bool add_out(struct btns_net *bn, struct sock *sk,
		    const struct sctp_where *w, const struct btns_said *said)
{
	struct btns_want want = w->ref->want;
	struct btns_owner owner = heir_of(w->ref, sk);

	owner.marks.in = said->mark;
	owner.marks.out = said->mark;
	if (said->larval)
		return drop(bn, w->flow, w->ref->id, OutDropLarval);
	if (!btns_latch_agrees(w->ref, said))
		return object_out(bn, w, said);
	return btns_latch_open_out(bn, w->flow, &want, said, &owner);
}

static bool unlatched_out(struct btns_net *bn, struct sock *sk,
			  const struct sctp_where *w,
			  const struct btns_packet *pkt, u32 tag,
			  const struct btns_said *said)
{
	bool waits = w->ref && READ_ONCE(w->ref->state) ==
				       BTNS_LATCH_STATE_LARVAL;

	/* INIT goes to one address of the peer after the other */
	if (pkt->opens && (!w->ref || waits))
		return open_active(bn, sk, w, tag, said);
	if (!w->ref)
		return pass(bn, OutNoLatch);
	if (waits)
		return drop(bn, w->flow, w->ref->id, OutDropLarval);
	return add_out(bn, sk, w, said);
}

/*
 * Does another association of the same ports and addresses live? In VRFs there
 * may be two, and the second must not have the latch of the first.
 */
static bool has_twin(struct btns_latch *latch, const struct sock *sk)
{
	struct sock *owner = btns_latch_owner_find(latch);
	bool twin;

	if (!owner)
		return false;
	twin = owner != sk;
	sock_put(owner);
	return twin;
}

/*
 * An INIT is sent again: does its socket ask for something else by now? Nothing
 * was said under a latch that waits for its SA.
 */
static bool asks_anew(struct btns_latch *latch, struct sock *sk)
{
	struct btns_want now;

	if (READ_ONCE(latch->state) != BTNS_LATCH_STATE_LARVAL)
		return false;
	btns_latch_wish(latch->bn, sk, &now);
	return !btns_want_equal(&latch->want, &now);
}

/* As decide_in(). */
static bool decide_out(struct btns_net *bn, struct sock *sk,
		       const struct sk_buff *skb, struct sctp_where *w,
		       const struct btns_packet *pkt,
		       const struct btns_said *said)
{
	u32 tag = pkt->opens ? tag_of(skb, pkt) : 0;
	bool ok;

	spin_lock_bh(&bn->sctp_lock);
	w->latch = btns_latch_find_rcu(bn, w->flow);
	if (w->latch && pkt->opens &&
	    (w->latch->tag != tag || asks_anew(w->latch, sk))) {
		if (has_twin(w->latch, sk)) {
			ok = drop(bn, w->flow, w->latch->id, OutDropTwin);
			goto out;
		}
		/* of an association before this one, or of another wish */
		btns_latch_release(w->latch);
		w->latch = NULL;
	}
	w->ref = btns_assoc_latch_rcu(bn, w->flow, w->ifindex, 0, w->latch,
				      &w->exists);
	if (!w->latch)
		ok = unlatched_out(bn, sk, w, pkt, tag, said);
	else if (!said->larval && ref_objects(w, said))
		ok = object_out(bn, w, said);
	else
		ok = btns_latch_check_out(w->latch, said);
out:
	spin_unlock_bh(&bn->sctp_lock);
	return ok;
}

/**
 * btns_latch_sctp_out - may this SCTP packet go out
 * @bn: namespace
 * @skb: packet in LOCAL_OUT
 * @sk: who sends it, or NULL: an association's socket, a listener's on behalf
 *	of one to be, or the control socket
 * @flow: its path
 * @pkt: its first chunk
 * @said: the SAs that it will go through
 *
 * Context: softirq or process, RCU read section; @sk may be locked.
 * Return: false to drop it (counted and traced).
 */
bool btns_latch_sctp_out(struct btns_net *bn, const struct sk_buff *skb,
			 struct sock *sk, const struct btns_flow *flow,
			 const struct btns_packet *pkt,
			 const struct btns_said *said)
{
	struct btns_latch *latch = btns_latch_find_rcu(bn, flow);
	struct sctp_where w = { .flow = flow, .latch = latch };

	if (settled(latch) && !pkt->opens)
		return btns_latch_check_out(latch, said);
	if (!sk || !sk_fullsock(sk) || !btns_sk_is_sctp(sk))
		return latch ? btns_latch_check_out(latch, said) :
			       pass(bn, OutNoLatch);
	if (!latch && !of_interest(bn, said))
		return pass(bn, OutNoLatch);
	w.ifindex = sk->sk_bound_dev_if;
	if (!latch && is_free(bn, &w) && !pkt->opens)
		return pass(bn, OutNoLatch);
	return decide_out(bn, sk, skb, &w, pkt, said);
}
