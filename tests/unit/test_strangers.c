// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many IKE SAs and child SAs peers may have that nobody configured: their
 * share, of which what they ask for, what we ask of them and rekeys are a part.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "world.h"

static struct world w;

/* so many child SAs more, of which the kernel knows nothing */
static void more_children(struct ike_sa *sa, unsigned int n)
{
	while (n--) {
		struct child *c = calloc(1, sizeof(*c));

		if (!CHECK(c))
			return;
		c->sa = sa;
		c->next = sa->children;
		sa->children = c;
	}
}

/* a host has taken so many strangers, with so many child SAs each */
static void strangers(int host, unsigned int n, unsigned int each)
{
	struct ike_sa *sa;

	CHECK(world_crowd(&w, host, n, true));
	for (sa = w.h[host].d.sas; sa && n; sa = sa->next, n--)
		more_children(sa, each);
}

#define PORTS	20
/* ike.stranger_children by default */
#define EACH	16

/*
 * The other is a stranger to host 1, and to host 0 too, or not; both have a
 * configuration.
 */
static void begin_with(bool known_to_0, bool known_to_1, const char *conf_0,
		       const char *conf_1)
{
	const bool known[2] = { known_to_0, known_to_1 };
	uint16_t port;
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		if (known[i]) {
			struct lbtns_pad_entry *e =
				world_pad_add(&w, i, "friend");
			struct key *k = world_key(!i, KEY_ED25519);

			e->flags = BTNS_PAD_FLAGS_BTNS;
			lbtns_ident_from_digest(key_fingerprint(k), &e->id);
			key_free(k);
		}
		world_pad_any(&w, i);
	}
	for (port = 80; port < 80 + PORTS; port++)
		world_policy(&w, 0, WORLD_NET, WORLD_NET, IPPROTO_TCP, 0, port,
			     true);
	world_protect(&w, 1);
	CHECK(world_up(&w, 0, KEY_ED25519, conf_0));
	CHECK(world_up(&w, 1, KEY_ED25519, conf_1));
}

static void begin_as(bool known_to_0, bool known_to_1)
{
	begin_with(known_to_0, known_to_1, NULL, "ike = { dpd = 0; };");
}

/* host 0 is a stranger to host 1, or not */
static void begin(bool known)
{
	begin_as(true, known);
}

/* host 0 has traffic to that port of host 1 */
static void ask(uint16_t port)
{
	world_acquire(&w, 0, 1, port);
	world_run(&w);
}

/* and to all that there are policies for, one by one, from there on */
static void ask_from(uint16_t port)
{
	for (; port < 80 + PORTS; port++)
		ask(port);
}

/* both have an IKE SA with the other, and a child SA */
static void connected(bool known, struct ike_sa *sa[2])
{
	begin(known);
	ask(80);
	sa[0] = world_sa(&w, 0);
	sa[1] = world_sa(&w, 1);
}

static void rekey_child(struct ike_sa *sa)
{
	life_rekey(sa->children);
	fsm_start(sa);
	world_run(&w);
}

static void rekey_ike(struct ike_sa *sa)
{
	task_add(sa, TASK_REKEY_IKE);
	fsm_start(sa);
	world_run(&w);
}

static void strangers_in_all(void)
{
	int known;

	for (known = 0; known < 2; known++) {
		begin(known);
		strangers(1, IKE_STRANGERS_MAX, 0);
		ask(80);
		CHECK_EQ(world_pairs(&w, 0, 1), known);
		CHECK_EQ(world_logged(&w, "there are 6144 peers that nobody configured, which"),
			 !known);
		world_fini(&w);
	}
}

/* some of a host's strangers go */
static void fewer(int host, unsigned int n)
{
	struct ike_sa *sa;

	for (sa = w.h[host].d.sas; sa && n; sa = sa->next) {
		if (sa->children || !sa->stranger)
			continue;
		sa_kill(sa, false);
		n--;
	}
	sa_reap(&w.h[host].d);
}

/* the one IKE SA of a host with child SAs */
static struct ike_sa *used(int host)
{
	struct ike_sa *sa = w.h[host].d.sas;

	while (sa && !sa->children)
		sa = sa->next;
	return CHECK(sa) ? sa : w.h[host].d.sas;
}

#define WITH_HEIRS	(IKE_STRANGERS_MAX + IKE_STRANGERS_HEIRS_MAX)

