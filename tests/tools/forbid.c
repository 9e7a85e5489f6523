// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forbid PID: have a process make a system call that no filter of ours allows:
 * ptrace(PTRACE_TRACEME), in the place of the call that it waits in. Exit status 0
 * if it was killed by SIGSYS, 1 if it was not, 2 if that could not be tried.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

static int fail(const char *what)
{
	fprintf(stderr, "forbid: %s: %s\n", what, strerror(errno));
	return 2;
}

#ifdef __x86_64__
/* octets of the instruction "syscall", which the process has just come from */
#define INSTRUCTION	2

static int call(pid_t pid)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) ||
	    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return fail("attach");
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return fail("registers");
	if ((long)regs.orig_rax < 0) {
		errno = EAGAIN;
		return fail("it is in no system call");
	}
	/* it is not restarted but made anew, as another */
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = SYS_ptrace;
	regs.rdi = PTRACE_TRACEME;
	regs.rip -= INSTRUCTION;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
		return fail("registers");
	/* it stops after the call if it survives that */
	if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) ||
	    waitpid(pid, &status, 0) != pid)
		return fail("step");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return 0;
	fprintf(stderr, "forbid: it goes on, status %x\n", (unsigned int)status);
	return 1;
}
#else
static int call(pid_t pid)
{
	(void)pid;
	errno = ENOSYS;
	return fail("not written for this processor");
}
#endif

int main(int argc, char **argv)
{
	if (argc != 2 || atoi(argv[1]) <= 0) {
		errno = EINVAL;
		return fail("usage: forbid PID");
	}
	return call(atoi(argv[1]));
}
