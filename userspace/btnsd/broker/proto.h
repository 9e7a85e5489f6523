/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reader and the broker say to each other, over socket pairs that keep
 * the bounds of messages. Both are the same program, so numbers are as the host
 * has them; but no message is a struct of C: members are copied one by one, so
 * that no padding tells of other memory, and each is looked at on arrival.
 */
#ifndef BTNSD_BROKER_PROTO_H
#define BTNSD_BROKER_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btnsd/crypto/crypto.h"
#include "btnsd/crypto/keymat.h"
#include "btnsd/kern.h"
#include "libbtns/btns.h"

/* octets of the longest message: an IKE message to sign, and what goes with it */
#define PROTO_MAX	(72 * 1024)
/* octets of the longest path or error text, with its NUL */
#define PROTO_TEXT	512

/** enum proto_type - requests, and below them events */
enum proto_type {
	/* struct kern_ops */
	PROTO_GET_SPI = 1,
	PROTO_ADD_SA,
	PROTO_SET_ENCAP,
	PROTO_FIND_SA,
	PROTO_DEL_SA,
	PROTO_SA_PACKETS,
	PROTO_FORGET,
	PROTO_FORGET_ALL,
	PROTO_BIND,
	PROTO_CHECK,
	PROTO_UNBIND,
	PROTO_BINDINGS,
	PROTO_LATCH_BREAK,
	PROTO_LATCH_CLOSE_ALL,
	PROTO_LATCHES,
	PROTO_PAD_DUMP,
	PROTO_PAD_REPLACE,
	PROTO_POLICIES,
	PROTO_PUT_POLICY,
	PROTO_DEL_POLICY,
	/* our keys */
	PROTO_KEY,
	PROTO_SIGN,
	/* secrets that we share */
	PROTO_SECRET,
	PROTO_MAC,
	PROTO_CHECK_MAC,
	/* the configuration which names both is in force */
	PROTO_TAKEN,
	/* files */
	PROTO_FILE_OPEN,
	PROTO_FILE_CREATE,
	PROTO_FILE_COMMIT,
	PROTO_FILE_DROP,
	PROTO_FILE_ASIDE,
	PROTO_FILE_LOCK,
	/* the service manager */
	PROTO_READY,
	PROTO_REQUESTS,		/* not a request: one more than the last */

	/* struct kern_events */
	PROTO_EV_ACQUIRE = 128,
	PROTO_EV_EXPIRE,
	PROTO_EV_MAPPING,
	PROTO_EV_SA_GONE,
	PROTO_EV_SA_FLUSHED,
	PROTO_EV_POLICY,
	PROTO_EV_PAD,
	PROTO_EV_LOST,
	/* what an administrator wants */
	PROTO_EV_RELOAD,	/* there is another configuration */
	PROTO_EV_CHECK,		/* look after the store */
	PROTO_EV_STOP,		/* say good-bye to peers and end */
	PROTO_EV_LEAVE,		/* end, and leave SAs to the next */
	PROTO_EV_STATS,
	PROTO_EV_END,		/* not an event: one more than the last */
};

/** enum proto_reply - what a message from the broker is, of a request */
enum proto_reply {
	PROTO_DONE = 64,	/* the last: error, text or result */
	PROTO_ITEM,		/* one of a list, before the last */
};

/**
 * struct proto_name - what names an SA, and what an acquire is forgotten by
 * @src: source address of the packets
 * @dst: destination address of the packets
 * @spi: host byte order
 * @reqid: of the policy's template
 * @seq: of the acquire
 */
struct proto_name {
	struct addr src;
	struct addr dst;
	uint32_t spi;
	uint32_t reqid;
	uint32_t seq;
};

/**
 * struct proto_peer - whose latches to break, and why
 * @peer: identity; none for all latches
 * @reason: enum btns_reason
 */
struct proto_peer {
	struct lbtns_ident peer;
	uint8_t reason;
};

/**
 * struct proto_sign - how to sign what follows
 * @key: SHA-256 of the key's public half
 * @alg: enum sig_alg
 * @len: octets of each part
 */
struct proto_sign {
	uint8_t key[BTNS_DIGEST_LEN];
	uint32_t alg;
	uint32_t len[AUTH_PARTS];
};

/* octets of what stands for a shared secret */
#define PROTO_TAG	32

/**
 * struct proto_mac - by which secret to authenticate what follows
 * @name: of the PAD entry that has it
 * @tag: what stands for it
 * @prf: enum ike_prf
 * @len: octets of each part; the last is a peer's AUTH data to compare with
 */
struct proto_mac {
	char name[BTNS_NAME_MAX + 1];
	uint8_t tag[PROTO_TAG];
	uint32_t prf;
	uint32_t len[AUTH_PARTS + 1];
};

/**
 * struct proto_value - a result that is one number
 * @v: SPI, count, packets, verdict, or whether it is the same
 */
struct proto_value {
	uint64_t v;
};

/**
 * struct proto_pad - an entry of the PAD in a list
 * @e: entry
 * @index: place in the order
 * @generation: of the PAD
 */
struct proto_pad {
	struct lbtns_pad_entry e;
	uint32_t index;
	uint32_t generation;
};

/**
 * struct proto_event - what an event tells of an SA
 * @dst: destination address of its packets
 * @spi: host byte order
 * @hard: it is gone
 * @from: of a mapping, where the packet came from
 */
struct proto_event {
	struct addr dst;
	uint32_t spi;
	bool hard;
	struct endpoint from;
};

struct proto_layout;

/* one for each struct that travels */
extern const struct proto_layout proto_name_layout;
extern const struct proto_layout proto_peer_layout;
extern const struct proto_layout proto_sign_layout;
extern const struct proto_layout proto_mac_layout;
extern const struct proto_layout proto_value_layout;
extern const struct proto_layout proto_pad_layout;
extern const struct proto_layout proto_event_layout;
extern const struct proto_layout proto_kern_sa_layout;
extern const struct proto_layout proto_found_layout;
extern const struct proto_layout proto_policy_layout;
extern const struct proto_layout proto_acquire_layout;
extern const struct proto_layout proto_sa_layout;
extern const struct proto_layout proto_latch_layout;

/**
 * struct proto_msg - a message
 * @type: enum proto_type, or enum proto_reply
 * @err: of PROTO_DONE, 0 or a negative errno; else 0
 * @fd: descriptor that comes with it, or -1
 * @len: octets of @body
 * @body: members one after another, then octets without a form
 */
struct proto_msg {
	uint32_t type;
	int32_t err;
	int fd;
	size_t len;
	uint8_t body[PROTO_MAX];
};

void proto_begin(struct proto_msg *m, uint32_t type);
void proto_put(struct proto_msg *m, const struct proto_layout *l,
	       const void *from);
bool proto_put_octets(struct proto_msg *m, struct span s);
bool proto_get(const struct proto_msg *m, const struct proto_layout *l,
	       void *to, struct span *rest);
bool proto_get_all(const struct proto_msg *m, const struct proto_layout *l,
		   void *to);
bool proto_get_parts(struct span rest, const uint32_t *len, size_t n,
		     struct span *part);
bool proto_get_text(const struct proto_msg *m, char text[static PROTO_TEXT]);
int proto_pair(int fds[static 2]);
int proto_send(int fd, const struct proto_msg *m, bool wait);
int proto_recv(int fd, struct proto_msg *m, bool wait);

#endif
