// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlfuzz: requests to the btns family that are nearly right, in a network
 * namespace of its own. Each step takes a seed (a genetlink header and
 * attributes), changes a few things in the tree of its attributes or in its
 * bytes, and sends it. The kernel has to answer; what it refuses must leave PAD,
 * bindings and policies as they were, octet by octet, and latches in their states;
 * what it takes must be in order by kernel/pad_match.h and selector.h. In the end
 * all that it took can be taken back. Prints KTAP; the seed of a run gives the same
 * messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/pad_match.h"
#include "libbtns/nl.h"
#include "libbtns/spd.h"
#include "tests/tools/knob.h"
#include "tests/tools/nllatch.h"
#include "tests/tools/nltree.h"

#define MSG_MAX		(1 << 17)
#define CLEAN_STEPS	1024
/* and from a latch that is over to another */
#define OVER_STEPS	32
/* a grace period on a slow machine */
#define EMPTY_SECONDS	20
/* a seed's name for the policy that set_up() made: nobody knows its number before */
#define THE_POLICY	0xfffffff9U
/* and for the latch that there is */
#define THE_LATCH	4711ULL
#define KNOBS		"/proc/sys/net/btns/"

static struct lbtns *h;
static uint8_t *request;
static uint64_t rng;

/* ---- what the kernel has ------------------------------------------------ */

static uint64_t fnv(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len; len--)
		hash = (hash ^ *p++) * 0x100000001b3;
	return hash;
}

/* What a latch is; its age is another each time. */
static int hash_latch(const struct lbtns_latch *latch, void *arg)
{
	const uint64_t what[] = { latch->id, latch->state, latch->reason,
				  latch->conflicts, latch->sa_proto,
				  latch->lport, latch->rport, latch->peer.type,
				  latch->peer.method };
	uint64_t *hash = arg;

	*hash = fnv(*hash, what, sizeof(what));
	*hash = fnv(*hash, latch->peer.digest, sizeof(latch->peer.digest));
	return 0;
}

/*
 * All that a refused request could have changed, but for the identities: what was
 * deleted gives them back a grace period later, so clean() waits for them.
 */
struct state {
	uint64_t rest;
	uint64_t latches;
};

static bool same(const struct state *a, const struct state *b)
{
	return a->rest == b->rest && a->latches == b->latches;
}

static bool kernel_state(struct state *state)
{
	static const uint8_t dumps[] = { BTNS_CMD_PAD_GET, BTNS_CMD_SA_GET,
					 BTNS_CMD_POLICY_GET };
	const struct nlmsghdr *nlh = NULL;
	struct lbtns_answers ans;
	struct lbtns_msg m;
	unsigned int i;

	state->rest = 0xcbf29ce484222325;
	state->latches = 0;
	for (i = 0; i < sizeof(dumps); i++) {
		uint8_t buf[LBTNS_REQ_MAX]
			__attribute__((aligned(NLMSG_ALIGNTO)));

		lbtns_msg_init(&m, h, buf, sizeof(buf), dumps[i]);
		if (lbtns_nl_dump(h, &m, &ans))
			return false;
		for (nlh = NULL; (nlh = lbtns_answers_next(&ans, nlh));)
			state->rest = fnv(state->rest,
					  mnl_nlmsg_get_payload(nlh),
					  mnl_nlmsg_get_payload_len(nlh));
		free(ans.buf);
	}
	return !lbtns_latch_dump(h, hash_latch, &state->latches);
}

struct pad {
	struct lbtns_pad_entry entries[BTNS_PAD_ENTRIES_MAX];
	size_t count;
};

static int add_entry(const struct lbtns_pad_entry *e, uint32_t index,
		     uint32_t generation, void *arg)
{
	struct pad *pad = arg;

	(void)index;
	(void)generation;
	if (pad->count == BTNS_PAD_ENTRIES_MAX)
		return -ENOSPC;
	pad->entries[pad->count++] = *e;
	return 0;
}

