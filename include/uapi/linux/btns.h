/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/btns.yaml */
/* YNL-GEN uapi header */
/* To regenerate run: tools/regen.sh */

#ifndef _UAPI_LINUX_BTNS_H
#define _UAPI_LINUX_BTNS_H

#define BTNS_FAMILY_NAME	"btns"
#define BTNS_FAMILY_VERSION	1

#define BTNS_DIGEST_LEN		32
#define BTNS_NAME_MAX		63
#define BTNS_PAD_PREFIXES_MAX	32
#define BTNS_PAD_KEYS_MAX	4
#define BTNS_PAD_ENTRIES_MAX	4096

/**
 * enum btns_id_type - What kind of identity a digest stands for. The digest is
 *   SHA-256 over the SubjectPublicKeyInfo for "publickey", and over the
 *   identification data of RFC 7296 section 3.5 for all others. "publickey"
 *   never appears on the wire (RFC 5386 section 2).
 * @BTNS_ID_TYPE_NONE: No identity; nobody vouched for the SA.
 * @BTNS_ID_TYPE_PUBLICKEY: A bare public key, the BTNS identity.
 * @BTNS_ID_TYPE_IPV4: An IPv4 address.
 * @BTNS_ID_TYPE_IPV6: An IPv6 address.
 * @BTNS_ID_TYPE_FQDN: A host name, byte by byte.
 * @BTNS_ID_TYPE_RFC822: A mail address, byte by byte.
 * @BTNS_ID_TYPE_DN: An ASN.1 distinguished name in DER.
 * @BTNS_ID_TYPE_KEY_ID: Octets that only the two ends can read.
 */
enum btns_id_type {
	BTNS_ID_TYPE_NONE,
	BTNS_ID_TYPE_PUBLICKEY,
	BTNS_ID_TYPE_IPV4,
	BTNS_ID_TYPE_IPV6,
	BTNS_ID_TYPE_FQDN,
	BTNS_ID_TYPE_RFC822,
	BTNS_ID_TYPE_DN,
	BTNS_ID_TYPE_KEY_ID,
};

/**
 * enum btns_auth_method - How the identity was proved.
 * @BTNS_AUTH_METHOD_NONE: Not at all (unidentified SA, or NULL authentication
 *   of RFC 7619).
 * @BTNS_AUTH_METHOD_BTNS: Signature by a bare key that nothing vouches for
 *   (RFC 5386).
 * @BTNS_AUTH_METHOD_RAWKEY: Signature by a raw key that the PAD names for this
 *   identity.
 * @BTNS_AUTH_METHOD_CERT: Signature by a certificate under a trust anchor.
 * @BTNS_AUTH_METHOD_PSK: Pre-shared key.
 * @BTNS_AUTH_METHOD_MANUAL: An administrator vouched for it by hand.
 */
enum btns_auth_method {
	BTNS_AUTH_METHOD_NONE,
	BTNS_AUTH_METHOD_BTNS,
	BTNS_AUTH_METHOD_RAWKEY,
	BTNS_AUTH_METHOD_CERT,
	BTNS_AUTH_METHOD_PSK,
	BTNS_AUTH_METHOD_MANUAL,
};

/*
 * The five states of a latch (RFC 5660 section 2.2; larval of 2.3).
 */
enum btns_latch_state {
	BTNS_LATCH_STATE_NONE,
	BTNS_LATCH_STATE_LARVAL,
	BTNS_LATCH_STATE_LISTENER,
	BTNS_LATCH_STATE_ESTABLISHED,
	BTNS_LATCH_STATE_BROKEN,
	BTNS_LATCH_STATE_CLOSED,
};

