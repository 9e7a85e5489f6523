// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conversations: each end writes records that say whose they are and which in
 * line, and reads the other's. Nothing else may come, and nothing out of line.
 *
 * An end writes records only once it knows that it is latched to the right
 * peer by the right suite; what others may see before that is a greeting.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <netinet/tcp.h>

#include "tests/tools/torture.h"

#define RECORD		64	/* bytes, the last a newline */
#define AHEAD		64	/* records that the other has not read yet */
#define WINDOW		64	/* records that UDP may be out of order */
#define LOSS		8	/* records that UDP may be behind */
#define GREET		8	/* rounds from one greeting to the next */

/**
 * struct end - one end of a conversation
 * @fd: socket, or -1
 * @up: connected
 * @secured: latched to the right peer; this is what all of it is about
 * @fin: we said that we are done
 * @eof: the other did
 * @over: there is no connection any more
 * @hit: its latch broke or was closed
 * @id: of its latch, once secured
 * @sent: records
 * @got: records, or with UDP the number of the next that may come
 * @seen: with UDP, which of those before @got came
 * @rest: bytes of @out that are still to be written
 * @out: the record that is being written
 * @have: bytes of @in
 * @in: a record that is being read
 */
struct end {
	int fd;
	bool up, secured, fin, eof, over, hit;
	uint64_t id;
	unsigned long long sent, got, seen;
	size_t rest, have;
	char out[RECORD + 1], in[RECORD];
};

static struct conversation {
	bool open;
	unsigned int generation, greeted;
	uint16_t client;	/* port on host a */
	struct end end[HOSTS];
} conversations[SLOTS];

static int listeners[TCP_SLOTS];

enum { REPAIR_RECV = 1, REPAIR_SEND = 2, REPAIR_OFF_QUIET = -1 };

unsigned int slot_family(unsigned int slot)
{
	return slot & 1 ? V6 : V4;
}

uint8_t slot_proto(unsigned int slot)
{
	return slot < TCP_SLOTS ? IPPROTO_TCP : IPPROTO_UDP;
}

/* ---- sockets ----------------------------------------------------------- */

void host_addr(unsigned int host, unsigned int family, uint8_t *addr)
{
	static const char * const text[HOSTS][FAMILIES] = {
		{ "10.1.0.1", "fd00:1::1" },
		{ "10.2.0.1", "fd00:2::1" },
	};

	inet_pton(family == V4 ? AF_INET : AF_INET6, text[host][family], addr);
}

struct sockaddr_storage host_sockaddr(unsigned int host, unsigned int family,
				      uint16_t port)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 *in6 = (void *)&ss;
	struct sockaddr_in *in = (void *)&ss;

	if (family == V4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		host_addr(host, family, (uint8_t *)&in->sin_addr);
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		host_addr(host, family, (uint8_t *)&in6->sin6_addr);
	}
	return ss;
}

