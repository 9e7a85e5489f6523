/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What peers that prove nothing (RFC 7619) may not do. */
#ifndef BTNSD_IKE_ANON_H
#define BTNSD_IKE_ANON_H

#include <stdbool.h>
#include <stddef.h>

#include "btnsd/ike/sa.h"

/* most IKE SAs of anonymous peers */
#define IKE_ANON_MAX	(IKE_SAS_MAX / 2)
/*
 * Most child SAs of one of them: with as many as an identified peer may have, a
 * few addresses would fill the module's bindings. Rekeys may have as many again
 * under way.
 */
#define IKE_ANON_CHILDREN_MAX	4

bool anon_is(const struct ike_sa *sa);
bool anon_too_many(const struct ike_sa *sa);
bool anon_in_the_way(const struct ike_sa *sa, const struct child *c,
		     const struct sel *s, char *why, size_t len);

#endif
