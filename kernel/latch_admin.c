// SPDX-License-Identifier: GPL-2.0-only
/*
 * Latches as administrators and helpers see them: copies to show, closing and
 * breaking by choice, and the question which latches a coming SA would break.
 */
#include "latch.h"

/* In transport mode the ends of the SA are the ends of the flow. */
static void fill_encap(const struct btns_latch *latch,
		       const struct btns_suite_key *key,
		       struct btns_latch_view *view)
{
	bool tunnel = key->tunnel_family;

	view->nat_family = tunnel ? key->tunnel_family : latch->flow.family;
	view->encap = key->encap;
	if (!key->encap)
		return;
	view->local_private = tunnel ? key->tunnel_local : latch->flow.laddr;
	view->remote_public = tunnel ? key->tunnel_remote : latch->flow.raddr;
	view->local_private_port = key->encap_lport;
	view->remote_public_port = key->encap_rport;
}

static void fill_suite(const struct btns_latch *latch,
		       const struct btns_suite_key *key,
		       struct btns_latch_view *view)
{
	view->protection = key->qop.protection;
	view->sa_proto = key->qop.sa_proto;
	view->sa_mode = key->qop.sa_mode;
	view->replay = latch->replay;
	view->esn = key->qop.esn;
	view->enc_keybits = key->qop.enc_keybits;
	view->icv_bits = key->qop.icv_bits;
	memcpy(view->enc, key->qop.enc, sizeof(view->enc));
	memcpy(view->auth, key->qop.auth, sizeof(view->auth));
	view->tunnel_family = key->tunnel_family;
	view->tunnel_local = key->tunnel_local;
	view->tunnel_remote = key->tunnel_remote;
	fill_encap(latch, key, view);
}

/* What it waits for, as long as it has none. */
static void fill_wish(const struct btns_wish *wish,
		      struct btns_latch_view *view)
{
	view->protection = wish->protection;
	view->enc_keybits = wish->enc_keybits;
	memcpy(view->enc, wish->enc, sizeof(view->enc));
	memcpy(view->auth, wish->auth, sizeof(view->auth));
}

/* The caller has a reference: with the last one goes what the view will hold. */
static void fill(struct btns_latch *latch, struct btns_latch_view *view)
{
	memset(view, 0, sizeof(*view));
	spin_lock_bh(&latch->lock);
	view->ev.id = latch->id;
	view->ev.parent = latch->parent;
	view->ev.cookie = latch->cookie;
	view->ev.state = latch->state;
	view->ev.reason = latch->reason;
	view->ev.family = latch->flow.family;
	view->ev.proto = latch->flow.proto;
	view->ev.laddr = latch->flow.laddr;
	view->ev.raddr = latch->flow.raddr;
	view->ev.lport = latch->flow.lport;
	view->ev.rport = latch->flow.rport;
	view->ask_mode = latch->want.mode;
	view->disposition = latch->want.disposition;
	if (latch->suite)
		fill_suite(latch, &latch->suite->key, view);
	else if (latch->want.wish)
		fill_wish(latch->want.wish, view);
	if (latch->peer)
		view->peer = btns_ident_hold(latch->peer);
	if (latch->local)
		view->local = btns_ident_hold(latch->local);
	view->proof = btns_sa_proof_hold(latch->proof);
	view->mark_in = latch->marks.in;
	view->mark_out = latch->marks.out;
	view->conflicts = latch->conflicts;
	view->age_ms = jiffies_to_msecs(jiffies - READ_ONCE(latch->born));
	spin_unlock_bh(&latch->lock);
	view->ev.peer = view->peer;
}

/**
 * btns_latch_view_rcu - copy a latch that was looked up
 * @latch: latch, or NULL
 * @view: filled on success; holds references until btns_latch_view_put()
 *
 * Context: RCU read section.
 * Return: false if there is none, or it is about to be freed.
 */
bool btns_latch_view_rcu(struct btns_latch *latch, struct btns_latch_view *view)
{
	if (!latch || !refcount_inc_not_zero(&latch->ref))
		return false;
	fill(latch, view);
	btns_latch_put(latch);
	return true;
}

/**
 * btns_latch_view_put - give back what a view holds
 * @bn: namespace
 * @view: from btns_latch_view() or btns_latch_next()
 *
 * Context: any but hard interrupts.
 */
void btns_latch_view_put(struct btns_net *bn, struct btns_latch_view *view)
{
	if (view->peer)
		btns_ident_put(bn, view->peer);
	if (view->local)
		btns_ident_put(bn, view->local);
	btns_sa_proof_put(view->proof);
}

/**
 * btns_latch_view - copy the latch of an id
 * @bn: namespace
 * @id: id
 * @view: filled on success; to be put
 *
 * Context: any but hard interrupts.
 * Return: 0 or -ENOENT.
 */
