// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes authentic messages by hand: takes an initiator's keys after
 * IKE_SA_INIT, keeps its own IKE_AUTH back, and sends another.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/sig.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sk.h"
#include "btnsd/ike/ts.h"
#include "btnsd/ike/parse.h"
#include "craft.h"

static uint8_t inner[16384];
static uint8_t wire[20000];

static void seal(struct world *w, struct ike_sa *sa, int from, int to,
		 uint8_t exchange, uint32_t msgid, uint8_t first,
		 struct span text, uint8_t flags)
{
	const struct sk_content c = {
		.hdr = {
			.spi_i = sa->spi_i,
			.spi_r = sa->spi_r,
			.major = IKE_MAJOR_VERSION,
			.exchange = exchange,
			.flags = flags,
			.msgid = msgid,
		},
		.first = first,
		.text = text,
	};
	struct span m;

	if (sk_seal(&sa->keys, flags & IKE_FLAG_INITIATOR,
		    0xeeeeeeeeeeee0000 | (msgid & 0xffff), &c, wire,
		    sizeof(wire), &m) != CRYPTO_OK)
		return;
	world_inject(w, from, to, m.data, m.len);
}

/*
 * In @buf, an IKE_SA_INIT request of an initiator that does not exist; with a
 * COOKIE if one is given. It says nothing of NATs.
 */
struct span craft_init(uint8_t *buf, size_t cap, uint64_t spi,
		       struct span cookie, uint64_t nonce)
{
	const struct ike_hdr hdr = {
		.spi_i = spi, .major = IKE_MAJOR_VERSION,
		.exchange = IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR,
	};
	const struct ike_sa_payload offer = {
		.present = true, .count = 1,
		.proposal[0] = { .num = 1, .proto = IKE_PROTO_IKE, .count = 3 },
		.n_transforms = 3,
		.transform[0] = { IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, 0 },
		.transform[1] = { IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, 0 },
		.transform[2] = { IKE_TRANS_DH, IKE_DH_X25519, 0, 0 },
	};
	uint8_t ni[32] = { 0 }, ke[32] = { 9 };
	struct ike_build b;
	struct span out;

	memcpy(ni, &nonce, sizeof(nonce));
	ike_build_outer(&b, buf, cap, &hdr);
	if (cookie.len)
		ike_build_notify(&b, IKE_N_COOKIE, cookie);
	ike_build_sa(&b, &offer);
	ike_build_ke(&b, IKE_DH_X25519, span(ke, sizeof(ke)));
	ike_build_nonce(&b, span(ni, sizeof(ni)));
	if (!ike_build_done(&b, &out, NULL))
		abort();
	return out;
}

/* send @text as the inner payloads of a request of @sa's initiator */
void craft_seal(struct world *w, struct ike_sa *sa, int from, int to,
		uint8_t exchange, uint32_t msgid, uint8_t first,
		struct span text)
{
	seal(w, sa, from, to, exchange, msgid, first, text, IKE_FLAG_INITIATOR);
}

/* send an answer of @sa's responder */
void craft_answer(struct world *w, struct ike_sa *sa, int from, int to,
		  uint8_t exchange, uint32_t msgid, struct ike_build *b)
{
	struct span text;
	uint8_t first;

	if (ike_build_done(b, &text, &first))
		seal(w, sa, from, to, exchange, msgid, first, text,
		     IKE_FLAG_RESPONSE);
}

/* read a whole message of @sa, whose keys we have; false if it is none */
bool craft_open(const struct ike_sa *sa, const struct packet *p,
		struct ike_msg *m)
{
	struct span text, data = span(p->data, p->len);
	static uint8_t plain[17000];
	struct ike_parse_fail fail;

	if (ike_parse_outer(data, m, &fail) != IKE_PARSE_OK || !m->sk.present ||
	    m->sk.fragment ||
	    sk_open(&sa->keys, m->hdr.flags & IKE_FLAG_INITIATOR, data, &m->sk,
		    plain, &text) != CRYPTO_OK)
		return false;
	return ike_parse_unpad(&text) == IKE_PARSE_OK &&
	       ike_parse_inner(m->sk.first, text, m, &fail) == IKE_PARSE_OK;
}

/* in a chain of payloads, a notify of another type; false if there is none */
static bool renotify(uint8_t *at, size_t len, uint8_t type, uint16_t was,
		     uint16_t is)
{
	size_t size;

	for (; type && len >= 4; at += size, len -= size) {
		size = (size_t)at[2] << 8 | at[3];
		if (size < 4 || size > len)
			return false;
		if (type == IKE_PLD_NOTIFY && size >= 8 &&
		    (at[6] << 8 | at[7]) == was) {
			at[6] = (uint8_t)(is >> 8);
			at[7] = (uint8_t)is;
			return true;
		}
		type = at[0];
	}
	return false;
}

