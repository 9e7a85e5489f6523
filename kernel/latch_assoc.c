// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP's associations, as latches need them: which one a path belongs to, what
 * its other paths are latched to, who listens, and how its program is told.
 *
 * An association has a latch for each pair of addresses that it uses (RFC 5660
 * section 5.4). No latch knows its association: as with TCP the kernel's own
 * tables say who lives, so nothing has to be told of peeling off, of restarts
 * and of addresses that come and go.
 */
#include <linux/module.h>
#include <linux/sctp.h>
#include <net/inet_sock.h>
#include <net/protocol.h>
#include <net/sctp/sctp.h>

#include "compat.h"
#include "latch.h"

/*
 * SCTP is a module that may not be there. Its two look-ups are searched for
 * among the kernel's symbols once, when a packet first makes it matter whose
 * it is; from then on the module is held until we go: strangers name up to 64
 * addresses in one packet, and each of them is looked up.
 */
static struct {
	spinlock_t lock;	/* taken to fill in the rest */
	bool there;		/* all of it is; never taken back */
	typeof(sctp_transport_lookup_process) *process;
	typeof(sctp_for_each_endpoint) *each;
} sctp_fns = {
	.lock = __SPIN_LOCK_UNLOCKED(sctp_fns.lock),
};

/* Both or none. */
static void take_module(void)
{
	sctp_fns.process = symbol_get(sctp_transport_lookup_process);
	sctp_fns.each = symbol_get(sctp_for_each_endpoint);
	if (sctp_fns.process && sctp_fns.each) {
		/* paired with the acquire in is_there() */
		smp_store_release(&sctp_fns.there, true);
		return;
	}
	if (sctp_fns.process)
		symbol_put(sctp_transport_lookup_process);
	if (sctp_fns.each)
		symbol_put(sctp_for_each_endpoint);
}

/* May sctp_fns be called? Not while the module comes or goes: no socket then. */
static bool is_there(void)
{
	/* paired with the release in take_module(): pointers are there */
	if (smp_load_acquire(&sctp_fns.there))
		return true;
	if (!rcu_access_pointer(inet_protos[IPPROTO_SCTP]))
		return false;
	spin_lock_bh(&sctp_fns.lock);
	if (!sctp_fns.there)
		take_module();
	spin_unlock_bh(&sctp_fns.lock);
	return sctp_fns.there;
}

/**
 * btns_assoc_exit - let go of SCTP's module
 *
 * Context: process; no packet, work or system call of ours runs any more.
 */
void btns_assoc_exit(void)
{
	if (!sctp_fns.there)
		return;
	symbol_put(sctp_for_each_endpoint);
	symbol_put(sctp_transport_lookup_process);
}

/**
 * struct search - what is looked for in an association
 * @bn: namespace
 * @but: not this latch, or NULL
 * @latch: out: the latch of another path that says most; RCU
 * @sk: out: its socket, held, if @hold
 * @id: out: the association, as its program knows it
 * @hold: the socket is wanted
 * @kick: see btns_assoc_kick()
 */
struct search {
	struct btns_net *bn;
	const struct btns_latch *but;
	struct btns_latch *latch;
	struct sock *sk;
	sctp_assoc_t id;
	bool hold;
	bool kick;
};

static void set_addr(union sctp_addr *addr, u8 family,
		     const union nf_inet_addr *a, __be16 port)
{
	memset(addr, 0, sizeof(*addr));
	if (family == AF_INET) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_addr = a->in;
		addr->v4.sin_port = port;
	} else {
		addr->v6.sin6_family = AF_INET6;
		addr->v6.sin6_addr = a->in6;
		addr->v6.sin6_port = port;
	}
}

static void get_addr(union nf_inet_addr *a, const union sctp_addr *addr)
{
	memset(a, 0, sizeof(*a));
	if (addr->sa.sa_family == AF_INET)
		a->in = addr->v4.sin_addr;
	else
		a->in6 = addr->v6.sin6_addr;
}

/* The latch of one path, or NULL. */
static struct btns_latch *latch_of_path(struct btns_net *bn,
					const struct sctp_association *asoc,
					const union sctp_addr *l,
					const union sctp_addr *r)
{
	struct btns_flow flow = {
		.family = r->sa.sa_family,
		.proto = IPPROTO_SCTP,
		.lport = htons(asoc->base.bind_addr.port),
		.rport = htons(asoc->peer.port),
	};

	if (l->sa.sa_family != r->sa.sa_family)
		return NULL;
	get_addr(&flow.laddr, l);
	get_addr(&flow.raddr, r);
	return btns_latch_find_rcu(bn, &flow);
}

