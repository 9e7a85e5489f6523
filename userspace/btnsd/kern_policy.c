// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's policies as the helper sees and makes them: xfrm's own by
 * NETLINK_XFRM, joined with the flags that the module keeps for them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/kern.h"
#include "btnsd/kern_sel.h"
#include "btnsd/pad.h"
#include "kernel/pad_match.h"
#include "libbtns/btns.h"
#include "libbtns/spd.h"

/* room for what was the matter first, while something else is done */
#define FIRST_ERROR_MAX	512

/**
 * struct listed - a policy and its place in the kernel's list
 * @p: policy
 * @place: of two with one priority the one that comes later is the older
 */
struct listed {
	struct kern_policy p;
	size_t place;
};

/**
 * struct policies - a list that grows
 * @p: policies
 * @n: how many
 * @room: for how many
 */
struct policies {
	struct listed *p;
	size_t n;
	size_t room;
};

/* false if the policy is for less */
static bool policy_sel(struct sel *s, const struct lbtns_spd_policy *p,
		       bool inbound)
{
	const struct lbtns_prefix *local = inbound ? &p->dst : &p->src;
	const struct lbtns_prefix *remote = inbound ? &p->src : &p->dst;
	struct btns_selector ports = { .proto = p->proto };
	bool exact;

	memset(s, 0, sizeof(*s));
	addr_from_lbtns(&s->local, local);
	addr_from_lbtns(&s->remote, remote);
	s->local_plen = local->len;
	s->remote_plen = remote->len;
	addr_mask(&s->local, s->local_plen);
	addr_mask(&s->remote, s->remote_plen);
	s->proto = p->proto;
	exact = btns_selector_ports(&ports, inbound, p->sport, p->sport_mask,
				    p->dport, p->dport_mask);
	s->lport = ports.lport;
	s->rport = ports.rport;
	s->lmask = ports.lmask;
	s->rmask = ports.rmask;
	return exact;
}

static void policy_tmpl(struct kern_policy *out, const struct lbtns_spd_tmpl *t)
{
	const struct lbtns_prefix *local = out->inbound ? &t->dst : &t->src;
	const struct lbtns_prefix *remote = out->inbound ? &t->src : &t->dst;

	out->reqid = t->reqid;
	out->tunnel = t->mode == XFRM_MODE_TUNNEL;
	out->optional = t->optional;
	if (local->family)
		addr_from_lbtns(&out->local, local);
	if (remote->family)
		addr_from_lbtns(&out->remote, remote);
}

static int policy_add(const struct lbtns_spd_policy *p, void *arg)
{
	struct policies *list = arg;
	struct kern_policy *out;
	struct listed *bigger;

	/* those of sockets */
	if (p->dir > LBTNS_SPD_FWD)
		return 0;
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;

		bigger = reallocarray(list->p, room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		list->p = bigger;
		list->room = room;
	}
	list->p[list->n].place = list->n;
	out = &list->p[list->n++].p;
	memset(out, 0, sizeof(*out));
	out->index = p->index;
	out->priority = p->priority;
	out->inbound = p->dir != LBTNS_SPD_OUT;
	out->forward = p->dir == LBTNS_SPD_FWD;
	out->action = p->action == LBTNS_SPD_PROTECT ? KERN_PROTECT :
		      p->action == LBTNS_SPD_BYPASS  ? KERN_BYPASS :
						       KERN_BLOCK;
	out->exact = policy_sel(&out->sel, p, out->inbound) && !p->partial;
	out->seconds = p->seconds > UINT32_MAX ? UINT32_MAX :
						 (uint32_t)p->seconds;
	out->usable = out->exact &&
		      (out->action != KERN_PROTECT ||
		       (p->n_tmpl == 1 && p->tmpl[0].proto == IPPROTO_ESP &&
			p->tmpl[0].mode <= XFRM_MODE_TUNNEL));
	if (p->n_tmpl)
		policy_tmpl(out, &p->tmpl[0]);
	return 0;
}

static int by_index(const void *va, const void *vb)
{
	const struct listed *a = va, *b = vb;

	return (a->p.index > b->p.index) - (a->p.index < b->p.index);
}

/* of a list that is in order of indices */
static int policy_flag(uint32_t index, uint32_t flags, void *arg)
{
	const struct listed key = { .p.index = index };
	struct policies *list = arg;
	struct listed *found = NULL;

	if (list->n)
		found = bsearch(&key, list->p, list->n, sizeof(key), by_index);
	if (!found)
		return 0;
	found->p.btns_ok = flags & BTNS_POLICY_FLAGS_BTNS_OK;
	found->p.fallback = flags & BTNS_POLICY_FLAGS_FALLBACK;
	return 0;
}

/* smaller priorities come first; of two that are equal, the older */
static int by_priority(const void *va, const void *vb)
{
	const struct listed *a = va, *b = vb;

	if (a->p.priority != b->p.priority)
		return a->p.priority < b->p.priority ? -1 : 1;
	return (a->place < b->place) - (a->place > b->place);
}

