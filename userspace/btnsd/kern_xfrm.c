// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ESP SAs by NETLINK_XFRM. One socket for requests, each acknowledged before
 * the next; one for events, from which our own doings are left out. Buffers
 * that held a key are wiped.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "btnsd/crypto/aead.h"
#include "btnsd/crypto/cbc.h"
#include "btnsd/crypto/crypto.h"
#include "btnsd/crypto/rand.h"
#include "btnsd/ike/wire.h"
#include "btnsd/kern.h"
#include "btnsd/kern_event.h"
#include "btnsd/kern_sel.h"
#include "btnsd/log.h"
#include "kernel/pad_match.h"
#include "libbtns/nl.h"

/* SPIs of ours: any from here on, a range that people recognise */
#define SPI_MIN		0xc0000000u
#define SPI_MAX		0xcfffffffu

#define XFRM_BUF	4096
/* the kernel's errors are not beyond */
#define ERRNO_MAX	4095
#define EVENT_BUF	65536
/* a kernel that does not answer for so long will not answer at all */
#define XFRM_TIMEOUT_S	5
/* linux/udp.h and netinet/in.h do not mix; the number is the kernel's ABI */
#ifndef UDP_ENCAP_ESPINUDP
#define UDP_ENCAP_ESPINUDP	2
#endif
/* room for events while we are busy signing */
#define EVENT_RCVBUF	(1 << 20)

/**
 * struct kern_xfrm - sockets and the last error
 * @req: requests
 * @ev: events
 * @own: ports of @req and of the socket for policies; mark what we did ourselves
 * @seq: number of the last request
 * @err: one line about the last failure
 */
struct kern_xfrm {
	struct mnl_socket *req;
	struct mnl_socket *ev;
	uint32_t own[KERN_EVENT_OWN];
	uint32_t seq;
	char err[160];
};

static int fail(struct kern_xfrm *x, int err, const char *what)
{
	snprintf(x->err, sizeof(x->err), "%s: %s", what, strerror(-err));
	return err;
}

/**
 * kern_xfrm_error() - what went wrong in the last failed call
 * @x: sockets
 *
 * Return: one line.
 */
const char *kern_xfrm_error(const struct kern_xfrm *x)
{
	return x->err;
}

/**
 * kern_xfrm_close() - close the sockets
 * @x: sockets or NULL
 */
void kern_xfrm_close(struct kern_xfrm *x)
{
	if (!x)
		return;
	if (x->req)
		mnl_socket_close(x->req);
	if (x->ev)
		mnl_socket_close(x->ev);
	free(x);
}

static int subscribe(struct kern_xfrm *x)
{
	static const int groups[] = {
		XFRMNLGRP_ACQUIRE,
		XFRMNLGRP_EXPIRE,
		XFRMNLGRP_SA,
		XFRMNLGRP_POLICY,
		XFRMNLGRP_MAPPING,
	};
	int size = EVENT_RCVBUF;
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int g = groups[i];

		if (mnl_socket_setsockopt(x->ev, NETLINK_ADD_MEMBERSHIP, &g,
					  sizeof(g)) < 0)
			return -errno;
	}
	/* best effort: a smaller buffer loses events, and that is noticed */
	setsockopt(mnl_socket_get_fd(x->ev), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	return 0;
}

/**
 * kern_xfrm_open() - open the sockets, listen to events
 * @x: set to the sockets
 *
 * Return: 0 or a negative errno; on failure @x is NULL.
 */
int kern_xfrm_open(struct kern_xfrm **x)
{
	const struct timeval tv = { .tv_sec = XFRM_TIMEOUT_S };
	struct kern_xfrm *n = calloc(1, sizeof(*n));
	int err = -ENOMEM;

	*x = NULL;
	if (!n)
		return err;
	n->req = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	n->ev = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->req || !n->ev ||
	    mnl_socket_bind(n->req, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_bind(n->ev, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(n->req), SOL_SOCKET, SO_RCVTIMEO, &tv,
		       sizeof(tv)) < 0) {
		err = -errno;
		goto out;
	}
	n->own[0] = mnl_socket_get_portid(n->req);
	err = subscribe(n);
out:
	if (err) {
		kern_xfrm_close(n);
		return err;
	}
	*x = n;
	return 0;
}