int btns_latch_view(struct btns_net *bn, u64 id, struct btns_latch_view *view)
{
	struct btns_latch *latch = btns_latch_get(bn, id);

	if (!latch)
		return -ENOENT;
	fill(latch, view);
	btns_latch_put(latch);
	return 0;
}

/**
 * btns_latch_next - copy the next latch
 * @bn: namespace
 * @id: in: lowest id wanted; out: id of the one found
 * @view: filled on success; to be put
 *
 * Context: any but hard interrupts.
 * Return: 0, or -ENOENT at the end.
 */
int btns_latch_next(struct btns_net *bn, u64 *id, struct btns_latch_view *view)
{
	struct btns_latch *latch = btns_latch_get_next(bn, id);

	if (!latch)
		return -ENOENT;
	fill(latch, view);
	btns_latch_put(latch);
	return 0;
}

static bool chosen(const struct btns_latch *latch,
		   const struct btns_latch_choice *choice)
{
	if (choice->id)
		return latch->id == choice->id;
	if (latch->listener)
		return false;	/* a listener is closed by its id only */
	if (choice->all)
		return true;
	return choice->has_peer && latch->peer &&
	       latch->peer->type == choice->peer_type &&
	       !memcmp(latch->peer->digest, choice->peer_digest,
		       BTNS_DIGEST_LEN);
}

static unsigned int apply_to_chosen(struct btns_net *bn,
				    const struct btns_latch_choice *choice,
				    bool (*fn)(struct btns_latch *latch,
					       enum btns_reason reason),
				    enum btns_reason reason)
{
	struct btns_latch *latch;
	unsigned int count = 0;
	u64 id = choice->id;

	while ((latch = btns_latch_get_next(bn, &id))) {
		if (chosen(latch, choice))
			count += fn(latch, reason);
		btns_latch_put(latch);
		if (choice->id)
			break;
		id++;
		cond_resched();
	}
	return count;
}

/* A lost store ends what stands on it: a larval latch has no peer yet. */
static bool close_fn(struct btns_latch *latch, enum btns_reason reason)
{
	u8 state = READ_ONCE(latch->state);

	if (reason == BTNS_REASON_STORE &&
	    state != BTNS_LATCH_STATE_ESTABLISHED &&
	    state != BTNS_LATCH_STATE_BROKEN)
		return false;
	return btns_latch_close_one(latch, reason, -ECONNRESET);
}

/* A latch that is broken already becomes so for good. */
static bool break_fn(struct btns_latch *latch, enum btns_reason reason)
{
	return btns_latch_break_one(latch, reason) ||
	       READ_ONCE(latch->state) == BTNS_LATCH_STATE_BROKEN;
}

/**
 * btns_latch_close - close latches as an administrator
 * @bn: namespace
 * @choice: which; a listener only if chosen by its id
 * @reason: BTNS_REASON_ADMIN, or BTNS_REASON_STORE for those that are
 *	established or broken only (RFC 5660 section 2.6)
 *
 * The sockets see ECONNRESET (RFC 5660 sections 2.2 and 2.3); one that
 * listened listens no more.
 *
 * Context: process.
 * Return: how many were closed.
 */
unsigned int btns_latch_close(struct btns_net *bn,
			      const struct btns_latch_choice *choice,
			      enum btns_reason reason)
{
	return apply_to_chosen(bn, choice, close_fn, reason);
}

/**
 * btns_latch_break - break latches for good
 * @bn: namespace
 * @choice: which
 * @reason: BTNS_REASON_ADMIN or BTNS_REASON_PEER_DEAD
 *
 * Context: process.
 * Return: how many are broken by it.
 */
unsigned int btns_latch_break(struct btns_net *bn,
			      const struct btns_latch_choice *choice,
			      enum btns_reason reason)
{
	return apply_to_chosen(bn, choice, break_fn, reason);
}

static bool prefix_holds(const struct btns_prefix *prefix,
			 const union nf_inet_addr *addr)
{
	return addr_match(prefix->addr, addr, prefix->len);
}

static bool selector_holds(const struct btns_selector *sel,
			   const struct btns_flow *flow)
{
	return sel->local.family == flow->family &&
	       prefix_holds(&sel->local, &flow->laddr) &&
	       prefix_holds(&sel->remote, &flow->raddr) &&
	       (!sel->proto || sel->proto == flow->proto) &&
	       !((sel->lport ^ ntohs(flow->lport)) & sel->lmask) &&
	       !((sel->rport ^ ntohs(flow->rport)) & sel->rmask);
}

static bool mark_holds(const struct btns_sa_params *params,
		       const struct btns_marks *marks)
{
	return btns_mark_fits(params->mark, params->mark_mask, marks->in) ||
	       btns_mark_fits(params->mark, params->mark_mask, marks->out);
}