/*
 * What an established latch says counts, then what one said that is cut off:
 * another peer must not have its association. Last what one will say yet.
 */
static int weight(const struct btns_latch *latch)
{
	if (!latch)
		return 0;
	switch (READ_ONCE(latch->state)) {
	case BTNS_LATCH_STATE_ESTABLISHED:
		return 3;
	case BTNS_LATCH_STATE_LARVAL:
		return 1;
	default:
		return 2;
	}
}

/* The paths of one of our addresses. */
static void search_from(struct search *s, const struct sctp_association *asoc,
			const union sctp_addr *l)
{
	struct sctp_transport *t;
	struct btns_latch *latch;

	list_for_each_entry_rcu(t, &asoc->peer.transport_addr_list,
				transports) {
		latch = latch_of_path(s->bn, asoc, l, &t->ipaddr);
		if (latch && latch != s->but &&
		    weight(latch) > weight(s->latch))
			s->latch = latch;
	}
}

/* All paths, N x M of them. RCU read section. */
static void search_latches(struct search *s,
			   const struct sctp_association *asoc)
{
	struct sctp_sockaddr_entry *entry;

	list_for_each_entry_rcu(entry, &asoc->base.bind_addr.address_list,
				list)
		if (entry->valid)
			search_from(s, asoc, &entry->a);
}

/* What waits for an SA goes now, not at SCTP's next try, seconds later. */
static void kick(struct btns_net *bn, struct sctp_association *asoc)
{
	int timer;

	switch (READ_ONCE(asoc->state)) {
	case SCTP_STATE_COOKIE_WAIT:
		timer = SCTP_EVENT_TIMEOUT_T1_INIT;
		break;
	case SCTP_STATE_COOKIE_ECHOED:
		timer = SCTP_EVENT_TIMEOUT_T1_COOKIE;
		break;
	default:
		return;
	}
	/* one that does not run holds no reference to the association */
	if (mod_timer_pending(&asoc->timers[timer], jiffies + 1))
		btns_mib_inc(bn, LatchKick);
}

static int examine(struct sctp_endpoint *ep, struct sctp_transport *t, void *p)
{
	struct sctp_association *asoc = t->asoc;
	struct search *s = p;

	rcu_read_lock();
	search_latches(s, asoc);
	rcu_read_unlock();
	s->id = READ_ONCE(asoc->assoc_id);
	if (s->hold) {
		/* the endpoint, which is held, holds its socket */
		s->sk = ep->base.sk;
		sock_hold(s->sk);
	}
	if (s->kick)
		kick(s->bn, asoc);
	return 0;
}

/* False if the path belongs to no association of a socket bound like that. */
static bool look_up_on(struct search *s, const struct btns_flow *flow,
		       u8 rfamily, const union nf_inet_addr *raddr, int ifindex)
{
	union sctp_addr l, r;

	set_addr(&l, flow->family, &flow->laddr, flow->lport);
	set_addr(&r, rfamily, raddr, flow->rport);
	return !btns_compat_sctp_lookup(sctp_fns.process, examine, s->bn->net,
					&l, &r, s, ifindex);
}

/*
 * A packet's: a socket may be bound to either of two interfaces by which it
 * comes in a VRF, or to none. SCTP takes the interface for the VRF's as well, so
 * that with net.sctp.l3mdev_accept off it hides the sockets that are bound to
 * none: these are looked for without.
 */
static bool look_up(struct search *s, const struct btns_flow *flow,
		    u8 rfamily, const union nf_inet_addr *raddr, int ifindex,
		    int lower)
{
	return is_there() &&
	       (look_up_on(s, flow, rfamily, raddr, ifindex) ||
		(lower && look_up_on(s, flow, rfamily, raddr, lower)) ||
		(ifindex && look_up_on(s, flow, rfamily, raddr, 0)));
}

static bool try_on(struct btns_latch *latch, int ifindex, void *arg)
{
	const struct btns_flow *flow = &latch->flow;

	return look_up_on(arg, flow, flow->family, &flow->raddr, ifindex);
}

/* A latch's: whatever interface its socket is bound to now. */
static bool look_up_anywhere(struct search *s, struct btns_latch *latch)
{
	return is_there() && btns_latch_owner_anywhere(latch, try_on, s);
}

/**
 * btns_assoc_latch_rcu - what the association of a path is latched to
 * @bn: namespace
 * @flow: path
 * @ifindex: interface that its packets come by, or that its socket is bound to
 * @lower: the one below it if that is a VRF, or 0
 * @but: not this latch, or NULL
 * @exists: out: there is such an association
 *
 * Context: RCU read section, any but hard interrupts.
 * Return: a latch of one of its paths, an established one if it has any; or
 * NULL.
 */
