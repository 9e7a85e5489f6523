/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IKE SA: one conversation with one peer, and the table of all of them.
 * sa.c owns every free; the exchanges (x_*.c) only fill fields and return a
 * code.
 */
#ifndef BTNSD_IKE_SA_H
#define BTNSD_IKE_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "btnsd/child.h"
#include "btnsd/crypto/dh.h"
#include "btnsd/crypto/kex.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/ike/message.h"
#include "btnsd/timer.h"
#include "kernel/pad_match.h"
#include "libbtns/btns.h"

struct btnsd;
struct fragments;

/* longest name of an IKE SA in logs, with its NUL */
#define IKE_NAME_MAX	128
/* octets of a nonce that we make */
#define IKE_NONCE_LEN	32
/* a responder that never hears AUTH forgets the peer then */
#define IKE_HALF_OPEN_MS	30000
/* the first retransmission; each later one waits twice as long */
#define IKE_RETRANSMIT_MS	500
/* the longest wait between two retransmissions */
#define IKE_RETRANSMIT_MAX_MS	16000
/* about how long an exchange that the peer called temporarily impossible waits */
#define IKE_RETRY_MS		4000
/* the longest that a child SA's refused rekey waits for another try */
#define IKE_AGAIN_MAX_MS	60000
/* a peer that puts us off for so long does not know the IKE SA as we do */
#define IKE_OUT_OF_SYNC_MS	300000
/* how long a peer that takes no more child SAs is asked for none */
#define IKE_FULL_MS		60000
/* IKE SAs that are begun for such a peer's sake come so far apart */
#define IKE_BESIDE_MS		4000
/* how often a suspect is asked again before it counts as dead */
#define IKE_SUSPECT_RETRIES	2
/* how long a replaced SA still receives what is under way */
#define IKE_LINGER_MS		5000
/* how long a rekey waits for the IKE_FOLLOWUP_KE that completes it */
#define IKE_FOLLOWUP_MS		15000
/* how long the end that did not start a rekey waits for the other's Delete */
#define IKE_REKEYED_MS		15000
/* most tasks that may wait in one IKE SA, besides Deletes of child SAs */
#define IKE_TASKS_MAX		64
/* most child SAs of one IKE SA */
#define IKE_CHILDREN_MAX	256
/* most Deletes of child SAs that may wait: rekeys have as much room again */
#define IKE_DELETES_MAX		(2 * IKE_CHILDREN_MAX)
/* most IKE SAs in all: whoever has a key may open one */
#define IKE_SAS_MAX		8192
/* most times that IKE_SA_INIT starts again for COOKIE or INVALID_KE_PAYLOAD */
#define IKE_INIT_AGAIN_MAX	5

/** enum ike_state - where an IKE SA is; see the table in fsm.c */
enum ike_state {
	IKE_ST_NEW,		/* nothing sent yet */
	IKE_ST_INIT_SENT,	/* initiator: waits for the answer to INIT */
	IKE_ST_HALF_OPEN,	/* responder: has answered INIT, waits for AUTH */
	IKE_ST_INTERMEDIATE_SENT, /* initiator: waits for the answer to INTERMEDIATE */
	IKE_ST_AUTH_SENT,	/* initiator: waits for the answer to AUTH */
	IKE_ST_ESTABLISHED,	/* both ends have proved themselves */
	IKE_ST_CLOSING,		/* we have sent Delete */
	IKE_ST_DEAD,		/* sa_reap() will free it */
};

