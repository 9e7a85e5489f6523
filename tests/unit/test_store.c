// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store of proved peers: its file, octet by octet, and what btnsd does with
 * it (RFC 5660 section 2.6), by two helpers on a mock kernel.
 */
#include "ktap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "btnsd/peers.h"
#include "btnsd/store.h"
#include "libbtns/peers.h"
#include "world.h"

#define NET	WORLD_NET

static struct world w;
static const char *why;

/* ---- the file ------------------------------------------------------------ */

static struct lbtns_peer made(unsigned int n, uint8_t spki[static 44])
{
	struct lbtns_peer p = { .first = 1000 + n, .last = 2000 + n };
	unsigned int len;

	memset(spki, 0x30, 44);
	memcpy(spki, &n, sizeof(n));
	p.spki = spki;
	p.spki_len = 44;
	EVP_Digest(spki, 44, p.key, &len, EVP_sha256(), NULL);
	if (n % 3) {
		lbtns_ident_from_digest(p.key, &p.ident);
		p.ident.method = BTNS_AUTH_METHOD_BTNS;
	} else {
		lbtns_ident_parse("fqdn:db.example", &p.ident, NULL);
		p.ident.method = BTNS_AUTH_METHOD_RAWKEY;
	}
	strcpy(p.pad, n % 2 ? "any" : "");
	return p;
}

static void fill(struct store *s, unsigned int n)
{
	uint8_t spki[44];
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->path = strdup(world_store_path(0, ""));
	for (i = 0; i < n; i++) {
		struct lbtns_peer p = made(i, spki);

		CHECK_EQ(store_add(s, &p), 0);
	}
}

static void write_file(const uint8_t *data, size_t len)
{
	FILE *f = fopen(world_store_path(0, ""), "we");

	CHECK(f && fwrite(data, 1, len, f) == len);
	if (f)
		fclose(f);
}

static size_t read_file(uint8_t **data)
{
	size_t len;

	CHECK_EQ(lbtns_peers_load(world_store_path(0, ""), data, &len, &why),
		 0);
	return len;
}

/* also of a file that the library does not read */
static size_t read_any(uint8_t **data)
{
	FILE *f = fopen(world_store_path(0, ""), "re");
	size_t len = 0;

	*data = calloc(1, 65536);
	if (CHECK(f && *data))
		len = fread(*data, 1, 65536, f);
	if (f)
		fclose(f);
	return len;
}

static void round_trip(void)
{
	struct store s, t;
	struct stat st;
	uint8_t spki[44];
	unsigned int i;

	fill(&s, 100);
	CHECK(s.unsaved);
	CHECK_EQ(store_save(&s), 0);
	CHECK(!s.unsaved);
	CHECK(!stat(s.path, &st) && (st.st_mode & 0777) == 0600);
	CHECK(access(world_store_path(0, ".new"), F_OK));
	fill(&t, 0);
	CHECK_EQ(store_load(&t, &why), 0);
	CHECK_EQ(t.n, 100);
	for (i = 0; i < 100; i++) {
		struct lbtns_peer p = made(i, spki), *q = store_find(&t, &p);

		if (!CHECK(q))
			continue;
		CHECK_EQ(q->first, p.first);
		CHECK_EQ(q->last, p.last);
		CHECK(!strcmp(q->ident.name, p.ident.name));
		CHECK(!strcmp(q->pad, p.pad));
		CHECK(q->spki_len == 44 && !memcmp(q->spki, spki, 44));
		CHECK(store_has_ident(&t, &p.ident));
		p.ident.method = BTNS_AUTH_METHOD_PSK;
		CHECK(!store_has_ident(&t, &p.ident));
		CHECK(!store_find(&t, &p));
	}
	CHECK_EQ(store_check(&t, &why), 0);
	/* what a crash left behind is in nobody's way */
	CHECK_EQ(link(s.path, world_store_path(0, ".new")), 0);
	CHECK_EQ(store_save(&t), 0);
	CHECK_EQ(store_check(&t, &why), 0);
	store_free(&s);
	store_free(&t);
}

