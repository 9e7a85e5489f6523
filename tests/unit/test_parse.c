// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser against good messages of every shape, one malformed chain per
 * cause, truncation at every octet and every single bit flipped.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "ike_sample.h"

#define HDR_LEN		sizeof(struct ike_wire_hdr)

static uint8_t buf[SAMPLE_MAX], work[SAMPLE_MAX];
static struct ike_msg msg;
static struct ike_parse_fail fail;

static uint8_t nibble(char c)
{
	return c <= '9' ? (uint8_t)(c - '0') : (uint8_t)(c - 'a' + 10);
}

static void put_hex(struct wbuf *w, const char *hex)
{
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		wbuf_u8(w, (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1])));
		hex++;
	}
}

/* A datagram: header, then the chain given in hex. */
static struct span datagram(uint8_t next, uint8_t flags, const char *hex)
{
	struct span out;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u64(&w, 1);
	wbuf_u64(&w, 2);
	wbuf_u8(&w, next);
	wbuf_u8(&w, 0x20);
	wbuf_u8(&w, IKE_SA_INIT);
	wbuf_u8(&w, flags);
	wbuf_u32(&w, 0);
	wbuf_u32(&w, 0);
	put_hex(&w, hex);
	wbuf_patch_u32(&w, 24, (uint32_t)w.len);
	CHECK(wbuf_done(&w, &out));
	return out;
}

static void good_samples(void)
{
	unsigned int i;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf);
		const char *broken;

		if (!CHECK(d.len > 0) || !CHECK_EQ(sample_open(d, &msg, &fail), 0)) {
			ktap_note("%s: %s in payload %u at %zu", sample_name(i),
				  ike_parse_text(fail.code), fail.payload,
				  fail.offset);
			continue;
		}
		broken = sample_broken(&msg, d);
		if (!CHECK(!broken))
			ktap_note("%s: %s", sample_name(i), broken);
		CHECK_EQ(msg.n_unknown, 0);
	}
}

