// SPDX-License-Identifier: LGPL-2.1-or-later
/* The Peer Authorization Database: add, delete, replace, list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libbtns/nl.h"

/* An entry in a message: name, flags, identity, key, prefixes, headers. */
#define ENTRY_MAX	(512 + BTNS_PAD_KEYS_MAX * 40 + BTNS_PAD_PREFIXES_MAX * 48)

static void put_entry(struct lbtns_msg *msg, const struct lbtns_pad_entry *e)
{
	struct nlattr *nest = lbtns_msg_nest(msg, BTNS_A_PAD_ENTRY);
	unsigned int i;

	lbtns_msg_put_str(msg, BTNS_A_PAD_ENTRY_NAME, e->name);
	lbtns_msg_put_u32(msg, BTNS_A_PAD_ENTRY_FLAGS, e->flags);
	if (e->id.type != BTNS_ID_TYPE_NONE)
		lbtns_msg_put_ident(msg, BTNS_A_PAD_ENTRY_ID, &e->id);
	if (e->method != BTNS_AUTH_METHOD_NONE)
		lbtns_msg_put_u32(msg, BTNS_A_PAD_ENTRY_METHOD, e->method);
	for (i = 0; i < e->n_keys; i++)
		lbtns_msg_put(msg, BTNS_A_PAD_ENTRY_KEY, e->keys[i],
			      BTNS_DIGEST_LEN);
	for (i = 0; i < e->n_prefixes; i++) {
		const struct lbtns_prefix *p = &e->prefixes[i];
		struct nlattr *pn = lbtns_msg_nest(msg,
						   BTNS_A_PAD_ENTRY_PREFIX);

		lbtns_msg_put_u16(msg, BTNS_A_PREFIX_FAMILY, p->family);
		lbtns_msg_put_addr(msg, BTNS_A_PREFIX_ADDR, p);
		lbtns_msg_put_u8(msg, BTNS_A_PREFIX_LEN, p->len);
		lbtns_msg_unnest(msg, pn);
	}
	lbtns_msg_unnest(msg, nest);
}

static int check_entry(struct lbtns *h, const struct lbtns_pad_entry *e)
{
	if (memchr(e->name, '\0', sizeof(e->name)) == NULL ||
	    memchr(e->id.name, '\0', sizeof(e->id.name)) == NULL)
		return lbtns_nl_fail(h, -EINVAL,
				     "a name does not end with a NUL");
	if (e->n_keys > BTNS_PAD_KEYS_MAX)
		return lbtns_nl_fail(h, -E2BIG,
				     "PAD entry \"%s\" has more than %d keys",
				     e->name, BTNS_PAD_KEYS_MAX);
	if (e->n_prefixes > BTNS_PAD_PREFIXES_MAX)
		return lbtns_nl_fail(h, -E2BIG,
				     "PAD entry \"%s\" has more than %d address prefixes",
				     e->name, BTNS_PAD_PREFIXES_MAX);
	return 0;
}

int lbtns_pad_add(struct lbtns *h, const struct lbtns_pad_entry *e)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;
	int err = check_entry(h, e);

	if (err)
		return err;
	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_PAD_ADD);
	put_entry(&msg, e);
	return lbtns_nl_talk(h, &msg, NULL, NULL);
}

int lbtns_pad_del(struct lbtns *h, const char *name)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_PAD_DEL);
	lbtns_msg_put_str(&msg, BTNS_A_PAD_NAME, name);
	return lbtns_nl_talk(h, &msg, NULL, NULL);
}

int lbtns_pad_replace(struct lbtns *h, const struct lbtns_pad_entry *e,
		      size_t n)
{
	struct lbtns_msg msg;
	size_t i, cap;
	void *buf;
	int err;

	if (n > BTNS_PAD_ENTRIES_MAX)
		return lbtns_nl_fail(h, -E2BIG,
				     "more than %d PAD entries",
				     BTNS_PAD_ENTRIES_MAX);
	for (i = 0; i < n; i++) {
		err = check_entry(h, &e[i]);
		if (err)
			return err;
	}
	cap = LBTNS_REQ_MAX + n * ENTRY_MAX;
	buf = malloc(cap);
	if (!buf)
		return lbtns_nl_fail(h, -ENOMEM, "out of memory");
	lbtns_msg_init(&msg, h, buf, cap, BTNS_CMD_PAD_REPLACE);
	for (i = 0; i < n; i++)
		put_entry(&msg, &e[i]);
	err = lbtns_nl_talk(h, &msg, NULL, NULL);
	free(buf);
	return err;
}

/* ---- listing ----------------------------------------------------------- */

