// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What helpers send is what a decoder that we did not write reads: all talks
 * are played into one capture, tshark decrypts it once, and then each has to
 * have said what is expected of it, message by message, with nothing wrong.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "craft.h"
#include "named.h"
#include "talk.h"
#include "world.h"

static struct world w;

#define TALK(name) \
static struct talk name##_talk = { .play = play_##name, .said = said_##name }; \
static void name(void) { talk_check(&name##_talk); }

/* ---- what hosts do ------------------------------------------------------- */

static void listen_to(enum key_type type, const char *conf_a, const char *conf_b)
{
	CHECK(world_two(&w, type, conf_a, conf_b));
	capture_listen(&w, NULL);
}

static void done(void)
{
	capture_leave(&w);
	world_fini(&w);
}

static void ask(uint16_t port)
{
	world_acquire(&w, 0, 1, port);
	world_run(&w);
}

static void joined(enum key_type type, const char *conf)
{
	listen_to(type, conf, conf);
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

static void start(int host, enum task_kind kind)
{
	CHECK(world_start(&w, host, kind));
	world_run(&w);
}

static void renew(int host)
{
	if (!CHECK(world_sa(&w, host)))
		return;
	life_renew(world_sa(&w, host));
	world_run(&w);
}

/* ---- from the first message to the last, with each cipher ---------------- */

static void whole_life(enum key_type type, const char *conf)
{
	joined(type, conf);
	start(0, TASK_LIVENESS);
	start(1, TASK_REKEY);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	start(0, TASK_REKEY_IKE);
	start(0, TASK_DELETE_CHILD);
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	start(1, TASK_DELETE_IKE);
	CHECK(!w.h[0].d.sas && !w.h[1].d.sas);
	done();
}

static void play_ed25519(void)
{
	whole_life(KEY_ED25519, "");
}

static const char *const said_ed25519[] = {
	OPEN, LIFE(GCM, "X25519 ECP_256", "X25519", "", ""), NULL
};

TALK(ed25519)

static void play_ecdsa(void)
{
	whole_life(KEY_ECDSA_P256,
		   "ike = { aead = [\"aes128gcm16\"]; dh = [\"p256\"]; prf = [\"sha384\"]; };");
}

#define GCM_128		"AES_GCM_16-128 HMAC_SHA2_384 "
static const char *const said_ecdsa[] = {
	INIT_ASK(">", "", GCM_128 "ECP_256", "ECP_256"),
	INIT_SAY("<", GCM_128 "ECP_256", "ECP_256"), AUTH,
	LIFE(GCM_128, "ECP_256", "ECP_256", "", ""), NULL
};

TALK(ecdsa)

static void play_rsa(void)
{
	whole_life(KEY_RSA, "ike = { dh = [\"modp2048\"]; }; child = { pfs = true; };");
}

static const char *const said_rsa[] = {
	INIT_ASK(">", "", GCM "MODP_2048", "MODP_2048"),
	INIT_SAY("<", GCM "MODP_2048", "MODP_2048"),
	"> IKE_AUTH 1? SKF(1/2)", CUT_ASK("2"), "< IKE_AUTH 1! SKF(1/2)", CUT_SAY("2"),
	LIFE(GCM, "MODP_2048", "MODP_2048", "MODP_2048 ", " KE(MODP_2048)"), NULL
};

TALK(rsa)

static void play_cbc(void)
{
	static const char *const suites[] = {
		"aes256-sha256", "aes256-sha384", "aes256-sha512",
		"aes128-sha256", "aes128-sha384", "aes128-sha512",
	};
	char conf[64];
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		snprintf(conf, sizeof(conf), "ike = { aead = [\"%s\"]; };", suites[i]);
		whole_life(KEY_ED25519, conf);
	}
}

#define CBC(bits, mac)	"AES_CBC-" bits " " mac " HMAC_SHA2_256 "
#define CBC_LIFE(bits, mac) \
	INIT(CBC(bits, mac)), AUTH, \
	LIFE(CBC(bits, mac), "X25519 ECP_256", "X25519", "", "")
static const char *const said_cbc[] = {
	CBC_LIFE("256", "HMAC_SHA2_256_128"), CBC_LIFE("256", "HMAC_SHA2_384_192"),
	CBC_LIFE("256", "HMAC_SHA2_512_256"), CBC_LIFE("128", "HMAC_SHA2_256_128"),
	CBC_LIFE("128", "HMAC_SHA2_384_192"), CBC_LIFE("128", "HMAC_SHA2_512_256"), NULL
};

TALK(cbc)

/*
 * The table of keys of tshark has no name for it (none in 4.0), so that what it sees
 * of a message is its outside.
 */
static void play_chacha(void)
{
	whole_life(KEY_ED25519, "ike = { aead = [\"chacha20poly1305\"]; };");
}

static const char *const said_chacha[] = {
	INIT("CHACHA20_POLY1305 HMAC_SHA2_256 "),
	"> IKE_AUTH 1? SK", "< IKE_AUTH 1! SK",
	INFO(">", "2?", ""), INFO("<", "2!", ""),
	"< CREATE_CHILD_SA 0? SK", "> CREATE_CHILD_SA 0! SK",
	INFO("<", "1?", ""), INFO(">", "1!", ""),
	"> CREATE_CHILD_SA 3? SK", "< CREATE_CHILD_SA 3! SK",
	INFO(">", "0?", ""), INFO(">", "4?", ""),
	INFO("<", "0!", ""), INFO("<", "4!", ""),
	INFO(">", "1?", ""), INFO("<", "1!", ""),
	INFO("<", "0?", ""), INFO(">", "0!", ""), NULL
};

TALK(chacha)

static void play_fragments(void)
{
	static const char *const suites[] = {
		"aes256gcm16", "aes128gcm16", "aes256-sha256", "aes128-sha512",
	};
	char conf[64];
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		snprintf(conf, sizeof(conf),
			 "ike = { aead = [\"%s\"]; fragment = 576; };", suites[i]);
		joined(KEY_RSA, conf);
		done();
	}
}

#define CUT_3(sa) \
	INIT(sa), "> IKE_AUTH 1? SKF(1/3)", "> IKE_AUTH 1? SKF(2/3)", CUT_ASK("3"), \
	"< IKE_AUTH 1! SKF(1/3)", "< IKE_AUTH 1! SKF(2/3)", CUT_SAY("3")
#define CUT_4(sa) \
	INIT(sa), "> IKE_AUTH 1? SKF(1/4)", "> IKE_AUTH 1? SKF(2/4)", \
	"> IKE_AUTH 1? SKF(3/4)", CUT_ASK("4"), "< IKE_AUTH 1! SKF(1/4)", \
	"< IKE_AUTH 1! SKF(2/4)", "< IKE_AUTH 1! SKF(3/4)", CUT_SAY("4")
static const char *const said_fragments[] = {
	CUT_3(GCM), CUT_3("AES_GCM_16-128 HMAC_SHA2_256 "),
	CUT_4(CBC("256", "HMAC_SHA2_256_128")), CUT_4(CBC("128", "HMAC_SHA2_512_256")), NULL
};

TALK(fragments)

/* ---- beginnings ---------------------------------------------------------- */

/* a COOKIE, and a group that is not the first choice */
static void play_rounds(void)
{
	static const char conf[] =
		"ike = { dh = [\"x25519\", \"p256\"]; cookie_threshold = 0; };";

	listen_to(KEY_ED25519, conf, conf);
	w.h[1].d.conf->dh[0] = IKE_DH_ECP_256;
	w.h[1].d.conf->n_dh = 1;
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static const char *const said_rounds[] = {
	INIT_ASK(">", "", GCM "X25519 ECP_256", "X25519"),
	"< IKE_SA_INIT 0! N(COOKIE)",
	INIT_ASK(">", N("COOKIE"), GCM "X25519 ECP_256", "X25519"),
	"< IKE_SA_INIT 0! N(INVALID_KE_PAYLOAD)",
	INIT_ASK(">", N("COOKIE"), GCM "ECP_256 X25519", "ECP_256"),
	INIT_SAY("<", GCM "ECP_256", "ECP_256"), AUTH, NULL
};

TALK(rounds)

static bool before_auth(uint8_t exchange)
{
	return exchange == IKE_SA_INIT || exchange == IKE_INTERMEDIATE;
}

static bool from_auth(uint8_t exchange)
{
	return !before_auth(exchange);
}

/*
 * IKE_INTERMEDIATE under the first keys, and what follows under the next:
 * tshark has room for one of them at a time, and so it is played twice.
 */
static void play_additional(void)
{
	static const char conf[] = "ike = { additional = [\"p256\", \"none\"]; };";

	listen_to(KEY_ED25519, conf, conf);
	capture_listen(&w, before_auth);
	ask(80);
	done();
	listen_to(KEY_ED25519, conf, conf);
	capture_listen(&w, from_auth);
	ask(80);
	start(0, TASK_REKEY_IKE);
	start(1, TASK_LIVENESS);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

#define INTERMEDIATE	N("INTERMEDIATE_EXCHANGE_SUPPORTED")
#define TWICE(sa)	sa "X25519 ECP_256 ADDKE1=ECP_256 IKE: " sa "X25519 ECP_256"
static const char *const said_additional[] = {
	INIT_ASK(">", "", TWICE(GCM), "X25519") INTERMEDIATE,
	"< IKE_SA_INIT 0! SA IKE: " GCM "X25519 ADDKE1=ECP_256 KE(X25519)" NOTES INTERMEDIATE
	N("CHILDLESS_IKEV2_SUPPORTED"),
	"> IKE_INTERMEDIATE 1? SK KE(ECP_256)", "< IKE_INTERMEDIATE 1! SK KE(ECP_256)",
	AUTH_ASK("2", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT, SELECTORS),
	AUTH_SAY("2", "SK", "(KEY_ID)" KEY, TRANSPORT, TS(A ALL, B ALL)),
	IKE_ASK(">", "3", TWICE(GCM), "X25519"),
	IKE_SAY("<", "3", GCM "X25519 ADDKE1=ECP_256", "X25519") N("ADDITIONAL_KEY_EXCHANGE"),
	"> IKE_FOLLOWUP_KE 4? SK KE(ECP_256)" N("ADDITIONAL_KEY_EXCHANGE"),
	"< IKE_FOLLOWUP_KE 4! SK KE(ECP_256)",
	INFO(">", "0?", TOKEN), INFO(">", "5?", " D(IKE 0)"),
	INFO("<", "0!", ""), INFO("<", "5!", ""),
	INFO("<", "0?", ""), INFO(">", "0!", ""), NULL
};

TALK(additional)

static void play_ipv6(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		addr_parse(&w.h[i].addr, i ? "fd00::2" : "fd00::1");
		world_pad_any(&w, i);
		world_policy(&w, i, "fd00::/64", "fd00::/64", 0, 0, 0, true);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	capture_listen(&w, NULL);
	world_packet(&w, 0, "fd00::1/128", "fd00::2/128", "fd00::2");
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

#define A6	"fd00::1-fd00::1:"
#define B6	"fd00::2-fd00::2:"
static const char *const said_ipv6[] = {
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT,
		 TS(A6 "40000-40000/6 " A6 ALL, B6 "80-80/6 " B6 ALL)),
	AUTH_SAY("1", "SK", "(KEY_ID)" KEY, TRANSPORT, TS(A6 ALL, B6 ALL)), NULL
};

TALK(ipv6)

/* two gateways, and networks of both families behind them */
static void play_tunnel(void)
{
	static const char *const net[2][2] = {
		{ "192.168.0.0/24", "192.168.1.0/24" }, { "fd01::/64", "fd02::/64" },
	};
	int six, i;

	for (six = 0; six < 2; six++) {
		world_init(&w);
		for (i = 0; i < 2; i++) {
			world_pad_any(&w, i);
			world_policy(&w, i, net[six][i], net[six][!i], 0, 0, 0, true);
			world_tunnel(&w, i, i ? "10.0.0.1" : "10.0.0.2");
			CHECK(world_up(&w, i, KEY_ED25519, NULL));
		}
		capture_listen(&w, NULL);
		world_packet(&w, 0, six ? "fd01::5/128" : "192.168.0.5/32",
			     six ? "fd02::9/128" : "192.168.1.9/32", "10.0.0.2");
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		done();
	}
}

#define NET_A	"192.168.0.0-192.168.0.255:"
#define NET_B	"192.168.1.0-192.168.1.255:"
#define NET_A6	"fd01::-fd01::ffff:ffff:ffff:ffff:"
#define NET_B6	"fd02::-fd02::ffff:ffff:ffff:ffff:"
static const char *const said_tunnel[] = {
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, "",
		 TS("192.168.0.5-192.168.0.5:40000-40000/6 " NET_A ALL,
		    "192.168.1.9-192.168.1.9:80-80/6 " NET_B ALL)),
	AUTH_SAY("1", "SK", "(KEY_ID)" KEY, "", TS(NET_A ALL, NET_B ALL)),
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, "",
		 TS("fd01::5-fd01::5:40000-40000/6 " NET_A6 ALL,
		    "fd02::9-fd02::9:80-80/6 " NET_B6 ALL)),
	AUTH_SAY("1", "SK", "(KEY_ID)" KEY, "", TS(NET_A6 ALL, NET_B6 ALL)), NULL
};

TALK(tunnel)

/* ---- who the other is ---------------------------------------------------- */

/* what each has been told is for two addresses */
static void known(const struct named *n)
{
	world_strangers(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, n->conf[0]));
	CHECK(world_up(&w, 1, KEY_ED25519, n->conf[1]));
	capture_listen(&w, NULL);
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	renew(0);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static void play_secret(void)
{
	struct named n;

	named_by_secret(&n);
	known(&n);
}

static const char *const said_secret[] = {
	INIT(GCM),
	AUTH_ASK("1", "SK", "(FQDN) IDr(FQDN) AUTH(PSK)" CONTACT, TRANSPORT, SELECTORS),
	AUTH_SAY("1", "SK", "(FQDN) AUTH(PSK)", TRANSPORT, TS(A ALL, B ALL)),
	INIT(GCM),
	AUTH_ASK("1", "SK", "(FQDN) IDr(FQDN) AUTH(PSK)", TRANSPORT, TS(A ALL, B ALL)),
	AUTH_SAY("1", "SK", "(FQDN) AUTH(PSK)", TRANSPORT, TS(A ALL, B ALL)),
	INFO(">", "2?", " D(IKE 0)"), INFO("<", "2!", ""), NULL
};

TALK(secret)

static void play_certificate(void)
{
	struct named n;

	named_by_certificate(&n);
	known(&n);
}

#define CALLER	"(FQDN) CERT(X509) CERTREQ(X509) IDr(FQDN) AUTH(DIGITAL_SIGNATURE)"
#define CALLED	"(FQDN) CERT(X509) AUTH(DIGITAL_SIGNATURE)"
static const char *const said_certificate[] = {
	INIT(GCM) " CERTREQ(X509)",
	AUTH_ASK("1", "SK", CALLER CONTACT, TRANSPORT, SELECTORS),
	AUTH_SAY("1", "SK", CALLED, TRANSPORT, TS(A ALL, B ALL)),
	INIT(GCM) " CERTREQ(X509)",
	AUTH_ASK("1", "SK", CALLER, TRANSPORT, TS(A ALL, B ALL)),
	AUTH_SAY("1", "SK", CALLED, TRANSPORT, TS(A ALL, B ALL)),
	INFO(">", "2?", " D(IKE 0)"), INFO("<", "2!", ""), NULL
};

TALK(certificate)

/* nobody proves anything: of IKE_AUTH tshark reads no more than the identity */
static void play_null(void)
{
	static const char conf[] = "pad = ( { name = \"anon\"; auth = \"null\"; } );";

	world_strangers(&w);
	CHECK(world_up(&w, 0, KEY_ED25519, conf) && world_up(&w, 1, KEY_ED25519, conf));
	capture_listen(&w, NULL);
	ask(80);
	start(0, TASK_REKEY);
	done();
}

static const char *const said_null[] = {
	INIT(GCM), "> IKE_AUTH 1? SK IDi(NULL)", "< IKE_AUTH 1! SK IDr(NULL)",
	REKEY_ASK(">", "2", "", "", TS(A ALL, B ALL)),
	REKEY_SAY("<", "2", "", "", TS(A ALL, B ALL)),
	INFO(">", "3?", " D(ESP 1)"), INFO("<", "3!", " D(ESP 1)"), NULL
};

TALK(null)

/* ---- what comes after ---------------------------------------------------- */

/* behind a NAT: all but the first messages are on port 4500, with a marker */
static void play_nat(void)
{
	unsigned int before = capture_marked();
	int i;

	world_init(&w);
	world_nat(&w, 0, "10.0.0.9");
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	capture_listen(&w, NULL);
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	start(0, TASK_REKEY_IKE);
	start(0, TASK_DELETE_IKE);
	CHECK_EQ(capture_marked() - before, 10);
	done();
}

static const char *const said_nat[] = {
	INIT(GCM), AUTH_TCP,
	IKE_ASK(">", "2", GCM "X25519 ECP_256", "X25519"),
	IKE_SAY("<", "2", GCM "X25519", "X25519"),
	INFO(">", "0?", TOKEN), INFO(">", "3?", " D(IKE 0)"),
	INFO("<", "0!", ""), INFO("<", "3!", ""),
	INFO(">", "1?", " D(IKE 0)"), INFO("<", "1!", ""), NULL
};

TALK(nat)

/* an IKE SA that has no child SA any more is made anew without one */
static void play_childless(void)
{
	joined(KEY_ED25519, NULL);
	start(0, TASK_DELETE_CHILD);
	renew(0);
	done();
}

static const char *const said_childless[] = {
	OPEN, INFO(">", "2?", " D(ESP 1)"), INFO("<", "2!", " D(ESP 1)"),
	INIT(GCM),
	"> IKE_AUTH 1? SK IDi(KEY_ID)" KEY TOKEN, "< IKE_AUTH 1! SK IDr(KEY_ID)" KEY TOKEN,
	INFO(">", "3?", " D(IKE 0)"), INFO("<", "3!", ""), NULL
};

TALK(childless)

/* two child SAs end by one Delete, and the answer has the other halves */
static void play_deletes(void)
{
	uint32_t spis[2];
	struct ike_build b;
	struct child *c;
	uint8_t buf[128];
	unsigned int n = 0;
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	capture_listen(&w, NULL);
	ask(80);
	ask(81);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	for (c = world_sa(&w, 0)->children; c && n < 2; c = c->next)
		spis[n++] = c->spi_in;
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_delete(&b, IKE_PROTO_ESP, spis, n);
	craft_inner(&w, world_sa(&w, 0), 0, 1, IKE_INFORMATIONAL,
		    world_sa(&w, 0)->send_mid, &b);
	world_run(&w);
	CHECK_EQ(world_installed(&w, 1), 0);
	done();
}

static const char *const said_deletes[] = {
	INIT(GCM), AUTH_TCP,
	CHILD_ASK("2", TS(A "40000-40000/6 " A TCP, B "81-81/6 " B "81-81/6")),
	"< CREATE_CHILD_SA 2! SK" TRANSPORT ESP("") " Nonce" TS(A TCP, B "81-81/6"),
	INFO("<", "3!", " D(ESP 2)"), NULL
};

TALK(deletes)

/* a host comes back with nothing but its disk, and proves it by its token */
static void play_reboot(void)
{
	unlink(world_store_path(1, ".qcd"));
	world_begin(&w, 2);
	w.h[1].store = true;
	CHECK(world_up(&w, 0, KEY_ED25519, NULL));
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	capture_listen(&w, NULL);
	ask(80);
	world_crash(&w, 1);
	memset(w.h[1].k.sa, 0, sizeof(w.h[1].k.sa));
	w.h[1].k.n_bound = 0;
	CHECK(world_up(&w, 1, KEY_ED25519, NULL));
	start(0, TASK_LIVENESS);
	CHECK(world_logged(&w, "proved so by its token"));
	done();
}

static const char *const said_reboot[] = {
	OPEN, INFO(">", "2?", ""),
	"< INFORMATIONAL 2! N(INVALID_IKE_SPI)" TOKEN, NULL
};

TALK(reboot)

/* ---- what meets ---------------------------------------------------------- */

static void play_rekeys_meet(void)
{
	joined(KEY_ED25519, NULL);
	CHECK(world_start(&w, 0, TASK_REKEY));
	CHECK(world_start(&w, 1, TASK_REKEY));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static const char *const said_rekeys_meet[] = {
	OPEN,
	REKEY_ASK(">", "2", "", "", TS(A ALL, B ALL)),
	REKEY_ASK("<", "0", "", "", TS(B ALL, A ALL)),
	REKEY_SAY("<", "2", "", "", TS(A ALL, B ALL)),
	REKEY_SAY(">", "0", "", "", TS(B ALL, A ALL)),
	/* one deletes what was, the other what has lost */
	INFO(">", "3?", " D(ESP 1)"), INFO("<", "1?", " D(ESP 1)"),
	INFO("<", "3!", " D(ESP 1)"), INFO(">", "1!", " D(ESP 1)"), NULL
};

TALK(rekeys_meet)

static void rekey_ike_both(unsigned int loser)
{
	joined(KEY_ED25519, NULL);
	world_lowest(loser);
	CHECK(world_start(&w, 0, TASK_REKEY_IKE));
	CHECK(world_start(&w, 1, TASK_REKEY_IKE));
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

static void play_ike_rekeys_meet(void)
{
	rekey_ike_both(1);
}

static void play_ike_rekeys_meet_back(void)
{
	rekey_ike_both(0);
}

#define IKE_REKEYS_MEET \
	OPEN, \
	IKE_ASK(">", "2", GCM "X25519 ECP_256", "X25519"), \
	IKE_ASK("<", "0", GCM "X25519 ECP_256", "X25519"), \
	IKE_SAY("<", "2", GCM "X25519", "X25519"), IKE_SAY(">", "0", GCM "X25519", "X25519")
/* the new IKE SA of host 0 remains, and it deletes the old one */
static const char *const said_ike_rekeys_meet[] = {
	IKE_REKEYS_MEET,
	INFO(">", "0?", TOKEN), INFO(">", "3?", " D(IKE 0)"), INFO("<", "0?", " D(IKE 0)"),
	INFO("<", "0!", ""), INFO("<", "3!", ""), INFO(">", "0!", ""), NULL
};

TALK(ike_rekeys_meet)

/* that of host 1 */
static const char *const said_ike_rekeys_meet_back[] = {
	IKE_REKEYS_MEET,
	INFO(">", "0?", " D(IKE 0)"), INFO("<", "0?", TOKEN), INFO("<", "1?", " D(IKE 0)"),
	INFO("<", "0!", ""), INFO(">", "0!", ""), INFO(">", "1!", ""), NULL
};

TALK(ike_rekeys_meet_back)

/* a rekey of a child SA meets the rekey of its IKE SA, and a Delete of it */
static void play_too_late(void)
{
	joined(KEY_ED25519, NULL);
	CHECK(world_start(&w, 0, TASK_REKEY_IKE));
	CHECK(world_start(&w, 1, TASK_REKEY));
	world_run(&w);
	done();
	joined(KEY_ED25519, NULL);
	CHECK(world_start(&w, 0, TASK_DELETE_CHILD));
	CHECK(world_start(&w, 1, TASK_REKEY));
	world_run(&w);
	done();
}

static const char *const said_too_late[] = {
	OPEN,
	IKE_ASK(">", "2", GCM "X25519 ECP_256", "X25519"),
	REKEY_ASK("<", "0", "", "", TS(B ALL, A ALL)),
	"< CREATE_CHILD_SA 2! SK N(TEMPORARY_FAILURE)",
	"> CREATE_CHILD_SA 0! SK N(TEMPORARY_FAILURE)",
	OPEN,
	INFO(">", "2?", " D(ESP 1)"), REKEY_ASK("<", "0", "", "", TS(B ALL, A ALL)),
	INFO("<", "2!", " D(ESP 1)"), "> CREATE_CHILD_SA 0! SK N(TEMPORARY_FAILURE)", NULL
};

TALK(too_late)

/* ---- refusals ------------------------------------------------------------ */

/* nobody is authorised at one end, and then at the other */
static void play_strangers(void)
{
	int i;

	for (i = 1; i >= 0; i--) {
		world_begin(&w, 2);
		w.h[i].k.n_pad = 0;
		CHECK(world_up(&w, 0, KEY_ED25519, NULL));
		CHECK(world_up(&w, 1, KEY_ED25519, NULL));
		capture_listen(&w, NULL);
		ask(80);
		CHECK_EQ(world_pairs(&w, 0, 1), 0);
		done();
	}
}

static const char *const said_strangers[] = {
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT, SELECTORS),
	"< IKE_AUTH 1! SK N(AUTHENTICATION_FAILED)",
	OPEN, INFO(">", "2?", N("AUTHENTICATION_FAILED") " D(IKE 0)"), INFO("<", "2!", ""), NULL
};

TALK(strangers)

/* the ends have no cipher in common: for IKE, and then for ESP */
static void play_no_cipher(void)
{
	listen_to(KEY_ED25519, NULL, "ike = { aead = [\"chacha20poly1305\"]; };");
	ask(80);
	done();
	listen_to(KEY_ED25519, NULL, "child = { aead = [\"chacha20poly1305\"]; };");
	ask(80);
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 0);
	done();
}

static const char *const said_no_cipher[] = {
	INIT_ASK(">", "", GCM "X25519 ECP_256", "X25519"), "< IKE_SA_INIT 0! N(NO_PROPOSAL_CHOSEN)",
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT, SELECTORS),
	"< IKE_AUTH 1! SK IDr(KEY_ID)" KEY TOKEN N("NO_PROPOSAL_CHOSEN"),
	CHILD_ASK("2", SELECTORS), "< CREATE_CHILD_SA 2! SK N(NO_PROPOSAL_CHOSEN)", NULL
};

