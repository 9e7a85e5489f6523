// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leap of faith: two helpers of which one knows peers by first contact (RFC
 * 5386 section 4.2, RFC 5387 section 5.7), in both roles.
 */
#include "ktap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "btnsd/ike/limit.h"
#include "btnsd/known.h"
#include "world.h"

#define NET	WORLD_NET
#define NAT1	"198.51.100.9"
#define DAY	86400u

static struct world w;
static struct lbtns_known_fault fault;

static const char *file(void)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s", world_store_path(0, ".known"));
	return path;
}

static void forget(void)
{
	unlink(file());
}

/* configuration of host 0 with more settings of the group */
static const char *leap(const char *mode, const char *more)
{
	static char conf[256];

	snprintf(conf, sizeof(conf), "known = { mode = \"%s\"; file = \"%s\"; %s };",
		 mode, file(), more);
	return conf;
}

static const char *accept_new(void)
{
	return leap("accept-new", "");
}

static void entries(struct lbtns_known *k)
{
	CHECK_EQ(lbtns_known_load(file(), k, &fault), 0);
}

static size_t count(void)
{
	struct lbtns_known k;
	size_t n;

	entries(&k);
	n = k.n;
	lbtns_known_free(&k);
	return n;
}

/* what an administrator does with btnsctl known add and remove */
static void add(const char *where, int host, enum key_type type,
		enum lbtns_known_kind kind, uint64_t last)
{
	struct lbtns_known_entry e = { .kind = kind, .last = last };
	struct key *key = world_key(host, type);
	struct lbtns_known k;

	memcpy(e.key, key_fingerprint(key), BTNS_DIGEST_LEN);
	key_free(key);
	if (!where)
		e.where = LBTNS_KNOWN_ANYWHERE;
	else
		CHECK_EQ(lbtns_prefix_parse(where, &e.addr, NULL), 0);
	lbtns_known_load(file(), &k, &fault);
	CHECK_EQ(lbtns_known_add(&k, &e), 0);
	CHECK_EQ(lbtns_known_save(file(), &k), 0);
	lbtns_known_free(&k);
}

static void drop(const char *where)
{
	struct lbtns_prefix p;
	struct lbtns_known k;

	CHECK_EQ(lbtns_prefix_parse(where, &p, NULL), 0);
	entries(&k);
	CHECK(lbtns_known_remove(&k, &p, NULL) > 0);
	CHECK_EQ(lbtns_known_save(file(), &k), 0);
	lbtns_known_free(&k);
}

static void begin(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 3; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, i ? "0.0.0.0/0" : NET,
			     i ? NET : "0.0.0.0/0", 0, 0, 0, true);
	}
}

static void done(void)
{
	CHECK_EQ(w.h[0].k.unvouched, 0);
	world_fini(&w);
}

/* a world in which host 0 meets host 1 with a key; does it let it in? */
static bool meets(const char *conf, enum key_type type, bool we_call)
{
	bool in;

	begin();
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	CHECK(world_up(&w, 1, type, NULL));
	world_acquire(&w, we_call ? 0 : 1, we_call ? 1 : 0, 80);
	world_run(&w);
	in = world_pairs(&w, 0, 1) == 1;
	if (!in) {
		CHECK_EQ(world_installed(&w, 0), 0);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 0);
	}
	CHECK_EQ(w.h[0].k.unvouched, 0);
	return in;
}

