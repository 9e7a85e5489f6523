// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel behind the broker. Lists are whole before anybody sees an item, but
 * for that of latches, which may be a million.
 */
#include <errno.h>
#include <stdlib.h>

#include "btnsd/broker/client_ask.h"

static void begin_name(struct client *c, uint32_t type, uint32_t spi,
		       const struct addr *src, const struct addr *dst)
{
	struct proto_name name = {.dst = *dst, .spi = spi};

	if (src)
		name.src = *src;
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_name_layout, &name);
}

static int op_get_spi(void *ctx, const struct addr *src, const struct addr *dst,
		      uint32_t reqid, uint32_t *spi)
{
	const struct proto_name name = {
		.src = *src,
		.dst = *dst,
		.reqid = reqid,
	};
	struct client *c = ctx;
	uint64_t v;
	int err;

	proto_begin(&c->m, PROTO_GET_SPI);
	proto_put(&c->m, &proto_name_layout, &name);
	err = client_ask_value(c, UINT32_MAX, &v);
	if (!err)
		*spi = (uint32_t)v;
	return err;
}

static int put_sa(struct client *c, uint32_t type, const struct kern_sa *sa)
{
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_kern_sa_layout, sa);
	if (sa->key)
		proto_put_octets(&c->m, secret_span(sa->key));
	return client_ask_only(c);
}

static int op_add_sa(void *ctx, const struct kern_sa *sa)
{
	return put_sa(ctx, PROTO_ADD_SA, sa);
}

static int op_set_encap(void *ctx, const struct kern_sa *sa)
{
	return put_sa(ctx, PROTO_SET_ENCAP, sa);
}

static int op_find_sa(void *ctx, uint32_t spi, const struct addr *dst,
		      struct kern_found *found)
{
	struct client *c = ctx;
	int err;

	begin_name(c, PROTO_FIND_SA, spi, NULL, dst);
	err = client_ask(c);
	if (!err && !proto_get_all(&c->m, &proto_found_layout, found))
		err = client_failed(c, -EBADMSG, "the broker's answer");
	return err;
}

static int op_del_sa(void *ctx, uint32_t spi, const struct addr *dst)
{
	struct client *c = ctx;

	begin_name(c, PROTO_DEL_SA, spi, NULL, dst);
	return client_ask_only(c);
}

static int op_packets(void *ctx, uint32_t spi, const struct addr *dst,
		      uint64_t *packets)
{
	struct client *c = ctx;

	begin_name(c, PROTO_SA_PACKETS, spi, NULL, dst);
	return client_ask_value(c, UINT64_MAX, packets);
}

static int op_forget(void *ctx, const struct addr *src, const struct addr *dst,
		     uint32_t reqid, uint32_t seq)
{
	const struct proto_name name = {
		.src = *src,
		.dst = *dst,
		.reqid = reqid,
		.seq = seq,
	};
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_FORGET);
	proto_put(&c->m, &proto_name_layout, &name);
	return client_ask_only(c);
}

static int op_forget_all(void *ctx)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_FORGET_ALL);
	return client_ask_only(c);
}

static int op_bind(void *ctx, const struct lbtns_sa *sa)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_BIND);
	proto_put(&c->m, &proto_sa_layout, sa);
	return client_ask_only(c);
}

static int op_check(void *ctx, const struct lbtns_sa *sa, uint8_t *verdict)
{
	struct client *c = ctx;
	uint64_t v;
	int err;

	proto_begin(&c->m, PROTO_CHECK);
	proto_put(&c->m, &proto_sa_layout, sa);
	err = client_ask_value(c, UINT8_MAX, &v);
	if (!err)
		*verdict = (uint8_t)v;
	return err;
}

static int op_unbind(void *ctx, const struct lbtns_sa *sa)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_UNBIND);
	proto_put(&c->m, &proto_sa_layout, sa);
	return client_ask_only(c);
}

static int put_peer(struct client *c, uint32_t type,
		    const struct lbtns_ident *peer, uint8_t reason,
		    uint32_t *count)
{
	struct proto_peer p = {.reason = reason};
	uint64_t v;
	int err;

	if (peer)
		p.peer = *peer;
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_peer_layout, &p);
	err = client_ask_value(c, UINT32_MAX, &v);
	if (!err && count)
		*count = (uint32_t)v;
	return err;
}

static int op_latch_break(void *ctx, const struct lbtns_ident *peer,
			  uint8_t reason, uint32_t *count)
{
	return put_peer(ctx, PROTO_LATCH_BREAK, peer, reason, count);
}

