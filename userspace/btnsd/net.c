// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UDP sockets of IKE. One pair (500 and 4500) per address that we listen on;
 * packet information tells which of our addresses a peer spoke to, and answers
 * leave from that one. The sockets bypass IPsec, or IKE would wait for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "btnsd/conf.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/wire.h"
#include "btnsd/log.h"
#include "btnsd/net.h"

#define NET_SOCKETS	(2 * CONF_LISTEN_MAX)
/* datagrams taken at one time, so that timers and the kernel get their turn */
#define NET_BURST	64

/* linux/in.h and netinet/in.h do not mix; the numbers are the kernel's ABI */
#ifndef IP_XFRM_POLICY
#define IP_XFRM_POLICY		17
#endif
#ifndef IPV6_XFRM_POLICY
#define IPV6_XFRM_POLICY	35
#endif

/* linux/socket.h, not for us: look the route up, send nothing */
#ifndef MSG_PROBE
#define MSG_PROBE		0x10
#endif

#ifndef UDP_ENCAP
#define UDP_ENCAP		100
#endif
#ifndef UDP_ENCAP_ESPINUDP
#define UDP_ENCAP_ESPINUDP	2
#endif

/**
 * struct net_socket - one socket
 * @fd: non-blocking
 * @at: where it is bound to
 */
struct net_socket {
	int fd;
	struct endpoint at;
};

/**
 * struct net - all sockets
 * @s: the sockets
 * @n: how many
 * @buf: one datagram
 */
struct net {
	struct net_socket s[NET_SOCKETS];
	size_t n;
	uint8_t buf[IKE_MSG_MAX + IKE_NON_ESP_MARKER_LEN];
};

static int set_int(int fd, int level, int opt, int v)
{
	return setsockopt(fd, level, opt, &v, sizeof(v)) < 0 ? -errno : 0;
}

/* nothing that goes through this socket is ever protected or waits for an SA */
static int bypass(int fd, int family)
{
	struct xfrm_userpolicy_info p = {
		.action = XFRM_POLICY_ALLOW,
		.sel.family = (uint16_t)family,
	};
	int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int opt = family == AF_INET6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY;

	p.dir = XFRM_POLICY_OUT;
	if (setsockopt(fd, level, opt, &p, sizeof(p)) < 0)
		return -errno;
	p.dir = XFRM_POLICY_IN;
	if (setsockopt(fd, level, opt, &p, sizeof(p)) < 0)
		return -errno;
	return 0;
}

