// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl sa: who is behind an SA. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "btnsctl/out.h"
#include "kernel/pad_match.h"

static int print_sa(const struct lbtns_sa *sa, void *arg)
{
	struct out_list *ctx = arg;

	if (ctx->c->json)
		return out_list_add(ctx, out_sa(sa));
	text_sa(ctx->c->out, sa);
	fputc('\n', ctx->c->out);
	return 0;
}

static int list(struct ctl *c, struct ctl_args *a)
{
	struct out_list l;
	int err = out_list_begin(&l, c, a);

	return err ? err : out_list_end(&l, lbtns_sa_dump(c->h, print_sa, &l));
}

/* MARK[/MASK], as ip xfrm has it; 0 or CTL_USAGE. */
static int parse_mark(struct ctl *c, struct ctl_args *a, uint32_t *mark,
		      uint32_t *mask)
{
	char *slash = a->argc ? strchr(a->argv[0], '/') : NULL;
	struct ctl_args one = { 1, (char *[]){ slash ? slash + 1 : NULL } };
	uint64_t n = UINT32_MAX;
	int err;

	if (slash) {
		*slash = '\0';
		err = ctl_number(c, &one, "mark", UINT32_MAX, &n);
		if (err)
			return err;
		if (!n)
			return ctl_fail(c, CTL_USAGE,
					"a mask of 0 leaves nothing of the mark");
	}
	*mask = (uint32_t)n;
	err = ctl_number(c, a, "mark", UINT32_MAX, &n);
	*mark = (uint32_t)n;
	return err;
}

/* An address of address translation is one address, of the SA's family. */
static int check_ends(struct ctl *c, const struct lbtns_sa *sa)
{
	const struct lbtns_prefix *ends[] = { &sa->local_public,
					      &sa->remote_private };
	size_t i;

	for (i = 0; i < 2; i++)
		if (ends[i]->family &&
		    (ends[i]->family != sa->daddr.family ||
		     ends[i]->len != sa->daddr.len))
			return ctl_fail(c, CTL_USAGE,
					"public and private take one address of the SA's family");
	if ((sa->local_public_port && !sa->local_public.family) ||
	    (sa->remote_private_port && !sa->remote_private.family))
		return ctl_fail(c, CTL_USAGE, "a port needs its address");
	return 0;
}

/* who: an identity, or "none" for a peer that proved nothing */
static int parse_peer(struct ctl *c, struct ctl_args *a, struct lbtns_sa *sa,
		      bool *anonymous)
{
	uint8_t method = sa->peer.method;
	const char *text, *why = "";

	if (ctl_string(c, a, "peer", &text))
		return CTL_USAGE;
	*anonymous = !strcmp(text, "none");
	if (!*anonymous && lbtns_ident_parse(text, &sa->peer, &why))
		return ctl_fail(c, CTL_USAGE, "peer: \"%s\": %s", text, why);
	sa->peer.method = method;
	return 0;
}

/* one of the words that say more of an SA than which one it is */
static int sa_word(struct ctl *c, struct ctl_args *a, const char *word,
		   struct lbtns_sa *sa, bool *anonymous)
{
	int err;

	if (!strcmp(word, "peer")) {
		err = parse_peer(c, a, sa, anonymous);
	} else if (!strcmp(word, "method")) {
		err = ctl_name(c, a, word, LBTNS_NAMES_METHOD,
			       &sa->peer.method);
	} else if (!strcmp(word, "key")) {
		err = ctl_key(c, a, word, sa->peer_key);
		sa->has_peer_key = true;
	} else if (!strcmp(word, "cert")) {
		err = ctl_key(c, a, word, sa->peer_cert);
		sa->has_peer_cert = true;
	} else if (!strcmp(word, "anchor")) {
		err = ctl_key(c, a, word, sa->peer_anchor);
		sa->has_peer_anchor = true;
	} else if (!strcmp(word, "public")) {
		err = ctl_prefix(c, a, word, &sa->local_public);
	} else if (!strcmp(word, "public-port")) {
		err = ctl_port(c, a, word, &sa->local_public_port);
	} else if (!strcmp(word, "private")) {
		err = ctl_prefix(c, a, word, &sa->remote_private);
	} else if (!strcmp(word, "private-port")) {
		err = ctl_port(c, a, word, &sa->remote_private_port);
	} else if (!strcmp(word, "mark")) {
		err = parse_mark(c, a, &sa->mark, &sa->mark_mask);
	} else if (!strcmp(word, "self")) {
		err = ctl_ident(c, a, word, &sa->local);
	} else if (!strcmp(word, "local")) {
		err = ctl_prefix(c, a, word, &sa->sel.local);
	} else if (!strcmp(word, "remote")) {
		err = ctl_prefix(c, a, word, &sa->sel.remote);
	} else if (!strcmp(word, "upper")) {
		err = ctl_upper(c, a, word, &sa->sel.proto);
	} else if (!strcmp(word, "lport")) {
		err = ctl_port(c, a, word, &sa->sel.lport);
		sa->sel.lmask = sa->sel.lport ? BTNS_PORT_ONE : 0;
	} else if (!strcmp(word, "rport")) {
		err = ctl_port(c, a, word, &sa->sel.rport);
		sa->sel.rmask = sa->sel.rport ? BTNS_PORT_ONE : 0;
	} else {
		err = ctl_unknown(c, "sa", word);
	}
	return err;
}

