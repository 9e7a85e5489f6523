// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each function here is one request, and waits for its answer. Events come by
 * another socket, so that neither waits for the other. The broker is trusted,
 * but what it says is taken apart as strictly as it does with us.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/broker/client_ask.h"
#include "btnsd/log.h"

/* events taken at one time, so that timers and the network get their turn */
#define EVENT_BURST	64

/**
 * client_new() - talk to the broker by these sockets
 * @c: set to a client, freed with client_free()
 * @requests: socket for requests; owned by the client
 * @events: socket for events; owned by the client
 *
 * Return: 0 or -ENOMEM.
 */
int client_new(struct client **c, int requests, int events)
{
	*c = calloc(1, sizeof(**c));
	if (!*c)
		return -ENOMEM;
	(*c)->req = requests;
	(*c)->ev = events;
	return 0;
}

/**
 * client_free() - close the sockets
 * @c: client or NULL
 */
void client_free(struct client *c)
{
	if (!c)
		return;
	close(c->req);
	close(c->ev);
	wipe(c, sizeof(*c));
	free(c);
}

/**
 * client_fd() - descriptor to poll for events
 * @c: client
 *
 * Return: the descriptor.
 */
int client_fd(const struct client *c)
{
	return c->ev;
}

/* ---- requests ------------------------------------------------------------ */

/**
 * client_failed() - remember why a request came to nothing
 * @c: client
 * @err: negative errno
 * @what: begin of the line that the error is told in
 *
 * Return: @err.
 */
int client_failed(struct client *c, int err, const char *what)
{
	snprintf(c->err, sizeof(c->err), "%s: %s", what, strerror(-err));
	return err;
}

/* the rest of a list that nobody wants any more, and the answer */
static int answer(struct client *c, client_item_fn item, void *arg)
{
	int err, stop = 0;

	for (;;) {
		err = proto_recv(c->req, &c->m, true);
		if (err)
			return client_failed(c, err,
					     "the broker does not answer");
		if (c->m.type == PROTO_DONE)
			break;
		if (c->m.type != PROTO_ITEM || !item)
			return client_failed(c, -EBADMSG,
					     "the broker's answer");
		if (!stop)
			stop = item(c, arg);
	}
	if (c->m.err > 0)
		return client_failed(c, -EBADMSG, "the broker's answer");
	if (c->m.err && !proto_get_text(&c->m, c->err))
		client_failed(c, c->m.err, "the broker refuses");
	return stop ? stop : c->m.err;
}

/**
 * client_list() - send a request, get the items of its list and its answer
 * @c: client, with the request in its message
 * @item: called for each item, or NULL: there is no list
 * @arg: handed to @item
 *
 * A descriptor that came with an answer is the caller's if there is no list and
 * no error.
 *
 * Return: 0 or a negative errno: the broker's, or the first of @item.
 */
int client_list(struct client *c, client_item_fn item, void *arg)
{
	int err = -EBUSY;

	if (!c->listing)
		err = proto_send(c->req, &c->m, true);
	/* keys of SAs, and what AUTH covers */
	wipe(c->m.body, c->m.len);
	if (err)
		return client_failed(c, err,
				     c->listing ? "a list is being read" :
						  "the broker takes no request");
	c->listing = item;
	err = answer(c, item, arg);
	c->listing = false;
	if (c->m.fd >= 0 && (item || err)) {
		close(c->m.fd);
		c->m.fd = -1;
	}
	return err;
}

/**
 * client_ask() - a request whose answer is taken apart by the caller
 * @c: client, with the request in its message
 *
 * Return: 0 or a negative errno.
 */
int client_ask(struct client *c)
{
	return client_list(c, NULL, NULL);
}

/**
 * client_ask_only() - a request whose answer has nothing to tell
 * @c: client, with the request in its message
 *
 * Return: 0 or a negative errno.
 */
int client_ask_only(struct client *c)
{
	int err = client_ask(c);

	if (!err && (c->m.len || c->m.fd >= 0))
		err = client_failed(c, -EBADMSG, "the broker's answer");
	return err;
}

/**
 * client_ask_value() - a request whose answer is one number
 * @c: client, with the request in its message
 * @most: a larger number is no answer
 * @v: set to the number
 *
 * Return: 0 or a negative errno.
 */
