// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl stats: counters, and what latches cost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/out.h"

/* Is @name asked for; no words ask for all. */
static bool asked(const struct ctl_args *a, const char *name, bool *seen)
{
	int i;

	for (i = 0; i < a->argc; i++)
		if (!strcmp(a->argv[i], name)) {
			seen[i] = true;
			return true;
		}
	return a->argc == 0;
}

static void put(struct ctl *c, json_t *o, const char *name,
		unsigned long long v)
{
	if (o)
		json_object_set_new(o, name, json_integer((json_int_t)v));
	else
		fprintf(c->out, "%-28s %llu\n", name, v);
}

/* What latches cost. Who may not ask the kernel sees the counters alone. */
static int memory(struct ctl *c, struct ctl_args *a, bool *seen, json_t *o)
{
	struct lbtns_status st = { .latches = 0 };
	bool size = asked(a, "LatchSize", seen);
	bool cost = asked(a, "LatchCost", seen);
	bool total = asked(a, "LatchMemory", seen);
	int err;

	if (!size && !cost && !total)
		return CTL_OK;
	err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_status_get(c->h, &st);
	if (err == -EPERM && !a->argc)
		return CTL_OK;
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	if (size)
		put(c, o, "LatchSize", st.latch_size);
	if (cost)
		put(c, o, "LatchCost", st.latch_cost);
	if (total)
		put(c, o, "LatchMemory", st.latch_memory);
	return CTL_OK;
}

int cmd_stats(struct ctl *c, struct ctl_args *a)
{
	char path[256], line[256], name[128];
	unsigned long long v;
	json_t *o = NULL;
	bool *seen;
	int i, err = CTL_OK;
	FILE *f;

	if (a->argc && !strcmp(a->argv[0], "help"))
		return fputs("usage: btnsctl stats [NAME...]\n", c->out) < 0 ?
		       CTL_BROKEN : CTL_OK;
	snprintf(path, sizeof(path), "%s/net/btns_stat", c->proc);
	f = fopen(path, "re");
	if (!f)
		return ctl_fail(c, CTL_BROKEN, "%s",
				errno == ENOENT ?
				"module not loaded: insmod btns.ko or modprobe btns" :
				strerror(errno));
	seen = calloc((size_t)a->argc + 1, sizeof(*seen));
	if (c->json)
		o = json_object();
	if (!seen || (c->json && !o)) {
		err = ctl_fail(c, CTL_BROKEN, "out of memory");
		goto out;
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%127s %llu", name, &v) != 2) {
			err = ctl_fail(c, CTL_BROKEN, "%s is malformed", path);
			goto out;
		}
		if (!asked(a, name, seen))
			continue;
		put(c, o, name, v);
	}
	err = memory(c, a, seen, o);
	if (err)
		goto out;
	for (i = 0; i < a->argc; i++)
		if (!seen[i]) {
			err = ctl_fail(c, CTL_USAGE,
				       "no counter is named \"%s\": see btnsctl stats",
				       a->argv[i]);
			goto out;
		}
	if (o) {
		err = out_json(c, o);
		o = NULL;
	}
out:
	json_decref(o);
	free(seen);
	fclose(f);
	return err;
}
