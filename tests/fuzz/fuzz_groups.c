// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets as the files of policy groups: all lines of all files are taken, in
 * order and each once, or nothing is, with a reason of one line.
 *
 * An input is the files, one for each group, with an octet 0xff between them; one
 * of no octets is not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btnsd/conf.h"
#include "btnsd/crypto/file.h"
#include "libbtns/spd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER "/groups"
#define BETWEEN 0xff

/** struct part - a file */
struct part {
	const uint8_t *data;
	size_t len;
};

static struct part part[LBTNS_GROUPS];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void split(const uint8_t *data, size_t size)
{
	unsigned int i;

	for (i = 0; i < LBTNS_GROUPS; i++) {
		const uint8_t *end = size ? memchr(data, BETWEEN, size) : NULL;

		part[i].data = data;
		part[i].len = end ? (size_t)(end - data) : size;
		data += part[i].len + !!end;
		size -= part[i].len + !!end;
	}
}

static int open_part(void *ctx, const char *path)
{
	const char *name = path + strlen(FOLDER "/");
	unsigned int i;
	int fd;

	(void)ctx;
	if (!strcmp(path, FOLDER))
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(!strncmp(path, FOLDER "/", strlen(FOLDER "/")));
	for (i = 0; i < LBTNS_GROUPS; i++)
		if (!strcmp(name, lbtns_group_name(i)))
			break;
	must(i < LBTNS_GROUPS);
	if (!part[i].len)
		return -ENOENT;
	fd = memfd_create("group", MFD_CLOEXEC);
	must(fd >= 0);
	must(pwrite(fd, part[i].data, part[i].len, 0) == (ssize_t)part[i].len);
	return fd;
}

/* lines of a file that say something */
static size_t lines(const struct part *p)
{
	bool something = false, comment = false;
	size_t n = 0, i;

	for (i = 0; i < p->len; i++) {
		const uint8_t c = p->data[i];

		if (c == '\n') {
			n += something;
			something = false;
			comment = false;
		} else if (c == '#') {
			comment = true;
		} else if (!comment && !strchr(" \t\r", c)) {
			something = true;
		}
	}
	return n + something;
}

static void check_prefix(const struct conf_prefix *p)
{
	struct addr masked = p->net;

	must(p->group < LBTNS_GROUPS && addr_len(p->net.family));
	must(p->plen <= addr_bits(p->net.family));
	addr_mask(&masked, p->plen);
	must(addr_equal(&masked, &p->net));
}

/* the second comes behind the first, and is not the same */
static void check_order(const struct conf_prefix *a, const struct conf_prefix *b)
{
	must(a->net.family <= b->net.family);
	if (a->net.family != b->net.family)
		return;
	must(a->plen < b->plen ||
	     (a->plen == b->plen &&
	      memcmp(a->net.b, b->net.b, sizeof(a->net.b)) < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CONF_ERR_MAX];
	struct conf *c;
	size_t n = 0, i;

	split(data, size);
	file_use(open_part, NULL);
	c = conf_read_string("groups = { files = \"" FOLDER "\"; };", err);
	file_use(NULL, NULL);
	must(c ? !*err : *err && !strchr(err, '\n'));
	for (i = 0; i < LBTNS_GROUPS; i++)
		n += lines(&part[i]);
	must(!c || c->n_groups == n);
	for (i = 0; c && i < n; i++) {
		check_prefix(&c->groups[i]);
		if (i)
			check_order(&c->groups[i - 1], &c->groups[i]);
	}
	conf_free(c);
	return 0;
}
