/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic that has no SA, see acquire.c. */
#ifndef BTNSD_IKE_ACQUIRE_H
#define BTNSD_IKE_ACQUIRE_H

#include <stdbool.h>

struct btnsd;
struct child_want;
struct ike_sa;
struct kern_acquire;

bool acquire_elsewhere(struct ike_sa *full, const struct child_want *want);
void acquire_serve(struct btnsd *d, const struct kern_acquire *acq);

#endif
