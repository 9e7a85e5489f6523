/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers that know no event loop: the loop asks when the next one is due, and
 * a test moves the clock by hand. All times are monotonic milliseconds.
 */
#ifndef BTNSD_TIMER_H
#define BTNSD_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct timer - one deadline, embedded in what it belongs to
 * @next: next pending timer, later or at the same time
 * @pprev: the pointer that points here; NULL while not pending
 * @due: when, in monotonic milliseconds
 * @fn: called once when due; the timer is no longer pending then, and its
 *	owner may be freed by the call
 * @arg: handed to @fn
 */
struct timer {
	struct timer *next;
	struct timer **pprev;
	uint64_t due;
	void (*fn)(void *arg);
	void *arg;
};

/**
 * struct timers - all pending timers in order
 * @head: first that will be due
 * @now: tells the time; a test's clock or timer_clock()
 * @now_arg: handed to @now
 * @changed: called when the earliest deadline may have changed, or NULL
 * @changed_arg: handed to @changed
 */
struct timers {
	struct timer *head;
	uint64_t (*now)(void *arg);
	void *now_arg;
	void (*changed)(void *arg);
	void *changed_arg;
};

uint64_t timer_clock(void *unused);
uint64_t timer_now(const struct timers *ts);
void timer_init(struct timer *t, void (*fn)(void *arg), void *arg);
void timer_set(struct timers *ts, struct timer *t, uint64_t in_ms);
void timer_cancel(struct timer *t);
bool timer_pending(const struct timer *t);
int64_t timer_next(const struct timers *ts);
void timer_run(struct timers *ts);

#endif
