/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the keys of an IKE SA have protected. */
#ifndef BTNSD_IKE_USAGE_H
#define BTNSD_IKE_USAGE_H

#include "btnsd/ike/sa.h"

uint64_t usage_soft(uint64_t most);
void usage_limit(struct ike_sa *sa);
const char *usage_hard(const struct ike_sa *sa);
void usage_sealed(struct ike_sa *sa, size_t len);
void usage_opened(struct ike_sa *sa, const struct ike_hdr *hdr,
		  const uint8_t sum[static 32], unsigned int packets,
		  size_t len);

#endif
