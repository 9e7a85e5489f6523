// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic selectors: ranges of the wire against selectors of the kernel, and
 * the arithmetic on selectors against counting by hand.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/ts.h"
#include "btnsd/kern_sel.h"

static struct addr us, them;

static void hosts(void)
{
	addr_parse(&us, "10.0.0.1");
	addr_parse(&them, "10.0.0.2");
}

static struct ike_ts range(const char *from, const char *to, uint8_t proto,
			   uint16_t pf, uint16_t pt)
{
	struct ike_ts t = { .proto = proto, .port_from = pf, .port_to = pt };
	struct addr a, b;

	addr_parse(&a, from);
	addr_parse(&b, to);
	t.type = a.family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
				       IKE_TS_IPV6_ADDR_RANGE;
	memcpy(t.from, a.b, 16);
	memcpy(t.to, b.b, 16);
	return t;
}

static struct ike_ts any(void)
{
	return range("0.0.0.0", "255.255.255.255", 0, 0, 65535);
}

static void host_sel(void)
{
	static const struct {
		const char *from, *to;
		uint8_t proto;
		uint16_t pf, pt;
		bool ok;
		uint16_t port, mask;
	} cases[] = {
		{ "0.0.0.0", "255.255.255.255", 0, 0, 65535, true, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 6, 80, 80, true, 80, 0xffff },
		{ "10.0.0.0", "10.0.0.255", 17, 53, 53, true, 53, 0xffff },
		{ "10.0.0.0", "10.0.0.1", 6, 0, 65535, true, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 6, 0, 0, true, 0, 0xffff },
		/* not our address */
		{ "10.0.0.2", "10.0.0.9", 6, 0, 65535, false, 0, 0 },
		{ "0.0.0.0", "10.0.0.0", 0, 0, 65535, false, 0, 0 },
		/* the largest range that a mask makes */
		{ "10.0.0.1", "10.0.0.1", 6, 80, 81, true, 80, 0xfffe },
		{ "10.0.0.1", "10.0.0.1", 6, 81, 82, true, 81, 0xffff },
		{ "10.0.0.1", "10.0.0.1", 6, 1024, 65535, true, 32768, 0x8000 },
		{ "10.0.0.1", "10.0.0.1", 6, 1024, 2047, true, 1024, 0xfc00 },
		{ "10.0.0.1", "10.0.0.1", 17, 0, 1023, true, 0, 0xfc00 },
		{ "10.0.0.1", "10.0.0.1", 17, 65535, 65535, true, 65535, 0xffff },
		/* types and codes of ICMP */
		{ "10.0.0.1", "10.0.0.1", 1, 0x800, 0x8ff, true, 0x800, 0xff00 },
		{ "10.0.0.1", "10.0.0.1", 1, 0x303, 0x303, true, 0x303, 0xffff },
		{ "10.0.0.1", "10.0.0.1", 1, 0, 0, true, 0, 0xffff },
		{ "10.0.0.1", "10.0.0.1", 1, 0, 0xff, true, 0, 0xff00 },
		{ "10.0.0.1", "10.0.0.1", 1, 0, 65535, true, 0, 0 },
		/* OPAQUE: nothing of what has ports, all of what has none */
		{ "10.0.0.1", "10.0.0.1", 6, 65535, 0, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 1, 65535, 0, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 0, 65535, 0, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 135, 65535, 0, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 50, 65535, 0, true, 0, 0 },
		/* no range: it ends before it begins */
		{ "10.0.0.1", "10.0.0.1", 6, 81, 80, false, 0, 0 },
		/* ports of a protocol that has none, or of none */
		{ "10.0.0.1", "10.0.0.1", 47, 8, 8, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 135, 5, 5, false, 0, 0 },
		{ "10.0.0.1", "10.0.0.1", 0, 80, 80, false, 0, 0 },
	};
	struct ike_ts all = any();
	size_t i;

	hosts();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_ts t = range(cases[i].from, cases[i].to,
					cases[i].proto, cases[i].pf,
					cases[i].pt);
		struct sel s = { 0 };
		bool ok = ts_host_sel(&t, &all, &us, &them, NULL, &s);

		if (!CHECK_EQ(ok, cases[i].ok))
			ktap_note("case %zu", i);
		if (!ok)
			continue;
		if (!CHECK_EQ(s.lport, cases[i].port) ||
		    !CHECK_EQ(s.lmask, cases[i].mask))
			ktap_note("case %zu", i);
		CHECK(!s.rport && !s.rmask);
		CHECK_EQ(s.proto, cases[i].proto);
		CHECK(addr_equal(&s.local, &us) && s.local_plen == 32);
		CHECK(addr_equal(&s.remote, &them) && s.remote_plen == 32);
		/* and the other way round */
		CHECK(ts_host_sel(&all, &t, &them, &us, NULL, &s));
		CHECK_EQ(s.rport, cases[i].port);
		CHECK_EQ(s.rmask, cases[i].mask);
	}
}

