// SPDX-License-Identifier: LGPL-2.1-or-later
/* SA bindings: who is behind an SA. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libbtns/nl.h"

static void put_key(struct lbtns_msg *msg, const struct lbtns_sa *sa)
{
	lbtns_msg_put_u32(msg, BTNS_A_SA_SPI, sa->spi);
	lbtns_msg_put_u8(msg, BTNS_A_SA_PROTO, sa->proto);
	lbtns_msg_put_u16(msg, BTNS_A_SA_FAMILY, sa->daddr.family);
	lbtns_msg_put_addr(msg, BTNS_A_SA_DADDR, &sa->daddr);
}

/* An end of address translation, if it is known. */
static void put_end(struct lbtns_msg *msg, uint16_t addr,
		    const struct lbtns_prefix *p, uint16_t port, uint16_t n)
{
	if (!p->family)
		return;
	lbtns_msg_put_addr(msg, addr, p);
	if (n)
		lbtns_msg_put_u16(msg, port, n);
}

static void put_sa(struct lbtns_msg *msg, const struct lbtns_sa *sa)
{
	put_key(msg, sa);
	lbtns_msg_put_ident(msg, BTNS_A_SA_PEER, &sa->peer);
	lbtns_msg_put_ident(msg, BTNS_A_SA_LOCAL, &sa->local);
	if (sa->has_peer_key)
		lbtns_msg_put(msg, BTNS_A_SA_PEER_KEY, sa->peer_key,
			      BTNS_DIGEST_LEN);
	lbtns_msg_put_selector(msg, BTNS_A_SA_SEL, &sa->sel);
	if (sa->has_peer_cert)
		lbtns_msg_put(msg, BTNS_A_SA_PEER_CERT, sa->peer_cert,
			      BTNS_DIGEST_LEN);
	if (sa->has_peer_anchor)
		lbtns_msg_put(msg, BTNS_A_SA_PEER_ANCHOR, sa->peer_anchor,
			      BTNS_DIGEST_LEN);
	put_end(msg, BTNS_A_SA_LOCAL_PUBLIC, &sa->local_public,
		BTNS_A_SA_LOCAL_PUBLIC_PORT, sa->local_public_port);
	put_end(msg, BTNS_A_SA_REMOTE_PRIVATE, &sa->remote_private,
		BTNS_A_SA_REMOTE_PRIVATE_PORT, sa->remote_private_port);
	if (sa->mark_mask) {
		lbtns_msg_put_u32(msg, BTNS_A_SA_MARK, sa->mark);
		lbtns_msg_put_u32(msg, BTNS_A_SA_MARK_MASK, sa->mark_mask);
	}
}

struct answer {
	uint64_t id;
	uint64_t latch_id;
	uint8_t verdict;
	bool has_verdict;
	bool has_id;
};

static int parse_answer(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[BTNS_A_SA_MAX + 1];
	struct answer *ans = arg;
	bool bad = false;

	if (lbtns_attr_table(nlh, tb, BTNS_A_SA_MAX))
		goto malformed;
	ans->has_id = tb[BTNS_A_SA_ID] != NULL;
	ans->has_verdict = tb[BTNS_A_SA_VERDICT] != NULL;
	ans->id = lbtns_attr_u64(tb[BTNS_A_SA_ID], &bad);
	ans->latch_id = lbtns_attr_u64(tb[BTNS_A_SA_LATCH_ID], &bad);
	ans->verdict = lbtns_attr_small(tb[BTNS_A_SA_VERDICT], &bad);
	if (!bad)
		return 0;
malformed:
	return lbtns_nl_fail(h, -EBADMSG, "the kernel's answer is malformed");
}

int lbtns_sa_bind(struct lbtns *h, const struct lbtns_sa *sa, uint64_t *id)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct answer ans = { 0 };
	struct lbtns_msg msg;
	int err;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_SA_BIND);
	put_sa(&msg, sa);
	err = lbtns_nl_talk(h, &msg, parse_answer, &ans);
	if (!err && !ans.has_id)
		err = lbtns_nl_fail(h, -EBADMSG,
				    "the kernel's answer has no id");
	if (id)
		*id = err ? 0 : ans.id;
	return err;
}

