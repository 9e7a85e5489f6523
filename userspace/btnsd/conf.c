// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads btnsd.conf (libconfig's syntax). Each setting has a line in a table;
 * a name that is in no table is refused, so that a misspelt setting cannot
 * silently mean its default.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/conf.h"
#include "btnsd/ike/wire.h"
#include "libbtns/padconf.h"

/* a configuration is a page or two; a PAD of 4096 entries fits as well */
#define CONF_FILE_MAX	(4u << 20)

/**
 * struct reader - one reading
 * @file: what errors name as the file
 * @err: the first error, one line
 * @out: what is being filled
 */
struct reader {
	const char *file;
	char *err;
	struct conf *out;
};

/** struct word - a name in a list and what it stands for */
struct word {
	const char *name;
	uint16_t value;
};

static const struct word dh_words[] = {
	{ "x25519", IKE_DH_X25519 },	{ "p256", IKE_DH_ECP_256 },
	{ "p384", IKE_DH_ECP_384 },	{ "modp2048", IKE_DH_MODP_2048 },
	{ NULL, 0 },
};

static const struct word aead_words[] = {
	{ "aes256gcm16", 0 },
	{ "aes128gcm16", 1 },
	{ "chacha20poly1305", 2 },
	{ NULL, 0 },
};

/* what the values of aead_words stand for */
static const struct conf_aead aeads[] = {
	{ IKE_ENCR_AES_GCM_16, 256 },
	{ IKE_ENCR_AES_GCM_16, 128 },
	{ IKE_ENCR_CHACHA20_POLY1305, 0 },
};

static const struct word prf_words[] = {
	{ "sha256", IKE_PRF_HMAC_SHA2_256 },
	{ "sha384", IKE_PRF_HMAC_SHA2_384 },
	{ "sha512", IKE_PRF_HMAC_SHA2_512 },
	{ NULL, 0 },
};

static bool fail(struct reader *r, const config_setting_t *s, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

static bool fail(struct reader *r, const config_setting_t *s, const char *fmt,
		 ...)
{
	const char *file = NULL;
	va_list ap;
	int n;

	if (s)
		file = config_setting_source_file(s);
	n = snprintf(r->err, CONF_ERR_MAX, "%s:%u: ", file ? file : r->file,
		     s ? config_setting_source_line(s) : 0);
	if (n < 0 || n >= CONF_ERR_MAX)
		n = 0;
	va_start(ap, fmt);
	vsnprintf(r->err + n, (size_t)(CONF_ERR_MAX - n), fmt, ap);
	va_end(ap);
	return false;
}

static const char *setting_name(const config_setting_t *s)
{
	const char *name = config_setting_name(s);

	return name ? name : "entry";
}

static const char *known_words(const struct word *w, char buf[static 160])
{
	size_t n = 0;

	buf[0] = '\0';
	for (; w->name && n < 140; w++)
		n += (size_t)snprintf(buf + n, 160 - n, "%s%s", n ? ", " : "",
				      w->name);
	return buf;
}

static const char *as_string(struct reader *r, const config_setting_t *s)
{
	const char *v = config_setting_get_string(s);

	if (!v)
		fail(r, s, "%s must be a string in quotes", setting_name(s));
	return v;
}

static bool as_number(struct reader *r, const config_setting_t *s,
		      uint64_t min, uint64_t max, uint64_t *out)
{
	long long v;

	if (config_setting_type(s) == CONFIG_TYPE_INT)
		v = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_INT64)
		v = config_setting_get_int64(s);
	else
		return fail(r, s, "%s must be a whole number", setting_name(s));
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return fail(r, s, "%s is %lld: give a number from %llu to %llu",
			    setting_name(s), v, (unsigned long long)min,
			    (unsigned long long)max);
	*out = (uint64_t)v;
	return true;
}

