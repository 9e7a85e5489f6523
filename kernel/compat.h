/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that btns builds on (6.1 to 7.x). No other
 * file looks at LINUX_VERSION_CODE.
 */
#ifndef _BTNS_COMPAT_H
#define _BTNS_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>
#include <net/udp.h>
#include <net/xfrm.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)

/* In the family that tools/regen.sh generates: its table of operations. */
#define BTNS_GENL_SPLIT_OPS(table) \
	.split_ops = (table), .n_split_ops = ARRAY_SIZE(table)

/**
 * btns_genl_register - genl_register_family() on every kernel
 * @family: the generated family
 *
 * Return: 0 or a negative errno.
 */
static inline int btns_genl_register(struct genl_family *family)
{
	return genl_register_family(family);
}

#else /* 6.1: no split operations */

/* The members that the generated table uses, under the names of 6.2. */
struct genl_split_ops {
	int (*pre_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	void (*post_doit)(const struct genl_split_ops *ops,
			  struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 internal_flags;
	u8 flags;
	u8 validate;
};

/*
 * Smuggled through .ops until btns_genl_register() puts a real table there;
 * the family is not registered in between, so nothing reads it wrongly.
 */
#define BTNS_GENL_SPLIT_OPS(table) \
	.ops = (const struct genl_ops *)(table), .n_ops = ARRAY_SIZE(table)

#define BTNS_GENL_OPS_MAX	32

/* Split operations by command, for the two trampolines below; written once,
 * before the family is registered.
 */
extern const struct genl_split_ops *btns_genl_split[BTNS_GENL_OPS_MAX];

static inline int btns_genl_pre_doit(const struct genl_ops *ops,
				     struct sk_buff *skb,
				     struct genl_info *info)
{
	const struct genl_split_ops *split = btns_genl_split[ops->cmd];

	return split->pre_doit ? split->pre_doit(split, skb, info) : 0;
}

static inline void btns_genl_post_doit(const struct genl_ops *ops,
				       struct sk_buff *skb,
				       struct genl_info *info)
{
	const struct genl_split_ops *split = btns_genl_split[ops->cmd];

	if (split->post_doit)
		split->post_doit(split, skb, info);
}

/**
 * btns_genl_register - genl_register_family() on every kernel
 * @family: the generated family
 *
 * Joins the do and the dump half of each command into one operation. A
 * command that has both validates dumps by the policy of its do half.
 * Called from one place only, as the table is static in here.
 *
 * Return: 0 or a negative errno.
 */
static inline int btns_genl_register(struct genl_family *family)
{
	static struct genl_ops table[BTNS_GENL_OPS_MAX];
	const struct genl_split_ops *split = (const void *)family->ops;
	unsigned int i, j, n = 0;

	for (i = 0; i < family->n_ops; i++) {
		const struct genl_split_ops *s = &split[i];

		if (s->cmd >= BTNS_GENL_OPS_MAX)
			return -EINVAL;
		for (j = 0; j < n && table[j].cmd != s->cmd; j++)
			;
		if (j == n)
			table[n++].cmd = s->cmd;
		if (s->doit) {
			table[j].doit = s->doit;
			btns_genl_split[s->cmd] = s;
		} else {
			table[j].start = s->start;
			table[j].dumpit = s->dumpit;
			table[j].done = s->done;
		}
		if (s->policy) {
			table[j].policy = s->policy;
			table[j].maxattr = s->maxattr;
		}
		table[j].flags |= s->flags & (GENL_ADMIN_PERM |
					      GENL_UNS_ADMIN_PERM);
		table[j].validate |= s->validate;
	}
	family->ops = table;
	family->n_ops = n;
	family->pre_doit = btns_genl_pre_doit;
	family->post_doit = btns_genl_post_doit;
	return genl_register_family(family);
}

/* In the one file that registers the family. */
#define BTNS_GENL_COMPAT_DEFINE \
	const struct genl_split_ops *btns_genl_split[BTNS_GENL_OPS_MAX]

#endif /* 6.1 */

#ifndef BTNS_GENL_COMPAT_DEFINE
#define BTNS_GENL_COMPAT_DEFINE struct genl_split_ops
#endif

/* What the generator of netlink-gen.c uses, and 6.12 does not have. */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) { .type = NLA_BINARY, .len = (_len) }
#endif

/*
 * Addresses, ports and interfaces are all integers to the compiler: where they
 * change their places in a call, it says nothing. So the newest branch of what
 * is called with them below is for functions of exactly the type that is known,
 * and any other ends the build with the name of the function. A namespace is
 * const in newer kernels only.
 */
#define BTNS_COMPAT_KNOWN(known, name)					\
	static_assert(known, "btns does not know the arguments of this kernel's " name "()")
#define BTNS_COMPAT_TYPE(fn, ...)					\
	__builtin_types_compatible_p(typeof(fn) *, __VA_ARGS__)
#define BTNS_COMPAT_FIND(fn, ...)					\
	BTNS_COMPAT_KNOWN(						\
		BTNS_COMPAT_TYPE(fn, struct sock *(*)(const struct net *, \
						      __VA_ARGS__)) ||	\
		BTNS_COMPAT_TYPE(fn, struct sock *(*)(struct net *,	\
						      __VA_ARGS__)), #fn)

/* 6.18 took the hash table out of the socket look-ups' arguments. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define BTNS_TCP_HASHINFO(net)
#define BTNS_TCP_HASHINFO_TYPE
#else
#define BTNS_TCP_HASHINFO(net) (net)->ipv4.tcp_death_row.hashinfo,
#define BTNS_TCP_HASHINFO_TYPE struct inet_hashinfo *,
#endif

BTNS_COMPAT_FIND(__inet_lookup_established, BTNS_TCP_HASHINFO_TYPE
		 __be32, __be16, __be32, u16, int, int);
BTNS_COMPAT_FIND(__inet6_lookup_established, BTNS_TCP_HASHINFO_TYPE
		 const struct in6_addr *, __be16, const struct in6_addr *, u16,
		 int, int);
BTNS_COMPAT_FIND(__inet_lookup_listener, BTNS_TCP_HASHINFO_TYPE
		 struct sk_buff *, int, __be32, __be16, __be32, unsigned short,
		 int, int);
BTNS_COMPAT_FIND(inet6_lookup_listener, BTNS_TCP_HASHINFO_TYPE
		 struct sk_buff *, int, const struct in6_addr *, __be16,
		 const struct in6_addr *, unsigned short, int, int);

static inline struct sock *
btns_compat_lookup_established4(struct net *net, __be32 raddr, __be16 rport,
				__be32 laddr, u16 lport, int dif, int sdif)
{
	return __inet_lookup_established(net, BTNS_TCP_HASHINFO(net)
					 raddr, rport, laddr, lport, dif, sdif);
}

static inline struct sock *
btns_compat_lookup_established6(struct net *net, const struct in6_addr *raddr,
				__be16 rport, const struct in6_addr *laddr,
				u16 lport, int dif, int sdif)
{
	return __inet6_lookup_established(net, BTNS_TCP_HASHINFO(net)
					  raddr, rport, laddr, lport,
					  dif, sdif);
}

static inline struct sock *
btns_compat_lookup_listener4(struct net *net, struct sk_buff *skb, int doff,
			     __be32 raddr, __be16 rport, __be32 laddr,
			     u16 lport, int dif, int sdif)
{
	return __inet_lookup_listener(net, BTNS_TCP_HASHINFO(net) skb, doff,
				      raddr, rport, laddr, lport, dif, sdif);
}

static inline struct sock *
btns_compat_lookup_listener6(struct net *net, struct sk_buff *skb, int doff,
			     const struct in6_addr *raddr, __be16 rport,
			     const struct in6_addr *laddr, u16 lport,
			     int dif, int sdif)
{
	return inet6_lookup_listener(net, BTNS_TCP_HASHINFO(net) skb, doff,
				     raddr, rport, laddr, lport, dif, sdif);
}

/* The hash table went out of UDP's look-ups with UDP-Lite. */
#ifdef __has_include
#if !__has_include("net/udplite.h")
#define BTNS_UDP_TABLE
#define BTNS_UDP_TABLE_TYPE
#endif
#endif
#ifndef BTNS_UDP_TABLE
#define BTNS_UDP_TABLE_TYPE struct udp_table *,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define BTNS_UDP_TABLE net->ipv4.udp_table,
#else
#define BTNS_UDP_TABLE &udp_table,
#endif
#endif

BTNS_COMPAT_FIND(__udp4_lib_lookup, __be32, __be16, __be32, __be16, int, int,
		 BTNS_UDP_TABLE_TYPE struct sk_buff *);
BTNS_COMPAT_FIND(__udp6_lib_lookup, const struct in6_addr *, __be16,
		 const struct in6_addr *, __be16, int, int,
		 BTNS_UDP_TABLE_TYPE struct sk_buff *);

/* Without a reference; RCU read section. */
static inline struct sock *
btns_compat_lookup_udp4(struct net *net, __be32 raddr, __be16 rport,
			__be32 laddr, __be16 lport, int dif)
{
	return __udp4_lib_lookup(net, raddr, rport, laddr, lport, dif, 0,
				 BTNS_UDP_TABLE NULL);
}

static inline struct sock *
btns_compat_lookup_udp6(struct net *net, const struct in6_addr *raddr,
			__be16 rport, const struct in6_addr *laddr,
			__be16 lport, int dif)
{
	return __udp6_lib_lookup(net, raddr, rport, laddr, lport, dif, 0,
				 BTNS_UDP_TABLE NULL);
}

/* Did a datagram socket say that it takes errors of single peers? */
static inline bool btns_compat_takes_errors(const struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return sk->sk_family == AF_INET6 ? inet6_test_bit(RECVERR6, sk) :
					   inet_test_bit(RECVERR, sk);
#else
	return sk->sk_family == AF_INET6 ? inet6_sk(sk)->recverr :
					   inet_sk(sk)->recverr;
#endif
}

/*
 * SCTP's look-ups changed their arguments in stable kernels too, so their types
 * tell and not the version: 6.2 added the interface; where the namespace and a
 * position were added, the endpoints are held and not locked.
 */
#define BTNS_SCTP_PATH							\
	struct net *, const union sctp_addr *, const union sctp_addr *, void *
#define BTNS_SCTP_LOOKUP(cb)						\
	int (*)(typeof(cb) *, BTNS_SCTP_PATH, int)
#define BTNS_SCTP_LOOKUP_OLD(cb)					\
	int (*)(typeof(cb) *, BTNS_SCTP_PATH)
#define btns_compat_sctp_lookup(fn, cb, ns, l, r, arg, dif)		\
({									\
	BTNS_COMPAT_KNOWN(						\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_LOOKUP(cb)) ||	\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_LOOKUP_OLD(cb)),	\
		"sctp_transport_lookup_process");			\
	__builtin_choose_expr(						\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_LOOKUP(cb)),		\
		((BTNS_SCTP_LOOKUP(cb))(void *)(fn))			\
			(cb, ns, l, r, arg, dif),			\
		((BTNS_SCTP_LOOKUP_OLD(cb))(void *)(fn))		\
			(cb, ns, l, r, arg));				\
})

