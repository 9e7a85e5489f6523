// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every exchange with every message lost, doubled, overtaken by the next, or
 * late by less and by more than a retransmission: whatever happens to one
 * message, both ends come to have the same SAs, and nothing is left over.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "world.h"

static struct world w;

/* of both ends */

/** enum mishap - what happens to one message */
enum mishap {
	MISHAP_NONE,
	MISHAP_DROP,	/* it is lost */
	MISHAP_DROP_TWO,	/* it and the next are lost */
	MISHAP_DOUBLE,	/* it comes twice in a row */
	MISHAP_ECHO,	/* it comes again when all is over */
	MISHAP_SWAP,	/* the next overtakes it */
	MISHAP_LATE,	/* it comes after its retransmission */
	MISHAP_LATER,	/* it comes when others have been retransmitted */
	MISHAP_COUNT,
};

static const char *const mishap_name[MISHAP_COUNT] = {
	"none", "drop", "drop two", "double", "echo", "swap", "late", "later",
};

/* in w.n[]: messages so far, the one concerned, what happens to it */
enum { N_SENT, N_WHICH, N_FAULT };

static bool meddle(struct world *x, struct packet *p)
{
	unsigned int i = x->n[N_SENT]++, at = x->n[N_WHICH];

	if (x->n[N_FAULT] == MISHAP_SWAP && i == at + 1) {
		world_queue(x, world_copy(p));
		if (x->kept)
			world_queue(x, x->kept);
		x->kept = NULL;
		return false;
	}
	if (x->n[N_FAULT] == MISHAP_DROP_TWO && i == at + 1)
		return false;
	if (i != at)
		return true;
	switch (x->n[N_FAULT]) {
	case MISHAP_DROP:
	case MISHAP_DROP_TWO:
		return false;
	case MISHAP_DOUBLE:
		world_queue(x, world_copy(p));
		return true;
	case MISHAP_ECHO:
		x->kept = world_copy(p);
		return true;
	case MISHAP_SWAP:
	case MISHAP_LATE:
	case MISHAP_LATER:
		x->kept = world_copy(p);
		return false;
	default:
		return true;
	}
}

static void release(void)
{
	if (w.kept)
		world_queue(&w, w.kept);
	w.kept = NULL;
}

/* ---- what is done ------------------------------------------------------- */

static void start(int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(&w, host);

	switch (kind) {
	case TASK_REKEY:
		life_rekey(sa->children);
		break;
	case TASK_DELETE_CHILD:
		life_delete_child(sa->children);
		break;
	case TASK_DELETE_IKE:
		life_close(sa);
		break;
	default:
		task_add(sa, kind);
	}
	fsm_start(sa);
}

static void ask(int host, int port)
{
	world_acquire(&w, host, !host, (uint16_t)port);
}

static void open_one(void) { ask(0, 80); }
static void open_both(void) { ask(0, 80); ask(1, 80); }
static void new_child(void) { ask(0, 81); }
static void new_child_both(void) { ask(0, 81); ask(1, 81); }
static void child_rekey(void) { start(0, TASK_REKEY); }
static void child_rekey_back(void) { start(1, TASK_REKEY); }
static void child_delete(void) { start(0, TASK_DELETE_CHILD); }
static void child_delete_back(void) { start(1, TASK_DELETE_CHILD); }
static void ike_rekey(void) { start(0, TASK_REKEY_IKE); }
static void ike_rekey_back(void) { start(1, TASK_REKEY_IKE); }
static void ike_delete(void) { start(0, TASK_DELETE_IKE); }
static void ike_delete_back(void) { start(1, TASK_DELETE_IKE); }
static void liveness(void) { start(0, TASK_LIVENESS); }

/* the IKE SA that another has to replace */
static uint64_t replaced;

static void renew(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	life_renew(world_sa(&w, 0));
}

static void child_rekey_both(void)
{
	child_rekey();
	child_rekey_back();
}

static void child_delete_both(void)
{
	child_delete();
	child_delete_back();
}

static void ike_rekey_both(void)
{
	ike_rekey();
	ike_rekey_back();
}

