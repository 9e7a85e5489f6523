// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper as a whole: start, adoption of what an earlier btnsd left in the
 * kernel, events of the kernel, reload, good-bye. Knows no event loop.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/groups.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/standing.h"
#include "btnsd/keys.h"
#include "btnsd/known.h"
#include "btnsd/log.h"
#include "btnsd/peers.h"

/* an SA of an earlier btnsd receives this long after its successor is there */
#define ORPHAN_LINGER_MS	(2 * IKE_LINGER_MS)

/**
 * struct orphan - an SA in the kernel that an earlier btnsd installed
 * @next: in the list
 * @d: the helper
 * @spi: host byte order
 * @inbound: it ends here
 * @local: our address
 * @remote: the peer's address
 * @tunnel: it is in tunnel mode
 * @port: its UDP port if the SA is in UDP, else 0
 * @sel: its traffic, seen from this host
 * @peer: who owns it
 * @own: who we are to it
 * @going: its successor is there, and @gone will take it away
 * @gone: timer of that
 */
struct orphan {
	struct orphan *next;
	struct btnsd *d;
	uint32_t spi;
	bool inbound;
	struct addr local;
	struct addr remote;
	bool tunnel;
	uint16_t port;
	struct sel sel;
	struct lbtns_ident peer;
	struct lbtns_ident own;
	bool going;
	struct timer gone;
};

static void orphan_free(struct orphan *o)
{
	struct orphan **p;

	for (p = &o->d->orphans; *p; p = &(*p)->next) {
		if (*p == o) {
			*p = o->next;
			break;
		}
	}
	timer_cancel(&o->gone);
	free(o);
}

static void orphan_delete(struct orphan *o)
{
	struct btnsd *d = o->d;

	d->kern->del_sa(d->kern_ctx, o->spi,
			o->inbound ? &o->local : &o->remote);
	orphan_free(o);
}

static void orphan_due(void *arg)
{
	orphan_delete(arg);
}

/* types of ICMP do not tell the ends: an SA has those of its direction only */
static struct sel without_types(const struct sel *s)
{
	struct sel out = *s;

	if (btns_proto_types(s->proto)) {
		out.lport = 0;
		out.rport = 0;
		out.lmask = 0;
		out.rmask = 0;
	}
	return out;
}

/* which end is ours? false if the SA is gone, or if nothing tells */
static bool orphan_ends(struct orphan *o, const struct kern_found *f)
{
	const struct sel sel = without_types(&o->sel);
	const struct sel found = without_types(&f->sel);
	bool hosts = sel.local_plen == addr_bits(sel.local.family) &&
		     sel.remote_plen == addr_bits(sel.remote.family);
	const struct sel back = {
		.local = sel.remote,
		.remote = sel.local,
		.local_plen = sel.remote_plen,
		.remote_plen = sel.local_plen,
		.proto = sel.proto,
		.lport = sel.rport,
		.rport = sel.lport,
		.lmask = sel.rmask,
		.rmask = sel.lmask,
	};

	o->tunnel = f->tunnel;
	if (hosts && !f->tunnel)
		o->inbound = addr_equal(&f->dst, &sel.local);
	else if (!sel_equal(&sel, &back) && sel_equal(&found, &back))
		o->inbound = true;
	else if (sel_equal(&sel, &back) || !sel_equal(&found, &sel))
		return false;
	o->local = o->inbound ? f->dst : f->src;
	o->remote = o->inbound ? f->src : f->dst;
	o->port = o->inbound ? f->encap.sport : f->encap.dport;
	return true;
}

/* one binding of the module */
static int orphan_add(const struct lbtns_sa *b, void *arg)
{
	struct kern_found found;
	struct btnsd *d = arg;
	struct addr daddr;
	struct orphan *o;

	/* what an administrator vouched for by hand is not ours */
	if (b->proto != IPPROTO_ESP ||
	    b->peer.method == BTNS_AUTH_METHOD_MANUAL ||
	    b->local.method == BTNS_AUTH_METHOD_MANUAL)
		return 0;
	addr_from_lbtns(&daddr, &b->daddr);
	if (d->kern->find_sa(d->kern_ctx, ntohl(b->spi), &daddr, &found))
		return 0;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->d = d;
	o->spi = ntohl(b->spi);
	sel_from_lbtns(&o->sel, &b->sel);
	o->peer = b->peer;
	o->own = b->local;
	timer_init(&o->gone, orphan_due, o);
	if (!orphan_ends(o, &found)) {
		free(o);
		return 0;
	}
	o->next = d->orphans;
	d->orphans = o;
	return 0;
}

