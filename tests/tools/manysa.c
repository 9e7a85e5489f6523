// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * manysa: vouch for many SAs at once, or take that back. Says how many it could
 * and what the kernel said to the first that it could not.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libbtns/btns.h"

#define SPI_FIRST	0x100000

static void host(const char *text, struct lbtns_prefix *p)
{
	memset(p, 0, sizeof(*p));
	p->family = AF_INET;
	p->len = 32;
	if (inet_pton(AF_INET, text, p->addr) != 1) {
		fprintf(stderr, "manysa: bad address %s\n", text);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct lbtns_sa sa = { .proto = IPPROTO_ESP };
	struct lbtns *h = NULL;
	unsigned long i, n;
	bool bind;
	int err;

	if (argc != 5) {
		fputs("usage: manysa bind|unbind LOCAL REMOTE COUNT\n", stderr);
		return 2;
	}
	bind = !strcmp(argv[1], "bind");
	host(argv[2], &sa.sel.local);
	host(argv[3], &sa.sel.remote);
	n = strtoul(argv[4], NULL, 0);
	sa.daddr = sa.sel.remote;
	sa.peer.type = BTNS_ID_TYPE_PUBLICKEY;
	sa.peer.method = BTNS_AUTH_METHOD_MANUAL;
	memset(sa.peer.digest, 0xdd, sizeof(sa.peer.digest));
	err = lbtns_open(&h);
	for (i = 0; !err && i < n; i++) {
		sa.spi = htonl((uint32_t)(SPI_FIRST + i));
		err = bind ? lbtns_sa_bind(h, &sa, NULL) :
			     lbtns_sa_unbind(h, &sa);
	}
	printf("done %lu\n", err && i ? i - 1 : i);
	if (err)
		printf("then %s: %s\n", strerrorname_np(-err), lbtns_error(h));
	lbtns_close(h);
	return err ? 1 : 0;
}
