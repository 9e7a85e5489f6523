// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rekey of the IKE SA by either end and by both at once, while child SAs come
 * and go, and how its lifetime ends otherwise (RFC 7296 sections 2.8, 2.18 and
 * 2.25).
 */
#include "ktap.h"

#include <netinet/in.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/proposal.h"
#include "craft.h"
#include "pair.h"

static struct world w;

static void joined(const char *conf_a, const char *conf_b)
{
	pair_joined(&w, conf_a, conf_b);
	world_forget_log(&w);
}

/* nor any IKE SA that is not up */
static void exactly(unsigned int ike, unsigned int pairs)
{
	unsigned int n;
	struct ike_sa *sa;
	int i;

	pair_exactly(&w, ike, pairs);
	for (i = 0; i < 2; i++) {
		for (n = 0, sa = w.h[i].d.sas; sa; sa = sa->next)
			n++;
		CHECK_EQ(n, ike);
	}
}

static void begin(int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(&w, host);
	struct child *c = sa->children;

	switch (kind) {
	case TASK_REKEY:
		life_rekey(c);
		break;
	case TASK_DELETE_CHILD:
		life_delete_child(c);
		break;
	default:
		task_add(sa, kind);
	}
	fsm_start(sa);
}

/* both ends know the same, which is not what it was */
static void same_new_keys(const struct ike_keys *before)
{
	struct ike_sa *a = world_sa(&w, 0), *b = world_sa(&w, 1);

	CHECK(a && b && a->spi_i == b->spi_i && a->spi_r == b->spi_r);
	CHECK(a && b && a->initiator != b->initiator);
	CHECK(a && b && !memcmp(&a->keys, &b->keys, sizeof(a->keys)));
	CHECK(a && memcmp(&a->keys.sk_d, &before->sk_d, sizeof(before->sk_d)));
	CHECK(a && memcmp(&a->keys.sk_ei, &before->sk_ei,
			  sizeof(before->sk_ei)));
}

static void one_end(int who)
{
	struct btns_pad_peer peer;
	struct ike_keys before;
	uint64_t spi_i;
	uint32_t child;
	int round;

	joined(NULL, NULL);
	child = world_sa(&w, 0)->children->spi_in;
	for (round = 0; round < 4; round++) {
		struct ike_sa *sa = world_sa(&w, who);

		before = sa->keys;
		spi_i = sa->spi_i;
		peer = sa->who;
		begin(who, TASK_REKEY_IKE);
		pair_covered(&w);
		exactly(1, 1);
		same_new_keys(&before);
		sa = world_sa(&w, who);
		CHECK(sa->initiator && sa->spi_i != spi_i);
		/* the token has gone over it (RFC 6290 section 4.3) */
		CHECK_EQ(sa->send_mid, 1);
		CHECK(sa->token.len && world_sa(&w, !who)->token.len);
		CHECK_EQ(sa->recv_mid, 0);
		CHECK_EQ(world_sa(&w, !who)->recv_mid, 1);
		CHECK(!memcmp(&sa->who, &peer, sizeof(peer)));
		CHECK(!strcmp(sa->pad_entry, "any"));
		/* the child SAs are those of before, and belong to it */
		CHECK_EQ(world_sa(&w, 0)->children->spi_in, child);
		CHECK(sa->children->sa == sa);
		/* and by the other end, from the heir that it did not start */
		who = !who;
	}
	begin(who, TASK_REKEY);
	pair_covered(&w);
	exactly(1, 1);
	CHECK(world_sa(&w, 0)->children->spi_in != child);
	begin(!who, TASK_DELETE_CHILD);
	world_run(&w);
	exactly(1, 0);
	pair_done(&w);
}

static void either_end(void)
{
	one_end(0);
	one_end(1);
}

static struct span lower(const struct ike_sa *sa)
{
	return nonce_cmp(sa->ni.data, sa->ni.len, sa->nr.data, sa->nr.len) < 0 ?
		       blob_span(&sa->ni) :
		       blob_span(&sa->nr);
}

/* both requests are taken: the SPI of the heir that has to stay (2.8.2) */
static uint64_t expected(void)
{
	const struct ike_sa *by_b = w.h[0].d.sas, *by_a = w.h[1].d.sas;
	struct span a = lower(by_a), b = lower(by_b);

	CHECK(by_a->contested && by_b->contested);
	return nonce_cmp(a.data, a.len, b.data, b.len) < 0 ? by_b->spi_i :
							     by_a->spi_i;
}

