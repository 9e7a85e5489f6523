/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One good message for each request of the btns family, as a tree of
 * attributes; badnl.c spoils them one thing at a time.
 */
#ifndef TESTS_TOOLS_BADNL_OPS_H
#define TESTS_TOOLS_BADNL_OPS_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/btns.h>

#define ARRAY(a)	(a), sizeof(a) / sizeof((a)[0])
#define N_OF(a)		(sizeof(a) / sizeof((a)[0]))

enum kind { SCALAR, ENUM, STRING, BINARY, ADDRESS, NEST, FLAG };

/* An attribute of a good message. */
struct field {
	const char *name;
	uint16_t type;
	enum kind kind;
	size_t len;
	const void *value;
	const struct field *sub;	/* of a nest */
	unsigned int n_sub;
	uint32_t max;			/* of an enum */
	bool needed;
};

struct op {
	const char *name;
	uint8_t cmd;
	const struct field *fields;
	unsigned int n;
	int good;			/* errno of the good message */
	uint8_t undo;			/* command that takes it back */
};

/* ---- good messages ----------------------------------------------------- */

#define U8(n, t, v)	{ .name = n, .type = t, .kind = SCALAR, .len = 1, \
			  .value = &(const uint8_t){ v } }
#define U16(n, t, v)	{ .name = n, .type = t, .kind = SCALAR, .len = 2, \
			  .value = &(const uint16_t){ v } }
#define U32(n, t, v)	{ .name = n, .type = t, .kind = SCALAR, .len = 4, \
			  .value = &(const uint32_t){ v } }
#define NEED(n, t, k, l, ...) \
	{ .name = n, .type = t, .kind = k, .len = l, .needed = true, \
	  __VA_ARGS__ }

static const uint8_t key[32] = { 1, 2, 3, 4 };
static const uint8_t ten[4] = { 10, 0, 0, 0 }, peer_addr[4] = { 10, 0, 0, 2 },
		     own_addr[4] = { 192, 0, 2, 1 };
static const uint64_t no_latch = 4711;
static uint32_t policy_index;

static const struct field prefix_fields[] = {
	NEED("family", BTNS_A_PREFIX_FAMILY, SCALAR, 2,
	     .value = &(const uint16_t){ AF_INET }),
	NEED("addr", BTNS_A_PREFIX_ADDR, ADDRESS, 4, .value = ten),
	NEED("len", BTNS_A_PREFIX_LEN, SCALAR, 1, .value = &(const uint8_t){ 8 }),
};

static const struct field fqdn_fields[] = {
	NEED("type", BTNS_A_IDENT_TYPE, ENUM, 4,
	     .value = &(const uint32_t){ BTNS_ID_TYPE_FQDN },
	     .max = BTNS_ID_TYPE_KEY_ID),
	NEED("digest", BTNS_A_IDENT_DIGEST, BINARY, 32, .value = key),
	{ .name = "name", .type = BTNS_A_IDENT_NAME, .kind = STRING,
	  .len = sizeof("a.example"), .value = "a.example" },
};

static const struct field entry_fields[] = {
	NEED("name", BTNS_A_PAD_ENTRY_NAME, STRING, sizeof("good"),
	     .value = "good"),
	{ .name = "flags", .type = BTNS_A_PAD_ENTRY_FLAGS, .kind = ENUM,
	  .len = 4, .value = &(const uint32_t){ 0 },
	  .max = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD |
		 BTNS_PAD_FLAGS_ANONYMOUS },
	NEED("id", BTNS_A_PAD_ENTRY_ID, NEST, 0, .sub = fqdn_fields,
	     .n_sub = N_OF(fqdn_fields)),
	{ .name = "key", .type = BTNS_A_PAD_ENTRY_KEY, .kind = BINARY,
	  .len = 32, .value = key },
	{ .name = "prefix", .type = BTNS_A_PAD_ENTRY_PREFIX, .kind = NEST,
	  .sub = prefix_fields, .n_sub = N_OF(prefix_fields) },
};

