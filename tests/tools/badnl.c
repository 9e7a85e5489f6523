// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * badnl: hostile messages to the btns family, in a network namespace of its
 * own. For each request there is a good message as a tree of attributes; each
 * case spoils one thing in it, and passes if the kernel refuses it with the
 * right errno and with a sentence, and if nothing has changed. The good
 * messages are sent too, or the bad ones would prove nothing. Prints KTAP.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <netinet/in.h>

#include "libbtns/nl.h"
#include "libbtns/spd.h"
#include "tests/tools/badnl_ops.h"

#define REQ_MAX		(4 << 20)
/* What a case does to the field under attack. */
enum spoil { NOTHING, LEAVE_OUT, SHORTER, LONGER, EMPTY, TOO_BIG, NOT_NESTED,
	     NESTED, UNKNOWN_INSIDE, GARBAGE_INSIDE, TOO_LONG, NO_NUL };

static struct lbtns *h;
static uint8_t *request;
static unsigned int test_no, failures;

/* ---- KTAP -------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
result(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%s %u ", ok ? "ok" : "not ok", ++test_no);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	if (!ok)
		failures++;
}

/* ---- state that must not change ---------------------------------------- */

struct state {
	struct lbtns_status st;
	uint32_t flags;
};

static int add_flags(uint32_t index, uint32_t flags, void *arg)
{
	struct state *s = arg;

	s->flags += index * 31 + flags;
	return 0;
}

static void snapshot(struct state *s)
{
	memset(s, 0, sizeof(*s));
	if (lbtns_status_get(h, &s->st) ||
	    lbtns_policy_dump(h, add_flags, s)) {
		printf("Bail out! no status: %s\n", lbtns_error(h));
		exit(1);
	}
}

static bool same(const struct state *a, const struct state *b)
{
	return a->st.latches == b->st.latches && a->st.sas == b->st.sas &&
	       a->st.pad_entries == b->st.pad_entries &&
	       a->st.pad_generation == b->st.pad_generation &&
	       a->flags == b->flags;
}

/*
 * A call of the library that the kernel was to refuse: @err is what it
 * returned, the handle still has its words.
 */
static void refused(const struct state *before, int err, const char *op,
		    const char *what)
{
	bool said = h->said;
	struct state after;
	char text[200];

	snprintf(text, sizeof(text), "%s", lbtns_error(h));
	snapshot(&after);
	result(err && said && same(before, &after), "%s %s: %s", op, what,
	       !err ? "was taken" : !said ? "without a word" :
	       !same(before, &after) ? "but something changed" : text);
}

/* ---- building ---------------------------------------------------------- */

static void put_raw(struct lbtns_msg *m, uint16_t type, const void *data,
		    size_t len)
{
	lbtns_msg_put(m, type, data, len);
}

static void put_fields(struct lbtns_msg *m, const struct field *f,
		       unsigned int n, const struct field *target,
		       enum spoil how);

