/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel in memory, behind the transport of libbtns: it answers the request
 * for the family by itself, all others go to a function of the test, which
 * queues datagrams.
 */
#ifndef TESTS_UNIT_FAKE_NL_H
#define TESTS_UNIT_FAKE_NL_H

#include "libbtns/nl.h"

#define FAKE_FAMILY	0x21
#define FAKE_QUEUE	64

struct fake;

/* Queue what the kernel would say to @req. */
typedef void (*fake_fn)(struct fake *f, const struct nlmsghdr *req);

/**
 * struct fake - the kernel
 * @answer: for requests to the btns family
 * @more: called when all that was queued is received: queues what comes next
 * @no_module: answer as if there were no such family
 * @requests: how many requests to the btns family came
 * @last: copy of the last one
 * @queue: datagrams, each malloc()ed
 * @len: their lengths
 * @head: next to be received
 * @tail: behind the last
 * @seq: sequence number of the request that is being answered
 * @build: room for fake_begin()
 * @msg: message under construction
 * @arg: for the test
 */
struct fake {
	fake_fn answer;
	void (*more)(struct fake *f);
	bool no_module;
	unsigned int requests;
	uint8_t last[8192] __attribute__((aligned(8)));
	uint8_t *queue[FAKE_QUEUE];
	size_t len[FAKE_QUEUE];
	unsigned int head, tail;
	uint32_t seq;
	uint8_t build[16384] __attribute__((aligned(8)));
	struct lbtns_msg msg;
	void *arg;
};

/* A transport to @f; valid as long as @f. */
struct lbtns_transport fake_transport(struct fake *f);

/* Forget what was queued. */
void fake_reset(struct fake *f);

/* Start a message of the family, add attributes to @f->msg, queue it. */
struct lbtns_msg *fake_begin(struct fake *f, uint8_t cmd, uint16_t flags);
void fake_queue(struct fake *f);

/* Queue any bytes as a datagram. */
void fake_raw(struct fake *f, const void *data, size_t len);

/* NLMSG_ERROR with errno @err (0: success) and a sentence or NULL. */
void fake_error(struct fake *f, int err, const char *text);

/* NLMSG_DONE. */
void fake_done(struct fake *f, int err, uint16_t flags);

/* Command of a request to the family. */
uint8_t fake_cmd(const struct nlmsghdr *req);

#endif /* TESTS_UNIT_FAKE_NL_H */
