// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NAT traversal (RFC 7296 section 2.23, RFC 3948). Each end sends hashes of
 * the addresses that it sees; if one does not agree, IKE moves to port 4500
 * and ESP into UDP. Of a peer behind a NAT only authentic messages move the
 * address, and only where we are not behind one ourselves.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/qcd.h"
#include "btnsd/ike/wire.h"
#include "btnsd/log.h"

#define NAT_HASH_LEN	20

static bool nat_hash(uint64_t spi_i, uint64_t spi_r, const struct addr *a,
		     uint16_t number, uint8_t out[NAT_HASH_LEN])
{
	uint8_t spis[16], port[2];
	const struct span parts[] = {
		span(spis, sizeof(spis)),
		span(a->b, addr_len(a->family)),
		span(port, sizeof(port)),
	};
	int i;

	for (i = 0; i < 8; i++) {
		spis[i] = (uint8_t)(spi_i >> (56 - 8 * i));
		spis[8 + i] = (uint8_t)(spi_r >> (56 - 8 * i));
	}
	port[0] = (uint8_t)(number >> 8);
	port[1] = (uint8_t)number;
	return hash_sha1_nat(parts, 3, out) == CRYPTO_OK;
}

/**
 * nat_build() - write both NAT_DETECTION notifies
 * @sa: IKE SA
 * @b: chain of an IKE_SA_INIT message
 *
 * With ike.encap = "always" our own address is hashed with port 0, which no
 * datagram comes from: the peer then sees a NAT before us and encapsulates.
 *
 * Return: false if hashing failed.
 */
bool nat_build(const struct ike_sa *sa, struct ike_build *b)
{
	bool pretend = sa->d->conf->encap == CONF_ENCAP_ALWAYS;
	uint8_t src[NAT_HASH_LEN], dst[NAT_HASH_LEN];

	if (!nat_hash(sa->spi_i, sa->spi_r, &sa->path.local.addr,
		      pretend ? 0 : sa->path.local.port, src) ||
	    !nat_hash(sa->spi_i, sa->spi_r, &sa->path.remote.addr,
		      sa->path.remote.port, dst))
		return false;
	ike_build_notify(b, IKE_N_NAT_DETECTION_SOURCE_IP,
			 span(src, sizeof(src)));
	ike_build_notify(b, IKE_N_NAT_DETECTION_DESTINATION_IP,
			 span(dst, sizeof(dst)));
	return true;
}

/* sets nat_local and nat_remote; false if the peer does not look for NATs */
static bool compare(struct ike_sa *sa, const struct ike_msg *m)
{
	bool source = false, source_ok = false, dest = false, dest_ok = false;
	uint8_t src[NAT_HASH_LEN], dst[NAT_HASH_LEN];
	unsigned int i;

	sa->nat_local = false;
	sa->nat_remote = false;
	if (!nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->path.remote.addr,
		      sa->path.remote.port, src) ||
	    !nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->path.local.addr,
		      sa->path.local.port, dst))
		return false;
	for (i = 0; i < m->n_notifies; i++) {
		const struct ike_notify_desc *n = &m->notify[i];

		if (n->type == IKE_N_NAT_DETECTION_SOURCE_IP) {
			/* a multihomed peer may send several */
			source = true;
			source_ok |= span_equal(n->data,
						span(src, sizeof(src)));
		} else if (n->type == IKE_N_NAT_DETECTION_DESTINATION_IP) {
			dest = true;
			dest_ok |= span_equal(n->data, span(dst, sizeof(dst)));
		}
	}
	sa->nat_remote = source && !source_ok;
	sa->nat_local = dest && !dest_ok;
	return source && dest;
}

/**
 * nat_detect() - is there a NAT between us and the peer?
 * @sa: IKE SA; @sa->nat_local, @sa->nat_remote and @sa->encap are set
 * @m: IKE_SA_INIT message of the peer; its header has the SPIs that were hashed
 * @notify: enum ike_notify to refuse with, 0 for silence
 *
 * A peer that sends no hashes does not speak ESP in UDP, and is believed to
 * have no NAT before it.
 *
 * Return: false, and sa->fault says why, if ike.encap does not permit what is
 * there.
 */
