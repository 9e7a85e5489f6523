/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's side: the kernel, our key and files, all behind the broker.
 */
#ifndef BTNSD_BROKER_CLIENT_H
#define BTNSD_BROKER_CLIENT_H

#include "btnsd/btnsd.h"
#include "btnsd/kern.h"
#include "libbtns/file.h"

struct client;

/**
 * struct client_orders - what an administrator told the broker
 * @reload: read the configuration
 * @check: look after the store
 * @stop: say good-bye to peers and end
 * @leave: end, and leave SAs to the next
 * @stats: write counters to the log
 * @gone: the broker is gone: end
 */
struct client_orders {
	void (*reload)(void *arg);
	void (*check)(void *arg);
	void (*stop)(void *arg);
	void (*leave)(void *arg);
	void (*stats)(void *arg);
	void (*gone)(void *arg);
};

extern const struct kern_ops client_kern_ops;
extern const struct lbtns_file_ops client_file_ops;
extern const struct sign_ops client_sign_ops;

int client_new(struct client **c, int requests, int events);
void client_free(struct client *c);
int client_fd(const struct client *c);
struct key *client_key(struct client *c);
enum crypto_code client_key_load(void *ctx, const char *path, struct key **key);
enum crypto_code client_secret_load(void *ctx, const char *path,
				    struct secret *secret);
int client_taken(struct client *c);
int client_ready(struct client *c);
void client_read(struct client *c, const struct kern_events *ev, void *ev_arg,
		 const struct client_orders *orders, void *arg);

#endif
