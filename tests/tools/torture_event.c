// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The events: what each does to the kernel, and what that means in the model.
 * An event that makes no sense just now does nothing; what it would do depends
 * on the model only, so that a seed's sequence is the same each time.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tests/tools/torture.h"

#define QUIET_MS	10000	/* until all has arrived when nothing is wrong */
#define BURST		48	/* records at once */

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static void must(int err, const char *what)
{
	if (err)
		fault("tool", "%s: %s", what, strerror(err));
}

/* ---- sockets ----------------------------------------------------------- */

static void run_open(const struct step *s)
{
	static const uint8_t modes[] = {
		BTNS_ASK_MODE_REQUIRE, BTNS_ASK_MODE_PREFER,
		BTNS_ASK_MODE_DEFAULT, BTNS_ASK_MODE_REQUIRE,
	};
	static const uint8_t dispositions[] = {
		BTNS_DISPOSITION_DEFAULT, BTNS_DISPOSITION_WAIT,
		BTNS_DISPOSITION_RESET, BTNS_DISPOSITION_WAIT,
		BTNS_DISPOSITION_UNREACHABLE,
	};

	if (!conn_is_open(s->slot) || s->a % 3 == 0)
		conn_open(s->slot, modes[s->a % N(modes)],
			  dispositions[s->b % N(dispositions)]);
}

static void run_close(const struct step *s)
{
	conn_close(s->slot, s->a & 1);
}

static void run_half_close(const struct step *s)
{
	conn_half_close(s->slot, s->host);
}

static void run_burst(const struct step *s)
{
	(void)s;
	conn_pump(BURST);
}

/* ---- SAs and who is behind them ---------------------------------------- */

static void to_prefix(struct lbtns_prefix *p, unsigned int host,
		      unsigned int family)
{
	p->family = family == V4 ? AF_INET : AF_INET6;
	p->len = family == V4 ? 32 : 128;
	host_addr(host, family, p->addr);
}

static void name_sa(struct lbtns_sa *sa, unsigned int host,
		    unsigned int family, unsigned int way,
		    unsigned int flavour)
{
	unsigned int scope = world_sa(host, family, way, flavour)->scope;
	unsigned int slot = scope - FOR_SLOT;
	uint16_t server = (uint16_t)(SERVER_PORT + slot);

	memset(sa, 0, sizeof(*sa));
	sa->spi = htonl(xfrm_spi(family, way, flavour));
	sa->proto = IPPROTO_ESP;
	to_prefix(&sa->daddr, way == A_TO_B ? HOST_B : HOST_A, family);
	who_ident(model_peer(host, flavour), &sa->peer);
	who_ident(model_self(host, flavour), &sa->local);
	to_prefix(&sa->sel.local, host, family);
	to_prefix(&sa->sel.remote, !host, family);
	if (scope == FOR_ALL)
		return;
	if (scope < FOR_SLOT) {
		sa->sel.proto = scope == FOR_TCP ? IPPROTO_TCP : IPPROTO_UDP;
		return;
	}
	sa->sel.proto = slot_proto(slot);
	*(host == HOST_A ? &sa->sel.rport : &sa->sel.lport) = server;
}

static void bind_sa(unsigned int host, unsigned int family, unsigned int way,
		    unsigned int flavour)
{
	struct world_sa *w = world_sa(host, family, way, flavour);
	struct lbtns_sa sa;

	if (w->bound || flavour == SA_ANON)
		return;
	name_sa(&sa, host, family, way, flavour);
	watch_bind(host, &sa, model_peer(host, flavour), w->scope);
	w->bound = true;
}

static void unbind_sa(unsigned int host, unsigned int family, unsigned int way,
		      unsigned int flavour)
{
	struct world_sa *w = world_sa(host, family, way, flavour);
	struct lbtns_sa sa;

	if (!w->bound)
		return;
	name_sa(&sa, host, family, way, flavour);
	must(watch_unbind(host, &sa), "unbind");
	w->bound = false;
}

/* The helper says first whose it is, if it says so at all. */
static void add_sa(unsigned int host, unsigned int family, unsigned int way,
		   unsigned int flavour, unsigned int scope)
{
	struct world_sa *w = world_sa(host, family, way, flavour);

	if (w->installed)
		return;
	if (!w->bound)
		w->scope = scope;
	bind_sa(host, family, way, flavour);
	must(xfrm_sa_add(host, family, way, flavour, w->scope), "add an SA");
	w->installed = true;
}

/* The binding goes with the SA. */
static void del_sa(unsigned int host, unsigned int family, unsigned int way,
		   unsigned int flavour)
{
	struct world_sa *w = world_sa(host, family, way, flavour);

	if (!w->installed)
		return;
	must(xfrm_sa_del(host, family, way, flavour), "delete an SA");
	w->installed = false;
	w->bound = false;
}

