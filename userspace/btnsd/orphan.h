/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAs that an earlier btnsd left in the kernel, see orphan.c. */
#ifndef BTNSD_ORPHAN_H
#define BTNSD_ORPHAN_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "libbtns/btns.h"

struct btnsd;
struct child;
struct ike_sa;

int orphan_read(struct btnsd *d);
void orphan_adopt(struct btnsd *d);
void orphan_child_up(struct btnsd *d, const struct child *c);
void orphan_peer_lost(const struct ike_sa *sa, const char *why);
bool orphan_asks_another(const struct ike_sa *question,
			 const struct ike_sa *sa);
void orphan_drop_peer(struct btnsd *d, const struct ike_sa *sa);
bool orphan_by_key(const struct btnsd *d, const struct addr *remote,
		   const uint8_t key[BTNS_DIGEST_LEN]);
bool orphan_holds(const struct btnsd *d, const struct sel *s, bool proved);
unsigned int orphan_drop_keys(struct btnsd *d);
bool orphan_gone(struct btnsd *d, uint32_t spi, const struct addr *dst);
void orphan_forget(struct btnsd *d);

#endif
