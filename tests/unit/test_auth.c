// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers with a name: each proves it in the way of its PAD entry, and in no
 * other. Two helpers, or one and messages made by hand.
 */
#include "ktap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "btnsd/crypto/sig.h"
#include "btnsd/crypto/trust.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/parse.h"
#include "conf_check.h"
#include "craft.h"
#include "pki.h"
#include "temp.h"
#include "world.h"

static struct world w;
static char conf[2][4096];

#define ANY	"{ name = \"any\"; btns = true; any = true; }"

/* a host's public key as base64 of its SubjectPublicKeyInfo */
static const char *pubkey(int host)
{
	struct key *k = world_key(host, KEY_ED25519);
	static char text[128];

	EVP_EncodeBlock((unsigned char *)text, key_spki(k).data,
			(int)key_spki(k).len);
	key_free(k);
	return text;
}

/* a file beside the keys */
static const char *file(const char *name, const char *text, mode_t mode)
{
	const char *p = temp_path(name);
	int fd;

	unlink(p);
	fd = open(p, O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    fchmod(fd, mode) || close(fd))
		abort();
	return p;
}

/* host 0's IKE_AUTH by hand, as NAME and without CERT */
static void send_plain(struct ike_sa *sa, const char *name,
		       const struct key *sign, const struct secret *psk)
{
	struct craft_auth a = {
		.id_type = IKE_ID_FQDN, .id = name, .id_len = strlen(name),
		.sign = sign, .psk = psk, .n_ts = 1,
		.ts[0] = { .local = w.h[0].addr, .remote = w.h[1].addr,
			   .local_plen = 32, .remote_plen = 32 },
	};

	world_forget_log(&w);
	craft_auth_send(&w, sa, 0, 1, &a);
	world_step(&w);
}

static struct ike_sa *half_open(const char *entries)
{
	world_strangers(&w);
	CHECK(world_up_named(&w, 0, "a.example", ANY));
	CHECK(world_up_named(&w, 1, "b.example", entries));
	return craft_half_open(&w, 0, 1);
}

/* host 1 took the peer as fqdn:a.example by that method */
static bool taken(uint8_t method)
{
	struct lbtns_ident want;
	struct ike_sa *sa = world_sa(&w, 1);

	lbtns_ident_parse("fqdn:a.example", &want, NULL);
	return CHECK(sa) && CHECK_EQ(world_installed(&w, 1), 2) &&
	       CHECK(lbtns_ident_equal(&sa->peer, &want)) &&
	       CHECK_EQ(sa->peer.method, method) &&
	       CHECK(lbtns_ident_equal(&w.h[1].k.bound[0].peer, &want)) &&
	       CHECK_EQ(w.h[1].k.bound[0].peer.method, method);
}

static void refused(const char *why)
{
	CHECK_EQ(world_installed(&w, 1), 0);
	CHECK(!w.h[1].d.sas);
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	if (!CHECK(world_logged(&w, why)))
		ktap_note("wanted \"%s\", log: %s", why, w.log);
}

/* ---- raw keys -------------------------------------------------------------- */

static const char *entry(const char *fmt, const char *arg)
{
	static char text[2048];
	int n = snprintf(text, sizeof(text), "{ name = \"pa\"; id = \"fqdn:a.example\"; "
			 "addresses = [ \"10.0.0.1/32\" ]; ");

	n += snprintf(text + n, sizeof(text) - (size_t)n, fmt, arg);
	snprintf(text + n, sizeof(text) - (size_t)n, " },\n%s", ANY);
	return text;
}

