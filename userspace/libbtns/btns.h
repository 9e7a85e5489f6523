/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbtns: talk to the btns module of the kernel.
 *
 * A handle is used by one thread at a time. Functions return 0 or a negative
 * errno; after an error lbtns_error() gives one line for people, with what the
 * kernel said. Structs are filled by value: nothing that the library hands out
 * needs to be freed but handles. No text from the kernel is trusted: strings
 * end with a NUL and hold printable characters only.
 */
#ifndef LIBBTNS_BTNS_H
#define LIBBTNS_BTNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/btns.h>

#include "sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for any text that lbtns_ident_text() makes. */
#define LBTNS_IDENT_TEXT_MAX	128
/* Room for "SHA256:" and 64 hexadecimal digits. */
#define LBTNS_KEY_TEXT_MAX	72
/* Room for an address, a slash and a length. */
#define LBTNS_PREFIX_TEXT_MAX	52

struct lbtns;
struct lbtns_events;

/* ---- plain data -------------------------------------------------------- */

/**
 * struct lbtns_ident - an identity
 * @type: enum btns_id_type; BTNS_ID_TYPE_NONE means that there is none
 * @method: enum btns_auth_method
 * @digest: SHA-256, over what is said at enum btns_id_type
 * @name: for people only, never compared; may be empty
 */
struct lbtns_ident {
	uint8_t type;
	uint8_t method;
	uint8_t digest[BTNS_DIGEST_LEN];
	char name[BTNS_NAME_MAX + 1];
};

/**
 * struct lbtns_prefix - an address prefix
 * @family: AF_INET or AF_INET6, 0 if there is none
 * @len: length in bits
 * @addr: address, network byte order; bytes behind it are zero
 */
struct lbtns_prefix {
	uint8_t family;
	uint8_t len;
	uint8_t addr[16];
};

/**
 * struct lbtns_selector - traffic, seen from this host
 * @local: local addresses
 * @remote: remote addresses, of the same family
 * @proto: transport protocol, 0 for any
 * @lport: local port, host byte order
 * @rport: remote port, host byte order
 * @lmask: bits of @lport that count, the highest first; 0 for any port, and
 *	together with a port for that one alone
 * @rmask: likewise of @rport
 *
 * Of ICMP and ICMPv6, @lport is what goes out and @rport what comes in: the
 * type in the upper octet, the code in the lower.
 */
struct lbtns_selector {
	struct lbtns_prefix local;
	struct lbtns_prefix remote;
	uint8_t proto;
	uint16_t lport;
	uint16_t rport;
	uint16_t lmask;
	uint16_t rmask;
};

/**
 * struct lbtns_pad_entry - an entry of the Peer Authorization Database
 * @name: unique name
 * @flags: BTNS_PAD_FLAGS_*
 * @id: asserted identity; the key for a BTNS entry; type none for the
 *	wildcard. @id.method is not used.
 * @method: enum btns_auth_method by which the peer of a named entry proves
 *	@id: rawkey, cert or psk; none stands for rawkey
 * @n_keys: how many of @keys are set
 * @keys: SHA-256 of each SubjectPublicKeyInfo that proves @id
 * @n_prefixes: how many of @prefixes are set; 0 means any address
 * @prefixes: addresses that the peer may have
 */
struct lbtns_pad_entry {
	char name[BTNS_NAME_MAX + 1];
	uint32_t flags;
	struct lbtns_ident id;
	uint8_t method;
	unsigned int n_keys;
	uint8_t keys[BTNS_PAD_KEYS_MAX][BTNS_DIGEST_LEN];
	unsigned int n_prefixes;
	struct lbtns_prefix prefixes[BTNS_PAD_PREFIXES_MAX];
};

