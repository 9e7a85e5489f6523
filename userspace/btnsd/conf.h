/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration as plain values, all defaults filled in. Read whole or not
 * at all: a file with a mistake anywhere changes nothing.
 */
#ifndef BTNSD_CONF_H
#define BTNSD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/btns.h>

#include "btnsd/addr.h"
#include "btnsd/crypto/key.h"
#include "btnsd/crypto/trust.h"
#include "libbtns/btns.h"
#include "libbtns/known.h"
#include "libbtns/spd.h"

#define CONF_DEFAULT_PATH	"/etc/btns/btnsd.conf"
#define CONF_DEFAULT_KEY	"/etc/btns/key.pem"
#define CONF_DEFAULT_STORE	LBTNS_PEERS_PATH
#define CONF_DEFAULT_KNOWN	LBTNS_KNOWN_PATH

#define CONF_LISTEN_MAX		16
#define CONF_ALGS_MAX		8
#define CONF_OLD_KEYS_MAX	4
#define CONF_ID_MAX		256
/* a configuration error, one line */
#define CONF_ERR_MAX		512

/**
 * struct conf_aead - an AEAD, or a cipher and a MAC, as transforms name them
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute; 0 for none
 * @integ: enum ike_integ; none for an AEAD
 */
struct conf_aead {
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
};

/** enum conf_rsa - how an RSA key of ours signs */
enum conf_rsa {
	CONF_RSA_AUTO,	/* PKCS#1 v1.5, but PSS to a peer that signed so first */
	CONF_RSA_PKCS1,	/* PKCS#1 v1.5 */
	CONF_RSA_PSS,	/* RSASSA-PSS */
};

/** enum conf_encap - when ESP goes in UDP */
enum conf_encap {
	CONF_ENCAP_AUTO,	/* when there is a NAT */
	CONF_ENCAP_ALWAYS,	/* NAT or not */
	CONF_ENCAP_NEVER,	/* a NAT is a reason to refuse */
};

/** enum conf_known - what becomes of a peer whose key nobody configured */
enum conf_known {
	CONF_KNOWN_OFF,		/* nothing is known of it, and nothing asked */
	CONF_KNOWN_ACCEPT_NEW,	/* taken at first contact, and written down */
	CONF_KNOWN_STRICT,	/* taken only if it is known */
};

/**
 * struct conf_id - an identity that goes on the wire
 * @type: enum btns_id_type; none when there is none
 * @len: octets in @data
 * @data: as in RFC 7296 section 3.5
 * @text: as a person wrote it, for logs
 */
struct conf_id {
	enum btns_id_type type;
	size_t len;
	uint8_t data[CONF_ID_MAX];
	char text[BTNS_NAME_MAX + 1];
};

/**
 * struct conf_peer - what only btnsd knows of a named PAD entry, or of the one
 * for anonymous peers
 * @name: of the entry
 * @id: identity that the peer asserts; none for anonymous peers
 * @wire: the same as it goes on the wire; type none if only its digest is known
 * @method: enum btns_auth_method by which it proves that; none for those
 * @local: the same for us, as the peer has to see us; none for NULL
 *	authentication (RFC 7619)
 * @key: its keys, where the entry gives more than their fingerprints; owned
 * @n_keys: how many
 * @psk: the secret that we share with it, or what stands for it if
 *	key_secret_load_by() says otherwise, or NULL; owned
 * @psk_path: its file, or NULL; owned
 * @trust: trust anchors of its certificate, or NULL; owned
 * @host: addresses from which it speaks IKE
 * @n_hosts: how many
 */
struct conf_peer {
	char name[BTNS_NAME_MAX + 1];
	struct lbtns_ident id;
	struct conf_id wire;
	enum btns_auth_method method;
	enum btns_auth_method local;
	struct key *key[BTNS_PAD_KEYS_MAX];
	size_t n_keys;
	struct secret *psk;
	char *psk_path;
	struct trust *trust;
	struct lbtns_prefix host[BTNS_PAD_PREFIXES_MAX];
	size_t n_hosts;
};

/* most prefixes of all policy groups */
#define CONF_GROUPS_MAX		1024
/* longest time and greatest number of fallbacks to clear */
#define CONF_FALLBACK_SECONDS_MAX	3600
#define CONF_FALLBACKS_MAX		4096
#define CONF_FALLBACK_WAIT_MAX		300

/**
 * struct conf_prefix - remote addresses of a policy group
 * @net: the prefix, bits behind it are zero
 * @plen: its length
 * @group: enum lbtns_group
 */
struct conf_prefix {
	struct addr net;
	uint8_t plen;
	uint8_t group;
};

