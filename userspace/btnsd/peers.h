/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the store of proved peers means (RFC 5660 section 2.6): whoever gets an
 * SA is in it before the kernel hears of him, and when it is lost, so are the
 * latches that stood on it.
 */
#ifndef BTNSD_PEERS_H
#define BTNSD_PEERS_H

#include <stdbool.h>

struct btnsd;
struct ike_sa;
struct key;

int peers_start(struct btnsd *d);
void peers_check(struct btnsd *d);
bool peers_remember(struct ike_sa *sa, const struct key *key);
void peers_stop(struct btnsd *d);

#endif