static void put_field(struct lbtns_msg *m, const struct field *f,
		      const struct field *target, enum spoil how)
{
	uint8_t buf[512] = { 0 };
	struct nlattr *nest;
	uint16_t len;

	if (f != target)
		how = f->kind == NEST ? how : NOTHING;
	if (f->kind == NEST) {
		bool mine = f == target;

		if (mine && how == LEAVE_OUT)
			return;
		if (mine && how == EMPTY) {
			nest = lbtns_msg_nest(m, f->type);
			lbtns_msg_unnest(m, nest);
			return;
		}
		nest = lbtns_msg_nest(m, f->type);
		put_fields(m, f->sub, f->n_sub, mine ? NULL : target, how);
		if (mine && how == UNKNOWN_INSIDE)
			lbtns_msg_put_u32(m, 99, 1);
		if (mine && how == GARBAGE_INSIDE) {
			put_raw(m, 1, "\xff\xff\xff\xff", 4);
			/* claims to be longer than the nest */
			((struct nlattr *)((uint8_t *)mnl_nlmsg_get_payload_tail(m->nlh) -
					   8))->nla_len = 400;
		}
		lbtns_msg_unnest(m, nest);
		if (mine && how == NOT_NESTED)
			nest->nla_type &= (uint16_t)~NLA_F_NESTED;
		return;
	}
	if (f->len)
		memcpy(buf, f->value, f->len);
	len = (uint16_t)f->len;
	switch (how) {
	case LEAVE_OUT:
		return;
	case SHORTER:
		len--;
		break;
	case LONGER:
		len++;
		break;
	case EMPTY:
		len = 0;
		break;
	case TOO_BIG:
		memcpy(buf, &(uint32_t){ f->max + 1 }, 4);
		break;
	case TOO_LONG:
		memset(buf, 'x', BTNS_NAME_MAX + 1);
		len = BTNS_NAME_MAX + 2;
		break;
	case NO_NUL:
		memset(buf, 'x', len);
		break;
	default:
		break;
	}
	put_raw(m, how == NESTED ? f->type | NLA_F_NESTED : f->type, buf, len);
}

static void put_fields(struct lbtns_msg *m, const struct field *f,
		       unsigned int n, const struct field *target,
		       enum spoil how)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		put_field(m, &f[i], target, how);
}

static void build(struct lbtns_msg *m, const struct op *op,
		  const struct field *target, enum spoil how)
{
	memset(request, 0, LBTNS_REQ_MAX);
	lbtns_msg_init(m, h, request, REQ_MAX, op->cmd);
	put_fields(m, op->fields, op->n, target, how);
}

/* ---- cases from the trees ---------------------------------------------- */

static void expect(struct lbtns_msg *m, const struct state *before,
		   bool want_text, const char *name)
{
	struct state after;
	int err = lbtns_nl_talk(h, m, NULL, NULL);
	bool said = h->said;
	char text[200];

	snprintf(text, sizeof(text), "%s", lbtns_error(h));
	snapshot(&after);
	if (!err)
		result(false, "%s: was taken", name);
	else if (!same(before, &after))
		result(false, "%s: refused, but something changed", name);
	else if (want_text && !said)
		result(false, "%s: refused without a word (%s)", name,
		       strerrorname_np(-err));
	else
		result(true, "%s: %s %s", name, strerrorname_np(-err), text);
}

static void spoil_one(const struct op *op, const struct field *f,
		      const char *path, enum spoil how, const char *what)
{
	struct state before;
	struct lbtns_msg m;
	char name[256];

	snprintf(name, sizeof(name), "%s %s %s", op->name, path, what);
	snapshot(&before);
	build(&m, op, f, how);
	expect(&m, &before, true, name);
}

static void spoil_field(const struct op *op, const struct field *f,
			const char *path)
{
	unsigned int i;
	char sub[128];

	if (f->needed)
		spoil_one(op, f, path, LEAVE_OUT, "missing");
	switch (f->kind) {
	case SCALAR:
	case ENUM:
	case ADDRESS:
	case BINARY:
		spoil_one(op, f, path, SHORTER, "one byte short");
		spoil_one(op, f, path, LONGER, "one byte long");
		spoil_one(op, f, path, EMPTY, "empty");
		spoil_one(op, f, path, NESTED, "marked as a nest");
		if (f->kind == ENUM)
			spoil_one(op, f, path, TOO_BIG, "out of range");
		break;
	case STRING:
		spoil_one(op, f, path, NO_NUL, "without its end");
		spoil_one(op, f, path, TOO_LONG, "too long");
		break;
	case FLAG:
		break;
	case NEST:
		spoil_one(op, f, path, EMPTY, "empty");
		spoil_one(op, f, path, NOT_NESTED, "not marked as a nest");
		spoil_one(op, f, path, UNKNOWN_INSIDE,
			  "with an unknown attribute");
		spoil_one(op, f, path, GARBAGE_INSIDE, "with garbage inside");
		for (i = 0; i < f->n_sub; i++) {
			snprintf(sub, sizeof(sub), "%s.%s", path,
				 f->sub[i].name);
			spoil_field(op, &f->sub[i], sub);
		}
		break;
	}
}

