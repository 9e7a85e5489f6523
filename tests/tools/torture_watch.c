// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Latches as the kernel tells of them, by events and by listing, held to the
 * model: each transition is one that there is, what was latched never changes,
 * and after a while each is in a state that the model allows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/torture.h"

#define LATCHES		256	/* of one host, at a time */
#define SETTLE_MS	4000	/* until the kernel has looked at a change */
#define END_MS		10000	/* until a closed connection's latch goes */
#define CUT_OFF_MS	400	/* after a break nothing is on its way */

#define FINAL	(1U << BTNS_REASON_ADMIN | 1U << BTNS_REASON_PEER_DEAD)

/**
 * struct latch - what is known of a latch
 * @id: number, 0 if the entry is free
 * @state: as the events tell
 * @listener: of a socket that listens
 * @client: port on host a
 * @broken_ms: when it broke, or was closed
 * @breaks: how often it broke
 * @admin: how often an administrator had acted when it came
 * @m: what the model needs to know
 * @values: as first read
 */
struct latch {
	uint64_t id;
	uint8_t state;
	bool listener;
	uint16_t client;
	long long broken_ms;
	unsigned int breaks;
	unsigned long admin;
	struct model_latch m;
	struct lbtns_latch values;
};

/**
 * struct host - one of the two
 * @h: netlink
 * @ev: its events
 * @latches: those that there are
 * @listed: as listed just now
 * @n_listed: how many
 * @admin: how often an administrator broke or closed some
 * @acts: one is about it, and latches that are born now may be among them
 * @protects: net.btns.latch_protect
 * @told: transitions by the state that they led to
 * @stats: counters when we began
 */
static struct host {
	struct lbtns *h;
	struct lbtns_events *ev;
	struct latch latches[LATCHES];
	struct lbtns_latch listed[LATCHES];
	bool protects;
	bool acts;
	unsigned int n_listed;
	unsigned long admin, told[BTNS_LATCH_STATE_CLOSED + 1], stats[3];
} hosts[HOSTS];

static const char * const counters[3] = {
	"LatchBroken", "LatchClosed", "LatchReleased",
};

static const char * const state_names[] = {
	"none", "larval", "listener", "established", "broken", "closed",
};

static char letter(unsigned int host)
{
	return host == HOST_A ? 'a' : 'b';
}

/* ---- identities -------------------------------------------------------- */

/* The keys of tests/netns/lib.sh: all one digit. */
void who_ident(enum who who, struct lbtns_ident *id)
{
	static const uint8_t digit[WHO_MAX] = { 0, 0xaa, 0xbb, 0xcc, 0xdd };

	memset(id, 0, sizeof(*id));
	if (who == NOBODY)
		return;
	id->type = BTNS_ID_TYPE_PUBLICKEY;
	id->method = BTNS_AUTH_METHOD_MANUAL;
	memset(id->digest, digit[who], sizeof(id->digest));
}

static enum who who_is(const struct lbtns_ident *id)
{
	struct lbtns_ident known;
	enum who who;

	if (id->type == BTNS_ID_TYPE_NONE)
		return NOBODY;
	for (who = ALICE; who < WHO_MAX; who++) {
		who_ident(who, &known);
		if (id->type == known.type &&
		    !memcmp(id->digest, known.digest, sizeof(id->digest)))
			return who;
	}
	fault("value", "a latch has an identity that nobody vouched for");
}

static enum suite suite_is(const struct lbtns_latch *l)
{
	if (!strcmp(l->enc, "ecb(cipher_null)"))
		return NULL_CIPHER;
	return l->enc_keybits == 128 ? GCM128 : GCM256;
}

bool watch_good(unsigned int host, const struct btns_latch_info *info)
{
	struct lbtns_ident peer, self;

	who_ident(model_peer(host, SA_GOOD), &peer);
	who_ident(model_self(host, SA_GOOD), &self);
	return info->id && info->sa_proto == IPPROTO_ESP && !info->sa_mode &&
	       !memcmp(info->peer.digest, peer.digest, sizeof(peer.digest)) &&
	       !memcmp(info->local.digest, self.digest, sizeof(self.digest)) &&
	       !strcmp(info->enc, "rfc4106(gcm(aes))") &&
	       info->enc_keybits == 256 && info->icv_bits == 128;
}

/* ---- what is known ----------------------------------------------------- */

static struct latch *find(unsigned int host, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < LATCHES; i++)
		if (hosts[host].latches[i].id == id)
			return &hosts[host].latches[i];
	return NULL;
}

