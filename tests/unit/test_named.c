// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PAD entries by every kind of name: FQDN, mail, addresses, DN, key id. Host 1
 * knows host 0 by one, and takes anybody; host 2 has another key and asserts the
 * same name.
 */
#include "ktap.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf_check.h"
#include "libbtns/hex.h"
#include "pki.h"
#include "temp.h"
#include "world.h"

#define ANY	"{ name = \"any\"; btns = true; any = true; }"
/* of a certificate's subject: what dn() has */
#define CN	"h.example"

static struct world w;

/** struct kind - a name, and how a certificate has it */
struct kind {
	const char *id;		/* NULL is the DN */
	const char *san;
};

static const struct kind kinds[] = {
	{ "fqdn:h.example", "DNS:h.example" },
	{ "rfc822:h@mail.example", "email:h@mail.example" },
	{ "ipv4:10.0.0.1", "IP:10.0.0.1" },
	{ "ipv6:2001:db8::1", "IP:2001:db8::1" },
	{ NULL, NULL },
};

#define N_KINDS	(sizeof(kinds) / sizeof(kinds[0]))
#define KEYID	"keyid:c0ffee00c0ffee"

/* the DN of who is called CN only, as a configuration has it */
static const char *dn(void)
{
	static char text[256] = "dn:";
	X509_NAME *name = X509_NAME_new();
	uint8_t *der = NULL;
	int len;

	if (!CHECK(name) ||
	    !CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					      (const unsigned char *)CN, -1,
					      -1, 0)))
		return text;
	len = i2d_X509_NAME(name, &der);
	if (CHECK(len > 0 && len < 100))
		lbtns_hex_write(der, (size_t)len, text + 3);
	OPENSSL_free(der);
	X509_NAME_free(name);
	return text;
}

static const char *id_of(const struct kind *k)
{
	return k->id ? k->id : dn();
}

/* a host that asserts a name, or none, and takes anybody */
static bool claims(int host, const char *id, const char *more)
{
	char conf[1024];

	if (!id)
		snprintf(conf, sizeof(conf), "pad = ( %s );", ANY);
	else
		snprintf(conf, sizeof(conf),
			 "identity = { id = \"%s\"; %s };\npad = ( %s );\n", id,
			 more, ANY);
	return CHECK(world_up(&w, host, KEY_ED25519, conf));
}

/* host 1 has an entry for that name; its proof is @by */
static bool knows(const char *id, const char *by)
{
	char conf[2048];

	snprintf(conf, sizeof(conf),
		 "pad = ( %s, { name = \"named\"; id = \"%s\"; "
		 "addresses = [ \"10.0.0.1/32\" ]; %s } );\n",
		 ANY, id, by);
	world_strangers(&w);
	world_protect(&w, 2);
	return CHECK(world_up(&w, 1, KEY_ED25519, conf));
}

/* what host 1 has of its newest IKE SA, and told the module of each SA of it */
static void shown(const char *id, uint8_t method)
{
	const struct ike_sa *sa = world_sa(&w, 1);
	const struct world_kern *k = &w.h[1].k;
	struct lbtns_ident want;
	char text[LBTNS_IDENT_TEXT_MAX];
	size_t i;

	CHECK_EQ(lbtns_ident_parse(id, &want, NULL), 0);
	if (!CHECK(sa) || !CHECK_EQ(k->n_bound, 2))
		return;
	if (!CHECK(lbtns_ident_equal(&sa->peer, &want)))
		ktap_note("%s, wanted %s", lbtns_ident_text(&sa->peer, text), id);
	CHECK_EQ(sa->peer.method, method);
	for (i = 0; i < k->n_bound; i++) {
		CHECK(lbtns_ident_equal(&k->bound[i].peer, &want));
		CHECK_EQ(k->bound[i].peer.method, method);
		/* and so does btnsctl */
		CHECK(!strcmp(lbtns_ident_text(&k->bound[i].peer, text), id));
	}
}