/**
 * struct lbtns_sa - an SA and who is behind it
 * @id: number of the binding, given by the kernel
 * @spi: SPI, network byte order
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @daddr: destination address of the SA; @daddr.len is not used
 * @peer: the other end
 * @local: us
 * @has_peer_key: @peer_key is set
 * @peer_key: SHA-256 of the peer's SubjectPublicKeyInfo
 * @sel: traffic that it is for
 * @has_peer_cert: @peer_cert is set
 * @peer_cert: SHA-256 of the peer's certificate
 * @has_peer_anchor: @peer_anchor is set
 * @peer_anchor: SHA-256 of the trust anchor's certificate
 * @local_public: our address as the peer sees it, family 0 if not known
 * @remote_private: the peer's address as it sees it itself, likewise
 * @local_public_port: UDP port to @local_public, host byte order, or 0
 * @remote_private_port: UDP port to @remote_private, likewise
 * @mark: value of the SA's mark
 * @mark_mask: bits of it that count, 0 if the SA has no mark
 *
 * Only @spi, @proto and @daddr name an SA.
 */
struct lbtns_sa {
	uint64_t id;
	uint32_t spi;
	uint8_t proto;
	struct lbtns_prefix daddr;
	struct lbtns_ident peer;
	struct lbtns_ident local;
	bool has_peer_key;
	uint8_t peer_key[BTNS_DIGEST_LEN];
	struct lbtns_selector sel;
	bool has_peer_cert;
	uint8_t peer_cert[BTNS_DIGEST_LEN];
	bool has_peer_anchor;
	uint8_t peer_anchor[BTNS_DIGEST_LEN];
	struct lbtns_prefix local_public;
	struct lbtns_prefix remote_private;
	uint16_t local_public_port;
	uint16_t remote_private_port;
	uint32_t mark;
	uint32_t mark_mask;
};

/**
 * struct lbtns_latch - a latch
 * @id: number, never used twice
 * @parent: listener latch that it was born from, or 0
 * @cookie: cookie of the owning socket, or 0
 * @age_ms: milliseconds since it was made
 * @state: enum btns_latch_state
 * @old_state: in events, the state before
 * @reason: enum btns_reason
 * @proto: transport protocol
 * @laddr: local address; family 0 if unknown; len not used
 * @raddr: remote address; for a listener all zero, as @rport is
 * @lport: local port, host byte order
 * @rport: remote port, host byte order
 * @protection: BTNS_PROTECTION_*
 * @sa_proto: IPPROTO_ESP, IPPROTO_AH, or 0 before there is an SA
 * @sa_mode: XFRM_MODE_TRANSPORT (0) or XFRM_MODE_TUNNEL (1)
 * @replay: replay protection is on
 * @esn: sequence numbers have 64 bits
 * @enc_keybits: bits of the cipher's key, salt not counted
 * @icv_bits: bits of the integrity check value
 * @enc: cipher or AEAD, as the kernel's crypto API names it
 * @auth: integrity algorithm, empty for an AEAD
 * @peer: who the other end is
 * @local: who we are to it
 * @ask: enum btns_ask_mode
 * @disposition: enum btns_disposition
 * @conflicts: bit n is set for each enum btns_reason n that keeps it broken
 * @tunnel_local: outer address in tunnel mode, else family 0
 * @tunnel_remote: outer address in tunnel mode, else family 0
 * @has_peer_key: @peer_key is set
 * @peer_key: SHA-256 of the peer's SubjectPublicKeyInfo
 * @has_peer_cert: @peer_cert is set
 * @peer_cert: SHA-256 of the peer's certificate
 * @has_peer_anchor: @peer_anchor is set
 * @peer_anchor: SHA-256 of the trust anchor's certificate
 * @local_private: with UDP encapsulation, our address as we see it, else
 *	family 0
 * @local_public: the same as the peer sees it, family 0 if not known
 * @remote_private: the peer's address as it sees it itself, likewise
 * @remote_public: with UDP encapsulation, the same as we see it
 * @local_private_port: UDP port, host byte order, 0 if not known
 * @local_public_port: likewise
 * @remote_private_port: likewise
 * @remote_public_port: likewise
 * @mark_in: mark of packets that come in
 * @mark_out: mark of packets that go out
 */