/* what goes together in all that is said of an SA */
static int check_sa(struct ctl *c, const struct lbtns_sa *sa, bool anonymous)
{
	if (!anonymous && sa->peer.type == BTNS_ID_TYPE_NONE)
		return ctl_fail(c, CTL_USAGE,
				"say who it is: peer IDENTITY, or peer none");
	if (!sa->sel.local.family || !sa->sel.remote.family)
		return ctl_fail(c, CTL_USAGE,
				"say which traffic it is for: local PREFIX remote PREFIX");
	if (sa->sel.local.family != sa->sel.remote.family)
		return ctl_fail(c, CTL_USAGE,
				"local and remote are of different families");
	return check_ends(c, sa);
}

/* what follows from the rest where nothing is said */
static void complete_sa(struct lbtns_sa *sa, bool anonymous)
{
	if (anonymous)
		memset(&sa->peer, 0, sizeof(sa->peer));
	if (sa->peer.type == BTNS_ID_TYPE_PUBLICKEY && !sa->has_peer_key) {
		memcpy(sa->peer_key, sa->peer.digest, BTNS_DIGEST_LEN);
		sa->has_peer_key = true;
	}
	/* we prove ourselves as the peer does, where nothing else is known */
	if (sa->local.type != BTNS_ID_TYPE_NONE)
		sa->local.method = anonymous ? BTNS_AUTH_METHOD_MANUAL :
					       sa->peer.method;
}

/*
 * Words that name an SA (@key_only) and all that is said of it; 0 or
 * CTL_USAGE.
 */
static int parse_sa(struct ctl *c, struct ctl_args *a, struct lbtns_sa *sa,
		    bool key_only)
{
	bool has_spi = false, anonymous = false;
	const char *word;
	uint64_t n;
	int err = 0;

	memset(sa, 0, sizeof(*sa));
	sa->proto = IPPROTO_ESP;
	sa->peer.method = BTNS_AUTH_METHOD_MANUAL;
	while (!err && (word = ctl_word(a))) {
		if (!strcmp(word, "spi")) {
			err = ctl_number(c, a, word, UINT32_MAX, &n);
			sa->spi = htonl((uint32_t)n);
			has_spi = true;
		} else if (!strcmp(word, "dst")) {
			err = ctl_prefix(c, a, word, &sa->daddr);
		} else if (!strcmp(word, "proto")) {
			err = ctl_upper(c, a, word, &sa->proto);
		} else if (key_only) {
			err = ctl_unknown(c, "sa", word);
		} else {
			err = sa_word(c, a, word, sa, &anonymous);
		}
	}
	if (err)
		return err;
	if (!has_spi || !sa->daddr.family)
		return ctl_fail(c, CTL_USAGE,
				"name the SA: dst ADDRESS spi NUMBER [proto esp|ah]");
	if (key_only)
		return 0;
	err = check_sa(c, sa, anonymous);
	if (!err)
		complete_sa(sa, anonymous);
	return err;
}

static int bind_sa(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_sa sa;
	json_t *o;
	int err;

	err = parse_sa(c, a, &sa, false);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_sa_bind(c->h, &sa, &sa.id);
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	if (!c->json) {
		fprintf(c->out, "bound %llu\n", (unsigned long long)sa.id);
		return CTL_OK;
	}
	o = json_object();
	json_object_set_new(o, "id", json_integer((json_int_t)sa.id));
	return out_json(c, o);
}

static int unbind_sa(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_sa sa;
	int err;

	err = parse_sa(c, a, &sa, true);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_sa_unbind(c->h, &sa);
	return err ? ctl_kernel_fail(c, c->h, err) : CTL_OK;
}

static int check(struct ctl *c, struct ctl_args *a)
{
	struct lbtns_sa sa;
	uint64_t latch_id;
	uint8_t verdict;
	json_t *o;
	int err;

	err = parse_sa(c, a, &sa, false);
	if (!err)
		err = ctl_open(c);
	if (err)
		return err;
	err = lbtns_sa_check(c->h, &sa, &verdict, &latch_id);
	if (err)
		return ctl_kernel_fail(c, c->h, err);
	if (c->json) {
		o = json_object();
		json_object_set_new(o, "verdict",
				    json_string(lbtns_name(LBTNS_NAMES_VERDICT,
							   verdict)));
		if (latch_id)
			json_object_set_new(o, "latch",
					    json_integer((json_int_t)latch_id));
		err = out_json(c, o);
		if (err)
			return err;
	} else {
		fputs(lbtns_name(LBTNS_NAMES_VERDICT, verdict), c->out);
		if (latch_id)
			fprintf(c->out, " latch %llu",
				(unsigned long long)latch_id);
		fputc('\n', c->out);
	}
	return verdict == BTNS_SA_VERDICT_OK ? CTL_OK : CTL_REFUSED;
}

#define BIND_HELP \
	"dst ADDRESS spi NUMBER [proto esp|ah]\n" \
	"             peer IDENTITY [method METHOD] [key FINGERPRINT]\n" \
	"             [self IDENTITY] local PREFIX remote PREFIX\n" \
	"             [upper PROTO] [lport N] [rport N]\n" \
	"             [cert FINGERPRINT [anchor FINGERPRINT]]\n" \
	"             [public ADDRESS [public-port N]]\n" \
	"             [private ADDRESS [private-port N]] [mark N[/MASK]]"

static const struct ctl_verb verbs[] = {
	{ "list", list, "" },
	{ "bind", bind_sa, BIND_HELP },
	{ "unbind", unbind_sa, "dst ADDRESS spi NUMBER [proto esp|ah]" },
	{ "check", check, BIND_HELP },
	{ NULL, NULL, NULL }
};

int cmd_sa(struct ctl *c, struct ctl_args *a)
{
	return ctl_dispatch(c, "sa", verbs, "list", a);
}
