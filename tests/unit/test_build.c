// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The builder is the parser's inverse, refuses what must not be sent, and never
 * writes past its room.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/names.h"
#include "ike_sample.h"

static uint8_t buf[SAMPLE_MAX], again[SAMPLE_MAX], inner[SAMPLE_MAX];
static struct ike_msg msg;
static struct ike_parse_fail fail;

static const struct ike_hdr hdr = {
	.spi_i = 1, .spi_r = 2, .exchange = IKE_INFORMATIONAL,
	.flags = IKE_FLAG_INITIATOR, .msgid = 7,
};

static const struct span nothing;

/* parse, build, and the octets are the same */
static void round_trip(void)
{
	const struct ike_sk_form form = { 0 };
	unsigned int i;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf), outer, in;
		struct ike_sk_room room;
		static uint8_t wrapped[SAMPLE_MAX];
		uint8_t first;

		CHECK_EQ(sample_open(d, &msg, &fail), IKE_PARSE_OK);
		if (!CHECK(sample_close(&msg, again, inner, &outer, &in, &first)))
			continue;
		if (msg.sk.present) {
			CHECK_EQ(first, msg.sk.first);
			CHECK(ike_build_sk(wrapped, sizeof(wrapped), &msg.hdr,
					   first, in, &form, &room));
			outer = room.message;
		}
		if (!CHECK(span_equal(outer, d)))
			ktap_note("%s is not the same", sample_name(i));
	}
}

/* U03: the number is not of the wire, and build refuses it in either payload */
static void publickey_never_emitted(void)
{
	struct ike_build b;
	struct span out;

	CHECK(IKE_ID_PUBLICKEY > UINT8_MAX);
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_id(&b, IKE_PLD_IDI, IKE_ID_PUBLICKEY, span("key", 3));
	CHECK(!ike_build_done(&b, &out, NULL));
	CHECK(!out.data);
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_id(&b, IKE_PLD_IDR, IKE_ID_PUBLICKEY, span("key", 3));
	CHECK(!ike_build_done(&b, &out, NULL));
	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_id(&b, IKE_PLD_IDR, IKE_ID_FQDN, span("key", 3));
	CHECK(ike_build_done(&b, &out, NULL));
	CHECK(!strcmp(ike_name_id(IKE_ID_PUBLICKEY), "PUBLICKEY"));
}

static void publickey_never_parsed(void)
{
	unsigned int type;

	for (type = 0; type <= UINT8_MAX; type++) {
		const uint8_t chain[] = { 0, 0, 0, 12, (uint8_t)type, 0, 0, 0,
					  'a', 'b', 'c', 'd' };

		memset(&msg, 0, sizeof(msg));
		if (!ike_parse_inner(IKE_PLD_IDI, span(chain, sizeof(chain)),
				     &msg, &fail))
			CHECK(msg.idi.type != IKE_ID_PUBLICKEY);
	}
}

/* B05: the bare key goes into CERT with the encoding of its form */
static void raw_key_cert(void)
{
	const uint8_t want[] = { 0, 0, 0, 8, 15, 1, 2, 3 };
	struct ike_build b;
	struct span out;
	uint8_t first;

	ike_build_inner(&b, buf, sizeof(buf));
	ike_build_cert(&b, IKE_CERT_RAW_KEY, span("\1\2\3", 3));
	CHECK(ike_build_done(&b, &out, &first));
	CHECK_EQ(first, IKE_PLD_CERT);
	CHECK(span_equal(out, span(want, sizeof(want))));
	CHECK_EQ(IKE_CERT_RAW_RSA, 11);
	CHECK_EQ(IKE_CERT_X509_SIGNATURE, 4);
}

typedef void (*refused_fn)(struct ike_build *b);

static void bad_nonce_short(struct ike_build *b)
{
	ike_build_nonce(b, span(again, 15));
}

static void bad_nonce_long(struct ike_build *b)
{
	ike_build_nonce(b, span(again, 257));
}

