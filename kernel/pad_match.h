/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peer authorization: which PAD entry a peer matches, which addresses it may
 * have (RFC 4301 section 4.4.3, RFC 5386 section 2). spd_match.h says which
 * policies it may use.
 *
 * Pure C without allocation, compiled into the module and into btnsd, so that
 * both always decide alike. Every result enum has its refusal at zero.
 */
#ifndef BTNS_PAD_MATCH_H
#define BTNS_PAD_MATCH_H

#include <uapi/linux/btns.h>

#include "selector.h"
#include "spd_match.h"

/* ---- the PAD ------------------------------------------------------------ */

/**
 * struct btns_pad_rule - a PAD entry as the matcher sees it
 * @name: unique name; borrowed
 * @flags: enum btns_pad_flags
 * @id_type: enum btns_id_type; a type of RFC 7296 for named entries,
 *	publickey for BTNS entries, none for the wildcard and the anonymous entry
 * @method: enum btns_auth_method by which a named identity is proved: rawkey,
 *	cert or psk; none stands for rawkey
 * @key_count: number of @keys
 * @id_digest: digest of the identity, see enum btns_id_type
 * @keys: SHA-256 of each SubjectPublicKeyInfo that proves a named identity;
 *	with a certificate, of those that it may hold, none for any
 * @prefix_count: number of @prefixes; 0 means any address
 * @prefixes: remote addresses that child SAs may have; borrowed
 *
 * An array of rules is in search order if btns_pad_rank() never falls.
 */
struct btns_pad_rule {
	const char *name;
	__u32 flags;
	__u8 id_type;
	__u8 method;
	__u8 key_count;
	__u8 id_digest[BTNS_DIGEST_LEN];
	__u8 keys[BTNS_PAD_KEYS_MAX][BTNS_DIGEST_LEN];
	unsigned int prefix_count;
	const struct btns_prefix *prefixes;
};

/**
 * enum btns_pad_rank - kinds of entries, in search order
 * @BTNS_PAD_NAMED: for an identity that is asserted
 * @BTNS_PAD_KEY: BTNS entry with a key
 * @BTNS_PAD_WILDCARD: BTNS entry for any key
 * @BTNS_PAD_ANONYMOUS: for peers that prove nothing (RFC 7619)
 * @BTNS_PAD_RANKS: how many kinds there are
 */
enum btns_pad_rank {
	BTNS_PAD_NAMED,
	BTNS_PAD_KEY,
	BTNS_PAD_WILDCARD,
	BTNS_PAD_ANONYMOUS,
	BTNS_PAD_RANKS,
};

/**
 * btns_pad_rank() - place of an entry in the search order
 * @rule: entry
 *
 * Entries of one rank stay in the order in which they were given.
 *
 * Return: enum btns_pad_rank.
 */
static inline enum btns_pad_rank
btns_pad_rank(const struct btns_pad_rule *rule)
{
	if (rule->flags & BTNS_PAD_FLAGS_ANONYMOUS)
		return BTNS_PAD_ANONYMOUS;
	if (rule->flags & BTNS_PAD_FLAGS_WILDCARD)
		return BTNS_PAD_WILDCARD;
	return rule->flags & BTNS_PAD_FLAGS_BTNS ? BTNS_PAD_KEY :
						   BTNS_PAD_NAMED;
}

/* Is an entry for peers that nobody knows before they come? */
static inline bool btns_pad_is_open(const struct btns_pad_rule *rule)
{
	return btns_pad_rank(rule) >= BTNS_PAD_WILDCARD;
}

/* Is it a type that a peer can assert in an ID payload? */
static inline bool btns_id_is_named(__u8 type)
{
	return type != BTNS_ID_TYPE_NONE && type != BTNS_ID_TYPE_PUBLICKEY &&
	       type <= BTNS_ID_TYPE_KEY_ID;
}

