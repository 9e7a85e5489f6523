// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reader that a stranger has taken over gets from the broker, and what not. */
#include "ktap.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker_rig.h"
#include "btnsd/fallback.h"
#include "btnsd/groups.h"
#include "btnsd/ike/wire.h"

static void sas(void)
{
	struct proto_value v = { 0 };
	uint32_t spi;

	world_pair();
	CHECK(serve_up(""));
	/* neither bound nor reserved */
	an_sa(0xc0ffee01, true);
	CHECK_EQ(refused(), -EPERM);
	an_sa(0x1001, false);
	CHECK_EQ(refused(), -EPERM);
	/* an inbound one has to be both */
	a_binding(PROTO_BIND, 0xc0ffee01, true, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	an_sa(0xc0ffee01, true);
	CHECK_EQ(refused(), -EPERM);
	named(PROTO_GET_SPI, 0, "10.0.0.2", "10.0.0.1");
	CHECK_EQ(refused(), 0);
	CHECK(proto_get_all(&m, &proto_value_layout, &v));
	spi = (uint32_t)v.v;
	an_sa(spi, true);
	CHECK_EQ(refused(), -EPERM);
	a_binding(PROTO_BIND, spi, true, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(world_installed(&w, 0), 0);
	an_sa(spi, true);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(world_installed(&w, 0), 1);
	/* another cipher, with all that it needs; not with less, or with more */
	a_binding(PROTO_BIND, 0x1003, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	an_sa_of(0x1003, false, IKE_ENCR_AES_CBC, IKE_INTEG_NONE, 32);
	CHECK_EQ(refused(), -ERANGE);
	an_sa_of(0x1003, false, IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_256_128,
		 32);
	CHECK_EQ(refused(), -ERANGE);
	an_sa_of(0x1003, false, IKE_ENCR_AES_GCM_16,
		 IKE_INTEG_HMAC_SHA2_256_128, 36);
	CHECK_EQ(refused(), -ERANGE);
	an_sa_of(0x1003, false, 0, IKE_INTEG_NONE, 36);
	CHECK_EQ(refused(), -ERANGE);
	CHECK_EQ(world_installed(&w, 0), 1);
	an_sa_of(0x1003, false, IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_512_256,
		 96);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(world_installed(&w, 0), 2);
	/* a binding that is taken back counts no more, nor one that is refused */
	a_binding(PROTO_BIND, 0x1001, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	a_binding(PROTO_UNBIND, 0x1001, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	an_sa(0x1001, false);
	CHECK_EQ(refused(), -EPERM);
	w.h[0].k.fail_bind = 1;
	a_binding(PROTO_BIND, 0x1001, false, BTNS_AUTH_METHOD_BTNS);
	CHECK(refused() < 0);
	an_sa(0x1001, false);
	CHECK_EQ(refused(), -EPERM);
	/* what others installed is not the reader's to delete or to vouch for */
	named(PROTO_DEL_SA, 0x7777, NULL, "10.0.0.2");
	CHECK_EQ(refused(), -ESRCH);
	a_binding(PROTO_BIND, 0x1002, false, BTNS_AUTH_METHOD_MANUAL);
	CHECK_EQ(refused(), -EPERM);
	a_binding(PROTO_UNBIND, 0x7777, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), -ENOENT);
	a_binding(PROTO_BIND, 255, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), -ERANGE);
	/* its own it may delete, once */
	named(PROTO_DEL_SA, spi, NULL, "10.0.0.1");
	CHECK_EQ(refused(), 0);
	named(PROTO_DEL_SA, spi, NULL, "10.0.0.1");
	CHECK_EQ(refused(), -ESRCH);
	CHECK_EQ(w.h[0].k.unvouched, 0);
	serve_down();
	world_fini(&w);
}

/* an outbound binding for one protocol */
static void narrow_binding(uint32_t type, uint32_t spi)
{
	struct lbtns_sa b;

	a_binding(type, spi, false, BTNS_AUTH_METHOD_BTNS);
	CHECK(proto_get_all(&m, &proto_sa_layout, &b));
	b.sel.proto = IPPROTO_TCP;
	proto_begin(&m, type);
	proto_put(&m, &proto_sa_layout, &b);
}

/* SAs that others have installed, or that are not what was vouched for */
static void others_sas(void)
{
	struct proto_value v = { 0 };
	struct world_sa *sa;
	struct addr dst = addr("10.0.0.1");

	world_pair();
	CHECK(serve_up(""));
	sa = &w.h[0].k.sa[0];
	sa->used = true;
	w.h[0].k.top = 1;
	sa->spi = 0x7777;
	sa->dst = addr("10.0.0.2");
	sa->src = addr("10.0.0.1");
	a_binding(PROTO_BIND, 0x7777, false, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), -EEXIST);
	named(PROTO_DEL_SA, 0x7777, NULL, "10.0.0.2");
	CHECK_EQ(refused(), -ESRCH);
	CHECK(sa->used);
	sa->used = false;
	/* for more than its binding */
	narrow_binding(PROTO_BIND, 0x2001);
	CHECK_EQ(refused(), 0);
	an_sa(0x2001, false);
	CHECK_EQ(refused(), -EPERM);
	CHECK_EQ(world_installed(&w, 0), 0);
	/* the kernel's time for a reserved SPI is over: the SA comes all the same */
	named(PROTO_GET_SPI, 0, "10.0.0.2", "10.0.0.1");
	CHECK_EQ(refused(), 0);
	CHECK(proto_get_all(&m, &proto_value_layout, &v));
	serve_forget(&s, (uint32_t)v.v, &dst);
	a_binding(PROTO_BIND, (uint32_t)v.v, true, BTNS_AUTH_METHOD_BTNS);
	CHECK_EQ(refused(), 0);
	an_sa((uint32_t)v.v, true);
	CHECK_EQ(refused(), 0);
	/* what is lost is forgotten, what is there is not */
	serve_events_lost(&s);
	CHECK(sas_find(&s.sas, (uint32_t)v.v, &dst));
	w.h[0].k.sa[0].used = false;
	serve_events_lost(&s);
	CHECK(!sas_find(&s.sas, (uint32_t)v.v, &dst));
	serve_down();
	world_fini(&w);
}

/* all but one of a fingerprint */
#define DIGITS	"00000000000000000000000000000000" \
		"0000000000000000000000000000000"

static void latches(void)
{
	struct proto_peer p = { .reason = BTNS_REASON_ADMIN };

	world_pair();
	CHECK(serve_up(""));
	proto_begin(&m, PROTO_LATCH_CLOSE_ALL);
	proto_put(&m, &proto_peer_layout, &p);
	CHECK_EQ(refused(), -EPERM);
	CHECK_EQ(w.h[0].k.closes, 0);
	/* the PAD is the administrator's, and there is none in this file */
	proto_begin(&m, PROTO_PAD_REPLACE);
	CHECK_EQ(refused(), -EPERM);
	CHECK_EQ(w.h[0].k.n_pad, 1);
	serve_down();

	/* as it has read it, and once */
	CHECK(serve_up("pad = ( { name = \"x\"; btns = true; key = \"SHA256:" DIGITS "1\"; },"
		       " { name = \"y\"; btns = true; key = \"SHA256:" DIGITS "2\"; } );"));
	proto_begin(&m, PROTO_PAD_REPLACE);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(w.h[0].k.n_pad, 2);
	/* again it is there already, and what an administrator did since stays */
	w.h[0].k.n_pad = 1;
	proto_begin(&m, PROTO_PAD_REPLACE);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(w.h[0].k.n_pad, 1);
	serve_begin(&s);
	w.h[0].k.fail_pad = 1;
	proto_begin(&m, PROTO_PAD_REPLACE);
	CHECK(refused() < 0);
	proto_begin(&m, PROTO_PAD_REPLACE);
	CHECK_EQ(refused(), -EPERM);
	serve_down();
	world_fini(&w);
}

static int put(const struct kern_policy *p, bool replace)
{
	const uint8_t how = replace;

	proto_begin(&m, PROTO_PUT_POLICY);
	proto_put(&m, &proto_policy_layout, p);
	proto_put_octets(&m, span(&how, 1));
	return refused();
}

static int put_policy(const struct kern_policy *p)
{
	return put(p, false);
}

static int del_policy(const struct kern_policy *p)
{
	proto_begin(&m, PROTO_DEL_POLICY);
	proto_put(&m, &proto_policy_layout, p);
	return refused();
}

static void policies(void)
{
	struct kern_policy p, *there;
	struct groups_plan plan;
	size_t n;

	world_pair();
	CHECK(serve_up("groups = { private = [ \"10.9.0.0/16\" ]; };"));
	there = w.h[0].k.policy;
	n = w.h[0].k.n_policies;
	CHECK(!groups_plan(s.conf, NULL, 0, false, &plan));
	CHECK_EQ(plan.n, 3);
	/* what would let traffic out: another action, other addresses, all */
	p = plan.op[0].p;
	p.action = KERN_BYPASS;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = plan.op[0].p;
	p.optional = true;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = plan.op[0].p;
	p.sel.remote = addr("10.8.0.0");
	CHECK_EQ(put_policy(&p), -EPERM);
	p = plan.op[0].p;
	p.sel.remote_plen = 0;
	CHECK_EQ(put_policy(&p), -EPERM);
	/* an administrator's, whatever it is called */
	p = there[0];
	CHECK_EQ(del_policy(&p), -EPERM);
	p = plan.op[0].p;
	p.index = there[0].index;
	CHECK_EQ(del_policy(&p), -EPERM);
	CHECK_EQ(w.h[0].k.n_policies, n);
	/* those of the groups, which may not be deleted while they are wanted */
	CHECK_EQ(put_policy(&plan.op[0].p), 0);
	CHECK_EQ(put_policy(&plan.op[1].p), 0);
	CHECK_EQ(w.h[0].k.n_policies, n + 2);
	p = there[n];
	CHECK_EQ(del_policy(&p), -EPERM);
	/* in its own place it may be put again; an index is the kernel's to give */
	CHECK_EQ(put(&plan.op[0].p, true), 0);
	p.index = 0;
	CHECK_EQ(del_policy(&p), -EPERM);
	p = there[n];
	/* an administrator's block for the same traffic is not replaced */
	there[n].action = KERN_BLOCK;
	there[n].priority = 5;
	serve_policies_changed(&s);
	CHECK_EQ(put(&p, true), -EPERM);
	CHECK_EQ(there[n].action, KERN_BLOCK);
	there[n] = p;
	serve_down();
	/* the prefix is in no group any more */
	CHECK(serve_up("groups = { private = [ \"10.7.0.0/16\" ]; };"));
	CHECK_EQ(del_policy(&p), 0);
	CHECK_EQ(w.h[0].k.n_policies, n + 1);
	/* another that came by this index since is not deleted by what was known */
	world_policy(&w, 0, "10.9.9.0/24", "10.9.9.0/24", 0, 0, 0, true);
	there[n + 1].index = p.index;
	CHECK_EQ(del_policy(&p), -EPERM);
	CHECK_EQ(w.h[0].k.n_policies, n + 3);
	groups_plan_free(&plan);
	serve_down();
	/* without groups in the configuration there is nothing to install */
	CHECK(serve_up(""));
	CHECK_EQ(put_policy(&p), -EPERM);
	serve_down();
	world_fini(&w);
}

/* ten seconds, two at a time, of a network with a private host in it */
#define EITHER	"groups = { private_or_clear = [ \"10.3.0.0/16\" ];" \
	" private = [ \"10.3.0.9/32\", \"10.4.0.0/16\" ];" \
	" fallback = { seconds = 10; max = 2; }; };"

static struct kern_policy a_fallback(const char *remote, uint32_t seconds)
{
	const struct addr local = addr("10.0.0.1"), to = addr(remote);

	return fallback_policy(&local, &to, seconds);
}

static void fallbacks(void)
{
	struct kern_policy p, *there;
	size_t n;

	world_pair();
	CHECK(serve_up(EITHER));
	there = w.h[0].k.policy;
	n = w.h[0].k.n_policies;
	/* of another group, of none; longer than configured, for ever */
	p = a_fallback("10.3.0.9", 10);
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.4.0.1", 10);
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.5.0.1", 10);
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 11);
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 0);
	CHECK_EQ(put_policy(&p), -EPERM);
	/* wider, another direction, before all others, without its flag */
	p = a_fallback("10.3.0.0", 10);
	p.sel.remote_plen = 16;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 10);
	p.sel.local_plen = 0;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 10);
	p.inbound = true;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 10);
	p.priority--;
	CHECK_EQ(put_policy(&p), -EPERM);
	p = a_fallback("10.3.0.1", 10);
	p.fallback = false;
	CHECK_EQ(put_policy(&p), -EPERM);
	/* in the place of another; between hosts of different families */
	p = a_fallback("10.3.0.1", 10);
	CHECK_EQ(put(&p, true), -EPERM);
	p.sel.local = addr("fd00::1");
	CHECK_EQ(put_policy(&p), -EPERM);
	CHECK_EQ(w.h[0].k.n_policies, n);
	/* as configured, and one too many */
	p = a_fallback("10.3.0.1", 10);
	CHECK_EQ(put_policy(&p), 0);
	p = a_fallback("10.3.0.2", 5);
	CHECK_EQ(put_policy(&p), 0);
	p = a_fallback("10.3.0.3", 10);
	CHECK_EQ(put_policy(&p), -EPERM);
	CHECK_EQ(w.h[0].k.n_policies, n + 2);
	/* each may be ended, by its index alone */
	CHECK(fallback_is(&there[n]) && fallback_is(&there[n + 1]));
	p = (struct kern_policy){ .index = there[n].index };
	CHECK_EQ(del_policy(&p), 0);
	p = a_fallback("10.3.0.3", 10);
	CHECK_EQ(put_policy(&p), 0);
	serve_down();
	/* without groups there is none to begin, but one to end */
	CHECK(serve_up(""));
	p = a_fallback("10.3.0.4", 10);
	CHECK_EQ(put_policy(&p), -EPERM);
	p = there[n];
	CHECK_EQ(del_policy(&p), 0);
	CHECK_EQ(w.h[0].k.n_policies, n + 1);
	serve_down();
	world_fini(&w);
}

