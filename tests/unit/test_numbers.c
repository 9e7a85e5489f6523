// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers of the mock world: what helpers say and when is the same for the
 * same seed, octet by octet, so that a failure can be had again; and of nonces it
 * can be said which is the lowest.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fsm.h"
#include "world.h"

#define HEARD_MAX	65536

/**
 * struct talk - what two helpers say to each other
 * @said: each message, and before it when it was sent, and by whom
 * @len: octets of that
 * @messages: how many there are
 * @spi: both SPIs of the IKE SA that they begin with
 * @ni: nonce of who began
 * @nr: and of who answered
 */
struct talk {
	uint8_t said[HEARD_MAX];
	size_t len;
	unsigned int messages;
	uint64_t spi[2];
	uint8_t ni[IKE_NONCE_LEN];
	uint8_t nr[IKE_NONCE_LEN];
};

static struct world w;
static struct talk *now;

static void append(const void *data, size_t len)
{
	if (len > HEARD_MAX - now->len)
		abort();
	memcpy(now->said + now->len, data, len);
	now->len += len;
}

/* the third of four is lost, and so sent again after a while */
static bool hear(struct world *x, struct packet *p)
{
	append(&x->now, sizeof(x->now));
	append(&p->from, sizeof(p->from));
	append(p->data, p->len);
	return now->messages++ % 4 != 2;
}

static void act(enum task_kind kind)
{
	CHECK(world_start(&w, 0, kind));
	world_advance(&w, 30000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

/* ECDSA, as each signature has a number of OpenSSL's in it */
static void play(struct talk *t, uint64_t seed)
{
	static const char conf[] = "ike = { additional = [\"p256\"]; dpd = 0; };"
				   "child = { pfs = true; lifetime = 600; };";
	struct ike_sa *sa;

	memset(t, 0, sizeof(*t));
	now = t;
	world_numbers(seed);
	CHECK(world_two(&w, KEY_ECDSA_P256, conf, conf));
	w.filter = hear;
	world_acquire(&w, 0, 1, 80);
	world_advance(&w, 30000);
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->ni.len == sizeof(t->ni) &&
		   sa->nr.len == sizeof(t->nr)))
		abort();
	t->spi[0] = sa->spi_i;
	t->spi[1] = sa->spi_r;
	memcpy(t->ni, sa->ni.data, sizeof(t->ni));
	memcpy(t->nr, sa->nr.data, sizeof(t->nr));
	act(TASK_REKEY);
	act(TASK_REKEY_IKE);
	act(TASK_LIVENESS);
	/* until lifetimes end */
	world_advance(&w, 1200000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(world_start(&w, 0, TASK_DELETE_IKE));
	world_advance(&w, 30000);
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	world_fini(&w);
}

static bool same(const struct talk *a, const struct talk *b)
{
	return a->messages == b->messages && a->len == b->len &&
	       !memcmp(a->said, b->said, a->len);
}

static struct talk talk[3];

/* the keys of hosts are made once in a program */
static void make_keys(void)
{
	int i;

	for (i = 0; i < 2; i++)
		key_free(world_key(i, KEY_ECDSA_P256));
}

static void same_again(void)
{
	make_keys();
	play(&talk[0], 1);
	play(&talk[1], 1);
	ktap_note("%u messages, %zu octets", talk[0].messages, talk[0].len);
	CHECK(talk[0].messages > 30);
	CHECK(same(&talk[0], &talk[1]));
	/* whatever was drawn before */
	play(&talk[2], 2);
	play(&talk[1], 1);
	CHECK(same(&talk[0], &talk[1]));
}

static void others(void)
{
	const struct talk *a = &talk[0], *b = &talk[2];

	CHECK(!same(a, b));
	CHECK(a->spi[0] != a->spi[1] && b->spi[0] != b->spi[1]);
	CHECK(a->spi[0] != b->spi[0] && a->spi[1] != b->spi[1]);
	CHECK(memcmp(a->ni, a->nr, sizeof(a->ni)));
	CHECK(memcmp(a->ni, b->ni, sizeof(a->ni)));
	CHECK(memcmp(a->nr, b->nr, sizeof(a->nr)));
}

static void from_environment(void)
{
	char *before = getenv("BTNS_SEED"), *kept = NULL;
	uint64_t mine = world_seed();
	char text[40];

	snprintf(text, sizeof(text), "BTNS_SEED=%#llx",
		 (unsigned long long)mine);
	CHECK(ktap.again && !strcmp(ktap.again, text));
	if (before)
		kept = strdup(before);
	setenv("BTNS_SEED", "0xdead", 1);
	CHECK_EQ(world_seed(), 0xdead);
	unsetenv("BTNS_SEED");
	CHECK_EQ(world_seed(), 0x5660);
	if (kept)
		setenv("BTNS_SEED", kept, 1);
	free(kept);
	CHECK_EQ(world_seed(), mine);
}

/* octets of all lengths, and no two the same */
static void octets(void)
{
	uint8_t a[64], b[64];
	size_t len;

	world_numbers(3);
	for (len = 0; len < sizeof(a); len++) {
		memset(a, 0xa5, sizeof(a));
		memset(b, 0xa5, sizeof(b));
		CHECK_EQ(rand_fill(a, len), CRYPTO_OK);
		CHECK_EQ(rand_fill(b, len), CRYPTO_OK);
		CHECK(a[len] == 0xa5 && b[len] == 0xa5);
		CHECK(len < 4 || memcmp(a, b, len));
	}
}

static void lowest(void)
{
	static const uint8_t none[8];
	uint8_t nonce[IKE_NONCE_LEN];
	unsigned int after, i;

	for (after = 0; after < 3; after++) {
		world_lowest(after);
		for (i = 0; i < 5; i++) {
			uint8_t other[IKE_NONCE_LEN - 1];

			/* what is no nonce does not count */
			CHECK_EQ(rand_fill(other, sizeof(other)), CRYPTO_OK);
			CHECK(memcmp(other, none, sizeof(none)));
			CHECK_EQ(rand_fill(nonce, sizeof(nonce)), CRYPTO_OK);
			CHECK_EQ(!memcmp(nonce, none, sizeof(none)), i == after);
		}
	}
	/* nobody's any more */
	world_lowest(0);
	world_numbers(3);
	CHECK_EQ(rand_fill(nonce, sizeof(nonce)), CRYPTO_OK);
	CHECK(memcmp(nonce, none, sizeof(none)));
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "the same seed: the same octets at the same times", same_again },
		{ "another seed: other SPIs, nonces and messages", others },
		{ "BTNS_SEED is the seed, and is what a failure names",
		  from_environment },
		{ "octets of any length", octets },
		{ "the nonce that was chosen is the lowest", lowest },
	};

	return KTAP_RUN(tests);
}
