/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leap of faith: who is known, at the time a peer proves its key, and when it was
 * last seen. The file is libbtns/known.h's, and btnsctl changes it while we run.
 */
#ifndef BTNSD_KNOWN_H
#define BTNSD_KNOWN_H

#include <stdbool.h>

struct btnsd;
struct conf;
struct ike_sa;

int known_ready(struct btnsd *d, const struct conf *conf);
void known_forget(struct btnsd *d);
bool known_admit(struct ike_sa *sa);
void known_seen(struct ike_sa *sa);

#endif
