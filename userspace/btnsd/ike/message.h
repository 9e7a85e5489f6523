/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A message of IKEv2 as plain data: what parse makes of octets and what build
 * makes octets of. Nothing is allocated: every list has a fixed cap, and every
 * span points into the octets that were parsed (the datagram for clear
 * payloads, the decrypted text for inner ones), which must outlive it.
 */
#ifndef BTNSD_IKE_MESSAGE_H
#define BTNSD_IKE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "wire.h"

/* Caps: a message that has more is refused as a whole. */
#define IKE_MSG_MAX		65507	/* octets; what fits a UDP datagram over IPv4 */
#define IKE_MAX_PAYLOADS	64
#define IKE_MAX_PROPOSALS	16
#define IKE_MAX_TRANSFORMS	128	/* of all proposals together */
#define IKE_MAX_CERTS		8
#define IKE_MAX_CERTREQS	8
#define IKE_MAX_NOTIFIES	48
#define IKE_MAX_DELETES		8
#define IKE_MAX_VENDORS		24
#define IKE_MAX_TS		16	/* of each side */

/**
 * struct ike_hdr - the IKE header in host order
 * @spi_i: initiator's SPI
 * @spi_r: responder's SPI; 0 until the responder chose it
 * @next: type of the first clear payload
 * @major: major version
 * @minor: minor version
 * @exchange: enum ike_exchange, or a number we do not know
 * @flags: IKE_FLAG_*
 * @msgid: message id
 * @length: octets of the message; build computes it
 */
struct ike_hdr {
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t next;
	uint8_t major;
	uint8_t minor;
	uint8_t exchange;
	uint8_t flags;
	uint32_t msgid;
	uint32_t length;
};

/**
 * struct ike_payload - one payload, in the order it came
 * @type: enum ike_payload_type; only types we know are listed
 * @critical: the critical bit was set; kept to write it back
 * @inner: it was inside SK
 * @index: which one of its type (of &struct ike_msg.notify and so on)
 * @body: octets after the generic header
 */
struct ike_payload {
	uint8_t type;
	bool critical;
	bool inner;
	uint8_t index;
	struct span body;
};

/**
 * struct ike_transform_desc - one transform of a proposal
 * @type: enum ike_transform, or a number we do not know
 * @id: the algorithm
 * @keybits: Key Length attribute in bits; 0 when there is none
 * @foreign: has an attribute we do not know, so it must not be chosen (RFC 7296 3.3.6)
 */
struct ike_transform_desc {
	uint8_t type;
	uint16_t id;
	uint16_t keybits;
	bool foreign;
};

/**
 * struct ike_proposal - one proposal
 * @num: its number, from 1
 * @proto: enum ike_proto, or a number we do not know
 * @spi: the SPI; 0, 4 or 8 octets for protocols we know
 * @first: index of its first transform in &struct ike_sa_payload.transform
 * @count: how many transforms it has
 */
struct ike_proposal {
	uint8_t num;
	uint8_t proto;
	struct span spi;
	uint8_t first;
	uint8_t count;
};

/**
 * struct ike_sa_payload - Security Association, RFC 7296 3.3
 * @present: the message has one
 * @count: how many proposals
 * @proposal: the proposals, in the sender's order of preference
 * @n_transforms: how many transforms in all
 * @transform: transforms of all proposals, see &struct ike_proposal.first
 */
struct ike_sa_payload {
	bool present;
	uint8_t count;
	struct ike_proposal proposal[IKE_MAX_PROPOSALS];
	uint8_t n_transforms;
	struct ike_transform_desc transform[IKE_MAX_TRANSFORMS];
};

/**
 * struct ike_ke - Key Exchange, RFC 7296 3.4
 * @present: the message has one
 * @group: enum ike_dh, or a number we do not know
 * @data: public value, never empty; its length is checked by dh_derive()
 */
struct ike_ke {
	bool present;
	uint16_t group;
	struct span data;
};

/**
 * struct ike_id - Identification, RFC 7296 3.5
 * @present: the message has one
 * @type: enum ike_id_type; IKE_ID_PUBLICKEY is never parsed and never built
 * @data: the name; 4 or 16 octets for addresses, empty for ID_NULL
 * @body: the payload's body (type, reserved, name), what AUTH covers; set by parse
 */
struct ike_id {
	bool present;
	uint16_t type;
	struct span data;
	struct span body;
};

/**
 * struct ike_cert - Certificate or Certificate Request, RFC 7296 3.6 and 3.7
 * @encoding: enum ike_cert_encoding, or a number we do not know
 * @data: the certificate, or the authorities; never empty in a Certificate
 */
struct ike_cert {
	uint8_t encoding;
	struct span data;
};

/**
 * struct ike_auth - Authentication, RFC 7296 3.8
 * @present: the message has one
 * @method: enum ike_auth_method, or a number we do not know
 * @data: for method 14 what sig_verify() takes (RFC 7427 3); never empty
 */
struct ike_auth {
	bool present;
	uint8_t method;
	struct span data;
};

/**
 * struct ike_notify_desc - Notify, RFC 7296 3.10
 * @proto: enum ike_proto, 0 without SPI
 * @type: enum ike_notify, or a number we do not know
 * @spi: the SPI; empty, 4 or 8 octets
 * @data: notification data
 */
struct ike_notify_desc {
	uint8_t proto;
	uint16_t type;
	struct span spi;
	struct span data;
};