/* until the reader has taken a configuration, it may have to go back */
static void between(void)
{
	const char *known = "/nonexistent/known";
	struct groups_plan old, new;

	world_pair();
	CHECK(serve_up("groups = { private = [ \"10.9.0.0/16\" ]; };"
		       "known = { mode = \"accept-new\"; file = \"/nonexistent/known\"; };"));
	CHECK(!groups_plan(s.conf, NULL, 0, false, &old));
	CHECK(serve_rewrite("groups = { block = [ \"10.8.0.0/16\" ]; };"));
	CHECK(!groups_plan(s.conf, NULL, 0, false, &new));
	CHECK_EQ(put_policy(&old.op[0].p), 0);
	CHECK_EQ(put_policy(&new.op[0].p), 0);
	file(PROTO_FILE_DROP, known);
	CHECK_EQ(refused(), 0);
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	file(PROTO_FILE_DROP, known);
	CHECK_EQ(refused(), -EPERM);
	CHECK_EQ(put_policy(&old.op[1].p), -EPERM);
	CHECK_EQ(put_policy(&new.op[1].p), 0);
	groups_plan_free(&old);
	groups_plan_free(&new);
	serve_down();

	/* the first configuration with groups: there may be some of before */
	CHECK(serve_up("groups = { private = [ \"10.9.0.0/16\" ]; };"));
	CHECK(!groups_plan(s.conf, NULL, 0, false, &old));
	w.h[0].k.n_policies = 0;
	CHECK_EQ(put_policy(&old.op[0].p), 0);
	serve_down();
	CHECK(serve_up(""));
	CHECK_EQ(put_policy(&old.op[1].p), -EPERM);
	CHECK(serve_rewrite("groups = { clear = [ \"10.9.0.0/16\" ]; };"));
	CHECK_EQ(put_policy(&old.op[1].p), 0);
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	CHECK_EQ(put_policy(&old.op[2].p), -EPERM);
	CHECK(!groups_plan(s.conf, NULL, 0, false, &new));
	/* what was refused on the way is not what there is to go back to */
	CHECK(serve_rewrite("groups = { private = [ \"10.9.0.0/16\" ]; };"));
	CHECK(serve_rewrite(""));
	CHECK_EQ(put_policy(&old.op[1].p), -EPERM);
	/* another reader begins with what there is now */
	CHECK(s.before);
	serve_begin(&s);
	CHECK(!s.before);
	groups_plan_free(&old);
	groups_plan_free(&new);
	serve_down();
	world_fini(&w);
}