/**
 * kern_xfrm_own() - what another socket of ours does is no news either
 * @x: sockets
 * @portid: of that socket, by which policies are changed
 *
 * Else each change of a policy of ours would have all of them looked at again.
 */
void kern_xfrm_own(struct kern_xfrm *x, uint32_t portid)
{
	x->own[1] = portid;
}

/**
 * kern_xfrm_fd() - descriptor to poll for events
 * @x: sockets
 *
 * Return: a non-blocking descriptor.
 */
int kern_xfrm_fd(const struct kern_xfrm *x)
{
	return mnl_socket_get_fd(x->ev);
}

/* what NLMSG_ERROR says: 0, or a negative errno */
static int verdict(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*e) || e->error > 0 ||
	    e->error < -ERRNO_MAX)
		return -EBADMSG;
	return e->error;
}

/* an SA: messages are on multiples of four, its members on those of eight */
static bool get_info(struct xfrm_usersa_info *info, const struct nlmsghdr *h)
{
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*info))
		return false;
	memcpy(info, mnl_nlmsg_get_payload(h), sizeof(*info));
	return true;
}

/* send a request; the answer, if it is wanted, is in @buf and set in @reply */
static int talk(struct kern_xfrm *x, struct nlmsghdr *nlh, uint8_t *buf,
		uint16_t want, const struct nlmsghdr **reply)
{
	ssize_t n;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++x->seq;
	if (reply)
		*reply = NULL;
	n = mnl_socket_sendto(x->req, nlh, nlh->nlmsg_len);
	wipe(buf, XFRM_BUF);
	if (n < 0)
		return -errno;
	for (;;) {
		const struct nlmsghdr *h;
		int left;

		/* the answer stays in the first half, an ack goes behind it */
		uint8_t *to = reply && *reply ? buf + XFRM_BUF / 2 : buf;

		n = mnl_socket_recvfrom(x->req, to, XFRM_BUF / 2);
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		left = (int)n;
		for (h = (void *)to; lbtns_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != x->seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR)
				return verdict(h);
			if (reply && h->nlmsg_type == want)
				*reply = h;
		}
	}
}

static int alloc_spi(struct kern_xfrm *x, const struct addr *src,
		     const struct addr *dst, uint32_t reqid, uint32_t seq,
		     uint32_t *spi)
{
	uint8_t buf[XFRM_BUF] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_usersa_info got;
	const struct nlmsghdr *reply;
	struct xfrm_userspi_info *u;
	int err;

	nlh->nlmsg_type = XFRM_MSG_ALLOCSPI;
	u = mnl_nlmsg_put_extra_header(nlh, sizeof(*u));
	kern_put_addr(&u->info.id.daddr, dst);
	kern_put_addr(&u->info.saddr, src);
	u->info.id.proto = IPPROTO_ESP;
	u->info.family = dst->family;
	u->info.mode = XFRM_MODE_TRANSPORT;
	u->info.reqid = reqid;
	u->info.seq = seq;
	u->min = SPI_MIN;
	u->max = SPI_MAX;
	err = talk(x, nlh, buf, XFRM_MSG_NEWSA, &reply);
	if (err)
		return fail(x, err, "the kernel gives no SPI");
	if (!reply || !get_info(&got, reply))
		return fail(x, -EBADMSG, "the kernel's SPI");
	*spi = ntohl(got.id.spi);
	return *spi ? 0 : fail(x, -EBADMSG, "the kernel's SPI");
}

/**
 * kern_xfrm_get_spi() - reserve an SPI for an inbound SA
 * @x: sockets
 * @src: source of the packets
 * @dst: destination of the packets, our address
 * @reqid: of the policy's template
 * @spi: set, host byte order
 *
 * The kernel forgets it after net.core.xfrm_acq_expires seconds.
 *
 * Return: 0 or a negative errno.
 */