struct lbtns_latch {
	uint64_t id;
	uint64_t parent;
	uint64_t cookie;
	uint64_t age_ms;
	uint8_t state;
	uint8_t old_state;
	uint8_t reason;
	uint8_t proto;
	struct lbtns_prefix laddr;
	struct lbtns_prefix raddr;
	uint16_t lport;
	uint16_t rport;
	uint32_t protection;
	uint8_t sa_proto;
	uint8_t sa_mode;
	bool replay;
	bool esn;
	uint32_t enc_keybits;
	uint32_t icv_bits;
	char enc[64];
	char auth[64];
	struct lbtns_ident peer;
	struct lbtns_ident local;
	uint8_t ask;
	uint8_t disposition;
	uint32_t conflicts;
	struct lbtns_prefix tunnel_local;
	struct lbtns_prefix tunnel_remote;
	bool has_peer_key;
	uint8_t peer_key[BTNS_DIGEST_LEN];
	bool has_peer_cert;
	uint8_t peer_cert[BTNS_DIGEST_LEN];
	bool has_peer_anchor;
	uint8_t peer_anchor[BTNS_DIGEST_LEN];
	struct lbtns_prefix local_private;
	struct lbtns_prefix local_public;
	struct lbtns_prefix remote_private;
	struct lbtns_prefix remote_public;
	uint16_t local_private_port;
	uint16_t local_public_port;
	uint16_t remote_private_port;
	uint16_t remote_public_port;
	uint32_t mark_in;
	uint32_t mark_out;
};

/**
 * struct lbtns_choice - which latches to close or break
 * @id: one latch, or 0
 * @peer: all latches of this peer, or NULL; @peer->method 0 means any
 * @all: every latch of the namespace
 *
 * Exactly one of the three is to be given.
 */
struct lbtns_choice {
	uint64_t id;
	const struct lbtns_ident *peer;
	bool all;
};

/**
 * struct lbtns_status - the module at a glance
 * @version: of the module
 * @latches: latches of all states
 * @listeners: listener latches among them
 * @latches_max: limit of @latches
 * @asks: sockets that ask for something
 * @sas: bindings
 * @pad_entries: entries of the PAD
 * @pad_generation: rises with each change of the PAD
 * @hooks: the packet hooks are registered
 * @idents: interned identities, of latches, bindings and sockets that ask
 * @latch_size: bytes of one latch by itself; 0 from a kernel that does not say
 * @latch_cost: bytes of one latch with its share of tables and index
 * @latch_memory: bytes of all latches, their tables and their index
 * @larval: latches in that state
 * @established: likewise
 * @broken: likewise
 * @closed: likewise
 */
struct lbtns_status {
	char version[32];
	uint32_t latches;
	uint32_t listeners;
	uint32_t latches_max;
	uint32_t asks;
	uint32_t sas;
	uint32_t pad_entries;
	uint32_t pad_generation;
	bool hooks;
	uint32_t idents;
	uint32_t latch_size;
	uint32_t latch_cost;
	uint64_t latch_memory;
	uint32_t larval;
	uint32_t established;
	uint32_t broken;
	uint32_t closed;
};

/* ---- handles (nl.c) ---------------------------------------------------- */

/**
 * struct lbtns_transport - how messages travel, for tests
 * @send: send one message; 0 or a negative errno
 * @recv: receive one datagram; bytes or a negative errno; -ENOSPC if it is
 *	longer than @len. With no data and no bytes: -EAGAIN.
 * @close: release @ctx; may be NULL
 * @ctx: passed to the others
 */
struct lbtns_transport {
	int (*send)(void *ctx, const void *buf, size_t len);
	ssize_t (*recv)(void *ctx, void *buf, size_t len);
	void (*close)(void *ctx);
	void *ctx;
};

/**
 * lbtns_open - connect to the btns family of the caller's network namespace
 * @h: set to a handle, also on failure: then it is only good for
 *	lbtns_error() and lbtns_close(). NULL if out of memory.
 *
 * A handle keeps to the network namespace in which it was opened.
 *
 * Return: 0; -ENOENT if the module is not loaded; other negative errno.
 */
int lbtns_open(struct lbtns **h);

/**
 * lbtns_open_transport - as lbtns_open(), over a transport of the caller's
 * @h: as for lbtns_open()
 * @t: copied; @t->close is called by lbtns_close(), also after a failure
 *
 * Return: as lbtns_open().
 */
int lbtns_open_transport(struct lbtns **h, const struct lbtns_transport *t);

/**
 * lbtns_close - free a handle
 * @h: handle or NULL
 */
void lbtns_close(struct lbtns *h);

/**
 * lbtns_error - what went wrong in the last failed call
 * @h: handle, or NULL (out of memory)
 *
 * Return: one line without a newline; valid until the next call with @h.
 */
