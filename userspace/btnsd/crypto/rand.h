/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random octets: nonces, SPIs, cookies' secrets. Alone in its object so that
 * tests of the machine can link another.
 */
#ifndef BTNSD_CRYPTO_RAND_H
#define BTNSD_CRYPTO_RAND_H

#include "crypto.h"

/**
 * rand_fill() - fill memory with random octets
 * @to: memory
 * @len: octets
 *
 * Return: CRYPTO_OK, or CRYPTO_INTERNAL with @to zeroed: it must not be used.
 */
enum crypto_code rand_fill(void *to, size_t len);

/**
 * rand_spi() - a random IKE SPI
 * @spi: never 0 on success
 *
 * Return: CRYPTO_OK, or CRYPTO_INTERNAL with @spi 0.
 */
enum crypto_code rand_spi(uint64_t *spi);

#endif /* BTNSD_CRYPTO_RAND_H */
