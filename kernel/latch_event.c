// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changes in the SAD and the SPD do to latches (RFC 5660 sections 2.2
 * and 2.3): a conflict breaks, the end of the last conflict mends, and an SA
 * that a waiting SYN needs lets it go.
 *
 * Events come from xfrm in atomic context; they are queued here and compared
 * with the latches in process context. The packet check makes a leak
 * impossible meanwhile.
 */
#include <linux/slab.h>
#include <net/xfrm.h>

#include "compat.h"
#include "latch.h"

/* More new SAs than this at once: look at all of them instead. */
#define STATES_MAX	1024

/* btns_net.event_flags */
#define EV_STATES_ALL	BIT(0)	/* SAs came that could not be queued */
#define EV_STATE_GONE	BIT(1)	/* an SA or a binding went */
#define EV_POLICY	BIT(2)	/* the SPD changed */

/**
 * struct new_state - an SA to compare with the latches
 * @list: in btns_net.event_states
 * @x: reference
 */
struct new_state {
	struct list_head list;
	struct xfrm_state *x;
};

/**
 * struct evaluation - what one run of the work looks at
 * @bn: namespace
 * @flags: EV_*
 * @states: new SAs
 * @spd: snapshot of the policies, NULL until needed
 * @sad: snapshot of the SAs, references; NULL until needed
 * @sad_count: entries of @sad
 * @sad_room: room in @sad
 * @sad_taken: @sad is complete
 * @failed: out of memory, or a socket was locked; look again soon
 */
struct evaluation {
	struct btns_net *bn;
	unsigned int flags;
	struct list_head states;
	struct btns_spd *spd;
	struct xfrm_state **sad;
	unsigned int sad_count;
	unsigned int sad_room;
	bool sad_taken;
	bool failed;
};

static int count_state(struct xfrm_state *x, int seq, void *data)
{
	struct evaluation *ev = data;

	ev->sad_room++;
	return 0;
}

static int take_state(struct xfrm_state *x, int seq, void *data)
{
	struct evaluation *ev = data;

	if (ev->sad_count == ev->sad_room)
		return -ENOSPC;
	xfrm_state_hold(x);
	ev->sad[ev->sad_count++] = x;
	return 0;
}

static int walk_sad(struct evaluation *ev,
		    int (*fn)(struct xfrm_state *x, int seq, void *data))
{
	struct xfrm_state_walk walk;
	int err;

	xfrm_state_walk_init(&walk, IPSEC_PROTO_ANY, NULL);
	err = xfrm_state_walk(ev->bn->net, &walk, fn, ev);
	xfrm_state_walk_done(&walk, ev->bn->net);
	return err == -ENOENT ? 0 : err;
}

static void drop_sad(struct evaluation *ev)
{
	while (ev->sad_count)
		xfrm_state_put(ev->sad[--ev->sad_count]);
	kvfree(ev->sad);
	ev->sad = NULL;
	ev->sad_room = 0;
}

/* All SAs, with references, so that they can be compared without xfrm's lock. */
static bool take_sad(struct evaluation *ev)
{
	int tries;

	for (tries = 0; !ev->sad_taken && tries < 3; tries++) {
		drop_sad(ev);
		walk_sad(ev, count_state);
		ev->sad_room += 64;	/* what may come meanwhile */
		ev->sad = kvcalloc(ev->sad_room, sizeof(*ev->sad), GFP_KERNEL);
		if (!ev->sad)
			break;
		ev->sad_taken = !walk_sad(ev, take_state);
	}
	if (!ev->sad_taken)
		ev->failed = true;
	return ev->sad_taken;
}

static bool take_spd(struct evaluation *ev)
{
	struct btns_spd *spd;

	if (ev->spd)
		return true;
	spd = btns_spd_snapshot(ev->bn);
	if (IS_ERR_OR_NULL(spd)) {
		ev->failed = true;
		return false;
	}
	ev->spd = spd;
	return true;
}

static u32 sad_conflicts(struct evaluation *ev, struct btns_latch *latch)
{
	u32 conflicts = 0;
	unsigned int i;

	for (i = 0; i < ev->sad_count; i++)
		conflicts |= BIT(btns_latch_differs(latch, ev->sad[i]));
	return conflicts & ~BIT(BTNS_REASON_NONE);
}

static enum btns_reason spd_conflict(struct evaluation *ev,
				     struct btns_latch *latch)
{
	struct btns_spd_decision d;