const char *lbtns_error(const struct lbtns *h);

/**
 * lbtns_status_get - read the module's counts and limits
 * @h: handle
 * @st: filled
 *
 * Return: 0 or a negative errno.
 */
int lbtns_status_get(struct lbtns *h, struct lbtns_status *st);

/* ---- PAD (pad.c) ------------------------------------------------------- */

/**
 * lbtns_pad_add - add an entry
 * @h: handle
 * @e: entry
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int lbtns_pad_add(struct lbtns *h, const struct lbtns_pad_entry *e);

/**
 * lbtns_pad_del - delete an entry
 * @h: handle
 * @name: its name
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_pad_del(struct lbtns *h, const char *name);

/**
 * lbtns_pad_replace - put these entries in the place of all others
 * @h: handle
 * @e: entries; may be NULL if @n is 0
 * @n: how many, up to BTNS_PAD_ENTRIES_MAX
 *
 * Return: 0 or a negative errno; nothing has changed then.
 */
int lbtns_pad_replace(struct lbtns *h, const struct lbtns_pad_entry *e,
		      size_t n);

/**
 * typedef lbtns_pad_cb - called for each PAD entry, in order of search
 * @e: entry, valid during the call
 * @index: place in the order, from 0
 * @generation: of the PAD; equal for all calls of one dump
 * @arg: the caller's
 *
 * Return: 0 to go on, a negative value to stop with.
 */
typedef int (*lbtns_pad_cb)(const struct lbtns_pad_entry *e, uint32_t index,
			    uint32_t generation, void *arg);

/**
 * lbtns_pad_dump - list the PAD
 * @h: handle; may be used inside @cb
 * @cb: called for each entry, once the list is complete and consistent
 * @arg: for @cb
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int lbtns_pad_dump(struct lbtns *h, lbtns_pad_cb cb, void *arg);

/* ---- SA bindings (sa.c) ------------------------------------------------ */

/**
 * lbtns_sa_bind - vouch for an SA before it is installed
 * @h: handle
 * @sa: all members but @sa->id are used
 * @id: set to the number of the binding; may be NULL
 *
 * When it returns 0, latches that the SA conflicts with are broken.
 *
 * Return: 0; -EACCES or what the kernel says if PAD or SPD refuse.
 */
int lbtns_sa_bind(struct lbtns *h, const struct lbtns_sa *sa, uint64_t *id);

/**
 * lbtns_sa_check - what would lbtns_sa_bind() say
 * @h: handle
 * @sa: as for lbtns_sa_bind()
 * @verdict: set to enum btns_sa_verdict
 * @latch_id: set to a latch that would break, or 0; may be NULL
 *
 * Return: 0 if there is a verdict, whichever; or a negative errno.
 */
int lbtns_sa_check(struct lbtns *h, const struct lbtns_sa *sa,
		   uint8_t *verdict, uint64_t *latch_id);

/**
 * lbtns_sa_unbind - take a binding back
 * @h: handle
 * @sa: only spi, proto and daddr are used
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_sa_unbind(struct lbtns *h, const struct lbtns_sa *sa);

/* As lbtns_pad_cb. */
typedef int (*lbtns_sa_cb)(const struct lbtns_sa *sa, void *arg);

/**
 * lbtns_sa_dump - list the bindings
 * @h: handle; may be used inside @cb
 * @cb: called for each, once the list is complete and consistent
 * @arg: for @cb
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int lbtns_sa_dump(struct lbtns *h, lbtns_sa_cb cb, void *arg);

/* ---- flags of xfrm policies (policy.c) --------------------------------- */

/**
 * lbtns_policy_set - set the flags of an xfrm policy
 * @h: handle
 * @index: index of the policy
 * @flags: BTNS_POLICY_FLAGS_*; 0 clears
 *
 * Return: 0; -ENOENT if there is no such policy; other negative errno.
 */
int lbtns_policy_set(struct lbtns *h, uint32_t index, uint32_t flags);

/* As lbtns_pad_cb. */
typedef int (*lbtns_policy_cb)(uint32_t index, uint32_t flags, void *arg);