/* Which conversation a latch is of. */
static unsigned int slot_of(unsigned int host, const struct lbtns_latch *l)
{
	uint16_t server = host == HOST_A ? l->rport : l->lport;
	unsigned int slot = server - (unsigned int)SERVER_PORT;

	if (slot >= SLOTS || slot_proto(slot) != l->proto)
		fault("model",
		      "host %c has a latch of an unknown flow, port %u",
		      letter(host), server);
	return slot;
}

static struct latch *learn(unsigned int host, const struct lbtns_latch *l)
{
	struct latch *new = find(host, 0);

	if (!new)
		fault("tool", "more than %u latches", LATCHES);
	memset(new, 0, sizeof(*new));
	new->id = l->id;
	new->listener = !l->rport;
	new->admin = hosts[host].admin;
	new->m.may_hold = hosts[host].protects;
	new->m.host = host;
	new->m.slot = slot_of(host, l);
	new->m.lenient = model_optional(host, new->m.slot);
	new->client = host == HOST_A ? l->lport : l->rport;
	return new;
}

/* An end by an administrator needs one who acted since the latch was there. */
static void check_admin(unsigned int host, const struct latch *l)
{
	if (!hosts[host].acts && hosts[host].admin == l->admin)
		fault("event",
		      "host %c: latch %llu was ended by an administrator who did nothing",
		      letter(host), (unsigned long long)l->id);
}

static void on_broken(unsigned int host, struct latch *l, uint8_t reason)
{
	counts.broken++;
	l->breaks++;
	l->m.was_broken = true;
	l->broken_ms = now_ms();
	if (1U << reason & FINAL) {
		check_admin(host, l);
		l->m.final = true;
	}
	conn_hit(host, l->m.slot, l->client);
}

static void on_closed(unsigned int host, struct latch *l, uint8_t from,
		      uint8_t reason)
{
	if (l->listener)
		return;	/* its socket asks otherwise, by a knob */
	counts.closed++;
	if (from != BTNS_LATCH_STATE_LARVAL) {
		if (reason != BTNS_REASON_ADMIN && reason != BTNS_REASON_STORE)
			fault("event",
			      "host %c: latch %llu closed for reason %u",
			      letter(host), (unsigned long long)l->id, reason);
		check_admin(host, l);
	}
	l->m.closed = true;
	l->broken_ms = now_ms();
	conn_hit(host, l->m.slot, l->client);
}

static void move(unsigned int host, struct latch *l, uint8_t to,
		 uint8_t reason)
{
	uint8_t from = l->state;

	l->state = to;
	hosts[host].told[to]++;
	switch (to) {
	case BTNS_LATCH_STATE_BROKEN:
		on_broken(host, l, reason);
		break;
	case BTNS_LATCH_STATE_CLOSED:
		on_closed(host, l, from, reason);
		break;
	case BTNS_LATCH_STATE_ESTABLISHED:
		if (from != BTNS_LATCH_STATE_BROKEN)
			break;
		if (l->m.final || (l->m.hard && l->m.was_broken))
			fault("event",
			      "host %c: latch %llu was broken for good, and is established",
			      letter(host), (unsigned long long)l->id);
		counts.mended++;
		break;
	case BTNS_LATCH_STATE_NONE:
		l->id = 0;
		break;
	}
}

/* N04, N07: every transition is told, in order, and there are no others. */
static int on_event(const struct lbtns_event *ev, void *arg)
{
	unsigned int host = *(unsigned int *)arg;
	const struct lbtns_latch *e = &ev->u.latch;
	struct latch *l;

	if (ev->type == LBTNS_EVENT_LOST)
		fault("tool", "events of host %c were lost", letter(host));
	if (ev->type != LBTNS_EVENT_LATCH)
		return 0;
	l = find(host, e->id);
	if (!l)
		l = learn(host, e);
	if (l->state != e->old_state)
		fault("event",
		      "host %c: latch %llu went from %s to %s, and was %s",
		      letter(host), (unsigned long long)e->id,
		      state_names[e->old_state], state_names[e->state],
		      state_names[l->state]);
	if (!model_move(e->old_state, e->state))
		fault("event", "host %c: latch %llu went from %s to %s",
		      letter(host), (unsigned long long)e->id,
		      state_names[e->old_state], state_names[e->state]);
	move(host, l, e->state, e->reason);
	return 0;
}

void watch_events(void)
{
	unsigned int host;

	for (host = 0; host < HOSTS; host++)
		lbtns_events_read(hosts[host].ev, on_event, &host);
}

