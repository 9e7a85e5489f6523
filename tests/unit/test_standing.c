// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE SAs while the configuration changes under them: who would no longer be
 * taken goes, with a Delete and a sentence; the others are not touched.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/standing.h"
#include "conf_check.h"
#include "pki.h"
#include "temp.h"
#include "world.h"

static struct world w;
static char conf[2][2048];

#define ANY	"{ name = \"any\"; btns = true; any = true; addresses = [ \"10.0.0.3\" ]; }"

static void secret(const char *text)
{
	const char *path = temp_path("psk");
	FILE *f;

	unlink(path);
	f = fopen(path, "wx");
	if (!f || fputs(text, f) < 0 || fclose(f) || chmod(path, 0600))
		abort();
}

/* host 1's configuration, with an entry for host 0 and one for strangers, or none */
static const char *judge(const char *proof)
{
	if (!proof)
		return "identity = { id = \"fqdn:b.example\"; };\n";
	snprintf(conf[1], sizeof(conf[1]),
		 "identity = { id = \"fqdn:b.example\"; };\n"
		 "pad = ( { name = \"pa\"; id = \"fqdn:a.example\"; %s "
		 "addresses = [ \"10.0.0.1\" ]; }, " ANY " );\n", proof);
	return conf[1];
}

/* hosts 0 and 2 have IKE SAs with host 1 */
static void established(const char *mine, const char *proof)
{
	int i;

	world_init(&w);
	for (i = 0; i < 3; i++)
		world_protect(&w, i);
	snprintf(conf[0], sizeof(conf[0]),
		 "identity = { id = \"fqdn:a.example\"; %s };\n"
		 "pad = ( { name = \"pb\"; id = \"fqdn:b.example\"; key = \"%s\"; "
		 "%s host = [ \"10.0.0.2\" ]; addresses = [ \"10.0.0.2\" ]; } );\n",
		 strstr(mine, "cert") ? mine : "", world_fingerprint(1),
		 strstr(mine, "cert") ? "local_auth = \"cert\";" : mine);
	CHECK(world_up(&w, 0, KEY_ED25519, conf[0]));
	CHECK(world_up(&w, 1, KEY_ED25519, judge(proof)));
	world_pad_any(&w, 2);
	CHECK(world_up(&w, 2, KEY_ED25519, NULL));
	world_acquire(&w, 0, 1, 80);
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
}

/* host 1 asks host 0 for something, and the reload comes before the answer */
static void ask(enum task_kind kind)
{
	struct ike_sa *sa = w.h[1].d.sas;

	while (sa && sa->path.remote.addr.b[3] != 1)
		sa = sa->next;
	if (!CHECK(sa && task_add(sa, kind)))
		return;
	fsm_start(sa);
	CHECK(sa->request.len);
}

/* and host 0 asks for another child SA meanwhile */
static void more(void)
{
	struct ike_sa *sa = world_sa(&w, 0);

	if (!CHECK(sa && sa->children))
		return;
	life_rekey(sa->children);
	fsm_start(sa);
}

/* another configuration for host 1 */
static void reload_as(const char *text)
{
	struct conf *c = conf_good(text);

	if (!c)
		return;
	world_forget_log(&w);
	CHECK_EQ(btnsd_reload(&w.h[1].d, c), 0);
	world_run(&w);
}

/* the same, with another proof of host 0's; host 0 stays, or is closed for @why */
static void reload(const char *proof, const char *why)
{
	uint32_t spi = w.h[0].k.bound[0].spi;
	uint32_t stranger = w.h[2].k.bound[0].spi;

	reload_as(judge(proof));
	CHECK_EQ(world_pairs(&w, 0, 1), !why);
	CHECK_EQ(world_installed(&w, 0), why ? 0 : 2);
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), !why);
	if (!why)
		CHECK_EQ(w.h[0].k.bound[0].spi, spi);
	else if (!CHECK(world_logged(&w, why)) ||
		 !CHECK(world_logged(&w, "closed: ")))
		ktap_note("log: %s", w.log);
	/* the stranger is not meant, whatever happens to others */
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	CHECK_EQ(w.h[2].k.bound[0].spi, stranger);
}