/* the largest aligned range with @near in @t, by looking at all of them */
static bool naive_range(const struct ike_ts *t, int near, uint32_t *size)
{
	uint32_t from;

	for (*size = 0x10000; *size; *size /= 2)
		for (from = 0; from < 0x10000; from += *size)
			if (from >= t->port_from &&
			    from + *size - 1 <= t->port_to &&
			    (near < 0 || (from <= (uint32_t)near &&
					  (uint32_t)near < from + *size)))
				return true;
	return false;
}

/* random ranges and random packets: inside, largest, with the packet */
static void port_ranges(void)
{
	static const uint8_t protos[] = { 6, 17, 1, 58, 132 };
	struct ike_ts all = any();
	unsigned int i;

	hosts();
	srand(11);
	for (i = 0; i < 2000; i++) {
		uint16_t from = (uint16_t)rand(), to = (uint16_t)rand();
		uint8_t proto = protos[i % sizeof(protos)];
		struct sel near = { .proto = proto, .lmask = 0xffff,
				    .lport = (uint16_t)rand() };
		bool with = i & 1, inside;
		struct ike_ts t;
		struct sel s;
		uint32_t size;

		if (i % 4 == 3)
			from = to - (uint16_t)(rand() % 64);
		t = range("10.0.0.1", "10.0.0.1", proto, from, to);
		inside = with && from <= near.lport && near.lport <= to;
		if (from > to) {
			CHECK(!ts_host_sel(&t, &all, &us, &them,
					   with ? &near : NULL, &s));
			continue;
		}
		if (!CHECK(ts_host_sel(&t, &all, &us, &them,
				       with ? &near : NULL, &s)) ||
		    !CHECK(naive_range(&t, inside ? near.lport : -1, &size)) ||
		    !CHECK_EQ((uint16_t)~s.lmask + 1u, size) ||
		    !CHECK(s.lport >= from && s.lport + size - 1 <= to) ||
		    !CHECK(!(s.lport & (size - 1))) ||
		    !CHECK(!inside || !((near.lport ^ s.lport) & s.lmask))) {
			ktap_note("%u to %u, packet %u", from, to, near.lport);
			return;
		}
	}
}

