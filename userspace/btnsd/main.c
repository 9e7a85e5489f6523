// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsd: reads the configuration, opens everything that needs privileges,
 * gives them up, and runs the loop.
 */
#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "btnsd/btnsd.h"
#include "btnsd/jail.h"
#include "btnsd/kern.h"
#include "btnsd/log.h"
#include "btnsd/loop.h"
#include "btnsd/net.h"
#include "btnsd/peers.h"
#include "btnsd/priv.h"
#include "btnsd/watch.h"

/* how long we wait at the end for peers to answer our Delete */
#define GOODBYE_MS	2000
#define NET_FDS		(2 * CONF_LISTEN_MAX)

const char *argp_program_version = "btnsd 0.1.0";

static const char doc[] =
	"IKEv2 helper of btns: makes IPsec keys with peers that have nothing but a public key, on demand, and tells the kernel whose they are."
	"\vSee btnsd(8) and btnsd.conf(5).";

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0,
	  "configuration file (" CONF_DEFAULT_PATH ")", 0 },
	{ "check", 'n', NULL, 0,
	  "check the configuration and exit; needs no privileges", 0 },
	{ "fingerprint", 'k', NULL, 0,
	  "print the fingerprint of our key, make the key if there is none, and exit",
	  0 },
	{ "watch", 'w', NULL, 0,
	  "stay as a parent that starts btnsd anew when it is killed, where no service manager does",
	  0 },
	{ "verbose", 'v', NULL, 0, "log every message too", 0 },
	{ 0 },
};

/** struct args - the command line */
struct args {
	const char *config;
	bool check;
	bool fingerprint;
	bool watch;
	int verbose;
};

/** struct app - everything that is open */
struct app {
	struct args args;
	struct btnsd d;
	struct kern *kern;
	struct net *net;
	struct loop *loop;
	struct timer goodbye;
	bool leaving;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'c':
		a->config = arg;
		break;
	case 'n':
		a->check = true;
		break;
	case 'k':
		a->fingerprint = true;
		break;
	case 'w':
		a->watch = true;
		break;
	case 'v':
		a->verbose++;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\" is not wanted: see btnsd --help",
			   arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* the folder of a file, for its owner only; what is there is left alone */
static bool make_folder(const char *path)
{
	char *copy = strdup(path);
	bool ok = copy && (!mkdir(dirname(copy), 0700) || errno == EEXIST);

	if (!ok)
		log_err("%s: its folder cannot be made: %s", path,
			strerror(errno));
	free(copy);
	return ok;
}

static bool make_folders(const struct conf *conf)
{
	return make_folder(conf->store_path) &&
	       (conf->known == CONF_KNOWN_OFF || make_folder(conf->known_path));
}

/* our key; made on the first start */
static struct key *our_key(const struct conf *conf)
{
	struct key *key = NULL;
	enum crypto_code code = key_load(conf->key_path, &key);

	if (code == CRYPTO_FILE && errno == ENOENT) {
		if (!make_folder(conf->key_path))
			return NULL;
		code = key_generate(conf->key_type, &key);
		if (code == CRYPTO_OK)
			code = key_save(key, conf->key_path);
		if (code == CRYPTO_OK)
			log_notice("%s: a new %s key was made", conf->key_path,
				   key_type_name(conf->key_type));
	}
	if (code != CRYPTO_OK) {
		log_err("%s: %s%s%s%s", conf->key_path, crypto_text(code),
			code == CRYPTO_FILE ? ": " : "",
			code == CRYPTO_FILE ? strerror(errno) : "",
			code == CRYPTO_PERMISSION ? ": chmod 600 it" : "");
		key_free(key);
		return NULL;
	}
	return key;
}

/* sd_notify(3) without its library; nobody listens, nobody minds */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, len);
	if (sun.sun_path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		   (struct sockaddr *)&sun,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
	    0)
		log_warn("cannot tell the service manager: %s",
			 strerror(errno));
	close(fd);
}

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

static void on_kern(int fd, void *arg)
{
	struct app *a = arg;

	kern_read(a->kern, fd, &btnsd_events, &a->d);
	maybe_leave(a);
}

static void on_goodbye_over(void *arg)
{
	struct app *a = arg;

	loop_stop(a->loop);
}

static void reload(struct app *a)
{
	char err[CONF_ERR_MAX];
	struct conf *c = conf_read_file(a->args.config, err);

	if (!c) {
		log_err("%s: the old configuration stays in force", err);
		return;
	}
	if (btnsd_reload(&a->d, c)) {
		log_err("%s: not taken over: the old configuration stays in force",
			a->args.config);
		conf_free(c);
		return;
	}
	log_notice("%s: configuration is in force", a->args.config);
}

static void print_stats(const struct btnsd_stats *s)
{
	log_notice("stats: rx %llu dropped %llu tx %llu retransmits %llu cookies %llu ike-up %llu ike-failed %llu auth-failed %llu child-up %llu child-failed %llu dead %llu fallbacks %llu fallbacks-refused %llu",
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
		   (unsigned long long)s->fallbacks,
		   (unsigned long long)s->fallbacks_refused);
}

