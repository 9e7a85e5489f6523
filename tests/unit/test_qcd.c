// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quick crash detection (RFC 6290): who has lost everything proves it, so that
 * the other learns at once; nobody else can.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdio.h>
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
	static const uint8_t nothing[QCD_SECRET_LEN];
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
	/* what a disk that lost it has in its place is no secret either */
	CHECK(!truncate(world_store_path(1, ".qcd"), 0));
	CHECK(!truncate(world_store_path(1, ".qcd"), QCD_SECRET_LEN));
	reboot(1);
	CHECK(memcmp(w.h[1].d.qcd.secret, nothing, sizeof(nothing)));
	/* without a store each life has its own, and each host */
	CHECK(memcmp(w.h[0].d.qcd.secret, nothing, sizeof(nothing)));
	CHECK(memcmp(w.h[0].d.qcd.secret, w.h[1].d.qcd.secret,
		     sizeof(nothing)));
	memcpy(before, w.h[0].d.qcd.secret, sizeof(before));
	reboot(0);
	CHECK(memcmp(w.h[0].d.qcd.secret, before, sizeof(before)));
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

/* host 1 is gone, and host 0 waits for an answer of its; the token it has */
static struct ike_sa *waiting(uint8_t token[QCD_TOKEN_LEN])
{
	struct ike_sa *sa;

	joined();
	world_crash(&w, 1);
	ask_for_life(0);
	world_run(&w);
	sa = world_sa(&w, 0);
	if (!CHECK(sa && sa->request.len && sa->token.len == QCD_TOKEN_LEN))
		abort();
	memcpy(token, sa->token.data, QCD_TOKEN_LEN);
	return sa;
}

/* host 0 hears that its IKE SA is lost, with @n tokens, from @from */
static void show(const struct ike_sa *sa, const char *from,
		 const uint8_t *tokens, unsigned int n, size_t len)
{
	struct path path = {
		.local = { .addr = w.h[0].addr, .port = 500 },
		.remote = { .port = 4321 },
	};
	const struct ike_hdr hdr = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
		.major = IKE_MAJOR_VERSION, .exchange = IKE_INFORMATIONAL,
		.flags = (uint8_t)(IKE_FLAG_RESPONSE |
				   (sa->initiator ? 0 : IKE_FLAG_INITIATOR)),
		.msgid = sa->send_mid,
	};
	uint8_t buf[1024], body[4 + QCD_TOKEN_MAX] = {
		IKE_PROTO_IKE, 0, IKE_N_QUICK_CRASH_DETECTION >> 8,
		IKE_N_QUICK_CRASH_DETECTION & 0xff,
	};
	struct ike_build b;
	struct span out;
	unsigned int i;

	addr_parse(&path.remote.addr, from);
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_notify(&b, IKE_N_INVALID_IKE_SPI, span(NULL, 0));
	for (i = 0; i < n; i++) {
		memcpy(body + 4, tokens + i * QCD_TOKEN_LEN, len);
		ike_build_raw(&b, IKE_PLD_NOTIFY, span(body, 4 + len));
	}
	if (CHECK(ike_build_done(&b, &out, NULL)))
		btnsd_rx(&w.h[0].d, &path, out.data, out.len);
}

#define HOME		"10.0.0.2"
#define ELSEWHERE	"192.0.2.9"

/* a maker that changes its secret shows one of each (RFC 6290 4.5) */
static void one_of_four(void)
{
	uint8_t tokens[4][QCD_TOKEN_LEN];
	const struct ike_sa *sa;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		memset(tokens, 0x5a, sizeof(tokens));
		sa = waiting(tokens[i % 4]);
		/* the last of them is of none */
		if (i == 4)
			tokens[0][0] ^= 1;
		show(sa, HOME, tokens[0], 4, QCD_TOKEN_LEN);
		CHECK_EQ(w.h[0].k.breaks, i < 4);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), i == 4);
		CHECK_EQ(world_logged(&w, "passed over: " HOME), i == 4);
		world_fini(&w);
	}
}

