// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to a child SA over time: it is installed, rekeyed, or given up if
 * nobody uses it, deleted for another, gone from the kernel. All of it only
 * queues exchanges; fsm.c runs them.
 */
#include "btnsd/btnsd.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/log.h"
#include "btnsd/orphan.h"

/**
 * life_child_up() - a child SA is installed
 * @c: child SA, linked
 */
void life_child_up(struct child *c)
{
	char text[SEL_STRLEN];

	sa_log(c->sa, LOG_NOTICE, "%s %08x/%08x installed: %s",
	       c->rekeys ? "rekeyed child" : "child", c->spi_in, c->spi_out,
	       sel_str(&c->sel, text));
	orphan_child_up(c->sa->d, c);
}

/* is it, and its IKE SA, such that it may be replaced, and is it not yet? */
static bool replaceable(const struct child *c)
{
	const struct ike_sa *sa = c->sa;

	return c->state == CHILD_INSTALLED && !c->rekeyed_by && !sa->replaced &&
	       sa->state == IKE_ST_ESTABLISHED &&
	       !task_find(sa, TASK_REKEY, c->id);
}

/**
 * life_rekey() - replace a child SA
 * @c: child SA
 *
 * Queued unless it is under way. What keeps it now, as an IKE SA that is being
 * made anew, may come to nothing: it is tried again then. The caller runs
 * fsm_start().
 */
void life_rekey(struct child *c)
{
	struct ike_sa *sa = c->sa;
	struct task *t = replaceable(c) ? task_add(sa, TASK_REKEY) : NULL;

	if (t)
		t->child_id = c->id;
	else if (!task_find(sa, TASK_REKEY, c->id))
		life_rekey_later(sa, c->id);
}

/**
 * life_rekey_later() - a rekey of a child SA came to nothing, or cannot be
 *	begun: try again
 * @sa: its IKE SA
 * @child_id: the child SA, which may be gone
 *
 * Now and then, until its lifetime is over.
 */
void life_rekey_later(struct ike_sa *sa, uint32_t child_id)
{
	uint64_t ms = (uint64_t)sa->d->conf->child_lifetime * 1000 / 40;
	struct child *c = child_find(sa, child_id);

	if (!c || c->state != CHILD_INSTALLED)
		return;
	if (ms > IKE_AGAIN_MAX_MS)
		ms = IKE_AGAIN_MAX_MS;
	if (ms < IKE_RETRY_MS)
		ms = IKE_RETRY_MS;
	timer_set(&sa->d->timers, &c->rekey, ms);
}

/**
 * life_delete_child() - delete a child SA that another stands in for
 * @c: child SA; sends no more, receives until the peer has answered
 *
 * The caller runs fsm_start().
 */
void life_delete_child(struct child *c)
{
	struct ike_sa *sa = c->sa;
	struct task *t;

	if (c->state == CHILD_DELETING)
		return;
	c->state = CHILD_DELETING;
	child_retire_out(c);
	t = task_add(sa, TASK_DELETE_CHILD);
	if (!t) {
		child_gone(c, false);
		return;
	}
	t->child_id = c->id;
	t->spi = c->spi_in;
}

/**
 * life_child_vanished() - the kernel's SAs of a child SA are gone
 * @c: child SA; freed
 *
 * The peer is told, so that it does not send into the void. The IKE SA stays.
 * The caller runs fsm_start().
 */
void life_child_vanished(struct child *c)
{
	struct ike_sa *sa = c->sa;
	struct task *t = NULL;

	sa_log(sa, LOG_NOTICE, "child %08x/%08x is gone from the kernel",
	       c->spi_in, c->spi_out);
	if (c->state != CHILD_DELETING && sa->state == IKE_ST_ESTABLISHED)
		t = task_add(sa, TASK_DELETE_CHILD);
	if (t)
		t->spi = c->spi_in;
	child_gone(c, false);
}

/*
 * Would traffic ask for a child SA like this one again? For ours our policy says
 * so. The peer's may let its traffic go in the clear, or nowhere, when there is
 * none: who is configured keeps what traffic of its own has asked for.
 */
static bool comes_back(const struct child *c)
{
	const struct kern_policy *policy[2];
	struct ike_sa *sa = c->sa;

	if (!c->asked && !sa->stranger && !anon_is(sa))
		return false;
	return spd_holds(sa->d, sa->btns, &c->sel, policy) == BTNS_SPD_OK &&
	       !policy[0]->optional;
}

/*
 * Nobody has used a child SA since it was made (RFC 4322 section 3.4.1, which is
 * about SAs with peers that nobody has configured). What waits for it later is a
 * packet that asks for another, in the same IKE SA or in a new one; a latch stays
 * meanwhile, as after any Delete.
 */
static bool give_up(struct child *c)
{
	struct ike_sa *sa = c->sa;

	/* through a NAT one end may not be able to ask for another */
	if (sa->d->conf->child_keep || sa->contested || sa->nat_local ||
	    sa->nat_remote || !replaceable(c) || !child_unused(c) || !comes_back(c))
		return false;
	sa_log(sa, LOG_INFO, "child %08x/%08x: nobody has used it",
	       c->spi_in, c->spi_out);
	sa->unused = true;
	life_delete_child(c);
	return true;
}

/**
 * life_rekey_due() - timer: a child SA is old
 * @arg: child SA
 */
void life_rekey_due(void *arg)
{
	struct child *c = arg;
	struct ike_sa *sa = c->sa;
	struct btnsd *d = sa->d;

	if (!give_up(c))
		life_rekey(c);
	fsm_start(sa);
	sa_reap(d);
}

/**
 * life_child_expired() - timer: a child SA was not rekeyed in time
 * @arg: child SA
 */
void life_child_expired(void *arg)
{
	struct child *c = arg;
	struct ike_sa *sa = c->sa;
	struct btnsd *d = sa->d;

	sa_log(sa, LOG_WARNING, "child %08x/%08x expired without a rekey",
	       c->spi_in, c->spi_out);
	life_delete_child(c);
	fsm_start(sa);
	sa_reap(d);
}
