// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The payload rules: every shape is recognised, and every payload taken away,
 * doubled, added, or moved out of SK is noticed.
 */
#include "ktap.h"

#include <string.h>

#include "btnsd/ike/names.h"
#include "ike_sample.h"

static uint8_t buf[SAMPLE_MAX];
static struct ike_msg msg;
static struct ike_rules_fail fail;
static struct ike_parse_fail pfail;

static bool load(unsigned int i)
{
	return CHECK_EQ(sample_open(sample_make(i, buf), &msg, &pfail), 0);
}

static bool load_name(const char *name)
{
	unsigned int i = 0;

	while (strcmp(sample_name(i), name))
		i++;
	return load(i);
}

static enum ike_rules_code check(void)
{
	enum ike_shape shape = ike_rules_check(&msg, &fail);

	CHECK((shape == IKE_SHAPE_NONE) == (fail.code != IKE_RULES_OK));
	return fail.code;
}

static void shapes(void)
{
	bool seen[IKE_SHAPE_COUNT] = { true };
	unsigned int i;

	for (i = 0; i < sample_count(); i++) {
		enum ike_shape shape;

		if (!load(i))
			continue;
		shape = ike_rules_check(&msg, &fail);
		seen[shape] = true;
		if (!CHECK_EQ(shape, sample_shape(i)))
			ktap_note("%s: %s: %s %u", sample_name(i),
				  ike_rules_text(fail.code),
				  ike_name_payload(fail.payload), fail.count);
	}
	for (i = 0; i < IKE_SHAPE_COUNT; i++)
		if (!CHECK(seen[i]))
			ktap_note("no sample is a %s", ike_shape_name(i));
}

static void forget(unsigned int at)
{
	const uint8_t type = msg.payload[at].type;

	memmove(&msg.payload[at], &msg.payload[at + 1],
		sizeof(msg.payload[0]) * (msg.n_payloads - at - 1));
	msg.n_payloads--;
	switch (type) {
	case IKE_PLD_SA:
		memset(&msg.sa, 0, sizeof(msg.sa));
		break;
	case IKE_PLD_TSI:
		memset(&msg.tsi, 0, sizeof(msg.tsi));
		break;
	case IKE_PLD_TSR:
		memset(&msg.tsr, 0, sizeof(msg.tsr));
		break;
	case IKE_PLD_AUTH:
		memset(&msg.auth, 0, sizeof(msg.auth));
		break;
	default:
		break;
	}
}

/* Which payloads a shape cannot be without. */
static const struct {
	const char *sample;
	uint8_t need[6];
} needs[] = {
	{ "init_req", { IKE_PLD_SA, IKE_PLD_KE, IKE_PLD_NONCE } },
	{ "init_resp", { IKE_PLD_SA, IKE_PLD_KE, IKE_PLD_NONCE } },
	{ "intermediate_req", { IKE_PLD_KE } },
	{ "intermediate_resp", { IKE_PLD_KE } },
	{ "auth_req", { IKE_PLD_IDI, IKE_PLD_AUTH, IKE_PLD_SA, IKE_PLD_TSI,
			IKE_PLD_TSR } },
	{ "auth_resp", { IKE_PLD_IDR, IKE_PLD_AUTH, IKE_PLD_SA, IKE_PLD_TSI,
			 IKE_PLD_TSR } },
	{ "child_req", { IKE_PLD_SA, IKE_PLD_NONCE, IKE_PLD_TSI, IKE_PLD_TSR } },
	{ "child_req_rekey", { IKE_PLD_SA, IKE_PLD_NONCE, IKE_PLD_TSI,
			       IKE_PLD_TSR } },
	{ "child_req_ike", { IKE_PLD_SA, IKE_PLD_NONCE, IKE_PLD_KE } },
	{ "child_resp", { IKE_PLD_SA, IKE_PLD_NONCE, IKE_PLD_TSI, IKE_PLD_TSR } },
	{ "followup_req", { IKE_PLD_KE, IKE_PLD_NOTIFY } },
	{ "followup_resp", { IKE_PLD_KE } },
	{ "child_resp_ike", { IKE_PLD_SA, IKE_PLD_NONCE, IKE_PLD_KE } },
};

static void missing(void)
{
	unsigned int i, k, at;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		for (k = 0; needs[i].need[k]; k++) {
			if (!load_name(needs[i].sample))
				continue;
			for (at = 0; msg.payload[at].type != needs[i].need[k]; at++)
				;
			forget(at);
			if (!CHECK(check() != IKE_RULES_OK))
				ktap_note("%s without %s was taken",
					  needs[i].sample,
					  ike_name_payload(needs[i].need[k]));
		}
	}
}

static bool once(uint8_t type)
{
	return type != IKE_PLD_NOTIFY && type != IKE_PLD_VENDOR &&
	       type != IKE_PLD_CERT && type != IKE_PLD_CERTREQ &&
	       type != IKE_PLD_DELETE;
}

