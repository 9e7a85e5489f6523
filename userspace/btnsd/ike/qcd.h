/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quick crash detection (RFC 6290): each end gives the other a token that only
 * it can make again from the SPIs. An end that has lost its IKE SAs answers a
 * message of one with the token, which proves the loss.
 */
#ifndef BTNSD_IKE_QCD_H
#define BTNSD_IKE_QCD_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "btnsd/ike/build.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

#define QCD_SECRET_LEN	32
#define QCD_TOKEN_LEN	32
/* what is taken of others (RFC 6290 section 4.1) */
#define QCD_TOKEN_MIN	16
#define QCD_TOKEN_MAX	128

/**
 * struct qcd - what tokens are made of
 * @secret: the same after a restart, if there is a store
 * @ready: @secret is set
 * @shown: tokens shown without an IKE SA
 */
struct qcd {
	uint8_t secret[QCD_SECRET_LEN];
	bool ready;
	struct qcd_rate shown;
};

void qcd_start(struct btnsd *d);
void qcd_wipe(struct qcd *q);
void qcd_give(const struct ike_sa *sa, struct ike_build *b);
void qcd_renew(struct ike_sa *sa);
void qcd_seen(struct ike_sa *sa, const struct ike_msg *m);
bool qcd_show(struct btnsd *d, const struct path *path,
	      const struct ike_hdr *hdr, struct ike_build *b);
bool qcd_proves_loss(struct ike_sa *sa, const struct path *path,
		     const struct ike_msg *m);

#endif
