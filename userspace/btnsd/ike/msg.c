// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A datagram becomes a message here or is dropped: header, SA, message id,
 * integrity, payloads, rules, in this order, so that nothing unauthentic
 * reaches the state machine or changes anything of an IKE SA.
 */
#include <errno.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/ike/fragment.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/intauth.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/parse.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/ike/rules.h"
#include "btnsd/ike/sk.h"
#include "btnsd/ike/usage.h"
#include "btnsd/log.h"

/*
 * An IKE_SA_INIT request is kept whole until IKE_AUTH, for whoever sends it. One
 * with every transform that we read (128, of 12 octets at most), the largest
 * value (1568), nonce (256) and cookie (64) and some notifies has 4 KiB.
 */
#define INIT_REQ_MAX	8192

/* one thread: a message is built, sealed and sent before the next begins */
static uint8_t inner_buf[MSG_INNER_MAX];
static uint8_t wire_buf[MSG_INNER_MAX + FRAGMENT_COUNT_MAX * SK_FRAME_MAX];
static uint8_t plain_buf[IKE_MSG_MAX];
static struct ike_msg rx_msg;

static void drop(struct btnsd *d, const struct path *path,
		 const struct ike_hdr *hdr, const char *why)
{
	char from[SEL_STRLEN];

	d->stats.rx_dropped++;
	log_debug("%s: %s %u dropped: %s", endpoint_str(&path->remote, from),
		  hdr ? ike_name_exchange(hdr->exchange) : "datagram",
		  hdr ? hdr->msgid : 0, why);
}

static int transmit(struct btnsd *d, const struct path *path, struct span data)
{
	char to[SEL_STRLEN];
	int err = d->net->send(d->net_ctx, path, data.data, data.len);

	d->stats.tx++;
	if (err)
		log_warn("%s: cannot send: %s",
			 endpoint_str(&path->remote, to), strerror(-err));
	return err;
}

/*
 * A sealed message: one datagram, or each of its fragments; 0, or what was
 * wrong with the last of them.
 */
static int transmit_sealed(const struct ike_sa *sa, const struct path *path,
			   struct span data)
{
	size_t at = 0;
	int err = 0;

	while (at < data.len) {
		const uint8_t *p = data.data + at;
		size_t len = (size_t)p[24] << 24 | (size_t)p[25] << 16 |
			     (size_t)p[26] << 8 | p[27];

		err = transmit(sa->d, path, span(p, len));
		at += len;
	}
	return err;
}

/* the request in flight; whether it could leave is for life_silent() */
static void transmit_request(struct ike_sa *sa, struct span data)
{
	sa->homeless = transmit_sealed(sa, &sa->path, data) == -EADDRNOTAVAIL;
}

static bool digest(struct span data, uint8_t out[32])
{
	return hash_sha256(&data, 1, out) == CRYPTO_OK;
}

static struct ike_hdr make_hdr(const struct ike_sa *sa, uint8_t exchange,
			       bool response)
{
	return (struct ike_hdr){
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.major = IKE_MAJOR_VERSION,
		.exchange = exchange,
		.flags = (uint8_t)((sa->initiator ? IKE_FLAG_INITIATOR : 0) |
				   (response ? IKE_FLAG_RESPONSE : 0)),
		.msgid = response ? sa->recv_mid : sa->send_mid,
	};
}

/**
 * msg_begin() - begin the payloads of a message
 * @sa: IKE SA
 * @exchange: enum ike_exchange
 * @response: it answers a request
 *
 * Return: where to build; good until the next msg_begin().
 */
struct ike_build *msg_begin(struct ike_sa *sa, uint8_t exchange, bool response)
{
	static struct ike_build b;
	struct ike_hdr hdr = make_hdr(sa, exchange, response);

	if (exchange == IKE_SA_INIT)
		ike_build_outer(&b, inner_buf, sizeof(inner_buf), &hdr);
	else
		ike_build_inner(&b, inner_buf, sizeof(inner_buf));
	return &b;
}

/**
 * msg_drop() - forget the payloads of a message that is not to be sent
 * @b: from msg_begin()
 */
void msg_drop(struct ike_build *b)
{
	wipe(b->w.base, b->w.len);
	b->w.len = 0;
}

