// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an administrator reads when something is refused: who, what was tried,
 * why. One line for each cause, and not as many as a stranger likes.
 */
#include "ktap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/log.h"
#include "craft.h"
#include "refusal_world.h"

static void proposals(void)
{
	begin();
	world_pad_any(&w, 1);
	up(0, "ike = { aead = [ \"aes256gcm16\" ]; };");
	up(1, "ike = { aead = [ \"chacha20poly1305\" ]; };");
	ONE_LINE("10.0.0.1:500 #1: IKE_SA_INIT refused", "it offers ",
		 "AES_GCM_16-256", "; ike.aead", "have ",
		 "CHACHA20_POLY1305", "(NO_PROPOSAL_CHOSEN)");

	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, "child = { aead = [ \"aes256gcm16\" ]; };");
	up(1, "child = { aead = [ \"chacha20poly1305\" ]; };");
	ONE_LINE("10.0.0.1:500 (SHA256:", "child refused", "it offers ",
		 "AES_GCM_16-256", "no-ESN", "child.aead has ",
		 "CHACHA20_POLY1305");
}

/* who asked for it is told what it asked for */
static void told(void)
{
	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.2:500 (SHA256:", "the peer refused the child",
		 "TS_UNACCEPTABLE",
		 "we asked for 10.0.0.1/32[any] -> 10.0.0.2/32[any] proto 0, and offered AES_GCM_16-256 no-ESN");

	/* b knows nobody */
	begin();
	world_pad_any(&w, 0);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.2:500 #1", "the peer refused us: AUTHENTICATION_FAILED",
		 "we are fqdn:a.example");
}

static void selectors(void)
{
	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 (SHA256:", "it asks for 10.0.0.2/32[any]",
		 "no policy protects all of that traffic");

	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, false);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 (SHA256:", "it asks for 10.0.0.2/32[any]",
		 "has no btns-ok flag: policy 8 (out, 10.0.0.2/32[any] -> 10.0.0.1/32[any] proto 0, priority 0)");

	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	w.h[1].k.policy[0].tunnel = true;
	w.h[1].k.policy[1].tunnel = true;
	w.h[1].k.policy[1].remote = w.h[1].addr;
	w.h[1].k.policy[0].remote = w.h[1].addr;
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 (SHA256:",
		 "policy wants tunnel mode, not transport mode: policy 8 (out");
}

