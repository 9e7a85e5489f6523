/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latch: what binds one conversation to one peer and one quality of
 * protection (RFC 5660), as the latch's own files see it. Others use the few
 * functions in btns.h.
 *
 *	latch.c		the object, the database, the transition function
 *	latch_check.c	the verdict on a packet, for every transport
 *	latch_tcp.c	what opens and carries on a TCP connection
 *	latch_udp.c	the same for UDP
 *	latch_sctp.c	the same for SCTP
 *	latch_icmp.c	ICMP errors about latched flows
 *	latch_conflict.c does an SA conflict with a latch
 *	latch_event.c	what SA and policy events do to latches
 *	latch_listen.c	listener latches
 *	latch_note.c	notes of transitions on the socket's error queue
 *	latch_embryo.c	connections that nobody has finished
 *	latch_suite.c	how SAs protect, shared by latches
 *	latch_owner.c	from a latch to its socket: telling, kicking, reaping
 *	latch_admin.c	what administrators see and do
 *	ask.c		what sockets ask for
 *	latch_assoc.c	SCTP's associations
 *	latch_mptcp.c	what further subflows would do to a latch
 *	own.c		policies of a socket's own
 *	wish.c		what few of them ask for on top
 */
#ifndef BTNS_LATCH_H
#define BTNS_LATCH_H

#include <linux/llist.h>

#include "btns.h"
#include "flow.h"
#include "qop.h"

struct btns_ask;
struct sock;

/**
 * struct btns_wish - what few applications ask for
 * @ref: users: the ask and the latches made from it
 * @rcu: packet path readers
 * @has_local: only the local identity below will do
 * @local_type: enum btns_id_type
 * @local: digest
 * @has_qop: only the quality below will do
 * @protection: BTNS_PROTECTION_* that are needed
 * @enc_keybits: least bits of the cipher's key, 0 for any
 * @enc: cipher or AEAD, zero padded, empty for any
 * @auth: integrity algorithm, likewise
 *
 * Immutable. Apart from struct btns_want so that a latch without stays small.
 */
struct btns_wish {
	refcount_t ref;
	struct rcu_head rcu;
	bool has_local;
	u8 local_type;
	u8 local[BTNS_DIGEST_LEN];
	bool has_qop;
	u8 protection;
	u16 enc_keybits;
	char enc[64];
	char auth[64];
};

/* Policies of a connection's own, see own.c. */
enum btns_own {
	BTNS_OWN_NONE,		/* nothing to do with them */
	BTNS_OWN_WANTED,	/* to be put in place by the next packet */
	BTNS_OWN_QUEUED,	/* about to be put in place */
	BTNS_OWN_IN,		/* in place */
};

/**
 * struct btns_want - what an application asked for
 * @mode: enum btns_ask_mode, never default once resolved
 * @disposition: enum btns_disposition, never default once resolved
 * @notify: breaks and repairs go to the socket's error queue
 * @has_peer: only the peer below will do
 * @peer_type: enum btns_id_type
 * @peer_method: enum btns_auth_method, 0 for any
 * @peer: digest
 * @narrow: connecting, SAs for just the 5-tuple
 * @exact: no other SAs than such will do
 * @protect: protection also where policy asks for none
 * @bypass: none also where policy asks for it
 * @wish: what else will not do without, or NULL; who copies this struct to
 *	keep it takes a reference
 */
struct btns_want {
	u8 mode;
	u8 disposition;
	bool notify;
	bool has_peer;
	u8 peer_type;
	u8 peer_method;
	u8 peer[BTNS_DIGEST_LEN];
	u8 narrow : 1;
	u8 exact : 1;
	u8 protect : 1;
	u8 bypass : 1;
	struct btns_wish *wish;
};

/**
 * struct btns_said - what IPsec says of one packet
 * @count: transformations that protect it, on its way here or from here
 * @larval: outbound, policy wants protection but there is no SA yet
 * @parts: inbound, it is, or was put together from, fragments that the SA does
 *	not vouch for
 * @x: the only one of those if @count is 1; borrowed from the packet
 * @sa: its binding, NULL if nobody vouched for it; RCU
 * @tunnel: a transformation in tunnel mode, also one that does not protect, or
 *	NULL; borrowed
 * @dev: device that it came by, or goes to; borrowed
 * @dst: outbound, its route; borrowed
 * @mark: mark of the packet
 * @dir: BTNS_SA_IN or BTNS_SA_OUT
 */