static void excess(void)
{
	unsigned int i, at, n;

	for (i = 0; i < sample_count(); i++) {
		if (!load(i))
			continue;
		n = msg.n_payloads;
		for (at = 0; at < n; at++) {
			if (!once(msg.payload[at].type))
				continue;
			msg.payload[n] = msg.payload[at];
			msg.n_payloads = (uint8_t)(n + 1);
			if (!CHECK_EQ(check(), IKE_RULES_EXCESS))
				ktap_note("%s with two %s", sample_name(i),
					  ike_name_payload(msg.payload[n].type));
			CHECK_EQ(fail.payload, msg.payload[n].type);
			CHECK_EQ(fail.count, 2);
			msg.n_payloads = (uint8_t)n;
		}
	}
}

/* One payload more, of a type that the shape does not have. */
static void unexpected(void)
{
	static const struct {
		const char *sample;
		uint8_t type;
	} cases[] = {
		{ "init_req", IKE_PLD_AUTH }, { "init_req", IKE_PLD_CERT },
		{ "init_req", IKE_PLD_IDI }, { "init_req", IKE_PLD_CERTREQ },
		{ "init_resp", IKE_PLD_TSI }, { "init_resp_cookie", IKE_PLD_NONCE },
		{ "auth_req", IKE_PLD_KE }, { "auth_req", IKE_PLD_NONCE },
		{ "auth_req", IKE_PLD_EAP }, { "auth_req", IKE_PLD_DELETE },
		{ "auth_resp", IKE_PLD_IDI }, { "auth_resp", IKE_PLD_EAP },
		{ "auth_failed", IKE_PLD_IDR }, { "child_req", IKE_PLD_AUTH },
		{ "child_req", IKE_PLD_IDI }, { "child_req_ike", IKE_PLD_TSI },
		{ "child_resp", IKE_PLD_CERT }, { "child_not_found", IKE_PLD_NONCE },
		{ "info_delete", IKE_PLD_AUTH }, { "info_empty", IKE_PLD_SA },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_payload *p;

		if (!load_name(cases[i].sample))
			continue;
		p = &msg.payload[msg.n_payloads++];
		memset(p, 0, sizeof(*p));
		p->type = cases[i].type;
		p->inner = msg.sk.present;
		if (!CHECK_EQ(check(), IKE_RULES_UNEXPECTED))
			ktap_note("%s with %s", cases[i].sample,
				  ike_name_payload(cases[i].type));
		CHECK_EQ(fail.payload, cases[i].type);
	}
}

static void protection(void)
{
	unsigned int i;

	for (i = 0; i < sample_count(); i++) {
		if (!load(i))
			continue;
		if (msg.hdr.exchange == IKE_SA_INIT) {
			msg.sk.present = true;
			CHECK_EQ(check(), IKE_RULES_SK);
			msg.sk.present = false;
			msg.payload[0].inner = true;
			CHECK_EQ(check(), IKE_RULES_SK);
			continue;
		}
		msg.sk.present = false;
		CHECK_EQ(check(), IKE_RULES_UNPROTECTED);
		msg.sk.present = true;
		if (!msg.n_payloads)
			continue;
		msg.payload[msg.n_payloads - 1].inner = false;
		CHECK_EQ(check(), IKE_RULES_CLEAR);
		CHECK_EQ(ike_rules_outer(&msg, &fail), IKE_RULES_CLEAR);
	}
}

/* An error in the clear about a protected exchange changes nothing. */
static void clear_error(void)
{
	load_name("auth_failed");
	msg.sk.present = false;
	msg.payload[0].inner = false;
	CHECK_EQ(check(), IKE_RULES_UNPROTECTED);
	load_name("info_delete_ike");
	msg.sk.present = false;
	msg.payload[0].inner = false;
	CHECK_EQ(ike_rules_outer(&msg, &fail), IKE_RULES_UNPROTECTED);
}

/* a sample in which one thing is changed, and what is said of it */
#define SPOILT(sample, change, code)			\
	do {						\
		load_name(sample);			\
		change;					\
		CHECK_EQ(check(), code);		\
	} while (0)

static void headers(void)
{
	SPOILT("init_req", msg.hdr.spi_r = 5, IKE_RULES_HEADER);
	SPOILT("init_req", msg.hdr.msgid = 1, IKE_RULES_HEADER);
	SPOILT("init_req", msg.hdr.flags = 0, IKE_RULES_HEADER);
	SPOILT("init_resp", msg.hdr.flags |= IKE_FLAG_INITIATOR,
	       IKE_RULES_HEADER);
	SPOILT("init_resp", msg.hdr.spi_r = 0, IKE_RULES_HEADER);
	SPOILT("init_resp_cookie", msg.hdr.spi_r = 0, IKE_RULES_OK);
	SPOILT("auth_req", msg.hdr.msgid = 0, IKE_RULES_HEADER);
	SPOILT("auth_req", msg.hdr.flags = 0, IKE_RULES_HEADER);
	SPOILT("child_req", msg.hdr.spi_r = 0, IKE_RULES_HEADER);
	/* the responder may ask too */
	SPOILT("info_empty", msg.hdr.flags = 0, IKE_RULES_OK);
	SPOILT("info_empty", msg.hdr.exchange = 200, IKE_RULES_EXCHANGE);
	msg.hdr.exchange = IKE_SESSION_RESUME;
	CHECK_EQ(check(), IKE_RULES_EXCHANGE);
	CHECK_EQ(ike_rules_outer(&msg, &fail), IKE_RULES_EXCHANGE);
}

