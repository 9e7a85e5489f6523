/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all of crypto/ shares: one code per cause, and memory for secrets that
 * has a fixed size and is wiped. OpenSSL's types stop at this directory.
 */
#ifndef BTNSD_CRYPTO_CRYPTO_H
#define BTNSD_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/ike/buf.h"

/** enum crypto_code - what can go wrong; crypto_text() has the sentences */
enum crypto_code {
	CRYPTO_OK = 0,
	CRYPTO_UNSUPPORTED,	/* algorithm, curve or encoding that we do not speak */
	CRYPTO_LENGTH,		/* input or output of a length that cannot be right */
	CRYPTO_MALFORMED,	/* not what its type says: ASN.1, point, PEM */
	CRYPTO_WEAK,		/* well-formed but refused: SHA-1, short RSA, bad element */
	CRYPTO_FORGED,		/* signature or ICV does not verify */
	CRYPTO_MISMATCH,	/* key and algorithm do not go together */
	CRYPTO_FILE,		/* a file could not be read or written; errno says why */
	CRYPTO_EXISTS,		/* the file is there already and is left alone */
	CRYPTO_PERMISSION,	/* a private key's file is open to others */
	CRYPTO_INTERNAL,	/* OpenSSL failed: memory or provider */
	CRYPTO_NUM_CODES,	/* not a code: how many there are */
};

/**
 * crypto_start() - have the library read its configuration now, not later
 *
 * Once files cannot be opened any more it would be too late.
 *
 * Return: whether it did, and the random generator works.
 */
bool crypto_start(void);

/**
 * crypto_text() - one sentence for logs
 * @code: the code
 *
 * Return: a constant string.
 */
const char *crypto_text(enum crypto_code code);

#define SECRET_MAX	512	/* octets; two keys of 256 bits are 72, a DH secret is up to 512 */

/**
 * struct secret - a secret of at most SECRET_MAX octets
 * @len: octets in use
 * @data: the octets
 *
 * Lives where its owner puts it; the owner calls secret_wipe() before that
 * memory goes away. Copying one by assignment makes another to wipe.
 */
struct secret {
	size_t len;
	uint8_t data[SECRET_MAX];
};

/**
 * secret_wipe() - make a secret empty, its whole memory zero
 * @s: secret; may be empty
 */
void secret_wipe(struct secret *s);

/**
 * secret_set() - copy octets into a secret
 * @s: secret, overwritten
 * @from: octets, at most SECRET_MAX
 *
 * Return: CRYPTO_OK, or CRYPTO_LENGTH with @s empty.
 */
enum crypto_code secret_set(struct secret *s, struct span from);

/**
 * secret_span() - a secret's octets
 * @s: secret, outlives the span
 *
 * Return: a span into it.
 */
struct span secret_span(const struct secret *s);

/**
 * secret_equal() - compare in constant time
 * @a: one
 * @b: other
 *
 * Return: whether they are the same. Only the lengths show in the time taken.
 */
bool secret_equal(struct span a, struct span b);

/**
 * wipe() - zero memory in a way the compiler keeps
 * @p: memory
 * @len: octets
 */
void wipe(void *p, size_t len);

/**
 * wipe_stack() - zero what functions that have returned left below the caller
 *
 * For after calls to OpenSSL that compute a secret there and leave it.
 */
void wipe_stack(void);

#endif /* BTNSD_CRYPTO_CRYPTO_H */
