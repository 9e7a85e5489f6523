/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of a configuration file: each reader takes a setting of one form or
 * says, with its line, what form it must have.
 */
#ifndef BTNSD_CONF_VALUE_H
#define BTNSD_CONF_VALUE_H

#include <libconfig.h>

#include "btnsd/conf.h"

/**
 * struct conf_reader - one reading
 * @file: what errors name as the file
 * @err: the first error, one line
 * @out: what is being filled
 */
struct conf_reader {
	const char *file;
	char *err;
	struct conf *out;
};

/** struct conf_word - a name in a list and what it stands for */
struct conf_word {
	const char *name;
	uint16_t value;
};

/** struct conf_member - one setting of a group and who reads it */
struct conf_member {
	const char *name;
	bool (*read)(struct conf_reader *r, const config_setting_t *s);
};

bool conf_fail(struct conf_reader *r, const config_setting_t *s,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));
const char *conf_setting_name(const config_setting_t *s);
const char *conf_as_string(struct conf_reader *r, const config_setting_t *s);
bool conf_as_number(struct conf_reader *r, const config_setting_t *s,
		    uint64_t min, uint64_t max, uint64_t *out);
bool conf_as_u32(struct conf_reader *r, const config_setting_t *s, uint32_t min,
		 uint32_t max, uint32_t *out);
bool conf_as_bool(struct conf_reader *r, const config_setting_t *s, bool *out);
bool conf_as_word(struct conf_reader *r, const config_setting_t *s,
		  const struct conf_word *words, uint16_t *out);
bool conf_as_words(struct conf_reader *r, const config_setting_t *s,
		   const struct conf_word *words, uint16_t *out, size_t *n_out);
bool conf_as_list(struct conf_reader *r, const config_setting_t *s);
bool conf_as_group(struct conf_reader *r, const config_setting_t *group,
		   const struct conf_member *table);
bool conf_as_path(struct conf_reader *r, const config_setting_t *s, char **out);

/* groups with a file of their own, in the form of struct conf_member.read */
bool conf_read_identity(struct conf_reader *r, const config_setting_t *s);
bool conf_read_ike(struct conf_reader *r, const config_setting_t *s);
bool conf_read_child(struct conf_reader *r, const config_setting_t *s);
bool conf_read_known(struct conf_reader *r, const config_setting_t *s);
bool conf_read_pad(struct conf_reader *r, const config_setting_t *s);
bool conf_read_groups(struct conf_reader *r, const config_setting_t *s);

bool conf_check_pad(struct conf_reader *r);

char *conf_file_text(const char *path, char err[static CONF_ERR_MAX]);

#endif
