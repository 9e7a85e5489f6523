/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that no helper would send: sealed with the keys of an IKE SA that a
 * test has got into, so that they are authentic and still wrong.
 */
#ifndef TESTS_UNIT_CRAFT_H
#define TESTS_UNIT_CRAFT_H

#include "btnsd/ike/build.h"
#include "world.h"

#define CRAFT_CERTS	4

/** struct craft_auth - an IKE_AUTH request to make */
struct craft_auth {
	uint8_t id_type;
	const void *id;
	size_t id_len;
	/* signs; NULL leaves AUTH out */
	const struct key *sign;
	uint8_t method;
	/* AUTH is the one of NULL authentication instead */
	bool null;
	/* INITIAL_CONTACT comes with it */
	bool initial_contact;
	/* AUTH is made with this secret instead */
	const struct secret *psk;
	/* and is of so many octets; 0: as it should be */
	size_t psk_len;
	/* the signature, or the AUTH of NULL, is damaged */
	bool corrupt;
	unsigned int n_certs;
	uint8_t encoding[CRAFT_CERTS];
	struct span cert[CRAFT_CERTS];
	/* selectors from the initiator's side; no child SA if @n_ts is 0 */
	unsigned int n_ts;
	struct sel ts[2];
	bool tunnel;
};

struct span craft_init(uint8_t *buf, size_t cap, uint64_t spi,
		       struct span cookie, uint64_t nonce);
void craft_seal(struct world *w, struct ike_sa *sa, int from, int to,
		uint8_t exchange, uint32_t msgid, uint8_t first,
		struct span text);
/* ESP with AES-GCM of 256 bits, for SPI d0000001 */
extern const struct ike_sa_payload craft_esp_offer;

void craft_inner(struct world *w, struct ike_sa *sa, int from, int to,
		 uint8_t exchange, uint32_t msgid, struct ike_build *b);
void craft_answer(struct world *w, struct ike_sa *sa, int from, int to,
		  uint8_t exchange, uint32_t msgid, struct ike_build *b);
bool craft_open(const struct ike_sa *sa, const struct packet *p,
		struct ike_msg *m);
struct packet *craft_refusal(const struct ike_sa *sa, const struct packet *p,
			     uint16_t was, uint16_t is);
struct packet *craft_spoilt(const struct ike_sa *sa, const struct packet *p,
			    void (*spoil)(uint8_t *at, uint8_t *first));
bool craft_cut(struct world *w, const struct ike_sa *sa, const struct packet *p,
	       uint16_t n);
struct ike_sa *craft_half_open(struct world *w, int from, int to);
struct ike_sa *craft_half_open_again(struct world *w, int from, int to);
void craft_auth_send(struct world *w, struct ike_sa *sa, int from, int to,
		     const struct craft_auth *a);
size_t craft_x509(const char *pem_path, uint8_t *out, size_t cap);

#endif
