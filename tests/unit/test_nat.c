// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address translation between two helpers: at either end and at both, NATs
 * that forget, peers that move, and what nobody may move.
 */
#include "ktap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/wire.h"
#include "craft.h"
#include "world.h"

static struct world w;

#define ALL	"0.0.0.0/0"
#define NAT0	"198.51.100.7"
#define NAT1	"198.51.100.9"

static void begin(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, ALL, ALL, 0, 0, 0, true);
	}
}

static void up(const char *conf_a, const char *conf_b)
{
	CHECK(world_up(&w, 0, KEY_ED25519, conf_a));
	CHECK(world_up(&w, 1, KEY_ED25519, conf_b));
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	world_fini(&w);
}

static bool is(const struct addr *a, const char *text)
{
	struct addr b;

	return addr_parse(&b, text) && addr_equal(a, &b);
}

/* the one SA of a host in one direction */
static const struct world_sa *esp(int host, bool inbound)
{
	static const struct world_sa none;
	const struct world_sa *found = &none;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[host].k.sa[i];

		if (s->used && !s->larval && s->inbound == inbound)
			found = s;
	}
	return found;
}

/* the UDP port by which a host's SAs reach the peer; 0 if they do not agree */
static unsigned int peer_port(int host)
{
	const struct kern_encap *in = &esp(host, true)->encap;
	const struct kern_encap *out = &esp(host, false)->encap;

	return in->sport == out->dport &&
	       in->dport == IKE_NATT_PORT && out->sport == IKE_NATT_PORT ?
		       in->sport : 0;
}

/* one pair of SAs with the same keys and numbers at both ends */
static bool paired(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct world_sa *out = esp(i, false);
		const struct world_sa *in = esp(!i, true);

		if (world_installed(&w, i) != 2 || !out->used || !in->used ||
		    out->spi != in->spi || out->key_len != in->key_len ||
		    memcmp(out->key, in->key, in->key_len) ||
		    !addr_equal(&out->dst, world_seen(&w, !i)) ||
		    !addr_equal(&out->sel.remote, world_seen(&w, !i)) ||
		    !addr_equal(&in->dst, &w.h[!i].addr))
			return false;
	}
	return true;
}

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

/* an SA of a host with a peer that has this port; NULL if there is none */
static const struct world_sa *by_port(int host, uint16_t port, bool inbound)
{
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[host].k.sa[i];

		if (s->used && !s->larval && s->inbound == inbound &&
		    (inbound ? s->encap.sport : s->encap.dport) == port)
			return s;
	}
	return NULL;
}

/* host 0 and host 2 are behind one NAT */
static void begin_two(void)
{
	begin();
	world_pad_any(&w, 2);
	world_policy(&w, 2, ALL, ALL, 0, 0, 0, true);
	world_nat(&w, 0, NAT0);
	world_nat(&w, 2, NAT0)->next = 62000;
	up("ike = { dpd = 0; };", NULL);
	CHECK(world_up(&w, 2, KEY_ED25519, "ike = { dpd = 0; };"));
}

/* what host 1 has had with both of them as it is killed */
static void two_behind(uint32_t spi[2], uint16_t port[2])
{
	int i;

	begin_two();
	for (i = 0; i < 2; i++) {
		world_acquire(&w, 2 * i, 1, 80);
		world_run(&w);
		port[i] = w.nat[i].map[1].port;
		if (CHECK(by_port(1, port[i], true)))
			spi[i] = by_port(1, port[i], true)->spi;
	}
	CHECK_EQ(world_installed(&w, 1), 4);
	world_crash(&w, 1);
}

/* killed, with two behind one NAT: each is asked, and judged, for itself */
static void restarted_two(void)
{
	const struct world_sa *sa;
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };
	int i, gone;

	/* 0: both are there; else one is, and the other does not answer */
	for (gone = 0; gone < 3; gone++) {
		two_behind(spi, port);
		if (gone)
			world_crash(&w, gone == 1 ? 0 : 2);
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), 2);
		world_advance(&w, 300000);
		for (i = 0; i < 2; i++) {
			sa = by_port(1, port[i], true);
			/* one after another took its place, or nobody did */
			if (!CHECK_EQ(!!sa, gone != i + 1) ||
			    !CHECK(!sa || sa->spi != spi[i]))
				ktap_note("%d gone, host %d", gone - 1, 2 * i);
		}
		CHECK_EQ(w.h[1].k.breaks, gone ? 2 : 0);
		CHECK(!w.h[1].d.orphans);
		done();
	}
}

