// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads btnsd.conf (libconfig's syntax). Each setting has a line in a table;
 * a name that is in no table is refused, so that a misspelt setting cannot
 * silently mean its default.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/conf_value.h"
#include "btnsd/crypto/file.h"
#include "btnsd/crypto/kex.h"
#include "btnsd/ike/wire.h"
#include "libbtns/padconf.h"

/* a configuration is a page or two; a PAD of 4096 entries fits as well */
#define CONF_FILE_MAX (4u << 20)

static bool rd_addresses(struct conf_reader *r, const config_setting_t *s)
{
	struct conf *c = r->out;
	int i, n = config_setting_length(s);
	size_t j;

	if (!conf_as_list(r, s))
		return false;
	if (n < 1 || n > CONF_LISTEN_MAX)
		return conf_fail(r, s, "addresses has %d entries: give 1 to %d",
				 n, CONF_LISTEN_MAX);
	c->n_listen = 0;
	for (i = 0; i < n; i++) {
		config_setting_t *e =
			config_setting_get_elem(s, (unsigned int)i);
		const char *v = conf_as_string(r, e);
		struct addr a;

		if (!v)
			return false;
		if (!addr_parse(&a, v))
			return conf_fail(r, e,
					 "addresses: \"%.60s\" is not an IPv4 or IPv6 address",
					 v);
		for (j = 0; j < c->n_listen; j++)
			if (addr_equal(&c->listen[j], &a))
				return conf_fail(r, e,
						 "addresses: %.60s is there twice",
						 v);
		c->listen[c->n_listen++] = a;
	}
	return true;
}

static const struct conf_member listen_members[] = {
	{ "addresses", rd_addresses },
	{ NULL, NULL },
};

static bool rd_store_file(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_path(r, s, &r->out->store_path);
}

static bool rd_store_check(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_u32(r, s, 1, 86400, &r->out->store_check);
}

static const struct conf_member store_members[] = {
	{ "file", rd_store_file },
	{ "check", rd_store_check },
	{ NULL, NULL },
};

static bool rd_store(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, store_members);
}

static bool rd_listen(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, listen_members);
}

static const struct conf_member root_members[] = {
	{ "identity", conf_read_identity },
	{ "listen", rd_listen },
	{ "ike", conf_read_ike },
	{ "child", conf_read_child },
	{ "store", rd_store },
	{ "known", conf_read_known },
	{ "pad", conf_read_pad },
	{ "groups", conf_read_groups },
	{ NULL, NULL },
};

static struct conf *conf_defaults(void)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->key_path = strdup(CONF_DEFAULT_KEY);
	c->key_type = KEY_ED25519;
	c->listen[0].family = AF_INET;
	c->listen[1].family = AF_INET6;
	c->n_listen = 2;
	c->dh[0] = IKE_DH_X25519;
	c->dh[1] = IKE_DH_ECP_256;
	c->n_dh = 2;
	if (kex_supported(IKE_DH_ML_KEM_768)) {
		c->addke[0] = IKE_DH_ML_KEM_768;
		c->n_addke = 1;
	}
	c->addke_optional = true;
	c->ike_aead[0] = (struct conf_aead){IKE_ENCR_AES_GCM_16, 256, 0};
	c->n_ike_aead = 1;
	c->prf[0] = IKE_PRF_HMAC_SHA2_256;
	c->n_prf = 1;
	c->ike_lifetime = 14400;
	c->ike_bytes = 1 << 30;
	c->ike_packets = 1000000;
	c->ike_reauth = 86400;
	c->fragment = 1280;
	c->dpd = 30;
	c->keepalive = 20;
	c->retries = 5;
	c->cookie_threshold = 32;
	c->half_open_max = 1024;
	c->half_open_per_addr = 16;
	c->per_addr = 32;
	c->initiate_max = 512;
	c->stranger_children = 16;
	c->child_aead[0] = (struct conf_aead){IKE_ENCR_AES_GCM_16, 256, 0};
	c->n_child_aead = 1;
	c->child_lifetime = 3600;
	c->child_packets = 2000000000;
	c->replay_window = 128;
	c->store_path = strdup(CONF_DEFAULT_STORE);
	c->store_check = 60;
	c->fallback_seconds = 60;
	/* TCP's third SYN follows the first after 3 */
	c->fallback_wait = 2;
	c->fallback_max = 1024;
	c->known_path = strdup(CONF_DEFAULT_KNOWN);
	c->known_hash = true;
	c->known_max = 1024;
	c->known_max_near = 64;
	if (!c->key_path || !c->store_path || !c->known_path) {
		conf_free(c);
		return NULL;
	}
	return c;
}

