/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What IKEv2 looks like on the wire: numbers and fixed headers, each with the
 * section that gives it, so that parser, builder, rules and logs cannot
 * disagree. Nothing here has behaviour. All multi-byte fields are big-endian.
 */
#ifndef BTNSD_IKE_WIRE_H
#define BTNSD_IKE_WIRE_H

#include <linux/types.h>
#include <stdint.h>

#define IKE_PORT		500	/* RFC 7296 2 */
#define IKE_NATT_PORT		4500	/* RFC 7296 2.23 */
#define IKE_NON_ESP_MARKER_LEN	4	/* RFC 7296 3.1: four zero octets on port 4500 */

#define IKE_MAJOR_VERSION	2	/* RFC 7296 3.1 */
#define IKE_MINOR_VERSION	0	/* RFC 7296 3.1 */

/* Flags of the IKE header, RFC 7296 3.1. */
#define IKE_FLAG_INITIATOR	0x08	/* sender started the IKE SA */
#define IKE_FLAG_VERSION	0x10	/* sender can speak a higher major version */
#define IKE_FLAG_RESPONSE	0x20	/* this answers the request of the same id */

#define IKE_PAYLOAD_CRITICAL	0x80	/* RFC 7296 3.2 */

#define IKE_NONCE_MIN		16	/* RFC 7296 3.9 */
#define IKE_NONCE_MAX		256	/* RFC 7296 3.9 */
#define IKE_COOKIE_MIN		1	/* RFC 7296 2.6 */
#define IKE_COOKIE_MAX		64	/* RFC 7296 2.6 */
#define IKE_SPI_LEN		8	/* RFC 7296 3.3.1 */
#define IKE_ESP_SPI_LEN		4	/* RFC 7296 3.3.1 */

/**
 * struct ike_wire_hdr - the IKE header, RFC 7296 3.1
 * @spi_i: initiator's SPI, never zero
 * @spi_r: responder's SPI, zero in the first message
 * @next: type of the first payload
 * @version: major in the high four bits, minor in the low four
 * @exchange: enum ike_exchange
 * @flags: IKE_FLAG_*
 * @msgid: message id
 * @length: octets of the whole message, this header included
 */
struct ike_wire_hdr {
	__be64 spi_i;
	__be64 spi_r;
	__u8 next;
	__u8 version;
	__u8 exchange;
	__u8 flags;
	__be32 msgid;
	__be32 length;
} __attribute__((packed));

/**
 * struct ike_wire_payload - the generic payload header, RFC 7296 3.2
 * @next: type of the payload that follows, or of the first inner one for SK
 * @flags: IKE_PAYLOAD_CRITICAL; the other bits are reserved and ignored
 * @length: octets of the payload, this header included
 */
struct ike_wire_payload {
	__u8 next;
	__u8 flags;
	__be16 length;
} __attribute__((packed));

/**
 * struct ike_wire_proposal - a proposal, RFC 7296 3.3.1
 * @more: 2 when another follows, 0 at the last
 * @reserved: ignored
 * @length: octets, transforms included
 * @num: 1, 2, 3 ... in the order of preference
 * @proto: enum ike_proto
 * @spi_len: octets of SPI after this header
 * @transforms: how many follow the SPI
 */
struct ike_wire_proposal {
	__u8 more;
	__u8 reserved;
	__be16 length;
	__u8 num;
	__u8 proto;
	__u8 spi_len;
	__u8 transforms;
} __attribute__((packed));

/**
 * struct ike_wire_transform - a transform, RFC 7296 3.3.2
 * @more: 3 when another follows, 0 at the last
 * @reserved: ignored
 * @length: octets, attributes included
 * @type: enum ike_transform
 * @reserved2: ignored
 * @id: enum ike_encr, ike_prf, ike_integ, ike_dh or ike_esn
 */
struct ike_wire_transform {
	__u8 more;
	__u8 reserved;
	__be16 length;
	__u8 type;
	__u8 reserved2;
	__be16 id;
} __attribute__((packed));

/**
 * struct ike_wire_ke - fixed part of Key Exchange, RFC 7296 3.4
 * @group: enum ike_dh
 * @reserved: ignored
 */
struct ike_wire_ke {
	__be16 group;
	__be16 reserved;
} __attribute__((packed));

/**
 * struct ike_wire_typed - fixed part of ID (3.5), AUTH (3.8), TS (3.13)
 * @type: ID type, auth method, or number of traffic selectors
 * @reserved: ignored
 */
