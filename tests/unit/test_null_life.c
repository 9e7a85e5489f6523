// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NULL authentication (RFC 7619): how many SAs those who prove nothing may have,
 * and what becomes of these over time.
 */
#include "ktap.h"

#include <stdio.h>

#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "null_world.h"

/* host 1 with IKE SAs of so many peers that have proved nothing, or a key */
static void crowd(unsigned int n, bool key)
{
	struct path path = {
		.local = { .addr = w.h[1].addr, .port = IKE_PORT },
		.remote = { .addr = w.h[0].addr, .port = IKE_PORT },
	};
	struct ike_sa *sa;
	unsigned int i;

	for (i = 0; i < n; i++) {
		path.remote.addr.b[1] = key ? 8 : 9;
		path.remote.addr.b[2] = (uint8_t)(i >> 8);
		path.remote.addr.b[3] = (uint8_t)i;
		sa = sa_new_responder(&w.h[1].d, &path, i + 1);
		if (!CHECK(sa))
			return;
		sa->authenticated = true;
		sa->peer.type = key ? BTNS_ID_TYPE_KEY_ID : BTNS_ID_TYPE_NONE;
		sa_set_state(sa, IKE_ST_ESTABLISHED);
	}
}

static void none_installed(void)
{
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(world_installed(&w, 1), 0);
}

static void rekey_child(struct child *c)
{
	life_rekey(c);
	fsm_start(c->sa);
	world_run(&w);
}

/* those who prove nothing leave room for those who prove something */
static void in_all(void)
{
	both_up(ANON, ANY ", " ANON);
	crowd(IKE_ANON_MAX - 1, false);
	crowd(10, true);
	connect_from(0);
	world_fini(&w);

	both_up(ANON, ANY ", " ANON);
	crowd(IKE_ANON_MAX, false);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	none_installed();
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), IKE_ANON_MAX);
	CHECK(world_logged(&w, "10.0.0.1:500 "));
	CHECK(world_logged(&w, "there are 4096 anonymous peers, which is the limit"));
	world_crash(&w, 0);
	up(0, ANY);
	connect_from(0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), IKE_ANON_MAX + 1);
	world_fini(&w);

	/* until there is no room for anybody */
	both_up(ANY, ANY ", " ANON);
	crowd(IKE_SAS_MAX, true);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), IKE_SAS_MAX);
	CHECK(world_logged(&w, "there are 8192 IKE SAs"));
	world_fini(&w);
}

/* child SAs of a peer are bindings of the module, and nobody's are few */
static void children(void)
{
	struct ike_sa *sa;
	unsigned int i, most, proved;

	for (proved = 0; proved < 2; proved++) {
		world_init(&w);
		for (i = 0; i < IKE_ANON_CHILDREN_MAX + 2; i++)
			world_policy(&w, 0, NET, NET, 6, 0, (uint16_t)(80 + i),
				     true);
		world_protect(&w, 1);
		up(0, proved ? ANY : ANON);
		up(1, proved ? ANY : ANON);
		for (i = 0; i < IKE_ANON_CHILDREN_MAX + 2; i++) {
			world_acquire(&w, 0, 1, (uint16_t)(80 + i));
			world_run(&w);
		}
		most = proved ? i : IKE_ANON_CHILDREN_MAX;
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), most);
		CHECK_EQ(world_installed(&w, 1), 2 * most);
		sa = world_sa(&w, 0);
		if (!proved && CHECK(sa)) {
			/* we do not ask for more, nor does one that does get it */
			CHECK(world_logged(&w, "refused: the peer has 4 child SAs"));
			CHECK(!world_logged(&w, "NO_ADDITIONAL_SAS"));
			sa->peer.type = BTNS_ID_TYPE_PUBLICKEY;
			world_acquire(&w, 0, 1, 80 + IKE_ANON_CHILDREN_MAX);
			world_run(&w);
			CHECK(world_logged(&w, "NO_ADDITIONAL_SAS"));
			/* there: it has one in another IKE SA */
			CHECK_EQ(world_pairs(&w, 0, 1), ++most);
			sa->peer.type = BTNS_ID_TYPE_NONE;
		}
		/* what it has it may rekey, but not add to it by that */
		if (CHECK(sa && sa->children)) {
			uint32_t spi = sa->children->spi_in;

			world_forget_log(&w);
			rekey_child(sa->children);
			CHECK(!child_find_spi_in(sa, spi));
			CHECK(!world_logged(&w, "NO_ADDITIONAL_SAS"));
		}
		world_advance(&w, 10000);
		CHECK_EQ(world_pairs(&w, 0, 1), most);
		world_fini(&w);
	}
}

