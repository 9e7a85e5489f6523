// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl stats and status: counters, limits and switches at a glance. */
#include <dirent.h>
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

/* ---- status ------------------------------------------------------------ */

static int not_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Every switch of net.btns, by name; the module may have more than we know. */
static void sysctls(struct ctl *c, json_t *o)
{
	struct dirent **names;
	char path[600], value[128];
	int i, n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/sys/net/btns", c->proc);
	n = scandir(path, &names, not_dots, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/sys/net/btns/%s", c->proc,
			 names[i]->d_name);
		f = fopen(path, "re");
		if (f && fgets(value, sizeof(value), f)) {
			value[strcspn(value, "\n")] = '\0';
			if (o)
				json_object_set_new(o, names[i]->d_name,
						    json_string(value));
			else
				fprintf(c->out, "  net.btns.%-18s %s\n",
					names[i]->d_name, value);
		}
		if (f)
			fclose(f);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int cmd_status(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_status st;
	json_t *o, *sub;
	int err;

	if (a->argc && !strcmp(a->argv[0], "help"))
		return fputs("usage: btnsctl status\n", c->out) < 0 ?
		       CTL_BROKEN : CTL_OK;
	err = ctl_end(c, a);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_status_get(c->h, &st);
	if (err)
		return ctl_kernel_fail(c, c->h, err);

	if (!c->json) {
		fprintf(c->out, "btns %s, packet hooks %s\n", st.version,
			st.hooks ? "on" : "off (nothing needs them)");
		fprintf(c->out,
			"latches  %u of at most %u: %u larval %u listener %u established %u broken %u closed\n",
			st.latches, st.latches_max, st.larval, st.listeners,
			st.established, st.broken, st.closed);
		fprintf(c->out, "sockets  %u ask for something\n", st.asks);
		fprintf(c->out, "sas      %u bound\n", st.sas);
		fprintf(c->out, "idents   %u interned\n", st.idents);
		fprintf(c->out, "pad      %u entries, generation %u%s\n",
			st.pad_entries, st.pad_generation,
			st.pad_entries ? "" :
			": no peer is authorised, see btnsctl pad add");
		fputs("switches (sysctl)\n", c->out);
		sysctls(c, NULL);
		return CTL_OK;
	}
	o = json_object();
	json_object_set_new(o, "version", json_string(st.version));
	json_object_set_new(o, "hooks", json_boolean(st.hooks));
	json_object_set_new(o, "latches", json_integer(st.latches));
	json_object_set_new(o, "listeners", json_integer(st.listeners));
	json_object_set_new(o, "latches_max", json_integer(st.latches_max));
	sub = json_object();
	json_object_set_new(sub, "larval", json_integer(st.larval));
	json_object_set_new(sub, "listener", json_integer(st.listeners));
	json_object_set_new(sub, "established", json_integer(st.established));
	json_object_set_new(sub, "broken", json_integer(st.broken));
	json_object_set_new(sub, "closed", json_integer(st.closed));
	json_object_set_new(o, "states", sub);
	json_object_set_new(o, "asks", json_integer(st.asks));
	json_object_set_new(o, "sas", json_integer(st.sas));
	json_object_set_new(o, "idents", json_integer(st.idents));
	json_object_set_new(o, "pad_entries", json_integer(st.pad_entries));
	json_object_set_new(o, "pad_generation",
			    json_integer(st.pad_generation));
	sub = json_object();
	sysctls(c, sub);
	json_object_set_new(o, "sysctl", sub);
	return out_json(c, o);
}
