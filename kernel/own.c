// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies of a socket's own, which xfrm consults before the SPD: the logical
 * SPD entries of RFC 5660 sections 2.3 and 3.1. They are for packets of that
 * socket only, are inherited by what it accepts, go with it, and are in no
 * database that could outlive anything.
 *
 * A connection that asks for protection, or for SAs of its own, gets a pair for
 * exactly its 5-tuple when its latch is made: the SYN is held back, a work puts
 * the policies in place, and TCP sends the SYN again. What policy the SPD has
 * for the flow decides how; the SPD may forbid it. With net.btns.latch_protect
 * an established latch gets such a pair as well.
 *
 * xfrm compiles a socket's policies through its key managers: a private option
 * number leads to btns_own_compile(), so no other manager is needed.
 */
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "compat.h"
#include "latch.h"

/* No system call leads to xfrm_user_policy() with this number. */
#define OWN_OPT		0x42544e53
/*
 * By this limit we know ours; an administrator's own may stand in a socket too.
 * xfrm gives it to accepted sockets with the rest, and itself counts no packets
 * of policies.
 */
#define OWN_MARK	0x42544e5342544e53ULL
/* Template ids of SAs that serve one connection only. */
#define NARROW_REQID	0x42000000
#define NARROW_IDS	0x00ffffff
/* Looks for a socket that a handshake is about to make: how often, how long. */
#define TRIES_MAX	10
#define TRY_DELAY	(HZ / 50)

/**
 * struct own_policy - what xfrm hands back to btns_own_compile()
 * @dir: XFRM_POLICY_IN or XFRM_POLICY_OUT
 * @protect: there is a template; without one packets are let through as they
 *	are
 * @sel: selector
 * @tmpl: template, with @protect
 */
struct own_policy {
	u8 dir;
	bool protect;
	struct xfrm_selector sel;
	struct xfrm_tmpl tmpl;
};

/**
 * struct own_job - policies to be put in place in process context
 * @work: the work
 * @bn: namespace
 * @latch: for this connection; a reference, or NULL
 * @sk: for this listening socket; a reference, or NULL
 * @tries: how often the connection's socket was not there yet
 */
struct own_job {
	struct delayed_work work;
	struct btns_net *bn;
	struct btns_latch *latch;
	struct sock *sk;
	unsigned int tries;
};

/**
 * btns_own_compile - make a policy of what we gave xfrm ourselves
 * @sk: socket that will have it
 * @opt: option number; all but ours is for another key manager
 * @data: struct own_policy
 * @len: its size
 * @dir: out: direction, or a negative errno
 *
 * Context: atomic, called by xfrm_user_policy().
 * Return: policy, or NULL.
 */
struct xfrm_policy *btns_own_compile(struct sock *sk, int opt, const u8 *data,
				     int len, int *dir)
{
	const struct own_policy *own = (const void *)data;
	struct xfrm_policy *pol;

	*dir = -EOPNOTSUPP;
	if (opt != OWN_OPT || len != sizeof(*own))
		return NULL;
	pol = xfrm_policy_alloc(sock_net(sk), GFP_ATOMIC);
	*dir = -ENOMEM;
	if (!pol)
		return NULL;
	pol->selector = own->sel;
	pol->family = own->sel.family;
	pol->type = XFRM_POLICY_TYPE_MAIN;
	pol->action = XFRM_POLICY_ALLOW;
	pol->lft.soft_byte_limit = XFRM_INF;
	pol->lft.hard_byte_limit = XFRM_INF;
	pol->lft.soft_packet_limit = OWN_MARK;
	pol->lft.hard_packet_limit = XFRM_INF;
	if (own->protect) {
		pol->xfrm_vec[0] = own->tmpl;
		pol->xfrm_nr = 1;
	}
	*dir = own->dir;
	return pol;
}

static bool is_ours(const struct xfrm_policy *pol)
{
	return pol->lft.soft_packet_limit == OWN_MARK;
}

