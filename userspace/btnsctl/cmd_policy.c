// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl policy: security policies of the kernel with what btns keeps for
 * them. One command makes, changes or deletes both directions, seen from this
 * host: src is here, dst is there.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "btnsctl/out.h"
#include "btnsctl/spdlist.h"
#include "kernel/pad_match.h"

#define DIRS_MAX	3

/**
 * struct request - words of add, delete and set
 * @p: the policy of direction out
 * @has_action: action was given
 * @has_type: type was given
 * @has_code: code was given
 * @index: index was given, 0 if not
 * @has_flags: enum btns_policy_flags that were given
 * @flags: those of them that are on
 */
struct request {
	struct lbtns_spd_policy p;
	bool has_action;
	bool has_type;
	bool has_code;
	uint32_t index;
	uint32_t has_flags;
	uint32_t flags;
};

/* ---- list -------------------------------------------------------------- */

static int print(struct ctl *c, const struct spdlist *l)
{
	json_t *list = c->json ? json_array() : NULL;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct lbtns_spd_policy *p = &l->policies[i];
		uint32_t flags = spdlist_flags_of(l, p->index);
		const uint32_t *known = l->has_flags ? &flags : NULL;

		if (c->json) {
			json_array_append_new(list, out_policy(p, known));
			continue;
		}
		text_policy(c->out, p, known);
		fputc('\n', c->out);
	}
	return c->json ? out_json(c, list) : CTL_OK;
}

static int list(struct ctl *c, struct ctl_args *a)
{
	const char *word = ctl_word(a);
	struct spdlist l = { .sockets = word };
	int err;

	if (word && strcmp(word, "all"))
		return ctl_unknown(c, "policy", word);
	if (ctl_end(c, a))
		return CTL_USAGE;
	err = spdlist_read(c, &l);
	if (!err)
		err = print(c, &l);
	spdlist_free(&l);
	return err;
}

/* ---- parsing ----------------------------------------------------------- */

static int parse_action(struct ctl *c, struct ctl_args *a, const char *key,
			uint8_t *v)
{
	const char *text;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (!strcmp(text, "protect"))
		*v = LBTNS_SPD_PROTECT;
	else if (!strcmp(text, "bypass"))
		*v = LBTNS_SPD_BYPASS;
	else if (!strcmp(text, "block"))
		*v = LBTNS_SPD_BLOCK;
	else
		return ctl_fail(c, CTL_USAGE,
				"action: \"%s\" is none of protect, bypass, block",
				text);
	return 0;
}

static int parse_mode(struct ctl *c, struct ctl_args *a, const char *key,
		      uint8_t *v)
{
	const char *text;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (strcmp(text, "transport") && strcmp(text, "tunnel"))
		return ctl_fail(c, CTL_USAGE,
				"mode: \"%s\" is neither transport nor tunnel",
				text);
	*v = !strcmp(text, "tunnel");
	return 0;
}

static int parse_flag(struct ctl *c, struct ctl_args *a, const char *word,
		      struct request *r, uint32_t flag)
{
	bool on;
	int err = ctl_onoff(c, a, word, &on);

	if (err)
		return err;
	r->has_flags |= flag;
	r->flags = on ? r->flags | flag : r->flags & ~flag;
	return 0;
}

/* where xfrm has a port it has the type or the code of ICMP */
static int parse_octet(struct ctl *c, struct ctl_args *a, const char *key,
		       uint16_t *v)
{
	uint64_t n;

	if (ctl_number(c, a, key, 255, &n))
		return CTL_USAGE;
	*v = (uint16_t)n;
	return 0;
}

static int parse_request(struct ctl *c, struct ctl_args *a,
			 struct request *r)
{
	struct lbtns_spd_policy *p = &r->p;
	struct lbtns_spd_tmpl *t = &p->tmpl[0];
	const char *word;
	uint64_t n;
	int err = 0;

