/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations of two hosts that know each other by name, a.example and
 * b.example, and by what each proves it. Files that they name go with the
 * program.
 */
#ifndef TESTS_UNIT_NAMED_H
#define TESTS_UNIT_NAMED_H

/** struct named - what each host is told */
struct named {
	char conf[2][1024];
};

/**
 * named_configure() - what each host has of itself, and for the other
 * @n: filled
 * @mine: settings of each one's identity
 * @entry: settings of the PAD entry for the other
 */
void named_configure(struct named *n, const char *const mine[2],
		     const char *entry);

/**
 * named_by_secret() - both have one secret
 * @n: filled
 */
void named_by_secret(struct named *n);

/**
 * named_by_certificate() - both have a certificate of one authority
 * @n: filled
 */
void named_by_certificate(struct named *n);

#endif