/* The fields of one message that has nearly everything. */
static void fields(void)
{
	const struct ike_notify_desc *n;
	unsigned int i = 0;
	struct span d;

	while (sample_shape(i) != IKE_SHAPE_AUTH_REQ)
		i++;
	d = sample_make(i, buf);
	CHECK_EQ(sample_open(d, &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.hdr.length, d.len);
	CHECK(msg.hdr.spi_i == 0x1122334455667788);
	CHECK(msg.hdr.spi_r == 0x99aabbccddeeff00);
	CHECK_EQ(msg.hdr.msgid, 1);
	CHECK_EQ(msg.hdr.major, 2);
	CHECK_EQ(msg.hdr.exchange, IKE_AUTH);
	CHECK(msg.sk.present && !msg.sk.fragment);
	CHECK_EQ(msg.sk.first, IKE_PLD_IDI);
	CHECK_EQ(msg.sk.offset, HDR_LEN);
	CHECK_EQ(msg.sk.aad_len, HDR_LEN + 4);
	CHECK(msg.idi.present && msg.idi.type == IKE_ID_FQDN);
	CHECK(span_equal(msg.idi.data, span("host.example", 12)));
	CHECK_EQ(msg.idi.body.len, 16);
	CHECK(msg.idr.present && msg.idr.type == IKE_ID_IPV6_ADDR);
	CHECK_EQ(msg.n_certs, 2);
	CHECK_EQ(msg.cert[0].encoding, IKE_CERT_RAW_KEY);
	CHECK_EQ(msg.cert[0].data.len, 44);
	CHECK_EQ(msg.cert[1].encoding, IKE_CERT_X509_SIGNATURE);
	CHECK_EQ(msg.n_certreqs, 1);
	CHECK_EQ(msg.certreq[0].data.len, 0);
	CHECK(msg.auth.present);
	CHECK_EQ(msg.auth.method, IKE_AUTH_DIGITAL_SIGNATURE);
	CHECK_EQ(msg.n_notifies, 2);
	n = ike_msg_notify_find(&msg, IKE_N_USE_TRANSPORT_MODE);
	CHECK(n == &msg.notify[1]);
	CHECK(!ike_msg_notify_find(&msg, IKE_N_COOKIE));
	CHECK(!ike_msg_error_find(&msg));
	CHECK_EQ(msg.sa.count, 2);
	CHECK_EQ(msg.sa.n_transforms, 5);
	CHECK_EQ(msg.sa.proposal[0].proto, IKE_PROTO_ESP);
	CHECK_EQ(msg.sa.proposal[0].spi.len, 4);
	CHECK_EQ(msg.sa.proposal[1].num, 2);
	CHECK_EQ(msg.sa.proposal[1].first, 3);
	CHECK_EQ(msg.sa.transform[0].id, IKE_ENCR_AES_GCM_16);
	CHECK_EQ(msg.sa.transform[0].keybits, 256);
	CHECK_EQ(msg.sa.transform[3].keybits, 0);
	CHECK_EQ(msg.tsi.count, 2);
	CHECK_EQ(msg.tsi.ts[0].port_from, 5001);
	CHECK_EQ(msg.tsi.ts[0].from[3], 1);
	CHECK_EQ(msg.tsr.ts[1].type, IKE_TS_IPV6_ADDR_RANGE);
	CHECK_EQ(msg.tsr.ts[1].port_from, 65535);
	CHECK_EQ(msg.n_payloads, 11);
	CHECK(msg.payload[0].inner && msg.payload[0].type == IKE_PLD_IDI);
	CHECK_EQ(msg.payload[2].index, 1);
}

static void spis_of_delete(void)
{
	unsigned int i = 0;
	uint32_t spi = 0;

	while (strcmp(sample_name(i), "info_delete"))
		i++;
	CHECK_EQ(sample_open(sample_make(i, buf), &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.n_deletes, 2);
	CHECK_EQ(msg.del[0].count, 3);
	CHECK(ike_delete_spi(&msg.del[0], 0, &spi));
	CHECK_EQ(spi, 0xc0ffee01);
	CHECK(ike_delete_spi(&msg.del[0], 2, &spi));
	CHECK_EQ(spi, 0xffffffff);
	CHECK(!ike_delete_spi(&msg.del[0], 3, &spi));
	CHECK(!ike_delete_spi(&msg.del[1], 1, &spi));
}

static const uint8_t good_header[28] = {
	0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
	0, 0x20, 37, 0x08, 0, 0, 0, 9, 0, 0, 0, 28,
};

static void header_codes(void)
{
	struct ike_hdr hdr;
	size_t i;

	for (i = 0; i < HDR_LEN; i++)
		CHECK_EQ(ike_parse_header(span(good_header, i), &hdr),
			 IKE_PARSE_SHORT);
	CHECK_EQ(ike_parse_header(span(good_header, HDR_LEN), &hdr), 0);
	CHECK_EQ(hdr.msgid, 9);
	CHECK_EQ(hdr.flags, IKE_FLAG_INITIATOR);
	memcpy(work, good_header, HDR_LEN);
	work[17] = 0x30;
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_MAJOR);
	CHECK_EQ(hdr.major, 3);
	CHECK_EQ(hdr.msgid, 9);
	work[17] = 0x10;	/* IKEv1 */
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_MAJOR);
	work[17] = 0x2f;	/* a later minor version is taken, RFC 7296 2.5 */
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_OK);
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN + 1), &hdr), IKE_PARSE_LENGTH);
	work[27] = 29;
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_LENGTH);
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN + 1), &hdr), IKE_PARSE_OK);
	work[24] = 0xff;
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_LENGTH);
	memcpy(work, good_header, HDR_LEN);
	work[7] = 0;
	CHECK_EQ(ike_parse_header(span(work, HDR_LEN), &hdr), IKE_PARSE_ZERO_SPI);
	CHECK_EQ(ike_parse_header(span(work, SAMPLE_MAX), &hdr), IKE_PARSE_BIG);
	CHECK_EQ(ike_parse_outer(span(work, SAMPLE_MAX), &msg, &fail),
		 IKE_PARSE_BIG);
	CHECK_EQ(ike_parse_outer(span(good_header, HDR_LEN), &msg, &fail), 0);
}

#define A4	"00000000"
#define A16	A4 A4 A4 A4
#define P_ESP	"0000 0014 01 03 04 01 c0ffee01 00000008 0100001c"	/* 20 octets */
#define V4_TS	"07 00 0010 0000 ffff 0a000001 0a000001"