	memset(r, 0, sizeof(*r));
	p->dir = LBTNS_SPD_OUT;
	t->proto = IPPROTO_ESP;
	while (!err && (word = ctl_word(a))) {
		n = 0;
		if (!strcmp(word, "src")) {
			err = ctl_prefix(c, a, word, &p->src);
		} else if (!strcmp(word, "dst")) {
			err = ctl_prefix(c, a, word, &p->dst);
		} else if (!strcmp(word, "proto")) {
			err = ctl_upper(c, a, word, &p->proto);
		} else if (!strcmp(word, "sport")) {
			err = ctl_port(c, a, word, &p->sport);
			p->sport_mask = p->sport ? BTNS_PORT_ONE : 0;
		} else if (!strcmp(word, "dport")) {
			err = ctl_port(c, a, word, &p->dport);
			p->dport_mask = p->dport ? BTNS_PORT_ONE : 0;
		} else if (!strcmp(word, "type")) {
			err = parse_octet(c, a, word, &p->sport);
			p->sport_mask = BTNS_PORT_ONE;
			r->has_type = true;
		} else if (!strcmp(word, "code")) {
			err = parse_octet(c, a, word, &p->dport);
			p->dport_mask = BTNS_PORT_ONE;
			r->has_code = true;
		} else if (!strcmp(word, "priority")) {
			err = ctl_number(c, a, word, UINT32_MAX, &n);
			p->priority = (uint32_t)n;
		} else if (!strcmp(word, "index")) {
			err = ctl_number(c, a, word, UINT32_MAX, &n);
			r->index = (uint32_t)n;
			if (!err && !n)
				err = ctl_fail(c, CTL_USAGE,
					       "no policy has the index 0");
		} else if (!strcmp(word, "action")) {
			err = parse_action(c, a, word, &p->action);
			r->has_action = true;
		} else if (!strcmp(word, "mode")) {
			err = parse_mode(c, a, word, &t->mode);
		} else if (!strcmp(word, "reqid")) {
			err = ctl_number(c, a, word, UINT32_MAX, &n);
			t->reqid = (uint32_t)n;
		} else if (!strcmp(word, "from")) {
			err = ctl_prefix(c, a, word, &t->src);
		} else if (!strcmp(word, "to")) {
			err = ctl_prefix(c, a, word, &t->dst);
		} else if (!strcmp(word, "btns-ok")) {
			err = parse_flag(c, a, word, r,
					 BTNS_POLICY_FLAGS_BTNS_OK);
		} else if (!strcmp(word, "bypass-ok")) {
			err = parse_flag(c, a, word, r,
					 BTNS_POLICY_FLAGS_BYPASS_OK);
		} else {
			err = ctl_unknown(c, "policy", word);
		}
	}
	return err;
}

/* Ports go with some protocols, type and code with two others. */
static int check_ports(struct ctl *c, const struct request *r)
{
	const struct lbtns_spd_policy *p = &r->p;

	if (r->has_type || r->has_code) {
		if (!btns_proto_types(p->proto))
			return ctl_fail(c, CTL_USAGE,
					"type and code go with proto icmp or icmpv6");
		if (!r->has_type)
			return ctl_fail(c, CTL_USAGE, "code goes with type");
		return 0;
	}
	if ((p->sport || p->dport) && p->proto != IPPROTO_TCP &&
	    p->proto != IPPROTO_UDP && p->proto != IPPROTO_SCTP)
		return ctl_fail(c, CTL_USAGE,
				"ports go with proto tcp, udp or sctp");
	return 0;
}

/* What names the traffic of a policy: both ends, ports with a protocol. */
static int check_traffic(struct ctl *c, struct request *r)
{
	struct lbtns_spd_policy *p = &r->p;

	if (!p->dst.family && !p->src.family)
		return ctl_fail(c, CTL_USAGE,
				"say which traffic: dst PREFIX [src PREFIX] ...");
	/* the end that is not given is any address of the other's family */
	if (!p->src.family)
		p->src.family = p->dst.family;
	if (!p->dst.family)
		p->dst.family = p->src.family;
	if (p->src.family != p->dst.family)
		return ctl_fail(c, CTL_USAGE,
				"src and dst are of different families");
	return check_ports(c, r);
}