static bool as_u32(struct reader *r, const config_setting_t *s, uint32_t min,
		   uint32_t max, uint32_t *out)
{
	uint64_t v;

	if (!as_number(r, s, min, max, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool as_bool(struct reader *r, const config_setting_t *s, bool *out)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return fail(r, s, "%s must be true or false", setting_name(s));
	*out = config_setting_get_bool(s);
	return true;
}

static bool as_word(struct reader *r, const config_setting_t *s,
		    const struct word *words, uint16_t *out)
{
	const char *v = as_string(r, s);
	const struct word *w;
	char known[160];

	if (!v)
		return false;
	for (w = words; w->name; w++) {
		if (!strcmp(w->name, v)) {
			*out = w->value;
			return true;
		}
	}
	return fail(r, s, "%s: \"%.40s\" is not known: use one of %s",
		    setting_name(s), v, known_words(words, known));
}

static bool as_group(struct reader *r, const config_setting_t *s)
{
	if (!config_setting_is_group(s))
		return fail(r, s, "%s must be a group in { }", setting_name(s));
	return true;
}

static bool as_list(struct reader *r, const config_setting_t *s)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return fail(r, s, "%s must be a list in [ ] or ( )",
			    setting_name(s));
	return true;
}

static bool as_words(struct reader *r, const config_setting_t *s,
		     const struct word *words, uint16_t *out, size_t *n_out)
{
	int n = config_setting_length(s), i, j;

	if (!as_list(r, s))
		return false;
	if (n < 1 || n > CONF_ALGS_MAX)
		return fail(r, s, "%s has %d entries: give 1 to %d",
			    setting_name(s), n, CONF_ALGS_MAX);
	for (i = 0; i < n; i++) {
		if (!as_word(r, config_setting_get_elem(s, (unsigned int)i),
			     words, &out[i]))
			return false;
		for (j = 0; j < i; j++)
			if (out[j] == out[i])
				return fail(r, s, "%s names something twice",
					    setting_name(s));
	}
	*n_out = (size_t)n;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* octets written, or -1 if @text is not hexadecimal or does not fit */
static int hex_parse(uint8_t *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (; text[0]; text += 2) {
		int hi = hex_digit(text[0]);
		int lo = hi < 0 ? -1 : hex_digit(text[1]);

		if (lo < 0 || n == cap)
			return -1;
		out[n++] = (uint8_t)(hi << 4 | lo);
	}
	return (int)n;
}

static bool name_like(const char *s, bool at)
{
	size_t ats = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s == '@')
			ats++;
		else if (!isgraph((unsigned char)*s))
			return false;
	}
	return ats == (at ? 1 : 0);
}

/**
 * conf_parse_id() - read an identity
 * @id: filled on success
 * @text: TYPE:VALUE, see btnsd.conf(5)
 * @why: what is wrong and what to do, on failure
 *
 * Return: true if @text is one.
 */
bool conf_parse_id(struct conf_id *id, const char *text, const char **why)
{
	static const struct {
		const char *prefix;
		enum btns_id_type type;
	} kinds[] = {
		{ "fqdn:", BTNS_ID_TYPE_FQDN },
		{ "rfc822:", BTNS_ID_TYPE_RFC822 },
		{ "ipv4:", BTNS_ID_TYPE_IPV4 },
		{ "ipv6:", BTNS_ID_TYPE_IPV6 },
		{ "keyid:", BTNS_ID_TYPE_KEY_ID },
		{ "dn:", BTNS_ID_TYPE_DN },
	};
	struct conf_id out = { 0 };
	const char *value = NULL;
	struct addr a;
	size_t i;
	int n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix))) {
			out.type = kinds[i].type;
			value = text + strlen(kinds[i].prefix);
		}
	}
	if (!value) {
		*why = "start it with fqdn:, rfc822:, ipv4:, ipv6:, keyid: or dn:";
		return false;
	}
	switch (out.type) {
	case BTNS_ID_TYPE_FQDN:
	case BTNS_ID_TYPE_RFC822:
		*why = "give a name of at most 255 characters: rfc822: with @, fqdn: without";
		if (!name_like(value, out.type == BTNS_ID_TYPE_RFC822) ||
		    strlen(value) >= CONF_ID_MAX)
			return false;
		out.len = strlen(value);
		memcpy(out.data, value, out.len);
		break;
	case BTNS_ID_TYPE_IPV4:
	case BTNS_ID_TYPE_IPV6:
		*why = "give an address of the kind that it says";
		if (!addr_parse(&a, value) ||
		    a.family != (out.type == BTNS_ID_TYPE_IPV4 ? AF_INET :
								AF_INET6))
			return false;
		out.len = addr_len(a.family);
		memcpy(out.data, a.b, out.len);
		break;
	default:
		*why = "give 1 to 255 octets as hexadecimal digits";
		n = hex_parse(out.data, CONF_ID_MAX - 1, value);
		if (n < 1)
			return false;
		out.len = (size_t)n;
	}
	snprintf(out.text, sizeof(out.text), "%s", text);
	*id = out;
	return true;
}

static bool read_id(struct reader *r, const config_setting_t *s,
		    struct conf_id *id)
{
	const char *v = as_string(r, s), *why;

	if (!v)
		return false;
	if (!conf_parse_id(id, v, &why))
		return fail(r, s, "%s: \"%.60s\" is no identity: %s",
			    setting_name(s), v, why);
	return true;
}

/** struct member - one setting of a group and who reads it */
struct member {
	const char *name;
	bool (*read)(struct reader *r, const config_setting_t *s);
};

