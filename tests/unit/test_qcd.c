// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quick crash detection (RFC 6290): who has lost everything proves it, so that
 * the other learns at once; nobody else can.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/qcd.h"
#include "craft.h"
#include "world.h"

static struct world w;

static void joined(void)
{
	unlink(world_store_path(1, ".qcd"));
	world_begin(&w, 2);
	w.h[1].store = true;
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_forget_log(&w);
}

/* the host comes back with nothing but its disk */
static void reboot(int host)
{
	world_crash(&w, host);
	memset(w.h[host].k.sa, 0, sizeof(w.h[host].k.sa));
	w.h[host].k.n_bound = 0;
	CHECK(world_up(&w, host, KEY_ED25519, NULL));
}

static void ask_for_life(int host)
{
	task_add(world_sa(&w, host), TASK_LIVENESS);
	fsm_start(world_sa(&w, host));
}

static void rebooted(void)
{
	joined();
	reboot(1);
	ask_for_life(0);
	world_run(&w);
	/* at the first question, without a moment's wait */
	CHECK_EQ(w.h[0].d.stats.retransmits, 0);
	CHECK_EQ(w.h[0].k.breaks, 1);
	CHECK_EQ(w.h[0].k.break_reason, BTNS_REASON_PEER_DEAD);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK(!w.h[0].d.sas);
	CHECK(world_logged(&w, "proved so by its token"));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

/* the token of an heir too, whoever made it */
static void after_rekey(void)
{
	int who;

	for (who = 0; who < 2; who++) {
		joined();
		task_add(world_sa(&w, who), TASK_REKEY_IKE);
		fsm_start(world_sa(&w, who));
		world_run(&w);
		reboot(1);
		ask_for_life(0);
		world_run(&w);
		CHECK_EQ(w.h[0].k.breaks, 1);
		CHECK(!w.h[0].d.sas);
		world_fini(&w);
	}
}

static void secret_kept(void)
{
	struct stat st;
	uint8_t before[QCD_SECRET_LEN];

	joined();
	memcpy(before, w.h[1].d.qcd.secret, sizeof(before));
	CHECK(!stat(world_store_path(1, ".qcd"), &st));
	CHECK_EQ(st.st_mode & 0777, 0600);
	CHECK_EQ(st.st_size, QCD_SECRET_LEN);
	reboot(1);
	CHECK(!memcmp(w.h[1].d.qcd.secret, before, sizeof(before)));
	/* without it, or with half of it, there is another, and no proof */
	CHECK(!truncate(world_store_path(1, ".qcd"), 16));
	reboot(1);
	CHECK(memcmp(w.h[1].d.qcd.secret, before, sizeof(before)));
	ask_for_life(0);
	world_run(&w);
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	world_fini(&w);
}

static bool spoil(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (p->from == 1 && world_hdr(p, &hdr) && hdr.next == IKE_PLD_NOTIFY) {
		x->n[0]++;
		if (x->n[1] == 0)
			p->data[p->len - 1] ^= 1;	/* another token */
		else if (x->n[1] == 1)
			p->data[p->len - 29] ^= 1;	/* the same, inside */
		else if (x->n[1] == 2)
			p->data[35] ^= 1;		/* another notify */
		else
			p->data[23] ^= 1;		/* message id */
	}
	return true;
}

/* INVALID_IKE_SPI alone, or with any other token, changes nothing */
static void not_proved(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		joined();
		reboot(1);
		w.filter = spoil;
		w.n[1] = i;
		ask_for_life(0);
		world_run(&w);
		CHECK_EQ(w.n[0], 1);
		CHECK_EQ(w.h[0].k.breaks, 0);
		CHECK_EQ(world_installed(&w, 0), 2);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		world_fini(&w);
	}
}

static bool keep_answer(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (p->from == 1 && world_hdr(p, &hdr) && hdr.next == IKE_PLD_NOTIFY)
		x->kept = world_copy(p);
	return true;
}

