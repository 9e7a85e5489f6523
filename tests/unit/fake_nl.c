// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel in memory: see fake_nl.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_nl.h"

void fake_raw(struct fake *f, const void *data, size_t len)
{
	if (f->tail == FAKE_QUEUE)
		abort();
	f->queue[f->tail] = malloc(len ? len : 1);
	if (!f->queue[f->tail])
		abort();
	memcpy(f->queue[f->tail], data, len);
	f->len[f->tail++] = len;
}

struct lbtns_msg *fake_begin(struct fake *f, uint8_t cmd, uint16_t flags)
{
	struct lbtns h = { .family = FAKE_FAMILY };

	memset(f->build, 0, sizeof(f->build));
	lbtns_msg_init(&f->msg, &h, f->build, sizeof(f->build), cmd);
	f->msg.nlh->nlmsg_seq = f->seq;
	f->msg.nlh->nlmsg_flags = flags;
	return &f->msg;
}

void fake_queue(struct fake *f)
{
	fake_raw(f, f->msg.nlh, f->msg.nlh->nlmsg_len);
}

void fake_error(struct fake *f, int err, const char *text)
{
	struct nlmsgerr *e;
	struct nlmsghdr *n;

	memset(f->build, 0, sizeof(f->build));
	n = mnl_nlmsg_put_header(f->build);
	n->nlmsg_type = NLMSG_ERROR;
	n->nlmsg_flags = NLM_F_CAPPED;
	n->nlmsg_seq = f->seq;
	e = mnl_nlmsg_put_extra_header(n, sizeof(*e));
	e->error = -err;
	if (text) {
		n->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_strz(n, NLMSGERR_ATTR_MSG, text);
	}
	fake_raw(f, n, n->nlmsg_len);
}

void fake_done(struct fake *f, int err, uint16_t flags)
{
	struct nlmsghdr *n;
	int *v;

	memset(f->build, 0, sizeof(f->build));
	n = mnl_nlmsg_put_header(f->build);
	n->nlmsg_type = NLMSG_DONE;
	n->nlmsg_flags = NLM_F_MULTI | flags;
	n->nlmsg_seq = f->seq;
	v = mnl_nlmsg_put_extra_header(n, sizeof(*v));
	*v = -err;
	fake_raw(f, n, n->nlmsg_len);
}

uint8_t fake_cmd(const struct nlmsghdr *req)
{
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(req))->cmd;
}

void fake_reset(struct fake *f)
{
	while (f->head < f->tail)
		free(f->queue[f->head++]);
	f->head = 0;
	f->tail = 0;
}

static void answer_family(struct fake *f)
{
	static const char *const names[] = { "latch", "sa", "pad" };
	struct nlattr *all, *one;
	struct genlmsghdr *g;
	struct nlmsghdr *n;
	uint32_t i;

	if (f->no_module) {
		fake_error(f, ENOENT, NULL);
		return;
	}
	memset(f->build, 0, sizeof(f->build));
	n = mnl_nlmsg_put_header(f->build);
	n->nlmsg_type = GENL_ID_CTRL;
	n->nlmsg_seq = f->seq;
	g = mnl_nlmsg_put_extra_header(n, sizeof(*g));
	g->cmd = CTRL_CMD_NEWFAMILY;
	mnl_attr_put_u16(n, CTRL_ATTR_FAMILY_ID, FAKE_FAMILY);
	all = mnl_attr_nest_start(n, CTRL_ATTR_MCAST_GROUPS);
	for (i = 0; i < 3; i++) {
		one = mnl_attr_nest_start(n, (uint16_t)(i + 1));
		mnl_attr_put_u32(n, CTRL_ATTR_MCAST_GRP_ID, 40 + i);
		mnl_attr_put_strz(n, CTRL_ATTR_MCAST_GRP_NAME, names[i]);
		mnl_attr_nest_end(n, one);
	}
	mnl_attr_nest_end(n, all);
	fake_raw(f, n, n->nlmsg_len);
	fake_error(f, 0, NULL);
}

static int fake_send(void *ctx, const void *buf, size_t len)
{
	const struct nlmsghdr *req = buf;
	struct fake *f = ctx;

	if (f->head == f->tail) {
		f->head = 0;
		f->tail = 0;
	}
	f->seq = req->nlmsg_seq;
	if (req->nlmsg_type == GENL_ID_CTRL) {
		answer_family(f);
		return 0;
	}
	f->requests++;
	memset(f->last, 0, sizeof(f->last));
	memcpy(f->last, buf, len < sizeof(f->last) ? len : sizeof(f->last));
	if (f->answer)
		f->answer(f, req);
	return 0;
}

static ssize_t fake_recv(void *ctx, void *buf, size_t len)
{
	struct fake *f = ctx;
	size_t n;

	if (f->head == f->tail && f->more) {
		fake_reset(f);
		f->more(f);
	}
	if (f->head == f->tail)
		return -EAGAIN;
	n = f->len[f->head];
	if (n > len)
		return -ENOSPC;
	memcpy(buf, f->queue[f->head], n);
	free(f->queue[f->head++]);
	return (ssize_t)n;
}

struct lbtns_transport fake_transport(struct fake *f)
{
	return (struct lbtns_transport){
		.send = fake_send,
		.recv = fake_recv,
		.ctx = f,
	};
}
