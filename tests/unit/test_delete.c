// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Deletes of more child SAs than most peers have, and what is answered; and those
 * of ours, all of which the peer has to hear.
 */
#include "ktap.h"

#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "children.h"
#include "craft.h"
#include "world.h"

/* more than a message of ours has room for */
#define MOST	4500
/* SPIs of the children that are made up: what the peer receives with, and we */
#define THEIRS	0x10000000u
#define OURS	0x20000000u

static struct world w;
static struct ike_msg answer;
static unsigned int answers;

static bool hear(struct world *x, struct packet *p)
{
	struct ike_sa *sa = x->h[0].d.sas;

	if (p->from == 1 && sa && sa->has_keys && craft_open(sa, p, &answer) &&
	    answer.hdr.exchange == IKE_INFORMATIONAL)
		answers++;
	return true;
}

/* two hosts, and @n child SAs more at host 1, of which the kernels know nothing */
static void begin(unsigned int n)
{
	struct ike_sa *sa;
	unsigned int i;

	CHECK(world_two(&w, KEY_ED25519, "ike = { fragment = 0; };",
			"ike = { fragment = 0; };"));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	sa = world_sa(&w, 1);
	for (i = 0; i < n; i++) {
		struct child *c = calloc(1, sizeof(*c));

		if (!CHECK(c))
			return;
		c->sa = sa;
		c->state = CHILD_INSTALLED;
		c->spi_out = THEIRS + i;
		c->spi_in = OURS + i;
		c->next = sa->children;
		sa->children = c;
	}
	answers = 0;
	w.filter = hear;
}

/* host 0 deletes the first @n of them, with @each in a Delete */
static void delete(unsigned int n, unsigned int each)
{
	static uint8_t buf[4 * MOST + 128];
	static uint32_t spi[MOST];
	struct ike_sa *sa = world_sa(&w, 0);
	struct ike_build b;
	unsigned int i, k;

	for (i = 0; i < n; i++)
		spi[i] = THEIRS + i;
	ike_build_inner(&b, buf, sizeof(buf));
	for (i = 0; i < n; i += k) {
		k = n - i < each ? n - i : each;
		ike_build_delete(&b, IKE_PROTO_ESP, spi + i, k);
	}
	craft_inner(&w, sa, 0, 1, IKE_INFORMATIONAL, sa->send_mid++, &b);
	world_run(&w);
}

/* how many SPIs the answer has, each the other half of what was deleted */
static unsigned int told(void)
{
	unsigned int i, k, n = 0;
	uint32_t spi;

	if (!CHECK_EQ(answers, 1))
		return 0;
	for (i = 0; i < answer.n_deletes; i++)
		for (k = 0; k < answer.del[i].count; k++)
			if (CHECK(ike_delete_spi(&answer.del[i], k, &spi)) &&
			    CHECK_EQ(spi, OURS + n))
				n++;
	return n;
}

static void done(void)
{
	/* the one that is real, and the IKE SA, are not touched */
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_sa(&w, 1)->children->next);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	world_fini(&w);
}

static void all(void)
{
	begin(300);
	delete(300, 300);
	CHECK_EQ(told(), 300);
	CHECK_EQ(answer.n_deletes, 1);
	done();
	/* in several Deletes, and more than we write into one */
	begin(3000);
	delete(3000, 600);
	CHECK_EQ(told(), 3000);
	done();
}

static void too_many(void)
{
	begin(MOST);
	delete(MOST, 1000);
	CHECK_EQ(told(), 4088);
	CHECK(world_logged(&w, "our halves of 412 child SAs that the peer deleted"));
	done();
}

/* ---- ours -------------------------------------------------------------------- */

/* more than other exchanges may wait */
#define MANY	100

/* the peer has nothing more of what is gone here */
static void both_have(unsigned int pairs)
{
	int i;

	CHECK_EQ(world_pairs(&w, 0, 1), pairs);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 2 * pairs);
		CHECK_EQ(world_ike(&w, i, IKE_ST_ESTABLISHED), 1);
	}
	CHECK(!world_logged(&w, "exchanges wait"));
}

static void flushed(void)
{
	size_t i;

	children_up(&w, NULL, MANY);
	for (i = 0; i < WORLD_SAS; i++)
		w.h[0].k.sa[i].used = false;
	w.h[0].k.n_bound = 0;
	btnsd_events.sa_flushed(&w.h[0].d);
	world_run(&w);
	both_have(0);
	world_fini(&w);
}

static void taken_back(void)
{
	children_up(&w, NULL, MANY);
	world_pad_prefix(&w.h[0].k.pad[0], "192.0.2.0/24");
	btnsd_events.pad_changed(&w.h[0].d);
	world_run(&w);
	both_have(0);
	world_fini(&w);
}

static void replaced(void)
{
	struct child *c, *next;
	struct ike_sa *sa;

	children_up(&w, NULL, MANY);
	sa = world_sa(&w, 0);
	for (c = sa->children; c; c = next) {
		next = c->next;
		life_delete_child(c);
	}
	/* they are in nobody's way */
	children_ask(&w, MANY + 1, false);
	both_have(1);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K33 a Delete of hundreds of child SAs is answered with all other halves",
		  all },
		{ "K33 what an answer has no room for is gone all the same, and logged",
		  too_many },
		{ "K33 a peer is told of each child SA that is gone from the kernel",
		  flushed },
		{ "K33 L28 of each that the PAD takes back", taken_back },
		{ "K33 and of each that another stands in for", replaced },
	};

	return KTAP_RUN(tests);
}