TALK(no_cipher)

/* selectors that the other has no policy for, and a child SA that it has lost */
static void play_no_child(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, NULL));
	}
	world_policy(&w, 0, WORLD_NET, WORLD_NET, IPPROTO_TCP, 0, 82, true);
	capture_listen(&w, NULL);
	ask(80);
	ask(82);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	child_gone(world_sa(&w, 1)->children, false);
	start(0, TASK_REKEY);
	done();
}

static const char *const said_no_child[] = {
	INIT(GCM), AUTH_TCP,
	CHILD_ASK("2", TS(A "40000-40000/6 " A TCP, B "82-82/6 " B "82-82/6")),
	"< CREATE_CHILD_SA 2! SK N(TS_UNACCEPTABLE)",
	REKEY_ASK(">", "3", "", "", TS(A TCP, B "80-80/6")),
	"< CREATE_CHILD_SA 3! SK N(CHILD_SA_NOT_FOUND)",
	/* and so it asks for a new one */
	CHILD_ASK("4", TS(A TCP, B "80-80/6")),
	REKEY_SAY("<", "4", "", "", TS(A TCP, B "80-80/6")), NULL
};

TALK(no_child)

/* the peer takes no more child SAs, and another IKE SA has the next */
static void play_no_more(void)
{
	static const char conf[] = "ike = { stranger_children = 1; };";
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect_ports(&w, i);
		CHECK(world_up(&w, i, KEY_ED25519, i ? conf : NULL));
	}
	capture_listen(&w, NULL);
	ask(80);
	ask(81);
	CHECK_EQ(world_pairs(&w, 0, 1), 2);
	done();
}

