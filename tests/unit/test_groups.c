// SPDX-License-Identifier: GPL-2.0-or-later
/* Policy groups: what a helper makes of them. */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>

#include "conf_check.h"
#include "groups_dir.h"
#include "world.h"

static struct world w;

#define PRIVATE	"groups = { private = [ \"10.0.0.0/24\" ]; };"
#define PAD	"pad = ( { name = \"any\"; btns = true; any = true; } );"
#define LATER	"groups = { clear_or_private = [ \"10.0.0.0/24\" ]; };"

static void up(int host, const char *conf)
{
	world_pad_any(&w, host);
	CHECK(world_up(&w, host, KEY_ED25519, conf));
}

static void peers(void)
{
	world_init(&w);
	up(0, PRIVATE);
	up(1, LATER);
	CHECK_EQ(w.h[0].k.n_policies, 3);
	/* who leaves it to the peer does not ask, whatever its kernel says */
	world_acquire(&w, 1, 0, 80);
	world_advance(&w, 100);
	CHECK_EQ(w.sent, 0);
	CHECK(!w.h[1].d.sas);
	/* the peer asks, and is served */
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

#define ANON(more) \
	"pad = ( { name = \"anon\"; auth = \"null\"; " more " } );"
#define ANYBODY	ANON("")

/* two hosts that prove nothing to each other, the second with these groups */
static void nobody(int from, const char *conf, bool served)
{
	world_init(&w);
	CHECK(world_up(&w, 0, KEY_ED25519,
		       "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY));
	CHECK(world_up(&w, 1, KEY_ED25519, conf));
	world_acquire(&w, from, !from, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), served);
	CHECK_EQ(world_installed(&w, 1), served ? 2 : 0);
}

static void proof(void)
{
	static const char *const open[] = {
		"groups = { clear_or_private = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private = [ \"10.0.0.0/24\" ];"
		" clear_or_private = [ \"10.0.0.1\" ]; };" ANYBODY,
	}, *const closed[] = {
		"groups = { private = [ \"10.0.0.0/24\" ]; };" ANYBODY,
		"groups = { private = [ \"10.0.0.0/24\" ]; };"
		ANON("addresses = [ \"10.0.0.0/24\" ];"),
		"groups = { clear_or_private = [ \"10.0.0.0/24\" ];"
		" private = [ \"10.0.0.1\" ]; };" ANYBODY,
	};
	size_t i;
	int from;

	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		nobody(0, open[i], true);
		world_fini(&w);
	}
	/* whoever of the two begins */
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		for (from = 0; from < 2; from++) {
			nobody(from, closed[i], false);
			CHECK(world_logged(&w, "it is anonymous, and the group private"));
			world_fini(&w);
		}
	}
	/* a policy of the administrator's own is no group's */
	world_init(&w);
	world_protect(&w, 1);
	CHECK(world_up(&w, 0, KEY_ED25519,
		       "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY));
	CHECK(world_up(&w, 1, KEY_ED25519, ANYBODY));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

/* a child SA that its peer would not get any more is taken back by a reload */
static void regrouped(void)
{
	static const char *const stays =
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };" ANYBODY;
	struct world_kern *k = &w.h[1].k;
	size_t i;

	nobody(0, LATER ANYBODY, true);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(stays)));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(PRIVATE ANYBODY)));
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK(world_logged(&w, "deleted: it is anonymous, and the group private"));
	world_run(&w);
	CHECK_EQ(world_installed(&w, 0), 0);
	world_fini(&w);

	/* whoever has a key keeps it */
	world_init(&w);
	up(0, PRIVATE);
	up(1, LATER);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(!btnsd_reload(&w.h[1].d, conf_good(PRIVATE)));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* also without any policy, but not with one for those with names */
	CHECK(!btnsd_reload(&w.h[1].d, conf_good("groups = { };")));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_protect(&w, 1);
	for (i = 0; i < k->n_policies; i++)
		k->policy[i].btns_ok = false;
	CHECK(!btnsd_reload(&w.h[1].d, conf_good("")));
	CHECK_EQ(world_installed(&w, 1), 0);
	world_fini(&w);
}

/* what a host forwards to a group asks from an address that is not its own */
static void asked_for_others(void)
{
	static const char *const groups[] = {
		PRIVATE,
		"groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };",
	};
	struct kern_acquire acq = {
		.sel = { .local_plen = 32, .remote_plen = 32 },
		.seq = 7,
		.reqid = GROUPS_REQID,
		.usable = true,
	};
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		world_init(&w);
		up(0, groups[i]);
		up(1, groups[i]);
		CHECK(addr_parse(&acq.local, "192.0.2.9"));
		acq.remote = w.h[1].addr;
		acq.sel.local = acq.local;
		acq.sel.remote = acq.remote;
		acq.policy = w.h[0].k.policy[0].sel;
		btnsd_events.acquire(&w.h[0].d, &acq);
		acq.local.b[3]++;
		acq.sel.local = acq.local;
		btnsd_events.acquire(&w.h[0].d, &acq);
		CHECK(!w.h[0].d.sas);
		world_advance(&w, 60000);
		CHECK_EQ(w.sent, 0);
		CHECK_EQ(w.h[0].d.stats.foreign, 2);
		CHECK_EQ(w.h[0].d.stats.fallbacks, 0);
		CHECK_EQ(w.h[0].k.n_policies, 3);
		CHECK(world_logged(&w, "192.0.2.9") &&
		      world_logged(&w, "no address of this host") &&
		      !world_logged(&w, "192.0.2.10"));
		/* its own is as ever */
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(w.h[0].d.stats.foreign, 2);
		world_fini(&w);
	}
}

