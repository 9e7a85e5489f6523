// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the reader to the kernel, each looked at before the kernel sees
 * it. One that is refused gets an answer; one that no reader makes ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "btnsd/broker/serve.h"
#include "btnsd/crypto/aead.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/log.h"
#include "btnsd/pad.h"

/* SPIs below are reserved (RFC 4303 section 2.1) */
#define SPI_LEAST	256
#define REPLAY_MOST	4096
/* how long a list may take: a million latches take a fraction of it */
#define LIST_S		120
/* refusals of one reader that come to the log */
#define REFUSALS_TOLD	32

/**
 * serve_bad() - the request is none that a reader makes
 * @s: broker
 *
 * Return: -EBADMSG; the reader gets no answer.
 */
int serve_bad(struct serve *s)
{
	s->bad = true;
	return -EBADMSG;
}

/**
 * serve_refuse() - the request is one, but the reader may not have this
 * @s: broker
 * @why: constant sentence
 *
 * Return: -EPERM. What the kernel or the module refuse a peer has other errnos,
 * as a peer is told by them why; see refusal_install().
 */
int serve_refuse(struct serve *s, const char *why)
{
	snprintf(s->why, sizeof(s->why), "the broker refuses: %s", why);
	/* who has been taken over may ask again and again */
	if (s->refusals++ < REFUSALS_TOLD)
		log_warn("the reader is refused: %s%s", why,
			 s->refusals < REFUSALS_TOLD ?
				 "" :
				 "; what else it is refused is not told");
	return -EPERM;
}

/* the same, for a cause that a peer is told */
static int refuse_as(struct serve *s, int err, const char *why)
{
	serve_refuse(s, why);
	return err;
}

/**
 * serve_seconds() - the broker's clock
 *
 * Return: seconds of a clock that does not go back.
 */
time_t serve_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* ---- the shape of what comes --------------------------------------------- */

/*
 * What a peer can bring about is refused, and not taken for a sign that the
 * reader is not itself any more: or peers could have it killed.
 */

static int get_name(struct serve *s, struct proto_name *n)
{
	if (!proto_get_all(&s->m, &proto_name_layout, n))
		return serve_bad(s);
	if (!addr_len(n->dst.family) ||
	    (n->src.family && n->src.family != n->dst.family))
		return serve_refuse(s, "an SA without addresses");
	return 0;
}

static bool sel_ok(const struct sel *s)
{
	return addr_len(s->local.family) &&
	       s->local.family == s->remote.family &&
	       s->local_plen <= addr_bits(s->local.family) &&
	       s->remote_plen <= addr_bits(s->local.family);
}

static bool kern_sa_ok(const struct kern_sa *sa, struct span key)
{
	size_t len = sa->integ ? cbc_keymat_len(sa->encr, sa->keybits,
						sa->integ) :
				 aead_keymat_len(sa->encr, sa->keybits);

	return sa->spi >= SPI_LEAST && addr_len(sa->dst.family) &&
	       sa->src.family == sa->dst.family && sel_ok(&sa->sel) && len &&
	       (!key.len || key.len == len) &&
	       sa->replay_window <= REPLAY_MOST &&
	       !sa->encap.sport == !sa->encap.dport;
}

static bool binding_ok(const struct lbtns_sa *b)
{
	return b->proto == IPPROTO_ESP && b->daddr.family &&
	       ntohl(b->spi) >= SPI_LEAST && b->sel.local.family &&
	       b->sel.local.family == b->sel.remote.family && !b->mark_mask;
}

/* ---- SAs ----------------------------------------------------------------- */

static void reply_value(struct serve *s, uint64_t v)
{
	const struct proto_value value = { v };

	proto_begin(&s->m, PROTO_DONE);
	proto_put(&s->m, &proto_value_layout, &value);
}

static int do_get_spi(struct serve *s)
{
	struct proto_name n;
	struct sas_sa *sa;
	uint32_t spi;
	int err;

	err = get_name(s, &n);
	if (err)
		return err;
	if (!n.src.family)
		return serve_refuse(s, "an SA without addresses");
	if (s->sas.n >= SAS_MAX)
		return refuse_as(s, -ENOSPC, "there are too many SAs");
	err = s->kern->get_spi(s->kern_ctx, &n.src, &n.dst, n.reqid, &spi);
	if (err)
		return err;
	sa = sas_add(&s->sas, spi, &n.dst);
	if (!sa) {
		s->kern->del_sa(s->kern_ctx, spi, &n.dst);
		return refuse_as(s, -ENOMEM, "memory ran out");
	}
	sa->reserved = true;
	reply_value(s, spi);
	return 0;
}