/**
 * enum btns_pad_fault - what is wrong with a PAD
 * @BTNS_PAD_FAULT_NONE: nothing
 * @BTNS_PAD_FAULT_NAME: no name
 * @BTNS_PAD_FAULT_FLAGS: wildcard without the btns flag, the anonymous entry
 *	with another flag, or unknown flags
 * @BTNS_PAD_FAULT_NAMED_ID: a named entry needs an identity that is asserted
 * @BTNS_PAD_FAULT_BTNS_ID: a BTNS entry needs a public key as identity
 * @BTNS_PAD_FAULT_BTNS_KEY: a BTNS entry has its key as identity, not beside
 * @BTNS_PAD_FAULT_WILDCARD_ID: the wildcard and the anonymous entry have
 *	neither identity nor key
 * @BTNS_PAD_FAULT_KEYS: too many keys
 * @BTNS_PAD_FAULT_METHOD: a method that proves no such entry
 * @BTNS_PAD_FAULT_PSK_KEY: a shared secret and a key
 * @BTNS_PAD_FAULT_PREFIX: a prefix is not valid
 * @BTNS_PAD_FAULT_PREFIXES: too many prefixes
 * @BTNS_PAD_FAULT_ORDER: the array is not in search order
 * @BTNS_PAD_FAULT_SAME_NAME: two entries of one name
 * @BTNS_PAD_FAULT_SAME_ID: two entries for one identity
 * @BTNS_PAD_FAULT_WILDCARDS: a second wildcard (B02)
 * @BTNS_PAD_FAULT_ANONYMOUS: a second anonymous entry
 * @BTNS_PAD_FAULT_OVERLAP: addresses of the wildcard or of the anonymous entry
 *	overlap another's (B09)
 * @BTNS_PAD_FAULT_UNBOUND: a named entry without addresses beside one of those,
 *	which then could have none that do not overlap (B09)
 */
enum btns_pad_fault {
	BTNS_PAD_FAULT_NONE,
	BTNS_PAD_FAULT_NAME,
	BTNS_PAD_FAULT_FLAGS,
	BTNS_PAD_FAULT_NAMED_ID,
	BTNS_PAD_FAULT_BTNS_ID,
	BTNS_PAD_FAULT_BTNS_KEY,
	BTNS_PAD_FAULT_WILDCARD_ID,
	BTNS_PAD_FAULT_KEYS,
	BTNS_PAD_FAULT_METHOD,
	BTNS_PAD_FAULT_PSK_KEY,
	BTNS_PAD_FAULT_PREFIX,
	BTNS_PAD_FAULT_PREFIXES,
	BTNS_PAD_FAULT_ORDER,
	BTNS_PAD_FAULT_SAME_NAME,
	BTNS_PAD_FAULT_SAME_ID,
	BTNS_PAD_FAULT_WILDCARDS,
	BTNS_PAD_FAULT_ANONYMOUS,
	BTNS_PAD_FAULT_OVERLAP,
	BTNS_PAD_FAULT_UNBOUND,
};

/**
 * btns_pad_fault_text() - the fault in words
 * @fault: enum btns_pad_fault
 *
 * Return: a sentence without a full stop; a constant.
 */