bool nat_detect(struct ike_sa *sa, const struct ike_msg *m, uint16_t notify)
{
	enum conf_encap encap = sa->d->conf->encap;
	bool speaks = compare(sa, m);
	bool nat = sa->nat_local || sa->nat_remote;

	sa->encap = nat || encap == CONF_ENCAP_ALWAYS;
	if (nat && encap == CONF_ENCAP_NEVER) {
		sa_fault(sa, notify,
			 "%s behind a NAT, and ike.encap = \"never\" forbids ESP in UDP",
			 sa->nat_local ? "we are" : "the peer is");
		return false;
	}
	if (sa->encap && !speaks) {
		sa_fault(sa, notify,
			 "ike.encap = \"always\", and the peer does not speak ESP in UDP");
		return false;
	}
	if (nat)
		sa_log(sa, LOG_INFO, "%s behind a NAT: ESP goes in UDP",
		       sa->nat_local && sa->nat_remote ? "both ends are" :
		       sa->nat_local		       ? "we are" :
							 "the peer is");
	return true;
}

/**
 * nat_float() - an initiator goes to port 4500
 * @sa: IKE SA whose IKE_SA_INIT is over
 *
 * RFC 7296 section 2.23: with the first message after the NAT was seen. The
 * responder follows.
 */
void nat_float(struct ike_sa *sa)
{
	if (!sa->encap || sa->path.local.port == IKE_NATT_PORT)
		return;
	sa->path.local.port = IKE_NATT_PORT;
	sa->path.remote.port = IKE_NATT_PORT;
	sa_rename(sa);
}

/*
 * May the peer's address change under us? Anybody can pretend a NAT and send
 * from an address that it does not have, so only a peer that the PAD knows by
 * name may: a bare key gets SAs for the address that it began at, or begins
 * again.
 */
static bool movable(const struct ike_sa *sa)
{
	return sa->nat_remote && !sa->nat_local && sa->authenticated &&
	       !sa->btns;
}

/**
 * nat_may_come() - may an authentic message of an IKE SA come by this path?
 * @sa: IKE SA
 * @path: how it came
 *
 * Return: false if an address is not the IKE SA's, and may not become it.
 */
bool nat_may_come(const struct ike_sa *sa, const struct path *path)
{
	return addr_equal(&path->local.addr, &sa->path.local.addr) &&
	       path->remote.addr.family == sa->path.remote.addr.family &&
	       (movable(sa) ||
		addr_equal(&path->remote.addr, &sa->path.remote.addr));
}

/* the SAs of a peer that has moved; the caller runs fsm_start() */
static void move_children(struct ike_sa *sa, bool other_addr)
{
	struct child *c, *next;

	for (c = sa->children; c; c = next) {
		next = c->next;
		if (!other_addr)
			child_set_encap(c);
		else if (c->tunnel)
			/* what is inside stays: a new one to the new address */
			life_rekey(c);
		else
			/* it is between two addresses of which one is gone */
			life_child_vanished(c);
	}
}

/**
 * nat_follow() - the peer may have moved
 * @sa: IKE SA
 * @path: how a fresh and authentic message of its peer came
 *
 * RFC 7296 section 2.23: who is behind a NAT stays where it is, or one forged
 * or delayed datagram would cut it off; only the move to port 4500 is taken
 * part in. Child SAs are told of another port; with another address those in
 * tunnel mode are rekeyed and the others end, and the peer gets another token.
 */
void nat_follow(struct ike_sa *sa, const struct path *path)
{
	bool floats = path->local.port == IKE_NATT_PORT &&
		      sa->path.local.port != IKE_NATT_PORT;
	const struct endpoint old = sa->path.remote;
	bool other_addr = !addr_equal(&old.addr, &path->remote.addr);
	char text[SEL_STRLEN];
	struct task *t;

	if (sa->nat_local && !floats)
		return;
	sa->path.local.port = path->local.port;
	if (!other_addr && old.port == path->remote.port)
		return;
	sa->path.remote = path->remote;
	sa_rename(sa);
	/* child SAs that are being made are for where the peer is now */
	for (t = sa->tasks; t; t = t->next)
		if (t->larval)
			t->larval->remote = path->remote.addr;
	if (other_addr && sa->state == IKE_ST_ESTABLISHED)
		qcd_renew(sa);
	if (floats)
		return;
	sa_log(sa, LOG_NOTICE, "the peer has moved here from %s",
	       endpoint_str(&old, text));
	if (sa->encap)
		move_children(sa, other_addr);
}

/**
 * nat_start() - an IKE SA is established: keep the NAT's mapping alive
 * @sa: IKE SA
 *
 * Only the end that is behind the NAT has to (RFC 3948 section 4).
 */
