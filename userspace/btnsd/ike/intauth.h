/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What IKE_INTERMEDIATE exchanges add to AUTH (RFC 9242 section 3.3): each of
 * their messages is covered by the proof that ends the set-up of an IKE SA.
 */
#ifndef BTNSD_IKE_INTAUTH_H
#define BTNSD_IKE_INTAUTH_H

#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

/* octets of IntAuth: both chains and the message id of IKE_AUTH */
#define INTAUTH_MAX	(2 * PRF_MAX_LEN + 4)

bool intauth_add(struct ike_sa *sa, const struct ike_hdr *hdr, uint8_t first,
		 uint8_t flags, struct span text);
bool intauth_received(struct ike_sa *sa, const struct ike_msg *m);
struct span intauth_octets(const struct ike_sa *sa, uint8_t out[INTAUTH_MAX]);

#endif