/* host 1 proves nothing, and host 0 would take such peers; does it? */
static bool takes_nobody(const char *mode, bool we_call)
{
	static const char *const pads =
		"pad = ( { name = \"any\"; btns = true; any = true; }, "
		"{ name = \"anon\"; auth = \"null\"; local_auth = \"key\"; } );";
	char conf[640], theirs[320], text[LBTNS_KEY_TEXT_MAX];
	struct key *key = world_key(0, KEY_ED25519);
	bool in;

	begin();
	snprintf(conf, sizeof(conf), "identity = { id = \"fqdn:a.example\"; }; %s %s",
		 leap(mode, ""), pads);
	snprintf(theirs, sizeof(theirs),
		 "pad = ( { name = \"pa\"; id = \"fqdn:a.example\"; key = \"%s\"; "
		 "addresses = [ \"10.0.0.1\" ]; local_auth = \"null\"; } );",
		 lbtns_key_text(key_fingerprint(key), text));
	key_free(key);
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	CHECK(world_up(&w, 1, KEY_ED25519, theirs));
	world_acquire(&w, we_call ? 0 : 1, we_call ? 1 : 0, 80);
	world_run(&w);
	in = world_pairs(&w, 0, 1) == 1;
	CHECK_EQ(world_logged(&w, "it proves nothing, and a key is known for its address, SHA256:"),
		 !in);
	CHECK_EQ(world_logged(&w, "btnsctl known remove 10.0.0.2 file "), !in);
	world_fini(&w);
	return in;
}

static bool lets_in(const char *conf, enum key_type type, bool we_call)
{
	bool in = meets(conf, type, we_call);

	done();
	return in;
}

/* ---- the habits of known_hosts ------------------------------------------- */

static void off(void)
{
	forget();
	CHECK(lets_in(NULL, KEY_ED25519, false));
	CHECK(lets_in(NULL, KEY_ECDSA_P256, false));
	CHECK(access(file(), F_OK));
	CHECK(lets_in(leap("off", ""), KEY_ED25519, true));
	CHECK(access(file(), F_OK));
}

static void first_use(void)
{
	struct lbtns_known k;
	struct stat st;
	int role;

	for (role = 0; role < 2; role++) {
		forget();
		CHECK(lets_in(accept_new(), KEY_ED25519, role));
		entries(&k);
		CHECK_EQ(k.n, 1);
		CHECK(k.n && k.entry[0].where == LBTNS_KNOWN_HASHED &&
		      k.entry[0].kind == LBTNS_KNOWN_LEARNED);
		lbtns_known_free(&k);
		CHECK(!stat(file(), &st) && (st.st_mode & 0777) == 0600);
		/* known now, in both roles, and strictly too; nothing is written */
		CHECK(lets_in(accept_new(), KEY_ED25519, !role));
		CHECK(lets_in(leap("strict", ""), KEY_ED25519, role));
		CHECK_EQ(count(), 1);
	}
	forget();
	CHECK(lets_in(leap("accept-new", "hash = false;"), KEY_ED25519, true));
	entries(&k);
	CHECK(k.n == 1 && k.entry[0].where == LBTNS_KNOWN_PLAIN);
	lbtns_known_free(&k);
}

static void strict(void)
{
	int role;

	for (role = 0; role < 2; role++) {
		forget();
		CHECK(!meets(leap("strict", ""), KEY_ED25519, role));
		CHECK(world_logged(&w, "btnsctl known add 10.0.0.2 SHA256:"));
		done();
		CHECK_EQ(count(), 0);
	}
	add("10.0.0.2", 1, KEY_ED25519, LBTNS_KNOWN_ADDED, 1);
	CHECK(lets_in(leap("strict", ""), KEY_ED25519, true));
	CHECK(!lets_in(leap("strict", ""), KEY_ECDSA_P256, true));
}

static void changed(void)
{
	int role;

	for (role = 0; role < 2; role++) {
		forget();
		CHECK(lets_in(accept_new(), KEY_ED25519, role));
		CHECK(!meets(accept_new(), KEY_ECDSA_P256, role));
		CHECK(world_logged(&w, "the key of 10.0.0.2 has changed"));
		CHECK(world_logged(&w, "btnsctl known add 10.0.0.2 SHA256:"));
		CHECK(world_logged(&w, "btnsctl known remove 10.0.0.2"));
		CHECK_EQ(w.h[0].d.stats.auth_failed, 1);
		done();
		CHECK_EQ(count(), 1);
		/* the right one is still let in; a removal makes all new */
		CHECK(lets_in(accept_new(), KEY_ED25519, role));
		drop("10.0.0.2");
		CHECK(lets_in(accept_new(), KEY_ECDSA_P256, role));
		CHECK(!lets_in(accept_new(), KEY_ED25519, role));
	}
}

