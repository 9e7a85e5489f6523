/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE SAs that stand while the configuration changes: would their peers' proof
 * still be taken, and may they still have their child SAs?
 */
#ifndef BTNSD_IKE_STANDING_H
#define BTNSD_IKE_STANDING_H

#include "btnsd/conf.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

bool standing_keep(struct ike_sa *sa, const struct ike_msg *m,
		   const struct ike_id *id);
bool standing_copy(struct ike_sa *heir, const struct ike_sa *old);
bool standing_ok(struct ike_sa *sa, const struct conf *before);
bool standing_now(struct ike_sa *sa);
bool standing_children(struct ike_sa *sa);

#endif