static void ike_delete_both(void)
{
	ike_delete();
	ike_delete_back();
}

/* without a child SA, as RFC 6023 has it */
static void renew_childless(void)
{
	bool (*filter)(struct world *x, struct packet *p) = w.filter;

	w.filter = NULL;
	child_delete();
	world_run(&w);
	w.filter = filter;
	renew();
}

/* the NAT gives other ports, and the next that comes from inside tells */
static void nat_moves(void)
{
	world_nat_reset(&w.nat[0], NULL);
	liveness();
}

/* host 1 comes back with nothing but the secret of its tokens (RFC 6290) */
static void reboot(void)
{
	world_crash(&w, 1);
	memset(w.h[1].k.sa, 0, sizeof(w.h[1].k.sa));
	w.h[1].k.n_bound = 0;
	if (!world_up(&w, 1, KEY_ED25519, NULL))
		abort();
	liveness();
}

static void rekey_and_delete(void)
{
	child_rekey();
	child_delete_back();
}

static void ike_and_child_rekey(void)
{
	ike_rekey();
	child_rekey_back();
}

static void ike_and_child_rekey_same(void)
{
	ike_rekey();
	child_rekey();
}

static void ike_rekey_and_child_delete(void)
{
	ike_rekey();
	child_delete_back();
}

static void ike_rekey_and_delete(void)
{
	ike_rekey();
	ike_delete_back();
}

static void ike_rekey_and_new(void)
{
	ike_rekey();
	ask(1, 81);
}

static void ike_rekey_and_renew(void)
{
	ike_rekey_back();
	renew();
}

/**
 * struct scene - what happens, and what must be there afterwards
 * @name: of it
 * @act: begins it, between hosts that are joined
 * @fresh: they are not joined before
 * @clash: nonces decide between both ends
 * @covered: there is a pair at every time
 * @ike: IKE SAs at either end afterwards
 * @pairs: child SAs at least
 * @pairs_max: and at most; two may be asked for when both ends ask at once
 * @breaks: times that host 0 breaks its latches
 */
struct scene {
	const char *name;
	void (*act)(void);
	bool fresh;
	bool clash;
	bool covered;
	unsigned int ike;
	unsigned int pairs;
	unsigned int pairs_max;
	unsigned int breaks;
};

static const struct scene opening[] = {
	{ "one end opens", open_one, true, false, false, 1, 1, 1, 0 },
	{ "both ends open", open_both, true, true, false, 1, 1, 2, 0 },
	{ "the IKE SA is made anew", renew, false, false, true, 1, 1, 1, 0 },
};

static const struct scene children[] = {
	{ "new child", new_child, false, false, true, 1, 2, 2, 0 },
	{ "new child, both", new_child_both, false, false, true, 1, 2, 3, 0 },
	{ "child rekey", child_rekey, false, false, true, 1, 1, 1, 0 },
	{ "child rekey back", child_rekey_back, false, false, true, 1, 1, 1, 0 },
	{ "child rekey, both", child_rekey_both, false, true, true, 1, 1, 1, 0 },
};

static const struct scene deletes[] = {
	{ "child delete", child_delete, false, false, false, 1, 0, 0, 0 },
	{ "child delete back", child_delete_back, false, false, false, 1, 0, 0, 0 },
	{ "child delete, both", child_delete_both, false, false, false, 1, 0, 0, 0 },
	{ "IKE delete", ike_delete, false, false, false, 0, 0, 0, 0 },
	{ "IKE delete back", ike_delete_back, false, false, false, 0, 0, 0, 0 },
	{ "IKE delete, both", ike_delete_both, false, false, false, 0, 0, 0, 0 },
	{ "liveness", liveness, false, false, true, 1, 1, 1, 0 },
};

static const struct scene ike_rekeys[] = {
	{ "IKE rekey", ike_rekey, false, false, true, 1, 1, 1, 0 },
	{ "IKE rekey back", ike_rekey_back, false, false, true, 1, 1, 1, 0 },
	{ "IKE rekey, both", ike_rekey_both, false, true, true, 1, 1, 1, 0 },
};