/* every setting of the group goes through the table; what is not there fails */
static bool read_group(struct reader *r, const config_setting_t *group,
		       const struct member *table)
{
	int i, n = config_setting_length(group);

	if (!as_group(r, group))
		return false;
	for (i = 0; i < n; i++) {
		config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct member *m;

		for (m = table; m->name; m++)
			if (!strcmp(m->name, setting_name(s)))
				break;
		if (!m->name)
			return fail(r, s,
				    "\"%.40s\" is not a setting here: see btnsd.conf(5) for those that are",
				    setting_name(s));
		if (!m->read(r, s))
			return false;
	}
	return true;
}

static bool as_path(struct reader *r, const config_setting_t *s, char **out)
{
	const char *v = as_string(r, s);

	if (!v)
		return false;
	if (v[0] != '/')
		return fail(r, s, "%s: \"%.60s\" must be an absolute path",
			    setting_name(s), v);
	free(*out);
	*out = strdup(v);
	return *out || fail(r, s, "out of memory");
}

static bool rd_key(struct reader *r, const config_setting_t *s)
{
	return as_path(r, s, &r->out->key_path);
}

static bool rd_algorithm(struct reader *r, const config_setting_t *s)
{
	const char *v = as_string(r, s);

	if (!v)
		return false;
	if (key_type_from_name(v, &r->out->key_type) != CRYPTO_OK)
		return fail(r, s,
			    "algorithm: \"%.40s\" is not known: use one of ed25519, ecdsa-p256, ecdsa-p384, rsa",
			    v);
	return true;
}

static bool rd_id(struct reader *r, const config_setting_t *s)
{
	return read_id(r, s, &r->out->id);
}

static const struct member identity_members[] = {
	{ "key", rd_key },
	{ "algorithm", rd_algorithm },
	{ "id", rd_id },
	{ NULL, NULL },
};

static bool rd_addresses(struct reader *r, const config_setting_t *s)
{
	struct conf *c = r->out;
	int i, n = config_setting_length(s);
	size_t j;

	if (!as_list(r, s))
		return false;
	if (n < 1 || n > CONF_LISTEN_MAX)
		return fail(r, s, "addresses has %d entries: give 1 to %d", n,
			    CONF_LISTEN_MAX);
	c->n_listen = 0;
	for (i = 0; i < n; i++) {
		config_setting_t *e =
			config_setting_get_elem(s, (unsigned int)i);
		const char *v = as_string(r, e);
		struct addr a;

		if (!v)
			return false;
		if (!addr_parse(&a, v))
			return fail(r, e,
				    "addresses: \"%.60s\" is not an IPv4 or IPv6 address",
				    v);
		for (j = 0; j < c->n_listen; j++)
			if (addr_equal(&c->listen[j], &a))
				return fail(r, e,
					    "addresses: %.60s is there twice",
					    v);
		c->listen[c->n_listen++] = a;
	}
	return true;
}

static const struct member listen_members[] = {
	{ "addresses", rd_addresses },
	{ NULL, NULL },
};

static bool rd_dh(struct reader *r, const config_setting_t *s)
{
	return as_words(r, s, dh_words, r->out->dh, &r->out->n_dh);
}

static bool as_aeads(struct reader *r, const config_setting_t *s,
		     struct conf_aead *out, size_t *n_out)
{
	uint16_t word[CONF_ALGS_MAX];
	size_t i, n;

	if (!as_words(r, s, aead_words, word, &n))
		return false;
	for (i = 0; i < n; i++)
		out[i] = aeads[word[i]];
	*n_out = n;
	return true;
}

static bool rd_ike_aead(struct reader *r, const config_setting_t *s)
{
	return as_aeads(r, s, r->out->ike_aead, &r->out->n_ike_aead);
}

static bool rd_prf(struct reader *r, const config_setting_t *s)
{
	return as_words(r, s, prf_words, r->out->prf, &r->out->n_prf);
}

static bool rd_ike_lifetime(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 60, 7 * 86400, &r->out->ike_lifetime);
}

static bool rd_dpd(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 0, 86400, &r->out->dpd);
}

static bool rd_retries(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 1, 12, &r->out->retries);
}

static bool rd_cookie_threshold(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 0, 65536, &r->out->cookie_threshold);
}

static bool rd_half_open_max(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 1, 65536, &r->out->half_open_max);
}

static bool rd_half_open_per_addr(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 1, 65536, &r->out->half_open_per_addr);
}

static const struct member ike_members[] = {
	{ "dh", rd_dh },
	{ "aead", rd_ike_aead },
	{ "prf", rd_prf },
	{ "lifetime", rd_ike_lifetime },
	{ "dpd", rd_dpd },
	{ "retries", rd_retries },
	{ "cookie_threshold", rd_cookie_threshold },
	{ "half_open_max", rd_half_open_max },
	{ "half_open_per_address", rd_half_open_per_addr },
	{ NULL, NULL },
};

