// SPDX-License-Identifier: GPL-2.0-or-later
/* Who we are: identities as text, and the group "identity". */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "btnsd/conf_value.h"
#include "libbtns/hex.h"

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
		{"fqdn:", BTNS_ID_TYPE_FQDN},
		{"rfc822:", BTNS_ID_TYPE_RFC822},
		{"ipv4:", BTNS_ID_TYPE_IPV4},
		{"ipv6:", BTNS_ID_TYPE_IPV6},
		{"keyid:", BTNS_ID_TYPE_KEY_ID},
		{"dn:", BTNS_ID_TYPE_DN},
	};
	struct conf_id out = {0};
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
		n = lbtns_hex_read(value, out.data, CONF_ID_MAX - 1);
		if (n < 1)
			return false;
		out.len = (size_t)n;
	}
	snprintf(out.text, sizeof(out.text), "%s", text);
	*id = out;
	return true;
}

static bool read_id(struct conf_reader *r, const config_setting_t *s,
		    struct conf_id *id)
{
	const char *v = conf_as_string(r, s), *why;

	if (!v)
		return false;
	if (!conf_parse_id(id, v, &why))
		return conf_fail(r, s, "%s: \"%.60s\" is no identity: %s",
				 conf_setting_name(s), v, why);
	return true;
}

static bool rd_key(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_path(r, s, &r->out->key_path);
}

static bool rd_algorithm(struct conf_reader *r, const config_setting_t *s)
{
	const char *v = conf_as_string(r, s);

	if (!v)
		return false;
	if (key_type_from_name(v, &r->out->key_type) != CRYPTO_OK)
		return conf_fail(r, s,
				 "algorithm: \"%.40s\" is not known: use one of ed25519, ecdsa-p256, ecdsa-p384, rsa",
				 v);
	return true;
}

static bool rd_id(struct conf_reader *r, const config_setting_t *s)
{
	return read_id(r, s, &r->out->id);
}

static bool rd_old_key(struct conf_reader *r, const config_setting_t *s)
{
	struct conf *c = r->out;
	enum crypto_code code;
	char *path = NULL;

	if (!conf_as_path(r, s, &path))
		return false;
	code = key_load(path, &c->old_key[c->n_old_keys]);
	if (code == CRYPTO_OK) {
		c->old_key_path[c->n_old_keys++] = path;
		return true;
	}
	conf_fail(r, s, "old_keys: %.100s: %s%s%s", path, crypto_text(code),
		  code == CRYPTO_FILE ? ": " : "",
		  code == CRYPTO_FILE ? strerror(errno) : "");
	free(path);
	return false;
}

static bool rd_old_keys(struct conf_reader *r, const config_setting_t *s)
{
	int i, n = config_setting_length(s);

	if (!conf_as_list(r, s))
		return false;
	if (n > CONF_OLD_KEYS_MAX)
		return conf_fail(r, s, "old_keys has %d entries: give at most %d",
				 n, CONF_OLD_KEYS_MAX);
	/* the setting twice is an error of the file's syntax */
	for (i = 0; i < n; i++)
		if (!rd_old_key(r, config_setting_get_elem(s, (unsigned int)i)))
			return false;
	return true;
}

static bool rd_cert(struct conf_reader *r, const config_setting_t *s)
{
	const char *why = "";
	char *path = NULL;
	bool ok;

	if (!conf_as_path(r, s, &path))
		return false;
	ok = chain_load(path, &r->out->cert, &why) == CRYPTO_OK;
	if (!ok)
		conf_fail(r, s, "cert %.100s: %s", path, why);
	free(path);
	return ok;
}

static bool rd_rsa(struct conf_reader *r, const config_setting_t *s)
{
	static const struct conf_word forms[] = {
		{ "auto", CONF_RSA_AUTO },
		{ "pkcs1", CONF_RSA_PKCS1 },
		{ "pss", CONF_RSA_PSS },
		{ NULL, 0 },
	};
	uint16_t form;

	if (!conf_as_word(r, s, forms, &form))
		return false;
	r->out->rsa = (enum conf_rsa)form;
	return true;
}

static const struct conf_member identity_members[] = {
	{ "key", rd_key },
	{ "old_keys", rd_old_keys },
	{ "algorithm", rd_algorithm },
	{ "id", rd_id },
	{ "cert", rd_cert },
	{ "rsa", rd_rsa },
	{ NULL, NULL },
};

/* the process that reads packets reads certificates, and no file with a key */
static bool cert_is_apart(struct conf_reader *r, const config_setting_t *s)
{
	const config_setting_t *cert = config_setting_get_member(s, "cert");
	const struct conf *c = r->out;
	char *path = NULL;
	bool same;
	size_t i;

	if (!cert)
		return true;
	if (!conf_as_path(r, cert, &path))
		return false;
	same = !strcmp(path, c->key_path);
	for (i = 0; i < c->n_old_keys; i++)
		same |= !strcmp(path, c->old_key_path[i]);
	free(path);
	return !same ||
	       conf_fail(r, cert,
			 "cert: this is the file of a key: put the certificate into a file of its own");
}

/**
 * conf_read_identity() - the group "identity"
 * @r: reading
 * @s: setting
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_identity(struct conf_reader *r, const config_setting_t *s)
{
	return conf_as_group(r, s, identity_members) && cert_is_apart(r, s);
}
