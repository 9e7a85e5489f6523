// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/congruence.h against a naive oracle: random pairs of SAs that are
 * often nearly equal, random flows, random policies. The oracle writes what it
 * compares as text, and looks at addresses bit by bit.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/congruence.h"
#include "ktap.h"

#define ROUNDS	200000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- chance ------------------------------------------------------------- */

static uint64_t seed = 0x5660430143034309, state;

static uint32_t chance(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % n;
}

static void begin(void)
{
	const char *text = getenv("BTNS_SEED");

	state = text ? strtoull(text, NULL, 0) : seed;
	if (!state)
		state = seed;
	ktap_note("seed 0x%llx (BTNS_SEED), %u rounds",
		  (unsigned long long)state, ROUNDS);
}

#define ONE_OF(...) ({							\
	static const int of_[] = { __VA_ARGS__ };			\
	of_[chance(COUNT(of_))]; })

/* ---- values ------------------------------------------------------------- */

static const char *const encs[] = {
	"", "cbc(aes)", "rfc4106(gcm(aes))", "rfc4543(gcm(aes))",
	/* as long as it can be, and different in the last byte only */
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
};

static const char *const auths[] = { "", "hmac(sha256)", "hmac(sha1)" };

/* an identity is an address somewhere */
static const char peers[3], locals[3];

struct sample {
	struct btns_qop qop;
	struct btns_values v;
};

/* Field @n of a sample drawn anew; there are 10. */
static void draw_field(struct sample *s, unsigned int n)
{
	struct btns_qop *q = &s->qop;

	switch (n) {
	case 0:
		q->sa_proto = (__u8)ONE_OF(IPPROTO_ESP, IPPROTO_AH);
		break;
	case 1:
		q->sa_mode = (__u8)chance(2);
		break;
	case 2:
		q->protection = (__u8)chance(4);
		break;
	case 3:
		q->esn = (__u8)chance(2);
		break;
	case 4:
		q->enc_keybits = (__u16)ONE_OF(0, 128, 256);
		break;
	case 5:
		q->icv_bits = (__u16)ONE_OF(64, 96, 128);
		break;
	case 6:
		memset(q->enc, 0, sizeof(q->enc));
		strcpy(q->enc, encs[chance(COUNT(encs))]);
		break;
	case 7:
		memset(q->auth, 0, sizeof(q->auth));
		strcpy(q->auth, auths[chance(COUNT(auths))]);
		break;
	case 8:
		/* without a vouched peer there is no local identity either */
		if (chance(4)) {
			s->v.peer = &peers[chance(COUNT(peers))];
			if (!s->v.local)
				s->v.local = &locals[0];
		} else {
			s->v.peer = NULL;
			s->v.local = NULL;
		}
		break;
	case 9:
		if (s->v.peer)
			s->v.local = &locals[chance(COUNT(locals))];
		break;
	}
	/* these two must not matter */
	q->replay = (__u8)chance(2);
	q->aalgo = (__u8)chance(16);
}

static void draw(struct sample *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->v.qop = &s->qop;
	for (i = 0; i < 10; i++)
		draw_field(s, i);
}

/* The same but for some fields: mostly one or none. */
static void draw_near(struct sample *s, const struct sample *like)
{
	unsigned int n = (unsigned int)ONE_OF(0, 1, 1, 1, 2, 3);

	*s = *like;
	s->v.qop = &s->qop;
	while (n--)
		draw_field(s, chance(10));
}

/* What RFC 5660 section 2 has a latch bind, as text. */
static void kind_text(const struct sample *s, char *text, size_t size)
{
	snprintf(text, size, "%s %s%s%s",
		 s->qop.sa_proto == IPPROTO_ESP ? "esp" : "ah",
		 s->qop.sa_mode == XFRM_MODE_TUNNEL ? "tunnel" : "transport",
		 s->qop.protection & 1 ? " secret" : "",
		 s->qop.protection & 2 ? " whole" : "");
}

static void suite_text(const struct sample *s, char *text, size_t size)
{
	snprintf(text, size, "%.64s/%u+%.64s/%u %s", s->qop.enc,
		 s->qop.enc_keybits, s->qop.auth, s->qop.icv_bits,
		 s->qop.esn ? "long" : "short");
}

