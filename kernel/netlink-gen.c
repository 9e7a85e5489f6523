// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/btns.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: tools/regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/btns.h>

/* Common nested types */
const struct nla_policy btns_ident_nl_policy[BTNS_A_IDENT_NAME + 1] = {
	[BTNS_A_IDENT_TYPE] = NLA_POLICY_MAX(NLA_U32, 7),
	[BTNS_A_IDENT_METHOD] = NLA_POLICY_MAX(NLA_U32, 5),
	[BTNS_A_IDENT_DIGEST] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_IDENT_NAME] = { .type = NLA_NUL_STRING, .len = BTNS_NAME_MAX, },
};

const struct nla_policy btns_pad_entry_nl_policy[BTNS_A_PAD_ENTRY_METHOD + 1] = {
	[BTNS_A_PAD_ENTRY_NAME] = { .type = NLA_NUL_STRING, .len = BTNS_NAME_MAX, },
	[BTNS_A_PAD_ENTRY_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[BTNS_A_PAD_ENTRY_ID] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_PAD_ENTRY_KEY] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_PAD_ENTRY_PREFIX] = NLA_POLICY_NESTED(btns_prefix_nl_policy),
	[BTNS_A_PAD_ENTRY_METHOD] = NLA_POLICY_MAX(NLA_U32, 5),
};

const struct nla_policy btns_prefix_nl_policy[BTNS_A_PREFIX_LEN + 1] = {
	[BTNS_A_PREFIX_FAMILY] = { .type = NLA_U16, },
	[BTNS_A_PREFIX_ADDR] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_PREFIX_LEN] = { .type = NLA_U8, },
};

const struct nla_policy btns_selector_nl_policy[BTNS_A_SELECTOR_REMOTE_PORT_MASK + 1] = {
	[BTNS_A_SELECTOR_FAMILY] = { .type = NLA_U16, },
	[BTNS_A_SELECTOR_LOCAL] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SELECTOR_LOCAL_PREFIX] = { .type = NLA_U8, },
	[BTNS_A_SELECTOR_REMOTE] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SELECTOR_REMOTE_PREFIX] = { .type = NLA_U8, },
	[BTNS_A_SELECTOR_PROTO] = { .type = NLA_U8, },
	[BTNS_A_SELECTOR_LOCAL_PORT] = { .type = NLA_U16, },
	[BTNS_A_SELECTOR_REMOTE_PORT] = { .type = NLA_U16, },
	[BTNS_A_SELECTOR_LOCAL_PORT_MASK] = { .type = NLA_U16, },
	[BTNS_A_SELECTOR_REMOTE_PORT_MASK] = { .type = NLA_U16, },
};

/* BTNS_CMD_PAD_ADD - do */
static const struct nla_policy btns_pad_add_nl_policy[BTNS_A_PAD_ENTRY + 1] = {
	[BTNS_A_PAD_ENTRY] = NLA_POLICY_NESTED(btns_pad_entry_nl_policy),
};

/* BTNS_CMD_PAD_DEL - do */
static const struct nla_policy btns_pad_del_nl_policy[BTNS_A_PAD_NAME + 1] = {
	[BTNS_A_PAD_NAME] = { .type = NLA_NUL_STRING, .len = BTNS_NAME_MAX, },
};

/* BTNS_CMD_PAD_REPLACE - do */
static const struct nla_policy btns_pad_replace_nl_policy[BTNS_A_PAD_ENTRY + 1] = {
	[BTNS_A_PAD_ENTRY] = NLA_POLICY_NESTED(btns_pad_entry_nl_policy),
};

/* BTNS_CMD_SA_BIND - do */
static const struct nla_policy btns_sa_bind_nl_policy[BTNS_A_SA_MARK_MASK + 1] = {
	[BTNS_A_SA_SPI] = { .type = NLA_BE32, },
	[BTNS_A_SA_PROTO] = { .type = NLA_U8, },
	[BTNS_A_SA_FAMILY] = { .type = NLA_U16, },
	[BTNS_A_SA_DADDR] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_PEER] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_SA_LOCAL] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_SA_PEER_KEY] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_SEL] = NLA_POLICY_NESTED(btns_selector_nl_policy),
	[BTNS_A_SA_PEER_CERT] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_PEER_ANCHOR] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_LOCAL_PUBLIC] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_LOCAL_PUBLIC_PORT] = { .type = NLA_U16, },
	[BTNS_A_SA_REMOTE_PRIVATE] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_REMOTE_PRIVATE_PORT] = { .type = NLA_U16, },
	[BTNS_A_SA_MARK] = { .type = NLA_U32, },
	[BTNS_A_SA_MARK_MASK] = { .type = NLA_U32, },
};

/* BTNS_CMD_SA_CHECK - do */
static const struct nla_policy btns_sa_check_nl_policy[BTNS_A_SA_MARK_MASK + 1] = {
	[BTNS_A_SA_SPI] = { .type = NLA_BE32, },
	[BTNS_A_SA_PROTO] = { .type = NLA_U8, },
	[BTNS_A_SA_FAMILY] = { .type = NLA_U16, },
	[BTNS_A_SA_DADDR] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_PEER] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_SA_LOCAL] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_SA_PEER_KEY] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_SEL] = NLA_POLICY_NESTED(btns_selector_nl_policy),
	[BTNS_A_SA_PEER_CERT] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_PEER_ANCHOR] = NLA_POLICY_EXACT_LEN(BTNS_DIGEST_LEN),
	[BTNS_A_SA_LOCAL_PUBLIC] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_LOCAL_PUBLIC_PORT] = { .type = NLA_U16, },
	[BTNS_A_SA_REMOTE_PRIVATE] = NLA_POLICY_MAX_LEN(16),
	[BTNS_A_SA_REMOTE_PRIVATE_PORT] = { .type = NLA_U16, },
	[BTNS_A_SA_MARK] = { .type = NLA_U32, },
	[BTNS_A_SA_MARK_MASK] = { .type = NLA_U32, },
};

