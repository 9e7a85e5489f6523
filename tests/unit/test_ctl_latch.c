// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl latch: what it prints, for people and as JSON, what it sends and how it
 * ends.
 */
#include <errno.h>
#include <string.h>
#include <netinet/in.h>

#include "ctl_run.h"

static void put_latch(struct fake *f, uint64_t id, bool v6)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_LATCH_GET, 0);
	struct lbtns_ident peer, self;

	lbtns_ident_parse("key:" HEX, &peer, NULL);
	peer.method = BTNS_AUTH_METHOD_BTNS;
	lbtns_ident_parse("fqdn:b.example", &self, NULL);
	self.method = BTNS_AUTH_METHOD_RAWKEY;
	lbtns_msg_put_u64(m, BTNS_A_LATCH_ID, id);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_STATE,
			  v6 ? BTNS_LATCH_STATE_BROKEN :
			       BTNS_LATCH_STATE_ESTABLISHED);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_REASON,
			  v6 ? BTNS_REASON_BYPASS : BTNS_REASON_NONE);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_FAMILY, v6 ? AF_INET6 : AF_INET);
	lbtns_msg_put_u8(m, BTNS_A_LATCH_PROTO, IPPROTO_TCP);
	lbtns_msg_put(m, BTNS_A_LATCH_LADDR,
		      v6 ? "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" :
			   "\xc0\0\2\1", v6 ? 16 : 4);
	lbtns_msg_put(m, BTNS_A_LATCH_RADDR,
		      v6 ? "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2" :
			   "\xc0\0\2\2", v6 ? 16 : 4);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_LPORT, 40000);
	lbtns_msg_put_u16(m, BTNS_A_LATCH_RPORT, 80);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_PROTECTION, 3);
	lbtns_msg_put_u8(m, BTNS_A_LATCH_SA_PROTO, IPPROTO_ESP);
	lbtns_msg_put_u8(m, BTNS_A_LATCH_SA_MODE, 0);
	lbtns_msg_put_str(m, BTNS_A_LATCH_ENC, "rfc4106(gcm(aes))");
	lbtns_msg_put_u32(m, BTNS_A_LATCH_ENC_KEYBITS, 256);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_ICV_BITS, 128);
	lbtns_msg_put_u8(m, BTNS_A_LATCH_REPLAY, 1);
	lbtns_msg_put_u8(m, BTNS_A_LATCH_ESN, 0);
	lbtns_msg_put_ident(m, BTNS_A_LATCH_PEER, &peer);
	lbtns_msg_put_ident(m, BTNS_A_LATCH_LOCAL, &self);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_ASK, BTNS_ASK_MODE_PREFER);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_DISPOSITION,
			  BTNS_DISPOSITION_RESET);
	lbtns_msg_put_u32(m, BTNS_A_LATCH_CONFLICTS,
			  v6 ? 1U << BTNS_REASON_BYPASS : 0);
	lbtns_msg_put_u64(m, BTNS_A_LATCH_COOKIE, 0x1001);
	lbtns_msg_put_u64(m, BTNS_A_LATCH_AGE, 1234);
	fake_queue(f);
}

static void latches(struct fake *f, const struct nlmsghdr *req)
{
	if (fake_cmd(req) == BTNS_CMD_LATCH_GET) {
		put_latch(f, 7, false);
		if (req->nlmsg_flags & NLM_F_DUMP) {
			put_latch(f, 8, true);
			fake_done(f, 0, 0);
			return;
		}
	} else {
		lbtns_msg_put_u32(fake_begin(f, fake_cmd(req), 0),
				  BTNS_A_LATCH_COUNT, 2);
		fake_queue(f);
	}
	fake_error(f, 0, NULL);
}

#define LATCH_JSON(id, state, reason, fam, l, r, conf) \
	"{\"id\":" id ",\"state\":\"" state "\",\"reason\":\"" reason "\"," \
	"\"family\":\"" fam "\",\"proto\":\"tcp\",\"local\":\"" l "\"," \
	"\"lport\":40000,\"remote\":\"" r "\",\"rport\":80," \
	"\"protection\":[\"confidentiality\",\"integrity\"]," \
	"\"sa_proto\":\"esp\",\"mode\":\"transport\"," \
	"\"enc\":\"rfc4106(gcm(aes))\",\"enc_keybits\":256,\"auth\":\"\"," \
	"\"icv_bits\":128,\"replay\":true,\"esn\":false," \
	"\"peer\":{\"id\":\"key:SHA256:" HEX "\",\"type\":\"publickey\"," \
	"\"method\":\"btns\",\"digest\":\"SHA256:" HEX "\"," \
	"\"name\":\"SHA256:00112233445566778899aabbccddeeff00112233...\"}," \
	"\"self\":{\"id\":\"fqdn:b.example\",\"type\":\"fqdn\"," \
	"\"method\":\"rawkey\",\"digest\":\"SHA256:" \
	"e8d39256ad2eb523741a6cecf390d3a0d0048250e14424a1b5cc458de18d49d3\"," \
	"\"name\":\"b.example\"},\"ask\":\"prefer\"," \
	"\"disposition\":\"reset\",\"conflicts\":[" conf "]," \
	"\"cookie\":4097,\"age_ms\":1234}"

