// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/pad_match.h: the rules of RFC 5386 section 2 and the examples of its
 * section 3, then random databases against the naive oracle.
 */
#include <arpa/inet.h>

#include "ktap.h"
#include "pad_oracle.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- a small language for tables ---------------------------------------- */

/* "10.0.0.1" or "10.0.0.0/8"; a wrong one makes the test fail loudly. */
static struct btns_prefix prefix(const char *text)
{
	struct btns_prefix p = { 0 };
	char buf[64], *slash;

	snprintf(buf, sizeof(buf), "%s", text);
	slash = strchr(buf, '/');
	if (slash)
		*slash = '\0';
	p.family = strchr(buf, ':') ? AF_INET6 : AF_INET;
	ORACLE(inet_pton(p.family, buf, p.addr) == 1);
	p.len = slash ? (unsigned int)atoi(slash + 1) :
			btns_family_bits(p.family);
	ORACLE(btns_prefix_valid(&p));
	return p;
}

static struct btns_selector selector(const char *local, const char *remote,
				     __u8 proto, __u16 lport, __u16 rport)
{
	struct btns_selector s;

	memset(&s, 0, sizeof(s));
	s.local = prefix(local);
	s.remote = prefix(remote);
	s.proto = proto;
	s.lport = lport;
	s.rport = rport;
	s.lmask = lport ? BTNS_PORT_ONE : 0;
	s.rmask = rport ? BTNS_PORT_ONE : 0;
	ORACLE(btns_selector_valid(&s));
	return s;
}

/* An identity or key is one letter; its "digest" is 32 of it. */
static struct btns_pad_rule named(const char *name, char id, char key,
				  const struct btns_prefix *p, unsigned int n)
{
	struct btns_pad_rule r = {
		.name = name, .id_type = BTNS_ID_TYPE_FQDN, .key_count = 1,
		.prefixes = p, .prefix_count = n,
	};

	memset(r.id_digest, id, sizeof(r.id_digest));
	memset(r.keys[0], key, sizeof(r.keys[0]));
	return r;
}

static struct btns_pad_rule keyed(const char *name, char key,
				  const struct btns_prefix *p, unsigned int n)
{
	struct btns_pad_rule r = {
		.name = name, .flags = BTNS_PAD_FLAGS_BTNS,
		.id_type = BTNS_ID_TYPE_PUBLICKEY,
		.prefixes = p, .prefix_count = n,
	};

	memset(r.id_digest, key, sizeof(r.id_digest));
	return r;
}

static struct btns_pad_rule wildcard(const char *name,
				     const struct btns_prefix *p,
				     unsigned int n)
{
	struct btns_pad_rule r = {
		.name = name,
		.flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD,
		.prefixes = p, .prefix_count = n,
	};

	return r;
}

static struct btns_pad_rule anonymous(const struct btns_prefix *p,
				      unsigned int n)
{
	struct btns_pad_rule r = {
		.name = "anon", .flags = BTNS_PAD_FLAGS_ANONYMOUS,
		.prefixes = p, .prefix_count = n,
	};

	return r;
}

/* id 0: ID_NULL */
static struct btns_pad_peer peer(char id, char key)
{
	struct btns_pad_peer p = {
		.proof = BTNS_PAD_PROOF_SIGNATURE, .has_key = true,
		.id_type = id ? BTNS_ID_TYPE_FQDN : BTNS_ID_TYPE_NONE,
	};

	memset(p.id_digest, id, sizeof(p.id_digest));
	memset(p.key, key, sizeof(p.key));
	return p;
}

static struct btns_spd_rule policy(struct btns_selector sel,
				   enum btns_spd_action action, bool btns_ok)
{
	struct btns_spd_rule r = {
		.sel = sel, .action = action, .btns_ok = btns_ok,
	};

	return r;
}

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

/* ---- the examples of RFC 5386 section 3 --------------------------------- */

/* SG-A is 192.0.2.1, Q 192.0.2.10, R 192.0.2.20, C 198.51.100.7, B's net */
#define SG_A "192.0.2.1"
#define Q "192.0.2.10"
#define R "192.0.2.20"
#define C "198.51.100.7"
#define B_NET "10.2.0.0/16"
#define B_HOST "10.2.0.5"
#define ANY "0.0.0.0/0"

struct gateway {
	struct btns_prefix b, q;
	struct btns_pad_rule pad[3];
	struct btns_spd_rule spd[4];
};

static void gateway(struct gateway *g)
{
	g->b = prefix(B_NET);
	g->q = prefix(Q);
	g->pad[0] = named("B", 'B', 'b', &g->b, 1);
	g->pad[1] = named("Q", 'Q', 'q', &g->q, 1);
	g->pad[2] = wildcard("any", NULL, 0);
	ORACLE(!btns_pad_check(g->pad, 3, NULL));
	g->spd[0] = policy(selector(ANY, R, 0, 0, 0), BTNS_SPD_CLEAR, false);
	g->spd[1] = policy(selector(ANY, Q, 0, 0, 0), BTNS_SPD_PROTECT, false);
	g->spd[2] = policy(selector(ANY, B_NET, 0, 0, 0), BTNS_SPD_PROTECT,
			   false);
	g->spd[3] = policy(selector(SG_A, ANY, 0, 0, 0), BTNS_SPD_PROTECT,
			   true);
}