static inline const char *btns_pad_fault_text(enum btns_pad_fault fault)
{
	switch (fault) {
	case BTNS_PAD_FAULT_NONE:
		return "no fault";
	case BTNS_PAD_FAULT_NAME:
		return "a PAD entry needs a name";
	case BTNS_PAD_FAULT_FLAGS:
		return "only a btns entry can be the wildcard, and anonymous stands alone";
	case BTNS_PAD_FAULT_NAMED_ID:
		return "an entry without the btns flag needs an identity that is not a public key";
	case BTNS_PAD_FAULT_BTNS_ID:
		return "a btns entry needs a public key as identity";
	case BTNS_PAD_FAULT_BTNS_KEY:
		return "a btns entry takes its key as identity, not beside it";
	case BTNS_PAD_FAULT_WILDCARD_ID:
		return "the wildcard and the anonymous entry take neither identity nor key";
	case BTNS_PAD_FAULT_KEYS:
		return "too many keys in one entry";
	case BTNS_PAD_FAULT_METHOD:
		return "only a named entry has a method: rawkey, cert or psk";
	case BTNS_PAD_FAULT_PSK_KEY:
		return "an entry that a shared secret proves takes no key";
	case BTNS_PAD_FAULT_PREFIX:
		return "an address prefix is not valid, or has bits set behind its length";
	case BTNS_PAD_FAULT_PREFIXES:
		return "too many address prefixes in one entry";
	case BTNS_PAD_FAULT_ORDER:
		return "the order is named, btns, wildcard, anonymous";
	case BTNS_PAD_FAULT_SAME_NAME:
		return "another PAD entry has that name";
	case BTNS_PAD_FAULT_SAME_ID:
		return "another PAD entry has that identity";
	case BTNS_PAD_FAULT_WILDCARDS:
		return "there can be only one wildcard";
	case BTNS_PAD_FAULT_ANONYMOUS:
		return "there can be only one anonymous entry";
	case BTNS_PAD_FAULT_OVERLAP:
		return "addresses of an entry for unknown peers overlap another's";
	case BTNS_PAD_FAULT_UNBOUND:
		return "beside an entry for unknown peers each named entry needs addresses";
	}
	return "unknown fault";
}

/* How is the peer of a named entry to prove itself? */
static inline __u8 btns_pad_method(const struct btns_pad_rule *rule)
{
	return rule->method == BTNS_AUTH_METHOD_NONE ?
		       BTNS_AUTH_METHOD_RAWKEY : rule->method;
}

/* Do keys and method fit the kind of entry? */
static inline enum btns_pad_fault
btns_pad_proof_check(const struct btns_pad_rule *rule)
{
	if (rule->key_count > BTNS_PAD_KEYS_MAX)
		return BTNS_PAD_FAULT_KEYS;
	if (btns_pad_rank(rule) != BTNS_PAD_NAMED)
		return rule->method == BTNS_AUTH_METHOD_NONE ?
			       BTNS_PAD_FAULT_NONE : BTNS_PAD_FAULT_METHOD;
	switch (btns_pad_method(rule)) {
	case BTNS_AUTH_METHOD_RAWKEY:
	case BTNS_AUTH_METHOD_CERT:
		return BTNS_PAD_FAULT_NONE;
	case BTNS_AUTH_METHOD_PSK:
		return rule->key_count ? BTNS_PAD_FAULT_PSK_KEY :
					 BTNS_PAD_FAULT_NONE;
	default:
		return BTNS_PAD_FAULT_METHOD;
	}
}

/**
 * btns_pad_rule_check() - is an entry in itself in order?
 * @rule: entry
 *
 * Return: enum btns_pad_fault.
 */