static void latch_list(void)
{
	fake.answer = latches;
	CHECK_EQ(run("latch list"), 0);
	is(out,
	   "7 established tcp 192.0.2.1:40000 192.0.2.2:80 peer key:SHA256:" HEX " method btns\n"
	   "8 broken tcp [2001:db8::1]:40000 [2001:db8::2]:80 reason bypass peer "
	      "key:SHA256:" HEX " method btns\n");
	CHECK_EQ(run("-j latch"), 0);
	is(out, "[" LATCH_JSON("7", "established", "none", "inet", "192.0.2.1",
			       "192.0.2.2", "") ","
	   LATCH_JSON("8", "broken", "bypass", "inet6", "2001:db8::1",
		      "2001:db8::2", "\"bypass\"") "]\n");
}

static void no_latches(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_done(f, 0, 0);
}

static void half_latches(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	put_latch(f, 7, false);
	put_latch(f, 8, true);
	fake_done(f, EPERM, 0);
}

/* What is printed as it comes is what would be printed at once. */
static void latch_array(void)
{
	json_error_t e;
	json_t *v, *o;

	fake.answer = latches;
	CHECK_EQ(run("-j -p latch"), 0);
	v = json_loads(out, 0, &e);
	if (!CHECK(v && json_array_size(v) == 2)) {
		json_decref(v);
		return;
	}
	o = json_array_get(v, 1);
	CHECK_EQ(json_integer_value(json_object_get(o, "id")), 8);
	out[strlen(out) - 1] = '\0';
	{
		char *want = json_dumps(v, JSON_INDENT(2) |
						JSON_PRESERVE_ORDER);

		is(out, want);
		free(want);
	}
	json_decref(v);
	fake.answer = no_latches;
	CHECK_EQ(run("-j latch"), 0);
	is(out, "[]\n");
	CHECK_EQ(run("-j -p latch"), 0);
	is(out, "[]\n");
	/* half a list is not taken for a whole one */
	fake.answer = half_latches;
	CHECK_EQ(run("-j latch"), 1);
	CHECK(strstr(err, "needs CAP_NET_ADMIN"));
	CHECK(strstr(out, "\"id\":7,") && strstr(out, "\"id\":8,"));
	v = json_loads(out, 0, &e);
	CHECK(!v);
	json_decref(v);
}

static void latch_filters(void)
{
	static const struct {
		const char *line;
		const char *ids;
	} cases[] = {
		{ "l l state broken", "8" },
		{ "latch list state larval", "" },
		{ "latch list reason bypass", "8" },
		{ "latch list address 192.0.2.0/24", "7" },
		{ "latch list address 2001:db8::2", "8" },
		{ "latch list address 10.0.0.0/8", "" },
		{ "latch list port 80", "78" },
		{ "latch list port 81", "" },
		{ "latch list peer key:" HEX " state established", "7" },
		{ "latch list peer fqdn:a.example", "" },
	};
	char ids[8];
	size_t i, n;
	char *p;

	fake.answer = latches;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_EQ(run(cases[i].line), 0);
		for (n = 0, p = out; *p; p = strchr(p, '\n') + 1)
			ids[n++] = *p;
		ids[n] = '\0';
		if (!CHECK(!strcmp(ids, cases[i].ids)))
			ktap_note("%s: %s", cases[i].line, ids);
	}
}

static void latch_show(void)
{
	fake.answer = latches;
	CHECK_EQ(run("latch show 7"), 0);
	is(out,
	   "latch 7\n"
	   "  state         established\n"
	   "  reason        none\n"
	   "  flow          tcp 192.0.2.1:40000 192.0.2.2:80\n"
	   "  peer          key:SHA256:" HEX ", proved by btns\n"
	   "  self          fqdn:b.example, proved by rawkey, digest "
	      "SHA256:e8d39256ad2eb523741a6cecf390d3a0d0048250e14424a1b5cc458de18d49d3\n"
	   "  protection    esp transport confidentiality integrity\n"
	   "  quality       rfc4106(gcm(aes)) key 256 bits, icv 128 bits, replay on, esn off\n"
	   "  ask           prefer, on a break reset\n"
	   "  socket        cookie 1001\n"
	   "  age           1.234 s\n");
	CHECK_EQ(run("-j latch show id 7"), 0);
	is(out, LATCH_JSON("7", "established", "none", "inet", "192.0.2.1",
			   "192.0.2.2", "") "\n");
}

static void latch_ends(void)
{
	fake.answer = latches;
	CHECK_EQ(run("latch close all"), 0);
	is(out, "closed 2\n");
	CHECK_EQ(run("-j latch break peer fqdn:a.example reason peer-dead"),
		 0);
	is(out, "{\"broken\":2}\n");
	CHECK_EQ(fake_cmd((void *)fake.last), BTNS_CMD_LATCH_BREAK);
	CHECK_EQ(run("latch br 7"), 0);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "L40 latches are listed, as text and JSON", latch_list },
		{ "L40 latches as a JSON array that is printed as it comes",
		  latch_array },
		{ "latches are chosen by state, reason, peer, address, port",
		  latch_filters },
		{ "L40 N16 a latch is shown with all that is latched", latch_show },
		{ "latches are closed and broken", latch_ends },
	};

	return KTAP_RUN(tests);
}
