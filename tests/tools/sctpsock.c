// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sctpsock: an SCTP socket with any number of addresses, one-to-one or
 * one-to-many, that asks for latches, is told what to do on standard input, and
 * tells all that happens to it as JSON lines.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/sockjson.h"

/* addresses of a multi-homed end */
#define ADDRS_MAX 4

/** struct ends - addresses as the kernel takes them: packed, of any family */
struct ends {
	char buf[ADDRS_MAX * sizeof(struct sockaddr_in6)];
	socklen_t len;
	struct sockaddr_in6 first;
	socklen_t first_len;
};

static struct {
	struct sock_opts sock;
	bool only, many, listen;
	const char *dev;
} opt = { .sock.timeout = 60 };

static int listener = -1;	/* one-to-one, until somebody comes */
static int fd = -1;

static void usage(void)
{
	fputs("usage: sctpsock [OPTIONS]\n"
	      "  -6                 an IPv6 socket\n"
	      "  --only             and of nothing else\n"
	      "  --many             one-to-many\n"
	      "  --bind ENDS        our addresses: HOST[+HOST]...,PORT\n"
	      "  --dev NAME         bound to that device\n"
	      "  --listen           wait for associations\n"
	      "  --connect ENDS     open one\n"
	      "  --ask MODE         require, prefer, off or default\n"
	      "  --peer IDENTITY    only this peer\n"
	      "  --disposition D    wait, reset or unreachable\n"
	      "  --echo             send back what comes\n"
	      "  --timeout S        give up after so many seconds (60)\n"
	      "commands: send TEXT, sendto HOST,PORT TEXT, info, of HOST,PORT, ask MODE,\n"
	      "  add HOST, delete HOST, primary HOST,PORT, connect ENDS, abort, quit\n",
	      stderr);
	exit(2);
}

/* one address; false if it is none */
static bool add_end(struct ends *e, const char *host, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	bool is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
	const void *sa = is_v4 ? (void *)&v4 : (void *)&v6;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);

	if (!is_v4 && inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
		return false;
	if (e->len + len > sizeof(e->buf))
		return false;
	memcpy(e->buf + e->len, sa, len);
	e->len += len;
	if (e->len == len) {
		memcpy(&e->first, sa, len);
		e->first_len = len;
	}
	return true;
}

/* "HOST[+HOST]...,PORT"; @text is cut up */
static bool parse(char *text, struct ends *e)
{
	char *comma = strchr(text, ','), *host, *save;
	uint16_t port;

	memset(e, 0, sizeof(*e));
	if (!comma)
		return false;
	*comma = '\0';
	port = (uint16_t)atoi(comma + 1);
	for (host = strtok_r(text, "+", &save); host;
	     host = strtok_r(NULL, "+", &save))
		if (!add_end(e, host, port))
			return false;
	return e->len;
}

static bool parse_copy(const char *text, struct ends *e)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	return parse(copy, e);
}

static void done(const char *call, bool failed)
{
	json_t *o;

	if (failed) {
		emit_error(-1, call, errno);
		return;
	}
	o = event("did", -1);
	json_object_set_new(o, "call", json_string(call));
	emit(o);
}

static void set(int sock, const char *name, int what, const void *value,
		socklen_t len)
{
	if (setsockopt(sock, IPPROTO_SCTP, what, value, len)) {
		emit_error(-1, name, errno);
		exit(1);
	}
}

/* impatient, so that what is cut off is noticed within a second or two */
static void set_timers(int sock)
{
	struct sctp_rtoinfo rto = { .srto_initial = 300, .srto_max = 600,
				    .srto_min = 100 };
	struct sctp_paddrparams paths = { .spp_hbinterval = 300,
					  .spp_pathmaxrxt = 2,
					  .spp_flags = SPP_HB_ENABLE };
	/* but on a slow machine not so soon with the whole association */
	const char *slow = getenv("BTNS_SLOW");
	struct sctp_assocparams assoc = {
		.sasoc_asocmaxrxt = (uint16_t)(4 + 6 * (slow ? atoi(slow) : 1)),
	};
	struct sctp_initmsg init = { .sinit_max_attempts = 20,
				     .sinit_max_init_timeo = 600 };
	struct sctp_event_subscribe events = {
		.sctp_association_event = 1,
		.sctp_address_event = 1,
	};

	set(sock, "rto", SCTP_RTOINFO, &rto, sizeof(rto));
	set(sock, "paths", SCTP_PEER_ADDR_PARAMS, &paths, sizeof(paths));
	set(sock, "assoc", SCTP_ASSOCINFO, &assoc, sizeof(assoc));
	set(sock, "init", SCTP_INITMSG, &init, sizeof(init));
	set(sock, "events", SCTP_EVENTS, &events, sizeof(events));
}