static enum btns_reason oracle_compare(const struct sample *a,
				       const struct sample *b)
{
	char ka[64], kb[64], sa[200], sb[200];

	if (a->v.peer && !b->v.peer)
		return BTNS_REASON_UNIDENTIFIED;
	if (a->v.peer != b->v.peer)
		return BTNS_REASON_PEER;
	if (a->v.peer && a->v.local != b->v.local)
		return BTNS_REASON_LOCAL_ID;
	kind_text(a, ka, sizeof(ka));
	kind_text(b, kb, sizeof(kb));
	if (strcmp(ka, kb))
		return BTNS_REASON_PROTECTION;
	suite_text(a, sa, sizeof(sa));
	suite_text(b, sb, sizeof(sb));
	return strcmp(sa, sb) ? BTNS_REASON_QOP : BTNS_REASON_NONE;
}

static void values_agree(void)
{
	unsigned int seen[32] = { 0 }, i;
	struct sample a, b;

	begin();
	for (i = 0; i < ROUNDS; i++) {
		enum btns_reason got, want;

		draw(&a);
		if (chance(8))
			draw_near(&b, &a);
		else
			draw(&b);
		got = btns_values_compare(&a.v, &b.v);
		want = oracle_compare(&a, &b);
		seen[want]++;
		if (!CHECK_EQ(got, want))
			ktap_note("round %u", i);
		/* congruence is mutual, and everything is congruent to itself */
		CHECK_EQ(btns_values_compare(&b.v, &a.v) == BTNS_REASON_NONE,
			 got == BTNS_REASON_NONE);
		CHECK_EQ(btns_values_compare(&a.v, &a.v), BTNS_REASON_NONE);
	}
	/* the draw reaches every outcome */
	CHECK(seen[BTNS_REASON_NONE] > 1000);
	CHECK(seen[BTNS_REASON_PEER] > 1000);
	CHECK(seen[BTNS_REASON_UNIDENTIFIED] > 1000);
	CHECK(seen[BTNS_REASON_LOCAL_ID] > 1000);
	CHECK(seen[BTNS_REASON_PROTECTION] > 1000);
	CHECK(seen[BTNS_REASON_QOP] > 1000);
}

/* Each field alone, so that none can be forgotten by chance. */
static void each_field_counts(void)
{
	struct sample a, b;
	unsigned int n, tries;

	begin();
	for (n = 0; n < 10; n++) {
		bool differed = false;

		for (tries = 0; tries < 1000 && !differed; tries++) {
			draw(&a);
			b = a;
			b.v.qop = &b.qop;
			draw_field(&b, n);
			differed = btns_values_compare(&a.v, &b.v) !=
				   BTNS_REASON_NONE;
		}
		if (!CHECK(differed))
			ktap_note("field %u", n);
	}
}

/* ---- cover -------------------------------------------------------------- */

struct tuple {
	int family;
	uint8_t laddr[16], raddr[16];
	uint16_t lport, rport;
	uint8_t proto;
	uint32_t mark_in, mark_out;
};

struct scope {
	struct btns_sa_scope sa;
	uint8_t saddr[16], daddr[16], sel_saddr[16], sel_daddr[16];
};

static void draw_addr(uint8_t *addr, int family)
{
	memset(addr, 0, 16);
	addr[0] = family == AF_INET ? 10 : 0xfd;
	addr[family == AF_INET ? 3 : 15] = (uint8_t)chance(4);
	if (!chance(4))
		addr[2] = (uint8_t)(1u << chance(8));
}

static void draw_tuple(struct tuple *t)
{
	memset(t, 0, sizeof(*t));
	t->family = chance(3) ? AF_INET : AF_INET6;
	draw_addr(t->laddr, t->family);
	draw_addr(t->raddr, t->family);
	t->lport = (uint16_t)(80 + chance(3));
	t->rport = (uint16_t)(80 + chance(3));
	t->proto = (uint8_t)ONE_OF(IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP);
	t->mark_in = chance(3) ? 0 : chance(8);
	t->mark_out = chance(3) ? t->mark_in : chance(8);
}

