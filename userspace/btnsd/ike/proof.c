// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Digital signatures (RFC 7427) by a bare key that the peer shows, or by one
 * that the configuration has for its name; shared secrets (RFC 7296 section
 * 2.15); or no proof at all (RFC 7619), which only says that whoever sends AUTH
 * is the one that did IKE_SA_INIT. One method for each side: they need not be
 * the same.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/id.h"
#include "btnsd/ike/intauth.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/proof.h"
#include "btnsd/ike/sa.h"
#include "btnsd/keys.h"

/* what AUTH of one side covers */
static enum crypto_code signed_octets(const struct ike_sa *sa, bool ours,
				      struct span id_body, struct span intauth,
				      struct auth_octets *out)
{
	bool initiator = ours == sa->initiator;

	return keymat_auth_octets(sa->keys.prf,
				  initiator ? &sa->keys.sk_pi : &sa->keys.sk_pr,
				  blob_span(initiator ? &sa->init_req :
							&sa->init_resp),
				  blob_span(initiator ? &sa->nr : &sa->ni),
				  id_body, intauth, out);
}

/* the secret that stands for none (RFC 7619 section 2.1) */
static const struct secret *null_secret(const struct ike_sa *sa, bool ours)
{
	return ours == sa->initiator ? &sa->keys.sk_pi : &sa->keys.sk_pr;
}

/* ---- ours ---------------------------------------------------------------- */

/* the PAD entry of whom our AUTH is for, as far as it is known by now */
static const char *entry_of(const struct ike_sa *sa,
			    const struct conf_peer *peer)
{
	if (peer)
		return peer->name;
	return sa->pad_entry[0] ? sa->pad_entry : "unknown";
}

static bool sign(struct ike_sa *sa, const struct conf_peer *peer,
		 const struct key *key,
		 const struct auth_octets *octets,
		 uint8_t data[static SIG_AUTH_MAX], struct span *s)
{
	struct btnsd *d = sa->d;
	enum crypto_code code;
	enum sig_alg alg;
	struct wbuf w;

	code = sig_pick(key, sa->peer_hashes, &alg);
	if (code != CRYPTO_OK) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "we cannot prove our key to PAD entry %.63s: its SIGNATURE_HASH_ALGORITHMS does not have what our %s key needs",
			 entry_of(sa, peer), key_type_name(key_type(key)));
		return false;
	}
	/* a peer that signs by PSS may take nothing else of us */
	if (d->conf->rsa == CONF_RSA_PSS ||
	    (d->conf->rsa == CONF_RSA_AUTO && sa->peer_pss))
		alg = sig_as_pss(alg);
	wbuf_init(&w, data, SIG_AUTH_MAX);
	code = d->signer ? d->signer->sign(d->signer_ctx, key, alg,
					   octets->part, AUTH_PARTS, &w) :
			   sig_sign(key, alg, octets->part, AUTH_PARTS, &w);
	if (code == CRYPTO_OK && wbuf_done(&w, s))
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "signing with our key for PAD entry %.63s failed: %s",
		 entry_of(sa, peer), crypto_text(code));
	return false;
}

static bool mac(struct ike_sa *sa, const struct conf_peer *peer, bool null,
		const struct auth_octets *octets,
		uint8_t data[static PRF_MAX_LEN], struct span *s)
{
	const struct btnsd *d = sa->d;
	uint16_t prf = sa->keys.prf;
	enum crypto_code code;

	if (null)
		code = keymat_auth_psk(prf, null_secret(sa, true), octets, data);
	else if (d->signer)
		code = d->signer->mac(d->signer_ctx, peer, prf, octets, data);
	else
		code = keymat_auth_psk(prf, peer->psk, octets, data);
	*s = span(data, prf_len(sa->keys.prf));
	if (code == CRYPTO_OK)
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "our AUTH for PAD entry %.63s cannot be made: %s", peer->name,
		 crypto_text(code));
	return false;
}

