// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bare key has no name: without one in the configuration we assert a
 * KEY_ID, SHA-1 of our SubjectPublicKeyInfo, which is what other daemons
 * expect of a raw key. Nothing rests on it: the key itself is in CERT.
 */
#include <errno.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/prf.h"
#include "btnsd/ike/id.h"
#include "btnsd/log.h"

static const struct {
	uint16_t wire;
	uint8_t btns;
} kinds[] = {
	{ IKE_ID_IPV4_ADDR, BTNS_ID_TYPE_IPV4 },
	{ IKE_ID_IPV6_ADDR, BTNS_ID_TYPE_IPV6 },
	{ IKE_ID_FQDN, BTNS_ID_TYPE_FQDN },
	{ IKE_ID_RFC822_ADDR, BTNS_ID_TYPE_RFC822 },
	{ IKE_ID_DER_ASN1_DN, BTNS_ID_TYPE_DN },
	{ IKE_ID_KEY_ID, BTNS_ID_TYPE_KEY_ID },
};

static uint16_t wire_type(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].btns == type)
			return kinds[i].wire;
	return 0;
}

/**
 * id_own() - who we are by one of our keys
 * @d: helper with a configuration
 * @key: key, which stays the caller's
 * @out: filled
 *
 * With a name in the configuration we are the same by every key.
 *
 * Return: false if it cannot be made.
 */
bool id_own(const struct btnsd *d, const struct key *key, struct own *out)
{
	const struct conf_id *id = &d->conf->id;
	struct span spki = key_spki(key);

	memset(out, 0, sizeof(*out));
	out->key = key;
	if (id->type == BTNS_ID_TYPE_NONE) {
		out->id_type = IKE_ID_KEY_ID;
		/* a name like any other: SHA-1 keeps nothing safe here */
		if (hash_sha1_nat(&spki, 1, out->id) != CRYPTO_OK)
			return false;
		out->id_len = 20;
		lbtns_ident_from_digest(key_fingerprint(key), &out->local);
		out->local.method = BTNS_AUTH_METHOD_BTNS;
		return true;
	}
	out->id_type = wire_type((uint8_t)id->type);
	memcpy(out->id, id->data, id->len);
	out->id_len = id->len;
	if (lbtns_ident_from_data((uint8_t)id->type, id->data, id->len,
				  &out->local))
		return false;
	out->local.method = BTNS_AUTH_METHOD_RAWKEY;
	return true;
}

/**
 * id_body() - our ID payload without its generic header
 * @own: who we are
 * @out: type, three reserved octets, name; what AUTH covers
 * @len: its octets
 */
void id_body(const struct own *own, uint8_t out[4 + CONF_ID_MAX], size_t *len)
{
	out[0] = (uint8_t)own->id_type;
	memset(out + 1, 0, 3);
	memcpy(out + 4, own->id, own->id_len);
	*len = 4 + own->id_len;
}

/**
 * id_peer() - the identity that a peer asserts
 * @id: its ID payload
 * @out: filled; type none for ID_NULL and for types that no PAD entry has
 *
 * Return: false if it cannot be told, for want of memory: a peer with a name
 * must not be taken for one without (B04).
 */
bool id_peer(const struct ike_id *id, struct lbtns_ident *out)
{
	int err = -EINVAL;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].wire == id->type)
			err = lbtns_ident_from_data(kinds[i].btns,
						    id->data.data,
						    id->data.len, out);
	if (err)
		memset(out, 0, sizeof(*out));
	return !err || err == -EINVAL;
}

/**
 * id_build_called() - write IDr: whom of those at its address we want
 * @peer: whom we expect
 * @b: chain
 *
 * Nothing is written if we know its identity by a digest only.
 */
void id_build_called(const struct conf_peer *peer, struct ike_build *b)
{
	if (peer->wire.type != BTNS_ID_TYPE_NONE)
		ike_build_id(b, IKE_PLD_IDR, wire_type((uint8_t)peer->wire.type),
			     span(peer->wire.data, peer->wire.len));
}

/* encodings of CERT that hold a key which we can read */
static bool holds_key(const struct ike_cert *c)
{
	return c->encoding == IKE_CERT_X509_SIGNATURE ||
	       c->encoding == IKE_CERT_RAW_RSA ||
	       c->encoding == IKE_CERT_RAW_KEY;
}

/**
 * id_has_key() - does a peer show a key?
 * @m: its IKE_AUTH message
 *
 * Return: whether it has a CERT payload of an encoding that holds one.
 */
bool id_has_key(const struct ike_msg *m)
{
	unsigned int i;

	for (i = 0; i < m->n_certs; i++)
		if (holds_key(&m->cert[i]))
			return true;
	return false;
}

/**
 * id_cert_key() - the one key that a peer's CERT payloads hold
 * @m: its IKE_AUTH message
 * @why: on failure a sentence
 *
 * Raw keys and certificates may come in any number, and all must hold the
 * same key (RFC 5386 section 2). Encodings that we do not know are passed
 * over; what we know and cannot read is an error.
 *
 * Return: the key, freed by the caller; NULL if there is none, or not one.
 */
