/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fallback to clear of the policy group private-or-clear: a bypass for two hosts
 * that the kernel itself ends. All that is known of one is its policy.
 */
#ifndef BTNSD_FALLBACK_H
#define BTNSD_FALLBACK_H

#include "btnsd/addr.h"
#include "btnsd/kern.h"

struct btnsd;
struct conf;
struct ike_sa;
struct task;

struct kern_policy fallback_policy(const struct addr *local,
				   const struct addr *remote, uint32_t seconds);
bool fallback_is(const struct kern_policy *p);
bool fallback_allowed(const struct conf *c, const struct kern_policy *p);
void fallback_begin(struct ike_sa *sa, const struct task *t, const char *why);
void fallback_begin_all(struct ike_sa *sa, const char *why);
void fallback_wait(struct ike_sa *sa);
void fallback_due(void *arg);
void fallback_end(struct btnsd *d, const struct addr *local,
		  const struct addr *remote, const char *why);
void fallback_end_all(struct btnsd *d, const char *why);

#endif
