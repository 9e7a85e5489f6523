/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Congruence of SAs (RFC 5660 sections 2 and 2.3): do two of them protect
 * alike, is an SA for a flow, would policy still protect a flow like that?
 *
 * Pure C on plain structs without allocation, compiled into the module and
 * into its unit test, which compares it with a naive oracle. qop.c and spd.c
 * fill the structs from what xfrm has.
 */
#ifndef BTNS_CONGRUENCE_H
#define BTNS_CONGRUENCE_H

#ifdef __KERNEL__
#include <linux/in.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <linux/types.h>
#endif
#include <linux/xfrm.h>
#include <uapi/linux/btns.h>

#include "selector.h"
#include "spd_match.h"

/* ---- what an SA gives --------------------------------------------------- */

/**
 * struct btns_qop - protection and its quality
 * @sa_proto: IPPROTO_ESP or IPPROTO_AH
 * @sa_mode: XFRM_MODE_TRANSPORT, XFRM_MODE_TUNNEL, ...
 * @protection: BTNS_PROTECTION_*
 * @esn: 1 with extended sequence numbers
 * @replay: 1 with replay protection; only known of an inbound SA
 * @aalgo: SADB_X_AALG_* of the integrity algorithm or AEAD, for templates
 * @enc_keybits: length of the cipher's key in bits, without a salt
 * @icv_bits: length of the integrity check value in bits
 * @enc: cipher or AEAD, zero padded
 * @auth: integrity algorithm, zero padded, empty for an AEAD
 */
struct btns_qop {
	__u8 sa_proto;
	__u8 sa_mode;
	__u8 protection;
	__u8 esn;
	__u8 replay;
	__u8 aalgo;
	__u16 enc_keybits;
	__u16 icv_bits;
	char enc[64];
	char auth[64];
};

/**
 * struct btns_values - what of an SA a latch is compared with
 * @peer: identity of the other end, NULL if nobody vouched for the SA;
 *	equal identities are one object, so this is only compared
 * @local: our identity towards it, likewise
 * @qop: how it protects
 */
struct btns_values {
	const void *peer;
	const void *local;
	const struct btns_qop *qop;
};

/**
 * btns_proto_protects() - is it a transformation that protects anything?
 * @proto: of an SA or a template
 *
 * IPComp does not, nor does the tunnel that xfrm adds for what cannot be
 * compressed: they do not count where one SA is asked for.
 *
 * Return: true unless it is one of those.
 */
static inline bool btns_proto_protects(__u8 proto)
{
	return proto != IPPROTO_COMP && proto != IPPROTO_IPIP &&
	       proto != IPPROTO_IPV6;
}

/**
 * btns_qop_compare() - whether two SAs protect alike
 * @a: one
 * @b: other
 *
 * Replay protection is left out: only the receiving end of an SA knows it, so
 * the caller compares it between inbound SAs. So is what an SA is for: marks,
 * CPUs and addresses.
 *
 * Return: BTNS_REASON_NONE if congruent, BTNS_REASON_PROTECTION if kind or
 * mode differ, BTNS_REASON_QOP if only the suite differs.
 */
static inline enum btns_reason btns_qop_compare(const struct btns_qop *a,
						const struct btns_qop *b)
{
	if (a->sa_proto != b->sa_proto || a->sa_mode != b->sa_mode ||
	    a->protection != b->protection)
		return BTNS_REASON_PROTECTION;
	if (a->esn != b->esn || a->enc_keybits != b->enc_keybits ||
	    a->icv_bits != b->icv_bits ||
	    memcmp(a->enc, b->enc, sizeof(a->enc)) ||
	    memcmp(a->auth, b->auth, sizeof(a->auth)))
		return BTNS_REASON_QOP;
	return BTNS_REASON_NONE;
}

/**
 * btns_ident_compare() - whether an SA has the peer and the identity latched
 * @latched: values of a latch; only the identities are looked at
 * @theirs: values of an SA; likewise
 *
 * Return: BTNS_REASON_NONE, or UNIDENTIFIED, PEER, LOCAL_ID.
 */
static inline enum btns_reason
btns_ident_compare(const struct btns_values *latched,
		   const struct btns_values *theirs)
{
	if (latched->peer != theirs->peer)
		return theirs->peer ? BTNS_REASON_PEER :
				      BTNS_REASON_UNIDENTIFIED;
	if (latched->local != theirs->local)
		return BTNS_REASON_LOCAL_ID;
	return BTNS_REASON_NONE;
}

/**
 * btns_values_compare() - whether an SA agrees with what is latched
 * @latched: values of a latch
 * @theirs: values of an SA
 *
 * Return: why not, peer first; or BTNS_REASON_NONE.
 */
