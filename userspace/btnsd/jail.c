// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seccomp filters. The reader's has what packets, timers and requests need, and
 * nothing that would open a file or a socket, start a program, load code, or
 * reach another process. The broker's has files, and what it takes to start a
 * reader, which begins its life in this filter and then enters its own. Whoever
 * makes another call is not btnsd any more and is killed: the broker starts
 * another reader, the service manager or --watch another broker, and SAs and
 * latches stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd/jail.h"
#include "btnsd/log.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int reader_calls[] = {
	/* what is open: sockets, files that the broker has opened, the loop */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(sendto), SCMP_SYS(close),
	SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(fsync), SCMP_SYS(flock), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(timerfd_settime), SCMP_SYS(poll), SCMP_SYS(ppoll),
	/* how fstat() is made; says nothing but what a file is like */
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx),
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

static const int broker_calls[] = {
	/* configuration, the store of peers */
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(openat), SCMP_SYS(open),
	SCMP_SYS(stat), SCMP_SYS(stat64),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	/* a reader: its sockets, its process, and how it ends */
	SCMP_SYS(socketpair), SCMP_SYS(setsockopt), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(fork), SCMP_SYS(wait4), SCMP_SYS(waitid),
	SCMP_SYS(getppid), SCMP_SYS(prctl),
	/* the beginning of a program: the loader and the C library */
	SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect), SCMP_SYS(pread64),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(arch_prctl),
	SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(setrlimit),
	SCMP_SYS(ugetrlimit), SCMP_SYS(uname), SCMP_SYS(getuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(set_thread_area),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getcwd), SCMP_SYS(umask),
	SCMP_SYS(set_tls), SCMP_SYS(clock_getres),
	/* and of the reader: its loop, its capabilities, its filter */
	SCMP_SYS(epoll_create1), SCMP_SYS(timerfd_create), SCMP_SYS(eventfd2),
	SCMP_SYS(pipe2), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
	SCMP_SYS(capget), SCMP_SYS(capset), SCMP_SYS(seccomp),
};

/* no process that shares memory with us or has namespaces of its own */
#define CLONE_KEPT	(CLONE_VM | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static int allow(scmp_filter_ctx f, const int *list, size_t n)
{
	int err = 0;

	while (n-- && !err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, *list++, 0);
	return err;
}

/* what a descriptor is; not whom the kernel sends which signal for it */
static int add_fcntl(scmp_filter_ctx f)
{
	static const int calls[] = { SCMP_SYS(fcntl), SCMP_SYS(fcntl64) };
	static const scmp_datum_t ask[] = { F_GETFL, F_GETFD };
	size_t i, j;
	int err = 0;

	for (i = 0; i < COUNT(calls); i++)
		for (j = 0; j < COUNT(ask) && !err; j++)
			err = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 1,
					       SCMP_A1(SCMP_CMP_EQ, ask[j]));
	return err;
}

/* memory, but never code */
static int add_reader(scmp_filter_ctx f)
{
	int err = add_fcntl(f);

	if (err)
		return err;
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
	return err;
}

/*
 * A program, which the broker takes to be itself (the filter does not see paths);
 * one signal; a socket, but only to the service manager.
 */
static int add_broker(scmp_filter_ctx f, int exe)
{
	int err;

	err = allow(f, broker_calls, COUNT(broker_calls));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(execveat), 2,
				       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)exe),
				       SCMP_A4(SCMP_CMP_EQ, AT_EMPTY_PATH));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_KEPT,
					       0));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
				       SCMP_A1(SCMP_CMP_EQ, SIGKILL));
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				       SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
				       SCMP_A1(SCMP_CMP_EQ,
					       SOCK_DGRAM | SOCK_CLOEXEC));
	return err;
}

/**
 * jail_enter() - allow no system calls from now on but those that are needed
 * @who: by whom
 * @exe: descriptor of the program that a broker may start; of no use to a reader
 *
 * For good, and for every thread. Needs no_new_privs or CAP_SYS_ADMIN. A call
 * that is not allowed kills the process with SIGSYS.
 *
 * For the process that calls it: its children die of SIGSYS if they abort().
 *
 * Return: 0; -ENOSYS if the kernel has no such filters; other negative errno.
 */
int jail_enter(enum jail who, int exe)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err = f ? 0 : -ENOMEM;

	if (!err)
		err = allow(f, reader_calls, COUNT(reader_calls));
	if (!err)
		err = who == JAIL_BROKER ? add_broker(f, exe) : add_reader(f);
	/* abort() of the C library, and nobody else is killed */
	if (!err)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				       SCMP_A0(SCMP_CMP_EQ,
					       (scmp_datum_t)getpid()));
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

/**
 * jail_or_warn() - enter the jail, and do without where there is none
 * @who: as for jail_enter()
 * @exe: likewise
 *
 * A kernel without seccomp filters is a reason for a warning only. A program
 * with AddressSanitizer stays outside: the sanitizer's own calls at the end are
 * none that we allow.
 *
 * Return: 0, or a negative errno and the reason is logged.
 */
int jail_or_warn(enum jail who, int exe)
{
#ifdef __SANITIZE_ADDRESS__
	(void)who;
	(void)exe;
	return 0;
#else
	int err = jail_enter(who, exe);

	if (err == -ENOSYS) {
		log_warn("the kernel has no seccomp filters: system calls are not restricted");
		return 0;
	}
	if (err)
		log_err("system calls cannot be restricted: %s",
			strerror(-err));
	return err;
#endif
}
