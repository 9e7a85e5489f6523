// SPDX-License-Identifier: GPL-2.0-or-later
/* Known peers: the file line by line, hashed addresses, every verdict. */
#include "ktap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libbtns/known.h"
#include "temp.h"

#define HEADER	"btns-known-peers 1\n"
#define KEY	"SHA256:" \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HASH	"|1|000102030405060708090a0b0c0d0e0f" \
	"|000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"|ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define DAY	86400u

static struct lbtns_known_fault fault;

static struct lbtns_prefix addr(const char *text)
{
	struct lbtns_prefix p;

	CHECK_EQ(lbtns_prefix_parse(text, &p, NULL), 0);
	return p;
}

/* where is an address, "*" or "#ADDRESS" for a hashed one; key is one octet */
static struct lbtns_known_entry entry(const char *where, uint8_t key,
				      enum lbtns_known_kind kind, uint64_t last)
{
	struct lbtns_known_entry e = { .kind = kind, .first = 1, .last = last };

	memset(e.key, key, sizeof(e.key));
	if (!strcmp(where, "*")) {
		e.where = LBTNS_KNOWN_ANYWHERE;
		return e;
	}
	e.addr = addr(where + (*where == '#'));
	if (*where == '#')
		CHECK_EQ(lbtns_known_hash(&e), 0);
	return e;
}

static void put(struct lbtns_known *k, const char *where, uint8_t key,
		enum lbtns_known_kind kind, uint64_t last)
{
	struct lbtns_known_entry e = entry(where, key, kind, last);

	CHECK_EQ(lbtns_known_add(k, &e), 0);
}

static enum lbtns_known_verdict ask(const struct lbtns_known *k,
				    const char *where, uint8_t key,
				    uint64_t now, uint64_t expire, size_t *at)
{
	struct lbtns_known_peer p = {
		.addr = addr(where),
		.now = now,
		.expire = expire,
	};

	memset(p.key, key, sizeof(p.key));
	*at = 999;
	return lbtns_known_check(k, &p, at);
}

/* ---- the file ------------------------------------------------------------ */

static void forms(void)
{
	static const char text[] = HEADER
		"10.0.0.2 " KEY " learned 100 200\n"
		"2001:db8::2 " KEY " nat 100 100\n"
		HASH " " KEY " many 0 18446744073709551615\n"
		"* " KEY " added 1 1\n";
	struct lbtns_known k;
	char *again;
	size_t len;

	CHECK_EQ(lbtns_known_parse(text, strlen(text), &k, &fault), 0);
	if (!CHECK_EQ(k.n, 4))
		return;
	CHECK_EQ(k.entry[0].where, LBTNS_KNOWN_PLAIN);
	CHECK_EQ(k.entry[0].kind, LBTNS_KNOWN_LEARNED);
	CHECK(k.entry[0].first == 100 && k.entry[0].last == 200);
	CHECK_EQ(k.entry[0].key[31], 0x1f);
	CHECK_EQ(k.entry[1].addr.family, AF_INET6);
	CHECK_EQ(k.entry[1].kind, LBTNS_KNOWN_NAT);
	CHECK_EQ(k.entry[2].where, LBTNS_KNOWN_HASHED);
	CHECK_EQ(k.entry[2].net[0], 0xff);
	CHECK_EQ(k.entry[3].where, LBTNS_KNOWN_ANYWHERE);
	CHECK_EQ(lbtns_known_format(&k, &again, &len), 0);
	CHECK(len == strlen(text) && !memcmp(again, text, len));
	free(again);
	lbtns_known_free(&k);
	CHECK_EQ(lbtns_known_parse(HEADER, strlen(HEADER), &k, &fault), 0);
	CHECK_EQ(k.n, 0);
}

