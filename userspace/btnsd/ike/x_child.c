// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child SAs: CREATE_CHILD_SA (RFC 7296 section 1.3) and the child part of
 * IKE_AUTH. Selectors pass PAD, SPD and the module's sa-check before anything
 * is bound; the module has the last word when it is.
 */
#include <errno.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/limit.h"
#include "btnsd/ike/narrow.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/notify.h"
#include "btnsd/ike/proposal.h"
#include "btnsd/ike/refusal.h"
#include "btnsd/ike/ts.h"
#include "btnsd/jitter.h"
#include "btnsd/log.h"

static void put_spi(uint8_t out[4], uint32_t spi)
{
	out[0] = (uint8_t)(spi >> 24);
	out[1] = (uint8_t)(spi >> 16);
	out[2] = (uint8_t)(spi >> 8);
	out[3] = (uint8_t)spi;
}

/* both ends' selectors as payloads; who initiates the exchange decides which */
static void build_ts(struct ike_build *b, bool we_initiate,
		     const struct ike_ts *local, const struct ike_ts *remote,
		     unsigned int n)
{
	ike_build_ts(b, IKE_PLD_TSI, we_initiate ? local : remote, n);
	ike_build_ts(b, IKE_PLD_TSR, we_initiate ? remote : local, n);
}

/* SA, Ni, [KEi], TSi, TSr for a larval child of the task */
static bool offer(struct ike_sa *sa, struct task *t, struct ike_build *b,
		  bool in_auth)
{
	const struct conf *conf = sa->d->conf;
	struct task_offer *o = task_offer(t);
	struct ike_ts local[2], remote[2];
	uint16_t group = 0;
	unsigned int n = 0;
	struct sel packet;

	if (!o) {
		sa_fault(sa, 0, "out of memory");
		return false;
	}
	if (!t->larval) {
		t->larval = child_new(sa, t->want.reqid, t->want.seq);
		if (!t->larval) {
			sa_fault(sa, 0, "the kernel gave no SPI");
			return false;
		}
		t->larval->initiator = true;
		t->larval->asked = t->want.asked;
		t->larval->tunnel = t->want.tunnel;
		t->spi = t->larval->spi_in;
		if (conf->pfs && !in_auth)
			group = conf->dh[0];
	} else if (t->larval->dh) {
		group = dh_group(t->larval->dh);
	}
	if (group && !t->larval->dh &&
	    dh_new(group, &t->larval->dh) != CRYPTO_OK) {
		sa_fault(sa, 0, "no key pair could be made");
		return false;
	}
	if (!t->larval->tunnel)
		ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, span(NULL, 0));
	put_spi(o->spi, t->larval->spi_in);
	proposal_esp_offer(conf, group, o->spi, &o->sa);
	ike_build_sa(b, &o->sa);
	if (!in_auth)
		ike_build_nonce(b, span(t->larval->nonce,
					sizeof(t->larval->nonce)));
	if (group)
		ike_build_ke(b, group, dh_public(t->larval->dh));
	/* the packet that asked comes first (RFC 7296 section 2.9) */
	if (sel_intersect(&packet, &t->want.narrow, &t->want.wide) &&
	    !sel_equal(&packet, &t->want.wide)) {
		ts_from_sel(&packet, &local[n], &remote[n]);
		n++;
	}
	ts_from_sel(&t->want.wide, &local[n], &remote[n]);
	build_ts(b, true, local, remote, n + 1);
	return true;
}

/**
 * x_child_offer() - write the child part of our IKE_AUTH request
 * @sa: IKE SA
 * @t: the task, with its want
 * @b: inner chain
 *
 * Return: false if the kernel gives no SPI; sa->fault says so.
 */
bool x_child_offer(struct ike_sa *sa, struct task *t, struct ike_build *b)
{
	return offer(sa, t, b, true);
}

/**
 * x_child_send() - write our CREATE_CHILD_SA request for a new child SA
 * @sa: IKE SA
 * @t: the task
 * @b: inner chain
 *
 * Return: START_SKIP if another child SA has come to cover the traffic, or if
 * the peer has as many as it may.
 */