/** enum task_kind - exchanges that we start */
enum task_kind {
	TASK_NONE,
	TASK_INIT,		/* IKE_SA_INIT */
	TASK_INTERMEDIATE,	/* IKE_INTERMEDIATE with an additional key exchange */
	TASK_AUTH,		/* IKE_AUTH with the first child SA */
	TASK_CHILD,		/* CREATE_CHILD_SA for a new child SA */
	TASK_REKEY,		/* CREATE_CHILD_SA that replaces a child SA */
	TASK_REKEY_IKE,		/* CREATE_CHILD_SA that replaces the IKE SA */
	TASK_FOLLOWUP,		/* IKE_FOLLOWUP_KE, which completes that */
	TASK_TOKEN,		/* INFORMATIONAL with our token for an IKE SA or address */
	TASK_DELETE_CHILD,	/* INFORMATIONAL with Delete of a child SA */
	TASK_DELETE_IKE,	/* INFORMATIONAL with Delete of the IKE SA */
	TASK_LIVENESS,		/* INFORMATIONAL with nothing */
};

/**
 * struct task_offer - what a request has offered
 * @sa: the payload
 * @spi: our SPI, to which @sa points; of a child SA the first four octets
 *
 * The answer is held against this: a reload may come between.
 */
struct task_offer {
	struct ike_sa_payload sa;
	uint8_t spi[IKE_SPI_LEN];
};

/**
 * struct task - an exchange that we start, or have started
 * @next: the one after it
 * @kind: which
 * @want: child SA that TASK_CHILD asks for
 * @has_want: @want is set (for TASK_AUTH too)
 * @child_id: child SA that TASK_REKEY and TASK_DELETE_CHILD are about
 * @spi: our inbound SPI of that child, since the child may be gone by now
 * @larval: the child SA that is being made; owned by the task until installed
 * @heir: the IKE SA that TASK_REKEY_IKE and TASK_FOLLOWUP make; owned by the task until it is
 *	in the table
 * @offer: what it has offered inside the encryption; allocated, or NULL
 * @tries: how often the peer called it temporarily impossible
 */
struct task {
	struct task *next;
	enum task_kind kind;
	struct child_want want;
	bool has_want;
	uint32_t child_id;
	uint32_t spi;
	struct child *larval;
	struct ike_sa *heir;
	struct task_offer *offer;
	unsigned int tries;
};

/**
 * struct blob - octets that we keep
 * @data: allocated, or NULL
 * @len: how many
 */
struct blob {
	uint8_t *data;
	size_t len;
};

/**
 * struct fault - why something was refused
 * @notify: enum ike_notify to answer with; 0 for silence
 * @data: of the notify
 * @data_len: its octets
 * @text: one sentence for the log
 */
struct fault {
	uint16_t notify;
	uint8_t data[8];
	size_t data_len;
	char text[640];
};

/**
 * struct sa_cert - what vouches for a peer, for whoever looks at its SAs
 * @known: the rest is set
 * @cert: SHA-256 of its certificate
 * @anchor: SHA-256 of the trust anchor's certificate
 */
struct sa_cert {
	bool known;
	uint8_t cert[BTNS_DIGEST_LEN];
	uint8_t anchor[BTNS_DIGEST_LEN];
};

/**
 * struct intauth - what the messages of one side's IKE_INTERMEDIATE come to
 * @sum: IntAuth of RFC 9242
 * @len: its octets; 0 before the first
 */
struct intauth {
	uint8_t sum[PRF_MAX_LEN];
	size_t len;
};

/*
 * Most tokens of RFC 6290 that are shown without an IKE SA, or looked at for one
 * IKE SA from one place, in so many milliseconds.
 */
#define QCD_RATE	16
#define QCD_RATE_MS	1000

/**
 * struct qcd_rate - how many tokens there were lately
 * @since: when @n was begun to count, milliseconds
 * @n: tokens since
 */
struct qcd_rate {
	uint64_t since;
	unsigned int n;
};

/**
 * struct ike_usage - what the keys of an IKE SA have protected, and may
 * @bytes: octets of messages that were protected, of both directions
 * @packets: messages and fragments
 * @soft_bytes: octets at which it is rekeyed; 0 for no such limit
 * @hard_bytes: at which it ends, the same
 * @soft_packets: messages at which it is rekeyed; 0 before it is established
 * @hard_packets: at which it ends, the same
 * @soft: it has come to a soft limit
 * @hard: to a hard one
 * @answer: message id and 1 of the request whose answers are counted in the
 *	next two; 0 for none
 * @answer_bytes: of the largest answer to that one
 * @answer_packets: the same
 */
