/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbtns, the part that any program may use for its own sockets: ask for a
 * latch, read it, bind to it. No handle, no privilege. Part of btns.h, which
 * includes it.
 */
#ifndef LIBBTNS_SOCK_H
#define LIBBTNS_SOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/btns.h>

#include <linux/btns_sockopt.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * lbtns_sock_ask - ask for a latch on a TCP socket
 * @fd: socket, IPv4 or IPv6, before connect() or listen()
 * @ask: what; @ask->size is filled in here
 *
 * Return: 0 or a negative errno, see linux/btns_sockopt.h; -ENOPROTOOPT if
 * the module is not loaded.
 */
int lbtns_sock_ask(int fd, const struct btns_latch_ask *ask);

/**
 * lbtns_sock_info - read the latch of a socket
 * @fd: socket
 * @info: filled; bytes that an older kernel does not know are zero
 *
 * Return: 0 or a negative errno; -ENOPROTOOPT if the module is not loaded.
 */
int lbtns_sock_info(int fd, struct btns_latch_info *info);

/* The type of channel binding: SHA-256 of one end's SubjectPublicKeyInfo, xor
 * that of the other's (draft-ietf-btns-channel-binding-api-00).
 */
#define LBTNS_BINDING_TYPE	"ipsec-end-point-sha256"
#define LBTNS_BINDING_MAX	(sizeof(LBTNS_BINDING_TYPE) + BTNS_DIGEST_LEN)

/**
 * struct lbtns_binding - a channel binding (RFC 5056 section 2.1)
 * @len: octets
 * @octets: the type, a colon, and the data
 */
struct lbtns_binding {
	size_t len;
	uint8_t octets[LBTNS_BINDING_MAX];
};

/**
 * lbtns_binding_of - the channel binding of a latch
 * @info: the latch
 * @binding: filled; empty after an error
 *
 * It is no secret, and proves nothing by itself: both ends put it through
 * whatever they authenticate each other by, and compare.
 *
 * Return: 0; -ENOTCONN if the latch is not established; -EOPNOTSUPP if one of
 * the ends is not known by a public key; -EKEYREJECTED if both have the same.
 */
int lbtns_binding_of(const struct btns_latch_info *info,
		     struct lbtns_binding *binding);

/**
 * lbtns_sock_binding - the channel binding of a connection
 * @fd: socket of TCP, connected UDP, or SCTP with one association
 * @binding: as lbtns_binding_of() fills it
 *
 * A latch's values never change, and a broken latch lets nothing pass: what was
 * bound once stays so for as long as data comes.
 *
 * Return: as lbtns_binding_of() and lbtns_sock_info().
 */
int lbtns_sock_binding(int fd, struct lbtns_binding *binding);

/**
 * lbtns_sock_peer_info - read the latch that a UDP peer's datagrams belong to
 * @fd: UDP socket, bound, connected or not
 * @peer: the peer, as recvfrom() gave it
 * @local: our address that it talks to; NULL for the one @fd is bound to
 * @info: filled; id 0 if that peer has no latch
 *
 * Return: 0 or a negative errno, see linux/btns_sockopt.h.
 */
int lbtns_sock_peer_info(int fd, const struct sockaddr *peer,
			 const struct sockaddr *local,
			 struct btns_latch_info *info);

/**
 * lbtns_sock_peer_pin - require that a UDP peer's datagrams belong to a latch
 * @fd: UDP socket
 * @peer: the peer
 * @local: our address that it talks to; NULL for the one @fd is bound to
 * @id: number of the latch; 0 to require it no more
 *
 * Return: 0, or -EINVAL if that is not their established latch, or another
 * negative errno.
 */
int lbtns_sock_peer_pin(int fd, const struct sockaddr *peer,
			const struct sockaddr *local, uint64_t id);

/**
 * lbtns_sock_note - take the next note off the error queue
 * @fd: socket that asked with BTNS_ASK_F_NOTIFY
 * @note: filled
 * @error: set to the errno that the transition means to the socket, 0 if none
 *
 * Does not wait. What others put on that queue is passed over.
 *
 * Return: 0, -EAGAIN if there is none, or another negative errno.
 */
int lbtns_sock_note(int fd, struct btns_latch_note *note, int *error);

#ifdef __cplusplus
}
#endif

#endif /* LIBBTNS_SOCK_H */
