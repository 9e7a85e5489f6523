/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the traffic that a peer asks for it may have: PAD, SPD and the
 * module's sa-check, and the words for why it may not.
 */
#ifndef BTNSD_IKE_NARROW_H
#define BTNSD_IKE_NARROW_H

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/message.h"

/* longest reason, with its NUL */
#define NARROW_WHY_MAX	480

/**
 * struct narrow_ends - a peer's selectors, in our addresses
 * @local: for our end
 * @remote: for the peer's end
 * @sent_local: what the peer calls us, if not that
 * @sent_remote: what it calls itself, if not that
 */
struct narrow_ends {
	struct ike_ts_payload local;
	struct ike_ts_payload remote;
	struct addr sent_local;
	struct addr sent_remote;
};

void narrow_ends(struct ike_sa *sa, const struct ike_msg *m, bool we_initiate,
		 bool tunnel, struct narrow_ends *e);
bool narrow_allowed(struct ike_sa *sa, struct child *c, const struct sel *keep,
		    struct sel *s, uint8_t *verdict,
		    char why[static NARROW_WHY_MAX]);
bool narrow_proved(const struct ike_sa *sa, const struct child *c, bool btns,
		   char why[static NARROW_WHY_MAX]);
enum fsm_code narrow_request(struct ike_sa *sa, struct child *c,
			     const struct ike_msg *m, struct narrow_ends *e,
			     char why[static NARROW_WHY_MAX]);
bool narrow_answer(struct ike_sa *sa, struct child *c, struct sel *s,
		   uint8_t *verdict, char why[static NARROW_WHY_MAX]);
bool narrow_more(struct ike_sa *sa, const struct child *c,
		 const struct narrow_ends *e);

#endif
