// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The insider's IKE SAs are opened by the helper of host 2, which then forgets
 * them; from there on it is deaf, and all is said by hand with the keys that
 * host 1 has for it, so those of heirs too.
 */
#include <string.h>

#include "btnsd/ike/fsm.h"
#include "btnsd/ike/sk.h"
#include "btnsd/ike/ts.h"
#include "craft.h"
#include "insider.h"

#define HOST	2
#define TO	1
#define OTHER	0
/* messages after which it changes its manners */
#define CAREFUL	2048

static uint8_t fingerprint[BTNS_DIGEST_LEN];
static uint64_t (*number)(void);
/* says nothing that would end its IKE SA, and so comes to have much */
static bool careful;
static uint64_t iv = 0xcccc000000000000u;

/* one chance in @n */
static bool one_in(unsigned int n)
{
	return number() % n == 0;
}

static bool deaf(struct world *w, struct packet *p)
{
	return !addr_equal(&p->path.remote.addr, &w->h[HOST].addr);
}

/**
 * insider_up() - start it
 * @w: world whose other hosts are up
 * @conf: configuration of host 2, until it is forgotten
 *
 * Return: false if host 2 would not start.
 */
bool insider_up(struct world *w, const char *conf)
{
	struct key *k = world_key(HOST, KEY_ED25519);

	memcpy(fingerprint, key_fingerprint(k), sizeof(fingerprint));
	key_free(k);
	world_pad_any(w, HOST);
	world_protect(w, HOST);
	return world_up(w, HOST, KEY_ED25519, conf);
}

/* an IKE SA that host 1 has with it */
static bool own(const struct ike_sa *sa)
{
	return sa->has_keys && sa->authenticated && sa->state != IKE_ST_DEAD &&
	       !memcmp(sa->peer_key, fingerprint, sizeof(fingerprint));
}

/* any of them, the oldest above all, for that is the one to fill */
static struct ike_sa *pick(struct world *w)
{
	struct ike_sa *sa, *found = NULL;

	for (sa = w->h[TO].d.sas; sa; sa = sa->next)
		if (own(sa) && (!found || sa->id < found->id || one_in(4)))
			found = sa;
	return found;
}

static void open_one(struct world *w, struct insider *in)
{
	const struct path path = {
		.local = { .addr = w->h[HOST].addr, .port = IKE_PORT },
		.remote = { .addr = w->h[TO].addr, .port = IKE_PORT },
	};
	const struct sel hosts = {
		.local = w->h[HOST].addr, .remote = w->h[TO].addr,
		.local_plen = 32, .remote_plen = 32,
	};
	const struct child_want want = { .narrow = hosts, .wide = hosts };
	struct ike_sa *sa = sa_new_initiator(&w->h[HOST].d, &path);

	if (!sa || !life_want(sa, &want))
		return;
	w->filter = NULL;
	fsm_start(sa);
	world_run(w);
	w->filter = deaf;
	in->opened += !!world_sa(w, HOST);
	while ((sa = w->h[HOST].d.sas)) {
		sa_kill(sa, false);
		sa_reap(&w->h[HOST].d);
	}
}

/* an SPI: of its own child SAs, of the other host's, or of nothing */
static uint32_t any_spi(struct world *w, const struct ike_sa *sa)
{
	const struct ike_sa *other = world_sa(w, OTHER);
	const struct child *c = sa->children;
	unsigned int skip = (unsigned int)(number() % 8);

	if (one_in(4) && other && other->children)
		return one_in(2) ? other->children->spi_in :
				   other->children->spi_out;
	while (c && c->next && skip--)
		c = c->next;
	if (!c || one_in(8))
		return (uint32_t)number();
	return one_in(4) ? c->spi_in : c->spi_out;
}

/* addresses: its own, those of others, all */
static void put_ts(struct world *w, struct ike_build *b)
{
	struct sel s = {
		.local = w->h[HOST].addr, .remote = w->h[TO].addr,
		.local_plen = 32, .remote_plen = 32,
	};
	struct ike_ts i, r;

	if (one_in(8))
		s.local = w->h[OTHER].addr;
	if (one_in(16))
		s.remote = w->h[OTHER].addr;
	if (one_in(16))
		s.local_plen = (uint8_t)(number() % 33);
	if (one_in(16))
		s.remote_plen = (uint8_t)(number() % 33);
	if (one_in(2)) {
		s.proto = one_in(2) ? 6 : 17;
		s.rport = (uint16_t)number();
		s.rmask = 0xffff;
	}
	ts_from_sel(&s, &i, &r);
	ike_build_ts(b, IKE_PLD_TSI, one_in(16) ? &r : &i, 1);
	ike_build_ts(b, IKE_PLD_TSR, &r, 1);
}

static void put_nonce(struct ike_build *b)
{
	uint64_t nonce[4] = { number(), number(), number(), number() };

	ike_build_nonce(b, span((uint8_t *)nonce, sizeof(nonce)));
}

