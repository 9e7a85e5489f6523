// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * optfuzz: the structs of BTNS_SO_LATCH and BTNS_SO_LATCH_PEER, nearly right, to
 * sockets of all kinds, in a network namespace of its own. Each step takes a seed
 * (an octet for the option, one for the kind of socket, the struct), changes some
 * of it and of the length that goes with it, and gives it to setsockopt() and
 * getsockopt(). What is refused must leave the socket's ask as it was; what is
 * taken must be what linux/btns_sockopt.h allows; what is read must be zero where
 * there is no latch, and end where its length says. Prints KTAP; the seed of a
 * run gives the same calls.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/btns_sockopt.h>

#include "libbtns/btns.h"
#include "tests/tools/mutate.h"
#include "tests/tools/sockopt_raw.h"

#define BLOB_MAX	16384
/* what the kernel must not touch */
#define GUARD		0xa5
/* what the struct was when it was new */
#define FIRST_SIZE	44
/* the knobs of a new namespace: latch_auto is 1, latch_disposition reset */
#define MODE_DEFAULT	BTNS_ASK_MODE_PREFER
#define DISPOSITION_DEFAULT	BTNS_DISPOSITION_RESET

static uint64_t rng;

enum kind { TCP4, TCP6, UDP4, UDP6, SCTP4, LISTEN4, UDP4_BOUND, RAW4, KINDS };

/* What was taken, so that a run shows what it reached. */
struct counts {
	uint64_t step;
	uint64_t set;
	uint64_t set_long;
	uint64_t get;
	uint64_t get_peer;
};

/* A call each way: @told octets of @blob are set, @room are read. */
struct call {
	const struct seed *from;
	int opt;
	enum kind kind;
	uint8_t blob[BLOB_MAX];
	size_t len;	/* of the blob */
	unsigned int told;
	int room;
};

static int level_of(enum kind kind)
{
	return kind == TCP6 || kind == UDP6 ? SOL_IPV6 : SOL_IP;
}

/* -1 without SCTP in the kernel */
static int open_socket(enum kind kind)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd;

	switch (kind) {
	case TCP4:
	case LISTEN4:
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		break;
	case TCP6:
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
		break;
	case UDP6:
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		break;
	case SCTP4:
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
			      IPPROTO_SCTP);
	case RAW4:
		fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 253);
		break;
	default:
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (fd < 0) {
		perror("Bail out! socket");
		exit(1);
	}
	if ((kind == LISTEN4 || kind == UDP4_BOUND) &&
	    (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	     (kind == LISTEN4 && listen(fd, 1)))) {
		perror("Bail out! bind");
		exit(1);
	}
	return fd;
}

/* ---- what may be taken -------------------------------------------------- */

static bool zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	for (; len && !*b; len--)
		b++;
	return !len;
}

static bool padded(const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	return len < size && zero(s + len, size - len);
}

/* Members without their flag, and the other way round. */
static bool flags_ok(const struct btns_latch_ask *a)
{
	bool require = a->mode == BTNS_ASK_MODE_REQUIRE;
	bool qop = a->protection || a->enc_keybits || a->enc[0] || a->auth[0];
	uint32_t need = BTNS_ASK_F_PEER | BTNS_ASK_F_LOCAL | BTNS_ASK_F_QOP |
			BTNS_ASK_F_NARROW | BTNS_ASK_F_PROTECT;

	if (a->flags & need && !require)
		return false;
	if (a->flags & BTNS_ASK_F_PEER ?
		    !a->peer_type || a->peer_type > BTNS_ID_TYPE_KEY_ID ||
		    a->peer_method > BTNS_AUTH_METHOD_MANUAL :
		    a->peer_type || a->peer_method ||
		    !zero(a->peer, sizeof(a->peer)))
		return false;
	if (a->flags & BTNS_ASK_F_LOCAL ?
		    !a->local_type || a->local_type > BTNS_ID_TYPE_KEY_ID :
		    a->local_type || !zero(a->local, sizeof(a->local)))
		return false;
	if (a->flags & BTNS_ASK_F_BYPASS &&
	    (a->flags != BTNS_ASK_F_BYPASS || a->mode != BTNS_ASK_MODE_OFF))
		return false;
	return qop == !!(a->flags & BTNS_ASK_F_QOP);
}