/**
 * enum btns_reason - Why a latch is in its state, or why there is none.
 * @BTNS_REASON_NONE: Nothing to tell.
 * @BTNS_REASON_BYPASS: Policy would now send the flow in the clear.
 * @BTNS_REASON_BLOCK: Policy would now discard the flow.
 * @BTNS_REASON_POLICY: Policy would now protect the flow in another way.
 * @BTNS_REASON_PEER: An SA of another peer covers the flow.
 * @BTNS_REASON_LOCAL_ID: An SA under another local identity covers the flow.
 * @BTNS_REASON_PROTECTION: An SA with another kind of protection or mode
 *   covers the flow.
 * @BTNS_REASON_QOP: An SA with another quality of protection covers the flow.
 * @BTNS_REASON_UNIDENTIFIED: An SA that nobody vouched for covers the flow.
 * @BTNS_REASON_BUNDLE: The flow is carried by a bundle of SAs that cannot be
 *   latched.
 * @BTNS_REASON_PEER_DEAD: The peer was found dead or rebooted; the break is
 *   final.
 * @BTNS_REASON_ADMIN: An administrator closed or broke the latch.
 * @BTNS_REASON_NOT_WANTED: The application or the administrator switched
 *   latching off.
 * @BTNS_REASON_UNPROTECTED: Policy asks for no protection, so there is nothing
 *   to latch.
 * @BTNS_REASON_LIMIT: A limit on latches was reached, or memory ran out.
 * @BTNS_REASON_PAD: The PAD does not authorise the peer for these addresses.
 * @BTNS_REASON_PENDING: Protection is being negotiated.
 * @BTNS_REASON_STORE: What a helper knows of its peers was damaged or lost.
 * @BTNS_REASON_INTERFACE: The flow goes through an xfrm interface (or vti),
 *   where it is protected only after this host last sees it as a flow.
 * @BTNS_REASON_OFFLOAD: A network device does all of the protection, so this
 *   host does not see it.
 * @BTNS_REASON_WIDE: Wanted were SAs for just this connection, but the SA is
 *   for more.
 */
enum btns_reason {
	BTNS_REASON_NONE,
	BTNS_REASON_BYPASS,
	BTNS_REASON_BLOCK,
	BTNS_REASON_POLICY,
	BTNS_REASON_PEER,
	BTNS_REASON_LOCAL_ID,
	BTNS_REASON_PROTECTION,
	BTNS_REASON_QOP,
	BTNS_REASON_UNIDENTIFIED,
	BTNS_REASON_BUNDLE,
	BTNS_REASON_PEER_DEAD,
	BTNS_REASON_ADMIN,
	BTNS_REASON_NOT_WANTED,
	BTNS_REASON_UNPROTECTED,
	BTNS_REASON_LIMIT,
	BTNS_REASON_PAD,
	BTNS_REASON_PENDING,
	BTNS_REASON_STORE,
	BTNS_REASON_INTERFACE,
	BTNS_REASON_OFFLOAD,
	BTNS_REASON_WIDE,
};

/**
 * enum btns_ask_mode - What a socket asks for.
 * @BTNS_ASK_MODE_DEFAULT: What net.btns.latch_auto says.
 * @BTNS_ASK_MODE_OFF: No latch, for the privileged only.
 * @BTNS_ASK_MODE_PREFER: A latch if the flow is protected.
 * @BTNS_ASK_MODE_REQUIRE: A latch or no connection.
 */
enum btns_ask_mode {
	BTNS_ASK_MODE_DEFAULT,
	BTNS_ASK_MODE_OFF,
	BTNS_ASK_MODE_PREFER,
	BTNS_ASK_MODE_REQUIRE,
};

/**
 * enum btns_disposition - What a break does to the connection (RFC 5660
 *   section 5.5).
 * @BTNS_DISPOSITION_DEFAULT: What net.btns.latch_disposition says.
 * @BTNS_DISPOSITION_WAIT: As packet loss; the connection goes on when the
 *   latch is repaired.
 * @BTNS_DISPOSITION_RESET: As if the peer had reset the connection
 *   (ECONNRESET).
 * @BTNS_DISPOSITION_UNREACHABLE: As if the peer had become unreachable
 *   (EHOSTUNREACH).
 */
