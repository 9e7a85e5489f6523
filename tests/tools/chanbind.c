// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * chanbind: a sample client and server that share a password and bind it to
 * the channel below (RFC 5056, RFC 5660 section 6.3). Each proves that it knows
 * the password and which channel it has; the proofs agree only if the two speak
 * with each other directly, and both latch. A program of yours would use the
 * channel binding of its own protocol, such as SCRAM's or GSS-API's: this one
 * lets who relays try passwords at leisure.
 */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "libbtns/btns.h"

#define NONCE	16
#define PROOF	32
#define SECONDS	20

static const char *password;

static int say(const char *what)
{
	puts(what);
	fflush(stdout);
	return 1;
}

static void die(const char *what)
{
	fprintf(stderr, "chanbind: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Both nonces, which of the ends it is, and the channel, under the password. */
static void prove(uint8_t proof[PROOF], const char *role,
		  const uint8_t nonces[2 * NONCE],
		  const struct lbtns_binding *binding)
{
	uint8_t text[16 + 2 * NONCE + LBTNS_BINDING_MAX] = { 0 };
	unsigned int n = PROOF;

	snprintf((char *)text, 16, "%s", role);
	memcpy(text + 16, nonces, 2 * NONCE);
	memcpy(text + 16 + 2 * NONCE, binding->octets, binding->len);
	if (!HMAC(EVP_sha256(), password, (int)strlen(password), text,
		  16 + 2 * NONCE + binding->len, proof, &n))
		die("HMAC");
}

static bool put(int fd, const void *p, size_t len)
{
	return send(fd, p, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool take(int fd, void *p, size_t len)
{
	return recv(fd, p, len, MSG_WAITALL) == (ssize_t)len;
}

/*
 * Nonces cross, then proofs. Who has no channel sends a proof of none, so that
 * the other hears of it as of a wrong one.
 */
static int talk(int fd, bool server)
{
	uint8_t nonces[2 * NONCE], mine[PROOF], theirs[PROOF], want[PROOF];
	uint8_t *own = nonces + (server ? NONCE : 0);
	uint8_t *far = nonces + (server ? 0 : NONCE);
	struct lbtns_binding binding;
	int err;

	if (RAND_bytes(own, NONCE) != 1)
		die("RAND_bytes");
	/* the latch is there once something came under it */
	if (!put(fd, own, NONCE) || !take(fd, far, NONCE))
		return say("lost");
	err = lbtns_sock_binding(fd, &binding);
	prove(mine, server ? "server" : "client", nonces, &binding);
	prove(want, server ? "client" : "server", nonces, &binding);
	if (!put(fd, mine, PROOF) || !take(fd, theirs, PROOF))
		return say("lost");
	if (err) {
		printf("no binding: %s\n", strerror(-err));
		return say("refused");
	}
	if (CRYPTO_memcmp(want, theirs, PROOF))
		return say("refused: wrong password, a relay, or no latch there");
	say("bound");
	return 0;
}

static int open_socket(const struct addrinfo *ai, bool server)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	int conn;

	if (fd < 0)
		die("socket");
	if (!server) {
		if (connect(fd, ai->ai_addr, ai->ai_addrlen))
			die("connect");
		return fd;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, 1))
		die("listen");
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		die("accept");
	close(fd);
	return conn;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *ai;
	bool server;
	int fd, rc;

	server = argc == 5 && !strcmp(argv[1], "listen");
	if (argc != 5 || (!server && strcmp(argv[1], "connect"))) {
		fputs("usage: chanbind listen|connect ADDRESS PORT PASSWORD\n",
		      stderr);
		return 2;
	}
	password = argv[4];
	if (getaddrinfo(argv[2], argv[3], &hints, &ai)) {
		fputs("chanbind: bad address\n", stderr);
		return 2;
	}
	alarm(SECONDS);
	fd = open_socket(ai, server);
	rc = talk(fd, server);
	close(fd);
	freeaddrinfo(ai);
	return rc;
}
