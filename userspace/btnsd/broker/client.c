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

#include "btnsd/broker/client.h"
#include "btnsd/broker/proto.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/log.h"

/* events taken at one time, so that timers and the network get their turn */
#define EVENT_BURST	64

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

static int failed(struct client *c, int err, const char *what)
{
	snprintf(c->err, sizeof(c->err), "%s: %s", what, strerror(-err));
	return err;
}

/* one item of a list, in c->m */
typedef int (*item_fn)(struct client *c, void *arg);

/* the rest of a list that nobody wants any more, and the answer */
static int answer(struct client *c, item_fn item, void *arg)
{
	int err, stop = 0;

	for (;;) {
		err = proto_recv(c->req, &c->m, true);
		if (err)
			return failed(c, err, "the broker does not answer");
		if (c->m.type == PROTO_DONE)
			break;
		if (c->m.type != PROTO_ITEM || !item)
			return failed(c, -EBADMSG, "the broker's answer");
		if (!stop)
			stop = item(c, arg);
	}
	if (c->m.err > 0)
		return failed(c, -EBADMSG, "the broker's answer");
	if (c->m.err && !proto_get_text(&c->m, c->err))
		failed(c, c->m.err, "the broker refuses");
	return stop ? stop : c->m.err;
}

/* send c->m, get the answer in c->m */
static int list(struct client *c, item_fn item, void *arg)
{
	int err;

	if (c->listing)
		return failed(c, -EBUSY, "a list is being read");
	err = proto_send(c->req, &c->m, true);
	wipe(c->m.body, c->m.len);
	if (err)
		return failed(c, err, "the broker takes no request");
	c->listing = item;
	err = answer(c, item, arg);
	c->listing = false;
	if (c->m.fd >= 0 && (item || err)) {
		close(c->m.fd);
		c->m.fd = -1;
	}
	return err;
}

static int ask(struct client *c)
{
	return list(c, NULL, NULL);
}

/* an answer that has nothing to tell; a descriptor that came with it is none */
static int ask_only(struct client *c)
{
	int err = ask(c);

	if (!err && (c->m.len || c->m.fd >= 0))
		err = failed(c, -EBADMSG, "the broker's answer");
	return err;
}

static int ask_value(struct client *c, uint64_t most, uint64_t *v)
{
	struct proto_value value;
	int err = ask(c);

	if (err)
		return err;
	if (!proto_get_all(&c->m, &proto_value_layout, &value) ||
	    value.v > most)
		return failed(c, -EBADMSG, "the broker's answer");
	*v = value.v;
	return 0;
}

static void begin_name(struct client *c, uint32_t type, uint32_t spi,
		       const struct addr *src, const struct addr *dst)
{
	struct proto_name name = { .dst = *dst, .spi = spi };

	if (src)
		name.src = *src;
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_name_layout, &name);
}

static int op_get_spi(void *ctx, const struct addr *src,
		      const struct addr *dst, uint32_t reqid, uint32_t *spi)
{
	const struct proto_name name = {
		.src = *src, .dst = *dst, .reqid = reqid,
	};
	struct client *c = ctx;
	uint64_t v;
	int err;

	proto_begin(&c->m, PROTO_GET_SPI);
	proto_put(&c->m, &proto_name_layout, &name);
	err = ask_value(c, UINT32_MAX, &v);
	if (!err)
		*spi = (uint32_t)v;
	return err;
}

static int put_sa(struct client *c, uint32_t type, const struct kern_sa *sa)
{
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_kern_sa_layout, sa);
	if (sa->key)
		proto_put_octets(&c->m, secret_span(sa->key));
	return ask_only(c);
}

static int op_add_sa(void *ctx, const struct kern_sa *sa)
{
	return put_sa(ctx, PROTO_ADD_SA, sa);
}

static int op_set_encap(void *ctx, const struct kern_sa *sa)
{
	return put_sa(ctx, PROTO_SET_ENCAP, sa);
}

static int op_find_sa(void *ctx, uint32_t spi, const struct addr *dst,
		      struct kern_found *found)
{
	struct client *c = ctx;
	int err;

	begin_name(c, PROTO_FIND_SA, spi, NULL, dst);
	err = ask(c);
	if (!err && !proto_get_all(&c->m, &proto_found_layout, found))
		err = failed(c, -EBADMSG, "the broker's answer");
	return err;
}

static int op_del_sa(void *ctx, uint32_t spi, const struct addr *dst)
{
	struct client *c = ctx;

	begin_name(c, PROTO_DEL_SA, spi, NULL, dst);
	return ask_only(c);
}

static int op_packets(void *ctx, uint32_t spi, const struct addr *dst,
		      uint64_t *packets)
{
	struct client *c = ctx;

	begin_name(c, PROTO_SA_PACKETS, spi, NULL, dst);
	return ask_value(c, UINT64_MAX, packets);
}

