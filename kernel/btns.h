/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module know of each other: the per-namespace struct,
 * plain structs that cross file borders, prototypes grouped by file.
 *
 * Data flows one way: hook -> flow -> latch -> sa; netlink, sockopt and kmgr
 * parse and call down; event and mib are called by all and call nobody.
 *
 * Lock order, outermost first:
 *	btns_net.mutex		control operations (netlink, sysctl); may sleep
 *	lock_sock		sockopt.c, sockopt_peer.c, latch_owner.c, latch_assoc.c,
 *				latch_mptcp.c, own.c; never under a spinlock
 *	btns_net.ask_lock	spinlock_bh, table of asks
 *	btns_net.sctp_lock	spinlock_bh, paths of associations
 *	latch.lock		spinlock_bh, one latch
 *	btns_net.sa_lock	spinlock_bh, table of bindings
 *	btns_net.ident_lock	spinlock_bh, table of identities
 *	btns_net.suite_lock	spinlock_bh, table of suites
 *	btns_net.event_lock	spinlock_bh, queue of events
 *	btns_net.clear_lock	spinlock_bh, cache of latch_conflict.c
 *	btns_net.user_lock	spinlock_bh, who has taken how much; innermost
 * xfrm_policy_lock and xfrm_state_lock (taken inside xfrm's walks) come after
 * btns_net.mutex and are never taken under our spinlocks.
 */
#ifndef BTNS_KERNEL_H
#define BTNS_KERNEL_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/xfrm.h>
#include <uapi/linux/btns.h>

#include "congruence.h"
#include "mib.h"
#include "pad_match.h"
#include "sa_key.h"

#define BTNS_VERSION "0.1.0"

struct btns_clear_pair;
struct btns_latch;
struct btns_pad;
struct btns_user;
struct ctl_table_header;
struct netlink_ext_ack;

/* Buckets of btns_net.users: two to the power of this. */
#define BTNS_USER_BITS 6

/* Values of net.btns.pad_mode. */
enum btns_pad_mode {
	BTNS_PAD_MODE_OFF,	/* bindings are taken as they come */
	BTNS_PAD_MODE_BOUND,	/* a binding must be authorised */
	BTNS_PAD_MODE_STRICT,	/* and an SA without one carries nothing */
};

/**
 * struct btns_knobs - the sysctls of a namespace
 * @latch_auto: 0 or 1, latch without being asked
 * @latch_unidentified: 0 or 1, may an SA that nobody vouched for be latched
 * @latch_disposition: enum btns_disposition, never default
 * @latch_max: most latches, of all states
 * @latch_gc_ms: milliseconds between looks for latches without an owner
 * @pad_mode: enum btns_pad_mode
 * @ask_max: most sockets that ask
 * @latch_idle: seconds that a latch of a socket without a connection lives
 *	with nothing said
 * @latch_max_user: most latches of one user
 * @ask_max_user: most sockets of one user that ask
 * @latch_icmp: 0 or 1, may an unprotected ICMP error lower a path's MTU
 * @icmp_min_mtu: to no less than this many bytes
 * @embryo_max: most latches of connections that nobody has finished
 * @embryo_max_peer: most of one peer
 * @latch_protect: 0 or 1, an established latch holds by policies of its own
 *
 * Written by sysctl.c with WRITE_ONCE semantics of proc_dointvec, read with
 * READ_ONCE on the packet path.
 */
struct btns_knobs {
	int latch_auto;
	int latch_unidentified;
	int latch_disposition;
	int latch_max;
	int latch_gc_ms;
	int pad_mode;
	int ask_max;
	int latch_idle;
	int latch_max_user;
	int ask_max_user;
	int latch_icmp;
	int icmp_min_mtu;
	int embryo_max;
	int embryo_max_peer;
	int latch_protect;
};

/**
 * struct btns_net - btns in one network namespace
 * @net: the namespace; we live inside it, no reference is held
 * @mutex: serialises control operations; protects @pad, writers of @policies
 * @knobs: see struct btns_knobs
 * @mib: per-CPU counters
 * @sysctl: registered table
 * @latches: connection latches by 5-tuple, RCU on the packet path
 * @listeners: listener latches by 3-tuple
 * @suite_lock: protects writers of @suites
 * @suites: interned protection of latches, RCU for readers
 * @latch_ids: every latch by id; its own lock orders insertion
 * @latch_next_id: next id, never used twice
 * @latch_count: latches in all
 * @listener_count: listener latches
 * @embryos: latches whose connection's socket was not seen yet
 * @embryos_nobody: those among them without a peer
 * @sad_gen: rises with each change of SAs and bindings
 * @clear_lock: protects @clear_pairs
 * @clear_pairs: cache, see latch_conflict.c
 * @ask_lock: protects writers of @asks
 * @asks: what sockets ask for, by cookie, RCU for readers
 * @ask_count: entries of @asks
 * @user_lock: protects @users and what is in them
 * @users: who has taken how much, by user id
 * @hooks_on: packet hooks are registered; protected by @hook_mutex
 * @hook_users: calls in progress that need the hooks
 * @hook_mutex: serialises (un)registration of hooks; taken alone or under
 *	@mutex
 * @gc_work: reaps latches and asks without an owner
 * @gc_cursor: where the next pass goes on; only used by @gc_work
 * @event_work: re-evaluates latches after SA and policy events
 * @event_lock: protects @event_states, @event_count, @event_flags
 * @event_states: new SAs to compare with latches
 * @event_count: entries of @event_states
 * @event_flags: what else happened, see latch_event.c
 * @tells: latches whose sockets are being told; waited for at the end
 * @sa_lock: protects writers of @sas
 * @sas: bindings by (family, proto, spi, daddr), RCU for readers
 * @sa_ids: the same bindings by id, for dumps
 * @sa_next_id: next binding id, protected by @mutex
 * @sa_count: bindings
 * @sa_changes: rises with each change of the bindings
 * @ident_lock: protects writers of @idents
 * @idents: interned identities
 * @sctp_lock: associations get their paths one at a time; outside latch.lock
 * @sctp_latches: latches of SCTP
 * @mptcp_latches: latches of first subflows
 * @mptcp_until: seconds of uptime until which none is joined for such a latch
 *	that went; no lock, the last writer is right
 * @pad: the PAD, replaced whole; protected by @mutex, NULL while empty
 * @pad_generation: rises with each change of the PAD, protected by @mutex
 * @policies: enum btns_policy_flags by xfrm policy index
 * @policy_changes: rises with each change of @policies
 * @policy_events: rises with each policy of xfrm that comes, changes or goes
 * @spd_copy: the policies as they were; RCU, written by @spd_work, may be NULL
 * @spd_work: makes @spd_copy anew
 * @dying: the namespace is going away; no work is queued any more
 */
struct btns_net {
	struct net *net;
	struct mutex mutex;
	struct btns_knobs knobs;
	struct btns_mib_stats __percpu *mib;
	struct ctl_table_header *sysctl;

	struct rhashtable latches;
	struct rhashtable listeners;
	spinlock_t suite_lock;
	struct rhashtable suites;
	struct xarray latch_ids;
	atomic64_t latch_next_id;
	atomic_t latch_count;
	atomic_t listener_count;
	atomic_t embryos;
	atomic_t embryos_nobody;

	atomic_t sad_gen;
	spinlock_t clear_lock;
	struct btns_clear_pair *clear_pairs;

	spinlock_t ask_lock;
	struct rhashtable asks;
	atomic_t ask_count;

	spinlock_t user_lock;
	struct hlist_head users[1 << BTNS_USER_BITS];

	bool hooks_on;
	struct mutex hook_mutex;
	atomic_t hook_users;

	struct delayed_work gc_work;
	unsigned long gc_cursor;
	struct work_struct event_work;
	spinlock_t event_lock;
	struct list_head event_states;
	unsigned int event_count;
	unsigned int event_flags;
	atomic_t tells;

	spinlock_t sa_lock;
	struct rhashtable sas;
	struct xarray sa_ids;
	u64 sa_next_id;
	atomic_t sa_count;
	atomic_t sa_changes;

	spinlock_t ident_lock;
	struct rhashtable idents;

	spinlock_t sctp_lock;
	atomic_t sctp_latches;

	atomic_t mptcp_latches;
	unsigned long mptcp_until;

	struct btns_pad *pad;
	u32 pad_generation;
	struct xarray policies;
	atomic_t policy_changes;
	atomic_t policy_events;
	struct btns_spd_copy __rcu *spd_copy;
	struct work_struct spd_work;
	bool dying;
};

extern unsigned int btns_net_id;

/* Key of all hashes over what a peer may choose; set at module load. */
extern siphash_key_t btns_hash_key;
/* For all work of ours, so that none is left when the module goes. */
extern struct workqueue_struct *btns_wq;

/* For rhashtable_params.hashfn: keyed, as peers choose what is hashed. */
static inline u32 btns_hash(const void *data, u32 len, u32 seed)
{
	return (u32)siphash(data, len, &btns_hash_key) ^ seed;
}

static inline struct btns_net *btns_pernet(const struct net *net)
{
	return net_generic(net, btns_net_id);
}

/* ---- ident.c: interned identities ------------------------------------- */

/**
 * struct btns_ident - an identity; equal identities are the same object
 * @node: in btns_net.idents
 * @ref: users
 * @embryos: latches of this peer whose connection's socket was not seen yet
 * @rcu: for freeing after readers of the packet path
 * @type: enum btns_id_type
 * @method: enum btns_auth_method
 * @digest: see enum btns_id_type
 * @name: printable, ends with a NUL; of whoever interned it first
 */
struct btns_ident {
	struct rhash_head node;
	refcount_t ref;
	atomic_t embryos;
	struct rcu_head rcu;
	u8 type;
	u8 method;
	u8 digest[BTNS_DIGEST_LEN];
	char name[BTNS_NAME_MAX + 1];
};

int btns_ident_init(struct btns_net *bn);
void btns_ident_exit(struct btns_net *bn);
struct btns_ident *btns_ident_intern(struct btns_net *bn, u8 type, u8 method,
				     const u8 *digest, const char *name,
				     gfp_t gfp);
struct btns_ident *btns_ident_hold(struct btns_ident *ident);
void btns_ident_put(struct btns_net *bn, struct btns_ident *ident);
unsigned int btns_ident_count(struct btns_net *bn);

/* ---- user.c: how much each user has taken -------------------------------- */

/* What is counted for each user. */
enum btns_user_kind {
	BTNS_USER_LATCHES,
	BTNS_USER_ASKS,
	BTNS_USER_KINDS,
};

void btns_user_init(struct btns_net *bn);
void btns_user_exit(struct btns_net *bn);
struct btns_user *btns_user_charge(struct btns_net *bn, const struct sock *sk,
				   enum btns_user_kind kind, u32 max);
void btns_user_uncharge(struct btns_net *bn, struct btns_user *user,
			enum btns_user_kind kind);
u32 btns_user_taken(struct btns_net *bn, const struct sock *sk,
		    enum btns_user_kind kind);

/* ---- sa.c: who owns which SA ------------------------------------------ */

/* struct btns_evidence, @known */
#define BTNS_KNOWN_KEY		BIT(0)
#define BTNS_KNOWN_CERT		BIT(1)
#define BTNS_KNOWN_ANCHOR	BIT(2)
#define BTNS_KNOWN_PUBLIC	BIT(3)	/* our public address */
#define BTNS_KNOWN_PRIVATE	BIT(4)	/* the peer's private address */

/**
 * struct btns_evidence - what a helper knows of a peer beside its identity
 * @known: BTNS_KNOWN_*, which of the others are set; what is not is zero
 * @key: SHA-256 of the peer's SubjectPublicKeyInfo
 * @cert: SHA-256 of the peer's certificate
 * @anchor: SHA-256 of the trust anchor's certificate
 * @local_public: our address as the peer sees it, of the SA's family
 * @remote_private: the peer's address as it sees it itself, likewise
 * @local_public_port: UDP port to @local_public, network byte order, or 0
 * @remote_private_port: UDP port to @remote_private, likewise
 */
struct btns_evidence {
	u32 known;
	u8 key[BTNS_DIGEST_LEN];
	u8 cert[BTNS_DIGEST_LEN];
	u8 anchor[BTNS_DIGEST_LEN];
	union nf_inet_addr local_public;
	union nf_inet_addr remote_private;
	__be16 local_public_port;
	__be16 remote_private_port;
};

/**
 * struct btns_proof - evidence, shared by a binding and the latches from it
 * @ref: users
 * @ev: immutable
 *
 * Users of the packet path hold a reference or do not look.
 */
struct btns_proof {
	refcount_t ref;
	struct btns_evidence ev;
};

/**
 * struct btns_sa_params - what a helper says of an SA
 * @key: which SA
 * @mark: value of its mark
 * @mark_mask: bits of the mark that count, 0 for no mark
 * @sel: traffic that it is for
 * @peer: identity of the other end; type, method, digest, name used; type and
 *	method none for an anonymous peer
 * @local: our identity towards it
 * @ev: what else is known
 */
struct btns_sa_params {
	struct btns_sa_key key;
	u32 mark;
	u32 mark_mask;
	struct btns_selector sel;
	struct {
		u8 type;
		u8 method;
		u8 digest[BTNS_DIGEST_LEN];
		char name[BTNS_NAME_MAX + 1];
	} peer, local;
	struct btns_evidence ev;
};

/**
 * struct btns_sa - a binding
 * @node: in btns_net.sas
 * @rcu: readers of the packet path
 * @key: which SA
 * @id: never used twice
 * @bn: the namespace, for freeing
 * @peer: reference, other end; NULL for an anonymous peer
 * @local: reference, our end
 * @proof: reference, what else is known; NULL if nothing
 * @sel: traffic that it is for
 * @mark: value of the SA's mark
 * @mark_mask: bits of it that count; two SAs of one @key can differ in this,
 *	and the binding is only that of the one with exactly this mark
 *
 * Immutable once published; freed a grace period after removal.
 */
struct btns_sa {
	struct rhash_head node;
	struct rcu_head rcu;
	struct btns_sa_key key;
	u64 id;
	struct btns_net *bn;
	struct btns_ident *peer;
	struct btns_ident *local;
	struct btns_proof *proof;
	struct btns_selector sel;
	u32 mark;
	u32 mark_mask;
};

struct btns_proof *btns_sa_proof_hold(struct btns_proof *proof);
void btns_sa_proof_put(struct btns_proof *proof);
int btns_sa_init(struct btns_net *bn);
void btns_sa_exit(struct btns_net *bn);
const struct btns_sa *btns_sa_find_rcu(struct btns_net *bn,
				       const struct btns_sa_key *key);
int btns_sa_bind(struct btns_net *bn, const struct btns_sa_params *params,
		 u64 *id, struct netlink_ext_ack *extack);
int btns_sa_check(struct btns_net *bn, const struct btns_sa_params *params,
		  enum btns_sa_verdict *verdict, u64 *latch_id,
		  struct netlink_ext_ack *extack);
int btns_sa_unbind(struct btns_net *bn, const struct btns_sa_key *key);
/* Atomic context; called by kmgr.c. @proto as in XFRM_MSG_FLUSHSA. */
void btns_sa_gone(struct btns_net *bn, const struct btns_sa_key *key,
		  const struct xfrm_mark *mark);
void btns_sa_flush(struct btns_net *bn, u8 proto);

/* ---- pad.c: the Peer Authorization Database --------------------------- */

void btns_pad_exit(struct btns_net *bn);
enum btns_sa_verdict btns_pad_authorise(struct btns_net *bn,
					const struct btns_sa_params *params,
					bool *btns,
					struct netlink_ext_ack *extack);

/* ---- spd.c: what the kernel's policies say ---------------------------- */

/**
 * struct btns_spd_verdict - what the policies say of a flow just now
 * @action: enum btns_spd_action
 * @index: xfrm policy index, 0 if no policy matches
 * @ntmpl: templates of the policy, also such as protect nothing
 * @flags: enum btns_policy_flags of the policy
 * @tmpl: first template, if @ntmpl
 */
struct btns_spd_verdict {
	enum btns_spd_action action;
	u32 index;
	u8 ntmpl;
	u32 flags;
	struct xfrm_tmpl tmpl;
};

struct btns_flow;
struct btns_spd;	/* a snapshot of the policies in order of search */

struct btns_spd *btns_spd_snapshot(struct btns_net *bn);
void btns_spd_free(struct btns_spd *spd);
bool btns_spd_optional(const struct xfrm_policy *pol);
void btns_spd_decide(const struct btns_spd *spd, const struct btns_flow *flow,
		     u32 mark, u8 dir, struct btns_spd_decision *decision);
void btns_spd_now(struct btns_net *bn, const struct btns_flow *flow, u32 mark,
		  u8 dir, struct btns_spd_verdict *verdict);
bool btns_spd_takes_clear(struct btns_net *bn, const struct btns_flow *flow,
			  u8 dir);
enum btns_sa_verdict btns_spd_authorise(struct btns_net *bn,
					const struct btns_sa_params *params,
					bool btns, bool *clear,
					struct netlink_ext_ack *extack);
int btns_spd_set(struct btns_net *bn, u32 index, u32 flags,
		 struct netlink_ext_ack *extack);
/* Atomic context; called by kmgr.c, flush for XFRM_MSG_FLUSHPOLICY. */
void btns_spd_gone(struct btns_net *bn, u32 index);
void btns_spd_flush(struct btns_net *bn);
void btns_spd_changed(struct btns_net *bn);
void btns_spd_init(struct btns_net *bn);
void btns_spd_exit(struct btns_net *bn);

/* ---- event.c: multicast ------------------------------------------------ */

/**
 * struct btns_latch_event - a latch changed
 * @id: latch
 * @parent: its listener latch, or 0
 * @cookie: socket, or 0
 * @state: enum btns_latch_state after
 * @old_state: enum btns_latch_state before
 * @reason: enum btns_reason
 * @family: AF_INET or AF_INET6
 * @proto: transport protocol
 * @laddr: local address
 * @raddr: remote address
 * @lport: local port, network byte order
 * @rport: remote port, network byte order
 * @peer: identity, NULL if none; borrowed for the call
 */
struct btns_latch_event {
	u64 id;
	u64 parent;
	u64 cookie;
	u8 state;
	u8 old_state;
	u8 reason;
	u8 family;
	u8 proto;
	union nf_inet_addr laddr;
	union nf_inet_addr raddr;
	__be16 lport;
	__be16 rport;
	const struct btns_ident *peer;
};

/* All atomic-safe; a lost event is counted in EventLost. */
void btns_event_latch(struct btns_net *bn, const struct btns_latch_event *ev);
void btns_event_sa(struct btns_net *bn, const struct btns_sa *sa, bool bound);
void btns_event_pad(struct btns_net *bn, u32 generation);

/* ---- netlink.c, sysctl.c, mib.c ---------------------------------------- */

int btns_netlink_init(void);
void btns_netlink_exit(void);
int btns_sysctl_init(struct btns_net *bn);
void btns_sysctl_exit(struct btns_net *bn);
int btns_mib_init(struct btns_net *bn);
void btns_mib_exit(struct btns_net *bn);

/* ---- latch*.c: as netlink.c and sa.c see it (the rest is in latch.h) --- */

/**
 * struct btns_latch_view - a copy of a latch
 * @ev: id, states, addresses, peer (a reference in @peer is not held by @ev)
 * @ask_mode: enum btns_ask_mode
 * @disposition: enum btns_disposition
 * @protection: BTNS_PROTECTION_*
 * @sa_proto: IPPROTO_ESP or IPPROTO_AH, 0 before there is an SA
 * @sa_mode: XFRM_MODE_*
 * @replay: replay protection is on
 * @esn: extended sequence numbers
 * @enc_keybits: bits
 * @icv_bits: bits
 * @enc: cipher or AEAD
 * @auth: integrity algorithm
 * @peer: identity or NULL; a reference that the caller puts
 * @local: likewise
 * @tunnel_local: outer address, tunnel mode only
 * @tunnel_remote: outer address, tunnel mode only
 * @tunnel_family: family of these, 0 if not tunnel mode
 * @encap: encapsulated in UDP (or TCP): the next four are set
 * @local_private: our end as we see it
 * @remote_public: the peer's end as we see it
 * @local_private_port: network byte order
 * @remote_public_port: network byte order
 * @nat_family: of the addresses of encapsulation and of @proof
 * @proof: what else is known of the peer, or NULL; a reference that the caller
 *	puts
 * @mark_in: mark of packets of the flow that come in
 * @mark_out: likewise out
 * @conflicts: bit n set for each enum btns_reason n that keeps it broken
 * @age_ms: milliseconds since it was made
 */
struct btns_latch_view {
	struct btns_latch_event ev;
	u8 ask_mode;
	u8 disposition;
	u32 protection;
	u8 sa_proto;
	u8 sa_mode;
	bool replay;
	bool esn;
	u32 enc_keybits;
	u32 icv_bits;
	char enc[64];
	char auth[64];
	struct btns_ident *peer;
	struct btns_ident *local;
	union nf_inet_addr tunnel_local;
	union nf_inet_addr tunnel_remote;
	u8 tunnel_family;
	bool encap;
	union nf_inet_addr local_private;
	union nf_inet_addr remote_public;
	__be16 local_private_port;
	__be16 remote_public_port;
	u8 nat_family;
	struct btns_proof *proof;
	u32 mark_in;
	u32 mark_out;
	u32 conflicts;
	u64 age_ms;
};

/**
 * struct btns_latch_choice - which latches an administrator means
 * @all: every one
 * @id: that one, if not 0
 * @has_peer: every one of the peer below
 * @peer_type: enum btns_id_type
 * @peer_digest: digest; the method is not compared
 */
struct btns_latch_choice {
	bool all;
	u64 id;
	bool has_peer;
	u8 peer_type;
	u8 peer_digest[BTNS_DIGEST_LEN];
};

/**
 * struct btns_latch_sum - all latches, added up
 * @states: how many are in each state, by enum btns_latch_state
 * @size: bytes of one by itself
 * @cost: bytes of one with its share of tables and index, as things stand
 * @memory: bytes of all, their tables and their index
 */
struct btns_latch_sum {
	u32 states[BTNS_LATCH_STATE_CLOSED + 1];
	u32 size;
	u32 cost;
	u64 memory;
};

/* Looks at every latch. May sleep. */
void btns_latch_sum(struct btns_net *bn, struct btns_latch_sum *sum);
int btns_latch_view(struct btns_net *bn, u64 id, struct btns_latch_view *view);
/* Next latch with an id of at least *id; -ENOENT at the end. May sleep. */
int btns_latch_next(struct btns_net *bn, u64 *id, struct btns_latch_view *view);
void btns_latch_view_put(struct btns_net *bn, struct btns_latch_view *view);
unsigned int btns_latch_close(struct btns_net *bn,
			      const struct btns_latch_choice *choice,
			      enum btns_reason reason);
unsigned int btns_latch_break(struct btns_net *bn,
			      const struct btns_latch_choice *choice,
			      enum btns_reason reason);
/*
 * Latches that an SA of @peer conflicts with: the id of one of them (0 if
 * none); with @brk they are broken. Of @params, traffic and mark are looked at.
 * May sleep.
 */
u64 btns_latch_conflict(struct btns_net *bn,
			const struct btns_sa_params *params,
			const struct btns_ident *peer, bool brk);
/* An SA or a binding went, so a conflict may be over. Atomic-safe. */
void btns_latch_event_gone(struct btns_net *bn);
/* The SPD changed, or a flag of it. Atomic-safe. */
void btns_latch_event_policy(struct btns_net *bn);
/* A binding came or went, and its SA may be there. Atomic-safe. */
void btns_latch_event_binding(struct btns_net *bn,
			      const struct btns_sa_key *key, u32 mark);

/*
 * Does a socket ask for protection of that traffic, or hold on to it, by
 * policies of its own? Process context.
 */
bool btns_ask_protects(struct btns_net *bn, const struct btns_selector *sel);

/* hook.c: (un)register the packet hooks as knobs and latches need. May sleep. */
int btns_hook_update(struct btns_net *bn);

#endif /* BTNS_KERNEL_H */
