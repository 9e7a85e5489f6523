// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An AEAD, without an integrity transform or with NONE (RFC 5282 section 8), or
 * AES-CBC with a MAC. Our order of preference decides inside a proposal, the
 * peer's among proposals.
 */
#include <string.h>

#include "btnsd/ike/proposal.h"

static void add(struct ike_sa_payload *out, uint8_t type, uint16_t id,
		uint16_t keybits)
{
	if (out->n_transforms >= IKE_MAX_TRANSFORMS)
		return;
	out->transform[out->n_transforms++] = (struct ike_transform_desc){
		.type = type,
		.id = id,
		.keybits = keybits,
	};
	out->proposal[out->count - 1].count++;
}

/* another proposal, whose transforms are added next */
static void propose(struct ike_sa_payload *out, uint8_t num, uint8_t proto,
		    const uint8_t *spi)
{
	struct ike_proposal *p = &out->proposal[out->count++];

	p->num = num;
	p->proto = proto;
	p->first = out->n_transforms;
	if (spi)
		p->spi = span(spi, proto == IKE_PROTO_IKE ? IKE_SPI_LEN : 4);
}

static void begin(struct ike_sa_payload *out, uint8_t num, uint8_t proto,
		  const uint8_t *spi)
{
	memset(out, 0, sizeof(*out));
	out->present = true;
	propose(out, num, proto, spi);
}

static void add_cipher(const struct conf_aead *c, struct ike_sa_payload *out)
{
	add(out, IKE_TRANS_ENCR, c->encr, c->keybits);
	if (c->integ)
		add(out, IKE_TRANS_INTEG, c->integ, 0);
}

/* what an IKE SA's proposal has besides the cipher */
static void finish_ike(const struct conf *conf, uint16_t first_dh, bool addke,
		       struct ike_sa_payload *out)
{
	size_t i;

	for (i = 0; i < conf->n_prf; i++)
		add(out, IKE_TRANS_PRF, conf->prf[i], 0);
	add(out, IKE_TRANS_DH, first_dh, 0);
	for (i = 0; i < conf->n_dh; i++)
		if (conf->dh[i] != first_dh)
			add(out, IKE_TRANS_DH, conf->dh[i], 0);
	for (i = 0; addke && i < conf->n_addke; i++)
		add(out, IKE_TRANS_ADDKE1, conf->addke[i], 0);
}

/* as many proposals as the ciphers need */
static void propose_ike(const struct conf *conf, uint16_t first_dh, bool addke,
			const uint8_t *spi, struct ike_sa_payload *out)
{
	const struct conf_aead *list = conf->ike_aead;
	size_t i;

	for (i = 0; i < conf->n_ike_aead; i++) {
		if (conf_aead_begins(list, i)) {
			if (i)
				finish_ike(conf, first_dh, addke, out);
			propose(out, (uint8_t)(out->count + 1), IKE_PROTO_IKE,
				spi);
		}
		add_cipher(&list[i], out);
	}
	finish_ike(conf, first_dh, addke, out);
}

/* do we offer an additional key exchange? */
static bool offers_addke(const struct conf *conf, enum proposal_use use)
{
	return conf->n_addke && use != PROPOSAL_REKEY && use != PROPOSAL_AGAIN;
}

/*
 * Keys that are drawn from those of an IKE SA that had one need no other. Those
 * of one that began before it was required would never have any.
 */
static bool may_do_without(const struct conf *conf, enum proposal_use use)
{
	return !conf->n_addke || conf->addke_optional || use >= PROPOSAL_AGAIN;
}

/**
 * proposal_ike_offer() - what we offer for an IKE SA
 * @conf: configuration
 * @use: what for
 * @first_dh: group that the KE payload will have; named first
 * @spi: for a rekey our new SPI in network byte order, IKE_SPI_LEN octets that
 *	outlive @out; else NULL
 * @out: filled
 *
 * A peer that does not know additional key exchanges has to refuse a proposal
 * with one even if NONE is among the choices (RFC 7296 section 3.3.6): where
 * we can do without, the proposals are there again and have none.
 */
