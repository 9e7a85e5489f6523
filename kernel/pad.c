// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Peer Authorization Database (RFC 4301 section 4.4.3, RFC 5386 section
 * 2): an array in search order that each change replaces whole, so that a
 * change is made or not made, never half.
 *
 * Who matches what is decided in pad_match.h; here are storage and the claims
 * that an SA's helper makes. All of it runs under bn->mutex.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "btns.h"
#include "pad.h"

/**
 * struct btns_pad - one state of the PAD
 * @count: entries
 * @entries: the entries, in search order, owned
 * @rules: copies of their rules, for the matcher
 */
struct btns_pad {
	unsigned int count;
	struct btns_pad_entry **entries;
	struct btns_pad_rule rules[];
};

/**
 * btns_pad_entry_alloc() - an empty entry
 * @prefix_count: at most BTNS_PAD_PREFIXES_MAX
 *
 * Return: entry, or NULL if there is no memory.
 */
struct btns_pad_entry *btns_pad_entry_alloc(unsigned int prefix_count)
{
	struct btns_pad_entry *entry;

	entry = kzalloc(struct_size(entry, prefixes, prefix_count),
			GFP_KERNEL_ACCOUNT);
	if (!entry)
		return NULL;
	entry->rule.name = entry->name;
	entry->rule.prefixes = entry->prefixes;
	entry->rule.prefix_count = prefix_count;
	return entry;
}

/**
 * btns_pad_entry_free() - free an entry that is not in the PAD
 * @entry: entry or NULL
 */
void btns_pad_entry_free(struct btns_pad_entry *entry)
{
	kfree(entry);
}

/**
 * btns_pad_entries_free() - free an array of entries, and the entries
 * @entries: array from kvmalloc, or NULL
 * @count: entries in it
 */
void btns_pad_entries_free(struct btns_pad_entry **entries,
			   unsigned int count)
{
	unsigned int i;

	for (i = 0; entries && i < count; i++)
		btns_pad_entry_free(entries[i]);
	kvfree(entries);
}

/* Without the entries themselves. */
static void free_pad(struct btns_pad *pad)
{
	if (!pad)
		return;
	kvfree(pad->entries);
	kvfree(pad);
}

static struct btns_pad *alloc_pad(unsigned int count)
{
	struct btns_pad *pad;

	pad = kvzalloc(struct_size(pad, rules, count), GFP_KERNEL_ACCOUNT);
	if (!pad)
		return NULL;
	pad->entries = kvcalloc(count, sizeof(*pad->entries),
				GFP_KERNEL_ACCOUNT);
	if (!pad->entries) {
		kvfree(pad);
		return NULL;
	}
	return pad;
}

static void append(struct btns_pad *pad, struct btns_pad_entry *entry)
{
	pad->entries[pad->count] = entry;
	pad->rules[pad->count] = entry->rule;
	pad->count++;
}

/* Frees the array that was there before, not its entries. */
static void publish(struct btns_net *bn, struct btns_pad *pad)
{
	lockdep_assert_held(&bn->mutex);
	free_pad(bn->pad);
	bn->pad = pad;
	bn->pad_generation++;
	btns_mib_inc(bn, PadChanged);
	btns_event_pad(bn, bn->pad_generation);
}

static int refuse(struct btns_net *bn, int err, const char *text,
		  struct netlink_ext_ack *extack)
{
	btns_extack_text(extack, text);
	btns_mib_inc(bn, PadRefused);
	return err;
}

static int refuse_fault(struct btns_net *bn, enum btns_pad_fault fault,
			struct netlink_ext_ack *extack)
{
	int err = -EINVAL;

	if (fault == BTNS_PAD_FAULT_SAME_NAME ||
	    fault == BTNS_PAD_FAULT_SAME_ID ||
	    fault == BTNS_PAD_FAULT_WILDCARDS ||
	    fault == BTNS_PAD_FAULT_ANONYMOUS)
		err = -EEXIST;
	return refuse(bn, err, btns_pad_fault_text(fault), extack);
}

/* One entry in itself, and against the first @count of others. */
static enum btns_pad_fault check(const struct btns_pad_entry *entry,
				 struct btns_pad_entry *const *others,
				 unsigned int count)
{
	enum btns_pad_fault fault = btns_pad_rule_check(&entry->rule);
	unsigned int i;

	for (i = 0; !fault && i < count; i++)
		fault = btns_pad_pair_check(&entry->rule, &others[i]->rule);
	return fault;
}