int kern_xfrm_get_spi(struct kern_xfrm *x, const struct addr *src,
		      const struct addr *dst, uint32_t reqid, uint32_t *spi)
{
	return alloc_spi(x, src, dst, reqid, 0, spi);
}

/**
 * kern_xfrm_forget() - let the kernel ask again for what it once asked for
 * @x: sockets
 * @src: source of the packets, our address
 * @dst: destination of the packets
 * @reqid: of the policy's template
 * @seq: of the acquire
 *
 * An acquire leaves a state without SPI behind, and until that expires (30
 * seconds) no packet asks again. It has no name to delete it by, so it is
 * given an SPI first.
 *
 * Return: 0 or a negative errno.
 */
int kern_xfrm_forget(struct kern_xfrm *x, const struct addr *src,
		     const struct addr *dst, uint32_t reqid, uint32_t seq)
{
	uint32_t spi;
	int err = alloc_spi(x, src, dst, reqid, seq, &spi);

	return err ? err : kern_xfrm_del_sa(x, spi, dst);
}

/* most acquires that are forgotten at one time; the rest expires */
#define FORGET_MAX	256

/** struct unanswered - what an acquire left behind */
struct unanswered {
	struct addr src;
	struct addr dst;
	uint32_t reqid;
	uint32_t seq;
};

static unsigned int take_unanswered(const struct nlmsghdr *nlh,
				    struct unanswered *list, unsigned int n)
{
	struct xfrm_usersa_info u;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA || n == FORGET_MAX ||
	    !get_info(&u, nlh) || u.id.spi || !u.seq ||
	    u.id.proto != IPPROTO_ESP || !addr_len(u.family))
		return n;
	kern_get_addr(&list[n].src, &u.saddr, u.family);
	kern_get_addr(&list[n].dst, &u.id.daddr, u.family);
	list[n].reqid = u.reqid;
	list[n].seq = u.seq;
	return n + 1;
}

/**
 * kern_xfrm_forget_all() - let the kernel ask again for everything
 * @x: sockets
 *
 * For what it asked while nobody listened.
 *
 * Return: 0 or a negative errno.
 */
int kern_xfrm_forget_all(struct kern_xfrm *x)
{
	static uint8_t buf[EVENT_BUF] __attribute__((aligned(NLMSG_ALIGNTO)));
	static struct unanswered list[FORGET_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned int n = 0, i;
	bool more = true;
	int err = 0;

	nlh->nlmsg_type = XFRM_MSG_GETSA;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++x->seq;
	if (mnl_socket_sendto(x->req, nlh, nlh->nlmsg_len) < 0)
		return fail(x, -errno, "SAs cannot be listed");
	while (more) {
		ssize_t len = mnl_socket_recvfrom(x->req, buf, sizeof(buf));
		const struct nlmsghdr *h;
		int left = (int)len;

		if (len <= 0) {
			err = len ? -errno : -EBADMSG;
			/* it may have been too long, and lies there cut off */
			wipe(buf, sizeof(buf));
			return fail(x, err, "SAs cannot be listed");
		}
		for (h = (void *)buf; lbtns_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != x->seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR)
				err = verdict(h);
			if (h->nlmsg_type == NLMSG_DONE ||
			    h->nlmsg_type == NLMSG_ERROR)
				more = false;
			else
				n = take_unanswered(h, list, n);
		}
		wipe(buf, (size_t)len);
	}
	if (err)
		return fail(x, err, "SAs cannot be listed");
	for (i = 0; i < n && !err; i++)
		err = kern_xfrm_forget(x, &list[i].src, &list[i].dst,
				       list[i].reqid, list[i].seq);
	return err;
}

static const char *aead_name(uint16_t encr)
{
	switch (encr) {
	case IKE_ENCR_AES_GCM_16:
		return "rfc4106(gcm(aes))";
	case IKE_ENCR_CHACHA20_POLY1305:
		return "rfc7539esp(chacha20,poly1305)";
	default:
		return NULL;
	}
}