enum btns_disposition {
	BTNS_DISPOSITION_DEFAULT,
	BTNS_DISPOSITION_WAIT,
	BTNS_DISPOSITION_RESET,
	BTNS_DISPOSITION_UNREACHABLE,
};

/*
 * Kind of protection.
 */
enum btns_protection {
	BTNS_PROTECTION_CONFIDENTIALITY = 1,
	BTNS_PROTECTION_INTEGRITY = 2,
};

/**
 * enum btns_pad_flags - Properties of a PAD entry.
 * @BTNS_PAD_FLAGS_BTNS: A BTNS entry; sorted behind all others (RFC 5386
 *   section 2).
 * @BTNS_PAD_FLAGS_WILDCARD: Any public key; at most one, behind all entries
 *   with a key.
 * @BTNS_PAD_FLAGS_ANONYMOUS: Peers that prove nothing (RFC 7619); at most one,
 *   always last.
 */
enum btns_pad_flags {
	BTNS_PAD_FLAGS_BTNS = 1,
	BTNS_PAD_FLAGS_WILDCARD = 2,
	BTNS_PAD_FLAGS_ANONYMOUS = 4,
};

/**
 * enum btns_policy_flags - Properties that btns keeps for an xfrm policy.
 * @BTNS_POLICY_FLAGS_BTNS_OK: Peers that match BTNS PAD entries may use the
 *   policy.
 * @BTNS_POLICY_FLAGS_BYPASS_OK: Privileged programs may ask to go past the
 *   policy.
 * @BTNS_POLICY_FLAGS_FALLBACK: What waits for an SA, and was not asked to, may
 *   go in the clear by this policy.
 */
enum btns_policy_flags {
	BTNS_POLICY_FLAGS_BTNS_OK = 1,
	BTNS_POLICY_FLAGS_BYPASS_OK = 2,
	BTNS_POLICY_FLAGS_FALLBACK = 4,
};

/**
 * enum btns_sa_verdict - What sa-check says about an SA that a helper is about
 *   to bind.
 * @BTNS_SA_VERDICT_OK: It would be bound, and no latch would break.
 * @BTNS_SA_VERDICT_PAD_REFUSED: No PAD entry authorises the peer for these
 *   selectors.
 * @BTNS_SA_VERDICT_OWNED: The selectors overlap what another PAD entry owns.
 * @BTNS_SA_VERDICT_POLICY_REFUSED: No SPD entry lets this peer have these
 *   selectors.
 * @BTNS_SA_VERDICT_CONFLICT: A live latch would break.
 */
enum btns_sa_verdict {
	BTNS_SA_VERDICT_OK,
	BTNS_SA_VERDICT_PAD_REFUSED,
	BTNS_SA_VERDICT_OWNED,
	BTNS_SA_VERDICT_POLICY_REFUSED,
	BTNS_SA_VERDICT_CONFLICT,
};

enum {
	BTNS_A_IDENT_TYPE = 1,
	BTNS_A_IDENT_METHOD,
	BTNS_A_IDENT_DIGEST,
	BTNS_A_IDENT_NAME,

	__BTNS_A_IDENT_MAX,
	BTNS_A_IDENT_MAX = (__BTNS_A_IDENT_MAX - 1)
};

enum {
	BTNS_A_SELECTOR_FAMILY = 1,
	BTNS_A_SELECTOR_LOCAL,
	BTNS_A_SELECTOR_LOCAL_PREFIX,
	BTNS_A_SELECTOR_REMOTE,
	BTNS_A_SELECTOR_REMOTE_PREFIX,
	BTNS_A_SELECTOR_PROTO,
	BTNS_A_SELECTOR_LOCAL_PORT,
	BTNS_A_SELECTOR_REMOTE_PORT,
	BTNS_A_SELECTOR_LOCAL_PORT_MASK,
	BTNS_A_SELECTOR_REMOTE_PORT_MASK,