/* type and code where xfrm has them, and ports where it has those */
static void to_xfrm(void)
{
	struct sel s = { .proto = IPPROTO_ICMP, .lport = 0x800, .lmask = 0xff00,
			 .rport = 0, .rmask = 0xffff }, back;
	struct xfrm_selector x;

	hosts();
	s.local = us;
	s.remote = them;
	s.local_plen = 32;
	s.remote_plen = 32;
	/* we send echo requests and receive echo replies */
	kern_put_sel(&x, &s, false);
	CHECK_EQ(ntohs(x.sport), 8);
	CHECK_EQ(ntohs(x.sport_mask) & 0xff, 0xff);
	CHECK_EQ(x.dport | x.dport_mask, 0);
	CHECK(kern_get_sel(&back, &x, AF_INET));
	CHECK_EQ(back.lport, 0x800);
	CHECK_EQ(back.lmask, 0xff00);
	CHECK_EQ(back.rmask, 0);
	kern_put_sel(&x, &s, true);
	CHECK_EQ(x.sport | x.dport, 0);
	CHECK_EQ(ntohs(x.sport_mask) & 0xff, 0xff);
	CHECK_EQ(ntohs(x.dport_mask) & 0xff, 0xff);
	CHECK(!memcmp(&x.saddr, them.b, 4));
	/* as ip xfrm writes it */
	memset(&x, 0, sizeof(x));
	x.proto = IPPROTO_ICMP;
	x.sport = htons(3);
	x.sport_mask = htons(0xffff);
	x.dport = htons(4);
	x.dport_mask = htons(0xffff);
	CHECK(kern_get_sel(&back, &x, AF_INET));
	CHECK_EQ(back.lport, 0x304);
	CHECK_EQ(back.lmask, 0xffff);
	/* a code of any type, and a GRE key, are more than we can say */
	x.sport_mask = 0;
	CHECK(!kern_get_sel(&back, &x, AF_INET));
	CHECK_EQ(back.lmask, 0);
	x.proto = IPPROTO_GRE;
	CHECK(!kern_get_sel(&back, &x, AF_INET));
	CHECK(sel_ports_any(&back));
	/* ports turn with the direction */
	s.proto = IPPROTO_UDP;
	s.lport = 1024;
	s.lmask = 0xfc00;
	s.rport = 53;
	s.rmask = 0xffff;
	kern_put_sel(&x, &s, true);
	CHECK_EQ(ntohs(x.dport), 1024);
	CHECK_EQ(ntohs(x.dport_mask), 0xfc00);
	CHECK_EQ(ntohs(x.sport), 53);
	kern_put_sel(&x, &s, false);
	CHECK(kern_get_sel(&back, &x, AF_INET));
	CHECK(sel_equal(&back, &s));
	x.dport_mask = htons(0xff0f);
	CHECK(!kern_get_sel(&back, &x, AF_INET));
}

/* what goes out must be in it; what comes in, a packet of ICMP does not say */
static void carries(void)
{
	struct sel packet = { .proto = 1, .lport = 0x800, .lmask = 0xffff };
	struct sel s = { .proto = 1, .lport = 0x800, .lmask = 0xff00,
			 .rport = 0, .rmask = 0xff00 };
	char text[SEL_STRLEN];

	hosts();
	packet.local = us;
	packet.remote = them;
	packet.local_plen = 32;
	packet.remote_plen = 32;
	s.local = us;
	s.remote = them;
	s.local_plen = 32;
	s.remote_plen = 32;
	CHECK(sel_carries(&s, &packet));
	CHECK(!sel_within(&packet, &s));
	CHECK(!strcmp(sel_str(&s, text),
		      "10.0.0.1/32[type 8] -> 10.0.0.2/32[type 0] proto 1"));
	s.lport = 0;
	CHECK(!sel_carries(&s, &packet));
	s.proto = 6;
	packet.proto = 6;
	s.lport = 0x800;
	CHECK(!sel_carries(&s, &packet));
	s.rmask = 0;
	CHECK(sel_carries(&s, &packet));
	CHECK(!strcmp(sel_str(&s, text),
		      "10.0.0.1/32[2048-2303] -> 10.0.0.2/32[any] proto 6"));
}

static void protocols(void)
{
	struct ike_ts l = range("10.0.0.1", "10.0.0.1", 6, 80, 80);
	struct ike_ts r = range("10.0.0.2", "10.0.0.2", 17, 0, 65535);
	struct addr six;
	struct sel s;

	hosts();
	CHECK(!ts_host_sel(&l, &r, &us, &them, NULL, &s));
	r.proto = 0;
	CHECK(ts_host_sel(&l, &r, &us, &them, NULL, &s));
	CHECK_EQ(s.proto, 6);
	addr_parse(&six, "fd00::1");
	CHECK(!ts_host_sel(&l, &r, &six, &them, NULL, &s));
	CHECK(!ts_host_sel(&l, &r, &six, &six, NULL, &s));
}