static bool kind_ok(const struct btns_latch_ask *a, enum kind kind)
{
	uint32_t tcp = BTNS_ASK_F_NARROW | BTNS_ASK_F_PROTECT |
		       BTNS_ASK_F_BYPASS;

	if (kind == RAW4 || (kind == SCTP4 && a->flags & BTNS_ASK_F_NOTIFY))
		return false;
	return kind == TCP4 || kind == TCP6 || kind == LISTEN4 ||
	       !(a->flags & tcp);
}

/* Is it an ask, as the header has it? */
static bool ask_ok(const uint8_t *blob, size_t len, enum kind kind)
{
	size_t known = len < sizeof(struct btns_latch_ask) ?
			       len : sizeof(struct btns_latch_ask);
	struct btns_latch_ask a;

	memset(&a, 0, sizeof(a));
	memcpy(&a, blob, known);
	return len >= FIRST_SIZE && len <= 4096 && a.size == len &&
	       zero(blob + known, len - known) && kind_ok(&a, kind) &&
	       a.flags < BTNS_ASK_F_NOTIFY << 1 && zero(a.resv, sizeof(a.resv)) &&
	       a.mode <= BTNS_ASK_MODE_REQUIRE &&
	       a.disposition <= BTNS_DISPOSITION_UNREACHABLE &&
	       padded(a.enc, sizeof(a.enc)) && padded(a.auth, sizeof(a.auth)) &&
	       !(a.protection & ~(BTNS_PROTECTION_CONFIDENTIALITY |
				  BTNS_PROTECTION_INTEGRITY)) &&
	       a.enc_keybits <= UINT16_MAX && flags_ok(&a);
}

static bool peer_ok(const struct btns_latch_peer *p)
{
	if (p->size != sizeof(*p) || !p->rport)
		return false;
	if (p->family == AF_INET)
		return zero(p->raddr + 4, 12) && zero(p->laddr + 4, 12);
	return p->family == AF_INET6;
}

/* ---- what is read ------------------------------------------------------- */

/*
 * What a socket without a conversation reads: what it asked for, and if it listens
 * what it waits for. Numbers of latches and ports, and why there is no latch, are
 * taken from @now.
 */
static void expect(const struct btns_latch_info *now,
		   const struct btns_latch_ask *ask, enum kind kind,
		   struct btns_latch_info *info)
{
	memset(info, 0, sizeof(*info));
	info->ask_mode = ask->mode ?: MODE_DEFAULT;
	info->disposition = ask->disposition ?: DISPOSITION_DEFAULT;
	if (kind != LISTEN4 || !ask->size ||
	    info->ask_mode == BTNS_ASK_MODE_OFF) {
		info->reason = now->reason;
		return;
	}
	info->id = now->id;
	info->state = BTNS_LATCH_STATE_LISTENER;
	info->inner_local.family = AF_INET;
	info->inner_local.port = now->inner_local.port;
	info->inner_remote.family = AF_INET;
	info->peer.type = ask->peer_type;
	info->peer.method = ask->peer_method;
	memcpy(info->peer.digest, ask->peer, sizeof(ask->peer));
	info->protection = ask->protection;
	info->enc_keybits = ask->enc_keybits;
	memcpy(info->enc, ask->enc, sizeof(info->enc));
	memcpy(info->auth, ask->auth, sizeof(info->auth));
	info->local.type = ask->local_type;
	memcpy(info->local.digest, ask->local, sizeof(ask->local));
}

/* Is that what @info says, as far as it goes? It has @room octets. */
static const char *info_fault(const struct btns_latch_info *info, size_t room,
			      const struct btns_latch_ask *ask, enum kind kind)
{
	struct btns_latch_info now = { 0 }, want;

	if (room > sizeof(now))
		return "more is read than there is";
	memcpy(&now, info, room);
	if (now.size != room)
		return "the size that is read is not what was filled";
	expect(&now, ask, kind, &want);
	want.size = now.size;
	if (memcmp(&now, &want, room)) {
		run_show("read", (void *)&now, room);
		run_show("wanted", (void *)&want, room);
		return "what is read is not what was asked for";
	}
	return want.state && room >= offsetof(struct btns_latch_info, parent) &&
	       !now.id ? "a listener has no latch" : NULL;
}

/* The room for one is filled with zeros, but for the size. */
static bool no_latch(const struct btns_latch_info *info, size_t room)
{
	struct btns_latch_info now = { 0 };

	if (room > sizeof(now))
		return false;
	memcpy(&now, info, room);
	return now.size == room &&
	       zero((uint8_t *)&now + sizeof(now.size),
		    sizeof(now) - sizeof(now.size));
}