/* host 2 is not taken, whoever begins */
static void impostor(const char *why)
{
	unsigned int before = (unsigned int)w.h[1].d.stats.auth_failed;
	int from;

	for (from = 2; from > 0; from--) {
		world_forget_log(&w);
		world_acquire(&w, from, 3 - from, 80);
		world_run(&w);
		if (!CHECK(world_logged(&w, why)))
			ktap_note("wanted \"%s\", log: %s", why, w.log);
	}
	CHECK_EQ(w.h[1].d.stats.auth_failed, before + 2);
	CHECK_EQ(world_pairs(&w, 1, 2), 0);
	CHECK_EQ(world_installed(&w, 2), 0);
	CHECK_EQ(world_ike(&w, 2, IKE_ST_ESTABLISHED), 0);
}

/* ---- bare keys ----------------------------------------------------------- */

static void by_key(const char *id)
{
	char by[128];

	snprintf(by, sizeof(by), "key = \"%s\";", world_fingerprint(0));
	if (!knows(id, by) || !claims(0, id, "") || !claims(2, id, ""))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	shown(id, BTNS_AUTH_METHOD_RAWKEY);
	impostor("the peer's key is not the one of that identity");
	world_fini(&w);

	/* it is the name that was refused: without it the wildcard has it */
	if (!knows(id, by) || !claims(2, NULL, ""))
		return;
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 2, 1), 1);
	world_fini(&w);
}

static void keys(void)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++) {
		ktap_note("%s", id_of(&kinds[i]));
		by_key(id_of(&kinds[i]));
	}
	by_key(KEYID);
}

/* ---- shared secrets ------------------------------------------------------ */

/* a secret in a file that is ours alone */
static void write_secret(const char *name, const char *secret)
{
	FILE *f = fopen(temp_path(name), "w");

	if (CHECK(f)) {
		CHECK(!fchmod(fileno(f), 0600));
		CHECK(fputs(secret, f) > 0);
		CHECK(!fclose(f));
	}
}

/* a host of that name has a secret with a peer of another */
static bool shares(int host, const char *id, const char *peer, int at,
		   const char *secret)
{
	char conf[2048];

	snprintf(conf, sizeof(conf),
		 "identity = { id = \"%s\"; };\n"
		 "pad = ( %s, { name = \"named\"; id = \"%s\"; "
		 "addresses = [ \"10.0.0.%d/32\" ]; auth = \"psk\"; "
		 "psk_file = \"%s\"; } );\n",
		 id, ANY, peer, at + 1, temp_path(secret));
	return CHECK(world_up(&w, host, KEY_ED25519, conf));
}

/* @id is host 1's, with a secret for the peer that calls itself @peer */
static bool awaits(const char *id, const char *peer)
{
	world_strangers(&w);
	world_protect(&w, 2);
	return shares(1, id, peer, 0, "right");
}

