/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own security associations, over NETLINK_XFRM: as much of them as
 * says which one a packet goes under. Who is behind one is not known there: see
 * struct lbtns_sa.
 */
#ifndef LIBBTNS_SAD_H
#define LIBBTNS_SAD_H

#include "libbtns/btns.h"

/**
 * struct lbtns_sad_sa - an SA, without its keys
 * @spi: SPI, network byte order, never 0
 * @proto: IPPROTO_ESP, IPPROTO_AH, ...
 * @mode: XFRM_MODE_TRANSPORT (0), XFRM_MODE_TUNNEL (1), ...
 * @reqid: number that ties it to templates of policies, 0 for those with none
 * @src: outer source
 * @dst: outer destination
 * @has_sel: only for packets of @sel; local is where they come from
 * @sel: addresses, upper protocol and ports
 * @partial: it has a mark or an interface, and is not for every packet
 * @added: when it was made, seconds since the epoch
 */
struct lbtns_sad_sa {
	uint32_t spi;
	uint8_t proto;
	uint8_t mode;
	uint32_t reqid;
	struct lbtns_prefix src;
	struct lbtns_prefix dst;
	bool has_sel;
	struct lbtns_selector sel;
	bool partial;
	uint64_t added;
};

/* Return: 0 to go on, a negative value to stop with. */
typedef int (*lbtns_sad_cb)(const struct lbtns_sad_sa *sa, void *arg);

/**
 * lbtns_sad_dump - list all SAs, in the order in which they were made
 * @h: handle of lbtns_spd_open(); takes no other request inside @cb
 * @cb: called for each; not for what the kernel has asked for and not got yet
 * @arg: for @cb
 *
 * The kernel tells the keys, too: they are wiped and not handed on.
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int lbtns_sad_dump(struct lbtns *h, lbtns_sad_cb cb, void *arg);

#endif /* LIBBTNS_SAD_H */
