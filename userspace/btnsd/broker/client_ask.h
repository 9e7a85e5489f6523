/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request to the broker is made of, for the files client_*.c, each of which
 * has the requests about one thing. A request begins in client->m by proto_begin();
 * its answer is there too.
 */
#ifndef BTNSD_BROKER_CLIENT_ASK_H
#define BTNSD_BROKER_CLIENT_ASK_H

#include "btnsd/broker/client.h"
#include "btnsd/broker/proto.h"

/**
 * struct client - our ends of the sockets
 * @req: requests and answers
 * @ev: events
 * @listing: a list is being handed over, item by item: no request now
 * @m: message being sent or received
 * @e: event being received
 * @err: one line about the last failure
 */
struct client {
	int req;
	int ev;
	bool listing;
	struct proto_msg m;
	struct proto_msg e;
	char err[PROTO_TEXT];
};

/**
 * typedef client_item_fn - takes one item of a list
 * @c: client; the item is in its message, and it makes no request
 * @arg: as handed to client_list()
 *
 * Return: 0 or a negative errno: the items that follow are left out.
 */
typedef int (*client_item_fn)(struct client *c, void *arg);

int client_failed(struct client *c, int err, const char *what);
int client_list(struct client *c, client_item_fn item, void *arg);
int client_ask(struct client *c);
int client_ask_only(struct client *c);
int client_ask_value(struct client *c, uint64_t most, uint64_t *v);
void client_begin_file(struct client *c, uint32_t type, const char *path);

#endif
