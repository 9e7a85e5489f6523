// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model: which SAs, bindings and policies there are, as far as we made
 * them, and what a latch may be among them. Written from RFC 5660 and from
 * Documentation/, not from the module, whose text it shares nothing with but
 * the numbers of the netlink interface.
 */
#include "tests/tools/torture.h"

static struct world_sa sas[HOSTS][FAMILIES][WAYS][FLAVOURS];
static struct world_spd spd[HOSTS][FAMILIES][DIRS];

struct world_sa *world_sa(unsigned int host, unsigned int family,
			  unsigned int way, unsigned int flavour)
{
	return &sas[host][family][way][flavour];
}

struct world_spd *world_spd(unsigned int host, unsigned int family,
			    unsigned int dir)
{
	return &spd[host][family][dir];
}

enum suite model_suite(unsigned int flavour)
{
	return flavour == SA_SHORT ? GCM128 :
	       flavour == SA_PLAIN ? NULL_CIPHER : GCM256;
}

/* Whom a binding of such an SA names as the other end. */
enum who model_peer(unsigned int host, unsigned int flavour)
{
	if (flavour == SA_ANON)
		return NOBODY;
	if (flavour == SA_OTHER)
		return CAROL;
	return host == HOST_A ? BOB : ALICE;
}

/* And who we are to it. */
enum who model_self(unsigned int host, unsigned int flavour)
{
	if (flavour == SA_ANON)
		return NOBODY;
	if (flavour == SA_SELF)
		return DAVE;
	return host == HOST_A ? ALICE : BOB;
}

/*
 * Section 2.2: established and broken go to each other, all but the closed can
 * be closed, and what is closed stays so. Larval (section 2.3) is only ever
 * the first state of a connection's latch. From none: born; to none: released.
 */
bool model_move(unsigned int from, unsigned int to)
{
	switch (from) {
	case BTNS_LATCH_STATE_NONE:
		return to == BTNS_LATCH_STATE_LARVAL ||
		       to == BTNS_LATCH_STATE_ESTABLISHED ||
		       to == BTNS_LATCH_STATE_LISTENER;
	case BTNS_LATCH_STATE_LARVAL:
	case BTNS_LATCH_STATE_BROKEN:
		return to == BTNS_LATCH_STATE_ESTABLISHED ||
		       to == BTNS_LATCH_STATE_CLOSED ||
		       to == BTNS_LATCH_STATE_NONE;
	case BTNS_LATCH_STATE_ESTABLISHED:
		return to == BTNS_LATCH_STATE_BROKEN ||
		       to == BTNS_LATCH_STATE_CLOSED ||
		       to == BTNS_LATCH_STATE_NONE;
	case BTNS_LATCH_STATE_LISTENER:
		return to == BTNS_LATCH_STATE_CLOSED ||
		       to == BTNS_LATCH_STATE_NONE;
	default:
		return to == BTNS_LATCH_STATE_NONE;
	}
}

/* Is what has that scope for the flow of that slot, in its family? */
bool model_covers(unsigned int scope, unsigned int slot)
{
	switch (scope) {
	case FOR_ALL:
		return true;
	case FOR_TCP:
		return slot_proto(slot) == IPPROTO_TCP;
	case FOR_UDP:
		return slot_proto(slot) == IPPROTO_UDP;
	default:
		return scope - FOR_SLOT == slot;
	}
}

/*
 * Section 2.3: an SA for a latch's flow conflicts with it if its peer, our
 * identity, the kind or the quality of protection differ. What an SA's peer is,
 * its binding says; without one it is nobody's.
 */
static uint32_t sa_conflict(const struct model_latch *l,
			    const struct world_sa *sa, unsigned int flavour)
{
	enum who peer = sa->bound ? model_peer(l->host, flavour) : NOBODY;
	enum who self = sa->bound ? model_self(l->host, flavour) : NOBODY;
	enum suite suite = model_suite(flavour);

	if (peer != l->peer)
		return 1U << (peer == NOBODY ? BTNS_REASON_UNIDENTIFIED :
					       BTNS_REASON_PEER);
	if (self != l->local)
		return 1U << BTNS_REASON_LOCAL_ID;
	if (suite == l->suite)
		return 0;
	return 1U << (suite == NULL_CIPHER || l->suite == NULL_CIPHER ?
			      BTNS_REASON_PROTECTION : BTNS_REASON_QOP);
}

