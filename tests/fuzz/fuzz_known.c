// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a file of known peers. What is taken must be sane, give the
 * same octets again when it is written, and answer for an address.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libbtns/known.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct lbtns_known *k)
{
	struct lbtns_known_peer p = { .now = 1u << 30, .expire = 86400 };
	enum lbtns_known_verdict v;
	size_t i, at = k->n;

	for (i = 0; i < k->n; i++) {
		const struct lbtns_known_entry *e = &k->entry[i];

		if (e->first > e->last || e->kind >= LBTNS_KNOWN_NUM_KINDS ||
		    (e->where == LBTNS_KNOWN_PLAIN &&
		     e->addr.family != AF_INET && e->addr.family != AF_INET6))
			abort();
	}
	if (k->n) {
		p.addr = k->entry[0].addr;
		memcpy(p.key, k->entry[0].key, sizeof(p.key));
	}
	v = lbtns_known_check(k, &p, &at);
	if ((v == LBTNS_KNOWN_MATCH || v == LBTNS_KNOWN_CHANGED) && at >= k->n)
		abort();
	if (k->n && k->entry[0].where == LBTNS_KNOWN_PLAIN &&
	    v == LBTNS_KNOWN_CHANGED && at == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lbtns_known_fault fault;
	struct lbtns_known k;
	char *again;
	size_t len;
	int err;

	err = lbtns_known_parse((const char *)data, size, &k, &fault);
	if (err && (k.entry || k.n || !fault.why || !*fault.why))
		abort();
	if (!err) {
		if (lbtns_known_format(&k, &again, &len) || len != size ||
		    memcmp(again, data, len))
			abort();
		free(again);
		look(&k);
	}
	lbtns_known_free(&k);
	return 0;
}