/* Identity, addresses, policy: may this peer have this child SA? */
static bool child_of(const struct btns_pad_rule *pad, size_t npad,
		     const struct btns_spd_rule *spd, size_t nspd,
		     struct btns_pad_peer p, struct btns_selector sel)
{
	struct btns_pad_decision d;

	return btns_pad_match(pad, npad, &p, &d) &&
	       btns_pad_child(pad, npad, d.index, &sel.remote, NULL) ==
	       BTNS_PAD_CHILD_OK &&
	       btns_spd_child(spd, nspd, d.btns, &sel, NULL) == BTNS_SPD_OK;
}

static bool at_gateway(struct btns_pad_peer p, const char *remote)
{
	struct gateway g;

	gateway(&g);
	return child_of(g.pad, 3, g.spd, 4, p, selector(SG_A, remote, 0, 0, 0));
}

static void t_named(void)
{
	CHECK(at_gateway(peer('Q', 'q'), Q));
	CHECK(!at_gateway(peer('Q', 'q'), B_HOST));
	CHECK(!at_gateway(peer('Q', 'q'), C));
	CHECK(at_gateway(peer('B', 'b'), B_HOST));
	CHECK(at_gateway(peer('B', 'b'), B_NET));
	CHECK(!at_gateway(peer('B', 'b'), Q));
}

static void t_unknown(void)
{
	CHECK(at_gateway(peer('C', 'c'), C));
	CHECK(at_gateway(peer(0, 'c'), C));
	CHECK(!at_gateway(peer('C', 'c'), Q));
	CHECK(!at_gateway(peer('C', 'c'), B_HOST));
	CHECK(!at_gateway(peer('C', 'c'), B_NET));
	CHECK(!at_gateway(peer('C', 'c'), R));
	CHECK(!at_gateway(peer('C', 'c'), ANY));
}

static void t_asserts(void)
{
	CHECK(!at_gateway(peer('Q', 'x'), Q));
	CHECK(!at_gateway(peer('B', 'x'), B_HOST));
	CHECK(!at_gateway(peer('Q', 'x'), C));
	CHECK(!at_gateway(peer('Q', 'b'), Q));
}

static void t_proposes(void)
{
	struct btns_selector keep, sel;
	struct gateway g;

	CHECK(!at_gateway(peer('X', 'x'), Q));
	CHECK(!at_gateway(peer('X', 'x'), B_HOST));
	CHECK(!at_gateway(peer('X', 'x'), "192.0.2.0/24"));

	/* and cannot get there by a wide proposal with a narrow first one */
	gateway(&g);
	keep = selector(SG_A, C, 6, 0, 0);
	sel = selector(SG_A, ANY, 0, 0, 0);
	CHECK(btns_pad_narrow(g.pad, 3, 2, &keep.remote, &sel.remote));
	CHECK_EQ(btns_spd_narrow(g.spd, 4, true, &keep, &sel), BTNS_SPD_OK);
	CHECK(!btns_prefix_overlap(&sel.remote, &g.q));
	CHECK(!btns_prefix_overlap(&sel.remote, &g.b));
	CHECK(btns_selector_contains(&sel, &keep));
}

static void t_same_address(void)
{
	/* any key may have C's address: that is what latches are for */
	CHECK(at_gateway(peer('X', 'x'), C));
	CHECK(at_gateway(peer('C', 'c'), C));
}

static void t_server(void)
{
	struct btns_prefix a = prefix(SG_A);
	struct btns_pad_rule pad[] = {
		named("A", 'A', 'a', &a, 1), wildcard("any", NULL, 0),
	};
	struct btns_spd_rule spd[] = {
		policy(selector(Q, SG_A, 0, 0, 0), BTNS_SPD_PROTECT, false),
		policy(selector(Q, ANY, 6, 2049, 0), BTNS_SPD_PROTECT, true),
	};
	struct btns_selector keep, sel;

	CHECK(child_of(pad, 2, spd, 2, peer('X', 'x'),
		       selector(Q, C, 6, 2049, 0)));
	CHECK(child_of(pad, 2, spd, 2, peer('X', 'x'),
		       selector(Q, C, 6, 2049, 700)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 6, 22, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 17, 2049, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, C, 0, 0, 0)));
	CHECK(!child_of(pad, 2, spd, 2, peer('X', 'x'),
			selector(Q, SG_A, 6, 2049, 0)));
	CHECK(child_of(pad, 2, spd, 2, peer('A', 'a'),
		       selector(Q, SG_A, 0, 0, 0)));

	keep = selector(Q, C, 6, 2049, 700);
	sel = selector(Q, C, 0, 0, 0);
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &keep, &sel), BTNS_SPD_OK);
	CHECK_EQ(sel.lport, 2049);
	CHECK_EQ(sel.rport, 0);
	CHECK_EQ(sel.proto, 6);
}

