// SPDX-License-Identifier: GPL-2.0-or-later
/* Stands of fuzz_ike: see ike_stand.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "btnsd/ike/fsm.h"
#include "ike_stand.h"
#include "tests/unit/pki.h"
#include "tests/unit/temp.h"
#include "tests/unit/world.h"

#define NAT_PEER	"10.0.0.101"
#define NAT_OURS	"10.0.0.102"
#define HOST		"%c.example"

/* who host 0 is if it is known by a name, and by its key */
static struct lbtns_ident named;
static uint8_t fingerprint[BTNS_DIGEST_LEN];

/**
 * struct hold - messages of host 0 that are not delivered
 * @exchange: their exchange; 0 for every
 */
static struct hold {
	uint8_t exchange;
} hold;

/**
 * struct place - how a helper gets to a stand
 * @exchange: what is held
 * @task: the exchange that is begun once the IKE SA is established
 */
struct place {
	uint8_t exchange;
	enum task_kind task;
};

static const struct place places[STAND_NUM] = {
	[AT_NOTHING] = { 0, TASK_NONE },
	[AT_INIT] = { IKE_SA_INIT, TASK_NONE },
	[AT_INTERMEDIATE] = { IKE_INTERMEDIATE, TASK_NONE },
	[AT_AUTH] = { IKE_AUTH, TASK_NONE },
	[AT_CHILD] = { IKE_CREATE_CHILD_SA, TASK_CHILD },
	[AT_REKEY] = { IKE_CREATE_CHILD_SA, TASK_REKEY },
	[AT_REKEY_IKE] = { IKE_CREATE_CHILD_SA, TASK_REKEY_IKE },
	[AT_FOLLOWUP] = { IKE_FOLLOWUP_KE, TASK_REKEY_IKE },
	[AT_DELETE_CHILD] = { IKE_INFORMATIONAL, TASK_DELETE_CHILD },
	[AT_DELETE_IKE] = { IKE_INFORMATIONAL, TASK_DELETE_IKE },
	[AT_LIVENESS] = { IKE_INFORMATIONAL, TASK_LIVENESS },
	[AT_TOKEN] = { IKE_INFORMATIONAL, TASK_TOKEN },
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void issue(const struct pki *ca, int host)
{
	const struct pki_want want = {
		.cn = "host", .san = host ? "DNS:b.example" : "DNS:a.example",
	};
	struct pki leaf = pki_make(ca, &want,
				   pki_read_key(world_key_path(host,
							       KEY_ED25519)));
	const struct pki *list = &leaf;

	pki_write(temp_path(host ? "cert1" : "cert0"), &list, 1);
	pki_free(&leaf);
}

void stand_files(void)
{
	const struct pki_want want = { .cn = "ca", .ca = true };
	struct pki ca = pki_make(NULL, &want, NULL);
	const struct pki *list = &ca;
	struct key *key;
	FILE *f;

	key = world_key(0, KEY_ED25519);
	memcpy(fingerprint, key_fingerprint(key), sizeof(fingerprint));
	key_free(key);
	key_free(world_key(1, KEY_ED25519));
	must(!lbtns_ident_parse("fqdn:a.example", &named, NULL));
	pki_write(temp_path("ca"), &list, 1);
	issue(&ca, 0);
	issue(&ca, 1);
	pki_free(&ca);
	f = fopen(temp_path("psk"), "w");
	must(f && fputs("a secret that is long enough, of no use\n", f) >= 0 &&
	     !fclose(f) && !chmod(temp_path("psk"), 0600));
}

/* ---- configurations ------------------------------------------------------ */

/* the PAD entry for the other host */
static void print_entry(FILE *f, int host, enum stand_by by)
{
	const int other = 'a' + !host;

	switch (by) {
	case BY_KEY:
		fputs("{ name = \"any\"; btns = true; any = true; }", f);
		break;
	case BY_NULL:
		fputs("{ name = \"anon\"; auth = \"null\"; }", f);
		break;
	case BY_PSK:
	case BY_CERT:
		fprintf(f, "{ name = \"peer\"; id = \"fqdn:" HOST "\"; ", other);
		fprintf(f, by == BY_PSK ?
				"auth = \"psk\"; psk_file = \"%s\"; " :
				"auth = \"cert\"; ca = \"%s\"; ",
			temp_path(by == BY_PSK ? "psk" : "ca"));
		fputs("addresses = [ \"" WORLD_NET "\" ]; }", f);
		break;
	}
}

static void up(struct world *w, int host, uint8_t with)
{
	const enum stand_by by = with & STAND_BY;
	char conf[1024] = "";
	FILE *f = fmemopen(conf, sizeof(conf) - 1, "w");

	must(f);
	fprintf(f, "identity = { id = \"fqdn:" HOST "\"; ", 'a' + host);
	if (by == BY_CERT)
		fprintf(f, "cert = \"%s\"; ",
			temp_path(host ? "cert1" : "cert0"));
	fputs("};\nike = { ", f);
	if (with & STAND_CBC)
		fputs("aead = [ \"aes128-sha256\" ]; ", f);
	if (with & STAND_ADDKE)
		fputs("additional = [ \"p256\" ]; ", f);
	fputs("};\npad = ( ", f);
	print_entry(f, host, by);
	fputs(" );\n", f);
	must(!fclose(f));
	must(world_up(w, host, KEY_ED25519, conf));
}

/* ---- how it comes there -------------------------------------------------- */

static bool hold_back(struct world *w, struct packet *p)
{
	struct ike_hdr hdr;

	if (p->from != 0 ||
	    (hold.exchange && (!world_hdr(p, &hdr) ||
			       hdr.exchange != hold.exchange)))
		return true;
	free(w->kept);
	w->kept = world_copy(p);
	return false;
}

static bool has_child_task(enum task_kind kind)
{
	return kind == TASK_REKEY || kind == TASK_DELETE_CHILD ||
	       kind == TASK_CHILD;
}

/* an exchange of an IKE SA that is established */
static void begin_task(struct world *w, int host, enum task_kind kind)
{
	struct ike_sa *sa = world_sa(w, host);
	struct child_want want;

	if (!sa || kind == TASK_NONE ||
	    (has_child_task(kind) && !sa->children))
		return;
	if (kind == TASK_REKEY) {
		life_rekey(sa->children);
	} else if (kind == TASK_DELETE_CHILD) {
		life_delete_child(sa->children);
	} else if (kind == TASK_DELETE_IKE) {
		life_close(sa);
	} else if (kind == TASK_CHILD) {
		want = (struct child_want){
			.narrow = sa->children->sel,
			.wide = sa->children->sel,
			.tunnel = sa->children->tunnel,
		};
		must(life_want(sa, &want));
	} else {
		task_add(sa, kind);
	}
	fsm_start(sa);
	world_run(w);
}

void stand_begin(struct world *w, uint8_t at, uint8_t with)
{
	const enum stand_at where = (at & STAND_AT) % STAND_NUM;
	const struct place *p = &places[where];
	const int from = at & STAND_INITIATOR ? 1 : 0;
	int i;

	world_init(w);
	if (where == AT_INTERMEDIATE || where == AT_FOLLOWUP)
		with |= STAND_ADDKE;
	for (i = 0; i < 2; i++) {
		world_protect(w, i);
		up(w, i, with);
	}
	if (with & STAND_NAT_PEER)
		world_nat(w, 0, NAT_PEER)->forwards = true;
	if (with & STAND_NAT_OURS)
		world_nat(w, 1, NAT_OURS)->forwards = true;
	for (i = 0; with & STAND_TUNNEL && i < 2; i++)
		world_tunnel(w, i, with & STAND_NAT_PEER && i ? NAT_PEER :
				   with & STAND_NAT_OURS && !i ? NAT_OURS :
				   i ? "10.0.0.1" : "10.0.0.2");
	/* without a task, what is held is what would establish the IKE SA */
	if (where != AT_NOTHING && p->task == TASK_NONE) {
		hold.exchange = p->exchange;
		w->filter = hold_back;
	}
	world_acquire(w, from, !from, 80);
	world_run(w);
	hold.exchange = where == AT_FOLLOWUP ? p->exchange : 0;
	w->filter = hold_back;
	begin_task(w, at & STAND_ASKED ? 0 : 1, p->task);
	hold.exchange = 0;
}

/* ---- what must hold, whatever was said ------------------------------------ */

static void check_peer(const struct lbtns_ident *peer, uint8_t with)
{
	switch ((enum stand_by)(with & STAND_BY)) {
	case BY_KEY:
		must(peer->type == BTNS_ID_TYPE_PUBLICKEY &&
		     !memcmp(peer->digest, fingerprint, BTNS_DIGEST_LEN));
		break;
	case BY_PSK:
		must(peer->method == BTNS_AUTH_METHOD_PSK &&
		     !memcmp(peer->digest, named.digest, BTNS_DIGEST_LEN));
		break;
	case BY_CERT:
		must(peer->method == BTNS_AUTH_METHOD_CERT &&
		     !memcmp(peer->digest, named.digest, BTNS_DIGEST_LEN));
		break;
	case BY_NULL:
		must(!peer->type && !peer->method);
		break;
	}
}

void stand_check(struct world *w, uint8_t with)
{
	size_t i;

	must(!w->h[1].k.unvouched && !w->h[1].k.conflicts);
	for (i = 0; i < w->h[1].k.n_bound; i++)
		check_peer(&w->h[1].k.bound[i].peer, with);
}
