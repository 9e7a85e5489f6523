// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel tells of SAs and policies, and which of it is no news: what
 * the broker did itself, by either of its two sockets.
 */
#include "ktap.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "btnsd/kern_event.h"
#include "libbtns/nl.h"

static unsigned int changes, flushes;

static void on_policy(void *arg)
{
	(void)arg;
	changes++;
}

static void on_flush(void *arg)
{
	(void)arg;
	flushes++;
}

static const struct kern_events events = {
	.sa_flushed = on_flush,
	.policy_changed = on_policy,
};

/* one event after another in a datagram, all by one socket */
static void told(uint32_t portid, const uint32_t own[static KERN_EVENT_OWN])
{
	static const uint16_t types[] = {
		XFRM_MSG_NEWPOLICY, XFRM_MSG_UPDPOLICY, XFRM_MSG_DELPOLICY,
		XFRM_MSG_FLUSHPOLICY, XFRM_MSG_POLEXPIRE, XFRM_MSG_FLUSHSA,
	};
	uint8_t buf[512] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	size_t i, len = 0;

	changes = 0;
	flushes = 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + len);

		nlh->nlmsg_type = types[i];
		nlh->nlmsg_pid = portid;
		mnl_nlmsg_put_extra_header(nlh,
					   sizeof(struct xfrm_usersa_flush));
		len += MNL_ALIGN(nlh->nlmsg_len);
	}
	kern_event_parse(buf, len, own, &events, NULL);
}

static void own_doings(void)
{
	static const uint32_t own[KERN_EVENT_OWN] = { 7, 9 };
	static const uint32_t none[KERN_EVENT_OWN] = { 7, 0 };

	told(7, own);
	CHECK_EQ(changes + flushes, 0);
	told(9, own);
	CHECK_EQ(changes + flushes, 0);
	told(8, own);
	CHECK_EQ(changes, 5);
	CHECK_EQ(flushes, 1);
	/* what time did is of nobody, also where a port of ours is not known */
	told(0, own);
	CHECK_EQ(changes, 5);
	told(0, none);
	CHECK_EQ(changes, 5);
	CHECK_EQ(flushes, 1);
}

/* the port by which the kernel names a handle is that of its socket */
static void port(void)
{
	struct lbtns *a, *b;
	int err = lbtns_nl_open(&a, NETLINK_GENERIC);

	if (err) {
		lbtns_close(a);
		ktap_skip("no netlink here");
		return;
	}
	CHECK_EQ(lbtns_nl_open(&b, NETLINK_GENERIC), 0);
	CHECK(lbtns_nl_portid(a) && lbtns_nl_portid(b));
	CHECK(lbtns_nl_portid(a) != lbtns_nl_portid(b));
	lbtns_close(a);
	lbtns_close(b);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 our own changes of SAs and policies are no news",
		  own_doings },
		{ "the port of a handle", port },
	};

	return KTAP_RUN(tests);
}