/**
 * kern_policy_list() - list the policies of directions in, out and fwd
 * @spd: handle of lbtns_spd_open()
 * @h: handle of lbtns_open()
 * @cb: called for each, in order of priority
 * @arg: handed to @cb
 * @why: on failure set to one line, valid until the next call
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int kern_policy_list(struct lbtns *spd, struct lbtns *h, kern_policy_cb cb,
		     void *arg, const char **why)
{
	struct policies list = { 0 };
	size_t i;
	int err;

	err = lbtns_spd_dump(spd, policy_add, &list);
	*why = lbtns_error(spd);
	if (err)
		goto out;
	/* there may be thousands of both, and each edit reads them anew */
	if (list.n)
		qsort(list.p, list.n, sizeof(*list.p), by_index);
	err = lbtns_policy_dump(h, policy_flag, &list);
	*why = lbtns_error(h);
	if (list.n)
		qsort(list.p, list.n, sizeof(*list.p), by_priority);
	for (i = 0; i < list.n && !err; i++)
		err = cb(&list.p[i].p, arg);
out:
	free(list.p);
	return err;
}

static void to_prefix(struct lbtns_prefix *out, const struct addr *a,
		      uint8_t len)
{
	memset(out, 0, sizeof(*out));
	out->family = (uint8_t)a->family;
	out->len = len;
	memcpy(out->addr, a->b, sizeof(a->b));
}

/* as xfrm wants it; what it protects is in transport mode */
static void to_spd(struct lbtns_spd_policy *out, const struct kern_policy *p)
{
	const struct sel *s = &p->sel;
	struct xfrm_selector ports;

	memset(out, 0, sizeof(*out));
	out->priority = p->priority;
	out->dir = p->forward ? LBTNS_SPD_FWD :
		   p->inbound ? LBTNS_SPD_IN :
				LBTNS_SPD_OUT;
	out->action = p->action == KERN_PROTECT ? LBTNS_SPD_PROTECT :
		      p->action == KERN_BYPASS	? LBTNS_SPD_BYPASS :
						  LBTNS_SPD_BLOCK;
	to_prefix(p->inbound ? &out->dst : &out->src, &s->local, s->local_plen);
	to_prefix(p->inbound ? &out->src : &out->dst, &s->remote,
		  s->remote_plen);
	out->proto = s->proto;
	kern_put_sel(&ports, s, p->inbound);
	out->sport = ntohs(ports.sport);
	out->dport = ntohs(ports.dport);
	out->sport_mask = ntohs(ports.sport_mask);
	out->dport_mask = ntohs(ports.dport_mask);
	out->seconds = p->seconds;
	if (p->action != KERN_PROTECT)
		return;
	out->n_tmpl = 1;
	out->tmpl[0].proto = IPPROTO_ESP;
	out->tmpl[0].mode = XFRM_MODE_TRANSPORT;
	out->tmpl[0].optional = p->optional;
	out->tmpl[0].reqid = p->reqid;
}

/* the kernel's number of a policy, then its flags */
static int put_flags(struct lbtns *spd, struct lbtns *h,
		     struct lbtns_spd_policy p, uint32_t flags,
		     const char **why)
{
	int err = lbtns_spd_get(spd, &p);

	*why = lbtns_error(spd);
	if (err)
		return err;
	err = lbtns_policy_set(h, p.index, flags);
	*why = lbtns_error(h);
	return err;
}

/* what the caller is told has failed must not be in force: a bypass, say */
static void take_back(struct lbtns *spd, const struct lbtns_spd_policy *p,
		      const char **why)
{
	static char first[FIRST_ERROR_MAX];

	snprintf(first, sizeof(first), "%s", *why);
	*why = first;
	lbtns_spd_del(spd, p);
}

/**
 * kern_policy_put() - install a policy that is in transport mode, if in any
 * @spd: handle of lbtns_spd_open()
 * @h: handle of lbtns_open()
 * @p: policy
 * @replace: in the place of the one for the same traffic
 * @why: on failure set to one line, valid until the next call
 *
 * The flag follows: until it is there BTNS peers are refused. If it cannot come
 * a new policy is deleted again; one that took the place of another stays, as
 * neither of both would be left.
 *
 * Return: 0; -EEXIST if there is one without @replace; other negative errno.
 */
int kern_policy_put(struct lbtns *spd, struct lbtns *h,
		    const struct kern_policy *p, bool replace,
		    const char **why)
{
	uint32_t flags = (p->btns_ok ? BTNS_POLICY_FLAGS_BTNS_OK : 0) |
			 (p->fallback ? BTNS_POLICY_FLAGS_FALLBACK : 0);
	struct lbtns_spd_policy out;
	int err;

	to_spd(&out, p);
	err = replace ? lbtns_spd_replace(spd, &out) : lbtns_spd_add(spd, &out);
	*why = lbtns_error(spd);
	if (err || (!flags && !replace))
		return err;
	err = put_flags(spd, h, out, flags, why);
	if (err && !replace)
		take_back(spd, &out, why);
	return err;
}

/**
 * kern_policy_del() - delete a policy
 * @spd: handle of lbtns_spd_open()
 * @p: policy; its index is used
 * @why: on failure set to one line, valid until the next call
 *
 * Return: 0, also if it is gone already; else a negative errno.
 */
int kern_policy_del(struct lbtns *spd, const struct kern_policy *p,
		    const char **why)
{
	int err = lbtns_spd_del_index(spd, p->index);

	*why = lbtns_error(spd);
	return err == -ENOENT ? 0 : err;
}
