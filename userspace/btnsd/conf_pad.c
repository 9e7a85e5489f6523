// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list "pad": who may have SAs. The module gets identities, methods and
 * fingerprints; what else it takes to prove a name stays here: keys, secrets,
 * and where a peer is expected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd/conf_value.h"
#include "libbtns/padconf.h"

static const struct conf_word local_words[] = {
	{ "key", BTNS_AUTH_METHOD_RAWKEY },
	{ "psk", BTNS_AUTH_METHOD_PSK },
	{ "cert", BTNS_AUTH_METHOD_CERT },
	{ "null", BTNS_AUTH_METHOD_NONE },
	{ NULL, 0 },
};

/* the settings that have their place here */
static const char *const names[] = { "pubkey", "psk_file", "local_auth",
				     "host", "ca", "crl", NULL };
/* of these, what a BTNS entry has not: it is a key, and no more */
static const char *const not_btns[] = { "psk_file", "local_auth", "host", "ca",
					"crl", NULL };
/* and what is for peers that prove themselves */
static const char *const named_only[] = { "pubkey", "psk_file", "ca", "crl",
					  NULL };
#define NAMES_LIST ", pubkey, psk_file, local_auth, host, ca, crl"

static bool read_pubkey(struct conf_reader *r, const config_setting_t *s,
			struct lbtns_pad_entry *e, struct conf_peer *p)
{
	const char *text = conf_as_string(r, s);
	uint8_t file[KEY_PEM_MAX];
	enum crypto_code code;
	struct key *k = NULL;
	size_t i, len;

	if (!text)
		return false;
	if (text[0] == '/') {
		code = key_file_load(text, file, sizeof(file), &len);
		if (code != CRYPTO_OK)
			return conf_fail(r, s, "pad \"%s\": pubkey %.100s: %s",
					 e->name, text,
					 code == CRYPTO_FILE ? strerror(errno) :
							       crypto_text(code));
		code = key_from_text(span(file, len), &k);
	} else {
		code = key_from_text(span((const uint8_t *)text, strlen(text)),
				     &k);
	}
	if (code != CRYPTO_OK)
		return conf_fail(r, s,
				 "pad \"%s\": pubkey: %s: give the path of a PEM file (openssl pkey -pubout), or what is in it",
				 e->name, crypto_text(code));
	for (i = 0; i < p->n_keys && !key_equal(p->key[i], k); i++)
		;
	if (i < p->n_keys) {
		key_free(k);
		return true;
	}
	if (!lbtns_pad_entry_key(e, key_fingerprint(k))) {
		key_free(k);
		return conf_fail(r, s, "pad \"%s\": more than %d keys", e->name,
				 BTNS_PAD_KEYS_MAX);
	}
	/* as many keys as fingerprints at most: there is room */
	p->key[p->n_keys++] = k;
	return true;
}

static bool read_pubkeys(struct conf_reader *r, const config_setting_t *group,
			 struct lbtns_pad_entry *e, struct conf_peer *p)
{
	config_setting_t *s = config_setting_get_member(group, "pubkey");
	int i, n;

	if (!s)
		return true;
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return read_pubkey(r, s, e, p);
	n = config_setting_length(s);
	for (i = 0; i < n; i++)
		if (!read_pubkey(r, config_setting_get_elem(s, (unsigned int)i),
				 e, p))
			return false;
	return true;
}

static bool read_secret(struct conf_reader *r, const config_setting_t *group,
			const struct lbtns_pad_entry *e, struct conf_peer *p)
{
	config_setting_t *s = config_setting_get_member(group, "psk_file");
	enum crypto_code code;
	const char *path;

	if (!s)
		return true;
	if (!conf_as_path(r, s, &p->psk_path))
		return false;
	path = p->psk_path;
	/* apart: the array of peers moves when it grows */
	p->psk = calloc(1, sizeof(*p->psk));
	code = p->psk ? key_secret_load(path, p->psk) : CRYPTO_INTERNAL;
	if (code == CRYPTO_WEAK)
		conf_fail(r, s,
			  "pad \"%s\": %.100s: a shared secret has at least %d octets: make one with openssl rand -hex 32",
			  e->name, path, KEY_SECRET_MIN);
	else if (code == CRYPTO_PERMISSION)
		conf_fail(r, s,
			  "pad \"%s\": %.100s is open to others: chmod 600 it",
			  e->name, path);
	else if (code != CRYPTO_OK)
		conf_fail(r, s, "pad \"%s\": psk_file %.100s: %s", e->name,
			  path,
			  code == CRYPTO_FILE ? strerror(errno) :
						crypto_text(code));
	return code == CRYPTO_OK;
}

