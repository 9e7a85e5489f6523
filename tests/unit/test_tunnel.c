// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child SAs in tunnel mode: what the policy's template says decides, in both
 * roles; selectors are wider than the hosts; what others own stays theirs.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "craft.h"
#include "world.h"

static struct world w;

#define NET0	"192.168.0.0/24"
#define NET1	"192.168.1.0/24"

static void begin(void)
{
	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
}

/* two gateways, each with a network behind it */
static void gateways(void)
{
	begin();
	world_policy(&w, 0, NET0, NET1, 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, NET1, NET0, 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
}

static void up(const char *conf_a, const char *conf_b)
{
	CHECK(world_up(&w, 0, KEY_ED25519, conf_a));
	CHECK(world_up(&w, 1, KEY_ED25519, conf_b));
}

static void first_packet(void)
{
	world_packet(&w, 0, "192.168.0.5/32", "192.168.1.9/32", "10.0.0.2");
	world_run(&w);
}

/* all SAs of a host are in tunnel mode and for that traffic */
static bool all_tunnels(int host, const char *local, const char *remote)
{
	struct sel s = { 0 };
	size_t i;

	addr_parse_prefix(&s.local, &s.local_plen, local);
	addr_parse_prefix(&s.remote, &s.remote_plen, remote);
	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *sa = &w.h[host].k.sa[i];

		if (sa->used && !sa->larval &&
		    (!sa->tunnel || !sel_equal(&sa->sel, &s) ||
		     !addr_equal(sa->inbound ? &sa->dst : &sa->src,
				 &w.h[host].addr)))
			return false;
	}
	return world_installed(&w, host);
}

static void nothing(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK_EQ(world_installed(&w, i), 0);
		CHECK_EQ(w.h[i].k.n_bound, 0);
	}
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	CHECK_EQ(world_larval(&w, 0), 0);
	world_fini(&w);
}

