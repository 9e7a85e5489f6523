// SPDX-License-Identifier: LGPL-2.1-or-later
/* Security policies over NETLINK_XFRM. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/spd.h"
#include "libbtns/xfrm.h"

int lbtns_spd_open(struct lbtns **h)
{
	int err = lbtns_nl_open(h, NETLINK_XFRM);

	if (err == -EPROTONOSUPPORT)
		return lbtns_nl_fail(*h, err,
				     "no IPsec in this kernel: modprobe xfrm_user");
	return err;
}

const char *lbtns_group_name(unsigned int group)
{
	static const char *const names[LBTNS_GROUPS] = {
		[LBTNS_GROUP_CLEAR] = "clear",
		[LBTNS_GROUP_CLEAR_OR_PRIVATE] = "clear-or-private",
		[LBTNS_GROUP_PRIVATE_OR_CLEAR] = "private-or-clear",
		[LBTNS_GROUP_PRIVATE] = "private",
		[LBTNS_GROUP_BLOCK] = "block",
	};

	return group < LBTNS_GROUPS ? names[group] : "unknown";
}

const char *lbtns_spd_group(uint32_t priority)
{
	uint32_t group = priority % LBTNS_GROUP_PRIO_STEP;

	if (priority == LBTNS_GROUP_PRIO_FALLBACK)
		return "fallback";
	if (priority == LBTNS_GROUP_PRIO_EXEMPT)
		return "exempt";
	if (priority < LBTNS_GROUP_PRIO ||
	    priority > LBTNS_GROUP_PRIO + 128 * LBTNS_GROUP_PRIO_STEP +
			       LBTNS_GROUPS - 1 ||
	    group >= LBTNS_GROUPS)
		return NULL;
	return lbtns_group_name(group);
}

/* ---- to the kernel ----------------------------------------------------- */

static void fill_addr(xfrm_address_t *a, const struct lbtns_prefix *p)
{
	memcpy(a, p->addr, sizeof(p->addr));
}

static void fill_selector(struct xfrm_selector *s,
			  const struct lbtns_spd_policy *p)
{
	memset(s, 0, sizeof(*s));
	s->family = p->dst.family;
	fill_addr(&s->saddr, &p->src);
	fill_addr(&s->daddr, &p->dst);
	s->prefixlen_s = p->src.len;
	s->prefixlen_d = p->dst.len;
	s->proto = p->proto;
	s->sport = htons(p->sport);
	s->sport_mask = htons(p->sport_mask);
	s->dport = htons(p->dport);
	s->dport_mask = htons(p->dport_mask);
}

static int put(struct lbtns *h, const struct lbtns_spd_policy *p, uint16_t type)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct xfrm_user_tmpl ut[LBTNS_SPD_TMPL_MAX];
	struct xfrm_userpolicy_info *pi;
	struct lbtns_msg msg;
	unsigned int i;
	int err;

	if (p->n_tmpl > LBTNS_SPD_TMPL_MAX)
		return lbtns_nl_fail(h, -E2BIG, "too many templates");
	pi = xfrm_start(&msg, buf, sizeof(buf), type, sizeof(*pi));
	if (type == XFRM_MSG_NEWPOLICY)
		msg.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	fill_selector(&pi->sel, p);
	pi->lft.soft_byte_limit = XFRM_INF;
	pi->lft.hard_byte_limit = XFRM_INF;
	pi->lft.soft_packet_limit = XFRM_INF;
	pi->lft.hard_packet_limit = XFRM_INF;
	pi->lft.hard_add_expires_seconds = p->seconds;
	pi->priority = p->priority;
	pi->dir = p->dir;
	pi->action = p->action == LBTNS_SPD_BLOCK ? XFRM_POLICY_BLOCK :
						    XFRM_POLICY_ALLOW;
	pi->share = XFRM_SHARE_ANY;

	memset(ut, 0, sizeof(ut));
	for (i = 0; i < p->n_tmpl; i++) {
		const struct lbtns_spd_tmpl *t = &p->tmpl[i];

		ut[i].family = t->dst.family ? t->dst.family : p->dst.family;
		fill_addr(&ut[i].saddr, &t->src);
		fill_addr(&ut[i].id.daddr, &t->dst);
		ut[i].id.proto = t->proto;
		ut[i].reqid = t->reqid;
		ut[i].mode = t->mode;
		ut[i].share = XFRM_SHARE_ANY;
		ut[i].optional = t->optional;
		ut[i].aalgos = UINT32_MAX;
		ut[i].ealgos = UINT32_MAX;
		ut[i].calgos = UINT32_MAX;
	}
	if (p->n_tmpl)
		lbtns_msg_put(&msg, XFRMA_TMPL, ut, p->n_tmpl * sizeof(ut[0]));
	err = lbtns_nl_talk(h, &msg, NULL, NULL);
	if (err == -EEXIST)
		return lbtns_nl_fail(h, err,
				     "there is a policy for this traffic already: delete it first");
	return err;
}

