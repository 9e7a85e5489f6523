/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many IKE SAs and child SAs there may be. */
#ifndef BTNSD_IKE_LIMIT_H
#define BTNSD_IKE_LIMIT_H

#include "btnsd/ike/sa.h"

/* longest reason, with its NUL */
#define LIMIT_WHY_MAX	128

/*
 * Most IKE SAs of peers that nobody configured, those of anonymous ones among
 * them: a quarter of all is left for those whom an entry of the PAD names, or has
 * the key of.
 */
#define IKE_STRANGERS_MAX	(IKE_SAS_MAX / 4 * 3)
/*
 * How many more while they are rekeyed: with as many half-open ones and ones that
 * we have begun as there may be by default, there is still room for others.
 */
#define IKE_STRANGERS_HEIRS_MAX	(IKE_STRANGERS_MAX / 16)
/*
 * Most child SAs of all of them, and how many more while they are rekeyed. The
 * module takes 65536 SAs, two for each, and the broker more: 14336 are left in
 * the module for peers that are configured.
 */
#define IKE_STRANGERS_CHILDREN_MAX	20480
#define IKE_STRANGERS_REKEYS_MAX	(IKE_STRANGERS_CHILDREN_MAX / 4)

/**
 * enum limit_first - what becomes of a first request
 * @LIMIT_FIRST_MAY: it makes an IKE SA
 * @LIMIT_FIRST_COOKIE: it has to bring back a COOKIE, and gets nothing else before
 * @LIMIT_FIRST_MET: one more would be too many, half-open or whole
 */
enum limit_first {
	LIMIT_FIRST_MAY,
	LIMIT_FIRST_COOKIE,
	LIMIT_FIRST_MET,
};

bool limit_rekey_met(const struct ike_sa *sa, char why[static LIMIT_WHY_MAX]);
bool limit_rekey_ask_met(const struct ike_sa *sa,
			 char why[static LIMIT_WHY_MAX]);
bool limit_stranger_met(const struct ike_sa *sa,
			char why[static LIMIT_WHY_MAX]);
uint16_t limit_child_met(const struct ike_sa *sa, bool rekey,
			 char why[static LIMIT_WHY_MAX]);
bool limit_ask_met(const struct ike_sa *sa, bool rekey,
		   char why[static LIMIT_WHY_MAX]);
enum limit_first limit_first(const struct btnsd *d, const struct addr *remote,
			     bool proved, char why[static LIMIT_WHY_MAX]);
bool limit_initiate_met(const struct btnsd *d, const struct addr *remote,
			char why[static LIMIT_WHY_MAX]);

#endif
