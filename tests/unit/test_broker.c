// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker as a process: a helper that works through it, a reader that is
 * killed, one that does not listen, and octets that no reader sends.
 */
#include "ktap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker_rig.h"
#include "btnsd/broker/broker.h"
#include "btnsd/broker/client.h"
#include "btnsd/crypto/file.h"
#include "btnsd/peers.h"

/* ---- a helper behind a broker -------------------------------------------- */

static void *serving(void *arg)
{
	struct pollfd p = { .fd = broker, .events = POLLIN };
	int err = 0;

	(void)arg;
	while (!err || err == -EAGAIN)
		err = poll(&p, 1, -1) < 0 ? -errno : serve_one(&s, broker);
	return (void *)(intptr_t)err;
}

#define LIFETIME	"ike = { lifetime = 2000; }; child = { keep = true; };"

/* another configuration, by which it has an older key too */
static void reload(struct btnsd *d, struct client *c, const struct key *old)
{
	char err[CONF_ERR_MAX] = "";
	struct conf *conf = conf_read_file(s.conf_path, err);

	if (!CHECK(conf && conf->n_old_keys == 1)) {
		ktap_note("%s", err);
		return;
	}
	CHECK(!key_is_private(conf->old_key[0]));
	CHECK(key_equal(conf->old_key[0], old));
	CHECK(!btnsd_reload(d, conf));
	CHECK(!client_taken(c));
}

