/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * Socket options of btns: ask for a latched connection and read the latch.
 *
 * A socket asks before it connects or before it listens:
 *
 *	struct btns_latch_ask ask = {
 *		.size = sizeof(ask),
 *		.mode = BTNS_ASK_MODE_REQUIRE,
 *	};
 *	setsockopt(fd, SOL_IP, BTNS_SO_LATCH, &ask, sizeof(ask));
 *
 * and reads what it got once it is connected or accepted:
 *
 *	struct btns_latch_info info = { .size = sizeof(info) };
 *	socklen_t len = sizeof(info);
 *	getsockopt(fd, SOL_IP, BTNS_SO_LATCH, &info, &len);
 *
 * IPv6 sockets use SOL_IPV6. Both structs carry their size and only ever grow
 * at the end: a kernel that knows less than the program refuses non-zero bytes
 * behind what it knows (E2BIG), one that knows more takes what is missing as
 * zero. Asking for more protection than policy gives needs no privilege;
 * asking for less (BTNS_ASK_MODE_OFF) needs CAP_NET_ADMIN in the user
 * namespace of the network namespace.
 *
 * Errors of setsockopt():
 *	EFAULT	bad pointer
 *	EINVAL	size too small, unknown flag, mode, disposition, identity
 *		type or kind of protection, a member that is set without its
 *		flag or a flag without its member, a flag whose mode is another,
 *		names that are not zero padded, or reserved bytes that are not
 *		zero
 *	E2BIG	the program knows more than this kernel and uses it
 *	EPERM	mode off without the privilege
 *	EOPNOTSUPP	a flag that is not for sockets of that kind; or one that
 *		is done by policies of the socket's own, from a 32-bit
 *		program on a 64-bit kernel
 *	EISCONN	the socket is connecting or connected: what is latched never
 *		changes (RFC 5660 section 2)
 *	EBUSY	another socket that listens on the same address and port asks
 *		for something else, or the socket has policies by IP_XFRM_POLICY
 *		and asks for its own
 *	EPROTONOSUPPORT	not a socket of TCP, UDP or SCTP
 *	ENOSPC	limit of the network namespace reached
 *	EDQUOT	limit of the user reached
 *	ENOMEM	out of memory
 *
 * Errors that a connection gets later, from connect(), read(), SO_ERROR:
 *	EACCES		required, but policy gives the flow no protection, less
 *			than was asked for, or SAs that cannot be latched: a
 *			bundle, an xfrm interface, packet offload
 *	EPERM		asked for bypass, but a policy for the flow has no flag
 *			bypass-ok
 *	EKEYREJECTED	required of one peer, or under one identity of ours, but
 *			it is another
 *	ENOSPC		required, but the namespace has all latches it may have
 *	EDQUOT		required, but the user has all latches it may have
 *	ENOMEM		required, but there is no memory for a latch
 *	ECONNRESET	the latch broke or was closed (disposition reset)
 *	EHOSTUNREACH	the latch broke (disposition unreachable)
 */
#ifndef _UAPI_LINUX_BTNS_SOCKOPT_H
#define _UAPI_LINUX_BTNS_SOCKOPT_H

#include <linux/types.h>
#include <linux/btns.h>

/* Option numbers of SOL_IP and SOL_IPV6; a range of their own. */
#define BTNS_SO_BASE	0x4254
#define BTNS_SO_LATCH	(BTNS_SO_BASE + 0)
#define BTNS_SO_LATCH_PEER (BTNS_SO_BASE + 1)
#define BTNS_SO_MAX	(BTNS_SO_BASE + 2)

/**
 * struct btns_latch_ask - what a socket asks for
 * @size: sizeof(struct btns_latch_ask) as the program knows it
 * @flags: BTNS_ASK_F_*
 * @mode: enum btns_ask_mode
 * @disposition: enum btns_disposition, what a break does
 * @peer_type: enum btns_id_type of @peer, with BTNS_ASK_F_PEER
 * @peer_method: enum btns_auth_method the peer must have proved itself by,
 *	0 for any; with BTNS_ASK_F_PEER
 * @peer: digest of the only peer that will do, with BTNS_ASK_F_PEER
 * @local_type: enum btns_id_type of @local, with BTNS_ASK_F_LOCAL
 * @resv: zero
 * @local: digest of the only identity of ours that will do, with
 *	BTNS_ASK_F_LOCAL
 * @protection: BTNS_PROTECTION_* that an SA must at least give, with
 *	BTNS_ASK_F_QOP
 * @enc_keybits: least length of the cipher's key in bits, salt not counted,
 *	with BTNS_ASK_F_QOP; 0 for any
 * @enc: the only cipher or AEAD that will do, as the kernel's crypto API names
 *	it and zero padded, with BTNS_ASK_F_QOP; empty for any
 * @auth: likewise the only integrity algorithm; an AEAD has none
 */
