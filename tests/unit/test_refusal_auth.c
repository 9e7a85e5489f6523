// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is refused in IKE_AUTH: as whom, by which entry of the PAD, and why.
 */
#include "ktap.h"

#include "btnsd/ike/fsm.h"
#include "conf_check.h"
#include "craft.h"
#include "refusal_world.h"

#define ANY	"{ name = \"any\"; btns = true; any = true; }"

/* a host's entry for the other, whom it knows by name and key */
static const char *entry(const char *name, const char *id, int of)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "pad = ( { name = \"%s\"; id = \"fqdn:%s\"; key = \"%s\"; "
		 "addresses = [ \"10.0.0.%d\" ]; }, " ANY " );",
		 name, id, world_fingerprint(of), of + 1);
	return text;
}

/* host 0 is about to send its IKE_AUTH to host 1, which has it as pa, of this name */
static struct ike_sa *half_open(const char *name)
{
	begin();
	up(0, "pad = ( " ANY " );");
	up(1, entry("pa", name, 0));
	craft_half_open(&w, 0, 1);
	return w.h[1].d.sas;
}

/* and does: as a.example, by its key */
static void host_0_proves(struct craft_auth a)
{
	struct key *k = world_key(0, KEY_ED25519);

	a.id_type = IKE_ID_FQDN;
	a.id = "a.example";
	a.id_len = 9;
	a.sign = k;
	a.n_certs = 1;
	a.encoding[0] = IKE_CERT_RAW_KEY;
	a.cert[0] = key_spki(k);
	craft_auth_send(&w, w.h[0].d.sas, 0, 1, &a);
	world_run(&w);
	key_free(k);
}

static void proofs(void)
{
	half_open("a.example");
	host_0_proves((struct craft_auth){ .corrupt = true });
	SAYS("10.0.0.1:500 #1: IKE_AUTH refused: ",
	     "it says fqdn:a.example (PAD entry pa): its AUTH: signature or integrity check failed (AUTH");
	half_open("c.example");
	host_0_proves((struct craft_auth){ .corrupt = true });
	SAYS("10.0.0.1:500 #1: IKE_AUTH refused: ",
	     "it says fqdn:a.example (PAD entry none): its AUTH: signature or integrity check failed (AUTH");
	half_open("a.example");
	host_0_proves((struct craft_auth){ .method = 200 });
	SAYS("10.0.0.1:500 #1: IKE_AUTH refused: ",
	     "it says fqdn:a.example (PAD entry pa): it authenticates by ",
	     "(200); only digital signatures (14), shared secrets (2) and NULL (13)");
}

/* ---- ours ---------------------------------------------------------------- */

/* host 1 names another hash for signatures than our key needs */
static bool other_hash(struct world *x, struct packet *p)
{
	static const uint8_t said[4] = { 0, 0, 0x40, 0x2f };
	size_t i;

	(void)x;
	if (p->from != 1 || p->data[18] != IKE_SA_INIT)
		return true;
	for (i = 28; i + sizeof(said) < p->len; i++)
		if (!memcmp(p->data + i, said, sizeof(said)))
			p->data[i + 3] = 0xfe;
	return true;
}

static void our_key(void)
{
	begin();
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, entry("pb", "b.example", 1));
	up(1, "pad = ( " ANY " );");
	w.filter = other_hash;
	ONE_LINE("10.0.0.2:500 #1: ",
		 "we cannot prove our key to PAD entry pb: its SIGNATURE_HASH_ALGORITHMS does not have what our ed25519 key needs");
	/* who calls us has an entry by then */
	half_open("a.example")->peer_hashes = 0;
	host_0_proves((struct craft_auth){ .corrupt = false });
	SAYS("10.0.0.1:500 (a.example) #1: IKE_AUTH refused: ",
	     "we cannot prove our key to PAD entry pa: ");
	/* whom we call by an address alone has none */
	begin();
	up(0, "pad = ( " ANY " );");
	up(1, "pad = ( " ANY " );");
	w.filter = other_hash;
	ONE_LINE("10.0.0.2:500 #1: ",
		 "we cannot prove our key to PAD entry unknown: ");
}

/* ---- the same as before? ------------------------------------------------- */

static void joined(const char *mine, const char *theirs)
{
	begin();
	world_policy(&w, 1, HOST1, HOST0, 0, 0, 0, true);
	up(0, mine);
	up(1, theirs);
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
}

/* who was fqdn:b.example answers as nobody, when its IKE SA is made anew */
static void nobody_answers(void)
{
	const char *known = entry("pb", "b.example", 1);
	char mine[640], theirs[640];

	/* up to the end of the list */
	snprintf(mine, sizeof(mine),
		 "%.*s, { name = \"anon\"; auth = \"null\"; local_auth = \"key\"; "
		 "addresses = [ \"10.0.0.9\" ]; } );",
		 (int)strlen(known) - 3, known);
	joined(mine, "pad = ( " ANY " );");
	snprintf(theirs, sizeof(theirs),
		 "pad = ( { name = \"pa\"; id = \"fqdn:a.example\"; key = \"%s\"; "
		 "addresses = [ \"10.0.0.1\" ]; local_auth = \"null\"; } );",
		 world_fingerprint(0));
	world_crash(&w, 1);
	up(1, theirs);
	life_renew(world_sa(&w, 0));
	SAYS("10.0.0.2:500 #", "IKE_AUTH refused: ",
	     "the peer had proved that it is fqdn:b.example (PAD entry pb), and whoever answers now proves nothing");
}

/* an entry for the peer's name comes, and it was known by its key before */
static void somebody_else(void)
{
	struct conf *c;

	joined("pad = ( " ANY " );", "pad = ( " ANY " );");
	c = conf_good(entry("pb", "b.example", 1));
	if (c)
		CHECK_EQ(btnsd_reload(&w.h[0].d, c), 0);
	SAYS("10.0.0.2:500 (SHA256:",
	     "the PAD now knows this peer as somebody else: by PAD entry pb, and it was any");
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "B04 proofs: of whom, by which PAD entry, and what is wrong",
		  proofs },
		{ "our own proof: to which PAD entry it cannot be made", our_key },
		{ "B04 who answers as nobody: who it had been", nobody_answers },
		{ "U12 a peer that a changed PAD knows as another: as whom",
		  somebody_else },
	};

	return KTAP_RUN(tests);
}
