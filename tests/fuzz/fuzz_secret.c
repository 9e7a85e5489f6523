// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as the file of a shared secret. What is taken is long enough, and
 * the same if it is written in hexadecimal digits; what is refused leaves nothing
 * behind.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/crypto/file.h"
#include "btnsd/crypto/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span file;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int open_secret(void *ctx, const char *path)
{
	int fd = memfd_create("secret", MFD_CLOEXEC);

	(void)ctx;
	(void)path;
	must(fd >= 0 && !fchmod(fd, 0600));
	must(!file.len || pwrite(fd, file.data, file.len, 0) ==
				  (ssize_t)file.len);
	return fd;
}

static void check_hex(const struct secret *s)
{
	char text[2 + 2 * SECRET_MAX + 1] = "0x";
	struct secret again = { 0 };
	size_t i;

	for (i = 0; i < s->len; i++)
		snprintf(text + 2 + 2 * i, 3, i % 2 ? "%02x" : "%02X",
			 s->data[i]);
	file = span(text, 2 + 2 * s->len);
	must(key_secret_load("again", &again) == CRYPTO_OK);
	must(again.len == s->len && !memcmp(again.data, s->data, s->len));
	secret_wipe(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret s = { 0 };
	enum crypto_code code;

	file_use(open_secret, NULL);
	file = span(data, size);
	code = key_secret_load("secret", &s);
	must(*crypto_text(code));
	if (code == CRYPTO_OK) {
		must(s.len >= KEY_SECRET_MIN && s.len <= SECRET_MAX);
		check_hex(&s);
	} else {
		must(!s.len);
	}
	secret_wipe(&s);
	file_use(NULL, NULL);
	return 0;
}
