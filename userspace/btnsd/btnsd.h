/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper as one object: what the exchanges share. Everything that reaches
 * outside (kernel, network, clock) is behind a table, so that a test makes two
 * of these in one process.
 */
#ifndef BTNSD_BTNSD_H
#define BTNSD_BTNSD_H

#include <stdint.h>

#include "btnsd/conf.h"
#include "btnsd/groups.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/crypto/sig.h"
#include "btnsd/ike/cookie.h"
#include "btnsd/ike/qcd.h"
#include "btnsd/kern.h"
#include "btnsd/log.h"
#include "btnsd/net.h"
#include "btnsd/pad.h"
#include "btnsd/spd.h"
#include "btnsd/store.h"
#include "btnsd/timer.h"
#include "libbtns/known.h"

struct ike_sa;
struct child;
struct wbuf;
struct orphan;
struct unanswered;

/**
 * struct btnsd_stats - what happened so far, for `kill -USR2` and tests
 * @rx: datagrams received
 * @rx_dropped: of these, dropped without an answer
 * @tx: datagrams sent
 * @retransmits: requests sent again
 * @cookies: COOKIE notifies sent
 * @ike_up: IKE SAs established
 * @ike_failed: IKE SAs that never were
 * @auth_failed: peers refused for who they are
 * @child_up: child SAs installed
 * @child_failed: child SAs refused or failed
 * @dead: peers found dead
 * @acquires_refused: acquires for which there was no socket, or no room for an
 *	IKE SA or for a child SA of a peer that nobody configured
 * @fallbacks: fallbacks to clear
 * @fallbacks_refused: those that would have been too many
 * @foreign: acquires for traffic of others that this host forwards
 */
struct btnsd_stats {
	uint64_t rx;
	uint64_t rx_dropped;
	uint64_t tx;
	uint64_t retransmits;
	uint64_t cookies;
	uint64_t ike_up;
	uint64_t ike_failed;
	uint64_t auth_failed;
	uint64_t child_up;
	uint64_t child_failed;
	uint64_t dead;
	uint64_t acquires_refused;
	uint64_t fallbacks;
	uint64_t fallbacks_refused;
	uint64_t foreign;
};

/**
 * struct sign_ops - who signs with our keys, and has the secrets that we share
 * @sign: as sig_sign() does it; of the key only the public half is here
 * @mac: as keymat_auth_psk() does it, by the secret of a PAD entry, of which
 *	only what stands for it is here
 * @check_mac: as keymat_check_psk() does it, by the same secret
 */
struct sign_ops {
	enum crypto_code (*sign)(void *s, const struct key *key,
				 enum sig_alg alg, const struct span *parts,
				 unsigned int n, struct wbuf *w);
	enum crypto_code (*mac)(void *s, const struct conf_peer *peer,
				uint16_t prf, const struct auth_octets *octets,
				uint8_t out[static PRF_MAX_LEN]);
	enum crypto_code (*check_mac)(void *s, const struct conf_peer *peer,
				      uint16_t prf,
				      const struct auth_octets *octets,
				      struct span data);
};

/**
 * struct btnsd - a helper
 * @conf: configuration in force; owned
 * @timers: everything that waits
 * @kern: the kernel
 * @kern_ctx: handed to @kern
 * @net: the network
 * @net_ctx: handed to @net
 * @key: the key of ours in use; owned. Older ones are the configuration's, see keys.c
 * @signer: signs with our keys and by shared secrets, in another process; NULL:
 *	they are here
 * @signer_ctx: handed to @signer
 * @pad: copy of the module's PAD
 * @spd: copy of the kernel's policies
 * @mend: looks whether policies of groups are as they should be, see groups.c
 * @mends: how often it has since @mend_from
 * @mend_from: milliseconds
 * @mend_told: lines that it may log
 * @mend_why: what somebody else has in the way of ours, as last logged
 * @store: peers that proved themselves, see peers.c
 * @store_timer: looks after it
 * @store_lost: it is, and latches are still to be closed for it
 * @known: copy of the file of known peers, see known.c
 * @known_told: that it cannot be written anew for those who are seen has been logged
 * @cookie: secrets of the COOKIE
 * @qcd: secret of our tokens
 * @sas: all IKE SAs; ike/sa.c owns them
 * @fragment_octets: memory that fragments of messages take, see fragment.c
 * @fragment_strangers: the same, of IKE SAs whose peer has proved nothing yet
 * @half_open: how many of them wait for a peer to prove itself to us
 * @next_id: number of the next IKE SA, for logs
 * @moments: counts beginnings and establishments of IKE SAs, to order them
 * @orphans: SAs that an earlier btnsd left behind, see orphan.c
 * @unanswered: acquires that came to nothing, see unanswered.c
 * @stopping: no new exchanges: we say good-bye
 * @strangers: how much may be written about those who have not proved themselves
 * @foreign_told: that forwarded traffic gets no SAs has been logged
 * @stats: counters
 */
struct btnsd {
	struct conf *conf;
	struct timers timers;
	const struct kern_ops *kern;
	void *kern_ctx;
	const struct net_ops *net;
	void *net_ctx;

	struct key *key;
	const struct sign_ops *signer;
	void *signer_ctx;

	struct pad pad;
	struct spd spd;
	struct timer mend;
	unsigned int mends;
	uint64_t mend_from;
	struct log_limit mend_told;
	char mend_why[GROUPS_WHY_MAX];
	struct store store;
	struct timer store_timer;
	bool store_lost;
	struct lbtns_known known;
	bool known_told;
	struct cookie cookie;
	struct qcd qcd;
	struct ike_sa *sas;
	size_t fragment_octets;
	size_t fragment_strangers;
	unsigned int half_open;
	uint32_t next_id;
	uint64_t moments;
	struct orphan *orphans;
	struct unanswered *unanswered;
	bool stopping;
	struct log_limit strangers;
	bool foreign_told;
	struct btnsd_stats stats;
};

/* btnsd.c */

extern const struct kern_events btnsd_events;

int btnsd_init(struct btnsd *d, struct conf *conf, struct key *key);
int btnsd_start(struct btnsd *d);
int btnsd_reload(struct btnsd *d, struct conf *conf);
void btnsd_goodbye(struct btnsd *d);
bool btnsd_idle(const struct btnsd *d);
void btnsd_fini(struct btnsd *d);
void btnsd_rx(struct btnsd *d, const struct path *path, const uint8_t *data,
	      size_t len);

#endif
