// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/pad_match.h: the rules of RFC 5386 section 2, then random databases
 * against the naive oracle.
 */
#include "pad_words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the PAD ------------------------------------------------------------ */

static const char *decide(const struct btns_pad_rule *rules, size_t count,
			  struct btns_pad_peer p)
{
	static const char * const causes[] = {
		[BTNS_PAD_NO_MATCH] = "no match",
		[BTNS_PAD_WRONG_KEY] = "wrong key",
		[BTNS_PAD_METHOD] = "method",
		[BTNS_PAD_NO_KEY] = "no key",
	};
	struct btns_pad_decision d;

	if (btns_pad_match(rules, count, &p, &d))
		return rules[d.index].name;
	return causes[d.cause];
}

static void order(void)
{
	struct btns_pad_rule rules[] = {
		named("a", 'A', 'a', NULL, 0),
		keyed("k", 'a', NULL, 0),
		wildcard("any", NULL, 0),
	};
	struct btns_prefix one = prefix("10.0.0.1");
	struct btns_pad_rule mixed[3];
	size_t bad;

	rules[0].prefixes = &one;
	rules[0].prefix_count = 1;
	CHECK_EQ(btns_pad_check(rules, 3, &bad), BTNS_PAD_FAULT_NONE);
	CHECK(!strcmp(decide(rules, 3, peer('A', 'a')), "a"));
	CHECK(!strcmp(decide(rules, 3, peer('B', 'a')), "k"));
	CHECK(!strcmp(decide(rules, 3, peer('B', 'b')), "any"));

	/* the ranks sort them; the search does not depend on it */
	CHECK(btns_pad_rank(&rules[0]) < btns_pad_rank(&rules[1]));
	CHECK(btns_pad_rank(&rules[1]) < btns_pad_rank(&rules[2]));
	mixed[0] = rules[2];
	mixed[1] = rules[1];
	mixed[2] = rules[0];
	CHECK_EQ(btns_pad_check(mixed, 3, &bad), BTNS_PAD_FAULT_ORDER);
	CHECK_EQ(bad, 1);
	CHECK(!strcmp(decide(mixed, 3, peer('A', 'a')), "a"));
	CHECK(!strcmp(decide(mixed, 3, peer('B', 'a')), "k"));
	CHECK(!strcmp(decide(mixed, 3, peer('B', 'b')), "any"));
}

static void one_wildcard(void)
{
	struct btns_prefix left = prefix("10.0.0.0/24");
	struct btns_prefix right = prefix("10.0.1.0/24");
	struct btns_prefix both = prefix("10.0.0.0/23");
	struct btns_pad_rule w = wildcard("w", NULL, 0);
	struct btns_pad_rule v = wildcard("v", &left, 1);

	CHECK_EQ(btns_pad_pair_check(&w, &v), BTNS_PAD_FAULT_WILDCARDS);

	/* B09: what the wildcard names must be nobody else's */
	w = wildcard("w", &right, 1);
	v = named("v", 'A', 'a', &left, 1);
	CHECK_EQ(btns_pad_pair_check(&w, &v), BTNS_PAD_FAULT_NONE);
	w.prefixes = &both;
	CHECK_EQ(btns_pad_pair_check(&w, &v), BTNS_PAD_FAULT_OVERLAP);
	CHECK_EQ(btns_pad_pair_check(&v, &w), BTNS_PAD_FAULT_OVERLAP);
	v = keyed("v", 'a', &left, 1);
	CHECK_EQ(btns_pad_pair_check(&w, &v), BTNS_PAD_FAULT_OVERLAP);
	v = named("v", 'A', 'a', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&w, &v), BTNS_PAD_FAULT_UNBOUND);
	CHECK_EQ(btns_pad_pair_check(&v, &w), BTNS_PAD_FAULT_UNBOUND);
	v = keyed("v", 'a', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&v, &w), BTNS_PAD_FAULT_NONE);
}

