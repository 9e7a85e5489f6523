// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A helper under hostile messages: malformed ones, well-formed ones that mean
 * harm, and those of a peer that was let in. They change nothing of what others
 * have there and leave no memory behind.
 *
 * BTNS_SOAK says how many of each kind; a million unless it is set, and fewer
 * under valgrind and sanitizers. BTNS_SEED makes others.
 */
#include "ktap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/qcd.h"
#include "btnsd/ike/wire.h"
#include "btnsd/log.h"
#include "craft.h"
#include "insider.h"
#include "world.h"

#define KEPT_MAX	64

/** enum flaw - what is wrong with what would prove that the peer lost its SAs */
enum flaw {
	FLAW_TOKEN,	/* a bit of the token is another */
	FLAW_RANDOM,	/* all of it is */
	FLAW_SHORT,	/* its last octets are missing */
	FLAW_LONG,	/* something is behind it */
	FLAW_OLD,	/* it is that of the IKE SA before the rekey */
	FLAW_ALONE,	/* it comes without INVALID_IKE_SPI */
	FLAW_NONE,	/* INVALID_IKE_SPI comes without it */
	FLAW_REQUEST,	/* it is no answer */
	FLAW_MSGID,	/* it answers another request */
	FLAW_COUNT,
};

static struct world w;
static struct packet *kept[KEPT_MAX];
static size_t n_kept;
/* host 1's token before the IKE SA was rekeyed */
static uint8_t old_token[QCD_TOKEN_LEN];
/* requests of host 1 for a sign of life since look() */
static unsigned int asked;
/* attempts at each enum flaw */
static unsigned int tried[FLAW_COUNT];
/* the one asked for last, and how many were brought back */
static uint8_t cookie[64];
static size_t cookie_len;
static unsigned int returned;
static uint64_t seed;
static struct insider insider;

/* xorshift: the same messages in each run, whatever ran before */
static void sow(void)
{
	seed = (world_seed() ^ 0x9e3779b97f4a7c15u) | 1;
}

static uint64_t number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned long rounds(void)
{
	const char *text = getenv("BTNS_SOAK");

	if (text)
		return strtoul(text, NULL, 10);
	return ktap_brief() ? 20000 : 1000000;
}

static bool keep(struct world *x, struct packet *p)
{
	(void)x;
	if (n_kept < KEPT_MAX)
		kept[n_kept++] = world_copy(p);
	return true;
}

/** struct state - what must not change */
struct state {
	uint64_t spi_i;
	uint32_t send_mid;
	uint32_t recv_mid;
	struct path path;
	uint32_t spi_in;
	uint32_t spi_out;
	unsigned int installed;
	unsigned int established;
	size_t bound;
	unsigned int breaks;
	uint64_t ike_up;
	uint64_t child_up;
};

/* the IKE SA between hosts 0 and 1, at either */
static struct ike_sa *end_of(int host)
{
	const struct ike_sa *at_0 = world_sa(&w, 0);
	struct ike_sa *sa = at_0 ? w.h[host].d.sas : NULL;

	while (sa && (sa->spi_i != at_0->spi_i || sa->spi_r != at_0->spi_r))
		sa = sa->next;
	return sa;
}

/* what the kernel of a host has between 0 and 1: SAs, or those vouched for */
static unsigned int between(int host, bool bound)
{
	const struct world_kern *k = &w.h[host].k;
	const struct addr *a = &w.h[0].addr;
	unsigned int n = 0;
	size_t i;

	for (i = 0; !bound && i < k->top; i++)
		n += k->sa[i].used && !k->sa[i].larval &&
		     (addr_equal(&k->sa[i].src, a) ||
		      addr_equal(&k->sa[i].dst, a));
	for (i = 0; bound && i < k->n_bound; i++)
		n += !host || !memcmp(k->bound[i].sel.remote.addr, a->b, 16);
	return n;
}

static struct state look(int host)
{
	const struct ike_sa *sa = end_of(host);
	const struct world_host *h = &w.h[host];
	struct state s;

