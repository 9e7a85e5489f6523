// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libbtns against a kernel in memory: answers as they should be, answers that
 * are late, cut, doubled or made of noise.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "fake_nl.h"
#include "ktap.h"

static struct fake fake;
static struct lbtns *h;

static void open_fake(fake_fn answer)
{
	struct lbtns_transport t = fake_transport(&fake);

	memset(&fake, 0, sizeof(fake));
	fake.answer = answer;
	CHECK_EQ(lbtns_open_transport(&h, &t), 0);
	CHECK_EQ(h->family, FAKE_FAMILY);
	CHECK_EQ(h->groups[2], 42);
}

static void close_fake(void)
{
	lbtns_close(h);
	h = NULL;
	fake_reset(&fake);
}

/* ---- opening ----------------------------------------------------------- */

static void no_module(void)
{
	struct lbtns_transport t = fake_transport(&fake);

	memset(&fake, 0, sizeof(fake));
	fake.no_module = true;
	CHECK_EQ(lbtns_open_transport(&h, &t), -ENOENT);
	CHECK(strstr(lbtns_error(h), "module not loaded"));
	close_fake();
	CHECK(!strcmp(lbtns_error(NULL), "out of memory"));
	lbtns_close(NULL);
}

/* ---- refusals ---------------------------------------------------------- */

static void refuse(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, EEXIST, "there is an entry \x1b[31mof that name");
}

static void refuse_dumbly(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, EPERM, NULL);
}

static void refuse_without_a_word(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, EPERM, "");
}

static void silent(struct fake *f, const struct nlmsghdr *req)
{
	(void)f;
	(void)req;
}

static void refusals(void)
{
	struct lbtns_pad_entry e = { .name = "x" };

	open_fake(refuse);
	CHECK_EQ(lbtns_pad_add(h, &e), -EEXIST);
	CHECK(!strcmp(lbtns_error(h), "there is an entry ?[31mof that name"));
	fake.answer = refuse_dumbly;
	CHECK_EQ(lbtns_pad_del(h, "x"), -EPERM);
	CHECK(strstr(lbtns_error(h), "CAP_NET_ADMIN"));
	fake.answer = refuse_without_a_word;
	CHECK_EQ(lbtns_pad_del(h, "x"), -EPERM);
	CHECK(strstr(lbtns_error(h), "CAP_NET_ADMIN"));
	fake.answer = silent;
	CHECK_EQ(lbtns_pad_del(h, "x"), -ETIMEDOUT);
	CHECK(strstr(lbtns_error(h), "did not answer"));
	close_fake();
}

