// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a peer that has the keys of an IKE SA may say: any payloads inside SK,
 * whole or in fragments, as requests and as answers, in any order, to a helper
 * that has just begun, is half open, established, or waits for an answer; and what
 * a helper has really said in that place, with parts of it cut out or replaced:
 * its AUTH is good, and all that comes after a proof is behind this door.
 *
 * An input is two octets that say how the helper stands (ike_stand.h), then
 * messages: what and how (WHAT_*, HOW_*), first payload, fragment number and
 * total, length in two octets, and so many octets: payloads, or with HOW_KEPT
 * edits of what host 0 has said last: where in two octets, how many octets to cut
 * out, how many to put there, and these.
 */
#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/parse.h"
#include "btnsd/ike/sk.h"
#include "btnsd/ike/wire.h"
#include "tests/fuzz/ike_stand.h"
#include "tests/unit/world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WHAT_EXCHANGE	0x07	/* which of exchanges[] */
#define WHAT_RESPONSE	0x08
#define WHAT_LATE	0x10	/* with the message id before */

#define HOW_FRAGMENT	0x01
#define HOW_WAIT	0x02	/* time passes first */
#define HOW_RAW		0x04	/* as the Encrypted payload's body, not sealed */
#define HOW_KEPT	0x08	/* what host 0 has said, edited */
#define HOW_HEIR	0x10	/* to the newest IKE SA */
#define HOW_ELSEWHERE	0x20	/* by another port than before */

#define STANDS	2	/* octets in front of all messages */
#define HEAD	7	/* octets in front of each */
#define EDIT	4	/* octets in front of what an edit puts in */
#define ROOM	70000

static const uint8_t exchanges[WHAT_EXCHANGE + 1] = {
	IKE_SA_INIT, IKE_AUTH, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
	IKE_INTERMEDIATE, IKE_FOLLOWUP_KE, IKE_SESSION_RESUME, 200,
};

static struct world w;
/* the IKE SA that the stand was about */
static uint64_t spi_i;
static uint64_t iv;
static uint8_t wire[ROOM], plain[ROOM];

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- edits ---------------------------------------------------------------- */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* the payload around @at in a chain has become that much longer */
static void fix_length(uint8_t *chain, size_t len, size_t at, int more)
{
	size_t off, n;

	for (off = 0; off + 4 <= len; off += n) {
		n = get16(chain + off + 2);
		if (n < 4)
			return;
		if (at >= off + n)
			continue;
		n += (size_t)more;
		chain[off + 2] = (uint8_t)(n >> 8);
		chain[off + 3] = (uint8_t)n;
		return;
	}
}

/* Apply the edits to @buf from @from on, which is a chain; its new length. */
static size_t edit(uint8_t *buf, size_t from, size_t len, struct span edits)
{
	while (edits.len >= EDIT) {
		const uint8_t *e = edits.data;
		size_t at = from + get16(e), cut = e[2], put = e[3];

		edits = span(e + EDIT, edits.len - EDIT);
		if (put > edits.len)
			put = edits.len;
		if (at > len)
			at = len;
		if (cut > len - at)
			cut = len - at;
		if (len - cut + put > IKE_MSG_MAX)
			break;
		if (cut != put)
			fix_length(buf + from, len - from, at - from,
				   (int)put - (int)cut);
		memmove(buf + at + put, buf + at + cut, len - at - cut);
		memcpy(buf + at, edits.data, put);
		len += put - cut;
		edits = span(edits.data + put, edits.len - put);
	}
	return len;
}

/* ---- messages ------------------------------------------------------------- */

/* the IKE SA that is spoken to, NULL if there is none */
static struct ike_sa *addressee(const uint8_t head[HEAD])
{
	struct ike_sa *sa;

	for (sa = w.h[1].d.sas; sa && !(head[1] & HOW_HEIR); sa = sa->next)
		if (sa->spi_i == spi_i)
			return sa;
	return w.h[1].d.sas;
}

static void deliver(const struct ike_sa *to, bool elsewhere, struct span m)
{
	struct path path = {
		.local = { .addr = w.h[1].addr, .port = IKE_PORT },
		.remote = { .addr = *world_seen(&w, 0), .port = IKE_PORT },
	};

	if (to)
		path = to->path;
	path.remote.port ^= elsewhere;
	btnsd_rx(&w.h[1].d, &path, m.data, m.len);
	world_run(&w);
}

