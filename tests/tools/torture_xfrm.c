// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs and policies of the two hosts, by NETLINK_XFRM. Keys are made from the
 * SPI as tests/netns/lib.sh does it, so that both ends, and an impostor, know.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/xfrm.h>

#include <libmnl/libmnl.h>

#include "tests/tools/torture.h"

#define BUF		4096
#define SPI_FIRST	0x10000
#define REPLAY		32	/* packets */
#define NUMBERS		(1 << 18)	/* more than an SA sends */
#define ICV_BITS	128
#define AUTH_KEY	32	/* bytes, of HMAC-SHA-256 */
#define PRIO_BASE	1000
#define PRIO_RULE	1

/* room for an algorithm with its key */
union algorithm {
	struct xfrm_algo enc;
	struct xfrm_algo_auth auth;
	struct xfrm_algo_aead aead;
	char room[256];
};

struct message {
	char buf[BUF] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
};

static struct mnl_socket *sockets[HOSTS];

void xfrm_start(void)
{
	unsigned int h;

	for (h = 0; h < HOSTS; h++) {
		enter(h);
		sockets[h] = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
		if (!sockets[h] ||
		    mnl_socket_bind(sockets[h], 0, MNL_SOCKET_AUTOPID))
			fault("tool", "xfrm netlink: %s", strerror(errno));
	}
}

void xfrm_end(void)
{
	unsigned int h;

	for (h = 0; h < HOSTS; h++)
		mnl_socket_close(sockets[h]);
}

uint32_t xfrm_spi(unsigned int family, unsigned int way, unsigned int flavour)
{
	return SPI_FIRST + (family << 12 | way << 8 | flavour);
}

static void *begin(struct message *m, uint16_t type, uint16_t flags,
		   size_t size)
{
	memset(m, 0, sizeof(*m));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = type;
	m->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return mnl_nlmsg_put_extra_header(m->nlh, size);
}

/* 0 or an errno. */
static int talk(unsigned int host, struct message *m)
{
	struct mnl_socket *nl = sockets[host];
	char buf[BUF];
	ssize_t n = -1;
	int err = 0;

	world_let_go();
	if (mnl_socket_sendto(nl, m->nlh, m->nlh->nlmsg_len) > 0)
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl),
				NULL, NULL) < 0)
		err = errno;
	world_hold();
	return err;
}

/* The ends of what goes that way. */
static void put_ends(unsigned int family, unsigned int way,
		     xfrm_address_t *src, xfrm_address_t *dst)
{
	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	host_addr(way == A_TO_B ? HOST_A : HOST_B, family, (uint8_t *)src);
	host_addr(way == A_TO_B ? HOST_B : HOST_A, family, (uint8_t *)dst);
}

static uint16_t af(unsigned int family)
{
	return family == V4 ? AF_INET : AF_INET6;
}

static void put_selector(struct xfrm_selector *sel, unsigned int family,
			 unsigned int way)
{
	put_ends(family, way, &sel->saddr, &sel->daddr);
	sel->family = af(family);
	sel->prefixlen_s = family == V4 ? 32 : 128;
	sel->prefixlen_d = sel->prefixlen_s;
}

/* What an SA of that scope is for; nothing is said if it is for all. */
static void put_scope(struct xfrm_selector *sel, unsigned int family,
		      unsigned int way, unsigned int scope)
{
	unsigned int slot = scope - FOR_SLOT;

	if (scope == FOR_ALL)
		return;
	put_selector(sel, family, way);
	if (scope < FOR_SLOT) {
		sel->proto = scope == FOR_TCP ? IPPROTO_TCP : IPPROTO_UDP;
		return;
	}
	sel->proto = slot_proto(slot);
	if (way == A_TO_B) {
		sel->dport = htons((uint16_t)(SERVER_PORT + slot));
		sel->dport_mask = 0xffff;
	} else {
		sel->sport = htons((uint16_t)(SERVER_PORT + slot));
		sel->sport_mask = 0xffff;
	}
}

static void forever(struct xfrm_lifetime_cfg *lft)
{
	lft->soft_byte_limit = XFRM_INF;
	lft->hard_byte_limit = XFRM_INF;
	lft->soft_packet_limit = XFRM_INF;
	lft->hard_packet_limit = XFRM_INF;
}

/* The SPI, behind zeros. */
static void put_key(char *key, size_t len, uint32_t spi)
{
	uint32_t be = htonl(spi);

	memcpy(key + len - sizeof(be), &be, sizeof(be));
}

static void put_aead(struct nlmsghdr *nlh, uint32_t spi, unsigned int key)
{
	union algorithm alg;

	memset(&alg, 0, sizeof(alg));
	strcpy(alg.aead.alg_name, "rfc4106(gcm(aes))");
	alg.aead.alg_key_len = key * 8;
	alg.aead.alg_icv_len = ICV_BITS;
	put_key(alg.aead.alg_key, key, spi);
	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(alg.aead) + key, &alg);
}

