// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays scenes: what happens to a message, and what must be true afterwards,
 * whatever it was.
 */
#include "ktap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "replay.h"

struct world w;
struct ground ground;
uint64_t replaced;

/* ---- what happens to messages ------------------------------------------- */

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

/* in w.n[]: messages so far, the one concerned, what happens to it, fragments */
enum { N_SENT, N_WHICH, N_FAULT, N_SPLIT };

/* the scene that is played */
static const struct scene *now;
static bool went_on;

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

static bool under_way(struct world *x, struct packet *p)
{
	struct packet *other = now->rewrite ? now->rewrite(p) : NULL;
	struct ike_hdr hdr;

	if (world_hdr(p, &hdr) && hdr.next == IKE_PLD_SKF &&
	    hdr.exchange == ground.split)
		x->n[N_SPLIT]++;
	if (!other)
		return meddle(x, p);
	if (meddle(x, other))
		world_queue(x, other);
	else
		free(other);
	return false;
}

static void release(void)
{
	if (w.kept)
		world_queue(&w, w.kept);
	w.kept = NULL;
}

/* ---- what acts are made of ----------------------------------------------- */

/* an exchange of a host's newest IKE SA begins */
void replay_start(int host, enum task_kind kind)
{
	if (!world_start(&w, host, kind))
		abort();
}

void replay_ask(int host, int port)
{
	world_acquire(&w, host, !host, (uint16_t)port);
}

/* before the scene proper: nothing happens to these messages */
void replay_quietly(void (*act)(void))
{
	bool (*filter)(struct world *x, struct packet *p) = w.filter;

	w.filter = NULL;
	act();
	world_run(&w);
	w.filter = filter;
}

/* ---- where it happens ---------------------------------------------------- */

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

static void make_world(void)
{
	int i;

	world_init(&w);
	if (ground.nat)
		world_nat(&w, 0, "10.0.0.9");
	w.h[1].store = ground.store;
	for (i = 0; i < 2; i++) {
		if (!ground.own_pad && !(ground.nobody & 1u << i))
			world_pad_any(&w, i);
		world_protect_ports(&w, i);
		if (ground.tunnel)
			in_tunnel(i);
		if (!world_up(&w, i, ground.key ? ground.key : KEY_ED25519,
			      i && ground.conf_1 ? ground.conf_1 : ground.conf))
			abort();
	}
}

static void begin_world(const struct scene *s)
{
	make_world();
	if (s->fresh)
		return;
	replay_ask(0, 80);
	world_run(&w);
	if (world_pairs(&w, 0, 1) != 1)
		abort();
}

/* ---- what must be true afterwards --------------------------------------- */

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

/* nothing is under way at a host, nor ever was what an honest peer does not send */
static bool at_rest(int host)
{
	const struct btnsd *d = &w.h[host].d;

	return !d->half_open && !d->unanswered && !d->orphans &&
	       !d->fragment_octets && !d->fragment_strangers &&
	       !world_logged(&w, "does not belong into this state") &&
	       !world_logged(&w, "that the state needs is missing");
}

/* each end has taken the other as the ground has it */
static bool known(int host)
{
	size_t i;

	for (i = 0; ground.own_pad && i < w.h[host].k.n_bound; i++)
		if (w.h[host].k.bound[i].peer.method != ground.method)
			return false;
	return true;
}

/* the newest child SA is for the packet of an acquire, and those like it */
static bool single(int host)
{
	const struct ike_sa *sa = w.h[host].d.sas;
	const struct sel *sel;

	if (!sa || !sa->children)
		return false;
	sel = &sa->children->sel;
	return sel->lmask == 0xffff && sel->rmask == 0xffff &&
	       (host ? sel->rport : sel->lport) == 40000;
}

/* it breaks as often as the scene has it; nobody asks host 1 */
static bool broken(const struct scene *s)
{
	unsigned int n = w.h[0].k.breaks;

	return n >= s->breaks && !w.h[1].k.breaks &&
	       n <= (s->breaks_max ? s->breaks_max : s->breaks);
}

static bool converged(const struct scene *s)
{
	unsigned int pairs = world_pairs(&w, 0, 1);
	int i;

	if (pairs < s->pairs ||
	    pairs > (s->pairs_max ? s->pairs_max : s->pairs) ||
	    w.h[0].k.forgotten + w.h[1].k.forgotten != s->forgets ||
	    !broken(s) ||
	    (replaced && w.h[0].d.sas && w.h[0].d.sas->spi_i == replaced))
		return false;
	for (i = 0; i < 2; i++)
		if (kernel_sas(i) != 2 * pairs ||
		    w.h[i].k.n_bound != 2 * pairs || w.h[i].k.unvouched ||
		    !at_rest(i) || !known(i) || !grounded(i) ||
		    (s->single && !single(i)) ||
		    world_ike(&w, i, IKE_ST_ESTABLISHED) != s->ike || !twins(i))
			return false;
	return true;
}