/* a message with the SPIs of an IKE SA, from host @from to host 1 */
static void provoke(const struct ike_sa *sa, int from, uint8_t flags)
{
	uint8_t msg[28 + 4 + 8 + 1 + 16] = { 0 };
	int i;

	for (i = 0; i < 8; i++) {
		msg[i] = (uint8_t)(sa->spi_i >> (56 - 8 * i));
		msg[8 + i] = (uint8_t)(sa->spi_r >> (56 - 8 * i));
	}
	msg[16] = IKE_PLD_SK;
	msg[17] = 0x20;
	msg[18] = IKE_INFORMATIONAL;
	msg[19] = flags;
	msg[27] = sizeof(msg);
	msg[31] = sizeof(msg) - 28;
	world_inject(&w, from, 1, msg, sizeof(msg));
	world_run(&w);
}

/* nobody gets the token of an IKE SA that lives, or from another address */
static void not_shown(void)
{
	uint8_t token[QCD_TOKEN_LEN];
	struct ike_sa *sa;
	unsigned int i;

	joined();
	w.filter = keep_answer;
	sa = world_sa(&w, 0);
	CHECK_EQ(sa->token.len, QCD_TOKEN_LEN);
	memcpy(token, sa->token.data, sizeof(token));
	for (i = 0; i < 0x40; i++) {
		provoke(sa, 0, (uint8_t)i);
		provoke(sa, 2, (uint8_t)i);
	}
	CHECK(!w.kept);
	reboot(1);
	provoke(sa, 2, IKE_FLAG_INITIATOR);
	CHECK(w.kept);
	CHECK(w.kept && memcmp(w.kept->data + w.kept->len - QCD_TOKEN_LEN,
			       token, sizeof(token)));
	free(w.kept);
	w.kept = NULL;
	/* an answer is not answered */
	provoke(sa, 0, IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE);
	CHECK(!w.kept);
	provoke(sa, 0, IKE_FLAG_INITIATOR);
	CHECK(w.kept && !memcmp(w.kept->data + w.kept->len - QCD_TOKEN_LEN,
				token, sizeof(token)));
	/* it came without a question of ours: nothing happened */
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	world_fini(&w);
}

static bool lose_answer(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (p->from == 0 && world_hdr(p, &hdr) &&
	    hdr.exchange == IKE_CREATE_CHILD_SA &&
	    (hdr.flags & IKE_FLAG_RESPONSE))
		return false;
	return keep_answer(x, p);
}

/* the peer's half of an heir lives before ours does */
static void heir_not_shown(void)
{
	struct ike_sa *heir, *old;

	joined();
	old = world_sa(&w, 0);
	w.filter = lose_answer;
	task_add(world_sa(&w, 1), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 1));
	world_run(&w);
	for (heir = w.h[0].d.sas; heir == old; heir = heir->next)
		;
	CHECK(heir && heir->spi_i != old->spi_i);
	if (heir)
		provoke(heir, 0, 0);
	CHECK(!w.kept);
	free(w.kept);
	w.kept = NULL;
	world_fini(&w);
}

static void rate_limited(void)
{
	struct ike_sa sa = { .spi_i = 1, .spi_r = 2 };
	unsigned int before, i;

	joined();
	before = w.sent;
	for (i = 0; i < 100; i++) {
		sa.spi_i++;
		provoke(&sa, 2, IKE_FLAG_INITIATOR);
	}
	CHECK_EQ(w.sent - before, QCD_RATE);
	world_advance(&w, QCD_RATE_MS);
	provoke(&sa, 2, IKE_FLAG_INITIATOR);
	CHECK_EQ(w.sent - before, QCD_RATE + 1);
	world_fini(&w);
}

/* btnsd alone was restarted: it takes over, and shows no token meanwhile */
static void taking_over(void)
{
	joined();
	world_crash(&w, 1);
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	ask_for_life(0);
	world_advance(&w, 30000);
	CHECK_EQ(w.h[0].k.breaks, 0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "L19 K53 a rebooted peer proves its loss, and latches break at once",
		  rebooted },
		{ "L19 K53 an IKE SA that was rekeyed has a token too",
		  after_rekey },
		{ "K55 the secret of tokens outlives a reboot", secret_kept },
		{ "K04 INVALID_IKE_SPI without the right token changes nothing",
		  not_proved },
		{ "K54 no token is shown for what lives, or from elsewhere",
		  not_shown },
		{ "K24 K55 tokens are shown at a limited rate", rate_limited },
		{ "K54 nor of an heir of which only the peer has its half",
		  heir_not_shown },
		{ "L16 K54 no token is shown while btnsd takes over", taking_over },
	};

	return KTAP_RUN(tests);
}