static void put_child(struct world *w, const struct ike_sa *sa, bool rekey,
		      struct ike_build *b)
{
	uint32_t spi = (uint32_t)number() | 0x1000;
	struct ike_sa_payload offer = {
		.present = true, .count = 1,
		.proposal[0] = { .num = 1, .proto = IKE_PROTO_ESP,
				 .spi = { (uint8_t *)&spi, 4 }, .count = 2 },
		.n_transforms = 2,
		.transform[0] = { IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16,
				  one_in(16) ? 192 : 256, 0 },
		.transform[1] = { IKE_TRANS_ESN, IKE_ESN_NO, 0, 0 },
	};

	if (rekey)
		ike_build_notify_spi(b, IKE_PROTO_ESP, any_spi(w, sa),
				     IKE_N_REKEY_SA, span(NULL, 0));
	if (!one_in(8))
		ike_build_notify(b, IKE_N_USE_TRANSPORT_MODE, span(NULL, 0));
	ike_build_sa(b, &offer);
	put_nonce(b);
	put_ts(w, b);
}

static void put_rekey_ike(struct ike_build *b)
{
	uint64_t spi = number();
	const struct ike_sa_payload offer = {
		.present = true, .count = 1,
		.proposal[0] = { .num = 1, .proto = IKE_PROTO_IKE, .count = 3,
				 .spi = { (uint8_t *)&spi, 8 } },
		.n_transforms = 3,
		.transform[0] = { IKE_TRANS_ENCR, IKE_ENCR_AES_GCM_16, 256, 0 },
		.transform[1] = { IKE_TRANS_PRF, IKE_PRF_HMAC_SHA2_256, 0, 0 },
		.transform[2] = { IKE_TRANS_DH, IKE_DH_X25519, 0, 0 },
	};
	const uint8_t ke[32] = { 9 };

	ike_build_sa(b, &offer);
	put_nonce(b);
	ike_build_ke(b, IKE_DH_X25519, span(ke, sizeof(ke)));
}

static void put_delete(struct world *w, const struct ike_sa *sa,
		       struct ike_build *b)
{
	uint32_t spi[8];
	unsigned int n = 1 + (one_in(4) ? (unsigned int)number() % 8 : 0), i;

	for (i = 0; i < n; i++)
		spi[i] = any_spi(w, sa);
	ike_build_delete(b, IKE_PROTO_ESP, spi, n);
}

static void put_notify(struct world *w, const struct ike_sa *sa,
		       struct ike_build *b)
{
	static const uint16_t status[] = {
		IKE_N_INITIAL_CONTACT, IKE_N_REKEY_SA, IKE_N_COOKIE2,
		IKE_N_UPDATE_SA_ADDRESSES, IKE_N_REDIRECT,
		IKE_N_MESSAGE_ID_SYNC, IKE_N_QUICK_CRASH_DETECTION,
		IKE_N_ADDITIONAL_TS_POSSIBLE,
	};
	uint64_t data = number();
	uint16_t type = one_in(2) ? status[number() % 8] :
				    (uint16_t)(1 + number() % 47);
	struct span s = span((uint8_t *)&data, number() % 9);

	if (one_in(2))
		ike_build_notify(b, type, s);
	else
		ike_build_notify_spi(b, IKE_PROTO_ESP, any_spi(w, sa), type, s);
}

/* the contents of a message; its exchange */
static uint8_t put_any(struct world *w, const struct ike_sa *sa,
		       struct ike_build *b)
{
	unsigned int what = (unsigned int)(number() % 32);

	if (what < 14) {
		put_child(w, sa, what >= 11, b);
		return IKE_CREATE_CHILD_SA;
	}
	if (what == 14 && one_in(64)) {
		put_rekey_ike(b);
		return IKE_CREATE_CHILD_SA;
	}
	if (what < 18 && (!careful || one_in(4)))
		put_delete(w, sa, b);
	else if (what < 26 && !careful)
		put_notify(w, sa, b);
	else if (what == 26 && !careful && one_in(256))
		ike_build_delete_ike(b);
	/* what is left asks for life */
	return IKE_INFORMATIONAL;
}

static void send_one(struct world *w, const struct sk_content *c,
		     const struct ike_sa *sa)
{
	struct path path = {
		.local = { .addr = w->h[TO].addr, .port = IKE_PORT },
		.remote = { .addr = w->h[HOST].addr, .port = IKE_PORT },
	};
	static uint8_t wire[8192];
	struct span m;

	if (one_in(16))
		path.remote.addr = w->h[OTHER].addr;
	if (one_in(16))
		path.remote.port = (uint16_t)(number() | 1);
	if (sk_seal(&sa->keys, !sa->initiator, iv++, c, wire, sizeof(wire),
		    &m) == CRYPTO_OK)
		btnsd_rx(&w->h[TO].d, &path, m.data, m.len);
	while (world_step(w))
		;
}

