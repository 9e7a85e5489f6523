// SPDX-License-Identifier: LGPL-2.1-or-later
/* Socket options: ask for a latch, read it, whatever the socket's family. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/errqueue.h>

#include "libbtns/btns.h"

static int level(int fd)
{
	socklen_t len = sizeof(int);
	int domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len))
		return -errno;
	if (domain == AF_INET)
		return SOL_IP;
	if (domain == AF_INET6)
		return SOL_IPV6;
	return -EPROTONOSUPPORT;
}

int lbtns_sock_ask(int fd, const struct btns_latch_ask *ask)
{
	struct btns_latch_ask copy = *ask;
	int lev = level(fd);

	if (lev < 0)
		return lev;
	copy.size = sizeof(copy);
	if (setsockopt(fd, lev, BTNS_SO_LATCH, &copy, sizeof(copy)))
		return -errno;
	return 0;
}

static void end_strings(struct btns_latch_info *info)
{
	info->enc[sizeof(info->enc) - 1] = '\0';
	info->auth[sizeof(info->auth) - 1] = '\0';
	info->peer.name[sizeof(info->peer.name) - 1] = '\0';
	info->local.name[sizeof(info->local.name) - 1] = '\0';
}

int lbtns_sock_info(int fd, struct btns_latch_info *info)
{
	socklen_t len = sizeof(*info);
	int lev = level(fd);

	memset(info, 0, sizeof(*info));
	if (lev < 0)
		return lev;
	info->size = sizeof(*info);
	if (getsockopt(fd, lev, BTNS_SO_LATCH, info, &len))
		return -errno;
	end_strings(info);
	return 0;
}

/* An address as the kernel compares it: a mapped one is IPv4. */
static int put_addr(const struct sockaddr *sa, uint16_t *family, uint8_t *addr,
		    uint16_t *port)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(addr, &in->sin_addr, 4);
		*port = in->sin_port;
		break;
	case AF_INET6:
		*port = in6->sin6_port;
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			*family = AF_INET;
			memcpy(addr, &in6->sin6_addr.s6_addr[12], 4);
			return 0;
		}
		memcpy(addr, &in6->sin6_addr, 16);
		break;
	default:
		return -EAFNOSUPPORT;
	}
	*family = sa->sa_family;
	return 0;
}

static int fill_peer(struct btns_latch_peer *p, const struct sockaddr *peer,
		     const struct sockaddr *local)
{
	uint16_t family = 0, port;
	int err;

	memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	err = put_addr(peer, &p->family, p->raddr, &p->rport);
	if (err || !local)
		return err;
	err = put_addr(local, &family, p->laddr, &port);
	return err ? err : family == p->family ? 0 : -EINVAL;
}

int lbtns_sock_peer_info(int fd, const struct sockaddr *peer,
			 const struct sockaddr *local,
			 struct btns_latch_info *info)
{
	struct btns_latch_of of = { 0 };
	socklen_t len = sizeof(of);
	int lev = level(fd), err;

	memset(info, 0, sizeof(*info));
	err = lev < 0 ? lev : fill_peer(&of.peer, peer, local);
	if (err)
		return err;
	if (getsockopt(fd, lev, BTNS_SO_LATCH_PEER, &of, &len))
		return -errno;
	*info = of.info;
	end_strings(info);
	return 0;
}

int lbtns_sock_peer_pin(int fd, const struct sockaddr *peer,
			const struct sockaddr *local, uint64_t id)
{
	struct btns_latch_peer p;
	int lev = level(fd), err;

	err = lev < 0 ? lev : fill_peer(&p, peer, local);
	if (err)
		return err;
	p.id = id;
	if (setsockopt(fd, lev, BTNS_SO_LATCH_PEER, &p, sizeof(p)))
		return -errno;
	return 0;
}

/* The error that came with a datagram of the error queue, if it is ours. */
static const struct sock_extended_err *ours(struct msghdr *mh)
{
	const uint8_t *end = (const uint8_t *)mh->msg_control +
			     mh->msg_controllen;
	const struct sock_extended_err *ee;
	struct cmsghdr *cm;

	for (cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		if ((cm->cmsg_level != SOL_IP || cm->cmsg_type != IP_RECVERR) &&
		    (cm->cmsg_level != SOL_IPV6 ||
		     cm->cmsg_type != IPV6_RECVERR))
			continue;
		if (cm->cmsg_len < CMSG_LEN(sizeof(*ee)) ||
		    CMSG_DATA(cm) + sizeof(*ee) > end)
			continue;
		ee = (const void *)CMSG_DATA(cm);
		if (ee->ee_origin == BTNS_EE_ORIGIN)
			return ee;
	}
	return NULL;
}

int lbtns_sock_note(int fd, struct btns_latch_note *note, int *error)
{
	const struct sock_extended_err *ee;
	char ctl[512];
	ssize_t n;

	do {
		struct iovec iov = { .iov_base = note,
				     .iov_len = sizeof(*note) };
		struct msghdr mh = { .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = ctl,
				     .msg_controllen = sizeof(ctl) };

		memset(note, 0, sizeof(*note));
		n = recvmsg(fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (n < 0)
			return -errno;
		ee = ours(&mh);
	} while (!ee);
	*error = (int)ee->ee_errno;
	return n == sizeof(*note) ? 0 : -EPROTO;
}