static int op_forget(void *ctx, const struct addr *src, const struct addr *dst,
		     uint32_t reqid, uint32_t seq)
{
	const struct proto_name name = {
		.src = *src, .dst = *dst, .reqid = reqid, .seq = seq,
	};
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_FORGET);
	proto_put(&c->m, &proto_name_layout, &name);
	return ask_only(c);
}

static int op_forget_all(void *ctx)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_FORGET_ALL);
	return ask_only(c);
}

static int op_bind(void *ctx, const struct lbtns_sa *sa)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_BIND);
	proto_put(&c->m, &proto_sa_layout, sa);
	return ask_only(c);
}

static int op_check(void *ctx, const struct lbtns_sa *sa, uint8_t *verdict)
{
	struct client *c = ctx;
	uint64_t v;
	int err;

	proto_begin(&c->m, PROTO_CHECK);
	proto_put(&c->m, &proto_sa_layout, sa);
	err = ask_value(c, UINT8_MAX, &v);
	if (!err)
		*verdict = (uint8_t)v;
	return err;
}

static int op_unbind(void *ctx, const struct lbtns_sa *sa)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_UNBIND);
	proto_put(&c->m, &proto_sa_layout, sa);
	return ask_only(c);
}

static int put_peer(struct client *c, uint32_t type,
		    const struct lbtns_ident *peer, uint8_t reason,
		    uint32_t *count)
{
	struct proto_peer p = { .reason = reason };
	uint64_t v;
	int err;

	if (peer)
		p.peer = *peer;
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_peer_layout, &p);
	err = ask_value(c, UINT32_MAX, &v);
	if (!err && count)
		*count = (uint32_t)v;
	return err;
}

static int op_latch_break(void *ctx, const struct lbtns_ident *peer,
			  uint8_t reason, uint32_t *count)
{
	return put_peer(ctx, PROTO_LATCH_BREAK, peer, reason, count);
}

static int op_latch_close_all(void *ctx, uint8_t reason, uint32_t *count)
{
	return put_peer(ctx, PROTO_LATCH_CLOSE_ALL, NULL, reason, count);
}

/* ---- lists --------------------------------------------------------------- */

/**
 * struct gathered - a short list, whole before anybody sees it, so that whoever
 *	gets an item may make requests
 * @layout: of an item
 * @size: of an item
 * @items: the items
 * @n: how many
 */
struct gathered {
	const struct proto_layout *layout;
	size_t size;
	uint8_t *items;
	size_t n;
};

static int gather_one(struct client *c, void *arg)
{
	struct gathered *g = arg;
	uint8_t *bigger = reallocarray(g->items, g->n + 1, g->size);

	if (!bigger)
		return failed(c, -ENOMEM, "the broker's list");
	g->items = bigger;
	if (!proto_get_all(&c->m, g->layout, bigger + g->n * g->size))
		return failed(c, -EBADMSG, "the broker's list");
	g->n++;
	return 0;
}

static int gather(struct client *c, uint32_t type, struct gathered *g)
{
	proto_begin(&c->m, type);
	return list(c, gather_one, g);
}

static int op_bindings(void *ctx, lbtns_sa_cb cb, void *arg)
{
	struct gathered g = { &proto_sa_layout, sizeof(struct lbtns_sa),
			      NULL, 0 };
	int err = gather(ctx, PROTO_BINDINGS, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++)
		err = cb((const void *)(g.items + i * g.size), arg);
	free(g.items);
	return err;
}

static int op_pad_dump(void *ctx, lbtns_pad_cb cb, void *arg)
{
	struct gathered g = { &proto_pad_layout, sizeof(struct proto_pad),
			      NULL, 0 };
	struct client *c = ctx;
	int err = gather(c, PROTO_PAD_DUMP, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++) {
		const struct proto_pad *p =
			(const void *)(g.items + i * g.size);

		if (p->e.n_keys > BTNS_PAD_KEYS_MAX ||
		    p->e.n_prefixes > BTNS_PAD_PREFIXES_MAX)
			err = failed(c, -EBADMSG, "the broker's list");
		else
			err = cb(&p->e, p->index, p->generation, arg);
	}
	free(g.items);
	return err;
}

static int op_policies(void *ctx, kern_policy_cb cb, void *arg)
{
	struct gathered g = { &proto_policy_layout, sizeof(struct kern_policy),
			      NULL, 0 };
	int err = gather(ctx, PROTO_POLICIES, &g);
	size_t i;

	for (i = 0; i < g.n && !err; i++)
		err = cb((const void *)(g.items + i * g.size), arg);
	free(g.items);
	return err;
}

/** struct latch_to - who gets latches, one by one as they come */
struct latch_to {
	lbtns_latch_cb cb;
	void *arg;
};

