// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture for tshark: packets, keys, and what it says. IKEv2 has a table of
 * keys in the folder of its configuration, one pair of SPIs a line.
 */
#include "capture.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btnsd/ike/names.h"
#include "btnsd/ike/wire.h"
#include "temp.h"

#define KEYS_MAX	128	/* IKE SAs of a capture */
#define HEX_MAX		(2 * 64 + 1)

/* as tshark lists them, beside payloads of IKE's own */
#define PLD_PROPOSAL	2
#define PLD_TRANSFORM	3
#define SEVERITY_WARN	0x600000

static struct {
	FILE *pcap;
	bool (*take)(uint8_t exchange);
	unsigned int messages;
	unsigned int marked;
	unsigned int n_heard;
	struct heard heard[CAPTURE_MAX];
	/* keys of each IKE SA that was seen */
	unsigned int n_keys;
	struct {
		uint64_t spi_i, spi_r;
		char ei[HEX_MAX], er[HEX_MAX], ai[HEX_MAX], ar[HEX_MAX];
		const char *alg, *integ;
	} keys[KEYS_MAX];
} cap;

/* ---- keys ---------------------------------------------------------------- */

static void hex(const struct secret *s, char out[HEX_MAX])
{
	size_t i;

	for (i = 0; i < s->len && 2 * i + 2 < HEX_MAX; i++)
		sprintf(out + 2 * i, "%02x", s->data[i]);
}

/* as tshark's table calls them; NULL is for what it cannot decrypt */
static const char *cipher_name(const struct ike_keys *k)
{
	bool half = k->keybits == 128;

	switch (k->encr) {
	case IKE_ENCR_AES_CBC:
		return half ? "AES-CBC-128 [RFC3602]" : "AES-CBC-256 [RFC3602]";
	case IKE_ENCR_AES_GCM_16:
		return half ? "AES-GCM-128 with 16 octet ICV [RFC5282]" :
			      "AES-GCM-256 with 16 octet ICV [RFC5282]";
	default:
		return NULL;
	}
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

/* the keys of SAs that are new: those that they have when they first speak */
static void learn(const struct world *w)
{
	const struct ike_sa *sa;
	unsigned int i, h;

	for (h = 0; h < WORLD_HOSTS; h++)
		for (sa = w->h[h].d.sas; w->h[h].up && sa; sa = sa->next) {
			for (i = 0; i < cap.n_keys; i++)
				if (cap.keys[i].spi_i == sa->spi_i &&
				    cap.keys[i].spi_r == sa->spi_r)
					break;
			if (i < cap.n_keys || !sa->has_keys || i == KEYS_MAX ||
			    !cipher_name(&sa->keys))
				continue;
			cap.keys[i].spi_i = sa->spi_i;
			cap.keys[i].spi_r = sa->spi_r;
			hex(&sa->keys.sk_ei, cap.keys[i].ei);
			hex(&sa->keys.sk_er, cap.keys[i].er);
			hex(&sa->keys.sk_ai, cap.keys[i].ai);
			hex(&sa->keys.sk_ar, cap.keys[i].ar);
			cap.keys[i].alg = cipher_name(&sa->keys);
			cap.keys[i].integ = integ_name(&sa->keys);
			cap.n_keys++;
		}
}

void capture_spoil_keys(void)
{
	unsigned int i;

	for (i = 0; i < cap.n_keys; i++) {
		cap.keys[i].ei[0] = cap.keys[i].ei[0] == '0' ? '1' : '0';
		cap.keys[i].er[0] = cap.keys[i].er[0] == '0' ? '1' : '0';
	}
}

static bool write_keys(void)
{
	FILE *f = fopen(temp_path("ikev2_decryption_table"), "w");
	unsigned int i;

	if (!f)
		return false;
	for (i = 0; i < cap.n_keys; i++)
		fprintf(f, "%016" PRIx64 ",%016" PRIx64
			",%s,%s,\"%s\",%s,%s,\"%s\"\n",
			cap.keys[i].spi_i, cap.keys[i].spi_r, cap.keys[i].ei,
			cap.keys[i].er, cap.keys[i].alg, cap.keys[i].ai,
			cap.keys[i].ar, cap.keys[i].integ);
	return !fclose(f);
}

/* ---- packets ------------------------------------------------------------- */

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t ipv4(uint8_t *ip, const struct path *path, size_t len)
{
	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, path->local.addr.b, 4);
	memcpy(ip + 16, path->remote.addr.b, 4);
	return 20;
}

