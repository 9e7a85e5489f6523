// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTNS_SO_LATCH_PEER: which latch the datagrams of one peer belong to, and the
 * demand that they go on doing so (RFC 5660 section 5.3). Linux lets no module
 * add ancillary data, so a program asks by the address that it read off the
 * datagram instead of by a tag on it; as a latch's values never change and a
 * broken one delivers nothing, the answer holds for that datagram too.
 */
#include <linux/sockptr.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <uapi/linux/btns_sockopt.h>

#include "latch.h"
#include "sockopt.h"

static bool is_udp(const struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP;
}

static bool has_peers(const struct sock *sk)
{
	return is_udp(sk) || btns_sk_is_sctp(sk);
}

static int check_peer(const struct btns_latch_peer *p)
{
	if (p->size != sizeof(*p) || !p->rport ||
	    (p->family != AF_INET && p->family != AF_INET6))
		return -EINVAL;
	if (p->family == AF_INET && (memchr_inv(p->raddr + 4, 0, 12) ||
				     memchr_inv(p->laddr + 4, 0, 12)))
		return -EINVAL;
	return 0;
}

/* Our address: as told, or as the socket is bound. */
static void set_local(const struct sock *sk, const struct btns_latch_peer *p,
		      struct btns_flow *flow)
{
	memcpy(&flow->laddr, p->laddr, sizeof(p->laddr));
	if (memchr_inv(p->laddr, 0, sizeof(p->laddr)))
		return;
	if (p->family == AF_INET)
		flow->laddr.ip = inet_sk(sk)->inet_rcv_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	else
		flow->laddr.in6 = sk->sk_v6_rcv_saddr;
#endif
}

static int flow_of(const struct sock *sk, const struct btns_latch_peer *p,
		   struct btns_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->proto = sk->sk_protocol;
	flow->family = p->family;
	flow->lport = inet_sk(sk)->inet_sport;
	flow->rport = p->rport;
	memcpy(&flow->raddr, p->raddr, sizeof(p->raddr));
	/* an association has many of ours, and one latch will do for all */
	if (sk->sk_protocol == IPPROTO_SCTP)
		return 0;
	set_local(sk, p, flow);
	/* bound to any address, and not told which */
	if (!memchr_inv(&flow->laddr, 0, sizeof(flow->laddr)))
		return -EDESTADDRREQ;
	return 0;
}

/* The latch of this very socket with that peer. */
static struct btns_latch *find_rcu(struct btns_net *bn, struct sock *sk,
				   const struct btns_flow *flow)
{
	struct btns_latch *latch;

	if (sk->sk_protocol == IPPROTO_SCTP)
		return btns_assoc_of_socket_rcu(bn, sk, flow);
	latch = btns_latch_find_rcu(bn, flow);
	return latch && READ_ONCE(latch->sk) == sk ? latch : NULL;
}

static int pin(struct btns_net *bn, struct sock *sk,
	       const struct btns_latch_peer *p)
{
	struct btns_latch *latch;
	struct btns_flow flow;
	int err = flow_of(sk, p, &flow);

	if (err)
		return err;
	rcu_read_lock();
	latch = find_rcu(bn, sk, &flow);
	if (!latch)
		err = -EINVAL;
	else
		err = btns_latch_pin(latch, p->id);
	rcu_read_unlock();
	return err;
}

/**
 * btns_sockopt_peer_set - setsockopt(BTNS_SO_LATCH_PEER)
 * @sk: socket, not locked
 * @arg: struct btns_latch_peer
 * @len: its length
 *
 * Context: process; takes the socket lock.
 * Return: 0 or a negative errno, see btns_sockopt.h.
 */
int btns_sockopt_peer_set(struct sock *sk, sockptr_t arg, unsigned int len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	struct btns_latch_peer p;
	int err;

	if (!is_udp(sk))
		return -EPROTONOSUPPORT;
	if (len != sizeof(p))
		return len < sizeof(p) ? -EINVAL : -E2BIG;
	if (copy_from_sockptr(&p, arg, sizeof(p)))
		return -EFAULT;
	err = check_peer(&p);
	if (err)
		return err;
	lock_sock(sk);
	err = pin(bn, sk, &p);
	release_sock(sk);
	return err;
}

static int look_up(struct btns_net *bn, struct sock *sk,
		   const struct btns_latch_peer *p,
		   struct btns_latch_info *info)
{
	struct btns_latch_view view;
	struct btns_flow flow;
	int err = flow_of(sk, p, &flow);

	if (err)
		return err;
	rcu_read_lock();
	if (btns_latch_view_rcu(find_rcu(bn, sk, &flow), &view)) {
		btns_sockopt_show(&view, info);
		btns_latch_view_put(bn, &view);
	}
	rcu_read_unlock();
	return 0;
}

/**
 * btns_sockopt_peer_get - getsockopt(BTNS_SO_LATCH_PEER)
 * @sk: socket, not locked
 * @user: struct btns_latch_of
 * @len: in: room at @user, out: what was filled
 *
 * A peer without a latch gives id 0.
 *
 * Context: process; takes the socket lock.
 * Return: 0 or a negative errno, see btns_sockopt.h.
 */
int btns_sockopt_peer_get(struct sock *sk, void __user *user, int *len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	struct btns_latch_of of = {};
	int err;

	if (!has_peers(sk))
		return -EPROTONOSUPPORT;
	if (*len < (int)offsetof(struct btns_latch_of, info.peer))
		return -EINVAL;
	if (copy_from_user(&of.peer, user, sizeof(of.peer)))
		return -EFAULT;
	err = check_peer(&of.peer);
	if (err || of.peer.id)
		return err ?: -EINVAL;
	lock_sock(sk);
	err = look_up(bn, sk, &of.peer, &of.info);
	release_sock(sk);
	if (err)
		return err;
	*len = min_t(int, *len, sizeof(of));
	of.info.size = *len - offsetof(struct btns_latch_of, info);
	return copy_to_user(user, &of, *len) ? -EFAULT : 0;
}
