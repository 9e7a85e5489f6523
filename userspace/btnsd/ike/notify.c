// SPDX-License-Identifier: GPL-2.0-or-later
/* Notifies that take some making. */
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/notify.h"

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