static const char *const said_no_more[] = {
	INIT(GCM), AUTH_TCP,
	CHILD_ASK("2", TS(A "40000-40000/6 " A TCP, B "81-81/6 " B "81-81/6")),
	"< CREATE_CHILD_SA 2! SK N(NO_ADDITIONAL_SAS)",
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY, TRANSPORT,
		 TS(A "40000-40000/6 " A TCP, B "81-81/6 " B "81-81/6")),
	AUTH_SAY("1", "SK", "(KEY_ID)" KEY, TRANSPORT, TS(A TCP, B "81-81/6")), NULL
};

TALK(no_more)

/* what capture_listen() has set */
static bool (*heard_by)(struct world *x, struct packet *p);

/* our own responder narrows by itself: this is a peer that does not */
static bool only_one(struct world *x, struct packet *p)
{
	const struct ike_sa *sa = x->h[0].d.sas;
	struct packet *other = p->from == 1 && sa && sa->has_keys ?
		craft_refusal(sa, p, IKE_N_TS_UNACCEPTABLE,
			      IKE_N_SINGLE_PAIR_REQUIRED) : NULL;

	if (!other)
		return heard_by(x, p);
	heard_by(x, other);
	world_queue(x, other);
	return false;
}

static void play_single(void)
{
	listen_to(KEY_ED25519, NULL, NULL);
	heard_by = w.filter;
	w.filter = only_one;
	w.h[1].k.fail_bind = 1;
	ask(80);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	done();
}

