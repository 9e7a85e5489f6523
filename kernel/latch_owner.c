// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a latch to the socket that owns it: finding it by its 5-tuple, telling
 * it of a break, letting its first SYN go when the SA has come, and releasing
 * latches that no socket owns any more.
 *
 * No latch is kept in a socket: sk_destruct, ULP and the like are left to
 * others. The socket tables say who lives; where there are no connections the
 * latch holds its socket.
 */
#include <linux/netdevice.h>
#include <linux/sock_diag.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat.h"
#include "latch.h"

/* A latch made for a SYN may have no socket for this long. */
#define GRACE		HZ
/* Latches looked at in one pass: at least, and as a share of all. */
#define GC_BUDGET_MIN	4096
#define GC_BUDGET_SHARE	8

/**
 * btns_latch_socket_find - the connection socket of a flow
 * @bn: namespace
 * @flow: 5-tuple
 * @ifindex: interface, for sockets bound to one
 *
 * Context: any but hard interrupts.
 * Return: full, request or TIME_WAIT socket, to be given back with
 * sock_gen_put(); or NULL.
 */
struct sock *btns_latch_socket_find(struct btns_net *bn,
				    const struct btns_flow *flow, int ifindex)
{
	struct sock *sk;

	rcu_read_lock();
	if (flow->family == AF_INET)
		sk = btns_compat_lookup_established4(bn->net,
						     flow->raddr.ip, flow->rport,
						     flow->laddr.ip,
						     ntohs(flow->lport),
						     ifindex, 0);
	else
		sk = btns_compat_lookup_established6(bn->net,
						     &flow->raddr.in6, flow->rport,
						     &flow->laddr.in6,
						     ntohs(flow->lport),
						     ifindex, 0);
	rcu_read_unlock();
	return sk;
}

/**
 * btns_latch_datagram_find - the UDP socket that would take a datagram
 * @bn: namespace
 * @flow: 5-tuple
 * @ifindex: interface that it came in by
 *
 * Context: any but hard interrupts.
 * Return: full socket, connected or not, to be given back with sock_put(); or
 * NULL.
 */