static void both_ends(void)
{
	uint64_t stays;
	struct ike_keys before;
	unsigned int lowest;

	joined(NULL, NULL);
	/* of both questions, then of both answers: to host 0's, and to host 1's */
	for (lowest = 0; lowest < 4; lowest++) {
		before = world_sa(&w, 0)->keys;
		world_lowest(lowest);
		begin(0, TASK_REKEY_IKE);
		begin(1, TASK_REKEY_IKE);
		CHECK(world_step(&w) && world_step(&w));
		stays = expected();
		pair_covered(&w);
		world_advance(&w, 1);
		exactly(1, 1);
		same_new_keys(&before);
		CHECK(world_sa(&w, 0)->spi_i == stays);
		CHECK_EQ(world_sa(&w, 0)->initiator, lowest % 2);
	}
	CHECK(world_logged(&w, "both ends rekeyed"));
	pair_done(&w);
}

static bool drop_nth(struct world *x, struct packet *p)
{
	(void)p;
	return x->n[0]++ != x->n[1];
}

/* with one message lost, perhaps only one end sees that both began */
static void both_lossy(void)
{
	unsigned int i, lowest;

	for (i = 0; i < 8; i++) {
		for (lowest = 0; lowest < 2; lowest++) {
			joined(NULL, NULL);
			w.n[1] = i;
			w.filter = drop_nth;
			world_lowest(lowest);
			begin(0, TASK_REKEY_IKE);
			begin(1, TASK_REKEY_IKE);
			while (w.now < 1005000) {
				pair_covered(&w);
				world_advance(&w, 100);
			}
			/* a loser that the peer never heard of goes later */
			world_advance(&w, 60000);
			exactly(1, 1);
			pair_done(&w);
		}
	}
}

/* RFC 7296 section 2.8.2: the request of one comes when the other is done */
static void unseen_clash(void)
{
	struct packet *late;

	joined(NULL, NULL);
	begin(0, TASK_REKEY_IKE);
	late = w.queue;
	w.queue = NULL;
	begin(1, TASK_REKEY_IKE);
	/* its request and our answer, so that it is done */
	CHECK(world_step(&w) && world_step(&w));
	CHECK(world_sa(&w, 0)->contested && world_sa(&w, 0)->children);
	/* what it does in its heir does not wait for us to notice */
	late->next = w.queue->next;
	w.queue->next = late;
	begin(1, TASK_REKEY);
	pair_covered(&w);
	world_advance(&w, 10);
	CHECK(world_logged(&w, "TEMPORARY_FAILURE") ||
	      world_logged(&w, "the peer deleted the IKE SA"));
	exactly(1, 1);
	CHECK(!world_sa(&w, 0)->contested && !world_sa(&w, 0)->initiator);
	pair_done(&w);
}

/* a child exchange of one end meets an IKE rekey of the other */
static void meets(enum task_kind kind)
{
	struct ike_keys before;
	int round;

	for (round = 0; round < 2; round++) {
		joined(NULL, NULL);
		before = world_sa(&w, 0)->keys;
		begin(round, TASK_REKEY_IKE);
		begin(!round, kind);
		world_run(&w);
		/* as usual for a Delete, put off for all else (2.25.2) */
		CHECK(world_logged(&w, "of ours is in flight (TEMP"));
		CHECK_EQ(world_logged(&w, "closed or replaced (TEMP"),
			 kind != TASK_DELETE_CHILD);
		world_advance(&w, 20000);
		exactly(1, kind != TASK_DELETE_CHILD);
		same_new_keys(&before);
		pair_done(&w);
	}
}

static void meets_child(void)
{
	meets(TASK_REKEY);
	meets(TASK_DELETE_CHILD);
}

static void meets_new_child(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	exactly(1, 1);
	begin(0, TASK_REKEY_IKE);
	world_acquire(&w, 1, 0, 81);
	world_run(&w);
	CHECK(world_logged(&w, "TEMPORARY_FAILURE"));
	world_advance(&w, 20000);
	exactly(1, 2);
	/* what waits behind the rekey of its own end moves to the heir */
	begin(0, TASK_REKEY_IKE);
	world_acquire(&w, 0, 1, 81);
	world_run(&w);
	exactly(1, 3);
	CHECK_EQ(w.h[0].k.forgotten, 0);
	pair_done(&w);
}

