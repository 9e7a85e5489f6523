// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser. One validate_X per payload copies its fixed part out and checks
 * every length; one parse_X turns it into fields. A chain is walked in one
 * loop, clear or inner alike; it never recurses and never decrypts.
 */
#include "btnsd/ike/parse.h"

#include <endian.h>
#include <string.h>

/* Data of notifies whose length is fixed by their RFC. */
struct notify_form {
	uint16_t type;
	uint16_t min;
	uint16_t max;
	uint8_t spi_len;	/* that it must have; 0: whatever validates */
};

static const struct notify_form notify_forms[] = {
	{ IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1, 0 },
	{ IKE_N_INVALID_KE_PAYLOAD, 2, 2, 0 },
	{ IKE_N_NAT_DETECTION_SOURCE_IP, 20, 20, 0 },
	{ IKE_N_NAT_DETECTION_DESTINATION_IP, 20, 20, 0 },
	{ IKE_N_COOKIE, IKE_COOKIE_MIN, IKE_COOKIE_MAX, 0 },
	{ IKE_N_REKEY_SA, 0, UINT16_MAX, IKE_ESP_SPI_LEN },
	{ IKE_N_SIGNATURE_HASH_ALGORITHMS, 2, UINT16_MAX, 0 },
};

enum ike_parse_code ike_parse_header(struct span data, struct ike_hdr *hdr)
{
	struct ike_wire_hdr wire;
	struct rbuf r;

	memset(hdr, 0, sizeof(*hdr));
	rbuf_init(&r, data);
	if (!rbuf_copy(&r, &wire, sizeof(wire)))
		return IKE_PARSE_SHORT;
	hdr->spi_i = be64toh(wire.spi_i);
	hdr->spi_r = be64toh(wire.spi_r);
	hdr->next = wire.next;
	hdr->major = wire.version >> 4;
	hdr->minor = wire.version & 0x0f;
	hdr->exchange = wire.exchange;
	hdr->flags = wire.flags;
	hdr->msgid = be32toh(wire.msgid);
	hdr->length = be32toh(wire.length);
	if (data.len > IKE_MSG_MAX)
		return IKE_PARSE_BIG;
	if (hdr->major != IKE_MAJOR_VERSION)
		return IKE_PARSE_MAJOR;
	if (hdr->length != data.len)
		return IKE_PARSE_LENGTH;
	if (!hdr->spi_i)
		return IKE_PARSE_ZERO_SPI;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_attributes(struct rbuf *r,
					    struct ike_transform_desc *t)
{
	uint16_t type, value;
	struct span skipped;

	while (rbuf_left(r)) {
		if (!rbuf_u16(r, &type) || !rbuf_u16(r, &value))
			return IKE_PARSE_ATTRIBUTE;
		if (type != (IKE_ATTR_TV | IKE_ATTR_KEY_LENGTH)) {
			/* Key Length in the long form is foreign too. */
			t->foreign = true;
			if (!(type & IKE_ATTR_TV) &&
			    !rbuf_span(r, value, &skipped))
				return IKE_PARSE_ATTRIBUTE;
			continue;
		}
		if (!value || t->keybits)
			return IKE_PARSE_ATTRIBUTE;
		t->keybits = value;
		if (t->type != IKE_TRANS_ENCR)
			t->foreign = true;
	}
	return IKE_PARSE_OK;
}

/* One transform; @last: it must be the proposal's last. */
static enum ike_parse_code validate_transform(struct rbuf *r, bool last,
					      struct ike_wire_transform *wire,
					      struct rbuf *attrs)
{
	struct span s;
	size_t len;

	if (!rbuf_copy(r, wire, sizeof(*wire)))
		return IKE_PARSE_TRANSFORM;
	len = be16toh(wire->length);
	if (wire->more != (last ? 0 : 3) || len < sizeof(*wire) ||
	    !rbuf_span(r, len - sizeof(*wire), &s))
		return IKE_PARSE_TRANSFORM;
	rbuf_init(attrs, s);
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_transforms(struct rbuf *r, unsigned int count,
					    struct ike_sa_payload *sa,
					    struct ike_proposal *p)
{
	struct ike_wire_transform wire;
	struct ike_transform_desc *t;
	enum ike_parse_code code;
	struct rbuf attrs;
	unsigned int i;

