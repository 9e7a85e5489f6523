// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel made of memory: SAs, bindings, latches and the PAD, as it was told of
 * them. It complains about SAs that nobody vouched for before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "world.h"

static struct world_sa *k_find(struct world_kern *k, uint32_t spi,
			       const struct addr *dst)
{
	size_t i;

	for (i = 0; i < k->top; i++)
		if (k->sa[i].used && k->sa[i].spi == spi &&
		    addr_equal(&k->sa[i].dst, dst))
			return &k->sa[i];
	return NULL;
}

static struct world_sa *k_new(struct world_kern *k)
{
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		if (!k->sa[i].used) {
			memset(&k->sa[i], 0, sizeof(k->sa[i]));
			k->sa[i].used = true;
			if (i >= k->top)
				k->top = i + 1;
			return &k->sa[i];
		}
	}
	return NULL;
}

static struct lbtns_sa *k_bound(struct world_kern *k, uint32_t spi,
				const struct addr *dst)
{
	size_t i;

	for (i = 0; i < k->n_bound; i++)
		if (k->bound[i].spi == htonl(spi) &&
		    !memcmp(k->bound[i].daddr.addr, dst->b, 16))
			return &k->bound[i];
	return NULL;
}

static void k_unbind(struct world_kern *k, uint32_t spi, const struct addr *dst)
{
	struct lbtns_sa *b = k_bound(k, spi, dst);

	if (b)
		*b = k->bound[--k->n_bound];
}

static int op_get_spi(void *ctx, const struct addr *src,
		      const struct addr *dst, uint32_t reqid, uint32_t *spi)
{
	struct world_kern *k = ctx;
	struct world_sa *sa = k_new(k);

	(void)src;
	if (!sa)
		return -ENOMEM;
	sa->larval = true;
	sa->inbound = true;
	sa->spi = *spi = ++k->w->last_spi;
	sa->dst = *dst;
	sa->reqid = reqid;
	return 0;
}

static int op_add_sa(void *ctx, const struct kern_sa *in)
{
	struct world_kern *k = ctx;
	struct world_sa *sa = k_find(k, in->spi, &in->dst);

	if (k->fail_add && !--k->fail_add)
		return k->fail_as ? -k->fail_as : -ENOBUFS;
	if (sa && !(sa->larval && in->inbound))
		return -EEXIST;
	if (!sa)
		sa = k_new(k);
	if (!sa)
		return -ENOMEM;
	if (!k_bound(k, in->spi, &in->dst))
		k->unvouched++;
	sa->larval = false;
	sa->inbound = in->inbound;
	sa->spi = in->spi;
	sa->dst = in->dst;
	sa->sel = in->sel;
	sa->reqid = in->reqid;
	sa->seq = in->seq;
	sa->soft_bytes = in->soft_bytes;
	sa->hard_bytes = in->hard_bytes;
	sa->soft_packets = in->soft_packets;
	sa->hard_packets = in->hard_packets;
	sa->hard_seconds = in->hard_seconds;
	sa->src = in->src;
	sa->tunnel = in->tunnel;
	sa->encap = in->encap;
	sa->encr = in->encr;
	sa->keybits = in->keybits;
	sa->integ = in->integ;
	sa->key_len = in->key->len;
	memcpy(sa->key, in->key->data, in->key->len);
	return 0;
}

static int op_set_encap(void *ctx, const struct kern_sa *in)
{
	struct world_sa *sa = k_find(ctx, in->spi, &in->dst);

	if (!sa || !sa->encap.sport)
		return -ESRCH;
	sa->encap = in->encap;
	return 0;
}

static int op_find_sa(void *ctx, uint32_t spi, const struct addr *dst,
		      struct kern_found *found)
{
	struct world_sa *sa = k_find(ctx, spi, dst);

	if (!sa)
		return -ESRCH;
	*found = (struct kern_found){
		.src = sa->src,
		.dst = sa->dst,
		.sel = sa->sel,
		.tunnel = sa->tunnel,
		.encap = sa->encap,
	};
	if (sa->inbound) {
		found->sel.local = sa->sel.remote;
		found->sel.local_plen = sa->sel.remote_plen;
		found->sel.lport = sa->sel.rport;
		found->sel.lmask = sa->sel.rmask;
		found->sel.remote = sa->sel.local;
		found->sel.remote_plen = sa->sel.local_plen;
		found->sel.rport = sa->sel.lport;
		found->sel.rmask = sa->sel.lmask;
	}
	return 0;
}

static int op_del_sa(void *ctx, uint32_t spi, const struct addr *dst)
{
	struct world_kern *k = ctx;
	struct world_sa *sa = k_find(k, spi, dst);

	if (!sa)
		return -ESRCH;
	sa->used = false;
	k_unbind(k, spi, dst);
	return 0;
}

static int op_packets(void *ctx, uint32_t spi, const struct addr *dst,
		      uint64_t *packets)
{
	struct world_sa *sa = k_find(ctx, spi, dst);

	if (!sa)
		return -ESRCH;
	*packets = sa->packets;
	return 0;
}

static int op_forget(void *ctx, const struct addr *src, const struct addr *dst,
		     uint32_t reqid, uint32_t seq)
{
	struct world_kern *k = ctx;

	(void)src;
	(void)dst;
	(void)reqid;
	if (seq)
		k->forgotten++;
	return 0;
}

static int op_forget_all(void *ctx)
{
	struct world_kern *k = ctx;

	k->forgotten_all++;
	return 0;
}

static void to_addr(const struct lbtns_prefix *p, struct addr *a, uint8_t *len)
{
	memset(a, 0, sizeof(*a));
	a->family = p->family;
	memcpy(a->b, p->addr, sizeof(p->addr));
	*len = p->len;
}

