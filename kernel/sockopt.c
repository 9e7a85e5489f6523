// SPDX-License-Identifier: GPL-2.0-only
/*
 * setsockopt() and getsockopt() on SOL_IP and SOL_IPV6: copy in, check
 * everything, lock the socket, one call; the other way round to read.
 *
 * netfilter calls these without the socket lock and without any privilege
 * check.
 */
#include <linux/netfilter.h>
#include <linux/sockptr.h>
#include <net/sock.h>
#include <uapi/linux/btns_sockopt.h>

#include "latch.h"
#include "sockopt.h"

/* What a program must at least know of the structs. */
#define ASK_SIZE_MIN	offsetofend(struct btns_latch_ask, peer)
#define INFO_SIZE_MIN	offsetofend(struct btns_latch_info, disposition)
#define ASK_FLAGS	(BTNS_ASK_F_PEER | BTNS_ASK_F_LOCAL | BTNS_ASK_F_QOP | \
			 BTNS_ASK_F_NOTIFY | \
			 ASK_FLAGS_TCP)
/* What is done by policies of the socket's own. */
#define ASK_FLAGS_TCP	(BTNS_ASK_F_NARROW | BTNS_ASK_F_PROTECT | \
			 BTNS_ASK_F_BYPASS)
/* A struct larger than a page is no version of ours. */
#define ASK_SIZE_MAX	PAGE_SIZE

/* Bytes that this kernel does not know must be zero. */
static int check_tail(sockptr_t arg, unsigned int from, unsigned int to)
{
	u8 buf[64];
	unsigned int n;

	for (; from < to; from += n) {
		n = min_t(unsigned int, sizeof(buf), to - from);
		if (copy_from_sockptr_offset(buf, arg, from, n))
			return -EFAULT;
		if (memchr_inv(buf, 0, n))
			return -E2BIG;
	}
	return 0;
}

static int copy_ask(sockptr_t arg, unsigned int len, struct btns_latch_ask *ask)
{
	unsigned int known = min_t(unsigned int, len, sizeof(*ask));

	if (len < ASK_SIZE_MIN)
		return -EINVAL;
	if (len > ASK_SIZE_MAX)
		return -E2BIG;
	memset(ask, 0, sizeof(*ask));
	if (copy_from_sockptr(ask, arg, known))
		return -EFAULT;
	if (ask->size != len)
		return -EINVAL;
	return check_tail(arg, known, len);
}

static int check_peer(const struct btns_latch_ask *ask)
{
	if (!(ask->flags & BTNS_ASK_F_PEER)) {
		if (ask->peer_type || ask->peer_method ||
		    memchr_inv(ask->peer, 0, sizeof(ask->peer)))
			return -EINVAL;
		return 0;
	}
	if (ask->mode != BTNS_ASK_MODE_REQUIRE ||
	    ask->peer_type == BTNS_ID_TYPE_NONE ||
	    ask->peer_type > BTNS_ID_TYPE_KEY_ID ||
	    ask->peer_method > BTNS_AUTH_METHOD_MANUAL)
		return -EINVAL;
	return 0;
}

static int check_local(const struct btns_latch_ask *ask)
{
	if (!(ask->flags & BTNS_ASK_F_LOCAL))
		return ask->local_type ||
		       memchr_inv(ask->local, 0, sizeof(ask->local)) ?
			       -EINVAL : 0;
	if (ask->mode != BTNS_ASK_MODE_REQUIRE ||
	    ask->local_type == BTNS_ID_TYPE_NONE ||
	    ask->local_type > BTNS_ID_TYPE_KEY_ID)
		return -EINVAL;
	return 0;
}

/* Ends with a NUL, and nothing behind it: then it compares as bytes. */
static bool is_padded(const char *name, size_t size)
{
	size_t len = strnlen(name, size);

	return len < size && !memchr_inv(name + len, 0, size - len);
}

