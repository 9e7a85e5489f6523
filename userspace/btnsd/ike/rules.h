/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which payloads may be in which message, as a table: exchange and direction
 * give a shape, the shape gives each payload's least and greatest number and
 * whether it must be inside SK. Checked once, before any exchange code runs, so
 * that such code may rely on what its shape promises.
 */
#ifndef BTNSD_IKE_RULES_H
#define BTNSD_IKE_RULES_H

#include "message.h"

/** enum ike_shape - the forms that a message can take */
enum ike_shape {
	IKE_SHAPE_NONE = 0,		/* none: the message is refused */
	IKE_SHAPE_INIT_REQ,		/* SA KE Ni [N..] [V..], clear */
	IKE_SHAPE_INIT_RESP,		/* SA KE Nr [CERTREQ..] [N..] [V..], clear */
	IKE_SHAPE_INIT_RESP_NOTIFY,	/* N(COOKIE | INVALID_KE_PAYLOAD | error), clear */
	IKE_SHAPE_INTERMEDIATE_REQ,	/* KEi [N..]: additional key exchange */
	IKE_SHAPE_INTERMEDIATE_RESP,	/* KEr [N..] */
	IKE_SHAPE_INTERMEDIATE_RESP_NOTIFY, /* error N alone: no IKE SA */
	IKE_SHAPE_AUTH_REQ,		/* IDi [CERT..] [CERTREQ..] [IDr] AUTH [SA TSi TSr] [N..] */
	IKE_SHAPE_AUTH_RESP,		/* IDr [CERT..] AUTH, and SA TSi TSr or not */
	IKE_SHAPE_AUTH_RESP_NOTIFY,	/* error N alone: no IKE SA */
	IKE_SHAPE_CHILD_REQ,		/* SA Ni [KEi] TSi TSr [N..]: new child SA */
	IKE_SHAPE_CHILD_REQ_REKEY,	/* the same with N(REKEY_SA) of AH or ESP */
	IKE_SHAPE_CHILD_REQ_IKE,	/* SA Ni KEi, protocol IKE: rekey of the IKE SA */
	IKE_SHAPE_CHILD_RESP,		/* SA Nr [KEr] TSi TSr [N..] */
	IKE_SHAPE_CHILD_RESP_IKE,	/* SA Nr KEr, protocol IKE */
	IKE_SHAPE_CHILD_RESP_NOTIFY,	/* error N alone */
	IKE_SHAPE_FOLLOWUP_REQ,		/* KEi N(ADDITIONAL_KEY_EXCHANGE) */
	IKE_SHAPE_FOLLOWUP_RESP,	/* KEr [N..] */
	IKE_SHAPE_FOLLOWUP_RESP_NOTIFY,	/* error N alone */
	IKE_SHAPE_INFO_REQ,		/* [N..] [D..] [CP], or nothing: liveness */
	IKE_SHAPE_INFO_RESP,		/* the same */
	IKE_SHAPE_COUNT,		/* not a shape: how many there are */
};

/** enum ike_rules_code - why a message is refused; ike_rules_text() has the sentences */
enum ike_rules_code {
	IKE_RULES_OK = 0,
	IKE_RULES_EXCHANGE,	/* exchange is unknown */
	IKE_RULES_HEADER,	/* SPI, flags or message id cannot be in this exchange */
	IKE_RULES_UNPROTECTED,	/* no SK where everything must be protected */
	IKE_RULES_SK,		/* SK where nothing may be protected */
	IKE_RULES_CLEAR,	/* payload outside SK that must be inside */
	IKE_RULES_MISSING,	/* too few of a payload */
	IKE_RULES_EXCESS,	/* too many of a payload */
	IKE_RULES_UNEXPECTED,	/* payload that this shape does not have */
	IKE_RULES_PARTIAL,	/* SA, TSi and TSr go together here, and one is absent */
	IKE_RULES_PROPOSAL,	/* proposals do not fit the shape: protocol or count */
	IKE_RULES_NUM_CODES,	/* not a code: how many there are */
};

/**
 * struct ike_rules_fail - what was wrong
 * @code: the cause; IKE_RULES_OK after success
 * @payload: type of the payload concerned, 0 for none
 * @count: how many of it the message has
 */
struct ike_rules_fail {
	enum ike_rules_code code;
	uint8_t payload;
	unsigned int count;
};

/**
 * ike_rules_check() - decide the shape of a message, or refuse it
 * @msg: parsed whole: outer, and inner if it has SK
 * @fail: why not; never NULL
 *
 * Notifies of any status type, known or not, are allowed in every shape (RFC
 * 7296 3.10.1: unknown ones are ignored by their reader), and so are vendor
 * ids. An unknown *error* notify in a response counts as a failure of the
 * request. RFC 7296 appendix C. Return: the shape, or IKE_SHAPE_NONE.
 */
enum ike_shape ike_rules_check(const struct ike_msg *msg,
			       struct ike_rules_fail *fail);

/**
 * ike_rules_outer() - what can be said before SK is opened
 * @msg: parsed by ike_parse_outer() alone
 * @fail: why not; never NULL
 *
 * Refuses before any cryptography: unknown exchange, protection absent or out
 * of place, clear payloads beside SK. Return: IKE_RULES_OK or the code.
 */
enum ike_rules_code ike_rules_outer(const struct ike_msg *msg,
				    struct ike_rules_fail *fail);

/**
 * ike_rules_text() - one sentence for logs
 * @code: the code
 *
 * Return: a constant string.
 */
const char *ike_rules_text(enum ike_rules_code code);

/**
 * ike_shape_name() - a shape's name for logs
 * @shape: the shape
 *
 * Return: a constant string.
 */
const char *ike_shape_name(enum ike_shape shape);

#endif /* BTNSD_IKE_RULES_H */
