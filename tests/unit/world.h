/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several helpers in one process, with a kernel, a network and a clock made of
 * memory, and numbers that are the same in each run: a test steps message by
 * message, drops, doubles and forges them, and looks at what each host would have
 * installed.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "btnsd/btnsd.h"
#include "btnsd/ike/message.h"
#include "btnsd/ike/sa.h"

#define WORLD_HOSTS	3
#define WORLD_SAS	1152
#define WORLD_POLICIES	64
#define WORLD_ENDS	4096
#define WORLD_PAD	16
/* the network that all hosts are in */
#define WORLD_NET	"10.0.0.0/24"

struct world;

/** struct world_sa - an SA in a host's kernel */
struct world_sa {
	bool used;
	bool larval;
	bool inbound;
	uint32_t spi;
	struct addr src;
	struct addr dst;
	bool tunnel;
	struct sel sel;
	uint32_t reqid;
	uint32_t seq;
	uint16_t encr;
	uint16_t keybits;
	uint16_t integ;
	uint8_t key[96];
	size_t key_len;
	uint64_t packets;
	/* its limits */
	uint64_t soft_bytes, hard_bytes;
	uint64_t soft_packets, hard_packets;
	uint64_t hard_seconds;
	struct kern_encap encap;
};

/** struct world_kern - a host's kernel and module */
struct world_kern {
	struct world *w;
	struct world_sa sa[WORLD_SAS];
	/* those from here on were never used */
	size_t top;
	struct lbtns_sa bound[WORLD_SAS];
	size_t n_bound;
	struct kern_policy policy[WORLD_POLICIES];
	size_t n_policies;
	/* when they end, by index; 0 for never */
	uint64_t ends[WORLD_ENDS];
	struct lbtns_pad_entry pad[WORLD_PAD];
	size_t n_pad;
	/* what check and bind say; NULL is "ok" to everything */
	uint8_t (*verdict)(const struct lbtns_sa *sa);
	/* faults: fail this many calls from now */
	unsigned int fail_add;
	unsigned int fail_bind;
	/* the errno of these two, if not their own */
	int fail_as;
	unsigned int fail_policy;
	unsigned int fail_pad;
	unsigned int fail_dump;
	/* what happened */
	unsigned int breaks;
	uint8_t break_reason;
	struct lbtns_ident broken;
	unsigned int closes;
	uint8_t close_reason;
	unsigned int fail_close;
	unsigned int fail_latches;
	unsigned int fail_policies;
	/* latches that the kernel lists */
	struct lbtns_latch latch[2];
	size_t n_latches;
	unsigned int conflicts;
	/* acquires that may be asked again */
	unsigned int forgotten;
	unsigned int forgotten_all;
	/* SAs installed that nobody had vouched for: must stay 0 */
	unsigned int unvouched;
};

/** struct world_host - a host */
struct world_host {
	struct world *w;
	struct btnsd d;
	struct addr addr;
	struct world_kern k;
	bool up;
	/* its address is gone: the kernel sends nothing from there */
	bool homeless;
	/* it does not listen on its address */
	bool mute;
	/* what it began with */
	enum key_type type;
	struct key *key;
	/* it keeps a store, at world_store_path() */
	bool store;
};

#define WORLD_NATS	2
#define WORLD_MAPPINGS	16

/** struct world_mapping - a port of a NAT that stands for one inside it */
struct world_mapping {
	struct endpoint inside;
	uint16_t port;
};

/** struct world_nat - a NAT that a host is behind; see world_nat() */
struct world_nat {
	int host;
	struct addr addr;
	uint16_t next;
	/* forwards what comes to 500 and 4500 to the host */
	bool forwards;
	struct world_mapping map[WORLD_MAPPINGS];
	size_t n;
};

/** struct packet - a datagram under way */
struct packet {
	struct packet *next;
	int from;
	struct path path;
	size_t len;
	uint8_t data[];
};