struct ike_wire_typed {
	__u8 type;
	__u8 reserved[3];
} __attribute__((packed));

/**
 * struct ike_wire_notify - fixed part of Notify, RFC 7296 3.10
 * @proto: enum ike_proto, or 0 without an SPI
 * @spi_len: octets of SPI after this header
 * @type: enum ike_notify
 */
struct ike_wire_notify {
	__u8 proto;
	__u8 spi_len;
	__be16 type;
} __attribute__((packed));

/**
 * struct ike_wire_delete - fixed part of Delete, RFC 7296 3.11
 * @proto: enum ike_proto
 * @spi_len: octets of each SPI: 0 for IKE, 4 for AH and ESP
 * @count: how many SPIs follow
 */
struct ike_wire_delete {
	__u8 proto;
	__u8 spi_len;
	__be16 count;
} __attribute__((packed));

/**
 * struct ike_wire_ts - fixed part of one traffic selector, RFC 7296 3.13.1
 * @type: enum ike_ts_type
 * @proto: IP protocol, 0 is any
 * @length: octets, addresses included
 * @port_from: first port; for ICMP type and code
 * @port_to: last port; smaller than @port_from only as OPAQUE (65535..0)
 */
struct ike_wire_ts {
	__u8 type;
	__u8 proto;
	__be16 length;
	__be16 port_from;
	__be16 port_to;
} __attribute__((packed));

/**
 * struct ike_wire_skf - fixed part of Encrypted Fragment, RFC 7383 2.5
 * @number: this fragment, from 1
 * @total: how many fragments there are
 */
struct ike_wire_skf {
	__be16 number;
	__be16 total;
} __attribute__((packed));

/** enum ike_exchange - exchange types */
enum ike_exchange {
	IKE_SA_INIT = 34,		/* RFC 7296 1.2 */
	IKE_AUTH = 35,			/* RFC 7296 1.2 */
	IKE_CREATE_CHILD_SA = 36,	/* RFC 7296 1.3 */
	IKE_INFORMATIONAL = 37,		/* RFC 7296 1.4 */
	IKE_SESSION_RESUME = 38,	/* RFC 5723 4.3.2 */
	IKE_INTERMEDIATE = 43,		/* RFC 9242 3.2 */
	IKE_FOLLOWUP_KE = 44,		/* RFC 9370 2.2.4 */
};

/** enum ike_payload_type - payload types */
enum ike_payload_type {
	IKE_PLD_NONE = 0,	/* RFC 7296 3.2 */
	IKE_PLD_SA = 33,	/* RFC 7296 3.3 */
	IKE_PLD_KE = 34,	/* RFC 7296 3.4 */
	IKE_PLD_IDI = 35,	/* RFC 7296 3.5 */
	IKE_PLD_IDR = 36,	/* RFC 7296 3.5 */
	IKE_PLD_CERT = 37,	/* RFC 7296 3.6 */
	IKE_PLD_CERTREQ = 38,	/* RFC 7296 3.7 */
	IKE_PLD_AUTH = 39,	/* RFC 7296 3.8 */
	IKE_PLD_NONCE = 40,	/* RFC 7296 3.9 */
	IKE_PLD_NOTIFY = 41,	/* RFC 7296 3.10 */
	IKE_PLD_DELETE = 42,	/* RFC 7296 3.11 */
	IKE_PLD_VENDOR = 43,	/* RFC 7296 3.12 */
	IKE_PLD_TSI = 44,	/* RFC 7296 3.13 */
	IKE_PLD_TSR = 45,	/* RFC 7296 3.13 */
	IKE_PLD_SK = 46,	/* RFC 7296 3.14 */
	IKE_PLD_CP = 47,	/* RFC 7296 3.15 */
	IKE_PLD_EAP = 48,	/* RFC 7296 3.16 */
	IKE_PLD_SKF = 53,	/* RFC 7383 2.5 */
};

/** enum ike_proto - protocol ids, RFC 7296 3.3.1 */
enum ike_proto {
	IKE_PROTO_NONE = 0,
	IKE_PROTO_IKE = 1,
	IKE_PROTO_AH = 2,
	IKE_PROTO_ESP = 3,
};

/** enum ike_transform - transform types, RFC 7296 3.3.2 */
enum ike_transform {
	IKE_TRANS_ENCR = 1,
	IKE_TRANS_PRF = 2,
	IKE_TRANS_INTEG = 3,
	IKE_TRANS_DH = 4,
	IKE_TRANS_ESN = 5,
	IKE_TRANS_ADDKE1 = 6,	/* RFC 9370 2.2.1, and so to ADDKE7 */
	IKE_TRANS_ADDKE7 = 12,
};

