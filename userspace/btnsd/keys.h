/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our keys: the one in use, and older ones of which peers hold latches. Whoever
 * is latched to a key of ours must find the same one in every IKE exchange that
 * makes SAs for that connection (RFC 5386 section 2).
 */
#ifndef BTNSD_KEYS_H
#define BTNSD_KEYS_H

#include "btnsd/ike/id.h"

struct btnsd;
struct ike_sa;

bool keys_choose(struct ike_sa *sa, struct own *own);
bool keys_gone(const struct btnsd *d, const uint8_t key[BTNS_DIGEST_LEN]);
void keys_changed(struct btnsd *d);

#endif