static void lives(void)
{
	struct world_kern *k = &w.h[0].k;
	uint32_t index;

	world_init(&w);
	up(0, PRIVATE);
	CHECK_EQ(k->n_policies, 3);
	index = k->policy[0].index;

	/* it stays when btnsd dies, and another finds it as it should be */
	world_crash(&w, 0);
	CHECK_EQ(k->n_policies, 3);
	world_forget_log(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, PRIVATE));
	CHECK_EQ(k->policy[0].index, index);
	CHECK(!world_logged(&w, "changes of policies"));

	/* another group: in its place */
	CHECK(!btnsd_reload(&w.h[0].d,
			    conf_good("groups = { block = [ \"10.0.0.0/24\" ]; };")));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].index, index);
	CHECK_EQ(k->policy[0].action, KERN_BLOCK);

	/* not a word of groups leaves all as it is; none takes all away */
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	CHECK_EQ(k->n_policies, 3);
	CHECK(world_logged(&w, "its policies stay"));
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("groups = { };")));
	CHECK_EQ(k->n_policies, 0);
	world_fini(&w);
}

/* a policy of those that a host has; NULL if there is none like it */
static struct kern_policy *of(int host, int dir, const char *remote)
{
	struct world_kern *k = &w.h[host].k;
	struct addr a;
	uint8_t plen;
	size_t i;

	CHECK(addr_parse_prefix(&a, &plen, remote));
	for (i = 0; i < k->n_policies; i++)
		if (dir_of(&k->policy[i]) == dir &&
		    k->policy[i].sel.remote_plen == plen &&
		    addr_equal(&k->policy[i].sel.remote, &a))
			return &k->policy[i];
	return NULL;
}

#define MANY \
	"groups = { private = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.9\" ];" \
	" block = [ \"10.7.0.0/16\" ]; };"

/* what the kernel says of a change, and time for what comes of it */
static void told(unsigned int ms)
{
	btnsd_events.policy_changed(&w.h[0].d);
	world_advance(&w, ms);
}

static void put_back(void)
{
	struct world_kern *k = &w.h[0].k;
	struct kern_policy p;
	unsigned int i, n;

	world_init(&w);
	up(0, MANY);
	CHECK_EQ(k->n_policies, 9);
	/* nothing has changed: nothing is done, or said */
	world_forget_log(&w);
	told(1);
	CHECK(!world_logged(&w, "groups:"));

	/* one is deleted, and there again before time goes on */
	for (i = 0; i < DIRS; i++) {
		if (!CHECK(of(0, (int)i, "10.0.0.0/24")))
			break;
		p = *of(0, (int)i, "10.0.0.0/24");
		world_del_policy(k, &p);
		told(1);
		CHECK_EQ(k->n_policies, 9);
		CHECK(of(0, (int)i, "10.0.0.0/24") &&
		      of(0, (int)i, "10.0.0.0/24")->priority == p.priority &&
		      of(0, (int)i, "10.0.0.0/24")->btns_ok);
	}
	CHECK(world_logged(&w, "somebody else deleted or changed policies") &&
	      world_logged(&w, "which are put right: 1 steps, the first for") &&
	      world_logged(&w, "10.0.0.0/24") && world_logged(&w, "private)"));
	/* a flag of the module, a template, what it does */
	p = *of(0, OUT, "10.0.0.0/24");
	of(0, OUT, "10.0.0.0/24")->btns_ok = false;
	told(1);
	CHECK(of(0, OUT, "10.0.0.0/24")->btns_ok);
	of(0, IN, "10.0.0.0/24")->optional = true;
	of(0, FWD, "10.7.0.0/16")->action = KERN_BYPASS;
	told(1);
	CHECK(!of(0, IN, "10.0.0.0/24")->optional);
	CHECK_EQ(of(0, FWD, "10.7.0.0/16")->action, KERN_BLOCK);

	/* all are flushed; and events are lost */
	k->n_policies = 0;
	told(1);
	CHECK_EQ(k->n_policies, 9);
	k->n_policies = 4;
	btnsd_events.lost(&w.h[0].d);
	world_advance(&w, 1);
	CHECK_EQ(k->n_policies, 9);

	/* somebody who insists is followed, but not without a bound */
	world_advance(&w, 2000);
	for (i = n = 0; i < 1000; i++) {
		if (k->n_policies == 9)
			n++;
		k->n_policies = 8;
		told(1);
	}
	CHECK(n > 10 && n < 30);
	world_advance(&w, 1000);
	CHECK_EQ(k->n_policies, 9);
	world_fini(&w);
}