/* in its place, and of its length: a message of other inner payloads */
static struct packet *resealed(const struct ike_sa *sa, const struct packet *p,
			       const struct ike_msg *m, uint8_t first)
{
	const struct sk_content c = {
		.hdr = m->hdr, .first = first,
		.text = span(inner, m->inner.len),
	};
	struct packet *other = world_copy(p);
	struct span sealed;

	if (sk_seal(&sa->keys, m->hdr.flags & IKE_FLAG_INITIATOR,
		    0xcccccccccccc0000 | (m->hdr.msgid & 0xffff), &c,
		    other->data, other->len, &sealed) != CRYPTO_OK ||
	    sealed.len != other->len)
		abort();
	return other;
}

/*
 * What a whole answer of @sa's responder would be if it refused for another
 * reason, which says as much; NULL if it refuses for none or another.
 */
struct packet *craft_refusal(const struct ike_sa *sa, const struct packet *p,
			     uint16_t was, uint16_t is)
{
	struct ike_msg m;

	if (!craft_open(sa, p, &m) || m.inner.len > sizeof(inner))
		return NULL;
	memcpy(inner, m.inner.data, m.inner.len);
	if (!renotify(inner, m.inner.len, m.sk.first, was, is))
		return NULL;
	return resealed(sa, p, &m, m.sk.first);
}

/*
 * What a whole message of @sa would be if @spoil had been at its inner payloads,
 * and at the type of the first; NULL if it has none.
 */
struct packet *craft_spoilt(const struct ike_sa *sa, const struct packet *p,
			    void (*spoil)(uint8_t *at, uint8_t *first))
{
	struct ike_msg m;
	uint8_t first;

	if (!craft_open(sa, p, &m) || m.inner.len < 8 ||
	    m.inner.len > sizeof(inner))
		return NULL;
	memcpy(inner, m.inner.data, m.inner.len);
	first = m.sk.first;
	spoil(inner, &first);
	return resealed(sa, p, &m, first);
}

/*
 * Send a whole request of @sa's initiator, whose keys we have, once more in @n
 * fragments; false if it is none.
 */
bool craft_cut(struct world *w, const struct ike_sa *sa, const struct packet *p,
	       uint16_t n)
{
	struct span text, sealed, data = span(p->data, p->len);
	struct sk_content c = { .total = n };
	static uint8_t plain[17000];
	struct ike_parse_fail fail;
	struct ike_msg m;
	size_t at, size;
	bool ok;

	if (ike_parse_outer(data, &m, &fail) != IKE_PARSE_OK || !m.sk.present ||
	    m.sk.fragment ||
	    sk_open(&sa->keys, true, data, &m.sk, plain, &text) != CRYPTO_OK)
		return false;
	ok = ike_parse_unpad(&text) == IKE_PARSE_OK;
	size = (text.len + n - 1) / n;
	c.hdr = m.hdr;
	for (at = 0; ok && at < text.len; at += size) {
		c.number++;
		c.first = at ? 0 : m.sk.first;
		c.text = span(text.data + at,
			      text.len - at < size ? text.len - at : size);
		ok = sk_seal(&sa->keys, true, 0xdddddddddddddd00u + c.number,
			     &c, wire, sizeof(wire), &sealed) == CRYPTO_OK;
		if (ok)
			world_inject(w, p->from, !p->from, sealed.data,
				     sealed.len);
	}
	return ok && c.number == n;
}

void craft_inner(struct world *w, struct ike_sa *sa, int from, int to,
		 uint8_t exchange, uint32_t msgid, struct ike_build *b)
{
	struct span text;
	uint8_t first;

	if (ike_build_done(b, &text, &first))
		craft_seal(w, sa, from, to, exchange, msgid, first, text);
}

static bool no_auth(struct world *w, struct packet *p)
{
	struct ike_hdr hdr;

	(void)w;
	return !world_hdr(p, &hdr) || hdr.exchange != IKE_AUTH;
}

/* an IKE SA of @from that has its keys and whose IKE_AUTH was never sent */
struct ike_sa *craft_half_open(struct world *w, int from, int to)
{
	w->filter = no_auth;
	world_acquire(w, from, to, 80);
	world_run(w);
	w->filter = NULL;
	return w->h[from].d.sas;
}

/* the same, though @from has an IKE SA with @to already */
struct ike_sa *craft_half_open_again(struct world *w, int from, int to)
{
	const struct path path = {
		.local = { .addr = w->h[from].addr, .port = IKE_PORT },
		.remote = { .addr = w->h[to].addr, .port = IKE_PORT },
	};
	const struct sel hosts = {
		.local = w->h[from].addr, .remote = w->h[to].addr,
		.local_plen = 32, .remote_plen = 32,
	};
	const struct child_want want = { .narrow = hosts, .wide = hosts };
	struct ike_sa *sa = sa_new_initiator(&w->h[from].d, &path);

	if (!sa || !life_want(sa, &want))
		return NULL;
	w->filter = no_auth;
	fsm_start(sa);
	world_run(w);
	w->filter = NULL;
	return sa;
}

/* AUTH of NULL authentication (RFC 7619 section 2.1) */
static void build_null(struct ike_sa *sa, const struct craft_auth *a,
		       struct span id, uint8_t *mac, struct ike_build *b)
{
	struct auth_octets octets;

