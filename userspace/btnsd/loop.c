// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors, signals, and one timer event for the earliest of our own
 * timers, by libevent.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "btnsd/loop.h"

#define LOOP_SOURCES	64

/**
 * struct source - a descriptor or a signal
 * @ev: libevent's side
 * @fd: called for a descriptor, or NULL
 * @sig: called for a signal, or NULL
 * @arg: handed to either
 */
struct source {
	struct event *ev;
	loop_fd_fn fd;
	loop_signal_fn sig;
	void *arg;
};

/**
 * struct loop - the loop
 * @base: libevent's side
 * @timers: ours
 * @tick: due when the first of @timers is
 * @source: descriptors and signals
 * @n: how many
 */
struct loop {
	struct event_base *base;
	struct timers *timers;
	struct event *tick;
	struct source source[LOOP_SOURCES];
	unsigned int n;
};

static void arm(void *arg)
{
	struct loop *l = arg;
	int64_t ms = timer_next(l->timers);
	struct timeval tv;

	if (ms < 0) {
		event_del(l->tick);
		return;
	}
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	event_add(l->tick, &tv);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	timer_run(l->timers);
	arm(l);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)what;
	if (s->fd)
		s->fd(fd, s->arg);
	else
		s->sig(fd, s->arg);
}

/**
 * loop_new() - make a loop
 * @timers: run by it; its changed hook is taken
 *
 * Return: the loop, freed with loop_free(); NULL if memory ran out.
 */
struct loop *loop_new(struct timers *timers)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->timers = timers;
	l->base = event_base_new();
	l->tick = l->base ? event_new(l->base, -1, 0, on_tick, l) : NULL;
	if (!l->tick) {
		loop_free(l);
		return NULL;
	}
	timers->changed = arm;
	timers->changed_arg = l;
	arm(l);
	return l;
}

/**
 * loop_free() - free a loop
 * @l: loop or NULL; descriptors stay open
 */
void loop_free(struct loop *l)
{
	unsigned int i;

	if (!l)
		return;
	l->timers->changed = NULL;
	for (i = 0; i < l->n; i++)
		event_free(l->source[i].ev);
	if (l->tick)
		event_free(l->tick);
	if (l->base)
		event_base_free(l->base);
	free(l);
}

static int add(struct loop *l, int fd, short what, loop_fd_fn on_fd,
	       loop_signal_fn on_sig, void *arg)
{
	struct source *s = &l->source[l->n];

	if (l->n == LOOP_SOURCES)
		return -ENOSPC;
	s->fd = on_fd;
	s->sig = on_sig;
	s->arg = arg;
	s->ev = event_new(l->base, fd, (short)(what | EV_PERSIST), on_event, s);
	if (!s->ev)
		return -ENOMEM;
	if (event_add(s->ev, NULL) < 0) {
		event_free(s->ev);
		return -EIO;
	}
	l->n++;
	return 0;
}

/**
 * loop_fd() - call a function when a descriptor can be read
 * @l: loop
 * @fd: descriptor, non-blocking
 * @fn: called each time
 * @arg: handed to @fn
 *
 * Return: 0 or a negative errno.
 */
int loop_fd(struct loop *l, int fd, loop_fd_fn fn, void *arg)
{
	return add(l, fd, EV_READ, fn, NULL, arg);
}

/**
 * loop_signal() - call a function when a signal comes
 * @l: loop
 * @sig: signal
 * @fn: called in the loop, not in the signal handler
 * @arg: handed to @fn
 *
 * Return: 0 or a negative errno.
 */
int loop_signal(struct loop *l, int sig, loop_signal_fn fn, void *arg)
{
	return add(l, sig, EV_SIGNAL, NULL, fn, arg);
}

/**
 * loop_run() - run until loop_stop()
 * @l: loop
 *
 * Return: 0, or -EIO if libevent failed.
 */
int loop_run(struct loop *l)
{
	return event_base_dispatch(l->base) < 0 ? -EIO : 0;
}

/**
 * loop_stop() - make loop_run() return
 * @l: loop
 */
void loop_stop(struct loop *l)
{
	event_base_loopbreak(l->base);
}
