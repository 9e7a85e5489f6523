// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A copy of the module's PAD, decided upon by the module's own code. The copy
 * only saves a question for each peer; sa-bind asks the module again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/log.h"
#include "btnsd/pad.h"

static void prefix_from(struct btns_prefix *out, const struct lbtns_prefix *p)
{
	memset(out, 0, sizeof(*out));
	out->family = p->family;
	out->len = p->len;
	memcpy(out->addr, p->addr, sizeof(out->addr));
}

static void prefix_to_btns(struct btns_prefix *out, const struct addr *a,
			   uint8_t plen)
{
	memset(out, 0, sizeof(*out));
	out->family = (uint8_t)a->family;
	out->len = plen;
	memcpy(out->addr, a->b, sizeof(out->addr));
}

static void prefix_from_btns(struct addr *a, uint8_t *plen,
			     const struct btns_prefix *p)
{
	memset(a, 0, sizeof(*a));
	a->family = p->family;
	memcpy(a->b, p->addr, sizeof(a->b));
	*plen = p->len;
}

/**
 * sel_to_btns() - a selector as the matcher wants it
 * @out: filled
 * @s: selector
 */
void sel_to_btns(struct btns_selector *out, const struct sel *s)
{
	memset(out, 0, sizeof(*out));
	prefix_to_btns(&out->local, &s->local, s->local_plen);
	prefix_to_btns(&out->remote, &s->remote, s->remote_plen);
	out->proto = s->proto;
	out->lport = s->lport;
	out->rport = s->rport;
	out->lmask = s->lmask;
	out->rmask = s->rmask;
}

/**
 * sel_from_btns() - a selector from the matcher
 * @out: filled
 * @s: selector
 */
void sel_from_btns(struct sel *out, const struct btns_selector *s)
{
	memset(out, 0, sizeof(*out));
	prefix_from_btns(&out->local, &out->local_plen, &s->local);
	prefix_from_btns(&out->remote, &out->remote_plen, &s->remote);
	out->proto = s->proto;
	out->lport = s->lport;
	out->rport = s->rport;
	out->lmask = s->lmask;
	out->rmask = s->rmask;
}

/**
 * addr_to_lbtns() - an address as libbtns wants it
 * @out: filled, all bits of the address
 * @a: address
 */
void addr_to_lbtns(struct lbtns_prefix *out, const struct addr *a)
{
	memset(out, 0, sizeof(*out));
	out->family = (uint8_t)a->family;
	out->len = addr_bits(a->family);
	memcpy(out->addr, a->b, sizeof(out->addr));
}

/**
 * addr_from_lbtns() - an address from libbtns
 * @out: filled
 * @p: address
 */
void addr_from_lbtns(struct addr *out, const struct lbtns_prefix *p)
{
	memset(out, 0, sizeof(*out));
	out->family = p->family;
	memcpy(out->b, p->addr, sizeof(out->b));
}

/**
 * sel_to_lbtns() - a selector as libbtns wants it
 * @out: filled
 * @s: selector
 */
void sel_to_lbtns(struct lbtns_selector *out, const struct sel *s)
{
	memset(out, 0, sizeof(*out));
	addr_to_lbtns(&out->local, &s->local);
	addr_to_lbtns(&out->remote, &s->remote);
	out->local.len = s->local_plen;
	out->remote.len = s->remote_plen;
	out->proto = s->proto;
	out->lport = s->lport;
	out->rport = s->rport;
	out->lmask = s->lmask;
	out->rmask = s->rmask;
}

/**
 * sel_from_lbtns() - a selector from libbtns
 * @out: filled
 * @s: selector
 */
void sel_from_lbtns(struct sel *out, const struct lbtns_selector *s)
{
	memset(out, 0, sizeof(*out));
	addr_from_lbtns(&out->local, &s->local);
	addr_from_lbtns(&out->remote, &s->remote);
	out->local_plen = s->local.len;
	out->remote_plen = s->remote.len;
	out->proto = s->proto;
	out->lport = s->lport;
	out->rport = s->rport;
	out->lmask = s->lmask;
	out->rmask = s->rmask;
}

/* a dump that grows an array */
static int collect(const struct lbtns_pad_entry *e, uint32_t index,
		   uint32_t generation, void *arg)
{
	struct pad *p = arg;
	struct lbtns_pad_entry *bigger;

	(void)index;
	(void)generation;
	bigger = reallocarray(p->entry, p->n + 1, sizeof(*p->entry));
	if (!bigger)
		return -ENOMEM;
	p->entry = bigger;
	p->entry[p->n++] = *e;
	return 0;
}