/* The policies of all directions that belong to one of direction out. */
static unsigned int directions(const struct lbtns_spd_policy *out,
			       struct lbtns_spd_policy *p)
{
	struct lbtns_spd_policy in = *out;
	unsigned int i;

	in.dir = LBTNS_SPD_IN;
	in.src = out->dst;
	in.dst = out->src;
	/* type and code stand where they stand, whichever way it goes */
	if (!btns_proto_types(out->proto)) {
		in.sport = out->dport;
		in.dport = out->sport;
		in.sport_mask = out->dport_mask;
		in.dport_mask = out->sport_mask;
	}
	for (i = 0; i < in.n_tmpl; i++) {
		in.tmpl[i].src = out->tmpl[i].dst;
		in.tmpl[i].dst = out->tmpl[i].src;
	}
	p[0] = *out;
	p[1] = in;
	if (!out->n_tmpl || out->tmpl[0].mode == 0)
		return 2;
	/* what comes out of a tunnel may be for somebody behind us */
	p[2] = in;
	p[2].dir = LBTNS_SPD_FWD;
	return 3;
}

/* ---- add --------------------------------------------------------------- */

static int check_add(struct ctl *c, struct request *r)
{
	struct lbtns_spd_tmpl *t = &r->p.tmpl[0];
	int err = check_traffic(c, r);

	if (err)
		return err;
	if (r->index)
		return ctl_fail(c, CTL_USAGE,
				"the kernel gives the index: leave it out");
	if (!r->has_action)
		return ctl_fail(c, CTL_USAGE,
				"say what to do: action protect, bypass or block");
	if (r->p.action != LBTNS_SPD_PROTECT) {
		if (r->flags || t->mode || t->reqid || t->src.family ||
		    t->dst.family)
			return ctl_fail(c, CTL_USAGE,
					"btns-ok, bypass-ok, mode, reqid, from and to go with action protect");
		return 0;
	}
	if (t->mode && (!t->src.family || !t->dst.family ||
			t->src.family != t->dst.family))
		return ctl_fail(c, CTL_USAGE,
				"mode tunnel wants both ends: from ADDRESS to ADDRESS");
	if (!t->mode && (t->src.family || t->dst.family))
		return ctl_fail(c, CTL_USAGE,
				"from and to go with mode tunnel");
	r->p.n_tmpl = 1;
	return 0;
}

/** struct flags_of - the flags of one policy, from a list of all */
struct flags_of {
	uint32_t index;
	uint32_t flags;
};

static int take_flags(uint32_t index, uint32_t flags, void *arg)
{
	struct flags_of *of = arg;

	if (index == of->index)
		of->flags = flags;
	return 0;
}

/* those that were not named stay */
static int flag(struct ctl *c, struct lbtns_spd_policy *p,
		const struct request *r)
{
	struct flags_of of = { 0 };
	int err;

	if (!p->index) {
		err = lbtns_spd_get(c->spd, p);
		if (err)
			return ctl_kernel_fail(c, c->spd, err);
	}
	of.index = p->index;
	err = lbtns_policy_dump(c->h, take_flags, &of);
	if (!err)
		err = lbtns_policy_set(c->h, p->index,
				       (of.flags & ~r->has_flags) | r->flags);
	return err ? ctl_kernel_fail(c, c->h, err) : 0;
}