static void every_octet(void)
{
	uint8_t *data;
	struct store s;
	size_t len, i;

	fill(&s, 5);
	CHECK_EQ(store_save(&s), 0);
	len = read_file(&data);
	for (i = 0; i < len; i++) {
		data[i] ^= 1 << i % 8;
		if (!CHECK_EQ(lbtns_peers_parse(data, len, NULL, NULL, &why),
			      -EBADMSG))
			ktap_note("octet %zu", i);
		data[i] ^= 1 << i % 8;
		if (!CHECK_EQ(lbtns_peers_parse(data, i, NULL, NULL, &why),
			      -EBADMSG))
			ktap_note("cut at %zu", i);
	}
	CHECK_EQ(lbtns_peers_parse(data, len, NULL, NULL, &why), 0);
	free(data);
	store_free(&s);
}

/* a file whose checksum is right and whose content is not */
static int forged(uint8_t *data, size_t len)
{
	unsigned int n;

	EVP_Digest(data, len - 32, data + len - 32, &n, EVP_sha256(), NULL);
	return lbtns_peers_parse(data, len, NULL, NULL, &why);
}

static void forgeries(void)
{
	/* of the first record: type, method, first, octets of the key, names */
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
		{ 0, 'B' }, { 11, 0 }, { 15, 3 }, { 15, 1 }, { 16, 0 },
		{ 16, 99 }, { 17, 0 }, { 17, 99 }, { 18, 0xff }, { 50, 0xff },
		{ 67, 45 }, { 66, 0xff }, { 67, 0 }, { 68, 64 }, { 69, 200 },
		{ 72, 0xff }, { 114, '\n' },
	};
	uint8_t *data, spki[44];
	struct store s;
	size_t len, i;

	fill(&s, 0);
	for (i = 1; i <= 2; i++) {
		struct lbtns_peer p = made((unsigned int)(3 * i + 1), spki);

		CHECK_EQ(store_add(&s, &p), 0);
	}
	CHECK_EQ(store_save(&s), 0);
	len = read_file(&data);
	CHECK_EQ(forged(data, len), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t old = data[cases[i].at];

		data[cases[i].at] = cases[i].value;
		if (!CHECK_EQ(forged(data, len), -EBADMSG) || !CHECK(*why))
			ktap_note("%u at %zu", cases[i].value, cases[i].at);
		data[cases[i].at] = old;
	}
	/* of a later version: not damaged, if its sum says so */
	data[11] = 2;
	data[16] = 99;
	CHECK_EQ(lbtns_peers_parse(data, len, NULL, NULL, &why), -EBADMSG);
	CHECK_EQ(forged(data, len), -EPROTONOSUPPORT);
	CHECK_EQ(forged(data, len - 1), -EPROTONOSUPPORT);
	data[11] = 1;
	CHECK_EQ(forged(data, len - 1), -EBADMSG);
	free(data);
	store_free(&s);
}

static void no_file(void)
{
	const char *path = world_store_path(0, "");
	struct store s;

	fill(&s, 3);
	unlink(path);
	CHECK_EQ(store_load(&s, &why), -ENOENT);
	CHECK_EQ(s.n, 0);
	CHECK_EQ(mkdir(path, 0700), 0);
	CHECK_EQ(store_load(&s, &why), -EBADMSG);
	CHECK_EQ(store_aside(&s), 0);
	rmdir(world_store_path(0, ".damaged"));
	path = world_store_path(0, "");
	CHECK_EQ(mkfifo(path, 0600), 0);
	CHECK_EQ(store_load(&s, &why), -EBADMSG);
	unlink(path);
	CHECK_EQ(symlink("/dev/null", path), 0);
	CHECK_EQ(store_load(&s, &why), -EBADMSG);
	unlink(path);
	store_free(&s);
	fill(&s, 3);
	CHECK_EQ(store_save(&s), 0);
	CHECK_EQ(chmod(path, 0620), 0);
	CHECK_EQ(store_check(&s, &why), -EBADMSG);
	CHECK_EQ(chmod(path, 0600), 0);
	CHECK_EQ(store_check(&s, &why), 0);
	store_free(&s);
}

