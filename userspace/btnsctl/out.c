// SPDX-License-Identifier: GPL-2.0-or-later
/* Printing: structs of libbtns as lines for people and as JSON. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include "btnsctl/out.h"
#include "kernel/pad_match.h"

const char *out_when(uint64_t seconds, char *buf)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(buf, "unknown");
	return buf;
}

const char *out_proto(uint8_t proto, char *buf)
{
	switch (proto) {
	case 0:
		return "any";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_AH:
		return "ah";
	default:
		snprintf(buf, 16, "%u", proto);
		return buf;
	}
}

static const char *mode_name(uint8_t mode)
{
	static const char *const names[] = {
		"transport", "tunnel", "ro", "in-trigger", "beet", "iptfs"
	};

	return mode < sizeof(names) / sizeof(names[0]) ? names[mode] :
							 "unknown";
}

static const char *family_name(uint8_t family)
{
	return family == AF_INET6 ? "inet6" : "inet";
}

const char *out_endpoint(const struct lbtns_prefix *p, uint16_t port,
			 char *buf, size_t size)
{
	char addr[LBTNS_PREFIX_TEXT_MAX];
	const char *fmt = p->family == AF_INET6 ? "[%s]:%u" : "%s:%u";

	lbtns_addr_text(p, addr);
	if (!port)
		snprintf(buf, size, p->family == AF_INET6 ? "[%s]:*" : "%s:*",
			 addr);
	else
		snprintf(buf, size, fmt, addr, port);
	return buf;
}

int out_json(struct ctl *c, json_t *v)
{
	size_t flags = c->pretty ? JSON_INDENT(2) : JSON_COMPACT;

	if (!v)
		return ctl_fail(c, CTL_BROKEN, "out of memory");
	if (json_dumpf(v, c->out, flags | JSON_PRESERVE_ORDER |
			       JSON_ENCODE_ANY)) {
		json_decref(v);
		return ctl_fail(c, CTL_BROKEN, "cannot write JSON");
	}
	json_decref(v);
	fputc('\n', c->out);
	return CTL_OK;
}

int out_list_begin(struct out_list *l, struct ctl *c, struct ctl_args *a)
{
	int err = ctl_end(c, a);

	*l = (struct out_list){ .c = c };
	return err ? err : ctl_open(c);
}

/* An object that stands in an array, two columns in. No string has newlines. */
static void print_indented(FILE *f, const char *text)
{
	fputs("\n  ", f);
	for (; *text; text++) {
		fputc(*text, f);
		if (*text == '\n')
			fputs("  ", f);
	}
}

int out_list_add(struct out_list *l, json_t *v)
{
	size_t flags = l->c->pretty ? JSON_INDENT(2) : JSON_COMPACT;
	FILE *f = l->c->out;
	char *text;

	text = v ? json_dumps(v, flags | JSON_PRESERVE_ORDER) : NULL;
	json_decref(v);
	if (!text)
		return -ENOMEM;
	fputc(l->any ? ',' : '[', f);
	l->any = true;
	if (l->c->pretty)
		print_indented(f, text);
	else
		fputs(text, f);
	free(text);
	return ferror(f) ? -EIO : 0;
}

int out_list_end(struct out_list *l, int err)
{
	FILE *f = l->c->out;

	if (!err && l->c->json) {
		if (!l->any)
			fputc('[', f);
		else if (l->c->pretty)
			fputc('\n', f);
		fputs("]\n", f);
	}
	if (l->c->json && (fflush(f) || ferror(f)))
		return ctl_fail(l->c, CTL_BROKEN, "cannot write JSON");
	if (err == -ENOMEM)
		return ctl_fail(l->c, CTL_BROKEN, "out of memory");
	return err ? ctl_kernel_fail(l->c, l->c->h, err) : CTL_OK;
}

/* ---- JSON -------------------------------------------------------------- */

