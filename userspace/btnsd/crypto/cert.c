// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A walk over the outermost elements of a certificate. A full X.509 decoder
 * would look at names, dates and extensions of strangers, and decode keys of
 * forms that we refuse; none of that can help us, so it is not called.
 */
#include "btnsd/crypto/cert.h"

#define DER_INTEGER	0x02
#define DER_BIT_STRING	0x03
#define DER_SEQUENCE	0x30
#define DER_VERSION	0xa0	/* [0] EXPLICIT */

/* Length in its shortest form (X.690 10.1), of at most 65535 octets. */
static bool read_length(struct rbuf *r, size_t *len)
{
	uint8_t first, one;
	uint16_t two;

	if (!rbuf_u8(r, &first))
		return false;
	if (first < 0x80) {
		*len = first;
		return true;
	}
	if (first == 0x81 && rbuf_u8(r, &one) && one >= 0x80) {
		*len = one;
		return true;
	}
	if (first == 0x82 && rbuf_u16(r, &two) && two >= 0x100) {
		*len = two;
		return true;
	}
	return false;
}

/* The next element, which must have @tag; @whole has its header, @body not. */
static bool read_element(struct rbuf *r, uint8_t tag, struct span *whole,
			 struct span *body)
{
	struct rbuf start = *r;
	size_t len, before = rbuf_left(r);
	uint8_t t;

	return rbuf_u8(r, &t) && t == tag && read_length(r, &len) &&
	       rbuf_span(r, len, body) &&
	       rbuf_span(&start, before - rbuf_left(r), whole);
}

static bool skip(struct rbuf *r, uint8_t tag)
{
	struct span whole, body;

	return read_element(r, tag, &whole, &body);
}

enum crypto_code cert_spki(struct span der, struct span *spki)
{
	struct span whole, body, key;
	struct rbuf r, cert, tbs;

	*spki = span(NULL, 0);
	rbuf_init(&r, der);
	if (!read_element(&r, DER_SEQUENCE, &whole, &body) || rbuf_left(&r))
		return CRYPTO_MALFORMED;
	rbuf_init(&cert, body);
	if (!read_element(&cert, DER_SEQUENCE, &whole, &body))
		return CRYPTO_MALFORMED;
	rbuf_init(&tbs, body);
	/* signatureAlgorithm and signatureValue end the certificate */
	if (!skip(&cert, DER_SEQUENCE) || !skip(&cert, DER_BIT_STRING) ||
	    rbuf_left(&cert))
		return CRYPTO_MALFORMED;
	/* [version,] serial, algorithm, issuer, validity, subject, key */
	r = tbs;
	if (skip(&r, DER_VERSION))
		tbs = r;
	if (!skip(&tbs, DER_INTEGER) || !skip(&tbs, DER_SEQUENCE) ||
	    !skip(&tbs, DER_SEQUENCE) || !skip(&tbs, DER_SEQUENCE) ||
	    !skip(&tbs, DER_SEQUENCE) ||
	    !read_element(&tbs, DER_SEQUENCE, &whole, &key))
		return CRYPTO_MALFORMED;
	*spki = whole;
	return CRYPTO_OK;
}
