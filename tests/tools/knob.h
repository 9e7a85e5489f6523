/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sysctl, by its path in /proc/sys. */
#ifndef TESTS_TOOLS_KNOB_H
#define TESTS_TOOLS_KNOB_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Whether it took that. */
static inline bool knob_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) ==
				     (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

#endif /* TESTS_TOOLS_KNOB_H */
