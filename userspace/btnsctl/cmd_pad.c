// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl pad: the Peer Authorization Database. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/out.h"
#include "libbtns/padconf.h"

static int print_entry(const struct lbtns_pad_entry *e, uint32_t index,
		       uint32_t generation, void *arg)
{
	struct out_list *ctx = arg;
	json_t *o;

	if (!ctx->c->json) {
		fprintf(ctx->c->out, "%u ", index);
		text_pad_entry(ctx->c->out, e);
		fputc('\n', ctx->c->out);
		return 0;
	}
	o = out_pad_entry(e);
	json_object_set_new(o, "index", json_integer(index));
	json_object_set_new(o, "generation", json_integer(generation));
	return out_list_add(ctx, o);
}

static int list(struct ctl *c, struct ctl_args *a)
{
	struct out_list l;
	int err = out_list_begin(&l, c, a);

	return err ? err : out_list_end(&l, lbtns_pad_dump(c->h, print_entry, &l));
}

/* The one word after "method", of those that an entry may have. */
static int entry_method(struct ctl *c, struct ctl_args *a, uint8_t *method)
{
	static const uint8_t may[] = { BTNS_AUTH_METHOD_RAWKEY,
				       BTNS_AUTH_METHOD_CERT,
				       BTNS_AUTH_METHOD_PSK };
	const char *text;
	size_t i;

	if (ctl_string(c, a, "method", &text))
		return CTL_USAGE;
	for (i = 0; i < sizeof(may); i++) {
		if (strcmp(text, lbtns_name(LBTNS_NAMES_METHOD, may[i])))
			continue;
		*method = may[i];
		return 0;
	}
	return ctl_fail(c, CTL_USAGE,
			"method: \"%s\" is none of rawkey, cert, psk", text);
}

/**
 * struct entry_words - what the words of `pad add` say, beside the entry itself
 * @name: the entry's, or NULL
 * @btns: for peers that are known by a key alone
 * @any: for any key
 * @has_id: it has an identity
 * @anonymous: for peers that prove nothing
 */
struct entry_words {
	const char *name;
	bool btns;
	bool any;
	bool has_id;
	bool anonymous;
};

/* one kind of entry or another, and what goes with that; 0 or CTL_USAGE */
static int check_entry(struct ctl *c, const struct entry_words *w,
		       struct lbtns_pad_entry *e)
{
	if (w->anonymous) {
		if (w->btns || w->any || w->has_id || e->n_keys || e->method)
			return ctl_fail(c, CTL_USAGE,
					"an entry for peers that prove nothing is \"name NAME anonymous\", and addr");
		e->flags = BTNS_PAD_FLAGS_ANONYMOUS;
		return 0;
	}
	if (w->any) {
		if (!w->btns || w->has_id || e->n_keys)
			return ctl_fail(c, CTL_USAGE,
					"an entry for any key is \"name NAME btns any\", without id and key");
		e->flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD;
		return 0;
	}
	if (w->btns) {
		if (w->has_id || e->n_keys != 1)
			return ctl_fail(c, CTL_USAGE,
					"a BTNS entry is \"name NAME btns key FINGERPRINT\" or \"name NAME btns any\"");
		e->flags = BTNS_PAD_FLAGS_BTNS;
		lbtns_ident_from_digest(e->keys[0], &e->id);
		e->n_keys = 0;
		return 0;
	}
	if (!w->has_id)
		return ctl_fail(c, CTL_USAGE,
				"an entry is \"name NAME id IDENTITY key FINGERPRINT\", or has btns");
	if (e->id.type == BTNS_ID_TYPE_PUBLICKEY)
		return ctl_fail(c, CTL_USAGE,
				"a key as identity is for BTNS entries: \"name NAME btns key FINGERPRINT\"");
	/* without a key nobody but an administrator can vouch for it */
	return 0;
}

/* The words of `pad add`, to an entry; 0 or CTL_USAGE. */
static int parse_entry(struct ctl *c, struct ctl_args *a,
		       struct lbtns_pad_entry *e)
{
	struct entry_words w = { 0 };
	uint8_t key[BTNS_DIGEST_LEN];
	const char *word;
	int err = 0;

