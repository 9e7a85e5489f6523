// SPDX-License-Identifier: GPL-2.0-or-later
/* libmnl's sockets in memory: see fake_mnl.h. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "fake_mnl.h"

struct lbtns_transport fake_mnl;

/** struct mnl_socket - the only one */
struct mnl_socket {
	int fd;
};

static struct mnl_socket only = { .fd = -1 };

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	/* there has to be one for setsockopt() */
	if (only.fd < 0)
		only.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return only.fd < 0 ? NULL : &only;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned int groups, pid_t pid)
{
	(void)s;
	(void)groups;
	(void)pid;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *s)
{
	(void)s;
	return 1;
}

int mnl_socket_get_fd(const struct mnl_socket *s)
{
	return s->fd;
}

int mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *buf,
			  socklen_t len)
{
	(void)s;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

int mnl_socket_close(struct mnl_socket *s)
{
	(void)s;
	return 0;
}

static ssize_t result(ssize_t n)
{
	if (n >= 0)
		return n;
	errno = (int)-n;
	return -1;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *req,
			  size_t size)
{
	int err = fake_mnl.send(fake_mnl.ctx, req, size);

	(void)s;
	return result(err ? err : (ssize_t)size);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t size)
{
	(void)s;
	return result(fake_mnl.recv(fake_mnl.ctx, buf, size));
}