static inline enum btns_pad_fault
btns_pad_rule_check(const struct btns_pad_rule *rule)
{
	enum btns_pad_fault fault;
	unsigned int i;

	if (!rule->name || !rule->name[0])
		return BTNS_PAD_FAULT_NAME;
	if (rule->flags & ~(__u32)(BTNS_PAD_FLAGS_BTNS |
				   BTNS_PAD_FLAGS_WILDCARD |
				   BTNS_PAD_FLAGS_ANONYMOUS))
		return BTNS_PAD_FAULT_FLAGS;
	if (rule->flags & BTNS_PAD_FLAGS_WILDCARD &&
	    !(rule->flags & BTNS_PAD_FLAGS_BTNS))
		return BTNS_PAD_FAULT_FLAGS;
	if (rule->flags & BTNS_PAD_FLAGS_ANONYMOUS &&
	    rule->flags != BTNS_PAD_FLAGS_ANONYMOUS)
		return BTNS_PAD_FAULT_FLAGS;
	if (btns_pad_is_open(rule)) {
		if (rule->id_type != BTNS_ID_TYPE_NONE || rule->key_count)
			return BTNS_PAD_FAULT_WILDCARD_ID;
	} else if (rule->flags & BTNS_PAD_FLAGS_BTNS) {
		if (rule->id_type != BTNS_ID_TYPE_PUBLICKEY)
			return BTNS_PAD_FAULT_BTNS_ID;
		if (rule->key_count)
			return BTNS_PAD_FAULT_BTNS_KEY;
	} else if (!btns_id_is_named(rule->id_type)) {
		return BTNS_PAD_FAULT_NAMED_ID;
	}
	fault = btns_pad_proof_check(rule);
	if (fault)
		return fault;
	if (rule->prefix_count > BTNS_PAD_PREFIXES_MAX)
		return BTNS_PAD_FAULT_PREFIXES;
	for (i = 0; i < rule->prefix_count; i++)
		if (!btns_prefix_valid(&rule->prefixes[i]))
			return BTNS_PAD_FAULT_PREFIX;
	return BTNS_PAD_FAULT_NONE;
}

/* Do two entries have an address in common, as far as they name any? */
static inline bool btns_pad_rules_overlap(const struct btns_pad_rule *a,
					  const struct btns_pad_rule *b)
{
	unsigned int i, j;

	for (i = 0; i < a->prefix_count; i++)
		for (j = 0; j < b->prefix_count; j++)
			if (btns_prefix_overlap(&a->prefixes[i],
						&b->prefixes[j]))
				return true;
	return false;
}

/**
 * btns_pad_pair_check() - can two entries be in one PAD?
 * @a: entry that is in order in itself
 * @b: another one
 *
 * Return: enum btns_pad_fault; the same whichever comes first.
 */
static inline enum btns_pad_fault
btns_pad_pair_check(const struct btns_pad_rule *a,
		    const struct btns_pad_rule *b)
{
	enum btns_pad_rank ra = btns_pad_rank(a), rb = btns_pad_rank(b);

	if (!strcmp(a->name, b->name))
		return BTNS_PAD_FAULT_SAME_NAME;
	if (ra == BTNS_PAD_WILDCARD && rb == ra)
		return BTNS_PAD_FAULT_WILDCARDS;
	if (ra == BTNS_PAD_ANONYMOUS && rb == ra)
		return BTNS_PAD_FAULT_ANONYMOUS;
	if (!btns_pad_is_open(a) && !btns_pad_is_open(b)) {
		if (a->id_type == b->id_type &&
		    !memcmp(a->id_digest, b->id_digest, BTNS_DIGEST_LEN))
			return BTNS_PAD_FAULT_SAME_ID;
		return BTNS_PAD_FAULT_NONE;
	}
	if (btns_pad_rules_overlap(a, b))
		return BTNS_PAD_FAULT_OVERLAP;
	if ((ra == BTNS_PAD_NAMED && !a->prefix_count) ||
	    (rb == BTNS_PAD_NAMED && !b->prefix_count))
		return BTNS_PAD_FAULT_UNBOUND;
	return BTNS_PAD_FAULT_NONE;
}

/**
 * btns_pad_check() - is a whole PAD in order?
 * @rules: entries
 * @count: how many
 * @bad: out, index of the entry at fault; may be NULL
 *
 * Return: enum btns_pad_fault.
 */
static inline enum btns_pad_fault
btns_pad_check(const struct btns_pad_rule *rules, size_t count, size_t *bad)
{
	enum btns_pad_fault fault;
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (bad)
			*bad = i;
		fault = btns_pad_rule_check(&rules[i]);
		if (fault)
			return fault;
		for (j = 0; j < i; j++) {
			fault = btns_pad_pair_check(&rules[i], &rules[j]);
			if (fault)
				return fault;
		}
		if (i && btns_pad_rank(&rules[i]) < btns_pad_rank(&rules[i - 1]))
			return BTNS_PAD_FAULT_ORDER;
	}
	return BTNS_PAD_FAULT_NONE;
}

