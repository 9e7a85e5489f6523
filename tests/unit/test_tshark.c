// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What helpers send is what a decoder that we did not write reads: everything
 * goes into a capture, the keys that the helpers hold into tshark's table, and
 * tshark has to decrypt each message and find nothing wrong with it.
 */
#include "ktap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/ike/fsm.h"
#include "world.h"

#define KEYS_MAX	8	/* IKE SAs of a capture */
#define HEX_MAX		(2 * 64 + 1)

/* payload types and severities, as tshark prints them */
#define PLD_CERT	37
#define PLD_AUTH	39
#define PLD_DELETE	42
#define PLD_SK		46
#define PLD_SKF		53
#define SEVERITY_WARN	0x600000

static struct world w;
static char folder[32] = "/tmp/btns-tshark.XXXXXX";

static struct {
	FILE *pcap;
	/* which exchanges are recorded; NULL for all */
	bool (*take)(uint8_t exchange);
	unsigned int messages;
	unsigned int encrypted;
	unsigned int marked;	/* behind a marker, on port 4500 */
	/* keys of each IKE SA that was seen */
	unsigned int n;
	struct {
		uint64_t spi_i, spi_r;
		char ei[HEX_MAX], er[HEX_MAX], ai[HEX_MAX], ar[HEX_MAX];
		const char *alg, *integ;
	} sa[KEYS_MAX];
} cap;

/* what tshark said of a capture */
struct verdict {
	unsigned int frames;
	unsigned int auths;	/* AUTH payloads */
	unsigned int opened;	/* messages with more inside SK */
	unsigned int deletes;
	unsigned int complaints;
};

static void hex(const struct secret *s, char out[HEX_MAX])
{
	size_t i;

	for (i = 0; i < s->len && 2 * i + 2 < HEX_MAX; i++)
		sprintf(out + 2 * i, "%02x", s->data[i]);
}

/* as tshark's preferences call them */
static const char *cipher_name(const struct ike_keys *k)
{
	if (k->integ)
		return k->keybits == 128 ? "AES-CBC-128 [RFC3602]" :
					   "AES-CBC-256 [RFC3602]";
	return k->keybits == 128 ? "AES-GCM-128 with 16 octet ICV [RFC5282]" :
				   "AES-GCM-256 with 16 octet ICV [RFC5282]";
}

static const char *integ_name(const struct ike_keys *k)
{
	switch (k->integ) {
	case IKE_INTEG_HMAC_SHA2_256_128:
		return "HMAC_SHA2_256_128 [RFC4868]";
	case IKE_INTEG_HMAC_SHA2_384_192:
		return "HMAC_SHA2_384_192 [RFC4868]";
	case IKE_INTEG_HMAC_SHA2_512_256:
		return "HMAC_SHA2_512_256 [RFC4868]";
	default:
		return "NONE [RFC4306]";
	}
}

/* the keys of SAs that are new */
static void learn(void)
{
	const struct ike_sa *sa;
	unsigned int i, h;

	for (h = 0; h < 2; h++)
		for (sa = w.h[h].d.sas; sa; sa = sa->next) {
			for (i = 0; i < cap.n; i++)
				if (cap.sa[i].spi_i == sa->spi_i)
					break;
			if (i < cap.n || !sa->has_keys || i == KEYS_MAX)
				continue;
			cap.sa[i].spi_i = sa->spi_i;
			cap.sa[i].spi_r = sa->spi_r;
			hex(&sa->keys.sk_ei, cap.sa[i].ei);
			hex(&sa->keys.sk_er, cap.sa[i].er);
			hex(&sa->keys.sk_ai, cap.sa[i].ai);
			hex(&sa->keys.sk_ar, cap.sa[i].ar);
			cap.sa[i].alg = cipher_name(&sa->keys);
			cap.sa[i].integ = integ_name(&sa->keys);
			cap.n++;
		}
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* a datagram as a packet of a capture of bare IPv4 */
static bool record(struct world *world, struct packet *p)
{
	uint32_t head[4] = { (uint32_t)(world->now / 1000),
			     (uint32_t)(world->now % 1000 * 1000) };
	/* on port 4500 a marker of zeros tells IKE from ESP (RFC 3948) */
	const size_t marker = p->path.remote.port == 4500 ||
			      p->path.local.port == 4500 ? 4 : 0;
	const size_t heads = 28 + marker;
	uint8_t ip[32] = { 0x45 };

	if (cap.take && !cap.take(p->data[18]))
		return true;
	learn();
	head[2] = (uint32_t)(heads + p->len);
	head[3] = head[2];
	put16(ip + 2, heads + p->len);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, p->path.local.addr.b, 4);
	memcpy(ip + 16, p->path.remote.addr.b, 4);
	put16(ip + 20, p->path.local.port);
	put16(ip + 22, p->path.remote.port);
	put16(ip + 24, 8 + marker + p->len);
	CHECK_EQ(fwrite(head, sizeof(head), 1, cap.pcap), 1);
	CHECK_EQ(fwrite(ip, heads, 1, cap.pcap), 1);
	CHECK_EQ(fwrite(p->data, p->len, 1, cap.pcap), 1);
	cap.messages++;
	cap.marked += !!marker;
	cap.encrypted += p->len > 16 &&
			 (p->data[16] == PLD_SK || p->data[16] == PLD_SKF);
	return true;
}

