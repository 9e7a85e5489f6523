// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * torture: random socket, policy, SA and helper events on two hosts, held to a
 * model of the latches (torture.h says what is where). Runs until its time is
 * up, or until something is as it must not be; says what it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/torture.h"

#define TICK_MS		2
#define TALK_US		200
#define REMEMBERED	24	/* steps that are printed with a fault */

static struct {
	uint64_t seed;
	unsigned long seconds, steps, plan;
	const char *log, *interface;
} opt = { .seconds = 40, .steps = ~0UL, .interface = "va" };

static int spaces[SPACES];
static pthread_mutex_t world = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool talking;
static struct step past[REMEMBERED];
static unsigned long n_past;

struct counts counts;
unsigned int slow = 1;

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void enter(unsigned int space)
{
	if (setns(spaces[space], CLONE_NEWNET)) {
		perror("torture: setns");
		exit(2);
	}
}

void knob(unsigned int host, const char *name, const char *value)
{
	char path[96];
	int fd;

	enter(host);
	snprintf(path, sizeof(path), "/proc/sys/net/btns/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		fault("tool", "%s: %s", path, strerror(errno));
	close(fd);
}

static void print_counts(void)
{
	unsigned int i;

	printf("steps %lu\n", n_past);
	for (i = 0; i < n_event_kinds; i++)
		printf("did %s %lu\n", event_kinds[i].name,
		       event_kinds[i].done);
	printf("opened %lu\nlatched %lu\n", counts.opened, counts.latched);
	printf("broken %lu\nmended %lu\nclosed %lu\n", counts.broken,
	       counts.mended, counts.closed);
	printf("sent %lu\ngot %lu\nforged %lu\nseen %lu\n", counts.sent,
	       counts.got, counts.forged, counts.seen);
	printf("quiets %lu\nsettles %lu\n", counts.quiets, counts.settles);
}

void fault(const char *kind, const char *fmt, ...)
{
	unsigned long i = n_past > REMEMBERED ? n_past - REMEMBERED : 0;
	va_list ap;

	for (; i < n_past; i++)
		plan_print(stdout, &past[i % REMEMBERED]);
	print_counts();
	printf("fault %s after step %lu: ", kind, n_past ? n_past - 1 : 0);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	exit(1);
}

void world_let_go(void)
{
	pthread_mutex_unlock(&world);
}

void world_hold(void)
{
	pthread_mutex_lock(&world);
}

/* Traffic while the other thread is in the kernel. */
static void *talk(void *arg)
{
	(void)arg;
	while (atomic_load(&talking)) {
		world_hold();
		conn_pump(1);
		world_let_go();
		usleep(TALK_US);
	}
	return NULL;
}

void pump(long long ms)
{
	long long end = now_ms() + ms;

	do {
		conn_pump(1);
		watch_events();
		wire_watch();
		world_let_go();
		poll(NULL, 0, TICK_MS);
		world_hold();
	} while (now_ms() < end);
}

static void run(const struct step *s)
{
	past[n_past++ % REMEMBERED] = *s;
	event_kinds[s->kind].run(s);
	event_kinds[s->kind].done++;
	pump(s->pause);
	if (s->last)
		watch_settle();
}

static void loop(FILE *log)
{
	pthread_t talker;
	long long end = now_ms() + (long long)opt.seconds * 1000;
	struct step s;

	atomic_store(&talking, true);
	if (pthread_create(&talker, NULL, talk, NULL))
		fault("tool", "no thread");
	while (now_ms() < end && n_past < opt.steps) {
		plan_next(&s);
		if (log)
			plan_print(log, &s);
		run(&s);
	}
	atomic_store(&talking, false);
	world_let_go();
	pthread_join(talker, NULL);
	world_hold();
}

static void torture(void)
{
	FILE *log = opt.log ? fopen(opt.log, "we") : NULL;
	unsigned int host;

	if (opt.log && !log)
		fault("tool", "%s: %s", opt.log, strerror(errno));
	xfrm_start();
	watch_start();
	wire_start(opt.interface);
	for (host = 0; host < HOSTS; host++)
		knob(host, "latch_disposition", "wait");
	conn_start();
	loop(log);
	event_quiet(NULL);
	conn_end();
	watch_end();
	wire_end();
	xfrm_end();
	if (log && fclose(log))
		fault("tool", "%s: %s", opt.log, strerror(errno));
}

static void usage(void)
{
	fputs("usage: torture [OPTIONS] A B ROUTER STRANGER\n"
	      "       torture --seed N --plan STEPS\n"
	      "  A, B, ...     network namespaces, as files\n"
	      "  --seed N      of the sequence of events\n"
	      "  --seconds N   for so long (40)\n"
	      "  --steps N     or so many events\n"
	      "  --slow N      factor for time limits (1)\n"
	      "  --dev IF      the router's interface towards A (va)\n"
	      "  --log FILE    write the events to it\n"
	      "  --plan N      print the first events, do nothing\n"
	      "exit: 0, or 1 and a line that begins with \"fault\"\n", stderr);
	exit(2);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end)
		usage();
	return n;
}

static void print_plan(void)
{
	struct step s;

	while (opt.plan--) {
		plan_next(&s);
		plan_print(stdout, &s);
	}
}

int main(int argc, char **argv)
{
	enum { SEED = 1, SECONDS, STEPS, SLOW, DEV, LOG, PLAN };
	static const struct option longs[] = {
		{ "seed", 1, NULL, SEED },   { "seconds", 1, NULL, SECONDS },
		{ "steps", 1, NULL, STEPS }, { "slow", 1, NULL, SLOW },
		{ "dev", 1, NULL, DEV },     { "log", 1, NULL, LOG },
		{ "plan", 1, NULL, PLAN },   { NULL, 0, NULL, 0 }
	};
	int c, i;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case SEED:
			opt.seed = number(optarg);
			break;
		case SECONDS:
			opt.seconds = number(optarg);
			break;
		case STEPS:
			opt.steps = number(optarg);
			break;
		case SLOW:
			slow = (unsigned int)number(optarg);
			break;
		case DEV:
			opt.interface = optarg;
			break;
		case LOG:
			opt.log = optarg;
			break;
		case PLAN:
			opt.plan = number(optarg);
			break;
		default:
			usage();
		}
	}
	plan_start(opt.seed);
	if (opt.plan) {
		print_plan();
		return 0;
	}
	if (argc - optind != SPACES)
		usage();
	for (i = 0; i < SPACES; i++) {
		spaces[i] = open(argv[optind + i], O_RDONLY | O_CLOEXEC);
		if (spaces[i] < 0) {
			perror(argv[optind + i]);
			return 2;
		}
	}
	world_hold();
	torture();
	print_counts();
	return 0;
}
