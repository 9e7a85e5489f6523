/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of refusals: whom, what was tried, and why. They go into sa->fault.
 */
#ifndef BTNSD_IKE_REFUSAL_H
#define BTNSD_IKE_REFUSAL_H

#include "btnsd/ike/message.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/sa.h"

/* longest text of an offer, with its NUL */
#define REFUSAL_OFFER_MAX	224

const char *refusal_offer(const struct ike_sa_payload *p,
			  char buf[static REFUSAL_OFFER_MAX]);
void refusal_ike(struct ike_sa *sa, const struct ike_msg *m,
		 enum proposal_use use);
void refusal_esp(struct ike_sa *sa, const struct ike_msg *m);
void refusal_choice(struct ike_sa *sa, const struct ike_msg *m,
		    const struct ike_sa_payload *offer);
void refusal_group(struct ike_sa *sa, const struct ike_msg *m, uint16_t want);
void refusal_by_peer(struct ike_sa *sa, const struct task *t,
		     const struct ike_notify_desc *n);
void refusal_install(struct child *c, int err, const char *why);
void refusal_first(struct btnsd *d, const struct path *path,
		   const struct ike_hdr *hdr, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void refusal_acquire(struct btnsd *d, const struct sel *sel, const char *why);
void refusal_as(struct ike_sa *sa, const struct lbtns_ident *asserted);

#endif
