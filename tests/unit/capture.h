/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hosts of made-up worlds say, as tshark reads it: all of it goes into one
 * capture, the keys that their helpers hold into tshark's table, and each
 * message comes back as a line of text. Nothing of that text is of our parser;
 * only numbers get their names from btnsd.
 */
#ifndef TESTS_UNIT_CAPTURE_H
#define TESTS_UNIT_CAPTURE_H

#include "world.h"

#define CAPTURE_MAX	512	/* messages */

/**
 * struct heard - a message, as tshark reads it
 * @text: who, exchange, message id with ? for a request and ! for an answer, and
 *	the payloads with what is in them: "> IKE_AUTH 1? SK IDi(FQDN) ..."; who is
 *	> for the host whose address ends in 1, < for others
 * @complaints: things that it finds wrong with it
 * @complaint: the first of these, or NULL
 */
struct heard {
	char *text;
	unsigned int complaints;
	char *complaint;
};

/**
 * capture_begin() - a capture with nothing in it
 *
 * Return: NULL, or why there is none.
 */
const char *capture_begin(void);

/**
 * capture_listen() - take down what hosts say from now on
 * @w: their world, which must not have a filter of its own
 * @take: whether messages of an exchange are wanted; NULL for all
 */
void capture_listen(struct world *w, bool (*take)(uint8_t exchange));

/**
 * capture_leave() - take nothing more down
 * @w: the world, before it ends: its last keys are learnt here
 */
void capture_leave(struct world *w);

/**
 * capture_count() - messages so far
 *
 * Return: how many there are.
 */
unsigned int capture_count(void);

/**
 * capture_marked() - of these, how many are behind a marker on port 4500
 *
 * Return: how many there are.
 */
unsigned int capture_marked(void);

/**
 * capture_spoil_keys() - spoil the keys that were learnt
 */
void capture_spoil_keys(void);

/**
 * capture_read() - have tshark read the capture
 *
 * Return: NULL, or what went wrong.
 */
const char *capture_read(void);

/**
 * capture_heard() - what tshark read
 * @i: which message
 *
 * Return: it, or NULL if tshark has not seen so many.
 */
const struct heard *capture_heard(unsigned int i);

#endif