static void nobody(void)
{
	int round;

	forget();
	/* who proves nothing is never known, and takes no place that is free */
	for (round = 0; round < 4; round++) {
		CHECK(takes_nobody(round < 2 ? "accept-new" : "strict",
				   round % 2));
		CHECK_EQ(count(), 0);
	}
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	for (round = 0; round < 4; round++)
		CHECK(!takes_nobody(round < 2 ? "accept-new" : "strict",
				    round % 2));
	CHECK(takes_nobody("off", true));
	CHECK_EQ(count(), 1);
	forget();
}

static void rotation(void)
{
	forget();
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	add("10.0.0.2", 1, KEY_ECDSA_P256, LBTNS_KNOWN_ADDED, 1);
	CHECK(lets_in(accept_new(), KEY_ECDSA_P256, true));
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	CHECK(!lets_in(accept_new(), KEY_RSA, true));
}

/* btnsd sees what btnsctl does, and SAs that stand are not touched by it */
static void while_running(void)
{
	forget();
	CHECK(meets(accept_new(), KEY_ED25519, true));
	drop("10.0.0.2");
	add("10.0.0.2", 1, KEY_ECDSA_P256, LBTNS_KNOWN_ADDED, 1);
	/* rekeys of child and IKE SA, but no authentication */
	world_advance(&w, 20000000);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, "has changed"));
	/* whoever comes now is seen with what is known now */
	add("10.0.0.3", 2, KEY_ECDSA_P256, LBTNS_KNOWN_ADDED, 1);
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	drop("10.0.0.3");
	add("10.0.0.3", 2, KEY_ED25519, LBTNS_KNOWN_ADDED, 1);
	world_advance(&w, 10000);
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	done();
}

static void configured(void)
{
	struct lbtns_pad_entry *e;
	struct key *key;

	/* whom somebody wrote down is not looked up, in neither direction */
	forget();
	add("10.0.0.2", 1, KEY_RSA, LBTNS_KNOWN_ADDED, 1);
	begin();
	w.h[0].k.n_pad = 0;
	key = world_key(1, KEY_ED25519);
	e = world_pad_add(&w, 0, "one");
	e->flags = BTNS_PAD_FLAGS_BTNS;
	e->id.type = BTNS_ID_TYPE_PUBLICKEY;
	memcpy(e->id.digest, key_fingerprint(key), BTNS_DIGEST_LEN);
	key_free(key);
	world_pad_any(&w, 0);
	CHECK(world_up(&w, 0, KEY_ED25519, leap("strict", "")));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(world_sa(&w, 0) && !world_sa(&w, 0)->stranger);
	done();
	CHECK_EQ(count(), 1);
}

/* ---- addresses ----------------------------------------------------------- */

static bool through_nat(const char *conf, enum key_type type)
{
	bool in;

	begin();
	world_nat(&w, 1, NAT1);
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	CHECK(world_up(&w, 1, type, NULL));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	in = world_ike(&w, 0, IKE_ST_ESTABLISHED) == 1;
	done();
	return in;
}

static void behind_nat(void)
{
	struct lbtns_known k;

	forget();
	CHECK(through_nat(accept_new(), KEY_ED25519));
	entries(&k);
	CHECK(k.n == 1 && k.entry[0].kind == LBTNS_KNOWN_NAT);
	lbtns_known_free(&k);
	/* another peer behind the same address, and both once more */
	CHECK(through_nat(accept_new(), KEY_ECDSA_P256));
	CHECK_EQ(count(), 2);
	CHECK(through_nat(leap("strict", ""), KEY_ED25519));
	CHECK(through_nat(leap("strict", ""), KEY_ECDSA_P256));
	CHECK_EQ(count(), 2);
	CHECK(!through_nat(leap("accept-new", "max_near = 2;"), KEY_RSA));
	CHECK(world_logged(&w,
			   "it is new, and known.max_near, 2, were learned from its address "
			   "or /64"));
	/* who says "NAT" does not pass for a peer that is alone there */
	forget();
	add(NAT1, 1, KEY_ED25519, LBTNS_KNOWN_LEARNED, 1);
	CHECK(!through_nat(accept_new(), KEY_ECDSA_P256));
	CHECK(through_nat(accept_new(), KEY_ED25519));
	/* unless an administrator says that many are there */
	add(NAT1, 1, KEY_RSA, LBTNS_KNOWN_MANY, 1);
	CHECK(through_nat(accept_new(), KEY_ECDSA_P256));
}