/* host 1 is latched to that key, and is shown no other */
static void shown(const struct key *old)
{
	struct lbtns_latch *l = &w.h[0].k.latch[0];

	l->state = BTNS_LATCH_STATE_ESTABLISHED;
	l->local.type = BTNS_ID_TYPE_PUBLICKEY;
	memcpy(l->local.digest, key_fingerprint(old), BTNS_DIGEST_LEN);
	addr_to_lbtns(&l->raddr, &w.h[1].addr);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	if (CHECK_EQ(world_pairs(&w, 0, 1), 1))
		CHECK(!memcmp(w.h[1].d.sas->peer_key, key_fingerprint(old),
			      BTNS_DIGEST_LEN));
	/* both rekeyed */
	world_advance(&w, 4000000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

/* from now on it has no kernel, no private key and no files of its own */
static void go_behind(struct btnsd *d, struct client *c)
{
	key_free(d->key);
	d->key = client_key(c);
	CHECK(d->key && !key_is_private(d->key));
	CHECK(key_equal(d->key, key));
	d->kern = &client_kern_ops;
	d->kern_ctx = c;
	d->signer = &client_sign_ops;
	d->signer_ctx = c;
	file_use(client_file_ops.open, c);
	key_load_by(client_key_load, c);
	lbtns_file_use(&client_file_ops, c);
	d->store.path = strdup(world_store_path(0, ""));
	d->pad.stale = true;
	d->spd.stale = true;
}

static void come_back(void)
{
	file_use(NULL, NULL);
	key_load_by(NULL, NULL);
	lbtns_file_use(NULL, NULL);
}

/* the helper is gone: so are the broker's thread, and both ends */
static void hang_up(struct client *c, pthread_t t, int ev)
{
	void *end = NULL;

	shutdown(reader, SHUT_RDWR);
	pthread_join(t, &end);
	CHECK_EQ((intptr_t)end, -EPIPE);
	reader = -1;
	client_free(c);
	close(ev);
}

static void works(void)
{
	struct key *old = world_key(0, KEY_ED25519);
	struct btnsd *d = &w.h[0].d;
	struct lbtns_latch *l;
	struct client *c;
	char conf[256];
	pthread_t t;
	int ev[2];

	world_pair();
	snprintf(conf, sizeof(conf),
		 "identity = { old_keys = [ \"%s\" ]; }; " LIFETIME,
		 world_key_path(0, KEY_ED25519));
	CHECK(serve_up(conf));
	CHECK(!proto_pair(ev));
	CHECK(!client_new(&c, reader, ev[0]));
	CHECK(!pthread_create(&t, NULL, serving, NULL));
	go_behind(d, c);
	l = &w.h[0].k.latch[0];
	l->state = BTNS_LATCH_STATE_LARVAL;
	w.h[0].k.n_latches = 1;
	CHECK(!peers_start(d));
	CHECK(!client_ready(c) && s.is_ready);

	reload(d, c, old);
	shown(old);
	CHECK_EQ(w.h[0].k.unvouched, 0);
	/* the store is written */
	CHECK_EQ(access(world_store_path(0, ""), R_OK), 0);
	/* it starts exchanges too, and is asked for them */
	btnsd_goodbye(&w.h[1].d);
	world_advance(&w, 10000);
	CHECK_EQ(world_installed(&w, 0), 0);

	world_crash(&w, 0);
	come_back();
	hang_up(c, t, ev[1]);
	key_free(old);
	serve_down();
	world_fini(&w);
}

/* ---- a secret that only the broker has ------------------------------------- */

#define WORDS	"correct horse battery staple"
#define BY_SECRET                                                           \
	"identity = { id = \"fqdn:%s.example\"; }; pad = ( { name = \"p\";" \
	" id = \"fqdn:%s.example\"; auth = \"psk\"; psk_file = \"%s\";"     \
	" addresses = [ \"10.0.0.%d/32\" ]; } );"

static void write_secret(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && dprintf(fd, "%s\n", text) > 0);
	close(fd);
}

/* who reads files of the configuration: the helper behind the broker, or we */
static void loads_by(struct client *c)
{
	file_use(c ? client_file_ops.open : NULL, c);
	key_secret_load_by(c ? client_secret_load : NULL, c);
}

/* the helper reads what the broker has read */
static void take(struct btnsd *d, struct client *c)
{
	char err[CONF_ERR_MAX] = "";
	struct conf *conf;

	loads_by(c);
	conf = conf_read_file(s.conf_path, err);
	loads_by(NULL);
	if (!CHECK(conf && conf->n_peers == 1)) {
		ktap_note("%s", err);
		return;
	}
	CHECK(conf->peer[0].psk->len == PROTO_TAG &&
	      !memmem(conf->peer[0].psk->data, PROTO_TAG, WORDS, 8));
	CHECK(!btnsd_reload(d, conf));
	CHECK(!client_taken(c));
}

/* SAs by the secret, whoever begins */
static void prove(int by)
{
	world_acquire(&w, by, 1 - by, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	if (CHECK(w.h[0].d.sas))
		CHECK_EQ(w.h[0].d.sas->peer.method, BTNS_AUTH_METHOD_PSK);
	if (CHECK(w.h[1].d.sas))
		CHECK_EQ(w.h[1].d.sas->peer.method, BTNS_AUTH_METHOD_PSK);
}

static void secret(void)
{
	char *ours = strdup(world_store_path(0, ".psk"));
	char *theirs = strdup(world_store_path(1, ".psk"));
	char conf[512], other[512];
	struct btnsd *d = &w.h[0].d;
	struct client *c;
	pthread_t t;
	int ev[2];

	write_secret(ours, WORDS);
	write_secret(theirs, WORDS);
	snprintf(conf, sizeof(conf), BY_SECRET, "a", "b", ours, 2);
	snprintf(other, sizeof(other), BY_SECRET, "b", "a", theirs, 1);
	world_init(&w);
	world_protect(&w, 0);
	world_protect(&w, 1);
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, conf));
	CHECK(world_up(&w, 1, KEY_ECDSA_P256, other));
	CHECK(serve_up(conf));
	CHECK(!proto_pair(ev));
	CHECK(!client_new(&c, reader, ev[0]));
	CHECK(!pthread_create(&t, NULL, serving, NULL));
	go_behind(d, c);
	take(d, c);
	prove(0);
	btnsd_goodbye(&w.h[1].d);
	world_advance(&w, 10000);
	CHECK_EQ(world_installed(&w, 0), 0);
	world_crash(&w, 1);
	file_use(NULL, NULL);
	CHECK(world_up(&w, 1, KEY_ECDSA_P256, other));
	prove(1);
	/* read anew, it is the same; then another: what it proved is no proof */
	CHECK(serve_rewrite(conf));
	take(d, c);
	world_advance(&w, 1000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	write_secret(ours, "another horse, another staple");
	CHECK(serve_rewrite(conf));
	take(d, c);
	world_advance(&w, 10000);
	CHECK_EQ(world_installed(&w, 0), 0);
	/* nor does who has the old one get in */
	world_acquire(&w, 1, 0, 80);
	world_advance(&w, 10000);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(w.h[0].k.unvouched, 0);

	world_crash(&w, 0);
	come_back();
	hang_up(c, t, ev[1]);
	unlink(ours);
	unlink(theirs);
	free(ours);
	free(theirs);
	serve_down();
	world_fini(&w);
}

/* ---- octets that nobody should send -------------------------------------- */

static uint32_t dice = 1;

static uint32_t roll(uint32_t below)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 8) % below;
}