static int op_latch_close_all(void *ctx, uint8_t reason, uint32_t *count)
{
	return put_peer(ctx, PROTO_LATCH_CLOSE_ALL, NULL, reason, count);
}

/* ---- lists --------------------------------------------------------------- */

/**
 * struct gathered - a short list, whole before anybody sees it, so that whoever
 *	gets an item may make requests
 * @layout: of an item
 * @size: of an item
 * @items: the items
 * @n: how many
 */
struct gathered {
	const struct proto_layout *layout;
	size_t size;
	uint8_t *items;
	size_t n;
};

static int gather_one(struct client *c, void *arg)
{
	struct gathered *g = arg;
	uint8_t *bigger = reallocarray(g->items, g->n + 1, g->size);

	if (!bigger)
		return client_failed(c, -ENOMEM, "the broker's list");
	g->items = bigger;
	if (!proto_get_all(&c->m, g->layout, bigger + g->n * g->size))
		return client_failed(c, -EBADMSG, "the broker's list");
	g->n++;
	return 0;
}

static int gather(struct client *c, uint32_t type, struct gathered *g)
{
	proto_begin(&c->m, type);
	return client_list(c, gather_one, g);
}

static int op_bindings(void *ctx, lbtns_sa_cb cb, void *arg)
{
	struct gathered g = {&proto_sa_layout, sizeof(struct lbtns_sa), NULL,
			     0};
	int err = gather(ctx, PROTO_BINDINGS, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++)
		err = cb((const void *)(g.items + i * g.size), arg);
	free(g.items);
	return err;
}

static int op_pad_dump(void *ctx, lbtns_pad_cb cb, void *arg)
{
	struct gathered g = {&proto_pad_layout, sizeof(struct proto_pad), NULL,
			     0};
	struct client *c = ctx;
	int err = gather(c, PROTO_PAD_DUMP, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++) {
		const struct proto_pad *p =
			(const void *)(g.items + i * g.size);

		if (p->e.n_keys > BTNS_PAD_KEYS_MAX ||
		    p->e.n_prefixes > BTNS_PAD_PREFIXES_MAX)
			err = client_failed(c, -EBADMSG, "the broker's list");
		else
			err = cb(&p->e, p->index, p->generation, arg);
	}
	free(g.items);
	return err;
}

static int op_policies(void *ctx, kern_policy_cb cb, void *arg)
{
	struct gathered g = {&proto_policy_layout, sizeof(struct kern_policy),
			     NULL, 0};
	int err = gather(ctx, PROTO_POLICIES, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++)
		err = cb((const void *)(g.items + i * g.size), arg);
	free(g.items);
	return err;
}

/** struct latch_to - who gets latches, one by one as they come */
struct latch_to {
	lbtns_latch_cb cb;
	void *arg;
};

static int latch_one(struct client *c, void *arg)
{
	const struct latch_to *to = arg;
	struct lbtns_latch l;

	if (!proto_get_all(&c->m, &proto_latch_layout, &l))
		return client_failed(c, -EBADMSG, "the broker's list");
	return to->cb(&l, to->arg);
}

static int op_latches(void *ctx, lbtns_latch_cb cb, void *arg)
{
	struct latch_to to = {cb, arg};
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_LATCHES);
	return client_list(c, latch_one, &to);
}

/* the broker takes the entries from its own reading of the configuration */
static int op_pad_replace(void *ctx, const struct lbtns_pad_entry *e, size_t n)
{
	struct client *c = ctx;

	(void)e;
	(void)n;
	proto_begin(&c->m, PROTO_PAD_REPLACE);
	return client_ask_only(c);
}

static int op_put_policy(void *ctx, const struct kern_policy *p, bool replace)
{
	const uint8_t how = replace;
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_PUT_POLICY);
	proto_put(&c->m, &proto_policy_layout, p);
	proto_put_octets(&c->m, span(&how, 1));
	return client_ask_only(c);
}

static int op_del_policy(void *ctx, const struct kern_policy *p)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_DEL_POLICY);
	proto_put(&c->m, &proto_policy_layout, p);
	return client_ask_only(c);
}

static const char *op_error(void *ctx)
{
	struct client *c = ctx;

	return c->err;
}

/** client_kern_ops - the kernel behind the broker; its context is a client */
const struct kern_ops client_kern_ops = {
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
	.policies = op_policies,
	.put_policy = op_put_policy,
	.del_policy = op_del_policy,
	.error = op_error,
};
