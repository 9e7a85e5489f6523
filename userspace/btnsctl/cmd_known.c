// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl known: whom btnsd knows by the key of the first contact. Edits the
 * file that btnsd reads, under its lock; btnsd sees the change by itself.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "btnsctl/out.h"
#include "libbtns/known.h"

/* milliseconds: btnsd holds the lock for one write */
#define LOCK_MS	2000

/**
 * struct known_words - words of a command, and what it works on
 * @c: invocation
 * @file: file of known peers
 * @addr: address; of no family for "any"
 * @has_addr: there is one
 * @key: fingerprint
 * @has_key: there is one
 * @many: more peers are there
 * @plain: do not hash
 * @make: the file may be missing
 * @k: the file's entries
 */
struct known_words {
	struct ctl *c;
	const char *file;
	struct lbtns_prefix addr;
	bool has_addr;
	uint8_t key[BTNS_DIGEST_LEN];
	bool has_key;
	bool many;
	bool plain;
	bool make;
	struct lbtns_known k;
};

/* ---- words --------------------------------------------------------------- */

/* Which words a command takes, besides file FILE. */
enum takes {
	TAKES_ADDR = 1,
	TAKES_KEY = 2,
	TAKES_ADD = 4,
};

static int parse_addr(struct known_words *w, const char *text)
{
	const char *why = "";

	w->has_addr = true;
	if (!strcmp(text, "any"))
		return 0;
	if (lbtns_prefix_parse(text, &w->addr, &why) || strchr(text, '/'))
		return ctl_fail(w->c, CTL_USAGE,
				"\"%s\" is neither an address nor \"any\"",
				text);
	return 0;
}

static int parse_word(struct known_words *w, struct ctl_args *a,
		      unsigned int takes, const char *word)
{
	struct ctl_args one = { 1, (char *[]){ (char *)word } };

	if (!strcmp(word, "file"))
		return ctl_string(w->c, a, word, &w->file);
	if ((takes & TAKES_ADD) && !strcmp(word, "many")) {
		w->many = true;
		return 0;
	}
	if ((takes & TAKES_ADD) && !strcmp(word, "plain")) {
		w->plain = true;
		return 0;
	}
	if ((takes & TAKES_KEY) && !strcmp(word, "key")) {
		w->has_key = true;
		return ctl_key(w->c, a, word, w->key);
	}
	if ((takes & TAKES_ADDR) && !w->has_addr)
		return parse_addr(w, word);
	if ((takes & TAKES_ADD) && !w->has_key) {
		w->has_key = true;
		return ctl_key(w->c, &one, "add", w->key);
	}
	return ctl_unknown(w->c, "known", word);
}

static int parse(struct known_words *w, struct ctl *c, struct ctl_args *a,
		 unsigned int takes)
{
	const char *word;
	int err = 0;

	*w = (struct known_words){ .c = c, .file = LBTNS_KNOWN_PATH };
	while (!err && (word = ctl_word(a)))
		err = parse_word(w, a, takes, word);
	return err;
}

/* ---- the file ------------------------------------------------------------ */

static int load(struct known_words *w)
{
	struct lbtns_known_fault fault;
	int err = lbtns_known_load(w->file, &w->k, &fault);

	if (err == -EBADMSG)
		return ctl_fail(w->c, CTL_REFUSED,
				"%s:%u: %s: btnsd takes nobody new or known until that is put in order",
				w->file, fault.line, fault.why);
	if (err == -ENOENT && w->make)
		return 0;
	if (err == -ENOENT)
		return ctl_fail(w->c, CTL_REFUSED,
				"there is no %s: btnsd makes it when it starts with known.mode",
				w->file);
	return err ? ctl_fail(w->c, CTL_BROKEN, "%s: %s", w->file, fault.why) :
		     0;
}

/* Read the file under its lock, change it, write it if that said so. */
static int edit(struct known_words *w, int (*change)(struct known_words *w))
{
	int fd = lbtns_file_lock(w->file, LOCK_MS), err, n;

	if (fd < 0)
		return ctl_fail(w->c, CTL_BROKEN, "%s.lock: %s", w->file,
				strerror(-fd));
	err = load(w);
	n = err ? 0 : change(w);
	if (n > 0) {
		n = lbtns_known_save(w->file, &w->k);
		if (n)
			err = ctl_fail(w->c, CTL_BROKEN,
				       "%s cannot be written: %s", w->file,
				       strerror(-n));
	} else if (n < 0) {
		err = ctl_fail(w->c, n == -ENOSPC ? CTL_REFUSED : CTL_BROKEN,
			       "%s: %s", w->file,
			       n == -ENOSPC ? "it is full" : strerror(-n));
	} else if (!err) {
		err = ctl_fail(w->c, CTL_REFUSED, "%s has no such entry",
			       w->file);
	}
	lbtns_known_free(&w->k);
	close(fd);
	return err;
}

/* ---- printing ------------------------------------------------------------ */

static json_t *to_json(const struct lbtns_known_entry *e)
{
	char where[LBTNS_KNOWN_LINE_MAX], key[LBTNS_KEY_TEXT_MAX];
	json_t *o = json_object();

	lbtns_known_where_text(e, where);
	if (e->where == LBTNS_KNOWN_PLAIN)
		json_object_set_new(o, "address", json_string(where));
	else if (e->where == LBTNS_KNOWN_HASHED)
		json_object_set_new(o, "hash", json_string(where));
	json_object_set_new(o, "key", json_string(lbtns_key_text(e->key, key)));
	json_object_set_new(o, "kind",
			    json_string(lbtns_known_kind_text(e->kind)));
	json_object_set_new(o, "first", json_integer((json_int_t)e->first));
	json_object_set_new(o, "last", json_integer((json_int_t)e->last));
	return o;
}

