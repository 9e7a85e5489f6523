/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic selectors of the wire (ranges) and of this host (prefixes, and ports
 * with a mask), and how a responder narrows them.
 */
#ifndef BTNSD_IKE_TS_H
#define BTNSD_IKE_TS_H

#include <stdbool.h>
#include <stddef.h>

#include "btnsd/addr.h"
#include "btnsd/ike/message.h"

/* longest text of a selector of the wire, with its NUL */
#define TS_STRLEN	144

/* most pairs of selectors that a responder looks at */
#define TS_PAIRS_MAX	(IKE_MAX_TS * IKE_MAX_TS)

const char *ts_str(const struct ike_ts *t, char buf[static TS_STRLEN]);
void ts_from_sel(const struct sel *s, struct ike_ts *local,
		 struct ike_ts *remote);
bool ts_host_sel(const struct ike_ts *local, const struct ike_ts *remote,
		 const struct addr *us, const struct addr *them,
		 const struct sel *near, struct sel *out);
bool ts_net_sel(const struct ike_ts *local, const struct ike_ts *remote,
		const struct sel *near, struct sel *out);
size_t ts_candidates(const struct ike_ts_payload *local,
		     const struct ike_ts_payload *remote,
		     const struct addr *us, const struct addr *them,
		     struct sel out[static TS_PAIRS_MAX], bool *has_first);
bool ts_answer(const struct ike_ts_payload *local,
	       const struct ike_ts_payload *remote, const struct addr *us,
	       const struct addr *them, struct sel *out);

#endif
