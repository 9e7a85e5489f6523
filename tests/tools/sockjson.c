// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to a socket, as lines of JSON on standard output: shared by the
 * programs that tests drive. Each line begins with "event".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/sockjson.h"

void emit(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

json_t *event(const char *name, int conn)
{
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(name));
	if (conn >= 0)
		json_object_set_new(o, "conn", json_integer(conn));
	return o;
}

void emit_error(int conn, const char *call, int err)
{
	const char *name = strerrorname_np(err);
	json_t *o = event("error", conn);

	json_object_set_new(o, "call", json_string(call));
	json_object_set_new(o, "errno", json_string(name ? name : "?"));
	emit(o);
}

static void put_ident(json_t *o, const char *key,
		      const struct btns_ident_info *info)
{
	char text[LBTNS_IDENT_TEXT_MAX], fp[LBTNS_KEY_TEXT_MAX];
	struct lbtns_ident id = { .type = info->type,
				  .method = info->method };
	json_t *sub = json_object();

	memcpy(id.digest, info->digest, sizeof(id.digest));
	memcpy(id.name, info->name, sizeof(id.name));
	json_object_set_new(sub, "id",
			    json_string(lbtns_ident_text(&id, text)));
	json_object_set_new(sub, "type",
			    json_string(lbtns_name(LBTNS_NAMES_ID_TYPE,
						   id.type)));
	json_object_set_new(sub, "method",
			    json_string(lbtns_name(LBTNS_NAMES_METHOD,
						   id.method)));
	json_object_set_new(sub, "digest",
			    json_string(lbtns_key_text(id.digest, fp)));
	json_object_set_new(sub, "name", json_string(id.name));
	json_object_set_new(o, key, sub);
}

static void put_digest(json_t *o, const char *key, bool known,
		       const uint8_t *digest)
{
	char text[LBTNS_KEY_TEXT_MAX];

	if (known)
		json_object_set_new(o, key,
				    json_string(lbtns_key_text(digest, text)));
}

/* "ADDRESS PORT"; nothing if it is not known */
static void put_end(json_t *o, const char *key, const struct btns_endpoint *end)
{
	char addr[INET6_ADDRSTRLEN], text[64];

	if (!end->family ||
	    !inet_ntop(end->family, end->addr, addr, sizeof(addr)))
		return;
	snprintf(text, sizeof(text), "%s %u", addr, ntohs(end->port));
	json_object_set_new(o, key, json_string(text));
}

/* what the kernel said of a latch, as members of @o */
void put_info(json_t *o, const struct btns_latch_info *in)
{
	json_object_set_new(o, "id", json_integer((json_int_t)in->id));
	json_object_set_new(o, "parent", json_integer((json_int_t)in->parent));
	json_object_set_new(o, "state",
			    json_string(lbtns_name(LBTNS_NAMES_STATE,
						   in->state)));
	json_object_set_new(o, "reason",
			    json_string(lbtns_name(LBTNS_NAMES_REASON,
						   in->reason)));
	json_object_set_new(o, "ask",
			    json_string(lbtns_name(LBTNS_NAMES_ASK,
						   in->ask_mode)));
	json_object_set_new(o, "disposition",
			    json_string(lbtns_name(LBTNS_NAMES_DISPOSITION,
						   in->disposition)));
	json_object_set_new(o, "protection", json_integer(in->protection));
	json_object_set_new(o, "sa_proto", json_integer(in->sa_proto));
	json_object_set_new(o, "sa_mode", json_integer(in->sa_mode));
	json_object_set_new(o, "replay", json_integer(in->replay));
	json_object_set_new(o, "esn", json_integer(in->esn));
	json_object_set_new(o, "enc", json_string(in->enc));
	json_object_set_new(o, "enc_keybits", json_integer(in->enc_keybits));
	json_object_set_new(o, "auth", json_string(in->auth));
	json_object_set_new(o, "icv_bits", json_integer(in->icv_bits));
	json_object_set_new(o, "size", json_integer(in->size));
	put_ident(o, "peer", &in->peer);
	put_ident(o, "self", &in->local);
	put_digest(o, "peer_key", in->known & BTNS_INFO_F_PEER_KEY,
		   in->peer_key);
	put_digest(o, "peer_cert", in->known & BTNS_INFO_F_PEER_CERT,
		   in->peer_cert);
	put_digest(o, "peer_anchor", in->known & BTNS_INFO_F_PEER_ANCHOR,
		   in->peer_anchor);
	put_end(o, "inner_local", &in->inner_local);
	put_end(o, "inner_remote", &in->inner_remote);
	put_end(o, "outer_local", &in->outer_local);
	put_end(o, "outer_remote", &in->outer_remote);
	put_end(o, "local_private", &in->local_private);
	put_end(o, "local_public", &in->local_public);
	put_end(o, "remote_private", &in->remote_private);
	put_end(o, "remote_public", &in->remote_public);
}