void proposal_ike_offer(const struct conf *conf, enum proposal_use use,
			uint16_t first_dh, const uint8_t *spi,
			struct ike_sa_payload *out)
{
	memset(out, 0, sizeof(*out));
	out->present = true;
	if (offers_addke(conf, use))
		propose_ike(conf, first_dh, true, spi, out);
	if (!offers_addke(conf, use) || may_do_without(conf, use))
		propose_ike(conf, first_dh, false, spi, out);
}

static void finish_esp(struct ike_sa_payload *out, uint16_t dh)
{
	if (dh)
		add(out, IKE_TRANS_DH, dh, 0);
	add(out, IKE_TRANS_ESN, IKE_ESN_NO, 0);
}

/**
 * proposal_esp_offer() - what we offer for a child SA
 * @conf: configuration
 * @dh: group for a key exchange of its own, 0 for none
 * @spi: our inbound SPI in network byte order; outlives @out
 * @out: filled
 *
 * An AEAD and an integrity transform cannot be in one proposal (RFC 7296
 * section 3.3), and of several ciphers and MACs in one any two may be chosen.
 */
void proposal_esp_offer(const struct conf *conf, uint16_t dh,
			const uint8_t spi[4], struct ike_sa_payload *out)
{
	const struct conf_aead *list = conf->child_aead;
	uint8_t num = 1;
	size_t i;

	begin(out, num, IKE_PROTO_ESP, spi);
	for (i = 0; i < conf->n_child_aead; i++) {
		if (i && conf_aead_begins(list, i)) {
			finish_esp(out, dh);
			propose(out, ++num, IKE_PROTO_ESP, spi);
		}
		add_cipher(&list[i], out);
	}
	finish_esp(out, dh);
}

static bool offers(const struct ike_sa_payload *sa,
		   const struct ike_proposal *p, uint8_t type, uint16_t id,
		   uint16_t keybits)
{
	unsigned int i;

	for (i = p->first; i < p->first + p->count; i++) {
		const struct ike_transform_desc *t = &sa->transform[i];

		if (t->type == type && t->id == id && !t->foreign &&
		    t->keybits == keybits)
			return true;
	}
	return false;
}

static bool has_type(const struct ike_sa_payload *sa,
		     const struct ike_proposal *p, uint8_t type)
{
	unsigned int i;

	for (i = p->first; i < p->first + p->count; i++)
		if (sa->transform[i].type == type)
			return true;
	return false;
}

/* a transform type that we do not know makes the proposal unusable (3.3.6) */
static bool known_types(const struct ike_sa_payload *sa,
			const struct ike_proposal *p)
{
	unsigned int i;

	for (i = p->first; i < p->first + p->count; i++)
		if (sa->transform[i].type < IKE_TRANS_ENCR ||
		    sa->transform[i].type > IKE_TRANS_ADDKE7)
			return false;
	return true;
}

static bool integ_absent(const struct ike_sa_payload *sa,
			 const struct ike_proposal *p)
{
	return !has_type(sa, p, IKE_TRANS_INTEG) ||
	       offers(sa, p, IKE_TRANS_INTEG, IKE_INTEG_NONE, 0);
}

/* is that MAC offered; or, for an AEAD, none? */
static bool integ_fits(const struct ike_sa_payload *sa,
		       const struct ike_proposal *p, uint16_t integ)
{
	return integ ? offers(sa, p, IKE_TRANS_INTEG, integ, 0) :
		       integ_absent(sa, p);
}

static bool pick_aead(const struct conf_aead *mine, size_t n,
		      const struct ike_sa_payload *sa,
		      const struct ike_proposal *p, struct ike_choice *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!offers(sa, p, IKE_TRANS_ENCR, mine[i].encr,
			    mine[i].keybits) ||
		    !integ_fits(sa, p, mine[i].integ))
			continue;
		out->encr = mine[i].encr;
		out->keybits = mine[i].keybits;
		out->integ = mine[i].integ;
		return true;
	}
	return false;
}

/* @prefer, if it is offered and ours, saves a round trip */
static bool pick_id(const uint16_t *mine, size_t n, uint16_t prefer,
		    const struct ike_sa_payload *sa,
		    const struct ike_proposal *p, uint8_t type, uint16_t *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (prefer && mine[i] == prefer &&
		    offers(sa, p, type, prefer, 0)) {
			*out = prefer;
			return true;
		}
	}
	for (i = 0; i < n; i++) {
		if (offers(sa, p, type, mine[i], 0)) {
			*out = mine[i];
			return true;
		}
	}
	return false;
}

