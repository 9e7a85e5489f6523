// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets are nowhere but where their owner keeps them, and nowhere at all once
 * they are of no use any more. After each step of a life of SAs all memory of this
 * process is searched, and what returns or gives memory back in between is looked
 * at right then. (What the kernel is told it keeps: the mock's is left out.)
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/kem.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fsm.h"
#include "named.h"
#include "remains.h"
#include "world.h"
#include "wrapped.h"

static struct world w;

/* ---- where secrets may be -------------------------------------------------- */

static struct remains_place place[256];
static size_t places;

static void may_be(const void *at, size_t len)
{
	if (!len)
		return;
	if (places == sizeof(place) / sizeof(place[0]))
		abort();
	place[places++] = (struct remains_place){ at, len };
}

static void may_be_of_sa(const struct ike_sa *sa)
{
	if (sa->has_keys)
		may_be(&sa->keys, sizeof(sa->keys));
	else
		may_be(sa->shared.data, sa->shared.len);
	if (sa->has_next_keys)
		may_be(&sa->next_keys, sizeof(sa->next_keys));
	if (sa->last_keys.sk_ei.len)
		may_be(&sa->last_keys, sizeof(sa->last_keys));
	may_be(sa->intauth, sizeof(sa->intauth));
	may_be(sa->token.data, sa->token.len);
}

static void may_be_of_host(const struct world_host *h)
{
	const struct ike_sa *sa;

	/* the kernel's */
	may_be(&h->k, sizeof(h->k));
	if (!h->up)
		return;
	may_be(&h->d.qcd, sizeof(h->d.qcd));
	may_be(&h->d.cookie, sizeof(h->d.cookie));
	for (sa = h->d.sas; sa; sa = sa->next) {
		may_be_of_sa(sa);
		if (sa->followup)
			may_be_of_sa(sa->followup);
		if (sa->tasks && sa->tasks->heir)
			may_be_of_sa(sa->tasks->heir);
	}
}

static void places_now(void)
{
	int i;

	places = 0;
	for (i = 0; i < WORLD_HOSTS; i++)
		may_be_of_host(&w.h[i]);
}

/* nothing is anywhere else */
static bool clean(const char *when)
{
	unsigned int left;

	places_now();
	left = remains_anywhere(place, places);
	if (left || remains_found())
		ktap_note("%s", when);
	return CHECK_EQ(left, 0) && CHECK_EQ(remains_found(), 0);
}

/* or the search would find nothing ever */
static void keys_are_seen(void)
{
	const struct ike_sa *sa = world_sa(&w, 0);

	if (!CHECK(sa))
		return;
	CHECK(remains_in(sa->keys.sk_d.data, sa->keys.sk_d.len) > 3);
	CHECK(remains_in(sa->keys.sk_ei.data, sa->keys.sk_ei.len) > 1);
	CHECK(remains_in(&w.h[0].k, sizeof(w.h[0].k)) > 3);
	CHECK(remains_in(&w.h[0].d.qcd, sizeof(w.h[0].d.qcd)) > 3);
	remains_meant = true;
	CHECK(remains_anywhere(NULL, 0) > 20);
	remains_meant = false;
}

/* ---- a life of SAs --------------------------------------------------------- */

static void start(int host, enum task_kind kind)
{
	CHECK(world_start(&w, host, kind));
	world_run(&w);
	world_advance(&w, 2 * IKE_REKEYED_MS);
}

static void live(void)
{
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	keys_are_seen();
	clean("after the first exchanges");
	start(1, TASK_REKEY);
	clean("after a rekey of the child SA");
	start(0, TASK_REKEY_IKE);
	clean("after a rekey of the IKE SA");
	start(1, TASK_REKEY_IKE);
	clean("after another, by the other end");
	start(0, TASK_DELETE_CHILD);
	clean("after the child SA's end");
	CHECK(world_sa(&w, 0));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	clean("after a child SA by an exchange of its own");
	if (world_sa(&w, 1))
		start(1, TASK_DELETE_IKE);
	CHECK(!world_sa(&w, 0) && !world_sa(&w, 1));
	clean("after the IKE SA's end");
}

static void end(void)
{
	int i;

	world_fini(&w);
	for (i = 0; i < WORLD_HOSTS; i++)
		w.h[i].up = false;
	clean("after the end");
}

static bool two(enum key_type type, const char *conf)
{
	if (!remains_can())
		return false;
	remains_reset();
	return CHECK(world_two(&w, type, conf, conf));
}

/* ---- tests ----------------------------------------------------------------- */

static void aead(void)
{
	if (!two(KEY_ED25519, "child = { pfs = true; };"))
		return;
	live();
	end();
}

static void cbc(void)
{
	static const char conf[] =
		"ike = { aead = [\"aes256-sha384\"]; dh = [\"p384\"]; fragment = 576; };"
		"child = { aead = [\"aes256-sha384\"]; };";

	if (!two(KEY_ED25519, conf))
		return;
	live();
	end();
}

static void modp(void)
{
	if (!two(KEY_ED25519, "ike = { dh = [\"modp2048\"]; }; child = { pfs = true; };"))
		return;
	live();
	end();
}

static void additional(void)
{
	if (!two(KEY_ED25519, "ike = { additional = [\"p256\"]; };"))
		return;
	live();
	end();
}

/* private halves are OpenSSL's own, which nobody here gets to see */
static void mlkem(void)
{
	static const char *const conf[] = {
		"ike = { additional = [\"mlkem512\"]; };",
		"ike = { additional = [\"mlkem768\"]; };",
		"ike = { additional = [\"mlkem1024\"]; };",
	};
	size_t i;

	if (!kem_supported(IKE_DH_ML_KEM_768)) {
		ktap_skip("OpenSSL is older than 3.5 and has no ML-KEM");
		return;
	}
	for (i = 0; i < sizeof(conf) / sizeof(conf[0]); i++) {
		if (!two(KEY_ED25519, conf[i]))
			return;
		live();
		end();
	}
}

static void secret(void)
{
	struct named n;

	if (!remains_can())
		return;
	named_by_secret(&n);
	remains_reset();
	world_strangers(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, n.conf[0]));
	CHECK(world_up(&w, 1, KEY_ED25519, n.conf[1]));
	live();
	end();
}