static int add(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_spd_policy p[DIRS_MAX];
	unsigned int i, n, done = 0;
	struct request r;
	int err;

	err = parse_request(c, a, &r);
	if (!err)
		err = check_add(c, &r);
	if (!err)
		err = ctl_open_spd(c);
	if (!err && r.flags)
		err = ctl_open(c);
	if (err)
		return err;
	n = directions(&r.p, p);
	for (i = 0; i < n && !err; i++) {
		err = lbtns_spd_add(c->spd, &p[i]);
		if (err)
			err = ctl_kernel_fail(c, c->spd, err);
		else
			done++;
	}
	for (i = 0; i < n && !err && r.flags; i++)
		err = flag(c, &p[i], &r);
	/* all or nothing */
	while (err && done) {
		if (lbtns_spd_del(c->spd, &p[--done]))
			ctl_fail(c, 0, "and one policy stays: %s",
				 lbtns_error(c->spd));
	}
	return err;
}

/* ---- delete and set ---------------------------------------------------- */

/* Which of the directions exist; CTL_REFUSED if none does. */
static int find(struct ctl *c, struct request *r, struct lbtns_spd_policy *p,
		unsigned int *n)
{
	struct lbtns_spd_policy try[DIRS_MAX];
	unsigned int i;
	int err;

	/* a policy of a tunnel has a third direction, if it is there */
	r->p.n_tmpl = 1;
	r->p.tmpl[0].mode = 1;
	directions(&r->p, try);
	*n = 0;
	for (i = 0; i < DIRS_MAX; i++) {
		err = lbtns_spd_get(c->spd, &try[i]);
		if (!err)
			p[(*n)++] = try[i];
		else if (err != -ENOENT)
			return ctl_kernel_fail(c, c->spd, err);
	}
	if (!*n)
		return ctl_fail(c, CTL_REFUSED,
				"there is no such policy: see btnsctl policy list");
	return 0;
}

static int delete(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_spd_policy p[DIRS_MAX];
	unsigned int i, n;
	struct request r;
	int err;

	err = parse_request(c, a, &r);
	if (!err && (r.has_action || r.has_flags))
		err = ctl_fail(c, CTL_USAGE,
			       "a policy is deleted by its traffic or its index");
	if (!err && !r.index)
		err = check_traffic(c, &r);
	if (!err)
		err = ctl_open_spd(c);
	if (err)
		return err;
	if (r.index) {
		err = lbtns_spd_del_index(c->spd, r.index);
		return err ? ctl_kernel_fail(c, c->spd, err) : CTL_OK;
	}
	err = find(c, &r, p, &n);
	for (i = 0; i < n && !err; i++) {
		err = lbtns_spd_del(c->spd, &p[i]);
		if (err)
			err = ctl_kernel_fail(c, c->spd, err);
	}
	return err;
}

static int set(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_spd_policy p[DIRS_MAX];
	unsigned int i, n = 0;
	struct request r;
	int err;

	err = parse_request(c, a, &r);
	if (!err && !r.has_flags)
		err = ctl_fail(c, CTL_USAGE,
			       "say what to set: btns-ok or bypass-ok, on or off");
	if (!err && !r.index)
		err = check_traffic(c, &r);
	if (!err)
		err = ctl_open(c);
	if (!err)
		err = ctl_open_spd(c);
	if (err)
		return err;
	if (r.index) {
		p[0] = r.p;
		p[0].index = r.index;
		n = 1;
	} else {
		err = find(c, &r, p, &n);
	}
	for (i = 0; i < n && !err; i++)
		err = flag(c, &p[i], &r);
	return err;
}

#define TRAFFIC \
	"dst PREFIX [src PREFIX] [proto PROTO] [sport N] [dport N]\n" \
	"             [type N [code N]]"

static const struct ctl_verb verbs[] = {
	{ "list", list, "[all]" },
	{ "add", add,
	  TRAFFIC "\n"
	  "             action protect|bypass|block\n"
	  "             [mode transport | mode tunnel from ADDRESS to ADDRESS]\n"
	  "             [reqid N] [btns-ok on] [bypass-ok on] [priority N]" },
	{ "delete", delete, "{ " TRAFFIC " | index N }" },
	{ "set", set, "{ " TRAFFIC " | index N } [btns-ok on|off] [bypass-ok on|off]" },
	{ NULL, NULL, NULL }
};

int cmd_policy(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "policy", verbs, "list", a);
}
