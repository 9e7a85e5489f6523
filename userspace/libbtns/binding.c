// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Channel bindings (RFC 5056): octets that both ends of a latched connection
 * have in common, and that nobody in the middle can make equal. A program
 * authenticates its peer in its own way, has the octets take part in it, and
 * so finds out whether it speaks with that peer directly, and whether the peer
 * latches too (RFC 5660 section 6.3).
 */
#include <errno.h>
#include <string.h>

#include "libbtns/btns.h"

/* Digest of a key; NULL if the end is not known by one. */
static const uint8_t *peer_key(const struct btns_latch_info *info)
{
	if (info->known & BTNS_INFO_F_PEER_KEY)
		return info->peer_key;
	return info->peer.type == BTNS_ID_TYPE_PUBLICKEY ? info->peer.digest :
							   NULL;
}

static const uint8_t *local_key(const struct btns_latch_info *info)
{
	return info->local.type == BTNS_ID_TYPE_PUBLICKEY ? info->local.digest :
							    NULL;
}

int lbtns_binding_of(const struct btns_latch_info *info,
		     struct lbtns_binding *binding)
{
	static const char prefix[] = LBTNS_BINDING_TYPE ":";
	const uint8_t *peer = peer_key(info), *local = local_key(info);
	uint8_t *octets = binding->octets + sizeof(prefix) - 1;
	unsigned int i;

	memset(binding, 0, sizeof(*binding));
	if (info->state != BTNS_LATCH_STATE_ESTABLISHED)
		return -ENOTCONN;
	if (!peer || !local)
		return -EOPNOTSUPP;
	/* all zero, as any other two ends of one key would have it */
	if (!memcmp(peer, local, BTNS_DIGEST_LEN))
		return -EKEYREJECTED;
	memcpy(binding->octets, prefix, sizeof(prefix) - 1);
	for (i = 0; i < BTNS_DIGEST_LEN; i++)
		octets[i] = peer[i] ^ local[i];
	binding->len = sizeof(prefix) - 1 + BTNS_DIGEST_LEN;
	return 0;
}

int lbtns_sock_binding(int fd, struct lbtns_binding *binding)
{
	struct btns_latch_info info;
	int err = lbtns_sock_info(fd, &info);

	memset(binding, 0, sizeof(*binding));
	return err ? err : lbtns_binding_of(&info, binding);
}
