/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btnsctl against a kernel in memory: one command line at a time, what it printed
 * and complained of, and a folder that stands for /proc once it is made.
 */
#ifndef BTNS_TEST_CTL_RUN_H
#define BTNS_TEST_CTL_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsctl/out.h"
#include "fake_nl.h"
#include "ktap.h"
#include "temp.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct fake fake;
static char out[16384], err[4096];
static const char *proc;

/* A command line in one string, words between spaces; its exit code. */
static int run(const char *line)
{
	struct lbtns_transport t = fake_transport(&fake);
	char copy[1024], *argv[64], *word;
	struct ctl c = { .transport = &t, .proc = proc };
	int argc = 0, code;

	fake_reset(&fake);
	fake.requests = 0;
	memset(out, 0, sizeof(out));
	memset(err, 0, sizeof(err));
	snprintf(copy, sizeof(copy), "btnsctl %s", line);
	for (word = strtok(copy, " "); word && argc < 63;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	c.out = fmemopen(out, sizeof(out) - 1, "w");
	c.err = fmemopen(err, sizeof(err) - 1, "w");
	code = ctl_run(&c, argc, argv);
	fclose(c.out);
	fclose(c.err);
	return code;
}

static inline void is(const char *got, const char *want)
{
	if (!CHECK(!strcmp(got, want)))
		ktap_note("got:  %s# want: %s", got, want);
}

static inline void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (CHECK(f)) {
		fputs(text, f);
		fclose(f);
	}
}

/* the tests of a program whose commands read files: with the folder */
static inline int run_in_proc(const struct ktap_test *tests, size_t count)
{
	proc = temp_folder();
	return ktap_run(tests, count);
}

#define RUN_IN_PROC(tests) \
	run_in_proc((tests), sizeof(tests) / sizeof((tests)[0]))

#endif
