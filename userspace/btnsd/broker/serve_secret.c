// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that we share with peers, which the reader never has. Of each it gets
 * a tag, to see that a reload has changed it, and to name it by; without the key
 * of tags, which is random, nobody can try words on one. Its MACs are over what
 * AUTH covers (RFC 7296 section 2.15) and over nothing else.
 */
#include <errno.h>
#include <string.h>

#include "btnsd/broker/serve.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/wire.h"

/* what stands for a secret until the broker ends */
static bool make_tag(struct serve *s, const struct secret *secret,
		     uint8_t tag[static PROTO_TAG])
{
	const struct span part = secret_span(secret);
	uint8_t out[PRF_MAX_LEN];
	bool ok;

	if (!s->has_tag_key)
		s->has_tag_key = rand_fill(s->tag_key, sizeof(s->tag_key)) ==
				 CRYPTO_OK;
	ok = s->has_tag_key &&
	     prf(IKE_PRF_HMAC_SHA2_256, span(s->tag_key, sizeof(s->tag_key)),
		 &part, 1, out) == CRYPTO_OK;
	if (ok)
		memcpy(tag, out, PROTO_TAG);
	wipe(out, sizeof(out));
	return ok;
}

/**
 * serve_secret() - what stands for the shared secret of a file
 * @s: broker
 *
 * Return: 0 and the answer has PROTO_TAG octets; -EPERM; or as serve_bad().
 */
int serve_secret(struct serve *s)
{
	const struct conf *c = s->conf;
	const struct conf_peer *p = NULL;
	uint8_t tag[PROTO_TAG];
	char path[PROTO_TEXT];
	size_t i;

	if (!proto_get_text(&s->m, path))
		return serve_bad(s);
	for (i = 0; i < c->n_peers && !p; i++)
		if (c->peer[i].psk && !strcmp(c->peer[i].psk_path, path))
			p = &c->peer[i];
	if (!p)
		return serve_refuse(s, "a secret that no PAD entry has");
	if (!make_tag(s, p->psk, tag))
		return serve_refuse(s, "a secret for which no tag can be made");
	proto_begin(&s->m, PROTO_DONE);
	proto_put_octets(&s->m, span(tag, sizeof(tag)));
	return 0;
}

/* of one configuration, the secret by which that side has to prove itself */
static const struct secret *secret_in(struct serve *s, const struct conf *c,
				      const struct proto_mac *mac, bool ours)
{
	uint8_t tag[PROTO_TAG];
	size_t i;

	for (i = 0; c && i < c->n_peers; i++) {
		const struct conf_peer *p = &c->peer[i];

		if (strcmp(p->name, mac->name) || !p->psk ||
		    (ours ? p->local : p->method) != BTNS_AUTH_METHOD_PSK)
			continue;
		if (make_tag(s, p->psk, tag) &&
		    secret_equal(span(tag, sizeof(tag)),
				 span(mac->tag, sizeof(mac->tag))))
			return p->psk;
	}
	return NULL;
}

/* the request in s->m: octets, and the peer's data behind them; 0 if all is well */
static int get_mac(struct serve *s, bool ours, struct proto_mac *mac,
		   struct auth_octets *octets, struct span *data,
		   const struct secret **secret)
{
	struct span rest, part[AUTH_PARTS + 1];

	if (!proto_get(&s->m, &proto_mac_layout, mac, &rest) ||
	    !proto_get_parts(rest, mac->len, AUTH_PARTS + 1, part) ||
	    (ours && part[AUTH_PARTS].len))
		return serve_bad(s);
	if (!serve_is_auth(part, ours) || mac->prf > UINT16_MAX ||
	    part[2].len != prf_len((uint16_t)mac->prf))
		return serve_refuse(s, "a MAC over what is not AUTH octets");
	*secret = secret_in(s, s->conf, mac, ours);
	/* that of the one in force until the reader has taken the next */
	if (!*secret)
		*secret = secret_in(s, s->before, mac, ours);
	if (!*secret)
		return serve_refuse(s, "a MAC by a secret that its PAD entry has not");
	memcpy(octets->part, part, sizeof(octets->part));
	*data = part[AUTH_PARTS];
	return 0;
}

/**
 * serve_mac() - authenticate us by a shared secret
 * @s: broker
 *
 * Return: 0 and the data of an AUTH payload is in the answer; -EPERM for what
 * is not AUTH octets, or a secret by which we do not prove ourselves; or as
 * serve_bad().
 */
int serve_mac(struct serve *s)
{
	const struct secret *secret;
	struct auth_octets octets;
	uint8_t out[PRF_MAX_LEN];
	struct proto_mac mac;
	struct span none;
	int err;

	err = get_mac(s, true, &mac, &octets, &none, &secret);
	if (err)
		return err;
	if (keymat_auth_psk((uint16_t)mac.prf, secret, &octets, out) !=
	    CRYPTO_OK)
		return serve_refuse(s, "a MAC that cannot be made");
	proto_begin(&s->m, PROTO_DONE);
	proto_put_octets(&s->m, span(out, prf_len((uint16_t)mac.prf)));
	wipe(out, sizeof(out));
	return 0;
}

/**
 * serve_check_mac() - has a peer authenticated itself by a shared secret?
 * @s: broker
 *
 * What it should have sent is not told.
 *
 * Return: 0 and the answer is 1 if so, else 0; or as serve_mac().
 */
int serve_check_mac(struct serve *s)
{
	struct proto_value same = { 0 };
	const struct secret *secret;
	struct auth_octets octets;
	enum crypto_code code;
	struct proto_mac mac;
	struct span data;
	int err;

	err = get_mac(s, false, &mac, &octets, &data, &secret);
	if (err)
		return err;
	code = keymat_check_psk((uint16_t)mac.prf, secret, &octets, data);
	if (code != CRYPTO_OK && code != CRYPTO_FORGED)
		return serve_refuse(s, "a MAC that cannot be made");
	same.v = code == CRYPTO_OK;
	proto_begin(&s->m, PROTO_DONE);
	proto_put(&s->m, &proto_value_layout, &same);
	return 0;
}