static int do_add_sa(struct serve *s)
{
	struct sas_sa *known;
	struct secret key = { 0 };
	struct kern_sa sa;
	struct span rest;
	int err;

	if (!proto_get(&s->m, &proto_kern_sa_layout, &sa, &rest) ||
	    secret_set(&key, rest) != CRYPTO_OK)
		return serve_bad(s);
	known = sas_find(&s->sas, sa.spi, &sa.dst);
	sa.key = &key;
	if (!rest.len || !kern_sa_ok(&sa, rest))
		err = refuse_as(s, -ERANGE, "an SA that no peer can have");
	else if (!known || !known->bound)
		err = serve_refuse(s, "an SA that is not bound");
	else if (!sel_within(&sa.sel, &known->sel))
		err = serve_refuse(s, "an SA for more than its binding is for");
	else if (sa.inbound && !known->reserved)
		err = serve_refuse(s, "an SPI that was not reserved");
	else
		err = s->kern->add_sa(s->kern_ctx, &sa);
	if (!err)
		known->installed = true;
	secret_wipe(&key);
	return err;
}

static int do_set_encap(struct serve *s)
{
	const struct sas_sa *known;
	struct kern_sa sa;

	if (!proto_get_all(&s->m, &proto_kern_sa_layout, &sa))
		return serve_bad(s);
	if (!kern_sa_ok(&sa, span(NULL, 0)))
		return serve_refuse(s, "an SA that no peer can have");
	known = sas_find(&s->sas, sa.spi, &sa.dst);
	if (!known || !known->bound)
		return serve_refuse(s, "other ports for an SA that is not bound");
	return s->kern->set_encap(s->kern_ctx, &sa);
}

static int do_find_sa(struct serve *s)
{
	struct kern_found found;
	struct proto_name n;
	int err = get_name(s, &n);

	if (err)
		return err;
	memset(&found, 0, sizeof(found));
	err = s->kern->find_sa(s->kern_ctx, n.spi, &n.dst, &found);
	if (err)
		return err;
	proto_begin(&s->m, PROTO_DONE);
	proto_put(&s->m, &proto_found_layout, &found);
	return 0;
}

static int do_del_sa(struct serve *s)
{
	struct proto_name n;
	int err = get_name(s, &n);

	if (err)
		return err;
	if (!sas_find(&s->sas, n.spi, &n.dst)) {
		snprintf(s->why, sizeof(s->why), "no SA of ours");
		return -ESRCH;
	}
	err = s->kern->del_sa(s->kern_ctx, n.spi, &n.dst);
	if (!err || err == -ESRCH)
		sas_remove(&s->sas, n.spi, &n.dst);
	return err;
}

static int do_packets(struct serve *s)
{
	struct proto_name n;
	uint64_t v = 0;
	int err = get_name(s, &n);

	if (err)
		return err;
	err = s->kern->sa_packets(s->kern_ctx, n.spi, &n.dst, &v);
	if (!err)
		reply_value(s, v);
	return err;
}

static int do_forget(struct serve *s)
{
	struct proto_name n;
	int err = get_name(s, &n);

	if (err)
		return err;
	if (!n.src.family)
		return serve_refuse(s, "an acquire without addresses");
	return s->kern->forget_acquire(s->kern_ctx, &n.src, &n.dst, n.reqid,
				       n.seq);
}

static int do_forget_all(struct serve *s)
{
	return s->m.len ? serve_bad(s) :
			  s->kern->forget_acquires(s->kern_ctx);
}

/* ---- bindings ------------------------------------------------------------ */

static int get_binding(struct serve *s, struct lbtns_sa *b, struct addr *dst)
{
	if (!proto_get_all(&s->m, &proto_sa_layout, b))
		return serve_bad(s);
	if (!binding_ok(b))
		return refuse_as(s, -ERANGE, "a binding that no peer can have");
	if (b->peer.method == BTNS_AUTH_METHOD_MANUAL ||
	    b->local.method == BTNS_AUTH_METHOD_MANUAL)
		return serve_refuse(s, "a binding as an administrator makes it");
	addr_from_lbtns(dst, &b->daddr);
	return 0;
}

