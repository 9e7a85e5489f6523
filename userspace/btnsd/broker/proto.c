// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Structs to octets and back by tables of their members, and octets to sockets
 * and back. A message that is not exactly what its type says is refused whole.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "btnsd/broker/proto.h"

/* the other side is stuck when it takes nothing for so long */
#define SEND_TIMEOUT_S	30
/* room for events while the reader is busy */
#define PAIR_SNDBUF	(1 << 20)

/** enum kind - what a member may hold */
enum kind {
	DATA,		/* any octets */
	BOOL,		/* 0 or 1 */
	TEXT,		/* ended by a NUL, zero behind it */
	ADDR,		/* struct addr */
	PREFIX,		/* one or more struct lbtns_prefix */
};

struct field {
	uint16_t offset;
	uint16_t size;
	enum kind kind;
};

struct proto_layout {
	const struct field *field;
	size_t n;
	size_t size;
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define AT(s, m, k)	{ offsetof(s, m), sizeof(((s *)0)->m), k }
#define IDENT(s, m) \
	AT(s, m.type, DATA), AT(s, m.method, DATA), AT(s, m.digest, DATA), \
	AT(s, m.name, TEXT)
#define SEL(s, m) \
	AT(s, m.local, ADDR), AT(s, m.remote, ADDR), \
	AT(s, m.local_plen, DATA), AT(s, m.remote_plen, DATA), \
	AT(s, m.proto, DATA), AT(s, m.lport, DATA), AT(s, m.rport, DATA), \
	AT(s, m.lmask, DATA), AT(s, m.rmask, DATA)
#define LAYOUT(name, s) \
	const struct proto_layout proto_##name##_layout = { \
		name##_fields, COUNT(name##_fields), sizeof(s) }

#define S struct proto_name
static const struct field name_fields[] = {
	AT(S, src, ADDR), AT(S, dst, ADDR), AT(S, spi, DATA),
	AT(S, reqid, DATA), AT(S, seq, DATA),
};

LAYOUT(name, S);
#undef S

#define S struct proto_peer
static const struct field peer_fields[] = {
	IDENT(S, peer), AT(S, reason, DATA),
};

LAYOUT(peer, S);
#undef S

#define S struct proto_sign
static const struct field sign_fields[] = {
	AT(S, key, DATA), AT(S, alg, DATA), AT(S, len, DATA),
};

LAYOUT(sign, S);
#undef S

#define S struct proto_mac
static const struct field mac_fields[] = {
	AT(S, name, TEXT), AT(S, tag, DATA), AT(S, prf, DATA),
	AT(S, len, DATA),
};

LAYOUT(mac, S);
#undef S

#define S struct proto_value
static const struct field value_fields[] = { AT(S, v, DATA) };

LAYOUT(value, S);
#undef S

#define S struct proto_pad
static const struct field pad_fields[] = {
	AT(S, e.name, TEXT), AT(S, e.flags, DATA), IDENT(S, e.id),
	AT(S, e.method, DATA), AT(S, e.n_keys, DATA), AT(S, e.keys, DATA),
	AT(S, e.n_prefixes, DATA), AT(S, e.prefixes, PREFIX),
	AT(S, index, DATA), AT(S, generation, DATA),
};

LAYOUT(pad, S);
#undef S

#define S struct proto_event
static const struct field event_fields[] = {
	AT(S, dst, ADDR), AT(S, spi, DATA), AT(S, hard, BOOL),
	AT(S, from.addr, ADDR), AT(S, from.port, DATA),
};

LAYOUT(event, S);
#undef S

/* all but the key, which follows */
#define S struct kern_sa
static const struct field kern_sa_fields[] = {
	AT(S, spi, DATA), AT(S, src, ADDR), AT(S, dst, ADDR), SEL(S, sel),
	AT(S, inbound, BOOL), AT(S, reqid, DATA), AT(S, seq, DATA),
	AT(S, encr, DATA), AT(S, keybits, DATA), AT(S, integ, DATA),
	AT(S, tunnel, BOOL),
	AT(S, encap.sport, DATA), AT(S, encap.dport, DATA),
	AT(S, replay_window, DATA), AT(S, hard_seconds, DATA),
	AT(S, soft_bytes, DATA), AT(S, hard_bytes, DATA),
	AT(S, soft_packets, DATA), AT(S, hard_packets, DATA),
};

LAYOUT(kern_sa, S);
#undef S

#define S struct kern_found
static const struct field found_fields[] = {
	AT(S, src, ADDR), AT(S, dst, ADDR), SEL(S, sel), AT(S, tunnel, BOOL),
	AT(S, encap.sport, DATA), AT(S, encap.dport, DATA),
};

LAYOUT(found, S);
#undef S

#define S struct kern_policy
static const struct field policy_fields[] = {
	AT(S, index, DATA), AT(S, priority, DATA), AT(S, inbound, BOOL),
	AT(S, forward, BOOL),
	AT(S, action, DATA), SEL(S, sel), AT(S, usable, BOOL),
	AT(S, reqid, DATA), AT(S, tunnel, BOOL), AT(S, local, ADDR),
	AT(S, remote, ADDR), AT(S, btns_ok, BOOL), AT(S, fallback, BOOL),
	AT(S, exact, BOOL), AT(S, optional, BOOL), AT(S, seconds, DATA),
};

LAYOUT(policy, S);
#undef S

#define S struct kern_acquire
static const struct field acquire_fields[] = {
	AT(S, local, ADDR), AT(S, remote, ADDR), SEL(S, sel), SEL(S, policy),
	AT(S, seq, DATA), AT(S, reqid, DATA), AT(S, tunnel, BOOL),
	AT(S, usable, BOOL), AT(S, optional, BOOL),
};

LAYOUT(acquire, S);
#undef S

#define S struct lbtns_sa
static const struct field sa_fields[] = {
	AT(S, id, DATA), AT(S, spi, DATA), AT(S, proto, DATA),
	AT(S, daddr, PREFIX), IDENT(S, peer), IDENT(S, local),
	AT(S, has_peer_key, BOOL), AT(S, peer_key, DATA),
	AT(S, sel.local, PREFIX), AT(S, sel.remote, PREFIX),
	AT(S, sel.proto, DATA), AT(S, sel.lport, DATA), AT(S, sel.rport, DATA),
	AT(S, sel.lmask, DATA), AT(S, sel.rmask, DATA),
	AT(S, has_peer_cert, BOOL), AT(S, peer_cert, DATA),
	AT(S, has_peer_anchor, BOOL), AT(S, peer_anchor, DATA),
	AT(S, local_public, PREFIX), AT(S, remote_private, PREFIX),
	AT(S, local_public_port, DATA), AT(S, remote_private_port, DATA),
	AT(S, mark, DATA), AT(S, mark_mask, DATA),
};

LAYOUT(sa, S);
#undef S

#define S struct lbtns_latch
static const struct field latch_fields[] = {
	AT(S, id, DATA), AT(S, parent, DATA), AT(S, cookie, DATA),
	AT(S, age_ms, DATA), AT(S, state, DATA), AT(S, old_state, DATA),
	AT(S, reason, DATA), AT(S, proto, DATA), AT(S, laddr, PREFIX),
	AT(S, raddr, PREFIX), AT(S, lport, DATA), AT(S, rport, DATA),
	AT(S, protection, DATA), AT(S, sa_proto, DATA), AT(S, sa_mode, DATA),
	AT(S, replay, BOOL), AT(S, esn, BOOL), AT(S, enc_keybits, DATA),
	AT(S, icv_bits, DATA), AT(S, enc, TEXT), AT(S, auth, TEXT),
	IDENT(S, peer), IDENT(S, local), AT(S, ask, DATA),
	AT(S, disposition, DATA), AT(S, conflicts, DATA),
	AT(S, tunnel_local, PREFIX), AT(S, tunnel_remote, PREFIX),
	AT(S, has_peer_key, BOOL), AT(S, peer_key, DATA),
	AT(S, has_peer_cert, BOOL), AT(S, peer_cert, DATA),
	AT(S, has_peer_anchor, BOOL), AT(S, peer_anchor, DATA),
	AT(S, local_private, PREFIX), AT(S, local_public, PREFIX),
	AT(S, remote_private, PREFIX), AT(S, remote_public, PREFIX),
	AT(S, local_private_port, DATA), AT(S, local_public_port, DATA),
	AT(S, remote_private_port, DATA), AT(S, remote_public_port, DATA),
	AT(S, mark_in, DATA), AT(S, mark_out, DATA),
};

LAYOUT(latch, S);
#undef S

/**
 * proto_begin() - begin a message
 * @m: message, emptied
 * @type: enum proto_type or enum proto_reply
 */
void proto_begin(struct proto_msg *m, uint32_t type)
{
	m->type = type;
	m->err = 0;
	m->fd = -1;
	m->len = 0;
}

/* nothing of what was there before a text was shorter */
static void end_text(uint8_t *p, size_t len)
{
	size_t n = strnlen((const char *)p, len - 1);

	memset(p + n, 0, len - n);
}

/**
 * proto_put() - append a struct
 * @m: message, with room: of all structs that travel, two fit
 * @l: layout of the struct
 * @from: the struct
 */
void proto_put(struct proto_msg *m, const struct proto_layout *l,
	       const void *from)
{
	const uint8_t *base = from;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct field *f = &l->field[i];

		if (!proto_put_octets(m, span(base + f->offset, f->size)))
			continue;
		if (f->kind == TEXT)
			end_text(m->body + m->len - f->size, f->size);
	}
}