static void put_aead(struct nlmsghdr *nlh, const char *name,
		     const struct secret *key)
{
	uint8_t raw[sizeof(struct xfrm_algo_aead) + SECRET_MAX] = { 0 };
	struct xfrm_algo_aead *a = (void *)raw;

	snprintf(a->alg_name, sizeof(a->alg_name), "%s", name);
	a->alg_key_len = (unsigned int)key->len * 8;
	a->alg_icv_len = 128;
	memcpy(a->alg_key, key->data, key->len);
	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(*a) + key->len, a);
	wipe(raw, sizeof(raw));
}

static const char *mac_name(uint16_t integ)
{
	switch (integ) {
	case IKE_INTEG_HMAC_SHA2_256_128:
		return "hmac(sha256)";
	case IKE_INTEG_HMAC_SHA2_384_192:
		return "hmac(sha384)";
	default:
		return "hmac(sha512)";
	}
}

/* two attributes of one form, but that the second has a length more */
static void put_cbc(struct nlmsghdr *nlh, const struct kern_sa *sa)
{
	uint8_t raw[sizeof(struct xfrm_algo_auth) + SECRET_MAX] = { 0 };
	size_t mac = cbc_integ_len(sa->integ), enc = sa->keybits / 8;
	struct xfrm_algo_auth *a = (void *)raw;
	struct xfrm_algo *c = (void *)raw;

	snprintf(c->alg_name, sizeof(c->alg_name), "cbc(aes)");
	c->alg_key_len = sa->keybits;
	memcpy(c->alg_key, sa->key->data, enc);
	mnl_attr_put(nlh, XFRMA_ALG_CRYPT, sizeof(*c) + enc, c);
	wipe(raw, sizeof(raw));
	snprintf(a->alg_name, sizeof(a->alg_name), "%s", mac_name(sa->integ));
	a->alg_key_len = (unsigned int)mac * 8;
	a->alg_trunc_len = (unsigned int)mac * 4;
	memcpy(a->alg_key, sa->key->data + enc, mac);
	mnl_attr_put(nlh, XFRMA_ALG_AUTH_TRUNC, sizeof(*a) + mac, a);
	wipe(raw, sizeof(raw));
}

/* octets of the key of an SA, 0 if we do not speak its algorithms */
static size_t key_len(const struct kern_sa *sa)
{
	return sa->integ ? cbc_keymat_len(sa->encr, sa->keybits, sa->integ) :
			   aead_keymat_len(sa->encr, sa->keybits);
}

/* a window wider than the 32 packets of the old attribute */
static void put_window(struct nlmsghdr *nlh, uint32_t packets)
{
	uint8_t raw[sizeof(struct xfrm_replay_state_esn) + 512] = { 0 };
	struct xfrm_replay_state_esn *r = (void *)raw;

	r->bmp_len = (packets + 31) / 32;
	r->replay_window = packets;
	mnl_attr_put(nlh, XFRMA_REPLAY_ESN_VAL,
		     sizeof(*r) + r->bmp_len * sizeof(uint32_t), r);
}

/* ESP in UDP (RFC 3948); the original addresses do not matter to the kernel */
static void put_encap(struct nlmsghdr *nlh, const struct kern_sa *sa)
{
	const struct xfrm_encap_tmpl e = {
		.encap_type = UDP_ENCAP_ESPINUDP,
		.encap_sport = htons(sa->encap.sport),
		.encap_dport = htons(sa->encap.dport),
	};

	if (!sa->encap.sport)
		return;
	mnl_attr_put(nlh, XFRMA_ENCAP, sizeof(e), &e);
	/* of one that moved we hear every second, not with every packet */
	if (sa->inbound)
		mnl_attr_put_u32(nlh, XFRMA_MTIMER_THRESH, 1);
}