/* ---- a peer against the PAD --------------------------------------------- */

/**
 * enum btns_pad_proof - what a peer proved its identity with
 * @BTNS_PAD_PROOF_NONE: nothing (NULL authentication)
 * @BTNS_PAD_PROOF_SIGNATURE: a digital signature that verified with its key
 * @BTNS_PAD_PROOF_CERT: the same, and its certificate is under the trust
 *	anchor of that identity, and names it
 * @BTNS_PAD_PROOF_SECRET: the secret that is shared with that identity
 * @BTNS_PAD_PROOF_MANUAL: an administrator says so
 */
enum btns_pad_proof {
	BTNS_PAD_PROOF_NONE,
	BTNS_PAD_PROOF_SIGNATURE,
	BTNS_PAD_PROOF_CERT,
	BTNS_PAD_PROOF_SECRET,
	BTNS_PAD_PROOF_MANUAL,
};

/**
 * struct btns_pad_peer - what is known of a peer
 * @proof: enum btns_pad_proof
 * @id_type: enum btns_id_type that it asserts; none for ID_NULL and for
 *	types that the enum does not have
 * @has_key: @key is set
 * @id_digest: digest of what it asserts; not used if @id_type is none
 * @key: SHA-256 of the SubjectPublicKeyInfo that @proof verified with
 */
struct btns_pad_peer {
	__u8 proof;
	__u8 id_type;
	bool has_key;
	__u8 id_digest[BTNS_DIGEST_LEN];
	__u8 key[BTNS_DIGEST_LEN];
};

/**
 * enum btns_pad_cause - outcome of a match
 * @BTNS_PAD_NO_MATCH: no entry for it (U08)
 * @BTNS_PAD_WRONG_KEY: a named entry matches, its key does not (B04), or the
 *	asserted public key is not the one that signed
 * @BTNS_PAD_METHOD: not proved in a way that the PAD accepts (U05); or a
 *	named entry matches and wants another proof (B04)
 * @BTNS_PAD_NO_KEY: a signature without a key (U07)
 * @BTNS_PAD_MATCH: authorised
 */
enum btns_pad_cause {
	BTNS_PAD_NO_MATCH,
	BTNS_PAD_WRONG_KEY,
	BTNS_PAD_METHOD,
	BTNS_PAD_NO_KEY,
	BTNS_PAD_MATCH,
};

/**
 * btns_pad_cause_text() - the outcome in words
 * @cause: enum btns_pad_cause
 *
 * Return: a sentence without a full stop; a constant.
 */
static inline const char *btns_pad_cause_text(enum btns_pad_cause cause)
{
	switch (cause) {
	case BTNS_PAD_NO_MATCH:
		return "no PAD entry matches the peer";
	case BTNS_PAD_WRONG_KEY:
		return "the peer's key is not the one of that identity";
	case BTNS_PAD_METHOD:
		return "the PAD accepts no such peer that authenticates in this way";
	case BTNS_PAD_NO_KEY:
		return "the peer's key is not known";
	case BTNS_PAD_MATCH:
		return "a PAD entry matches the peer";
	}
	return "unknown cause";
}

/**
 * struct btns_pad_decision - who a peer is
 * @cause: outcome; what follows @index is only set for BTNS_PAD_MATCH
 * @named: a named entry has the asserted identity, and it decided
 * @index: matching entry; the named one also if it refuses
 * @btns: it is a BTNS entry, or the anonymous one: policy must say btns-ok
 * @id_type: enum btns_id_type of the resulting identity; none of the anonymous
 * @method: enum btns_auth_method of the resulting identity
 * @digest: digest of the resulting identity
 */
struct btns_pad_decision {
	enum btns_pad_cause cause;
	bool named;
	size_t index;
	bool btns;
	__u8 id_type;
	__u8 method;
	__u8 digest[BTNS_DIGEST_LEN];
};