	memset(&s, 0, sizeof(s));
	s.installed = between(host, false);
	s.bound = between(host, true);
	/* the insider's come and go at host 1 */
	if (!host || !w.h[2].up) {
		s.established = world_ike(&w, host, IKE_ST_ESTABLISHED);
		s.breaks = h->k.breaks;
		s.ike_up = h->d.stats.ike_up;
		s.child_up = h->d.stats.child_up;
	}
	if (!sa || !sa->children)
		return s;
	s.spi_i = sa->spi_i;
	s.send_mid = sa->send_mid;
	s.recv_mid = sa->recv_mid;
	memcpy(&s.path, &sa->path, sizeof(s.path));
	s.spi_in = sa->children->spi_in;
	s.spi_out = sa->children->spi_out;
	return s;
}

/* two hosts that talk to each other, and all that they said */
static void begin(const char *conf)
{
	int i;

	sow();
	world_init(&w);
	/* a line for each of a million is looked at in other tests */
	log_verbose(0);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, conf));
	}
	n_kept = 0;
	w.filter = keep;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	/* a rekey, so that there is a CREATE_CHILD_SA and a Delete to replay */
	btnsd_events.expire(&w.h[0].d, world_sa(&w, 0)->children->spi_in,
			    &w.h[0].addr, false);
	world_run(&w);
	memcpy(old_token, world_sa(&w, 1)->token.data, sizeof(old_token));
	/* an IKE rekey, with its token and Delete, and a question for life */
	task_add(world_sa(&w, 0), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	task_add(world_sa(&w, 1), TASK_LIVENESS);
	fsm_start(world_sa(&w, 1));
	world_run(&w);
	w.filter = NULL;
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(n_kept >= 16);
	CHECK_EQ(world_sa(&w, 1)->token.len, QCD_TOKEN_LEN);
	CHECK(memcmp(world_sa(&w, 1)->token.data, old_token, QCD_TOKEN_LEN));
	asked = 0;
	memset(tried, 0, sizeof(tried));
}

static void finish(void)
{
	while (n_kept)
		free(kept[--n_kept]);
	world_fini(&w);
}

/* to host 1; answers are delivered */
static void attack_from(const struct path *path, const uint8_t *data, size_t len)
{
	btnsd_rx(&w.h[1].d, path, data, len);
	while (world_step(&w))
		;
}

/* from its peer or from anywhere */
static struct path somewhere(bool from_peer)
{
	struct path path = {
		.local = { .addr = w.h[1].addr, .port = 500 },
		.remote = { .addr = w.h[0].addr, .port = 500 },
	};
	uint64_t r = number();

	if (from_peer && r % 4 == 0)
		path.remote.port = (uint16_t)(r >> 32 | 1);
	if (!from_peer) {
		memcpy(path.remote.addr.b, &r, 4);
		path.remote.addr.b[0] = 172;
		path.remote.port = (uint16_t)(r >> 32 | 1);
	}
	return path;
}

static void attack(const uint8_t *data, size_t len, bool from_peer)
{
	const struct path path = somewhere(from_peer);

	attack_from(&path, data, len);
}

/* anything at all, or something real with a few octets changed */
static void malformed(void)
{
	static uint8_t buf[4096];
	size_t len, i, n;

	if (number() % 4 == 0) {
		len = number() % 600;
		for (i = 0; i < len; i++)
			buf[i] = (uint8_t)number();
		/* a header that is looked at */
		if (len >= 28 && number() % 2) {
			buf[17] = 0x20;
			buf[18] = (uint8_t)(34 + number() % 4);
			buf[24] = 0;
			buf[25] = 0;
			buf[26] = (uint8_t)(len >> 8);
			buf[27] = (uint8_t)len;
		}
		attack(buf, len, number() % 2);
		return;
	}
	i = number() % n_kept;
	len = kept[i]->len;
	if (len > sizeof(buf) - 64)
		len = sizeof(buf) - 64;
	memcpy(buf, kept[i]->data, len);
	for (n = 1 + number() % 6; n; n--)
		buf[number() % len] ^= (uint8_t)(1u << number() % 8);
	if (number() % 4 == 0) {
		len = number() % 2 ? number() % len : len + number() % 64;
		buf[26] = (uint8_t)(len >> 8);
		buf[27] = (uint8_t)len;
	}
	attack(buf, len, number() % 2);
}

static void put_u64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* the COOKIE that host 1 asks for, if it does: the first payload of its answer */
static bool keep_cookie(struct world *x, struct packet *p)
{
	(void)x;
	if (p->from == 1 && p->len > 36 && p->data[16] == IKE_PLD_NOTIFY &&
	    p->data[34] == IKE_N_COOKIE >> 8 &&
	    p->data[35] == (IKE_N_COOKIE & 0xff) &&
	    p->len - 36 <= sizeof(cookie)) {
		cookie_len = p->len - 36;
		memcpy(cookie, p->data + 36, cookie_len);
	}
	return true;
}