static void damage(void)
{
	static const char *const bad[] = {
		"",
		"# a remark",
		"10.0.0.2 " KEY " learned 100",
		"10.0.0.2 " KEY " learned 100 200 300",
		" 10.0.0.2 " KEY " learned 100 200",
		"10.0.0.2  " KEY " learned 100 200",
		"10.0.0.2 " KEY " learned 100 200 ",
		"10.0.0.2 " KEY " learned 100 200\r",
		"10.0.0.2/32 " KEY " learned 100 200",
		"10.0.0.0/24 " KEY " learned 100 200",
		"010.0.0.2 " KEY " learned 100 200",
		"host.example " KEY " learned 100 200",
		"2001:DB8::2 " KEY " learned 100 200",
		"10.0.0.2 SHA256:00 learned 100 200",
		"10.0.0.2 " KEY "00 learned 100 200",
		"10.0.0.2 " KEY " Learned 100 200",
		"10.0.0.2 " KEY " trusted 100 200",
		"10.0.0.2 " KEY " learned 300 200",
		"10.0.0.2 " KEY " learned -1 200",
		"10.0.0.2 " KEY " learned 0100 200",
		"10.0.0.2 " KEY " learned 1 18446744073709551616",
		"* " KEY " learned 100 200",
		"* " KEY " many 100 200",
		"|2" HASH " " KEY " learned 100 200",
		HASH "0 " KEY " learned 100 200",
		"|1|00|00|00 " KEY " learned 100 200",
	};
	char text[1024], wide[2 * LBTNS_KNOWN_LINE_MAX];
	struct lbtns_known k;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "10.0.0.1 " KEY " learned 1 1\n%s\n", bad[i]);
		if (!CHECK_EQ(lbtns_known_parse(text, strlen(text), &k, &fault),
			      -EBADMSG) ||
		    !CHECK_EQ(fault.line, 3) || !CHECK(*fault.why) ||
		    !CHECK(!k.entry && !k.n))
			ktap_note("%s", bad[i]);
	}
	/* a line that has no end, one that is too long, a NUL, no header */
	strcpy(text, HEADER "10.0.0.1 " KEY " learned 1 1");
	CHECK_EQ(lbtns_known_parse(text, strlen(text), &k, &fault), -EBADMSG);
	CHECK_EQ(fault.line, 2);
	memset(wide, '1', sizeof(wide));
	snprintf(text, sizeof(text), HEADER "%.500s\n", wide);
	CHECK_EQ(lbtns_known_parse(text, strlen(text), &k, &fault), -EBADMSG);
	strcpy(text, HEADER "10.0.0.1 " KEY " learned 1 1\n");
	text[strlen(HEADER) + 8] = '\0';
	CHECK_EQ(lbtns_known_parse(text, strlen(HEADER) + 90, &k, &fault),
		 -EBADMSG);
	CHECK_EQ(lbtns_known_parse("", 0, &k, &fault), -EBADMSG);
	CHECK_EQ(fault.line, 1);
	strcpy(text, "btns-known-peers 2\n");
	CHECK_EQ(lbtns_known_parse(text, strlen(text), &k, &fault), -EBADMSG);
	CHECK_EQ(fault.line, 1);
}

static void full(void)
{
	struct lbtns_known_entry e = entry("10.0.0.1", 1, 0, 1);
	struct lbtns_known k = { 0 }, j;
	char *text;
	size_t len;

	while (k.n < LBTNS_KNOWN_MAX && !lbtns_known_add(&k, &e))
		;
	CHECK_EQ(k.n, LBTNS_KNOWN_MAX);
	CHECK_EQ(lbtns_known_add(&k, &e), -ENOSPC);
	CHECK_EQ(lbtns_known_format(&k, &text, &len), 0);
	CHECK(len <= LBTNS_KNOWN_FILE_MAX);
	CHECK_EQ(lbtns_known_parse(text, len, &j, &fault), 0);
	CHECK_EQ(j.n, LBTNS_KNOWN_MAX);
	lbtns_known_free(&j);
	/* one line more than there may be */
	text = realloc(text, len + LBTNS_KNOWN_LINE_MAX);
	if (!CHECK(text))
		return;
	len += (size_t)sprintf(text + len,
			       "10.0.0.1 " KEY " learned 1 1\n");
	CHECK_EQ(lbtns_known_parse(text, len, &j, &fault), -EBADMSG);
	CHECK_EQ(fault.line, LBTNS_KNOWN_MAX + 2);
	free(text);
	lbtns_known_free(&k);
}

/* ---- hashes -------------------------------------------------------------- */