static void addresses(void)
{
	struct lbtns_pad_entry *e;

	begin();
	world_pad_any(&w, 0);
	e = world_pad_add(&w, 1, "pb");
	world_pad_prefix(e, HOST0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 (SHA256:", "10.0.0.1/32 belong to another PAD entry: pb, not any");

	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_pad_prefix(&w.h[1].k.pad[0], "10.9.0.0/16");
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 (SHA256:", "does not have these addresses: any has no 10.0.0.1/32");
}

/* who it says that it is, and what it proved */
static void identities(void)
{
	struct craft_auth a = { .id_type = IKE_ID_FQDN, .id = "a.example",
				.id_len = 9, .corrupt = true, .n_certs = 1 };
	struct key *k = world_key(0, KEY_ED25519);
	struct ike_sa *sa;

	begin();
	world_pad_any(&w, 0);
	up(0, NULL);
	up(1, NULL);
	ONE_LINE("10.0.0.1:500 #1: IKE_AUTH refused", "it is fqdn:a.example with key SHA256:",
		 "no PAD entry");

	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, NULL);
	sa = craft_half_open(&w, 0, 1);
	a.sign = k;
	a.encoding[0] = IKE_CERT_RAW_KEY;
	a.cert[0] = key_spki(k);
	craft_auth_send(&w, sa, 0, 1, &a);
	ONE_LINE("10.0.0.1:500 #1: IKE_AUTH refused",
		 "it says fqdn:a.example (PAD entry none): its AUTH: signature");
	key_free(k);
}

/* who passes here is held against what the module knows */
static uint8_t verdict;

static uint8_t module_says(const struct lbtns_sa *sa)
{
	(void)sa;
	return verdict;
}

static void begin_judged(uint8_t v)
{
	begin();
	world_pad_any(&w, 0);
	world_pad_any(&w, 1);
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	verdict = v;
	w.h[1].k.verdict = module_says;
	up(0, NULL);
	up(1, NULL);
}

static void module(void)
{
	begin_judged(BTNS_SA_VERDICT_POLICY_REFUSED);
	ONE_LINE("10.0.0.1:500 (SHA256:",
		 "no policy gives the peer this traffic: PAD entry any, ",
		 "policy 8 (out, 10.0.0.2/32[any]");

	begin_judged(BTNS_SA_VERDICT_OWNED);
	ONE_LINE("10.0.0.1:500 (SHA256:",
		 "another PAD entry owns the addresses: PAD entry any, policy 8 (out");

	begin_judged(BTNS_SA_VERDICT_PAD_REFUSED);
	ONE_LINE("10.0.0.1:500 (SHA256:",
		 "the PAD does not authorise the peer: PAD entry any, policy 8 (out");
}

/*
 * Hosts that would have SAs if the module of one of them (@call 0), or its kernel,
 * did not fail: does that one say so, of which traffic, PAD entry and policy?
 */
static bool cannot_install(int host, int err, unsigned int call,
			   const char *why)
{
	char line[320];

	CHECK(world_two(&w, KEY_ED25519, NULL, NULL));
	w.h[host].k.fail_as = err;
	w.h[host].k.fail_bind = !call;
	w.h[host].k.fail_add = call;
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	snprintf(line, sizeof(line),
		 "the SAs for %s[any] -> %s[any] proto 0 (PAD entry any, reqid 7) were not installed, %s",
		 host ? HOST1 : HOST0, host ? HOST0 : HOST1, why);
	if (world_logged(&w, line))
		return true;
	ktap_note("wanted \"%s\", log: %s", line, w.log);
	return false;
}

/* what keeps SAs from being installed, and what the peer is told of it */
static void installed(void)
{
	static const struct {
		int err;
		const char *said, *told;
	} cause[] = {
		{ EACCES, "as the module refuses the peer this traffic: ",
		  "the peer refused the child: TS_UNACCEPTABLE" },
		{ ENOSYS, "as the kernel does not have the algorithms: ",
		  "the peer refused the child: NO_PROPOSAL_CHOSEN" },
		{ EPROTONOSUPPORT, "as the kernel does not have ESP for",
		  "the peer refused the child: NO_PROPOSAL_CHOSEN" },
		{ EEXIST, "as there is an SA with this SPI and address already: ",
		  "child put off by the peer: TEMPORARY_FAILURE" },
		{ ENOSPC, "as there are as many SAs as there may be: ",
		  "child put off by the peer: TEMPORARY_FAILURE" },
		{ ENOMEM, "as there is no memory for them: ",
		  "child put off by the peer: TEMPORARY_FAILURE" },
		{ EPERM, "as btnsd may not have them: ",
		  "child put off by the peer: TEMPORARY_FAILURE" },
		{ EIO, "as the kernel does not take them: ",
		  "child put off by the peer: TEMPORARY_FAILURE" },
		/* the one that undoes the IKE SA */
		{ ERANGE, "as no SA has such values: ",
		  "the peer refused us: INVALID_SYNTAX" },
	};
	unsigned int i, call;

	for (i = 0; i < sizeof(cause) / sizeof(cause[0]); i++) {
		for (call = 0; call < 2; call++) {
			CHECK(cannot_install(1, cause[i].err, call,
					     cause[i].said));
			CHECK_EQ(world_installed(&w, 1), 0);
			CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED),
				 cause[i].err != ERANGE);
			if (!CHECK(world_logged(&w, cause[i].told)))
				ktap_note("%s, log: %s", cause[i].told, w.log);
			world_fini(&w);
			/* nor does who has asked install what was agreed */
			CHECK(cannot_install(0, cause[i].err, call,
					     cause[i].said));
			CHECK_EQ(world_installed(&w, 0), 0);
			world_fini(&w);
		}
	}
}

