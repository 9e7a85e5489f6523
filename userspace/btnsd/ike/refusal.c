// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "No" alone sends an administrator to two hosts with two configurations; what
 * was offered beside what we have does not. Nothing here is secret: it is what
 * goes over the wire, or names of our configuration.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/log.h"

/* room for the mark that something was left out */
#define CUT	" ..."

/* append; false, and a mark, if there is no room */
static bool put(char *buf, size_t size, size_t *at, const char *fmt, ...)
{
	size_t room = size - *at - sizeof(CUT);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf + *at, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < room) {
		*at += (size_t)n;
		return true;
	}
	strcpy(buf + *at, CUT);
	return false;
}

static bool put_transform(const struct ike_transform_desc *t, bool first,
			  char *buf, size_t size, size_t *at)
{
	const char *sep = first ? "" : " ";

	if (t->type == IKE_TRANS_ESN)
		return put(buf, size, at, "%s%s", sep,
			   t->id ? "ESN" : "no-ESN");
	if (!put(buf, size, at, "%s%s", sep,
		 ike_name_transform(t->type, t->id)))
		return false;
	return !t->keybits || put(buf, size, at, "-%u", t->keybits);
}

/**
 * refusal_offer() - an SA payload in words
 * @p: payload, the peer's or ours
 * @buf: where to
 *
 * Return: @buf: proposals with "; " between, cut off if there are too many.
 */
const char *refusal_offer(const struct ike_sa_payload *p,
			  char buf[static REFUSAL_OFFER_MAX])
{
	unsigned int i, k;
	size_t at = 0;

	strcpy(buf, "nothing");
	for (i = 0; i < p->count; i++) {
		const struct ike_proposal *pr = &p->proposal[i];

		if (i && !put(buf, REFUSAL_OFFER_MAX, &at, "; "))
			return buf;
		for (k = 0; k < pr->count; k++)
			if (!put_transform(&p->transform[pr->first + k], !k,
					   buf, REFUSAL_OFFER_MAX, &at))
				return buf;
	}
	return buf;
}

/**
 * refusal_ike() - no proposal for an IKE SA is acceptable
 * @sa: IKE SA; its fault is set
 * @m: the request
 * @use: what it is for
 */
void refusal_ike(struct ike_sa *sa, const struct ike_msg *m,
		 enum proposal_use use)
{
	char theirs[REFUSAL_OFFER_MAX], ours[REFUSAL_OFFER_MAX];
	const struct conf *conf = sa->d->conf;
	uint8_t spi[IKE_SPI_LEN] = { 0 };
	struct ike_sa_payload offer;

	proposal_ike_offer(conf, use, conf->dh[0],
			   use >= PROPOSAL_REKEY ? spi : NULL, &offer);
	sa_fault(sa, IKE_N_NO_PROPOSAL_CHOSEN,
		 "none of its proposals is acceptable: it offers %s; ike.aead, ike.prf, ike.dh and ike.additional have %s",
		 refusal_offer(&m->sa, theirs), refusal_offer(&offer, ours));
}

/**
 * refusal_esp() - no proposal for a child SA is acceptable
 * @sa: IKE SA; its fault is set
 * @m: the request
 */
void refusal_esp(struct ike_sa *sa, const struct ike_msg *m)
{
	char theirs[REFUSAL_OFFER_MAX], ours[REFUSAL_OFFER_MAX];
	const uint8_t spi[4] = { 0 };
	struct ike_sa_payload offer;

	proposal_esp_offer(sa->d->conf, 0, spi, &offer);
	sa_fault(sa, IKE_N_NO_PROPOSAL_CHOSEN,
		 "none of its ESP proposals is acceptable: it offers %s; child.aead has %s",
		 refusal_offer(&m->sa, theirs), refusal_offer(&offer, ours));
}

/**
 * refusal_choice() - an answer chose what we have not offered
 * @sa: IKE SA; its fault is set
 * @m: the answer
 * @offer: ours
 */
void refusal_choice(struct ike_sa *sa, const struct ike_msg *m,
		    const struct ike_sa_payload *offer)
{
	char theirs[REFUSAL_OFFER_MAX], ours[REFUSAL_OFFER_MAX];

	sa_fault(sa, 0,
		 "the answer did not choose from our proposals: it has %s, with a value for group %s; we offered %s",
		 refusal_offer(&m->sa, theirs),
		 m->ke.present ? ike_name_transform(IKE_TRANS_DH, m->ke.group) :
				 "none",
		 refusal_offer(offer, ours));
}

/**
 * refusal_group() - a key exchange has another group than was chosen
 * @sa: IKE SA; its fault is set
 * @m: the request
 * @want: the group that we ask for
 */
void refusal_group(struct ike_sa *sa, const struct ike_msg *m, uint16_t want)
{
	sa_fault(sa, IKE_N_INVALID_KE_PAYLOAD,
		 "asked for group %s, as its key exchange has %s",
		 ike_name_transform(IKE_TRANS_DH, want),
		 m->ke.present ? ike_name_transform(IKE_TRANS_DH, m->ke.group) :
				 "none");
	sa->fault.data[0] = (uint8_t)(want >> 8);
	sa->fault.data[1] = (uint8_t)want;
	sa->fault.data_len = 2;
}

