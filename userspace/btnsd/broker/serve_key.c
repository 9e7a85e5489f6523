// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures for the reader, over what AUTH covers (RFC 7296 section 2.15) and
 * over nothing else: who has taken it over can speak IKE in our name while he
 * has it, but gets no signature that X.509 or TLS would take.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "btnsd/broker/serve.h"
#include "btnsd/crypto/key.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/wire.h"

/* an older key of a configuration by its file; the last word counts */
static const struct key *key_in(const struct conf *c, const char *path)
{
	size_t i;

	for (i = 0; c && i < c->n_old_keys; i++)
		if (!strcmp(c->old_key_path[i], path))
			return c->old_key[i];
	return NULL;
}

/**
 * serve_key() - the public half of a key of ours
 * @s: broker
 *
 * Without a path it is the one in use, with one the older one of that file.
 *
 * Return: 0; -EPERM; or as serve_bad().
 */
int serve_key(struct serve *s)
{
	const struct key *key = s->key;
	char path[PROTO_TEXT];

	if (s->m.len) {
		if (!proto_get_text(&s->m, path))
			return serve_bad(s);
		key = key_in(s->conf, path);
	}
	if (!key)
		return serve_refuse(s, "a key that is not in identity.old_keys");
	proto_begin(&s->m, PROTO_DONE);
	proto_put_octets(&s->m, key_spki(key));
	return 0;
}

static bool is_print(const struct key *key, const uint8_t print[BTNS_DIGEST_LEN])
{
	return !memcmp(key_fingerprint(key), print, BTNS_DIGEST_LEN);
}

static const struct key *key_by(const struct conf *c,
				const uint8_t print[BTNS_DIGEST_LEN])
{
	size_t i;

	for (i = 0; c && i < c->n_old_keys; i++)
		if (is_print(c->old_key[i], print))
			return c->old_key[i];
	return NULL;
}

/* in use, listed, or listed until the reader takes the next configuration */
static const struct key *find_key(const struct serve *s,
				  const uint8_t print[BTNS_DIGEST_LEN])
{
	const struct key *key = is_print(s->key, print) ? s->key :
							  key_by(s->conf, print);

	return key ? key : key_by(s->before, print);
}

/*
 * An IKE_SA_INIT message: the request, or the response to one. A peer's may have
 * another minor version and other flags, which are ignored (RFC 7296 section 3.1).
 */
static bool is_init(struct span m, bool ours)
{
	struct ike_wire_hdr h;

	if (m.len < sizeof(h))
		return false;
	memcpy(&h, m.data, sizeof(h));
	if (!ours) {
		h.version = (uint8_t)((h.version & 0xf0) | IKE_MINOR_VERSION);
		h.flags &= IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE;
	}
	if (!h.spi_i || h.version != (IKE_MAJOR_VERSION << 4 | IKE_MINOR_VERSION) || h.msgid ||
	    h.exchange != IKE_SA_INIT || be32toh(h.length) != m.len)
		return false;
	return h.flags == IKE_FLAG_INITIATOR ?
		       !h.spi_r :
		       h.flags == IKE_FLAG_RESPONSE && h.spi_r;
}

/*
 * The header of IKE has room for what others sign: its SPIs are random if we make
 * them, but the reader's to choose. What is one DER element from its first octet
 * to its last may be a certificate; what begins as a ClientHello and ends within,
 * a handshake of TLS 1.2. An honest SPI is like that once in 2^24 times.
 */
static bool is_other(const uint8_t *p, size_t total)
{
	size_t n = p[1] & 0x7f, len = 0, i;

	if (p[0] == 1 && p[4] == 3 &&
	    4 + ((size_t)p[1] << 16 | p[2] << 8 | p[3]) <= total)
		return true;
	if (!(p[1] & 0x80))
		return p[1] + 2u == total;
	for (i = 0; i < n && i < 4; i++)
		len = len << 8 | p[2 + i];
	return n && n <= 4 && len + 2 + n == total;
}

/**
 * serve_is_auth() - is that what AUTH covers?
 * @part: message | nonce | prf(SK_p, ID') and IntAuth, if there is one (RFC 9242)
 * @ours: the message is one that we send, and not a peer's
 *
 * Return: whether it has the form of RFC 7296 section 2.15.
 */
bool serve_is_auth(const struct span part[static AUTH_PARTS], bool ours)
{
	size_t mac = part[2].len, i, total = 0;

	for (i = 0; i < AUTH_PARTS; i++)
		total += part[i].len;
	return is_init(part[0], ours) && !is_other(part[0].data, total) &&
	       part[1].len >= IKE_NONCE_MIN &&
	       part[1].len <= IKE_NONCE_MAX &&
	       (mac == 32 || mac == 48 || mac == 64) &&
	       (!part[3].len || part[3].len == 2 * mac + sizeof(uint32_t));
}

/**
 * serve_sign() - sign for the reader
 * @s: broker
 *
 * Return: 0 and the data of an AUTH payload is in the answer; -EPERM for what
 * is not AUTH octets; or as serve_bad().
 */
int serve_sign(struct serve *s)
{
	uint8_t data[SIG_AUTH_MAX];
	struct proto_sign sign;
	const struct key *key;
	struct span rest, part[AUTH_PARTS], out;
	struct wbuf w;

	if (!proto_get(&s->m, &proto_sign_layout, &sign, &rest) ||
	    !proto_get_parts(rest, sign.len, AUTH_PARTS, part) ||
	    sign.alg >= SIG_COUNT)
		return serve_bad(s);
	if (!serve_is_auth(part, true))
		return serve_refuse(s, "a signature over what is not AUTH octets");
	key = find_key(s, sign.key);
	if (!key)
		return serve_refuse(s, "a signature by a key that is not ours");
	wbuf_init(&w, data, sizeof(data));
	if (sig_sign(key, (enum sig_alg)sign.alg, part, AUTH_PARTS, &w) !=
		    CRYPTO_OK ||
	    !wbuf_done(&w, &out))
		return serve_refuse(s, "a signature that our key cannot make");
	proto_begin(&s->m, PROTO_DONE);
	proto_put_octets(&s->m, out);
	return 0;
}
