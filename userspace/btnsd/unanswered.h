/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acquires that came to nothing, see unanswered.c. */
#ifndef BTNSD_UNANSWERED_H
#define BTNSD_UNANSWERED_H

#include <stdint.h>

struct btnsd;
struct path;

void unanswered_add(struct btnsd *d, const struct path *path, uint32_t reqid,
		    uint32_t seq);
void unanswered_forget(struct btnsd *d);

#endif
