// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that we share with peers, which the broker has and the reader has not:
 * what one that a stranger has taken over gets of them, and what not.
 */
#include "ktap.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker_rig.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/ike/wire.h"

#define WORDS	"correct horse battery staple"
#define OTHER	"another horse, another staple"

static char secret_path[128], link_path[128];

/* all but one of a fingerprint */
#define DIGITS	"00000000000000000000000000000000" \
		"0000000000000000000000000000000"

/* who has it, and how both sides prove themselves */
#define ENTRY(name, how) \
	"{ name = \"" name "\"; id = \"fqdn:" name ".example\"; " how \
	" psk_file = \"%s\"; addresses = [ \"10.3.0.1/32\" ]; }"
#define SHARED \
	"identity = { id = \"fqdn:a.example\"; }; pad = ( " \
	ENTRY("both", "auth = \"psk\";") ", " \
	ENTRY("they", "auth = \"psk\"; local_auth = \"key\";") ", " \
	ENTRY("we", "local_auth = \"psk\"; key = \"SHA256:" DIGITS "1\";") " );"

static bool write_secret(const char *text)
{
	int fd = open(secret_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && dprintf(fd, "%s\n", text) > 0;

	return !close(fd) && ok;
}

/* a broker that shares these words with three peers */
static const char *share(const char *text)
{
	static char conf[1024];

	snprintf(secret_path, sizeof(secret_path), "%s",
		 world_store_path(0, ".psk"));
	snprintf(link_path, sizeof(link_path), "%s",
		 world_store_path(0, ".psk-link"));
	CHECK(write_secret(text));
	snprintf(conf, sizeof(conf), SHARED, secret_path, secret_path,
		 secret_path);
	return conf;
}

/* what stands for the secret of a file; false: there is none for us */
static bool get_tag(uint8_t tag[PROTO_TAG])
{
	file(PROTO_SECRET, secret_path);
	if (refused() || m.len != PROTO_TAG)
		return false;
	memcpy(tag, m.body, PROTO_TAG);
	return true;
}

/** struct asks - a request for a MAC, or to compare one */
struct asks {
	uint32_t type;
	const char *entry;
	const uint8_t *tag;
	uint32_t prf;
	uint32_t len[AUTH_PARTS];
	struct span data;
	size_t at;    /* octet of the message, and */
	uint8_t flip; /* what is wrong with it */
};

static uint8_t auth_octets[1024];

static int to_mac(const struct asks *a)
{
	struct ike_wire_hdr h = {
		.spi_i = 1,
		.version = 0x20,
		.exchange = IKE_SA_INIT,
		.flags = IKE_FLAG_INITIATOR,
		.length = htobe32(a->len[0]),
	};
	struct proto_mac mac = { .prf = a->prf };
	int i;

	snprintf(mac.name, sizeof(mac.name), "%s", a->entry);
	memcpy(mac.tag, a->tag, sizeof(mac.tag));
	memcpy(mac.len, a->len, sizeof(a->len));
	mac.len[AUTH_PARTS] = (uint32_t)a->data.len;
	memset(auth_octets, 5, sizeof(auth_octets));
	memcpy(auth_octets, &h, sizeof(h));
	auth_octets[a->at] ^= a->flip;
	proto_begin(&m, a->type);
	proto_put(&m, &proto_mac_layout, &mac);
	for (i = 0; i < AUTH_PARTS; i++)
		proto_put_octets(&m, span(auth_octets, a->len[i]));
	proto_put_octets(&m, a->data);
	return refused();
}

/* is the answer a comparison's, and this one? */
static bool told(uint64_t same)
{
	struct proto_value v;

	return m.type == PROTO_DONE &&
	       proto_get_all(&m, &proto_value_layout, &v) && v.v == same;
}

/* the MAC of what to_mac() has sent, made here */
static void made_here(const char *text, const struct asks *a,
		      uint8_t out[PRF_MAX_LEN])
{
	struct auth_octets octets;
	struct secret secret = { 0 };
	int i;

	for (i = 0; i < AUTH_PARTS; i++)
		octets.part[i] = span(auth_octets, a->len[i]);
	secret_set(&secret, span((const uint8_t *)text, strlen(text)));
	CHECK_EQ(keymat_auth_psk((uint16_t)a->prf, &secret, &octets, out),
		 CRYPTO_OK);
}

static void macs(void)
{
	static const struct {
		const char *label;
		size_t at;
		uint8_t flip;
		int ours, theirs;
	} forms[] = {
		{ "none is wrong", 0, 0, 0, 0 },
		{ "no SPI of the initiator", 0, 1, -EPERM, -EPERM },
		{ "one of the responder", 8, 1, -EPERM, -EPERM },
		{ "another version", 17, 0x10, -EPERM, -EPERM },
		{ "a minor version", 17, 0x01, -EPERM, 0 },
		{ "IKE_AUTH", 18, 1, -EPERM, -EPERM },
		{ "request and response", 19, 0x20, -EPERM, -EPERM },
		{ "a flag that is ignored", 19, 0x10, -EPERM, 0 },
		{ "of later", 20, 1, -EPERM, -EPERM },
		{ "longer than it says", 27, 1, -EPERM, -EPERM },
	};
	uint8_t tag[PROTO_TAG], wrong[PROTO_TAG], mac[PRF_MAX_LEN];
	const struct asks good = {
		PROTO_MAC,	  "both", tag, IKE_PRF_HMAC_SHA2_256,
		{ 400, 32, 32, 0 }, { 0 },	  0,   0,
	};
	struct asks a = good;
	size_t i;

	world_pair();
	CHECK(serve_up(share(WORDS)));
	CHECK(get_tag(tag));
	CHECK_EQ(to_mac(&a), 0);
	made_here(WORDS, &a, mac);
	CHECK(m.len == 32 && !memcmp(m.body, mac, 32));
	/* the other side's: told is only whether it is right */
	a.type = PROTO_CHECK_MAC;
	a.data = span(mac, 32);
	CHECK(!to_mac(&a) && told(1));
	mac[31] ^= 1;
	CHECK(!to_mac(&a) && told(0));
	mac[31] ^= 1;
	a.data = span(mac, 31);
	CHECK(!to_mac(&a) && told(0));
	a.data = span(mac, 0);
	CHECK(!to_mac(&a) && told(0));
	/* nobody compares where there is nothing to compare with */
	a = good;
	a.data = span(mac, 32);
	CHECK_EQ(to_mac(&a), 1);
	/* who proves himself otherwise has no MAC */
	a = good;
	a.entry = "they";
	CHECK_EQ(to_mac(&a), -EPERM);
	a.type = PROTO_CHECK_MAC;
	CHECK_EQ(to_mac(&a), 0);
	a.entry = "we";
	CHECK_EQ(to_mac(&a), -EPERM);
	a.type = PROTO_MAC;
	CHECK_EQ(to_mac(&a), 0);
	a.entry = "x";
	CHECK_EQ(to_mac(&a), -EPERM);
	a = good;
	memcpy(wrong, tag, sizeof(wrong));
	wrong[PROTO_TAG - 1] ^= 1;
	a.tag = wrong;
	CHECK_EQ(to_mac(&a), -EPERM);
	/* octets that are not AUTH's */
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		a = good;
		a.at = forms[i].at;
		a.flip = forms[i].flip;
		if (!CHECK_EQ(to_mac(&a), forms[i].ours))
			ktap_note("%s", forms[i].label);
		a.type = PROTO_CHECK_MAC;
		if (!CHECK_EQ(to_mac(&a), forms[i].theirs))
			ktap_note("a peer's: %s", forms[i].label);
	}
	a = good;
	a.len[1] = 15;
	CHECK_EQ(to_mac(&a), -EPERM);
	/* prf(SK_p, ID) of another prf, one that is none, one beyond its number */
	a = good;
	a.prf = IKE_PRF_HMAC_SHA2_512;
	CHECK_EQ(to_mac(&a), -EPERM);
	a.len[2] = 64;
	CHECK(!to_mac(&a) && m.len == 64);
	a.prf = 77;
	CHECK_EQ(to_mac(&a), -EPERM);
	a = good;
	a.prf += 0x10000;
	CHECK_EQ(to_mac(&a), -EPERM);
	unlink(secret_path);
	serve_down();
	world_fini(&w);
}

