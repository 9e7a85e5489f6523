/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Encrypted payload: a message is sealed and opened here, whatever protects
 * it: an AEAD (RFC 5282, RFC 7634), or AES-CBC and then an HMAC over all of the
 * message (RFC 7296 section 3.14). Nobody else asks which.
 */
#ifndef BTNSD_IKE_SK_H
#define BTNSD_IKE_SK_H

#include "btnsd/crypto/keymat.h"
#include "btnsd/ike/build.h"

/* octets that an Encrypted payload adds to a message at most, header included */
#define SK_FRAME_MAX	112
/* octets of IV, pad length and ICV that there are at least */
#define SK_BODY_MIN	25

/**
 * struct sk_sizes - octets of what protects a message
 * @iv: Initialization Vector
 * @icv: Integrity Check Value
 * @block: what payloads, padding and pad length are a multiple of
 */
struct sk_sizes {
	size_t iv;
	size_t icv;
	size_t block;
};

/**
 * struct sk_content - a message before it is sealed
 * @hdr: header, as for ike_build_outer()
 * @first: type of the first payload inside (0 in fragments after the first)
 * @text: payloads, or this fragment's part of them
 * @number: of this fragment from 1, or 0 for SK
 * @total: of fragments, or 0 for SK
 */
struct sk_content {
	struct ike_hdr hdr;
	uint8_t first;
	struct span text;
	uint16_t number;
	uint16_t total;
};

struct sk_sizes sk_sizes(const struct ike_keys *keys);
size_t sk_room(const struct ike_keys *keys, size_t octets, bool fragment);
enum crypto_code sk_seal(const struct ike_keys *keys, bool initiator,
			 uint64_t count, const struct sk_content *c, void *buf,
			 size_t cap, struct span *message);
enum crypto_code sk_open(const struct ike_keys *keys, bool initiator,
			 struct span message, const struct ike_sk *sk,
			 uint8_t *out, struct span *text);

#endif
