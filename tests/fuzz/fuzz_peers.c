// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as a store of peers, as they are and with the checksum that they
 * ought to have. What is taken must be sane, and give the same octets again
 * when it is written.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "libbtns/peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** struct seen - peers so far */
struct seen {
	struct lbtns_peer *p;
	size_t n;
};

static int keep(const struct lbtns_peer *p, void *arg)
{
	bool psk = p->ident.method == BTNS_AUTH_METHOD_PSK;
	struct seen *s = arg;

	if (psk != !p->spki_len ||
	    p->spki_len > LBTNS_SPKI_MAX ||
	    strlen(p->ident.name) > BTNS_NAME_MAX ||
	    strlen(p->pad) > BTNS_NAME_MAX || p->first > p->last)
		abort();
	s->p = reallocarray(s->p, s->n + 1, sizeof(*p));
	if (!s->p)
		abort();
	s->p[s->n++] = *p;
	return 0;
}

static void read_one(const uint8_t *data, size_t size)
{
	const struct lbtns_peer **list;
	const char *why = NULL;
	struct seen s = { 0 };
	uint8_t *again;
	size_t len, i;
	int err;

	err = lbtns_peers_parse(data, size, keep, &s, &why);
	if (!why || (err && (s.n || !*why)))
		abort();
	list = calloc(s.n + 1, sizeof(*list));
	for (i = 0; list && i < s.n; i++)
		list[i] = &s.p[i];
	if (!err && list) {
		if (lbtns_peers_format(list, s.n, &again, &len) ||
		    len != size || memcmp(again, data, len))
			abort();
		free(again);
	}
	free(list);
	free(s.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + BTNS_DIGEST_LEN);
	unsigned int n;

	if (!copy)
		return 0;
	read_one(data, size);
	memcpy(copy, data, size);
	if (EVP_Digest(data, size, copy + size, &n, EVP_sha256(), NULL))
		read_one(copy, size + n);
	free(copy);
	return 0;
}