int lbtns_spd_add(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	return put(h, p, XFRM_MSG_NEWPOLICY);
}

int lbtns_spd_replace(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	return put(h, p, XFRM_MSG_UPDPOLICY);
}

static int del(struct lbtns *h, const struct lbtns_spd_policy *p,
	       uint32_t index)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct xfrm_userpolicy_id *id;
	struct lbtns_msg msg;
	int err;

	id = xfrm_start(&msg, buf, sizeof(buf), XFRM_MSG_DELPOLICY,
			sizeof(*id));
	if (p) {
		fill_selector(&id->sel, p);
		id->dir = p->dir;
	} else {
		id->index = index;
		id->dir = index & 7;
	}
	err = lbtns_nl_talk(h, &msg, NULL, NULL);
	if (err == -ENOENT)
		return lbtns_nl_fail(h, err,
				     "there is no such policy: see btnsctl policy list");
	return err;
}

int lbtns_spd_del(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	return del(h, p, 0);
}

int lbtns_spd_del_index(struct lbtns *h, uint32_t index)
{
	return del(h, NULL, index);
}

/* ---- from the kernel --------------------------------------------------- */

static bool read_tmpls(struct lbtns_spd_policy *p, const struct nlattr *a)
{
	size_t n = mnl_attr_get_payload_len(a) / sizeof(struct xfrm_user_tmpl);
	const uint8_t *data = mnl_attr_get_payload(a);
	struct xfrm_user_tmpl ut;
	size_t i;

	if (n > LBTNS_SPD_TMPL_MAX)
		return false;
	for (i = 0; i < n; i++) {
		struct lbtns_spd_tmpl *t = &p->tmpl[i];
		static const xfrm_address_t zero;

		memcpy(&ut, data + i * sizeof(ut), sizeof(ut));
		t->proto = ut.id.proto;
		t->mode = ut.mode;
		t->optional = ut.optional;
		t->reqid = ut.reqid;
		if (memcmp(&ut.saddr, &zero, sizeof(zero)))
			xfrm_host(&t->src, ut.family, &ut.saddr);
		if (memcmp(&ut.id.daddr, &zero, sizeof(zero)))
			xfrm_host(&t->dst, ut.family, &ut.id.daddr);
	}
	p->n_tmpl = (unsigned int)n;
	return true;
}

struct parse_ctx {
	struct lbtns_spd_policy *p;
	bool bad;
};

static int parse_attr(const struct nlattr *a, void *arg)
{
	struct parse_ctx *c = arg;

	switch (mnl_attr_get_type(a)) {
	case XFRMA_TMPL:
		if (!read_tmpls(c->p, a))
			c->bad = true;
		break;
	case XFRMA_MARK:
	case XFRMA_IF_ID:
	case XFRMA_SEC_CTX:
		c->p->partial = true;
		break;
	}
	return MNL_CB_OK;
}

