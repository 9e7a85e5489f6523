/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child SA: a pair of ESP SAs in the kernel, vouched for before they are
 * installed. Knows the kernel's table, not the wire.
 */
#ifndef BTNSD_CHILD_H
#define BTNSD_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "btnsd/timer.h"

struct ike_sa;
struct dh;
struct child_keys;

/**
 * struct child_want - a child SA that is wanted
 * @narrow: the packet that asked, or all of @wide
 * @wide: what policy would have us ask for
 * @reqid: of the policy's template
 * @seq: of the kernel's acquire, 0 for none
 * @asked: traffic of ours asks for it, or did for one that it replaces
 * @tunnel: tunnel mode
 */
struct child_want {
	struct sel narrow;
	struct sel wide;
	uint32_t reqid;
	uint32_t seq;
	bool asked;
	bool tunnel;
};

/** enum child_state - where a child SA is */
enum child_state {
	CHILD_LARVAL,		/* has an inbound SPI, being negotiated */
	CHILD_INSTALLED,	/* in use */
	CHILD_REPLACED,		/* rekeyed; still receives */
	CHILD_DELETING,		/* we have sent Delete, or are about to */
};

/**
 * struct child - a pair of ESP SAs
 * @next: in its IKE SA
 * @sa: its IKE SA
 * @id: number, for logs and tasks; never used twice
 * @state: where it is
 * @initiator: we started the exchange that made it
 * @spi_in: SPI that we receive with, host byte order
 * @spi_out: SPI that the peer receives with, host byte order
 * @local: our address
 * @remote: the peer's address
 * @sel: its traffic, seen from this host
 * @reqid: of the policy's template
 * @seq: of the kernel's acquire, 0 for none
 * @asked: traffic of ours has asked for it, or for one that it replaces
 * @tunnel: tunnel mode
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute
 * @integ: enum ike_integ; none for an AEAD
 * @in_kernel: inbound and outbound SA are installed
 * @out_kernel: the outbound one is (still) installed
 * @dh: key pair for a key exchange of its own, until the keys are made
 * @nonce: our nonce while it is larval
 * @nonce_low: the lower of the two nonces that made it
 * @nonce_low_len: octets in @nonce_low
 * @rekeys: id of the child SA that it replaces, 0 for none
 * @rekeyed_by: id of a child SA by which the peer replaced this, 0 for none
 * @passed_on: the IKE SA that takes over has asked for one like it
 * @rekey: starts a rekey
 * @expiry: takes it away when a rekey did not come in time
 */
struct child {
	struct child *next;
	struct ike_sa *sa;
	uint32_t id;
	enum child_state state;
	bool initiator;
	uint32_t spi_in;
	uint32_t spi_out;
	struct addr local;
	struct addr remote;
	struct sel sel;
	uint32_t reqid;
	uint32_t seq;
	bool asked;
	bool tunnel;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	bool in_kernel;
	bool out_kernel;
	struct dh *dh;
	uint8_t nonce[32];
	uint8_t nonce_low[256];
	uint16_t nonce_low_len;
	uint32_t rekeys;
	uint32_t rekeyed_by;
	bool passed_on;
	struct timer rekey;
	struct timer expiry;
};

struct child *child_new(struct ike_sa *sa, uint32_t reqid, uint32_t seq);
struct child *child_find(const struct ike_sa *sa, uint32_t id);
struct child *child_find_spi_in(const struct ike_sa *sa, uint32_t spi);
struct child *child_find_spi_out(const struct ike_sa *sa, uint32_t spi);
const struct child *child_covering(const struct ike_sa *sa,
				   const struct child_want *want);
int child_install(struct child *c, const struct child_keys *keys,
		  const char **why);
void child_link(struct child *c);
void child_set_encap(struct child *c);
void child_retire_out(struct child *c);
void child_gone(struct child *c, bool keep_kernel);
int child_check(const struct child *c, uint8_t *verdict);
void child_lower_nonce(struct child *c, const uint8_t *ni, size_t ni_len,
		       const uint8_t *nr, size_t nr_len);
bool child_unused(const struct child *c);
uint64_t child_packets_in(const struct child *c);
uint64_t child_packets_out(const struct child *c);

#endif