static void undo(uint8_t cmd)
{
	struct lbtns_msg m;
	unsigned int i;

	for (i = 0; i < N_OF(ops); i++)
		if (ops[i].cmd == cmd) {
			build(&m, &ops[i], NULL, NOTHING);
			lbtns_nl_talk(h, &m, NULL, NULL);
			return;
		}
}

static void good(const struct op *op)
{
	struct lbtns_msg m;
	int err;

	if (op->cmd == BTNS_CMD_PAD_DEL) {
		build(&m, &ops[0], NULL, NOTHING);
		lbtns_nl_talk(h, &m, NULL, NULL);
	}
	build(&m, op, NULL, NOTHING);
	err = lbtns_nl_talk(h, &m, NULL, NULL);
	result(-err == op->good, "%s the good message gives %s%s%s", op->name,
	       op->good ? strerrorname_np(op->good) : "success",
	       -err == op->good ? "" : ", got ",
	       -err == op->good ? "" : lbtns_error(h));
	if (!err && op->undo)
		undo(op->undo);
}

/* ---- cases by hand ----------------------------------------------------- */

static void lengths(const struct op *op)
{
	struct state before;
	struct lbtns_msg m;
	char name[128];

	snapshot(&before);
	build(&m, op, NULL, NOTHING);
	lbtns_msg_put_u32(&m, 200, 1);
	snprintf(name, sizeof(name), "%s an unknown attribute", op->name);
	expect(&m, &before, true, name);

	build(&m, op, NULL, NOTHING);
	memset(mnl_nlmsg_get_payload_tail(m.nlh), 0xff, 8);
	m.nlh->nlmsg_len += 3;
	snprintf(name, sizeof(name), "%s trailing bytes", op->name);
	expect(&m, &before, true, name);

	build(&m, op, NULL, NOTHING);
	m.nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 2;
	snprintf(name, sizeof(name), "%s no room for its header", op->name);
	expect(&m, &before, false, name);
}

static void commands(void)
{
	static const uint8_t dump_only[] = { BTNS_CMD_PAD_GET, BTNS_CMD_SA_GET,
					     BTNS_CMD_POLICY_GET };
	static const uint8_t events[] = { BTNS_CMD_PAD_NTF,
					  BTNS_CMD_SA_BIND_NTF,
					  BTNS_CMD_SA_UNBIND_NTF,
					  BTNS_CMD_LATCH_NTF, 0,
					  BTNS_CMD_MAX + 1, 255 };
	struct lbtns_answers ans;
	struct state before;
	struct lbtns_msg m;
	char name[128];
	unsigned int i;
	int err;

	snapshot(&before);
	for (i = 0; i < N_OF(dump_only); i++) {
		lbtns_msg_init(&m, h, request, REQ_MAX, dump_only[i]);
		snprintf(name, sizeof(name), "command %u is not for one object",
			 dump_only[i]);
		expect(&m, &before, false, name);
	}
	for (i = 0; i < N_OF(events); i++) {
		lbtns_msg_init(&m, h, request, REQ_MAX, events[i]);
		snprintf(name, sizeof(name), "command %u is no request",
			 events[i]);
		expect(&m, &before, false, name);
	}
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_PAD_ADD);
	err = lbtns_nl_dump(h, &m, &ans);
	result(err == -EOPNOTSUPP, "a dump of pad-add is refused");
	free(ans.buf);
	for (i = 0; i < N_OF(dump_only); i++) {
		lbtns_msg_init(&m, h, request, REQ_MAX, dump_only[i]);
		lbtns_msg_put_u32(&m, 1, 1);
		err = lbtns_nl_dump(h, &m, &ans);
		result(err == -EINVAL,
		       "a dump by command %u with an attribute is refused",
		       dump_only[i]);
		free(ans.buf);
	}
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_STATUS_GET);
	lbtns_msg_put_u32(&m, 1, 1);
	expect(&m, &before, true, "status-get with an attribute");
}

