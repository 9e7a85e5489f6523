/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there an IKE daemon? The kernel does not know, but somebody who listens on
 * the ports of IKE can be seen by everybody.
 */
#ifndef BTNSCTL_IKEPORT_H
#define BTNSCTL_IKEPORT_H

#include <stdbool.h>

/**
 * struct ikeport - who listens, on any address of either family
 * @known: the sockets could be read
 * @ike: somebody does on UDP port 500
 * @natt: and on 4500, which is for NATs and ESP in UDP
 */
struct ikeport {
	bool known;
	bool ike;
	bool natt;
};

/**
 * ikeport_read - read it
 * @proc: "/proc", or another place in tests
 *
 * Return: what there is.
 */
struct ikeport ikeport_read(const char *proc);

#endif /* BTNSCTL_IKEPORT_H */