/*
 * An IKE_SA_INIT like the peer's, of an initiator that does not exist; some come
 * again with the COOKIE that was asked for.
 */
static void opening(bool with_cookie)
{
	static uint8_t buf[2048];
	static const uint8_t made_up[64];
	const struct path path = somewhere(number() % 8 == 0);
	uint64_t spi = number() | 1, nonce = number();
	struct span out;

	out = craft_init(buf, sizeof(buf), spi,
			 span(made_up, with_cookie ? 8 + number() % 56 : 0),
			 nonce);
	cookie_len = 0;
	w.filter = keep_cookie;
	attack_from(&path, out.data, out.len);
	w.filter = NULL;
	if (!cookie_len || number() % 4)
		return;
	out = craft_init(buf, sizeof(buf), spi, span(cookie, cookie_len), nonce);
	attack_from(&path, out.data, out.len);
	returned++;
}

/* the peer's SPIs and the next message id, and nothing behind it; or fragments */
static void forged(void)
{
	static const uint8_t exchanges[] = {
		IKE_AUTH, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
		IKE_INTERMEDIATE,
	};
	const struct ike_sa *sa = world_sa(&w, 1);
	uint8_t buf[28 + 4 + 200] = { 0 };
	size_t i;

	put_u64(buf, sa->spi_i);
	put_u64(buf + 8, sa->spi_r);
	buf[16] = IKE_PLD_SK;
	buf[17] = 0x20;
	buf[18] = exchanges[number() % sizeof(exchanges)];
	buf[19] = (uint8_t)((sa->initiator ? 0 : IKE_FLAG_INITIATOR) |
			    (number() % 3 ? 0 : IKE_FLAG_RESPONSE));
	buf[23] = (uint8_t)(sa->recv_mid + number() % 3);
	buf[27] = sizeof(buf);
	buf[31] = sizeof(buf) - 28;
	for (i = 32; i < sizeof(buf); i++)
		buf[i] = (uint8_t)number();
	if (number() % 3 == 0) {
		buf[16] = IKE_PLD_SKF;
		buf[32] = 0;
		buf[33] &= 3;
		buf[34] = 0;
		buf[35] &= 7;
	}
	attack(buf, sizeof(buf), number() % 4);
}

/* the token of an IKE SA, spoiled; its octets */
static size_t spoil(enum flaw flaw, uint8_t token[QCD_TOKEN_MAX])
{
	const struct ike_sa *sa = world_sa(&w, 1);
	size_t len = sa->token.len, i;

	memset(token, 0, QCD_TOKEN_MAX);
	memcpy(token, sa->token.data, len);
	switch (flaw) {
	case FLAW_TOKEN:
		i = number() % (8 * len);
		token[i / 8] ^= (uint8_t)(1u << i % 8);
		break;
	case FLAW_RANDOM:
		for (i = 0; i + 8 <= len; i += 8)
			put_u64(token + i, number());
		break;
	case FLAW_SHORT:
		return len - 1 - number() % (len - QCD_TOKEN_MIN);
	case FLAW_LONG:
		return len + 1 + number() % (QCD_TOKEN_MAX - len);
	case FLAW_OLD:
		memcpy(token, old_token, sizeof(old_token));
		break;
	default:
		break;
	}
	return len;
}

/* host 1's request for a sign of life is under way, and waits for its answer */
static bool ask_for_life(struct ike_sa *sa)
{
	task_add(sa, TASK_LIVENESS);
	fsm_start(sa);
	asked += !!sa->request.len;
	return CHECK(sa->request.len && w.queue);
}

/*
 * What would prove that the peer lost its SAs, but for one thing (RFC 6290): it
 * is well formed, and host 1 waits for an answer just then, for which this would
 * do. The real one comes afterwards. It comes from anywhere, as a right one may.
 */
