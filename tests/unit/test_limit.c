// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many IKE SAs there may be: those that traffic makes us begin, and those of
 * neighbours. The share of peers that nobody configured is in test_strangers.c.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "btnsd/groups.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "craft.h"
#include "world.h"

static struct world w;

/* host 0 sends a packet to 10.9.@high.@low */
static void send_to(uint8_t high, uint8_t low)
{
	struct kern_acquire acq = {
		.local = w.h[0].addr,
		.sel = { .proto = IPPROTO_TCP, .lport = 80, .rport = 40000,
			 .lmask = 0xffff, .rmask = 0xffff, .local_plen = 32,
			 .remote_plen = 32, .local = w.h[0].addr },
		.policy = { .local_plen = 32, .remote_plen = 32,
			    .local = w.h[0].addr },
		.reqid = GROUPS_REQID,
		.seq = 1000u + high * 256u + low,
		.usable = true,
	};

	acq.remote = w.h[0].addr;
	acq.remote.b[1] = 9;
	acq.remote.b[2] = high;
	acq.remote.b[3] = low;
	acq.sel.remote = acq.remote;
	acq.policy.remote = acq.remote;
	btnsd_events.acquire(&w.h[0].d, &acq);
}

/* fallbacks to clear of host 0 */
static unsigned int in_clear(void)
{
	const struct world_kern *k = &w.h[0].k;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < k->n_policies; i++)
		n += k->policy[i].priority == LBTNS_GROUP_PRIO_FALLBACK;
	return n;
}

static unsigned int ike_sas(int host)
{
	const struct ike_sa *sa;
	unsigned int n = 0;

	for (sa = w.h[host].d.sas; sa; sa = sa->next)
		n++;
	return n;
}

#define EITHER(ike) \
	"ike = { retries = 3; " ike " };" \
	" groups = { private_or_clear = [ \"10.0.0.0/8\" ];" \
	" fallback = { wait = 1; seconds = 60; }; };"

/* up to the end of the last of four tries */
#define GIVEN_UP	8000

static void begun(void)
{
	unsigned int i;

	world_init(&w);
	world_pad_any(&w, 0);
	CHECK(world_up(&w, 0, KEY_ED25519, EITHER("initiate_max = 3;")));
	for (i = 1; i <= 10; i++)
		send_to(0, (uint8_t)i);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 3);
	CHECK_EQ(w.sent, 3);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 7);
	CHECK(world_logged(&w, "10.9.0.4"));
	CHECK(world_logged(&w, "wait for their peers, and ike.initiate_max is 3"));
	/* a second packet to one of the three needs none */
	send_to(0, 2);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 7);
	/* the kernel may ask again; nobody has decided that they go in the clear */
	world_advance(&w, 6000);
	CHECK_EQ(w.h[0].k.forgotten, 7);
	CHECK_EQ(in_clear(), 3);
	world_advance(&w, GIVEN_UP - 6000);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 0);
	CHECK_EQ(w.h[0].d.stats.fallbacks, 3);
	/* and then has its turn */
	send_to(0, 4);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	world_fini(&w);
}

/* a flood has a few lines in the log, and the count of the rest */
static void begun_by_many(void)
{
	unsigned int i;

	world_init(&w);
	world_pad_any(&w, 0);
	CHECK(world_up(&w, 0, KEY_ED25519, EITHER("")));
	for (i = 0; i < 2000; i++)
		send_to((uint8_t)(i / 250), (uint8_t)(i % 250 + 1));
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 512);
	CHECK_EQ(w.sent, 512);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 2000 - 512);
	CHECK_EQ(w.h[0].d.strangers.withheld, 2000 - 512 - 50);
	world_run(&w);
	world_fini(&w);
}

/* who is there already is not in the way of others, nor they in its */
static void begun_beside(void)
{
	world_begin(&w, 3);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	CHECK(world_up(&w, 0, KEY_ED25519, "ike = { initiate_max = 1; };"));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_acquire(&w, 0, 2, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	send_to(0, 1);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	/* a child SA more needs no IKE SA */
	child_gone(world_sa(&w, 0)->children, false);
	world_acquire(&w, 0, 2, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 0);
	/* what an earlier btnsd left is taken over, however much it is */
	world_crash(&w, 0);
	world_crash(&w, 1);
	world_crash(&w, 2);
	CHECK(world_up(&w, 0, KEY_ED25519, "ike = { initiate_max = 1; };"));
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 2);
	send_to(0, 1);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 3);
	send_to(0, 2);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 1);
	world_run(&w);
	world_fini(&w);
}

