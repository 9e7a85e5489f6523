// SPDX-License-Identifier: GPL-2.0-or-later
/* Address translation between two helpers: at either end and at both. */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/wire.h"
#include "craft.h"
#include "nat_world.h"

static unsigned int ports[4];

/* which ports the messages of host 0 went from and to */
static bool watch(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	if (p->from || !world_hdr(p, &hdr))
		return true;
	if (hdr.exchange == IKE_SA_INIT) {
		ports[0] = p->path.local.port;
		ports[1] = p->path.remote.port;
	} else {
		ports[2] = p->path.local.port;
		ports[3] = p->path.remote.port;
	}
	return true;
}

static void initiator_behind(void)
{
	begin();
	world_nat(&w, 0, NAT0);
	up(NULL, NULL);
	w.filter = watch;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	CHECK(ports[0] == 500 && ports[1] == 500);
	CHECK(ports[2] == 4500 && ports[3] == 4500);
	CHECK_EQ(peer_port(0), 4500);
	CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
	CHECK_EQ(w.nat[0].map[1].inside.port, 4500);
	/* the selectors are what each end sees; the module hears the rest */
	CHECK(is(&esp(1, true)->sel.remote, NAT0));
	CHECK(is(&esp(0, true)->sel.local, "10.0.0.1"));
	CHECK(!w.h[0].k.bound[0].remote_private.family);
	CHECK(!w.h[0].k.bound[0].local_public.family);
	CHECK(!w.h[1].k.bound[0].local_public.family);
	CHECK_EQ(w.h[1].k.bound[0].remote_private.family, AF_INET);
	CHECK(!memcmp(w.h[1].k.bound[0].remote_private.addr,
		      w.h[0].addr.b, 16));
	CHECK(world_logged(&w, "the peer is behind a NAT"));
	CHECK(world_logged(&w, "we are behind a NAT"));
	done();
}

static void responder_behind(void)
{
	struct world_nat *n;

	begin();
	n = world_nat(&w, 1, NAT1);
	n->forwards = true;
	up(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	CHECK_EQ(peer_port(0), 4500);
	CHECK_EQ(peer_port(1), 4500);
	CHECK(is(&esp(0, false)->dst, NAT1));
	CHECK(is(&esp(1, true)->sel.local, "10.0.0.2"));
	CHECK_EQ(w.h[1].k.bound[0].local_public.family, AF_INET);
	CHECK(!memcmp(w.h[1].k.bound[0].local_public.addr, n->addr.b, 16));
	CHECK(!w.h[1].k.bound[0].remote_private.family);
	done();
}

static void both_behind(void)
{
	begin();
	world_nat(&w, 0, NAT0);
	world_nat(&w, 1, NAT1)->forwards = true;
	up(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
	CHECK_EQ(peer_port(0), 4500);
	CHECK(world_logged(&w, "both ends are behind a NAT"));
	/* then nobody follows: the peer's port is what it was */
	world_nat_reset(&w.nat[0], NULL);
	world_advance(&w, 40000);
	CHECK(peer_port(1) != w.nat[0].next - 1u);
	done();
}

static bool drop_nth(struct world *x, struct packet *p)
{
	(void)p;
	return x->n[0]++ != x->n[1];
}

static bool twice(struct world *x, struct packet *p)
{
	world_queue(x, world_copy(p));
	return true;
}

static void lossy(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		begin();
		world_nat(&w, 0, NAT0);
		up(NULL, "ike = { cookie_threshold = 0; };");
		w.filter = i < 4 ? drop_nth : twice;
		w.n[1] = i;
		world_acquire(&w, 0, 1, 80);
		world_advance(&w, 5000);
		CHECK(paired());
		CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
		done();
	}
}

/* rekey of the child and a new IKE SA, both begun by the end outside */
static void from_outside(void)
{
	const char *conf = "ike = { lifetime = 600; dpd = 0; }; child = { lifetime = 200; };";
	const char *idle = "ike = { dpd = 0; };";
	uint32_t spi;

	begin();
	world_nat(&w, 0, NAT0);
	up(idle, conf);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	spi = esp(1, true)->spi;
	world_advance(&w, 250000);
	CHECK(paired());
	CHECK(esp(1, true)->spi != spi);
	CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
	/* it was asked by its public address, which it now knows */
	CHECK(!memcmp(w.h[0].k.bound[0].local_public.addr, w.nat[0].addr.b,
		      16));
	CHECK(!memcmp(w.h[1].k.bound[0].remote_private.addr,
		      w.h[0].addr.b, 16));
	world_advance(&w, 700000);
	CHECK(paired());
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
	done();
}

static void keepalives(void)
{
	struct world_sa *out;

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { dpd = 0; };", "ike = { dpd = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(w.keepalives, 0);
	world_advance(&w, 19000);
	CHECK_EQ(w.keepalives, 0);
	world_advance(&w, 2000);
	CHECK_EQ(w.keepalives, 1);
	/* only from behind the NAT, to where the IKE SA is */
	CHECK(is(&w.keepalive.local.addr, "10.0.0.1"));
	CHECK_EQ(w.keepalive.local.port, 4500);
	CHECK(is(&w.keepalive.remote.addr, "10.0.0.2"));
	CHECK_EQ(w.keepalive.remote.port, 4500);
	world_advance(&w, 60000);
	CHECK_EQ(w.keepalives, 4);
	/* what is sent keeps the mapping as well */
	out = (struct world_sa *)esp(0, false);
	out->packets++;
	world_advance(&w, 20000);
	CHECK_EQ(w.keepalives, 4);
	world_advance(&w, 20000);
	CHECK_EQ(w.keepalives, 5);
	btnsd_goodbye(&w.h[0].d);
	world_advance(&w, 100000);
	CHECK_EQ(w.keepalives, 5);
	done();

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { keepalive = 5; };", NULL);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 26000);
	CHECK_EQ(w.keepalives, 5);
	done();

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { keepalive = 0; };", NULL);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 60000);
	CHECK_EQ(w.keepalives, 0);
	done();

	begin();
	up(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 60000);
	CHECK_EQ(w.keepalives, 0);
	done();
}

/* is a child SA made with these, and is it in UDP? */
static int outcome(const char *a, const char *b, bool nat)
{
	int ret;

	begin();
	if (nat)
		world_nat(&w, 0, NAT0);
	up(a, b);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	ret = !paired() ? -1 : peer_port(0) && peer_port(1) ? 1 : 0;
	if (!ret)
		CHECK(!esp(0, true)->encap.sport && !esp(1, true)->encap.sport);
	done();
	return ret;
}

static void configured(void)
{
	const char *always = "ike = { encap = \"always\"; };";
	const char *never = "ike = { encap = \"never\"; };";
	const char *automatic = "ike = { encap = \"auto\"; };";

	CHECK_EQ(outcome(NULL, NULL, false), 0);
	CHECK_EQ(outcome(NULL, automatic, true), 1);
	CHECK_EQ(outcome(always, NULL, false), 1);
	CHECK_EQ(outcome(NULL, always, false), 1);
	CHECK_EQ(outcome(always, always, true), 1);
	CHECK_EQ(outcome(never, never, false), 0);
	CHECK_EQ(outcome(never, NULL, true), -1);
	CHECK_EQ(outcome(NULL, never, true), -1);
	CHECK_EQ(outcome(always, never, false), -1);
	CHECK(world_logged(&w, "ike.encap = \"never\" forbids ESP in UDP"));
}

/* a peer that knows nothing of NATs, and us who insist */
static void peer_is_old(void)
{
	uint8_t buf[1024];
	struct span out = craft_init(buf, sizeof(buf), 0x77, span(NULL, 0), 3);
	int i;

	for (i = 0; i < 2; i++) {
		begin();
		up(NULL, i ? "ike = { encap = \"always\"; };" : NULL);
		world_inject(&w, 0, 1, out.data, out.len);
		world_run(&w);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), !i);
		CHECK_EQ(world_logged(&w, "does not speak ESP in UDP"), i);
		done();
	}
}

