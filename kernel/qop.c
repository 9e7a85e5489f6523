// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congruence of SAs: pure functions from an xfrm state to what it protects
 * and how, and from two of those to the reason why they differ.
 */
#include <linux/string.h>
#include <net/xfrm.h>

#include "btns.h"
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
 * btns_qop_compare - whether two SAs protect alike
 * @a: one
 * @b: other
 *
 * Replay protection is left out: only the receiving end of an SA knows it, so
 * the caller compares it between inbound SAs.
 *
 * Context: any.
 * Return: BTNS_REASON_NONE if congruent, BTNS_REASON_PROTECTION if kind or
 * mode differ, BTNS_REASON_QOP if only the suite differs.
 */
enum btns_reason btns_qop_compare(const struct btns_qop *a,
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
 * btns_qop_against_policy - whether a policy would still protect like this
 * @qop: what is latched
 * @d: what policy says of the flow now
 *
 * Context: any.
 * Return: BTNS_REASON_NONE, or BYPASS, BLOCK or POLICY.
 */
enum btns_reason btns_qop_against_policy(const struct btns_qop *qop,
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
	if (d->ntmpl != 1 || d->optional || d->proto != qop->sa_proto ||
	    d->mode != qop->sa_mode)
		return BTNS_REASON_POLICY;
	/* as xfrm_state_ok() does it: only this mask is looked at */
	if (!d->allalgs && !(d->aalgos & (1U << (qop->aalgo & 31))))
		return BTNS_REASON_POLICY;
	return BTNS_REASON_NONE;
}

static bool addr_in(const xfrm_address_t *net, u8 plen,
		    const union nf_inet_addr *addr)
{
	return addr_match(net, addr, plen);
}

static bool port_in(__be16 want, __be16 mask, __be16 port)
{
	return !((port ^ want) & mask);
}

static bool host_is(const xfrm_address_t *host, const union nf_inet_addr *addr,
		    u8 family)
{
	return addr_match(host, addr, family == AF_INET ? 32 : 128);
}

/* Could an SA take part in a conflict at all? */
static bool counts(const struct xfrm_state *x)
{
	return x->km.state == XFRM_STATE_VALID && !x->mark.m && !x->if_id &&
	       (x->id.proto == IPPROTO_ESP || x->id.proto == IPPROTO_AH);
}

/* Is an SA for packets from host a to host b, by its addresses alone? */
static bool joins(const struct xfrm_state *x, u8 family,
		  const union nf_inet_addr *a, const union nf_inet_addr *b)
{
	const struct xfrm_selector *sel = &x->sel;
	bool any = !sel->family ||
		   (!sel->prefixlen_s && !sel->prefixlen_d && !sel->proto);

	if (x->props.mode == XFRM_MODE_TRANSPORT) {
		if (x->props.family != family ||
		    !host_is(&x->id.daddr, b, family))
			return false;
		if (!xfrm_addr_any(&x->props.saddr, x->props.family) &&
		    !host_is(&x->props.saddr, a, family))
			return false;
	} else if (any) {
		/*
		 * A tunnel for everything says nothing of this flow: policy
		 * decides who uses it, and the packet check sees that.
		 */
		return false;
	}
	return any || (sel->family == family &&
		       addr_in(&sel->saddr, sel->prefixlen_s, a) &&
		       addr_in(&sel->daddr, sel->prefixlen_d, b));
}

/* Is it also for that protocol and those ports? */
static bool ports_fit(const struct xfrm_selector *sel, u8 proto, __be16 ap,
		      __be16 bp)
{
	return port_in(sel->sport, sel->sport_mask, ap) &&
	       port_in(sel->dport, sel->dport_mask, bp) &&
	       (!sel->proto || sel->proto == proto);
}

/**
 * btns_qop_covers - whether, and which way, an SA is for a flow
 * @x: a state; marks and interfaces select more than a flow says, so states
 *	that have any cover nothing here
 * @flow: the flow
 *
 * This is "its traffic selectors cover the latch" of RFC 5660 section 2.3.
 *
 * Context: any.
 * Return: BTNS_SA_IN, BTNS_SA_OUT or BTNS_SA_NONE.
 */
enum btns_sa_dir btns_qop_covers(const struct xfrm_state *x,
				 const struct btns_flow *flow)
{
	if (!counts(x))
		return BTNS_SA_NONE;
	if (joins(x, flow->family, &flow->laddr, &flow->raddr) &&
	    ports_fit(&x->sel, flow->proto, flow->lport, flow->rport))
		return BTNS_SA_OUT;
	if (joins(x, flow->family, &flow->raddr, &flow->laddr) &&
	    ports_fit(&x->sel, flow->proto, flow->rport, flow->lport))
		return BTNS_SA_IN;
	return BTNS_SA_NONE;
}

/**
 * btns_qop_covers_pair - whether an SA is for any flow between two hosts
 * @x: a state
 * @flow: its addresses and family are looked at
 *
 * Context: any.
 * Return: true if so, either way.
 */
bool btns_qop_covers_pair(const struct xfrm_state *x,
			  const struct btns_flow *flow)
{
	return counts(x) &&
	       (joins(x, flow->family, &flow->laddr, &flow->raddr) ||
		joins(x, flow->family, &flow->raddr, &flow->laddr));
}
