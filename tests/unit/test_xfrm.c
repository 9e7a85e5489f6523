// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What btnsd makes of the kernel's answers about SAs, with a kernel in memory
 * that says what a real one would not, or says no.
 */
#include "ktap.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/crypto/rand.h"
#include "btnsd/ike/wire.h"
#include "btnsd/kern.h"
#include "fake_mnl.h"
#include "fake_nl.h"
#include "remains.h"

static const struct addr here = { .family = AF_INET, .b = { 10, 0, 0, 1 } };
static struct fake fake;
static struct kern_xfrm *x;
/* the SA of which the kernel tells, and the errno that it says first or last */
static struct xfrm_usersa_info info;
static int refusal;

static void put_sa(struct fake *f)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(f->build);

	n->nlmsg_type = XFRM_MSG_NEWSA;
	n->nlmsg_seq = f->seq;
	memcpy(mnl_nlmsg_put_extra_header(n, sizeof(info)), &info,
	       sizeof(info));
	fake_raw(f, n, n->nlmsg_len);
}

static void answer(struct fake *f, const struct nlmsghdr *req)
{
	if (req->nlmsg_type != XFRM_MSG_DELSA && !refusal)
		put_sa(f);
	if (req->nlmsg_flags & NLM_F_DUMP && !refusal)
		fake_done(f, 0, 0);
	else
		fake_error(f, refusal, NULL);
}

static void begin(void)
{
	fake_reset(&fake);
	fake.answer = answer;
	fake.requests = 0;
	refusal = 0;
	memset(&info, 0, sizeof(info));
	info.id.spi = htonl(0xc0000001);
	info.id.proto = IPPROTO_ESP;
	info.family = AF_INET;
	info.sel.family = AF_INET;
	info.sel.prefixlen_s = 32;
	info.sel.prefixlen_d = 24;
	info.curlft.packets = 5;
}

/* an error that is none of errno's is an answer that cannot be read */
static void errors(void)
{
	static const int said[] = { -1, 5000 };
	uint64_t packets = 0;
	uint32_t spi = 0;
	size_t i;

	begin();
	refusal = ESRCH;
	CHECK_EQ(kern_xfrm_sa_packets(x, 1, &here, &packets), -ESRCH);
	CHECK(strstr(kern_xfrm_error(x), strerror(ESRCH)));
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		begin();
		refusal = said[i];
		CHECK_EQ(kern_xfrm_get_spi(x, &here, &here, 7, &spi),
			 -EBADMSG);
		CHECK_EQ(kern_xfrm_del_sa(x, 1, &here), -EBADMSG);
	}
}

static void spis(void)
{
	uint32_t spi = 0;

	begin();
	CHECK_EQ(kern_xfrm_get_spi(x, &here, &here, 7, &spi), 0);
	CHECK_EQ(spi, 0xc0000001);
	begin();
	info.id.spi = 0;
	CHECK_EQ(kern_xfrm_get_spi(x, &here, &here, 7, &spi), -EBADMSG);
}

/* a list that the kernel does not give is not an empty one */
static void lists(void)
{
	begin();
	CHECK_EQ(kern_xfrm_forget_all(x), 0);
	CHECK_EQ(fake.requests, 1);
	begin();
	refusal = EPERM;
	CHECK_EQ(kern_xfrm_forget_all(x), -EPERM);
	CHECK(strstr(kern_xfrm_error(x), strerror(EPERM)));
}

static void found(void)
{
	struct kern_found f;

	begin();
	CHECK_EQ(kern_xfrm_find_sa(x, 1, &here, &f), 0);
	CHECK_EQ(f.sel.local_plen, 32);
	CHECK_EQ(f.sel.remote_plen, 24);
	begin();
	info.sel.prefixlen_d = 33;
	CHECK_EQ(kern_xfrm_find_sa(x, 1, &here, &f), -EBADMSG);
	begin();
	info.sel.prefixlen_s = 200;
	CHECK_EQ(kern_xfrm_find_sa(x, 1, &here, &f), -EBADMSG);
}

/* as the kernel refuses: with the request behind the errno */
static void show_again(struct fake *f, const struct nlmsghdr *req)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(f->build);
	struct nlmsgerr *e;

	n->nlmsg_type = NLMSG_ERROR;
	n->nlmsg_seq = f->seq;
	e = mnl_nlmsg_put_extra_header(n, offsetof(struct nlmsgerr, msg) +
					       req->nlmsg_len);
	e->error = -refusal;
	memcpy(&e->msg, req, req->nlmsg_len);
	fake_raw(f, n, n->nlmsg_len);
}

/* no inlined copy of the key: it is this one */
static struct secret sa_key;

static NO_SANITIZER void install(struct kern_sa *sa, size_t len, int err)
{
	remains_reset();
	CHECK_EQ(rand_fill(sa_key.data, len), CRYPTO_OK);
	sa_key.len = len;
	remains_learn("the key of an SA", sa_key.data, len);
	begin();
	fake.answer = show_again;
	refusal = -err;
	err -= kern_xfrm_add_sa(x, sa);
	remains_behind();
	remains_look("kern_xfrm_add_sa");
	CHECK_EQ(err, 0);
	CHECK_EQ(remains_found(), 0);
	/* it was there to be found */
	CHECK(remains_in(fake.last, sizeof(fake.last)));
}

static void keys(void)
{
	/* inbound: XFRM_MSG_NEWSA has the number of GENL_ID_CTRL, which fake answers */
	struct kern_sa sa = {
		.spi = 1, .src = here, .dst = here, .inbound = true,
		.sel = { .local = here, .remote = here, .local_plen = 32,
			 .remote_plen = 32 },
		.encr = IKE_ENCR_AES_GCM_16, .keybits = 256, .key = &sa_key,
		.replay_window = 128,
	};

	if (!remains_can())
		return;
	install(&sa, 36, 0);
	install(&sa, 36, -EEXIST);
	sa.encr = IKE_ENCR_AES_CBC;
	sa.integ = IKE_INTEG_HMAC_SHA2_256_128;
	install(&sa, 64, 0);
	install(&sa, 64, -EEXIST);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an error of no errno is refused", errors },
		{ "an SPI of zero is none", spis },
		{ "a list that is refused is not taken for empty", lists },
		{ "prefixes that do not fit the address are refused", found },
		{ "K65 the key of an SA is not left behind, not by a refusal either",
		  keys },
	};
	int code;

	fake_mnl = fake_transport(&fake);
	if (kern_xfrm_open(&x))
		return 1;
	code = KTAP_RUN(tests);
	kern_xfrm_close(x);
	fake_reset(&fake);
	return code;
}