/* PAD entries that are well formed and make no sense. */
static struct lbtns_pad_entry named_entry(const char *name)
{
	struct lbtns_pad_entry e = { .n_keys = 1 };

	snprintf(e.name, sizeof(e.name), "%s", name);
	lbtns_ident_parse("fqdn:b.example", &e.id, NULL);
	memcpy(e.keys[0], key, sizeof(key));
	return e;
}

static void refuse_entry(const struct lbtns_pad_entry *e, const char *name)
{
	struct lbtns_pad_entry two[2] = { named_entry("first"), *e };
	struct state before;

	snapshot(&before);
	refused(&before, lbtns_pad_add(h, e), "pad-add", name);
	/* the same behind a good one: all or nothing */
	refused(&before, lbtns_pad_replace(h, two, 2),
		"pad-replace, behind a good entry,", name);
}

static void entries(void)
{
	struct lbtns_pad_entry e, *many;
	struct state before;
	struct lbtns_msg m;
	struct nlattr *n, *p;
	unsigned int i;

	e = named_entry("");
	refuse_entry(&e, "without a name");
	snapshot(&before);
	e = named_entry("any");		/* put there by set_up() */
	refused(&before, lbtns_pad_add(h, &e), "pad-add",
		"of a name that is there");
	e = named_entry("bad\x01name");
	refuse_entry(&e, "with a control character in its name");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_WILDCARD;
	refuse_entry(&e, "wildcard without btns");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_BTNS;
	refuse_entry(&e, "btns with a name as identity");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD;
	refuse_entry(&e, "wildcard with an identity");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_ANONYMOUS;
	refuse_entry(&e, "anonymous with an identity");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_ANONYMOUS | BTNS_PAD_FLAGS_BTNS;
	e.id.type = BTNS_ID_TYPE_NONE;
	e.n_keys = 0;
	refuse_entry(&e, "anonymous and btns");
	e = named_entry("x");
	e.flags = BTNS_PAD_FLAGS_BTNS;
	e.id.type = BTNS_ID_TYPE_NONE;
	e.n_keys = 0;
	refuse_entry(&e, "btns without a key");
	e = named_entry("x");
	lbtns_ident_from_digest(key, &e.id);
	refuse_entry(&e, "not btns with a key as identity");
	e = named_entry("x");
	e.n_prefixes = 1;
	lbtns_prefix_parse("10.0.0.0/8", &e.prefixes[0], NULL);
	e.prefixes[0].len = 33;
	refuse_entry(&e, "with a prefix of 33 bits");
	e.prefixes[0].len = 4;
	refuse_entry(&e, "with bits behind its prefix");
	e.prefixes[0].family = AF_UNIX;
	refuse_entry(&e, "with a prefix of a strange family");
	lbtns_prefix_parse("2001:db8::/32", &e.prefixes[0], NULL);
	e.prefixes[0].len = 129;
	refuse_entry(&e, "with an IPv6 prefix of 129 bits");
	e = (struct lbtns_pad_entry){ .name = "second" };
	e.flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD;
	snapshot(&before);
	refused(&before, lbtns_pad_add(h, &e), "pad-add",
		"a second wildcard (B02)");

	/* more prefixes than the limit; the library would not send it */
	snapshot(&before);
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_PAD_ADD);
	n = lbtns_msg_nest(&m, BTNS_A_PAD_ENTRY);
	put_fields(&m, entry_fields, N_OF(entry_fields), NULL, NOTHING);
	for (i = 0; i < BTNS_PAD_PREFIXES_MAX; i++) {
		p = lbtns_msg_nest(&m, BTNS_A_PAD_ENTRY_PREFIX);
		put_fields(&m, prefix_fields, N_OF(prefix_fields), NULL,
			   NOTHING);
		lbtns_msg_unnest(&m, p);
	}
	lbtns_msg_unnest(&m, n);
	expect(&m, &before, true, "pad-add too many prefixes");

	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_PAD_REPLACE);
	for (i = 0; i <= BTNS_PAD_ENTRIES_MAX; i++) {
		char name[16];

		n = lbtns_msg_nest(&m, BTNS_A_PAD_ENTRY);
		snprintf(name, sizeof(name), "e%u", i);
		lbtns_msg_put_str(&m, BTNS_A_PAD_ENTRY_NAME, name);
		put_fields(&m, entry_fields + 1, 3, NULL, NOTHING);
		lbtns_msg_unnest(&m, n);
	}
	expect(&m, &before, true, "pad-replace too many entries");

	many = calloc(2, sizeof(*many));
	if (many) {
		many[0] = named_entry("twin");
		many[1] = named_entry("twin");
		refused(&before, lbtns_pad_replace(h, many, 2), "pad-replace",
			"two entries of one name");
		free(many);
	}
}