/* to the wire and back, for every form that a policy can have */
static void round_trip(void)
{
	static const uint8_t protos[] = { 0, 1, 6, 17, 58 };
	unsigned int i, v;

	for (v = 0; v < 2; v++) {
		for (i = 0; i < sizeof(protos) * 9; i++) {
			static const uint16_t masks[] = { 0, 0xff00, 0xffff };
			struct sel s = { .proto = protos[i / 9] }, back;
			struct ike_ts l, r;

			addr_parse(&s.local, v ? "fd00::1" : "10.0.0.1");
			addr_parse(&s.remote, v ? "fd00::2" : "10.0.0.2");
			s.local_plen = addr_bits(s.local.family);
			s.remote_plen = s.local_plen;
			if (s.proto) {
				s.lmask = masks[i % 3];
				s.rmask = masks[i / 3 % 3];
				s.lport = 0 & s.lmask;
				s.rport = 65535 & s.rmask;
			}
			ts_from_sel(&s, &l, &r);
			CHECK(ts_host_sel(&l, &r, &s.local, &s.remote, NULL,
					  &back));
			CHECK(sel_equal(&s, &back));
		}
	}
}

static void prefixes(void)
{
	struct sel s = { 0 };
	struct ike_ts l, r;
	struct addr a;

	addr_parse(&s.local, "10.1.2.3");
	addr_parse(&s.remote, "10.1.0.0");
	s.local_plen = 0;
	s.remote_plen = 15;
	ts_from_sel(&s, &l, &r);
	addr_parse(&a, "0.0.0.0");
	CHECK(!memcmp(l.from, a.b, 4));
	addr_parse(&a, "255.255.255.255");
	CHECK(!memcmp(l.to, a.b, 4));
	addr_parse(&a, "10.0.0.0");
	CHECK(!memcmp(r.from, a.b, 4));
	addr_parse(&a, "10.1.255.255");
	CHECK(!memcmp(r.to, a.b, 4));
}

static void candidates(void)
{
	struct ike_ts_payload l = { .present = true, .count = 2 };
	struct ike_ts_payload r = { .present = true, .count = 2 };
	struct sel out[TS_PAIRS_MAX], s;
	bool first;
	size_t n;

	hosts();
	l.ts[0] = range("10.0.0.1", "10.0.0.1", 6, 80, 80);
	r.ts[0] = range("10.0.0.2", "10.0.0.2", 6, 40000, 40000);
	l.ts[1] = any();
	r.ts[1] = any();
	n = ts_candidates(&l, &r, &us, &them, out, &first);
	CHECK_EQ(n, 4);
	CHECK(first);
	CHECK_EQ(out[0].lport, 80);
	CHECK_EQ(out[0].rport, 40000);
	/* a range keeps the packet, also where a larger part has it not */
	l.ts[1] = range("10.0.0.1", "10.0.0.1", 6, 64, 300);
	n = ts_candidates(&l, &r, &us, &them, out, &first);
	CHECK_EQ(n, 4);
	CHECK_EQ(out[3].lport, 64);
	CHECK_EQ(out[3].lmask, 0xffc0);
	CHECK(sel_within(&out[0], &out[3]));
	l.ts[1] = any();
	/* an answer with both is the wide one */
	CHECK(ts_answer(&l, &r, &us, &them, &s));
	CHECK_EQ(s.proto + s.lport + s.rport, 0);
	/* two that do not lie in one */
	l.ts[1] = range("10.0.0.1", "10.0.0.1", 17, 53, 53);
	r.count = 1;
	r.ts[0] = any();
	CHECK(!ts_answer(&l, &r, &us, &them, &s));
	/* nothing usable */
	l.count = 0;
	CHECK(!ts_answer(&l, &r, &us, &them, &s));
	CHECK_EQ(ts_candidates(&l, &r, &us, &them, out, &first), 0);
	CHECK(!first);
	/* as many as a message can have: all different, and no more than fit */
	l.count = IKE_MAX_TS;
	r.count = IKE_MAX_TS;
	for (unsigned int i = 0; i < IKE_MAX_TS; i++) {
		l.ts[i] = range("10.0.0.1", "10.0.0.1", 6,
				(uint16_t)(i + 1), (uint16_t)(i + 1));
		r.ts[i] = range("10.0.0.2", "10.0.0.2", 6,
				(uint16_t)(i + 1), (uint16_t)(i + 1));
	}
	CHECK_EQ(ts_candidates(&l, &r, &us, &them, out, &first), TS_PAIRS_MAX);
}

