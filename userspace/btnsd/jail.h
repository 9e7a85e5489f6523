/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that btnsd may make once everything is open.
 */
#ifndef BTNSD_JAIL_H
#define BTNSD_JAIL_H

int jail_enter(void);

#endif
