// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of IKE SAs, and every allocation and free that belongs to one. An
 * SA that ends is marked dead and freed by sa_reap(), after whoever worked on
 * it has returned.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/fallback.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/fragment.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/msg.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/standing.h"
#include "btnsd/log.h"
#include "btnsd/unanswered.h"

/**
 * blob_room() - make room for some octets
 * @b: what held others before, or none
 * @len: how many
 *
 * Return: false if memory ran out; @b is empty then.
 */
bool blob_room(struct blob *b, size_t len)
{
	uint8_t *room = malloc(len ? len : 1);

	blob_free(b);
	if (!room)
		return false;
	b->data = room;
	b->len = len;
	return true;
}

/**
 * blob_set() - keep a copy of some octets
 * @b: what held others before, or none
 * @data: octets
 * @len: how many
 *
 * Return: false if memory ran out; @b is empty then.
 */
bool blob_set(struct blob *b, const void *data, size_t len)
{
	if (!blob_room(b, len))
		return false;
	if (len)
		memcpy(b->data, data, len);
	return true;
}

/**
 * blob_free() - forget what is kept
 * @b: emptied
 */
void blob_free(struct blob *b)
{
	if (b->data)
		wipe(b->data, b->len);
	free(b->data);
	*b = (struct blob){ 0 };
}

/**
 * blob_span() - what is kept, as a span
 * @b: outlives the span
 *
 * Return: the span.
 */
struct span blob_span(const struct blob *b)
{
	return span(b->data, b->len);
}

/**
 * blob_nonce() - keep a nonce of ours
 * @b: what held others before, or none
 *
 * Return: false if memory or randomness ran out.
 */
bool blob_nonce(struct blob *b)
{
	uint8_t nonce[IKE_NONCE_LEN];

	return rand_fill(nonce, sizeof(nonce)) == CRYPTO_OK &&
	       blob_set(b, nonce, sizeof(nonce));
}

/**
 * sa_state_name() - a state's name for logs
 * @state: state
 *
 * Return: a constant string.
 */
const char *sa_state_name(enum ike_state state)
{
	static const char *const names[] = {
		[IKE_ST_NEW] = "new",
		[IKE_ST_INIT_SENT] = "init-sent",
		[IKE_ST_HALF_OPEN] = "half-open",
		[IKE_ST_INTERMEDIATE_SENT] = "intermediate-sent",
		[IKE_ST_AUTH_SENT] = "auth-sent",
		[IKE_ST_ESTABLISHED] = "established",
		[IKE_ST_CLOSING] = "closing",
		[IKE_ST_DEAD] = "dead",
	};

	return names[state];
}

/**
 * task_name() - a task's name for logs
 * @kind: kind
 *
 * Return: a constant string.
 */
const char *task_name(enum task_kind kind)
{
	static const char *const names[] = {
		[TASK_NONE] = "nothing",
		[TASK_INIT] = "IKE_SA_INIT",
		[TASK_INTERMEDIATE] = "IKE_INTERMEDIATE",
		[TASK_AUTH] = "IKE_AUTH",
		[TASK_CHILD] = "CREATE_CHILD_SA",
		[TASK_REKEY] = "CREATE_CHILD_SA (rekey)",
		[TASK_REKEY_IKE] = "CREATE_CHILD_SA (IKE rekey)",
		[TASK_FOLLOWUP] = "IKE_FOLLOWUP_KE",
		[TASK_TOKEN] = "INFORMATIONAL (token)",
		[TASK_DELETE_CHILD] = "INFORMATIONAL (delete child)",
		[TASK_DELETE_IKE] = "INFORMATIONAL (delete)",
		[TASK_LIVENESS] = "INFORMATIONAL (liveness)",
	};

	return names[kind];
}

/**
 * sa_rename() - make the name that logs show
 * @sa: IKE SA whose peer or identity became known
 */
void sa_rename(struct ike_sa *sa)
{
	char at[SEL_STRLEN];

	endpoint_str(&sa->path.remote, at);
	if (sa->authenticated && sa->peer.name[0])
		snprintf(sa->name, sizeof(sa->name), "%.48s (%.40s) #%u", at,
			 sa->peer.name, sa->id);
	else
		snprintf(sa->name, sizeof(sa->name), "%.48s #%u", at, sa->id);
}

