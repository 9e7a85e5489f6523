// SPDX-License-Identifier: GPL-2.0-or-later
/* The PAD as people write it: what is taken, and why the rest is not. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktap.h"
#include "libbtns/padconf.h"

/* one character more than a name has */
#define LONG "0123456789012345678901234567890123456789012345678901234567890123"
#define HEX2 "00222233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static int read_text(const char *text, struct lbtns_pad_entry **e, size_t *n,
		     char *why, unsigned int *line)
{
	config_t cfg;
	int err = -1;

	config_init(&cfg);
	*e = NULL;
	*n = 0;
	*line = 0;
	why[0] = '\0';
	if (CHECK(config_read_string(&cfg, text)))
		err = lbtns_padconf_read(config_lookup(&cfg, "pad"), NULL, e, n,
					 why, 256, line);
	else
		ktap_note("%d: %s", config_error_line(&cfg),
			  config_error_text(&cfg));
	config_destroy(&cfg);
	return err;
}

static void good(void)
{
	static const char text[] =
		"pad = ( { name = \"db\"; id = \"fqdn:db.example\";\n"
		"  key = \"SHA256:" HEX "\";\n"
		"  addresses = [ \"10.1.0.0/16\", \"2001:db8::/32\" ]; },\n"
		"{ name = \"pal\"; btns = true; key = \"SHA256:" HEX "\"; },\n"
		"{ name = \"two\"; id = \"fqdn:two.example\"; auth = \"key\";\n"
		"  key = [ \"SHA256:" HEX "\", \"SHA256:" HEX2 "\", \"SHA256:" HEX "\" ]; },\n"
		"{ name = \"ca\"; id = \"fqdn:c.example\"; auth = \"cert\"; },\n"
		"{ name = \"psk\"; id = \"fqdn:p.example\"; auth = \"psk\"; },\n"
		"{ name = \"any\"; btns = true; any = true;\n"
		"  addresses = ( \"192.0.2.0/24\" ); },\n"
		"{ name = \"anon\"; auth = \"null\"; } );";
	struct lbtns_pad_entry *e;
	unsigned int line;
	char why[256];
	size_t n;

	CHECK_EQ(read_text(text, &e, &n, why, &line), 0);
	if (!CHECK_EQ(n, 7))
		return;
	CHECK(!strcmp(e[0].name, "db") && e[0].flags == 0);
	CHECK_EQ(e[0].id.type, BTNS_ID_TYPE_FQDN);
	CHECK(e[0].n_keys == 1 && e[0].keys[0][1] == 0x11);
	CHECK_EQ(e[0].n_prefixes, 2);
	CHECK_EQ(e[0].prefixes[0].len, 16);
	CHECK_EQ(e[0].prefixes[1].family, AF_INET6);
	CHECK_EQ(e[1].flags, BTNS_PAD_FLAGS_BTNS);
	CHECK_EQ(e[1].id.type, BTNS_ID_TYPE_PUBLICKEY);
	CHECK(!e[1].n_keys && e[1].id.digest[1] == 0x11);
	CHECK_EQ(e[0].method, BTNS_AUTH_METHOD_NONE);
	CHECK_EQ(e[2].method, BTNS_AUTH_METHOD_NONE);
	CHECK(e[2].n_keys == 2 && e[2].keys[1][1] == 0x22);
	CHECK_EQ(e[3].method, BTNS_AUTH_METHOD_CERT);
	CHECK_EQ(e[4].method, BTNS_AUTH_METHOD_PSK);
	CHECK_EQ(e[5].flags, BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD);
	CHECK_EQ(e[5].id.type, BTNS_ID_TYPE_NONE);
	CHECK_EQ(e[5].n_prefixes, 1);
	CHECK_EQ(e[6].flags, BTNS_PAD_FLAGS_ANONYMOUS);
	CHECK(!e[6].method && !e[6].id.type && !e[6].n_prefixes);
	free(e);
}

static void empty(void)
{
	struct lbtns_pad_entry *e;
	unsigned int line;
	char why[256];
	size_t n;

	CHECK_EQ(read_text("pad = ( );", &e, &n, why, &line), 0);
	CHECK(n == 0 && !e);
	CHECK_EQ(read_text("x = 1;", &e, &n, why, &line), 0);
	CHECK(n == 0 && !e);
}

