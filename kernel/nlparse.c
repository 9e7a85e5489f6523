// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink attributes turned into structs of btns. What comes out is valid in
 * form; what it means is for others to judge.
 */
#include <linux/slab.h>
#include <net/netlink.h>

#include "netlink-gen.h"
#include "nlparse.h"

/**
 * btns_nlrefuse() - say why, and point at the attribute
 * @extack: where to
 * @attr: at fault, or NULL
 * @text: sentence, a constant
 *
 * Return: -EINVAL.
 */
int btns_nlrefuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *text)
{
	btns_extack_text(extack, text);
	NL_SET_BAD_ATTR(extack, attr);
	return -EINVAL;
}

/**
 * btns_nlparse_addr() - an address
 * @attr: binary attribute
 * @family: AF_INET or AF_INET6; checked
 * @addr: out, 4 or 16 bytes
 * @extack: sentence if it is refused
 *
 * Return: 0 or -EINVAL.
 */
int btns_nlparse_addr(const struct nlattr *attr, u16 family, void *addr,
		      struct netlink_ext_ack *extack)
{
	unsigned int len;

	if (family != AF_INET && family != AF_INET6)
		return btns_nlrefuse(extack, attr,
				     "family must be AF_INET or AF_INET6");
	len = btns_family_bits(family) / 8;
	if (nla_len(attr) != len)
		return btns_nlrefuse(extack, attr,
				     "the address does not have the length of its family");
	memcpy(addr, nla_data(attr), len);
	return 0;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/**
 * btns_nlparse_ident() - an identity
 * @nest: nested attributes
 * @ident: out; without a name, it is named by its digest
 * @extack: sentence if it is refused
 *
 * Return: 0 or a negative errno.
 */
int btns_nlparse_ident(const struct nlattr *nest, struct btns_nlident *ident,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_A_IDENT_NAME + 1];
	int err;

	memset(ident, 0, sizeof(*ident));
	err = nla_parse_nested(tb, BTNS_A_IDENT_NAME, nest,
			       btns_ident_nl_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_A_IDENT_TYPE])
		return btns_nlrefuse(extack, nest, "an identity needs a type");
	ident->type = nla_get_u32(tb[BTNS_A_IDENT_TYPE]);
	if (tb[BTNS_A_IDENT_METHOD])
		ident->method = nla_get_u32(tb[BTNS_A_IDENT_METHOD]);
	if (ident->type == BTNS_ID_TYPE_NONE) {
		if (ident->method || tb[BTNS_A_IDENT_DIGEST] ||
		    tb[BTNS_A_IDENT_NAME])
			return btns_nlrefuse(extack, nest,
					     "no identity has no method, digest or name");
		return 0;
	}
	if (!tb[BTNS_A_IDENT_DIGEST])
		return btns_nlrefuse(extack, nest, "an identity needs a digest");
	nla_memcpy(ident->digest, tb[BTNS_A_IDENT_DIGEST], BTNS_DIGEST_LEN);
	if (tb[BTNS_A_IDENT_NAME])
		nla_strscpy(ident->name, tb[BTNS_A_IDENT_NAME],
			    sizeof(ident->name));
	if (!printable(ident->name))
		return btns_nlrefuse(extack, tb[BTNS_A_IDENT_NAME],
				     "a name has printable ASCII characters only");
	if (!ident->name[0])
		snprintf(ident->name, sizeof(ident->name), "SHA256:%*phN",
			 BTNS_DIGEST_LEN / 2, ident->digest);
	return 0;
}

static int parse_prefix(const struct nlattr *nest, struct btns_prefix *prefix,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_A_PREFIX_LEN + 1];
	int err;

	memset(prefix, 0, sizeof(*prefix));
	err = nla_parse_nested(tb, BTNS_A_PREFIX_LEN, nest,
			       btns_prefix_nl_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_A_PREFIX_FAMILY] || !tb[BTNS_A_PREFIX_ADDR] ||
	    !tb[BTNS_A_PREFIX_LEN])
		return btns_nlrefuse(extack, nest,
				     "a prefix needs family, address and length");
	err = btns_nlparse_addr(tb[BTNS_A_PREFIX_ADDR],
				nla_get_u16(tb[BTNS_A_PREFIX_FAMILY]), prefix->addr,
				extack);
	if (err)
		return err;
	prefix->family = nla_get_u16(tb[BTNS_A_PREFIX_FAMILY]);
	prefix->len = nla_get_u8(tb[BTNS_A_PREFIX_LEN]);
	if (!btns_prefix_valid(prefix))
		return btns_nlrefuse(extack, nest,
				     btns_pad_fault_text(BTNS_PAD_FAULT_PREFIX));
	return 0;
}

/* One side of a selector: no address means any, no length the address. */
static int parse_side(struct nlattr **tb, int addr, int len, u16 family,
		      struct btns_prefix *prefix,
		      struct netlink_ext_ack *extack)
{
	int err;