/**
 * proto_put_octets() - append octets
 * @m: message
 * @s: octets
 *
 * Return: true; or false, and nothing is appended, if they do not fit.
 */
bool proto_put_octets(struct proto_msg *m, struct span s)
{
	if (s.len > sizeof(m->body) - m->len)
		return false;
	if (s.len)
		memcpy(m->body + m->len, s.data, s.len);
	m->len += s.len;
	return true;
}

static bool zero(const uint8_t *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

static bool text_ok(const uint8_t *p, size_t len)
{
	size_t n = strnlen((const char *)p, len);

	return n < len && zero(p + n, len - n);
}

static bool addr_ok(const uint8_t *p)
{
	struct addr a;

	memcpy(&a, p, sizeof(a));
	if (a.family && !addr_len(a.family))
		return false;
	return zero(a.b + addr_len(a.family),
		    sizeof(a.b) - addr_len(a.family));
}

static bool prefix_ok(const uint8_t *p)
{
	struct lbtns_prefix x;
	size_t len;

	memcpy(&x, p, sizeof(x));
	len = addr_len(x.family);
	if ((x.family && !len) || x.len > 8 * len)
		return false;
	return zero(x.addr + len, sizeof(x.addr) - len);
}

static bool field_ok(const struct field *f, const uint8_t *p)
{
	size_t i;

	switch (f->kind) {
	case DATA:
		return true;
	case BOOL:
		return *p <= 1;
	case TEXT:
		return text_ok(p, f->size);
	case ADDR:
		return addr_ok(p);
	case PREFIX:
		for (i = 0; i < f->size; i += sizeof(struct lbtns_prefix))
			if (!prefix_ok(p + i))
				return false;
		return true;
	}
	return false;
}

/**
 * proto_get() - take a struct from a message's beginning
 * @m: message
 * @l: layout of the struct
 * @to: the struct, filled; what does not travel is zero
 * @rest: octets behind it, inside @m
 *
 * Return: false if there are too few octets or one is wrong; @to is not to be
 * used then.
 */
bool proto_get(const struct proto_msg *m, const struct proto_layout *l,
	       void *to, struct span *rest)
{
	uint8_t *base = to;
	size_t i, at = 0;

	memset(to, 0, l->size);
	for (i = 0; i < l->n; i++) {
		const struct field *f = &l->field[i];

		if (f->size > m->len - at || !field_ok(f, m->body + at))
			return false;
		memcpy(base + f->offset, m->body + at, f->size);
		at += f->size;
	}
	*rest = span(m->body + at, m->len - at);
	return true;
}

/**
 * proto_get_all() - take a struct that is the whole message
 * @m: message
 * @l: layout of the struct
 * @to: the struct, filled
 *
 * Return: as proto_get(); false also if there is more.
 */
bool proto_get_all(const struct proto_msg *m, const struct proto_layout *l,
		   void *to)
{
	struct span rest;

	return proto_get(m, l, to, &rest) && !rest.len;
}

/**
 * proto_get_parts() - take apart what follows a struct that has its lengths
 * @rest: octets behind the struct
 * @len: octets of each part
 * @n: how many parts
 * @part: filled; they point into @rest
 *
 * Return: whether they are all of @rest, and no more.
 */
bool proto_get_parts(struct span rest, const uint32_t *len, size_t n,
		     struct span *part)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (len[i] > rest.len)
			return false;
		part[i] = span(rest.data, len[i]);
		rest = span(rest.data + len[i], rest.len - len[i]);
	}
	return !rest.len;
}

