// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies of the kernel that is made of memory. */
#include <errno.h>
#include <string.h>

#include "world.h"

/* all of them, as the kernel searches */
int world_policies(void *ctx, kern_policy_cb cb, void *arg)
{
	struct world_kern *k = ctx;
	size_t i;
	int err = 0;

	if (k->fail_policies) {
		k->fail_policies--;
		return -ENOBUFS;
	}
	for (i = 0; i < k->n_policies && !err; i++)
		err = cb(&k->policy[i], arg);
	return err;
}

/* kept in order of priority */
int world_put_policy(void *ctx, const struct kern_policy *p, bool replace)
{
	struct world_kern *k = ctx;
	static uint32_t last = 1000;
	struct kern_policy new = *p;
	size_t i, at;

	if (k->fail_policy && !--k->fail_policy)
		return -ENOBUFS;
	new.index = (last += 8) + p->inbound + p->forward;
	for (i = 0; i < k->n_policies; i++) {
		if (k->policy[i].inbound != p->inbound ||
		    k->policy[i].forward != p->forward ||
		    !sel_equal(&k->policy[i].sel, &p->sel))
			continue;
		if (!replace)
			return -EEXIST;
		new.index = k->policy[i].index;
		k->n_policies--;
		memmove(&k->policy[i], &k->policy[i + 1],
			(k->n_policies - i) * sizeof(new));
		break;
	}
	if (k->n_policies == WORLD_POLICIES)
		return -ENOMEM;
	for (at = 0; at < k->n_policies; at++)
		if (k->policy[at].priority > p->priority)
			break;
	memmove(&k->policy[at + 1], &k->policy[at],
		(k->n_policies - at) * sizeof(new));
	k->policy[at] = new;
	k->ends[new.index % WORLD_ENDS] =
		new.seconds ? k->w->now + new.seconds * 1000ull : 0;
	k->n_policies++;
	return 0;
}

/* by its index */
int world_del_policy(void *ctx, const struct kern_policy *p)
{
	struct world_kern *k = ctx;
	size_t i;

	for (i = 0; i < k->n_policies; i++) {
		if (k->policy[i].index != p->index)
			continue;
		k->n_policies--;
		memmove(&k->policy[i], &k->policy[i + 1],
			(k->n_policies - i) * sizeof(*p));
		break;
	}
	return 0;
}

/* what has lived as long as it should goes, as the kernel has it */
void world_policies_expire(struct world *w, int host)
{
	struct world_kern *k = &w->h[host].k;
	size_t i;

	for (i = 0; i < k->n_policies; i++) {
		uint64_t at = k->ends[k->policy[i].index % WORLD_ENDS];

		if (!k->policy[i].seconds || !at || w->now < at)
			continue;
		world_del_policy(k, &k->policy[i--]);
		if (w->h[host].up)
			btnsd_events.policy_changed(&w->h[host].d);
	}
}

/* a policy that protects, in both directions */
void world_policy(struct world *w, int host, const char *local,
		  const char *remote, uint8_t proto, uint16_t lport,
		  uint16_t rport, bool btns_ok)
{
	struct world_kern *k = &w->h[host].k;
	struct kern_policy p = {
		.action = KERN_PROTECT,
		.usable = true,
		.exact = true,
		.reqid = 7,
		.btns_ok = btns_ok,
	};
	int dir;

	addr_parse_prefix(&p.sel.local, &p.sel.local_plen, local);
	addr_parse_prefix(&p.sel.remote, &p.sel.remote_plen, remote);
	p.sel.proto = proto;
	p.sel.lport = lport;
	p.sel.rport = rport;
	p.sel.lmask = lport ? 0xffff : 0;
	p.sel.rmask = rport ? 0xffff : 0;
	for (dir = 0; dir < 2; dir++) {
		p.inbound = dir;
		p.index = (uint32_t)(k->n_policies * 8 + (unsigned int)dir + 8);
		p.priority = (uint32_t)k->n_policies;
		k->policy[k->n_policies++] = p;
	}
	w->h[host].d.spd.stale = true;
}