/* An SA that is often for the flow, one way or the other. */
static void draw_scope(struct scope *s, const struct tuple *t)
{
	static const uint8_t plens4[] = { 0, 8, 17, 24, 30, 31, 32, 32, 32 };
	static const uint8_t plens6[] = { 0, 8, 17, 64, 127, 128, 128, 128 };
	struct btns_sa_scope *sa = &s->sa;
	bool out = chance(2);

	memset(s, 0, sizeof(*s));
	sa->family = (__u8)(chance(12) ? t->family :
			    t->family == AF_INET ? AF_INET6 : AF_INET);
	sa->sel_family = (__u8)(chance(4) ? t->family :
				ONE_OF(0, AF_INET, AF_INET6));
	memcpy(s->saddr, out ? t->laddr : t->raddr, 16);
	memcpy(s->daddr, out ? t->raddr : t->laddr, 16);
	memcpy(s->sel_saddr, s->saddr, 16);
	memcpy(s->sel_daddr, s->daddr, 16);
	if (!chance(5))
		draw_addr(s->saddr, sa->family);
	if (!chance(5))
		draw_addr(s->daddr, sa->family);
	if (!chance(6))
		memset(s->saddr, 0, 16);
	if (!chance(4))
		draw_addr(s->sel_saddr, t->family);
	if (!chance(4))
		draw_addr(s->sel_daddr, t->family);
	sa->saddr = s->saddr;
	sa->daddr = s->daddr;
	sa->sel_saddr = s->sel_saddr;
	sa->sel_daddr = s->sel_daddr;
	sa->plen_s = sa->sel_family == AF_INET6 ?
			     plens6[chance(COUNT(plens6))] :
			     plens4[chance(COUNT(plens4))];
	sa->plen_d = sa->sel_family == AF_INET6 ?
			     plens6[chance(COUNT(plens6))] :
			     plens4[chance(COUNT(plens4))];
	sa->sel_proto = (__u8)(chance(3) ? 0 : ONE_OF(IPPROTO_TCP,
						      IPPROTO_UDP));
	if (!chance(3)) {
		sa->sport = htons((uint16_t)(80 + chance(3)));
		sa->sport_mask = htons((uint16_t)ONE_OF(0xffff, 0xfffe, 0));
	}
	if (!chance(3)) {
		sa->dport = htons((uint16_t)(80 + chance(3)));
		sa->dport_mask = htons((uint16_t)ONE_OF(0xffff, 0xfffe, 0));
	}
	if (!chance(3)) {
		sa->mark = chance(8);
		sa->mark_mask = (__u32)ONE_OF(-1, 7, 3, 1, 0);
	}
	sa->if_id = chance(12) ? 0 : 5;
	sa->proto = (__u8)ONE_OF(IPPROTO_ESP, IPPROTO_ESP, IPPROTO_AH,
				 IPPROTO_ESP, IPPROTO_COMP, IPPROTO_IPIP,
				 IPPROTO_ESP);
	sa->mode = (__u8)ONE_OF(XFRM_MODE_TRANSPORT, XFRM_MODE_TRANSPORT,
				XFRM_MODE_TUNNEL, XFRM_MODE_BEET);
	sa->valid = chance(12);
}

static void flow_of(const struct tuple *t, struct btns_flow_scope *f)
{
	*f = (struct btns_flow_scope){
		.laddr = t->laddr, .raddr = t->raddr, .mark_in = t->mark_in,
		.mark_out = t->mark_out, .lport = htons(t->lport),
		.rport = htons(t->rport), .family = (__u8)t->family,
		.proto = t->proto,
	};
}

static int bit(const uint8_t *addr, int n)
{
	return addr[n / 8] >> (7 - n % 8) & 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, int n)
{
	while (n--)
		if (bit(a, n) != bit(b, n))
			return false;
	return true;
}

/* Would xfrm put a packet from a to b into that SA, if policy allowed it? */
static bool oracle_carries(const struct scope *s, int family,
			   const uint8_t *a, const uint8_t *b, uint32_t mark,
			   bool ports, uint8_t proto, uint16_t ap, uint16_t bp)
{
	const struct btns_sa_scope *sa = &s->sa;
	int width = family == AF_INET ? 32 : 128, i;
	bool wild = true, all = false;

	if (!sa->valid || sa->if_id)
		return false;
	if (sa->proto != 50 && sa->proto != 51)
		return false;
	for (i = 0; i < 32; i++) {
		if (sa->mark_mask >> i & 1) {
			if ((sa->mark >> i & 1) != (mark >> i & 1))
				return false;
		} else if (sa->mark >> i & 1) {
			return false;	/* xfrm compares it with zero */
		}
	}
	/* no family, or 0/0 to 0/0 of any protocol: everything */
	if (sa->sel_family == 0)
		all = true;
	if (sa->plen_s + sa->plen_d == 0 && sa->sel_proto == 0)
		all = true;
	if (!all) {
		if (sa->sel_family != family)
			return false;
		if (!same_bits(s->sel_saddr, a, sa->plen_s) ||
		    !same_bits(s->sel_daddr, b, sa->plen_d))
			return false;
	}
	if (sa->mode == 0) {	/* transport */
		if (sa->family != family || !same_bits(s->daddr, b, width))
			return false;
		for (i = 0; i < width; i++)
			if (bit(s->saddr, i))
				wild = false;
		if (!wild && !same_bits(s->saddr, a, width))
			return false;
	} else if (all) {
		return false;
	}
	if (!ports)
		return true;
	if ((ap & ntohs(sa->sport_mask)) != (ntohs(sa->sport) &
					     ntohs(sa->sport_mask)))
		return false;
	if ((bp & ntohs(sa->dport_mask)) != (ntohs(sa->dport) &
					     ntohs(sa->dport_mask)))
		return false;
	return sa->sel_proto == 0 || sa->sel_proto == proto;
}

