// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The group "groups": remote addresses, and what becomes of traffic with them.
 * They are in the file itself, or one in a line in files of a folder.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/conf_value.h"
#include "btnsd/crypto/file.h"

static bool keep(struct conf_reader *r, const struct conf_prefix *p)
{
	struct conf_prefix *bigger;
	struct conf *c = r->out;

	/* room for all at once: they are few, and few files have any */
	if (!c->groups) {
		bigger = calloc(CONF_GROUPS_MAX, sizeof(*bigger));
		if (!bigger)
			return conf_fail(r, NULL, "out of memory");
		c->groups = bigger;
	}
	if (c->n_groups == CONF_GROUPS_MAX)
		return conf_fail(r, NULL,
				 "groups: more than %d prefixes: use shorter ones",
				 CONF_GROUPS_MAX);
	c->groups[c->n_groups++] = *p;
	return true;
}

static bool read_prefix(struct conf_prefix *p, const char *text, uint8_t group)
{
	memset(p, 0, sizeof(*p));
	p->group = group;
	return addr_parse_prefix(&p->net, &p->plen, text);
}

#define NO_PREFIX \
	"%s: \"%.60s\" is not ADDRESS or ADDRESS/LENGTH, or has bits set behind its length"

static bool read_list(struct conf_reader *r, const config_setting_t *s,
		      uint8_t group)
{
	int i, n = config_setting_length(s);
	struct conf_prefix p;

	if (!conf_as_list(r, s))
		return false;
	for (i = 0; i < n; i++) {
		config_setting_t *e =
			config_setting_get_elem(s, (unsigned int)i);
		const char *v = conf_as_string(r, e);

		if (!v)
			return false;
		if (!read_prefix(&p, v, group))
			return conf_fail(r, e, NO_PREFIX,
					 lbtns_group_name(group), v);
		if (!keep(r, &p))
			return false;
	}
	return true;
}

static bool rd_clear(struct conf_reader *r, const config_setting_t *s)
{
	return read_list(r, s, LBTNS_GROUP_CLEAR);
}

static bool rd_clear_or_private(struct conf_reader *r,
				const config_setting_t *s)
{
	return read_list(r, s, LBTNS_GROUP_CLEAR_OR_PRIVATE);
}

static bool rd_private_or_clear(struct conf_reader *r,
				const config_setting_t *s)
{
	return read_list(r, s, LBTNS_GROUP_PRIVATE_OR_CLEAR);
}

static bool rd_private(struct conf_reader *r, const config_setting_t *s)
{
	return read_list(r, s, LBTNS_GROUP_PRIVATE);
}

static bool rd_block(struct conf_reader *r, const config_setting_t *s)
{
	return read_list(r, s, LBTNS_GROUP_BLOCK);
}

/* one line of a file, without what is no part of the prefix */
static char *trim(char *line)
{
	static const char blank[] = " \t\r";
	size_t n;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, blank);
	for (n = strlen(line); n && strchr(blank, line[n - 1]); n--)
		line[n - 1] = '\0';
	return line;
}

static bool read_lines(struct conf_reader *r, const char *path, char *text,
		       uint8_t group)
{
	const char *file = r->file;
	struct conf_prefix p;
	unsigned int n = 0;
	bool ok = true;
	char *line;

	r->file = path;
	while (ok && (line = strsep(&text, "\n"))) {
		n++;
		line = trim(line);
		if (!*line)
			continue;
		if (read_prefix(&p, line, group)) {
			ok = keep(r, &p);
			continue;
		}
		snprintf(r->err, CONF_ERR_MAX, "%s:%u: " NO_PREFIX, path, n,
			 lbtns_group_name(group), line);
		ok = false;
	}
	r->file = file;
	return ok;
}

/* a group whose file is not there has no more prefixes */
static bool is_there(const char *path)
{
	int fd = file_open(path);

	if (fd < 0)
		return fd != -ENOENT;
	close(fd);
	return true;
}