static void set(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

/* A socket of that host and slot, bound to that port, that has asked. */
static int make(unsigned int host, unsigned int slot, uint16_t port,
		unsigned int mode, unsigned int disposition)
{
	bool tcp = slot_proto(slot) == IPPROTO_TCP;
	unsigned int family = slot_family(slot);
	struct sockaddr_storage ss = host_sockaddr(host, family, port);
	struct btns_latch_ask ask = {
		.mode = (uint8_t)mode, .disposition = (uint8_t)disposition,
	};
	int fd, err;

	enter(host);
	fd = socket(ss.ss_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) |
				  SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fault("tool", "socket: %s", strerror(errno));
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (tcp)
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	err = mode || disposition ? lbtns_sock_ask(fd, &ask) : 0;
	if (err)
		fault("tool", "asking for a latch: %s", strerror(-err));
	if (bind(fd, (struct sockaddr *)&ss, sizeof(ss))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool call(int fd, unsigned int host, unsigned int slot, uint16_t port)
{
	struct sockaddr_storage ss =
		host_sockaddr(host, slot_family(slot), port);

	return !connect(fd, (struct sockaddr *)&ss, sizeof(ss)) ||
	       errno == EINPROGRESS;
}

static uint16_t server_port(unsigned int slot)
{
	return (uint16_t)(SERVER_PORT + slot);
}

/* Every other listener asks for a latch; the rest are latched unasked. */
void conn_start(void)
{
	unsigned int slot, host;

	for (slot = 0; slot < SLOTS; slot++)
		for (host = 0; host < HOSTS; host++)
			conversations[slot].end[host].fd = -1;
	for (slot = 0; slot < TCP_SLOTS; slot++) {
		unsigned int mode = slot & 2 ? BTNS_ASK_MODE_REQUIRE :
					       BTNS_ASK_MODE_DEFAULT;

		listeners[slot] = make(HOST_B, slot, server_port(slot), mode,
				       BTNS_DISPOSITION_DEFAULT);
		if (listeners[slot] < 0 || listen(listeners[slot], 8))
			fault("tool", "listen: %s", strerror(errno));
	}
}

void conn_end(void)
{
	unsigned int slot;

	for (slot = 0; slot < SLOTS; slot++)
		conn_close(slot, false);
	for (slot = 0; slot < TCP_SLOTS; slot++)
		close(listeners[slot]);
}

bool conn_is_open(unsigned int slot)
{
	struct conversation *c = &conversations[slot];

	return c->open && !c->end[HOST_A].over && !c->end[HOST_B].over;
}

void conn_open(unsigned int slot, unsigned int mode, unsigned int disposition)
{
	struct conversation *c = &conversations[slot];
	struct end *a = &c->end[HOST_A], *b = &c->end[HOST_B];

	conn_close(slot, false);
	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	b->fd = -1;
	c->generation++;
	c->greeted = 0;
	c->client = (uint16_t)(CLIENT_PORT + slot * CLIENT_PORTS +
			       c->generation % CLIENT_PORTS);
	c->open = true;
	counts.opened++;
	a->fd = make(HOST_A, slot, c->client, mode, disposition);
	if (slot_proto(slot) == IPPROTO_UDP)
		b->fd = make(HOST_B, slot, server_port(slot), mode,
			     disposition);
	a->over = a->fd < 0 || !call(a->fd, HOST_B, slot, server_port(slot));
	if (slot_proto(slot) == IPPROTO_UDP) {
		b->over = b->fd < 0 || !call(b->fd, HOST_A, slot, c->client);
		a->up = !a->over;
		b->up = !b->over;
	}
}

void conn_close(unsigned int slot, bool abort)
{
	const struct linger linger = { .l_onoff = 1 };
	struct conversation *c = &conversations[slot];
	unsigned int host;

	for (host = 0; host < HOSTS; host++) {
		struct end *e = &c->end[host];

		if (e->fd < 0)
			continue;
		if (abort)
			setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &linger,
				   sizeof(linger));
		close(e->fd);
		e->fd = -1;
		e->over = true;
	}
	c->open = false;
}

void conn_half_close(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];

	if (slot_proto(slot) != IPPROTO_TCP || !e->secured || e->over ||
	    e->fin || e->rest)
		return;
	e->fin = !shutdown(e->fd, SHUT_WR);
	e->over = e->fin && e->eof;
}

void conn_hit(unsigned int host, unsigned int slot, uint16_t client_port)
{
	struct conversation *c = &conversations[slot];

	if (c->open && c->client == client_port)
		c->end[host].hit = true;
}

/* ---- faults ------------------------------------------------------------ */

static char letter(unsigned int host)
{
	return host == HOST_A ? 'a' : 'b';
}

static bool explained(const struct conversation *c)
{
	return c->end[HOST_A].hit || c->end[HOST_B].hit ||
	       c->end[HOST_A].over || c->end[HOST_B].over;
}

/*
 * A connection ended. A break, or a close, of either end's latch does that, and
 * so does an end that is gone; nobody else can.
 */
static void ended(unsigned int slot, unsigned int host, const char *how)
{
	struct conversation *c = &conversations[slot];
	struct end *e = &c->end[host];

	if (e->up) {
		watch_events();
		if (!explained(c))
			fault("delivered",
			      "slot %u: host %c's connection: %s, and neither latch broke",
			      slot, letter(host), how);
	}
	e->over = true;
}

/* Nothing arrives by, or from, an end that is cut off (L45, L46). */
static void check_cut_off(unsigned int slot, unsigned int host)
{
	struct conversation *c = &conversations[slot];
	unsigned int h;

	for (h = 0; h < HOSTS; h++) {
		if (!watch_cut_off(h, c->end[h].id))
			continue;
		watch_events();
		if (watch_cut_off(h, c->end[h].id))
			fault("delivered",
			      "slot %u: host %c reads a record, and host %c's latch is broken",
			      slot, letter(host), letter(h));
	}
}

/* ---- records ----------------------------------------------------------- */

static void make_record(char *out, unsigned int slot, unsigned int host,
			unsigned long long n)
{
	int len = snprintf(out, RECORD + 1, MARK_RECORD "%02u %06u %c %012llu ",
			   slot, conversations[slot].generation, letter(host),
			   n);

	while (len < RECORD)
		len += snprintf(out + len, (size_t)(RECORD + 1 - len), "%s",
				MARK_RECORD);
	out[RECORD - 1] = '\n';
}

/* The next record of the other end, and no other. */
static void take(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];
	char want[RECORD + 1];

	make_record(want, slot, !host, e->got);
	if (memcmp(e->in, want, RECORD))
		fault("delivered",
		      "slot %u: host %c reads \"%.40s\" and not record %llu",
		      slot, letter(host), e->in, e->got);
	check_cut_off(slot, host);
	e->got++;
	e->have = 0;
	counts.got++;
}

