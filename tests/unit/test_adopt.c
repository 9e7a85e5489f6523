// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs that an earlier btnsd left, of which not all can be taken over: what is
 * given up is said, and stays as it is.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>

#include "btnsd/ike/limit.h"
#include "btnsd/log.h"
#include "world.h"

static struct world w;

/* child SAs: more than may wait in one IKE SA, of which one carries the first */
#define PORTS		70
#define TAKEN		(IKE_TASKS_MAX - 1)

#define MANY		"ike = { stranger_children = 256; };"

/* lines that tell of an SA that is given up, and why */
static unsigned int told[2];

static void hear(int prio, const char *line, void *arg)
{
	(void)arg;
	if (prio > LOG_WARNING || !strstr(line, "is not taken over"))
		return;
	told[0] += !!strstr(line, "as many child SAs of its peer as may wait do so");
	told[1] += !!strstr(line, "do not tell which end is ours");
}

/* host 0 asks for a child SA of one port alone */
static void ask(uint16_t port)
{
	struct kern_acquire acq = {
		.local = w.h[0].addr,
		.remote = w.h[1].addr,
		.sel = { .local = w.h[0].addr, .remote = w.h[1].addr,
			 .local_plen = 32, .remote_plen = 32,
			 .proto = IPPROTO_TCP, .rport = port,
			 .rmask = 0xffff },
		.seq = port,
		.usable = true,
	};

	acq.policy = acq.sel;
	btnsd_events.acquire(&w.h[0].d, &acq);
	world_run(&w);
}

/* two hosts with @n child SAs; then host 0's btnsd is gone */
static void crashed(unsigned int n)
{
	CHECK(world_two(&w, KEY_ED25519, MANY, MANY));
	while (n--)
		ask((uint16_t)(1000 + n));
	world_crash(&w, 0);
	memset(told, 0, sizeof(told));
}

/* and there is another one, whose log is read */
static void again(void)
{
	CHECK(world_up(&w, 0, KEY_ED25519, MANY));
}

static void too_many(void)
{
	crashed(PORTS);
	CHECK_EQ(world_installed(&w, 0), 2 * PORTS);
	log_sink(hear, NULL);
	again();
	/* both directions of each */
	CHECK_EQ(told[0], 2 * (PORTS - TAKEN));
	CHECK_EQ(told[1], 0);
	world_run(&w);
	world_advance(&w, 60000);
	/* the others have successors, these stay */
	CHECK_EQ(world_installed(&w, 0), 2 * PORTS);
	CHECK(w.h[0].d.orphans);
	world_fini(&w);
}

static void nobodys(void)
{
	struct world_kern *k = &w.h[0].k;
	size_t i;

	crashed(2);
	/* a tunnel between two networks of one name: in or out? */
	for (i = 0; i < k->top; i++)
		if (k->sa[i].used && k->sa[i].spi == ntohl(k->bound[0].spi))
			k->sa[i].tunnel = true;
	k->bound[0].sel.proto = 0;
	k->bound[0].sel.rport = 0;
	k->bound[0].sel.rmask = 0;
	k->bound[0].sel.remote = k->bound[0].sel.local;
	log_sink(hear, NULL);
	again();
	CHECK_EQ(told[0], 0);
	CHECK_EQ(told[1], 1);
	world_run(&w);
	world_fini(&w);
}

/* the peer lives, and has proved who it is; it has to wait, and so do its SAs */
static void no_room(void)
{
	crashed(2);
	again();
	CHECK(world_crowd(&w, 0, IKE_STRANGERS_MAX, true));
	world_run(&w);
	CHECK(world_logged(&w, "peers that nobody configured"));
	CHECK_EQ(world_installed(&w, 0), 2 * 2);
	CHECK(w.h[0].d.orphans);
	CHECK_EQ(w.h[0].k.breaks, 0);
	world_fini(&w);
}

/* nothing of the old went, and nobody was given up */
static void both_stay(void)
{
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK(w.h[0].d.orphans);
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK(!world_logged(&w, "of an earlier btnsd deleted"));
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 0);
	world_fini(&w);
}

/* nor has the peer any for us */
static void no_room_there(void)
{
	crashed(1);
	CHECK(world_crowd(&w, 1, IKE_STRANGERS_MAX, true));
	again();
	world_run(&w);
	CHECK(world_logged(&w, "the peer refused us: TEMPORARY_FAILURE"));
	both_stay();
}

/* it says so for good: then there is nothing left to wait for */
static void refused(void)
{
	crashed(1);
	w.h[1].k.n_pad = 0;
	w.h[1].d.pad.stale = true;
	again();
	world_run(&w);
	CHECK(world_logged(&w, "the peer refused us: AUTHENTICATION_FAILED"));
	CHECK_EQ(w.h[0].k.breaks, 2);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(!w.h[0].d.orphans);
	world_fini(&w);
}

/* it is ours that goes, of which the peer knows nothing */
static void homeless(void)
{
	crashed(1);
	again();
	w.h[0].homeless = true;
	world_advance(&w, 60000);
	CHECK(world_logged(&w, "our address 10.0.0.1 is gone"));
	both_stay();
}

/* who it is cannot be told: that is not to be refused */
static void no_pad(void)
{
	crashed(1);
	again();
	w.h[0].d.pad.stale = true;
	w.h[0].k.fail_dump = 1;
	world_run(&w);
	CHECK(world_logged(&w, "the PAD cannot be read"));
	both_stay();
}

/* the old SAs lead to nobody any more, but their peer is not dead */
static void moved(void)
{
	crashed(1);
	CHECK(addr_parse(&w.h[1].addr, "10.0.0.77"));
	again();
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 60000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(world_logged(&w,
			   "of an earlier btnsd deleted, 0 latches broken"));
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK(!w.h[0].d.orphans);
	CHECK_EQ(w.h[0].k.breaks, 0);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{"L16 SAs of an earlier btnsd that are too many are told, and stay",
		 too_many},
		{"L16 and so is one of which nothing tells the direction",
		 nobodys},
		{"L16 K64 those of a peer that there is no room for stay as well",
		 no_room},
		{"L16 and those of a peer that has no room for us",
		 no_room_there},
		{"L16 L19 those of one that refuses us go, and its latches break",
		 refused},
		{"L16 when our address goes, nothing is known of the peer",
		 homeless},
		{"L16 U12 a PAD that cannot be read refuses nobody", no_pad},
		{"L16 L19 latches of a peer that lives elsewhere stay", moved},
	};

	return KTAP_RUN(tests);
}
