/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a packet: the policy, the PAD entries, the SA and the latches
 * that decide it. Only looks at what it is given.
 */
#ifndef BTNSCTL_WHY_H
#define BTNSCTL_WHY_H

#include "btnsctl/spdlist.h"
#include "libbtns/sad.h"

/** enum why_result - what becomes of it */
enum why_result {
	WHY_DROPPED,		/* by policy, a latch, or for want of a peer */
	WHY_CLEAR,		/* sent as it is */
	WHY_PROTECTED,		/* sent under an SA that is there */
	WHY_HELD,		/* waits, or is lost, until an SA is there */
};

/**
 * struct why - a packet that leaves this host, and what was found
 * @pkt: its selectors; addresses whole, a port 0 if it does not matter
 * @spd: policies
 * @out_blocked: what no policy covers is dropped on the way out
 * @in_blocked: the same for what comes in
 * @pad: all PAD entries, in search order
 * @n_pad: how many
 * @sad: the kernel's SAs, in the order in which they were made
 * @n_sad: how many
 * @sas: bindings of these
 * @n_sas: how many
 * @latched: latches of such packets that stand
 * @broken: latches of such packets that are broken or closed: those packets
 *	are dropped whatever policy says
 * @own_broken: one of these is that packet's own: both its ports were told
 * @has_own: there is @own
 * @own: the packet's own latch, which stands; both its ports were told
 * @no_daemon: nobody is there to make SAs
 * @strict: what goes under an SA without a binding is dropped
 *
 * @out: policy that decides, NULL if there is none
 * @in: the same for the answer
 * @doubt: a policy before @out whose marks or interface are not known
 * @btns_ok: BTNS peers may use @out
 * @peer: for each of @pad, whether it may be behind the address
 * @n_peers: how many may
 * @under: SA that the packet goes under, NULL if there is none
 * @sa: its binding, NULL if nobody vouched for it
 * @by: PAD entry that its peer has, NULL if there is none (any more)
 * @result: what becomes of it
 * @text: the same as half a sentence
 */
struct why {
	struct lbtns_selector pkt;
	struct spdlist spd;
	bool out_blocked;
	bool in_blocked;
	struct lbtns_pad_entry *pad;
	size_t n_pad;
	struct lbtns_sad_sa *sad;
	size_t n_sad;
	struct lbtns_sa *sas;
	size_t n_sas;
	unsigned int latched;
	unsigned int broken;
	bool own_broken;
	bool has_own;
	struct lbtns_latch own;
	bool no_daemon;
	bool strict;

	const struct lbtns_spd_policy *out;
	const struct lbtns_spd_policy *in;
	const struct lbtns_spd_policy *doubt;
	bool btns_ok;
	bool *peer;
	size_t n_peers;
	const struct lbtns_sad_sa *under;
	const struct lbtns_sa *sa;
	const struct lbtns_pad_entry *by;
	enum why_result result;
	const char *text;
};

/**
 * why_decide - fill in the second half
 * @w: the first half is set; @w->peer has room for @w->n_pad, all false
 *
 * Return: false if out of memory.
 */
bool why_decide(struct why *w);

/**
 * why_result_name - name of a result
 * @r: result
 *
 * Return: constant string: dropped, clear, protected, held.
 */
const char *why_result_name(enum why_result r);

/* Is all of @a inside @p? */
bool why_inside(const struct lbtns_prefix *a, const struct lbtns_prefix *p);

#endif /* BTNSCTL_WHY_H */