static int open_one(struct net *n, const struct addr *a, uint16_t port,
		    const char **what)
{
	struct endpoint at = { .addr = *a, .port = port };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, err;

	*what = "open a socket";
	fd = socket(a->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*what = "set up its socket";
	if (a->family == AF_INET6) {
		err = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		if (!err)
			err = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	} else {
		err = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	}
	if (err)
		goto fail;
	*what = "make its socket bypass IPsec (CAP_NET_ADMIN is needed)";
	err = bypass(fd, a->family);
	if (err)
		goto fail;
	*what = "have the kernel take ESP out of UDP";
	if (port == IKE_NATT_PORT)
		err = set_int(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP);
	if (err)
		goto fail;
	*what = "use the port (does another IKE daemon run?)";
	len = addr_to_sockaddr(&at, 0, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0) {
		err = -errno;
		goto fail;
	}
	n->s[n->n++] = (struct net_socket){ .fd = fd, .at = at };
	return 0;
fail:
	close(fd);
	return err;
}

/**
 * net_open() - open sockets on ports 500 and 4500
 * @n: set to the sockets, closed with net_close()
 * @listen: addresses
 * @n_listen: how many
 * @why: on failure one line that says what to do
 * @why_len: room at @why
 *
 * An IPv6 wildcard on a machine without IPv6 is passed over.
 *
 * Return: 0 or a negative errno.
 */
int net_open(struct net **n, const struct addr *listen, size_t n_listen,
	     char *why, size_t why_len)
{
	static const uint16_t ports[] = { IKE_PORT, IKE_NATT_PORT };
	struct net *net = calloc(1, sizeof(*net));
	const char *what = "get memory";
	char text[ADDR_STRLEN];
	int err = -ENOMEM;
	size_t i, j;

	*n = NULL;
	if (!net) {
		snprintf(why, why_len, "out of memory");
		return err;
	}
	for (i = 0; i < n_listen; i++) {
		for (j = 0; j < 2; j++) {
			err = open_one(net, &listen[i], ports[j], &what);
			if (!err)
				continue;
			if (listen[i].family == AF_INET6 &&
			    addr_any(&listen[i]) &&
			    (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)) {
				log_notice("no IPv6 on this host: listening on IPv4 only");
				break;
			}
			snprintf(why, why_len,
				 "cannot listen on %s port %u: could not %s: %s",
				 addr_str(&listen[i], text), ports[j], what,
				 strerror(-err));
			net_close(net);
			return err;
		}
	}
	if (!net->n) {
		snprintf(why, why_len,
			 "no address to listen on: set listen.addresses");
		net_close(net);
		return -EADDRNOTAVAIL;
	}
	*n = net;
	return 0;
}

/**
 * net_adopt() - take sockets that another process has opened
 * @n: set to the sockets, closed with net_close()
 * @first: the first of them
 * @n_fds: how many, one after the other
 *
 * Return: 0 or a negative errno.
 */
int net_adopt(struct net **n, int first, size_t n_fds)
{
	struct net *net = n_fds <= NET_SOCKETS ? calloc(1, sizeof(*net)) : NULL;
	struct sockaddr_storage ss;
	struct net_socket *s;
	socklen_t len;
	size_t i;
	int err;

	*n = NULL;
	if (!net)
		return -ENOMEM;
	for (i = 0; i < n_fds; i++) {
		s = &net->s[i];
		s->fd = first + (int)i;
		len = sizeof(ss);
		if (getsockname(s->fd, (struct sockaddr *)&ss, &len)) {
			err = -errno;
			net_close(net);
			return err;
		}
		addr_from_sockaddr(&s->at, (struct sockaddr *)&ss);
		net->n++;
	}
	*n = net;
	return 0;
}

/**
 * net_close() - close all sockets
 * @n: sockets or NULL
 */
void net_close(struct net *n)
{
	size_t i;

	if (!n)
		return;
	for (i = 0; i < n->n; i++)
		close(n->s[i].fd);
	free(n);
}

/**
 * net_fds() - descriptors to poll for reading
 * @n: sockets
 * @fds: filled
 * @max: room at @fds
 *
 * Return: how many.
 */
size_t net_fds(const struct net *n, int *fds, size_t max)
{
	size_t i;

	for (i = 0; i < n->n && i < max; i++)
		fds[i] = n->s[i].fd;
	return i;
}

/* is it this, and whole? */
static bool is_info(const struct msghdr *mh, struct cmsghdr *cm, int level,
		    int type, size_t len)
{
	const uint8_t *end = (const uint8_t *)mh->msg_control +
			     mh->msg_controllen;

	return cm->cmsg_level == level && cm->cmsg_type == type &&
	       cm->cmsg_len >= CMSG_LEN(len) && CMSG_DATA(cm) + len <= end;
}

/* which of our addresses the datagram came to */
static void path_from_cmsg(struct path *path, struct msghdr *mh)
{
	struct cmsghdr *cm;

	for (cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		if (is_info(mh, cm, IPPROTO_IP, IP_PKTINFO,
			    sizeof(struct in_pktinfo))) {
			struct in_pktinfo pi;

			memcpy(&pi, CMSG_DATA(cm), sizeof(pi));
			path->local.addr.family = AF_INET;
			memcpy(path->local.addr.b, &pi.ipi_addr, 4);
			path->ifindex = (unsigned int)pi.ipi_ifindex;
		} else if (is_info(mh, cm, IPPROTO_IPV6, IPV6_PKTINFO,
				   sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo pi;

			memcpy(&pi, CMSG_DATA(cm), sizeof(pi));
			path->local.addr.family = AF_INET6;
			memcpy(path->local.addr.b, &pi.ipi6_addr, 16);
			path->ifindex = pi.ipi6_ifindex;
		}
	}
}

static const struct net_socket *find_fd(const struct net *n, int fd)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		if (n->s[i].fd == fd)
			return &n->s[i];
	return NULL;
}

/* one datagram; false when there is none left */
static bool read_one(struct net *n, const struct net_socket *s, net_rx_fn rx,
		     void *arg)
{
	static const uint8_t marker[IKE_NON_ESP_MARKER_LEN];
	uint8_t ctl[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 64];
	struct iovec iov = { .iov_base = n->buf, .iov_len = sizeof(n->buf) };
	struct path path = { .local.port = s->at.port };
	struct sockaddr_storage from;
	struct msghdr mh = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctl,
		.msg_controllen = sizeof(ctl),
	};
	const uint8_t *data = n->buf;
	ssize_t len = recvmsg(s->fd, &mh, 0);

	if (len < 0)
		/* an ICMP error is no proof of anything (RFC 7296 2.4) */
		return errno == ECONNREFUSED || errno == EHOSTUNREACH ||
		       errno == ENETUNREACH || errno == EINTR;
	if (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return true;
	addr_from_sockaddr(&path.remote, (struct sockaddr *)&from);
	path_from_cmsg(&path, &mh);
	if (!addr_len(path.local.addr.family) || !path.remote.port ||
	    path.local.addr.family != path.remote.addr.family)
		return true;
	if (s->at.port == IKE_NATT_PORT) {
		/* ESP of no SA, and keepalives, are not for us */
		if (len < IKE_NON_ESP_MARKER_LEN ||
		    memcmp(data, marker, sizeof(marker)))
			return true;
		data += sizeof(marker);
		len -= (ssize_t)sizeof(marker);
	}
	rx(arg, &path, data, (size_t)len);
	return true;
}

/**
 * net_read() - hand over what has come
 * @n: sockets
 * @fd: one of net_fds()
 * @rx: called for each message
 * @arg: handed to @rx
 */
void net_read(struct net *n, int fd, net_rx_fn rx, void *arg)
{
	const struct net_socket *s = find_fd(n, fd);
	int left = NET_BURST;

	while (s && left-- && read_one(n, s, rx, arg))
		;
}

/* the socket bound to exactly this address, or the wildcard of its family */
static const struct net_socket *find_local(const struct net *n,
					   const struct endpoint *local)
{
	const struct net_socket *best = NULL;
	size_t i;

	for (i = 0; i < n->n; i++) {
		const struct net_socket *s = &n->s[i];

		if (s->at.port != local->port ||
		    s->at.addr.family != local->addr.family)
			continue;
		if (addr_equal(&s->at.addr, &local->addr))
			return s;
		if (addr_any(&s->at.addr))
			best = s;
	}
	return best;
}

/* any socket of an address family */
static const struct net_socket *find_family(const struct net *n,
					    sa_family_t family)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		if (n->s[i].at.addr.family == family)
			return &n->s[i];
	return NULL;
}

