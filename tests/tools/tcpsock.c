// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcpsock: one TCP socket that does what standard input says, one blocking
 * call after the other, and tells how each ended as a line of JSON. latchsock
 * never blocks; this one is for what happens to a program that does, and for
 * the sorts of TCP sockets that latchsock does not know: MPTCP, Fast Open,
 * kernel TLS, SO_REUSEPORT, bound to a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/io_uring.h>
#include <linux/tls.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libbtns/btns.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif
#define TLS_ULP_LEVEL	282	/* SOL_TLS */
#define CHUNK		65536

static struct addrinfo *target, *local;
static int sock = -1, listener = -1;
static char chunk[CHUNK];

/* ---- telling -------------------------------------------------------------- */

static const char *name_of(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

static void put_text(const char *text, size_t len)
{
	size_t i;

	fputs(",\"text\":\"", stdout);
	for (i = 0; i < len && i < 80; i++)
		putchar(text[i] >= ' ' && text[i] <= '~' && text[i] != '"' &&
			text[i] != '\\' ? text[i] : ' ');
	putchar('"');
}

/* How a call ended: what it returned, and errno if that is negative. */
static void ended(const char *op, long rc, unsigned long long total)
{
	printf("{\"event\":\"%s\",\"rc\":%ld,\"total\":%llu", op, rc, total);
	if (rc < 0)
		printf(",\"errno\":\"%s\"", name_of(errno));
	puts("}");
	fflush(stdout);
}

/* Told before a call that may block. */
static void enter(const char *op)
{
	printf("{\"event\":\"enter\",\"op\":\"%s\"}\n", op);
	fflush(stdout);
}

static void data(const char *buf, long n)
{
	printf("{\"event\":\"data\",\"bytes\":%ld", n);
	put_text(buf, (size_t)n);
	puts("}");
	fflush(stdout);
}

static int die(const char *what)
{
	fprintf(stderr, "tcpsock: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- io_uring, by its system calls ------------------------------------------ */

static struct {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
} ring = { .fd = -1 };

static char *map(size_t size, off_t off)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       ring.fd, off);

	if (p == MAP_FAILED)
		die("mmap of the ring");
	return p;
}

static bool ring_open(void)
{
	struct io_uring_params p = { 0 };
	char *sq, *cq;

	if (ring.fd >= 0)
		return true;
	ring.fd = (int)syscall(__NR_io_uring_setup, 4, &p);
	if (ring.fd < 0)
		return false;
	sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		 IORING_OFF_SQ_RING);
	cq = map(p.cq_off.cqes + p.cq_entries * sizeof(*ring.cqes),
		 IORING_OFF_CQ_RING);
	ring.sqes = (void *)map(p.sq_entries * sizeof(*ring.sqes),
				IORING_OFF_SQES);
	ring.sq_tail = (void *)(sq + p.sq_off.tail);
	ring.sq_mask = (void *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (void *)(sq + p.sq_off.array);
	ring.cq_head = (void *)(cq + p.cq_off.head);
	ring.cq_tail = (void *)(cq + p.cq_off.tail);
	ring.cq_mask = (void *)(cq + p.cq_off.ring_mask);
	ring.cqes = (void *)(cq + p.cq_off.cqes);
	return true;
}

/* One operation and its end, as the system call of that name would return. */
static long ring_do(const struct io_uring_sqe *sqe)
{
	unsigned int tail = *ring.sq_tail, i = tail & *ring.sq_mask, head;
	int res;

	ring.sqes[i] = *sqe;
	ring.sq_array[i] = i;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0) < 0)
		return -1;
	head = *ring.cq_head;
	while (head == __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE))
		if (syscall(__NR_io_uring_enter, ring.fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
		    errno != EINTR)
			return -1;
	res = ring.cqes[head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	if (res >= 0)
		return res;
	errno = -res;
	return -1;
}

static long ring_rw(int opcode, int flags)
{
	struct io_uring_sqe sqe = {
		.opcode = (__u8)opcode,
		.fd = sock,
		.addr = (__u64)(uintptr_t)chunk,
		.len = sizeof(chunk),
		.msg_flags = (__u32)flags,
	};

	return ring_do(&sqe);
}

static long ring_connect(void)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT,
		.fd = sock,
		.addr = (__u64)(uintptr_t)target->ai_addr,
		.off = target->ai_addrlen,
	};

	return ring_do(&sqe);
}

static long ring_poll(void)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_POLL_ADD,
		.fd = sock,
		.poll32_events = POLLIN,
	};

	return ring_do(&sqe);
}

static long ring_accept(void)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_ACCEPT,
		.fd = listener,
	};

	return ring_do(&sqe);
}

