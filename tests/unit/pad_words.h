/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small language for tables of PAD entries, peers and policies, for the tests
 * of kernel/pad_match.h.
 */
#ifndef BTNS_TEST_PAD_WORDS_H
#define BTNS_TEST_PAD_WORDS_H

#include <arpa/inet.h>

#include "ktap.h"
#include "pad_oracle.h"

/* "10.0.0.1" or "10.0.0.0/8"; a wrong one makes the test fail loudly. */
static inline struct btns_prefix prefix(const char *text)
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

static inline struct btns_selector selector(const char *local, const char *remote,
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
static inline struct btns_pad_rule named(const char *name, char id, char key,
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

static inline struct btns_pad_rule keyed(const char *name, char key,
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

static inline struct btns_pad_rule wildcard(const char *name,
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

static inline struct btns_pad_rule anonymous(const struct btns_prefix *p,
					     unsigned int n)
{
	struct btns_pad_rule r = {
		.name = "anon", .flags = BTNS_PAD_FLAGS_ANONYMOUS,
		.prefixes = p, .prefix_count = n,
	};

	return r;
}

/* id 0: ID_NULL */
static inline struct btns_pad_peer peer(char id, char key)
{
	struct btns_pad_peer p = {
		.proof = BTNS_PAD_PROOF_SIGNATURE, .has_key = true,
		.id_type = id ? BTNS_ID_TYPE_FQDN : BTNS_ID_TYPE_NONE,
	};

	memset(p.id_digest, id, sizeof(p.id_digest));
	memset(p.key, key, sizeof(p.key));
	return p;
}

static inline struct btns_spd_rule policy(struct btns_selector sel,
					  enum btns_spd_action action, bool btns_ok)
{
	struct btns_spd_rule r = {
		.sel = sel, .action = action, .btns_ok = btns_ok,
	};

	return r;
}

#endif
