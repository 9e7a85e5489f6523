/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/btns.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: tools/regen.sh */

#ifndef _LINUX_BTNS_GEN_H
#define _LINUX_BTNS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "compat.h"

#include <uapi/linux/btns.h>

/* Common nested types */
extern const struct nla_policy btns_ident_nl_policy[BTNS_A_IDENT_NAME + 1];
extern const struct nla_policy btns_pad_entry_nl_policy[BTNS_A_PAD_ENTRY_METHOD + 1];
extern const struct nla_policy btns_prefix_nl_policy[BTNS_A_PREFIX_LEN + 1];
extern const struct nla_policy btns_selector_nl_policy[BTNS_A_SELECTOR_REMOTE_PORT_MASK + 1];

int btns_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info);
void
btns_nl_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		  struct genl_info *info);

int btns_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_pad_add_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_pad_del_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_pad_replace_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_pad_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int btns_nl_sa_bind_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_sa_check_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_sa_unbind_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int btns_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int btns_nl_latch_get_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_latch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int btns_nl_latch_close_doit(struct sk_buff *skb, struct genl_info *info);
int btns_nl_latch_break_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	BTNS_NLGRP_LATCH,
	BTNS_NLGRP_SA,
	BTNS_NLGRP_PAD,
};

extern struct genl_family btns_nl_family;

#endif /* _LINUX_BTNS_GEN_H */