/* ---- acquires that came to nothing -------------------------------------- */

/* the kernel may ask again so long after we failed */
#define UNANSWERED_MS	5000
/* most that are remembered; the kernel forgets the others by itself */
#define UNANSWERED_MAX	256

/**
 * struct unanswered - an acquire for which there will be no SA
 * @next: in the list
 * @d: the helper
 * @local: our address
 * @remote: the peer's address
 * @reqid: of the policy's template
 * @seq: of the acquire
 * @due: timer after which the kernel may ask again
 */
struct unanswered {
	struct unanswered *next;
	struct btnsd *d;
	struct addr local;
	struct addr remote;
	uint32_t reqid;
	uint32_t seq;
	struct timer due;
};

static void unanswered_free(struct unanswered *u)
{
	struct unanswered **p;

	for (p = &u->d->unanswered; *p; p = &(*p)->next) {
		if (*p == u) {
			*p = u->next;
			break;
		}
	}
	timer_cancel(&u->due);
	free(u);
}

static void unanswered_due(void *arg)
{
	struct unanswered *u = arg;
	struct btnsd *d = u->d;

	d->kern->forget_acquire(d->kern_ctx, &u->local, &u->remote, u->reqid,
				u->seq);
	unanswered_free(u);
}

/**
 * btnsd_unanswered() - no SA will come of an acquire
 * @d: helper
 * @path: between which hosts
 * @reqid: of the policy's template
 * @seq: of the acquire
 *
 * Traffic may ask again after a while, and not only when the kernel's own
 * patience ends.
 */
void btnsd_unanswered(struct btnsd *d, const struct path *path, uint32_t reqid,
		      uint32_t seq)
{
	struct unanswered *u;
	unsigned int n = 0;

	for (u = d->unanswered; u; u = u->next)
		n++;
	u = n < UNANSWERED_MAX && !d->stopping ? calloc(1, sizeof(*u)) : NULL;
	if (!u)
		return;
	u->d = d;
	u->local = path->local.addr;
	u->remote = path->remote.addr;
	u->reqid = reqid;
	u->seq = seq;
	timer_init(&u->due, unanswered_due, u);
	timer_set(&d->timers, &u->due, UNANSWERED_MS);
	u->next = d->unanswered;
	d->unanswered = u;
}

/* ---- SAs of an earlier btnsd -------------------------------------------- */

/* is an IKE SA that was made for orphans made for this one? */
static bool asks_for(const struct ike_sa *sa, const struct orphan *o)
{
	return sa->adopting && sa->adopt_port == o->port &&
	       addr_equal(&sa->path.local.addr, &o->local) &&
	       addr_equal(&sa->path.remote.addr, &o->remote);
}

/*
 * May the peer of an IKE SA at the orphan's address be the orphan's? Several may
 * be behind one NAT address, each with a port of its own; but a NAT may have
 * given the same peer another port since, and the PAD another identity.
 */
static bool may_own(const struct ike_sa *sa, const struct orphan *o)
{
	uint16_t port = sa->adopting ? sa->adopt_port :
			sa->encap    ? sa->path.remote.port :
				       0;

	return o->port == port || (o->peer.type != BTNS_ID_TYPE_NONE &&
				   lbtns_ident_equal(&o->peer, &sa->peer));
}

/* an IKE SA that asks for the orphan's peer already */
static struct ike_sa *asking(const struct btnsd *d, const struct orphan *o)
{
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		if (asks_for(sa, o))
			return sa;
	return NULL;
}

