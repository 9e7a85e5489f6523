// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcpseq: print where the TCP connections of another process stand, so that a
 * test can send segments which that process's kernel would take for genuine.
 * An attacker would have to guess what this asks the kernel for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS_MAX		64

enum { QUEUE_NONE, QUEUE_RECV, QUEUE_SEND };	/* of TCP_REPAIR_QUEUE */
#define REPAIR_OFF_QUIET	(-1)		/* without a window probe */

static const char *text(const struct sockaddr_storage *ss, char *buf,
			socklen_t size, unsigned int *port)
{
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const struct sockaddr_in *in = (const void *)ss;

	*port = ntohs(ss->ss_family == AF_INET ? in->sin_port :
						 in6->sin6_port);
	return inet_ntop(ss->ss_family,
			 ss->ss_family == AF_INET ?
				 (const void *)&in->sin_addr :
				 (const void *)&in6->sin6_addr,
			 buf, size);
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

static bool seq_of(int fd, int queue, unsigned int *seq)
{
	socklen_t len = sizeof(*seq);

	return !set(fd, TCP_REPAIR_QUEUE, queue) &&
	       !getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, seq, &len);
}

/* A socket that is still connecting has no peer to tell of. */
static bool connecting(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) &&
	       info.tcpi_state == TCP_SYN_SENT;
}

/* False if it is no TCP socket with a connection. */
static bool print_socket(int fd)
{
	struct sockaddr_storage local, remote = { 0 };
	unsigned int snd, rcv, lport, rport;
	socklen_t len = sizeof(local);
	char a[64], b[64];
	bool ok;

	if (getsockname(fd, (struct sockaddr *)&local, &len))
		return false;
	len = sizeof(remote);
	if (getpeername(fd, (struct sockaddr *)&remote, &len)) {
		if (!connecting(fd))
			return false;
		remote.ss_family = local.ss_family;
	}
	if (remote.ss_family != AF_INET && remote.ss_family != AF_INET6)
		return false;
	if (set(fd, TCP_REPAIR, 1)) {
		fprintf(stderr, "tcpseq: TCP_REPAIR: %s\n", strerror(errno));
		return false;
	}
	ok = seq_of(fd, QUEUE_SEND, &snd) && seq_of(fd, QUEUE_RECV, &rcv);
	if (set(fd, TCP_REPAIR, REPAIR_OFF_QUIET) || !ok) {
		fprintf(stderr, "tcpseq: %s\n", strerror(errno));
		return false;
	}
	printf("local %s ", text(&local, a, sizeof(a), &lport));
	printf("lport %u remote %s ", lport,
	       text(&remote, b, sizeof(b), &rport));
	printf("rport %u snd %u rcv %u\n", rport, snd, rcv);
	return true;
}

int main(int argc, char **argv)
{
	int pidfd, fd, i, found = 0;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fputs("usage: tcpseq PID\n"
		      "prints addresses and ports of each TCP connection of the process, the\n"
		      "number of the next byte that it sends (snd) and expects (rcv)\n",
		      stderr);
		return 2;
	}
	pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	if (pidfd < 0) {
		fprintf(stderr, "tcpseq: process %s: %s\n", argv[1],
			strerror(errno));
		return 1;
	}
	for (i = 0; i < FDS_MAX; i++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);
		if (fd < 0)
			continue;
		found += print_socket(fd);
		close(fd);
	}
	close(pidfd);
	return found ? 0 : 1;
}