struct ike_usage {
	uint64_t bytes;
	uint64_t packets;
	uint64_t soft_bytes;
	uint64_t hard_bytes;
	uint64_t soft_packets;
	uint64_t hard_packets;
	bool soft;
	bool hard;
	uint64_t answer;
	size_t answer_bytes;
	unsigned int answer_packets;
};

/**
 * struct ike_sa - one conversation with one peer
 * @next: in the table
 * @d: the helper
 * @id: number, for logs
 * @name: peer, identity and number, for logs
 * @state: where it is
 * @initiator: we started it
 * @spi_i: initiator's SPI
 * @spi_r: responder's SPI, 0 until known
 * @path: both addresses
 * @path_proved: its first request has brought our COOKIE back
 * @born: place of its beginning among all beginnings and establishments
 * @established: the same for its establishment, 0 before
 * @heard: when an authentic message came last, milliseconds
 *
 * @dh: our key pair until the keys are made
 * @group: its group; for an initiator, what it will offer first
 * @init_again: how often INIT started again
 * @cookie: what the responder asked us to bring
 * @ni: initiator's nonce
 * @nr: responder's nonce
 * @init_req: first message, as it was signed
 * @init_resp: second message
 * @nat_local: we are behind a NAT
 * @nat_remote: the peer is
 * @encap: ESP goes in UDP
 * @local_public: what the peer calls us, family 0 if not known or our own
 * @remote_private: what the peer calls itself, likewise
 * @peer_hashes: what it can verify, SIG_HASH_BIT set; 0 if it did not say
 * @keys: SK_*
 * @has_keys: @keys are made
 * @addke: method of the additional key exchange that is to come, before
 *	IKE_AUTH or in an heir's IKE_FOLLOWUP_KE; 0 for none or when it is done
 * @kex: our half of it
 * @peer_addke: its keys are drawn from an additional key exchange, of its own or
 *	of an IKE SA that it has replaced
 * @shared: secret of an heir's first key exchange, until the additional one
 * @link: by which IKE_FOLLOWUP_KE names an heir
 * @next_keys: SK_* from when the message under construction is sent
 * @has_next_keys: @next_keys are made
 * @last_keys: SK_ei and SK_ai that the peer's last request came under, if @keys
 *	took their place with the answer; else empty
 * @intauth: of the initiator's and of the responder's IKE_INTERMEDIATE messages
 * @token: by which the peer would prove that it has lost this (RFC 6290)
 * @token_seen: tokens that were shown as that, from elsewhere and from the peer's
 *	address
 * @iv: next IV of what we seal; never repeats under one key
 * @usage: what @keys have protected
 * @childless: the responder takes an IKE_AUTH without a child SA (RFC 6023)
 * @fragmentation: both ends take fragments (RFC 7383)
 * @fragments: requests and responses of which some fragments are there; owned
 *
 * @who: what the peer proved
 * @proof_id_type: enum ike_id_type of @proof_id
 * @proof_id: what its ID payload says, if it proved itself by a certificate
 * @proof_certs: the certificates that it showed then, see standing.c
 * @peer: who the PAD says that it is
 * @local: who we are to it
 * @own_key: SHA-256 of the key by which we proved that; zero before
 * @cert: its certificate and trust anchor, if it proved itself by those
 * @pad_entry: name of the PAD entry, for logs
 * @btns: the entry is a BTNS entry
 * @stranger: it is the wildcard: nobody configured the peer's key
 * @peer_key: SHA-256 of its SubjectPublicKeyInfo; zero without a key
 * @peer_pss: it has signed by RSASSA-PSS
 * @authenticated: @who, @peer, @btns and @peer_key are set
 * @initial_contact: the peer said INITIAL_CONTACT
 * @adopting: made for SAs that an earlier btnsd left; INITIAL_CONTACT is said
 * @adopt_port: the peer's UDP port in these SAs, 0 if they are not in UDP: it
 *	tells peers behind one NAT address from each other
 *
 * @send_mid: id of the next request that we send
 * @recv_mid: id of the next request that we expect
 * @request: request in flight, sealed, all fragments of it in a row; empty if
 *	none
 * @response: last response that we sent, the same
 * @last_req: SHA-256 of the request that it answered, or of its fragment 1
 * @has_response: @response and @last_req are set
 * @tries: how often @request was sent
 * @homeless: @request could not leave: our address is none of this host's
 * @resend: timer of that
 * @tasks: what waits; the first is in flight if @request is set
 * @next_task: starts the first task when it fires (after TEMPORARY_FAILURE)
 *
 * @children: child SAs
 * @unused: no child SA has come since one went that nobody used
 * @full_until: the peer takes no more child SAs in it: none is asked for before
 * @alone_until: for traffic that the peer has no room for no other IKE SA with it
 *	is begun before
 * @put_off: since when the peer has answered all CREATE_CHILD_SA by
 *	TEMPORARY_FAILURE, milliseconds; 0 for not at all
 * @put_off_last: when it did last
 * @replaces: id of an IKE SA that ends when this one has taken its children
 * @replaced: another IKE SA is taking over
 * @rekeyed_by: id of the IKE SA by which it was rekeyed, 0 for none
 * @followup: heir that the peer is to complete by IKE_FOLLOWUP_KE; owned, and in
 *	no table
 * @followup_due: forgets it
 * @fallback: the peer has not answered IKE_SA_INIT so long that what waits for it
 *	may fall back to clear
 * @contested: the peer made it by a rekey that crossed one of ours: it has the
 *	child SAs, but begins nothing before it is known which of both stays
 * @parent: id of the IKE SA that it rekeyed, while @contested
 * @redundant: to be closed in favour of the other of a simultaneous opening
 * @successor: id of that other one
 * @suspect: another peer claims its address: it must answer soon
 * @claim: when this one's claim to an address was first put off, milliseconds
 * @in_traffic: sum of inbound packets of the children when last looked at
 * @out_traffic: the same of outbound ones
 * @keepalive: keeps the mapping of our NAT alive
 * @proved_at: when its peer proved itself, milliseconds. An heir inherits it.
 * @reauth_at: when it is to be made anew with authentication, milliseconds; 0
 *	for never. An heir inherits it.
 * @ends_at: when it ends if it was not rekeyed, milliseconds
 * @expiry: half-open timeout, then the time to rekey
 * @hard: ends it when it was neither rekeyed nor made anew
 * @reauth: fires at @reauth_at
 * @dpd: asks for life
 * @linger: takes the SA away once it is replaced
 * @passed_over: an answer to our IKE_SA_INIT refused, or could not be used; as it
 *	is not authentic the wait goes on
 * @fault: why the last step was refused
 */