static void nothing_sent(void)
{
	static struct lbtns_pad_entry e = { .name = "x" };
	struct lbtns_choice none = { 0 }, two = { .id = 1, .all = true };
	char name[5000];

	open_fake(silent);
	CHECK_EQ(lbtns_latch_close(h, &none, BTNS_REASON_ADMIN, NULL), -EINVAL);
	CHECK_EQ(lbtns_latch_break(h, &two, BTNS_REASON_ADMIN, NULL), -EINVAL);
	e.n_prefixes = BTNS_PAD_PREFIXES_MAX + 1;
	CHECK_EQ(lbtns_pad_add(h, &e), -E2BIG);
	CHECK_EQ(lbtns_pad_replace(h, &e, 1), -E2BIG);
	CHECK_EQ(lbtns_pad_replace(h, &e, BTNS_PAD_ENTRIES_MAX + 1), -E2BIG);
	e.n_prefixes = 0;
	memset(e.name, 'x', sizeof(e.name));
	CHECK_EQ(lbtns_pad_add(h, &e), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_EQ(lbtns_pad_del(h, name), -EMSGSIZE);
	CHECK_EQ(fake.requests, 0);
	close_fake();
}

/* ---- the biggest request ----------------------------------------------- */

static void ok(struct fake *f, const struct nlmsghdr *req)
{
	*(size_t *)f->arg = req->nlmsg_len;
	fake_error(f, 0, NULL);
}

static void whole_pad(void)
{
	struct lbtns_pad_entry *e = calloc(BTNS_PAD_ENTRIES_MAX, sizeof(*e));
	size_t len = 0;
	unsigned int i, k;

	if (!CHECK(e))
		return;
	for (i = 0; i < BTNS_PAD_ENTRIES_MAX; i++) {
		memset(e[i].name, 'n', BTNS_NAME_MAX);
		lbtns_ident_parse("fqdn:a.example", &e[i].id, NULL);
		memset(e[i].id.name, 'n', BTNS_NAME_MAX);
		e[i].n_keys = BTNS_PAD_KEYS_MAX;
		e[i].n_prefixes = BTNS_PAD_PREFIXES_MAX;
		for (k = 0; k < e[i].n_prefixes; k++)
			lbtns_prefix_parse("2001:db8::/32", &e[i].prefixes[k],
					   NULL);
	}
	open_fake(ok);
	fake.arg = &len;
	CHECK_EQ(lbtns_pad_replace(h, e, BTNS_PAD_ENTRIES_MAX), 0);
	CHECK(len > 5000000);
	close_fake();
	free(e);
}

/* ---- dumps ------------------------------------------------------------- */

struct script {
	unsigned int interrupted;	/* so many tries are interrupted */
	unsigned int generations;	/* so many tries change in between */
	unsigned int tries;
	int done;			/* errno in NLMSG_DONE */
};

static void put_entry(struct fake *f, uint32_t index, uint32_t generation,
		      uint16_t flags)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_PAD_GET,
					 NLM_F_MULTI | flags);
	struct nlattr *n = lbtns_msg_nest(m, BTNS_A_PAD_ENTRY);

	lbtns_msg_put_str(m, BTNS_A_PAD_ENTRY_NAME, index ? "two" : "one");
	lbtns_msg_put_u32(m, BTNS_A_PAD_ENTRY_FLAGS, 3);
	lbtns_msg_unnest(m, n);
	lbtns_msg_put_u32(m, BTNS_A_PAD_INDEX, index);
	lbtns_msg_put_u32(m, BTNS_A_PAD_GENERATION, generation);
	fake_queue(f);
}

static void dump_pad(struct fake *f, const struct nlmsghdr *req)
{
	struct script *s = f->arg;
	bool intr = s->tries < s->interrupted;
	bool torn = s->tries < s->generations;

	CHECK(req->nlmsg_flags & NLM_F_DUMP);
	s->tries++;
	put_entry(f, 0, 7, 0);
	put_entry(f, 1, torn ? 8 : 7, intr ? NLM_F_DUMP_INTR : 0);
	fake_done(f, s->done, 0);
}

static int count_entry(const struct lbtns_pad_entry *e, uint32_t index,
		       uint32_t generation, void *arg)
{
	CHECK(!strcmp(e->name, index ? "two" : "one"));
	CHECK_EQ(generation, 7);
	return ++*(int *)arg == 100 ? -1 : 0;
}

static int stop_at_once(const struct lbtns_pad_entry *e, uint32_t index,
			uint32_t generation, void *arg)
{
	(void)e;
	(void)generation;
	++*(int *)arg;
	return index == 0 ? -ECANCELED : 0;
}

static void dumps(void)
{
	struct script s = { 0 };
	int n = 0;

	open_fake(dump_pad);
	fake.arg = &s;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), 0);
	CHECK_EQ(n, 2);
	n = 0;
	CHECK_EQ(lbtns_pad_dump(h, stop_at_once, &n), -ECANCELED);
	CHECK_EQ(n, 1);
	close_fake();
}

static void interrupted(void)
{
	struct script s = { .interrupted = 3 };
	int n = 0;

	open_fake(dump_pad);
	fake.arg = &s;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), 0);
	CHECK_EQ(n, 2);
	CHECK_EQ(s.tries, 4);
	/* a change that only the generation shows */
	s = (struct script){ .generations = 2 };
	n = 0;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), 0);
	CHECK_EQ(n, 2);
	CHECK_EQ(s.tries, 3);
	/* for ever */
	s = (struct script){ .interrupted = 1000 };
	n = 0;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), -EAGAIN);
	CHECK_EQ(n, 0);
	s = (struct script){ .generations = 1000 };
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), -EAGAIN);
	CHECK_EQ(n, 0);
	close_fake();
}