static void known_key(void)
{
	struct key *k = world_key(0, KEY_ED25519), *x = world_key(2, KEY_ED25519);
	char both[512];
	struct ike_sa *sa;

	/* its key is configured, and it shows none */
	sa = half_open(entry("pubkey = \"%s\";", pubkey(0)));
	send_plain(sa, "a.example", k, NULL);
	taken(BTNS_AUTH_METHOD_RAWKEY);
	CHECK(w.h[1].k.bound[0].has_peer_key &&
	      !memcmp(w.h[1].k.bound[0].peer_key, key_fingerprint(k), 32));
	world_fini(&w);

	/* one of several, so that it can change its key (U11) */
	snprintf(both, sizeof(both), "[ \"%s\", \"", pubkey(2));
	strcat(strcat(both, pubkey(0)), "\" ]");
	sa = half_open(entry("pubkey = %s;", both));
	send_plain(sa, "a.example", k, NULL);
	taken(BTNS_AUTH_METHOD_RAWKEY);
	world_fini(&w);
	sa = half_open(entry("pubkey = %s;", both));
	send_plain(sa, "a.example", x, NULL);
	taken(BTNS_AUTH_METHOD_RAWKEY);
	world_fini(&w);

	/* another key signs: no falling through to the wildcard (B04) */
	sa = half_open(entry("pubkey = \"%s\";", pubkey(0)));
	send_plain(sa, "a.example", x, NULL);
	refused("not by a pubkey of PAD entry pa");
	world_fini(&w);

	/* the same key under another name: no CERT, no key (U07) */
	sa = half_open(entry("pubkey = \"%s\";", pubkey(0)));
	send_plain(sa, "c.example", k, NULL);
	refused("it says fqdn:c.example (PAD entry none): it sent no CERT payload");
	world_fini(&w);

	/* of a fingerprint alone no key can be made */
	sa = half_open(entry("key = \"%s\";", world_fingerprint(0)));
	send_plain(sa, "a.example", k, NULL);
	refused("it says fqdn:a.example (PAD entry pa): it sent no CERT payload with a key");
	world_fini(&w);
	key_free(k);
	key_free(x);
}

/* a CERT payload counts if there is one, whatever key is configured */
static void shown_key(void)
{
	int other;

	for (other = 0; other < 2; other++) {
		world_strangers(&w);
		CHECK(world_up_named(&w, 0, "a.example", ANY));
		CHECK(world_up_named(&w, 1, "b.example",
				     entry("pubkey = \"%s\";", pubkey(other ? 2 : 0))));
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		if (other)
			refused("PAD entry pa: the peer's key is not the one of that identity");
		else
			taken(BTNS_AUTH_METHOD_RAWKEY);
		world_fini(&w);
	}
}

/* ---- shared secrets -------------------------------------------------------- */

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SECRET	"correct horse battery staple"

static void secret_both(void)
{
	char a[1024];
	struct ike_sa *sa;

	world_strangers(&w);
	w.h[1].store = true;
	snprintf(a, sizeof(a),
		 "{ name = \"pb\"; id = \"fqdn:b.example\"; auth = \"psk\"; "
		 "psk_file = \"%s\"; addresses = [ \"10.0.0.2/32\" ]; }, " ANY,
		 file("psk", SECRET "\n", 0600));
	CHECK(world_up_named(&w, 0, "a.example", a));
	CHECK(world_up_named(&w, 1, "b.example",
			     entry("auth = \"psk\"; psk_file = \"%s\";",
				   file("psk2", SECRET, 0600))));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	taken(BTNS_AUTH_METHOD_PSK);
	sa = world_sa(&w, 0);
	if (CHECK(sa)) {
		CHECK_EQ(sa->peer.method, BTNS_AUTH_METHOD_PSK);
		CHECK_EQ(w.h[0].k.bound[0].local.method, BTNS_AUTH_METHOD_PSK);
		CHECK(!w.h[0].k.bound[0].has_peer_key);
	}
	/* such a peer is in the store as well, or a restart would miss it */
	CHECK_EQ(w.h[1].d.store.n, 1);
	world_crash(&w, 1);
	CHECK(world_up_named(&w, 1, "b.example",
			     entry("auth = \"psk\"; psk_file = \"%s\";",
				   file("psk2", SECRET, 0600))));
	CHECK_EQ(w.h[1].d.store.n, 1);
	CHECK_EQ(w.h[1].k.closes, 0);
	world_fini(&w);
	unlink(world_store_path(1, ""));
}