static void to_line(FILE *f, const struct lbtns_known_entry *e)
{
	char where[LBTNS_KNOWN_LINE_MAX], key[LBTNS_KEY_TEXT_MAX], t[32];

	fprintf(f, "%s key %s %s",
		e->where == LBTNS_KNOWN_ANYWHERE ?
			"any" : lbtns_known_where_text(e, where),
		lbtns_key_text(e->key, key), lbtns_known_kind_text(e->kind));
	fprintf(f, " first %s", out_when(e->first, t));
	fprintf(f, " last %s\n", out_when(e->last, t));
}

/* Entries of an address, of whoever is asked for; all if nobody is. */
static int print(struct known_words *w, size_t *count)
{
	json_t *list = w->c->json ? json_array() : NULL;
	size_t i;
	int here;

	*count = 0;
	for (i = 0; i < w->k.n; i++) {
		const struct lbtns_known_entry *e = &w->k.entry[i];

		here = w->has_addr ? lbtns_known_at(e, &w->addr) : 1;
		if (here < 0) {
			json_decref(list);
			return ctl_fail(w->c, CTL_BROKEN, "out of memory");
		}
		if (!here)
			continue;
		(*count)++;
		if (list)
			json_array_append_new(list, to_json(e));
		else
			to_line(w->c->out, e);
	}
	return list ? out_json(w->c, list) : CTL_OK;
}

/* ---- verbs --------------------------------------------------------------- */

static int list(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	size_t n;
	int err = parse(&w, c, a, 0);

	if (!err)
		err = load(&w);
	if (!err)
		err = print(&w, &n);
	lbtns_known_free(&w.k);
	return err;
}

static int show(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	size_t n = 0;
	int err = parse(&w, c, a, TAKES_ADDR);

	if (!err && !w.has_addr)
		err = ctl_fail(c, CTL_USAGE, "show wants an address, or \"any\"");
	if (!err)
		err = load(&w);
	if (!err)
		err = print(&w, &n);
	if (!err && !n)
		err = ctl_fail(c, CTL_REFUSED, "%s has no such entry", w.file);
	lbtns_known_free(&w.k);
	return err;
}

/* An entry that is there already becomes one that was added. */
static int do_add(struct known_words *w)
{
	struct lbtns_known_entry e = {
		.where = w->addr.family ? LBTNS_KNOWN_PLAIN :
					  LBTNS_KNOWN_ANYWHERE,
		.kind = w->many ? LBTNS_KNOWN_MANY : LBTNS_KNOWN_ADDED,
		.addr = w->addr,
		.first = (uint64_t)time(NULL),
	};
	int err;

	e.last = e.first;
	memcpy(e.key, w->key, BTNS_DIGEST_LEN);
	err = lbtns_known_remove(&w->k, &w->addr, w->key);
	if (err >= 0)
		err = w->plain ? 0 : lbtns_known_hash(&e);
	if (!err)
		err = lbtns_known_add(&w->k, &e);
	return err ? err : 1;
}

static int add(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	int err = parse(&w, c, a, TAKES_ADDR | TAKES_ADD);

	if (!err && !w.has_key)
		err = ctl_fail(c, CTL_USAGE,
			       "add wants an address, or \"any\", and a fingerprint");
	if (!err && w.many && !w.addr.family)
		err = ctl_fail(c, CTL_USAGE, "\"many\" wants an address");
	w.make = true;
	return err ? err : edit(&w, do_add);
}

static int do_remove(struct known_words *w)
{
	return lbtns_known_remove(&w->k, w->has_addr ? &w->addr : NULL,
				  w->has_key ? w->key : NULL);
}

static int remove_some(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	int err = parse(&w, c, a, TAKES_ADDR | TAKES_KEY);

	if (!err && !w.has_addr && !w.has_key)
		err = ctl_fail(c, CTL_USAGE,
			       "remove wants an address, \"any\", or \"key\" and a fingerprint");
	return err ? err : edit(&w, do_remove);
}

static int do_hash(struct known_words *w)
{
	size_t i;
	int err;

	for (i = 0; i < w->k.n; i++) {
		err = lbtns_known_hash(&w->k.entry[i]);
		if (err)
			return err;
	}
	return 1;
}

static int hash(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	int err = parse(&w, c, a, 0);

	return err ? err : edit(&w, do_hash);
}

static int check(struct ctl *c, struct ctl_args *a)
{
	struct known_words w;
	int err = parse(&w, c, a, 0);
	json_t *o;

	if (!err)
		err = load(&w);
	if (err)
		return err;
	if (c->json) {
		o = json_object();
		json_object_set_new(o, "file", json_string(w.file));
		json_object_set_new(o, "entries",
				    json_integer((json_int_t)w.k.n));
		err = out_json(c, o);
	} else {
		fprintf(c->out, "%s is intact, %zu entries\n", w.file, w.k.n);
	}
	lbtns_known_free(&w.k);
	return err;
}

static const struct ctl_verb verbs[] = {
	{ "list", list, "[file FILE]" },
	{ "show", show, "{ ADDRESS | any } [file FILE]" },
	{ "add", add,
	  "{ ADDRESS | any } FINGERPRINT [many] [plain] [file FILE]" },
	{ "remove", remove_some,
	  "[ADDRESS | any] [key FINGERPRINT] [file FILE]" },
	{ "hash", hash, "[file FILE]" },
	{ "check", check, "[file FILE]" },
	{ NULL, NULL, NULL }
};

int cmd_known(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "known", verbs, "list", a);
}