static struct addrinfo *resolve(const char *host, const char *port, int family)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *ai;

	if (getaddrinfo(host, port, &hints, &ai)) {
		fprintf(stderr, "tcpsock: bad address %s %s\n", host, port);
		exit(2);
	}
	return ai;
}

/* ---- what standard input can say ------------------------------------------- */

static void do_connect(const char *op, bool uring)
{
	enter(op);
	ended(op, uring ? ring_connect() :
			  connect(sock, target->ai_addr, target->ai_addrlen), 0);
}

static void do_accept(const char *op, bool uring)
{
	enter(op);
	sock = uring ? (int)ring_accept() : accept(listener, NULL, NULL);
	ended(op, sock, 0);
}

static void do_listen(void)
{
	listener = sock;
	sock = -1;
	ended("listen", listen(listener, 16), 0);
}

/* Until it ends or fails; each piece is told. */
static void do_read(const char *op, bool uring)
{
	unsigned long long total = 0;
	long n;

	enter(op);
	while ((n = uring ? ring_rw(IORING_OP_RECV, 0) :
			    read(sock, chunk, sizeof(chunk))) > 0) {
		data(chunk, n);
		total += (unsigned long long)n;
	}
	ended(op, n, total);
}

static void do_recv(void)
{
	long n;

	enter("recv");
	n = read(sock, chunk, sizeof(chunk));
	if (n > 0)
		data(chunk, n);
	ended("recv", n, 0);
}

/* As read, without telling of each piece. */
static void do_drain(void)
{
	unsigned long long total = 0;
	long n;

	enter("drain");
	while ((n = read(sock, chunk, sizeof(chunk))) > 0)
		total += (unsigned long long)n;
	ended("drain", n, total);
}

/* Short connections that ask for require and say one line, one by one. */
static void do_storm(int count)
{
	struct btns_latch_ask ask = {
		.size = sizeof(ask),
		.mode = BTNS_ASK_MODE_REQUIRE,
	};
	struct timeval limit = { .tv_sec = 1 };
	unsigned long long good = 0;
	int fd;

	enter("storm");
	while (count--) {
		fd = socket(target->ai_family, SOCK_STREAM, 0);
		if (fd < 0 || lbtns_sock_ask(fd, &ask))
			die("storm");
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		if (!connect(fd, target->ai_addr, target->ai_addrlen) &&
		    send(fd, "STORM", 5, MSG_NOSIGNAL) == 5)
			good++;
		close(fd);
	}
	ended("storm", 0, good);
}

static void do_write(const char *op, bool uring)
{
	unsigned long long total = 0;
	long n;

	memset(chunk, 'w', sizeof(chunk));
	enter(op);
	while ((n = uring ? ring_rw(IORING_OP_SEND, MSG_NOSIGNAL) :
			    send(sock, chunk, sizeof(chunk), MSG_NOSIGNAL)) > 0)
		total += (unsigned long long)n;
	ended(op, n, total);
}

static void do_poll(const char *op, bool uring)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	long events;

	enter(op);
	if (uring)
		events = ring_poll();
	else
		events = poll(&p, 1, -1) < 0 ? -1 : p.revents;
	printf("{\"event\":\"%s\",\"in\":%d,\"err\":%d,\"hup\":%d}\n", op,
	       !!(events & POLLIN), !!(events & POLLERR), !!(events & POLLHUP));
	fflush(stdout);
}

static void do_sendfile(void)
{
	int fd = memfd_create("tcpsock", 0);
	unsigned long long total = 0;
	off_t off = 0;
	long n;

	if (fd < 0 || ftruncate(fd, 1 << 20))
		die("memfd");
	enter("sendfile");
	while ((n = sendfile(sock, fd, &off, 1 << 20)) >= 0) {
		total += (unsigned long long)n;
		off = 0;
	}
	ended("sendfile", n, total);
	close(fd);
}

static void do_splice(void)
{
	unsigned long long total = 0;
	int p[2];
	long n;

	if (pipe(p))
		die("pipe");
	enter("splice");
	while ((n = splice(sock, NULL, p[1], NULL, 4096, 0)) > 0) {
		total += (unsigned long long)n;
		n = read(p[0], chunk, sizeof(chunk));
		if (n > 0)
			data(chunk, n);
	}
	ended("splice", n, total);
	close(p[0]);
	close(p[1]);
}

static void do_send(const char *text)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%s\n", text);

	ended("send", send(sock, line, (size_t)n, MSG_NOSIGNAL), 0);
}

static void do_fastopen(const char *text)
{
	enter("fastopen");
	ended("fastopen", sendto(sock, text, strlen(text),
				 MSG_FASTOPEN | MSG_NOSIGNAL, target->ai_addr,
				 target->ai_addrlen), 0);
}

