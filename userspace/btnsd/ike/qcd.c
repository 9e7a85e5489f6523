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
	const char *why;
	uint8_t *data;
	size_t len;
	bool ok;

	if (lbtns_file_load(path, QCD_SECRET_LEN, &data, &len, NULL, &why))
		return false;
	ok = len == QCD_SECRET_LEN;
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
 * qcd_seen() - keep the token that a peer gives us
 * @sa: IKE SA that it is for
 * @m: message of the peer, authentic; it may have none
 */
void qcd_seen(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(m, IKE_N_QUICK_CRASH_DETECTION);

	if (n && n->data.len >= QCD_TOKEN_MIN && n->data.len <= QCD_TOKEN_MAX)
		blob_set(&sa->token, n->data.data, n->data.len);
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
	uint64_t now = timer_now(&d->timers);
	uint8_t token[PRF_MAX_LEN];

	if ((hdr->flags & IKE_FLAG_RESPONSE) || !hdr->spi_i || !hdr->spi_r ||
	    (hdr->exchange != IKE_CREATE_CHILD_SA &&
	     hdr->exchange != IKE_INFORMATIONAL) ||
	    lives(d, path, hdr))
		return false;
	if (now - d->qcd.since >= QCD_RATE_MS) {
		d->qcd.since = now;
		d->qcd.shown = 0;
	}
	if (d->qcd.shown >= QCD_RATE ||
	    !make(d, hdr->spi_i, hdr->spi_r, &path->remote.addr, token))
		return false;
	d->qcd.shown++;
	ike_build_notify(b, IKE_N_INVALID_IKE_SPI, span(NULL, 0));
	build(b, token);
	return true;
}

/**
 * qcd_proves_loss() - has the peer lost this IKE SA?
 * @sa: IKE SA
 * @m: unprotected answer to a request of ours
 *
 * Return: true if it says so with the token that it once gave us; anybody can
 * say it without (RFC 7296 section 2.4).
 */
bool qcd_proves_loss(const struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(m, IKE_N_QUICK_CRASH_DETECTION);

	return n && sa->token.len &&
	       ike_msg_notify_find(m, IKE_N_INVALID_IKE_SPI) &&
	       n->data.len == sa->token.len &&
	       secret_equal(n->data, blob_span(&sa->token));
}
