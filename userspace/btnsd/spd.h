/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of the kernel's xfrm policies with their btns flags: says what traffic
 * a peer may have an SA for, by the module's own code.
 */
#ifndef BTNSD_SPD_H
#define BTNSD_SPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "kernel/pad_match.h"

struct btnsd;
struct kern_policy;

#define SPD_DIRS	3

/**
 * struct spd - the copy
 * @policy: policies of one direction in search order; 0 is out, 1 is in, 2 is fwd
 * @rule: the same, as the matcher wants them; SAs are for out and in alone
 * @n: how many of each
 * @stale: must be read before it is used
 */
struct spd {
	struct kern_policy *policy[SPD_DIRS];
	struct btns_spd_rule *rule[2];
	size_t n[SPD_DIRS];
	bool stale;
};

int spd_refresh(struct btnsd *d);
void spd_free(struct spd *s);
enum btns_spd_cause spd_holds(struct btnsd *d, bool btns, const struct sel *s,
			      const struct kern_policy *policy[2]);
enum btns_spd_cause spd_narrow(struct btnsd *d, bool btns,
			       const struct sel *keep, struct sel *sel,
			       const struct kern_policy *policy[2]);

#endif
