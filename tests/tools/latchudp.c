// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * latchudp: a UDP socket that asks for latches, is told what to say to whom on
 * standard input, and tells all that happens to it as JSON lines.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/sockjson.h"

static struct {
	struct sock_opts sock;
	bool recverr;
} opt = { .sock.timeout = 60 };

static int fd;

static void usage(void)
{
	fputs("usage: latchudp [OPTIONS]\n"
	      "  -6                 an IPv6 socket (for IPv4 too)\n"
	      "  --bind HOST,PORT   local end\n"
	      "  --connect HOST,PORT\n"
	      "  --ask MODE         require, prefer, off or default\n"
	      "  --peer IDENTITY    only this peer\n"
	      "  --disposition D    wait, reset or unreachable\n"
	      "  --notify           take notes from the error queue\n"
	      "  --recverr          take errors of single peers\n"
	      "  --echo             send back what comes\n"
	      "  --timeout S        give up after so many seconds (60)\n"
	      "commands: send TEXT, big BYTES TEXT, sendto HOST,PORT TEXT, connect HOST,PORT,\n"
	      "  info, of HOST,PORT, pin HOST,PORT ID, ask MODE, quit\n",
	      stderr);
	exit(2);
}

/* "HOST,PORT"; the text is cut at the comma for a moment only */
static bool parse(const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	struct addrinfo hints = {
		.ai_family = opt.sock.v6 ? AF_INET6 : AF_INET,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
			    (opt.sock.v6 ? AI_V4MAPPED : 0),
	};
	char host[128];
	const char *comma = strchr(text, ',');
	struct addrinfo *ai;

	if (!comma || (size_t)(comma - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(comma - text));
	host[comma - text] = '\0';
	if (getaddrinfo(host, comma + 1, &hints, &ai))
		return false;
	memcpy(ss, ai->ai_addr, ai->ai_addrlen);
	*len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return true;
}

static void done(const char *call, int err)
{
	json_t *o;

	if (err) {
		emit_error(-1, call, err);
		return;
	}
	o = event("did", -1);
	json_object_set_new(o, "call", json_string(call));
	emit(o);
}

static void apply_ask(void)
{
	done("ask", -lbtns_sock_ask(fd, &opt.sock.ask));
}

static void send_text(const char *text, const struct sockaddr_storage *to,
		      socklen_t len)
{
	ssize_t n = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			   (const struct sockaddr *)to, len);

	done("send", n < 0 ? errno : 0);
}

/* TEXT and so many bytes in all: more than fits into one packet */
static void send_big(size_t size, const char *text)
{
	static char buf[65536];

	if (size >= sizeof(buf) || strlen(text) > size) {
		done("send", EMSGSIZE);
		return;
	}
	memset(buf, 'x', size);
	memcpy(buf, text, strlen(text));
	buf[size] = '\0';
	send_text(buf, NULL, 0);
}

static void show_peer(const struct sockaddr_storage *peer)
{
	struct btns_latch_info in;
	int err = lbtns_sock_peer_info(fd, (const struct sockaddr *)peer, NULL,
				       &in);
	json_t *o;

	if (err) {
		emit_error(-1, "of", -err);
		return;
	}
	o = event("of", -1);
	put_info(o, &in);
	emit(o);
}

static void command(char *line)
{
	char *word = strtok(line, " "), *arg = strtok(NULL, " ");
	char *rest = strtok(NULL, "");
	struct sockaddr_storage ss;
	socklen_t len = 0;
	int v;

	if (!word)
		return;
	if (!strcmp(word, "quit")) {
		exit(0);
	} else if (!strcmp(word, "info")) {
		emit_info(-1, fd);
	} else if (!strcmp(word, "send") && arg) {
		send_text(arg, NULL, 0);
	} else if (!strcmp(word, "big") && arg && rest) {
		send_big(strtoul(arg, NULL, 10), rest);
	} else if (!strcmp(word, "ask") && arg) {
		v = lbtns_value(LBTNS_NAMES_ASK, arg);
		opt.sock.ask.mode = v < 0 ? 0xff : (uint8_t)v;
		apply_ask();
	} else if (!arg || !parse(arg, &ss, &len)) {
		emit_error(-1, word, EINVAL);
	} else if (!strcmp(word, "sendto") && rest) {
		send_text(rest, &ss, len);
	} else if (!strcmp(word, "connect")) {
		done("connect", connect(fd, (struct sockaddr *)&ss, len) ?
					errno : 0);
	} else if (!strcmp(word, "of")) {
		show_peer(&ss);
	} else if (!strcmp(word, "pin") && rest) {
		done("pin", -lbtns_sock_peer_pin(fd, (struct sockaddr *)&ss,
						 NULL, strtoull(rest, NULL, 10)));
	} else {
		emit_error(-1, word, ENOSYS);
	}
}

static void receive(void)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char buf[65536];
	ssize_t n = recvfrom(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);
	json_t *o;

	if (n < 0) {
		if (errno != EAGAIN)
			emit_error(-1, "recv", errno);
		return;
	}
	buf[n] = '\0';
	if (opt.sock.echo)
		send_text(buf, &from, len);
	buf[n > 200 ? 200 : n] = '\0';
	o = event("data", -1);
	put_addr(o, "from", (struct sockaddr *)&from, len);
	json_object_set_new(o, "bytes", json_integer(n));
	json_object_set_new(o, "text", json_string(buf));
	emit(o);
}

static void options(int argc, char **argv)
{
	enum { NOTIFY = SOCK_OWN, RECVERR };
	static const struct option longs[] = {
		SOCK_OPTIONS,
		{ "notify", 0, NULL, NOTIFY },
		{ "recverr", 0, NULL, RECVERR },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "6", longs, NULL)) != -1) {
		switch (c) {
		case NOTIFY:
			opt.sock.has_ask = true;
			opt.sock.ask.flags |= BTNS_ASK_F_NOTIFY;
			break;
		case RECVERR:
			opt.recverr = true;
			break;
		default:
			if (!sock_option(&opt.sock, c, optarg))
				usage();
		}
	}
	if (optind != argc || opt.sock.timeout < 1)
		usage();
}

static void open_socket(void)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int one = 1;

	fd = socket(opt.sock.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		emit_error(-1, "socket", errno);
		exit(1);
	}
	if (opt.recverr)
		setsockopt(fd, opt.sock.v6 ? SOL_IPV6 : SOL_IP,
			   opt.sock.v6 ? IPV6_RECVERR : IP_RECVERR, &one,
			   sizeof(one));
	if (opt.sock.has_ask)
		apply_ask();
	if (opt.sock.bind && (!parse(opt.sock.bind, &ss, &len) ||
			      bind(fd, (struct sockaddr *)&ss, len))) {
		emit_error(-1, "bind", errno);
		exit(1);
	}
	if (opt.sock.connect && (!parse(opt.sock.connect, &ss, &len) ||
				 connect(fd, (struct sockaddr *)&ss, len))) {
		emit_error(-1, "connect", errno);
		exit(1);
	}
	emit(event("ready", -1));
}

int main(int argc, char **argv)
{
	bool input = true;

	options(argc, argv);
	alarm((unsigned int)opt.sock.timeout);
	open_socket();
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = input ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			input = read_lines(command);
		if (!p[0].revents)
			continue;
		if (!(p[0].revents & POLLERR) || !emit_notes(-1, fd))
			receive();
	}
}
