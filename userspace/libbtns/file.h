/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that btnsd and btnsctl keep: read whole if nobody else may write them,
 * replaced whole so that a crash leaves the old one or the new one.
 */
#ifndef LIBBTNS_FILE_H
#define LIBBTNS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/**
 * struct lbtns_file_ops - how files are reached; @open, @create and @lock return
 *	a descriptor or a negative errno, the others 0 or a negative errno
 * @open: open a file for reading, but no symbolic link
 * @create: make the file that shall take the place of @path
 * @commit: put it in the place of @path, for good
 * @drop: forget it
 * @aside: give @path another name, PATH.damaged; 0 also if it is not there
 * @lock: open PATH.lock, or make it
 */
struct lbtns_file_ops {
	int (*open)(void *ctx, const char *path);
	int (*create)(void *ctx, const char *path);
	int (*commit)(void *ctx, const char *path);
	int (*drop)(void *ctx, const char *path);
	int (*aside)(void *ctx, const char *path);
	int (*lock)(void *ctx, const char *path);
};

/* the host's files; needs no context */
extern const struct lbtns_file_ops lbtns_file_host_ops;

/**
 * lbtns_file_use - reach files in another way from now on
 * @ops: how; NULL for lbtns_file_host_ops
 * @ctx: handed to @ops
 *
 * For a process that can open none by itself.
 */
void lbtns_file_use(const struct lbtns_file_ops *ops, void *ctx);

/**
 * lbtns_file_aside - give a file another name, PATH.damaged
 * @path: file
 *
 * An older file of that name is replaced.
 *
 * Return: 0, also when there is no file; or a negative errno.
 */
int lbtns_file_aside(const char *path);

/**
 * struct lbtns_file_stamp - tells whether a file is still the same
 * @dev: device
 * @ino: inode, another one after lbtns_file_replace()
 * @size: octets
 * @mtime: of its content
 * @ctime: of its inode
 */
struct lbtns_file_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct timespec ctime;
};

/**
 * lbtns_file_load - a file's octets
 * @path: file
 * @max: most octets that it may have
 * @data: set, freed by the caller, who knows if it is to be wiped; NULL on
 *	failure, and nothing of it is left in memory
 * @len: set
 * @stamp: set on success; may be NULL
 * @why: set to a sentence on failure
 *
 * Return: 0; -ENOENT; -EBADMSG if it is no file that only its owner, root or
 * ourselves, may write, or too long; another negative errno.
 */
int lbtns_file_load(const char *path, size_t max, uint8_t **data, size_t *len,
		    struct lbtns_file_stamp *stamp, const char **why);

/**
 * lbtns_file_same - is a file the one that was read?
 * @path: file
 * @stamp: of lbtns_file_load()
 *
 * Return: true if so; false also if it is gone.
 */
bool lbtns_file_same(const char *path, const struct lbtns_file_stamp *stamp);

/**
 * lbtns_file_replace - put other octets in the place of a file, or make it
 * @path: file, mode 0600 afterwards
 * @data: octets
 * @len: how many
 *
 * Return: 0, or a negative errno: the file is the old one, or on a failure of
 * the last step the new one.
 */
int lbtns_file_replace(const char *path, const void *data, size_t len);

/**
 * lbtns_file_lock - keep others who lock it from replacing a file
 * @path: file; the lock is on a file of its own, PATH.lock, which stays
 * @ms: milliseconds to wait for another holder
 *
 * Return: a descriptor, whose close() gives the lock back; -EBUSY if another
 * has it all that time; another negative errno.
 */
int lbtns_file_lock(const char *path, unsigned int ms);

#endif /* LIBBTNS_FILE_H */