struct btns_latch_ask {
	__u32	size;
	__u32	flags;
	__u8	mode;
	__u8	disposition;
	__u8	peer_type;
	__u8	peer_method;
	__u8	peer[BTNS_DIGEST_LEN];
	__u8	local_type;
	__u8	resv[3];
	__u8	local[BTNS_DIGEST_LEN];
	__u32	protection;
	__u32	enc_keybits;
	char	enc[64];
	char	auth[64];
};

/* Only the peer in @peer_type, @peer_method and @peer will do; wants mode
 * require.
 */
#define BTNS_ASK_F_PEER		(1U << 0)
/* Only an SA under our identity in @local_type and @local will do; wants mode
 * require.
 */
#define BTNS_ASK_F_LOCAL	(1U << 1)
/* The latch is made of SAs whose traffic is this 5-tuple and nothing else; those
 * that come after need be congruent with it. A connection that is opened has
 * such SAs made for it; a listening socket takes only what comes under such
 * SAs. Wants mode require. TCP only.
 */
#define BTNS_ASK_F_NARROW	(1U << 2)
/* Only an SA that gives at least @protection and @enc_keybits, with the
 * algorithms @enc and @auth, will do; wants mode require, and at least one of
 * the four. A TCP connection that is opened has SAs of its own made for it, as
 * with BTNS_ASK_F_NARROW (RFC 5660 section 2.1).
 */
#define BTNS_ASK_F_QOP		(1U << 3)
/* Protect this connection also where policy asks for no protection: by ESP in
 * transport mode, and for nothing but its 5-tuple (RFC 5660 section 3.1). Where
 * policy protects it is the policy that says how. Wants mode require. TCP only;
 * a listening IPv6 socket asks for its IPv6 peers.
 */
#define BTNS_ASK_F_PROTECT	(1U << 4)
/* No protection also where policy asks for it, if the policies have the flag
 * bypass-ok; needs CAP_NET_ADMIN. Wants mode off, and no other flag. TCP only.
 */
#define BTNS_ASK_F_BYPASS	(1U << 5)
/* Breaks, repairs and closes go to the socket's error queue, each as a struct
 * btns_latch_note; TCP and UDP.
 */
#define BTNS_ASK_F_NOTIFY	(1U << 6)

/* ee_origin of a sock_extended_err that comes with a struct btns_latch_note;
 * ee_errno is the error that the break means to the socket, 0 if none;
 * ee_type is the new state, ee_code the reason.
 */
#define BTNS_EE_ORIGIN	0x42

/**
 * struct btns_latch_note - a transition of the socket's latch
 * @size: sizeof(struct btns_latch_note) as the kernel knows it
 * @state: enum btns_latch_state after
 * @old_state: enum btns_latch_state before
 * @reason: enum btns_reason
 * @resv: zero
 * @id: number of the latch
 *
 * What recvmsg() with MSG_ERRQUEUE gives as data, oldest first.
 */
struct btns_latch_note {
	__u32	size;
	__u8	state;
	__u8	old_state;
	__u8	reason;
	__u8	resv;
	__aligned_u64 id;
};

/**
 * struct btns_ident_info - an identity as programs see it
 * @type: enum btns_id_type
 * @method: enum btns_auth_method
 * @digest: SHA-256, see enum btns_id_type
 * @resv: zero
 * @name: printable form, ends with a NUL
 */
struct btns_ident_info {
	__u8	type;
	__u8	method;
	__u8	digest[BTNS_DIGEST_LEN];
	__u8	resv[6];
	char	name[BTNS_NAME_MAX + 1];
};

/**
 * struct btns_endpoint - an address, and a port if there is one
 * @addr: 4 or 16 bytes, network byte order, then zeros
 * @port: network byte order, 0 if there is none or it is not known
 * @family: AF_INET or AF_INET6; 0 if nothing is known
 * @resv: zero
 */
struct btns_endpoint {
	__u8	addr[16];
	__be16	port;
	__u8	family;
	__u8	resv[5];
};

