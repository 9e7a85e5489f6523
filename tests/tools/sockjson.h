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
/* one more thing to ask for: "ask", "peer" or "disposition"; false if unknown */
bool ask_for(struct btns_latch_ask *ask, const char *what, const char *text);
/* calls @command with each line of standard input; false at its end */
bool read_lines(void (*command)(char *line));
void put_addr(json_t *o, const char *key, const struct sockaddr *sa,
	      socklen_t len);

#endif /* TESTS_SOCKJSON_H */
