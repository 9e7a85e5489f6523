// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `btnsctl why` concludes: which policy decides, who may be there, which
 * SA is taken (B09, U08, U09).
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "btnsctl/why.h"
#include "ktap.h"

#define MAX 8

static struct lbtns_spd_policy policies[MAX];
static struct spdlist_flags flags[MAX];
static struct lbtns_pad_entry pad[MAX];
static struct lbtns_sad_sa sad[MAX];
static struct lbtns_sa sas[MAX];
static bool peer[MAX];
static struct why w;

static struct lbtns_prefix prefix(const char *text)
{
	struct lbtns_prefix p = { 0 };

	CHECK_EQ(lbtns_prefix_parse(text, &p, NULL), 0);
	return p;
}

/* tcp from 192.0.2.1 to 192.0.2.2:443, and nothing that decides */
static void fresh(void)
{
	memset(policies, 0, sizeof(policies));
	memset(pad, 0, sizeof(pad));
	memset(sad, 0, sizeof(sad));
	memset(sas, 0, sizeof(sas));
	memset(peer, 0, sizeof(peer));
	memset(&w, 0, sizeof(w));
	w.pkt.proto = IPPROTO_TCP;
	w.pkt.local = prefix("192.0.2.1");
	w.pkt.remote = prefix("192.0.2.2");
	w.pkt.rport = 443;
	w.spd.policies = policies;
	w.spd.flags = flags;
	w.pad = pad;
	w.sad = sad;
	w.sas = sas;
	w.peer = peer;
}

static struct lbtns_spd_policy *policy(uint8_t dir, uint8_t action,
				       const char *src, const char *dst)
{
	struct lbtns_spd_policy *p = &policies[w.spd.n++];

	p->index = (uint32_t)w.spd.n;
	p->dir = dir;
	p->action = action;
	p->src = prefix(src);
	p->dst = prefix(dst);
	if (action == LBTNS_SPD_PROTECT) {
		p->n_tmpl = 1;
		p->tmpl[0].proto = IPPROTO_ESP;
	}
	return p;
}

static struct lbtns_spd_policy *protect(bool btns_ok)
{
	struct lbtns_spd_policy *p = policy(LBTNS_SPD_OUT, LBTNS_SPD_PROTECT,
					    "0.0.0.0/0", "192.0.2.0/24");

	flags[w.spd.n_flags].index = p->index;
	flags[w.spd.n_flags++].flags = btns_ok ? BTNS_POLICY_FLAGS_BTNS_OK : 0;
	return p;
}

static void entry(const char *name, uint32_t fl, const char *addr)
{
	struct lbtns_pad_entry *e = &pad[w.n_pad++];

	strcpy(e->name, name);
	e->flags = fl;
	e->id.type = fl > BTNS_PAD_FLAGS_BTNS ? BTNS_ID_TYPE_NONE :
		     fl			      ? BTNS_ID_TYPE_PUBLICKEY :
						BTNS_ID_TYPE_FQDN;
	if (fl <= BTNS_PAD_FLAGS_BTNS)
		memset(e->id.digest, *name, BTNS_DIGEST_LEN);
	if (addr)
		e->prefixes[e->n_prefixes++] = prefix(addr);
}

static void wildcard(void)
{
	entry("any", BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD, NULL);
}

/* one that nobody vouched for, made later than those before */
static struct lbtns_sad_sa *bare_sa(const char *to)
{
	struct lbtns_sad_sa *x = &sad[w.n_sad++];

	x->spi = (uint32_t)w.n_sad;
	x->proto = IPPROTO_ESP;
	x->src = prefix("192.0.2.1");
	x->dst = prefix(to);
	x->added = w.n_sad;
	return x;
}

static struct lbtns_sa *sa(uint64_t id, const char *to)
{
	struct lbtns_sa *s = &sas[w.n_sas++];

	s->id = id;
	s->spi = bare_sa(to)->spi;
	s->proto = IPPROTO_ESP;
	s->daddr = prefix(to);
	s->sel.local = prefix("192.0.2.1");
	s->sel.remote = prefix("192.0.2.2");
	return s;
}

static enum why_result result(void)
{
	CHECK(why_decide(&w));
	return w.result;
}

static void no_policy(void)
{
	fresh();
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK(!w.out);
	w.out_blocked = true;
	CHECK_EQ(result(), WHY_DROPPED);
}

static void actions(void)
{
	fresh();
	policy(LBTNS_SPD_OUT, LBTNS_SPD_BYPASS, "0.0.0.0/0", "192.0.2.2");
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK_EQ(w.out->index, 1);
	policies[0].action = LBTNS_SPD_BLOCK;
	CHECK_EQ(result(), WHY_DROPPED);
}