static void put(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static void put_str(json_t *o, const char *key, const char *s)
{
	put(o, key, json_string(s));
}

static void put_int(json_t *o, const char *key, uint64_t v)
{
	put(o, key, json_integer((json_int_t)v));
}

static void put_addr(json_t *o, const char *key, const struct lbtns_prefix *p)
{
	char buf[LBTNS_PREFIX_TEXT_MAX];

	put_str(o, key, lbtns_addr_text(p, buf));
}

static void put_prefix(json_t *o, const char *key,
		       const struct lbtns_prefix *p)
{
	char buf[LBTNS_PREFIX_TEXT_MAX];

	put_str(o, key, lbtns_prefix_text(p, buf));
}

static void put_key(json_t *o, const char *key, const uint8_t *digest)
{
	char buf[LBTNS_KEY_TEXT_MAX];

	put_str(o, key, lbtns_key_text(digest, buf));
}

static void put_proto(json_t *o, const char *key, uint8_t proto)
{
	char buf[16];

	put_str(o, key, out_proto(proto, buf));
}

/* An end of address translation, if it is known; the port if that is. */
static void put_end(json_t *o, const char *key, const struct lbtns_prefix *p,
		    uint16_t port)
{
	char name[32];

	if (!p->family)
		return;
	put_addr(o, key, p);
	snprintf(name, sizeof(name), "%s_port", key);
	if (port)
		put_int(o, name, port);
}

json_t *out_ident(const struct lbtns_ident *id)
{
	char text[LBTNS_IDENT_TEXT_MAX];
	json_t *o = json_object();

	put_str(o, "id", lbtns_ident_text(id, text));
	put_str(o, "type", lbtns_name(LBTNS_NAMES_ID_TYPE, id->type));
	put_str(o, "method", lbtns_name(LBTNS_NAMES_METHOD, id->method));
	if (id->type != BTNS_ID_TYPE_NONE) {
		put_key(o, "digest", id->digest);
		put_str(o, "name", id->name);
	}
	return o;
}

json_t *out_selector(const struct lbtns_selector *sel)
{
	json_t *o = json_object();

	put_prefix(o, "local", &sel->local);
	put_prefix(o, "remote", &sel->remote);
	put_proto(o, "proto", sel->proto);
	put_int(o, "lport", sel->lport);
	put_int(o, "rport", sel->rport);
	put_int(o, "lport_mask", sel->lmask);
	put_int(o, "rport_mask", sel->rmask);
	return o;
}

json_t *out_pad_entry(const struct lbtns_pad_entry *e)
{
	char text[LBTNS_IDENT_TEXT_MAX];
	json_t *o = json_object(), *list = json_array();
	unsigned int i;

	put_str(o, "name", e->name);
	put(o, "btns", json_boolean(e->flags & BTNS_PAD_FLAGS_BTNS));
	put(o, "any", json_boolean(e->flags & BTNS_PAD_FLAGS_WILDCARD));
	put(o, "anonymous", json_boolean(e->flags & BTNS_PAD_FLAGS_ANONYMOUS));
	if (e->id.type == BTNS_ID_TYPE_PUBLICKEY) {
		put_key(o, "key", e->id.digest);
	} else if (e->id.type != BTNS_ID_TYPE_NONE) {
		put_str(o, "id", lbtns_ident_text(&e->id, text));
		put_key(o, "id_digest", e->id.digest);
	}
	if (e->n_keys == 1)
		put_key(o, "key", e->keys[0]);
	if (e->n_keys > 1) {
		json_t *keys = json_array();

		for (i = 0; i < e->n_keys; i++)
			json_array_append_new(keys,
					      json_string(lbtns_key_text(e->keys[i],
									 text)));
		put(o, "keys", keys);
	}
	if (e->method != BTNS_AUTH_METHOD_NONE)
		put_str(o, "method",
			lbtns_name(LBTNS_NAMES_METHOD, e->method));
	for (i = 0; i < e->n_prefixes; i++)
		json_array_append_new(list,
				      json_string(lbtns_prefix_text(&e->prefixes[i],
								    text)));
	put(o, "addresses", list);
	return o;
}

json_t *out_sa(const struct lbtns_sa *sa)
{
	json_t *o = json_object();
	char spi[16];

	put_int(o, "id", sa->id);
	put_proto(o, "proto", sa->proto);
	snprintf(spi, sizeof(spi), "0x%08x", ntohl(sa->spi));
	put_str(o, "spi", spi);
	put_addr(o, "dst", &sa->daddr);
	if (sa->peer.type || sa->sel.local.family) {
		put(o, "peer", out_ident(&sa->peer));
		put(o, "local", out_ident(&sa->local));
		if (sa->has_peer_key)
			put_key(o, "peer_key", sa->peer_key);
		if (sa->has_peer_cert)
			put_key(o, "peer_cert", sa->peer_cert);
		if (sa->has_peer_anchor)
			put_key(o, "peer_anchor", sa->peer_anchor);
		put_end(o, "local_public", &sa->local_public,
			sa->local_public_port);
		put_end(o, "remote_private", &sa->remote_private,
			sa->remote_private_port);
		if (sa->mark_mask) {
			put_int(o, "mark", sa->mark);
			put_int(o, "mark_mask", sa->mark_mask);
		}
		put(o, "sel", out_selector(&sa->sel));
	}
	return o;
}

static json_t *reasons(uint32_t bits)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < 32; i++)
		if (bits & (1U << i))
			json_array_append_new(list,
					      json_string(lbtns_name(LBTNS_NAMES_REASON,
								     i)));
	return list;
}

