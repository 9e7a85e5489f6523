// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a peer proved holds as long as what it was proved by: a shared secret
 * that is another now, or a certificate that its CA has revoked since, is no
 * proof. Keys are the PAD's, and are looked at there. Child SAs hold as long as
 * the PAD gives the peer their addresses.
 */
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/crypto/trust.h"
#include "btnsd/ike/fsm.h"
#include "btnsd/ike/narrow.h"
#include "btnsd/ike/standing.h"
#include "btnsd/ike/wire.h"

/* octets before each kept certificate: its length */
#define LEN_OCTETS	4

/**
 * standing_keep() - keep the certificates that a peer proved itself by
 * @sa: IKE SA
 * @m: message with the CERT payloads, good until then only
 * @id: its ID payload
 *
 * Return: false if memory ran out.
 */
bool standing_keep(struct ike_sa *sa, const struct ike_msg *m,
		   const struct ike_id *id)
{
	size_t len = 0, at = 0;
	unsigned int i;

	sa->proof_id_type = id->type;
	for (i = 0; i < m->n_certs; i++)
		if (m->cert[i].encoding == IKE_CERT_X509_SIGNATURE)
			len += LEN_OCTETS + m->cert[i].data.len;
	if (!blob_set(&sa->proof_id, id->data.data, id->data.len) ||
	    !blob_room(&sa->proof_certs, len))
		return false;
	for (i = 0; i < m->n_certs; i++) {
		struct span s = m->cert[i].data;
		uint32_t n = (uint32_t)s.len;

		if (m->cert[i].encoding != IKE_CERT_X509_SIGNATURE)
			continue;
		memcpy(sa->proof_certs.data + at, &n, LEN_OCTETS);
		memcpy(sa->proof_certs.data + at + LEN_OCTETS, s.data, s.len);
		at += LEN_OCTETS + s.len;
	}
	return true;
}

/**
 * standing_copy() - an IKE SA takes another's place by a rekey
 * @heir: the new one
 * @old: the one whose peer has proved itself
 *
 * Return: false if memory ran out.
 */
bool standing_copy(struct ike_sa *heir, const struct ike_sa *old)
{
	if (!old->proof_certs.len)
		return true;
	heir->proof_id_type = old->proof_id_type;
	return blob_set(&heir->proof_id, old->proof_id.data,
			old->proof_id.len) &&
	       blob_set(&heir->proof_certs, old->proof_certs.data,
			old->proof_certs.len);
}

/* under the CAs and CRLs that are in force now */
static bool cert_ok(struct ike_sa *sa, const struct conf_peer *peer)
{
	const struct trust_name name = { sa->proof_id_type,
					 blob_span(&sa->proof_id) };
	struct span cert[IKE_MAX_CERTS];
	struct trusted good;
	const char *why = "";
	unsigned int n = 0;
	size_t at = 0;
	uint32_t len;

	while (at < sa->proof_certs.len && n < IKE_MAX_CERTS) {
		memcpy(&len, sa->proof_certs.data + at, LEN_OCTETS);
		cert[n++] = span(sa->proof_certs.data + at + LEN_OCTETS, len);
		at += LEN_OCTETS + len;
	}
	if (trust_verify(peer->trust, cert, n, &name, &good, &why)) {
		key_free(good.key);
		return true;
	}
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "its certificate is no longer good under the ca of PAD entry %.63s: %s",
		 peer->name, why);
	return false;
}

/**
 * standing_ok() - would a peer's proof still be taken?
 * @sa: IKE SA that is established
 * @before: configuration until now; the one in force is another
 *
 * Of a shared secret it is only known that it was the one before.
 *
 * Return: true if so, or if the PAD has to say; else sa->fault says why not.
 */
bool standing_ok(struct ike_sa *sa, const struct conf *before)
{
	const struct conf_peer *now = conf_peer_named(sa->d->conf, &sa->peer);
	const struct conf_peer *then = conf_peer_named(before, &sa->peer);

	if (sa->btns || !sa->authenticated)
		return true;
	if (sa->who.proof == BTNS_PAD_PROOF_CERT) {
		if (now && now->method == BTNS_AUTH_METHOD_CERT)
			return cert_ok(sa, now);
		sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
			 "it proved itself as %.80s by a certificate, and its ca is gone from the configuration",
			 sa->peer.name);
		return false;
	}
	if (sa->who.proof != BTNS_PAD_PROOF_SECRET)
		return true;
	if (now && now->method != BTNS_AUTH_METHOD_PSK)
		now = NULL;
	if (now && then && now->psk && then->psk &&
	    secret_equal(secret_span(now->psk), secret_span(then->psk)))
		return true;
	sa_fault(sa, IKE_N_AUTHENTICATION_FAILED,
		 "the secret by which it proved itself as %.80s is %s",
		 sa->peer.name,
		 now && now->psk ? "another now: psk_file has changed" :
				   "gone from the configuration");
	return false;
}

/**
 * standing_now() - would a peer, with what it has proved, be taken now?
 * @sa: IKE SA that is established, and about to be rekeyed
 *
 * Certificates and CRLs end without a reload.
 *
 * Return: true if so; else sa->fault says why not.
 */
bool standing_now(struct ike_sa *sa)
{
	return x_auth_still_ok(sa) && standing_ok(sa, sa->d->conf);
}

/*
 * Both SAs go at once: until the peer has answered a Delete, packets would be
 * taken from addresses that are another's.
 */
static void take_back(struct child *c, const char *why)
{
	struct ike_sa *sa = c->sa;
	struct task *t = NULL;

	sa_log(sa, LOG_WARNING, "child %08x/%08x deleted: %s", c->spi_in,
	       c->spi_out, why);
	/* else its Delete is on its way */
	if (c->state != CHILD_DELETING)
		t = task_add(sa, TASK_DELETE_CHILD);
	if (t)
		t->spi = c->spi_in;
	child_gone(c, false);
}

/**
 * standing_children() - take back child SAs that a peer may no longer have
 * @sa: IKE SA that is established, of a peer that the PAD authorises
 *
 * A peer's entry may have fewer addresses than before, or another entry may own
 * those of a BTNS or anonymous peer now; or a policy may want a peer that has
 * proved more, as the group private of one that is anonymous.
 *
 * Return: true if there were any; the caller runs fsm_start() then.
 */
bool standing_children(struct ike_sa *sa)
{
	struct btns_pad_decision dec;
	struct child *c, *next;
	char why[NARROW_WHY_MAX];
	bool any = false;
	struct sel s;

	if (!pad_match(sa->d, &sa->who, &dec))
		return false;
	for (c = sa->children; c; c = next) {
		next = c->next;
		s = c->sel;
		if (pad_narrow(sa->d, dec.index, NULL, &s, why, sizeof(why)) &&
		    narrow_proved(sa, c, dec.btns, why))
			continue;
		take_back(c, why);
		any = true;
	}
	return any;
}
