// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel as the helper sees it: the btns module through libbtns, joined
 * with kern_xfrm.c into one table.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/kern.h"
#include "btnsd/log.h"
#include "btnsd/pad.h"
#include "libbtns/btns.h"
#include "libbtns/nl.h"
#include "libbtns/spd.h"

/**
 * struct kern - everything open
 * @x: NETLINK_XFRM
 * @spd: NETLINK_XFRM for policies
 * @h: the module
 * @ev: its events
 * @err: one line about the last failure
 */
struct kern {
	struct kern_xfrm *x;
	struct lbtns *spd;
	struct lbtns *h;
	struct lbtns_events *ev;
	char err[256];
};

/**
 * kern_open() - open everything
 * @k: set to the kernel
 * @why: on failure one line that says what to do
 * @why_len: room at @why
 *
 * Return: 0 or a negative errno.
 */
int kern_open(struct kern **k, char *why, size_t why_len)
{
	struct kern *n = calloc(1, sizeof(*n));
	int err = -ENOMEM;

	*k = NULL;
	if (!n) {
		snprintf(why, why_len, "out of memory");
		return err;
	}
	err = lbtns_open(&n->h);
	if (err == -ENOENT) {
		snprintf(why, why_len,
			 "the btns module is not loaded: modprobe btns, or insmod btns.ko");
		goto out;
	}
	if (!err)
		err = lbtns_events_open(n->h, LBTNS_GROUP_PAD, &n->ev);
	if (err) {
		snprintf(why, why_len, "%s", lbtns_error(n->h));
		goto out;
	}
	err = kern_xfrm_open(&n->x);
	if (err) {
		snprintf(why, why_len,
			 "cannot talk to IPsec in the kernel: %s (modprobe xfrm_user; CAP_NET_ADMIN is needed)",
			 strerror(-err));
		goto out;
	}
	err = lbtns_spd_open(&n->spd);
	if (err)
		snprintf(why, why_len, "%s", lbtns_error(n->spd));
	else
		kern_xfrm_own(n->x, lbtns_nl_portid(n->spd));
out:
	if (err) {
		kern_close(n);
		return err;
	}
	*k = n;
	return 0;
}

/**
 * kern_close() - close everything; SAs stay in the kernel
 * @k: kernel or NULL
 */
void kern_close(struct kern *k)
{
	if (!k)
		return;
	lbtns_events_close(k->ev);
	lbtns_close(k->spd);
	lbtns_close(k->h);
	kern_xfrm_close(k->x);
	free(k);
}

/**
 * kern_fds() - descriptors to poll for events
 * @k: kernel
 * @fds: filled
 *
 * Return: how many: 2.
 */
int kern_fds(const struct kern *k, int fds[static 2])
{
	fds[0] = kern_xfrm_fd(k->x);
	fds[1] = lbtns_events_fd(k->ev);
	return 2;
}

/** struct told - handed through lbtns_events_read() */
struct told {
	const struct kern_events *ev;
	void *arg;
};

static int on_event(const struct lbtns_event *e, void *arg)
{
	const struct told *t = arg;

	if (e->type == LBTNS_EVENT_PAD || e->type == LBTNS_EVENT_LOST)
		t->ev->pad_changed(t->arg);
	return 0;
}

/**
 * kern_read() - hand over the events that have come
 * @k: kernel
 * @fd: one of kern_fds()
 * @ev: what is called for them
 * @arg: handed to @ev
 */
void kern_read(struct kern *k, int fd, const struct kern_events *ev, void *arg)
{
	struct told t = { .ev = ev, .arg = arg };

	if (fd == kern_xfrm_fd(k->x))
		kern_xfrm_read(k->x, ev, arg);
	else
		lbtns_events_read(k->ev, on_event, &t);
}

/* keep what the layer below says, for op_error() */
static int from_xfrm(struct kern *k, int err)
{
	if (err)
		snprintf(k->err, sizeof(k->err), "%s", kern_xfrm_error(k->x));
	return err;
}

