/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PAD as people write it, in btnsd.conf and in files of `btnsctl pad load`:
 * one reader for both. Needs libconfig.
 */
#ifndef LIBBTNS_PADCONF_H
#define LIBBTNS_PADCONF_H

#include <libconfig.h>

#include "libbtns/btns.h"

/**
 * struct lbtns_padconf_more - settings of an entry that only one program knows
 * @names: their names, the last NULL
 * @list: the same for a message, each with ", " in front
 * @read: called with each entry once all other settings are read and before it
 *	is known whether they fit together; it may add keys. False, and it has
 *	told why, refuses the whole list.
 * @arg: for @read
 */
struct lbtns_padconf_more {
	const char *const *names;
	const char *list;
	bool (*read)(const config_setting_t *group, struct lbtns_pad_entry *e,
		     void *arg);
	void *arg;
};

/**
 * lbtns_padconf_read - PAD entries from a list of groups
 * @list: setting "pad" of a configuration, see btnsd.conf(5); may be NULL,
 *	which gives no entries
 * @more: settings beyond those of the PAD, or NULL
 * @entries: set to an array that the caller frees with free(), or NULL
 * @n: set to its length
 * @why: on failure filled with one sentence that names the setting
 * @why_len: room at @why
 * @line: on failure set to the line in the file
 *
 * Return: 0 or a negative errno; @entries is NULL then. -ECANCELED if @more
 * refused an entry: @why and @line are not set then.
 */
int lbtns_padconf_read(const config_setting_t *list,
		       const struct lbtns_padconf_more *more,
		       struct lbtns_pad_entry **entries, size_t *n,
		       char *why, size_t why_len, unsigned int *line);

/**
 * lbtns_pad_entry_key - give an entry one more key
 * @e: entry
 * @key: fingerprint; one that it has already is not added again
 *
 * Return: false if it has BTNS_PAD_KEYS_MAX others.
 */
bool lbtns_pad_entry_key(struct lbtns_pad_entry *e,
			 const uint8_t key[BTNS_DIGEST_LEN]);

void lbtns_one_line(char *text);

#endif /* LIBBTNS_PADCONF_H */