/* BTNS_CMD_SA_UNBIND - do */
static const struct nla_policy btns_sa_unbind_nl_policy[BTNS_A_SA_DADDR + 1] = {
	[BTNS_A_SA_SPI] = { .type = NLA_BE32, },
	[BTNS_A_SA_PROTO] = { .type = NLA_U8, },
	[BTNS_A_SA_FAMILY] = { .type = NLA_U16, },
	[BTNS_A_SA_DADDR] = NLA_POLICY_MAX_LEN(16),
};

/* BTNS_CMD_POLICY_SET - do */
static const struct nla_policy btns_policy_set_nl_policy[BTNS_A_POLICY_FLAGS + 1] = {
	[BTNS_A_POLICY_INDEX] = { .type = NLA_U32, },
	[BTNS_A_POLICY_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* BTNS_CMD_LATCH_GET - do */
static const struct nla_policy btns_latch_get_nl_policy[BTNS_A_LATCH_ID + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64, },
};

/* BTNS_CMD_LATCH_CLOSE - do */
static const struct nla_policy btns_latch_close_nl_policy[BTNS_A_LATCH_ALL + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64, },
	[BTNS_A_LATCH_PEER] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_LATCH_ALL] = { .type = NLA_FLAG, },
	[BTNS_A_LATCH_REASON] = NLA_POLICY_MAX(NLA_U32, 20),
};

/* BTNS_CMD_LATCH_BREAK - do */
static const struct nla_policy btns_latch_break_nl_policy[BTNS_A_LATCH_ALL + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64, },
	[BTNS_A_LATCH_PEER] = NLA_POLICY_NESTED(btns_ident_nl_policy),
	[BTNS_A_LATCH_ALL] = { .type = NLA_FLAG, },
	[BTNS_A_LATCH_REASON] = NLA_POLICY_MAX(NLA_U32, 20),
};

/* Ops table for btns */
static const struct genl_split_ops btns_nl_ops[] = {
	{
		.cmd		= BTNS_CMD_STATUS_GET,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_status_get_doit,
		.post_doit	= btns_nl_post_doit,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_PAD_ADD,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_pad_add_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_pad_add_nl_policy,
		.maxattr	= BTNS_A_PAD_ENTRY,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_PAD_DEL,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_pad_del_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_pad_del_nl_policy,
		.maxattr	= BTNS_A_PAD_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_PAD_REPLACE,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_pad_replace_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_pad_replace_nl_policy,
		.maxattr	= BTNS_A_PAD_ENTRY,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= BTNS_CMD_PAD_GET,
		.dumpit	= btns_nl_pad_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= BTNS_CMD_SA_BIND,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_sa_bind_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_sa_bind_nl_policy,
		.maxattr	= BTNS_A_SA_MARK_MASK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_SA_CHECK,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_sa_check_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_sa_check_nl_policy,
		.maxattr	= BTNS_A_SA_MARK_MASK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_SA_UNBIND,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_sa_unbind_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_sa_unbind_nl_policy,
		.maxattr	= BTNS_A_SA_DADDR,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= BTNS_CMD_SA_GET,
		.dumpit	= btns_nl_sa_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= BTNS_CMD_POLICY_SET,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_policy_set_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_policy_set_nl_policy,
		.maxattr	= BTNS_A_POLICY_FLAGS,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= BTNS_CMD_POLICY_GET,
		.dumpit	= btns_nl_policy_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= BTNS_CMD_LATCH_GET,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_latch_get_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_latch_get_nl_policy,
		.maxattr	= BTNS_A_LATCH_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= BTNS_CMD_LATCH_GET,
		.dumpit	= btns_nl_latch_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= BTNS_CMD_LATCH_CLOSE,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_latch_close_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_latch_close_nl_policy,
		.maxattr	= BTNS_A_LATCH_ALL,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= BTNS_CMD_LATCH_BREAK,
		.pre_doit	= btns_nl_pre_doit,
		.doit		= btns_nl_latch_break_doit,
		.post_doit	= btns_nl_post_doit,
		.policy		= btns_latch_break_nl_policy,
		.maxattr	= BTNS_A_LATCH_ALL,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group btns_nl_mcgrps[] = {
	[BTNS_NLGRP_LATCH] = { "latch", GENL_MCAST_CAP_NET_ADMIN },
	[BTNS_NLGRP_SA] = { "sa", GENL_MCAST_CAP_NET_ADMIN },
	[BTNS_NLGRP_PAD] = { "pad", GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family btns_nl_family __ro_after_init = {
	.name		= BTNS_FAMILY_NAME,
	.version	= BTNS_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	BTNS_GENL_SPLIT_OPS(btns_nl_ops),
	.mcgrps		= btns_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(btns_nl_mcgrps),
};
