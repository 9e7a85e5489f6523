/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What pad_match.h must say, worked out the slow and obvious way: in a world
 * of few addresses, protocols and ports every packet is looked at. Used by
 * test_pad_match (random input) and fuzz_pad (libFuzzer's input).
 */
#ifndef TESTS_UNIT_PAD_ORACLE_H
#define TESTS_UNIT_PAD_ORACLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/pad_match.h"

#ifndef WORLD_BITS
#define WORLD_BITS	4	/* of an address that differ */
#endif
#define WORLD_ADDRS	(1 << WORLD_BITS) /* from 10.0.0.0, or 2001:: */
#define WORLD_PROTOS	3	/* 6, 17, 58 */
#define WORLD_PORTS	4	/* 0 to 3: more than any range has */
#define WORLD_KEYS	4
#define WORLD_IDS	3
#define WORLD_RULES	7

/* Where the choices come from: a generator, or the fuzzer's bytes. */
struct source {
	const uint8_t *data;
	size_t size;
	uint64_t seed;
};

static inline unsigned int pick(struct source *src, unsigned int below)
{
	if (src->data) {
		if (!src->size)
			return 0;
		src->size--;
		return *src->data++ % below;
	}
	src->seed = src->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(src->seed >> 33) % below;
}

#define ORACLE(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: not true: %s\n",	\
				__FILE__, __LINE__, #cond);		\
			abort();					\
		}							\
	} while (0)

/* ---- addresses ---------------------------------------------------------- */

static inline void world_addr(__u8 family, unsigned int i, __u8 *addr)
{
	memset(addr, 0, 16);
	if (family == AF_INET) {
		addr[0] = 10;
		addr[3] = i;
	} else {
		addr[0] = 0x20;
		addr[1] = 0x01;
		addr[15] = i;
	}
}

static inline bool bit(const __u8 *addr, unsigned int n)
{
	return addr[n / 8] >> (7 - n % 8) & 1;
}

/* Bit by bit. */
static inline bool in_prefix(const struct btns_prefix *p, __u8 family,
			     unsigned int i)
{
	__u8 addr[16];
	unsigned int n;

	world_addr(family, i, addr);
	if (p->family != family)
		return false;
	for (n = 0; n < p->len; n++)
		if (bit(addr, n) != bit(p->addr, n))
			return false;
	return true;
}

static inline __u8 pick_family(struct source *src)
{
	return pick(src, 8) ? AF_INET : AF_INET6;
}

/* Lengths are such that all that differs is inside the world. */
static inline struct btns_prefix pick_prefix(struct source *src, __u8 family)
{
	unsigned int bits = family == AF_INET ? 32 : 128;
	struct btns_prefix p = { .family = family };

	world_addr(family, pick(src, WORLD_ADDRS), p.addr);
	p.len = bits - pick(src, WORLD_BITS + 1);
	btns_prefix_trim(&p);
	ORACLE(btns_prefix_valid(&p));
	return p;
}

static inline bool oracle_contains(const struct btns_prefix *outer,
				   const struct btns_prefix *inner)
{
	unsigned int i;

	if (outer->family != inner->family)
		return false;
	for (i = 0; i < WORLD_ADDRS; i++)
		if (in_prefix(inner, inner->family, i) &&
		    !in_prefix(outer, inner->family, i))
			return false;
	return true;
}

static inline bool oracle_overlap(const struct btns_prefix *a,
				  const struct btns_prefix *b)
{
	unsigned int i;

	for (i = 0; i < WORLD_ADDRS; i++)
		if (in_prefix(a, AF_INET, i) && in_prefix(b, AF_INET, i))
			return true;
	for (i = 0; i < WORLD_ADDRS; i++)
		if (in_prefix(a, AF_INET6, i) && in_prefix(b, AF_INET6, i))
			return true;
	return false;
}

static inline void world_prefixes(struct source *src)
{
	struct btns_prefix a = pick_prefix(src, pick_family(src));
	struct btns_prefix b = pick_prefix(src, pick_family(src));

	ORACLE(btns_prefix_contains(&a, &b) == oracle_contains(&a, &b));
	ORACLE(btns_prefix_overlap(&a, &b) == oracle_overlap(&a, &b));
}

/* ---- the PAD ------------------------------------------------------------ */