/* seal one message or fragment behind what is in wire_buf */
static bool seal(struct ike_sa *sa, const struct ike_hdr *hdr, uint8_t first,
		 struct span text, uint16_t number, uint16_t total,
		 size_t *used)
{
	const struct sk_content c = {
		.hdr = *hdr,
		.first = first,
		.text = text,
		.number = number,
		.total = total,
	};
	struct span message;

	if (!sa->has_keys ||
	    sk_seal(&sa->keys, sa->initiator, sa->iv++, &c, wire_buf + *used,
		    sizeof(wire_buf) - *used, &message) != CRYPTO_OK)
		return false;
	usage_sealed(sa, message.len);
	*used += message.len;
	return true;
}

/* whole if it fits one datagram, else in fragments (RFC 7383 section 2.5) */
static bool seal_all(struct ike_sa *sa, uint8_t exchange, bool response,
		     uint8_t first, struct span text, struct span *out)
{
	struct ike_hdr hdr = make_hdr(sa, exchange, response);
	size_t room = fragment_room(sa, true), used = 0, at, n;
	uint16_t i = 0, total = 0;

	/* without fragments there are no fragment numbers */
	if (room && text.len > fragment_room(sa, false))
		total = (uint16_t)((text.len + room - 1) / room);
	if (!total && !seal(sa, &hdr, first, text, 0, 0, &used))
		return false;
	if (total > FRAGMENT_COUNT_MAX)
		return false;
	for (at = 0; i < total; at += n) {
		n = text.len - at < room ? text.len - at : room;
		if (!seal(sa, &hdr, i ? 0 : first, span(text.data + at, n),
			  (uint16_t)(i + 1), total, &used))
			return false;
		i++;
	}
	*out = span(wire_buf, used);
	return true;
}

/* the finished datagram, in wire_buf or inner_buf */
static bool finish(struct ike_sa *sa, uint8_t exchange, bool response,
		   struct ike_build *b, struct span *out)
{
	struct ike_hdr hdr = make_hdr(sa, exchange, response);
	struct span text;
	uint8_t first;
	bool ok;

	if (!ike_build_done(b, &text, &first)) {
		msg_drop(b);
		return false;
	}
	if (exchange == IKE_SA_INIT) {
		*out = text;
		return true;
	}
	ok = (exchange != IKE_INTERMEDIATE ||
	      intauth_add(sa, &hdr, first, 0, text)) &&
	     seal_all(sa, exchange, response, first, text, out);
	wipe(inner_buf, text.len);
	return ok;
}

/**
 * msg_send_request() - seal and send a request, and repeat it until answered
 * @sa: IKE SA with no request in flight
 * @exchange: enum ike_exchange
 * @b: its payloads, from msg_begin()
 *
 * Return: false if it could not be made.
 */
bool msg_send_request(struct ike_sa *sa, uint8_t exchange, struct ike_build *b)
{
	struct span out;

	if (!finish(sa, exchange, false, b, &out) ||
	    !blob_set(&sa->request, out.data, out.len))
		return false;
	if (exchange == IKE_SA_INIT &&
	    !blob_set(&sa->init_req, out.data, out.len))
		return false;
	sa->tries = 1;
	transmit_request(sa, out);
	timer_set(&sa->d->timers, &sa->resend, IKE_RETRANSMIT_MS);
	return true;
}

/**
 * msg_send_response() - seal, send and keep the answer to a request
 * @sa: IKE SA; its window moves on
 * @exchange: enum ike_exchange
 * @b: its payloads, from msg_begin()
 *
 * Return: false if it could not be made.
 */
bool msg_send_response(struct ike_sa *sa, uint8_t exchange,
		       struct ike_build *b)
{
	struct span out;

	if (!finish(sa, exchange, true, b, &out) ||
	    !blob_set(&sa->response, out.data, out.len))
		return false;
	if (exchange == IKE_SA_INIT &&
	    !blob_set(&sa->init_resp, out.data, out.len))
		return false;
	sa->has_response = true;
	sa->recv_mid++;
	transmit_sealed(sa, &sa->path, out);
	return true;
}

/**
 * msg_forget_request() - the request in flight is answered or given up
 * @sa: IKE SA
 */
void msg_forget_request(struct ike_sa *sa)
{
	blob_free(&sa->request);
	timer_cancel(&sa->resend);
}

/**
 * msg_resend() - send the request in flight once more
 * @sa: IKE SA
 */