struct ike_sa {
	struct ike_sa *next;
	struct btnsd *d;
	uint32_t id;
	char name[IKE_NAME_MAX];
	enum ike_state state;
	bool initiator;
	uint64_t spi_i;
	uint64_t spi_r;
	struct path path;
	bool path_proved;
	uint64_t born;
	uint64_t established;
	uint64_t heard;

	struct dh *dh;
	uint16_t group;
	unsigned int init_again;
	struct blob cookie;
	struct blob ni;
	struct blob nr;
	struct blob init_req;
	struct blob init_resp;
	bool nat_local;
	bool nat_remote;
	bool encap;
	struct addr local_public;
	struct addr remote_private;
	uint32_t peer_hashes;
	struct ike_keys keys;
	bool has_keys;
	uint16_t addke;
	struct kex *kex;
	bool peer_addke;
	struct blob shared;
	struct blob link;
	struct ike_keys next_keys;
	bool has_next_keys;
	struct ike_keys last_keys;
	struct intauth intauth[2];
	struct blob token;
	struct qcd_rate token_seen[2];
	uint64_t iv;
	struct ike_usage usage;
	bool childless;
	bool fragmentation;
	struct fragments *fragments[2];

	struct btns_pad_peer who;
	uint8_t proof_id_type;
	struct blob proof_id;
	struct blob proof_certs;
	struct lbtns_ident peer;
	struct lbtns_ident local;
	uint8_t own_key[BTNS_DIGEST_LEN];
	struct sa_cert cert;
	char pad_entry[BTNS_NAME_MAX + 1];
	bool btns;
	bool stranger;
	uint8_t peer_key[BTNS_DIGEST_LEN];
	bool peer_pss;
	bool authenticated;
	bool initial_contact;
	bool adopting;
	uint16_t adopt_port;

