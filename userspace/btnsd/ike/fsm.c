// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two tables: which message is taken in which state, and which message each
 * of our own exchanges begins with. The dispatcher is the only place where an
 * IKE SA changes its state and where replies and errors are sent.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/names.h"
#include "btnsd/jitter.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/* payloads that a transition requires, beyond what the shape promises */
#define P_SA	(1u << 0)
#define P_KE	(1u << 1)
#define P_NONCE	(1u << 2)
#define P_IDI	(1u << 3)
#define P_IDR	(1u << 4)
#define P_AUTH	(1u << 5)
#define P_TS	(1u << 6)
#define P_ERROR	(1u << 7)

/**
 * struct transition - one line of the state machine
 * @story: what happens, for logs and readers
 * @from: state in which the message is taken
 * @to: state afterwards, if all goes well
 * @shape: the message: exchange, direction and form (rules.h)
 * @task: for responses: the exchange of ours that it answers
 * @required: payloads without which it is refused, P_*
 * @fn: what is done
 * @timeout: milliseconds that @to may last, 0 for what it has
 */
struct transition {
	const char *story;
	enum ike_state from;
	enum ike_state to;
	enum ike_shape shape;
	enum task_kind task;
	uint32_t required;
	enum fsm_code (*fn)(struct ike_sa *sa, const struct ike_msg *m,
			    struct ike_build *b);
	uint32_t timeout;
};