	p->first = sa->n_transforms;
	for (i = 0; i < count; i++) {
		if (sa->n_transforms == IKE_MAX_TRANSFORMS)
			return IKE_PARSE_TOO_MANY;
		code = validate_transform(r, i + 1 == count, &wire, &attrs);
		if (code)
			return code;
		t = &sa->transform[sa->n_transforms];
		memset(t, 0, sizeof(*t));
		t->type = wire.type;
		t->id = be16toh(wire.id);
		code = parse_attributes(&attrs, t);
		if (code)
			return code;
		sa->n_transforms++;
		p->count++;
	}
	return rbuf_left(r) ? IKE_PARSE_PROPOSAL : IKE_PARSE_OK;
}

static bool spi_len_ok(uint8_t proto, size_t len)
{
	switch (proto) {
	case IKE_PROTO_IKE:
		return !len || len == IKE_SPI_LEN;
	case IKE_PROTO_AH:
	case IKE_PROTO_ESP:
		return len == IKE_ESP_SPI_LEN;
	default:
		return true;
	}
}

/* One proposal's fixed part and SPI; @inside gets its transforms. */
static enum ike_parse_code validate_proposal(struct rbuf *r,
					     struct ike_wire_proposal *wire,
					     struct span *spi,
					     struct rbuf *inside)
{
	struct span s;
	size_t len;

	if (!rbuf_copy(r, wire, sizeof(*wire)))
		return IKE_PARSE_PROPOSAL;
	len = be16toh(wire->length);
	if (len < sizeof(*wire) || !rbuf_span(r, len - sizeof(*wire), &s))
		return IKE_PARSE_PROPOSAL;
	if (wire->more != (rbuf_left(r) ? 2 : 0) || !wire->transforms)
		return IKE_PARSE_PROPOSAL;
	if (wire->proto == IKE_PROTO_NONE)
		return IKE_PARSE_PROTO;
	rbuf_init(inside, s);
	if (!rbuf_span(inside, wire->spi_len, spi) ||
	    !spi_len_ok(wire->proto, wire->spi_len))
		return IKE_PARSE_SPI_LEN;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_sa(struct ike_msg *msg, struct span body)
{
	struct ike_sa_payload *sa = &msg->sa;
	struct ike_wire_proposal wire;
	enum ike_parse_code code;
	struct ike_proposal *p;
	struct rbuf r, inside;
	struct span spi;

	if (body.len < sizeof(wire))
		return IKE_PARSE_BODY_SHORT;
	sa->present = true;
	rbuf_init(&r, body);
	while (rbuf_left(&r)) {
		if (sa->count == IKE_MAX_PROPOSALS)
			return IKE_PARSE_TOO_MANY;
		code = validate_proposal(&r, &wire, &spi, &inside);
		if (code)
			return code;
		p = &sa->proposal[sa->count];
		memset(p, 0, sizeof(*p));
		p->num = wire.num;
		p->proto = wire.proto;
		p->spi = spi;
		/* A response repeats the number of the one that was chosen. */
		if (sa->count ? p->num != p[-1].num + 1 :
		    msg->hdr.flags & IKE_FLAG_RESPONSE ? !p->num : p->num != 1)
			return IKE_PARSE_PROPOSAL_NUM;
		code = parse_transforms(&inside, wire.transforms, sa, p);
		if (code)
			return code;
		sa->count++;
	}
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_ke(struct ike_msg *msg, struct span body)
{
	struct ike_wire_ke wire;
	struct rbuf r;

	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)) || !rbuf_left(&r))
		return IKE_PARSE_BODY_SHORT;
	msg->ke.present = true;
	msg->ke.group = be16toh(wire.group);
	msg->ke.data = rbuf_rest(&r);
	return IKE_PARSE_OK;
}

/* A name that ends up in logs and comparisons holds no control characters. */
static bool name_ok(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.data[i] < 0x20 || s.data[i] == 0x7f)
			return false;
	return s.len > 0;
}

