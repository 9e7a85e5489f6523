/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmnl's sockets without a kernel: a program that links fake_mnl.o talks to
 * whatever it likes where btnsd has NETLINK_XFRM.
 */
#ifndef TESTS_UNIT_FAKE_MNL_H
#define TESTS_UNIT_FAKE_MNL_H

#include "libbtns/nl.h"

/* what all sockets send to and receive from; set it before they are opened */
extern struct lbtns_transport fake_mnl;

#endif
