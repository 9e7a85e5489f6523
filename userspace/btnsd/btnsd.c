// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper as a whole: start, events of the kernel, reload, good-bye. Knows
 * no event loop.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/groups.h"
#include "btnsd/ike/acquire.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/standing.h"
#include "btnsd/keys.h"
#include "btnsd/known.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"
#include "btnsd/peers.h"
#include "btnsd/unanswered.h"

/**
 * btnsd_init() - make a helper
 * @d: zeroed but for kern, net, their contexts and timers.now
 * @conf: configuration; owned by @d on success
 * @key: our key, private unless d->signer signs; owned by @d on success
 *
 * Return: 0 or a negative errno.
 */
int btnsd_init(struct btnsd *d, struct conf *conf, struct key *key)
{
	struct own own;

	d->conf = conf;
	d->key = key;
	d->pad.stale = true;
	d->spd.stale = true;
	if (!id_own(d, key, &own) || !id_cert_fits(d)) {
		if (!id_cert_fits(d))
			log_err("identity.cert is not a certificate of the key in identity.key");
		d->conf = NULL;
		d->key = NULL;
		return -EINVAL;
	}
	return 0;
}

static int load_pad(struct btnsd *d, const struct conf *conf)
{
	int err;

	if (!conf->has_pad)
		return 0;
	err = d->kern->pad_replace(d->kern_ctx, conf->pad, conf->n_pad);
	if (err)
		log_err("the PAD of the configuration was refused and nothing of it is in force: %s",
			d->kern->error(d->kern_ctx));
	d->pad.stale = true;
	return err;
}

/**
 * btnsd_start() - load PAD, groups and the store, take over from an earlier btnsd
 * @d: helper that btnsd_init() made, listening to the kernel's events
 *
 * Return: 0 or a negative errno, and the reason is logged.
 */
int btnsd_start(struct btnsd *d)
{
	struct ike_sa *sa;
	int err;

	err = load_pad(d, d->conf);
	if (!err)
		err = pad_refresh(d);
	if (!err)
		err = groups_apply(d, d->conf);
	if (!err)
		err = spd_refresh(d);
	if (!err)
		err = known_ready(d, d->conf);
	if (!err)
		err = peers_start(d);
	if (err)
		return err;
	id_check_anchors(d);
	qcd_start(d);
	err = orphan_read(d);
	if (err)
		return err;
	/* what was asked before we listened will be asked again */
	if (d->kern->forget_acquires(d->kern_ctx))
		log_warn("acquires of before stay unanswered: %s",
			 d->kern->error(d->kern_ctx));
	orphan_adopt(d);
	for (sa = d->sas; sa; sa = sa->next)
		fsm_start(sa);
	sa_reap(d);
	return 0;
}

static void close_now(struct btnsd *d, struct ike_sa *sa)
{
	sa_log(sa, LOG_WARNING, "closed: %s", sa->fault.text);
	orphan_drop_peer(d, sa);
	while (sa->children)
		child_gone(sa->children, false);
	life_close(sa);
}

/*
 * A peer whose proof or PAD entry is no longer what it was has to go, and so has
 * a child SA for addresses that the entry no longer has. What can be told without
 * the PAD is told also if the PAD cannot be read.
 */
static void judge_standing(struct btnsd *d, const struct conf *before)
{
	struct ike_sa *sa;
	bool has_pad;

	d->pad.stale = true;
	/* of flags nobody tells */
	d->spd.stale = true;
	has_pad = !pad_refresh(d);
	if (!has_pad)
		log_err("peers that have IKE SAs are not judged by the PAD: reload again once it can be read");
	for (sa = d->sas; sa; sa = sa->next) {
		if (sa->state != IKE_ST_ESTABLISHED)
			continue;
		if ((has_pad && !x_auth_still_ok(sa)) ||
		    (before && !standing_ok(sa, before)))
			close_now(d, sa);
		else if (!has_pad || !standing_children(sa))
			continue;
		fsm_start(sa);
	}
	sa_reap(d);
}

