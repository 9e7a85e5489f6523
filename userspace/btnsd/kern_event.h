/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of NETLINK_XFRM, from octets to struct kern_events. */
#ifndef BTNSD_KERN_EVENT_H
#define BTNSD_KERN_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "btnsd/kern.h"

/* sockets whose own doings are no news: of SAs, of policies */
#define KERN_EVENT_OWN	2

void kern_event_parse(const uint8_t *buf, size_t len,
		      const uint32_t own[static KERN_EVENT_OWN],
		      const struct kern_events *ev, void *arg);

#endif
