// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent of --watch: has read nothing, holds no key, and does no more than
 * wait for its child, hand on signals, and start another when one was killed.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/log.h"
#include "btnsd/watch.h"

/* at least so many seconds between two starts */
#define WATCH_PAUSE_S	1

static const int forwarded[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* signals that end the child for good */
static bool ends(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGUSR1;
}

/* wait until the child ends; @leaving: it was asked to */
static int attend(pid_t child, const sigset_t *set, bool *leaving)
{
	int sig, status;

	for (;;) {
		sig = sigwaitinfo(set, NULL);
		if (sig == SIGCHLD) {
			if (waitpid(child, &status, WNOHANG) == child)
				return status;
		} else if (sig > 0) {
			*leaving |= ends(sig);
			kill(child, sig);
		}
	}
}

/* nothing to wait for but time, and a signal that ends us */
static bool pause_over(const sigset_t *set)
{
	const struct timespec pause = { .tv_sec = WATCH_PAUSE_S };
	int sig = sigtimedwait(set, NULL, &pause);

	return sig < 0 || !ends(sig);
}

/**
 * watch_run() - run the rest of the program in a child, again and again
 *
 * Returns in each child, which goes on as if there were no parent. The parent
 * stays here until the child ends by itself or is told to end by a signal that
 * came to the parent; one that a signal kills is followed by another.
 *
 * Return: in the child -1; in the parent the exit status of the program.
 */
int watch_run(void)
{
	const pid_t parent = getpid();
	bool leaving = false;
	sigset_t set, old;
	int status;
	pid_t pid;
	size_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < COUNT(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	/* whoever ignores it is not told */
	signal(SIGCHLD, SIG_DFL);
	for (;;) {
		pid = fork();
		if (pid < 0) {
			log_err("no process: %s", strerror(errno));
			return 1;
		}
		if (!pid) {
			/* whoever kills the parent means both */
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			if (getppid() != parent)
				_exit(1);
			sigprocmask(SIG_SETMASK, &old, NULL);
			return -1;
		}
		status = attend(pid, &set, &leaving);
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		log_err("killed by signal %d (%s)%s", WTERMSIG(status),
			strsignal(WTERMSIG(status)),
			leaving ? "" : ": SAs and latches stay, it is started anew");
		if (leaving || !pause_over(&set))
			return 1;
	}
}