static bool read_trust(struct conf_reader *r, const config_setting_t *group,
		       const struct lbtns_pad_entry *e, struct conf_peer *p)
{
	config_setting_t *ca = config_setting_get_member(group, "ca");
	config_setting_t *crl = config_setting_get_member(group, "crl");
	char *ca_path = NULL, *crl_path = NULL;
	const char *why = "";
	bool ok;

	if (!ca && !crl)
		return true;
	if (!ca)
		return conf_fail(r, crl, "pad \"%s\": crl without ca", e->name);
	ok = conf_as_path(r, ca, &ca_path) &&
	     (!crl || conf_as_path(r, crl, &crl_path));
	if (ok && trust_load(ca_path, crl_path, &p->trust, &why) != CRYPTO_OK)
		ok = conf_fail(r, ca, "pad \"%s\": ca %.80s%s%.80s: %s", e->name,
			       ca_path, crl ? ", crl " : "",
			       crl ? crl_path : "", why);
	free(ca_path);
	free(crl_path);
	return ok;
}

static bool read_hosts(struct conf_reader *r, const config_setting_t *group,
		       const struct lbtns_pad_entry *e, struct conf_peer *p)
{
	config_setting_t *s = config_setting_get_member(group, "host");
	const char *text, *why = "";
	int i, n;

	/* without the setting a peer is where its traffic is */
	if (!s) {
		memcpy(p->host, e->prefixes, sizeof(p->host));
		p->n_hosts = e->n_prefixes;
		return true;
	}
	if (!conf_as_list(r, s))
		return false;
	n = config_setting_length(s);
	if (n < 1 || n > BTNS_PAD_PREFIXES_MAX)
		return conf_fail(r, s, "pad \"%s\": host has %d entries: give 1 to %d",
				 e->name, n, BTNS_PAD_PREFIXES_MAX);
	for (i = 0; i < n; i++) {
		text = conf_as_string(r, config_setting_get_elem(s, (unsigned int)i));
		if (!text)
			return false;
		if (lbtns_prefix_parse(text, &p->host[i], &why))
			return conf_fail(r, s, "pad \"%s\": host \"%.60s\": %s",
					 e->name, text, why);
	}
	p->n_hosts = (size_t)n;
	return true;
}

static bool read_local(struct conf_reader *r, const config_setting_t *group,
		       const struct lbtns_pad_entry *e, struct conf_peer *p)
{
	config_setting_t *s = config_setting_get_member(group, "local_auth");
	uint16_t word;

	p->method = e->method == BTNS_AUTH_METHOD_NONE &&
				    !(e->flags & BTNS_PAD_FLAGS_ANONYMOUS) ?
			    BTNS_AUTH_METHOD_RAWKEY :
			    (enum btns_auth_method)e->method;
	p->local = p->method;
	if (s) {
		if (!conf_as_word(r, s, local_words, &word))
			return false;
		p->local = (enum btns_auth_method)word;
	}
	return true;
}

/* its identity in octets, to ask for it; a digest cannot be asked for */
static void read_wire(const config_setting_t *group, struct conf_peer *p)
{
	struct lbtns_ident same;
	const char *text, *why;

	if (config_setting_lookup_string(group, "id", &text) &&
	    conf_parse_id(&p->wire, text, &why) &&
	    (lbtns_ident_from_data((uint8_t)p->wire.type, p->wire.data,
				   p->wire.len, &same) ||
	     !lbtns_ident_equal(&same, &p->id)))
		p->wire.type = BTNS_ID_TYPE_NONE;
}

/* do they fit together? */
static bool check_peer(struct conf_reader *r, const config_setting_t *group,
		       const struct lbtns_pad_entry *e,
		       const struct conf_peer *p)
{
	bool cert = p->method == BTNS_AUTH_METHOD_CERT;
	bool psk = p->method == BTNS_AUTH_METHOD_PSK ||
		   p->local == BTNS_AUTH_METHOD_PSK;

	if (psk && e->flags & BTNS_PAD_FLAGS_ANONYMOUS)
		return conf_fail(r, group,
				 "pad \"%s\": a secret cannot be shared with whoever comes: local_auth is key, cert or null",
				 e->name);
	if (psk && !p->psk)
		return conf_fail(r, group,
				 "pad \"%s\": psk without a secret: add psk_file",
				 e->name);
	if (cert != !!p->trust)
		return conf_fail(r, group,
				 "pad \"%s\": auth = \"cert\" and \"ca\" go together",
				 e->name);
	if (!psk && p->psk)
		return conf_fail(r, group,
				 "pad \"%s\": psk_file is of no use without auth or local_auth = \"psk\"",
				 e->name);
	return true;
}