/* host 0's message, opened into @plain; false if that cannot be */
static bool open_kept(const struct ike_sa *to, struct sk_content *c)
{
	const struct span data = span(w.kept->data, w.kept->len);
	static struct ike_msg m;
	struct ike_parse_fail fail;

	if (!to || !to->has_keys || ike_parse_outer(data, &m, &fail) ||
	    !m.sk.present || m.sk.fragment ||
	    sk_open(&to->keys, !to->initiator, data, &m.sk, plain, &c->text) ||
	    ike_parse_unpad(&c->text))
		return false;
	c->hdr.spi_i = m.hdr.spi_i;
	c->hdr.spi_r = m.hdr.spi_r;
	c->hdr.exchange = m.hdr.exchange;
	c->hdr.flags = m.hdr.flags;
	if (!c->first)
		c->first = m.sk.first;
	/* it is as the helper made it, so far: from the start of the room */
	memmove(plain, c->text.data, c->text.len);
	return true;
}

/* IKE_SA_INIT, which nothing protects */
static void say_clear(const struct ike_sa *to, const uint8_t head[HEAD],
		      struct span edits)
{
	size_t len = w.kept->len;
	uint32_t total;

	if (len < sizeof(struct ike_wire_hdr) || len > sizeof(plain))
		return;
	memcpy(plain, w.kept->data, len);
	if (head[2])
		plain[offsetof(struct ike_wire_hdr, next)] = head[2];
	len = edit(plain, sizeof(struct ike_wire_hdr), len, edits);
	total = htobe32((uint32_t)len);
	memcpy(plain + offsetof(struct ike_wire_hdr, length), &total,
	       sizeof(total));
	deliver(to, head[1] & HOW_ELSEWHERE, span(plain, len));
}

static void seal_and_say(const struct ike_sa *to, const uint8_t head[HEAD],
			 const struct sk_content *c)
{
	const struct ike_sk_form bare = { 0, 0, c->number, c->total, 1 };
	struct ike_sk_room room = { 0 };
	struct span m = { NULL, 0 };
	enum crypto_code code;

	if (head[1] & HOW_RAW) {
		ike_build_sk(wire, sizeof(wire), &c->hdr, c->first, c->text,
			     &bare, &room);
		m = room.message;
	} else {
		code = sk_seal(&to->keys, !to->initiator, iv++, c, wire,
			       sizeof(wire), &m);
		must(code == CRYPTO_OK || code == CRYPTO_LENGTH);
	}
	if (m.len)
		deliver(to, head[1] & HOW_ELSEWHERE, m);
}

/* as host 1 expects it but for its contents */
static void say(const uint8_t head[HEAD], struct span text)
{
	const bool fragment = head[1] & HOW_FRAGMENT;
	const struct ike_sa *to = addressee(head);
	struct sk_content c = {
		.hdr = {
			.major = IKE_MAJOR_VERSION,
			.exchange = exchanges[head[0] & WHAT_EXCHANGE],
			.flags = head[0] & WHAT_RESPONSE ? IKE_FLAG_RESPONSE : 0,
		},
		.first = head[2],
		.text = text,
		.number = fragment ? head[3] : 0,
		.total = fragment ? head[4] : 0,
	};
	size_t len;

	if (head[1] & HOW_KEPT) {
		if (!w.kept)
			return;
		if (!open_kept(to, &c)) {
			say_clear(to, head, text);
			return;
		}
		len = edit(plain, 0, c.text.len, text);
		c.text = span(plain, len);
	}
	if (!to || !to->has_keys)
		return;
	c.hdr.spi_i = to->spi_i;
	c.hdr.spi_r = to->spi_r;
	if (!to->initiator)
		c.hdr.flags |= IKE_FLAG_INITIATOR;
	c.hdr.msgid = (c.hdr.flags & IKE_FLAG_RESPONSE ? to->send_mid :
							 to->recv_mid) -
		      (head[0] & WHAT_LATE ? 1 : 0);
	seal_and_say(to, head, &c);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stand_files();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *head;
	uint8_t with;
	size_t len;

	if (size < STANDS)
		return 0;
	with = data[1];
	stand_begin(&w, data[0], with);
	spi_i = w.h[1].d.sas ? w.h[1].d.sas->spi_i : 0;
	data += STANDS;
	for (size -= STANDS; size >= HEAD; data += len, size -= len) {
		head = data;
		data += HEAD;
		size -= HEAD;
		len = get16(head + 5);
		if (len > size)
			len = size;
		if (head[1] & HOW_WAIT)
			world_advance(&w, 700);
		say(head, span(data, len));
	}
	stand_check(&w, with);
	/* and what is left of it goes by itself */
	world_advance(&w, 40000);
	stand_check(&w, with);
	world_fini(&w);
	return 0;
}
