/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct ike_msg's parts to octets: the inverse of parse. A chain is written
 * payload by payload, in the order of the calls, into memory of the caller;
 * whatever does not fit or must not be sent makes the chain fail, and the
 * failure shows at the end. Clear messages are one chain behind a header;
 * protected ones are an inner chain, then ike_build_sk() around it.
 */
#ifndef BTNSD_IKE_BUILD_H
#define BTNSD_IKE_BUILD_H

#include "message.h"

/* SPIs of one Delete that we write */
#define IKE_DELETE_SPIS_MAX	1024

/**
 * struct ike_build - a chain being written
 * @w: where to
 * @next_at: offset of the octet that will name the next payload
 * @outer: there is an IKE header in front, and @next_at begins inside it
 * @first: type of the first payload; what the SK payload must name
 * @start: offset of the open payload's header
 */
struct ike_build {
	struct wbuf w;
	size_t next_at;
	bool outer;
	uint8_t first;
	size_t start;
};

/**
 * ike_build_outer() - begin a message with its header
 * @b: chain, overwritten
 * @buf: memory for the message; outlives @b
 * @cap: its size; more than IKE_MSG_MAX is not used
 * @hdr: what to write; next and length are computed, the version is 2.0
 */
void ike_build_outer(struct ike_build *b, void *buf, size_t cap,
		     const struct ike_hdr *hdr);

/**
 * ike_build_inner() - begin a chain that will go inside SK
 * @b: chain, overwritten
 * @buf: memory for the chain; outlives @b
 * @cap: its size
 */
void ike_build_inner(struct ike_build *b, void *buf, size_t cap);

/**
 * ike_build_critical() - set the critical bit of the last payload written
 * @b: chain; fails when it has no payload
 */
void ike_build_critical(struct ike_build *b);

/**
 * ike_build_raw() - write a payload whose body is at hand
 * @b: chain
 * @type: its type; SK and SKF are refused
 * @body: what follows the generic header
 */
void ike_build_raw(struct ike_build *b, uint8_t type, struct span body);

/**
 * ike_build_sa() - write Security Association
 * @b: chain
 * @sa: proposals; at least one, each with a transform, numbered as they shall be sent
 */
void ike_build_sa(struct ike_build *b, const struct ike_sa_payload *sa);

/**
 * ike_build_ke() - write Key Exchange
 * @b: chain
 * @group: enum ike_dh
 * @data: public value, not empty
 */
void ike_build_ke(struct ike_build *b, uint16_t group, struct span data);

/**
 * ike_build_id() - write Identification
 * @b: chain; fails for IKE_ID_PUBLICKEY, which never goes on the wire (RFC 5386 2)
 * @payload: IKE_PLD_IDI or IKE_PLD_IDR
 * @type: enum ike_id_type
 * @data: the name
 */
void ike_build_id(struct ike_build *b, uint8_t payload, uint16_t type,
		  struct span data);

/**
 * ike_build_cert() - write Certificate
 * @b: chain
 * @encoding: enum ike_cert_encoding
 * @data: the certificate or key, not empty
 */
void ike_build_cert(struct ike_build *b, uint8_t encoding, struct span data);

/**
 * ike_build_certreq() - write Certificate Request
 * @b: chain
 * @encoding: enum ike_cert_encoding
 * @data: authorities; empty for raw keys (RFC 7670 3)
 */
void ike_build_certreq(struct ike_build *b, uint8_t encoding, struct span data);

/**
 * ike_build_auth() - write Authentication
 * @b: chain
 * @method: enum ike_auth_method
 * @data: not empty; for method 14 what sig_sign() made
 */
void ike_build_auth(struct ike_build *b, uint8_t method, struct span data);

/**
 * ike_build_nonce() - write Nonce
 * @b: chain
 * @nonce: 16 to 256 octets
 */
void ike_build_nonce(struct ike_build *b, struct span nonce);

/**
 * ike_build_notify() - write Notify about the IKE SA, without SPI
 * @b: chain
 * @type: enum ike_notify
 * @data: notification data, may be empty
 */
void ike_build_notify(struct ike_build *b, uint16_t type, struct span data);

/**
 * ike_build_notify_spi() - write Notify about a child SA (REKEY_SA, CHILD_SA_NOT_FOUND)
 * @b: chain
 * @proto: IKE_PROTO_AH or IKE_PROTO_ESP
 * @spi: host order
 * @type: enum ike_notify
 * @data: notification data, may be empty
 */
void ike_build_notify_spi(struct ike_build *b, uint8_t proto, uint32_t spi,
			  uint16_t type, struct span data);