/* The library's structs as the matcher has them. */
static const char *pad_fault(void)
{
	static struct btns_prefix prefixes[BTNS_PAD_ENTRIES_MAX]
					  [BTNS_PAD_PREFIXES_MAX];
	static struct btns_pad_rule rules[BTNS_PAD_ENTRIES_MAX];
	static struct pad pad;
	enum btns_pad_fault fault;
	size_t i, k;

	pad.count = 0;
	if (lbtns_pad_dump(h, add_entry, &pad))
		return lbtns_error(h);
	for (i = 0; i < pad.count; i++) {
		const struct lbtns_pad_entry *e = &pad.entries[i];
		struct btns_pad_rule *r = &rules[i];

		memset(r, 0, sizeof(*r));
		r->name = e->name;
		r->flags = e->flags;
		r->id_type = e->id.type;
		r->method = e->method;
		r->key_count = (uint8_t)e->n_keys;
		memcpy(r->id_digest, e->id.digest, sizeof(r->id_digest));
		memcpy(r->keys, e->keys, sizeof(r->keys));
		r->prefix_count = e->n_prefixes;
		r->prefixes = prefixes[i];
		for (k = 0; k < e->n_prefixes; k++) {
			prefixes[i][k].family = e->prefixes[k].family;
			prefixes[i][k].len = e->prefixes[k].len;
			memcpy(prefixes[i][k].addr, e->prefixes[k].addr, 16);
		}
	}
	fault = btns_pad_check(rules, pad.count, NULL);
	return fault ? btns_pad_fault_text(fault) : NULL;
}

static void to_prefix(const struct lbtns_prefix *from, struct btns_prefix *to)
{
	to->family = from->family;
	to->len = from->len;
	memcpy(to->addr, from->addr, sizeof(to->addr));
}