static const __u8 world_types[] = {
	BTNS_ID_TYPE_FQDN, BTNS_ID_TYPE_IPV4, BTNS_ID_TYPE_KEY_ID,
};

static const char * const world_names[WORLD_RULES] = {
	"a", "b", "c", "d", "e", "f", "g",
};

struct world_pad {
	struct btns_pad_rule rules[WORLD_RULES];
	struct btns_prefix prefixes[WORLD_RULES][2];
	size_t count;
};

static inline void pick_rule(struct source *src, struct world_pad *pad,
			     size_t i)
{
	struct btns_pad_rule *r = &pad->rules[i];
	unsigned int k;

	memset(r, 0, sizeof(*r));
	r->name = world_names[pick(src, 12) ? i : 0];
	r->prefixes = pad->prefixes[i];
	r->prefix_count = pick(src, 3);
	for (k = 0; k < r->prefix_count; k++)
		pad->prefixes[i][k] = pick_prefix(src, pick_family(src));
	switch (pick(src, 6)) {
	case 5:
		r->flags = BTNS_PAD_FLAGS_ANONYMOUS;
		break;
	case 0:
		r->flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD;
		break;
	case 1:
	case 2:
		r->flags = BTNS_PAD_FLAGS_BTNS;
		r->id_type = BTNS_ID_TYPE_PUBLICKEY;
		r->id_digest[0] = pick(src, WORLD_KEYS);
		break;
	default:
		r->id_type = world_types[pick(src, 3)];
		r->id_digest[0] = pick(src, WORLD_IDS);
		r->key_count = pick(src, 8) ? 1 + pick(src, 2) : 0;
		r->keys[0][0] = pick(src, WORLD_KEYS);
		r->keys[1][0] = pick(src, WORLD_KEYS);
		r->method = pick(src, 2) ? 0 : BTNS_AUTH_METHOD_RAWKEY;
	}
}

/*
 * Rules one by one, each put in its place; what may not be is left out and
 * counted against what the checker says of the pair.
 */
static inline void pick_pad(struct source *src, struct world_pad *pad)
{
	size_t want = pick(src, WORLD_RULES + 1), i, bad;
	struct btns_pad_rule all[WORLD_RULES];
	unsigned int rank;

	pad->count = 0;
	for (i = 0; i < want; i++) {
		struct btns_pad_rule *r = &pad->rules[pad->count];
		bool fits = true;
		size_t j;

		pick_rule(src, pad, pad->count);
		ORACLE(btns_pad_rule_check(r) == BTNS_PAD_FAULT_NONE);
		for (j = 0; j < pad->count; j++)
			if (btns_pad_pair_check(r, &pad->rules[j]))
				fits = false;
		pad->count += fits;
	}
	memcpy(all, pad->rules, sizeof(all));
	for (rank = 0, i = 0; rank < BTNS_PAD_RANKS; rank++) {
		size_t j;

		for (j = 0; j < pad->count; j++)
			if (btns_pad_rank(&all[j]) == rank)
				pad->rules[i++] = all[j];
	}
	ORACLE(btns_pad_check(pad->rules, pad->count, &bad) ==
	       BTNS_PAD_FAULT_NONE);
}

/* One pass over the sorted array: the other way that the RFC allows. */
static inline bool single_pass(const struct world_pad *pad,
			       const struct btns_pad_peer *peer, size_t *at)
{
	size_t i;

	for (i = 0; i < pad->count; i++) {
		const struct btns_pad_rule *r = &pad->rules[i];

		*at = i;
		if (r->flags & BTNS_PAD_FLAGS_ANONYMOUS)
			return false;
		if (!(r->flags & BTNS_PAD_FLAGS_BTNS)) {
			if (r->id_type == peer->id_type &&
			    r->id_digest[0] == peer->id_digest[0])
				return (r->key_count &&
					r->keys[0][0] == peer->key[0]) ||
				       (r->key_count > 1 &&
					r->keys[1][0] == peer->key[0]);
		} else if (r->flags & BTNS_PAD_FLAGS_WILDCARD ||
			   r->id_digest[0] == peer->key[0]) {
			return true;
		}
	}
	return false;
}