static void secret_wrong(void)
{
	static const struct {
		const char *entry, *name, *secret;
		bool sign;
		size_t len;
		const char *why;
	} cases[] = {
		{ "auth = \"psk\"; psk_file = \"%s\";", "a.example",
		  "Correct horse battery staple", false, 0,
		  "does not have the secret of PAD entry pa" },
		{ "auth = \"psk\"; psk_file = \"%s\";", "a.example", SECRET,
		  false, 31, "does not have the secret of PAD entry pa" },
		/* U05: no BTNS entry for whoever shares a secret */
		{ "auth = \"psk\"; psk_file = \"%s\";", "c.example", SECRET,
		  false, 0, "no PAD entry of the configuration has one" },
		/* B04: its key does not help */
		{ "auth = \"psk\"; psk_file = \"%s\";", "a.example", NULL,
		  true, 0, "PAD entry pa: the PAD accepts no such peer" },
		/* nor does a secret where a key is asked for */
		{ "key = \"SHA256:" HEX64 "\"; local_auth = \"psk\"; psk_file = \"%s\";",
		  "a.example", SECRET, false, 0,
		  "PAD entry pa wants another proof" },
	};
	struct secret psk = { 0 };
	struct key *k = world_key(0, KEY_ED25519);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_sa *sa = half_open(entry(cases[i].entry,
						    file("psk", SECRET, 0600)));
		struct craft_auth a = {
			.id_type = IKE_ID_FQDN, .id = cases[i].name,
			.id_len = 9, .psk_len = cases[i].len, .n_ts = 1,
			.ts[0] = { .local = w.h[0].addr,
				   .remote = w.h[1].addr, .local_plen = 32,
				   .remote_plen = 32 },
		};

		if (cases[i].sign) {
			a.sign = k;
			a.n_certs = 1;
			a.encoding[0] = IKE_CERT_RAW_KEY;
			a.cert[0] = key_spki(k);
		} else {
			secret_set(&psk, span((const uint8_t *)cases[i].secret,
					      strlen(cases[i].secret)));
			a.psk = &psk;
		}
		world_forget_log(&w);
		craft_auth_send(&w, sa, 0, 1, &a);
		world_step(&w);
		refused(cases[i].why);
		/* a secret is never told */
		CHECK(!world_logged(&w, SECRET));
		world_fini(&w);
	}
	key_free(k);
}

/* each side by its own method: we sign, the peer has a secret */
static void asymmetric(void)
{
	char a[1024];

	world_strangers(&w);
	snprintf(a, sizeof(a),
		 "{ name = \"pb\"; id = \"fqdn:b.example\"; key = \"%s\"; local_auth = \"psk\"; "
		 "psk_file = \"%s\"; host = [ \"10.0.0.2\" ]; addresses = [ \"10.0.0.0/24\" ]; }",
		 world_fingerprint(1), file("psk", SECRET, 0600));
	CHECK(world_up_named(&w, 0, "a.example", a));
	CHECK(world_up_named(&w, 1, "b.example",
			     entry("auth = \"psk\"; local_auth = \"key\"; psk_file = \"%s\";",
				   file("psk", SECRET, 0600))));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	taken(BTNS_AUTH_METHOD_PSK);
	if (CHECK(world_sa(&w, 0)))
		CHECK_EQ(world_sa(&w, 0)->peer.method,
			 BTNS_AUTH_METHOD_RAWKEY);
	world_fini(&w);
}

/* ---- certificates ------------------------------------------------------------ */

/* a certificate of a host's key, below a CA and a sub-CA; files NAME.* */
static void issue(int host, const char *san)
{
	const struct pki_want ca_want = { .cn = "ca", .ca = true };
	const struct pki_want sub_want = { .cn = "sub", .ca = true };
	const struct pki_want want = { .cn = "host", .san = san };
	struct pki ca = pki_make(NULL, &ca_want, NULL);
	struct pki middle = pki_make(&ca, &sub_want, NULL);
	struct pki leaf;
	const struct pki *list[2] = { &leaf, &middle };
	const struct pki *anchor[1] = { &ca };

	key_free(world_key(host, KEY_ED25519));
	leaf = pki_make(&middle, &want,
			pki_read_key(world_key_path(host, KEY_ED25519)));
	pki_write(temp_path(host ? "cert1" : "cert0"), list, 2);
	pki_write(temp_path(host ? "ca1" : "ca0"), anchor, 1);
	pki_free(&leaf);
	pki_free(&middle);
	pki_free(&ca);
}