/* 2.25.2: a Delete of the IKE SA wins over its rekey, whoever was first */
static void meets_delete(void)
{
	int round;

	for (round = 0; round < 2; round++) {
		joined(NULL, NULL);
		begin(round, TASK_REKEY_IKE);
		life_close(world_sa(&w, !round));
		fsm_start(world_sa(&w, !round));
		world_run(&w);
		exactly(0, 0);
		pair_done(&w);
	}
	joined(NULL, NULL);
	for (round = 0; round < 2; round++)
		life_close(world_sa(&w, round));
	for (round = 0; round < 2; round++)
		fsm_start(world_sa(&w, round));
	world_run(&w);
	exactly(0, 0);
	pair_done(&w);
}

/* a child is rekeyed by one end while the other deletes it (2.25.1) */
static void child_meets_delete(void)
{
	joined(NULL, NULL);
	begin(0, TASK_REKEY);
	begin(1, TASK_DELETE_CHILD);
	world_run(&w);
	CHECK(world_logged(&w, "TEMPORARY_FAILURE"));
	world_advance(&w, 20000);
	exactly(1, 0);
	pair_done(&w);
}

static void other_group(void)
{
	struct ike_keys before;

	joined("ike = { dh = [\"p256\", \"x25519\"]; };",
	       "ike = { dh = [\"p256\", \"x25519\"]; };");
	before = world_sa(&w, 0)->keys;
	w.h[1].d.conf->dh[0] = IKE_DH_X25519;
	w.h[1].d.conf->n_dh = 1;
	begin(0, TASK_REKEY_IKE);
	pair_covered(&w);
	exactly(1, 1);
	same_new_keys(&before);
	CHECK_EQ(world_sa(&w, 0)->group, IKE_DH_X25519);
	CHECK(world_logged(&w, "INVALID_KE_PAYLOAD"));
	pair_done(&w);
}

