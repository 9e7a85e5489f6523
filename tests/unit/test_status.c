// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl status: what an administrator sees at a glance, of a /proc and a
 * kernel made for it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "btnsctl/spdlist.h"
#include "ctl_run.h"

static void answer(struct fake *f, const struct nlmsghdr *req)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_STATUS_GET, 0);

	(void)req;
	lbtns_msg_put_str(m, BTNS_A_STATUS_VERSION, "0.1.0");
	fake_queue(f);
	fake_error(f, 0, NULL);
}

static void in_proc(const char *name, const char *text)
{
	char path[TEMP_PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	write_file(path, text);
}

static unsigned int newlines(void)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; out[i]; i++)
		n += out[i] == '\n';
	return n;
}

/* the daemon, the counters, and as many switches as the module has */
static void glance(void)
{
	static const char *const folders[] = { "net", "sys", "sys/net",
					       "sys/net/btns" };
	char path[128], name[64];
	int i;

	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", proc, folders[i]);
		mkdir(path, 0700);
	}
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "sys/net/btns/switch_%d", i);
		in_proc(name, "1\n");
	}
	in_proc("net/udp", "  sl  local_address rem_address   st\n"
		"   7: 00000000:01F5 00000000:0000 07\n");
	in_proc("net/btns_stat", "InOk 5\nInDropClear 3\nInDropPeer 0\n"
		"SaBindPad 7\nSaBound 9\nLatchBroken 2\nOutDropClear 1\n"
		"OutDropPeer 1\nOutDropLimit 1\nOutDropTwin 9\nFallbacks 17\n");
	fake.answer = answer;
	CHECK_EQ(run("status"), 0);
	CHECK(strstr(out, "\nike      nobody listens on UDP port 500: is btnsd running?\n"));
	CHECK(strstr(out, "\ntrouble  OutDropTwin 9 SaBindPad 7 InDropClear 3 LatchBroken 2 "
		     "OutDropClear 1 OutDropPeer 1\n"));
	CHECK(strstr(out, "\nfallback not known, 17 so far\n"));
	CHECK(newlines() <= 24);
	in_proc("net/udp6", "   9: 00000000000000000000000000000000:01F4 0:0 07\n");
	CHECK_EQ(run("status"), 0);
	CHECK(strstr(out, "\nike      a daemon listens on UDP port 500; not on 4500, "
		     "as NATs need\n"));
	in_proc("net/udp", "   9: 00000000:1194 00000000:0000 07\n");
	CHECK_EQ(run("status"), 0);
	CHECK(strstr(out, "\nike      a daemon listens on UDP port 500 and 4500\n"));
	CHECK_EQ(run("-j status"), 0);
	CHECK(strstr(out, "\"ike\":true,\"fallbacks\":{\"total\":17},"
		     "\"trouble\":{\"OutDropTwin\":9,\"SaBindPad\":7,"));
	/* an older module has no such counter */
	in_proc("net/btns_stat", "InOk 5\n");
	CHECK_EQ(run("status"), 0);
	CHECK(strstr(out, "\nfallback not known\n"));
	CHECK_EQ(run("-j status"), 0);
	CHECK(strstr(out, ",\"fallbacks\":{},"));
}

static void counted(void)
{
	struct lbtns_spd_policy p[] = {
		{ .dir = LBTNS_SPD_OUT, .index = 1, .action = LBTNS_SPD_PROTECT },
		{ .dir = LBTNS_SPD_IN, .index = 2, .action = LBTNS_SPD_PROTECT },
		{ .dir = LBTNS_SPD_OUT, .index = 3, .action = LBTNS_SPD_PROTECT },
		{ .dir = LBTNS_SPD_OUT, .index = 4, .action = LBTNS_SPD_BYPASS },
		{ .dir = LBTNS_SPD_OUT, .index = 5, .action = LBTNS_SPD_BLOCK },
		{ .dir = LBTNS_SPD_OUT, .index = 6, .action = LBTNS_SPD_BYPASS },
		{ .dir = LBTNS_SPD_OUT, .index = 7, .action = LBTNS_SPD_BYPASS },
		{ .dir = LBTNS_SPD_IN, .index = 8, .action = LBTNS_SPD_BYPASS },
	};
	struct spdlist_flags flags[] = {
		{ .index = 3, .flags = BTNS_POLICY_FLAGS_BTNS_OK },
		{ .index = 4, .flags = BTNS_POLICY_FLAGS_BTNS_OK },
		{ .index = 6, .flags = BTNS_POLICY_FLAGS_FALLBACK },
		{ .index = 7, .flags = BTNS_POLICY_FLAGS_FALLBACK },
		{ .index = 8, .flags = BTNS_POLICY_FLAGS_FALLBACK },
	};
	const struct spdlist l = { .policies = p, .n = 8, .flags = flags,
				   .n_flags = 5 };
	struct status_policies n;

	status_count(&l, &n);
	CHECK_EQ(n.protect, 2);
	CHECK_EQ(n.btns_ok, 1);
	CHECK_EQ(n.bypass, 3);
	CHECK_EQ(n.block, 1);
	CHECK_EQ(n.fallback, 2);
}

static const struct ktap_test tests[] = {
	{ "status: daemon, fallbacks and trouble, on one screen", glance },
	{ "status counts policies of direction out, and fallbacks", counted },
};

int main(void)
{
	return RUN_IN_PROC(tests);
}