/* What is agreed is for all; what is not, for more or less. */
static unsigned int scope_of(const struct step *s, unsigned int flavour)
{
	if (flavour == SA_GOOD || flavour == SA_REKEYED)
		return FOR_ALL;
	switch (s->b % 6) {
	case 0:
		return FOR_ALL;
	case 1:
		return FOR_TCP;
	case 2:
		return FOR_UDP;
	default:
		return FOR_SLOT + s->slot;
	}
}

static void run_sa_add(const struct step *s)
{
	unsigned int flavour = s->a % FLAVOURS;
	unsigned int scope = scope_of(s, flavour);

	add_sa(s->host, s->family, s->way, flavour, scope);
	if (s->a & 0x100)
		add_sa(!s->host, s->family, s->way, flavour, scope);
}

static void run_sa_del(const struct step *s)
{
	del_sa(s->host, s->family, s->way, s->a % FLAVOURS);
	if (s->a & 0x100)
		del_sa(!s->host, s->family, s->way, s->a % FLAVOURS);
}

/* In comes before out, the new before the old goes. */
static void run_rekey(const struct step *s)
{
	bool first = world_sa(s->host, s->family, s->way, SA_GOOD)->installed;
	unsigned int new = first ? SA_REKEYED : SA_GOOD, way;
	unsigned int old = first ? SA_GOOD : SA_REKEYED;

	for (way = 0; way < WAYS; way++) {
		add_sa(way == A_TO_B ? HOST_B : HOST_A, s->family, way, new,
		       FOR_ALL);
		add_sa(way == A_TO_B ? HOST_A : HOST_B, s->family, way, new,
		       FOR_ALL);
	}
	pump(s->a % 8);
	for (way = 0; way < WAYS; way++) {
		del_sa(HOST_A, s->family, way, old);
		del_sa(HOST_B, s->family, way, old);
	}
}

static void run_bind(const struct step *s)
{
	unsigned int flavour = s->a % FLAVOURS;
	struct world_sa *w = world_sa(s->host, s->family, s->way, flavour);

	if (!w->installed && !w->bound)
		w->scope = scope_of(s, flavour);
	bind_sa(s->host, s->family, s->way, flavour);
}

static void run_unbind(const struct step *s)
{
	unbind_sa(s->host, s->family, s->way, s->a % FLAVOURS);
}

/* An empty SAD is not flushed: xfrm says nothing to anybody then. */
static void run_flush_sad(const struct step *s)
{
	unsigned int family, way, f;
	bool any = false;

	must(xfrm_sa_flush(s->host), "flush the SAD");
	for (family = 0; family < FAMILIES; family++)
		for (way = 0; way < WAYS; way++)
			for (f = 0; f < FLAVOURS; f++)
				any |= world_sa(s->host, family, way, f)
					       ->installed;
	for (family = 0; any && family < FAMILIES; family++)
		for (way = 0; way < WAYS; way++)
			for (f = 0; f < FLAVOURS; f++)
				*world_sa(s->host, family, way, f) =
					(struct world_sa){ 0 };
}

/* ---- policies ---------------------------------------------------------- */

static void set_base(unsigned int host, unsigned int family, unsigned int dir,
		     bool on)
{
	struct world_spd *p = world_spd(host, family, dir);

	if (p->base == on)
		return;
	watch_policy(host);
	if (on)
		must(xfrm_policy_add(host, family, dir, RULE_NONE, 0),
		     "add a policy");
	else
		must(xfrm_policy_del(host, family, dir, 0), "delete a policy");
	p->base = on;
}

static void set_rule(unsigned int host, unsigned int family, unsigned int dir,
		     enum rule rule, uint8_t proto)
{
	struct world_spd *p = world_spd(host, family, dir);

	if (p->rule != RULE_NONE) {
		watch_policy(host);
		must(xfrm_policy_del(host, family, dir, p->proto),
		     "delete a policy");
		p->rule = RULE_NONE;
	}
	if (rule == RULE_NONE)
		return;
	watch_policy(host);
	must(xfrm_policy_add(host, family, dir, rule, proto), "add a policy");
	p->rule = rule;
	p->proto = proto;
}

static void run_rule_add(const struct step *s)
{
	set_rule(s->host, s->family, s->way, 1 + s->a % (RULES - 1),
		 s->b & 1 ? IPPROTO_TCP : IPPROTO_UDP);
}

static void run_rule_del(const struct step *s)
{
	set_rule(s->host, s->family, s->way, RULE_NONE, 0);
}

static void run_base(const struct step *s)
{
	set_base(s->host, s->family, s->way,
		 !world_spd(s->host, s->family, s->way)->base);
}

static void run_flush_spd(const struct step *s)
{
	unsigned int family, dir;

	watch_policy(s->host);
	must(xfrm_policy_flush(s->host), "flush the SPD");
	for (family = 0; family < FAMILIES; family++)
		for (dir = 0; dir < DIRS; dir++)
			*world_spd(s->host, family, dir) =
				(struct world_spd){ 0 };
}

/* ---- all as it should be ----------------------------------------------- */

