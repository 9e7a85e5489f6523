/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's routes say of a packet, over NETLINK_ROUTE. */
#ifndef LIBBTNS_ROUTE_H
#define LIBBTNS_ROUTE_H

#include "libbtns/btns.h"

/**
 * lbtns_route_open - make a handle for routes
 * @h: set to it also on failure, for lbtns_error(); NULL if memory ran out.
 *	lbtns_close() it
 *
 * Needs no privilege.
 *
 * Return: 0 or a negative errno.
 */
int lbtns_route_open(struct lbtns **h);

/**
 * lbtns_route_source - the address that this host would send from
 * @h: handle of lbtns_route_open()
 * @to: one address
 * @from: set to the source, one address of the same family
 *
 * The kernel looks its routes up and nothing else. To connect() a datagram
 * socket would send nothing either, but goes by the security policies: one that
 * protects makes the kernel ask for an SA, and IKE begin.
 *
 * Return: 0; -ENETUNREACH, -EHOSTUNREACH, -EACCES or -EINVAL by what the route
 * is; -EADDRNOTAVAIL if there is no source; another negative errno.
 */
int lbtns_route_source(struct lbtns *h, const struct lbtns_prefix *to,
		       struct lbtns_prefix *from);

#endif /* LIBBTNS_ROUTE_H */