static bool ident_ok(const struct lbtns_ident *id)
{
	const char *p;

	for (p = id->name; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return id->type <= BTNS_ID_TYPE_KEY_ID &&
	       id->method <= BTNS_AUTH_METHOD_MANUAL;
}

static int check_sa(const struct lbtns_sa *sa, void *arg)
{
	struct btns_selector sel = {
		.proto = sa->sel.proto,
		.lport = sa->sel.lport,
		.rport = sa->sel.rport,
		.lmask = sa->sel.lmask,
		.rmask = sa->sel.rmask,
	};
	const char **fault = arg;

	to_prefix(&sa->sel.local, &sel.local);
	to_prefix(&sa->sel.remote, &sel.remote);
	if (!sa->spi)
		*fault = "a binding of the SPI 0";
	if (sa->proto != IPPROTO_ESP && sa->proto != IPPROTO_AH)
		*fault = "a binding of no protocol of IPsec";
	if (!btns_selector_valid(&sel))
		*fault = "a binding whose selector is not valid";
	if (!ident_ok(&sa->peer) || !ident_ok(&sa->local))
		*fault = "a binding of an identity that is none";
	return 0;
}

static const char *kernel_fault(void)
{
	const char *fault = pad_fault();

	if (!fault && lbtns_sa_dump(h, check_sa, &fault))
		fault = lbtns_error(h);
	return fault;
}

/* ---- set-up and end ----------------------------------------------------- */

/* A policy for 10.0.0.0/8 and one for fd00::/8, each way, that BTNS peers may use. */
static bool add_policies(struct lbtns *spd, const char *any, const char *dst,
			 uint32_t *index)
{
	struct lbtns_spd_policy out = {
		.dir = LBTNS_SPD_OUT,
		.action = LBTNS_SPD_PROTECT,
		.n_tmpl = 1,
		.tmpl[0].proto = IPPROTO_ESP,
	}, in;

	lbtns_prefix_parse(any, &out.src, NULL);
	lbtns_prefix_parse(dst, &out.dst, NULL);
	in = out;
	in.dir = LBTNS_SPD_IN;
	in.src = out.dst;
	in.dst = out.src;
	if (lbtns_spd_add(spd, &out) || lbtns_spd_add(spd, &in) ||
	    lbtns_spd_get(spd, &out) || lbtns_spd_get(spd, &in)) {
		printf("Bail out! policies: %s\n", lbtns_error(spd));
		return false;
	}
	*index = out.index;
	if (lbtns_policy_set(h, out.index, BTNS_POLICY_FLAGS_BTNS_OK) ||
	    lbtns_policy_set(h, in.index, BTNS_POLICY_FLAGS_BTNS_OK)) {
		printf("Bail out! policies: %s\n", lbtns_error(h));
		return false;
	}
	return true;
}

static bool set_up(struct corpus *c)
{
	struct lbtns *spd;
	uint32_t index, mark = THE_POLICY;
	size_t i, k;
	bool ok;

	if (lbtns_spd_open(&spd)) {
		puts("Bail out! no handle for policies");
		return false;
	}
	ok = add_policies(spd, "::/0", "fd00::/8", &index) &&
	     add_policies(spd, "0.0.0.0/0", "10.0.0.0/8", &index);
	lbtns_close(spd);
	if (!ok || !nllatch_prepare())
		return false;
	/* what is over goes soon */
	if (!knob_write(KNOBS "latch_gc_ms", "10")) {
		puts("Bail out! no knob");
		return false;
	}
	for (i = 0; i < c->count; i++)
		for (k = 0; k + 4 <= c->seeds[i].len; k += 4)
			if (!memcmp(c->seeds[i].data + k, &mark, 4))
				memcpy(c->seeds[i].data + k, &index, 4);
	return true;
}

static int first_sa(const struct lbtns_sa *sa, void *arg)
{
	*(struct lbtns_sa *)arg = *sa;
	return 1;
}

/* Waits until no latch and no identity is left; says what else is. */
static const char *wait_empty(void)
{
	uint64_t began = run_now();
	struct lbtns_status st;

	for (;;) {
		if (lbtns_status_get(h, &st))
			return lbtns_error(h);
		if (!st.idents && !st.latches)
			break;
		if (run_now() - began > EMPTY_SECONDS)
			return st.latches ? "a latch is left" :
					    "identities are left";
		usleep(1000);
	}
	return st.sas ? "bindings are left" :
	       st.pad_entries ? "PAD entries are left" : NULL;
}

/* All that was taken can be taken back; says what cannot. */
static const char *clean(void)
{
	struct lbtns_sa sa;

	nllatch_close();
	if (lbtns_pad_replace(h, NULL, 0))
		return lbtns_error(h);
	while (lbtns_sa_dump(h, first_sa, &sa) == 1)
		if (lbtns_sa_unbind(h, &sa))
			return lbtns_error(h);
	return wait_empty();
}

/* ---- a run -------------------------------------------------------------- */

struct counts {
	uint64_t step;
	uint64_t starts; /* from nothing */
	uint64_t since;	 /* steps since the last of them */
	uint64_t taken;
	uint64_t dumps;
	struct state state;	/* of the kernel, before the next step */
	uint64_t latch;		/* its number, or that of none */
	bool loose;		/* it may move, because of what was taken */
	bool over;		/* it was told to end */
	uint64_t moved;		/* latches that a request has closed or broken */
	uint64_t commands[256];	/* taken */
};

/* A seed as it is, but for the number of the latch. */
static size_t take_seed(const struct seed *s, uint64_t latch)
{
	const uint64_t mark = THE_LATCH;
	uint8_t *at = request + MNL_NLMSG_HDRLEN;
	size_t i;

	memcpy(at, s->data, s->len);
	for (i = 0; i + 8 <= s->len; i += 4)
		if (!memcmp(at + i, &mark, 8))
			memcpy(at + i, &latch, 8);
	return s->len;
}

/* Or nearly all bindings are refused, as the seeds' few SAs are bound already. */
static void other_spi(void)
{
	uint32_t spi = htonl(0x1000 + (uint32_t)mutate_below(&rng, 4096));

	memcpy(request + MNL_NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN, &spi,
	       sizeof(spi));
}

static size_t make(const struct corpus *c, const struct counts *n,
		   const struct seed **from)
{
	const struct seed *s = &c->seeds[mutate_below(&rng, c->count)];
	unsigned int changes = (unsigned int)mutate_below(&rng, 5);
	size_t len = take_seed(s, n->latch);

	*from = s;
	if (s->data[0] == BTNS_CMD_SA_BIND && mutate_below(&rng, 4))
		other_spi();
	for (; changes; changes--)
		len = nltree_mutate(&rng, request + MNL_NLMSG_HDRLEN, len,
				    MSG_MAX - MNL_NLMSG_HDRLEN, c);
	return len;
}

/* Sends it; -ETIMEDOUT and -EBADMSG if there is no answer, or none that is one. */
static int deliver(size_t len, bool dump)
{
	struct lbtns_msg m = { .nlh = (struct nlmsghdr *)request,
			       .cap = MSG_MAX };
	struct lbtns_answers ans;
	int err;

	memset(request, 0, MNL_NLMSG_HDRLEN);
	m.nlh->nlmsg_type = h->family;
	m.nlh->nlmsg_len = (uint32_t)(MNL_NLMSG_HDRLEN + len);
	if (!dump)
		return lbtns_nl_talk(h, &m, NULL, NULL);
	err = lbtns_nl_dump(h, &m, &ans);
	free(ans.buf);
	return err;
}

/* By their names: requests for a list. */
static bool is_dump(const struct seed *s)
{
	return !strncmp(s->name, "dump", 4);
}

/*
 * From nothing that was taken before. The PAD is emptied or spoilt soon, and then
 * nearly no binding is taken for whatever else is wrong with it: so nobody asks the
 * PAD three times of four. Every other time there is a latch; to wait until it is gone
 * takes as long as thousands of steps.
 */
static const char *start(struct counts *n)
{
	uint64_t time = n->starts++;
	const char *fault = clean();

	n->since = 0;
	n->latch = THE_LATCH;
	n->loose = false;
	n->over = false;
	if (!fault && !knob_write(KNOBS "pad_mode", time % 4 == 1 ? "1" : "0"))
		fault = "pad_mode cannot be set";
	if (!fault && time % 2 == 0)
		fault = nllatch_open(h, &n->latch);
	return fault || kernel_state(&n->state) ? fault : lbtns_error(h);
}

/* What is wrong with what a request that was taken has come to. */
static const char *taken(uint8_t cmd, struct counts *n, const struct state *was)
{
	bool moved = n->state.latches != was->latches;

	n->commands[cmd]++;
	switch (cmd) {
	case BTNS_CMD_LATCH_CLOSE:
	case BTNS_CMD_LATCH_BREAK:
		if (n->state.rest != was->rest)
			return "a latch was told to end, and more changed";
		n->moved += moved;
		n->over |= moved;
		return NULL;
	case BTNS_CMD_SA_BIND:
	case BTNS_CMD_SA_UNBIND:
	case BTNS_CMD_POLICY_SET:
		/* latches are compared with it later, whenever that is */
		n->loose = true;
		break;
	default:
		if (moved && !n->loose)
			return "a latch moved, and it was not told to";
	}
	return n->state.rest != was->rest ? kernel_fault() : NULL;
}

static const char *step(const struct corpus *c, struct counts *n,
			const struct seed **from, size_t *len)
{
	struct state before = n->state;
	uint8_t cmd;
	bool dump;
	int err;

	*len = make(c, n, from);
	cmd = *len ? request[MNL_NLMSG_HDRLEN] : 0;
	/* most of them as they are meant */
	dump = is_dump(*from) != !mutate_below(&rng, 16);
	err = deliver(*len, dump);
	if (err == -ETIMEDOUT || err == -EBADMSG || err == -ENOBUFS)
		return lbtns_error(h);
	if (!kernel_state(&n->state))
		return lbtns_error(h);
	if ((err || dump) && (before.rest != n->state.rest ||
			      (!n->loose && !same(&before, &n->state))))
		return "was refused, or only asked, and something changed";
	if (err)
		return NULL;
	if (dump) {
		n->dumps++;
		n->commands[cmd]++;
		return NULL;
	}
	n->taken++;
	return taken(cmd, n, &before);
}

/* Each command that is a request has seeds. */
static bool has_all_commands(const struct corpus *c)
{
	uint8_t cmd;
	size_t i;

	for (cmd = 1; cmd <= BTNS_CMD_MAX; cmd++) {
		if (cmd == BTNS_CMD_PAD_NTF || cmd == BTNS_CMD_SA_BIND_NTF ||
		    cmd == BTNS_CMD_SA_UNBIND_NTF || cmd == BTNS_CMD_LATCH_NTF)
			continue;
		for (i = 0; i < c->count; i++)
			if (c->seeds[i].data[0] == cmd)
				break;
		if (i == c->count) {
			printf("# no seed has command %u\n", cmd);
			return false;
		}
	}
	return true;
}

/* A request about a latch: it is taken, and if it is to end the latch it does. */
static const char *latch_seed(const struct seed *s)
{
	struct counts n = { 0 };
	const char *fault = start(&n);
	struct state before = n.state;

	if (fault)
		return fault;
	if (deliver(take_seed(s, n.latch), false) || !kernel_state(&n.state))
		return lbtns_error(h);
	return same(&before, &n.state) == (s->data[0] != BTNS_CMD_LATCH_GET) ?
		       "the latch is not what it should be" : NULL;
}

static const char *other_seed(const struct seed *s)
{
	int err = deliver(take_seed(s, THE_LATCH), is_dump(s));

	return err && err != -ENOENT && err != -EEXIST ? lbtns_error(h) : NULL;
}

/* What the seeds say makes sense, or what comes of them would not. */
static bool seeds(const struct corpus *c)
{
	unsigned int bad = !has_all_commands(c);
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct seed *s = &c->seeds[i];
		bool latch = s->data[0] >= BTNS_CMD_LATCH_GET && !is_dump(s);
		const char *fault = latch ? latch_seed(s) : other_seed(s);

		if (!fault)
			continue;
		printf("# %s: %s\n", s->name, fault);
		bad++;
	}
	printf("%s 1 L11 %zu requests as they should be are taken\n",
	       bad ? "not ok" : "ok", c->count);
	return !bad;
}

