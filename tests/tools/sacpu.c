// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ESP SA in transport mode that is for one CPU only, which ip does not know
 * how to say everywhere. Linux has them since 6.13.
 *
 *	sacpu in|out SOURCE DESTINATION SPI CPU
 *
 * AES-GCM with a key of 256 bits that is the SPI, as tests/netns/lib.sh makes
 * it. Exit: 0; 1 if the kernel refuses; 2 usage; 4 if it took the SA without
 * the CPU, since it knows of no such SAs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/xfrm.h>

#include <libmnl/libmnl.h>

/* XFRMA_SA_DIR and XFRMA_SA_PCPU, which are newer than some headers */
#define SA_DIR	(XFRMA_MTIMER_THRESH + 1)
#define SA_PCPU	(XFRMA_MTIMER_THRESH + 3)
#define DIR_IN	1
#define DIR_OUT	2

#define KEY_LEN	36	/* with the salt */

struct want {
	const char *dir, *src, *dst;
	uint32_t spi, cpu;
};

/* Errno of the kernel's answer; @cb sees messages before the last. */
static int talk(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_XFRM);
	char buf[8192];
	ssize_t n = -1;
	int err = 0;

	if (!nl)
		return errno;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (!mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0)
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl),
				cb, arg) < 0)
		err = errno;
	mnl_socket_close(nl);
	return err;
}

static void put_aead(struct nlmsghdr *nlh, uint32_t spi)
{
	char buf[sizeof(struct xfrm_algo_aead) + KEY_LEN] = { 0 };
	struct xfrm_algo_aead *aead = (struct xfrm_algo_aead *)buf;
	uint32_t be = htonl(spi);

	snprintf(aead->alg_name, sizeof(aead->alg_name), "rfc4106(gcm(aes))");
	aead->alg_key_len = KEY_LEN * 8;
	aead->alg_icv_len = 128;
	memcpy(aead->alg_key + KEY_LEN - sizeof(be), &be, sizeof(be));
	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(buf), buf);
}

static int add(const struct want *w)
{
	char buf[4096] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	bool in = !strcmp(w->dir, "in");
	struct xfrm_usersa_info *sa;

	nlh->nlmsg_type = XFRM_MSG_NEWSA;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	sa = mnl_nlmsg_put_extra_header(nlh, sizeof(*sa));
	sa->family = AF_INET;
	sa->mode = XFRM_MODE_TRANSPORT;
	sa->replay_window = in ? 32 : 0;
	sa->id.proto = IPPROTO_ESP;
	sa->id.spi = htonl(w->spi);
	if (inet_pton(AF_INET, w->src, &sa->saddr) != 1 ||
	    inet_pton(AF_INET, w->dst, &sa->id.daddr) != 1)
		return EINVAL;
	sa->lft.soft_byte_limit = XFRM_INF;
	sa->lft.hard_byte_limit = XFRM_INF;
	sa->lft.soft_packet_limit = XFRM_INF;
	sa->lft.hard_packet_limit = XFRM_INF;
	put_aead(nlh, w->spi);
	mnl_attr_put_u8(nlh, SA_DIR, in ? DIR_IN : DIR_OUT);
	mnl_attr_put_u32(nlh, SA_PCPU, w->cpu);
	return talk(nlh, NULL, NULL);
}

static int see_cpu(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *a;
	bool *seen = arg;

	mnl_attr_for_each(a, nlh, sizeof(struct xfrm_usersa_info))
		if (mnl_attr_get_type(a) == SA_PCPU)
			*seen = true;
	return MNL_CB_OK;
}

/* Did the kernel understand? */
static bool has_cpu(const struct want *w)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct xfrm_usersa_id *id;
	bool seen = false;

	nlh->nlmsg_type = XFRM_MSG_GETSA;
	id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	inet_pton(AF_INET, w->dst, &id->daddr);
	id->spi = htonl(w->spi);
	id->family = AF_INET;
	id->proto = IPPROTO_ESP;
	return !talk(nlh, see_cpu, &seen) && seen;
}

int main(int argc, char **argv)
{
	struct want w;
	int err;

	if (argc != 6 || (strcmp(argv[1], "in") && strcmp(argv[1], "out"))) {
		fputs("usage: sacpu in|out SOURCE DESTINATION SPI CPU\n",
		      stderr);
		return 2;
	}
	w = (struct want){
		.dir = argv[1], .src = argv[2], .dst = argv[3],
		.spi = (uint32_t)strtoul(argv[4], NULL, 0),
		.cpu = (uint32_t)strtoul(argv[5], NULL, 0),
	};
	err = add(&w);
	if (err) {
		fprintf(stderr, "sacpu: %s\n", strerror(err));
		return 1;
	}
	return has_cpu(&w) ? 0 : 4;
}