void nat_start(struct ike_sa *sa)
{
	uint64_t ms = (uint64_t)sa->d->conf->keepalive * 1000;

	if (sa->nat_local && ms)
		timer_set(&sa->d->timers, &sa->keepalive, ms);
}

/* what left for the peer, in any child SA */
static uint64_t packets_out(const struct ike_sa *sa)
{
	const struct child *c;
	uint64_t sum = 0;

	for (c = sa->children; c; c = c->next)
		sum += child_packets_out(c);
	return sum;
}

/**
 * nat_keepalive_due() - timer: has anything left for the peer lately?
 * @arg: IKE SA
 *
 * If not, a keepalive does. IKE messages are not counted: they are rare.
 */
void nat_keepalive_due(void *arg)
{
	struct ike_sa *sa = arg;
	struct btnsd *d = sa->d;
	uint64_t sum = packets_out(sa);

	if (sa->state != IKE_ST_ESTABLISHED || sa->replaced)
		return;
	if (sum == sa->out_traffic)
		d->net->keepalive(d->net_ctx, &sa->path);
	sa->out_traffic = sum;
	nat_start(sa);
}

/**
 * nat_inherit() - an IKE SA takes another's place without IKE_SA_INIT
 * @sa: the new one
 * @old: the one that it was negotiated in
 *
 * The peer may have moved after it was given the token of the new one.
 */
void nat_inherit(struct ike_sa *sa, const struct ike_sa *old)
{
	bool moved = !addr_equal(&sa->path.remote.addr, &old->path.remote.addr);

	sa->path = old->path;
	if (moved)
		qcd_renew(sa);
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->encap = old->encap;
	sa->local_public = old->local_public;
	sa->remote_private = old->remote_private;
}

/* one and the same single address everywhere? */
static bool single(const struct ike_ts_payload *p, uint16_t family,
		   struct addr *out)
{
	uint8_t type = family == AF_INET ? IKE_TS_IPV4_ADDR_RANGE :
					   IKE_TS_IPV6_ADDR_RANGE;
	size_t len = addr_len(family);
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->ts[i].type != type ||
		    memcmp(p->ts[i].from, p->ts[i].to, len) ||
		    memcmp(p->ts[i].from, p->ts[0].from, len))
			return false;
	memset(out, 0, sizeof(*out));
	out->family = family;
	memcpy(out->b, p->ts[0].from, len);
	return p->count && !addr_any(out);
}

static void set_all(struct ike_ts_payload *p, const struct addr *a)
{
	unsigned int i;

	for (i = 0; i < p->count; i++) {
		memcpy(p->ts[i].from, a->b, sizeof(a->b));
		memcpy(p->ts[i].to, a->b, sizeof(a->b));
	}
}

/**
 * nat_ts_in() - a peer's selectors for transport mode, as they are here
 * @sa: IKE SA
 * @local: selectors for our end, changed
 * @remote: selectors for the peer's end, changed
 * @sent_local: what the peer calls us, family 0 if it is our address
 * @sent_remote: what the peer calls itself, family 0 if we see that too
 *
 * RFC 7296 section 2.23.1: whoever is behind a NAT is spoken of by an address
 * that the other end does not see; both are replaced by those of the IKE SA
 * before anything is decided. Ranges are left as they are.
 */
void nat_ts_in(const struct ike_sa *sa, struct ike_ts_payload *local,
	       struct ike_ts_payload *remote, struct addr *sent_local,
	       struct addr *sent_remote)
{
	const struct addr *us = &sa->path.local.addr;
	const struct addr *them = &sa->path.remote.addr;

	memset(sent_local, 0, sizeof(*sent_local));
	memset(sent_remote, 0, sizeof(*sent_remote));
	if (sa->nat_local && single(local, us->family, sent_local))
		set_all(local, us);
	if (sa->nat_remote && single(remote, them->family, sent_remote))
		set_all(remote, them);
	if (addr_equal(sent_local, us))
		sent_local->family = 0;
	if (addr_equal(sent_remote, them))
		sent_remote->family = 0;
}

/**
 * nat_ts_out() - a selector of our answer, in the peer's words again
 * @ts: selector of one end
 * @sent: what nat_ts_in() gave for that end
 */
void nat_ts_out(struct ike_ts *ts, const struct addr *sent)
{
	if (!sent->family)
		return;
	memcpy(ts->from, sent->b, sizeof(ts->from));
	memcpy(ts->to, sent->b, sizeof(ts->to));
}