struct btns_said {
	unsigned int count;
	bool larval;
	bool parts;
	const struct xfrm_state *x;
	const struct btns_sa *sa;
	const struct xfrm_state *tunnel;
	const struct net_device *dev;
	const struct dst_entry *dst;
	u32 mark;
	enum btns_sa_dir dir;
};

/* Would the policy that a latch goes out by let packets pass without an SA? */
enum btns_lenient {
	BTNS_LENIENT_UNKNOWN,	/* nothing went out yet */
	BTNS_LENIENT_NO,
	BTNS_LENIENT_YES,	/* its template is optional */
};

/**
 * struct btns_suite_key - what a latch takes from an SA beside the identities
 * @qop: protection and its quality; replay is zero, see struct btns_latch
 * @tunnel_local: outer address in tunnel mode
 * @tunnel_remote: outer address in tunnel mode
 * @tunnel_family: family of these, or 0
 * @encap: encapsulated in UDP or TCP
 * @encap_lport: our port of that, network byte order
 * @encap_rport: the peer's, likewise
 * @pad: zero
 *
 * Hashed and compared whole, so what is not used is zero.
 */
struct btns_suite_key {
	struct btns_qop qop;
	union nf_inet_addr tunnel_local;
	union nf_inet_addr tunnel_remote;
	u8 tunnel_family;
	u8 encap;
	__be16 encap_lport;
	__be16 encap_rport;
	u16 pad;
};

/**
 * struct btns_suite - such a key; equal ones are the same object
 * @node: in btns_net.suites
 * @ref: users
 * @rcu: packet path readers
 * @key: immutable
 */
struct btns_suite {
	struct rhash_head node;
	refcount_t ref;
	struct rcu_head rcu;
	struct btns_suite_key key;
};

/* What becomes of a connection that comes in when there are too many embryos. */
enum btns_embryo {
	BTNS_EMBRYO_NONE,	/* it is none: TCP has a socket for it */
	BTNS_EMBRYO_LATER,	/* its next packet makes the latch */
	BTNS_EMBRYO_NOW,	/* there is no later */
};

/**
 * struct btns_owner - whose a new latch is
 * @cookie: of the socket that owns it, 0 while there is none yet
 * @listener: the socket whose listener latch is the parent, or NULL
 * @ifindex: interface for socket look-ups, 0 for any
 * @marks: of the packet that makes it, and of what goes the other way
 * @passive: the peer opened the conversation
 * @embryo: it did so, and there is no socket yet
 * @own_policy: the socket has its own xfrm policy
 * @mptcp: the connection may have more subflows
 * @loose: the socket is not connected to the peer: the latch goes when idle
 * @tag: of the SCTP association that we open, see latch_sctp.c; else 0
 * @payer: full socket whose user the latch counts to: the one that sends, or
 *	the one that listens
 * @sk: the socket, for transports without connections of their own; a latch
 *	holds it. NULL for TCP and SCTP, whose sockets are found by the flow
 */
struct btns_owner {
	u64 cookie;
	struct sock *listener;
	int ifindex;
	struct btns_marks marks;
	bool passive;
	enum btns_embryo embryo;
	bool own_policy;
	bool mptcp;
	bool loose;
	u32 tag;
	struct sock *payer;
	struct sock *sk;
};

