// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request that the other end cannot read, authentic as it is: a syntax that is
 * wrong ends the IKE SA (RFC 7296 section 2.21.3), a critical payload that nobody
 * knows is refused and no more (section 2.5), and what is half open is forgotten.
 */
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "replay.h"

/* a type of payload that nobody has */
#define UNKNOWN		200
#define CRITICAL	0x80

/**
 * struct spoilt - the request that is spoilt, each time that it is sent
 * @exchange: the first one of this exchange
 * @from: sent by this host
 * @spoil: what is done to it
 * @seen: it was sent
 * @spi_i: then, of its IKE SA
 * @msgid: and its message id
 */
static struct spoilt {
	uint8_t exchange;
	int from;
	void (*spoil)(uint8_t *at, uint8_t *first);
	bool seen;
	uint64_t spi_i;
	uint32_t msgid;
} spoilt;

static void spoil(int from, uint8_t exchange,
		  void (*how)(uint8_t *at, uint8_t *first))
{
	spoilt = (struct spoilt){
		.from = from, .exchange = exchange, .spoil = how,
	};
}

/* ---- how ------------------------------------------------------------------- */

/* the first payload has more octets than the message */
static void too_long(uint8_t *at, uint8_t *first)
{
	(void)first;
	at[2] = 0xff;
}

static void critical(uint8_t *at, uint8_t *first)
{
	*first = UNKNOWN;
	at[1] |= CRITICAL;
}

/* the key exchange value, which is alone in the message, is no point */
static void no_point(uint8_t *at, uint8_t *first)
{
	(void)first;
	at[8] ^= 1;
}

/* one in the clear */
static struct packet *in_the_clear(const struct packet *p)
{
	struct packet *other = world_copy(p);

	spoilt.spoil(other->data + 28, other->data + 16);
	return other;
}

/* as of a peer that is no btnsd */
static struct packet *spoilt_one(const struct packet *p)
{
	struct packet *other = NULL;
	const struct ike_sa *sa;
	struct ike_hdr hdr;

	if (p->from != spoilt.from || !world_hdr(p, &hdr) ||
	    hdr.flags & IKE_FLAG_RESPONSE || hdr.exchange != spoilt.exchange)
		return NULL;
	if (spoilt.seen &&
	    (hdr.spi_i != spoilt.spi_i || hdr.msgid != spoilt.msgid))
		return NULL;
	if (hdr.exchange == IKE_SA_INIT)
		other = in_the_clear(p);
	for (sa = w.h[p->from].d.sas; sa && !other; sa = sa->next)
		if (sa->has_keys)
			other = craft_spoilt(sa, p, spoilt.spoil);
	if (!other)
		return NULL;
	spoilt.seen = true;
	spoilt.spi_i = hdr.spi_i;
	spoilt.msgid = hdr.msgid;
	return other;
}

static void open_one(void) { replay_ask(0, 80); }
static void open_back(void) { replay_ask(1, 80); }

static bool came_to_nothing(void)
{
	return w.h[0].k.forgotten;
}

/* ---- IKE_INTERMEDIATE ------------------------------------------------------ */

static void open_no_point(void)
{
	spoil(0, IKE_INTERMEDIATE, no_point);
	open_one();
}

static void open_long_intermediate(void)
{
	spoil(0, IKE_INTERMEDIATE, too_long);
	open_one();
}

static void open_critical_intermediate(void)
{
	spoil(0, IKE_INTERMEDIATE, critical);
	open_one();
}

/* at once, and not for want of an answer */
#define NO_POINT \
	"not established: the peer refused the additional key exchange by ECP_256: INVALID_SYNTAX"

static const struct scene intermediates[] = {
	{ .name = "IKE_INTERMEDIATE refused", .act = open_no_point,
	  .fresh = true, .forgets = 1, .said = NO_POINT,
	  .rewrite = spoilt_one },
	{ .name = "IKE_INTERMEDIATE refused, asked again",
	  .act = open_no_point, .then = open_one, .when = came_to_nothing,
	  .fresh = true, .ike = 1, .pairs = 1, .forgets = 1, .said = NO_POINT,
	  .rewrite = spoilt_one },
	{ .name = "IKE_INTERMEDIATE too long", .act = open_long_intermediate,
	  .fresh = true, .forgets = 1, .said = NO_POINT,
	  .rewrite = spoilt_one },
	{ .name = "IKE_INTERMEDIATE, unknown critical payload",
	  .act = open_critical_intermediate, .fresh = true, .forgets = 1,
	  .said = "UNSUPPORTED_CRITICAL_PAYLOAD", .rewrite = spoilt_one },
};

void replay_spoilt_intermediate(void)
{
	PLAY_ON(intermediates, .conf = "ike = { additional = [\"p256\"]; };");
}

/* ---- INVALID_SYNTAX -------------------------------------------------------- */

static void open_long(void)
{
	spoil(0, IKE_AUTH, too_long);
	open_one();
}

static void new_child_long(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, too_long);
	replay_ask(0, 81);
}