bool watch_established(unsigned int host, uint64_t id)
{
	const struct latch *l = id ? find(host, id) : NULL;

	return l && l->state == BTNS_LATCH_STATE_ESTABLISHED;
}

bool watch_cut_off(unsigned int host, uint64_t id)
{
	const struct latch *l = id ? find(host, id) : NULL;

	return l && l->state > BTNS_LATCH_STATE_ESTABLISHED &&
	       now_ms() - l->broken_ms > CUT_OFF_MS * (long long)slow;
}

/* ---- listing ----------------------------------------------------------- */

static int on_listed(const struct lbtns_latch *l, void *arg)
{
	struct host *host = arg;

	if (!l->rport)
		return 0;	/* a listener's */
	if (host->n_listed == LATCHES)
		return -ENOSPC;
	host->listed[host->n_listed++] = *l;
	return 0;
}

static bool same_values(const struct lbtns_latch *a,
			const struct lbtns_latch *b)
{
	return !memcmp(&a->peer, &b->peer, sizeof(a->peer)) &&
	       !memcmp(&a->local, &b->local, sizeof(a->local)) &&
	       a->protection == b->protection && a->sa_proto == b->sa_proto &&
	       a->sa_mode == b->sa_mode && a->esn == b->esn &&
	       a->enc_keybits == b->enc_keybits && a->icv_bits == b->icv_bits &&
	       !strcmp(a->enc, b->enc) && !strcmp(a->auth, b->auth) &&
	       a->disposition == b->disposition && a->lport == b->lport &&
	       a->rport == b->rport;
}

/* L14: what is latched never changes. */
static void read_values(struct latch *l, const struct lbtns_latch *d)
{
	struct model_latch *m = &l->m;

	if (m->has_values && !same_values(&l->values, d))
		fault("value",
		      "host %c: what latch %llu has latched changed: %s to %s, peer %u to %u",
		      letter(m->host), (unsigned long long)l->id, l->values.enc,
		      d->enc, m->peer, who_is(&d->peer));
	m->hard = d->disposition != BTNS_DISPOSITION_WAIT;
	if (!d->sa_proto)
		return;	/* larval, and closed as such */
	l->values = *d;
	m->has_values = true;
	m->peer = who_is(&d->peer);
	m->local = who_is(&d->local);
	m->suite = suite_is(d);
}

/* Listed between two readings of events, so that nothing is older than they. */
static void list(unsigned int host)
{
	struct host *h = &hosts[host];
	unsigned int i;
	int err;

	watch_events();
	h->n_listed = 0;
	err = lbtns_latch_dump(h->h, on_listed, h);
	if (err)
		fault("tool", "cannot list latches: %s", lbtns_error(h->h));
	watch_events();
	for (i = 0; i < h->n_listed; i++) {
		struct latch *l = find(host, h->listed[i].id);

		if (l)
			read_values(l, &h->listed[i]);
	}
}

/* ---- against the model ------------------------------------------------- */

static const char *wrong_conflicts(const struct latch *l,
				   const struct lbtns_latch *d)
{
	uint32_t must = model_conflicts(&l->m), may = must;
	static char why[160];

	if (d->state != BTNS_LATCH_STATE_BROKEN) {
		must = 0;
		may = d->state == BTNS_LATCH_STATE_CLOSED ? ~0U : 0;
	} else {
		if (model_awaits(&l->m))
			may |= 1U << BTNS_REASON_PEER;
		if (l->m.final)
			may |= FINAL;
	}
	must &= ~model_excused(&l->m);
	if (!(must & ~d->conflicts) && !(d->conflicts & ~may))
		return NULL;
	snprintf(why, sizeof(why),
		 "host %c: latch %llu (slot %u, %s) has conflicts %#x, not %#x",
		 letter(l->m.host), (unsigned long long)l->id, l->m.slot,
		 state_names[d->state], d->conflicts, must);
	return why;
}

static const char *wrong_latch(unsigned int host, const struct lbtns_latch *d)
{
	struct latch *l = find(host, d->id);
	static char why[160];

	if (l && d->conflicts & FINAL) {
		check_admin(host, l);
		l->m.final = true;
	}
	if (!l || l->state != d->state)
		snprintf(why, sizeof(why),
			 "host %c: latch %llu is %s, and events say %s",
			 letter(host), (unsigned long long)d->id,
			 state_names[d->state],
			 l ? state_names[l->state] : "nothing");
	else if (!(model_states(&l->m) & 1U << d->state))
		snprintf(why, sizeof(why),
			 "host %c: latch %llu (slot %u, peer %u, suite %u) is %s, conflicts %#x, model %#x",
			 letter(host), (unsigned long long)d->id, l->m.slot,
			 l->m.peer, l->m.suite, state_names[d->state],
			 d->conflicts, model_conflicts(&l->m));
	else
		return wrong_conflicts(l, d);
	return why;
}

