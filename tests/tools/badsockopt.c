// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * badsockopt: every way to hand nonsense to setsockopt() and getsockopt() of
 * btns, on IPv4 and IPv6 sockets. A case passes if the errno is the one that
 * linux/btns_sockopt.h names and if the socket's ask is what it was. Prints
 * KTAP.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <net/if.h>
#include <unistd.h>
#include <linux/btns_sockopt.h>

#include "tests/tools/sockopt_raw.h"

/* what the struct was when it was new, and what a program must know at least */
#define FIRST_SIZE	44

static unsigned int test_no, failures;
static int family, level;
static const char *tag;

static void __attribute__((format(printf, 2, 3)))
result(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%s %u %s ", ok ? "ok" : "not ok", ++test_no, tag);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	if (!ok)
		failures++;
}

static int tcp(void)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		puts("Bail out! no socket");
		exit(1);
	}
	return fd;
}

static struct btns_latch_ask good(void)
{
	return (struct btns_latch_ask){
		.size = sizeof(struct btns_latch_ask),
		.mode = BTNS_ASK_MODE_REQUIRE,
		.disposition = BTNS_DISPOSITION_RESET,
	};
}

static struct btns_latch_ask good_local(void)
{
	struct btns_latch_ask a = good();

	a.flags = BTNS_ASK_F_LOCAL;
	a.local_type = BTNS_ID_TYPE_PUBLICKEY;
	a.local[0] = 1;
	return a;
}

static struct btns_latch_ask good_qop(void)
{
	struct btns_latch_ask a = good();

	a.flags = BTNS_ASK_F_QOP;
	a.protection = BTNS_PROTECTION_CONFIDENTIALITY;
	a.enc_keybits = 256;
	strcpy(a.enc, "rfc4106(gcm(aes))");
	return a;
}

static int mode_of(int fd)
{
	struct btns_latch_info info = { .size = sizeof(info) };
	socklen_t len = sizeof(info);

	return opt_get(fd, level, BTNS_SO_LATCH, &info, &len) ? -1 :
	       info.ask_mode << 8 | info.disposition;
}

static const char *name(int err)
{
	return err ? strerrorname_np(err) : "success";
}

/* @want, and the ask that was there before stays. */
static void refuse(const void *p, unsigned int len, int want, const char *what)
{
	struct btns_latch_ask first = good();
	int fd = tcp(), before, err;

	first.mode = BTNS_ASK_MODE_PREFER;
	first.disposition = BTNS_DISPOSITION_WAIT;
	err = opt_set(fd, level, BTNS_SO_LATCH, &first, sizeof(first));
	before = mode_of(fd);
	if (err || before != (BTNS_ASK_MODE_PREFER << 8 |
			      BTNS_DISPOSITION_WAIT)) {
		result(false, "%s: the first ask: %s, reads %x", what,
		       name(err), (unsigned int)before);
		close(fd);
		return;
	}
	err = opt_set(fd, level, BTNS_SO_LATCH, p, len);
	result(err == want && mode_of(fd) == before, "set %s: %s, want %s%s",
	       what, name(err), name(want),
	       mode_of(fd) == before ? "" : ", but the ask changed");
	close(fd);
}

