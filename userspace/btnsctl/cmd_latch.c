// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl latch: list, show, close, break. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/out.h"
#include "btnsctl/why.h"

/* Which latches to list; a member that was not given matches all. */
struct filter {
	struct out_list out;
	bool has_state, has_reason, has_peer;
	uint8_t state;
	uint8_t reason;
	struct lbtns_ident peer;
	struct lbtns_prefix address;
	uint16_t port;
};

static bool wanted(const struct filter *f, const struct lbtns_latch *l)
{
	if (f->has_state && l->state != f->state)
		return false;
	if (f->has_reason && l->reason != f->reason)
		return false;
	if (f->has_peer && !lbtns_ident_equal(&l->peer, &f->peer))
		return false;
	if (f->address.family && !why_inside(&l->laddr, &f->address) &&
	    !why_inside(&l->raddr, &f->address))
		return false;
	return !f->port || l->lport == f->port || l->rport == f->port;
}

static int print_latch(const struct lbtns_latch *l, void *arg)
{
	struct filter *f = arg;

	if (!wanted(f, l))
		return 0;
	if (f->out.c->json)
		return out_list_add(&f->out, out_latch(l));
	text_latch(f->out.c->out, l);
	fputc('\n', f->out.c->out);
	return 0;
}

static int list(struct ctl *c, struct ctl_args *a)
{
	struct filter f = { 0 };
	const char *word;
	int err = 0;

	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "state")) {
			err = ctl_name(c, a, word, LBTNS_NAMES_STATE, &f.state);
			f.has_state = true;
		} else if (!strcmp(word, "reason")) {
			err = ctl_name(c, a, word, LBTNS_NAMES_REASON,
				       &f.reason);
			f.has_reason = true;
		} else if (!strcmp(word, "peer")) {
			err = ctl_ident(c, a, word, &f.peer);
			f.has_peer = true;
		} else if (!strcmp(word, "address")) {
			err = ctl_prefix(c, a, word, &f.address);
		} else if (!strcmp(word, "port")) {
			err = ctl_port(c, a, word, &f.port);
		} else {
			err = ctl_unknown(c, "latch", word);
		}
	}
	if (!err)
		err = out_list_begin(&f.out, c, a);
	if (err)
		return err;
	return out_list_end(&f.out, lbtns_latch_dump(c->h, print_latch, &f));
}

static int show(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_latch l;
	uint64_t id;
	int err;

	if (a->argc && !strcmp(a->argv[0], "id"))
		ctl_word(a);
	err = ctl_number(c, a, "show", UINT64_MAX, &id);
	if (!err)
		err = ctl_end(c, a);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_latch_get(c->h, id, &l);
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	if (c->json)
		return out_json(c, out_latch(&l));
	text_latch_long(c->out, &l);
	return CTL_OK;
}

static int report(struct ctl *c, const char *what, uint32_t count)
{
	json_t *o;

	if (!c->json) {
		fprintf(c->out, "%s %u\n", what, count);
		return CTL_OK;
	}
	o = json_object();
	json_object_set_new(o, what, json_integer(count));
	return out_json(c, o);
}

/*
 * One of: ID, peer IDENTITY, all; and for break a reason. 0 or CTL_USAGE.
 */
static int parse_choice(struct ctl *c, struct ctl_args *a, const char *what,
			struct lbtns_choice *choice, struct lbtns_ident *peer,
			uint8_t *reason)
{
	const char *word;
	int err = 0;

	memset(choice, 0, sizeof(*choice));
	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "all")) {
			choice->all = true;
		} else if (!strcmp(word, "peer")) {
			err = ctl_ident(c, a, word, peer);
			choice->peer = peer;
		} else if (!strcmp(word, "reason") && reason) {
			err = ctl_name(c, a, word, LBTNS_NAMES_REASON, reason);
			if (!err && *reason != BTNS_REASON_ADMIN &&
			    *reason != BTNS_REASON_PEER_DEAD)
				err = ctl_fail(c, CTL_USAGE,
					       "reason is admin or peer-dead");
		} else {
			if (!strcmp(word, "id")) {
				err = ctl_number(c, a, "id", UINT64_MAX,
						 &choice->id);
			} else if (*word >= '0' && *word <= '9') {
				struct ctl_args one = {
					1, (char *[]){ (char *)word }
				};

				err = ctl_number(c, &one, what, UINT64_MAX,
						 &choice->id);
			} else {
				err = ctl_unknown(c, "latch", word);
			}
			if (!err && !choice->id)
				err = ctl_fail(c, CTL_USAGE,
					       "no latch has the id 0");
		}
	}
	if (!err && !!choice->id + !!choice->peer + choice->all != 1)
		err = ctl_fail(c, CTL_USAGE,
			       "say which: btnsctl latch %s { ID | peer IDENTITY | all }",
			       what);
	return err;
}

static int close_latches(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_choice choice;
	struct lbtns_ident peer;
	uint32_t count;
	int err;

	err = parse_choice(c, a, "close", &choice, &peer, NULL);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_latch_close(c->h, &choice, BTNS_REASON_ADMIN, &count);
	return err ? ctl_kernel_fail(c, c->h, err) :
		     report(c, "closed", count);
}

static int break_latches(struct ctl *c, struct ctl_args *a)
{
	uint8_t reason = BTNS_REASON_ADMIN;
	struct lbtns_choice choice;
	struct lbtns_ident peer;
	uint32_t count;
	int err;

	err = parse_choice(c, a, "break", &choice, &peer, &reason);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_latch_break(c->h, &choice, reason, &count);
	return err ? ctl_kernel_fail(c, c->h, err) :
		     report(c, "broken", count);
}

static const struct ctl_verb verbs[] = {
	{ "list", list,
	  "[state STATE] [reason REASON] [peer IDENTITY] [address PREFIX] [port N]" },
	{ "show", show, "ID" },
	{ "close", close_latches, "{ ID | peer IDENTITY | all }" },
	{ "break", break_latches,
	  "{ ID | peer IDENTITY | all } [reason admin|peer-dead]" },
	{ NULL, NULL, NULL }
};

int cmd_latch(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "latch", verbs, "list", a);
}
