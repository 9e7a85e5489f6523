// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer's selectors pass the PAD, the policies and the module, in this order.
 * Whoever refuses names what was asked for and the entry or policy that was
 * tried: "no" alone helps nobody.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "btnsd/btnsd.h"
#include "btnsd/groups.h"
#include "btnsd/ike/anon.h"
#include "btnsd/ike/narrow.h"
#include "btnsd/ike/nat.h"
#include "btnsd/ike/rival.h"
#include "btnsd/ike/ts.h"
#include "btnsd/log.h"

/*
 * No policy wants it, but a socket may ask for it (RFC 5660 section 3.1): the
 * module knows. Sockets ask for what goes to and from their port.
 */
static bool perhaps_asked(enum btns_spd_cause cause, const struct sel *s)
{
	return (cause == BTNS_SPD_NO_POLICY ||
		cause == BTNS_SPD_NOT_PROTECTED) &&
	       s->proto && s->lmask == BTNS_PORT_ONE;
}

/* a policy in words; @p may be NULL */
static const char *policy_str(const struct kern_policy *p,
			      char buf[static SEL_STRLEN + 64])
{
	char sel[SEL_STRLEN];

	if (!p)
		return "no policy";
	snprintf(buf, SEL_STRLEN + 64, "policy %u (%s, %s, priority %u)",
		 p->index, p->inbound ? "in" : "out", sel_str(&p->sel, sel),
		 p->priority);
	return buf;
}

/* do the policies' templates want such SAs with this peer? */
static bool fits(const struct ike_sa *sa, const struct child *c,
		 const struct kern_policy *const policy[2],
		 char why[static NARROW_WHY_MAX])
{
	const struct kern_policy *p = policy[0];
	char text[SEL_STRLEN + 64];

	if (p->tunnel == c->tunnel)
		p = policy[1];
	if (p->tunnel != c->tunnel) {
		snprintf(why, NARROW_WHY_MAX,
			 "policy wants %s mode, not %s mode: %s",
			 p->tunnel ? "tunnel" : "transport",
			 c->tunnel ? "tunnel" : "transport",
			 policy_str(p, text));
		return false;
	}
	p = policy[0];
	if (!p->tunnel ||
	    ((!p->local.family || addr_any(&p->local) ||
	      addr_equal(&p->local, &sa->path.local.addr)) &&
	     (!p->remote.family || addr_any(&p->remote) ||
	      addr_equal(&p->remote, &sa->path.remote.addr))))
		return true;
	snprintf(why, NARROW_WHY_MAX,
		 "the policy's tunnel is between other hosts: %s",
		 policy_str(p, text));
	return false;
}

/* btns-ok of the group private is for peers that have a key */
static bool proved_enough(const struct ike_sa *sa,
			  const struct kern_policy *const policy[2],
			  char why[static NARROW_WHY_MAX])
{
	const struct kern_policy *p = policy[groups_proof(policy[1])];
	char text[SEL_STRLEN + 64];

	if (!anon_is(sa) || !groups_proof(p))
		return true;
	snprintf(why, NARROW_WHY_MAX,
		 "it is anonymous, and the group private is for peers that prove a key: %s",
		 policy_str(p, text));
	return false;
}

static const char *verdict_text(uint8_t verdict)
{
	switch (verdict) {
	case BTNS_SA_VERDICT_OWNED:
		return "the module says that another PAD entry owns the addresses";
	case BTNS_SA_VERDICT_POLICY_REFUSED:
		return "the module says that no policy gives the peer this traffic";
	case BTNS_SA_VERDICT_CONFLICT:
		return "it is anonymous, and the child SA would break a latch";
	default:
		return "the module says that the PAD does not authorise the peer";
	}
}

/* what the module says, and which entry and policy had let the peer pass here */
static void say_verdict(const struct ike_sa *sa, uint8_t verdict,
			uint32_t entry, const struct kern_policy *p,
			char why[static NARROW_WHY_MAX])
{
	char text[SEL_STRLEN + 64];

	snprintf(why, NARROW_WHY_MAX, "%s: PAD entry %.63s, %s",
		 verdict_text(verdict), pad_name(&sa->d->pad, entry),
		 policy_str(p, text));
}

/* PAD and policies as they are now; that they cannot be read is no peer's fault */
static bool readable(struct btnsd *d, char why[static NARROW_WHY_MAX])
{
	const char *what = pad_refresh(d) ? "PAD" :
			   spd_refresh(d) ? "policies" :
					    NULL;

	if (what)
		snprintf(why, NARROW_WHY_MAX, "the %s cannot be read: %s",
			 what, d->kern->error(d->kern_ctx));
	return !what;
}

