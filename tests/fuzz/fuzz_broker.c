// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reader that was taken over may say to the broker, and every answer and
 * event that the reader takes apart. The kernel says yes to everything, so that
 * nothing but the broker's own checks is between the octets and an SA.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd/broker/client.h"
#include "btnsd/broker/serve.h"
#include "btnsd/log.h"

static uint32_t next_spi = 0xc0000000;
/* what the kernel was told, for what must not happen */
static uint32_t reserved, bound;

static int k_get_spi(void *k, const struct addr *src, const struct addr *dst,
		     uint32_t reqid, uint32_t *spi)
{
	(void)k;
	(void)reqid;
	if (src->family != dst->family)
		abort();
	*spi = reserved = ++next_spi;
	return 0;
}

static int k_add_sa(void *k, const struct kern_sa *sa)
{
	(void)k;
	/* at least these have been said before */
	if (!bound || (sa->inbound && !reserved) || !sa->key->len)
		abort();
	return 0;
}

static int k_sa(void *k, const struct kern_sa *sa)
{
	(void)k;
	(void)sa;
	return 0;
}

static int k_find(void *k, uint32_t spi, const struct addr *dst,
		  struct kern_found *found)
{
	(void)k;
	(void)spi;
	found->dst = *dst;
	return 0;
}

static int k_del(void *k, uint32_t spi, const struct addr *dst)
{
	(void)k;
	(void)spi;
	(void)dst;
	return 0;
}

static int k_packets(void *k, uint32_t spi, const struct addr *dst, uint64_t *n)
{
	(void)k;
	(void)dst;
	*n = spi;
	return 0;
}

static int k_forget(void *k, const struct addr *src, const struct addr *dst,
		    uint32_t reqid, uint32_t seq)
{
	(void)k;
	(void)src;
	(void)dst;
	(void)reqid;
	(void)seq;
	return 0;
}

static int k_none(void *k)
{
	(void)k;
	return 0;
}

static int k_bind(void *k, const struct lbtns_sa *sa)
{
	(void)k;
	if (sa->peer.method == BTNS_AUTH_METHOD_MANUAL)
		abort();
	bound = be32toh(sa->spi);
	return 0;
}

static int k_unbind(void *k, const struct lbtns_sa *sa)
{
	(void)k;
	(void)sa;
	return 0;
}

static int k_check(void *k, const struct lbtns_sa *sa, uint8_t *verdict)
{
	(void)k;
	*verdict = sa->proto;
	return 0;
}

static int k_break(void *k, const struct lbtns_ident *peer, uint8_t reason,
		   uint32_t *n)
{
	(void)k;
	*n = peer->type + reason;
	return 0;
}

static int k_close(void *k, uint8_t reason, uint32_t *n)
{
	(void)k;
	*n = reason;
	return 0;
}

static int k_bindings(void *k, lbtns_sa_cb cb, void *arg)
{
	const struct lbtns_sa sa = { .proto = 50 };

	(void)k;
	return cb(&sa, arg);
}

static int k_latches(void *k, lbtns_latch_cb cb, void *arg)
{
	const struct lbtns_latch l = { .id = 1 };

	(void)k;
	return cb(&l, arg);
}

static int k_pad(void *k, lbtns_pad_cb cb, void *arg)
{
	const struct lbtns_pad_entry e = { .name = "x" };

	(void)k;
	return cb(&e, 0, 1, arg);
}

static int k_policies(void *k, kern_policy_cb cb, void *arg)
{
	const struct kern_policy p = { .index = 1 };

	(void)k;
	return cb(&p, arg);
}

static int k_replace(void *k, const struct lbtns_pad_entry *e, size_t n)
{
	(void)k;
	(void)e;
	(void)n;
	/* no PAD is configured */
	abort();
}

/* one group: 10.0.0.0/8 is private-or-clear, in the clear for ten seconds */
static struct conf_prefix group = {
	.net = { .family = AF_INET, .b = { 10 } },
	.plen = 8,
	.group = LBTNS_GROUP_PRIVATE_OR_CLEAR,
};

static struct conf conf = {
	.key_path = (char []){ "/nonexistent/key" },
	.has_groups = true, .groups = &group, .n_groups = 1,
	.fallback_seconds = 10, .fallback_max = 2,
};

static int k_put(void *k, const struct kern_policy *p, bool replace)
{
	const struct sel *sel = &p->sel;

	(void)k;
	if (p->action == KERN_PROTECT && sel->remote_plen == 8)
		return 0;
	if (p->action != KERN_BYPASS || !p->fallback || replace || p->inbound ||
	    !p->seconds || p->seconds > 10 || sel->remote_plen != 32 ||
	    sel->local_plen != 32 || sel->remote.b[0] != 10)
		abort();
	return 0;
}

static int k_del_policy(void *k, const struct kern_policy *p)
{
	(void)k;
	(void)p;
	/* what is there is an administrator's */
	abort();
}

static const char *k_error(void *k)
{
	(void)k;
	return "error";
}

