// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whom we call: the PAD entry whose addresses fit closest, by its name, and
 * nobody else may answer.
 */
#include "ktap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/ike/parse.h"
#include "btnsd/ike/sk.h"
#include "conf_check.h"
#include "world.h"

static struct world w;
static char conf[2][4096];

#define ANY	"{ name = \"any\"; btns = true; any = true; }"

static struct packet *called_request;

static bool keep_auth(struct world *wd, struct packet *p)
{
	struct ike_hdr hdr;

	(void)wd;
	if (p->from == 0 && world_hdr(p, &hdr) && hdr.exchange == IKE_AUTH) {
		free(called_request);
		called_request = world_copy(p);
	}
	return true;
}

/* the name in the IDr of host 0's IKE_AUTH; none if there is no IDr */
static const char *asked_for(void)
{
	const struct ike_sa *sa;
	static char name[64];
	uint8_t text[2048], type = 0;
	struct ike_parse_fail fail;
	struct span data, plain;
	struct ike_msg m;
	size_t at = 0, len;

	name[0] = '\0';
	if (!CHECK(called_request))
		return name;
	data = span(called_request->data, called_request->len);
	/* port 4500 has four octets before the message */
	if (data.len > 4 && !memcmp(data.data, "\0\0\0\0", 4))
		data = span(data.data + 4, data.len - 4);
	if (!CHECK_EQ(ike_parse_outer(data, &m, &fail), IKE_PARSE_OK))
		return name;
	for (sa = w.h[0].d.sas; sa && sa->spi_i != m.hdr.spi_i; sa = sa->next)
		;
	if (!CHECK(sa) ||
	    !CHECK(data.len < sizeof(text)) ||
	    !CHECK_EQ(sk_open(&sa->keys, true, data, &m.sk, text, &plain),
		      CRYPTO_OK))
		return name;
	for (type = m.sk.first; type && at + 8 < plain.len; at += len) {
		len = (size_t)text[at + 2] << 8 | text[at + 3];
		if (type == IKE_PLD_IDR)
			snprintf(name, sizeof(name), "%u:%.*s", text[at + 4],
				 (int)len - 8, (char *)text + at + 8);
		if (len < 4)
			break;
		type = text[at];
	}
	return name;
}

/* host 0's PAD: b at one address, x in the whole network, or at the same one */
static const char *roster(const char *x_at)
{
	static char text[2048];
	int n;

	n = snprintf(text, sizeof(text),
		     "{ name = \"pb\"; id = \"fqdn:b.example\"; key = \"%s\"; "
		     "addresses = [ \"10.0.0.2/32\" ]; },",
		     world_fingerprint(1));
	snprintf(text + n, sizeof(text) - (size_t)n,
		 "{ name = \"px\"; id = \"fqdn:x.example\"; key = \"%s\"; "
		 "addresses = [ \"%s\" ]; }, " ANY,
		 world_fingerprint(1), x_at);
	return text;
}

/* host 1 answers as @name; whether host 0 took it */
static bool answers(const char *x_at, const char *name, const char *idr)
{
	bool ok;

	world_strangers(&w);
	w.filter = keep_auth;
	CHECK(world_up_named(&w, 0, "a.example", roster(x_at)));
	CHECK(world_up_named(&w, 1, name, ANY));
	world_acquire(&w, 0, 1, 80);
	while (!called_request && world_step(&w))
		;
	if (!CHECK(!strcmp(asked_for(), idr)))
		ktap_note("IDr is \"%s\"", asked_for());
	world_run(&w);
	ok = world_pairs(&w, 0, 1) == 1;
	CHECK_EQ(w.h[0].d.stats.auth_failed, ok ? 0 : 1);
	if (!ok) {
		CHECK(world_logged(&w, "we called PAD entry pb, and PAD entry "));
		CHECK_EQ(world_installed(&w, 0), 0);
		/* the peer has been told */
		CHECK_EQ(world_ike(&w, 1, IKE_ST_ESTABLISHED), 0);
	}
	free(called_request);
	called_request = NULL;
	return ok;
}

static void called(void)
{
	/* a closer entry is whom we call; who has the network is another */
	CHECK(answers("10.0.0.0/24", "b.example", "2:b.example"));
	world_fini(&w);
	CHECK(!answers("10.0.0.0/24", "x.example", "2:b.example"));
	world_fini(&w);
	/* nor does anybody without a name stand in (B04) */
	CHECK(!answers("10.0.0.0/24", "c.example", "2:b.example"));
	world_fini(&w);
	/* two at one address: we cannot say which, and take either */
	CHECK(answers("10.0.0.2/32", "b.example", ""));
	world_fini(&w);
	CHECK(answers("10.0.0.2/32", "x.example", ""));
	world_fini(&w);
	/* nobody with a name is expected: a BTNS peer */
	world_strangers(&w);
	w.filter = keep_auth;
	CHECK(world_up_named(&w, 0, "a.example", ANY));
	CHECK(world_up_named(&w, 1, "c.example", ANY));
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	CHECK_EQ(world_pairs(&w, 0, 1), 1);
	CHECK(!strcmp(asked_for(), ""));
	free(called_request);
	called_request = NULL;
	world_fini(&w);
}