enum start_code x_child_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b)
{
	char why[LIMIT_WHY_MAX];

	if (!t->larval && child_covering(sa, &t->want)) {
		t->want.seq = 0;
		return START_SKIP;
	}
	/* no fallback: the peer negotiates */
	if (!t->larval && limit_ask_met(sa, false, why)) {
		refusal_acquire(sa->d, &t->want.narrow, why);
		return START_SKIP;
	}
	return offer(sa, t, b, false) ? START_OK : START_FAIL;
}

/* others' rekeys come to their end: there may be room for this one then */
static enum start_code put_off(struct child *c, const char *why)
{
	struct timers *timers = &c->sa->d->timers;

	timer_set(timers, &c->rekey, jitter_around(IKE_RETRY_MS));
	if (log_admit(&c->sa->d->strangers, timer_now(timers)))
		sa_log(c->sa, LOG_WARNING, "child %08x/%08x not rekeyed yet: %s",
		       c->spi_in, c->spi_out, why);
	return START_SKIP;
}

/**
 * x_rekey_send() - write our CREATE_CHILD_SA request that replaces a child SA
 * @sa: IKE SA
 * @t: the task; names the child SA
 * @b: inner chain
 *
 * What has replaced it may go again, as the peer may delete either.
 *
 * Return: START_SKIP if the child SA is gone or replaced already, or has to wait.
 */
enum start_code x_rekey_send(struct ike_sa *sa, struct task *t,
			     struct ike_build *b)
{
	struct child *old = child_find(sa, t->child_id);
	char why[LIMIT_WHY_MAX];

	if (!old || old->state != CHILD_INSTALLED ||
	    (old->rekeyed_by && !t->larval)) {
		life_rekey_later(sa, t->child_id);
		return START_SKIP;
	}
	if (!t->larval && limit_ask_met(sa, true, why))
		return put_off(old, why);
	t->want = (struct child_want){
		.narrow = old->sel,
		.wide = old->sel,
		.reqid = old->reqid,
		.asked = old->asked,
		.tunnel = old->tunnel,
	};
	ike_build_notify_spi(b, IKE_PROTO_ESP, old->spi_in, IKE_N_REKEY_SA,
			     span(NULL, 0));
	if (offer(sa, t, b, false))
		return START_OK;
	life_rekey_later(sa, t->child_id);
	return START_FAIL;
}

/* ESP keys by the nonces and perhaps a key exchange of this exchange */
static bool install(struct ike_sa *sa, struct child *c,
		    const struct ike_choice *choice, struct span ni,
		    struct span nr, struct span ke)
{
	struct secret g_ir = { 0 };
	struct child_keys keys = { 0 };
	enum crypto_code code = CRYPTO_OK;
	const char *why = "";
	int err = 0;

	c->spi_out = choice->spi;
	c->encr = choice->encr;
	c->keybits = choice->keybits;
	c->integ = choice->integ;
	child_lower_nonce(c, ni.data, ni.len, nr.data, nr.len);
	if (choice->dh)
		code = dh_derive(c->dh, ke, &g_ir);
	if (code == CRYPTO_OK)
		code = keymat_child(&sa->keys, secret_span(&g_ir), ni, nr,
				    c->encr, c->keybits, c->integ, &keys);
	if (code == CRYPTO_OK)
		err = child_install(c, &keys, &why);
	/* only what the peer asked for, or sent, is its fault */
	if (code != CRYPTO_OK)
		sa_fault(sa, x_init_fault(code), "the SAs were not made: %s",
			 crypto_text(code));
	else if (err)
		refusal_install(c, err, why);
	keymat_child_wipe(&keys);
	secret_wipe(&g_ir);
	dh_free(c->dh);
	c->dh = NULL;
	return code == CRYPTO_OK && !err;
}

/* everything that can be refused before there is state in the kernel */
static bool acceptable(struct ike_sa *sa, const struct ike_msg *m,
		       const struct child *old, bool in_auth,
		       struct ike_choice *choice)
{
	char why[LIMIT_WHY_MAX];
	uint16_t notify = limit_child_met(sa, old, why);

