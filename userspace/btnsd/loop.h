/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: libevent stops here.
 */
#ifndef BTNSD_LOOP_H
#define BTNSD_LOOP_H

#include "btnsd/timer.h"

struct loop;

typedef void (*loop_fd_fn)(int fd, void *arg);
typedef void (*loop_signal_fn)(int sig, void *arg);

struct loop *loop_new(struct timers *timers);
void loop_free(struct loop *l);
int loop_fd(struct loop *l, int fd, loop_fd_fn fn, void *arg);
int loop_signal(struct loop *l, int sig, loop_signal_fn fn, void *arg);
int loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