static bool begin(enum key_type type, const char *conf)
{
	static const uint32_t header[6] = {
		0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101,
	};
	char path[sizeof(folder) + 16];

	if (system("tshark --version >/dev/null 2>&1")) {
		ktap_skip("tshark is not installed");
		return false;
	}
	memset(&cap, 0, sizeof(cap));
	snprintf(path, sizeof(path), "%s/ike.pcap", folder);
	cap.pcap = fopen(path, "w");
	if (!CHECK(cap.pcap))
		return false;
	CHECK_EQ(fwrite(header, sizeof(header), 1, cap.pcap), 1);
	CHECK(world_two(&w, type, conf, conf));
	w.filter = record;
	return true;
}

/*
 * tshark takes whatever a CERT payload holds for an X.509 certificate, so that
 * it stumbles over a bare key (encodings 11 and 15): what it says then.
 */
static const char bare_key[] = "BER Error: Wrong field in SEQUENCE";

/*
 * One line of tshark: payload types, how bad is what it has to say, and what
 * that is, each with bars between.
 */
static void count(struct verdict *v, char *line)
{
	char *types = strsep(&line, "\t"), *levels = strsep(&line, "\t"), *one;
	bool sealed = false, inner = false, cert = false;

	v->frames++;
	while ((one = strsep(&types, "|"))) {
		int type = atoi(one);

		inner |= sealed && type;
		sealed |= type == PLD_SK || type == PLD_SKF;
		cert |= type == PLD_CERT;
		v->auths += type == PLD_AUTH;
		v->deletes += type == PLD_DELETE;
	}
	v->opened += inner;
	while ((one = strsep(&levels, "|"))) {
		const char *text = strsep(&line, "|");

		if (strtol(one, NULL, 0) < SEVERITY_WARN ||
		    (cert && text && !strncmp(text, bare_key, strlen(bare_key))))
			continue;
		v->complaints++;
		ktap_note("message %u: %s", v->frames, text ? text : "?");
	}
}

/* the capture, decoded with the keys that were learnt */
static struct verdict decode(void)
{
	struct verdict v = { 0 };
	char cmd[8192], line[4096];
	unsigned int i;
	size_t at;
	FILE *f;

	learn();
	fclose(cap.pcap);
	at = (size_t)snprintf(cmd, sizeof(cmd),
			      "HOME=%s tshark -n -r %s/ike.pcap -T fields -E 'aggregator=|'"
			      " -e isakmp.typepayload -e _ws.expert.severity"
			      " -e _ws.expert.message",
			      folder, folder);
	for (i = 0; i < cap.n; i++)
		at += (size_t)snprintf(cmd + at, sizeof(cmd) - at,
			" -o 'uat:ikev2_decryption_table:%016" PRIx64 ",%016" PRIx64
			",%s,%s,\"%s\",%s,%s,\"%s\"'",
			cap.sa[i].spi_i, cap.sa[i].spi_r, cap.sa[i].ei,
			cap.sa[i].er, cap.sa[i].alg,
			cap.sa[i].integ[0] == 'N' ? "\"\"" : cap.sa[i].ai,
			cap.sa[i].integ[0] == 'N' ? "\"\"" : cap.sa[i].ar,
			cap.sa[i].integ);
	snprintf(cmd + at, sizeof(cmd) - at, " 2>%s/errors", folder);
	f = popen(cmd, "r");
	if (!CHECK(f))
		return v;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		count(&v, line);
	}
	CHECK_EQ(pclose(f), 0);
	world_fini(&w);
	return v;
}