/* Both directions with one fixed key: this is no test of TLS. */
static void do_tls(void)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128 },
	};
	long rc;

	memset(info.key, 'k', sizeof(info.key));
	memset(info.salt, 's', sizeof(info.salt));
	rc = setsockopt(sock, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls"));
	if (!rc)
		rc = setsockopt(sock, TLS_ULP_LEVEL, TLS_TX, &info,
				sizeof(info));
	if (!rc)
		rc = setsockopt(sock, TLS_ULP_LEVEL, TLS_RX, &info,
				sizeof(info));
	ended("tls", rc, 0);
}

static void do_ask(const char *mode)
{
	struct btns_latch_ask ask = { .size = sizeof(ask) };
	int fd = sock >= 0 ? sock : listener;
	int v = lbtns_value(LBTNS_NAMES_ASK, mode), err;

	ask.mode = v < 0 ? 0xff : (uint8_t)v;
	if (!strcmp(mode, "bypass")) {
		ask.mode = BTNS_ASK_MODE_OFF;
		ask.flags = BTNS_ASK_F_BYPASS;
	}
	err = lbtns_sock_ask(fd, &ask);
	errno = -err;
	ended("ask", err ? -1 : 0, 0);
}

static void do_info(void)
{
	struct btns_latch_info in;
	int err = lbtns_sock_info(sock >= 0 ? sock : listener, &in);

	if (err) {
		errno = -err;
		ended("info", -1, 0);
		return;
	}
	printf("{\"event\":\"info\",\"id\":%llu,\"parent\":%llu",
	       (unsigned long long)in.id, (unsigned long long)in.parent);
	printf(",\"state\":\"%s\",\"reason\":\"%s\"",
	       lbtns_name(LBTNS_NAMES_STATE, in.state),
	       lbtns_name(LBTNS_NAMES_REASON, in.reason));
	printf(",\"ask\":\"%s\",\"peer\":\"%s\"}\n",
	       lbtns_name(LBTNS_NAMES_ASK, in.ask_mode), in.peer.name);
	fflush(stdout);
}

static void do_keepalive(void)
{
	int one = 1, many = 100;

	if (setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) ||
	    setsockopt(sock, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one)) ||
	    setsockopt(sock, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one)) ||
	    setsockopt(sock, IPPROTO_TCP, TCP_KEEPCNT, &many, sizeof(many)))
		die("keepalive");
	ended("keepalive", 0, 0);
}

static void do_close(bool reset)
{
	struct linger now = { .l_onoff = 1 };

	if (reset)
		setsockopt(sock, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	ended("close", close(sock), 0);
	sock = -1;
}

/* The socket is as good as new, but for what it has of its listener. */
static void do_disconnect(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	ended("disconnect", connect(sock, &none, sizeof(none)), 0);
}

/* connect() goes to ADDRESS,PORT from now on. */
static void do_target(char *arg)
{
	char *port = strchr(arg, ',');

	if (!port) {
		errno = EINVAL;
		ended("target", -1, 0);
		return;
	}
	*port++ = '\0';
	target = resolve(arg, port, AF_UNSPEC);
	ended("target", 0, 0);
}

static void do_unlisten(void)
{
	ended("unlisten", close(listener), 0);
	listener = -1;
}

static bool obey_uring(const char *op)
{
	if (!ring_open()) {
		ended("uring", -1, 0);
		return true;
	}
	if (!strcmp(op, "uring-connect"))
		do_connect(op, true);
	else if (!strcmp(op, "uring-accept"))
		do_accept(op, true);
	else if (!strcmp(op, "uring-read"))
		do_read(op, true);
	else if (!strcmp(op, "uring-write"))
		do_write(op, true);
	else if (!strcmp(op, "uring-poll"))
		do_poll(op, true);
	else
		return false;
	return true;
}

static bool obey_more(const char *op, char *arg)
{
	if (!strcmp(op, "tls"))
		do_tls();
	else if (!strcmp(op, "recv"))
		do_recv();
	else if (!strcmp(op, "drain"))
		do_drain();
	else if (!strcmp(op, "storm"))
		do_storm(atoi(arg));
	else if (!strcmp(op, "ask"))
		do_ask(arg);
	else if (!strcmp(op, "info"))
		do_info();
	else if (!strcmp(op, "keepalive"))
		do_keepalive();
	else if (!strcmp(op, "close"))
		do_close(false);
	else if (!strcmp(op, "reset"))
		do_close(true);
	else if (!strcmp(op, "unlisten"))
		do_unlisten();
	else if (!strcmp(op, "disconnect"))
		do_disconnect();
	else if (!strcmp(op, "target"))
		do_target(arg);
	else if (!strcmp(op, "shutdown"))
		ended(op, shutdown(sock, SHUT_WR), 0);
	else
		return obey_uring(op);
	return true;
}

/* Returns false if it does not know that. */
static bool obey(const char *op, char *arg)
{
	if (!strcmp(op, "connect"))
		do_connect(op, false);
	else if (!strcmp(op, "listen"))
		do_listen();
	else if (!strcmp(op, "accept"))
		do_accept(op, false);
	else if (!strcmp(op, "read"))
		do_read(op, false);
	else if (!strcmp(op, "write"))
		do_write(op, false);
	else if (!strcmp(op, "poll"))
		do_poll(op, false);
	else if (!strcmp(op, "sendfile"))
		do_sendfile();
	else if (!strcmp(op, "splice"))
		do_splice();
	else if (!strcmp(op, "send"))
		do_send(arg);
	else if (!strcmp(op, "fastopen"))
		do_fastopen(arg);
	else
		return obey_more(op, arg);
	return true;
}

/* ---- start ----------------------------------------------------------------- */

static void set_int(int level, int name, int value, const char *what)
{
	if (setsockopt(sock, level, name, &value, sizeof(value)))
		die(what);
}

static void usage(void)
{
	fputs("usage: tcpsock [OPTIONS] ADDRESS PORT\n"
	      "  --bind ADDR,PORT  local end; a listener's is ADDRESS PORT\n"
	      "  --listen          bind to ADDRESS PORT\n"
	      "  --dev NAME        SO_BINDTODEVICE\n"
	      "  --mptcp           MPTCP instead of TCP\n"
	      "  --fastopen        a listener that takes data in the SYN\n"
	      "  --reuseport       SO_REUSEPORT\n"
	      "  --sndbuf N        SO_SNDBUF\n"
	      "  --nonblock        connect does not wait\n"
	      "commands on standard input: connect listen accept read write poll\n"
	      "recv drain sendfile splice send TEXT fastopen TEXT tls ask MODE info\n"
	      "keepalive storm N shutdown close reset unlisten disconnect\n"
	      "target ADDRESS,PORT; ask bypass is off and past the policies; uring-{connect,accept,read,write,poll}\n",
	      stderr);
	exit(2);
}

static void commands(void)
{
	char *line = NULL, *arg;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		line[n - 1] = '\0';
		arg = strchr(line, ' ');
		if (arg)
			*arg++ = '\0';
		if (!obey(line, arg ? arg : &line[n - 1]))
			fprintf(stderr, "tcpsock: unknown: %s\n", line);
	}
	free(line);
}