static void bad(void)
{
	static const struct {
		const char *text, *why;
		unsigned int line;
	} cases[] = {
		{ "pad = 1;", "\"pad\" is a list", 1 },
		{ "pad = [ \"x\" ];", "\"pad\" is a list", 1 },
		{ "pad = ( 1 );", "an entry is a group", 1 },
		{ "pad = ( { } );", "no \"name\"", 1 },
		{ "pad = ( { name = 1; } );", "\"name\" is a string", 1 },
		{ "pad = ( { name = \"\"; } );", "no \"name\"", 1 },
		{ "pad = (\n{ name = \"x\"; } );", "give \"id\" and \"key\"",
		  2 },
		{ "pad = ( { name = \"x\";\n colour = 1; } );",
		  "\"colour\" is unknown", 2 },
		{ "pad = ( { name = \"x\"; btns = 1; } );",
		  "\"btns\" is true or false", 1 },
		{ "pad = ( { name = \"x\"; any = true; } );",
		  "add btns = true", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; id = \"fqdn:a\"; } );",
		  "no \"id\" and no \"key\"", 1 },
		{ "pad = ( { name = \"x\"; btns = true; } );",
		  "has one \"key\", or any", 1 },
		{ "pad = ( { name = \"x\"; btns = true; id = \"fqdn:a\"; key = \"" HEX "\"; } );",
		  "and no \"id\"", 1 },
		{ "pad = ( { name = \"x\"; id = \"a\"; key = \"" HEX "\"; } );",
		  "an identity starts with", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; key = \"12\"; } );",
		  "64 hexadecimal", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; } );",
		  "give \"id\" and \"key\"", 1 },
		{ "pad = ( { name = \"x\"; id = \"key:" HEX "\"; key = \"" HEX "\"; } );",
		  "is for BTNS entries", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; addresses = "
		   "\"10.0.0.0/8\"; } );",
		  "\"addresses\" is a list", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; addresses = [ ]; } );",
		  "\"addresses\" is empty", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; addresses = [ 1 ]; } );",
		  "strings in quotes", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; addresses = [ "
		   "\"10.0.0.1/8\" ]; } );",
		  "bits set behind", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; },\n"
		  "{ name = \"y\"; btns = true; any = true; } );",
		  "only one entry may be for any key", 2 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; },\n"
		  "{ name = \"x\"; btns = true; key = \"" HEX "\"; } );",
		  "two entries are named", 2 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; auth = \"eap\"; } );",
		  "use key, cert, psk or null", 1 },
		{ "pad = ( { name = \"x\"; btns = true; any = true; auth = \"cert\"; } );",
		  "is for named entries", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\";"
		  " auth = \"psk\"; key = \"" HEX "\"; } );",
		  "has no \"key\"", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; auth = \"key\"; } );",
		  "give \"id\" and \"key\"", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; key = [ 1 ]; } );",
		  "or a list of them", 1 },
		{ "pad = ( { name = \"x\"; id = \"fqdn:a\"; key = [ ]; } );",
		  "give \"id\" and \"key\"", 1 },
		{ "pad = ( { name = \"x\"; btns = true; "
		  "key = [ \"" HEX "\", \"" HEX2 "\" ]; } );",
		  "has one \"key\"", 1 },
		{ "pad = ( { name = \"x\"; auth = \"null\"; id = \"fqdn:a\"; } );",
		  "an entry with auth = \"null\" has no \"id\"", 1 },
		{ "pad = ( { name = \"x\"; auth = \"null\"; btns = true; } );",
		  "an entry with auth = \"null\" has no \"id\"", 1 },
		{ "pad = ( { name = \"x\"; auth = \"null\"; key = \"" HEX "\"; } );",
		  "an entry with auth = \"null\" has no \"id\"", 1 },
		{ "pad = ( { name = \"x\"; auth = \"null\"; },\n"
		  "{ name = \"y\"; auth = \"null\"; } );",
		  "only one entry may have auth", 2 },
		{ "pad = ( { name = \"" LONG "\"; btns = true; any = true; } );",
		  "at most 63 characters", 1 },
	};
	struct lbtns_pad_entry *e;
	unsigned int line;
	char why[256];
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = read_text(cases[i].text, &e, &n, why, &line);

		if (!CHECK(err < 0 && !e && !n) ||
		    !CHECK(strstr(why, cases[i].why)) ||
		    !CHECK_EQ(line, cases[i].line))
			ktap_note("%s: line %u: %s", cases[i].text, line, why);
		free(e);
	}
}

static void too_many(void)
{
	struct lbtns_pad_entry *e;
	char text[4096], why[256];
	unsigned int line, i;
	size_t n, len;

	len = (size_t)snprintf(text, sizeof(text),
			       "pad = ( { name = \"x\"; btns = true; any = true; "
			       "addresses = [ \"10.0.0.0/8\"");
	for (i = 0; i < BTNS_PAD_PREFIXES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					", \"10.%u.0.0/16\"", i);
	snprintf(text + len, sizeof(text) - len, " ]; } );");
	CHECK(read_text(text, &e, &n, why, &line) < 0);
	CHECK(strstr(why, "more than 32"));
}

static const struct ktap_test tests[] = {
	{ "B01 B02 a PAD in a file is read", good },
	{ "an empty PAD is read", empty },
	{ "B02 what is wrong in a file is refused with its line", bad },
	{ "too many addresses are refused", too_many },
};

int main(void)
{
	return KTAP_RUN(tests);
}