static void lifetime(void)
{
	uint32_t ups;
	int i;

	joined("ike = { lifetime = 1000; reauth = 0; };",
	       "ike = { lifetime = 1000; reauth = 0; };");
	ups = w.h[0].d.stats.ike_up;
	for (i = 0; i < 200; i++) {
		world_advance(&w, 20000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
	world_advance(&w, 20000);
	exactly(1, 1);
	CHECK_EQ(w.h[0].d.stats.ike_up, ups);
	CHECK(world_logged(&w, "rekeyed #"));
	pair_done(&w);
}

static void reauth(void)
{
	uint64_t ups;
	int i;

	/* the heirs inherit how old the authentication is */
	joined("ike = { lifetime = 1000; reauth = 3500; };", NULL);
	ups = w.h[0].d.stats.ike_up;
	for (i = 0; i < 34; i++) {
		world_advance(&w, 100000);
		CHECK(world_pairs(&w, 0, 1) >= 1);
	}
	world_advance(&w, 100000);
	exactly(1, 1);
	CHECK_EQ(w.h[0].d.stats.ike_up, ups + 1);
	CHECK(world_logged(&w, "rekeyed #"));
	CHECK(world_logged(&w, "to be authenticated anew"));
	pair_done(&w);
}

/* a peer that never rekeys gets a new IKE SA with authentication */
static void peer_refuses(void)
{
	uint64_t ups;

	joined("ike = { reauth = 0; };", NULL);
	ups = w.h[0].d.stats.ike_up;
	world_sa(&w, 1)->redundant = true;
	begin(0, TASK_REKEY_IKE);
	world_advance(&w, 60000);
	exactly(1, 1);
	CHECK_EQ(w.h[0].d.stats.ike_up, ups + 1);
	pair_done(&w);
}

/* a responder that knows nothing of RFC 6023: what it announces is blotted out */
static bool no_childless(struct world *x, struct packet *p)
{
	size_t i;

	(void)x;
	for (i = 0; i + 4 <= p->len; i++)
		if (!memcmp(p->data + i, "\0\0\x40\x22", 4))
			p->data[i + 3] = 0xee;
	return true;
}

/* an IKE SA without a child SA, by either end's wish (RFC 6023) */
static void childless(void)
{
	struct ike_sa *sa;

	joined(NULL, NULL);
	begin(0, TASK_DELETE_CHILD);
	world_run(&w);
	exactly(1, 0);
	/* made anew, in the place of one that has none */
	life_renew(world_sa(&w, 0));
	world_run(&w);
	exactly(1, 0);
	CHECK_EQ(w.h[0].d.stats.ike_up, 2);
	CHECK_EQ(w.h[0].d.stats.child_failed, 0);
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	exactly(1, 1);
	/* a responder that does not announce it is not asked */
	sa = world_sa(&w, 0);
	begin(0, TASK_DELETE_CHILD);
	world_run(&w);
	w.filter = no_childless;
	life_renew(sa);
	world_run(&w);
	CHECK(world_logged(&w, "takes no IKE_AUTH without"));
	world_advance(&w, IKE_HALF_OPEN_MS);
	exactly(1, 0);
	pair_done(&w);
}

static bool no_ike(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return world_hdr(p, &hdr) && hdr.exchange != IKE_SA_INIT &&
	       hdr.exchange != IKE_CREATE_CHILD_SA;
}

/* whatever else fails, the IKE SA ends at its hard limit: no key lives on */
static void hard_limit(void)
{
	joined("ike = { lifetime = 1000; dpd = 0; };", "ike = { dpd = 0; };");
	world_sa(&w, 0)->redundant = true;
	w.filter = no_ike;
	world_advance(&w, 1150000);
	exactly(1, 1);
	world_advance(&w, 50000);
	exactly(0, 0);
	CHECK(world_logged(&w, "hard limit, of ike.lifetime"));
	pair_done(&w);
}

/* one exchange in an IKE SA of host 0, which is two messages */
static void exchange(void)
{
	struct ike_sa *sa = world_sa(&w, 0);

	if (!CHECK(sa))
		return;
	task_add(sa, TASK_LIVENESS);
	fsm_start(sa);
	world_run(&w);
	/* what the timers have to do at once */
	world_advance(&w, 1);
}

/* exchanges of host 0 until it has another IKE SA, or none, at most @most */
static unsigned int exchanges(unsigned int most)
{
	struct ike_sa *sa = world_sa(&w, 0);
	uint64_t spi = sa ? sa->spi_i : 0;
	unsigned int n = 0;

	while (n < most && world_sa(&w, 0) && world_sa(&w, 0)->spi_i == spi) {
		exchange();
		n++;
	}
	return n;
}

/* who seals and opens messages counts them, and rekeys in time */
static void by_usage(void)
{
	static const char *const conf[] = {
		"ike = { packets = 100; dpd = 0; };",
		"ike = { bytes = 65536; dpd = 0; };",
	};
	uint64_t used, each;
	struct ike_sa *sa;
	unsigned int i, n;
	uint32_t child;

	for (i = 0; i < 4; i++) {
		/* whichever end counts, the one that only answers too */
		joined(i < 2 ? conf[i] : NULL, i < 2 ? NULL : conf[i - 2]);
		sa = world_sa(&w, 0);
		child = sa->children->spi_in;
		/* IKE_AUTH counts, IKE_SA_INIT is not protected */
		CHECK_EQ(sa->usage.packets, w.sent - 2);
		CHECK_EQ(sa->usage.packets, world_sa(&w, 1)->usage.packets);
		CHECK_EQ(sa->usage.bytes, world_sa(&w, 1)->usage.bytes);
		used = sa->usage.bytes;
		exchange();
		each = sa->usage.bytes - used;
		CHECK(each >= 2);
		used = i % 2 ? sa->usage.bytes : sa->usage.packets;
		n = exchanges(65536);
		used += n * (i % 2 ? each : 2);
		CHECK(used >= (i % 2 ? 65536 - 6554 : 90));
		CHECK(used <= (i % 2 ? 65536 : 100) + each);
		exactly(1, 1);
		sa = world_sa(&w, 0);
		CHECK(sa && sa->children->spi_in == child);
		/* new keys, and a new count */
		CHECK(sa && sa->usage.packets < 10);
		CHECK(!world_logged(&w, "hard limit"));
		pair_done(&w);
	}
}

/* without a rekey an IKE SA ends at twice of what is set, not before */
static void used_up(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct ike_sa *sa;
		uint64_t left;

		joined(i ? "ike = { bytes = 65536; dpd = 0; };" :
			   "ike = { packets = 100; dpd = 0; };", NULL);
		sa = world_sa(&w, 0);
		/* it waits for what does not come, and so is not rekeyed */
		sa->redundant = true;
		exchange();
		left = sa->usage.bytes;
		exchange();
		left = sa->usage.bytes - left;
		left = i ? (131072 - sa->usage.bytes + left - 1) / left :
			   (200 - sa->usage.packets + 1) / 2;
		CHECK_EQ(exchanges((unsigned int)left - 1), left - 1);
		exactly(1, 1);
		CHECK_EQ(exchanges(2), 1);
		exactly(0, 0);
		CHECK(world_logged(&w, i ? "hard limit, of ike.bytes" :
					   "hard limit, of ike.packets"));
		pair_done(&w);
	}
}

/* 0 octets are no limit, and others are the default */
static void not_limited(void)
{
	struct ike_sa *sa;
	uint64_t spi;

	joined("ike = { bytes = 0; dpd = 0; };", "ike = { dpd = 0; };");
	sa = world_sa(&w, 0);
	sa->usage.bytes = 1ull << 62;
	CHECK_EQ(exchanges(2), 2);
	sa = world_sa(&w, 1);
	sa->usage.bytes = (1u << 30) / 10 * 9 - 1000;
	sa->usage.packets = 899990;
	CHECK_EQ(exchanges(2), 2);
	spi = sa->spi_i;
	sa->usage.bytes = 1u << 30;
	exchange();
	sa = world_sa(&w, 1);
	CHECK(sa && sa->spi_i != spi);
	exactly(1, 1);
	sa = world_sa(&w, 0);
	if (CHECK(sa))
		sa->usage.packets = 1000000;
	CHECK_EQ(exchanges(2), 1);
	exactly(1, 1);
	pair_done(&w);
}

/* the PAD is asked again, by whoever begins and by whoever answers (U12) */
static void pad_asked(void)
{
	int who;

	for (who = 0; who < 2; who++) {
		joined(NULL, NULL);
		w.h[who].k.n_pad = 0;
		w.h[who].d.pad.stale = true;
		if (who)
			begin(0, TASK_REKEY_IKE);
		else
			timer_set(&w.h[0].d.timers, &world_sa(&w, 0)->expiry,
				  0);
		world_advance(&w, 1);
		exactly(0, 0);
		CHECK(world_logged(&w, who ? "NO_ADDITIONAL_SAS" : "closed: "));
		pair_done(&w);
	}
}

/* what a hostile peer may ask: nothing comes of it, and nothing leaks */
static void hostile(const char *spi, size_t value_len, const char *answer)
{
	static const uint8_t value[64] = { 9 };
	struct ike_sa_payload offer;
	uint8_t buf[1024], nonce[32] = { 1 };
	struct ike_sa *sa;
	struct ike_build b;

	joined(NULL, NULL);
	sa = world_sa(&w, 0);
	proposal_ike_offer(w.h[0].d.conf, PROPOSAL_REKEY, IKE_DH_X25519,
			   (const uint8_t *)spi, &offer);
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_sa(&b, &offer);
	ike_build_nonce(&b, span(nonce, sizeof(nonce)));
	ike_build_ke(&b, IKE_DH_X25519, span(value, value_len));
	craft_inner(&w, sa, 0, 1, IKE_CREATE_CHILD_SA, sa->send_mid, &b);
	world_run(&w);
	CHECK(world_logged(&w, answer));
	if (strcmp(answer, "INVALID_SYNTAX"))
		exactly(1, 1);
	else
		CHECK(!w.h[1].d.sas && !world_installed(&w, 1));
	pair_done(&w);
}

static void hostile_requests(void)
{
	hostile("\0\0\0\0\0\0\0\0", 32, "NO_PROPOSAL_CHOSEN");
	hostile("SPISPISP", 31, "INVALID_SYNTAX");
	hostile("SPISPISP", 64, "INVALID_SYNTAX");
}

/* rekeys that nobody finishes fill no table: the old one goes, or is busy */
/* host 1 answers no INFORMATIONAL */
static bool unanswered(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       hdr.exchange != IKE_INFORMATIONAL;
}

/*
 * The first request of an IKE SA that a rekey has made has message id 0, as
 * IKE_SA_INIT has: an answer in the clear is anybody's, and says nothing.
 */
static void forged_answer(void)
{
	struct ike_hdr hdr = { .major = IKE_MAJOR_VERSION,
			       .exchange = IKE_SA_INIT,
			       .flags = IKE_FLAG_RESPONSE };
	struct ike_build b;
	struct ike_sa *sa;
	uint8_t buf[64];
	struct span s;

	joined(NULL, NULL);
	w.filter = unanswered;
	begin(0, TASK_REKEY_IKE);
	world_run(&w);
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->initiator && !sa->send_mid))
		return;
	task_add(sa, TASK_LIVENESS);
	fsm_start(sa);
	world_run(&w);
	CHECK(sa->request.len);
	hdr.spi_i = sa->spi_i;
	hdr.spi_r = sa->spi_r;
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_notify(&b, IKE_N_INVALID_SYNTAX, span(NULL, 0));
	CHECK(ike_build_done(&b, &s, NULL));
	world_inject(&w, 1, 0, s.data, s.len);
	world_run(&w);
	CHECK(world_sa(&w, 0) == sa);
	w.filter = NULL;
	world_advance(&w, 2000);
	exactly(1, 1);
	pair_done(&w);
}

