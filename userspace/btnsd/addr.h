/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, endpoints and traffic selectors as the helper passes them around:
 * plain values without pointers, so that every layer may copy and compare
 * them. Ports are in host byte order, addresses in network byte order.
 */
#ifndef BTNSD_ADDR_H
#define BTNSD_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* longest text of an address, with its NUL */
#define ADDR_STRLEN	48
/* longest text of an endpoint or a selector, with its NUL */
#define SEL_STRLEN	192

/**
 * struct addr - an IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for none
 * @b: 4 or 16 bytes in network byte order, the rest zero
 */
struct addr {
	uint16_t family;
	uint8_t b[16];
};

/**
 * struct endpoint - where a datagram comes from or goes to
 * @addr: address
 * @port: UDP port, host byte order
 */
struct endpoint {
	struct addr addr;
	uint16_t port;
};

/**
 * struct path - both ends of a datagram's way, seen from this host
 * @local: our end
 * @remote: the peer's end
 * @ifindex: interface, for link-local addresses; 0 for any
 */
struct path {
	struct endpoint local;
	struct endpoint remote;
	unsigned int ifindex;
};

/**
 * struct sel - a traffic selector, seen from this host
 * @local: our addresses
 * @remote: the peer's addresses; of the same family
 * @local_plen: prefix length of @local in bits
 * @remote_plen: prefix length of @remote in bits
 * @proto: transport protocol, 0 for any
 * @lport: our port, host byte order
 * @rport: the peer's port, host byte order
 * @lmask: bits of @lport that count, the highest first; 0 for any port
 * @rmask: likewise of @rport
 *
 * Of ICMP and ICMPv6, @lport is what we send and @rport what the peer sends:
 * the type in the upper octet, the code in the lower (RFC 4301 section
 * 4.4.1.3).
 */
struct sel {
	struct addr local;
	struct addr remote;
	uint8_t local_plen;
	uint8_t remote_plen;
	uint8_t proto;
	uint16_t lport;
	uint16_t rport;
	uint16_t lmask;
	uint16_t rmask;
};

size_t addr_len(uint16_t family);
uint8_t addr_bits(uint16_t family);
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_near(const struct addr *a, const struct addr *b);
bool addr_any(const struct addr *a);
bool addr_in_prefix(const struct addr *a, const struct addr *net,
		    uint8_t plen);
void addr_mask(struct addr *a, uint8_t plen);
bool addr_parse(struct addr *a, const char *text);
bool addr_parse_prefix(struct addr *a, uint8_t *plen, const char *text);
const char *addr_str(const struct addr *a, char buf[static ADDR_STRLEN]);
const char *endpoint_str(const struct endpoint *e,
			 char buf[static SEL_STRLEN]);
void addr_from_sockaddr(struct endpoint *e, const struct sockaddr *sa);
socklen_t addr_to_sockaddr(const struct endpoint *e, unsigned int ifindex,
			   struct sockaddr_storage *ss);

bool sel_equal(const struct sel *a, const struct sel *b);
bool sel_overlap(const struct sel *a, const struct sel *b);
bool sel_within(const struct sel *in, const struct sel *out);
bool sel_carries(const struct sel *s, const struct sel *packet);
bool sel_ports_any(const struct sel *s);
bool sel_intersect(struct sel *out, const struct sel *a, const struct sel *b);
const char *sel_str(const struct sel *s, char buf[static SEL_STRLEN]);

#endif