/* nor do they leave their share by rekeys, theirs or ours */
static void rekeyed_beside(bool known, int from, bool room)
{
	const char *line = "nobody configured have 6528 IKE SAs, which";
	uint32_t id;

	begin(known);
	ask(80);
	id = used(from)->id;
	strangers(1, WITH_HEIRS - room, 0);
	rekey_ike(used(from));
	CHECK_EQ(used(from)->id != id, known || room);
	CHECK_EQ(world_logged(&w, line), !known && !room);
	CHECK_EQ(world_logged(&w, "TEMPORARY_FAILURE"),
		 !known && !room && !from);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* neither is given up */
	fewer(1, 1);
	world_advance(&w, 2 * IKE_RETRY_MS);
	CHECK(used(from)->id != id);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

static void strangers_rekeyed(void)
{
	int known, from, room;

	for (known = 0; known < 2; known++)
		for (from = 0; from < 2; from++)
			for (room = 0; room < 2; room++)
				rekeyed_beside(known, from, room);
}

/* most child SAs of an IKE SA of host 1 */
static unsigned int most_children(void)
{
	unsigned int n, most = 0;
	const struct ike_sa *sa;
	const struct child *c;

	for (sa = w.h[1].d.sas; sa; sa = sa->next) {
		for (n = 0, c = sa->children; c; c = c->next)
			n++;
		most = n > most ? n : most;
	}
	return most;
}

static void strangers_children(void)
{
	int known, heir;

	/* by itself, and by the heir of its IKE SA */
	for (known = 0; known < 2; known++) {
		for (heir = 0; heir < 2; heir++) {
			begin(known);
			ask(80);
			if (heir)
				rekey_ike(world_sa(&w, 0));
			ask_from(81);
			/* what more it wants it has in another IKE SA */
			CHECK_EQ(most_children(), known ? PORTS : EACH);
			CHECK_EQ(world_logged(&w, "(NO_ADDITIONAL_SAS)"),
				 !known);
			CHECK(!world_logged(&w, "TEMPORARY_FAILURE"));
			world_fini(&w);
		}
	}
	/* and of all of them */
	for (known = 0; known < 2; known++) {
		begin(known);
		strangers(1, IKE_STRANGERS_CHILDREN_MAX / EACH, EACH);
		ask(80);
		CHECK_EQ(world_pairs(&w, 0, 1), known);
		CHECK_EQ(world_logged(&w, "peers that nobody configured have 20480 child SAs"),
			 !known);
		/* which is nobody's own, and has an end */
		CHECK_EQ(world_logged(&w, "TEMPORARY_FAILURE"), !known);
		sa_kill(w.h[1].d.sas->next, false);
		sa_reap(&w.h[1].d);
		world_advance(&w, 2 * IKE_RETRY_MS);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		world_fini(&w);
	}
}

#define THREE	"ike = { dpd = 0; stranger_children = 3; };"

/* a setting says how many each has, of those that it asks for and of ours */
static void children_as_set(void)
{
	int known, ours;

	for (known = 0; known < 2; known++) {
		for (ours = 0; ours < 2; ours++) {
			begin_with(known || !ours, known || ours,
				   ours ? THREE : NULL, ours ? NULL : THREE);
			ask_from(80);
			CHECK_EQ(most_children(), known ? PORTS : 3);
			CHECK_EQ(world_logged(&w, "has 3 child SAs, and ike.stranger_children"),
				 !known);
			/* and they are rekeyed all the same */
			world_forget_log(&w);
			rekey_child(world_sa(&w, 0));
			CHECK_EQ(most_children(), known ? PORTS : 3);
			CHECK(!world_logged(&w, "child SAs"));
			world_fini(&w);
		}
	}
}

/* nor by what this host is made to ask for: packets to many ports */
static void asked_for(void)
{
	char why[LIMIT_WHY_MAX];
	int known;

	for (known = 0; known < 2; known++) {
		begin_as(known, true);
		ask_from(80);
		CHECK_EQ(world_pairs(&w, 0, 1), known ? PORTS : EACH);
		CHECK_EQ(w.h[0].d.stats.acquires_refused,
			 known ? 0 : PORTS - EACH);
		CHECK_EQ(world_logged(&w, "has 16 child SAs, and ike.stranger_children is 16"),
			 !known);
		/* the kernel may ask again, and then there may be room */
		CHECK_EQ(w.h[0].k.forgotten, 0);
		world_advance(&w, 5000);
		CHECK_EQ(w.h[0].k.forgotten, w.h[0].d.stats.acquires_refused);
		child_gone(world_sa(&w, 0)->children, false);
		ask(80 + PORTS - 1);
		CHECK_EQ(world_pairs(&w, 0, 1), known ? PORTS : EACH);
		/* nor has a peer that is configured a limit of its own */
		more_children(world_sa(&w, 0), IKE_CHILDREN_MAX);
		CHECK_EQ(limit_ask_met(world_sa(&w, 0), false, why), !known);
		world_fini(&w);
	}
}

#define ALL_BUT_ONE	(IKE_STRANGERS_CHILDREN_MAX - 1)

/* and of all: the first one, and others after it */
static void asked_in_all(void)
{
	int known;

	for (known = 0; known < 2; known++) {
		begin_as(known, true);
		strangers(0, 1, ALL_BUT_ONE);
		ask(80);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		ask(81);
		CHECK_EQ(world_pairs(&w, 0, 1), 1 + known);
		CHECK_EQ(world_logged(&w, "nobody configured have 20480 child SAs"),
			 !known);
		world_fini(&w);

		begin_as(known, true);
		strangers(0, 1, ALL_BUT_ONE + 1);
		ask(80);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), known);
		CHECK_EQ(world_installed(&w, 1), 2u * known);
		world_fini(&w);
	}
}

