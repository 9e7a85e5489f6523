/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far host 1 of a made-up world has come with host 0, and by what both prove
 * themselves, when fuzz_ike begins to speak in host 0's place. The two octets at
 * the start of its input choose; make_corpus.c writes seeds for each.
 */
#ifndef TESTS_FUZZ_IKE_STAND_H
#define TESTS_FUZZ_IKE_STAND_H

#include <stdbool.h>
#include <stdint.h>

struct world;

/* the first octet */
#define STAND_AT	0x0f	/* enum stand_at, modulo STAND_NUM */
#define STAND_INITIATOR	0x10	/* host 1 began the IKE SA */
#define STAND_ASKED	0x20	/* the exchange that is under way is host 0's */

/* the second octet */
#define STAND_BY	0x03	/* enum stand_by */
#define STAND_ADDKE	0x04	/* with an additional key exchange */
#define STAND_NAT_PEER	0x08	/* host 0 is behind a NAT */
#define STAND_NAT_OURS	0x10	/* host 1 is */
#define STAND_CBC	0x20	/* AES-CBC and HMAC protect the IKE SA, not an AEAD */
#define STAND_TUNNEL	0x40	/* host 1's policies are in tunnel mode */

/**
 * enum stand_at - the exchange of which host 0's message was never delivered
 * @AT_NOTHING: none: the IKE SA is established
 * @AT_INIT: IKE_SA_INIT
 * @AT_INTERMEDIATE: IKE_INTERMEDIATE
 * @AT_AUTH: IKE_AUTH
 * @AT_CHILD: CREATE_CHILD_SA for another child SA
 * @AT_REKEY: the same to replace one
 * @AT_REKEY_IKE: the same to replace the IKE SA
 * @AT_FOLLOWUP: IKE_FOLLOWUP_KE after that
 * @AT_DELETE_CHILD: INFORMATIONAL with a Delete of a child SA
 * @AT_DELETE_IKE: of the IKE SA
 * @AT_LIVENESS: empty INFORMATIONAL
 * @AT_TOKEN: INFORMATIONAL with a token
 * @STAND_NUM: how many there are
 */
enum stand_at {
	AT_NOTHING,
	AT_INIT,
	AT_INTERMEDIATE,
	AT_AUTH,
	AT_CHILD,
	AT_REKEY,
	AT_REKEY_IKE,
	AT_FOLLOWUP,
	AT_DELETE_CHILD,
	AT_DELETE_IKE,
	AT_LIVENESS,
	AT_TOKEN,
	STAND_NUM,
};

/**
 * enum stand_by - how both prove themselves
 * @BY_KEY: a key that nobody has configured
 * @BY_PSK: a shared secret, and a name
 * @BY_CERT: a certificate under a trust anchor
 * @BY_NULL: not at all
 */
enum stand_by {
	BY_KEY,
	BY_PSK,
	BY_CERT,
	BY_NULL,
};

/**
 * stand_files() - write the files that configurations name
 *
 * They go with the program.
 */
void stand_files(void);

/**
 * stand_begin() - two hosts, as far as that
 * @w: world; what host 0 said last and was not delivered is in @w->kept, and so
 *	is all that it says from here on, the newest alone
 * @at: the first octet
 * @with: the second
 */
void stand_begin(struct world *w, uint8_t at, uint8_t with);

/**
 * stand_check() - host 1 has SAs with nobody but who proved to be host 0
 * @w: world
 * @with: the second octet
 */
void stand_check(struct world *w, uint8_t with);

#endif