static bool validate_id(uint8_t type, struct span name)
{
	switch (type) {
	case IKE_ID_IPV4_ADDR:
		return name.len == 4;
	case IKE_ID_IPV6_ADDR:
		return name.len == 16;
	case IKE_ID_NULL:
		return !name.len;
	case IKE_ID_FQDN:
	case IKE_ID_RFC822_ADDR:
		return name_ok(name);
	default:
		return name.len > 0;
	}
}

static enum ike_parse_code parse_id(struct ike_id *id, struct span body)
{
	struct ike_wire_typed wire;
	struct span name;
	struct rbuf r;

	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)))
		return IKE_PARSE_BODY_SHORT;
	name = rbuf_rest(&r);
	if (!validate_id(wire.type, name))
		return IKE_PARSE_ID;
	id->present = true;
	id->type = wire.type;
	id->data = name;
	id->body = body;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_idi(struct ike_msg *msg, struct span body)
{
	return parse_id(&msg->idi, body);
}

static enum ike_parse_code parse_idr(struct ike_msg *msg, struct span body)
{
	return parse_id(&msg->idr, body);
}

static enum ike_parse_code parse_cert(struct ike_msg *msg, struct span body)
{
	struct ike_cert *c;
	struct rbuf r;

	if (msg->n_certs == IKE_MAX_CERTS)
		return IKE_PARSE_TOO_MANY;
	c = &msg->cert[msg->n_certs];
	rbuf_init(&r, body);
	if (!rbuf_u8(&r, &c->encoding) || !rbuf_left(&r))
		return IKE_PARSE_BODY_SHORT;
	c->data = rbuf_rest(&r);
	msg->n_certs++;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_certreq(struct ike_msg *msg, struct span body)
{
	struct ike_cert *c;
	struct rbuf r;

	if (msg->n_certreqs == IKE_MAX_CERTREQS)
		return IKE_PARSE_TOO_MANY;
	c = &msg->certreq[msg->n_certreqs];
	rbuf_init(&r, body);
	if (!rbuf_u8(&r, &c->encoding))
		return IKE_PARSE_BODY_SHORT;
	c->data = rbuf_rest(&r);
	msg->n_certreqs++;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_auth(struct ike_msg *msg, struct span body)
{
	struct ike_wire_typed wire;
	struct rbuf r;

	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)) || !rbuf_left(&r))
		return IKE_PARSE_BODY_SHORT;
	msg->auth.present = true;
	msg->auth.method = wire.type;
	msg->auth.data = rbuf_rest(&r);
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_nonce(struct ike_msg *msg, struct span body)
{
	if (body.len < IKE_NONCE_MIN || body.len > IKE_NONCE_MAX)
		return IKE_PARSE_NONCE;
	msg->has_nonce = true;
	msg->nonce = body;
	return IKE_PARSE_OK;
}

static enum ike_parse_code validate_notify(const struct ike_notify_desc *n)
{
	unsigned int i;
	bool child = n->proto == IKE_PROTO_AH || n->proto == IKE_PROTO_ESP;

	if (n->spi.len && !(child && n->spi.len == IKE_ESP_SPI_LEN) &&
	    !(n->proto == IKE_PROTO_IKE && n->spi.len == IKE_SPI_LEN))
		return IKE_PARSE_SPI_LEN;
	for (i = 0; i < sizeof(notify_forms) / sizeof(notify_forms[0]); i++) {
		const struct notify_form *f = &notify_forms[i];

		if (f->type != n->type)
			continue;
		if (f->spi_len && f->spi_len != n->spi.len)
			return IKE_PARSE_SPI_LEN;
		if (n->data.len < f->min || n->data.len > f->max)
			return IKE_PARSE_BODY_LENGTH;
	}
	if (n->type == IKE_N_SIGNATURE_HASH_ALGORITHMS && n->data.len % 2)
		return IKE_PARSE_BODY_LENGTH;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_notify(struct ike_msg *msg, struct span body)
{
	struct ike_wire_notify wire;
	enum ike_parse_code code;
	struct ike_notify_desc n;
	struct rbuf r;

	if (msg->n_notifies == IKE_MAX_NOTIFIES)
		return IKE_PARSE_TOO_MANY;
	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)))
		return IKE_PARSE_BODY_SHORT;
	if (!rbuf_span(&r, wire.spi_len, &n.spi))
		return IKE_PARSE_SPI_LEN;
	n.proto = wire.proto;
	n.type = be16toh(wire.type);
	n.data = rbuf_rest(&r);
	code = validate_notify(&n);
	if (code)
		return code;
	msg->notify[msg->n_notifies++] = n;
	return IKE_PARSE_OK;
}

