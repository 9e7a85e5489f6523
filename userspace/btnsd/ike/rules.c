// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The payload rules. What RFC 7296 appendix C writes as a grammar is written
 * here as tables, one per shape; the code below only counts. A new exchange is
 * a new table and a line in shapes[].
 */
#include "btnsd/ike/rules.h"

#include <string.h>

#define MANY	UINT8_MAX	/* as many as parse lets through */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct rule {
	uint8_t payload;
	uint8_t min;
	uint8_t max;
};

static const struct rule init_req[] = {
	{ IKE_PLD_SA, 1, 1 },
	{ IKE_PLD_KE, 1, 1 },
	{ IKE_PLD_NONCE, 1, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule init_resp[] = {
	{ IKE_PLD_SA, 1, 1 },
	{ IKE_PLD_KE, 1, 1 },
	{ IKE_PLD_NONCE, 1, 1 },
	{ IKE_PLD_CERTREQ, 0, MANY },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule notify_only[] = {
	{ IKE_PLD_NOTIFY, 1, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule intermediate[] = {
	{ IKE_PLD_KE, 1, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule auth_req[] = {
	{ IKE_PLD_IDI, 1, 1 },
	{ IKE_PLD_CERT, 0, MANY },
	{ IKE_PLD_CERTREQ, 0, MANY },
	{ IKE_PLD_IDR, 0, 1 },
	{ IKE_PLD_AUTH, 1, 1 },
	{ IKE_PLD_CP, 0, 1 },
	{ IKE_PLD_SA, 0, 1 },
	{ IKE_PLD_TSI, 0, 1 },
	{ IKE_PLD_TSR, 0, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule auth_resp[] = {
	{ IKE_PLD_IDR, 1, 1 },
	{ IKE_PLD_CERT, 0, MANY },
	{ IKE_PLD_AUTH, 1, 1 },
	{ IKE_PLD_CP, 0, 1 },
	{ IKE_PLD_SA, 0, 1 },
	{ IKE_PLD_TSI, 0, 1 },
	{ IKE_PLD_TSR, 0, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule child[] = {
	{ IKE_PLD_SA, 1, 1 },
	{ IKE_PLD_NONCE, 1, 1 },
	{ IKE_PLD_KE, 0, 1 },
	{ IKE_PLD_CP, 0, 1 },
	{ IKE_PLD_TSI, 1, 1 },
	{ IKE_PLD_TSR, 1, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule child_ike[] = {
	{ IKE_PLD_SA, 1, 1 },
	{ IKE_PLD_NONCE, 1, 1 },
	{ IKE_PLD_KE, 1, 1 },
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule followup_req[] = {
	{ IKE_PLD_KE, 1, 1 },
	{ IKE_PLD_NOTIFY, 1, MANY },
	{ IKE_PLD_VENDOR, 0, MANY },
};

static const struct rule info[] = {
	{ IKE_PLD_NOTIFY, 0, MANY },
	{ IKE_PLD_DELETE, 0, MANY },
	{ IKE_PLD_CP, 0, 1 },
	{ IKE_PLD_VENDOR, 0, MANY },
};

/* What the proposals of a shape's SA payload may be for. */
enum sa_form {
	SA_NONE,	/* there is no SA payload */
	SA_IKE_FIRST,	/* IKE, no SPI: it is in the header */
	SA_IKE_REKEY,	/* IKE, with the new SPI */
	SA_CHILD,	/* anything but IKE */
};

struct shape {
	const char *name;
	uint8_t exchange;
	bool response;
	bool inner;		/* all payloads are inside SK, or all are clear */
	enum sa_form sa;
	const struct rule *rule;
	size_t rules;
};

#define RULES(table) .rule = (table), .rules = COUNT(table)

static const struct shape shapes[IKE_SHAPE_COUNT] = {
	[IKE_SHAPE_NONE] = { .name = "none" },
	[IKE_SHAPE_INIT_REQ] = {
		.name = "IKE_SA_INIT request",
		.exchange = IKE_SA_INIT,
		.sa = SA_IKE_FIRST,
		RULES(init_req),
	},
	[IKE_SHAPE_INIT_RESP] = {
		.name = "IKE_SA_INIT response",
		.exchange = IKE_SA_INIT,
		.response = true,
		.sa = SA_IKE_FIRST,
		RULES(init_resp),
	},
	[IKE_SHAPE_INIT_RESP_NOTIFY] = {
		.name = "IKE_SA_INIT response with a notify alone",
		.exchange = IKE_SA_INIT,
		.response = true,
		RULES(notify_only),
	},
	[IKE_SHAPE_INTERMEDIATE_REQ] = {
		.name = "IKE_INTERMEDIATE request",
		.exchange = IKE_INTERMEDIATE,
		.inner = true,
		RULES(intermediate),
	},
	[IKE_SHAPE_INTERMEDIATE_RESP] = {
		.name = "IKE_INTERMEDIATE response",
		.exchange = IKE_INTERMEDIATE,
		.response = true,
		.inner = true,
		RULES(intermediate),
	},
	[IKE_SHAPE_INTERMEDIATE_RESP_NOTIFY] = {
		.name = "IKE_INTERMEDIATE response with an error alone",
		.exchange = IKE_INTERMEDIATE,
		.response = true,
		.inner = true,
		RULES(notify_only),
	},
	[IKE_SHAPE_AUTH_REQ] = {
		.name = "IKE_AUTH request",
		.exchange = IKE_AUTH,
		.inner = true,
		.sa = SA_CHILD,
		RULES(auth_req),
	},
	[IKE_SHAPE_AUTH_RESP] = {
		.name = "IKE_AUTH response",
		.exchange = IKE_AUTH,
		.response = true,
		.inner = true,
		.sa = SA_CHILD,
		RULES(auth_resp),
	},
	[IKE_SHAPE_AUTH_RESP_NOTIFY] = {
		.name = "IKE_AUTH response with an error alone",
		.exchange = IKE_AUTH,
		.response = true,
		.inner = true,
		RULES(notify_only),
	},
	[IKE_SHAPE_CHILD_REQ] = {
		.name = "CREATE_CHILD_SA request for a child SA",
		.exchange = IKE_CREATE_CHILD_SA,
		.inner = true,
		.sa = SA_CHILD,
		RULES(child),
	},
	[IKE_SHAPE_CHILD_REQ_REKEY] = {
		.name = "CREATE_CHILD_SA request to rekey a child SA",
		.exchange = IKE_CREATE_CHILD_SA,
		.inner = true,
		.sa = SA_CHILD,
		RULES(child),
	},
	[IKE_SHAPE_CHILD_REQ_IKE] = {
		.name = "CREATE_CHILD_SA request to rekey the IKE SA",
		.exchange = IKE_CREATE_CHILD_SA,
		.inner = true,
		.sa = SA_IKE_REKEY,
		RULES(child_ike),
	},
	[IKE_SHAPE_CHILD_RESP] = {
		.name = "CREATE_CHILD_SA response for a child SA",
		.exchange = IKE_CREATE_CHILD_SA,
		.response = true,
		.inner = true,
		.sa = SA_CHILD,
		RULES(child),
	},
	[IKE_SHAPE_CHILD_RESP_IKE] = {
		.name = "CREATE_CHILD_SA response for the IKE SA",
		.exchange = IKE_CREATE_CHILD_SA,
		.response = true,
		.inner = true,
		.sa = SA_IKE_REKEY,
		RULES(child_ike),
	},
	[IKE_SHAPE_CHILD_RESP_NOTIFY] = {
		.name = "CREATE_CHILD_SA response with an error alone",
		.exchange = IKE_CREATE_CHILD_SA,
		.response = true,
		.inner = true,
		RULES(notify_only),
	},
	[IKE_SHAPE_FOLLOWUP_REQ] = {
		.name = "IKE_FOLLOWUP_KE request",
		.exchange = IKE_FOLLOWUP_KE,
		.inner = true,
		RULES(followup_req),
	},
	[IKE_SHAPE_FOLLOWUP_RESP] = {
		.name = "IKE_FOLLOWUP_KE response",
		.exchange = IKE_FOLLOWUP_KE,
		.response = true,
		.inner = true,
		RULES(intermediate),
	},
	[IKE_SHAPE_FOLLOWUP_RESP_NOTIFY] = {
		.name = "IKE_FOLLOWUP_KE response with an error alone",
		.exchange = IKE_FOLLOWUP_KE,
		.response = true,
		.inner = true,
		RULES(notify_only),
	},
	[IKE_SHAPE_INFO_REQ] = {
		.name = "INFORMATIONAL request",
		.exchange = IKE_INFORMATIONAL,
		.inner = true,
		RULES(info),
	},
	[IKE_SHAPE_INFO_RESP] = {
		.name = "INFORMATIONAL response",
		.exchange = IKE_INFORMATIONAL,
		.response = true,
		.inner = true,
		RULES(info),
	},
};

static enum ike_rules_code refuse(struct ike_rules_fail *fail,
				  enum ike_rules_code code, uint8_t payload,
				  unsigned int count)
{
	fail->code = code;
	fail->payload = payload;
	fail->count = count;
	return code;
}

static bool is_response(const struct ike_msg *msg)
{
	return msg->hdr.flags & IKE_FLAG_RESPONSE;
}

/* Exactly one side of an exchange is the initiator of the IKE SA's first two. */
static bool header_ok(const struct ike_hdr *hdr)
{
	bool from_initiator = hdr->flags & IKE_FLAG_INITIATOR;
	bool response = hdr->flags & IKE_FLAG_RESPONSE;

	switch (hdr->exchange) {
	case IKE_SA_INIT:
		/* A response that refuses may leave the responder's SPI zero. */
		return from_initiator != response && !hdr->msgid &&
		       (response || !hdr->spi_r);
	case IKE_INTERMEDIATE:
	case IKE_AUTH:
		return from_initiator != response && hdr->msgid && hdr->spi_r;
	default:
		return hdr->spi_r;
	}
}

static const struct shape *exchange_of(const struct ike_msg *msg)
{
	unsigned int i;

	for (i = IKE_SHAPE_NONE + 1; i < IKE_SHAPE_COUNT; i++)
		if (shapes[i].exchange == msg->hdr.exchange)
			return &shapes[i];
	return NULL;
}

enum ike_rules_code ike_rules_outer(const struct ike_msg *msg,
				    struct ike_rules_fail *fail)
{
	const struct shape *s = exchange_of(msg);
	unsigned int i;

	memset(fail, 0, sizeof(*fail));
	if (!s)
		return refuse(fail, IKE_RULES_EXCHANGE, 0, 0);
	if (!header_ok(&msg->hdr))
		return refuse(fail, IKE_RULES_HEADER, 0, 0);
	if (!s->inner)
		return msg->sk.present ?
			refuse(fail, IKE_RULES_SK, IKE_PLD_SK, 1) : IKE_RULES_OK;
	if (!msg->sk.present)
		return refuse(fail, IKE_RULES_UNPROTECTED, 0, 0);
	for (i = 0; i < msg->n_payloads; i++)
		if (!msg->payload[i].inner)
			return refuse(fail, IKE_RULES_CLEAR,
				      msg->payload[i].type, 1);
	return IKE_RULES_OK;
}

static bool about_ike(const struct ike_msg *msg)
{
	return msg->sa.count && msg->sa.proposal[0].proto == IKE_PROTO_IKE;
}

/* Which form of its exchange a message means to be; its table then decides. */
static enum ike_shape choose(const struct ike_msg *msg)
{
	bool response = is_response(msg);
	bool failed = response && ike_msg_error_find(msg);

	switch (msg->hdr.exchange) {
	case IKE_SA_INIT:
		if (!response)
			return IKE_SHAPE_INIT_REQ;
		if (!msg->sa.present &&
		    (failed || ike_msg_notify_find(msg, IKE_N_COOKIE)))
			return IKE_SHAPE_INIT_RESP_NOTIFY;
		return IKE_SHAPE_INIT_RESP;
	case IKE_INTERMEDIATE:
		if (!response)
			return IKE_SHAPE_INTERMEDIATE_REQ;
		return failed ? IKE_SHAPE_INTERMEDIATE_RESP_NOTIFY :
				IKE_SHAPE_INTERMEDIATE_RESP;
	case IKE_AUTH:
		if (!response)
			return IKE_SHAPE_AUTH_REQ;
		return failed && !msg->auth.present ?
			IKE_SHAPE_AUTH_RESP_NOTIFY : IKE_SHAPE_AUTH_RESP;
	case IKE_CREATE_CHILD_SA:
		if (failed && !msg->sa.present)
			return IKE_SHAPE_CHILD_RESP_NOTIFY;
		if (about_ike(msg))
			return response ? IKE_SHAPE_CHILD_RESP_IKE :
					  IKE_SHAPE_CHILD_REQ_IKE;
		if (response)
			return IKE_SHAPE_CHILD_RESP;
		return ike_msg_notify_find(msg, IKE_N_REKEY_SA) ?
			IKE_SHAPE_CHILD_REQ_REKEY : IKE_SHAPE_CHILD_REQ;
	case IKE_FOLLOWUP_KE:
		if (!response)
			return IKE_SHAPE_FOLLOWUP_REQ;
		return failed ? IKE_SHAPE_FOLLOWUP_RESP_NOTIFY :
				IKE_SHAPE_FOLLOWUP_RESP;
	case IKE_INFORMATIONAL:
		return response ? IKE_SHAPE_INFO_RESP : IKE_SHAPE_INFO_REQ;
	default:
		return IKE_SHAPE_NONE;
	}
}

static const struct rule *find_rule(const struct shape *s, uint8_t payload)
{
	size_t i;

	for (i = 0; i < s->rules; i++)
		if (s->rule[i].payload == payload)
			return &s->rule[i];
	return NULL;
}

static enum ike_rules_code check_counts(const struct ike_msg *msg,
					const struct shape *s,
					struct ike_rules_fail *fail)
{
	unsigned int count[UINT8_MAX + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < msg->n_payloads; i++) {
		const struct ike_payload *p = &msg->payload[i];

		if (p->inner != s->inner)
			return refuse(fail, s->inner ? IKE_RULES_CLEAR :
				      IKE_RULES_SK, p->type, 1);
		if (!find_rule(s, p->type))
			return refuse(fail, IKE_RULES_UNEXPECTED, p->type, 1);
		count[p->type]++;
	}
	for (i = 0; i < s->rules; i++) {
		const struct rule *r = &s->rule[i];

		if (count[r->payload] < r->min)
			return refuse(fail, IKE_RULES_MISSING, r->payload,
				      count[r->payload]);
		if (count[r->payload] > r->max)
			return refuse(fail, IKE_RULES_EXCESS, r->payload,
				      count[r->payload]);
	}
	return IKE_RULES_OK;
}

/*
 * SA, TSi and TSr: all three, or none, for a child SA that was refused or for
 * an IKE SA without one (RFC 6023). Whether a child SA was asked for is for the
 * exchange to know.
 */
static enum ike_rules_code check_group(const struct ike_msg *msg,
				       struct ike_rules_fail *fail)
{
	if (msg->sa.present != msg->tsi.present)
		return refuse(fail, IKE_RULES_PARTIAL, msg->sa.present ?
			      IKE_PLD_TSI : IKE_PLD_SA, 0);
	if (msg->sa.present != msg->tsr.present)
		return refuse(fail, IKE_RULES_PARTIAL, msg->sa.present ?
			      IKE_PLD_TSR : IKE_PLD_SA, 0);
	return IKE_RULES_OK;
}

static bool proposal_ok(const struct ike_proposal *p, enum sa_form form)
{
	switch (form) {
	case SA_IKE_FIRST:
		return p->proto == IKE_PROTO_IKE && !p->spi.len;
	case SA_IKE_REKEY:
		return p->proto == IKE_PROTO_IKE && p->spi.len == IKE_SPI_LEN;
	case SA_CHILD:
		return p->proto != IKE_PROTO_IKE;
	default:
		return false;
	}
}

static enum ike_rules_code check_proposals(const struct ike_msg *msg,
					   const struct shape *s,
					   struct ike_rules_fail *fail)
{
	unsigned int i;

	if (!msg->sa.present)
		return IKE_RULES_OK;
	if (s->response && msg->sa.count != 1)
		return refuse(fail, IKE_RULES_PROPOSAL, IKE_PLD_SA,
			      msg->sa.count);
	for (i = 0; i < msg->sa.count; i++)
		if (!proposal_ok(&msg->sa.proposal[i], s->sa))
			return refuse(fail, IKE_RULES_PROPOSAL, IKE_PLD_SA, i + 1);
	return IKE_RULES_OK;
}

enum ike_shape ike_rules_check(const struct ike_msg *msg,
			       struct ike_rules_fail *fail)
{
	enum ike_shape shape;
	const struct shape *s;

	if (ike_rules_outer(msg, fail))
		return IKE_SHAPE_NONE;
	shape = choose(msg);
	s = &shapes[shape];
	if (check_counts(msg, s, fail) || check_proposals(msg, s, fail))
		return IKE_SHAPE_NONE;
	if ((shape == IKE_SHAPE_AUTH_REQ || shape == IKE_SHAPE_AUTH_RESP) &&
	    check_group(msg, fail))
		return IKE_SHAPE_NONE;
	if (shape == IKE_SHAPE_INIT_RESP && !msg->hdr.spi_r) {
		(void)refuse(fail, IKE_RULES_HEADER, 0, 0);
		return IKE_SHAPE_NONE;
	}
	return shape;
}

static const char *const texts[IKE_RULES_NUM_CODES] = {
	[IKE_RULES_OK] = "payloads are those of the exchange",
	[IKE_RULES_EXCHANGE] = "exchange type is unknown",
	[IKE_RULES_HEADER] = "SPI, flags or message id cannot be in this exchange",
	[IKE_RULES_UNPROTECTED] = "message is not protected and must be",
	[IKE_RULES_SK] = "message is protected and cannot be",
	[IKE_RULES_CLEAR] = "payload is outside the Encrypted payload",
	[IKE_RULES_MISSING] = "payload is missing",
	[IKE_RULES_EXCESS] = "payload comes too often",
	[IKE_RULES_UNEXPECTED] = "payload does not belong in this exchange",
	[IKE_RULES_PARTIAL] = "only some of SA, TSi and TSr are there",
	[IKE_RULES_PROPOSAL] = "proposal is for another protocol, or more than one was chosen",
};

const char *ike_rules_text(enum ike_rules_code code)
{
	if ((unsigned int)code >= IKE_RULES_NUM_CODES)
		return "unknown rules code";
	return texts[code];
}

const char *ike_shape_name(enum ike_shape shape)
{
	if ((unsigned int)shape >= IKE_SHAPE_COUNT)
		return "unknown shape";
	return shapes[shape].name;
}
