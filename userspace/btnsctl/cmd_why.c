// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl why: what would become of a packet, and which policy, PAD entry, SA
 * and latch decide it. Sends nothing.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/ikeport.h"
#include "btnsctl/out.h"
#include "btnsctl/why.h"
#include "libbtns/route.h"

#define USAGE	"ADDRESS[:PORT] [proto PROTO] [from ADDRESS[:PORT]]"

/* ---- the packet --------------------------------------------------------- */

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT */
static int parse_end(struct ctl *c, const char *word, struct lbtns_prefix *a,
		     uint16_t *port)
{
	char text[LBTNS_PREFIX_TEXT_MAX + 8];
	char *colon = NULL, *addr = text;
	const char *why = "";

	if (strlen(word) >= sizeof(text))
		return ctl_fail(c, CTL_USAGE, "\"%s\" is no address", word);
	strcpy(text, word);
	if (*text == '[') {
		addr++;
		colon = strstr(text, "]:");
		if (colon)
			*colon++ = '\0';
		else if (text[strlen(text) - 1] == ']')
			text[strlen(text) - 1] = '\0';
	} else if (strchr(text, ':') == strrchr(text, ':')) {
		colon = strchr(text, ':');
	}
	if (colon) {
		struct ctl_args one = { 1, (char *[]){ colon + 1 } };

		*colon = '\0';
		if (ctl_port(c, &one, "port", port))
			return CTL_USAGE;
	}
	if (strchr(addr, '/'))
		why = "one address, not a range";
	else if (!lbtns_prefix_parse(addr, a, &why))
		return 0;
	return ctl_fail(c, CTL_USAGE, "\"%s\": %s", word, why);
}

/* The address that this host would send from; no policy is asked, no SA made. */
static int find_source(struct ctl *c, struct lbtns_selector *pkt)
{
	struct lbtns *h;
	int err = lbtns_route_open(&h);

	if (!err)
		err = lbtns_route_source(h, &pkt->remote, &pkt->local);
	if (err)
		ctl_fail(c, CTL_REFUSED,
			 "no packet can leave for there: %s; or name its source: from ADDRESS",
			 h ? lbtns_error(h) : "out of memory");
	lbtns_close(h);
	return err ? CTL_REFUSED : 0;
}

static int parse(struct ctl *c, struct ctl_args *a, struct lbtns_selector *pkt)
{
	const char *word = ctl_word(a);
	int err;

	if (!word)
		return ctl_fail(c, CTL_USAGE,
				"where to? btnsctl why " USAGE);
	err = parse_end(c, word, &pkt->remote, &pkt->rport);
	pkt->proto = IPPROTO_TCP;
	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "proto"))
			err = ctl_upper(c, a, word, &pkt->proto);
		else if (!strcmp(word, "from"))
			err = ctl_string(c, a, word, &word) ?
				      CTL_USAGE :
				      parse_end(c, word, &pkt->local,
						&pkt->lport);
		else
			err = ctl_unknown(c, "why", word);
	}
	if (err)
		return err;
	if (!pkt->local.family)
		return find_source(c, pkt);
	if (pkt->local.family != pkt->remote.family)
		return ctl_fail(c, CTL_USAGE,
				"both ends must be of one address family");
	return 0;
}

/* ---- what decides ------------------------------------------------------- */

