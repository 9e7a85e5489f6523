/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negotiation of algorithms (RFC 7296 sections 2.7 and 3.3): what we offer,
 * what we choose of an offer, and whether an answer chose from ours.
 */
#ifndef BTNSD_IKE_PROPOSAL_H
#define BTNSD_IKE_PROPOSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/conf.h"
#include "btnsd/ike/message.h"

/**
 * struct ike_choice - algorithms of an IKE SA or a child SA
 * @num: number of the proposal they are from
 * @encr: enum ike_encr
 * @keybits: Key Length attribute, 0 for none
 * @integ: enum ike_integ; none for an AEAD
 * @prf: enum ike_prf (IKE SA only)
 * @dh: enum ike_dh; 0 for none (child SA)
 * @addke: enum ike_dh of an additional key exchange (RFC 9370); 0 for none
 * @addke_type: transform type that it was offered as
 * @addke_none: transform types of which NONE is taken, bit 0 for ADDKE1
 * @spi: the peer's SPI, host byte order (child SA)
 * @ike_spi: the same for the rekey of an IKE SA, else 0
 */
struct ike_choice {
	uint8_t num;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	uint16_t prf;
	uint16_t dh;
	uint16_t addke;
	uint8_t addke_type;
	uint8_t addke_none;
	uint32_t spi;
	uint64_t ike_spi;
};

/** enum proposal_use - what an offer for an IKE SA is for */
enum proposal_use {
	PROPOSAL_INIT,		/* the first IKE SA with a peer */
	PROPOSAL_INIT_ADDKE,	/* the same, and both ends do IKE_INTERMEDIATE */
	PROPOSAL_REKEY,		/* one that replaces another: it has an SPI */
	PROPOSAL_REKEY_ADDKE,	/* the same, and IKE_FOLLOWUP_KE may complete it */
	PROPOSAL_AGAIN,		/* one that replaces another with such an exchange */
	PROPOSAL_AGAIN_ADDKE,	/* the same, and IKE_FOLLOWUP_KE may complete it */
};

void proposal_ike_offer(const struct conf *conf, enum proposal_use use,
			uint16_t first_dh, const uint8_t *spi,
			struct ike_sa_payload *out);
bool proposal_ike_choose(const struct conf *conf, enum proposal_use use,
			 const struct ike_sa_payload *offer, uint16_t ke_group,
			 struct ike_choice *out);
bool proposal_ike_chosen(const struct ike_sa_payload *offer, bool may,
			 const struct ike_sa_payload *answer, uint16_t ke_group,
			 struct ike_choice *out);
void proposal_esp_offer(const struct conf *conf, uint16_t dh,
			const uint8_t spi[4], struct ike_sa_payload *out);
bool proposal_esp_choose(const struct conf *conf,
			 const struct ike_sa_payload *offer, uint16_t ke_group,
			 bool in_auth, struct ike_choice *out);
bool proposal_esp_chosen(const struct ike_sa_payload *offer,
			 const struct ike_sa_payload *answer, uint16_t ke_group,
			 struct ike_choice *out);
bool proposal_single(const struct ike_sa_payload *answer, unsigned int most,
		     const char **why);
void proposal_answer(const struct ike_choice *c, uint8_t proto,
		     const uint8_t *spi, struct ike_sa_payload *out);

#endif
