// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Good messages, and what must hold of every message that parse accepts.
 */
#include "ike_sample.h"

#include <string.h>

static const uint8_t octets[512] = {
	0x5a, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
};

static struct span some(size_t len)
{
	return span(octets, len);
}

static void transform(struct ike_sa_payload *sa, uint8_t type, uint16_t id,
		      uint16_t keybits)
{
	struct ike_transform_desc *t = &sa->transform[sa->n_transforms++];

	t->type = type;
	t->id = id;
	t->keybits = keybits;
	sa->proposal[sa->count - 1].count++;
}

static void proposal(struct ike_sa_payload *sa, uint8_t proto, size_t spi_len)
{
	struct ike_proposal *p = &sa->proposal[sa->count++];

	p->num = sa->count;
	p->proto = proto;
	p->spi = some(spi_len);
	p->first = sa->n_transforms;
}

static void add_sa(struct ike_build *b, uint8_t proto, size_t spi_len, bool chosen)
{
	struct ike_sa_payload sa = { 0 };

	proposal(&sa, proto, spi_len);
	transform(&sa, IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256);
	if (!chosen)
		transform(&sa, IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 128);
	if (proto == IKE_PROTO_IKE) {
		transform(&sa, IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0);
		transform(&sa, IKE_TRANS_DH, IKE_DH_X25519, 0);
	} else {
		transform(&sa, IKE_TRANS_ESN, IKE_ESN_NO, 0);
	}
	if (!chosen) {
		proposal(&sa, proto, spi_len);
		transform(&sa, IKE_TRANS_ENCR, IKE_ENCR_CHACHA20_POLY1305, 0);
		transform(&sa, IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_512, 0);
	}
	ike_build_sa(b, &sa);
}

static void add_ts(struct ike_build *b, uint8_t payload)
{
	struct ike_ts ts[2] = {
		{
			.type = IKE_TS_IPV4_ADDR_RANGE, .proto = 6,
			.port_from = 5001, .port_to = 5001,
			.from = { 192, 0, 2, 1 }, .to = { 192, 0, 2, 1 },
		}, {
			.type = IKE_TS_IPV6_ADDR_RANGE, .proto = 0,
			.port_from = 65535, .port_to = 0,
			.from = { 0x20, 1, 0xd, 0xb8 }, .to = { 0x20, 1, 0xd, 0xb9 },
		},
	};

	ike_build_ts(b, payload, ts, 2);
}

static void init_req(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_IKE, 0, false);
	ike_build_ke(b, IKE_DH_X25519, some(32));
	ike_build_nonce(b, some(32));
	ike_build_notify(b, IKE_N_NAT_DETECTION_SOURCE_IP, some(20));
	ike_build_notify(b, IKE_N_NAT_DETECTION_DESTINATION_IP, some(20));
	ike_build_notify(b, IKE_N_SIGNATURE_HASH_ALGORITHMS,
			 span("\0\2\0\3\0\4\0\5", 8));
	ike_build_notify(b, 40000, some(3));
	ike_build_vendor(b, some(16));
}

static void init_req_cookie(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_COOKIE, some(64));
	init_req(b);
}

static void init_resp(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_IKE, 0, true);
	ike_build_ke(b, IKE_DH_X25519, some(32));
	ike_build_nonce(b, some(256));
	ike_build_certreq(b, IKE_CERT_X509_SIGNATURE, some(0));
	ike_build_certreq(b, IKE_CERT_RAW_KEY, some(0));
	ike_build_notify(b, IKE_N_FRAGMENTATION_SUPPORTED, some(0));
}

static void init_resp_cookie(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_COOKIE, some(1));
}

static void init_resp_invalid_ke(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_INVALID_KE_PAYLOAD, span("\0\37", 2));
}

