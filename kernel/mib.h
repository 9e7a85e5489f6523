/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One counter per verdict and refusal, shown in /proc/net/btns_stat.
 *
 * The list is the only place to add one: name, and what it counts.
 * Documentation/counters.rst repeats it for administrators.
 */
#ifndef BTNS_MIB_H
#define BTNS_MIB_H

#define BTNS_MIB_LIST(X)						\
	/* packet path */						\
	X(InOk)			/* in: carried by its latch */		\
	X(OutOk)		/* out: carried by its latch */		\
	X(InNoLatch)		/* in: no latch, passed */	\
	X(OutNoLatch)		/* out: no latch, passed */	\
	X(InDropClear)		/* in: clear packet of a latched flow */ \
	X(InDropPeer)		/* in: SA of another peer */		\
	X(InDropProtection)	/* in: other protection, mode or QoP */	\
	X(InDropBundle)		/* in: SAs that cannot be latched */	\
	X(InDropBroken)		/* in: latch is broken */		\
	X(InDropClosed)		/* in: latch is closed */		\
	X(InDropLarval)		/* in: latch has no SA yet */		\
	X(InDropRequired)	/* in: not what its socket requires */ \
	X(InDropMalformed)	/* in: headers cannot be read */	\
	X(InDropFragment)	/* in: fragments no SA vouches for */ \
	X(InDropLimit)		/* in: no latch could be made */	\
	X(InDropIcmp)		/* in: ICMP error about a latched flow */ \
	X(InDropUnvouched)	/* in: strict mode, SA nobody vouched for */ \
	X(InDropJoin)		/* in: MPTCP subflow, a latched one may live */ \
	X(OutDropClear)		/* out: latched flow would be in clear */ \
	X(OutDropPeer)		/* out: SA of another peer */		\
	X(OutDropProtection)	/* out: other protection, mode or QoP */ \
	X(OutDropBundle)	/* out: SAs that cannot be latched */	\
	X(OutDropBroken)	/* out: latch is broken */		\
	X(OutDropClosed)	/* out: latch is closed */		\
	X(OutDropLarval)	/* out: waiting for an SA */		\
	X(OutDropRequired)	/* out: not what its socket requires */	\
	X(OutDropMalformed)	/* out: headers cannot be read */	\
	X(OutDropLimit)		/* out: no latch could be made */	\
	X(OutDropIcmp)		/* out: ICMP error would quote in clear */ \
	X(OutDropUnvouched)	/* out: strict mode, SA nobody vouched for */ \
	X(OutDropJoin)		/* out: MPTCP subflow, likewise */	\
	X(OutDropTwin)		/* out: 5-tuple of another live connection */ \
	/* latches */							\
	X(LatchMade)		/* connection latches made */		\
	X(LatchListener)	/* listener latches made */		\
	X(LatchEstablished)	/* transitions to established */	\
	X(LatchBroken)		/* transitions to broken */		\
	X(LatchRepaired)	/* transitions broken to established */	\
	X(LatchClosed)		/* transitions to closed */		\
	X(LatchReleased)	/* latches gone */			\
	X(LatchLimit)		/* refused: limit reached */		\
	X(LatchLimitUser)	/* refused: limit of a user reached */	\
	X(LatchEmbryoLimit)	/* not made for a SYN: too many embryos */ \
	X(LatchNoMemory)	/* refused: out of memory */		\
	X(LatchConflict)	/* refused: conflicting SA or latch */	\
	X(LatchKick)		/* first SYNs sent on as their SA came */ \
	X(SocketAborted)	/* connections ended by an error */	\
	X(SocketTold)		/* datagram sockets told by an error */	\
	X(SocketAbortFailed)	/* sockets that could not be told */	\
	/* socket options */						\
	X(AskSet)		/* asks taken */			\
	X(AskRefused)		/* asks refused */			\
	X(OwnPolicies)		/* sockets given policies of their own */ \
	X(OwnFailed)		/* policies that could not be given */	\
	X(SpdWalk)		/* looks at every policy for one flow */ \
	/* identities of SAs */						\
	X(SaBound)		/* bindings made */			\
	X(SaUnbound)		/* bindings gone */			\
	X(SaBindPad)		/* bind refused by the PAD */		\
	X(SaBindOwned)		/* bind refused: addresses of others */	\
	X(SaBindPolicy)		/* bind refused by the SPD */		\
	X(SaBindRefused)	/* bind refused for another cause */	\
	/* databases */							\
	X(PadChanged)		/* changes of the PAD */		\
	X(PadRefused)		/* changes of the PAD refused */	\
	X(Fallbacks)		/* fallbacks to clear begun */		\
	X(PolicyEvents)		/* xfrm policy events seen */		\
	X(StateEvents)		/* xfrm state events seen */		\
	X(EventLost)		/* multicast events that could not be sent */

enum btns_mib {
#define BTNS_MIB_ENUM(name) BTNS_MIB_##name,
	BTNS_MIB_LIST(BTNS_MIB_ENUM)
#undef BTNS_MIB_ENUM
	__BTNS_MIB_MAX
};

/**
 * struct btns_mib_stats - the counters of one CPU
 * @mibs: indexed by enum btns_mib
 */
struct btns_mib_stats {
	unsigned long mibs[__BTNS_MIB_MAX];
};

/* Count one; any context. */
#define btns_mib_inc(bn, name) this_cpu_inc((bn)->mib->mibs[BTNS_MIB_##name])

#endif /* BTNS_MIB_H */
