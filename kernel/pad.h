/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PAD as netlink.c hands it over and lists it.
 */
#ifndef BTNS_PAD_H
#define BTNS_PAD_H

#include "btns.h"

/**
 * struct btns_pad_entry - an entry of the PAD
 * @rule: what the matcher reads; its name and prefixes point in here
 * @name: unique name, ends with a NUL
 * @id_name: printable identity, may be empty
 * @prefixes: @rule.prefix_count of them
 *
 * Immutable once it is in the PAD.
 */
struct btns_pad_entry {
	struct btns_pad_rule rule;
	char name[BTNS_NAME_MAX + 1];
	char id_name[BTNS_NAME_MAX + 1];
	struct btns_prefix prefixes[];
};

struct btns_pad_entry *btns_pad_entry_alloc(unsigned int prefix_count);
void btns_pad_entry_free(struct btns_pad_entry *entry);
void btns_pad_entries_free(struct btns_pad_entry **entries,
			   unsigned int count);
/* All below: the caller holds bn->mutex. */
int btns_pad_add(struct btns_net *bn, struct btns_pad_entry *entry,
		 struct netlink_ext_ack *extack);
int btns_pad_del(struct btns_net *bn, const char *name,
		 struct netlink_ext_ack *extack);
int btns_pad_replace(struct btns_net *bn, struct btns_pad_entry **entries,
		     unsigned int count, unsigned int *bad,
		     struct netlink_ext_ack *extack);
unsigned int btns_pad_count(const struct btns_net *bn);
const struct btns_pad_entry *btns_pad_get(const struct btns_net *bn,
					  unsigned int index);

/* A sentence that is a constant, but not a literal at the place of use. */
static inline void btns_extack_text(struct netlink_ext_ack *extack,
				    const char *text)
{
	if (extack)
		extack->_msg = text;
}

#endif /* BTNS_PAD_H */
