// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes where a datagram of the kernel is awaited: events, then answers to
 * requests and dumps, of the module and of the SPD. The first byte chooses.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/nl.h"
#include "libbtns/sad.h"
#include "libbtns/spd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t left;
static uint32_t seq;

static int fuzz_send(void *ctx, const void *buf, size_t len)
{
	(void)ctx;
	(void)len;
	seq = ((const struct nlmsghdr *)buf)->nlmsg_seq;
	return 0;
}

/* The rest of the input as one datagram, with a sequence number that fits. */
static ssize_t fuzz_recv(void *ctx, void *buf, size_t len)
{
	struct nlmsghdr *n = buf;
	int rest;

	(void)ctx;
	if (!left || left > len)
		return -EAGAIN;
	memcpy(buf, input, left);
	rest = (int)left;
	left = 0;
	len = (size_t)rest;
	for (; lbtns_nlmsg_ok(n, rest); n = mnl_nlmsg_next(n, &rest))
		n->nlmsg_seq = seq;
	return (ssize_t)len;
}

static int on_event(const struct lbtns_event *ev, void *arg)
{
	char text[LBTNS_IDENT_TEXT_MAX];

	(void)arg;
	if (ev->type == LBTNS_EVENT_LATCH &&
	    !*lbtns_ident_text(&ev->u.latch.peer, text))
		abort();
	return 0;
}

static int on_entry(const struct lbtns_pad_entry *e, uint32_t index,
		    uint32_t generation, void *arg)
{
	(void)index;
	(void)generation;
	(void)arg;
	if (e->n_prefixes > BTNS_PAD_PREFIXES_MAX)
		abort();
	return 0;
}

static int on_sa(const struct lbtns_sa *sa, void *arg)
{
	char text[LBTNS_PREFIX_TEXT_MAX];

	(void)arg;
	if (!*lbtns_prefix_text(&sa->sel.remote, text))
		abort();
	return 0;
}

static int on_flags(uint32_t index, uint32_t flags, void *arg)
{
	(void)index;
	(void)flags;
	(void)arg;
	return 0;
}

static int on_latch(const struct lbtns_latch *l, void *arg)
{
	char text[LBTNS_IDENT_TEXT_MAX];

	(void)arg;
	if (!*lbtns_ident_text(&l->peer, text) ||
	    !*lbtns_ident_text(&l->local, text))
		abort();
	return 0;
}

static int on_policy(const struct lbtns_spd_policy *p, void *arg)
{
	char text[LBTNS_PREFIX_TEXT_MAX];

	(void)arg;
	if (p->n_tmpl > LBTNS_SPD_TMPL_MAX ||
	    !*lbtns_prefix_text(&p->src, text))
		abort();
	return 0;
}

static int on_sad(const struct lbtns_sad_sa *sa, void *arg)
{
	char text[LBTNS_PREFIX_TEXT_MAX];

	(void)arg;
	if (!sa->spi || !*lbtns_prefix_text(&sa->dst, text) ||
	    (sa->has_sel && !*lbtns_prefix_text(&sa->sel.remote, text)))
		abort();
	return 0;
}

/* answers of NETLINK_XFRM, which has no family */
static void spd(unsigned int what, bool sas)
{
	struct lbtns h = { .t = { .send = fuzz_send, .recv = fuzz_recv } };
	struct lbtns_spd_policy p = { .dir = LBTNS_SPD_OUT };
	struct lbtns_spd_default d;

	p.src.family = AF_INET;
	p.dst.family = AF_INET;
	if (!what && sas)
		lbtns_sad_dump(&h, on_sad, NULL);
	else if (!what)
		lbtns_spd_dump(&h, on_policy, NULL);
	else if (what == 1 && !lbtns_spd_get(&h, &p))
		on_policy(&p, NULL);
	else if (what == 2)
		lbtns_spd_default_get(&h, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lbtns h = {
		.family = 0x21,
		.t = { .send = fuzz_send, .recv = fuzz_recv },
	};
	struct lbtns_sa sa = { .proto = IPPROTO_ESP };
	uint8_t verdict;
	struct lbtns_status st;
	struct lbtns_latch l;
	uint8_t *copy;

	if (size < 4)
		return 0;
	input = data + 4;
	left = size - 4;
	switch (data[0] % 11) {
	case 0:
		copy = malloc(left ? left : 1);
		if (!copy)
			return 0;
		memcpy(copy, input, left);
		lbtns_event_parse(0x21, copy, left, on_event, NULL);
		free(copy);
		break;
	case 1:
		lbtns_status_get(&h, &st);
		break;
	case 2:
		lbtns_latch_get(&h, 1, &l);
		break;
	case 3:
		lbtns_pad_dump(&h, on_entry, NULL);
		break;
	case 4:
		lbtns_sa_dump(&h, on_sa, NULL);
		break;
	case 5:
		lbtns_policy_dump(&h, on_flags, NULL);
		break;
	case 6:
		lbtns_latch_dump(&h, on_latch, NULL);
		break;
	case 7:
		lbtns_sa_check(&h, &sa, &verdict, NULL);
		break;
	default:
		spd(data[0] % 11 - 8, data[1] & 0x80);
		break;
	}
	return 0;
}