/* ---- selectors: a small world of which every packet can be counted ------- */

static struct sel small_sel(void)
{
	static const uint16_t masks[] = { 0, 0xfffe, 0xffff };
	struct sel s = { 0 };

	addr_parse(&s.local, "10.0.0.0");
	addr_parse(&s.remote, "10.0.1.0");
	s.local_plen = (uint8_t)(29 + rand() % 4);
	s.remote_plen = (uint8_t)(29 + rand() % 4);
	s.local.b[3] = (uint8_t)(rand() % 8);
	s.remote.b[3] = (uint8_t)(rand() % 8);
	addr_mask(&s.local, s.local_plen);
	addr_mask(&s.remote, s.remote_plen);
	s.proto = rand() % 3 ? (uint8_t)(rand() % 2 ? 6 : 17) : 0;
	if (s.proto) {
		s.lmask = masks[rand() % 3];
		s.rmask = masks[rand() % 3];
		s.lport = (uint16_t)(rand() % 4) & s.lmask;
		s.rport = (uint16_t)(rand() % 4) & s.rmask;
	}
	return s;
}

static bool hit(const struct sel *s, unsigned int packet)
{
	static const uint8_t protos[] = { 1, 6, 17, 50 };
	uint8_t proto = protos[packet >> 10 & 3];
	struct addr l, r;

	addr_parse(&l, "10.0.0.0");
	addr_parse(&r, "10.0.1.0");
	l.b[3] = packet & 7;
	r.b[3] = packet >> 3 & 7;
	return addr_in_prefix(&l, &s->local, s->local_plen) &&
	       addr_in_prefix(&r, &s->remote, s->remote_plen) &&
	       (!s->proto || s->proto == proto) &&
	       s->lport == ((packet >> 6 & 3) & s->lmask) &&
	       s->rport == ((packet >> 8 & 3) & s->rmask);
}

static void oracle(void)
{
	unsigned int round, p;

	srand(7);
	for (round = 0; round < 1500; round++) {
		struct sel a = small_sel(), b = small_sel(), both;
		bool overlap = false, within = true, got;

		got = sel_intersect(&both, &a, &b);
		for (p = 0; p < 4096; p++) {
			bool ha = hit(&a, p), hb = hit(&b, p);

			if (got && (ha && hb) != hit(&both, p)) {
				CHECK(!"the intersection is right");
				return;
			}
			overlap |= ha && hb;
			within &= !ha || hb;
		}
		CHECK_EQ(got, overlap);
		CHECK_EQ(sel_overlap(&a, &b), overlap);
		CHECK_EQ(sel_within(&a, &b), within);
	}
}

static void prefix_text(void)
{
	static const struct {
		const char *text;
		bool ok;
		unsigned int plen;
	} cases[] = {
		{ "10.0.0.0/8", true, 8 },    { "10.0.0.1", true, 32 },
		{ "0.0.0.0/0", true, 0 },     { "::/0", true, 0 },
		{ "fd00::/64", true, 64 },    { "fd00::1", true, 128 },
		{ "10.0.0.1/8", false, 0 },   { "10.0.0.0/33", false, 0 },
		{ "10.0.0.0/", false, 0 },    { "10.0.0.0/-1", false, 0 },
		{ "10.0.0.0/8x", false, 0 },  { "10.0.0", false, 0 },
		{ "", false, 0 },	      { "fd00::1/64", false, 0 },
		{ "fd00::/129", false, 0 },   { "/8", false, 0 },
	};
	struct addr a;
	uint8_t plen;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok = addr_parse_prefix(&a, &plen, cases[i].text);

		if (!CHECK_EQ(ok, cases[i].ok))
			ktap_note("%s", cases[i].text);
		if (ok)
			CHECK_EQ(plen, cases[i].plen);
	}
}

