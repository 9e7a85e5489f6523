/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own security policies, over NETLINK_XFRM: as much of them as
 * btnsctl writes and shows.
 */
#ifndef LIBBTNS_SPD_H
#define LIBBTNS_SPD_H

#include "libbtns/btns.h"

#define LBTNS_SPD_TMPL_MAX	6

enum lbtns_spd_dir { LBTNS_SPD_IN, LBTNS_SPD_OUT, LBTNS_SPD_FWD };

enum lbtns_spd_action {
	LBTNS_SPD_PROTECT,
	LBTNS_SPD_BYPASS,
	LBTNS_SPD_BLOCK,
};

/**
 * struct lbtns_spd_tmpl - protection that a policy wants
 * @proto: IPPROTO_ESP, IPPROTO_AH, ...
 * @mode: XFRM_MODE_TRANSPORT (0) or XFRM_MODE_TUNNEL (1)
 * @optional: the packet may go without
 * @reqid: number that ties it to SAs, 0 for any
 * @src: outer source, family 0 if not given
 * @dst: outer destination, family 0 if not given
 */
struct lbtns_spd_tmpl {
	uint8_t proto;
	uint8_t mode;
	bool optional;
	uint32_t reqid;
	struct lbtns_prefix src;
	struct lbtns_prefix dst;
};

/**
 * struct lbtns_spd_policy - a policy
 * @index: number that the kernel gave
 * @priority: lower comes first
 * @dir: enum lbtns_spd_dir; values above are policies of sockets
 * @action: enum lbtns_spd_action
 * @proto: transport protocol, 0 for any
 * @src: source addresses of the packets
 * @dst: destination addresses of the packets, same family
 * @sport: source port, host byte order; type of ICMP and ICMPv6
 * @dport: destination port, host byte order; code of ICMP and ICMPv6
 * @sport_mask: bits of @sport that count, 0 for any
 * @dport_mask: bits of @dport that count, 0 for any
 * @partial: the kernel's policy has a mark, an interface, ... that is not told
 *	here; it is shown, but never matched or changed
 * @seconds: the kernel deletes it so long after it came, 0 for never
 * @n_tmpl: templates; 0 unless @action is protect
 * @tmpl: what the packet must have gone through, innermost first
 */
struct lbtns_spd_policy {
	uint32_t index;
	uint32_t priority;
	uint8_t dir;
	uint8_t action;
	uint8_t proto;
	struct lbtns_prefix src;
	struct lbtns_prefix dst;
	uint16_t sport;
	uint16_t dport;
	uint16_t sport_mask;
	uint16_t dport_mask;
	bool partial;
	uint64_t seconds;
	unsigned int n_tmpl;
	struct lbtns_spd_tmpl tmpl[LBTNS_SPD_TMPL_MAX];
};

/**
 * enum lbtns_group - policy groups of btnsd.conf(5), the laxest first
 * @LBTNS_GROUP_CLEAR: in the clear
 * @LBTNS_GROUP_CLEAR_OR_PRIVATE: in the clear until the peer has SAs made
 * @LBTNS_GROUP_PRIVATE_OR_CLEAR: protected, or for a while in the clear if it
 *	turns out that there is nobody to protect it with
 * @LBTNS_GROUP_PRIVATE: protected, or not at all
 * @LBTNS_GROUP_BLOCK: not at all
 * @LBTNS_GROUPS: how many
 */
enum lbtns_group {
	LBTNS_GROUP_CLEAR,
	LBTNS_GROUP_CLEAR_OR_PRIVATE,
	LBTNS_GROUP_PRIVATE_OR_CLEAR,
	LBTNS_GROUP_PRIVATE,
	LBTNS_GROUP_BLOCK,
	LBTNS_GROUPS,
};

/* priorities that are btnsd's: nobody else may have a policy in there */
#define LBTNS_GROUP_PRIO_MIN		60000u
#define LBTNS_GROUP_PRIO_MAX		61999u
/* of a fallback to clear, before all others */
#define LBTNS_GROUP_PRIO_FALLBACK	60000u
/* of what no group is about (IPv6 neighbour discovery) */
#define LBTNS_GROUP_PRIO_EXEMPT		60001u
/* of the prefixes of groups: here begin those of 128 bits, each shorter one */
#define LBTNS_GROUP_PRIO		60100u
/* comes so much later, and the last digit says which group it is */
#define LBTNS_GROUP_PRIO_STEP		10u

/**
 * lbtns_group_name - a group in words
 * @group: enum lbtns_group
 *
 * Return: a constant, as files of groups are called ("private-or-clear").
 */
const char *lbtns_group_name(unsigned int group);

/**
 * lbtns_spd_group - which group does a policy come from?
 * @priority: of the policy
 *
 * Return: the group's name, "fallback" or "exempt"; NULL if it is none of
 * btnsd's.
 */
const char *lbtns_spd_group(uint32_t priority);

/**
 * lbtns_spd_open - connect to the SPD of the caller's network namespace
 * @h: as for lbtns_open(); only good for the functions of this header and of sad.h
 *
 * Return: 0 or a negative errno.
 */
int lbtns_spd_open(struct lbtns **h);

/**
 * lbtns_spd_add - install a policy
 * @h: handle
 * @p: policy; @p->index is not used
 *
 * Return: 0; -EEXIST if there is one for the same traffic; other errno.
 */
int lbtns_spd_add(struct lbtns *h, const struct lbtns_spd_policy *p);

/**
 * lbtns_spd_replace - install a policy, in the place of one for the same
 * traffic
 * @h: handle
 * @p: policy; @p->index is not used
 *
 * At no moment there is neither of both. The new one has the index, and with
 * it the btns flags, of the old.
 *
 * Return: 0 or a negative errno.
 */
int lbtns_spd_replace(struct lbtns *h, const struct lbtns_spd_policy *p);

/**
 * lbtns_spd_del - delete the policy for exactly this traffic and direction
 * @h: handle
 * @p: dir, src, dst, proto, ports and their masks are used
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_spd_del(struct lbtns *h, const struct lbtns_spd_policy *p);

/**
 * lbtns_spd_del_index - delete a policy by its index
 * @h: handle
 * @index: index, tells the direction too
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_spd_del_index(struct lbtns *h, uint32_t index);

/**
 * lbtns_spd_get - read the policy for exactly this traffic and direction
 * @h: handle
 * @p: as for lbtns_spd_del(); filled anew
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_spd_get(struct lbtns *h, struct lbtns_spd_policy *p);

/* Return: 0 to go on, a negative value to stop with. */
typedef int (*lbtns_spd_cb)(const struct lbtns_spd_policy *p, void *arg);

/**
 * lbtns_spd_dump - list all policies, those of sockets too
 * @h: handle; may be used inside @cb
 * @cb: called for each
 * @arg: for @cb
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int lbtns_spd_dump(struct lbtns *h, lbtns_spd_cb cb, void *arg);

/**
 * struct lbtns_spd_default - what becomes of packets that no policy covers
 * @in: they are dropped on the way in
 * @out: they are dropped on the way out
 */
struct lbtns_spd_default {
	bool in;
	bool out;
};

/**
 * lbtns_spd_default_get - read the kernel's default policies
 * @h: handle
 * @d: filled; kernels before 5.15 have none and let all pass
 *
 * Return: 0 or a negative errno.
 */
int lbtns_spd_default_get(struct lbtns *h, struct lbtns_spd_default *d);

#endif /* LIBBTNS_SPD_H */
