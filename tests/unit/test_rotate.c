// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host changes its key while peers are latched to the old one (RFC 5386
 * section 2): host 0 is the one that changes, host 1 has a latch with it, host
 * 2 is new.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/keys.h"
#include "conf_check.h"
#include "world.h"

static struct world w;

static const char *old_listed(const char *more)
{
	static char conf[256];

	snprintf(conf, sizeof(conf),
		 "identity = { old_keys = [ \"%s\" ]; }; %s",
		 world_key_path(0, KEY_ED25519), more);
	return conf;
}

/* is that who host @at takes host 0 for, in its one IKE SA with it? */
static bool seen_by(int at, enum key_type type)
{
	struct key *key = world_key(0, type);
	const struct ike_sa *sa;
	unsigned int n = 0, bad = 0;

	for (sa = w.h[at].d.sas; sa; sa = sa->next) {
		if (sa->state != IKE_ST_ESTABLISHED ||
		    !addr_equal(&sa->path.remote.addr, &w.h[0].addr))
			continue;
		n++;
		if (memcmp(sa->peer_key, key_fingerprint(key),
			   BTNS_DIGEST_LEN) ||
		    memcmp(sa->peer.digest, key_fingerprint(key),
			   BTNS_DIGEST_LEN))
			bad++;
	}
	key_free(key);
	return n && !bad;
}

/* is that who each binding of host 0 says that we are to host @peer? */
static bool bound_as(int peer, enum key_type type)
{
	struct key *key = world_key(0, type);
	unsigned int n = 0, bad = 0;
	struct addr a;
	size_t i;

	for (i = 0; i < w.h[0].k.n_bound; i++) {
		addr_from_lbtns(&a, &w.h[0].k.bound[i].sel.remote);
		if (!addr_equal(&a, &w.h[peer].addr))
			continue;
		n++;
		bad += !!memcmp(w.h[0].k.bound[i].local.digest,
				key_fingerprint(key), BTNS_DIGEST_LEN);
	}
	key_free(key);
	return n && !bad;
}

/* what host 0's kernel latched with host 1 */
static void latched(uint8_t state)
{
	struct lbtns_latch *l = &w.h[0].k.latch[0];

	memset(l, 0, sizeof(*l));
	l->state = state;
	l->peer = w.h[0].k.bound[0].peer;
	l->local = w.h[0].k.bound[0].local;
	addr_to_lbtns(&l->laddr, &w.h[0].addr);
	addr_to_lbtns(&l->raddr, &w.h[1].addr);
	w.h[0].k.n_latches = 1;
}

/* a connection of before, under the old key */
static void begin(void)
{
	int i;

	world_begin(&w, 3);
	for (i = 0; i < 3; i++)
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(seen_by(1, KEY_ED25519));
	latched(BTNS_LATCH_STATE_ESTABLISHED);
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	world_fini(&w);
}

/* host 0 starts anew with another key */
static void changed(const char *conf)
{
	world_crash(&w, 0);
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, conf));
	world_run(&w);
	world_advance(&w, 60000);
}

static void reload(const char *text)
{
	struct conf *c = conf_good(text);

	CHECK(c && !btnsd_reload(&w.h[0].d, c));
	world_run(&w);
}