static void dump_errors(void)
{
	struct script s = { .done = EPERM };
	int n = 0;

	open_fake(dump_pad);
	fake.arg = &s;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), -EPERM);
	CHECK(strstr(lbtns_error(h), "CAP_NET_ADMIN"));
	fake.answer = refuse;
	CHECK_EQ(lbtns_pad_dump(h, count_entry, &n), -EEXIST);
	CHECK_EQ(n, 0);
	close_fake();
}

/* ---- a list that is longer than memory ---------------------------------- */

/* Together more than libbtns keeps of any list: 12000 of 15 KB. */
#define LONG_LIST	12000

struct long_list {
	unsigned int given;	/* latches that were received */
	unsigned int seen;	/* and that were handed on */
	unsigned int stop_at;	/* the callback fails there, if not 0 */
	unsigned int intr_at;	/* interrupted there, if not 0 */
	int done;		/* errno at the end */
};

static void next_latch(struct fake *f)
{
	struct long_list *l = f->arg;
	static uint8_t fill[15000];
	struct lbtns_msg *m;

	if (l->given == LONG_LIST) {
		fake_done(f, l->done, 0);
		f->more = NULL;
		return;
	}
	m = fake_begin(f, BTNS_CMD_LATCH_GET,
		       ++l->given == l->intr_at ?
			       NLM_F_MULTI | NLM_F_DUMP_INTR : NLM_F_MULTI);
	lbtns_msg_put_u64(m, BTNS_A_LATCH_ID, l->given);
	lbtns_msg_put(m, 77, fill, sizeof(fill));	/* of a newer kernel */
	fake_queue(f);
}

static void many_latches(struct fake *f, const struct nlmsghdr *req)
{
	struct long_list *l = f->arg;

	CHECK(req->nlmsg_flags & NLM_F_DUMP);
	l->given = 0;
	l->seen = 0;
	f->more = next_latch;
}

static int count_latch(const struct lbtns_latch *latch, void *arg)
{
	struct long_list *l = arg;

	l->seen++;
	if (latch->id != l->seen || l->given != l->seen)
		return -EPROTO;
	return l->seen == l->stop_at ? -ECANCELED : 0;
}

static void long_list(void)
{
	struct long_list l = { 0 };

	open_fake(many_latches);
	fake.arg = &l;
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), 0);
	CHECK_EQ(l.seen, LONG_LIST);
	/* who has enough is not called again, and the rest is not in the way */
	l = (struct long_list){ .stop_at = 3 };
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), -ECANCELED);
	CHECK_EQ(l.seen, 3);
	CHECK_EQ(l.given, LONG_LIST);
	l = (struct long_list){ .stop_at = 0 };
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), 0);
	CHECK_EQ(l.seen, LONG_LIST);
	close_fake();
}

static void broken_list(void)
{
	struct long_list l = { .done = EPERM };

	open_fake(many_latches);
	fake.arg = &l;
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), -EPERM);
	CHECK(strstr(lbtns_error(h), "CAP_NET_ADMIN"));
	l = (struct long_list){ .intr_at = 7 };
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), -EAGAIN);
	CHECK(strstr(lbtns_error(h), "keeps changing"));
	fake.answer = refuse;
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), -EEXIST);
	fake.answer = silent;
	CHECK_EQ(lbtns_latch_dump(h, count_latch, &l), -ETIMEDOUT);
	close_fake();
}

static int ask_inside(const struct lbtns_latch *latch, void *arg)
{
	struct long_list *l = arg;
	struct lbtns_latch other;

	(void)latch;
	CHECK_EQ(lbtns_latch_get(h, 1, &other), -EBUSY);
	CHECK(strstr(lbtns_error(h), "is reading a list"));
	l->seen++;
	return -ECANCELED;
}