	if (notify) {
		sa_fault(sa, notify, "%s", why);
		return false;
	}
	if (!proposal_esp_choose(sa->d->conf, &m->sa,
				 m->ke.present ? m->ke.group : 0, in_auth,
				 choice)) {
		refusal_esp(sa, m);
		return false;
	}
	if (choice->dh && (!m->ke.present || m->ke.group != choice->dh)) {
		refusal_group(sa, m, choice->dh);
		return false;
	}
	return true;
}

/* who negotiates needs no fallback; which traffic it may have is read anew */
static void negotiates(struct ike_sa *sa)
{
	/* flags of policies change without an event */
	sa->d->spd.stale = true;
	fallback_end(sa->d, &sa->path.local.addr, &sa->path.remote.addr,
		     "the peer negotiates");
}

/* a rekey does not narrow (RFC 7296 section 2.9.2) */
static bool same_or_more(struct ike_sa *sa, const struct child *old,
			 const struct child *c)
{
	bool other = c->tunnel != old->tunnel;
	char asked[SEL_STRLEN], has[SEL_STRLEN];

	if (!other && sel_within(&old->sel, &c->sel))
		return true;
	sa_fault(sa, IKE_N_TS_UNACCEPTABLE,
		 "the rekey asks for %s than the child SA has: for %s, and %08x/%08x is for %s",
		 other ? "another mode" : "less", sel_str(&c->sel, asked),
		 old->spi_in, old->spi_out, sel_str(&old->sel, has));
	return false;
}

/* the selectors and the mode that a peer asks for, narrowed to what it may have */
static bool narrowed(struct ike_sa *sa, struct child *c,
		     const struct ike_msg *m, const struct child *old,
		     struct narrow_ends *ends)
{
	char why[NARROW_WHY_MAX];
	enum fsm_code code = narrow_request(sa, c, m, ends, why);

	if (code != FSM_OK) {
		/* without a notify there is no answer */
		sa_fault(sa,
			 code == FSM_IGNORE ? 0 :
			 code == FSM_AGAIN  ? IKE_N_TEMPORARY_FAILURE :
					      IKE_N_TS_UNACCEPTABLE,
			 "%s", why);
		return false;
	}
	return !old || same_or_more(sa, old, c);
}

/* our key pair for a choice with a group; install() leaves only @ke of it */
static bool make_ke(struct ike_sa *sa, struct child *c, uint16_t group,
		    uint8_t ke[static DH_PUBLIC_MAX], size_t *ke_len)
{
	struct span public;

	*ke_len = 0;
	if (!group)
		return true;
	if (dh_new(group, &c->dh) != CRYPTO_OK) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "no key pair could be made");
		return false;
	}
	public = dh_public(c->dh);
	memcpy(ke, public.data, public.len);
	*ke_len = public.len;
	return true;
}

/* [USE_TRANSPORT_MODE], SA, [Nr], [KEr], TSi, TSr for a child that is installed */
static void build_answer(struct ike_build *b, bool in_auth, struct child *c,
			 const struct ike_choice *choice, struct span ke,
			 const struct narrow_ends *ends)
{
	struct ike_sa_payload payload;
	struct ike_ts local, remote;
	uint8_t spi[4];

	if (!c->tunnel)
		ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, span(NULL, 0));
	put_spi(spi, c->spi_in);
	proposal_answer(choice, IKE_PROTO_ESP, spi, &payload);
	ike_build_sa(b, &payload);
	if (!in_auth)
		ike_build_nonce(b, span(c->nonce, sizeof(c->nonce)));
	if (choice->dh)
		ike_build_ke(b, choice->dh, ke);
	ts_from_sel(&c->sel, &local, &remote);
	nat_ts_out(&local, &ends->sent_local);
	nat_ts_out(&remote, &ends->sent_remote);
	build_ts(b, false, &local, &remote, 1);
	if (narrow_more(c->sa, c, ends))
		ike_build_notify(b, IKE_N_ADDITIONAL_TS_POSSIBLE,
				 span(NULL, 0));
}

