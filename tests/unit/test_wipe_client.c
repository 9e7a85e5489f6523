// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that the reader sends to the broker, or gets from it, leave nothing
 * behind in the reader: not in the message that took them there, not in an answer
 * or event that is cut off, not in requests that come to nothing. The broker is a
 * socket with the answer in it before it is asked. (Broker and reader are one
 * process here: what the broker's end has is wiped by the test.)
 */
#include "ktap.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd/broker/client_ask.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/wire.h"
#include "remains.h"
#include "world.h"

void __real_free(void *p);
void __wrap_free(void *p);

NO_SANITIZER
void __wrap_free(void *p)
{
	if (p)
		remains_given_back(p, malloc_usable_size(p));
	__real_free(p);
}

static struct client *c;
/* the broker's ends */
static int requests, events;
static struct proto_msg m;

/* the secret that each test is about */
static struct secret it;

static bool begin(size_t len)
{
	int req[2], ev[2];

	if (!remains_can())
		return false;
	remains_reset();
	if (!CHECK(!proto_pair(req) && !proto_pair(ev) &&
		   !client_new(&c, req[0], ev[0])))
		return false;
	requests = req[1];
	events = ev[1];
	CHECK_EQ(rand_fill(it.data, len), CRYPTO_OK);
	it.len = len;
	remains_learn("the secret", it.data, len);
	return true;
}

/* it is where its owner has it, and nowhere else */
static NO_SANITIZER void only_its_owner(void)
{
	const struct remains_place owner = { &it, sizeof(it) };

	CHECK(remains_in(it.data, it.len));
	CHECK_EQ(remains_anywhere(&owner, 1), 0);
	CHECK_EQ(remains_found(), 0);
}

static NO_SANITIZER void end(void)
{
	client_free(c);
	close(requests);
	close(events);
	only_its_owner();
	secret_wipe(&it);
}

/* the next request's answer */
static void answer(uint32_t type, int err, const void *data, size_t len)
{
	proto_begin(&m, type);
	m.err = err;
	CHECK(proto_put_octets(&m, span(data, len)));
	CHECK(!proto_send(requests, &m, false));
	wipe(m.body, m.len);
}

/* a request has come that has it: who looks for it after that knows what for */
static bool has_come(void)
{
	bool there = !proto_recv(requests, &m, false) &&
		     remains_in(m.body, m.len);

	wipe(m.body, sizeof(m.body));
	return there;
}

/* what is left on the stack, too */
#define LOOK(call)					\
	({						\
		__typeof__(call) _r = (call);		\
							\
		remains_behind();			\
		remains_look(#call);			\
		_r;					\
	})

/* ---- keys of SAs ------------------------------------------------------------ */

static int add_sa(void)
{
	struct kern_sa sa = { .spi = 4711, .key = &it };

	addr_parse(&sa.src, "10.0.0.1");
	addr_parse(&sa.dst, "10.0.0.2");
	return client_kern_ops.add_sa(c, &sa);
}

static NO_SANITIZER void sa_taken(void)
{
	if (!begin(36))
		return;
	answer(PROTO_DONE, 0, NULL, 0);
	CHECK_EQ(LOOK(add_sa()), 0);
	only_its_owner();
	CHECK(has_come());
	end();
}

static NO_SANITIZER void sa_refused(void)
{
	static const char why[] = "no room";

	if (!begin(36))
		return;
	answer(PROTO_DONE, -ENOBUFS, why, sizeof(why));
	CHECK_EQ(LOOK(add_sa()), -ENOBUFS);
	only_its_owner();
	CHECK(has_come());
	/* an answer to nothing that was asked */
	answer(PROTO_ITEM, 0, why, sizeof(why));
	CHECK_EQ(LOOK(add_sa()), -EBADMSG);
	only_its_owner();
	CHECK(has_come());
	end();
}

static NO_SANITIZER void broker_gone(void)
{
	if (!begin(36))
		return;
	/* it has the request, and dies */
	shutdown(requests, SHUT_WR);
	CHECK_EQ(LOOK(add_sa()), -EPIPE);
	only_its_owner();
	CHECK(has_come());
	/* it takes none */
	shutdown(requests, SHUT_RDWR);
	CHECK_EQ(LOOK(add_sa()), -EPIPE);
	only_its_owner();
	end();
}

/* in the middle of a list there is no request, and none is kept */
static int asks(struct client *client, void *arg)
{
	(void)client;
	(void)arg;
	CHECK_EQ(add_sa(), -EBUSY);
	only_its_owner();
	return 0;
}

static NO_SANITIZER void in_a_list(void)
{
	if (!begin(36))
		return;
	answer(PROTO_ITEM, 0, "x", 1);
	answer(PROTO_DONE, 0, NULL, 0);
	proto_begin(&c->m, PROTO_PAD_DUMP);
	CHECK_EQ(client_list(c, asks, NULL), 0);
	only_its_owner();
	end();
}

/* ---- what AUTH is made of ----------------------------------------------------- */

static const uint8_t message[1000], nonce[32];
static uint8_t tag[PROTO_TAG];

/* prf(SK_p, ID), and behind it what need not fit */
static struct auth_octets octets(size_t more)
{
	static const uint8_t none[PROTO_MAX];

	return (struct auth_octets){ .part = {
		span(message, sizeof(message)), span(nonce, sizeof(nonce)),
		secret_span(&it), span(none, more) } };
}

static enum crypto_code sign(const struct key *key, size_t more)
{
	struct auth_octets o = octets(more);
	uint8_t out[SIG_AUTH_MAX];
	struct wbuf w;

	wbuf_init(&w, out, sizeof(out));
	return client_sign_ops.sign(c, key, SIG_ED25519, o.part, AUTH_PARTS, &w);
}

static NO_SANITIZER void signature(void)
{
	struct key *key;

	if (!begin(32))
		return;
	key = world_key(0, KEY_ED25519);
	answer(PROTO_DONE, 0, message, 64);
	CHECK_EQ(LOOK(sign(key, 0)), CRYPTO_OK);
	only_its_owner();
	CHECK(has_come());
	CHECK_EQ(LOOK(sign(key, PROTO_MAX)), CRYPTO_LENGTH);
	only_its_owner();
	key_free(key);
	end();
}

static struct secret psk;
static struct conf_peer peer = { .name = "both", .psk = &psk };

static enum crypto_code mac(const struct auth_octets *o)
{
	uint8_t out[PRF_MAX_LEN];
	enum crypto_code code = client_sign_ops.mac(c, &peer,
						    IKE_PRF_HMAC_SHA2_256, o,
						    out);

	wipe(out, sizeof(out));
	return code;
}

static enum crypto_code check_mac(const struct auth_octets *o, struct span data)
{
	return client_sign_ops.check_mac(c, &peer, IKE_PRF_HMAC_SHA2_256, o,
					 data);
}

/* what a shared secret is proved with: asked for, and compared */
static NO_SANITIZER void shared_secret(void)
{
	static const uint8_t same[8] = { 1 };
	struct auth_octets o;

	if (!begin(32))
		return;
	CHECK_EQ(secret_set(&psk, span(tag, sizeof(tag))), CRYPTO_OK);
	o = octets(0);
	answer(PROTO_DONE, 0, message, 32);
	CHECK_EQ(LOOK(mac(&o)), CRYPTO_OK);
	only_its_owner();
	CHECK(has_come());
	answer(PROTO_DONE, 0, same, sizeof(same));
	LOOK(check_mac(&o, span(message, 32)));
	only_its_owner();
	CHECK(has_come());
	o = octets(PROTO_MAX);
	CHECK_EQ(LOOK(mac(&o)), CRYPTO_LENGTH);
	CHECK_EQ(LOOK(check_mac(&o, span(message, 32))), CRYPTO_LENGTH);
	only_its_owner();
	end();
}

/* it is the MAC itself: guesses of the secret can be tried on it */
static NO_SANITIZER void guesses(void)
{
	struct auth_octets o;

	if (!begin(32))
		return;
	CHECK_EQ(secret_set(&psk, span(tag, sizeof(tag))), CRYPTO_OK);
	o = octets(0);
	o.part[2] = span(message, 32);
	answer(PROTO_DONE, 0, it.data, it.len);
	CHECK_EQ(LOOK(mac(&o)), CRYPTO_OK);
	only_its_owner();
	/* of the length that another function has */
	answer(PROTO_DONE, 0, it.data, it.len - 1);
	CHECK_EQ(LOOK(mac(&o)), CRYPTO_LENGTH);
	only_its_owner();
	/* and what the peer has sent for it */
	answer(PROTO_DONE, 0, NULL, 0);
	LOOK(check_mac(&o, secret_span(&it)));
	only_its_owner();
	end();
}

/* ---- what is cut off ---------------------------------------------------------- */

static unsigned int losses;

static void lost(void *arg)
{
	(void)arg;
	losses++;
}

static void gone(void *arg)
{
	(void)arg;
}

static NO_SANITIZER void read_events(void)
{
	static const struct kern_events ev = { .lost = lost };
	static const struct client_orders orders = { .gone = gone };

	client_read(c, &ev, NULL, &orders, NULL);
}

/* a message with the secret in it that is longer than any may be */
static void send_long(int fd, uint32_t type)
{
	static uint8_t all[2 * sizeof(uint32_t) + PROTO_MAX + 64];

	memset(all, 0, sizeof(all));
	memcpy(all, &type, sizeof(type));
	memcpy(all + 100, it.data, it.len);
	memcpy(all + PROTO_MAX - 100, it.data, it.len);
	CHECK_EQ(send(fd, all, sizeof(all), 0), (ssize_t)sizeof(all));
	wipe(all, sizeof(all));
}

/* or that brings more descriptors than any may */
static void send_many(int fd, uint32_t type)
{
	uint32_t head[2] = { type };
	struct iovec iov[2] = { { head, sizeof(head) }, { it.data, it.len } };
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(2 * sizeof(int))];
	} ctl = { .b = { 0 } };
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2,
			     .msg_control = ctl.b,
			     .msg_controllen = sizeof(ctl.b) };
	const int fds[2] = { fd, fd };

	ctl.align.cmsg_level = SOL_SOCKET;
	ctl.align.cmsg_type = SCM_RIGHTS;
	ctl.align.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&ctl.align), fds, sizeof(fds));
	CHECK_EQ(sendmsg(fd, &mh, 0), (ssize_t)(sizeof(head) + it.len));
}

