// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Token = prf(secret, SPIi | SPIr | address of the one it is given to), the
 * second way of RFC 6290 section 5: who asks from elsewhere is shown another.
 * The secret lies beside the store of peers, so that it outlives a reboot.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/qcd.h"
#include "btnsd/log.h"
#include "libbtns/file.h"

static bool secret_path(const struct btnsd *d, char path[PATH_MAX])
{
	return d->store.path &&
	       snprintf(path, PATH_MAX, "%s.qcd", d->store.path) < PATH_MAX;
}

static bool read_secret(const char *path, uint8_t secret[QCD_SECRET_LEN])
{
	static const uint8_t nothing[QCD_SECRET_LEN];
	const char *why;
	uint8_t *data;
	size_t len;
	bool ok;

	if (lbtns_file_load(path, QCD_SECRET_LEN, &data, &len, NULL, &why))
		return false;
	/* a disk that lost what was written has zeros there: anybody's secret */
	ok = len == QCD_SECRET_LEN && memcmp(data, nothing, len);
	if (ok)
		memcpy(secret, data, len);
	wipe(data, len);
	free(data);
	return ok;
}

/**
 * qcd_start() - read the secret of tokens, or make it
 * @d: helper; without a store its tokens are good until it ends
 */
void qcd_start(struct btnsd *d)
{
	char path[PATH_MAX];
	bool keep = secret_path(d, path);
	int err;

	if (keep && read_secret(path, d->qcd.secret)) {
		d->qcd.ready = true;
		return;
	}
	d->qcd.ready = rand_fill(d->qcd.secret, QCD_SECRET_LEN) == CRYPTO_OK;
	if (!keep || !d->qcd.ready)
		return;
	err = lbtns_file_replace(path, d->qcd.secret, QCD_SECRET_LEN);
	if (err)
		log_warn("%s: %s: after a reboot peers will have to find out for themselves",
			 path, strerror(-err));
}

/**
 * qcd_wipe() - forget the secret
 * @q: secret
 */
void qcd_wipe(struct qcd *q)
{
	wipe(q, sizeof(*q));
}

/* one more token within @r? */
static bool admit(struct qcd_rate *r, uint64_t now)
{
	if (now - r->since >= QCD_RATE_MS) {
		r->since = now;
		r->n = 0;
	}
	if (r->n >= QCD_RATE)
		return false;
	r->n++;
	return true;
}

static bool make(const struct btnsd *d, uint64_t spi_i, uint64_t spi_r,
		 const struct addr *to, uint8_t out[PRF_MAX_LEN])
{
	uint8_t spis[2 * IKE_SPI_LEN];
	const struct span parts[] = {
		span(spis, sizeof(spis)),
		span(to->b, addr_len(to->family)),
	};
	int i;

	for (i = 0; i < IKE_SPI_LEN; i++) {
		spis[i] = (uint8_t)(spi_i >> (56 - 8 * i));
		spis[IKE_SPI_LEN + i] = (uint8_t)(spi_r >> (56 - 8 * i));
	}
	return d->qcd.ready &&
	       prf(IKE_PRF_HMAC_SHA2_256, span(d->qcd.secret, QCD_SECRET_LEN),
		   parts, 2, out) == CRYPTO_OK;
}

/* its protocol is IKE, though it has no SPI (RFC 6290 section 4.1) */
static void build(struct ike_build *b, const uint8_t *token)
{
	uint8_t body[4 + QCD_TOKEN_LEN] = {
		IKE_PROTO_IKE, 0, IKE_N_QUICK_CRASH_DETECTION >> 8,
		IKE_N_QUICK_CRASH_DETECTION & 0xff,
	};

	memcpy(body + 4, token, QCD_TOKEN_LEN);
	ike_build_raw(b, IKE_PLD_NOTIFY, span(body, sizeof(body)));
	wipe(body, sizeof(body));
}

/**
 * qcd_give() - write the token of an IKE SA for its peer
 * @sa: IKE SA with both SPIs
 * @b: chain of a protected message
 */
void qcd_give(const struct ike_sa *sa, struct ike_build *b)
{
	uint8_t token[PRF_MAX_LEN];

	if (make(sa->d, sa->spi_i, sa->spi_r, &sa->path.remote.addr, token))
		build(b, token);
	wipe(token, sizeof(token));
}

/**
 * qcd_renew() - the peer has another address than our token for it is made of
 * @sa: IKE SA; its peer gets the token of the new one (RFC 6290 section 4.4)
 *
 * Before what else waits: until then a crash of ours is proved by nothing. One
 * that waits already is made when it is sent; one in flight was for where the
 * peer no longer is. The caller runs fsm_start().
 */