void msg_resend(struct ike_sa *sa)
{
	uint64_t wait = (uint64_t)IKE_RETRANSMIT_MS << sa->tries;

	if (wait > IKE_RETRANSMIT_MAX_MS)
		wait = IKE_RETRANSMIT_MAX_MS;
	sa->tries++;
	sa->d->stats.retransmits++;
	transmit_request(sa, blob_span(&sa->request));
	timer_set(&sa->d->timers, &sa->resend, wait);
}

/* header of an answer that is not protected */
static struct ike_hdr answer_hdr(const struct ike_hdr *req)
{
	return (struct ike_hdr){
		.spi_i = req->spi_i,
		.spi_r = req->spi_r,
		.major = IKE_MAJOR_VERSION,
		.exchange = req->exchange,
		.flags = (uint8_t)(IKE_FLAG_RESPONSE |
				   (~req->flags & IKE_FLAG_INITIATOR)),
		.msgid = req->msgid,
	};
}

/**
 * msg_clear_notify() - answer a request without any state
 * @d: helper
 * @path: where it came from
 * @req: its header
 * @type: enum ike_notify
 * @data: of the notify
 *
 * For COOKIE, INVALID_KE_PAYLOAD and the errors of IKE_SA_INIT. Small, so that
 * nobody is flooded with what a forged request brings forth.
 */
void msg_clear_notify(struct btnsd *d, const struct path *path,
		      const struct ike_hdr *req, uint16_t type,
		      struct span data)
{
	const struct ike_hdr hdr = answer_hdr(req);
	struct ike_build b;
	struct span out;

	ike_build_outer(&b, wire_buf, sizeof(wire_buf), &hdr);
	ike_build_notify(&b, type, data);
	if (ike_build_done(&b, &out, NULL))
		transmit(d, path, out);
}

/* a first request that is not what it should be, and which of its payloads is not */
static void odd_first(struct btnsd *d, const struct path *path,
		      const struct ike_hdr *hdr, const char *why,
		      uint8_t payload)
{
	refusal_first(d, path, hdr, "%s (%s payload)", why,
		      payload ? ike_name_payload(payload) : "no");
}

/* one that cannot be read; only the Critical bit has an answer */
static void bad_first(struct btnsd *d, const struct path *path,
		      const struct ike_hdr *hdr,
		      const struct ike_parse_fail *fail)
{
	if (fail->code != IKE_PARSE_CRITICAL) {
		odd_first(d, path, hdr, ike_parse_text(fail->code),
			  fail->payload);
		return;
	}
	refusal_first(d, path, hdr,
		      "btnsd does not know payload %u, which it calls critical (UNSUPPORTED_CRITICAL_PAYLOAD)",
		      fail->payload);
	msg_clear_notify(d, path, hdr, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD,
			 span(&fail->payload, 1));
}

/* does rx_msg bring back the COOKIE that we gave? */
static bool brings_cookie(struct btnsd *d, const struct path *path,
			  const struct ike_hdr *hdr)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(&rx_msg, IKE_N_COOKIE);

	return n && cookie_check(&d->cookie, timer_now(&d->timers),
				 &path->remote, hdr->spi_i, rx_msg.nonce,
				 n->data);
}

/* the one that rx_msg has to bring back */
static void give_cookie(struct btnsd *d, const struct path *path,
			const struct ike_hdr *hdr)
{
	uint8_t cookie[COOKIE_LEN];

	if (!cookie_make(&d->cookie, timer_now(&d->timers), &path->remote,
			 hdr->spi_i, rx_msg.nonce, cookie))
		return;
	d->stats.cookies++;
	msg_clear_notify(d, path, hdr, IKE_N_COOKIE,
			 span(cookie, sizeof(cookie)));
}