static void repair_sas(unsigned int host, unsigned int family)
{
	unsigned int way, f;

	for (way = 0; way < WAYS; way++) {
		for (f = SA_GOOD + 1; f < FLAVOURS; f++) {
			del_sa(host, family, way, f);
			unbind_sa(host, family, way, f);
		}
		bind_sa(host, family, way, SA_GOOD);
		add_sa(host, family, way, SA_GOOD, FOR_ALL);
	}
}

static void repair(unsigned int family)
{
	unsigned int host, dir;

	for (host = 0; host < HOSTS; host++) {
		for (dir = 0; dir < DIRS; dir++) {
			set_base(host, family, dir, true);
			set_rule(host, family, dir, RULE_NONE, 0);
		}
		repair_sas(host, family);
	}
}

static void run_repair(const struct step *s)
{
	repair(s->family);
	if (s->a & 1)
		repair(!s->family);
}

/*
 * With nothing wrong any more, what waited goes on, and not a record is lost
 * (L47, N08, N31).
 */
void event_quiet(const struct step *s)
{
	long long end = now_ms() + QUIET_MS * (long long)slow;
	const char *why;

	(void)s;
	repair(V4);
	repair(V6);
	watch_settle();
	pump(100);
	for (;;) {
		watch_events();
		conn_pump(0);
		wire_watch();
		why = conn_missing();
		if (!why)
			break;
		if (now_ms() > end)
			fault("lost", "%s", why);
		world_let_go();
		poll(NULL, 0, 2);
		world_hold();
	}
	watch_settle();
	counts.quiets++;
}

/* ---- administrators and strangers -------------------------------------- */

static void run_break(const struct step *s)
{
	watch_admin(s->host, s->b % 4 ? CHOOSE_ID : s->b & 4 ? CHOOSE_PEER :
							       CHOOSE_ALL,
		    s->slot, false,
		    s->a & 1 ? BTNS_REASON_ADMIN : BTNS_REASON_PEER_DEAD);
}

static void run_admin_close(const struct step *s)
{
	watch_admin(s->host, s->b % 4 ? CHOOSE_ID : s->b & 4 ? CHOOSE_PEER :
							       CHOOSE_ALL,
		    s->slot, true,
		    s->a & 1 ? BTNS_REASON_ADMIN : BTNS_REASON_STORE);
}

static void run_knob(const struct step *s)
{
	static const struct {
		const char *name, *value;
	} knobs[] = {
		{ "latch_disposition", "wait" },
		{ "latch_disposition", "wait" },
		{ "latch_disposition", "reset" },
		{ "latch_disposition", "unreachable" },
		{ "latch_unidentified", "0" },
		{ "latch_unidentified", "1" },
		{ "latch_auto", "0" },
		{ "latch_auto", "1" },
		{ "latch_auto", "1" },
		{ "latch_icmp", "0" },
		{ "latch_icmp", "1" },
		{ "latch_protect", "0" },
		{ "latch_protect", "0" },
		{ "latch_protect", "1" },
		{ "latch_gc_ms", "10" },
		{ "latch_gc_ms", "200" },
	};
	unsigned int i = s->a % N(knobs);

	if (!strcmp(knobs[i].name, "latch_protect"))
		watch_protect(s->host, *knobs[i].value == '1');
	knob(s->host, knobs[i].name, knobs[i].value);
}

static void run_forge(const struct step *s)
{
	wire_forge(s->slot, s->host, s->a % FORGERIES);
}

/* Of SAs that are not the peer's, or not as agreed. */
static void run_forge_esp(const struct step *s)
{
	static const uint8_t flavours[] = {
		SA_OTHER, SA_OTHER, SA_SELF, SA_ANON,
	};

	wire_forge_esp(s->slot, s->host, s->a % FORGERIES,
		       flavours[s->b % N(flavours)]);
}

/* The first is not left to chance: plan_next() has it in its turn. */
struct event_kind event_kinds[] = {
	{ "quiet", 0, event_quiet, 0 },
	{ "open", 34, run_open, 0 },
	{ "close", 3, run_close, 0 },
	{ "half-close", 1, run_half_close, 0 },
	{ "burst", 6, run_burst, 0 },
	{ "repair", 22, run_repair, 0 },
	{ "sa-add", 12, run_sa_add, 0 },
	{ "sa-del", 10, run_sa_del, 0 },
	{ "rekey", 8, run_rekey, 0 },
	{ "bind", 4, run_bind, 0 },
	{ "unbind", 4, run_unbind, 0 },
	{ "rule-add", 8, run_rule_add, 0 },
	{ "rule-del", 6, run_rule_del, 0 },
	{ "base", 3, run_base, 0 },
	{ "flush-sad", 2, run_flush_sad, 0 },
	{ "flush-spd", 2, run_flush_spd, 0 },
	{ "break", 2, run_break, 0 },
	{ "admin-close", 2, run_admin_close, 0 },
	{ "knob", 6, run_knob, 0 },
	{ "forge", 14, run_forge, 0 },
	{ "forge-esp", 14, run_forge_esp, 0 },
};

const unsigned int n_event_kinds = N(event_kinds);