#define ONE_PAIR	TS(A "40000-40000/6", B "80-80/6")
static const char *const said_single[] = {
	INIT(GCM),
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT, SELECTORS),
	"< IKE_AUTH 1! SK IDr(KEY_ID)" KEY TOKEN N("SINGLE_PAIR_REQUIRED"),
	CHILD_ASK("2", ONE_PAIR),
	"< CREATE_CHILD_SA 2! SK" TRANSPORT ESP("") " Nonce" ONE_PAIR, NULL
};

TALK(single)

/* ---- all of it ----------------------------------------------------------- */

static struct talk *const talks[] = {
	&ed25519_talk, &ecdsa_talk, &rsa_talk, &cbc_talk, &chacha_talk,
	&fragments_talk, &rounds_talk, &additional_talk, &ipv6_talk,
	&tunnel_talk, &secret_talk, &certificate_talk, &nat_talk,
	&childless_talk, &deletes_talk, &reboot_talk, &rekeys_meet_talk,
	&ike_rekeys_meet_talk, &ike_rekeys_meet_back_talk, &too_late_talk, &strangers_talk,
	&no_cipher_talk, &no_child_talk, &no_more_talk, &single_talk, &null_talk,
};

static void one_run(void)
{
	const char *why = capture_begin();
	size_t i;

	if (why) {
		ktap_skip(why);
		return;
	}
	for (i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		talks[i]->first = capture_count();
		talks[i]->play();
		talks[i]->end = capture_count();
	}
	why = capture_read();
	if (!CHECK(!why))
		ktap_note("%s", why);
	CHECK(capture_count() < CAPTURE_MAX);
	CHECK(capture_heard(capture_count() - 1));
	CHECK(!capture_heard(capture_count()));
}

