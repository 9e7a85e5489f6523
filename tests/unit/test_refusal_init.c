// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comes back in the clear for our IKE_SA_INIT and helps nobody: it is passed
 * over, and said when nothing better comes.
 */
#include "ktap.h"

#include "craft.h"
#include "refusal_world.h"

/* what host 1 answers instead, each time */
static uint16_t type;
static uint8_t data[8];
static size_t len;
/* another COOKIE each time */
static bool counts;

static bool answer_by_notify(struct world *x, struct packet *p)
{
	struct ike_hdr hdr;
	struct ike_build b;
	uint8_t buf[256];
	struct span s;

	if (p->from || !world_hdr(p, &hdr))
		return true;
	if (counts)
		data[0]++;
	hdr.flags = IKE_FLAG_RESPONSE;
	ike_build_outer(&b, buf, sizeof(buf), &hdr);
	ike_build_notify(&b, type, span(data, len));
	if (CHECK(ike_build_done(&b, &s, NULL)))
		world_inject(x, 1, 0, s.data, s.len);
	return false;
}

static void answered(uint16_t notify, size_t n, bool more)
{
	begin();
	up(0, "ike = { dh = [ \"x25519\" ]; };");
	type = notify;
	len = n;
	counts = more;
	w.filter = answer_by_notify;
	world_acquire(&w, 0, 1, 80);
}

static void notifies(void)
{
	answered(IKE_N_COOKIE, 8, true);
	SAYS("10.0.0.2:500 #1: IKE_SA_INIT answer passed over: ",
	     "asked to start again too often");

	/* the same one again */
	answered(IKE_N_COOKIE, 8, false);
	SAYS("10.0.0.2:500 #1: IKE_SA_INIT answer passed over: ",
	     "its COOKIE is of no use");

	data[0] = 0;
	data[1] = 19;
	answered(IKE_N_INVALID_KE_PAYLOAD, 2, false);
	SAYS("10.0.0.2:500 #1: IKE_SA_INIT answer passed over: ",
	     "it wants group 19, which ike.dh does not have");

	answered(IKE_N_INVALID_SYNTAX, 0, false);
	SAYS("10.0.0.2:500 #1: IKE_SA_INIT answer passed over: ",
	     "it answered INVALID_SYNTAX");
}

static void groups(void)
{
	begin();
	world_pad_any(&w, 1);
	up(0, "ike = { dh = [ \"x25519\", \"p256\" ]; };");
	up(1, "ike = { dh = [ \"p256\" ]; };");
	ONE_LINE("10.0.0.1:500 #1: IKE_SA_INIT refused: ",
		 "asked for group ECP_256, as its key exchange has X25519 (INVALID_KE_PAYLOAD)");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "K10 notifies that help nobody: what it is about them",
		  notifies },
		{ "K10 groups: which one it has, and which is wanted", groups },
	};

	return KTAP_RUN(tests);
}