/* what only goes with a flag, and what a flag does not go without */
static void wish_cases(void)
{
	struct btns_latch_ask a;

	a = good_local();
	a.flags = 0;
	a.local_type = 0;
	refuse(&a, sizeof(a), EINVAL, "a local identity without the flag");
	a = good_local();
	a.flags = 0;
	a.local[0] = 0;
	refuse(&a, sizeof(a), EINVAL, "a local type without the flag");
	a = good_local();
	a.local_type = 0;
	refuse(&a, sizeof(a), EINVAL, "the flag without a local type");
	a.local_type = BTNS_ID_TYPE_KEY_ID + 1;
	refuse(&a, sizeof(a), EINVAL, "an unknown local type");
	a = good_local();
	a.mode = BTNS_ASK_MODE_PREFER;
	refuse(&a, sizeof(a), EINVAL, "one local identity, but not required");
	a.mode = BTNS_ASK_MODE_OFF;
	refuse(&a, sizeof(a), EINVAL, "one local identity, but off");
	a = good();
	a.resv[2] = 1;
	refuse(&a, sizeof(a), EINVAL, "a reserved byte");

	a = good_qop();
	a.flags = 0;
	refuse(&a, sizeof(a), EINVAL, "a quality without the flag");
	a = good();
	a.auth[0] = 'x';
	refuse(&a, sizeof(a), EINVAL, "an algorithm without the flag");
	a = good();
	a.flags = BTNS_ASK_F_QOP;
	refuse(&a, sizeof(a), EINVAL, "the flag without a quality");
	a = good_qop();
	a.protection = 4;
	refuse(&a, sizeof(a), EINVAL, "an unknown kind of protection");
	a = good_qop();
	a.enc_keybits = 65536;
	refuse(&a, sizeof(a), EINVAL, "a key of 65536 bits");
	a = good_qop();
	a.enc[63] = 'x';
	refuse(&a, sizeof(a), EINVAL, "a cipher that is not zero padded");
	memset(a.enc, 'x', sizeof(a.enc));
	refuse(&a, sizeof(a), EINVAL, "a cipher without an end");
	a = good_qop();
	memset(a.auth, 'x', sizeof(a.auth));
	refuse(&a, sizeof(a), EINVAL, "an integrity algorithm without an end");
	a = good_qop();
	a.mode = BTNS_ASK_MODE_DEFAULT;
	refuse(&a, sizeof(a), EINVAL, "a quality, but not required");
}

/* flags that need nothing but another mode */
static void own_cases(void)
{
	static const unsigned char modes[] = {
		BTNS_ASK_MODE_DEFAULT, BTNS_ASK_MODE_OFF, BTNS_ASK_MODE_PREFER,
	};
	struct btns_latch_ask a = good();
	unsigned int i;
	char what[64];

	for (i = 0; i < sizeof(modes); i++) {
		a.mode = modes[i];
		a.flags = BTNS_ASK_F_NARROW;
		snprintf(what, sizeof(what), "narrow, but mode %u", a.mode);
		refuse(&a, sizeof(a), EINVAL, what);
		a.flags = BTNS_ASK_F_PROTECT;
		snprintf(what, sizeof(what), "protect, but mode %u", a.mode);
		refuse(&a, sizeof(a), EINVAL, what);
	}
	a.mode = BTNS_ASK_MODE_REQUIRE;
	a.flags = BTNS_ASK_F_BYPASS;
	refuse(&a, sizeof(a), EINVAL, "bypass, but required");
	a.mode = BTNS_ASK_MODE_PREFER;
	refuse(&a, sizeof(a), EINVAL, "bypass, but preferred");
	a.mode = BTNS_ASK_MODE_OFF;
	a.flags = BTNS_ASK_F_BYPASS | BTNS_ASK_F_PROTECT;
	refuse(&a, sizeof(a), EINVAL, "bypass and protect");
	a.flags = BTNS_ASK_F_BYPASS | BTNS_ASK_F_NARROW;
	refuse(&a, sizeof(a), EINVAL, "bypass and narrow");
}

