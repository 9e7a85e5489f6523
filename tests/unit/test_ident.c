// SPDX-License-Identifier: GPL-2.0-or-later
/* Identities, fingerprints and prefixes: text to struct and back. */
#include <string.h>
#include <sys/socket.h>

#include "ktap.h"
#include "libbtns/btns.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void digest_is(const struct lbtns_ident *id, const char *hex)
{
	char text[LBTNS_KEY_TEXT_MAX];

	lbtns_key_text(id->digest, text);
	if (!CHECK(!strcmp(text + 7, hex)))
		ktap_note("got %s", text + 7);
}

/* digests by sha256sum(1) over the data of RFC 7296, section 3.5 */
static void known(void)
{
	struct lbtns_ident id;
	char text[LBTNS_IDENT_TEXT_MAX];

	CHECK_EQ(lbtns_ident_parse("fqdn:a.example", &id, NULL), 0);
	CHECK_EQ(id.type, BTNS_ID_TYPE_FQDN);
	CHECK_EQ(id.method, BTNS_AUTH_METHOD_NONE);
	CHECK(!strcmp(id.name, "a.example"));
	digest_is(&id, "b8e7453371a024daae06f3164492c0afcde134c7747c155b3d83c20de341e855");
	CHECK(!strcmp(lbtns_ident_text(&id, text), "fqdn:a.example"));

	CHECK_EQ(lbtns_ident_parse("ipv4:192.0.2.1", &id, NULL), 0);
	digest_is(&id, "4b8feb9364512928546debfc76c9ecc0f96e4cf545b30ab5cbde831712702b9e");
	CHECK(!strcmp(lbtns_ident_text(&id, text), "ipv4:192.0.2.1"));

	CHECK_EQ(lbtns_ident_parse("ipv6:2001:db8::1", &id, NULL), 0);
	digest_is(&id, "1e03d7e1ca9db5080365cbde610828b6273acb1324137a7f921d9139ca13f8f3");
	CHECK(!strcmp(lbtns_ident_text(&id, text), "ipv6:2001:db8::1"));

	CHECK_EQ(lbtns_ident_parse("rfc822:joe@a.example", &id, NULL), 0);
	digest_is(&id, "751bbc2d9fb8b56fc0712a874b2bf37a5af3ed3c97276f45df33206efe9baaaf");

	CHECK_EQ(lbtns_ident_parse("keyid:6162", &id, NULL), 0);
	CHECK_EQ(id.type, BTNS_ID_TYPE_KEY_ID);
	digest_is(&id, "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603");
	CHECK_EQ(lbtns_ident_parse("dn:3000", &id, NULL), 0);
	CHECK_EQ(id.type, BTNS_ID_TYPE_DN);
	CHECK(!strcmp(lbtns_ident_text(&id, text), "dn:3000"));
}

static void keys(void)
{
	static const char *const same[] = {
		"key:SHA256:" HEX,
		"key:" HEX,
		"key:SHA256:00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
		"key:SHA256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8",
		"key:SHA256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
	};
	char text[LBTNS_IDENT_TEXT_MAX];
	struct lbtns_ident id;
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		CHECK_EQ(lbtns_ident_parse(same[i], &id, NULL), 0);
		CHECK_EQ(id.type, BTNS_ID_TYPE_PUBLICKEY);
		digest_is(&id, HEX);
		CHECK(!strcmp(lbtns_ident_text(&id, text), same[0]));
		CHECK(!strcmp(id.name,
			      "SHA256:00112233445566778899aabbccddeeff00112233..."));
	}
	CHECK_EQ(lbtns_ident_from_spki("x", 1, &id), 0);
	CHECK_EQ(id.type, BTNS_ID_TYPE_PUBLICKEY);
	CHECK_EQ(lbtns_ident_from_spki("", 0, &id), -22);
	CHECK_EQ(id.type, BTNS_ID_TYPE_NONE);
}

/* A digest for any type: what is printed when there is no name. */
static void bare_digests(void)
{
	char text[LBTNS_IDENT_TEXT_MAX];
	struct lbtns_ident id, again;

	CHECK_EQ(lbtns_ident_parse("fqdn:SHA256:" HEX, &id, NULL), 0);
	CHECK_EQ(id.type, BTNS_ID_TYPE_FQDN);
	digest_is(&id, HEX);
	CHECK_EQ(lbtns_ident_parse(lbtns_ident_text(&id, text), &again, NULL),
		 0);
	CHECK(lbtns_ident_equal(&id, &again));
	again.method = BTNS_AUTH_METHOD_CERT;
	strcpy(again.name, "other");
	CHECK(lbtns_ident_equal(&id, &again));
	again.digest[31] ^= 1;
	CHECK(!lbtns_ident_equal(&id, &again));
}

