// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The builder: each payload opens its header, writes its body and closes it
 * again with the length. What must not be sent fails the writer here, so that
 * no caller can forget to check it.
 */
#include "btnsd/ike/build.h"

#include <stddef.h>
#include <string.h>

#define NO_OFFSET	SIZE_MAX	/* no octet yet that names the next payload */

static void refuse(struct ike_build *b)
{
	b->w.failed = true;
}

void ike_build_outer(struct ike_build *b, void *buf, size_t cap,
		     const struct ike_hdr *hdr)
{
	memset(b, 0, sizeof(*b));
	b->outer = true;
	wbuf_init(&b->w, buf, cap < IKE_MSG_MAX ? cap : IKE_MSG_MAX);
	if (!hdr->spi_i)
		refuse(b);
	wbuf_u64(&b->w, hdr->spi_i);
	wbuf_u64(&b->w, hdr->spi_r);
	wbuf_u8(&b->w, IKE_PLD_NONE);
	wbuf_u8(&b->w, IKE_MAJOR_VERSION << 4 | IKE_MINOR_VERSION);
	wbuf_u8(&b->w, hdr->exchange);
	wbuf_u8(&b->w, hdr->flags);
	wbuf_u32(&b->w, hdr->msgid);
	wbuf_u32(&b->w, 0);
	b->next_at = offsetof(struct ike_wire_hdr, next);
	b->start = NO_OFFSET;
}

void ike_build_inner(struct ike_build *b, void *buf, size_t cap)
{
	memset(b, 0, sizeof(*b));
	wbuf_init(&b->w, buf, cap < IKE_MSG_MAX ? cap : IKE_MSG_MAX);
	b->next_at = NO_OFFSET;
	b->start = NO_OFFSET;
}

static void open_payload(struct ike_build *b, uint8_t type)
{
	if (b->next_at == NO_OFFSET || b->start == NO_OFFSET)
		b->first = type;
	if (b->next_at != NO_OFFSET)
		wbuf_patch_u8(&b->w, b->next_at, type);
	b->start = b->w.len;
	b->next_at = b->start + offsetof(struct ike_wire_payload, next);
	wbuf_u8(&b->w, IKE_PLD_NONE);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
}

static void close_payload(struct ike_build *b)
{
	if (b->w.failed)
		return;
	/* The writer's room is below 65536, so the length fits. */
	wbuf_patch_u16(&b->w, b->start + offsetof(struct ike_wire_payload, length),
		       (uint16_t)(b->w.len - b->start));
}

static void write_typed(struct ike_build *b, uint8_t type)
{
	wbuf_u8(&b->w, type);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
}

void ike_build_critical(struct ike_build *b)
{
	if (b->start == NO_OFFSET)
		refuse(b);
	else
		wbuf_patch_u8(&b->w,
			      b->start + offsetof(struct ike_wire_payload, flags),
			      IKE_PAYLOAD_CRITICAL);
}

void ike_build_raw(struct ike_build *b, uint8_t type, struct span body)
{
	if (type == IKE_PLD_NONE || type == IKE_PLD_SK || type == IKE_PLD_SKF)
		refuse(b);
	open_payload(b, type);
	wbuf_span(&b->w, body);
	close_payload(b);
}

static void write_transform(struct ike_build *b,
			    const struct ike_transform_desc *t, bool last)
{
	wbuf_u8(&b->w, last ? 0 : 3);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, (uint16_t)(sizeof(struct ike_wire_transform) +
				   (t->keybits ? 4 : 0)));
	wbuf_u8(&b->w, t->type);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, t->id);
	if (t->keybits) {
		wbuf_u16(&b->w, IKE_ATTR_TV | IKE_ATTR_KEY_LENGTH);
		wbuf_u16(&b->w, t->keybits);
	}
}

