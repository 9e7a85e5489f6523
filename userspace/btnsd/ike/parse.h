/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Octets to struct ike_msg, or one code that says what is wrong. Pure: knows no
 * SA, keeps no state, allocates nothing, logs nothing, sends nothing; every
 * length is taken to be hostile. Decryption happens between the two entries,
 * in the caller.
 */
#ifndef BTNSD_IKE_PARSE_H
#define BTNSD_IKE_PARSE_H

#include "message.h"

/** enum ike_parse_code - one per cause; ike_parse_text() has the sentences */
enum ike_parse_code {
	IKE_PARSE_OK = 0,
	/* The header: nothing of the message can be trusted; drop it. */
	IKE_PARSE_SHORT,		/* shorter than the header */
	IKE_PARSE_LENGTH,		/* header's length is not the datagram's */
	IKE_PARSE_BIG,			/* longer than IKE_MSG_MAX */
	IKE_PARSE_ZERO_SPI,		/* initiator's SPI is zero */
	IKE_PARSE_MAJOR,		/* major version is not 2: INVALID_MAJOR_VERSION */
	/* The chain. */
	IKE_PARSE_CHAIN_SHORT,		/* ends inside a payload header */
	IKE_PARSE_CHAIN_LENGTH,		/* payload shorter than its header, or past the end */
	IKE_PARSE_TRAILING,		/* octets after the last payload */
	IKE_PARSE_CRITICAL,		/* unknown and critical: it has a notify of its own */
	IKE_PARSE_TOO_MANY,		/* more payloads of a kind than the cap */
	IKE_PARSE_DUPLICATE,		/* second payload of a kind that comes once */
	IKE_PARSE_SK_NOT_LAST,		/* octets after the Encrypted payload */
	IKE_PARSE_SK_NESTED,		/* Encrypted payload inside an Encrypted payload */
	IKE_PARSE_SK_EMPTY,		/* Encrypted payload has no body */
	IKE_PARSE_FRAGMENT,		/* fragment number or total out of range */
	IKE_PARSE_PADDING,		/* pad length longer than the text, or no text */
	/* The payloads. */
	IKE_PARSE_BODY_SHORT,		/* body shorter than its fixed part or minimum */
	IKE_PARSE_BODY_LENGTH,		/* length does not fit what the body says */
	IKE_PARSE_PROPOSAL,		/* proposal: length, more-flag or count is wrong */
	IKE_PARSE_PROPOSAL_NUM,		/* proposals are not numbered 1, 2, 3 ... */
	IKE_PARSE_TRANSFORM,		/* transform: length, more-flag or count is wrong */
	IKE_PARSE_ATTRIBUTE,		/* attribute runs past its transform, or bad Key Length */
	IKE_PARSE_SPI_LEN,		/* SPI length does not fit the protocol */
	IKE_PARSE_PROTO,		/* protocol makes no sense here */
	IKE_PARSE_NONCE,		/* nonce not of 16 to 256 octets */
	IKE_PARSE_ID,			/* identity's length does not fit its type */
	IKE_PARSE_TS,			/* traffic selector: length or range is wrong */
	IKE_PARSE_NUM_CODES,		/* not a code: how many there are */
};

/**
 * struct ike_parse_fail - where and why parsing stopped
 * @code: the cause; IKE_PARSE_OK after success
 * @payload: type of the payload it was in, 0 for the header; for
 *	IKE_PARSE_CRITICAL the number that the notify must carry
 * @offset: of the octets at fault, from the start of what was parsed; for a
 *	payload, of its generic header
 */
struct ike_parse_fail {
	enum ike_parse_code code;
	uint8_t payload;
	size_t offset;
};

/**
 * ike_parse_header() - read and check the IKE header alone
 * @data: a whole datagram, without the non-ESP marker
 * @hdr: filled whenever @data holds a header, also on _MAJOR, _LENGTH, _ZERO_SPI
 *
 * For decisions before the payloads are worth a look: SPI lookup, cookie,
 * message window. Context: none. Return: IKE_PARSE_OK or a code of the first group.
 */
enum ike_parse_code ike_parse_header(struct span data, struct ike_hdr *hdr);

/**
 * ike_parse_outer() - parse the header and the clear payloads
 * @data: a whole datagram, without the non-ESP marker; outlives @msg
 * @msg: overwritten; complete only on success
 * @fail: where and why not; never NULL
 *
 * Stops at SK or SKF, which it checks to be last and leaves in &msg->sk.
 * RFC 7296 3.1, 3.2, 2.5 (unknown payloads). Return: the code, as in @fail.
 */
enum ike_parse_code ike_parse_outer(struct span data, struct ike_msg *msg,
				    struct ike_parse_fail *fail);

/**
 * ike_parse_unpad() - take padding and pad length off decrypted text
 * @text: plaintext of SK; shortened to the payloads
 *
 * RFC 7296 3.14. Return: IKE_PARSE_OK or IKE_PARSE_PADDING.
 */
enum ike_parse_code ike_parse_unpad(struct span *text);

/**
 * ike_parse_inner() - parse the payloads that were inside SK
 * @first: type of the first, &msg->sk.first (of fragment 1 with SKF)
 * @text: the payloads, unpadded, of all fragments in order; outlives @msg
 * @msg: what ike_parse_outer() filled; the payloads are added to it
 * @fail: where (in @text) and why not; never NULL
 *
 * After a failure @msg is partly filled and only its header may be used.
 * Return: the code, as in @fail.
 */
enum ike_parse_code ike_parse_inner(uint8_t first, struct span text,
				    struct ike_msg *msg,
				    struct ike_parse_fail *fail);

/**
 * ike_parse_notify() - which error notify answers a code
 * @code: the code
 *
 * Return: the enum ike_notify to send inside a protected exchange (or in the
 * clear for IKE_SA_INIT), or 0 where the RFC wants silence (2.21): the caller
 * decides whether the message was authentic enough to be answered.
 */
unsigned int ike_parse_notify(enum ike_parse_code code);

/**
 * ike_parse_text() - one sentence for logs
 * @code: the code
 *
 * Return: a constant string.
 */
const char *ike_parse_text(enum ike_parse_code code);

#endif /* BTNSD_IKE_PARSE_H */
