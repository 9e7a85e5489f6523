// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctlfuzz: texts for net.btns.* that are nearly right, in a network namespace of
 * its own. A seed has the name of a knob, and is a text that it takes. What is
 * refused must leave the knob as it was; what is taken must be what the text says,
 * and within the limits of Documentation/sysctl.rst. Prints KTAP; the seed of a run
 * gives the same texts.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tools/mutate.h"

#define KNOB_FOLDER	"/proc/sys/net/btns"
#define TEXT_MAX	4096

static uint64_t rng;

/* A knob that is a number; the other is a word. */
static const struct limits {
	const char *name;
	long min;
	long max;
} limits[] = {
	{ "latch_auto", 0, 1 },
	{ "latch_unidentified", 0, 1 },
	{ "latch_max", 0, 1 << 20 },
	{ "latch_max_user", 0, 1 << 20 },
	{ "latch_gc_ms", 10, 600 * 1000 },
	{ "latch_icmp", 0, 1 },
	{ "latch_idle", 1, 24 * 3600 },
	{ "latch_protect", 0, 1 },
	{ "pad_mode", 0, 2 },
	{ "ask_max", 0, 1 << 20 },
	{ "ask_max_user", 0, 1 << 20 },
	{ "icmp_min_mtu", 68, 65535 },
	{ "embryo_max", 0, 1 << 20 },
	{ "embryo_max_peer", 0, 1 << 20 },
};

#define KNOBS	(sizeof(limits) / sizeof(limits[0]))

/* One write of a text to a knob. */
struct write {
	const char *name;
	uint8_t text[TEXT_MAX];
	size_t len;
	off_t at;
};

static int open_knob(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), KNOB_FOLDER "/%s", name);
	return open(path, flags | O_CLOEXEC);
}