static bool pick_method(const struct conf *conf,
			const struct ike_sa_payload *sa,
			const struct ike_proposal *p, uint8_t type,
			struct ike_choice *out)
{
	size_t i;

	for (i = 0; i < conf->n_addke; i++) {
		/* no method comes twice in an SA (RFC 9370 section 2.2.1) */
		if (conf->addke[i] == out->dh ||
		    !offers(sa, p, type, conf->addke[i], 0))
			continue;
		out->addke = conf->addke[i];
		out->addke_type = type;
		return true;
	}
	return false;
}

/* one additional key exchange if it may be; of all others NONE must do */
static bool pick_addke(const struct conf *conf, bool may,
		       const struct ike_sa_payload *sa,
		       const struct ike_proposal *p, struct ike_choice *out)
{
	uint8_t type;

	for (type = IKE_TRANS_ADDKE1; type <= IKE_TRANS_ADDKE7; type++) {
		if (!has_type(sa, p, type))
			continue;
		if (may && !out->addke && pick_method(conf, sa, p, type, out))
			continue;
		if (!offers(sa, p, type, IKE_DH_NONE, 0))
			return false;
		out->addke_none |= (uint8_t)(1u << (type - IKE_TRANS_ADDKE1));
	}
	return true;
}

static uint64_t read_ike_spi(struct span s)
{
	uint64_t spi = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		spi = spi << 8 | s.data[i];
	return spi;
}

/**
 * proposal_ike_choose() - choose algorithms of an offer for an IKE SA
 * @conf: configuration
 * @use: what for; in a rekey each proposal names the SPI of the IKE SA that
 *	will replace this one
 * @offer: the peer's
 * @ke_group: group of its KE payload; taken if it is acceptable
 * @out: the choice; @out->dh differs from @ke_group when that is not
 *
 * Return: false if no proposal is acceptable.
 */
bool proposal_ike_choose(const struct conf *conf, enum proposal_use use,
			 const struct ike_sa_payload *offer, uint16_t ke_group,
			 struct ike_choice *out)
{
	bool may = use == PROPOSAL_INIT_ADDKE || use == PROPOSAL_REKEY_ADDKE ||
		   use == PROPOSAL_AGAIN_ADDKE;
	bool rekey = use >= PROPOSAL_REKEY;
	unsigned int i;

	for (i = 0; i < offer->count; i++) {
		const struct ike_proposal *p = &offer->proposal[i];
		struct ike_choice c = { .num = p->num };

		if (p->proto != IKE_PROTO_IKE ||
		    p->spi.len != (rekey ? IKE_SPI_LEN : 0) ||
		    !known_types(offer, p) ||
		    has_type(offer, p, IKE_TRANS_ESN) ||
		    !pick_aead(conf->ike_aead, conf->n_ike_aead, offer, p,
			       &c) ||
		    !pick_id(conf->prf, conf->n_prf, 0, offer, p,
			     IKE_TRANS_PRF, &c.prf) ||
		    !pick_id(conf->dh, conf->n_dh, ke_group, offer, p,
			     IKE_TRANS_DH, &c.dh) ||
		    !pick_addke(conf, may, offer, p, &c) ||
		    (!c.addke && !may_do_without(conf, use)))
			continue;
		c.ike_spi = read_ike_spi(p->spi);
		if (rekey && !c.ike_spi)
			continue;
		*out = c;
		return true;
	}
	return false;
}