/* Is it a key of this entry? */
static inline bool btns_pad_has_key(const struct btns_pad_rule *rule,
				    const __u8 *key)
{
	unsigned int i;

	for (i = 0; i < rule->key_count && i < BTNS_PAD_KEYS_MAX; i++)
		if (!memcmp(rule->keys[i], key, BTNS_DIGEST_LEN))
			return true;
	return false;
}

/* Does the peer's proof suffice for the named entry that it asserts? */
static inline enum btns_pad_cause
btns_pad_prove(const struct btns_pad_rule *rule,
	       const struct btns_pad_peer *peer)
{
	static const __u8 wanted[] = {
		[BTNS_AUTH_METHOD_RAWKEY] = BTNS_PAD_PROOF_SIGNATURE,
		[BTNS_AUTH_METHOD_CERT] = BTNS_PAD_PROOF_CERT,
		[BTNS_AUTH_METHOD_PSK] = BTNS_PAD_PROOF_SECRET,
	};
	__u8 method = btns_pad_method(rule);

	if (peer->proof == BTNS_PAD_PROOF_MANUAL)
		return peer->has_key && rule->key_count &&
		       !btns_pad_has_key(rule, peer->key) ?
			       BTNS_PAD_WRONG_KEY : BTNS_PAD_MATCH;
	if (peer->proof == BTNS_PAD_PROOF_NONE ||
	    method >= sizeof(wanted) || peer->proof != wanted[method])
		return BTNS_PAD_METHOD;
	if (method == BTNS_AUTH_METHOD_PSK)
		return BTNS_PAD_MATCH;
	if (!peer->has_key)
		return BTNS_PAD_NO_KEY;
	/* a trust anchor vouches for any key, unless the entry names some */
	if (method == BTNS_AUTH_METHOD_CERT && !rule->key_count)
		return BTNS_PAD_MATCH;
	return btns_pad_has_key(rule, peer->key) ? BTNS_PAD_MATCH :
						   BTNS_PAD_WRONG_KEY;
}

/* First pass: a named entry for the asserted identity, or @count. */
static inline size_t btns_pad_find_named(const struct btns_pad_rule *rules,
					 size_t count,
					 const struct btns_pad_peer *peer)
{
	size_t i;

	if (!btns_id_is_named(peer->id_type))
		return count;
	for (i = 0; i < count; i++)
		if (btns_pad_rank(&rules[i]) == BTNS_PAD_NAMED &&
		    rules[i].id_type == peer->id_type &&
		    !memcmp(rules[i].id_digest, peer->id_digest,
			    BTNS_DIGEST_LEN))
			return i;
	return count;
}

/* Second pass: a BTNS entry for the key, or the wildcard, or @count. */
static inline size_t btns_pad_find_key(const struct btns_pad_rule *rules,
				       size_t count, const __u8 *key)
{
	size_t i, wildcard = count;

	for (i = 0; i < count; i++) {
		if (btns_pad_rank(&rules[i]) == BTNS_PAD_WILDCARD)
			wildcard = i;
		else if (btns_pad_rank(&rules[i]) == BTNS_PAD_KEY &&
			 !memcmp(rules[i].id_digest, key, BTNS_DIGEST_LEN))
			return i;
	}
	return wildcard;
}

/*
 * A peer that proved nothing and asserts the name of no entry: it stays without
 * identity, whatever else it asserts (RFC 7619 section 2.2).
 */
static inline bool btns_pad_match_anonymous(const struct btns_pad_rule *rules,
					    size_t count,
					    struct btns_pad_decision *out)
{
	size_t i;

	out->cause = BTNS_PAD_METHOD;
	for (i = 0; i < count; i++)
		if (btns_pad_rank(&rules[i]) == BTNS_PAD_ANONYMOUS)
			break;
	if (i == count)
		return false;
	out->id_type = BTNS_ID_TYPE_NONE;
	out->method = BTNS_AUTH_METHOD_NONE;
	out->index = i;
	out->btns = true;
	out->cause = BTNS_PAD_MATCH;
	return true;
}