static void faults(void)
{
	struct btns_prefix crooked = { .family = AF_INET, .len = 8,
				       .addr = { 10, 1 } };
	struct btns_prefix many[BTNS_PAD_PREFIXES_MAX + 1];
	struct btns_pad_rule r = named("r", 'A', 'a', NULL, 0), s;
	size_t i;

	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NONE);
	r.name = "";
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NAME);
	r = named("r", 'A', 'a', NULL, 0);
	r.id_type = BTNS_ID_TYPE_PUBLICKEY;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NAMED_ID);
	r.id_type = BTNS_ID_TYPE_NONE;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NAMED_ID);
	r.id_type = BTNS_ID_TYPE_KEY_ID + 1;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NAMED_ID);
	r.flags = 8;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_FLAGS);
	r.flags = BTNS_PAD_FLAGS_WILDCARD;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_FLAGS);
	r = keyed("k", 'a', NULL, 0);
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NONE);
	r.key_count = 1;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_BTNS_KEY);
	r.id_type = BTNS_ID_TYPE_FQDN;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_BTNS_ID);
	r = wildcard("w", NULL, 0);
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NONE);
	r.key_count = 1;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_WILDCARD_ID);
	r = wildcard("w", &crooked, 1);
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_PREFIX);
	for (i = 0; i < COUNT(many); i++)
		many[i] = prefix("10.0.0.0/8");
	r = wildcard("w", many, BTNS_PAD_PREFIXES_MAX);
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_NONE);
	r.prefix_count++;
	CHECK_EQ(btns_pad_rule_check(&r), BTNS_PAD_FAULT_PREFIXES);

	r = named("r", 'A', 'a', NULL, 0);
	s = named("r", 'B', 'b', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&r, &s), BTNS_PAD_FAULT_SAME_NAME);
	s = named("s", 'A', 'b', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&r, &s), BTNS_PAD_FAULT_SAME_ID);
	s = keyed("s", 'A', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&r, &s), BTNS_PAD_FAULT_NONE);
	r = keyed("r", 'A', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&r, &s), BTNS_PAD_FAULT_SAME_ID);
	for (i = 0; i <= BTNS_PAD_FAULT_UNBOUND; i++)
		CHECK(strcmp(btns_pad_fault_text(i), "unknown fault"));
}

static void becomes_key(void)
{
	struct btns_pad_rule rules[] = { wildcard("any", NULL, 0) };
	struct btns_pad_peer p = peer('X', 'x');
	struct btns_pad_decision d;

	CHECK(btns_pad_match(rules, 1, &p, &d));
	CHECK_EQ(d.id_type, BTNS_ID_TYPE_PUBLICKEY);
	CHECK_EQ(d.method, BTNS_AUTH_METHOD_BTNS);
	CHECK(!memcmp(d.digest, p.key, sizeof(d.digest)));
	CHECK(d.btns);

	p = peer(0, 'x');
	CHECK(btns_pad_match(rules, 1, &p, &d));
	CHECK(!memcmp(d.digest, p.key, sizeof(d.digest)));
	CHECK_EQ(d.id_type, BTNS_ID_TYPE_PUBLICKEY);
}

static void no_fall_through(void)
{
	struct btns_prefix one = prefix("10.0.0.1");
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', &one, 1),
		keyed("k", 'k', NULL, 0),
		wildcard("any", NULL, 0),
	};
	struct btns_pad_peer p;
	struct btns_pad_decision d;

	CHECK(!strcmp(decide(rules, 3, peer('D', 'x')), "wrong key"));
	/* not even with a key that a BTNS entry knows */
	CHECK(!strcmp(decide(rules, 3, peer('D', 'k')), "wrong key"));
	p = peer('D', 'd');
	CHECK(btns_pad_match(rules, 3, &p, &d));
	CHECK_EQ(d.method, BTNS_AUTH_METHOD_RAWKEY);
	CHECK_EQ(d.id_type, BTNS_ID_TYPE_FQDN);
	CHECK(!d.btns);
	/* the same bytes under another type are another identity */
	p.id_type = BTNS_ID_TYPE_RFC822;
	CHECK(!strcmp(decide(rules, 3, p), "any"));
	/* an entry without a key lets nobody in by signature */
	rules[0].key_count = 0;
	CHECK(!strcmp(decide(rules, 3, peer('D', 'd')), "wrong key"));
	/* "publickey" asserted, and another key signs */
	p = peer('D', 'd');
	p.id_type = BTNS_ID_TYPE_PUBLICKEY;
	CHECK(!strcmp(decide(rules, 3, p), "wrong key"));
}

static void kinds_of_entry(void)
{
	struct btns_pad_rule keys[] = {
		keyed("k", 'k', NULL, 0), keyed("l", 'l', NULL, 0),
	};
	struct btns_pad_rule any[] = { wildcard("any", NULL, 0) };

	CHECK(!strcmp(decide(keys, 2, peer('X', 'k')), "k"));
	CHECK(!strcmp(decide(keys, 2, peer(0, 'l')), "l"));
	CHECK(!strcmp(decide(keys, 2, peer('X', 'm')), "no match"));
	CHECK(!strcmp(decide(any, 1, peer('X', 'm')), "any"));
	CHECK(!strcmp(decide(NULL, 0, peer('X', 'm')), "no match"));
}