/* whose signature, and of which kind; NULL is the key in use */
static const struct key *signer;
static enum sig_alg signer_alg = SIG_ECDSA_SHA256;

/*
 * Octets as AUTH covers them: our IKE_SA_INIT request, a nonce, prf(SK_p, ID),
 * and IntAuth if there is more.
 */
static void to_sign(size_t message, size_t nonce, size_t mac, size_t more)
{
	struct proto_sign sign = {
		.alg = signer_alg,
		.len = { (uint32_t)message, (uint32_t)nonce, (uint32_t)mac,
			 (uint32_t)more },
	};
	struct ike_wire_hdr h = {
		.spi_i = 1,
		.version = 0x20,
		.exchange = IKE_SA_INIT,
		.flags = IKE_FLAG_INITIATOR,
		.length = htobe32((uint32_t)message),
	};
	static uint8_t octets[65536];

	memcpy(sign.key, key_fingerprint(signer ? signer : key),
	       sizeof(sign.key));
	memcpy(octets, &h, sizeof(h));
	proto_begin(&m, PROTO_SIGN);
	proto_put(&m, &proto_sign_layout, &sign);
	proto_put_octets(&m, span(octets, message));
	proto_put_octets(&m, span(octets, nonce));
	proto_put_octets(&m, span(octets, mac));
	proto_put_octets(&m, span(octets, more));
}