static void selectors(void)
{
	struct lbtns_spd_policy *p;

	fresh();
	p = policy(LBTNS_SPD_OUT, LBTNS_SPD_BLOCK, "0.0.0.0/0", "192.0.2.2");
	p->dport = 80;
	p->dport_mask = 0xffff;
	p->proto = IPPROTO_TCP;
	CHECK_EQ(result(), WHY_CLEAR);
	p->dport = 443;
	CHECK_EQ(result(), WHY_DROPPED);
	p->proto = IPPROTO_UDP;
	CHECK_EQ(result(), WHY_CLEAR);
	p->proto = 0;
	p->dport = 0;
	p->src = prefix("198.51.100.0/24");
	CHECK_EQ(result(), WHY_CLEAR);
	/* what comes in is seen from there */
	fresh();
	p = policy(LBTNS_SPD_IN, LBTNS_SPD_BLOCK, "192.0.2.2", "192.0.2.1");
	p->proto = IPPROTO_TCP;
	p->sport = 443;
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK(w.in == p);
}

static void doubtful(void)
{
	fresh();
	policy(LBTNS_SPD_OUT, LBTNS_SPD_BLOCK, "0.0.0.0/0", "0.0.0.0/0")
		->partial = true;
	policy(LBTNS_SPD_OUT, LBTNS_SPD_BYPASS, "0.0.0.0/0", "0.0.0.0/0");
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK_EQ(w.out->index, 2);
	CHECK(w.doubt && w.doubt->index == 1);
}

static void nobody(void)
{
	fresh();
	protect(true);
	CHECK_EQ(result(), WHY_DROPPED);
	entry("far", 0, "198.51.100.0/24");
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK_EQ(w.n_peers, 0);
}

static void btns_needs_flag(void)
{
	fresh();
	protect(false);
	wildcard();
	CHECK_EQ(result(), WHY_DROPPED);
	fresh();
	protect(true);
	wildcard();
	CHECK_EQ(result(), WHY_HELD);
	CHECK(peer[0]);
}

static void owned(void)
{
	fresh();
	protect(true);
	entry("db", 0, "192.0.2.2");
	wildcard();
	CHECK_EQ(result(), WHY_HELD);
	CHECK(peer[0]);
	CHECK(!peer[1]);
	CHECK_EQ(w.n_peers, 1);
}

static void sa_taken(void)
{
	struct lbtns_sa *one;

	fresh();
	protect(true);
	wildcard();
	/* ours to receive with */
	sa(9, "192.0.2.1");
	CHECK_EQ(result(), WHY_HELD);
	CHECK(!w.sa);
	w.n_peers = 0;
	sa(3, "192.0.2.2");
	sa(5, "192.0.2.2");
	one = sa(7, "192.0.2.2");
	one->sel.rport = 80;
	one->sel.rmask = 0xffff;
	CHECK_EQ(result(), WHY_PROTECTED);
	CHECK(w.sa && w.sa->id == 5);
}

/* what the kernel asks of an SA before it takes it */
static void sa_fits(void)
{
	struct lbtns_sad_sa *x;

	fresh();
	protect(true)->tmpl[0].reqid = 7;
	wildcard();
	x = bare_sa("192.0.2.2");
	CHECK_EQ(result(), WHY_HELD);
	x->reqid = 7;
	CHECK_EQ(result(), WHY_PROTECTED);
	x->partial = true;
	CHECK_EQ(result(), WHY_HELD);
	x->partial = false;
	x->proto = IPPROTO_AH;
	CHECK_EQ(result(), WHY_HELD);
	x->proto = IPPROTO_ESP;
	x->mode = 1;
	CHECK_EQ(result(), WHY_HELD);
	x->mode = 0;
	x->src = prefix("192.0.2.9");
	CHECK_EQ(result(), WHY_HELD);
	x->src = prefix("192.0.2.1");
	x->has_sel = true;
	x->sel.local = prefix("0.0.0.0/0");
	x->sel.remote = prefix("192.0.2.0/24");
	CHECK_EQ(result(), WHY_PROTECTED);
	x->sel.proto = IPPROTO_UDP;
	CHECK_EQ(result(), WHY_HELD);
	CHECK(!w.under);
}