/**
 * proto_get_text() - take a path or a sentence that is the whole message
 * @m: message
 * @text: filled, ends with a NUL
 *
 * Return: false if it is too long or has a NUL in it.
 */
bool proto_get_text(const struct proto_msg *m, char text[static PROTO_TEXT])
{
	if (m->len >= PROTO_TEXT || memchr(m->body, 0, m->len))
		return false;
	memcpy(text, m->body, m->len);
	text[m->len] = '\0';
	return true;
}

/* ---- sockets ------------------------------------------------------------- */

/**
 * proto_pair() - make a pair of sockets
 * @fds: filled; closed on exec
 *
 * Return: 0 or a negative errno.
 */
int proto_pair(int fds[static 2])
{
	const struct timeval tv = { .tv_sec = SEND_TIMEOUT_S };
	int i, size = PAIR_SNDBUF;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	for (i = 0; i < 2; i++) {
		/* best effort: with less room there is more waiting */
		if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &size,
			       sizeof(size)) < 0)
			setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
		setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	}
	return 0;
}

/* room for one descriptor */
union control {
	struct cmsghdr align;
	uint8_t b[CMSG_SPACE(sizeof(int))];
};

/**
 * proto_send() - send a message
 * @fd: socket
 * @m: message; its descriptor stays open here
 * @wait: wait for room
 *
 * Return: 0; -EAGAIN if there is no room (with @wait: for very long); -EPIPE
 * if the other side is gone; other negative errno.
 */