static void refuse_sa(struct lbtns_sa *sa, const char *name)
{
	struct state before;
	int err;

	snapshot(&before);
	err = lbtns_sa_bind(h, sa, NULL);
	refused(&before, err, "sa-bind", name);
	if (!err)
		lbtns_sa_unbind(h, sa);
}

static struct lbtns_sa good_sa(void)
{
	struct lbtns_sa sa = { .spi = htonl(0x1000), .proto = IPPROTO_ESP };

	lbtns_prefix_parse("10.0.0.2", &sa.daddr, NULL);
	lbtns_prefix_parse("192.0.2.1", &sa.sel.local, NULL);
	lbtns_prefix_parse("10.0.0.2", &sa.sel.remote, NULL);
	lbtns_ident_from_digest(key, &sa.peer);
	sa.peer.method = BTNS_AUTH_METHOD_BTNS;
	memcpy(sa.peer_key, key, sizeof(key));
	sa.has_peer_key = true;
	return sa;
}

static void bindings(void)
{
	struct lbtns_sa sa = good_sa();
	int err = lbtns_sa_bind(h, &sa, NULL);

	result(!err, "sa-bind a good one by hand%s%s", err ? ": " : "",
	       err ? lbtns_error(h) : "");
	if (!err)
		lbtns_sa_unbind(h, &sa);
	sa = good_sa();
	sa.spi = 0;
	refuse_sa(&sa, "with the SPI 0");
	sa = good_sa();
	sa.proto = IPPROTO_TCP;
	refuse_sa(&sa, "of a protocol that is none of IPsec");
	sa = good_sa();
	sa.peer.type = BTNS_ID_TYPE_NONE;
	refuse_sa(&sa, "of nobody");
	sa.peer.method = BTNS_AUTH_METHOD_NONE;
	refuse_sa(&sa, "of an anonymous peer with a key");
	sa.has_peer_key = false;
	refuse_sa(&sa, "of an anonymous peer without a PAD entry for it");
	sa = good_sa();
	sa.peer_key[5] ^= 1;
	refuse_sa(&sa, "with a key that is not the identity");
	sa = good_sa();
	sa.peer.method = BTNS_AUTH_METHOD_CERT;
	refuse_sa(&sa, "proved by another method than the PAD says");
	sa = good_sa();
	lbtns_prefix_parse("11.0.0.2", &sa.sel.remote, NULL);
	refuse_sa(&sa, "for traffic that no policy protects");
	sa = good_sa();
	sa.sel.rport = 80;
	refuse_sa(&sa, "for a port without a protocol");
	sa = good_sa();
	lbtns_prefix_parse("2001:db8::1", &sa.sel.local, NULL);
	refuse_sa(&sa, "between two families");
	sa = good_sa();
	sa.sel.remote.len = 8;
	refuse_sa(&sa, "with bits behind its prefix");
}