/* what stands in the way of one keeps no other away; what fails is done later */
static void put_back_later(void)
{
	struct world_kern *k = &w.h[0].k;
	struct kern_policy p;

	world_init(&w);
	up(0, MANY);
	p = *of(0, OUT, "10.0.0.9");
	k->n_policies = 0;
	p.priority = 7;
	p.action = KERN_BLOCK;
	CHECK_EQ(world_put_policy(k, &p, false), 0);
	told(1);
	CHECK_EQ(k->n_policies, 9);
	CHECK_EQ(of(0, OUT, "10.0.0.9")->priority, 7);
	CHECK(world_logged(&w, "until then its traffic is not under the groups"));
	world_forget_log(&w);
	told(1);
	CHECK(!world_logged(&w, "under the groups"));

	k->n_policies = 1;
	k->fail_policy = 3;
	told(1);
	/* one that fails keeps no other away either */
	CHECK_EQ(k->n_policies, 8);
	CHECK(world_logged(&w, "cannot be put right"));
	world_advance(&w, 1000);
	CHECK_EQ(k->n_policies, 9);

	/* without groups in the configuration they are nobody's */
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	k->n_policies = 2;
	told(2000);
	CHECK_EQ(k->n_policies, 2);
	world_fini(&w);
}

static void fails(void)
{
	struct world_kern *k = &w.h[0].k;
	struct conf *c;

	world_init(&w);
	up(0, PRIVATE);
	/* the kernel fails in the middle: the old configuration is in force */
	c = conf_good("groups = { block = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.3\" ]; };");
	k->fail_policy = 3;
	CHECK(btnsd_reload(&w.h[0].d, c));
	conf_free(c);
	CHECK(world_logged(&w, "4 of 6 steps from the configuration"));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);
	CHECK_EQ(k->policy[1].action, KERN_PROTECT);
	/* so does the PAD, and it comes last */
	c = conf_good("groups = { clear = [ \"10.0.0.0/24\" ]; };" PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	conf_free(c);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);

	/* somebody else's policy in the band: not a step is taken */
	k->policy[0].sel.lport = 80;
	k->policy[0].sel.lmask = 0xffff;
	k->policy[0].sel.proto = IPPROTO_TCP;
	world_crash(&w, 0);
	CHECK(!world_up(&w, 0, KEY_ED25519, LATER));
	CHECK(world_logged(&w, "is not btnsd's, and has a priority that is"));
	CHECK_EQ(k->n_policies, 3);
	CHECK(!k->policy[1].optional);
	world_fini(&w);
}

/* the old configuration has no word of groups, and policies may be there */
static void fails_without(void)
{
	struct world_kern *k = &w.h[0].k;
	struct conf *c;
	unsigned int at;
	uint32_t index;

	world_init(&w);
	up(0, "");
	c = conf_good(PRIVATE PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 0);
	k->fail_policy = 2;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 0);
	conf_free(c);
	world_fini(&w);

	/* what a dropped "groups" has left is put back as it was */
	world_init(&w);
	up(0, "groups = { private_or_clear = [ \"10.0.0.0/24\" ]; };");
	CHECK(!btnsd_reload(&w.h[0].d, conf_good("")));
	CHECK_EQ(k->n_policies, 3);
	index = k->policy[0].index;
	c = conf_good("groups = { block = [ \"10.0.0.0/24\" ]; clear = [ \"10.0.0.3\" ]; };"
		 PAD);
	for (at = 1; at <= 4; at++) {
		k->fail_policy = at;
		CHECK(btnsd_reload(&w.h[0].d, c));
		CHECK_EQ(k->n_policies, 3);
		CHECK(k->policy[0].index == index ||
		      k->policy[1].index == index);
		CHECK_EQ(k->policy[0].priority,
			 LBTNS_GROUP_PRIO + 104 * 10 +
				 LBTNS_GROUP_PRIVATE_OR_CLEAR);
		CHECK_EQ(k->policy[0].action, KERN_PROTECT);
		CHECK(!k->policy[0].optional != !k->policy[1].optional);
	}
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 3);
	CHECK_EQ(k->policy[0].action, KERN_PROTECT);
	/* nor does a failure that is not about groups touch them */
	conf_free(c);
	c = conf_good(PAD);
	k->fail_pad = 1;
	CHECK(btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(k->n_policies, 3);
	conf_free(c);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 what is forwarded to a group makes no IKE, nor a fallback",
		  asked_for_others },
		{ "U02 U09 private asks, clear-or-private only answers", peers },
		{ "U02 B03 private is for who proves a key, other groups for anybody", proof },
		{ "U02 U12 B03 reload: SAs that would not be given by the new group go",
		  regrouped },
		{ "U02 policies outlast btnsd and follow the configuration", lives },
		{ "U02 U09 what somebody deletes or changes is put back at once", put_back },
		{ "U02 ... whatever else is there, and as soon as it can be", put_back_later },
		{ "U02 a failure leaves the old groups in force", fails },
		{ "U02 also where the old configuration has no groups", fails_without },
	};

	return KTAP_RUN(tests);
}
