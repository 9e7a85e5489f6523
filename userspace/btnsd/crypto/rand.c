// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random octets from OpenSSL's generator, which the kernel seeds.
 */
#include "btnsd/crypto/rand.h"

#include <limits.h>
#include <string.h>

#include <openssl/rand.h>

enum crypto_code rand_fill(void *to, size_t len)
{
	if (len > INT_MAX)
		return CRYPTO_LENGTH;
	if (RAND_priv_bytes(to, (int)len) == 1)
		return CRYPTO_OK;
	wipe(to, len);
	return CRYPTO_INTERNAL;
}

enum crypto_code rand_spi(uint64_t *spi)
{
	enum crypto_code code;

	do {
		*spi = 0;
		code = rand_fill(spi, sizeof(*spi));
	} while (!code && !*spi);
	return code;
}