/* All that a refused call could have changed. */
static bool read_ask(int fd, enum kind kind, struct btns_latch_info *info)
{
	int len = sizeof(*info), err;

	memset(info, 0, sizeof(*info));
	err = opt_get(fd, level_of(kind), BTNS_SO_LATCH, info, &len);
	return !err || (kind == RAW4 && err == EPROTONOSUPPORT);
}

/* What an attempt to read gives: errors that the header names. */
static bool error_ok(int err)
{
	return err == EINVAL || err == EPROTONOSUPPORT || err == EFAULT ||
	       err == EDESTADDRREQ || err == ENOPROTOOPT;
}

/* From @from on, nobody wrote. */
static bool guarded(const uint8_t *buf, size_t from, size_t size)
{
	for (; from < size; from++)
		if (buf[from] != GUARD)
			return false;
	return true;
}

/* The option with @blob in it, into @room bytes; @ask is what holds. */
static const char *read_back(int fd, const struct call *call,
			     const struct btns_latch_ask *ask, struct counts *n)
{
	static uint8_t buf[BLOB_MAX];
	struct btns_latch_peer peer;
	size_t in_place = call->opt == BTNS_SO_LATCH_PEER ? sizeof(peer) : 0;
	int out = call->room, err;

	memset(buf, GUARD, sizeof(buf));
	memcpy(buf, call->blob, call->len < in_place ? call->len : in_place);
	memcpy(&peer, buf, sizeof(peer));
	err = opt_get(fd, level_of(call->kind), call->opt, buf, &out);
	if (err)
		return !guarded(buf, in_place, sizeof(buf)) ?
			       "getsockopt() fails, and writes" :
		       error_ok(err) ? NULL :
			       "getsockopt() fails with what the header does not name";
	if (call->room < 0 || out > call->room || out > (int)sizeof(buf))
		return "more is read than there is room for";
	if (!guarded(buf, (size_t)out > in_place ? (size_t)out : in_place,
		     sizeof(buf)))
		return "more is written than is told";
	if (call->kind == RAW4)
		return "a raw socket has a latch";
	if (call->opt == BTNS_SO_LATCH) {
		n->get++;
		return info_fault((void *)buf, (size_t)out, ask, call->kind);
	}
	n->get_peer++;
	if (!peer_ok(&peer) || peer.id || (size_t)out < sizeof(peer))
		return "a peer that is none is looked up";
	return no_latch((void *)(buf + sizeof(peer)),
			(size_t)out - sizeof(peer)) ? NULL :
	       "a peer to whom nobody talks has a latch";
}

/* ---- a run -------------------------------------------------------------- */

/* A seed, as it is. */
static struct call *call_of(const struct seed *s)
{
	static struct call call;

	memset(&call, 0, sizeof(call));
	call.from = s;
	call.opt = BTNS_SO_LATCH + (s->data[0] & 1);
	call.kind = s->data[1] % KINDS;
	call.len = s->len - 2;
	memcpy(call.blob, s->data + 2, call.len);
	call.told = (unsigned int)call.len;
	call.room = sizeof(struct btns_latch_of);
	return &call;
}

static void make(const struct corpus *c, struct call *call)
{
	const struct seed *s = &c->seeds[mutate_below(&rng, c->count)];
	unsigned int n = (unsigned int)mutate_below(&rng, 5);
	uint32_t size;

	*call = *call_of(s);
	if (!mutate_below(&rng, 3))
		call->kind = (enum kind)mutate_below(&rng, KINDS);
	for (; n; n--)
		call->len = mutate_bytes(&rng, call->blob, call->len,
					 sizeof(call->blob));
	size = (uint32_t)call->len;
	/* or nothing but the first check is ever reached */
	if (call->len >= 4 && mutate_below(&rng, 4))
		memcpy(call->blob, &size, sizeof(size));
	call->told = size;
	if (!mutate_below(&rng, 16))
		call->told = (unsigned int)mutate_odd_number(&rng);
	if (call->told > sizeof(call->blob) && call->told <= INT32_MAX)
		call->told %= sizeof(call->blob) + 1;
	call->room = (int)mutate_below(&rng, 1200);
	if (!mutate_below(&rng, 8))
		call->room = (int)mutate_odd_number(&rng);
	/* the guard has to see it */
	if (call->room > BLOB_MAX)
		call->room %= BLOB_MAX + 1;
}

/* @ask becomes what holds then. */
static const char *try_set(int fd, const struct call *call,
			   struct btns_latch_ask *ask, struct counts *n)
{
	size_t known = call->told < sizeof(*ask) ? call->told : sizeof(*ask);
	struct btns_latch_info before, after;
	int err;

