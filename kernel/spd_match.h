/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which traffic the policies let a peer have an SA for: the flag BTNS_OK of
 * RFC 5386 section 2.
 *
 * Pure C without allocation, compiled into the module and into btnsd. The
 * result enum has its refusal at zero.
 */
#ifndef BTNS_SPD_MATCH_H
#define BTNS_SPD_MATCH_H

#include "selector.h"

enum btns_spd_action {
	BTNS_SPD_CLEAR,		/* bypass, or no policy at all */
	BTNS_SPD_BLOCK,		/* discard */
	BTNS_SPD_PROTECT,	/* transform */
};

/**
 * struct btns_spd_rule - an SPD entry as the matcher sees it
 * @sel: traffic that it is for
 * @action: enum btns_spd_action
 * @btns_ok: BTNS peers may use it (U09)
 * @inexact: @sel is wider than the policy; it may refuse but lets nobody in
 * @apart: by its mark it has nothing to do with the SA in question
 */
struct btns_spd_rule {
	struct btns_selector sel;
	__u8 action;
	bool btns_ok;
	bool inexact;
	bool apart;
};

/**
 * btns_spd_rule_mark() - what the mark of a policy means for an SA
 * @rule: @inexact and @apart are set where the marks say so
 * @mark: value of the policy's mark
 * @mask: bits of it that count, 0 for none
 * @sa_mark: value of the SA's mark
 * @sa_mask: bits of it that count, 0 for none
 *
 * A policy without a mark is for packets with any; one with a mark protects
 * all that an SA carries only if the SA is for no other packets.
 */
static inline void btns_spd_rule_mark(struct btns_spd_rule *rule, __u32 mark,
				      __u32 mask, __u32 sa_mark, __u32 sa_mask)
{
	if (mark & ~mask || (mark ^ sa_mark) & mask & sa_mask)
		rule->apart = true;
	else if (mask & ~sa_mask)
		rule->inexact = true;
}

/**
 * enum btns_spd_cause - may a peer have an SA for some traffic?
 * @BTNS_SPD_NO_POLICY: no policy protects all of it
 * @BTNS_SPD_NOT_PROTECTED: policy sends or expects it in the clear, or
 *	discards it
 * @BTNS_SPD_NOT_BTNS_OK: it is a BTNS peer, and a policy without btns-ok
 *	protects some of it
 * @BTNS_SPD_OK: it may
 */
enum btns_spd_cause {
	BTNS_SPD_NO_POLICY,
	BTNS_SPD_NOT_PROTECTED,
	BTNS_SPD_NOT_BTNS_OK,
	BTNS_SPD_OK,
};

/**
 * btns_spd_cause_text() - the outcome in words
 * @cause: enum btns_spd_cause
 *
 * Return: a sentence without a full stop; a constant.
 */
static inline const char *btns_spd_cause_text(enum btns_spd_cause cause)
{
	switch (cause) {
	case BTNS_SPD_NO_POLICY:
		return "no policy protects all of that traffic";
	case BTNS_SPD_NOT_PROTECTED:
		return "policy does not protect that traffic";
	case BTNS_SPD_NOT_BTNS_OK:
		return "a policy for that traffic has no btns-ok flag";
	case BTNS_SPD_OK:
		return "policy protects that traffic";
	}
	return "unknown cause";
}

/**
 * btns_spd_child() - may a peer have an SA for this traffic?
 * @rules: policies of one direction, in the order in which they are searched
 * @count: how many
 * @btns: the peer's PAD entry is a BTNS entry
 * @sel: traffic
 * @index: out, the policy that decided, if the result is not no-policy; may
 *	be NULL
 *
 * The first policy that covers all of @sel decides. One before it that covers
 * a part is passed over, as its own packets meet it first anyhow - but a BTNS
 * peer must not come near what a policy protects for others: each policy up
 * to the deciding one that protects a part of @sel must have btns-ok.
 *
 * Return: enum btns_spd_cause.
 */
static inline enum btns_spd_cause
btns_spd_child(const struct btns_spd_rule *rules, size_t count, bool btns,
	       const struct btns_selector *sel, size_t *index)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct btns_spd_rule *rule = &rules[i];

		if (rule->apart || !btns_selector_overlap(&rule->sel, sel))
			continue;
		if (index)
			*index = i;
		if (btns && rule->action == BTNS_SPD_PROTECT && !rule->btns_ok)
			return BTNS_SPD_NOT_BTNS_OK;
		if (rule->inexact || !btns_selector_contains(&rule->sel, sel))
			continue;
		return rule->action == BTNS_SPD_PROTECT ?
			BTNS_SPD_OK : BTNS_SPD_NOT_PROTECTED;
	}
	return BTNS_SPD_NO_POLICY;
}

/**
 * btns_spd_narrow() - shrink a selector to what a peer may have
 * @rules: policies of one direction, in the order in which they are searched
 * @count: how many
 * @btns: the peer's PAD entry is a BTNS entry
 * @keep: traffic that must stay, inside @sel; say, the packet that asked for
 *	the SA
 * @sel: traffic, in and out
 *
 * Return: BTNS_SPD_OK if @sel now passes btns_spd_child() and contains @keep;
 * else why @keep cannot be had, and @sel is as it was.
 */
static inline enum btns_spd_cause
btns_spd_narrow(const struct btns_spd_rule *rules, size_t count, bool btns,
		const struct btns_selector *keep, struct btns_selector *sel)
{
	enum btns_spd_cause cause;
	struct btns_selector s;
	size_t i, at = count;

	if (!btns_selector_contains(sel, keep))
		return BTNS_SPD_NO_POLICY;
	cause = btns_spd_child(rules, count, btns, keep, &at);
	if (cause != BTNS_SPD_OK)
		return cause;
	if (!btns_selector_intersect(sel, &rules[at].sel, &s))
		return BTNS_SPD_NO_POLICY;
	for (i = 0; btns && i < at; i++) {
		if (rules[i].action != BTNS_SPD_PROTECT || rules[i].btns_ok ||
		    rules[i].apart)
			continue;
		if (!btns_selector_carve(&s, keep, &rules[i].sel))
			return BTNS_SPD_NOT_BTNS_OK;
	}
	/* Policies in the clear that hold all that is left decide first. */
	cause = btns_spd_child(rules, count, btns, &s, NULL);
	if (cause == BTNS_SPD_OK)
		*sel = s;
	return cause;
}

#endif /* BTNS_SPD_MATCH_H */