/* conn -1 is the listener */
void emit_info(int conn, int fd)
{
	struct btns_latch_info in;
	int err = lbtns_sock_info(fd, &in);
	json_t *o;

	if (err) {
		emit_error(conn, "getsockopt", -err);
		return;
	}
	o = event("info", conn);
	put_info(o, &in);
	emit(o);
}

/* all notes of the error queue; true if there was one */
bool emit_notes(int conn, int fd)
{
	struct btns_latch_note note;
	bool any = false;
	int error;

	while (!lbtns_sock_note(fd, &note, &error)) {
		const char *name = error ? strerrorname_np(error) : "0";
		json_t *o = event("note", conn);

		json_object_set_new(o, "id", json_integer((json_int_t)note.id));
		json_object_set_new(o, "state",
				    json_string(lbtns_name(LBTNS_NAMES_STATE,
							   note.state)));
		json_object_set_new(o, "old",
				    json_string(lbtns_name(LBTNS_NAMES_STATE,
							   note.old_state)));
		json_object_set_new(o, "reason",
				    json_string(lbtns_name(LBTNS_NAMES_REASON,
							   note.reason)));
		json_object_set_new(o, "errno",
				    json_string(name ? name : "?"));
		emit(o);
		any = true;
	}
	return any;
}

void put_addr(json_t *o, const char *key, const struct sockaddr *sa,
	      socklen_t len)
{
	char host[64], port[16], text[96];

	if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	snprintf(text, sizeof(text), strchr(host, ':') ? "[%s]:%s" : "%s:%s",
		 host, port);
	json_object_set_new(o, key, json_string(text));
}

/* one more thing to ask for: "ask", "peer" or "disposition"; false if unknown */
static bool ask_for(struct btns_latch_ask *ask, const char *what,
		    const char *text)
{
	bool is_mode = !strcmp(what, "ask");
	struct lbtns_ident id;
	const char *why;
	int v;

	if (!strcmp(what, "peer")) {
		if (lbtns_ident_parse(text, &id, &why))
			return false;
		ask->flags |= BTNS_ASK_F_PEER;
		ask->peer_type = id.type;
		memcpy(ask->peer, id.digest, sizeof(id.digest));
		return true;
	}
	v = lbtns_value(is_mode ? LBTNS_NAMES_ASK : LBTNS_NAMES_DISPOSITION,
			text);
	if (v < 0)
		return false;
	if (is_mode)
		ask->mode = (uint8_t)v;
	else
		ask->disposition = (uint8_t)v;
	return true;
}

bool sock_option(struct sock_opts *o, int c, const char *arg)
{
	switch (c) {
	case '6':
		o->v6 = true;
		return true;
	case SOCK_BIND:
		o->bind = arg;
		return true;
	case SOCK_CONNECT:
		o->connect = arg;
		return true;
	case SOCK_ASK:
		o->has_ask = true;
		return ask_for(&o->ask, "ask", arg);
	case SOCK_PEER:
		o->has_ask = true;
		return ask_for(&o->ask, "peer", arg);
	case SOCK_DISPOSITION:
		o->has_ask = true;
		return ask_for(&o->ask, "disposition", arg);
	case SOCK_ECHO:
		o->echo = true;
		return true;
	case SOCK_TIMEOUT:
		o->timeout = atoi(arg);
		return true;
	default:
		return false;
	}
}

bool read_lines(void (*command)(char *line))
{
	static char buf[2048];
	static size_t have;
	ssize_t n = read(STDIN_FILENO, buf + have, sizeof(buf) - have - 1);
	char *nl;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	have += (size_t)n;
	buf[have] = '\0';
	while ((nl = strchr(buf, '\n'))) {
		size_t used = (size_t)(nl + 1 - buf);

		*nl = '\0';
		command(buf);
		have -= used;
		memmove(buf, buf + used, have + 1);
	}
	if (have == sizeof(buf) - 1)
		have = 0;
	return true;
}
