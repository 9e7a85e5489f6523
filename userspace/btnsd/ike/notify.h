/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifies that take some making, and what one says.
 */
#ifndef BTNSD_IKE_NOTIFY_H
#define BTNSD_IKE_NOTIFY_H

#include <stdbool.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/sa.h"

const char *notify_reason(const struct ike_notify_desc *n);
uint16_t notify_group(const struct ike_notify_desc *n);
bool notify_busy(const struct ike_notify_desc *n);
void notify_hashes_build(struct ike_build *b);

#endif