/*
 * Is an SA of somebody without identity one more of those that a latch was made
 * on? Nothing says that two nobodies are the same; an SA by hand has no binding,
 * and so no identity of ours. An identity is one object, so its key will do.
 */
static bool same_nobody(const struct btns_latch *latch,
			const struct btns_sa_params *params)
{
	static const struct btns_evidence nothing;
	const struct btns_evidence *ev = latch->proof ? &latch->proof->ev :
							&nothing;
	const struct btns_ident *local = latch->local;

	return !latch->peer && local && local->type == params->local.type &&
	       local->method == params->local.method &&
	       !memcmp(local->digest, params->local.digest,
		       sizeof(local->digest)) &&
	       !memcmp(ev, &params->ev, sizeof(*ev));
}

/* Values are read once the latch is established. */
static bool contradicts(const struct btns_latch *latch,
			const struct btns_sa_params *params,
			const struct btns_ident *peer)
{
	if (peer ? latch->peer == peer : same_nobody(latch, params))
		return false;
	return selector_holds(&params->sel, &latch->flow) &&
	       mark_holds(params, &latch->marks);
}

/**
 * btns_latch_conflict - what an SA that is about to come would break
 * @bn: namespace
 * @params: traffic that the SA is for, and its mark
 * @peer: whose it is; NULL for an anonymous peer, who has part only in latches
 *	made on SAs with the same identity of ours and the same evidence
 * @brk: break the latches it conflicts with
 *
 * RFC 5660 section 2.3: a latch breaks, and its owner is told, before the
 * conflicting SA is accepted.
 *
 * Context: process.
 * Return: id of the first latch that conflicts, or 0.
 */
u64 btns_latch_conflict(struct btns_net *bn,
			const struct btns_sa_params *params,
			const struct btns_ident *peer, bool brk)
{
	struct btns_latch *latch;
	u64 id = 0, first = 0;
	u8 state;

	while ((latch = btns_latch_get_next(bn, &id))) {
		/* Paired with the release in __btns_latch_move(). */
		state = smp_load_acquire(&latch->state);
		if ((state == BTNS_LATCH_STATE_ESTABLISHED ||
		     state == BTNS_LATCH_STATE_BROKEN) &&
		    contradicts(latch, params, peer)) {
			if (!first && state == BTNS_LATCH_STATE_ESTABLISHED)
				first = latch->id;
			if (brk)
				btns_latch_break_one(latch, BTNS_REASON_PEER);
		}
		btns_latch_put(latch);
		id++;
		cond_resched();
	}
	return first;
}

static u64 table_bytes(struct rhashtable *ht)
{
	const struct bucket_table *tbl;
	u64 bytes;

	rcu_read_lock();
	tbl = rcu_dereference(ht->tbl);
	bytes = sizeof(*tbl) + (u64)tbl->size * sizeof(tbl->buckets[0]);
	rcu_read_unlock();
	return bytes;
}

/*
 * Counts latches by state; returns the bytes of the index. It has one node at
 * each level for each run of ids that is not empty: ids are never used again,
 * so few latches that live long can need more nodes than many that are young.
 */
static u64 walk_index(struct btns_net *bn, struct btns_latch_sum *sum)
{
	unsigned long id = 0, last = 0;
	const struct btns_latch *latch;
	unsigned int shift;
	bool first = true;
	u64 nodes = 0;

	for (;; id++) {
		rcu_read_lock();
		latch = xa_find(&bn->latch_ids, &id, ULONG_MAX, XA_PRESENT);
		if (latch)
			sum->states[READ_ONCE(latch->state)]++;
		rcu_read_unlock();
		if (!latch)
			break;
		for (shift = XA_CHUNK_SHIFT; !first && shift < BITS_PER_LONG &&
		     (id ^ last) >> shift; shift += XA_CHUNK_SHIFT)
			nodes++;
		first = false;
		last = id;
		cond_resched();
	}
	/* the first of each level */
	for (shift = 0; shift < BITS_PER_LONG && last >> shift;
	     shift += XA_CHUNK_SHIFT)
		nodes++;
	return nodes * sizeof(struct xa_node);
}

/**
 * btns_latch_sum - how many latches there are, and what they cost
 * @bn: namespace
 * @sum: filled
 *
 * What many latches share (identities, suites, users) is not in it. Latches
 * that come, go or change meanwhile are counted as they were met.
 *
 * Context: process, may sleep.
 */
void btns_latch_sum(struct btns_net *bn, struct btns_latch_sum *sum)
{
	u64 count = 0;
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	sum->size = btns_latch_cache_size();
	sum->memory = walk_index(bn, sum) + table_bytes(&bn->latches) +
		      table_bytes(&bn->listeners);
	for (i = 0; i < ARRAY_SIZE(sum->states); i++)
		count += sum->states[i];
	sum->memory += count * sum->size;
	sum->cost = count ? div64_u64(sum->memory + count - 1, count) :
			    sum->size;
}
