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
 * lbtns_padconf_read - PAD entries from a list of groups
 * @list: setting "pad" of a configuration, see btnsd.conf(5); may be NULL,
 *	which gives no entries
 * @entries: set to an array that the caller frees with free(), or NULL
 * @n: set to its length
 * @why: on failure filled with one sentence that names the setting
 * @why_len: room at @why
 * @line: on failure set to the line in the file
 *
 * Return: 0 or a negative errno; @entries is NULL then.
 */
int lbtns_padconf_read(const config_setting_t *list,
		       struct lbtns_pad_entry **entries, size_t *n,
		       char *why, size_t why_len, unsigned int *line);

void lbtns_one_line(char *text);

#endif /* LIBBTNS_PADCONF_H */
