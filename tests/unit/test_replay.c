// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every exchange with every message lost, doubled, overtaken by the next, or
 * late by less and by more than a retransmission: whatever happens to one
 * message, both ends come to have the same SAs, and nothing is left over.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "replay.h"

/* ---- what is done ------------------------------------------------------- */

static void open_one(void) { replay_ask(0, 80); }
static void open_both(void) { replay_ask(0, 80); replay_ask(1, 80); }
static void new_child(void) { replay_ask(0, 81); }
static void new_child_both(void) { replay_ask(0, 81); replay_ask(1, 81); }
static void child_rekey(void) { replay_start(0, TASK_REKEY); }
static void child_rekey_back(void) { replay_start(1, TASK_REKEY); }
static void child_delete(void) { replay_start(0, TASK_DELETE_CHILD); }
static void child_delete_back(void) { replay_start(1, TASK_DELETE_CHILD); }
static void ike_rekey(void) { replay_start(0, TASK_REKEY_IKE); }
static void ike_rekey_back(void) { replay_start(1, TASK_REKEY_IKE); }
static void ike_delete(void) { replay_start(0, TASK_DELETE_IKE); }
static void ike_delete_back(void) { replay_start(1, TASK_DELETE_IKE); }
static void liveness(void) { replay_start(0, TASK_LIVENESS); }
static void liveness_back(void) { replay_start(1, TASK_LIVENESS); }

static void renew(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	life_renew(world_sa(&w, 0));
}

static void renew_back(void)
{
	replaced = world_sa(&w, 1)->spi_i;
	life_renew(world_sa(&w, 1));
}

static void renew_both(void)
{
	renew();
	renew_back();
}

static void liveness_both(void)
{
	liveness();
	liveness_back();
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
	replay_quietly(child_delete);
	renew();
}

/* the NAT gives other ports, and the next that comes from inside tells */
static void nat_moves(void)
{
	world_nat_reset(&w.nat[0], NULL);
	liveness();
}

/* host 1 comes back with nothing but its key, and perhaps the secret of its tokens */
static void reboot(void)
{
	world_crash(&w, 1);
	memset(w.h[1].k.sa, 0, sizeof(w.h[1].k.sa));
	w.h[1].k.n_bound = 0;
	if (!world_up(&w, 1, KEY_ED25519, NULL))
		abort();
}

/* who is asked and has the secret proves the loss (RFC 6290) */
static void reboot_and_ask(void)
{
	reboot();
	liveness();
}

/* who has nothing says so when it begins: INITIAL_CONTACT (RFC 7296 section 2.4) */
static void reboot_and_open(void)
{
	replaced = world_sa(&w, 0)->spi_i;
	reboot();
	replay_ask(1, 80);
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
	replay_ask(1, 81);
}

static void ike_rekey_and_renew(void)
{
	ike_rekey_back();
	renew();
}

/* ---- and what must be there afterwards ----------------------------------- */

static const struct scene opening[] = {
	{ .name = "one end opens", .act = open_one, .fresh = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "both ends open", .act = open_both, .fresh = true,
	  .clash = true, .ike = 1, .pairs = 1, .pairs_max = 2 },
	{ .name = "the IKE SA is made anew", .act = renew, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "the IKE SA is made anew back", .act = renew_back,
	  .covered = true, .ike = 1, .pairs = 1 },
	{ .name = "the IKE SA is made anew, both", .act = renew_both,
	  .clash = true, .covered = true, .ike = 1, .pairs = 1 },
};

static const struct scene children[] = {
	{ .name = "new child", .act = new_child, .covered = true, .ike = 1,
	  .pairs = 2 },
	{ .name = "new child, both", .act = new_child_both, .covered = true,
	  .ike = 1, .pairs = 2, .pairs_max = 3 },
	{ .name = "child rekey", .act = child_rekey, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "child rekey back", .act = child_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "child rekey, both", .act = child_rekey_both, .clash = true,
	  .covered = true, .ike = 1, .pairs = 1 },
};

static const struct scene deletes[] = {
	{ .name = "child delete", .act = child_delete, .ike = 1 },
	{ .name = "child delete back", .act = child_delete_back, .ike = 1 },
	{ .name = "child delete, both", .act = child_delete_both, .ike = 1 },
	{ .name = "IKE delete", .act = ike_delete },
	{ .name = "IKE delete back", .act = ike_delete_back },
	{ .name = "IKE delete, both", .act = ike_delete_both },
	{ .name = "liveness", .act = liveness, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "liveness back", .act = liveness_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "liveness, both", .act = liveness_both, .covered = true,
	  .ike = 1, .pairs = 1 },
};

static const struct scene ike_rekeys[] = {
	{ .name = "IKE rekey", .act = ike_rekey, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "IKE rekey back", .act = ike_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "IKE rekey, both", .act = ike_rekey_both, .clash = true,
	  .covered = true, .ike = 1, .pairs = 1 },
};

static const struct scene mixed[] = {
	{ .name = "child rekey, delete back", .act = rekey_and_delete,
	  .ike = 1, .pairs_max = 1 },
	{ .name = "IKE rekey, child rekey back", .act = ike_and_child_rekey,
	  .covered = true, .ike = 1, .pairs = 1 },
	{ .name = "IKE rekey, child rekey", .act = ike_and_child_rekey_same,
	  .covered = true, .ike = 1, .pairs = 1 },
	{ .name = "IKE rekey, child delete back",
	  .act = ike_rekey_and_child_delete, .ike = 1 },
	{ .name = "IKE rekey, IKE delete back", .act = ike_rekey_and_delete },
	{ .name = "IKE rekey, new child back", .act = ike_rekey_and_new,
	  .covered = true, .ike = 1, .pairs = 2 },
	{ .name = "IKE rekey back, made anew", .act = ike_rekey_and_renew,
	  .covered = true, .ike = 1, .pairs = 1 },
};