static bool is_listed(const struct host *h, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < h->n_listed; i++)
		if (h->listed[i].id == id)
			return true;
	return false;
}

/* NULL, or what is not yet as it should be. */
static const char *wrong(unsigned int host)
{
	struct host *h = &hosts[host];
	uint64_t ids[LATCHES];
	const char *why = NULL;
	unsigned int i;

	list(host);
	for (i = 0; i < h->n_listed && !why; i++) {
		ids[i] = h->listed[i].id;
		why = wrong_latch(host, &h->listed[i]);
	}
	for (i = 0; i < LATCHES && !why; i++)
		if (h->latches[i].id && !is_listed(h, h->latches[i].id) &&
		    !h->latches[i].listener)
			why = "a latch is gone, and no event said so";
	return why ? why : conn_unlatched(host, ids, h->n_listed);
}

/* In time everything is as the model has it. */
void watch_settle(void)
{
	long long end = now_ms() + SETTLE_MS * (long long)slow;
	const char *why;

	for (;;) {
		why = wrong(HOST_A);
		if (!why)
			why = wrong(HOST_B);
		if (!why)
			break;
		if (now_ms() > end)
			fault("model", "%s", why);
		pump(5);
	}
	counts.settles++;
}

/* ---- what is done to latches ------------------------------------------- */

/* Policy of that host is about to change. */
void watch_policy(unsigned int host)
{
	unsigned int i;

	watch_events();
	for (i = 0; i < LATCHES; i++)
		hosts[host].latches[i].m.policy_since = true;
}

void watch_protect(unsigned int host, bool on)
{
	unsigned int i;

	hosts[host].protects = on;
	for (i = 0; on && i < LATCHES; i++)
		hosts[host].latches[i].m.may_hold = true;
}

/* L34: what another peer's SA would contradict is broken, and that is told,
 * before the SA is accepted.
 */
void watch_bind(unsigned int host, const struct lbtns_sa *sa, enum who peer,
		unsigned int scope)
{
	struct host *h = &hosts[host];
	unsigned int breaks[LATCHES], i;
	uint64_t ids[LATCHES];
	int err;

	list(host);
	for (i = 0; i < LATCHES; i++) {
		struct latch *l = &h->latches[i];

		ids[i] = 0;
		breaks[i] = l->breaks;
		if (l->id && l->m.has_values && l->m.peer != peer &&
		    l->state == BTNS_LATCH_STATE_ESTABLISHED &&
		    (sa->daddr.family == AF_INET ? V4 : V6) ==
			    slot_family(l->m.slot) &&
		    model_covers(scope, l->m.slot))
			ids[i] = l->id;
	}
	world_let_go();
	err = lbtns_sa_bind(h->h, sa, NULL);
	world_hold();
	if (err)
		fault("tool", "cannot bind: %s", lbtns_error(h->h));
	watch_events();
	for (i = 0; i < LATCHES; i++)
		if (ids[i] && h->latches[i].id == ids[i] &&
		    h->latches[i].breaks == breaks[i] &&
		    h->latches[i].state == BTNS_LATCH_STATE_ESTABLISHED)
			fault("model",
			      "host %c: another peer's SA was accepted, and latch %llu is established",
			      letter(host), (unsigned long long)ids[i]);
}

int watch_unbind(unsigned int host, const struct lbtns_sa *sa)
{
	int err;

	world_let_go();
	err = lbtns_sa_unbind(hosts[host].h, sa);
	world_hold();
	return -err;
}

/* Does that choice mean this latch? */
static bool meant(const struct latch *l, enum choose choice, uint64_t id,
		  enum who peer)
{
	switch (choice) {
	case CHOOSE_ID:
		return l->id == id;
	case CHOOSE_PEER:
		return l->m.has_values && l->m.peer == peer;
	default:
		return true;
	}
}

static uint64_t id_of(unsigned int host, unsigned int slot)
{
	unsigned int i;

	for (i = 0; i < LATCHES; i++) {
		const struct latch *l = &hosts[host].latches[i];

		if (l->id && l->m.slot == slot && !l->listener)
			return l->id;
	}
	return 0;
}