static void set_cases(void)
{
	uint8_t big[8192] = { 0 };
	struct btns_latch_ask a;
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *edge;
	unsigned int i;

	a = good();
	refuse(NULL, sizeof(a), EFAULT, "a null pointer");
	refuse((void *)-4096L, sizeof(a), EFAULT, "a pointer to nowhere");
	refuse(&a, 0, EINVAL, "no bytes at all");
	for (i = 1; i < FIRST_SIZE; i += i < 12 ? 1 : 7)
		refuse(&a, i, EINVAL, "too few bytes");
	refuse(&a, FIRST_SIZE - 1, EINVAL, "one byte too few");
	refuse(&a, sizeof(a) - 1, EINVAL, "a length that is not the size");
	refuse(&a, (unsigned int)-1, EINVAL, "a negative length");
	a.size = 0;
	refuse(&a, sizeof(a), EINVAL, "size 0");
	a.size = 4;
	refuse(&a, sizeof(a), EINVAL, "size too small");
	a.size = sizeof(a) + 8;
	refuse(&a, sizeof(a), EINVAL, "size larger than the length");
	a.size = UINT32_MAX;
	refuse(&a, sizeof(a), EINVAL, "the largest size");

	a = good();
	for (i = 7; i < 32; i++) {
		char what[32];

		a.flags = 1U << i;
		snprintf(what, sizeof(what), "unknown flag %u", i);
		refuse(&a, sizeof(a), EINVAL, what);
	}
	a = good();
	a.mode = BTNS_ASK_MODE_REQUIRE + 1;
	refuse(&a, sizeof(a), EINVAL, "an unknown mode");
	a.mode = 255;
	refuse(&a, sizeof(a), EINVAL, "mode 255");
	a = good();
	a.disposition = BTNS_DISPOSITION_UNREACHABLE + 1;
	refuse(&a, sizeof(a), EINVAL, "an unknown disposition");
	a = good();
	a.peer_type = BTNS_ID_TYPE_FQDN;
	refuse(&a, sizeof(a), EINVAL, "a peer type without the flag");
	a = good();
	a.peer_method = BTNS_AUTH_METHOD_BTNS;
	refuse(&a, sizeof(a), EINVAL, "a peer method without the flag");
	a = good();
	a.peer[31] = 1;
	refuse(&a, sizeof(a), EINVAL, "a peer without the flag");
	a = good();
	a.flags = BTNS_ASK_F_PEER;
	refuse(&a, sizeof(a), EINVAL, "the flag without a peer type");
	a.peer_type = BTNS_ID_TYPE_KEY_ID + 1;
	refuse(&a, sizeof(a), EINVAL, "an unknown peer type");
	a.peer_type = BTNS_ID_TYPE_PUBLICKEY;
	a.peer_method = BTNS_AUTH_METHOD_MANUAL + 1;
	refuse(&a, sizeof(a), EINVAL, "an unknown peer method");
	a.peer_method = 0;
	a.mode = BTNS_ASK_MODE_PREFER;
	refuse(&a, sizeof(a), EINVAL, "one peer only, but not required");

	a = good();
	a.size = sizeof(a) + 16;
	memcpy(big, &a, sizeof(a));
	big[sizeof(a) + 15] = 1;
	refuse(big, sizeof(a) + 16, E2BIG, "bytes that the kernel does not know");
	memset(big, 0, sizeof(big));
	a.size = sizeof(big);
	memcpy(big, &a, sizeof(a));
	refuse(big, sizeof(big), E2BIG, "more than a page");

	/* the struct ends where memory ends */
	edge = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (edge != MAP_FAILED) {
		mprotect(edge + page, (size_t)page, PROT_NONE);
		a = good();
		memcpy(edge + page - sizeof(a), &a, sizeof(a));
		refuse(edge + page - sizeof(a) + 1, sizeof(a), EFAULT,
		       "a struct that ends behind its memory");
		a.size = sizeof(a) + 8;
		memcpy(edge + page - sizeof(a), &a, sizeof(a));
		refuse(edge + page - sizeof(a), sizeof(a) + 8, EFAULT,
		       "a tail that is not there");
		munmap(edge, 2 * (size_t)page);
	}
}

static void accept_cases(void)
{
	uint8_t big[sizeof(struct btns_latch_ask) + 64] = { 0 };
	struct btns_latch_ask a = good();
	int fd = tcp(), err;

	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(!err && mode_of(fd) == (BTNS_ASK_MODE_REQUIRE << 8 |
				       BTNS_DISPOSITION_RESET),
	       "set a good one: %s", name(err));
	a.size = sizeof(big);
	a.disposition = BTNS_DISPOSITION_WAIT;
	memcpy(big, &a, sizeof(a));
	err = opt_set(fd, level, BTNS_SO_LATCH, big, sizeof(big));
	result(!err && mode_of(fd) == (BTNS_ASK_MODE_REQUIRE << 8 |
				       BTNS_DISPOSITION_WAIT),
	       "set a longer struct with zeros behind: %s", name(err));
	a = good();
	a.flags = BTNS_ASK_F_PEER;
	a.peer_type = BTNS_ID_TYPE_PUBLICKEY;
	a.peer[0] = 1;
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(!err, "set one peer: %s", name(err));
	a = good();
	a.size = FIRST_SIZE;
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, FIRST_SIZE);
	result(!err, "set by a program of the first version: %s", name(err));
	a = good_local();
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(!err, "set one local identity: %s", name(err));
	a = good_qop();
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(!err, "set a quality: %s", name(err));
	a = good();
	a.mode = BTNS_ASK_MODE_DEFAULT;
	a.disposition = BTNS_DISPOSITION_DEFAULT;
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(!err, "set back to the default: %s", name(err));
	close(fd);
}

