/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What names an SA, in the table of bindings and in an error that quotes ESP.
 */
#ifndef BTNS_SA_KEY_H
#define BTNS_SA_KEY_H

#include <linux/netfilter.h>

/**
 * struct btns_sa_key - what names an SA
 * @daddr: destination address, zero padded
 * @spi: SPI, network byte order
 * @family: AF_INET or AF_INET6
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @pad: zero, as the struct is hashed whole
 */
struct btns_sa_key {
	union nf_inet_addr daddr;
	__be32 spi;
	u8 family;
	u8 proto;
	u8 pad[2];
};

#endif /* BTNS_SA_KEY_H */
