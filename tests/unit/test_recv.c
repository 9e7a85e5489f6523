// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ancillary data that is cut off is passed over, by btnsd and by libbtns: with
 * a recvmsg() that gives what no kernel should.
 */
#include "ktap.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/errqueue.h>

#include "btnsd/net.h"
#include "libbtns/btns.h"

/* what recvmsg() gives, once: one header, and so many octets of it */
static struct {
	int level, type;
	const void *data;
	size_t len;
	/* octets that the header promises and that are not there */
	size_t cut;
	bool there;
} given;

ssize_t recvmsg(int fd, struct msghdr *mh, int flags)
{
	struct sockaddr_in *from = mh->msg_name;
	struct cmsghdr *cm = mh->msg_control;

	(void)fd;
	(void)flags;
	errno = EAGAIN;
	if (!given.there)
		return -1;
	given.there = false;
	if (from)
		*from = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = htons(500) };
	cm->cmsg_level = given.level;
	cm->cmsg_type = given.type;
	cm->cmsg_len = CMSG_LEN(given.len);
	memcpy(CMSG_DATA(cm), given.data, given.len);
	mh->msg_controllen = CMSG_SPACE(given.len) - given.cut;
	mh->msg_flags = 0;
	memset(mh->msg_iov[0].iov_base, 0, sizeof(struct btns_latch_note));
	return sizeof(struct btns_latch_note);
}

static void give(int level, int type, const void *data, size_t len)
{
	given.level = level;
	given.type = type;
	given.data = data;
	given.len = len;
	given.there = true;
}

static void on_message(void *arg, const struct path *path, const uint8_t *data,
		       size_t len)
{
	unsigned int *n = arg;

	(void)data;
	(void)len;
	CHECK_EQ(path->local.addr.family, AF_INET);
	++*n;
}

static void addresses(void)
{
	const struct in_pktinfo pi = { .ipi_addr.s_addr = htonl(0x0a000001) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int n = 0;
	struct net *net;

	if (!CHECK(fd >= 0) || !CHECK_EQ(net_adopt(&net, fd, 1), 0))
		return;
	give(IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi));
	net_read(net, fd, on_message, &n);
	CHECK_EQ(n, 1);
	give(IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi) - 1);
	net_read(net, fd, on_message, &n);
	CHECK_EQ(n, 1);
	give(IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi));
	given.cut = 8;
	net_read(net, fd, on_message, &n);
	CHECK_EQ(n, 1);
	given.cut = 0;
	net_close(net);
}

static void notes(void)
{
	const struct sock_extended_err ee = {
		.ee_errno = ECONNRESET, .ee_origin = BTNS_EE_ORIGIN,
	};
	struct btns_latch_note note;
	int error = 0;

	give(SOL_IP, IP_RECVERR, &ee, sizeof(ee));
	CHECK_EQ(lbtns_sock_note(0, &note, &error), 0);
	CHECK_EQ(error, ECONNRESET);
	give(SOL_IP, IP_RECVERR, &ee, sizeof(ee) - 1);
	CHECK_EQ(lbtns_sock_note(0, &note, &error), -EAGAIN);
	give(SOL_IP, IP_RECVERR, &ee, sizeof(ee));
	given.cut = 8;
	CHECK_EQ(lbtns_sock_note(0, &note, &error), -EAGAIN);
	given.cut = 0;
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a datagram without all of our address is dropped",
		  addresses },
		{ "a note without all of its error is passed over", notes },
	};

	return KTAP_RUN(tests);
}