/* of several that a peer gives the first that may be one is kept */
static void first_kept(void)
{
	uint8_t data[3][QCD_TOKEN_MAX + 1];
	struct ike_msg m = { .n_notifies = 3 };
	struct ike_sa *sa;
	unsigned int i;

	joined();
	sa = world_sa(&w, 0);
	for (i = 0; i < 3; i++) {
		memset(data[i], (int)i + 1, sizeof(data[i]));
		m.notify[i].type = IKE_N_QUICK_CRASH_DETECTION;
		m.notify[i].data = span(data[i], i ? QCD_TOKEN_MIN :
						     QCD_TOKEN_MAX + 1);
	}
	qcd_seen(sa, &m);
	CHECK(sa->token.len == QCD_TOKEN_MIN && sa->token.data[0] == 2);
	world_fini(&w);
}

/* another may answer for one that is down (RFC 6290 3), and say only that */
static void from_elsewhere(void)
{
	static const char *const from[] = { ELSEWHERE, "10.0.0.3",
					    "2001:db8::9" };
	uint8_t token[QCD_TOKEN_LEN];
	struct path before;
	uint64_t heard;
	struct ike_sa *sa;
	size_t i;

	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		sa = waiting(token);
		memcpy(&before, &sa->path, sizeof(before));
		heard = sa->heard;
		world_advance(&w, 10);
		token[31] ^= 1;
		show(sa, from[i], token, 1, QCD_TOKEN_LEN);
		show(sa, from[i], token, 0, QCD_TOKEN_LEN);
		CHECK(world_logged(&w, "by a token that is not the peer's"));
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		CHECK(sa->request.len && sa->heard == heard);
		CHECK(!memcmp(&sa->path, &before, sizeof(before)));
		CHECK_EQ(w.h[0].k.breaks, 0);
		token[31] ^= 1;
		show(sa, from[i], token, 1, QCD_TOKEN_LEN);
		CHECK_EQ(w.h[0].k.breaks, 1);
		CHECK(!world_ike(&w, 0, IKE_ST_ESTABLISHED));
		CHECK_EQ(world_installed(&w, 0), 0);
		world_fini(&w);
	}
}

/* @n wrong tokens, each in a message of its own */
static void guess(const struct ike_sa *sa, const char *from, unsigned int n)
{
	uint8_t token[QCD_TOKEN_LEN] = { 0 };

	while (n--) {
		token[0]++;
		show(sa, from, token, 1, QCD_TOKEN_LEN);
	}
}

/* who guesses is looked at so often, and is in the way of nobody elsewhere */
static void guesses_limited(void)
{
	uint8_t token[QCD_TOKEN_LEN];
	struct ike_sa *sa;

	sa = waiting(token);
	guess(sa, ELSEWHERE, QCD_RATE);
	show(sa, ELSEWHERE, token, 1, QCD_TOKEN_LEN);
	CHECK_EQ(w.h[0].k.breaks, 0);
	show(sa, HOME, token, 1, QCD_TOKEN_LEN);
	CHECK_EQ(w.h[0].k.breaks, 1);
	world_fini(&w);

	sa = waiting(token);
	guess(sa, HOME, QCD_RATE);
	show(sa, HOME, token, 1, QCD_TOKEN_LEN);
	CHECK_EQ(w.h[0].k.breaks, 0);
	world_advance(&w, QCD_RATE_MS);
	guess(sa, HOME, QCD_RATE - 1);
	guess(sa, ELSEWHERE, QCD_RATE);
	/* nor can it fill the log */
	world_advance(&w, QCD_RATE_MS);
	guess(sa, ELSEWHERE, QCD_RATE);
	CHECK(w.h[0].d.strangers.withheld);
	show(sa, HOME, token, 1, QCD_TOKEN_LEN);
	CHECK_EQ(w.h[0].k.breaks, 1);
	world_fini(&w);
}