/* Nothing proved: the last entry, if it is for that, and no name is claimed. */
static inline void world_anonymous(const struct world_pad *pad,
				   struct btns_pad_peer peer)
{
	bool ok = pad->count && pad->rules[pad->count - 1].flags &
				BTNS_PAD_FLAGS_ANONYMOUS;
	struct btns_pad_decision d;
	size_t i;

	peer.proof = BTNS_PAD_PROOF_NONE;
	for (i = 0; i < pad->count; i++)
		if (pad->rules[i].id_type == peer.id_type &&
		    peer.id_type != BTNS_ID_TYPE_NONE &&
		    pad->rules[i].id_digest[0] == peer.id_digest[0])
			ok = false;
	ORACLE(btns_pad_match(pad->rules, pad->count, &peer, &d) == ok);
	ORACLE(!ok || (d.index == pad->count - 1 && d.btns && !d.id_type &&
		       !d.method && !d.digest[0]));
}

static inline void world_match(struct source *src, const struct world_pad *pad)
{
	struct btns_pad_decision d;
	struct btns_pad_peer peer = {
		.proof = BTNS_PAD_PROOF_SIGNATURE,
		.has_key = true,
	};
	size_t at = 0;
	bool ok;

	peer.id_type = pick(src, 4) ? world_types[pick(src, 3)] :
				      BTNS_ID_TYPE_NONE;
	peer.id_digest[0] = pick(src, WORLD_IDS);
	peer.key[0] = pick(src, WORLD_KEYS);

	ok = single_pass(pad, &peer, &at);
	ORACLE(btns_pad_match(pad->rules, pad->count, &peer, &d) == ok);
	ORACLE(ok == (d.cause == BTNS_PAD_MATCH));
	if (ok) {
		bool btns = pad->rules[at].flags & BTNS_PAD_FLAGS_BTNS;

		ORACLE(d.index == at && d.btns == btns);
		ORACLE(d.method == (btns ? BTNS_AUTH_METHOD_BTNS :
					   BTNS_AUTH_METHOD_RAWKEY));
		/* B03: the key is who it is, whatever it asserted */
		ORACLE(d.id_type == (btns ? BTNS_ID_TYPE_PUBLICKEY :
					    peer.id_type));
		ORACLE(d.digest[0] == (btns ? peer.key : peer.id_digest)[0]);
	}

	/* U05, U07: no other proof gets in, not even past a wildcard. */
	world_anonymous(pad, peer);
	peer.proof = BTNS_PAD_PROOF_SECRET;
	ORACLE(!btns_pad_match(pad->rules, pad->count, &peer, &d));
	peer.proof = BTNS_PAD_PROOF_SIGNATURE;
	peer.has_key = false;
	ORACLE(!btns_pad_match(pad->rules, pad->count, &peer, &d));
}

/* Addresses one by one: does somebody else own one of them? */
static inline bool oracle_owned(const struct world_pad *pad, size_t index,
				const struct btns_prefix *remote)
{
	const struct btns_pad_rule *me = &pad->rules[index];
	bool anonymous = me->flags & BTNS_PAD_FLAGS_ANONYMOUS;
	unsigned int a, k;
	size_t i;

	if (!me->flags)
		return false;
	for (i = 0; i < pad->count; i++) {
		const struct btns_pad_rule *r = &pad->rules[i];

		if (i == index || r->flags & BTNS_PAD_FLAGS_ANONYMOUS ||
		    (r->flags & BTNS_PAD_FLAGS_WILDCARD && !anonymous))
			continue;
		/* two keys whose entries both name addresses share them */
		if (!anonymous && r->flags & BTNS_PAD_FLAGS_BTNS &&
		    me->prefix_count &&
		    !(me->flags & BTNS_PAD_FLAGS_WILDCARD))
			continue;
		for (k = 0; k < r->prefix_count; k++)
			for (a = 0; a < WORLD_ADDRS; a++)
				if (in_prefix(remote, remote->family, a) &&
				    in_prefix(&r->prefixes[k], remote->family,
					      a))
					return true;
	}
	return false;
}

static inline bool oracle_inside(const struct btns_pad_rule *me,
				 const struct btns_prefix *remote)
{
	unsigned int k;

	for (k = 0; k < me->prefix_count; k++)
		if (oracle_contains(&me->prefixes[k], remote))
			return true;
	return !me->prefix_count;
}