/* a new IKE SA with the peer of an orphan, which asks for the same child SA */
static void adopt(struct btnsd *d, const struct orphan *o)
{
	struct child_want want = {
		.narrow = o->sel,
		.wide = o->sel,
		.tunnel = o->tunnel,
	};
	struct ike_sa *sa = asking(d, o);
	struct path path = {
		.local = { .addr = o->local, .port = IKE_PORT },
		.remote = { .addr = o->remote, .port = IKE_PORT },
	};
	const struct kern_policy *p[2];
	struct sel s = o->sel;

	/* who is behind a NAT is reached by the mapping that it has */
	if (o->port) {
		path.local.port = IKE_NATT_PORT;
		path.remote.port = o->port;
	}
	/* policy gives the reqid; if it has none now, the module refuses */
	if (spd_narrow(d, false, NULL, &s, p) == BTNS_SPD_OK)
		want.reqid = p[0]->reqid;
	if (!sa) {
		sa = sa_new_initiator(d, &path);
		if (!sa)
			return;
		sa->adopting = true;
		sa->adopt_port = o->port;
	}
	life_want(sa, &want);
}

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
	const struct orphan *o;
	struct ike_sa *sa;
	unsigned int n = 0;
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
	qcd_start(d);
	err = d->kern->bindings(d->kern_ctx, orphan_add, d);
	if (err) {
		log_err("cannot read the module's bindings: %s",
			d->kern->error(d->kern_ctx));
		return err;
	}
	/* what was asked before we listened will be asked again */
	if (d->kern->forget_acquires(d->kern_ctx))
		log_warn("acquires of before stay unanswered: %s",
			 d->kern->error(d->kern_ctx));
	for (o = d->orphans; o; o = o->next, n++)
		adopt(d, o);
	if (n)
		log_notice("%u SAs of an earlier btnsd stay until new ones take over", n);
	for (sa = d->sas; sa; sa = sa->next)
		fsm_start(sa);
	sa_reap(d);
	return 0;
}

/**
 * btnsd_child_up() - a child SA is installed: do orphans have a successor?
 * @d: helper
 * @c: child SA
 *
 * We stop to send with the old SA as soon as the peer has the new one too, and
 * receive with it for a while.
 */
void btnsd_child_up(struct btnsd *d, const struct child *c)
{
	struct orphan *o, *next;

	for (o = d->orphans; o; o = next) {
		next = o->next;
		if (o->going || !addr_equal(&o->remote, &c->remote) ||
		    !addr_equal(&o->local, &c->local) ||
		    !may_own(c->sa, o) || !sel_within(&o->sel, &c->sel))
			continue;
		/* an initiator's successor is complete at both ends */
		if (!o->inbound && c->initiator) {
			orphan_delete(o);
			continue;
		}
		o->going = true;
		timer_set(&d->timers, &o->gone, ORPHAN_LINGER_MS);
	}
}

/**
 * btnsd_peer_lost() - nobody takes over the SAs of an earlier btnsd
 * @sa: IKE SA that was made for them, and came to nothing
 * @why: for the log
 *
 * The peer of the old SAs is gone or refuses us: its latches are broken, and
 * the SAs are deleted.
 */
void btnsd_peer_lost(const struct ike_sa *sa, const char *why)
{
	struct btnsd *d = sa->d;
	char text[ADDR_STRLEN];
	struct orphan *o, *next;

	for (o = d->orphans; o; o = next) {
		uint32_t n = 0;

		next = o->next;
		if (o->going || !asks_for(sa, o))
			continue;
		if (o->peer.type != BTNS_ID_TYPE_NONE &&
		    d->kern->latch_break(d->kern_ctx, &o->peer,
					 BTNS_REASON_PEER_DEAD, &n))
			log_err("%s: its latches could not be broken: %s",
				addr_str(&o->remote, text),
				d->kern->error(d->kern_ctx));
		log_warn("%s: SA %08x of an earlier btnsd deleted, %u latches broken: %s",
			 addr_str(&o->remote, text), o->spi, n, why);
		orphan_delete(o);
	}
}

/**
 * btnsd_asks_another() - is a question about SAs of another peer than this one?
 * @question: IKE SA that we have begun
 * @sa: IKE SA of a peer at the same address that has proved who it is
 *
 * Return: true if @question is for SAs of an earlier btnsd, of which one is of
 * somebody else behind the same address.
 */