static int check_qop(const struct btns_latch_ask *ask)
{
	bool any = ask->protection || ask->enc_keybits || ask->enc[0] ||
		   ask->auth[0];

	if (!is_padded(ask->enc, sizeof(ask->enc)) ||
	    !is_padded(ask->auth, sizeof(ask->auth)) ||
	    any != !!(ask->flags & BTNS_ASK_F_QOP))
		return -EINVAL;
	if (!any)
		return 0;
	if (ask->mode != BTNS_ASK_MODE_REQUIRE ||
	    ask->protection & ~(BTNS_PROTECTION_CONFIDENTIALITY |
				BTNS_PROTECTION_INTEGRITY) ||
	    ask->enc_keybits > U16_MAX)
		return -EINVAL;
	return 0;
}

static int check_own(const struct btns_latch_ask *ask)
{
	if (ask->flags & (BTNS_ASK_F_NARROW | BTNS_ASK_F_PROTECT) &&
	    ask->mode != BTNS_ASK_MODE_REQUIRE)
		return -EINVAL;
	if (ask->flags & BTNS_ASK_F_BYPASS &&
	    (ask->flags != BTNS_ASK_F_BYPASS ||
	     ask->mode != BTNS_ASK_MODE_OFF))
		return -EINVAL;
	return 0;
}