/**
 * btns_pad_add() - add an entry behind those of its kind
 * @bn: namespace, mutex held
 * @entry: belongs to the PAD if the result is 0, else to the caller
 * @extack: sentence if it is refused
 *
 * Return: 0, -EINVAL, -EEXIST, -ENOSPC or -ENOMEM; nothing has then changed.
 */
int btns_pad_add(struct btns_net *bn, struct btns_pad_entry *entry,
		 struct netlink_ext_ack *extack)
{
	unsigned int i, count = btns_pad_count(bn);
	enum btns_pad_fault fault;
	struct btns_pad *pad;

	lockdep_assert_held(&bn->mutex);
	if (count >= BTNS_PAD_ENTRIES_MAX)
		return refuse(bn, -ENOSPC, "the PAD is full", extack);
	fault = check(entry, bn->pad ? bn->pad->entries : NULL, count);
	if (fault)
		return refuse_fault(bn, fault, extack);
	pad = alloc_pad(count + 1);
	if (!pad)
		return refuse(bn, -ENOMEM, "no memory for the PAD", extack);

	for (i = 0; i < count && btns_pad_rank(&bn->pad->rules[i]) <=
	     btns_pad_rank(&entry->rule); i++)
		append(pad, bn->pad->entries[i]);
	append(pad, entry);
	for (; i < count; i++)
		append(pad, bn->pad->entries[i]);
	publish(bn, pad);
	return 0;
}

/**
 * btns_pad_del() - delete an entry
 * @bn: namespace, mutex held
 * @name: which
 * @extack: sentence if it is refused
 *
 * Return: 0, -ENOENT or -ENOMEM; nothing has then changed.
 */
int btns_pad_del(struct btns_net *bn, const char *name,
		 struct netlink_ext_ack *extack)
{
	unsigned int i, at, count = btns_pad_count(bn);
	struct btns_pad_entry *gone;
	struct btns_pad *pad;

	lockdep_assert_held(&bn->mutex);
	for (at = 0; at < count; at++)
		if (!strcmp(bn->pad->entries[at]->name, name))
			break;
	if (at == count)
		return refuse(bn, -ENOENT, "no PAD entry has that name",
			      extack);
	pad = alloc_pad(count - 1);
	if (!pad)
		return refuse(bn, -ENOMEM, "no memory for the PAD", extack);

	gone = bn->pad->entries[at];
	for (i = 0; i < count; i++)
		if (i != at)
			append(pad, bn->pad->entries[i]);
	publish(bn, pad);
	btns_pad_entry_free(gone);
	return 0;
}

/**
 * btns_pad_replace() - put these entries in the place of all others
 * @bn: namespace, mutex held
 * @entries: in the order in which they were given; the entries, not the
 *	array, belong to the PAD if the result is 0, else to the caller
 * @count: how many, may be 0
 * @bad: out, the entry at fault if one is
 * @extack: sentence if it is refused
 *
 * Return: 0, -EINVAL, -EEXIST, -ENOSPC or -ENOMEM; nothing has then changed.
 */
int btns_pad_replace(struct btns_net *bn, struct btns_pad_entry **entries,
		     unsigned int count, unsigned int *bad,
		     struct netlink_ext_ack *extack)
{
	struct btns_pad_entry **old = NULL;
	enum btns_pad_fault fault;
	unsigned int i, old_count;
	struct btns_pad *pad;
	int rank;

	lockdep_assert_held(&bn->mutex);
	*bad = count;
	if (count > BTNS_PAD_ENTRIES_MAX)
		return refuse(bn, -ENOSPC, "too many PAD entries", extack);
	for (i = 0; i < count; i++) {
		fault = check(entries[i], entries, i);
		if (fault) {
			*bad = i;
			return refuse_fault(bn, fault, extack);
		}
		cond_resched();
	}
	pad = alloc_pad(count);
	if (!pad)
		return refuse(bn, -ENOMEM, "no memory for the PAD", extack);
	for (rank = 0; rank < BTNS_PAD_RANKS; rank++)
		for (i = 0; i < count; i++)
			if (btns_pad_rank(&entries[i]->rule) == rank)
				append(pad, entries[i]);

	old_count = btns_pad_count(bn);
	if (bn->pad) {
		old = bn->pad->entries;
		bn->pad->entries = NULL;
	}
	publish(bn, pad);
	btns_pad_entries_free(old, old_count);
	return 0;
}

/**
 * btns_pad_count() - entries in the PAD
 * @bn: namespace, mutex held
 *
 * Return: their number.
 */
