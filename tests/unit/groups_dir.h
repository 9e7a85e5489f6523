/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directions of policies, by number, for the tests of groups. */
#ifndef BTNS_TEST_GROUPS_DIR_H
#define BTNS_TEST_GROUPS_DIR_H

#include "btnsd/kern.h"

enum { OUT, IN, FWD, DIRS };

static inline int dir_of(const struct kern_policy *p)
{
	return p->forward ? FWD : p->inbound ? IN : OUT;
}

#endif