/** struct world - all of it */
struct world {
	uint64_t now;
	struct world_host h[WORLD_HOSTS];
	struct packet *queue;
	unsigned int sent;
	/* the last that kernels gave */
	uint32_t last_spi;
	uint32_t last_seq;
	struct world_nat nat[WORLD_NATS];
	size_t n_nats;
	/* keepalives, and where the last one went */
	unsigned int keepalives;
	struct path keepalive;
	/* sees each datagram when it is sent; false drops it */
	bool (*filter)(struct world *w, struct packet *p);
	/* for a filter's use */
	unsigned int n[4];
	struct packet *kept;
	/* last lines of the log that were warnings or worse */
	char log[8192];
};

void world_init(struct world *w);
void world_fini(struct world *w);
bool world_up(struct world *w, int host, enum key_type type, const char *conf);
struct key *world_key(int host, enum key_type type);
const char *world_key_path(int host, enum key_type type);
const char *world_store_path(int host, const char *suffix);
void world_crash(struct world *w, int host);
void world_pad_any(struct world *w, int host);
struct lbtns_pad_entry *world_pad_add(struct world *w, int host,
				      const char *name);
void world_pad_prefix(struct lbtns_pad_entry *e, const char *prefix);
void world_pad_key(struct world *w, struct lbtns_pad_entry *e, int of);
void world_policy(struct world *w, int host, const char *local,
		  const char *remote, uint8_t proto, uint16_t lport,
		  uint16_t rport, bool btns_ok);
void world_acquire(struct world *w, int host, int to, uint16_t rport);
struct world_nat *world_nat(struct world *w, int host, const char *addr);
void world_nat_reset(struct world_nat *n, const char *addr);
const struct addr *world_seen(const struct world *w, int host);
bool world_nat_in(struct world *w, struct endpoint *to);
void world_nat_out(struct world *w, struct endpoint *from);
bool world_step(struct world *w);
void world_run(struct world *w);
void world_advance(struct world *w, uint64_t ms);
void world_inject(struct world *w, int from, int to, const void *data,
		  size_t len);
struct packet *world_copy(const struct packet *p);
void world_queue(struct world *w, struct packet *p);
unsigned int world_pairs(const struct world *w, int a, int b);
unsigned int world_installed(const struct world *w, int host);
struct ike_sa *world_sa(struct world *w, int host);
unsigned int world_ike(const struct world *w, int host, enum ike_state state);
bool world_logged(const struct world *w, const char *text);
void world_forget_log(struct world *w);
bool world_hdr(const struct packet *p, struct ike_hdr *hdr);

/* world_kern.c */
extern const struct kern_ops world_kern_ops;

/* world_policy.c */
int world_policies(void *ctx, kern_policy_cb cb, void *arg);
int world_put_policy(void *ctx, const struct kern_policy *p, bool replace);
void world_policies_expire(struct world *w, int host);
int world_del_policy(void *ctx, const struct kern_policy *p);

/* world_numbers.c */
void world_numbers(uint64_t seed);
uint64_t world_seed(void);
void world_lowest(unsigned int after);

/* world_secrets.c */
void world_keep_secrets(const struct world *w, const char *line);

/* world_hosts.c */
void world_begin(struct world *w, int hosts);
bool world_two(struct world *w, enum key_type type, const char *conf_a,
	       const char *conf_b);
void world_protect(struct world *w, int host);
void world_protect_ports(struct world *w, int host);
void world_tunnel(struct world *w, int host, const char *remote);
void world_strangers(struct world *w);
bool world_up_named(struct world *w, int host, const char *name,
		    const char *entries);
void world_packet(struct world *w, int host, const char *from, const char *to,
		  const char *remote);
bool world_start(struct world *w, int host, enum task_kind kind);
unsigned int world_larval(const struct world *w, int host);
bool world_crowd(struct world *w, int host, unsigned int n, bool strangers);
const char *world_fingerprint(int host);

#endif