static void proofs(void)
{
	struct btns_prefix one = prefix("10.0.0.1");
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', &one, 1), wildcard("any", NULL, 0),
	};
	struct btns_pad_peer p = peer('X', 'x');
	struct btns_pad_decision d;

	p.proof = BTNS_PAD_PROOF_NONE;
	CHECK(!strcmp(decide(rules, 2, p), "method"));
	p.proof = BTNS_PAD_PROOF_SECRET;
	CHECK(!strcmp(decide(rules, 2, p), "method"));
	p = peer('D', 'd');
	p.proof = BTNS_PAD_PROOF_SECRET;
	CHECK(!strcmp(decide(rules, 2, p), "method"));
	p.proof = 200;
	CHECK(!strcmp(decide(rules, 2, p), "method"));
	p = peer('X', 'x');
	p.has_key = false;
	CHECK(!strcmp(decide(rules, 2, p), "no key"));

	/* a word by hand needs an entry as well, and is marked as such */
	p = peer('D', 'd');
	p.proof = BTNS_PAD_PROOF_MANUAL;
	p.has_key = false;
	CHECK(btns_pad_match(rules, 2, &p, &d));
	CHECK_EQ(d.method, BTNS_AUTH_METHOD_MANUAL);
	CHECK(!d.btns);
	p.has_key = true;
	p.key[0] = 'x';
	CHECK(!strcmp(decide(rules, 2, p), "wrong key"));
	p = peer('X', 'x');
	p.proof = BTNS_PAD_PROOF_MANUAL;
	p.has_key = false;
	CHECK(!strcmp(decide(rules, 2, p), "no match"));
	p.id_type = BTNS_ID_TYPE_PUBLICKEY;
	CHECK(btns_pad_match(rules, 2, &p, &d));
	CHECK_EQ(d.method, BTNS_AUTH_METHOD_MANUAL);
	CHECK(d.btns);
}

/* B04 U05: each named entry by its own method, and nobody else by another */
static void methods(void)
{
	static const struct {
		__u8 method, proof;
		bool keyless;
		const char *known, *unknown;
	} cases[] = {
		{ BTNS_AUTH_METHOD_NONE, BTNS_PAD_PROOF_SIGNATURE, false,
		  "db", "any" },
		{ BTNS_AUTH_METHOD_RAWKEY, BTNS_PAD_PROOF_SIGNATURE, false,
		  "db", "any" },
		{ BTNS_AUTH_METHOD_RAWKEY, BTNS_PAD_PROOF_CERT, false,
		  "method", "method" },
		{ BTNS_AUTH_METHOD_RAWKEY, BTNS_PAD_PROOF_SECRET, true,
		  "method", "method" },
		{ BTNS_AUTH_METHOD_RAWKEY, BTNS_PAD_PROOF_SIGNATURE, true,
		  "no key", "no key" },
		{ BTNS_AUTH_METHOD_CERT, BTNS_PAD_PROOF_CERT, false,
		  "db", "method" },
		{ BTNS_AUTH_METHOD_CERT, BTNS_PAD_PROOF_CERT, true,
		  "no key", "method" },
		{ BTNS_AUTH_METHOD_CERT, BTNS_PAD_PROOF_SIGNATURE, false,
		  "method", "any" },
		{ BTNS_AUTH_METHOD_CERT, BTNS_PAD_PROOF_SECRET, true,
		  "method", "method" },
		{ BTNS_AUTH_METHOD_PSK, BTNS_PAD_PROOF_SECRET, true,
		  "db", "method" },
		{ BTNS_AUTH_METHOD_PSK, BTNS_PAD_PROOF_SIGNATURE, false,
		  "method", "any" },
		{ BTNS_AUTH_METHOD_PSK, BTNS_PAD_PROOF_CERT, false,
		  "method", "method" },
		{ BTNS_AUTH_METHOD_PSK, BTNS_PAD_PROOF_NONE, true,
		  "method", "method" },
	};
	struct btns_prefix one = prefix("10.0.0.1");
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', &one, 1), wildcard("any", NULL, 0),
	};
	struct btns_pad_decision d;
	struct btns_pad_peer p;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		rules[0].method = cases[i].method;
		rules[0].key_count = cases[i].method != BTNS_AUTH_METHOD_PSK;
		CHECK_EQ(btns_pad_check(rules, 2, NULL), BTNS_PAD_FAULT_NONE);
		p = peer('D', 'd');
		p.proof = cases[i].proof;
		p.has_key = !cases[i].keyless;
		if (!CHECK(!strcmp(decide(rules, 2, p), cases[i].known)))
			ktap_note("case %zu: %s", i, decide(rules, 2, p));
		if (btns_pad_match(rules, 2, &p, &d))
			CHECK_EQ(d.method, btns_pad_method(&rules[0]));
		p = peer('X', 'd');
		p.proof = cases[i].proof;
		p.has_key = !cases[i].keyless;
		if (!CHECK(!strcmp(decide(rules, 2, p), cases[i].unknown)))
			ktap_note("stranger %zu: %s", i, decide(rules, 2, p));
	}
	/* a certificate of another key than those that the entry names */
	rules[0].method = BTNS_AUTH_METHOD_CERT;
	rules[0].key_count = 1;
	p = peer('D', 'x');
	p.proof = BTNS_PAD_PROOF_CERT;
	CHECK(!strcmp(decide(rules, 2, p), "wrong key"));
	rules[0].key_count = 0;
	CHECK(!strcmp(decide(rules, 2, p), "db"));

	rules[0].method = BTNS_AUTH_METHOD_PSK;
	rules[0].key_count = 1;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_PSK_KEY);
	rules[0].method = BTNS_AUTH_METHOD_MANUAL;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_METHOD);
	rules[0].method = BTNS_AUTH_METHOD_BTNS;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_METHOD);
	rules[1].method = BTNS_AUTH_METHOD_PSK;
	CHECK_EQ(btns_pad_rule_check(&rules[1]), BTNS_PAD_FAULT_METHOD);
}