static void open_association(const char *text)
{
	struct ends e;

	if (!parse_copy(text, &e)) {
		errno = EINVAL;
		done("connect", true);
		return;
	}
	/* does not wait: a one-to-one socket tells by an event as well */
	done("connect", setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX,
				   e.buf, e.len) < 0 && errno != EINPROGRESS);
}

static void say(const char *text, const struct ends *to)
{
	done("send", sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
			    to ? (const struct sockaddr *)&to->first : NULL,
			    to ? to->first_len : 0) < 0);
}

static void change_addr(const char *word, const char *host)
{
	struct ends e = { 0 };
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	getsockname(fd, (struct sockaddr *)&own, &len);
	if (!add_end(&e, host,
		     ntohs(((struct sockaddr_in *)&own)->sin_port))) {
		emit_error(-1, word, EINVAL);
		return;
	}
	done(word, setsockopt(fd, IPPROTO_SCTP,
			      *word == 'a' ? SCTP_SOCKOPT_BINDX_ADD :
					     SCTP_SOCKOPT_BINDX_REM,
			      e.buf, e.len) < 0);
}

static void set_primary(const struct ends *e)
{
	struct sctp_prim prim = { 0 };

	memcpy(&prim.ssp_addr, &e->first, e->first_len);
	done("primary", setsockopt(fd, IPPROTO_SCTP, SCTP_PRIMARY_ADDR, &prim,
				   sizeof(prim)) < 0);
}

static void show_peer(const struct ends *e)
{
	struct btns_latch_info in;
	int err = lbtns_sock_peer_info(fd, (const struct sockaddr *)&e->first,
				       NULL, &in);
	json_t *o;

	if (err) {
		emit_error(-1, "of", -err);
		return;
	}
	o = event("of", -1);
	put_info(o, &in);
	emit(o);
}

static void with_ends(const char *word, char *arg, const char *rest)
{
	struct ends e;

	if (!arg || !parse(arg, &e))
		emit_error(-1, word, EINVAL);
	else if (!strcmp(word, "sendto") && rest)
		say(rest, &e);
	else if (!strcmp(word, "of"))
		show_peer(&e);
	else if (!strcmp(word, "primary"))
		set_primary(&e);
	else
		emit_error(-1, word, ENOSYS);
}

static void ask_anew(const char *mode)
{
	int v = lbtns_value(LBTNS_NAMES_ASK, mode), err;

	opt.sock.ask.mode = v < 0 ? 0xff : (uint8_t)v;
	err = lbtns_sock_ask(fd, &opt.sock.ask);
	if (err)
		emit_error(-1, "ask", -err);
	else
		emit(event("ask", -1));
}

static void command(char *line)
{
	char *word = strtok(line, " "), *arg = strtok(NULL, " ");
	char *rest = strtok(NULL, "");

	if (!word)
		return;
	if (!strcmp(word, "quit"))
		exit(0);
	else if (!strcmp(word, "info"))
		emit_info(-1, fd >= 0 ? fd : listener);
	else if (!strcmp(word, "send") && arg)
		say(arg, NULL);
	else if ((!strcmp(word, "add") || !strcmp(word, "delete")) && arg)
		change_addr(word, arg);
	else if (!strcmp(word, "connect") && arg)
		open_association(arg);
	else if (!strcmp(word, "ask") && arg)
		ask_anew(arg);
	else
		with_ends(word, arg, rest);
}