static void child_rekey_long(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, too_long);
	replay_start(0, TASK_REKEY);
}

static void ike_rekey_long(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, too_long);
	replay_start(0, TASK_REKEY_IKE);
}

static void child_delete_long(void)
{
	spoil(0, IKE_INFORMATIONAL, too_long);
	replay_start(0, TASK_DELETE_CHILD);
}

static void ike_delete_long(void)
{
	spoil(0, IKE_INFORMATIONAL, too_long);
	replay_start(0, TASK_DELETE_IKE);
}

static void child_rekey_long_back(void)
{
	child_rekey_long();
	replay_start(1, TASK_REKEY);
}

static bool ended(void)
{
	return !w.h[0].d.sas;
}

static bool ended_back(void)
{
	return !w.h[1].d.sas;
}

#define ENDED	"closed by INVALID_SYNTAX"

static const struct scene syntax[] = {
	{ .name = "INVALID_SYNTAX in IKE_AUTH", .act = open_long,
	  .fresh = true, .forgets = 1,
	  .said = "the peer refused us: INVALID_SYNTAX",
	  .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, new child", .act = new_child_long,
	  .breaks_max = 1, .forgets = 1, .said = ENDED,
	  .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, child rekey", .act = child_rekey_long,
	  .breaks_max = 1, .said = ENDED, .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, child rekeys meet",
	  .act = child_rekey_long_back, .breaks_max = 1, .said = ENDED,
	  .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, IKE rekey", .act = ike_rekey_long,
	  .breaks_max = 1, .said = ENDED, .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, child delete", .act = child_delete_long,
	  .breaks_max = 1, .said = ENDED, .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, IKE delete", .act = ike_delete_long,
	  .said = ENDED, .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, and then traffic asks",
	  .act = child_rekey_long, .then = open_one, .when = ended, .ike = 1,
	  .pairs = 1, .breaks_max = 1, .said = ENDED, .rewrite = spoilt_one },
	{ .name = "INVALID_SYNTAX, and then traffic asks back",
	  .act = child_rekey_long, .then = open_back, .when = ended_back,
	  .ike = 1, .pairs = 1, .breaks_max = 1, .said = ENDED,
	  .rewrite = spoilt_one },
};

void replay_spoilt_syntax(void)
{
	PLAY(syntax);
}

/* ---- UNSUPPORTED_CRITICAL_PAYLOAD ------------------------------------------ */

static void init_critical(void)
{
	spoil(0, IKE_SA_INIT, critical);
	open_one();
}

static void open_critical(void)
{
	spoil(0, IKE_AUTH, critical);
	open_one();
}

static void new_child_critical(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, critical);
	replay_ask(0, 81);
}

static void child_rekey_critical(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, critical);
	replay_start(0, TASK_REKEY);
}

static void child_rekey_critical_back(void)
{
	child_rekey_critical();
	replay_start(1, TASK_REKEY);
}

static void ike_rekey_critical(void)
{
	spoil(0, IKE_CREATE_CHILD_SA, critical);
	replay_start(0, TASK_REKEY_IKE);
}

static void ike_rekey_critical_back(void)
{
	ike_rekey_critical();
	replay_start(1, TASK_REKEY_IKE);
}

#define UNREAD	"UNSUPPORTED_CRITICAL_PAYLOAD"

static const struct scene criticals[] = {
	{ .name = UNREAD " in IKE_SA_INIT", .act = init_critical,
	  .fresh = true, .forgets = 1, .said = UNREAD, .rewrite = spoilt_one },
	{ .name = UNREAD " in IKE_AUTH", .act = open_critical, .fresh = true,
	  .forgets = 1, .said = "the peer refused us: " UNREAD,
	  .rewrite = spoilt_one },
	{ .name = UNREAD ", new child", .act = new_child_critical,
	  .covered = true, .ike = 1, .pairs = 1, .forgets = 1,
	  .said = "the peer refused the child: " UNREAD,
	  .rewrite = spoilt_one },
	{ .name = UNREAD ", child rekey", .act = child_rekey_critical,
	  .covered = true, .ike = 1, .pairs = 1,
	  .said = "the peer refused the child: " UNREAD,
	  .rewrite = spoilt_one },
	{ .name = UNREAD ", child rekeys meet",
	  .act = child_rekey_critical_back, .covered = true, .ike = 1,
	  .pairs = 1, .said = "the peer refused the child: " UNREAD,
	  .rewrite = spoilt_one },
	{ .name = UNREAD ", IKE rekey", .act = ike_rekey_critical,
	  .covered = true, .ike = 1, .pairs = 1, .said = UNREAD,
	  .rewrite = spoilt_one },
	{ .name = UNREAD ", IKE rekeys meet", .act = ike_rekey_critical_back,
	  .covered = true, .ike = 1, .pairs = 1, .said = UNREAD,
	  .rewrite = spoilt_one },
};

void replay_spoilt_critical(void)
{
	PLAY(criticals);
}