	prefix->family = family;
	if (!tb[addr])
		return tb[len] ? btns_nlrefuse(extack, tb[len],
					       "a prefix length needs an address") : 0;
	err = btns_nlparse_addr(tb[addr], family, prefix->addr, extack);
	if (err)
		return err;
	prefix->len = tb[len] ? nla_get_u8(tb[len]) : btns_family_bits(family);
	if (!btns_prefix_valid(prefix))
		return btns_nlrefuse(extack, tb[addr],
				     btns_pad_fault_text(BTNS_PAD_FAULT_PREFIX));
	return 0;
}

/* One port of a selector: without a mask 0 means any, as it always did. */
static void parse_port(struct nlattr **tb, int port, int mask, u16 *value,
		       u16 *bits)
{
	*value = tb[port] ? nla_get_u16(tb[port]) : 0;
	if (tb[mask])
		*bits = nla_get_u16(tb[mask]);
	else
		*bits = *value ? BTNS_PORT_ONE : 0;
}

/**
 * btns_nlparse_selector() - a traffic selector
 * @nest: nested attributes
 * @sel: out, zero before; valid
 * @extack: sentence if it is refused
 *
 * Return: 0 or a negative errno.
 */
int btns_nlparse_selector(const struct nlattr *nest, struct btns_selector *sel,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_A_SELECTOR_MAX + 1];
	u16 family;
	int err;

	err = nla_parse_nested(tb, BTNS_A_SELECTOR_MAX, nest,
			       btns_selector_nl_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_A_SELECTOR_FAMILY])
		return btns_nlrefuse(extack, nest, "a selector needs a family");
	family = nla_get_u16(tb[BTNS_A_SELECTOR_FAMILY]);
	if (family != AF_INET && family != AF_INET6)
		return btns_nlrefuse(extack, tb[BTNS_A_SELECTOR_FAMILY],
				     "family must be AF_INET or AF_INET6");
	err = parse_side(tb, BTNS_A_SELECTOR_LOCAL,
			 BTNS_A_SELECTOR_LOCAL_PREFIX, family, &sel->local,
			 extack);
	if (!err)
		err = parse_side(tb, BTNS_A_SELECTOR_REMOTE,
				 BTNS_A_SELECTOR_REMOTE_PREFIX, family,
				 &sel->remote, extack);
	if (err)
		return err;
	if (tb[BTNS_A_SELECTOR_PROTO])
		sel->proto = nla_get_u8(tb[BTNS_A_SELECTOR_PROTO]);
	parse_port(tb, BTNS_A_SELECTOR_LOCAL_PORT,
		   BTNS_A_SELECTOR_LOCAL_PORT_MASK, &sel->lport, &sel->lmask);
	parse_port(tb, BTNS_A_SELECTOR_REMOTE_PORT,
		   BTNS_A_SELECTOR_REMOTE_PORT_MASK, &sel->rport, &sel->rmask);
	if (!btns_port_valid(sel->lport, sel->lmask) ||
	    !btns_port_valid(sel->rport, sel->rmask))
		return btns_nlrefuse(extack, nest,
				     "the mask of a port has the highest bits first, and the port none outside of it");
	if (!btns_selector_valid(sel))
		return btns_nlrefuse(extack, nest, "ports need a protocol");
	return 0;
}

static void parse_digest(const struct nlattr *attr, u32 known, u8 *digest,
			 struct btns_evidence *ev)
{
	if (!attr)
		return;
	nla_memcpy(digest, attr, BTNS_DIGEST_LEN);
	ev->known |= known;
}

/* An address of address translation, and its port if that is known. */
static int parse_end(const struct nlattr *addr, const struct nlattr *port,
		     u16 family, void *to, __be16 *to_port,
		     struct netlink_ext_ack *extack)
{
	if (!addr)
		return port ? btns_nlrefuse(extack, port,
					    "a port needs its address") : 0;
	if (port)
		*to_port = htons(nla_get_u16(port));
	return btns_nlparse_addr(addr, family, to, extack);
}

/**
 * btns_nlparse_evidence() - what a helper knows beside the identity
 * @tb: attributes of sa-bind
 * @family: of the SA; valid
 * @ev: out, zero before
 * @extack: sentence if it is refused
 *
 * Return: 0 or -EINVAL.
 */
int btns_nlparse_evidence(struct nlattr **tb, u16 family,
			  struct btns_evidence *ev,
			  struct netlink_ext_ack *extack)
{
	parse_digest(tb[BTNS_A_SA_PEER_KEY], BTNS_KNOWN_KEY, ev->key, ev);
	parse_digest(tb[BTNS_A_SA_PEER_CERT], BTNS_KNOWN_CERT, ev->cert, ev);
	parse_digest(tb[BTNS_A_SA_PEER_ANCHOR], BTNS_KNOWN_ANCHOR, ev->anchor,
		     ev);
	if (tb[BTNS_A_SA_LOCAL_PUBLIC])
		ev->known |= BTNS_KNOWN_PUBLIC;
	if (tb[BTNS_A_SA_REMOTE_PRIVATE])
		ev->known |= BTNS_KNOWN_PRIVATE;
	return parse_end(tb[BTNS_A_SA_LOCAL_PUBLIC],
			 tb[BTNS_A_SA_LOCAL_PUBLIC_PORT], family,
			 &ev->local_public, &ev->local_public_port, extack) ?:
	       parse_end(tb[BTNS_A_SA_REMOTE_PRIVATE],
			 tb[BTNS_A_SA_REMOTE_PRIVATE_PORT], family,
			 &ev->remote_private, &ev->remote_private_port, extack);
}

