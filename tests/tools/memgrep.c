// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memgrep PID HEX: are these octets anywhere in a process's memory? Exit status
 * 0 if they are, 1 if not, 2 if that cannot be said.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEEDLE_MIN	16
#define NEEDLE_MAX	256
#define BLOCK		(1 << 20)

static uint8_t needle[NEEDLE_MAX];
static size_t needle_len;

static int fail(const char *what)
{
	fprintf(stderr, "memgrep: %s: %s\n", what, strerror(errno));
	return 2;
}

static int parse(const char *hex)
{
	size_t n = strlen(hex) / 2;
	unsigned int octet;

	errno = EINVAL;
	if (strlen(hex) % 2 || n < NEEDLE_MIN || n > NEEDLE_MAX)
		return -1;
	for (needle_len = 0; needle_len < n; needle_len++) {
		if (sscanf(hex + 2 * needle_len, "%2x", &octet) != 1)
			return -1;
		needle[needle_len] = (uint8_t)octet;
	}
	return 0;
}

/* blocks overlap by what may begin in one and end in the next */
static int search(int mem, uint64_t from, uint64_t to)
{
	static uint8_t buf[BLOCK + NEEDLE_MAX];
	size_t kept = 0;
	ssize_t n;

	while (from < to) {
		size_t want = to - from < BLOCK ? (size_t)(to - from) : BLOCK;

		n = pread(mem, buf + kept, want, (off_t)from);
		/* [vvar] and what has just gone cannot be read */
		if (n <= 0)
			return 0;
		if (memmem(buf, kept + (size_t)n, needle, needle_len))
			return 1;
		from += (uint64_t)n;
		kept += (size_t)n;
		if (kept >= needle_len) {
			memmove(buf, buf + kept - (needle_len - 1),
				needle_len - 1);
			kept = needle_len - 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t from, to, octets = 0;
	char path[64], line[512], perms[8];
	FILE *maps;
	int mem;

	if (argc != 3 || parse(argv[2]))
		return fail("usage: memgrep PID HEX");
	snprintf(path, sizeof(path), "/proc/%d/mem", atoi(argv[1]));
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return fail(path);
	snprintf(path, sizeof(path), "/proc/%d/maps", atoi(argv[1]));
	maps = fopen(path, "re");
	if (!maps)
		return fail(path);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to,
			   perms) != 3 ||
		    perms[0] != 'r')
			continue;
		octets += to - from;
		if (search(mem, from, to)) {
			printf("found in %s", line);
			return 0;
		}
	}
	errno = ESRCH;
	return octets ? 1 : fail("no memory");
}
