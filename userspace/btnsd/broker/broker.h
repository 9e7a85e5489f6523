/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that has our key and CAP_NET_ADMIN, and the reader that it
 * starts: the same program, in a memory of its own.
 */
#ifndef BTNSD_BROKER_BROKER_H
#define BTNSD_BROKER_BROKER_H

#include <stddef.h>

#include "btnsd/broker/serve.h"
#include "btnsd/kern.h"

/* descriptors that a reader finds open; from the last on, sockets of IKE */
#define BROKER_FD_REQUESTS	3
#define BROKER_FD_EVENTS	4
#define BROKER_FD_NET		5
#define BROKER_NET_MAX		(2 * CONF_LISTEN_MAX)
/* the program itself is above all of them */
#define BROKER_FD_ABOVE		100

/**
 * struct broker_reader - how a reader is started
 * @exe: descriptor of the program
 * @argv: its arguments, ended by NULL
 * @net: sockets of IKE
 * @n_net: how many
 */
struct broker_reader {
	int exe;
	char *const *argv;
	const int *net;
	size_t n_net;
};

/**
 * struct broker_calls - what the broker does outside of itself
 * @kern_fds: descriptors to poll for events of the kernel; how many, up to 2
 * @kern_read: hand over events
 * @ctx: handed to both
 * @notify: tell the service manager, as sd_notify(3)
 */
struct broker_calls {
	int (*kern_fds)(void *ctx, int fds[static 2]);
	void (*kern_read)(void *ctx, int fd, const struct kern_events *ev,
			  void *arg);
	void *ctx;
	void (*notify)(const char *state);
};

int broker_signals(void);
int broker_run(struct serve *s, const struct broker_reader *reader,
	       const struct broker_calls *calls, int signals);

#endif