static size_t ipv6(uint8_t *ip, const struct path *path, size_t len)
{
	ip[0] = 0x60;
	put16(ip + 4, len);
	ip[6] = 17;
	ip[7] = 64;
	memcpy(ip + 8, path->local.addr.b, 16);
	memcpy(ip + 24, path->remote.addr.b, 16);
	return 40;
}

static uint32_t sum(uint32_t so_far, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		so_far += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return so_far;
}

/* that of UDP, without which IPv6 has none; @udp and @data are of even length */
static void checksum(const struct path *path, uint8_t *udp, size_t head,
		     const uint8_t *data, size_t len)
{
	uint32_t n = (uint32_t)(17 + head + len);

	n = sum(n, path->local.addr.b, 16);
	n = sum(n, path->remote.addr.b, 16);
	n = sum(n, udp, head);
	n = sum(n, data, len);
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	put16(udp + 6, n == 0xffff ? n : ~n & 0xffff);
}

/* a datagram as a packet of a capture of bare IP */
static bool record(struct world *w, struct packet *p)
{
	uint32_t head[4] = { (uint32_t)(w->now / 1000),
			     (uint32_t)(w->now % 1000 * 1000) };
	/* on port 4500 a marker of zeros tells IKE from ESP (RFC 3948) */
	const size_t marker = p->path.remote.port == 4500 ||
			      p->path.local.port == 4500 ? 4 : 0;
	const size_t len = 8 + marker + p->len;
	const bool six = p->path.local.addr.family == AF_INET6;
	uint8_t ip[40 + 8 + 4] = { 0 }, *udp;

	if (cap.messages == CAPTURE_MAX || (cap.take && !cap.take(p->data[18])))
		return true;
	learn(w);
	udp = ip + (six ? ipv6 : ipv4)(ip, &p->path, len);
	put16(udp, p->path.local.port);
	put16(udp + 2, p->path.remote.port);
	put16(udp + 4, len);
	if (six)
		checksum(&p->path, udp, 8 + marker, p->data, p->len);
	head[2] = (uint32_t)(udp - ip) + (uint32_t)len;
	head[3] = head[2];
	fwrite(head, sizeof(head), 1, cap.pcap);
	fwrite(ip, (size_t)(udp - ip) + 8 + marker, 1, cap.pcap);
	fwrite(p->data, p->len, 1, cap.pcap);
	cap.messages++;
	cap.marked += !!marker;
	return true;
}

const char *capture_begin(void)
{
	static const uint32_t header[6] = {
		0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101,
	};
	unsigned int i;

	if (system("tshark --version >/dev/null 2>&1"))
		return "tshark is not installed";
	for (i = 0; i < cap.n_heard; i++) {
		free(cap.heard[i].text);
		free(cap.heard[i].complaint);
	}
	memset(&cap, 0, sizeof(cap));
	cap.pcap = fopen(temp_path("ike.pcap"), "w");
	if (!cap.pcap || fwrite(header, sizeof(header), 1, cap.pcap) != 1)
		return "no capture can be written";
	return NULL;
}

void capture_listen(struct world *w, bool (*take)(uint8_t exchange))
{
	cap.take = take;
	w->filter = record;
}

void capture_leave(struct world *w)
{
	learn(w);
	w->filter = NULL;
}

unsigned int capture_count(void)
{
	return cap.messages;
}

unsigned int capture_marked(void)
{
	return cap.marked;
}

/* ---- what tshark says ---------------------------------------------------- */

enum {
	F_SRC4, F_SRC6, F_EXCHANGE, F_MSGID, F_ANSWER, F_PAYLOAD, F_PROPOSAL,
	F_TRANSFORM, F_ENCR, F_PRF, F_INTEG, F_DH, F_ESN, F_OTHER, F_KEYBITS,
	F_GROUP, F_ID, F_CERT, F_CERTREQ, F_AUTH, F_NOTIFY, F_DELETE, F_SPIS,
	F_TS, F_TS_TYPE, F_TS_PROTO, F_TS_PORT, F_TS_LAST_PORT, F_TS_FROM4,
	F_TS_TO4, F_TS_FROM6, F_TS_TO6, F_FRAGMENT, F_FRAGMENTS, F_SEVERITY,
	F_MESSAGE, F_COUNT,
};