static const struct field pad_add_fields[] = {
	NEED("entry", BTNS_A_PAD_ENTRY, NEST, 0, .sub = entry_fields,
	     .n_sub = N_OF(entry_fields)),
};

/* No entry at all empties the PAD. */
static const struct field pad_replace_fields[] = {
	{ .name = "entry", .type = BTNS_A_PAD_ENTRY, .kind = NEST,
	  .sub = entry_fields, .n_sub = N_OF(entry_fields) },
};

static const struct field pad_del_fields[] = {
	NEED("name", BTNS_A_PAD_NAME, STRING, sizeof("good"), .value = "good"),
};

static const struct field key_ident_fields[] = {
	NEED("type", BTNS_A_IDENT_TYPE, ENUM, 4,
	     .value = &(const uint32_t){ BTNS_ID_TYPE_PUBLICKEY },
	     .max = BTNS_ID_TYPE_KEY_ID),
	NEED("method", BTNS_A_IDENT_METHOD, ENUM, 4,
	     .value = &(const uint32_t){ BTNS_AUTH_METHOD_BTNS },
	     .max = BTNS_AUTH_METHOD_MANUAL),
	NEED("digest", BTNS_A_IDENT_DIGEST, BINARY, 32, .value = key),
	{ .name = "name", .type = BTNS_A_IDENT_NAME, .kind = STRING,
	  .len = sizeof("peer"), .value = "peer" },
};

/* Without an address a side is any, which no policy here allows. */
static const struct field sel_fields[] = {
	NEED("family", BTNS_A_SELECTOR_FAMILY, SCALAR, 2,
	     .value = &(const uint16_t){ AF_INET }),
	{ .name = "local", .type = BTNS_A_SELECTOR_LOCAL, .kind = ADDRESS,
	  .len = 4, .value = own_addr },
	{ .name = "local-prefix", .type = BTNS_A_SELECTOR_LOCAL_PREFIX,
	  .kind = SCALAR, .len = 1, .value = &(const uint8_t){ 32 } },
	NEED("remote", BTNS_A_SELECTOR_REMOTE, ADDRESS, 4, .value = peer_addr),
	{ .name = "remote-prefix", .type = BTNS_A_SELECTOR_REMOTE_PREFIX,
	  .kind = SCALAR, .len = 1, .value = &(const uint8_t){ 32 } },
	U8("proto", BTNS_A_SELECTOR_PROTO, IPPROTO_TCP),
	U16("local-port", BTNS_A_SELECTOR_LOCAL_PORT, 0),
	U16("remote-port", BTNS_A_SELECTOR_REMOTE_PORT, 80),
};

#define SA_KEY \
	NEED("spi", BTNS_A_SA_SPI, SCALAR, 4, \
	     .value = "\x12\x34\x56\x78"), \
	NEED("proto", BTNS_A_SA_PROTO, SCALAR, 1, \
	     .value = &(const uint8_t){ IPPROTO_ESP }), \
	NEED("family", BTNS_A_SA_FAMILY, SCALAR, 2, \
	     .value = &(const uint16_t){ AF_INET }), \
	NEED("daddr", BTNS_A_SA_DADDR, ADDRESS, 4, .value = peer_addr)