static const struct xfrm_policy *policy_of_rcu(const struct sock *sk, int dir)
{
	return rcu_dereference(sk->sk_policy[dir]);
}

/**
 * btns_own_has - does a socket have policies of ours
 * @sk: full socket
 *
 * Context: any.
 * Return: true if so.
 */
bool btns_own_has(const struct sock *sk)
{
	const struct xfrm_policy *pol;
	bool has;

	rcu_read_lock();
	pol = policy_of_rcu(sk, XFRM_POLICY_OUT);
	has = pol && is_ours(pol);
	rcu_read_unlock();
	return has;
}

/**
 * btns_own_foreign - does a socket have policies that an administrator gave it
 * @sk: full socket
 *
 * Those stay, and the SPD does not decide then, nor do we.
 *
 * Context: any.
 * Return: true if so.
 */
bool btns_own_foreign(const struct sock *sk)
{
	const struct xfrm_policy *pol;
	bool foreign = false;
	int dir;

	rcu_read_lock();
	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
		pol = policy_of_rcu(sk, dir);
		foreign |= pol && !is_ours(pol);
	}
	rcu_read_unlock();
	return foreign;
}

/**
 * btns_own_bypasses - may a socket send in the clear by a policy of ours
 * @sk: full socket
 *
 * It asked for that, or it waits for its own SAs, or it has this of the socket
 * that it was accepted on.
 *
 * Context: RCU read section.
 * Return: true if so.
 */
bool btns_own_bypasses(const struct sock *sk)
{
	const struct xfrm_policy *pol = policy_of_rcu(sk, XFRM_POLICY_OUT);

	return pol && is_ours(pol) && !pol->xfrm_nr;
}

/* Are there policies of ours that protect? RCU read section. */
static bool protects(const struct sock *sk)
{
	const struct xfrm_policy *pol = policy_of_rcu(sk, XFRM_POLICY_OUT);

	return pol && is_ours(pol) && pol->xfrm_nr;
}

/*
 * The two that removing takes are atomic as seen from a packet: each is looked
 * at by itself.
 */
static void remove(struct sock *sk)
{
	xfrm_user_policy(sk, 0, KERNEL_SOCKPTR(NULL), 0);
}

/* May sleep. Both or none; a socket that is closed gets none. */
static int insert(struct sock *sk, struct own_policy *out,
		  struct own_policy *in)
{
	int err;

	out->dir = XFRM_POLICY_OUT;
	err = xfrm_user_policy(sk, OWN_OPT, KERNEL_SOCKPTR(out), sizeof(*out));
	if (err || !in)
		return err;
	in->dir = XFRM_POLICY_IN;
	err = xfrm_user_policy(sk, OWN_OPT, KERNEL_SOCKPTR(in), sizeof(*in));
	if (err)
		remove(sk);
	return err;
}

static void put_end(xfrm_address_t *addr, u8 *plen, __be16 *port, __be16 *mask,
		    u8 family, const union nf_inet_addr *a, __be16 p)
{
	memcpy(addr, a, sizeof(*addr));
	*plen = family == AF_INET ? 32 : 128;
	*port = p;
	*mask = p ? htons(0xffff) : 0;
}

/* Exactly that flow, as packets of one direction have it. */
static void select_flow(struct xfrm_selector *sel,
			const struct btns_flow *flow, bool out)
{
	const union nf_inet_addr *s = out ? &flow->laddr : &flow->raddr;
	const union nf_inet_addr *d = out ? &flow->raddr : &flow->laddr;

	memset(sel, 0, sizeof(*sel));
	sel->family = flow->family;
	sel->proto = flow->proto;
	put_end(&sel->saddr, &sel->prefixlen_s, &sel->sport, &sel->sport_mask,
		flow->family, s, out ? flow->lport : flow->rport);
	put_end(&sel->daddr, &sel->prefixlen_d, &sel->dport, &sel->dport_mask,
		flow->family, d, out ? flow->rport : flow->lport);
}