int main(int argc, char **argv)
{
	enum { BIND = 256, LISTEN, DEV, MPTCP, FASTOPEN, REUSEPORT, SNDBUF,
	       NONBLOCK };
	static const struct option longs[] = {
		{ "bind", 1, NULL, BIND },   { "listen", 0, NULL, LISTEN },
		{ "dev", 1, NULL, DEV },     { "mptcp", 0, NULL, MPTCP },
		{ "fastopen", 0, NULL, FASTOPEN },
		{ "reuseport", 0, NULL, REUSEPORT },
		{ "sndbuf", 1, NULL, SNDBUF },
		{ "nonblock", 0, NULL, NONBLOCK }, { NULL, 0, NULL, 0 }
	};
	bool listens = false, mptcp = false, fastopen = false, shared = false;
	char *bind_to = NULL, *comma;
	const char *dev = NULL;
	int c, sndbuf = 0, type = SOCK_STREAM;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case BIND:
			bind_to = optarg;
			break;
		case LISTEN:
			listens = true;
			break;
		case DEV:
			dev = optarg;
			break;
		case MPTCP:
			mptcp = true;
			break;
		case FASTOPEN:
			fastopen = true;
			break;
		case REUSEPORT:
			shared = true;
			break;
		case SNDBUF:
			sndbuf = atoi(optarg);
			break;
		case NONBLOCK:
			type |= SOCK_NONBLOCK;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	signal(SIGPIPE, SIG_IGN);
	target = resolve(argv[optind], argv[optind + 1], AF_UNSPEC);
	sock = socket(target->ai_family, type, mptcp ? IPPROTO_MPTCP : 0);
	if (sock < 0)
		die("socket");
	set_int(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (shared)
		set_int(SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
	if (sndbuf)
		set_int(SOL_SOCKET, SO_SNDBUF, sndbuf, "SO_SNDBUF");
	if (dev && setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, dev,
			      (socklen_t)strlen(dev) + 1))
		die("SO_BINDTODEVICE");
	if (fastopen)
		set_int(IPPROTO_TCP, TCP_FASTOPEN, 16, "TCP_FASTOPEN");
	if (listens)
		local = target;
	if (bind_to) {
		comma = strchr(bind_to, ',');
		if (!comma)
			usage();
		*comma++ = '\0';
		local = resolve(bind_to, comma, target->ai_family);
	}
	if (local && bind(sock, local->ai_addr, local->ai_addrlen))
		die("bind");
	ended("ready", 0, 0);
	commands();
	return 0;
}
