// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child SA in the kernel: reserve an SPI, vouch for both directions, then
 * install inbound and outbound. Whatever fails on the way is undone here, so
 * that there is never half a pair.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/child.h"
#include "btnsd/crypto/dh.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sa.h"
#include "btnsd/ike/usage.h"
#include "btnsd/ike/wire.h"
#include "btnsd/jitter.h"
#include "btnsd/log.h"

/* an SA outlives its rekey by this part of its lifetime, and by a minute */
#define HARD_EXTRA(s)	((s) / 10 + 60)

/**
 * child_new() - begin a child SA: choose its inbound SPI
 * @sa: IKE SA; its path gives the addresses
 * @reqid: of the policy's template
 * @seq: of the kernel's acquire, 0 for none
 *
 * Return: a larval child SA, not linked to @sa; freed by child_gone(). NULL
 * if the kernel refuses or memory ran out.
 */
struct child *child_new(struct ike_sa *sa, uint32_t reqid, uint32_t seq)
{
	static uint32_t last_id;
	struct btnsd *d = sa->d;
	struct child *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sa = sa;
	c->id = ++last_id;
	c->local = sa->path.local.addr;
	c->remote = sa->path.remote.addr;
	c->reqid = reqid;
	c->seq = seq;
	timer_init(&c->rekey, life_rekey_due, c);
	timer_init(&c->expiry, life_child_expired, c);
	if (rand_fill(c->nonce, sizeof(c->nonce)) != CRYPTO_OK ||
	    d->kern->get_spi(d->kern_ctx, &c->remote, &c->local, reqid,
			     &c->spi_in)) {
		sa_log(sa, LOG_ERR, "child: no SPI: %s",
		       d->kern->error(d->kern_ctx));
		free(c);
		return NULL;
	}
	return c;
}

/**
 * child_find() - a child SA by its number
 * @sa: IKE SA
 * @id: number
 *
 * Return: the child SA, NULL if there is none.
 */
struct child *child_find(const struct ike_sa *sa, uint32_t id)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

/**
 * child_find_spi_in() - a child SA by the SPI that we receive with
 * @sa: IKE SA
 * @spi: host byte order
 *
 * Return: the child SA, NULL if there is none.
 */
struct child *child_find_spi_in(const struct ike_sa *sa, uint32_t spi)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->spi_in == spi)
			return c;
	return NULL;
}

/**
 * child_find_spi_out() - a child SA by the SPI that the peer receives with
 * @sa: IKE SA
 * @spi: host byte order
 *
 * Return: the child SA, NULL if there is none.
 */
struct child *child_find_spi_out(const struct ike_sa *sa, uint32_t spi)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->spi_out == spi)
			return c;
	return NULL;
}

/**
 * child_covering() - is there a child SA in use for this traffic?
 * @sa: IKE SA
 * @want: what is wanted: the packet, and mode and reqid of the policy's
 *	template, by which the kernel chooses
 *
 * Return: the child SA, NULL if there is none.
 */
const struct child *child_covering(const struct ike_sa *sa,
				   const struct child_want *want)
{
	const struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->state == CHILD_INSTALLED && c->reqid == want->reqid &&
		    c->tunnel == want->tunnel &&
		    sel_carries(&c->sel, &want->narrow))
			return c;
	return NULL;
}

static void fill_binding(const struct child *c, bool inbound,
			 struct lbtns_sa *b)
{
	const struct ike_sa *sa = c->sa;

	memset(b, 0, sizeof(*b));
	b->spi = htonl(inbound ? c->spi_in : c->spi_out);
	b->proto = IPPROTO_ESP;
	addr_to_lbtns(&b->daddr, inbound ? &c->local : &c->remote);
	b->peer = sa->peer;
	b->local = sa->local;
	b->has_peer_key = sa->who.has_key;
	memcpy(b->peer_key, sa->peer_key, sizeof(b->peer_key));
	b->has_peer_cert = sa->cert.known;
	memcpy(b->peer_cert, sa->cert.cert, sizeof(b->peer_cert));
	b->has_peer_anchor = sa->cert.known;
	memcpy(b->peer_anchor, sa->cert.anchor, sizeof(b->peer_anchor));
	sel_to_lbtns(&b->sel, &c->sel);
	/* the latch tells applications both addresses of both ends */
	if (sa->local_public.family)
		addr_to_lbtns(&b->local_public, &sa->local_public);
	if (sa->remote_private.family)
		addr_to_lbtns(&b->remote_private, &sa->remote_private);
}

/**
 * child_check() - what would the module say of this child SA?
 * @c: child SA with @sel, @local and @remote set
 * @verdict: filled with enum btns_sa_verdict
 *
 * Return: 0 or a negative errno.
 */
