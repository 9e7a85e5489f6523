// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of our private key: made once, whole or not at all, mode 0600, never
 * overwritten, and refused when others could have read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/crypto/file.h"
#include "btnsd/crypto/key.h"
#include "btnsd/crypto/key_pkey.h"

static enum crypto_code check_file(int fd, bool secret)
{
	struct stat st;

	if (fstat(fd, &st))
		return CRYPTO_FILE;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return CRYPTO_FILE;
	}
	if (!secret)
		return CRYPTO_OK;
	if (st.st_mode & (0077))
		return CRYPTO_PERMISSION;
	if (st.st_uid && st.st_uid != geteuid())
		return CRYPTO_PERMISSION;
	return CRYPTO_OK;
}

/* Reads to the end; a file with more than the buffer holds is refused. */
static enum crypto_code read_all(int fd, uint8_t *out, size_t cap, size_t *len)
{
	ssize_t n;

	do {
		n = read(fd, out + *len, cap - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return CRYPTO_FILE;
		*len += (size_t)n;
	} while (n && *len < cap);
	return *len == cap ? CRYPTO_LENGTH : CRYPTO_OK;
}

/* A file of less than @cap octets, private to its owner if it is secret. */
static enum crypto_code load(const char *path, bool secret, uint8_t *out,
			     size_t cap, size_t *len)
{
	enum crypto_code code;
	int fd, err;

	*len = 0;
	fd = file_open(path);
	if (fd < 0) {
		errno = -fd;
		return CRYPTO_FILE;
	}
	code = check_file(fd, secret);
	if (!code)
		code = read_all(fd, out, cap, len);
	err = errno;
	close(fd);
	errno = err;
	return code;
}

enum crypto_code key_file_load(const char *path, uint8_t *out, size_t cap,
			       size_t *len)
{
	enum crypto_code code = load(path, false, out, cap, len);

	if (code)
		*len = 0;
	return code;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits to the octets that they stand for, in place. */
static enum crypto_code unhex(uint8_t *text, size_t *len)
{
	size_t i;

	if (*len % 2)
		return CRYPTO_MALFORMED;
	for (i = 0; i < *len; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return CRYPTO_MALFORMED;
		text[i / 2] = (uint8_t)(high << 4 | low);
	}
	*len /= 2;
	return CRYPTO_OK;
}

static struct {
	key_secret_load_fn fn;
	void *ctx;
} secret_by;

void key_secret_load_by(key_secret_load_fn fn, void *ctx)
{
	secret_by.fn = fn;
	secret_by.ctx = ctx;
}

enum crypto_code key_secret_load(const char *path, struct secret *secret)
{
	uint8_t buf[2 * SECRET_MAX + 8], *text = buf;
	enum crypto_code code;
	size_t len;
	int err;

	secret_wipe(secret);
	if (secret_by.fn)
		return secret_by.fn(secret_by.ctx, path, secret);
	code = load(path, true, buf, sizeof(buf), &len);
	err = errno;
	if (!code) {
		if (len && buf[len - 1] == '\n')
			len--;
		if (len && buf[len - 1] == '\r')
			len--;
		if (len > 2 && !memcmp(buf, "0x", 2)) {
			text = buf + 2;
			len -= 2;
			code = unhex(text, &len);
		}
	}
	if (!code && len < KEY_SECRET_MIN)
		code = CRYPTO_WEAK;
	if (!code)
		code = secret_set(secret, span(text, len));
	wipe(buf, sizeof(buf));
	errno = err;
	return code;
}

static struct {
	key_load_fn fn;
	void *ctx;
} by;

void key_load_by(key_load_fn fn, void *ctx)
{
	by.fn = fn;
	by.ctx = ctx;
}

enum crypto_code key_load(const char *path, struct key **key)
{
	struct secret_pem pem;
	enum crypto_code code;
	int err;

	*key = NULL;
	if (by.fn)
		return by.fn(by.ctx, path, key);
	code = load(path, true, pem.text, sizeof(pem.text), &pem.len);
	err = errno;
	if (!code)
		code = key_from_pem_private(span(pem.text, pem.len), key);
	wipe(&pem, sizeof(pem));
	errno = err;
	return code;
}

static bool write_all(int fd, const struct secret_pem *pem)
{
	size_t done = 0;
	ssize_t n;

	while (done < pem->len) {
		n = write(fd, pem->text + done, pem->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return fchmod(fd, 0600) == 0 && fsync(fd) == 0;
}

/* The new name must survive a crash too. */
static bool sync_dir(const char *path)
{
	char copy[PATH_MAX];
	int fd;
	bool ok;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return false;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

static enum crypto_code store(const char *path, const struct secret_pem *pem)
{
	enum crypto_code code = CRYPTO_FILE;
	char tmp[PATH_MAX];
	int fd, err;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return CRYPTO_FILE;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return CRYPTO_FILE;
	/* link() refuses to replace what is there, which rename() would not. */
	if (write_all(fd, pem)) {
		if (!link(tmp, path))
			code = sync_dir(path) ? CRYPTO_OK : CRYPTO_FILE;
		else if (errno == EEXIST)
			code = CRYPTO_EXISTS;
	}
	err = errno;
	unlink(tmp);
	close(fd);
	errno = err;
	return code;
}

enum crypto_code key_save(const struct key *key, const char *path)
{
	struct secret_pem pem;
	enum crypto_code code;
	int err;

	code = key_to_pem_private(key, &pem);
	if (!code)
		code = store(path, &pem);
	err = errno;
	wipe(&pem, sizeof(pem));
	errno = err;
	return code;
}
