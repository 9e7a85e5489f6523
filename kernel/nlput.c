// SPDX-License-Identifier: GPL-2.0-only
/*
 * Structs of btns written as netlink attributes: what replies and events have
 * in common. Documentation/netlink/specs/btns.yaml says what they mean.
 */
#include <net/netlink.h>

#include "nlput.h"

static int put_addr(struct sk_buff *skb, int attr, u8 family, const void *addr)
{
	return nla_put(skb, attr, btns_family_bits(family) / 8, addr);
}

static int put_ident(struct sk_buff *skb, int attr, u8 type, u8 method,
		     const u8 *digest, const char *name)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u32(skb, BTNS_A_IDENT_TYPE, type) ||
	    nla_put_u32(skb, BTNS_A_IDENT_METHOD, method))
		return -EMSGSIZE;
	if (type != BTNS_ID_TYPE_NONE &&
	    (nla_put(skb, BTNS_A_IDENT_DIGEST, BTNS_DIGEST_LEN, digest) ||
	     nla_put_string(skb, BTNS_A_IDENT_NAME, name)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Nothing is put for no identity. */
static int put_ident_obj(struct sk_buff *skb, int attr,
			 const struct btns_ident *ident)
{
	return ident ? put_ident(skb, attr, ident->type, ident->method,
				 ident->digest, ident->name) : 0;
}

static int put_selector(struct sk_buff *skb, int attr,
			const struct btns_selector *sel)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u16(skb, BTNS_A_SELECTOR_FAMILY, sel->local.family) ||
	    put_addr(skb, BTNS_A_SELECTOR_LOCAL, sel->local.family,
		     sel->local.addr) ||
	    nla_put_u8(skb, BTNS_A_SELECTOR_LOCAL_PREFIX, sel->local.len) ||
	    put_addr(skb, BTNS_A_SELECTOR_REMOTE, sel->remote.family,
		     sel->remote.addr) ||
	    nla_put_u8(skb, BTNS_A_SELECTOR_REMOTE_PREFIX, sel->remote.len) ||
	    nla_put_u8(skb, BTNS_A_SELECTOR_PROTO, sel->proto) ||
	    nla_put_u16(skb, BTNS_A_SELECTOR_LOCAL_PORT, sel->lport) ||
	    nla_put_u16(skb, BTNS_A_SELECTOR_REMOTE_PORT, sel->rport) ||
	    nla_put_u16(skb, BTNS_A_SELECTOR_LOCAL_PORT_MASK, sel->lmask) ||
	    nla_put_u16(skb, BTNS_A_SELECTOR_REMOTE_PORT_MASK, sel->rmask))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_prefix(struct sk_buff *skb, const struct btns_prefix *prefix)
{
	struct nlattr *nest = nla_nest_start(skb, BTNS_A_PAD_ENTRY_PREFIX);

	if (!nest ||
	    nla_put_u16(skb, BTNS_A_PREFIX_FAMILY, prefix->family) ||
	    put_addr(skb, BTNS_A_PREFIX_ADDR, prefix->family, prefix->addr) ||
	    nla_put_u8(skb, BTNS_A_PREFIX_LEN, prefix->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * btns_nlput_pad_entry() - an entry of the PAD, as BTNS_A_PAD_ENTRY
 * @skb: message
 * @entry: entry
 *
 * Return: 0 or -EMSGSIZE.
 */
int btns_nlput_pad_entry(struct sk_buff *skb,
			 const struct btns_pad_entry *entry)
{
	struct nlattr *nest = nla_nest_start(skb, BTNS_A_PAD_ENTRY);
	const struct btns_pad_rule *rule = &entry->rule;
	unsigned int i;

	if (!nest ||
	    nla_put_string(skb, BTNS_A_PAD_ENTRY_NAME, entry->name) ||
	    nla_put_u32(skb, BTNS_A_PAD_ENTRY_FLAGS, rule->flags))
		return -EMSGSIZE;
	if (rule->id_type != BTNS_ID_TYPE_NONE &&
	    put_ident(skb, BTNS_A_PAD_ENTRY_ID, rule->id_type,
		      BTNS_AUTH_METHOD_NONE, rule->id_digest, entry->id_name))
		return -EMSGSIZE;
	for (i = 0; i < rule->key_count; i++)
		if (nla_put(skb, BTNS_A_PAD_ENTRY_KEY, BTNS_DIGEST_LEN,
			    rule->keys[i]))
			return -EMSGSIZE;
	if (rule->method != BTNS_AUTH_METHOD_NONE &&
	    nla_put_u32(skb, BTNS_A_PAD_ENTRY_METHOD, rule->method))
		return -EMSGSIZE;
	for (i = 0; i < rule->prefix_count; i++)
		if (put_prefix(skb, &entry->prefixes[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * btns_nlput_sa_key() - which binding, and of which SA
 * @skb: message
 * @sa: binding
 *
 * Return: 0 or -EMSGSIZE.
 */
int btns_nlput_sa_key(struct sk_buff *skb, const struct btns_sa *sa)
{
	if (nla_put_u64_64bit(skb, BTNS_A_SA_ID, sa->id, BTNS_A_SA_PAD) ||
	    nla_put_be32(skb, BTNS_A_SA_SPI, sa->key.spi) ||
	    nla_put_u8(skb, BTNS_A_SA_PROTO, sa->key.proto) ||
	    nla_put_u16(skb, BTNS_A_SA_FAMILY, sa->key.family) ||
	    put_addr(skb, BTNS_A_SA_DADDR, sa->key.family, &sa->key.daddr))
		return -EMSGSIZE;
	return 0;
}

static int put_digest(struct sk_buff *skb, int attr, bool known,
		      const u8 *digest)
{
	return known ? nla_put(skb, attr, BTNS_DIGEST_LEN, digest) : 0;
}

/* An address of address translation; the port's attribute follows @attr. */
static int put_end(struct sk_buff *skb, int attr, bool known, u8 family,
		   const void *addr, __be16 port)
{
	if (!known)
		return 0;
	return put_addr(skb, attr, family, addr) ?:
	       port ? nla_put_u16(skb, attr + 1, ntohs(port)) : 0;
}

static int put_sa_evidence(struct sk_buff *skb, u8 family,
			   const struct btns_evidence *ev)
{
	return put_digest(skb, BTNS_A_SA_PEER_KEY, ev->known & BTNS_KNOWN_KEY,
			  ev->key) ?:
	       put_digest(skb, BTNS_A_SA_PEER_CERT,
			  ev->known & BTNS_KNOWN_CERT, ev->cert) ?:
	       put_digest(skb, BTNS_A_SA_PEER_ANCHOR,
			  ev->known & BTNS_KNOWN_ANCHOR, ev->anchor) ?:
	       put_end(skb, BTNS_A_SA_LOCAL_PUBLIC,
		       ev->known & BTNS_KNOWN_PUBLIC, family,
		       &ev->local_public, ev->local_public_port) ?:
	       put_end(skb, BTNS_A_SA_REMOTE_PRIVATE,
		       ev->known & BTNS_KNOWN_PRIVATE, family,
		       &ev->remote_private, ev->remote_private_port);
}

/**
 * btns_nlput_sa() - a binding in full
 * @skb: message
 * @sa: binding
 *
 * Return: 0 or -EMSGSIZE.
 */
int btns_nlput_sa(struct sk_buff *skb, const struct btns_sa *sa)
{
	if (btns_nlput_sa_key(skb, sa) ||
	    put_ident_obj(skb, BTNS_A_SA_PEER, sa->peer) ||
	    put_ident_obj(skb, BTNS_A_SA_LOCAL, sa->local) ||
	    put_selector(skb, BTNS_A_SA_SEL, &sa->sel))
		return -EMSGSIZE;
	if (sa->mark_mask && (nla_put_u32(skb, BTNS_A_SA_MARK, sa->mark) ||
			      nla_put_u32(skb, BTNS_A_SA_MARK_MASK,
					  sa->mark_mask)))
		return -EMSGSIZE;
	return sa->proof ? put_sa_evidence(skb, sa->key.family,
					   &sa->proof->ev) : 0;
}

/**
 * btns_nlput_latch_event() - what an event and a listing of a latch share
 * @skb: message
 * @ev: the latch
 * @old_state: put the state before as well
 *
 * Return: 0 or -EMSGSIZE.
 */
int btns_nlput_latch_event(struct sk_buff *skb,
			   const struct btns_latch_event *ev, bool old_state)
{
	if (nla_put_u64_64bit(skb, BTNS_A_LATCH_ID, ev->id,
			      BTNS_A_LATCH_PAD) ||
	    nla_put_u32(skb, BTNS_A_LATCH_STATE, ev->state) ||
	    nla_put_u32(skb, BTNS_A_LATCH_REASON, ev->reason) ||
	    nla_put_u16(skb, BTNS_A_LATCH_FAMILY, ev->family) ||
	    nla_put_u8(skb, BTNS_A_LATCH_PROTO, ev->proto) ||
	    put_addr(skb, BTNS_A_LATCH_LADDR, ev->family, &ev->laddr) ||
	    put_addr(skb, BTNS_A_LATCH_RADDR, ev->family, &ev->raddr) ||
	    nla_put_u16(skb, BTNS_A_LATCH_LPORT, ntohs(ev->lport)) ||
	    nla_put_u16(skb, BTNS_A_LATCH_RPORT, ntohs(ev->rport)))
		return -EMSGSIZE;
	if (old_state &&
	    nla_put_u32(skb, BTNS_A_LATCH_OLD_STATE, ev->old_state))
		return -EMSGSIZE;
	if (ev->parent && nla_put_u64_64bit(skb, BTNS_A_LATCH_PARENT,
					    ev->parent, BTNS_A_LATCH_PAD))
		return -EMSGSIZE;
	if (ev->cookie && nla_put_u64_64bit(skb, BTNS_A_LATCH_COOKIE,
					    ev->cookie, BTNS_A_LATCH_PAD))
		return -EMSGSIZE;
	return put_ident_obj(skb, BTNS_A_LATCH_PEER, ev->peer);
}

static int put_protection(struct sk_buff *skb,
			  const struct btns_latch_view *view)
{
	if (nla_put_u32(skb, BTNS_A_LATCH_PROTECTION, view->protection) ||
	    nla_put_u8(skb, BTNS_A_LATCH_SA_PROTO, view->sa_proto) ||
	    nla_put_u8(skb, BTNS_A_LATCH_SA_MODE, view->sa_mode) ||
	    nla_put_u8(skb, BTNS_A_LATCH_REPLAY, view->replay) ||
	    nla_put_u8(skb, BTNS_A_LATCH_ESN, view->esn) ||
	    nla_put_u32(skb, BTNS_A_LATCH_ENC_KEYBITS, view->enc_keybits) ||
	    nla_put_u32(skb, BTNS_A_LATCH_ICV_BITS, view->icv_bits))
		return -EMSGSIZE;
	if (view->enc[0] && nla_put_string(skb, BTNS_A_LATCH_ENC, view->enc))
		return -EMSGSIZE;
	if (view->auth[0] && nla_put_string(skb, BTNS_A_LATCH_AUTH, view->auth))
		return -EMSGSIZE;
	if (!view->tunnel_family)
		return 0;
	if (put_addr(skb, BTNS_A_LATCH_TUNNEL_LOCAL, view->tunnel_family,
		     &view->tunnel_local) ||
	    put_addr(skb, BTNS_A_LATCH_TUNNEL_REMOTE, view->tunnel_family,
		     &view->tunnel_remote))
		return -EMSGSIZE;
	return 0;
}

static int put_latch_encap(struct sk_buff *skb,
			   const struct btns_latch_view *view)
{
	return put_end(skb, BTNS_A_LATCH_LOCAL_PRIVATE, view->encap,
		       view->nat_family, &view->local_private,
		       view->local_private_port) ?:
	       put_end(skb, BTNS_A_LATCH_REMOTE_PUBLIC, view->encap,
		       view->nat_family, &view->remote_public,
		       view->remote_public_port);
}

static int put_latch_evidence(struct sk_buff *skb, u8 family,
			      const struct btns_evidence *ev)
{
	return put_digest(skb, BTNS_A_LATCH_PEER_KEY,
			  ev->known & BTNS_KNOWN_KEY, ev->key) ?:
	       put_digest(skb, BTNS_A_LATCH_PEER_CERT,
			  ev->known & BTNS_KNOWN_CERT, ev->cert) ?:
	       put_digest(skb, BTNS_A_LATCH_PEER_ANCHOR,
			  ev->known & BTNS_KNOWN_ANCHOR, ev->anchor) ?:
	       put_end(skb, BTNS_A_LATCH_LOCAL_PUBLIC,
		       ev->known & BTNS_KNOWN_PUBLIC, family,
		       &ev->local_public, ev->local_public_port) ?:
	       put_end(skb, BTNS_A_LATCH_REMOTE_PRIVATE,
		       ev->known & BTNS_KNOWN_PRIVATE, family,
		       &ev->remote_private, ev->remote_private_port);
}

/**
 * btns_nlput_latch_view() - a latch in full
 * @skb: message
 * @view: the latch
 *
 * Return: 0 or -EMSGSIZE.
 */
int btns_nlput_latch_view(struct sk_buff *skb,
			  const struct btns_latch_view *view)
{
	struct btns_latch_event ev = view->ev;
	int err;

	ev.peer = view->peer;
	if (btns_nlput_latch_event(skb, &ev, false) ||
	    put_ident_obj(skb, BTNS_A_LATCH_LOCAL, view->local) ||
	    nla_put_u32(skb, BTNS_A_LATCH_ASK, view->ask_mode) ||
	    nla_put_u32(skb, BTNS_A_LATCH_DISPOSITION, view->disposition) ||
	    nla_put_u32(skb, BTNS_A_LATCH_CONFLICTS, view->conflicts) ||
	    nla_put_u64_64bit(skb, BTNS_A_LATCH_AGE, view->age_ms,
			      BTNS_A_LATCH_PAD))
		return -EMSGSIZE;
	if ((view->mark_in &&
	     nla_put_u32(skb, BTNS_A_LATCH_MARK_IN, view->mark_in)) ||
	    (view->mark_out &&
	     nla_put_u32(skb, BTNS_A_LATCH_MARK_OUT, view->mark_out)))
		return -EMSGSIZE;
	err = view->sa_proto ? put_protection(skb, view) : 0;
	if (!err)
		err = put_latch_encap(skb, view);
	if (!err && view->proof)
		err = put_latch_evidence(skb, view->nat_family,
					 &view->proof->ev);
	return err;
}