static void both_gateways(void)
{
	gateways();
	up(NULL, NULL);
	first_packet();
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(all_tunnels(0, NET0, NET1));
	CHECK(all_tunnels(1, NET1, NET0));
	/* another packet of the same networks asks for nothing */
	world_packet(&w, 0, "192.168.0.6/32", "192.168.1.1/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(w.sent, 4);
	done();
}

/* between the hosts themselves, as RFC 5660 latches conversations */
static void two_hosts(void)
{
	begin();
	world_policy(&w, 0, "10.0.0.1/32", "10.0.0.2/32", 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(NULL, NULL);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(all_tunnels(0, "10.0.0.1/32", "10.0.0.2/32"));
	CHECK(all_tunnels(1, "10.0.0.2/32", "10.0.0.1/32"));
	done();
}

static void other_version(void)
{
	begin();
	world_policy(&w, 0, "fd00::/64", "fd01::/64", 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, "fd01::/64", "fd00::/64", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(NULL, NULL);
	world_packet(&w, 0, "fd00::1/128", "fd01::2/128", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(all_tunnels(0, "fd00::/64", "fd01::/64"));
	done();
}

/* rekeys by either side, a new IKE SA, and a restart keep mode and selectors */
static void over_time(void)
{
	const char *conf = "ike = { lifetime = 700; dpd = 0; }; child = { lifetime = 200; };";
	const char *slow = "ike = { dpd = 0; };";
	uint32_t spi;
	int i;

	for (i = 0; i < 2; i++) {
		gateways();
		up(i ? slow : conf, i ? conf : slow);
		first_packet();
		spi = w.h[0].k.bound[0].spi;
		world_advance(&w, 300000);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK(w.h[0].k.bound[0].spi != spi);
		world_advance(&w, 700000);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK(all_tunnels(0, NET0, NET1));
		CHECK(all_tunnels(1, NET1, NET0));
		spi = w.h[1].k.bound[0].spi;
		world_crash(&w, 1);
		CHECK(world_up(&w, 1, KEY_ED25519, slow));
		world_advance(&w, 30000);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(world_installed(&w, 1), 2);
		CHECK(w.h[1].k.bound[0].spi != spi);
		CHECK(all_tunnels(0, NET0, NET1));
		CHECK(all_tunnels(1, NET1, NET0));
		done();
	}
}

/* modes that do not agree, either way round (RFC 7296 1.3.1) */
static void disagree(void)
{
	begin();
	world_policy(&w, 0, "10.0.0.1/32", "10.0.0.2/32", 0, 0, 0, true);
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(NULL, NULL);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	/* the responder answers in tunnel mode; we do not want that, and say so */
	CHECK(world_logged(&w,
			   "it did not agree to transport mode: we asked for "
			   "10.0.0.1/32[any] -> 10.0.0.2/32[any] proto 0"));
	CHECK_EQ(w.h[1].d.stats.child_up, 1);
	nothing();
	done();

	begin();
	world_policy(&w, 0, "10.0.0.1/32", "10.0.0.2/32", 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	up(NULL, NULL);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK(world_logged(&w, "policy wants transport mode, not tunnel mode"));
	CHECK_EQ(w.h[1].d.stats.child_up, 0);
	nothing();
	done();

	/* in and out in different modes are no policy at all */
	begin();
	world_policy(&w, 0, "10.0.0.1/32", "10.0.0.2/32", 0, 0, 0, true);
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	w.h[1].k.policy[0].tunnel = false;
	up(NULL, NULL);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK(world_logged(&w, "policy wants tunnel mode, not transport mode"));
	nothing();
	done();
}

/* a tunnel that policy wants with somebody else */
static void other_end(void)
{
	gateways();
	world_tunnel(&w, 1, "10.0.0.3");
	up(NULL, NULL);
	first_packet();
	CHECK(world_logged(&w, "the policy's tunnel is between other hosts"));
	nothing();
	done();
}

/* T02, and B09 in tunnel mode: a network that belongs to a named peer */
static void owned(void)
{
	struct lbtns_pad_entry *e;
	int named;

	for (named = 0; named < 2; named++) {
		world_init(&w);
		world_pad_any(&w, 0);
		e = world_pad_add(&w, 1, "b-net");
		e->id.type = BTNS_ID_TYPE_FQDN;
		snprintf(e->id.name, sizeof(e->id.name), "b.example");
		lbtns_ident_parse("fqdn:b.example", &e->id, NULL);
		world_pad_key(&w, e, 0);
		world_pad_prefix(e, NET0);
		world_pad_any(&w, 1);
		world_policy(&w, 0, "192.168.0.0/23", NET1, 0, 0, 0, true);
		world_tunnel(&w, 0, "10.0.0.2");
		world_policy(&w, 1, NET1, "192.168.0.0/16", 0, 0, 0, true);
		world_tunnel(&w, 1, "10.0.0.1");
		up(named ? "identity = { id = \"fqdn:b.example\"; };" : NULL,
		   NULL);
		world_packet(&w, 0, "192.168.0.5/32", "192.168.1.9/32", "10.0.0.2");
		world_run(&w);
		if (named) {
			CHECK_EQ(world_pairs(&w, 0, 1), 1);
			CHECK(all_tunnels(1, NET1, NET0));
			done();
			continue;
		}
		/* the packet that asked is from there: nothing is left */
		nothing();
		done();
	}
}

/* a wildcard peer's wide selector is cut down around what others own */
static void carved(void)
{
	struct lbtns_pad_entry *e;

	world_init(&w);
	world_pad_any(&w, 0);
	e = world_pad_add(&w, 1, "q");
	lbtns_ident_parse("fqdn:q.example", &e->id, NULL);
	world_pad_key(&w, e, 2);
	world_pad_prefix(e, "192.168.0.128/25");
	world_pad_any(&w, 1);
	world_policy(&w, 0, NET0, NET1, 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, NET1, NET0, 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(NULL, "child = { lifetime = 200; };");
	first_packet();
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(all_tunnels(0, "192.168.0.0/25", NET1));
	CHECK(all_tunnels(1, NET1, "192.168.0.0/25"));
	/* U12: nor does a packet of the other half get it, or a rekey */
	world_packet(&w, 0, "192.168.0.200/32", "192.168.1.9/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, 250000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(all_tunnels(1, NET1, "192.168.0.0/25"));
	done();
}

/*
 * The gateways, with that configuration of the first, which is behind a NAT and
 * known by its name: only such a peer may move.
 */
static struct world_nat *behind(const char *conf)
{
	struct lbtns_pad_entry *e;
	struct world_nat *n;

	gateways();
	w.h[1].k.n_pad = 0;
	e = world_pad_add(&w, 1, "a-net");
	lbtns_ident_parse("fqdn:a.example", &e->id, NULL);
	world_pad_key(&w, e, 0);
	world_pad_prefix(e, NET0);
	n = world_nat(&w, 0, "198.51.100.7");
	world_tunnel(&w, 1, "198.51.100.7");
	up(conf, "ike = { dpd = 0; };");
	first_packet();
	return n;
}

/* through a NAT nothing inside is touched, and what is inside stays */
static void behind_nat(void)
{
	const char *conf =
		"identity = { id = \"fqdn:a.example\"; }; ike = { dpd = 10; };";
	struct world_nat *n = behind(conf);
	struct addr moved;
	uint32_t spi;
	size_t i;

	CHECK(all_tunnels(0, NET0, NET1));
	CHECK(all_tunnels(1, NET1, NET0));
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(!w.h[1].k.bound[0].remote_private.family);
	for (i = 0; i < WORLD_SAS; i++)
		CHECK(!w.h[1].k.sa[i].used || w.h[1].k.sa[i].encap.sport);
	/* the NAT has another address: policy follows, and a rekey */
	spi = w.h[1].k.bound[0].spi;
	world_tunnel(&w, 1, "198.51.100.9");
	world_nat_reset(n, "198.51.100.9");
	world_advance(&w, 30000);
	addr_parse(&moved, "198.51.100.9");
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(w.h[1].k.bound[0].spi != spi);
	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[1].k.sa[i];

		CHECK(!s->used || addr_equal(s->inbound ? &s->src : &s->dst,
					     &moved));
	}
	CHECK(all_tunnels(1, NET1, NET0));
	done();
}

/* the module's latches are host 0's until they are broken */
static uint8_t until_broken(const struct lbtns_sa *sa)
{
	static uint8_t key[BTNS_DIGEST_LEN];
	struct key *k = world_key(0, KEY_ED25519);

	memcpy(key, key_fingerprint(k), sizeof(key));
	key_free(k);
	return w.h[1].k.breaks || !memcmp(sa->peer_key, key, sizeof(key)) ?
		       BTNS_SA_VERDICT_OK :
		       BTNS_SA_VERDICT_CONFLICT;
}

/* host 2 has a policy for a network, through host 1; host 1 takes any end */
static void third(const char *net)
{
	world_policy(&w, 2, net, NET1, 0, 0, 0, true);
	world_tunnel(&w, 2, "10.0.0.2");
	world_pad_any(&w, 2);
	w.h[1].k.policy[0].remote.family = 0;
	w.h[1].k.policy[1].remote.family = 0;
}

/* L32: another gateway says that it has the network now: is the first dead? */
static void rival_inside(void)
{
	gateways();
	third(NET0);
	up(NULL, "ike = { dpd = 0; };");
	first_packet();
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	w.h[1].k.verdict = until_broken;
	world_advance(&w, 5000);
	world_crash(&w, 0);
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_packet(&w, 2, "192.168.0.5/32", "192.168.1.9/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_installed(&w, 2), 0);
	CHECK_EQ(w.h[1].k.breaks, 0);
	CHECK(world_logged(&w, "claims an address of this peer"));
	world_advance(&w, 30000);
	CHECK_EQ(w.h[1].k.conflicts, 0);
	CHECK_EQ(w.h[1].k.breaks, 1);
	CHECK_EQ(w.h[1].k.break_reason, BTNS_REASON_PEER_DEAD);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	done();
}

/* two with one outer address, as behind one NAT, and networks of their own */
static void no_rival(void)
{
	gateways();
	third("192.168.2.0/24");
	world_policy(&w, 1, NET1, "192.168.2.0/24", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(NULL, "ike = { dpd = 0; };");
	first_packet();
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_crash(&w, 0);
	w.h[2].addr = w.h[0].addr;
	world_tunnel(&w, 2, "10.0.0.2");
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_packet(&w, 2, "192.168.2.5/32", "192.168.1.9/32", "10.0.0.2");
	world_advance(&w, 30000);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	CHECK_EQ(world_installed(&w, 1), 4);
	CHECK(!world_logged(&w, "claims an address of this peer"));
	world_fini(&w);
}

/* the peer moves while a rekey of ours is on its way to where it was */
static void moves_in_rekey(void)
{
	const char *conf =
		"identity = { id = \"fqdn:a.example\"; }; ike = { dpd = 3; };";
	struct world_nat *n = behind(conf);
	struct addr moved;
	size_t i;

	CHECK_EQ(world_installed(&w, 1), 2);
	world_tunnel(&w, 1, "198.51.100.9");
	world_nat_reset(n, "198.51.100.9");
	btnsd_events.expire(&w.h[1].d, w.h[1].d.sas->children->spi_in,
			    &w.h[1].addr, false);
	CHECK(w.h[1].d.sas->tasks && w.h[1].d.sas->tasks->larval);
	world_advance(&w, 30000);
	addr_parse(&moved, "198.51.100.9");
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *s = &w.h[1].k.sa[i];

		CHECK(!s->used || addr_equal(s->inbound ? &s->src : &s->dst,
					     &moved));
	}
	done();
}

/* one address inside is not one that a NAT has changed */
static void one_address(void)
{
	begin();
	world_policy(&w, 0, "192.168.0.5/32", NET1, 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, NET1, "192.168.0.5/32", 0, 0, 0, true);
	world_tunnel(&w, 1, "198.51.100.7");
	world_nat(&w, 0, "198.51.100.7");
	up(NULL, NULL);
	first_packet();
	CHECK(all_tunnels(0, "192.168.0.5/32", NET1));
	CHECK(all_tunnels(1, NET1, "192.168.0.5/32"));
	CHECK(!w.h[1].k.bound[0].remote_private.family);
	done();
}

/* policy goes from transport to tunnel mode while there is a child SA */
static void policy_changes(void)
{
	begin();
	world_policy(&w, 0, "10.0.0.1/32", "10.0.0.2/32", 0, 0, 0, true);
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	up("child = { lifetime = 200; };", NULL);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* the peer's changes: a rekey does not change the mode */
	world_tunnel(&w, 1, "10.0.0.1");
	world_advance(&w, 195000);
	CHECK(world_logged(&w, "the rekey asks for another mode"));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* ours too: what is there does not do for the next packet */
	world_tunnel(&w, 0, "10.0.0.2");
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	done();
}

/* ---- peers that prove nothing ------------------------------------------------ */

#define ANON_NETS "pad = ( { name = \"anon\"; auth = \"null\"; addresses = [ \"fd00:0:0:a::/64\", \"fd00:0:0:b::/64\" ]; } );"
#define ANON	"pad = ( { name = \"anon\"; auth = \"null\"; } );"

/* two of them, 0 and 2, and who serves them, with networks of IPv6 */
static void anonymous(const char *net0, const char *net2)
{
	world_init(&w);
	world_policy(&w, 0, net0, "fd01::/64", 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 2, net2, "fd01::/64", 0, 0, 0, true);
	world_tunnel(&w, 2, "10.0.0.2");
	/* one policy for all, wherever they are: what each has says the PAD */
	world_policy(&w, 1, "fd01::/64", "fd00::/48", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	w.h[1].k.policy[0].remote.family = 0;
	w.h[1].k.policy[1].remote.family = 0;
	up(ANON, ANON_NETS);
	CHECK(world_up(&w, 2, KEY_ED25519, ANON));
}

/* RFC 7619 section 2.5: each can have a /64, and nothing of the other's */
static void anonymous_net(void)
{
	anonymous("fd00:0:0:a::/64", "fd00:0:0:b::/64");
	world_packet(&w, 0, "fd00:0:0:a::5/128", "fd01::2/128", "10.0.0.2");
	world_run(&w);
	CHECK(all_tunnels(0, "fd00:0:0:a::/64", "fd01::/64"));
	CHECK(all_tunnels(1, "fd01::/64", "fd00:0:0:a::/64"));
	CHECK_EQ(w.h[1].k.bound[0].peer.method, BTNS_AUTH_METHOD_NONE);
	world_packet(&w, 2, "fd00:0:0:b::5/128", "fd01::2/128", "10.0.0.2");
	world_run(&w);
	CHECK(all_tunnels(2, "fd00:0:0:b::/64", "fd01::/64"));
	CHECK_EQ(world_installed(&w, 1), 4);
	done();

	/* what it asks for beyond that, it does not get */
	anonymous("fd00:0:0:8::/61", "fd00:0:0:a::/64");
	world_packet(&w, 0, "fd00:0:0:a::5/128", "fd01::2/128", "10.0.0.2");
	world_run(&w);
	CHECK(all_tunnels(0, "fd00:0:0:a::/64", "fd01::/64"));
	CHECK(all_tunnels(1, "fd01::/64", "fd00:0:0:a::/64"));
	world_packet(&w, 0, "fd00:0:0:c::5/128", "fd01::2/128", "10.0.0.2");
	world_packet(&w, 2, "fd00:0:0:a::6/128", "fd01::2/128", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(world_installed(&w, 2), 0);
	CHECK(all_tunnels(1, "fd01::/64", "fd00:0:0:a::/64"));
	done();
}

/* where policy is about its host, it has that alone, whatever it asks for */
static void anonymous_host(void)
{
	world_init(&w);
	world_policy(&w, 0, "10.0.0.0/24", "10.0.0.2/32", 0, 0, 0, true);
	world_tunnel(&w, 0, "10.0.0.2");
	world_policy(&w, 1, "10.0.0.2/32", "10.0.0.1/32", 0, 0, 0, true);
	world_tunnel(&w, 1, "10.0.0.1");
	up(ANON, ANON);
	world_packet(&w, 0, "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK(all_tunnels(0, "10.0.0.1/32", "10.0.0.2/32"));
	CHECK(all_tunnels(1, "10.0.0.2/32", "10.0.0.1/32"));
	world_packet(&w, 0, "10.0.0.9/32", "10.0.0.2/32", "10.0.0.2");
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 2);
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "two gateways: wide selectors, one pair of SAs", both_gateways },
		{ "two hosts in tunnel mode", two_hosts },
		{ "IPv6 in IPv4", other_version },
		{ "K12 K17 rekeys, a new IKE SA and a restart keep the mode", over_time },
		{ "K37 who wants which mode: no agreement, no SA", disagree },
		{ "a tunnel ends where policy says", other_end },
		{ "T02 T06 a named peer gets its network, an unknown one nothing of it",
		  owned },
		{ "B09 U12 a wide selector is cut down around what others own",
		  carved },
		{ "through a NAT that changes its address", behind_nat },
		{ "L32 another peer claims the network of a gateway that is dead",
		  rival_inside },
		{ "two peers of one outer address are no rivals by that", no_rival },
		{ "a peer that moves during a rekey gets its SAs where it is", moves_in_rekey },
		{ "through a NAT with one address inside", one_address },
		{ "policy changes the mode", policy_changes },
		{ "K59 U05 who proves nothing can have its /64, and no more of another's",
		  anonymous_net },
		{ "K59 U05 and its host alone, where policy is about that",
		  anonymous_host },
	};

	return KTAP_RUN(tests);
}
