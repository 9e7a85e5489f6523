// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btnsctl against a kernel in memory: the PAD, SAs, counters and status, as text
 * and JSON, words that are wrong, and how it ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <netinet/in.h>

#include "ctl_run.h"

/* ---- answers of the kernel --------------------------------------------- */

static void ack(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, 0, NULL);
}

/* ---- PAD --------------------------------------------------------------- */

/* an entry for whoever has no name */
static void nameless(struct fake *f, const char *name, uint32_t flags,
		     uint32_t index)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_PAD_GET, 0);
	struct nlattr *n = lbtns_msg_nest(m, BTNS_A_PAD_ENTRY);

	lbtns_msg_put_str(m, BTNS_A_PAD_ENTRY_NAME, name);
	lbtns_msg_put_u32(m, BTNS_A_PAD_ENTRY_FLAGS, flags);
	lbtns_msg_unnest(m, n);
	lbtns_msg_put_u32(m, BTNS_A_PAD_INDEX, index);
	lbtns_msg_put_u32(m, BTNS_A_PAD_GENERATION, 5);
	fake_queue(f);
}

static void pad(struct fake *f, const struct nlmsghdr *req)
{
	struct lbtns_pad_entry e = { .name = "any" };
	struct lbtns_msg *m;
	struct nlattr *n, *p;

	if (fake_cmd(req) != BTNS_CMD_PAD_GET) {
		fake_error(f, 0, NULL);
		return;
	}
	lbtns_ident_parse("fqdn:db.example", &e.id, NULL);
	m = fake_begin(f, BTNS_CMD_PAD_GET, 0);
	n = lbtns_msg_nest(m, BTNS_A_PAD_ENTRY);
	lbtns_msg_put_str(m, BTNS_A_PAD_ENTRY_NAME, "db");
	lbtns_msg_put_u32(m, BTNS_A_PAD_ENTRY_FLAGS, 0);
	lbtns_msg_put_ident(m, BTNS_A_PAD_ENTRY_ID, &e.id);
	lbtns_msg_put(m, BTNS_A_PAD_ENTRY_KEY, e.keys[0], 32);
	p = lbtns_msg_nest(m, BTNS_A_PAD_ENTRY_PREFIX);
	lbtns_msg_put_u16(m, BTNS_A_PREFIX_FAMILY, AF_INET);
	lbtns_msg_put(m, BTNS_A_PREFIX_ADDR, "\x0a\1\0\0", 4);
	lbtns_msg_put_u8(m, BTNS_A_PREFIX_LEN, 16);
	lbtns_msg_unnest(m, p);
	lbtns_msg_unnest(m, n);
	lbtns_msg_put_u32(m, BTNS_A_PAD_INDEX, 0);
	lbtns_msg_put_u32(m, BTNS_A_PAD_GENERATION, 5);
	fake_queue(f);
	nameless(f, "any", 3, 1);
	nameless(f, "anon", 4, 2);
	fake_done(f, 0, 0);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void pad_list(void)
{
	fake.answer = pad;
	CHECK_EQ(run("pad"), 0);
	is(out, "0 name db id fqdn:db.example key SHA256:" ZEROS " addr 10.1.0.0/16\n"
	   "1 name any btns any\n2 name anon anonymous\n");
	CHECK_EQ(run("-j pad list"), 0);
	is(out, "[{\"name\":\"db\",\"btns\":false,\"any\":false,"
	   "\"anonymous\":false,\"id\":\"fqdn:db.example\","
	   "\"id_digest\":\"SHA256:"
	   "b1bfbb98b4f7d8199493d179e58b5c925616200f5ce1d987cffd67cb5fa65120\",\"key\":\"SHA256:"
	   ZEROS "\",\"addresses\":[\"10.1.0.0/16\"],"
	   "\"index\":0,\"generation\":5},{\"name\":\"any\",\"btns\":true,"
	   "\"any\":true,\"anonymous\":false,\"addresses\":[],\"index\":1,\"generation\":5},"
	   "{\"name\":\"anon\",\"btns\":false,\"any\":false,\"anonymous\":true,"
	   "\"addresses\":[],\"index\":2,\"generation\":5}]\n");
}

static void pad_load(void)
{
	char path[80], line[128];

	fake.answer = pad;
	snprintf(path, sizeof(path), "%s/pad.conf", proc);
	snprintf(line, sizeof(line), "pad load %s", path);
	write_file(path, "pad = ( { name = \"any\"; btns = true; any = true; } );");
	CHECK_EQ(run(line), 0);
	CHECK_EQ(fake.requests, 1);
	CHECK_EQ(fake_cmd((void *)fake.last), BTNS_CMD_PAD_REPLACE);
	/* one bad entry: nothing is sent at all */
	write_file(path, "pad = ( { name = \"any\"; btns = true; any = true; },\n{ "
	   "name = \"x\"; } );");
	CHECK_EQ(run(line), 1);
	CHECK_EQ(fake.requests, 0);
	CHECK(strstr(err, "pad.conf:2: "));
	write_file(path, "pad = (");
	CHECK_EQ(run(line), 1);
	CHECK(strstr(err, "pad.conf:1: syntax error"));
	/* a file without a PAD does not empty it */
	write_file(path, "x = 1;");
	CHECK_EQ(run(line), 1);
	CHECK_EQ(fake.requests, 0);
	CHECK_EQ(run("pad load /does/not/exist"), 1);
	CHECK(strstr(err, "cannot read"));
	CHECK_EQ(run("pad flush"), 0);
	CHECK_EQ(fake_cmd((void *)fake.last), BTNS_CMD_PAD_REPLACE);
	unlink(path);
}

/* ---- SAs --------------------------------------------------------------- */

static void sas(struct fake *f, const struct nlmsghdr *req)
{
	struct lbtns_selector sel = { .proto = IPPROTO_TCP, .rport = 80,
				      .rmask = 0xffff };
	struct lbtns_ident peer;
	struct lbtns_msg *m;

	m = fake_begin(f, fake_cmd(req), 0);
	switch (fake_cmd(req)) {
	case BTNS_CMD_SA_GET:
		lbtns_prefix_parse("192.0.2.1", &sel.local, NULL);
		lbtns_prefix_parse("192.0.2.2", &sel.remote, NULL);
		lbtns_ident_parse("key:" HEX, &peer, NULL);
		peer.method = BTNS_AUTH_METHOD_BTNS;
		lbtns_msg_put_u64(m, BTNS_A_SA_ID, 3);
		lbtns_msg_put_u32(m, BTNS_A_SA_SPI, htonl(0xabcd));
		lbtns_msg_put_u8(m, BTNS_A_SA_PROTO, IPPROTO_ESP);
		lbtns_msg_put_u16(m, BTNS_A_SA_FAMILY, AF_INET);
		lbtns_msg_put(m, BTNS_A_SA_DADDR, "\xc0\0\2\2", 4);
		lbtns_msg_put_ident(m, BTNS_A_SA_PEER, &peer);
		lbtns_msg_put_selector(m, BTNS_A_SA_SEL, &sel);
		fake_queue(f);
		fake_done(f, 0, 0);
		return;
	case BTNS_CMD_SA_BIND:
		lbtns_msg_put_u64(m, BTNS_A_SA_ID, 9);
		fake_queue(f);
		break;
	case BTNS_CMD_SA_CHECK:
		lbtns_msg_put_u32(m, BTNS_A_SA_VERDICT,
				  BTNS_SA_VERDICT_CONFLICT);
		lbtns_msg_put_u64(m, BTNS_A_SA_LATCH_ID, 7);
		fake_queue(f);
		break;
	}
	fake_error(f, 0, NULL);
}

#define SA "dst 192.0.2.2 spi 0xabcd peer key:" HEX \
	" method btns local 192.0.2.1 remote 192.0.2.2"

static void sa_verbs(void)
{
	fake.answer = sas;
	CHECK_EQ(run("sa list"), 0);
	is(out, "3 esp 0x0000abcd dst 192.0.2.2 peer key:SHA256:" HEX
	   " method btns self none local 192.0.2.1/32 remote 192.0.2.2/32 upper tcp rport 80\n");
	CHECK_EQ(run("-j sa"), 0);
	is(out, "[{\"id\":3,\"proto\":\"esp\",\"spi\":\"0x0000abcd\",\"dst\":\"192.0.2.2\","
	   "\"peer\":{\"id\":\"key:SHA256:" HEX "\",\"type\":\"publickey\",\"method\":\"btns\","
	   "\"digest\":\"SHA256:" HEX
	   "\",\"name\":\"SHA256:00112233445566778899aabbccddeeff00112233...\"},"
	   "\"local\":{\"id\":\"none\",\"type\":\"none\",\"method\":\"none\"},"
	   "\"sel\":{\"local\":\"192.0.2.1/32\",\"remote\":\"192.0.2.2/32\","
	      "\"proto\":\"tcp\",\"lport\":0,\"rport\":80,"
	      "\"lport_mask\":0,\"rport_mask\":65535}}]\n");
	CHECK_EQ(run("sa bind " SA), 0);
	is(out, "bound 9\n");
	CHECK_EQ(run("sa check " SA), 1);
	is(out, "conflict latch 7\n");
	CHECK_EQ(run("-j sa check " SA), 1);
	is(out, "{\"verdict\":\"conflict\",\"latch\":7}\n");
	CHECK_EQ(run("sa unbind dst 192.0.2.2 spi 43981"), 0);
}

/* ---- words that are wrong ---------------------------------------------- */

static void usage(void)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "", "" },
		{ "-x", "option -x is unknown" },
		{ "-n", "wants a value" },
		{ "-n ../x latch", "no name of a network namespace" },
		{ "lunch", "\"lunch\" is unknown" },
		{ "s", "\"s\" may be sa or" },
		{ "p list", "\"p\" may be pad or peer" },
		{ "latch frob", "\"frob\" is unknown: try btnsctl latch help" },
		{ "latch list state", "\"state\" wants a value" },
		{ "latch list state open", "is none of none, larval" },
		{ "latch list port 65536", "no number from 0 to 65535" },
		{ "latch list port -1", "no number" },
		{ "latch list port 1x", "no number" },
		{ "latch list address 10.0.0.1/8", "bits set behind" },
		{ "latch list colour red", "\"colour\" was not expected" },
		{ "latch show", "wants a value" },
		{ "latch show x", "no number" },
		{ "latch show 1 2", "\"2\" was not expected" },
		{ "latch close", "say which" },
		{ "latch close 0", "no latch has the id 0" },
		{ "latch close 1 all", "say which" },
		{ "latch close all reason admin", "not expected" },
		{ "latch break all reason qop", "admin or peer-dead" },
		{ "latch close 99999999999999999999", "no number" },
		{ "pad add", "a name of 1 to 63" },
		{ "pad add name x", "an entry is" },
		{ "pad add name x any", "btns any" },
		{ "pad add name x anonymous btns", "name NAME anonymous" },
		{ "pad add name x anonymous id fqdn:a", "name NAME anonymous" },
		{ "pad add name x btns", "a BTNS entry is" },
		{ "pad add name x btns id fqdn:a key " HEX, "a BTNS entry is" },
		{ "pad add name x btns any key " HEX, "without id and key" },
		{ "pad add name x key " HEX, "an entry is" },
		{ "pad add name x id key:" HEX " key " HEX,
		  "is for BTNS entries" },
		{ "pad add name x id a key " HEX, "an identity starts with" },
		{ "pad add name x id fqdn:a key 00", "64 hexadecimal" },
		{ "pad del", "say which entry" },
		{ "pad del x y", "\"y\" was not expected" },
		{ "pad load", "say which file" },
		{ "sa bind", "name the SA" },
		{ "sa bind dst 192.0.2.2 spi 1", "say who it is" },
		{ "sa bind dst 192.0.2.2 spi 1 peer fqdn:a", "which traffic" },
		{ "sa bind dst 192.0.2.2 spi 1 peer fqdn:a local 10.0.0.1 remote ::1",
		  "different families" },
		{ "sa bind dst 192.0.2.2 spi 4294967296", "no number" },
		{ "sa unbind spi 1", "name the SA" },
		{ "sa unbind dst 10.0.0.1 spi 1 peer fqdn:a", "not expected" },
		{ "policy add", "say which traffic" },
		{ "policy add dst 10.0.0.0/8", "say what to do" },
		{ "policy add dst 10.0.0.0/8 action allow", "none of protect" },
		{ "policy add dst 10.0.0.0/8 src ::/0 action block",
		  "different families" },
		{ "policy add dst 10.0.0.0/8 dport 80 action block",
		  "ports go with" },
		{ "policy add dst 10.0.0.0/8 proto udp type 8 action block",
		  "type and code go with" },
		{ "policy add dst 10.0.0.0/8 proto icmp code 0 action block",
		  "code goes with type" },
		{ "policy add dst 10.0.0.0/8 proto icmp type 256 action block",
		  "no number" },
		{ "policy add dst 10.0.0.0/8 proto icmp dport 8 action block",
		  "ports go with" },
		{ "policy add dst 10.0.0.0/8 action block btns-ok on",
		  "go with action protect" },
		{ "policy add dst 10.0.0.0/8 action protect mode tunnel",
		  "wants both ends" },
		{ "policy add dst 10.0.0.0/8 action protect to 10.0.0.1",
		  "go with mode tunnel" },
		{ "policy add dst 10.0.0.0/8 action protect mode ro",
		  "neither transport nor tunnel" },
		{ "policy add dst 10.0.0.0/8 action protect index 8",
		  "the kernel gives the index" },
		{ "policy set dst 10.0.0.0/8", "say what to set" },
		{ "policy set index 0 btns-ok on", "index 0" },
		{ "policy set index 8 btns-ok maybe", "neither on nor off" },
		{ "policy delete", "say which traffic" },
		{ "policy list some", "\"some\" was not expected" },
		{ "monitor everything", "\"everything\" was not expected" },
		{ "peer show", "wants a value" },
		{ "peer show SHA256:00", "neither a fingerprint nor an identity" },
		{ "peer show " HEX " fil", "\"fil\" was not expected" },
		{ "peer check now", "\"now\" was not expected" },
		{ "known show", "wants an address" },
		{ "known add", "wants an address" },
		{ "known add 192.0.2.2", "and a fingerprint" },
		{ "known add 192.0.2.0/24 " HEX, "neither an address nor" },
		{ "known add host " HEX, "neither an address nor" },
		{ "known add any " HEX " many", "wants an address" },
		{ "known add 192.0.2.2 xyz", "64 hexadecimal" },
		{ "known add 192.0.2.2 " HEX " more", "not expected" },
		{ "known remove", "wants an address" },
		{ "known remove 192.0.2.2 key", "wants a value" },
		{ "known list 192.0.2.2", "not expected" },
		{ "status now", "\"now\" was not expected" },
	};
	size_t i;

	fake.answer = ack;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int code = run(cases[i].line);

		if (!CHECK_EQ(code, 2) || !CHECK(strstr(err, cases[i].why)))
			ktap_note("btnsctl %s: %d %s", cases[i].line, code,
				  err);
		CHECK_EQ(fake.requests, 0);
	}
}