static int do_bind(struct serve *s)
{
	bool known;
	struct kern_found found;
	struct sas_sa *sa;
	struct lbtns_sa b;
	struct addr dst;
	int err = get_binding(s, &b, &dst);

	if (err)
		return err;
	/* an SA that nobody vouched for is another's, and would be ours to delete */
	known = sas_find(&s->sas, ntohl(b.spi), &dst);
	if (!known && s->kern->find_sa(s->kern_ctx, ntohl(b.spi), &dst,
				       &found) != -ESRCH)
		return refuse_as(s, -EEXIST,
				 "to vouch for an SA that is there already");
	sa = sas_add(&s->sas, ntohl(b.spi), &dst);
	if (!sa)
		return refuse_as(s, -ENOSPC, "there are too many SAs");
	err = s->kern->bind(s->kern_ctx, &b);
	if (!err) {
		sa->bound = true;
		sel_from_lbtns(&sa->sel, &b.sel);
	} else if (!known) {
		sas_remove(&s->sas, ntohl(b.spi), &dst);
	}
	return err;
}

static int do_check(struct serve *s)
{
	struct lbtns_sa b;
	struct addr dst;
	uint8_t verdict = BTNS_SA_VERDICT_PAD_REFUSED;
	int err = get_binding(s, &b, &dst);

	if (!err)
		err = s->kern->check(s->kern_ctx, &b, &verdict);
	if (!err)
		reply_value(s, verdict);
	return err;
}

static int do_unbind(struct serve *s)
{
	struct sas_sa *sa;
	struct lbtns_sa b;
	struct addr dst;
	int err = get_binding(s, &b, &dst);

	if (err)
		return err;
	sa = sas_find(&s->sas, ntohl(b.spi), &dst);
	if (!sa || !sa->bound) {
		snprintf(s->why, sizeof(s->why), "no binding of ours");
		return -ENOENT;
	}
	err = s->kern->unbind(s->kern_ctx, &b);
	if (err && err != -ENOENT)
		return err;
	sa->bound = false;
	if (!sa->reserved)
		sas_remove(&s->sas, ntohl(b.spi), &dst);
	return err;
}

/* ---- lists --------------------------------------------------------------- */

/* one of a list; the reader has to make room, or is stuck */
static int item(struct serve *s, const struct proto_layout *l, const void *from)
{
	int err;

	proto_begin(&s->item, PROTO_ITEM);
	proto_put(&s->item, l, from);
	err = serve_seconds() > s->until ? -ETIME : proto_send(s->fd, &s->item, true);
	if (err)
		s->stuck = true;
	return err;
}

/* what an earlier reader has bound, this one may take over and delete */
static int item_binding(const struct lbtns_sa *b, void *arg)
{
	struct serve *s = arg;
	struct sas_sa *sa;
	struct addr dst;

	if (binding_ok(b) && b->peer.method != BTNS_AUTH_METHOD_MANUAL &&
	    b->local.method != BTNS_AUTH_METHOD_MANUAL) {
		addr_from_lbtns(&dst, &b->daddr);
		sa = sas_add(&s->sas, ntohl(b->spi), &dst);
		if (sa) {
			sa->bound = true;
			sa->installed = true;
			sel_from_lbtns(&sa->sel, &b->sel);
		}
	}
	return item(s, &proto_sa_layout, b);
}

static int do_bindings(struct serve *s)
{
	return s->m.len ? serve_bad(s) :
			  s->kern->bindings(s->kern_ctx, item_binding, s);
}

static int item_latch(const struct lbtns_latch *l, void *arg)
{
	return item(arg, &proto_latch_layout, l);
}

static int do_latches(struct serve *s)
{
	return s->m.len ? serve_bad(s) :
			  s->kern->latches(s->kern_ctx, item_latch, s);
}

static int item_pad(const struct lbtns_pad_entry *e, uint32_t index,
		    uint32_t generation, void *arg)
{
	struct proto_pad p = {
		.e = *e,
		.index = index,
		.generation = generation,
	};

	return item(arg, &proto_pad_layout, &p);
}