/* an SA without a binding carries the packet, or drops it if all is vouched for */
static void unvouched(void)
{
	fresh();
	protect(true);
	wildcard();
	sa(3, "192.0.2.2")->peer.type = BTNS_ID_TYPE_PUBLICKEY;
	CHECK_EQ(result(), WHY_PROTECTED);
	CHECK(w.sa && w.by);
	w.by = NULL;
	/* it is the newest, so the kernel takes it for what comes now */
	bare_sa("192.0.2.2");
	CHECK_EQ(result(), WHY_PROTECTED);
	CHECK(w.under == &sad[1] && !w.sa && !w.by);
	CHECK(strstr(w.text, "nobody vouched"));
	w.strict = true;
	CHECK_EQ(result(), WHY_DROPPED);
	sad[1].added = 0;
	CHECK_EQ(result(), WHY_PROTECTED);
	CHECK(w.under == &sad[0] && w.sa == &sas[0]);
}

static void tunnel(void)
{
	struct lbtns_spd_policy *p;

	fresh();
	p = protect(true);
	p->tmpl[0].mode = 1;
	p->tmpl[0].dst = prefix("203.0.113.1");
	wildcard();
	sa(3, "192.0.2.2");
	CHECK_EQ(result(), WHY_HELD);
	w.n_peers = 0;
	sa(4, "203.0.113.1");
	CHECK_EQ(result(), WHY_HELD);
	sad[1].mode = 1;
	CHECK_EQ(result(), WHY_PROTECTED);
	CHECK(w.sa && w.sa->id == 4);
}

static void optional(void)
{
	fresh();
	protect(true)->tmpl[0].optional = true;
	wildcard();
	CHECK_EQ(result(), WHY_CLEAR);
	w.n_peers = 0;
	sa(3, "192.0.2.2");
	CHECK_EQ(result(), WHY_PROTECTED);
}

/* a policy that btnsd made of a group, as its priority says */
static struct lbtns_spd_policy *of_group(enum lbtns_group group)
{
	struct lbtns_spd_policy *p = protect(true);

	p->priority = LBTNS_GROUP_PRIO + 8 * LBTNS_GROUP_PRIO_STEP + group;
	return p;
}

/* of the group private, nobody is let in who proves nothing */
static void anonymous(void)
{
	struct lbtns_spd_policy *p;

	fresh();
	p = of_group(LBTNS_GROUP_PRIVATE);
	entry("anon", BTNS_PAD_FLAGS_ANONYMOUS, "192.0.2.0/24");
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK(!peer[0]);
	/* a policy of the administrator's own is as it says */
	p->priority = 0;
	CHECK_EQ(result(), WHY_HELD);
	CHECK(peer[0]);
	/* who has a key is let in by both */
	fresh();
	of_group(LBTNS_GROUP_PRIVATE);
	entry("any", BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD,
	      "192.0.2.0/24");
	entry("anon", BTNS_PAD_FLAGS_ANONYMOUS, "192.0.2.0/24");
	CHECK_EQ(result(), WHY_HELD);
	CHECK(peer[0]);
	CHECK(!peer[1]);
	CHECK_EQ(w.n_peers, 1);
	/* nor if only what comes in is of that group */
	fresh();
	of_group(LBTNS_GROUP_PRIVATE_OR_CLEAR);
	p = policy(LBTNS_SPD_IN, LBTNS_SPD_PROTECT, "192.0.2.0/24",
		   "0.0.0.0/0");
	p->priority = LBTNS_GROUP_PRIO + LBTNS_GROUP_PRIVATE;
	entry("anon", BTNS_PAD_FLAGS_ANONYMOUS, "192.0.2.0/24");
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK_EQ(w.n_peers, 0);
	fresh();
	of_group(LBTNS_GROUP_PRIVATE_OR_CLEAR);
	entry("anon", BTNS_PAD_FLAGS_ANONYMOUS, "192.0.2.0/24");
	CHECK_EQ(result(), WHY_HELD);
	CHECK(peer[0]);
}

/* the entry of whom an SA was made with */
static const char *by(uint8_t type, char digest)
{
	struct lbtns_sa *s;

	fresh();
	protect(true);
	entry("db", 0, NULL);
	entry("key", BTNS_PAD_FLAGS_BTNS, NULL);
	wildcard();
	entry("0", BTNS_PAD_FLAGS_ANONYMOUS, NULL);
	s = sa(3, "192.0.2.2");
	s->peer.type = type;
	memset(s->peer.digest, digest, BTNS_DIGEST_LEN);
	CHECK_EQ(result(), WHY_PROTECTED);
	return w.by ? w.by->name : "none";
}

static void by_entry(void)
{
	CHECK(!strcmp(by(BTNS_ID_TYPE_FQDN, 'd'), "db"));
	CHECK(!strcmp(by(BTNS_ID_TYPE_FQDN, 'e'), "none"));
	CHECK(!strcmp(by(BTNS_ID_TYPE_PUBLICKEY, 'k'), "key"));
	CHECK(!strcmp(by(BTNS_ID_TYPE_PUBLICKEY, 'd'), "any"));
	CHECK(!strcmp(by(BTNS_ID_TYPE_NONE, 0), "0"));
	/* without an SA there is none */
	w.n_sas = 0;
	w.n_sad = 0;
	w.by = NULL;
	CHECK_EQ(result(), WHY_HELD);
	CHECK(!w.by);
}

