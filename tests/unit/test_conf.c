// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration: defaults, every setting, and every kind of mistake, each
 * with its line.
 */
#include "ktap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/conf.h"
#include "btnsd/crypto/kex.h"
#include "btnsd/ike/wire.h"
#include "conf_check.h"
#include "temp.h"

static char err[CONF_ERR_MAX];

static void defaults(void)
{
	struct conf *c = conf_good("");

	if (!c)
		return;
	CHECK(!strcmp(c->key_path, CONF_DEFAULT_KEY));
	CHECK(!strcmp(c->store_path, CONF_DEFAULT_STORE));
	CHECK_EQ(c->store_check, 60);
	CHECK_EQ(c->known, CONF_KNOWN_OFF);
	CHECK(!strcmp(c->known_path, CONF_DEFAULT_KNOWN));
	CHECK_EQ(c->known_expire, 0);
	CHECK(c->known_hash);
	CHECK_EQ(c->known_max, 1024);
	CHECK_EQ(c->known_max_near, 64);
	CHECK_EQ(c->key_type, KEY_ED25519);
	CHECK_EQ(c->id.type, BTNS_ID_TYPE_NONE);
	CHECK_EQ(c->n_listen, 2);
	CHECK_EQ(c->dh[0], IKE_DH_X25519);
	CHECK_EQ(c->n_addke, kex_supported(IKE_DH_ML_KEM_768));
	CHECK(!c->n_addke || c->addke[0] == IKE_DH_ML_KEM_768);
	CHECK(c->addke_optional);
	CHECK_EQ(c->ike_lifetime, 14400);
	CHECK_EQ(c->ike_bytes, 1073741824);
	CHECK_EQ(c->ike_packets, 1000000);
	CHECK_EQ(c->ike_reauth, 86400);
	CHECK_EQ(c->fragment, 1280);
	CHECK_EQ(c->dpd, 30);
	CHECK_EQ(c->encap, CONF_ENCAP_AUTO);
	CHECK_EQ(c->keepalive, 20);
	CHECK_EQ(c->retries, 5);
	CHECK_EQ(c->half_open_max, 1024);
	CHECK_EQ(c->half_open_per_addr, 16);
	CHECK_EQ(c->per_addr, 32);
	CHECK_EQ(c->initiate_max, 512);
	CHECK_EQ(c->stranger_children, 16);
	CHECK_EQ(c->child_lifetime, 3600);
	CHECK(!c->child_keep);
	CHECK_EQ(c->child_bytes, 0);
	CHECK_EQ(c->child_packets, 2000000000);
	CHECK(!c->pfs);
	CHECK(c->replay_window >= 64);
	CHECK(!c->has_pad);
	conf_free(c);
}

#define ANY	"btns = true; any = true;"
#define KEY	"key = \"SHA256:" HEX64 "\";"
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void everything(void)
{
	static const char text[] =
		"identity = { key = \"/k/key.pem\"; algorithm = \"rsa\"; id = \"fqdn:a.example\"; };\n"
		"listen = { addresses = [ \"10.0.0.1\", \"fd00::1\" ]; };\n"
		"ike = { dh = [ \"p384\", \"modp2048\" ]; aead = [ \"aes128gcm16\", \"chacha20poly1305\" ];\n"
		"  prf = [ \"sha512\" ]; lifetime = 600; dpd = 0; retries = 3;\n"
		"  encap = \"never\"; keepalive = 0;\n"
		"  cookie_threshold = 0; half_open_max = 10; half_open_per_address = 2;\n"
		"  per_address = 300; initiate_max = 7; stranger_children = 9; };\n"
		"child = { aead = [ \"chacha20poly1305\" ]; lifetime = 60; keep = true; bytes = 5000000000L;\n"
		"  pfs = true; replay_window = 1024; };\n"
		"pad = ( { name = \"db\"; id = \"fqdn:db.example\"; " KEY
		" addresses = [ \"10.1.0.0/16\" ]; },\n"
		"  { name = \"any\"; btns = true; any = true; } );\n";
	struct conf *c = conf_good(text);

	if (!c)
		return;
	CHECK(!strcmp(c->key_path, "/k/key.pem"));
	CHECK_EQ(c->encap, CONF_ENCAP_NEVER);
	CHECK_EQ(c->keepalive, 0);
	CHECK_EQ(c->per_addr, 300);
	CHECK_EQ(c->initiate_max, 7);
	CHECK_EQ(c->stranger_children, 9);
	CHECK_EQ(c->key_type, KEY_RSA);
	CHECK_EQ(c->id.type, BTNS_ID_TYPE_FQDN);
	CHECK_EQ(c->id.len, 9);
	CHECK(!memcmp(c->id.data, "a.example", 9));
	CHECK_EQ(c->n_listen, 2);
	CHECK_EQ(c->listen[1].family, AF_INET6);
	CHECK_EQ(c->n_dh, 2);
	CHECK_EQ(c->dh[1], IKE_DH_MODP_2048);
	CHECK_EQ(c->ike_aead[1].encr, IKE_ENCR_CHACHA20_POLY1305);
	CHECK_EQ(c->prf[0], IKE_PRF_HMAC_SHA2_512);
	CHECK(c->child_keep);
	CHECK_EQ(c->child_bytes, 5000000000LL);
	CHECK(c->pfs);
	CHECK_EQ(c->replay_window, 1024);
	CHECK(c->has_pad);
	CHECK_EQ(c->n_pad, 2);
	if (c->n_pad == 2) {
		CHECK(!strcmp(c->pad[0].name, "db"));
		CHECK_EQ(c->pad[0].id.type, BTNS_ID_TYPE_FQDN);
		CHECK_EQ(c->pad[0].keys[0][1], 0x11);
		CHECK_EQ(c->pad[0].n_prefixes, 1);
		CHECK_EQ(c->pad[1].flags, BTNS_PAD_FLAGS_BTNS |
						  BTNS_PAD_FLAGS_WILDCARD);
	}
	conf_free(c);
}

