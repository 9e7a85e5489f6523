/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proofs of IKE_AUTH (RFC 7296 section 2.15): ours is made, the peer's is
 * verified. Who may do what with such a proof is the PAD's matter, not ours.
 */
#ifndef BTNSD_IKE_PROOF_H
#define BTNSD_IKE_PROOF_H

#include <stdbool.h>

#include "btnsd/conf.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/build.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"
#include "kernel/pad_match.h"

/**
 * struct proof - what a peer has proved
 * @asserted: identity in its ID payload; type none if no PAD entry can have it
 * @who: the same as the PAD wants it
 * @key: the key that it proved with, owned; NULL for a shared secret
 * @cert: what vouches for that key
 * @alg: enum sig_alg of its signature, for logs; 0 without one
 */
struct proof {
	struct lbtns_ident asserted;
	struct btns_pad_peer who;
	struct key *key;
	struct sa_cert cert;
	enum sig_alg alg;
};

bool proof_build(struct ike_sa *sa, const struct conf_peer *peer, bool call,
		 struct ike_build *b);
bool proof_verify(struct ike_sa *sa, const struct ike_msg *m,
		  const struct ike_id *id, struct proof *p);
void proof_free(struct proof *p);

#endif