unsigned int btns_pad_count(const struct btns_net *bn)
{
	lockdep_assert_held(&bn->mutex);
	return bn->pad ? bn->pad->count : 0;
}

/**
 * btns_pad_get() - entry by place
 * @bn: namespace, mutex held
 * @index: place in search order
 *
 * Return: entry, borrowed until the mutex is dropped, or NULL behind the last.
 */
const struct btns_pad_entry *btns_pad_get(const struct btns_net *bn,
					  unsigned int index)
{
	lockdep_assert_held(&bn->mutex);
	return index < btns_pad_count(bn) ? bn->pad->entries[index] : NULL;
}

/**
 * btns_pad_exit() - free the PAD
 * @bn: namespace without users
 */
void btns_pad_exit(struct btns_net *bn)
{
	if (bn->pad)
		btns_pad_entries_free(bn->pad->entries, bn->pad->count);
	kvfree(bn->pad);
	bn->pad = NULL;
}

/* The way in which the PAD can check what a helper claims. */
static u8 proof_of(u8 method)
{
	switch (method) {
	case BTNS_AUTH_METHOD_BTNS:
	case BTNS_AUTH_METHOD_RAWKEY:
		return BTNS_PAD_PROOF_SIGNATURE;
	case BTNS_AUTH_METHOD_MANUAL:
		return BTNS_PAD_PROOF_MANUAL;
	case BTNS_AUTH_METHOD_CERT:
		return BTNS_PAD_PROOF_CERT;
	case BTNS_AUTH_METHOD_PSK:
		return BTNS_PAD_PROOF_SECRET;
	default:
		return BTNS_PAD_PROOF_NONE;
	}
}

static enum btns_sa_verdict refuse_peer(const char *text,
					struct netlink_ext_ack *extack)
{
	btns_extack_text(extack, text);
	return BTNS_SA_VERDICT_PAD_REFUSED;
}

/**
 * btns_pad_authorise() - does the PAD let this peer have this SA?
 * @bn: namespace, mutex held
 * @params: what a helper says of the SA
 * @btns: out, if ok: policy must let BTNS peers in
 * @extack: sentence if not
 *
 * The identity that the helper claims must be the one that the PAD gives to
 * such a peer, and the addresses must be the peer's (RFC 5386 section 2). An
 * administrator's word (method manual) stands for the proof, not for the entry.
 *
 * Return: BTNS_SA_VERDICT_OK, _PAD_REFUSED or _OWNED.
 */
enum btns_sa_verdict btns_pad_authorise(struct btns_net *bn,
					const struct btns_sa_params *params,
					bool *btns,
					struct netlink_ext_ack *extack)
{
	const struct btns_pad_rule *rules = bn->pad ? bn->pad->rules : NULL;
	unsigned int count = btns_pad_count(bn);
	struct btns_pad_decision decision;
	struct btns_pad_peer peer = {
		.proof = proof_of(params->peer.method),
		.id_type = params->peer.type,
		.has_key = params->ev.known & BTNS_KNOWN_KEY,
	};

	memcpy(peer.id_digest, params->peer.digest, BTNS_DIGEST_LEN);
	memcpy(peer.key, params->ev.key, BTNS_DIGEST_LEN);
	if (peer.id_type == BTNS_ID_TYPE_PUBLICKEY && !peer.has_key) {
		peer.has_key = true;
		memcpy(peer.key, peer.id_digest, BTNS_DIGEST_LEN);
	}
	if (!btns_pad_match(rules, count, &peer, &decision))
		return refuse_peer(btns_pad_cause_text(decision.cause), extack);
	if (decision.id_type != params->peer.type ||
	    memcmp(decision.digest, params->peer.digest, BTNS_DIGEST_LEN))
		return refuse_peer("no PAD entry has that identity: bind the peer by its key",
				   extack);
	if (decision.method != params->peer.method)
		return refuse_peer("the PAD authorises that peer by another method",
				   extack);

	*btns = decision.btns;
	switch (btns_pad_child(rules, count, decision.index,
			       &params->sel.remote, NULL)) {
	case BTNS_PAD_CHILD_OK:
		return BTNS_SA_VERDICT_OK;
	case BTNS_PAD_CHILD_OWNED:
		btns_extack_text(extack,
				 "another PAD entry owns some of the remote addresses");
		return BTNS_SA_VERDICT_OWNED;
	case BTNS_PAD_CHILD_OUTSIDE:
		break;
	}
	return refuse_peer("the peer's PAD entry does not hold all of the remote addresses",
			   extack);
}