int client_ask_value(struct client *c, uint64_t most, uint64_t *v)
{
	struct proto_value value;
	int err = client_ask(c);

	if (err)
		return err;
	if (!proto_get_all(&c->m, &proto_value_layout, &value) ||
	    value.v > most)
		return client_failed(c, -EBADMSG, "the broker's answer");
	*v = value.v;
	return 0;
}

/**
 * client_begin_file() - begin a request about a file
 * @c: client
 * @type: of the request
 * @path: the file, as the configuration names it
 */
void client_begin_file(struct client *c, uint32_t type, const char *path)
{
	proto_begin(&c->m, type);
	proto_put_octets(&c->m, span((const uint8_t *)path, strlen(path)));
}

/**
 * client_taken() - the configuration that the broker has read is in force here
 * @c: client
 *
 * Return: 0 or a negative errno.
 */
int client_taken(struct client *c)
{
	proto_begin(&c->m, PROTO_TAKEN);
	return client_ask_only(c);
}

/**
 * client_ready() - we serve: tell the broker, who tells the service manager
 * @c: client
 *
 * Return: 0 or a negative errno.
 */
int client_ready(struct client *c)
{
	proto_begin(&c->m, PROTO_READY);
	return client_ask_only(c);
}

/* ---- events -------------------------------------------------------------- */

/* an event that tells of an SA; false if it is not what it should be */
static bool sa_event(const struct proto_msg *m, const struct kern_events *ev,
		     void *arg)
{
	struct proto_event e;

	if (!proto_get_all(m, &proto_event_layout, &e))
		return false;
	if (m->type == PROTO_EV_EXPIRE)
		ev->expire(arg, e.spi, &e.dst, e.hard);
	else if (m->type == PROTO_EV_MAPPING)
		ev->mapping(arg, e.spi, &e.dst, &e.from);
	else
		ev->sa_gone(arg, e.spi, &e.dst);
	return true;
}

static bool kern_event(const struct proto_msg *m, const struct kern_events *ev,
		       void *arg)
{
	struct kern_acquire acq;

	switch (m->type) {
	case PROTO_EV_ACQUIRE:
		if (!proto_get_all(m, &proto_acquire_layout, &acq))
			return false;
		ev->acquire(arg, &acq);
		return true;
	case PROTO_EV_EXPIRE:
	case PROTO_EV_MAPPING:
	case PROTO_EV_SA_GONE:
		return sa_event(m, ev, arg);
	case PROTO_EV_SA_FLUSHED:
		ev->sa_flushed(arg);
		break;
	case PROTO_EV_POLICY:
		ev->policy_changed(arg);
		break;
	case PROTO_EV_PAD:
		ev->pad_changed(arg);
		break;
	case PROTO_EV_LOST:
		ev->lost(arg);
		break;
	default:
		return false;
	}
	return !m->len;
}

static bool order(const struct proto_msg *m, const struct client_orders *o,
		  void *arg)
{
	switch (m->type) {
	case PROTO_EV_RELOAD:
		o->reload(arg);
		return true;
	case PROTO_EV_CHECK:
		o->check(arg);
		return true;
	case PROTO_EV_STOP:
		o->stop(arg);
		return true;
	case PROTO_EV_LEAVE:
		o->leave(arg);
		return true;
	case PROTO_EV_STATS:
		o->stats(arg);
		return true;
	default:
		return false;
	}
}

/**
 * client_read() - hand over events and orders that have come
 * @c: client
 * @ev: called for events of the kernel
 * @ev_arg: handed to @ev
 * @orders: called for orders
 * @arg: handed to @orders
 *
 * What cannot be understood is taken as a loss of events.
 */
void client_read(struct client *c, const struct kern_events *ev, void *ev_arg,
		 const struct client_orders *orders, void *arg)
{
	int burst = EVENT_BURST, err;

	while (burst--) {
		err = proto_recv(c->ev, &c->e, false);
		if (err == -EAGAIN)
			return;
		if (err == -EPIPE) {
			orders->gone(arg);
			return;
		}
		if (c->e.fd >= 0)
			close(c->e.fd);
		if (err || (!kern_event(&c->e, ev, ev_arg) &&
			    !order(&c->e, orders, arg))) {
			log_err("the broker's event %u is not understood",
				c->e.type);
			ev->lost(ev_arg);
		}
	}
}