/**
 * btns_pad_match() - find who a peer is (RFC 5386 section 2)
 * @rules: PAD that btns_pad_check() accepts
 * @count: entries
 * @peer: what is known of the peer
 * @out: decision
 *
 * First the entries that are not BTNS, by asserted identity: one that matches
 * decides, also against the peer (B04). Else the identity becomes the peer's
 * public key (B03) and the BTNS entries are searched, the wildcard last. Who
 * proved nothing is for the anonymous entry alone (U05).
 *
 * Return: true if an entry authorises the peer, as @out->cause.
 */
static inline bool btns_pad_match(const struct btns_pad_rule *rules,
				  size_t count,
				  const struct btns_pad_peer *peer,
				  struct btns_pad_decision *out)
{
	bool manual = peer->proof == BTNS_PAD_PROOF_MANUAL;
	const __u8 *key = peer->has_key ? peer->key : NULL;
	const struct btns_pad_rule *rule;
	size_t i;

	memset(out, 0, sizeof(*out));
	i = btns_pad_find_named(rules, count, peer);
	if (i < count) {
		rule = &rules[i];
		out->named = true;
		out->index = i;
		out->cause = btns_pad_prove(rule, peer);
		if (out->cause != BTNS_PAD_MATCH)
			return false;
		out->id_type = rule->id_type;
		out->method = manual ? BTNS_AUTH_METHOD_MANUAL :
				       btns_pad_method(rule);
		memcpy(out->digest, rule->id_digest, BTNS_DIGEST_LEN);
		return true;
	}

	if (peer->proof == BTNS_PAD_PROOF_NONE)
		return btns_pad_match_anonymous(rules, count, out);
	out->cause = BTNS_PAD_METHOD;
	if (!manual && peer->proof != BTNS_PAD_PROOF_SIGNATURE)
		return false;
	out->cause = BTNS_PAD_NO_KEY;
	if (!manual && !key)
		return false;
	if (peer->id_type == BTNS_ID_TYPE_PUBLICKEY) {
		out->cause = BTNS_PAD_WRONG_KEY;
		if (key && memcmp(key, peer->id_digest, BTNS_DIGEST_LEN))
			return false;
		key = peer->id_digest;
	}
	out->cause = BTNS_PAD_NO_MATCH;
	if (!key)
		return false;
	i = btns_pad_find_key(rules, count, key);
	if (i == count)
		return false;
	out->id_type = BTNS_ID_TYPE_PUBLICKEY;
	out->method = manual ? BTNS_AUTH_METHOD_MANUAL : BTNS_AUTH_METHOD_BTNS;
	memcpy(out->digest, key, BTNS_DIGEST_LEN);
	out->index = i;
	out->btns = true;
	out->cause = BTNS_PAD_MATCH;
	return true;
}

/* ---- addresses of child SAs --------------------------------------------- */

/**
 * enum btns_pad_child - may a peer have a child SA for some addresses?
 * @BTNS_PAD_CHILD_OUTSIDE: its entry does not hold them
 * @BTNS_PAD_CHILD_OWNED: it is a BTNS peer or anonymous, and they overlap what
 *	another entry owns (B09)
 * @BTNS_PAD_CHILD_OK: it may
 */
enum btns_pad_child {
	BTNS_PAD_CHILD_OUTSIDE,
	BTNS_PAD_CHILD_OWNED,
	BTNS_PAD_CHILD_OK,
};

/*
 * Must peers of @rule, no named entry, stay away from the addresses of @owner?
 * The anonymous from all, and from the wildcard nobody else. Two entries with
 * keys that both name their addresses share what they have in common: someone
 * wrote it so.
 */
