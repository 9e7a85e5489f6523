// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conflicts between SAs and latches (RFC 5660 section 2.3): two SAs conflict
 * in view of a latch if both are for its flow and they differ in peer, kind
 * or quality of protection.
 *
 * Asked once per connection and once per event. A small cache remembers the
 * pairs of hosts between which no SA conflicts with any other, so that a busy
 * server does not look at its whole SAD for each connection.
 */
#include <net/xfrm.h>

#include "latch.h"

/*
 * Why an SA that covers a flow conflicts with values, or NONE; peer first.
 * The caller is in an RCU read section.
 */
static enum btns_reason differs(struct btns_net *bn, const struct xfrm_state *x,
				const struct btns_ident *peer,
				const struct btns_ident *local,
				const struct btns_qop *qop)
{
	const struct btns_sa *sa = btns_sa_of_rcu(bn, x);
	struct btns_values latched = { peer, local, qop };
	struct btns_qop theirs_qop;
	struct btns_values theirs = {
		.peer = sa ? sa->peer : NULL,
		.local = sa ? sa->local : NULL,
		.qop = &theirs_qop,
	};

	btns_qop_from_state(&theirs_qop, x);
	return btns_values_compare(&latched, &theirs);
}

/**
 * btns_latch_differs - whether an SA conflicts with a latch
 * @latch: established or broken connection latch; caller has a reference
 * @x: state; caller has a reference
 *
 * Context: any but hard interrupts.
 * Return: why, or BTNS_REASON_NONE also if the SA is not for its flow.
 */
enum btns_reason btns_latch_differs(struct btns_latch *latch,
				    const struct xfrm_state *x)
{
	enum btns_reason reason;

	if (btns_qop_covers(x, &latch->flow, &latch->marks) == BTNS_SA_NONE)
		return BTNS_REASON_NONE;
	rcu_read_lock();
	reason = differs(latch->bn, x, latch->peer, latch->local,
			 &latch->suite->key.qop);
	rcu_read_unlock();
	return reason;
}

/**
 * struct conflict_query - is there an SA that conflicts with a new latch
 * @bn: namespace
 * @flow: its flow
 * @marks: how its packets are marked
 * @pair: look at SAs for any port between the two hosts
 * @peer: its peer
 * @local: its local identity
 * @qop: its protection
 * @reason: out: what was found
 */
struct conflict_query {
	struct btns_net *bn;
	const struct btns_flow *flow;
	const struct btns_marks *marks;
	bool pair;
	const struct btns_ident *peer;
	const struct btns_ident *local;
	struct btns_qop qop;
	enum btns_reason reason;
};

/* For xfrm_state_walk(); a non-zero result ends the walk. */
static int find_conflict(struct xfrm_state *x, int seq, void *data)
{
	struct conflict_query *q = data;

	if (q->pair ? !btns_qop_covers_pair(x, q->flow, q->marks) :
		      btns_qop_covers(x, q->flow, q->marks) == BTNS_SA_NONE)
		return 0;
	q->reason = differs(q->bn, x, q->peer, q->local, &q->qop);
	return q->reason != BTNS_REASON_NONE;
}

static bool walk(struct conflict_query *q, bool pair)
{
	struct xfrm_state_walk walk;

	q->pair = pair;
	q->reason = BTNS_REASON_NONE;
	xfrm_state_walk_init(&walk, IPSEC_PROTO_ANY, NULL);
	xfrm_state_walk(q->bn->net, &walk, find_conflict, q);
	xfrm_state_walk_done(&walk, q->bn->net);
	return q->reason != BTNS_REASON_NONE;
}

static struct btns_clear_pair *slot_of(struct btns_net *bn,
				       const struct btns_flow *flow)
{
	u32 hash = btns_hash(flow, offsetof(struct btns_flow, lport), 0);

	return &bn->clear_pairs[hash % BTNS_CLEAR_PAIRS];
}

static bool known_clear(struct btns_net *bn, const struct conflict_query *q,
			unsigned int gen)
{
	struct btns_clear_pair *slot = slot_of(bn, q->flow);
	bool known;

	spin_lock_bh(&bn->clear_lock);
	known = slot->used && slot->gen == gen &&
		slot->family == q->flow->family &&
		nf_inet_addr_cmp(&slot->laddr, &q->flow->laddr) &&
		nf_inet_addr_cmp(&slot->raddr, &q->flow->raddr) &&
		slot->marks.in == q->marks->in &&
		slot->marks.out == q->marks->out &&
		slot->peer == q->peer && slot->local == q->local &&
		btns_qop_compare(&slot->qop, &q->qop) == BTNS_REASON_NONE;
	spin_unlock_bh(&bn->clear_lock);
	return known;
}

static void remember_clear(struct btns_net *bn, const struct conflict_query *q,
			   unsigned int gen)
{
	struct btns_clear_pair *slot = slot_of(bn, q->flow);

	spin_lock_bh(&bn->clear_lock);
	slot->used = true;
	slot->gen = gen;
	slot->family = q->flow->family;
	slot->laddr = q->flow->laddr;
	slot->raddr = q->flow->raddr;
	slot->marks = *q->marks;
	slot->peer = q->peer;
	slot->local = q->local;
	slot->qop = q->qop;
	spin_unlock_bh(&bn->clear_lock);
}

/**
 * btns_latch_sad_conflict - would a new latch conflict with an SA
 * @bn: namespace
 * @flow: flow of the latch
 * @marks: how its packets are marked
 * @said: the SA that it would take its values from
 * @reason: out: why, if so
 *
 * RFC 5660 section 2.3: no latch while conflicting SAs are in the SAD. An SA
 * that comes while this looks is compared by the event work.
 *
 * Context: RCU read section; takes xfrm_state_lock.
 * Return: true if there is a conflict.
 */
bool btns_latch_sad_conflict(struct btns_net *bn, const struct btns_flow *flow,
			     const struct btns_marks *marks,
			     const struct btns_said *said,
			     enum btns_reason *reason)
{
	/* Before the walk: what changes after this makes the entry stale. */
	unsigned int gen = atomic_read_acquire(&bn->sad_gen);
	struct conflict_query q = {
		.bn = bn,
		.flow = flow,
		.marks = marks,
		.peer = said->sa ? said->sa->peer : NULL,
		.local = said->sa ? said->sa->local : NULL,
	};

	btns_qop_from_state(&q.qop, said->x);
	*reason = BTNS_REASON_NONE;
	if (known_clear(bn, &q, gen))
		return false;
	if (!walk(&q, true)) {
		remember_clear(bn, &q, gen);
		return false;
	}
	/* what conflicts may be for other ports */
	if (!walk(&q, false))
		return false;
	*reason = q.reason;
	return true;
}

/**
 * btns_latch_conflict_init - prepare the cache
 * @bn: namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int btns_latch_conflict_init(struct btns_net *bn)
{
	spin_lock_init(&bn->clear_lock);
	bn->clear_pairs = kvcalloc(BTNS_CLEAR_PAIRS, sizeof(*bn->clear_pairs),
				   GFP_KERNEL_ACCOUNT);
	return bn->clear_pairs ? 0 : -ENOMEM;
}

/**
 * btns_latch_conflict_exit - drop the cache
 * @bn: namespace; no packet comes any more
 *
 * Context: process.
 */
void btns_latch_conflict_exit(struct btns_net *bn)
{
	kvfree(bn->clear_pairs);
}
