// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * latchsock: a TCP client or server that asks for latches and tells all that
 * happens to it as JSON lines, so that shell tests can drive it by a fifo and
 * look for a line instead of sleeping.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "libbtns/btns.h"
#include "tests/tools/sockjson.h"

#define CONNS_MAX	64
#define EXIT_TIMEOUT	124

struct conn {
	int fd;			/* -1: free */
	bool connecting;
	bool done;		/* all markers sent */
	bool write_shut;
	unsigned int sent;
	unsigned long long received;
	long long next_ms;
};

static struct {
	bool listen, v6, echo, json_info, once, hold, late_ask, quiet_data, notify;
	bool has_ask;
	struct btns_latch_ask ask;
	const char *host, *port, *bind_addr, *bind_port, *send;
	int interval, count, timeout;
} opt = { .interval = 100, .count = -1, .timeout = 60 };

static struct conn conns[CONNS_MAX];
static int listener = -1;
static bool failed;
static volatile sig_atomic_t want_info, stop;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void emit_endpoints(const char *name, int conn, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	json_t *o = event(name, conn);

	if (!getsockname(fd, (struct sockaddr *)&ss, &len))
		put_addr(o, "local", (struct sockaddr *)&ss, len);
	len = sizeof(ss);
	if (!getpeername(fd, (struct sockaddr *)&ss, &len))
		put_addr(o, "remote", (struct sockaddr *)&ss, len);
	emit(o);
}

static int apply_ask(int conn, int fd)
{
	int err = lbtns_sock_ask(fd, &opt.ask);

	if (err) {
		emit_error(conn, "setsockopt", -err);
		failed = true;
		return err;
	}
	emit(event("asked", conn));
	return 0;
}

static void drop(int i)
{
	close(conns[i].fd);
	conns[i].fd = -1;
}

static void start(int i)
{
	conns[i].connecting = false;
	conns[i].next_ms = now_ms();
	emit_endpoints("connected", i, conns[i].fd);
	if (opt.json_info)
		emit_info(i, conns[i].fd);
	if (opt.late_ask && opt.has_ask && !opt.listen)
		apply_ask(i, conns[i].fd);
}

static int add_conn(int fd, bool connecting)
{
	int i;

	for (i = 0; i < CONNS_MAX && conns[i].fd >= 0; i++)
		;
	if (i == CONNS_MAX) {
		close(fd);
		return -1;
	}
	memset(&conns[i], 0, sizeof(conns[i]));
	conns[i].fd = fd;
	conns[i].connecting = connecting;
	if (!connecting)
		start(i);
	return i;
}

static struct addrinfo *resolve(const char *host, const char *port,
				bool passive)
{
	struct addrinfo hints = {
		.ai_family = opt.v6 ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
			    (passive ? AI_PASSIVE : 0),
	};
	struct addrinfo *ai;

	if (passive && !host && !opt.v6)
		hints.ai_family = AF_INET;
	if (getaddrinfo(host, port, &hints, &ai)) {
		fprintf(stderr, "latchsock: bad address %s %s\n",
			host ? host : "*", port);
		exit(2);
	}
	return ai;
}

static int make_socket(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK |
					       SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0) {
		emit_error(-1, "socket", errno);
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	return fd;
}

static void open_listener(void)
{
	struct addrinfo *ai = resolve(opt.host, opt.port, true);

	listener = make_socket(ai);
	if (opt.has_ask && !opt.late_ask && apply_ask(-1, listener))
		exit(1);
	if (bind(listener, ai->ai_addr, ai->ai_addrlen)) {
		emit_error(-1, "bind", errno);
		exit(1);
	}
	if (listen(listener, 16)) {
		emit_error(-1, "listen", errno);
		exit(1);
	}
	freeaddrinfo(ai);
	emit_endpoints("listening", -1, listener);
	if (opt.has_ask && opt.late_ask)
		apply_ask(-1, listener);
	if (opt.json_info)
		emit_info(-1, listener);
}

