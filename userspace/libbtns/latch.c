// SPDX-License-Identifier: LGPL-2.1-or-later
/* Latches: read, list, close, break. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/nl.h"

/* The outer addresses say their family by their length. */
static void parse_outer(const struct nlattr *a, struct lbtns_prefix *p,
			bool *bad)
{
	if (a)
		lbtns_attr_addr(a, mnl_attr_get_payload_len(a) == 4 ?
				AF_INET : AF_INET6, p, bad);
}

static void parse_proof(const struct nlattr **tb, struct lbtns_latch *l,
			bool *bad)
{
	l->has_peer_key = lbtns_attr_digest(tb[BTNS_A_LATCH_PEER_KEY],
					    l->peer_key, bad);
	l->has_peer_cert = lbtns_attr_digest(tb[BTNS_A_LATCH_PEER_CERT],
					     l->peer_cert, bad);
	l->has_peer_anchor = lbtns_attr_digest(tb[BTNS_A_LATCH_PEER_ANCHOR],
					       l->peer_anchor, bad);
}

static void parse_nat(const struct nlattr **tb, struct lbtns_latch *l,
		      bool *bad)
{
	parse_outer(tb[BTNS_A_LATCH_LOCAL_PRIVATE], &l->local_private, bad);
	parse_outer(tb[BTNS_A_LATCH_LOCAL_PUBLIC], &l->local_public, bad);
	parse_outer(tb[BTNS_A_LATCH_REMOTE_PRIVATE], &l->remote_private, bad);
	parse_outer(tb[BTNS_A_LATCH_REMOTE_PUBLIC], &l->remote_public, bad);
	l->local_private_port =
		lbtns_attr_u16(tb[BTNS_A_LATCH_LOCAL_PRIVATE_PORT], bad);
	l->local_public_port =
		lbtns_attr_u16(tb[BTNS_A_LATCH_LOCAL_PUBLIC_PORT], bad);
	l->remote_private_port =
		lbtns_attr_u16(tb[BTNS_A_LATCH_REMOTE_PRIVATE_PORT], bad);
	l->remote_public_port =
		lbtns_attr_u16(tb[BTNS_A_LATCH_REMOTE_PUBLIC_PORT], bad);
}

int lbtns_latch_parse(const struct nlmsghdr *nlh, struct lbtns_latch *l)
{
	const struct nlattr *tb[BTNS_A_LATCH_MAX + 1];
	bool bad = false;
	uint16_t family;

	memset(l, 0, sizeof(*l));
	if (lbtns_attr_table(nlh, tb, BTNS_A_LATCH_MAX) || !tb[BTNS_A_LATCH_ID])
		return -EBADMSG;
	l->id = lbtns_attr_u64(tb[BTNS_A_LATCH_ID], &bad);
	l->parent = lbtns_attr_u64(tb[BTNS_A_LATCH_PARENT], &bad);
	l->cookie = lbtns_attr_u64(tb[BTNS_A_LATCH_COOKIE], &bad);
	l->age_ms = lbtns_attr_u64(tb[BTNS_A_LATCH_AGE], &bad);
	l->state = lbtns_attr_small(tb[BTNS_A_LATCH_STATE], &bad);
	l->old_state = lbtns_attr_small(tb[BTNS_A_LATCH_OLD_STATE], &bad);
	l->reason = lbtns_attr_small(tb[BTNS_A_LATCH_REASON], &bad);
	l->proto = lbtns_attr_u8(tb[BTNS_A_LATCH_PROTO], &bad);
	family = lbtns_attr_u16(tb[BTNS_A_LATCH_FAMILY], &bad);
	lbtns_attr_addr(tb[BTNS_A_LATCH_LADDR], family, &l->laddr, &bad);
	lbtns_attr_addr(tb[BTNS_A_LATCH_RADDR], family, &l->raddr, &bad);
	l->lport = lbtns_attr_u16(tb[BTNS_A_LATCH_LPORT], &bad);
	l->rport = lbtns_attr_u16(tb[BTNS_A_LATCH_RPORT], &bad);
	l->protection = lbtns_attr_u32(tb[BTNS_A_LATCH_PROTECTION], &bad);
	l->sa_proto = lbtns_attr_u8(tb[BTNS_A_LATCH_SA_PROTO], &bad);
	l->sa_mode = lbtns_attr_u8(tb[BTNS_A_LATCH_SA_MODE], &bad);
	l->replay = lbtns_attr_u8(tb[BTNS_A_LATCH_REPLAY], &bad);
	l->esn = lbtns_attr_u8(tb[BTNS_A_LATCH_ESN], &bad);
	l->enc_keybits = lbtns_attr_u32(tb[BTNS_A_LATCH_ENC_KEYBITS], &bad);
	l->icv_bits = lbtns_attr_u32(tb[BTNS_A_LATCH_ICV_BITS], &bad);
	lbtns_attr_str(tb[BTNS_A_LATCH_ENC], l->enc, sizeof(l->enc), &bad);
	lbtns_attr_str(tb[BTNS_A_LATCH_AUTH], l->auth, sizeof(l->auth), &bad);
	lbtns_attr_ident(tb[BTNS_A_LATCH_PEER], &l->peer, &bad);
	lbtns_attr_ident(tb[BTNS_A_LATCH_LOCAL], &l->local, &bad);
	l->ask = lbtns_attr_small(tb[BTNS_A_LATCH_ASK], &bad);
	l->disposition = lbtns_attr_small(tb[BTNS_A_LATCH_DISPOSITION], &bad);
	l->conflicts = lbtns_attr_u32(tb[BTNS_A_LATCH_CONFLICTS], &bad);
	parse_outer(tb[BTNS_A_LATCH_TUNNEL_LOCAL], &l->tunnel_local, &bad);
	parse_outer(tb[BTNS_A_LATCH_TUNNEL_REMOTE], &l->tunnel_remote, &bad);
	parse_proof(tb, l, &bad);
	parse_nat(tb, l, &bad);
	l->mark_in = lbtns_attr_u32(tb[BTNS_A_LATCH_MARK_IN], &bad);
	l->mark_out = lbtns_attr_u32(tb[BTNS_A_LATCH_MARK_OUT], &bad);
	return bad ? -EBADMSG : 0;
}