/* the library would open such a file by itself, in a process that may not */
static bool includes(const char *text, unsigned int *line)
{
	*line = 1;
	while (text) {
		text += strspn(text, " \t");
		if (!strncmp(text, "@include", 8))
			return true;
		text = strchr(text, '\n');
		if (text)
			text++;
		++*line;
	}
	return false;
}

static struct conf *conf_read(const char *file, const char *text,
			      char err[static CONF_ERR_MAX])
{
	struct conf_reader r = {.file = file, .err = err};
	const char *at = NULL;
	unsigned int line;
	bool ok = false;
	config_t cfg;

	err[0] = '\0';
	if (includes(text, &line)) {
		snprintf(err, CONF_ERR_MAX,
			 "%s:%u: @include is not supported: write it into this file",
			 file, line);
		lbtns_one_line(err);
		return NULL;
	}
	r.out = conf_defaults();
	if (!r.out) {
		conf_fail(&r, NULL, "out of memory");
		return NULL;
	}
	config_init(&cfg);
	if (config_read_string(&cfg, text) == CONFIG_TRUE) {
		ok = conf_as_group(&r, config_root_setting(&cfg),
				   root_members) && conf_check_pad(&r);
	} else {
		at = config_error_file(&cfg);
		snprintf(err, CONF_ERR_MAX,
			 "%s:%d: %s: see btnsd.conf(5) for the syntax",
			 at ? at : file, config_error_line(&cfg),
			 config_error_text(&cfg) ? config_error_text(&cfg) :
						   "syntax error");
	}
	config_destroy(&cfg);
	if (!ok) {
		lbtns_one_line(err); /* it may quote the file */
		conf_free(r.out);
		return NULL;
	}
	return r.out;
}

/**
 * conf_read_string() - read a configuration that is in memory
 * @text: all of it
 * @err: why not, one line with place and remedy; empty on success
 *
 * Return: the configuration, freed with conf_free(); NULL if anything at all
 * is wrong with it.
 */
struct conf *conf_read_string(const char *text, char err[static CONF_ERR_MAX])
{
	return conf_read("configuration", text, err);
}

/**
 * conf_file_text() - read a whole file
 * @path: the file
 * @err: why not, one line with place and remedy
 *
 * Return: its text with a NUL behind it, for free(); NULL with @err filled.
 */
char *conf_file_text(const char *path, char err[static CONF_ERR_MAX])
{
	int fd = file_open(path);
	struct stat st;
	char *buf = NULL;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		errno = -fd;
	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(err, CONF_ERR_MAX,
			 "%s:0: cannot be read (%s): create it or name another",
			 path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > CONF_FILE_MAX) {
		snprintf(err, CONF_ERR_MAX,
			 "%s:0: must be a regular file of at most %u bytes",
			 path, CONF_FILE_MAX);
		goto out;
	}
	buf = malloc((size_t)st.st_size + 1);
	if (!buf) {
		snprintf(err, CONF_ERR_MAX, "%s:0: out of memory", path);
		goto out;
	}
	while (len < (size_t)st.st_size) {
		n = read(fd, buf + len, (size_t)st.st_size - len);
		if (n < 0) {
			snprintf(err, CONF_ERR_MAX, "%s:0: %s", path,
				 strerror(errno));
			free(buf);
			buf = NULL;
			goto out;
		}
		if (!n)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	if (memchr(buf, 0, len)) {
		snprintf(err, CONF_ERR_MAX,
			 "%s:0: has a NUL byte in it: it must be text", path);
		free(buf);
		buf = NULL;
	}
out:
	if (fd >= 0)
		close(fd);
	return buf;
}

/**
 * conf_read_file() - read a configuration file
 * @path: the file
 * @err: why not, one line with place and remedy; empty on success
 *
 * Return: the configuration, freed with conf_free(); NULL if anything at all
 * is wrong with it.
 */
struct conf *conf_read_file(const char *path, char err[static CONF_ERR_MAX])
{
	char *text = conf_file_text(path, err);
	struct conf *c;

	if (!text)
		return NULL;
	c = conf_read(path, text, err);
	free(text);
	return c;
}

/**
 * conf_free() - free a configuration
 * @c: configuration, or NULL
 */
void conf_free(struct conf *c)
{
	if (!c)
		return;
	free(c->key_path);
	free(c->store_path);
	free(c->known_path);
	free(c->pad);
	free(c->groups);
	while (c->n_old_keys) {
		key_free(c->old_key[--c->n_old_keys]);
		free(c->old_key_path[c->n_old_keys]);
	}
	conf_peers_free(c);
	chain_free(&c->cert);
	free(c);
}
