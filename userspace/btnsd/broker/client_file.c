// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that the broker opens and replaces for the reader, which may do neither. */
#include <errno.h>

#include "btnsd/broker/client_ask.h"

/* a descriptor that the broker has opened */
static int ask_fd(struct client *c)
{
	int err = client_ask(c);

	if (!err && c->m.fd < 0)
		err = client_failed(c, -EBADMSG, "the broker's answer");
	return err ? err : c->m.fd;
}

/* which links are followed the broker knows by itself */
static int op_open(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_OPEN, path);
	return ask_fd(c);
}

static int op_create(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_CREATE, path);
	return ask_fd(c);
}

static int op_commit(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_COMMIT, path);
	return client_ask_only(c);
}

static int op_drop(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_DROP, path);
	return client_ask_only(c);
}

static int op_aside(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_ASIDE, path);
	return client_ask_only(c);
}

static int op_lock(void *ctx, const char *path)
{
	struct client *c = ctx;

	client_begin_file(c, PROTO_FILE_LOCK, path);
	return ask_fd(c);
}

/** client_file_ops - files that the broker opens; its context is a client */
const struct lbtns_file_ops client_file_ops = {
	.open = op_open,
	.create = op_create,
	.commit = op_commit,
	.drop = op_drop,
	.aside = op_aside,
	.lock = op_lock,
};