static int from_lbtns(struct kern *k, int err)
{
	if (err)
		snprintf(k->err, sizeof(k->err), "%s", lbtns_error(k->h));
	return err;
}

static int from_policy(struct kern *k, int err, const char *why)
{
	if (err)
		snprintf(k->err, sizeof(k->err), "%s", why);
	return err;
}

static int op_get_spi(void *ctx, const struct addr *src,
		      const struct addr *dst, uint32_t reqid, uint32_t *spi)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_get_spi(k->x, src, dst, reqid, spi));
}

static int op_add_sa(void *ctx, const struct kern_sa *sa)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_add_sa(k->x, sa));
}

static int op_set_encap(void *ctx, const struct kern_sa *sa)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_set_encap(k->x, sa));
}

static int op_find_sa(void *ctx, uint32_t spi, const struct addr *dst,
		      struct kern_found *found)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_find_sa(k->x, spi, dst, found));
}

static int op_del_sa(void *ctx, uint32_t spi, const struct addr *dst)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_del_sa(k->x, spi, dst));
}

static int op_packets(void *ctx, uint32_t spi, const struct addr *dst,
		      uint64_t *packets)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_sa_packets(k->x, spi, dst, packets));
}

static int op_forget(void *ctx, const struct addr *src, const struct addr *dst,
		     uint32_t reqid, uint32_t seq)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_forget(k->x, src, dst, reqid, seq));
}

static int op_forget_all(void *ctx)
{
	struct kern *k = ctx;

	return from_xfrm(k, kern_xfrm_forget_all(k->x));
}

static int op_bind(void *ctx, const struct lbtns_sa *sa)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_sa_bind(k->h, sa, NULL));
}

static int op_check(void *ctx, const struct lbtns_sa *sa, uint8_t *verdict)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_sa_check(k->h, sa, verdict, NULL));
}

static int op_unbind(void *ctx, const struct lbtns_sa *sa)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_sa_unbind(k->h, sa));
}

static int op_bindings(void *ctx, lbtns_sa_cb cb, void *arg)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_sa_dump(k->h, cb, arg));
}

static int op_latch_break(void *ctx, const struct lbtns_ident *peer,
			  uint8_t reason, uint32_t *count)
{
	const struct lbtns_choice choice = { .peer = peer };
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_latch_break(k->h, &choice, reason, count));
}

static int op_latch_close_all(void *ctx, uint8_t reason, uint32_t *count)
{
	const struct lbtns_choice choice = { .all = true };
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_latch_close(k->h, &choice, reason, count));
}

static int op_latches(void *ctx, lbtns_latch_cb cb, void *arg)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_latch_dump(k->h, cb, arg));
}

static int op_pad_dump(void *ctx, lbtns_pad_cb cb, void *arg)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_pad_dump(k->h, cb, arg));
}

static int op_pad_replace(void *ctx, const struct lbtns_pad_entry *e, size_t n)
{
	struct kern *k = ctx;

	return from_lbtns(k, lbtns_pad_replace(k->h, e, n));
}

static int op_policies(void *ctx, kern_policy_cb cb, void *arg)
{
	struct kern *k = ctx;
	const char *why = "";

	return from_policy(k, kern_policy_list(k->spd, k->h, cb, arg, &why),
			   why);
}

static int op_put_policy(void *ctx, const struct kern_policy *p, bool replace)
{
	struct kern *k = ctx;
	const char *why = "";

	return from_policy(k, kern_policy_put(k->spd, k->h, p, replace, &why),
			   why);
}

static int op_del_policy(void *ctx, const struct kern_policy *p)
{
	struct kern *k = ctx;
	const char *why = "";

	return from_policy(k, kern_policy_del(k->spd, p, &why), why);
}

static const char *op_error(void *ctx)
{
	struct kern *k = ctx;

	return k->err;
}

/** kern_linux_ops - the real kernel; its context is a struct kern */
const struct kern_ops kern_linux_ops = {
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