/* a request for an IKE SA that there is not: the one message without a state */
static void rx_init(struct btnsd *d, const struct path *path, struct span data,
		    const struct ike_hdr *hdr)
{
	struct ike_parse_fail fail;
	struct ike_rules_fail bad;
	char why[LIMIT_WHY_MAX];
	struct ike_sa *sa;
	bool proved;

	if (data.len > INIT_REQ_MAX) {
		refusal_first(d, path, hdr,
			      "it has %zu octets, and no first request needs more than %u",
			      data.len, INIT_REQ_MAX);
		return;
	}
	sa = sa_find_half_open(d, hdr->spi_i, &path->remote);
	if (sa) {
		uint8_t sum[32];

		if (sa->has_response && digest(data, sum) &&
		    !memcmp(sum, sa->last_req, sizeof(sum)))
			transmit(d, path, blob_span(&sa->response));
		else
			drop(d, path, hdr, "another request is being answered");
		return;
	}
	if (ike_parse_outer(data, &rx_msg, &fail) != IKE_PARSE_OK) {
		bad_first(d, path, hdr, &fail);
		return;
	}
	if (ike_rules_check(&rx_msg, &bad) != IKE_SHAPE_INIT_REQ) {
		odd_first(d, path, hdr, ike_rules_text(bad.code), bad.payload);
		return;
	}
	proved = brings_cookie(d, path, hdr);
	switch (limit_first(d, &path->remote.addr, proved, why)) {
	case LIMIT_FIRST_COOKIE:
		give_cookie(d, path, hdr);
		return;
	case LIMIT_FIRST_MET:
		refusal_first(d, path, hdr, "%s", why);
		return;
	case LIMIT_FIRST_MAY:
		break;
	}
	sa = sa_new_responder(d, path, hdr->spi_i);
	if (!sa) {
		refusal_first(d, path, hdr, "out of memory");
		return;
	}
	sa->path_proved = proved;
	if (!digest(data, sa->last_req) ||
	    !blob_set(&sa->init_req, data.data, data.len)) {
		refusal_first(d, path, hdr, "out of memory");
		sa_kill(sa, false);
		return;
	}
	fsm_dispatch(sa, IKE_SHAPE_INIT_REQ, &rx_msg);
}

/* decrypt what is inside SK or SKF; false when it is not authentic */
static bool decrypt(struct ike_sa *sa, const struct path *path,
		    const struct ike_keys *keys, struct span data,
		    struct span *text)
{
	struct btnsd *d = sa->d;
	enum crypto_code code;

	if (!sa->has_keys) {
		drop(d, path, &rx_msg.hdr, "there are no keys yet");
		return false;
	}
	if (rx_msg.sk.fragment && !sa->fragmentation) {
		drop(d, path, &rx_msg.hdr, "fragments were not announced");
		return false;
	}
	code = sk_open(keys, !sa->initiator, data, &rx_msg.sk, plain_buf, text);
	if (code == CRYPTO_LENGTH)
		drop(d, path, &rx_msg.hdr,
		     "the Encrypted payload is too short, or not of whole blocks");
	else if (code != CRYPTO_OK)
		drop(d, path, &rx_msg.hdr, "it is not authentic");
	return code == CRYPTO_OK;
}

/* a fragment: true when the message is whole, and is in plain_buf then */
static bool assemble(struct ike_sa *sa, const struct path *path,
		     struct span text, uint8_t sum[32], struct span *whole)
{
	const char *why = ike_parse_text(IKE_PARSE_PADDING);
	enum fragment_code code = FRAGMENT_REFUSED;
	size_t len = 0;

	if (ike_parse_unpad(&text) == IKE_PARSE_OK)
		code = fragment_take(sa, &rx_msg, text, sum, plain_buf, &len,
				     &why);
	if (code == FRAGMENT_REFUSED)
		drop(sa->d, path, &rx_msg.hdr, why);
	if (code != FRAGMENT_WHOLE)
		wipe(plain_buf, text.len);
	*whole = span(plain_buf, len);
	return code == FRAGMENT_WHOLE;
}

/*
 * Decrypt and parse what is inside SK; false when the message ends here. @used
 * is what is to be wiped in plain_buf.
 */
static bool open_sk(struct ike_sa *sa, const struct path *path,
		    struct span data, uint8_t sum[32],
		    struct ike_parse_fail *fail, size_t *used)
{
	struct span text;

	fail->code = IKE_PARSE_OK;
	if (!decrypt(sa, path, &sa->keys, data, &text))
		return false;
	if (!rx_msg.sk.fragment) {
		usage_opened(sa, &rx_msg.hdr, sum, 1, data.len);
		fail->code = ike_parse_unpad(&text);
	} else if (!assemble(sa, path, text, sum, &text)) {
		return false;
	}
	*used = text.len;
	if (fail->code == IKE_PARSE_OK)
		ike_parse_inner(rx_msg.sk.first, text, &rx_msg, fail);
	return true;
}

/*
 * A request that was answered comes again. Whoever made it may have cut it
 * into other fragments since; the first of them stands for all (RFC 7383
 * section 2.6.1). It comes under the keys that it came under before.
 */
