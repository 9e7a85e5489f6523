/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagrams in and out. The exchanges see messages and paths only: the marker
 * that tells IKE from ESP on port 4500 is added and taken off here.
 */
#ifndef BTNSD_NET_H
#define BTNSD_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/addr.h"

/** enum net_source - what can be sent from an address */
enum net_source {
	NET_SOURCE_OURS,	/* whatever the routes let through */
	NET_SOURCE_MUTE,	/* it is this host's, but no socket sends from it */
	NET_SOURCE_FOREIGN,	/* it is none of this host's */
};

/**
 * struct net_ops - what the exchanges ask of the network
 * @send: send a message along a path; 0 or a negative errno: -EADDRNOTAVAIL if,
 *	and only if, the path's local address is none of this host's, or none
 *	that a socket sends from
 * @keepalive: send one octet along a path, by port 4500 (RFC 3948 section 4)
 * @source: is the path's local address one to send from? Sends nothing
 */
struct net_ops {
	int (*send)(void *n, const struct path *path, const void *data,
		    size_t len);
	void (*keepalive)(void *n, const struct path *path);
	enum net_source (*source)(void *n, const struct path *path);
};

struct net;

/* called for each message, @data without the marker */
typedef void (*net_rx_fn)(void *arg, const struct path *path,
			  const uint8_t *data, size_t len);

extern const struct net_ops net_linux_ops;

int net_open(struct net **n, const struct addr *listen, size_t n_listen,
	     char *why, size_t why_len);
int net_adopt(struct net **n, int first, size_t n_fds);
void net_close(struct net *n);
size_t net_fds(const struct net *n, int *fds, size_t max);
void net_read(struct net *n, int fd, net_rx_fn rx, void *arg);

#endif