/* host 1 with @n IKE SAs of host 0, or of as many other hosts */
static void crowded(unsigned int n, bool others, enum ike_state state,
		    const char *settings)
{
	struct path path = {
		.local = { .addr = w.h[1].addr, .port = IKE_PORT },
		.remote = { .addr = w.h[0].addr, .port = IKE_PORT },
	};
	unsigned int i;

	begin();
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, settings);
	for (i = 0; i < n; i++) {
		struct ike_sa *sa;

		if (others) {
			path.remote.addr.b[1] = 1;
			path.remote.addr.b[2] = (uint8_t)(i >> 8);
			path.remote.addr.b[3] = (uint8_t)i;
		}
		sa = sa_new_responder(&w.h[1].d, &path, i + 1);
		if (!CHECK(sa))
			continue;
		sa->path_proved = true;
		sa_set_state(sa, state);
	}
}

static void limits(void)
{
	crowded(3, true, IKE_ST_HALF_OPEN, "ike = { half_open_max = 3; };");
	ONE_LINE("10.0.0.1:500: IKE_SA_INIT refused: ",
		 "there are 3 half-open IKE SAs, and ike.half_open_max is 3");

	crowded(2, false, IKE_ST_HALF_OPEN,
		"ike = { half_open_per_address = 2; };");
	ONE_LINE("10.0.0.1:500: IKE_SA_INIT refused: ",
		 "its address has 2 half-open IKE SAs, and ike.half_open_per_address is 2");

	crowded(32, false, IKE_ST_ESTABLISHED, NULL);
	ONE_LINE("10.0.0.1:500: IKE_SA_INIT refused: ",
		 "its address has 32 IKE SAs, and ike.per_address is 32");

	crowded(IKE_SAS_MAX, true, IKE_ST_ESTABLISHED, NULL);
	ONE_LINE("10.0.0.1:500: IKE_SA_INIT refused: ",
		 "there are 8192 IKE SAs, and btnsd has 8192 at most");
}

/* a first request with only its header, and what stands behind it */
static void first_request(uint8_t version, uint8_t next, size_t len)
{
	static uint8_t m[9000];

	memset(m, 0, sizeof(m));
	m[0] = 1;
	m[16] = next;
	m[17] = version;
	m[18] = IKE_SA_INIT;
	m[19] = IKE_FLAG_INITIATOR;
	m[26] = (uint8_t)(len >> 8);
	m[27] = (uint8_t)len;
	/* a payload without a body, Critical */
	m[29] = 0x80;
	m[31] = 4;
	begin();
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, NULL);
	world_inject(&w, 0, 1, m, len);
}

/* host 2, whom nobody knows, begins with @len octets */
static void stranger_sends(const void *data, size_t len)
{
	begin();
	world_pad_any(&w, 1);
	up(1, NULL);
	world_inject(&w, 2, 1, data, len);
}

/* a first request whose last payload, the nonce, has so many octets, or is left out */
static size_t with_nonce(uint8_t *m, size_t cap, size_t nonce)
{
	struct span s = craft_init(m, cap, 1, span(NULL, 0), 1);
	size_t at = s.len - 4 - 32, ke = at - 8 - 32;

	if (nonce)
		m[at + 3] = (uint8_t)(4 + nonce);
	else
		m[ke] = 0;
	s.len = nonce ? at + 4 + nonce : at;
	m[26] = (uint8_t)(s.len >> 8);
	m[27] = (uint8_t)s.len;
	return s.len;
}

/* it is well-formed, or what a first request is made of, to the last payload */
static void odd(void)
{
	uint8_t m[512];
	size_t len;

	len = with_nonce(m, sizeof(m), 8);
	stranger_sends(m, len);
	SAYS("10.0.0.3:500: IKE_SA_INIT refused: ",
	     "nonce is not 16 to 256 octets long (Nonce payload)");

	len = with_nonce(m, sizeof(m), 0);
	stranger_sends(m, len);
	SAYS("10.0.0.3:500: IKE_SA_INIT refused: ",
	     "payload is missing (Nonce payload)");

	len = with_nonce(m, sizeof(m), 32);
	stranger_sends(m, len);
	world_run(&w);
	CHECK(!world_logged(&w, "refused"));
	CHECK_EQ(world_ike(&w, 1, IKE_ST_HALF_OPEN), 1);
	world_fini(&w);
}