	if (latch->own_policy ||
	    (READ_ONCE(latch->own) == BTNS_OWN_IN &&
	     READ_ONCE(ev->bn->knobs.latch_protect)))
		return BTNS_REASON_NONE;
	btns_spd_decide(ev->spd, &latch->flow, latch->marks.out,
			XFRM_POLICY_OUT, &d);
	/* the socket's own policies protect where the SPD does not */
	if (latch->want.protect && d.action == BTNS_SPD_CLEAR)
		return BTNS_REASON_NONE;
	return btns_qop_against_policy(&latch->suite->key.qop,
				       READ_ONCE(latch->lenient) ==
					       BTNS_LENIENT_YES,
				       &d);
}

/* Under a policy that does without SAs: there may be one now. */
static void leave_plain_route(struct evaluation *ev, struct btns_latch *latch)
{
	bool go = ev->flags & EV_STATES_ALL;
	struct new_state *new;

	list_for_each_entry(new, &ev->states, list)
		go |= btns_qop_covers(new->x, &latch->flow, &latch->marks) ==
		      BTNS_SA_OUT;
	if (go)
		btns_latch_owner_reroute(latch);
}

/*
 * May what waits go in the clear by now? The copy of the SPD, which is made once
 * for all latches, says of nearly every one that it may not.
 */
static bool falls_back(struct evaluation *ev, struct btns_latch *latch)
{
	struct btns_spd_decision d;

	if (!take_spd(ev))
		return false;
	btns_spd_decide(ev->spd, &latch->flow, latch->marks.out,
			XFRM_POLICY_OUT, &d);
	return d.action == BTNS_SPD_CLEAR && btns_latch_falls_back(latch);
}

/*
 * What waits for an SA to go out by goes as soon as there is one, or when there
 * shall be none.
 */
static void kick(struct evaluation *ev, struct btns_latch *latch)
{
	bool go = ev->flags & EV_STATES_ALL;
	struct new_state *new;

	if (ev->flags & EV_POLICY &&
	    READ_ONCE(latch->state) == BTNS_LATCH_STATE_LARVAL)
		go |= falls_back(ev, latch);
	list_for_each_entry(new, &ev->states, list)
		go |= btns_qop_covers(new->x, &latch->flow, &latch->marks) ==
			      BTNS_SA_OUT ||
		      /* xfrm asks for one at a time between two hosts */
		      (READ_ONCE(latch->own) == BTNS_OWN_IN &&
		       btns_qop_covers_pair(new->x, &latch->flow,
					    &latch->marks));
	if (go && !btns_latch_owner_kick(latch))
		ev->failed = true;
}

static void check_established(struct evaluation *ev, struct btns_latch *latch)
{
	struct new_state *new;
	enum btns_reason reason;
	u32 conflicts;

	if (ev->flags & EV_POLICY && take_spd(ev)) {
		reason = spd_conflict(ev, latch);
		if (reason != BTNS_REASON_NONE)
			btns_latch_break_one(latch, reason);
	}
	list_for_each_entry(new, &ev->states, list) {
		reason = btns_latch_differs(latch, new->x);
		if (reason != BTNS_REASON_NONE)
			btns_latch_break_one(latch, reason);
	}
	if (ev->flags & EV_STATES_ALL && take_sad(ev)) {
		conflicts = sad_conflicts(ev, latch);
		for (reason = 1; conflicts >> reason; reason++)
			if (conflicts & BIT(reason))
				btns_latch_break_one(latch, reason);
	}
	if (READ_ONCE(latch->lenient) == BTNS_LENIENT_YES)
		leave_plain_route(ev, latch);
	/* the peer's SYN established it, and nothing of ours went out yet */
	if (!latch->passive && !READ_ONCE(latch->seen_out))
		kick(ev, latch);
}

static void check_broken(struct evaluation *ev, struct btns_latch *latch)
{
	u32 conflicts;

	if (!take_spd(ev) || !take_sad(ev))
		return;
	conflicts = sad_conflicts(ev, latch) | BIT(spd_conflict(ev, latch));
	conflicts &= ~BIT(BTNS_REASON_NONE);
	if (!conflicts)
		btns_latch_owner_reroute(latch);
	btns_latch_mend(latch, conflicts);
}

static void evaluate(struct evaluation *ev)
{
	struct btns_latch *latch;
	u64 id = 0;

	while ((latch = btns_latch_get_next(ev->bn, &id))) {
		/* Paired with the release in __btns_latch_move(). */
		switch (smp_load_acquire(&latch->state)) {
		case BTNS_LATCH_STATE_ESTABLISHED:
			check_established(ev, latch);
			break;
		case BTNS_LATCH_STATE_BROKEN:
			check_broken(ev, latch);
			break;
		case BTNS_LATCH_STATE_LARVAL:
			kick(ev, latch);
			break;
		}
		btns_latch_put(latch);
		id++;
		cond_resched();
	}
}