static void several_keys(void)
{
	struct btns_prefix one = prefix("10.0.0.1");
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', &one, 1), wildcard("any", NULL, 0),
	};

	memset(rules[0].keys[1], 'e', BTNS_DIGEST_LEN);
	CHECK(!strcmp(decide(rules, 2, peer('D', 'e')), "wrong key"));
	rules[0].key_count = 2;
	CHECK(!strcmp(decide(rules, 2, peer('D', 'e')), "db"));
	CHECK(!strcmp(decide(rules, 2, peer('D', 'd')), "db"));
	CHECK(!strcmp(decide(rules, 2, peer('D', 'f')), "wrong key"));
	rules[0].key_count = BTNS_PAD_KEYS_MAX;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_NONE);
	rules[0].key_count++;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_KEYS);
}

static void no_entry(void)
{
	struct btns_pad_rule rules[] = { named("db", 'D', 'd', NULL, 0) };

	CHECK(!strcmp(decide(rules, 1, peer('X', 'x')), "no match"));
	CHECK(!strcmp(decide(rules, 1, peer(0, 'd')), "no match"));
}

/* ---- addresses ---------------------------------------------------------- */

static void owned(void)
{
	struct btns_prefix db = prefix("10.1.0.0/16");
	struct btns_prefix k = prefix("10.2.0.0/16");
	struct btns_prefix db6 = prefix("2001:db8:1::/48");
	struct btns_prefix two[] = { db, db6 };
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', two, 2), keyed("k", 'k', &k, 1),
		keyed("l", 'l', NULL, 0), wildcard("any", NULL, 0),
	};
	static const struct {
		size_t index;
		const char *remote;
		enum btns_pad_child want;
		size_t owner;
	} t[] = {
		{ 0, "10.1.2.3", BTNS_PAD_CHILD_OK, 0 },
		{ 0, "10.1.0.0/16", BTNS_PAD_CHILD_OK, 0 },
		{ 0, "10.0.0.0/8", BTNS_PAD_CHILD_OUTSIDE, 0 },
		{ 0, "10.2.0.1", BTNS_PAD_CHILD_OUTSIDE, 0 },
		{ 0, "2001:db8:1::1", BTNS_PAD_CHILD_OK, 0 },
		{ 1, "10.2.0.1", BTNS_PAD_CHILD_OK, 0 },
		{ 1, "10.1.0.1", BTNS_PAD_CHILD_OUTSIDE, 0 },
		{ 2, "10.1.0.1", BTNS_PAD_CHILD_OWNED, 0 },
		{ 2, "10.2.0.1", BTNS_PAD_CHILD_OWNED, 1 },
		{ 2, "10.3.0.1", BTNS_PAD_CHILD_OK, 0 },
		{ 3, "10.1.0.1", BTNS_PAD_CHILD_OWNED, 0 },
		{ 3, "10.2.0.1", BTNS_PAD_CHILD_OWNED, 1 },
		{ 3, "10.0.0.0/8", BTNS_PAD_CHILD_OWNED, 0 },
		{ 3, "0.0.0.0/0", BTNS_PAD_CHILD_OWNED, 0 },
		{ 3, "2001:db8:1:2::/64", BTNS_PAD_CHILD_OWNED, 0 },
		{ 3, "::/0", BTNS_PAD_CHILD_OWNED, 0 },
		{ 3, "10.3.0.1", BTNS_PAD_CHILD_OK, 0 },
		{ 4, "10.3.0.1", BTNS_PAD_CHILD_OUTSIDE, 0 },
	};
	size_t i, owner;

	CHECK_EQ(btns_pad_check(rules, 4, NULL), BTNS_PAD_FAULT_NONE);
	for (i = 0; i < COUNT(t); i++) {
		struct btns_prefix remote = prefix(t[i].remote);

		owner = 99;
		if (!CHECK_EQ(btns_pad_child(rules, 4, t[i].index, &remote,
					     &owner), t[i].want))
			ktap_note("entry %zu, %s", t[i].index, t[i].remote);
		if (t[i].want == BTNS_PAD_CHILD_OWNED)
			CHECK_EQ(owner, t[i].owner);
	}
	/* two keys that both name an address share it */
	rules[2].prefixes = &k;
	rules[2].prefix_count = 1;
	k = prefix("10.2.0.0/16");
	CHECK_EQ(btns_pad_child(rules, 4, 2, &k, NULL), BTNS_PAD_CHILD_OK);
}