/* Transform attributes, RFC 7296 3.3.5. */
#define IKE_ATTR_TV		0x8000	/* the value is in the length field */
#define IKE_ATTR_KEY_LENGTH	14	/* in bits */

/** enum ike_encr - encryption transforms */
enum ike_encr {
	IKE_ENCR_NULL = 11,		/* RFC 2410 */
	IKE_ENCR_AES_CBC = 12,		/* RFC 3602 */
	IKE_ENCR_AES_CTR = 13,		/* RFC 3686 */
	IKE_ENCR_AES_GCM_8 = 18,	/* RFC 4106, RFC 5282 */
	IKE_ENCR_AES_GCM_12 = 19,	/* RFC 4106, RFC 5282 */
	IKE_ENCR_AES_GCM_16 = 20,	/* RFC 4106, RFC 5282 */
	IKE_ENCR_CHACHA20_POLY1305 = 28, /* RFC 7634 */
};

/** enum ike_prf - pseudorandom functions */
enum ike_prf {
	IKE_PRF_HMAC_SHA1 = 2,		/* RFC 2104; named in logs, never used */
	IKE_PRF_HMAC_SHA2_256 = 5,	/* RFC 4868 2.4 */
	IKE_PRF_HMAC_SHA2_384 = 6,	/* RFC 4868 2.4 */
	IKE_PRF_HMAC_SHA2_512 = 7,	/* RFC 4868 2.4 */
};

/** enum ike_integ - integrity transforms */
enum ike_integ {
	IKE_INTEG_NONE = 0,			/* RFC 7296 3.3.2 */
	IKE_INTEG_HMAC_SHA1_96 = 2,		/* RFC 2404; named in logs, never used */
	IKE_INTEG_HMAC_SHA2_256_128 = 12,	/* RFC 4868 2.3 */
	IKE_INTEG_HMAC_SHA2_384_192 = 13,	/* RFC 4868 2.3 */
	IKE_INTEG_HMAC_SHA2_512_256 = 14,	/* RFC 4868 2.3 */
};

/** enum ike_dh - key exchange methods */
enum ike_dh {
	IKE_DH_NONE = 0,	/* RFC 7296 3.3.2 */
	IKE_DH_MODP_2048 = 14,	/* RFC 3526 3 */
	IKE_DH_MODP_3072 = 15,	/* RFC 3526 4 */
	IKE_DH_MODP_4096 = 16,	/* RFC 3526 5 */
	IKE_DH_ECP_256 = 19,	/* RFC 5903 3.1 */
	IKE_DH_ECP_384 = 20,	/* RFC 5903 3.2 */
	IKE_DH_ECP_521 = 21,	/* RFC 5903 3.3 */
	IKE_DH_X25519 = 31,	/* RFC 8031 */
	IKE_DH_X448 = 32,	/* RFC 8031 */
	IKE_DH_ML_KEM_512 = 35,	/* draft-ietf-ipsecme-ikev2-mlkem 2 */
	IKE_DH_ML_KEM_768 = 36,	/* draft-ietf-ipsecme-ikev2-mlkem 2 */
	IKE_DH_ML_KEM_1024 = 37, /* draft-ietf-ipsecme-ikev2-mlkem 2 */
};

/** enum ike_esn - extended sequence numbers, RFC 7296 3.3.2 */
enum ike_esn {
	IKE_ESN_NO = 0,
	IKE_ESN_YES = 1,
};

/** enum ike_id_type - identification types */
enum ike_id_type {
	IKE_ID_IPV4_ADDR = 1,	/* RFC 7296 3.5 */
	IKE_ID_FQDN = 2,	/* RFC 7296 3.5 */
	IKE_ID_RFC822_ADDR = 3,	/* RFC 7296 3.5 */
	IKE_ID_IPV6_ADDR = 5,	/* RFC 7296 3.5 */
	IKE_ID_DER_ASN1_DN = 9,	/* RFC 7296 3.5 */
	IKE_ID_DER_ASN1_GN = 10, /* RFC 7296 3.5 */
	IKE_ID_KEY_ID = 11,	/* RFC 7296 3.5 */
	IKE_ID_NULL = 13,	/* RFC 7619 2.2 */
	/*
	 * RFC 5386 2: an identity that is a public key. It never appears on the
	 * wire; the number does not fit the wire's octet, and build refuses it.
	 */
	IKE_ID_PUBLICKEY = 0x100,
};

