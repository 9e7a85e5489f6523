// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our keys and shared secrets, which only the broker has: it signs, and makes and
 * compares MACs.
 */
#include <errno.h>
#include <string.h>

#include "btnsd/broker/client_ask.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/log.h"

/**
 * client_key() - the public half of our key in use
 * @c: client
 *
 * Return: a key, owned by the caller; NULL and the reason is logged.
 */
struct key *client_key(struct client *c)
{
	struct key *key = NULL;
	int err;

	proto_begin(&c->m, PROTO_KEY);
	err = client_ask(c);
	if (err)
		log_err("our public key: %s", c->err);
	else if (key_from_spki(span(c->m.body, c->m.len), &key) != CRYPTO_OK)
		log_err("the broker's answer is not a public key");
	return key;
}

/**
 * client_key_load() - the public half of an older key of ours
 * @ctx: client
 * @path: its file, as the configuration names it
 * @key: owned by the caller, freed with key_free(); NULL on failure
 *
 * Return: as key_load().
 */
enum crypto_code client_key_load(void *ctx, const char *path, struct key **key)
{
	struct client *c = ctx;
	int err;

	*key = NULL;
	client_begin_file(c, PROTO_KEY, path);
	err = client_ask(c);
	if (err) {
		errno = -err;
		return CRYPTO_FILE;
	}
	return key_from_spki(span(c->m.body, c->m.len), key);
}

/* what does not fit into a request, and is not kept in part */
static enum crypto_code too_long(struct client *c)
{
	wipe(c->m.body, c->m.len);
	return CRYPTO_LENGTH;
}

static enum crypto_code op_sign(void *ctx, const struct key *key,
				enum sig_alg alg, const struct span *parts,
				unsigned int n, struct wbuf *w)
{
	struct proto_sign s = {.alg = alg};
	struct client *c = ctx;
	unsigned int i;

	if (n > sizeof(s.len) / sizeof(s.len[0]))
		return CRYPTO_LENGTH;
	memcpy(s.key, key_fingerprint(key), sizeof(s.key));
	for (i = 0; i < n; i++) {
		if (parts[i].len > PROTO_MAX)
			return CRYPTO_LENGTH;
		s.len[i] = (uint32_t)parts[i].len;
	}
	proto_begin(&c->m, PROTO_SIGN);
	proto_put(&c->m, &proto_sign_layout, &s);
	for (i = 0; i < n; i++)
		if (!proto_put_octets(&c->m, parts[i]))
			return too_long(c);
	if (client_ask(c)) {
		log_err("no signature: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	wbuf_bytes(w, c->m.body, c->m.len);
	return w->failed ? CRYPTO_LENGTH : CRYPTO_OK;
}

/**
 * client_secret_load() - what stands for a shared secret
 * @ctx: client
 * @path: its file, as the configuration names it
 * @secret: filled, as long as the broker lives the same for the same secret;
 *	empty on failure
 *
 * Return: as key_secret_load().
 */
enum crypto_code client_secret_load(void *ctx, const char *path,
				    struct secret *secret)
{
	struct client *c = ctx;
	int err;

	secret_wipe(secret);
	client_begin_file(c, PROTO_SECRET, path);
	err = client_ask(c);
	if (err) {
		errno = -err;
		return CRYPTO_FILE;
	}
	return c->m.len == PROTO_TAG ?
		       secret_set(secret, span(c->m.body, c->m.len)) :
		       CRYPTO_LENGTH;
}

/* octets, and with @data what a peer has sent for them; CRYPTO_OK if they fit */
static enum crypto_code begin_mac(struct client *c, uint32_t type,
				  const struct conf_peer *peer, uint16_t prf,
				  const struct auth_octets *octets,
				  struct span data)
{
	struct proto_mac mac = {.prf = prf};
	struct span part[AUTH_PARTS + 1];
	size_t i;

	if (peer->psk->len != sizeof(mac.tag))
		return CRYPTO_INTERNAL;
	memcpy(mac.name, peer->name, sizeof(mac.name));
	memcpy(mac.tag, peer->psk->data, sizeof(mac.tag));
	memcpy(part, octets->part, sizeof(octets->part));
	part[AUTH_PARTS] = data;
	for (i = 0; i <= AUTH_PARTS; i++) {
		if (part[i].len > PROTO_MAX)
			return CRYPTO_LENGTH;
		mac.len[i] = (uint32_t)part[i].len;
	}
	proto_begin(&c->m, type);
	proto_put(&c->m, &proto_mac_layout, &mac);
	for (i = 0; i <= AUTH_PARTS; i++)
		if (!proto_put_octets(&c->m, part[i]))
			return too_long(c);
	return CRYPTO_OK;
}

static enum crypto_code op_mac(void *ctx, const struct conf_peer *peer,
			       uint16_t prf, const struct auth_octets *octets,
			       uint8_t out[static PRF_MAX_LEN])
{
	struct client *c = ctx;
	enum crypto_code code =
		begin_mac(c, PROTO_MAC, peer, prf, octets, span(NULL, 0));

	memset(out, 0, PRF_MAX_LEN);
	if (code != CRYPTO_OK)
		return code;
	if (client_ask(c)) {
		log_err("no MAC: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	if (c->m.len && c->m.len == prf_len(prf))
		memcpy(out, c->m.body, c->m.len);
	else
		code = CRYPTO_LENGTH;
	/* guesses of the secret can be tried on it */
	wipe(c->m.body, c->m.len);
	return code;
}

static enum crypto_code op_check_mac(void *ctx, const struct conf_peer *peer,
				     uint16_t prf,
				     const struct auth_octets *octets,
				     struct span data)
{
	struct client *c = ctx;
	enum crypto_code code;
	uint64_t same;

	/* as the peer likes it: it need not fit into a request */
	if (data.len != prf_len(prf))
		return CRYPTO_FORGED;
	code = begin_mac(c, PROTO_CHECK_MAC, peer, prf, octets, data);
	if (code != CRYPTO_OK)
		return code;
	if (client_ask_value(c, 1, &same)) {
		log_err("a peer's MAC is not compared: %s", c->err);
		return CRYPTO_INTERNAL;
	}
	return same ? CRYPTO_OK : CRYPTO_FORGED;
}

/** client_sign_ops - the broker signs; its context is a client */
const struct sign_ops client_sign_ops = {
	.sign = op_sign,
	.mac = op_mac,
	.check_mac = op_check_mac,
};