static void bad_ke(struct ike_build *b)
{
	ike_build_ke(b, 31, nothing);
}

static void bad_cert(struct ike_build *b)
{
	ike_build_cert(b, 15, nothing);
}

static void bad_auth(struct ike_build *b)
{
	ike_build_auth(b, 14, nothing);
}

static void bad_vendor(struct ike_build *b)
{
	ike_build_vendor(b, nothing);
}

static void bad_raw_sk(struct ike_build *b)
{
	ike_build_raw(b, IKE_PLD_SK, span("a", 1));
}

static void bad_raw_none(struct ike_build *b)
{
	ike_build_raw(b, IKE_PLD_NONE, span("a", 1));
}

static void bad_critical(struct ike_build *b)
{
	ike_build_critical(b);
}

static void bad_id_payload(struct ike_build *b)
{
	ike_build_id(b, IKE_PLD_SA, IKE_ID_FQDN, span("a", 1));
}

static void bad_notify_proto(struct ike_build *b)
{
	ike_build_notify_spi(b, IKE_PROTO_IKE, 1, IKE_N_REKEY_SA, nothing);
}

static void bad_delete_proto(struct ike_build *b)
{
	const uint32_t spi = 1;

	ike_build_delete(b, IKE_PROTO_IKE, &spi, 1);
}

static void bad_delete_none(struct ike_build *b)
{
	ike_build_delete(b, IKE_PROTO_ESP, NULL, 0);
}

static void bad_sa_empty(struct ike_build *b)
{
	const struct ike_sa_payload sa = { .present = true };

	ike_build_sa(b, &sa);
}

static void bad_sa_no_transform(struct ike_build *b)
{
	const struct ike_sa_payload sa = { .count = 1,
		.proposal = { { .num = 1, .proto = IKE_PROTO_IKE } } };

	ike_build_sa(b, &sa);
}

static void bad_sa_outside(struct ike_build *b)
{
	const struct ike_sa_payload sa = { .count = 1, .n_transforms = 1,
		.proposal = { { .num = 1, .proto = IKE_PROTO_IKE, .first = 1,
				.count = 1 } } };

	ike_build_sa(b, &sa);
}

static void bad_ts_type(struct ike_build *b)
{
	const struct ike_ts ts = { .type = 9 };

	ike_build_ts(b, IKE_PLD_TSI, &ts, 1);
}

static void bad_ts_none(struct ike_build *b)
{
	ike_build_ts(b, IKE_PLD_TSI, NULL, 0);
}

static void refuses(void)
{
	static const refused_fn bad[] = {
		bad_nonce_short, bad_nonce_long, bad_ke, bad_cert, bad_auth,
		bad_vendor, bad_raw_sk, bad_raw_none, bad_critical,
		bad_id_payload, bad_notify_proto, bad_delete_proto,
		bad_delete_none, bad_sa_empty, bad_sa_no_transform,
		bad_sa_outside, bad_ts_type, bad_ts_none,
	};
	struct ike_build b;
	struct span out;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ike_build_inner(&b, buf, sizeof(buf));
		bad[i](&b);
		/* and stays refused, whatever comes after it */
		ike_build_notify(&b, IKE_N_INITIAL_CONTACT, nothing);
		if (!CHECK(!ike_build_done(&b, &out, NULL)))
			ktap_note("case %u was built", i);
	}
}

/* every size of room: complete or refused, and never an octet past it */
static void room(void)
{
	unsigned int i;
	size_t cap, k;

	for (i = 0; i < sample_count(); i++) {
		struct span d = sample_make(i, buf), out;
		struct ike_build b;

		if (sample_open(d, &msg, &fail))
			continue;
		for (cap = 0; cap <= d.len; cap++) {
			memset(again, 0xee, d.len + 8);
			ike_build_outer(&b, again, cap, &msg.hdr);
			ike_build_payloads(&b, &msg, false);
			ike_build_payloads(&b, &msg, true);
			if (ike_build_done(&b, &out, NULL))
				CHECK(out.len <= cap);
			for (k = cap; k < d.len + 8; k++)
				if (again[k] != 0xee)
					break;
			CHECK_EQ(k, d.len + 8);
		}
	}
}