/* One chain whose first payload is wrong in one way, and what must be said. */
static const struct bad {
	const char *what;
	uint8_t next;
	const char *hex;
	enum ike_parse_code code;
} bads[] = {
	{ "chain ends before a payload header", 40,
	  "", IKE_PARSE_CHAIN_SHORT },
	{ "chain ends inside a payload header", 40,
	  "000000", IKE_PARSE_CHAIN_SHORT },
	{ "payload length 0", 43, "00000000", IKE_PARSE_CHAIN_LENGTH },
	{ "payload length 3", 43, "00000003", IKE_PARSE_CHAIN_LENGTH },
	{ "payload length one past the end", 43,
	  "00000006 01", IKE_PARSE_CHAIN_LENGTH },
	{ "payload length 65535", 43,
	  "0000ffff 01", IKE_PARSE_CHAIN_LENGTH },
	{ "octets and no payload", 0, "00", IKE_PARSE_TRAILING },
	{ "unknown critical payload", 200,
	  "00800004", IKE_PARSE_CRITICAL },
	{ "IKEv1 payload number, critical", 1,
	  "00800004", IKE_PARSE_CRITICAL },
	{ "octets after SK", 46,
	  "00000005 00 00", IKE_PARSE_SK_NOT_LAST },
	{ "SK without body", 46, "00000004", IKE_PARSE_SK_EMPTY },
	{ "SKF without body", 53,
	  "00000008 00010001", IKE_PARSE_SK_EMPTY },
	{ "SKF without numbers", 53,
	  "00000006 0001", IKE_PARSE_SK_EMPTY },
	{ "fragment 0", 53,
	  "00000009 00000001 00", IKE_PARSE_FRAGMENT },
	{ "fragment 2 of 1", 53,
	  "00000009 00020001 00", IKE_PARSE_FRAGMENT },
	{ "fragment 1 of 0", 53,
	  "00000009 00010000 00", IKE_PARSE_FRAGMENT },
	{ "second fragment names a payload", 53,
	  "23000009 00020002 00", IKE_PARSE_FRAGMENT },
	/* SA */
	{ "SA shorter than a proposal", 33,
	  "0000000b 00000007010100", IKE_PARSE_BODY_SHORT },
	{ "SA is empty", 33, "00000004", IKE_PARSE_BODY_SHORT },
	{ "proposal length below 8", 33,
	  "0000000c 0000000701010001", IKE_PARSE_PROPOSAL },
	{ "proposal length past the payload", 33,
	  "0000000c 0000000901010001", IKE_PARSE_PROPOSAL },
	{ "last proposal says more", 33,
	  "00000018 0200001401030401c0ffee01 000000080100001c",
	  IKE_PARSE_PROPOSAL },
	{ "proposal's flag is 1", 33,
	  "00000018 0100001401030401c0ffee01 000000080100001c",
	  IKE_PARSE_PROPOSAL },
	{ "proposal says last, another follows", 33,
	  "0000002c" P_ESP P_ESP, IKE_PARSE_PROPOSAL },
	{ "proposal without transforms", 33,
	  "00000010 0000000c01030400c0ffee01", IKE_PARSE_PROPOSAL },
	{ "octets after the last transform", 33,
	  "00000019 0000001501030401c0ffee01 000000080100001c 00",
	  IKE_PARSE_PROPOSAL },
	{ "proposal of protocol 0", 33,
	  "00000014 0000001001000001 000000080100001c",
	  IKE_PARSE_PROTO },
	{ "SPI past the proposal", 33,
	  "0000000c 00000008010304ff", IKE_PARSE_SPI_LEN },
	{ "SPI of 3 for ESP", 33,
	  "00000017 0000001301030301c0ffee 000000080100001c",
	  IKE_PARSE_SPI_LEN },
	{ "SPI of 4 for IKE", 33,
	  "00000018 0000001401010401c0ffee01 000000080100001c",
	  IKE_PARSE_SPI_LEN },
	{ "first proposal is number 2", 33,
	  "00000018 0000001402030401c0ffee01 000000080100001c",
	  IKE_PARSE_PROPOSAL_NUM },
	{ "second proposal is number 3", 33,
	  "0000002c 0200001401030401c0ffee01 "
	  "000000080100001c 0000001403030401c0ffee01 000000080100001c",
	  IKE_PARSE_PROPOSAL_NUM },
	{ "transform ends early", 33,
	  "00000017 0000001301030401c0ffee01 00000008010000",
	  IKE_PARSE_TRANSFORM },
	{ "transform length below 8", 33,
	  "00000018 0000001401030401c0ffee01 000000070100001c",
	  IKE_PARSE_TRANSFORM },
	{ "transform length past the proposal", 33,
	  "00000018 0000001401030401c0ffee01 000000090100001c",
	  IKE_PARSE_TRANSFORM },
	{ "last transform says more", 33,
	  "00000018 0000001401030401c0ffee01 030000080100001c",
	  IKE_PARSE_TRANSFORM },
	{ "two transforms announced, one there", 33,
	  "00000018 0000001401030402c0ffee01 030000080100001c",
	  IKE_PARSE_TRANSFORM },
	{ "attribute of 2 octets", 33,
	  "0000001a 0000001601030401c0ffee01 0000000a0100001c800e",
	  IKE_PARSE_ATTRIBUTE },
	{ "attribute's value past the transform", 33,
	  "0000001c 0000001801030401c0ffee01 0000000c0100001c 00100001",
	  IKE_PARSE_ATTRIBUTE },
	{ "Key Length 0", 33,
	  "0000001c 0000001801030401c0ffee01 0000000c01000014 800e0000",
	  IKE_PARSE_ATTRIBUTE },
	{ "Key Length twice", 33,
	  "00000020 0000001c01030401c0ffee01 "
	  "0000001001000014 800e0080 800e0100", IKE_PARSE_ATTRIBUTE },
	/* the others */
	{ "KE without value", 34,
	  "00000008 00130000", IKE_PARSE_BODY_SHORT },
	{ "KE without group", 34,
	  "00000007 001300", IKE_PARSE_BODY_SHORT },
	{ "ID without type", 35,
	  "00000007 010000", IKE_PARSE_BODY_SHORT },
	{ "ID_IPV4_ADDR of 3", 35,
	  "0000000b 01000000 0a0000", IKE_PARSE_ID },
	{ "ID_IPV4_ADDR of 16", 36,
	  "00000018 01000000" A16, IKE_PARSE_ID },
	{ "ID_IPV6_ADDR of 4", 36,
	  "0000000c 05000000" A4, IKE_PARSE_ID },
	{ "ID_FQDN empty", 35, "00000008 02000000", IKE_PARSE_ID },
	{ "ID_FQDN with NUL", 35,
	  "0000000b 02000000 610062", IKE_PARSE_ID },
	{ "ID_FQDN with line feed", 35,
	  "0000000b 02000000 610a62", IKE_PARSE_ID },
	{ "ID_RFC822_ADDR with escape", 35,
	  "0000000b 03000000 1b5b62", IKE_PARSE_ID },
	{ "ID_KEY_ID empty", 35, "00000008 0b000000", IKE_PARSE_ID },
	{ "ID_NULL with data", 35,
	  "00000009 0d000000 00", IKE_PARSE_ID },
	{ "CERT empty", 37, "00000004", IKE_PARSE_BODY_SHORT },
	{ "CERT without data", 37,
	  "00000005 0f", IKE_PARSE_BODY_SHORT },
	{ "CERTREQ empty", 38, "00000004", IKE_PARSE_BODY_SHORT },
	{ "AUTH without data", 39,
	  "00000008 0e000000", IKE_PARSE_BODY_SHORT },
	{ "AUTH without reserved", 39,
	  "00000006 0e00", IKE_PARSE_BODY_SHORT },
	{ "nonce of 15", 40,
	  "00000013 010203040506070809101112131415", IKE_PARSE_NONCE },
	{ "notify of 3", 41, "00000007 000000", IKE_PARSE_BODY_SHORT },
	{ "notify's SPI past its end", 41,
	  "00000008 03044009", IKE_PARSE_SPI_LEN },
	{ "notify with SPI of 5", 41,
	  "0000000d 03054009 0102030405", IKE_PARSE_SPI_LEN },
	{ "notify with SPI and no protocol", 41,
	  "0000000c 00044009 01020304", IKE_PARSE_SPI_LEN },
	{ "REKEY_SA without SPI", 41,
	  "00000008 03004009", IKE_PARSE_SPI_LEN },
	{ "REKEY_SA of IKE", 41,
	  "00000010 01084009" A4 A4, IKE_PARSE_SPI_LEN },
	{ "COOKIE empty", 41,
	  "00000008 00004006", IKE_PARSE_BODY_LENGTH },
	{ "COOKIE of 65", 41,
	  "00000049 00004006" A16 A16 A16 A16 "00",
	  IKE_PARSE_BODY_LENGTH },
	{ "INVALID_KE_PAYLOAD of 1", 41,
	  "00000009 00000011 13", IKE_PARSE_BODY_LENGTH },
	{ "NAT_DETECTION of 16", 41,
	  "00000018 00004004" A16, IKE_PARSE_BODY_LENGTH },
	{ "SIGNATURE_HASH_ALGORITHMS odd", 41,
	  "0000000b 0000402f 000200", IKE_PARSE_BODY_LENGTH },
	{ "SIGNATURE_HASH_ALGORITHMS empty", 41,
	  "00000008 0000402f", IKE_PARSE_BODY_LENGTH },
	{ "delete of 3", 42, "00000007 030400", IKE_PARSE_BODY_SHORT },
	{ "delete of ESP without SPI", 42,
	  "00000008 03040000", IKE_PARSE_BODY_LENGTH },
	{ "delete of 65535 SPIs", 42,
	  "0000000c 0304ffff 01020304", IKE_PARSE_BODY_LENGTH },
	{ "delete with half an SPI", 42,
	  "0000000a 03040001 0102", IKE_PARSE_BODY_LENGTH },
	{ "delete with an octet too many", 42,
	  "0000000d 03040001 01020304 05", IKE_PARSE_BODY_LENGTH },
	{ "delete of ESP with SPIs of 8", 42,
	  "00000010 03080001" A4 A4, IKE_PARSE_SPI_LEN },
	{ "delete of IKE with SPI", 42,
	  "00000010 01080001" A4 A4, IKE_PARSE_SPI_LEN },
	{ "delete of IKE with a count", 42,
	  "00000008 01000001", IKE_PARSE_BODY_LENGTH },
	{ "delete of protocol 0", 42,
	  "00000008 00000000", IKE_PARSE_PROTO },
	{ "vendor id empty", 43, "00000004", IKE_PARSE_BODY_SHORT },
	{ "TS without number", 44,
	  "00000007 010000", IKE_PARSE_BODY_SHORT },
	{ "TS of none", 44, "00000008 00000000", IKE_PARSE_TS },
	{ "TS says 2, has 1", 44,
	  "00000018 02000000" V4_TS, IKE_PARSE_TS },
	{ "TS says 1, has 2", 45,
	  "00000028 01000000" V4_TS V4_TS, IKE_PARSE_BODY_LENGTH },
	{ "IPv4 selector of 15", 44,
	  "00000017 01000000 0700000f0000ffff0a0000010a0000",
	  IKE_PARSE_TS },
	{ "IPv6 selector of 16", 44,
	  "00000018 01000000 080000100000ffff0a0000010a000001",
	  IKE_PARSE_TS },
	{ "selector length 0", 44,
	  "00000018 01000000 070000000000ffff0a0000010a000001",
	  IKE_PARSE_TS },
	{ "unknown selector past the end", 44,
	  "0000000c 01000000 0a000005", IKE_PARSE_TS },
	{ "selector's range runs backwards", 44,
	  "00000018 01000000 070000100000ffff0a0000020a000001",
	  IKE_PARSE_TS },
	{ "selector's ports run backwards", 44,
	  "00000018 01000000 07060010006400630a0000010a000001",
	  IKE_PARSE_TS },
	{ "CP of 3", 47, "00000007 010000", IKE_PARSE_BODY_SHORT },
	{ "EAP empty", 48, "00000004", IKE_PARSE_BODY_SHORT },
};

