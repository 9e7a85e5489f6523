// SPDX-License-Identifier: GPL-2.0-or-later
/* Notifies that take some making, and what one says. */
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/names.h"
#include "btnsd/ike/notify.h"

/**
 * notify_reason() - why a peer refused something, for the log
 * @n: error notify of its answer, NULL if there is none
 *
 * Return: text that is never freed.
 */
const char *notify_reason(const struct ike_notify_desc *n)
{
	return n ? ike_name_notify(n->type) : "it gave no reason";
}

/**
 * notify_group() - the group that a peer wants a key exchange with
 * @n: its INVALID_KE_PAYLOAD, or NULL
 *
 * Return: 0 if it names none, else a number that may be no group of ours.
 */
uint16_t notify_group(const struct ike_notify_desc *n)
{
	return n && n->data.len == 2 ?
		       (uint16_t)(n->data.data[0] << 8 | n->data.data[1]) :
		       0;
}

/**
 * notify_busy() - does an error say no more than "not now"?
 * @n: it, or NULL
 *
 * Whoever says so negotiates: that it has no room is no reason to do without
 * protection, and may be brought about by others.
 *
 * Return: true for TEMPORARY_FAILURE and NO_ADDITIONAL_SAS.
 */
bool notify_busy(const struct ike_notify_desc *n)
{
	return n && (n->type == IKE_N_TEMPORARY_FAILURE ||
		     n->type == IKE_N_NO_ADDITIONAL_SAS);
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