static void hashed(void)
{
	struct lbtns_known_entry a = entry("#10.0.0.2", 1, 0, 1), b;
	struct lbtns_prefix here = addr("10.0.0.2"), there = addr("10.0.0.3");
	char text[LBTNS_KNOWN_LINE_MAX];
	struct lbtns_known k = { 0 };
	size_t at;

	b = entry("#10.0.0.2", 1, 0, 1);
	/* nothing of the address is left, and equal ones do not look equal */
	CHECK_EQ(a.addr.family, 0);
	CHECK(memcmp(a.salt, b.salt, sizeof(a.salt)));
	CHECK(memcmp(a.mac, b.mac, sizeof(a.mac)));
	CHECK(memcmp(a.mac, a.net, sizeof(a.mac)));
	CHECK(!strstr(lbtns_known_where_text(&a, text), "10.0.0.2"));
	CHECK_EQ(lbtns_known_at(&a, &here), 1);
	CHECK_EQ(lbtns_known_at(&a, &there), 0);
	/* once is enough */
	b = a;
	CHECK_EQ(lbtns_known_hash(&b), 0);
	CHECK(!memcmp(&a, &b, sizeof(a)));
	/* an address is not the other family's with the same octets */
	a = entry("#2001:db8::1", 1, 0, 1);
	here = addr("2001:db8::1");
	CHECK_EQ(lbtns_known_at(&a, &here), 1);
	here = addr("32.1.13.184");
	CHECK_EQ(lbtns_known_at(&a, &here), 0);
	/* what is hashed is found as what is not */
	put(&k, "#10.0.0.2", 1, LBTNS_KNOWN_LEARNED, 1);
	CHECK_EQ(ask(&k, "10.0.0.2", 1, 1, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.2", 2, 1, 0, &at), LBTNS_KNOWN_CHANGED);
	CHECK_EQ(ask(&k, "10.0.0.3", 2, 1, 0, &at), LBTNS_KNOWN_UNKNOWN);
	lbtns_known_free(&k);
}

static void neighbours(void)
{
	static const char *const form[] = { "", "#" };
	struct lbtns_known k = { 0 };
	struct lbtns_prefix p;
	char where[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(where, sizeof(where), "%s2001:db8::1", form[i]);
		put(&k, where, 1, LBTNS_KNOWN_LEARNED, 1);
		snprintf(where, sizeof(where), "%s2001:db8::ffff:2", form[i]);
		put(&k, where, 1, LBTNS_KNOWN_NAT, 1);
		snprintf(where, sizeof(where), "%s2001:db8:0:1::1", form[i]);
		put(&k, where, 1, LBTNS_KNOWN_LEARNED, 1);
		snprintf(where, sizeof(where), "%s10.0.0.1", form[i]);
		put(&k, where, 1, LBTNS_KNOWN_LEARNED, 1);
		/* an administrator's own do not count */
		put(&k, where, 2, LBTNS_KNOWN_ADDED, 1);
		put(&k, where, 3, LBTNS_KNOWN_MANY, 1);
	}
	p = addr("2001:db8::abcd");
	CHECK_EQ(lbtns_known_near(&k, &p), 4);
	p = addr("2001:db8:0:1::2");
	CHECK_EQ(lbtns_known_near(&k, &p), 2);
	p = addr("10.0.0.1");
	CHECK_EQ(lbtns_known_near(&k, &p), 2);
	p = addr("10.0.0.2");
	CHECK_EQ(lbtns_known_near(&k, &p), 0);
	lbtns_known_free(&k);
}

/* ---- what is known ------------------------------------------------------- */

static void verdicts(void)
{
	struct lbtns_known k = { 0 };
	size_t at;

	CHECK_EQ(ask(&k, "10.0.0.1", 1, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	put(&k, "10.0.0.9", 9, LBTNS_KNOWN_LEARNED, 1);
	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_LEARNED, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(at, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_CHANGED);
	CHECK_EQ(at, 1);
	/* one peer on many addresses: each is a first contact of its own */
	CHECK_EQ(ask(&k, "10.0.0.2", 1, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	/* a key set */
	put(&k, "10.0.0.1", 2, LBTNS_KNOWN_ADDED, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(at, 2);
	CHECK_EQ(ask(&k, "10.0.0.1", 3, 9, 0, &at), LBTNS_KNOWN_CHANGED);
	CHECK_EQ(at, 1);
	/* an administrator says that more are there */
	put(&k, "10.0.0.1", 4, LBTNS_KNOWN_MANY, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 3, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.9", 3, 9, 0, &at), LBTNS_KNOWN_CHANGED);
	lbtns_known_free(&k);
}

static void nat(void)
{
	struct lbtns_known k = { 0 };
	size_t at;

	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_NAT, 1);
	put(&k, "10.0.0.1", 2, LBTNS_KNOWN_NAT, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.1", 3, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	/* a peer that is alone there: nobody passes for it from behind a NAT */
	put(&k, "10.0.0.1", 4, LBTNS_KNOWN_LEARNED, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 3, 9, 0, &at), LBTNS_KNOWN_CHANGED);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	lbtns_known_free(&k);
}

static void anywhere(void)
{
	struct lbtns_known k = { 0 };
	size_t at;

	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_LEARNED, 1);
	put(&k, "*", 2, LBTNS_KNOWN_ADDED, 1);
	CHECK_EQ(ask(&k, "10.0.0.7", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	CHECK_EQ(at, 1);
	CHECK_EQ(ask(&k, "10.0.0.7", 3, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	/* a key that roams does not make its owner another peer */
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_CHANGED);
	/* where others are expected it is one of them */
	put(&k, "10.0.0.2", 1, LBTNS_KNOWN_NAT, 1);
	CHECK_EQ(ask(&k, "10.0.0.2", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_MANY, 1);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 9, 0, &at), LBTNS_KNOWN_MATCH);
	lbtns_known_free(&k);
}

static void expiry(void)
{
	struct lbtns_known k = { 0 };
	size_t at;

	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_LEARNED, 1000);
	put(&k, "10.0.0.2", 2, LBTNS_KNOWN_ADDED, 1000);
	put(&k, "10.0.0.3", 3, LBTNS_KNOWN_NAT, 1000);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 1000 + DAY, DAY, &at),
		 LBTNS_KNOWN_MATCH);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 1000 + DAY, DAY, &at),
		 LBTNS_KNOWN_CHANGED);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 1001 + DAY, DAY, &at),
		 LBTNS_KNOWN_EXPIRED);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 1001 + DAY, DAY, &at),
		 LBTNS_KNOWN_EXPIRED);
	CHECK_EQ(ask(&k, "10.0.0.3", 2, 1001 + DAY, DAY, &at),
		 LBTNS_KNOWN_EXPIRED);
	/* never, a clock that was set back, an administrator's word */
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 1001 + DAY, 0, &at),
		 LBTNS_KNOWN_CHANGED);
	CHECK_EQ(ask(&k, "10.0.0.1", 2, 1, DAY, &at), LBTNS_KNOWN_CHANGED);
	CHECK_EQ(ask(&k, "10.0.0.2", 1, 99 * DAY, DAY, &at),
		 LBTNS_KNOWN_CHANGED);
	/* beside an old entry a young one counts */
	put(&k, "10.0.0.1", 5, LBTNS_KNOWN_LEARNED, 1001 + DAY);
	CHECK_EQ(ask(&k, "10.0.0.1", 1, 1001 + DAY, DAY, &at),
		 LBTNS_KNOWN_CHANGED);
	CHECK_EQ(at, 3);
	CHECK_EQ(lbtns_known_prune(&k, 1001 + DAY, 0), 0);
	CHECK_EQ(lbtns_known_prune(&k, 1001 + DAY, DAY), 2);
	CHECK_EQ(k.n, 2);
	CHECK_EQ(k.entry[0].key[0], 2);
	CHECK_EQ(k.entry[1].key[0], 5);
	lbtns_known_free(&k);
}