/* Those that an end by an administrator means, as they are now. */
static unsigned int choose(unsigned int host, enum choose choice, uint64_t id,
			   enum who peer, bool larval, uint64_t *ids)
{
	unsigned int i, n = 0;

	for (i = 0; i < LATCHES; i++) {
		const struct latch *l = &hosts[host].latches[i];

		if (l->id && !l->listener &&
		    (larval || l->state != BTNS_LATCH_STATE_LARVAL) &&
		    meant(l, choice, id, peer))
			ids[n++] = l->id;
	}
	return n;
}

/* From now on they are closed, or broken for good; or gone. */
static void expect_end(unsigned int host, const uint64_t *ids, unsigned int n,
		       bool close)
{
	struct latch *l;

	while (n--) {
		l = find(host, ids[n]);
		if (l && close)
			l->m.closed = true;
		else if (l)
			l->m.final = true;
	}
}

void watch_admin(unsigned int host, enum choose choice, unsigned int slot,
		 bool close, uint8_t reason)
{
	enum who peer = model_peer(host, SA_GOOD);
	struct lbtns_choice c = { 0 };
	struct host *h = &hosts[host];
	struct lbtns_ident ident;
	uint64_t ids[LATCHES];
	unsigned int n;
	int err;

	list(host);
	who_ident(peer, &ident);
	if (choice == CHOOSE_ID)
		c.id = id_of(host, slot);
	else if (choice == CHOOSE_PEER)
		c.peer = &ident;
	else
		c.all = true;
	if (choice == CHOOSE_ID && !c.id)
		return;
	h->admin++;
	h->acts = true;
	n = choose(host, choice, c.id, peer,
		   close && reason != BTNS_REASON_STORE, ids);
	world_let_go();
	err = close ? lbtns_latch_close(h->h, &c, reason, NULL) :
		      lbtns_latch_break(h->h, &c, reason, NULL);
	world_hold();
	if (err && err != -ENOENT)
		fault("tool", "cannot end latches: %s", lbtns_error(h->h));
	watch_events();
	h->acts = false;
	expect_end(host, ids, n, close);
}

/* ---- beginning and end ------------------------------------------------- */

static void read_stats(unsigned int host, unsigned long *stats)
{
	char name[64];
	unsigned long n;
	unsigned int i;
	FILE *f;

	enter(host);
	f = fopen("/proc/self/net/btns_stat", "re");
	if (!f)
		fault("tool", "no counters");
	while (fscanf(f, "%63s %lu", name, &n) == 2)
		for (i = 0; i < 3; i++)
			if (!strcmp(name, counters[i]))
				stats[i] = n;
	fclose(f);
}

void watch_start(void)
{
	unsigned int host;

	for (host = 0; host < HOSTS; host++) {
		struct host *h = &hosts[host];

		enter(host);
		if (lbtns_open(&h->h) ||
		    lbtns_events_open(h->h, LBTNS_GROUP_LATCH, &h->ev))
			fault("tool", "%s", lbtns_error(h->h));
		read_stats(host, h->stats);
	}
}

static bool any_left(void)
{
	unsigned int host, i;

	for (host = 0; host < HOSTS; host++)
		for (i = 0; i < LATCHES; i++)
			if (hosts[host].latches[i].id)
				return true;
	return false;
}

/* N07: as many transitions were told as were counted. */
static void check_counters(unsigned int host)
{
	static const uint8_t states[3] = {
		BTNS_LATCH_STATE_BROKEN, BTNS_LATCH_STATE_CLOSED,
		BTNS_LATCH_STATE_NONE,
	};
	struct host *h = &hosts[host];
	unsigned long stats[3] = { 0 };
	unsigned int i;

	read_stats(host, stats);
	for (i = 0; i < 3; i++)
		if (stats[i] - h->stats[i] != h->told[states[i]])
			fault("event",
			      "host %c counts %lu of %s, and told of %lu",
			      letter(host), stats[i] - h->stats[i],
			      counters[i], h->told[states[i]]);
}

/* All sockets are closed: all latches go. */
void watch_end(void)
{
	long long end = now_ms() + END_MS * (long long)slow;
	unsigned int host;

	while (any_left()) {
		if (now_ms() > end)
			fault("event", "latches are left behind");
		pump(5);
	}
	for (host = 0; host < HOSTS; host++) {
		check_counters(host);
		lbtns_events_close(hosts[host].ev);
		lbtns_close(hosts[host].h);
	}
}
