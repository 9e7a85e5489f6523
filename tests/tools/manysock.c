// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manysock: conversations by the hundred thousand, from several processes:
 * connections that are opened and closed again, or datagrams of few sockets to
 * so many ports that each begins a conversation of its own, held until the end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libbtns/btns.h"

#define BACKLOG		1024
#define PROCESSES_MAX	16
/* far ports that each socket sends to */
#define PORT_MIN	1024
#define PORTS		64000
#define BATCH		64

/* What one process did, told to the first. */
struct result {
	unsigned long done;	/* conversations */
	unsigned long failed;
	int err;		/* of the first that failed */
};

static void die(const char *what)
{
	fprintf(stderr, "manysock: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void usage(void)
{
	fputs("usage: manysock accept ADDRESS PORT PROCESSES\n"
	      "         take connections and close each after its peer, or after a second\n"
	      "       manysock connect ADDRESS PORT COUNT PROCESSES\n"
	      "         one connection after another: open, send, close\n"
	      "       manysock send ADDRESS COUNT PROCESSES\n"
	      "         COUNT datagrams, no two between the same two ports, from sockets that\n"
	      "         require latches and stay open until the program is ended\n"
	      "Says \"done N failed N\" once it is, and what the first failure was.\n",
	      stderr);
	exit(2);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (!*text || *end || !v || v > max)
		usage();
	return v;
}

static struct sockaddr_in address(const char *text, unsigned long port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		usage();
	return sin;
}

static void failed(struct result *r)
{
	if (!r->failed++)
		r->err = errno;
}

/* One more process, which ends with the first. True in the new one. */
static bool split(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid && prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl");
	return !pid;
}

/* ---- connections -------------------------------------------------------- */

/*
 * A peer that closed gives up its last segments early (tcp_orphan_retries), so
 * its end may never be heard of: not a reason to keep all others waiting.
 */
static void serve(int listener)
{
	struct timeval tv = { .tv_sec = 1 };
	char buf[64];
	int fd;

	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			;
		close(fd);
	}
}

static int accept_many(const struct sockaddr_in *sin, unsigned long processes)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)sin, sizeof(*sin)) ||
	    listen(fd, BACKLOG))
		die("listen");
	while (--processes && !split())
		;
	serve(fd);
	return 0;
}

static void connect_some(const struct sockaddr_in *sin, unsigned long count,
			 struct result *r)
{
	int fd;

	while (count--) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			die("socket");
		if (connect(fd, (const struct sockaddr *)sin, sizeof(*sin)) ||
		    send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			failed(r);
		else
			r->done++;
		close(fd);
	}
}

/* ---- datagrams ---------------------------------------------------------- */

static int asking_socket(void)
{
	struct btns_latch_ask ask = { .mode = BTNS_ASK_MODE_REQUIRE };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		die("socket");
	err = lbtns_sock_ask(fd, &ask);
	if (err) {
		errno = -err;
		die("ask");
	}
	return fd;
}

/* One to each port in turn; what the kernel refuses is counted and left out. */
static void send_all(int fd, const struct sockaddr_in *sin, unsigned int count,
		     struct result *r)
{
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct sockaddr_in to[BATCH];
	struct mmsghdr msg[BATCH];
	unsigned int i, n, next;
	int sent;

	for (next = 0; next < count; next += (unsigned int)sent) {
		n = count - next < BATCH ? count - next : BATCH;
		memset(msg, 0, sizeof(msg));
		for (i = 0; i < n; i++) {
			to[i] = *sin;
			to[i].sin_port = htons((uint16_t)(PORT_MIN + next + i));
			msg[i].msg_hdr.msg_name = &to[i];
			msg[i].msg_hdr.msg_namelen = sizeof(to[i]);
			msg[i].msg_hdr.msg_iov = &iov;
			msg[i].msg_hdr.msg_iovlen = 1;
		}
		sent = sendmmsg(fd, msg, n, 0);
		if (sent > 0) {
			r->done += (unsigned int)sent;
			continue;
		}
		failed(r);
		sent = 1;
	}
}

static void send_some(const struct sockaddr_in *sin, unsigned long count,
		      struct result *r)
{
	unsigned int n;

	for (; count; count -= n) {
		n = count < PORTS ? (unsigned int)count : PORTS;
		send_all(asking_socket(), sin, n, r);
	}
}

/* ---- processes ---------------------------------------------------------- */

/* Runs some() in so many processes, and adds up; all of them stay if @stay. */
static int share(void (*some)(const struct sockaddr_in *, unsigned long,
			      struct result *),
		 const struct sockaddr_in *sin, unsigned long count,
		 unsigned long processes, bool stay)
{
	struct result r = { .done = 0 }, sum = { .done = 0 };
	int results[2];
	unsigned long i;

	if (pipe(results))
		die("pipe");
	for (i = 0; i < processes; i++) {
		if (!split())
			continue;
		some(sin, count / processes + (i < count % processes), &r);
		if (write(results[1], &r, sizeof(r)) != sizeof(r))
			die("write");
		if (stay)
			pause();
		exit(0);
	}
	close(results[1]);
	for (i = 0; i < processes; i++) {
		if (read(results[0], &r, sizeof(r)) != sizeof(r)) {
			fputs("manysock: a process ended early\n", stderr);
			exit(1);
		}
		sum.done += r.done;
		sum.failed += r.failed;
		if (!sum.err)
			sum.err = r.err;
	}
	printf("done %lu failed %lu%s%s\n", sum.done, sum.failed,
	       sum.err ? ": " : "", sum.err ? strerrorname_np(sum.err) : "");
	fflush(stdout);
	if (stay)
		pause();
	return sum.failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin;

	if (argc == 5 && !strcmp(argv[1], "accept")) {
		sin = address(argv[2], number(argv[3], 65535));
		return accept_many(&sin, number(argv[4], PROCESSES_MAX));
	}
	if (argc == 6 && !strcmp(argv[1], "connect")) {
		sin = address(argv[2], number(argv[3], 65535));
		return share(connect_some, &sin, number(argv[4], 100000000),
			     number(argv[5], PROCESSES_MAX), false);
	}
	if (argc == 5 && !strcmp(argv[1], "send")) {
		sin = address(argv[2], 1);
		return share(send_some, &sin, number(argv[3], 100000000),
			     number(argv[4], PROCESSES_MAX), true);
	}
	usage();
}
