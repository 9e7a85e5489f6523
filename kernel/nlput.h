/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structs of btns written as netlink attributes, for replies and events.
 * Each returns 0, or -EMSGSIZE if the message is full.
 */
#ifndef BTNS_NLPUT_H
#define BTNS_NLPUT_H

#include "btns.h"
#include "pad.h"

struct sk_buff;

int btns_nlput_pad_entry(struct sk_buff *skb,
			 const struct btns_pad_entry *entry);
int btns_nlput_sa_key(struct sk_buff *skb, const struct btns_sa *sa);
int btns_nlput_sa(struct sk_buff *skb, const struct btns_sa *sa);
int btns_nlput_latch_event(struct sk_buff *skb,
			   const struct btns_latch_event *ev, bool old_state);
int btns_nlput_latch_view(struct sk_buff *skb,
			  const struct btns_latch_view *view);

#endif /* BTNS_NLPUT_H */
