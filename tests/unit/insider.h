/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that was let in and means harm: host 2, with a key of its own, against
 * host 1. What it says is well formed and authentic.
 */
#ifndef TESTS_UNIT_INSIDER_H
#define TESTS_UNIT_INSIDER_H

#include "world.h"

/**
 * struct insider - what came of it
 * @said: messages
 * @opened: IKE SAs
 * @heirs: rekeys of them
 * @sas: IKE SAs at one time, at most
 * @children: child SAs of one of them at one time, at most
 * @harm: latches that host 1 broke of anybody else
 */
struct insider {
	unsigned long said;
	unsigned int opened;
	unsigned int heirs;
	unsigned int sas;
	unsigned int children;
	unsigned int harm;
};

bool insider_up(struct world *w, const char *conf);
void insider_say(struct world *w, struct insider *in, uint64_t (*number)(void));
void insider_end(struct world *w);

#endif