static struct ike_sa *sa_alloc(struct btnsd *d, const struct path *path)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return NULL;
	sa->d = d;
	sa->id = ++d->next_id;
	sa->path = *path;
	sa->born = ++d->moments;
	sa->heard = timer_now(&d->timers);
	timer_init(&sa->resend, fsm_resend_due, sa);
	timer_init(&sa->next_task, fsm_next_task_due, sa);
	timer_init(&sa->expiry, life_expiry_due, sa);
	timer_init(&sa->hard, life_hard_due, sa);
	timer_init(&sa->reauth, life_reauth_due, sa);
	timer_init(&sa->dpd, life_dpd_due, sa);
	timer_init(&sa->keepalive, nat_keepalive_due, sa);
	timer_init(&sa->linger, life_linger_due, sa);
	timer_init(&sa->followup_due, x_followup_due, sa);
	timer_init(&sa->fallback, fallback_due, sa);
	sa_rename(sa);
	return sa;
}

static struct ike_sa *sa_new(struct btnsd *d, const struct path *path)
{
	struct ike_sa *sa = sa_alloc(d, path);

	if (sa)
		sa_link(sa);
	return sa;
}

/**
 * sa_new_initiator() - begin an IKE SA towards a peer
 * @d: helper
 * @path: addresses and ports
 *
 * Return: an IKE SA in state new; NULL if memory or randomness ran out.
 */
struct ike_sa *sa_new_initiator(struct btnsd *d, const struct path *path)
{
	struct ike_sa *sa = sa_new(d, path);

	if (!sa)
		return NULL;
	sa->initiator = true;
	sa->group = d->conf->dh[0];
	if (rand_spi(&sa->spi_i) != CRYPTO_OK) {
		sa_kill(sa, false);
		return NULL;
	}
	return sa;
}

/**
 * sa_new_responder() - begin an IKE SA that a peer asked for
 * @d: helper
 * @path: how its request came
 * @spi_i: the initiator's SPI
 *
 * Return: an IKE SA in state new; NULL if memory or randomness ran out.
 */
struct ike_sa *sa_new_responder(struct btnsd *d, const struct path *path,
				uint64_t spi_i)
{
	struct ike_sa *sa = sa_new(d, path);

	if (!sa)
		return NULL;
	sa->spi_i = spi_i;
	if (rand_spi(&sa->spi_r) != CRYPTO_OK) {
		sa_kill(sa, false);
		return NULL;
	}
	return sa;
}

/**
 * sa_new_heir() - begin an IKE SA that will replace another by a rekey
 * @old: established IKE SA
 * @initiator: we started the rekey, and so are the new one's initiator (RFC
 *	7296 section 2.18)
 *
 * The heir talks to the same peer, who need not prove itself again; it counts
 * as old as the first.
 *
 * Return: an IKE SA in state new with our SPI, in no table: sa_link() puts it
 * there, sa_discard() frees it. NULL if memory or randomness ran out.
 */
struct ike_sa *sa_new_heir(struct ike_sa *old, bool initiator)
{
	struct ike_sa *sa = sa_alloc(old->d, &old->path);

	if (!sa)
		return NULL;
	sa->initiator = initiator;
	sa->group = old->group;
	sa->born = old->born;
	sa->established = old->established;
	sa->peer_hashes = old->peer_hashes;
	sa->fragmentation = old->fragmentation;
	sa->peer_addke = old->peer_addke;
	sa->who = old->who;
	sa->peer = old->peer;
	sa->local = old->local;
	memcpy(sa->own_key, old->own_key, sizeof(sa->own_key));
	sa->cert = old->cert;
	memcpy(sa->pad_entry, old->pad_entry, sizeof(sa->pad_entry));
	sa->btns = old->btns;
	sa->stranger = old->stranger;
	memcpy(sa->peer_key, old->peer_key, sizeof(sa->peer_key));
	sa->peer_pss = old->peer_pss;
	sa->authenticated = old->authenticated;
	sa_rename(sa);
	if (!standing_copy(sa, old) ||
	    rand_spi(initiator ? &sa->spi_i : &sa->spi_r) != CRYPTO_OK) {
		sa_discard(sa);
		return NULL;
	}
	return sa;
}

/**
 * sa_link() - put an IKE SA into the table
 * @sa: IKE SA that is in none; sa_reap() frees it from now on
 */