/* refuse settings that are not for entries of this kind */
static bool has_none(struct conf_reader *r, const config_setting_t *group,
		     const struct lbtns_pad_entry *e, const char *const *not)
{
	for (; *not; not++)
		if (config_setting_get_member(group, *not))
			return conf_fail(r, group,
					 "pad \"%s\": \"%s\" is for named entries: add \"id\"",
					 e->name, *not);
	return true;
}

/* a BTNS entry needs no more of a key than its fingerprint */
static bool read_btns(struct conf_reader *r, const config_setting_t *group,
		      struct lbtns_pad_entry *e)
{
	struct conf_peer p = { 0 };
	bool ok = has_none(r, group, e, not_btns) &&
		  read_pubkeys(r, group, e, &p);

	while (p.n_keys)
		key_free(p.key[--p.n_keys]);
	return ok;
}

/* all settings of one entry that the module does not know */
static bool read_more(const config_setting_t *group, struct lbtns_pad_entry *e,
		      void *arg)
{
	struct conf_reader *r = arg;
	bool anonymous = e->flags & BTNS_PAD_FLAGS_ANONYMOUS;
	struct conf_peer *p;

	if (e->id.type == BTNS_ID_TYPE_NONE && !anonymous)
		return read_btns(r, group, e);
	if (anonymous && !has_none(r, group, e, named_only))
		return false;
	p = reallocarray(r->out->peer, r->out->n_peers + 1, sizeof(*p));
	if (!p)
		return conf_fail(r, group, "out of memory");
	r->out->peer = p;
	p += r->out->n_peers++;
	memset(p, 0, sizeof(*p));
	memcpy(p->name, e->name, sizeof(p->name));
	p->id = e->id;
	read_wire(group, p);
	return read_pubkeys(r, group, e, p) && read_secret(r, group, e, p) &&
	       read_trust(r, group, e, p) &&
	       read_hosts(r, group, e, p) && read_local(r, group, e, p) &&
	       check_peer(r, group, e, p);
}

/**
 * conf_read_pad() - the list "pad"
 * @r: reading
 * @s: setting
 *
 * It has one reader for this file and for btnsctl's.
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_read_pad(struct conf_reader *r, const config_setting_t *s)
{
	const struct lbtns_padconf_more more = { names, NAMES_LIST, read_more,
						 r };
	unsigned int line = config_setting_source_line(s);
	const char *file = config_setting_source_file(s);
	char why[CONF_ERR_MAX / 2];
	int err;

	why[0] = '\0';
	err = lbtns_padconf_read(s, &more, &r->out->pad, &r->out->n_pad, why,
				 sizeof(why), &line);
	if (err && err != -ECANCELED)
		snprintf(r->err, CONF_ERR_MAX, "%s:%u: %s",
			 file ? file : r->file, line, why);
	r->out->has_pad = !err;
	return !err;
}

/**
 * conf_check_pad() - does the PAD fit the rest of the configuration?
 * @r: reading, all groups read
 *
 * Return: whether all is well; else @r has the error.
 */
bool conf_check_pad(struct conf_reader *r)
{
	const struct conf *c = r->out;
	size_t i;

	for (i = 0; i < c->n_peers; i++) {
		const struct conf_peer *p = &c->peer[i];

		if (p->local != BTNS_AUTH_METHOD_RAWKEY &&
		    p->local != BTNS_AUTH_METHOD_NONE &&
		    c->id.type == BTNS_ID_TYPE_NONE)
			return conf_fail(r, NULL,
					 "pad \"%s\": a secret or certificate proves a name, and we have none: add identity.id",
					 p->name);
		if (p->local == BTNS_AUTH_METHOD_CERT && !c->cert.n)
			return conf_fail(r, NULL,
					 "pad \"%s\": we have no certificate: add identity.cert, or local_auth = \"key\"",
					 p->name);
	}
	return true;
}

/**
 * conf_peer_named() - what we know of a peer by its name
 * @c: configuration
 * @id: identity that it asserts, compared by type and content
 *
 * Return: it, or NULL.
 */
const struct conf_peer *conf_peer_named(const struct conf *c,
					const struct lbtns_ident *id)
{
	size_t i;

	for (i = 0; i < c->n_peers; i++)
		if (id->type != BTNS_ID_TYPE_NONE &&
		    lbtns_ident_equal(&c->peer[i].id, id))
			return &c->peer[i];
	return NULL;
}

/**
 * conf_peer_anonymous() - what we know of peers that prove nothing
 * @c: configuration
 *
 * Return: it, or NULL if there is no such entry.
 */
const struct conf_peer *conf_peer_anonymous(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_peers; i++)
		if (c->peer[i].id.type == BTNS_ID_TYPE_NONE)
			return &c->peer[i];
	return NULL;
}