bool btnsd_asks_another(const struct ike_sa *question, const struct ike_sa *sa)
{
	const struct orphan *o;

	for (o = sa->d->orphans; o; o = o->next)
		if (asks_for(question, o) && !may_own(sa, o))
			return true;
	return false;
}

/* what an earlier btnsd had with a peer goes with it; nobody is told by address */
static void drop_orphans_of(struct btnsd *d, const struct ike_sa *sa)
{
	char text[ADDR_STRLEN];
	struct orphan *o, *next;

	for (o = d->orphans; o; o = next) {
		next = o->next;
		if (o->peer.type == BTNS_ID_TYPE_NONE ?
			    sa->peer.type != BTNS_ID_TYPE_NONE ||
				    !may_own(sa, o) ||
				    !addr_equal(&o->remote,
						&sa->path.remote.addr) :
			    !lbtns_ident_equal(&o->peer, &sa->peer))
			continue;
		log_warn("%s: SA %08x of an earlier btnsd deleted: its peer is no longer taken",
			 addr_str(&o->remote, text), o->spi);
		orphan_delete(o);
	}
}

static void close_now(struct btnsd *d, struct ike_sa *sa)
{
	sa_log(sa, LOG_WARNING, "closed: %s", sa->fault.text);
	drop_orphans_of(d, sa);
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

/**
 * btnsd_orphaned_by() - did an earlier btnsd leave an SA with a peer, by a key?
 * @d: helper
 * @remote: the peer's address
 * @key: SHA-256 of a key of ours
 *
 * Return: whether there is one, in which that key is who we are.
 */
bool btnsd_orphaned_by(const struct btnsd *d, const struct addr *remote,
		       const uint8_t key[BTNS_DIGEST_LEN])
{
	const struct orphan *o;

	for (o = d->orphans; o; o = o->next)
		if (o->own.type == BTNS_ID_TYPE_PUBLICKEY &&
		    !memcmp(o->own.digest, key, BTNS_DIGEST_LEN) &&
		    addr_equal(&o->remote, remote))
			return true;
	return false;
}

/**
 * btnsd_orphan_holds() - does an SA of an earlier btnsd protect some traffic?
 * @d: helper
 * @s: the traffic, seen from this host. An SA in transport mode has its hosts in
 *	its selectors; of one in tunnel mode its ends do not matter
 * @proved: only if its peer has proved who it is
 *
 * Return: true if one has a part of @s.
 */
bool btnsd_orphan_holds(const struct btnsd *d, const struct sel *s, bool proved)
{
	const struct orphan *o;

	for (o = d->orphans; o; o = o->next)
		if ((!proved || o->peer.type != BTNS_ID_TYPE_NONE) &&
		    sel_overlap(&o->sel, s))
			return true;
	return false;
}

/**
 * btnsd_drop_orphans() - delete SAs of an earlier btnsd whose key is not ours
 * @d: helper
 *
 * Return: how many of a key went that keys_gone() says is.
 */
unsigned int btnsd_drop_orphans(struct btnsd *d)
{
	struct orphan *o, *next;
	unsigned int n = 0;

	for (o = d->orphans; o; o = next) {
		next = o->next;
		if (o->own.type != BTNS_ID_TYPE_PUBLICKEY ||
		    !keys_gone(d, o->own.digest))
			continue;
		orphan_delete(o);
		n++;
	}
	return n;
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
 * the others stay as they are. Everything else counts
 * from the next exchange on.
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
	judge_standing(d, old);
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
	while (d->orphans)
		orphan_free(d->orphans);
	while (d->unanswered)
		unanswered_free(d->unanswered);
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
	life_acquire(d, acq);
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
	struct orphan *o;
	struct ike_sa *sa;

	for (o = d->orphans; o; o = o->next) {
		if (o->spi == spi &&
		    addr_equal(o->inbound ? &o->local : &o->remote, dst)) {
			orphan_free(o);
			return;
		}
	}
	if (!c)
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

	while (d->orphans)
		orphan_free(d->orphans);
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