static bool steps(const struct run *run, const struct corpus *c)
{
	const struct seed *from = NULL;
	struct counts n = { 0 };
	const char *fault = NULL;
	uint64_t began = run_now();
	unsigned int i, cmds = 0;
	size_t len = 0;

	fault = start(&n);
	while (!fault && !run_over(run, n.step, began)) {
		fault = step(c, &n, &from, &len);
		if (fault)
			break;
		n.step++;
		/* or there were ever more to compare */
		if (++n.since == CLEAN_STEPS ||
		    (n.over && !mutate_below(&rng, OVER_STEPS)))
			fault = start(&n);
	}
	for (i = 0; i < 256; i++)
		cmds += !!n.commands[i];
	printf("%s 2 L11 %llu requests that are nearly right: no change, or all is in order\n",
	       fault ? "not ok" : "ok", (unsigned long long)n.step);
	printf("# %llu were taken, of %u commands, %llu of them bindings, and %llu lists\n",
	       (unsigned long long)n.taken, cmds,
	       (unsigned long long)n.commands[BTNS_CMD_SA_BIND],
	       (unsigned long long)n.dumps);
	printf("# %llu latches ended\n", (unsigned long long)n.moved);
	if (fault) {
		printf("# step %llu, from %s: %s\n", (unsigned long long)n.step,
		       from ? from->name : "none", fault);
		run_show("sent", request + MNL_NLMSG_HDRLEN, len);
	}
	return !fault;
}

int main(int argc, char **argv)
{
	const char *left;
	struct run run;
	bool ok;

	run_begin(&run, argc, argv, GENL_HDRLEN, MSG_MAX - MNL_NLMSG_HDRLEN);
	if (lbtns_open(&h))
		run_skip("needs the module");
	request = calloc(1, MSG_MAX);
	if (!request || !set_up(&run.corpus))
		return 1;
	run_plan(&run, 3);
	rng = run.seed;
	ok = seeds(&run.corpus);
	ok = steps(&run, &run.corpus) && ok;
	left = clean();
	printf("%s 3 L17 all that was taken can be taken back%s%s\n",
	       left ? "not ok" : "ok", left ? ": " : "", left ? left : "");
	corpus_free(&run.corpus);
	free(request);
	lbtns_close(h);
	return ok && !left ? 0 : 1;
}