static void many_addresses(void)
{
	forget();
	add(NULL, 1, KEY_ED25519, LBTNS_KNOWN_ADDED, 1);
	CHECK(lets_in(leap("strict", ""), KEY_ED25519, true));
	CHECK(through_nat(leap("strict", ""), KEY_ED25519));
	CHECK(!lets_in(leap("strict", ""), KEY_ECDSA_P256, true));
	CHECK_EQ(count(), 1);
}

/* host 0 calls host 1, which is at another address; does it take it? */
static bool elsewhere(const char *conf, enum key_type type)
{
	bool in;

	begin();
	addr_parse(&w.h[1].addr, "10.0.0.99");
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	CHECK(world_up(&w, 1, type, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	in = world_pairs(&w, 0, 1) == 1;
	done();
	return in;
}

/* RFC 5387 section 5.7: met at each of its addresses, it is known at each */
static void learned_at_many(void)
{
	forget();
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	CHECK(!elsewhere(leap("strict", ""), KEY_ED25519));
	CHECK(elsewhere(accept_new(), KEY_ED25519));
	CHECK_EQ(count(), 2);
	CHECK(lets_in(leap("strict", ""), KEY_ED25519, true));
	CHECK(elsewhere(leap("strict", ""), KEY_ED25519));
	/* another key at either address is somebody else */
	CHECK(!lets_in(accept_new(), KEY_ECDSA_P256, true));
	CHECK(!elsewhere(accept_new(), KEY_ECDSA_P256));
	CHECK_EQ(count(), 2);
}

/* ---- bounds and time ----------------------------------------------------- */

static void full(void)
{
	forget();
	add("192.0.2.1", 2, KEY_ED25519, LBTNS_KNOWN_LEARNED, 1);
	CHECK(!meets(leap("accept-new", "max = 1;"), KEY_ED25519, true));
	CHECK(world_logged(&w, "it is new, and no more than known.max, 1, may be known"));
	done();
	CHECK_EQ(count(), 1);
	/* what expired makes room */
	CHECK(lets_in(leap("accept-new", "max = 1; expire = 30;"), KEY_ED25519,
		      true));
	CHECK_EQ(count(), 1);
	CHECK(lets_in(leap("strict", ""), KEY_ED25519, true));
}

static void too_old(void)
{
	uint64_t now = (uint64_t)time(NULL);
	struct lbtns_known k;

	forget();
	add("10.0.0.2", 1, KEY_RSA, LBTNS_KNOWN_LEARNED, now - 31 * DAY);
	CHECK(!lets_in(leap("accept-new", ""), KEY_ED25519, true));
	CHECK(!lets_in(leap("accept-new", "expire = 32;"), KEY_ED25519, true));
	CHECK(!lets_in(leap("strict", "expire = 30;"), KEY_RSA, true));
	CHECK(lets_in(leap("accept-new", "expire = 30;"), KEY_ED25519, true));
	/* the old entry went when the new one came */
	CHECK_EQ(count(), 1);
	CHECK(!lets_in(accept_new(), KEY_RSA, true));
	/* who is seen again is not forgotten */
	forget();
	add("10.0.0.2", 1, KEY_ED25519, LBTNS_KNOWN_LEARNED, now - 20 * DAY);
	CHECK(lets_in(leap("strict", "expire = 30;"), KEY_ED25519, true));
	entries(&k);
	CHECK(k.n == 1 && k.entry[0].last >= now && !k.entry[0].first);
	/* and is not written again for each authentication */
	CHECK(lets_in(leap("strict", "expire = 30;"), KEY_ED25519, true));
	CHECK(lbtns_file_same(file(), &k.stamp));
	lbtns_known_free(&k);
}

/* an IKE SA that host 0, or its peer, rekeys; what the file has of it before */
static void stands(bool we_rekey, uint64_t last, enum key_type type)
{
	static const char rekeys[] = "ike = { lifetime = 60; };";
	static char conf[400];

	forget();
	snprintf(conf, sizeof(conf), "%s %s", leap("accept-new", "expire = 30;"),
		 we_rekey ? rekeys : "");
	begin();
	CHECK(world_up(&w, 0, KEY_ED25519, conf));
	CHECK(world_up(&w, 1, KEY_ED25519, we_rekey ? NULL : rekeys));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(count(), 1);
	drop("10.0.0.2");
	if (last)
		add("10.0.0.2", 1, type, LBTNS_KNOWN_LEARNED, last);
	world_advance(&w, 61000);
	world_run(&w);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
	CHECK(world_sa(&w, 0) && world_sa(&w, 0)->id > 1);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

/* who stays is seen, though it proves its key but once */
static void stays(void)
{
	uint64_t now = (uint64_t)time(NULL);
	struct lbtns_known k;
	int we;

	for (we = 0; we < 2; we++) {
		stands(we, now - 20 * DAY, KEY_ED25519);
		entries(&k);
		CHECK(k.n == 1 && k.entry[0].last >= now && !k.entry[0].first);
		/* and is not written again for each rekey */
		world_advance(&w, 61000);
		world_run(&w);
		CHECK(lbtns_file_same(file(), &k.stamp));
		lbtns_known_free(&k);
		done();
		/* what is not known any more is not learned again */
		stands(we, 0, KEY_ED25519);
		CHECK_EQ(count(), 0);
		done();
		/* nor is another's time written anew */
		stands(we, now - 20 * DAY, KEY_ECDSA_P256);
		entries(&k);
		CHECK(k.n == 1 && k.entry[0].last == now - 20 * DAY);
		lbtns_known_free(&k);
		done();
	}
}

/* ---- the file ------------------------------------------------------------ */

/* faults between a look at the file and the next */
static enum { WELL, NO_LOCK, SPOILED, NO_SPACE } fault_in;

static void spoil(void)
{
	FILE *f = fopen(file(), "ae");

	CHECK(f && fputs("10.0.0.2 nonsense\n", f) >= 0);
	if (f)
		fclose(f);
}

static void damaged(void)
{
	char err[CONF_ERR_MAX], want[128];
	struct conf *c;

	forget();
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	spoil();
	snprintf(want, sizeof(want), "%.80s:3: ", file());
	/* not at the start, nor by a reload */
	begin();
	CHECK(!world_up(&w, 0, KEY_ED25519, accept_new()));
	CHECK(world_logged(&w, want));
	world_crash(&w, 0);
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	c = conf_read_string(accept_new(), err);
	CHECK(c && btnsd_reload(&w.h[0].d, c));
	CHECK_EQ(w.h[0].d.conf->known, CONF_KNOWN_OFF);
	if (w.h[0].d.conf != c)
		conf_free(c);
	done();
	/* while running nobody gets in, not even who was known */
	forget();
	CHECK(meets(accept_new(), KEY_ED25519, true));
	spoil();
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	CHECK(world_logged(&w, want));
	CHECK(world_logged(&w, "nobody can be told known from new: "));
	forget();
	world_advance(&w, 10000);
	world_forget_log(&w);
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	CHECK(world_logged(&w, "No such file or directory: restart btnsd to begin anew"));
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static int bad_lock(void *ctx, const char *path)
{
	if (fault_in == NO_LOCK)
		return -EACCES;
	if (fault_in == SPOILED)
		spoil();
	return lbtns_file_host_ops.lock(ctx, path);
}

static int bad_create(void *ctx, const char *path)
{
	return fault_in == NO_SPACE ? -ENOSPC :
				      lbtns_file_host_ops.create(ctx, path);
}

/* how often the log has it that the time of somebody is not written */
static unsigned int not_written(void)
{
	static const char line[] = "last seen is not written down: ";
	const char *p = w.log;
	unsigned int n = 0;

	while ((p = strstr(p, line))) {
		p += sizeof(line) - 1;
		n++;
	}
	return n;
}

/*
 * Host 1, which is known, comes once or rekeys often, and when it was seen cannot
 * be written: it stays, and that is said once.
 */
static void unwritten(void)
{
	static const char *const why[] = { [NO_LOCK] = ".lock: Permission denied",
					   [SPOILED] = ":3: ",
					   [NO_SPACE] = "No space left" };
	const uint64_t old = (uint64_t)time(NULL) - 20 * DAY;
	struct lbtns_file_ops bad = lbtns_file_host_ops;
	static char conf[400];
	struct lbtns_known k;
	int rekeys;

	bad.lock = bad_lock;
	bad.create = bad_create;
	snprintf(conf, sizeof(conf), "%s ike = { lifetime = 60; };",
		 leap("strict", "expire = 30;"));
	for (fault_in = NO_LOCK; fault_in <= NO_SPACE; fault_in++) {
		forget();
		add("10.0.0.2", 1, KEY_ED25519, LBTNS_KNOWN_LEARNED, old);
		begin();
		CHECK(world_up(&w, 0, KEY_ED25519, conf));
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		lbtns_file_use(&bad, NULL);
		world_acquire(&w, 1, 0, 80);
		world_run(&w);
		CHECK_EQ(not_written(), 1);
		CHECK(world_logged(&w, why[fault_in]));
		CHECK(world_sa(&w, 0) && !world_sa(&w, 0)->fault.text[0]);
		for (rekeys = 0; rekeys < 3; rekeys++)
			world_advance(&w, 61000);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(not_written(), 1);
		/* it is written when that can be, and said again if not, then */
		lbtns_file_use(NULL, NULL);
		if (fault_in == SPOILED) {
			forget();
			add("10.0.0.2", 1, KEY_ED25519, LBTNS_KNOWN_LEARNED,
			    old);
		}
		world_advance(&w, 61000);
		entries(&k);
		CHECK(k.n == 1 && k.entry[0].last > old);
		lbtns_known_free(&k);
		drop("10.0.0.2");
		add("10.0.0.2", 1, KEY_ED25519, LBTNS_KNOWN_LEARNED, old);
		/* also when a rekey finds that out before it has the lock */
		if (fault_in == SPOILED)
			spoil();
		else
			lbtns_file_use(&bad, NULL);
		world_advance(&w, 61000);
		CHECK_EQ(not_written(), 2);
		lbtns_file_use(NULL, NULL);
		done();
	}
	fault_in = WELL;
	forget();
}

static void reloaded(void)
{
	char err[CONF_ERR_MAX];
	struct conf *c;

	forget();
	begin();
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	c = conf_read_string(leap("strict", ""), err);
	CHECK(c && !btnsd_reload(&w.h[0].d, c));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	done();
}

/* a peer of an earlier btnsd, which had this mode, meets one that is strict */
static void restarted(const char *before, bool stays)
{
	forget();
	begin();
	CHECK(world_up(&w, 0, KEY_ED25519, before));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_crash(&w, 0);
	CHECK_EQ(world_installed(&w, 0), 2);
	world_forget_log(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, leap("strict", "")));
	world_run(&w);
	world_advance(&w, 60000);
	CHECK_EQ(world_pairs(&w, 0, 1), stays);
	CHECK_EQ(world_installed(&w, 0), stays ? 2 : 0);
	CHECK_EQ(!w.h[0].k.breaks, stays);
	CHECK_EQ(world_logged(&w, "known.mode is strict, and it is not known"),
		 !stays);
	CHECK_EQ(world_logged(&w, "of an earlier btnsd deleted"), !stays);
	done();
}

static void strict_over_before(void)
{
	/* nobody wrote it down: what took it was another configuration */
	restarted("", false);
	restarted(accept_new(), true);
}

/* a file that is there, and cannot be replaced: who is new does not get in */
static void not_replaced(void)
{
	char want[160];

	forget();
	begin();
	CHECK(world_up(&w, 0, KEY_ED25519, accept_new()));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	snprintf(want, sizeof(want), "%.80s.new", file());
	CHECK(!mkdir(want, 0700));
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK(!rmdir(want));
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	snprintf(want, sizeof(want),
		 "it is new and cannot be written down: %.80s: ", file());
	CHECK(world_logged(&w, want));
	done();
	CHECK_EQ(count(), 0);
}

static void held(void)
{
	char want[160];
	int lock;

	/* somebody writes and does not come to an end: who is known gets in */
	forget();
	CHECK(lets_in(accept_new(), KEY_ED25519, true));
	lock = lbtns_file_lock(file(), 0);
	CHECK(lock >= 0);
	CHECK(meets(accept_new(), KEY_ED25519, true));
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 0);
	snprintf(want, sizeof(want),
		 "it is new and cannot be written down: %.80s.lock: ", file());
	CHECK(world_logged(&w, want));
	close(lock);
	world_advance(&w, 10000);
	world_acquire(&w, 2, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 2), 1);
	done();
	CHECK_EQ(count(), 2);
	not_replaced();
	/* a folder that is not there: nobody begins */
	begin();
	CHECK(!world_up(&w, 0, KEY_ED25519,
			"known = { mode = \"accept-new\"; file = \"/nonexistent/k\"; };"));
	CHECK(world_logged(&w, "cannot be made"));
	world_crash(&w, 0);
	done();
}

/* whom there is no room for is not written down: a refusal costs nothing */
static void no_room(void)
{
	int we_call;

	for (we_call = 0; we_call < 2; we_call++) {
		forget();
		begin();
		CHECK(world_up(&w, 0, KEY_ED25519, accept_new()));
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		CHECK(world_crowd(&w, 0, IKE_STRANGERS_MAX, true));
		world_acquire(&w, we_call ? 0 : 1, we_call ? 1 : 0, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 0);
		CHECK(world_logged(&w, "there are 6144 peers that nobody configured"));
		CHECK_EQ(count(), 0);
		CHECK_EQ(w.h[0].d.stats.auth_failed, 0);
		/* nor is it told that it is not who it says */
		CHECK(!world_logged(&w, "AUTHENTICATION_FAILED"));
		CHECK(!w.h[1].d.sas);
		/* one goes */
		sa_kill(world_sa(&w, 0), false);
		world_acquire(&w, we_call ? 0 : 1, we_call ? 1 : 0, 81);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		CHECK_EQ(count(), 1);
		done();
	}
}

static const struct ktap_test tests[] = {
	{ "U02 off unless it is asked for: any key does, nothing is written",
	  off },
	{ "U16 first use is written down, and is a match from then on", first_use },
	{ "U16 strict: whom nobody added is refused, and told how", strict },
	{ "U16 ... also one whose SAs an earlier btnsd left", strict_over_before },
	{ "U16 another key is refused in both roles, until it is removed",
	  changed },
	{ "U16 U05 who proves nothing does not get the place of a known key",
	  nobody },
	{ "U16 several keys of one address, for rotation", rotation },
	{ "U16 changes count at once, and for nobody who is in", while_running },
	{ "U16 whom the PAD knows by key is not looked up", configured },
	{ "U16 several peers behind one NAT address", behind_nat },
	{ "U16 one peer on many addresses", many_addresses },
	{ "U16 ... learned at each of them", learned_at_many },
	{ "U16 a full file: a new peer is refused, known ones are not", full },
	{ "U16 K64 whom there is no room for is not written down", no_room },
	{ "U16 expiry, and last seen is written when it must be", too_old },
	{ "U16 a peer that stays is seen at each rekey of the IKE SA", stays },
	{ "U16 that it cannot be written is said once, and ends nobody", unwritten },
	{ "U16 a damaged file, or none, is no reason to take anybody", damaged },
	{ "U16 a reload switches it on", reloaded },
	{ "U16 a file that cannot be written: nobody new", held },
};

int main(void)
{
	return KTAP_RUN(tests);
}