/* make the child of a request, install it, write the answer */
static struct child *answer(struct ike_sa *sa, const struct ike_msg *m,
			    struct ike_build *b, const struct child *old)
{
	bool in_auth = m->hdr.exchange == IKE_AUTH;
	uint8_t ke[DH_PUBLIC_MAX];
	struct ike_choice choice;
	struct narrow_ends ends;
	struct child *c;
	size_t ke_len;

	if (!acceptable(sa, m, old, in_auth, &choice))
		return NULL;
	negotiates(sa);
	c = child_new(sa, 0, 0);
	if (!c) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "the kernel gave no SPI");
		return NULL;
	}
	c->asked = old && old->asked;
	if (!narrowed(sa, c, m, old, &ends) ||
	    !make_ke(sa, c, choice.dh, ke, &ke_len) ||
	    !install(sa, c, &choice, in_auth ? blob_span(&sa->ni) : m->nonce,
		     in_auth ? blob_span(&sa->nr) :
			       span(c->nonce, sizeof(c->nonce)),
		     m->ke.data)) {
		child_gone(c, false);
		return NULL;
	}
	build_answer(b, in_auth, c, &choice, span(ke, ke_len), &ends);
	return c;
}

/**
 * x_child_answer() - make the child SA that a peer asks for
 * @sa: IKE SA whose peer is authenticated
 * @m: IKE_AUTH or CREATE_CHILD_SA request
 * @b: inner chain of our answer; nothing is written on failure
 * @old: child SA that it replaces, or NULL
 *
 * Return: FSM_OK, the SAs are installed and the answer is written; FSM_REFUSE
 * with sa->fault; FSM_IGNORE to wait for the request to come again.
 */
enum fsm_code x_child_answer(struct ike_sa *sa, const struct ike_msg *m,
			     struct ike_build *b, struct child *old)
{
	struct child *c = answer(sa, m, b, old);

	if (!c)
		return sa->fault.notify ? FSM_REFUSE : FSM_IGNORE;
	if (old) {
		c->rekeys = old->id;
		old->rekeyed_by = c->id;
	}
	child_link(c);
	life_child_up(c);
	return FSM_OK;
}

/* the selectors of an answer to ours */
static bool selectors(struct ike_sa *sa, const struct task *t,
		      const struct narrow_ends *ends, struct sel *s)
{
	const struct path *p = t->larval->tunnel ? NULL : &sa->path;
	char theirs[SEL_STRLEN], wide[SEL_STRLEN], narrow[SEL_STRLEN];
	bool one = ts_answer(&ends->local, &ends->remote,
			     p ? &p->local.addr : NULL,
			     p ? &p->remote.addr : NULL, s);

	/* what a rekey asks for has no packet: it is all or nothing */
	if (one && sel_within(s, &t->want.wide) &&
	    (t->kind == TASK_REKEY ? sel_within(&t->want.wide, s) :
				     sel_carries(s, &t->want.narrow)))
		return true;
	sa_fault(sa, 0,
		 "its selectors%s%s are not a part of ours, or miss the packet that asked: we asked for %s, as it was for %s",
		 one ? " " : "", one ? sel_str(s, theirs) : "",
		 sel_str(&t->want.wide, wide),
		 sel_str(&t->want.narrow, narrow));
	return false;
}

/* has the child SA that we asked for a place still? */
static bool is_wanted(struct ike_sa *sa, const struct task *t, bool in_auth)
{
	char why[LIMIT_WHY_MAX];

	if (!t->larval)
		sa_fault(sa, 0, "there is no such child SA");
	else if (sa_ends(sa))
		sa_fault(sa, 0, "the IKE SA has been closed meanwhile");
	else if (in_auth && limit_ask_met(sa, false, why))
		/* who the peer is was not known when that was asked for */
		sa_fault(sa, 0, "%s", why);
	else
		return true;
	return false;
}

/* the mode of an answer to ours */
static bool same_mode(struct ike_sa *sa, const struct task *t,
		      const struct ike_msg *m)
{
	bool tunnel = t->larval->tunnel;
	char text[SEL_STRLEN];

	if (tunnel != !!ike_msg_notify_find(m, IKE_N_USE_TRANSPORT_MODE))
		return true;
	sa_fault(sa, 0, "%s: we asked for %s",
		 tunnel ? "it wants transport mode, which we did not offer" :
			  "it did not agree to transport mode",
		 sel_str(&t->want.wide, text));
	return false;
}