/* with other keys nothing is decrypted: what is read above is not there */
static void wrong_keys(void)
{
	const char *why = capture_begin();
	unsigned int i;

	if (why) {
		ktap_skip(why);
		return;
	}
	joined(KEY_ED25519, NULL);
	done();
	CHECK_EQ(capture_count(), 4);
	capture_spoil_keys();
	why = capture_read();
	if (!CHECK(!why))
		ktap_note("%s", why);
	for (i = 2; i < 4; i++)
		if (CHECK(capture_heard(i))) {
			CHECK(!strstr(capture_heard(i)->text, "(DIGITAL_SIGNATURE)"));
			CHECK(capture_heard(i)->complaints > 0);
		}
}

static const struct ktap_test tests[] = {
	{ "U01 one run of tshark reads all that is said", one_run },
	{ "U01 it decrypts a whole life: Ed25519, AES-256-GCM", ed25519 },
	{ "U01 and with ECDSA, P-256, SHA-384, AES-128-GCM", ecdsa },
	{ "U01 and with RSA, MODP-2048, PFS", rsa },
	{ "U01 K35 and with AES-CBC and each HMAC-SHA-2", cbc },
	{ "U01 with ChaCha20-Poly1305, which it cannot decrypt, the outside is right", chacha },
	{ "U01 K42 fragments, with each kind of cipher", fragments },
	{ "U01 K09 K10 COOKIE and INVALID_KE_PAYLOAD", rounds },
	{ "U01 additional key exchanges: IKE_INTERMEDIATE and IKE_FOLLOWUP_KE", additional },
	{ "U01 IPv6", ipv6 },
	{ "U01 K16 tunnel mode, and several selectors, of both families", tunnel },
	{ "U01 K20 a shared secret, and anew", secret },
	{ "U01 certificates, what is asked for them, and anew", certificate },
	{ "U01 K14 K25 a NAT: port 4500, a rekey and a Delete of the IKE SA", nat },
	{ "U01 K52 IKE_AUTH without a child SA", childless },
	{ "U01 K33 a Delete of several SPIs", deletes },
	{ "U01 K24 K53 a token, and the proof that it gives", reboot },
	{ "U01 K13 two rekeys of a child SA meet", rekeys_meet },
	{ "U01 K14 two rekeys of an IKE SA meet", ike_rekeys_meet },
	{ "U01 K14 ... and that of the other end stays", ike_rekeys_meet_back },
	{ "U01 K15 a rekey meets what ends its SA: TEMPORARY_FAILURE", too_late },
	{ "U01 K22 AUTHENTICATION_FAILED, by either end", strangers },
	{ "U01 K11 NO_PROPOSAL_CHOSEN, for IKE and for ESP", no_cipher },
	{ "U01 TS_UNACCEPTABLE and CHILD_SA_NOT_FOUND", no_child },
	{ "U01 K15 NO_ADDITIONAL_SAS, and another IKE SA", no_more },
	{ "U01 K16 SINGLE_PAIR_REQUIRED, and one packet's traffic", single },
	{ "U01 K49 NULL authentication: an empty identity, and what follows", null },
	{ "U01 with other keys nothing is decrypted", wrong_keys },
};

int main(void)
{
	return KTAP_RUN(tests);
}
