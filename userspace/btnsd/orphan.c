// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs that an earlier btnsd left in the kernel: found by the module's bindings
 * at the start, they stay until their peer has made new ones with us, and go
 * with a peer who does not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/keys.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

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

/* nobody takes an SA over: it is neither replaced nor deleted, but by the kernel */
static void given_up(uint32_t spi, const struct addr *dst, const struct sel *sel,
		     const char *why)
{
	char at[ADDR_STRLEN], text[SEL_STRLEN];

	log_warn("SA %08x to %s of an earlier btnsd, for %s, is not taken over and ends with its lifetime: %s",
		 spi, addr_str(dst, at), sel_str(sel, text), why);
}

/* one binding of the module */
static int orphan_add(const struct lbtns_sa *b, void *arg)
{
	struct kern_found found;
	struct btnsd *d = arg;
	struct addr daddr;
	struct orphan *o;
	struct sel sel;
	int err;

	/* what an administrator vouched for by hand is not ours */
	if (b->proto != IPPROTO_ESP ||
	    b->peer.method == BTNS_AUTH_METHOD_MANUAL ||
	    b->local.method == BTNS_AUTH_METHOD_MANUAL)
		return 0;
	addr_from_lbtns(&daddr, &b->daddr);
	err = d->kern->find_sa(d->kern_ctx, ntohl(b->spi), &daddr, &found);
	if (err) {
		sel_from_lbtns(&sel, &b->sel);
		/* a binding may outlive its SA */
		if (err != -ESRCH)
			given_up(ntohl(b->spi), &daddr, &sel,
				 d->kern->error(d->kern_ctx));
		return 0;
	}
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
		given_up(o->spi, &daddr, &o->sel,
			 "its binding and the SA do not tell which end is ours");
		free(o);
		return 0;
	}
	o->next = d->orphans;
	d->orphans = o;
	return 0;
}

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
	const struct addr *dst = o->inbound ? &o->local : &o->remote;
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
		if (!sa) {
			given_up(o->spi, dst, &o->sel,
				 "no memory or random numbers for an IKE SA");
			return;
		}
		sa->adopting = true;
		sa->adopt_port = o->port;
	}
	if (!life_want(sa, &want))
		given_up(o->spi, dst, &o->sel,
			 "as many child SAs of its peer as may wait do so, or memory ran out");
}

/**
 * orphan_read() - find what an earlier btnsd left
 * @d: helper
 *
 * Return: 0 or a negative errno, and the reason is logged.
 */
int orphan_read(struct btnsd *d)
{
	int err = d->kern->bindings(d->kern_ctx, orphan_add, d);

	if (err)
		log_err("cannot read the module's bindings: %s",
			d->kern->error(d->kern_ctx));
	return err;
}

/**
 * orphan_adopt() - ask the peers of all for SAs in their place
 * @d: helper; the caller runs fsm_start() for its IKE SAs
 */
void orphan_adopt(struct btnsd *d)
{
	const struct orphan *o;
	unsigned int n = 0;

	for (o = d->orphans; o; o = o->next, n++)
		adopt(d, o);
	if (n)
		log_notice("%u SAs of an earlier btnsd stay until new ones take over", n);
}

/**
 * orphan_child_up() - a child SA is installed: do orphans have a successor?
 * @d: helper
 * @c: child SA
 *
 * We stop to send with the old SA as soon as the peer has the new one too, and
 * receive with it for a while.
 */
void orphan_child_up(struct btnsd *d, const struct child *c)
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

/* at another address, or over the other IP version, the same peer is alive */
static bool lives_elsewhere(const struct btnsd *d, const struct orphan *o)
{
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->state == IKE_ST_ESTABLISHED &&
		    lbtns_ident_equal(&sa->peer, &o->peer))
			return true;
	return false;
}

/**
 * orphan_peer_lost() - nobody takes over the SAs of an earlier btnsd
 * @sa: IKE SA that was made for them, and came to nothing
 * @why: for the log
 *
 * The peer of the old SAs is gone from where they lead, or refuses us: the SAs are
 * deleted, and its latches are broken if it is nowhere else.
 */
void orphan_peer_lost(const struct ike_sa *sa, const char *why)
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
		    !lives_elsewhere(d, o) &&
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
 * orphan_asks_another() - is a question about SAs of another peer than this one?
 * @question: IKE SA that we have begun
 * @sa: IKE SA of a peer at the same address that has proved who it is
 *
 * Return: true if @question is for SAs of an earlier btnsd, of which one is of
 * somebody else behind the same address.
 */
bool orphan_asks_another(const struct ike_sa *question, const struct ike_sa *sa)
{
	const struct orphan *o;

	for (o = sa->d->orphans; o; o = o->next)
		if (asks_for(question, o) && !may_own(sa, o))
			return true;
	return false;
}

/**
 * orphan_drop_peer() - what an earlier btnsd had with a peer goes with it
 * @d: helper
 * @sa: IKE SA of the peer; nobody is told by address
 */
void orphan_drop_peer(struct btnsd *d, const struct ike_sa *sa)
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

/**
 * orphan_by_key() - did an earlier btnsd leave an SA with a peer, by a key?
 * @d: helper
 * @remote: the peer's address
 * @key: SHA-256 of a key of ours
 *
 * Return: whether there is one, in which that key is who we are.
 */
bool orphan_by_key(const struct btnsd *d, const struct addr *remote,
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
 * orphan_holds() - does an SA of an earlier btnsd protect some traffic?
 * @d: helper
 * @s: the traffic, seen from this host. An SA in transport mode has its hosts in
 *	its selectors; of one in tunnel mode its ends do not matter
 * @proved: only if its peer has proved who it is
 *
 * Return: true if one has a part of @s.
 */
bool orphan_holds(const struct btnsd *d, const struct sel *s, bool proved)
{
	const struct orphan *o;

	for (o = d->orphans; o; o = o->next)
		if ((!proved || o->peer.type != BTNS_ID_TYPE_NONE) &&
		    sel_overlap(&o->sel, s))
			return true;
	return false;
}

/**
 * orphan_drop_keys() - delete SAs of an earlier btnsd whose key is not ours
 * @d: helper
 *
 * Return: how many of a key went that keys_gone() says is.
 */
unsigned int orphan_drop_keys(struct btnsd *d)
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

/**
 * orphan_gone() - an SA is gone from the kernel
 * @d: helper
 * @spi: host byte order
 * @dst: its destination
 *
 * Return: whether it was one of an earlier btnsd.
 */
bool orphan_gone(struct btnsd *d, uint32_t spi, const struct addr *dst)
{
	struct orphan *o;

	for (o = d->orphans; o; o = o->next) {
		if (o->spi == spi &&
		    addr_equal(o->inbound ? &o->local : &o->remote, dst)) {
			orphan_free(o);
			return true;
		}
	}
	return false;
}

/**
 * orphan_forget() - know of none any more
 * @d: helper; what is in the kernel stays there
 */
void orphan_forget(struct btnsd *d)
{
	while (d->orphans)
		orphan_free(d->orphans);
}
