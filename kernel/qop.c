// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an xfrm state to what it protects, and how: the plain structs that
 * congruence.h compares.
 */
#include <linux/string.h>
#include <net/xfrm.h>

#include "btns.h"
#include "compat.h"
#include "flow.h"
#include "qop.h"

/* Keys of these carry a salt behind the key proper. */
static unsigned int salt_bits(const char *name)
{
	if (strstarts(name, "rfc4309("))
		return 24;
	if (strstarts(name, "rfc4106(") || strstarts(name, "rfc4543(") ||
	    strstarts(name, "rfc7539esp(") || strstarts(name, "rfc3686("))
		return 32;
	return 0;
}

static u16 key_bits(const char *name, unsigned int len)
{
	unsigned int salt = salt_bits(name);

	return len > salt ? len - salt : 0;
}

static void read_aead(struct btns_qop *qop, const struct xfrm_algo_aead *aead)
{
	strscpy_pad(qop->enc, aead->alg_name, sizeof(qop->enc));
	qop->enc_keybits = key_bits(aead->alg_name, aead->alg_key_len);
	qop->icv_bits = aead->alg_icv_len;
	qop->protection = BTNS_PROTECTION_INTEGRITY;
	/* RFC 4543 is GMAC in the place of a cipher. */
	if (!strstarts(aead->alg_name, "rfc4543("))
		qop->protection |= BTNS_PROTECTION_CONFIDENTIALITY;
}

static void read_pair(struct btns_qop *qop, const struct xfrm_algo *ealg,
		      const struct xfrm_algo_auth *aalg)
{
	if (ealg) {
		strscpy_pad(qop->enc, ealg->alg_name, sizeof(qop->enc));
		qop->enc_keybits = key_bits(ealg->alg_name, ealg->alg_key_len);
		if (strcmp(ealg->alg_name, "ecb(cipher_null)"))
			qop->protection |= BTNS_PROTECTION_CONFIDENTIALITY;
	}
	if (aalg) {
		strscpy_pad(qop->auth, aalg->alg_name, sizeof(qop->auth));
		qop->icv_bits = aalg->alg_trunc_len;
		if (strcmp(aalg->alg_name, "digest_null"))
			qop->protection |= BTNS_PROTECTION_INTEGRITY;
	}
}

/**
 * btns_qop_replay - whether replay protection is on
 * @x: a state that is or was valid; only of an inbound one it can be told
 *
 * Context: any.
 * Return: 1 if so, else 0.
 */
u8 btns_qop_replay(const struct xfrm_state *x)
{
	return x->replay_esn ? !!x->replay_esn->replay_window :
			       !!x->props.replay_window;
}

/**
 * btns_qop_from_state - what an SA gives
 * @qop: filled, zeroed first, so that two of them can be compared as bytes
 * @x: a state that is or was valid; its algorithms never change
 *
 * Context: any.
 */
void btns_qop_from_state(struct btns_qop *qop, const struct xfrm_state *x)
{
	memset(qop, 0, sizeof(*qop));
	qop->sa_proto = x->id.proto;
	qop->sa_mode = x->props.mode;
	qop->aalgo = x->props.aalgo;
	qop->esn = !!(x->props.flags & XFRM_STATE_ESN);
	qop->replay = btns_qop_replay(x);
	if (x->aead)
		read_aead(qop, x->aead);
	else
		read_pair(qop, x->ealg, x->aalg);
}

/**
 * btns_qop_latchable - could an SA be latched at all
 * @x: a state that protects
 *
 * With an xfrm interface the packet passes LOCAL_OUT before xfrm sees it; with
 * packet offload, xfrm does not see it at all.
 *
 * Context: any.
 * Return: BTNS_REASON_NONE, BUNDLE, INTERFACE or OFFLOAD.
 */
enum btns_reason btns_qop_latchable(const struct xfrm_state *x)
{
	if (x->id.proto != IPPROTO_ESP && x->id.proto != IPPROTO_AH)
		return BTNS_REASON_BUNDLE;
	if (x->if_id)
		return BTNS_REASON_INTERFACE;
	if (btns_compat_packet_offload(x))
		return BTNS_REASON_OFFLOAD;
	return BTNS_REASON_NONE;
}

