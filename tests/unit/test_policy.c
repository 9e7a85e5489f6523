// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's policies as btnsd reads and makes them, against a libbtns whose
 * kernel is an array: what becomes of a policy whose flags cannot be set.
 */
#include "ktap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "btnsd/kern.h"
#include "btnsd/pad.h"
#include "libbtns/btns.h"
#include "libbtns/spd.h"

#define POLICIES	64

/* two handles that are never looked into */
static char handles[2];
#define SPD	((struct lbtns *)(void *)&handles[0])
#define MODULE	((struct lbtns *)(void *)&handles[1])

static struct lbtns_spd_policy spd[POLICIES];
static uint32_t flags[POLICIES];
static size_t n_spd;
/* the calls that fail, and the last error of each handle, by itself */
static bool fail_get, fail_set, fail_del;
static char text[2][64];

static int fail(const struct lbtns *h, int err, const char *why)
{
	snprintf(text[h == MODULE], sizeof(text[0]), "%s", why);
	return err;
}

const char *lbtns_error(const struct lbtns *h)
{
	return text[h == MODULE];
}

void addr_from_lbtns(struct addr *out, const struct lbtns_prefix *p)
{
	memset(out, 0, sizeof(*out));
	out->family = p->family;
	memcpy(out->b, p->addr, sizeof(out->b));
}

static bool same(const struct lbtns_spd_policy *a,
		 const struct lbtns_spd_policy *b)
{
	return a->dir == b->dir && !memcmp(&a->src, &b->src, sizeof(a->src)) &&
	       !memcmp(&a->dst, &b->dst, sizeof(a->dst));
}

static struct lbtns_spd_policy *find(const struct lbtns_spd_policy *p)
{
	size_t i;

	for (i = 0; i < n_spd; i++)
		if (same(&spd[i], p))
			return &spd[i];
	return NULL;
}

static int put(const struct lbtns_spd_policy *p, bool replace)
{
	struct lbtns_spd_policy *is = find(p);
	uint32_t index = is ? is->index : 8 + 8 * (uint32_t)n_spd + p->dir;

	if (is && !replace)
		return fail(SPD, -EEXIST, "it is there");
	if (!is)
		is = &spd[n_spd++];
	*is = *p;
	is->index = index;
	return 0;
}

int lbtns_spd_add(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	CHECK(h == SPD);
	return put(p, false);
}

int lbtns_spd_replace(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	CHECK(h == SPD);
	return put(p, true);
}

int lbtns_spd_get(struct lbtns *h, struct lbtns_spd_policy *p)
{
	CHECK(h == SPD && find(p));
	if (fail_get)
		return fail(h, -ENOBUFS, "not got");
	*p = *find(p);
	return 0;
}

int lbtns_spd_del(struct lbtns *h, const struct lbtns_spd_policy *p)
{
	struct lbtns_spd_policy *is = find(p);

	CHECK(h == SPD && is);
	if (fail_del)
		return fail(h, -ENOBUFS, "not deleted");
	*is = spd[--n_spd];
	/* an error of this handle is no longer the one before */
	return fail(h, 0, "");
}

int lbtns_spd_del_index(struct lbtns *h, uint32_t index)
{
	(void)h;
	(void)index;
	return -ENOENT;
}

int lbtns_policy_set(struct lbtns *h, uint32_t index, uint32_t set)
{
	size_t i;

	CHECK(h == MODULE);
	if (fail_set)
		return fail(h, -EPERM, "not set");
	for (i = 0; i < n_spd; i++)
		if (spd[i].index == index)
			flags[i] = set;
	return 0;
}

/* that many more, made up while they are listed; every one has a flag */
static uint32_t n_many;

/* neither in order nor one after the other */
static uint32_t many_index(uint32_t i)
{
	return 1000 + 8 * (i * 7919 % n_many);
}

static int dump_many(lbtns_spd_cb cb, void *arg)
{
	struct lbtns_spd_policy p = { .dir = LBTNS_SPD_OUT,
				      .src = { .family = AF_INET },
				      .dst = { .family = AF_INET } };
	int err = 0;
	uint32_t i;

	for (i = 0; i < n_many && !err; i++) {
		p.index = many_index(i);
		p.priority = i / 2;
		err = cb(&p, arg);
	}
	return err;
}

int lbtns_spd_dump(struct lbtns *h, lbtns_spd_cb cb, void *arg)
{
	size_t i;
	int err = 0;

	CHECK(h == SPD);
	for (i = 0; i < n_spd && !err; i++)
		err = cb(&spd[i], arg);
	return err ? err : dump_many(cb, arg);
}

int lbtns_policy_dump(struct lbtns *h, lbtns_policy_cb cb, void *arg)
{
	size_t i;
	int err = 0;

	CHECK(h == MODULE);
	for (i = 0; i < n_spd && !err; i++)
		if (flags[i])
			err = cb(spd[i].index, flags[i], arg);
	for (i = 0; i < n_many && !err; i++)
		err = cb(8 * (uint32_t)i + 1000,
			 i % 3 ? BTNS_POLICY_FLAGS_FALLBACK :
				 BTNS_POLICY_FLAGS_BTNS_OK, arg);
	return err;
}

static void reset(void)
{
	memset(spd, 0, sizeof(spd));
	memset(flags, 0, sizeof(flags));
	n_spd = 0;
	n_many = 0;
	fail_get = false;
	fail_set = false;
	fail_del = false;
	text[0][0] = '\0';
	text[1][0] = '\0';
}

