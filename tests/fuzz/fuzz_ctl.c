// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command line of btnsctl, what it reads in /proc and in the files that btnsd
 * keeps, and what the kernel says to each of its requests, or by itself: any
 * bytes. The input is a line, text up to a NUL, and answers. How it ends is one of
 * four ways, with a word about it; JSON is JSON; what the kernel says moves no
 * cursor; and a file that it has written is one that it can read.
 */
#include <errno.h>
#include <jansson.h>
#include <libconfig.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsctl/ctl.h"
#include "libbtns/file.h"
#include "libbtns/known.h"
#include "libbtns/peers.h"
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
/* of the input, see files */
static const uint8_t *text;
static size_t text_len;
/* a store of peers that is in order */
static uint8_t *store;
static size_t store_len;
/* what is written, and what was, if anything was put in the place of a file */
static int writing = -1;
static uint8_t *written;
static size_t written_len;
/* it has listened to events */
static bool monitored;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- what btnsctl may not do here --------------------------------------- */

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

/* ---- files -------------------------------------------------------------- */

static int in_memory(const uint8_t *data, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	must(fd >= 0 && !fchmod(fd, 0600) &&
	     pwrite(fd, data, len, 0) == (ssize_t)len);
	return fd;
}

/* The text, whatever its name; if there is none, no file but a store of peers. */
static int file_open(void *ctx, const char *path)
{
	(void)ctx;
	if (text_len)
		return in_memory(text, text_len);
	return strcmp(path, LBTNS_PEERS_PATH) ? -ENOENT :
						in_memory(store, store_len);
}

static int file_create(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	must(writing < 0);
	writing = in_memory(NULL, 0);
	return dup(writing);
}

static int file_drop(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	close(writing);
	writing = -1;
	return 0;
}

static int file_commit(void *ctx, const char *path)
{
	struct stat st;

	must(!written && !fstat(writing, &st));
	written_len = (size_t)st.st_size;
	written = malloc(written_len + 1);
	must(written && pread(writing, written, written_len, 0) == st.st_size);
	return file_drop(ctx, path);
}

static int file_aside(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return 0;
}

static int file_lock(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return in_memory(NULL, 0);
}

static const struct lbtns_file_ops files_in_memory = {
	.open = file_open,
	.create = file_create,
	.commit = file_commit,
	.drop = file_drop,
	.aside = file_aside,
	.lock = file_lock,
};

/* A file of known peers is the only one that btnsctl writes. */
static void look_at_written(void)
{
	struct lbtns_known_fault fault;
	struct lbtns_known k;

	must(writing < 0);
	if (!written)
		return;
	must(!lbtns_known_parse((const char *)written, written_len, &k, &fault));
	lbtns_known_free(&k);
	free(written);
	written = NULL;
}

/* A peer with a key and a peer without. */
static void make_store(void)
{
	static const uint8_t spki[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
					  0x2b, 0x65, 0x70, 0x03, 0x21 };
	struct lbtns_peer p[2] = {
		{ .first = 1, .last = 2, .pad = "a" },
		{ .first = 1, .last = 2, .pad = "b", .spki = spki,
		  .spki_len = sizeof(spki) },
	};
	/* in the order of their keys; what has none is of zeros */
	const struct lbtns_peer *in[2] = { &p[0], &p[1] };

	must(!lbtns_ident_parse("fqdn:a.example", &p[0].ident, NULL) &&
	     !lbtns_ident_parse("fqdn:b.example", &p[1].ident, NULL));
	p[0].ident.method = BTNS_AUTH_METHOD_PSK;
	p[1].ident.method = BTNS_AUTH_METHOD_RAWKEY;
	must(EVP_Digest(spki, sizeof(spki), p[1].key, NULL, EVP_sha256(), NULL));
	must(!lbtns_peers_format(in, 2, &store, &store_len));
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

/* ---- and by itself: events, on a socket that is none --------------------- */

int socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return memfd_create("socket", MFD_CLOEXEC);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)len;
	return 0;
}

/* A datagram of one message; some are too long, from another, or were lost. */
ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	struct sockaddr_nl *from = m->msg_name;
	struct nlmsghdr *n = m->msg_iov->iov_base;
	uint8_t fate = next();
	size_t len = next() | (size_t)next() << 8;

	(void)fd;
	(void)flags;
	if (!left || fate == 1) {
		errno = left ? ENOBUFS : EAGAIN;
		return -1;
	}
	if (len > left)
		len = left;
	must(NLMSG_SPACE(len) <= m->msg_iov->iov_len);
	*n = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)NLMSG_SPACE(len),
		.nlmsg_type = FAKE_FAMILY,
	};
	memset(NLMSG_DATA(n), 0, NLMSG_ALIGN(len));
	memcpy(NLMSG_DATA(n), said, len);
	said += len;
	left -= len;
	from->nl_pid = fate == 2;
	m->msg_flags = fate == 3 ? MSG_TRUNC : 0;
	return (ssize_t)n->nlmsg_len;
}

/* Until all is said: then it is as if poll() failed. */
int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
	  const sigset_t *mask)
{
	(void)fds;
	(void)n;
	(void)timeout;
	(void)mask;
	monitored = true;
	if (left)
		return 1;
	errno = ECANCELED;
	return -1;
}

/* ---- a run -------------------------------------------------------------- */

/* All files in /proc are one, in memory. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[128], to[64];
	size_t i;

	(void)argc;
	(void)argv;
	make_store();
	lbtns_file_use(&files_in_memory, NULL);
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

/* A line for each event. */
static bool are_json(const char *text, size_t len)
{
	const char *end;

	for (; len; len -= (size_t)(end - text), text = end) {
		end = memchr(text, '\n', len);
		if (!end++ || !is_json(text, (size_t)(end - text)))
			return false;
	}
	return true;
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
	must(!monitored || code == CTL_BROKEN);
	if (monitored && c.json)
		must(are_json(out, out_len));
	look_at_written();
	if (plain)
		must(printable(out, out_len));
	free(out);
	free(err);
	fake_reset(&fake);
}

/* What monitor does with signals is for a process that is to end by them. */
static void run_alone(char *line, bool plain)
{
	struct sigaction on_int, on_term;
	sigset_t mask;

	must(!sigaction(SIGINT, NULL, &on_int) &&
	     !sigaction(SIGTERM, NULL, &on_term) &&
	     !sigprocmask(SIG_SETMASK, NULL, &mask));
	monitored = false;
	run(line, plain);
	must(!sigaction(SIGINT, &on_int, NULL) &&
	     !sigaction(SIGTERM, &on_term, NULL) &&
	     !sigprocmask(SIG_SETMASK, &mask, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end;
	bool plain;
	size_t len;
	char *line;

	text = memchr(data, '\n', size);
	if (!text || memchr(data, 0, (size_t)(text - data)))
		return 0;
	line = strndup((const char *)data, (size_t)(text - data));
	text++;
	len = size - (size_t)(text - data);
	end = memchr(text, 0, len);
	said = end ? end + 1 : text + len;
	left = size - (size_t)(said - data);
	len = end ? (size_t)(end - text) : len;
	text_len = len;
	must(line && !ftruncate(text_fd, 0) &&
	     pwrite(text_fd, text, len, 0) == (ssize_t)len);
	plain = printable(line, strlen(line)) &&
		printable((const char *)text, len);
	run_alone(line, plain);
	free(line);
	return 0;
}