struct btns_latch *btns_assoc_latch_rcu(struct btns_net *bn,
					const struct btns_flow *flow,
					int ifindex, int lower,
					const struct btns_latch *but,
					bool *exists)
{
	struct search s = { .bn = bn, .but = but };

	*exists = look_up(&s, flow, flow->family, &flow->raddr, ifindex, lower);
	return s.latch;
}

/**
 * btns_assoc_others_rcu - what the other paths of a latch's association say
 * @latch: latch of one path
 *
 * Context: RCU read section, any but hard interrupts.
 * Return: as btns_assoc_latch_rcu(), whatever interface the socket is bound to.
 */
struct btns_latch *btns_assoc_others_rcu(struct btns_latch *latch)
{
	struct search s = { .bn = latch->bn, .but = latch };

	look_up_anywhere(&s, latch);
	return s.latch;
}

/**
 * btns_assoc_named_rcu - what the association is latched to that a chunk names
 * @bn: namespace
 * @flow: the packet's
 * @family: of the address in the chunk
 * @raddr: that address, which is said to be the peer's
 * @ifindex: interface that the packet came by
 * @lower: the one below it if that is a VRF, or 0
 *
 * Context: RCU read section, any but hard interrupts.
 * Return: as btns_assoc_latch_rcu().
 */
struct btns_latch *btns_assoc_named_rcu(struct btns_net *bn,
					const struct btns_flow *flow, u8 family,
					const union nf_inet_addr *raddr,
					int ifindex, int lower)
{
	struct search s = { .bn = bn };

	look_up(&s, flow, family, raddr, ifindex, lower);
	return s.latch;
}

/**
 * btns_assoc_socket_find - the socket of a path's association
 * @bn: namespace
 * @flow: path
 * @ifindex: interface that its packets come by, or that its socket is bound to
 * @lower: the one below it if that is a VRF, or 0
 *
 * Context: any but hard interrupts.
 * Return: full socket, to be given back with sock_put(); or NULL.
 */
struct sock *btns_assoc_socket_find(struct btns_net *bn,
				    const struct btns_flow *flow, int ifindex,
				    int lower)
{
	struct search s = { .bn = bn, .hold = true };

	look_up(&s, flow, flow->family, &flow->raddr, ifindex, lower);
	return s.sk;
}

/**
 * btns_assoc_owner_find - the socket of a latch's association
 * @latch: latch of one path
 *
 * Context: any but hard interrupts.
 * Return: as btns_assoc_socket_find(), whatever interface it is bound to.
 */
struct sock *btns_assoc_owner_find(struct btns_latch *latch)
{
	struct search s = { .bn = latch->bn, .hold = true };

	look_up_anywhere(&s, latch);
	return s.sk;
}

/**
 * btns_assoc_kick - let an association send on that waits for an SA
 * @latch: its latch
 *
 * Context: any but hard interrupts.
 */
void btns_assoc_kick(struct btns_latch *latch)
{
	struct search s = { .bn = latch->bn, .kick = true };

	look_up_anywhere(&s, latch);
}

/**
 * struct listener - the socket that would take an association
 * @bn: namespace
 * @flow: path of its INIT
 * @ifindex: interface of that
 * @lower: the one below it if that is a VRF, or 0
 * @sk: out: held, or NULL
 */
struct listener {
	struct btns_net *bn;
	const struct btns_flow *flow;
	int ifindex;
	int lower;
	struct sock *sk;
};

/* As SCTP compares: a socket may take all of its family, and IPv6's of both. */
static bool takes(const struct sock *sk, const union sctp_addr *bound,
		  const struct btns_flow *flow)
{
	u8 family = bound->sa.sa_family;
	union nf_inet_addr addr;
	bool any;

	get_addr(&addr, bound);
	any = !memchr_inv(&addr, 0, sizeof(addr));
	if (family == flow->family)
		return any || nf_inet_addr_cmp(&addr, &flow->laddr);
	return any && family == AF_INET6 && !ipv6_only_sock(sk);
}

static bool is_bound_to(const struct sctp_endpoint *ep,
			const struct btns_flow *flow)
{
	struct sctp_sockaddr_entry *entry;
	bool bound = false;

	if (htons(ep->base.bind_addr.port) != flow->lport)
		return false;
	rcu_read_lock();
	list_for_each_entry_rcu(entry, &ep->base.bind_addr.address_list, list)
		bound |= entry->valid && takes(ep->base.sk, &entry->a, flow);
	rcu_read_unlock();
	return bound;
}