static int make_rules(struct pad *p)
{
	size_t i, total = 0, at = 0;
	unsigned int k;

	for (i = 0; i < p->n; i++)
		total += p->entry[i].n_prefixes;
	p->rule = calloc(p->n + 1, sizeof(*p->rule));
	p->prefix = calloc(total + 1, sizeof(*p->prefix));
	if (!p->rule || !p->prefix)
		return -ENOMEM;
	for (i = 0; i < p->n; i++) {
		const struct lbtns_pad_entry *e = &p->entry[i];
		struct btns_pad_rule *r = &p->rule[i];

		r->name = e->name;
		r->flags = e->flags;
		r->id_type = e->id.type;
		r->method = e->method;
		r->key_count = (uint8_t)e->n_keys;
		memcpy(r->id_digest, e->id.digest, BTNS_DIGEST_LEN);
		memcpy(r->keys, e->keys, sizeof(r->keys));
		r->prefix_count = e->n_prefixes;
		r->prefixes = &p->prefix[at];
		for (k = 0; k < e->n_prefixes; k++)
			prefix_from(&p->prefix[at++], &e->prefixes[k]);
	}
	return 0;
}

/**
 * pad_free() - forget the copy
 * @p: copy; empty and stale afterwards
 */
void pad_free(struct pad *p)
{
	free(p->entry);
	free(p->rule);
	free(p->prefix);
	*p = (struct pad){ .stale = true };
}

/**
 * pad_refresh() - read the PAD if the copy is stale
 * @d: helper
 *
 * Return: 0, or a negative errno: the copy is empty then, so that no peer
 * matches anything.
 */
int pad_refresh(struct btnsd *d)
{
	struct pad fresh = { 0 };
	int err;

	if (!d->pad.stale)
		return 0;
	pad_free(&d->pad);
	err = d->kern->pad_dump(d->kern_ctx, collect, &fresh);
	if (!err)
		err = make_rules(&fresh);
	if (err) {
		log_err("cannot read the PAD: %s", d->kern->error(d->kern_ctx));
		pad_free(&fresh);
		return err;
	}
	d->pad = fresh;
	return 0;
}

/**
 * pad_match() - who is a peer?
 * @d: helper
 * @peer: what is known of it
 * @out: the decision
 *
 * Return: true if an entry authorises it, see btns_pad_match().
 */
bool pad_match(struct btnsd *d, const struct btns_pad_peer *peer,
	       struct btns_pad_decision *out)
{
	memset(out, 0, sizeof(*out));
	if (pad_refresh(d))
		return false;
	return btns_pad_match(d->pad.rule, d->pad.n, peer, out);
}

/**
 * pad_name() - name of an entry
 * @p: copy
 * @index: its place
 *
 * Return: the name, "none" if there is no such entry.
 */
const char *pad_name(const struct pad *p, size_t index)
{
	return index < p->n ? p->entry[index].name : "none";
}

/**
 * pad_narrow() - shrink a selector to addresses that a peer may have
 * @d: helper
 * @index: the peer's entry, of pad_match()
 * @keep: what must stay, inside @sel; or NULL
 * @sel: in and out
 * @why: on failure a sentence, which names the entries
 * @why_len: its octets
 *
 * Return: true if the remote addresses of @sel are now the peer's to have.
 */
bool pad_narrow(struct btnsd *d, size_t index, const struct sel *keep,
		struct sel *sel, char *why, size_t why_len)
{
	struct btns_prefix remote, k;
	char text[ADDR_STRLEN];
	size_t owner = 0;

	if (pad_refresh(d)) {
		snprintf(why, why_len, "the PAD cannot be read: %s",
			 d->kern->error(d->kern_ctx));
		return false;
	}
	prefix_to_btns(&remote, &sel->remote, sel->remote_plen);
	if (keep) {
		prefix_to_btns(&k, &keep->remote, keep->remote_plen);
		if (btns_pad_narrow(d->pad.rule, d->pad.n, index, &k,
				    &remote)) {
			prefix_from_btns(&sel->remote, &sel->remote_plen,
					 &remote);
			return true;
		}
	}
	switch (btns_pad_child(d->pad.rule, d->pad.n, index, &remote, &owner)) {
	case BTNS_PAD_CHILD_OK:
		return true;
	case BTNS_PAD_CHILD_OWNED:
		snprintf(why, why_len,
			 "the addresses %s/%u belong to another PAD entry: %.63s, not %.63s",
			 addr_str(&sel->remote, text), sel->remote_plen,
			 pad_name(&d->pad, owner), pad_name(&d->pad, index));
		return false;
	case BTNS_PAD_CHILD_OUTSIDE:
		break;
	}
	snprintf(why, why_len,
		 "the peer's PAD entry does not have these addresses: %.63s has no %s/%u",
		 pad_name(&d->pad, index), addr_str(&sel->remote, text),
		 sel->remote_plen);
	return false;
}
