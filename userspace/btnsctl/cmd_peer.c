// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl peer: the keys behind the digests that the kernel shows, out of the
 * store that btnsd keeps. Only reads, and needs no kernel.
 */
#include <errno.h>
#include <string.h>

#include "btnsctl/out.h"

#define BASE64_LINE	48	/* octets, 64 characters */

/**
 * struct reading - one walk over the store
 * @c: invocation
 * @file: store
 * @list: JSON, or NULL
 * @digest: of a key or of an identity, for show
 * @count: peers so far
 */
struct reading {
	struct ctl *c;
	const char *file;
	json_t *list;
	uint8_t digest[BTNS_DIGEST_LEN];
	unsigned int count;
};

/* ---- printing ---------------------------------------------------------- */

/* @n octets, 1 to BASE64_LINE, as text */
static const char *base64(const uint8_t *data, size_t n, char buf[68])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = buf;
	uint32_t v;
	size_t i;

	for (i = 0; i < n; i += 3) {
		v = (uint32_t)data[i] << 16;
		v |= i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0;
		v |= i + 2 < n ? data[i + 2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*out = '\0';
	return buf;
}

static json_t *to_json(const struct lbtns_peer *p)
{
	char buf[LBTNS_KEY_TEXT_MAX], spki[LBTNS_SPKI_MAX * 2], line[68];
	json_t *o = json_object();
	size_t i, n;

	if (p->spki_len)
		json_object_set_new(o, "key",
				    json_string(lbtns_key_text(p->key, buf)));
	json_object_set_new(o, "peer", out_ident(&p->ident));
	json_object_set_new(o, "pad", json_string(p->pad));
	json_object_set_new(o, "first", json_integer((json_int_t)p->first));
	json_object_set_new(o, "last", json_integer((json_int_t)p->last));
	spki[0] = '\0';
	for (i = 0; i < p->spki_len; i += n) {
		n = p->spki_len - i < BASE64_LINE ? p->spki_len - i :
						    BASE64_LINE;
		strcat(spki, base64(p->spki + i, n, line));
	}
	if (p->spki_len)
		json_object_set_new(o, "spki", json_string(spki));
	return o;
}

static void to_line(FILE *f, const struct lbtns_peer *p)
{
	char key[LBTNS_KEY_TEXT_MAX], id[LBTNS_IDENT_TEXT_MAX], t[32];

	fprintf(f, "%s peer %s method %s pad %s",
		p->spki_len ? lbtns_key_text(p->key, key) : "no-key",
		lbtns_ident_text(&p->ident, id),
		lbtns_name(LBTNS_NAMES_METHOD, p->ident.method), p->pad);
	fprintf(f, " first %s", out_when(p->first, t));
	fprintf(f, " last %s\n", out_when(p->last, t));
}

static void to_pem(FILE *f, const struct lbtns_peer *p)
{
	char line[68];
	size_t i, n;

	fputs("-----BEGIN PUBLIC KEY-----\n", f);
	for (i = 0; i < p->spki_len; i += n) {
		n = p->spki_len - i < BASE64_LINE ? p->spki_len - i :
						    BASE64_LINE;
		fprintf(f, "%s\n", base64(p->spki + i, n, line));
	}
	fputs("-----END PUBLIC KEY-----\n", f);
}

/* ---- verbs ------------------------------------------------------------- */

static int one(struct reading *r, const struct lbtns_peer *p, bool pem)
{
	r->count++;
	if (r->list)
		return json_array_append_new(r->list, to_json(p)) ? -ENOMEM : 0;
	to_line(r->c->out, p);
	if (pem && p->spki_len)
		to_pem(r->c->out, p);
	return 0;
}

static int list_one(const struct lbtns_peer *p, void *arg)
{
	return one(arg, p, false);
}

static int show_one(const struct lbtns_peer *p, void *arg)
{
	struct reading *r = arg;

	if (memcmp(p->key, r->digest, BTNS_DIGEST_LEN) &&
	    memcmp(p->ident.digest, r->digest, BTNS_DIGEST_LEN))
		return 0;
	return one(r, p, true);
}

static int count_one(const struct lbtns_peer *p, void *arg)
{
	struct reading *r = arg;

	(void)p;
	r->count++;
	return 0;
}

/* [file FILE], and that is all */
static int parse_file(struct reading *r, struct ctl_args *a)
{
	const char *word;
	int err = 0;

	r->file = LBTNS_PEERS_PATH;
	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "file"))
			err = ctl_string(r->c, a, word, &r->file);
		else
			err = ctl_unknown(r->c, "peer", word);
	}
	return err;
}

static int walk(struct reading *r, lbtns_peer_cb cb)
{
	const char *why = "";
	int err = lbtns_peers_read(r->file, cb, r, &why);

	if (err == -EBADMSG)
		return ctl_fail(r->c, CTL_REFUSED,
				"%s is damaged: %s: btnsd closes all latches when it sees that, see btnsd(8)",
				r->file, why);
	if (err == -ENOENT)
		return ctl_fail(r->c, CTL_REFUSED,
				"there is no %s: btnsd makes it when it starts",
				r->file);
	return err ? ctl_fail(r->c, CTL_BROKEN, "%s: %s", r->file, why) : 0;
}

static int print(struct reading *r, lbtns_peer_cb cb)
{
	int err;

	if (r->c->json)
		r->list = json_array();
	err = walk(r, cb);
	if (err || !r->c->json) {
		json_decref(r->list);
		return err;
	}
	return out_json(r->c, r->list);
}

static int list(struct ctl *c, struct ctl_args *a)
{
	struct reading r = { .c = c };
	int err = parse_file(&r, a);

	return err ? err : print(&r, list_one);
}

/* A key or an identity, as latches show them, in any form. */
static int parse_whom(struct ctl *c, struct ctl_args *a,
		      uint8_t digest[BTNS_DIGEST_LEN])
{
	struct lbtns_ident id;
	const char *text;

	if (ctl_string(c, a, "show", &text))
		return CTL_USAGE;
	if (!lbtns_key_parse(text, digest, NULL))
		return 0;
	if (lbtns_ident_parse(text, &id, NULL))
		return ctl_fail(c, CTL_USAGE,
				"show: \"%s\" is neither a fingerprint nor an identity",
				text);
	memcpy(digest, id.digest, BTNS_DIGEST_LEN);
	return 0;
}

static int show(struct ctl *c, struct ctl_args *a)
{
	struct reading r = { .c = c };
	int err = parse_whom(c, a, r.digest);

	if (!err)
		err = parse_file(&r, a);
	if (!err)
		err = print(&r, show_one);
	if (!err && !r.count)
		err = ctl_fail(c, CTL_REFUSED, "%s has no such peer", r.file);
	return err;
}

static int check(struct ctl *c, struct ctl_args *a)
{
	struct reading r = { .c = c };
	json_t *o;
	int err = parse_file(&r, a);

	if (!err)
		err = walk(&r, count_one);
	if (err)
		return err;
	if (!c->json)
		return fprintf(c->out, "%s is intact, %u peers\n", r.file,
			       r.count) < 0 ? CTL_BROKEN : CTL_OK;
	o = json_object();
	json_object_set_new(o, "file", json_string(r.file));
	json_object_set_new(o, "peers", json_integer(r.count));
	return out_json(c, o);
}

static const struct ctl_verb verbs[] = {
	{ "list", list, "[file FILE]" },
	{ "show", show, "{ FINGERPRINT | IDENTITY } [file FILE]" },
	{ "check", check, "[file FILE]" },
	{ NULL, NULL, NULL }
};

int cmd_peer(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "peer", verbs, "list", a);
}