static bool rd_child_aead(struct reader *r, const config_setting_t *s)
{
	return as_aeads(r, s, r->out->child_aead, &r->out->n_child_aead);
}

static bool rd_child_lifetime(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 10, 7 * 86400, &r->out->child_lifetime);
}

static bool rd_bytes(struct reader *r, const config_setting_t *s)
{
	uint64_t v;

	if (!as_number(r, s, 0, INT64_MAX, &v))
		return false;
	if (v && v < 65536)
		return fail(r, s, "bytes is %llu: give 0 for no limit, or 65536 and more",
			    (unsigned long long)v);
	r->out->child_bytes = v;
	return true;
}

static bool rd_pfs(struct reader *r, const config_setting_t *s)
{
	return as_bool(r, s, &r->out->pfs);
}

static bool rd_replay_window(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 32, 4096, &r->out->replay_window);
}

static const struct member child_members[] = {
	{ "aead", rd_child_aead },
	{ "lifetime", rd_child_lifetime },
	{ "bytes", rd_bytes },
	{ "pfs", rd_pfs },
	{ "replay_window", rd_replay_window },
	{ NULL, NULL },
};

/* the PAD has one reader for this file and for btnsctl's */
static bool rd_pad(struct reader *r, const config_setting_t *s)
{
	unsigned int line = config_setting_source_line(s);
	const char *file = config_setting_source_file(s);
	char why[CONF_ERR_MAX / 2];

	why[0] = '\0';
	if (lbtns_padconf_read(s, &r->out->pad, &r->out->n_pad, why,
			       sizeof(why), &line) < 0) {
		snprintf(r->err, CONF_ERR_MAX, "%s:%u: %s",
			 file ? file : r->file, line, why);
		return false;
	}
	r->out->has_pad = true;
	return true;
}

static bool rd_store_file(struct reader *r, const config_setting_t *s)
{
	return as_path(r, s, &r->out->store_path);
}

static bool rd_store_check(struct reader *r, const config_setting_t *s)
{
	return as_u32(r, s, 1, 86400, &r->out->store_check);
}

static const struct member store_members[] = {
	{ "file", rd_store_file },
	{ "check", rd_store_check },
	{ NULL, NULL },
};

static bool rd_store(struct reader *r, const config_setting_t *s)
{
	return read_group(r, s, store_members);
}

static bool rd_identity(struct reader *r, const config_setting_t *s)
{
	return read_group(r, s, identity_members);
}

static bool rd_listen(struct reader *r, const config_setting_t *s)
{
	return read_group(r, s, listen_members);
}

static bool rd_ike(struct reader *r, const config_setting_t *s)
{
	return read_group(r, s, ike_members);
}

static bool rd_child(struct reader *r, const config_setting_t *s)
{
	return read_group(r, s, child_members);
}

static const struct member root_members[] = {
	{ "identity", rd_identity },
	{ "listen", rd_listen },
	{ "ike", rd_ike },
	{ "child", rd_child },
	{ "store", rd_store },
	{ "pad", rd_pad },
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
	c->ike_aead[0] = aeads[0];
	c->n_ike_aead = 1;
	c->prf[0] = IKE_PRF_HMAC_SHA2_256;
	c->n_prf = 1;
	c->ike_lifetime = 14400;
	c->dpd = 30;
	c->retries = 5;
	c->cookie_threshold = 32;
	c->half_open_max = 1024;
	c->half_open_per_addr = 16;
	c->child_aead[0] = aeads[0];
	c->n_child_aead = 1;
	c->child_lifetime = 3600;
	c->replay_window = 128;
	c->store_path = strdup(CONF_DEFAULT_STORE);
	c->store_check = 60;
	if (!c->key_path || !c->store_path) {
		conf_free(c);
		return NULL;
	}
	return c;
}

static struct conf *conf_read(const char *file, const char *text,
			      char err[static CONF_ERR_MAX])
{
	struct reader r = { .file = file, .err = err };
	const char *at = NULL;
	bool ok = false;
	config_t cfg;

	err[0] = '\0';
	r.out = conf_defaults();
	if (!r.out) {
		fail(&r, NULL, "out of memory");
		return NULL;
	}
	config_init(&cfg);
	if (config_read_string(&cfg, text) == CONFIG_TRUE) {
		ok = read_group(&r, config_root_setting(&cfg), root_members);
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
		lbtns_one_line(err);	/* it may quote the file */
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

/* the whole file with a NUL behind it; NULL with @err filled */
static char *read_whole(const char *path, char err[static CONF_ERR_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	char *buf = NULL;
	size_t len = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(err, CONF_ERR_MAX,
			 "%s:0: cannot be read (%s): create it or give another with -c",
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
	char *text = read_whole(path, err);
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
	free(c->pad);
	free(c);
}