static void notification(const union sctp_notification *n)
{
	json_t *o = NULL;

	switch (n->sn_header.sn_type) {
	case SCTP_ASSOC_CHANGE:
		o = event(n->sn_assoc_change.sac_state == SCTP_COMM_UP ? "up" :
			  n->sn_assoc_change.sac_state == SCTP_COMM_LOST ?
									 "lost" :
									 "change",
			  -1);
		break;
	case SCTP_PEER_ADDR_CHANGE:
		o = event("path", -1);
		put_addr(o, "addr",
			 (const struct sockaddr *)&n->sn_paddr_change.spc_aaddr,
			 sizeof(n->sn_paddr_change.spc_aaddr));
		json_object_set_new(o, "state",
				    json_integer(n->sn_paddr_change.spc_state));
		break;
	}
	if (o)
		emit(o);
}

static void receive(void)
{
	union {
		union sctp_notification n;
		char text[65536];
	} buf;
	struct ends from = { .first_len = sizeof(from.first) };
	struct iovec iov = { .iov_base = buf.text,
			     .iov_len = sizeof(buf.text) - 1 };
	struct msghdr msg = { .msg_name = &from.first,
			      .msg_namelen = sizeof(from.first),
			      .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
	json_t *o;

	if (n <= 0) {
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			emit_error(-1, "recv", errno);
		else
			emit(event("eof", -1));
		if (opt.many || n < 0)
			return;
		close(fd);
		fd = -1;
		return;
	}
	if (msg.msg_flags & MSG_NOTIFICATION) {
		notification(&buf.n);
		return;
	}
	buf.text[n] = '\0';
	from.first_len = msg.msg_namelen;
	if (opt.sock.echo)
		say(buf.text, opt.many ? &from : NULL);
	o = event("data", -1);
	put_addr(o, "from", (struct sockaddr *)&from.first, msg.msg_namelen);
	json_object_set_new(o, "text", json_string(buf.text));
	emit(o);
}

static void options(int argc, char **argv)
{
	enum { DEV = SOCK_OWN, LISTEN, MANY, ONLY };
	static const struct option longs[] = {
		SOCK_OPTIONS,
		{ "dev", 1, NULL, DEV },	{ "listen", 0, NULL, LISTEN },
		{ "many", 0, NULL, MANY },	{ "only", 0, NULL, ONLY },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "6", longs, NULL)) != -1) {
		switch (c) {
		case DEV:
			opt.dev = optarg;
			break;
		case LISTEN:
			opt.listen = true;
			break;
		case MANY:
			opt.many = true;
			break;
		case ONLY:
			opt.only = true;
			break;
		default:
			if (!sock_option(&opt.sock, c, optarg))
				usage();
		}
	}
	if (optind != argc || opt.sock.timeout < 1)
		usage();
}

static void fail(const char *call)
{
	emit_error(-1, call, errno);
	exit(1);
}

static void open_socket(void)
{
	struct ends e;
	int one = 1;

	fd = socket(opt.sock.v6 ? AF_INET6 : AF_INET,
		    (opt.many ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC |
			    SOCK_NONBLOCK,
		    IPPROTO_SCTP);
	if (fd < 0)
		fail("socket");
	set_timers(fd);
	if (opt.only && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one)))
		fail("only");
	if (opt.sock.has_ask && lbtns_sock_ask(fd, &opt.sock.ask))
		fail("ask");
	if (opt.dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opt.dev,
				  (socklen_t)strlen(opt.dev) + 1))
		fail("device");
	if (opt.sock.bind && (!parse_copy(opt.sock.bind, &e) ||
			      setsockopt(fd, IPPROTO_SCTP,
					 SCTP_SOCKOPT_BINDX_ADD, e.buf,
					 e.len)))
		fail("bind");
	if (opt.listen && listen(fd, 8))
		fail("listen");
	emit(event("ready", -1));
	if (opt.sock.connect)
		open_association(opt.sock.connect);
	if (!opt.listen || opt.many)
		return;
	listener = fd;
	fd = -1;
}

static void take_one(void)
{
	int taken = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (taken < 0)
		return;
	if (fd >= 0)
		close(fd);
	fd = taken;
	emit(event("accepted", -1));
}

int main(int argc, char **argv)
{
	bool input = true;

	options(argc, argv);
	alarm((unsigned int)opt.sock.timeout);
	open_socket();
	for (;;) {
		struct pollfd p[3] = {
			{ .fd = input ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = fd, .events = POLLIN },
			{ .fd = listener, .events = POLLIN },
		};

		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents)
			input = read_lines(command);
		if (p[1].revents && fd == p[1].fd)
			receive();
		if (p[2].revents)
			take_one();
	}
}