static void begun_in_all(void)
{
	world_begin(&w, 1);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_crowd(&w, 0, IKE_SAS_MAX - 1, false));
	send_to(0, 1);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	send_to(0, 2);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), 1);
	CHECK(world_logged(&w, "refused: there are 8192 IKE SAs, and btnsd has 8192 at most"));
	world_run(&w);
	world_fini(&w);
}

/* the peer answers no Delete */
static bool no_news(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_INFORMATIONAL;
}

/* host 0 begins as often as packets ask, and host 1 answers up to the Delete */
static void begin_often(const char *conf, bool refused)
{
	uint16_t i;

	world_init(&w);
	world_protect_ports(&w, 0);
	world_protect(&w, 1);
	world_pad_any(&w, 1);
	if (!refused)
		world_pad_any(&w, 0);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	w.filter = no_news;
	for (i = 0; i < 5; i++) {
		world_acquire(&w, 0, 1, 80 + i % 2);
		world_run(&w);
		if (!refused) {
			life_close(world_sa(&w, 0));
			fsm_start(world_sa(&w, 0));
		}
	}
}

/* whom we refuse again and again has no more than who does not answer at all */
static void begun_and_refused(void)
{
	begin_often("ike = { retries = 3; initiate_max = 2; };", true);
	CHECK_EQ(w.h[0].d.stats.auth_failed, 2);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_CLOSING), 2);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 3);
	CHECK(world_logged(&w, "wait for their peers, and ike.initiate_max is 2"));
	/* they are given up in the end */
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(ike_sas(0), 0);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_CLOSING), 1);
	/* and at once if the peer answers */
	w.filter = NULL;
	world_advance(&w, GIVEN_UP);
	CHECK_EQ(ike_sas(0), 0);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 3);
	world_fini(&w);
	/* one that has stood is none of them */
	begin_often("ike = { retries = 3; initiate_max = 1; };", false);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_CLOSING), 5);
	CHECK_EQ(w.h[0].d.stats.acquires_refused, 0);
	world_run(&w);
	world_fini(&w);
}

/*
 * Host 1 hears a first request of fd00:@net:0:@link::@low, or of 10.8.0.@low for
 * @net 0, with its COOKIE or without.
 */
static void request_of(uint8_t net, uint8_t link, uint8_t low, bool cookie)
{
	static uint64_t spi;
	struct path path = {
		.local = { .port = IKE_PORT, .addr = { .family = AF_INET6 } },
		.remote = { .port = IKE_PORT, .addr = { .family = AF_INET6 } },
	};
	struct btnsd *d = &w.h[1].d;
	uint8_t buf[1024], ours[COOKIE_LEN], ni[32] = { 0 };
	struct span m;

	addr_parse(&path.local.addr, "fd00:ff::1");
	path.remote.addr.b[0] = 0xfd;
	path.remote.addr.b[3] = net;
	path.remote.addr.b[7] = link;
	path.remote.addr.b[15] = low;
	if (!net) {
		addr_parse(&path.remote.addr, "10.8.0.0");
		path.remote.addr.b[3] = low;
		path.local.addr = w.h[1].addr;
	}
	spi++;
	memcpy(ni, &spi, sizeof(spi));
	CHECK(cookie_make(&d->cookie, timer_now(&d->timers), &path.remote, spi,
			  span(ni, sizeof(ni)), ours));
	m = craft_init(buf, sizeof(buf), spi,
		       span(ours, cookie ? sizeof(ours) : 0), spi);
	btnsd_rx(d, &path, m.data, m.len);
}

static void request(uint8_t net, uint8_t low, bool cookie)
{
	request_of(net, 0, low, cookie);
}

static void request_from(uint8_t net, uint8_t low)
{
	request(net, low, false);
}

