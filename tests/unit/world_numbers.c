// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers that are the same in each run, in the place of crypto/rand.c and of
 * OpenSSL's generator: SPIs, nonces, jitter, secrets, key pairs. BTNS_SEED gives
 * others. Each of both has a sequence of its own, as what OpenSSL draws for a key
 * depends on its version.
 */
#include "ktap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* the one way to give OpenSSL numbers that 3.0 has too, where it is deprecated */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include "btnsd/crypto/rand.h"
#include "world.h"

#define SEED	0x5660

/* where in their sequences helpers and OpenSSL are */
static uint64_t helpers, openssl;

/* nonces until the lowest, that one too; 0 if none has to be */
static unsigned int until_lowest;

/* splitmix64 */
static uint64_t number(uint64_t *at)
{
	uint64_t z = *at += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void draw(uint64_t *at, uint8_t *to, size_t len)
{
	while (len) {
		uint64_t next = number(at);
		size_t n = len < sizeof(next) ? len : sizeof(next);

		memcpy(to, &next, n);
		to += n;
		len -= n;
	}
}

/* ---- in the place of crypto/rand.c --------------------------------------- */

enum crypto_code rand_fill(void *to, size_t len)
{
	if (len > INT_MAX)
		return CRYPTO_LENGTH;
	draw(&helpers, to, len);
	if (len == IKE_NONCE_LEN && until_lowest && !--until_lowest)
		memset(to, 0, sizeof(uint64_t));
	return CRYPTO_OK;
}

enum crypto_code rand_spi(uint64_t *spi)
{
	for (*spi = 0; !*spi;)
		*spi = number(&helpers);
	return CRYPTO_OK;
}

/* ---- in the place of OpenSSL's generator --------------------------------- */

static int openssl_bytes(unsigned char *to, int len)
{
	draw(&openssl, to, (size_t)len);
	return 1;
}

static int openssl_status(void)
{
	return 1;
}

/* ---- which they are ------------------------------------------------------ */

/* from here on they are those of a seed */
void world_numbers(uint64_t seed)
{
	helpers = seed;
	openssl = ~seed;
	/* seeds that are nearly the same are far from each other */
	helpers = number(&helpers);
	openssl = number(&openssl);
	until_lowest = 0;
}

/* the seed of this run */
uint64_t world_seed(void)
{
	const char *text = getenv("BTNS_SEED");
	uint64_t seed;
	char *end;

	if (!text || !*text)
		return SEED;
	errno = 0;
	seed = strtoull(text, &end, 0);
	if (errno || *end) {
		fprintf(stderr, "BTNS_SEED=%s is no number\n", text);
		exit(KTAP_FAIL);
	}
	return seed;
}

/*
 * Of the nonces that helpers draw, pass over so many: the next is lower than any
 * other, so that who draws it loses where nonces decide.
 */
void world_lowest(unsigned int after)
{
	until_lowest = after + 1;
}

static void __attribute__((constructor)) begin(void)
{
	static const RAND_METHOD method = {
		.bytes = openssl_bytes,
		.pseudorand = openssl_bytes,
		.status = openssl_status,
	};
	static char again[40];

	if (RAND_set_rand_method(&method) != 1)
		abort();
	world_numbers(world_seed());
	snprintf(again, sizeof(again), "BTNS_SEED=%#llx",
		 (unsigned long long)world_seed());
	ktap.again = again;
}