static void write_proposal(struct ike_build *b, const struct ike_sa_payload *sa,
			   const struct ike_proposal *p, bool last)
{
	size_t start = b->w.len;
	unsigned int i;

	if (!p->count || p->first > sa->n_transforms ||
	    p->count > sa->n_transforms - p->first || p->spi.len > UINT8_MAX) {
		refuse(b);
		return;
	}
	wbuf_u8(&b->w, last ? 0 : 2);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
	wbuf_u8(&b->w, p->num);
	wbuf_u8(&b->w, p->proto);
	wbuf_u8(&b->w, (uint8_t)p->spi.len);
	wbuf_u8(&b->w, p->count);
	wbuf_span(&b->w, p->spi);
	for (i = 0; i < p->count; i++)
		write_transform(b, &sa->transform[p->first + i],
				i + 1 == p->count);
	if (!b->w.failed)
		wbuf_patch_u16(&b->w,
			       start + offsetof(struct ike_wire_proposal, length),
			       (uint16_t)(b->w.len - start));
}

void ike_build_sa(struct ike_build *b, const struct ike_sa_payload *sa)
{
	unsigned int i;

	if (!sa->count || sa->count > IKE_MAX_PROPOSALS ||
	    sa->n_transforms > IKE_MAX_TRANSFORMS) {
		refuse(b);
		return;
	}
	open_payload(b, IKE_PLD_SA);
	for (i = 0; i < sa->count; i++)
		write_proposal(b, sa, &sa->proposal[i], i + 1 == sa->count);
	close_payload(b);
}