/* The same where it is not the first payload's fault. */
static const struct bad_later {
	struct bad bad;
	uint8_t payload;
	size_t offset;
} bads_later[] = {
	{ { "second payload has no header", 41,
	  "28000008" A4, IKE_PARSE_CHAIN_SHORT },
	  40, 36 },
	{ { "octets after the last payload", 43,
	  "00000005 01 00", IKE_PARSE_TRAILING },
	  0, 33 },
	{ { "second nonce", 40,
	  "28000014" A16 "00000014" A16, IKE_PARSE_DUPLICATE },
	  40, 48 },
};

static void refused(const struct bad *b, uint8_t payload, size_t offset)
{
	(void)ike_parse_outer(datagram(b->next, 0, b->hex), &msg, &fail);
	if (CHECK_EQ(fail.code, b->code) && CHECK_EQ(fail.payload, payload) &&
	    CHECK_EQ(fail.offset, offset))
		return;
	ktap_note("%s: %s, payload %u at %zu; want %s, payload %u at %zu",
		  b->what, ike_parse_text(fail.code), fail.payload,
		  fail.offset, ike_parse_text(b->code), payload, offset);
}

static void malformed(void)
{
	bool reached[IKE_PARSE_NUM_CODES] = { false };
	unsigned int i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		refused(&bads[i], bads[i].next, sizeof(good_header));
		reached[bads[i].code] = true;
	}
	for (i = 0; i < sizeof(bads_later) / sizeof(bads_later[0]); i++) {
		refused(&bads_later[i].bad, bads_later[i].payload,
			bads_later[i].offset);
		reached[bads_later[i].bad.code] = true;
	}
	/* header codes, caps, nesting and padding have tests of their own */
	for (i = IKE_PARSE_CHAIN_SHORT; i < IKE_PARSE_NUM_CODES; i++)
		CHECK(reached[i] || i == IKE_PARSE_TOO_MANY ||
		      i == IKE_PARSE_SK_NESTED || i == IKE_PARSE_PADDING);
}

