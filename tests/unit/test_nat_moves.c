// SPDX-License-Identifier: GPL-2.0-or-later
/* NATs that forget, peers that move, and what nobody may move. */
#include "ktap.h"

#include <stdio.h>
#include <stdlib.h>

#include "btnsd/ike/fsm.h"
#include "nat_world.h"

static struct packet *last_of_0;

static bool keep_last(struct world *x, struct packet *p)
{
	(void)x;
	if (p->from == 0) {
		free(last_of_0);
		last_of_0 = world_copy(p);
	}
	return true;
}

/* the NAT forgets: a new port, and the SAs go on with it */
static void port_moves(void)
{
	const char *quiet = "ike = { dpd = 0; };";
	struct packet *old;
	unsigned int port;
	uint32_t spi;

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { dpd = 10; };", quiet);
	w.filter = keep_last;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 12000);
	spi = esp(1, true)->spi;
	port = peer_port(1);
	old = last_of_0;
	last_of_0 = NULL;
	world_nat_reset(&w.nat[0], NULL);
	world_advance(&w, 12000);
	CHECK(paired());
	CHECK_EQ(esp(1, true)->spi, spi);
	CHECK_EQ(peer_port(1), w.nat[0].map[0].port);
	CHECK(peer_port(1) != port);
	CHECK(world_logged(&w, "the peer has moved here from " NAT0 ":6100"));
	/* and what was heard before cannot move it back, nor anywhere */
	port = peer_port(1);
	world_nat_reset(&w.nat[0], NULL);
	world_queue(&w, world_copy(old));
	world_run(&w);
	CHECK_EQ(peer_port(1), port);
	old->data[old->len - 1] ^= 1;
	world_queue(&w, old);
	world_run(&w);
	CHECK_EQ(peer_port(1), port);
	/* nor is our end, which is behind the NAT, moved by the peer */
	CHECK_EQ(peer_port(0), 4500);
	free(last_of_0);
	last_of_0 = NULL;
	done();
}

static bool other_port(struct world *x, struct packet *p)
{
	(void)x;
	if (p->from == 1)
		p->path.local.port = 4501;
	return true;
}