/* whoever can write any address into a datagram locks nobody out of a network */
static void neighbours(void)
{
	uint8_t i;

	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519,
		       "ike = { half_open_per_address = 2; per_address = 2;"
		       " cookie_threshold = 100; };"));
	for (i = 1; i <= 40; i++)
		request_from(1, i);
	CHECK_EQ(ike_sas(1), 40);
	request_from(1, 40);
	CHECK_EQ(ike_sas(1), 41);
	CHECK_EQ(w.h[1].d.stats.cookies, 0);
	world_run(&w);
	world_fini(&w);
}

/* nor that one address: its host brings a COOKIE back, which he cannot */
static void its_address(void)
{
	static const char *const settings[] = {
		"ike = { half_open_per_address = 2; per_address = 32; };",
		"ike = { half_open_per_address = 16; per_address = 2; };",
	};
	static const char *const why[] = {
		"its address has 2 half-open IKE SAs, and ike.half_open",
		"its address has 2 IKE SAs, and ike.per_address is 2",
	};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		world_begin(&w, 2);
		CHECK(world_up(&w, 1, KEY_ED25519, settings[i]));
		request(0, 1, false);
		request(0, 1, false);
		CHECK_EQ(ike_sas(1), 2);
		CHECK_EQ(w.h[1].d.stats.cookies, 0);
		request(0, 1, false);
		CHECK_EQ(ike_sas(1), 2);
		CHECK_EQ(w.h[1].d.stats.cookies, 1);
		/* others need none */
		request(0, 2, false);
		CHECK_EQ(ike_sas(1), 3);
		CHECK_EQ(w.h[1].d.stats.cookies, 1);
		/* it has all that it may have, and no more */
		request(0, 1, true);
		CHECK_EQ(ike_sas(1), 4);
		request(0, 1, true);
		CHECK_EQ(ike_sas(1), 5);
		CHECK(!world_logged(&w, "its address has"));
		request(0, 1, true);
		CHECK_EQ(ike_sas(1), 5);
		CHECK(world_logged(&w, why[i]));
		CHECK_EQ(w.h[1].d.stats.cookies, 1);
		world_run(&w);
		world_fini(&w);
	}
}

/* nor are they in the way of a rekey of what is there */
static void beside_forged(void)
{
	char why[LIMIT_WHY_MAX];
	struct ike_sa *sa;

	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519, "ike = { per_address = 3; };"));
	request(0, 1, false);
	sa = w.h[1].d.sas;
	sa->authenticated = true;
	sa->peer.type = BTNS_ID_TYPE_PUBLICKEY;
	sa->stranger = true;
	sa_set_state(sa, IKE_ST_ESTABLISHED);
	request(0, 1, false);
	request(0, 1, false);
	CHECK_EQ(ike_sas(1), 3);
	CHECK(!limit_rekey_met(sa, why));
	request(0, 1, true);
	request(0, 1, true);
	CHECK_EQ(ike_sas(1), 5);
	CHECK(limit_rekey_met(sa, why));
	CHECK(strstr(why, "its address has 3 IKE SAs"));
	world_run(&w);
	world_fini(&w);
}

/* who is configured is not refused for whoever else is behind the same NAT */
static void beside_strangers(void)
{
	char why[LIMIT_WHY_MAX];
	struct ike_sa *sa = NULL, *o;

	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519,
		       "ike = { per_address = 3; cookie_threshold = 0; };"));
	request(0, 1, true);
	request(0, 1, true);
	request(0, 1, true);
	CHECK_EQ(ike_sas(1), 3);
	for (o = w.h[1].d.sas; o; o = o->next) {
		o->authenticated = true;
		o->peer.type = BTNS_ID_TYPE_PUBLICKEY;
		o->stranger = o->next != NULL;
		sa_set_state(o, IKE_ST_ESTABLISHED);
		sa = o;
	}
	o = w.h[1].d.sas;
	if (!CHECK(sa && o != sa))
		return;
	CHECK(!limit_rekey_met(sa, why));
	/* each of the others is; until all three are configured, one by one */
	CHECK(limit_rekey_met(o, why));
	o->stranger = false;
	CHECK(!limit_rekey_met(o, why));
	CHECK(!limit_rekey_met(sa, why));
	o->next->stranger = false;
	CHECK(limit_rekey_met(o, why));
	CHECK(limit_rekey_met(sa, why));
	CHECK(strstr(why, "its address has 3 IKE SAs, and ike.per_address is 3"));
	world_run(&w);
	world_fini(&w);
}

