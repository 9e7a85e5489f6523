/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the verdicts of the transports share: latch_tcp.c, latch_udp.c and
 * latch_sctp.c say what opens a conversation and whose it is, latch_check.c compares packets
 * with wishes and latches. Only these files include this.
 */
#ifndef BTNS_VERDICT_H
#define BTNS_VERDICT_H

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

/* Whose a latch is that the first packet of a local socket makes. */
static inline struct btns_owner btns_owner_sends(struct sock *sk, u32 mark)
{
	return (struct btns_owner){
		.cookie = btns_latch_cookie(sk),
		.ifindex = sk->sk_bound_dev_if,
		.marks = { .in = mark, .out = mark },
		.own_policy = btns_own_foreign(sk),
		.payer = sk,
	};
}

/*
 * There is no SA just now: as if the network had lost what goes out under the
 * latch. Where the policy would do without one, xfrm says only that the packet
 * would be in the clear; if that is as policy was changed, its event breaks the
 * latch.
 */
static inline bool btns_latch_out_waits(const struct btns_latch *latch,
					const struct btns_said *said)
{
	return said->larval ||
	       (!said->count &&
		READ_ONCE(latch->lenient) == BTNS_LENIENT_YES);
}

/* latch_check.c; all in an RCU read section */
enum btns_reason btns_latch_satisfies(struct btns_net *bn,
				      const struct btns_flow *flow,
				      const struct btns_marks *marks,
				      const struct btns_want *want,
				      const struct btns_said *said,
				      bool *conflict);
void btns_latch_wish(struct btns_net *bn, struct sock *sk,
		     struct btns_want *want);
bool btns_latch_open_in(struct btns_net *bn, const struct btns_flow *flow,
			const struct btns_want *want,
			const struct btns_said *said,
			const struct btns_owner *owner);
bool btns_latch_open_out(struct btns_net *bn, const struct btns_flow *flow,
			 const struct btns_want *want,
			 const struct btns_said *said,
			 const struct btns_owner *owner);
bool btns_latch_refuse_out(struct btns_net *bn, const struct btns_flow *flow,
			   const struct btns_want *want,
			   const struct btns_owner *owner,
			   enum btns_reason reason, int err);
bool btns_latch_drop_in(struct btns_net *bn, const struct btns_flow *flow,
			u64 id, enum btns_reason reason);
bool btns_latch_drop_out(struct btns_net *bn, const struct btns_flow *flow,
			 u64 id, enum btns_reason reason);
int btns_latch_reason_errno(enum btns_reason reason);
enum btns_reason btns_latch_objects(struct btns_latch *latch,
				    const struct btns_said *said);
bool btns_latch_agrees(struct btns_latch *latch,
		       const struct btns_said *said);
bool btns_latch_check_in(struct btns_latch *latch,
			 const struct btns_said *said);
bool btns_latch_check_out(struct btns_latch *latch,
			  const struct btns_said *said);

#endif /* BTNS_VERDICT_H */
