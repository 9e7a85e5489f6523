// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an administrator reads when something is refused: who, what was tried,
 * why. One line for each cause, and not as many as a stranger likes.
 */
#include "ktap.h"

#include <stdlib.h>
#include <string.h>

#include "craft.h"
#include "world.h"

static struct world w;
static char conf[2][1024];

#define HOST0	"10.0.0.1/32"
#define HOST1	"10.0.0.2/32"

static void begin(void)
{
	world_init(&w);
	world_policy(&w, 0, HOST0, HOST1, 0, 0, 0, true);
}

static void up(int host, const char *settings)
{
	snprintf(conf[host], sizeof(conf[host]),
		 "identity = { id = \"fqdn:%c.example\"; }; %s", 'a' + host,
		 settings ? settings : "");
	CHECK(world_up(&w, host, KEY_ED25519, conf[host]));
}

/* host 0 asks host 1, and one line of either has all of this */
static void one_line(const char *const *part, unsigned int n)
{
	char log[sizeof(w.log)], *line, *save;
	unsigned int i;

	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	memcpy(log, w.log, sizeof(log));
	for (line = strtok_r(log, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		for (i = 0; i < n && strstr(line, part[i]); i++)
			;
		if (i == n)
			break;
	}
	if (!CHECK(line))
		ktap_note("wanted \"%s\" and more, log: %s", part[0], w.log);
	world_fini(&w);
}

#define ONE_LINE(...)							\
	do {								\
		static const char *const part_[] = { __VA_ARGS__ };	\
		one_line(part_, sizeof(part_) / sizeof(part_[0]));	\
	} while (0)

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
		 "TS_UNACCEPTABLE", "we asked for 10.0.0.1/32[any] -> 10.0.0.2/32[any] proto 0");

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
		 "it says fqdn:a.example: its AUTH: signature");
	key_free(k);
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
		{ "a stranger cannot fill the log", flood },
	};

	return KTAP_RUN(tests);
}