static void covers_agree(void)
{
	unsigned int seen[3] = { 0 }, pairs = 0, i;
	struct btns_flow_scope f;
	struct tuple t;
	struct scope s;

	begin();
	for (i = 0; i < ROUNDS; i++) {
		bool out, in, pair;
		enum btns_sa_dir want;

		draw_tuple(&t);
		draw_scope(&s, &t);
		flow_of(&t, &f);
		out = oracle_carries(&s, t.family, t.laddr, t.raddr, t.mark_out,
				     true, t.proto, t.lport, t.rport);
		in = oracle_carries(&s, t.family, t.raddr, t.laddr, t.mark_in,
				    true, t.proto, t.rport, t.lport);
		pair = oracle_carries(&s, t.family, t.laddr, t.raddr,
				      t.mark_out, false, 0, 0, 0) ||
		       oracle_carries(&s, t.family, t.raddr, t.laddr,
				      t.mark_in, false, 0, 0, 0);
		want = out ? BTNS_SA_OUT : in ? BTNS_SA_IN : BTNS_SA_NONE;
		seen[want]++;
		pairs += pair;
		if (!CHECK_EQ(btns_scope_covers(&s.sa, &f), want))
			ktap_note("round %u", i);
		if (!CHECK_EQ(btns_scope_covers_pair(&s.sa, &f), pair))
			ktap_note("round %u", i);
		/* what covers the flow covers the pair: the cache stands on it */
		CHECK(want == BTNS_SA_NONE || pair);
	}
	CHECK(seen[BTNS_SA_OUT] > 1000);
	CHECK(seen[BTNS_SA_IN] > 1000);
	CHECK(seen[BTNS_SA_NONE] > 1000);
	CHECK(pairs < ROUNDS - 1000);
}

/* ---- conflict ----------------------------------------------------------- */

/* N16 as it is printed: both cover the latch, and they differ. */
static void conflicts_agree(void)
{
	unsigned int conflicts = 0, i;
	struct btns_flow_scope f;
	struct sample a, b;
	struct tuple t;
	struct scope s;

	begin();
	for (i = 0; i < ROUNDS; i++) {
		bool got, want;

		draw_tuple(&t);
		draw_scope(&s, &t);
		flow_of(&t, &f);
		draw(&a);
		draw_near(&b, &a);
		got = btns_scope_covers(&s.sa, &f) != BTNS_SA_NONE &&
		      btns_values_compare(&a.v, &b.v) != BTNS_REASON_NONE;
		want = (oracle_carries(&s, t.family, t.laddr, t.raddr,
				       t.mark_out, true, t.proto, t.lport,
				       t.rport) ||
			oracle_carries(&s, t.family, t.raddr, t.laddr,
				       t.mark_in, true, t.proto, t.rport,
				       t.lport)) &&
		       oracle_compare(&a, &b) != BTNS_REASON_NONE;
		conflicts += want;
		CHECK_EQ(got, want);
	}
	CHECK(conflicts > 1000);
}

/* ---- policy ------------------------------------------------------------- */

static enum btns_reason oracle_policy(const struct btns_qop *q, bool lenient,
				      const struct btns_spd_decision *d)
{
	bool same;

	if (d->action == BTNS_SPD_BLOCK)
		return BTNS_REASON_BLOCK;
	if (d->action == BTNS_SPD_CLEAR)
		return BTNS_REASON_BYPASS;
	same = d->ntmpl == 1;
	same = same && d->proto == q->sa_proto;
	same = same && d->mode == q->sa_mode;
	if (d->optional)
		same = same && lenient;
	if (same && !d->allalgs) {
		uint64_t allowed = d->aalgos;

		same = allowed >> (q->aalgo % 32) & 1;
	}
	return same ? BTNS_REASON_NONE : BTNS_REASON_POLICY;
}