static bool read_file(struct conf_reader *r, const char *folder, uint8_t group)
{
	char *path, *text;
	bool ok = true;

	if (asprintf(&path, "%s/%s", folder, lbtns_group_name(group)) < 0)
		return conf_fail(r, NULL, "out of memory");
	if (is_there(path)) {
		text = conf_file_text(path, r->err);
		ok = text && read_lines(r, path, text, group);
		free(text);
	}
	free(path);
	return ok;
}

static bool is_folder(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISDIR(st.st_mode);
}

static bool rd_files(struct conf_reader *r, const config_setting_t *s)
{
	char *folder = NULL;
	uint8_t group;
	bool ok;
	int fd;

	if (!conf_as_path(r, s, &folder))
		return false;
	fd = file_open(folder);
	ok = is_folder(fd) ||
	     conf_fail(r, s, "files: the folder %.100s: %s", folder,
		       strerror(fd < 0 ? -fd : ENOTDIR));
	for (group = 0; ok && group < LBTNS_GROUPS; group++)
		ok = read_file(r, folder, group);
	if (fd >= 0)
		close(fd);
	free(folder);
	return ok;
}

static bool rd_fallback_seconds(struct conf_reader *r,
				const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, CONF_FALLBACK_SECONDS_MAX,
			   &r->out->fallback_seconds);
}

static bool rd_fallback_wait(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, CONF_FALLBACK_WAIT_MAX,
			   &r->out->fallback_wait);
}

static bool rd_fallback_max(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 0, CONF_FALLBACKS_MAX, &r->out->fallback_max);
}

static const struct conf_member fallback_members[] = {
	{ "seconds", rd_fallback_seconds },
	{ "wait", rd_fallback_wait },
	{ "max", rd_fallback_max },
	{ NULL, NULL },
};

static bool rd_fallback(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, fallback_members);
}

static const struct conf_member groups_members[] = {
	{ "clear", rd_clear },
	{ "clear_or_private", rd_clear_or_private },
	{ "private_or_clear", rd_private_or_clear },
	{ "private", rd_private },
	{ "block", rd_block },
	{ "files", rd_files },
	{ "fallback", rd_fallback },
	{ NULL, NULL },
};

static int by_prefix(const void *va, const void *vb)
{
	const struct conf_prefix *a = va, *b = vb;

	if (a->net.family != b->net.family)
		return a->net.family < b->net.family ? -1 : 1;
	if (a->plen != b->plen)
		return a->plen < b->plen ? -1 : 1;
	return memcmp(a->net.b, b->net.b, sizeof(a->net.b));
}

static int in_order(const void *va, const void *vb)
{
	const struct conf_prefix *a = va, *b = vb;
	int diff = by_prefix(a, b);

	return diff ? diff : a->group - b->group;
}

/**
 * conf_read_groups() - the group "groups"
 * @r: reading
 * @s: setting
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_groups(struct conf_reader *r, const config_setting_t *s)
{
	struct conf *c = r->out;
	char text[ADDR_STRLEN];
	size_t i;

	if (!conf_as_group(r, s, groups_members))
		return false;
	if (c->n_groups)
		qsort(c->groups, c->n_groups, sizeof(*c->groups), in_order);
	for (i = 1; i < c->n_groups; i++) {
		const struct conf_prefix *a = &c->groups[i - 1], *b = a + 1;

		if (by_prefix(a, b))
			continue;
		addr_str(&a->net, text);
		if (a->group == b->group)
			return conf_fail(r, s, "groups: %s/%u is in %s twice",
					 text, a->plen,
					 lbtns_group_name(a->group));
		return conf_fail(r, s,
				 "groups: %s/%u is both in %s and in %s: leave it in one",
				 text, a->plen, lbtns_group_name(a->group),
				 lbtns_group_name(b->group));
	}
	c->has_groups = true;
	return true;
}
