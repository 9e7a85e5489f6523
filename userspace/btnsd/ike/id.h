/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities: what goes into an ID payload, what comes out of one, and which
 * key a peer's CERT payloads hold (RFC 5386 section 2, RFC 7670).
 */
#ifndef BTNSD_IKE_ID_H
#define BTNSD_IKE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/conf.h"
#include "btnsd/crypto/key.h"
#include "btnsd/ike/build.h"
#include "btnsd/ike/message.h"

struct btnsd;

/**
 * struct own - who we are by one of our keys
 * @key: key
 * @local: who the peer takes us for, as a latch of ours has it
 * @id_type: enum ike_id_type that we assert on the wire
 * @id: what we assert
 * @id_len: its octets
 */
struct own {
	const struct key *key;
	struct lbtns_ident local;
	uint16_t id_type;
	uint8_t id[CONF_ID_MAX];
	size_t id_len;
};

bool id_own(const struct btnsd *d, const struct key *key, struct own *out);
void id_body(const struct own *own, uint8_t out[4 + CONF_ID_MAX], size_t *len);
bool id_peer(const struct ike_id *id, struct lbtns_ident *out);
bool id_has_key(const struct ike_msg *m);
struct key *id_cert_key(const struct ike_msg *m, const char **why);
bool id_cert_fits(const struct btnsd *d);
void id_build_certs(const struct btnsd *d, const struct own *own, bool chain,
		    struct ike_build *b);
void id_build_called(const struct conf_peer *peer, struct ike_build *b);
void id_check_anchors(const struct btnsd *d);
void id_build_certreq(const struct btnsd *d, const struct conf_peer *peer,
		      struct ike_build *b);

#endif
