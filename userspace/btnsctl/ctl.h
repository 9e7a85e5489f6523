/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of btnsctl share: the invocation, word by word parsing, and
 * the exit codes. Each verb parses its words, calls libbtns, prints through
 * out.c.
 */
#ifndef BTNSCTL_CTL_H
#define BTNSCTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "libbtns/btns.h"
#include "libbtns/spd.h"

enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED = 1,	/* the kernel, or a file, says no */
	CTL_USAGE = 2,		/* the command line is wrong */
	CTL_BROKEN = 255,	/* the kernel cannot be reached, no memory, ... */
};

/**
 * struct ctl - one invocation of btnsctl
 * @json: print JSON
 * @pretty: print it indented
 * @out: where results go
 * @err: where complaints go
 * @h: handle to the module, opened by ctl_open()
 * @spd: handle to the SPD, opened by ctl_open_spd()
 * @transport: in tests, what ctl_open() uses instead of a socket
 * @proc: "/proc", or another place in tests
 */
struct ctl {
	bool json;
	bool pretty;
	FILE *out;
	FILE *err;
	struct lbtns *h;
	struct lbtns *spd;
	const struct lbtns_transport *transport;
	const char *proc;
};

/**
 * struct ctl_args - words that are still to be parsed
 * @argc: how many
 * @argv: the words
 */
struct ctl_args {
	int argc;
	char **argv;
};

/**
 * struct ctl_verb - a row of a table of verbs
 * @name: verb
 * @fn: what it does; returns enum ctl_exit
 * @help: its arguments
 */
struct ctl_verb {
	const char *name;
	int (*fn)(struct ctl *c, struct ctl_args *a);
	const char *help;
};

/* main.c */

/**
 * ctl_run - parse a command line and do it
 * @c: out, err, transport and proc are set by the caller
 * @argc: as main()'s
 * @argv: as main()'s
 *
 * Return: enum ctl_exit.
 */
int ctl_run(struct ctl *c, int argc, char **argv);

/**
 * ctl_dispatch - call the verb that the next word names
 * @c: invocation
 * @object: name of the table, for messages
 * @table: verbs, ends with a row without a name
 * @fallback: verb to use if there is no word, or NULL
 * @a: words
 *
 * A word may be any beginning of a verb that no other verb has.
 *
 * Return: enum ctl_exit.
 */
int ctl_dispatch(struct ctl *c, const char *object,
		 const struct ctl_verb *table, const char *fallback,
		 struct ctl_args *a);

/* args.c */

/**
 * ctl_fail - complain
 * @c: invocation
 * @code: what to return
 * @fmt: sentence, without a newline
 *
 * Return: @code.
 */
int ctl_fail(struct ctl *c, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * ctl_kernel_fail - complain with the words of the kernel
 * @c: invocation
 * @h: handle whose last call failed
 * @err: what it returned
 *
 * Return: CTL_REFUSED, or CTL_BROKEN where the kernel did not get to decide.
 */
int ctl_kernel_fail(struct ctl *c, const struct lbtns *h, int err);

int ctl_open(struct ctl *c);
int ctl_open_spd(struct ctl *c);

/**
 * ctl_word - take the next word
 * @a: words
 *
 * Return: the word or NULL.
 */
const char *ctl_word(struct ctl_args *a);

/* The value behind a keyword; 0, or CTL_USAGE after a complaint. */
int ctl_string(struct ctl *c, struct ctl_args *a, const char *key,
	       const char **v);
int ctl_number(struct ctl *c, struct ctl_args *a, const char *key,
	       uint64_t max, uint64_t *v);
int ctl_name(struct ctl *c, struct ctl_args *a, const char *key,
	     enum lbtns_names set, uint8_t *v);
int ctl_ident(struct ctl *c, struct ctl_args *a, const char *key,
	      struct lbtns_ident *id);
int ctl_key(struct ctl *c, struct ctl_args *a, const char *key,
	    uint8_t digest[BTNS_DIGEST_LEN]);
int ctl_prefix(struct ctl *c, struct ctl_args *a, const char *key,
	       struct lbtns_prefix *p);
int ctl_upper(struct ctl *c, struct ctl_args *a, const char *key, uint8_t *v);
int ctl_port(struct ctl *c, struct ctl_args *a, const char *key, uint16_t *v);
int ctl_onoff(struct ctl *c, struct ctl_args *a, const char *key, bool *v);

/**
 * ctl_unknown - complain of a word that nobody expected
 * @c: invocation
 * @what: command, for the message
 * @word: the word
 *
 * Return: CTL_USAGE.
 */
int ctl_unknown(struct ctl *c, const char *what, const char *word);

/**
 * ctl_end - complain if words are left
 * @c: invocation
 * @a: words
 *
 * Return: 0 or CTL_USAGE.
 */
int ctl_end(struct ctl *c, struct ctl_args *a);

/* cmd_*.c: one object each */
int cmd_known(struct ctl *c, struct ctl_args *a);
int cmd_pad(struct ctl *c, struct ctl_args *a);
int cmd_peer(struct ctl *c, struct ctl_args *a);
int cmd_sa(struct ctl *c, struct ctl_args *a);
int cmd_latch(struct ctl *c, struct ctl_args *a);
int cmd_policy(struct ctl *c, struct ctl_args *a);
int cmd_monitor(struct ctl *c, struct ctl_args *a);
int cmd_stats(struct ctl *c, struct ctl_args *a);
int cmd_status(struct ctl *c, struct ctl_args *a);
int cmd_why(struct ctl *c, struct ctl_args *a);

#endif /* BTNSCTL_CTL_H */
