// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NAT detection (RFC 7296 section 2.23): each end sends hashes of the
 * addresses that it sees. We do not speak ESP in UDP, so a NAT between us and
 * the peer is a reason to refuse, and this says which end it is at.
 */
#include "btnsd/crypto/prf.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/notify.h"

static bool nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *e,
		     uint8_t out[20])
{
	uint8_t spis[16], port[2];
	const struct span parts[] = {
		span(spis, sizeof(spis)),
		span(e->addr.b, addr_len(e->addr.family)),
		span(port, sizeof(port)),
	};
	int i;

	for (i = 0; i < 8; i++) {
		spis[i] = (uint8_t)(spi_i >> (56 - 8 * i));
		spis[8 + i] = (uint8_t)(spi_r >> (56 - 8 * i));
	}
	port[0] = (uint8_t)(e->port >> 8);
	port[1] = (uint8_t)e->port;
	return hash_sha1_nat(parts, 3, out) == CRYPTO_OK;
}

/**
 * notify_nat_build() - write both NAT_DETECTION notifies
 * @sa: IKE SA
 * @b: chain of an IKE_SA_INIT message
 *
 * Return: false if hashing failed.
 */
bool notify_nat_build(const struct ike_sa *sa, struct ike_build *b)
{
	uint8_t src[20], dst[20];

	if (!nat_hash(sa->spi_i, sa->spi_r, &sa->path.local, src) ||
	    !nat_hash(sa->spi_i, sa->spi_r, &sa->path.remote, dst))
		return false;
	ike_build_notify(b, IKE_N_NAT_DETECTION_SOURCE_IP,
			 span(src, sizeof(src)));
	ike_build_notify(b, IKE_N_NAT_DETECTION_DESTINATION_IP,
			 span(dst, sizeof(dst)));
	return true;
}

/**
 * notify_nat_seen() - do a peer's notifies show a NAT?
 * @sa: IKE SA
 * @m: IKE_SA_INIT message; its header has the SPIs that were hashed
 * @which: on true, which end is behind it
 *
 * A peer that sends none is believed to have none before it.
 *
 * Return: true if there is a NAT.
 */
bool notify_nat_seen(const struct ike_sa *sa, const struct ike_msg *m,
		     const char **which)
{
	uint8_t src[20], dst[20];
	bool source = false, source_ok = false;
	unsigned int i;

	if (!nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->path.remote, src) ||
	    !nat_hash(m->hdr.spi_i, m->hdr.spi_r, &sa->path.local, dst))
		return false;
	for (i = 0; i < m->n_notifies; i++) {
		const struct ike_notify_desc *n = &m->notify[i];

		if (n->type == IKE_N_NAT_DETECTION_SOURCE_IP) {
			/* a multihomed peer may send several (2.23) */
			source = true;
			if (span_equal(n->data, span(src, sizeof(src))))
				source_ok = true;
		} else if (n->type == IKE_N_NAT_DETECTION_DESTINATION_IP &&
			   !span_equal(n->data, span(dst, sizeof(dst)))) {
			*which = "we are";
			return true;
		}
	}
	*which = "the peer is";
	return source && !source_ok;
}

/**
 * notify_hashes_build() - write SIGNATURE_HASH_ALGORITHMS (RFC 7427 section 4)
 * @b: chain of an IKE_SA_INIT message
 */
void notify_hashes_build(struct ike_build *b)
{
	uint8_t data[32];
	struct span s;
	struct wbuf w;

	wbuf_init(&w, data, sizeof(data));
	sig_hashes_write(&w);
	if (wbuf_done(&w, &s))
		ike_build_notify(b, IKE_N_SIGNATURE_HASH_ALGORITHMS, s);
}
