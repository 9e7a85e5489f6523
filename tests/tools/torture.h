/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * torture: random events against two hosts with latched conversations, and a
 * model that says what may come of each. What its files share.
 *
 *	torture_plan.c	 which event comes next: a function of the seed alone
 *	torture_event.c	 what the events do, to the kernel and to the model
 *	torture_model.c	 the model: SAs, bindings and policies as they are now,
 *			 and what RFC 5660 lets a latch be among them
 *	torture_watch.c	 latches as the kernel tells of them, held to the model
 *	torture_conn.c	 conversations: marked records, in order, or a fault
 *	torture_xfrm.c	 SAs and policies of the kernel
 *	torture_wire.c	 what somebody on the path sees, and sends
 *	torture.c	 the hosts, the loop and the faults
 */
#ifndef TESTS_TORTURE_H
#define TESTS_TORTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <netinet/in.h>

#include "libbtns/btns.h"

#define SLOTS		10	/* conversations at a time */
#define TCP_SLOTS	6	/* the first of them; the rest is UDP */
#define SERVER_PORT	7000	/* of slot 0, on host b */
#define CLIENT_PORT	20000	/* of slot 0, on host a */
#define CLIENT_PORTS	8	/* a slot has so many, in turn */

enum { HOST_A, HOST_B, HOSTS, ROUTER = HOSTS, STRANGER, SPACES };
enum { V4, V6, FAMILIES };
enum { A_TO_B, B_TO_A, WAYS };
enum { IN, OUT, DIRS };

/* who an SA, or a latch, says is at an end */
enum who { NOBODY, ALICE, BOB, CAROL, DAVE, WHO_MAX };

/* how it protects */
enum suite { GCM256, GCM128, NULL_CIPHER, SUITES };

/* the SAs that there may be, for each host, family and way */
enum flavour {
	SA_GOOD,	/* as agreed */
	SA_REKEYED,	/* congruent with it */
	SA_OTHER,	/* another peer's */
	SA_SELF,	/* the peer's, under another identity of ours */
	SA_ANON,	/* nobody's */
	SA_SHORT,	/* the peer's, with a shorter key */
	SA_PLAIN,	/* the peer's, without confidentiality */
	FLAVOURS
};

/* what an SA is for */
enum scope { FOR_ALL, FOR_TCP, FOR_UDP, FOR_SLOT };	/* FOR_SLOT + slot */

/* what stands before the policy that protects all */
enum rule { RULE_NONE, RULE_BYPASS, RULE_BLOCK, RULE_OPTIONAL, RULE_TUNNEL,
	    RULES };

struct world_sa {
	bool installed;
	bool bound;
	unsigned int scope;
};

struct world_spd {
	bool base;		/* all is to be protected by ESP */
	enum rule rule;
	uint8_t proto;		/* that rule's */
};

/* ---- torture.c --------------------------------------------------------- */

struct counts {
	unsigned long sent, got, opened, latched, broken, mended, closed;
	unsigned long forged, seen, quiets, settles;
};

extern struct counts counts;
extern unsigned int slow;	/* factor for time limits */

