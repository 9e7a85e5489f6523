/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenes between two helpers, each played once for every message that it takes
 * and everything that can happen to that one. Acts are named by who does them:
 * host 0, unless they are done "back".
 */
#ifndef TESTS_UNIT_REPLAY_H
#define TESTS_UNIT_REPLAY_H

#include "btnsd/crypto/key.h"
#include "btnsd/ike/sa.h"
#include "world.h"

/**
 * struct scene - what happens, and what must be there afterwards
 * @name: of it
 * @act: begins it, between hosts that are joined
 * @then: what is done next, once, as soon as @when says so; or NULL
 * @when: see there
 * @takes: milliseconds that pass before the last message of it is sent
 * @fresh: they are not joined before
 * @clash: nonces decide between both ends, whose questions are the first to have any
 * @covered: there is a pair at every time
 * @single: the child SA that came last is for one packet's traffic only
 * @ike: IKE SAs at either end afterwards
 * @pairs: child SAs at least
 * @pairs_max: and at most, if more; two may be asked for when both ends ask at once
 * @breaks: times that host 0 breaks its latches
 * @breaks_max: and at most, if more: who hears nothing of the end takes the peer
 *	for dead
 * @forgets: acquires that come to nothing, so that traffic may ask anew
 * @said: what the log has of it if nothing happens to any message, or NULL
 * @rewrite: a message that takes another's place, as of a peer that is no btnsd;
 *	NULL for none
 */
struct scene {
	const char *name;
	void (*act)(void);
	void (*then)(void);
	bool (*when)(void);
	unsigned int takes;
	bool fresh;
	bool clash;
	bool covered;
	bool single;
	unsigned int ike;
	unsigned int pairs;
	unsigned int pairs_max;
	unsigned int breaks;
	unsigned int breaks_max;
	unsigned int forgets;
	const char *said;
	struct packet *(*rewrite)(const struct packet *p);
};

/**
 * struct ground - where scenes are played, if not between two plain hosts
 * @conf: configuration of both
 * @conf_1: of host 1, if it has another
 * @key: kind of both hosts' keys; 0 is Ed25519
 * @nat: host 0 is behind a NAT
 * @tunnel: SAs are in tunnel mode
 * @store: host 1 keeps a store, and so its secret of tokens
 * @nobody: hosts whose PAD has no entry, as bits
 * @split: an exchange that takes fragments, 0 if none has to
 * @own_pad: the PADs are what the configuration has
 * @method: then, the one by which either end takes the other
 */
struct ground {
	const char *conf;
	const char *conf_1;
	enum key_type key;
	bool nat;
	bool tunnel;
	bool store;
	unsigned int nobody;
	uint8_t split;
	bool own_pad;
	uint8_t method;
};

/* the hosts, where they are, and the IKE SA that another has to replace */
extern struct world w;
extern struct ground ground;
extern uint64_t replaced;

/* what acts are made of */
void replay_start(int host, enum task_kind kind);
void replay_ask(int host, int port);
void replay_quietly(void (*act)(void));

void replay_all(const struct scene *s, size_t n);

#define PLAY(scenes) replay_all(scenes, sizeof(scenes) / sizeof((scenes)[0]))

#define PLAY_ON(scenes, ...)				\
	do {						\
		ground = (struct ground){ __VA_ARGS__ };	\
		PLAY(scenes);				\
		ground = (struct ground){ 0 };		\
	} while (0)

/* replay_refused.c: exchanges that end in a refusal */
void replay_refused_auth(void);
void replay_refused_child(void);
void replay_refused_ike(void);
void replay_refused_groups(void);

/* replay_full.c: a peer takes no more child SAs in an IKE SA */
void replay_full(void);

/* replay_again.c: a child SA is refused at first, and then had */
void replay_single_pair(void);
void replay_put_off(void);

/* replay_spoilt.c: a request that the other end cannot read */
void replay_spoilt_intermediate(void);
void replay_spoilt_syntax(void);
void replay_spoilt_critical(void);

/* replay_closing.c: an IKE SA ends while the other end wants something of it */
void replay_closing(void);

/* replay_auth.c: other ways to prove who one is */
void replay_auth(void);
void replay_named_moves(void);

/* replay_killed.c: a btnsd is killed, and its kernel keeps what it had */
void replay_killed(void);

#endif