/* the fields that it prints: a list of values each, with bars between */
static const char *const fields[F_COUNT] = {
	[F_SRC4] = "ip.src",
	[F_SRC6] = "ipv6.src",
	[F_EXCHANGE] = "isakmp.exchangetype",
	[F_MSGID] = "isakmp.messageid",
	[F_ANSWER] = "isakmp.flag_r",
	[F_PAYLOAD] = "isakmp.typepayload",
	[F_PROPOSAL] = "isakmp.prop.protoid",
	[F_TRANSFORM] = "isakmp.tf.type",
	[F_ENCR] = "isakmp.tf.id.encr",
	[F_PRF] = "isakmp.tf.id.prf",
	[F_INTEG] = "isakmp.tf.id.integ",
	[F_DH] = "isakmp.tf.id.dh",
	[F_ESN] = "isakmp.tf.id.esn",
	[F_OTHER] = "isakmp.tf.id",
	[F_KEYBITS] = "isakmp.ike2.attr.key_length",
	[F_GROUP] = "isakmp.key_exchange.dh_group",
	[F_ID] = "isakmp.id.type",
	[F_CERT] = "isakmp.cert.encoding",
	[F_CERTREQ] = "isakmp.certreq.type",
	[F_AUTH] = "isakmp.auth.method",
	[F_NOTIFY] = "isakmp.notify.msgtype",
	[F_DELETE] = "isakmp.delete.protoid",
	[F_SPIS] = "isakmp.spinum",
	[F_TS] = "isakmp.ts.number",
	[F_TS_TYPE] = "isakmp.ts.type",
	[F_TS_PROTO] = "isakmp.ts.protoid",
	[F_TS_PORT] = "isakmp.ts.start_port",
	[F_TS_LAST_PORT] = "isakmp.ts.end_port",
	[F_TS_FROM4] = "isakmp.ts.start_ipv4",
	[F_TS_TO4] = "isakmp.ts.end_ipv4",
	[F_TS_FROM6] = "isakmp.ts.start_ipv6",
	[F_TS_TO6] = "isakmp.ts.end_ipv6",
	[F_FRAGMENT] = "isakmp.frag.number",
	[F_FRAGMENTS] = "isakmp.frag.total",
	[F_SEVERITY] = "_ws.expert.severity",
	[F_MESSAGE] = "_ws.expert.message",
};

/* a line of tshark, and one of ours that it becomes */
struct line {
	char *field[F_COUNT];
	char text[4096];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
put(struct line *l, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, format, args);
	va_end(args);
	if (n > 0)
		l->len += (size_t)n;
	if (l->len >= sizeof(l->text))
		l->len = sizeof(l->text) - 1;
}

/* the next value of a field: "" where there is none */
static const char *next(struct line *l, int field)
{
	const char *one = strsep(&l->field[field], "|");

	return one ? one : "";
}

static unsigned int number(struct line *l, int field)
{
	return (unsigned int)strtoul(next(l, field), NULL, 0);
}

static void transform(struct line *l)
{
	static const int field[] = {
		[IKE_TRANS_ENCR] = F_ENCR, [IKE_TRANS_PRF] = F_PRF,
		[IKE_TRANS_INTEG] = F_INTEG, [IKE_TRANS_DH] = F_DH,
		[IKE_TRANS_ESN] = F_ESN,
	};
	unsigned int type = number(l, F_TRANSFORM), id;

	if (!type || type >= sizeof(field) / sizeof(field[0])) {
		id = number(l, F_OTHER);
		put(l, " %s=", ike_name_transform_type(type));
		type = IKE_TRANS_DH;
	} else {
		id = number(l, field[type]);
		put(l, " ");
	}
	put(l, "%s", ike_name_transform(type, id));
	if (type == IKE_TRANS_ENCR && id != IKE_ENCR_CHACHA20_POLY1305)
		put(l, "-%u", number(l, F_KEYBITS));
}

static void selectors(struct line *l)
{
	unsigned int n = number(l, F_TS);

	for (; n; n--) {
		bool six = number(l, F_TS_TYPE) == IKE_TS_IPV6_ADDR_RANGE;
		const char *from = next(l, six ? F_TS_FROM6 : F_TS_FROM4);
		const char *to = next(l, six ? F_TS_TO6 : F_TS_TO4);
		const char *port = next(l, F_TS_PORT);

		put(l, "%s-%s:%s-%s/%u%s", from, to, port,
		    next(l, F_TS_LAST_PORT), number(l, F_TS_PROTO),
		    n > 1 ? " " : "");
	}
}

