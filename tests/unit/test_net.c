// SPDX-License-Identifier: GPL-2.0-or-later
/* From which addresses the sockets of IKE can send, asked of a real kernel. */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd/net.h"

/* what may be sent from an address, by the port that the socket has */
static enum net_source from(struct net *net, const char *text, uint16_t port,
			    unsigned int ifindex)
{
	struct path path = { .local.port = port, .ifindex = ifindex };

	CHECK(addr_parse(&path.local.addr, text));
	path.remote = path.local;
	path.remote.port = 500;
	return net_linux_ops.source(net, &path);
}

/* of a socket of any free port at one of our addresses; 0 if there is none */
static uint16_t listen_at(struct net **net, const char *text)
{
	struct endpoint at = { 0 };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	CHECK(addr_parse(&at.addr, text));
	len = addr_to_sockaddr(&at, 0, &ss);
	fd = socket(at.addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (bind(fd, (struct sockaddr *)&ss, len) ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) ||
	    net_adopt(net, fd, 1)) {
		close(fd);
		return 0;
	}
	addr_from_sockaddr(&at, (struct sockaddr *)&ss);
	return at.port;
}

static void sources(void)
{
	struct net *net;
	uint16_t port = listen_at(&net, "127.0.0.1");

	if (!CHECK(port))
		return;
	CHECK_EQ(from(net, "127.0.0.1", port, 0), NET_SOURCE_OURS);
	/* this host's, and without a socket */
	CHECK_EQ(from(net, "127.0.0.2", port, 0), NET_SOURCE_MUTE);
	CHECK_EQ(from(net, "192.0.2.1", port, 0), NET_SOURCE_FOREIGN);
	/* no socket can ask */
	CHECK_EQ(from(net, "2001:db8::1", port, 0), NET_SOURCE_MUTE);
	net_close(net);
	port = listen_at(&net, "0.0.0.0");
	if (!CHECK(port))
		return;
	CHECK_EQ(from(net, "127.0.0.2", port, 0), NET_SOURCE_OURS);
	CHECK_EQ(from(net, "192.0.2.1", port, 0), NET_SOURCE_FOREIGN);
	net_close(net);
}

static void links(void)
{
	struct net *net;
	uint16_t port = listen_at(&net, "::");

	if (!port) {
		ktap_skip("no IPv6 on this host");
		return;
	}
	CHECK_EQ(from(net, "fe80::1", port, 0), NET_SOURCE_MUTE);
	/* the loopback interface has no such address */
	CHECK_EQ(from(net, "fe80::1", port, 1), NET_SOURCE_FOREIGN);
	CHECK_EQ(from(net, "2001:db8::1", port, 0), NET_SOURCE_FOREIGN);
	net_close(net);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an address without a socket is told from one of another host",
		  sources },
		{ "and so is one of a link that is not known", links },
	};

	return KTAP_RUN(tests);
}
