/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printing: for people one line per object, for programs JSON with the same
 * facts. The fields are documented in btnsctl(8) and do not change.
 */
#ifndef BTNSCTL_OUT_H
#define BTNSCTL_OUT_H

#include <jansson.h>

#include "btnsctl/ctl.h"

/* Structs as JSON: a new reference, NULL if out of memory. */
json_t *out_ident(const struct lbtns_ident *id);
json_t *out_selector(const struct lbtns_selector *sel);
json_t *out_pad_entry(const struct lbtns_pad_entry *e);
json_t *out_sa(const struct lbtns_sa *sa);
json_t *out_latch(const struct lbtns_latch *l);
json_t *out_policy(const struct lbtns_spd_policy *p, const uint32_t *flags);

/* The same as text, one line without a newline. */
void text_pad_entry(FILE *f, const struct lbtns_pad_entry *e);
void text_sa(FILE *f, const struct lbtns_sa *sa);
void text_latch(FILE *f, const struct lbtns_latch *l);
void text_latch_long(FILE *f, const struct lbtns_latch *l);
void text_policy(FILE *f, const struct lbtns_spd_policy *p,
		 const uint32_t *flags);

/**
 * out_json - print a JSON value and a newline, and drop the reference
 * @c: invocation
 * @v: value; NULL means that memory ran out on the way
 *
 * Return: enum ctl_exit.
 */
int out_json(struct ctl *c, json_t *v);

/**
 * struct out_list - a list under way: lines, or a JSON array
 * @c: invocation
 * @any: the array has begun
 *
 * Each object is printed as it comes: a list may be too long for memory.
 */
struct out_list {
	struct ctl *c;
	bool any;
};

/**
 * out_list_begin - open the module, begin a list
 * @l: filled
 * @c: invocation
 * @a: words behind the command, of which none may be left
 *
 * Return: 0 or enum ctl_exit.
 */
int out_list_begin(struct out_list *l, struct ctl *c, struct ctl_args *a);

/**
 * out_list_add - print one more object of the array
 * @l: list, of an invocation for JSON
 * @v: object, whose reference is dropped; NULL if memory ran out on the way
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int out_list_add(struct out_list *l, json_t *v);

/**
 * out_list_end - end the array, or say what went wrong
 * @l: from out_list_begin()
 * @err: of the dump
 *
 * An array that went wrong stays open, so that nobody takes it for all.
 *
 * Return: enum ctl_exit.
 */
int out_list_end(struct out_list *l, int err);

/* A time, seconds since 1970, in @buf, which has room for 32 bytes. */
const char *out_when(uint64_t seconds, char *buf);

/* "tcp", "esp", or the number in @buf, which has room for 16 bytes. */
const char *out_proto(uint8_t proto, char *buf);
const char *out_endpoint(const struct lbtns_prefix *a, uint16_t port,
			 char *buf, size_t size);

#endif /* BTNSCTL_OUT_H */