/* AUTH by the method that the peer has to see; its octets are @data's */
static bool prove(struct ike_sa *sa, const struct conf_peer *peer,
		  const struct key *key, const struct auth_octets *octets,
		  uint8_t data[static SIG_AUTH_MAX], struct span *s,
		  enum ike_auth_method *method)
{
	switch (peer ? peer->local : BTNS_AUTH_METHOD_RAWKEY) {
	case BTNS_AUTH_METHOD_NONE:
		*method = IKE_AUTH_NULL;
		return mac(sa, peer, true, octets, data, s);
	case BTNS_AUTH_METHOD_PSK:
		*method = IKE_AUTH_PSK;
		return mac(sa, peer, false, octets, data, s);
	default:
		*method = IKE_AUTH_DIGITAL_SIGNATURE;
		return sign(sa, peer, key, octets, data, s);
	}
}

/* who we are to that peer: what the module is told of us */
static void set_local(struct ike_sa *sa, const struct conf_peer *peer,
		      const struct own *own)
{
	sa->local = own->local;
	if (peer && peer->local != BTNS_AUTH_METHOD_NONE)
		sa->local.method = sa->local.type == BTNS_ID_TYPE_PUBLICKEY ?
					   BTNS_AUTH_METHOD_BTNS :
					   (uint8_t)peer->local;
}

/**
 * proof_build() - write our ID, CERT and AUTH payloads
 * @sa: IKE SA with keys; its local is set
 * @peer: whom we expect, or whom we know by now; NULL for nobody with an entry
 *	that says how
 * @call: as the initiator, say that it is @peer whom we want (IDr)
 * @b: inner chain
 *
 * Return: true; or false, and sa->fault says why.
 */
bool proof_build(struct ike_sa *sa, const struct conf_peer *peer, bool call,
		 struct ike_build *b)
{
	bool null = peer && peer->local == BTNS_AUTH_METHOD_NONE;
	uint8_t id[4 + CONF_ID_MAX], data[SIG_AUTH_MAX];
	uint8_t intauth[INTAUTH_MAX];
	struct btnsd *d = sa->d;
	enum ike_auth_method method;
	struct auth_octets octets;
	enum crypto_code code;
	struct own own;
	struct span s;
	size_t id_len;
	bool ok;

	if (null)
		own = (struct own){ .id_type = IKE_ID_NULL };
	else if (!keys_choose(sa, &own))
		return false;
	id_body(&own, id, &id_len);
	code = signed_octets(sa, true, span(id, id_len),
			     intauth_octets(sa, intauth), &octets);
	if (code != CRYPTO_OK) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "our AUTH for PAD entry %.63s cannot be made: %s",
			 entry_of(sa, peer), crypto_text(code));
		return false;
	}
	ok = prove(sa, peer, own.key, &octets, data, &s, &method);
	wipe(&octets, sizeof(octets));
	wipe(intauth, sizeof(intauth));
	if (!ok)
		return false;
	set_local(sa, peer, &own);
	ike_build_id(b, sa->initiator ? IKE_PLD_IDI : IKE_PLD_IDR,
		     own.id_type, span(own.id, own.id_len));
	if (method == IKE_AUTH_DIGITAL_SIGNATURE)
		id_build_certs(d, &own,
			       peer && peer->local == BTNS_AUTH_METHOD_CERT, b);
	/* the responder asked in IKE_SA_INIT */
	if (sa->initiator)
		id_build_certreq(d, peer, b);
	if (sa->initiator && call)
		id_build_called(peer, b);
	ike_build_auth(b, method, s);
	/* guesses of a shared secret can be tried on it */
	wipe(data, sizeof(data));
	return true;
}

/* ---- the peer's ---------------------------------------------------------- */