/**
 * struct btns_latch_info - the latch of a socket
 * @size: in: room; out: bytes that the kernel filled
 * @protection: BTNS_PROTECTION_*
 * @id: number of the latch, 0 if there is none
 * @parent: number of the listener latch that it was born from, or 0
 * @state: enum btns_latch_state
 * @reason: enum btns_reason
 * @ask_mode: enum btns_ask_mode that is in force
 * @disposition: enum btns_disposition that is in force
 * @sa_proto: IPPROTO_ESP or IPPROTO_AH
 * @sa_mode: XFRM_MODE_TRANSPORT (0) or XFRM_MODE_TUNNEL (1)
 * @replay: 1 if replay protection is on
 * @esn: 1 if sequence numbers are 64 bits long
 * @enc_keybits: length of the cipher's key in bits, salt not counted
 * @icv_bits: length of the integrity check value in bits
 * @enc: cipher or AEAD as the kernel's crypto API names it
 * @auth: integrity algorithm, empty for an AEAD
 * @peer: who the other end is
 * @local: who we are to it
 * @known: BTNS_INFO_F_*, which of the digests are set
 * @resv: zero
 * @peer_key: SHA-256 of the peer's SubjectPublicKeyInfo
 * @peer_cert: SHA-256 of the certificate that the peer proved itself with
 * @peer_anchor: SHA-256 of the certificate of the trust anchor above that
 * @inner_local: our end of the connection
 * @inner_remote: the peer's end of it
 * @outer_local: our end of the tunnel, in tunnel mode
 * @outer_remote: the peer's end of it
 * @local_private: our end of UDP encapsulation, as we see it
 * @local_public: the same as the peer sees it, if a helper told
 * @remote_private: the peer's end as it sees it itself, if a helper told
 * @remote_public: the same as we see it
 *
 * All of it is what was latched; the addresses of encapsulation and tunnel are
 * those of the first SA.
 */
struct btns_latch_info {
	__u32	size;
	__u32	protection;
	__aligned_u64 id;
	__aligned_u64 parent;
	__u8	state;
	__u8	reason;
	__u8	ask_mode;
	__u8	disposition;
	__u8	sa_proto;
	__u8	sa_mode;
	__u8	replay;
	__u8	esn;
	__u32	enc_keybits;
	__u32	icv_bits;
	char	enc[64];
	char	auth[64];
	struct btns_ident_info peer;
	struct btns_ident_info local;
	__u32	known;
	__u32	resv;
	__u8	peer_key[BTNS_DIGEST_LEN];
	__u8	peer_cert[BTNS_DIGEST_LEN];
	__u8	peer_anchor[BTNS_DIGEST_LEN];
	struct btns_endpoint inner_local;
	struct btns_endpoint inner_remote;
	struct btns_endpoint outer_local;
	struct btns_endpoint outer_remote;
	struct btns_endpoint local_private;
	struct btns_endpoint local_public;
	struct btns_endpoint remote_private;
	struct btns_endpoint remote_public;
};

/* btns_latch_info.known: @peer_key, @peer_cert, @peer_anchor */
#define BTNS_INFO_F_PEER_KEY	(1U << 0)
#define BTNS_INFO_F_PEER_CERT	(1U << 1)
#define BTNS_INFO_F_PEER_ANCHOR	(1U << 2)
/**
 * struct btns_latch_peer - one peer of a UDP socket
 * @size: sizeof(struct btns_latch_peer)
 * @family: AF_INET or AF_INET6; an IPv4-mapped address is AF_INET
 * @rport: the peer's port, network byte order
 * @raddr: the peer's address, zero padded
 * @laddr: our address that it talks to, zero for the one the socket is bound to
 * @id: number of a latch, for setsockopt(); zero for getsockopt()
 *
 * A socket that is not connected has a latch for each peer it talks to, if it
 * asked for that (RFC 5660 section 5.3).
 *
 * setsockopt(fd, SOL_IP or SOL_IPV6, BTNS_SO_LATCH_PEER, ...) requires that
 * what this socket and that peer say to each other belongs to that latch: it
 * then stays as long as the socket, however long nothing is said, and so every
 * datagram belongs to it or is dropped. EINVAL if it is not the established
 * latch of this socket and peer. Zero in @id lets it go when idle again.
 */
struct btns_latch_peer {
	__u32	size;
	__u16	family;
	__be16	rport;
	__u8	raddr[16];
	__u8	laddr[16];
	__aligned_u64 id;
};

/**
 * struct btns_latch_of - which latch a peer's datagrams belong to
 * @peer: in: the peer
 * @info: out: its latch, as for BTNS_SO_LATCH
 *
 * For getsockopt(fd, SOL_IP or SOL_IPV6, BTNS_SO_LATCH_PEER, ...), with what
 * recvfrom() told of a datagram.
 */
struct btns_latch_of {
	struct btns_latch_peer peer;
	struct btns_latch_info info;
};

#endif /* _UAPI_LINUX_BTNS_SOCKOPT_H */
