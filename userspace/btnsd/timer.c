// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ordered list is enough: a helper has a few timers per peer, and the list
 * is walked only when one is set.
 */
#include <time.h>

#include "btnsd/timer.h"

/**
 * timer_clock() - the real clock
 * @unused: nothing
 *
 * Return: monotonic milliseconds that go on while the machine sleeps, since
 * the peer's lifetimes do so too.
 */
uint64_t timer_clock(void *unused)
{
	struct timespec ts;

	(void)unused;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/**
 * timer_now() - what time is it?
 * @ts: timers
 *
 * Return: milliseconds by the clock of @ts.
 */
uint64_t timer_now(const struct timers *ts)
{
	return ts->now(ts->now_arg);
}

/**
 * timer_init() - prepare a timer
 * @t: timer, not pending
 * @fn: what it will call
 * @arg: with this
 */
void timer_init(struct timer *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){ .fn = fn, .arg = arg };
}

/**
 * timer_set() - start a timer, or move one that is pending
 * @ts: where to
 * @t: timer that timer_init() prepared
 * @in_ms: milliseconds from now
 */
void timer_set(struct timers *ts, struct timer *t, uint64_t in_ms)
{
	struct timer **p = &ts->head;

	timer_cancel(t);
	t->due = timer_now(ts) + in_ms;
	while (*p && (*p)->due <= t->due)
		p = &(*p)->next;
	t->next = *p;
	t->pprev = p;
	if (t->next)
		t->next->pprev = &t->next;
	*p = t;
	if (ts->head == t && ts->changed)
		ts->changed(ts->changed_arg);
}

/**
 * timer_cancel() - stop a timer
 * @t: timer, pending or not
 */
void timer_cancel(struct timer *t)
{
	if (!t->pprev)
		return;
	*t->pprev = t->next;
	if (t->next)
		t->next->pprev = t->pprev;
	t->next = NULL;
	t->pprev = NULL;
}

/**
 * timer_pending() - is it running?
 * @t: timer
 *
 * Return: true until it is due or cancelled.
 */
bool timer_pending(const struct timer *t)
{
	return t->pprev;
}

/**
 * timer_next() - how long may the loop sleep?
 * @ts: timers
 *
 * Return: milliseconds to the first deadline, 0 if it is past, -1 for none.
 */
int64_t timer_next(const struct timers *ts)
{
	uint64_t now;

	if (!ts->head)
		return -1;
	now = timer_now(ts);
	return ts->head->due <= now ? 0 : (int64_t)(ts->head->due - now);
}

/**
 * timer_run() - call everything that is due
 * @ts: timers
 *
 * Timers that the calls set for "now" run in the next round, so that a timer
 * that starts itself again cannot hold the loop.
 */
void timer_run(struct timers *ts)
{
	uint64_t now = timer_now(ts);
	unsigned int limit = 1024;

	while (ts->head && ts->head->due <= now && limit--) {
		struct timer *t = ts->head;

		timer_cancel(t);
		t->fn(t->arg);
	}
}