static NO_SANITIZER void cut_off(void)
{
	int i;

	if (!begin(36))
		return;
	losses = 0;
	send_long(events, PROTO_EV_EXPIRE);
	read_events();
	only_its_owner();
	send_many(events, PROTO_EV_EXPIRE);
	read_events();
	only_its_owner();
	CHECK_EQ(losses, 2);
	for (i = 0; i < 2; i++) {
		if (i)
			send_many(requests, PROTO_DONE);
		else
			send_long(requests, PROTO_DONE);
		CHECK_EQ(LOOK(add_sa()), -EBADMSG);
		only_its_owner();
		CHECK(has_come());
	}
	end();
}

/* no event has a secret; one that had takes it along when the client goes */
static NO_SANITIZER void taken_along(void)
{
	const struct remains_place owner = { &it, sizeof(it) };

	if (!begin(36))
		return;
	losses = 0;
	proto_begin(&m, PROTO_EV_END);
	CHECK(proto_put_octets(&m, secret_span(&it)));
	CHECK(!proto_send(events, &m, false));
	wipe(m.body, m.len);
	read_events();
	CHECK_EQ(losses, 1);
	/* the search finds what is in a client */
	remains_meant = true;
	CHECK(remains_anywhere(&owner, 1) >= 4);
	remains_meant = false;
	end();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K65 the key of an SA, which the broker takes", sa_taken },
		{ "K65 which it refuses, or answers with nonsense", sa_refused },
		{ "K65 with which it dies, or which never comes to it",
		  broker_gone },
		{ "K65 the key of an SA in the middle of a list", in_a_list },
		{ "K65 what a signature covers, or would", signature },
		{ "K65 what a MAC covers, ours and a peer's", shared_secret },
		{ "K65 a MAC by a shared secret", guesses },
		{ "K65 answers and events that are cut off", cut_off },
		{ "K65 a client that goes leaves nothing of an event",
		  taken_along },
	};

	return KTAP_RUN(tests);
}