/* which additional key exchanges, and whether one has to be */
static void additional(void)
{
	struct conf *c = conf_good("ike = { additional = [ \"p384\", \"x25519\" ]; };");

	if (c) {
		CHECK_EQ(c->n_addke, 2);
		CHECK_EQ(c->addke[0], IKE_DH_ECP_384);
		CHECK_EQ(c->addke[1], IKE_DH_X25519);
		CHECK(!c->addke_optional);
	}
	conf_free(c);
	c = conf_good("ike = { additional = [ \"modp2048\", \"none\" ]; };");
	if (c) {
		CHECK_EQ(c->n_addke, 1);
		CHECK_EQ(c->addke[0], IKE_DH_MODP_2048);
		CHECK(c->addke_optional);
	}
	conf_free(c);
	/* what may be the one of dh, if there is another or none may do */
	conf_free(conf_good("ike = { dh = [ \"p256\" ]; additional = [ \"p256\", \"none\" ]; };"));
	conf_free(conf_good("ike = { dh = [ \"p256\" ]; additional = [ \"p256\", \"p384\" ]; };"));
	conf_free(conf_good("ike = { additional = [ \"p256\" ]; };"));
	c = conf_good("ike = { additional = [ \"none\" ]; };");
	CHECK(c && !c->n_addke);
	conf_free(c);
	/* what OpenSSL does not have is no reason to go on without */
	c = conf_read_string("ike = { additional = [ \"mlkem1024\", \"none\" ]; };",
			     err);
	CHECK_EQ(!!c, kex_supported(IKE_DH_ML_KEM_1024));
	CHECK(c ? c->addke[0] == IKE_DH_ML_KEM_1024 :
		  !!strstr(err, "\"mlkem1024\" needs OpenSSL 3.5"));
	conf_free(c);
}