/* whoever rekeys and deletes nothing does not get more by that for ever */
static void rekeyed_only(void)
{
	struct ike_sa *sa;
	struct child *c;
	unsigned int i;

	both_up(ANON, ANON);
	connect_from(0);
	sa = world_sa(&w, 0);
	for (i = 0; sa && i < 3 * IKE_ANON_CHILDREN_MAX; i++) {
		for (c = sa->children; c && c->state != CHILD_INSTALLED;)
			c = c->next;
		if (!c)
			break;
		life_rekey(c);
		fsm_start(sa);
		/* no Delete will follow */
		c->state = CHILD_DELETING;
		world_run(&w);
	}
	/* the first, and the one in its place */
	CHECK_EQ(world_installed(&w, 1), 4);
	CHECK(world_logged(&w, "replaces another, which is not deleted yet"));
	world_fini(&w);
}

/* ---- over time ---------------------------------------------------------------- */

/* n[0]: number of the datagram to lose, n[1]: so many were sent */
static bool lose(struct world *wd, struct packet *p)
{
	(void)p;
	return wd->n[1]++ != wd->n[0];
}

static void loss(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		both_up(ANON, ANON);
		w.filter = lose;
		w.n[0] = i;
		w.n[1] = 0;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		world_advance(&w, 5000);
		if (!CHECK_EQ(world_pairs(&w, 0, 1), 1))
			ktap_note("datagram %u lost", i);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		world_fini(&w);
	}
}

/* both begin at once: neither takes back what the other has agreed to */
static void crossing(void)
{
	both_up(ANON, ANON);
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 1, 0, 81);
	world_run(&w);
	world_advance(&w, 60000);
	CHECK(world_pairs(&w, 0, 1) >= 1);
	CHECK(world_installed(&w, 0) >= 2 && world_installed(&w, 1) >= 2);
	CHECK_EQ(w.h[0].d.stats.dead + w.h[1].d.stats.dead, 0);
	world_fini(&w);
}

/* a child SA, the IKE SA, and the peer itself made anew */
static void renewed(void)
{
	struct ike_sa *sa;
	uint32_t spi;

	both_up(ANON, ANON);
	connect_from(0);
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->children))
		return;
	spi = sa->children->spi_in;
	rekey_child(sa->children);
	world_advance(&w, 10000);
	sa = world_sa(&w, 0);
	CHECK(sa && sa->children && sa->children->spi_in != spi);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);

	CHECK(sa && task_add(sa, TASK_REKEY_IKE));
	fsm_start(sa);
	world_run(&w);
	world_advance(&w, 30000);
	sees(0, BTNS_AUTH_METHOD_NONE);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);

	life_renew(world_sa(&w, 0));
	world_run(&w);
	world_advance(&w, 30000);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

/* the entry goes: so do its peers */
static void taken_back(void)
{
	both_up(ANON, ANON);
	connect_from(0);
	w.h[1].k.n_pad = 0;
	btnsd_events.pad_changed(&w.h[1].d);
	world_run(&w);
	none_installed();
	world_fini(&w);
}

/* an entry for whoever has the address comes: what nobody has of it goes */
static void owned_now(void)
{
	char err[CONF_ERR_MAX];
	struct conf *c;

	both_up(ANON, ANON);
	connect_from(0);
	snprintf(conf[1], sizeof(conf[1]), "pad = ( %s, " ANON " );",
		 named(0, ""));
	c = conf_read_string(conf[1], err);
	if (!CHECK(c) || !CHECK_EQ(btnsd_reload(&w.h[1].d, c), 0))
		return;
	world_run(&w);
	none_installed();
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK(world_logged(&w, "belong to another PAD entry: pa, not anon"));
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K38 nobodies take half the room, others get in", in_all },
		{ "nobody has few child SAs, others have more", children },
		{ "rekeys add nothing to nobody's child SAs", rekeyed_only },
		{ "each datagram may be lost once", loss },
		{ "both begin at once", crossing },
		{ "child SA, IKE SA and peer are made anew", renewed },
		{ "U12 without the entry its SAs go", taken_back },
		{ "K60 B09 U12 nobody's SAs for addresses that are another's now go",
		  owned_now },
	};

	return KTAP_RUN(tests);
}
