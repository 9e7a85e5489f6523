// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child SAs and rekeys that are refused, at either end: for which traffic, by
 * which proposals, and why.
 */
#include "ktap.h"

#include <netinet/in.h>

#include "btnsd/ike/fsm.h"
#include "conf_check.h"
#include "craft.h"
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

/* ---- by us, of what was agreed ------------------------------------------- */

/* host 0 loses its policies, or its IKE SA, while its request is answered */
static bool lose_policies(struct world *x, struct packet *p)
{
	if (p->from == 1 && p->data[18] == IKE_AUTH)
		x->h[0].k.n_policies = 0;
	return true;
}

static bool lose_sa(struct world *x, struct packet *p)
{
	if (p->from == 1 && p->data[18] == IKE_CREATE_CHILD_SA)
		life_close(world_sa(x, 0));
	return true;
}

static void of_answers(void)
{
	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, NULL);
	up(1, NULL);
	w.filter = lose_policies;
	ONE_LINE("10.0.0.2:500 (SHA256:", "IKE_AUTH: child failed: ",
		 "it agrees to 10.0.0.1/32[any] -> 10.0.0.2/32[any] proto 0: no policy protects all of that traffic");

	joined(2);
	w.filter = lose_sa;
	world_acquire(&w, 0, 1, 81);
	SAYS("10.0.0.2:500 (SHA256:", "CREATE_CHILD_SA failed: ",
	     "the IKE SA has been closed meanwhile");
}

/* ---- by us, of what is asked for ----------------------------------------- */

static void pad_changed(void)
{
	joined(2);
	w.h[1].k.n_pad = 0;
	w.h[1].d.pad.stale = true;
	world_acquire(&w, 0, 1, 81);
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "it asks for 10.0.0.2/32[81] -> 10.0.0.1/32[any] proto 6",
	     "the PAD no longer authorises the peer, which PAD entry any did: no PAD entry matches the peer");
}

/* host 0 asks for such traffic between its addresses and those of host 1 */
static void asks_for(struct ike_ts ours, struct ike_ts theirs, bool tunnel)
{
	static uint8_t inner[512], nonce[32];
	struct ike_sa *sa;
	struct ike_build b;

	joined(1);
	sa = world_sa(&w, 0);
	if (!CHECK(sa))
		return;
	ike_build_inner(&b, inner, sizeof(inner));
	if (!tunnel)
		ike_build_notify(&b, IKE_N_USE_TRANSPORT_MODE, span(NULL, 0));
	ike_build_sa(&b, &craft_esp_offer);
	ike_build_nonce(&b, span(nonce, sizeof(nonce)));
	ike_build_ts(&b, IKE_PLD_TSI, &ours, 1);
	ike_build_ts(&b, IKE_PLD_TSR, &theirs, 1);
	craft_inner(&w, sa, 0, 1, IKE_CREATE_CHILD_SA, sa->send_mid, &b);
}

static struct ike_ts range(uint8_t from, uint8_t to)
{
	return (struct ike_ts){
		.type = IKE_TS_IPV4_ADDR_RANGE,
		.port_to = 65535,
		.from = { 10, 0, 0, from },
		.to = { 10, 0, 0, to },
	};
}

static void unusable(void)
{
	const struct ike_ts any_v6 = { .type = IKE_TS_IPV6_ADDR_RANGE,
				       .port_to = 65535 };

	asks_for(range(7, 7), range(2, 2), false);
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "its selectors do not contain both hosts, or the kernel has none like them: ",
	     "10.0.0.2-10.0.0.2", "for us (10.0.0.2), ", "10.0.0.7-10.0.0.7",
	     "for itself (10.0.0.1), 1 and 1 of them");

	/* of two IP versions */
	asks_for(any_v6, range(2, 2), true);
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "the kernel has no selectors like the peer's: ",
	     "10.0.0.2-10.0.0.2", "for us, ::-::",
	     "for itself, 1 and 1 of them");
}

/* ---- rekeys -------------------------------------------------------------- */

/* host 0 rekeys its child SA, of which both have an own idea */
static struct child *other_idea(int host)
{
	joined(2);
	return world_sa(&w, host)->children;
}

static void rekeys(void)
{
	struct child *c;

	c = other_idea(0);
	c->sel.lport = 40000;
	c->sel.lmask = 0xffff;
	CHECK(world_start(&w, 0, TASK_REKEY));
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "the rekey asks for less than the child SA has: for 10.0.0.2/32[80] -> 10.0.0.1/32[40000] proto 6, and c0000002/c0000001 is for 10.0.0.2/32[80] -> 10.0.0.1/32[any] proto 6");

	other_idea(1)->tunnel = true;
	CHECK(world_start(&w, 0, TASK_REKEY));
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "the rekey asks for another mode than the child SA has: for 10.0.0.2/32[80] -> 10.0.0.1/32[any] proto 6, and c0000002/c0000001 is for ");

	child_gone(other_idea(1), false);
	CHECK(world_start(&w, 0, TASK_REKEY));
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "there is no child SA c0000001 to rekey (CHILD_SA_NOT_FOUND)");

	other_idea(1)->state = CHILD_DELETING;
	CHECK(world_start(&w, 0, TASK_REKEY));
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "child SA c0000001 is being deleted (TEMPORARY_FAILURE)");

	other_idea(1)->rekeyed_by = 99;
	CHECK(world_start(&w, 0, TASK_REKEY));
	SAYS("10.0.0.1:500 (SHA256:", "CREATE_CHILD_SA refused: ",
	     "child SA c0000001 was rekeyed already (TEMPORARY_FAILURE)");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K15 by the peer: what was asked for, and what was offered",
		  by_peer },
		{ "by us: for what has been agreed, and why not", of_answers },
		{ "U12 of a changed PAD: which entry it was before", pad_changed },
		{ "selectors that the kernel cannot have: as they came",
		  unusable },
		{ "rekeys: of which child SA, for what, and why not", rekeys },
	};

	return KTAP_RUN(tests);
}