/* what stands for a secret tells when it changes, and nothing of it */
static void tags(void)
{
	uint8_t first[PROTO_TAG], again[PROTO_TAG], plain[32];
	const struct span words = { (const uint8_t *)WORDS, sizeof(WORDS) - 1 };
	struct asks a = {
		PROTO_MAC,	  "both", first, IKE_PRF_HMAC_SHA2_256,
		{ 400, 32, 32, 0 }, { 0 },	  0,	 0,
	};
	char *conf = strdup(share(WORDS));
	uint8_t mac[PRF_MAX_LEN];

	world_pair();
	CHECK(serve_up(conf));
	CHECK(get_tag(first) && get_tag(again));
	CHECK(!memcmp(first, again, sizeof(first)));
	CHECK(!hash_sha256(&words, 1, plain));
	CHECK(memcmp(first, plain, sizeof(first)));
	CHECK(!memmem(first, sizeof(first), WORDS, 8));
	file(PROTO_SECRET, s.conf_path);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_SECRET, secret_path);
	m.body[3] = 0;
	CHECK_EQ(asked(), -EBADMSG);
	/* SIGHUP without another secret, then with one */
	CHECK(serve_rewrite(conf));
	CHECK(get_tag(again) && !memcmp(first, again, sizeof(first)));
	CHECK(write_secret(OTHER));
	CHECK(serve_rewrite(conf));
	CHECK(get_tag(again) && memcmp(first, again, sizeof(first)));
	/* until the reader has taken that, both are good, each by itself */
	CHECK_EQ(to_mac(&a), 0);
	made_here(WORDS, &a, mac);
	CHECK(!memcmp(m.body, mac, 32));
	a.tag = again;
	CHECK_EQ(to_mac(&a), 0);
	made_here(OTHER, &a, mac);
	CHECK(!memcmp(m.body, mac, 32));
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(to_mac(&a), 0);
	a.tag = first;
	CHECK_EQ(to_mac(&a), -EPERM);
	/* another broker, other tags */
	CHECK(write_secret(WORDS));
	serve_down();
	CHECK(serve_up(conf));
	CHECK(get_tag(again) && memcmp(first, again, sizeof(first)));
	unlink(secret_path);
	free(conf);
	serve_down();
	world_fini(&w);
}