static enum ike_parse_code validate_delete(const struct ike_wire_delete *wire,
					   size_t spis)
{
	size_t count = be16toh(wire->count);

	switch (wire->proto) {
	case IKE_PROTO_IKE:
		if (wire->spi_len)
			return IKE_PARSE_SPI_LEN;
		return count || spis ? IKE_PARSE_BODY_LENGTH : IKE_PARSE_OK;
	case IKE_PROTO_AH:
	case IKE_PROTO_ESP:
		if (wire->spi_len != IKE_ESP_SPI_LEN)
			return IKE_PARSE_SPI_LEN;
		return !count || spis != count * IKE_ESP_SPI_LEN ?
			IKE_PARSE_BODY_LENGTH : IKE_PARSE_OK;
	default:
		return IKE_PARSE_PROTO;
	}
}

static enum ike_parse_code parse_delete(struct ike_msg *msg, struct span body)
{
	struct ike_wire_delete wire;
	enum ike_parse_code code;
	struct ike_delete *d;
	struct rbuf r;

	if (msg->n_deletes == IKE_MAX_DELETES)
		return IKE_PARSE_TOO_MANY;
	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)))
		return IKE_PARSE_BODY_SHORT;
	code = validate_delete(&wire, rbuf_left(&r));
	if (code)
		return code;
	d = &msg->del[msg->n_deletes++];
	d->proto = wire.proto;
	d->spi_len = wire.spi_len;
	d->count = be16toh(wire.count);
	d->spis = rbuf_rest(&r);
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_vendor(struct ike_msg *msg, struct span body)
{
	if (msg->n_vendors == IKE_MAX_VENDORS)
		return IKE_PARSE_TOO_MANY;
	if (!body.len)
		return IKE_PARSE_BODY_SHORT;
	msg->vendor[msg->n_vendors++] = body;
	return IKE_PARSE_OK;
}

/*
 * One selector's octets, by the length that it states itself. Only its first
 * four octets mean the same in every type (RFC 7296 3.13.1).
 */
static enum ike_parse_code validate_ts(struct rbuf *r, uint8_t *type,
				       struct rbuf *one)
{
	struct ike_wire_payload common;	/* type, proto, length: same layout */
	struct span all;
	struct rbuf look = *r;
	size_t len;

	if (!rbuf_copy(&look, &common, sizeof(common)))
		return IKE_PARSE_TS;
	len = be16toh(common.length);
	*type = common.next;
	if (len < sizeof(common) || !rbuf_span(r, len, &all))
		return IKE_PARSE_TS;
	if (*type == IKE_TS_IPV4_ADDR_RANGE &&
	    len != sizeof(struct ike_wire_ts) + 8)
		return IKE_PARSE_TS;
	if (*type == IKE_TS_IPV6_ADDR_RANGE &&
	    len != sizeof(struct ike_wire_ts) + 32)
		return IKE_PARSE_TS;
	rbuf_init(one, all);
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_ts_one(struct rbuf *one, struct ike_ts *ts)
{
	struct ike_wire_ts wire;
	size_t len;

	memset(ts, 0, sizeof(*ts));
	if (!rbuf_copy(one, &wire, sizeof(wire)))
		return IKE_PARSE_TS;
	ts->type = wire.type;
	ts->proto = wire.proto;
	ts->port_from = be16toh(wire.port_from);
	ts->port_to = be16toh(wire.port_to);
	len = wire.type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;
	if (!rbuf_copy(one, ts->from, len) || !rbuf_copy(one, ts->to, len))
		return IKE_PARSE_TS;
	if (memcmp(ts->from, ts->to, len) > 0)
		return IKE_PARSE_TS;
	if (ts->port_from > ts->port_to &&
	    !(ts->port_from == UINT16_MAX && !ts->port_to))
		return IKE_PARSE_TS;
	return IKE_PARSE_OK;
}

static enum ike_parse_code parse_ts(struct ike_ts_payload *p, struct span body)
{
	struct ike_wire_typed wire;
	enum ike_parse_code code;
	struct rbuf r, one;
	unsigned int i;
	uint8_t type;