static void bad_idents(void)
{
	static const char *const bad[] = {
		"", ":", "a.example", "fqdn", "fqdn:", "FQDN:a", "fqdnx:a",
		"fqdn:a b", "fqdn:a\n", "fqdn:user@a", "fqdn:a:b", "fqdn:\xc3",
		"rfc822:a.example", "rfc822:@a", "rfc822:a@", "ipv4:1.2.3",
		"ipv4:1.2.3.4.5", "ipv4:::1", "ipv6:1.2.3.4", "ipv6:x",
		"dn:", "dn:3", "dn:xy", "keyid:", "keyid:abc", "key:",
		"key:SHA256:", "key:SHA256:00", "key:SHA1:" HEX,
		"key:" HEX "00", "key:SHA256:" HEX "0", "key: " HEX,
		"key:SHA256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v",
		"key:SHA256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v9",
		"key:SHA256:!BEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8",
		"publickey:" HEX, "none", "none:",
	};
	char long_name[400] = "fqdn:";
	struct lbtns_ident id;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		if (!CHECK(lbtns_ident_parse(bad[i], &id, &why) == -22))
			ktap_note("\"%s\" was taken", bad[i]);
		CHECK(why && *why);
	}
	memset(long_name + 5, 'a', 256);
	CHECK_EQ(lbtns_ident_parse(long_name, &id, &why), -22);
	long_name[5 + 255] = '\0';
	CHECK_EQ(lbtns_ident_parse(long_name, &id, &why), 0);
	CHECK_EQ(strlen(id.name), BTNS_NAME_MAX);
	CHECK(!strcmp(id.name + 60, "..."));
}

static void from_data(void)
{
	struct lbtns_ident id;
	uint8_t data[70];

	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_IPV4, "abc", 3, &id), -22);
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_IPV6, "abcd", 4, &id),
		 -22);
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_NONE, "abcd", 4, &id),
		 -22);
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_PUBLICKEY, "abcd", 4, &id),
		 -22);
	CHECK_EQ(lbtns_ident_from_data(99, "abcd", 4, &id), -22);
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_FQDN, "", 0, &id), -22);
	/* what a stranger sends is shown without its tricks */
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_FQDN, "a\0\x1b[2J\n", 7,
				       &id), 0);
	CHECK(!strcmp(id.name, "a??[2J?"));
	memset(data, 0xab, sizeof(data));
	CHECK_EQ(lbtns_ident_from_data(BTNS_ID_TYPE_KEY_ID, data, 70, &id), 0);
	CHECK_EQ(strlen(id.name), BTNS_NAME_MAX);
}

static void prefixes(void)
{
	static const struct {
		const char *text, *back;
	} good[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.1.2.3", "10.1.2.3/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "::1", "::1/128" },
		{ "::/0", "::/0" },
		{ "::ffff:1.2.3.4", "::ffff:1.2.3.4/128" },
	};
	static const char *const bad[] = {
		"", "/", "/8", "any", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8x", "10.0.0.0/ 8", "10.0.0.1/8", "10/8",
		"2001:db8::1/32", "::/129", "0/0", "1.2.3.4/8/8",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"10.0.0.0/99999999999999999999",
	};
	char text[LBTNS_PREFIX_TEXT_MAX];
	struct lbtns_prefix p;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_EQ(lbtns_prefix_parse(good[i].text, &p, NULL), 0);
		if (!CHECK(!strcmp(lbtns_prefix_text(&p, text), good[i].back)))
			ktap_note("got %s", text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		if (!CHECK(lbtns_prefix_parse(bad[i], &p, &why) == -22))
			ktap_note("\"%s\" was taken", bad[i]);
		CHECK(why && p.family == 0);
	}
	memset(&p, 0, sizeof(p));
	CHECK(!strcmp(lbtns_prefix_text(&p, text), "any"));
	CHECK(!strcmp(lbtns_addr_text(&p, text), "*"));
	p.family = AF_UNIX;
	CHECK(!strcmp(lbtns_prefix_text(&p, text), "any"));
}

static void names(void)
{
	unsigned int set, v;

	for (set = LBTNS_NAMES_ID_TYPE; set <= LBTNS_NAMES_VERDICT; set++) {
		for (v = 0; strcmp(lbtns_name(set, v), "unknown"); v++)
			CHECK_EQ(lbtns_value(set, lbtns_name(set, v)), v);
		CHECK(v > 3);
		CHECK_EQ(lbtns_value(set, "unknown"), -22);
		CHECK_EQ(lbtns_value(set, ""), -22);
		CHECK(!strcmp(lbtns_name(set, 255), "unknown"));
		CHECK(!strcmp(lbtns_name(set, UINT32_MAX), "unknown"));
	}
	CHECK_EQ(lbtns_value(LBTNS_NAMES_REASON, "pending"),
		 BTNS_REASON_PENDING);
	CHECK_EQ(lbtns_value(99, "none"), -22);
}

static const struct ktap_test tests[] = {
	{ "identities are read, hashed and printed", known },
	{ "a key has one fingerprint, however it is written", keys },
	{ "an identity can be given by its digest", bare_digests },
	{ "text that is no identity is refused with a reason", bad_idents },
	{ "data of a stranger makes an identity, or none", from_data },
	{ "prefixes are read exactly or refused", prefixes },
	{ "names and values of enums belong together", names },
};

int main(void)
{
	return KTAP_RUN(tests);
}
