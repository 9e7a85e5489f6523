/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A latch for requests that are about one: of a UDP socket that has said one
 * datagram to nobody, under an SA of this network namespace.
 */
#ifndef TESTS_TOOLS_NLLATCH_H
#define TESTS_TOOLS_NLLATCH_H

#include "libbtns/btns.h"

/*
 * Addresses, a route and the SA; once in a namespace whose policies protect what
 * goes to 10.0.0.0/8. False with a message.
 */
bool nllatch_prepare(void);

/*
 * A binding of the SA, the socket, and its latch, which is established. NULL, or
 * what went wrong; the latch's number is in @id.
 */
const char *nllatch_open(struct lbtns *h, uint64_t *id);

/* The socket is closed, and the latch goes; the binding stays. */
void nllatch_close(void);

#endif /* TESTS_TOOLS_NLLATCH_H */
