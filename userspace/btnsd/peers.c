// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The peers that proved themselves to us: remembered before the kernel hears of
 * them, compared with the kernel at the start, looked after while we run. A
 * latch whose peer nobody can name any more is no latch: when the store is
 * damaged or lost, all are closed, as RFC 5660 section 2.6 demands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/key.h"
#include "btnsd/ike/sa.h"
#include "btnsd/ike/wire.h"
#include "btnsd/log.h"
#include "btnsd/peers.h"

/* after a failure we try again so soon */
#define AGAIN_MS	1000
/* of a full store, what goes at once is one part of so many */
#define EVICT_PART	16

static bool proved_by_us(const struct lbtns_ident *peer)
{
	return peer->type != BTNS_ID_TYPE_NONE &&
	       peer->method != BTNS_AUTH_METHOD_NONE &&
	       peer->method != BTNS_AUTH_METHOD_MANUAL;
}

static struct lbtns_peer named(const struct lbtns_ident *ident,
			       const uint8_t key[BTNS_DIGEST_LEN])
{
	struct lbtns_peer p = { .ident = *ident };

	memcpy(p.key, key, BTNS_DIGEST_LEN);
	return p;
}

/* ---- what the kernel knows ----------------------------------------------- */

/**
 * struct in_kernel - walk over what the kernel has of our peers
 * @d: helper
 * @found: called for each; @key is NULL where the kernel has none
 * @arg: for @found
 */
struct in_kernel {
	struct btnsd *d;
	int (*found)(struct btnsd *d, const struct lbtns_ident *peer,
		     const uint8_t *key, void *arg);
	void *arg;
};

static int on_binding(const struct lbtns_sa *b, void *arg)
{
	const struct in_kernel *k = arg;

	if (!proved_by_us(&b->peer))
		return 0;
	return k->found(k->d, &b->peer, b->has_peer_key ? b->peer_key : NULL,
			k->arg);
}

static int on_latch(const struct lbtns_latch *l, void *arg)
{
	const struct in_kernel *k = arg;

	if (!proved_by_us(&l->peer) ||
	    (l->state != BTNS_LATCH_STATE_ESTABLISHED &&
	     l->state != BTNS_LATCH_STATE_BROKEN))
		return 0;
	return k->found(k->d, &l->peer, NULL, k->arg);
}

static int walk_kernel(struct in_kernel *k)
{
	struct btnsd *d = k->d;
	int err = d->kern->bindings(d->kern_ctx, on_binding, k);

	return err ? err : d->kern->latches(d->kern_ctx, on_latch, k);
}

/* 0 if the store has him, -ESTALE if not */
static int is_known(struct btnsd *d, const struct lbtns_ident *peer,
		    const uint8_t *key, void *arg)
{
	(void)arg;
	if (key) {
		struct lbtns_peer like = named(peer, key);

		return store_find(&d->store, &like) ? 0 : -ESTALE;
	}
	return store_has_ident(&d->store, peer) ? 0 : -ESTALE;
}

/* ---- loss ---------------------------------------------------------------- */

/* what this process has seen proved, and still talks to, is not lost */
static bool is_live(const struct lbtns_peer *p, void *arg)
{
	const struct btnsd *d = arg;
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->authenticated && sa->state != IKE_ST_DEAD &&
		    sa->peer.type == p->ident.type &&
		    sa->peer.method == p->ident.method &&
		    !memcmp(sa->peer.digest, p->ident.digest,
			    BTNS_DIGEST_LEN) &&
		    !memcmp(sa->peer_key, p->key, BTNS_DIGEST_LEN))
			return true;
	return false;
}

/*
 * Latches are closed first and the file is replaced last: a crash between the
 * two finds the damage again.
 */
