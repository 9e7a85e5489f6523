// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decision on a packet as the kernel, the module and btnsd would make it:
 * policies in their order (RFC 4301 section 4.4.1), then the PAD for who may
 * be there (RFC 5386 section 2), then the SA.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsctl/why.h"
#include "kernel/pad_match.h"

bool why_inside(const struct lbtns_prefix *a, const struct lbtns_prefix *p)
{
	unsigned int i;

	if (a->family != p->family || a->len < p->len)
		return false;
	for (i = 0; i < p->len; i++)
		if ((a->addr[i / 8] ^ p->addr[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

const char *why_result_name(enum why_result r)
{
	static const char *const names[] = {
		[WHY_DROPPED] = "dropped",
		[WHY_CLEAR] = "clear",
		[WHY_PROTECTED] = "protected",
		[WHY_HELD] = "held",
	};

	return names[r];
}

static void to_btns(struct btns_prefix *to, const struct lbtns_prefix *from)
{
	to->family = from->family;
	to->len = from->len;
	memcpy(to->addr, from->addr, sizeof(to->addr));
}

/*
 * A selector that wants a port is for one that the packet has; whether a port
 * that was not told is that one cannot be known, and then it is not.
 */
static bool port_fits(uint16_t want, uint16_t mask, uint16_t have)
{
	return !mask || (have && !((want ^ have) & mask));
}

static bool policy_fits(const struct lbtns_spd_policy *p,
			const struct lbtns_selector *pkt)
{
	bool in = p->dir == LBTNS_SPD_IN;

	return why_inside(&pkt->local, in ? &p->dst : &p->src) &&
	       why_inside(&pkt->remote, in ? &p->src : &p->dst) &&
	       (!p->proto || p->proto == pkt->proto) &&
	       port_fits(in ? p->dport : p->sport,
			 in ? p->dport_mask : p->sport_mask, pkt->lport) &&
	       port_fits(in ? p->sport : p->dport,
			 in ? p->sport_mask : p->dport_mask, pkt->rport);
}

/* the first that covers the packet; one that may only do so is doubtful */
static const struct lbtns_spd_policy *
find_policy(const struct why *w, uint8_t dir,
	    const struct lbtns_spd_policy **doubt)
{
	size_t i;

	for (i = 0; i < w->spd.n; i++) {
		const struct lbtns_spd_policy *p = &w->spd.policies[i];

		if (p->dir != dir || !policy_fits(p, &w->pkt))
			continue;
		if (!p->partial)
			return p;
		if (doubt && !*doubt)
			*doubt = p;
	}
	return NULL;
}

/* the PAD as the module's own code wants it; false if out of memory */
static bool make_rules(struct why *w, struct btns_pad_rule **rules,
		       struct btns_prefix **prefixes)
{
	struct btns_prefix *next;
	unsigned int k;
	size_t i;

	*rules = calloc(w->n_pad + 1, sizeof(**rules));
	*prefixes = calloc(w->n_pad * BTNS_PAD_PREFIXES_MAX + 1,
			   sizeof(**prefixes));
	next = *prefixes;
	for (i = 0; *rules && next && i < w->n_pad; i++) {
		const struct lbtns_pad_entry *e = &w->pad[i];

		(*rules)[i] = (struct btns_pad_rule){
			.name = e->name,
			.flags = e->flags,
			.id_type = e->id.type,
			.prefix_count = e->n_prefixes,
			.prefixes = next,
		};
		for (k = 0; k < e->n_prefixes; k++)
			to_btns(next++, &e->prefixes[k]);
	}
	return *rules && next;
}

static bool of_group(const struct lbtns_spd_policy *p, enum lbtns_group group)
{
	const char *name = p ? lbtns_spd_group(p->priority) : NULL;

	return name && !strcmp(name, lbtns_group_name(group));
}

/* btns-ok lets them in, but of the group private not who proves nothing */
static bool rank_may(const struct why *w, enum btns_pad_rank rank)
{
	if (rank == BTNS_PAD_ANONYMOUS &&
	    (of_group(w->out, LBTNS_GROUP_PRIVATE) ||
	     of_group(w->in, LBTNS_GROUP_PRIVATE)))
		return false;
	return rank == BTNS_PAD_NAMED || w->btns_ok;
}

/* who may be behind the address, and use this policy */
static bool find_peers(struct why *w)
{
	struct btns_prefix remote, *prefixes;
	struct btns_pad_rule *rules;
	bool ok;
	size_t i;

	ok = make_rules(w, &rules, &prefixes);
	to_btns(&remote, &w->pkt.remote);
	for (i = 0; ok && i < w->n_pad; i++) {
		if (!rank_may(w, btns_pad_rank(&rules[i])))
			continue;
		w->peer[i] = btns_pad_child(rules, w->n_pad, i, &remote,
					    NULL) == BTNS_PAD_CHILD_OK;
		w->n_peers += w->peer[i];
	}
	free(rules);
	free(prefixes);
	return ok;
}

static bool covers(const struct lbtns_selector *sel,
		   const struct lbtns_selector *pkt)
{
	return why_inside(&pkt->local, &sel->local) &&
	       why_inside(&pkt->remote, &sel->remote) &&
	       (!sel->proto || sel->proto == pkt->proto) &&
	       port_fits(sel->lport, sel->lmask, pkt->lport) &&
	       port_fits(sel->rport, sel->rmask, pkt->rport);
}

static bool same_host(const struct lbtns_prefix *a,
		      const struct lbtns_prefix *b)
{
	return a->family == b->family &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static const struct lbtns_sa *binding_of(const struct why *w,
					 const struct lbtns_sad_sa *x)
{
	const struct lbtns_sa *sa;

	for (sa = w->sas; sa < w->sas + w->n_sas; sa++)
		if (sa->spi == x->spi && sa->proto == x->proto &&
		    same_host(&sa->daddr, &x->dst))
			return sa;
	return NULL;
}

/* may the kernel take it for the packet, as the template wants it */
static bool sad_fits(const struct lbtns_sad_sa *x, const struct why *w)
{
	const struct lbtns_spd_tmpl *t = &w->out->tmpl[0];
	const struct lbtns_prefix *from = &w->pkt.local, *to = &w->pkt.remote;
	const struct lbtns_sa *sa;

	if (t->mode && t->dst.family)
		to = &t->dst;
	if (t->mode)
		from = t->src.family ? &t->src : NULL;
	if (x->partial || x->proto != t->proto || x->mode != t->mode ||
	    x->reqid != t->reqid || !same_host(&x->dst, to) ||
	    (from && !same_host(&x->src, from)) ||
	    (x->has_sel && !covers(&x->sel, &w->pkt)))
		return false;
	/* of the few that are left: there may be many bindings */
	sa = binding_of(w, x);
	return !sa || covers(&sa->sel, &w->pkt);
}

/* of several the newest, as the kernel takes it */
static const struct lbtns_sad_sa *find_sa(const struct why *w)
{
	const struct lbtns_sad_sa *x, *best = NULL;

	for (x = w->sad; x < w->sad + w->n_sad; x++)
		if (sad_fits(x, w) && (!best || x->added >= best->added))
			best = x;
	return best;
}

/* the first entry that the peer of an SA has, as it was found by that */
static const struct lbtns_pad_entry *find_entry(const struct why *w)
{
	const struct lbtns_ident *id = &w->sa->peer;
	bool key = id->type == BTNS_ID_TYPE_PUBLICKEY;
	const struct lbtns_pad_entry *e;

	for (e = w->pad; e < w->pad + w->n_pad; e++) {
		if (e->flags & BTNS_PAD_FLAGS_ANONYMOUS) {
			if (id->type == BTNS_ID_TYPE_NONE)
				return e;
		} else if (e->flags & BTNS_PAD_FLAGS_WILDCARD) {
			if (key)
				return e;
		} else if (e->id.type == id->type &&
			   !memcmp(e->id.digest, id->digest, BTNS_DIGEST_LEN)) {
			return e;
		}
	}
	return NULL;
}

static void conclude(struct why *w, enum why_result result, const char *text)
{
	w->result = result;
	w->text = text;
}

/* without an SA: the second of each pair is for private-or-clear */
static void conclude_unprotected(struct why *w)
{
	static const char *const nobody[] = {
		"policy asks for protection, and the PAD lets nobody be there: see btnsctl pad add",
		"policy asks for protection, and the PAD lets nobody be there; "
		"in the clear for a while if a peer does not answer, or refuses",
	};
	static const char *const not_yet[] = {
		"policy asks for protection, and there is no SA yet: it asks btnsd for one",
		"policy asks for protection, and there is no SA yet: it asks btnsd for one; "
		"in the clear for a while if the peer does not answer, or refuses",
	};
	static const char *const unasked[] = {
		"policy asks for protection, there is no SA, and nobody listens on UDP port 500 to make one: is btnsd running?",
		"policy asks for protection, there is no SA, and nobody listens on UDP port 500 to make one, "
		"or to let it go in the clear: is btnsd running?",
	};
	bool falls = of_group(w->out, LBTNS_GROUP_PRIVATE_OR_CLEAR);

	if (w->out->n_tmpl && w->out->tmpl[0].optional)
		conclude(w, WHY_CLEAR,
			 "policy makes protection optional, and there is no SA");
	else if (!w->n_peers)
		conclude(w, WHY_DROPPED, nobody[falls]);
	else if (w->no_daemon)
		conclude(w, WHY_DROPPED, unasked[falls]);
	else
		conclude(w, WHY_HELD, not_yet[falls]);
}

static bool protect(struct why *w)
{
	w->btns_ok = spdlist_flags_of(&w->spd, w->out->index) &
		     BTNS_POLICY_FLAGS_BTNS_OK;
	if (!find_peers(w))
		return false;
	w->under = find_sa(w);
	w->sa = w->under ? binding_of(w, w->under) : NULL;
	if (w->sa)
		w->by = find_entry(w);
	if (w->sa)
		conclude(w, WHY_PROTECTED,
			 "policy asks for protection, and there is an SA");
	else if (w->under && w->strict)
		conclude(w, WHY_DROPPED,
			 "nobody vouched for its SA, and net.btns.pad_mode is 2");
	else if (w->under)
		conclude(w, WHY_PROTECTED,
			 "policy asks for protection, and there is an SA, but nobody vouched for who is behind it: what is latched to a peer is dropped");
	else
		conclude_unprotected(w);
	return true;
}

static bool by_policy(struct why *w)
{
	w->out = find_policy(w, LBTNS_SPD_OUT, &w->doubt);
	w->in = find_policy(w, LBTNS_SPD_IN, NULL);
	if (!w->out && w->out_blocked)
		conclude(w, WHY_DROPPED,
			 "no policy covers it, and the default is to drop");
	else if (!w->out)
		conclude(w, WHY_CLEAR, "no policy covers it");
	else if (w->out->action == LBTNS_SPD_BLOCK)
		conclude(w, WHY_DROPPED, "policy says block");
	else if (w->out->action != LBTNS_SPD_BYPASS)
		return protect(w);
	else if (w->out->priority == LBTNS_GROUP_PRIO_FALLBACK)
		conclude(w, WHY_CLEAR,
			 "policy says bypass: a fallback of the group private-or-clear, until it ends");
	else
		conclude(w, WHY_CLEAR, "policy says bypass");
	return true;
}

/* RFC 5660 section 2: a latch lets nothing pass that is not as it was */
static void by_own_latch(struct why *w)
{
	static const struct lbtns_ident nobody;
	const struct lbtns_ident *peer = w->sa ? &w->sa->peer : &nobody;

	if (w->own_broken)
		conclude(w, WHY_DROPPED,
			 "its latch is broken, and drops it whatever policy says: see btnsctl latch list");
	else if (!w->has_own)
		return;
	else if (w->result == WHY_CLEAR)
		conclude(w, WHY_DROPPED,
			 "its latch drops what is not protected, whatever policy says: see btnsctl latch list");
	else if (w->result == WHY_PROTECTED &&
		 w->own.state == BTNS_LATCH_STATE_ESTABLISHED &&
		 !lbtns_ident_equal(peer, &w->own.peer))
		conclude(w, WHY_DROPPED,
			 "its latch is with another peer than the SA: see btnsctl latch list");
}

bool why_decide(struct why *w)
{
	if (!by_policy(w))
		return false;
	by_own_latch(w);
	return true;
}
