// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events: multicast groups of the btns family, turned into structs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libbtns/nl.h"

/* Room for a burst: a flush may break every latch at once. */
#define EVENT_BUFFER	(4 << 20)

struct lbtns_events {
	int fd;
	uint16_t family;
	uint8_t *buf;
};

int lbtns_events_open(struct lbtns *h, unsigned int groups,
		      struct lbtns_events **evp)
{
	struct lbtns_events *ev;
	int size = EVENT_BUFFER;
	unsigned int i;
	int err;

	*evp = NULL;
	ev = calloc(1, sizeof(*ev));
	if (!ev)
		return lbtns_nl_fail(h, -ENOMEM, "out of memory");
	ev->family = h->family;
	ev->fd = -1;
	ev->buf = malloc(LBTNS_RECV_MAX);
	if (!ev->buf) {
		err = lbtns_nl_fail(h, -ENOMEM, "out of memory");
		goto err_free;
	}
	ev->fd = lbtns_nl_socket(NETLINK_GENERIC);
	if (ev->fd < 0) {
		err = lbtns_nl_fail(h, ev->fd,
				    "cannot open a netlink socket: %s",
				    strerror(-ev->fd));
		goto err_free;
	}
	/* the unprivileged get what the system's limit allows */
	if (setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (fcntl(ev->fd, F_SETFL, O_NONBLOCK)) {
		err = lbtns_nl_fail(h, -errno,
				    "cannot make a socket non-blocking: %s",
				    strerror(errno));
		goto err_free;
	}
	for (i = 0; i < 3; i++) {
		int group = (int)h->groups[i];

		if (!(groups & (1U << i)))
			continue;
		if (!group) {
			err = lbtns_nl_fail(h, -ENOENT,
					    "the loaded module has no such events");
			goto err_free;
		}
		if (setsockopt(ev->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			       &group, sizeof(group))) {
			err = -errno;
			lbtns_nl_fail(h, err, "cannot listen to events: %s",
				      strerror(-err));
			goto err_free;
		}
	}
	*evp = ev;
	return 0;

err_free:
	lbtns_events_close(ev);
	return err;
}

int lbtns_events_fd(const struct lbtns_events *ev)
{
	return ev->fd;
}

void lbtns_events_close(struct lbtns_events *ev)
{
	if (!ev)
		return;
	if (ev->fd >= 0)
		close(ev->fd);
	free(ev->buf);
	free(ev);
}

static int parse_message(const struct nlmsghdr *nlh, struct lbtns_event *ev)
{
	const struct nlattr *tb[BTNS_A_PAD_MAX + 1];
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	bool bad = false;

	memset(ev, 0, sizeof(*ev));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return -EBADMSG;
	switch (genl->cmd) {
	case BTNS_CMD_LATCH_NTF:
		ev->type = LBTNS_EVENT_LATCH;
		return lbtns_latch_parse(nlh, &ev->u.latch);
	case BTNS_CMD_SA_BIND_NTF:
		ev->type = LBTNS_EVENT_SA_BIND;
		return lbtns_sa_parse(nlh, &ev->u.sa);
	case BTNS_CMD_SA_UNBIND_NTF:
		ev->type = LBTNS_EVENT_SA_UNBIND;
		return lbtns_sa_parse(nlh, &ev->u.sa);
	case BTNS_CMD_PAD_NTF:
		ev->type = LBTNS_EVENT_PAD;
		if (lbtns_attr_table(nlh, tb, BTNS_A_PAD_MAX))
			return -EBADMSG;
		ev->u.pad_generation =
			lbtns_attr_u32(tb[BTNS_A_PAD_GENERATION], &bad);
		return bad ? -EBADMSG : 0;
	default:
		return -EOPNOTSUPP;
	}
}

int lbtns_event_parse(uint16_t family, const void *buf, size_t len,
		      lbtns_event_cb cb, void *arg)
{
	const struct nlmsghdr *nlh = buf;
	struct lbtns_event ev;
	int left = len > INT32_MAX ? INT32_MAX : (int)len;
	int err = 0;

	for (; !err && lbtns_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type == family && !parse_message(nlh, &ev))
			err = cb(&ev, arg);
	return err;
}

int lbtns_events_read(struct lbtns_events *ev, lbtns_event_cb cb, void *arg)
{
	struct lbtns_event lost = { .type = LBTNS_EVENT_LOST };
	ssize_t n;
	int err;

	for (;;) {
		n = lbtns_nl_recv(ev->fd, ev->buf, LBTNS_RECV_MAX);
		if (n >= 0)
			err = lbtns_event_parse(ev->family, ev->buf, (size_t)n,
						cb, arg);
		else if (n == -ENOBUFS || n == -ENOSPC)
			err = cb(&lost, arg);
		else
			return n == -EAGAIN ? 0 : (int)n;
		if (err)
			return err;
	}
}