static int keep_pad(const struct lbtns_pad_entry *e, uint32_t index,
		    uint32_t generation, void *arg)
{
	struct lbtns_pad_entry *grown;
	struct why *w = arg;

	(void)index;
	(void)generation;
	grown = realloc(w->pad, (w->n_pad + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->pad = grown;
	grown[w->n_pad++] = *e;
	return 0;
}

static int keep_sa(const struct lbtns_sa *sa, void *arg)
{
	struct lbtns_sa *grown;
	struct why *w = arg;

	grown = realloc(w->sas, (w->n_sas + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->sas = grown;
	grown[w->n_sas++] = *sa;
	return 0;
}

static int keep_sad(const struct lbtns_sad_sa *x, void *arg)
{
	struct lbtns_sad_sa *grown;
	struct why *w = arg;

	/* the others decide nothing here, and there may be many */
	if (x->has_sel && !why_inside(&w->pkt.remote, &x->sel.remote))
		return 0;
	grown = realloc(w->sad, (w->n_sad + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->sad = grown;
	grown[w->n_sad++] = *x;
	return 0;
}

static int count_latch(const struct lbtns_latch *l, void *arg)
{
	struct why *w = arg;
	bool own;

	if (l->proto != w->pkt.proto ||
	    !why_inside(&l->raddr, &w->pkt.remote) ||
	    !why_inside(&l->laddr, &w->pkt.local) ||
	    (w->pkt.rport && l->rport != w->pkt.rport) ||
	    (w->pkt.lport && l->lport != w->pkt.lport))
		return 0;
	own = w->pkt.rport && w->pkt.lport;
	if (l->state == BTNS_LATCH_STATE_BROKEN && own)
		w->own_broken = true;
	if (l->state == BTNS_LATCH_STATE_BROKEN ||
	    l->state == BTNS_LATCH_STATE_CLOSED) {
		w->broken++;
		return 0;
	}
	w->latched++;
	if (own) {
		w->has_own = true;
		w->own = *l;
	}
	return 0;
}

/* Is what nobody vouched for dropped? */
static int read_pad_mode(struct ctl *c, bool *strict)
{
	char path[300];
	unsigned int mode;
	FILE *f;
	int got;

	snprintf(path, sizeof(path), "%s/sys/net/btns/pad_mode", c->proc);
	f = fopen(path, "re");
	if (!f)
		return ctl_fail(c, CTL_BROKEN, "%s: %s", path, strerror(errno));
	got = fscanf(f, "%u", &mode);
	fclose(f);
	if (got != 1)
		return ctl_fail(c, CTL_BROKEN, "%s: no number", path);
	*strict = mode == 2;
	return 0;
}

/*
 * The SAs before the bindings: one that came between would look as if nobody had
 * vouched for it.
 */
static int gather_sas(struct ctl *c, struct why *w)
{
	int err = lbtns_sad_dump(c->spd, keep_sad, w);

	if (err)
		return ctl_kernel_fail(c, c->spd, err);
	err = lbtns_sa_dump(c->h, keep_sa, w);
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	return read_pad_mode(c, &w->strict);
}

static int gather(struct ctl *c, struct why *w)
{
	struct ikeport port = ikeport_read(c->proc);
	struct lbtns_spd_default def;
	int err = ctl_open(c);

	if (!err)
		err = spdlist_read(c, &w->spd);
	if (err)
		return err;
	err = lbtns_spd_default_get(c->spd, &def);
	if (err)
		return ctl_kernel_fail(c, c->spd, err);
	w->out_blocked = def.out;
	w->in_blocked = def.in;
	w->no_daemon = port.known && !port.ike;
	err = lbtns_pad_dump(c->h, keep_pad, w);
	if (!err)
		err = lbtns_latch_dump(c->h, count_latch, w);
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	err = gather_sas(c, w);
	if (err)
		return err;
	w->peer = calloc(w->n_pad + 1, sizeof(*w->peer));
	if (!w->peer || !why_decide(w))
		return ctl_fail(c, CTL_BROKEN, "out of memory");
	return 0;
}

/* ---- printing ----------------------------------------------------------- */

static void print_policy(struct ctl *c, const char *what, const struct why *w,
			 const struct lbtns_spd_policy *p, bool blocked)
{
	uint32_t flags = p ? spdlist_flags_of(&w->spd, p->index) : 0;

	fprintf(c->out, "%-8s ", what);
	if (p)
		text_policy(c->out, p, &flags);
	else
		fprintf(c->out, "no policy; the default is to %s",
			blocked ? "drop" : "let pass");
	fputc('\n', c->out);
}

/* an SA without a binding, in the words and members of one with */
static struct lbtns_sa unvouched(const struct lbtns_sad_sa *x)
{
	return (struct lbtns_sa){
		.spi = x->spi,
		.proto = x->proto,
		.daddr = x->dst,
	};
}

static void print_sa(struct ctl *c, const struct why *w)
{
	const struct lbtns_sa nobody = unvouched(w->under);
	const char *by = w->by ? w->by->name : "no entry that the PAD has now";

	fprintf(c->out, "%-8s ", "sa");
	text_sa(c->out, w->sa ? w->sa : &nobody);
	fprintf(c->out, "\n%-8s %s\n", "by",
		w->sa ? by : "nobody: it has no binding");
}

static void print_text(struct ctl *c, const struct why *w)
{
	char from[LBTNS_PREFIX_TEXT_MAX + 8], to[LBTNS_PREFIX_TEXT_MAX + 8];
	char proto[16];
	size_t i;

	fprintf(c->out, "%-8s %s %s -> %s\n", "packet",
		out_proto(w->pkt.proto, proto),
		out_endpoint(&w->pkt.local, w->pkt.lport, from, sizeof(from)),
		out_endpoint(&w->pkt.remote, w->pkt.rport, to, sizeof(to)));
	print_policy(c, "out", w, w->out, w->out_blocked);
	print_policy(c, "in", w, w->in, w->in_blocked);
	if (w->doubt)
		print_policy(c, "maybe", w, w->doubt, false);
	for (i = 0; i < w->n_pad; i++) {
		if (!w->peer[i])
			continue;
		fprintf(c->out, "%-8s ", "pad");
		text_pad_entry(c->out, &w->pad[i]);
		fputc('\n', c->out);
	}
	if (w->under)
		print_sa(c, w);
	fprintf(c->out, "%-8s %u that stand, %u that are broken or closed\n",
		"latches", w->latched, w->broken);
	fprintf(c->out, "%-8s %s: %s\n", "result", why_result_name(w->result),
		w->text);
	if (w->broken && !w->own_broken)
		fputs("         broken latches drop their own packets: see btnsctl latch list\n",
		      c->out);
}

static json_t *policy_json(const struct why *w,
			   const struct lbtns_spd_policy *p)
{
	uint32_t flags;

	if (!p)
		return json_null();
	flags = spdlist_flags_of(&w->spd, p->index);
	return out_policy(p, &flags);
}

static int print_json(struct ctl *c, const struct why *w)
{
	json_t *o = json_object(), *list = json_array(), *sa = json_null();
	size_t i;

	json_object_set_new(o, "packet", out_selector(&w->pkt));
	json_object_set_new(o, "out", policy_json(w, w->out));
	json_object_set_new(o, "in", policy_json(w, w->in));
	if (w->doubt)
		json_object_set_new(o, "maybe", policy_json(w, w->doubt));
	for (i = 0; i < w->n_pad; i++)
		if (w->peer[i])
			json_array_append_new(list, out_pad_entry(&w->pad[i]));
	json_object_set_new(o, "pad", list);
	if (w->under) {
		const struct lbtns_sa nobody = unvouched(w->under);

		sa = out_sa(w->sa ? w->sa : &nobody);
	}
	json_object_set_new(o, "sa", sa);
	json_object_set_new(o, "vouched", json_boolean(w->sa));
	json_object_set_new(o, "by",
			    w->by ? json_string(w->by->name) : json_null());
	json_object_set_new(o, "latched", json_integer(w->latched));
	json_object_set_new(o, "broken", json_integer(w->broken));
	json_object_set_new(o, "result",
			    json_string(why_result_name(w->result)));
	json_object_set_new(o, "text", json_string(w->text));
	return out_json(c, o);
}

int cmd_why(struct ctl *c, struct ctl_args *a)
{
	struct why w = { .n_pad = 0 };
	int err;

	if (a->argc && !strcmp(a->argv[0], "help")) {
		fputs("usage: btnsctl why " USAGE "\n", c->out);
		return CTL_OK;
	}
	err = parse(c, a, &w.pkt);
	if (!err)
		err = gather(c, &w);
	if (!err && c->json)
		err = print_json(c, &w);
	else if (!err)
		print_text(c, &w);
	spdlist_free(&w.spd);
	free(w.pad);
	free(w.sad);
	free(w.sas);
	free(w.peer);
	return err;
}
