// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of enum values, as Documentation/netlink/specs/btns.yaml has them. */
#include <errno.h>
#include <string.h>

#include "libbtns/btns.h"

#define SET_MAX	32

static const char *const tables[][SET_MAX] = {
	[LBTNS_NAMES_ID_TYPE] = {
		[BTNS_ID_TYPE_NONE] = "none",
		[BTNS_ID_TYPE_PUBLICKEY] = "publickey",
		[BTNS_ID_TYPE_IPV4] = "ipv4",
		[BTNS_ID_TYPE_IPV6] = "ipv6",
		[BTNS_ID_TYPE_FQDN] = "fqdn",
		[BTNS_ID_TYPE_RFC822] = "rfc822",
		[BTNS_ID_TYPE_DN] = "dn",
		[BTNS_ID_TYPE_KEY_ID] = "key-id",
	},
	[LBTNS_NAMES_METHOD] = {
		[BTNS_AUTH_METHOD_NONE] = "none",
		[BTNS_AUTH_METHOD_BTNS] = "btns",
		[BTNS_AUTH_METHOD_RAWKEY] = "rawkey",
		[BTNS_AUTH_METHOD_CERT] = "cert",
		[BTNS_AUTH_METHOD_PSK] = "psk",
		[BTNS_AUTH_METHOD_MANUAL] = "manual",
	},
	[LBTNS_NAMES_STATE] = {
		[BTNS_LATCH_STATE_NONE] = "none",
		[BTNS_LATCH_STATE_LARVAL] = "larval",
		[BTNS_LATCH_STATE_LISTENER] = "listener",
		[BTNS_LATCH_STATE_ESTABLISHED] = "established",
		[BTNS_LATCH_STATE_BROKEN] = "broken",
		[BTNS_LATCH_STATE_CLOSED] = "closed",
	},
	[LBTNS_NAMES_REASON] = {
		[BTNS_REASON_NONE] = "none",
		[BTNS_REASON_BYPASS] = "bypass",
		[BTNS_REASON_BLOCK] = "block",
		[BTNS_REASON_POLICY] = "policy",
		[BTNS_REASON_PEER] = "peer",
		[BTNS_REASON_LOCAL_ID] = "local-id",
		[BTNS_REASON_PROTECTION] = "protection",
		[BTNS_REASON_QOP] = "qop",
		[BTNS_REASON_UNIDENTIFIED] = "unidentified",
		[BTNS_REASON_BUNDLE] = "bundle",
		[BTNS_REASON_PEER_DEAD] = "peer-dead",
		[BTNS_REASON_ADMIN] = "admin",
		[BTNS_REASON_NOT_WANTED] = "not-wanted",
		[BTNS_REASON_UNPROTECTED] = "unprotected",
		[BTNS_REASON_LIMIT] = "limit",
		[BTNS_REASON_PAD] = "pad",
		[BTNS_REASON_PENDING] = "pending",
		[BTNS_REASON_STORE] = "store",
		[BTNS_REASON_INTERFACE] = "interface",
		[BTNS_REASON_OFFLOAD] = "offload",
		[BTNS_REASON_WIDE] = "wide",
	},
	[LBTNS_NAMES_ASK] = {
		[BTNS_ASK_MODE_DEFAULT] = "default",
		[BTNS_ASK_MODE_OFF] = "off",
		[BTNS_ASK_MODE_PREFER] = "prefer",
		[BTNS_ASK_MODE_REQUIRE] = "require",
	},
	[LBTNS_NAMES_DISPOSITION] = {
		[BTNS_DISPOSITION_DEFAULT] = "default",
		[BTNS_DISPOSITION_WAIT] = "wait",
		[BTNS_DISPOSITION_RESET] = "reset",
		[BTNS_DISPOSITION_UNREACHABLE] = "unreachable",
	},
	[LBTNS_NAMES_VERDICT] = {
		[BTNS_SA_VERDICT_OK] = "ok",
		[BTNS_SA_VERDICT_PAD_REFUSED] = "pad-refused",
		[BTNS_SA_VERDICT_OWNED] = "owned",
		[BTNS_SA_VERDICT_POLICY_REFUSED] = "policy-refused",
		[BTNS_SA_VERDICT_CONFLICT] = "conflict",
	},
};

#define SETS	(sizeof(tables) / sizeof(tables[0]))

const char *lbtns_name(enum lbtns_names set, unsigned int value)
{
	if (set >= SETS || value >= SET_MAX || !tables[set][value])
		return "unknown";
	return tables[set][value];
}

int lbtns_value(enum lbtns_names set, const char *name)
{
	int i;

	for (i = 0; set < SETS && i < SET_MAX; i++)
		if (tables[set][i] && !strcmp(tables[set][i], name))
			return i;
	return -EINVAL;
}
