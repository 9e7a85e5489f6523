/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to a socket, as lines of JSON (sockjson.c). */
#ifndef TESTS_SOCKJSON_H
#define TESTS_SOCKJSON_H

#include <stdbool.h>
#include <sys/socket.h>

#include <jansson.h>

#include "libbtns/btns.h"

/* print one line; takes @o over */
void emit(json_t *o);
/* an event of connection @conn, -1 for none */
json_t *event(const char *name, int conn);
void emit_error(int conn, const char *call, int err);
void put_info(json_t *o, const struct btns_latch_info *in);
void emit_info(int conn, int fd);
bool emit_notes(int conn, int fd);
/** struct sock_opts - what a program with one socket is told of it */
struct sock_opts {
	bool v6, has_ask, echo;
	struct btns_latch_ask ask;
	const char *bind, *connect;
	int timeout;
};

/* options that such programs take, beside -6; their own begin with SOCK_OWN */
enum {
	SOCK_BIND = 256, SOCK_CONNECT, SOCK_ASK, SOCK_PEER, SOCK_DISPOSITION,
	SOCK_ECHO, SOCK_TIMEOUT, SOCK_OWN
};

#define SOCK_OPTIONS \
	{ "bind", 1, NULL, SOCK_BIND },	  { "connect", 1, NULL, SOCK_CONNECT }, \
	{ "ask", 1, NULL, SOCK_ASK },	  { "peer", 1, NULL, SOCK_PEER },	\
	{ "disposition", 1, NULL, SOCK_DISPOSITION },				\
	{ "echo", 0, NULL, SOCK_ECHO },	  { "timeout", 1, NULL, SOCK_TIMEOUT }

/* take one of them, with its argument; false if it is none, or a bad one */
bool sock_option(struct sock_opts *o, int c, const char *arg);
/* calls @command with each line of standard input; false at its end */
bool read_lines(void (*command)(char *line));
void put_addr(json_t *o, const char *key, const struct sockaddr *sa,
	      socklen_t len);

#endif /* TESTS_SOCKJSON_H */