static void malformed(void)
{
	struct proto_msg big;
	uint32_t type;
	size_t i;
	int fds[2];

	world_pair();
	CHECK(serve_up(""));
	/* types that are none, events, answers */
	for (type = 0; type < 300; type++) {
		if (type && type < PROTO_REQUESTS)
			continue;
		proto_begin(&m, type);
		CHECK_EQ(asked(), -EBADMSG);
	}
	/* each too short by one, and too long by one */
	an_sa(0xc0000001, true);
	m.type = PROTO_SET_ENCAP;
	CHECK_EQ(asked(), -EBADMSG);
	named(PROTO_GET_SPI, 0, "10.0.0.2", "10.0.0.1");
	m.len--;
	CHECK_EQ(asked(), -EBADMSG);
	named(PROTO_DEL_SA, 1000, NULL, "10.0.0.1");
	m.body[m.len++] = 0;
	CHECK_EQ(asked(), -EBADMSG);
	a_binding(PROTO_BIND, 0x1001, false, BTNS_AUTH_METHOD_BTNS);
	m.len--;
	CHECK_EQ(asked(), -EBADMSG);
	proto_begin(&m, PROTO_LATCHES);
	m.body[m.len++] = 0;
	CHECK_EQ(asked(), -EBADMSG);
	/* an address family that is none; then octets behind an address */
	named(PROTO_DEL_SA, 1000, NULL, "10.0.0.1");
	m.body[0] = 77;
	CHECK_EQ(asked(), -EBADMSG);
	named(PROTO_DEL_SA, 1000, NULL, "10.0.0.1");
	m.body[sizeof(struct addr) + 2 + 15] = 1;
	CHECK_EQ(asked(), -EBADMSG);
	/* a truth that is neither: inbound, behind SPI, addresses and selector */
	an_sa(0xc0000001, true);
	m.body[4 + 18 + 18 + 47] = 2;
	CHECK_EQ(asked(), -EBADMSG);
	/* a path with a NUL in it, and one that does not end */
	file(PROTO_FILE_OPEN, s.conf_path);
	m.body[3] = 0;
	CHECK_EQ(asked(), -EBADMSG);
	proto_begin(&m, PROTO_FILE_OPEN);
	m.len = PROTO_TEXT;
	memset(m.body, 'a', m.len);
	CHECK_EQ(asked(), -EBADMSG);
	/* a descriptor with it, an error in it, nothing at all in it */
	proto_begin(&m, PROTO_KEY);
	m.fd = 0;
	CHECK_EQ(asked(), -EBADMSG);
	proto_begin(&m, PROTO_KEY);
	m.err = -1;
	CHECK_EQ(asked(), -EBADMSG);
	CHECK(send(reader, "abc", 3, 0) == 3);
	CHECK_EQ(serve_one(&s, broker), -EBADMSG);
	/* longer than any */
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	memset(&big, PROTO_KEY, sizeof(big));
	CHECK(send(fds[0], &big, sizeof(big), 0) == sizeof(big));
	CHECK_EQ(serve_one(&s, fds[1]), -EBADMSG);
	close(fds[0]);
	CHECK_EQ(serve_one(&s, fds[1]), -EPIPE);
	close(fds[1]);
	/* anything: it is answered or not, and nothing is installed */
	for (i = 0; i < 20000; i++) {
		size_t k;

		proto_begin(&m, 1 + roll(PROTO_REQUESTS));
		m.len = roll(4) ? roll(700) : 0;
		for (k = 0; k < m.len; k++)
			m.body[k] = roll(3) ? 0 : (uint8_t)roll(256);
		if (proto_send(reader, &m, false) ||
		    serve_one(&s, broker) == -EAGAIN)
			abort();
		while (!proto_recv(reader, &m, false))
			if (m.fd >= 0)
				close(m.fd);
	}
	CHECK_EQ(world_installed(&w, 0), 0);
	serve_down();
	world_fini(&w);
}

/* ---- the process --------------------------------------------------------- */

/* what the fake reader shall do, and where it tells what it has seen */
#define MODE	"BTNSD_TEST_READER"
static int told[2] = { -1, -1 };
static int kick[2] = { -1, -1 };