static void put_null(struct nlmsghdr *nlh, uint32_t spi)
{
	union algorithm alg;

	memset(&alg, 0, sizeof(alg));
	strcpy(alg.enc.alg_name, "ecb(cipher_null)");
	mnl_attr_put(nlh, XFRMA_ALG_CRYPT, sizeof(alg.enc), &alg);
	memset(&alg, 0, sizeof(alg));
	strcpy(alg.auth.alg_name, "hmac(sha256)");
	alg.auth.alg_key_len = AUTH_KEY * 8;
	alg.auth.alg_trunc_len = ICV_BITS;
	put_key(alg.auth.alg_key, AUTH_KEY, spi);
	mnl_attr_put(nlh, XFRMA_ALG_AUTH_TRUNC, sizeof(alg.auth) + AUTH_KEY,
		     &alg);
}

static void put_suite(struct nlmsghdr *nlh, uint32_t spi, enum suite suite)
{
	if (suite == NULL_CIPHER)
		put_null(nlh, spi);
	else
		put_aead(nlh, spi, suite == GCM256 ? 36 : 20);
}

/*
 * An SA that comes a second time, at one end only, does not begin at one again:
 * the other end would take that for a replay.
 */
static void put_first_number(struct nlmsghdr *nlh)
{
	static uint32_t n;
	struct xfrm_replay_state replay = { .oseq = ++n * NUMBERS };

	mnl_attr_put(nlh, XFRMA_REPLAY_VAL, sizeof(replay), &replay);
}

int xfrm_sa_add(unsigned int host, unsigned int family, unsigned int way,
		unsigned int flavour, unsigned int scope)
{
	uint32_t spi = xfrm_spi(family, way, flavour);
	struct xfrm_usersa_info *sa;
	struct message m;

	sa = begin(&m, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, sizeof(*sa));
	sa->family = af(family);
	sa->mode = XFRM_MODE_TRANSPORT;
	sa->replay_window = REPLAY;
	sa->id.proto = IPPROTO_ESP;
	sa->id.spi = htonl(spi);
	put_ends(family, way, &sa->saddr, &sa->id.daddr);
	put_scope(&sa->sel, family, way, scope);
	forever(&sa->lft);
	put_suite(m.nlh, spi, model_suite(flavour));
	put_first_number(m.nlh);
	return talk(host, &m);
}

int xfrm_sa_del(unsigned int host, unsigned int family, unsigned int way,
		unsigned int flavour)
{
	struct xfrm_usersa_id *id;
	xfrm_address_t src;
	struct message m;

	id = begin(&m, XFRM_MSG_DELSA, 0, sizeof(*id));
	id->family = af(family);
	id->proto = IPPROTO_ESP;
	id->spi = htonl(xfrm_spi(family, way, flavour));
	put_ends(family, way, &src, &id->daddr);
	return talk(host, &m);
}

int xfrm_sa_flush(unsigned int host)
{
	struct xfrm_usersa_flush *flush;
	struct message m;

	flush = begin(&m, XFRM_MSG_FLUSHSA, 0, sizeof(*flush));
	flush->proto = IPPROTO_ESP;
	return talk(host, &m);
}

/* Which way packets go that a policy of that direction is about. */
static unsigned int way_of(unsigned int host, unsigned int dir)
{
	return (host == HOST_A) == (dir == OUT) ? A_TO_B : B_TO_A;
}

static void put_template(struct nlmsghdr *nlh, unsigned int family,
			 unsigned int way, enum rule rule)
{
	struct xfrm_user_tmpl t;

	memset(&t, 0, sizeof(t));
	t.family = af(family);
	t.id.proto = IPPROTO_ESP;
	t.aalgos = ~0U;
	t.ealgos = ~0U;
	t.calgos = ~0U;
	t.optional = rule == RULE_OPTIONAL;
	if (rule == RULE_TUNNEL) {
		t.mode = XFRM_MODE_TUNNEL;
		put_ends(family, way, &t.saddr, &t.id.daddr);
	}
	mnl_attr_put(nlh, XFRMA_TMPL, sizeof(t), &t);
}

int xfrm_policy_add(unsigned int host, unsigned int family, unsigned int dir,
		    enum rule rule, uint8_t proto)
{
	unsigned int way = way_of(host, dir);
	struct xfrm_userpolicy_info *pol;
	struct message m;

	pol = begin(&m, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL,
		    sizeof(*pol));
	put_selector(&pol->sel, family, way);
	pol->sel.proto = proto;
	pol->dir = dir == OUT ? XFRM_POLICY_OUT : XFRM_POLICY_IN;
	pol->priority = rule == RULE_NONE ? PRIO_BASE : PRIO_RULE;
	pol->action = rule == RULE_BLOCK ? XFRM_POLICY_BLOCK :
					   XFRM_POLICY_ALLOW;
	forever(&pol->lft);
	if (rule != RULE_BLOCK && rule != RULE_BYPASS)
		put_template(m.nlh, family, way, rule);
	return talk(host, &m);
}

int xfrm_policy_del(unsigned int host, unsigned int family, unsigned int dir,
		    uint8_t proto)
{
	struct xfrm_userpolicy_id *id;
	struct message m;

	id = begin(&m, XFRM_MSG_DELPOLICY, 0, sizeof(*id));
	put_selector(&id->sel, family, way_of(host, dir));
	id->sel.proto = proto;
	id->dir = dir == OUT ? XFRM_POLICY_OUT : XFRM_POLICY_IN;
	return talk(host, &m);
}

int xfrm_policy_flush(unsigned int host)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	m.nlh = mnl_nlmsg_put_header(m.buf);
	m.nlh->nlmsg_type = XFRM_MSG_FLUSHPOLICY;
	m.nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return talk(host, &m);
}