struct sock *btns_latch_datagram_find(struct btns_net *bn,
				      const struct btns_flow *flow, int ifindex)
{
	struct sock *sk;

	rcu_read_lock();
	if (flow->family == AF_INET)
		sk = btns_compat_lookup_udp4(bn->net, flow->raddr.ip,
					     flow->rport, flow->laddr.ip,
					     flow->lport, ifindex);
	else
		sk = btns_compat_lookup_udp6(bn->net, &flow->raddr.in6,
					     flow->rport, &flow->laddr.in6,
					     flow->lport, ifindex);
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

/**
 * btns_latch_owner_set - write down whose a new latch is
 * @latch: latch that nobody can find yet
 * @owner: the owner; its socket is held from now on
 *
 * Context: RCU read section.
 */
void btns_latch_owner_set(struct btns_latch *latch,
			  const struct btns_owner *owner)
{
	latch->cookie = owner->cookie;
	latch->ifindex = owner->ifindex;
	latch->marks = owner->marks;
	latch->passive = owner->passive;
	latch->own_policy = owner->own_policy;
	latch->mptcp = owner->mptcp;
	if (latch->mptcp)
		btns_latch_mptcp_begin(latch->bn);
	latch->loose = owner->loose;
	latch->tag = owner->tag;
	latch->used = jiffies;
	if (owner->sk) {
		sock_hold(owner->sk);
		latch->sk = owner->sk;
	}
}

static struct sock *held_owner(struct btns_latch *latch)
{
	struct sock *sk;

	spin_lock_bh(&latch->lock);
	sk = latch->sk;
	if (sk)
		sock_hold(sk);
	spin_unlock_bh(&latch->lock);
	return sk;
}

/**
 * btns_latch_owner_anywhere - look for the socket of a connection's latch
 * @latch: latch; the caller has a reference or is in an RCU read section
 * @on: looks for one that is bound to an interface, or with 0 to none; true if
 *	it was found
 * @arg: for @on
 *
 * It may be bound to another interface than when the latch was made, so all
 * are tried: a latch must never be released while its connection lives.
 *
 * Context: any but hard interrupts; @on is called in an RCU read section.
 * Return: true if @on found it.
 */
bool btns_latch_owner_anywhere(struct btns_latch *latch,
			       bool (*on)(struct btns_latch *latch, int ifindex,
					  void *arg),
			       void *arg)
{
	struct net_device *dev;
	bool found;

	rcu_read_lock();
	found = on(latch, latch->ifindex, arg) ||
		(latch->ifindex && on(latch, 0, arg));
	for_each_netdev_rcu(latch->bn->net, dev) {
		if (found)
			break;
		if (dev->ifindex != latch->ifindex)
			found = on(latch, dev->ifindex, arg);
	}
	rcu_read_unlock();
	return found;
}

static bool find_on(struct btns_latch *latch, int ifindex, void *arg)
{
	struct sock **sk = arg;

	*sk = btns_latch_socket_find(latch->bn, &latch->flow, ifindex);
	return *sk;
}

/**
 * btns_latch_owner_find - the socket of a conversation's latch
 * @latch: latch, not of a listener; the caller has a reference or is in an
 *	RCU read section
 *
 * Context: as btns_latch_socket_find().
 * Return: as btns_latch_socket_find(), whatever interface it is bound to.
 */
struct sock *btns_latch_owner_find(struct btns_latch *latch)
{
	struct sock *sk = NULL;

	if (latch->flow.proto == IPPROTO_UDP)
		return held_owner(latch);
	if (latch->flow.proto == IPPROTO_SCTP)
		return btns_assoc_owner_find(latch);
	btns_latch_owner_anywhere(latch, find_on, &sk);
	return sk;
}

/**
 * btns_latch_listener_find_rcu - the socket that would take a connection
 * @bn: namespace
 * @skb: the SYN, or NULL
 * @flow: 5-tuple
 * @payload: offset of the payload in @skb, for BPF that picks a socket
 * @ifindex: interface that the SYN is received on
 * @lower: the one below it if that is a VRF, or 0
 *
 * Context: RCU read section, bottom halves off or not.
 * Return: listening socket, without a reference, or NULL.
 */
struct sock *btns_latch_listener_find_rcu(struct btns_net *bn,
					  struct sk_buff *skb,
					  const struct btns_flow *flow,
					  unsigned int payload, int ifindex,
					  int lower)
{
	if (flow->family == AF_INET)
		return btns_compat_lookup_listener4(bn->net, skb, payload,
						    flow->raddr.ip, flow->rport,
						    flow->laddr.ip,
						    ntohs(flow->lport),
						    ifindex, lower);
	return btns_compat_lookup_listener6(bn->net, skb, payload,
					    &flow->raddr.in6, flow->rport,
					    &flow->laddr.in6,
					    ntohs(flow->lport), ifindex, lower);
}

/**
 * btns_latch_cookie - the cookie of a socket
 * @sk: full socket
 *
 * Context: any.
 * Return: a number that no other socket ever has.
 */
u64 btns_latch_cookie(struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie(sk, cookie);
	return cookie[0] | (u64)cookie[1] << 32;
}

/* Has a socket that was told by an error still to hear of it? */
static bool still_to_hear(const struct sock *sk)
{
	return !sock_flag(sk, SOCK_DEAD) && READ_ONCE(sk->sk_err);
}

/* Has a loose latch been of no use for longer than the administrator grants? */
static bool idle(const struct btns_latch *latch)
{
	unsigned int s = READ_ONCE(latch->bn->knobs.latch_idle);

	return !READ_ONCE(latch->pinned) &&
	       time_after(jiffies, READ_ONCE(latch->used) + s * HZ);
}

/*
 * A datagram socket's latch stays while the socket is open and connected to
 * the same peer, whatever its state: without it what was cut off would go on
 * in the clear. A loose one goes when idle, unless it cuts something off.
 */
static bool talks_yet(struct btns_latch *latch, const struct sock *sk)
{
	struct btns_flow flow;

	if (sock_flag(sk, SOCK_DEAD))
		return false;
	if (latch->loose)
		return READ_ONCE(latch->state) > BTNS_LATCH_STATE_ESTABLISHED ||
		       !idle(latch);
	btns_flow_from_sk(sk, &flow);
	return READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       !memcmp(&flow, &latch->flow, sizeof(flow));
}

/*
 * A connection that is being told: tcp_abort() may wait long for a socket that
 * its program has locked, and until then the connection lives. A socket that
 * has heard may have another connection by now.
 */
static bool being_told(const struct btns_latch *latch, const struct sock *sk)
{
	struct btns_flow flow;

	/* tcp_abort() sets the error before it closes */
	if (inet_sk_state_load(sk) == TCP_CLOSE)
		return still_to_hear(sk);
	btns_flow_from_sk(sk, &flow);
	return !memcmp(&flow, &latch->flow, sizeof(flow)) || still_to_hear(sk);
}

/* Does its path belong to an association yet? */
static bool associated(struct btns_latch *latch)
{
	struct sock *sk = btns_latch_owner_find(latch);

	if (sk)
		sock_put(sk);
	return sk;
}

/**
 * btns_latch_owner_lives - whether a latch still has an owner
 * @latch: latch; caller has a reference
 *
 * A listener's owner lives while its socket listens. A TCP connection's lives
 * while there is a socket of any kind for the 5-tuple (TIME_WAIT sends too),
 * or one that was told of a break and has not read the error yet; an SCTP
 * association's likewise, while the path is one of its paths. For UDP see above.
 *
 * Context: any but hard interrupts.
 * Return: true if it does.
 */
bool btns_latch_owner_lives(struct btns_latch *latch)
{
	struct sock *sk = held_owner(latch);
	bool lives;

	if (sk) {
		if (latch->listener)
			lives = sk->sk_state == TCP_LISTEN;
		else if (latch->flow.proto == IPPROTO_UDP)
			lives = talks_yet(latch, sk);
		else if (latch->flow.proto == IPPROTO_SCTP)
			lives = still_to_hear(sk) || associated(latch);
		else
			lives = being_told(latch, sk);
		sock_put(sk);
		return lives;
	}
	if (latch->listener)
		return false;
	sk = btns_latch_owner_find(latch);
	lives = sk;
	if (sk) {
		if (sk_fullsock(sk))
			btns_latch_embryo_seen(latch);
		sock_gen_put(sk);
	}
	return lives;
}

/**
 * btns_latch_owner_awaited - may the owner of a latch be yet to come
 * @latch: connection latch
 *
 * Context: any.
 * Return: true if the latch is that young.
 */
bool btns_latch_owner_awaited(const struct btns_latch *latch)
{
	return time_before_eq(jiffies, READ_ONCE(latch->born) + GRACE);
}

static void keep_owner(struct btns_latch *latch, struct sock *sk)
{
	spin_lock_bh(&latch->lock);
	if (!latch->gone && !latch->sk) {
		sock_hold(sk);
		latch->sk = sk;
		if (!latch->cookie)
			latch->cookie = btns_latch_cookie(sk);
	}
	spin_unlock_bh(&latch->lock);
}

/* The socket of a listener latch, which holds it; or that of a connection. */
static struct sock *owner_get(struct btns_latch *latch)
{
	return latch->listener ? held_owner(latch) :
				 btns_latch_owner_find(latch);
}

/*
 * A path that is cut off is dead to SCTP, which goes on by another (RFC 5660
 * section 5.5); its program hears of it when none is left.
 */
static void end_association(struct btns_latch *latch, struct sock *sk)
{
	const struct btns_latch *ref;
	bool more;

	rcu_read_lock();
	ref = btns_assoc_others_rcu(latch);
	more = ref && READ_ONCE(ref->state) <= BTNS_LATCH_STATE_ESTABLISHED;
	rcu_read_unlock();
	if (more)
		return;
	keep_owner(latch, sk);
	if (btns_assoc_tell(latch, sk))
		btns_mib_inc(latch->bn, SocketTold);
	else
		btns_mib_inc(latch->bn, SocketAbortFailed);
}

/* A connection ends with the error. */
static void abort_connection(struct btns_latch *latch, struct sock *sk)
{
	struct sock *parent = NULL;

	if (sk_fullsock(sk)) {
		keep_owner(latch, sk);
		parent = btns_latch_mptcp_parent_get(sk);
	}
	if (tcp_abort(sk, -latch->err))
		btns_mib_inc(latch->bn, SocketAbortFailed);
	else
		btns_mib_inc(latch->bn, SocketAborted);
	btns_latch_mptcp_tell(parent, -latch->err);
}

/*
 * A datagram socket has the error to hear and stays connected, so that its
 * latch goes on cutting it off. One that talks to many peers hears of one of
 * them only if it said that it takes such errors (IP_RECVERR, as for ICMP).
 */
static void report_error(struct btns_latch *latch, struct sock *sk)
{
	lock_sock(sk);
	if (!sock_flag(sk, SOCK_DEAD) &&
	    (!latch->loose || btns_compat_takes_errors(sk))) {
		WRITE_ONCE(sk->sk_err, -latch->err);
		sk_error_report(sk);
		btns_mib_inc(latch->bn, SocketTold);
	}
	release_sock(sk);
}

static void give_error(struct btns_latch *latch, struct sock *sk)
{
	if (latch->flow.proto == IPPROTO_UDP)
		report_error(latch, sk);
	else if (latch->flow.proto == IPPROTO_SCTP)
		end_association(latch, sk);
	else
		abort_connection(latch, sk);
}

/* Is there an error that the socket has not been given? */
static bool has_error(struct btns_latch *latch)
{
	bool has;

	spin_lock_bh(&latch->lock);
	has = latch->err && !latch->told;
	latch->told = true;
	spin_unlock_bh(&latch->lock);
	return has;
}

/*
 * The reset that tcp_abort() may try to send is dropped: the latch is not
 * open any more. A work of its own for each latch, as a program can make the
 * socket lock wait for as long as it likes.
 */
static void tell_fn(struct work_struct *work)
{
	struct btns_latch *latch = container_of(work, struct btns_latch, tell);
	struct btns_net *bn = latch->bn;
	bool full = false, error = false;
	struct sock *sk;
	int tries;

	/* a request may have become a connection before it was dropped */
	for (tries = 0; tries < 3 && !full; tries++) {
		sk = owner_get(latch);
		if (!sk)
			break;
		full = sk_fullsock(sk);
		/* first why, then that: an aborted socket may be closed */
		if (full)
			btns_latch_note_deliver(latch, sk);
		error = error || has_error(latch);
		if (error)
			give_error(latch, sk);
		sock_gen_put(sk);
	}
	btns_latch_put(latch);
	if (atomic_dec_and_test(&bn->tells))
		wake_up_var(&bn->tells);
}

/**
 * btns_latch_owner_prepare - make a new latch ready to tell its owner
 * @latch: latch that nobody can find yet
 *
 * Context: any.
 */
void btns_latch_owner_prepare(struct btns_latch *latch)
{
	INIT_WORK(&latch->tell, tell_fn);
}

/**
 * btns_latch_owner_tell - give the owning socket the error in latch->err
 * @latch: latch that is broken or closed; caller has a reference or is in an
 *	RCU read section
 *
 * Takes effect at once on packets by the latch's state; the socket itself is
 * told in process context right after, since that takes the socket lock.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_owner_tell(struct btns_latch *latch)
{
	struct btns_net *bn = latch->bn;

	if (READ_ONCE(bn->dying) || !refcount_inc_not_zero(&latch->ref))
		return;
	atomic_inc(&bn->tells);
	if (!queue_work(btns_wq, &latch->tell)) {
		/* queued already, with a reference of its own */
		atomic_dec(&bn->tells);
		btns_latch_put(latch);
	}
}