/* All of TCP; a listener's with its port. */
static void select_port(struct xfrm_selector *sel, u8 family, __be16 port,
			bool out)
{
	memset(sel, 0, sizeof(*sel));
	sel->family = family;
	sel->proto = IPPROTO_TCP;
	if (!port)
		return;
	if (out) {
		sel->sport = port;
		sel->sport_mask = htons(0xffff);
	} else {
		sel->dport = port;
		sel->dport_mask = htons(0xffff);
	}
}

/* What an application gets where the SPD has nothing: ESP, transport mode. */
static void template_plain(struct xfrm_tmpl *tmpl, u8 family)
{
	memset(tmpl, 0, sizeof(*tmpl));
	tmpl->id.proto = IPPROTO_ESP;
	tmpl->mode = XFRM_MODE_TRANSPORT;
	tmpl->encap_family = family;
	tmpl->allalgs = 1;
	tmpl->aalgos = ~0;
	tmpl->ealgos = ~0;
	tmpl->calgos = ~0;
}

/* What is latched, and found among the SAs as before. */
static void template_latched(struct xfrm_tmpl *tmpl,
			     const struct btns_latch *latch, bool out)
{
	const struct btns_suite_key *key = &latch->suite->key;

	template_plain(tmpl, latch->flow.family);
	tmpl->id.proto = key->qop.sa_proto;
	tmpl->mode = key->qop.sa_mode;
	tmpl->reqid = out ? READ_ONCE(latch->reqid) : 0;
	if (key->tunnel_family) {
		tmpl->encap_family = key->tunnel_family;
		memcpy(&tmpl->id.daddr, out ? &key->tunnel_remote :
					      &key->tunnel_local,
		       sizeof(tmpl->id.daddr));
		memcpy(&tmpl->saddr, out ? &key->tunnel_local :
					   &key->tunnel_remote,
		       sizeof(tmpl->saddr));
	}
}

/*
 * How a connection that opens shall be protected: as the SPD has it, or plainly
 * where the SPD says nothing and the application asks. SAs of its own have an
 * id of their own, so that no other will do. False if the SPD forbids it by now.
 */
static bool template_asked(struct own_policy *p, struct btns_latch *latch,
			   u8 dir)
{
	struct btns_spd_verdict v;

	btns_spd_now(latch->bn, &latch->flow, 0, dir, &v);
	p->protect = true;
	if (v.action == BTNS_SPD_PROTECT && v.ntmpl == 1)
		p->tmpl = v.tmpl;
	else if (v.action == BTNS_SPD_CLEAR && latch->want.protect)
		template_plain(&p->tmpl, latch->flow.family);
	else if (v.action == BTNS_SPD_CLEAR && dir == XFRM_POLICY_IN)
		p->protect = false;	/* it takes the clear; the latch not */
	else
		return false;
	if (!latch->want.narrow)
		return true;
	p->tmpl.reqid = dir == XFRM_POLICY_OUT ?
				NARROW_REQID | (latch->id & NARROW_IDS) : 0;
	return true;
}

/* Would policies of one template be less than what the SPD has? */
static bool is_more(struct btns_latch *latch)
{
	struct btns_spd_verdict v;

	btns_spd_now(latch->bn, &latch->flow, 0, XFRM_POLICY_OUT, &v);
	return v.action == BTNS_SPD_PROTECT && v.ntmpl != 1;
}