/* all that two helpers say to each other in the life of a child SA */
static void exchanges(enum key_type type, const char *conf)
{
	struct verdict v;

	if (!begin(type, conf))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	/* past the child's lifetime: a rekey, Deletes, and asking for life */
	world_advance(&w, 100 * 1000);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	v = decode();
	CHECK(cap.n > 0 && cap.encrypted >= 6);
	CHECK_EQ(v.frames, cap.messages);
	CHECK_EQ(v.auths, 2 * (int)cap.n);
	CHECK(v.deletes >= 2);
	/* an INFORMATIONAL may have nothing inside, nothing else may */
	CHECK(v.opened >= 6);
	CHECK_EQ(v.complaints, 0);
}

static void ed25519(void)
{
	exchanges(KEY_ED25519, "child = { lifetime = 100; };");
}

static void ecdsa(void)
{
	exchanges(KEY_ECDSA_P256,
		  "ike = { aead = [\"aes128gcm16\"]; dh = [\"p256\"]; prf = [\"sha384\"]; };"
		  "child = { lifetime = 100; };");
}

static void rsa(void)
{
	exchanges(KEY_RSA,
		  "ike = { dh = [\"modp2048\"]; }; child = { lifetime = 100; pfs = true; };");
}

/* cipher and MAC; whole messages, and in fragments */
static void cbc(void)
{
	static const char *const suites[] = {
		"aes256-sha256", "aes256-sha384", "aes256-sha512",
		"aes128-sha256", "aes128-sha384", "aes128-sha512",
	};
	char conf[128];
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		snprintf(conf, sizeof(conf),
			 "ike = { aead = [\"%s\"]; fragment = %u; };"
			 "child = { lifetime = 100; };",
			 suites[i], i % 2 ? 576 : 0);
		exchanges(i % 2 ? KEY_RSA : KEY_ED25519, conf);
	}
}

/* a COOKIE, and a group that is not the first choice */
static void more_rounds(void)
{
	struct verdict v;

	if (!begin(KEY_ED25519,
		   "ike = { dh = [\"x25519\", \"p256\"]; cookie_threshold = 0; };"))
		return;
	w.h[1].d.conf->dh[0] = IKE_DH_ECP_256;
	w.h[1].d.conf->n_dh = 1;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	v = decode();
	CHECK(cap.messages >= 8);
	CHECK_EQ(v.frames, cap.messages);
	CHECK_EQ(v.auths, 2);
	CHECK_EQ(v.complaints, 0);
}

/* an exchange of host 0's newest IKE SA */
static void start(enum task_kind kind)
{
	struct ike_sa *sa = world_sa(&w, 0);

	if (!CHECK(sa) || !CHECK(task_add(sa, kind)))
		return;
	fsm_start(sa);
	world_run(&w);
}

/* behind a NAT: a rekey of the IKE SA, a refused child SA, and the end */
static void life_on_4500(void)
{
	struct verdict v;

	if (!begin(KEY_ED25519, "ike = { encap = \"always\"; };"))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	start(TASK_REKEY_IKE);
	/* ESP has nothing in common any more: NO_PROPOSAL_CHOSEN */
	w.h[1].d.conf->child_aead[0] = (struct conf_aead){
		IKE_ENCR_CHACHA20_POLY1305, 0, IKE_INTEG_NONE };
	w.h[1].d.conf->n_child_aead = 1;
	w.h[0].d.conf->n_child_aead = 1;
	if (CHECK(world_sa(&w, 0) && world_sa(&w, 0)->children))
		life_rekey(world_sa(&w, 0)->children);
	fsm_start(world_sa(&w, 0));
	world_run(&w);
	CHECK(world_logged(&w, "the peer refused the child: NO_PROPOSAL_CHOSEN"));
	start(TASK_DELETE_IKE);
	CHECK(!w.h[0].d.sas && !w.h[1].d.sas);
	v = decode();
	CHECK_EQ(cap.n, 2);
	CHECK(cap.marked >= 8);
	CHECK_EQ(v.frames, cap.messages);
	CHECK_EQ(v.auths, 2);
	CHECK(v.deletes >= 2);
	CHECK(v.opened >= 6);
	CHECK_EQ(v.complaints, 0);
}