static void tolerated(void)
{
	struct span d;

	/* an unknown payload that is not critical, reserved bits set */
	CHECK_EQ(ike_parse_outer(datagram(200, 0, "287f0005 01 007f0014" A16),
				 &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.n_unknown, 1);
	CHECK_EQ(msg.n_payloads, 1);
	/* critical bit on what we know means nothing */
	CHECK_EQ(ike_parse_outer(datagram(40, 0, "00800014" A16), &msg, &fail),
		 IKE_PARSE_OK);
	/* unknown attribute, Key Length of another type, long form: foreign */
	d = datagram(33, 0, "00000038 0000003401030403c0ffee01 "
			    "0300000c01000014 80120001 "
			    "0300000c05000000 800e0080 "
			    "0000001001000014 000e0004" A4);
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_OK);
	CHECK(msg.sa.transform[0].foreign);
	CHECK(msg.sa.transform[1].foreign);
	CHECK(msg.sa.transform[2].foreign && !msg.sa.transform[2].keybits);
	/* a response names the proposal that it chose */
	d = datagram(33, IKE_FLAG_RESPONSE,
		     "00000018 0000001403030401c0ffee01 000000080100001c");
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.sa.proposal[0].num, 3);
	/* number 0 is never one */
	d = datagram(33, IKE_FLAG_RESPONSE,
		     "00000018 0000001400030401c0ffee01 000000080100001c");
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_PROPOSAL_NUM);
	/* an unknown selector is skipped; one may stand alone */
	d = datagram(44, 0, "00000020 02000000 0a000008 00000000" V4_TS);
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.tsi.count, 1);
	CHECK_EQ(msg.tsi.skipped, 1);
	CHECK_EQ(ike_parse_outer(datagram(44, 0, "0000000c 01000000 0a000004"),
				 &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.tsi.count, 0);
	/* a notify's protocol without an SPI is ignored, RFC 7296 3.10 */
	CHECK_EQ(ike_parse_outer(datagram(41, 0, "00000008 01004000"), &msg,
				 &fail), IKE_PARSE_OK);
	/* one fragment of one, as Libreswan sends */
	CHECK_EQ(ike_parse_outer(datagram(53, 0, "23000009 00010001 00"), &msg,
				 &fail), IKE_PARSE_OK);
	CHECK(msg.sk.fragment && msg.sk.number == 1 && msg.sk.total == 1);
	CHECK_EQ(msg.sk.first, IKE_PLD_IDI);
	CHECK_EQ(msg.sk.aad_len, HDR_LEN + 8);
	CHECK_EQ(msg.sk.body.len, 1);
}

