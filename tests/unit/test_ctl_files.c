// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl and the files that btnsd keeps: peers that proved themselves, and known
 * ones. No kernel is asked.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_run.h"
#include "libbtns/peers.h"

#define KEY	"SHA256:417e5d372f6f9878e01d729c499b2d01bed38aa39a55437039364116de0a77cb"
#define NAMED	KEY " peer fqdn:db.example method rawkey pad db " \
	"first 1970-01-01T00:00:01Z last 1970-01-01T00:00:02Z\n"

/* A store with one peer; false if it cannot be written. */
static bool write_store(const char *path, bool damaged)
{
	static uint8_t spki[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
				    0x65, 0x70, 0x03, 0x21, 0x00 };
	struct lbtns_peer p = { .first = 1, .last = 2, .pad = "db",
				.spki = spki, .spki_len = sizeof(spki) };
	const struct lbtns_peer *list[] = { &p };
	uint8_t *data;
	size_t len, i;
	FILE *f;
	bool ok;

	for (i = 12; i < sizeof(spki); i++)
		spki[i] = (uint8_t)(i + 20);
	lbtns_ident_parse("fqdn:db.example", &p.ident, NULL);
	p.ident.method = BTNS_AUTH_METHOD_RAWKEY;
	lbtns_key_parse(KEY, p.key, NULL);
	if (lbtns_peers_format(list, 1, &data, &len))
		return false;
	data[len / 2] ^= damaged;
	f = fopen(path, "we");
	ok = f && fwrite(data, 1, len, f) == len;
	if (f)
		fclose(f);
	free(data);
	return ok;
}

static void peers(void)
{
	char path[96], line[256];

	snprintf(path, sizeof(path), "%s/peers", proc);
	CHECK(write_store(path, false));
	snprintf(line, sizeof(line), "peer file %s", path);
	CHECK_EQ(run(line), 2);
	snprintf(line, sizeof(line), "peer list file %s", path);
	CHECK_EQ(run(line), 0);
	is(out, NAMED);
	snprintf(line, sizeof(line), "peer show fqdn:db.example file %s", path);
	CHECK_EQ(run(line), 0);
	is(out, NAMED "-----BEGIN PUBLIC KEY-----\n"
	   "MCowBQYDK2VwAyEAICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
	   "-----END PUBLIC KEY-----\n");
	snprintf(line, sizeof(line), "-j peer show " KEY " file %s", path);
	CHECK_EQ(run(line), 0);
	is(out, "[{\"key\":\"" KEY "\",\"peer\":{\"id\":\"fqdn:db.example\","
	   "\"type\":\"fqdn\",\"method\":\"rawkey\",\"digest\":"
	   "\"SHA256:b1bfbb98b4f7d8199493d179e58b5c925616200f5ce1d987cffd67cb5fa65120\","
	   "\"name\":\"db.example\"},\"pad\":\"db\",\"first\":1,\"last\":2,\"spki\":"
	   "\"MCowBQYDK2VwAyEAICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\"}]\n");
	snprintf(line, sizeof(line), "peer show fqdn:other file %s", path);
	CHECK_EQ(run(line), 1);
	CHECK(strstr(err, "has no such peer"));
	snprintf(line, sizeof(line), "peer check file %s", path);
	CHECK_EQ(run(line), 0);
	CHECK(strstr(out, "is intact, 1 peers"));
	CHECK(write_store(path, true));
	CHECK_EQ(run(line), 1);
	CHECK(strstr(err, "is damaged: its checksum is wrong"));
	unlink(path);
	CHECK_EQ(run(line), 1);
	CHECK(strstr(err, "btnsd makes it when it starts"));
	CHECK_EQ(fake.requests, 0);
}

/* one command on a file of known peers */
static int known(const char *verb, const char *words, const char *path)
{
	char line[512];

	snprintf(line, sizeof(line), "%s %s file %s", verb, words, path);
	return run(line);
}

static void known_file(void)
{
	char path[96], lock[128], *at;

	snprintf(path, sizeof(path), "%s/known", proc);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	CHECK_EQ(known("known list", "", path), 1);
	CHECK(strstr(err, "btnsd makes it"));
	CHECK_EQ(known("known add", "192.0.2.2 " KEY " plain", path), 0);
	CHECK_EQ(known("known list", "", path), 0);
	at = strstr(out, " first 20");
	CHECK(at && strstr(at, " last 20"));
	if (at)
		*at = '\0';
	is(out, "192.0.2.2 key " KEY " added");
	/* once more is no second entry; a set of keys is */
	CHECK_EQ(known("known add", "192.0.2.2 " KEY " many", path), 0);
	CHECK_EQ(known("known add", "192.0.2.2 SHA256:" HEX, path), 0);
	CHECK_EQ(known("known add", "any " KEY, path), 0);
	CHECK_EQ(known("-j known check", "", path), 0);
	CHECK(strstr(out, "\"entries\":3}"));
	/* a hashed address is found by who knows it */
	CHECK_EQ(known("known list", "", path), 0);
	CHECK(!strstr(out, "192.0.2.2") && strstr(out, "|1|"));
	CHECK_EQ(known("-j known show", "192.0.2.2", path), 0);
	CHECK(strstr(out, "\"hash\":\"|1|"));
	CHECK(strstr(out, "\"key\":\"" KEY "\",\"kind\":\"many\""));
	CHECK(strstr(out, "\"key\":\"SHA256:" HEX "\",\"kind\":\"added\""));
	CHECK(strstr(out, "\"first\":"));
	CHECK_EQ(known("known show", "192.0.2.3", path), 1);
	CHECK_EQ(known("known show", "any", path), 0);
	CHECK(!strncmp(out, "any key " KEY " added first ", 90));
	CHECK_EQ(known("known remove", "192.0.2.2 key " KEY, path), 0);
	CHECK_EQ(known("known remove", "192.0.2.2 key " KEY, path), 1);
	CHECK(strstr(err, "no such entry"));
	CHECK_EQ(known("known remove", "192.0.2.2", path), 0);
	CHECK_EQ(known("known add", "192.0.2.2 " KEY " plain", path), 0);
	CHECK_EQ(known("known hash", "", path), 0);
	CHECK_EQ(known("known list", "", path), 0);
	CHECK(!strstr(out, "192.0.2.2"));
	CHECK_EQ(known("known remove", "key " KEY, path), 0);
	CHECK_EQ(known("known check", "", path), 0);
	CHECK(strstr(out, "is intact, 0 entries"));
	unlink(path);
	unlink(lock);
	CHECK_EQ(fake.requests, 0);
}

static void known_damaged(void)
{
	char path[96], lock[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/known", proc);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	f = fopen(path, "we");
	CHECK(f && fputs("btns-known-peers 1\n192.0.2.2\n", f) >= 0);
	if (f)
		fclose(f);
	/* nobody repairs it by accident */
	CHECK_EQ(known("known check", "", path), 1);
	CHECK(strstr(err, "/known:2: "));
	CHECK_EQ(known("known add", "192.0.2.2 " KEY, path), 1);
	CHECK_EQ(known("known remove", "192.0.2.2", path), 1);
	CHECK_EQ(known("known hash", "", path), 1);
	CHECK_EQ(known("known check", "", path), 1);
	unlink(path);
	unlink(lock);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "L54 N23 the store of peers is read, without a kernel", peers },
		{ "U16 known peers are added, shown, hashed, removed", known_file },
		{ "U16 a damaged file of known peers is not changed", known_damaged },
	};

	return RUN_IN_PROC(tests);
}
