/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peer authorization: which PAD entry a peer matches and which addresses it
 * may have (RFC 4301 section 4.4.3, RFC 5386 section 2).
 *
 * Pure C without allocation, compiled into the module and into btnsd, so that
 * both always decide alike.
 */
#ifndef BTNS_PAD_MATCH_H
#define BTNS_PAD_MATCH_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/string.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>
#endif
#include <linux/btns.h>

/**
 * struct btns_prefix - an address prefix
 * @family: AF_INET or AF_INET6
 * @len: prefix length in bits, 0-32 or 0-128
 * @addr: address, network byte order; unused bytes are zero
 */
struct btns_prefix {
	__u8 family;
	__u8 len;
	__u8 addr[16];
};

/**
 * struct btns_selector - a traffic selector, seen from this host
 * @local: local addresses
 * @remote: remote addresses, of the same family
 * @proto: transport protocol, 0 for any
 * @lport: local port, host byte order, 0 for any
 * @rport: remote port, host byte order, 0 for any
 */
struct btns_selector {
	struct btns_prefix local;
	struct btns_prefix remote;
	__u8 proto;
	__u16 lport;
	__u16 rport;
};

#endif /* BTNS_PAD_MATCH_H */
