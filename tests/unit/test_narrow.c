// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Selectors with ports, ranges of ports and types of ICMP from acquire to SA,
 * in both roles: what is offered, what is narrowed, what each end installs.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "craft.h"
#include "world.h"

static struct world w;

#define HOST0	"10.0.0.1/32"
#define HOST1	"10.0.0.2/32"
#define ECHO	0x800
#define REPLY	0
#define TYPE	0xff00

/** struct ports - what a policy or an SA is for, from its own host's side */
struct ports {
	uint16_t lport, lmask;
	uint16_t rport, rmask;
};

#define PORTS(...)	((struct ports){ __VA_ARGS__ })

/* the same from the other host's side */
static struct ports turned(struct ports p)
{
	return PORTS(p.rport, p.rmask, p.lport, p.lmask);
}

/* policies between the two hosts, that end with ports and masks of their own */
static void policy(int host, uint8_t proto, struct ports p)
{
	struct world_kern *k = &w.h[host].k;
	size_t i;

	world_policy(&w, host, host ? HOST1 : HOST0, host ? HOST0 : HOST1,
		     proto, 0, 0, true);
	for (i = k->n_policies - 2; i < k->n_policies; i++) {
		struct sel *s = &k->policy[i].sel;
		bool in = k->policy[i].inbound;
		bool types = proto == IPPROTO_ICMP;

		/* of ICMP a policy has the type of its direction */
		s->lport = types && in ? 0 : p.lport;
		s->lmask = types && in ? 0 : p.lmask;
		s->rport = types && !in ? 0 : p.rport;
		s->rmask = types && !in ? 0 : p.rmask;
	}
}

static void begin(void)
{
	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
}

static void up(void)
{
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
}

/* a packet of host 0 meets its first policy */
static void packet(uint8_t proto, uint16_t lport, uint16_t rport)
{
	const struct kern_policy *p = &w.h[0].k.policy[0];
	struct kern_acquire acq = {
		.local = w.h[0].addr,
		.remote = w.h[1].addr,
		.sel = { .proto = proto, .lport = lport, .lmask = 0xffff,
			 .rport = rport,
			 .rmask = proto == IPPROTO_ICMP ? 0 : 0xffff,
			 .local = w.h[0].addr, .remote = w.h[1].addr,
			 .local_plen = 32, .remote_plen = 32 },
		.policy = p->sel,
		.seq = 7,
		.reqid = p->reqid,
		.usable = true,
	};

	btnsd_events.acquire(&w.h[0].d, &acq);
	world_run(&w);
}

/* a packet of host 0 between two hosts that have these policies */
static void meet(uint8_t proto, struct ports a, struct ports b, uint16_t lport,
		 uint16_t rport)
{
	begin();
	policy(0, proto, a);
	policy(1, proto, b);
	up();
	packet(proto, lport, rport);
}

/* a host has one pair of SAs, and they are for these ports */
static void has_pair(int host, struct ports p)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *sa = &w.h[host].k.sa[i];

		if (!sa->used || sa->larval)
			continue;
		n++;
		CHECK_EQ(sa->sel.lport, p.lport);
		CHECK_EQ(sa->sel.lmask, p.lmask);
		CHECK_EQ(sa->sel.rport, p.rport);
		CHECK_EQ(sa->sel.rmask, p.rmask);
	}
	CHECK_EQ(n, 2);
}

/* both have one pair, for these ports from host 0's side */
static void agreed(struct ports p)
{
	has_pair(0, p);
	has_pair(1, turned(p));
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	world_fini(&w);
}