json_t *out_latch(const struct lbtns_latch *l)
{
	json_t *o = json_object(), *list;

	put_int(o, "id", l->id);
	put_str(o, "state", lbtns_name(LBTNS_NAMES_STATE, l->state));
	put_str(o, "reason", lbtns_name(LBTNS_NAMES_REASON, l->reason));
	put_str(o, "family", family_name(l->laddr.family));
	put_proto(o, "proto", l->proto);
	put_addr(o, "local", &l->laddr);
	put_int(o, "lport", l->lport);
	put_addr(o, "remote", &l->raddr);
	put_int(o, "rport", l->rport);
	if (l->sa_proto) {
		list = json_array();
		if (l->protection & BTNS_PROTECTION_CONFIDENTIALITY)
			json_array_append_new(list,
					      json_string("confidentiality"));
		if (l->protection & BTNS_PROTECTION_INTEGRITY)
			json_array_append_new(list, json_string("integrity"));
		put(o, "protection", list);
		put_proto(o, "sa_proto", l->sa_proto);
		put_str(o, "mode", mode_name(l->sa_mode));
		put_str(o, "enc", l->enc);
		put_int(o, "enc_keybits", l->enc_keybits);
		put_str(o, "auth", l->auth);
		put_int(o, "icv_bits", l->icv_bits);
		put(o, "replay", json_boolean(l->replay));
		put(o, "esn", json_boolean(l->esn));
	}
	put(o, "peer", out_ident(&l->peer));
	put(o, "self", out_ident(&l->local));
	put_str(o, "ask", lbtns_name(LBTNS_NAMES_ASK, l->ask));
	put_str(o, "disposition",
		lbtns_name(LBTNS_NAMES_DISPOSITION, l->disposition));
	put(o, "conflicts", reasons(l->conflicts));
	if (l->tunnel_local.family)
		put_addr(o, "tunnel_local", &l->tunnel_local);
	if (l->tunnel_remote.family)
		put_addr(o, "tunnel_remote", &l->tunnel_remote);
	put_end(o, "local_private", &l->local_private, l->local_private_port);
	put_end(o, "local_public", &l->local_public, l->local_public_port);
	put_end(o, "remote_private", &l->remote_private,
		l->remote_private_port);
	put_end(o, "remote_public", &l->remote_public, l->remote_public_port);
	if (l->has_peer_key)
		put_key(o, "peer_key", l->peer_key);
	if (l->has_peer_cert)
		put_key(o, "peer_cert", l->peer_cert);
	if (l->has_peer_anchor)
		put_key(o, "peer_anchor", l->peer_anchor);
	if (l->mark_in)
		put_int(o, "mark_in", l->mark_in);
	if (l->mark_out)
		put_int(o, "mark_out", l->mark_out);
	if (l->cookie)
		put_int(o, "cookie", l->cookie);
	if (l->parent)
		put_int(o, "parent", l->parent);
	put_int(o, "age_ms", l->age_ms);
	return o;
}

