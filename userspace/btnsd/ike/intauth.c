// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IntAuth (RFC 9242 section 3.3.2). Each side's messages make a chain of their
 * own: prf(SK_p, what came before | the message), by the keys in force when
 * the exchange began. A message counts whole, as it was before fragmentation,
 * and with lengths that leave out what encryption adds.
 */
#include <string.h>

#include "btnsd/crypto/prf.h"
#include "btnsd/ike/intauth.h"

/* the header and the Encrypted payload's generic header, lengths adjusted */
static bool clear_part(const struct ike_hdr *hdr, uint8_t first, uint8_t flags,
		       size_t text_len, struct wbuf *w)
{
	size_t sk_len = sizeof(struct ike_wire_payload) + text_len;

	if (sk_len > UINT16_MAX)
		return false;
	wbuf_u64(w, hdr->spi_i);
	wbuf_u64(w, hdr->spi_r);
	wbuf_u8(w, IKE_PLD_SK);
	wbuf_u8(w, (uint8_t)(hdr->major << 4 | hdr->minor));
	wbuf_u8(w, hdr->exchange);
	wbuf_u8(w, hdr->flags);
	wbuf_u32(w, hdr->msgid);
	wbuf_u32(w, (uint32_t)(sizeof(struct ike_wire_hdr) + sk_len));
	wbuf_u8(w, first);
	wbuf_u8(w, flags);
	wbuf_u16(w, (uint16_t)sk_len);
	return true;
}

/**
 * intauth_add() - a message of IKE_INTERMEDIATE has been made, or has come
 * @sa: IKE SA; its keys are those that protect the message
 * @hdr: of the message
 * @first: type of its first payload inside the Encrypted payload
 * @flags: of the Encrypted payload's generic header, reserved bits included
 * @text: the payloads inside, of all fragments, unpadded
 *
 * Return: false if it could not be computed.
 */
bool intauth_add(struct ike_sa *sa, const struct ike_hdr *hdr, uint8_t first,
		 uint8_t flags, struct span text)
{
	bool by_initiator = hdr->flags & IKE_FLAG_INITIATOR;
	struct intauth *chain = &sa->intauth[!by_initiator];
	const struct secret *sk_p = by_initiator ? &sa->keys.sk_pi :
						   &sa->keys.sk_pr;
	uint8_t head[sizeof(struct ike_wire_hdr) +
		     sizeof(struct ike_wire_payload)];
	uint8_t sum[PRF_MAX_LEN];
	struct span part[3] = { span(chain->sum, chain->len) };
	struct wbuf w;

	wbuf_init(&w, head, sizeof(head));
	if (!clear_part(hdr, first, flags, text.len, &w) ||
	    !wbuf_done(&w, &part[1]))
		return false;
	part[2] = text;
	if (prf(sa->keys.prf, secret_span(sk_p), part, 3, sum) != CRYPTO_OK)
		return false;
	memcpy(chain->sum, sum, sizeof(sum));
	wipe(sum, sizeof(sum));
	chain->len = prf_len(sa->keys.prf);
	return true;
}

/**
 * intauth_received() - a message of IKE_INTERMEDIATE has come
 * @sa: IKE SA; its keys are those that protect the message
 * @m: the message, parsed whole
 *
 * Return: false if it could not be computed.
 */
bool intauth_received(struct ike_sa *sa, const struct ike_msg *m)
{
	return intauth_add(sa, &m->hdr, m->sk.first, m->sk.flags, m->inner);
}

/**
 * intauth_octets() - what AUTH covers besides (RFC 9242 section 3.3.1)
 * @sa: IKE SA whose IKE_AUTH request is being made, answered or waited for
 * @out: where to write
 *
 * Return: IntAuth_i | IntAuth_r | message id of IKE_AUTH, inside @out; empty
 * without any IKE_INTERMEDIATE.
 */
struct span intauth_octets(const struct ike_sa *sa, uint8_t out[INTAUTH_MAX])
{
	struct span s = { NULL, 0 };
	struct wbuf w;

	if (!sa->intauth[0].len && !sa->intauth[1].len)
		return s;
	wbuf_init(&w, out, INTAUTH_MAX);
	wbuf_span(&w, span(sa->intauth[0].sum, sa->intauth[0].len));
	wbuf_span(&w, span(sa->intauth[1].sum, sa->intauth[1].len));
	wbuf_u32(&w, sa->initiator ? sa->send_mid : sa->recv_mid);
	return wbuf_done(&w, &s) ? s : (struct span){ NULL, 0 };
}