/* a bypass for one host, as a fallback is */
static struct kern_policy policy(uint8_t last)
{
	return (struct kern_policy){
		.priority = 60000u + last,
		.action = KERN_BYPASS,
		.sel = {
			.local = { AF_INET, { 10, 0, 0, 1 } },
			.remote = { AF_INET, { 10, 0, 0, last } },
			.local_plen = 32,
			.remote_plen = 32,
		},
		.fallback = true,
		.seconds = 60,
	};
}

static void taken_back(void)
{
	struct kern_policy p = policy(2);
	const char *why = "";

	reset();
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), 0);
	CHECK_EQ(n_spd, 1);
	CHECK_EQ(flags[0], BTNS_POLICY_FLAGS_FALLBACK);
	/* somebody's that is there stays */
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), -EEXIST);
	CHECK(!strcmp(why, "it is there"));
	CHECK_EQ(n_spd, 1);

	reset();
	fail_set = true;
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), -EPERM);
	CHECK(!strcmp(why, "not set"));
	CHECK_EQ(n_spd, 0);

	reset();
	fail_get = true;
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), -ENOBUFS);
	CHECK(!strcmp(why, "not got"));
	CHECK_EQ(n_spd, 0);

	/* what cannot be helped is not hidden behind another error */
	reset();
	fail_get = true;
	fail_del = true;
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), -ENOBUFS);
	CHECK(!strcmp(why, "not got"));

	/* nothing would be left of one that was replaced */
	reset();
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), 0);
	fail_set = true;
	p.action = KERN_BLOCK;
	CHECK_EQ(kern_policy_put(SPD, MODULE, &p, true, &why), -EPERM);
	CHECK(!strcmp(why, "not set"));
	CHECK_EQ(n_spd, 1);
	CHECK_EQ(spd[0].action, LBTNS_SPD_BLOCK);
}

struct seen {
	uint32_t n, last, wrong;
};

static int look(const struct kern_policy *p, void *arg)
{
	uint32_t i = (p->index - 1000) / 8;
	struct seen *s = arg;

	s->n++;
	/* in order of priority, and each with the flag of its index */
	if (p->priority < s->last || p->btns_ok != !(i % 3) ||
	    p->fallback != !!(i % 3) || p->index != i * 8 + 1000)
		s->wrong++;
	s->last = p->priority;
	return 0;
}

/* CPU seconds to list so many policies, the best of three */
static double seconds(uint32_t many)
{
	double best = 0, took;
	int i;

	n_many = many;
	for (i = 0; i < 3; i++) {
		clock_t begin = clock();
		struct seen s = { 0 };
		const char *why;

		CHECK_EQ(kern_policy_list(SPD, MODULE, look, &s, &why), 0);
		took = (double)(clock() - begin) / CLOCKS_PER_SEC;
		CHECK_EQ(s.n, many);
		CHECK_EQ(s.wrong, 0);
		if (!i || took < best)
			best = took;
	}
	return best;
}

static void many_flags(void)
{
	double few, more;

	reset();
	seconds(1);
	/* four times as many take as much longer, and not sixteen times */
	few = seconds(5000);
	more = seconds(20000);
	CHECK(more < 9 * few + 0.02);
	reset();
}

/* of two with one priority the older, which is listed later, comes first */
static int older(const struct kern_policy *p, void *arg)
{
	struct seen *s = arg;

	if (s->n++ == 1)
		s->wrong += p->index != many_index(0);
	else if (s->n == 1)
		s->wrong += p->index != many_index(1);
	return 0;
}

static void order(void)
{
	struct seen s = { 0 };
	const char *why;

	reset();
	n_many = 100;
	CHECK_EQ(kern_policy_list(SPD, MODULE, older, &s, &why), 0);
	CHECK_EQ(s.n, 100);
	CHECK_EQ(s.wrong, 0);
	reset();
}

static int one_of_each(const struct kern_policy *p, void *arg)
{
	struct seen *s = arg;

	s->n++;
	if (p->forward)
		s->last = p->index;
	s->wrong += p->forward != (p->priority == 60003) ||
		    p->inbound != (p->priority != 60001) ||
		    p->sel.remote.b[3] != p->priority - 60000;
	return 0;
}

/* out, in and fwd; of sockets' own there is nothing */
static void directions(void)
{
	struct kern_policy p;
	struct seen s = { 0 };
	const char *why;
	uint8_t i;

	reset();
	for (i = 1; i <= 4; i++) {
		p = policy(i);
		p.inbound = i > 1;
		p.forward = i == 3;
		CHECK_EQ(kern_policy_put(SPD, MODULE, &p, false, &why), 0);
	}
	CHECK_EQ(spd[2].dir, LBTNS_SPD_FWD);
	CHECK_EQ(spd[2].src.addr[3], 3);
	spd[3].dir = LBTNS_SPD_FWD + 1;
	CHECK_EQ(kern_policy_list(SPD, MODULE, one_of_each, &s, &why), 0);
	CHECK_EQ(s.n, 3);
	CHECK_EQ(s.wrong, 0);
	CHECK_EQ(s.last, spd[2].index);
	reset();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U02 a policy whose flags cannot be set is not in force", taken_back },
		{ "each policy of many gets its own flags, and soon", many_flags },
		{ "U02 policies of every direction, for who is forwarded too", directions },
		{ "policies come as the kernel searches them", order },
	};

	return KTAP_RUN(tests);
}