	rbuf_init(&r, body);
	if (!rbuf_copy(&r, &wire, sizeof(wire)))
		return IKE_PARSE_BODY_SHORT;
	if (!wire.type)
		return IKE_PARSE_TS;
	p->present = true;
	for (i = 0; i < wire.type; i++) {
		code = validate_ts(&r, &type, &one);
		if (code)
			return code;
		if (type != IKE_TS_IPV4_ADDR_RANGE &&
		    type != IKE_TS_IPV6_ADDR_RANGE) {
			p->skipped++;
			continue;
		}
		if (p->count == IKE_MAX_TS)
			return IKE_PARSE_TOO_MANY;
		code = parse_ts_one(&one, &p->ts[p->count]);
		if (code)
			return code;
		p->count++;
	}
	return rbuf_left(&r) ? IKE_PARSE_BODY_LENGTH : IKE_PARSE_OK;
}

static enum ike_parse_code parse_tsi(struct ike_msg *msg, struct span body)
{
	return parse_ts(&msg->tsi, body);
}

static enum ike_parse_code parse_tsr(struct ike_msg *msg, struct span body)
{
	return parse_ts(&msg->tsr, body);
}

/* CP and EAP are known, so that they are no reason to refuse, but not read. */
static enum ike_parse_code parse_opaque(struct ike_msg *msg, struct span body)
{
	(void)msg;
	return body.len < 4 ? IKE_PARSE_BODY_SHORT : IKE_PARSE_OK;
}

struct payload_kind {
	uint8_t type;
	bool once;
	enum ike_parse_code (*parse)(struct ike_msg *msg, struct span body);
};

static const struct payload_kind kinds[] = {
	{ IKE_PLD_SA, true, parse_sa },
	{ IKE_PLD_KE, true, parse_ke },
	{ IKE_PLD_IDI, true, parse_idi },
	{ IKE_PLD_IDR, true, parse_idr },
	{ IKE_PLD_CERT, false, parse_cert },
	{ IKE_PLD_CERTREQ, false, parse_certreq },
	{ IKE_PLD_AUTH, true, parse_auth },
	{ IKE_PLD_NONCE, true, parse_nonce },
	{ IKE_PLD_NOTIFY, false, parse_notify },
	{ IKE_PLD_DELETE, false, parse_delete },
	{ IKE_PLD_VENDOR, false, parse_vendor },
	{ IKE_PLD_TSI, true, parse_tsi },
	{ IKE_PLD_TSR, true, parse_tsr },
	{ IKE_PLD_CP, true, parse_opaque },
	{ IKE_PLD_EAP, true, parse_opaque },
};

static const struct payload_kind *find_kind(uint8_t type)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static unsigned int seen(const struct ike_msg *msg, uint8_t type)
{
	unsigned int i, n = 0;

	for (i = 0; i < msg->n_payloads; i++)
		n += msg->payload[i].type == type;
	return n;
}

static enum ike_parse_code parse_payload(struct ike_msg *msg,
					 struct ike_payload *p)
{
	const struct payload_kind *kind = find_kind(p->type);
	enum ike_parse_code code;