struct key *id_cert_key(const struct ike_msg *m, const char **why)
{
	struct key *found = NULL;
	unsigned int i;

	for (i = 0; i < m->n_certs; i++) {
		enum crypto_code code;
		struct key *k;

		if (!holds_key(&m->cert[i]))
			continue;
		code = key_from_payload(m->cert[i].encoding, m->cert[i].data,
					&k);
		if (code != CRYPTO_OK) {
			*why = crypto_text(code);
			key_free(found);
			return NULL;
		}
		if (found && !key_equal(found, k)) {
			*why = "its CERT payloads hold different keys";
			key_free(found);
			key_free(k);
			return NULL;
		}
		key_free(found);
		found = k;
	}
	if (!found)
		*why = "it sent no CERT payload with a key";
	return found;
}

/**
 * id_cert_fits() - is our certificate one of our key?
 * @d: helper with configuration and key
 *
 * Return: whether it is, or there is none.
 */
bool id_cert_fits(const struct btnsd *d)
{
	const struct chain *c = &d->conf->cert;
	struct key *k = NULL;
	bool fits;

	if (!c->n)
		return true;
	fits = key_from_cert(c->der[0], &k) == CRYPTO_OK &&
	       key_equal(k, d->key);
	key_free(k);
	return fits;
}

/**
 * id_build_certs() - write CERT payloads: our certificate and our bare key
 * @d: helper
 * @own: who we are
 * @chain: the peer verifies our certificate: it gets the issuers' too
 * @b: chain
 *
 * Our certificate first (RFC 7296 section 3.6), if there is one. Encoding 15
 * for every key (RFC 7670); for RSA also 11, the only raw key that RFC 5386
 * knew. To a BTNS peer all of them are the same key.
 */
void id_build_certs(const struct btnsd *d, const struct own *own, bool chain,
		    struct ike_build *b)
{
	const struct chain *c = &d->conf->cert;
	struct span rsa = key_rsa(own->key);
	unsigned int i, n = own->key == d->key ? c->n : 0;

	for (i = 0; i < n && (chain || !i); i++)
		ike_build_cert(b, IKE_CERT_X509_SIGNATURE, c->der[i]);
	if (chain)
		return;
	ike_build_cert(b, IKE_CERT_RAW_KEY, key_spki(own->key));
	if (rsa.len)
		ike_build_cert(b, IKE_CERT_RAW_RSA, rsa);
}

/* octets of the anchors that a CERTREQ names: IKE_SA_INIT has no fragments */
#define ANCHORS_LEN	(TRUST_ANCHORS_MAX * TRUST_HASH_LEN)

/* the anchors of those that could be meant; false if there are more than fit */
static bool put_anchors(const struct conf *c, const struct conf_peer *peer,
			uint8_t data[static ANCHORS_LEN], struct wbuf *w)
{
	struct span hashes;
	bool all = true;
	size_t i, k;

	wbuf_init(w, data, ANCHORS_LEN);
	for (i = 0; i < c->n_peers; i++) {
		if (!c->peer[i].trust || (peer && peer != &c->peer[i]))
			continue;
		hashes = trust_hashes(c->peer[i].trust);
		for (k = 0; k < hashes.len; k += TRUST_HASH_LEN) {
			/* the same anchor may be of many entries */
			if (memmem(data, w->len, hashes.data + k,
				   TRUST_HASH_LEN))
				continue;
			if (w->len + TRUST_HASH_LEN <= ANCHORS_LEN)
				wbuf_bytes(w, hashes.data + k, TRUST_HASH_LEN);
			else
				all = false;
		}
	}
	return all;
}

/**
 * id_check_anchors() - say if a CERTREQ cannot name all trust anchors
 * @d: helper with a configuration that has just been read
 */
void id_check_anchors(const struct btnsd *d)
{
	uint8_t data[ANCHORS_LEN];
	struct wbuf w;

	if (!put_anchors(d->conf, NULL, data, &w))
		log_warn("the PAD has more trust anchors than the %u that a CERTREQ names: peers under the others have to send their certificate without being asked for it",
			 TRUST_ANCHORS_MAX);
}

/**
 * id_build_certreq() - ask for a certificate under our trust anchors
 * @d: helper
 * @peer: whom we expect; NULL: we do not know, and name the anchors of all
 * @b: chain
 */
void id_build_certreq(const struct btnsd *d, const struct conf_peer *peer,
		      struct ike_build *b)
{
	uint8_t data[ANCHORS_LEN];
	struct span all;
	struct wbuf w;

	/* of what does not fit id_check_anchors() has told */
	put_anchors(d->conf, peer, data, &w);
	if (wbuf_done(&w, &all) && all.len)
		ike_build_certreq(b, IKE_CERT_X509_SIGNATURE, all);
}