static int add_sa(struct kern_xfrm *x, const struct kern_sa *sa, uint16_t type)
{
	uint8_t buf[XFRM_BUF] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_usersa_info *u;
	int err;

	if (!sa->key->len || sa->key->len != key_len(sa))
		return -EAFNOSUPPORT;
	nlh->nlmsg_type = type;
	if (type == XFRM_MSG_NEWSA)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	u = mnl_nlmsg_put_extra_header(nlh, sizeof(*u));
	kern_put_sel(&u->sel, &sa->sel, sa->inbound);
	kern_put_addr(&u->id.daddr, &sa->dst);
	kern_put_addr(&u->saddr, &sa->src);
	u->id.spi = htonl(sa->spi);
	u->id.proto = IPPROTO_ESP;
	u->family = sa->dst.family;
	u->mode = sa->tunnel ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
	u->reqid = sa->reqid;
	u->seq = sa->seq;
	u->lft.soft_byte_limit = sa->soft_bytes ? sa->soft_bytes : XFRM_INF;
	u->lft.hard_byte_limit = sa->hard_bytes ? sa->hard_bytes : XFRM_INF;
	u->lft.soft_packet_limit = sa->soft_packets ? sa->soft_packets :
						      XFRM_INF;
	u->lft.hard_packet_limit = sa->hard_packets ? sa->hard_packets :
						      XFRM_INF;
	u->lft.hard_add_expires_seconds = sa->hard_seconds;
	if (sa->integ)
		put_cbc(nlh, sa);
	else
		put_aead(nlh, aead_name(sa->encr), sa->key);
	put_window(nlh, sa->replay_window);
	put_encap(nlh, sa);
	err = talk(x, nlh, buf, 0, NULL);
	/* who refuses a request shows it again, the key too */
	wipe(buf, sizeof(buf));
	return err;
}

/**
 * kern_xfrm_add_sa() - install an SA
 * @x: sockets
 * @sa: the SA
 *
 * An inbound one takes the place of its reserved SPI, if the kernel still has
 * that.
 *
 * Return: 0 or a negative errno.
 */
int kern_xfrm_add_sa(struct kern_xfrm *x, const struct kern_sa *sa)
{
	int err = -ESRCH;

	if (sa->inbound)
		err = add_sa(x, sa, XFRM_MSG_UPDSA);
	if (err == -ESRCH)
		err = add_sa(x, sa, XFRM_MSG_NEWSA);
	return err ? fail(x, err, "the kernel refuses the SA") : 0;
}

/**
 * kern_xfrm_set_encap() - give an SA that is in UDP other ports
 * @x: sockets
 * @sa: the SA; @sa->key is not used
 *
 * The kernel takes ports and lifetimes out of an update and leaves the rest of
 * the SA as it is, but wants to see a key: it is shown a random one.
 *
 * Return: 0; -ESRCH if there is no such SA; other negative errno.
 */
int kern_xfrm_set_encap(struct kern_xfrm *x, const struct kern_sa *sa)
{
	struct secret any = { .len = key_len(sa) };
	struct kern_sa k = *sa;
	int err;

	k.key = &any;
	if (rand_fill(any.data, any.len) != CRYPTO_OK)
		return fail(x, -EIO, "no random numbers");
	err = add_sa(x, &k, XFRM_MSG_UPDSA);
	return err ? fail(x, err, "the SA's ports cannot be changed") : 0;
}

/**
 * kern_xfrm_del_sa() - delete an SA, or give a reserved SPI back
 * @x: sockets
 * @spi: host byte order
 * @dst: destination address
 *
 * Return: 0; -ESRCH if there is none; other negative errno.
 */
int kern_xfrm_del_sa(struct kern_xfrm *x, uint32_t spi, const struct addr *dst)
{
	uint8_t buf[XFRM_BUF] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_usersa_id *id;
	int err;

	nlh->nlmsg_type = XFRM_MSG_DELSA;
	id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	kern_put_addr(&id->daddr, dst);
	id->spi = htonl(spi);
	id->family = dst->family;
	id->proto = IPPROTO_ESP;
	err = talk(x, nlh, buf, 0, NULL);
	return err ? fail(x, err, "the SA cannot be deleted") : 0;
}

