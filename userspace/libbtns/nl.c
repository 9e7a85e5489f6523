// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles: one netlink socket, requests with acknowledgements, dumps that are
 * whole or fail, and the kernel's own words when it refuses.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "libbtns/nl.h"

/* The kernel answers at once; a wait this long means that it never will. */
#define ANSWER_SECONDS	20
#define DUMP_TRIES	16
#define DUMP_MAX	(256U << 20)
/* Answers to older requests that are passed over while waiting for ours. */
#define STALE_MAX	65536

int lbtns_nl_fail(struct lbtns *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->err, sizeof(h->err), fmt, ap);
	va_end(ap);
	return err;
}

const char *lbtns_error(const struct lbtns *h)
{
	return h ? h->err : "out of memory";
}

/* ---- the socket -------------------------------------------------------- */

int lbtns_nl_socket(int bus)
{
	struct timeval tv = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int one = 1;
	int fd, err;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, bus);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
		       sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

ssize_t lbtns_nl_recv(int fd, void *buf, size_t len)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	for (;;) {
		n = recvmsg(fd, &m, 0);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		/* anybody may send to a netlink socket; only the kernel is 0 */
		if (m.msg_namelen != sizeof(from) || from.nl_pid != 0) {
			m.msg_namelen = sizeof(from);
			continue;
		}
		return m.msg_flags & MSG_TRUNC ? -ENOSPC : n;
	}
}