static void open_client(void)
{
	struct addrinfo *ai = resolve(opt.host, opt.port, false), *b;
	int fd = make_socket(ai), i;

	if (opt.bind_addr || opt.bind_port) {
		b = resolve(opt.bind_addr ? opt.bind_addr :
			    ai->ai_family == AF_INET6 ? "::" : "0.0.0.0",
			    opt.bind_port ? opt.bind_port : "0", true);
		if (bind(fd, b->ai_addr, b->ai_addrlen)) {
			emit_error(0, "bind", errno);
			exit(1);
		}
		freeaddrinfo(b);
	}
	if (opt.has_ask && !opt.late_ask && apply_ask(0, fd))
		exit(1);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) && errno != EINPROGRESS) {
		emit_error(0, "connect", errno);
		exit(1);
	}
	freeaddrinfo(ai);
	emit(event("connecting", 0));
	i = add_conn(fd, true);
	if (opt.json_info)
		emit_info(i, fd);
}

static void end_conn(int i, const char *call, int err)
{
	if (err) {
		emit_error(i, call, err);
		failed = true;
	} else {
		json_t *o = event("eof", i);

		json_object_set_new(o, "received",
				    json_integer((json_int_t)conns[i].received));
		emit(o);
	}
	if (opt.json_info)
		emit_info(i, conns[i].fd);
	drop(i);
}

static void write_text(int i, const char *text, size_t len)
{
	ssize_t n = send(conns[i].fd, text, len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		end_conn(i, "write", errno);
}

static void emit_data(int i, const char *line, size_t n)
{
	char text[256];
	json_t *o = event("data", i);
	size_t k;

	for (k = 0; k < n && k < sizeof(text) - 1; k++)
		text[k] = line[k] >= ' ' && line[k] <= '~' ? line[k] : ' ';
	text[k] = '\0';
	json_object_set_new(o, "bytes", json_integer((json_int_t)n));
	json_object_set_new(o, "total",
			    json_integer((json_int_t)conns[i].received));
	json_object_set_new(o, "text", json_string(text));
	emit(o);
}

/* Line by line: how many of them one read brings is up to the load. */
static void take_lines(int i, const char *buf, size_t len)
{
	const char *nl;
	size_t n;

	for (; len; buf += n, len -= n) {
		nl = memchr(buf, '\n', len);
		n = nl ? (size_t)(nl + 1 - buf) : len;
		conns[i].received += n;
		if (!opt.quiet_data)
			emit_data(i, buf, n);
	}
}

static void on_readable(int i)
{
	char buf[8192];
	ssize_t n;

	n = read(conns[i].fd, buf, sizeof(buf));
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end_conn(i, "read", errno);
		return;
	}
	if (n == 0) {
		end_conn(i, NULL, 0);
		return;
	}
	take_lines(i, buf, (size_t)n);
	if (opt.echo)
		write_text(i, buf, (size_t)n);
}

static void on_connect(int i)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(conns[i].fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;
	if (err) {
		end_conn(i, "connect", err);
		return;
	}
	start(i);
}

/* Markers that are due; returns milliseconds until the next. */
static int send_markers(int i)
{
	struct conn *c = &conns[i];
	long long now = now_ms();
	char line[512];
	int n;

	if (!opt.send || c->connecting || c->done)
		return 1000;
	if (now < c->next_ms)
		return (int)(c->next_ms - now);
	n = snprintf(line, sizeof(line), "%s %06u\n", opt.send, ++c->sent);
	write_text(i, line, (size_t)n);
	if (c->fd < 0)
		return 0;
	c->next_ms = now + opt.interval;
	if (opt.count >= 0 && c->sent >= (unsigned int)opt.count) {
		json_t *o = event("sent", i);

		c->done = true;
		json_object_set_new(o, "count", json_integer(c->sent));
		emit(o);
		if (!opt.hold) {
			shutdown(c->fd, SHUT_WR);
			c->write_shut = true;
		}
	}
	return opt.interval;
}