static void busy_handle(void)
{
	struct lbtns_latch latch;
	struct long_list l = { 0 };

	open_fake(many_latches);
	fake.arg = &l;
	CHECK_EQ(lbtns_latch_dump(h, ask_inside, &l), -ECANCELED);
	CHECK_EQ(l.seen, 1);
	CHECK_EQ(fake.requests, 1);
	fake.answer = refuse;
	CHECK_EQ(lbtns_latch_get(h, 1, &latch), -EEXIST);
	close_fake();
}

/* ---- stale and strange answers ----------------------------------------- */

static void stale(struct fake *f, const struct nlmsghdr *req)
{
	uint32_t seq = f->seq;

	(void)req;
	f->seq = seq - 1;
	fake_error(f, EEXIST, "of another request");
	f->seq = seq;
	fake_error(f, 0, NULL);
}

static void late_answers(void)
{
	open_fake(stale);
	CHECK_EQ(lbtns_pad_del(h, "x"), 0);
	close_fake();
}

/* One good latch with everything set. */
static void put_latch(struct fake *f)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_LATCH_GET, 0);
	struct lbtns_ident id;

	lbtns_ident_parse("fqdn:a.example", &id, NULL);
	lbtns_msg_put_u64(m, BTNS_A_LATCH_ID, 12);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_STATE, BTNS_LATCH_STATE_BROKEN);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_REASON, 4000);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_FAMILY, AF_INET6);
	lbtns_msg_put(m, BTNS_A_LATCH_LADDR, "0123456789abcdef", 16);
	lbtns_msg_put(m, BTNS_A_LATCH_RADDR, "0123456789abcdef", 16);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_LPORT, 80);
	lbtns_msg_put_str(m, BTNS_A_LATCH_ENC, "rfc4106(gcm(aes))");
	lbtns_msg_put_u8(m, BTNS_A_LATCH_REPLAY, 1);
	lbtns_msg_put_ident(m, BTNS_A_LATCH_PEER, &id);
	lbtns_msg_put(m, BTNS_A_LATCH_TUNNEL_LOCAL, "0123", 4);
	lbtns_msg_put_u32(m, 77, 1);	/* of a newer kernel */
	fake_queue(f);
}

static void one_latch(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	put_latch(f);
	fake_error(f, 0, NULL);
}

static void newer_kernel(void)
{
	struct lbtns_latch l;

	open_fake(one_latch);
	CHECK_EQ(lbtns_latch_get(h, 12, &l), 0);
	CHECK_EQ(l.id, 12);
	CHECK(!strcmp(lbtns_name(LBTNS_NAMES_REASON, l.reason), "unknown"));
	CHECK_EQ(l.laddr.family, AF_INET6);
	CHECK_EQ(l.tunnel_local.family, AF_INET);
	CHECK(!strcmp(l.peer.name, "a.example"));
	close_fake();
}

static unsigned int seed = 1;

static void mutate(struct fake *f)
{
	unsigned int i, k;

	for (i = f->head; i < f->tail; i++) {
		if (!f->len[i])
			continue;
		for (k = 0; k < 1 + (unsigned int)rand_r(&seed) % 6; k++)
			f->queue[i][(size_t)rand_r(&seed) % f->len[i]] =
				(uint8_t)rand_r(&seed);
		if (rand_r(&seed) % 4 == 0)
			f->len[i] = (size_t)rand_r(&seed) % f->len[i];
	}
}

static void noisy_latch(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	put_latch(f);
	fake_error(f, EINVAL, "a sentence");
	mutate(f);
}

static void noisy_pad(struct fake *f, const struct nlmsghdr *req)
{
	struct script s = { 0 };

	f->arg = &s;
	dump_pad(f, req);
	mutate(f);
}

static int any_entry(const struct lbtns_pad_entry *e, uint32_t index,
		     uint32_t generation, void *arg)
{
	(void)index;
	(void)generation;
	(void)arg;
	CHECK(strnlen(e->name, sizeof(e->name)) <= BTNS_NAME_MAX);
	CHECK(e->n_prefixes <= BTNS_PAD_PREFIXES_MAX);
	return 0;
}