static inline enum btns_pad_child oracle_child(const struct world_pad *pad,
					       size_t index,
					       const struct btns_prefix *remote)
{
	if (!oracle_inside(&pad->rules[index], remote))
		return BTNS_PAD_CHILD_OUTSIDE;
	return oracle_owned(pad, index, remote) ? BTNS_PAD_CHILD_OWNED :
						  BTNS_PAD_CHILD_OK;
}

static inline void world_child(struct source *src, const struct world_pad *pad)
{
	__u8 family = pick_family(src);
	struct btns_prefix keep = pick_prefix(src, family);
	struct btns_prefix wide = keep, got, wider;
	size_t index;

	if (!pad->count)
		return;
	index = pick(src, pad->count);
	ORACLE(btns_pad_child(pad->rules, pad->count, index, &keep, NULL) ==
	       oracle_child(pad, index, &keep));

	wide.len -= pick(src, WORLD_BITS + 1);
	if (wide.len < btns_family_bits(family) - WORLD_BITS)
		wide.len = btns_family_bits(family) - WORLD_BITS;
	btns_prefix_trim(&wide);
	got = wide;
	/* B09: narrowed whenever that can be, and then to something right */
	ORACLE(btns_pad_narrow(pad->rules, pad->count, index, &keep, &got) ==
	       (oracle_child(pad, index, &keep) == BTNS_PAD_CHILD_OK));
	if (oracle_child(pad, index, &keep) != BTNS_PAD_CHILD_OK) {
		ORACLE(!memcmp(&got, &wide, sizeof(got)));
		return;
	}
	ORACLE(oracle_contains(&wide, &got) && oracle_contains(&got, &keep));
	ORACLE(oracle_child(pad, index, &got) == BTNS_PAD_CHILD_OK);
	/* and not more than needed: one bit wider is refused */
	if (got.len == wide.len)
		return;
	wider = got;
	wider.len--;
	btns_prefix_trim(&wider);
	ORACLE(oracle_child(pad, index, &wider) != BTNS_PAD_CHILD_OK);
}

/* ---- policies ----------------------------------------------------------- */

struct packet {
	__u8 local;
	__u8 remote;
	__u8 proto;
	__u8 lport;
	__u8 rport;
};

static const __u8 world_protos[WORLD_PROTOS] = { 6, 17, 58 };

/* any port, one, or a range of two */
static inline void pick_ports(struct source *src, __u16 *port, __u16 *mask)
{
	static const __u16 masks[] = { 0, 0xffff, 0xfffe };

	*mask = masks[pick(src, 3)];
	*port = pick(src, WORLD_PORTS) & *mask;
}

static inline struct btns_selector pick_selector(struct source *src,
						 __u8 family)
{
	struct btns_selector s;

	memset(&s, 0, sizeof(s));
	s.local = pick_prefix(src, family);
	s.remote = pick_prefix(src, family);
	if (pick(src, 2))
		return s;
	s.proto = world_protos[pick(src, WORLD_PROTOS)];
	pick_ports(src, &s.lport, &s.lmask);
	pick_ports(src, &s.rport, &s.rmask);
	return s;
}

static inline bool in_selector(const struct btns_selector *s, __u8 family,
			       const struct packet *p)
{
	return in_prefix(&s->local, family, p->local) &&
	       in_prefix(&s->remote, family, p->remote) &&
	       (!s->proto || s->proto == p->proto) &&
	       (s->lport & s->lmask) == (p->lport & s->lmask) &&
	       (s->rport & s->rmask) == (p->rport & s->rmask);
}

/* Calls @look for each packet there is, until it returns false. */
static inline bool each_packet(bool (*look)(const struct packet *p, void *arg),
			       void *arg)
{
	const unsigned int ports = WORLD_PORTS * WORLD_PORTS;
	const unsigned int all = WORLD_ADDRS * WORLD_ADDRS * WORLD_PROTOS *
				 ports;
	struct packet p;
	unsigned int i;

	for (i = 0; i < all; i++) {
		p.lport = i % WORLD_PORTS;
		p.rport = i / WORLD_PORTS % WORLD_PORTS;
		p.proto = world_protos[i / ports % WORLD_PROTOS];
		p.local = i / ports / WORLD_PROTOS % WORLD_ADDRS;
		p.remote = i / ports / WORLD_PROTOS / WORLD_ADDRS;
		if (!look(&p, arg))
			return false;
	}
	return true;
}