static void get_cases(void)
{
	struct btns_latch_info info;
	uint8_t big[4096];
	socklen_t len;
	int fd = tcp(), err;

	len = sizeof(info);
	err = opt_get(fd, level, BTNS_SO_LATCH, NULL, &len);
	result(err == EFAULT, "get to a null pointer: %s", name(err));
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, NULL);
	result(err == EFAULT, "get without a length: %s", name(err));
	len = 0;
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(err == EINVAL, "get into no room: %s", name(err));
	len = 3;
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(err == EINVAL, "get into 3 bytes: %s", name(err));
	len = (socklen_t)-1;
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(err == EINVAL, "get with a negative length: %s", name(err));

	memset(&info, 0x55, sizeof(info));
	len = offsetof(struct btns_latch_info, enc);
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(!err && len == offsetof(struct btns_latch_info, enc) &&
	       info.size == len && (uint8_t)info.enc[0] == 0x55,
	       "get a shorter struct: %s, %u bytes", name(err), len);
	memset(big, 0x55, sizeof(big));
	len = sizeof(big);
	err = opt_get(fd, level, BTNS_SO_LATCH, big, &len);
	result(!err && len == sizeof(info) && big[sizeof(info)] == 0x55,
	       "get into a longer struct: %s, %u bytes", name(err), len);
	memset(&info, 0x55, sizeof(info));
	len = sizeof(info);
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(!err && info.id == 0 && info.state == BTNS_LATCH_STATE_NONE &&
	       !info.peer.resv[0] && !info.peer.resv[5] && !info.enc[0] &&
	       !info.enc[63] && !info.local.name[0],
	       "get of a new socket is all zero: %s", name(err));
	close(fd);
}

static void raw_socket(int proto)
{
	struct btns_latch_of of = {
		.peer = {
			.size = sizeof(of.peer),
			.family = (uint16_t)family,
			.rport = htons(1),
			.raddr = { 10 },
		},
	};
	struct btns_latch_ask a = good();
	struct btns_latch_info info;
	socklen_t len = sizeof(info);
	int fd = socket(family, SOCK_RAW, proto), err;

	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == EPROTONOSUPPORT, "set on a raw socket of %d: %s", proto,
	       name(err));
	err = opt_get(fd, level, BTNS_SO_LATCH, &info, &len);
	result(err == EPROTONOSUPPORT, "get on a raw socket of %d: %s", proto,
	       name(err));
	err = opt_set(fd, level, BTNS_SO_LATCH_PEER, &of.peer, sizeof(of.peer));
	result(err == EPROTONOSUPPORT, "set of a peer on it: %s", name(err));
	len = sizeof(of);
	err = opt_get(fd, level, BTNS_SO_LATCH_PEER, &of, &len);
	result(err == EPROTONOSUPPORT, "get of a peer on it: %s", name(err));
	close(fd);
}

