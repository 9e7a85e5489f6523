// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the command line turned into values, with a clear complaint. */
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "btnsctl/ctl.h"

int ctl_fail(struct ctl *c, int code, const char *fmt, ...)
{
	va_list ap;

	fputs("btnsctl: ", c->err);
	va_start(ap, fmt);
	vfprintf(c->err, fmt, ap);
	va_end(ap);
	fputc('\n', c->err);
	return code;
}

int ctl_kernel_fail(struct ctl *c, const struct lbtns *h, int err)
{
	const char *text = lbtns_error(h);

	ctl_fail(c, 0, "%s", *text ? text : strerror(-err));
	switch (err) {
	case -EBADMSG:
	case -ETIMEDOUT:
	case -ENOMEM:
		return CTL_BROKEN;
	default:
		return CTL_REFUSED;
	}
}

int ctl_open(struct ctl *c)
{
	int err;

	if (c->h)
		return 0;
	if (c->transport)
		err = lbtns_open_transport(&c->h, c->transport);
	else
		err = lbtns_open(&c->h);
	if (err)
		return ctl_fail(c, CTL_BROKEN, "%s", lbtns_error(c->h));
	return 0;
}

int ctl_open_spd(struct ctl *c)
{
	if (!c->spd && lbtns_spd_open(&c->spd))
		return ctl_fail(c, CTL_BROKEN, "%s", lbtns_error(c->spd));
	return 0;
}

const char *ctl_word(struct ctl_args *a)
{
	if (!a->argc)
		return NULL;
	a->argc--;
	return *a->argv++;
}

int ctl_unknown(struct ctl *c, const char *what, const char *word)
{
	return ctl_fail(c, CTL_USAGE,
			"\"%s\" was not expected: see btnsctl %s help", word,
			what);
}

int ctl_end(struct ctl *c, struct ctl_args *a)
{
	if (a->argc)
		return ctl_fail(c, CTL_USAGE,
				"\"%s\" was not expected behind the command",
				a->argv[0]);
	return 0;
}

int ctl_string(struct ctl *c, struct ctl_args *a, const char *key,
	       const char **v)
{
	*v = ctl_word(a);
	if (!*v)
		return ctl_fail(c, CTL_USAGE, "\"%s\" wants a value behind it",
				key);
	return 0;
}

int ctl_number(struct ctl *c, struct ctl_args *a, const char *key,
	       uint64_t max, uint64_t *v)
{
	const char *text;
	char *end;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	errno = 0;
	*v = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || *v > max)
		return ctl_fail(c, CTL_USAGE,
				"%s: \"%s\" is no number from 0 to %llu", key,
				text, (unsigned long long)max);
	return 0;
}

int ctl_name(struct ctl *c, struct ctl_args *a, const char *key,
	     enum lbtns_names set, uint8_t *v)
{
	const char *text;
	char list[256] = "";
	unsigned int i;
	int val;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	val = lbtns_value(set, text);
	if (val < 0) {
		for (i = 0; strcmp(lbtns_name(set, i), "unknown"); i++) {
			size_t n = strlen(list);

			snprintf(list + n, sizeof(list) - n, "%s%s",
				 i ? ", " : "", lbtns_name(set, i));
		}
		return ctl_fail(c, CTL_USAGE, "%s: \"%s\" is none of %s", key,
				text, list);
	}
	*v = (uint8_t)val;
	return 0;
}

int ctl_ident(struct ctl *c, struct ctl_args *a, const char *key,
	      struct lbtns_ident *id)
{
	const char *text, *why = "";

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (lbtns_ident_parse(text, id, &why))
		return ctl_fail(c, CTL_USAGE, "%s: \"%s\": %s", key, text,
				why);
	return 0;
}

int ctl_key(struct ctl *c, struct ctl_args *a, const char *key,
	    uint8_t digest[BTNS_DIGEST_LEN])
{
	const char *text, *why = "";

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (lbtns_key_parse(text, digest, &why))
		return ctl_fail(c, CTL_USAGE, "%s: \"%s\": %s", key, text,
				why);
	return 0;
}

int ctl_prefix(struct ctl *c, struct ctl_args *a, const char *key,
	       struct lbtns_prefix *p)
{
	const char *text, *why = "";

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (lbtns_prefix_parse(text, p, &why))
		return ctl_fail(c, CTL_USAGE, "%s: \"%s\": %s", key, text,
				why);
	return 0;
}

int ctl_upper(struct ctl *c, struct ctl_args *a, const char *key, uint8_t *v)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} known[] = {
		{ "any", 0 },		       { "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },	       { "icmp", IPPROTO_ICMP },
		{ "icmpv6", IPPROTO_ICMPV6 },  { "sctp", IPPROTO_SCTP },
		{ "esp", IPPROTO_ESP },	       { "ah", IPPROTO_AH },
	};
	struct ctl_args one;
	const char *text;
	uint64_t n;
	size_t i;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(text, known[i].name)) {
			*v = known[i].proto;
			return 0;
		}
	one.argc = 1;
	one.argv = (char *[]){ (char *)text };
	if (ctl_number(c, &one, key, 255, &n))
		return CTL_USAGE;
	*v = (uint8_t)n;
	return 0;
}

int ctl_port(struct ctl *c, struct ctl_args *a, const char *key, uint16_t *v)
{
	uint64_t n;

	if (ctl_number(c, a, key, 65535, &n))
		return CTL_USAGE;
	*v = (uint16_t)n;
	return 0;
}

int ctl_onoff(struct ctl *c, struct ctl_args *a, const char *key, bool *v)
{
	const char *text;

	if (ctl_string(c, a, key, &text))
		return CTL_USAGE;
	if (strcmp(text, "on") && strcmp(text, "off"))
		return ctl_fail(c, CTL_USAGE, "%s: \"%s\" is neither on nor off",
				key, text);
	*v = !strcmp(text, "on");
	return 0;
}
