/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Octets as hexadecimal digits, for libbtns and btnsd. */
#ifndef LIBBTNS_HEX_H
#define LIBBTNS_HEX_H

#include <stddef.h>
#include <stdint.h>

/**
 * lbtns_hex_read - octets of a text
 * @text: digits of either case, two for each octet, and nothing else
 * @buf: filled; what is in it after an error does not count
 * @size: room in @buf
 *
 * Return: octets written; -EINVAL for an odd number of digits, for another
 * character, or if they do not fit.
 */
int lbtns_hex_read(const char *text, uint8_t *buf, size_t size);

/**
 * lbtns_hex_write - octets as text
 * @data: octets
 * @len: how many
 * @buf: filled with 2 * @len small digits and a NUL
 */
void lbtns_hex_write(const uint8_t *data, size_t len, char *buf);

#endif