static inline enum btns_reason
btns_values_compare(const struct btns_values *latched,
		    const struct btns_values *theirs)
{
	enum btns_reason reason = btns_ident_compare(latched, theirs);

	return reason != BTNS_REASON_NONE ?
		       reason : btns_qop_compare(latched->qop, theirs->qop);
}

/* ---- what an SA is for -------------------------------------------------- */

/**
 * struct btns_sa_scope - what an SA is for
 * @saddr: source of its packets; borrowed, 4 or 16 bytes by @family
 * @daddr: destination of its packets, likewise
 * @sel_saddr: source that it is for; borrowed, by @sel_family
 * @sel_daddr: destination that it is for, likewise
 * @mark: value that a flow's mark must have under @mark_mask
 * @mark_mask: bits of the mark that count, 0 for none
 * @if_id: xfrm interface that it is bound to, 0 for none
 * @sport: source port that it is for
 * @sport_mask: bits of it that count
 * @dport: destination port that it is for
 * @dport_mask: bits of it that count
 * @family: AF_INET or AF_INET6, of @saddr and @daddr
 * @sel_family: of @sel_saddr and @sel_daddr, 0 for any
 * @plen_s: prefix length of @sel_saddr in bits
 * @plen_d: prefix length of @sel_daddr in bits
 * @sel_proto: transport protocol that it is for, 0 for any
 * @proto: IPPROTO_ESP, IPPROTO_AH, ...
 * @mode: XFRM_MODE_*
 * @valid: it is neither larval nor dying
 */
struct btns_sa_scope {
	const void *saddr;
	const void *daddr;
	const void *sel_saddr;
	const void *sel_daddr;
	__u32 mark;
	__u32 mark_mask;
	__u32 if_id;
	__be16 sport;
	__be16 sport_mask;
	__be16 dport;
	__be16 dport_mask;
	__u8 family;
	__u8 sel_family;
	__u8 plen_s;
	__u8 plen_d;
	__u8 sel_proto;
	__u8 proto;
	__u8 mode;
	bool valid;
};

/**
 * struct btns_flow_scope - a flow, and how its packets are marked
 * @laddr: local address; borrowed, 4 or 16 bytes by @family
 * @raddr: remote address, likewise
 * @mark_in: mark of packets that come in
 * @mark_out: mark of packets that go out
 * @lport: local port
 * @rport: remote port
 * @family: AF_INET or AF_INET6
 * @proto: transport protocol
 */
struct btns_flow_scope {
	const void *laddr;
	const void *raddr;
	__u32 mark_in;
	__u32 mark_out;
	__be16 lport;
	__be16 rport;
	__u8 family;
	__u8 proto;
};

/* Which way an SA carries a flow. */
enum btns_sa_dir {
	BTNS_SA_NONE,	/* it does not */
	BTNS_SA_IN,
	BTNS_SA_OUT,
};

/**
 * btns_mark_fits() - is something with a mark for packets with that mark?
 * @mark: value wanted; with bits outside of @mask it is for none, as in xfrm
 * @mask: bits that count
 * @packet: mark of the packets
 *
 * Return: true if so.
 */
static inline bool btns_mark_fits(__u32 mark, __u32 mask, __u32 packet)
{
	return (packet & mask) == mark;
}

/* Do the first @bits bits agree? */
static inline bool btns_bits_equal(const void *a, const void *b,
				   unsigned int bits)
{
	const __u8 *x = a, *y = b;
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(x, y, bytes))
		return false;
	return !rest || !((x[bytes] ^ y[bytes]) >> (8 - rest));
}

static inline bool btns_addr_is_any(const void *addr, __u8 family)
{
	static const __u8 zero[16];

	return !memcmp(addr, zero, btns_family_bits(family) / 8);
}

/* Could an SA take part in a conflict at all? */
static inline bool btns_scope_counts(const struct btns_sa_scope *sa)
{
	return sa->valid && !sa->if_id &&
	       (sa->proto == IPPROTO_ESP || sa->proto == IPPROTO_AH);
}

/* Is an SA for packets from host a to host b, by its addresses alone? */
static inline bool btns_scope_joins(const struct btns_sa_scope *sa,
				    __u8 family, const void *a, const void *b)
{
	bool any = !sa->sel_family ||
		   (!sa->plen_s && !sa->plen_d && !sa->sel_proto);

	if (sa->mode == XFRM_MODE_TRANSPORT) {
		unsigned int bits = btns_family_bits(family);

		if (sa->family != family ||
		    !btns_bits_equal(sa->daddr, b, bits))
			return false;
		if (!btns_addr_is_any(sa->saddr, family) &&
		    !btns_bits_equal(sa->saddr, a, bits))
			return false;
	} else if (any) {
		/*
		 * A tunnel for everything says nothing of this flow: policy
		 * decides who uses it, and the packet check sees that.
		 */
		return false;
	}
	return any || (sa->sel_family == family &&
		       btns_bits_equal(sa->sel_saddr, a, sa->plen_s) &&
		       btns_bits_equal(sa->sel_daddr, b, sa->plen_d));
}