static const char *const dir_names[] = { "in", "out", "fwd", "sock-in",
					 "sock-out", "sock-fwd" };
static const char *const action_names[] = {
	[LBTNS_SPD_PROTECT] = "protect",
	[LBTNS_SPD_BYPASS] = "bypass",
	[LBTNS_SPD_BLOCK] = "block",
};

static const char *dir_name(uint8_t dir)
{
	return dir < 6 ? dir_names[dir] : "unknown";
}

json_t *out_policy(const struct lbtns_spd_policy *p, const uint32_t *flags)
{
	json_t *o = json_object(), *list = json_array();
	unsigned int i;

	put_int(o, "index", p->index);
	put_str(o, "dir", dir_name(p->dir));
	put_prefix(o, "src", &p->src);
	put_prefix(o, "dst", &p->dst);
	put_proto(o, "proto", p->proto);
	put_int(o, "sport", p->sport);
	put_int(o, "dport", p->dport);
	put_int(o, "sport_mask", p->sport_mask);
	put_int(o, "dport_mask", p->dport_mask);
	put_str(o, "action", action_names[p->action]);
	put_int(o, "priority", p->priority);
	if (lbtns_spd_group(p->priority))
		put_str(o, "group", lbtns_spd_group(p->priority));
	if (p->seconds)
		put_int(o, "seconds", (json_int_t)p->seconds);
	for (i = 0; i < p->n_tmpl; i++) {
		const struct lbtns_spd_tmpl *t = &p->tmpl[i];
		json_t *to = json_object();

		put_proto(to, "proto", t->proto);
		put_str(to, "mode", mode_name(t->mode));
		put(to, "optional", json_boolean(t->optional));
		put_int(to, "reqid", t->reqid);
		if (t->src.family)
			put_addr(to, "src", &t->src);
		if (t->dst.family)
			put_addr(to, "dst", &t->dst);
		json_array_append_new(list, to);
	}
	put(o, "tmpl", list);
	put(o, "partial", json_boolean(p->partial));
	if (flags) {
		put(o, "btns_ok",
		    json_boolean(*flags & BTNS_POLICY_FLAGS_BTNS_OK));
		put(o, "bypass_ok",
		    json_boolean(*flags & BTNS_POLICY_FLAGS_BYPASS_OK));
	}
	return o;
}

/* ---- text -------------------------------------------------------------- */

void text_pad_entry(FILE *f, const struct lbtns_pad_entry *e)
{
	char text[LBTNS_IDENT_TEXT_MAX];
	unsigned int i;

	fprintf(f, "name %s", e->name);
	if (e->flags & BTNS_PAD_FLAGS_WILDCARD)
		fputs(" btns any", f);
	else if (e->flags & BTNS_PAD_FLAGS_ANONYMOUS)
		fputs(" anonymous", f);
	else if (e->flags & BTNS_PAD_FLAGS_BTNS)
		fprintf(f, " btns key %s", lbtns_key_text(e->id.digest, text));
	else
		fprintf(f, " id %s", lbtns_ident_text(&e->id, text));
	if (e->method != BTNS_AUTH_METHOD_NONE)
		fprintf(f, " method %s",
			lbtns_name(LBTNS_NAMES_METHOD, e->method));
	for (i = 0; i < e->n_keys; i++)
		fprintf(f, " key %s", lbtns_key_text(e->keys[i], text));
	for (i = 0; i < e->n_prefixes; i++)
		fprintf(f, " addr %s",
			lbtns_prefix_text(&e->prefixes[i], text));
}