/* 0; -EACCES if the SPD forbids it; -EOPNOTSUPP if it cannot be done for it. */
static int fill(struct btns_latch *latch, struct own_policy *out,
		struct own_policy *in)
{
	memset(out, 0, sizeof(*out));
	memset(in, 0, sizeof(*in));
	select_flow(&out->sel, &latch->flow, true);
	select_flow(&in->sel, &latch->flow, false);
	/* Paired with the release in __btns_latch_move(): values are there. */
	switch (smp_load_acquire(&latch->state)) {
	case BTNS_LATCH_STATE_LARVAL:
		return template_asked(out, latch, XFRM_POLICY_OUT) &&
		       template_asked(in, latch, XFRM_POLICY_IN) ? 0 : -EACCES;
	case BTNS_LATCH_STATE_ESTABLISHED:
		break;
	default:
		return -ENOTCONN;
	}
	if (is_more(latch))
		return -EOPNOTSUPP;
	out->protect = true;
	in->protect = true;
	template_latched(&out->tmpl, latch, true);
	template_latched(&in->tmpl, latch, false);
	return 0;
}

/*
 * Under the socket lock nobody destroys it, so what is put in place in a socket
 * that is not closed is taken away with it.
 */
static int insert_connection(struct btns_latch *latch, struct sock *sk)
{
	struct own_policy out, in;
	int err = -ENOTCONN;

	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE || btns_own_foreign(sk))
		goto out;
	err = fill(latch, &out, &in);
	if (err)
		goto out;
	err = insert(sk, &out, &in);
	if (err)
		goto out;
	WRITE_ONCE(latch->own, BTNS_OWN_IN);
	/* what waited for this goes now, not at TCP's next try */
	if (sk->sk_state == TCP_SYN_SENT)
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 1,
					  TCP_RTO_MAX);
out:
	release_sock(sk);
	return err;
}

/* True if it is to be tried again in a while. */
static bool do_connection(struct own_job *job)
{
	struct btns_latch *latch = job->latch;
	struct sock *sk = btns_latch_owner_find(latch);
	int err = -ENOENT;

	if (sk && sk_fullsock(sk))
		err = insert_connection(latch, sk);
	if (sk)
		sock_gen_put(sk);
	if (err == -ENOENT && job->tries++ < TRIES_MAX)
		return true;	/* the handshake's last packet is on its way */
	if (!err) {
		btns_mib_inc(job->bn, OwnPolicies);
		return false;
	}
	btns_mib_inc(job->bn, OwnFailed);
	if (err == -EACCES)
		btns_latch_close_one(latch, BTNS_REASON_POLICY, err);
	/* the next packet asks again, if that is of any use */
	WRITE_ONCE(latch->own, err == -EOPNOTSUPP ? BTNS_OWN_NONE :
						    BTNS_OWN_WANTED);
	return false;
}

static int insert_listener(struct sock *sk, u8 family)
{
	__be16 port = inet_sk(sk)->inet_sport;
	struct own_policy out = { .protect = true };
	struct own_policy in = { .protect = true };

	select_port(&out.sel, family, port, true);
	select_port(&in.sel, family, port, false);
	template_plain(&out.tmpl, family);
	template_plain(&in.tmpl, family);
	return insert(sk, &out, &in);
}

/* Those it asks for, or none: what connect() would have needed goes. */
static int listener_policies(struct btns_net *bn, struct sock *sk)
{
	struct btns_want want = {};
	int err;

	rcu_read_lock();
	btns_ask_find_rcu(bn, btns_latch_cookie(sk), &want);
	rcu_read_unlock();
	if (!want.protect) {
		if (!want.bypass && btns_own_has(sk))
			remove(sk);
		return 0;
	}
	err = insert_listener(sk, sk->sk_family);
	if (!err)
		btns_mib_inc(bn, OwnPolicies);
	return err;
}

static void do_listener(struct own_job *job)
{
	struct sock *sk = job->sk;
	int err = -ENOTCONN;

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN && !btns_own_foreign(sk))
		err = listener_policies(job->bn, sk);
	release_sock(sk);
	if (err)
		btns_mib_inc(job->bn, OwnFailed);
	btns_ask_own_done(job->bn, btns_latch_cookie(sk));
}

