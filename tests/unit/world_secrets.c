// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No secret is ever logged, in no test: what any host has just written is
 * compared with all that the hosts keep to themselves.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "world.h"

/* a secret is known by its beginning: as hex digits, and in base64 */
#define HEX_OCTETS	8
#define BASE64_OCTETS	9

/* IKE SAs of a host that are looked at: the newest */
#define SAS_MAX		16

/* the last lines; a key may be logged before it is where we look for it */
static char said[1024];

static void append(const char *line)
{
	size_t used = strlen(said), len = strlen(line);

	if (len > sizeof(said) / 2)
		len = sizeof(said) / 2;
	if (used + len + 2 > sizeof(said)) {
		memmove(said, said + used / 2, used - used / 2 + 1);
		used = strlen(said);
	}
	snprintf(said + used, sizeof(said) - used, "%.*s\n", (int)len, line);
}

static void compare(const uint8_t *data, size_t len, int host,
		    const char *what)
{
	char upper[2 * HEX_OCTETS + 1], lower[2 * HEX_OCTETS + 1];
	char base64[BASE64_OCTETS / 3 * 4 + 1];
	size_t i;

	/* what is shorter is none that we make */
	if (len < BASE64_OCTETS)
		return;
	for (i = 0; i < HEX_OCTETS; i++) {
		upper[2 * i] = "0123456789ABCDEF"[data[i] >> 4];
		upper[2 * i + 1] = "0123456789ABCDEF"[data[i] & 15];
		lower[2 * i] = "0123456789abcdef"[data[i] >> 4];
		lower[2 * i + 1] = "0123456789abcdef"[data[i] & 15];
	}
	upper[2 * HEX_OCTETS] = '\0';
	lower[2 * HEX_OCTETS] = '\0';
	EVP_EncodeBlock((unsigned char *)base64, data, BASE64_OCTETS);
	if (!strstr(said, upper) && !strstr(said, lower) &&
	    !strstr(said, base64) &&
	    !memmem(said, strlen(said), data, BASE64_OCTETS))
		return;
	printf("# host %d has logged a secret: %s\n", host, what);
	fflush(stdout);
	abort();
}

static void compare_keys(const struct ike_keys *keys, int host)
{
	compare(keys->sk_d.data, keys->sk_d.len, host, "SK_d");
	compare(keys->sk_ei.data, keys->sk_ei.len, host, "SK_ei");
	compare(keys->sk_er.data, keys->sk_er.len, host, "SK_er");
	compare(keys->sk_pi.data, keys->sk_pi.len, host, "SK_pi");
	compare(keys->sk_pr.data, keys->sk_pr.len, host, "SK_pr");
}

static void compare_sa(const struct ike_sa *sa, int host)
{
	if (sa->has_keys)
		compare_keys(&sa->keys, host);
	if (sa->has_next_keys)
		compare_keys(&sa->next_keys, host);
	compare(sa->shared.data, sa->shared.len, host, "a key exchange's");
}

static void compare_host(const struct world_host *h, int host)
{
	const struct conf *conf = h->d.conf;
	const struct ike_sa *sa;
	unsigned int n = 0;
	size_t i;

	for (sa = h->d.sas; sa && n++ < SAS_MAX; sa = sa->next) {
		compare_sa(sa, host);
		if (sa->followup)
			compare_sa(sa->followup, host);
		if (sa->tasks && sa->tasks->heir)
			compare_sa(sa->tasks->heir, host);
	}
	for (i = 0; i < h->k.top; i++)
		if (h->k.sa[i].used)
			compare(h->k.sa[i].key, h->k.sa[i].key_len, host,
				"a child SA's key");
	for (i = 0; conf && i < conf->n_peers; i++)
		if (conf->peer[i].psk)
			compare(conf->peer[i].psk->data,
				conf->peer[i].psk->len, host, "a shared secret");
	if (h->d.qcd.ready)
		compare(h->d.qcd.secret, sizeof(h->d.qcd.secret), host,
			"that of its tokens");
}

/* fail the program if this line, or one of the last, has a secret of a host */
void world_keep_secrets(const struct world *w, const char *line)
{
	int i;

	if (line)
		append(line);
	for (i = 0; said[0] && i < WORLD_HOSTS; i++)
		if (w->h[i].up)
			compare_host(&w->h[i], i);
	if (!line)
		said[0] = '\0';
}
