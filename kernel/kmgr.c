// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key manager in xfrm's eyes: hears of every SA and policy that comes and
 * goes, and passes it on. Never keys anything itself.
 *
 * xfrm calls in atomic context under rcu_read_lock(); nothing here sleeps.
 */
#include <net/xfrm.h>

#include "kmgr.h"
#include "latch.h"

static void state_gone(struct btns_net *bn, const struct xfrm_state *x)
{
	struct btns_sa_key key = {
		.spi = x->id.spi,
		.family = x->props.family,
		.proto = x->id.proto,
	};

	if (x->props.family == AF_INET)
		key.daddr.ip = x->id.daddr.a4;
	else
		key.daddr.in6 = x->id.daddr.in6;
	btns_sa_gone(bn, &key, &x->mark);
	btns_latch_event_gone(bn);
}

static int km_notify(struct xfrm_state *x, const struct km_event *c)
{
	struct net *net = x ? xs_net(x) : c->net;
	struct btns_net *bn = btns_pernet(net);

	/* A timer may fire after net_exit(); pre_exit waits for who is here. */
	if (READ_ONCE(bn->dying))
		return 0;
	btns_mib_inc(bn, StateEvents);
	atomic_inc_return_release(&bn->sad_gen);
	switch (c->event) {
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_UPDSA:
		btns_latch_event_state(bn, x);
		break;
	case XFRM_MSG_DELSA:
		state_gone(bn, x);
		break;
	case XFRM_MSG_EXPIRE:
		if (c->data.hard)
			state_gone(bn, x);
		break;
	case XFRM_MSG_FLUSHSA:
		btns_sa_flush(bn, c->data.proto);
		btns_latch_event_gone(bn);
		break;
	}
	return 0;
}

/*
 * A policy is out of the SPD. A socket that got its route under one that let it
 * bypass would keep that route, and go on in the clear under whatever stands
 * below: xfrm makes routes stale when a policy comes, not when one goes.
 */
static void policy_gone(struct btns_net *bn)
{
	rt_genid_bump_all(bn->net);
}

static int km_notify_policy(struct xfrm_policy *xp, int dir,
			    const struct km_event *c)
{
	struct net *net = xp ? xp_net(xp) : c->net;
	struct btns_net *bn = btns_pernet(net);

	if (READ_ONCE(bn->dying))
		return 0;
	btns_mib_inc(bn, PolicyEvents);
	btns_spd_changed(bn);
	switch (c->event) {
	case XFRM_MSG_DELPOLICY:
		btns_spd_gone(bn, xp->index);
		policy_gone(bn);
		break;
	case XFRM_MSG_POLEXPIRE:
		if (c->data.hard) {
			btns_spd_gone(bn, xp->index);
			policy_gone(bn);
		}
		break;
	case XFRM_MSG_FLUSHPOLICY:
		btns_spd_flush(bn);
		policy_gone(bn);
		break;
	}
	btns_latch_event_policy(bn);
	return 0;
}

/* xfrm asks every manager; we leave the keying to who does it. */
static int km_acquire(struct xfrm_state *x, struct xfrm_tmpl *tmpl,
		      struct xfrm_policy *xp)
{
	return -EINVAL;
}

static struct xfrm_policy *km_compile_policy(struct sock *sk, int opt, u8 *data,
					     int len, int *dir)
{
	return btns_own_compile(sk, opt, data, len, dir);
}

static struct xfrm_mgr manager = {
	.notify = km_notify,
	.acquire = km_acquire,
	.compile_policy = km_compile_policy,
	.notify_policy = km_notify_policy,
};

/**
 * btns_kmgr_init - begin to hear of SAs and policies
 *
 * Context: process, module load, after the per-namespace part.
 */
void btns_kmgr_init(void)
{
	xfrm_register_km(&manager);
}

/**
 * btns_kmgr_exit - hear no more
 *
 * Context: process; waits for callers that are inside.
 */
void btns_kmgr_exit(void)
{
	xfrm_unregister_km(&manager);
}
