// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who opens IKE SAs without end: half-open ones from one address and from many,
 * and whole ones with a key.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/build.h"
#include "btnsd/ike/parse.h"
#include "exchange_world.h"

/* a first request of host 2 with an SPI of its own, made of host 0's */
static void begin_from_2(uint64_t spi)
{
	static struct ike_msg m;
	struct ike_parse_fail fail;
	uint8_t buf[1024];
	struct ike_build b;
	struct span s;

	CHECK_EQ(ike_parse_outer(span(w.kept->data, w.kept->len), &m, &fail),
		 IKE_PARSE_OK);
	m.hdr.spi_i = spi;
	ike_build_outer(&b, buf, sizeof(buf), &m.hdr);
	ike_build_sa(&b, &m.sa);
	ike_build_ke(&b, m.ke.group, m.ke.data);
	ike_build_nonce(&b, m.nonce);
	CHECK(ike_build_done(&b, &s, NULL));
	world_inject(&w, 2, 1, s.data, s.len);
}

/* a flood of first requests */
static void half_open(void)
{
	struct ike_sa *sa;
	unsigned int i;

	two(NULL, "ike = { half_open_per_address = 4; };");
	w.h[2].up = false;
	w.filter = keep_all;
	world_acquire(&w, 0, 1, 80);
	w.filter = NULL;
	world_run(&w);
	for (i = 0; i < 50; i++)
		begin_from_2(i + 1);
	world_run(&w);
	CHECK_EQ(w.h[1].d.half_open, 4);
	/* others are not kept out by it, and it is forgotten after a while */
	good();
	world_advance(&w, IKE_HALF_OPEN_MS + 1);
	CHECK_EQ(w.h[1].d.half_open, 0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), 0);
	for (sa = w.h[1].d.sas, i = 0; sa; sa = sa->next)
		i++;
	CHECK_EQ(i, 1);
	done();

	/* above the threshold everybody needs a cookie, and a wrong one is none */
	two(NULL, "ike = { cookie_threshold = 2; half_open_per_address = 8; };");
	w.filter = keep_all;
	world_acquire(&w, 0, 1, 80);
	world_crash(&w, 0);
	w.filter = NULL;
	w.h[1].d.stats.cookies = 0;
	for (i = 0; i < 50; i++)
		begin_from_2(i + 1);
	world_run(&w);
	/* the first of host 0's is one of the two */
	CHECK_EQ(w.h[1].d.half_open, 2);
	CHECK_EQ(w.h[1].d.stats.cookies, 49);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

/* a first request of a host of its own, 10.9.0.@n */
static void begin_from(uint8_t n)
{
	struct packet *p;

	begin_from_2(n);
	for (p = w.queue; p->next;)
		p = p->next;
	CHECK_EQ(p->from, 2);
	p->path.local.addr.b[1] = 9;
	p->path.local.addr.b[3] = n;
}

/* who has many addresses, or writes them, has no more than half of all there is */
static void half_open_in_all(void)
{
	unsigned int i, n;
	struct ike_sa *sa;

	two(NULL, "ike = { half_open_max = 6; half_open_per_address = 2; "
		  "cookie_threshold = 65536; };");
	w.h[2].up = false;
	w.filter = keep_all;
	world_acquire(&w, 0, 1, 80);
	w.filter = NULL;
	world_run(&w);
	good();
	for (i = 0; i < 50; i++)
		begin_from((uint8_t)(i + 1));
	world_run(&w);
	CHECK_EQ(w.h[1].d.half_open, 3);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), 3);
	CHECK_EQ(w.h[1].d.stats.cookies, 50 - 3);
	for (sa = w.h[1].d.sas, n = 0; sa; sa = sa->next)
		n++;
	CHECK_EQ(n, 4);
	/* who is in stays, and there is room again after a while */
	good();
	world_advance(&w, IKE_HALF_OPEN_MS + 1);
	CHECK_EQ(w.h[1].d.half_open, 0);
	begin_from(51);
	world_run(&w);
	CHECK_EQ(w.h[1].d.half_open, 1);
	world_advance(&w, IKE_HALF_OPEN_MS + 1);
	good();
	done();
}

/*
 * Whoever has a key may open IKE SAs, but not any number of them. It does so @n
 * times; how many has host 1 of it at last?
 */
static unsigned int opened(const char *settings, unsigned int n)
{
	unsigned int i, most;

	two(NULL, settings);
	for (i = 0; i < n; i++) {
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		/* it forgets, and comes again: not as itself, or it would tell */
		world_crash(&w, 0);
		memset(w.h[0].k.sa, 0, sizeof(w.h[0].k.sa));
		w.h[0].k.n_bound = 0;
		world_advance(&w, 10);
		CHECK(world_up(&w, 0, i % 2 ? KEY_ED25519 : KEY_ECDSA_P256,
			       NULL));
	}
	most = world_ike(&w, 1, IKE_ST_ESTABLISHED);
	CHECK(world_installed(&w, 1) <= 2 * most);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	world_fini(&w);
	return most;
}

static void many(void)
{
	CHECK_EQ(opened("ike = { dpd = 0; half_open_per_address = 64; };", 50),
		 32);
	CHECK_EQ(opened("ike = { dpd = 0; half_open_per_address = 64; per_address = 5; };",
			10), 5);
	CHECK_EQ(opened("ike = { dpd = 0; half_open_per_address = 64; per_address = 40; };",
			50), 40);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K09 K38 half-open IKE SAs are limited and forgotten", half_open },
		{ "K38 half-open IKE SAs are limited in all, forged ones to half of it",
		  half_open_in_all },
		{ "K38 IKE SAs of one address are limited", many },
	};

	return KTAP_RUN(tests);
}
