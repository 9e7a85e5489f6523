/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parent that starts btnsd anew when it dies, where no service manager does.
 */
#ifndef BTNSD_WATCH_H
#define BTNSD_WATCH_H

int watch_run(void);

#endif
