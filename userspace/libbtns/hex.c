// SPDX-License-Identifier: LGPL-2.1-or-later
/* Octets as hexadecimal digits. */
#include <errno.h>

#include "libbtns/hex.h"

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int lbtns_hex_read(const char *text, uint8_t *buf, size_t size)
{
	size_t n;

	for (n = 0; text[0]; n++, text += 2) {
		int hi = nibble(text[0]);
		int lo = text[1] ? nibble(text[1]) : -1;

		if (hi < 0 || lo < 0 || n == size)
			return -EINVAL;
		buf[n] = (uint8_t)(hi << 4 | lo);
	}
	return (int)n;
}

void lbtns_hex_write(const uint8_t *data, size_t len, char *buf)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		buf[2 * i] = digits[data[i] >> 4];
		buf[2 * i + 1] = digits[data[i] & 15];
	}
	buf[2 * len] = '\0';
}