#define HALF_OPEN \
	"half_open_max = 16; half_open_per_address = 16; per_address = 32;"

/* host 1 asks all for a COOKIE, and expects one peer there */
static void expects(const char *addresses)
{
	char conf[512];

	world_begin(&w, 2);
	snprintf(conf, sizeof(conf),
		 "ike = { cookie_threshold = 0; " HALF_OPEN
		 " }; pad = ( { name = \"n\"; id = \"fqdn:n.example\";"
		 " key = \"%s\"; addresses = [ \"%s\" ]; } );",
		 world_fingerprint(0), addresses);
	CHECK(world_up(&w, 1, KEY_ED25519, conf));
}

/* whoever can bring back a COOKIE for each address of a /64 fills it, not all */
static void networks(void)
{
	uint8_t i;

	expects("fd00:1::99/128");
	for (i = 1; i <= 6; i++)
		request(1, i, true);
	CHECK_EQ(ike_sas(1), 4);
	CHECK(world_logged(&w, "its network has 4 half-open IKE SAs, a quarter of"));
	/* others have theirs, and who is expected is not kept out by neighbours */
	request(2, 1, true);
	CHECK_EQ(ike_sas(1), 5);
	request(1, 0x99, true);
	CHECK_EQ(ike_sas(1), 6);
	for (i = 0; i < 16; i++)
		request(3 + i / 4, i, true);
	CHECK_EQ(ike_sas(1), 14);
	CHECK(world_logged(&w, "there are 14 half-open IKE SAs"));
	CHECK(world_logged(&w, "an eighth of it for peers with an address"));
	for (i = 0; i < 3; i++)
		request(1, 0x99, true);
	CHECK_EQ(ike_sas(1), 16);
	CHECK_EQ(w.h[1].d.half_open, 16);
	world_run(&w);
	world_advance(&w, IKE_HALF_OPEN_MS);
	/* nor is a network that one peer alone is expected in all there is */
	CHECK_EQ(ike_sas(1), 0);
	for (i = 0; i < 16; i++)
		request(1, 0x99, true);
	CHECK_EQ(ike_sas(1), 8);
	CHECK(world_logged(&w, "its network has 8 half-open IKE SAs, half of"));
	world_run(&w);
	world_fini(&w);
}

/* half-open IKE SAs that proved addresses of a /64 get where it expects one peer */
static unsigned int room_at(const char *addresses)
{
	unsigned int got;
	uint8_t i;

	expects(addresses);
	for (i = 1; i <= 16; i++)
		request(1, i, true);
	got = ike_sas(1);
	world_run(&w);
	world_fini(&w);
	return got;
}

/* who may be anywhere in a site has no address that others cannot choose */
static void a_site(void)
{
	CHECK_EQ(room_at("fd00:1::/64"), 8);
	CHECK_EQ(room_at("fd00:1::/63"), 4);
	CHECK_EQ(room_at("::/0"), 4);
}

/* nor does who has many of them, as one who rents a server may */
static void sites(void)
{
	uint8_t i;

	expects("fd00:1::99/128");
	for (i = 0; i < 16; i++)
		request_of(1, 4 + i / 2, i, true);
	CHECK_EQ(ike_sas(1), 8);
	CHECK(world_logged(&w, "its /48 has 8 half-open IKE SAs, half of ike."));
	/* another has its own, and who is expected alone has one in this */
	request_of(2, 4, 1, true);
	CHECK_EQ(ike_sas(1), 9);
	for (i = 0; i < 8; i++)
		request(1, 0x99, true);
	CHECK_EQ(ike_sas(1), 9 + 4);
	CHECK(world_logged(&w, "its /48 has 12 half-open IKE SAs, three quarters of ike."));
	world_run(&w);
	world_fini(&w);
}

