/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic that has no SA, see acquire.c. */
#ifndef BTNSD_IKE_ACQUIRE_H
#define BTNSD_IKE_ACQUIRE_H

struct btnsd;
struct kern_acquire;

void acquire_serve(struct btnsd *d, const struct kern_acquire *acq);

#endif
