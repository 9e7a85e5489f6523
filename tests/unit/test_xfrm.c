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

#include "btnsd/kern.h"
#include "fake_mnl.h"
#include "fake_nl.h"

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

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "an error of no errno is refused", errors },
		{ "an SPI of zero is none", spis },
		{ "a list that is refused is not taken for empty", lists },
		{ "prefixes that do not fit the address are refused", found },
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