static const struct transition table[] = {
	/* responder, from IKE_SA_INIT to IKE_AUTH */
	{ "a peer begins", IKE_ST_NEW, IKE_ST_HALF_OPEN, IKE_SHAPE_INIT_REQ,
	  TASK_NONE, P_SA | P_KE | P_NONCE, x_init_req, IKE_HALF_OPEN_MS },
	{ "the peer adds a key exchange", IKE_ST_HALF_OPEN, IKE_ST_HALF_OPEN,
	  IKE_SHAPE_INTERMEDIATE_REQ, TASK_NONE, P_KE, x_intermediate_req, 0 },
	{ "the peer proves itself", IKE_ST_HALF_OPEN, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_AUTH_REQ, TASK_NONE, P_IDI | P_AUTH, x_auth_req, 0 },

	/* initiator, from IKE_SA_INIT to IKE_AUTH */
	{ "the peer answers", IKE_ST_INIT_SENT, IKE_ST_AUTH_SENT,
	  IKE_SHAPE_INIT_RESP, TASK_INIT, P_SA | P_KE | P_NONCE, x_init_resp,
	  0 },
	{ "the peer asks to begin again", IKE_ST_INIT_SENT, IKE_ST_INIT_SENT,
	  IKE_SHAPE_INIT_RESP_NOTIFY, TASK_INIT, 0, x_init_notify, 0 },
	{ "our key exchange is agreed", IKE_ST_INTERMEDIATE_SENT,
	  IKE_ST_AUTH_SENT, IKE_SHAPE_INTERMEDIATE_RESP, TASK_INTERMEDIATE,
	  P_KE, x_intermediate_resp, 0 },
	{ "our key exchange is refused", IKE_ST_INTERMEDIATE_SENT, IKE_ST_DEAD,
	  IKE_SHAPE_INTERMEDIATE_RESP_NOTIFY, TASK_INTERMEDIATE, P_ERROR,
	  x_intermediate_refused, 0 },
	{ "the peer proves itself", IKE_ST_AUTH_SENT, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_AUTH_RESP, TASK_AUTH, P_IDR | P_AUTH, x_auth_resp, 0 },
	{ "the peer refuses us", IKE_ST_AUTH_SENT, IKE_ST_DEAD,
	  IKE_SHAPE_AUTH_RESP_NOTIFY, TASK_AUTH, P_ERROR, x_auth_refused, 0 },

	/* child SAs that the peer asks for */
	{ "a new child SA", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_REQ, TASK_NONE, P_SA | P_NONCE | P_TS, x_child_req,
	  0 },
	{ "a child SA is replaced", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_REQ_REKEY, TASK_NONE, P_SA | P_NONCE | P_TS,
	  x_rekey_req, 0 },
	{ "the IKE SA is replaced", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_REQ_IKE, TASK_NONE, P_SA | P_KE | P_NONCE,
	  x_rekey_ike_req, 0 },
	{ "the IKE SA is replaced at last", IKE_ST_ESTABLISHED,
	  IKE_ST_ESTABLISHED, IKE_SHAPE_FOLLOWUP_REQ, TASK_NONE, P_KE,
	  x_followup_req, 0 },
	{ "a new child SA too late", IKE_ST_CLOSING, IKE_ST_CLOSING,
	  IKE_SHAPE_CHILD_REQ, TASK_NONE, 0, x_child_busy, 0 },
	{ "a rekey too late", IKE_ST_CLOSING, IKE_ST_CLOSING,
	  IKE_SHAPE_CHILD_REQ_REKEY, TASK_NONE, 0, x_child_busy, 0 },
	{ "an IKE rekey too late", IKE_ST_CLOSING, IKE_ST_CLOSING,
	  IKE_SHAPE_CHILD_REQ_IKE, TASK_NONE, 0, x_child_busy, 0 },
	{ "the end of an IKE rekey too late", IKE_ST_CLOSING, IKE_ST_CLOSING,
	  IKE_SHAPE_FOLLOWUP_REQ, TASK_NONE, 0, x_child_busy, 0 },

	/* child SAs that we ask for */
	{ "our child SA is agreed", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP, TASK_CHILD, P_SA | P_NONCE | P_TS,
	  x_child_resp, 0 },
	{ "our child SA is refused", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP_NOTIFY, TASK_CHILD, P_ERROR, x_child_refused,
	  0 },
	{ "our rekey is agreed", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP, TASK_REKEY, P_SA | P_NONCE | P_TS,
	  x_child_resp, 0 },
	{ "our rekey is refused", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP_NOTIFY, TASK_REKEY, P_ERROR, x_child_refused,
	  0 },

	/* the IKE SA that we replace */
	{ "our IKE rekey is agreed", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP_IKE, TASK_REKEY_IKE, P_SA | P_KE | P_NONCE,
	  x_rekey_ike_resp, 0 },
	{ "our IKE rekey is refused", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_CHILD_RESP_NOTIFY, TASK_REKEY_IKE, P_ERROR,
	  x_rekey_ike_refused, 0 },
	{ "our IKE rekey is complete", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_FOLLOWUP_RESP, TASK_FOLLOWUP, P_KE, x_followup_resp, 0 },
	{ "our IKE rekey is given up", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_FOLLOWUP_RESP_NOTIFY, TASK_FOLLOWUP, P_ERROR,
	  x_followup_refused, 0 },

	/* INFORMATIONAL */
	{ "news from the peer", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_INFO_REQ, TASK_NONE, 0, x_info_req, 0 },
	{ "news while closing", IKE_ST_CLOSING, IKE_ST_CLOSING,
	  IKE_SHAPE_INFO_REQ, TASK_NONE, 0, x_info_req, 0 },
	{ "the child SA is deleted", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_INFO_RESP, TASK_DELETE_CHILD, 0, x_info_resp, 0 },
	{ "the peer has our token", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_INFO_RESP, TASK_TOKEN, 0, x_info_resp, 0 },
	{ "the peer lives", IKE_ST_ESTABLISHED, IKE_ST_ESTABLISHED,
	  IKE_SHAPE_INFO_RESP, TASK_LIVENESS, 0, x_info_resp, 0 },
	{ "the IKE SA is deleted", IKE_ST_CLOSING, IKE_ST_DEAD,
	  IKE_SHAPE_INFO_RESP, TASK_DELETE_IKE, 0, x_info_resp, 0 },
};

/**
 * struct opening - how an exchange of ours begins
 * @task: the exchange
 * @exchange: its number on the wire
 * @to: state while it is in flight
 * @fn: writes the request
 */
struct opening {
	enum task_kind task;
	uint8_t exchange;
	enum ike_state to;
	enum start_code (*fn)(struct ike_sa *sa, struct task *t,
			      struct ike_build *b);
};