/*
 * Two CPUs may send, so that neighbours change places; but none comes twice.
 * False if record @n cannot come any more.
 */
static bool comes_once(struct end *e, unsigned long long n)
{
	unsigned long long ahead;

	if (n < e->got) {
		ahead = e->got - 1 - n;
		if (ahead >= WINDOW || e->seen & 1ULL << ahead)
			return false;
		e->seen |= 1ULL << ahead;
		return true;
	}
	ahead = n + 1 - e->got;
	e->seen = ahead < WINDOW ? e->seen << ahead | 1 : 1;
	e->got = n + 1;
	return true;
}

/* A datagram: a greeting, or a record that has not come yet. */
static void take_datagram(unsigned int slot, unsigned int host, char *p,
			  size_t len)
{
	struct end *e = &conversations[slot].end[host];
	char want[RECORD + 1];
	unsigned long long n;

	if (!e->secured)
		return;
	p[len] = '\0';
	if (!strncmp(p, MARK_HELLO, strlen(MARK_HELLO)))
		return;
	if (sscanf(p, MARK_RECORD "%*u %*u %*c %llu", &n) != 1)
		n = 0;
	make_record(want, slot, !host, n);
	if (len != RECORD || memcmp(p, want, RECORD) || !comes_once(e, n))
		fault("delivered",
		      "slot %u: host %c reads a datagram \"%.40s\", after %llu",
		      slot, letter(host), p, e->got);
	check_cut_off(slot, host);
	counts.got++;
}

static void read_udp(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];
	char buf[4 * RECORD];
	unsigned int i;
	ssize_t n;

	/* an error is for the program, and says nothing of what follows */
	for (i = 0; i < AHEAD; i++) {
		n = recv(e->fd, buf, sizeof(buf) - 1, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n >= 0)
			take_datagram(slot, host, buf, (size_t)n);
	}
}