static inline bool btns_pad_owns(const struct btns_pad_rule *owner,
				 const struct btns_pad_rule *rule)
{
	enum btns_pad_rank r = btns_pad_rank(rule);

	if (owner == rule || btns_pad_rank(owner) == BTNS_PAD_ANONYMOUS)
		return false;
	if (r == BTNS_PAD_ANONYMOUS)
		return true;
	if (btns_pad_rank(owner) == BTNS_PAD_WILDCARD)
		return false;
	return btns_pad_rank(owner) == BTNS_PAD_NAMED ||
	       r == BTNS_PAD_WILDCARD || !rule->prefix_count;
}

/**
 * btns_pad_child() - may a peer have these addresses?
 * @rules: PAD that btns_pad_check() accepts
 * @count: entries
 * @index: the peer's entry, see struct btns_pad_decision
 * @remote: addresses at the peer's end
 * @owner: out, the entry that owns them if owned; may be NULL
 *
 * An address range that only several prefixes of an entry hold together is
 * taken as outside.
 *
 * Return: enum btns_pad_child.
 */
static inline enum btns_pad_child
btns_pad_child(const struct btns_pad_rule *rules, size_t count, size_t index,
	       const struct btns_prefix *remote, size_t *owner)
{
	const struct btns_pad_rule *rule;
	unsigned int k;
	size_t i;

	if (index >= count)
		return BTNS_PAD_CHILD_OUTSIDE;
	rule = &rules[index];
	for (k = 0; k < rule->prefix_count; k++)
		if (btns_prefix_contains(&rule->prefixes[k], remote))
			break;
	if (rule->prefix_count && k == rule->prefix_count)
		return BTNS_PAD_CHILD_OUTSIDE;
	if (btns_pad_rank(rule) == BTNS_PAD_NAMED)
		return BTNS_PAD_CHILD_OK;

	for (i = 0; i < count; i++) {
		if (!btns_pad_owns(&rules[i], rule))
			continue;
		for (k = 0; k < rules[i].prefix_count; k++) {
			if (!btns_prefix_overlap(&rules[i].prefixes[k], remote))
				continue;
			if (owner)
				*owner = i;
			return BTNS_PAD_CHILD_OWNED;
		}
	}
	return BTNS_PAD_CHILD_OK;
}

/**
 * btns_pad_narrow() - shrink addresses to what a peer may have
 * @rules: PAD that btns_pad_check() accepts
 * @count: entries
 * @index: the peer's entry
 * @keep: addresses that must stay, inside @remote; say, those of the packet
 *	that asked for the SA
 * @remote: addresses at the peer's end, in and out
 *
 * Return: true if @remote now passes btns_pad_child() and contains @keep;
 * false, and @remote is as it was, if that cannot be.
 */
static inline bool btns_pad_narrow(const struct btns_pad_rule *rules,
				   size_t count, size_t index,
				   const struct btns_prefix *keep,
				   struct btns_prefix *remote)
{
	const struct btns_prefix *own = NULL;
	const struct btns_pad_rule *rule;
	struct btns_prefix p = *remote;
	unsigned int k;
	size_t i;

	if (!btns_prefix_contains(remote, keep) ||
	    btns_pad_child(rules, count, index, keep, NULL) !=
	    BTNS_PAD_CHILD_OK)
		return false;
	rule = &rules[index];
	for (k = 0; k < rule->prefix_count; k++)
		if (btns_prefix_contains(&rule->prefixes[k], keep) &&
		    (!own || rule->prefixes[k].len < own->len))
			own = &rule->prefixes[k];
	if (own && own->len > p.len)
		p = *own;
	for (i = 0; btns_pad_rank(rule) && i < count; i++) {
		if (!btns_pad_owns(&rules[i], rule))
			continue;
		for (k = 0; k < rules[i].prefix_count; k++)
			if (!btns_prefix_carve(&p, keep, &rules[i].prefixes[k]))
				return false;
	}
	*remote = p;
	return true;
}

#endif /* BTNS_PAD_MATCH_H */