/**
 * refusal_by_peer() - a peer refuses the child SA, or the rekey, that we asked for
 * @sa: IKE SA; its fault is set
 * @t: our task, whose request is answered
 * @n: error notify of the answer, or NULL
 */
void refusal_by_peer(struct ike_sa *sa, const struct task *t,
		     const struct ike_notify_desc *n)
{
	char ours[REFUSAL_OFFER_MAX], text[SEL_STRLEN];

	refusal_offer(&t->offer->sa, ours);
	if (t->kind == TASK_REKEY_IKE)
		sa_fault(sa, 0,
			 "the peer refused to rekey the IKE SA: %s; we offered %s",
			 notify_reason(n), ours);
	else
		sa_fault(sa, 0,
			 "the peer refused the child: %s; we asked for %s, and offered %s",
			 notify_reason(n), sel_str(&t->want.wide, text), ours);
}

/* what child_install() may fail with, and what a peer is told then */
static const struct {
	int err;
	uint16_t notify;
	const char *text;
} causes[] = {
	/* PAD and SPD: another traffic may be had, this one not */
	{ EACCES, IKE_N_TS_UNACCEPTABLE,
	  "the module refuses the peer this traffic" },
	/* another proposal may be had */
	{ ENOSYS, IKE_N_NO_PROPOSAL_CHOSEN,
	  "the kernel does not have the algorithms" },
	{ EPROTONOSUPPORT, IKE_N_NO_PROPOSAL_CHOSEN,
	  "the kernel does not have ESP for these addresses" },
	/* nothing may be had by a message that says this */
	{ ERANGE, IKE_N_INVALID_SYNTAX, "no SA has such values" },
	/* the same may be had later, by another SPI */
	{ EEXIST, IKE_N_TEMPORARY_FAILURE,
	  "there is an SA with this SPI and address already" },
	{ ENOSPC, IKE_N_TEMPORARY_FAILURE,
	  "there are as many SAs as there may be" },
	{ ENOMEM, IKE_N_TEMPORARY_FAILURE, "there is no memory for them" },
	{ ENOBUFS, IKE_N_TEMPORARY_FAILURE, "there is no memory for them" },
	{ EPERM, IKE_N_TEMPORARY_FAILURE, "btnsd may not have them" },
	{ 0, IKE_N_TEMPORARY_FAILURE, "the kernel does not take them" },
};

/**
 * refusal_install() - the SAs of a child SA cannot be installed
 * @c: larval child SA that was allowed; the fault of its IKE SA is set
 * @err: of child_install()
 * @why: what the kernel or the broker says
 */
void refusal_install(struct child *c, int err, const char *why)
{
	char text[SEL_STRLEN];
	unsigned int i = 0;

	while (causes[i].err && causes[i].err != -err)
		i++;
	sa_fault(c->sa, causes[i].notify,
		 "the SAs for %s (PAD entry %.63s, reqid %u) were not installed, as %s: %.200s",
		 sel_str(&c->sel, text), c->sa->pad_entry, c->reqid,
		 causes[i].text, why);
}

/**
 * refusal_first() - a request is refused before there is an IKE SA for it
 * @d: helper
 * @path: where it came from
 * @hdr: its header
 * @fmt: the reason, one sentence
 *
 * One line, and not more of them than strangers may cause.
 */
void refusal_first(struct btnsd *d, const struct path *path,
		   const struct ike_hdr *hdr, const char *fmt, ...)
{
	char who[SEL_STRLEN + 64], from[SEL_STRLEN];
	va_list ap;

	d->stats.rx_dropped++;
	if (!log_admit(&d->strangers, timer_now(&d->timers)))
		return;
	snprintf(who, sizeof(who), "%s: %s refused",
		 endpoint_str(&path->remote, from),
		 hdr->major == IKE_MAJOR_VERSION ?
			 ike_name_exchange(hdr->exchange) : "message");
	va_start(ap, fmt);
	log_vline(LOG_WARNING, who, fmt, ap);
	va_end(ap);
}

/**
 * refusal_acquire() - traffic is refused the IKE SA that it needs
 * @d: helper
 * @sel: the packet
 * @why: the reason, one sentence
 *
 * One line, and not more of them than strangers may cause, as they may have made
 * this host send the packet.
 */
void refusal_acquire(struct btnsd *d, const struct sel *sel, const char *why)
{
	char text[SEL_STRLEN];

	d->stats.acquires_refused++;
	if (log_admit(&d->strangers, timer_now(&d->timers)))
		log_warn("acquire for %s refused: %s", sel_str(sel, text), why);
}

/**
 * refusal_as() - put in front of a refusal whom the peer says that it is
 * @sa: IKE SA with a fault
 * @asserted: what its ID payload says; nothing is put there for no name
 *
 * With the PAD entry of that name, by which its proof was tried.
 */
void refusal_as(struct ike_sa *sa, const struct lbtns_ident *asserted)
{
	char name[LBTNS_IDENT_TEXT_MAX], why[sizeof(sa->fault.text)];
	const struct conf_peer *peer;

	if (asserted->type == BTNS_ID_TYPE_NONE)
		return;
	memcpy(why, sa->fault.text, sizeof(why));
	peer = conf_peer_named(sa->d->conf, asserted);
	snprintf(sa->fault.text, sizeof(sa->fault.text),
		 "it says %.80s (PAD entry %.63s): %.450s",
		 lbtns_ident_text(asserted, name), peer ? peer->name : "none",
		 why);
}