/* What an SA is for; points into @x. */
static void scope_of(const struct xfrm_state *x, struct btns_sa_scope *sa)
{
	const struct xfrm_selector *sel = &x->sel;

	*sa = (struct btns_sa_scope){
		.saddr = &x->props.saddr,
		.daddr = &x->id.daddr,
		.sel_saddr = &sel->saddr,
		.sel_daddr = &sel->daddr,
		.mark = x->mark.v,
		.mark_mask = x->mark.m,
		.if_id = x->if_id,
		.sport = sel->sport,
		.sport_mask = sel->sport_mask,
		.dport = sel->dport,
		.dport_mask = sel->dport_mask,
		.family = x->props.family,
		.sel_family = sel->family,
		.plen_s = sel->prefixlen_s,
		.plen_d = sel->prefixlen_d,
		.sel_proto = sel->proto,
		.proto = x->id.proto,
		.mode = x->props.mode,
		.valid = x->km.state == XFRM_STATE_VALID,
	};
}

static void flow_scope_of(const struct btns_flow *flow,
			  const struct btns_marks *marks,
			  struct btns_flow_scope *scope)
{
	*scope = (struct btns_flow_scope){
		.laddr = &flow->laddr,
		.raddr = &flow->raddr,
		.mark_in = marks->in,
		.mark_out = marks->out,
		.lport = flow->lport,
		.rport = flow->rport,
		.family = flow->family,
		.proto = flow->proto,
	};
}

/**
 * btns_qop_covers - whether, and which way, an SA is for a flow
 * @x: a state
 * @flow: the flow
 * @marks: how its packets are marked
 *
 * See btns_scope_covers().
 *
 * Context: any.
 * Return: BTNS_SA_IN, BTNS_SA_OUT or BTNS_SA_NONE.
 */
enum btns_sa_dir btns_qop_covers(const struct xfrm_state *x,
				 const struct btns_flow *flow,
				 const struct btns_marks *marks)
{
	struct btns_flow_scope scope;
	struct btns_sa_scope sa;

	scope_of(x, &sa);
	flow_scope_of(flow, marks, &scope);
	return btns_scope_covers(&sa, &scope);
}

/**
 * btns_qop_covers_pair - whether an SA is for any flow between two hosts
 * @x: a state
 * @flow: its addresses and family are looked at
 * @marks: how its packets are marked
 *
 * Context: any.
 * Return: true if so, either way.
 */
bool btns_qop_covers_pair(const struct xfrm_state *x,
			  const struct btns_flow *flow,
			  const struct btns_marks *marks)
{
	struct btns_flow_scope scope;
	struct btns_sa_scope sa;

	scope_of(x, &sa);
	flow_scope_of(flow, marks, &scope);
	return btns_scope_covers_pair(&sa, &scope);
}

/**
 * btns_qop_exact - whether an SA is for a flow and nothing else
 * @x: a state
 * @flow: the flow
 * @dir: BTNS_SA_IN or BTNS_SA_OUT
 *
 * Context: any.
 * Return: true if so.
 */
bool btns_qop_exact(const struct xfrm_state *x, const struct btns_flow *flow,
		    enum btns_sa_dir dir)
{
	const struct xfrm_selector *sel = &x->sel;
	bool out = dir == BTNS_SA_OUT;
	u8 bits = flow->family == AF_INET ? 32 : 128;

	return sel->family == flow->family && sel->proto == flow->proto &&
	       sel->prefixlen_s == bits && sel->prefixlen_d == bits &&
	       sel->sport_mask == htons(0xffff) &&
	       sel->dport_mask == htons(0xffff) &&
	       sel->sport == (out ? flow->lport : flow->rport) &&
	       sel->dport == (out ? flow->rport : flow->lport) &&
	       addr_match(&sel->saddr, out ? &flow->laddr : &flow->raddr,
			  bits) &&
	       addr_match(&sel->daddr, out ? &flow->raddr : &flow->laddr,
			  bits);
}