/* the entry is to be proved otherwise, whatever else it still has */
static void another_method(enum btns_pad_proof proof, const char *why)
{
	struct conf *c = w.h[1].d.conf;
	struct ike_sa *sa = w.h[1].d.sas;

	while (sa && sa->who.proof != proof)
		sa = sa->next;
	if (!CHECK(sa) || !CHECK(standing_ok(sa, c)))
		return;
	c->peer[0].method = BTNS_AUTH_METHOD_RAWKEY;
	if (!CHECK(!standing_ok(sa, c)) || !CHECK(strstr(sa->fault.text, why)))
		ktap_note("fault: %s", sa->fault.text);
}

static void secrets(void)
{
	char entry[256], mine[256];

	snprintf(entry, sizeof(entry),
		 "auth = \"psk\"; local_auth = \"key\"; psk_file = \"%s\";",
		 temp_path("psk"));
	snprintf(mine, sizeof(mine), "local_auth = \"psk\"; psk_file = \"%s\";",
		 temp_path("psk"));
	secret("a long and secret sentence");
	established(mine, entry);
	reload(entry, NULL);
	secret("another long and secret sentence");
	reload(entry, "psk_file has changed");
	world_fini(&w);

	secret("a long and secret sentence");
	established(mine, entry);
	another_method(BTNS_PAD_PROOF_SECRET, "gone from the configuration");
	world_fini(&w);
	established(mine, entry);
	reload(NULL, "gone from the configuration");
	world_fini(&w);

	/* the peer is to prove itself otherwise now */
	secret("a long and secret sentence");
	established(mine, entry);
	snprintf(entry, sizeof(entry), "key = \"%s\";", world_fingerprint(0));
	reload(entry, "pa");
	world_fini(&w);
}

static void keys(void)
{
	char good[256], bad[256];

	snprintf(good, sizeof(good), "key = \"%s\";", world_fingerprint(0));
	snprintf(bad, sizeof(bad), "key = \"%s\";", world_fingerprint(1));
	established("", good);
	reload(good, NULL);
	reload(bad, "the peer's key is not the one of that identity");
	world_fini(&w);
}

/* what is in flight when the peer has to go gets it nothing */
static void in_flight(void)
{
	static const enum task_kind kinds[] = { TASK_REKEY_IKE, TASK_LIVENESS };
	char good[256], bad[256];
	size_t i;

	snprintf(good, sizeof(good), "key = \"%s\";", world_fingerprint(0));
	snprintf(bad, sizeof(bad), "key = \"%s\";", world_fingerprint(1));
	for (i = 0; i < 2; i++) {
		established("", good);
		ask(kinds[i]);
		more();
		reload(bad, "the peer's key is not the one of that identity");
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_installed(&w, 1), 2);
		world_fini(&w);
	}
}

/* the module's PAD is another meanwhile, of which no reload tells */
static void pad_in_flight(void)
{
	char good[256];
	size_t i;

	snprintf(good, sizeof(good), "key = \"%s\";", world_fingerprint(0));
	established("", good);
	ask(TASK_REKEY_IKE);
	for (i = 0; i < w.h[1].k.n_pad; i++)
		if (!strcmp(w.h[1].k.pad[i].name, "pa"))
			w.h[1].k.pad[i].keys[0][0] ^= 1;
	w.h[1].d.pad.stale = true;
	world_run(&w);
	CHECK(world_logged(&w, "the peer's key is not the one of that identity"));
	/* the heir goes, and the stranger's stays */
	CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 0);
	CHECK_EQ(world_installed(&w, 0), 0);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	world_fini(&w);
}

static void secret_in_flight(void)
{
	char entry[256], mine[256];
	int round;

	snprintf(entry, sizeof(entry),
		 "auth = \"psk\"; local_auth = \"key\"; psk_file = \"%s\";",
		 temp_path("psk"));
	snprintf(mine, sizeof(mine), "local_auth = \"psk\"; psk_file = \"%s\";",
		 temp_path("psk"));
	for (round = 0; round < 2; round++) {
		secret("a long and secret sentence");
		established(mine, entry);
		ask(round ? TASK_LIVENESS : TASK_REKEY_IKE);
		more();
		secret("another long and secret sentence");
		reload(entry, "psk_file has changed");
		CHECK(world_logged(&w, "TEMPORARY_FAILURE"));
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 1);
		world_fini(&w);
	}
}

