// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings: which peer owns an SA, as its helper vouched for before it was
 * installed. A binding ends with its SA, or when the helper takes it back.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "btns.h"

/* Most bindings in a namespace: two for each of 32768 child SAs. */
#define BTNS_SA_MAX 65536

/* RFC 4303 section 2.1 keeps those below. */
#define BTNS_SPI_MIN 256

static const struct rhashtable_params sa_params = {
	.head_offset = offsetof(struct btns_sa, node),
	.key_offset = offsetof(struct btns_sa, key),
	.key_len = sizeof(struct btns_sa_key),
	.hashfn = btns_hash,
	.automatic_shrinking = true,
};

/**
 * btns_sa_init() - make the tables of bindings
 * @bn: namespace
 *
 * Return: 0 or a negative errno.
 */
int btns_sa_init(struct btns_net *bn)
{
	spin_lock_init(&bn->sa_lock);
	xa_init_flags(&bn->sa_ids, XA_FLAGS_LOCK_BH);
	atomic_set(&bn->sa_count, 0);
	atomic_set(&bn->sa_changes, 0);
	bn->sa_next_id = 0;
	return rhashtable_init(&bn->sas, &sa_params);
}

/**
 * btns_sa_proof_hold() - one more user
 * @proof: held already, or of a binding in the caller's RCU section; or NULL
 *
 * Any context.
 *
 * Return: @proof.
 */
struct btns_proof *btns_sa_proof_hold(struct btns_proof *proof)
{
	if (proof)
		refcount_inc(&proof->ref);
	return proof;
}

/**
 * btns_sa_proof_put() - one user less
 * @proof: not to be used afterwards; or NULL
 *
 * Any context.
 */
void btns_sa_proof_put(struct btns_proof *proof)
{
	if (proof && refcount_dec_and_test(&proof->ref))
		kfree(proof);
}

/* For a binding that no packet can see any more, or ever saw. */
static void free_sa(struct btns_sa *sa)
{
	if (!IS_ERR_OR_NULL(sa->peer))
		btns_ident_put(sa->bn, sa->peer);
	if (!IS_ERR_OR_NULL(sa->local))
		btns_ident_put(sa->bn, sa->local);
	btns_sa_proof_put(sa->proof);
	kfree(sa);
}

static void free_rcu(struct rcu_head *head)
{
	free_sa(container_of(head, struct btns_sa, rcu));
}

/* False if somebody else was faster. Any context, nothing of ours locked. */
static bool remove(struct btns_net *bn, struct btns_sa *sa)
{
	int err;

	spin_lock_bh(&bn->sa_lock);
	err = rhashtable_remove_fast(&bn->sas, &sa->node, sa_params);
	spin_unlock_bh(&bn->sa_lock);
	if (err)
		return false;
	xa_erase_bh(&bn->sa_ids, sa->id);
	atomic_dec(&bn->sa_count);
	atomic_inc(&bn->sa_changes);
	atomic_inc(&bn->sad_gen);
	btns_mib_inc(bn, SaUnbound);
	btns_event_sa(bn, sa, false);
	btns_latch_event_gone(bn);
	call_rcu(&sa->rcu, free_rcu);
	return true;
}

/**
 * btns_sa_exit() - drop all bindings and the tables
 * @bn: namespace; no packet, event or command comes any more
 *
 * The identities are put a grace period later: btns_ident_exit() waits.
 */
void btns_sa_exit(struct btns_net *bn)
{
	btns_sa_flush(bn, 0);
	WARN_ON_ONCE(atomic_read(&bn->sa_count));
	xa_destroy(&bn->sa_ids);
	rhashtable_destroy(&bn->sas);
}

/**
 * btns_sa_find_rcu() - binding of an SA
 * @bn: namespace
 * @key: which SA, padding zero
 *
 * Return: binding, valid while the caller's RCU section lasts, or NULL.
 */
const struct btns_sa *btns_sa_find_rcu(struct btns_net *bn,
				       const struct btns_sa_key *key)
{
	return rhashtable_lookup(&bn->sas, key, sa_params);
}

static const char *evidence_fault_of(const struct btns_sa_params *params)
{
	const struct btns_evidence *ev = &params->ev;

	if (ev->known & BTNS_KNOWN_ANCHOR && !(ev->known & BTNS_KNOWN_CERT))
		return "a trust anchor needs the certificate that it stands above";
	if (ev->known & BTNS_KNOWN_ANCHOR &&
	    params->peer.method == BTNS_AUTH_METHOD_BTNS)
		return "method btns knows no trust anchor";
	if (ev->known & BTNS_KNOWN_PUBLIC &&
	    !memchr_inv(&ev->local_public, 0, sizeof(ev->local_public)))
		return "our public address is no address";
	if (ev->known & BTNS_KNOWN_PRIVATE &&
	    !memchr_inv(&ev->remote_private, 0, sizeof(ev->remote_private)))
		return "the peer's private address is no address";
	return NULL;
}