/* Is it also for that protocol and those ports? */
static inline bool btns_scope_ports_fit(const struct btns_sa_scope *sa,
					__u8 proto, __be16 ap, __be16 bp)
{
	return !((ap ^ sa->sport) & sa->sport_mask) &&
	       !((bp ^ sa->dport) & sa->dport_mask) &&
	       (!sa->sel_proto || sa->sel_proto == proto);
}

static inline bool btns_scope_out_pair(const struct btns_sa_scope *sa,
				       const struct btns_flow_scope *flow)
{
	return btns_mark_fits(sa->mark, sa->mark_mask, flow->mark_out) &&
	       btns_scope_joins(sa, flow->family, flow->laddr, flow->raddr);
}

static inline bool btns_scope_in_pair(const struct btns_sa_scope *sa,
				      const struct btns_flow_scope *flow)
{
	return btns_mark_fits(sa->mark, sa->mark_mask, flow->mark_in) &&
	       btns_scope_joins(sa, flow->family, flow->raddr, flow->laddr);
}

/**
 * btns_scope_covers() - whether, and which way, an SA is for a flow
 * @sa: what the SA is for
 * @flow: the flow
 *
 * This is "its traffic selectors cover the latch" of RFC 5660 section 2.3. An
 * SA of an xfrm interface covers nothing: what it carries goes by routing.
 *
 * Return: BTNS_SA_IN, BTNS_SA_OUT or BTNS_SA_NONE.
 */
static inline enum btns_sa_dir
btns_scope_covers(const struct btns_sa_scope *sa,
		  const struct btns_flow_scope *flow)
{
	if (!btns_scope_counts(sa))
		return BTNS_SA_NONE;
	if (btns_scope_out_pair(sa, flow) &&
	    btns_scope_ports_fit(sa, flow->proto, flow->lport, flow->rport))
		return BTNS_SA_OUT;
	if (btns_scope_in_pair(sa, flow) &&
	    btns_scope_ports_fit(sa, flow->proto, flow->rport, flow->lport))
		return BTNS_SA_IN;
	return BTNS_SA_NONE;
}

/**
 * btns_scope_covers_pair() - whether an SA is for any flow between two hosts
 * @sa: what the SA is for
 * @flow: its addresses, family and marks are looked at
 *
 * Return: true if so, either way.
 */
static inline bool btns_scope_covers_pair(const struct btns_sa_scope *sa,
					  const struct btns_flow_scope *flow)
{
	return btns_scope_counts(sa) && (btns_scope_out_pair(sa, flow) ||
					 btns_scope_in_pair(sa, flow));
}

/* ---- what policy says --------------------------------------------------- */

/**
 * struct btns_spd_decision - what policy says of a flow
 * @action: enum btns_spd_action
 * @index: xfrm policy index, 0 if no policy matches
 * @ntmpl: templates of the policy that protect; one is what can be latched
 * @proto: IPPROTO_ESP, IPPROTO_AH, ... of the first of those
 * @mode: XFRM_MODE_* of the first of those
 * @optional: the first of those is optional
 * @aalgos: allowed integrity algorithms, as struct xfrm_tmpl
 * @ealgos: allowed ciphers, as struct xfrm_tmpl
 * @allalgs: all algorithms are allowed
 */
struct btns_spd_decision {
	enum btns_spd_action action;
	__u32 index;
	__u8 ntmpl;
	__u8 proto;
	__u8 mode;
	bool optional;
	__u32 aalgos;
	__u32 ealgos;
	bool allalgs;
};

/**
 * btns_qop_against_policy() - whether a policy would still protect like this
 * @qop: what is latched
 * @lenient: the policy that was latched under protects where there is an SA, and
 *	no more is asked of the one now
 * @d: what policy says of the flow now
 *
 * Return: BTNS_REASON_NONE, or BYPASS, BLOCK or POLICY.
 */
static inline enum btns_reason
btns_qop_against_policy(const struct btns_qop *qop, bool lenient,
			const struct btns_spd_decision *d)
{
	switch (d->action) {
	case BTNS_SPD_CLEAR:
		return BTNS_REASON_BYPASS;
	case BTNS_SPD_BLOCK:
		return BTNS_REASON_BLOCK;
	case BTNS_SPD_PROTECT:
		break;
	}
	if (d->ntmpl != 1 || (d->optional && !lenient) ||
	    d->proto != qop->sa_proto || d->mode != qop->sa_mode)
		return BTNS_REASON_POLICY;
	/* as xfrm_state_ok() does it: only this mask is looked at */
	if (!d->allalgs && !(d->aalgos & (1U << (qop->aalgo & 31))))
		return BTNS_REASON_POLICY;
	return BTNS_REASON_NONE;
}

#endif /* BTNS_CONGRUENCE_H */
