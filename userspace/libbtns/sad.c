// SPDX-License-Identifier: LGPL-2.1-or-later
/* Security associations over NETLINK_XFRM. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "libbtns/sad.h"
#include "libbtns/xfrm.h"

struct dump {
	lbtns_sad_cb cb;
	void *arg;
};

static bool read_selector(struct lbtns_selector *to,
			  const struct xfrm_selector *s)
{
	to->proto = s->proto;
	to->lport = ntohs(s->sport);
	to->lmask = ntohs(s->sport_mask);
	to->rport = ntohs(s->dport);
	to->rmask = ntohs(s->dport_mask);
	return xfrm_addr(&to->local, s->family, &s->saddr, s->prefixlen_s) &&
	       xfrm_addr(&to->remote, s->family, &s->daddr, s->prefixlen_d);
}

/* an SA without a mark is for packets with any; one of value 0 for most */
static int parse_attr(const struct nlattr *a, void *arg)
{
	struct lbtns_sad_sa *sa = arg;
	struct xfrm_mark mark;

	switch (mnl_attr_get_type(a)) {
	case XFRMA_MARK:
		if (mnl_attr_get_payload_len(a) < sizeof(mark))
			return MNL_CB_ERROR;
		memcpy(&mark, mnl_attr_get_payload(a), sizeof(mark));
		sa->partial |= mark.v & mark.m;
		break;
	case XFRMA_IF_ID:
		sa->partial = true;
		break;
	}
	return MNL_CB_OK;
}

static bool parse_sa(const struct nlmsghdr *nlh, struct lbtns_sad_sa *sa)
{
	struct xfrm_usersa_info info;

	memset(sa, 0, sizeof(*sa));
	if (nlh->nlmsg_type != XFRM_MSG_NEWSA ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(info))
		return false;
	memcpy(&info, mnl_nlmsg_get_payload(nlh), sizeof(info));
	sa->spi = info.id.spi;
	sa->proto = info.id.proto;
	sa->mode = info.mode;
	sa->reqid = info.reqid;
	sa->added = info.curlft.add_time;
	sa->has_sel = info.sel.family;
	sa->partial = info.sel.ifindex || info.sel.user;
	return xfrm_host(&sa->src, info.family, &info.saddr) &&
	       xfrm_host(&sa->dst, info.family, &info.id.daddr) &&
	       (!sa->has_sel || read_selector(&sa->sel, &info.sel)) &&
	       mnl_attr_parse(nlh, sizeof(info), parse_attr, sa) >= 0;
}

static int take(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct dump *d = arg;
	struct lbtns_sad_sa sa;

	if (!parse_sa(nlh, &sa))
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	return sa.spi ? d->cb(&sa, d->arg) : 0;
}

int lbtns_sad_dump(struct lbtns *h, lbtns_sad_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct dump d = { .cb = cb, .arg = arg };
	struct lbtns_msg msg;

	xfrm_start(&msg, buf, sizeof(buf), XFRM_MSG_GETSA, 0);
	return lbtns_nl_stream(h, &msg, take, &d);
}