static void choices(void)
{
	struct state before;
	struct lbtns_msg m;

	snapshot(&before);
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_LATCH_CLOSE);
	expect(&m, &before, true, "latch-close chooses nothing");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_LATCH_CLOSE);
	lbtns_msg_put_u64(&m, BTNS_A_LATCH_ID, 1);
	lbtns_msg_put(&m, BTNS_A_LATCH_ALL, NULL, 0);
	expect(&m, &before, true, "latch-close chooses twice");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_LATCH_CLOSE);
	lbtns_msg_put_u64(&m, BTNS_A_LATCH_ID, 0);
	expect(&m, &before, true, "latch-close id 0");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_LATCH_CLOSE);
	lbtns_msg_put(&m, BTNS_A_LATCH_ALL, NULL, 0);
	lbtns_msg_put_u32(&m, BTNS_A_LATCH_REASON, BTNS_REASON_PEER_DEAD);
	expect(&m, &before, true, "latch-close for a reason that is not ours");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_LATCH_BREAK);
	lbtns_msg_put(&m, BTNS_A_LATCH_ALL, NULL, 0);
	lbtns_msg_put_u32(&m, BTNS_A_LATCH_REASON, BTNS_REASON_QOP);
	expect(&m, &before, true, "latch-break for a reason that is not ours");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_POLICY_SET);
	lbtns_msg_put_u32(&m, BTNS_A_POLICY_INDEX, 0x7ffffff8);
	lbtns_msg_put_u32(&m, BTNS_A_POLICY_FLAGS, 1);
	expect(&m, &before, true, "policy-set a policy that is not there");
	lbtns_msg_init(&m, h, request, REQ_MAX, BTNS_CMD_POLICY_SET);
	lbtns_msg_put_u32(&m, BTNS_A_POLICY_INDEX, 0);
	lbtns_msg_put_u32(&m, BTNS_A_POLICY_FLAGS, 1);
	expect(&m, &before, true, "policy-set the index 0");
}

/* ---- the unprivileged, and noise --------------------------------------- */

static void unprivileged(void)
{
	unsigned int i, bad = 0;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		static const uint8_t dumps[] = {
			BTNS_CMD_PAD_GET, BTNS_CMD_SA_GET, BTNS_CMD_POLICY_GET,
			BTNS_CMD_LATCH_GET
		};
		struct lbtns_answers ans;
		struct lbtns_msg m;

		if (setgid(65534) || setuid(65534) || lbtns_open(&h))
			_exit(200);
		for (i = 0; i < N_OF(ops); i++) {
			build(&m, &ops[i], NULL, NOTHING);
			if (lbtns_nl_talk(h, &m, NULL, NULL) != -EPERM)
				bad++;
		}
		for (i = 0; i < N_OF(dumps); i++) {
			lbtns_msg_init(&m, h, request, REQ_MAX, dumps[i]);
			if (lbtns_nl_dump(h, &m, &ans) != -EPERM)
				bad++;
			free(ans.buf);
		}
		_exit((int)bad);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status)) {
		result(false, "the unprivileged are refused: no child");
		return;
	}
	result(WEXITSTATUS(status) == 0,
	       "the unprivileged are refused everywhere (%d were not)",
	       WEXITSTATUS(status));
}

/* Any bytes behind the header: the kernel answers and goes on. */
static void noise(unsigned int rounds, unsigned int seed)
{
	unsigned int i, k, taken = 0;
	struct lbtns_status st;
	struct lbtns_msg m;
	int err;

	srand(seed);
	for (i = 0; i < rounds; i++) {
		const struct op *op = &ops[(unsigned int)rand() % N_OF(ops)];
		size_t len;

		build(&m, op, NULL, NOTHING);
		len = m.nlh->nlmsg_len;
		for (k = 0; k < 1 + (unsigned int)rand() % 8; k++)
			request[MNL_NLMSG_HDRLEN + 4 +
				(size_t)rand() % (len - MNL_NLMSG_HDRLEN - 4 +
						  1)] = (uint8_t)rand();
		if (rand() % 4 == 0)
			m.nlh->nlmsg_len = (uint32_t)(MNL_NLMSG_HDRLEN +
				(size_t)rand() % (len - MNL_NLMSG_HDRLEN));
		err = lbtns_nl_talk(h, &m, NULL, NULL);
		if (err == -ETIMEDOUT || err == -EBADMSG)
			break;
		if (!err)
			taken++;
	}
	err = lbtns_status_get(h, &st);
	result(i == rounds && !err,
	       "%u messages with noise are answered (%u made sense), seed %u",
	       i, taken, seed);
}