static void on_signal(int sig, void *arg)
{
	struct app *a = arg;

	switch (sig) {
	case SIGHUP:
		reload(a);
		peers_check(&a->d);
		break;
	case SIGUSR1:
		log_notice("leaving: SAs stay for the next btnsd");
		loop_stop(a->loop);
		break;
	case SIGUSR2:
		print_stats(&a->d.stats);
		break;
	default:
		if (a->leaving) {
			loop_stop(a->loop);
			break;
		}
		log_notice("stopping: peers are told to delete their SAs");
		notify("STOPPING=1");
		a->leaving = true;
		btnsd_goodbye(&a->d);
		timer_init(&a->goodbye, on_goodbye_over, a);
		timer_set(&a->d.timers, &a->goodbye, GOODBYE_MS);
		maybe_leave(a);
	}
}

static int open_all(struct app *a)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1,
				       SIGUSR2 };
	char why[256] = "out of memory";
	int fds[NET_FDS], err;
	size_t i, n;

	err = kern_open(&a->kern, why, sizeof(why));
	if (!err)
		err = net_open(&a->net, a->d.conf->listen, a->d.conf->n_listen,
			       why, sizeof(why));
	if (err)
		goto out;
	a->d.kern = &kern_linux_ops;
	a->d.kern_ctx = a->kern;
	a->d.net = &net_linux_ops;
	a->d.net_ctx = a->net;
	a->loop = loop_new(&a->d.timers);
	err = a->loop ? 0 : -ENOMEM;
	n = net_fds(a->net, fds, NET_FDS);
	for (i = 0; i < n && !err; i++)
		err = loop_fd(a->loop, fds[i], on_net, a);
	n = err ? 0 : (size_t)kern_fds(a->kern, fds);
	for (i = 0; i < n && !err; i++)
		err = loop_fd(a->loop, fds[i], on_kern, a);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]) && !err; i++)
		err = loop_signal(a->loop, signals[i], on_signal, a);
	if (err)
		snprintf(why, sizeof(why), "the event loop cannot be set up: %s",
			 strerror(-err));
out:
	if (err)
		log_err("%s", why);
	return err;
}

static void close_all(struct app *a)
{
	btnsd_fini(&a->d);
	loop_free(a->loop);
	net_close(a->net);
	kern_close(a->kern);
}

/* a sanitizer's own calls at the end are none that we allow */
static int enter_jail(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 0;
#else
	int err = jail_enter();

	if (err == -ENOSYS) {
		log_warn("the kernel has no seccomp filters: system calls are not restricted");
		return 0;
	}
	if (err)
		log_err("system calls cannot be restricted: %s",
			strerror(-err));
	return err;
#endif
}

static int run(struct app *a)
{
	char fp[LBTNS_KEY_TEXT_MAX];
	int err = open_all(a);

	if (err)
		return err;
	err = priv_drop();
	if (err) {
		log_err("cannot give up privileges: %s", strerror(-err));
		return err;
	}
	err = enter_jail();
	if (!err)
		err = btnsd_start(&a->d);
	if (err)
		return err;
	log_notice("ready: we are %s, key %s",
		   a->d.conf->id.type ? a->d.conf->id.text : "a bare key",
		   lbtns_key_text(key_fingerprint(a->d.key), fp));
	notify("READY=1");
	return loop_run(a->loop);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc,
					  NULL, NULL, NULL };
	static struct app app = { .args.config = CONF_DEFAULT_PATH };
	char err[CONF_ERR_MAX], fp[LBTNS_KEY_TEXT_MAX];
	struct conf *conf;
	struct key *key;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &app.args);
	log_verbose(app.args.verbose);
	if (app.args.watch && !app.args.check && !app.args.fingerprint) {
		ret = watch_run();
		if (ret >= 0)
			return ret;
	}
	/* the configuration leads to secrets */
	if (priv_harden())
		log_warn("core files cannot be switched off: %s",
			 strerror(errno));
	conf = conf_read_file(app.args.config, err);
	if (!conf) {
		log_err("%s", err);
		return 1;
	}
	if (app.args.check) {
		printf("%s: correct\n", app.args.config);
		conf_free(conf);
		return 0;
	}
	key = our_key(conf);
	if (!key) {
		conf_free(conf);
		return 1;
	}
	if (app.args.fingerprint) {
		printf("%s\n", lbtns_key_text(key_fingerprint(key), fp));
		key_free(key);
		conf_free(conf);
		return 0;
	}
	app.d.timers.now = timer_clock;
	if (btnsd_init(&app.d, conf, key)) {
		log_err("our identity cannot be made of configuration and key");
		key_free(key);
		conf_free(conf);
		return 1;
	}
	app.d.store.path = strdup(conf->store_path);
	ret = app.d.store.path && make_folders(conf) ? run(&app) : -ENOMEM;
	close_all(&app);
	return ret ? 1 : 0;
}