static void drop_states(struct list_head *states)
{
	struct new_state *new, *next;

	list_for_each_entry_safe(new, next, states, list) {
		list_del(&new->list);
		xfrm_state_put(new->x);
		kfree(new);
	}
}

static void event_queue(struct btns_net *bn, unsigned int flags)
{
	spin_lock_bh(&bn->event_lock);
	bn->event_flags |= flags;
	spin_unlock_bh(&bn->event_lock);
	if (!READ_ONCE(bn->dying))
		queue_work(btns_wq, &bn->event_work);
}

static void event_work_fn(struct work_struct *work)
{
	struct btns_net *bn = container_of(work, struct btns_net, event_work);
	struct evaluation ev = { .bn = bn };

	INIT_LIST_HEAD(&ev.states);
	spin_lock_bh(&bn->event_lock);
	ev.flags = bn->event_flags;
	bn->event_flags = 0;
	list_splice_init(&bn->event_states, &ev.states);
	bn->event_count = 0;
	spin_unlock_bh(&bn->event_lock);

	evaluate(&ev);
	drop_states(&ev.states);
	drop_sad(&ev);
	if (ev.spd)
		btns_spd_free(ev.spd);
	if (ev.failed && !READ_ONCE(bn->dying)) {
		/* the packet check holds until then */
		schedule_timeout_uninterruptible(HZ / 20);
		event_queue(bn, ev.flags | EV_STATES_ALL);
	}
}

/**
 * btns_latch_event_state - an SA came or changed
 * @bn: namespace
 * @x: state; a reference is taken
 *
 * Context: atomic, called under rcu_read_lock() by xfrm.
 */
void btns_latch_event_state(struct btns_net *bn, struct xfrm_state *x)
{
	struct new_state *new;
	unsigned int flags = 0;

	if (!atomic_read(&bn->latch_count))
		return;
	new = kmalloc(sizeof(*new), GFP_ATOMIC | __GFP_NOWARN);
	spin_lock_bh(&bn->event_lock);
	if (new && bn->event_count < STATES_MAX && !READ_ONCE(bn->dying)) {
		xfrm_state_hold(x);
		new->x = x;
		list_add_tail(&new->list, &bn->event_states);
		bn->event_count++;
		new = NULL;
	} else {
		flags = EV_STATES_ALL;
	}
	spin_unlock_bh(&bn->event_lock);
	kfree(new);
	event_queue(bn, flags);
}

/**
 * btns_latch_event_gone - an SA or a binding went, so a conflict may be over
 * @bn: namespace
 *
 * Context: any but hard interrupts.
 */
void btns_latch_event_gone(struct btns_net *bn)
{
	if (atomic_read(&bn->latch_count))
		event_queue(bn, EV_STATE_GONE);
}

/**
 * btns_latch_event_binding - an SA that may be there became another's
 * @bn: namespace
 * @key: which SA
 * @mark: its mark
 *
 * As if the SA itself were new: what is vouched for belongs to what latches
 * are compared with. Helpers bind before they install, so that there is no SA
 * then, and nothing to do.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_event_binding(struct btns_net *bn,
			      const struct btns_sa_key *key, u32 mark)
{
	struct xfrm_state *x;

	if (!atomic_read(&bn->latch_count))
		return;
	x = xfrm_state_lookup(bn->net, mark,
			      (const xfrm_address_t *)&key->daddr, key->spi,
			      key->proto, key->family);
	if (!x)
		return;
	btns_latch_event_state(bn, x);
	xfrm_state_put(x);
}

/**
 * btns_latch_event_policy - the SPD changed
 * @bn: namespace
 *
 * Context: any but hard interrupts.
 */
void btns_latch_event_policy(struct btns_net *bn)
{
	if (atomic_read(&bn->latch_count))
		event_queue(bn, EV_POLICY);
}

/**
 * btns_latch_event_init - prepare the queue of events
 * @bn: namespace
 *
 * Context: process.
 */
void btns_latch_event_init(struct btns_net *bn)
{
	INIT_WORK(&bn->event_work, event_work_fn);
	spin_lock_init(&bn->event_lock);
	INIT_LIST_HEAD(&bn->event_states);
}

/**
 * btns_latch_event_exit - stop, and drop what is queued
 * @bn: namespace; bn->dying is set and an RCU grace period has passed
 *
 * Context: process.
 */
void btns_latch_event_exit(struct btns_net *bn)
{
	cancel_work_sync(&bn->event_work);
	drop_states(&bn->event_states);
}