int child_check(const struct child *c, uint8_t *verdict)
{
	struct btnsd *d = c->sa->d;
	struct lbtns_sa b;

	fill_binding(c, true, &b);
	return d->kern->check(d->kern_ctx, &b, verdict);
}

static void fill_kern(const struct child *c, bool inbound,
		      const struct secret *key, struct kern_sa *k)
{
	const struct path *path = &c->sa->path;
	const struct conf *conf = c->sa->d->conf;

	memset(k, 0, sizeof(*k));
	k->spi = inbound ? c->spi_in : c->spi_out;
	k->src = inbound ? c->remote : c->local;
	k->dst = inbound ? c->local : c->remote;
	k->sel = c->sel;
	k->inbound = inbound;
	k->reqid = c->reqid;
	k->seq = inbound ? 0 : c->seq;
	k->encr = c->encr;
	k->keybits = c->keybits;
	k->integ = c->integ;
	k->key = key;
	k->tunnel = c->tunnel;
	if (c->sa->encap) {
		k->encap.sport = inbound ? path->remote.port : IKE_NATT_PORT;
		k->encap.dport = inbound ? IKE_NATT_PORT : path->remote.port;
	}
	k->replay_window = conf->replay_window;
	k->hard_seconds = conf->child_lifetime +
			  HARD_EXTRA(conf->child_lifetime);
	k->soft_bytes = usage_soft(conf->child_bytes);
	/* twice: the rekey that the soft limit starts has all that to finish */
	k->hard_bytes = conf->child_bytes * 2;
	k->soft_packets = usage_soft(conf->child_packets);
	k->hard_packets = (uint64_t)conf->child_packets * 2;
}

/*
 * The peer chooses the SPI that we send with. If the kernel has an SA with it, its
 * binding may be what ours would be: who undoes ours would undo that.
 */
static int check_free(const struct child *c, const char **why)
{
	struct btnsd *d = c->sa->d;
	struct kern_found found;
	int err = d->kern->find_sa(d->kern_ctx, c->spi_out, &c->remote, &found);

	if (err == -ESRCH)
		return 0;
	*why = err ? d->kern->error(d->kern_ctx) :
		     "the peer chose an SPI that is in use";
	return err ? err : -EEXIST;
}

/**
 * child_install() - vouch for both SAs, then install them
 * @c: larval child SA with everything negotiated
 * @keys: its keys
 * @why: on failure a sentence for the log
 *
 * Both are bound before either is installed; latches that conflict are broken
 * by then. On failure nothing of the pair is left in the kernel but the
 * reserved SPI, which child_gone() gives back.
 *
 * Return: 0 if both directions work; or a negative errno, of which
 * refusal_install() knows what it means.
 */
int child_install(struct child *c, const struct child_keys *keys,
		  const char **why)
{
	static char text[160];
	struct btnsd *d = c->sa->d;
	bool bound_in = false, bound_out = false;
	struct lbtns_sa in, out;
	struct kern_sa k;
	int err;

	*why = NULL;
	err = check_free(c, why);
	if (err)
		return err;
	fill_binding(c, true, &in);
	fill_binding(c, false, &out);
	err = d->kern->bind(d->kern_ctx, &in);
	if (err)
		goto fail;
	bound_in = true;
	err = d->kern->bind(d->kern_ctx, &out);
	if (err)
		goto fail;
	bound_out = true;

	fill_kern(c, true, c->initiator ? &keys->r2i : &keys->i2r, &k);
	err = d->kern->add_sa(d->kern_ctx, &k);
	if (err)
		goto fail;
	fill_kern(c, false, c->initiator ? &keys->i2r : &keys->r2i, &k);
	err = d->kern->add_sa(d->kern_ctx, &k);
	if (err)
		goto fail;
	c->in_kernel = true;
	c->out_kernel = true;
	c->state = CHILD_INSTALLED;
	d->stats.child_up++;
	return 0;
fail:
	snprintf(text, sizeof(text), "%s", d->kern->error(d->kern_ctx));
	*why = text;
	if (bound_out)
		d->kern->unbind(d->kern_ctx, &out);
	if (bound_in)
		d->kern->unbind(d->kern_ctx, &in);
	return err;
}

/**
 * child_link() - give an installed child SA to its IKE SA
 * @c: child SA that child_install() installed; @c->sa owns it from now on
 *
 * Starts its timers. The rekey comes 5 to 15 percent before the lifetime
 * ends, at a random time, so that both ends seldom start it at once.
 */
void child_link(struct child *c)
{
	struct btnsd *d = c->sa->d;
	uint64_t life = (uint64_t)d->conf->child_lifetime * 1000;

	c->next = c->sa->children;
	c->sa->children = c;
	c->sa->unused = false;
	timer_set(&d->timers, &c->rekey,
		  life - life / 20 - jitter(life / 10));
	timer_set(&d->timers, &c->expiry,
		  life + HARD_EXTRA(d->conf->child_lifetime) * 1000 / 2);
}