static void narrowed(void)
{
	struct btns_prefix db[] = {
		prefix("10.1.0.0/16"), prefix("10.3.0.0/24"),
	};
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', db, 2), wildcard("any", NULL, 0),
	};
	struct btns_prefix remote = prefix("10.0.0.0/8"), want;
	struct btns_prefix keep = prefix("10.2.0.1");

	CHECK(btns_pad_narrow(rules, 2, 1, &keep, &remote));
	want = prefix("10.2.0.0/16");
	CHECK(!memcmp(&remote, &want, sizeof(want)));
	CHECK_EQ(btns_pad_child(rules, 2, 1, &remote, NULL), BTNS_PAD_CHILD_OK);

	/* what asked for it is owned: nothing is left to narrow to */
	remote = prefix("10.0.0.0/8");
	keep = prefix("10.1.0.1");
	CHECK(!btns_pad_narrow(rules, 2, 1, &keep, &remote));
	want = prefix("10.0.0.0/8");
	CHECK(!memcmp(&remote, &want, sizeof(want)));
	/* a named peer is cut to what it has */
	CHECK(btns_pad_narrow(rules, 2, 0, &keep, &remote));
	CHECK(!memcmp(&remote, &db[0], sizeof(remote)));
	/* what must stay has to be there to begin with */
	CHECK(!btns_pad_narrow(rules, 2, 1, &keep, &db[1]));
}

/* ---- prefixes and selectors --------------------------------------------- */

static void shapes(void)
{
	struct btns_prefix a = prefix("10.0.0.0/8"), p;
	struct btns_selector s, t, out;

	a.len = 33;
	CHECK(!btns_prefix_valid(&a));
	a = prefix("10.0.0.0/8");
	a.addr[12] = 1;
	CHECK(!btns_prefix_valid(&a));
	a.family = 77;
	CHECK(!btns_prefix_valid(&a));
	memset(&a, 0, sizeof(a));
	CHECK(!btns_prefix_valid(&a));
	a = prefix("::/0");
	p = prefix("0.0.0.0/0");
	CHECK(!btns_prefix_overlap(&a, &p));
	CHECK(btns_prefix_contains(&a, &a));
	a = prefix("2001:db8::1");
	CHECK_EQ(a.len, 128);
	CHECK(btns_prefix_contains(&a, &a));

	s = selector("10.0.0.1", "10.0.0.0/24", 6, 0, 80);
	s.proto = 0;
	CHECK(!btns_selector_valid(&s));
	s.proto = 6;
	s.remote = prefix("::/0");
	CHECK(!btns_selector_valid(&s));

	s = selector("10.0.0.1", "10.0.0.0/24", 6, 0, 80);
	t = selector("10.0.0.0/8", "10.0.0.7", 0, 0, 0);
	memset(&out, 7, sizeof(out));
	CHECK(btns_selector_intersect(&s, &t, &out));
	CHECK(btns_selector_contains(&s, &out));
	CHECK(btns_selector_contains(&t, &out));
	CHECK_EQ(out.rport, 80);
	t.remote = prefix("10.0.1.0/24");
	memset(&out, 7, sizeof(out));
	CHECK(!btns_selector_intersect(&s, &t, &out));
	CHECK_EQ(out.proto, 7);
}