static void command(char *line)
{
	char *arg = strchr(line, ' ');
	int i, v;

	if (arg)
		*arg++ = '\0';
	if (!strcmp(line, "info")) {
		want_info = 1;
	} else if (!strcmp(line, "quit")) {
		stop = 1;
	} else if (!strcmp(line, "ask") && arg) {
		v = lbtns_value(LBTNS_NAMES_ASK, arg);
		opt.ask.mode = v < 0 ? 0xff : (uint8_t)v;
		if (listener >= 0)
			apply_ask(-1, listener);
		for (i = 0; i < CONNS_MAX && !opt.listen; i++)
			if (conns[i].fd >= 0)
				apply_ask(i, conns[i].fd);
	} else if (!strcmp(line, "send") && arg) {
		for (i = 0; i < CONNS_MAX; i++)
			if (conns[i].fd >= 0 && !conns[i].connecting) {
				char text[512];
				int n = snprintf(text, sizeof(text), "%s\n",
						 arg);

				write_text(i, text, (size_t)n);
			}
	} else if (!strcmp(line, "shutdown") || !strcmp(line, "close")) {
		for (i = 0; i < CONNS_MAX; i++) {
			if (conns[i].fd < 0)
				continue;
			if (*line == 's')
				shutdown(conns[i].fd, SHUT_WR);
			else
				drop(i);
		}
	} else {
		json_t *o = event("bad-command", -1);

		json_object_set_new(o, "word", json_string(line));
		emit(o);
	}
}

static void accept_all(void)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		add_conn(fd, false);
		if (opt.once) {
			close(listener);
			listener = -1;
			return;
		}
	}
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		emit_error(-1, "accept", errno);
}

static bool active(void)
{
	int i;

	if (listener >= 0)
		return true;
	for (i = 0; i < CONNS_MAX; i++)
		if (conns[i].fd >= 0)
			return true;
	return false;
}

static int loop(void)
{
	long long deadline = now_ms() + opt.timeout * 1000LL;
	bool input = true;

	while (!stop && active()) {
		struct pollfd p[CONNS_MAX + 2];
		int wait = 1000, n = 0, i, who[CONNS_MAX + 2];

		for (i = 0; i < CONNS_MAX; i++)
			if (conns[i].fd >= 0) {
				int w = send_markers(i);

				if (w < wait)
					wait = w;
			}
		if (want_info) {
			want_info = 0;
			if (listener >= 0)
				emit_info(-1, listener);
			for (i = 0; i < CONNS_MAX; i++)
				if (conns[i].fd >= 0)
					emit_info(i, conns[i].fd);
		}
		if (now_ms() >= deadline) {
			emit(event("timeout", -1));
			return EXIT_TIMEOUT;
		}
		if (listener >= 0) {
			who[n] = -1;
			p[n++] = (struct pollfd){ listener, POLLIN, 0 };
		}
		if (input) {
			who[n] = -2;
			p[n++] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
		}
		for (i = 0; i < CONNS_MAX; i++)
			if (conns[i].fd >= 0) {
				who[n] = i;
				p[n++] = (struct pollfd){
					conns[i].fd,
					conns[i].connecting ? POLLOUT : POLLIN,
					0
				};
			}
		if (poll(p, (nfds_t)n, wait) < 0)
			continue;
		for (i = 0; i < n; i++) {
			if (!p[i].revents)
				continue;
			if (who[i] == -1)
				accept_all();
			else if (who[i] == -2)
				input = read_lines(command);
			else if (conns[who[i]].fd < 0)
				continue;
			else if (conns[who[i]].connecting)
				on_connect(who[i]);
			else if (!(p[i].revents & POLLERR) || !opt.notify ||
				 !emit_notes(who[i], p[i].fd))
				on_readable(who[i]);
		}
	}
	emit(event("done", -1));
	return failed ? 1 : 0;
}

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		want_info = 1;
	else
		stop = 1;
}

