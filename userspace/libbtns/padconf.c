// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The PAD as people write it: a list of groups, each refused with its line if
 * it holds anything that would be guessed at.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libbtns/padconf.h"

/**
 * lbtns_one_line() - make a message that quotes a file fit for one line
 * @text: changed in place: control characters become question marks
 */
void lbtns_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

struct report {
	char *why;
	size_t why_len;
	unsigned int *line;
};

static int complain(const struct report *r, const config_setting_t *s,
		    const char *fmt, ...)
{
	va_list ap;

	*r->line = config_setting_source_line(s);
	va_start(ap, fmt);
	vsnprintf(r->why, r->why_len, fmt, ap);
	va_end(ap);
	lbtns_one_line(r->why);
	return -EINVAL;
}

static int read_bool(const config_setting_t *group, const char *name, bool *v,
		     const struct report *r)
{
	config_setting_t *s = config_setting_get_member(group, name);

	*v = false;
	if (!s)
		return 0;
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "pad: \"%s\" is true or false", name);
	*v = config_setting_get_bool(s);
	return 0;
}

static int read_string(const config_setting_t *group, const char *name,
		       const char **v, const struct report *r)
{
	config_setting_t *s = config_setting_get_member(group, name);

	*v = NULL;
	if (!s)
		return 0;
	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return complain(r, s, "pad: \"%s\" is a string in quotes",
				name);
	*v = config_setting_get_string(s);
	return 0;
}

static int read_addresses(const config_setting_t *group,
			  struct lbtns_pad_entry *e, const struct report *r)
{
	config_setting_t *s = config_setting_get_member(group, "addresses");
	const char *why = "";
	int i, n;

	if (!s)
		return 0;
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return complain(r, s,
				"pad: \"addresses\" is a list like [ \"10.1.0.0/16\" ]");
	n = config_setting_length(s);
	if (n == 0)
		return complain(r, s,
				"pad: \"addresses\" is empty: leave it out to allow any");
	if (n > BTNS_PAD_PREFIXES_MAX)
		return complain(r, s, "pad: more than %d \"addresses\"",
				BTNS_PAD_PREFIXES_MAX);
	for (i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(s, i);

		if (!text)
			return complain(r, s,
					"pad: \"addresses\" holds strings in quotes");
		if (lbtns_prefix_parse(text, &e->prefixes[i], &why))
			return complain(r, s, "pad: address \"%s\": %s", text,
					why);
	}
	e->n_prefixes = (unsigned int)n;
	return 0;
}

static const char *const members[] = {
	"name", "id", "key", "auth", "btns", "any", "addresses", NULL
};

