// SPDX-License-Identifier: GPL-2.0-or-later
/* Leap of faith: the group "known". */
#include "btnsd/conf_value.h"

static bool rd_mode(struct conf_reader *r, const config_setting_t *s)
{
	static const struct conf_word modes[] = {
		{ "off", CONF_KNOWN_OFF },
		{ "accept-new", CONF_KNOWN_ACCEPT_NEW },
		{ "strict", CONF_KNOWN_STRICT },
		{ NULL, 0 },
	};
	uint16_t mode;

	if (!conf_as_word(r, s, modes, &mode))
		return false;
	r->out->known = (enum conf_known)mode;
	return true;
}

static bool rd_file(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_path(r, s, &r->out->known_path);
}

static bool rd_expire(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 0, 36500, &r->out->known_expire);
}

static bool rd_hash(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_bool(r, s, &r->out->known_hash);
}

static bool rd_max(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, LBTNS_KNOWN_MAX, &r->out->known_max);
}

static bool rd_max_near(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, LBTNS_KNOWN_MAX, &r->out->known_max_near);
}

static const struct conf_member known_members[] = {
	{ "mode", rd_mode },
	{ "file", rd_file },
	{ "expire", rd_expire },
	{ "hash", rd_hash },
	{ "max", rd_max },
	{ "max_near", rd_max_near },
	{ NULL, NULL },
};

/**
 * conf_read_known() - the group "known"
 * @r: reading
 * @s: setting
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_known(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, known_members);
}
