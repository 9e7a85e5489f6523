/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quality of protection: what an SA gives, and whether two SAs give the same
 * (RFC 5660 sections 2 and 2.3).
 */
#ifndef BTNS_QOP_H
#define BTNS_QOP_H

#include <linux/types.h>
#include <uapi/linux/btns.h>

struct btns_flow;
struct btns_spd_decision;
struct xfrm_state;

/**
 * struct btns_qop - protection and its quality
 * @sa_proto: IPPROTO_ESP or IPPROTO_AH
 * @sa_mode: XFRM_MODE_TRANSPORT or XFRM_MODE_TUNNEL
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
	u8 sa_proto;
	u8 sa_mode;
	u8 protection;
	u8 esn;
	u8 replay;
	u8 aalgo;
	u16 enc_keybits;
	u16 icv_bits;
	char enc[64];
	char auth[64];
};

/* Which way an SA carries a flow. */
enum btns_sa_dir {
	BTNS_SA_NONE,	/* it does not */
	BTNS_SA_IN,
	BTNS_SA_OUT,
};

u8 btns_qop_replay(const struct xfrm_state *x);
void btns_qop_from_state(struct btns_qop *qop, const struct xfrm_state *x);
enum btns_reason btns_qop_compare(const struct btns_qop *a,
				  const struct btns_qop *b);
enum btns_reason btns_qop_against_policy(const struct btns_qop *qop,
					 const struct btns_spd_decision *d);
bool btns_qop_covers_pair(const struct xfrm_state *x,
			  const struct btns_flow *flow);
enum btns_sa_dir btns_qop_covers(const struct xfrm_state *x,
				 const struct btns_flow *flow);

#endif /* BTNS_QOP_H */