static void other_sockets(void)
{
	struct btns_latch_ask a = good();
	struct btns_latch_info info;
	socklen_t len = sizeof(info);
	int fd, err, other = level == SOL_IP ? SOL_IPV6 : SOL_IP;

	raw_socket(253);
	/* which has no association behind it */
	raw_socket(IPPROTO_SCTP);
	raw_socket(IPPROTO_UDP);
	fd = tcp();
	err = opt_set(fd, level, BTNS_SO_MAX, &a, sizeof(a));
	result(err == ENOPROTOOPT, "set the option behind ours: %s",
	       name(err));
	len = sizeof(info);
	err = opt_get(fd, level, BTNS_SO_MAX, &info, &len);
	result(err == ENOPROTOOPT, "get the option behind ours: %s",
	       name(err));
	err = opt_set(fd, SOL_TCP, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == ENOPROTOOPT, "set on the level of TCP: %s", name(err));
	if (family == AF_INET) {
		err = opt_set(fd, other, BTNS_SO_LATCH, &a, sizeof(a));
		result(err == ENOPROTOOPT || err == EOPNOTSUPP,
		       "set SOL_IPV6 on an IPv4 socket: %s", name(err));
	}
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	err = opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err != 0, "set on a local socket: %s", name(err));
	close(fd);
}

static void fill(struct sockaddr_storage *ss, socklen_t *len)
{
	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		((struct sockaddr_in *)ss)->sin_addr.s_addr =
			htonl(INADDR_LOOPBACK);
		*len = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)ss)->sin6_addr = in6addr_loopback;
		*len = sizeof(struct sockaddr_in6);
	}
}

static void states(void)
{
	struct btns_latch_ask a = good();
	struct sockaddr_storage ss;
	int l = tcp(), c = tcp(), s, err;
	socklen_t len;

	a.mode = BTNS_ASK_MODE_PREFER;
	fill(&ss, &len);
	if (bind(l, (struct sockaddr *)&ss, len) || listen(l, 1) ||
	    getsockname(l, (struct sockaddr *)&ss, &len) ||
	    connect(c, (struct sockaddr *)&ss, len)) {
		result(false, "a connection over loopback: %s",
		       strerrorname_np(errno));
		close(l);
		close(c);
		return;
	}
	s = accept(l, NULL, NULL);
	err = opt_set(c, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == EISCONN, "L06 set on a connected socket: %s", name(err));
	err = opt_set(s, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == EISCONN, "L06 set on an accepted socket: %s", name(err));
	shutdown(c, SHUT_WR);
	err = opt_set(c, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == EISCONN, "L06 set on a socket that is closing: %s",
	       name(err));
	close(s);
	close(c);
	close(l);
}

static void unprivileged(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct btns_latch_ask a = good();
		int fd, bad = 0;

		if (setgid(65534) || setuid(65534))
			_exit(200);
		fd = tcp();
		a.mode = BTNS_ASK_MODE_OFF;
		if (opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a)) != EPERM)
			bad |= 1;
		a.mode = BTNS_ASK_MODE_REQUIRE;
		if (opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a)))
			bad |= 2;
		if (mode_of(fd) >> 8 != BTNS_ASK_MODE_REQUIRE)
			bad |= 4;
		a.flags = BTNS_ASK_F_NARROW | BTNS_ASK_F_PROTECT;
		if (opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a)))
			bad |= 8;
		a.mode = BTNS_ASK_MODE_OFF;
		a.flags = BTNS_ASK_F_BYPASS;
		if (opt_set(fd, level, BTNS_SO_LATCH, &a, sizeof(a)) != EPERM ||
		    mode_of(fd) >> 8 != BTNS_ASK_MODE_REQUIRE)
			bad |= 16;
		_exit(bad);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) {
		result(false, "a child without privilege");
		return;
	}
	result(!(WEXITSTATUS(status) & 1),
	       "without privilege, mode off is refused with EPERM");
	result(!(WEXITSTATUS(status) & 6),
	       "without privilege, mode require is granted");
	result(!(WEXITSTATUS(status) & 8),
	       "without privilege, narrow and protect are granted");
	result(!(WEXITSTATUS(status) & 16),
	       "without privilege, bypass is refused with EPERM");
}

