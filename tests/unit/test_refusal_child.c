// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child SAs and rekeys that are refused, at either end: for which traffic, by
 * which proposals, and why.
 */
#include "ktap.h"

#include <netinet/in.h>

#include "btnsd/ike/fsm.h"
#include "conf_check.h"
#include "refusal_world.h"

/* host 0 has SAs for port 80 and may ask for 81, of which host 1 protects @ports */
static void joined(uint16_t ports)
{
	uint16_t port;

	world_init(&w);
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_protect_ports(&w, 0);
	for (port = 80; port < 80 + ports; port++)
		world_policy(&w, 1, WORLD_NET, WORLD_NET, IPPROTO_TCP, port, 0,
			     true);
	up(0, NULL);
	up(1, NULL);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	world_forget_log(&w);
}

static void reload(int host, const char *settings)
{
	struct conf *c = conf_good(settings);

	if (c)
		CHECK_EQ(btnsd_reload(&w.h[host].d, c), 0);
}

/* ---- by the peer --------------------------------------------------------- */

static void by_peer(void)
{
	joined(1);
	world_acquire(&w, 0, 1, 81);
	SAYS("10.0.0.2:500 (SHA256:", "CREATE_CHILD_SA failed: ",
	     "the peer refused the child: TS_UNACCEPTABLE; we asked for 10.0.0.1/32[any] -> 10.0.0.2/32[81] proto 6, and offered AES_GCM_16-256 no-ESN");

	joined(1);
	reload(1, "ike = { aead = [ \"chacha20poly1305\" ]; };");
	CHECK(world_start(&w, 0, TASK_REKEY_IKE));
	SAYS("10.0.0.2:500 (SHA256:", "CREATE_CHILD_SA failed: ",
	     "the peer refused to rekey the IKE SA: NO_PROPOSAL_CHOSEN; we offered AES_GCM_16-256 ",
	     "X25519");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K15 by the peer: what was asked for, and what was offered",
		  by_peer },
	};

	return KTAP_RUN(tests);
}