/* what may be forged takes nothing of what is proved */
static void forged(void)
{
	uint8_t i;

	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519,
		       "ike = { cookie_threshold = 7; " HALF_OPEN " };"));
	for (i = 1; i <= 8; i++)
		request(1, i, false);
	CHECK_EQ(ike_sas(1), 7);
	for (i = 1; i <= 6; i++)
		request(1, i, true);
	CHECK_EQ(ike_sas(1), 7 + 4);
	world_run(&w);
	world_fini(&w);
	/* nor all there is, where a COOKIE is asked for later than that */
	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519,
		       "ike = { cookie_threshold = 16; " HALF_OPEN " };"));
	for (i = 1; i <= 15; i++)
		request(1, i, false);
	CHECK_EQ(ike_sas(1), 8);
	request(2, 1, true);
	CHECK_EQ(ike_sas(1), 9);
	world_run(&w);
	world_advance(&w, IKE_HALF_OPEN_MS);
	/* with IPv4 a network is one address, of which there is a setting */
	for (i = 1; i <= 16; i++)
		request(0, 1, true);
	CHECK_EQ(ike_sas(1), 16 - 2);
	world_run(&w);
	world_fini(&w);
}

/* and takes them for strangers that have proved a key each */
static void taken_from(uint8_t net, uint8_t first, uint8_t last)
{
	struct ike_sa *sa;

	for (; first <= last; first++)
		request_from(net, first);
	for (sa = w.h[1].d.sas; sa; sa = sa->next) {
		sa->authenticated = true;
		sa->peer.type = BTNS_ID_TYPE_PUBLICKEY;
		sa->stranger = true;
		sa_set_state(sa, IKE_ST_ESTABLISHED);
	}
}

/* but one host is not forty peers by the addresses of its /64 */
static void one_host(void)
{
	char why[LIMIT_WHY_MAX];
	struct ike_sa *sa;

	world_begin(&w, 2);
	CHECK(world_up(&w, 1, KEY_ED25519,
		       "ike = { per_address = 2; cookie_threshold = 100; dpd = 0; };"));
	taken_from(1, 1, 3);
	taken_from(2, 1, 1);
	/* the newest is alone in its /64, the one before has two beside it */
	sa = w.h[1].d.sas;
	CHECK(!limit_stranger_met(sa, why));
	sa = sa->next;
	CHECK(limit_stranger_met(sa, why));
	CHECK(strstr(why, "its network has 2 IKE SAs of peers that nobody configured"));
	/* whom it takes the place of does not count */
	sa->replaces = sa->next->id;
	CHECK(!limit_stranger_met(sa, why));
	sa->replaces = 0;
	/* nor who is configured, who has no such limit either */
	sa->next->stranger = false;
	CHECK(!limit_stranger_met(sa, why));
	CHECK(!limit_stranger_met(sa->next, why));
	sa->next->stranger = true;
	/* rekeys have as much room again, and no more */
	CHECK(!limit_rekey_met(sa, why));
	taken_from(1, 4, 4);
	CHECK(!limit_rekey_met(sa, why));
	taken_from(1, 5, 5);
	CHECK(limit_rekey_met(sa, why));
	CHECK(strstr(why, "its network has 4 IKE SAs of peers that nobody configured, twice"));
	sa->stranger = false;
	CHECK(!limit_rekey_met(sa, why));
	world_run(&w);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K38 traffic begins so many IKE SAs, and what is beyond does not fall back",
		  begun },
		{ "K38 a flood of traffic has an end in memory, messages and log",
		  begun_by_many },
		{ "K38 L16 peers that are there are no part of what is begun",
		  begun_beside },
		{ "K38 what traffic begins has its place within all IKE SAs",
		  begun_in_all },
		{ "K38 one that we refuse counts until its peer lets it end",
		  begun_and_refused },
		{ "K38 forged addresses of a /64 keep nobody in it out", neighbours },
		{ "K09 K38 nor the host that has the address", its_address },
		{ "K38 nor are they in the way of a rekey", beside_forged },
		{ "K38 K64 nor are strangers behind one NAT in the way of who is configured",
		  beside_strangers },
		{ "K38 proved ones have a part, who is configured has one left",
		  networks },
		{ "K38 what is left is for an address, not for a site", a_site },
		{ "K38 also of a /48, who has many networks in it", sites },
		{ "K38 and forged ones take nothing of it", forged },
		{ "K38 K64 a /64 of IPv6 is one neighbour, but for who is configured",
		  one_host },
	};

	return KTAP_RUN(tests);
}
