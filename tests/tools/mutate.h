/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers at random from a seed, a corpus from a file, and bytes that are not
 * quite as they should be: what nlfuzz, optfuzz and ctlfuzz have in common.
 */
#ifndef TESTS_TOOLS_MUTATE_H
#define TESTS_TOOLS_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A seed; freed with its corpus. */
struct seed {
	char *name;
	uint8_t *data;
	size_t len;
};

/*
 * A line of its file for each seed: a name, and what it is of, in any order:
 * octets in hex (00*12: twelve of them) and "text" (\n: end of line). A line with
 * a # first is none.
 */
struct corpus {
	struct seed *seeds;
	size_t count;
};

/* What a run was told. */
struct run {
	struct corpus corpus;
	uint64_t seed;
	unsigned int seconds;
	uint64_t steps;		/* at most, 0 for any number */
};

/* The same numbers for the same @state. */
uint64_t mutate_next(uint64_t *state);

/* From 0 to @n - 1; 0 if @n is 0. */
size_t mutate_below(uint64_t *state, size_t n);

/* A number that is at the end of some range. */
uint64_t mutate_odd_number(uint64_t *state);

/*
 * One change in place, or one that takes something away or adds it; @cap is the
 * room at @data. Returns the new length.
 */
size_t mutate_bytes(uint64_t *state, uint8_t *data, size_t len, size_t cap);

void corpus_free(struct corpus *c);

/*
 * Options --seed, --seconds, --steps and the corpus; a network namespace of our
 * own; and the seeds, each of @min to @max octets. Ends the program with KTAP if
 * any of these cannot be had.
 */
void run_begin(struct run *run, int argc, char **argv, size_t min, size_t max);

/* The program ends, as this is missing. */
_Noreturn void run_skip(const char *why);

/* What the run is to be repeated with, and how many points it has. */
void run_plan(const struct run *run, unsigned int points);

/* Time or steps are over. */
bool run_over(const struct run *run, uint64_t step, uint64_t began);
uint64_t run_now(void);

/* What was sent, in hex, for who looks for the fault. */
void run_show(const char *what, const uint8_t *data, size_t len);

#endif /* TESTS_TOOLS_MUTATE_H */
