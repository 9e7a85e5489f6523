// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: options, the table of objects, and which row a word means. */
#define BTNSCTL_VERSION "0.1.0"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "btnsctl/ctl.h"

static const struct ctl_verb objects[] = {
	{ "known", cmd_known, "list | show | add | remove | hash | check" },
	{ "latch", cmd_latch, "list | show | close | break" },
	{ "pad", cmd_pad, "list | add | del | load | flush" },
	{ "peer", cmd_peer, "list | show | check" },
	{ "sa", cmd_sa, "list | bind | unbind | check" },
	{ "policy", cmd_policy, "list | add | delete | set" },
	{ "monitor", cmd_monitor, "[latch] [sa] [pad]" },
	{ "stats", cmd_stats, "[NAME...]" },
	{ "status", cmd_status, "" },
	{ "why", cmd_why, "ADDRESS[:PORT] [proto PROTO] [from ADDRESS[:PORT]]" },
	{ NULL, NULL, NULL }
};

static int help(struct ctl *c, const char *object,
		const struct ctl_verb *table)
{
	const struct ctl_verb *v;

	if (!object) {
		fprintf(c->out,
			"usage: btnsctl [-j [-p]] [-n NETNS] OBJECT [COMMAND ...]\n"
			"  -j, --json     print JSON; -p, --pretty: indented\n"
			"  -n, --netns    work in the network namespace of that name\n"
			"  -V, --version  print the version\n"
			"objects:\n");
	} else {
		fprintf(c->out, "usage: btnsctl %s COMMAND ...\n", object);
	}
	for (v = table; v->name; v++)
		fprintf(c->out, "  %-10s %s\n", v->name, v->help);
	fprintf(c->out, object ? "" :
		"`btnsctl OBJECT help` tells more; the manual is btnsctl(8).\n");
	return CTL_OK;
}

static const struct ctl_verb *find(struct ctl *c, const char *object,
				   const struct ctl_verb *table,
				   const char *word)
{
	const struct ctl_verb *v, *match = NULL;
	size_t n = strlen(word);

	for (v = table; v->name; v++) {
		if (!strcmp(v->name, word))
			return v;
		if (n && !strncmp(v->name, word, n)) {
			if (match) {
				ctl_fail(c, 0,
					 "\"%s\" may be %s or %s: write more of it",
					 word, match->name, v->name);
				return NULL;
			}
			match = v;
		}
	}
	if (!match)
		ctl_fail(c, 0, "\"%s\" is unknown: try btnsctl %s%shelp", word,
			 object ? object : "", object ? " " : "");
	return match;
}

int ctl_dispatch(struct ctl *c, const char *object,
		 const struct ctl_verb *table, const char *fallback,
		 struct ctl_args *a)
{
	const struct ctl_verb *v;
	const char *word = ctl_word(a);

	if (!word)
		word = fallback;
	if (!word) {
		help(c, object, table);
		return CTL_USAGE;
	}
	if (!strcmp(word, "help"))
		return help(c, object, table);
	v = find(c, object, table, word);
	return v ? v->fn(c, a) : CTL_USAGE;
}

static int enter_netns(struct ctl *c, const char *name)
{
	char path[256];
	int fd;

	if (strchr(name, '/') || !*name ||
	    snprintf(path, sizeof(path), "/run/netns/%s", name) >=
		    (int)sizeof(path))
		return ctl_fail(c, CTL_USAGE,
				"\"%s\" is no name of a network namespace",
				name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ctl_fail(c, CTL_BROKEN,
				"no network namespace \"%s\": see ip netns list",
				name);
	if (setns(fd, CLONE_NEWNET)) {
		int err = errno;

		close(fd);
		return ctl_fail(c, CTL_BROKEN,
				"cannot enter network namespace \"%s\": %s",
				name, strerror(err));
	}
	close(fd);
	return 0;
}

static int version(struct ctl *c)
{
	fprintf(c->out, "btnsctl %s\n", BTNSCTL_VERSION);
	return CTL_OK;
}

/*
 * Options, up to the first word that is none. Returns true if that was all,
 * with the exit code.
 */
static bool options(struct ctl *c, struct ctl_args *a, int *code)
{
	const char *word, *netns;

	while (a->argc && a->argv[0][0] == '-' && a->argv[0][1]) {
		word = ctl_word(a);
		if (!strcmp(word, "--"))
			break;
		if (!strcmp(word, "-j") || !strcmp(word, "--json")) {
			c->json = true;
		} else if (!strcmp(word, "-p") || !strcmp(word, "--pretty")) {
			c->pretty = true;
		} else if (!strcmp(word, "-jp")) {
			c->json = true;
			c->pretty = true;
		} else if (!strcmp(word, "-n") || !strcmp(word, "--netns")) {
			*code = ctl_string(c, a, word, &netns);
			if (!*code)
				*code = enter_netns(c, netns);
			if (*code)
				return true;
		} else {
			if (!strcmp(word, "-V") || !strcmp(word, "--version"))
				*code = version(c);
			else if (!strcmp(word, "-h") || !strcmp(word, "--help"))
				*code = help(c, NULL, objects);
			else
				*code = ctl_fail(c, CTL_USAGE,
						 "option %s is unknown: try btnsctl help",
						 word);
			return true;
		}
	}
	return false;
}

int ctl_run(struct ctl *c, int argc, char **argv)
{
	struct ctl_args a = { argc - 1, argv + 1 };
	int code = CTL_OK;

	if (!options(c, &a, &code))
		code = ctl_dispatch(c, NULL, objects, NULL, &a);
	lbtns_close(c->h);
	lbtns_close(c->spd);
	c->h = NULL;
	c->spd = NULL;
	if ((fflush(c->out) || ferror(c->out)) && code == CTL_OK)
		code = ctl_fail(c, CTL_BROKEN, "cannot write the output: %s",
				strerror(errno));
	return code;
}

#ifndef BTNSCTL_NO_MAIN
int main(int argc, char **argv)
{
	struct ctl c = { .out = stdout, .err = stderr, .proc = "/proc" };

	return ctl_run(&c, argc, argv);
}
#endif