static enum crypto_code check(const struct key *key, const struct ike_msg *m,
			      const struct auth_octets *octets, struct proof *p)
{
	return sig_verify(key, sig_hashes(), m->auth.data, octets->part,
			  AUTH_PARTS, &p->alg);
}

/* what we could not do says nothing of who the peer is */
static uint16_t fault_of(enum crypto_code code)
{
	return code == CRYPTO_INTERNAL ? IKE_N_TEMPORARY_FAILURE :
					 IKE_N_AUTHENTICATION_FAILED;
}

/* without a CERT payload: by the keys that we have for its name */
static bool verify_known(struct ike_sa *sa, const struct ike_msg *m,
			 const struct conf_peer *peer,
			 const struct auth_octets *octets, struct proof *p)
{
	enum crypto_code code = CRYPTO_FORGED;
	size_t i;

	for (i = 0; i < peer->n_keys; i++) {
		code = check(peer->key[i], m, octets, p);
		if (code != CRYPTO_OK)
			continue;
		code = key_from_spki(key_spki(peer->key[i]), &p->key);
		if (code == CRYPTO_OK)
			return true;
	}
	sa_fault(sa, fault_of(code),
		 "it sent no CERT payload, and its AUTH is not by a pubkey of PAD entry %.63s: %s",
		 peer->name, crypto_text(code));
	return false;
}

/* by a certificate under a trust anchor of its PAD entry */
static bool verify_cert(struct ike_sa *sa, const struct ike_msg *m,
			const struct ike_id *id, const struct conf_peer *peer,
			struct proof *p)
{
	const struct trust_name name = { id->type, id->data };
	struct span cert[IKE_MAX_CERTS];
	struct trusted good;
	unsigned int i, n = 0;
	const char *why;

	p->who.proof = BTNS_PAD_PROOF_CERT;
	for (i = 0; i < m->n_certs; i++)
		if (m->cert[i].encoding == IKE_CERT_X509_SIGNATURE)
			cert[n++] = m->cert[i].data;
	if (!trust_verify(peer->trust, cert, n, &name, &good, &why)) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "its certificate, under the ca of PAD entry %.63s: %s",
			 peer->name, why);
		return false;
	}
	p->key = good.key;
	p->cert.known = true;
	memcpy(p->cert.cert, good.cert, sizeof(p->cert.cert));
	memcpy(p->cert.anchor, good.anchor, sizeof(p->cert.anchor));
	return true;
}

static bool verify_signature(struct ike_sa *sa, const struct ike_msg *m,
			     const struct ike_id *id,
			     const struct conf_peer *peer,
			     const struct auth_octets *octets, struct proof *p)
{
	enum crypto_code code;
	const char *why = "";

	p->who.proof = BTNS_PAD_PROOF_SIGNATURE;
	if (!id_has_key(m) && peer && peer->n_keys &&
	    peer->method == BTNS_AUTH_METHOD_RAWKEY)
		return verify_known(sa, m, peer, octets, p);
	if (peer && peer->method == BTNS_AUTH_METHOD_CERT) {
		if (!verify_cert(sa, m, id, peer, p))
			return false;
	} else {
		p->key = id_cert_key(m, &why);
	}
	if (!p->key) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED, "%s", why);
		return false;
	}
	code = check(p->key, m, octets, p);
	if (code == CRYPTO_OK)
		return true;
	sa_fault(sa, fault_of(code), "its AUTH: %s", crypto_text(code));
	return false;
}