static bool up_cert(int host, const char *name, const char *entries)
{
	snprintf(conf[host], sizeof(conf[host]),
		 "identity = { id = \"fqdn:%s\"; cert = \"%s\"; };\npad = ( %s );\n",
		 name, temp_path(host ? "cert1" : "cert0"), entries);
	return CHECK(world_up(&w, host, KEY_ED25519, conf[host]));
}

static unsigned int certreqs;

static bool count_certreqs(struct world *wd, struct packet *p)
{
	struct ike_hdr hdr;

	(void)wd;
	/* CERTREQ is 38, the next payload of some header of the clear answer */
	if (world_hdr(p, &hdr) && hdr.exchange == IKE_SA_INIT && p->from == 1 &&
	    memmem(p->data, p->len, "\x26\x00\x00", 3))
		certreqs++;
	return true;
}

static void certificates(void)
{
	char a[1024];
	struct ike_sa *sa;

	issue(0, "DNS:a.example");
	issue(1, "DNS:b.example");
	snprintf(a, sizeof(a),
		 "{ name = \"pb\"; id = \"fqdn:b.example\"; auth = \"cert\"; "
		 "ca = \"%s\"; addresses = [ \"10.0.0.2/32\" ]; }, " ANY,
		 temp_path("ca1"));
	world_strangers(&w);
	w.filter = count_certreqs;
	up_cert(0, "a.example", a);
	up_cert(1, "b.example",
		entry("auth = \"cert\"; ca = \"%s\";", temp_path("ca0")));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	taken(BTNS_AUTH_METHOD_CERT);
	CHECK(certreqs);
	sa = world_sa(&w, 0);
	if (CHECK(sa)) {
		CHECK_EQ(sa->peer.method, BTNS_AUTH_METHOD_CERT);
		CHECK(w.h[0].k.bound[0].has_peer_cert);
		CHECK(w.h[0].k.bound[0].has_peer_anchor);
		CHECK(w.h[0].k.bound[0].has_peer_key);
		CHECK_EQ(w.h[0].k.bound[0].local.method,
			 BTNS_AUTH_METHOD_CERT);
	}
	world_fini(&w);

	/* a certificate of a name that it does not hold: B04, and no BTNS */
	issue(0, "DNS:c.example");
	world_strangers(&w);
	up_cert(0, "a.example", a);
	up_cert(1, "b.example",
		entry("auth = \"cert\"; ca = \"%s\";", temp_path("ca0")));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	refused("under the ca of PAD entry pa: the asserted identity");
	world_fini(&w);

	/* of another CA */
	issue(0, "DNS:a.example");
	world_strangers(&w);
	up_cert(0, "a.example", a);
	up_cert(1, "b.example",
		entry("auth = \"cert\"; ca = \"%s\";", temp_path("ca1")));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	refused("under the ca of PAD entry pa: certificate signature");
	world_fini(&w);

	/* B06: to somebody who knows us by our key the certificate is no harm */
	world_strangers(&w);
	up_cert(0, "a.example", ANY);
	CHECK(world_up_named(&w, 1, "b.example", ANY));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	if (CHECK(world_sa(&w, 1)))
		CHECK_EQ(world_sa(&w, 1)->peer.method, BTNS_AUTH_METHOD_BTNS);
	world_fini(&w);

	/* a certificate of another key than ours is seen at the start */
	world_strangers(&w);
	issue(1, "DNS:a.example");
	rename(temp_path("cert1"), temp_path("cert0"));
	snprintf(conf[0], sizeof(conf[0]),
		 "identity = { id = \"fqdn:a.example\"; cert = \"%s\"; };",
		 temp_path("cert0"));
	CHECK(!world_up(&w, 0, KEY_ED25519, conf[0]));
	CHECK(world_logged(&w, "not a certificate of the key"));
	world_fini(&w);
}

/* octets of the CERTREQ that host 1's IKE_SA_INIT had last */
static size_t asked;