static void old_file(void)
{
	uint8_t *data, spki[44];
	struct lbtns_peer p = made(77, spki);
	struct store s;
	size_t len;

	fill(&s, 3);
	CHECK_EQ(store_save(&s), 0);
	len = read_file(&data);
	CHECK_EQ(store_add(&s, &p), 0);
	CHECK_EQ(store_save(&s), 0);
	write_file(data, len);
	CHECK_EQ(store_check(&s, &why), -EBADMSG);
	free(data);
	store_free(&s);
}

static void no_room(void)
{
	struct lbtns_peer p;
	uint8_t spki[44];
	struct store s;

	fill(&s, LBTNS_PEERS_MAX);
	p = made(LBTNS_PEERS_MAX, spki);
	CHECK_EQ(store_add(&s, &p), -ENOSPC);
	CHECK_EQ(store_save(&s), 0);
	CHECK_EQ(store_load(&s, &why), 0);
	CHECK_EQ(s.n, LBTNS_PEERS_MAX);
	/* a folder that is not there: the old file counts, and it is said so */
	free(s.path);
	s.path = strdup("/nonexistent/peers");
	s.unsaved = true;
	CHECK_EQ(store_save(&s), -ENOENT);
	CHECK(s.unsaved);
	store_free(&s);
	unlink(world_store_path(0, ""));
}

/* ---- what btnsd does with it --------------------------------------------- */

static void up(int host)
{
	CHECK(world_up(&w, host, KEY_ED25519, NULL));
}

/* the kernel of host 0 gets a latch with whoever its bindings name */
static void latched(void)
{
	w.h[0].k.latch[0].state = BTNS_LATCH_STATE_ESTABLISHED;
	w.h[0].k.latch[0].peer = w.h[0].k.bound[0].peer;
	w.h[0].k.n_latches = 1;
}

static void joined(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		unlink(world_store_path(i, ""));
		w.h[i].store = true;
		world_pad_any(&w, i);
		world_protect(&w, i);
		up(i);
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	latched();
}

static size_t count(int host)
{
	struct store s = { .path = strdup(world_store_path(host, "")) };
	size_t n = store_load(&s, &why) ? 0 : s.n;

	store_free(&s);
	return n;
}

static void intact(void)
{
	joined();
	CHECK_EQ(count(0), 1);
	CHECK_EQ(count(1), 1);
	CHECK_EQ(w.h[0].k.closes, 0);
	world_crash(&w, 0);
	up(0);
	world_run(&w);
	world_advance(&w, 120000);
	CHECK_EQ(w.h[0].k.closes, 0);
	CHECK_EQ(count(0), 1);
	CHECK_EQ(w.h[0].k.unvouched, 0);
	world_fini(&w);
}

static void spoil(void)
{
	uint8_t *data;
	size_t len = read_file(&data);

	data[len / 2] ^= 1;
	write_file(data, len);
	free(data);
}

static void gone(void)
{
	unlink(world_store_path(0, ""));
}

static void truncated(void)
{
	CHECK_EQ(truncate(world_store_path(0, ""), 20), 0);
}

/* an intact file that does not have the peer */
static void emptied(void)
{
	struct store s;

	fill(&s, 1);
	CHECK_EQ(store_save(&s), 0);
	store_free(&s);
}