static int latch_one(struct client *c, void *arg)
{
	const struct latch_to *to = arg;
	struct lbtns_latch l;

	if (!proto_get_all(&c->m, &proto_latch_layout, &l))
		return failed(c, -EBADMSG, "the broker's list");
	return to->cb(&l, to->arg);
}

static int op_latches(void *ctx, lbtns_latch_cb cb, void *arg)
{
	struct latch_to to = { cb, arg };
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_LATCHES);
	return list(c, latch_one, &to);
}

/* the broker takes the entries from its own reading of the configuration */
static int op_pad_replace(void *ctx, const struct lbtns_pad_entry *e, size_t n)
{
	struct client *c = ctx;

	(void)e;
	(void)n;
	proto_begin(&c->m, PROTO_PAD_REPLACE);
	return ask_only(c);
}

static int op_put_policy(void *ctx, const struct kern_policy *p, bool replace)
{
	const uint8_t how = replace;
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_PUT_POLICY);
	proto_put(&c->m, &proto_policy_layout, p);
	proto_put_octets(&c->m, span(&how, 1));
	return ask_only(c);
}

static int op_del_policy(void *ctx, const struct kern_policy *p)
{
	struct client *c = ctx;

	proto_begin(&c->m, PROTO_DEL_POLICY);
	proto_put(&c->m, &proto_policy_layout, p);
	return ask_only(c);
}

static const char *op_error(void *ctx)
{
	struct client *c = ctx;

	return c->err;
}

/** client_kern_ops - the kernel behind the broker; its context is a client */
const struct kern_ops client_kern_ops = {
	.get_spi = op_get_spi,
	.add_sa = op_add_sa,
	.set_encap = op_set_encap,
	.find_sa = op_find_sa,
	.del_sa = op_del_sa,
	.sa_packets = op_packets,
	.forget_acquire = op_forget,
	.forget_acquires = op_forget_all,
	.bind = op_bind,
	.check = op_check,
	.unbind = op_unbind,
	.bindings = op_bindings,
	.latch_break = op_latch_break,
	.latch_close_all = op_latch_close_all,
	.latches = op_latches,
	.pad_dump = op_pad_dump,
	.pad_replace = op_pad_replace,
	.policies = op_policies,
	.put_policy = op_put_policy,
	.del_policy = op_del_policy,
	.error = op_error,
};

static void begin_file(struct client *c, uint32_t type, const char *path)
{
	proto_begin(&c->m, type);
	proto_put_octets(&c->m, span((const uint8_t *)path, strlen(path)));
}

/* ---- our keys ------------------------------------------------------------ */

/**
 * client_key() - the public half of our key in use
 * @c: client
 *
 * Return: a key, owned by the caller; NULL and the reason is logged.
 */
struct key *client_key(struct client *c)
{
	struct key *key = NULL;
	int err;

	proto_begin(&c->m, PROTO_KEY);
	err = ask(c);
	if (err)
		log_err("our public key: %s", c->err);
	else if (key_from_spki(span(c->m.body, c->m.len), &key) != CRYPTO_OK)
		log_err("the broker's answer is not a public key");
	return key;
}

/**
 * client_key_load() - the public half of an older key of ours
 * @ctx: client
 * @path: its file, as the configuration names it
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_load().
 */
enum crypto_code client_key_load(void *ctx, const char *path, struct key **key)
{
	struct client *c = ctx;
	int err;

	*key = NULL;
	begin_file(c, PROTO_KEY, path);
	err = ask(c);
	if (err) {
		errno = -err;
		return CRYPTO_FILE;
	}
	return key_from_spki(span(c->m.body, c->m.len), key);
}