static void job_free(struct own_job *job)
{
	struct btns_net *bn = job->bn;

	if (job->latch)
		btns_latch_put(job->latch);
	if (job->sk)
		sock_put(job->sk);
	kfree(job);
	if (atomic_dec_and_test(&bn->tells))
		wake_up_var(&bn->tells);
}

static void job_fn(struct work_struct *work)
{
	struct own_job *job = container_of(to_delayed_work(work),
					   struct own_job, work);

	if (job->sk) {
		do_listener(job);
	} else if (do_connection(job) && !READ_ONCE(job->bn->dying)) {
		queue_delayed_work(btns_wq, &job->work, TRY_DELAY);
		return;
	}
	job_free(job);
}

static struct own_job *job_make(struct btns_net *bn)
{
	struct own_job *job = NULL;

	if (!READ_ONCE(bn->dying))
		job = kzalloc(sizeof(*job), GFP_ATOMIC | __GFP_NOWARN);
	if (!job)
		return NULL;
	job->bn = bn;
	INIT_DELAYED_WORK(&job->work, job_fn);
	return job;
}

static void job_start(struct own_job *job)
{
	atomic_inc(&job->bn->tells);
	queue_delayed_work(btns_wq, &job->work, 0);
}

/**
 * btns_own_queue - give a connection its policies soon
 * @latch: latch; the caller has a reference or is in an RCU read section
 *
 * Does nothing unless they are wanted and not under way already.
 *
 * Context: any but hard interrupts.
 */
void btns_own_queue(struct btns_latch *latch)
{
	struct own_job *job;

	if (cmpxchg(&latch->own, BTNS_OWN_WANTED, BTNS_OWN_QUEUED) !=
	    BTNS_OWN_WANTED)
		return;
	job = job_make(latch->bn);
	if (!job || !refcount_inc_not_zero(&latch->ref)) {
		kfree(job);
		btns_mib_inc(latch->bn, OwnFailed);
		WRITE_ONCE(latch->own, BTNS_OWN_WANTED);
		return;
	}
	job->latch = latch;
	job_start(job);
}

/**
 * btns_own_hold - let an established latch hold by itself
 * @latch: latch, locked or not to be found yet
 *
 * RFC 5660 section 2.3: as if a rule for just that 5-tuple stood first in the
 * SPD, if the administrator wants it so. The next packets see to it.
 *
 * Context: any.
 */
void btns_own_hold(struct btns_latch *latch)
{
	if (READ_ONCE(latch->bn->knobs.latch_protect) &&
	    latch->flow.proto == IPPROTO_TCP && !latch->own_policy &&
	    !latch->marks.in && !latch->marks.out &&
	    latch->own == BTNS_OWN_NONE)
		WRITE_ONCE(latch->own, BTNS_OWN_WANTED);
}

/**
 * btns_own_needed - must a connection that opens get policies first
 * @bn: namespace
 * @flow: its flow
 * @want: what its socket asks for
 * @said: what policy has said so far of its SYN
 * @marks: how its packets are marked; those with a mark get none
 *
 * Looks at the whole SPD, once for a connection of a socket that asks.
 *
 * Context: RCU read section; takes xfrm_policy_lock.
 * Return: true if so, false also if the SPD does not allow it.
 */
bool btns_own_needed(struct btns_net *bn, const struct btns_flow *flow,
		     const struct btns_want *want,
		     const struct btns_said *said,
		     const struct btns_marks *marks)
{
	struct btns_spd_verdict v;

	if (!want->narrow &&
	    (!want->protect || said->count || said->larval))
		return false;
	if (marks->in || marks->out)
		return false;
	btns_spd_now(bn, flow, 0, XFRM_POLICY_OUT, &v);
	if (v.action == BTNS_SPD_PROTECT)
		return want->narrow && v.ntmpl == 1;
	return v.action == BTNS_SPD_CLEAR && want->protect;
}

