// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes that several requests share, written and read. The kernel may be
 * older or newer than the library, or lie in a test: nothing is taken on trust.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/pad_match.h"
#include "libbtns/nl.h"

void lbtns_text_clean(char *dst, size_t size, const char *src, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < size && i < len && src[i]; i++)
		dst[i] = src[i] >= ' ' && src[i] <= '~' ? src[i] : '?';
	dst[i] = '\0';
}

/* ---- writing ----------------------------------------------------------- */

static size_t addr_len(uint16_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

void lbtns_msg_put_addr(struct lbtns_msg *msg, uint16_t type,
			const struct lbtns_prefix *p)
{
	lbtns_msg_put(msg, type, p->addr, addr_len(p->family));
}

void lbtns_msg_put_ident(struct lbtns_msg *msg, uint16_t type,
			 const struct lbtns_ident *id)
{
	struct nlattr *nest = lbtns_msg_nest(msg, type);

	lbtns_msg_put_u32(msg, BTNS_A_IDENT_TYPE, id->type);
	lbtns_msg_put_u32(msg, BTNS_A_IDENT_METHOD, id->method);
	if (id->type != BTNS_ID_TYPE_NONE) {
		lbtns_msg_put(msg, BTNS_A_IDENT_DIGEST, id->digest,
			      BTNS_DIGEST_LEN);
		if (id->name[0])
			lbtns_msg_put_str(msg, BTNS_A_IDENT_NAME, id->name);
	}
	lbtns_msg_unnest(msg, nest);
}

void lbtns_msg_put_selector(struct lbtns_msg *msg, uint16_t type,
			    const struct lbtns_selector *sel)
{
	struct nlattr *nest = lbtns_msg_nest(msg, type);

	lbtns_msg_put_u16(msg, BTNS_A_SELECTOR_FAMILY, sel->local.family);
	lbtns_msg_put_addr(msg, BTNS_A_SELECTOR_LOCAL, &sel->local);
	lbtns_msg_put_u8(msg, BTNS_A_SELECTOR_LOCAL_PREFIX, sel->local.len);
	lbtns_msg_put_addr(msg, BTNS_A_SELECTOR_REMOTE, &sel->remote);
	lbtns_msg_put_u8(msg, BTNS_A_SELECTOR_REMOTE_PREFIX, sel->remote.len);
	lbtns_msg_put_u8(msg, BTNS_A_SELECTOR_PROTO, sel->proto);
	lbtns_msg_put_u16(msg, BTNS_A_SELECTOR_LOCAL_PORT, sel->lport);
	lbtns_msg_put_u16(msg, BTNS_A_SELECTOR_REMOTE_PORT, sel->rport);
	/* a port without a mask is that port, as it always was */
	if (sel->lmask || !sel->lport)
		lbtns_msg_put_u16(msg, BTNS_A_SELECTOR_LOCAL_PORT_MASK,
				  sel->lmask);
	if (sel->rmask || !sel->rport)
		lbtns_msg_put_u16(msg, BTNS_A_SELECTOR_REMOTE_PORT_MASK,
				  sel->rmask);
	lbtns_msg_unnest(msg, nest);
}

/* ---- reading ----------------------------------------------------------- */

struct table {
	const struct nlattr **tb;
	unsigned int max;
};

static int sort_attr(const struct nlattr *a, void *arg)
{
	const struct table *t = arg;
	uint16_t type = mnl_attr_get_type(a);

	if (type <= t->max)
		t->tb[type] = a;
	return MNL_CB_OK;
}

int lbtns_attr_table(const struct nlmsghdr *nlh, const struct nlattr **tb,
		     unsigned int max)
{
	struct table t = { .tb = tb, .max = max };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return -EBADMSG;
	if (mnl_attr_parse(nlh, sizeof(struct genlmsghdr), sort_attr, &t) < 0)
		return -EBADMSG;
	return 0;
}

int lbtns_attr_nested(const struct nlattr *nest, const struct nlattr **tb,
		      unsigned int max)
{
	struct table t = { .tb = tb, .max = max };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	if (mnl_attr_parse_nested(nest, sort_attr, &t) < 0)
		return -EBADMSG;
	return 0;
}

static void fixed(const struct nlattr *a, void *v, size_t len, bool *bad)
{
	memset(v, 0, len);
	if (!a)
		return;
	if (mnl_attr_get_payload_len(a) != len)
		*bad = true;
	else
		memcpy(v, mnl_attr_get_payload(a), len);
}

uint8_t lbtns_attr_u8(const struct nlattr *a, bool *bad)
{
	uint8_t v;

	fixed(a, &v, sizeof(v), bad);
	return v;
}

uint16_t lbtns_attr_u16(const struct nlattr *a, bool *bad)
{
	uint16_t v;

	fixed(a, &v, sizeof(v), bad);
	return v;
}

uint32_t lbtns_attr_u32(const struct nlattr *a, bool *bad)
{
	uint32_t v;

	fixed(a, &v, sizeof(v), bad);
	return v;
}

uint64_t lbtns_attr_u64(const struct nlattr *a, bool *bad)
{
	uint64_t v;

	fixed(a, &v, sizeof(v), bad);
	return v;
}

uint8_t lbtns_attr_small(const struct nlattr *a, bool *bad)
{
	uint32_t v = lbtns_attr_u32(a, bad);

	return v > UINT8_MAX ? UINT8_MAX : (uint8_t)v;
}

void lbtns_attr_str(const struct nlattr *a, char *buf, size_t len, bool *bad)
{
	buf[0] = '\0';
	if (!a)
		return;
	if (mnl_attr_get_payload_len(a) > len)
		*bad = true;
	else
		lbtns_text_clean(buf, len, mnl_attr_get_payload(a),
				 mnl_attr_get_payload_len(a));
}

bool lbtns_attr_digest(const struct nlattr *a, uint8_t *digest, bool *bad)
{
	fixed(a, digest, BTNS_DIGEST_LEN, bad);
	return a != NULL;
}

void lbtns_attr_addr(const struct nlattr *a, uint16_t family,
		     struct lbtns_prefix *p, bool *bad)
{
	size_t len = addr_len(family);

	memset(p, 0, sizeof(*p));
	if (!a)
		return;
	if (!len || mnl_attr_get_payload_len(a) != len) {
		*bad = true;
		return;
	}
	p->family = (uint8_t)family;
	p->len = (uint8_t)(len * 8);
	memcpy(p->addr, mnl_attr_get_payload(a), len);
}

void lbtns_attr_ident(const struct nlattr *a, struct lbtns_ident *id,
		      bool *bad)
{
	const struct nlattr *tb[BTNS_A_IDENT_MAX + 1];

	memset(id, 0, sizeof(*id));
	if (!a)
		return;
	if (lbtns_attr_nested(a, tb, BTNS_A_IDENT_MAX)) {
		*bad = true;
		return;
	}
	id->type = lbtns_attr_small(tb[BTNS_A_IDENT_TYPE], bad);
	id->method = lbtns_attr_small(tb[BTNS_A_IDENT_METHOD], bad);
	if (!lbtns_attr_digest(tb[BTNS_A_IDENT_DIGEST], id->digest, bad) &&
	    id->type != BTNS_ID_TYPE_NONE)
		*bad = true;
	lbtns_attr_str(tb[BTNS_A_IDENT_NAME], id->name, sizeof(id->name), bad);
}

static void prefix_len(const struct nlattr *a, struct lbtns_prefix *p,
		       bool *bad)
{
	uint8_t len = lbtns_attr_u8(a, bad);

	if (a && len > p->len)
		*bad = true;
	else if (a)
		p->len = len;
}

/* a port without a mask is one port, but for 0, which is any */
static uint16_t port_mask(const struct nlattr *a, uint16_t port, bool *bad)
{
	if (!a)
		return port ? BTNS_PORT_ONE : 0;
	return lbtns_attr_u16(a, bad);
}

void lbtns_attr_selector(const struct nlattr *a, struct lbtns_selector *sel,
			 bool *bad)
{
	const struct nlattr *tb[BTNS_A_SELECTOR_MAX + 1];
	uint16_t family;

	memset(sel, 0, sizeof(*sel));
	if (!a)
		return;
	if (lbtns_attr_nested(a, tb, BTNS_A_SELECTOR_MAX)) {
		*bad = true;
		return;
	}
	family = lbtns_attr_u16(tb[BTNS_A_SELECTOR_FAMILY], bad);
	lbtns_attr_addr(tb[BTNS_A_SELECTOR_LOCAL], family, &sel->local, bad);
	prefix_len(tb[BTNS_A_SELECTOR_LOCAL_PREFIX], &sel->local, bad);
	lbtns_attr_addr(tb[BTNS_A_SELECTOR_REMOTE], family, &sel->remote, bad);
	prefix_len(tb[BTNS_A_SELECTOR_REMOTE_PREFIX], &sel->remote, bad);
	sel->proto = lbtns_attr_u8(tb[BTNS_A_SELECTOR_PROTO], bad);
	sel->lport = lbtns_attr_u16(tb[BTNS_A_SELECTOR_LOCAL_PORT], bad);
	sel->rport = lbtns_attr_u16(tb[BTNS_A_SELECTOR_REMOTE_PORT], bad);
	sel->lmask = port_mask(tb[BTNS_A_SELECTOR_LOCAL_PORT_MASK], sel->lport,
			       bad);
	sel->rmask = port_mask(tb[BTNS_A_SELECTOR_REMOTE_PORT_MASK],
			       sel->rport, bad);
}
