// SPDX-License-Identifier: LGPL-2.1-or-later
/* Socket options: ask for a latch, read it, whatever the socket's family. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

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
	info->enc[sizeof(info->enc) - 1] = '\0';
	info->auth[sizeof(info->auth) - 1] = '\0';
	info->peer.name[sizeof(info->peer.name) - 1] = '\0';
	info->local.name[sizeof(info->local.name) - 1] = '\0';
	return 0;
}