static int do_pad_dump(struct serve *s)
{
	return s->m.len ? serve_bad(s) :
			  s->kern->pad_dump(s->kern_ctx, item_pad, s);
}

static int item_policy(const struct kern_policy *p, void *arg)
{
	return item(arg, &proto_policy_layout, p);
}

static int do_policies(struct serve *s)
{
	return s->m.len ? serve_bad(s) :
			  s->kern->policies(s->kern_ctx, item_policy, s);
}

/* ---- latches, the PAD, the service manager ------------------------------- */

static int do_latch_break(struct serve *s)
{
	struct proto_peer p;
	uint32_t n = 0;
	int err;

	if (!proto_get_all(&s->m, &proto_peer_layout, &p))
		return serve_bad(s);
	if (p.peer.type == BTNS_ID_TYPE_NONE ||
	    p.reason != BTNS_REASON_PEER_DEAD)
		return serve_refuse(s, "to break the latches of nobody");
	err = s->kern->latch_break(s->kern_ctx, &p.peer, p.reason, &n);
	if (!err)
		reply_value(s, n);
	return err;
}

static int do_latch_close_all(struct serve *s)
{
	struct proto_peer p;
	uint32_t n = 0;
	int err;

	if (!proto_get_all(&s->m, &proto_peer_layout, &p))
		return serve_bad(s);
	if (p.reason != BTNS_REASON_STORE)
		return serve_refuse(s, "to close latches but for the store");
	err = s->kern->latch_close_all(s->kern_ctx, p.reason, &n);
	if (!err)
		reply_value(s, n);
	return err;
}

/* who may be whom is the administrator's word: as the broker has read it */
static int do_pad_replace(struct serve *s)
{
	int err;

	if (s->m.len)
		return serve_bad(s);
	if (!s->conf->has_pad)
		return serve_refuse(s, "a PAD that nobody has configured");
	/* two reloads in a row: the first has loaded what the second asks for */
	if (!s->pad_due)
		return s->pad_failed ?
			       serve_refuse(s, "a PAD that could not be loaded") :
			       0;
	s->pad_due = false;
	s->pad_failed = true;
	err = s->kern->pad_replace(s->kern_ctx, s->conf->pad, s->conf->n_pad);
	s->pad_failed = err;
	return err;
}

/* what was allowed for the sake of the configuration before is so no more */
static int do_taken(struct serve *s)
{
	if (s->m.len)
		return serve_bad(s);
	conf_free(s->before);
	s->before = NULL;
	return 0;
}

static int do_ready(struct serve *s)
{
	if (s->m.len)
		return serve_bad(s);
	s->is_ready = true;
	return 0;
}

/* ---- all of them --------------------------------------------------------- */

static int (*const handlers[PROTO_REQUESTS])(struct serve *s) = {
	[PROTO_GET_SPI] = do_get_spi,
	[PROTO_ADD_SA] = do_add_sa,
	[PROTO_SET_ENCAP] = do_set_encap,
	[PROTO_FIND_SA] = do_find_sa,
	[PROTO_DEL_SA] = do_del_sa,
	[PROTO_SA_PACKETS] = do_packets,
	[PROTO_FORGET] = do_forget,
	[PROTO_FORGET_ALL] = do_forget_all,
	[PROTO_BIND] = do_bind,
	[PROTO_CHECK] = do_check,
	[PROTO_UNBIND] = do_unbind,
	[PROTO_BINDINGS] = do_bindings,
	[PROTO_LATCH_BREAK] = do_latch_break,
	[PROTO_LATCH_CLOSE_ALL] = do_latch_close_all,
	[PROTO_LATCHES] = do_latches,
	[PROTO_PAD_DUMP] = do_pad_dump,
	[PROTO_PAD_REPLACE] = do_pad_replace,
	[PROTO_POLICIES] = do_policies,
	[PROTO_PUT_POLICY] = serve_put_policy,
	[PROTO_DEL_POLICY] = serve_del_policy,
	[PROTO_KEY] = serve_key,
	[PROTO_SIGN] = serve_sign,
	[PROTO_SECRET] = serve_secret,
	[PROTO_MAC] = serve_mac,
	[PROTO_CHECK_MAC] = serve_check_mac,
	[PROTO_TAKEN] = do_taken,
	[PROTO_FILE_OPEN] = serve_file_open,
	[PROTO_FILE_CREATE] = serve_file_create,
	[PROTO_FILE_COMMIT] = serve_file_commit,
	[PROTO_FILE_DROP] = serve_file_drop,
	[PROTO_FILE_ASIDE] = serve_file_aside,
	[PROTO_FILE_LOCK] = serve_file_lock,
	[PROTO_READY] = do_ready,
};