/**
 * lbtns_policy_dump - list the xfrm policies that have flags
 * @h: handle; may be used inside @cb
 * @cb: called for each
 * @arg: for @cb
 *
 * Return: 0, a negative errno, or what @cb stopped with.
 */
int lbtns_policy_dump(struct lbtns *h, lbtns_policy_cb cb, void *arg);

/* ---- latches (latch.c) ------------------------------------------------- */

/**
 * lbtns_latch_get - read one latch
 * @h: handle
 * @id: its number
 * @latch: filled
 *
 * Return: 0; -ENOENT if there is none; other negative errno.
 */
int lbtns_latch_get(struct lbtns *h, uint64_t id, struct lbtns_latch *latch);

/* As lbtns_pad_cb. */
typedef int (*lbtns_latch_cb)(const struct lbtns_latch *latch, void *arg);

/**
 * lbtns_latch_dump - list all latches
 * @h: handle; inside @cb it takes no request (-EBUSY): open another
 * @cb: called for each as the kernel names it, as there may be a million
 * @arg: for @cb
 *
 * Return: 0, a negative errno, or what @cb stopped with. Unless it is 0, @cb
 * may have been called for a part of them.
 */
int lbtns_latch_dump(struct lbtns *h, lbtns_latch_cb cb, void *arg);

/**
 * lbtns_latch_close - close latches as an administrator
 * @h: handle
 * @choice: which
 * @reason: BTNS_REASON_ADMIN; or BTNS_REASON_STORE, which leaves alone those
 *	that are neither established nor broken
 * @count: set to how many were closed; may be NULL
 *
 * Return: 0 or a negative errno; -EINVAL unless @choice says exactly one thing.
 */
int lbtns_latch_close(struct lbtns *h, const struct lbtns_choice *choice,
		      uint8_t reason, uint32_t *count);

/**
 * lbtns_latch_break - break latches for good
 * @h: handle
 * @choice: which
 * @reason: BTNS_REASON_ADMIN or BTNS_REASON_PEER_DEAD
 * @count: set to how many were broken; may be NULL
 *
 * Return: as lbtns_latch_close().
 */
int lbtns_latch_break(struct lbtns *h, const struct lbtns_choice *choice,
		      uint8_t reason, uint32_t *count);

/* ---- the store of proved peers (peers.c) ------------------------------- */

/* Where btnsd keeps it unless its configuration says otherwise. */
#define LBTNS_PEERS_PATH	"/var/lib/btns/peers"
/* Most peers in one store, and octets of the longest key. */
#define LBTNS_PEERS_MAX		8192
#define LBTNS_SPKI_MAX		1200

/**
 * struct lbtns_peer - a peer that proved its key to btnsd
 * @ident: who the PAD says that it is, and how that was proved: the identity
 *	that latches and bindings have
 * @key: SHA-256 of @spki; zeros without one
 * @pad: name of the PAD entry that authorised it last
 * @first: when it first proved itself, seconds since 1970
 * @last: when it last did
 * @spki: its SubjectPublicKeyInfo (DER), none of a peer that shares a secret;
 *	valid while the struct is lent
 * @spki_len: octets of @spki
 *
 * The kernel keeps digests only; this turns them back into keys (RFC 5660
 * section 2.6).
 */
struct lbtns_peer {
	struct lbtns_ident ident;
	uint8_t key[BTNS_DIGEST_LEN];
	char pad[BTNS_NAME_MAX + 1];
	uint64_t first;
	uint64_t last;
	const uint8_t *spki;
	size_t spki_len;
};

/* As lbtns_pad_cb; sorted by key. */
typedef int (*lbtns_peer_cb)(const struct lbtns_peer *p, void *arg);

/**
 * lbtns_peers_read - read a store
 * @path: file
 * @cb: called for each peer, once the whole file is found intact; may be NULL
 * @arg: for @cb
 * @why: set to a sentence on failure
 *
 * Needs no kernel, and no privilege but to read the file, which belongs to
 * root.
 *
 * Return: 0; -ENOENT if there is none; -EBADMSG if it is damaged;
 * -EPROTONOSUPPORT if it is of a later version of the format; another
 * negative errno if it cannot be read; or what @cb stopped with.
 */
int lbtns_peers_read(const char *path, lbtns_peer_cb cb, void *arg,
		     const char **why);

/* ---- events (event.c) -------------------------------------------------- */

