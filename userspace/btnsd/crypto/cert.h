/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SubjectPublicKeyInfo inside an X.509 certificate, and nothing else of it:
 * to us a certificate is an envelope for a key.
 */
#ifndef BTNSD_CRYPTO_CERT_H
#define BTNSD_CRYPTO_CERT_H

#include "crypto.h"

/**
 * cert_spki() - find the SubjectPublicKeyInfo
 * @der: certificate, DER, nothing after it
 * @spki: the SubjectPublicKeyInfo with its own header, inside @der
 *
 * RFC 5280 4.1. Only the frame is checked: types and lengths of what stands
 * before the key, and what must stand behind the signed part.
 * Return: CRYPTO_OK, or CRYPTO_MALFORMED with @spki empty.
 */
enum crypto_code cert_spki(struct span der, struct span *spki);

#endif /* BTNSD_CRYPTO_CERT_H */