static void proposals(void)
{
	SPOILT("init_req", msg.sa.proposal[1].proto = IKE_PROTO_ESP,
	       IKE_RULES_PROPOSAL);
	SPOILT("init_req", msg.sa.proposal[0].spi = span(buf, 8),
	       IKE_RULES_PROPOSAL);
	load_name("init_resp");
	msg.sa.proposal[1] = msg.sa.proposal[0];
	msg.sa.count = 2;
	CHECK_EQ(check(), IKE_RULES_PROPOSAL);
	SPOILT("auth_req", msg.sa.proposal[1].proto = IKE_PROTO_IKE,
	       IKE_RULES_PROPOSAL);
	SPOILT("child_req_ike", msg.sa.proposal[0].spi = span(NULL, 0),
	       IKE_RULES_PROPOSAL);
	/* then TSi is one too many */
	SPOILT("child_req", msg.sa.proposal[0].proto = IKE_PROTO_IKE,
	       IKE_RULES_UNEXPECTED);
}

static void group(void)
{
	static const uint8_t types[] = { IKE_PLD_SA, IKE_PLD_TSI, IKE_PLD_TSR };
	unsigned int i, at;

	for (i = 0; i < 6; i++) {
		load_name(i < 3 ? "auth_resp" : "auth_req");
		for (at = 0; msg.payload[at].type != types[i % 3]; at++)
			;
		forget(at);
		CHECK_EQ(check(), IKE_RULES_PARTIAL);
	}
	/* none of them, without a reason too (RFC 6023) */
	load_name("auth_req");
	for (i = 0; i < 3; i++) {
		for (at = 0; msg.payload[at].type != types[i]; at++)
			;
		forget(at);
	}
	CHECK_EQ(ike_rules_check(&msg, &fail), IKE_SHAPE_AUTH_REQ);
	load_name("auth_resp_childless");
	msg.notify[0].type = IKE_N_INITIAL_CONTACT;
	CHECK_EQ(ike_rules_check(&msg, &fail), IKE_SHAPE_AUTH_RESP);
}

static void notifies(void)
{
	/* status notifies we never heard of are no reason to refuse */
	load_name("init_resp");
	msg.notify[0].type = 65535;
	CHECK_EQ(ike_rules_check(&msg, &fail), IKE_SHAPE_INIT_RESP);
	/* an error we never heard of is a refusal all the same */
	load_name("auth_failed");
	msg.notify[0].type = 8192;
	CHECK_EQ(ike_rules_check(&msg, &fail), IKE_SHAPE_AUTH_RESP_NOTIFY);
	/* a status alone is no answer */
	SPOILT("auth_failed", msg.notify[0].type = IKE_N_INITIAL_CONTACT,
	       IKE_RULES_MISSING);
	SPOILT("init_resp_cookie", msg.notify[0].type = IKE_N_INITIAL_CONTACT,
	       IKE_RULES_MISSING);
	/* a request cannot be an error alone */
	SPOILT("auth_failed", msg.hdr.flags = IKE_FLAG_INITIATOR,
	       IKE_RULES_MISSING);
}

static void texts(void)
{
	unsigned int i, k;

	for (i = 0; i < IKE_RULES_NUM_CODES; i++)
		for (k = 0; k < i; k++)
			CHECK(strcmp(ike_rules_text(i), ike_rules_text(k)));
	for (i = 0; i < IKE_SHAPE_COUNT; i++)
		CHECK(ike_shape_name(i));
	CHECK(ike_rules_text(IKE_RULES_NUM_CODES) && ike_shape_name(99));
}

static const struct ktap_test tests[] = {
	{ "every shape is recognised", shapes },
	{ "U07 K39 a payload that must be there is missing", missing },
	{ "K39 a payload that comes once comes twice", excess },
	{ "K39 a payload of another exchange", unexpected },
	{ "K39 protected payloads are refused in the clear, and the reverse", protection },
	{ "K04 errors in the clear about a protected exchange are refused", clear_error },
	{ "K28 SPI, flags, message id and exchange type", headers },
	{ "K11 protocol and number of proposals", proposals },
	{ "K39 SA, TSi and TSr go together", group },
	{ "K32 unknown status notifies are ignored, unknown errors are errors", notifies },
	{ "codes have sentences", texts },
};

int main(void)
{
	return KTAP_RUN(tests);
}