	uint32_t send_mid;
	uint32_t recv_mid;
	struct blob request;
	struct blob response;
	uint8_t last_req[32];
	bool has_response;
	unsigned int tries;
	bool homeless;
	struct timer resend;
	struct task *tasks;
	struct timer next_task;

	struct child *children;
	bool unused;
	uint64_t full_until;
	uint64_t alone_until;
	uint64_t put_off;
	uint64_t put_off_last;
	uint32_t replaces;
	bool replaced;
	uint32_t rekeyed_by;
	struct ike_sa *followup;
	struct timer followup_due;
	struct timer fallback;
	bool contested;
	uint32_t parent;
	bool redundant;
	uint32_t successor;
	bool suspect;
	uint64_t claim;
	uint64_t in_traffic;
	uint64_t proved_at;
	uint64_t reauth_at;
	uint64_t ends_at;
	uint64_t out_traffic;
	struct timer keepalive;
	struct timer expiry;
	struct timer hard;
	struct timer reauth;
	struct timer dpd;
	struct timer linger;
	bool passed_over;
	struct fault fault;
};

bool blob_room(struct blob *b, size_t len);
bool blob_set(struct blob *b, const void *data, size_t len);
void blob_free(struct blob *b);
struct span blob_span(const struct blob *b);
bool blob_nonce(struct blob *b);

struct ike_sa *sa_new_initiator(struct btnsd *d, const struct path *path);
struct ike_sa *sa_new_responder(struct btnsd *d, const struct path *path,
				uint64_t spi_i);
struct ike_sa *sa_new_heir(struct ike_sa *old, bool initiator);
void sa_link(struct ike_sa *sa);
void sa_discard(struct ike_sa *heir);
void sa_move(struct ike_sa *from, struct ike_sa *to);
struct ike_sa *sa_find(struct btnsd *d, const struct ike_hdr *hdr);
struct ike_sa *sa_find_half_open(struct btnsd *d, uint64_t spi_i,
				 const struct endpoint *remote);
struct ike_sa *sa_find_id(struct btnsd *d, uint32_t id);
struct ike_sa *sa_find_peer(struct btnsd *d, const struct addr *local,
			    const struct addr *remote, const struct sel *want);
void sa_set_state(struct ike_sa *sa, enum ike_state state);
void sa_rename(struct ike_sa *sa);
void sa_kill(struct ike_sa *sa, bool keep_kernel);
void sa_reap(struct btnsd *d);
const char *sa_state_name(enum ike_state state);
bool sa_usable(const struct ike_sa *sa);
bool sa_ends(const struct ike_sa *sa);

struct task *task_add(struct ike_sa *sa, enum task_kind kind);
struct task *task_add_next(struct ike_sa *sa, enum task_kind kind);
struct task *task_find(const struct ike_sa *sa, enum task_kind kind,
		       uint32_t child_id);
struct task_offer *task_offer(struct task *t);
void task_free(struct ike_sa *sa, struct task *t);
void task_pop(struct ike_sa *sa);
const char *task_name(enum task_kind kind);

void sa_log(const struct ike_sa *sa, int prio, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void sa_fault(struct ike_sa *sa, uint16_t notify, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