/* octets of struct proto_sign */
#define SIGN_HEAD	(BTNS_DIGEST_LEN + 20)

/* octets that another protocol would take, with IKE's header in them */
static void as_other(const uint8_t *begins, size_t n)
{
	to_sign(400, 32, 32, 0);
	memcpy(m.body + SIGN_HEAD, begins, n);
	CHECK_EQ(refused(), -EPERM);
}

static void not_others(void)
{
	/* 464 octets in all: a sequence of just that, also with a longer length */
	static const uint8_t cert[] = { 0x30, 0x82, 0x01, 0xcc };
	static const uint8_t odd[] = { 0x30, 0x84, 0x00, 0x00, 0x01, 0xca };
	static const uint8_t hello[] = { 1, 0x00, 0x01, 0x00, 3, 3 };
	/* like them, but not */
	static const uint8_t shorter[] = { 0x30, 0x82, 0x01, 0xcb };
	static const uint8_t longer[] = { 1, 0x10, 0x00, 0x00, 3, 3 };

	world_pair();
	CHECK(serve_up(""));
	as_other(cert, sizeof(cert));
	as_other(odd, sizeof(odd));
	as_other(hello, sizeof(hello));
	to_sign(400, 32, 32, 0);
	memcpy(m.body + SIGN_HEAD, shorter, sizeof(shorter));
	CHECK_EQ(refused(), 0);
	to_sign(400, 32, 32, 0);
	memcpy(m.body + SIGN_HEAD, longer, sizeof(longer));
	CHECK_EQ(refused(), 0);
	serve_down();
	world_fini(&w);
}