static void first(void)
{
	first_request(0x20, 33, 9000);
	SAYS("10.0.0.1:500: IKE_SA_INIT refused: ",
	     "it has 9000 octets, and no first request needs more than 8192");

	first_request(0x20, 200, 32);
	SAYS("10.0.0.1:500: IKE_SA_INIT refused: ",
	     "payload 200, which it calls critical (UNSUPPORTED_CRITICAL_PAYLOAD)");

	first_request(0x30, 33, 28);
	SAYS("10.0.0.1:500: message refused: ",
	     "version 3 of IKE, and btnsd speaks 2 (INVALID_MAJOR_VERSION)");

	first_request(0x10, 1, 28);
	SAYS("10.0.0.1:500: message refused: ",
	     "version 1 of IKE, and btnsd speaks 2");
}

static unsigned int lines, withheld;

static void count(int prio, const char *line, void *arg)
{
	(void)prio;
	(void)arg;
	lines++;
	if (strstr(line, "more lines about peers"))
		withheld++;
}

/* nor by requests that are not read, or not well-formed */
static void flood_of(const void *data, size_t len)
{
	unsigned int i;

	begin();
	world_pad_any(&w, 1);
	up(0, NULL);
	up(1, NULL);
	log_sink(count, NULL);
	log_verbose(0);
	lines = 0;
	withheld = 0;
	for (i = 0; i < 300; i++) {
		world_inject(&w, 0, 1, data, len);
		world_run(&w);
	}
	CHECK_EQ(w.h[1].d.stats.rx_dropped, 300);
	CHECK(lines > 20 && lines < 70);
	CHECK_EQ(withheld, 0);
	world_advance(&w, 30000);
	world_inject(&w, 0, 1, data, len);
	world_run(&w);
	CHECK_EQ(withheld, 1);
	world_fini(&w);
}

static void flood_of_first(void)
{
	static const uint8_t v3[28] = { 1, [17] = 0x30, [18] = IKE_SA_INIT,
					[19] = IKE_FLAG_INITIATOR, [27] = 28 };
	uint8_t m[512];

	flood_of(v3, sizeof(v3));
	flood_of(m, with_nonce(m, sizeof(m), 8));
	flood_of(m, with_nonce(m, sizeof(m), 0));
}

/* a stranger is refused as often as it likes, and told of less often */
static void flood(void)
{
	unsigned int i;

	begin();
	world_pad_any(&w, 1);
	up(0, "ike = { aead = [ \"aes256gcm16\" ]; retries = 1; };");
	up(1, "ike = { aead = [ \"chacha20poly1305\" ]; };");
	log_sink(count, NULL);
	log_verbose(0);
	lines = 0;
	withheld = 0;
	for (i = 0; i < 300; i++) {
		struct ike_sa *sa;

		world_acquire(&w, 0, 1, 80);
		world_run(&w);
		for (sa = w.h[0].d.sas; sa; sa = sa->next)
			sa_kill(sa, false);
		sa_reap(&w.h[0].d);
		/* what host 0 writes of itself is not host 1's */
		if (!i)
			lines = 0;
	}
	CHECK_EQ(w.h[1].d.stats.ike_failed, 300);
	CHECK(lines > 300 + 20);
	CHECK(lines < 2 * 300 + 70);
	CHECK_EQ(withheld, 0);
	world_advance(&w, 30000);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(withheld, 1);
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "proposals: what is offered, and what we have", proposals },
		{ "selectors: what is asked for, and which policy refuses it",
		  selectors },
		{ "B09 addresses: whose they are, and whose not", addresses },
		{ "identities: who it says that it is, and what it proved",
		  identities },
		{ "who is refused reads what it asked for", told },
		{ "the module: what it says, of which PAD entry and policy",
		  module },
		{ "K15 the kernel, the module, the broker: what is in the way of SAs",
		  installed },
		{ "K38 limits: which one, what counts against it, which setting",
		  limits },
		{ "first requests that are not read: what is wrong with them",
		  first },
		{ "first requests that are odd: which payload, and why", odd },
		{ "a stranger cannot fill the log", flood },
		{ "nor by requests that are refused at once", flood_of_first },
	};

	return KTAP_RUN(tests);
}
