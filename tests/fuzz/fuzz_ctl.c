// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command line of btnsctl, what it reads in /proc, and what the kernel says to
 * each of its requests: any bytes. The input is a line, text up to a NUL, and
 * answers. How it ends is one of four ways, with a word about it; JSON is JSON;
 * and what the kernel says moves no cursor. Objects that read and write files
 * have fuzzers of their own, and monitor never ends.
 */
#include <jansson.h>
#include <libconfig.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsctl/ctl.h"
#include "tests/unit/fake_mnl.h"
#include "tests/unit/fake_nl.h"
#include "tests/unit/temp.h"

#define WORDS_MAX	64
/* datagrams in an answer; the fake has room for more */
#define SAID_MAX	32

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* a folder that is like /proc */
static const char *proc;
static const char *const folders[] = { "/net", "/sys", "/sys/net",
				       "/sys/net/btns" };
static const char *const files[] = { "/net/btns_stat", "/net/udp", "/net/udp6",
				     "/sys/net/btns/latch_auto" };
static int text_fd;
static const uint8_t *said;
static size_t left;

/* ---- what btnsctl may not do here --------------------------------------- */

int cmd_known(struct ctl *c, struct ctl_args *a)
{
	(void)a;
	return ctl_fail(c, CTL_REFUSED, "see fuzz_known");
}

int cmd_peer(struct ctl *c, struct ctl_args *a)
{
	(void)a;
	return ctl_fail(c, CTL_REFUSED, "see fuzz_peers");
}

int cmd_monitor(struct ctl *c, struct ctl_args *a)
{
	(void)a;
	return ctl_fail(c, CTL_REFUSED, "see fuzz_nlevent");
}

int setns(int fd, int type)
{
	(void)fd;
	(void)type;
	return 0;
}

/* Whatever file it is: see fuzz_padconf. */
int config_read_file(config_t *config, const char *name)
{
	(void)name;
	return config_read_string(config, "pad = ();");
}

int config_read(config_t *config, FILE *f)
{
	(void)f;
	return config_read_string(config, "");
}

/* ---- what the kernel says ----------------------------------------------- */

static uint8_t next(void)
{
	if (!left)
		return 0;
	left--;
	return *said++;
}

/* One message of a kind that is awaited somewhere, and any payload. */
static void say(struct fake *f, const struct nlmsghdr *req)
{
	static const uint16_t kinds[] = { FAKE_FAMILY, XFRM_MSG_NEWPOLICY,
					  RTM_NEWROUTE, NLMSG_ERROR,
					  NLMSG_DONE, NLMSG_NOOP };
	uint16_t kind = kinds[next() % (sizeof(kinds) / sizeof(kinds[0]))];
	size_t len = next() | (size_t)next() << 8;
	struct nlmsghdr *n;

	if (len > left)
		len = left;
	n = calloc(1, NLMSG_SPACE(len));
	if (!n)
		abort();
	n->nlmsg_len = (uint32_t)NLMSG_SPACE(len);
	n->nlmsg_type = kind;
	n->nlmsg_flags = req->nlmsg_flags & NLM_F_DUMP ? NLM_F_MULTI : 0;
	n->nlmsg_seq = req->nlmsg_seq;
	memcpy(NLMSG_DATA(n), said, len);
	said += len;
	left -= len;
	fake_raw(f, n, n->nlmsg_len);
	free(n);
}

/* As many messages as an octet says, and the end that they have. */
static void answer(struct fake *f, const struct nlmsghdr *req)
{
	unsigned int count = next() % SAID_MAX;

	/* what came with another answer is not read any more */
	fake_reset(f);
	for (; count && left; count--)
		say(f, req);
	if (req->nlmsg_flags & NLM_F_DUMP)
		fake_done(f, 0, 0);
	else
		fake_error(f, 0, NULL);
}

/* ---- a run -------------------------------------------------------------- */

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* All files in /proc are one, in memory. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[128], to[64];
	size_t i;

	(void)argc;
	(void)argv;
	text_fd = memfd_create("proc", MFD_CLOEXEC);
	proc = temp_folder();
	must(text_fd >= 0);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", proc, folders[i]);
		must(!mkdir(path, 0700));
	}
	snprintf(to, sizeof(to), "/proc/self/fd/%d", text_fd);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", proc, files[i]);
		must(!symlink(to, path));
	}
	return 0;
}

static bool printable(const char *s, size_t len)
{
	for (; len; len--, s++)
		if ((*s < ' ' || *s > '~') && *s != '\n' && *s != '\t')
			return false;
	return true;
}

static bool is_json(const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);
	bool ok = o;

	json_decref(o);
	return ok;
}

static void run(char *line, bool plain)
{
	char *argv[WORDS_MAX + 1] = { "btnsctl" }, *word, *rest = NULL;
	struct fake fake = { .answer = answer };
	struct lbtns_transport t = fake_transport(&fake);
	struct ctl c = { .transport = &t, .proc = proc };
	size_t out_len = 0, err_len = 0;
	char *out = NULL, *err = NULL;
	int argc = 1, code;

	fake_mnl = t;
	for (word = strtok_r(line, " ", &rest); word && argc < WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	c.out = open_memstream(&out, &out_len);
	c.err = open_memstream(&err, &err_len);
	must(c.out && c.err);
	code = ctl_run(&c, argc, argv);
	fclose(c.out);
	fclose(c.err);
	must(code == CTL_OK || code == CTL_REFUSED || code == CTL_USAGE ||
	     code == CTL_BROKEN);
	must(code == CTL_OK || out_len || err_len);
	if (code == CTL_OK && c.json && out_len && strchr("[{", out[0]))
		must(is_json(out, out_len));
	if (plain)
		must(printable(out, out_len));
	free(out);
	free(err);
	fake_reset(&fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = memchr(data, '\n', size), *end;
	bool plain;
	size_t len;
	char *line;

	if (!text || memchr(data, 0, (size_t)(text - data)))
		return 0;
	line = strndup((const char *)data, (size_t)(text - data));
	text++;
	len = size - (size_t)(text - data);
	end = memchr(text, 0, len);
	said = end ? end + 1 : text + len;
	left = size - (size_t)(said - data);
	len = end ? (size_t)(end - text) : len;
	must(line && !ftruncate(text_fd, 0) &&
	     pwrite(text_fd, text, len, 0) == (ssize_t)len);
	plain = printable(line, strlen(line)) &&
		printable((const char *)text, len);
	run(line, plain);
	free(line);
	return 0;
}