static void refuse(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, EEXIST, "an entry of that name is there");
}

static void forbid(struct fake *f, const struct nlmsghdr *req)
{
	(void)req;
	fake_error(f, EPERM, NULL);
}

static void silent(struct fake *f, const struct nlmsghdr *req)
{
	(void)f;
	(void)req;
}

static void exit_codes(void)
{
	fake.answer = refuse;
	CHECK_EQ(run("pad add name any btns any"), 1);
	is(err, "btnsctl: an entry of that name is there\n");
	is(out, "");
	fake.answer = forbid;
	CHECK_EQ(run("-j latch list"), 1);
	CHECK(strstr(err, "needs CAP_NET_ADMIN"));
	is(out, "");
	fake.answer = silent;
	CHECK_EQ(run("latch list"), 255);
	fake.no_module = true;
	CHECK_EQ(run("latch list"), 255);
	is(err, "btnsctl: module not loaded: insmod btns.ko or modprobe btns\n");
	CHECK_EQ(run("status"), 255);
	fake.no_module = false;
	CHECK_EQ(run("-n no-such-namespace latch"), 255);
	CHECK_EQ(run("help"), 0);
	CHECK(strstr(out, "usage: btnsctl"));
	CHECK_EQ(run("policy help"), 0);
	CHECK_EQ(run("--version"), 0);
}

