/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that btnsd's processes may make once everything is open.
 */
#ifndef BTNSD_JAIL_H
#define BTNSD_JAIL_H

/** enum jail - who is locked in */
enum jail {
	JAIL_READER,	/* reads packets */
	JAIL_BROKER,	/* answers the reader, and starts another */
};

int jail_enter(enum jail who, int exe);
int jail_or_warn(enum jail who, int exe);

#endif