#define LBTNS_GROUP_LATCH	(1U << 0)
#define LBTNS_GROUP_SA		(1U << 1)
#define LBTNS_GROUP_PAD		(1U << 2)
#define LBTNS_GROUP_ALL		(LBTNS_GROUP_LATCH | LBTNS_GROUP_SA | \
				 LBTNS_GROUP_PAD)

enum lbtns_event_type {
	LBTNS_EVENT_LATCH,	/* u.latch; state none: the latch is gone */
	LBTNS_EVENT_SA_BIND,	/* u.sa */
	LBTNS_EVENT_SA_UNBIND,	/* u.sa: id, spi, proto, daddr only */
	LBTNS_EVENT_PAD,	/* u.pad_generation */
	LBTNS_EVENT_LOST,	/* events were lost: read everything anew */
};

/**
 * struct lbtns_event - something happened
 * @type: enum lbtns_event_type, tells which member of @u is set
 * @u: what
 */
struct lbtns_event {
	enum lbtns_event_type type;
	union {
		struct lbtns_latch latch;
		struct lbtns_sa sa;
		uint32_t pad_generation;
	} u;
};

/* Return: 0 to go on, a negative value to stop with. */
typedef int (*lbtns_event_cb)(const struct lbtns_event *ev, void *arg);

/**
 * lbtns_events_open - listen to events
 * @h: open handle; only used during the call
 * @groups: LBTNS_GROUP_*
 * @ev: set to a listener, closed with lbtns_events_close()
 *
 * Open it before the first dump, or changes in between go unseen.
 *
 * Return: 0 or a negative errno, with text in @h.
 */
int lbtns_events_open(struct lbtns *h, unsigned int groups,
		      struct lbtns_events **ev);

/**
 * lbtns_events_fd - descriptor to poll for reading
 * @ev: listener
 *
 * Return: a non-blocking descriptor, owned by @ev.
 */
int lbtns_events_fd(const struct lbtns_events *ev);

/**
 * lbtns_events_read - hand over all events that have come
 * @ev: listener
 * @cb: called for each
 * @arg: for @cb
 *
 * Never blocks. Messages that cannot be understood are passed over.
 *
 * Return: 0 when there is nothing more, a negative errno, or what @cb stopped
 * with (the rest of the datagram is dropped then).
 */
int lbtns_events_read(struct lbtns_events *ev, lbtns_event_cb cb, void *arg);

/**
 * lbtns_event_parse - events from one datagram
 * @family: number of the btns family
 * @buf: datagram, may be anything
 * @len: its length
 * @cb: called for each event
 * @arg: for @cb
 *
 * Return: 0 or what @cb stopped with.
 */
int lbtns_event_parse(uint16_t family, const void *buf, size_t len,
		      lbtns_event_cb cb, void *arg);

/**
 * lbtns_events_close - stop listening
 * @ev: listener or NULL
 */
void lbtns_events_close(struct lbtns_events *ev);

/* ---- text (ident.c, names.c) ------------------------------------------- */

/**
 * lbtns_ident_parse - identity from text
 * @text: "fqdn:NAME", "rfc822:NAME@DOMAIN", "ipv4:ADDRESS", "ipv6:ADDRESS",
 *	"dn:HEX" (DER), "keyid:HEX", "key:FINGERPRINT"; or "TYPE:SHA256:HEX"
 *	for the digest itself. FINGERPRINT is as for lbtns_key_parse().
 * @id: filled; method is none
 * @why: on failure set to a constant sentence; may be NULL
 *
 * Text is taken byte by byte: "fqdn:A.example" is not "fqdn:a.example".
 *
 * Return: 0 or -EINVAL.
 */
int lbtns_ident_parse(const char *text, struct lbtns_ident *id,
		      const char **why);

/**
 * lbtns_ident_text - identity for people and for lbtns_ident_parse()
 * @id: identity
 * @buf: at least LBTNS_IDENT_TEXT_MAX bytes
 *
 * Keys are printed from the digest, others from the name.
 *
 * Return: @buf.
 */
const char *lbtns_ident_text(const struct lbtns_ident *id, char *buf);

