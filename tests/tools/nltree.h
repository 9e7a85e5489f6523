/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink request as a tree of attributes, of which one thing becomes another.
 */
#ifndef TESTS_TOOLS_NLTREE_H
#define TESTS_TOOLS_NLTREE_H

#include "tests/tools/mutate.h"

/*
 * One change to a genetlink header and its attributes, of which @len octets are at
 * @data, with room for @cap; what it adds may be of a seed of @c. Returns the new
 * length.
 */
size_t nltree_mutate(uint64_t *rng, uint8_t *data, size_t len, size_t cap,
		     const struct corpus *c);

#endif /* TESTS_TOOLS_NLTREE_H */