/* groups and PAD together, or neither */
static int apply(struct btnsd *d, const struct conf *old,
		 const struct conf *conf)
{
	struct conf was = { 0 };
	int err = groups_before(d, old, conf, &was);

	if (err)
		return err;
	if (old->has_groups && !conf->has_groups)
		log_notice("\"groups\" is gone: its policies stay, groups = { } takes them away");
	err = groups_apply(d, conf);
	/* last, as the module's PAD cannot be taken back */
	if (!err)
		err = load_pad(d, conf);
	if (err)
		groups_apply(d, was.has_groups ? &was : old);
	free(was.groups);
	return err;
}

/**
 * btnsd_reload() - put another configuration in force
 * @d: helper
 * @conf: configuration; owned by @d on success
 *
 * Addresses and key are those of the start; IKE SAs whose peers would not be
 * taken any more, for their key, certificate, shared secret or PAD entry, are
 * closed with a Delete, and so are child SAs for addresses that the PAD does not
 * give their peer any more, and of peers that have proved less than policy asks;
 * the others stay as they are, but for when their peers have to prove themselves
 * again. Everything else counts from the next exchange on.
 *
 * Return: 0, or a negative errno: the old configuration is in force.
 */
int btnsd_reload(struct btnsd *d, struct conf *conf)
{
	struct conf *old = d->conf;
	struct own own;
	int err;

	if (strcmp(conf->key_path, old->key_path) ||
	    strcmp(conf->store_path, old->store_path) ||
	    conf->n_listen != old->n_listen ||
	    memcmp(conf->listen, old->listen, sizeof(conf->listen)))
		log_warn("identity.key, listen and store.file are read at the start only: restart btnsd for them");
	d->conf = conf;
	err = id_own(d, d->key, &own) && id_cert_fits(d) ? 0 : -EINVAL;
	if (err && !id_cert_fits(d))
		log_err("identity.cert is not a certificate of the key in identity.key");
	if (!err)
		err = known_ready(d, conf);
	if (!err)
		err = apply(d, old, conf);
	if (err) {
		d->conf = old;
		return err;
	}
	id_check_anchors(d);
	judge_standing(d, old);
	if (conf->ike_reauth != old->ike_reauth)
		life_reauth_changed(d);
	d->foreign_told = false;
	conf_free(old);
	keys_changed(d);
	return 0;
}

/**
 * btnsd_goodbye() - close all IKE SAs with a Delete, begin none
 * @d: helper; call btnsd_fini() once it is idle, or after a while
 */
void btnsd_goodbye(struct btnsd *d)
{
	struct ike_sa *sa;

	d->stopping = true;
	for (sa = d->sas; sa; sa = sa->next) {
		if (sa->state == IKE_ST_ESTABLISHED)
			life_close(sa);
		else if (sa->state != IKE_ST_CLOSING)
			sa_kill(sa, false);
		fsm_start(sa);
	}
	sa_reap(d);
}

/**
 * btnsd_idle() - is there nothing left to say?
 * @d: helper
 *
 * Return: true if there is no IKE SA.
 */
bool btnsd_idle(const struct btnsd *d)
{
	return !d->sas;
}

/**
 * btnsd_fini() - end a helper
 * @d: helper
 *
 * Without btnsd_goodbye() its SAs stay in the kernel, for the next btnsd to
 * find; after it, what peers did not answer for is deleted too.
 */
void btnsd_fini(struct btnsd *d)
{
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		sa_kill(sa, !d->stopping);
	sa_reap(d);
	orphan_forget(d);
	unanswered_forget(d);
	timer_cancel(&d->mend);
	pad_free(&d->pad);
	spd_free(&d->spd);
	peers_stop(d);
	known_forget(d);
	cookie_wipe(&d->cookie);
	qcd_wipe(&d->qcd);
	key_free(d->key);
	conf_free(d->conf);
	d->key = NULL;
	d->conf = NULL;
}

/**
 * btnsd_rx() - take a message from the network
 * @d: helper
 * @path: how it came
 * @data: the message, without the non-ESP marker
 * @len: its octets
 */