/* echo requests one way and replies the other, and nothing else */
static void echo(void)
{
	meet(IPPROTO_ICMP, PORTS(ECHO, TYPE, REPLY, TYPE),
	     PORTS(REPLY, TYPE, ECHO, TYPE), ECHO, 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	agreed(PORTS(ECHO, TYPE, REPLY, TYPE));
	CHECK_EQ(w.h[0].k.bound[0].sel.lport, ECHO);
	CHECK_EQ(w.h[0].k.bound[0].sel.lmask, TYPE);
	CHECK_EQ(w.h[1].k.bound[0].sel.rmask, TYPE);
	/* the next echo request has its SA */
	packet(IPPROTO_ICMP, ECHO, 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

/* the responder lets all of ICMP in and out, or only the type and code */
static void echo_narrowed(void)
{
	meet(IPPROTO_ICMP, PORTS(ECHO, TYPE, REPLY, TYPE), PORTS(0), ECHO, 0);
	agreed(PORTS(ECHO, TYPE, REPLY, TYPE));
	done();

	meet(IPPROTO_ICMP, PORTS(0), PORTS(REPLY, TYPE, ECHO, 0xffff), ECHO, 0);
	agreed(PORTS(ECHO, 0xffff, REPLY, TYPE));
	done();

	/* another type than that of the packet is of no use */
	meet(IPPROTO_ICMP, PORTS(0), PORTS(REPLY, TYPE, 0xd00, TYPE), ECHO, 0);
	CHECK_EQ(world_installed(&w, 0) + world_installed(&w, 1), 0);
	done();
}

/* one port, at either end */
static void one_port(void)
{
	meet(IPPROTO_UDP, PORTS(0, 0, 53, 0xffff), PORTS(53, 0xffff, 0, 0),
	     40000, 53);
	agreed(PORTS(0, 0, 53, 0xffff));
	done();
}

/* ranges with a mask, wider and narrower at the responder */
static void range(void)
{
	meet(IPPROTO_UDP, PORTS(0, 0, 1024, 0xfc00), PORTS(0), 40000, 1500);
	agreed(PORTS(0, 0, 1024, 0xfc00));
	done();

	meet(IPPROTO_UDP, PORTS(0), PORTS(1024, 0xfc00, 0, 0), 40000, 1500);
	agreed(PORTS(0, 0, 1024, 0xfc00));
	done();
}

/* what was in the last answer with a child SA */
static bool more, seen;

static bool look(struct world *x, struct packet *p)
{
	const struct ike_sa *sa = x->h[0].d.sas;
	static struct ike_msg m;

	if (p->from == 1 && sa && sa->has_keys && craft_open(sa, p, &m) &&
	    m.sa.present) {
		seen = true;
		more = ike_msg_notify_find(&m, IKE_N_ADDITIONAL_TS_POSSIBLE);
	}
	return true;
}

/* RFC 7296 2.9: two policies, one SA: the other could be had as well */
static void additional(void)
{
	int two;

	for (two = 0; two < 2; two++) {
		begin();
		policy(0, IPPROTO_UDP, PORTS(0));
		policy(1, IPPROTO_UDP, PORTS(1024, 0xfc00, 0, 0));
		if (two)
			policy(1, IPPROTO_UDP, PORTS(53, 0xffff, 0, 0));
		up();
		w.filter = look;
		seen = false;
		more = false;
		packet(IPPROTO_UDP, 40000, 53 + 1447 * !two);
		CHECK(seen);
		CHECK_EQ(more, two);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		done();
	}
}

/* drops answers; the first wide request is refused by another */
static bool no_answer(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_CREATE_CHILD_SA;
}

/* RFC 7296 2.9: SINGLE_PAIR_REQUIRED: asked again, for the packet only */
static void single_pair(void)
{
	static uint8_t buf[256];
	struct ike_build b;
	struct ike_sa *sa;

	begin();
	policy(0, IPPROTO_UDP, PORTS(0));
	policy(1, 0, PORTS(0));
	world_policy(&w, 0, HOST0, HOST1, IPPROTO_TCP, 0, 0, true);
	up();
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	w.filter = no_answer;
	packet(IPPROTO_UDP, 40000, 53);
	sa = world_sa(&w, 1);
	/* host 1 would have agreed; what it says instead: */
	while (sa && sa->children && sa->children->sel.proto == IPPROTO_UDP)
		child_gone(sa->children, false);
	w.filter = NULL;
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_notify(&b, IKE_N_SINGLE_PAIR_REQUIRED, span(NULL, 0));
	craft_answer(&w, sa, 1, 0, IKE_CREATE_CHILD_SA, sa->recv_mid - 1, &b);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	sa = world_sa(&w, 0);
	CHECK_EQ(sa->children->sel.proto, IPPROTO_UDP);
	CHECK_EQ(sa->children->sel.lport, 40000);
	CHECK_EQ(sa->children->sel.lmask, 0xffff);
	CHECK_EQ(sa->children->sel.rport, 53);
	done();
}

/* our own inbound policy is for less than the outbound: no more is offered */
static void own_inbound(void)
{
	begin();
	policy(0, IPPROTO_UDP, PORTS(0));
	w.h[0].k.policy[1].sel.rport = 1024;
	w.h[0].k.policy[1].sel.rmask = 0xfc00;
	policy(1, 0, PORTS(0));
	up();
	packet(IPPROTO_UDP, 40000, 1500);
	agreed(PORTS(0, 0, 1024, 0xfc00));
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a policy for ICMP echo gives an SA for it, both ways", echo },
		{ "types of ICMP are narrowed to what both ends have",
		  echo_narrowed },
		{ "T08 T10 one port at either end", one_port },
		{ "a range of ports by a mask, wider and narrower", range },
		{ "what both our policies allow is offered", own_inbound },
		{ "RFC 7296 2.9: a responder tells that there is more",
		  additional },
		{ "RFC 7296 2.9: SINGLE_PAIR_REQUIRED is served", single_pair },
	};

	return KTAP_RUN(tests);
}