static uint32_t sad_conflicts(const struct model_latch *l)
{
	unsigned int family = slot_family(l->slot), way, f;
	uint32_t mask = 0;

	for (way = 0; way < WAYS; way++) {
		for (f = 0; f < FLAVOURS; f++) {
			struct world_sa *sa = world_sa(l->host, family, way, f);

			if (sa->installed && model_covers(sa->scope, l->slot))
				mask |= sa_conflict(l, sa, f);
		}
	}
	return mask;
}

/* Section 2.3: what policy now says of what goes out must be what it was. */
static uint32_t spd_conflicts(const struct model_latch *l)
{
	struct world_spd *p = world_spd(l->host, slot_family(l->slot), OUT);

	if (p->rule != RULE_NONE && p->proto == slot_proto(l->slot)) {
		switch (p->rule) {
		case RULE_BYPASS:
			return 1U << BTNS_REASON_BYPASS;
		case RULE_BLOCK:
			return 1U << BTNS_REASON_BLOCK;
		default:
			return 1U << BTNS_REASON_POLICY;
		}
	}
	return p->base ? 0 : 1U << BTNS_REASON_BYPASS;
}

bool model_optional(unsigned int host, unsigned int slot)
{
	struct world_spd *p = world_spd(host, slot_family(slot), OUT);

	return p->rule == RULE_OPTIONAL && p->proto == slot_proto(slot);
}

/*
 * May a latch do without what policy has against it: it holds on (L38), policy
 * is as it was when it was made, or does without an SA as it did then? Whether
 * anything went out then, the model does not know.
 */
static bool spd_excused(const struct model_latch *l)
{
	return l->may_hold || !l->policy_since ||
	       (l->lenient && model_optional(l->host, l->slot));
}

/* Of these, those that a latch may do without. */
uint32_t model_excused(const struct model_latch *l)
{
	return spd_excused(l) ? spd_conflicts(l) : 0;
}

/* All reasons for which a latch that is broken has to be so. */
uint32_t model_conflicts(const struct model_latch *l)
{
	return sad_conflicts(l) | spd_conflicts(l);
}

/*
 * Has a helper vouched for an SA of another peer that is not there yet? The
 * latch breaks before such an SA is accepted (L34). Whether it stays broken
 * until the SA comes is not said.
 */
bool model_awaits(const struct model_latch *l)
{
	unsigned int family = slot_family(l->slot), way, f;

	for (way = 0; way < WAYS; way++) {
		for (f = 0; f < FLAVOURS; f++) {
			struct world_sa *sa = world_sa(l->host, family, way, f);

			if (sa->bound && !sa->installed &&
			    model_covers(sa->scope, l->slot) &&
			    model_peer(l->host, f) != l->peer)
				return true;
		}
	}
	return false;
}

/*
 * The states that a latch may be in, as bits, once the kernel has had time to
 * look at all that changed.
 */
uint32_t model_states(const struct model_latch *l)
{
	const uint32_t broken = 1U << BTNS_LATCH_STATE_BROKEN;
	const uint32_t established = 1U << BTNS_LATCH_STATE_ESTABLISHED;

	if (l->closed)
		return 1U << BTNS_LATCH_STATE_CLOSED;
	/* it waits for an SA (L02, L26) */
	if (!l->has_values)
		return 1U << BTNS_LATCH_STATE_LARVAL;
	/* 2.2, L19, L62, and what ended its connection (5.5) stays an end */
	if (l->final || (l->hard && l->was_broken))
		return broken;
	/* L33 */
	if (sad_conflicts(l))
		return broken;
	/*
	 * L36, L37: an edit breaks. What came in made a latch although policy
	 * would let the answer go in the clear; that breaks it, once there is
	 * an answer.
	 */
	if (spd_conflicts(l))
		return spd_excused(l) ? broken | established : broken;
	/* N08: established again when the last conflict is over */
	return model_awaits(l) ? broken | established : established;
}