static void new_peer(int caller)
{
	world_acquire(&w, caller, caller ? 0 : 2, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
}

static void overlap(void)
{
	int caller;

	for (caller = 0; caller <= 2; caller += 2) {
		begin();
		changed(old_listed(""));
		/* the one that is latched sees what it saw, over and over */
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK(seen_by(1, KEY_ED25519));
		CHECK(bound_as(1, KEY_ED25519));
		CHECK_EQ(w.h[0].k.breaks + w.h[1].k.breaks, 0);
		/* a new one sees the new key, whoever calls */
		new_peer(caller);
		CHECK(seen_by(2, KEY_ECDSA_P256));
		CHECK(bound_as(2, KEY_ECDSA_P256));
		/* IKE SAs are rekeyed, then made anew with authentication */
		world_advance(&w, 20000000);
		CHECK(seen_by(1, KEY_ED25519));
		world_advance(&w, 100000000);
		CHECK(seen_by(1, KEY_ED25519));
		CHECK(bound_as(1, KEY_ED25519));
		CHECK(seen_by(2, KEY_ECDSA_P256));
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		done();
	}
}

static void without(void)
{
	/* nobody said that the old key is still ours */
	begin();
	changed(NULL);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	done();
}

static void called(void)
{
	static const uint8_t states[] = { BTNS_LATCH_STATE_ESTABLISHED,
					  BTNS_LATCH_STATE_BROKEN };
	size_t i;

	/* no SA is left, the latch waits, and the peer calls */
	for (i = 0; i < sizeof(states); i++) {
		begin();
		latched(states[i]);
		btnsd_goodbye(&w.h[1].d);
		world_advance(&w, 10000);
		CHECK_EQ(world_installed(&w, 0), 0);
		world_crash(&w, 1);
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		changed(old_listed(""));
		world_acquire(&w, 1, 0, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK(seen_by(1, KEY_ED25519));
		done();
	}
	/* a peer that is somebody else by now is shown the new key */
	begin();
	latched(BTNS_LATCH_STATE_ESTABLISHED);
	btnsd_goodbye(&w.h[1].d);
	world_advance(&w, 10000);
	world_crash(&w, 1);
	CHECK(world_up(&w, 1, KEY_ECDSA_P256, NULL));
	changed(old_listed(""));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	done();
}

static void over(void)
{
	/* the connection ends: the next authentication is by the new key */
	begin();
	changed(old_listed(""));
	CHECK(seen_by(1, KEY_ED25519));
	w.h[0].k.latch[0].state = BTNS_LATCH_STATE_CLOSED;
	world_advance(&w, 20000000);
	CHECK(seen_by(1, KEY_ED25519));
	world_advance(&w, 100000000);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	CHECK(bound_as(1, KEY_ECDSA_P256));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static void between_lives(void)
{
	/* SAs go over as they are: a connection may begin on them any time */
	begin();
	w.h[0].k.n_latches = 0;
	changed(old_listed(""));
	CHECK(seen_by(1, KEY_ED25519));
	CHECK(bound_as(1, KEY_ED25519));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_advance(&w, 100000000);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	done();
}

static void taken_off(void)
{
	struct btnsd *d = &w.h[0].d;

	begin();
	changed(old_listed(""));
	new_peer(2);
	reload(old_listed("ike = { dpd = 60; }; child = { keep = true; };"));
	/* also of one that was rekeyed meanwhile */
	world_advance(&w, 20000000);
	CHECK(seen_by(1, KEY_ED25519));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	reload("");
	CHECK_EQ(d->conf->n_old_keys, 0);
	CHECK(world_logged(&w, "1 IKE SAs closed"));
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	CHECK(!seen_by(1, KEY_ED25519));
	/* others are not touched, and the peer may come again by the new key */
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	world_advance(&w, 10000);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static void at_once(void)
{
	/* what an earlier btnsd left lingers, but not beyond its key */
	begin();
	world_crash(&w, 0);
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, old_listed("")));
	world_run(&w);
	CHECK(seen_by(1, KEY_ED25519));
	CHECK(world_installed(&w, 0) > 2);
	new_peer(2);
	reload("");
	/* but for those with the new peer */
	CHECK_EQ(world_installed(&w, 0), 2);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	CHECK(!w.h[0].d.orphans);
	done();
}

static void unknown(void)
{
	/* what cannot be told is not guessed */
	begin();
	world_crash(&w, 0);
	w.h[0].k.n_bound = 0;
	memset(w.h[0].k.sa, 0, sizeof(w.h[0].k.sa));
	CHECK(world_up(&w, 0, KEY_ECDSA_P256, old_listed("")));
	w.h[0].k.fail_latches = 1;
	world_acquire(&w, 0, 2, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	CHECK(world_logged(&w, "which of our keys it knows cannot be told: "));
	world_advance(&w, 10000);
	world_acquire(&w, 0, 2, 80);
	world_run(&w);
	CHECK(seen_by(2, KEY_ECDSA_P256));
	done();
}

static void by_name(void)
{
	char conf[320];

	/* who has a name is the same by every key, and shows the new one */
	begin();
	snprintf(conf, sizeof(conf),
		 "identity = { id = \"fqdn:a.example\"; old_keys = [ \"%s\" ]; };",
		 world_key_path(0, KEY_ED25519));
	changed(conf);
	CHECK(seen_by(1, KEY_ECDSA_P256));
	done();
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "U11 who is latched to the old key is shown it, others the new one",
		  overlap },
		{ "U11 a key that is not listed is gone", without },
		{ "U11 a latch without an SA: the peer that calls finds its key",
		  called },
		{ "U11 once its latches ended a peer gets the new key", over },
		{ "U11 SAs of an earlier btnsd go over by the key they were made with",
		  between_lives },
		{ "U11 a key taken off the list: its IKE SAs are closed, and counted",
		  taken_off },
		{ "U11 ... and with it the SAs of an earlier btnsd", at_once },
		{ "U11 a kernel that does not answer: no key is guessed",
		  unknown },
		{ "U11 a host with a name shows the new key", by_name },
	};

	return KTAP_RUN(tests);
}