/* ---- counters and status ----------------------------------------------- */

static void status_answer(struct fake *f, const struct nlmsghdr *req)
{
	struct lbtns_msg *m = fake_begin(f, BTNS_CMD_STATUS_GET, 0);

	(void)req;
	lbtns_msg_put_str(m, BTNS_A_STATUS_VERSION, "0.1.0");
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES, 15);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LISTENERS, 2);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES_MAX, 100);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_SAS, 4);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_PAD_GENERATION, 6);
	lbtns_msg_put_u8(m, BTNS_A_STATUS_HOOKS, 1);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_IDENTS, 3);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCH_SIZE, 320);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCH_COST, 345);
	lbtns_msg_put_u64(m, BTNS_A_STATUS_LATCH_MEMORY, 690);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES_LARVAL, 1);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES_ESTABLISHED, 3);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES_BROKEN, 4);
	lbtns_msg_put_u32(m, BTNS_A_STATUS_LATCHES_CLOSED, 5);
	fake_queue(f);
	fake_error(f, 0, NULL);
}

static void stats(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/net", proc);
	mkdir(path, 0700);
	CHECK_EQ(run("stats"), 255);
	CHECK(strstr(err, "module not loaded"));
	snprintf(path, sizeof(path), "%s/net/btns_stat", proc);
	write_file(path, "InOk\t\t5\nOutDropBroken 18446744073709551615\n");
	fake.answer = status_answer;
	CHECK_EQ(run("stats"), 0);
	is(out, "InOk                         5\n"
	   "OutDropBroken                18446744073709551615\n"
	   "LatchSize                    320\n"
	   "LatchCost                    345\n"
	   "LatchMemory                  690\n");
	CHECK_EQ(run("-j stats LatchCost"), 0);
	is(out, "{\"LatchCost\":345}\n");
	CHECK_EQ(run("-j stats InOk"), 0);
	is(out, "{\"InOk\":5}\n");
	CHECK_EQ(run("stats InOk Nope"), 2);
	write_file(path, "garbage\n");
	CHECK_EQ(run("stats"), 255);
	unlink(path);
	snprintf(path, sizeof(path), "%s/net", proc);
	rmdir(path);
}

