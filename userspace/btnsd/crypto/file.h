/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How files of keys and of the configuration are opened: the process that reads
 * packets may open none, and asks the broker for each (broker/client_file.c).
 */
#ifndef BTNSD_CRYPTO_FILE_H
#define BTNSD_CRYPTO_FILE_H

/* opens a file for reading: a descriptor or a negative errno */
typedef int (*file_open_fn)(void *ctx, const char *path);

void file_use(file_open_fn fn, void *ctx);
int file_open(const char *path);
int file_open_here(void *ctx, const char *path);

#endif
