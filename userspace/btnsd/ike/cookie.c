// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cookie = version | prf(secret, Ni | IPi | port | SPIi), as RFC 7296 section
 * 2.6 suggests. The secret changes once a minute; the one before stays good,
 * so that a cookie given just before the change is taken.
 */
#include <string.h>

#include "btnsd/crypto/prf.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/cookie.h"
#include "btnsd/ike/wire.h"

static bool rotate(struct cookie *c, uint64_t now)
{
	uint8_t fresh[COOKIE_SECRET_LEN];

	if (c->n && now - c->since < COOKIE_ROTATE_MS)
		return true;
	if (rand_fill(fresh, sizeof(fresh)) != CRYPTO_OK)
		return false;
	/* older than two periods: what was "before" is too old as well */
	c->n = c->n && now - c->since < 2 * COOKIE_ROTATE_MS ? 2 : 1;
	memcpy(c->secret[1], c->secret[0], COOKIE_SECRET_LEN);
	memcpy(c->secret[0], fresh, COOKIE_SECRET_LEN);
	wipe(fresh, sizeof(fresh));
	c->version++;
	c->since = now;
	return true;
}

static bool compute(const uint8_t *secret, const struct endpoint *from,
		    uint64_t spi_i, struct span ni, uint8_t out[PRF_MAX_LEN])
{
	uint8_t port[2] = { (uint8_t)(from->port >> 8), (uint8_t)from->port };
	const struct span parts[] = {
		ni,
		span(from->addr.b, addr_len(from->addr.family)),
		span(port, sizeof(port)),
		span(&spi_i, sizeof(spi_i)),
	};

	return prf(IKE_PRF_HMAC_SHA2_256, span(secret, COOKIE_SECRET_LEN),
		   parts, 4, out) == CRYPTO_OK;
}

/**
 * cookie_make() - the cookie for an initiator
 * @c: secrets
 * @now: milliseconds
 * @from: where its request came from
 * @spi_i: its SPI
 * @ni: its nonce
 * @out: the cookie
 *
 * Return: false if there is no randomness; the request is dropped then.
 */
bool cookie_make(struct cookie *c, uint64_t now, const struct endpoint *from,
		 uint64_t spi_i, struct span ni, uint8_t out[COOKIE_LEN])
{
	uint8_t mac[PRF_MAX_LEN];

	if (!rotate(c, now) || !compute(c->secret[0], from, spi_i, ni, mac))
		return false;
	out[0] = c->version;
	memcpy(out + 1, mac, COOKIE_LEN - 1);
	return true;
}

/**
 * cookie_check() - is this a cookie that we gave?
 * @c: secrets
 * @now: milliseconds
 * @from: where the request came from
 * @spi_i: the initiator's SPI
 * @ni: its nonce
 * @got: the cookie that came
 *
 * Return: true if so, and not too long ago.
 */
bool cookie_check(struct cookie *c, uint64_t now, const struct endpoint *from,
		  uint64_t spi_i, struct span ni, struct span got)
{
	uint8_t mac[PRF_MAX_LEN], back;

	if (got.len != COOKIE_LEN || !rotate(c, now))
		return false;
	back = (uint8_t)(c->version - got.data[0]);
	if (back >= c->n || !compute(c->secret[back], from, spi_i, ni, mac))
		return false;
	return secret_equal(span(mac, COOKIE_LEN - 1),
			    span(got.data + 1, COOKIE_LEN - 1));
}

/**
 * cookie_wipe() - forget the secrets
 * @c: secrets
 */
void cookie_wipe(struct cookie *c)
{
	wipe(c, sizeof(*c));
}