/* a bit more or less is not the token */
static void no_bit_off(void)
{
	uint8_t token[QCD_TOKEN_MAX] = { 0 };
	struct ike_sa *sa;
	unsigned int i;

	sa = waiting(token);
	for (i = 0; i <= 8 * QCD_TOKEN_LEN + 1; i++) {
		size_t len = QCD_TOKEN_LEN;

		/* the rate has a test of its own */
		memset(sa->token_seen, 0, sizeof(sa->token_seen));
		if (i < 8 * QCD_TOKEN_LEN)
			token[i / 8] ^= (uint8_t)(1u << i % 8);
		else
			len += i % 2 ? 1 : (size_t)-1;
		show(sa, HOME, token, 1, len);
		if (!CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1))
			break;
		if (i < 8 * QCD_TOKEN_LEN)
			token[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	CHECK_EQ(w.h[0].k.breaks, 0);
	memset(sa->token_seen, 0, sizeof(sa->token_seen));
	show(sa, HOME, token, 1, QCD_TOKEN_LEN);
	CHECK_EQ(w.h[0].k.breaks, 1);
	world_fini(&w);
}

#define TOKENS	(1 + 8 * (2 * IKE_SPI_LEN + QCD_SECRET_LEN) + 5)

/* host 1's token for an IKE SA */
static void make_token(uint64_t spi_i, uint64_t spi_r, const char *to,
		       uint8_t token[QCD_TOKEN_LEN])
{
	static struct ike_sa sa;
	uint8_t buf[256];
	struct ike_build b;
	struct span out;

	sa.d = &w.h[1].d;
	sa.spi_i = spi_i;
	sa.spi_r = spi_r;
	addr_parse(&sa.path.remote.addr, to);
	ike_build_inner(&b, buf, sizeof(buf));
	qcd_give(&sa, &b);
	if (CHECK(ike_build_done(&b, &out, NULL) && out.len > QCD_TOKEN_LEN))
		memcpy(token, out.data + out.len - QCD_TOKEN_LEN,
		       QCD_TOKEN_LEN);
}

static unsigned int distance(const uint8_t *a, const uint8_t *b)
{
	unsigned int n = 0, i;

	for (i = 0; i < QCD_TOKEN_LEN; i++)
		n += (unsigned int)__builtin_popcount(a[i] ^ b[i]);
	return n;
}

/*
 * All that a token is made of changes about half of it: each bit of both SPIs
 * and of the secret, which of them is whose, and the address. Of 256 bits less
 * than 64 or more than 192 are not by chance (eight standard deviations).
 */
static void not_guessed(void)
{
	static const char *const to[] = { "10.0.0.0", "10.0.1.0", "0.0.0.0",
					  "a00:1::" };
	static uint8_t token[TOKENS][QCD_TOKEN_LEN];
	const uint64_t a = 0x1122334455667788, b = 0x99aabbccddeeff00;
	unsigned int n = 0, i, j, bad = 0, bits;
	uint8_t *secret = w.h[1].d.qcd.secret;

	joined();
	make_token(a, b, "10.0.0.1", token[n++]);
	for (i = 0; i < 64; i++) {
		make_token(a ^ 1ull << i, b, "10.0.0.1", token[n++]);
		make_token(a, b ^ 1ull << i, "10.0.0.1", token[n++]);
	}
	make_token(b, a, "10.0.0.1", token[n++]);
	for (i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		make_token(a, b, to[i], token[n++]);
	for (i = 0; i < 8 * QCD_SECRET_LEN; i++) {
		secret[i / 8] ^= (uint8_t)(1u << i % 8);
		make_token(a, b, "10.0.0.1", token[n++]);
		secret[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	CHECK_EQ(n, TOKENS);
	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++) {
			bits = distance(token[i], token[j]);
			bad += bits < 64 || bits > 192;
		}
	}
	CHECK_EQ(bad, 0);
	/* the secret is not in it, nor is it another one the second time */
	for (bad = i = 0; i < n; i++)
		bad += distance(token[i], secret) < 64;
	CHECK_EQ(bad, 0);
	make_token(a, b, "10.0.0.1", token[1]);
	CHECK(!memcmp(token[0], token[1], QCD_TOKEN_LEN));
	world_fini(&w);
}

#define NAT0	"198.51.100.7"
#define NAT1	"198.51.100.8"
#define NAT2	"198.51.100.9"

/* host 0 is behind a NAT, and known to host 1 by its name: it may move */
static void behind(const char *conf)
{
	struct lbtns_pad_entry *e;
	char named[256];
	int i;

	unlink(world_store_path(1, ".qcd"));
	world_init(&w);
	world_pad_any(&w, 0);
	e = world_pad_add(&w, 1, "zero");
	lbtns_ident_parse("fqdn:zero.example", &e->id, NULL);
	world_pad_key(&w, e, 0);
	world_pad_prefix(e, "198.51.100.0/24");
	for (i = 0; i < 2; i++)
		world_policy(&w, i, "0.0.0.0/0", "0.0.0.0/0", 0, 0, 0, true);
	world_nat(&w, 0, NAT0);
	w.h[1].store = true;
	snprintf(named, sizeof(named),
		 "identity = { id = \"fqdn:zero.example\"; }; %s", conf);
	CHECK(world_up(&w, 0, KEY_ED25519, named));
	CHECK(world_up(&w, 1, KEY_ED25519, conf));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
}

/* host 1 reboots, and host 0 believes that it has */
static void believed(void)
{
	reboot(1);
	ask_for_life(0);
	world_run(&w);
	CHECK_EQ(w.h[0].k.breaks, 1);
	CHECK(!w.h[0].d.sas);
	world_fini(&w);
}

static bool no_request_of_1(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	(void)x;
	return p->from != 1 || !world_hdr(p, &hdr) ||
	       (hdr.flags & IKE_FLAG_RESPONSE);
}

static bool move_then(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;

	if (!p->from && world_hdr(p, &hdr) &&
	    hdr.exchange == IKE_FOLLOWUP_KE && !x->n[0]++)
		world_nat_reset(&x->nat[0], NAT1);
	return true;
}

/* the token is made of the peer's address, and follows it (RFC 6290 4.4, 5.2) */
static void peer_moves(void)
{
	behind("");
	world_nat_reset(&w.nat[0], NAT1);
	ask_for_life(0);
	world_run(&w);
	believed();

	/* once more while the token for the last one is under way */
	behind("ike = { dpd = 0; };");
	w.filter = no_request_of_1;
	world_nat_reset(&w.nat[0], NAT1);
	ask_for_life(0);
	world_run(&w);
	world_nat_reset(&w.nat[0], NAT2);
	ask_for_life(0);
	world_run(&w);
	w.filter = NULL;
	world_advance(&w, 2000);
	believed();

	/* while an heir waits, whose token was for the old one */
	behind("ike = { dpd = 0; additional = [\"p256\"]; };");
	w.filter = move_then;
	task_add(world_sa(&w, 0), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 0));
	world_advance(&w, 2000);
	CHECK(w.n[0]);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	believed();
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
		{ "K53 one of four tokens may be the right one", one_of_four },
		{ "K53 of several that a peer gives the first usable one is kept",
		  first_kept },
		{ "K53 the right token counts from any address, and nothing else from there",
		  from_elsewhere },
		{ "K55 tokens that peers show are looked at, and logged, at a limited rate",
		  guesses_limited },
		{ "K53 K55 what is a bit off the token is not the token",
		  no_bit_off },
		{ "K55 a token tells nothing of the secret, or of any other",
		  not_guessed },
		{ "K53 a peer with another address gets another token",
		  peer_moves },
		{ "L16 K54 no token is shown while btnsd takes over", taking_over },
	};

	return KTAP_RUN(tests);
}