	__BTNS_A_SELECTOR_MAX,
	BTNS_A_SELECTOR_MAX = (__BTNS_A_SELECTOR_MAX - 1)
};

enum {
	BTNS_A_PREFIX_FAMILY = 1,
	BTNS_A_PREFIX_ADDR,
	BTNS_A_PREFIX_LEN,

	__BTNS_A_PREFIX_MAX,
	BTNS_A_PREFIX_MAX = (__BTNS_A_PREFIX_MAX - 1)
};

enum {
	BTNS_A_PAD_ENTRY_NAME = 1,
	BTNS_A_PAD_ENTRY_FLAGS,
	BTNS_A_PAD_ENTRY_ID,
	BTNS_A_PAD_ENTRY_KEY,
	BTNS_A_PAD_ENTRY_PREFIX,
	BTNS_A_PAD_ENTRY_METHOD,

	__BTNS_A_PAD_ENTRY_MAX,
	BTNS_A_PAD_ENTRY_MAX = (__BTNS_A_PAD_ENTRY_MAX - 1)
};

enum {
	BTNS_A_PAD_ENTRY = 1,
	BTNS_A_PAD_NAME,
	BTNS_A_PAD_INDEX,
	BTNS_A_PAD_GENERATION,

	__BTNS_A_PAD_MAX,
	BTNS_A_PAD_MAX = (__BTNS_A_PAD_MAX - 1)
};

enum {
	BTNS_A_SA_PAD = 1,
	BTNS_A_SA_ID,
	BTNS_A_SA_SPI,
	BTNS_A_SA_PROTO,
	BTNS_A_SA_FAMILY,
	BTNS_A_SA_DADDR,
	BTNS_A_SA_PEER,
	BTNS_A_SA_LOCAL,
	BTNS_A_SA_PEER_KEY,
	BTNS_A_SA_SEL,
	BTNS_A_SA_VERDICT,
	BTNS_A_SA_LATCH_ID,
	BTNS_A_SA_PEER_CERT,
	BTNS_A_SA_PEER_ANCHOR,
	BTNS_A_SA_LOCAL_PUBLIC,
	BTNS_A_SA_LOCAL_PUBLIC_PORT,
	BTNS_A_SA_REMOTE_PRIVATE,
	BTNS_A_SA_REMOTE_PRIVATE_PORT,
	BTNS_A_SA_MARK,
	BTNS_A_SA_MARK_MASK,

	__BTNS_A_SA_MAX,
	BTNS_A_SA_MAX = (__BTNS_A_SA_MAX - 1)
};

enum {
	BTNS_A_POLICY_INDEX = 1,
	BTNS_A_POLICY_FLAGS,

	__BTNS_A_POLICY_MAX,
	BTNS_A_POLICY_MAX = (__BTNS_A_POLICY_MAX - 1)
};

