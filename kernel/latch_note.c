// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes: what happened to a latch, one after the other, on the error queue of
 * its socket (recvmsg() with MSG_ERRQUEUE), for programs that asked for them
 * by BTNS_ASK_F_NOTIFY. Others would take a queue that they never read for an
 * error that never goes.
 *
 * A transition happens in any context and under the latch's lock; a note of it
 * waits in the latch until the work that tells the owner takes it over.
 */
#include <linux/errqueue.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <uapi/linux/btns_sockopt.h>

#include "latch.h"

/**
 * struct note - a transition that the owner has to hear of
 * @list: in btns_latch.notes, newest first
 * @what: as the program will read it
 */
struct note {
	struct llist_node list;
	struct btns_latch_note what;
};

/**
 * btns_latch_note - remember a transition for the owner
 * @latch: latch, locked, in its new state
 * @old_state: enum btns_latch_state before
 *
 * A break, a repair and a close are worth a note; only for who asked. Without
 * memory the loss is counted.
 *
 * Context: any but hard interrupts; caller holds latch->lock.
 */
void btns_latch_note(struct btns_latch *latch, u8 old_state)
{
	struct note *note;

	lockdep_assert_held(&latch->lock);
	if (!latch->want.notify || latch->listener ||
	    latch->state == BTNS_LATCH_STATE_LARVAL ||
	    (latch->state == BTNS_LATCH_STATE_ESTABLISHED &&
	     old_state != BTNS_LATCH_STATE_BROKEN))
		return;
	note = kzalloc(sizeof(*note), GFP_ATOMIC | __GFP_NOWARN);
	if (!note) {
		btns_mib_inc(latch->bn, EventLost);
		return;
	}
	note->what.size = sizeof(note->what);
	note->what.state = latch->state;
	note->what.old_state = old_state;
	note->what.reason = latch->reason;
	note->what.id = latch->id;
	llist_add(&note->list, &latch->notes);
}

static bool queue(struct sock *sk, const struct btns_latch_note *what,
		  int error)
{
	struct sk_buff *skb = alloc_skb(sizeof(*what), GFP_KERNEL);
	struct sock_exterr_skb *err;

	if (!skb)
		return false;
	skb_put_data(skb, what, sizeof(*what));
	skb_reset_network_header(skb);
	err = SKB_EXT_ERR(skb);
	memset(err, 0, sizeof(*err));
	err->ee.ee_errno = error;
	err->ee.ee_origin = BTNS_EE_ORIGIN;
	err->ee.ee_type = what->state;
	err->ee.ee_code = what->reason;
	if (!sock_queue_err_skb(sk, skb))
		return true;
	kfree_skb(skb);
	return false;
}

/**
 * btns_latch_note_deliver - put what happened on the owner's error queue
 * @latch: latch; caller has a reference
 * @sk: its socket, full and held; NULL to throw the notes away
 *
 * Context: process; only the work that tells the owner calls this while the
 * latch lives.
 */
void btns_latch_note_deliver(struct btns_latch *latch, struct sock *sk)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&latch->notes));
	struct note *note, *next;
	int error;

	llist_for_each_entry_safe(note, next, list, list) {
		error = note->what.state == BTNS_LATCH_STATE_ESTABLISHED ?
				0 : -READ_ONCE(latch->err);
		if (sk && !queue(sk, &note->what, error))
			btns_mib_inc(latch->bn, EventLost);
		kfree(note);
	}
}
