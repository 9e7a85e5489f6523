// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NATs of the made-up world: each has one host behind it, an address of its
 * own, and ports that stand for the host's.
 */
#include <string.h>

#include "btnsd/ike/wire.h"
#include "world.h"

/* put a host behind a NAT of that address */
struct world_nat *world_nat(struct world *w, int host, const char *addr)
{
	struct world_nat *n = &w->nat[w->n_nats++];

	memset(n, 0, sizeof(*n));
	n->host = host;
	n->next = 61000;
	addr_parse(&n->addr, addr);
	return n;
}

/* the NAT was switched off and on: new ports, perhaps another address */
void world_nat_reset(struct world_nat *n, const char *addr)
{
	n->n = 0;
	n->next = (uint16_t)(n->next + 100);
	if (addr)
		addr_parse(&n->addr, addr);
}

/* a host's address as the others see it */
const struct addr *world_seen(const struct world *w, int host)
{
	size_t i;

	for (i = 0; i < w->n_nats; i++)
		if (w->nat[i].host == host)
			return &w->nat[i].addr;
	return &w->h[host].addr;
}

/* a datagram leaves: where it seems to come from */
void world_nat_out(struct world *w, struct endpoint *from)
{
	size_t i, j;

	for (i = 0; i < w->n_nats; i++) {
		struct world_nat *n = &w->nat[i];
		const struct addr *inside = &w->h[n->host].addr;

		if (!addr_equal(&from->addr, inside))
			continue;
		for (j = 0; j < n->n; j++)
			if (n->map[j].inside.port == from->port)
				break;
		if (j == n->n && n->n < WORLD_MAPPINGS) {
			n->map[j].inside = *from;
			n->map[j].port = n->forwards ? from->port : n->next++;
			n->n++;
		}
		from->addr = n->addr;
		from->port = n->map[j].port;
		return;
	}
}

/* a datagram arrives: where it is for; false if a NAT has no use for it */
bool world_nat_in(struct world *w, struct endpoint *to)
{
	bool outside = true;
	size_t i, j;

	for (i = 0; i < w->n_nats; i++) {
		struct world_nat *n = &w->nat[i];

		/* nobody outside reaches what is inside by its own address */
		if (addr_equal(&to->addr, &w->h[n->host].addr))
			return false;
		if (!addr_equal(&to->addr, &n->addr))
			continue;
		for (j = 0; j < n->n; j++) {
			if (n->map[j].port == to->port) {
				*to = n->map[j].inside;
				return true;
			}
		}
		/* another host may be behind the same address */
		outside = false;
		if (!n->forwards || (to->port != IKE_PORT &&
				     to->port != IKE_NATT_PORT))
			continue;
		to->addr = w->h[n->host].addr;
		return true;
	}
	return outside;
}
