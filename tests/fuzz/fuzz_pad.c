// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/pad_match.h against the naive oracle, with libFuzzer's bytes as the
 * choices: it aborts where the two differ, and where wild structs (any family,
 * length, count) make the matcher read what it should not.
 */
#define WORLD_BITS 2	/* small, so that an input takes no time */
#include "tests/unit/pad_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing here is in canonical form: only no crash is asked. */
static void wild(const uint8_t *data, size_t size)
{
	struct btns_spd_rule policies[2];
	struct btns_pad_rule rules[2];
	struct btns_prefix prefixes[2];
	struct btns_pad_decision d;
	struct btns_pad_peer peer;
	struct btns_selector sel;
	char names[2][4] = { "", "" };
	bool flags[4];
	size_t i, bad;

	struct {
		struct btns_selector sel[3];
		struct btns_prefix prefixes[2];
		__u8 digests[6][BTNS_DIGEST_LEN];
		__u32 entry_flags[2];
		__u8 types[3];
		__u8 proof;
		__u8 bits;
		__u8 actions[2];
	} in;

	if (size < sizeof(in))
		return;
	memcpy(&in, data, sizeof(in));
	for (i = 0; i < 4; i++)
		flags[i] = in.bits >> i & 1;
	memcpy(prefixes, in.prefixes, sizeof(prefixes));
	for (i = 0; i < 2; i++) {
		memset(&rules[i], 0, sizeof(rules[i]));
		names[i][0] = in.bits >> (4 + i) & 1 ? 'a' : 'b';
		rules[i].name = names[i];
		rules[i].flags = in.entry_flags[i];
		rules[i].id_type = in.types[i];
		rules[i].key_count = flags[i];
		memcpy(rules[i].id_digest, in.digests[i], BTNS_DIGEST_LEN);
		memcpy(rules[i].keys[0], in.digests[2 + i], BTNS_DIGEST_LEN);
		rules[i].prefixes = &prefixes[i];
		rules[i].prefix_count = in.bits >> (6 + i) & 1;
		memset(&policies[i], 0, sizeof(policies[i]));
		policies[i].sel = in.sel[i];
		policies[i].action = in.actions[i];
		policies[i].btns_ok = flags[2];
		policies[i].inexact = flags[3];
	}
	memset(&peer, 0, sizeof(peer));
	peer.proof = in.proof;
	peer.id_type = in.types[2];
	peer.has_key = flags[0];
	memcpy(peer.id_digest, in.digests[4], BTNS_DIGEST_LEN);
	memcpy(peer.key, in.digests[5], BTNS_DIGEST_LEN);

	/* As btnsd and the kernel do: form first, then meaning. */
	if (btns_pad_check(rules, 2, &bad) != BTNS_PAD_FAULT_NONE)
		ORACLE(bad < 2);
	else if (btns_pad_match(rules, 2, &peer, &d))
		ORACLE(d.index < 2);
	sel = in.sel[2];
	if (!btns_selector_valid(&sel))
		return;
	for (i = 0; i < 2; i++) {
		if (!btns_prefix_valid(&prefixes[i]) ||
		    !btns_prefix_valid(&policies[i].sel.local) ||
		    !btns_prefix_valid(&policies[i].sel.remote))
			return;
	}
	btns_pad_child(rules, 2, in.bits & 1, &sel.remote, NULL);
	btns_spd_child(policies, 2, flags[1], &sel, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src = { .data = data, .size = size };

	wild(data, size);
	if (size)
		world(&src);
	return 0;
}
