// SPDX-License-Identifier: GPL-2.0-or-later
/* The Encrypted payload by either kind of cipher. */
#include <string.h>

#include "btnsd/crypto/aead.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/sk.h"

/**
 * sk_sizes() - what a cipher adds to a message
 * @keys: of the IKE SA
 *
 * Return: octets.
 */
struct sk_sizes sk_sizes(const struct ike_keys *keys)
{
	if (keys->integ)
		return (struct sk_sizes){
			.iv = CBC_BLOCK,
			.icv = cbc_integ_len(keys->integ) / 2,
			.block = CBC_BLOCK,
		};
	return (struct sk_sizes){
		.iv = AEAD_IV_LEN,
		.icv = AEAD_ICV_LEN,
		.block = 1,
	};
}

/**
 * sk_room() - octets of payloads that go into a message
 * @keys: of the IKE SA
 * @octets: of the message, its header included
 * @fragment: it is a fragment
 *
 * Return: octets; 0 if there is no room for any.
 */
size_t sk_room(const struct ike_keys *keys, size_t octets, bool fragment)
{
	const struct sk_sizes size = sk_sizes(keys);
	size_t frame = sizeof(struct ike_wire_hdr) +
		       sizeof(struct ike_wire_payload) + size.iv + size.icv;

	if (fragment)
		frame += sizeof(struct ike_wire_skf);
	if (octets < frame + size.block)
		return 0;
	/* the pad length is the last octet of the last block */
	return (octets - frame) / size.block * size.block - 1;
}

static struct cbc_keys cbc_keys(const struct ike_keys *keys, bool initiator)
{
	return (struct cbc_keys){
		.integ = keys->integ,
		.enc = secret_span(initiator ? &keys->sk_ei : &keys->sk_er),
		.mac = secret_span(initiator ? &keys->sk_ai : &keys->sk_ar),
	};
}

/* an AEAD's IV may be foreseen but not repeat, CBC's the other way round */
static enum crypto_code seal(const struct ike_keys *keys, bool initiator,
			     uint64_t count, const struct ike_sk_room *room)
{
	const struct cbc_keys cbc = cbc_keys(keys, initiator);
	enum crypto_code code;
	int i;

	if (keys->integ) {
		code = rand_fill(room->iv, CBC_BLOCK);
		return code ? code : cbc_seal(&cbc, room->iv, room->aad,
					      room->text, room->text_len,
					      room->icv);
	}
	for (i = 0; i < AEAD_IV_LEN; i++)
		room->iv[i] = (uint8_t)(count >> (56 - 8 * i));
	return aead_seal(keys->encr, keys->keybits, cbc.enc, room->iv,
			 room->aad, room->text, room->text_len, room->icv);
}

/**
 * sk_seal() - make a protected message, or a fragment of one
 * @keys: of the IKE SA
 * @initiator: by the keys of its initiator's messages, not of its responder's
 * @count: never the same twice under one of those keys
 * @c: the message
 * @buf: memory for it; @c->text is not inside
 * @cap: its size
 * @message: the datagram, inside @buf
 *
 * Return: CRYPTO_OK; CRYPTO_LENGTH if it does not fit, or another code: then
 * nothing that was inside is in @buf.
 */
enum crypto_code sk_seal(const struct ike_keys *keys, bool initiator,
			 uint64_t count, const struct sk_content *c, void *buf,
			 size_t cap, struct span *message)
{
	const struct sk_sizes size = sk_sizes(keys);
	const struct ike_sk_form form = {
		.iv_len = size.iv,
		.icv_len = size.icv,
		.number = c->number,
		.total = c->total,
		.block = size.block,
	};
	struct ike_sk_room room;
	enum crypto_code code;

	*message = span(NULL, 0);
	if (!ike_build_sk(buf, cap, &c->hdr, c->first, c->text, &form, &room))
		return CRYPTO_LENGTH;
	code = seal(keys, initiator, count, &room);
	if (code)
		wipe(room.text, room.text_len);
	else
		*message = room.message;
	return code;
}

/**
 * sk_open() - check and decrypt a message
 * @keys: of the IKE SA
 * @initiator: it was sealed by the keys of its initiator's messages
 * @message: the datagram
 * @sk: its Encrypted payload, of ike_parse_outer()
 * @out: room for as many octets as @message has
 * @text: payloads, padding and pad length, inside @out; for ike_parse_unpad()
 *
 * Return: CRYPTO_OK; CRYPTO_LENGTH if it is too short, or not of whole blocks;
 * CRYPTO_FORGED or another code. Nothing of the message is in @out then.
 */
enum crypto_code sk_open(const struct ike_keys *keys, bool initiator,
			 struct span message, const struct ike_sk *sk,
			 uint8_t *out, struct span *text)
{
	const struct cbc_keys cbc = cbc_keys(keys, initiator);
	const struct sk_sizes size = sk_sizes(keys);
	struct ike_sk_parts parts;
	enum crypto_code code;

	*text = span(NULL, 0);
	if (!ike_sk_split(message, sk, size.iv, size.icv, &parts))
		return CRYPTO_LENGTH;
	if (keys->integ)
		code = cbc_open(&cbc, parts.iv.data, parts.aad, parts.text,
				parts.icv.data, out);
	else
		code = aead_open(keys->encr, keys->keybits, cbc.enc,
				 parts.iv.data, parts.aad, parts.text,
				 parts.icv.data, out);
	if (!code)
		*text = span(out, parts.text.len);
	return code;
}