static int lost(struct btnsd *d, const char *why)
{
	const char *path = d->store.path ? d->store.path : "the store of peers";
	uint32_t n = 0;
	int err, aside;

	d->store_lost = true;
	err = d->kern->latch_close_all(d->kern_ctx, BTNS_REASON_STORE, &n);
	if (err) {
		log_err("%s: %s, and latches cannot be closed for it: %s",
			path, why, d->kern->error(d->kern_ctx));
		return err;
	}
	d->store_lost = false;
	aside = store_aside(&d->store);
	store_filter(&d->store, is_live, d);
	d->store.unsaved = true;
	err = store_save(&d->store);
	log_err("%s: %s: all %u established and broken latches are closed, as their peers cannot be told any more (RFC 5660 section 2.6); %s%s; peers prove themselves anew, and nobody has to do anything, but look after that disk%s%s",
		path, why, n,
		aside ? "what is left of it cannot be kept: " :
			"what is left of it has .damaged behind its name",
		aside ? store_error(aside) : "",
		err ? "; no new peer is taken until it can be written: " : "",
		err ? store_error(err) : "");
	return 0;
}

/* ---- start, check, stop -------------------------------------------------- */

static void check_due(void *arg)
{
	peers_check(arg);
}

static void look_again(struct btnsd *d, bool soon)
{
	timer_set(&d->timers, &d->store_timer,
		  soon ? AGAIN_MS : d->conf->store_check * 1000ull);
}

/**
 * peers_start() - read the store, compare it with the kernel
 * @d: helper that is starting; d->store.path is set, or NULL for no file
 *
 * A store that is not there is damage only if the kernel knows peers of ours.
 *
 * Return: 0, also when the store was lost and that is dealt with; a negative
 * errno, and the reason is logged.
 */
int peers_start(struct btnsd *d)
{
	struct in_kernel k = { .d = d, .found = is_known };
	const char *why = "";
	int err, missing;

	timer_init(&d->store_timer, check_due, d);
	if (!d->store.path)
		return 0;
	err = store_load(&d->store, &why);
	/* to a later version it is worth something: nothing is closed for that */
	if (err == -ENOMEM || err == -EPROTONOSUPPORT)
		goto fail;
	missing = err == -ENOENT;
	if (!err || missing) {
		err = walk_kernel(&k);
		why = missing ? "it is gone, and the kernel knows peers of ours" :
				"it does not have all peers that the kernel knows";
		if (err && err != -ESTALE) {
			why = d->kern->error(d->kern_ctx);
			goto fail;
		}
	}
	if (err) {
		err = lost(d, why);
		if (err)
			return err;
	} else if (missing) {
		err = store_save(&d->store);
		if (err) {
			why = store_error(err);
			goto fail;
		}
	}
	look_again(d, d->store.unsaved);
	return 0;
fail:
	log_err("%s: the store of peers cannot be used: %s", d->store.path,
		why);
	return err;
}

static void write_if_due(struct store *s)
{
	int err = s->unsaved || s->aged ? store_save(s) : 0;

	if (err)
		log_warn("%s: cannot be written: %s", s->path,
			 store_error(err));
}

/**
 * peers_check() - is the store what it should be? Write what is to be written
 * @d: helper
 *
 * By a timer, and whenever an administrator asks (SIGHUP). A file of a later
 * version is no damage; while it is there nothing is written.
 */
void peers_check(struct btnsd *d)
{
	struct store *s = &d->store;
	const char *why;
	bool soon;
	int err;

	if (!s->path)
		return;
	err = store_check(s, &why);
	if (d->store_lost)
		lost(d, "closing latches failed before");
	else if (err == -ENOMEM)
		log_warn("%s: cannot be checked now: %s", s->path, why);
	else if (err == -EPROTONOSUPPORT)
		log_err("%s: %s: it is left as it is, and latches with it, but no new peer is taken: start the btnsd that it is of, or put the file back that was there",
			s->path, why);
	/* what was never written cannot be missing */
	else if (err && !s->unsaved)
		lost(d, why);
	else
		write_if_due(s);
	/* waiting for somebody to put the old file back takes longer */
	soon = s->unsaved && err != -EPROTONOSUPPORT;
	look_again(d, d->store_lost || soon);
}

