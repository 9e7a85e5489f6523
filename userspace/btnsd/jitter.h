/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time and numbers by which two ends that wait for the same do not meet. */
#ifndef BTNSD_JITTER_H
#define BTNSD_JITTER_H

#include <stdint.h>

uint64_t jitter(uint64_t most);
uint64_t jitter_around(uint64_t ms);

#endif