/* in another world: see struct ground */
static const struct scene elsewhere[] = {
	{ .name = "one end opens", .act = open_one, .fresh = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "the IKE SA is made anew", .act = renew, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "the same without a child", .act = renew_childless,
	  .ike = 1 },
	{ .name = "new child", .act = new_child, .covered = true, .ike = 1,
	  .pairs = 2 },
	{ .name = "child rekey", .act = child_rekey, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "child rekey back", .act = child_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "IKE rekey", .act = ike_rekey, .covered = true, .ike = 1,
	  .pairs = 1 },
	{ .name = "IKE rekey back", .act = ike_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1 },
	{ .name = "child delete back", .act = child_delete_back, .ike = 1 },
	{ .name = "IKE delete", .act = ike_delete },
};

static const struct scene opens[] = {
	{ .name = "one end opens", .act = open_one, .fresh = true, .ike = 1,
	  .pairs = 1 },
};

/* those of them that have a key exchange, if the configuration wants it */
static const struct scene exchanged[] = {
	{ .name = "child rekey", .act = child_rekey, .covered = true, .ike = 1,
	  .pairs = 1, .said = "rekeyed child" },
	{ .name = "IKE rekey back", .act = ike_rekey_back, .covered = true,
	  .ike = 1, .pairs = 1, .said = "CREATE_CHILD_SA: rekeyed #" },
};

static const struct scene moves[] = {
	{ .name = "the NAT gives other ports", .act = nat_moves,
	  .covered = true, .ike = 1, .pairs = 1 },
};

static const struct scene crashes[] = {
	{ .name = "the other end lost everything", .act = reboot_and_ask,
	  .breaks = 1, .said = "proved so by its token" },
};

static const struct scene oblivions[] = {
	{ .name = "the other end lost everything, and begins",
	  .act = reboot_and_open, .ike = 1, .pairs = 1,
	  .said = "the peer started anew" },
	{ .name = "the other end lost everything, and is silent",
	  .act = reboot_and_ask, .breaks = 1, .said = "the peer is dead" },
};

/* ---- on which ground ---------------------------------------------------- */

static void test_opening(void) { PLAY(opening); }

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

#define PFS	"child = { pfs = true; };"

static void test_pfs(void)
{
	PLAY_ON(children, .conf = PFS);
}

/* a key exchange value that fills a datagram alone */
static void test_child_fragments(void)
{
	PLAY_ON(exchanged, .split = IKE_CREATE_CHILD_SA,
		.conf = "ike = { dh = [\"modp3072\"]; fragment = 576; };" PFS);
}

static void test_cookie_fragments(void)
{
	PLAY_ON(opens, .split = IKE_INTERMEDIATE,
		.conf = "ike = { additional = [\"modp4096\"]; fragment = 576; };",
		.conf_1 = "ike = { additional = [\"modp4096\"]; fragment = 576; "
			  "cookie_threshold = 0; };");
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
	PLAY(oblivions);
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
		{ "L19 K05 K06 K53 any message to who lost everything: lost, doubled, late",
		  test_crash },
		{ "N03 K01 K02 any message after a kill -9 that SAs survive: lost, doubled, late",
		  replay_killed },
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
		{ "K22 IKE_AUTH refused by either end: neither has anything left",
		  replay_refused_auth },
		{ "K15 K16 a child SA refused by either end: both have what they had",
		  replay_refused_child },
		{ "K16 SINGLE_PAIR_REQUIRED: asked again, for one packet's traffic",
		  replay_single_pair },
		{ "K15 a child SA refused or put off in IKE_AUTH: asked again, and had",
		  replay_put_off },
		{ "K11 an IKE SA or its rekey refused: both have what they had",
		  replay_refused_ike },
		{ "K10 INVALID_KE_PAYLOAD in CREATE_CHILD_SA: another group, and then",
		  replay_refused_groups },
		{ "N03 K12 K15 NO_ADDITIONAL_SAS: another IKE SA, or what there is stays",
		  replay_full },
		{ "K23 K30 an IKE_INTERMEDIATE that cannot be used: nothing is left",
		  replay_spoilt_intermediate },
		{ "K23 INVALID_SYNTAX ends the IKE SA at both ends",
		  replay_spoilt_syntax },
		{ "K08 UNSUPPORTED_CRITICAL_PAYLOAD: both have what they had",
		  replay_spoilt_critical },
		{ "K15 an IKE SA ends while the other end wants something of it",
		  replay_closing },
		{ "U08 K21 ends that prove nothing, a secret, a certificate",
		  replay_auth },
		{ "K26 who has a name has another address",
		  replay_named_moves },
		{ "K10 K12 child SAs with a key exchange of their own", test_pfs },
		{ "K43 CREATE_CHILD_SA in fragments", test_child_fragments },
		{ "K09 K43 a COOKIE, and then IKE_INTERMEDIATE in fragments",
		  test_cookie_fragments },
	};

	return KTAP_RUN(tests);
}