/**
 * struct conf - the configuration
 * @key_path: file of our private key (PEM); made if it is not there
 * @key_type: what kind of key to make
 * @id: identity that we assert; none is "a bare key"
 * @old_key: keys of before, for peers that are latched to them; private unless
 *	key_load_by() says otherwise; owned
 * @old_key_path: their files; owned
 * @n_old_keys: how many
 * @cert: our certificates, none if there are none
 * @rsa: how an RSA key signs
 * @listen: addresses to listen on
 * @n_listen: how many
 * @dh: enum ike_dh, in order of preference
 * @n_dh: how many
 * @addke: enum ike_dh, of which one may be an additional key exchange (RFC
 *	9370), in order of preference
 * @n_addke: how many; 0 for no such exchange
 * @addke_optional: a peer that has none of them is taken without
 * @ike_aead: for IKE, in order of preference
 * @n_ike_aead: how many
 * @prf: enum ike_prf, in order of preference
 * @n_prf: how many
 * @ike_lifetime: seconds until an IKE SA is rekeyed
 * @ike_bytes: octets under its keys after which it is rekeyed; 0 for no such limit
 * @ike_packets: messages after which it is
 * @ike_reauth: seconds until it is made anew, with authentication; 0 for never
 * @fragment: octets of the largest IP datagram with a protected IKE message, 0
 *	for no fragmentation
 * @dpd: seconds without traffic from a peer until it is asked for life; 0 never
 * @encap: when ESP goes in UDP
 * @keepalive: seconds between keepalives from behind a NAT; 0 never
 * @retries: how often a request is sent again before the peer counts as dead
 * @cookie_threshold: half-open IKE SAs above which a COOKIE is asked for
 * @half_open_max: most half-open IKE SAs
 * @half_open_per_addr: most half-open IKE SAs of one address
 * @per_addr: most IKE SAs of one address, half-open or not
 * @initiate_max: most that traffic may have begun and no peer has taken yet
 * @stranger_children: most child SAs of a peer that nobody configured
 * @child_aead: for ESP, in order of preference
 * @n_child_aead: how many
 * @child_lifetime: seconds until a child SA is rekeyed
 * @child_keep: it is, too, if no packet has used it since it was made
 * @child_bytes: octets after which a child SA is rekeyed; 0 for no such limit
 * @pfs: ask for a key exchange of its own when a child SA is made or rekeyed
 * @child_packets: packets after which a child SA is rekeyed; twice as many fit
 *	the sequence number
 * @replay_window: packets, 32 to 4096
 * @store_path: file of the store of peers
 * @store_check: seconds between looks whether it is intact
 * @known: what becomes of peers of the PAD's wildcard, see known.c
 * @known_path: file of known peers
 * @known_expire: days without being seen after which it forgets; 0 for never
 * @known_hash: addresses are written hashed
 * @known_max: entries of the file at which nobody new is learned
 * @known_max_near: most that are learned from one address, or /64 of IPv6
 * @has_pad: the file has a PAD, which takes the place of the module's
 * @pad: its entries in order
 * @n_pad: how many
 * @peer: what belongs to its named entries and is not the module's matter
 * @n_peers: how many
 * @has_groups: the file has policy groups, which btnsd makes policies of
 * @groups: their prefixes; none is there twice
 * @n_groups: how many
 * @fallback_seconds: how long a fallback to clear lasts
 * @fallback_wait: seconds without an answer until it begins
 * @fallback_max: how many there may be at a time
 */
struct conf {
	char *key_path;
	enum key_type key_type;
	struct conf_id id;
	struct key *old_key[CONF_OLD_KEYS_MAX];
	char *old_key_path[CONF_OLD_KEYS_MAX];
	size_t n_old_keys;
	struct chain cert;
	enum conf_rsa rsa;

	struct addr listen[CONF_LISTEN_MAX];
	size_t n_listen;

	uint16_t dh[CONF_ALGS_MAX];
	size_t n_dh;
	uint16_t addke[CONF_ALGS_MAX];
	size_t n_addke;
	bool addke_optional;
	struct conf_aead ike_aead[CONF_ALGS_MAX];
	size_t n_ike_aead;
	uint16_t prf[CONF_ALGS_MAX];
	size_t n_prf;
	uint32_t ike_lifetime;
	uint64_t ike_bytes;
	uint32_t ike_packets;
	uint32_t ike_reauth;
	uint32_t fragment;
	uint32_t dpd;
	enum conf_encap encap;
	uint32_t keepalive;
	uint32_t retries;
	uint32_t cookie_threshold;
	uint32_t half_open_max;
	uint32_t half_open_per_addr;
	uint32_t per_addr;
	uint32_t initiate_max;
	uint32_t stranger_children;

	struct conf_aead child_aead[CONF_ALGS_MAX];
	size_t n_child_aead;
	uint32_t child_lifetime;
	bool child_keep;
	uint64_t child_bytes;
	uint32_t child_packets;
	bool pfs;
	uint32_t replay_window;

	char *store_path;
	uint32_t store_check;

	enum conf_known known;
	char *known_path;
	uint32_t known_expire;
	bool known_hash;
	uint32_t known_max;
	uint32_t known_max_near;

	bool has_pad;
	struct lbtns_pad_entry *pad;
	size_t n_pad;
	struct conf_peer *peer;
	size_t n_peers;

	bool has_groups;
	struct conf_prefix *groups;
	size_t n_groups;
	uint32_t fallback_seconds;
	uint32_t fallback_wait;
	uint32_t fallback_max;
};

struct conf *conf_read_file(const char *path, char err[static CONF_ERR_MAX]);
struct conf *conf_read_string(const char *text,
			      char err[static CONF_ERR_MAX]);
void conf_free(struct conf *c);
bool conf_has_dh(const struct conf *c, uint16_t group);
bool conf_aead_begins(const struct conf_aead *list, size_t i);
const struct conf_peer *conf_peer_named(const struct conf *c,
					const struct lbtns_ident *id);
const struct conf_peer *conf_peer_anonymous(const struct conf *c);
const struct conf_peer *conf_peer_at(const struct conf *c,
				     const struct addr *host);
bool conf_peer_fits(const struct conf *c, const struct conf_peer *p,
		    const struct addr *host);
bool conf_peer_alone(const struct conf *c, const struct addr *host);
bool conf_peer_has_address(const struct conf *c, const struct addr *host);
void conf_peers_free(struct conf *c);
bool conf_parse_id(struct conf_id *id, const char *text, const char **why);

#endif