static void policies_agree(void)
{
	unsigned int seen[32] = { 0 }, i;
	struct sample s;

	begin();
	for (i = 0; i < ROUNDS; i++) {
		struct btns_spd_decision d = {
			.action = chance(4) ? BTNS_SPD_PROTECT :
					      (enum btns_spd_action)chance(3),
			.index = chance(9),
			.aalgos = chance(2) ? ~0U : chance(1 << 16),
			.ealgos = chance(1 << 16),
			.allalgs = chance(2),
			.optional = !chance(6),
		};
		bool lenient = !chance(3);
		enum btns_reason want;

		draw(&s);
		s.qop.aalgo = (__u8)chance(256);
		d.ntmpl = (__u8)(chance(5) ? 1 : chance(4));
		d.proto = chance(5) ? s.qop.sa_proto : IPPROTO_AH;
		d.mode = chance(5) ? s.qop.sa_mode : (__u8)chance(3);
		want = oracle_policy(&s.qop, lenient, &d);
		seen[want]++;
		if (!CHECK_EQ(btns_qop_against_policy(&s.qop, lenient, &d),
			      want))
			ktap_note("round %u", i);
	}
	CHECK(seen[BTNS_REASON_NONE] > 1000);
	CHECK(seen[BTNS_REASON_POLICY] > 1000);
	CHECK(seen[BTNS_REASON_BYPASS] > 1000);
	CHECK(seen[BTNS_REASON_BLOCK] > 1000);
}

static void what_protects(void)
{
	CHECK(btns_proto_protects(50));
	CHECK(btns_proto_protects(51));
	CHECK(!btns_proto_protects(108));	/* IPComp */
	CHECK(!btns_proto_protects(4));		/* IPv4 in IP */
	CHECK(!btns_proto_protects(41));	/* IPv6 in IP */
	/* what nobody thought of counts, so that it makes a bundle */
	CHECK(btns_proto_protects(43));
	CHECK(btns_proto_protects(60));
}

/* ---- marks of policies -------------------------------------------------- */

/* Every mark of eight bits: who gets it? */
static void policy_marks_agree(void)
{
	unsigned int i, m, apart = 0, inexact = 0;

	begin();
	for (i = 0; i < 20000; i++) {
		__u32 pm = chance(256), pv = chance(256), xm = chance(256);
		__u32 xv = chance(256) & xm;
		struct btns_spd_rule rule = { .inexact = false };
		bool both = false, beside = false;

		if (chance(8))
			pv &= pm;
		if (!chance(3))
			xm = pm;
		if (!chance(3))
			xv = pv & xm;
		xv &= xm;
		for (m = 0; m < 256; m++) {
			if ((m & xm) != xv)
				continue;
			if ((m & pm) == pv)
				both = true;
			else
				beside = true;
		}
		btns_spd_rule_mark(&rule, pv, pm, xv, xm);
		CHECK_EQ(rule.apart, !both);
		if (both)
			CHECK_EQ(rule.inexact, beside);
		apart += rule.apart;
		inexact += rule.inexact;
	}
	CHECK(apart > 100);
	CHECK(inexact > 100);
}

/* A policy that an SA cannot serve neither lets it in nor keeps it out. */
static void apart_is_not_there(void)
{
	struct btns_spd_rule rules[2] = {
		{ .action = BTNS_SPD_PROTECT, .apart = true },
		{ .action = BTNS_SPD_PROTECT, .btns_ok = true },
	};
	struct btns_selector sel = { 0 }, s;

	sel.local.family = AF_INET;
	sel.remote.family = AF_INET;
	rules[0].sel = sel;
	rules[1].sel = sel;
	s = sel;
	CHECK_EQ(btns_spd_child(rules, 2, true, &sel, NULL), BTNS_SPD_OK);
	CHECK_EQ(btns_spd_narrow(rules, 2, true, &sel, &s), BTNS_SPD_OK);
	CHECK_EQ(btns_spd_child(rules, 1, false, &sel, NULL),
		 BTNS_SPD_NO_POLICY);
	rules[0].apart = false;
	CHECK_EQ(btns_spd_child(rules, 2, true, &sel, NULL),
		 BTNS_SPD_NOT_BTNS_OK);
}

static const struct ktap_test tests[] = {
	{ "L01 N16 two SAs are congruent exactly if the oracle says so",
	  values_agree },
	{ "L01 each of the latched values counts alone", each_field_counts },
	{ "N16 an SA is for a flow exactly if the oracle says so", covers_agree },
	{ "L30 L31 N16 they conflict if they cover and differ",
	  conflicts_agree },
	{ "L37 a policy protects like the latch exactly if the oracle says so",
	  policies_agree },
	{ "L01 compression and its tunnel protect nothing", what_protects },
	{ "U09 the mark of a policy decides what it means for an SA",
	  policy_marks_agree },
	{ "U09 a policy for other marks neither allows nor refuses",
	  apart_is_not_there },
};

int main(void)
{
	return KTAP_RUN(tests);
}