/* a proposal with additional key exchanges, and one for who knows none */
static void init_req_addke(struct ike_build *b)
{
	struct ike_sa_payload sa = {
		.present = true, .count = 2,
		.proposal[0] = { .num = 1, .proto = IKE_PROTO_IKE, .count = 6 },
		.proposal[1] = { .num = 2, .proto = IKE_PROTO_IKE, .first = 6,
				 .count = 3 },
		.n_transforms = 9,
		.transform = {
			{ IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, false },
			{ IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, false },
			{ IKE_TRANS_DH, IKE_DH_X25519, 0, false },
			{ IKE_TRANS_ADDKE1, IKE_DH_ML_KEM_768, 0, false },
			{ IKE_TRANS_ADDKE7, IKE_DH_ECP_256, 0, false },
			{ IKE_TRANS_ADDKE7, IKE_DH_NONE, 0, false },
			{ IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, false },
			{ IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, false },
			{ IKE_TRANS_DH, IKE_DH_X25519, 0, false },
		},
	};

	ike_build_sa(b, &sa);
	ike_build_ke(b, IKE_DH_X25519, some(32));
	ike_build_nonce(b, some(32));
	ike_build_notify(b, IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED, some(0));
}

static void intermediate_req(struct ike_build *b)
{
	ike_build_ke(b, IKE_DH_ECP_256, some(64));
}

static void intermediate_resp(struct ike_build *b)
{
	ike_build_ke(b, IKE_DH_ML_KEM_768, some(300));
	ike_build_notify(b, 40000, some(3));
	ike_build_vendor(b, some(16));
}

static void intermediate_failed(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_INVALID_SYNTAX, some(0));
}

static void auth_req(struct ike_build *b)
{
	ike_build_id(b, IKE_PLD_IDI, IKE_ID_FQDN, span("host.example", 12));
	ike_build_cert(b, IKE_CERT_RAW_KEY, some(44));
	ike_build_cert(b, IKE_CERT_X509_SIGNATURE, some(300));
	ike_build_notify(b, IKE_N_INITIAL_CONTACT, some(0));
	ike_build_certreq(b, IKE_CERT_RAW_KEY, some(0));
	ike_build_id(b, IKE_PLD_IDR, IKE_ID_IPV6_ADDR, some(16));
	ike_build_auth(b, IKE_AUTH_DIGITAL_SIGNATURE, some(72));
	ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, some(0));
	add_sa(b, IKE_PROTO_ESP, 4, false);
	add_ts(b, IKE_PLD_TSI);
	add_ts(b, IKE_PLD_TSR);
}

static void auth_resp(struct ike_build *b)
{
	ike_build_id(b, IKE_PLD_IDR, IKE_ID_NULL, some(0));
	ike_build_cert(b, IKE_CERT_RAW_RSA, some(270));
	ike_build_auth(b, IKE_AUTH_DIGITAL_SIGNATURE, some(270));
	ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, some(0));
	add_sa(b, IKE_PROTO_ESP, 4, true);
	add_ts(b, IKE_PLD_TSI);
	add_ts(b, IKE_PLD_TSR);
}

static void auth_resp_childless(struct ike_build *b)
{
	ike_build_id(b, IKE_PLD_IDR, IKE_ID_IPV4_ADDR, some(4));
	ike_build_cert(b, IKE_CERT_RAW_KEY, some(91));
	ike_build_auth(b, IKE_AUTH_DIGITAL_SIGNATURE, some(72));
	ike_build_notify(b, IKE_N_TS_UNACCEPTABLE, some(0));
}

static void auth_failed(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_AUTHENTICATION_FAILED, some(0));
}

static void child_req(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_ESP, 4, false);
	ike_build_nonce(b, some(16));
	ike_build_ke(b, IKE_DH_ECP_256, some(64));
	add_ts(b, IKE_PLD_TSI);
	add_ts(b, IKE_PLD_TSR);
}

static void child_req_rekey(struct ike_build *b)
{
	ike_build_notify_spi(b, IKE_PROTO_ESP, 0xc0ffee01, IKE_N_REKEY_SA, some(0));
	ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, some(0));
	add_sa(b, IKE_PROTO_ESP, 4, false);
	ike_build_nonce(b, some(32));
	add_ts(b, IKE_PLD_TSI);
	add_ts(b, IKE_PLD_TSR);
}