static const struct kern_ops ops = {
	.get_spi = k_get_spi, .add_sa = k_add_sa, .set_encap = k_sa,
	.find_sa = k_find, .del_sa = k_del, .sa_packets = k_packets,
	.forget_acquire = k_forget, .forget_acquires = k_none,
	.bind = k_bind, .check = k_check, .unbind = k_unbind,
	.bindings = k_bindings, .latch_break = k_break,
	.latch_close_all = k_close, .latches = k_latches, .pad_dump = k_pad,
	.pad_replace = k_replace, .policies = k_policies,
	.put_policy = k_put, .del_policy = k_del_policy, .error = k_error,
};

static void drain(int fd)
{
	static struct proto_msg m;

	while (!proto_recv(fd, &m, false))
		if (m.fd >= 0)
			close(m.fd);
}

/* requests, one after another: a length, a type, and octets */
static void requests(const uint8_t *data, size_t len)
{
	static char *none;
	static struct key *key;
	static struct serve s;
	static struct proto_msg m;
	int fds[2];

	if (!none)
		none = strdup("/nonexistent/store");
	if (!key && key_generate(KEY_ED25519, &key) != CRYPTO_OK)
		abort();
	if (proto_pair(fds))
		abort();
	memset(&s, 0, sizeof(s));
	s.kern = &ops;
	s.key = key;
	s.key_path = "/nonexistent/key";
	s.conf_path = "/nonexistent/conf";
	s.conf = &conf;
	s.store = none;
	s.qcd = none;
	serve_begin(&s);
	reserved = 0;
	bound = 0;
	while (len >= 3) {
		size_t n = (size_t)data[0] << 8 | data[1];

		proto_begin(&m, data[2]);
		data += 3;
		len -= 3;
		if (n > len)
			n = len;
		proto_put_octets(&m, span(data, n));
		data += n;
		len -= n;
		if (proto_send(fds[0], &m, false))
			abort();
		serve_one(&s, fds[1]);
		drain(fds[0]);
	}
	sas_clear(&s.sas);
	free(s.spd.policy);
	close(fds[0]);
	close(fds[1]);
}

static void ev_acquire(void *arg, const struct kern_acquire *a)
{
	(void)arg;
	if (a->local.family && !addr_len(a->local.family))
		abort();
}

static void ev_expire(void *arg, uint32_t spi, const struct addr *dst, bool h)
{
	(void)arg;
	(void)spi;
	(void)h;
	if (dst->family && !addr_len(dst->family))
		abort();
}

static void ev_mapping(void *arg, uint32_t spi, const struct addr *dst,
		       const struct endpoint *from)
{
	ev_expire(arg, spi, dst, false);
	ev_expire(arg, spi, &from->addr, false);
}

static void ev_gone(void *arg, uint32_t spi, const struct addr *dst)
{
	ev_expire(arg, spi, dst, false);
}

static void ev_none(void *arg)
{
	(void)arg;
}

static const struct kern_events events = {
	.acquire = ev_acquire, .expire = ev_expire, .mapping = ev_mapping,
	.sa_gone = ev_gone, .sa_flushed = ev_none, .policy_changed = ev_none,
	.pad_changed = ev_none, .lost = ev_none,
};

static const struct client_orders orders = {
	.reload = ev_none, .check = ev_none, .stop = ev_none, .leave = ev_none,
	.stats = ev_none, .gone = ev_none,
};

static int on_pad(const struct lbtns_pad_entry *e, uint32_t index,
		  uint32_t generation, void *arg)
{
	(void)index;
	(void)generation;
	(void)arg;
	return strlen(e->name) > BTNS_NAME_MAX ? -EINVAL : 0;
}

/* one datagram as an event, then as the end of a list */
static void answers(const uint8_t *data, size_t len)
{
	static struct proto_msg m;
	struct client *c;
	int req[2], ev[2];

	if (!len || proto_pair(req) || proto_pair(ev) ||
	    client_new(&c, req[0], ev[0]))
		return;
	proto_begin(&m, PROTO_EV_ACQUIRE + data[0] % 16);
	proto_put_octets(&m, span(data + 1, len - 1));
	if (proto_send(ev[1], &m, false))
		abort();
	client_read(c, &events, NULL, &orders, NULL);
	m.type = PROTO_ITEM;
	if (proto_send(req[1], &m, false))
		abort();
	m.type = PROTO_DONE;
	m.err = -(int32_t)(data[0] & 1);
	if (proto_send(req[1], &m, false))
		abort();
	client_kern_ops.pad_dump(c, on_pad, NULL);
	client_free(c);
	close(req[1]);
	close(ev[1]);
}

static void silent(int prio, const char *line, void *arg)
{
	(void)prio;
	(void)line;
	(void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	log_sink(silent, NULL);
	if (!len || len > 65536)
		return 0;
	if (data[0] & 1)
		requests(data + 1, len - 1);
	else
		answers(data + 1, len - 1);
	return 0;
}