void sa_link(struct ike_sa *sa)
{
	sa->next = sa->d->sas;
	sa->d->sas = sa;
}

/**
 * sa_move() - move what belongs to a peer from one IKE SA to another
 * @from: loses its child SAs, and the exchanges that wait
 * @to: gets them
 *
 * What is in flight stays, and so does what is about @from itself.
 */
void sa_move(struct ike_sa *from, struct ike_sa *to)
{
	struct task **p = &from->tasks, **end = &to->tasks, *t;
	struct child *c;

	while ((c = from->children)) {
		from->children = c->next;
		c->next = to->children;
		to->children = c;
		c->sa = to;
	}
	to->unused |= from->unused;
	to->in_traffic += from->in_traffic;
	from->in_traffic = 0;
	if (from->request.len)
		p = &from->tasks->next;
	else
		timer_cancel(&from->next_task);
	while (*end)
		end = &(*end)->next;
	while ((t = *p)) {
		*p = t->next;
		if (t->kind == TASK_CHILD || t->kind == TASK_REKEY ||
		    t->kind == TASK_DELETE_CHILD) {
			t->next = NULL;
			if (t->larval)
				t->larval->sa = to;
			*end = t;
			end = &t->next;
		} else {
			task_free(from, t);
		}
	}
}

/**
 * sa_find() - the IKE SA that a message belongs to
 * @d: helper
 * @hdr: the message's header
 *
 * Return: the IKE SA, NULL if there is none. An initiator that does not know
 * the responder's SPI yet takes any.
 */
struct ike_sa *sa_find(struct btnsd *d, const struct ike_hdr *hdr)
{
	bool from_initiator = hdr->flags & IKE_FLAG_INITIATOR;
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next) {
		if (sa->state == IKE_ST_DEAD || sa->initiator == from_initiator)
			continue;
		if (sa->spi_i != hdr->spi_i)
			continue;
		if (sa->spi_r == hdr->spi_r ||
		    (sa->initiator && sa->state == IKE_ST_INIT_SENT))
			return sa;
	}
	return NULL;
}

/**
 * sa_find_half_open() - the IKE SA that a first request made
 * @d: helper
 * @spi_i: the initiator's SPI
 * @remote: where the request came from
 *
 * Return: the IKE SA, NULL if there is none.
 */
struct ike_sa *sa_find_half_open(struct btnsd *d, uint64_t spi_i,
				 const struct endpoint *remote)
{
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->state == IKE_ST_HALF_OPEN && sa->spi_i == spi_i &&
		    addr_equal(&sa->path.remote.addr, &remote->addr))
			return sa;
	return NULL;
}

/**
 * sa_find_id() - an IKE SA by its number
 * @d: helper
 * @id: number
 *
 * Return: the IKE SA, NULL if there is none that lives.
 */
struct ike_sa *sa_find_id(struct btnsd *d, uint32_t id)
{
	struct ike_sa *sa;

	for (sa = d->sas; sa; sa = sa->next)
		if (sa->id == id && sa->state != IKE_ST_DEAD)
			return sa;
	return NULL;
}

/**
 * sa_usable() - can child SAs be asked for in it?
 * @sa: IKE SA
 *
 * Return: true if it is established, or will be by us, and is not on its way
 * out.
 */
bool sa_usable(const struct ike_sa *sa)
{
	if (sa->replaced || sa->redundant || sa->rekeyed_by)
		return false;
	return sa->state == IKE_ST_ESTABLISHED ||
	       (sa->initiator && sa->state < IKE_ST_ESTABLISHED);
}

static bool better(const struct ike_sa *a, const struct ike_sa *b)
{
	bool up_a = a->state == IKE_ST_ESTABLISHED;
	bool up_b = b->state == IKE_ST_ESTABLISHED;

	if (up_a != up_b)
		return up_a;
	return anon_is(b) && !anon_is(a);
}

/**
 * sa_find_peer() - an IKE SA with a peer in which to ask for child SAs
 * @d: helper
 * @local: our address
 * @remote: the peer's address
 * @want: traffic of the child SA: several peers may be behind one address, and
 *	the PAD gives it to some of them
 *
 * Not one whose peer has just said that it takes no more of them there.
 *
 * Return: an established one if there is one, rather with a peer that has proved
 * something; else one that we have begun; else NULL.
 */