static void child_req_ike(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_IKE, 8, false);
	ike_build_nonce(b, some(32));
	ike_build_ke(b, IKE_DH_X25519, some(32));
}

static void child_resp(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_ESP, 4, true);
	ike_build_nonce(b, some(32));
	add_ts(b, IKE_PLD_TSI);
	add_ts(b, IKE_PLD_TSR);
}

static void child_resp_ike(struct ike_build *b)
{
	add_sa(b, IKE_PROTO_IKE, 8, true);
	ike_build_nonce(b, some(32));
	ike_build_ke(b, IKE_DH_X25519, some(32));
}

static void child_not_found(struct ike_build *b)
{
	ike_build_notify_spi(b, IKE_PROTO_ESP, 0x1000, IKE_N_CHILD_SA_NOT_FOUND,
			     some(0));
}

static void info_delete(struct ike_build *b)
{
	const uint32_t spis[3] = { 0xc0ffee01, 0x100, 0xffffffff };

	ike_build_delete(b, IKE_PROTO_ESP, spis, 3);
	ike_build_delete(b, IKE_PROTO_AH, spis, 1);
}

static void info_delete_ike(struct ike_build *b)
{
	ike_build_delete_ike(b);
}

static void info_cp(struct ike_build *b)
{
	ike_build_raw(b, IKE_PLD_CP, some(8));
	ike_build_critical(b);
	ike_build_vendor(b, some(1));
}

static void child_resp_addke(struct ike_build *b)
{
	child_resp_ike(b);
	ike_build_notify(b, IKE_N_ADDITIONAL_KEY_EXCHANGE, some(8));
}

static void followup_req(struct ike_build *b)
{
	ike_build_ke(b, IKE_DH_ML_KEM_768, some(300));
	ike_build_notify(b, IKE_N_ADDITIONAL_KEY_EXCHANGE, some(8));
}

static void followup_gone(struct ike_build *b)
{
	ike_build_notify(b, IKE_N_STATE_NOT_FOUND, some(0));
}

static void nothing(struct ike_build *b)
{
	(void)b;
}

#define REQ	IKE_FLAG_INITIATOR
#define RESP	IKE_FLAG_RESPONSE