static bool verify_secret(struct ike_sa *sa, const struct ike_msg *m,
			  const struct conf_peer *peer,
			  const struct auth_octets *octets, struct proof *p)
{
	const struct btnsd *d = sa->d;
	uint16_t prf = sa->keys.prf;
	enum crypto_code code;

	p->who.proof = BTNS_PAD_PROOF_SECRET;
	if (!peer || peer->method != BTNS_AUTH_METHOD_PSK) {
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it authenticates by a shared secret%s: %s%.63s%s",
			 p->asserted.type ? "" : " as nobody by name",
			 peer ? "PAD entry " : "no PAD entry of the configuration has one for it",
			 peer ? peer->name : "",
			 peer ? " wants another proof" : "");
		return false;
	}
	code = d->signer ? d->signer->check_mac(d->signer_ctx, peer, prf,
						octets, m->auth.data) :
			   keymat_check_psk(prf, peer->psk, octets,
					    m->auth.data);
	if (code == CRYPTO_OK)
		return true;
	if (code == CRYPTO_FORGED)
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it does not have the secret of PAD entry %.63s: compare psk_file at both ends",
			 peer->name);
	else
		sa_fault(sa, fault_of(code),
			 "its AUTH cannot be compared with the secret of PAD entry %.63s: %s",
			 peer->name, crypto_text(code));
	return false;
}

/*
 * Nothing is proved but that no third party has written AUTH. Whether that will
 * do is for the PAD to say; the ID payload has no part in it, unless it claims a
 * name that the PAD has, which is then refused (B04).
 */
static bool verify_null(struct ike_sa *sa, const struct ike_msg *m,
			const struct auth_octets *octets, struct proof *p)
{
	p->who.proof = BTNS_PAD_PROOF_NONE;
	if (keymat_check_psk(sa->keys.prf, null_secret(sa, false), octets,
			     m->auth.data) == CRYPTO_OK)
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "it authenticates by NULL, and its AUTH is not made with the keys of this IKE SA");
	return false;
}

/**
 * proof_verify() - the proof in a peer's IKE_AUTH message
 * @sa: IKE SA with keys
 * @m: the message
 * @id: its ID payload
 * @p: what it has proved; freed with proof_free() in any case
 *
 * Return: true if the proof is good; or false, and sa->fault says why.
 */
bool proof_verify(struct ike_sa *sa, const struct ike_msg *m,
		  const struct ike_id *id, struct proof *p)
{
	const struct conf_peer *peer;
	uint8_t intauth[INTAUTH_MAX];
	struct auth_octets octets;
	enum crypto_code code;
	bool ok;

	memset(p, 0, sizeof(*p));
	if (!id_peer(id, &p->asserted)) {
		sa_fault(sa, IKE_N_TEMPORARY_FAILURE,
			 "its identity could not be hashed");
		return false;
	}
	p->who.id_type = p->asserted.type;
	memcpy(p->who.id_digest, p->asserted.digest, BTNS_DIGEST_LEN);
	peer = p->asserted.type ? conf_peer_named(sa->d->conf, &p->asserted) :
				  NULL;
	code = signed_octets(sa, false, id->body, intauth_octets(sa, intauth),
			     &octets);
	if (code != CRYPTO_OK) {
		sa_fault(sa, fault_of(code), "its AUTH: %s", crypto_text(code));
		return false;
	}
	switch (m->auth.method) {
	case IKE_AUTH_DIGITAL_SIGNATURE:
		ok = verify_signature(sa, m, id, peer, &octets, p);
		break;
	case IKE_AUTH_PSK:
		ok = verify_secret(sa, m, peer, &octets, p);
		break;
	case IKE_AUTH_NULL:
		ok = verify_null(sa, m, &octets, p);
		break;
	default:
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it authenticates by %s (%u); only digital signatures (14), shared secrets (2) and NULL (13) are taken",
			 ike_name_auth(m->auth.method), m->auth.method);
		ok = false;
	}
	wipe(&octets, sizeof(octets));
	wipe(intauth, sizeof(intauth));
	if (ok && p->key) {
		p->who.has_key = true;
		memcpy(p->who.key, key_fingerprint(p->key), BTNS_DIGEST_LEN);
	}
	return ok;
}

/**
 * proof_free() - free what a proof holds
 * @p: proof of proof_verify()
 */
void proof_free(struct proof *p)
{
	key_free(p->key);
	p->key = NULL;
}