/**
 * lbtns_ident_from_data - identity from the data of an ID payload
 * @type: enum btns_id_type, not none and not publickey
 * @data: identification data of RFC 7296 section 3.5
 * @len: its length
 * @id: filled with digest and a printable name; method is none
 *
 * Return: 0, -EINVAL if @len does not fit @type, -EIO if hashing failed.
 */
int lbtns_ident_from_data(uint8_t type, const void *data, size_t len,
			  struct lbtns_ident *id);

/**
 * lbtns_ident_from_spki - identity of a bare public key
 * @der: SubjectPublicKeyInfo in DER
 * @len: its length
 * @id: filled, type publickey; method is none
 *
 * Return: 0, -EINVAL if empty, -EIO if hashing failed.
 */
int lbtns_ident_from_spki(const void *der, size_t len, struct lbtns_ident *id);

/**
 * lbtns_ident_from_digest - identity of a bare public key, by its fingerprint
 * @digest: SHA-256 of the SubjectPublicKeyInfo
 * @id: filled, type publickey; method is none
 */
void lbtns_ident_from_digest(const uint8_t digest[BTNS_DIGEST_LEN],
			     struct lbtns_ident *id);

/**
 * lbtns_ident_equal - is it the same identity
 * @a: identity
 * @b: identity
 *
 * Return: true if type and digest are equal; method and name do not count.
 */
bool lbtns_ident_equal(const struct lbtns_ident *a,
		       const struct lbtns_ident *b);

/**
 * lbtns_key_parse - fingerprint from text
 * @text: "SHA256:" and 64 hexadecimal digits (or 43 base64 characters, as
 *	OpenSSH has it; or the 64 digits alone)
 * @digest: filled
 * @why: on failure set to a constant sentence; may be NULL
 *
 * Return: 0 or -EINVAL.
 */
int lbtns_key_parse(const char *text, uint8_t digest[BTNS_DIGEST_LEN],
		    const char **why);

/**
 * lbtns_key_text - fingerprint as text
 * @digest: SHA-256
 * @buf: at least LBTNS_KEY_TEXT_MAX bytes
 *
 * Return: @buf, "SHA256:" and 64 lower-case hexadecimal digits.
 */
const char *lbtns_key_text(const uint8_t digest[BTNS_DIGEST_LEN], char *buf);

/**
 * lbtns_prefix_parse - prefix from text
 * @text: "ADDRESS[/LEN]"; "any", "0/0" and "::/0" are not special but "any"
 *	is refused
 * @p: filled; a missing length means the whole address
 * @why: on failure set to a constant sentence; may be NULL
 *
 * Return: 0 or -EINVAL, also if bits behind the prefix are set.
 */
int lbtns_prefix_parse(const char *text, struct lbtns_prefix *p,
		       const char **why);

/**
 * lbtns_prefix_text - prefix as text
 * @p: prefix
 * @buf: at least LBTNS_PREFIX_TEXT_MAX bytes
 *
 * Return: @buf; "any" if @p has no family.
 */
const char *lbtns_prefix_text(const struct lbtns_prefix *p, char *buf);

/**
 * lbtns_addr_text - address of a prefix as text, without the length
 * @p: prefix
 * @buf: at least LBTNS_PREFIX_TEXT_MAX bytes
 *
 * Return: @buf; "*" if @p has no family.
 */
const char *lbtns_addr_text(const struct lbtns_prefix *p, char *buf);

enum lbtns_names {
	LBTNS_NAMES_ID_TYPE,
	LBTNS_NAMES_METHOD,
	LBTNS_NAMES_STATE,
	LBTNS_NAMES_REASON,
	LBTNS_NAMES_ASK,
	LBTNS_NAMES_DISPOSITION,
	LBTNS_NAMES_VERDICT,
};

/**
 * lbtns_name - name of a value as the spec has it ("peer-dead")
 * @set: which enum
 * @value: its value
 *
 * Return: a constant, "unknown" for a value that the library does not know.
 */
const char *lbtns_name(enum lbtns_names set, unsigned int value);

/**
 * lbtns_value - value of a name
 * @set: which enum
 * @name: its name
 *
 * Return: the value, or -EINVAL.
 */
int lbtns_value(enum lbtns_names set, const char *name);

#ifdef __cplusplus
}
#endif

#endif /* LIBBTNS_BTNS_H */