static const struct sample {
	const char *name;
	enum ike_shape shape;
	uint8_t exchange;
	uint8_t flags;
	uint32_t msgid;
	void (*fill)(struct ike_build *b);
} samples[] = {
	{ "init_req", IKE_SHAPE_INIT_REQ, IKE_SA_INIT, REQ, 0, init_req },
	{ "init_req_cookie", IKE_SHAPE_INIT_REQ, IKE_SA_INIT, REQ, 0,
	  init_req_cookie },
	{ "init_resp", IKE_SHAPE_INIT_RESP, IKE_SA_INIT, RESP, 0, init_resp },
	{ "init_resp_cookie", IKE_SHAPE_INIT_RESP_NOTIFY, IKE_SA_INIT, RESP, 0,
	  init_resp_cookie },
	{ "init_resp_invalid_ke", IKE_SHAPE_INIT_RESP_NOTIFY, IKE_SA_INIT, RESP,
	  0, init_resp_invalid_ke },
	{ "init_req_addke", IKE_SHAPE_INIT_REQ, IKE_SA_INIT, REQ, 0,
	  init_req_addke },
	{ "intermediate_req", IKE_SHAPE_INTERMEDIATE_REQ, IKE_INTERMEDIATE, REQ,
	  1, intermediate_req },
	{ "intermediate_resp", IKE_SHAPE_INTERMEDIATE_RESP, IKE_INTERMEDIATE,
	  RESP, 1, intermediate_resp },
	{ "intermediate_failed", IKE_SHAPE_INTERMEDIATE_RESP_NOTIFY,
	  IKE_INTERMEDIATE, RESP, 1, intermediate_failed },
	{ "auth_req", IKE_SHAPE_AUTH_REQ, IKE_AUTH, REQ, 1, auth_req },
	{ "auth_resp", IKE_SHAPE_AUTH_RESP, IKE_AUTH, RESP, 1, auth_resp },
	{ "auth_resp_childless", IKE_SHAPE_AUTH_RESP, IKE_AUTH, RESP, 1,
	  auth_resp_childless },
	{ "auth_failed", IKE_SHAPE_AUTH_RESP_NOTIFY, IKE_AUTH, RESP, 1,
	  auth_failed },
	{ "child_req", IKE_SHAPE_CHILD_REQ, IKE_CREATE_CHILD_SA, REQ, 2,
	  child_req },
	{ "child_req_rekey", IKE_SHAPE_CHILD_REQ_REKEY, IKE_CREATE_CHILD_SA, 0,
	  0, child_req_rekey },
	{ "child_req_ike", IKE_SHAPE_CHILD_REQ_IKE, IKE_CREATE_CHILD_SA, REQ, 3,
	  child_req_ike },
	{ "child_resp", IKE_SHAPE_CHILD_RESP, IKE_CREATE_CHILD_SA, RESP, 2,
	  child_resp },
	{ "child_resp_ike", IKE_SHAPE_CHILD_RESP_IKE, IKE_CREATE_CHILD_SA,
	  RESP | REQ, 0, child_resp_ike },
	{ "child_not_found", IKE_SHAPE_CHILD_RESP_NOTIFY, IKE_CREATE_CHILD_SA,
	  RESP, 4, child_not_found },
	{ "child_resp_addke", IKE_SHAPE_CHILD_RESP_IKE, IKE_CREATE_CHILD_SA,
	  RESP | REQ, 0, child_resp_addke },
	{ "followup_req", IKE_SHAPE_FOLLOWUP_REQ, IKE_FOLLOWUP_KE, REQ, 4,
	  followup_req },
	{ "followup_resp", IKE_SHAPE_FOLLOWUP_RESP, IKE_FOLLOWUP_KE, RESP, 4,
	  intermediate_resp },
	{ "followup_gone", IKE_SHAPE_FOLLOWUP_RESP_NOTIFY, IKE_FOLLOWUP_KE,
	  RESP, 4, followup_gone },
	{ "info_delete", IKE_SHAPE_INFO_REQ, IKE_INFORMATIONAL, REQ, 5,
	  info_delete },
	{ "info_delete_ike", IKE_SHAPE_INFO_REQ, IKE_INFORMATIONAL, 0, 1,
	  info_delete_ike },
	{ "info_cp", IKE_SHAPE_INFO_RESP, IKE_INFORMATIONAL, RESP, 6, info_cp },
	{ "info_empty", IKE_SHAPE_INFO_REQ, IKE_INFORMATIONAL, REQ, 7, nothing },
};

unsigned int sample_count(void)
{
	return sizeof(samples) / sizeof(samples[0]);
}

const char *sample_name(unsigned int i)
{
	return samples[i].name;
}

enum ike_shape sample_shape(unsigned int i)
{
	return samples[i].shape;
}

struct span sample_make(unsigned int i, uint8_t *buf)
{
	static uint8_t text[SAMPLE_MAX];
	const struct sample *s = &samples[i];
	struct ike_hdr hdr = {
		.spi_i = 0x1122334455667788,
		.spi_r = 0x99aabbccddeeff00,
		.exchange = s->exchange,
		.flags = s->flags,
		.msgid = s->msgid,
	};
	const struct ike_sk_form form = { 0 };
	struct ike_sk_room room;
	struct ike_build b;
	struct span out;
	uint8_t first;

	if (s->exchange == IKE_SA_INIT) {
		if (!(s->flags & IKE_FLAG_RESPONSE))
			hdr.spi_r = 0;
		ike_build_outer(&b, buf, SAMPLE_MAX, &hdr);
		s->fill(&b);
		ike_build_done(&b, &out, NULL);
		return out;
	}
	ike_build_inner(&b, text, sizeof(text));
	s->fill(&b);
	if (!ike_build_done(&b, &out, &first) ||
	    !ike_build_sk(buf, SAMPLE_MAX, &hdr, first, out, &form, &room))
		return span(NULL, 0);
	return room.message;
}

