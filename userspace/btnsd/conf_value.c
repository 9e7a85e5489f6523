// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of a configuration file, see conf_value.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/conf_value.h"

/**
 * conf_fail() - refuse the file
 * @r: reading; its error is set
 * @s: the setting at fault, or NULL
 * @fmt: what is wrong and what to do, one line
 *
 * Return: false.
 */
bool conf_fail(struct conf_reader *r, const config_setting_t *s,
	       const char *fmt, ...)
{
	const char *file = NULL;
	va_list ap;
	int n;

	if (s)
		file = config_setting_source_file(s);
	n = snprintf(r->err, CONF_ERR_MAX, "%s:%u: ", file ? file : r->file,
		     s ? config_setting_source_line(s) : 0);
	if (n < 0 || n >= CONF_ERR_MAX)
		n = 0;
	va_start(ap, fmt);
	vsnprintf(r->err + n, (size_t)(CONF_ERR_MAX - n), fmt, ap);
	va_end(ap);
	return false;
}

/**
 * conf_setting_name() - what messages call a setting
 * @s: setting
 *
 * Return: its name; "entry" for one of a list.
 */
const char *conf_setting_name(const config_setting_t *s)
{
	const char *name = config_setting_name(s);

	return name ? name : "entry";
}

static const char *known_words(const struct conf_word *w, char buf[static 160])
{
	size_t n = 0;

	buf[0] = '\0';
	for (; w->name && n < 140; w++)
		n += (size_t)snprintf(buf + n, 160 - n, "%s%s", n ? ", " : "",
				      w->name);
	return buf;
}

/**
 * conf_as_string() - a string
 * @r: reading
 * @s: setting
 *
 * Return: the string, @s owns it; NULL if it is none, and @r has the error.
 */
const char *conf_as_string(struct conf_reader *r, const config_setting_t *s)
{
	const char *v = config_setting_get_string(s);

	if (!v)
		conf_fail(r, s, "%s must be a string in quotes",
			  conf_setting_name(s));
	return v;
}

/**
 * conf_as_number() - a whole number
 * @r: reading
 * @s: setting
 * @min: least
 * @max: greatest
 * @out: set on success
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_number(struct conf_reader *r, const config_setting_t *s,
		    uint64_t min, uint64_t max, uint64_t *out)
{
	long long v;

	if (config_setting_type(s) == CONFIG_TYPE_INT)
		v = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_INT64)
		v = config_setting_get_int64(s);
	else
		return conf_fail(r, s, "%s must be a whole number",
				 conf_setting_name(s));
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return conf_fail(r, s,
				 "%s is %lld: give a number from %llu to %llu",
				 conf_setting_name(s), v,
				 (unsigned long long)min,
				 (unsigned long long)max);
	*out = (uint64_t)v;
	return true;
}

/**
 * conf_as_u32() - a whole number of 32 bits
 * @r: reading
 * @s: setting
 * @min: least
 * @max: greatest
 * @out: set on success
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_u32(struct conf_reader *r, const config_setting_t *s, uint32_t min,
		 uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!conf_as_number(r, s, min, max, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/**
 * conf_as_bool() - true or false
 * @r: reading
 * @s: setting
 * @out: set on success
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_bool(struct conf_reader *r, const config_setting_t *s, bool *out)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return conf_fail(r, s, "%s must be true or false",
				 conf_setting_name(s));
	*out = config_setting_get_bool(s);
	return true;
}

/**
 * conf_as_word() - one of the words of a table
 * @r: reading
 * @s: setting
 * @words: table, its last name NULL
 * @out: what it stands for
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_word(struct conf_reader *r, const config_setting_t *s,
		  const struct conf_word *words, uint16_t *out)
{
	const char *v = conf_as_string(r, s);
	const struct conf_word *w;
	char known[160];

	if (!v)
		return false;
	for (w = words; w->name; w++) {
		if (!strcmp(w->name, v)) {
			*out = w->value;
			return true;
		}
	}
	return conf_fail(r, s, "%s: \"%.40s\" is not known: use one of %s",
			 conf_setting_name(s), v, known_words(words, known));
}

/**
 * conf_as_list() - a list or an array
 * @r: reading
 * @s: setting
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_list(struct conf_reader *r, const config_setting_t *s)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return conf_fail(r, s, "%s must be a list in [ ] or ( )",
				 conf_setting_name(s));
	return true;
}

/**
 * conf_as_words() - some words of a table, none twice
 * @r: reading
 * @s: setting
 * @words: table, its last name NULL
 * @out: what they stand for, room for CONF_ALGS_MAX
 * @n_out: how many
 *
 * Return: whether it is such a list; else @r has the error.
 */
bool conf_as_words(struct conf_reader *r, const config_setting_t *s,
		   const struct conf_word *words, uint16_t *out, size_t *n_out)
{
	int n = config_setting_length(s), i, j;

	if (!conf_as_list(r, s))
		return false;
	if (n < 1 || n > CONF_ALGS_MAX)
		return conf_fail(r, s, "%s has %d entries: give 1 to %d",
				 conf_setting_name(s), n, CONF_ALGS_MAX);
	for (i = 0; i < n; i++) {
		if (!conf_as_word(r,
				  config_setting_get_elem(s, (unsigned int)i),
				  words, &out[i]))
			return false;
		for (j = 0; j < i; j++)
			if (out[j] == out[i])
				return conf_fail(r, s,
						 "%s names something twice",
						 conf_setting_name(s));
	}
	*n_out = (size_t)n;
	return true;
}

/**
 * conf_as_group() - a group, each setting by its reader
 * @r: reading
 * @group: setting
 * @table: settings that it may have, the last name NULL; others are refused
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_as_group(struct conf_reader *r, const config_setting_t *group,
		   const struct conf_member *table)
{
	int i, n = config_setting_length(group);

	if (!config_setting_is_group(group))
		return conf_fail(r, group, "%s must be a group in { }",
				 conf_setting_name(group));
	for (i = 0; i < n; i++) {
		config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct conf_member *m;

		for (m = table; m->name; m++)
			if (!strcmp(m->name, conf_setting_name(s)))
				break;
		if (!m->name)
			return conf_fail(r, s,
				 "\"%.40s\" is not a setting here: see btnsd.conf(5) for those that are",
				conf_setting_name(s));
		if (!m->read(r, s))
			return false;
	}
	return true;
}

/**
 * conf_as_path() - an absolute path
 * @r: reading
 * @s: setting
 * @out: set to a copy; what it was is freed
 *
 * Return: whether it is one; else @r has the error.
 */
bool conf_as_path(struct conf_reader *r, const config_setting_t *s, char **out)
{
	const char *v = conf_as_string(r, s);

	if (!v)
		return false;
	if (v[0] != '/')
		return conf_fail(r, s, "%s: \"%.60s\" must be an absolute path",
				 conf_setting_name(s), v);
	free(*out);
	*out = strdup(v);
	return *out || conf_fail(r, s, "out of memory");
}