static bool see_certreq(struct world *wd, struct packet *p)
{
	struct ike_parse_fail fail;
	static struct ike_msg m;
	struct ike_hdr hdr;

	(void)wd;
	if (p->from == 1 && world_hdr(p, &hdr) && hdr.exchange == IKE_SA_INIT &&
	    ike_parse_outer(span(p->data, p->len), &m, &fail) == IKE_PARSE_OK &&
	    m.n_certreqs)
		asked = m.certreq[0].data.len;
	return true;
}

/* host 1 has two entries, with the files ca0 and ca1 */
static const char *two_anchored(void)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "{ name = \"pa\"; id = \"fqdn:a.example\"; auth = \"cert\"; local_auth = \"key\"; ca = \"%s\"; addresses = [ \"10.0.0.1/32\" ]; }, "
		 "{ name = \"pc\"; id = \"fqdn:c.example\"; auth = \"cert\"; local_auth = \"key\"; ca = \"%s\"; addresses = [ \"10.0.0.9/32\" ]; }",
		 temp_path("ca0"), temp_path("ca1"));
	return text;
}

#define MORE_ANCHORS	"the PAD has more trust anchors than the 16 that a CERTREQ names"

/* it names 16 trust anchors, and the log says if that is not all of them */
static void many_anchors(void)
{
	const struct pki_want want = { .cn = "ca", .ca = true };
	const struct pki *list[TRUST_ANCHORS_MAX + 1];
	struct pki ca[TRUST_ANCHORS_MAX + 1];
	unsigned int i, more;

	for (i = 0; i <= TRUST_ANCHORS_MAX; i++) {
		ca[i] = pki_make(NULL, &want, NULL);
		list[i] = &ca[i];
	}
	pki_write(temp_path("ca0"), list, TRUST_ANCHORS_MAX);
	for (more = 0; more < 2; more++) {
		/* one of the others, or one more */
		pki_write(temp_path("ca1"), list + TRUST_ANCHORS_MAX * more, 1);
		world_strangers(&w);
		w.filter = see_certreq;
		asked = 0;
		CHECK(world_up_named(&w, 0, "a.example", ANY));
		CHECK(world_up_named(&w, 1, "b.example", two_anchored()));
		CHECK_EQ(world_logged(&w, MORE_ANCHORS), more);
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(asked, TRUST_ANCHORS_MAX * TRUST_HASH_LEN);
		/* said when it is read, and not with each message */
		world_forget_log(&w);
		world_acquire(&w, 0, 1, 81);
		world_run(&w);
		CHECK(!world_logged(&w, MORE_ANCHORS));
		snprintf(conf[1], sizeof(conf[1]),
			 "identity = { id = \"fqdn:b.example\"; };\npad = ( %s );",
			 two_anchored());
		CHECK_EQ(btnsd_reload(&w.h[1].d, conf_good(conf[1])), 0);
		CHECK_EQ(world_logged(&w, MORE_ANCHORS), more);
		world_fini(&w);
	}
	for (i = 0; i <= TRUST_ANCHORS_MAX; i++)
		pki_free(&ca[i]);
}

/* ---- signatures -------------------------------------------------------------- */

/* each kind of key, and RSA in both forms, between two helpers */
static void signatures(void)
{
	static const struct {
		enum key_type type;
		const char *rsa;
		enum sig_alg alg;
	} kinds[] = {
		{ KEY_RSA, "pkcs1", SIG_RSA_SHA256 },
		{ KEY_RSA, "pss", SIG_RSA_PSS_SHA256 },
		{ KEY_ECDSA_P256, "pss", SIG_ECDSA_SHA256 },
		{ KEY_ECDSA_P384, "pkcs1", SIG_ECDSA_SHA384 },
		{ KEY_ED25519, "pss", SIG_ED25519 },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		world_strangers(&w);
		world_pad_any(&w, 0);
		world_pad_any(&w, 1);
		snprintf(conf[0], sizeof(conf[0]), "identity = { rsa = \"%s\"; };",
			 kinds[i].rsa);
		CHECK(world_up(&w, 0, kinds[i].type, conf[0]));
		CHECK(world_up(&w, 1, kinds[i].type, conf[0]));
		CHECK_EQ(w.h[0].d.conf->rsa == CONF_RSA_PSS,
			 !strcmp(kinds[i].rsa, "pss"));
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		if (!CHECK(world_logged(&w, sig_alg_name(kinds[i].alg))))
			ktap_note("%s", w.log);
		world_fini(&w);
	}
}