static void payload(struct line *l, unsigned int type)
{
	unsigned int n;

	if (type == PLD_TRANSFORM) {
		transform(l);
		return;
	}
	if (type == PLD_PROPOSAL) {
		put(l, " %s:", ike_name_proto(number(l, F_PROPOSAL)));
		return;
	}
	put(l, " %s", ike_name_payload(type));
	switch (type) {
	case IKE_PLD_KE:
		put(l, "(%s)", ike_name_transform(IKE_TRANS_DH, number(l, F_GROUP)));
		break;
	case IKE_PLD_IDI:
	case IKE_PLD_IDR:
		put(l, "(%s)", ike_name_id(number(l, F_ID)));
		break;
	case IKE_PLD_CERT:
		put(l, "(%s)", ike_name_cert(number(l, F_CERT)));
		break;
	case IKE_PLD_CERTREQ:
		put(l, "(%s)", ike_name_cert(number(l, F_CERTREQ)));
		break;
	case IKE_PLD_AUTH:
		put(l, "(%s)", ike_name_auth(number(l, F_AUTH)));
		break;
	case IKE_PLD_NOTIFY:
		put(l, "(%s)", ike_name_notify(number(l, F_NOTIFY)));
		break;
	case IKE_PLD_DELETE:
		n = number(l, F_DELETE);
		put(l, "(%s %u)", ike_name_proto(n), number(l, F_SPIS));
		break;
	case IKE_PLD_TSI:
	case IKE_PLD_TSR:
		put(l, "(");
		selectors(l);
		put(l, ")");
		break;
	case IKE_PLD_SKF:
		n = number(l, F_FRAGMENT);
		put(l, "(%u/%u)", n, number(l, F_FRAGMENTS));
		break;
	default:
		break;
	}
}

/*
 * tshark takes whatever a CERT payload holds for an X.509 certificate, so that
 * it stumbles over a bare key (encodings 11 and 15): what it says then.
 */
static const char bare_key[] = "BER Error: Wrong field in SEQUENCE";

/* and it has no room for an identity without octets, as that of NULL has to be */
static const char no_octets[] = "failed assertion \"len > 0\"";

/* is it about what tshark cannot know, and no fault? */
static bool passed_over(const char *said, const char *complaint)
{
	return (strstr(said, "CERT(RAW_") &&
		!strncmp(complaint, bare_key, strlen(bare_key))) ||
	       (strstr(said, "(NULL)") && strstr(complaint, no_octets));
}

static void complaints(struct line *l, struct heard *h)
{
	const char *level;

	while (*(level = next(l, F_SEVERITY))) {
		const char *text = next(l, F_MESSAGE);

		if (strtol(level, NULL, 0) < SEVERITY_WARN ||
		    passed_over(h->text, text))
			continue;
		if (!h->complaints++)
			h->complaint = strdup(text);
	}
}

static void hear(char *said, struct heard *h)
{
	struct line l = { .len = 0 };
	const char *four, *six, *from, *type;
	unsigned int i;

	for (i = 0; i < F_COUNT; i++)
		l.field[i] = strsep(&said, "\t");
	four = next(&l, F_SRC4);
	six = next(&l, F_SRC6);
	from = *four ? four : six;
	put(&l, "%c", *from && from[strlen(from) - 1] == '1' ? '>' : '<');
	put(&l, " %s", ike_name_exchange(number(&l, F_EXCHANGE)));
	i = number(&l, F_MSGID);
	put(&l, " %u%c", i, number(&l, F_ANSWER) ? '!' : '?');
	while (*(type = next(&l, F_PAYLOAD)))
		payload(&l, (unsigned int)strtoul(type, NULL, 0));
	h->text = strdup(l.text);
	complaints(&l, h);
}

const char *capture_read(void)
{
	char cmd[2048], line[8192];
	unsigned int i;
	size_t at;
	FILE *f;

	if (fclose(cap.pcap) || !write_keys())
		return "capture and keys cannot be written";
	at = (size_t)snprintf(cmd, sizeof(cmd),
			      "WIRESHARK_CONFIG_DIR=%s tshark -n -r %s/ike.pcap"
			      " 2>%s/errors -T fields -E 'aggregator=|'",
			      temp_folder(), temp_folder(), temp_folder());
	for (i = 0; i < F_COUNT; i++)
		at += (size_t)snprintf(cmd + at, sizeof(cmd) - at, " -e %s", fields[i]);
	f = popen(cmd, "r");
	if (!f)
		return "tshark cannot be run";
	while (fgets(line, sizeof(line), f) && cap.n_heard < CAPTURE_MAX) {
		line[strcspn(line, "\n")] = 0;
		hear(line, &cap.heard[cap.n_heard++]);
	}
	return pclose(f) ? "tshark failed" : NULL;
}

const struct heard *capture_heard(unsigned int i)
{
	return i < cap.n_heard ? &cap.heard[i] : NULL;
}
