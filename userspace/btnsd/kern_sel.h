/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and selectors as NETLINK_XFRM has them. Apart from the sockets, so
 * that a test can look at them.
 */
#ifndef BTNSD_KERN_SEL_H
#define BTNSD_KERN_SEL_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <linux/xfrm.h>

#include "btnsd/addr.h"

void kern_put_addr(xfrm_address_t *out, const struct addr *a);
void kern_get_addr(struct addr *out, const xfrm_address_t *a, uint16_t family);
void kern_put_sel(struct xfrm_selector *out, const struct sel *s, bool inbound);
bool kern_get_sel(struct sel *out, const struct xfrm_selector *s,
		  uint16_t family);

#endif