static const struct opening openings[] = {
	{ TASK_INIT, IKE_SA_INIT, IKE_ST_INIT_SENT, x_init_send },
	{ TASK_INTERMEDIATE, IKE_INTERMEDIATE, IKE_ST_INTERMEDIATE_SENT,
	  x_intermediate_send },
	{ TASK_AUTH, IKE_AUTH, IKE_ST_AUTH_SENT, x_auth_send },
	{ TASK_CHILD, IKE_CREATE_CHILD_SA, IKE_ST_ESTABLISHED, x_child_send },
	{ TASK_REKEY, IKE_CREATE_CHILD_SA, IKE_ST_ESTABLISHED, x_rekey_send },
	{ TASK_REKEY_IKE, IKE_CREATE_CHILD_SA, IKE_ST_ESTABLISHED,
	  x_rekey_ike_send },
	{ TASK_FOLLOWUP, IKE_FOLLOWUP_KE, IKE_ST_ESTABLISHED,
	  x_followup_send },
	{ TASK_DELETE_CHILD, IKE_INFORMATIONAL, IKE_ST_ESTABLISHED,
	  x_delete_child_send },
	{ TASK_DELETE_IKE, IKE_INFORMATIONAL, IKE_ST_CLOSING,
	  x_delete_ike_send },
	{ TASK_LIVENESS, IKE_INFORMATIONAL, IKE_ST_ESTABLISHED,
	  x_liveness_send },
	{ TASK_TOKEN, IKE_INFORMATIONAL, IKE_ST_ESTABLISHED, x_token_send },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/**
 * nonce_cmp() - order of two nonces (RFC 7296 section 2.8.1)
 * @a: one
 * @a_len: its octets
 * @b: the other
 * @b_len: its octets
 *
 * Return: below, at or above 0, as for memcmp(); of two that begin alike the
 * shorter is lower.
 */
int nonce_cmp(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (c)
		return c;
	return a_len < b_len ? -1 : a_len > b_len;
}

static struct span lower_nonce(const struct ike_sa *sa)
{
	return nonce_cmp(sa->ni.data, sa->ni.len, sa->nr.data, sa->nr.len) < 0 ?
		       blob_span(&sa->ni) :
		       blob_span(&sa->nr);
}

/**
 * nonce_loses() - which of two IKE SAs that were made at once has to go
 * @a: IKE SA with both nonces
 * @b: another
 *
 * Return: true if the lowest of the four nonces is one of @a's (RFC 7296 section
 * 2.8.1): it is @a.
 */
bool nonce_loses(const struct ike_sa *a, const struct ike_sa *b)
{
	struct span la = lower_nonce(a), lb = lower_nonce(b);

	return nonce_cmp(la.data, la.len, lb.data, lb.len) < 0;
}

static bool is_request(enum ike_shape shape)
{
	switch (shape) {
	case IKE_SHAPE_INIT_REQ:
	case IKE_SHAPE_INTERMEDIATE_REQ:
	case IKE_SHAPE_AUTH_REQ:
	case IKE_SHAPE_CHILD_REQ:
	case IKE_SHAPE_CHILD_REQ_REKEY:
	case IKE_SHAPE_CHILD_REQ_IKE:
	case IKE_SHAPE_FOLLOWUP_REQ:
	case IKE_SHAPE_INFO_REQ:
		return true;
	default:
		return false;
	}
}

static const struct transition *find(const struct ike_sa *sa,
				     enum ike_shape shape)
{
	enum task_kind task = TASK_NONE;
	size_t i;

	if (!is_request(shape) && sa->tasks)
		task = sa->tasks->kind;
	for (i = 0; i < COUNT(table); i++)
		if (table[i].from == sa->state && table[i].shape == shape &&
		    table[i].task == task)
			return &table[i];
	return NULL;
}

static uint32_t payloads(const struct ike_msg *m)
{
	return (m->sa.present ? P_SA : 0) | (m->ke.present ? P_KE : 0) |
	       (m->has_nonce ? P_NONCE : 0) | (m->idi.present ? P_IDI : 0) |
	       (m->idr.present ? P_IDR : 0) | (m->auth.present ? P_AUTH : 0) |
	       (m->tsi.present && m->tsr.present ? P_TS : 0) |
	       (ike_msg_error_find(m) ? P_ERROR : 0);
}

static void log_fault(const struct ike_sa *sa, uint8_t exchange, int prio,
		      const char *what)
{
	/* a BTNS peer may be anybody, and refused as often as it asks */
	if (sa->authenticated && sa->btns && !sa->initiator &&
	    prio <= LOG_INFO &&
	    !log_admit(&sa->d->strangers, timer_now(&sa->d->timers)))
		return;
	if (sa->fault.notify)
		sa_log(sa, prio, "%s %s: %s (%s)", ike_name_exchange(exchange),
		       what, sa->fault.text,
		       ike_name_notify(sa->fault.notify));
	else
		sa_log(sa, prio, "%s %s: %s", ike_name_exchange(exchange), what,
		       sa->fault.text);
}

/* answer a request with the fault as its only notify */
static void reply_fault(struct ike_sa *sa, uint8_t exchange)
{
	struct ike_build *b = msg_begin(sa, exchange, true);

	ike_build_notify(b, sa->fault.notify,
			 span(sa->fault.data, sa->fault.data_len));
	msg_send_response(sa, exchange, b);
}

/*
 * Who answers INVALID_SYNTAX and who gets it as an answer end the IKE SA, without
 * a Delete (RFC 7296 section 2.21.3): one does not say what the other reads.
 */
static bool ended_by_syntax(struct ike_sa *sa, uint16_t notify)
{
	if (notify != IKE_N_INVALID_SYNTAX)
		return false;
	sa_log(sa, LOG_NOTICE, "closed by INVALID_SYNTAX");
	life_lost(sa);
	return true;
}

static void enter(struct ike_sa *sa, const struct transition *t)
{
	bool fresh = t->to == IKE_ST_ESTABLISHED &&
		     sa->state != IKE_ST_ESTABLISHED;

	if (sa->state == IKE_ST_DEAD)
		return;
	sa_set_state(sa, t->to);
	if (t->timeout)
		timer_set(&sa->d->timers, &sa->expiry, t->timeout);
	if (fresh)
		life_established(sa);
}

static void request(struct ike_sa *sa, const struct transition *t,
		    const struct ike_msg *m)
{
	uint8_t exchange = m->hdr.exchange;
	struct ike_build *b = msg_begin(sa, exchange, true);
	enum fsm_code code = t->fn(sa, m, b);

	if (code != FSM_OK && code != FSM_END)
		msg_drop(b);
	switch (code) {
	case FSM_OK:
		if (!msg_send_response(sa, exchange, b)) {
			sa_log(sa, LOG_ERR, "%s: the answer could not be made",
			       ike_name_exchange(exchange));
			sa_kill(sa, false);
			return;
		}
		x_intermediate_rekeyed(sa);
		enter(sa, t);
		break;
	case FSM_END:
		msg_send_response(sa, exchange, b);
		sa_log(sa, LOG_NOTICE, "%s: %s", ike_name_exchange(exchange),
		       sa->fault.text);
		sa_kill(sa, false);
		return;
	case FSM_REFUSE:
		log_fault(sa, exchange, LOG_WARNING, "refused");
		if (exchange == IKE_CREATE_CHILD_SA)
			sa->d->stats.child_failed++;
		reply_fault(sa, exchange);
		if (ended_by_syntax(sa, sa->fault.notify))
			return;
		break;
	case FSM_IGNORE:
		log_fault(sa, exchange, LOG_DEBUG, "ignored");
		return;
	default:
		log_fault(sa, exchange, LOG_WARNING, "refused");
		sa->d->stats.ike_failed++;
		if (sa->fault.notify && exchange == IKE_SA_INIT)
			msg_clear_notify(sa->d, &sa->path, &m->hdr,
					 sa->fault.notify,
					 span(sa->fault.data,
					      sa->fault.data_len));
		else if (sa->fault.notify)
			reply_fault(sa, exchange);
		sa_kill(sa, false);
		return;
	}
	fsm_start(sa);
}

/* the request in flight is answered; the window moves on */
static void answered(struct ike_sa *sa)
{
	msg_forget_request(sa);
	sa->send_mid++;
}

/* what it was for is done, or is not going to be */
static void finished(struct ike_sa *sa)
{
	answered(sa);
	task_pop(sa);
}

/* the same exchange once more; only IKE_SA_INIT has the same message id again */
static void begin_again(struct ike_sa *sa, uint8_t exchange)
{
	if (exchange == IKE_SA_INIT)
		msg_forget_request(sa);
	else
		answered(sa);
	if (sa_ends(sa))
		task_pop(sa);
}

/* the same exchange once more, but not at once */
static void begin_later(struct ike_sa *sa, uint8_t exchange)
{
	log_fault(sa, exchange, LOG_INFO, "put off");
	answered(sa);
	if (sa_ends(sa))
		task_pop(sa);
	else
		timer_set(&sa->d->timers, &sa->next_task,
			  jitter_around(IKE_RETRY_MS));
}

/* the IKE SA ends by this answer; the peer is told by a Delete */
static void close_by_answer(struct ike_sa *sa, uint8_t exchange)
{
	log_fault(sa, exchange, LOG_WARNING, "refused");
	sa->d->stats.ike_failed++;
	finished(sa);
	/*
	 * Whom we refuse for who it is has no SAs of an earlier btnsd either; that
	 * there is no room for it says nothing of these.
	 */
	if (sa->adopting && sa->state < IKE_ST_ESTABLISHED &&
	    sa->fault.notify == IKE_N_AUTHENTICATION_FAILED)
		orphan_peer_lost(sa, sa->fault.text);
	life_not_replaced(sa);
	life_close(sa);
}

/*
 * An administrator has to know that there is an answer; who forges them must not
 * fill the log, so the others are for debugging.
 */
static void pass_over(struct ike_sa *sa, uint8_t exchange)
{
	log_fault(sa, exchange, sa->passed_over ? LOG_DEBUG : LOG_WARNING,
		  "answer passed over");
	sa->passed_over = true;
}

static void response(struct ike_sa *sa, const struct transition *t,
		     const struct ike_msg *m)
{
	enum fsm_code code = t->fn(sa, m, NULL);
	uint8_t exchange = m->hdr.exchange;

	switch (code) {
	case FSM_OK:
		finished(sa);
		enter(sa, t);
		break;
	case FSM_REFUSE:
		log_fault(sa, exchange, LOG_WARNING, "failed");
		sa->d->stats.child_failed++;
		finished(sa);
		break;
	case FSM_AGAIN:
		begin_again(sa, exchange);
		break;
	case FSM_LATER:
		begin_later(sa, exchange);
		break;
	case FSM_CLOSE:
		close_by_answer(sa, exchange);
		break;
	case FSM_END:
		sa_log(sa, LOG_INFO, "%s: %s", ike_name_exchange(exchange),
		       sa->fault.text);
		sa_kill(sa, false);
		return;
	case FSM_IGNORE:
		pass_over(sa, exchange);
		return;
	default:
		log_fault(sa, exchange, LOG_WARNING, "failed");
		life_failed(sa, sa->fault.text);
		return;
	}
	fsm_start(sa);
}

/**
 * fsm_dispatch() - do what a message asks for
 * @sa: its IKE SA
 * @shape: its form, of ike_rules_check()
 * @msg: authentic if it is protected, and inside the window
 */
void fsm_dispatch(struct ike_sa *sa, enum ike_shape shape,
		  const struct ike_msg *msg)
{
	const struct transition *t = find(sa, shape);

	memset(&sa->fault, 0, sizeof(sa->fault));
	if (!t && sa->state == IKE_ST_AUTH_SENT && is_request(shape)) {
		/* for the peer the IKE SA stands: its answer was lost */
		sa->d->stats.rx_dropped++;
		sa_log(sa, LOG_DEBUG,
		       "%s dropped: the answer to our IKE_AUTH comes first",
		       ike_name_exchange(msg->hdr.exchange));
		return;
	}
	/* whoever is on the path can say so in the clear */
	if (sa->state >= IKE_ST_ESTABLISHED && !is_request(shape) &&
	    msg->sk.present &&
	    ike_msg_notify_find(msg, IKE_N_INVALID_SYNTAX)) {
		ended_by_syntax(sa, IKE_N_INVALID_SYNTAX);
		return;
	}
	if (!t) {
		fsm_malformed(sa, &msg->hdr, IKE_N_INVALID_SYNTAX, 0,
			      "it does not belong into this state");
		return;
	}
	if (t->required & ~payloads(msg)) {
		fsm_malformed(sa, &msg->hdr, IKE_N_INVALID_SYNTAX, 0,
			      "a payload that the state needs is missing");
		return;
	}
	sa_log(sa, LOG_DEBUG, "%s %u: %s", ike_name_exchange(msg->hdr.exchange),
	       msg->hdr.msgid, t->story);
	if (is_request(shape))
		request(sa, t, msg);
	else
		response(sa, t, msg);
}

/**
 * fsm_malformed() - a message was authentic, but cannot be used
 * @sa: its IKE SA
 * @hdr: its header
 * @notify: enum ike_notify that a request is answered with, 0 for silence
 * @payload: payload type concerned
 * @text: why, for the log
 *
 * Nothing is changed by an answer of that kind, nor by an unprotected message. By
 * a request that is answered with INVALID_SYNTAX the IKE SA ends, as does one
 * that is being set up by either (RFC 7296 section 2.21).
 */
void fsm_malformed(struct ike_sa *sa, const struct ike_hdr *hdr,
		   uint16_t notify, uint8_t payload, const char *text)
{
	bool is_response = hdr->flags & IKE_FLAG_RESPONSE;

	sa->d->stats.rx_dropped++;
	if (hdr->exchange == IKE_SA_INIT) {
		sa_log(sa, LOG_INFO, "IKE_SA_INIT dropped: %s (payload %u)",
		       text, payload);
		if (sa->state == IKE_ST_NEW)
			sa_kill(sa, false);
		return;
	}
	sa_fault(sa, notify, "%s (%s payload)", text,
		 payload ? ike_name_payload(payload) : "no");
	if (notify == IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD) {
		sa->fault.data[0] = payload;
		sa->fault.data_len = 1;
	}
	log_fault(sa, hdr->exchange, LOG_WARNING,
		  is_response ? "answer passed over" : "refused");
	if (!is_response && notify)
		reply_fault(sa, hdr->exchange);
	if (sa->state >= IKE_ST_ESTABLISHED) {
		if (!is_response)
			ended_by_syntax(sa, notify);
		return;
	}
	if (is_response)
		life_failed(sa, sa->fault.text);
	else
		sa_kill(sa, false);
}

static const struct opening *find_opening(enum task_kind kind)
{
	size_t i;

	for (i = 0; i < COUNT(openings); i++)
		if (openings[i].task == kind)
			return &openings[i];
	return NULL;
}

/*
 * Nothing new begins in an IKE SA before it is known whether it stays, and what
 * a peer that is about to replace it will take over; but it may always end.
 */
static bool may_begin(const struct ike_sa *sa)
{
	return sa->tasks && !sa->request.len && !sa->contested &&
	       !timer_pending(&sa->next_task) &&
	       (!sa->followup || sa->tasks->kind == TASK_DELETE_IKE);
}

/**
 * fsm_start() - begin the next exchange of ours, if none is in flight
 * @sa: IKE SA
 */
void fsm_start(struct ike_sa *sa)
{
	const struct opening *o;
	enum start_code code;
	struct ike_build *b;

	while (sa->state != IKE_ST_DEAD && may_begin(sa)) {
		o = find_opening(sa->tasks->kind);
		b = msg_begin(sa, o->exchange, false);
		code = o->fn(sa, sa->tasks, b);
		if (code == START_OK) {
			if (msg_send_request(sa, o->exchange, b)) {
				sa_set_state(sa, o->to);
				return;
			}
			sa_fault(sa, 0, "the request could not be made");
			code = START_FAIL;
		}
		msg_drop(b);
		if (code == START_FAIL) {
			log_fault(sa, o->exchange, LOG_ERR, "not begun");
			if (sa->state < IKE_ST_ESTABLISHED ||
			    o->task == TASK_DELETE_IKE) {
				life_failed(sa, sa->fault.text);
				return;
			}
		}
		task_pop(sa);
	}
	if (sa->state == IKE_ST_ESTABLISHED && !sa->tasks)
		life_idle(sa);
}

/**
 * fsm_resend_due() - timer: the request in flight is not answered
 * @arg: IKE SA
 */
void fsm_resend_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;
	unsigned int most = d->conf->retries;
	bool homeless = sa->homeless;

	if (sa->suspect && most > IKE_SUSPECT_RETRIES)
		most = IKE_SUSPECT_RETRIES;
	if (sa->tries > most)
		life_silent(sa);
	else
		msg_resend(sa);
	/* twice: an address that is only set anew is there again by now */
	if (homeless && sa->homeless)
		life_homeless(sa);
	sa_reap(d);
}

/**
 * fsm_next_task_due() - timer: try again what the peer put off
 * @arg: IKE SA
 */
void fsm_next_task_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;

	fsm_start(sa);
	sa_reap(d);
}