void ike_build_ke(struct ike_build *b, uint16_t group, struct span data)
{
	if (!data.len)
		refuse(b);
	open_payload(b, IKE_PLD_KE);
	wbuf_u16(&b->w, group);
	wbuf_u16(&b->w, 0);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_id(struct ike_build *b, uint8_t payload, uint16_t type,
		  struct span data)
{
	/* RFC 5386 2: PUBLICKEY never appears on the wire; it is above 255. */
	if (type > UINT8_MAX ||
	    (payload != IKE_PLD_IDI && payload != IKE_PLD_IDR)) {
		refuse(b);
		return;
	}
	open_payload(b, payload);
	write_typed(b, (uint8_t)type);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_cert(struct ike_build *b, uint8_t encoding, struct span data)
{
	if (!data.len)
		refuse(b);
	open_payload(b, IKE_PLD_CERT);
	wbuf_u8(&b->w, encoding);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_certreq(struct ike_build *b, uint8_t encoding, struct span data)
{
	open_payload(b, IKE_PLD_CERTREQ);
	wbuf_u8(&b->w, encoding);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_auth(struct ike_build *b, uint8_t method, struct span data)
{
	if (!data.len)
		refuse(b);
	open_payload(b, IKE_PLD_AUTH);
	write_typed(b, method);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_nonce(struct ike_build *b, struct span nonce)
{
	if (nonce.len < IKE_NONCE_MIN || nonce.len > IKE_NONCE_MAX)
		refuse(b);
	ike_build_raw(b, IKE_PLD_NONCE, nonce);
}

static void write_notify(struct ike_build *b, uint8_t proto, struct span spi,
			 uint16_t type, struct span data)
{
	if (spi.len > UINT8_MAX)
		refuse(b);
	open_payload(b, IKE_PLD_NOTIFY);
	wbuf_u8(&b->w, proto);
	wbuf_u8(&b->w, (uint8_t)spi.len);
	wbuf_u16(&b->w, type);
	wbuf_span(&b->w, spi);
	wbuf_span(&b->w, data);
	close_payload(b);
}

void ike_build_notify(struct ike_build *b, uint16_t type, struct span data)
{
	write_notify(b, IKE_PROTO_NONE, span(NULL, 0), type, data);
}

void ike_build_notify_spi(struct ike_build *b, uint8_t proto, uint32_t spi,
			  uint16_t type, struct span data)
{
	uint8_t octets[IKE_ESP_SPI_LEN];
	struct wbuf w;

	if (proto != IKE_PROTO_AH && proto != IKE_PROTO_ESP)
		refuse(b);
	wbuf_init(&w, octets, sizeof(octets));
	wbuf_u32(&w, spi);
	write_notify(b, proto, span(octets, sizeof(octets)), type, data);
}

static void write_delete(struct ike_build *b, uint8_t proto, uint8_t spi_len,
			 uint16_t count)
{
	wbuf_u8(&b->w, proto);
	wbuf_u8(&b->w, spi_len);
	wbuf_u16(&b->w, count);
}

void ike_build_delete_ike(struct ike_build *b)
{
	open_payload(b, IKE_PLD_DELETE);
	write_delete(b, IKE_PROTO_IKE, 0, 0);
	close_payload(b);
}

void ike_build_delete(struct ike_build *b, uint8_t proto, const uint32_t *spis,
		      unsigned int count)
{
	unsigned int i;

	if (!count || count > IKE_DELETE_SPIS_MAX ||
	    (proto != IKE_PROTO_AH && proto != IKE_PROTO_ESP)) {
		refuse(b);
		return;
	}
	open_payload(b, IKE_PLD_DELETE);
	write_delete(b, proto, IKE_ESP_SPI_LEN, (uint16_t)count);
	for (i = 0; i < count; i++)
		wbuf_u32(&b->w, spis[i]);
	close_payload(b);
}

void ike_build_vendor(struct ike_build *b, struct span data)
{
	if (!data.len)
		refuse(b);
	ike_build_raw(b, IKE_PLD_VENDOR, data);
}

static void write_ts(struct ike_build *b, const struct ike_ts *ts)
{
	size_t len;

	switch (ts->type) {
	case IKE_TS_IPV4_ADDR_RANGE:
		len = 4;
		break;
	case IKE_TS_IPV6_ADDR_RANGE:
		len = 16;
		break;
	default:
		refuse(b);
		return;
	}
	wbuf_u8(&b->w, ts->type);
	wbuf_u8(&b->w, ts->proto);
	wbuf_u16(&b->w, (uint16_t)(sizeof(struct ike_wire_ts) + 2 * len));
	wbuf_u16(&b->w, ts->port_from);
	wbuf_u16(&b->w, ts->port_to);
	wbuf_bytes(&b->w, ts->from, len);
	wbuf_bytes(&b->w, ts->to, len);
}

void ike_build_ts(struct ike_build *b, uint8_t payload, const struct ike_ts *ts,
		  unsigned int count)
{
	unsigned int i;

	if (!count || count > UINT8_MAX ||
	    (payload != IKE_PLD_TSI && payload != IKE_PLD_TSR)) {
		refuse(b);
		return;
	}
	open_payload(b, payload);
	write_typed(b, (uint8_t)count);
	for (i = 0; i < count; i++)
		write_ts(b, &ts[i]);
	close_payload(b);
}

bool ike_build_done(struct ike_build *b, struct span *out, uint8_t *first)
{
	if (b->outer)
		wbuf_patch_u32(&b->w, offsetof(struct ike_wire_hdr, length),
			       (uint32_t)b->w.len);
	if (first)
		*first = b->first;
	return wbuf_done(&b->w, out);
}

bool ike_build_sk(void *buf, size_t cap, const struct ike_hdr *hdr, uint8_t first,
		  struct span text, const struct ike_sk_form *form,
		  struct ike_sk_room *room)
{
	size_t block = form->block ? form->block : 1;
	/* with its own length, one octet, it fills the last block */
	size_t pad = block - 1 - text.len % block;
	struct ike_build b;
	size_t aad_len;

	memset(room, 0, sizeof(*room));
	ike_build_outer(&b, buf, cap, hdr);
	if (form->number > form->total || (form->total && !form->number) ||
	    (form->number > 1 && first) || pad > UINT8_MAX)
		refuse(&b);
	open_payload(&b, form->total ? IKE_PLD_SKF : IKE_PLD_SK);
	wbuf_patch_u8(&b.w, b.next_at, first);
	if (form->total) {
		wbuf_u16(&b.w, form->number);
		wbuf_u16(&b.w, form->total);
	}
	aad_len = b.w.len;
	room->iv = wbuf_reserve(&b.w, form->iv_len);
	room->text_len = text.len + pad + 1;
	room->text = wbuf_reserve(&b.w, text.len + pad);
	wbuf_u8(&b.w, (uint8_t)pad);
	room->icv = wbuf_reserve(&b.w, form->icv_len);
	close_payload(&b);
	if (!ike_build_done(&b, &room->message, NULL)) {
		memset(room, 0, sizeof(*room));
		return false;
	}
	if (text.len)
		memcpy(room->text, text.data, text.len);
	room->aad = span(room->message.data, aad_len);
	return true;
}

bool ike_sk_split(struct span message, const struct ike_sk *sk, size_t iv_len,
		  size_t icv_len, struct ike_sk_parts *parts)
{
	struct rbuf r;

	memset(parts, 0, sizeof(*parts));
	rbuf_init(&r, message);
	if (!sk->present || !rbuf_span(&r, sk->aad_len, &parts->aad))
		return false;
	rbuf_init(&r, sk->body);
	return rbuf_span(&r, iv_len, &parts->iv) && rbuf_left(&r) > icv_len &&
	       rbuf_span(&r, rbuf_left(&r) - icv_len, &parts->text) &&
	       rbuf_span(&r, icv_len, &parts->icv);
}

static void rebuild_delete(struct ike_build *b, const struct ike_delete *del)
{
	open_payload(b, IKE_PLD_DELETE);
	write_delete(b, del->proto, del->spi_len, del->count);
	wbuf_span(&b->w, del->spis);
	close_payload(b);
}

static void rebuild(struct ike_build *b, const struct ike_msg *msg,
		    const struct ike_payload *p)
{
	const struct ike_notify_desc *n;

	switch (p->type) {
	case IKE_PLD_SA:
		ike_build_sa(b, &msg->sa);
		break;
	case IKE_PLD_KE:
		ike_build_ke(b, msg->ke.group, msg->ke.data);
		break;
	case IKE_PLD_IDI:
		ike_build_id(b, p->type, msg->idi.type, msg->idi.data);
		break;
	case IKE_PLD_IDR:
		ike_build_id(b, p->type, msg->idr.type, msg->idr.data);
		break;
	case IKE_PLD_CERT:
		ike_build_cert(b, msg->cert[p->index].encoding,
			       msg->cert[p->index].data);
		break;
	case IKE_PLD_CERTREQ:
		ike_build_certreq(b, msg->certreq[p->index].encoding,
				  msg->certreq[p->index].data);
		break;
	case IKE_PLD_AUTH:
		ike_build_auth(b, msg->auth.method, msg->auth.data);
		break;
	case IKE_PLD_NONCE:
		ike_build_nonce(b, msg->nonce);
		break;
	case IKE_PLD_NOTIFY:
		n = &msg->notify[p->index];
		write_notify(b, n->proto, n->spi, n->type, n->data);
		break;
	case IKE_PLD_DELETE:
		rebuild_delete(b, &msg->del[p->index]);
		break;
	case IKE_PLD_VENDOR:
		ike_build_vendor(b, msg->vendor[p->index]);
		break;
	case IKE_PLD_TSI:
		ike_build_ts(b, p->type, msg->tsi.ts, msg->tsi.count);
		break;
	case IKE_PLD_TSR:
		ike_build_ts(b, p->type, msg->tsr.ts, msg->tsr.count);
		break;
	default:
		ike_build_raw(b, p->type, p->body);
		break;
	}
}

/* Selectors of types that we do not know were skipped, perhaps all of them. */
static bool is_empty(const struct ike_msg *msg, const struct ike_payload *p)
{
	return (p->type == IKE_PLD_TSI && !msg->tsi.count) ||
	       (p->type == IKE_PLD_TSR && !msg->tsr.count);
}

void ike_build_payloads(struct ike_build *b, const struct ike_msg *msg, bool inner)
{
	unsigned int i;

	for (i = 0; i < msg->n_payloads; i++) {
		const struct ike_payload *p = &msg->payload[i];

		if (p->inner != inner || is_empty(msg, p))
			continue;
		rebuild(b, msg, p);
		if (p->critical)
			ike_build_critical(b);
	}
}