static void lost(void)
{
	static uint8_t buf[256];
	struct ike_sa *sa = world_sa(&w, 1);
	enum flaw flaw = (enum flaw)(number() % FLAW_COUNT);
	uint8_t body[4 + QCD_TOKEN_MAX] = {
		IKE_PROTO_IKE, 0, IKE_N_QUICK_CRASH_DETECTION >> 8,
		IKE_N_QUICK_CRASH_DETECTION & 0xff,
	};
	const struct ike_hdr hdr = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
		.major = IKE_MAJOR_VERSION, .exchange = IKE_INFORMATIONAL,
		.flags = (uint8_t)((flaw == FLAW_REQUEST ? 0 :
							   IKE_FLAG_RESPONSE) |
				   (sa->initiator ? 0 : IKE_FLAG_INITIATOR)),
		.msgid = flaw == FLAW_REQUEST ? sa->recv_mid :
			 flaw == FLAW_MSGID   ? sa->send_mid + 1 :
						sa->send_mid,
	};
	size_t len = spoil(flaw, body + 4);
	struct ike_build b;
	struct span out;

	if (!ask_for_life(sa))
		return;
	/* that few are looked at in a second has a test of its own */
	memset(sa->token_seen, 0, sizeof(sa->token_seen));
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	if (flaw != FLAW_ALONE)
		ike_build_notify(&b, IKE_N_INVALID_IKE_SPI, span(NULL, 0));
	if (flaw != FLAW_NONE)
		ike_build_raw(&b, IKE_PLD_NOTIFY, span(body, 4 + len));
	if (CHECK(ike_build_done(&b, &out, NULL)))
		attack(out.data, out.len, number() % 2);
	tried[flaw]++;
}

/* well formed, to no SA, or of another version, or in the clear for an SA */
static void stray(void)
{
	const struct ike_sa *sa = world_sa(&w, 1);
	uint8_t buf[28 + 8] = { 0 };

	put_u64(buf, number() % 2 ? sa->spi_i : number());
	put_u64(buf + 8, number() % 2 ? sa->spi_r : number());
	buf[16] = IKE_PLD_NOTIFY;
	buf[17] = number() % 8 ? 0x20 : 0x30;
	buf[18] = (uint8_t)(34 + number() % 4);
	buf[19] = (uint8_t)number() & 0x28;
	buf[23] = (uint8_t)(number() % 4);
	buf[27] = sizeof(buf);
	buf[31] = 8;
	buf[35] = (uint8_t)(number() % 45);
	attack(buf, sizeof(buf), number() % 2);
}

static void hostile(void)
{
	const struct packet *p;

	switch (number() % 9) {
	case 0:
	case 1:
		opening(false);
		break;
	case 2:
		opening(true);
		break;
	case 3:
	case 4:
		forged();
		break;
	case 5:
		stray();
		break;
	case 6:
		lost();
		break;
	default:
		p = kept[number() % n_kept];
		attack(p->data, p->len, number() % 4);
	}
}

/* malloc() keeps nothing of what is freed aside: mallinfo2() would call it used */
#define EXACT	"glibc.malloc.tcache_count=0"

/* That is read when a program starts. Sanitizers and valgrind look for leaks. */
static void count_exactly(char **argv)
{
	const char *tunables = getenv("GLIBC_TUNABLES");

	if (ktap_slow() || (tunables && !strcmp(tunables, EXACT)))
		return;
	if (setenv("GLIBC_TUNABLES", EXACT, 1) || execv("/proc/self/exe", argv))
		abort();
}

/* octets in use once what was half open is forgotten */
static size_t settled(void)
{
	world_advance(&w, 10 * IKE_HALF_OPEN_MS);
	return mallinfo2().uordblks;
}

/* both ends have their SAs, which messages are made for */
static bool there(void)
{
	return world_sa(&w, 0) && world_sa(&w, 0)->children && end_of(1);
}

/* host 1 hears from host 0, and host 0 gets a new child SA */
static void usable(const struct state *was)
{
	if (!CHECK(there()))
		return;
	btnsd_events.expire(&w.h[0].d, world_sa(&w, 0)->children->spi_in,
			    &w.h[0].addr, false);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(look(0).spi_in != was->spi_in);
}

/* @n messages; the most IKE SAs that were half open at one time */
static unsigned long send_all(void (*fn)(void), unsigned long n)
{
	unsigned long i, most = 0;

	for (i = 0; i < n && there(); i++) {
		fn();
		if (w.h[1].d.half_open > most)
			most = w.h[1].d.half_open;
		/* time goes on, or after the first few all would be COOKIEs */
		if (i % 5000 == 4999)
			world_advance(&w, IKE_HALF_OPEN_MS / 2);
	}
	return most;
}