/* Has it sent nothing yet that its peer could hear? */
static bool opening(const struct sock *sk)
{
	/* a full socket is in SYN_RECV only if both ends open at once */
	return sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV;
}

/**
 * struct refusal - a socket to be told that it gets no latch
 * @work: tells it
 * @bn: namespace; its end waits for btns_net.tells
 * @sk: reference
 * @err: negative errno
 */
struct refusal {
	struct work_struct work;
	struct btns_net *bn;
	struct sock *sk;
	int err;
};

static void refuse_fn(struct work_struct *work)
{
	struct refusal *r = container_of(work, struct refusal, work);
	struct btns_net *bn = r->bn;

	if (r->sk->sk_state == TCP_SYN_SENT && !tcp_abort(r->sk, -r->err))
		btns_mib_inc(bn, SocketAborted);
	sock_put(r->sk);
	kfree(r);
	if (atomic_dec_and_test(&bn->tells))
		wake_up_var(&bn->tells);
}

/**
 * btns_latch_owner_refuse - give a socket that gets no latch an error
 * @bn: namespace
 * @sk: TCP socket that is sending its first SYN
 * @err: negative errno
 *
 * Without memory nothing happens; the SYN is dropped by the caller, and comes
 * again.
 *
 * Context: any but hard interrupts; @sk may be locked.
 */