/* what the peer chose of our offer: algorithms, mode and selectors */
static bool chosen(struct ike_sa *sa, const struct task *t,
		   const struct ike_msg *m, struct ike_choice *choice,
		   struct sel *s)
{
	struct narrow_ends ends;

	if (!proposal_esp_chosen(&t->offer->sa, &m->sa,
				 m->ke.present ? m->ke.group : 0, choice)) {
		refusal_choice(sa, m, &t->offer->sa);
		return false;
	}
	if (!same_mode(sa, t, m))
		return false;
	narrow_ends(sa, m, true, t->larval->tunnel, &ends);
	return selectors(sa, t, &ends, s);
}

/* PAD, SPD and the module's sa-check, before it is bound */
static bool allowed(struct ike_sa *sa, struct task *t, struct sel *s)
{
	char why[NARROW_WHY_MAX];
	uint8_t verdict;

	if (!narrow_answer(sa, t->larval, s, &verdict, why)) {
		sa_fault(sa, 0, "%s", why);
		return false;
	}
	if (t->want.reqid)
		t->larval->reqid = t->want.reqid;
	if (verdict == BTNS_SA_VERDICT_CONFLICT)
		sa_log(sa, LOG_WARNING,
		       "the child SA conflicts with a latch of another peer, which breaks");
	return true;
}

/* make the larval child SA of our task what the peer has agreed to */
static bool take(struct ike_sa *sa, struct task *t, const struct ike_msg *m)
{
	bool in_auth = m->hdr.exchange == IKE_AUTH;
	struct ike_choice choice = { 0 };
	struct child *c = t->larval;
	struct sel s;

	if (!is_wanted(sa, t, in_auth) || !chosen(sa, t, m, &choice, &s))
		return false;
	negotiates(sa);
	return allowed(sa, t, &s) &&
	       install(sa, c, &choice,
		       in_auth ? blob_span(&sa->ni) :
				 span(c->nonce, sizeof(c->nonce)),
		       in_auth ? blob_span(&sa->nr) : m->nonce, m->ke.data);
}

/**
 * x_child_take() - install the child SA that a peer has agreed to
 * @sa: IKE SA whose peer is authenticated
 * @t: our task, with its larval child SA; taken out of it on success
 * @m: the answer
 *
 * Return: FSM_OK; FSM_REFUSE with sa->fault, and a task is queued that tells
 * the peer to delete what it has installed.
 */
enum fsm_code x_child_take(struct ike_sa *sa, struct task *t,
			   const struct ike_msg *m)
{
	struct child *c = t->larval;
	struct task *del;

	if (!take(sa, t, m)) {
		/* the peer has installed it: Delete names our inbound SPI */
		del = task_add(sa, TASK_DELETE_CHILD);
		if (del)
			del->spi = t->spi;
		return FSM_REFUSE;
	}
	t->larval = NULL;
	/* the outbound SA has answered the kernel's acquire */
	t->want.seq = 0;
	child_link(c);
	life_child_up(c);
	return FSM_OK;
}

/* neither in an IKE SA that is being replaced, nor in one that is to be deleted */
static bool is_busy(const struct ike_sa *sa)
{
	return x_rekey_ike_busy(sa) || sa_ends(sa);
}

/**
 * x_child_req() - answer a CREATE_CHILD_SA for a new child SA
 * @sa: IKE SA
 * @m: the request
 * @b: inner chain of our answer
 *
 * Return: FSM_OK or FSM_REFUSE.
 */
enum fsm_code x_child_req(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b)
{
	if (is_busy(sa))
		return x_child_busy(sa, m, b);
	return x_child_answer(sa, m, b, NULL);
}

/**
 * x_rekey_req() - answer a CREATE_CHILD_SA that replaces a child SA
 * @sa: IKE SA
 * @m: the request
 * @b: inner chain of our answer
 *
 * Return: FSM_OK or FSM_REFUSE.
 */