/* the peer's entry may not be read: what it proved is still judged */
static void unreadable(void)
{
	char entry[256], mine[256];
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(entry, sizeof(entry),
			 "auth = \"psk\"; local_auth = \"key\"; psk_file = \"%s\";",
			 temp_path("psk"));
		snprintf(mine, sizeof(mine),
			 "local_auth = \"psk\"; psk_file = \"%s\";",
			 temp_path("psk"));
		secret("a long and secret sentence");
		established(mine, entry);
		if (i)
			secret("another long and secret sentence");
		w.h[1].k.fail_dump = 1;
		reload(entry, i ? "psk_file has changed" : NULL);
		CHECK_EQ(w.h[1].k.fail_dump, 0);
		CHECK(world_logged(&w, "are not judged by the PAD"));
		world_fini(&w);
	}
}

/* a host's IKE SA with host 1 stays, its child SA does not */
static void childless(int host, const char *why)
{
	CHECK_EQ(world_pairs(&w, host, 1), 0);
	CHECK_EQ(world_installed(&w, host), 0);
	CHECK_EQ(world_ike(&w, host, IKE_ST_ESTABLISHED), 1);
	CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 2);
	CHECK_EQ(world_installed(&w, 1), 2);
	CHECK_EQ(world_pairs(&w, 2 - host, 1), 1);
	if (!CHECK(world_logged(&w, why)) ||
	    !CHECK(world_logged(&w, " deleted: ")))
		ktap_note("log: %s", w.log);
}

/* nobody's Delete gets through */
static bool no_delete(struct world *wd, struct packet *p)
{
	struct ike_hdr hdr;

	(void)wd;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_INFORMATIONAL;
}

static void others_now(void)
{
	char key[256], text[2048];
	struct ike_sa *sa;
	struct child *c;

	/* a peer's entry loses addresses */
	snprintf(key, sizeof(key), "key = \"%s\";", world_fingerprint(0));
	established("", key);
	snprintf(text, sizeof(text),
		 "pad = ( { name = \"pa\"; id = \"fqdn:a.example\"; %s "
		 "addresses = [ \"10.0.0.9\" ]; }, " ANY " );\n", key);
	reload_as(text);
	childless(0, "pa has no 10.0.0.1/32");
	world_fini(&w);

	/* somebody else owns those of a stranger, one of whose SAs was going */
	established("", key);
	sa = world_sa(&w, 2);
	if (CHECK(sa && sa->children)) {
		w.filter = no_delete;
		life_rekey(sa->children);
		fsm_start(sa);
		world_run(&w);
		w.filter = NULL;
	}
	CHECK_EQ(world_installed(&w, 1), 6);
	snprintf(text, sizeof(text),
		 "pad = ( { name = \"pa\"; id = \"fqdn:a.example\"; %s "
		 "addresses = [ \"10.0.0.1\" ]; }, "
		 "{ name = \"pc\"; id = \"fqdn:c.example\"; key = \"%s\"; "
		 "addresses = [ \"10.0.0.3\" ]; }, "
		 "{ name = \"any\"; btns = true; any = true; } );\n",
		 key, world_fingerprint(1));
	reload_as(text);
	world_advance(&w, 2000);
	childless(2, "the addresses 10.0.0.3/32 belong to another PAD entry: pc, not any");
	/* and gets none again */
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 2, 1), 0);
	world_fini(&w);

	/* what may not be had is gone at once, not when the peer answers */
	established("", key);
	w.filter = no_delete;
	reload_as(text);
	CHECK_EQ(world_installed(&w, 1), 2);
	for (sa = w.h[1].d.sas; sa; sa = sa->next)
		for (c = sa->children; c; c = c->next)
			CHECK(addr_equal(&c->remote, &w.h[0].addr));
	world_fini(&w);
}