static int socket_send(void *ctx, const void *buf, size_t len)
{
	const int fd = (int)(intptr_t)ctx;
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int size = (int)len * 2;

	/* a whole PAD in one message may be more than the default allows */
	if (len > 65536)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	while (sendto(fd, buf, len, 0, (struct sockaddr *)&to,
		      sizeof(to)) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static ssize_t socket_recv(void *ctx, void *buf, size_t len)
{
	return lbtns_nl_recv((int)(intptr_t)ctx, buf, len);
}

static void socket_close(void *ctx)
{
	close((int)(intptr_t)ctx);
}

int lbtns_nl_open(struct lbtns **hp, int bus)
{
	struct lbtns *h = calloc(1, sizeof(*h));
	int fd;

	*hp = h;
	if (!h)
		return -ENOMEM;
	h->seq = (uint32_t)getpid() << 16;
	fd = lbtns_nl_socket(bus);
	if (fd < 0)
		return lbtns_nl_fail(h, fd, "cannot open a netlink socket: %s",
				     strerror(-fd));
	h->t.send = socket_send;
	h->t.recv = socket_recv;
	h->t.close = socket_close;
	h->t.ctx = (void *)(intptr_t)fd;
	return 0;
}

uint32_t lbtns_nl_portid(const struct lbtns *h)
{
	struct sockaddr_nl sa = { 0 };
	socklen_t len = sizeof(sa);

	if (getsockname((int)(intptr_t)h->t.ctx, (struct sockaddr *)&sa, &len))
		return 0;
	return sa.nl_pid;
}

void lbtns_close(struct lbtns *h)
{
	if (!h)
		return;
	if (h->t.close)
		h->t.close(h->t.ctx);
	free(h);
}

/* ---- building requests ------------------------------------------------- */

void lbtns_msg_init(struct lbtns_msg *msg, const struct lbtns *h, void *buf,
		    size_t cap, uint8_t cmd)
{
	struct genlmsghdr *genl;

	msg->nlh = mnl_nlmsg_put_header(buf);
	msg->cap = cap;
	msg->full = false;
	msg->nlh->nlmsg_type = h->family;
	genl = mnl_nlmsg_put_extra_header(msg->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = BTNS_FAMILY_VERSION;
}

void lbtns_msg_put(struct lbtns_msg *msg, uint16_t type, const void *data,
		   size_t len)
{
	if (len > UINT16_MAX - MNL_ATTR_HDRLEN ||
	    !mnl_attr_put_check(msg->nlh, msg->cap, type, len, data))
		msg->full = true;
}

void lbtns_msg_put_u8(struct lbtns_msg *msg, uint16_t type, uint8_t v)
{
	lbtns_msg_put(msg, type, &v, sizeof(v));
}

void lbtns_msg_put_u16(struct lbtns_msg *msg, uint16_t type, uint16_t v)
{
	lbtns_msg_put(msg, type, &v, sizeof(v));
}

void lbtns_msg_put_u32(struct lbtns_msg *msg, uint16_t type, uint32_t v)
{
	lbtns_msg_put(msg, type, &v, sizeof(v));
}

void lbtns_msg_put_u64(struct lbtns_msg *msg, uint16_t type, uint64_t v)
{
	lbtns_msg_put(msg, type, &v, sizeof(v));
}

void lbtns_msg_put_str(struct lbtns_msg *msg, uint16_t type, const char *s)
{
	lbtns_msg_put(msg, type, s, strlen(s) + 1);
}

struct nlattr *lbtns_msg_nest(struct lbtns_msg *msg, uint16_t type)
{
	struct nlattr *nest = NULL;

	if (!msg->full)
		nest = mnl_attr_nest_start_check(msg->nlh, msg->cap, type);
	if (!nest)
		msg->full = true;
	return nest;
}

void lbtns_msg_unnest(struct lbtns_msg *msg, struct nlattr *nest)
{
	const uint8_t *end = mnl_nlmsg_get_payload_tail(msg->nlh);

	if (!nest)
		return;
	if (end - (const uint8_t *)nest > UINT16_MAX)
		msg->full = true;
	else
		mnl_attr_nest_end(msg->nlh, nest);
}

/* ---- answers ----------------------------------------------------------- */

static const char *advice(int err)
{
	switch (-err) {
	case EPERM:
		return "permission denied: needs CAP_NET_ADMIN (try with sudo)";
	case EOPNOTSUPP:
		return "the loaded module does not know this request: "
		       "load the btns.ko that belongs to this program";
	case ENOENT:
		return "there is no such object";
	case ENOBUFS:
	case ENOMEM:
		return "the kernel is out of memory";
	default:
		return strerror(-err);
	}
}

/* What the kernel said besides the number, if it said anything. */
static const char *extack(const void *tlvs, size_t len, char *buf, size_t size)
{
	const struct nlattr *a;
	const char *text = NULL;

	for (a = tlvs; len <= INT32_MAX && mnl_attr_ok(a, (int)len);
	     a = mnl_attr_next(a)) {
		size_t step = MNL_ALIGN(mnl_attr_get_len(a));

		if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG) {
			lbtns_text_clean(buf, size, mnl_attr_get_payload(a),
					 mnl_attr_get_payload_len(a));
			/* a refusal without a word is explained by its number */
			text = *buf ? buf : NULL;
		} else if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MISS_TYPE &&
			   mnl_attr_get_payload_len(a) == sizeof(uint32_t) &&
			   !text) {
			snprintf(buf, size, "attribute %u is missing",
				 mnl_attr_get_u32(a));
			text = buf;
		}
		if (step >= len)
			break;
		len -= step;
	}
	return text;
}

/* The verdict in NLMSG_ERROR: 0 or a negative errno with text in h. */
static int parse_error(struct lbtns *h, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const char *text = NULL;
	size_t skip = sizeof(*e);
	char buf[400];

	if (len < sizeof(*e))
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	if (e->error == 0)
		return 0;
	if (e->error > 0 || e->error < -4095)
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    e->msg.nlmsg_len >= sizeof(e->msg))
		skip += MNL_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && skip < len)
		text = extack((const uint8_t *)e + skip, len - skip, buf,
			      sizeof(buf));
	h->said = text != NULL;
	return lbtns_nl_fail(h, e->error, "%s", text ? text : advice(e->error));
}

/* The verdict in NLMSG_DONE. */
static int parse_done(struct lbtns *h, const struct nlmsghdr *nlh)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const uint8_t *p = mnl_nlmsg_get_payload(nlh);
	const char *text = NULL;
	char buf[400];
	int err;

	if (len < sizeof(err))
		return 0;
	memcpy(&err, p, sizeof(err));
	if (err >= 0)
		return 0;
	if (err < -4095)
		return lbtns_nl_fail(h, -EBADMSG,
				     "the kernel's answer is malformed");
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && len > sizeof(err))
		text = extack(p + sizeof(err), len - sizeof(err), buf,
			      sizeof(buf));
	h->said = text != NULL;
	return lbtns_nl_fail(h, err, "%s", text ? text : advice(err));
}