static void nobody(void)
{
	static const char entry[] = "{ name = \"anon\"; auth = \"null\"; }";

	if (!remains_can())
		return;
	remains_reset();
	world_strangers(&w);
	CHECK(world_up_named(&w, 0, "a.example", entry));
	CHECK(world_up_named(&w, 1, "b.example", entry));
	live();
	end();
}

static void cookies(void)
{
	int i;

	if (!remains_can())
		return;
	remains_reset();
	/* the second life reads what the first has made its tokens with */
	for (i = 0; i < 2; i++) {
		world_begin(&w, 2);
		w.h[1].store = true;
		CHECK(world_up(&w, 0, KEY_ED25519, NULL));
		CHECK(world_up(&w, 1, KEY_ED25519,
			       "ike = { cookie_threshold = 0; };"));
		live();
		CHECK(w.h[1].d.stats.cookies);
		end();
	}
}

/* of a secret that cannot be read to its end there is another */
static void unread(void)
{
	int i;

	if (!remains_can())
		return;
	remains_reset();
	for (i = 0; i < 2; i++) {
		world_begin(&w, 1);
		w.h[0].store = true;
		wrapped_disk_fails = i;
		CHECK(world_up(&w, 0, KEY_ED25519, NULL));
		wrapped_disk_fails = false;
		CHECK(remains_in(&w.h[0].d.qcd, sizeof(w.h[0].d.qcd)) > 3);
		clean("when half of a file was read");
		end();
	}
}

/* what one says is lost from some message on */
static bool silent(struct world *x, struct packet *p)
{
	return p->from || x->n[0]++ < x->n[1];
}

static void given_up(void)
{
	unsigned int i;

	for (i = 1; i < 5; i++) {
		if (!two(KEY_ED25519, "ike = { additional = [\"p256\"]; };"))
			return;
		w.filter = silent;
		w.n[1] = i;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		clean("when the rest is lost");
		world_advance(&w, 1000000);
		clean("when it is given up");
		CHECK_EQ(w.h[1].d.half_open, 0);
		end();
	}
}