/* send from a path's local address by a socket, if there is one */
static int send_on(const struct net_socket *s, const struct path *path,
		   const void *data, size_t len, bool marked, int flags)
{
	static uint8_t marker[IKE_NON_ESP_MARKER_LEN];
	uint8_t ctl[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct sockaddr_storage to;
	struct iovec iov[2];
	struct msghdr mh = {
		.msg_name = &to,
		.msg_iov = iov,
		.msg_control = ctl,
	};
	struct cmsghdr *cm = (void *)ctl;

	if (!s)
		return -EADDRNOTAVAIL;
	mh.msg_namelen = addr_to_sockaddr(&path->remote, path->ifindex, &to);
	if (marked)
		iov[mh.msg_iovlen++] = (struct iovec){
			.iov_base = marker,
			.iov_len = sizeof(marker),
		};
	iov[mh.msg_iovlen++] = (struct iovec){
		.iov_base = (void *)(uintptr_t)data,
		.iov_len = len,
	};
	if (path->local.addr.family == AF_INET) {
		struct in_pktinfo pi = { 0 };

		memcpy(&pi.ipi_spec_dst, path->local.addr.b, 4);
		cm->cmsg_level = IPPROTO_IP;
		cm->cmsg_type = IP_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(pi));
		memcpy(CMSG_DATA(cm), &pi, sizeof(pi));
		mh.msg_controllen = CMSG_SPACE(sizeof(pi));
	} else {
		struct in6_pktinfo pi = { 0 };

		memcpy(&pi.ipi6_addr, path->local.addr.b, 16);
		cm->cmsg_level = IPPROTO_IPV6;
		cm->cmsg_type = IPV6_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(pi));
		memcpy(CMSG_DATA(cm), &pi, sizeof(pi));
		mh.msg_controllen = CMSG_SPACE(sizeof(pi));
	}
	return sendmsg(s->fd, &mh, flags) < 0 ? -errno : 0;
}