/* ---- main -------------------------------------------------------------- */

/* A wildcard entry, and a policy for 10.0.0.0/8 that BTNS peers may use. */
static void set_up(void)
{
	struct lbtns_pad_entry any = {
		.name = "any",
		.flags = BTNS_PAD_FLAGS_BTNS | BTNS_PAD_FLAGS_WILDCARD,
	};
	struct lbtns_spd_policy out = {
		.dir = LBTNS_SPD_OUT,
		.action = LBTNS_SPD_PROTECT,
		.n_tmpl = 1,
		.tmpl[0].proto = IPPROTO_ESP,
	}, in = out;
	struct lbtns *spd;
	int err;

	lbtns_prefix_parse("0.0.0.0/0", &out.src, NULL);
	lbtns_prefix_parse("10.0.0.0/8", &out.dst, NULL);
	in.dir = LBTNS_SPD_IN;
	in.src = out.dst;
	in.dst = out.src;
	err = lbtns_spd_open(&spd);
	if (!err)
		err = lbtns_spd_add(spd, &out);
	if (!err)
		err = lbtns_spd_add(spd, &in);
	if (!err)
		err = lbtns_spd_get(spd, &out);
	if (!err)
		err = lbtns_spd_get(spd, &in);
	if (err) {
		printf("Bail out! policies: %s\n", lbtns_error(spd));
		exit(1);
	}
	lbtns_close(spd);
	policy_index = out.index;
	err = lbtns_policy_set(h, out.index, BTNS_POLICY_FLAGS_BTNS_OK);
	if (!err)
		err = lbtns_policy_set(h, in.index, BTNS_POLICY_FLAGS_BTNS_OK);
	if (!err)
		err = lbtns_pad_add(h, &any);
	if (err) {
		printf("Bail out! set-up: %s\n", lbtns_error(h));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	unsigned int rounds = 3000, seed = 1, i, k;
	int c, err;

	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			rounds = (unsigned int)atoi(optarg);
		else if (c == 's')
			seed = (unsigned int)atoi(optarg);
		else
			return 2;
	}
	puts("KTAP version 1");
	if (unshare(CLONE_NEWNET)) {
		puts("1..0 # SKIP needs the right to make a network namespace");
		return 4;
	}
	err = lbtns_open(&h);
	if (err) {
		printf("1..0 # SKIP %s\n", lbtns_error(h));
		return 4;
	}
	request = malloc(REQ_MAX + 64);
	if (!request)
		return 1;
	set_up();
	for (i = 0; i < N_OF(ops); i++) {
		/* pad-replace takes the wildcard away: put it back below */
		good(&ops[i]);
		if (ops[i].cmd == BTNS_CMD_PAD_REPLACE) {
			struct lbtns_pad_entry any = {
				.name = "any",
				.flags = BTNS_PAD_FLAGS_BTNS |
					 BTNS_PAD_FLAGS_WILDCARD,
			};

			if (lbtns_pad_replace(h, &any, 1))
				result(false, "pad-replace by one: %s",
				       lbtns_error(h));
		}
		for (k = 0; k < ops[i].n; k++)
			spoil_field(&ops[i], &ops[i].fields[k],
				    ops[i].fields[k].name);
		lengths(&ops[i]);
	}
	commands();
	entries();
	bindings();
	choices();
	unprivileged();
	noise(rounds, seed);
	printf("1..%u\n", test_no);
	lbtns_close(h);
	free(request);
	return failures ? 1 : 0;
}
