/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic selectors of the wire (ranges) and of this host (prefixes and single
 * ports), and how a responder narrows them.
 */
#ifndef BTNSD_IKE_TS_H
#define BTNSD_IKE_TS_H

#include <stdbool.h>
#include <stddef.h>

#include "btnsd/addr.h"
#include "btnsd/ike/message.h"

/* most pairs of selectors that a responder looks at */
#define TS_PAIRS_MAX	(IKE_MAX_TS * IKE_MAX_TS)

bool ts_ports(uint8_t proto);
void ts_from_sel(const struct sel *s, struct ike_ts *local,
		 struct ike_ts *remote);
bool ts_host_sel(const struct ike_ts *local, const struct ike_ts *remote,
		 const struct addr *us, const struct addr *them,
		 struct sel *out);
bool ts_net_sel(const struct ike_ts *local, const struct ike_ts *remote,
		struct sel *out);
size_t ts_candidates(const struct ike_ts_payload *local,
		     const struct ike_ts_payload *remote,
		     const struct addr *us, const struct addr *them,
		     struct sel out[static TS_PAIRS_MAX], bool *has_first);
bool ts_answer(const struct ike_ts_payload *local,
	       const struct ike_ts_payload *remote, const struct addr *us,
	       const struct addr *them, struct sel *out);

#endif
