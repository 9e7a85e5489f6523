// SPDX-License-Identifier: LGPL-2.1-or-later
/* Routes over NETLINK_ROUTE: where a packet would come from. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>

#include "libbtns/nl.h"
#include "libbtns/route.h"

static size_t addr_len(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

int lbtns_route_open(struct lbtns **h)
{
	return lbtns_nl_open(h, NETLINK_ROUTE);
}

/* IPv4 answers a route that leads nowhere with an errno, IPv6 with its type */
static int verdict(uint8_t type)
{
	switch (type) {
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_THROW:
		return -ENETUNREACH;
	default:
		return 0;
	}
}

static int find_source(const struct nlattr *a, void *arg)
{
	struct lbtns_prefix *from = arg;
	size_t len = addr_len(from->family);

	if (mnl_attr_get_type(a) == RTA_PREFSRC &&
	    mnl_attr_get_payload_len(a) == len) {
		memcpy(from->addr, mnl_attr_get_payload(a), len);
		from->len = (uint8_t)(len * 8);
	}
	return MNL_CB_OK;
}

static int parse_route(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	struct lbtns_prefix *from = arg;
	struct rtmsg rt;
	int err;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(rt))
		goto malformed;
	memcpy(&rt, mnl_nlmsg_get_payload(nlh), sizeof(rt));
	if (rt.rtm_family != from->family)
		goto malformed;
	err = verdict(rt.rtm_type);
	if (err)
		return lbtns_nl_fail(h, err, "%s", strerror(-err));
	if (mnl_attr_parse(nlh, sizeof(rt), find_source, from) < 0)
		goto malformed;
	return 0;
malformed:
	return lbtns_nl_fail(h, -EBADMSG, "the kernel's answer is malformed");
}

int lbtns_route_source(struct lbtns *h, const struct lbtns_prefix *to,
		       struct lbtns_prefix *from)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg = { .cap = sizeof(buf) };
	size_t len = addr_len(to->family);
	struct rtmsg *rt;
	int err;

	memset(from, 0, sizeof(*from));
	from->family = to->family;
	msg.nlh = mnl_nlmsg_put_header(buf);
	msg.nlh->nlmsg_type = RTM_GETROUTE;
	rt = mnl_nlmsg_put_extra_header(msg.nlh, sizeof(*rt));
	rt->rtm_family = to->family;
	rt->rtm_dst_len = (unsigned char)(len * 8);
	lbtns_msg_put(&msg, RTA_DST, to->addr, len);
	err = lbtns_nl_talk(h, &msg, parse_route, from);
	if (!err && !from->len)
		err = lbtns_nl_fail(h, -EADDRNOTAVAIL,
				    "this host has no address to send from");
	return err;
}
