// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any datagrams where btnsd awaits the kernel's answers about SAs, policies and
 * routes, and libbtns the number of its family. What is taken must be complete:
 * addresses of one IP version, prefixes that fit them.
 *
 * An input is an octet that says what is asked (enum ask), then datagrams: length
 * in two octets, and so many octets. The sequence number is always right.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "btnsd/kern.h"
#include "libbtns/nl.h"
#include "libbtns/route.h"
#include "libbtns/spd.h"
#include "tests/unit/fake_mnl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum ask {
	ASK_SPI,
	ASK_FORGET_ALL,
	ASK_PACKETS,
	ASK_FIND,
	ASK_POLICIES,
	ASK_PUT,
	ASK_ROUTE,
	ASK_ROUTE6,
	ASK_FAMILY,
	ASK_BREAK,
	ASK_NUM,
};

static struct {
	const uint8_t *data;
	size_t len;
	uint32_t seq;
} in;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the kernel ----------------------------------------------------------- */

static int fuzz_send(void *ctx, const void *buf, size_t len)
{
	(void)ctx;
	(void)len;
	in.seq = ((const struct nlmsghdr *)buf)->nlmsg_seq;
	return 0;
}

static ssize_t fuzz_recv(void *ctx, void *buf, size_t room)
{
	struct nlmsghdr *n = buf;
	size_t len;
	int left;

	(void)ctx;
	if (in.len < 2)
		return -EAGAIN;
	len = (size_t)in.data[0] << 8 | in.data[1];
	in.data += 2;
	in.len -= 2;
	if (len > in.len)
		len = in.len;
	if (len > room)
		return -ENOSPC;
	memcpy(buf, in.data, len);
	in.data += len;
	in.len -= len;
	left = (int)len;
	for (; lbtns_nlmsg_ok(n, left); n = mnl_nlmsg_next(n, &left))
		n->nlmsg_seq = in.seq;
	return (ssize_t)len;
}

static const struct lbtns_transport transport = {
	.send = fuzz_send, .recv = fuzz_recv,
};

/* ---- what is made of it --------------------------------------------------- */

static void check_sel(const struct sel *s)
{
	must(s->local.family == s->remote.family);
	must(s->local_plen <= addr_bits(s->local.family) &&
	     s->remote_plen <= addr_bits(s->remote.family));
}

static int on_policy(const struct kern_policy *p, void *arg)
{
	uint32_t *last = arg;

	must(addr_len(p->sel.local.family));
	check_sel(&p->sel);
	must(!p->usable || p->exact);
	must(!p->forward || p->inbound);
	must(p->priority >= *last);
	*last = p->priority;
	return 0;
}

/* a failure says why */
static void said(int err, const char *why)
{
	must(err <= 0);
	must(!err || *why);
}

static void ask_xfrm(enum ask what)
{
	static struct kern_xfrm *x;
	struct addr a = { .family = AF_INET, .b = { 10, 0, 0, 1 } };
	struct kern_found found;
	uint64_t packets;
	uint32_t spi;
	int err = 0;

	fake_mnl = transport;
	must(x || !kern_xfrm_open(&x));
	switch (what) {
	case ASK_SPI:
		err = kern_xfrm_get_spi(x, &a, &a, 7, &spi);
		must(err || spi);
		break;
	case ASK_FORGET_ALL:
		err = kern_xfrm_forget_all(x);
		break;
	case ASK_PACKETS:
		err = kern_xfrm_sa_packets(x, 1, &a, &packets);
		break;
	default:
		err = kern_xfrm_find_sa(x, 1, &a, &found);
		if (!err) {
			must(found.src.family == found.dst.family);
			check_sel(&found.sel);
		}
		break;
	}
	said(err, kern_xfrm_error(x));
}

static void ask_policy(enum ask what)
{
	struct lbtns spd = { .t = transport };
	struct lbtns h = { .t = transport, .family = 0x21 };
	const struct kern_policy p = {
		.sel.local.family = AF_INET, .sel.remote.family = AF_INET,
		.btns_ok = true, .action = KERN_PROTECT,
	};
	const char *why = "";
	uint32_t last = 0;
	int err;

	err = what == ASK_PUT ? kern_policy_put(&spd, &h, &p, false, &why) :
				kern_policy_list(&spd, &h, on_policy, &last,
						 &why);
	said(err, why);
}

static void ask_route(uint8_t family)
{
	const struct lbtns_prefix to = {
		.family = family, .len = family == AF_INET ? 32 : 128,
	};
	struct lbtns h = { .t = transport };
	struct lbtns_prefix from;
	int err = lbtns_route_source(&h, &to, &from);

	said(err, lbtns_error(&h));
	must(err || (from.family == to.family && from.len == to.len));
}

static void ask_module(enum ask what)
{
	const struct lbtns_choice choice = { .all = true };
	struct lbtns *h;
	uint32_t count;
	int err;

	err = lbtns_open_transport(&h, &transport);
	said(err, lbtns_error(h));
	must(err || h->family);
	if (!err && what == ASK_BREAK) {
		err = lbtns_latch_break(h, &choice, 1, &count);
		said(err, lbtns_error(h));
	}
	lbtns_close(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ask what;

	if (!size)
		return 0;
	what = data[0] % ASK_NUM;
	in.data = data + 1;
	in.len = size - 1;
	if (what <= ASK_FIND)
		ask_xfrm(what);
	else if (what <= ASK_PUT)
		ask_policy(what);
	else if (what <= ASK_ROUTE6)
		ask_route(what == ASK_ROUTE ? AF_INET : AF_INET6);
	else
		ask_module(what);
	return 0;
}
