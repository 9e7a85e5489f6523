// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker's loop: requests of the reader, events of the kernel to it, orders
 * of an administrator, and another reader when one was killed. What waits for
 * room in the reader's socket are orders and the word that events were lost;
 * events themselves do not wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/broker/broker.h"
#include "btnsd/log.h"

/* requests answered at one time, so that events and signals get their turn */
#define REQUEST_BURST	64
/* seconds between the death of a reader and the next: at first, at most */
#define PAUSE_S		1
#define PAUSE_MAX_S	64
/* a reader that lived so long was not killed by what it found at its start */
#define LIVED_S		60
/* a reader that hangs up has so many seconds to end */
#define GRACE_S		5
/* and more while it waits for peers */
#define GOODBYE_S	2
/* octets of the longest file that a reader writes */
#define FILE_MAX	(256ul << 20)

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(type)	(1u << ((type) - PROTO_EV_ACQUIRE))

static const int handled[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };

/**
 * struct broker - what the loop has
 * @s: answers requests
 * @r: how a reader is started
 * @calls: the kernel's events, the service manager
 * @signals: descriptor that signals come by
 * @pid: the reader; 0 for none
 * @req: socket for its requests, -1 for none
 * @ev: socket for its events, -1 for none
 * @pending: set of BIT(PROTO_EV_*) that wait for room
 * @started: when it was started, seconds
 * @next: when the next is due, seconds; 0 for not
 * @pause: how long to wait before the next
 * @grace: when one that has hung up is killed, seconds; 0 for not
 * @told_ready: this reader's readiness was passed on
 * @leaving: it was told to end
 * @done: the loop ends
 * @status: exit status of the program
 * @e: event on its way
 */
struct broker {
	struct serve *s;
	const struct broker_reader *r;
	const struct broker_calls *calls;
	int signals;
	pid_t pid;
	int req;
	int ev;
	uint32_t pending;
	time_t started;
	time_t next;
	time_t pause;
	time_t grace;
	bool told_ready;
	bool leaving;
	bool done;
	int status;
	struct proto_msg e;
};

/* ---- to the reader ------------------------------------------------------- */

/* send b->e; what finds no room is lost, and the reader will hear that */
static void tell(struct broker *b)
{
	if (b->ev < 0)
		return;
	if (proto_send(b->ev, &b->e, false))
		b->pending |= BIT(PROTO_EV_LOST);
}

static void flush(struct broker *b)
{
	uint32_t type;

	for (type = PROTO_EV_ACQUIRE; type < PROTO_EV_END; type++) {
		if (!(b->pending & BIT(type)))
			continue;
		proto_begin(&b->e, type);
		if (b->ev < 0 || proto_send(b->ev, &b->e, false))
			return;
		b->pending &= ~BIT(type);
	}
}

static void order(struct broker *b, uint32_t type)
{
	b->pending |= BIT(type);
	flush(b);
}

static void tell_sa(struct broker *b, uint32_t type, uint32_t spi,
		    const struct addr *dst, bool hard,
		    const struct endpoint *from)
{
	struct proto_event e = { .dst = *dst, .spi = spi, .hard = hard };

	if (from)
		e.from = *from;
	proto_begin(&b->e, type);
	proto_put(&b->e, &proto_event_layout, &e);
	tell(b);
}

static void tell_plain(struct broker *b, uint32_t type)
{
	proto_begin(&b->e, type);
	tell(b);
}

static void on_acquire(void *arg, const struct kern_acquire *acq)
{
	struct broker *b = arg;

	proto_begin(&b->e, PROTO_EV_ACQUIRE);
	proto_put(&b->e, &proto_acquire_layout, acq);
	tell(b);
}

static void on_expire(void *arg, uint32_t spi, const struct addr *dst,
		      bool hard)
{
	struct broker *b = arg;

	if (hard)
		serve_forget(b->s, spi, dst);
	tell_sa(b, PROTO_EV_EXPIRE, spi, dst, hard, NULL);
}

static void on_mapping(void *arg, uint32_t spi, const struct addr *dst,
		       const struct endpoint *from)
{
	tell_sa(arg, PROTO_EV_MAPPING, spi, dst, false, from);
}

static void on_sa_gone(void *arg, uint32_t spi, const struct addr *dst)
{
	struct broker *b = arg;

	serve_forget(b->s, spi, dst);
	tell_sa(b, PROTO_EV_SA_GONE, spi, dst, false, NULL);
}

static void on_sa_flushed(void *arg)
{
	struct broker *b = arg;

	serve_forget(b->s, 0, NULL);
	tell_plain(b, PROTO_EV_SA_FLUSHED);
}

static void on_policy(void *arg)
{
	struct broker *b = arg;

	serve_policies_changed(b->s);
	/* of many changes one word, when there is room */
	b->pending |= BIT(PROTO_EV_POLICY);
}

