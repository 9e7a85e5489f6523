// SPDX-License-Identifier: GPL-2.0-or-later
/* See broker_rig.h. */
#include "ktap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker_rig.h"
#include "btnsd/ike/wire.h"

struct world w;
struct serve s;
struct key *key;
int reader, broker;
struct proto_msg m;

static bool write_conf(const char *path, const char *conf)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && dprintf(fd, "store = { file = \"%s\"; };\n%s",
				     world_store_path(0, ""), conf) > 0;

	return !close(fd) && ok;
}

/* a broker on the kernel of host 0, and the file of its configuration */
bool serve_up(const char *conf)
{
	char *path = strdup(world_store_path(0, ".conf"));
	char err[CONF_ERR_MAX] = "";
	int fds[2];

	memset(&s, 0, sizeof(s));
	if (!write_conf(path, conf) || serve_conf(&s, path, err) ||
	    proto_pair(fds)) {
		ktap_note("%s", err);
		free(path);
		return false;
	}
	key = world_key(0, KEY_ECDSA_P256);
	s.conf_path = path;
	s.key_path = strdup(world_key_path(0, KEY_ECDSA_P256));
	s.key = key;
	s.kern = w.h[0].d.kern;
	s.kern_ctx = &w.h[0].k;
	reader = fds[0];
	broker = fds[1];
	serve_begin(&s);
	return true;
}

/* another configuration, as SIGHUP brings it */
bool serve_rewrite(const char *conf)
{
	char err[CONF_ERR_MAX] = "";

	if (write_conf(s.conf_path, conf) && !serve_conf(&s, s.conf_path, err))
		return true;
	ktap_note("%s", err);
	return false;
}

void serve_down(void)
{
	serve_free(&s);
	free((void *)(uintptr_t)s.conf_path);
	free((void *)(uintptr_t)s.key_path);
	key_free(key);
	close(reader);
	close(broker);
	unlink(world_store_path(0, ".conf"));
	unlink(world_store_path(0, ".new"));
}

void world_pair(void)
{
	int i;

	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_policy(&w, i, "10.0.0.0/24", "10.0.0.0/24", 0, 0, 0,
			     true);
		CHECK(world_up(&w, i, KEY_ECDSA_P256,
			       "ike = { lifetime = 2000; };"));
	}
}

/* what the broker makes of m: the answer is in m */
int asked(void)
{
	int err;

	if (proto_send(reader, &m, false))
		abort();
	err = serve_one(&s, broker);
	if (err)
		return err;
	if (proto_recv(reader, &m, false) || m.type != PROTO_DONE)
		abort();
	return 0;
}

/* the error of an answered request; 1 if it was not answered */
int refused(void)
{
	return asked() ? 1 : m.err;
}

/* does the sentence of the refusal in m have that? */
bool why(const char *text)
{
	char line[PROTO_TEXT];

	return proto_get_text(&m, line) && strstr(line, text);
}

struct addr addr(const char *text)
{
	struct addr a;

	if (!addr_parse(&a, text))
		abort();
	return a;
}

void named(uint32_t type, uint32_t spi, const char *src, const char *dst)
{
	struct proto_name n = { .dst = addr(dst), .spi = spi };

	if (src)
		n.src = addr(src);
	proto_begin(&m, type);
	proto_put(&m, &proto_name_layout, &n);
}

/* an SA between the hosts, and what the module is told of it */
void an_sa(uint32_t spi, bool inbound)
{
	an_sa_of(spi, inbound, IKE_ENCR_AES_GCM_16, IKE_INTEG_NONE, 36);
}

void an_sa_of(uint32_t spi, bool inbound, uint16_t encr, uint16_t integ,
	      size_t len)
{
	static const uint8_t octets[96] = { 7 };
	const struct kern_sa sa = {
		.spi = spi,
		.src = addr(inbound ? "10.0.0.2" : "10.0.0.1"),
		.dst = addr(inbound ? "10.0.0.1" : "10.0.0.2"),
		.sel = { .local = addr("10.0.0.1"), .remote = addr("10.0.0.2"),
			 .local_plen = 32, .remote_plen = 32 },
		.inbound = inbound,
		.encr = encr,
		.keybits = 256,
		.integ = integ,
		.replay_window = 128,
	};

	proto_begin(&m, PROTO_ADD_SA);
	proto_put(&m, &proto_kern_sa_layout, &sa);
	proto_put_octets(&m, span(octets, len));
}

void a_binding(uint32_t type, uint32_t spi, bool inbound, uint8_t method)
{
	struct lbtns_sa b = {
		.spi = htonl(spi),
		.proto = IPPROTO_ESP,
		.peer = { .type = BTNS_ID_TYPE_PUBLICKEY, .method = method },
		.local = { .type = BTNS_ID_TYPE_PUBLICKEY,
			   .method = BTNS_AUTH_METHOD_BTNS },
	};

	lbtns_prefix_parse(inbound ? "10.0.0.1" : "10.0.0.2", &b.daddr, NULL);
	lbtns_prefix_parse("10.0.0.1", &b.sel.local, NULL);
	lbtns_prefix_parse("10.0.0.2", &b.sel.remote, NULL);
	proto_begin(&m, type);
	proto_put(&m, &proto_sa_layout, &b);
}

void file(uint32_t type, const char *path)
{
	proto_begin(&m, type);
	proto_put_octets(&m, span((const uint8_t *)path, strlen(path)));
}
