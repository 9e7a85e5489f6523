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

/* an SA that leads to the peer: its destination is not one of our addresses */
static bool sa_fits(const struct lbtns_sa *sa, const struct lbtns_selector *pkt,
		    const struct lbtns_spd_policy *out)
{
	const struct lbtns_prefix *to = &pkt->remote;

	if (out->n_tmpl && out->tmpl[0].mode && out->tmpl[0].dst.family)
		to = &out->tmpl[0].dst;
	return sa->daddr.family == to->family &&
	       !memcmp(sa->daddr.addr, to->addr, sizeof(to->addr)) &&
	       why_inside(&pkt->local, &sa->sel.local) &&
	       why_inside(&pkt->remote, &sa->sel.remote) &&
	       (!sa->sel.proto || sa->sel.proto == pkt->proto) &&
	       port_fits(sa->sel.lport, sa->sel.lmask, pkt->lport) &&
	       port_fits(sa->sel.rport, sa->sel.rmask, pkt->rport);
}

/* of several the newest, as the kernel takes it */
static const struct lbtns_sa *find_sa(const struct why *w)
{
	const struct lbtns_sa *best = NULL;
	size_t i;

	for (i = 0; i < w->n_sas; i++)
		if (sa_fits(&w->sas[i], &w->pkt, w->out) &&
		    (!best || w->sas[i].id > best->id))
			best = &w->sas[i];
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
	w->sa = find_sa(w);
	if (!w->sa) {
		conclude_unprotected(w);
		return true;
	}
	w->by = find_entry(w);
	conclude(w, WHY_PROTECTED,
		 "policy asks for protection, and there is an SA");
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

bool why_decide(struct why *w)
{
	if (!by_policy(w))
		return false;
	if (w->own_broken)
		conclude(w, WHY_DROPPED,
			 "its latch is broken, and drops it whatever policy says: see btnsctl latch list");
	return true;
}