enum {
	BTNS_A_LATCH_PAD = 1,
	BTNS_A_LATCH_ID,
	BTNS_A_LATCH_STATE,
	BTNS_A_LATCH_REASON,
	BTNS_A_LATCH_FAMILY,
	BTNS_A_LATCH_PROTO,
	BTNS_A_LATCH_LADDR,
	BTNS_A_LATCH_RADDR,
	BTNS_A_LATCH_LPORT,
	BTNS_A_LATCH_RPORT,
	BTNS_A_LATCH_PROTECTION,
	BTNS_A_LATCH_SA_PROTO,
	BTNS_A_LATCH_SA_MODE,
	BTNS_A_LATCH_ENC,
	BTNS_A_LATCH_ENC_KEYBITS,
	BTNS_A_LATCH_AUTH,
	BTNS_A_LATCH_ICV_BITS,
	BTNS_A_LATCH_REPLAY,
	BTNS_A_LATCH_ESN,
	BTNS_A_LATCH_PEER,
	BTNS_A_LATCH_LOCAL,
	BTNS_A_LATCH_ASK,
	BTNS_A_LATCH_DISPOSITION,
	BTNS_A_LATCH_COOKIE,
	BTNS_A_LATCH_PARENT,
	BTNS_A_LATCH_OLD_STATE,
	BTNS_A_LATCH_TUNNEL_LOCAL,
	BTNS_A_LATCH_TUNNEL_REMOTE,
	BTNS_A_LATCH_CONFLICTS,
	BTNS_A_LATCH_ALL,
	BTNS_A_LATCH_COUNT,
	BTNS_A_LATCH_AGE,
	BTNS_A_LATCH_PEER_KEY,
	BTNS_A_LATCH_PEER_CERT,
	BTNS_A_LATCH_PEER_ANCHOR,
	BTNS_A_LATCH_LOCAL_PRIVATE,
	BTNS_A_LATCH_LOCAL_PRIVATE_PORT,
	BTNS_A_LATCH_LOCAL_PUBLIC,
	BTNS_A_LATCH_LOCAL_PUBLIC_PORT,
	BTNS_A_LATCH_REMOTE_PRIVATE,
	BTNS_A_LATCH_REMOTE_PRIVATE_PORT,
	BTNS_A_LATCH_REMOTE_PUBLIC,
	BTNS_A_LATCH_REMOTE_PUBLIC_PORT,
	BTNS_A_LATCH_MARK_IN,
	BTNS_A_LATCH_MARK_OUT,

	__BTNS_A_LATCH_MAX,
	BTNS_A_LATCH_MAX = (__BTNS_A_LATCH_MAX - 1)
};

enum {
	BTNS_A_STATUS_VERSION = 1,
	BTNS_A_STATUS_LATCHES,
	BTNS_A_STATUS_LISTENERS,
	BTNS_A_STATUS_LATCHES_MAX,
	BTNS_A_STATUS_ASKS,
	BTNS_A_STATUS_SAS,
	BTNS_A_STATUS_PAD_ENTRIES,
	BTNS_A_STATUS_PAD_GENERATION,
	BTNS_A_STATUS_HOOKS,
	BTNS_A_STATUS_IDENTS,
	BTNS_A_STATUS_LATCH_SIZE,
	BTNS_A_STATUS_LATCH_COST,
	BTNS_A_STATUS_LATCH_MEMORY,
	BTNS_A_STATUS_PAD,
	BTNS_A_STATUS_LATCHES_LARVAL,
	BTNS_A_STATUS_LATCHES_ESTABLISHED,
	BTNS_A_STATUS_LATCHES_BROKEN,
	BTNS_A_STATUS_LATCHES_CLOSED,

	__BTNS_A_STATUS_MAX,
	BTNS_A_STATUS_MAX = (__BTNS_A_STATUS_MAX - 1)
};

enum {
	BTNS_CMD_STATUS_GET = 1,
	BTNS_CMD_PAD_ADD,
	BTNS_CMD_PAD_DEL,
	BTNS_CMD_PAD_REPLACE,
	BTNS_CMD_PAD_GET,
	BTNS_CMD_PAD_NTF,
	BTNS_CMD_SA_BIND,
	BTNS_CMD_SA_CHECK,
	BTNS_CMD_SA_UNBIND,
	BTNS_CMD_SA_GET,
	BTNS_CMD_SA_BIND_NTF,
	BTNS_CMD_SA_UNBIND_NTF,
	BTNS_CMD_POLICY_SET,
	BTNS_CMD_POLICY_GET,
	BTNS_CMD_LATCH_GET,
	BTNS_CMD_LATCH_CLOSE,
	BTNS_CMD_LATCH_BREAK,
	BTNS_CMD_LATCH_NTF,

	__BTNS_CMD_MAX,
	BTNS_CMD_MAX = (__BTNS_CMD_MAX - 1)
};

#define BTNS_MCGRP_LATCH	"latch"
#define BTNS_MCGRP_SA		"sa"
#define BTNS_MCGRP_PAD		"pad"

#endif /* _UAPI_LINUX_BTNS_H */