/* the answer to s->m, which is the request or, on success, the result */
static int respond(struct serve *s, int err)
{
	const char *why = s->why[0] ? s->why : s->kern->error(s->kern_ctx);

	if (err || s->m.type != PROTO_DONE) {
		proto_begin(&s->m, PROTO_DONE);
		s->m.err = err;
		if (err)
			proto_put_octets(&s->m, span((const uint8_t *)why,
						     strnlen(why, PROTO_TEXT - 1)));
	}
	err = proto_send(s->fd, &s->m, true);
	if (s->m.fd >= 0)
		close(s->m.fd);
	return err;
}

/* the request in s->m; as serve_one() */
static int take(struct serve *s)
{
	uint32_t type;
	int err;

	s->bad = false;
	s->stuck = false;
	s->until = serve_seconds() + LIST_S;
	s->why[0] = '\0';
	type = s->m.type;
	if (s->m.fd >= 0 || s->m.err || type >= PROTO_REQUESTS ||
	    !handlers[type]) {
		if (s->m.fd >= 0)
			close(s->m.fd);
		return -EBADMSG;
	}
	err = handlers[type](s);
	if (s->bad)
		return -EBADMSG;
	if (!s->stuck)
		err = respond(s, err);
	/* -EAGAIN is its answer's, and not that there is nothing to do */
	if (err == -EAGAIN)
		s->stuck = true;
	return s->stuck ? -EPIPE : err;
}

/**
 * serve_one() - answer one request, if there is one
 * @s: broker
 * @fd: the reader's socket
 *
 * Return: 0; -EAGAIN if there is none; -EPIPE if the reader is gone; -EBADMSG
 * if it sent what no reader sends, or another negative errno if it does not
 * take the answer: it is to be killed.
 */
int serve_one(struct serve *s, int fd)
{
	size_t came;
	int err;

	err = proto_recv(fd, &s->m, false);
	if (err)
		return err;
	came = s->m.len;
	s->fd = fd;
	err = take(s);
	/* a key may have been in it, or what is made with one; or in the answer */
	wipe(s->m.body, came > s->m.len ? came : s->m.len);
	return err;
}

static bool is_installed(const struct sas_sa *sa, void *arg)
{
	(void)arg;
	return sa->installed;
}

static bool is_larval(const struct sas_sa *sa, void *arg)
{
	(void)arg;
	return !sa->installed;
}

/**
 * serve_begin() - another reader begins
 * @s: broker
 */
void serve_begin(struct serve *s)
{
	s->pad_due = true;
	s->is_ready = false;
	s->refusals = 0;
	/* what the one before had under way comes to nothing */
	sas_drop(&s->sas, is_larval, NULL);
	/* it will read what is there now */
	conf_free(s->before);
	s->before = NULL;
}

/**
 * serve_forget() - the kernel has deleted an SA
 * @s: broker
 * @spi: host byte order
 * @dst: destination address of its packets; NULL: it has deleted all
 */
void serve_forget(struct serve *s, uint32_t spi, const struct addr *dst)
{
	const struct sas_sa *sa = dst ? sas_find(&s->sas, spi, dst) : NULL;

	/* of an SPI that was only reserved: the SA may come all the same */
	if (sa && !sa->installed)
		return;
	if (dst)
		sas_remove(&s->sas, spi, dst);
	else
		sas_drop(&s->sas, is_installed, NULL);
}

static bool is_lost(const struct sas_sa *sa, void *arg)
{
	struct kern_found found;
	struct serve *s = arg;

	return sa->installed && s->kern->find_sa(s->kern_ctx, sa->spi, &sa->dst,
						 &found) == -ESRCH;
}

/**
 * serve_events_lost() - the kernel may have deleted any SA
 * @s: broker
 */
void serve_events_lost(struct serve *s)
{
	sas_drop(&s->sas, is_lost, s);
	serve_policies_changed(s);
}
