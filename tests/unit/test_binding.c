// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel bindings: what both ends of a latch have in common. */
#include <errno.h>
#include <string.h>

#include "libbtns/btns.h"
#include "tests/unit/ktap.h"

#define PREFIX	"ipsec-end-point-sha256:"

/* One end's latch: our key is all @us, the peer's all @them. */
static struct btns_latch_info end(uint8_t us, uint8_t them)
{
	struct btns_latch_info info = {
		.state = BTNS_LATCH_STATE_ESTABLISHED,
		.local.type = BTNS_ID_TYPE_PUBLICKEY,
		.peer.type = BTNS_ID_TYPE_PUBLICKEY,
	};

	memset(info.local.digest, us, sizeof(info.local.digest));
	memset(info.peer.digest, them, sizeof(info.peer.digest));
	return info;
}

static void both_ends(void)
{
	struct btns_latch_info a = end(0x0f, 0x35), b = end(0x35, 0x0f);
	struct lbtns_binding ba, bb;
	size_t i, n = strlen(PREFIX);

	CHECK_EQ(lbtns_binding_of(&a, &ba), 0);
	CHECK_EQ(lbtns_binding_of(&b, &bb), 0);
	CHECK_EQ(ba.len, n + 32);
	CHECK_EQ(bb.len, ba.len);
	CHECK(!memcmp(ba.octets, bb.octets, ba.len));
	CHECK(!memcmp(ba.octets, PREFIX, n));
	for (i = n; i < ba.len; i++)
		CHECK_EQ(ba.octets[i], 0x0f ^ 0x35);
}

static void relayed(void)
{
	struct btns_latch_info a = end(1, 9), b = end(2, 9);
	struct lbtns_binding ba, bb;

	CHECK_EQ(lbtns_binding_of(&a, &ba), 0);
	CHECK_EQ(lbtns_binding_of(&b, &bb), 0);
	CHECK(memcmp(ba.octets, bb.octets, ba.len));
}

/* A peer that is known by name, and by the key it proved that with. */
static void by_name(void)
{
	struct btns_latch_info a = end(1, 2), b = end(2, 1);
	struct lbtns_binding ba, bb;

	a.peer.type = BTNS_ID_TYPE_FQDN;
	memset(a.peer.digest, 7, sizeof(a.peer.digest));
	CHECK_EQ(lbtns_binding_of(&a, &ba), -EOPNOTSUPP);
	CHECK_EQ(ba.len, 0);
	a.known = BTNS_INFO_F_PEER_KEY;
	memset(a.peer_key, 2, sizeof(a.peer_key));
	CHECK_EQ(lbtns_binding_of(&a, &ba), 0);
	CHECK_EQ(lbtns_binding_of(&b, &bb), 0);
	CHECK(!memcmp(ba.octets, bb.octets, ba.len));
}

static void refused(void)
{
	struct btns_latch_info a = end(1, 2);
	struct lbtns_binding b;
	uint8_t state;

	for (state = 0; state <= BTNS_LATCH_STATE_CLOSED; state++) {
		a.state = state;
		memset(&b, 0x55, sizeof(b));
		CHECK_EQ(lbtns_binding_of(&a, &b),
			 state == BTNS_LATCH_STATE_ESTABLISHED ? 0 : -ENOTCONN);
		CHECK_EQ(b.len != 0, state == BTNS_LATCH_STATE_ESTABLISHED);
	}
	a = end(1, 2);
	a.local.type = BTNS_ID_TYPE_NONE;
	CHECK_EQ(lbtns_binding_of(&a, &b), -EOPNOTSUPP);
	a = end(3, 3);
	CHECK_EQ(lbtns_binding_of(&a, &b), -EKEYREJECTED);
	CHECK_EQ(b.len, 0);
	CHECK_EQ(lbtns_sock_binding(-1, &b), -EBADF);
}

static const struct ktap_test tests[] = {
	{ "L63 both ends have the same octets, type in front", both_ends },
	{ "L63 with somebody between they differ", relayed },
	{ "L63 a peer by name is bound by its key, or not at all", by_name },
	{ "L63 no binding without a latch, without keys, with one key only",
	  refused },
};

int main(void)
{
	return KTAP_RUN(tests);
}