/**
 * struct btns_latch - a latch
 * @node: in btns_net.latches or .listeners
 * @flow: key; for a listener the local half only
 * @rcu: packet path readers
 * @ref: one for the database, one for each user that may sleep
 * @bn: namespace; outlives the latch
 * @id: never used twice
 * @parent: id of the listener latch it was born from, or 0
 * @born: jiffies when it was made, or, for SCTP, when the peer last asked for its
 *	association; no lock
 * @ifindex: interface for socket look-ups, 0 for any
 * @listener: it is a listener latch
 * @passive: the peer opened the connection
 * @own_policy: the socket has its own xfrm policy, so the SPD does not decide
 * @mptcp: it is the first subflow of a connection that may have more
 * @loose: see struct btns_owner
 * @pinned: a program relies on it: a loose latch stays though it is idle
 * @used: jiffies of the last packet of a loose latch; no lock
 * @user: whom it counts to, NULL for nobody
 * @marks: see struct btns_owner
 * @own: enum btns_own; changed by cmpxchg or by who queued the work, no lock
 * @reqid: template id of the last outbound SA; no lock
 * @lenient: enum btns_lenient, of the policy that the first packet went out by;
 *	no lock
 * @tag: see struct btns_owner
 * @want: what was asked for, immutable
 * @lock: protects all below; spinlock_bh
 * @state: enum btns_latch_state; READ_ONCE on the packet path
 * @reason: enum btns_reason of the last transition
 * @gone: out of the database
 * @embryo: counted as one, see latch_embryo.c
 * @replay_known: @replay was read off an inbound SA
 * @told: the socket had the error in @err
 * @replay: replay protection is on
 * @err: negative errno for the socket when it is told
 * @conflicts: bit n for each enum btns_reason n that keeps it broken
 * @cookie: of the owning socket, 0 while unknown
 * @sk: the owner, held: for UDP from birth, for a listener likewise, for a
 *	connection of TCP or SCTP from when it was told until it heard
 * @peer: latched identity, NULL if none; set before @state says established
 * @local: likewise, ours
 * @suite: latched protection; likewise
 * @proof: reference, what else is known of the peer, or NULL; likewise
 * @seen_in: id of the last binding that an inbound packet was congruent with
 * @seen_out: likewise outbound
 * @notes: what the socket has to hear, newest first; no lock
 * @tell: tells the socket; queued at most once at a time
 *
 * @peer, @local, @suite and @proof are written once, on the way to established,
 * and never change after that (RFC 5660 section 2); the packet path reads them
 * without the lock after an acquiring read of @state.
 */
struct btns_latch {
	struct rhash_head node;
	struct btns_flow flow;
	struct rcu_head rcu;
	refcount_t ref;
	struct btns_net *bn;
	u64 id;
	u64 parent;
	unsigned long born;
	int ifindex;
	bool listener;
	bool passive;
	bool own_policy;
	bool mptcp;
	bool loose;
	bool pinned;
	unsigned long used;
	struct btns_user *user;
	struct btns_marks marks;
	int own;
	u32 reqid;
	u8 lenient;
	u32 tag;
	struct btns_want want;

	spinlock_t lock;	/* see above for what it protects */
	u8 state;
	u8 reason;
	bool gone;
	bool embryo;
	bool replay_known;
	bool told;
	u8 replay;
	int err;
	u32 conflicts;
	u64 cookie;
	struct sock *sk;
	struct btns_ident *peer;
	struct btns_ident *local;
	struct btns_suite *suite;
	struct btns_proof *proof;
	u64 seen_in;
	u64 seen_out;
	struct llist_head notes;
	struct work_struct tell;
};

/*
 * A million of them are to cost no more than they must: what few latches have,
 * or many share, lives elsewhere. Checks of locks make them larger.
 */
static_assert(sizeof(struct btns_latch) <= 384 ||
	      IS_ENABLED(CONFIG_DEBUG_SPINLOCK) ||
	      IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	      IS_ENABLED(CONFIG_PREEMPT_RT));

/* Why a break is final (RFC 5660 section 2: peer dead; an administrator). */
#define BTNS_LATCH_FINAL (BIT(BTNS_REASON_PEER_DEAD) | BIT(BTNS_REASON_ADMIN))

/* The binding of a state, or NULL; RCU read section. */
static inline const struct btns_sa *btns_sa_of_rcu(struct btns_net *bn,
						   const struct xfrm_state *x)
{
	const struct btns_sa *sa;
	struct btns_sa_key key = {
		.spi = x->id.spi,
		.family = x->props.family,
		.proto = x->id.proto,
	};

	if (x->props.family == AF_INET)
		key.daddr.ip = x->id.daddr.a4;
	else
		key.daddr.in6 = x->id.daddr.in6;
	sa = btns_sa_find_rcu(bn, &key);
	/* SAs that differ in their mark may share a key */
	if (sa && (sa->mark != x->mark.v || sa->mark_mask != x->mark.m))
		return NULL;
	return sa;
}

/* said.c */
bool btns_said_from_skb(struct btns_net *bn, const struct sk_buff *skb,
			struct btns_said *said);
bool btns_said_from_dst(struct btns_net *bn, const struct dst_entry *dst,
			u32 mark, struct btns_said *said);
enum btns_reason btns_said_latchable(const struct btns_said *said);
enum btns_reason btns_said_openable(const struct btns_said *said);
enum btns_lenient btns_said_lenient(const struct btns_said *said);