/* 0, or -EBADMSG. */
static int parse_policy(const struct nlmsghdr *nlh, struct lbtns_spd_policy *p)
{
	struct parse_ctx c = { .p = p };
	struct xfrm_userpolicy_info pi;
	const struct xfrm_selector *s = &pi.sel;
	uint16_t family;

	memset(p, 0, sizeof(*p));
	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(pi))
		return -EBADMSG;
	memcpy(&pi, mnl_nlmsg_get_payload(nlh), sizeof(pi));
	p->index = pi.index;
	p->priority = pi.priority;
	p->dir = pi.dir;
	p->seconds = pi.lft.hard_add_expires_seconds;
	p->proto = s->proto;
	p->sport = ntohs(s->sport);
	p->dport = ntohs(s->dport);
	p->sport_mask = ntohs(s->sport_mask);
	p->dport_mask = ntohs(s->dport_mask);
	/* a policy of a socket may cover any family; show it as IPv4 any */
	family = s->family ? s->family : AF_INET;
	if (!xfrm_addr(&p->src, family, &s->saddr, s->prefixlen_s) ||
	    !xfrm_addr(&p->dst, family, &s->daddr, s->prefixlen_d))
		return -EBADMSG;
	if (mnl_attr_parse(nlh, sizeof(pi), parse_attr, &c) < 0 || c.bad)
		return -EBADMSG;
	if (s->ifindex || s->user || pi.flags & ~XFRM_POLICY_LOCALOK ||
	    pi.dir > LBTNS_SPD_FWD)
		p->partial = true;
	p->action = pi.action == XFRM_POLICY_BLOCK ? LBTNS_SPD_BLOCK :
		    p->n_tmpl ? LBTNS_SPD_PROTECT : LBTNS_SPD_BYPASS;
	return 0;
}

static int parse_one(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	if (parse_policy(nlh, arg))
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	return 0;
}

int lbtns_spd_get(struct lbtns *h, struct lbtns_spd_policy *p)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct xfrm_userpolicy_id *id;
	struct lbtns_msg msg;
	int err;

	id = xfrm_start(&msg, buf, sizeof(buf), XFRM_MSG_GETPOLICY,
			sizeof(*id));
	fill_selector(&id->sel, p);
	id->dir = p->dir;
	err = lbtns_nl_talk(h, &msg, parse_one, p);
	if (err == -ENOENT)
		return lbtns_nl_fail(h, err,
				     "there is no such policy: see btnsctl policy list");
	return err;
}

int lbtns_spd_dump(struct lbtns *h, lbtns_spd_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_spd_policy p;
	const struct nlmsghdr *nlh;
	struct lbtns_answers ans;
	struct lbtns_msg msg;
	int err;

	xfrm_start(&msg, buf, sizeof(buf), XFRM_MSG_GETPOLICY,
		   sizeof(struct xfrm_userpolicy_id));
	err = lbtns_nl_dump(h, &msg, &ans);
	for (nlh = err ? NULL : lbtns_answers_next(&ans, NULL); nlh && !err;
	     nlh = lbtns_answers_next(&ans, nlh)) {
		err = parse_policy(nlh, &p);
		if (err)
			lbtns_nl_fail(h, err,
				      "the kernel's answer is malformed");
		else
			err = cb(&p, arg);
	}
	free(ans.buf);
	return err;
}

static int parse_default(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	struct xfrm_userpolicy_default u;
	struct lbtns_spd_default *d = arg;

	if (nlh->nlmsg_type != XFRM_MSG_GETDEFAULT ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(u))
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	memcpy(&u, mnl_nlmsg_get_payload(nlh), sizeof(u));
	d->in = u.in == XFRM_USERPOLICY_BLOCK;
	d->out = u.out == XFRM_USERPOLICY_BLOCK;
	return 0;
}

int lbtns_spd_default_get(struct lbtns *h, struct lbtns_spd_default *d)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;
	int err;

	memset(d, 0, sizeof(*d));
	xfrm_start(&msg, buf, sizeof(buf), XFRM_MSG_GETDEFAULT,
		   sizeof(struct xfrm_userpolicy_default));
	err = lbtns_nl_talk(h, &msg, parse_default, d);
	return err == -EINVAL || err == -EOPNOTSUPP ? 0 : err;
}