/* read an SA into @buf, which has its key then and is to be wiped */
static int read_sa(struct kern_xfrm *x, uint32_t spi, const struct addr *dst,
		   uint8_t buf[static XFRM_BUF], const struct nlmsghdr **reply,
		   struct xfrm_usersa_info *info)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_usersa_id *id;
	int err;

	nlh->nlmsg_type = XFRM_MSG_GETSA;
	id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	kern_put_addr(&id->daddr, dst);
	id->spi = htonl(spi);
	id->family = dst->family;
	id->proto = IPPROTO_ESP;
	err = talk(x, nlh, buf, XFRM_MSG_NEWSA, reply);
	if (!err && (!*reply || !get_info(info, *reply)))
		err = -EBADMSG;
	return err ? fail(x, err, "the SA cannot be read") : 0;
}

/**
 * kern_xfrm_sa_packets() - packets that an SA has carried
 * @x: sockets
 * @spi: host byte order
 * @dst: destination address
 * @packets: set
 *
 * Return: 0; -ESRCH if there is no such SA; other negative errno.
 */
int kern_xfrm_sa_packets(struct kern_xfrm *x, uint32_t spi,
			 const struct addr *dst, uint64_t *packets)
{
	uint8_t buf[XFRM_BUF] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct xfrm_usersa_info got;
	const struct nlmsghdr *reply;
	int err = read_sa(x, spi, dst, buf, &reply, &got);

	if (!err)
		*packets = got.curlft.packets;
	wipe(buf, sizeof(buf));
	return err;
}

/**
 * kern_xfrm_find_sa() - look at an SA
 * @x: sockets
 * @spi: host byte order
 * @dst: destination address
 * @found: filled
 *
 * Return: 0; -ESRCH if there is no such SA; other negative errno.
 */
int kern_xfrm_find_sa(struct kern_xfrm *x, uint32_t spi,
		      const struct addr *dst, struct kern_found *found)
{
	uint8_t buf[XFRM_BUF] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct xfrm_usersa_info got;
	struct xfrm_encap_tmpl e;
	const struct nlmsghdr *reply;
	const struct nlattr *a;
	int err = read_sa(x, spi, dst, buf, &reply, &got);

	memset(found, 0, sizeof(*found));
	if (err)
		goto out;
	kern_get_addr(&found->src, &got.saddr, dst->family);
	found->dst = *dst;
	found->tunnel = got.mode == XFRM_MODE_TUNNEL;
	if (addr_len(got.sel.family)) {
		if (got.sel.prefixlen_s > addr_bits(got.sel.family) ||
		    got.sel.prefixlen_d > addr_bits(got.sel.family)) {
			err = fail(x, -EBADMSG, "the SA's selector");
			goto out;
		}
		kern_get_sel(&found->sel, &got.sel, got.sel.family);
	}
	mnl_attr_for_each(a, reply, sizeof(got)) {
		if (mnl_attr_get_type(a) != XFRMA_ENCAP ||
		    mnl_attr_get_payload_len(a) < sizeof(e))
			continue;
		memcpy(&e, mnl_attr_get_payload(a), sizeof(e));
		found->encap.sport = ntohs(e.encap_sport);
		found->encap.dport = ntohs(e.encap_dport);
	}
out:
	wipe(buf, sizeof(buf));
	return err;
}

/* ---- events ------------------------------------------------------------- */

/**
 * kern_xfrm_read() - hand over the events that have come
 * @x: sockets
 * @ev: what is called for them
 * @arg: handed to @ev
 */
void kern_xfrm_read(struct kern_xfrm *x, const struct kern_events *ev,
		    void *arg)
{
	static uint8_t buf[EVENT_BUF] __attribute__((aligned(NLMSG_ALIGNTO)));
	int burst = 64;

	while (burst--) {
		ssize_t n = lbtns_nl_recv(mnl_socket_get_fd(x->ev), buf,
					  sizeof(buf));

		/* none that came is passed over: it may be an SA's end */
		if (n == -ENOBUFS || n == -ENOSPC) {
			/* as much as there was room for has come */
			wipe(buf, sizeof(buf));
			ev->lost(arg);
			continue;
		}
		if (n <= 0)
			return;
		kern_event_parse(buf, (size_t)n, x->own, ev, arg);
		/* SAs in events carry their keys */
		wipe(buf, (size_t)n);
	}
}
