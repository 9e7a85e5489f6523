/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Octets out of hexadecimal text, for test vectors.
 */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <stdlib.h>

#include "btnsd/ike/buf.h"

#define HEX_SLOTS	16	/* spans that live at the same time */
#define HEX_MAX		4096	/* octets of each */

static inline uint8_t hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint8_t)(c - 'a' + 10);
	abort();
}

/**
 * hex() - decode
 * @text: pairs of lower-case digits, spaces between pairs
 *
 * Return: the octets, good until HEX_SLOTS more calls were made.
 */
static inline struct span hex(const char *text)
{
	static uint8_t slots[HEX_SLOTS][HEX_MAX];
	static unsigned int next;
	uint8_t *to = slots[next++ % HEX_SLOTS];
	size_t n = 0;

	while (*text) {
		if (*text == ' ') {
			text++;
			continue;
		}
		if (!text[1] || n == HEX_MAX)
			abort();
		to[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		text += 2;
	}
	return span(to, n);
}

#endif /* TESTS_UNIT_HEX_H */