static enum crypto_code op_sign(void *ctx, const struct key *key,
				enum sig_alg alg, const struct span *parts,
				unsigned int n, struct wbuf *w)
{
	struct proto_sign s = { .alg = alg };
	struct client *c = ctx;
	unsigned int i;

	if (n > sizeof(s.len) / sizeof(s.len[0]))
		return CRYPTO_LENGTH;
	memcpy(s.key, key_fingerprint(key), sizeof(s.key));
	for (i = 0; i < n; i++) {
		if (parts[i].len > PROTO_MAX)
			return CRYPTO_LENGTH;
		s.len[i] = (uint32_t)parts[i].len;
	}
	proto_begin(&c->m, PROTO_SIGN);
	proto_put(&c->m, &proto_sign_layout, &s);
	for (i = 0; i < n; i++)
		if (!proto_put_octets(&c->m, parts[i]))
			return CRYPTO_LENGTH;
	if (ask(c)) {
		log_err("no signature: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	wbuf_bytes(w, c->m.body, c->m.len);
	return w->failed ? CRYPTO_LENGTH : CRYPTO_OK;
}

/**
 * client_secret_load() - what stands for a shared secret
 * @ctx: client
 * @path: its file, as the configuration names it
 * @secret: filled, as long as the broker lives the same for the same secret;
 *	empty on failure
 *
 * Return: as key_secret_load().
 */
enum crypto_code client_secret_load(void *ctx, const char *path,
				    struct secret *secret)
{
	struct client *c = ctx;
	int err;

	secret_wipe(secret);
	begin_file(c, PROTO_SECRET, path);
	err = ask(c);
	if (err) {
		errno = -err;
		return CRYPTO_FILE;
	}
	return c->m.len == PROTO_TAG ?
		       secret_set(secret, span(c->m.body, c->m.len)) :
		       CRYPTO_LENGTH;
}

/* octets, and with @data what a peer has sent for them; CRYPTO_OK if they fit */
static enum crypto_code begin_mac(struct client *c, uint32_t type,
				  const struct conf_peer *peer, uint16_t prf,
				  const struct auth_octets *octets,
				  struct span data)
{
	struct proto_mac mac = { .prf = prf };
	struct span part[AUTH_PARTS + 1];
	size_t i;

	if (peer->psk->len != sizeof(mac.tag))
		return CRYPTO_INTERNAL;
	memcpy(mac.name, peer->name, sizeof(mac.name));
	memcpy(mac.tag, peer->psk->data, sizeof(mac.tag));
	memcpy(part, octets->part, sizeof(octets->part));
	part[AUTH_PARTS] = data;
	for (i = 0; i <= AUTH_PARTS; i++) {
		if (part[i].len > PROTO_MAX)
			return CRYPTO_LENGTH;
		mac.len[i] = (uint32_t)part[i].len;
	}
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_mac_layout, &mac);
	for (i = 0; i <= AUTH_PARTS; i++)
		if (!proto_put_octets(&c->m, part[i]))
			return CRYPTO_LENGTH;
	return CRYPTO_OK;
}

static enum crypto_code op_mac(void *ctx, const struct conf_peer *peer,
			       uint16_t prf, const struct auth_octets *octets,
			       uint8_t out[static PRF_MAX_LEN])
{
	struct client *c = ctx;
	enum crypto_code code = begin_mac(c, PROTO_MAC, peer, prf, octets,
					  span(NULL, 0));

	memset(out, 0, PRF_MAX_LEN);
	if (code != CRYPTO_OK)
		return code;
	if (ask(c)) {
		log_err("no MAC: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	if (!c->m.len || c->m.len != prf_len(prf))
		return CRYPTO_LENGTH;
	memcpy(out, c->m.body, c->m.len);
	return CRYPTO_OK;
}

static enum crypto_code op_check_mac(void *ctx, const struct conf_peer *peer,
				     uint16_t prf,
				     const struct auth_octets *octets,
				     struct span data)
{
	struct client *c = ctx;
	enum crypto_code code;
	uint64_t same;

	/* as the peer likes it: it need not fit into a request */
	if (data.len != prf_len(prf))
		return CRYPTO_FORGED;
	code = begin_mac(c, PROTO_CHECK_MAC, peer, prf, octets, data);
	if (code != CRYPTO_OK)
		return code;
	if (ask_value(c, 1, &same)) {
		log_err("a peer's MAC is not compared: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	return same ? CRYPTO_OK : CRYPTO_FORGED;
}

/** client_sign_ops - the broker signs; its context is a client */
const struct sign_ops client_sign_ops = {
	.sign = op_sign,
	.mac = op_mac,
	.check_mac = op_check_mac,
};

/* ---- files --------------------------------------------------------------- */

/* a descriptor that the broker has opened */
static int ask_fd(struct client *c)
{
	int err = ask(c);

	if (!err && c->m.fd < 0)
		err = failed(c, -EBADMSG, "the broker's answer");
	return err ? err : c->m.fd;
}

/* which links are followed the broker knows by itself */
static int op_open(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_OPEN, path);
	return ask_fd(c);
}

static int op_create(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_CREATE, path);
	return ask_fd(c);
}

static int op_commit(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_COMMIT, path);
	return ask_only(c);
}

static int op_drop(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_DROP, path);
	return ask_only(c);
}

static int op_aside(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_ASIDE, path);
	return ask_only(c);
}

static int op_lock(void *ctx, const char *path)
{
	struct client *c = ctx;

	begin_file(c, PROTO_FILE_LOCK, path);
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

/**
 * client_taken() - the configuration that the broker has read is in force here
 * @c: client
 *
 * Return: 0 or a negative errno.
 */
int client_taken(struct client *c)
{
	proto_begin(&c->m, PROTO_TAKEN);
	return ask_only(c);
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
	return ask_only(c);
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
