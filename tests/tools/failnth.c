// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * failnth: does each thing that a program can have the module do again and
 * again, while the kernel fails its first allocation, its second, and so on,
 * until nothing failed any more. Whatever came of it must be undone as if it
 * had never been tried: the script looks for that afterwards.
 *
 * Needs CONFIG_FAILSLAB and /proc/thread-self/fail-nth.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libbtns/btns.h"

/* more allocations than anything here makes */
#define NTH_MAX		400
#define SPI		0x7a0001

/**
 * struct operation - something that is done while allocations fail
 * @name: for the report
 * @before: makes ready what it needs; never fails
 * @run: does it; 0 or a negative errno
 * @undo: takes back what there is of it, and of @before
 */
struct operation {
	const char *name;
	void (*before)(void);
	int (*run)(void);
	void (*undo)(void);
};

/* what is tried, and what makes ready and takes back */
static struct lbtns *h, *calm;
static struct sockaddr_in local, remote;
static int sock = -1, fail_fd = -1;
static bool connecting;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct lbtns_pad_entry entry(const char *name, uint8_t digit)
{
	struct lbtns_pad_entry e = { .n_prefixes = 1,
				     .flags = BTNS_PAD_FLAGS_BTNS };

	snprintf(e.name, sizeof(e.name), "%s", name);
	e.id.type = BTNS_ID_TYPE_PUBLICKEY;
	memset(e.id.digest, digit, sizeof(e.id.digest));
	e.prefixes[0].family = AF_INET;
	e.prefixes[0].len = 32;
	memcpy(e.prefixes[0].addr, &remote.sin_addr, 4);
	return e;
}

static struct lbtns_sa binding(void)
{
	struct lbtns_sa sa = { .proto = IPPROTO_ESP, .spi = htonl(SPI) };

	sa.sel.local.family = AF_INET;
	sa.sel.local.len = 32;
	memcpy(sa.sel.local.addr, &local.sin_addr, 4);
	sa.sel.remote = sa.sel.local;
	memcpy(sa.sel.remote.addr, &remote.sin_addr, 4);
	sa.daddr = sa.sel.remote;
	sa.peer.type = BTNS_ID_TYPE_PUBLICKEY;
	sa.peer.method = BTNS_AUTH_METHOD_MANUAL;
	memset(sa.peer.digest, 0xd7, sizeof(sa.peer.digest));
	return sa;
}

/* ---- the PAD and the bindings ---------------------------------------------- */

/*
 * An error does not say that nothing was done: the answer may be what there
 * was no memory for. So what is there is taken back, whatever was said.
 */
static void gone(int err, const char *what)
{
	if (err && err != -ENOENT) {
		fprintf(stderr, "%s: %s\n", what, lbtns_error(calm));
		exit(1);
	}
}

static int pad_add(void)
{
	struct lbtns_pad_entry e = entry("nth", 0x71);

	return lbtns_pad_add(h, &e);
}

static void pad_prepare(void)
{
	struct lbtns_pad_entry e = entry("nth", 0x71);

	gone(lbtns_pad_add(calm, &e), "pad add");
}

static int pad_del(void)
{
	return lbtns_pad_del(h, "nth");
}

static void pad_clean(void)
{
	gone(lbtns_pad_del(calm, "nth"), "pad del");
	gone(lbtns_pad_del(calm, "mth"), "pad del");
}

static int count_names(const struct lbtns_pad_entry *e, uint32_t index,
		       uint32_t generation, void *arg)
{
	unsigned int *names = arg;

	(void)index;
	(void)generation;
	if (!strcmp(e->name, "nth"))
		*names |= e->id.digest[0] == 0x71 ? 1 : 2;
	else if (!strcmp(e->name, "mth"))
		*names |= 4;
	return 0;
}

static int pad_replace(void)
{
	struct lbtns_pad_entry e[2] = { entry("nth", 0x72),
					entry("mth", 0x73) };

	return lbtns_pad_replace(h, e, 2);
}

/* all or nothing: one entry of before, or the two new ones */
static void pad_replaced(void)
{
	unsigned int names = 0;

	gone(lbtns_pad_dump(calm, count_names, &names), "pad dump");
	if (names != 1 && names != (2 | 4)) {
		fprintf(stderr, "the PAD is half replaced: %u\n", names);
		exit(1);
	}
	pad_clean();
}

static int sa_bind(void)
{
	struct lbtns_sa sa = binding();

	return lbtns_sa_bind(h, &sa, NULL);
}

static int sa_unbind(void)
{
	struct lbtns_sa sa = binding();

	return lbtns_sa_unbind(h, &sa);
}