static void answer_again(struct ike_sa *sa, const struct path *path,
			 struct span data, const struct ike_hdr *hdr,
			 const uint8_t sum[32])
{
	const struct ike_keys *keys = sa->last_keys.sk_ei.len ?
					      &sa->last_keys :
					      &sa->keys;
	struct ike_parse_fail fail;
	struct span text;

	if (memcmp(sum, sa->last_req, 32)) {
		if (ike_parse_outer(data, &rx_msg, &fail) != IKE_PARSE_OK ||
		    !rx_msg.sk.fragment || rx_msg.sk.number != 1) {
			drop(sa->d, path, hdr, "its message id was used before");
			return;
		}
		if (!decrypt(sa, path, keys, data, &text))
			return;
		wipe(plain_buf, text.len);
	}
	/* to where the request came from, as any answer (section 2.11) */
	transmit_sealed(sa, path, blob_span(&sa->response));
}

/* what the message id allows; false when the message ends here */
static bool window(struct ike_sa *sa, const struct path *path,
		   struct span data, const struct ike_hdr *hdr,
		   uint8_t sum[32])
{
	struct btnsd *d = sa->d;

	if (hdr->flags & IKE_FLAG_RESPONSE) {
		if (sa->request.len && hdr->msgid == sa->send_mid)
			return true;
		drop(d, path, hdr, "it answers nothing that was asked");
		return false;
	}
	if (!digest(data, sum))
		return false;
	if (sa->has_response && hdr->msgid + 1 == sa->recv_mid) {
		answer_again(sa, path, data, hdr, sum);
		return false;
	}
	if (hdr->msgid != sa->recv_mid) {
		drop(d, path, hdr, "its message id is outside the window");
		return false;
	}
	return true;
}

/*
 * What can be said of a message before its keys are asked; false when it ends
 * here. By another address than the IKE SA's nothing is taken but the token that
 * proves its loss, which is as good from anywhere (RFC 6290 section 3).
 */
static bool rx_outer(struct ike_sa *sa, const struct path *path,
		     struct span data, const struct ike_hdr *hdr,
		     uint8_t sum[32])
{
	bool response = hdr->flags & IKE_FLAG_RESPONSE;
	bool may_come = nat_may_come(sa, path);
	struct ike_parse_fail fail;
	struct ike_rules_fail bad;
	struct btnsd *d = sa->d;

	if (may_come || response) {
		if (!window(sa, path, data, hdr, sum))
			return false;
		if (ike_parse_outer(data, &rx_msg, &fail) != IKE_PARSE_OK) {
			drop(d, path, hdr, ike_parse_text(fail.code));
			return false;
		}
		if (!rx_msg.sk.present && response &&
		    qcd_proves_loss(sa, path, &rx_msg)) {
			life_crashed(sa);
			return false;
		}
	}
	if (!may_come) {
		drop(d, path, hdr, "it came by another address than the IKE SA's");
		return false;
	}
	if (ike_rules_outer(&rx_msg, &bad) != IKE_RULES_OK) {
		drop(d, path, hdr, ike_rules_text(bad.code));
		return false;
	}
	return true;
}

/* authentic and new, whatever is in it */
static void heard(struct ike_sa *sa, const struct path *path,
		  const struct ike_hdr *hdr, const uint8_t sum[32])
{
	sa->heard = timer_now(&sa->d->timers);
	sa->suspect = false;
	nat_follow(sa, path);
	if (!(hdr->flags & IKE_FLAG_RESPONSE)) {
		memcpy(sa->last_req, sum, sizeof(sa->last_req));
		keymat_wipe(&sa->last_keys);
	}
}

/* rx_msg has all its payloads: to the state machine, if it has one of the forms */
static void rx_whole(struct ike_sa *sa, const struct path *path,
		     struct span data)
{
	struct ike_rules_fail bad;
	enum ike_shape shape = ike_rules_check(&rx_msg, &bad);

	if (shape == IKE_SHAPE_NONE && rx_msg.sk.present) {
		fsm_malformed(sa, &rx_msg.hdr, IKE_N_INVALID_SYNTAX,
			      bad.payload, ike_rules_text(bad.code));
		return;
	}
	if (shape == IKE_SHAPE_NONE) {
		drop(sa->d, path, &rx_msg.hdr, ike_rules_text(bad.code));
		return;
	}
	if (shape == IKE_SHAPE_INIT_RESP && sa->state == IKE_ST_INIT_SENT &&
	    !blob_set(&sa->init_resp, data.data, data.len))
		return;
	fsm_dispatch(sa, shape, &rx_msg);
}