	if (!kind) {
		if (p->critical)
			return IKE_PARSE_CRITICAL;
		msg->n_unknown++;
		return IKE_PARSE_OK;
	}
	if (msg->n_payloads == IKE_MAX_PAYLOADS)
		return IKE_PARSE_TOO_MANY;
	p->index = (uint8_t)seen(msg, p->type);
	if (kind->once && p->index)
		return IKE_PARSE_DUPLICATE;
	code = kind->parse(msg, p->body);
	if (code)
		return code;
	msg->payload[msg->n_payloads++] = *p;
	return IKE_PARSE_OK;
}

/* SK or SKF; @r stands behind it, so what is left is what follows it. */
static enum ike_parse_code parse_sk(struct ike_msg *msg, uint8_t type,
				    const struct ike_wire_payload *wire,
				    struct span body, const struct rbuf *r,
				    size_t offset)
{
	struct ike_sk *sk = &msg->sk;
	struct ike_wire_skf skf;
	struct rbuf in;

	if (rbuf_left(r))
		return IKE_PARSE_SK_NOT_LAST;
	sk->present = true;
	sk->flags = wire->flags;
	sk->first = wire->next;
	sk->offset = offset;
	sk->aad_len = offset + sizeof(*wire);
	rbuf_init(&in, body);
	if (type == IKE_PLD_SKF) {
		if (!rbuf_copy(&in, &skf, sizeof(skf)))
			return IKE_PARSE_SK_EMPTY;
		sk->fragment = true;
		sk->number = be16toh(skf.number);
		sk->total = be16toh(skf.total);
		sk->aad_len += sizeof(skf);
		if (!sk->number || sk->number > sk->total)
			return IKE_PARSE_FRAGMENT;
		if (sk->number > 1 && sk->first)
			return IKE_PARSE_FRAGMENT;
	}
	if (!rbuf_left(&in))
		return IKE_PARSE_SK_EMPTY;
	sk->body = rbuf_rest(&in);
	return IKE_PARSE_OK;
}

/* The payloads from @type on, which begin where @r stands. */
static enum ike_parse_code parse_chain(struct rbuf *r, uint8_t type, bool inner,
				       struct ike_msg *msg,
				       struct ike_parse_fail *fail)
{
	struct ike_wire_payload wire;
	enum ike_parse_code code;
	struct ike_payload p;
	size_t len;

	while (type != IKE_PLD_NONE) {
		fail->payload = type;
		fail->offset = r->pos;
		if (!rbuf_copy(r, &wire, sizeof(wire)))
			return IKE_PARSE_CHAIN_SHORT;
		len = be16toh(wire.length);
		if (len < sizeof(wire) ||
		    !rbuf_span(r, len - sizeof(wire), &p.body))
			return IKE_PARSE_CHAIN_LENGTH;
		if (type == IKE_PLD_SK || type == IKE_PLD_SKF)
			return inner ? IKE_PARSE_SK_NESTED :
				parse_sk(msg, type, &wire, p.body, r,
					 fail->offset);
		p.type = type;
		p.critical = wire.flags & IKE_PAYLOAD_CRITICAL;
		p.inner = inner;
		code = parse_payload(msg, &p);
		if (code)
			return code;
		type = wire.next;
	}
	fail->payload = IKE_PLD_NONE;
	fail->offset = r->pos;
	return rbuf_left(r) ? IKE_PARSE_TRAILING : IKE_PARSE_OK;
}

enum ike_parse_code ike_parse_outer(struct span data, struct ike_msg *msg,
				    struct ike_parse_fail *fail)
{
	struct span header;
	struct rbuf r;

	memset(msg, 0, sizeof(*msg));
	memset(fail, 0, sizeof(*fail));
	fail->code = ike_parse_header(data, &msg->hdr);
	if (fail->code)
		return fail->code;
	rbuf_init(&r, data);
	(void)rbuf_span(&r, sizeof(struct ike_wire_hdr), &header);
	fail->code = parse_chain(&r, msg->hdr.next, false, msg, fail);
	return fail->code;
}

enum ike_parse_code ike_parse_unpad(struct span *text)
{
	size_t pad;