static int match_listener(struct sctp_endpoint *ep, void *p)
{
	struct listener *l = p;
	struct sock *sk = ep->base.sk;
	int dev = READ_ONCE(sk->sk_bound_dev_if);

	if (!net_eq(sock_net(sk), l->bn->net) ||
	    READ_ONCE(sk->sk_state) != TCP_LISTEN ||
	    (dev && dev != l->ifindex && dev != l->lower) ||
	    !is_bound_to(ep, l->flow) ||
	    !refcount_inc_not_zero(&sk->sk_refcnt))
		return 0;
	l->sk = sk;
	return 1;
}

/**
 * btns_assoc_listener_find - the socket that would take an association
 * @bn: namespace
 * @flow: path of its INIT
 * @ifindex: interface of that
 * @lower: the one below it if that is a VRF, or 0
 *
 * Looks at every SCTP socket that listens.
 *
 * Context: any but hard interrupts.
 * Return: full socket, to be given back with sock_put(); or NULL.
 */
struct sock *btns_assoc_listener_find(struct btns_net *bn,
				      const struct btns_flow *flow, int ifindex,
				      int lower)
{
	struct listener l = { .bn = bn, .flow = flow, .ifindex = ifindex,
			      .lower = lower };
	int pos = 0;

	if (is_there())
		btns_compat_sctp_endpoints(sctp_fns.each, match_listener,
					   bn->net, &pos, &l);
	return l.sk;
}

static bool has_peer(const struct sctp_association *asoc,
		     const struct btns_flow *to)
{
	struct sctp_transport *t;
	union nf_inet_addr addr;

	if (!to)
		return true;
	list_for_each_entry(t, &asoc->peer.transport_addr_list, transports) {
		get_addr(&addr, &t->ipaddr);
		if (t->ipaddr.sa.sa_family == to->family &&
		    htons(asoc->peer.port) == to->rport &&
		    nf_inet_addr_cmp(&addr, &to->raddr))
			return true;
	}
	return false;
}

/**
 * btns_assoc_of_socket_rcu - the latch of a socket's association
 * @bn: namespace
 * @sk: SCTP socket, locked
 * @to: its peer: family, address and port; NULL for a socket that has one
 *
 * Context: process, RCU read section.
 * Return: as btns_assoc_latch_rcu().
 */
struct btns_latch *btns_assoc_of_socket_rcu(struct btns_net *bn,
					    struct sock *sk,
					    const struct btns_flow *to)
{
	const struct sctp_endpoint *ep = sctp_sk(sk)->ep;
	struct search s = { .bn = bn };
	struct sctp_association *asoc;

	list_for_each_entry(asoc, &ep->asocs, asocs) {
		if (!has_peer(asoc, to))
			continue;
		search_latches(&s, asoc);
		break;
	}
	return s.latch;
}

/*
 * As a program does it itself; it is told by SCTP_COMM_LOST. What that would
 * send the peer is dropped, as the latch is not open any more.
 */
static bool abort_one(struct sock *sk, sctp_assoc_t id)
{
	struct {
		struct cmsghdr hdr;
		struct sctp_sndinfo info;
	} __aligned(sizeof(long)) control = {
		.hdr = {
			.cmsg_len = CMSG_LEN(sizeof(struct sctp_sndinfo)),
			.cmsg_level = IPPROTO_SCTP,
			.cmsg_type = SCTP_SNDINFO,
		},
		.info = { .snd_flags = SCTP_ABORT, .snd_assoc_id = id },
	};
	struct msghdr msg = {
		.msg_control = &control,
		.msg_controllen = sizeof(control),
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
	};

	return id && !sk->sk_prot->sendmsg(sk, &msg, 0);
}

/**
 * btns_assoc_tell - tell a program that its association is cut off
 * @latch: its last latch that was good
 * @sk: its socket
 *
 * A socket of one association has the error to hear, and its latch goes on
 * cutting it off. One of many has that association aborted, and hears which.
 *
 * Context: process, takes the socket lock.
 * Return: false if it could not be told.
 */
bool btns_assoc_tell(struct btns_latch *latch, struct sock *sk)
{
	struct search s = { .bn = latch->bn };

	if (sk->sk_type != SOCK_STREAM) {
		look_up_anywhere(&s, latch);
		return abort_one(sk, s.id);
	}
	lock_sock(sk);
	if (!sock_flag(sk, SOCK_DEAD)) {
		WRITE_ONCE(sk->sk_err, -latch->err);
		sk_error_report(sk);
	}
	release_sock(sk);
	return true;
}