struct ike_sa *sa_find_peer(struct btnsd *d, const struct addr *local,
			    const struct addr *remote, const struct sel *want)
{
	uint64_t now = timer_now(&d->timers);
	struct ike_sa *sa, *best = NULL;

	for (sa = d->sas; sa; sa = sa->next) {
		if (!sa_usable(sa) || now < sa->full_until ||
		    !addr_equal(&sa->path.local.addr, local) ||
		    !addr_equal(&sa->path.remote.addr, remote) ||
		    (sa->authenticated && !x_auth_may_have(sa, want)))
			continue;
		if (!best || better(sa, best))
			best = sa;
	}
	return best;
}

/**
 * sa_set_state() - move an IKE SA to another state
 * @sa: IKE SA
 * @state: where to
 *
 * Keeps the count of half-open ones.
 */
void sa_set_state(struct ike_sa *sa, enum ike_state state)
{
	if (sa->state == state)
		return;
	if (sa->state == IKE_ST_HALF_OPEN)
		sa->d->half_open--;
	if (state == IKE_ST_HALF_OPEN)
		sa->d->half_open++;
	sa_log(sa, LOG_DEBUG, "%s -> %s", sa_state_name(sa->state),
	       sa_state_name(state));
	sa->state = state;
}

/**
 * task_add() - put an exchange at the end of what waits
 * @sa: IKE SA
 * @kind: which exchange
 *
 * Deletes of child SAs have room of their own, and leave the others theirs: what
 * is gone here would be there for the peer without one.
 *
 * Return: the task; NULL if memory ran out or too many wait.
 */
struct task *task_add(struct ike_sa *sa, enum task_kind kind)
{
	bool deletes = kind == TASK_DELETE_CHILD;
	struct task **p = &sa->tasks, *t;
	unsigned int n = 0;

	while (*p) {
		n += ((*p)->kind == TASK_DELETE_CHILD) == deletes;
		p = &(*p)->next;
	}
	if (n >= (deletes ? IKE_DELETES_MAX : IKE_TASKS_MAX)) {
		sa_log(sa, LOG_WARNING, "%s not begun: %u exchanges wait",
		       task_name(kind), n);
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->kind = kind;
	*p = t;
	return t;
}

/**
 * task_add_next() - put an exchange behind the one in flight, before all others
 * @sa: IKE SA with an exchange in flight
 * @kind: which exchange
 *
 * Return: the task; NULL if memory ran out.
 */
struct task *task_add_next(struct ike_sa *sa, enum task_kind kind)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->kind = kind;
	t->next = sa->tasks->next;
	sa->tasks->next = t;
	return t;
}

/**
 * sa_ends() - is a Delete of an IKE SA queued behind what is in flight?
 * @sa: IKE SA
 *
 * Nothing more is to come of what is in flight, or of what the peer asks for.
 *
 * Return: whether there is one; false once it is sent.
 */
bool sa_ends(const struct ike_sa *sa)
{
	const struct task *t = sa->tasks;

	for (t = t ? t->next : NULL; t; t = t->next)
		if (t->kind == TASK_DELETE_IKE)
			return true;
	return false;
}

/**
 * task_find() - does such an exchange wait, or is it in flight?
 * @sa: IKE SA
 * @kind: which
 * @child_id: for this child SA
 *
 * Return: the task, NULL if there is none.
 */
struct task *task_find(const struct ike_sa *sa, enum task_kind kind,
		       uint32_t child_id)
{
	struct task *t;

	for (t = sa->tasks; t; t = t->next)
		if (t->kind == kind && t->child_id == child_id)
			return t;
	return NULL;
}

/**
 * task_offer() - where a task keeps what its request offers
 * @t: task
 *
 * Return: the task's, of an earlier request of it perhaps; NULL if memory ran out.
 */
struct task_offer *task_offer(struct task *t)
{
	if (!t->offer)
		t->offer = malloc(sizeof(*t->offer));
	return t->offer;
}

/**
 * task_free() - free a task that is in no list
 * @sa: IKE SA
 * @t: task; a larval child SA or IKE SA of it is given up, and an acquire that
 *	it has not answered may be asked again
 */