/* @n payloads of @type, each with @body. */
static enum ike_parse_code repeated(uint8_t type, unsigned int n, const char *body)
{
	struct span d = datagram(type, 0, "");
	struct wbuf w;
	unsigned int i;
	size_t start;

	wbuf_init(&w, buf, sizeof(buf));
	w.len = d.len;
	for (i = 0; i < n; i++) {
		start = w.len;
		wbuf_u8(&w, i + 1 < n ? type : 0);
		wbuf_u8(&w, 0);
		wbuf_u16(&w, 0);
		put_hex(&w, body);
		wbuf_patch_u16(&w, start + 2, (uint16_t)(w.len - start));
	}
	wbuf_patch_u32(&w, 24, (uint32_t)w.len);
	CHECK(wbuf_done(&w, &d));
	return ike_parse_outer(d, &msg, &fail);
}

static void caps(void)
{
	struct wbuf w;
	unsigned int i;
	struct span d;

	CHECK_EQ(repeated(41, IKE_MAX_NOTIFIES, "00004000"), IKE_PARSE_OK);
	CHECK_EQ(msg.n_notifies, IKE_MAX_NOTIFIES);
	CHECK_EQ(repeated(41, IKE_MAX_NOTIFIES + 1, "00004000"), IKE_PARSE_TOO_MANY);
	CHECK_EQ(repeated(37, IKE_MAX_CERTS, "0f00"), IKE_PARSE_OK);
	CHECK_EQ(repeated(37, IKE_MAX_CERTS + 1, "0f00"), IKE_PARSE_TOO_MANY);
	CHECK_EQ(repeated(38, IKE_MAX_CERTREQS, "0f"), IKE_PARSE_OK);
	CHECK_EQ(repeated(38, IKE_MAX_CERTREQS + 1, "0f"), IKE_PARSE_TOO_MANY);
	CHECK_EQ(repeated(42, IKE_MAX_DELETES, "01000000"), IKE_PARSE_OK);
	CHECK_EQ(repeated(42, IKE_MAX_DELETES + 1, "01000000"), IKE_PARSE_TOO_MANY);
	CHECK_EQ(repeated(43, IKE_MAX_VENDORS, "01"), IKE_PARSE_OK);
	CHECK_EQ(repeated(43, IKE_MAX_VENDORS + 1, "01"), IKE_PARSE_TOO_MANY);
	CHECK_EQ(repeated(200, 1000, "01"), IKE_PARSE_OK);	/* costs nothing */
	CHECK_EQ(msg.n_unknown, 1000);

	/* 17 proposals of one transform; 129 transforms in one proposal */
	d = datagram(33, 0, "");
	wbuf_init(&w, buf, sizeof(buf));
	w.len = d.len;
	put_hex(&w, "00000000");
	for (i = 0; i < IKE_MAX_PROPOSALS + 1; i++) {
		wbuf_u8(&w, i < IKE_MAX_PROPOSALS ? 2 : 0);
		put_hex(&w, "000010");
		wbuf_u8(&w, (uint8_t)(i + 1));
		put_hex(&w, "010001 000000080100001c");
	}
	wbuf_patch_u16(&w, d.len + 2, (uint16_t)(w.len - d.len));
	wbuf_patch_u32(&w, 24, (uint32_t)w.len);
	CHECK(wbuf_done(&w, &d));
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_TOO_MANY);

	d = datagram(33, 0, "00000000 0000000001010081");
	wbuf_init(&w, buf, sizeof(buf));
	w.len = d.len;
	for (i = 0; i < IKE_MAX_TRANSFORMS + 1; i++) {
		wbuf_u8(&w, i < IKE_MAX_TRANSFORMS ? 3 : 0);
		put_hex(&w, "0000080100001c");
	}
	wbuf_patch_u16(&w, HDR_LEN + 2, (uint16_t)(w.len - HDR_LEN));
	wbuf_patch_u16(&w, HDR_LEN + 6, (uint16_t)(w.len - HDR_LEN - 4));
	wbuf_patch_u32(&w, 24, (uint32_t)w.len);
	CHECK(wbuf_done(&w, &d));
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_TOO_MANY);

	/* 17 selectors */
	d = datagram(44, 0, "00000000 11000000");
	wbuf_init(&w, buf, sizeof(buf));
	w.len = d.len;
	for (i = 0; i < IKE_MAX_TS + 1; i++)
		put_hex(&w, V4_TS);
	wbuf_patch_u16(&w, HDR_LEN + 2, (uint16_t)(w.len - HDR_LEN));
	wbuf_patch_u32(&w, 24, (uint32_t)w.len);
	CHECK(wbuf_done(&w, &d));
	CHECK_EQ(ike_parse_outer(d, &msg, &fail), IKE_PARSE_TOO_MANY);
}