/** enum ike_cert_encoding - certificate encodings */
enum ike_cert_encoding {
	IKE_CERT_X509_SIGNATURE = 4,	/* RFC 7296 3.6 */
	IKE_CERT_RAW_RSA = 11,		/* RFC 4306 3.6 (PKCS#1 RSAPublicKey), RFC 5386 2 */
	IKE_CERT_HASH_URL = 12,		/* RFC 7296 3.6; never fetched */
	IKE_CERT_RAW_KEY = 15,		/* RFC 7670 3 (SubjectPublicKeyInfo) */
};

/** enum ike_auth_method - authentication methods */
enum ike_auth_method {
	IKE_AUTH_RSA = 1,		/* RFC 7296 3.8 (SHA-1; not spoken) */
	IKE_AUTH_PSK = 2,		/* RFC 7296 3.8 */
	IKE_AUTH_DSS = 3,		/* RFC 7296 3.8 (SHA-1; not spoken) */
	IKE_AUTH_ECDSA_256 = 9,		/* RFC 4754 3 */
	IKE_AUTH_ECDSA_384 = 10,	/* RFC 4754 3 */
	IKE_AUTH_ECDSA_521 = 11,	/* RFC 4754 3 */
	IKE_AUTH_NULL = 13,		/* RFC 7619 2.1 */
	IKE_AUTH_DIGITAL_SIGNATURE = 14, /* RFC 7427 3 */
};

/** enum ike_sig_hash - values of SIGNATURE_HASH_ALGORITHMS */
enum ike_sig_hash {
	IKE_HASH_SHA1 = 1,	/* RFC 7427 4; refused here */
	IKE_HASH_SHA2_256 = 2,	/* RFC 7427 4 */
	IKE_HASH_SHA2_384 = 3,	/* RFC 7427 4 */
	IKE_HASH_SHA2_512 = 4,	/* RFC 7427 4 */
	IKE_HASH_IDENTITY = 5,	/* RFC 8420 2 */
};

/** enum ike_ts_type - traffic selector types */
enum ike_ts_type {
	IKE_TS_IPV4_ADDR_RANGE = 7,	/* RFC 7296 3.13.1 */
	IKE_TS_IPV6_ADDR_RANGE = 8,	/* RFC 7296 3.13.1 */
};

/* Notify types below this are errors, from it on they are status, RFC 7296 3.10.1. */
#define IKE_N_STATUS_MIN	16384