/* latch.c */
int btns_latch_cache_init(void);
void btns_latch_cache_exit(void);
u32 btns_latch_cache_size(void);
int btns_latch_init(struct btns_net *bn);
void btns_latch_exit(struct btns_net *bn);
struct btns_latch *btns_latch_find_rcu(struct btns_net *bn,
				       const struct btns_flow *flow);
struct btns_latch *btns_latch_find_listener_rcu(struct btns_net *bn,
						const struct btns_flow *flow);
struct btns_latch *btns_latch_get_next(struct btns_net *bn, u64 *id);
struct btns_latch *btns_latch_get(struct btns_net *bn, u64 id);
void btns_latch_put(struct btns_latch *latch);
struct btns_latch *btns_latch_alloc(struct btns_net *bn, const struct sock *sk,
				    const struct btns_flow *flow,
				    const struct btns_want *want);
int btns_latch_room(struct btns_net *bn, const struct sock *sk);
int btns_latch_publish(struct btns_latch *latch, enum btns_latch_state state,
		       enum btns_reason reason);
void btns_latch_discard(struct btns_latch *latch);
bool __btns_latch_move(struct btns_latch *latch, enum btns_latch_state to,
		       enum btns_reason reason);
void btns_latch_release(struct btns_latch *latch);
bool btns_latch_set_values(struct btns_latch *latch,
			   const struct btns_said *said);
bool btns_latch_establish(struct btns_latch *latch,
			  const struct btns_said *said);
bool btns_latch_break_one(struct btns_latch *latch, enum btns_reason reason);
bool btns_latch_close_one(struct btns_latch *latch, enum btns_reason reason,
			  int err);
void btns_latch_mend(struct btns_latch *latch, u32 conflicts);

/* latch_admin.c */
bool btns_latch_view_rcu(struct btns_latch *latch,
			 struct btns_latch_view *view);

/* latch_icmp.c */
bool btns_latch_icmp_out(struct btns_net *bn, const struct sk_buff *skb,
			 u8 family, const struct btns_said *said);
void btns_latch_icmp_unheard(struct btns_net *bn, const struct btns_flow *flow,
			     const struct btns_said *said);
bool btns_latch_icmp_in(struct btns_net *bn, const struct sk_buff *skb,
			u8 family, const struct btns_said *said);

/* latch_tcp.c, latch_udp.c: the verdict; RCU read section */
bool btns_latch_tcp_in(struct btns_net *bn, struct sk_buff *skb,
		       const struct btns_flow *flow,
		       const struct btns_packet *pkt,
		       const struct btns_said *said);
bool btns_latch_tcp_out(struct btns_net *bn, const struct sk_buff *skb,
			struct sock *sk, const struct btns_flow *flow,
			const struct btns_packet *pkt,
			const struct btns_said *said);
bool btns_latch_udp_in(struct btns_net *bn, struct sk_buff *skb,
		       const struct btns_flow *flow,
		       const struct btns_said *said);
bool btns_latch_udp_out(struct btns_net *bn, struct sock *sk,
			const struct btns_flow *flow,
			const struct btns_said *said, bool *as_lost);

/* A raw socket of that protocol is none. */
static inline bool btns_sk_is_sctp(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_IP_SCTP) && sk->sk_protocol == IPPROTO_SCTP &&
	       (sk->sk_type == SOCK_STREAM || sk->sk_type == SOCK_SEQPACKET);
}

/* latch_sctp.c and latch_assoc.c: SCTP, where the kernel has it */
#if IS_ENABLED(CONFIG_IP_SCTP)
bool btns_latch_sctp_in(struct btns_net *bn, struct sk_buff *skb,
			const struct btns_flow *flow,
			const struct btns_packet *pkt,
			const struct btns_said *said);
bool btns_latch_sctp_out(struct btns_net *bn, const struct sk_buff *skb,
			 struct sock *sk, const struct btns_flow *flow,
			 const struct btns_packet *pkt,
			 const struct btns_said *said);
struct btns_latch *btns_assoc_latch_rcu(struct btns_net *bn,
					const struct btns_flow *flow,
					int ifindex, int lower,
					const struct btns_latch *but,
					bool *exists);
struct btns_latch *btns_assoc_others_rcu(struct btns_latch *latch);
struct btns_latch *btns_assoc_named_rcu(struct btns_net *bn,
					const struct btns_flow *flow, u8 family,
					const union nf_inet_addr *raddr,
					int ifindex, int lower);
struct btns_latch *btns_assoc_of_socket_rcu(struct btns_net *bn,
					    struct sock *sk,
					    const struct btns_flow *to);
