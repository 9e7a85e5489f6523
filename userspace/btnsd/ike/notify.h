/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifies that take some making: lists of hashes.
 */
#ifndef BTNSD_IKE_NOTIFY_H
#define BTNSD_IKE_NOTIFY_H

#include <stdbool.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/sa.h"

void notify_hashes_build(struct ike_build *b);

#endif