static void read_eof(unsigned int slot, unsigned int host)
{
	struct conversation *c = &conversations[slot];
	struct end *e = &c->end[host], *other = &c->end[!host];

	if (!other->fin)
		ended(slot, host, "end of file");
	else if (!explained(c) && (e->have || e->got != other->sent))
		fault("delivered",
		      "slot %u: host %c reads the end after %llu of %llu records",
		      slot, letter(host), e->got, other->sent);
	e->eof = true;
	e->over = e->over || e->fin;
}

static void read_tcp(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];
	ssize_t n;

	while (!e->over && !e->eof) {
		n = recv(e->fd, e->in + e->have, RECORD - e->have, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			ended(slot, host, strerror(errno));
		} else if (!n) {
			read_eof(slot, host);
		} else {
			e->have += (size_t)n;
			if (e->have == RECORD)
				take(slot, host);
		}
	}
}

/* What reads nothing any more hears of an end in no other way. */
static bool is_dead(const struct end *e)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return e->eof && !getsockopt(e->fd, IPPROTO_TCP, TCP_INFO, &info,
				     &len) &&
	       info.tcpi_state == TCP_CLOSE;
}

/* One more record, or what is left of the last. */
static void write_one(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];
	bool tcp = slot_proto(slot) == IPPROTO_TCP;
	ssize_t n;

	if (!e->rest) {
		make_record(e->out, slot, host, e->sent);
		e->rest = RECORD;
	}
	n = send(e->fd, e->out + RECORD - e->rest, e->rest, MSG_NOSIGNAL);
	if (n > 0) {
		e->rest -= (size_t)n;
		e->sent += !e->rest;
		counts.sent += !e->rest;
	} else if (n < 0 && tcp && errno != EAGAIN) {
		ended(slot, host, strerror(errno));
	}
}

/* ---- who may write ----------------------------------------------------- */

/* Is this end latched as it should be? */
static bool is_good(const struct end *e, unsigned int host, uint64_t *id)
{
	struct btns_latch_info info;

	if (lbtns_sock_info(e->fd, &info) || !watch_good(host, &info))
		return false;
	*id = info.id;
	return true;
}

/* A connection that is not latched to whom it should be is of no use. */
static void secure_tcp(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];

	e->up = true;
	e->secured = is_good(e, host, &e->id);
	if (e->secured)
		counts.latched++;
	else
		conn_close(slot, false);
}

/* What came before the latch may be anybody's. */
static void secure_udp(unsigned int slot, unsigned int host)
{
	struct end *e = &conversations[slot].end[host];

	send(e->fd, MARK_HELLO, strlen(MARK_HELLO), MSG_NOSIGNAL);
	if (!is_good(e, host, &e->id))
		return;
	read_udp(slot, host);
	e->secured = true;
	counts.latched++;
}

static void finish_connect(unsigned int slot)
{
	struct end *e = &conversations[slot].end[HOST_A];
	struct pollfd pfd = { .fd = e->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&pfd, 1, 0) <= 0)
		return;
	if (getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &err, &len) || err)
		e->over = true;
	else
		secure_tcp(slot, HOST_A);
}