/* an earlier btnsd's SAs with a peer go with the peer */
static void orphans(void)
{
	char good[256], bad[256];

	snprintf(good, sizeof(good), "key = \"%s\";", world_fingerprint(0));
	snprintf(bad, sizeof(bad), "key = \"%s\";", world_fingerprint(1));
	established("", good);
	world_crash(&w, 1);
	CHECK(world_up(&w, 1, KEY_ED25519, judge(good)));
	world_run(&w);
	/* each peer's new ones, and what still receives */
	CHECK_EQ(world_installed(&w, 1), 6);
	reload_as(judge(good));
	CHECK_EQ(world_installed(&w, 1), 6);
	reload_as(judge(bad));
	CHECK(world_logged(&w, "the peer's key is not the one of that identity"));
	CHECK(world_logged(&w, "of an earlier btnsd deleted"));
	CHECK_EQ(world_installed(&w, 1), 3);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	world_fini(&w);

	/* nor has one any that is not taken at the start */
	established("", good);
	world_crash(&w, 1);
	world_forget_log(&w);
	CHECK(world_up(&w, 1, KEY_ED25519, judge(bad)));
	world_run(&w);
	world_advance(&w, 60000);
	CHECK(world_logged(&w, "of an earlier btnsd deleted"));
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	CHECK_EQ(world_installed(&w, 1), 2);
	world_fini(&w);
}

static void certificates(void)
{
	const struct pki_want ca_want = { .cn = "ca", .ca = true };
	const struct pki_want want = { .cn = "a", .san = "DNS:a.example" };
	struct pki ca = pki_make(NULL, &ca_want, NULL);
	struct pki other = pki_make(NULL, &ca_want, NULL), leaf;
	char mine[128], plain[256], crl[384], foreign[256];
	const struct pki *list[1];
	time_t until;

	key_free(world_key(0, KEY_ED25519));
	leaf = pki_make(&ca, &want,
			pki_read_key(world_key_path(0, KEY_ED25519)));
	list[0] = &leaf;
	pki_write(temp_path("cert"), list, 1);
	list[0] = &ca;
	pki_write(temp_path("ca"), list, 1);
	list[0] = &other;
	pki_write(temp_path("other"), list, 1);
	pki_write_crl(temp_path("crl"), &ca, NULL, PKI_DAY);
	snprintf(mine, sizeof(mine), "cert = \"%s\";", temp_path("cert"));
	snprintf(plain, sizeof(plain), "auth = \"cert\"; local_auth = \"key\"; ca = \"%s\";",
		 temp_path("ca"));
	snprintf(crl, sizeof(crl), "%s crl = \"%s\";", plain, temp_path("crl"));
	snprintf(foreign, sizeof(foreign), "auth = \"cert\"; local_auth = \"key\"; ca = \"%s\";",
		 temp_path("other"));

	established(mine, plain);
	reload(plain, NULL);
	/* a CRL that does not have it, then one that has */
	reload(crl, NULL);
	pki_write_crl(temp_path("crl"), &ca, &leaf, PKI_DAY);
	reload(crl, "revoked");
	world_fini(&w);

	established(mine, plain);
	reload(foreign, "no longer good under the ca of PAD entry pa");
	world_fini(&w);

	/* what ends by itself is looked at when the IKE SA is rekeyed */
	pki_write_crl(temp_path("crl"), &ca, NULL, 1);
	established(mine, crl);
	until = time(NULL) + 2;
	while (time(NULL) < until)
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	world_forget_log(&w);
	task_add(world_sa(&w, 0), TASK_REKEY_IKE);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	CHECK(world_logged(&w, "no longer good under the ca of PAD entry pa"));
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	world_fini(&w);

	/* its CA is nobody's: without "pad" the module's PAD stays as it is */
	established(mine, plain);
	reload(NULL, "its ca is gone from the configuration");
	world_fini(&w);
	established(mine, plain);
	another_method(BTNS_PAD_PROOF_CERT, "its ca is gone from the configuration");
	world_fini(&w);
	pki_free(&leaf);
	pki_free(&ca);
	pki_free(&other);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "T11 reload: a shared secret that is another now", secrets },
		{ "U12 T11 reload: a key that is another now", keys },
		{ "U12 reload while a rekey or a question is in flight", in_flight },
		{ "U12 or the module's PAD is another by the end of the rekey",
		  pad_in_flight },
		{ "T11 reload: another secret while a rekey is in flight",
		  secret_in_flight },
		{ "U12 reload: the PAD cannot be read, proofs are judged all the same",
		  unreadable },
		{ "B09 U12 reload: a child SA whose addresses are another's now",
		  others_now },
		{ "U12 reload: with a peer go the SAs that an earlier btnsd had with it",
		  orphans },
		{ "U12 reload: a certificate that is revoked, or of no CA of ours",
		  certificates },
	};

	return KTAP_RUN(tests);
}