static void ids(void)
{
	static const struct {
		const char *text;
		enum btns_id_type type;
		size_t len;
	} cases[] = {
		{ "fqdn:a", BTNS_ID_TYPE_FQDN, 1 },
		{ "rfc822:a@b", BTNS_ID_TYPE_RFC822, 3 },
		{ "ipv4:10.0.0.1", BTNS_ID_TYPE_IPV4, 4 },
		{ "ipv6:fd00::1", BTNS_ID_TYPE_IPV6, 16 },
		{ "keyid:C0ffee", BTNS_ID_TYPE_KEY_ID, 3 },
		{ "dn:3000", BTNS_ID_TYPE_DN, 2 },
		{ "fqdn:", BTNS_ID_TYPE_NONE, 0 },
		{ "fqdn:a b", BTNS_ID_TYPE_NONE, 0 },
		{ "fqdn:a@b", BTNS_ID_TYPE_NONE, 0 },
		{ "rfc822:a", BTNS_ID_TYPE_NONE, 0 },
		{ "rfc822:a@b@c", BTNS_ID_TYPE_NONE, 0 },
		{ "ipv4:fd00::1", BTNS_ID_TYPE_NONE, 0 },
		{ "ipv6:10.0.0.1", BTNS_ID_TYPE_NONE, 0 },
		{ "keyid:c0ffe", BTNS_ID_TYPE_NONE, 0 },
		{ "keyid:", BTNS_ID_TYPE_NONE, 0 },
		{ "keyid:xx", BTNS_ID_TYPE_NONE, 0 },
		{ "a.example", BTNS_ID_TYPE_NONE, 0 },
		{ "", BTNS_ID_TYPE_NONE, 0 },
		/* it never appears on the wire */
		{ "key:SHA256:" HEX64, BTNS_ID_TYPE_NONE, 0 },
		{ "publickey:00", BTNS_ID_TYPE_NONE, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_id id = { 0 };
		const char *why = NULL;
		bool ok = conf_parse_id(&id, cases[i].text, &why);

		if (!CHECK_EQ(ok, cases[i].type != BTNS_ID_TYPE_NONE))
			ktap_note("%s", cases[i].text);
		CHECK(ok || (why && *why));
		if (ok) {
			CHECK_EQ(id.type, cases[i].type);
			CHECK_EQ(id.len, cases[i].len);
		}
	}
}

static void mistakes(void)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} cases[] = {
		{ "ike = {", 1, "syntax" },
		{ "\n\nnonsense = 1;", 3, "not a setting" },
		{ "ike = { dhs = [ \"x25519\" ]; };", 1, "\"dhs\"" },
		{ "child = {\n lifetimes = 5; };", 2, "not a setting" },
		{ "identity = 5;", 1, "group" },
		{ "identity = { key = 5; };", 1, "string" },
		{ "identity = { key = \"key.pem\"; };", 1, "absolute" },
		{ "identity = { old_keys = \"/k\"; };", 1, "list" },
		{ "identity = { old_keys = [ \"k\" ]; };", 1, "absolute" },
		{ "identity = { old_keys = [ \"/nonexistent/k\" ]; };", 1,
		  "No such file" },
		{ "identity = { old_keys = [ \"/dev/null\" ]; };", 1,
		  "old_keys: /dev/null: " },
		{ "identity = { old_keys = [ \"/a\", \"/b\", \"/c\", \"/d\", \"/e\" ]; };",
		  1, "at most 4" },
		{ "store = { file = \"peers\"; };", 1, "absolute" },
		{ "store = { check = 0; };", 1, "check" },
		{ "store = { };\n  @include \"/dev/null\"\n", 2, "@include" },
		{ "store = { other = 1; };", 1, "other" },
		{ "known = { mode = \"on\"; };", 1, "accept-new" },
		{ "known = { mode = true; };", 1, "string" },
		{ "known = { file = \"known\"; };", 1, "absolute" },
		{ "known = { expire = 36501; };", 1, "expire" },
		{ "known = { hash = 1; };", 1, "true or false" },
		{ "known = { max = 0; };", 1, "max" },
		{ "known = { max_near = 16385; };", 1, "max_near" },
		{ "known = { mod = \"off\"; };", 1, "\"mod\"" },
		{ "identity = { algorithm = \"dsa\"; };", 1, "ed25519" },
		{ "identity = { id = \"nobody\"; };", 1, "fqdn:" },
		{ "listen = { addresses = [ ]; };", 1, "give 1 to 16" },
		{ "listen = { addresses = \"10.0.0.1\"; };", 1, "list" },
		{ "listen = { addresses = [ \"10.0.0\" ]; };", 1, "not an IPv4" },
		{ "listen = { addresses = [ \"::\", \"::\" ]; };", 1, "twice" },
		{ "listen = { port = 500; };", 1, "not a setting" },
		{ "ike = { dh = [ \"modp1024\" ]; };", 1, "x25519" },
		{ "ike = { dh = [ \"p256\", \"p256\" ]; };", 1, "twice" },
		{ "ike = { dh = [ 19 ]; };", 1, "string" },
		{ "ike = { additional = [ ]; };", 1, "give 1 to 8" },
		{ "ike = { additional = [ \"kyber\" ]; };", 1, "mlkem768" },
		{ "ike = { additional = [ \"p256\", \"p256\" ]; };", 1, "twice" },
		{ "ike = { additional = [ \"none\", \"p256\" ]; };", 1, "put it last" },
		{ "ike = { dh = [ \"x25519\" ];\n additional = [ \"x25519\" ]; };", 2,
		  "no method is done twice" },
		{ "ike = {\n additional = [ \"p256\" ];\n dh = [ \"p256\" ]; };", 2,
		  "nothing but \"p256\"" },
		{ "ike = { aead = [ \"aes256cbc\" ]; };", 1, "aes256gcm16" },
		{ "ike = { aead = [ \"aes256-sha1\" ]; };", 1,
		  "aes256-sha256" },
		{ "ike = {\n aead = [ \"aes256-sha256\", \"aes256-sha384\","
		  " \"aes256-sha512\","
		  " \"aes128-sha256\", \"aes128-sha384\", \"aes128-sha512\", \"aes256gcm16\", \"aes128gcm16\" ];"
		  " prf = [ \"sha256\", \"sha384\", \"sha512\" ];"
		  " dh = [ \"x25519\", \"p256\", \"p384\", \"modp2048\", \"modp3072\" ];"
		  " additional = [ \"modp4096\", \"none\" ]; };", 1,
		  "make 147 transforms in 7 proposals, of at most 128" },
		{ "child = { aead = [ \"aes256-sha1\" ]; };", 1,
		  "aes256-sha256" },
		{ "ike = { prf = [ \"md5\" ]; };", 1, "sha256" },
		{ "ike = { lifetime = 59; };", 1, "60" },
		{ "ike = { reauth = 59; };", 1, "give 0 for never" },
		{ "child = { packets = 0; };", 1, "64" },
		{ "ike = { packets = 0; };", 1, "64" },
		{ "ike = { packets = 2147483648L; };", 1, "2147483647" },
		{ "ike = { bytes = 65535; };", 1, "0 for no limit, or 65536" },
		{ "ike = { bytes = -1; };", 1, "" },
		{ "child = { packets = 2147483648L; };", 1, "2147483647" },
		{ "ike = { fragment = 575; };", 1, "576 and more" },
		{ "ike = { reauth = 2592001; };", 1, "2592000" },
		{ "ike = { lifetime = -1; };", 1, "60" },
		{ "ike = { lifetime = 9999999999L; };", 1, "604800" },
		{ "ike = { lifetime = \"1h\"; };", 1, "whole number" },
		{ "ike = { lifetime = 1.5; };", 1, "whole number" },
		{ "ike = { dpd = 86401; };", 1, "86400" },
		{ "ike = { encap = \"udp\"; };", 1, "auto" },
		{ "ike = { encap = true; };", 1, "string" },
		{ "ike = { keepalive = 3601; };", 1, "3600" },
		{ "ike = { retries = 0; };", 1, "from 1" },
		{ "ike = { cookie_threshold = 65537; };", 1, "65536" },
		{ "ike = { half_open_max = 0; };", 1, "from 1" },
		{ "ike = { half_open_per_address = 0; };", 1, "from 1" },
		{ "ike = { per_address = 1; };", 1, "from 2" },
		{ "ike = { per_address = 8193; };", 1, "8192" },
		{ "ike = { initiate_max = 0; };", 1, "from 1" },
		{ "ike = { initiate_max = 8193; };", 1, "8192" },
		{ "ike = { stranger_children = 0; };", 1, "from 1" },
		{ "ike = { stranger_children = 257; };", 1, "256" },
		{ "ike = { dpd = 1; dpd = 2; };", 1, "duplicate" },
		{ "child = { lifetime = 9; };", 1, "from 10" },
		{ "child = { keep = 1; };", 1, "true or false" },
		{ "child = { bytes = 100; };", 1, "65536" },
		{ "child = { pfs = 1; };", 1, "true or false" },
		{ "child = { replay_window = 31; };", 1, "from 32" },
		{ "child = { replay_window = 4097; };", 1, "4096" },
		{ "pad = { };", 1, "" },
		{ "pad = (\n{ btns = true; any = true; } );", 0, "" },
		{ "pad = ( { name = \"a\"; any = true; } );", 1, "" },
		{ "pad = ( { name = \"a\"; " ANY " " KEY " } );",
		  1, "" },
		{ "pad = ( { name = \"a\"; btns = true; } );", 1, "" },
		{ "pad = ( { name = \"a\"; " KEY " } );",
		  1, "" },
		{ "pad = ( { name = \"a\"; id = \"fqdn:a\"; } );", 1, "" },
		{ "pad = ( { name = \"a\"; " ANY " },\n{ name = \"b\"; " ANY " } );",
		  0, "" },
		{ "pad = ( { name = \"a\"; " ANY " },\n{ name = \"a\"; btns = true; " KEY " } );",
		  0, "" },
		{ "pad = ( { name = \"a\"; btns = true; key = \"SHA256:00\"; } );",
		  1, "" },
		{ "pad = ( { name = \"a\"; " ANY " addresses = [ \"10.0.0.1/8\" ]; } );",
		  1, "" },
		{ "pad = ( { name = \"a\"; " ANY " colour = 1; } );",
		  1, "colour" },
		{ "groups = 1;", 1, "group" },
		{ "groups = { privat = [ ]; };", 1, "\"privat\"" },
		{ "groups = { clear = \"10.0.0.1\"; };", 1, "list" },
		{ "groups = { clear = [ 5 ]; };", 1, "string" },
		{ "groups = { clear = [ \"10.0.0.1/24\" ]; };", 1, "behind" },
		{ "groups = { block = [ \"10.0.0.0/33\" ]; };", 1, "block: " },
		{ "groups = { clear = [ \"10.0.0.0/8\", \"10.0.0.0/8\" ]; };",
		  1, "10.0.0.0/8 is in clear twice" },
		{ "groups = { private = [ \"fd00::/8\" ];\n clear = [ \"fd00::/8\" ]; };",
		  1, "fd00::/8 is both in clear and in private" },
		{ "groups = { fallback = { seconds = 0; }; };", 1, "from 1 to 3600" },
		{ "groups = { fallback = { seconds = 3601; }; };", 1, "3600" },
		{ "groups = { fallback = { wait = 0; }; };", 1, "from 1 to 300" },
		{ "groups = { fallback = { wait = 301; }; };", 1, "300" },
		{ "groups = { fallback = { max = 4097; }; };", 1, "4096" },
		{ "groups = { fallback = { minutes = 1; }; };", 1, "minutes" },
		{ "groups = { files = \"policies\"; };", 1, "absolute" },
		{ "groups = { files = \"/nonexistent\"; };", 1, "No such" },
	};
	char place[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *c = conf_read_string(cases[i].text, err);

		if (!CHECK(!c))
			ktap_note("taken: %s", cases[i].text);
		conf_free(c);
		snprintf(place, sizeof(place), "configuration:%u: ",
			 cases[i].line);
		if (!CHECK(!cases[i].line || strstr(err, place)) ||
		    !CHECK(strstr(err, cases[i].says)))
			ktap_note("%s -> %s", cases[i].text, err);
		CHECK(err[0] && !strchr(err, '\n'));
		/* place, and something behind it */
		CHECK(strstr(err, ": ") && strlen(strstr(err, ": ")) > 8);
	}
}

