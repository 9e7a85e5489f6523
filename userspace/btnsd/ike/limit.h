/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many IKE SAs there may be. */
#ifndef BTNSD_IKE_LIMIT_H
#define BTNSD_IKE_LIMIT_H

#include "btnsd/ike/sa.h"

/* longest reason, with its NUL */
#define LIMIT_WHY_MAX	128

bool limit_met(const struct btnsd *d, const struct addr *remote,
	       char why[static LIMIT_WHY_MAX]);
bool limit_half_open_met(const struct btnsd *d, const struct addr *remote,
			 char why[static LIMIT_WHY_MAX]);
bool limit_initiate_met(const struct btnsd *d, char why[static LIMIT_WHY_MAX]);

#endif