static void usage(void)
{
	fputs("usage: latchsock [OPTIONS] HOST PORT\n"
	      "       latchsock -l PORT [OPTIONS] [ADDRESS]\n"
	      "  -l PORT          listen; -6 on IPv6 (dual stack)\n"
	      "  --bind ADDR,PORT local end of a client; either may be empty\n"
	      "  --ask MODE       require, prefer, off or default\n"
	      "  --late-ask       ask behind listen() or connect()\n"
	      "  --peer IDENTITY  only this peer; --method METHOD proved so\n"
	      "  --self IDENTITY  only under this identity of ours\n"
	      "  --conf, --integ  only if that is protected\n"
	      "  --keybits N, --enc NAME, --auth NAME  only that quality\n"
	      "  --narrow, --protect, --bypass  as in linux/btns_sockopt.h\n"
	      "  --disposition D  wait, reset or unreachable\n"
	      "  --notify         take notes from the error queue\n"
	      "  --send TEXT      send numbered lines (--interval MS, --count N)\n"
	      "  --hold           keep the connection when all are sent\n"
	      "  --echo           send back what comes\n"
	      "  --json-info      print the latch at each step\n"
	      "  --quiet-data     do not print what comes\n"
	      "  --once           serve one connection\n"
	      "  --timeout S      give up after so many seconds (60)\n"
	      "commands on standard input: info, send TEXT, ask MODE, shutdown, close, quit\n"
	      "SIGUSR1 prints info. Exit: 0, 1 after an error, 2 usage, 124 timeout\n",
	      stderr);
	exit(2);
}

static uint8_t value(enum lbtns_names set, const char *text)
{
	int v = lbtns_value(set, text);

	if (v < 0) {
		fprintf(stderr, "latchsock: \"%s\" is unknown\n", text);
		exit(2);
	}
	return (uint8_t)v;
}

static void wish(uint32_t flag)
{
	opt.has_ask = true;
	opt.ask.flags |= flag;
}

static void identity(const char *text, uint8_t *type, uint8_t *digest)
{
	struct lbtns_ident id;
	const char *why;

	if (lbtns_ident_parse(text, &id, &why)) {
		fprintf(stderr, "latchsock: %s\n", why);
		exit(2);
	}
	*type = id.type;
	memcpy(digest, id.digest, sizeof(id.digest));
}