/* Under a sanitiser this finds every byte that is read too much. */
static void noise(void)
{
	struct lbtns_latch l;
	unsigned int i;

	open_fake(noisy_latch);
	for (i = 0; i < 20000; i++) {
		fake_reset(&fake);
		fake.answer = noisy_latch;
		lbtns_latch_get(h, 12, &l);
		CHECK(strnlen(l.enc, sizeof(l.enc)) < sizeof(l.enc));
		CHECK(strlen(lbtns_error(h)) < sizeof(h->err));
		fake_reset(&fake);
		fake.answer = noisy_pad;
		lbtns_pad_dump(h, any_entry, NULL);
	}
	close_fake();
}

static void short_answers(struct fake *f, const struct nlmsghdr *req)
{
	struct nlmsghdr n = { .nlmsg_len = sizeof(n), .nlmsg_type = NLMSG_ERROR,
			      .nlmsg_seq = f->seq };

	(void)req;
	fake_raw(f, &n, sizeof(n));
}

static void empty_answer(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_raw(f, "", 0);
}

static void positive_error(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, -5, NULL);
}

static void ack_only(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, 0, NULL);
}

/* A latch whose attribute of that type has that length. */
static struct {
	uint16_t type;
	uint16_t len;
} odd;

static void odd_latch(struct fake *f, const struct nlmsghdr *req)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_LATCH_GET, 0);
	uint8_t bytes[64] = { 0 };

	(void)req;
	lbtns_msg_put_u64(m, BTNS_A_LATCH_ID, 12);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_FAMILY, AF_INET6);
	lbtns_msg_put(m, odd.type, bytes, odd.len);
	fake_queue(f);
	fake_error(f, 0, NULL);
}

static void odd_lengths(void)
{
	static const struct {
		uint16_t type, good;
	} cases[] = {
		{ BTNS_A_LATCH_ID, 8 },	     { BTNS_A_LATCH_STATE, 4 },
		{ BTNS_A_LATCH_PROTO, 1 },   { BTNS_A_LATCH_LPORT, 2 },
		{ BTNS_A_LATCH_LADDR, 16 },  { BTNS_A_LATCH_TUNNEL_LOCAL, 16 },
		{ BTNS_A_LATCH_AGE, 8 },     { BTNS_A_LATCH_ENC_KEYBITS, 4 },
	};
	struct lbtns_latch l;
	size_t i;

	open_fake(odd_latch);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		odd.type = cases[i].type;
		for (odd.len = 0; odd.len < 20; odd.len++) {
			bool good = odd.len == cases[i].good ||
				    (odd.type == BTNS_A_LATCH_TUNNEL_LOCAL &&
				     odd.len == 4);

			fake_reset(&fake);
			CHECK_EQ(lbtns_latch_get(h, 12, &l),
				 good ? 0 : -EBADMSG);
		}
	}
	/* text may be empty, and may fill its room */
	odd.type = BTNS_A_LATCH_ENC;
	for (odd.len = 0; odd.len <= 64; odd.len += 64) {
		fake_reset(&fake);
		CHECK_EQ(lbtns_latch_get(h, 12, &l), 0);
	}
	close_fake();
}

static void malformed(void)
{
	struct lbtns_sa sa = { .daddr.family = AF_INET };
	struct lbtns_latch l;
	uint8_t verdict;
	uint64_t id;

	open_fake(short_answers);
	CHECK_EQ(lbtns_pad_del(h, "x"), -EBADMSG);
	fake_reset(&fake);
	fake.answer = empty_answer;
	CHECK_EQ(lbtns_pad_del(h, "x"), -EBADMSG);
	fake_reset(&fake);
	fake.answer = positive_error;
	CHECK_EQ(lbtns_pad_del(h, "x"), -EBADMSG);
	/* an acknowledgment without the answer is no answer */
	fake_reset(&fake);
	fake.answer = ack_only;
	CHECK_EQ(lbtns_latch_get(h, 1, &l), -EBADMSG);
	CHECK_EQ(lbtns_sa_bind(h, &sa, &id), -EBADMSG);
	verdict = BTNS_SA_VERDICT_OK;
	CHECK_EQ(lbtns_sa_check(h, &sa, &verdict, NULL), -EBADMSG);
	CHECK_EQ(verdict, BTNS_SA_VERDICT_PAD_REFUSED);
	close_fake();
}