/**
 * btns_nlparse_sa_mark() - the mark of an SA
 * @tb: attributes of sa-bind
 * @params: out: mark and mark_mask, zero before
 * @extack: sentence if it is refused
 *
 * Return: 0 or -EINVAL.
 */
int btns_nlparse_sa_mark(struct nlattr **tb, struct btns_sa_params *params,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *mask = tb[BTNS_A_SA_MARK_MASK];

	if (!tb[BTNS_A_SA_MARK])
		return mask ? btns_nlrefuse(extack, mask,
					    "a mask needs a mark") : 0;
	params->mark = nla_get_u32(tb[BTNS_A_SA_MARK]);
	params->mark_mask = mask ? nla_get_u32(mask) : U32_MAX;
	return 0;
}

static int count_prefixes(const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	unsigned int count = 0;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == BTNS_A_PAD_ENTRY_PREFIX)
			count++;
	if (count > BTNS_PAD_PREFIXES_MAX)
		return btns_nlrefuse(extack, nest,
				     btns_pad_fault_text(BTNS_PAD_FAULT_PREFIXES));
	return count;
}

static int parse_prefixes(const struct nlattr *nest,
			  struct btns_pad_entry *entry,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	unsigned int i = 0;
	int rem, err;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != BTNS_A_PAD_ENTRY_PREFIX)
			continue;
		err = parse_prefix(attr, &entry->prefixes[i++], extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_keys(const struct nlattr *nest, struct btns_pad_rule *rule,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != BTNS_A_PAD_ENTRY_KEY)
			continue;
		if (rule->key_count == BTNS_PAD_KEYS_MAX)
			return btns_nlrefuse(extack, attr,
					     btns_pad_fault_text(BTNS_PAD_FAULT_KEYS));
		nla_memcpy(rule->keys[rule->key_count++], attr,
			   BTNS_DIGEST_LEN);
	}
	return 0;
}

/* Identity of an entry; that it fits the kind of entry is the PAD's matter. */
static int parse_entry_id(const struct nlattr *nest, struct btns_nlident *id,
			  struct netlink_ext_ack *extack)
{
	int err;

	memset(id, 0, sizeof(*id));
	if (!nest)
		return 0;
	err = btns_nlparse_ident(nest, id, extack);
	if (err)
		return err;
	if (id->method != BTNS_AUTH_METHOD_NONE)
		return btns_nlrefuse(extack, nest,
				     "the identity of a PAD entry has no method: the entry has one");
	return 0;
}

/**
 * btns_nlparse_pad_entry() - an entry of the PAD
 * @nest: nested attributes
 * @extack: sentence if it is refused
 *
 * That identity, key and flags fit each other is left to pad.c.
 *
 * Return: entry for btns_pad_entry_free(), or an ERR_PTR.
 */
struct btns_pad_entry *btns_nlparse_pad_entry(const struct nlattr *nest,
					      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_A_PAD_ENTRY_METHOD + 1];
	struct btns_pad_entry *entry;
	struct btns_nlident id;
	int err, count;

	err = nla_parse_nested(tb, BTNS_A_PAD_ENTRY_METHOD, nest,
			       btns_pad_entry_nl_policy, extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[BTNS_A_PAD_ENTRY_NAME])
		return ERR_PTR(btns_nlrefuse(extack, nest, "a PAD entry needs a name"));
	err = parse_entry_id(tb[BTNS_A_PAD_ENTRY_ID], &id, extack);
	if (err)
		return ERR_PTR(err);
	count = count_prefixes(nest, extack);
	if (count < 0)
		return ERR_PTR(count);

	entry = btns_pad_entry_alloc(count);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	nla_strscpy(entry->name, tb[BTNS_A_PAD_ENTRY_NAME],
		    sizeof(entry->name));
	if (tb[BTNS_A_PAD_ENTRY_FLAGS])
		entry->rule.flags = nla_get_u32(tb[BTNS_A_PAD_ENTRY_FLAGS]);
	entry->rule.id_type = id.type;
	memcpy(entry->rule.id_digest, id.digest, BTNS_DIGEST_LEN);
	strscpy(entry->id_name, id.name, sizeof(entry->id_name));
	if (tb[BTNS_A_PAD_ENTRY_METHOD])
		entry->rule.method = nla_get_u32(tb[BTNS_A_PAD_ENTRY_METHOD]);
	err = parse_keys(nest, &entry->rule, extack);
	if (!err)
		err = parse_prefixes(nest, entry, extack);
	if (!err && !printable(entry->name))
		err = btns_nlrefuse(extack, tb[BTNS_A_PAD_ENTRY_NAME],
				    "a name has printable ASCII characters only");
	if (err) {
		btns_pad_entry_free(entry);
		return ERR_PTR(err);
	}
	return entry;
}