/* this program, started by the broker as its reader */
static int be_reader(const char *mode)
{
	const int out = atoi(strchr(mode, ' ')), go = atoi(strrchr(mode, ' '));
	static struct proto_msg event;
	struct proto_msg *e = &event;
	uint32_t seen[2] = { 0 };
	char c;
	int fd;

	/* each life says that it is there */
	if (write(out, "+", 1) != 1)
		return 1;
	if (*mode == 'k' && lseek(go, 0, SEEK_END) < 2) {
		/* the first two die */
		if (write(go, "x", 1) != 1)
			return 1;
		kill(getpid(), SIGSYS);
	}
	if (*mode == 'g') {
		/* says what no reader says, the first time */
		if (lseek(go, 0, SEEK_END) < 1) {
			if (write(go, "x", 1) != 1 ||
			    send(BROKER_FD_REQUESTS, "?", 1, 0) != 1)
				return 1;
			pause();
		}
		return 9;
	}
	if (*mode == 'e') {
		/* does not listen until it is told to */
		while (read(go, &c, 1) != 1)
			usleep(1000);
		while (!proto_recv(BROKER_FD_EVENTS, e, true)) {
			seen[0]++;
			seen[1] = e->type;
			if (e->type == PROTO_EV_STOP)
				break;
			if (e->type == PROTO_EV_LOST &&
			    write(out, "L", 1) != 1)
				return 1;
		}
		return seen[1] == PROTO_EV_STOP ? 6 : 5;
	}
	/* nothing of the broker's but what it was given is open */
	for (fd = BROKER_FD_NET; fd < BROKER_FD_ABOVE; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 8;
	return 7;
}

static int no_fds(void *ctx, int fds[static 2])
{
	(void)ctx;
	(void)fds;
	return 0;
}

static int one_fd(void *ctx, int fds[static 2])
{
	(void)ctx;
	fds[0] = kick[0];
	return 1;
}

/* very many events at once, more than there is room for */
static void many_events(void *ctx, int fd, const struct kern_events *ev,
			void *arg)
{
	const struct addr dst = addr("10.0.0.1");
	char c;
	int i;

	(void)ctx;
	if (read(fd, &c, 1) != 1)
		return;
	for (i = 0; i < 100000; i++)
		ev->sa_gone(arg, 1000, &dst);
	if (write(told[1], "e", 1) != 1)
		abort();
}

static unsigned int notified;

static void notify(const char *state)
{
	(void)state;
	notified++;
}

/* a broker in a process of its own; @mode with the descriptors it hands on */
static pid_t start_broker(const char *mode, bool events)
{
	char *const argv[] = { "test_broker", "--reader", NULL };
	const struct broker_calls calls = {
		.kern_fds = events ? one_fd : no_fds,
		.kern_read = many_events,
		.notify = notify,
	};
	struct broker_reader r = { .argv = argv };
	pid_t pid;
	int exe;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	alarm(60);
	setenv(MODE, mode, 1);
	exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	r.exe = fcntl(exe, F_DUPFD_CLOEXEC, BROKER_FD_ABOVE);
	_exit(broker_run(&s, &r, &calls, broker_signals()));
}

static int ended(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool heard(char want)
{
	struct pollfd p = { .fd = told[0], .events = POLLIN };
	char c = 0;

	return poll(&p, 1, 20000) == 1 && read(told[0], &c, 1) == 1 &&
	       c == want;
}

/* a file that readers share, and the pipe to us: above what the broker moves */
static int shared(char *mode, size_t len, char what)
{
	char path[] = "/tmp/btns-broker-XXXXXX";
	int fd = mkstemp(path), high, out;

	unlink(path);
	high = fcntl(fd, F_DUPFD, BROKER_FD_ABOVE + 50);
	out = fcntl(told[1], F_DUPFD, BROKER_FD_ABOVE + 50);
	close(fd);
	snprintf(mode, len, "%c %d %d", what, out, high);
	return high;
}

static void restarts(void)
{
	char mode[64];
	int fd;

	world_pair();
	CHECK(serve_up(""));
	CHECK(!pipe(told));
	/* killed twice: a third comes, and how it ends is how the program ends */
	fd = shared(mode, sizeof(mode), 'k');
	CHECK_EQ(ended(start_broker(mode, false)), 7);
	CHECK(heard('+') && heard('+') && heard('+'));
	close(fd);
	/* who sends no request is killed, and another comes */
	fd = shared(mode, sizeof(mode), 'g');
	CHECK_EQ(ended(start_broker(mode, false)), 9);
	CHECK(heard('+') && heard('+'));
	close(fd);
	close(told[0]);
	close(told[1]);
	serve_down();
	world_fini(&w);
}

static void overflow(void)
{
	char mode[64];
	pid_t pid;
	int fd;

	world_pair();
	CHECK(serve_up(""));
	CHECK(!pipe(told) && !pipe(kick));
	fd = shared(mode, sizeof(mode), 'e');
	pid = start_broker(mode, true);
	CHECK(heard('+'));
	CHECK(write(kick[1], "x", 1) == 1);
	/* the broker has not waited for a reader that does not listen */
	CHECK(heard('e'));
	/* an order waits for room, and is not lost */
	CHECK(!kill(pid, SIGTERM));
	CHECK(pwrite(fd, "x", 1, 0) == 1);
	CHECK(heard('L'));
	CHECK_EQ(ended(pid), 6);
	close(fd);
	serve_down();
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a helper does all its work through the broker, without its keys",
		  works },
		{ "peers prove themselves by a secret that only the broker has",
		  secret },
		{ "what is no request is not answered", malformed },
		{ "a reader that is killed is started anew", restarts },
		{ "events overflow, orders do not", overflow },
	};
	const char *mode = getenv(MODE);

	if (mode)
		return be_reader(mode);
	return KTAP_RUN(tests);
}
