// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/tools/mutate.h"

/* No seed is longer. */
#define SEED_MAX	16384
/* between a name and what it is of */
#define BLANKS		"\t\n "

/* splitmix64 */
uint64_t mutate_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t mutate_below(uint64_t *state, size_t n)
{
	return n ? (size_t)(mutate_next(state) % n) : 0;
}

uint64_t mutate_odd_number(uint64_t *state)
{
	uint64_t power = 1ULL << mutate_below(state, 64);

	switch (mutate_below(state, 4)) {
	case 0:
		return power;
	case 1:
		return power - 1;
	case 2:
		return ~power + 1;
	default:
		return mutate_below(state, 40);
	}
}

/* 1, 2, 4 or 8 octets of a number, where a member of a struct may be. */
static void set_number(uint64_t *state, uint8_t *data, size_t len)
{
	uint64_t v = mutate_odd_number(state);
	size_t size = (size_t)1 << mutate_below(state, 4), at;

	if (size > len)
		return;
	at = mutate_below(state, len / size) * size;
	memcpy(data + at, &v, size);
}

static size_t insert(uint64_t *state, uint8_t *data, size_t len, size_t cap)
{
	size_t n = 1 + mutate_below(state, 16), at = mutate_below(state, len + 1);

	if (len + n > cap)
		return len;
	memmove(data + at + n, data + at, len - at);
	memset(data + at, mutate_below(state, 2) ? 0 :
	       (int)mutate_below(state, 256), n);
	return len + n;
}

static size_t take_out(uint64_t *state, uint8_t *data, size_t len)
{
	size_t at = mutate_below(state, len);
	size_t n = 1 + mutate_below(state, len - at < 16 ? len - at : 16);

	memmove(data + at, data + at + n, len - at - n);
	return len - n;
}

size_t mutate_bytes(uint64_t *state, uint8_t *data, size_t len, size_t cap)
{
	if (!len)
		return insert(state, data, len, cap);
	switch (mutate_below(state, 8)) {
	case 0:
	case 1:
		data[mutate_below(state, len)] ^=
			(uint8_t)(1U << mutate_below(state, 8));
		return len;
	case 2:
		data[mutate_below(state, len)] = (uint8_t)mutate_next(state);
		return len;
	case 3:
	case 4:
	case 5:
		set_number(state, data, len);
		return len;
	case 6:
		return insert(state, data, len, cap);
	default:
		return take_out(state, data, len);
	}
}

/* ---- seeds -------------------------------------------------------------- */

static bool put(struct seed *s, uint8_t octet, size_t times)
{
	if (times > SEED_MAX - s->len)
		return false;
	memset(s->data + s->len, octet, times);
	s->len += times;
	return true;
}

/* Text in quotes, in which a line may end; NULL if it has no end or no room. */
static const char *read_text(struct seed *s, const char *p)
{
	for (p++; *p && *p != '"'; p++) {
		bool end = p[0] == '\\' && p[1] == 'n';

		p += end;
		if (!put(s, end ? '\n' : (uint8_t)*p, 1))
			return NULL;
	}
	return *p ? p + 1 : NULL;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* An octet, and how often if that is said; NULL if it is none. */
static const char *read_octet(struct seed *s, const char *p)
{
	int high = digit(p[0]), low = high < 0 ? -1 : digit(p[1]);
	unsigned long times = 1;
	char *end;

	if (low < 0)
		return NULL;
	p += 2;
	if (*p == '*') {
		times = strtoul(p + 1, &end, 10);
		p = end;
	}
	return put(s, (uint8_t)(high << 4 | low), times) ? p : NULL;
}

static bool read_seed(struct seed *s, char *line)
{
	const char *p = line + strcspn(line, BLANKS);

	s->name = strndup(line, (size_t)(p - line));
	s->data = malloc(SEED_MAX);
	if (!s->name || !s->data)
		return false;
	for (p += strspn(p, BLANKS); p && *p; p += strspn(p, BLANKS)) {
		p = *p == '"' ? read_text(s, p) : read_octet(s, p);
		if (!p)
			return false;
	}
	return true;
}

static bool add_seed(struct corpus *c, char *line)
{
	struct seed *more = reallocarray(c->seeds, c->count + 1, sizeof(*more));

	if (!more)
		return false;
	c->seeds = more;
	more[c->count] = (struct seed){ 0 };
	return read_seed(&more[c->count++], line);
}

/* False with a message if it cannot be read, or has no seed. */
static bool corpus_read(struct corpus *c, const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned int at = 0;
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	memset(c, 0, sizeof(*c));
	if (!f) {
		perror(path);
		return false;
	}
	while (ok && getline(&line, &cap, f) > 0) {
		at++;
		if (line[0] != '#' && line[0] != '\n')
			ok = add_seed(c, line);
	}
	free(line);
	fclose(f);
	if (!ok || !c->count) {
		fprintf(stderr, "%s:%u: no seed\n", path, at);
		corpus_free(c);
		return false;
	}
	return true;
}

void corpus_free(struct corpus *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		free(c->seeds[i].name);
		free(c->seeds[i].data);
	}
	free(c->seeds);
	memset(c, 0, sizeof(*c));
}

/* ---- a run -------------------------------------------------------------- */

/* The corpus, or NULL with a usage. */
static const char *run_options(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "steps", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(run, 0, sizeof(*run));
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			run->seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			run->seconds = (unsigned int)strtoul(optarg, NULL, 0);
		else if (c == 'n')
			run->steps = strtoull(optarg, NULL, 0);
		else
			optind = argc;
	}
	if (optind + 1 != argc || (!run->seconds && !run->steps)) {
		fprintf(stderr,
			"usage: %s [--seed N] [--seconds N] [--steps N] CORPUS\n"
			"At least one of the two that end it.\n", argv[0]);
		return NULL;
	}
	return argv[optind];
}

void run_skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(4);
}

void run_begin(struct run *run, int argc, char **argv, size_t min, size_t max)
{
	const char *corpus = run_options(run, argc, argv);
	size_t i;

	if (!corpus)
		exit(2);
	puts("KTAP version 1");
	if (unshare(CLONE_NEWNET))
		run_skip("needs the right to make a network namespace");
	if (!corpus_read(&run->corpus, corpus)) {
		puts("Bail out! no seeds");
		exit(1);
	}
	for (i = 0; i < run->corpus.count; i++) {
		const struct seed *s = &run->corpus.seeds[i];

		if (s->len >= min && s->len <= max)
			continue;
		printf("Bail out! %s is no seed\n", s->name);
		exit(1);
	}
}

void run_plan(const struct run *run, unsigned int points)
{
	printf("# seed %llu\n1..%u\n", (unsigned long long)run->seed, points);
}

uint64_t run_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

bool run_over(const struct run *run, uint64_t step, uint64_t began)
{
	return (run->steps && step >= run->steps) ||
	       (run->seconds && run_now() - began >= run->seconds);
}

void run_show(const char *what, const uint8_t *data, size_t len)
{
	size_t i;

	printf("# %s:", what);
	for (i = 0; i < len; i++)
		printf("%s%02x", i % 4 ? "" : " ", data[i]);
	putchar('\n');
}