/* who is behind the NAT does not follow (RFC 7296 2.23) */
static void inside_stays(void)
{
	begin();
	world_nat(&w, 0, NAT0);
	up(NULL, "ike = { dpd = 10; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	w.filter = other_port;
	world_advance(&w, 12000);
	CHECK(paired());
	CHECK_EQ(peer_port(0), 4500);
	CHECK_EQ(world_sa(&w, 0)->path.remote.port, 4500);
	done();
}

/* host 1 knows host 0 by a name, which gives it all that its NAT may have */
static void name_0(void)
{
	struct lbtns_pad_entry *e;

	w.h[1].k.n_pad = 0;
	e = world_pad_add(&w, 1, "zero");
	lbtns_ident_parse("fqdn:zero.example", &e->id, NULL);
	world_pad_key(&w, e, 0);
	world_pad_prefix(e, "198.51.100.0/24");
}

/* a bare key can pretend a NAT, and send from whose address it likes */
static void btns_stays(void)
{
	unsigned int before;

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { dpd = 10; retries = 1; };", "ike = { dpd = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	before = world_installed(&w, 1);
	world_nat_reset(&w.nat[0], NAT1);
	world_advance(&w, 14000);
	CHECK_EQ(world_installed(&w, 1), before);
	CHECK(is(&world_sa(&w, 1)->path.remote.addr, NAT0));
	/* it finds out, and begins again from where it is */
	world_advance(&w, 20000);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(is(&world_sa(&w, 1)->path.remote.addr, NAT1));
	done();
}

/* another address: SAs between the old ones end, new ones are made on demand */
static void address_moves(void)
{
	begin();
	name_0();
	world_nat(&w, 0, NAT0);
	up("identity = { id = \"fqdn:zero.example\"; }; ike = { dpd = 10; };",
	   "ike = { dpd = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	world_nat_reset(&w.nat[0], NAT1);
	world_advance(&w, 12000);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK(is(&world_sa(&w, 1)->path.remote.addr, NAT1));
	CHECK_EQ(world_installed(&w, 0) + world_installed(&w, 1), 0);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	CHECK(is(&esp(1, true)->sel.remote, NAT1));
	done();

	/* without a NAT before the peer no address moves */
	begin();
	up("ike = { dpd = 10; retries = 2; };", "ike = { dpd = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_nat(&w, 0, NAT0);
	world_advance(&w, 12000);
	CHECK(is(&world_sa(&w, 1)->path.remote.addr, "10.0.0.1"));
	done();
}

/* ESP in UDP that the kernel found authentic and from elsewhere */
static void esp_moves(void)
{
	struct endpoint from = { .port = 7777 };
	const char *quiet = "ike = { dpd = 0; };";
	const struct world_sa *in;

	begin();
	world_nat(&w, 0, NAT0);
	up(quiet, quiet);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	addr_parse(&from.addr, NAT0);
	in = esp(1, true);
	btnsd_events.mapping(&w.h[1].d, in->spi, &in->dst, &from);
	CHECK_EQ(peer_port(1), 7777);
	CHECK_EQ(world_sa(&w, 1)->path.remote.port, 7777);
	/* inside it is not believed, nor of an SA that we do not have */
	in = esp(0, true);
	btnsd_events.mapping(&w.h[0].d, in->spi, &in->dst, &from);
	CHECK_EQ(peer_port(0), 4500);
	from.port = 7778;
	in = esp(1, false);
	btnsd_events.mapping(&w.h[1].d, in->spi, &in->dst, &from);
	CHECK_EQ(peer_port(1), 7777);
	btnsd_events.mapping(&w.h[1].d, 1, &in->dst, &from);
	CHECK_EQ(peer_port(1), 7777);
	done();
}

/* the NAT of host 0 forgets as IKE_FOLLOWUP_KE, of that host or to it, leaves */
static bool forget_then(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (world_hdr(p, &hdr) && hdr.exchange == IKE_FOLLOWUP_KE && !x->n[0]++)
		world_nat_reset(&x->nat[0], NULL);
	return true;
}

/* the peer moves before a rekey is complete: the heir goes where it is now */
static void heir_moves(void)
{
	const char *conf = "ike = { dpd = 0; additional = [\"p256\"]; };";
	struct ike_sa *sa;
	char at[16];

	begin();
	world_nat(&w, 0, NAT0);
	up(conf, conf);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	w.filter = forget_then;
	if (!CHECK(world_sa(&w, 0)))
		return;
	task_add(world_sa(&w, 0), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	CHECK_EQ(w.n[0], 2);
	sa = world_sa(&w, 1);
	if (CHECK(sa && w.nat[0].n == 1)) {
		CHECK_EQ(sa->path.remote.port, w.nat[0].map[0].port);
		CHECK_EQ(peer_port(1), w.nat[0].map[0].port);
		snprintf(at, sizeof(at), ":%u ", w.nat[0].map[0].port);
		CHECK(strstr(sa->name, at));
		/* our word in it arrives */
		task_add(sa, TASK_LIVENESS);
		fsm_start(sa);
		world_run(&w);
		CHECK(!sa->request.len);
	}
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K26 the NAT gives another port: SAs follow fresh messages, not old ones",
		  port_moves },
		{ "K26 who is behind the NAT follows nobody", inside_stays },
		{ "the NAT gives another address to a peer with a name",
		  address_moves },
		{ "B09 U14 a bare key stays at the address that it began at",
		  btns_stays },
		{ "authentic ESP moves the port too", esp_moves },
		{ "K27 who moves before a rekey is complete is found in the heir",
		  heir_moves },
	};

	return KTAP_RUN(tests);
}