static void sa_prepare(void)
{
	struct lbtns_sa sa = binding();

	gone(lbtns_sa_bind(calm, &sa, NULL), "sa bind");
}

static void sa_clean(void)
{
	struct lbtns_sa sa = binding();

	gone(lbtns_sa_unbind(calm, &sa), "sa unbind");
}

/* ---- sockets ---------------------------------------------------------------- */

static void open_tcp(void)
{
	sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (sock < 0)
		die("socket");
}

static void open_listener(void)
{
	open_tcp();
	if (bind(sock, (struct sockaddr *)&local, sizeof(local)) ||
	    listen(sock, 4))
		die("listen");
}

static void open_udp(void)
{
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (sock < 0 ||
	    connect(sock, (struct sockaddr *)&remote, sizeof(remote)))
		die("udp");
}

static void shut(void)
{
	close(sock);
	sock = -1;
}

static int ask(void)
{
	struct btns_latch_ask a = {
		.mode = BTNS_ASK_MODE_REQUIRE,
		.flags = BTNS_ASK_F_PEER | BTNS_ASK_F_LOCAL | BTNS_ASK_F_QOP,
		.peer_type = BTNS_ID_TYPE_PUBLICKEY,
		.local_type = BTNS_ID_TYPE_PUBLICKEY,
		.protection = BTNS_PROTECTION_INTEGRITY,
	};

	return lbtns_sock_ask(sock, &a);
}

static int info(void)
{
	struct btns_latch_info in;

	return lbtns_sock_info(sock, &in);
}

static int tcp_connect(void)
{
	connecting = !connect(sock, (struct sockaddr *)&remote,
			      sizeof(remote)) || errno == EINPROGRESS;
	return connecting ? 0 : -errno;
}

/* a SYN that was lost comes again: in the end there is a connection */
static void connected(void)
{
	struct pollfd p = { .fd = sock, .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof(err);

	if (connecting &&
	    (poll(&p, 1, 20000) != 1 ||
	     getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len) || err)) {
		fprintf(stderr, "no connection: %s\n", strerror(err));
		exit(1);
	}
	shut();
}

static int udp_send(void)
{
	return send(sock, "nth", 3, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int listen_now(void)
{
	return listen(sock, 8) ? -errno : 0;
}

static const struct operation operations[] = {
	{ "pad-add", NULL, pad_add, pad_clean },
	{ "pad-del", pad_prepare, pad_del, pad_clean },
	{ "pad-replace", pad_prepare, pad_replace, pad_replaced },
	{ "sa-bind", NULL, sa_bind, sa_clean },
	{ "sa-unbind", sa_prepare, sa_unbind, sa_clean },
	{ "ask", open_tcp, ask, shut },
	{ "ask-listening", open_listener, ask, shut },
	{ "listen", open_listener, listen_now, shut },
	{ "info", open_tcp, info, shut },
	{ "connect", open_tcp, tcp_connect, connected },
	{ "send", open_udp, udp_send, shut },
};

static void set_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_fd, text, (size_t)len, 0) != len)
		die("fail-nth");
}

/* did the allocation that was to fail come? */
static bool failed_one(void)
{
	char text[16] = "";

	if (pread(fail_fd, text, sizeof(text) - 1, 0) < 1)
		die("fail-nth");
	return !atoi(text);
}

static bool try_all(const struct operation *d)
{
	unsigned int n, errors = 0;
	bool hit = true;
	int err = 0;

	for (n = 1; hit && n < NTH_MAX; n++) {
		if (d->before)
			d->before();
		/* with nothing left over from the try before */
		lbtns_close(h);
		if (lbtns_open(&h))
			die("btns");
		set_nth(n);
		err = d->run();
		hit = failed_one();
		set_nth(0);
		errors += err && hit;
		d->undo();
	}
	printf("%s faults %u errors %u last %d %s\n", d->name, n - 2, errors, err,
	       err ? lbtns_error(h) : "");
	fflush(stdout);
	return !hit && !err;
}

int main(int argc, char **argv)
{
	bool good = true;
	size_t i;

	if (argc != 4) {
		fputs("usage: failnth LOCAL REMOTE PORT\n", stderr);
		return 2;
	}
	local.sin_family = AF_INET;
	remote.sin_family = AF_INET;
	remote.sin_port = htons((uint16_t)atoi(argv[3]));
	if (inet_pton(AF_INET, argv[1], &local.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &remote.sin_addr) != 1)
		return 2;
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_fd < 0)
		return 4;
	if (lbtns_open(&calm))
		die("btns");
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		good &= try_all(&operations[i]);
	lbtns_close(h);
	lbtns_close(calm);
	return good ? 0 : 1;
}