static void inner_codes(void)
{
	const uint8_t nested[] = { 0, 0, 0, 5, 0 };
	const uint8_t short_chain[] = { 0, 0, 0 };
	const uint8_t critical[] = { 0, 0x80, 0, 4 };
	const uint8_t padded[] = { 9, 9, 9, 1, 2, 2 };
	const uint8_t too_much[] = { 9, 9, 3 };
	struct span text = span(padded, sizeof(padded));

	memset(&msg, 0, sizeof(msg));
	memset(work, 0, 4 + IKE_NONCE_MAX + 1);
	work[2] = 1;
	work[3] = 4;
	CHECK_EQ(ike_parse_inner(40, span(work, 4 + IKE_NONCE_MAX), &msg, &fail),
		 IKE_PARSE_OK);
	memset(&msg, 0, sizeof(msg));
	work[3] = 5;
	CHECK_EQ(ike_parse_inner(40, span(work, 4 + IKE_NONCE_MAX + 1), &msg,
				 &fail), IKE_PARSE_NONCE);
	CHECK_EQ(ike_parse_inner(46, span(nested, 5), &msg, &fail),
		 IKE_PARSE_SK_NESTED);
	CHECK_EQ(ike_parse_inner(53, span(nested, 5), &msg, &fail),
		 IKE_PARSE_SK_NESTED);
	CHECK_EQ(ike_parse_inner(41, span(short_chain, 3), &msg, &fail),
		 IKE_PARSE_CHAIN_SHORT);
	CHECK_EQ(ike_parse_inner(99, span(critical, 4), &msg, &fail),
		 IKE_PARSE_CRITICAL);
	CHECK_EQ(fail.payload, 99);
	CHECK_EQ(ike_parse_inner(0, span(NULL, 0), &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(ike_parse_inner(0, span(nested, 1), &msg, &fail),
		 IKE_PARSE_TRAILING);
	CHECK_EQ(ike_parse_inner(33, span(NULL, 0), &msg, &fail),
		 IKE_PARSE_CHAIN_SHORT);
	CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_OK);
	CHECK_EQ(text.len, 3);
	text = span(too_much, 3);
	CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_PADDING);
	text = span(NULL, 0);
	CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_PADDING);
	text = span("\0", 1);
	CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_OK);
	CHECK_EQ(text.len, 0);
	/* a payload that comes once may not come outside and inside */
	CHECK_EQ(ike_parse_outer(datagram(40, 0, "2e000014" A16 "00000005 00"),
				 &msg, &fail), IKE_PARSE_OK);
	memset(work, 0, 20);
	work[3] = 20;
	CHECK_EQ(ike_parse_inner(40, span(work, 20), &msg, &fail),
		 IKE_PARSE_DUPLICATE);
}

