// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Acquires that came to nothing: the kernel asks once and then waits for an SA
 * until its own patience ends, so it is told when traffic may ask again.
 */
#include <stdlib.h>

#include "btnsd/btnsd.h"
#include "btnsd/unanswered.h"

/* the kernel may ask again so long after we failed */
#define UNANSWERED_MS	5000
/* most that are remembered; the kernel forgets the others by itself */
#define UNANSWERED_MAX	256

/**
 * struct unanswered - an acquire for which there will be no SA
 * @next: in the list
 * @d: the helper
 * @local: our address
 * @remote: the peer's address
 * @reqid: of the policy's template
 * @seq: of the acquire
 * @due: timer after which the kernel may ask again
 */
struct unanswered {
	struct unanswered *next;
	struct btnsd *d;
	struct addr local;
	struct addr remote;
	uint32_t reqid;
	uint32_t seq;
	struct timer due;
};

static void unanswered_free(struct unanswered *u)
{
	struct unanswered **p;

	for (p = &u->d->unanswered; *p; p = &(*p)->next) {
		if (*p == u) {
			*p = u->next;
			break;
		}
	}
	timer_cancel(&u->due);
	free(u);
}

static void unanswered_due(void *arg)
{
	struct unanswered *u = arg;
	struct btnsd *d = u->d;

	d->kern->forget_acquire(d->kern_ctx, &u->local, &u->remote, u->reqid,
				u->seq);
	unanswered_free(u);
}

/**
 * unanswered_add() - no SA will come of an acquire
 * @d: helper
 * @path: between which hosts
 * @reqid: of the policy's template
 * @seq: of the acquire
 *
 * Traffic may ask again after a while, and not only when the kernel's own
 * patience ends.
 */
void unanswered_add(struct btnsd *d, const struct path *path, uint32_t reqid,
		    uint32_t seq)
{
	struct unanswered *u;
	unsigned int n = 0;

	for (u = d->unanswered; u; u = u->next)
		n++;
	u = n < UNANSWERED_MAX && !d->stopping ? calloc(1, sizeof(*u)) : NULL;
	if (!u)
		return;
	u->d = d;
	u->local = path->local.addr;
	u->remote = path->remote.addr;
	u->reqid = reqid;
	u->seq = seq;
	timer_init(&u->due, unanswered_due, u);
	timer_set(&d->timers, &u->due, UNANSWERED_MS);
	u->next = d->unanswered;
	d->unanswered = u;
}

/**
 * unanswered_forget() - the kernel's own patience decides for all
 * @d: helper
 */
void unanswered_forget(struct btnsd *d)
{
	while (d->unanswered)
		unanswered_free(d->unanswered);
}
