// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process that reads packets: has sockets of IKE that were opened for it,
 * and the broker for everything else. It gives up what it was born with, and
 * enters its filter before it reads a single octet that is not the broker's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "btnsd/broker/broker.h"
#include "btnsd/broker/client.h"
#include "btnsd/btnsd.h"
#include "btnsd/crypto/file.h"
#include "btnsd/jail.h"
#include "btnsd/log.h"
#include "btnsd/loop.h"
#include "btnsd/net.h"
#include "btnsd/peers.h"
#include "btnsd/priv.h"
#include "btnsd/reader.h"

/* how long we wait at the end for peers to answer our Delete */
#define GOODBYE_MS	2000

/** struct app - everything that is open */
struct app {
	const char *config;
	struct btnsd d;
	struct client *client;
	struct net *net;
	struct loop *loop;
	struct timer goodbye;
	bool leaving;
	bool orphaned;
};

static void on_message(void *arg, const struct path *path, const uint8_t *data,
		       size_t len)
{
	struct app *a = arg;

	btnsd_rx(&a->d, path, data, len);
}

static void maybe_leave(struct app *a)
{
	if (a->leaving && btnsd_idle(&a->d))
		loop_stop(a->loop);
}

static void on_net(int fd, void *arg)
{
	struct app *a = arg;

	net_read(a->net, fd, on_message, a);
	maybe_leave(a);
}

static void on_goodbye_over(void *arg)
{
	struct app *a = arg;

	loop_stop(a->loop);
}

static void reload(void *arg)
{
	struct app *a = arg;
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_file(a->config, err);

	if (!c) {
		log_err("%s: the old configuration stays in force", err);
		return;
	}
	if (btnsd_reload(&a->d, c)) {
		log_err("%s: not taken over: the old configuration stays in force",
			a->config);
		conf_free(c);
		return;
	}
	if (client_taken(a->client))
		log_warn("what the configuration of before allowed, the broker still allows");
	log_notice("%s: configuration is in force", a->config);
}

static void print_stats(const struct btnsd_stats *s)
{
	log_notice("stats: rx %llu dropped %llu tx %llu retransmits %llu cookies %llu ike-up %llu ike-failed %llu auth-failed %llu child-up %llu child-failed %llu dead %llu acquires-refused %llu fallbacks %llu fallbacks-refused %llu foreign %llu",
		   (unsigned long long)s->rx,
		   (unsigned long long)s->rx_dropped,
		   (unsigned long long)s->tx,
		   (unsigned long long)s->retransmits,
		   (unsigned long long)s->cookies,
		   (unsigned long long)s->ike_up,
		   (unsigned long long)s->ike_failed,
		   (unsigned long long)s->auth_failed,
		   (unsigned long long)s->child_up,
		   (unsigned long long)s->child_failed,
		   (unsigned long long)s->dead,
		   (unsigned long long)s->acquires_refused,
		   (unsigned long long)s->fallbacks,
		   (unsigned long long)s->fallbacks_refused,
		   (unsigned long long)s->foreign);
}

/* ---- orders of an administrator ------------------------------------------ */

static void on_reload(void *arg)
{
	struct app *a = arg;

	reload(a);
	peers_check(&a->d);
}

static void on_check(void *arg)
{
	struct app *a = arg;

	peers_check(&a->d);
}

static void on_stop(void *arg)
{
	struct app *a = arg;

	if (a->leaving) {
		loop_stop(a->loop);
		return;
	}
	log_notice("stopping: peers are told to delete their SAs");
	a->leaving = true;
	btnsd_goodbye(&a->d);
	timer_init(&a->goodbye, on_goodbye_over, a);
	timer_set(&a->d.timers, &a->goodbye, GOODBYE_MS);
	maybe_leave(a);
}

static void on_leave(void *arg)
{
	struct app *a = arg;

	log_notice("leaving: SAs stay for the next btnsd");
	loop_stop(a->loop);
}

static void on_stats(void *arg)
{
	struct app *a = arg;

	print_stats(&a->d.stats);
}

/* without it there is nothing that we could do any more */
static void on_gone(void *arg)
{
	struct app *a = arg;

	if (!a->orphaned)
		log_err("the broker is gone: SAs stay for the next btnsd");
	a->orphaned = true;
	loop_stop(a->loop);
}

