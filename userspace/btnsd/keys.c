// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of our keys a peer is shown. A new key is for peers that have no latch
 * with us under an older one; those see the older one until their latches end,
 * or until an administrator takes it off the list. What the kernel latched says
 * which that is: to a peer without a name for us we are our key, and so our own
 * end of each latch has its digest.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/child.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sa.h"
#include "btnsd/ike/wire.h"
#include "btnsd/keys.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/**
 * struct search - walk over the kernel's latches for one with a peer
 * @sa: IKE SA with it
 * @found: place of the first old key that such a latch has, or one behind them
 */
struct search {
	const struct ike_sa *sa;
	size_t found;
};

static bool is_at(const struct lbtns_prefix *p, const struct addr *a)
{
	struct addr b;

	addr_from_lbtns(&b, p);
	return addr_equal(&b, a);
}

/* by who it is if it has proved that, else by where it is */
static bool is_with(const struct lbtns_latch *l, const struct ike_sa *sa)
{
	const struct addr *a = &sa->path.remote.addr;

	if (sa->authenticated && sa->peer.type != BTNS_ID_TYPE_NONE)
		return lbtns_ident_equal(&l->peer, &sa->peer);
	return is_at(&l->raddr, a) || is_at(&l->tunnel_remote, a) ||
	       is_at(&l->remote_public, a);
}

static int on_latch(const struct lbtns_latch *l, void *arg)
{
	struct search *s = arg;
	const struct conf *c = s->sa->d->conf;
	size_t i;

	if ((l->state != BTNS_LATCH_STATE_ESTABLISHED &&
	     l->state != BTNS_LATCH_STATE_BROKEN) ||
	    l->local.type != BTNS_ID_TYPE_PUBLICKEY || !is_with(l, s->sa))
		return 0;
	for (i = 0; i < s->found; i++)
		if (!memcmp(l->local.digest, key_fingerprint(c->old_key[i]),
			    BTNS_DIGEST_LEN))
			s->found = i;
	return 0;
}

/* NULL if the kernel cannot be asked, and sa->fault says so */
static const struct key *choose(struct ike_sa *sa)
{
	struct search s = { .sa = sa, .found = sa->d->conf->n_old_keys };
	const struct conf *c = sa->d->conf;
	struct btnsd *d = sa->d;
	size_t i;

	/* by name we are the same with every key */
	if (!c->n_old_keys || c->id.type != BTNS_ID_TYPE_NONE)
		return d->key;
	for (i = 0; i < c->n_old_keys; i++)
		if (orphan_by_key(d, &sa->path.remote.addr,
				  key_fingerprint(c->old_key[i])))
			return c->old_key[i];
	if (d->kern->latches(d->kern_ctx, on_latch, &s)) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "which of our keys it knows cannot be told: %.120s",
			 d->kern->error(d->kern_ctx));
		return NULL;
	}
	return s.found < c->n_old_keys ? c->old_key[s.found] : d->key;
}

/**
 * keys_choose() - by which of our keys do we prove ourselves to a peer?
 * @sa: IKE SA before our AUTH; its own_key is set
 * @own: filled with who we are by that key
 *
 * Return: true; or false, and sa->fault says why.
 */
bool keys_choose(struct ike_sa *sa, struct own *own)
{
	const struct key *key = choose(sa);

	if (!key)
		return false;
	if (!id_own(sa->d, key, own)) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "our identity cannot be made");
		return false;
	}
	memcpy(sa->own_key, key_fingerprint(key), BTNS_DIGEST_LEN);
	if (key != sa->d->key)
		sa_log(sa, LOG_INFO,
		       "it is latched to an older key of ours, which it is shown");
	return true;
}

/**
 * keys_gone() - is a key ours no more?
 * @d: helper
 * @key: its SHA-256; zero for one that was never shown
 *
 * Return: whether it was shown, and is neither in use nor listed.
 */
bool keys_gone(const struct btnsd *d, const uint8_t key[BTNS_DIGEST_LEN])
{
	static const uint8_t none[BTNS_DIGEST_LEN];
	const struct conf *c = d->conf;
	size_t i;

	for (i = 0; i < c->n_old_keys; i++)
		if (!memcmp(key, key_fingerprint(c->old_key[i]),
			    BTNS_DIGEST_LEN))
			return false;
	return memcmp(key, key_fingerprint(d->key), BTNS_DIGEST_LEN) &&
	       memcmp(key, none, BTNS_DIGEST_LEN);
}

/**
 * keys_changed() - another configuration is in force: close what has no key
 * @d: helper
 *
 * IKE SAs and child SAs that rest on a key which is not listed any more end, and
 * so do SAs that an earlier btnsd made with it.
 * Latches stay until SAs by another key come, and break then (local-id).
 */
void keys_changed(struct btnsd *d)
{
	unsigned int n = 0, left;
	struct ike_sa *sa;

	left = orphan_drop_keys(d);
	for (sa = d->sas; sa; sa = sa->next) {
		if (sa->state == IKE_ST_DEAD || !keys_gone(d, sa->own_key))
			continue;
		n += sa->state != IKE_ST_CLOSING;
		while (sa->children)
			child_gone(sa->children, false);
		if (sa->state == IKE_ST_ESTABLISHED)
			life_close(sa);
		else if (sa->state != IKE_ST_CLOSING)
			sa_kill(sa, false);
		fsm_start(sa);
	}
	if (n || left)
		log_notice("%u IKE SAs closed that rest on a key which is not in identity.old_keys any more, and %u SAs of an earlier btnsd deleted: latches that peers hold with it are to break",
			   n, left);
	sa_reap(d);
}
