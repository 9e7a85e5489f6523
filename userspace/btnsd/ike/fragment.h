/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE fragmentation (RFC 7383): how much of a message fits one datagram, and
 * how a message that comes in fragments is put together again. Every fragment
 * is authentic before it gets here.
 */
#ifndef BTNSD_IKE_FRAGMENT_H
#define BTNSD_IKE_FRAGMENT_H

#include "btnsd/ike/build.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

/* most fragments of one message */
#define FRAGMENT_COUNT_MAX	64
/* most octets that wait in one IKE SA, for each of request and response */
#define FRAGMENT_OCTETS_MAX	32768
/* most octets that wait in all established IKE SAs, and as many in all others */
#define FRAGMENT_ALL_MAX	(4u << 20)
/* a message whose fragments are not all there after this is forgotten */
#define FRAGMENT_MS		15000

/** enum fragment_code - what became of a fragment */
enum fragment_code {
	FRAGMENT_REFUSED = 0,	/* it is dropped */
	FRAGMENT_KEPT,		/* others are missing */
	FRAGMENT_WHOLE,		/* it was the last that was missing */
};

void fragment_announce(const struct ike_sa *sa, struct ike_build *b);
void fragment_seen(struct ike_sa *sa, const struct ike_msg *m);
size_t fragment_room(const struct ike_sa *sa, bool fragment);
enum fragment_code fragment_take(struct ike_sa *sa, struct ike_msg *m,
				 struct span text, uint8_t sum[32],
				 uint8_t *out, size_t *len, const char **why);
void fragment_free(struct ike_sa *sa);

#endif