int lbtns_sa_check(struct lbtns *h, const struct lbtns_sa *sa,
		   uint8_t *verdict, uint64_t *latch_id)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct answer ans = { 0 };
	struct lbtns_msg msg;
	int err;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_SA_CHECK);
	put_sa(&msg, sa);
	err = lbtns_nl_talk(h, &msg, parse_answer, &ans);
	if (!err && !ans.has_verdict)
		err = lbtns_nl_fail(h, -EBADMSG,
				    "the kernel's answer has no verdict");
	/* whoever forgets to look at the return value sees a refusal */
	*verdict = err ? BTNS_SA_VERDICT_PAD_REFUSED : ans.verdict;
	if (latch_id)
		*latch_id = err ? 0 : ans.latch_id;
	return err;
}

int lbtns_sa_unbind(struct lbtns *h, const struct lbtns_sa *sa)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_SA_UNBIND);
	put_key(&msg, sa);
	return lbtns_nl_talk(h, &msg, NULL, NULL);
}

int lbtns_sa_parse(const struct nlmsghdr *nlh, struct lbtns_sa *sa)
{
	const struct nlattr *tb[BTNS_A_SA_MAX + 1];
	bool bad = false;
	uint16_t family;

	memset(sa, 0, sizeof(*sa));
	if (lbtns_attr_table(nlh, tb, BTNS_A_SA_MAX) || !tb[BTNS_A_SA_SPI] ||
	    !tb[BTNS_A_SA_DADDR])
		return -EBADMSG;
	sa->id = lbtns_attr_u64(tb[BTNS_A_SA_ID], &bad);
	sa->spi = lbtns_attr_u32(tb[BTNS_A_SA_SPI], &bad);
	sa->proto = lbtns_attr_u8(tb[BTNS_A_SA_PROTO], &bad);
	family = lbtns_attr_u16(tb[BTNS_A_SA_FAMILY], &bad);
	lbtns_attr_addr(tb[BTNS_A_SA_DADDR], family, &sa->daddr, &bad);
	lbtns_attr_ident(tb[BTNS_A_SA_PEER], &sa->peer, &bad);
	lbtns_attr_ident(tb[BTNS_A_SA_LOCAL], &sa->local, &bad);
	sa->has_peer_key = lbtns_attr_digest(tb[BTNS_A_SA_PEER_KEY],
					     sa->peer_key, &bad);
	lbtns_attr_selector(tb[BTNS_A_SA_SEL], &sa->sel, &bad);
	sa->has_peer_cert = lbtns_attr_digest(tb[BTNS_A_SA_PEER_CERT],
					      sa->peer_cert, &bad);
	sa->has_peer_anchor = lbtns_attr_digest(tb[BTNS_A_SA_PEER_ANCHOR],
						sa->peer_anchor, &bad);
	lbtns_attr_addr(tb[BTNS_A_SA_LOCAL_PUBLIC], family, &sa->local_public,
			&bad);
	sa->local_public_port =
		lbtns_attr_u16(tb[BTNS_A_SA_LOCAL_PUBLIC_PORT], &bad);
	lbtns_attr_addr(tb[BTNS_A_SA_REMOTE_PRIVATE], family,
			&sa->remote_private, &bad);
	sa->remote_private_port =
		lbtns_attr_u16(tb[BTNS_A_SA_REMOTE_PRIVATE_PORT], &bad);
	sa->mark = lbtns_attr_u32(tb[BTNS_A_SA_MARK], &bad);
	sa->mark_mask = lbtns_attr_u32(tb[BTNS_A_SA_MARK_MASK], &bad);
	return bad ? -EBADMSG : 0;
}

int lbtns_sa_dump(struct lbtns *h, lbtns_sa_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh;
	struct lbtns_answers ans;
	struct lbtns_msg msg;
	struct lbtns_sa sa;
	int err;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_SA_GET);
	err = lbtns_nl_dump(h, &msg, &ans);
	for (nlh = err ? NULL : lbtns_answers_next(&ans, NULL); nlh && !err;
	     nlh = lbtns_answers_next(&ans, nlh)) {
		err = lbtns_sa_parse(nlh, &sa);
		if (err)
			lbtns_nl_fail(h, err,
				      "the kernel's answer is malformed");
		else
			err = cb(&sa, arg);
	}
	free(ans.buf);
	return err;
}