static void outer_limits(void)
{
	struct ike_hdr zero = hdr;
	struct ike_build b;
	struct span out;

	zero.spi_i = 0;
	ike_build_outer(&b, buf, sizeof(buf), &zero);
	CHECK(!ike_build_done(&b, &out, NULL));
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_cert(&b, 4, span(again, IKE_MSG_MAX - 28 - 5));
	CHECK(ike_build_done(&b, &out, NULL));
	CHECK_EQ(out.len, IKE_MSG_MAX);
	CHECK_EQ(ike_parse_outer(out, &msg, &fail), IKE_PARSE_OK);
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_cert(&b, 4, span(again, IKE_MSG_MAX - 28 - 4));
	CHECK(!ike_build_done(&b, &out, NULL));
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	CHECK(ike_build_done(&b, &out, NULL));
	CHECK_EQ(out.len, 28);
	CHECK_EQ(ike_parse_outer(out, &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.hdr.msgid, 7);
}

static void sk_layout(void)
{
	const struct ike_sk_form form = { 8, 16, 0, 0, 1 };
	struct ike_sk_parts parts;
	struct ike_sk_room r;

	CHECK(ike_build_sk(buf, sizeof(buf), &hdr, IKE_PLD_NOTIFY,
			   span("abcdefgh", 8), &form, &r));
	CHECK_EQ(r.message.len, 28 + 4 + 8 + 9 + 16);
	CHECK_EQ(r.aad.len, 32);
	CHECK(r.aad.data == buf);
	CHECK(r.iv == buf + 32);
	CHECK(r.text == buf + 40);
	CHECK_EQ(r.text_len, 9);
	CHECK(!memcmp(r.text, "abcdefgh\0", 9));
	CHECK(r.icv == buf + 49);
	CHECK_EQ(ike_parse_outer(r.message, &msg, &fail), IKE_PARSE_OK);
	CHECK_EQ(msg.sk.first, IKE_PLD_NOTIFY);
	CHECK(ike_sk_split(r.message, &msg.sk, 8, 16, &parts));
	CHECK(span_equal(parts.aad, r.aad));
	CHECK(parts.iv.data == r.iv && parts.iv.len == 8);
	CHECK(parts.text.data == r.text && parts.text.len == 9);
	CHECK(parts.icv.data == r.icv && parts.icv.len == 16);
	/* text must hold at least the pad length */
	CHECK(ike_sk_split(r.message, &msg.sk, 8, 24, &parts));
	CHECK_EQ(parts.text.len, 1);
	CHECK(!ike_sk_split(r.message, &msg.sk, 8, 25, &parts));
	CHECK(!ike_sk_split(r.message, &msg.sk, 8, SIZE_MAX, &parts));
	CHECK(!ike_sk_split(r.message, &msg.sk, 34, 0, &parts));
	CHECK(!ike_sk_split(span(buf, 10), &msg.sk, 8, 16, &parts));
	/* room: one octet short */
	CHECK(!ike_build_sk(buf, 64, &hdr, IKE_PLD_NOTIFY, span("abcdefgh", 8),
			    &form, &r));
	CHECK(!r.message.data && !r.iv);
	CHECK(ike_build_sk(buf, 65, &hdr, IKE_PLD_NOTIFY, span("abcdefgh", 8),
			   &form, &r));
}

/* payloads, padding and pad length fill blocks, and no block is for nothing */
static void sk_padding(void)
{
	struct ike_sk_form form = { 16, 16, 0, 0, 16 };
	const uint8_t text[40] = { 1, 2, 3 };
	struct ike_sk_room r;
	struct span inside;
	size_t n;

	for (n = 0; n <= sizeof(text); n++) {
		CHECK(ike_build_sk(buf, sizeof(buf), &hdr, IKE_PLD_NOTIFY,
				   span(text, n), &form, &r));
		CHECK_EQ(r.text_len, n / 16 * 16 + 16);
		CHECK_EQ(r.message.len, 28 + 4 + 16 + r.text_len + 16);
		CHECK_EQ(r.text[r.text_len - 1], r.text_len - 1 - n);
		inside = span(r.text, r.text_len);
		CHECK_EQ(ike_parse_unpad(&inside), IKE_PARSE_OK);
		CHECK(span_equal(inside, span(text, n)));
	}
	/* a pad length is one octet */
	form.block = 256;
	CHECK(ike_build_sk(buf, sizeof(buf), &hdr, IKE_PLD_NOTIFY,
			   span(text, 0), &form, &r));
	CHECK_EQ(r.text[255], 255);
	form.block = 512;
	CHECK(!ike_build_sk(buf, sizeof(buf), &hdr, IKE_PLD_NOTIFY,
			    span(text, 0), &form, &r));
}

static void skf_layout(void)
{
	struct ike_sk_form form = { 8, 16, 2, 3, 1 };
	struct ike_sk_room r;

	CHECK(ike_build_sk(buf, sizeof(buf), &hdr, 0, span("abc", 3), &form, &r));
	CHECK_EQ(r.aad.len, 36);
	CHECK_EQ(ike_parse_outer(r.message, &msg, &fail), IKE_PARSE_OK);
	CHECK(msg.sk.fragment && msg.sk.number == 2 && msg.sk.total == 3);
	CHECK_EQ(msg.sk.aad_len, 36);
	CHECK(!ike_build_sk(buf, sizeof(buf), &hdr, IKE_PLD_SA, span("abc", 3),
			    &form, &r));
	form.number = 4;
	CHECK(!ike_build_sk(buf, sizeof(buf), &hdr, 0, span("abc", 3), &form, &r));
	form.number = 0;
	CHECK(!ike_build_sk(buf, sizeof(buf), &hdr, 0, span("abc", 3), &form, &r));
}

static void names(void)
{
	CHECK(!strcmp(ike_name_exchange(IKE_CREATE_CHILD_SA), "CREATE_CHILD_SA"));
	CHECK(!strcmp(ike_name_payload(IKE_PLD_SKF), "SKF"));
	CHECK(!strcmp(ike_name_notify(IKE_N_TS_UNACCEPTABLE), "TS_UNACCEPTABLE"));
	CHECK(!strcmp(ike_name_transform(IKE_TRANS_DH, IKE_DH_X25519), "X25519"));
	CHECK(!strcmp(ike_name_transform(IKE_TRANS_ENCR, 20), "AES_GCM_16"));
	CHECK(!strcmp(ike_name_transform(9, 1), "unknown"));
	CHECK(!strcmp(ike_name_transform_type(IKE_TRANS_ESN), "ESN"));
	CHECK(!strcmp(ike_name_proto(IKE_PROTO_ESP), "ESP"));
	CHECK(!strcmp(ike_name_cert(15), "RAW_KEY"));
	CHECK(!strcmp(ike_name_auth(14), "DIGITAL_SIGNATURE"));
	CHECK(!strcmp(ike_name_hash(5), "IDENTITY"));
	CHECK(!strcmp(ike_name_notify(65535), "unknown"));
}

static const struct ktap_test tests[] = {
	{ "build is the inverse of parse", round_trip },
	{ "U03 PUBLICKEY is never emitted", publickey_never_emitted },
	{ "U03 PUBLICKEY is never read from the wire", publickey_never_parsed },
	{ "B05 a bare key goes into CERT with encoding 15 or 11", raw_key_cert },
	{ "what must not be sent fails the chain", refuses },
	{ "never an octet past the room", room },
	{ "zero SPI and the greatest message", outer_limits },
	{ "SK is laid out and taken apart", sk_layout },
	{ "K35 SK is padded to whole blocks", sk_padding },
	{ "SKF is laid out", skf_layout },
	{ "numbers have names", names },
};

int main(void)
{
	return KTAP_RUN(tests);
}