static void removal(void)
{
	struct lbtns_known k = { 0 };
	struct lbtns_prefix p = addr("10.0.0.1");
	uint8_t key[BTNS_DIGEST_LEN];
	size_t at;

	put(&k, "10.0.0.1", 1, LBTNS_KNOWN_LEARNED, 1);
	put(&k, "#10.0.0.1", 2, LBTNS_KNOWN_LEARNED, 1);
	put(&k, "#10.0.0.2", 2, LBTNS_KNOWN_LEARNED, 1);
	put(&k, "*", 3, LBTNS_KNOWN_ADDED, 1);
	put(&k, "10.0.0.3", 3, LBTNS_KNOWN_ADDED, 1);
	memset(key, 2, sizeof(key));
	CHECK_EQ(lbtns_known_remove(&k, &p, key), 1);
	CHECK_EQ(k.n, 4);
	CHECK_EQ(lbtns_known_remove(&k, &p, NULL), 1);
	CHECK_EQ(lbtns_known_remove(&k, &p, NULL), 0);
	CHECK_EQ(ask(&k, "10.0.0.1", 7, 9, 0, &at), LBTNS_KNOWN_UNKNOWN);
	/* of no address, then a key wherever it is */
	memset(&p, 0, sizeof(p));
	CHECK_EQ(lbtns_known_remove(&k, &p, NULL), 1);
	CHECK_EQ(k.n, 2);
	CHECK_EQ(lbtns_known_remove(&k, NULL, key), 1);
	CHECK_EQ(k.n, 1);
	CHECK_EQ(k.entry[0].key[0], 3);
	lbtns_known_free(&k);
}

/* ---- files --------------------------------------------------------------- */