/* One that nobody waits for is of a client that is gone. */
static void finish_accept(unsigned int slot)
{
	struct conversation *c = &conversations[slot];
	struct sockaddr_storage ss, want;
	socklen_t len = sizeof(ss);
	int fd;

	fd = accept4(listeners[slot], (struct sockaddr *)&ss, &len,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	want = host_sockaddr(HOST_A, slot_family(slot), c->client);
	/* the ports are at one place in both families */
	if (!c->open || c->end[HOST_B].fd >= 0 || c->end[HOST_B].over ||
	    ((struct sockaddr_in *)&ss)->sin_port !=
		    ((struct sockaddr_in *)&want)->sin_port) {
		close(fd);
		return;
	}
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	c->end[HOST_B].fd = fd;
	secure_tcp(slot, HOST_B);
}

static void pump_end(unsigned int slot, unsigned int host, unsigned int burst)
{
	struct conversation *c = &conversations[slot];
	struct end *e = &c->end[host];
	bool tcp = slot_proto(slot) == IPPROTO_TCP;

	if (e->fd < 0 || e->over || !e->up)
		return;
	if (tcp)
		read_tcp(slot, host);
	else
		read_udp(slot, host);
	if (tcp && is_dead(e))
		ended(slot, host, "closed");
	if (!tcp && !e->secured && !(c->greeted % GREET))
		secure_udp(slot, host);
	if (!tcp && !burst)
		burst = 1;
	while (burst-- && e->secured && !e->over && !e->fin &&
	       (!tcp || e->sent < c->end[!host].got + AHEAD))
		write_one(slot, host);
}

/* @burst: records that an end writes at most; with 0 TCP writes none */
void conn_pump(unsigned int burst)
{
	unsigned int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		struct conversation *c = &conversations[slot];
		struct end *a = &c->end[HOST_A];

		if (slot_proto(slot) == IPPROTO_TCP)
			finish_accept(slot);
		if (!c->open)
			continue;
		if (a->fd >= 0 && !a->up && !a->over)
			finish_connect(slot);
		pump_end(slot, HOST_A, burst);
		pump_end(slot, HOST_B, burst);
		c->greeted++;
	}
}

/* ---- what others ask --------------------------------------------------- */

/* Every end that is alive has the latch that it began with (N03, N05). */
const char *conn_unlatched(unsigned int host, const uint64_t *ids, size_t n)
{
	static char why[80];
	unsigned int slot;
	size_t i;

	for (slot = 0; slot < SLOTS; slot++) {
		const struct end *e = &conversations[slot].end[host];

		if (!conversations[slot].open || !e->secured || e->over)
			continue;
		for (i = 0; i < n && ids[i] != e->id; i++)
			;
		if (i < n)
			continue;
		snprintf(why, sizeof(why),
			 "slot %u: host %c has lost latch %llu, and is connected",
			 slot, letter(host), (unsigned long long)e->id);
		return why;
	}
	return NULL;
}

static bool talks(const struct conversation *c)
{
	unsigned int h;

	for (h = 0; h < HOSTS; h++) {
		const struct end *e = &c->end[h];

		if (!c->open || !e->secured || e->over || e->fin ||
		    !watch_established(h, e->id))
			return false;
	}
	return true;
}

const char *conn_missing(void)
{
	static char why[80];
	unsigned int slot, h;

	for (slot = 0; slot < SLOTS; slot++) {
		const struct conversation *c = &conversations[slot];
		unsigned int loss = slot_proto(slot) == IPPROTO_UDP ? LOSS : 0;

		for (h = 0; h < HOSTS && talks(c); h++) {
			if (c->end[h].sent <= c->end[!h].got + loss)
				continue;
			snprintf(why, sizeof(why),
				 "slot %u: host %c said %llu, the other heard %llu",
				 slot, letter(h), c->end[h].sent,
				 c->end[!h].got);
			return why;
		}
	}
	return NULL;
}

/* The number of the next byte that a socket waits for. */
static bool expects(int fd, uint32_t *seq)
{
	socklen_t len = sizeof(*seq);
	int one = 1, queue = REPAIR_RECV, off = REPAIR_OFF_QUIET;
	bool ok;

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)))
		return false;
	ok = !setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
			 sizeof(queue)) &&
	     !getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, seq, &len);
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)))
		fault("tool", "TCP_REPAIR: %s", strerror(errno));
	return ok;
}

bool conn_numbers(unsigned int slot, unsigned int host, uint16_t *client_port,
		  uint32_t *seq, uint32_t *ack)
{
	struct conversation *c = &conversations[slot];
	struct end *to = &c->end[host], *from = &c->end[!host];

	*client_port = c->client;
	if (!conn_is_open(slot) || !to->up || !from->up)
		return false;
	return slot_proto(slot) == IPPROTO_UDP ||
	       (expects(to->fd, seq) && expects(from->fd, ack));
}