	memset(e, 0, sizeof(*e));
	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "name")) {
			err = ctl_string(c, a, word, &w.name);
		} else if (!strcmp(word, "id")) {
			err = ctl_ident(c, a, word, &e->id);
			w.has_id = true;
		} else if (!strcmp(word, "key")) {
			err = ctl_key(c, a, word, key);
			if (!err && !lbtns_pad_entry_key(e, key))
				return ctl_fail(c, CTL_USAGE,
						"more than %d key in one entry",
						BTNS_PAD_KEYS_MAX);
		} else if (!strcmp(word, "method")) {
			err = entry_method(c, a, &e->method);
		} else if (!strcmp(word, "btns")) {
			w.btns = true;
		} else if (!strcmp(word, "any")) {
			w.any = true;
		} else if (!strcmp(word, "anonymous")) {
			w.anonymous = true;
		} else if (!strcmp(word, "addr")) {
			if (e->n_prefixes == BTNS_PAD_PREFIXES_MAX)
				return ctl_fail(c, CTL_USAGE,
						"more than %d addr in one entry",
						BTNS_PAD_PREFIXES_MAX);
			err = ctl_prefix(c, a, word,
					 &e->prefixes[e->n_prefixes++]);
		} else {
			err = ctl_unknown(c, "pad", word);
		}
	}
	if (err)
		return err;
	if (!w.name || !*w.name || strlen(w.name) > BTNS_NAME_MAX)
		return ctl_fail(c, CTL_USAGE,
				"give the entry a name of 1 to %d characters: name NAME",
				BTNS_NAME_MAX);
	strcpy(e->name, w.name);
	return check_entry(c, &w, e);
}

static int add(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_pad_entry e;
	int err;

	err = parse_entry(c, a, &e);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_pad_add(c->h, &e);
	return err ? ctl_kernel_fail(c, c->h, err) : CTL_OK;
}

static int del(struct ctl *c, struct ctl_args *a)
{
	const char *name = ctl_word(a);
	int err;

	if (name && !strcmp(name, "name"))
		name = ctl_word(a);
	if (!name)
		return ctl_fail(c, CTL_USAGE,
				"say which entry: btnsctl pad del NAME");
	err = ctl_end(c, a);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_pad_del(c->h, name);
	return err ? ctl_kernel_fail(c, c->h, err) : CTL_OK;
}

static int replace(struct ctl *c, const struct lbtns_pad_entry *e, size_t n)
{
	int err = ctl_open(c);

	if (err)
		return err;
	err = lbtns_pad_replace(c->h, e, n);
	return err ? ctl_kernel_fail(c, c->h, err) : CTL_OK;
}

static int load(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_pad_entry *entries = NULL;
	const config_setting_t *list;
	const char *path, *shown;
	unsigned int line = 0;
	char why[256] = "";
	config_t cfg;
	int err, ok;
	size_t n;

	path = ctl_word(a);
	if (!path)
		return ctl_fail(c, CTL_USAGE,
				"say which file: btnsctl pad load FILE, or - for standard input");
	if (ctl_end(c, a))
		return CTL_USAGE;
	shown = strcmp(path, "-") ? path : "standard input";

	config_init(&cfg);
	if (!strcmp(path, "-"))
		ok = config_read(&cfg, stdin);
	else
		ok = config_read_file(&cfg, path);
	if (!ok) {
		if (config_error_type(&cfg) == CONFIG_ERR_FILE_IO)
			err = ctl_fail(c, CTL_REFUSED, "cannot read %s", shown);
		else
			err = ctl_fail(c, CTL_REFUSED, "%s:%d: %s", shown,
				       config_error_line(&cfg),
				       config_error_text(&cfg));
		goto out;
	}
	list = config_lookup(&cfg, "pad");
	if (!list) {
		err = ctl_fail(c, CTL_REFUSED,
			       "%s: no list \"pad\" in it; to empty the PAD: btnsctl pad flush",
			       shown);
		goto out;
	}
	if (lbtns_padconf_read(list, NULL, &entries, &n, why, sizeof(why), &line)) {
		err = ctl_fail(c, CTL_REFUSED, "%s:%u: %s", shown, line, why);
		goto out;
	}
	err = replace(c, entries, n);
	free(entries);
out:
	config_destroy(&cfg);
	return err;
}

static int flush(struct ctl *c, struct ctl_args *a)
{
	return ctl_end(c, a) ? CTL_USAGE : replace(c, NULL, 0);
}

static const struct ctl_verb verbs[] = {
	{ "list", list, "" },
	{ "add", add,
	  "name NAME { id IDENTITY [method { rawkey | cert | psk }]\n"
	  "             [key FINGERPRINT]... | btns key FINGERPRINT | btns any | anonymous }\n"
	  "             [addr PREFIX]..." },
	{ "del", del, "NAME" },
	{ "load", load, "FILE | -   (replaces all entries, or none)" },
	{ "flush", flush, "" },
	{ NULL, NULL, NULL }
};

int cmd_pad(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "pad", verbs, "list", a);
}