int proto_send(int fd, const struct proto_msg *m, bool wait)
{
	uint32_t head[2] = { m->type, (uint32_t)m->err };
	struct iovec iov[2] = {
		{ .iov_base = head, .iov_len = sizeof(head) },
		{ .iov_base = (void *)(uintptr_t)m->body, .iov_len = m->len },
	};
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	union control ctl = { .b = { 0 } };
	struct cmsghdr *cm = &ctl.align;
	ssize_t n;

	if (m->fd >= 0) {
		mh.msg_control = ctl.b;
		mh.msg_controllen = sizeof(ctl.b);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &m->fd, sizeof(int));
	}
	do {
		n = sendmsg(fd, &mh, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* descriptors that came: the one that may, and no other stays open */
static bool take_fds(struct msghdr *mh, int *fd)
{
	struct cmsghdr *cm;
	bool ok = true;

	for (cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		size_t i, n;

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int one;

			memcpy(&one, CMSG_DATA(cm) + i * sizeof(int),
			       sizeof(one));
			if (*fd < 0) {
				*fd = one;
				continue;
			}
			close(one);
			ok = false;
		}
	}
	return ok;
}

/**
 * proto_recv() - receive a message
 * @fd: socket
 * @m: message; its descriptor, if it has one, is the caller's to close
 * @wait: wait for one
 *
 * Return: 0; -EAGAIN if there is none; -EPIPE if the other side is gone;
 * -EBADMSG for one that is too long or too short; other negative errno.
 */
int proto_recv(int fd, struct proto_msg *m, bool wait)
{
	uint32_t head[2];
	struct iovec iov[2] = {
		{ .iov_base = head, .iov_len = sizeof(head) },
		{ .iov_base = m->body, .iov_len = sizeof(m->body) },
	};
	union control ctl;
	struct msghdr mh = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = ctl.b,
		.msg_controllen = sizeof(ctl.b),
	};
	ssize_t n;
	bool ok;

	proto_begin(m, 0);
	do {
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC |
				     (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	ok = take_fds(&mh, &m->fd);
	if (!n && m->fd < 0)
		return -EPIPE;
	if (!ok || n < (ssize_t)sizeof(head) ||
	    (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		if (m->fd >= 0)
			close(m->fd);
		m->fd = -1;
		/* a key may be in what has come of it */
		wipe(m->body, sizeof(m->body));
		return -EBADMSG;
	}
	m->type = head[0];
	m->err = (int32_t)head[1];
	m->len = (size_t)n - sizeof(head);
	return 0;
}
