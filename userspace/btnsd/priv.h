/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What btnsd may do: as little as it can once everything is open.
 */
#ifndef BTNSD_PRIV_H
#define BTNSD_PRIV_H

#include <stdint.h>

int priv_harden(void);
int priv_drop(uint32_t keep);

#endif