/* AUTH by a secret; both hosts have one name, so that one file is for both */
static void secret(void)
{
	char path[sizeof(folder) + 16], conf[512];
	struct verdict v;
	FILE *f;

	snprintf(path, sizeof(path), "%s/psk", folder);
	f = fopen(path, "w");
	if (!CHECK(f) || !CHECK(fputs("of more than thirty-two octets, for both", f) >= 0) ||
	    !CHECK(!fclose(f)) || !CHECK(!chmod(path, 0600)))
		return;
	snprintf(conf, sizeof(conf),
		 "identity = { id = \"fqdn:x.example\"; };"
		 "pad = ( { name = \"x\"; id = \"fqdn:x.example\"; auth = \"psk\"; "
		 "psk_file = \"%s\"; host = [ \"10.0.0.1\", \"10.0.0.2\" ]; "
		 "addresses = [ \"10.0.0.0/24\" ]; } );", path);
	if (!begin(KEY_ED25519, conf))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	v = decode();
	CHECK_EQ(v.frames, cap.messages);
	CHECK_EQ(v.auths, 2);
	CHECK_EQ(v.complaints, 0);
}

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
 * tshark has room for one of them at a time.
 */
static void additional(void)
{
	struct verdict v;
	int i;

	for (i = 0; i < 2; i++) {
		if (!begin(KEY_ED25519, "ike = { additional = [\"p256\", \"none\"]; };"))
			return;
		cap.take = i ? from_auth : before_auth;
		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		v = decode();
		CHECK_EQ(v.frames, i ? 2 : 4);
		CHECK_EQ(v.frames, cap.messages);
		CHECK_EQ(v.opened, 2);
		CHECK_EQ(v.auths, i ? 2 : 0);
		CHECK_EQ(v.complaints, 0);
	}
}

/* with other keys nothing is decrypted: what is counted above is not there */
static void wrong_keys(void)
{
	struct verdict v;

	if (!begin(KEY_ED25519, NULL))
		return;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	learn();
	CHECK_EQ(cap.n, 1);
	cap.sa[0].ei[0] = cap.sa[0].ei[0] == '0' ? '1' : '0';
	cap.sa[0].er[0] = cap.sa[0].er[0] == '0' ? '1' : '0';
	v = decode();
	CHECK_EQ(v.auths, 0);
	CHECK(v.complaints >= 2);
}

static const struct ktap_test tests[] = {
	{ "U01 tshark decrypts all exchanges and finds no fault: Ed25519, AES-256-GCM", ed25519 },
	{ "U01 and with ECDSA, P-256, SHA-384, AES-128-GCM", ecdsa },
	{ "U01 and with RSA, MODP-2048, PFS", rsa },
	{ "U01 and with COOKIE and INVALID_KE_PAYLOAD", more_rounds },
	{ "U01 and with an additional key exchange, under old keys and new",
	  additional },
	{ "U01 K35 and with AES-CBC and each HMAC-SHA-2", cbc },
	{ "U01 K14 and on port 4500: an IKE rekey, a refusal, a Delete of the IKE SA",
	  life_on_4500 },
	{ "U01 and with a shared secret", secret },
	{ "U01 with other keys tshark decrypts nothing", wrong_keys },
};

int main(void)
{
	char cmd[sizeof(folder) + 16];
	int rc;

	if (!mkdtemp(folder))
		return KTAP_FAIL;
	rc = KTAP_RUN(tests);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", folder);
	return system(cmd) ? KTAP_FAIL : rc;
}
