/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifies that take some making: NAT detection and hash lists.
 */
#ifndef BTNSD_IKE_NOTIFY_H
#define BTNSD_IKE_NOTIFY_H

#include <stdbool.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/sa.h"

bool notify_nat_build(const struct ike_sa *sa, struct ike_build *b);
bool notify_nat_seen(const struct ike_sa *sa, const struct ike_msg *m,
		     const char **which);
void notify_hashes_build(struct ike_build *b);

#endif
