/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP for host programs, in one header: a table of tests, a CHECK that says
 * where it failed, and kselftest's exit codes (0 passed, 1 failed, 4 skipped).
 * A test's name starts with the ids of the requirements that it shows.
 *
 *	static void adds(void) { CHECK(1 + 1 == 2); }
 *	static const struct ktap_test tests[] = { { "L04 adds", adds } };
 *	int main(void) { return KTAP_RUN(tests); }
 */
#ifndef TESTS_UNIT_KTAP_H
#define TESTS_UNIT_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KTAP_PASS	0
#define KTAP_FAIL	1
#define KTAP_SKIP	4
#define KTAP_MAX_NOTES	20	/* failed checks printed for one test */

/**
 * struct ktap_test - one test
 * @name: requirement ids, then what holds if it passes
 * @run: uses CHECK(), CHECK_EQ(), ktap_skip()
 */
struct ktap_test {
	const char *name;
	void (*run)(void);
};

/**
 * struct ktap_state - what the current test has come to
 * @failed: checks that did not hold
 * @skip: why it is skipped, or NULL
 * @again: with what in the environment it fails again, NULL if with anything
 *
 * One for the whole program: checks are in whatever file tests share.
 */
struct ktap_state {
	unsigned int failed;
	const char *skip;
	const char *again;
};

extern struct ktap_state ktap;
struct ktap_state ktap __attribute__((weak));

/**
 * ktap_note() - say something about the current test
 * @format: as printf, one line without its end
 */
static inline void __attribute__((format(printf, 1, 2), unused))
ktap_note(const char *format, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/**
 * ktap_check() - count a check
 * @ok: whether it held
 * @file: where
 * @line: where
 * @what: the condition
 *
 * Return: @ok.
 */
static inline bool __attribute__((unused))
ktap_check(bool ok, const char *file, int line, const char *what)
{
	if (!ok && ktap.failed++ < KTAP_MAX_NOTES)
		ktap_note("%s:%d: not true: %s", file, line, what);
	return ok;
}

/**
 * ktap_check_eq() - count a comparison of numbers
 * @a: what came
 * @b: what was wanted
 * @file: where
 * @line: where
 * @what: the comparison
 *
 * Return: whether they are equal.
 */
static inline bool __attribute__((unused))
ktap_check_eq(long long a, long long b, const char *file, int line,
	      const char *what)
{
	if (a != b && ktap.failed++ < KTAP_MAX_NOTES)
		ktap_note("%s:%d: %s: got %lld, want %lld", file, line, what, a, b);
	return a == b;
}

#define CHECK(cond)	ktap_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(a, b)	ktap_check_eq((long long)(a), (long long)(b), \
				      __FILE__, __LINE__, #a " == " #b)

/**
 * ktap_skip() - the current test cannot be run here
 * @why: what is missing
 */
static inline void __attribute__((unused)) ktap_skip(const char *why)
{
	ktap.skip = why;
}

/* Is every instruction slow: under valgrind, or a sanitizer? */
static inline bool ktap_slow(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
#endif
}

/* Shall it be over soon: every instruction is slow, or tools/check --fast? */
static inline bool ktap_brief(void)
{
	const char *fast = getenv("BTNS_FAST");

	return ktap_slow() || (fast && *fast);
}

static inline int ktap_run(const struct ktap_test *tests, size_t count)
{
	unsigned int failed = 0, skipped = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%zu\n", count);
	for (i = 0; i < count; i++) {
		ktap.failed = 0;
		ktap.skip = NULL;
		tests[i].run();
		if (ktap.failed > KTAP_MAX_NOTES)
			ktap_note("and %u more", ktap.failed - KTAP_MAX_NOTES);
		if (ktap.failed && ktap.again)
			ktap_note("with %s", ktap.again);
		if (ktap.failed)
			failed++;
		else if (ktap.skip)
			skipped++;
		printf("%sok %zu %s%s%s\n", ktap.failed ? "not " : "", i + 1,
		       tests[i].name, !ktap.failed && ktap.skip ? " # SKIP " : "",
		       !ktap.failed && ktap.skip ? ktap.skip : "");
	}
	if (failed)
		return KTAP_FAIL;
	return skipped == count ? KTAP_SKIP : KTAP_PASS;
}

#define KTAP_RUN(tests)	ktap_run((tests), sizeof(tests) / sizeof((tests)[0]))

#endif /* TESTS_UNIT_KTAP_H */
