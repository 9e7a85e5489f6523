/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of NETLINK_XFRM, from octets to struct kern_events. */
#ifndef BTNSD_KERN_EVENT_H
#define BTNSD_KERN_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "btnsd/kern.h"

void kern_event_parse(const uint8_t *buf, size_t len, uint32_t portid,
		      const struct kern_events *ev, void *arg);

#endif
