/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE SAs that want the same place, see rival.c. */
#ifndef BTNSD_IKE_RIVAL_H
#define BTNSD_IKE_RIVAL_H

#include <stdbool.h>

#include "btnsd/ike/sa.h"

bool rival_same_peer(const struct ike_sa *a, const struct ike_sa *b);
void rival_meet(struct ike_sa *sa);
bool rival_contested(struct ike_sa *sa, const struct sel *s);

#endif