static const struct scene mixed[] = {
	{ "child rekey, delete back", rekey_and_delete, false, false, false, 1, 0,
	  1, 0 },
	{ "IKE rekey, child rekey back", ike_and_child_rekey, false, false, true, 1,
	  1, 1, 0 },
	{ "IKE rekey, child rekey", ike_and_child_rekey_same, false, false, true, 1,
	  1, 1, 0 },
	{ "IKE rekey, child delete back", ike_rekey_and_child_delete, false, false,
	  false, 1, 0, 0, 0 },
	{ "IKE rekey, IKE delete back", ike_rekey_and_delete, false, false, false, 0,
	  0, 0, 0 },
	{ "IKE rekey, new child back", ike_rekey_and_new, false, false, true, 1, 2,
	  2, 0 },
	{ "IKE rekey back, made anew", ike_rekey_and_renew, false, false, true, 1, 1,
	  1, 0 },
};

/* in another world: see struct ground */
static const struct scene elsewhere[] = {
	{ "one end opens", open_one, true, false, false, 1, 1, 1, 0 },
	{ "the IKE SA is made anew", renew, false, false, true, 1, 1, 1, 0 },
	{ "the same without a child", renew_childless, false, false, false, 1, 0,
	  0, 0 },
	{ "new child", new_child, false, false, true, 1, 2, 2, 0 },
	{ "child rekey", child_rekey, false, false, true, 1, 1, 1, 0 },
	{ "child rekey back", child_rekey_back, false, false, true, 1, 1, 1, 0 },
	{ "IKE rekey", ike_rekey, false, false, true, 1, 1, 1, 0 },
	{ "IKE rekey back", ike_rekey_back, false, false, true, 1, 1, 1, 0 },
	{ "child delete back", child_delete_back, false, false, false, 1, 0, 0,
	  0 },
	{ "IKE delete", ike_delete, false, false, false, 0, 0, 0, 0 },
};

static const struct scene opens[] = {
	{ "one end opens", open_one, true, false, false, 1, 1, 1, 0 },
};

static const struct scene moves[] = {
	{ "the NAT gives other ports", nat_moves, false, false, true, 1, 1, 1,
	  0 },
};

static const struct scene crashes[] = {
	{ "the other end lost everything", reboot, false, false, false, 0, 0, 0,
	  1 },
};

/* ---- what must be true afterwards --------------------------------------- */

/**
 * struct ground - where scenes are played, if not between two plain hosts
 * @conf: configuration of both
 * @conf_1: of host 1, if it has another
 * @key: kind of both hosts' keys; 0 is Ed25519
 * @nat: host 0 is behind a NAT
 * @tunnel: SAs are in tunnel mode
 * @store: host 1 keeps a store, and so its secret of tokens
 */
static struct ground {
	const char *conf;
	const char *conf_1;
	enum key_type key;
	bool nat;
	bool tunnel;
	bool store;
} ground;

static void in_tunnel(int host)
{
	struct world_kern *k = &w.h[host].k;
	size_t i;

	for (i = 0; i < k->n_policies; i++) {
		k->policy[i].tunnel = true;
		k->policy[i].local = w.h[host].addr;
		k->policy[i].remote = w.h[!host].addr;
	}
}

static void begin_world(const struct scene *s)
{
	int i;

	world_init(&w);
	if (ground.nat)
		world_nat(&w, 0, "10.0.0.9");
	w.h[1].store = ground.store;
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		if (ground.tunnel)
			in_tunnel(i);
		if (!world_up(&w, i, ground.key ? ground.key : KEY_ED25519,
			      i && ground.conf_1 ? ground.conf_1 : ground.conf))
			abort();
	}
	if (s->fresh)
		return;
	open_one();
	world_run(&w);
	if (world_pairs(&w, 0, 1) != 1)
		abort();
}

/* SAs in a host's kernel, larval ones too */
static unsigned int kernel_sas(int host)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < WORLD_SAS; i++)
		n += w.h[host].k.sa[i].used;
	return n;
}

