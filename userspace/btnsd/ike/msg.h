/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between the wire and the state machine: window, retransmission,
 * cached responses, and sealing and opening of SK.
 */
#ifndef BTNSD_IKE_MSG_H
#define BTNSD_IKE_MSG_H

#include "btnsd/addr.h"
#include "btnsd/ike/build.h"
#include "btnsd/ike/sa.h"

struct btnsd;

/* room for the payloads of a message that we make; PMTU is IP's business */
#define MSG_INNER_MAX	16384

void msg_rx(struct btnsd *d, const struct path *path, struct span data);
struct ike_build *msg_begin(struct ike_sa *sa, uint8_t exchange, bool response);
void msg_drop(struct ike_build *b);
bool msg_send_request(struct ike_sa *sa, uint8_t exchange,
		      struct ike_build *b);
bool msg_send_response(struct ike_sa *sa, uint8_t exchange,
		       struct ike_build *b);
void msg_forget_request(struct ike_sa *sa);
void msg_resend(struct ike_sa *sa);
void msg_clear_notify(struct btnsd *d, const struct path *path,
		      const struct ike_hdr *req, uint16_t type,
		      struct span data);

#endif
