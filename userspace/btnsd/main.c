// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsd: reads the configuration, opens everything that needs privileges,
 * gives up all but one, and is the broker of the reader that it starts.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "btnsd/broker/broker.h"
#include "btnsd/jail.h"
#include "btnsd/kern.h"
#include "btnsd/log.h"
#include "btnsd/net.h"
#include "btnsd/priv.h"
#include "btnsd/reader.h"
#include "btnsd/watch.h"

/* an option without a letter: the broker gives it to the reader */
#define OPT_READER	0x100

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
	{ "reader", OPT_READER, "N", OPTION_HIDDEN, NULL, 0 },
	{ "verbose", 'v', NULL, 0, "log every message too", 0 },
	{ 0 },
};

/**
 * struct args - the command line
 * @config: file of the configuration
 * @check: check it only
 * @fingerprint: print that of our key only
 * @watch: stay as a parent
 * @reader: be a reader with so many sockets; 0: be a broker
 * @verbose: how often that was asked for
 */
struct args {
	const char *config;
	bool check;
	bool fingerprint;
	bool watch;
	size_t reader;
	int verbose;
};

/* a number of sockets, as the broker writes it; 0 if it is none */
static size_t sockets_of(const char *text)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	/* strtoul() would take a space or a sign before it */
	if (errno || *end || *text < '0' || *text > '9' || n > BROKER_NET_MAX)
		return 0;
	return n;
}

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
	case OPT_READER:
		a->reader = sockets_of(arg);
		if (!a->reader)
			argp_error(state,
				   "\"%s\" is no number of sockets from 1 to %d: only btnsd itself starts a reader",
				   arg, BROKER_NET_MAX);
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

/* ---- the broker ---------------------------------------------------------- */

/** struct app - everything that the broker has open */
struct app {
	struct args args;
	struct serve serve;
	struct key *key;
	struct kern *kern;
	struct net *net;
	int exe;
	int signals;
};

static int kern_fds_of(void *ctx, int fds[static 2])
{
	return kern_fds(ctx, fds);
}

static void kern_read_of(void *ctx, int fd, const struct kern_events *ev,
			 void *arg)
{
	kern_read(ctx, fd, ev, arg);
}

/* our own program, to be started again; it is the one that runs now */
static int open_exe(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), high;

	if (fd < 0)
		return -errno;
	high = fcntl(fd, F_DUPFD_CLOEXEC, BROKER_FD_ABOVE);
	close(fd);
	return high < 0 ? -errno : high;
}

static int open_all(struct app *a)
{
	char why[256] = "out of memory";
	int err;

	err = kern_open(&a->kern, why, sizeof(why));
	if (!err)
		err = net_open(&a->net, a->serve.conf->listen,
			       a->serve.conf->n_listen, why, sizeof(why));
	if (err) {
		log_err("%s", why);
		return err;
	}
	a->exe = open_exe();
	if (a->exe < 0) {
		log_err("/proc/self/exe: %s: /proc must be mounted",
			strerror(-a->exe));
		return a->exe;
	}
	a->signals = broker_signals();
	if (a->signals < 0)
		log_err("signals: %s", strerror(-a->signals));
	return a->signals < 0 ? a->signals : 0;
}

/* the reader's command line: as ours, and that it is one */
static int run(struct app *a)
{
	const struct broker_calls calls = {
		.kern_fds = kern_fds_of,
		.kern_read = kern_read_of,
		.ctx = a->kern,
		.notify = notify,
	};
	char sockets[32], *argv[6] = { "btnsd", "-c", NULL, sockets, NULL };
	struct broker_reader reader = { .exe = a->exe, .argv = argv };
	int fds[BROKER_NET_MAX], err;
	char *config = strdup(a->args.config);

	if (!config)
		return 1;
	argv[2] = config;
	if (a->args.verbose)
		argv[4] = "-v";
	reader.net = fds;
	reader.n_net = net_fds(a->net, fds, BROKER_NET_MAX);
	snprintf(sockets, sizeof(sockets), "--reader=%zu", reader.n_net);
	a->serve.kern = &kern_linux_ops;
	a->serve.kern_ctx = a->kern;
	a->serve.key = a->key;
	err = priv_drop(1u << CAP_NET_ADMIN);
	if (err)
		log_err("cannot give up privileges: %s", strerror(-err));
	else
		err = jail_or_warn(JAIL_BROKER, a->exe);
	err = err ? 1 : broker_run(&a->serve, &reader, &calls, a->signals);
	free(config);
	return err;
}

/* the configuration, our key, and what they lead to */
static int broker_main(struct app *a)
{
	char err[CONF_ERR_MAX];
	int ret = 1;

	if (serve_conf(&a->serve, a->args.config, err)) {
		log_err("%s", err);
		return 1;
	}
	a->serve.conf_path = a->args.config;
	a->serve.key_path = strdup(a->serve.conf->key_path);
	a->key = a->serve.key_path ? our_key(a->serve.conf) : NULL;
	if (a->key && make_folders(a->serve.conf) && !open_all(a))
		ret = run(a);
	serve_free(&a->serve);
	key_free(a->key);
	net_close(a->net);
	kern_close(a->kern);
	return ret;
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
	if (app.args.reader)
		return reader_main(app.args.config, app.args.reader);
	if (app.args.watch && !app.args.check && !app.args.fingerprint) {
		ret = watch_run();
		if (ret >= 0)
			return ret;
	}
	/* the configuration leads to secrets */
	if (priv_harden()) {
		log_err("core files cannot be switched off: %s",
			strerror(errno));
		return 1;
	}
	if (!app.args.check && !app.args.fingerprint)
		return broker_main(&app);
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
	conf_free(conf);
	if (!key)
		return 1;
	printf("%s\n", lbtns_key_text(key_fingerprint(key), fp));
	key_free(key);
	return 0;
}