struct sock *btns_assoc_socket_find(struct btns_net *bn,
				    const struct btns_flow *flow, int ifindex,
				    int lower);
struct sock *btns_assoc_listener_find(struct btns_net *bn,
				      const struct btns_flow *flow,
				      int ifindex, int lower);
void btns_assoc_kick(struct btns_latch *latch);
bool btns_assoc_tell(struct btns_latch *latch, struct sock *sk);
struct sock *btns_assoc_owner_find(struct btns_latch *latch);
void btns_assoc_exit(void);
#else
static inline bool btns_latch_sctp_in(struct btns_net *bn, struct sk_buff *skb,
				      const struct btns_flow *flow,
				      const struct btns_packet *pkt,
				      const struct btns_said *said)
{
	return true;
}

static inline bool btns_latch_sctp_out(struct btns_net *bn,
				       const struct sk_buff *skb,
				       struct sock *sk,
				       const struct btns_flow *flow,
				       const struct btns_packet *pkt,
				       const struct btns_said *said)
{
	return true;
}

static inline struct btns_latch *
btns_assoc_others_rcu(struct btns_latch *latch)
{
	return NULL;
}

static inline struct btns_latch *
btns_assoc_of_socket_rcu(struct btns_net *bn, struct sock *sk,
			 const struct btns_flow *to)
{
	return NULL;
}

static inline struct sock *btns_assoc_owner_find(struct btns_latch *latch)
{
	return NULL;
}

static inline void btns_assoc_kick(struct btns_latch *latch)
{
}

static inline bool btns_assoc_tell(struct btns_latch *latch, struct sock *sk)
{
	return false;
}

static inline void btns_assoc_exit(void)
{
}
#endif

/* latch_check.c, see verdict.h for the rest */
bool btns_latch_falls_back(const struct btns_latch *latch);

/* latch_event.c */
void btns_latch_event_init(struct btns_net *bn);
void btns_latch_event_exit(struct btns_net *bn);
void btns_latch_event_state(struct btns_net *bn, struct xfrm_state *x);

/* latch_conflict.c */

/* Pairs of hosts that the cache has room for, in a namespace. */
#define BTNS_CLEAR_PAIRS	256

/**
 * struct btns_clear_pair - between these hosts all SAs are congruent
 * @laddr: local address
 * @raddr: remote address
 * @peer: whose they are; compared, never followed
 * @local: who we are to it; likewise
 * @qop: how they protect
 * @marks: of the flow that was looked for
 * @gen: btns_net.sad_gen when that was found
 * @family: AF_INET or AF_INET6
 * @used: the entry holds something
 */
struct btns_clear_pair {
	union nf_inet_addr laddr;
	union nf_inet_addr raddr;
	const struct btns_ident *peer;
	const struct btns_ident *local;
	struct btns_qop qop;
	struct btns_marks marks;
	unsigned int gen;
	u8 family;
	bool used;
};

int btns_latch_conflict_init(struct btns_net *bn);
void btns_latch_conflict_exit(struct btns_net *bn);
bool btns_latch_sad_conflict(struct btns_net *bn, const struct btns_flow *flow,
			     const struct btns_marks *marks,
			     const struct btns_said *said,
			     enum btns_reason *reason);
enum btns_reason btns_latch_differs(struct btns_latch *latch,
				    const struct xfrm_state *x);

/* latch_udp.c */
int btns_latch_pin(struct btns_latch *latch, u64 id);

/* latch_note.c */
void btns_latch_note(struct btns_latch *latch, u8 old_state);
void btns_latch_note_deliver(struct btns_latch *latch, struct sock *sk);
/* latch_embryo.c */
bool btns_latch_embryo_room(struct btns_net *bn, struct btns_ident *peer);
void btns_latch_embryo_begin(struct btns_latch *latch);
void __btns_latch_embryo_end(struct btns_latch *latch);
void btns_latch_embryo_seen(struct btns_latch *latch);

/* latch_suite.c */
int btns_suite_init(struct btns_net *bn);
void btns_suite_exit(struct btns_net *bn);
struct btns_suite *btns_suite_of(struct btns_net *bn,
				 const struct btns_said *said);
void btns_suite_put(struct btns_net *bn, struct btns_suite *suite);

/* latch_listen.c */
u64 btns_latch_listen(struct btns_net *bn, struct sock *sk,
		      const struct btns_want *want);
