// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl monitor: what happens, as it happens, one line per event. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "btnsctl/out.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void timestamp(char *buf, size_t size)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%03ldZ", ts.tv_nsec / 1000000);
}

static json_t *event_json(const struct lbtns_event *ev)
{
	json_t *o;

	switch (ev->type) {
	case LBTNS_EVENT_LATCH:
		o = out_latch(&ev->u.latch);
		json_object_set_new(o, "event", json_string("latch"));
		json_object_set_new(o, "old_state",
				    json_string(lbtns_name(LBTNS_NAMES_STATE,
							   ev->u.latch.old_state)));
		/* events do not tell these */
		json_object_del(o, "self");
		json_object_del(o, "ask");
		json_object_del(o, "disposition");
		json_object_del(o, "conflicts");
		json_object_del(o, "age_ms");
		return o;
	case LBTNS_EVENT_SA_BIND:
	case LBTNS_EVENT_SA_UNBIND:
		o = out_sa(&ev->u.sa);
		json_object_set_new(o, "event",
				    json_string(ev->type == LBTNS_EVENT_SA_BIND ?
						"sa-bind" : "sa-unbind"));
		return o;
	case LBTNS_EVENT_PAD:
		o = json_object();
		json_object_set_new(o, "event", json_string("pad"));
		json_object_set_new(o, "generation",
				    json_integer(ev->u.pad_generation));
		return o;
	case LBTNS_EVENT_LOST:
		break;
	}
	o = json_object();
	json_object_set_new(o, "event", json_string("lost"));
	return o;
}

static void event_text(FILE *f, const struct lbtns_event *ev)
{
	switch (ev->type) {
	case LBTNS_EVENT_LATCH:
		fprintf(f, "latch %s -> ",
			lbtns_name(LBTNS_NAMES_STATE, ev->u.latch.old_state));
		text_latch(f, &ev->u.latch);
		break;
	case LBTNS_EVENT_SA_BIND:
		fputs("sa-bind ", f);
		text_sa(f, &ev->u.sa);
		break;
	case LBTNS_EVENT_SA_UNBIND:
		fputs("sa-unbind ", f);
		text_sa(f, &ev->u.sa);
		break;
	case LBTNS_EVENT_PAD:
		fprintf(f, "pad generation %u", ev->u.pad_generation);
		break;
	case LBTNS_EVENT_LOST:
		fputs("lost: events were lost, list anew", f);
		break;
	}
}

/* One line at once, whoever reads it: @o for JSON, else @ev or a word. */
static int emit(struct ctl *c, json_t *o, const struct lbtns_event *ev)
{
	char now[40];
	int err = 0;

	timestamp(now, sizeof(now));
	if (c->json) {
		json_object_set_new(o, "time", json_string(now));
		if (out_json(c, o))
			err = -EIO;
	} else {
		fprintf(c->out, "%s ", now);
		if (ev)
			event_text(c->out, ev);
		else
			fputs("listening", c->out);
		fputc('\n', c->out);
	}
	if (fflush(c->out))
		err = -EIO;
	return err;
}

static int print_event(const struct lbtns_event *ev, void *arg)
{
	struct ctl *c = arg;

	return emit(c, c->json ? event_json(ev) : NULL, ev);
}

/*
 * Signals are blocked but while ppoll() waits, so that none is missed between
 * the look at @stop and the wait.
 */
static int loop(struct ctl *c, struct lbtns_events *ev, const sigset_t *wait)
{
	struct pollfd pfd = { .fd = lbtns_events_fd(ev), .events = POLLIN };
	int err = 0;

	while (!stop && !err) {
		if (ppoll(&pfd, 1, NULL, wait) < 0) {
			if (errno == EINTR)
				continue;
			err = -errno;
		} else {
			err = lbtns_events_read(ev, print_event, c);
		}
	}
	return err;
}

int cmd_monitor(struct ctl *c, struct ctl_args *a)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct lbtns_events *ev;
	unsigned int groups = 0;
	sigset_t block, wait;
	const char *word;
	json_t *o = NULL;
	int err;

	while ((word = ctl_word(a))) {
		if (!strcmp(word, "latch"))
			groups |= LBTNS_GROUP_LATCH;
		else if (!strcmp(word, "sa"))
			groups |= LBTNS_GROUP_SA;
		else if (!strcmp(word, "pad"))
			groups |= LBTNS_GROUP_PAD;
		else if (!strcmp(word, "help"))
			return fputs("usage: btnsctl monitor [latch] [sa] [pad]\n",
				     c->out) < 0 ? CTL_BROKEN : CTL_OK;
		else
			return ctl_unknown(c, "monitor", word);
	}
	err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_events_open(c->h, groups ? groups : LBTNS_GROUP_ALL, &ev);
	if (err)
		return ctl_kernel_fail(c, c->h, err);

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &wait);
	sigdelset(&wait, SIGINT);
	sigdelset(&wait, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);

	if (c->json) {
		c->pretty = false;
		o = json_object();
		json_object_set_new(o, "event", json_string("listening"));
	}
	err = emit(c, o, NULL);
	if (!err)
		err = loop(c, ev, &wait);
	lbtns_events_close(ev);
	if (err)
		return ctl_fail(c, CTL_BROKEN, "monitoring ended: %s",
				strerror(-err));
	return CTL_OK;
}