long long now_ms(void);
/* from here on what is opened is of that network namespace */
void enter(unsigned int space);
/* a sysctl of that host; a fault if the kernel does not take it */
void knob(unsigned int host, const char *name, const char *value);
/* what must not be: tell, and end */
void fault(const char *kind, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
/* let traffic flow for a while, and look at all that comes */
void pump(long long ms);
/*
 * One thread makes the events, another lets traffic flow meanwhile. All data is
 * of who holds the world; it is let go of around calls of the kernel.
 */
void world_let_go(void);
void world_hold(void);

/* ---- torture_plan.c ---------------------------------------------------- */

/**
 * struct step - an event with all that was left to chance
 * @n: number in the sequence
 * @kind: of event_kinds
 * @host: HOST_*
 * @family: V4 or V6
 * @way: A_TO_B or B_TO_A
 * @slot: below SLOTS
 * @a: any number, for the kind
 * @b: likewise
 * @pause: milliseconds of traffic after it
 * @last: look at everything after it
 */
struct step {
	unsigned long n;
	unsigned int kind, host, family, way, slot, a, b, pause;
	bool last;
};

void plan_start(uint64_t seed);
void plan_next(struct step *s);
void plan_print(FILE *f, const struct step *s);

/* ---- torture_event.c --------------------------------------------------- */

struct event_kind {
	const char *name;
	unsigned int weight;
	void (*run)(const struct step *s);
	unsigned long done;
};

extern struct event_kind event_kinds[];
extern const unsigned int n_event_kinds;

void event_quiet(const struct step *s);

/* ---- torture_model.c --------------------------------------------------- */

/**
 * struct model_latch - a latch, as far as the model needs to know it
 * @host: where it is
 * @slot: of its flow
 * @peer: latched
 * @local: latched
 * @suite: latched
 * @has_values: those three are known
 * @hard: what breaks it breaks its connection too
 * @was_broken: it has been
 * @final: broken, by an administrator or for a dead peer
 * @closed: by an administrator
 * @may_hold: it was there with net.btns.latch_protect on, so that policy edits
 *	may pass it by (L38)
 * @policy_since: policy changed at a time when it was there already
 * @lenient: it was made under a policy that lets packets go without an SA
 */
struct model_latch {
	unsigned int host, slot;
	enum who peer, local;
	enum suite suite;
	bool has_values, hard, was_broken, final, closed, may_hold;
	bool policy_since, lenient;
};

struct world_sa *world_sa(unsigned int host, unsigned int family,
			  unsigned int way, unsigned int flavour);
struct world_spd *world_spd(unsigned int host, unsigned int family,
			    unsigned int dir);
enum suite model_suite(unsigned int flavour);
enum who model_peer(unsigned int host, unsigned int flavour);
enum who model_self(unsigned int host, unsigned int flavour);
bool model_covers(unsigned int scope, unsigned int slot);
bool model_move(unsigned int from, unsigned int to);
uint32_t model_conflicts(const struct model_latch *l);
/* does policy there let that slot's packets go without an SA? */
bool model_optional(unsigned int host, unsigned int slot);
uint32_t model_excused(const struct model_latch *l);
bool model_awaits(const struct model_latch *l);
uint32_t model_states(const struct model_latch *l);

/* ---- torture_watch.c --------------------------------------------------- */

/* which latches an administrator means */
enum choose { CHOOSE_ID, CHOOSE_PEER, CHOOSE_ALL };

void watch_start(void);
void watch_end(void);
void watch_events(void);
void watch_settle(void);
void watch_policy(unsigned int host);
void watch_protect(unsigned int host, bool on);
void watch_bind(unsigned int host, const struct lbtns_sa *sa, enum who peer,
		unsigned int scope);
int watch_unbind(unsigned int host, const struct lbtns_sa *sa);
void watch_admin(unsigned int host, enum choose choice, unsigned int slot,
		 bool close, uint8_t reason);
bool watch_good(unsigned int host, const struct btns_latch_info *info);
bool watch_established(unsigned int host, uint64_t id);
/* is it broken, and has been for so long that nothing is on its way yet? */
bool watch_cut_off(unsigned int host, uint64_t id);
void who_ident(enum who who, struct lbtns_ident *id);

/* ---- torture_conn.c ---------------------------------------------------- */

unsigned int slot_family(unsigned int slot);
uint8_t slot_proto(unsigned int slot);
void host_addr(unsigned int host, unsigned int family, uint8_t *addr);
struct sockaddr_storage host_sockaddr(unsigned int host, unsigned int family,
				      uint16_t port);

void conn_start(void);
void conn_end(void);
void conn_open(unsigned int slot, unsigned int mode, unsigned int disposition);
void conn_close(unsigned int slot, bool abort);
void conn_half_close(unsigned int slot, unsigned int host);
bool conn_is_open(unsigned int slot);
void conn_pump(unsigned int burst);
/* an event told that the latch of that end is not what it was */
void conn_hit(unsigned int host, unsigned int slot, uint16_t client_port);
/* NULL, or what is wrong with this host's ends, given the ids of its latches */
const char *conn_unlatched(unsigned int host, const uint64_t *ids, size_t n);
/* NULL when all has arrived that was said, else what has not */
const char *conn_missing(void);
/* what a segment must carry that is to be taken by that end; false: no such */
bool conn_numbers(unsigned int slot, unsigned int host, uint16_t *client_port,
		  uint32_t *seq, uint32_t *ack);

/* ---- torture_xfrm.c ---------------------------------------------------- */

void xfrm_start(void);
void xfrm_end(void);
uint32_t xfrm_spi(unsigned int family, unsigned int way, unsigned int flavour);
/* each: 0 or an errno */
int xfrm_sa_add(unsigned int host, unsigned int family, unsigned int way,
		unsigned int flavour, unsigned int scope);
int xfrm_sa_del(unsigned int host, unsigned int family, unsigned int way,
		unsigned int flavour);
int xfrm_sa_flush(unsigned int host);
int xfrm_policy_add(unsigned int host, unsigned int family, unsigned int dir,
		    enum rule rule, uint8_t proto);
int xfrm_policy_del(unsigned int host, unsigned int family, unsigned int dir,
		    uint8_t proto);
int xfrm_policy_flush(unsigned int host);

/* ---- torture_wire.c ---------------------------------------------------- */

#define MARK_RECORD	"TORTURE "	/* never in the clear */
#define MARK_HELLO	"HELLO "	/* of a socket without a latch */
#define MARK_FORGED	"STRANGER "	/* never delivered */

/* what is sent to @host, as if the other had */
enum forgery { FORGE_DATA, FORGE_RST, FORGE_FIN, FORGE_SYN, FORGERIES };

void wire_start(const char *interface);
void wire_end(void);
void wire_watch(void);
void wire_forge(unsigned int slot, unsigned int host, enum forgery what);
void wire_forge_esp(unsigned int slot, unsigned int host, enum forgery what,
		    unsigned int flavour);

#endif /* TESTS_TORTURE_H */
