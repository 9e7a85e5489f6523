/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of the module's PAD. It is read anew when the module says that it
 * changed, and decides with the module's own code (kernel/pad_match.h).
 */
#ifndef BTNSD_PAD_H
#define BTNSD_PAD_H

#include <stdbool.h>
#include <stddef.h>

#include "btnsd/addr.h"
#include "kernel/pad_match.h"
#include "libbtns/btns.h"

struct btnsd;

/**
 * struct pad - the copy
 * @entry: entries in search order
 * @rule: the same, as the matcher wants them; points into @entry
 * @prefix: prefixes of all rules
 * @n: how many entries
 * @stale: must be read before it is used
 */
struct pad {
	struct lbtns_pad_entry *entry;
	struct btns_pad_rule *rule;
	struct btns_prefix *prefix;
	size_t n;
	bool stale;
};

int pad_refresh(struct btnsd *d);
void pad_free(struct pad *p);
bool pad_match(struct btnsd *d, const struct btns_pad_peer *peer,
	       struct btns_pad_decision *out);
const char *pad_name(const struct pad *p, size_t index);
bool pad_narrow(struct btnsd *d, size_t index, const struct sel *keep,
		struct sel *sel, char *why, size_t why_len);

void sel_to_btns(struct btns_selector *out, const struct sel *s);
void sel_from_btns(struct sel *out, const struct btns_selector *s);
void sel_to_lbtns(struct lbtns_selector *out, const struct sel *s);
void sel_from_lbtns(struct sel *out, const struct lbtns_selector *s);
void addr_to_lbtns(struct lbtns_prefix *out, const struct addr *a);
void addr_from_lbtns(struct addr *out, const struct lbtns_prefix *p);

#endif