static int send_request(struct lbtns *h, struct lbtns_msg *msg, uint16_t flags)
{
	int err;

	if (h->listing)
		return lbtns_nl_fail(h, -EBUSY,
				     "this handle is reading a list: take another");
	h->err[0] = '\0';
	h->said = false;
	if (msg->full)
		return lbtns_nl_fail(h, -EMSGSIZE, "the request is too long");
	msg->nlh->nlmsg_flags |= NLM_F_REQUEST | flags;
	msg->nlh->nlmsg_seq = ++h->seq;
	err = h->t.send(h->t.ctx, msg->nlh, msg->nlh->nlmsg_len);
	if (err)
		return lbtns_nl_fail(h, err, "cannot send to the kernel: %s",
				     strerror(-err));
	return 0;
}

static ssize_t receive(struct lbtns *h, void *buf)
{
	ssize_t n = h->t.recv(h->t.ctx, buf, LBTNS_RECV_MAX);

	if (n == -EAGAIN)
		return lbtns_nl_fail(h, -ETIMEDOUT,
				     "the kernel did not answer");
	if (n == -ENOBUFS)
		return lbtns_nl_fail(h, (int)n,
				     "the kernel's answer was lost: try again");
	if (n < 0)
		return lbtns_nl_fail(h, (int)n,
				     "cannot hear from the kernel: %s",
				     strerror((int)-n));
	return n;
}

int lbtns_nl_talk(struct lbtns *h, struct lbtns_msg *msg, lbtns_nl_cb cb,
		  void *arg)
{
	unsigned int stale = 0;
	int cb_err = 0;
	uint8_t *buf;
	int err;

	err = send_request(h, msg, NLM_F_ACK);
	if (err)
		return err;
	buf = malloc(LBTNS_RECV_MAX);
	if (!buf)
		return lbtns_nl_fail(h, -ENOMEM, "out of memory");

	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buf;
		ssize_t n = receive(h, buf);
		int left = (int)n;

		err = left;
		if (n < 0)
			goto out;
		if (!lbtns_nlmsg_ok(nlh, left) || ++stale > STALE_MAX) {
			err = lbtns_nl_fail(h, -EBADMSG,
					    "the kernel's answer is malformed");
			goto out;
		}
		for (; lbtns_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != h->seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				err = parse_error(h, nlh);
				if (!err)
					err = cb_err;
				goto out;
			}
			if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
				continue;
			if (cb && !cb_err)
				cb_err = cb(h, nlh, arg);
		}
	}
out:
	free(buf);
	return err;
}

/*
 * To the end of the dump, also when @cb has failed: what is left unread would
 * be in the way of the next request. What the kernel says of it, or @cb said.
 */
static int read_dump(struct lbtns *h, uint8_t *buf, lbtns_nl_cb cb, void *arg,
		     bool *interrupted)
{
	unsigned int stale = 0;
	int err = 0;

	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buf;
		ssize_t n = receive(h, buf);
		int left = (int)n;

		if (n < 0)
			return (int)n;
		if (!lbtns_nlmsg_ok(nlh, left) || ++stale > STALE_MAX)
			return lbtns_nl_fail(h, -EBADMSG,
					     "the kernel's answer is malformed");
		for (; lbtns_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq != h->seq)
				continue;
			stale = 0;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				*interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return err ? err : parse_error(h, nlh);
			if (nlh->nlmsg_type == NLMSG_DONE)
				return err ? err : parse_done(h, nlh);
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && !err)
				err = cb(h, nlh, arg);
		}
	}
}

/* One try; what it gave is worth nothing if it was interrupted. */
static int dump_once(struct lbtns *h, struct lbtns_msg *msg, uint8_t *buf,
		     lbtns_nl_cb cb, void *arg, bool *interrupted)
{
	int err;

	*interrupted = false;
	err = send_request(h, msg, NLM_F_DUMP);
	if (err)
		return err;
	h->listing = true;
	err = read_dump(h, buf, cb, arg, interrupted);
	h->listing = false;
	return err;
}