static void listener_queue(struct btns_net *bn, struct sock *sk)
{
	struct own_job *job;

	if (!btns_ask_own_claim(bn, btns_latch_cookie(sk)))
		return;
	job = job_make(bn);
	if (!job || !refcount_inc_not_zero(&sk->sk_refcnt)) {
		kfree(job);
		btns_ask_own_done(bn, btns_latch_cookie(sk));
		return;
	}
	job->sk = sk;
	job_start(job);
}

/**
 * btns_own_listener - give a listening socket that asks for protection policies
 * @bn: namespace
 * @sk: listening socket, under RCU
 *
 * Context: any but hard interrupts.
 */
void btns_own_listener(struct btns_net *bn, struct sock *sk)
{
	if (!protects(sk))
		listener_queue(bn, sk);
}

/**
 * btns_own_answers - can a listening socket answer under protection
 * @bn: namespace
 * @sk: listening socket
 * @flow: flow of a SYN that came to it protected
 * @mark: mark of what it answers
 * @want: what it asks for
 *
 * Where the SPD says nothing, the answer to a protected SYN would leave in the
 * clear. Then the socket gets policies of its own, soon; TCP sends the SYN
 * again.
 *
 * Context: RCU read section, softirq or process; takes xfrm_policy_lock.
 * Return: true if it can.
 */
bool btns_own_answers(struct btns_net *bn, struct sock *sk,
		      const struct btns_flow *flow, u32 mark,
		      const struct btns_want *want)
{
	struct btns_spd_verdict v;

	if (!want->protect) {
		if (!btns_own_has(sk))
			return true;
		listener_queue(bn, sk);	/* what it has was for connect() */
		return false;
	}
	btns_spd_now(bn, flow, mark, XFRM_POLICY_OUT, &v);
	if (v.action == BTNS_SPD_PROTECT)
		return true;
	/* one policy serves one family */
	if (v.action != BTNS_SPD_CLEAR || flow->family != sk->sk_family)
		return false;
	if (protects(sk))
		return true;
	btns_own_listener(bn, sk);
	return false;
}

/*
 * xfrm translates what it is given in the system call of a 32-bit program, and
 * ours would not survive that.
 */
static int insert_in_call(struct sock *sk, struct own_policy *out,
			  struct own_policy *in)
{
	return in_compat_syscall() ? -EOPNOTSUPP : insert(sk, out, in);
}

/**
 * btns_own_ask - put in place what a socket needs from now on
 * @sk: TCP socket, closed or listening; locked
 * @want: what it asks for; nothing of an earlier ask stays
 *
 * A socket that asks for SAs of its own gets a policy by which nothing is asked
 * of anybody, until its connection has a 5-tuple: what it sends before that is
 * held back in LOCAL_OUT. One that listens gets its protection here, one that
 * does not yet when the first SYN comes.
 *
 * Context: process, may sleep.
 * Return: 0, -EBUSY if an administrator gave it policies, -ENOMEM, -EOPNOTSUPP
 * if a 32-bit program asks a 64-bit kernel.
 */
int btns_own_ask(struct sock *sk, const struct btns_want *want)
{
	bool listens = sk->sk_state == TCP_LISTEN;
	bool any = want->narrow || want->protect || want->bypass;
	bool foreign = btns_own_foreign(sk);
	struct own_policy out = { .protect = want->protect };
	struct own_policy in = { .protect = want->protect };
	__be16 port = listens ? inet_sk(sk)->inet_sport : 0;

	if (any && foreign)
		return -EBUSY;
	if (btns_own_has(sk) && !foreign)
		remove(sk);
	select_port(&out.sel, sk->sk_family, port, true);
	select_port(&in.sel, sk->sk_family, port, false);
	template_plain(&out.tmpl, sk->sk_family);
	template_plain(&in.tmpl, sk->sk_family);
	if (want->bypass || (want->protect && listens))
		return insert_in_call(sk, &out, &in);
	out.protect = false;
	return want->narrow && !listens ? insert_in_call(sk, &out, NULL) : 0;
}