/* what policy says of it, and which */
static bool by_policy(struct ike_sa *sa, struct child *c, bool btns,
		      const struct sel *keep, struct sel *s,
		      const struct kern_policy *policy[static 2],
		      char why[static NARROW_WHY_MAX])
{
	enum btns_spd_cause cause;
	char text[SEL_STRLEN + 64];

	cause = spd_narrow(sa->d, btns, keep, s, policy);
	if (cause == BTNS_SPD_OK) {
		if (!fits(sa, c, policy, why) ||
		    !proved_enough(sa, policy, why))
			return false;
		c->reqid = policy[0]->reqid;
		return true;
	}
	snprintf(why, NARROW_WHY_MAX, "%s%s%s", btns_spd_cause_text(cause),
		 policy[0] ? ": " : "",
		 policy[0] ? policy_str(policy[0], text) : "");
	/* what sockets ask for is in transport mode */
	if (c->tunnel || !perhaps_asked(cause, s))
		return false;
	c->reqid = 0;
	return true;
}

/**
 * narrow_allowed() - do PAD, SPD and module let a peer have some traffic?
 * @sa: its IKE SA
 * @c: larval child SA; its @sel and @reqid are set
 * @keep: what should stay, or NULL
 * @s: the traffic; made smaller until it may be had
 * @verdict: what the module says, ok or conflict; conflict too if a peer that is
 *	there is in the way of an anonymous one
 * @why: filled if the peer may not have it
 *
 * Return: true if the peer may have @s.
 */
bool narrow_allowed(struct ike_sa *sa, struct child *c, const struct sel *keep,
		    struct sel *s, uint8_t *verdict,
		    char why[static NARROW_WHY_MAX])
{
	const struct kern_policy *policy[2];
	struct btns_pad_decision dec;

	*verdict = BTNS_SA_VERDICT_OK;
	if (!readable(sa->d, why))
		return false;
	/* again for each child SA: the PAD may have changed since (U12) */
	if (!pad_match(sa->d, &sa->who, &dec)) {
		snprintf(why, NARROW_WHY_MAX,
			 "the PAD no longer authorises the peer, which PAD entry %.63s did: %s",
			 sa->pad_entry, btns_pad_cause_text(dec.cause));
		return false;
	}
	if (keep && !sel_within(keep, s))
		keep = NULL;
	if (!pad_narrow(sa->d, dec.index, keep, s, why, NARROW_WHY_MAX) ||
	    !by_policy(sa, c, dec.btns, keep, s, policy, why))
		return false;
	if (!c->tunnel && (s->local_plen != addr_bits(s->local.family) ||
			   s->remote_plen != addr_bits(s->remote.family))) {
		snprintf(why, NARROW_WHY_MAX,
			 "transport mode is between two hosts");
		return false;
	}
	if (anon_in_the_way(sa, c, s, why, NARROW_WHY_MAX)) {
		*verdict = BTNS_SA_VERDICT_CONFLICT;
		return false;
	}
	c->sel = *s;
	if (child_check(c, verdict)) {
		snprintf(why, NARROW_WHY_MAX, "the module does not answer: %s",
			 sa->d->kern->error(sa->d->kern_ctx));
		return false;
	}
	if (*verdict == BTNS_SA_VERDICT_OK ||
	    (*verdict == BTNS_SA_VERDICT_CONFLICT && !anon_is(sa)))
		return true;
	say_verdict(sa, *verdict, dec.index, policy[0], why);
	return false;
}

/**
 * narrow_proved() - is who a peer is still enough for a child SA that it has?
 * @sa: its IKE SA
 * @c: child SA
 * @btns: the peer's PAD entry is a BTNS entry
 * @why: filled if not
 *
 * A policy that is gone, or lets the traffic be in the clear, takes nothing from
 * the peer that its child SA would give it.
 *
 * Return: false if a policy wants a peer that has proved more.
 */
bool narrow_proved(const struct ike_sa *sa, const struct child *c, bool btns,
		   char why[static NARROW_WHY_MAX])
{
	const struct kern_policy *policy[2];
	enum btns_spd_cause cause = spd_holds(sa->d, btns, &c->sel, policy);
	char text[SEL_STRLEN + 64];

	if (cause == BTNS_SPD_OK)
		return proved_enough(sa, policy, why);
	if (cause != BTNS_SPD_NOT_BTNS_OK)
		return true;
	snprintf(why, NARROW_WHY_MAX, "%s: %s", btns_spd_cause_text(cause),
		 policy_str(policy[0], text));
	return false;
}