struct judge {
	const struct btns_spd_rule *rules;
	size_t count;
	const struct btns_selector *sel;
	__u8 family;
	bool btns;
	bool overlap[WORLD_RULES];
	bool covers[WORLD_RULES];
};

static inline bool look(const struct packet *p, void *arg)
{
	struct judge *j = arg;
	size_t i;

	if (!in_selector(j->sel, j->family, p))
		return true;
	for (i = 0; i < j->count; i++) {
		if (in_selector(&j->rules[i].sel, j->family, p))
			j->overlap[i] = true;
		else
			j->covers[i] = false;
	}
	return true;
}

static inline enum btns_spd_cause oracle_spd(struct judge *j)
{
	size_t i;

	memset(j->overlap, 0, sizeof(j->overlap));
	memset(j->covers, 1, sizeof(j->covers));
	each_packet(look, j);
	for (i = 0; i < j->count; i++) {
		if (!j->overlap[i])
			continue;
		if (j->btns && j->rules[i].action == BTNS_SPD_PROTECT &&
		    !j->rules[i].btns_ok)
			return BTNS_SPD_NOT_BTNS_OK;
		if (j->covers[i] && !j->rules[i].inexact)
			return j->rules[i].action == BTNS_SPD_PROTECT ?
				BTNS_SPD_OK : BTNS_SPD_NOT_PROTECTED;
	}
	return BTNS_SPD_NO_POLICY;
}

/* What U09 is for: no packet of the SA is protected for somebody else. */
static inline bool is_safe(const struct packet *p, void *arg)
{
	const struct judge *j = arg;
	size_t i;

	if (!in_selector(j->sel, j->family, p))
		return true;
	for (i = 0; i < j->count; i++)
		if (in_selector(&j->rules[i].sel, j->family, p))
			return j->rules[i].action != BTNS_SPD_PROTECT ||
			       j->rules[i].btns_ok;
	return false;
}

static inline void world_spd(struct source *src)
{
	struct btns_spd_rule rules[WORLD_RULES];
	__u8 family = pick_family(src);
	struct judge j = { .rules = rules, .family = family };
	struct btns_selector keep, wide, got;
	enum btns_spd_cause cause;
	size_t i;

	j.count = pick(src, WORLD_RULES + 1);
	for (i = 0; i < j.count; i++) {
		memset(&rules[i], 0, sizeof(rules[i]));
		rules[i].sel = pick_selector(src, family);
		rules[i].action = pick(src, 4);
		if (rules[i].action > BTNS_SPD_PROTECT)
			rules[i].action = BTNS_SPD_PROTECT;
		rules[i].btns_ok = pick(src, 2);
		rules[i].inexact = !pick(src, 8);
	}
	j.btns = pick(src, 3);
	keep = pick_selector(src, family);
	j.sel = &keep;
	cause = oracle_spd(&j);
	ORACLE(btns_spd_child(rules, j.count, j.btns, &keep, NULL) == cause);
	if (cause == BTNS_SPD_OK && j.btns)
		ORACLE(each_packet(is_safe, &j));

	wide = keep;
	wide.remote.len -= 2;
	if (wide.remote.len < btns_family_bits(family) - WORLD_BITS)
		wide.remote.len = btns_family_bits(family) - WORLD_BITS;
	btns_prefix_trim(&wide.remote);
	if (pick(src, 2))
		wide = (struct btns_selector){
			.local = wide.local, .remote = wide.remote,
		};
	got = wide;
	ORACLE(btns_spd_narrow(rules, j.count, j.btns, &keep, &got) == cause);
	ORACLE(btns_selector_contains(&wide, &got));
	ORACLE(btns_selector_contains(&got, &keep));
	j.sel = &got;
	if (cause == BTNS_SPD_OK) {
		ORACLE(btns_selector_valid(&got));
		ORACLE(oracle_spd(&j) == BTNS_SPD_OK);
	} else {
		ORACLE(!memcmp(&got, &wide, sizeof(got)));
	}
}

/* One of everything, from one source. */
static inline void world(struct source *src)
{
	struct world_pad pad;

	world_prefixes(src);
	pick_pad(src, &pad);
	world_match(src, &pad);
	world_child(src, &pad);
	world_spd(src);
}

#endif /* TESTS_UNIT_PAD_ORACLE_H */