static void status(void)
{
	fake.answer = status_answer;
	CHECK_EQ(run("status"), 0);
	is(out, "btns 0.1.0, packet hooks on\n"
	   "latches  15 of at most 100: 1 larval 2 listener 3 established 4 broken 5 closed\n"
	   "sockets  0 ask for something\n"
	   "sas      4 bound\n"
	   "idents   3 interned\n"
	   "pad      0 entries, generation 6: no peer is authorised, see btnsctl pad add\n"
	   "ike      not known: the sockets cannot be read\n"
	   "policies not known: they cannot be read\n"
	   "fallback not known\n"
	   "trouble  nothing was refused, dropped or broken\n"
	   "switches (sysctl net.btns.*)\n");
	CHECK_EQ(run("-j status"), 0);
	is(out, "{\"version\":\"0.1.0\",\"hooks\":true,\"latches\":15,\"listeners\":2,"
	   "\"latches_max\":100,\"states\":{\"larval\":1,\"listener\":2,\"established\":3,"
	   "\"broken\":4,\"closed\":5},\"asks\":0,\"sas\":4,\"idents\":3,\"pad_entries\":0,"
	   "\"pad_generation\":6,\"fallbacks\":{},\"trouble\":{},\"sysctl\":{}}\n");
}

static const struct ktap_test tests[] = {
	{ "the PAD is listed, as text and JSON", pad_list },
	{ "a PAD is loaded from a file whole or not at all", pad_load },
	{ "SAs are listed, bound, checked and unbound", sa_verbs },
	{ "every wrong word is refused before anything is sent", usage },
	{ "exit codes tell who said no", exit_codes },
	{ "counters are read", stats },
	{ "status says what there is", status },
};

int main(void)
{
	return RUN_IN_PROC(tests);
}