enum fsm_code x_rekey_req(struct ike_sa *sa, const struct ike_msg *m,
			  struct ike_build *b)
{
	const struct ike_notify_desc *n =
		ike_msg_notify_find(m, IKE_N_REKEY_SA);
	struct child *old = NULL;
	uint32_t spi = 0;

	if (is_busy(sa))
		return x_child_busy(sa, m, b);
	if (n && n->proto == IKE_PROTO_ESP && n->spi.len == 4) {
		spi = (uint32_t)n->spi.data[0] << 24 |
		      (uint32_t)n->spi.data[1] << 16 |
		      (uint32_t)n->spi.data[2] << 8 | n->spi.data[3];
		old = child_find_spi_out(sa, spi);
	}
	if (!old) {
		sa_fault(sa, IKE_N_CHILD_SA_NOT_FOUND,
			 "there is no child SA %08x to rekey", spi);
		return FSM_REFUSE;
	}
	if (old->state == CHILD_DELETING) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "child SA %08x is being deleted", spi);
		return FSM_REFUSE;
	}
	if (old->rekeyed_by) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "child SA %08x was rekeyed already", spi);
		return FSM_REFUSE;
	}
	/* or a peer that deletes none would have any number */
	if (old->rekeys && child_find(sa, old->rekeys)) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "child SA %08x replaces another, which is not deleted yet",
			 spi);
		return FSM_REFUSE;
	}
	return x_child_answer(sa, m, b, old);
}

/**
 * x_child_busy() - refuse a CREATE_CHILD_SA while the IKE SA is on its way out
 * @sa: IKE SA
 * @m: the request
 * @b: unused
 *
 * Return: FSM_REFUSE with TEMPORARY_FAILURE (RFC 7296 section 2.25.2).
 */
enum fsm_code x_child_busy(struct ike_sa *sa, const struct ike_msg *m,
			   struct ike_build *b)
{
	(void)m;
	(void)b;
	sa_fault(sa, IKE_N_TEMPORARY_FAILURE, "the IKE SA is being closed or replaced");
	return FSM_REFUSE;
}

/* the child SA by which the peer replaced a child SA, which may be gone */
static struct child *rekeyed_by_peer(const struct ike_sa *sa, uint32_t old_id,
				     const struct child *ours)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c != ours && c->rekeys == old_id &&
		    c->state == CHILD_INSTALLED)
			return c;
	return NULL;
}

/*
 * Both ends rekeyed a child SA at once (RFC 7296 section 2.8.1): of the four
 * nonces the lowest loses, and whoever made that child SA deletes it. The
 * winner's maker deletes the old one, and may have done so before we hear the
 * answer to ours.
 */
static void settle(struct child *ours, uint32_t old_id)
{
	struct child *old = child_find(ours->sa, old_id);
	struct child *theirs = rekeyed_by_peer(ours->sa, old_id, ours);

	if (theirs && nonce_cmp(ours->nonce_low, ours->nonce_low_len,
				theirs->nonce_low,
				theirs->nonce_low_len) < 0) {
		sa_log(ours->sa, LOG_INFO,
		       "both ends rekeyed a child: %08x gives way to %08x",
		       ours->spi_in, theirs->spi_in);
		life_delete_child(ours);
	} else if (old) {
		life_delete_child(old);
	}
}

/**
 * x_child_resp() - take the answer to our CREATE_CHILD_SA
 * @sa: IKE SA; its first task is the one that asked
 * @m: the answer
 * @b: unused
 *
 * Return: FSM_OK or FSM_REFUSE.
 */
enum fsm_code x_child_resp(struct ike_sa *sa, const struct ike_msg *m,
			   struct ike_build *b)
{
	struct task *t = sa->tasks;
	struct child *fresh = t->larval;
	enum fsm_code code;

	(void)b;
	sa->put_off = 0;
	if (t->kind == TASK_REKEY && fresh)
		fresh->rekeys = t->child_id;
	code = x_child_take(sa, t, m);
	if (t->kind != TASK_REKEY)
		return code;
	if (code == FSM_OK)
		settle(fresh, t->child_id);
	else
		life_rekey_later(sa, t->child_id);
	return code;
}