static void text_ident(FILE *f, const char *key, const struct lbtns_ident *id)
{
	char text[LBTNS_IDENT_TEXT_MAX];

	fprintf(f, " %s %s", key, lbtns_ident_text(id, text));
	if (id->type != BTNS_ID_TYPE_NONE)
		fprintf(f, " method %s",
			lbtns_name(LBTNS_NAMES_METHOD, id->method));
}

/* As the words of `sa bind`. */
static void text_end(FILE *f, const char *key, const struct lbtns_prefix *p,
		     uint16_t port)
{
	char buf[LBTNS_PREFIX_TEXT_MAX];

	if (!p->family)
		return;
	fprintf(f, " %s %s", key, lbtns_addr_text(p, buf));
	if (port)
		fprintf(f, " %s-port %u", key, port);
}

/* " KEY N", " KEY N-M" of a range; of ICMP's pair " KEY TYPE[/CODE]" */
static void text_port(FILE *f, const char *key, uint16_t port, uint16_t mask,
		      bool types)
{
	unsigned int to = port | (uint16_t)~mask;

	if (!mask)
		return;
	if (!types && to == port)
		fprintf(f, " %s %u", key, port);
	else if (!types)
		fprintf(f, " %s %u-%u", key, port, to);
	else if (to == port)
		fprintf(f, " %s %u/%u", key, port >> 8, port & 0xff);
	else if (mask == 0xff00)
		fprintf(f, " %s %u", key, port >> 8);
	else
		fprintf(f, " %s %u/%u-%u/%u", key, port >> 8, port & 0xff,
			to >> 8, to & 0xff);
}

void text_sa(FILE *f, const struct lbtns_sa *sa)
{
	char buf[LBTNS_PREFIX_TEXT_MAX], key[LBTNS_KEY_TEXT_MAX], proto[16];

	fprintf(f, "%llu %s 0x%08x dst %s", (unsigned long long)sa->id,
		out_proto(sa->proto, proto), ntohl(sa->spi),
		lbtns_addr_text(&sa->daddr, buf));
	if (!sa->peer.type && !sa->sel.local.family)
		return;
	text_ident(f, "peer", &sa->peer);
	text_ident(f, "self", &sa->local);
	fprintf(f, " local %s", lbtns_prefix_text(&sa->sel.local, buf));
	fprintf(f, " remote %s", lbtns_prefix_text(&sa->sel.remote, buf));
	fprintf(f, " upper %s", out_proto(sa->sel.proto, proto));
	if (btns_proto_types(sa->sel.proto)) {
		text_port(f, "out-type", sa->sel.lport, sa->sel.lmask, true);
		text_port(f, "in-type", sa->sel.rport, sa->sel.rmask, true);
	} else {
		text_port(f, "lport", sa->sel.lport, sa->sel.lmask, false);
		text_port(f, "rport", sa->sel.rport, sa->sel.rmask, false);
	}
	if (sa->has_peer_cert)
		fprintf(f, " cert %s", lbtns_key_text(sa->peer_cert, key));
	if (sa->has_peer_anchor)
		fprintf(f, " anchor %s", lbtns_key_text(sa->peer_anchor, key));
	text_end(f, "public", &sa->local_public, sa->local_public_port);
	text_end(f, "private", &sa->remote_private, sa->remote_private_port);
	if (sa->mark_mask)
		fprintf(f, " mark %#x/%#x", sa->mark, sa->mark_mask);
}

static void text_flow(FILE *f, const struct lbtns_latch *l)
{
	char a[80], b[80], proto[16];

	fprintf(f, "%s %s %s", out_proto(l->proto, proto),
		out_endpoint(&l->laddr, l->lport, a, sizeof(a)),
		out_endpoint(&l->raddr, l->rport, b, sizeof(b)));
}