/**
 * child_set_encap() - the peer's NAT gave it another port
 * @c: child SA in UDP; its IKE SA has the new port
 *
 * An SA that cannot be told keeps the old port, and is rekeyed some day.
 */
void child_set_encap(struct child *c)
{
	struct btnsd *d = c->sa->d;
	struct kern_sa k;
	int err = 0;

	if (!c->in_kernel)
		return;
	fill_kern(c, true, NULL, &k);
	err = d->kern->set_encap(d->kern_ctx, &k);
	fill_kern(c, false, NULL, &k);
	if (!err && c->out_kernel)
		err = d->kern->set_encap(d->kern_ctx, &k);
	if (err)
		sa_log(c->sa, LOG_WARNING, "child %08x/%08x: %s", c->spi_in,
		       c->spi_out, d->kern->error(d->kern_ctx));
}

/**
 * child_retire_out() - stop sending with a child SA, go on receiving
 * @c: child SA for which another stands in
 */
void child_retire_out(struct child *c)
{
	struct btnsd *d = c->sa->d;

	if (c->out_kernel)
		d->kern->del_sa(d->kern_ctx, c->spi_out, &c->remote);
	c->out_kernel = false;
}

/* what a child SA stood for, now that it is in no list */
static void unlinked(struct child *c)
{
	struct child *old = child_find(c->sa, c->rekeys);

	/* the peer has not taken it: what it replaced goes on */
	if (old && old->rekeyed_by == c->id)
		old->rekeyed_by = 0;
	/* the peer may have room for another */
	c->sa->full_until = 0;
}

/**
 * child_gone() - end a child SA and free it
 * @c: child SA, linked or larval; not to be used afterwards
 * @keep_kernel: leave the kernel's SAs where they are (for the next btnsd)
 */
void child_gone(struct child *c, bool keep_kernel)
{
	struct btnsd *d = c->sa->d;
	struct child **p;

	for (p = &c->sa->children; *p; p = &(*p)->next) {
		if (*p == c) {
			*p = c->next;
			unlinked(c);
			break;
		}
	}
	timer_cancel(&c->rekey);
	timer_cancel(&c->expiry);
	if (!keep_kernel) {
		child_retire_out(c);
		/* larval: this gives the reserved SPI back */
		d->kern->del_sa(d->kern_ctx, c->spi_in, &c->local);
	}
	dh_free(c->dh);
	wipe(c, sizeof(*c));
	free(c);
}

/**
 * child_lower_nonce() - keep the lower of the nonces that made a child SA
 * @c: child SA
 * @ni: one nonce
 * @ni_len: its octets
 * @nr: the other
 * @nr_len: its octets
 *
 * RFC 7296 section 2.8.1: nonces are compared as octet strings.
 */
void child_lower_nonce(struct child *c, const uint8_t *ni, size_t ni_len,
		       const uint8_t *nr, size_t nr_len)
{
	bool first = nonce_cmp(ni, ni_len, nr, nr_len) <= 0;
	size_t len = first ? ni_len : nr_len;

	if (len > sizeof(c->nonce_low))
		len = sizeof(c->nonce_low);
	memcpy(c->nonce_low, first ? ni : nr, len);
	c->nonce_low_len = (uint16_t)len;
}

/**
 * child_unused() - has no packet passed since it was made?
 * @c: child SA
 *
 * Return: true if none has, in either direction; false also if the kernel does
 * not say.
 */
bool child_unused(const struct child *c)
{
	struct btnsd *d = c->sa->d;
	uint64_t in, out;

	return c->in_kernel && c->out_kernel &&
	       !d->kern->sa_packets(d->kern_ctx, c->spi_in, &c->local, &in) &&
	       !d->kern->sa_packets(d->kern_ctx, c->spi_out, &c->remote,
				    &out) &&
	       !in && !out;
}

static uint64_t packets(const struct child *c, uint32_t spi,
			const struct addr *dst)
{
	struct btnsd *d = c->sa->d;
	uint64_t n = 0;

	if (d->kern->sa_packets(d->kern_ctx, spi, dst, &n))
		return 0;
	return n;
}

/**
 * child_packets_in() - packets that the inbound SA has received
 * @c: child SA
 *
 * Return: how many, 0 if the kernel does not say.
 */
uint64_t child_packets_in(const struct child *c)
{
	return c->in_kernel ? packets(c, c->spi_in, &c->local) : 0;
}

/**
 * child_packets_out() - packets that the outbound SA has sent
 * @c: child SA
 *
 * Return: how many, 0 if the kernel does not say.
 */
uint64_t child_packets_out(const struct child *c)
{
	return c->out_kernel ? packets(c, c->spi_out, &c->remote) : 0;
}