static void on_event(int fd, void *arg)
{
	static const struct client_orders orders = {
		.reload = on_reload,
		.check = on_check,
		.stop = on_stop,
		.leave = on_leave,
		.stats = on_stats,
		.gone = on_gone,
	};
	struct app *a = arg;

	(void)fd;
	client_read(a->client, &btnsd_events, &a->d, &orders, a);
	maybe_leave(a);
}

/* ---- start --------------------------------------------------------------- */

static int open_all(struct app *a, size_t n_net)
{
	int fds[BROKER_NET_MAX], err;
	size_t i, n;

	err = client_new(&a->client, BROKER_FD_REQUESTS, BROKER_FD_EVENTS);
	if (!err)
		err = net_adopt(&a->net, BROKER_FD_NET, n_net);
	if (err)
		return err;
	file_use(client_file_ops.open, a->client);
	key_load_by(client_key_load, a->client);
	key_secret_load_by(client_secret_load, a->client);
	lbtns_file_use(&client_file_ops, a->client);
	a->d.kern = &client_kern_ops;
	a->d.kern_ctx = a->client;
	a->d.signer = &client_sign_ops;
	a->d.signer_ctx = a->client;
	a->d.net = &net_linux_ops;
	a->d.net_ctx = a->net;
	a->d.timers.now = timer_clock;
	a->loop = loop_new(&a->d.timers);
	err = a->loop ? 0 : -ENOMEM;
	n = err ? 0 : net_fds(a->net, fds, BROKER_NET_MAX);
	for (i = 0; i < n && !err; i++)
		err = loop_fd(a->loop, fds[i], on_net, a);
	if (!err)
		err = loop_fd(a->loop, client_fd(a->client), on_event, a);
	return err;
}

static int drop_all(void)
{
	int err;

	if (priv_harden()) {
		log_err("core files cannot be switched off: %s",
			strerror(errno));
		return -EPERM;
	}
	/* the libraries' own files are read while files can be opened */
	tzset();
	if (!crypto_start()) {
		log_err("the cryptographic library cannot be set up");
		return -EIO;
	}
	err = priv_drop(0);
	if (err) {
		log_err("cannot give up privileges: %s", strerror(-err));
		return err;
	}
	return jail_or_warn(JAIL_READER, -1);
}

/* the configuration and our public key */
static int begin(struct app *a)
{
	char err[CONF_ERR_MAX];
	struct conf *conf = conf_read_file(a->config, err);
	struct key *key;

	if (!conf) {
		log_err("%s", err);
		return -EINVAL;
	}
	key = client_key(a->client);
	a->d.store.path = strdup(conf->store_path);
	if (!key || !a->d.store.path || btnsd_init(&a->d, conf, key)) {
		log_err("our identity cannot be made of configuration and key");
		key_free(key);
		conf_free(conf);
		return -EINVAL;
	}
	return btnsd_start(&a->d);
}

/**
 * reader_main() - the whole life of a reader
 * @config: file of the configuration, which the broker opens
 * @n_net: how many sockets of IKE the broker has left open
 *
 * Return: exit status of the program.
 */
int reader_main(const char *config, size_t n_net)
{
	static struct app app;
	char fp[LBTNS_KEY_TEXT_MAX];
	int err;

	app.config = config;
	prctl(PR_SET_NAME, "btnsd-reader", 0, 0, 0);
	err = open_all(&app, n_net);
	if (err)
		log_err("what the broker has opened is not here: %s",
			strerror(-err));
	if (!err)
		err = drop_all();
	if (!err)
		err = begin(&app);
	if (!err) {
		log_notice("ready: we are %s, key %s",
			   app.d.conf->id.type ? app.d.conf->id.text :
						 "a bare key",
			   lbtns_key_text(key_fingerprint(app.d.key), fp));
		err = client_ready(app.client);
	}
	if (!err)
		err = loop_run(app.loop);
	btnsd_fini(&app.d);
	loop_free(app.loop);
	net_close(app.net);
	client_free(app.client);
	return err || app.orphaned ? 1 : 0;
}