/**
 * narrow_ends() - the selectors of a message
 * @sa: its IKE SA; learns what the peer calls both ends
 * @m: message
 * @we_initiate: it answers a request of ours
 * @tunnel: for a child SA in tunnel mode
 * @e: filled
 *
 * In transport mode through a NAT both ends' names are kept; in tunnel mode the
 * inner addresses are nobody's but the peers'.
 */
void narrow_ends(struct ike_sa *sa, const struct ike_msg *m, bool we_initiate,
		 bool tunnel, struct narrow_ends *e)
{
	memset(e, 0, sizeof(*e));
	e->local = we_initiate ? m->tsi : m->tsr;
	e->remote = we_initiate ? m->tsr : m->tsi;
	if (tunnel)
		return;
	nat_ts_in(sa, &e->local, &e->remote, &e->sent_local, &e->sent_remote);
	if (e->sent_local.family)
		sa->local_public = e->sent_local;
	if (e->sent_remote.family)
		sa->remote_private = e->sent_remote;
}

static size_t candidates(const struct ike_sa *sa, const struct child *c,
			 const struct narrow_ends *e,
			 struct sel cand[static TS_PAIRS_MAX], bool *has_first)
{
	return ts_candidates(&e->local, &e->remote,
			     c->tunnel ? NULL : &sa->path.local.addr,
			     c->tunnel ? NULL : &sa->path.remote.addr, cand,
			     has_first);
}

/* of what nothing can be had: the first selectors, as they came */
static void say_unusable(const struct ike_sa *sa, const struct child *c,
			 const struct narrow_ends *e,
			 char why[static NARROW_WHY_MAX])
{
	char ours[TS_STRLEN], theirs[TS_STRLEN], us[ADDR_STRLEN];
	char them[ADDR_STRLEN];

	if (!e->local.count || !e->remote.count)
		snprintf(why, NARROW_WHY_MAX, "it offers no selectors");
	else if (c->tunnel)
		snprintf(why, NARROW_WHY_MAX,
			 "the kernel has no selectors like the peer's: %s for us, %s for itself, %u and %u of them",
			 ts_str(&e->local.ts[0], ours),
			 ts_str(&e->remote.ts[0], theirs), e->local.count,
			 e->remote.count);
	else
		snprintf(why, NARROW_WHY_MAX,
			 "its selectors do not contain both hosts, or the kernel has none like them: %s for us (%s), %s for itself (%s), %u and %u of them",
			 ts_str(&e->local.ts[0], ours),
			 addr_str(&sa->path.local.addr, us),
			 ts_str(&e->remote.ts[0], theirs),
			 addr_str(&sa->path.remote.addr, them), e->local.count,
			 e->remote.count);
}

/* the reason, behind what it is about, which the peer asks for or has agreed to */
static void say_refused(const char *does, const struct sel *what,
			unsigned int others, const char *reason,
			char why[static NARROW_WHY_MAX])
{
	char text[SEL_STRLEN];
	int n;

	n = snprintf(why, NARROW_WHY_MAX, "it %s %s", does, sel_str(what, text));
	if (others)
		n += snprintf(why + n, NARROW_WHY_MAX - (size_t)n,
			      " and %u others", others);
	snprintf(why + n, NARROW_WHY_MAX - (size_t)n, ": %s", reason);
}

static enum fsm_code not_yet(char why[static NARROW_WHY_MAX])
{
	snprintf(why, NARROW_WHY_MAX,
		 "the peer that has it is asked for life first");
	return FSM_IGNORE;
}

/*
 * Choose among the peer's selectors: the widest that it may have. One that
 * would break a latch gives way to a narrower one that does not (RFC 5660
 * section 2.3); if all would, the narrowest is taken and the latch breaks.
 * FSM_IGNORE: not before the latch's peer has been asked for life, or who is
 * there before an anonymous peer is refused for it. One that has started anew is
 * such a peer: told no, it would keep an IKE SA that has no child SA.
 */
