/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The store of proved peers as octets: written by btnsd, read by whoever may.
 *
 * All numbers are big endian:
 *	"btnspeer", u32 version (1), u32 how many, the records, SHA-256 of all
 *	that stands before it.
 * A record:
 *	u8 identity type, u8 method, digest[32], u64 first, u64 last, u16 octets
 *	of the key, u8 of the name, u8 of the PAD entry's name, then these three.
 * A peer that shares a secret (method psk) has no key: no octets of it, and
 * zeros in the place of its SHA-256.
 * Records are in strict order of SHA-256 of the key, type, method, digest, so
 * none is there twice.
 *
 * What another reader would take for damage has a version of its own: another
 * record, or types and methods that are not among those of btns.h now. In each
 * version the head and the sum stay as they are, so that who does not know one
 * can tell that it is intact, and leave it alone.
 *
 * There is no key to this: who can write the file could read that key as well.
 * What nobody can do is to make a digest of the kernel mean another key, as
 * each key is named by its own SHA-256; the sum at the end is there for damage,
 * and what is missing shows when it is compared with the kernel.
 */
#ifndef LIBBTNS_PEERS_H
#define LIBBTNS_PEERS_H

#include "libbtns/btns.h"

/* Octets of the longest file: no name and no key is longer than it may be. */
#define LBTNS_PEERS_FILE_MAX	(64 + (size_t)LBTNS_PEERS_MAX * 1400)

/**
 * lbtns_peers_parse - read a store from memory
 * @data: octets
 * @len: how many
 * @cb: called for each peer, once all are found intact; may be NULL
 * @arg: for @cb
 * @why: set to a sentence on failure
 *
 * Return: 0; -EBADMSG if it is damaged; -EPROTONOSUPPORT if it is of a later
 * version; or what @cb stopped with.
 */
int lbtns_peers_parse(const uint8_t *data, size_t len, lbtns_peer_cb cb,
		      void *arg, const char **why);

/**
 * lbtns_peers_load - a file's octets
 * @path: file
 * @data: set, freed by the caller; NULL on failure
 * @len: set
 * @why: set to a sentence on failure
 *
 * Return: 0; -ENOENT; -EBADMSG if it is no file that only its owner, root or
 * ourselves, may write, or too long; another negative errno.
 */
int lbtns_peers_load(const char *path, uint8_t **data, size_t *len,
		     const char **why);

/**
 * lbtns_peers_order - which of two comes first
 * @a: one
 * @b: other
 *
 * Return: less than, equal to or greater than 0, as memcmp().
 */
int lbtns_peers_order(const struct lbtns_peer *a, const struct lbtns_peer *b);

/**
 * lbtns_peers_format - a store as octets
 * @peer: peers, in order
 * @n: how many
 * @data: set, freed by the caller; NULL on failure
 * @len: set
 *
 * Return: 0; -EINVAL if a peer is none that could be read again; -ENOMEM.
 */
int lbtns_peers_format(const struct lbtns_peer *const *peer, size_t n,
		       uint8_t **data, size_t *len);

#endif /* LIBBTNS_PEERS_H */
