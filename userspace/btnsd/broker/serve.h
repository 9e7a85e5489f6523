/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The broker's answers. Whoever asks may have been taken over by a stranger.
 */
#ifndef BTNSD_BROKER_SERVE_H
#define BTNSD_BROKER_SERVE_H

#include <time.h>

#include "btnsd/broker/proto.h"
#include "btnsd/broker/sas.h"
#include "btnsd/conf.h"
#include "btnsd/kern.h"

/**
 * struct serve_paths - files that the configuration names
 * @path: the files; owned
 * @n: how many
 */
struct serve_paths {
	char **path;
	size_t n;
};

/**
 * struct serve_spd - the kernel's policies, as they were a moment ago
 * @policy: the policies; owned
 * @n: how many
 * @fresh: no change of them was heard of since
 */
struct serve_spd {
	struct kern_policy *policy;
	size_t n;
	bool fresh;
};

/**
 * struct serve - what the broker has
 * @kern: the kernel
 * @kern_ctx: handed to @kern
 * @key: the private key of ours in use; older ones are the configuration's
 * @key_path: its file, which is opened for nobody
 * @conf_path: file of the configuration
 * @conf: the configuration, as the broker itself has read it; owned
 * @before: the one that is still in force until the reader has taken @conf, or
 *	NULL; owned
 * @files: what @conf names besides; the reader may read them
 * @store: file of the store of peers, and
 * @qcd: file of the secret beside it: the reader may replace them; both owned
 * @tag_key: by which tags are made that stand for shared secrets, which the reader
 *	has not; random, and
 * @has_tag_key: there is one
 * @pad_due: the reader may have the PAD loaded, once
 * @pad_failed: it was loaded, and the module refused it
 * @is_ready: the reader serves
 * @refusals: how many requests of this reader were refused
 * @sas: SAs of the reader, and of those before it
 * @spd: policies, to see what a request would change
 * @bad: the request being answered is none that a reader makes
 * @stuck: the reader did not take an answer
 * @until: seconds of the clock, when an answer must have been taken
 * @fd: socket of the reader, while one is answered
 * @why: one line about why a request is refused; empty: the kernel's line counts
 * @m: request and answer
 * @item: one of a list
 */
struct serve {
	const struct kern_ops *kern;
	void *kern_ctx;
	const struct key *key;
	const char *key_path;
	const char *conf_path;
	struct conf *conf;
	struct conf *before;
	struct serve_paths files;
	char *store;
	char *qcd;
	uint8_t tag_key[PROTO_TAG];
	bool has_tag_key;
	bool pad_due;
	bool pad_failed;
	bool is_ready;
	unsigned int refusals;
	struct sas sas;
	struct serve_spd spd;
	bool bad;
	bool stuck;
	time_t until;
	int fd;
	char why[PROTO_TEXT];
	struct proto_msg m;
	struct proto_msg item;
};

int serve_conf(struct serve *s, const char *path, char err[static CONF_ERR_MAX]);
void serve_begin(struct serve *s);
int serve_one(struct serve *s, int fd);
void serve_forget(struct serve *s, uint32_t spi, const struct addr *dst);
void serve_events_lost(struct serve *s);
void serve_free(struct serve *s);

/* serve_file.c: files */

int serve_file_open(struct serve *s);
int serve_file_create(struct serve *s);
int serve_file_commit(struct serve *s);
int serve_file_drop(struct serve *s);
int serve_file_aside(struct serve *s);
int serve_file_lock(struct serve *s);

/* serve_key.c: our keys */

int serve_key(struct serve *s);
int serve_sign(struct serve *s);
bool serve_is_auth(const struct span part[static AUTH_PARTS], bool ours);

/* serve_secret.c: secrets that we share with peers */

int serve_secret(struct serve *s);
int serve_mac(struct serve *s);
int serve_check_mac(struct serve *s);

/* serve_policy.c: policies of groups */

int serve_put_policy(struct serve *s);
int serve_del_policy(struct serve *s);
void serve_policies_before(struct serve *s);
void serve_policies_changed(struct serve *s);

/* for all of them */

time_t serve_seconds(void);
int serve_bad(struct serve *s);
int serve_refuse(struct serve *s, const char *why);

#endif