static void t_client(void)
{
	struct btns_pad_rule pad[] = { wildcard("any", NULL, 0) };
	struct btns_spd_rule spd[] = {
		policy(selector(C, ANY, 6, 0, 2049), BTNS_SPD_PROTECT, true),
		policy(selector(ANY, ANY, 0, 0, 0), BTNS_SPD_CLEAR, false),
	};

	CHECK(child_of(pad, 1, spd, 2, peer('Q', 'q'),
		       selector(C, Q, 6, 0, 2049)));
	CHECK(!child_of(pad, 1, spd, 2, peer('X', 'x'),
			selector(C, Q, 6, 0, 22)));
	CHECK(!child_of(pad, 1, spd, 2, peer('X', 'x'),
			selector(C, Q, 6, 0, 0)));
}

/* ---- BTNS_OK ------------------------------------------------------------ */

static void btns_ok(void)
{
	struct btns_selector all = selector(Q, ANY, 0, 0, 0);
	struct btns_selector web = selector(Q, ANY, 6, 443, 0);
	struct btns_selector one = selector(Q, C, 6, 443, 0);
	struct btns_selector keep = selector(Q, C, 6, 80, 0), sel;
	struct btns_spd_rule spd[] = {
		policy(web, BTNS_SPD_PROTECT, false),
		policy(all, BTNS_SPD_PROTECT, true),
	};
	size_t at = 0;

	/* the flag counts for BTNS peers only */
	CHECK_EQ(btns_spd_child(spd, 2, true, &one, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(at, 0);
	CHECK_EQ(btns_spd_child(spd, 2, false, &one, &at), BTNS_SPD_OK);
	CHECK_EQ(at, 0);
	spd[0].btns_ok = true;
	CHECK_EQ(btns_spd_child(spd, 2, true, &one, &at), BTNS_SPD_OK);
	spd[0].btns_ok = false;

	/* wide, and so reaching into what is protected for others */
	CHECK_EQ(btns_spd_child(spd, 2, true, &all, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(btns_spd_child(spd, 2, false, &all, &at), BTNS_SPD_OK);
	CHECK_EQ(at, 1);
	sel = all;
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &keep, &sel), BTNS_SPD_OK);
	CHECK(!btns_selector_overlap(&sel, &web));
	CHECK(btns_selector_contains(&sel, &keep));
	sel = all;
	CHECK_EQ(btns_spd_narrow(spd, 2, true, &one, &sel),
		 BTNS_SPD_NOT_BTNS_OK);
	CHECK(!memcmp(&sel, &all, sizeof(sel)));

	/* IKE's own bypass is no reason to refuse the rest */
	spd[0] = policy(selector(Q, ANY, 17, 500, 0), BTNS_SPD_CLEAR, false);
	CHECK_EQ(btns_spd_child(spd, 2, true, &all, &at), BTNS_SPD_OK);
	sel = selector(Q, C, 17, 500, 0);
	CHECK_EQ(btns_spd_child(spd, 2, true, &sel, &at),
		 BTNS_SPD_NOT_PROTECTED);
	spd[0].action = BTNS_SPD_BLOCK;
	CHECK_EQ(btns_spd_child(spd, 2, false, &sel, &at),
		 BTNS_SPD_NOT_PROTECTED);

	/* known only roughly: it may refuse, it lets nobody in */
	spd[0] = policy(all, BTNS_SPD_PROTECT, true);
	spd[0].inexact = true;
	CHECK_EQ(btns_spd_child(spd, 1, true, &one, &at), BTNS_SPD_NO_POLICY);
	CHECK_EQ(btns_spd_child(spd, 1, false, &one, &at), BTNS_SPD_NO_POLICY);
	spd[0].btns_ok = false;
	CHECK_EQ(btns_spd_child(spd, 1, true, &one, &at), BTNS_SPD_NOT_BTNS_OK);
	CHECK_EQ(btns_spd_child(NULL, 0, false, &one, &at),
		 BTNS_SPD_NO_POLICY);
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
	{ "T01 T02 named peers get their own addresses", t_named },
	{ "T04 an unknown peer gets what nobody owns", t_unknown },
	{ "T05 a rogue that asserts another's identity is refused", t_asserts },
	{ "T06 U14 a rogue that proposes another's addresses is refused", t_proposes },
	{ "T07 a rogue may have the address of an unknown peer", t_same_address },
	{ "T08 T09 an NFS server is open to strangers on its port only", t_server },
	{ "T10 a BTNS client protects one remote port only", t_client },
	{ "U09 BTNS peers get only what BTNS_OK policies protect", btns_ok },
	{ "U05 B04 B09 who proves nothing is for the anonymous entry alone",
	  unauthenticated },
	{ "U06 random databases agree with a naive search", random_worlds },
};

int main(void)
{
	return KTAP_RUN(tests);
}