static void parse_prefix(const struct nlattr *a, struct lbtns_pad_entry *e,
			 bool *bad)
{
	const struct nlattr *tb[BTNS_A_PREFIX_MAX + 1];
	struct lbtns_prefix *p;
	uint8_t len;

	if (e->n_prefixes == BTNS_PAD_PREFIXES_MAX ||
	    lbtns_attr_nested(a, tb, BTNS_A_PREFIX_MAX)) {
		*bad = true;
		return;
	}
	p = &e->prefixes[e->n_prefixes++];
	lbtns_attr_addr(tb[BTNS_A_PREFIX_ADDR],
			lbtns_attr_u16(tb[BTNS_A_PREFIX_FAMILY], bad), p, bad);
	len = lbtns_attr_u8(tb[BTNS_A_PREFIX_LEN], bad);
	if (!tb[BTNS_A_PREFIX_ADDR] || !tb[BTNS_A_PREFIX_LEN] || len > p->len)
		*bad = true;
	else
		p->len = len;
}

static void parse_key(const struct nlattr *a, struct lbtns_pad_entry *e,
		      bool *bad)
{
	if (e->n_keys == BTNS_PAD_KEYS_MAX)
		*bad = true;
	else
		lbtns_attr_digest(a, e->keys[e->n_keys++], bad);
}

static int parse_entry(const struct nlmsghdr *nlh, struct lbtns_pad_entry *e,
		       uint32_t *index, uint32_t *generation)
{
	const struct nlattr *tb[BTNS_A_PAD_MAX + 1];
	const struct nlattr *eb[BTNS_A_PAD_ENTRY_MAX + 1], *a;
	bool bad = false;

	memset(e, 0, sizeof(*e));
	if (lbtns_attr_table(nlh, tb, BTNS_A_PAD_MAX) ||
	    !tb[BTNS_A_PAD_ENTRY] ||
	    lbtns_attr_nested(tb[BTNS_A_PAD_ENTRY], eb, BTNS_A_PAD_ENTRY_MAX))
		return -EBADMSG;
	*index = lbtns_attr_u32(tb[BTNS_A_PAD_INDEX], &bad);
	*generation = lbtns_attr_u32(tb[BTNS_A_PAD_GENERATION], &bad);
	lbtns_attr_str(eb[BTNS_A_PAD_ENTRY_NAME], e->name, sizeof(e->name),
		       &bad);
	e->flags = lbtns_attr_u32(eb[BTNS_A_PAD_ENTRY_FLAGS], &bad);
	lbtns_attr_ident(eb[BTNS_A_PAD_ENTRY_ID], &e->id, &bad);
	e->method = (uint8_t)lbtns_attr_u32(eb[BTNS_A_PAD_ENTRY_METHOD], &bad);
	mnl_attr_for_each_nested(a, tb[BTNS_A_PAD_ENTRY]) {
		if (mnl_attr_get_type(a) == BTNS_A_PAD_ENTRY_PREFIX)
			parse_prefix(a, e, &bad);
		else if (mnl_attr_get_type(a) == BTNS_A_PAD_ENTRY_KEY)
			parse_key(a, e, &bad);
	}
	return bad ? -EBADMSG : 0;
}

/*
 * All entries of a list carry one generation. 1 if they do not: the PAD was
 * changed while it was read.
 */
static int check_dump(struct lbtns *h, const struct lbtns_answers *ans)
{
	const struct nlmsghdr *nlh;
	struct lbtns_pad_entry e;
	uint32_t index, generation, first = 0;

	for (nlh = lbtns_answers_next(ans, NULL); nlh;
	     nlh = lbtns_answers_next(ans, nlh)) {
		if (parse_entry(nlh, &e, &index, &generation))
			return lbtns_nl_fail(h, -EBADMSG,
					     "the kernel's answer is malformed");
		if (nlh == (const void *)ans->buf)
			first = generation;
		else if (generation != first)
			return 1;
	}
	return 0;
}

int lbtns_pad_dump(struct lbtns *h, lbtns_pad_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh;
	struct lbtns_pad_entry e;
	struct lbtns_answers ans;
	uint32_t index, generation;
	struct lbtns_msg msg;
	int err, try;

	for (try = 0; try < 16; try++) {
		lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_PAD_GET);
		err = lbtns_nl_dump(h, &msg, &ans);
		if (err)
			return err;
		err = check_dump(h, &ans);
		if (err <= 0)
			break;
		free(ans.buf);
		ans.buf = NULL;
	}
	if (err > 0)
		return lbtns_nl_fail(h, -EAGAIN,
				     "the PAD keeps changing while it is read: try again");
	for (nlh = err ? NULL : lbtns_answers_next(&ans, NULL); nlh && !err;
	     nlh = lbtns_answers_next(&ans, nlh)) {
		err = parse_entry(nlh, &e, &index, &generation);
		if (!err)
			err = cb(&e, index, generation, arg);
	}
	free(ans.buf);
	return err;
}