void text_latch(FILE *f, const struct lbtns_latch *l)
{
	fprintf(f, "%llu %s ", (unsigned long long)l->id,
		lbtns_name(LBTNS_NAMES_STATE, l->state));
	text_flow(f, l);
	if (l->reason)
		fprintf(f, " reason %s",
			lbtns_name(LBTNS_NAMES_REASON, l->reason));
	if (l->peer.type)
		text_ident(f, "peer", &l->peer);
	if (l->parent)
		fprintf(f, " parent %llu", (unsigned long long)l->parent);
}

static void row(FILE *f, const char *key)
{
	fprintf(f, "  %-14s", key);
}

static void row_ident(FILE *f, const char *key, const struct lbtns_ident *id)
{
	char text[LBTNS_IDENT_TEXT_MAX], fp[LBTNS_KEY_TEXT_MAX];

	row(f, key);
	fputs(lbtns_ident_text(id, text), f);
	if (id->type != BTNS_ID_TYPE_NONE) {
		fprintf(f, ", proved by %s",
			lbtns_name(LBTNS_NAMES_METHOD, id->method));
		if (id->type != BTNS_ID_TYPE_PUBLICKEY)
			fprintf(f, ", digest %s",
				lbtns_key_text(id->digest, fp));
	}
	fputc('\n', f);
}

static void row_key(FILE *f, const char *key, const uint8_t *digest)
{
	char buf[LBTNS_KEY_TEXT_MAX];

	row(f, key);
	fprintf(f, "%s\n", lbtns_key_text(digest, buf));
}

/* Both ends as one side of the address translation sees them. */
static void row_ends(FILE *f, const char *key, const struct lbtns_prefix *local,
		     uint16_t lport, const struct lbtns_prefix *remote,
		     uint16_t rport)
{
	char buf[80];

	if (!local->family && !remote->family)
		return;
	row(f, key);
	fprintf(f, "local %s", local->family ?
			out_endpoint(local, lport, buf, sizeof(buf)) : "-");
	fprintf(f, " remote %s\n", remote->family ?
			out_endpoint(remote, rport, buf, sizeof(buf)) : "-");
}

/* what protects it, and how well */
static void rows_protection(FILE *f, const struct lbtns_latch *l)
{
	char proto[16];

	row(f, "protection");
	fprintf(f, "%s %s%s%s\n", out_proto(l->sa_proto, proto),
		mode_name(l->sa_mode),
		l->protection & BTNS_PROTECTION_CONFIDENTIALITY ?
			" confidentiality" : "",
		l->protection & BTNS_PROTECTION_INTEGRITY ?
			" integrity" : "");
	row(f, "quality");
	fprintf(f, "%s key %u bits", l->enc[0] ? l->enc : "-", l->enc_keybits);
	if (l->auth[0])
		fprintf(f, ", %s", l->auth);
	fprintf(f, ", icv %u bits, replay %s, esn %s\n", l->icv_bits,
		l->replay ? "on" : "off", l->esn ? "on" : "off");
}

static void row_conflicts(FILE *f, uint32_t conflicts)
{
	unsigned int i;

	row(f, "conflicts");
	for (i = 0; i < 32; i++)
		if (conflicts & (1U << i))
			fprintf(f, "%s ", lbtns_name(LBTNS_NAMES_REASON, i));
	fputc('\n', f);
}

