// SPDX-License-Identifier: GPL-2.0-only
/*
 * Latches of connections that a peer has begun and nobody has finished. A SYN
 * makes a latch before TCP has a socket for it, so a peer that sends nothing
 * but SYNs could fill the table with them; they are counted until a connection's
 * socket is seen, for each peer and in all.
 *
 * Where there are too many, a SYN passes without one: TCP answers it, as it
 * would by a SYN cookie, and the ACK makes the latch before there is anything
 * to protect. An ACK that nobody asked for is dropped.
 */
#include "latch.h"

/* All who nobody vouched for count as one. */
static atomic_t *count_of(struct btns_net *bn, struct btns_ident *peer)
{
	return peer ? &peer->embryos : &bn->embryos_nobody;
}

/**
 * btns_latch_embryo_room - may a peer begin one more connection
 * @bn: namespace
 * @peer: who, NULL if nobody vouched
 *
 * Packets on other CPUs may see the same room: the limit can be passed by as
 * many as there are CPUs.
 *
 * Context: RCU read section.
 * Return: true if so.
 */
bool btns_latch_embryo_room(struct btns_net *bn, struct btns_ident *peer)
{
	return atomic_read(count_of(bn, peer)) <
		       READ_ONCE(bn->knobs.embryo_max_peer) &&
	       atomic_read(&bn->embryos) < READ_ONCE(bn->knobs.embryo_max);
}

/**
 * btns_latch_embryo_begin - count a latch until its socket is seen
 * @latch: latch with its values, that nobody can find yet
 *
 * Context: any.
 */
void btns_latch_embryo_begin(struct btns_latch *latch)
{
	latch->embryo = true;
	atomic_inc(count_of(latch->bn, latch->peer));
	atomic_inc(&latch->bn->embryos);
}

/**
 * __btns_latch_embryo_end - count it no longer
 * @latch: latch; does nothing if it is not counted
 *
 * Context: caller holds latch->lock, or nobody else can find the latch.
 */
void __btns_latch_embryo_end(struct btns_latch *latch)
{
	if (!latch->embryo)
		return;
	WRITE_ONCE(latch->embryo, false);
	atomic_dec(count_of(latch->bn, latch->peer));
	atomic_dec(&latch->bn->embryos);
}

/**
 * btns_latch_embryo_seen - a connection's socket was seen
 * @latch: latch; the caller has a reference or is in an RCU read section
 *
 * Context: any but hard interrupts.
 */
void btns_latch_embryo_seen(struct btns_latch *latch)
{
	if (!READ_ONCE(latch->embryo))
		return;
	spin_lock_bh(&latch->lock);
	__btns_latch_embryo_end(latch);
	spin_unlock_bh(&latch->lock);
}