	if (!text->len)
		return IKE_PARSE_PADDING;
	pad = (size_t)text->data[text->len - 1] + 1;
	if (pad > text->len)
		return IKE_PARSE_PADDING;
	text->len -= pad;
	return IKE_PARSE_OK;
}

enum ike_parse_code ike_parse_inner(uint8_t first, struct span text,
				    struct ike_msg *msg,
				    struct ike_parse_fail *fail)
{
	struct rbuf r;

	memset(fail, 0, sizeof(*fail));
	msg->inner = text;
	rbuf_init(&r, text);
	fail->code = parse_chain(&r, first, true, msg, fail);
	return fail->code;
}

unsigned int ike_parse_notify(enum ike_parse_code code)
{
	switch (code) {
	case IKE_PARSE_MAJOR:
		return IKE_N_INVALID_MAJOR_VERSION;
	case IKE_PARSE_CRITICAL:
		return IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD;
	case IKE_PARSE_OK:
	case IKE_PARSE_SHORT:
	case IKE_PARSE_LENGTH:
	case IKE_PARSE_BIG:
	case IKE_PARSE_ZERO_SPI:
	case IKE_PARSE_SK_NOT_LAST:
	case IKE_PARSE_SK_EMPTY:
	case IKE_PARSE_FRAGMENT:
	case IKE_PARSE_NUM_CODES:
		return 0;
	default:
		return IKE_N_INVALID_SYNTAX;
	}
}

static const char *const texts[IKE_PARSE_NUM_CODES] = {
	[IKE_PARSE_OK] = "message is well-formed",
	[IKE_PARSE_SHORT] = "datagram is shorter than an IKE header",
	[IKE_PARSE_LENGTH] = "length in the header is not the datagram's",
	[IKE_PARSE_BIG] = "message is longer than any we take",
	[IKE_PARSE_ZERO_SPI] = "initiator's SPI is zero",
	[IKE_PARSE_MAJOR] = "major version is not 2",
	[IKE_PARSE_CHAIN_SHORT] = "message ends inside a payload header",
	[IKE_PARSE_CHAIN_LENGTH] = "payload length is below 4 or past the end",
	[IKE_PARSE_TRAILING] = "octets follow the last payload",
	[IKE_PARSE_CRITICAL] = "unknown payload is marked critical",
	[IKE_PARSE_TOO_MANY] = "more of a payload, proposal or selector than we take",
	[IKE_PARSE_DUPLICATE] = "payload that comes once came twice",
	[IKE_PARSE_SK_NOT_LAST] = "octets follow the Encrypted payload",
	[IKE_PARSE_SK_NESTED] = "Encrypted payload is inside another",
	[IKE_PARSE_SK_EMPTY] = "Encrypted payload is empty",
	[IKE_PARSE_FRAGMENT] = "fragment number or total is out of range",
	[IKE_PARSE_PADDING] = "padding is longer than the decrypted text",
	[IKE_PARSE_BODY_SHORT] = "payload is shorter than its fixed part",
	[IKE_PARSE_BODY_LENGTH] = "payload's length does not fit its content",
	[IKE_PARSE_PROPOSAL] = "proposal's length, flag or transform count is wrong",
	[IKE_PARSE_PROPOSAL_NUM] = "proposals are not numbered one after the other",
	[IKE_PARSE_TRANSFORM] = "transform's length or flag is wrong",
	[IKE_PARSE_ATTRIBUTE] = "transform attribute is malformed",
	[IKE_PARSE_SPI_LEN] = "SPI's length does not fit its protocol",
	[IKE_PARSE_PROTO] = "protocol id makes no sense here",
	[IKE_PARSE_NONCE] = "nonce is not 16 to 256 octets long",
	[IKE_PARSE_ID] = "identity does not fit its type",
	[IKE_PARSE_TS] = "traffic selector's length or range is wrong",
};

const char *ike_parse_text(enum ike_parse_code code)
{
	if ((unsigned int)code >= IKE_PARSE_NUM_CODES)
		return "unknown parse code";
	return texts[code];
}