void text_latch_long(FILE *f, const struct lbtns_latch *l)
{
	char buf[LBTNS_PREFIX_TEXT_MAX];

	fprintf(f, "latch %llu\n", (unsigned long long)l->id);
	row(f, "state");
	fprintf(f, "%s\n", lbtns_name(LBTNS_NAMES_STATE, l->state));
	row(f, "reason");
	fprintf(f, "%s\n", lbtns_name(LBTNS_NAMES_REASON, l->reason));
	row(f, "flow");
	text_flow(f, l);
	fputc('\n', f);
	row_ident(f, "peer", &l->peer);
	row_ident(f, "self", &l->local);
	if (l->has_peer_key)
		row_key(f, "key", l->peer_key);
	if (l->has_peer_cert)
		row_key(f, "certificate", l->peer_cert);
	if (l->has_peer_anchor)
		row_key(f, "anchor", l->peer_anchor);
	if (l->sa_proto)
		rows_protection(f, l);
	if (l->tunnel_local.family) {
		row(f, "tunnel");
		fprintf(f, "%s", lbtns_addr_text(&l->tunnel_local, buf));
		fprintf(f, " %s\n", lbtns_addr_text(&l->tunnel_remote, buf));
	}
	row_ends(f, "private", &l->local_private, l->local_private_port,
		 &l->remote_private, l->remote_private_port);
	row_ends(f, "public", &l->local_public, l->local_public_port,
		 &l->remote_public, l->remote_public_port);
	if (l->mark_in || l->mark_out) {
		row(f, "mark");
		fprintf(f, "in %#x out %#x\n", l->mark_in, l->mark_out);
	}
	row(f, "ask");
	fprintf(f, "%s, on a break %s\n", lbtns_name(LBTNS_NAMES_ASK, l->ask),
		lbtns_name(LBTNS_NAMES_DISPOSITION, l->disposition));
	if (l->conflicts)
		row_conflicts(f, l->conflicts);
	if (l->cookie) {
		row(f, "socket");
		fprintf(f, "cookie %llx\n", (unsigned long long)l->cookie);
	}
	if (l->parent) {
		row(f, "parent");
		fprintf(f, "%llu\n", (unsigned long long)l->parent);
	}
	row(f, "age");
	fprintf(f, "%llu.%03llu s\n", (unsigned long long)l->age_ms / 1000,
		(unsigned long long)l->age_ms % 1000);
}

void text_policy(FILE *f, const struct lbtns_spd_policy *p,
		 const uint32_t *flags)
{
	char buf[LBTNS_PREFIX_TEXT_MAX], proto[16];
	unsigned int i;
	bool types;

	fprintf(f, "%u %s", p->index, dir_name(p->dir));
	fprintf(f, " src %s", lbtns_prefix_text(&p->src, buf));
	fprintf(f, " dst %s", lbtns_prefix_text(&p->dst, buf));
	fprintf(f, " proto %s", out_proto(p->proto, proto));
	types = btns_proto_types(p->proto);
	text_port(f, types ? "type" : "sport", p->sport, p->sport_mask, false);
	text_port(f, types ? "code" : "dport", p->dport, p->dport_mask, false);
	fprintf(f, " action %s", action_names[p->action]);
	for (i = 0; i < p->n_tmpl; i++) {
		const struct lbtns_spd_tmpl *t = &p->tmpl[i];

		fprintf(f, " %s %s%s", out_proto(t->proto, proto),
			mode_name(t->mode), t->optional ? " optional" : "");
		if (t->reqid)
			fprintf(f, " reqid %u", t->reqid);
		if (t->src.family)
			fprintf(f, " from %s", lbtns_addr_text(&t->src, buf));
		if (t->dst.family)
			fprintf(f, " to %s", lbtns_addr_text(&t->dst, buf));
	}
	fprintf(f, " priority %u", p->priority);
	if (lbtns_spd_group(p->priority))
		fprintf(f, " group %s", lbtns_spd_group(p->priority));
	if (p->seconds)
		fprintf(f, " for %llu seconds", (unsigned long long)p->seconds);
	if (flags)
		fprintf(f, " btns-ok %s",
			*flags & BTNS_POLICY_FLAGS_BTNS_OK ? "on" : "off");
	if (flags && *flags & BTNS_POLICY_FLAGS_BYPASS_OK)
		fputs(" bypass-ok on", f);
	if (p->partial)
		fputs(" partial", f);
}