	if (!read_ask(fd, call->kind, &before))
		return "the ask cannot be read";
	err = opt_set(fd, level_of(call->kind), call->opt, call->blob, call->told);
	if (!read_ask(fd, call->kind, &after))
		return "the ask cannot be read any more";
	if (err)
		return memcmp(&before, &after, sizeof(after)) ?
			       "refused, and the socket's ask is another" : NULL;
	if (call->opt == BTNS_SO_LATCH_PEER)
		return "a socket without a latch is told to keep one";
	if (call->told > sizeof(call->blob) ||
	    !ask_ok(call->blob, call->told, call->kind))
		return "taken, and it is no ask";
	memset(ask, 0, sizeof(*ask));
	memcpy(ask, call->blob, known);
	n->set++;
	if (call->told > sizeof(*ask))
		n->set_long++;
	return info_fault(&after, after.size, ask, call->kind);
}

static const char *step(const struct call *call, struct counts *n)
{
	struct btns_latch_ask ask = { 0 };
	const char *fault;
	int fd = open_socket(call->kind), i;

	if (fd < 0)
		return NULL;
	/* the second has the ask of the first to keep */
	for (fault = NULL, i = 0; !fault && i < 2; i++)
		fault = try_set(fd, call, &ask, n);
	if (!fault)
		fault = read_back(fd, call, &ask, n);
	close(fd);
	return fault;
}

/* Seeds are taken unchanged, or ask what can be answered. */
static bool seeds(const struct corpus *c)
{
	unsigned int bad = 0;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct call *call = call_of(&c->seeds[i]);
		int fd = open_socket(call->kind);
		struct btns_latch_ask ask = { 0 };
		struct counts n = { 0 };
		const char *fault;

		if (fd < 0)
			continue;
		fault = try_set(fd, call, &ask, &n) ?:
			read_back(fd, call, &ask, &n);
		if (call->opt == BTNS_SO_LATCH ? !n.set : !n.get_peer)
			fault = "is refused";
		close(fd);
		if (!fault)
			continue;
		printf("# %s: %s\n", call->from->name, fault);
		bad++;
	}
	printf("%s 1 L11 %zu structs as they should be are taken\n",
	       bad ? "not ok" : "ok", c->count);
	return !bad;
}

static bool steps(const struct run *run, const struct corpus *c)
{
	uint64_t began = run_now();
	const char *fault = NULL;
	struct counts n = { 0 };
	static struct call call;

	while (!fault && !run_over(run, n.step, began)) {
		make(c, &call);
		fault = step(&call, &n);
		n.step++;
	}
	printf("%s 2 L11 %llu structs that are nearly right: no change, or all is in order\n",
	       fault ? "not ok" : "ok", (unsigned long long)n.step);
	printf("# set %llu, %llu of them longer than the kernel's, read %llu, of peers %llu\n",
	       (unsigned long long)n.set, (unsigned long long)n.set_long,
	       (unsigned long long)n.get, (unsigned long long)n.get_peer);
	if (fault) {
		printf("# step %llu, from %s: option %d, socket %d, length %u, room %d: %s\n",
		       (unsigned long long)n.step, call.from->name,
		       call.opt - BTNS_SO_LATCH, call.kind, call.told,
		       call.room, fault);
		run_show("given", call.blob, call.len);
	}
	return !fault;
}

/* The sockets are closed: nobody asks for anything. */
static bool nobody_asks(void)
{
	struct lbtns_status st = { 0 };
	struct lbtns *h;
	unsigned int i;
	bool gone = false;

	if (lbtns_open(&h))
		return false;
	for (i = 0; i < 400 && !gone; i++) {
		usleep(50000);
		if (lbtns_status_get(h, &st))
			break;
		gone = !st.asks && !st.latches && !st.idents;
	}
	lbtns_close(h);
	printf("%s 3 L17 the sockets are closed, and what they asked for goes (%u asks)\n",
	       gone ? "ok" : "not ok", st.asks);
	return gone;
}

int main(int argc, char **argv)
{
	struct run run;
	bool ok;

	run_begin(&run, argc, argv, 2, BLOB_MAX);
	run_plan(&run, 3);
	rng = run.seed;
	ok = seeds(&run.corpus);
	ok = steps(&run, &run.corpus) && ok;
	ok = nobody_asks() && ok;
	corpus_free(&run.corpus);
	return ok ? 0 : 1;
}