/* BTNS_SO_LATCH_PEER on @fd: the errno of both directions */
static void bad_peer(int fd, const struct btns_latch_peer *p, unsigned int len,
		     int want_set, int want_get, const char *what)
{
	union {
		struct btns_latch_of of;
		char room[4096];
	} u = { .of.peer = *p };
	socklen_t out = len == sizeof(*p) ? sizeof(u.of) : len;
	int err = opt_set(fd, level, BTNS_SO_LATCH_PEER, &u, len);

	result(err == want_set, "peer: set with %s: %s", what, name(err));
	u.of.peer = *p;
	err = opt_get(fd, level, BTNS_SO_LATCH_PEER, &u, &out);
	result(err == want_get, "peer: get with %s: %s", what, name(err));
}

static void tcp_only(int udp, unsigned int flag, unsigned char mode,
		     const char *what)
{
	struct btns_latch_ask a = good();
	int before = mode_of(udp), err;

	a.flags = flag;
	a.mode = mode;
	err = opt_set(udp, level, BTNS_SO_LATCH, &a, sizeof(a));
	result(err == EOPNOTSUPP && mode_of(udp) == before,
	       "set %s on a UDP socket: %s", what, name(err));
}

static void peers(void)
{
	const struct btns_latch_peer good_peer = {
		.size = sizeof(good_peer),
		.family = AF_INET,
		.rport = htons(1),
		.raddr = { 10, 1, 0, 1 },
		.laddr = { 10, 2, 0, 1 },
	};
	int udp = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd = tcp();
	struct btns_latch_peer p = good_peer;

	bad_peer(fd, &p, sizeof(p), EPROTONOSUPPORT, EPROTONOSUPPORT,
		 "a TCP socket");
	close(fd);
	bad_peer(udp, &p, sizeof(p), EINVAL, 0, "a peer without a latch");
	bad_peer(udp, &p, sizeof(p) - 1, EINVAL, EINVAL, "a short struct");
	tcp_only(udp, BTNS_ASK_F_NARROW, BTNS_ASK_MODE_REQUIRE, "narrow");
	tcp_only(udp, BTNS_ASK_F_PROTECT, BTNS_ASK_MODE_REQUIRE, "protect");
	tcp_only(udp, BTNS_ASK_F_BYPASS, BTNS_ASK_MODE_OFF, "bypass");
	bad_peer(udp, &p, 4096, E2BIG, 0, "a long struct");
	p.size = 7;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "another size inside");
	p = good_peer;
	p.family = AF_UNIX;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "another family");
	p = good_peer;
	p.rport = 0;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "no port");
	p = good_peer;
	p.raddr[4] = 1;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "more than an address");
	p = good_peer;
	p.laddr[15] = 1;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "more than our address");
	p = good_peer;
	memset(p.laddr, 0, sizeof(p.laddr));
	bad_peer(udp, &p, sizeof(p), EDESTADDRREQ, EDESTADDRREQ,
		 "no address, and bound to none");
	p = good_peer;
	p.id = 5;
	bad_peer(udp, &p, sizeof(p), EINVAL, EINVAL, "the id of no latch");
	fd = opt_set(udp, level, BTNS_SO_LATCH_PEER, NULL, sizeof(p));
	result(fd == EFAULT, "peer: set from nowhere: %s", name(fd));
	close(udp);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		puts("# loopback stays down");
	close(fd);
}

int main(void)
{
	struct btns_latch_info info;
	socklen_t len = sizeof(info);
	int fd, i;

	puts("KTAP version 1");
	family = AF_INET;
	level = SOL_IP;
	tag = "ipv4";
	fd = tcp();
	if (opt_get(fd, level, BTNS_SO_LATCH, &info, &len) == ENOPROTOOPT) {
		puts("1..0 # SKIP module not loaded");
		return 4;
	}
	close(fd);
	if (unshare(CLONE_NEWNET)) {
		puts("1..0 # SKIP needs the right to make a network namespace");
		return 4;
	}
	loopback_up();
	for (i = 0; i < 2; i++) {
		if (i) {
			family = AF_INET6;
			level = SOL_IPV6;
			tag = "ipv6";
		}
		accept_cases();
		set_cases();
		wish_cases();
		own_cases();
		get_cases();
		other_sockets();
		peers();
		states();
		unprivileged();
	}
	printf("1..%u\n", test_no);
	return failures ? 1 : 0;
}