static bool none_of_ours(struct world *wd, struct packet *p)
{
	struct ike_hdr hdr;

	(void)wd;
	return p->from || !world_hdr(p, &hdr) || hdr.exchange != IKE_SA_INIT ||
	       (hdr.flags & IKE_FLAG_RESPONSE);
}

/* somebody else at the address whom we call is first: our call goes on */
static void called_meanwhile(void)
{
	static const struct {
		const char *name;
		bool first;
	} who[] = { { "b.example", true }, { "c.example", false } };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		world_strangers(&w);
		w.filter = none_of_ours;
		CHECK(world_up_named(&w, 0, "a.example",
				     roster("10.0.0.0/24")));
		CHECK(world_up_named(&w, 1, who[i].name, ANY));
		world_acquire(&w, 0, 1, 80);
		world_acquire(&w, 1, 0, 81);
		world_run(&w);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		CHECK_EQ(world_ike(&w, 0, IKE_ST_INIT_SENT), !who[i].first);
		CHECK_EQ(world_pairs(&w, 0, 1), who[i].first);
		world_fini(&w);
	}
}

/* who takes the place of an IKE SA must be the peer of that one */
static void called_again(void)
{
	const struct ike_sa *sa;
	struct conf *again;
	int other;

	for (other = 0; other < 2; other++) {
		world_strangers(&w);
		w.filter = keep_auth;
		/* x begins, from where n is expected */
		snprintf(conf[0], sizeof(conf[0]),
			 "ike = { reauth = 60; }; identity = { id = \"fqdn:a.example\"; };"
			 "pad = ( { name = \"net\"; id = \"fqdn:n.example\"; key = \"%s\"; "
			 "addresses = [ \"10.9.0.0/16\" ]; host = [ \"10.0.0.0/24\" ]; },"
			 "{ name = \"px\"; id = \"fqdn:x.example\"; key = \"%s\"; "
			 "addresses = [ \"10.0.0.2/32\" ]; host = [ \"10.8.0.0/16\" ]; } );",
			 world_fingerprint(1), world_fingerprint(1));
		CHECK(world_up(&w, 0, KEY_ED25519, conf[0]));
		CHECK(world_up_named(&w, 1, "x.example", ANY));
		world_acquire(&w, 1, 0, 80);
		world_run(&w);
		CHECK_EQ(world_pairs(&w, 0, 1), 1);
		if (other) {
			snprintf(conf[1], sizeof(conf[1]),
				 "identity = { id = \"fqdn:n.example\"; };"
				 "pad = ( %s );", ANY);
			again = conf_good(conf[1]);
			CHECK(again && !btnsd_reload(&w.h[1].d, again));
		}
		world_advance(&w, 61000);
		world_run(&w);
		/* who is refused leaves no keys to read it with */
		CHECK(other || !strcmp(asked_for(), "2:x.example"));
		CHECK_EQ(world_logged(&w, "we called PAD entry px, and PAD entry net answered"),
			 other);
		/* the IKE SA that stays is no other's predecessor any more */
		CHECK_EQ(world_ike(&w, 0, IKE_ST_ESTABLISHED), 1);
		for (sa = w.h[0].d.sas; sa; sa = sa->next)
			CHECK(sa->state != IKE_ST_ESTABLISHED || !sa->replaced);
		free(called_request);
		called_request = NULL;
		world_fini(&w);
	}
}

/* whom we expect where: the closest prefix decides */
static void expected_peer(void)
{
	char text[2048];
	const struct conf_peer *p;
	struct conf *c;
	struct addr a;

	snprintf(text, sizeof(text),
		 "pad = ( { name = \"net\"; id = \"fqdn:n\"; key = \"%s\"; addresses = [ \"10.0.0.0/9\" ]; },"
		 "{ name = \"host\"; id = \"fqdn:h\"; key = \"%s\"; addresses = [ \"192.0.2.0/24\" ]; host = [ \"10.0.0.7\", \"fd00::/12\" ]; } );",
		 world_fingerprint(0), world_fingerprint(0));
	c = conf_good(text);
	if (!c)
		return;
	addr_parse(&a, "10.0.0.7");
	p = conf_peer_at(c, &a);
	CHECK(p && !strcmp(p->name, "host"));
	addr_parse(&a, "10.127.0.1");
	p = conf_peer_at(c, &a);
	CHECK(p && !strcmp(p->name, "net"));
	addr_parse(&a, "10.128.0.1");
	CHECK(!conf_peer_at(c, &a));
	addr_parse(&a, "192.0.2.1");
	CHECK(!conf_peer_at(c, &a));
	addr_parse(&a, "fd0f::1");
	CHECK(conf_peer_at(c, &a));
	addr_parse(&a, "fd10::1");
	CHECK(!conf_peer_at(c, &a));
	conf_free(c);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "B04 whom we call must be who answers, and is asked for",
		  called },
		{ "B04 who may not have the traffic does not end a call to who may",
		  called_meanwhile },
		{ "B04 an IKE SA is made anew with the same peer only",
		  called_again },
		{ "we expect the peer whose addresses fit closest",
		  expected_peer },
	};

	return KTAP_RUN(tests);
}