void qcd_renew(struct ike_sa *sa)
{
	const struct task *t = sa->tasks;

	if (t && sa->request.len)
		t = t->next;
	for (; t; t = t->next)
		if (t->kind == TASK_TOKEN)
			return;
	if (!(sa->request.len ? task_add_next(sa, TASK_TOKEN) :
				task_add(sa, TASK_TOKEN)))
		sa_log(sa, LOG_WARNING,
		       "the peer gets no token for its new address: if btnsd crashes it will have to find out for itself");
}

/**
 * qcd_seen() - keep the token that a peer gives us
 * @sa: IKE SA that it is for
 * @m: message of the peer, authentic; it may have none
 *
 * Of several the first that may be one.
 */
void qcd_seen(struct ike_sa *sa, const struct ike_msg *m)
{
	unsigned int i;

	for (i = 0; i < m->n_notifies; i++) {
		const struct ike_notify_desc *n = &m->notify[i];

		if (n->type != IKE_N_QUICK_CRASH_DETECTION ||
		    n->data.len < QCD_TOKEN_MIN || n->data.len > QCD_TOKEN_MAX)
			continue;
		if (!blob_set(&sa->token, n->data.data, n->data.len))
			sa_log(sa, LOG_WARNING,
			       "out of memory: the peer's token is not kept");
		return;
	}
}

/* our half of an heir, the peer's half of which is under way */
static bool begets(const struct ike_sa *sa, const struct ike_hdr *hdr)
{
	const struct task *t;

	if (sa->followup && sa->followup->spi_i == hdr->spi_i)
		return true;
	for (t = sa->tasks; t; t = t->next)
		if (t->heir && t->heir->spi_i == hdr->spi_i)
			return true;
	return false;
}

/* a token is shown for nothing that lives, in whichever role (section 5) */
static bool lives(const struct btnsd *d, const struct path *path,
		  const struct ike_hdr *hdr)
{
	const struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		if ((sa->spi_i == hdr->spi_i && sa->spi_r == hdr->spi_r) ||
		    begets(sa, hdr))
			return true;
		/* a new IKE SA is under way, which takes over what is left */
		if (sa->initiator && sa->state < IKE_ST_ESTABLISHED &&
		    addr_equal(&sa->path.remote.addr, &path->remote.addr))
			return true;
	}
	return false;
}

/**
 * qcd_show() - answer a request of an IKE SA that we do not have
 * @d: helper
 * @path: how it came
 * @hdr: its header
 * @b: chain of an unprotected answer
 *
 * Return: true if INVALID_IKE_SPI and the token are written; false to say
 * nothing.
 */
bool qcd_show(struct btnsd *d, const struct path *path,
	      const struct ike_hdr *hdr, struct ike_build *b)
{
	uint8_t token[PRF_MAX_LEN];

	if ((hdr->flags & IKE_FLAG_RESPONSE) || !hdr->spi_i || !hdr->spi_r ||
	    (hdr->exchange != IKE_CREATE_CHILD_SA &&
	     hdr->exchange != IKE_INFORMATIONAL) ||
	    lives(d, path, hdr))
		return false;
	if (!admit(&d->qcd.shown, timer_now(&d->timers)) ||
	    !make(d, hdr->spi_i, hdr->spi_r, &path->remote.addr, token))
		return false;
	ike_build_notify(b, IKE_N_INVALID_IKE_SPI, span(NULL, 0));
	build(b, token);
	return true;
}

/**
 * qcd_proves_loss() - has the peer lost this IKE SA?
 * @sa: IKE SA
 * @path: how @m came: from any address, as another may answer for one that is
 *	down (RFC 6290 section 3)
 * @m: unprotected answer to a request of ours
 *
 * A maker that changes its secret shows a token of each: one of them has to be
 * the peer's (section 4.5). How many are looked at is limited (section 8.1) for
 * each IKE SA alone, and from elsewhere apart from its peer's address: whoever
 * floods one way is in nobody's way.
 *
 * Return: true if it says so with the token that it once gave us; anybody can
 * say it without (RFC 7296 section 2.4).
 */
bool qcd_proves_loss(struct ike_sa *sa, const struct path *path,
		     const struct ike_msg *m)
{
	bool home = addr_equal(&path->remote.addr, &sa->path.remote.addr);
	uint64_t now = timer_now(&sa->d->timers);
	bool wrong = false, proved = false;
	char from[SEL_STRLEN];
	unsigned int i;

	if (!sa->token.len || !ike_msg_notify_find(m, IKE_N_INVALID_IKE_SPI))
		return false;
	for (i = 0; i < m->n_notifies && !proved; i++) {
		if (m->notify[i].type != IKE_N_QUICK_CRASH_DETECTION ||
		    !admit(&sa->token_seen[home], now))
			continue;
		proved = secret_equal(m->notify[i].data, blob_span(&sa->token));
		wrong |= !proved;
	}
	if (wrong && !proved && log_admit(&sa->d->strangers, now))
		sa_log(sa, LOG_INFO,
		       "passed over: %s says that the IKE SA is lost, by a token that is not the peer's",
		       endpoint_str(&path->remote, from));
	return proved;
}