struct one {
	struct lbtns_latch *latch;
	bool seen;
};

static int parse_one(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	struct one *one = arg;

	one->seen = true;
	if (lbtns_latch_parse(nlh, one->latch))
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	return 0;
}

int lbtns_latch_get(struct lbtns *h, uint64_t id, struct lbtns_latch *latch)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct one one = { .latch = latch };
	struct lbtns_msg msg;
	int err;

	memset(latch, 0, sizeof(*latch));
	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_LATCH_GET);
	lbtns_msg_put_u64(&msg, BTNS_A_LATCH_ID, id);
	err = lbtns_nl_talk(h, &msg, parse_one, &one);
	if (!err && !one.seen)
		err = lbtns_nl_fail(h, -EBADMSG,
				    "the kernel answered without a latch");
	return err;
}

struct listing {
	lbtns_latch_cb cb;
	void *arg;
};

static int list_one(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct listing *listing = arg;
	struct lbtns_latch latch;
	int err = lbtns_latch_parse(nlh, &latch);

	if (err)
		return lbtns_nl_fail(h, err,
				     "the kernel's answer is malformed");
	return listing->cb(&latch, listing->arg);
}

int lbtns_latch_dump(struct lbtns *h, lbtns_latch_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct listing listing = { .cb = cb, .arg = arg };
	struct lbtns_msg msg;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_LATCH_GET);
	return lbtns_nl_stream(h, &msg, list_one, &listing);
}

static int parse_count(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[BTNS_A_LATCH_MAX + 1];
	uint32_t *count = arg;
	bool bad = false;

	if (lbtns_attr_table(nlh, tb, BTNS_A_LATCH_MAX))
		bad = true;
	else
		*count = lbtns_attr_u32(tb[BTNS_A_LATCH_COUNT], &bad);
	return bad ? lbtns_nl_fail(h, -EBADMSG,
				   "the kernel's answer is malformed") : 0;
}

static int end_latches(struct lbtns *h, uint8_t cmd,
		       const struct lbtns_choice *choice, uint8_t reason,
		       uint32_t *count)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;
	uint32_t n = 0;
	int err;

	if (count)
		*count = 0;
	if (!!choice->id + !!choice->peer + choice->all != 1)
		return lbtns_nl_fail(h, -EINVAL,
				     "say which latches: one id, one peer, or all");
	lbtns_msg_init(&msg, h, buf, sizeof(buf), cmd);
	if (choice->id)
		lbtns_msg_put_u64(&msg, BTNS_A_LATCH_ID, choice->id);
	if (choice->peer)
		lbtns_msg_put_ident(&msg, BTNS_A_LATCH_PEER, choice->peer);
	if (choice->all)
		lbtns_msg_put(&msg, BTNS_A_LATCH_ALL, NULL, 0);
	lbtns_msg_put_u32(&msg, BTNS_A_LATCH_REASON, reason);
	err = lbtns_nl_talk(h, &msg, parse_count, &n);
	if (!err && count)
		*count = n;
	return err;
}

int lbtns_latch_close(struct lbtns *h, const struct lbtns_choice *choice,
		      uint8_t reason, uint32_t *count)
{
	return end_latches(h, BTNS_CMD_LATCH_CLOSE, choice, reason, count);
}

int lbtns_latch_break(struct lbtns *h, const struct lbtns_choice *choice,
		      uint8_t reason, uint32_t *count)
{
	return end_latches(h, BTNS_CMD_LATCH_BREAK, choice, reason, count);
}