static int keeps_changing(struct lbtns *h)
{
	return lbtns_nl_fail(h, -EAGAIN,
			     "the list keeps changing while it is read: try again");
}

int lbtns_nl_stream(struct lbtns *h, struct lbtns_msg *msg, lbtns_nl_cb cb,
		    void *arg)
{
	uint8_t *buf = malloc(LBTNS_RECV_MAX);
	bool interrupted;
	int err;

	if (!buf)
		return lbtns_nl_fail(h, -ENOMEM, "out of memory");
	err = dump_once(h, msg, buf, cb, arg, &interrupted);
	/* an SA is told with its keys */
	explicit_bzero(buf, LBTNS_RECV_MAX);
	free(buf);
	return !err && interrupted ? keeps_changing(h) : err;
}

/* An answer behind the others, at @arg. */
static int collect(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	size_t step = MNL_ALIGN(nlh->nlmsg_len), want;
	struct lbtns_answers *ans = arg;
	uint8_t *p;

	if (ans->len + step > ans->cap) {
		want = (ans->len + step) * 2 + 8192;
		if (want > DUMP_MAX)
			return lbtns_nl_fail(h, -E2BIG, "the list is too long");
		p = realloc(ans->buf, want);
		if (!p)
			return lbtns_nl_fail(h, -ENOMEM, "out of memory");
		ans->buf = p;
		ans->cap = want;
	}
	memset(ans->buf + ans->len, 0, step);
	memcpy(ans->buf + ans->len, nlh, nlh->nlmsg_len);
	ans->len += step;
	return 0;
}

int lbtns_nl_dump(struct lbtns *h, struct lbtns_msg *msg,
		  struct lbtns_answers *ans)
{
	uint8_t *buf = malloc(LBTNS_RECV_MAX);
	bool interrupted = true;
	unsigned int try;
	int err = 0;

	memset(ans, 0, sizeof(*ans));
	if (!buf)
		return lbtns_nl_fail(h, -ENOMEM, "out of memory");
	for (try = 0; !err && interrupted && try < DUMP_TRIES; try++) {
		ans->len = 0;
		err = dump_once(h, msg, buf, collect, ans, &interrupted);
	}
	free(buf);
	if (!err && interrupted)
		err = keeps_changing(h);
	if (err) {
		free(ans->buf);
		memset(ans, 0, sizeof(*ans));
	}
	return err;
}

const struct nlmsghdr *lbtns_answers_next(const struct lbtns_answers *ans,
					  const struct nlmsghdr *prev)
{
	size_t off = 0;

	if (prev)
		off = (size_t)((const uint8_t *)prev - ans->buf) +
		      MNL_ALIGN(prev->nlmsg_len);
	return off < ans->len ? (const void *)(ans->buf + off) : NULL;
}

/* ---- finding the family ------------------------------------------------ */

static const char *const group_names[] = {
	BTNS_MCGRP_LATCH, BTNS_MCGRP_SA, BTNS_MCGRP_PAD
};

static void parse_group(struct lbtns *h, const struct nlattr *a)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	char name[GENL_NAMSIZ];
	bool bad = false;
	unsigned int i;
	uint32_t id;

	if (lbtns_attr_nested(a, tb, CTRL_ATTR_MCAST_GRP_MAX))
		return;
	lbtns_attr_str(tb[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name), &bad);
	id = lbtns_attr_u32(tb[CTRL_ATTR_MCAST_GRP_ID], &bad);
	if (bad)
		return;
	for (i = 0; i < 3; i++)
		if (!strcmp(name, group_names[i]))
			h->groups[i] = id;
}

static int parse_family(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_MAX + 1], *a;
	bool bad = false;

	(void)arg;
	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    lbtns_attr_table(nlh, tb, CTRL_ATTR_MAX))
		goto malformed;
	h->family = lbtns_attr_u16(tb[CTRL_ATTR_FAMILY_ID], &bad);
	if (bad || h->family < NLMSG_MIN_TYPE)
		goto malformed;
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_for_each_nested(a, tb[CTRL_ATTR_MCAST_GROUPS])
			parse_group(h, a);
	return 0;