/* none was ever seen: room for a list or a buffer that is a little longer */
#define GROWTH_MAX	1024

/* sends @n messages; as many as are half open at one time, @half_open at most */
static unsigned long soak(void (*fn)(void), unsigned long n, unsigned int half_open)
{
	struct state was[2], now;
	size_t before, after;
	unsigned long most;
	int h;

	was[0] = look(0);
	was[1] = look(1);
	/* what is allocated once, such as tables of OpenSSL */
	send_all(fn, 2000);
	insider_end(&w);
	before = settled();
	most = send_all(fn, n);
	was[0].recv_mid += asked;
	was[1].send_mid += asked;
	for (h = 0; h < 2; h++) {
		now = look(h);
		CHECK(!memcmp(&now, &was[h], sizeof(now)));
	}
	/* with all that the others have at that time */
	usable(&was[0]);
	insider_end(&w);
	after = settled();
	ktap_note("%lu messages, %lu half open at most, %zu octets before, %zu after",
		  n, most, before, after);
	CHECK(most <= half_open);
	CHECK(after <= before + GROWTH_MAX);
	CHECK(w.h[1].d.stats.rx > n);
	CHECK_EQ(w.h[1].k.unvouched, 0);
	/* nothing of what others had is left, and it still works */
	now = look(1);
	CHECK_EQ(world_installed(&w, 1), now.installed);
	CHECK_EQ(world_larval(&w, 1), 0);
	CHECK_EQ(w.h[1].d.fragment_octets, 0);
	was[0] = look(0);
	usable(&was[0]);
	finish();
	return most;
}

/*
 * Above the first a COOKIE is asked for; of those who bring it there are as many
 * as the other: an eighth of half_open_max is left to peers with an address.
 */
#define COOKIE_FROM	32
#define HALF_OPEN_MAX	112
#define LONG_LIFE	"ike = { dpd = 0; lifetime = 604800;" \
			"cookie_threshold = 32; half_open_max = 128; };" \
			"child = { lifetime = 604800; };"

static void soak_malformed(void)
{
	begin(LONG_LIFE);
	soak(malformed, rounds(), COOKIE_FROM);
}

static void soak_hostile(void)
{
	size_t i;

	begin(LONG_LIFE);
	returned = 0;
	CHECK_EQ(soak(hostile, rounds(), HALF_OPEN_MAX), HALF_OPEN_MAX);
	CHECK(returned > HALF_OPEN_MAX - COOKIE_FROM);
	for (i = 0; i < FLAW_COUNT; i++)
		CHECK(tried[i]);
}

#define INSIDE_SAS	2
#define INSIDE		"ike = { dpd = 0; lifetime = 604800; per_address = 2; };" \
			"child = { lifetime = 604800; };"

static void inside(void)
{
	insider_say(&w, &insider, number);
	/* now and then host 1 hears from host 0, whatever else there is */
	if (insider.said % 1000 == 0) {
		ask_for_life(end_of(1));
		world_run(&w);
	}
}

/*
 * BTNS lets anybody in, so the peer that matters has a key. It has as many IKE
 * SAs and child SAs as one may have, and no more, and nobody else is worse off.
 */
static void soak_insider(void)
{
	/* it takes some thousands until it has all that it may have */
	const unsigned long n = 20000 + rounds() / 5;

	begin(INSIDE);
	CHECK(insider_up(&w, INSIDE));
	memset(&insider, 0, sizeof(insider));
	soak(inside, n, 0);
	ktap_note("%u IKE SAs and %u heirs, %u at one time, with up to %u child SAs",
		  insider.opened, insider.heirs, insider.sas, insider.children);
	CHECK_EQ(insider.harm, 0);
	CHECK_EQ(insider.sas, INSIDE_SAS);
	/* ike.stranger_children by default */
	CHECK(insider.children >= 16);
	CHECK(insider.children <= 2 * 16);
}

int main(int argc, char **argv)
{
	static const struct ktap_test tests[] = {
		{ "malformed messages change nothing and leave no memory behind",
		  soak_malformed },
		{ "hostile messages change nothing and leave no memory behind",
		  soak_hostile },
		{ "a hostile peer that was let in harms no other and leaves no memory behind",
		  soak_insider },
	};

	(void)argc;
	count_exactly(argv);
	return KTAP_RUN(tests);
}