/* As the module: what the first policy does not protect is for nobody unasked. */
static uint8_t judge(const struct world_kern *k, const struct lbtns_sa *b)
{
	struct sel s = { .proto = b->sel.proto, .lport = b->sel.lport,
			 .rport = b->sel.rport, .lmask = b->sel.lmask,
			 .rmask = b->sel.rmask };
	size_t i;

	if (k->verdict)
		return k->verdict(b);
	to_addr(&b->sel.local, &s.local, &s.local_plen);
	to_addr(&b->sel.remote, &s.remote, &s.remote_plen);
	for (i = 0; i < k->n_policies; i++)
		if (!k->policy[i].inbound && sel_within(&s, &k->policy[i].sel))
			return k->policy[i].action == KERN_PROTECT ?
				       BTNS_SA_VERDICT_OK :
				       BTNS_SA_VERDICT_POLICY_REFUSED;
	return BTNS_SA_VERDICT_POLICY_REFUSED;
}

static void to_dst(const struct lbtns_sa *b, struct addr *dst)
{
	memset(dst, 0, sizeof(*dst));
	dst->family = b->daddr.family;
	memcpy(dst->b, b->daddr.addr, sizeof(b->daddr.addr));
}

/* As the module: binding an SA again in the very same way does nothing. */
static int op_bind(void *ctx, const struct lbtns_sa *b)
{
	struct world_kern *k = ctx;
	uint8_t v = judge(k, b);
	struct lbtns_sa *old;
	struct addr dst;

	if (k->fail_bind && !--k->fail_bind)
		return k->fail_as ? -k->fail_as : -EACCES;
	if (v == BTNS_SA_VERDICT_CONFLICT)
		k->conflicts++;
	else if (v != BTNS_SA_VERDICT_OK)
		return -EACCES;
	to_dst(b, &dst);
	old = k_bound(k, ntohl(b->spi), &dst);
	if (old)
		return memcmp(old, b, sizeof(*b)) ? -EEXIST : 0;
	if (k->n_bound == WORLD_SAS)
		return -ENOMEM;
	k->bound[k->n_bound++] = *b;
	return 0;
}

static int op_check(void *ctx, const struct lbtns_sa *b, uint8_t *verdict)
{
	struct world_kern *k = ctx;

	*verdict = judge(k, b);
	return 0;
}

static int op_unbind(void *ctx, const struct lbtns_sa *b)
{
	struct addr dst;

	to_dst(b, &dst);
	k_unbind(ctx, ntohl(b->spi), &dst);
	return 0;
}

static int op_bindings(void *ctx, lbtns_sa_cb cb, void *arg)
{
	struct world_kern *k = ctx;
	size_t i;
	int err = 0;

	for (i = 0; i < k->n_bound && !err; i++)
		err = cb(&k->bound[i], arg);
	return err;
}

static int op_latch_break(void *ctx, const struct lbtns_ident *peer,
			  uint8_t reason, uint32_t *count)
{
	struct world_kern *k = ctx;

	k->breaks++;
	k->break_reason = reason;
	k->broken = *peer;
	*count = 1;
	return 0;
}

static int op_latch_close_all(void *ctx, uint8_t reason, uint32_t *count)
{
	struct world_kern *k = ctx;

	if (k->fail_close) {
		k->fail_close--;
		return -ENOBUFS;
	}
	k->closes++;
	k->close_reason = reason;
	*count = (uint32_t)k->n_latches;
	k->n_latches = 0;
	return 0;
}

static int op_latches(void *ctx, lbtns_latch_cb cb, void *arg)
{
	struct world_kern *k = ctx;
	size_t i;
	int err = 0;

	if (k->fail_latches) {
		k->fail_latches--;
		return -ENOBUFS;
	}
	for (i = 0; i < k->n_latches && !err; i++)
		err = cb(&k->latch[i], arg);
	return err;
}

static int op_pad_dump(void *ctx, lbtns_pad_cb cb, void *arg)
{
	struct world_kern *k = ctx;
	size_t i;
	int err = 0;

	if (k->fail_dump && !--k->fail_dump)
		return -ENOBUFS;
	for (i = 0; i < k->n_pad && !err; i++)
		err = cb(&k->pad[i], (uint32_t)i, 1, arg);
	return err;
}

static int op_pad_replace(void *ctx, const struct lbtns_pad_entry *e, size_t n)
{
	struct world_kern *k = ctx;

	if (k->fail_pad && !--k->fail_pad)
		return -ENOBUFS;
	if (n > WORLD_PAD)
		return -ENOSPC;
	if (n)
		memcpy(k->pad, e, n * sizeof(*e));
	k->n_pad = n;
	return 0;
}

static const char *op_error(void *ctx)
{
	(void)ctx;
	return "the mock says no";
}

const struct kern_ops world_kern_ops = {
	.get_spi = op_get_spi,
	.add_sa = op_add_sa,
	.set_encap = op_set_encap,
	.find_sa = op_find_sa,
	.del_sa = op_del_sa,
	.sa_packets = op_packets,
	.forget_acquire = op_forget,
	.forget_acquires = op_forget_all,
	.bind = op_bind,
	.check = op_check,
	.unbind = op_unbind,
	.bindings = op_bindings,
	.latch_break = op_latch_break,
	.latch_close_all = op_latch_close_all,
	.latches = op_latches,
	.pad_dump = op_pad_dump,
	.pad_replace = op_pad_replace,
	.policies = world_policies,
	.put_policy = world_put_policy,
	.del_policy = world_del_policy,
	.error = op_error,
};