/* whole, or in fragments of which one may be missing */
static void seal(struct world *w, struct ike_sa *sa, struct sk_content *c)
{
	const struct ike_keys keys = sa->keys;
	struct ike_sa like = { .keys = keys, .initiator = sa->initiator };
	struct span all = c->text;
	uint16_t total = (uint16_t)(2 + number() % 4), i;
	uint16_t lost = (uint16_t)(number() % 8);
	uint8_t first = c->first;
	size_t part = all.len / total + 1;

	/* it may be gone after any of them, so its keys are kept */
	if (!one_in(8) || all.len < (size_t)total * total) {
		send_one(w, c, &like);
		return;
	}
	for (i = 0; i < total; i++) {
		size_t at = i * part, left = all.len - at;

		if (i + 1 == lost)
			continue;
		c->number = (uint16_t)(i + 1);
		c->total = total;
		c->first = i ? 0 : first;
		c->text = span(all.data + at, left < part ? left : part);
		send_one(w, c, &like);
	}
}

static void say(struct world *w, struct ike_sa *sa)
{
	static const uint8_t others[] = {
		IKE_SA_INIT, IKE_AUTH, IKE_SESSION_RESUME, IKE_INTERMEDIATE,
		IKE_FOLLOWUP_KE, IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL,
	};
	const struct ike_sa *other = world_sa(w, OTHER);
	const bool response = sa->request.len ? one_in(2) : one_in(32);
	struct sk_content c = { .hdr = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
		.major = IKE_MAJOR_VERSION,
		.flags = (uint8_t)((response ? IKE_FLAG_RESPONSE : 0) |
				   (sa->initiator ? 0 : IKE_FLAG_INITIATOR)),
		.msgid = response ? sa->send_mid : sa->recv_mid,
	} };
	static uint8_t inner[4096];
	struct ike_build b;

	ike_build_inner(&b, inner, sizeof(inner));
	c.hdr.exchange = put_any(w, sa, &b);
	if (!careful && one_in(32))
		c.hdr.exchange = others[number() % sizeof(others)];
	if (one_in(8))
		c.hdr.msgid += (uint32_t)(number() % 7) - 3;
	if (one_in(64))
		c.hdr.msgid = (uint32_t)number();
	/* the other host's IKE SA, with keys that are not its */
	if (one_in(64) && other) {
		c.hdr.spi_i = other->spi_i;
		c.hdr.spi_r = other->spi_r;
	}
	if (ike_build_done(&b, &c.text, &c.first))
		seal(w, sa, &c);
}

static void count(struct world *w, struct insider *in)
{
	const struct ike_sa *sa;
	const struct child *c;
	unsigned int sas = 0, n;

	for (sa = w->h[TO].d.sas; sa; sa = sa->next) {
		if (!own(sa))
			continue;
		sas++;
		n = 0;
		for (c = sa->children; c; c = c->next)
			n++;
		if (n > in->children)
			in->children = n;
	}
	if (sas > in->sas)
		in->sas = sas;
}

/**
 * insider_say() - say one thing
 * @w: world
 * @in: adds to this
 * @next: random numbers, the same in each run
 *
 * It opens an IKE SA first if it has none.
 */
void insider_say(struct world *w, struct insider *in, uint64_t (*next)(void))
{
	unsigned int breaks = w->h[TO].k.breaks, ids;
	struct ike_sa *sa;

	number = next;
	careful = in->said / CAREFUL % 2;
	w->filter = deaf;
	if (!pick(w) || one_in(30000))
		open_one(w, in);
	ids = w->h[TO].d.next_id;
	sa = pick(w);
	if (sa)
		say(w, sa);
	in->heirs += w->h[TO].d.next_id - ids;
	in->said++;
	if (w->h[TO].k.breaks != breaks &&
	    memcmp(w->h[TO].k.broken.digest, fingerprint, sizeof(fingerprint)))
		in->harm++;
	count(w, in);
	w->filter = NULL;
}

/**
 * insider_end() - its IKE SAs end, by Deletes of its own
 * @w: world
 */
void insider_end(struct world *w)
{
	struct sk_content c = { .hdr = { .major = IKE_MAJOR_VERSION,
					 .exchange = IKE_INFORMATIONAL } };
	struct ike_sa *sa;
	struct ike_build b;
	uint8_t inner[64];
	unsigned int i;

	w->filter = deaf;
	for (i = 0; i < 100 && (sa = pick(w)); i++) {
		c.hdr.spi_i = sa->spi_i;
		c.hdr.spi_r = sa->spi_r;
		c.hdr.flags = sa->initiator ? 0 : IKE_FLAG_INITIATOR;
		c.hdr.msgid = sa->recv_mid;
		ike_build_inner(&b, inner, sizeof(inner));
		ike_build_delete_ike(&b);
		if (ike_build_done(&b, &c.text, &c.first))
			send_one(w, &c, sa);
	}
	w->filter = NULL;
}