void task_free(struct ike_sa *sa, struct task *t)
{
	if (t->has_want && t->want.seq)
		unanswered_add(sa->d, &sa->path, t->want.reqid, t->want.seq);
	if (t->larval)
		child_gone(t->larval, false);
	if (t->heir)
		sa_discard(t->heir);
	free(t->offer);
	free(t);
}

/**
 * task_pop() - take the first task off the list and free it
 * @sa: IKE SA
 */
void task_pop(struct ike_sa *sa)
{
	struct task *t = sa->tasks;

	if (!t)
		return;
	sa->tasks = t->next;
	task_free(sa, t);
}

/**
 * sa_kill() - end an IKE SA and its child SAs
 * @sa: IKE SA; may still be looked at until sa_reap()
 * @keep_kernel: leave its child SAs in the kernel (for the next btnsd)
 */
void sa_kill(struct ike_sa *sa, bool keep_kernel)
{
	struct ike_sa *heir = sa_find_id(sa->d, sa->rekeyed_by);
	struct child *c, *next;

	if (sa->state == IKE_ST_DEAD)
		return;
	/* a rekey of ours can no longer win */
	if (heir)
		x_rekey_ike_settled(heir);
	sa_set_state(sa, IKE_ST_DEAD);
	msg_forget_request(sa);
	x_followup_forget(sa);
	fragment_free(sa);
	timer_cancel(&sa->next_task);
	timer_cancel(&sa->expiry);
	timer_cancel(&sa->hard);
	timer_cancel(&sa->reauth);
	timer_cancel(&sa->dpd);
	timer_cancel(&sa->keepalive);
	timer_cancel(&sa->linger);
	timer_cancel(&sa->fallback);
	while (sa->tasks)
		task_pop(sa);
	for (c = sa->children; c; c = next) {
		next = c->next;
		child_gone(c, keep_kernel);
	}
}

static void sa_free(struct ike_sa *sa)
{
	dh_free(sa->dh);
	kex_free(sa->kex);
	blob_free(&sa->shared);
	blob_free(&sa->link);
	blob_free(&sa->cookie);
	blob_free(&sa->ni);
	blob_free(&sa->nr);
	blob_free(&sa->init_req);
	blob_free(&sa->init_resp);
	blob_free(&sa->request);
	blob_free(&sa->response);
	blob_free(&sa->token);
	blob_free(&sa->proof_id);
	blob_free(&sa->proof_certs);
	keymat_wipe(&sa->keys);
	wipe(sa, sizeof(*sa));
	free(sa);
}

/**
 * sa_discard() - free an IKE SA that never was in the table
 * @heir: of sa_new_heir(), not linked
 */
void sa_discard(struct ike_sa *heir)
{
	sa_free(heir);
}

/**
 * sa_reap() - free the IKE SAs that have ended
 * @d: helper; nobody may hold a pointer to one of its IKE SAs
 */
void sa_reap(struct btnsd *d)
{
	struct ike_sa **p = &d->sas, *sa;

	while ((sa = *p)) {
		if (sa->state != IKE_ST_DEAD) {
			p = &sa->next;
			continue;
		}
		*p = sa->next;
		sa_free(sa);
	}
}

/**
 * sa_log() - one line about an IKE SA
 * @sa: IKE SA; its name is put in front
 * @prio: LOG_ERR to LOG_DEBUG
 * @fmt: as for printf
 *
 * A peer that has not proved itself cannot cause more than some lines a second.
 */
void sa_log(const struct ike_sa *sa, int prio, const char *fmt, ...)
{
	va_list ap;

	/* what the peer of an IKE SA of ours says, we asked for */
	if (prio <= LOG_INFO && !sa->authenticated && !sa->initiator &&
	    !log_admit(&sa->d->strangers, timer_now(&sa->d->timers)))
		return;
	va_start(ap, fmt);
	log_vline(prio, sa->name, fmt, ap);
	va_end(ap);
}

/**
 * sa_fault() - say why something is refused
 * @sa: IKE SA
 * @notify: enum ike_notify to answer with, 0 for silence
 * @fmt: the reason, one sentence for the log
 */
void sa_fault(struct ike_sa *sa, uint16_t notify, const char *fmt, ...)
{
	va_list ap;

	memset(&sa->fault, 0, sizeof(sa->fault));
	sa->fault.notify = notify;
	va_start(ap, fmt);
	vsnprintf(sa->fault.text, sizeof(sa->fault.text), fmt, ap);
	va_end(ap);
}
