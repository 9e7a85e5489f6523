// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both ends of an SA count the same lifetimes: what each begins at its own time
 * they seldom begin at once. Nothing secret depends on it.
 */
#include "btnsd/crypto/rand.h"
#include "btnsd/jitter.h"
#include "btnsd/log.h"

/**
 * jitter() - a random number
 * @most: the largest that it may be, below UINT64_MAX
 *
 * Without randomness there are no nonces and no SPIs, and nothing new is made;
 * what is there goes on, without jitter, and the log says so.
 *
 * Return: 0 to @most; 0 if there is no randomness.
 */
uint64_t jitter(uint64_t most)
{
	uint64_t r;

	if (rand_fill(&r, sizeof(r)) != CRYPTO_OK) {
		log_warn("no random numbers: both ends may begin at once what one should");
		return 0;
	}
	return r % (most + 1);
}

/**
 * jitter_around() - about so long
 * @ms: how long on average, above 0
 *
 * Two ends that put each other off must not come back at the same time.
 *
 * Return: half of it to one and a half.
 */
uint64_t jitter_around(uint64_t ms)
{
	return ms / 2 + jitter(ms - 1);
}
