// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A seccomp filter for the process that reads packets: what it needs after the
 * start, and nothing that would start a program, load code, or open a way to
 * others. Whoever makes another call is not btnsd any more and is killed; the
 * service manager or --watch starts it anew, and SAs and latches stay.
 */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd/jail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int calls[] = {
	/* what is open: sockets, netlink, the loop */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(sendto), SCMP_SYS(close), SCMP_SYS(fcntl),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(timerfd_settime), SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	/* configuration at SIGHUP, the store of peers, known peers */
	SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(fstat64), SCMP_SYS(fstatat64), SCMP_SYS(statx),
	SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fsync), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(flock),
	/* is a file ours? how much may qsort() take? (glibc before 2.37 asks) */
	SCMP_SYS(geteuid), SCMP_SYS(geteuid32), SCMP_SYS(sysinfo),
	/* memory; for mmap and mprotect see below */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* time, randomness, signals, the end */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(futex), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* memory, but never code; a socket, but only to the service manager */
static int add_conditional(scmp_filter_ctx f)
{
	int err;

	err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC,
					       0));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC,
					       0));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				       SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
				       SCMP_A1(SCMP_CMP_EQ,
					       SOCK_DGRAM | SOCK_CLOEXEC));
	/* abort() of the C library, and nobody else is killed */
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				       SCMP_A0(SCMP_CMP_EQ,
					       (scmp_datum_t)getpid()));
	return err;
}

/**
 * jail_enter() - allow no system calls from now on but those that are needed
 *
 * For good, and for every thread. Needs no_new_privs or CAP_SYS_ADMIN. A call
 * that is not allowed kills the process with SIGSYS.
 *
 * For the process that calls it: its children could not abort().
 *
 * Return: 0; -ENOSYS if the kernel has no such filters; other negative errno.
 */
int jail_enter(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err = f ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < COUNT(calls) && !err; i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	if (!err)
		err = add_conditional(f);
	/* what the kernel itself says, not the library's one word for it */
	if (!err)
		err = seccomp_attr_set(f, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (!err) {
		err = seccomp_load(f);
		if (err == -EINVAL)
			err = -ENOSYS;
	}
	seccomp_release(f);
	return err;
}