/* an RSA responder answers in the initiator's form, unless told which */
static void rsa_forms(void)
{
	static const struct {
		const char *rsa[2];
		enum sig_alg alg;
	} cases[] = {
		{ { "pkcs1", "auto" }, SIG_RSA_SHA256 },
		{ { "pss", "auto" }, SIG_RSA_PSS_SHA256 },
		{ { "pss", "pkcs1" }, SIG_RSA_SHA256 },
		{ { "auto", "pss" }, SIG_RSA_PSS_SHA256 },
		{ { "auto", "auto" }, SIG_RSA_SHA256 },
	};
	char says[80];
	size_t i;
	int h;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_strangers(&w);
		for (h = 0; h < 2; h++) {
			world_pad_any(&w, h);
			snprintf(conf[h], sizeof(conf[h]),
				 "identity = { rsa = \"%s\"; };",
				 cases[i].rsa[h]);
			CHECK(world_up(&w, h, KEY_RSA, conf[h]));
		}
		world_acquire(&w, 0, 1, 80);
		while (!world_sa(&w, 1) && world_step(&w))
			;
		/* what comes from now on is about the second proof */
		world_forget_log(&w);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		snprintf(says, sizeof(says), "it signed by %s",
			 sig_alg_name(cases[i].alg));
		if (!CHECK(world_logged(&w, says)))
			ktap_note("%zu: %s", i, w.log);
		world_fini(&w);
	}
}

/* an IKE SA that is made anew begins with what is known of the peer */
static void rsa_form_kept(void)
{
	char says[80];
	int h;

	world_strangers(&w);
	for (h = 0; h < 2; h++) {
		world_pad_any(&w, h);
		CHECK(world_up(&w, h, KEY_RSA,
			       h ? "identity = { rsa = \"pss\"; };" :
				   "identity = { rsa = \"auto\"; };"));
	}
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	snprintf(says, sizeof(says), "it signed by %s",
		 sig_alg_name(SIG_RSA_SHA256));
	CHECK(world_logged(&w, says));
	world_forget_log(&w);
	if (CHECK(world_sa(&w, 0)))
		life_renew(world_sa(&w, 0));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!world_logged(&w, says));
	snprintf(says, sizeof(says), "it signed by %s",
		 sig_alg_name(SIG_RSA_PSS_SHA256));
	CHECK(world_logged(&w, says));
	world_fini(&w);
}

/* ---- the configuration ------------------------------------------------------ */

static void expect(const char *id, const char *entries, const char *says)
{
	snprintf(conf[0], sizeof(conf[0]), "%s pad = ( %s );", id, entries);
	conf_expect(conf[0], says);
}

/* U04: the key of a BTNS entry, in the place of its fingerprint */
static void btns_by_key(const char *entries)
{
	struct lbtns_ident want;
	struct conf *c;
	struct key *k;

	snprintf(conf[0], sizeof(conf[0]), "pad = ( %s );", entries);
	c = conf_good(conf[0]);
	if (!c)
		return;
	k = world_key(0, KEY_ED25519);
	lbtns_ident_from_digest(key_fingerprint(k), &want);
	key_free(k);
	CHECK_EQ(c->n_pad, 1);
	CHECK(lbtns_ident_equal(&c->pad[0].id, &want));
	CHECK_EQ(c->n_peers, 0);
	conf_free(c);
}