void btnsd_rx(struct btnsd *d, const struct path *path, const uint8_t *data,
	      size_t len)
{
	msg_rx(d, path, span(data, len));
	sa_reap(d);
}

/* ---- events of the kernel ---------------------------------------------- */

static void on_acquire(void *arg, const struct kern_acquire *acq)
{
	struct btnsd *d = arg;

	if (groups_passive(acq))
		return;
	acquire_serve(d, acq);
	sa_reap(d);
}

static struct child *find_child(struct btnsd *d, uint32_t spi,
				const struct addr *dst)
{
	struct ike_sa *sa;
	struct child *c;

	for (sa = d->sas; sa; sa = sa->next)
		for (c = sa->children; c; c = c->next)
			if ((c->spi_in == spi && addr_equal(&c->local, dst)) ||
			    (c->spi_out == spi && c->out_kernel &&
			     addr_equal(&c->remote, dst)))
				return c;
	return NULL;
}

static void on_sa_gone(void *arg, uint32_t spi, const struct addr *dst)
{
	struct btnsd *d = arg;
	struct child *c = find_child(d, spi, dst);
	struct ike_sa *sa;

	if (orphan_gone(d, spi, dst) || !c)
		return;
	sa = c->sa;
	life_child_vanished(c);
	fsm_start(sa);
	sa_reap(d);
}

static void on_expire(void *arg, uint32_t spi, const struct addr *dst,
		      bool hard)
{
	struct btnsd *d = arg;
	struct child *c;

	if (hard) {
		on_sa_gone(arg, spi, dst);
		return;
	}
	c = find_child(d, spi, dst);
	if (!c)
		return;
	life_rekey(c);
	fsm_start(c->sa);
	sa_reap(d);
}

/* only what came in an SA of an IKE SA that may move counts */
static void on_mapping(void *arg, uint32_t spi, const struct addr *dst,
		       const struct endpoint *from)
{
	struct btnsd *d = arg;
	struct child *c = find_child(d, spi, dst);
	struct path path;
	struct ike_sa *sa;

	if (!c || c->spi_in != spi)
		return;
	sa = c->sa;
	path = sa->path;
	path.remote = *from;
	if (!sa->encap || !nat_may_come(sa, &path))
		return;
	nat_follow(sa, &path);
	fsm_start(sa);
	sa_reap(d);
}

static void on_sa_flushed(void *arg)
{
	struct btnsd *d = arg;
	struct ike_sa *sa;

	orphan_forget(d);
	for (sa = d->sas; sa; sa = sa->next) {
		while (sa->children)
			life_child_vanished(sa->children);
		fsm_start(sa);
	}
	sa_reap(d);
}

static void on_policy_changed(void *arg)
{
	struct btnsd *d = arg;

	d->spd.stale = true;
	groups_changed(d);
}

static void on_pad_changed(void *arg)
{
	judge_standing(arg, NULL);
}

/* an SA that is gone without an event shows when it is asked for */
static void on_lost(void *arg)
{
	struct btnsd *d = arg;
	struct child *c, *next;
	struct ike_sa *sa;
	uint64_t n;

	log_notice("events of the kernel were lost: looking at everything anew");
	on_policy_changed(d);
	d->kern->forget_acquires(d->kern_ctx);
	for (sa = d->sas; sa; sa = sa->next) {
		for (c = sa->children; c; c = next) {
			next = c->next;
			if (d->kern->sa_packets(d->kern_ctx, c->spi_in,
						&c->local, &n) == -ESRCH)
				life_child_vanished(c);
		}
		fsm_start(sa);
	}
	on_pad_changed(d);
}

/** btnsd_events - what the helper does when the kernel tells it something */
const struct kern_events btnsd_events = {
	.acquire = on_acquire,
	.expire = on_expire,
	.mapping = on_mapping,
	.sa_gone = on_sa_gone,
	.sa_flushed = on_sa_flushed,
	.policy_changed = on_policy_changed,
	.pad_changed = on_pad_changed,
	.lost = on_lost,
};
