/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stateless COOKIE (RFC 7296 section 2.6): while too many IKE SAs are half
 * open, an initiator must first show that it receives at its address. Nothing
 * about it is kept until it has.
 */
#ifndef BTNSD_IKE_COOKIE_H
#define BTNSD_IKE_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "btnsd/ike/buf.h"

#define COOKIE_LEN		33
#define COOKIE_SECRET_LEN	32
/* a cookie is good for one to two of these */
#define COOKIE_ROTATE_MS	60000

/**
 * struct cookie - secrets
 * @secret: the one in use and the one before
 * @version: number of the one in use
 * @since: when it was made, milliseconds
 * @n: how many there are
 */
struct cookie {
	uint8_t secret[2][COOKIE_SECRET_LEN];
	uint8_t version;
	uint64_t since;
	unsigned int n;
};

bool cookie_make(struct cookie *c, uint64_t now, const struct endpoint *from,
		 uint64_t spi_i, struct span ni, uint8_t out[COOKIE_LEN]);
bool cookie_check(struct cookie *c, uint64_t now, const struct endpoint *from,
		  uint64_t spi_i, struct span ni, struct span got);
void cookie_wipe(struct cookie *c);

#endif