static void by_secret(const char *id)
{
	if (!awaits("fqdn:b.example", id) ||
	    !shares(0, id, "fqdn:b.example", 1, "right") ||
	    !shares(2, id, "fqdn:b.example", 1, "wrong"))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	shown(id, BTNS_AUTH_METHOD_PSK);

	/* another secret is another's, and the wildcard is not for it */
	world_forget_log(&w);
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK(world_logged(&w,
			   "it does not have the secret of PAD entry named"));
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	CHECK_EQ(world_pairs(&w, 1, 2), 0);
	CHECK_EQ(world_ike(&w, 2, IKE_ST_ESTABLISHED), 0);
	world_fini(&w);

	/* who begins calls itself by a name of that kind as well */
	if (!awaits(id, "fqdn:a.example") ||
	    !shares(0, "fqdn:a.example", id, 1, "right"))
		return;
	world_acquire(&w, 1, 0, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	shown("fqdn:a.example", BTNS_AUTH_METHOD_PSK);
	world_fini(&w);
}

/* the octets of the name as a name of another kind, and the right secret */
static void other_kind(const char *id, const char *other)
{
	if (!awaits("fqdn:b.example", id) ||
	    !shares(2, other, "fqdn:b.example", 1, "right"))
		return;
	world_acquire(&w, 2, 1, 80);
	world_run(&w);
	CHECK(world_logged(&w, "no PAD entry of the configuration has one"));
	CHECK_EQ(w.h[1].d.stats.auth_failed, 1);
	CHECK_EQ(world_pairs(&w, 1, 2), 0);
	world_fini(&w);
}

static void secrets(void)
{
	size_t i;

	write_secret("right", "correct horse battery staple");
	write_secret("wrong", "another horse battery staple");
	for (i = 0; i < N_KINDS; i++) {
		ktap_note("%s", id_of(&kinds[i]));
		by_secret(id_of(&kinds[i]));
	}
	by_secret(KEYID);
	other_kind("keyid:682e6578616d706c65", "fqdn:h.example");
	other_kind("fqdn:h.example", "keyid:682e6578616d706c65");
	other_kind("ipv4:10.0.0.1", "keyid:0a000001");
}

/* ---- certificates -------------------------------------------------------- */

/* a certificate of a host's key; how its configuration says so */
static const char *certify(int host, const struct pki *ca, const char *cn,
			   const char *san)
{
	const struct pki_want want = { .cn = cn, .san = san };
	const char *path = temp_path(host ? "2" : "0");
	static char text[2][96];
	const struct pki *list[1];
	struct pki leaf;

	key_free(world_key(host, KEY_ED25519));
	leaf = pki_make(ca, &want,
			pki_read_key(world_key_path(host, KEY_ED25519)));
	list[0] = &leaf;
	pki_write(path, list, 1);
	pki_free(&leaf);
	snprintf(text[!host], sizeof(text[0]), "cert = \"%s\";", path);
	return text[!host];
}

static struct pki authority(void)
{
	const struct pki_want want = { .cn = "ca", .ca = true };

	return pki_make(NULL, &want, NULL);
}

static void by_cert(const struct kind *k, const struct pki *ca,
		    const struct pki *other, const char *by)
{
	const char *id = id_of(k);

	/* another name under the same authority */
	if (!knows(id, by) || !claims(0, id, certify(0, ca, CN, k->san)) ||
	    !claims(2, id, certify(2, ca, "other", "DNS:other.example")))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	shown(id, BTNS_AUTH_METHOD_CERT);
	CHECK(w.h[1].k.bound[0].has_peer_cert &&
	      w.h[1].k.bound[0].has_peer_anchor);
	impostor("the asserted identity is neither in subjectAltName nor the subject");
	world_fini(&w);

	/* the same name under another authority of the same name */
	if (!knows(id, by) || !claims(2, id, certify(2, other, CN, k->san)))
		return;
	impostor("its certificate, under the ca of PAD entry named: ");
	world_fini(&w);

	/* the same name and no certificate, but a bare key */
	if (!knows(id, by) || !claims(2, id, ""))
		return;
	impostor("it sent no certificate");
	world_fini(&w);
}

static void certificates(void)
{
	struct pki ca = authority(), other = authority();
	const struct pki *anchor[1] = { &ca };
	char by[256];
	size_t i;

	pki_write(temp_path("ca"), anchor, 1);
	snprintf(by, sizeof(by),
		 "auth = \"cert\"; ca = \"%s\"; local_auth = \"key\";",
		 temp_path("ca"));
	for (i = 0; i < N_KINDS; i++) {
		ktap_note("%s", id_of(&kinds[i]));
		by_cert(&kinds[i], &ca, &other, by);
	}
	/* a key id is in no certificate, not even as a host's name */
	if (knows(KEYID, by) &&
	    claims(2, KEYID, certify(2, &ca, "c0ffee00c0ffee",
				     "DNS:c0ffee00c0ffee")))
		impostor("the asserted identity is neither in subjectAltName nor the subject");
	world_fini(&w);
	pki_free(&ca);
	pki_free(&other);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "B03 B04 U06 a name of every kind is its key's, and no other key has it",
		  keys },
		{ "B03 B04 U06 a name of every kind is its secret's, and no other secret has it",
		  secrets },
		{ "B04 U06 a name of every kind is its certificate's, and nobody else has it",
		  certificates },
	};

	return KTAP_RUN(tests);
}