/* undisturbed it is what it says that it is */
static bool as_told(const struct scene *s)
{
	return (!s->said || world_logged(&w, s->said)) &&
	       (!s->then || went_on) &&
	       (!ground.split || w.n[N_SPLIT] > 1);
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

/* the scene's second act, which waits for the first */
static void go_on(const struct scene *s)
{
	if (!s->then || went_on || !s->when())
		return;
	went_on = true;
	s->then();
	world_run(&w);
}

static void let_pass(const struct scene *s, uint64_t ms)
{
	uint64_t end = w.now + ms;

	while (w.now < end) {
		world_advance(&w, next_event(end - w.now));
		go_on(s);
		if (s->covered && !world_pairs(&w, 0, 1)) {
			CHECK(!"there is always a pair");
			return;
		}
	}
}

/* who began what is there now, of IKE and child SA: where nonces decide, who won */
static unsigned int began(void)
{
	const struct ike_sa *sa = world_sa(&w, 0);

	if (!sa)
		return 0;
	return sa->initiator |
	       (sa->children && sa->children->initiator ? 2 : 0);
}

/* of the last play */
static unsigned int outcome;

/* messages that the scene took; if nonces decide, the lowest is the one after @lowest */
static unsigned int play(const struct scene *s, enum mishap what,
			 unsigned int which, unsigned int lowest)
{
	static const unsigned int late[MISHAP_COUNT] = {
		[MISHAP_LATE] = 700,
		[MISHAP_LATER] = 9000,
		[MISHAP_ECHO] = 60000,
	};
	unsigned int n;

	begin_world(s);
	replaced = 0;
	world_forget_log(&w);
	now = s;
	went_on = false;
	w.n[N_SENT] = 0;
	w.n[N_WHICH] = which;
	w.n[N_FAULT] = what;
	w.n[N_SPLIT] = 0;
	if (s->clash)
		world_lowest(lowest);
	w.filter = under_way;
	s->act();
	world_run(&w);
	go_on(s);
	let_pass(s, s->takes);
	n = w.n[N_SENT];
	/* a refusal ends an opening at once, not its timer */
	if (what == MISHAP_NONE)
		CHECK(!w.h[0].d.half_open && !w.h[1].d.half_open);
	if (late[what]) {
		let_pass(s, late[what]);
		release();
	}
	let_pass(s, 60000);
	release();
	let_pass(s, 1000);
	w.filter = NULL;
	if (!converged(s)) {
		ktap_note("%s, message %u: %s, nonce %u:", s->name, which,
			  mishap_name[what], lowest);
		ktap_note("%u pairs, %u and %u SAs, %u and %u IKE SAs",
			  world_pairs(&w, 0, 1), kernel_sas(0), kernel_sas(1),
			  world_ike(&w, 0, IKE_ST_ESTABLISHED),
			  world_ike(&w, 1, IKE_ST_ESTABLISHED));
		CHECK(!"both ends have the same");
	}
	if (what == MISHAP_NONE && !as_told(s)) {
		ktap_note("%s: \"%s\", %u fragments", s->name,
			  s->said ? s->said : "", w.n[N_SPLIT]);
		CHECK(!"the scene is what it says");
	}
	outcome = began();
	world_fini(&w);
	return n;
}

/*
 * Where nonces decide, the lowest of four is that of either end's question or
 * of either end's answer, and who asked with that question or got that answer
 * loses.
 */
static unsigned int play_clash(const struct scene *s)
{
	unsigned int messages = play(s, MISHAP_NONE, 0, 0);
	unsigned int first = outcome, second;

	play(s, MISHAP_NONE, 0, 1);
	second = outcome;
	CHECK(first != second);
	play(s, MISHAP_NONE, 0, 2);
	CHECK(outcome == first || outcome == second);
	play(s, MISHAP_NONE, 0, 3);
	CHECK(outcome == first || outcome == second);
	return messages;
}

/* each scene undisturbed, and then with each mishap at each message */
void replay_all(const struct scene *s, size_t n)
{
	/* memory errors show in a part: one mishap in five */
	unsigned int step = ktap_brief() ? 5 : 1, nth = 0;
	unsigned int messages, which, lowest;
	int what;

	for (; n; n--, s++) {
		messages = s->clash ? play_clash(s) :
				      play(s, MISHAP_NONE, 0, 0);
		CHECK(messages >= 2);
		for (what = MISHAP_DROP; what < MISHAP_COUNT; what++)
			for (which = 0; which < messages; which++)
				for (lowest = 0; lowest <= s->clash; lowest++)
					if (nth++ % step == 0)
						play(s, (enum mishap)what,
						     which, lowest);
	}
}