/* one is no longer taken: the other one's SAs stay until it has new ones */
static void refused_one(void)
{
	struct lbtns_pad_entry *e;
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };

	two_behind(spi, port);
	w.h[1].k.n_pad = 0;
	e = world_pad_add(&w, 1, "only");
	e->flags = BTNS_PAD_FLAGS_BTNS;
	world_pad_key(&w, e, 2);
	lbtns_ident_from_digest(e->keys[0], &e->id);
	e->n_keys = 0;
	/* the one that is taken cannot answer yet */
	w.h[2].up = false;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_advance(&w, 3000);
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	CHECK_EQ(w.h[1].k.breaks, 2);
	CHECK(!by_port(1, port[0], true) && !by_port(1, port[0], false));
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi == spi[1]);
	w.h[2].up = true;
	world_advance(&w, 60000);
	CHECK_EQ(w.h[1].k.breaks, 2);
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi != spi[1]);
	CHECK(!w.h[1].d.orphans);
	done();
}

/* one begins by itself: the other is asked on */
static void one_was_first(void)
{
	uint16_t port[2] = { 0 };
	uint32_t spi[2] = { 0 };

	two_behind(spi, port);
	w.h[2].up = false;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	life_renew(world_sa(&w, 0));
	world_advance(&w, 3000);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), 1);
	CHECK(by_port(1, port[1], false) && by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi == spi[1]);
	w.h[2].up = true;
	world_advance(&w, 60000);
	CHECK_EQ(w.h[1].k.breaks, 0);
	CHECK(by_port(1, port[1], true) &&
	      by_port(1, port[1], true)->spi != spi[1]);
	CHECK(!w.h[1].d.orphans);
	done();
}

/* the first request of a new IKE SA of host 1 is lost */
static bool asks_in_vain(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_SA_INIT || (hdr.flags & IKE_FLAG_RESPONSE);
}

/* host 1 renews what it has with host 0, unanswered, and a host behind the NAT opens */
static void reauth_met(void)
{
	int who;

	for (who = 0; who <= 2; who += 2) {
		uint16_t port;
		uint32_t spi;

		begin_two();
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		port = w.nat[0].map[1].port;
		if (!CHECK(by_port(1, port, true)))
			break;
		spi = by_port(1, port, true)->spi;
		w.filter = asks_in_vain;
		life_renew(world_sa(&w, 1));
		if (who)
			world_acquire(&w, 2, 1, 80);
		else
			life_renew(world_sa(&w, 0));
		world_advance(&w, 400);
		/* the same peer was first, or another has come beside it */
		CHECK_EQ(world_logged(&w, "the peer was first"), !who);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_INIT_SENT), !!who);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), who ? 2 : 1);
		CHECK(by_port(1, port, true));
		if (who && by_port(1, port, true))
			CHECK_EQ(by_port(1, port, true)->spi, spi);
		w.filter = NULL;
		world_advance(&w, 20000);
		CHECK(by_port(1, port, true) &&
		      by_port(1, port, true)->spi != spi);
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), who ? 2 : 1);
		CHECK_EQ(world_installed(&w, 0), 2);
		CHECK_EQ(world_installed(&w, 1), who ? 4 : 2);
		done();
	}
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
		{ "K26 the NAT gives another port: SAs follow fresh messages, not old ones",
		  port_moves },
		{ "K26 who is behind the NAT follows nobody", inside_stays },
		{ "the NAT gives another address to a peer with a name",
		  address_moves },
		{ "B09 U14 a bare key stays at the address that it began at",
		  btns_stays },
		{ "authentic ESP moves the port too", esp_moves },
		{ "ike.encap: auto, always, never", configured },
		{ "a peer that knows no ESP in UDP", peer_is_old },
		{ "port 4500 without a NAT: plain ESP", floats_without },
		{ "K27 who moves before a rekey is complete is found in the heir",
		  heir_moves },
		{ "a restart finds peers behind NATs again", restarted },
		{ "a restart asks each of two peers behind one NAT address",
		  restarted_two },
		{ "one of them is refused, and the other keeps its SAs",
		  refused_one },
		{ "one of them begins by itself, and the other is asked on",
		  one_was_first },
		{ "N03 another peer behind the address of one that is authenticated anew",
		  reauth_met },
		{ "N03 an IKE SA that is rekeyed stays behind its NAT", rekeyed },
	};

	return KTAP_RUN(tests);
}
