/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address translation between the hosts: finding it, ESP in UDP, keepalives,
 * and a peer whose address or port changes.
 */
#ifndef BTNSD_IKE_NAT_H
#define BTNSD_IKE_NAT_H

#include <stdbool.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/sa.h"

bool nat_build(const struct ike_sa *sa, struct ike_build *b);
bool nat_detect(struct ike_sa *sa, const struct ike_msg *m, uint16_t notify);
void nat_float(struct ike_sa *sa);
bool nat_may_come(const struct ike_sa *sa, const struct path *path);
void nat_follow(struct ike_sa *sa, const struct path *path);
void nat_start(struct ike_sa *sa);
void nat_keepalive_due(void *arg);
void nat_inherit(struct ike_sa *sa, const struct ike_sa *old);
void nat_ts_in(const struct ike_sa *sa, struct ike_ts_payload *local,
	       struct ike_ts_payload *remote, struct addr *sent_local,
	       struct addr *sent_remote);
void nat_ts_out(struct ike_ts *ts, const struct addr *sent);

#endif