static void at_start(void)
{
	void (*const harm[])(void) = { spoil, gone, truncated, emptied };
	size_t i;

	for (i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		joined();
		world_crash(&w, 0);
		harm[i]();
		up(0);
		CHECK_EQ(w.h[0].k.closes, 1);
		CHECK_EQ(w.h[0].k.close_reason, BTNS_REASON_STORE);
		CHECK_EQ(access(world_store_path(0, ".damaged"), F_OK),
			 harm[i] == gone ? -1 : 0);
		unlink(world_store_path(0, ".damaged"));
		CHECK(world_logged(&w, "RFC 5660 section 2.6"));
		/* the peer proves itself again, by itself */
		world_run(&w);
		world_advance(&w, 120000);
		CHECK_EQ(count(0), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(w.h[0].k.closes, 1);
		world_fini(&w);
	}
}

/* a later btnsd was here: we do not run, and harm nothing */
static size_t put_later(uint8_t **data)
{
	size_t len = read_file(data);
	unsigned int n;

	(*data)[11] = 2;
	EVP_Digest(*data, len - 32, *data + len - 32, &n, EVP_sha256(), NULL);
	write_file(*data, len);
	return len;
}

static void later_version(void)
{
	uint8_t *data, *after;
	size_t len;

	joined();
	world_crash(&w, 0);
	len = put_later(&data);
	CHECK(!world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_logged(&w, "cannot be used: it is of a later version"));
	CHECK_EQ(w.h[0].k.closes, 0);
	world_fini(&w);
	CHECK(access(world_store_path(0, ".damaged"), F_OK));
	CHECK_EQ(read_any(&after), len);
	CHECK(!memcmp(data, after, len));
	free(data);
	free(after);
	gone();
}

static void while_running(void)
{
	void (*const harm[])(void) = { spoil, gone, truncated, emptied };
	size_t i;

	for (i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		joined();
		harm[i]();
		world_advance(&w, 59000);
		CHECK_EQ(w.h[0].k.closes, 0);
		world_advance(&w, 2000);
		CHECK_EQ(w.h[0].k.closes, 1);
		CHECK_EQ(w.h[0].k.close_reason, BTNS_REASON_STORE);
		/* whom this process has heard prove it is still known */
		CHECK_EQ(count(0), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		unlink(world_store_path(0, ".damaged"));
		/* at once when it is asked for */
		harm[i]();
		peers_check(&w.h[0].d);
		CHECK_EQ(w.h[0].k.closes, 2);
		world_advance(&w, 200000);
		CHECK_EQ(w.h[0].k.closes, 2);
		world_fini(&w);
		unlink(world_store_path(0, ".damaged"));
	}
}

/* the end: that file is still there, as it was, and is not called damaged */
static void left_alone(uint8_t *data, size_t len)
{
	uint8_t *after;

	world_fini(&w);
	CHECK(access(world_store_path(0, ".damaged"), F_OK));
	if (CHECK_EQ(read_any(&after), len))
		CHECK(!memcmp(data, after, len));
	free(data);
	free(after);
	unlink(world_store_path(0, ".damaged"));
	gone();
}

/* host 2 becomes new to host 0 */
static void third(void)
{
	w.h[2].store = false;
	world_pad_any(&w, 2);
	world_policy(&w, 2, NET, NET, 0, 0, 0, true);
	up(2);
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
}

/* the same under our feet: at a check, at a new peer, at the end */
static void later_while_running(void)
{
	uint8_t *data;
	size_t len, i;

	for (i = 0; i < 3; i++) {
		joined();
		len = put_later(&data);
		if (i == 1)
			third();
		if (i < 2) {
			world_advance(&w, 200000);
			CHECK(world_logged(&w, "it is of a later version"));
			peers_check(&w.h[0].d);
		}
		/* nobody is taken whom it does not have, old ones are */
		CHECK_EQ(world_pairs(&w, 0, 2), 0);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(w.h[0].k.closes, 0);
		w.h[0].d.store.aged = true;
		left_alone(data, len);
	}
}

/* latches that damage has to close are closed, and that file stays as well */
static void later_when_lost(void)
{
	uint8_t *data;
	size_t len;

	joined();
	len = put_later(&data);
	gone();
	w.h[0].k.fail_close = 1;
	peers_check(&w.h[0].d);
	CHECK_EQ(w.h[0].k.closes, 0);
	write_file(data, len);
	world_advance(&w, 5000);
	CHECK_EQ(w.h[0].k.closes, 1);
	left_alone(data, len);
}

static void latch_without_sa(void)
{
	/* all SAs expired, the latch waits: its peer must be known */
	joined();
	world_crash(&w, 0);
	w.h[0].k.n_bound = 0;
	memset(w.h[0].k.sa, 0, sizeof(w.h[0].k.sa));
	gone();
	up(0);
	CHECK_EQ(w.h[0].k.closes, 1);
	world_crash(&w, 0);
	/* nobody's, or an administrator's own: no damage */
	gone();
	latched();
	w.h[0].k.latch[0].peer.method = BTNS_AUTH_METHOD_MANUAL;
	up(0);
	CHECK_EQ(w.h[0].k.closes, 1);
	world_fini(&w);
}

static void cannot_close(void)
{
	joined();
	world_crash(&w, 0);
	spoil();
	w.h[0].k.fail_close = 1;
	CHECK(!world_up(&w, 0, KEY_ED25519, NULL));
	world_crash(&w, 0);
	/* still damaged: the next start finds it again */
	up(0);
	CHECK_EQ(w.h[0].k.closes, 1);
	latched();
	spoil();
	w.h[0].k.fail_close = 2;
	peers_check(&w.h[0].d);
	CHECK_EQ(w.h[0].k.closes, 1);
	world_advance(&w, 3000);
	CHECK_EQ(w.h[0].k.closes, 2);
	world_advance(&w, 200000);
	CHECK_EQ(w.h[0].k.closes, 2);
	world_fini(&w);
	unlink(world_store_path(0, ".damaged"));
}

static void cannot_write(void)
{
	joined();
	free(w.h[0].d.store.path);
	w.h[0].d.store.path = strdup("/nonexistent/peers");
	third();
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	CHECK(world_logged(&w, "the store of peers does not take it"));
	CHECK_EQ(w.h[0].k.unvouched, 0);
	/* who is known needs no writing */
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_fini(&w);
}

static void crowded(void)
{
	struct store *s = &w.h[0].d.store;
	uint8_t spki[44];
	unsigned int i;

	joined();
	for (i = 0; s->n < LBTNS_PEERS_MAX; i++) {
		struct lbtns_peer p = made(i, spki);

		CHECK_EQ(store_add(s, &p), 0);
	}
	world_pad_any(&w, 2);
	world_policy(&w, 2, NET, NET, 0, 0, 0, true);
	up(2);
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	CHECK(s->n < LBTNS_PEERS_MAX && s->n > LBTNS_PEERS_MAX / 2);
	/* the oldest are gone; whom the kernel knows is not */
	for (i = 0; i < 300; i++) {
		struct lbtns_peer p = made(i, spki);

		CHECK(!store_find(s, &p));
	}
	CHECK(store_has_ident(s, &w.h[0].k.latch[0].peer));
	CHECK_EQ(count(0), s->n);
	world_fini(&w);
	unlink(world_store_path(0, ""));
}

static const struct ktap_test tests[] = {
	{ "N23 what is written is read again, mode 0600, nothing left beside it",
	  round_trip },
	{ "L53 every octet changed, every cut is noticed", every_octet },
	{ "L53 nonsense with a good checksum is refused", forgeries },
	{ "L53 no file, no plain file, a file that others may write", no_file },
	{ "L53 an older store in the place of ours is noticed", old_file },
	{ "N23 the store is bounded", no_room },
	{ "L16 N23 an intact store: a restart closes nothing", intact },
	{ "L53 damage at the start: latches are closed, peers prove themselves anew",
	  at_start },
	{ "a store of a later version is left alone, and latches with it",
	  later_version },
	{ "one that is put there while we run is left alone as well",
	  later_while_running },
	{ "L53 ... also when latches are still to be closed", later_when_lost },
	{ "L53 damage while running: found in time, closed once", while_running },
	{ "L53 a latch without an SA counts; what is not ours does not",
	  latch_without_sa },
	{ "L53 latches that cannot be closed: not forgotten", cannot_close },
	{ "N23 a new peer that cannot be written down gets nothing", cannot_write },
	{ "N23 a full store drops whom nobody needs", crowded },
};

int main(void)
{
	return KTAP_RUN(tests);
}