/* A copy that ends where its memory ends, so that ASan sees one octet too many. */
static struct span tight(const uint8_t *from, size_t len, uint8_t **mem)
{
	*mem = malloc(len ? len : 1);
	if (!*mem)
		abort();
	memcpy(*mem, from, len);
	return span(*mem, len);
}

static void set_length(uint8_t *d, size_t len)
{
	d[24] = (uint8_t)(len >> 24);
	d[25] = (uint8_t)(len >> 16);
	d[26] = (uint8_t)(len >> 8);
	d[27] = (uint8_t)len;
}

static void truncated(void)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf);

		for (len = 0; len < d.len; len++) {
			uint8_t *mem;
			struct span t = tight(buf, len, &mem);

			if (len)
				CHECK(sample_open(t, &msg, &fail) != IKE_PARSE_OK);
			if (len >= HDR_LEN) {
				set_length(mem, len);
				if (!CHECK(ike_parse_outer(t, &msg, &fail)))
					ktap_note("%s cut to %zu was taken",
						  sample_name(i), len);
			}
			free(mem);
		}
	}
}

static void inner_truncated(void)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf), text;
		struct ike_msg outer;

		CHECK_EQ(ike_parse_outer(d, &outer, &fail), IKE_PARSE_OK);
		if (!outer.sk.present)
			continue;
		text = outer.sk.body;
		CHECK_EQ(ike_parse_unpad(&text), IKE_PARSE_OK);
		for (len = 0; len < text.len; len++) {
			uint8_t *mem;
			struct span t = tight(text.data, len, &mem);

			msg = outer;
			if (!CHECK(ike_parse_inner(outer.sk.first, t, &msg, &fail)))
				ktap_note("%s cut to %zu was taken",
					  sample_name(i), len);
			free(mem);
		}
	}
}

static void flipped(void)
{
	unsigned int i, bit;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf);

		for (bit = 0; bit < d.len * 8; bit++) {
			enum ike_parse_code code;
			const char *broken;
			uint8_t *mem;
			struct span t = tight(buf, d.len, &mem);

			mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
			code = sample_open(t, &msg, &fail);
			CHECK(code < IKE_PARSE_NUM_CODES && code == fail.code);
			broken = code ? NULL : sample_broken(&msg, t);
			if (!CHECK(!broken))
				ktap_note("%s bit %u: %s", sample_name(i), bit,
					  broken);
			free(mem);
		}
	}
}

static void every_octet_ff(void)
{
	unsigned int i;
	size_t at;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf);

		for (at = 0; at < d.len; at++) {
			uint8_t *mem;
			struct span t = tight(buf, d.len, &mem);

			mem[at] = 0xff;
			if (sample_open(t, &msg, &fail) == IKE_PARSE_OK)
				CHECK(!sample_broken(&msg, t));
			free(mem);
		}
	}
}

static void answers(void)
{
	unsigned int i;

	CHECK_EQ(ike_parse_notify(IKE_PARSE_CRITICAL),
		 IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_MAJOR), IKE_N_INVALID_MAJOR_VERSION);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_TS), IKE_N_INVALID_SYNTAX);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_CHAIN_LENGTH), IKE_N_INVALID_SYNTAX);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_OK), 0);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_ZERO_SPI), 0);
	CHECK_EQ(ike_parse_notify(IKE_PARSE_SK_EMPTY), 0);
	for (i = 0; i < IKE_PARSE_NUM_CODES; i++) {
		unsigned int k;

		CHECK(ike_parse_text(i) && *ike_parse_text(i));
		for (k = 0; k < i; k++)
			CHECK(strcmp(ike_parse_text(i), ike_parse_text(k)));
	}
	CHECK(ike_parse_text(IKE_PARSE_NUM_CODES));
}

static const struct ktap_test tests[] = {
	{ "every good message is parsed", good_samples },
	{ "U01 fields of an IKE_AUTH request", fields },
	{ "K33 SPIs of a Delete", spis_of_delete },
	{ "K07 K28 IKE header: short, long, version, SPI", header_codes },
	{ "K08 K29 K31 one malformed chain per cause, with payload and offset", malformed },
	{ "K07 K08 K29 what a peer may do is tolerated", tolerated },
	{ "lists have caps", caps },
	{ "K18 K35 inner chain and padding", inner_codes },
	{ "truncated at every octet: refused", truncated },
	{ "inner chain truncated at every octet: refused", inner_truncated },
	{ "every bit flipped: never outside the octets", flipped },
	{ "every octet 255: never outside the octets", every_octet_ff },
	{ "codes have sentences and answers", answers },
};

int main(void)
{
	return KTAP_RUN(tests);
}