static void options(int argc, char **argv)
{
	enum { BIND = 256, ASK, LATE, PEER, METHOD, DISP, SEND, INTERVAL,
	       COUNT, HOLD, ECHO_, INFO, QUIET, ONCE, TIMEOUT, NOTIFY,
	       SELF, CONF, INTEG, KEYBITS, ENC, AUTH, NARROW, PROTECT,
	       BYPASS };
	static const struct option longs[] = {
		{ "bind", 1, NULL, BIND },	 { "ask", 1, NULL, ASK },
		{ "late-ask", 0, NULL, LATE },	 { "peer", 1, NULL, PEER },
		{ "method", 1, NULL, METHOD },	 { "disposition", 1, NULL, DISP },
		{ "send", 1, NULL, SEND },	 { "interval", 1, NULL, INTERVAL },
		{ "count", 1, NULL, COUNT },	 { "hold", 0, NULL, HOLD },
		{ "echo", 0, NULL, ECHO_ },	 { "json-info", 0, NULL, INFO },
		{ "quiet-data", 0, NULL, QUIET }, { "once", 0, NULL, ONCE },
		{ "timeout", 1, NULL, TIMEOUT }, { "notify", 0, NULL, NOTIFY },
		{ "self", 1, NULL, SELF },
		{ "conf", 0, NULL, CONF },	 { "integ", 0, NULL, INTEG },
		{ "keybits", 1, NULL, KEYBITS }, { "enc", 1, NULL, ENC },
		{ "auth", 1, NULL, AUTH },	 { "narrow", 0, NULL, NARROW },
		{ "protect", 0, NULL, PROTECT }, { "bypass", 0, NULL, BYPASS },
		{ NULL, 0, NULL, 0 }
	};
	char *comma;
	int c;

	while ((c = getopt_long(argc, argv, "l:6", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			opt.listen = true;
			opt.port = optarg;
			break;
		case '6':
			opt.v6 = true;
			break;
		case BIND:
			comma = strchr(optarg, ',');
			if (comma)
				*comma++ = '\0';
			opt.bind_addr = *optarg ? optarg : NULL;
			opt.bind_port = comma && *comma ? comma : NULL;
			break;
		case ASK:
			opt.has_ask = true;
			opt.ask.mode = value(LBTNS_NAMES_ASK, optarg);
			break;
		case LATE:
			opt.late_ask = true;
			break;
		case PEER:
			wish(BTNS_ASK_F_PEER);
			identity(optarg, &opt.ask.peer_type, opt.ask.peer);
			break;
		case NARROW:
			wish(BTNS_ASK_F_NARROW);
			break;
		case PROTECT:
			wish(BTNS_ASK_F_PROTECT);
			break;
		case BYPASS:
			wish(BTNS_ASK_F_BYPASS);
			break;
		case SELF:
			wish(BTNS_ASK_F_LOCAL);
			identity(optarg, &opt.ask.local_type, opt.ask.local);
			break;
		case CONF:
			wish(BTNS_ASK_F_QOP);
			opt.ask.protection |= BTNS_PROTECTION_CONFIDENTIALITY;
			break;
		case INTEG:
			wish(BTNS_ASK_F_QOP);
			opt.ask.protection |= BTNS_PROTECTION_INTEGRITY;
			break;
		case KEYBITS:
			wish(BTNS_ASK_F_QOP);
			opt.ask.enc_keybits = (uint32_t)atoi(optarg);
			break;
		case ENC:
			wish(BTNS_ASK_F_QOP);
			strncpy(opt.ask.enc, optarg, sizeof(opt.ask.enc) - 1);
			break;
		case AUTH:
			wish(BTNS_ASK_F_QOP);
			strncpy(opt.ask.auth, optarg, sizeof(opt.ask.auth) - 1);
			break;
		case METHOD:
			opt.ask.peer_method = value(LBTNS_NAMES_METHOD,
						    optarg);
			break;
		case DISP:
			opt.has_ask = true;
			opt.ask.disposition = value(LBTNS_NAMES_DISPOSITION,
						    optarg);
			break;
		case SEND:
			opt.send = optarg;
			break;
		case INTERVAL:
			opt.interval = atoi(optarg);
			break;
		case COUNT:
			opt.count = atoi(optarg);
			break;
		case HOLD:
			opt.hold = true;
			break;
		case ECHO_:
			opt.echo = true;
			break;
		case INFO:
			opt.json_info = true;
			break;
		case QUIET:
			opt.quiet_data = true;
			break;
		case ONCE:
			opt.once = true;
			break;
		case NOTIFY:
			opt.has_ask = true;
			opt.notify = true;
			opt.ask.flags |= BTNS_ASK_F_NOTIFY;
			break;
		case TIMEOUT:
			opt.timeout = atoi(optarg);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (opt.listen && argc <= 1) {
		opt.host = argc ? argv[0] : NULL;
	} else if (!opt.listen && argc == 2) {
		opt.host = argv[0];
		opt.port = argv[1];
	} else {
		usage();
	}
	if (opt.interval < 1 || opt.timeout < 1)
		usage();
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int i;

	options(argc, argv);
	for (i = 0; i < CONNS_MAX; i++)
		conns[i].fd = -1;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (opt.listen)
		open_listener();
	else
		open_client();
	return loop();
}