/**
 * struct ike_delete - Delete, RFC 7296 3.11
 * @proto: IKE_PROTO_IKE, _AH or _ESP
 * @spi_len: 0 for IKE, 4 for AH and ESP
 * @count: how many SPIs; 0 for IKE
 * @spis: @count times @spi_len octets; read them with ike_delete_spi()
 */
struct ike_delete {
	uint8_t proto;
	uint8_t spi_len;
	uint16_t count;
	struct span spis;
};

/**
 * struct ike_ts - one traffic selector, RFC 7296 3.13.1
 * @type: IKE_TS_IPV4_ADDR_RANGE or IKE_TS_IPV6_ADDR_RANGE
 * @proto: IP protocol, 0 is any
 * @port_from: first port, host order
 * @port_to: last port, host order; 65535..0 is OPAQUE
 * @from: first address, network order; 4 octets used for IPv4, the rest zero
 * @to: last address, not below @from
 */
struct ike_ts {
	uint8_t type;
	uint8_t proto;
	uint16_t port_from;
	uint16_t port_to;
	uint8_t from[16];
	uint8_t to[16];
};

/**
 * struct ike_ts_payload - Traffic Selectors of one side, RFC 7296 3.13
 * @present: the message has one
 * @count: how many selectors of a type we know; may be 0
 * @skipped: how many were of a type we do not know and match nothing
 * @ts: the selectors
 */
struct ike_ts_payload {
	bool present;
	uint8_t count;
	uint8_t skipped;
	struct ike_ts ts[IKE_MAX_TS];
};

/**
 * struct ike_sk - Encrypted, or Encrypted Fragment, not yet opened
 * @present: the message has one; it is then the last clear payload
 * @fragment: it is SKF (RFC 7383)
 * @flags: of its generic header, reserved bits included
 * @number: of this fragment, from 1; 0 without fragmentation
 * @total: of fragments; 0 without fragmentation
 * @first: type of the first inner payload; 0 is "nothing inside", and in
 *	fragments after the first
 * @offset: of the payload's generic header in the message
 * @aad_len: octets of the message before the IV, what AEAD covers in clear
 *	(RFC 5282 5.1, RFC 7383 2.5)
 * @body: IV, ciphertext, ICV
 */
struct ike_sk {
	bool present;
	bool fragment;
	uint8_t flags;
	uint16_t number;
	uint16_t total;
	uint8_t first;
	size_t offset;
	size_t aad_len;
	struct span body;
};

/**
 * struct ike_msg - a message
 * @hdr: its header
 * @n_payloads: how many payloads of types we know, SK and SKF not counted
 * @payload: the payloads in order
 * @n_unknown: how many payloads were skipped for being unknown and not critical
 * @sk: Encrypted payload
 * @inner: the payloads that were inside it, unpadded
 * @sa: Security Association
 * @ke: Key Exchange
 * @idi: Identification of the initiator
 * @idr: Identification of the responder
 * @n_certs: how many
 * @cert: Certificates
 * @n_certreqs: how many
 * @certreq: Certificate Requests
 * @auth: Authentication
 * @has_nonce: the message has a nonce
 * @nonce: 16 to 256 octets
 * @n_notifies: how many
 * @notify: Notifies
 * @n_deletes: how many
 * @del: Deletes
 * @n_vendors: how many
 * @vendor: Vendor IDs
 * @tsi: Traffic Selectors of the initiator
 * @tsr: Traffic Selectors of the responder
 *
 * CP and EAP are in @payload only.
 */
struct ike_msg {
	struct ike_hdr hdr;
	uint8_t n_payloads;
	struct ike_payload payload[IKE_MAX_PAYLOADS];
	uint16_t n_unknown;
	struct ike_sk sk;
	struct span inner;
	struct ike_sa_payload sa;
	struct ike_ke ke;
	struct ike_id idi;
	struct ike_id idr;
	uint8_t n_certs;
	struct ike_cert cert[IKE_MAX_CERTS];
	uint8_t n_certreqs;
	struct ike_cert certreq[IKE_MAX_CERTREQS];
	struct ike_auth auth;
	bool has_nonce;
	struct span nonce;
	uint8_t n_notifies;
	struct ike_notify_desc notify[IKE_MAX_NOTIFIES];
	uint8_t n_deletes;
	struct ike_delete del[IKE_MAX_DELETES];
	uint8_t n_vendors;
	struct span vendor[IKE_MAX_VENDORS];
	struct ike_ts_payload tsi;
	struct ike_ts_payload tsr;
};

/**
 * ike_msg_notify_find() - the first notify of a type
 * @msg: message
 * @type: enum ike_notify
 *
 * Return: it, inside @msg, or NULL.
 */
const struct ike_notify_desc *ike_msg_notify_find(const struct ike_msg *msg,
						  unsigned int type);

/**
 * ike_msg_error_find() - the first notify that is an error (below 16384)
 * @msg: message
 *
 * Return: it, inside @msg, or NULL.
 */
const struct ike_notify_desc *ike_msg_error_find(const struct ike_msg *msg);

/**
 * ike_delete_spi() - one SPI of a Delete of AH or ESP
 * @del: the Delete
 * @i: which, from 0
 * @spi: the SPI in host order
 *
 * Return: false when there is no such SPI.
 */
bool ike_delete_spi(const struct ike_delete *del, unsigned int i, uint32_t *spi);

#endif /* BTNSD_IKE_MESSAGE_H */
