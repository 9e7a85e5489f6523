/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quality of protection: an xfrm state in the terms of congruence.h, and
 * whether it could be latched at all.
 */
#ifndef BTNS_QOP_H
#define BTNS_QOP_H

#include <linux/types.h>

#include "congruence.h"

struct btns_flow;
struct xfrm_state;

/**
 * struct btns_marks - how the packets of a flow are marked
 * @in: in LOCAL_IN
 * @out: in LOCAL_OUT
 */
struct btns_marks {
	u32 in;
	u32 out;
};

u8 btns_qop_replay(const struct xfrm_state *x);
void btns_qop_from_state(struct btns_qop *qop, const struct xfrm_state *x);
enum btns_reason btns_qop_latchable(const struct xfrm_state *x);
bool btns_qop_covers_pair(const struct xfrm_state *x,
			  const struct btns_flow *flow,
			  const struct btns_marks *marks);
bool btns_qop_exact(const struct xfrm_state *x, const struct btns_flow *flow,
		    enum btns_sa_dir dir);
enum btns_sa_dir btns_qop_covers(const struct xfrm_state *x,
				 const struct btns_flow *flow,
				 const struct btns_marks *marks);

#endif /* BTNS_QOP_H */