void btns_latch_owner_refuse(struct btns_net *bn, struct sock *sk, int err)
{
	struct refusal *r;

	if (READ_ONCE(bn->dying))
		return;
	r = kmalloc(sizeof(*r), GFP_ATOMIC | __GFP_NOWARN);
	if (!r)
		return;
	INIT_WORK(&r->work, refuse_fn);
	r->bn = bn;
	sock_hold(sk);
	r->sk = sk;
	r->err = err;
	atomic_inc(&bn->tells);
	queue_work(btns_wq, &r->work);
}

/**
 * btns_latch_owner_kick - let a waiting SYN, or SYN-ACK, go now
 * @latch: latch that has sent nothing, and whose SA has come
 *
 * Without this it would go at TCP's next retransmission, a second later.
 *
 * Context: process.
 * Return: false if a program has the socket locked just now: try again.
 */
bool btns_latch_owner_kick(struct btns_latch *latch)
{
	struct sock *sk;
	bool free = true;

	if (latch->flow.proto == IPPROTO_SCTP) {
		btns_assoc_kick(latch);
		return true;
	}
	sk = btns_latch_owner_find(latch);
	if (!sk)
		return true;
	if (sk_fullsock(sk)) {
		local_bh_disable();
		bh_lock_sock(sk);
		free = !sock_owned_by_user(sk);
		if (free && opening(sk)) {
			inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 1,
						  TCP_RTO_MAX);
			btns_mib_inc(latch->bn, LatchKick);
		}
		bh_unlock_sock(sk);
		local_bh_enable();
	}
	sock_gen_put(sk);
	return free;
}