static const char *fault_of(const struct btns_sa_params *params)
{
	u8 type = params->peer.type, method = params->peer.method;
	bool has_key = params->ev.known & BTNS_KNOWN_KEY;

	if (params->mark & ~params->mark_mask)
		return "the mark has bits outside of its mask";
	if (params->key.family != AF_INET && params->key.family != AF_INET6)
		return "the SA's family must be AF_INET or AF_INET6";
	if (params->key.proto != IPPROTO_ESP && params->key.proto != IPPROTO_AH)
		return "the SA's protocol must be ESP or AH";
	if (ntohl(params->key.spi) < BTNS_SPI_MIN)
		return "SPIs below 256 are reserved";
	if (!memchr_inv(&params->key.daddr, 0, sizeof(params->key.daddr)))
		return "the SA has no destination";
	if (!btns_selector_valid(&params->sel))
		return "the selector needs one family, clean prefixes, ports with a protocol only";
	if (!type != !method)
		return "a peer has an identity and a proof of it, or is anonymous and has neither";
	if (type == BTNS_ID_TYPE_NONE &&
	    params->ev.known & (BTNS_KNOWN_KEY | BTNS_KNOWN_CERT))
		return "an anonymous peer has neither key nor certificate";
	if (type > BTNS_ID_TYPE_KEY_ID || method > BTNS_AUTH_METHOD_MANUAL ||
	    params->local.type > BTNS_ID_TYPE_KEY_ID ||
	    params->local.method > BTNS_AUTH_METHOD_MANUAL)
		return "unknown identity type or method";
	if (method == BTNS_AUTH_METHOD_BTNS && type != BTNS_ID_TYPE_PUBLICKEY)
		return "method btns proves a public key and nothing else";
	if (type == BTNS_ID_TYPE_PUBLICKEY &&
	    method != BTNS_AUTH_METHOD_BTNS &&
	    method != BTNS_AUTH_METHOD_MANUAL)
		return "a public key is proved by method btns or manual";
	if (method == BTNS_AUTH_METHOD_RAWKEY && !has_key)
		return "method rawkey needs the peer's key";
	if (type == BTNS_ID_TYPE_PUBLICKEY && has_key &&
	    memcmp(params->peer.digest, params->ev.key, BTNS_DIGEST_LEN))
		return "the peer's key is not its identity";
	return evidence_fault_of(params);
}

/* Would a binding be made? Counts nothing, changes nothing. */
static int authorise(struct btns_net *bn, const struct btns_sa_params *params,
		     enum btns_sa_verdict *verdict,
		     struct netlink_ext_ack *extack)
{
	const char *fault = fault_of(params);
	bool btns = false, clear;

	if (fault) {
		if (extack)
			extack->_msg = fault;
		return -EINVAL;
	}
	*verdict = BTNS_SA_VERDICT_OK;
	if (READ_ONCE(bn->knobs.pad_mode) == BTNS_PAD_MODE_OFF)
		return 0;
	*verdict = btns_pad_authorise(bn, params, &btns, extack);
	if (*verdict != BTNS_SA_VERDICT_OK)
		return 0;
	*verdict = btns_spd_authorise(bn, params, btns, &clear, extack);
	/* RFC 5660 section 3.1: as if policy protected that traffic */
	if (*verdict != BTNS_SA_VERDICT_OK && clear &&
	    btns_ask_protects(bn, &params->sel))
		*verdict = BTNS_SA_VERDICT_OK;
	return 0;
}

static void count_refusal(struct btns_net *bn, enum btns_sa_verdict verdict)
{
	switch (verdict) {
	case BTNS_SA_VERDICT_PAD_REFUSED:
		btns_mib_inc(bn, SaBindPad);
		break;
	case BTNS_SA_VERDICT_OWNED:
		btns_mib_inc(bn, SaBindOwned);
		break;
	case BTNS_SA_VERDICT_POLICY_REFUSED:
		btns_mib_inc(bn, SaBindPolicy);
		break;
	default:
		btns_mib_inc(bn, SaBindRefused);
	}
}

static bool same_selector(const struct btns_selector *a,
			  const struct btns_selector *b)
{
	return btns_selector_contains(a, b) && btns_selector_contains(b, a);
}

static bool same_proof(const struct btns_proof *a, const struct btns_proof *b)
{
	if (!a || !b)
		return a == b;
	return !memcmp(&a->ev, &b->ev, sizeof(a->ev));
}