/* RFC 7619: who proves nothing is for one entry, and nobody else is */
static void unauthenticated(void)
{
	struct btns_prefix db = prefix("10.0.0.1"), net = prefix("10.0.0.0/24");
	struct btns_prefix wide = prefix("10.0.0.0/8"), at = db;
	struct btns_prefix far = prefix("10.9.0.1");
	struct btns_pad_rule rules[] = {
		named("db", 'D', 'd', &db, 1), wildcard("any", &net, 1),
		anonymous(NULL, 0),
	};
	struct btns_pad_peer p = peer(0, 'x');
	struct btns_pad_decision d;

	CHECK(!strcmp(decide(rules + 2, 1, p), "no match"));
	p.proof = BTNS_PAD_PROOF_NONE;
	p.has_key = false;
	CHECK(btns_pad_match(rules, 3, &p, &d) && d.index == 2 && d.btns);
	CHECK(!d.id_type && !d.method && !d.named);
	CHECK(!strcmp(decide(rules, 2, p), "method"));
	/* B04: the name of an entry is not for the asking */
	p.id_type = BTNS_ID_TYPE_FQDN;
	CHECK(!strcmp(decide(rules, 3, p), "anon"));
	memset(p.id_digest, 'D', sizeof(p.id_digest));
	CHECK(!strcmp(decide(rules, 3, p), "method"));

	/* B09: and neither are the addresses of any other */
	CHECK_EQ(btns_pad_child(rules, 3, 2, &at, NULL), BTNS_PAD_CHILD_OWNED);
	CHECK(btns_pad_narrow(rules, 3, 2, &far, &wide) && wide.len > 8);

	CHECK_EQ(btns_pad_check(rules + 1, 2, NULL), BTNS_PAD_FAULT_NONE);
	rules[0] = anonymous(&net, 1);
	rules[0].name = "more";
	CHECK_EQ(btns_pad_pair_check(&rules[0], &rules[2]),
		 BTNS_PAD_FAULT_ANONYMOUS);
	CHECK_EQ(btns_pad_pair_check(&rules[0], &rules[1]),
		 BTNS_PAD_FAULT_OVERLAP);
	rules[1] = named("v", 'A', 'a', NULL, 0);
	CHECK_EQ(btns_pad_pair_check(&rules[0], &rules[1]),
		 BTNS_PAD_FAULT_UNBOUND);
	rules[0].flags |= BTNS_PAD_FLAGS_BTNS;
	CHECK_EQ(btns_pad_rule_check(&rules[0]), BTNS_PAD_FAULT_FLAGS);
}

static void random_worlds(void)
{
	unsigned int i;

	for (i = 0; i < 4000; i++) {
		struct source src = { .seed = i };

		world(&src);
	}
	CHECK(i);
}

static const struct ktap_test tests[] = {
	{ "prefixes and selectors are checked for form", shapes },
	{ "B01 B07 BTNS entries are searched after all others", order },
	{ "B02 B08 B09 one wildcard, last, apart from all others", one_wildcard },
	{ "U04 a PAD entry that makes no sense is refused", faults },
	{ "B03 an unknown peer is its key, whatever it asserts", becomes_key },
	{ "B04 a wrong key for a known identity ends the search", no_fall_through },
	{ "U04 BTNS entries match a key or any key", kinds_of_entry },
	{ "U05 U07 only a signature matches BTNS entries", proofs },
	{ "B04 U05 a named entry is proved by its method and no other",
	  methods },
	{ "U11 a named entry may have several keys", several_keys },
	{ "U08 no entry, no peer", no_entry },
	{ "B09 U12 what others own is refused to BTNS peers", owned },
	{ "B09 a wide proposal is narrowed around what others own", narrowed },
	{ "U05 B04 B09 who proves nothing is for the anonymous entry alone",
	  unauthenticated },
	{ "U06 random databases agree with a naive search", random_worlds },
};

int main(void)
{
	return KTAP_RUN(tests);
}