static int check_ask(const struct net *net, const struct btns_latch_ask *ask)
{
	int err;

	if (ask->flags & ~ASK_FLAGS ||
	    memchr_inv(ask->resv, 0, sizeof(ask->resv)) ||
	    ask->mode > BTNS_ASK_MODE_REQUIRE ||
	    ask->disposition > BTNS_DISPOSITION_UNREACHABLE)
		return -EINVAL;
	err = check_peer(ask) ?: check_local(ask) ?: check_qop(ask) ?:
	      check_own(ask);
	if (err)
		return err;
	/* Asking for less needs a privilege, asking for more does not. */
	if (ask->mode == BTNS_ASK_MODE_OFF &&
	    !ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	return 0;
}

/* The rare part; -ENOMEM without memory for it. */
static int wish_from(const struct btns_latch_ask *ask, struct btns_want *want)
{
	struct btns_wish *wish;

	if (!(ask->flags & (BTNS_ASK_F_LOCAL | BTNS_ASK_F_QOP)))
		return 0;
	wish = btns_wish_alloc(GFP_KERNEL_ACCOUNT);
	if (!wish)
		return -ENOMEM;
	wish->has_local = ask->flags & BTNS_ASK_F_LOCAL;
	wish->local_type = ask->local_type;
	memcpy(wish->local, ask->local, sizeof(wish->local));
	wish->has_qop = ask->flags & BTNS_ASK_F_QOP;
	wish->protection = ask->protection;
	wish->enc_keybits = ask->enc_keybits;
	memcpy(wish->enc, ask->enc, sizeof(wish->enc));
	memcpy(wish->auth, ask->auth, sizeof(wish->auth));
	want->wish = wish;
	return 0;
}

static int want_from(const struct btns_latch_ask *ask, bool tcp,
		     struct btns_want *want)
{
	memset(want, 0, sizeof(*want));
	want->mode = ask->mode;
	want->disposition = ask->disposition;
	want->notify = ask->flags & BTNS_ASK_F_NOTIFY;
	want->has_peer = ask->flags & BTNS_ASK_F_PEER;
	want->peer_type = ask->peer_type;
	want->peer_method = ask->peer_method;
	memcpy(want->peer, ask->peer, sizeof(want->peer));
	want->narrow = tcp && ask->flags & (BTNS_ASK_F_NARROW |
					    BTNS_ASK_F_QOP);
	want->exact = !!(ask->flags & BTNS_ASK_F_NARROW);
	want->protect = !!(ask->flags & BTNS_ASK_F_PROTECT);
	want->bypass = !!(ask->flags & BTNS_ASK_F_BYPASS);
	return wish_from(ask, want);
}

static bool is_tcp(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP;
}

/* Transports whose conversations are latched. */
static bool has_latches(const struct sock *sk)
{
	return is_tcp(sk) || btns_sk_is_sctp(sk) ||
	       (sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP);
}

/* Can what is asked for be had of that transport? */
static bool has_flags(const struct sock *sk, u32 flags)
{
	if (flags & ASK_FLAGS_TCP && !is_tcp(sk))
		return false;
	return !(flags & BTNS_ASK_F_NOTIFY) || sk->sk_protocol != IPPROTO_SCTP;
}

/* The ask of before stays in force, and so do its policies. */
static void own_again(struct btns_net *bn, struct sock *sk)
{
	struct btns_want want = {};

	rcu_read_lock();
	btns_ask_find_rcu(bn, btns_latch_cookie(sk), &want);
	rcu_read_unlock();
	btns_own_ask(sk, &want);
}

/*
 * Nothing of a connection changes once it began (RFC 5660 section 2). Takes
 * over the reference to the wish.
 */
static int set_locked(struct btns_net *bn, struct sock *sk,
		      const struct btns_want *want)
{
	struct btns_want resolved = *want;
	int err;

	btns_ask_resolve(bn, &resolved);
	err = 0;
	if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
		err = -EISCONN;
	else if (btns_latch_listen_conflicts(bn, sk, &resolved))
		err = -EBUSY;
	if (!err)
		err = is_tcp(sk) ? btns_own_ask(sk, want) : 0;
	if (err) {
		btns_wish_put(want->wish);
		return err;
	}
	/* the ask now holds the wish, and we hold the socket */
	err = btns_ask_set(bn, sk, want);
	if (err && is_tcp(sk))
		own_again(bn, sk);
	if (err || sk->sk_state != TCP_LISTEN ||
	    resolved.mode == BTNS_ASK_MODE_OFF)
		return err;
	rcu_read_lock();
	if (!btns_latch_listen(bn, sk, &resolved))
		err = btns_latch_room(bn, sk) ?: -ENOSPC;
	rcu_read_unlock();
	return err;
}

/*
 * The hooks come first: a policy of the socket's own may let its packets bypass
 * that of the administrator, and then they are all that stands behind it.
 */
static int set_hooked(struct btns_net *bn, struct sock *sk,
		      const struct btns_want *want)
{
	int err;

	atomic_inc(&bn->hook_users);
	err = btns_hook_update(bn);
	if (err) {
		btns_wish_put(want->wish);
	} else {
		lock_sock(sk);
		err = set_locked(bn, sk, want);
		release_sock(sk);
	}
	atomic_dec(&bn->hook_users);
	/* nothing may need them now */
	if (err)
		btns_latch_owner_wake(bn);
	return err;
}

static int sockopt_set(struct sock *sk, int optval, sockptr_t arg,
		       unsigned int len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	struct btns_latch_ask ask;
	struct btns_want want;
	int err;

	if (optval == BTNS_SO_LATCH_PEER)
		return btns_sockopt_peer_set(sk, arg, len);
	if (optval != BTNS_SO_LATCH)
		return -ENOPROTOOPT;
	err = has_latches(sk) ? copy_ask(arg, len, &ask) : -EPROTONOSUPPORT;
	if (!err)
		err = check_ask(sock_net(sk), &ask);
	if (!err && !has_flags(sk, ask.flags))
		err = -EOPNOTSUPP;
	if (!err)
		err = want_from(&ask, is_tcp(sk), &want);
	if (err)
		goto out;
	err = set_hooked(bn, sk, &want);
out:
	if (err)
		btns_mib_inc(bn, AskRefused);
	else
		btns_mib_inc(bn, AskSet);
	return err;
}

static void show_ident(const struct btns_ident *ident,
		       struct btns_ident_info *info)
{
	if (!ident)
		return;
	info->type = ident->type;
	info->method = ident->method;
	memcpy(info->digest, ident->digest, sizeof(info->digest));
	strscpy(info->name, ident->name, sizeof(info->name));
}

static void show_end(struct btns_endpoint *end, u8 family, const void *addr,
		     __be16 port)
{
	if (!family)
		return;
	end->family = family;
	end->port = port;
	memcpy(end->addr, addr, btns_family_bits(family) / 8);
}

/* Inner and outer addresses (RFC 5660 section 2, of tunnels and of NAT). */
static void show_ends(const struct btns_latch_view *view,
		      struct btns_latch_info *info)
{
	const struct btns_latch_event *ev = &view->ev;
	u8 nat_family = view->encap ? view->nat_family : 0;

	show_end(&info->inner_local, ev->family, &ev->laddr, ev->lport);
	show_end(&info->inner_remote, ev->family, &ev->raddr, ev->rport);
	show_end(&info->outer_local, view->tunnel_family, &view->tunnel_local,
		 0);
	show_end(&info->outer_remote, view->tunnel_family,
		 &view->tunnel_remote, 0);
	show_end(&info->local_private, nat_family, &view->local_private,
		 view->local_private_port);
	show_end(&info->remote_public, nat_family, &view->remote_public,
		 view->remote_public_port);
}

static void show_evidence(const struct btns_evidence *ev, u8 family,
			  struct btns_latch_info *info)
{
	if (ev->known & BTNS_KNOWN_KEY)
		info->known |= BTNS_INFO_F_PEER_KEY;
	if (ev->known & BTNS_KNOWN_CERT)
		info->known |= BTNS_INFO_F_PEER_CERT;
	if (ev->known & BTNS_KNOWN_ANCHOR)
		info->known |= BTNS_INFO_F_PEER_ANCHOR;
	memcpy(info->peer_key, ev->key, sizeof(info->peer_key));
	memcpy(info->peer_cert, ev->cert, sizeof(info->peer_cert));
	memcpy(info->peer_anchor, ev->anchor, sizeof(info->peer_anchor));
	show_end(&info->local_public,
		 ev->known & BTNS_KNOWN_PUBLIC ? family : 0,
		 &ev->local_public, ev->local_public_port);
	show_end(&info->remote_private,
		 ev->known & BTNS_KNOWN_PRIVATE ? family : 0,
		 &ev->remote_private, ev->remote_private_port);
}

/**
 * btns_sockopt_show - a latch as programs see it
 * @view: copy of the latch
 * @info: zeroed; filled but for its size
 *
 * Context: any.
 */
void btns_sockopt_show(const struct btns_latch_view *view,
		       struct btns_latch_info *info)
{
	info->id = view->ev.id;
	info->parent = view->ev.parent;
	info->state = view->ev.state;
	info->reason = view->ev.reason;
	info->ask_mode = view->ask_mode;
	info->disposition = view->disposition;
	info->protection = view->protection;
	info->sa_proto = view->sa_proto;
	info->sa_mode = view->sa_mode;
	info->replay = view->replay;
	info->esn = view->esn;
	info->enc_keybits = view->enc_keybits;
	info->icv_bits = view->icv_bits;
	memcpy(info->enc, view->enc, sizeof(info->enc));
	memcpy(info->auth, view->auth, sizeof(info->auth));
	show_ident(view->peer, &info->peer);
	show_ident(view->local, &info->local);
	show_ends(view, info);
	if (view->proof)
		show_evidence(&view->proof->ev, view->nat_family, info);
}

/* Why a socket has no latch; RCU read section. */
static u8 no_latch_reason(struct btns_net *bn, struct sock *sk,
			  const struct btns_want *want)
{
	enum btns_reason refused = btns_ask_refused_rcu(bn,
							btns_latch_cookie(sk));
	enum btns_reason reason;
	struct btns_said said;

	if (want->mode == BTNS_ASK_MODE_OFF)
		return BTNS_REASON_NOT_WANTED;
	if (refused != BTNS_REASON_NONE)
		return refused;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return BTNS_REASON_NONE;
	/* its SYN is dropped until there is room */
	if (sk->sk_state == TCP_SYN_SENT && btns_latch_room(bn, sk))
		return BTNS_REASON_LIMIT;
	btns_said_from_dst(bn, __sk_dst_get(sk), READ_ONCE(sk->sk_mark), &said);
	reason = btns_said_openable(&said);
	return reason == BTNS_REASON_NONE ? BTNS_REASON_UNIDENTIFIED : reason;
}

static void show_ask(struct btns_net *bn, struct sock *sk,
		     struct btns_latch_info *info)
{
	struct btns_want want = {};

	btns_ask_find_rcu(bn, btns_latch_cookie(sk), &want);
	btns_ask_resolve(bn, &want);
	info->ask_mode = want.mode;
	info->disposition = want.disposition;
	info->reason = no_latch_reason(bn, sk, &want);
}

/* The latch that this very socket owns. */
static struct btns_latch *latch_of_rcu(struct btns_net *bn, struct sock *sk)
{
	u64 cookie = btns_latch_cookie(sk);
	struct btns_latch *latch;
	struct btns_flow flow;

	if (sk->sk_protocol == IPPROTO_SCTP && sk->sk_state != TCP_LISTEN)
		return sk->sk_type == SOCK_STREAM ?
			       btns_assoc_of_socket_rcu(bn, sk, NULL) : NULL;
	btns_flow_from_sk(sk, &flow);
	if (sk->sk_state == TCP_LISTEN) {
		memset(&flow.raddr, 0, sizeof(flow.raddr));
		flow.rport = 0;
#if IS_ENABLED(CONFIG_IPV6)
		if (sk->sk_family == AF_INET6) {
			flow.family = AF_INET6;
			flow.laddr.in6 = sk->sk_v6_rcv_saddr;
		}
#endif
		latch = btns_latch_find_listener_rcu(bn, &flow);
	} else {
		latch = btns_latch_find_rcu(bn, &flow);
	}
	if (latch && latch->cookie && latch->cookie != cookie)
		return NULL;
	return latch;
}

static void get_locked(struct btns_net *bn, struct sock *sk,
		       struct btns_latch_info *info)
{
	struct btns_latch_view view;

	rcu_read_lock();
	if (btns_latch_view_rcu(latch_of_rcu(bn, sk), &view)) {
		btns_sockopt_show(&view, info);
		btns_latch_view_put(bn, &view);
	} else {
		show_ask(bn, sk, info);
	}
	rcu_read_unlock();
}

static int sockopt_get(struct sock *sk, int optval, void __user *user, int *len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	struct btns_latch_info info = {};

	if (optval == BTNS_SO_LATCH_PEER)
		return btns_sockopt_peer_get(sk, user, len);
	if (optval != BTNS_SO_LATCH)
		return -ENOPROTOOPT;
	if (!has_latches(sk))
		return -EPROTONOSUPPORT;
	if (*len < (int)INFO_SIZE_MIN)
		return -EINVAL;

	lock_sock(sk);
	get_locked(bn, sk, &info);
	release_sock(sk);

	*len = min_t(int, *len, sizeof(info));
	info.size = *len;
	return copy_to_user(user, &info, *len) ? -EFAULT : 0;
}

static struct nf_sockopt_ops sockopts[] = {
	{
		.pf = PF_INET,
		.set_optmin = BTNS_SO_BASE,
		.set_optmax = BTNS_SO_MAX,
		.set = sockopt_set,
		.get_optmin = BTNS_SO_BASE,
		.get_optmax = BTNS_SO_MAX,
		.get = sockopt_get,
		.owner = THIS_MODULE,
	},
	{
		.pf = PF_INET6,
		.set_optmin = BTNS_SO_BASE,
		.set_optmax = BTNS_SO_MAX,
		.set = sockopt_set,
		.get_optmin = BTNS_SO_BASE,
		.get_optmax = BTNS_SO_MAX,
		.get = sockopt_get,
		.owner = THIS_MODULE,
	},
};

/**
 * btns_sockopt_init - register the socket options
 *
 * Context: process, module load.
 * Return: 0, or -EBUSY if another module has the numbers.
 */
int __init btns_sockopt_init(void)
{
	int err = nf_register_sockopt(&sockopts[0]);

	if (err)
		return err;
	err = nf_register_sockopt(&sockopts[1]);
	if (err)
		nf_unregister_sockopt(&sockopts[0]);
	return err;
}

/**
 * btns_sockopt_exit - unregister the socket options
 *
 * Context: process; no call is inside when it returns.
 */
void btns_sockopt_exit(void)
{
	nf_unregister_sockopt(&sockopts[1]);
	nf_unregister_sockopt(&sockopts[0]);
}