static bool read_knob(const char *name, char *value, size_t size)
{
	int fd = open_knob(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, value, size - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	value[n] = 0;
	value[strcspn(value, "\n")] = 0;
	return true;
}

static int write_knob(const struct write *w)
{
	int fd = open_knob(w->name, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (pwrite(fd, w->text, w->len, w->at) < 0)
		err = errno;
	close(fd);
	return err;
}

/* As the kernel's isspace(): its table has the blank of Latin-1 too. */
static bool is_blank(uint8_t c)
{
	return isspace(c) || c == 0xa0;
}

/* What the kernel looks at: up to a NUL, without the blanks before it. */
static void text_of(const struct write *w, char *text)
{
	size_t from = 0;

	while (from < w->len && is_blank(w->text[from]))
		from++;
	memcpy(text, w->text + from, w->len - from);
	text[w->len - from] = 0;
}

static const char *word_fault(char *text, const char *after)
{
	size_t len;

	if (strcmp(after, "wait") && strcmp(after, "reset") &&
	    strcmp(after, "unreachable"))
		return "what is read is no word of it";
	len = strcspn(text, "\n");
	while (len && is_blank((uint8_t)text[len - 1]))
		len--;
	text[len] = 0;
	return strcmp(text, after) ? "taken as another word" : NULL;
}

static const char *number_fault(const struct write *w, const char *text,
				const char *after)
{
	char *end;
	size_t i;
	long v;

	v = strtol(after, &end, 10);
	if (*end || end == after)
		return "what is read is no number";
	for (i = 0; i < KNOBS; i++)
		if (!strcmp(w->name, limits[i].name) &&
		    (v < limits[i].min || v > limits[i].max))
			return "beyond its limits";
	return strtol(text, NULL, 0) != v ? "taken as another number" : NULL;
}

/* What is wrong with @after, the value that the text gave. */
static const char *value_fault(const struct write *w, const char *before,
			       const char *after)
{
	char text[TEXT_MAX + 1];

	text_of(w, text);
	/* a write that does not begin at the knob's begin is passed over */
	if (w->at || !text[0])
		return strcmp(before, after) ? "nothing was said, and it changed" :
					       NULL;
	return !strcmp(w->name, "latch_disposition") ?
		       word_fault(text, after) : number_fault(w, text, after);
}

static const char *deliver(const struct write *w, uint64_t *taken)
{
	char before[128], after[128];
	int err;

	if (!read_knob(w->name, before, sizeof(before)))
		return "the knob cannot be read";
	err = write_knob(w);
	if (!read_knob(w->name, after, sizeof(after)))
		return "the knob cannot be read any more";
	if (err)
		return strcmp(before, after) ? "refused, and changed" : NULL;
	(*taken)++;
	return value_fault(w, before, after);
}

static void take_seed(const struct seed *s, struct write *w)
{
	memset(w, 0, sizeof(*w));
	w->name = s->name;
	w->len = s->len;
	memcpy(w->text, s->data, s->len);
}

static void make(const struct corpus *c, struct write *w)
{
	unsigned int n = (unsigned int)mutate_below(&rng, 4);

	take_seed(&c->seeds[mutate_below(&rng, c->count)], w);
	for (; n; n--)
		w->len = mutate_bytes(&rng, w->text, w->len, sizeof(w->text));
	if (!mutate_below(&rng, 16))
		w->at = (off_t)mutate_below(&rng, 9);
}

static bool has_seed(const struct corpus *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (!strcmp(c->seeds[i].name, name))
			return true;
	return false;
}

static bool has_limits(const char *name)
{
	size_t i;

	for (i = 0; i < KNOBS; i++)
		if (!strcmp(limits[i].name, name))
			return true;
	return !strcmp(name, "latch_disposition");
}

/* Each knob that there is has seeds, and limits that we know. */
static bool knows_all(const struct corpus *c)
{
	DIR *dir = opendir(KNOB_FOLDER);
	struct dirent *d;
	bool ok = dir;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.' ||
		    (has_seed(c, d->d_name) && has_limits(d->d_name)))
			continue;
		printf("# %s has no seed here, or no limits\n", d->d_name);
		ok = false;
	}
	if (dir)
		closedir(dir);
	return ok;
}

/* Seeds are taken unchanged. */
static bool seeds(const struct corpus *c)
{
	bool ok = knows_all(c);
	static struct write w;
	uint64_t taken = 0;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const char *fault;

		take_seed(&c->seeds[i], &w);
		taken = 0;
		fault = deliver(&w, &taken);
		if (!fault && !taken)
			fault = "is refused";
		if (fault)
			printf("# %s, seed %zu: %s\n", w.name, i + 1, fault);
		ok = ok && !fault;
	}
	printf("%s 1 L60 %zu texts as they should be are taken\n",
	       ok ? "ok" : "not ok", c->count);
	return ok;
}

static bool steps(const struct run *run, const struct corpus *c)
{
	uint64_t began = run_now(), step = 0, taken = 0;
	const char *fault = NULL;
	static struct write w;

	while (!fault && !run_over(run, step, began)) {
		make(c, &w);
		fault = deliver(&w, &taken);
		step++;
	}
	printf("%s 2 L60 %llu texts that are nearly right: no change, or what they say\n",
	       fault ? "not ok" : "ok", (unsigned long long)step);
	printf("# %llu were taken\n", (unsigned long long)taken);
	if (fault) {
		printf("# step %llu, %s at %d: %s\n",
		       (unsigned long long)step, w.name, (int)w.at, fault);
		run_show("written", w.text, w.len);
	}
	return !fault;
}

int main(int argc, char **argv)
{
	struct run run;
	bool ok;

	run_begin(&run, argc, argv, 0, TEXT_MAX);
	run_plan(&run, 2);
	rng = run.seed;
	ok = seeds(&run.corpus);
	ok = steps(&run, &run.corpus) && ok;
	corpus_free(&run.corpus);
	return ok ? 0 : 1;
}