/* in tunnel mode: the largest prefix of a range */
static void net_sel(void)
{
	static const struct {
		const char *from, *to, *prefix;
	} cases[] = {
		{ "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
		{ "10.1.0.0", "10.1.255.255", "10.1.0.0/16" },
		{ "10.1.2.3", "10.1.2.3", "10.1.2.3/32" },
		{ "10.0.0.1", "10.0.0.255", "10.0.0.128/25" },
		{ "10.0.0.0", "10.0.0.254", "10.0.0.0/25" },
		{ "10.0.0.3", "10.0.0.9", "10.0.0.4/30" },
		{ "10.0.0.255", "10.0.1.0", "10.0.0.255/32" },
		{ "9.255.255.255", "11.0.0.5", "10.0.0.0/8" },
		{ "255.255.255.255", "255.255.255.255", "255.255.255.255/32" },
		{ "0.0.0.1", "255.255.255.255", "128.0.0.0/1" },
		{ "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0" },
		{ "fd00::", "fd00::ffff", "fd00::/112" },
		{ "fd00::1", "fd00::2:0", "fd00::1:0/112" },
	};
	struct sel near = { .proto = 6 };
	struct ike_ts all4 = any(), tcp, udp;
	struct ike_ts all6 = range("::",
				   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0,
				   0, 65535);
	struct sel s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_ts t = range(cases[i].from, cases[i].to, 6, 80, 80);
		bool v4 = t.type == IKE_TS_IPV4_ADDR_RANGE;
		struct addr a;
		uint8_t plen;

		addr_parse_prefix(&a, &plen, cases[i].prefix);
		if (!CHECK(ts_net_sel(&t, v4 ? &all4 : &all6,
				      NULL, &s)) ||
		    !CHECK(addr_equal(&s.local, &a)) ||
		    !CHECK_EQ(s.local_plen, plen))
			ktap_note("%s", cases[i].from);
		CHECK_EQ(s.proto, 6);
		CHECK_EQ(s.lport, 80);
		CHECK_EQ(s.rport, 0);
		CHECK_EQ(s.remote_plen, 0);
	}
	/* two IP versions, two protocols, ports that cannot be had */
	CHECK(!ts_net_sel(&all4, &all6, NULL, &s));
	tcp = range("10.0.0.0", "10.0.0.255", 6, 0, 65535);
	udp = range("10.0.0.0", "10.0.0.255", 17, 0, 65535);
	CHECK(!ts_net_sel(&tcp, &udp, NULL, &s));
	tcp = range("10.0.0.0", "10.0.0.255", 6, 65535, 0);
	CHECK(!ts_net_sel(&tcp, &all4, NULL, &s));
	/* the prefix that has the packet, though a larger one has it not */
	tcp = range("10.0.0.3", "10.0.0.40", 6, 0, 65535);
	addr_parse(&near.local, "10.0.0.6");
	addr_parse(&near.remote, "10.9.9.9");
	CHECK(ts_net_sel(&tcp, &all4, NULL, &s));
	CHECK_EQ(s.local_plen, 28);
	CHECK(ts_net_sel(&tcp, &all4, &near, &s));
	CHECK_EQ(s.local_plen, 30);
	CHECK_EQ(s.local.b[3], 4);
	addr_parse(&near.local, "10.0.0.41");
	CHECK(ts_net_sel(&tcp, &all4, &near, &s));
	CHECK_EQ(s.local_plen, 28);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "T06 K16 a range becomes a selector between the two hosts, or nothing",
		  host_sel },
		{ "a range becomes a selector between two networks", net_sel },
		{ "protocols and families have to agree", protocols },
		{ "selectors survive the wire", round_trip },
		{ "prefixes become ranges", prefixes },
		{ "B09 K16 candidates and answers of several selectors",
		  candidates },
		{ "overlap, inclusion and intersection against counting",
		  oracle },
		{ "ranges of ports against looking at all of them", port_ranges },
		{ "ports and types of ICMP are where xfrm looks for them", to_xfrm },
		{ "a selector has the packet that asked", carries },
		{ "prefixes are read strictly", prefix_text },
	};

	return KTAP_RUN(tests);
}