static const struct field sa_fields[] = {
	SA_KEY,
	NEED("peer", BTNS_A_SA_PEER, NEST, 0, .sub = key_ident_fields,
	     .n_sub = N_OF(key_ident_fields)),
	{ .name = "local", .type = BTNS_A_SA_LOCAL, .kind = NEST,
	  .sub = key_ident_fields, .n_sub = N_OF(key_ident_fields) },
	{ .name = "peer-key", .type = BTNS_A_SA_PEER_KEY, .kind = BINARY,
	  .len = 32, .value = key },
	{ .name = "peer-cert", .type = BTNS_A_SA_PEER_CERT, .kind = BINARY,
	  .len = 32, .value = key },
	{ .name = "local-public", .type = BTNS_A_SA_LOCAL_PUBLIC,
	  .kind = ADDRESS, .len = 4, .value = own_addr },
	{ .name = "remote-private", .type = BTNS_A_SA_REMOTE_PRIVATE,
	  .kind = ADDRESS, .len = 4, .value = peer_addr },
	{ .name = "mark", .type = BTNS_A_SA_MARK, .kind = SCALAR, .len = 4,
	  .value = &(const uint32_t){ 7 } },
	NEED("sel", BTNS_A_SA_SEL, NEST, 0, .sub = sel_fields,
	     .n_sub = N_OF(sel_fields)),
};

static const struct field sa_key_fields[] = { SA_KEY };

static const struct field policy_fields[] = {
	NEED("index", BTNS_A_POLICY_INDEX, SCALAR, 4, .value = &policy_index),
	NEED("flags", BTNS_A_POLICY_FLAGS, ENUM, 4,
	     .value = &(const uint32_t){ BTNS_POLICY_FLAGS_BTNS_OK },
	     .max = BTNS_POLICY_FLAGS_BTNS_OK |
		    BTNS_POLICY_FLAGS_BYPASS_OK | BTNS_POLICY_FLAGS_FALLBACK),
};

static const struct field latch_id_fields[] = {
	NEED("id", BTNS_A_LATCH_ID, SCALAR, 8, .value = &no_latch),
};

static const struct field latch_peer_fields[] = {
	NEED("peer", BTNS_A_LATCH_PEER, NEST, 0, .sub = fqdn_fields,
	     .n_sub = N_OF(fqdn_fields)),
};

static const struct field latch_all_fields[] = {
	NEED("all", BTNS_A_LATCH_ALL, FLAG, 0),
};

static const struct field latch_break_fields[] = {
	NEED("all", BTNS_A_LATCH_ALL, FLAG, 0),
	{ .name = "reason", .type = BTNS_A_LATCH_REASON, .kind = ENUM,
	  .len = 4, .value = &(const uint32_t){ BTNS_REASON_ADMIN },
	  .max = BTNS_REASON_OFFLOAD },
};

static const struct op ops[] = {
	{ "pad-add", BTNS_CMD_PAD_ADD, ARRAY(pad_add_fields), 0,
	  BTNS_CMD_PAD_DEL },
	{ "pad-replace", BTNS_CMD_PAD_REPLACE, ARRAY(pad_replace_fields), 0, 0 },
	{ "pad-del", BTNS_CMD_PAD_DEL, ARRAY(pad_del_fields), 0, 0 },
	{ "policy-set", BTNS_CMD_POLICY_SET, ARRAY(policy_fields), 0, 0 },
	{ "sa-check", BTNS_CMD_SA_CHECK, ARRAY(sa_fields), 0, 0 },
	{ "sa-bind", BTNS_CMD_SA_BIND, ARRAY(sa_fields), 0,
	  BTNS_CMD_SA_UNBIND },
	{ "sa-unbind", BTNS_CMD_SA_UNBIND, ARRAY(sa_key_fields), ENOENT, 0 },
	{ "latch-get", BTNS_CMD_LATCH_GET, ARRAY(latch_id_fields), ENOENT, 0 },
	{ "latch-close-id", BTNS_CMD_LATCH_CLOSE, ARRAY(latch_id_fields),
	  ENOENT, 0 },
	{ "latch-close-peer", BTNS_CMD_LATCH_CLOSE, ARRAY(latch_peer_fields),
	  0, 0 },
	{ "latch-close-all", BTNS_CMD_LATCH_CLOSE, ARRAY(latch_all_fields), 0,
	  0 },
	{ "latch-break", BTNS_CMD_LATCH_BREAK, ARRAY(latch_break_fields), 0,
	  0 },
};

#endif /* TESTS_TOOLS_BADNL_OPS_H */