static bool prefix_has(const struct lbtns_prefix *p, const struct addr *a)
{
	uint8_t rest = p->len % 8;

	if (p->family != a->family || memcmp(p->addr, a->b, p->len / 8))
		return false;
	return !rest ||
	       !((p->addr[p->len / 8] ^ a->b[p->len / 8]) >> (8 - rest));
}

/* bits of the longest of a peer's prefixes with that address; -1 for none */
static int fit(const struct conf_peer *p, const struct addr *host)
{
	int best = -1;
	size_t i;

	for (i = 0; i < p->n_hosts; i++)
		if (prefix_has(&p->host[i], host) && p->host[i].len > best)
			best = p->host[i].len;
	return best;
}

static bool has_wildcard(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_pad; i++)
		if (c->pad[i].flags & BTNS_PAD_FLAGS_WILDCARD)
			return true;
	return false;
}

/*
 * Where no name is expected: anonymous peers where their entry says that they
 * are. Without addresses they are anywhere, but whom the wildcard is for too is
 * rather shown a key (RFC 7619 section 3).
 */
static const struct conf_peer *anonymous_at(const struct conf *c,
					    const struct addr *host)
{
	const struct conf_peer *p = conf_peer_anonymous(c);

	if (!p || (!p->n_hosts && has_wildcard(c)))
		return NULL;
	return !p->n_hosts || fit(p, host) >= 0 ? p : NULL;
}

/* the named peer whose addresses fit closest, the first of equals */
static const struct conf_peer *named_at(const struct conf *c,
					const struct addr *host)
{
	const struct conf_peer *best = NULL;
	int bits, most = -1;
	size_t i;

	for (i = 0; i < c->n_peers; i++) {
		if (c->peer[i].id.type == BTNS_ID_TYPE_NONE)
			continue;
		bits = fit(&c->peer[i], host);
		if (bits <= most)
			continue;
		best = &c->peer[i];
		most = bits;
	}
	return best;
}

/**
 * conf_peer_at() - the peer that we expect at an address
 * @c: configuration
 * @host: address
 *
 * Return: the named one whose addresses fit closest, the first of equals; else
 * the entry for anonymous peers, if they are expected there; else NULL.
 */
const struct conf_peer *conf_peer_at(const struct conf *c,
				     const struct addr *host)
{
	const struct conf_peer *p = named_at(c, host);

	return p ? p : anonymous_at(c, host);
}

/**
 * conf_peer_fits() - is that who we expect at an address?
 * @c: configuration
 * @p: a named peer of it, NULL for anybody else
 * @host: address
 *
 * Return: true if no peer's addresses fit closer than @p's, or nobody with a
 * name is expected there.
 */
bool conf_peer_fits(const struct conf *c, const struct conf_peer *p,
		    const struct addr *host)
{
	const struct conf_peer *best = named_at(c, host);

	return !best || (p && p->id.type != BTNS_ID_TYPE_NONE &&
			 fit(p, host) == fit(best, host));
}

/**
 * conf_peer_alone() - is only one peer expected at an address?
 * @c: configuration
 * @host: address
 *
 * Return: true if the addresses of exactly one named peer fit closest.
 */
bool conf_peer_alone(const struct conf *c, const struct addr *host)
{
	unsigned int n = 0;
	size_t i;

	if (!named_at(c, host))
		return false;
	for (i = 0; i < c->n_peers; i++)
		n += conf_peer_fits(c, &c->peer[i], host);
	return n == 1;
}

/**
 * conf_peer_has_address() - does an address belong to the one peer expected there?
 * @c: configuration
 * @host: address
 *
 * One host may take any address of a /64 of IPv6. With a shorter prefix, and with
 * any of IPv4, whoever is in it, or forges an address of it, would have what is
 * left for that peer.
 *
 * Return: true if conf_peer_alone(), by a prefix of one host.
 */
bool conf_peer_has_address(const struct conf *c, const struct addr *host)
{
	return conf_peer_alone(c, host) &&
	       fit(named_at(c, host), host) >=
		       (host->family == AF_INET6 ? 64 : 32);
}

/**
 * conf_peers_free() - free what belongs to named entries, and wipe secrets
 * @c: configuration; it has none afterwards
 */
void conf_peers_free(struct conf *c)
{
	size_t i, k;

	for (i = 0; i < c->n_peers; i++) {
		for (k = 0; k < c->peer[i].n_keys; k++)
			key_free(c->peer[i].key[k]);
		if (c->peer[i].psk)
			secret_wipe(c->peer[i].psk);
		free(c->peer[i].psk);
		free(c->peer[i].psk_path);
		trust_free(c->peer[i].trust);
	}
	free(c->peer);
	c->peer = NULL;
	c->n_peers = 0;
}
