// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whole files, see file.h. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libbtns/file.h"

/* how long to sleep between two tries for a lock */
#define LOCK_AGAIN_MS	10

/* ---- the host's files -------------------------------------------------- */

/* another name beside a file's */
static bool beside(const char *path, const char *end, char name[PATH_MAX])
{
	return snprintf(name, PATH_MAX, "%s%s", path, end) < PATH_MAX;
}

static int host_open(void *ctx, const char *path)
{
	/* O_NONBLOCK: a FIFO must not hold us up before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				    O_NOFOLLOW);

	(void)ctx;
	return fd < 0 ? -errno : fd;
}

static int host_create(void *ctx, const char *path)
{
	char tmp[PATH_MAX];
	int fd;

	(void)ctx;
	if (!beside(path, ".new", tmp))
		return -ENAMETOOLONG;
	/* of a crash */
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* The new name must survive a crash too. */
static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd, err;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

static int host_commit(void *ctx, const char *path)
{
	char tmp[PATH_MAX];
	int err;

	(void)ctx;
	if (!beside(path, ".new", tmp))
		return -ENAMETOOLONG;
	if (rename(tmp, path)) {
		err = -errno;
		unlink(tmp);
		return err;
	}
	return sync_folder(path);
}

static int host_drop(void *ctx, const char *path)
{
	char tmp[PATH_MAX];

	(void)ctx;
	if (!beside(path, ".new", tmp))
		return -ENAMETOOLONG;
	return unlink(tmp) ? -errno : 0;
}

static int host_aside(void *ctx, const char *path)
{
	char to[PATH_MAX];

	(void)ctx;
	if (!beside(path, ".damaged", to))
		return -ENAMETOOLONG;
	return rename(path, to) && errno != ENOENT ? -errno : 0;
}

static int host_lock(void *ctx, const char *path)
{
	char name[PATH_MAX];
	int fd;

	(void)ctx;
	if (!beside(path, ".lock", name))
		return -ENAMETOOLONG;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		  0600);
	return fd < 0 ? -errno : fd;
}

const struct lbtns_file_ops lbtns_file_host_ops = {
	.open = host_open,
	.create = host_create,
	.commit = host_commit,
	.drop = host_drop,
	.aside = host_aside,
	.lock = host_lock,
};

static struct {
	const struct lbtns_file_ops *ops;
	void *ctx;
} by = { .ops = &lbtns_file_host_ops };

void lbtns_file_use(const struct lbtns_file_ops *ops, void *ctx)
{
	by.ops = ops ? ops : &lbtns_file_host_ops;
	by.ctx = ctx;
}

/* ---- reading ----------------------------------------------------------- */

static int refuse(const char **why, const char *text)
{
	*why = text;
	return -EBADMSG;
}

static void stamp_of(struct lbtns_file_stamp *out, const struct stat *st)
{
	*out = (struct lbtns_file_stamp){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.mtime = st->st_mtim,
		.ctime = st->st_ctim,
	};
}

/* A file that others may write has no integrity to check. */
static int check_file(int fd, size_t max, struct stat *st, const char **why)
{
	if (fstat(fd, st)) {
		*why = strerror(errno);
		return -errno;
	}
	if (!S_ISREG(st->st_mode))
		return refuse(why, "it is not a file");
	if ((st->st_mode & 022) || (st->st_uid && st->st_uid != geteuid()))
		return refuse(why, "others may write it");
	if (st->st_size < 0 || (size_t)st->st_size > max)
		return refuse(why, "it is too long");
	return 0;
}

static int read_all(int fd, uint8_t *data, size_t *len, const char **why)
{
	size_t done = 0;
	ssize_t n;

	while (done < *len) {
		n = read(fd, data + done, *len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*why = strerror(errno);
			return -errno;
		}
		if (!n)
			break;
		done += (size_t)n;
	}
	*len = done;
	return 0;
}

int lbtns_file_load(const char *path, size_t max, uint8_t **data, size_t *len,
		    struct lbtns_file_stamp *stamp, const char **why)
{
	struct stat st;
	int fd, err;

	*data = NULL;
	*len = 0;
	fd = by.ops->open(by.ctx, path);
	if (fd < 0) {
		*why = strerror(-fd);
		return fd == -ELOOP ? refuse(why, "it is a symbolic link") :
				      fd;
	}
	err = check_file(fd, max, &st, why);
	if (!err) {
		*len = (size_t)st.st_size;
		*data = malloc(*len + 1);
		*why = "out of memory";
		err = *data ? read_all(fd, *data, len, why) : -ENOMEM;
	}
	close(fd);
	if (err) {
		/* what was read before an error may be a part of a secret */
		if (*data)
			explicit_bzero(*data, *len);
		free(*data);
		*data = NULL;
		*len = 0;
	} else if (stamp) {
		stamp_of(stamp, &st);
	}
	return err;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool lbtns_file_same(const char *path, const struct lbtns_file_stamp *stamp)
{
	struct lbtns_file_stamp now;
	int fd = by.ops->open(by.ctx, path);
	struct stat st;
	bool ok;

	if (fd < 0)
		return false;
	ok = !fstat(fd, &st);
	close(fd);
	if (!ok)
		return false;
	stamp_of(&now, &st);
	return now.dev == stamp->dev && now.ino == stamp->ino &&
	       now.size == stamp->size &&
	       same_time(&now.mtime, &stamp->mtime) &&
	       same_time(&now.ctime, &stamp->ctime);
}

/* ---- writing ----------------------------------------------------------- */

static int write_all(int fd, const uint8_t *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int lbtns_file_replace(const char *path, const void *data, size_t len)
{
	int fd = by.ops->create(by.ctx, path), err;

	if (fd < 0)
		return fd;
	err = write_all(fd, data, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err)
		return by.ops->commit(by.ctx, path);
	by.ops->drop(by.ctx, path);
	return err;
}

int lbtns_file_aside(const char *path)
{
	return by.ops->aside(by.ctx, path);
}

int lbtns_file_lock(const char *path, unsigned int ms)
{
	unsigned int waited;
	int fd, err;

	fd = by.ops->lock(by.ctx, path);
	if (fd < 0)
		return fd;
	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB);
	     waited += LOCK_AGAIN_MS) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (err != -EINTR && (err != -EBUSY || waited >= ms)) {
			close(fd);
			return err;
		}
		poll(NULL, 0, LOCK_AGAIN_MS);
	}
	return fd;
}