static enum fsm_code choose(struct ike_sa *sa, struct child *c,
			    const struct narrow_ends *e,
			    char why[static NARROW_WHY_MAX])
{
	struct sel cand[TS_PAIRS_MAX], conflict = { 0 }, s;
	char reason[NARROW_WHY_MAX];
	uint32_t conflict_reqid = 0;
	bool has_first, has_conflict = false;
	uint8_t verdict;
	size_t n, i, best = 0;

	n = candidates(sa, c, e, cand, &has_first);
	if (!n) {
		say_unusable(sa, c, e, why);
		return FSM_REFUSE;
	}
	for (i = 1; i < n; i++)
		if (sel_within(&cand[best], &cand[i]))
			best = i;
	/* the widest, then the packet that asked, then what is left */
	for (i = 0; i <= n; i++) {
		const struct sel *keep = has_first && best ? &cand[0] : NULL;

		if (i && i - 1 == best)
			continue;
		s = cand[i ? i - 1 : best];
		if (!narrow_allowed(sa, c, keep, &s, &verdict, reason)) {
			/* why not the widest says most */
			if (!i)
				say_refused("asks for", &cand[best],
					    (unsigned int)n - 1, reason, why);
			if (verdict == BTNS_SA_VERDICT_CONFLICT &&
			    rival_contested(sa, &s))
				return not_yet(why);
			continue;
		}
		if (verdict == BTNS_SA_VERDICT_OK)
			return FSM_OK;
		if (!has_conflict && rival_contested(sa, &s))
			return not_yet(why);
		if (!has_conflict || sel_within(&s, &conflict)) {
			conflict = s;
			conflict_reqid = c->reqid;
		}
		has_conflict = true;
	}
	if (!has_conflict)
		return FSM_REFUSE;
	sa_log(sa, LOG_WARNING,
	       "the child SA conflicts with a latch of another peer, which breaks");
	c->sel = conflict;
	c->reqid = conflict_reqid;
	return FSM_OK;
}

/**
 * narrow_request() - choose mode and selectors of a child SA that a peer wants
 * @sa: its IKE SA
 * @c: larval child SA; @tunnel, @sel and @reqid are set
 * @m: the request
 * @e: filled with the selectors of that mode
 * @why: filled if it is not granted
 *
 * In transport mode if the peer offers that and policy wants it, else in tunnel
 * mode (RFC 7296 section 1.3.1; through a NAT the selectors are the peer's own
 * words then, section 2.23.1).
 *
 * Return: FSM_OK, FSM_REFUSE, FSM_IGNORE for not yet, or FSM_AGAIN if PAD and
 * policies could not be asked.
 */
enum fsm_code narrow_request(struct ike_sa *sa, struct child *c,
			     const struct ike_msg *m, struct narrow_ends *e,
			     char why[static NARROW_WHY_MAX])
{
	bool offered = ike_msg_notify_find(m, IKE_N_USE_TRANSPORT_MODE);
	enum fsm_code code = FSM_REFUSE;
	char other[NARROW_WHY_MAX];

	if (!readable(sa->d, why))
		return FSM_AGAIN;
	if (offered) {
		narrow_ends(sa, m, false, false, e);
		code = choose(sa, c, e, why);
	}
	if (code != FSM_REFUSE)
		return code;
	c->tunnel = true;
	narrow_ends(sa, m, false, true, e);
	return choose(sa, c, e, offered ? other : why);
}

/**
 * narrow_answer() - may the peer have what it has agreed to?
 * @sa: its IKE SA
 * @c: larval child SA; its @sel and @reqid are set
 * @s: the traffic; made smaller until it may be had
 * @verdict: what the module says, ok or conflict
 * @why: filled if the peer may not have it
 *
 * Return: true if the peer may have @s.
 */
bool narrow_answer(struct ike_sa *sa, struct child *c, struct sel *s,
		   uint8_t *verdict, char why[static NARROW_WHY_MAX])
{
	const struct sel agreed = *s;
	char reason[NARROW_WHY_MAX];

	if (narrow_allowed(sa, c, NULL, s, verdict, reason))
		return true;
	say_refused("agrees to", &agreed, 0, reason, why);
	return false;
}

/**
 * narrow_more() - could the peer have another part of what it asks for?
 * @sa: its IKE SA
 * @c: child SA that was chosen
 * @e: the peer's selectors
 *
 * RFC 7296 section 2.9: then the answer says ADDITIONAL_TS_POSSIBLE. The module
 * is not asked: it is no promise.
 *
 * Return: true if PAD and SPD would grant traffic that @c does not have.
 */
bool narrow_more(struct ike_sa *sa, const struct child *c,
		 const struct narrow_ends *e)
{
	const struct kern_policy *policy[2];
	struct sel cand[TS_PAIRS_MAX], s;
	struct btns_pad_decision dec;
	char why[NARROW_WHY_MAX];
	bool has_first;
	size_t n, i;

	if (!pad_match(sa->d, &sa->who, &dec))
		return false;
	n = candidates(sa, c, e, cand, &has_first);
	for (i = 0; i < n; i++) {
		s = cand[i];
		if (!sel_within(&s, &c->sel) &&
		    pad_narrow(sa->d, dec.index, NULL, &s, why, sizeof(why)) &&
		    spd_narrow(sa->d, dec.btns, NULL, &s, policy) ==
			    BTNS_SPD_OK &&
		    fits(sa, c, policy, why) &&
		    proved_enough(sa, policy, why) && !sel_within(&s, &c->sel))
			return true;
	}
	return false;
}