static uint32_t read_spi(struct span s)
{
	return (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 |
	       (uint32_t)s.data[2] << 8 | s.data[3];
}

/* 1 to 255 are reserved (RFC 4303 section 2.1) */
static bool spi_ok(uint32_t spi)
{
	return spi > 255;
}

/* a group of its own: if the peer sent a value for it, or insists */
static bool pick_child_dh(const struct conf *conf,
			  const struct ike_sa_payload *offer,
			  const struct ike_proposal *p, uint16_t ke_group,
			  bool in_auth, uint16_t *out)
{
	*out = IKE_DH_NONE;
	/* IKE_AUTH has no KE payload, whatever its proposals say */
	if (in_auth || !has_type(offer, p, IKE_TRANS_DH))
		return true;
	if (ke_group && pick_id(conf->dh, conf->n_dh, ke_group, offer, p,
				IKE_TRANS_DH, out))
		return true;
	if (offers(offer, p, IKE_TRANS_DH, IKE_DH_NONE, 0))
		return true;
	return pick_id(conf->dh, conf->n_dh, 0, offer, p, IKE_TRANS_DH, out);
}

/**
 * proposal_esp_choose() - choose algorithms of an offer for a child SA
 * @conf: configuration
 * @offer: the peer's
 * @ke_group: group of its KE payload, 0 if it sent none
 * @in_auth: it is the child SA of IKE_AUTH, which has no key exchange
 * @out: the choice; @out->dh differs from @ke_group when another is needed
 *
 * Extended sequence numbers and additional key exchanges are not used: an offer
 * must allow to do without.
 *
 * Return: false if no proposal is acceptable.
 */
bool proposal_esp_choose(const struct conf *conf,
			 const struct ike_sa_payload *offer, uint16_t ke_group,
			 bool in_auth, struct ike_choice *out)
{
	unsigned int i;

	for (i = 0; i < offer->count; i++) {
		const struct ike_proposal *p = &offer->proposal[i];
		struct ike_choice c = { .num = p->num };

		if (p->proto != IKE_PROTO_ESP || p->spi.len != 4 ||
		    !known_types(offer, p) ||
		    has_type(offer, p, IKE_TRANS_PRF) ||
		    !offers(offer, p, IKE_TRANS_ESN, IKE_ESN_NO, 0) ||
		    !pick_aead(conf->child_aead, conf->n_child_aead, offer, p,
			       &c) ||
		    !pick_child_dh(conf, offer, p, ke_group, in_auth,
				   &c.dh) ||
		    (!in_auth && !pick_addke(conf, false, offer, p, &c)))
			continue;
		c.spi = read_spi(p->spi);
		if (!spi_ok(c.spi))
			continue;
		*out = c;
		return true;
	}
	return false;
}

/**
 * proposal_single() - does an answer choose, rather than offer again?
 * @answer: the peer's
 * @most: how many proposals we made
 * @why: on failure a sentence
 *
 * Return: true if it is one proposal, one of ours by number, with at most one
 * transform of each type.
 */
bool proposal_single(const struct ike_sa_payload *answer, unsigned int most,
		     const char **why)
{
	bool seen[IKE_TRANS_ADDKE7 + 1] = { false };
	unsigned int i;

	*why = "the answer is not one proposal of ours";
	if (answer->count != 1 || !answer->proposal[0].num ||
	    answer->proposal[0].num > most)
		return false;
	*why = "the answer has several transforms of one type";
	for (i = 0; i < answer->n_transforms; i++) {
		uint8_t type = answer->transform[i].type;

		if (type > IKE_TRANS_ADDKE7 || seen[type])
			return false;
		seen[type] = true;
	}
	return true;
}

/* one transform of an answer: it must be in the proposal that we made */
static bool take(const struct ike_sa_payload *offer,
		 const struct ike_proposal *p,
		 const struct ike_transform_desc *t, struct ike_choice *out)
{
	/* with an AEAD, NONE says what saying nothing does (RFC 7296 3.3) */
	if (t->type == IKE_TRANS_INTEG && t->id == IKE_INTEG_NONE)
		return !t->foreign && !t->keybits;
	if (t->type == IKE_TRANS_DH && t->id == IKE_DH_NONE)
		return !t->foreign && !has_type(offer, p, IKE_TRANS_DH);
	if (t->foreign || !offers(offer, p, t->type, t->id, t->keybits))
		return false;
	switch (t->type) {
	case IKE_TRANS_ENCR:
		out->encr = t->id;
		out->keybits = t->keybits;
		return true;
	case IKE_TRANS_INTEG:
		out->integ = t->id;
		return true;
	case IKE_TRANS_PRF:
		out->prf = t->id;
		return true;
	case IKE_TRANS_DH:
		out->dh = t->id;
		return true;
	case IKE_TRANS_ADDKE1:
		out->addke = t->id;
		out->addke_type = t->type;
		return true;
	case IKE_TRANS_ESN:
		return true;
	}
	return false;
}

/* each transform of an answer, of the proposal of ours that it names */
static const struct ike_proposal *take_all(const struct ike_sa_payload *offer,
					   const struct ike_sa_payload *answer,
					   struct ike_choice *out)
{
	const struct ike_proposal *ours, *theirs = answer->proposal;
	const char *why;
	unsigned int i;

	if (!proposal_single(answer, offer->count, &why))
		return NULL;
	ours = &offer->proposal[theirs->num - 1];
	if (theirs->proto != ours->proto || theirs->spi.len != ours->spi.len)
		return NULL;
	for (i = theirs->first; i < theirs->first + theirs->count; i++)
		if (!take(offer, ours, &answer->transform[i], out))
			return NULL;
	out->num = theirs->num;
	return out->encr &&
		       !!out->integ == has_type(offer, ours, IKE_TRANS_INTEG) ?
		       ours :
		       NULL;
}

/**
 * proposal_ike_chosen() - what an answer chose of our offer for an IKE SA
 * @offer: as it was sent, of proposal_ike_offer(); the configuration may have
 *	changed since
 * @may: an additional key exchange can follow
 * @answer: the peer's
 * @ke_group: group of its KE payload
 * @out: the choice
 *
 * Return: false if that is nothing that we have offered.
 */
bool proposal_ike_chosen(const struct ike_sa_payload *offer, bool may,
			 const struct ike_sa_payload *answer, uint16_t ke_group,
			 struct ike_choice *out)
{
	struct ike_choice c = { 0 };
	const struct ike_proposal *ours = take_all(offer, answer, &c);

	if (!ours)
		return false;
	c.ike_spi = read_ike_spi(answer->proposal->spi);
	*out = c;
	/* no method comes twice in an SA (RFC 9370 section 2.2.1) */
	return c.prf && c.dh && c.dh == ke_group &&
	       (c.ike_spi || !ours->spi.len) &&
	       !!c.addke == has_type(offer, ours, IKE_TRANS_ADDKE1) &&
	       (!c.addke || (may && c.addke != c.dh));
}

/**
 * proposal_esp_chosen() - what an answer chose of our offer for a child SA
 * @offer: as it was sent, of proposal_esp_offer(); the configuration may have
 *	changed since
 * @answer: the peer's
 * @ke_group: group of its KE payload, 0 if it has none
 * @out: the choice
 *
 * Return: false if that is nothing that we have offered.
 */
bool proposal_esp_chosen(const struct ike_sa_payload *offer,
			 const struct ike_sa_payload *answer, uint16_t ke_group,
			 struct ike_choice *out)
{
	struct ike_choice c = { 0 };
	const struct ike_proposal *ours = take_all(offer, answer, &c);

	if (!ours)
		return false;
	c.spi = read_spi(answer->proposal->spi);
	*out = c;
	return spi_ok(c.spi) && c.dh == ke_group &&
	       !!c.dh == has_type(offer, ours, IKE_TRANS_DH) &&
	       has_type(answer, answer->proposal, IKE_TRANS_ESN);
}

/**
 * proposal_answer() - the SA payload that says what was chosen
 * @c: the choice
 * @proto: IKE_PROTO_IKE or IKE_PROTO_ESP
 * @spi: our SPI in network byte order, for ESP and for the rekey of an IKE SA,
 *	else NULL; outlives @out
 * @out: filled
 */
void proposal_answer(const struct ike_choice *c, uint8_t proto,
		     const uint8_t *spi, struct ike_sa_payload *out)
{
	uint8_t type;

	begin(out, c->num, proto, spi);
	add(out, IKE_TRANS_ENCR, c->encr, c->keybits);
	if (c->integ)
		add(out, IKE_TRANS_INTEG, c->integ, 0);
	if (proto == IKE_PROTO_IKE)
		add(out, IKE_TRANS_PRF, c->prf, 0);
	if (c->dh)
		add(out, IKE_TRANS_DH, c->dh, 0);
	if (proto == IKE_PROTO_ESP)
		add(out, IKE_TRANS_ESN, IKE_ESN_NO, 0);
	for (type = IKE_TRANS_ADDKE1; type <= IKE_TRANS_ADDKE7; type++) {
		if (c->addke && type == c->addke_type)
			add(out, type, c->addke, 0);
		else if (c->addke_none & 1u << (type - IKE_TRANS_ADDKE1))
			add(out, type, IKE_DH_NONE, 0);
	}
}
