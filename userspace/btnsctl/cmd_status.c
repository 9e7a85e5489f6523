// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl status: is it at work, what does it hold, what went wrong, how is it
 * set. One screen of 24 lines; the other commands have the rest.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/ikeport.h"
#include "btnsctl/out.h"
#include "btnsctl/spdlist.h"

/* most counters of trouble that are named; the line has to end somewhere */
#define TROUBLE_MAX	6

/**
 * struct trouble - a counter of what was refused, dropped or broken
 * @name: in /proc/net/btns_stat
 * @v: how often
 */
struct trouble {
	char name[32];
	unsigned long long v;
};

/**
 * struct overview - what the kernel's other tables say
 * @port: who listens on the ports of IKE
 * @has_policies: the policies could be read
 * @policies: of direction out
 * @has_flags: the module was there to tell their flags
 * @has_fallbacks: the module counts them
 * @fallbacks: to clear, so far
 * @n_trouble: counters in @trouble
 * @trouble: the greatest of those that are not 0
 */
struct overview {
	struct ikeport port;
	bool has_policies;
	struct status_policies policies;
	bool has_flags;
	bool has_fallbacks;
	unsigned long long fallbacks;
	unsigned int n_trouble;
	struct trouble trouble[TROUBLE_MAX];
};

void status_count(const struct spdlist *l, struct status_policies *n)
{
	size_t i;

	memset(n, 0, sizeof(*n));
	for (i = 0; i < l->n; i++) {
		const struct lbtns_spd_policy *p = &l->policies[i];

		if (p->dir != LBTNS_SPD_OUT)
			continue;
		n->protect += p->action == LBTNS_SPD_PROTECT;
		n->bypass += p->action == LBTNS_SPD_BYPASS;
		n->block += p->action == LBTNS_SPD_BLOCK;
		n->fallback += p->action == LBTNS_SPD_BYPASS &&
			       spdlist_flags_of(l, p->index) &
				       BTNS_POLICY_FLAGS_FALLBACK;
		n->btns_ok += p->action == LBTNS_SPD_PROTECT &&
			      spdlist_flags_of(l, p->index) &
				      BTNS_POLICY_FLAGS_BTNS_OK;
	}
}

/* the SPD is not the module's: without it the rest is worth showing */
static void read_policies(struct ctl *c, struct overview *o)
{
	struct spdlist l = { .n = 0 };

	/* a test's kernel has no SPD */
	if (c->transport || ctl_open_spd(c))
		return;
	o->has_policies = !spdlist_read(c, &l);
	o->has_flags = o->has_policies && l.has_flags;
	status_count(&l, &o->policies);
	spdlist_free(&l);
}

/* Drops, and SAs and latches that were refused. */
static bool is_trouble(const char *name)
{
	static const char *const starts[] = { "InDrop", "OutDrop", "SaBind",
					      "LatchBroken", "LatchLimit",
					      "LatchNoMemory",
					      "LatchConflict",
					      "SocketAborted" };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static void keep_trouble(struct overview *o, const struct trouble *t)
{
	unsigned int at = o->n_trouble;

	while (at && o->trouble[at - 1].v < t->v)
		at--;
	if (at == TROUBLE_MAX)
		return;
	if (o->n_trouble < TROUBLE_MAX)
		o->n_trouble++;
	memmove(&o->trouble[at + 1], &o->trouble[at],
		(o->n_trouble - 1 - at) * sizeof(*t));
	o->trouble[at] = *t;
}

static void read_counters(struct ctl *c, struct overview *o)
{
	char path[300], line[256];
	struct trouble t;
	FILE *f;

	snprintf(path, sizeof(path), "%s/net/btns_stat", c->proc);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%31s %llu", t.name, &t.v) != 2)
			continue;
		if (!strcmp(t.name, "Fallbacks")) {
			o->has_fallbacks = true;
			o->fallbacks = t.v;
		}
		if (t.v && is_trouble(t.name))
			keep_trouble(o, &t);
	}
	fclose(f);
}

/* ---- switches ---------------------------------------------------------- */

static int not_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/*
 * Every switch of net.btns, by name, two in a line; the module may have more
 * than we know.
 */
static void sysctls(struct ctl *c, json_t *o)
{
	struct dirent **names;
	char path[600], value[128];
	unsigned int shown = 0;
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
				fprintf(c->out, shown++ % 2 ? "  %-20s %s\n" :
							      "  %-20s %-12s",
					names[i]->d_name, value);
		}
		if (f)
			fclose(f);
		free(names[i]);
	}
	if (shown % 2)
		fputc('\n', c->out);
	if (n >= 0)
		free(names);
}

/* ---- text and JSON ----------------------------------------------------- */

/* What goes in the clear as nobody answered: an administrator's first look. */
static void text_fallbacks(struct ctl *c, const struct overview *o)
{
	if (o->has_flags)
		fprintf(c->out, "fallback %u in the clear now",
			o->policies.fallback);
	else
		fputs("fallback not known", c->out);
	if (o->has_fallbacks)
		fprintf(c->out, ", %llu so far", o->fallbacks);
	fputc('\n', c->out);
}