/* send by the socket that a path's local end belongs to */
static int send_by(const struct net *n, const struct path *path,
		   const void *data, size_t len, bool marked, int flags)
{
	return send_on(find_local(n, &path->local), path, data, len, marked,
		       flags);
}

/*
 * To an address that is gone the kernel says what it also says to a missing
 * route, and IPv4 and IPv6 not the same. From the address to itself there is
 * always a route while it is there; MSG_PROBE looks it up and sends nothing.
 */
static bool address_gone(const struct net_socket *s, const struct path *path)
{
	struct path self = *path;

	self.remote = path->local;
	return send_on(s, &self, NULL, 0, false, MSG_CONFIRM | MSG_PROBE) < 0;
}

/* the same for each cause that the kernel has no word of its own for */
static int told_apart(const struct net *n, const struct path *path, int err)
{
	if ((err == -EINVAL || err == -ENETUNREACH || err == -EHOSTUNREACH) &&
	    address_gone(find_local(n, &path->local), path))
		err = -EADDRNOTAVAIL;
	return err;
}

static int net_send(void *ctx, const struct path *path, const void *data,
		    size_t len)
{
	int err = send_by(ctx, path, data, len,
			  path->local.port == IKE_NATT_PORT, 0);

	return told_apart(ctx, path, err);
}

/* of an address of IPv6 that each link has anew, and of which link is not known */
static bool linkless(const struct path *path)
{
	struct in6_addr a;

	memcpy(&a, path->local.addr.b, sizeof(a));
	return path->local.addr.family == AF_INET6 && !path->ifindex &&
	       IN6_IS_ADDR_LINKLOCAL(&a);
}

/* whatever else may be the matter with the path is for who sends by it */
static enum net_source net_source(void *ctx, const struct path *path)
{
	const struct net_socket *any =
		find_family(ctx, path->local.addr.family);
	int err;

	if (linkless(path))
		return NET_SOURCE_MUTE;
	/* listen.addresses may leave some out; any socket can ask for them */
	if (!find_local(ctx, &path->local))
		return any && address_gone(any, path) ? NET_SOURCE_FOREIGN :
							NET_SOURCE_MUTE;
	err = send_by(ctx, path, NULL, 0, false, MSG_PROBE);
	return told_apart(ctx, path, err) == -EADDRNOTAVAIL ?
		       NET_SOURCE_FOREIGN :
		       NET_SOURCE_OURS;
}

/* if it is lost, so be it: the next one comes soon */
static void net_keepalive(void *ctx, const struct path *path)
{
	static const uint8_t octet = 0xff;

	if (path->local.port == IKE_NATT_PORT)
		send_by(ctx, path, &octet, sizeof(octet), false, 0);
}

/** net_linux_ops - the real network; its context is a struct net */
const struct net_ops net_linux_ops = {
	.send = net_send,
	.keepalive = net_keepalive,
	.source = net_source,
};
