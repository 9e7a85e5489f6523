/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that reads packets.
 */
#ifndef BTNSD_READER_H
#define BTNSD_READER_H

#include <stddef.h>

int reader_main(const char *config, size_t n_net);

#endif