enum ike_parse_code sample_open(struct span datagram, struct ike_msg *msg,
				struct ike_parse_fail *fail)
{
	enum ike_parse_code code = ike_parse_outer(datagram, msg, fail);
	struct span text = msg->sk.body;

	if (code || !msg->sk.present)
		return code;
	fail->code = ike_parse_unpad(&text);
	if (fail->code)
		return fail->code;
	return ike_parse_inner(msg->sk.first, text, msg, fail);
}

bool sample_close(const struct ike_msg *msg, uint8_t *clear, uint8_t *inner,
		  struct span *outer_span, struct span *inner_span,
		  uint8_t *first)
{
	struct ike_build b;

	ike_build_outer(&b, clear, SAMPLE_MAX, &msg->hdr);
	ike_build_payloads(&b, msg, false);
	if (!ike_build_done(&b, outer_span, NULL))
		return false;
	ike_build_inner(&b, inner, SAMPLE_MAX);
	ike_build_payloads(&b, msg, true);
	return ike_build_done(&b, inner_span, first);
}

static bool outside(struct span s, struct span all)
{
	if (!s.len)
		return false;
	return s.data < all.data || s.data > all.data + all.len ||
	       s.len > (size_t)(all.data + all.len - s.data);
}

static const char *broken_sa(const struct ike_sa_payload *sa, struct span all)
{
	unsigned int i, n = 0;

	if (sa->present != !!sa->count)
		return "SA without proposals";
	for (i = 0; i < sa->count; i++) {
		if (outside(sa->proposal[i].spi, all))
			return "SPI of a proposal";
		if (sa->proposal[i].first != n || !sa->proposal[i].count)
			return "transforms of a proposal";
		n += sa->proposal[i].count;
	}
	return n == sa->n_transforms ? NULL : "number of transforms";
}

const char *sample_broken(const struct ike_msg *msg, struct span datagram)
{
	unsigned int i;

	if (msg->n_payloads > IKE_MAX_PAYLOADS || msg->n_certs > IKE_MAX_CERTS ||
	    msg->n_certreqs > IKE_MAX_CERTREQS || msg->n_vendors > IKE_MAX_VENDORS ||
	    msg->n_notifies > IKE_MAX_NOTIFIES || msg->n_deletes > IKE_MAX_DELETES ||
	    msg->tsi.count > IKE_MAX_TS || msg->tsr.count > IKE_MAX_TS ||
	    msg->sa.count > IKE_MAX_PROPOSALS ||
	    msg->sa.n_transforms > IKE_MAX_TRANSFORMS)
		return "a count is above its cap";
	for (i = 0; i < msg->n_payloads; i++)
		if (outside(msg->payload[i].body, datagram))
			return "payload body";
	for (i = 0; i < msg->n_certs; i++)
		if (outside(msg->cert[i].data, datagram))
			return "CERT";
	for (i = 0; i < msg->n_certreqs; i++)
		if (outside(msg->certreq[i].data, datagram))
			return "CERTREQ";
	for (i = 0; i < msg->n_notifies; i++)
		if (outside(msg->notify[i].spi, datagram) ||
		    outside(msg->notify[i].data, datagram))
			return "N";
	for (i = 0; i < msg->n_deletes; i++)
		if (outside(msg->del[i].spis, datagram) ||
		    msg->del[i].spis.len !=
		    (size_t)msg->del[i].count * msg->del[i].spi_len)
			return "D";
	for (i = 0; i < msg->n_vendors; i++)
		if (outside(msg->vendor[i], datagram))
			return "V";
	if (outside(msg->ke.data, datagram) || outside(msg->idi.data, datagram) ||
	    outside(msg->idi.body, datagram) || outside(msg->idr.data, datagram) ||
	    outside(msg->idr.body, datagram) || outside(msg->auth.data, datagram) ||
	    outside(msg->nonce, datagram) || outside(msg->sk.body, datagram))
		return "KE, ID, AUTH, Nonce or SK";
	return broken_sa(&msg->sa, datagram);
}