static void on_pad(void *arg)
{
	struct broker *b = arg;

	b->pending |= BIT(PROTO_EV_PAD);
}

static void on_lost(void *arg)
{
	struct broker *b = arg;

	serve_events_lost(b->s);
	order(b, PROTO_EV_LOST);
}

static const struct kern_events events = {
	.acquire = on_acquire,
	.expire = on_expire,
	.mapping = on_mapping,
	.sa_gone = on_sa_gone,
	.sa_flushed = on_sa_flushed,
	.policy_changed = on_policy,
	.pad_changed = on_pad,
	.lost = on_lost,
};

/* ---- the reader's life --------------------------------------------------- */

/* at the descriptors that the reader expects, open across exec */
static bool place(const struct broker_reader *r, int req, int ev)
{
	int at[2 + BROKER_NET_MAX];
	size_t i, n = 2 + r->n_net;
	int fd;

	at[0] = req;
	at[1] = ev;
	for (i = 0; i < r->n_net; i++)
		at[2 + i] = r->net[i];
	for (i = 0; i < n; i++) {
		at[i] = fcntl(at[i], F_DUPFD_CLOEXEC, BROKER_FD_ABOVE);
		if (at[i] < 0)
			return false;
	}
	for (i = 0; i < n; i++)
		if (dup2(at[i], BROKER_FD_REQUESTS + (int)i) < 0)
			return false;
	/* netlink stays here, whatever its library thinks of exec */
	for (fd = BROKER_FD_REQUESTS + (int)n; fd < BROKER_FD_ABOVE; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return true;
}

/* in the child: become a reader */
static void become_reader(const struct broker *b, pid_t parent, int req, int ev)
{
	const struct rlimit most = { FILE_MAX, FILE_MAX };
	sigset_t none;
	size_t i;

	/* orders come by the socket: a signal to all of us is one order */
	for (i = 0; i < COUNT(handled); i++)
		signal(handled[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* whoever kills the broker means both */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it writes the store, and cannot fill the disk */
	setrlimit(RLIMIT_FSIZE, &most);
	if (getppid() == parent && place(b->r, req, ev))
		syscall(SYS_execveat, b->r->exe, "", b->r->argv, environ,
			AT_EMPTY_PATH);
	log_err("the reader cannot be started: %s", strerror(errno));
	_exit(1);
}

/* a reader reads the files as they are now, and is judged by our reading */
static bool same_conf(struct broker *b)
{
	char err[CONF_ERR_MAX];

	if (!b->started || !serve_conf(b->s, b->s->conf_path, err))
		return true;
	log_err("%s: no reader is started until that is right", err);
	if (!b->pause)
		b->pause = PAUSE_S;
	b->next = serve_seconds() + b->pause;
	return false;
}

static int start(struct broker *b)
{
	const pid_t parent = getpid();
	int req[2], ev[2], err;

	if (!same_conf(b))
		return 0;
	err = proto_pair(req);
	if (err)
		return err;
	err = proto_pair(ev);
	if (err) {
		close(req[0]);
		close(req[1]);
		return err;
	}
	b->pid = fork();
	if (!b->pid)
		become_reader(b, parent, req[1], ev[1]);
	err = b->pid < 0 ? -errno : 0;
	close(req[1]);
	close(ev[1]);
	b->req = req[0];
	b->ev = ev[0];
	b->pending = 0;
	b->next = 0;
	b->told_ready = false;
	b->started = serve_seconds();
	serve_begin(b->s);
	return err;
}

static void hang_up(struct broker *b)
{
	if (b->req >= 0)
		close(b->req);
	if (b->ev >= 0)
		close(b->ev);
	b->req = -1;
	b->ev = -1;
	b->pending = 0;
}

/* the reader has ended: was it told to, did it want to, or was it killed? */
static void ended(struct broker *b, int status)
{
	hang_up(b);
	b->pid = 0;
	b->grace = 0;
	if (WIFEXITED(status)) {
		b->status = WEXITSTATUS(status);
		/* whoever watches us has to know that nobody wanted that */
		if (!b->leaving && !b->status) {
			log_err("the reader has ended, which nobody told it to");
			b->status = 1;
		}
		b->done = true;
		return;
	}
	log_err("the reader was killed by signal %d (%s)%s", WTERMSIG(status),
		strsignal(WTERMSIG(status)),
		b->leaving ? "" :
			     ": SAs and latches stay, it is started anew");
	if (b->leaving) {
		b->status = 1;
		b->done = true;
		return;
	}
	if (!b->pause || serve_seconds() - b->started >= LIVED_S)
		b->pause = PAUSE_S;
	b->next = serve_seconds() + b->pause;
	b->pause *= 2;
	if (b->pause > PAUSE_MAX_S)
		b->pause = PAUSE_MAX_S;
}

static void reap(struct broker *b)
{
	int status;

	if (b->pid > 0 && waitpid(b->pid, &status, WNOHANG) == b->pid)
		ended(b, status);
}

static void serve_some(struct broker *b)
{
	int burst = REQUEST_BURST, err = 0;

	while (burst-- && !err)
		err = serve_one(b->s, b->req);
	if (b->s->is_ready && !b->told_ready) {
		b->told_ready = true;
		b->calls->notify("READY=1");
	}
	if (!err || err == -EAGAIN)
		return;
	/* it is going, or has to go: SIGCHLD tells when it is gone */
	if (err != -EPIPE || b->s->stuck) {
		log_err("the reader does what no reader does (%s): it is killed",
			strerror(-err));
		if (b->pid > 0)
			kill(b->pid, SIGKILL);
	}
	b->grace = serve_seconds() + GRACE_S;
	hang_up(b);
}

/* ---- signals ------------------------------------------------------------- */

static void reload(struct broker *b)
{
	char err[CONF_ERR_MAX];

	if (!serve_conf(b->s, b->s->conf_path, err)) {
		order(b, PROTO_EV_RELOAD);
		return;
	}
	log_err("%s: the old configuration stays in force", err);
	order(b, PROTO_EV_CHECK);
}

/* the reader says good-bye to peers; who tells us twice does not want to wait */
static void leave(struct broker *b, uint32_t type)
{
	if (b->pid <= 0) {
		b->done = true;
		return;
	}
	b->grace = b->leaving ? serve_seconds() : serve_seconds() + GOODBYE_S + GRACE_S;
	b->leaving = true;
	order(b, type);
}

static void on_signal(struct broker *b, uint32_t sig)
{
	switch (sig) {
	case SIGCHLD:
		reap(b);
		break;
	case SIGHUP:
		reload(b);
		break;
	case SIGUSR1:
		leave(b, PROTO_EV_LEAVE);
		break;
	case SIGUSR2:
		order(b, PROTO_EV_STATS);
		break;
	default:
		b->calls->notify("STOPPING=1");
		leave(b, PROTO_EV_STOP);
	}
}

static void read_signals(struct broker *b)
{
	struct signalfd_siginfo si;

	while (read(b->signals, &si, sizeof(si)) == sizeof(si))
		on_signal(b, si.ssi_signo);
}

/**
 * broker_signals() - from now on signals come by a descriptor
 *
 * Return: the descriptor, for broker_run(); or a negative errno.
 */
int broker_signals(void)
{
	sigset_t set;
	size_t i;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < COUNT(handled); i++)
		sigaddset(&set, handled[i]);
	/* whoever ignores it is not told */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* ---- the loop ------------------------------------------------------------ */

/* milliseconds until there is something to do by the clock, -1 for never */
static int patience(const struct broker *b)
{
	time_t due = b->next ? b->next : b->grace, now = serve_seconds();

	if (!due)
		return -1;
	return due > now ? (int)(due - now) * 1000 : 0;
}

static void one_turn(struct broker *b)
{
	struct pollfd p[5] = { { .fd = b->signals, .events = POLLIN } };
	int fds[2], i, n = b->calls->kern_fds(b->calls->ctx, fds);

	for (i = 0; i < n; i++)
		p[1 + i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	p[1 + n] = (struct pollfd){ .fd = b->req, .events = POLLIN };
	p[2 + n] = (struct pollfd){
		.fd = b->pending ? b->ev : -1, .events = POLLOUT,
	};
	if (poll(p, 3 + (nfds_t)n, patience(b)) < 0)
		return;
	for (i = 0; i < n; i++)
		if (p[1 + i].revents)
			b->calls->kern_read(b->calls->ctx, fds[i], &events, b);
	if (p[1 + n].revents)
		serve_some(b);
	if (p[2 + n].revents)
		flush(b);
	/* last: a reader that has just ended was heard to the end */
	if (p[0].revents)
		read_signals(b);
}

/**
 * broker_run() - serve readers until one ends by itself
 * @s: answers requests; begun
 * @reader: how one is started
 * @calls: the kernel's events, the service manager
 * @signals: of broker_signals()
 *
 * A reader that a signal kills is followed by another, after a pause that
 * grows while none lives long.
 *
 * Return: exit status of the program.
 */
int broker_run(struct serve *s, const struct broker_reader *reader,
	       const struct broker_calls *calls, int signals)
{
	static struct broker b;
	int err = 0;

	b = (struct broker){
		.s = s, .r = reader, .calls = calls, .signals = signals,
		.req = -1, .ev = -1, .next = 1,
	};
	while (!b.done) {
		if (b.next && serve_seconds() >= b.next)
			err = start(&b);
		if (err) {
			log_err("the reader cannot be started: %s",
				strerror(-err));
			return 1;
		}
		one_turn(&b);
		if (b.grace && serve_seconds() >= b.grace && b.pid > 0) {
			kill(b.pid, SIGKILL);
			b.grace = 0;
		}
	}
	return b.status;
}