bool btns_latch_listen_conflicts(struct btns_net *bn, struct sock *sk,
				 const struct btns_want *want);

/* latch_owner.c */
void btns_latch_owner_init(struct btns_net *bn);
void btns_latch_owner_exit(struct btns_net *bn);
bool btns_latch_owner_anywhere(struct btns_latch *latch,
			       bool (*on)(struct btns_latch *latch, int ifindex,
					  void *arg),
			       void *arg);
struct sock *btns_latch_owner_find(struct btns_latch *latch);
struct sock *btns_latch_socket_find(struct btns_net *bn,
				    const struct btns_flow *flow, int ifindex);
struct sock *btns_latch_listener_find_rcu(struct btns_net *bn,
					  struct sk_buff *skb,
					  const struct btns_flow *flow,
					  unsigned int payload, int ifindex,
					  int lower);
struct sock *btns_latch_datagram_find(struct btns_net *bn,
				      const struct btns_flow *flow, int ifindex);
void btns_latch_owner_set(struct btns_latch *latch,
			  const struct btns_owner *owner);
bool btns_latch_owner_lives(struct btns_latch *latch);
bool btns_latch_owner_awaited(const struct btns_latch *latch);
void btns_latch_owner_tell(struct btns_latch *latch);
bool btns_latch_owner_kick(struct btns_latch *latch);
void btns_latch_owner_prepare(struct btns_latch *latch);
void btns_latch_owner_refuse(struct btns_net *bn, struct sock *sk, int err);
void btns_latch_owner_reroute(struct btns_latch *latch);
void btns_latch_owner_wake(struct btns_net *bn);
void btns_latch_owner_retime(struct btns_net *bn);
u64 btns_latch_cookie(struct sock *sk);

/* ask.c */
int btns_ask_init(struct btns_net *bn);
void btns_ask_exit(struct btns_net *bn);
int btns_ask_set(struct btns_net *bn, struct sock *sk,
		 const struct btns_want *want);
bool btns_ask_find_rcu(struct btns_net *bn, u64 cookie,
		       struct btns_want *want);
void btns_ask_resolve(struct btns_net *bn, struct btns_want *want);
void btns_ask_refuse_rcu(struct btns_net *bn, u64 cookie,
			 enum btns_reason reason);
enum btns_reason btns_ask_refused_rcu(struct btns_net *bn, u64 cookie);
void btns_ask_reap(struct btns_net *bn);
bool btns_want_equal(const struct btns_want *a, const struct btns_want *b);

/* latch_mptcp.c */
bool btns_latch_mptcp_refuses(const struct btns_net *bn,
			      const struct sk_buff *skb, unsigned int thoff);
void btns_latch_mptcp_begin(struct btns_net *bn);
void btns_latch_mptcp_end(struct btns_net *bn);
struct sock *btns_latch_mptcp_parent_get(struct sock *sk);
void btns_latch_mptcp_tell(struct sock *parent, int err);
/* An ask whose listening socket is to get policies: only one at a time. */
bool btns_ask_own_claim(struct btns_net *bn, u64 cookie);
void btns_ask_own_done(struct btns_net *bn, u64 cookie);

/* own.c: policies of a socket's own */
struct xfrm_policy *btns_own_compile(struct sock *sk, int opt, const u8 *data,
				     int len, int *dir);
bool btns_own_has(const struct sock *sk);
bool btns_own_foreign(const struct sock *sk);
bool btns_own_bypasses(const struct sock *sk);
int btns_own_ask(struct sock *sk, const struct btns_want *want);
void btns_own_hold(struct btns_latch *latch);
void btns_own_queue(struct btns_latch *latch);
void btns_own_listener(struct btns_net *bn, struct sock *sk);
bool btns_own_needed(struct btns_net *bn, const struct btns_flow *flow,
		     const struct btns_want *want,
		     const struct btns_said *said,
		     const struct btns_marks *marks);
bool btns_own_answers(struct btns_net *bn, struct sock *sk,
		      const struct btns_flow *flow, u32 mark,
		      const struct btns_want *want);

/* wish.c */
struct btns_wish *btns_wish_alloc(gfp_t gfp);
bool btns_wish_hold(struct btns_wish *wish);
void btns_wish_put(struct btns_wish *wish);
bool btns_wish_equal(const struct btns_wish *a, const struct btns_wish *b);
enum btns_reason btns_wish_granted(const struct btns_wish *wish,
				   const struct btns_said *said);

#endif /* BTNS_LATCH_H */