/**
 * btns_latch_owner_reroute - let the owner look its route up anew
 * @latch: latch about to be mended, or that has an SA again
 *
 * xfrm does not invalidate the plain route that a socket got while a policy
 * let it bypass: once that policy is gone, the mended latch would meet the
 * route of before and break again. Nor does it when there is an SA for a policy
 * that did without.
 *
 * Context: any but hard interrupts.
 */
void btns_latch_owner_reroute(struct btns_latch *latch)
{
	struct sock *sk;

	if (latch->flow.proto == IPPROTO_SCTP) {
		/* each path of an association has a route of its own */
		rt_genid_bump_all(latch->bn->net);
		return;
	}
	sk = btns_latch_owner_find(latch);
	if (!sk)
		return;
	if (sk_fullsock(sk))
		sk_dst_reset(sk);
	sock_gen_put(sk);
}

/* One pass over a share of the latches; true when it came to the end. */
static void reap_latches(struct btns_net *bn)
{
	unsigned int budget = max_t(unsigned int, GC_BUDGET_MIN,
				    atomic_read(&bn->latch_count) /
				    GC_BUDGET_SHARE);
	struct btns_latch *latch;
	u64 id = bn->gc_cursor;

	while (budget--) {
		latch = btns_latch_get_next(bn, &id);
		if (!latch) {
			bn->gc_cursor = 0;
			return;
		}
		if (!btns_latch_owner_awaited(latch) &&
		    !btns_latch_owner_lives(latch))
			btns_latch_release(latch);
		btns_latch_put(latch);
		id++;
		cond_resched();
	}
	bn->gc_cursor = id;
}

static void gc_work_fn(struct work_struct *work)
{
	struct btns_net *bn = container_of(to_delayed_work(work),
					   struct btns_net, gc_work);

	reap_latches(bn);
	btns_ask_reap(bn);
	if (atomic_read(&bn->latch_count) || atomic_read(&bn->ask_count))
		btns_latch_owner_wake(bn);
	else
		btns_hook_update(bn);
}

/**
 * btns_latch_owner_wake - see to it that the reaper runs
 * @bn: namespace that has a latch or an ask
 *
 * Context: any but hard interrupts.
 */
void btns_latch_owner_wake(struct btns_net *bn)
{
	if (READ_ONCE(bn->dying))
		return;
	queue_delayed_work(btns_wq, &bn->gc_work,
			   msecs_to_jiffies(READ_ONCE(bn->knobs.latch_gc_ms)));
}

/**
 * btns_latch_owner_retime - latch_gc_ms has changed: look again in that time
 * @bn: namespace
 *
 * Context: process; not once bn->dying is set.
 */
void btns_latch_owner_retime(struct btns_net *bn)
{
	unsigned int ms = READ_ONCE(bn->knobs.latch_gc_ms);

	if (atomic_read(&bn->latch_count) || atomic_read(&bn->ask_count))
		mod_delayed_work(btns_wq, &bn->gc_work, msecs_to_jiffies(ms));
}

/**
 * btns_latch_owner_init - prepare reaper and teller
 * @bn: namespace
 *
 * Context: process.
 */
void btns_latch_owner_init(struct btns_net *bn)
{
	INIT_DELAYED_WORK(&bn->gc_work, gc_work_fn);
}

/**
 * btns_latch_owner_exit - stop reaper and teller
 * @bn: namespace; bn->dying is set and an RCU grace period has passed, so
 *	nobody queues work any more
 *
 * Context: process.
 */
void btns_latch_owner_exit(struct btns_net *bn)
{
	cancel_delayed_work_sync(&bn->gc_work);
	wait_var_event(&bn->tells, !atomic_read(&bn->tells));
}