/* the id of the one child SA that there is in it */
static uint32_t child_id(const struct ike_sa *sa)
{
	if (!CHECK(sa->children) || !CHECK(!sa->children->next))
		return 0;
	return sa->children->id;
}

/* rekeys have room where new ones have none, but not without end */
static void rekeyed(void)
{
	const unsigned int most = IKE_STRANGERS_CHILDREN_MAX +
				  IKE_STRANGERS_REKEYS_MAX;
	const char *line = "peers that nobody configured have 25600 child SAs";
	int known, from;

	for (known = 0; known < 2; known++) {
		for (from = 0; from < 2; from++) {
			struct ike_sa *sa[2];
			uint32_t id;

			connected(known, sa);
			strangers(1, 1, most - 2);
			id = child_id(sa[1]);
			rekey_child(sa[from]);
			CHECK(child_id(sa[1]) != id);
			CHECK(!world_logged(&w, "25600"));
			id = child_id(sa[1]);

			more_children(w.h[1].d.sas, 1);
			rekey_child(sa[from]);
			CHECK_EQ(child_id(sa[1]) != id, known);
			CHECK_EQ(world_logged(&w, line), !known);
			CHECK_EQ(world_logged(&w, "TEMPORARY_FAILURE"),
				 !known && !from);
			/* neither is given up */
			child_gone(w.h[1].d.sas->children, false);
			world_advance(&w, 2 * IKE_RETRY_MS);
			CHECK(child_id(sa[1]) != id);
			CHECK_EQ(world_pairs(&w, 0, 1), 1);
			world_fini(&w);
		}
	}
}

/* who has all that it may have gets no new one, but may replace each */
static void rekeyed_each(void)
{
	int known;

	for (known = 0; known < 2; known++) {
		const unsigned int most = known ? IKE_CHILDREN_MAX : EACH;
		struct ike_sa *sa[2];
		uint32_t spi;

		connected(known, sa);
		spi = sa[0]->children->spi_in;
		more_children(sa[1], most - 1);
		ask(81);
		CHECK(world_logged(&w, "(NO_ADDITIONAL_SAS)"));
		rekey_child(sa[0]);
		/* the other is in another IKE SA */
		CHECK_EQ(world_pairs(&w, 0, 1), 2);
		CHECK(!child_find_spi_in(sa[0], spi));
		/* twice as many, and the peer deletes none */
		spi = sa[0]->children->spi_in;
		more_children(sa[1], most);
		CHECK(!world_logged(&w, "TEMPORARY_FAILURE"));
		rekey_child(sa[0]);
		CHECK(child_find_spi_in(sa[0], spi));
		CHECK(world_logged(&w, "(TEMPORARY_FAILURE)"));
		world_fini(&w);
	}
}

/* how long rekeys of ours wait that were put off so often: 2 to 6 seconds, apart */
static void waits(struct ike_sa *sa, enum task_kind kind)
{
	uint64_t least = UINT64_MAX, most = 0, in;
	const struct timer *t;
	int i;

	for (i = 0; i < 50; i++) {
		t = kind == TASK_REKEY ? &sa->children->rekey : &sa->expiry;
		if (kind == TASK_REKEY)
			life_rekey(sa->children);
		else
			task_add(sa, kind);
		fsm_start(sa);
		CHECK(!sa->tasks);
		in = t->due - w.now;
		least = in < least ? in : least;
		most = in > most ? in : most;
	}
	/* one of 50 is in the first, and in the last third: 1 in 10^8 is not */
	CHECK(least >= 2000 && least < 3334);
	CHECK(most > 4666 && most < 6000);
}

/* whose rekeys meet a limit together does not come back together */
static void put_off_apart(void)
{
	struct ike_sa *sa;

	begin(false);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	sa = used(1);
	strangers(1, WITH_HEIRS, 0);
	waits(sa, TASK_REKEY_IKE);
	more_children(w.h[1].d.sas,
		      IKE_STRANGERS_CHILDREN_MAX + IKE_STRANGERS_REKEYS_MAX);
	waits(sa, TASK_REKEY);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K64 strangers leave room for peers that are configured",
		  strangers_in_all },
		{ "K15 K64 and do not leave their share by rekeys",
		  strangers_rekeyed },
		{ "K15 K64 and have fewer child SAs, each and in all",
		  strangers_children },
		{ "K64 a setting says how many each of them has", children_as_set },
		{ "K64 also of those that we ask for, each", asked_for },
		{ "K64 and in all, from the first on", asked_in_all },
		{ "K15 K64 who has no room for more may rekey, and is told to wait",
		  rekeyed_each },
		{ "K15 K64 rekeys of theirs and of ours have room, with an end",
		  rekeyed },
		{ "K15 K64 rekeys that wait for room come back apart",
		  put_off_apart },
	};

	return KTAP_RUN(tests);
}
