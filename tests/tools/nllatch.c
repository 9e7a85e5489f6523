// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/knob.h"
#include "tests/tools/nllatch.h"

#define OUR_ADDR	"192.0.2.1"
#define PEER_ADDR	"10.0.0.2"
#define OUR_PORT	4660
#define PEER_PORT	53
#define SPI		0x2001

static int sock = -1;

/*
 * The interface sends packets to ourselves, and they end there: they are for an
 * address that nobody has.
 */
bool nllatch_prepare(void)
{
	FILE *ip = popen("ip -batch -", "w");

	if (!ip)
		return false;
	fputs("link set lo up\n"
	      "addr add " OUR_ADDR "/32 dev lo\n"
	      "route add 10.0.0.0/8 dev lo\n", ip);
	fprintf(ip, "xfrm state add src " OUR_ADDR " dst " PEER_ADDR
		" proto esp spi %u mode transport replay-window 64"
		" aead rfc4106(gcm(aes)) 0x%072x 128\n", SPI, SPI);
	if (pclose(ip) ||
	    !knob_write("/proc/sys/net/ipv4/conf/lo/disable_xfrm", "0")) {
		puts("Bail out! no SA for a latch");
		return false;
	}
	return true;
}

/* The peer whom the seeds name. */
static int bind_sa(struct lbtns *h)
{
	struct lbtns_sa sa = {
		.spi = htonl(SPI),
		.proto = IPPROTO_ESP,
		.peer = {
			.type = BTNS_ID_TYPE_FQDN,
			.method = BTNS_AUTH_METHOD_MANUAL,
			.digest = { 1, 2, 3, 4 },
			.name = "a.example",
		},
	};

	lbtns_prefix_parse(OUR_ADDR, &sa.sel.local, NULL);
	lbtns_prefix_parse(PEER_ADDR, &sa.sel.remote, NULL);
	sa.daddr = sa.sel.remote;
	return lbtns_sa_bind(h, &sa, NULL);
}

static int take_latch(const struct lbtns_latch *latch, void *arg)
{
	*(struct lbtns_latch *)arg = *latch;
	return 1;
}

const char *nllatch_open(struct lbtns *h, uint64_t *id)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_port = htons(OUR_PORT) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PEER_PORT) };
	struct lbtns_latch latch;

	if (bind_sa(h))
		return lbtns_error(h);
	inet_pton(AF_INET, OUR_ADDR, &from.sin_addr);
	inet_pton(AF_INET, PEER_ADDR, &to.sin_addr);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || bind(sock, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(sock, (struct sockaddr *)&to, sizeof(to)) ||
	    send(sock, "latch", 5, 0) != 5)
		return "a socket that is to be latched says nothing";
	if (lbtns_latch_dump(h, take_latch, &latch) != 1)
		return "what was said has no latch";
	if (latch.state != BTNS_LATCH_STATE_ESTABLISHED)
		return "its latch is not established";
	*id = latch.id;
	return NULL;
}

void nllatch_close(void)
{
	if (sock >= 0)
		close(sock);
	sock = -1;
}