static const char *path;

static void in_folder(void)
{
	struct lbtns_known k = { 0 }, j;
	struct stat st;
	char other[TEMP_PATH_MAX + 8];

	CHECK_EQ(lbtns_known_load(path, &k, &fault), -ENOENT);
	put(&k, "#10.0.0.1", 1, LBTNS_KNOWN_LEARNED, 7);
	CHECK_EQ(lbtns_known_save(path, &k), 0);
	CHECK(!stat(path, &st) && (st.st_mode & 0777) == 0600);
	CHECK_EQ(lbtns_known_load(path, &j, &fault), 0);
	CHECK_EQ(j.n, 1);
	CHECK(!memcmp(&j.entry[0], &k.entry[0], sizeof(j.entry[0])));
	/* seen when it is replaced, and when it is gone */
	CHECK(lbtns_file_same(path, &j.stamp));
	CHECK_EQ(lbtns_known_save(path, &k), 0);
	CHECK(!lbtns_file_same(path, &j.stamp));
	lbtns_known_free(&j);
	CHECK_EQ(chmod(path, 0620), 0);
	CHECK_EQ(lbtns_known_load(path, &j, &fault), -EBADMSG);
	CHECK_EQ(fault.line, 0);
	CHECK_EQ(chmod(path, 0600), 0);
	CHECK_EQ(lbtns_known_load(path, &j, &fault), 0);
	lbtns_known_free(&j);
	snprintf(other, sizeof(other), "%s.link", path);
	CHECK_EQ(symlink(path, other), 0);
	CHECK_EQ(lbtns_known_load(other, &j, &fault), -EBADMSG);
	unlink(other);
	unlink(path);
	CHECK(!lbtns_file_same(path, &k.stamp));
	lbtns_known_free(&k);
}

#define WRITERS	4
#define EACH	25

/* adds entries one by one, each under the lock */
static int writer(unsigned int me)
{
	struct lbtns_known_fault f;
	struct lbtns_known k;
	unsigned int i;
	char where[32];
	int fd, err;

	for (i = 0; i < EACH; i++) {
		fd = lbtns_file_lock(path, 20000);
		if (fd < 0)
			return 1;
		err = lbtns_known_load(path, &k, &f);
		if (err && err != -ENOENT)
			return 2;
		snprintf(where, sizeof(where), "10.0.%u.%u", me, i);
		put(&k, where, 1, LBTNS_KNOWN_LEARNED, 1);
		if (lbtns_known_save(path, &k))
			return 3;
		lbtns_known_free(&k);
		close(fd);
	}
	return 0;
}

static void writers(void)
{
	struct lbtns_known k;
	pid_t pid[WRITERS];
	int status, fd;
	unsigned int i;

	fflush(stdout);
	for (i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(writer(i));
	}
	for (i = 0; i < WRITERS; i++) {
		CHECK_EQ(waitpid(pid[i], &status, 0), pid[i]);
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
		/* whoever reads without the lock reads a whole file */
		CHECK_EQ(lbtns_known_load(path, &k, &fault), 0);
		lbtns_known_free(&k);
	}
	CHECK_EQ(lbtns_known_load(path, &k, &fault), 0);
	CHECK_EQ(k.n, WRITERS * EACH);
	lbtns_known_free(&k);
	fd = lbtns_file_lock(path, 0);
	CHECK(fd >= 0);
	CHECK_EQ(lbtns_file_lock(path, 30), -EBUSY);
	close(fd);
	fd = lbtns_file_lock(path, 0);
	CHECK(fd >= 0);
	close(fd);
	unlink(path);
}

static const struct ktap_test tests[] = {
	{ "U16 every form of a line is read and written again", forms },
	{ "U16 whatever is wrong with a line, the file is refused and the line named",
	  damage },
	{ "U16 the file is bounded", full },
	{ "U16 a hashed address tells nothing, and is found", hashed },
	{ "U16 a /64 is one neighbour", neighbours },
	{ "U16 unknown, match, changed; key sets; one peer on many addresses",
	  verdicts },
	{ "U16 several peers behind one NAT address", nat },
	{ "U16 a key that is good anywhere, but for who is alone at an address",
	  anywhere },
	{ "U16 what was not seen for long does not count", expiry },
	{ "U16 removal by address, by key, by both", removal },
	{ "U16 the file: mode, stamp, links, rights", in_folder },
	{ "U16 several writers lose nothing", writers },
};

int main(void)
{
	path = temp_path("known");
	return KTAP_RUN(tests);
}