static bool same(const struct btns_sa *a, const struct btns_sa *b)
{
	return a->peer == b->peer && a->local == b->local &&
	       same_selector(&a->sel, &b->sel) && a->mark == b->mark &&
	       a->mark_mask == b->mark_mask && same_proof(a->proof, b->proof);
}

/* False if there is no memory; no proof if nothing is known. */
static bool set_proof(struct btns_sa *sa, const struct btns_evidence *ev)
{
	if (!ev->known)
		return true;
	sa->proof = kzalloc(sizeof(*sa->proof), GFP_KERNEL_ACCOUNT);
	if (!sa->proof)
		return false;
	refcount_set(&sa->proof->ref, 1);
	sa->proof->ev = *ev;
	return true;
}

/* A reference, NULL for an anonymous peer, or an ERR_PTR. */
static struct btns_ident *intern_peer(struct btns_net *bn,
				      const struct btns_sa_params *params)
{
	if (params->peer.type == BTNS_ID_TYPE_NONE)
		return NULL;
	return btns_ident_intern(bn, params->peer.type, params->peer.method,
				 params->peer.digest, params->peer.name,
				 GFP_KERNEL_ACCOUNT);
}

static struct btns_sa *alloc(struct btns_net *bn,
			     const struct btns_sa_params *params)
{
	struct btns_sa *sa;

	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return NULL;
	sa->bn = bn;
	sa->key = params->key;
	sa->sel = params->sel;
	sa->mark = params->mark;
	sa->mark_mask = params->mark_mask;
	sa->peer = intern_peer(bn, params);
	sa->local = btns_ident_intern(bn, params->local.type,
				      params->local.method,
				      params->local.digest, params->local.name,
				      GFP_KERNEL_ACCOUNT);
	if (!IS_ERR(sa->peer) && !IS_ERR(sa->local) &&
	    set_proof(sa, &params->ev))
		return sa;
	free_sa(sa);
	return NULL;
}

/* 1: bound like that already; 0: not bound; -EEXIST: bound otherwise. */
static int find_same(struct btns_net *bn, const struct btns_sa *new, u64 *id)
{
	const struct btns_sa *old;
	int ret = 0;

	rcu_read_lock();
	old = btns_sa_find_rcu(bn, &new->key);
	if (old) {
		ret = same(old, new) ? 1 : -EEXIST;
		*id = old->id;
	}
	rcu_read_unlock();
	return ret;
}

static int publish(struct btns_net *bn, struct btns_sa *sa,
		   const struct btns_sa_params *params, u64 *id,
		   struct netlink_ext_ack *extack)
{
	int err;

	sa->id = ++bn->sa_next_id;
	*id = sa->id;
	err = xa_insert_bh(&bn->sa_ids, sa->id, sa, GFP_KERNEL_ACCOUNT);
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory for the binding");
		return err;
	}
	/* Before a packet can use the SA, what it contradicts is broken. */
	btns_latch_conflict(bn, params, sa->peer, true);

	spin_lock_bh(&bn->sa_lock);
	err = rhashtable_lookup_insert_fast(&bn->sas, &sa->node, sa_params);
	if (!err) {
		/* Once the lock is dropped, the SA may go at any time. */
		atomic_inc(&bn->sa_count);
		atomic_inc(&bn->sa_changes);
		atomic_inc(&bn->sad_gen);
		btns_mib_inc(bn, SaBound);
		btns_event_sa(bn, sa, true);
	}
	spin_unlock_bh(&bn->sa_lock);
	if (err) {
		xa_erase_bh(&bn->sa_ids, *id);
		NL_SET_ERR_MSG(extack, "no memory for the binding");
		return err;
	}
	/* @sa may be gone by now */
	btns_latch_event_binding(bn, &params->key, params->mark);
	return 0;
}

static int bind(struct btns_net *bn, const struct btns_sa_params *params,
		u64 *id, struct netlink_ext_ack *extack)
{
	struct btns_sa *sa;
	int ret;

	sa = alloc(bn, params);
	if (!sa) {
		NL_SET_ERR_MSG(extack, "no memory for the binding");
		return -ENOMEM;
	}
	ret = find_same(bn, sa, id);
	if (ret < 0)
		NL_SET_ERR_MSG(extack,
			       "the SA is bound in another way: unbind it first");
	if (!ret && atomic_read(&bn->sa_count) >= BTNS_SA_MAX) {
		NL_SET_ERR_MSG(extack, "too many bindings");
		ret = -ENOSPC;
	}
	if (ret) {
		free_sa(sa);
		return min(ret, 0);
	}

	ret = publish(bn, sa, params, id, extack);
	if (ret)
		free_sa(sa);
	return ret;
}