static void signs(void)
{
	static const struct {
		size_t at;
		uint8_t xor;
	} not_init[] = {
		{ 0, 1 },	/* no SPI of the initiator */
		{ 8, 1 },	/* one of the responder in a request */
		{ 17, 0x10 },	/* another version */
		{ 18, 1 },	/* IKE_AUTH */
		{ 19, 0x20 },	/* request and response */
		{ 19, 0x08 },	/* neither */
		{ 20, 1 },	/* a message of later */
		{ 27, 1 },	/* longer than it says */
	};
	size_t i;

	world_pair();
	CHECK(serve_up(""));
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), 0);
	CHECK(m.len > 64);
	to_sign(65000, 256, 64, 132);
	CHECK_EQ(refused(), 0);
	for (i = 0; i < sizeof(not_init) / sizeof(not_init[0]); i++) {
		to_sign(400, 32, 32, 0);
		m.body[SIGN_HEAD + not_init[i].at] ^= not_init[i].xor;
		if (!CHECK_EQ(refused(), -EPERM))
			ktap_note("octet %zu", not_init[i].at);
	}
	to_sign(27, 32, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 15, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 257, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 32, 20, 0);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 32, 32, 32);
	CHECK_EQ(refused(), -EPERM);
	to_sign(0, 0, 0, 0);
	CHECK_EQ(refused(), -EPERM);
	/* lengths that are not those of what follows */
	to_sign(400, 32, 32, 0);
	m.len--;
	CHECK_EQ(asked(), -EBADMSG);
	serve_down();
	world_fini(&w);
}

/* some file that an administrator took for a shared secret */
#define AS_SECRET(path)	"identity = { id = \"fqdn:a.example\"; };" \
	"pad = ( { name = \"x\"; id = \"fqdn:x.example\"; auth = \"psk\";" \
	" psk_file = \"" path "\"; addresses = [ \"10.3.0.1/32\" ]; } );"