#define BTNS_SCTP_EACH(cb)						\
	int (*)(typeof(cb) *, struct net *, int *, void *)
#define BTNS_SCTP_EACH_OLD(cb)						\
	int (*)(typeof(cb) *, void *)
#define btns_compat_sctp_endpoints(fn, cb, ns, pos, arg)		\
({									\
	BTNS_COMPAT_KNOWN(						\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_EACH(cb)) ||		\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_EACH_OLD(cb)),	\
		"sctp_for_each_endpoint");				\
	__builtin_choose_expr(						\
		BTNS_COMPAT_TYPE(*(fn), BTNS_SCTP_EACH(cb)),		\
		((BTNS_SCTP_EACH(cb))(void *)(fn))(cb, ns, pos, arg),	\
		((BTNS_SCTP_EACH_OLD(cb))(void *)(fn))(cb, arg));	\
})

/* The port that SCTP takes UDP on in a namespace, or 0. */
static inline int btns_compat_sctp_udp_port(const struct net *net)
{
#if IS_ENABLED(CONFIG_IP_SCTP)
	return READ_ONCE(net->sctp.udp_port);
#else
	return 0;
#endif
}

/* 6.11 made the tables that proc handlers get const. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define BTNS_CTL_TABLE const struct ctl_table
#else
#define BTNS_CTL_TABLE struct ctl_table
#endif

/**
 * btns_compat_register_sysctl() - register a table with a namespace
 * @net: namespace
 * @path: folder below /proc/sys
 * @table: @size entries and an empty one, by which kernels before 6.6 know
 *	the end
 * @size: entries
 *
 * Return: header, or NULL.
 */
static inline struct ctl_table_header *
btns_compat_register_sysctl(struct net *net, const char *path,
			    struct ctl_table *table, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl_sz(net, path, table, size);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/**
 * btns_compat_packet_offload() - does a device do all of an SA's work?
 * @x: state
 *
 * Before 6.2 devices did no more than the cryptography.
 *
 * Return: true if so.
 */
static inline bool btns_compat_packet_offload(const struct xfrm_state *x)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return x->xso.type == XFRM_DEV_OFFLOAD_PACKET;
#else
	return false;
#endif
}

#endif /* _BTNS_COMPAT_H */