/* a message of an IKE SA that we have */
static void rx_sa(struct ike_sa *sa, const struct path *path, struct span data,
		  const struct ike_hdr *hdr)
{
	struct ike_parse_fail fail;
	uint8_t sum[32] = { 0 };
	size_t used = 0;

	if (!rx_outer(sa, path, data, hdr, sum))
		return;
	if (!rx_msg.sk.present) {
		rx_whole(sa, path, data);
		return;
	}
	if (!open_sk(sa, path, data, sum, &fail, &used))
		return;
	heard(sa, path, hdr, sum);
	if (fail.code == IKE_PARSE_OK)
		rx_whole(sa, path, data);
	else
		fsm_malformed(sa, hdr, (uint16_t)ike_parse_notify(fail.code),
			      fail.payload, ike_parse_text(fail.code));
	wipe(plain_buf, used);
}

/* a peer that we have forgotten is told, if it can believe us */
static void rx_unknown(struct btnsd *d, const struct path *path,
		       struct span data, const struct ike_hdr *req)
{
	const struct ike_hdr hdr = answer_hdr(req);
	struct ike_parse_fail fail;
	struct ike_build b;
	struct span out;

	/* not longer by much than what a forger has to send */
	if (ike_parse_outer(data, &rx_msg, &fail) != IKE_PARSE_OK ||
	    !rx_msg.sk.present ||
	    rx_msg.sk.body.len < SK_BODY_MIN)
		return;
	ike_build_outer(&b, wire_buf, sizeof(wire_buf), &hdr);
	if (qcd_show(d, path, req, &b) && ike_build_done(&b, &out, NULL))
		transmit(d, path, out);
}

/* of another major version; a request of a later one is answered */
static void other_version(struct btnsd *d, const struct path *path,
			  const struct ike_hdr *hdr)
{
	bool answer = hdr->major > IKE_MAJOR_VERSION;

	if (hdr->flags & IKE_FLAG_RESPONSE) {
		drop(d, path, hdr, ike_parse_text(IKE_PARSE_MAJOR));
		return;
	}
	refusal_first(d, path, hdr,
		      "it is of version %u of IKE, and btnsd speaks %u%s",
		      hdr->major, IKE_MAJOR_VERSION,
		      answer ? " (INVALID_MAJOR_VERSION)" : "");
	if (answer)
		msg_clear_notify(d, path, hdr, IKE_N_INVALID_MAJOR_VERSION,
				 span(NULL, 0));
}

/**
 * msg_rx() - take a datagram
 * @d: helper
 * @path: how it came
 * @data: the message, without the non-ESP marker
 */
void msg_rx(struct btnsd *d, const struct path *path, struct span data)
{
	struct ike_hdr hdr = { 0 };
	enum ike_parse_code code = ike_parse_header(data, &hdr);
	struct ike_sa *sa;

	d->stats.rx++;
	if (code == IKE_PARSE_LENGTH) {
		char from[SEL_STRLEN];

		d->stats.rx_dropped++;
		if (!log_admit(&d->strangers, timer_now(&d->timers)))
			return;
		log_info("%s: dropped: the header says %u octets, the datagram has %zu",
			 endpoint_str(&path->remote, from), hdr.length,
			 data.len);
		return;
	}
	if (code == IKE_PARSE_MAJOR) {
		other_version(d, path, &hdr);
		return;
	}
	if (code != IKE_PARSE_OK) {
		drop(d, path, NULL, ike_parse_text(code));
		return;
	}
	if (!hdr.spi_r && (hdr.flags & IKE_FLAG_INITIATOR) &&
	    !(hdr.flags & IKE_FLAG_RESPONSE) &&
	    hdr.exchange == IKE_SA_INIT && !hdr.msgid) {
		if (d->stopping)
			drop(d, path, &hdr, "btnsd is stopping");
		else
			rx_init(d, path, data, &hdr);
		return;
	}
	sa = sa_find(d, &hdr);
	if (!sa) {
		drop(d, path, &hdr, "there is no such IKE SA");
		rx_unknown(d, path, data, &hdr);
		return;
	}
	rx_sa(sa, path, data, &hdr);
}
