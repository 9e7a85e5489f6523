/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: each transition of a latch and each packet that is dropped.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM btns

#if !defined(BTNS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define BTNS_TRACE_H

#include <linux/tracepoint.h>

#include "latch.h"

TRACE_EVENT(btns_latch,
	TP_PROTO(const struct btns_latch *latch, u8 old_state),
	TP_ARGS(latch, old_state),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u8, old_state)
		__field(u8, state)
		__field(u8, reason)
		__field(u32, conflicts)
	),
	TP_fast_assign(
		__entry->id = latch->id;
		__entry->old_state = old_state;
		__entry->state = latch->gone ? 0 : latch->state;
		__entry->reason = latch->reason;
		__entry->conflicts = latch->conflicts;
	),
	TP_printk("id=%llu state=%u->%u reason=%u conflicts=%#x",
		  __entry->id, __entry->old_state, __entry->state,
		  __entry->reason, __entry->conflicts)
);

TRACE_EVENT(btns_drop,
	TP_PROTO(const struct btns_flow *flow, enum btns_mib why, u64 id),
	TP_ARGS(flow, why, id),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(int, why)
		__field(u8, family)
		__field(u16, lport)
		__field(u16, rport)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->why = why;
		__entry->family = flow->family;
		__entry->lport = ntohs(flow->lport);
		__entry->rport = ntohs(flow->rport);
		memcpy(__entry->laddr, &flow->laddr, 16);
		memcpy(__entry->raddr, &flow->raddr, 16);
	),
	TP_printk("latch=%llu counter=%d family=%u local=%pI6c:%u remote=%pI6c:%u",
		  __entry->id, __entry->why, __entry->family, __entry->laddr,
		  __entry->lport, __entry->raddr, __entry->rport)
);

#endif /* BTNS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE btns_trace
#include <trace/define_trace.h>