static void again_and_again(void)
{
	static const uint8_t value[32] = { 9 };
	struct ike_sa_payload offer;
	uint8_t buf[1024], nonce[32] = { 1 };
	struct ike_build b;
	struct ike_sa *sa;
	unsigned int i;

	joined(NULL, NULL);
	sa = world_sa(&w, 0);
	for (i = 0; i < 100; i++) {
		proposal_ike_offer(w.h[0].d.conf, PROPOSAL_REKEY, IKE_DH_X25519,
				   (const uint8_t *)"SPISPISP", &offer);
		ike_build_inner(&b, buf, sizeof(buf));
		ike_build_sa(&b, &offer);
		ike_build_nonce(&b, span(nonce, sizeof(nonce)));
		ike_build_ke(&b, IKE_DH_X25519, span(value, sizeof(value)));
		craft_inner(&w, sa, 0, 1, IKE_CREATE_CHILD_SA,
			    sa->send_mid + i, &b);
		world_run(&w);
	}
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK(world_logged(&w, "another IKE SA is taking its place"));
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "N03 K14 K19 the IKE SA is rekeyed by either end, and nothing is missed",
		  either_end },
		{ "N03 K14 both ends rekey the IKE SA at once: nonces decide",
		  both_ends },
		{ "N03 K14 both ends rekey the IKE SA and a message is lost",
		  both_lossy },
		{ "N03 K14 only one end sees that both rekeyed the IKE SA",
		  unseen_clash },
		{ "N03 K15 an IKE rekey meets a rekey or Delete of a child",
		  meets_child },
		{ "N03 L25 K15 an IKE rekey meets a new child", meets_new_child },
		{ "N03 K15 an IKE rekey meets a Delete of the IKE SA",
		  meets_delete },
		{ "N03 K15 a child rekey meets a Delete of the same child",
		  child_meets_delete },
		{ "N03 K10 an IKE rekey with another group", other_group },
		{ "N03 the IKE SA is rekeyed before its lifetime ends",
		  lifetime },
		{ "N03 the peer proves itself again after ike.reauth", reauth },
		{ "N03 a peer that does not rekey gets a new IKE SA",
		  peer_refuses },
		{ "K52 an IKE SA stands without a child SA", childless },
		{ "N03 the IKE SA ends at its hard limit", hard_limit },
		{ "N03 the IKE SA is rekeyed after so many octets or messages",
		  by_usage },
		{ "N03 and ends at twice as many without a rekey", used_up },
		{ "N03 no limit of octets, and the limits by default",
		  not_limited },
		{ "U12 an IKE rekey asks the PAD again", pad_asked },
		{ "K30 a hostile IKE rekey is refused", hostile_requests },
		{ "K23 K04 INVALID_SYNTAX in the clear does not end what a rekey made",
		  forged_answer },
		{ "an IKE rekey is taken once", again_and_again },
	};

	return KTAP_RUN(tests);
}