/* of a request in fragments, the one that never comes */
static bool cut(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (!world_hdr(p, &hdr) || hdr.next != IKE_PLD_SKF || p->len < 34)
		return true;
	x->n[0]++;
	return p->from || p->data[33] != x->n[1];
}

static void fragments(void)
{
	unsigned int i;

	for (i = 1; i < 4; i++) {
		if (!two(KEY_RSA, "ike = { fragment = 576; };"))
			return;
		w.filter = cut;
		w.n[1] = i;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK(w.n[0] > 1);
		CHECK(!world_sa(&w, 0));
		world_advance(&w, 1000000);
		CHECK_EQ(w.h[1].d.fragment_strangers, 0);
		clean("when what waited for a fragment is given up");
		end();
	}
}

/* what a request would have said that cannot be made after all */
static void unsent(void)
{
	struct world_kern *k = &w.h[0].k;

	if (!two(KEY_ED25519, NULL))
		return;
	/* no SPI is left */
	for (k->top = 0; k->top < WORLD_SAS; k->top++)
		k->sa[k->top].used = true;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK(world_logged(&w, "no SPI"));
	world_advance(&w, 1000000);
	clean("when IKE_AUTH could not be begun");
	end();
}

/* on the heap, given back, on the stack, in static memory: all is found */
static uint8_t somewhere[64];

static __attribute__((noinline)) void leave(const uint8_t *data)
{
	volatile uint8_t here[64];
	size_t i;

	for (i = 0; i < sizeof(here); i++)
		here[i] = data[i];
}

static NO_SANITIZER void finds(void)
{
	uint8_t *data = malloc(64), *copy = malloc(64);
	unsigned int before;

	if (!remains_can()) {
		free(copy);
		goto out;
	}
	remains_meant = true;
	remains_reset();
	CHECK_EQ(rand_fill(data, 64), CRYPTO_OK);
	remains_learn("what is left on purpose", data, 64);
	CHECK_EQ(remains_in(data, 64), 8);
	CHECK_EQ(remains_in(data + 1, 15), 1);
	CHECK_EQ(remains_in(data + 1, 63), 7);
	CHECK_EQ(remains_in(data, 7), 0);
	/* a register may be saved somewhere, too */
	CHECK(remains_anywhere(NULL, 0) >= 8);
	memcpy(somewhere + 3, data + 5, 40);
	CHECK(remains_anywhere(NULL, 0) >= 8 + 4);
	memset(somewhere, 0, sizeof(somewhere));
	CHECK_EQ(remains_found(), 0);
	leave(data);
	remains_behind();
	remains_look("leave");
	CHECK(remains_found() >= 8);
	before = remains_found();
	memcpy(copy, data, 64);
	CHECK_EQ(remains_in(copy, 64), 8);
	free(copy);
	CHECK_EQ(remains_found(), before + 8);
	remains_meant = false;
	wipe(data, 64);
out:
	free(data);
}

/* or something is looked at that nobody calls, or calls past the linker */
static void all_seen(void)
{
	char names[] = WIPE_LOOKED, *name;

	if (!remains_can())
		return;
	for (name = strtok(names, " "); name; name = strtok(NULL, " "))
		if (!CHECK(remains_looked(name)))
			ktap_note("%s() has never returned", name);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K65 what is left of a secret is found, wherever it is", finds },
		{ "K65 an AEAD, X25519, its own key exchange for a child SA", aead },
		{ "K65 CBC, P-384, fragments", cbc },
		{ "K65 MODP", modp },
		{ "K65 additional key exchanges, first and in a rekey", additional },
		{ "K65 ML-KEM as an additional key exchange", mlkem },
		{ "K65 proofs by a shared secret", secret },
		{ "K65 proofs of nothing", nobody },
		{ "K65 secrets of cookies and of tokens", cookies },
		{ "K65 a file that cannot be read to its end", unread },
		{ "K65 exchanges that are given up", given_up },
		{ "K65 fragments that wait for another in vain", fragments },
		{ "K65 a request that cannot be made", unsent },
		{ "K65 each function that handles a secret was looked at",
		  all_seen },
	};

	return KTAP_RUN(tests);
}