/* each IKE SA of one end is idle, has no secrets to spare, and has its twin */
static bool twins(int host)
{
	const struct ike_sa *a, *b;

	for (a = w.h[host].d.sas; a; a = a->next) {
		if (a->state != IKE_ST_ESTABLISHED || a->tasks || a->dh ||
		    a->kex || a->has_next_keys || a->addke || a->followup ||
		    a->shared.len || a->link.len ||
		    a->request.len || a->contested || a->replaced)
			return false;
		for (b = w.h[!host].d.sas; b; b = b->next)
			if (b->spi_i == a->spi_i && b->spi_r == a->spi_r &&
			    b->initiator != a->initiator)
				break;
		if (!b || memcmp(&a->keys, &b->keys, sizeof(a->keys)))
			return false;
	}
	return true;
}

/* what the ground adds: all SAs are in its mode, and through its NAT */
static bool grounded(int host)
{
	const struct world_nat *n = &w.nat[0];
	size_t i, k;

	for (i = 0; i < WORLD_SAS; i++) {
		const struct world_sa *sa = &w.h[host].k.sa[i];
		uint16_t port = sa->inbound ? sa->encap.sport : sa->encap.dport;

		if (!sa->used)
			continue;
		if (sa->tunnel != ground.tunnel || !port != !ground.nat)
			return false;
		if (!ground.nat || !host)
			continue;
		/* where the host inside is now */
		for (k = 0; k < n->n; k++)
			if (n->map[k].port == port &&
			    n->map[k].inside.port == 4500)
				break;
		if (k == n->n)
			return false;
	}
	return true;
}

static bool converged(const struct scene *s)
{
	unsigned int pairs = world_pairs(&w, 0, 1);
	int i;

	if (pairs < s->pairs || pairs > s->pairs_max ||
	    (replaced && w.h[0].d.sas && w.h[0].d.sas->spi_i == replaced))
		return false;
	for (i = 0; i < 2; i++)
		if (kernel_sas(i) != 2 * pairs ||
		    w.h[i].k.n_bound != 2 * pairs || w.h[i].k.unvouched ||
		    w.h[i].k.breaks != (i ? 0 : s->breaks) ||
		    w.h[i].k.forgotten || w.h[i].d.fragment_octets ||
		    w.h[i].d.fragment_strangers || !grounded(i) ||
		    world_ike(&w, i, IKE_ST_ESTABLISHED) != s->ike || !twins(i))
			return false;
	return true;
}

/* time until a timer of either end is due, at most @ms: until then nothing is */
static uint64_t next_event(uint64_t ms)
{
	int64_t t;
	int i;

	for (i = 0; i < 2; i++) {
		t = w.h[i].up ? timer_next(&w.h[i].d.timers) : -1;
		if (t >= 0 && (uint64_t)t < ms)
			ms = (uint64_t)t;
	}
	return ms ? ms : 1;
}

static void let_pass(const struct scene *s, uint64_t ms)
{
	uint64_t end = w.now + ms;

	while (w.now < end) {
		world_advance(&w, next_event(end - w.now));
		if (s->covered && !world_pairs(&w, 0, 1)) {
			CHECK(!"there is always a pair");
			return;
		}
	}
}

/* messages that the scene took */
static unsigned int play(const struct scene *s, enum mishap what,
			 unsigned int which)
{
	static const unsigned int late[MISHAP_COUNT] = {
		[MISHAP_LATE] = 700,
		[MISHAP_LATER] = 9000,
		[MISHAP_ECHO] = 60000,
	};
	unsigned int n;

	begin_world(s);
	replaced = 0;
	w.n[N_SENT] = 0;
	w.n[N_WHICH] = which;
	w.n[N_FAULT] = what;
	w.filter = meddle;
	s->act();
	world_run(&w);
	n = w.n[N_SENT];
	if (late[what]) {
		let_pass(s, late[what]);
		release();
	}
	let_pass(s, 60000);
	release();
	let_pass(s, 1000);
	w.filter = NULL;
	if (!converged(s)) {
		printf("# %s, message %u: %s: %u pairs, %u and %u SAs, %u and %u IKE SAs\n",
		       s->name, which, mishap_name[what],
		       world_pairs(&w, 0, 1), kernel_sas(0), kernel_sas(1),
		       world_ike(&w, 0, IKE_ST_ESTABLISHED),
		       world_ike(&w, 1, IKE_ST_ESTABLISHED));
		CHECK(!"both ends have the same");
	}
	world_fini(&w);
	return n;
}

