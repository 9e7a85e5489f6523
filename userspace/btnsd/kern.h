/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the helper asks of the kernel and hears from it, as a table of
 * functions, so that tests run two helpers in one process on a mock. Nothing
 * here depends on netlink. All functions return 0 or a negative errno.
 */
#ifndef BTNSD_KERN_H
#define BTNSD_KERN_H

#include <stdbool.h>
#include <stdint.h>

#include "btnsd/addr.h"
#include "libbtns/btns.h"

struct secret;
struct lbtns;

/**
 * struct kern_encap - ESP in UDP, as the packets of one SA have it
 * @sport: source port, host byte order; 0 for ESP that is not in UDP
 * @dport: destination port, host byte order
 */
struct kern_encap {
	uint16_t sport;
	uint16_t dport;
};

/**
 * struct kern_sa - one ESP SA, one direction
 * @spi: host byte order
 * @src: source address of the packets
 * @dst: destination address of the packets
 * @sel: traffic, seen from this host
 * @inbound: towards this host; get_spi() made @spi then
 * @reqid: of the policy's template
 * @seq: of the acquire that asked for it, 0 for none
 * @encr: enum ike_encr
 * @keybits: its Key Length attribute, 0 for none
 * @integ: enum ike_integ; none for an AEAD
 * @key: key and salt, or both keys, as keymat_child() gives them
 * @tunnel: tunnel mode; otherwise transport mode
 * @encap: ESP in UDP
 * @replay_window: packets
 * @hard_seconds: the kernel deletes it then, whatever happens to us
 * @soft_bytes: octets after which an expire event tells us, 0 for never
 * @hard_bytes: octets after which the kernel deletes it, 0 for never
 * @soft_packets: the same in packets
 * @hard_packets: the same in packets
 */
struct kern_sa {
	uint32_t spi;
	struct addr src;
	struct addr dst;
	struct sel sel;
	bool inbound;
	uint32_t reqid;
	uint32_t seq;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	const struct secret *key;
	bool tunnel;
	struct kern_encap encap;
	uint32_t replay_window;
	uint64_t hard_seconds;
	uint64_t soft_bytes;
	uint64_t hard_bytes;
	uint64_t soft_packets;
	uint64_t hard_packets;
};

/**
 * struct kern_found - an SA that is there
 * @src: source address of the packets
 * @dst: destination address of the packets
 * @sel: traffic, as if the SA were outbound
 * @tunnel: tunnel mode
 * @encap: ESP in UDP
 */
struct kern_found {
	struct addr src;
	struct addr dst;
	struct sel sel;
	bool tunnel;
	struct kern_encap encap;
};

/** enum kern_action - what a policy does */
enum kern_action {
	KERN_BYPASS,
	KERN_BLOCK,
	KERN_PROTECT,
};

/**
 * struct kern_policy - an xfrm policy
 * @index: the kernel's number of it
 * @priority: smaller comes first
 * @inbound: direction in, or fwd; otherwise out
 * @forward: direction fwd, of what is not for this host: the remote end is who
 *	sent it
 * @action: what it does
 * @sel: traffic, seen from this host
 * @usable: its template is one that we can serve (ESP alone, a selector
 *	without port masks)
 * @reqid: of its template
 * @tunnel: its template wants tunnel mode
 * @local: our end of the tunnel, family 0 for any
 * @remote: the peer's end of it, likewise
 * @btns_ok: peers of BTNS PAD entries may use it
 * @fallback: what waits for SAs without having asked for them may go by it
 * @exact: @sel is all that the policy says of its traffic
 * @optional: it protects only where there is an SA
 * @seconds: the kernel deletes it so long after it came, 0 for never
 */
struct kern_policy {
	uint32_t index;
	uint32_t priority;
	bool inbound;
	bool forward;
	enum kern_action action;
	struct sel sel;
	bool usable;
	uint32_t reqid;
	bool tunnel;
	struct addr local;
	struct addr remote;
	bool btns_ok;
	bool fallback;
	bool exact;
	bool optional;
	uint32_t seconds;
};

/**
 * struct kern_acquire - the kernel has traffic and no SA for it
 * @local: our address
 * @remote: where the SA shall end
 * @sel: the packet
 * @policy: selector of the policy that wants protection
 * @seq: number to give back with the outbound SA
 * @reqid: of the policy's template
 * @tunnel: tunnel mode is wanted
 * @usable: ESP alone is wanted, and its selectors are expressible
 * @optional: the packet went without
 */
struct kern_acquire {
	struct addr local;
	struct addr remote;
	struct sel sel;
	struct sel policy;
	uint32_t seq;
	uint32_t reqid;
	bool tunnel;
	bool usable;
	bool optional;
};

typedef int (*kern_policy_cb)(const struct kern_policy *p, void *arg);

/**
 * struct kern_ops - what the helper asks of the kernel
 * @get_spi: choose an SPI for an inbound SA from @src to @dst
 * @add_sa: install an SA
 * @set_encap: give an SA that is in UDP other ports; nothing else of @sa but
 *	what names it, its lifetimes and its cipher is used
 * @find_sa: look at an SA; -ESRCH if there is none
 * @del_sa: delete an SA; -ESRCH if there is none
 * @sa_packets: packets that an SA has carried
 * @forget_acquire: let the kernel ask again for what an acquire asked for
 * @forget_acquires: the same for all acquires that nobody has answered
 * @bind: vouch for an SA before it is installed
 * @check: what would bind say?
 * @unbind: take bind back
 * @bindings: list what is bound
 * @latch_break: break the latches of a peer for good
 * @latch_close_all: close all latches as an administrator
 * @latches: list all latches
 * @pad_dump: list the PAD
 * @pad_replace: put these entries in the place of all others
 * @policies: list the xfrm policies, all directions, in order of priority
 * @put_policy: install a policy, with its flag; with @replace in the place of
 *	the one for the same traffic, at once
 * @del_policy: delete the policy with the index of this one
 * @error: one line about the last failure
 */
