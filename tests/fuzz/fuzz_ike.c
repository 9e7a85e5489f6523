// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a peer that has the keys of an IKE SA may say: any payloads inside SK,
 * whole or in fragments, as requests and as answers, in any order, to a helper
 * that is half open, established, or waits for an answer. Proposals, selectors,
 * identities, NAT payloads, Deletes and rekeys are all behind this door.
 *
 * An input is an octet that says how the helper stands (STAND_*), then messages:
 * exchange and flags (SAY_*), first payload, fragment number and total, length in two
 * octets, and so many octets.
 */
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sk.h"
#include "tests/unit/craft.h"
#include "tests/unit/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STAND_HALF_OPEN	0x01	/* no IKE_AUTH yet */
#define STAND_INITIATOR	0x02	/* the helper began the IKE SA */
#define STAND_TASK	0x1c	/* what it asks and has no answer to, 0 is nothing */
#define STAND_CBC	0x20	/* AES-CBC and HMAC protect the IKE SA, not an AEAD */

#define SAY_EXCHANGE	0x07	/* which of exchanges[] */
#define SAY_RESPONSE	0x08
#define SAY_LATE	0x10	/* with the message id before */
#define SAY_FRAGMENT	0x20
#define SAY_WAIT	0x40	/* time passes first */
#define SAY_RAW		0x80	/* as the Encrypted payload's body, not sealed */

#define HEAD	6	/* octets in front of a message */
#define NET	"10.0.0.0/24"
#define CBC	"ike = { aead = [ \"aes128-sha256\" ]; };"

static const uint8_t exchanges[SAY_EXCHANGE + 1] = {
	IKE_SA_INIT, IKE_AUTH, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
	IKE_INTERMEDIATE, IKE_SESSION_RESUME, 44, 200,
};

static struct world w;
static uint8_t wire[70000];
static uint64_t iv;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool not_from_0(struct world *x, struct packet *p)
{
	(void)x;
	return p->from != 0;
}

static bool no_auth(struct world *x, struct packet *p)
{
	(void)x;
	return p->len < 28 || p->data[18] != IKE_AUTH;
}

/* two hosts; @keys are those that the input is sealed with */
static void begin(uint8_t stand, struct ike_keys *keys)
{
	static const enum task_kind kinds[] = {
		TASK_NONE, TASK_REKEY, TASK_REKEY_IKE, TASK_DELETE_CHILD,
		TASK_DELETE_IKE, TASK_LIVENESS, TASK_TOKEN, TASK_NONE,
	};
	enum task_kind kind = kinds[(stand & STAND_TASK) >> 2];
	int i, from = stand & STAND_INITIATOR ? 1 : 0;
	struct ike_sa *sa;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, NET, NET, 0, 0, 0, true);
		must(world_up(&w, i, KEY_ED25519, stand & STAND_CBC ? CBC : NULL));
	}
	if (stand & STAND_HALF_OPEN) {
		w.filter = no_auth;
		from = 0;
	}
	world_acquire(&w, from, !from, 80);
	world_run(&w);
	w.filter = not_from_0;
	must(w.h[1].d.sas && w.h[1].d.sas->has_keys);
	must(!w.h[1].d.sas->keys.integ == !(stand & STAND_CBC));
	*keys = w.h[1].d.sas->keys;
	sa = world_sa(&w, 1);
	if (!sa || kind == TASK_NONE)
		return;
	if (kind == TASK_REKEY)
		life_rekey(sa->children);
	else if (kind == TASK_DELETE_CHILD)
		life_delete_child(sa->children);
	else if (kind == TASK_DELETE_IKE)
		life_close(sa);
	else
		task_add(sa, kind);
	fsm_start(sa);
	world_run(&w);
}

/* one message of the input, sealed; as host 1 expects it but for its contents */
static void say(const struct ike_keys *keys, const struct ike_sa *to,
		const uint8_t head[HEAD], struct span text)
{
	const bool fragment = head[0] & SAY_FRAGMENT;
	const bool response = head[0] & SAY_RESPONSE;
	const struct sk_content c = {
		.hdr = {
			.spi_i = to->spi_i,
			.spi_r = to->spi_r,
			.major = IKE_MAJOR_VERSION,
			.exchange = exchanges[head[0] & SAY_EXCHANGE],
			.flags = (uint8_t)((to->initiator ? 0 : IKE_FLAG_INITIATOR) |
					   (response ? IKE_FLAG_RESPONSE : 0)),
			.msgid = (response ? to->send_mid : to->recv_mid) -
				 (head[0] & SAY_LATE ? 1 : 0),
		},
		.first = head[1],
		.text = text,
		.number = fragment ? head[2] : 0,
		.total = fragment ? head[3] : 0,
	};
	const struct ike_sk_form bare = { 0, 0, c.number, c.total, 1 };
	struct ike_sk_room room = { 0 };
	enum crypto_code code;
	struct span m;

	code = sk_seal(keys, !to->initiator, iv++, &c, wire, sizeof(wire), &m);
	must(code == CRYPTO_OK || code == CRYPTO_LENGTH);
	if (head[0] & SAY_RAW) {
		ike_build_sk(wire, sizeof(wire), &c.hdr, c.first, text, &bare,
			     &room);
		m = room.message;
	}
	if (!m.len)
		return;
	world_inject(&w, 0, 1, m.data, m.len);
	world_run(&w);
}

/* whatever was said, nobody but host 0's key has SAs, and only who proved it */
static void check(bool half_open)
{
	struct key *k = world_key(0, KEY_ED25519);
	size_t i;

	must(!w.h[1].k.unvouched && !w.h[1].k.conflicts);
	must(!half_open || !world_installed(&w, 1));
	for (i = 0; i < w.h[1].k.n_bound; i++)
		must(w.h[1].k.bound[i].peer.type == BTNS_ID_TYPE_PUBLICKEY &&
		     !memcmp(w.h[1].k.bound[i].peer.digest, key_fingerprint(k),
			     BTNS_DIGEST_LEN));
	key_free(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_keys keys;
	const uint8_t *head;
	struct ike_sa *sa;
	bool half_open;
	size_t len;

	if (!size)
		return 0;
	half_open = *data & STAND_HALF_OPEN;
	begin(*data, &keys);
	for (data++, size--; size >= HEAD; data += len, size -= len) {
		head = data;
		data += HEAD;
		size -= HEAD;
		len = (size_t)head[4] << 8 | head[5];
		if (len > size)
			len = size;
		if (head[0] & SAY_WAIT)
			world_advance(&w, 700);
		/* the IKE SA that the keys are of; heirs have others */
		for (sa = w.h[1].d.sas; sa; sa = sa->next)
			if (!memcmp(&sa->keys.sk_d, &keys.sk_d,
				    sizeof(keys.sk_d)))
				break;
		if (!sa)
			break;
		say(&keys, sa, head, span(data, len));
	}
	check(half_open);
	/* and what is left of it goes by itself */
	world_advance(&w, 40000);
	check(half_open);
	keymat_wipe(&keys);
	world_fini(&w);
	return 0;
}
