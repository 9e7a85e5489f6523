/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setsockopt() and getsockopt() without the C library between: the kernel gets
 * pointers and lengths as they are, and checks them itself.
 */
#ifndef TESTS_TOOLS_SOCKOPT_RAW_H
#define TESTS_TOOLS_SOCKOPT_RAW_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 or an errno. */
static inline int opt_set(int fd, int level, int opt, const void *p,
			  unsigned int len)
{
	return syscall(SYS_setsockopt, fd, level, opt, p, len) ? errno : 0;
}

/* 0 or an errno; @len is of the kernel's int, or anything. */
static inline int opt_get(int fd, int level, int opt, void *p, void *len)
{
	return syscall(SYS_getsockopt, fd, level, opt, p, len) ? errno : 0;
}

#endif /* TESTS_TOOLS_SOCKOPT_RAW_H */