static bool is_among(const char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static int check_members(const config_setting_t *group,
			 const struct lbtns_padconf_more *more,
			 const struct report *r)
{
	int i;

	for (i = 0; i < config_setting_length(group); i++) {
		config_setting_t *s = config_setting_get_elem(group,
							      (unsigned int)i);
		const char *name = config_setting_name(s);

		if (!is_among(members, name) &&
		    !is_among(more ? more->names : NULL, name))
			return complain(r, s,
					"pad: \"%s\" is unknown: an entry has name, id, key, auth, btns, any, addresses%s",
					name, more ? more->list : "");
	}
	return 0;
}

/* one more key of an entry; what is there twice counts once */
static int add_key(const config_setting_t *s, const char *text,
		   struct lbtns_pad_entry *e, const struct report *r)
{
	uint8_t key[BTNS_DIGEST_LEN];
	const char *why = "";

	if (!text)
		return complain(r, s,
				"pad \"%s\": \"key\" is a fingerprint in quotes, or a list of them",
				e->name);
	if (lbtns_key_parse(text, key, &why))
		return complain(r, s, "pad \"%s\": key: %s", e->name, why);
	if (!lbtns_pad_entry_key(e, key))
		return complain(r, s, "pad \"%s\": more than %d keys", e->name,
				BTNS_PAD_KEYS_MAX);
	return 0;
}

static int read_keys(const config_setting_t *group, struct lbtns_pad_entry *e,
		     const struct report *r)
{
	config_setting_t *s = config_setting_get_member(group, "key");
	int i, n, err = 0;

	if (!s)
		return 0;
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return add_key(s, config_setting_get_string(s), e, r);
	n = config_setting_length(s);
	for (i = 0; i < n && !err; i++)
		err = add_key(s, config_setting_get_string_elem(s, i), e, r);
	return err;
}

static int read_auth(const config_setting_t *group, struct lbtns_pad_entry *e,
		     const struct report *r)
{
	static const struct {
		const char *name;
		uint8_t method;
	} auths[] = {
		{ "key", BTNS_AUTH_METHOD_NONE },
		{ "cert", BTNS_AUTH_METHOD_CERT },
		{ "psk", BTNS_AUTH_METHOD_PSK },
	};
	const char *auth;
	size_t i;
	int err;

	err = read_string(group, "auth", &auth, r);
	if (err || !auth)
		return err;
	if (!strcmp(auth, "null")) {
		e->flags = BTNS_PAD_FLAGS_ANONYMOUS;
		return 0;
	}
	for (i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
		if (strcmp(auth, auths[i].name))
			continue;
		e->method = auths[i].method;
		return 0;
	}
	return complain(r, group,
			"pad \"%s\": auth \"%.20s\" is unknown: use key, cert, psk or null",
			e->name, auth);
}

/* the entry for peers that prove nothing */
static int check_anonymous(const config_setting_t *group,
			   const struct lbtns_pad_entry *e, bool btns, bool any,
			   const struct report *r)
{
	if (btns || any || e->id.type != BTNS_ID_TYPE_NONE || e->n_keys)
		return complain(r, group,
				"pad \"%s\": an entry with auth = \"null\" has no \"id\", \"key\", \"btns\" or \"any\"",
				e->name);
	return 0;
}

/* a BTNS entry: any key, or one */
static int check_btns(const config_setting_t *group, struct lbtns_pad_entry *e,
		      bool any, const struct report *r)
{
	if (config_setting_get_member(group, "auth"))
		return complain(r, group,
				"pad \"%s\": \"auth\" is for named entries",
				e->name);
	e->flags = BTNS_PAD_FLAGS_BTNS;
	if (any) {
		e->flags |= BTNS_PAD_FLAGS_WILDCARD;
		return 0;
	}
	if (e->id.type != BTNS_ID_TYPE_NONE || e->n_keys != 1)
		return complain(r, group,
				"pad \"%s\": a BTNS entry has one \"key\", or any = true, and no \"id\"",
				e->name);
	lbtns_ident_from_digest(e->keys[0], &e->id);
	memset(e->keys, 0, sizeof(e->keys));
	e->n_keys = 0;
	return 0;
}

/* a named entry: an identity and how it is proved */
static int check_named(const config_setting_t *group,
		       const struct lbtns_pad_entry *e, const struct report *r)
{
	if (e->id.type == BTNS_ID_TYPE_NONE ||
	    (!e->n_keys && e->method == BTNS_AUTH_METHOD_NONE))
		return complain(r, group,
				"pad \"%s\": give \"id\" and \"key\", or btns = true",
				e->name);
	if (e->id.type == BTNS_ID_TYPE_PUBLICKEY)
		return complain(r, group,
				"pad \"%s\": a key as identity is for BTNS entries: use btns = true and \"key\"",
				e->name);
	if (e->n_keys && e->method == BTNS_AUTH_METHOD_PSK)
		return complain(r, group,
				"pad \"%s\": an entry with auth = \"psk\" has no \"key\"",
				e->name);
	return 0;
}

static int read_name(const config_setting_t *group, struct lbtns_pad_entry *e,
		     const struct report *r)
{
	const char *name;
	int err = read_string(group, "name", &name, r);

	if (err)
		return err;
	if (!name || !*name)
		return complain(r, group, "pad: an entry has no \"name\"");
	if (strlen(name) > BTNS_NAME_MAX)
		return complain(r, group,
				"pad: a \"name\" has at most %d characters",
				BTNS_NAME_MAX);
	strcpy(e->name, name);
	return 0;
}

static int read_id(const config_setting_t *group, struct lbtns_pad_entry *e,
		   const struct report *r)
{
	const char *id, *why = "";
	int err = read_string(group, "id", &id, r);

	if (!err && id && lbtns_ident_parse(id, &e->id, &why))
		return complain(r, group, "pad \"%s\": id: %s", e->name, why);
	return err;
}

static int read_entry(const config_setting_t *group, struct lbtns_pad_entry *e,
		      const struct lbtns_padconf_more *more,
		      const struct report *r)
{
	bool btns, any;
	int err;

	if (!config_setting_is_group(group))
		return complain(r, group,
				"pad: an entry is a group like { name = \"x\"; btns = true; any = true; }");
	err = check_members(group, more, r);
	if (!err)
		err = read_name(group, e, r);
	if (!err)
		err = read_id(group, e, r);
	if (!err)
		err = read_auth(group, e, r);
	if (!err)
		err = read_keys(group, e, r);
	if (!err)
		err = read_bool(group, "btns", &btns, r);
	if (!err)
		err = read_bool(group, "any", &any, r);
	if (!err)
		err = read_addresses(group, e, r);
	if (!err && more)
		err = more->read(group, e, more->arg) ? 0 : -ECANCELED;
	if (err)
		return err;
	if (e->flags & BTNS_PAD_FLAGS_ANONYMOUS)
		return check_anonymous(group, e, btns, any, r);
	if (any && !btns)
		return complain(r, group,
				"pad \"%s\": \"any\" is for BTNS entries: add btns = true",
				e->name);
	if (any && (e->id.type != BTNS_ID_TYPE_NONE || e->n_keys))
		return complain(r, group,
				"pad \"%s\": an entry for any key has no \"id\" and no \"key\"",
				e->name);
	return btns ? check_btns(group, e, any, r) : check_named(group, e, r);
}

bool lbtns_pad_entry_key(struct lbtns_pad_entry *e,
			 const uint8_t key[BTNS_DIGEST_LEN])
{
	unsigned int i;

	for (i = 0; i < e->n_keys; i++)
		if (!memcmp(e->keys[i], key, BTNS_DIGEST_LEN))
			return true;
	if (e->n_keys == BTNS_PAD_KEYS_MAX)
		return false;
	memcpy(e->keys[e->n_keys++], key, BTNS_DIGEST_LEN);
	return true;
}

/* the first of @n entries with a flag, or NULL */
static const struct lbtns_pad_entry *with_flag(const struct lbtns_pad_entry *e,
					       int n, uint32_t flag)
{
	int i;

	for (i = 0; i < n; i++)
		if (e[i].flags & flag)
			return &e[i];
	return NULL;
}

/* an entry beside @n others: what there may be once only */
static int check_others(const config_setting_t *group,
			const struct lbtns_pad_entry *e,
			const struct lbtns_pad_entry *others, int n,
			const struct report *r)
{
	const struct lbtns_pad_entry *o;
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(others[i].name, e->name))
			return complain(r, group,
					"pad: two entries are named \"%s\"",
					e->name);
	o = with_flag(others, n, e->flags & BTNS_PAD_FLAGS_WILDCARD);
	if (o)
		return complain(r, group,
				"pad \"%s\": only one entry may be for any key, and \"%s\" is",
				e->name, o->name);
	o = with_flag(others, n, e->flags & BTNS_PAD_FLAGS_ANONYMOUS);
	if (o)
		return complain(r, group,
				"pad \"%s\": only one entry may have auth = \"null\", and \"%s\" has",
				e->name, o->name);
	return 0;
}

int lbtns_padconf_read(const config_setting_t *list,
		       const struct lbtns_padconf_more *more,
		       struct lbtns_pad_entry **entries, size_t *n,
		       char *why, size_t why_len, unsigned int *line)
{
	const struct report r = { why, why_len, line };
	struct lbtns_pad_entry *e;
	int count, i, err = 0;

	*entries = NULL;
	*n = 0;
	*line = 0;
	if (!list)
		return 0;
	if (!config_setting_is_list(list))
		return complain(&r, list,
				"\"pad\" is a list: pad = ( { ... }, { ... } );");
	count = config_setting_length(list);
	if (count > BTNS_PAD_ENTRIES_MAX)
		return complain(&r, list, "pad: more than %d entries",
				BTNS_PAD_ENTRIES_MAX);
	if (!count)
		return 0;
	e = calloc((size_t)count, sizeof(*e));
	if (!e) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < count && !err; i++) {
		const config_setting_t *group =
			config_setting_get_elem(list, (unsigned int)i);

		err = read_entry(group, &e[i], more, &r);
		if (!err)
			err = check_others(group, &e[i], e, i, &r);
	}
	if (err) {
		free(e);
		return err;
	}
	*entries = e;
	*n = (size_t)count;
	return 0;
}
