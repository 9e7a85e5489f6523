// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multipath TCP and latches. A connection of many subflows is latched on its
 * first; a further subflow is a TCP connection of its own that could run to
 * anyone or in the clear, and nothing outside net/mptcp can see which
 * connection it joins. So none is joined while any latched one may live.
 *
 * Nothing here changes a packet: the answer is yes or no.
 */
#include <linux/ktime.h>
#include <net/mptcp.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "latch.h"
#include "tcpopt.h"

/*
 * MPTCP keeps a connection without subflows for net.mptcp.close_timeout, a
 * minute if not set otherwise, in which another may be joined.
 */
#define LINGER_SECONDS		600

/**
 * btns_latch_mptcp_refuses - is this a subflow that may not be joined now
 * @bn: namespace
 * @skb: a SYN
 * @thoff: offset of its TCP header
 *
 * Context: any.
 * Return: true if it joins, and a connection that is latched may live.
 */
bool btns_latch_mptcp_refuses(const struct btns_net *bn,
			      const struct sk_buff *skb, unsigned int thoff)
{
	/* Paired with the barrier in btns_latch_mptcp_end(): one of the two holds. */
	if (!atomic_read_acquire(&bn->mptcp_latches) &&
	    (unsigned long)ktime_get_seconds() >= READ_ONCE(bn->mptcp_until))
		return false;
	return btns_tcpopt_mptcp(skb, thoff) & BTNS_MPTCP_JOIN;
}

/**
 * btns_latch_mptcp_begin - a connection of many subflows is latched
 * @bn: namespace
 *
 * Context: any.
 */
void btns_latch_mptcp_begin(struct btns_net *bn)
{
	atomic_inc(&bn->mptcp_latches);
}

/**
 * btns_latch_mptcp_end - the latch of such a connection goes
 * @bn: namespace
 *
 * The connection may live on without a subflow for a while.
 *
 * Context: any.
 */
void btns_latch_mptcp_end(struct btns_net *bn)
{
	WRITE_ONCE(bn->mptcp_until,
		   (unsigned long)ktime_get_seconds() + LINGER_SECONDS);
	/* Paired with the acquiring read in btns_latch_mptcp_refuses(). */
	smp_mb__before_atomic();
	atomic_dec(&bn->mptcp_latches);
}

/**
 * btns_latch_mptcp_parent_get - the socket that the program has
 * @sk: full TCP socket
 *
 * The socket of a subflow is not the program's, and net/mptcp hides its errors
 * from the program unless it is the last hope of the connection.
 *
 * Context: process; takes the socket lock.
 * Return: the MPTCP socket, to be given back with sock_put(); NULL if @sk is
 * no subflow, or the program closed it.
 */
struct sock *btns_latch_mptcp_parent_get(struct sock *sk)
{
	struct sock *parent = NULL;

	if (!sk_is_mptcp(sk))
		return NULL;
	lock_sock(sk);
	/* grafted by mptcp_sock_graft(), detached under this lock */
	if (sk->sk_socket && sk->sk_socket->sk && sk->sk_socket->sk != sk) {
		parent = sk->sk_socket->sk;
		sock_hold(parent);
	}
	release_sock(sk);
	return parent;
}

/**
 * btns_latch_mptcp_tell - give the program's socket an error
 * @parent: from btns_latch_mptcp_parent_get(), whose reference is put; may be NULL
 * @err: errno, positive
 *
 * Context: process.
 */
void btns_latch_mptcp_tell(struct sock *parent, int err)
{
	if (!parent)
		return;
	WRITE_ONCE(parent->sk_err, err);
	sk_error_report(parent);
	sock_put(parent);
}
