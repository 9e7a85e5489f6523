// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a socket may give: datagrams for btnsd with any address and any
 * ancillary data, notes of the error queue and latches for a program that uses
 * libbtns, and datagrams of netlink. The system calls are the fuzzer's.
 *
 * An input is an octet that says who reads (enum reader), then answers: how
 * (HOW_*), octets of the address, of the ancillary data and of the data in two
 * octets each, and so many octets of each.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "btnsd/ike/message.h"
#include "btnsd/ike/wire.h"
#include "btnsd/net.h"
#include "libbtns/btns.h"
#include "libbtns/nl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum reader {
	READ_IKE,
	READ_NATT,
	READ_IKE6,
	READ_NATT6,
	READ_NOTE,
	READ_INFO,
	READ_PEER_INFO,
	READ_NETLINK,
	READ_NUM,
};

#define HOW_TRUNC	0x01	/* MSG_TRUNC */
#define HOW_CTRUNC	0x02	/* MSG_CTRUNC */
#define HOW_ERROR	0x04	/* the call fails, and there is more */

#define HEAD		7
/* the first of btnsd's sockets, and any other */
#define SOCKETS		1000
#define OTHER		(SOCKETS + READ_NUM)

static struct span in;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- system calls --------------------------------------------------------- */

static struct span take(size_t n)
{
	struct span out = span(in.data, n < in.len ? n : in.len);

	in = span(in.data + out.len, in.len - out.len);
	return out;
}

static size_t get16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static size_t give(void *to, size_t room, struct span from)
{
	size_t n = from.len < room ? from.len : room;

	if (n)
		memcpy(to, from.data, n);
	return n;
}

/* ASan has its own of these, which this one takes the place of */
ssize_t recvmsg(int fd, struct msghdr *mh, int flags)
{
	struct span head = take(HEAD), name, control, data;
	size_t room = mh->msg_iov[0].iov_len;

	(void)fd;
	(void)flags;
	errno = EAGAIN;
	if (head.len < HEAD)
		return -1;
	name = take(get16(head.data + 1));
	control = take(get16(head.data + 3));
	data = take(get16(head.data + 5));
	errno = ECONNREFUSED;
	if (head.data[0] & HOW_ERROR)
		return -1;
	if (mh->msg_name)
		mh->msg_namelen = (socklen_t)give(mh->msg_name, mh->msg_namelen,
						  name);
	if (mh->msg_control)
		mh->msg_controllen = give(mh->msg_control, mh->msg_controllen,
					  control);
	mh->msg_flags = (head.data[0] & HOW_TRUNC || data.len > room ?
				 MSG_TRUNC : 0) |
			(head.data[0] & HOW_CTRUNC ? MSG_CTRUNC : 0);
	return (ssize_t)give(mh->msg_iov[0].iov_base, room, data);
}

int getsockopt(int fd, int level, int opt, void *value, socklen_t *len)
{
	(void)fd;
	if (level == SOL_SOCKET && opt == SO_DOMAIN) {
		*(int *)value = in.len & 1 ? AF_INET : AF_INET6;
		return 0;
	}
	*len = (socklen_t)give(value, *len, in);
	return 0;
}

/* btnsd's sockets, as enum reader has them */
int getsockname(int fd, struct sockaddr *restrict sa, socklen_t *restrict len)
{
	const bool v6 = fd - SOCKETS >= READ_IKE6;
	struct sockaddr_in6 *in6 = (void *)sa;
	struct sockaddr_in *in4 = (void *)sa;
	in_port_t port = htons(fd & 1 ? IKE_NATT_PORT : IKE_PORT);

	memset(sa, 0, *len);
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		*len = sizeof(*in6);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = port;
		*len = sizeof(*in4);
	}
	return 0;
}

/* ---- readers -------------------------------------------------------------- */

static void on_message(void *arg, const struct path *path, const uint8_t *data,
		       size_t len)
{
	const enum reader *who = arg;
	uint8_t sum = 0;
	size_t i;

	must(addr_len(path->local.addr.family) && path->remote.port);
	must(path->local.addr.family == path->remote.addr.family);
	must(path->local.port == (*who & 1 ? IKE_NATT_PORT : IKE_PORT));
	must(len <= IKE_MSG_MAX + IKE_NON_ESP_MARKER_LEN);
	for (i = 0; i < len; i++)
		sum ^= data[i];
	*(volatile uint8_t *)&sum = sum;
}

static void read_net(enum reader who)
{
	static struct net *net;

	must(net || !net_adopt(&net, SOCKETS, READ_NOTE));
	net_read(net, SOCKETS + (int)who, on_message, &who);
}

static void check_info(const struct btns_latch_info *info)
{
	struct lbtns_binding b;
	int err = lbtns_binding_of(info, &b);

	must(memchr(info->enc, 0, sizeof(info->enc)));
	must(memchr(info->auth, 0, sizeof(info->auth)));
	must(memchr(info->peer.name, 0, sizeof(info->peer.name)));
	must(memchr(info->local.name, 0, sizeof(info->local.name)));
	must(err <= 0 && !err == !!b.len && b.len <= LBTNS_BINDING_MAX);
}

static void read_note(void)
{
	struct btns_latch_note note;
	int error, err;

	do {
		err = lbtns_sock_note(OTHER, &note, &error);
		must(err <= 0);
	} while (err != -EAGAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET };
	struct btns_latch_info info;
	uint8_t buf[256];
	enum reader who;

	if (!size)
		return 0;
	who = data[0] % READ_NUM;
	in = span(data + 1, size - 1);
	switch (who) {
	case READ_NOTE:
		read_note();
		break;
	case READ_INFO:
		if (!lbtns_sock_info(OTHER, &info))
			check_info(&info);
		break;
	case READ_PEER_INFO:
		if (!lbtns_sock_peer_info(OTHER, (const void *)&peer, NULL,
					  &info))
			check_info(&info);
		break;
	case READ_NETLINK:
		must(lbtns_nl_recv(OTHER, buf, sizeof(buf)) <=
		     (ssize_t)sizeof(buf));
		break;
	default:
		read_net(who);
		break;
	}
	return 0;
}