struct kern_ops {
	int (*get_spi)(void *k, const struct addr *src, const struct addr *dst,
		       uint32_t reqid, uint32_t *spi);
	int (*add_sa)(void *k, const struct kern_sa *sa);
	int (*set_encap)(void *k, const struct kern_sa *sa);
	int (*find_sa)(void *k, uint32_t spi, const struct addr *dst,
		       struct kern_found *found);
	int (*del_sa)(void *k, uint32_t spi, const struct addr *dst);
	int (*sa_packets)(void *k, uint32_t spi, const struct addr *dst,
			  uint64_t *packets);
	int (*forget_acquire)(void *k, const struct addr *src,
			      const struct addr *dst, uint32_t reqid,
			      uint32_t seq);
	int (*forget_acquires)(void *k);
	int (*bind)(void *k, const struct lbtns_sa *sa);
	int (*check)(void *k, const struct lbtns_sa *sa, uint8_t *verdict);
	int (*unbind)(void *k, const struct lbtns_sa *sa);
	int (*bindings)(void *k, lbtns_sa_cb cb, void *arg);
	int (*latch_break)(void *k, const struct lbtns_ident *peer,
			   uint8_t reason, uint32_t *count);
	int (*latch_close_all)(void *k, uint8_t reason, uint32_t *count);
	int (*latches)(void *k, lbtns_latch_cb cb, void *arg);
	int (*pad_dump)(void *k, lbtns_pad_cb cb, void *arg);
	int (*pad_replace)(void *k, const struct lbtns_pad_entry *e, size_t n);
	int (*policies)(void *k, kern_policy_cb cb, void *arg);
	int (*put_policy)(void *k, const struct kern_policy *p, bool replace);
	int (*del_policy)(void *k, const struct kern_policy *p);
	const char *(*error)(void *k);
};

/**
 * struct kern_events - what the helper hears from the kernel
 * @acquire: traffic wants an SA
 * @expire: an SA reached its soft limit, or was deleted at its hard one
 * @mapping: an inbound SA has received an authentic packet in UDP from
 *	another address or port than its own
 * @sa_gone: somebody deleted an SA
 * @sa_flushed: somebody deleted all SAs
 * @policy_changed: somebody else, or time, changed some xfrm policy; of a flag
 *	alone nobody tells
 * @pad_changed: the PAD changed
 * @lost: events were lost: look at everything anew
 */
struct kern_events {
	void (*acquire)(void *arg, const struct kern_acquire *acq);
	void (*expire)(void *arg, uint32_t spi, const struct addr *dst,
		       bool hard);
	void (*mapping)(void *arg, uint32_t spi, const struct addr *dst,
			const struct endpoint *from);
	void (*sa_gone)(void *arg, uint32_t spi, const struct addr *dst);
	void (*sa_flushed)(void *arg);
	void (*policy_changed)(void *arg);
	void (*pad_changed)(void *arg);
	void (*lost)(void *arg);
};

/* kern_xfrm.c: ESP SAs, and events of SAs and policies, by NETLINK_XFRM */

struct kern_xfrm;

int kern_xfrm_open(struct kern_xfrm **x);
void kern_xfrm_close(struct kern_xfrm *x);
void kern_xfrm_own(struct kern_xfrm *x, uint32_t portid);
int kern_xfrm_fd(const struct kern_xfrm *x);
void kern_xfrm_read(struct kern_xfrm *x, const struct kern_events *ev,
		    void *arg);
const char *kern_xfrm_error(const struct kern_xfrm *x);
int kern_xfrm_get_spi(struct kern_xfrm *x, const struct addr *src,
		      const struct addr *dst, uint32_t reqid, uint32_t *spi);
int kern_xfrm_add_sa(struct kern_xfrm *x, const struct kern_sa *sa);
int kern_xfrm_set_encap(struct kern_xfrm *x, const struct kern_sa *sa);
int kern_xfrm_find_sa(struct kern_xfrm *x, uint32_t spi,
		      const struct addr *dst, struct kern_found *found);
int kern_xfrm_del_sa(struct kern_xfrm *x, uint32_t spi,
		     const struct addr *dst);
int kern_xfrm_sa_packets(struct kern_xfrm *x, uint32_t spi,
			 const struct addr *dst, uint64_t *packets);

int kern_xfrm_forget(struct kern_xfrm *x, const struct addr *src,
		     const struct addr *dst, uint32_t reqid, uint32_t seq);
int kern_xfrm_forget_all(struct kern_xfrm *x);

/* kern_policy.c: xfrm policies with the module's flags, by libbtns */

int kern_policy_list(struct lbtns *spd, struct lbtns *h, kern_policy_cb cb,
		     void *arg, const char **why);
int kern_policy_put(struct lbtns *spd, struct lbtns *h,
		    const struct kern_policy *p, bool replace,
		    const char **why);
int kern_policy_del(struct lbtns *spd, const struct kern_policy *p,
		    const char **why);

/* kern_btns.c: the module, and the table that joins both */

struct kern;

extern const struct kern_ops kern_linux_ops;

int kern_open(struct kern **k, char *why, size_t why_len);
void kern_close(struct kern *k);
int kern_fds(const struct kern *k, int fds[static 2]);
void kern_read(struct kern *k, int fd, const struct kern_events *ev,
	       void *arg);

#endif
