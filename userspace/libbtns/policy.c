// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flags that btns keeps for xfrm policies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/nl.h"

int lbtns_policy_set(struct lbtns *h, uint32_t index, uint32_t flags)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_POLICY_SET);
	lbtns_msg_put_u32(&msg, BTNS_A_POLICY_INDEX, index);
	lbtns_msg_put_u32(&msg, BTNS_A_POLICY_FLAGS, flags);
	return lbtns_nl_talk(h, &msg, NULL, NULL);
}

int lbtns_policy_dump(struct lbtns *h, lbtns_policy_cb cb, void *arg)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlattr *tb[BTNS_A_POLICY_MAX + 1];
	const struct nlmsghdr *nlh;
	struct lbtns_answers ans;
	uint32_t index, flags;
	struct lbtns_msg msg;
	bool bad = false;
	int err;

	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_POLICY_GET);
	err = lbtns_nl_dump(h, &msg, &ans);
	for (nlh = err ? NULL : lbtns_answers_next(&ans, NULL); nlh && !err;
	     nlh = lbtns_answers_next(&ans, nlh)) {
		if (lbtns_attr_table(nlh, tb, BTNS_A_POLICY_MAX) ||
		    !tb[BTNS_A_POLICY_INDEX]) {
			bad = true;
		} else {
			index = lbtns_attr_u32(tb[BTNS_A_POLICY_INDEX], &bad);
			flags = lbtns_attr_u32(tb[BTNS_A_POLICY_FLAGS], &bad);
		}
		if (bad)
			err = lbtns_nl_fail(h, -EBADMSG,
					    "the kernel's answer is malformed");
		else
			err = cb(index, flags, arg);
	}
	free(ans.buf);
	return err;
}
