// SPDX-License-Identifier: GPL-2.0-or-later
/* A peer that chooses an SPI which it receives with already. */
#include "ktap.h"

#include <arpa/inet.h>
#include <errno.h>

#include "pair.h"

static struct world w;
/* that of host 0 */
static uint32_t spi;

/* two hosts with a child SA, of which host 0 has forgotten its own SPI */
static void forgetful(void)
{
	struct world_kern *k = &w.h[0].k;
	size_t i;

	pair_joined(&w, NULL, NULL);
	spi = world_sa(&w, 0)->children->spi_in;
	for (i = 0; i < k->top; i++)
		if (k->sa[i].used && k->sa[i].inbound)
			k->sa[i].used = false;
	k->n_bound = 0;
}

static bool vouched_for(const struct world_kern *k)
{
	size_t i;

	for (i = 0; i < k->n_bound; i++)
		if (k->bound[i].spi == htonl(spi))
			return true;
	return false;
}

/* the child SA of host 1 has lost nothing, and has no other beside it */
static void as_it_was(void)
{
	const struct world_kern *k = &w.h[1].k;
	size_t i;

	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(world_larval(&w, 1), 0);
	CHECK_EQ(k->n_bound, 2);
	CHECK(vouched_for(k));
	for (i = 0; i < k->top; i++)
		if (k->sa[i].used && !k->sa[i].inbound)
			CHECK_EQ(k->sa[i].spi, spi);
	CHECK(world_logged(&w, "the peer chose an SPI that is in use"));
	CHECK_EQ(k->unvouched, 0);
	world_fini(&w);
}

static void asked(void)
{
	uint32_t last;

	forgetful();
	last = w.last_spi;
	w.last_spi = spi - 1;
	CHECK(world_start(&w, 0, TASK_REKEY));
	w.last_spi = last;
	world_run(&w);
	CHECK(world_logged(&w, "TEMPORARY_FAILURE"));
	as_it_was();
}

static void answered(void)
{
	forgetful();
	CHECK(world_start(&w, 1, TASK_REKEY));
	w.last_spi = spi - 1;
	world_run(&w);
	as_it_was();
}

static int no_answer(void *ctx, uint32_t number, const struct addr *dst,
		     struct kern_found *found)
{
	(void)ctx;
	(void)number;
	(void)dst;
	(void)found;
	return -ENOBUFS;
}

/* whether it is in use is not known: there is nothing that could be undone */
static void unknown(void)
{
	struct kern_ops ops;

	pair_joined(&w, NULL, NULL);
	ops = *w.h[1].d.kern;
	ops.find_sa = no_answer;
	w.h[1].d.kern = &ops;
	CHECK(world_start(&w, 0, TASK_REKEY));
	world_run(&w);
	CHECK(world_logged(&w, "there is no memory for them"));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(w.h[1].k.n_bound, 2);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K22 an SPI that is in use: no child SA, and the one with it stays",
		  asked },
		{ "K22 the same in an answer", answered },
		{ "K22 nor a child SA if the kernel does not say whether it is",
		  unknown },
	};

	return KTAP_RUN(tests);
}