static void settings(void)
{
	static const char me[] = "identity = { id = \"fqdn:me\"; };";
	char pem[512], broken[64];

	expect(me, entry("pubkey = \"%s\";", pubkey(0)), NULL);
	snprintf(pem, sizeof(pem),
		 "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n",
		 pubkey(0));
	expect(me, entry("pubkey = \"%s\";", file("pub", pem, 0644)), NULL);
	expect(me, entry("pubkey = \"%s\";", file("pub", pubkey(0), 0644)),
	       NULL);
	snprintf(broken, sizeof(broken), "%.60s", pubkey(0));
	broken[58] = '\0';
	expect(me, entry("pubkey = \"%s\";", broken), "pad \"pa\": pubkey: ");
	expect(me, entry("pubkey = \"%s\";", ""), "pad \"pa\": pubkey: ");
	expect(me, entry("pubkey = \"%s\";", "/nonexistent"),
	       "No such file");
	expect(me, entry("pubkey = 5; %s", ""), "string in quotes");
	expect(me, "{ name = \"k\"; btns = true; pubkey = \"x\"; }",
	       "pad \"k\": pubkey: ");
	expect(me, "{ name = \"k\"; btns = true; host = [ \"10.0.0.1\" ]; }",
	       "\"host\" is for named entries");
	snprintf(pem, sizeof(pem), "{ name = \"k\"; btns = true; pubkey = \"%s\"; }",
		 pubkey(0));
	expect(me, pem, NULL);
	btns_by_key(pem);
	snprintf(pem, sizeof(pem),
		 "{ name = \"k\"; btns = true; any = true; pubkey = \"%s\"; }",
		 pubkey(0));
	expect(me, pem, "an entry for any key has no");
	expect(me, entry("auth = \"psk\"; %s", ""), "add psk_file");
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", SECRET, 0600)), NULL);
	expect("", entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", SECRET, 0600)), "add identity.id");
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", SECRET, 0640)), "chmod 600");
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", "short\n", 0600)), "at least 16 octets");
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", "0x00112233445566778899aabbccddeefg", 0600)),
	       "malformed");
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", "0x00112233445566778899aabbccddeeff", 0600)),
	       NULL);
	expect(me, entry("auth = \"psk\"; psk_file = \"%s\";",
			 file("psk", "0x00112233445566778899aabbccddee", 0600)),
	       "at least 16 octets");
	expect(me, entry("auth = \"psk\"; psk_file = \"psk%s\";", ""),
	       "absolute path");
	expect(me, entry("pubkey = \"%s\"; psk_file = \"/x\";", pubkey(0)),
	       "psk_file /x: No such file");
	snprintf(pem, sizeof(pem), "pubkey = \"%s\"; psk_file = \"%%s\";",
		 pubkey(0));
	expect(me, entry(pem, file("psk", SECRET, 0600)), "is of no use");
	expect(me, entry("pubkey = \"%s\"; local_auth = \"eap\";", pubkey(0)),
	       "use one of key, psk, cert");
	expect(me, entry("pubkey = \"%s\"; local_auth = \"cert\";", pubkey(0)),
	       "add identity.cert");
	expect(me, entry("auth = \"cert\"; %s", ""), "go together");
	expect(me, entry("pubkey = \"%s\"; ca = \"/x\";", pubkey(0)),
	       "ca /x: No such file");
	expect(me, entry("pubkey = \"%s\"; crl = \"/x\";", pubkey(0)),
	       "crl without ca");
	expect("identity = { cert = \"/x\"; };", ANY, "cert /x: No such file");
	expect(me, entry("pubkey = \"%s\"; host = [ \"10.0.0\" ];", pubkey(0)),
	       "host \"10.0.0\"");
	expect(me, entry("pubkey = \"%s\"; host = [ ];", pubkey(0)),
	       "give 1 to 32");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "B04 U11 a peer without CERT is verified by the key of its name",
		  known_key },
		{ "B04 a key that is shown counts, not the one configured",
		  shown_key },
		{ "a shared secret proves a name, both ways, over a restart",
		  secret_both },
		{ "B04 U05 a wrong secret, or a secret for nobody, is refused",
		  secret_wrong },
		{ "B04 B06 certificates under a trust anchor prove a name",
		  certificates },
		{ "K61 a CERTREQ names 16 trust anchors, and the log says if there are more",
		  many_anchors },
		{ "U05 RSA in both forms, ECDSA and Ed25519 sign and verify",
		  signatures },
		{ "each side proves itself by a method of its own", asymmetric },
		{ "an RSA key answers in the form in which the peer signed",
		  rsa_forms },
		{ "K56 and in the same form when the IKE SA is made anew",
		  rsa_form_kept },
		{ "settings of named entries: what is taken, and why not",
		  settings },
	};

	return KTAP_RUN(tests);
}