/** enum ike_notify - notify message types */
enum ike_notify {
	IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD = 1,	/* RFC 7296 3.10.1; data: the payload type */
	IKE_N_INVALID_IKE_SPI = 4,		/* RFC 7296 3.10.1 */
	IKE_N_INVALID_MAJOR_VERSION = 5,	/* RFC 7296 3.10.1 */
	IKE_N_INVALID_SYNTAX = 7,		/* RFC 7296 3.10.1 */
	IKE_N_INVALID_MESSAGE_ID = 9,		/* RFC 7296 3.10.1 */
	IKE_N_INVALID_SPI = 11,			/* RFC 7296 3.10.1 */
	IKE_N_NO_PROPOSAL_CHOSEN = 14,		/* RFC 7296 3.10.1 */
	IKE_N_INVALID_KE_PAYLOAD = 17,		/* RFC 7296 3.10.1; data: the group, 2 octets */
	IKE_N_AUTHENTICATION_FAILED = 24,	/* RFC 7296 3.10.1 */
	IKE_N_SINGLE_PAIR_REQUIRED = 34,	/* RFC 7296 3.10.1 */
	IKE_N_NO_ADDITIONAL_SAS = 35,		/* RFC 7296 3.10.1 */
	IKE_N_INTERNAL_ADDRESS_FAILURE = 36,	/* RFC 7296 3.10.1 */
	IKE_N_FAILED_CP_REQUIRED = 37,		/* RFC 7296 3.10.1 */
	IKE_N_TS_UNACCEPTABLE = 38,		/* RFC 7296 3.10.1 */
	IKE_N_INVALID_SELECTORS = 39,		/* RFC 7296 3.10.1 */
	IKE_N_UNACCEPTABLE_ADDRESSES = 40,	/* RFC 4555 4.4 */
	IKE_N_UNEXPECTED_NAT_DETECTED = 41,	/* RFC 4555 4.4 */
	IKE_N_TEMPORARY_FAILURE = 43,		/* RFC 7296 3.10.1 */
	IKE_N_CHILD_SA_NOT_FOUND = 44,		/* RFC 7296 3.10.1 */
	IKE_N_STATE_NOT_FOUND = 47,		/* RFC 9370 2.2.4 */
	IKE_N_INITIAL_CONTACT = 16384,		/* RFC 7296 3.10.1 */
	IKE_N_SET_WINDOW_SIZE = 16385,		/* RFC 7296 3.10.1 */
	IKE_N_ADDITIONAL_TS_POSSIBLE = 16386,	/* RFC 7296 3.10.1 */
	IKE_N_IPCOMP_SUPPORTED = 16387,		/* RFC 7296 3.10.1 */
	IKE_N_NAT_DETECTION_SOURCE_IP = 16388,	/* RFC 7296 2.23 */
	IKE_N_NAT_DETECTION_DESTINATION_IP = 16389, /* RFC 7296 2.23 */
	IKE_N_COOKIE = 16390,			/* RFC 7296 2.6 */
	IKE_N_USE_TRANSPORT_MODE = 16391,	/* RFC 7296 1.3.1 */
	IKE_N_HTTP_CERT_LOOKUP_SUPPORTED = 16392, /* RFC 7296 3.6 */
	IKE_N_REKEY_SA = 16393,			/* RFC 7296 1.3.3 */
	IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394, /* RFC 7296 1.3.1 */
	IKE_N_NON_FIRST_FRAGMENTS_ALSO = 16395,	/* RFC 7296 1.3.1 */
	IKE_N_MOBIKE_SUPPORTED = 16396,		/* RFC 4555 4.2 */
	IKE_N_ADDITIONAL_IP4_ADDRESS = 16397,	/* RFC 4555 4.2 */
	IKE_N_ADDITIONAL_IP6_ADDRESS = 16398,	/* RFC 4555 4.2 */
	IKE_N_NO_ADDITIONAL_ADDRESSES = 16399,	/* RFC 4555 4.2 */
	IKE_N_UPDATE_SA_ADDRESSES = 16400,	/* RFC 4555 4.2 */
	IKE_N_COOKIE2 = 16401,			/* RFC 4555 4.2 */
	IKE_N_NO_NATS_ALLOWED = 16402,		/* RFC 4555 4.2 */
	IKE_N_AUTH_LIFETIME = 16403,		/* RFC 4478 3 */
	IKE_N_MULTIPLE_AUTH_SUPPORTED = 16404,	/* RFC 4739 3.1 */
	IKE_N_ANOTHER_AUTH_FOLLOWS = 16405,	/* RFC 4739 3.2 */
	IKE_N_REDIRECT_SUPPORTED = 16406,	/* RFC 5685 10 */
	IKE_N_REDIRECT = 16407,			/* RFC 5685 10 */
	IKE_N_REDIRECTED_FROM = 16408,		/* RFC 5685 10 */
	IKE_N_TICKET_LT_OPAQUE = 16409,		/* RFC 5723 7.2 */
	IKE_N_TICKET_REQUEST = 16410,		/* RFC 5723 7.3 */
	IKE_N_EAP_ONLY_AUTHENTICATION = 16417,	/* RFC 5998 3 */
	IKE_N_CHILDLESS_IKEV2_SUPPORTED = 16418, /* RFC 6023 3 */
	IKE_N_QUICK_CRASH_DETECTION = 16419,	/* RFC 6290 4.1 */
	IKE_N_MESSAGE_ID_SYNC_SUPPORTED = 16420, /* RFC 6311 7.1 */
	IKE_N_REPLAY_COUNTER_SYNC_SUPPORTED = 16421, /* RFC 6311 7.2 */
	IKE_N_MESSAGE_ID_SYNC = 16422,		/* RFC 6311 7.3 */
	IKE_N_FRAGMENTATION_SUPPORTED = 16430,	/* RFC 7383 2.3 */
	IKE_N_SIGNATURE_HASH_ALGORITHMS = 16431, /* RFC 7427 4 */
	IKE_N_USE_PPK = 16435,			/* RFC 8784 3 */
	IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438, /* RFC 9242 3.1 */
	IKE_N_ADDITIONAL_KEY_EXCHANGE = 16441,	/* RFC 9370 2.2.4 */
};

#endif /* BTNSD_IKE_WIRE_H */