static void files(void)
{
	const char *path = temp_path("conf");
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct conf *c;

	if (!CHECK(fd >= 0))
		return;
	CHECK(write(fd, "ike = { dpd = 7; };\n", 20) == 20);
	c = conf_read_file(path, err);
	CHECK(c && c->dpd == 7);
	conf_free(c);
	CHECK(write(fd, "child = { x = 7; };\n", 20) == 20);
	CHECK(!conf_read_file(path, err));
	CHECK(strstr(err, path) && strstr(err, ":2: "));
	CHECK(write(fd, "\0", 1) == 1);
	CHECK(!conf_read_file(path, err));
	CHECK(strstr(err, "NUL"));
	close(fd);
	unlink(path);
	CHECK(!conf_read_file(path, err));
	CHECK(strstr(err, "cannot be read"));
	CHECK(!conf_read_file("/tmp", err));
	CHECK(strstr(err, "regular file"));
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[TEMP_PATH_MAX + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	CHECK(f && fputs(text, f) >= 0 && !fclose(f));
}

static void group_files(void)
{
	static const char *const names[] = { "clear", "clear-or-private",
					     "private-or-clear", "private",
					     "block" };
	const char *dir = temp_path("groups");
	char text[256], path[TEMP_PATH_MAX + 32];
	struct conf *c;
	size_t i;

	if (!CHECK(!mkdir(dir, 0700)))
		return;
	snprintf(text, sizeof(text),
		 "groups = { files = \"%s\"; block = [ \"10.9.0.0/16\" ]; };",
		 dir);
	/* an empty folder, and files with all that a line may be */
	c = conf_good(text);
	CHECK(c && c->has_groups && c->n_groups == 1);
	conf_free(c);
	put_file(dir, "clear", "# the gateway\n\n  10.1.0.254 \t# here\r\n");
	put_file(dir, "private", "10.0.0.0/8\nfd00::/16");
	put_file(dir, "privat", "nonsense\n");
	put_file(dir, "private-or-clear", "2001:db8::/32\n");
	c = conf_good(text);
	if (c && CHECK_EQ(c->n_groups, 5)) {
		/* shorter prefixes first, IPv4 first */
		CHECK_EQ(c->groups[0].plen, 8);
		CHECK_EQ(c->groups[0].group, LBTNS_GROUP_PRIVATE);
		CHECK_EQ(c->groups[1].group, LBTNS_GROUP_BLOCK);
		CHECK_EQ(c->groups[2].plen, 32);
		CHECK_EQ(c->groups[2].group, LBTNS_GROUP_CLEAR);
		CHECK_EQ(c->groups[3].net.family, AF_INET6);
		CHECK_EQ(c->groups[4].group, LBTNS_GROUP_PRIVATE_OR_CLEAR);
	}
	conf_free(c);
	/* what is wrong has file and line */
	put_file(dir, "clear-or-private", "10.4.0.0/16\n10.5.0.0/16 tcp 0 22\n");
	CHECK(!conf_read_string(text, err));
	CHECK(strstr(err, "/clear-or-private:2: ") && strstr(err, "tcp 0 22"));
	put_file(dir, "clear-or-private", "10.9.0.0/16\n");
	CHECK(!conf_read_string(text, err));
	CHECK(strstr(err, "10.9.0.0/16 is both in clear-or-private and in block"));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	/* a file that cannot be read is not one that is not there */
	snprintf(path, sizeof(path), "%s/block", dir);
	CHECK(!mkdir(path, 0700));
	CHECK(!conf_read_string(text, err));
	CHECK(strstr(err, "regular file"));
}

static void group_limit(void)
{
	char *text = malloc(200000);
	struct conf *c;
	size_t i, n, most;

	if (!CHECK(text))
		return;
	for (most = CONF_GROUPS_MAX; most <= CONF_GROUPS_MAX + 1; most++) {
		n = (size_t)sprintf(text, "groups = { clear = [ \"10.0.0.0\"");
		for (i = 1; i < most; i++)
			n += (size_t)sprintf(text + n, ", \"10.0.%zu.%zu\"",
					     i / 256, i % 256);
		strcpy(text + n, " ]; };");
		c = conf_read_string(text, err);
		CHECK_EQ(!!c, most == CONF_GROUPS_MAX);
		conf_free(c);
	}
	CHECK(strstr(err, "more than 1024 prefixes"));
	free(text);
}

static void long_values(void)
{
	char *text = malloc(200000);
	struct conf *c;
	size_t i, n;

	if (!CHECK(text))
		return;
	/* an identity as long as it may be, and one octet longer */
	for (i = 254; i <= 256; i++) {
		n = (size_t)sprintf(text, "identity = { id = \"fqdn:");
		memset(text + n, 'a', i);
		strcpy(text + n + i, "\"; };");
		c = conf_read_string(text, err);
		CHECK_EQ(!!c, i < 256);
		conf_free(c);
	}
	n = (size_t)sprintf(text, "%s", "identity = { key = \"");
	memset(text + n, 'x', 100000);
	strcpy(text + n + 100000, "\"; };");
	CHECK(!conf_read_string(text, err));
	CHECK(strlen(err) < CONF_ERR_MAX);
	free(text);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an empty file means the defaults", defaults },
		{ "every setting is taken", everything },
		{ "additional key exchanges: needed, optional, not to be had",
		  additional },
		{ "U03 identities: all kinds, and no public key", ids },
		{ "B02 U04 every mistake has its line and a remedy",
		  mistakes },
		{ "files: line numbers, NUL, folders, absence", files },
		{ "U02 groups in files: comments, lines, absence", group_files },
		{ "U02 groups have a limit", group_limit },
		{ "long values", long_values },
	};

	return KTAP_RUN(tests);
}