static bool by_4500(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	if (!p->from && world_hdr(p, &hdr) && hdr.exchange != IKE_SA_INIT) {
		p->path.local.port = 4500;
		p->path.remote.port = 4500;
	} else if (p->from) {
		ports[0] = p->path.local.port;
		ports[1] = p->path.remote.port;
		p->path.remote.port = 500;
	}
	return true;
}

/* as MOBIKE has it (RFC 4555 3.3): port 4500 with no NAT, and plain ESP */
static void floats_without(void)
{
	begin();
	up(NULL, NULL);
	w.filter = by_4500;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(paired());
	CHECK_EQ(ports[0], 4500);
	CHECK_EQ(ports[1], 4500);
	CHECK(!esp(0, true)->encap.sport && !esp(1, true)->encap.sport);
	done();
}

/* the end outside is killed and comes again: it finds the way in */
static void restarted(void)
{
	begin();
	world_nat(&w, 0, NAT0);
	up(NULL, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_crash(&w, 1);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_advance(&w, 15000);
	CHECK_EQ(w.h[1].k.breaks, 0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK(paired());
	CHECK_EQ(peer_port(1), w.nat[0].map[1].port);
	done();
}

/* what is known of the NAT is the heir's: its child SAs are in UDP as well */
static void rekeyed(void)
{
	unsigned int before, first;
	uint16_t port;

	begin();
	world_nat(&w, 0, NAT0);
	up("ike = { lifetime = 1000; dpd = 0; };", "ike = { dpd = 0; };");
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	port = (uint16_t)peer_port(1);
	CHECK(port);
	first = world_sa(&w, 0)->id;
	world_advance(&w, 1001000);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK(world_sa(&w, 0)->id != first);
	before = w.keepalives;
	world_advance(&w, 60000);
	CHECK_EQ(w.keepalives, before + 3);
	life_rekey(world_sa(&w, 1)->children);
	fsm_start(world_sa(&w, 1));
	world_run(&w);
	world_advance(&w, 30000);
	CHECK(paired());
	CHECK_EQ(peer_port(1), port);
	CHECK_EQ(peer_port(0), 4500);
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K25 K27 an initiator behind a NAT: ESP in UDP, both its addresses known",
		  initiator_behind },
		{ "K25 K27 a responder behind a NAT that forwards", responder_behind },
		{ "K25 both behind NATs", both_behind },
		{ "any message may be lost or come twice through a NAT", lossy },
		{ "K27 rekeys and new IKE SAs from outside find the way in",
		  from_outside },
		{ "K25 keepalives: from behind the NAT only, when nothing else is sent",
		  keepalives },
		{ "ike.encap: auto, always, never", configured },
		{ "a peer that knows no ESP in UDP", peer_is_old },
		{ "port 4500 without a NAT: plain ESP", floats_without },
		{ "a restart finds peers behind NATs again", restarted },
		{ "N03 an IKE SA that is rekeyed stays behind its NAT", rekeyed },
	};

	return KTAP_RUN(tests);
}