malformed:
	h->family = 0;
	return lbtns_nl_fail(h, -EBADMSG, "the kernel's answer is malformed");
}

static int find_family(struct lbtns *h)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct genlmsghdr *genl;
	struct lbtns_msg msg = { .cap = sizeof(buf) };
	int err;

	msg.nlh = mnl_nlmsg_put_header(buf);
	msg.nlh->nlmsg_type = GENL_ID_CTRL;
	genl = mnl_nlmsg_put_extra_header(msg.nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	lbtns_msg_put_str(&msg, CTRL_ATTR_FAMILY_NAME, BTNS_FAMILY_NAME);
	err = lbtns_nl_talk(h, &msg, parse_family, NULL);
	if (err == -ENOENT)
		return lbtns_nl_fail(h, err,
				     "module not loaded: insmod btns.ko or modprobe btns");
	if (!err && !h->family)
		err = lbtns_nl_fail(h, -EBADMSG,
				    "the kernel's answer is malformed");
	return err;
}

int lbtns_open(struct lbtns **h)
{
	int err = lbtns_nl_open(h, NETLINK_GENERIC);

	return err ? err : find_family(*h);
}

int lbtns_open_transport(struct lbtns **hp, const struct lbtns_transport *t)
{
	struct lbtns *h = calloc(1, sizeof(*h));

	*hp = h;
	if (!h) {
		if (t->close)
			t->close(t->ctx);
		return -ENOMEM;
	}
	h->t = *t;
	return find_family(h);
}

/* ---- status ------------------------------------------------------------ */

static int parse_status(struct lbtns *h, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[BTNS_A_STATUS_MAX + 1];
	struct lbtns_status *st = arg;
	bool bad = false;

	if (lbtns_attr_table(nlh, tb, BTNS_A_STATUS_MAX)) {
		bad = true;
	} else {
		lbtns_attr_str(tb[BTNS_A_STATUS_VERSION], st->version,
			       sizeof(st->version), &bad);
		st->latches = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES], &bad);
		st->listeners = lbtns_attr_u32(tb[BTNS_A_STATUS_LISTENERS],
					       &bad);
		st->latches_max = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES_MAX],
						 &bad);
		st->asks = lbtns_attr_u32(tb[BTNS_A_STATUS_ASKS], &bad);
		st->sas = lbtns_attr_u32(tb[BTNS_A_STATUS_SAS], &bad);
		st->pad_entries = lbtns_attr_u32(tb[BTNS_A_STATUS_PAD_ENTRIES],
						 &bad);
		st->pad_generation =
			lbtns_attr_u32(tb[BTNS_A_STATUS_PAD_GENERATION], &bad);
		st->hooks = lbtns_attr_u8(tb[BTNS_A_STATUS_HOOKS], &bad);
		st->idents = lbtns_attr_u32(tb[BTNS_A_STATUS_IDENTS], &bad);
		st->latch_size = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCH_SIZE],
						&bad);
		st->latch_cost = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCH_COST],
						&bad);
		st->latch_memory =
			lbtns_attr_u64(tb[BTNS_A_STATUS_LATCH_MEMORY], &bad);
		st->larval = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES_LARVAL],
					    &bad);
		st->established =
			lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES_ESTABLISHED],
				       &bad);
		st->broken = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES_BROKEN],
					    &bad);
		st->closed = lbtns_attr_u32(tb[BTNS_A_STATUS_LATCHES_CLOSED],
					    &bad);
	}
	return bad ? lbtns_nl_fail(h, -EBADMSG,
				   "the kernel's answer is malformed") : 0;
}

int lbtns_status_get(struct lbtns *h, struct lbtns_status *st)
{
	char buf[LBTNS_REQ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct lbtns_msg msg;

	memset(st, 0, sizeof(*st));
	lbtns_msg_init(&msg, h, buf, sizeof(buf), BTNS_CMD_STATUS_GET);
	return lbtns_nl_talk(h, &msg, parse_status, st);
}