static void json_fallbacks(json_t *to, const struct overview *o)
{
	json_t *sub = json_object();

	if (o->has_flags)
		json_object_set_new(sub, "now",
				    json_integer(o->policies.fallback));
	if (o->has_fallbacks)
		json_object_set_new(sub, "total",
				    json_integer((json_int_t)o->fallbacks));
	json_object_set_new(to, "fallbacks", sub);
}

static void text_overview(struct ctl *c, const struct overview *o)
{
	unsigned int i;

	if (!o->port.known)
		fputs("ike      not known: the sockets cannot be read\n", c->out);
	else if (!o->port.ike)
		fputs("ike      nobody listens on UDP port 500: is btnsd running?\n",
		      c->out);
	else
		fprintf(c->out, "ike      a daemon listens on UDP port 500%s\n",
			o->port.natt ? " and 4500" : "; not on 4500, as NATs need");
	if (!o->has_policies)
		fputs("policies not known: they cannot be read\n", c->out);
	else
		fprintf(c->out,
			"policies out: %u protect (%u for BTNS peers too) %u bypass %u block%s\n",
			o->policies.protect, o->policies.btns_ok,
			o->policies.bypass, o->policies.block,
			o->policies.protect ? "" :
			": nothing is protected, see btnsctl policy add");
	text_fallbacks(c, o);
	fputs("trouble ", c->out);
	for (i = 0; i < o->n_trouble; i++)
		fprintf(c->out, " %s %llu", o->trouble[i].name,
			o->trouble[i].v);
	fputs(o->n_trouble ? "\n" : " nothing was refused, dropped or broken\n",
	      c->out);
}

static void json_overview(json_t *to, const struct overview *o)
{
	json_t *sub = json_object();
	unsigned int i;

	if (o->port.known)
		json_object_set_new(to, "ike", json_boolean(o->port.ike));
	if (o->has_policies) {
		json_object_set_new(sub, "protect",
				    json_integer(o->policies.protect));
		json_object_set_new(sub, "btns_ok",
				    json_integer(o->policies.btns_ok));
		json_object_set_new(sub, "bypass",
				    json_integer(o->policies.bypass));
		json_object_set_new(sub, "block",
				    json_integer(o->policies.block));
		json_object_set(to, "policies", sub);
	}
	json_decref(sub);
	json_fallbacks(to, o);
	sub = json_object();
	for (i = 0; i < o->n_trouble; i++)
		json_object_set_new(sub, o->trouble[i].name,
				    json_integer((json_int_t)o->trouble[i].v));
	json_object_set_new(to, "trouble", sub);
}

static void text_status(struct ctl *c, const struct lbtns_status *st,
			const struct overview *o)
{
	fprintf(c->out, "btns %s, packet hooks %s\n", st->version,
		st->hooks ? "on" : "off (nothing needs them)");
	fprintf(c->out,
		"latches  %u of at most %u: %u larval %u listener %u established %u broken %u closed\n",
		st->latches, st->latches_max, st->larval, st->listeners,
		st->established, st->broken, st->closed);
	fprintf(c->out, "sockets  %u ask for something\n", st->asks);
	fprintf(c->out, "sas      %u bound\n", st->sas);
	fprintf(c->out, "idents   %u interned\n", st->idents);
	fprintf(c->out, "pad      %u entries, generation %u%s\n",
		st->pad_entries, st->pad_generation,
		st->pad_entries ? "" :
		": no peer is authorised, see btnsctl pad add");
	text_overview(c, o);
	fputs("switches (sysctl net.btns.*)\n", c->out);
	sysctls(c, NULL);
}

static int json_status(struct ctl *c, const struct lbtns_status *st,
		       const struct overview *view)
{
	json_t *o = json_object(), *sub;

	json_object_set_new(o, "version", json_string(st->version));
	json_object_set_new(o, "hooks", json_boolean(st->hooks));
	json_object_set_new(o, "latches", json_integer(st->latches));
	json_object_set_new(o, "listeners", json_integer(st->listeners));
	json_object_set_new(o, "latches_max", json_integer(st->latches_max));
	sub = json_object();
	json_object_set_new(sub, "larval", json_integer(st->larval));
	json_object_set_new(sub, "listener", json_integer(st->listeners));
	json_object_set_new(sub, "established", json_integer(st->established));
	json_object_set_new(sub, "broken", json_integer(st->broken));
	json_object_set_new(sub, "closed", json_integer(st->closed));
	json_object_set_new(o, "states", sub);
	json_object_set_new(o, "asks", json_integer(st->asks));
	json_object_set_new(o, "sas", json_integer(st->sas));
	json_object_set_new(o, "idents", json_integer(st->idents));
	json_object_set_new(o, "pad_entries", json_integer(st->pad_entries));
	json_object_set_new(o, "pad_generation",
			    json_integer(st->pad_generation));
	json_overview(o, view);
	sub = json_object();
	sysctls(c, sub);
	json_object_set_new(o, "sysctl", sub);
	return out_json(c, o);
}

int cmd_status(struct ctl *c, struct ctl_args *a)
{
	struct overview o = { .n_trouble = 0 };
	struct lbtns_status st;
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
	o.port = ikeport_read(c->proc);
	read_policies(c, &o);
	read_counters(c, &o);
	if (c->json)
		return json_status(c, &st, &o);
	text_status(c, &st, &o);
	return CTL_OK;
}