/**
 * peers_stop() - the last word to the store
 * @d: helper
 */
void peers_stop(struct btnsd *d)
{
	timer_cancel(&d->store_timer);
	if (d->store.path && !d->store_lost)
		write_if_due(&d->store);
	store_free(&d->store);
}

/* ---- a peer proves itself ------------------------------------------------ */

/* who is in use was seen right now */
static int touch(struct btnsd *d, const struct lbtns_ident *peer,
		 const uint8_t *key, void *arg)
{
	store_touch(&d->store, peer, key, *(const uint64_t *)arg);
	return 0;
}

static int later(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool seen_since(const struct lbtns_peer *p, void *arg)
{
	return p->last >= *(const uint64_t *)arg;
}

/*
 * The store is full: of those whom neither the kernel nor we need now, the ones
 * that were not seen for longest go. 0 if there is room then.
 */
static int make_room(struct btnsd *d, uint64_t now)
{
	struct in_kernel k = { .d = d, .found = touch, .arg = &now };
	static uint64_t seen[LBTNS_PEERS_MAX];
	struct store *s = &d->store;
	const struct ike_sa *sa;
	uint64_t since;
	size_t i;
	int err;

	err = walk_kernel(&k);
	if (err)
		return err;
	for (sa = d->sas; sa; sa = sa->next)
		if (sa->authenticated)
			store_touch(s, &sa->peer, sa->peer_key, now);
	for (i = 0; i < s->n; i++)
		seen[i] = s->peer[i]->last;
	qsort(seen, s->n, sizeof(seen[0]), later);
	since = seen[s->n / EVICT_PART] + 1;
	if (since > now)
		since = now;
	store_filter(s, seen_since, &since);
	return s->n < LBTNS_PEERS_MAX ? 0 : -ENOSPC;
}

static int remember_new(struct btnsd *d, const struct lbtns_peer *p)
{
	int err = 0;

	if (d->store.n >= LBTNS_PEERS_MAX)
		err = make_room(d, p->last);
	return err ? err : store_add(&d->store, p);
}

/**
 * peers_remember() - a peer has proved its key, and the PAD authorises it
 * @sa: IKE SA that knows who it is
 * @key: its public key; NULL for a peer that shares a secret with us
 *
 * Nothing may be said of the peer to the kernel before this succeeds: what the
 * kernel knows is in the file. Of one that proves nothing there is nothing to
 * know.
 *
 * Return: true; or false, and sa->fault says why.
 */
bool peers_remember(struct ike_sa *sa, const struct key *key)
{
	struct span spki = key ? key_spki(key) : span(NULL, 0);
	struct lbtns_peer p = named(&sa->peer, sa->peer_key), *old;
	struct store *s = &sa->d->store;
	int err = 0;

	if (!s->path || !proved_by_us(&sa->peer))
		return true;
	p.last = (uint64_t)time(NULL);
	p.first = p.last;
	p.spki = spki.data;
	p.spki_len = spki.len;
	memcpy(p.pad, sa->pad_entry, sizeof(p.pad));
	old = store_find(s, &p);
	if (old) {
		if (old->last < p.last)
			old->last = p.last;
		memcpy(old->pad, p.pad, sizeof(old->pad));
		s->aged = true;
	} else {
		err = remember_new(sa->d, &p);
	}
	if (!err && s->unsaved)
		err = store_save(s);
	if (!err && !sa->d->store_lost)
		return true;
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
		 "the store of peers does not take it: %s",
		 err == -ENOSPC && s->n >= LBTNS_PEERS_MAX ?
			 "it is full, and all in it are in use" :
			 store_error(err ? err : -EIO));
	return false;
}