static bool says(const char *text)
{
	return strstr(w.text, text);
}

/* where a fallback may follow, and where none may */
static void fallback(void)
{
	struct lbtns_spd_policy *p;

	fresh();
	p = of_group(LBTNS_GROUP_PRIVATE_OR_CLEAR);
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK(says("nobody be there") && says("in the clear for a while"));
	wildcard();
	CHECK_EQ(result(), WHY_HELD);
	CHECK(says("no SA yet") && says("in the clear for a while"));
	p->priority++;
	CHECK_EQ(result(), WHY_HELD);
	CHECK(!says("in the clear"));
	/* one that is in force */
	fresh();
	p = policy(LBTNS_SPD_OUT, LBTNS_SPD_BYPASS, "192.0.2.1", "192.0.2.2");
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK(!says("fallback"));
	p->priority = LBTNS_GROUP_PRIO_FALLBACK;
	CHECK_EQ(result(), WHY_CLEAR);
	CHECK(says("fallback"));
}

/* nobody makes the SA that is missing; what goes in the clear goes so without */
static void no_daemon(void)
{
	fresh();
	protect(true);
	entry("any", BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD, NULL);
	w.no_daemon = true;
	CHECK(why_decide(&w));
	CHECK_EQ(w.result, WHY_DROPPED);
	CHECK(strstr(w.text, "is btnsd running?"));
	fresh();
	w.no_daemon = true;
	CHECK(why_decide(&w));
	CHECK_EQ(w.result, WHY_CLEAR);
}

/* its own latch, whatever policy says */
static void broken(void)
{
	fresh();
	w.broken = 1;
	CHECK(why_decide(&w));
	CHECK_EQ(w.result, WHY_CLEAR);
	w.own_broken = true;
	CHECK(why_decide(&w));
	CHECK_EQ(w.result, WHY_DROPPED);
	CHECK(strstr(w.text, "its latch is broken"));
}

/* one that stands holds the packet to what it was made with */
static void stands(void)
{
	fresh();
	w.has_own = true;
	w.own.state = BTNS_LATCH_STATE_ESTABLISHED;
	w.own.peer.type = BTNS_ID_TYPE_PUBLICKEY;
	memset(w.own.peer.digest, 'k', BTNS_DIGEST_LEN);
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK(strstr(w.text, "what is not protected"));
	protect(true);
	wildcard();
	CHECK_EQ(result(), WHY_HELD);
	sa(3, "192.0.2.2")->peer = w.own.peer;
	CHECK_EQ(result(), WHY_PROTECTED);
	sas[0].peer.digest[0] = 'l';
	CHECK_EQ(result(), WHY_DROPPED);
	CHECK(strstr(w.text, "another peer"));
	w.n_sas = 0;
	CHECK_EQ(result(), WHY_DROPPED);
	/* of nobody, as the SA is */
	memset(&w.own.peer, 0, sizeof(w.own.peer));
	CHECK_EQ(result(), WHY_PROTECTED);
	/* what has no peer yet takes whom the SA has */
	w.n_sas = 1;
	w.own.state = BTNS_LATCH_STATE_LARVAL;
	CHECK_EQ(result(), WHY_PROTECTED);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "without a policy the kernel's default decides", no_policy },
		{ "bypass and block", actions },
		{ "addresses, ports, protocol, both directions", selectors },
		{ "a policy that may decide before is told", doubtful },
		{ "U08 protection with nobody in the PAD drops", nobody },
		{ "U09 BTNS peers need btns-ok", btns_needs_flag },
		{ "B09 who owns the address keeps the wildcard away", owned },
		{ "the newest SA that leads there is taken", sa_taken },
		{ "as the template wants it: reqid, mode, protocol, addresses",
		  sa_fits },
		{ "L04 one that nobody vouched for says nothing of a peer",
		  unvouched },
		{ "a tunnel's SA leads to its other end", tunnel },
		{ "optional protection", optional },
		{ "U05 private has no place for who proves nothing", anonymous },
		{ "U08 the entry of the peer that the SA was made with",
		  by_entry },
		{ "private-or-clear: a fallback may follow, or is in force",
		  fallback },
		{ "nobody is there to make an SA", no_daemon },
		{ "L10 a packet of a broken latch is dropped", broken },
		{ "L04 L10 and so is what its latch does not let pass", stands },
	};

	return KTAP_RUN(tests);
}