/* a public key, as which the reader might want to read it too */
#define AS_KEY "MCowBQYDK2VwAyEANMFQHEXcxsb+lCRl/CUZMBYkZgvaA+U7U2SMotQ5HhA="

static void secret_files(void)
{
	char conf[1024];

	world_pair();
	share(AS_KEY);
	CHECK(!symlink(secret_path, link_path));
	snprintf(conf, sizeof(conf),
		 "identity = { id = \"fqdn:a.example\"; }; pad = ( "
		 ENTRY("both", "auth = \"psk\";") ", { name = \"k\";"
		 " id = \"fqdn:k.example\"; pubkey = \"%s\";"
		 " addresses = [ \"10.3.0.2/32\" ]; } );",
		 secret_path, link_path);
	CHECK(serve_up(conf));
	file(PROTO_FILE_OPEN, secret_path);
	CHECK_EQ(refused(), -EPERM);
	CHECK(why("the file of a shared secret"));
	file(PROTO_FILE_OPEN, link_path);
	CHECK_EQ(refused(), -EPERM);
	CHECK(why("the file of a shared secret"));
	/* off the list, but what is in force until the next is taken has it */
	snprintf(conf, sizeof(conf),
		 "pad = ( { name = \"k\"; id = \"fqdn:k.example\";"
		 " pubkey = \"%s\"; addresses = [ \"10.3.0.2/32\" ]; } );",
		 link_path);
	CHECK(serve_rewrite(conf));
	file(PROTO_FILE_OPEN, link_path);
	CHECK_EQ(refused(), -EPERM);
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	file(PROTO_FILE_OPEN, link_path);
	CHECK_EQ(refused(), 0);
	close(m.fd);
	unlink(link_path);
	unlink(secret_path);
	serve_down();
	world_fini(&w);
}

static bool forgotten(void)
{
	size_t i;

	for (i = 0; i < sizeof(s.m.body); i++)
		if (s.m.body[i])
			return false;
	return true;
}

/* a key may be in a request however bad it is, and in its answer what is made with one */
static void requests(void)
{
	static uint8_t octets[PROTO_MAX + 64];
	uint8_t tag[PROTO_TAG];
	struct asks a = {
		PROTO_MAC,	  "both", tag, IKE_PRF_HMAC_SHA2_256,
		{ 400, 32, 32, 0 }, { 0 },	  0,   0,
	};

	world_pair();
	CHECK(serve_up(share(WORDS)));
	/* it would be seen */
	an_sa(0x1001, false);
	CHECK(!proto_send(reader, &m, false));
	CHECK(!proto_recv(broker, &s.m, false));
	CHECK(!forgotten());
	CHECK_EQ(refused(), -EPERM);
	CHECK(forgotten());
	CHECK(get_tag(tag));
	CHECK(forgotten());
	CHECK_EQ(to_mac(&a), 0);
	CHECK(forgotten());
	a.flip = 1;
	CHECK_EQ(to_mac(&a), -EPERM);
	CHECK(forgotten());
	/* too short; with a descriptor, which none has; longer than any is */
	an_sa(0x1001, false);
	m.len = 20;
	CHECK_EQ(asked(), -EBADMSG);
	CHECK(forgotten());
	an_sa(0x1001, false);
	m.fd = STDIN_FILENO;
	CHECK_EQ(asked(), -EBADMSG);
	CHECK(forgotten());
	memset(octets, 7, sizeof(octets));
	CHECK_EQ(send(reader, octets, sizeof(octets), 0), sizeof(octets));
	CHECK_EQ(serve_one(&s, broker), -EBADMSG);
	CHECK(forgotten());
	unlink(secret_path);
	serve_down();
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "shared secrets authenticate what AUTH covers, for their own side and entry",
		  macs },
		{ "what the reader has of a shared secret tells only that it changed",
		  tags },
		{ "the file of a shared secret is opened for nobody",
		 secret_files},
		{ "K65 nothing of a request stays in the broker, whatever it was",
		  requests },
	};

	return KTAP_RUN(tests);
}