/**
 * ike_build_delete_ike() - write Delete of the IKE SA itself
 * @b: chain
 */
void ike_build_delete_ike(struct ike_build *b);

/**
 * ike_build_delete() - write Delete of child SAs
 * @b: chain
 * @proto: IKE_PROTO_AH or IKE_PROTO_ESP
 * @spis: inbound SPIs of the sender, host order
 * @count: how many, 1 to IKE_DELETE_SPIS_MAX
 */
void ike_build_delete(struct ike_build *b, uint8_t proto, const uint32_t *spis,
		      unsigned int count);

/**
 * ike_build_vendor() - write Vendor ID
 * @b: chain
 * @data: the vendor id, not empty
 */
void ike_build_vendor(struct ike_build *b, struct span data);

/**
 * ike_build_ts() - write Traffic Selectors
 * @b: chain
 * @payload: IKE_PLD_TSI or IKE_PLD_TSR
 * @ts: selectors; IPv4 or IPv6 ranges
 * @count: how many, 1 to 255
 */
void ike_build_ts(struct ike_build *b, uint8_t payload, const struct ike_ts *ts,
		  unsigned int count);

/**
 * ike_build_done() - finish a chain
 * @b: chain
 * @out: the octets, in the caller's memory; {NULL, 0} on failure
 * @first: type of the first payload (0 for none), may be NULL; for ike_build_sk()
 *
 * Return: false when anything did not fit or was refused.
 */
bool ike_build_done(struct ike_build *b, struct span *out, uint8_t *first);

/**
 * struct ike_sk_room - a protected message with room for its ciphertext
 * @message: the whole message, header and SK payload, final but for the rooms
 * @aad: the octets that AEAD covers in clear
 * @iv: room for the IV
 * @text: room holding the plaintext: payloads, padding, pad length; encrypt it in place
 * @text_len: its octets
 * @icv: room for the ICV
 */
struct ike_sk_room {
	struct span message;
	struct span aad;
	uint8_t *iv;
	uint8_t *text;
	size_t text_len;
	uint8_t *icv;
};

/**
 * struct ike_sk_form - how to lay out SK
 * @iv_len: octets of IV
 * @icv_len: octets of ICV
 * @number: of this fragment from 1, or 0 for SK
 * @total: of fragments, or 0 for SK
 * @block: octets of the cipher's block, at most 256; 0 or 1 for none
 */
struct ike_sk_form {
	size_t iv_len;
	size_t icv_len;
	uint16_t number;
	uint16_t total;
	size_t block;
};

/**
 * ike_build_sk() - lay out a protected message around inner payloads
 * @buf: memory for the message
 * @cap: its size
 * @hdr: header, as for ike_build_outer()
 * @first: type of the first inner payload (0 in fragments after the first)
 * @text: inner payloads, or this fragment's part of them; not inside @buf
 * @form: how
 * @room: where to encrypt
 *
 * Padded to whole blocks with zeros; without blocks the pad length is 0. RFC 7296
 * 3.14, RFC 5282 3, RFC 7383 2.5.
 * Return: false, and @room is zeroed, when it does not fit.
 */
bool ike_build_sk(void *buf, size_t cap, const struct ike_hdr *hdr, uint8_t first,
		  struct span text, const struct ike_sk_form *form,
		  struct ike_sk_room *room);

/**
 * struct ike_sk_parts - a received SK body taken apart
 * @aad: octets of the message before the IV
 * @iv: IV
 * @text: ciphertext, at least the pad length octet
 * @icv: ICV
 */
struct ike_sk_parts {
	struct span aad;
	struct span iv;
	struct span text;
	struct span icv;
};

/**
 * ike_sk_split() - take a received SK body apart
 * @message: the datagram that ike_parse_outer() read
 * @sk: what it found
 * @iv_len: octets of IV
 * @icv_len: octets of ICV
 * @parts: the parts
 *
 * Return: false when the body is too short.
 */
bool ike_sk_split(struct span message, const struct ike_sk *sk, size_t iv_len,
		  size_t icv_len, struct ike_sk_parts *parts);

/**
 * ike_build_payloads() - write again the payloads of a parsed message
 * @b: chain
 * @msg: message
 * @inner: those inside SK, or the clear ones
 *
 * Each goes through its own builder, not through its octets: reserved fields
 * become zero and unknown payloads, attributes and selectors are left out.
 */
void ike_build_payloads(struct ike_build *b, const struct ike_msg *msg, bool inner);

#endif /* BTNSD_IKE_BUILD_H */
