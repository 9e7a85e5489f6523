// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens files by itself, or has them opened.
 */
#include "btnsd/crypto/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

static struct {
	file_open_fn fn;
	void *ctx;
} by = { .fn = file_open_here };

/**
 * file_open_here() - open a file in this process
 * @ctx: of no use
 * @path: file
 *
 * Return: as file_open().
 */
int file_open_here(void *ctx, const char *path)
{
	/* O_NONBLOCK: a FIFO must not hold us up before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	(void)ctx;
	return fd < 0 ? -errno : fd;
}

/**
 * file_use() - open files in another way from now on
 * @fn: how; NULL for file_open_here()
 * @ctx: handed to @fn
 */
void file_use(file_open_fn fn, void *ctx)
{
	by.fn = fn ? fn : file_open_here;
	by.ctx = ctx;
}

/**
 * file_open() - open a file for reading
 * @path: file
 *
 * Return: a descriptor that does not block, closed by the caller; or a negative
 * errno.
 */
int file_open(const char *path)
{
	return by.fn(by.ctx, path);
}