/* ---- events ------------------------------------------------------------ */

static struct lbtns_event got;
static unsigned int n_got;

static int keep_event(const struct lbtns_event *ev, void *arg)
{
	(void)arg;
	got = *ev;
	n_got++;
	return 0;
}

static void events(void)
{
	struct lbtns_msg *m;
	uint8_t copy[512] __attribute__((aligned(8)));
	size_t len, cut;
	unsigned int i, k;

	memset(&fake, 0, sizeof(fake));
	m = fake_begin(&fake, BTNS_CMD_SA_UNBIND_NTF, 0);
	lbtns_msg_put_u64(m, BTNS_A_SA_ID, 3);
	lbtns_msg_put_u32(m, BTNS_A_SA_SPI, htonl(0x1234));
	lbtns_msg_put_u8(m, BTNS_A_SA_PROTO, IPPROTO_ESP);
	lbtns_msg_put_u16(m, BTNS_A_SA_FAMILY, AF_INET);
	lbtns_msg_put(m, BTNS_A_SA_DADDR, "\x0a\0\0\1", 4);
	len = m->nlh->nlmsg_len;

	n_got = 0;
	CHECK_EQ(lbtns_event_parse(FAKE_FAMILY, m->nlh, len, keep_event, NULL),
		 0);
	CHECK_EQ(n_got, 1);
	CHECK_EQ(got.type, LBTNS_EVENT_SA_UNBIND);
	CHECK_EQ(got.u.sa.id, 3);
	CHECK_EQ(ntohl(got.u.sa.spi), 0x1234);
	CHECK_EQ(got.u.sa.peer.type, BTNS_ID_TYPE_NONE);
	/* of another family, cut short, made of noise: nothing happens */
	CHECK_EQ(lbtns_event_parse(FAKE_FAMILY + 1, m->nlh, len, keep_event,
				   NULL), 0);
	for (cut = 0; cut < len; cut++)
		lbtns_event_parse(FAKE_FAMILY, m->nlh, cut, keep_event, NULL);
	CHECK_EQ(n_got, 1);
	for (i = 0; i < 20000; i++) {
		memcpy(copy, m->nlh, len);
		for (k = 0; k < 4; k++)
			copy[(size_t)rand_r(&seed) % len] =
				(uint8_t)rand_r(&seed);
		lbtns_event_parse(FAKE_FAMILY, copy, len, keep_event, NULL);
	}
}

static const struct ktap_test tests[] = {
	{ "without the module the error says what to do", no_module },
	{ "a refusal comes with the kernel's words, cleaned", refusals },
	{ "nonsense of the caller's is not even sent", nothing_sent },
	{ "the largest PAD fits into one message", whole_pad },
	{ "dumps are handed over in order, until told to stop", dumps },
	{ "a dump that changes while it is read is done again", interrupted },
	{ "a dump that fails hands nothing over", dump_errors },
	{ "N15 a list longer than memory is handed on latch by latch",
	  long_list },
	{ "N15 a list that breaks off says so at its end", broken_list },
	{ "a handle that reads a list takes no request", busy_handle },
	{ "answers to older requests are passed over", late_answers },
	{ "a newer kernel may say more", newer_kernel },
	{ "answers that are cut are errors, never a yes", malformed },
	{ "attributes of an odd length are errors", odd_lengths },
	{ "answers full of noise do no harm", noise },
	{ "events are understood, noise among them is not", events },
};

int main(void)
{
	return KTAP_RUN(tests);
}