	if (keymat_auth_octets(sa->keys.prf, &sa->keys.sk_pi,
			       span(sa->init_req.data, sa->init_req.len),
			       span(sa->nr.data, sa->nr.len), id,
			       span(NULL, 0), &octets) != CRYPTO_OK ||
	    keymat_auth_psk(sa->keys.prf, &sa->keys.sk_pi, &octets, mac) !=
		    CRYPTO_OK)
		return;
	mac[0] ^= a->corrupt;
	ike_build_auth(b, IKE_AUTH_NULL, span(mac, prf_len(sa->keys.prf)));
}

static const uint8_t esp_spi[4] = { 0xd0, 0, 0, 1 };

const struct ike_sa_payload craft_esp_offer = {
	.present = true,
	.count = 1,
	.proposal[0] = { .num = 1, .proto = IKE_PROTO_ESP,
			 .spi = { esp_spi, 4 }, .count = 2 },
	.n_transforms = 2,
	.transform[0] = { IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, 0 },
	.transform[1] = { IKE_TRANS_ESN, IKE_ESN_NO, 0, 0 },
};

void craft_auth_send(struct world *w, struct ike_sa *sa, int from, int to,
		     const struct craft_auth *a)
{
	uint8_t id[4 + 256] = { a->id_type }, sig[SIG_AUTH_MAX];
	struct ike_ts tsi[2], tsr[2];
	const struct span none = { NULL, 0 };
	struct auth_octets octets;
	struct ike_build b;
	enum sig_alg alg;
	unsigned int i;
	struct span s;
	struct wbuf w2;

	if (a->id_len)
		memcpy(id + 4, a->id, a->id_len);
	ike_build_inner(&b, inner, sizeof(inner));
	ike_build_id(&b, IKE_PLD_IDI, a->id_type, span(a->id, a->id_len));
	for (i = 0; i < a->n_certs; i++)
		ike_build_cert(&b, a->encoding[i], a->cert[i]);
	wbuf_init(&w2, sig, sizeof(sig));
	if (a->null)
		build_null(sa, a, span(id, 4 + a->id_len), sig, &b);
	if (a->psk &&
	    keymat_auth_octets(sa->keys.prf, &sa->keys.sk_pi,
			       span(sa->init_req.data, sa->init_req.len),
			       span(sa->nr.data, sa->nr.len),
			       span(id, 4 + a->id_len), none, &octets) == CRYPTO_OK &&
	    keymat_auth_psk(sa->keys.prf, a->psk, &octets, sig) == CRYPTO_OK)
		ike_build_auth(&b, IKE_AUTH_PSK,
			       span(sig, a->psk_len ? a->psk_len :
						      prf_len(sa->keys.prf)));
	if (a->sign &&
	    sig_pick(a->sign, sig_hashes(), &alg) == CRYPTO_OK &&
	    keymat_auth_octets(sa->keys.prf, &sa->keys.sk_pi,
			       span(sa->init_req.data, sa->init_req.len),
			       span(sa->nr.data, sa->nr.len),
			       span(id, 4 + a->id_len), none, &octets) == CRYPTO_OK &&
	    sig_sign(a->sign, alg, octets.part, AUTH_PARTS, &w2) == CRYPTO_OK &&
	    wbuf_done(&w2, &s)) {
		if (a->corrupt)
			sig[s.len - 1] ^= 1;
		ike_build_auth(&b, a->method ? a->method :
					       IKE_AUTH_DIGITAL_SIGNATURE, s);
	}
	if (a->initial_contact)
		ike_build_notify(&b, IKE_N_INITIAL_CONTACT, span(NULL, 0));
	if (a->n_ts) {
		if (!a->tunnel)
			ike_build_notify(&b, IKE_N_USE_TRANSPORT_MODE,
					 span(NULL, 0));
		ike_build_sa(&b, &craft_esp_offer);
		for (i = 0; i < a->n_ts; i++)
			ts_from_sel(&a->ts[i], &tsi[i], &tsr[i]);
		ike_build_ts(&b, IKE_PLD_TSI, tsi, a->n_ts);
		ike_build_ts(&b, IKE_PLD_TSR, tsr, a->n_ts);
	}
	craft_inner(w, sa, from, to, IKE_AUTH, 1, &b);
}

/* a self-signed certificate of the key in a file */
size_t craft_x509(const char *pem_path, uint8_t *out, size_t cap)
{
	FILE *f = fopen(pem_path, "r");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	X509 *x = X509_new();
	int len = 0;

	if (f)
		fclose(f);
	if (key && x) {
		const EVP_MD *md = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ?
					   NULL :
					   EVP_sha256();
		X509_NAME *name = X509_get_subject_name(x);

		X509_set_version(x, 2);
		ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
		X509_gmtime_adj(X509_getm_notBefore(x), 0);
		X509_gmtime_adj(X509_getm_notAfter(x), 3600);
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					   (const unsigned char *)"x", -1, -1,
					   0);
		X509_set_issuer_name(x, name);
		X509_set_pubkey(x, key);
		if (X509_sign(x, key, md) && i2d_X509(x, NULL) <= (int)cap)
			len = i2d_X509(x, &out);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return len > 0 ? (size_t)len : 0;
}
