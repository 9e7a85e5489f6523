// SPDX-License-Identifier: GPL-2.0-or-later
/* The list "pad": who may have SAs. */
#include <stdio.h>

#include "btnsd/conf_value.h"
#include "libbtns/padconf.h"

/**
 * conf_read_pad() - the list "pad"
 * @r: reading
 * @s: setting
 *
 * It has one reader for this file and for btnsctl's.
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_pad(struct conf_reader *r, const config_setting_t *s)
{
	unsigned int line = config_setting_source_line(s);
	const char *file = config_setting_source_file(s);
	char why[CONF_ERR_MAX / 2];

	why[0] = '\0';
	if (lbtns_padconf_read(s, NULL, &r->out->pad, &r->out->n_pad, why,
			       sizeof(why), &line) < 0) {
		snprintf(r->err, CONF_ERR_MAX, "%s:%u: %s",
			 file ? file : r->file, line, why);
		return false;
	}
	r->out->has_pad = true;
	return true;
}