/* nonces are random: a clash goes one way or the other */
#define ROUNDS	6

static void play_all(const struct scene *s, size_t n)
{
	/* memory errors show in a part: one mishap in five */
	unsigned int step = ktap_slow() ? 5 : 1, nth = 0;
	unsigned int messages, which, round;
	int what;

	for (; n; n--, s++) {
		messages = play(s, MISHAP_NONE, 0);
		CHECK(messages >= 2);
		for (what = MISHAP_DROP; what < MISHAP_COUNT; what++)
			for (which = 0; which < messages; which++)
				for (round = 0;
				     round < (s->clash ? ROUNDS : 1); round++)
					if (nth++ % step == 0)
						play(s, (enum mishap)what,
						     which);
	}
}

#define PLAY(scenes) play_all(scenes, sizeof(scenes) / sizeof((scenes)[0]))

static void test_opening(void) { PLAY(opening); }

#define PLAY_ON(scenes, ...)				\
	do {						\
		ground = (struct ground){ __VA_ARGS__ };	\
		PLAY(scenes);				\
		ground = (struct ground){ 0 };		\
	} while (0)

static void test_additional(void)
{
	PLAY_ON(opening,
		.conf = "ike = { additional = [\"p256\"]; fragment = 576; };");
}

static void test_again(void)
{
	PLAY_ON(opens, .conf = "ike = { dh = [\"x25519\", \"p256\"]; };",
		.conf_1 = "ike = { dh = [\"p256\"]; cookie_threshold = 0; };");
}

static void test_fragments(void)
{
	PLAY_ON(opens, .conf = "ike = { fragment = 576; };", .key = KEY_RSA);
}

static void test_nat(void)
{
	PLAY_ON(elsewhere, .nat = true);
	PLAY_ON(moves, .nat = true);
}

static void test_tunnel(void)
{
	PLAY_ON(elsewhere, .tunnel = true);
}

static void test_crash(void)
{
	PLAY_ON(crashes, .store = true);
}

static void test_children(void) { PLAY(children); }
static void test_deletes(void) { PLAY(deletes); }
static void test_ike_rekeys(void) { PLAY(ike_rekeys); }
static void test_mixed(void) { PLAY(mixed); }

static void test_followup(void)
{
	PLAY_ON(ike_rekeys, .conf = "ike = { additional = [\"p256\"]; };");
	PLAY_ON(mixed, .conf = "ike = { additional = [\"p256\"]; };");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "L28 K01 K02 any message of an opening: lost, doubled, late",
		  test_opening },
		{ "L28 K01 K02 the same with an additional key exchange",
		  test_additional },
		{ "K09 K10 the same with COOKIE and INVALID_KE_PAYLOAD", test_again },
		{ "K43 the same in fragments", test_fragments },
		{ "K26 K52 any message of each exchange through a NAT: lost, doubled, late",
		  test_nat },
		{ "K12 the same in tunnel mode", test_tunnel },
		{ "L19 K53 any message to who lost everything: lost, doubled, late",
		  test_crash },
		{ "L25 N03 K01 K02 K13 messages of a new child or child rekey: lost, doubled, late",
		  test_children },
		{ "L28 K01 K02 K33 messages of a Delete or question for life: lost, doubled, late",
		  test_deletes },
		{ "N03 K01 K02 K14 any message of an IKE rekey: lost, doubled, late",
		  test_ike_rekeys },
		{ "N03 L28 K15 any message of two exchanges that meet: lost, doubled, late",
		  test_mixed },
		{ "N03 L28 IKE rekeys with an additional key exchange",
		  test_followup },
	};

	return KTAP_RUN(tests);
}