/**
 * btns_sa_bind() - vouch for an SA
 * @bn: namespace, mutex held
 * @params: what the helper says of it; checked in full
 * @id: out, the binding
 * @extack: sentence if it is refused
 *
 * To be called before the SA is installed, once for each direction. Latches
 * that contradict the SA are broken before this returns (RFC 5660 L33, L34),
 * but an anonymous peer breaks none: it is refused (RFC 7619 section 3.3).
 * Binding an SA again in the very same way does nothing and succeeds.
 *
 * Return: 0; -EINVAL, -EACCES (PAD or SPD do not authorise it, or an anonymous
 * peer would break a latch), -EEXIST, -ENOSPC, -ENOMEM: then nothing is bound.
 */
int btns_sa_bind(struct btns_net *bn, const struct btns_sa_params *params,
		 u64 *id, struct netlink_ext_ack *extack)
{
	enum btns_sa_verdict verdict = BTNS_SA_VERDICT_PAD_REFUSED;
	int err;

	lockdep_assert_held(&bn->mutex);
	err = authorise(bn, params, &verdict, extack);
	if (err || verdict != BTNS_SA_VERDICT_OK) {
		count_refusal(bn, err ? BTNS_SA_VERDICT_OK : verdict);
		return err ?: -EACCES;
	}
	if (params->peer.type == BTNS_ID_TYPE_NONE &&
	    btns_latch_conflict(bn, params, NULL, false)) {
		NL_SET_ERR_MSG(extack,
			       "an anonymous peer's SA would break a latch");
		btns_mib_inc(bn, SaBindRefused);
		return -EACCES;
	}
	err = bind(bn, params, id, extack);
	if (err)
		btns_mib_inc(bn, SaBindRefused);
	return err;
}

/**
 * btns_sa_check() - say what btns_sa_bind() would say
 * @bn: namespace, mutex held
 * @params: as for btns_sa_bind()
 * @verdict: out, if the result is 0
 * @latch_id: out, a latch that would break if the verdict is conflict, else 0
 * @extack: sentence if @params are not valid
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int btns_sa_check(struct btns_net *bn, const struct btns_sa_params *params,
		  enum btns_sa_verdict *verdict, u64 *latch_id,
		  struct netlink_ext_ack *extack)
{
	struct btns_ident *peer;
	int err;

	lockdep_assert_held(&bn->mutex);
	*latch_id = 0;
	err = authorise(bn, params, verdict, extack);
	if (err || *verdict != BTNS_SA_VERDICT_OK)
		return err;
	peer = intern_peer(bn, params);
	if (IS_ERR(peer)) {
		NL_SET_ERR_MSG(extack, "no memory to look for conflicts");
		return PTR_ERR(peer);
	}
	*latch_id = btns_latch_conflict(bn, params, peer, false);
	if (*latch_id)
		*verdict = BTNS_SA_VERDICT_CONFLICT;
	btns_ident_put(bn, peer);
	return 0;
}

/**
 * btns_sa_unbind() - take back what was said of an SA
 * @bn: namespace
 * @key: which SA
 *
 * If the SA is there still, it is nobody's from now on, and what it covers is
 * compared with that (RFC 5660 L33).
 *
 * Any context.
 *
 * Return: 0, or -ENOENT if it is not bound.
 */
int btns_sa_unbind(struct btns_net *bn, const struct btns_sa_key *key)
{
	struct btns_sa *sa;
	bool done;

	rcu_read_lock();
	sa = rhashtable_lookup(&bn->sas, key, sa_params);
	done = sa && remove(bn, sa);
	if (done)
		btns_latch_event_binding(bn, key, sa->mark);
	rcu_read_unlock();
	return done ? 0 : -ENOENT;
}

/**
 * btns_sa_gone() - an SA is gone from the kernel
 * @bn: namespace
 * @key: which SA; most are not bound
 * @mark: its mark; the binding of another SA with that key stays
 *
 * Atomic context.
 */
void btns_sa_gone(struct btns_net *bn, const struct btns_sa_key *key,
		  const struct xfrm_mark *mark)
{
	struct btns_sa *sa;

	rcu_read_lock();
	sa = rhashtable_lookup(&bn->sas, key, sa_params);
	if (sa && sa->mark == mark->v && sa->mark_mask == mark->m)
		remove(bn, sa);
	rcu_read_unlock();
}

/**
 * btns_sa_flush() - all SAs of a protocol are gone from the kernel
 * @bn: namespace
 * @proto: IPPROTO_ESP, IPPROTO_AH, or as XFRM_MSG_FLUSHSA has it: 0 or
 *	IPSEC_PROTO_ANY for all of them
 *
 * Atomic context.
 */
void btns_sa_flush(struct btns_net *bn, u8 proto)
{
	struct btns_sa *sa;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&bn->sa_ids, id, sa)
		if (xfrm_id_proto_match(sa->key.proto, proto))
			remove(bn, sa);
	rcu_read_unlock();
}