/* a key that we had before, by the name of its file */
static void old_keys(void)
{
	const char *path = strdup(world_key_path(0, KEY_ED25519));
	struct key *old = world_key(0, KEY_ED25519), *public = NULL;
	char conf[512];

	world_pair();
	snprintf(conf, sizeof(conf), "identity = { old_keys = [ \"%s\" ]; };",
		 path);
	signer = old;
	signer_alg = SIG_ED25519;
	/* it is not listed */
	CHECK(serve_up(""));
	file(PROTO_KEY, path);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	/* nor does the one in use sign in its name */
	signer_alg = SIG_ECDSA_SHA256;
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	signer_alg = SIG_ED25519;
	/* it is, since SIGHUP: its public half, its signature, never its file */
	CHECK(serve_rewrite(conf));
	file(PROTO_KEY, path);
	CHECK_EQ(refused(), 0);
	CHECK(!key_from_spki(span(m.body, m.len), &public));
	CHECK(!key_is_private(public) && key_equal(public, old));
	key_free(public);
	file(PROTO_KEY, s.key_path);
	CHECK_EQ(refused(), -EPERM);
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), 0);
	to_sign(400, 15, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_OPEN, path);
	CHECK_EQ(refused(), -EPERM);
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	/* off the list: until the reader has taken that, it may sign */
	snprintf(conf, sizeof(conf), AS_SECRET("%s"), path);
	CHECK(serve_rewrite(conf));
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), 0);
	file(PROTO_FILE_OPEN, path);
	CHECK_EQ(refused(), -EPERM);
	CHECK(why("the file of a key of ours"));
	proto_begin(&m, PROTO_TAKEN);
	CHECK_EQ(refused(), 0);
	to_sign(400, 32, 32, 0);
	CHECK_EQ(refused(), -EPERM);
	/* a path without an end, or with one in the middle */
	file(PROTO_KEY, path);
	m.body[3] = 0;
	CHECK_EQ(asked(), -EBADMSG);
	signer = NULL;
	signer_alg = SIG_ECDSA_SHA256;
	key_free(old);
	free((void *)(uintptr_t)path);
	serve_down();
	world_fini(&w);
}

static void files(void)
{
	const char *key_file, *link_name;
	char conf[512];
	int fd;

	world_pair();
	key_free(world_key(0, KEY_ECDSA_P256));
	link_name = strdup(world_store_path(0, ".link"));
	CHECK(!symlink(world_key_path(0, KEY_ECDSA_P256), link_name));
	/* our key by another name, as if it were a certificate's file */
	snprintf(conf, sizeof(conf), AS_SECRET("%s"), link_name);
	CHECK(serve_up(conf));
	key_file = s.key_path;
	file(PROTO_FILE_OPEN, s.conf_path);
	CHECK_EQ(refused(), 0);
	CHECK(m.fd >= 0 && (fcntl(m.fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	close(m.fd);
	file(PROTO_FILE_OPEN, key_file);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_OPEN, link_name);
	CHECK_EQ(refused(), -EPERM);
	CHECK(why("the file of a key of ours"));
	file(PROTO_FILE_OPEN, "/etc/passwd");
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_CREATE, key_file);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_CREATE, s.conf_path);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_COMMIT, s.conf_path);
	CHECK_EQ(refused(), -EPERM);
	file(PROTO_FILE_ASIDE, key_file);
	CHECK_EQ(refused(), -EPERM);
	/* the store: written beside, then there */
	unlink(s.store);
	file(PROTO_FILE_CREATE, s.store);
	CHECK_EQ(refused(), 0);
	fd = m.fd;
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	CHECK(access(s.store, F_OK));
	file(PROTO_FILE_COMMIT, s.store);
	CHECK_EQ(refused(), 0);
	CHECK(!access(s.store, F_OK));
	file(PROTO_FILE_ASIDE, s.store);
	CHECK_EQ(refused(), 0);
	CHECK(access(s.store, F_OK));
	unlink(link_name);
	free((void *)(uintptr_t)link_name);
	serve_down();
	world_fini(&w);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an SA is installed only if it is bound, and its SPI reserved",
		  sas },
		{ "nor is another's SA deleted by it, or one made for more",
		  others_sas },
		{ "latches and the PAD: only what a helper has to do", latches },
		{ "policies: those of the configured groups, and no other",
		  policies },
		{ "a fallback to clear: where, as long and as many as configured",
		  fallbacks },
		{ "a configuration that is not taken yet: both hold", between },
		{ "our keys sign what AUTH covers, and nothing else", signs },
		{ "nor what could be a certificate, or a handshake of TLS",
		  not_others },
		{ "older keys: while they are listed, and their public halves only",
		  old_keys },
		{ "files: those of the configuration, and never a key", files },
	};

	return KTAP_RUN(tests);
}
